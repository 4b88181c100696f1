#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# stress-ng's System V shared memory stressor, which verifies what it reads
# back. Few workers: its keys are random 16 bit numbers, and many workers take
# each other's.

. "$(dirname "$0")/lib.sh"

command -v stress-ng >/dev/null || plan_none "stress-ng is not installed"
plan 6
cd /tmp || exit

stress() {
	as "$1" stress-ng --temp-path /tmp --verify --metrics-brief --timeout 120 \
		--shm-sysv "$2" --shm-sysv-bytes 2m --shm-sysv-segs 4 --shm-sysv-ops "$3" \
		>"$work/log" 2>&1 || { cat "$work/log"; return 1; }
	! grep -E -i 'fail|error|assert' "$work/log"
}

# All operations were done: none was given up at the time limit.
did() {
	awk -v want="$1" '$4 == "shm-sysv" { found = $5 }
		END { exit !(found >= want) }' "$work/log" || { cat "$work/log"; return 1; }
}

for user in root nobody; do
	check "two workers as $user verify all they read" stress $user 2 300
	check "and do what was asked of them" did 300
done
finish
