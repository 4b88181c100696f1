#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# util-linux's ipcmk, ipcs, lsipc and ipcrm make, show and remove segments.
# ipcs and lsipc read /proc/sysvipc/shm, which `altshm run` covers where it
# may; what they show where it may not is tested as well.

. "$(dirname "$0")/lib.sh"

for tool in ipcmk ipcs lsipc ipcrm; do
	command -v $tool >/dev/null || plan_none "there is no $tool"
done
plan 30

# run_as USER COMMAND...: on the facility under test, the rights given up last,
# so that /proc/sysvipc/shm was covered
run_as() {
	local user=$1
	shift
	"${on[@]}" setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups "$@"
}

# make OPTION...: sets id and key
make() {
	local text
	text=$("${on[@]}" ipcmk "$@") || return
	id=${text##* }
	key=$(rows "\$2 == $id" | awk '{ printf "0x%08x", $1 < 0 ? $1 + 2^32 : $1 }')
}

# shows REGEX COMMAND...: some line of what it prints matches, blanks squeezed
shows() {
	local want=$1
	shift
	"${on[@]}" "$@" 2>&1 | tr -s ' \t' ' ' >"$work/shown"
	has "$want" "$work/shown"
}

shows_not() {
	fails shows "$@" >/dev/null || { cat "$work/shown"; return 1; }
}

listed() {
	[ -n "$(rows "\$2 == $1")" ] || { cat "$table"; return 1; }
}

unlisted() {
	fails listed "$1" >/dev/null || { cat "$table"; return 1; }
}

removes() {
	local victim=$1
	shift
	listed "$victim" && "$@" && unlisted "$victim"
}

# refuses TEXT COMMAND...
refuses() {
	local want=$1
	shift
	fails "$@" >"$work/refused" 2>&1 && has "$want" "$work/refused"
}

limit() {
	cat "/proc/sys/kernel/$1"
}

umask 022
check "ipcmk makes a segment" make -M 12345 -p 0640
check "ipcs lists key, id, owner, mode, size and attaches" shows "^$key $id root 640 12345 0 " ipcs -m
check "ipcs -m -i tells of it" shows '^uid=0 gid=0 cuid=0 cgid=0' ipcs -m -i "$id"
check "and its mode" shows '^mode=0640 access_perms=0640' ipcs -m -i "$id"
check "and its size, creator and last user" \
	shows "^bytes=12345 lpid=0 cpid=$(rows "\$2 == $id" | awk '{ print $5 }') nattch=0" ipcs -m -i "$id"
check "ipcs -m -i knows no other id" shows 'id 77777 not found' ipcs -m -i 77777
check "ipcs -m -c shows creator and owner" shows "^$id 640 root root root root" ipcs -m -c
check "ipcs -m -p shows the creator" shows "^$id root [1-9][0-9]* 0" ipcs -m -p
check "ipcs -m -t shows no attach, and the change" \
	shows "^$id root Not set Not set [A-Z]" ipcs -m -t
check "ipcs -m -u counts segments" shows '^segments allocated 1$' ipcs -m -u
check "and pages" shows '^pages allocated 4$' ipcs -m -u
check "ipcs -m -l shows the limit of segments" shows "^max number of segments = $(limit shmmni)$" ipcs -m -l
check "lsipc -m lists it" shows "^ *$key $id rw-r----- root 12.1K 0 " lsipc -m
check "lsipc -m -i tells of it" shows '^ *Permissions: rw-r-----' lsipc -m -i "$id"
check "lsipc -m --bytes -i tells its size" shows '^ *Segment size: 12345' lsipc -m --bytes -i "$id"
check "lsipc shows how many of shmmni are used" \
	shows "^SHMMNI .* $(limit shmmni) 1 " lsipc
check "nobody may not remove it" refuses 'permission denied' run_as nobody ipcrm -m "$id"
check "ipcrm -m removes it" removes "$id" "${on[@]}" ipcrm -m "$id"
check "and says so the second time" refuses '(already removed|invalid) id' "${on[@]}" ipcrm -m "$id"
check "ipcs no longer lists it" shows_not "$key" ipcs -m
make -M 1
check "ipcrm -M removes by key" removes "$id" "${on[@]}" ipcrm -M "$key"
check "and says so the second time" refuses '(already removed|invalid) key' "${on[@]}" ipcrm -M "$key"
make -M 4096 && make -M 8192 && make -M 1
check "ipcrm --all=shm removes every one" removes "$id" "${on[@]}" ipcrm --all=shm
check "so that none is left" table_empty "$table"

as nobody ipcmk -M 555 >/dev/null
id=$(rows '$4 == 555' | awk '{ print $2 }')
seen_by() {
	"$@" | tr -s ' ' | grep -E " $id nobody 644 555 0 "
}
check "nobody sees a segment of his own, where root ran altshm" seen_by run_as nobody ipcs -m
if [ ${#on[@]} -gt 0 ]; then
	check "ipcs shows the kernel's own table where the caller may not mount" \
		fails seen_by as nobody ipcs -m
	check "altshm run --verbose says so" refuses "keeps showing the kernel's own table" \
		setpriv --reuid nobody --clear-groups altshm run --verbose sh -c 'ipcs -m; exit 1'
	check "what asks the kernel, not the file, sees it there, too: ipcrm --all=shm" \
		removes "$id" as nobody ipcrm --all=shm
else
	skip "ipcs shows the kernel's own table where the caller may not mount" "it does anyway"
	skip "altshm run --verbose says so" "not under altshm"
	check "ipcrm --all=shm removes one's own" removes "$id" as nobody ipcrm --all=shm
fi
finish
