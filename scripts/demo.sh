#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The story that 'make demo' tells, inside the guest: programs that know
# nothing of altshm, and whose native calls are blocked, share memory through
# it. Every step is checked; the first one that goes wrong ends the demo.

set -eu -o pipefail

build=$(dirname "$(command -v altshm)")
key=0x5eed
out=

title() {
	printf '\n=== %s ===\n' "$*"
}

tell() {
	printf '# %s\n' "$*"
}

# show COMMAND...: print the command as typed, run it, print and keep its output
show() {
	local word line='$' status=0

	for word in "$@"; do
		case $word in
		*[[:space:]\$\;\"]*) line+=" '$word'" ;;
		*) line+=" $word" ;;
		esac
	done
	printf '%s\n' "$line"
	out=$("$@" 2>&1) || status=$?
	[ -z "$out" ] || printf '%s\n' "$out"
	return "$status"
}

wrong() {
	printf 'demo: %s\n' "$*" >&2
	exit 1
}

works() {
	show "$@" || wrong "the command failed"
}

fails() {
	! show "$@" || wrong "the command should have failed"
}

says() {
	[[ $out =~ $1 ]] || wrong "the output should have had: $1"
}

says_not() {
	[[ ! $out =~ $1 ]] || wrong "the output should not have had: $1"
}

run=(altshm run --strict)
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

blocked() {
	title 'The native calls are blocked, altshm is not'
	tell 'altshm run --strict answers ENOSYS to them; shmget still works, through /dev/altshm.'
	# shellcheck disable=SC2016
	fails "${run[@]}" perl -e 'syscall(29, 0, 4096, 0600) >= 0 or die "system call 29, shmget: $!\n"'
	says 'Function not implemented'
	# shellcheck disable=SC2016
	works "${run[@]}" perl -e '$id = shmget(0, 4096, 0600) // die "$!\n"; print "libc shmget: id $id\n"; shmctl($id, 0, 0)'
	says 'libc shmget: id [0-9]+'
}

ipc_tools() {
	local id

	title 'ipcmk, ipcs and ipcrm, unmodified'
	works "${run[@]}" ipcmk -M 4096
	says 'id: [0-9]+'
	id=${out##* }
	works "${run[@]}" ipcs -m
	says " $id +root +644 +4096 +0 "
	works "${run[@]}" ipcrm -m "$id"
	works "${run[@]}" ipcs -m
	says_not ' root '
}

two_processes() {
	title 'Two Perl processes and a message'
	# shellcheck disable=SC2016
	works "${run[@]}" perl -e '$id = shmget('$key', 64, 01600) // die "$!\n"; shmwrite($id, "greetings from process $$", 0, 64) or die "$!\n"; print "I am $$\n"'
	says 'I am [0-9]+'
	local pid=${out##* }
	# shellcheck disable=SC2016
	works "${run[@]}" perl -e '$id = shmget('$key', 0, 0) // die "$!\n"; shmread($id, $m, 0, 64) or die "$!\n"; print "I am $$ and read: ", unpack("Z*", $m), "\n"'
	says "read: greetings from process $pid"
}

# wait_for COMMAND...: until it succeeds
wait_for() {
	local i
	for ((i = 0; i < 300; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	wrong "this never came true: $*"
}

look_up() {
	"${run[@]}" perl -e "shmget($key, 0, 0)"
	grep -q get "$1"
}

watching() {
	local events holder monitor

	title 'Who has it attached, and what happens'
	tell 'A Perl program holds the message while we look, and is killed then.'
	events=$(mktemp)
	altshm run --no-proc perl -MIPC::SysV=shmat -e 'shmat(shmget('"$key"', 0, 0), undef, 0) or die; sleep' &
	holder=$!
	wait_for sh -c "altshm who --key $key | grep perl"
	works altshm who --key "$key"
	says ' root +rw .* perl +[0-9a-f]+-[0-9a-f]+'
	altshm monitor >"$events" &
	monitor=$!
	wait_for look_up "$events"
	{ kill "$holder" && wait "$holder"; } 2>/dev/null || true
	wait_for grep exit "$events"
	kill "$monitor"
	wait "$monitor"
	works grep exit "$events"
	says 'detach .* perl\[[0-9]+\] root: exit nattch 0'
	rm "$events"
}

huge_pages() {
	title 'A 2 MiB huge page, shared over fork'
	works "${run[@]}" "$build/selftests/demo_huge"
	says 'the parent reads: "written by the child"'
}

namespaces() {
	title 'The same key in two IPC namespaces'
	tell 'The key of the message is unknown in a new IPC namespace, and free to be used there.'
	works "${run[@]}" unshare --ipc sh -c 'perl -e "defined shmget('$key', 0, 0) or print qq(\$!\n)"; perl -e "shmget('$key', 8192, 01600) // die"; altshm ls'
	says 'No such file'
	says '00005eed.* 8192 '
	tell 'Out here it still names the message.'
	works altshm ls
	says '00005eed.* 64 '
	says_not ' 8192 '
}

# perl_get KEY SIZE FLAGS: print the error that shmget gives
perl_get() {
	fails "${run[@]}" perl -e 'shmget('"$1, $2, $3"') // die "$!\n"'
}

errors() {
	local id

	title 'Each error, as a user meets it'
	tell 'EEXIST: creating what is there'
	perl_get $key 64 03600
	says 'File exists'
	tell 'ENOENT: looking for what is not there'
	perl_get 0xdead 64 0
	says 'No such file or directory'
	tell 'EINVAL: asking for more than the segment has'
	perl_get $key 65 0
	says 'Invalid argument'
	tell 'ENOSPC: one segment more than kernel.shmmni, which altshm follows'
	fails "${run[@]}" unshare --ipc sh -c 'sysctl -w kernel.shmmni=1 && ipcmk -M 1 && ipcmk -M 1'
	says 'No space left on device'
	tell 'EACCES: reading what somebody else keeps to himself'
	perl_as_nobody 'shmget('$key', 64, 0400) // die "$!\n"'
	says 'Permission denied'
	id=$(altshm ls | awk '$1 == "0x00005eed" { print $2 }')
	tell 'EPERM: removing it'
	perl_as_nobody 'shmctl('"$id"', 0, 0) or die "$!\n"'
	says 'Operation not permitted'
	fails "${nobody[@]}" altshm rm "$id"
	says 'belongs to somebody else'
}

perl_as_nobody() {
	fails "${nobody[@]}" "${run[@]}" perl -e "$1"
}

ending() {
	local id

	title 'The end: the native table is empty, the segment of the message is on altshm'
	works cat /proc/sysvipc/shm
	[ "$(wc -l </proc/sysvipc/shm)" -eq 1 ] || wrong "the native table is not empty"
	works altshm ls
	says '00005eed'
	id=$(awk 'NR > 1 { print $2 }' <<<"$out")
	works altshm rm "$id"
	works altshm ls
	says_not '0x'
}

[ -e /dev/altshm ] || wrong "there is no /dev/altshm: the module is not loaded"
blocked
ipc_tools
two_processes
watching
huge_pages
namespaces
errors
ending
printf '\nEvery step did what it should.\n'
