#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An X server and clients that hand it images by MIT-SHM: the server attaches
# the clients' segments, after asking by IPC_STAT whether the client may.

. "$(dirname "$0")/lib.sh"

command -v Xvfb >/dev/null || plan_none "Xvfb is not installed"
plan 26
xshm=$work/xshm

compile() {
	cc -std=gnu11 -O1 -Wall -Wextra -Werror -o "$xshm" "$(dirname "$0")/xshm.c" -lXext -lX11
}

serve() {
	: >"$work/display"
	"${on[@]}" Xvfb -screen 0 1024x768x24 -nolisten tcp -ac -displayfd 3 \
		3>"$work/display" >"$work/server" 2>&1 &
	server=$!
	wait_for 60 test -s "$work/display" || { cat "$work/server"; return 1; }
	DISPLAY=:$(cat "$work/display")
	export DISPLAY
}

# make_segment OWNER MODE: sets id
make_segment() {
	local text
	text=$(as "$1" ipcmk -M 4096 -p "$2") && id=${text##* }
}

attaches() {
	rows "\$2 == $id" | awk '{ print $7 }'
}

# x11perf's segment, while both it and the server are attached
perf_attached() {
	[ -n "$(rows "\$5 == $perf && \$7 == 2")" ] || { cat "$table" "$work/killed"; return 1; }
}

perf_detached() {
	same 0 "$(rows "\$5 == $perf" | awk '{ print $7 }')"
}

killed_client() {
	"${on[@]}" x11perf -repeat 1 -reps 1000000 -shmput500 >"$work/killed" 2>&1 &
	perf=$!
	wait_for 60 perf_attached && kill -KILL "$perf" && wait_for 60 perf_detached &&
		"${on[@]}" ipcrm -m "$(rows "\$5 == $perf" | awk '{ print $2 }')"
}

# perf TEST...: x11perf reports a rate for each
perf() {
	"${on[@]}" x11perf -repeat 1 -reps 200 "$@" >"$work/perf" 2>&1 || { cat "$work/perf"; return 1; }
	same $# "$(grep -c '/sec): Shm' "$work/perf")"
}

check "the client compiles" compile
check "the server starts" serve
claims "${on[@]}" "$xshm"

make_segment nobody 0600
check "the server attaches a client's own segment" as nobody "$xshm" attach "$id"
check "but not for another client" fails as user "$xshm" attach "$id"
check "nor to be read only" fails as user "$xshm" attach "$id" ro
"${on[@]}" ipcrm -m "$id"
make_segment nobody 0644
check "what others may read it attaches for them to be read" as user "$xshm" attach "$id" ro
check "but not to be written" fails as user "$xshm" attach "$id"
check "a client that has ended left nothing attached" wait_for 20 same 0 "$(attaches)"
"${on[@]}" ipcrm -m "$id"

check "x11perf puts and gets images" perf -shmput100 -shmget100 -shmputxy10
check "when x11perf is killed the server detaches, too" killed_client
kill "$server"
wait
finish
