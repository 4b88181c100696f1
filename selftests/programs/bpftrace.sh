#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# bpftrace and perf see what programs do on altshm: the recipes of
# docs/tracing.md, as they are there.

. "$(dirname "$0")/lib.sh"

[ "${ON:-altshm}" = altshm ] || plan_none "altshm's own tracepoints"
command -v bpftrace >/dev/null || plan_none "there is no bpftrace"
plan 6

# The calls to be seen: one creates, one finds, one fails.
cat >"$work/calls.pl" <<'END'
my $id = shmget(0x1234, 5000, 01640);
shmget(0x1234, 1, 0);
shmget(-2, 3, 0640);
shmctl($id, 0, 0);
END
# A namespace of its own has identifier 0 first.
calls="$(command -v unshare) -i $(command -v altshm) run --strict -- $(command -v perl) $work/calls.pl"

# events RECIPE: what it prints of the calls
events() {
	bpftrace -c "$calls" "$(dirname "$0")/$1" 2>"$work/errors" | grep shmget
}

# prints EVENTS RECIPE: but for the process
prints() {
	events "$2" | sed 's/^.* shmget /shmget /' >"$work/seen"
	if ! diff "$1" "$work/seen"; then
		cat "$work/errors"
		return 1
	fi
}

cat >"$work/get" <<'END'
shmget key:4660 size:5000 shmflg:928 result:0 created:1
shmget key:4660 size:1 shmflg:0 result:0 created:0
shmget key:-2 size:3 shmflg:416 result:-2 created:0
END
sed 's/ created:.*//' "$work/get" >"$work/probed"

check "bpftrace has the fields of shmget() from the tracepoint" prints "$work/get" shmget.bt
check "and from a kprobe" prints "$work/probed" shmget-kprobe.bt

recorded() {
	# shellcheck disable=SC2086 # words
	perf record -q -e 'altshm:*' -o "$work/data" -- $calls >/dev/null &&
		perf script -i "$work/data" >"$work/script"
}

listed() {
	has 'altshm:get: key=0x00001234 size=5000 shmflg=01640 result=0 id=0 created=1' "$work/script" &&
		has 'altshm:destroy: .* cause=remove ' "$work/script"
}

if command -v perf >/dev/null; then
	check "perf records all events" recorded
	check "and prints fields and causes by name" listed
else
	skip "perf records all events" "there is no perf"
	skip "and prints fields and causes by name" "there is no perf"
fi
finish
