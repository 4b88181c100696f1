# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of other people's programs share: KTAP lines, and where the
# programs' shared memory is. With ON=sysv a test runs on the kernel's own
# facility, which shows that the test itself is right.

set -u -o pipefail

case ${ON:-altshm} in
altshm) on=(altshm run --strict) table=/proc/altshm/shm other=/proc/sysvipc/shm ;;
sysv) on=() table=/proc/sysvipc/shm other=/proc/altshm/shm ;;
*) echo "ON is neither altshm nor sysv" >&2; exit 1 ;;
esac

work=$(mktemp -d) || exit
chmod 755 "$work"
tests=0 failures=0

plan() {
	echo "TAP version 13"
	echo "1..$1"
}

# plan_none REASON: the program is not to be had here
plan_none() {
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit 4
}

comment() {
	sed 's/^/#   /'
}

pass() {
	echo "ok $((++tests)) $1"
}

fail() {
	failures=$((failures + 1))
	echo "not ok $((++tests)) $1"
}

skip() {
	echo "ok $((++tests)) $1 # SKIP $2"
}

# check CLAIM COMMAND...: what the command says is shown when it fails
check() {
	local claim=$1 status=0
	shift
	"$@" >"$work/said" 2>&1 || status=$?
	if [ "$status" -eq 0 ]; then
		pass "$claim"
	else
		printf '# status %d: %s\n' "$status" "$*"
		comment <"$work/said"
		fail "$claim"
	fi
}

# claims COMMAND...: a test program's own lines, `ok CLAIM` and `not ok CLAIM`,
# and one more test: that it came to its end
claims() {
	local line status=0 last=${*: -1}
	"$@" >"$work/claims" 2>&1 || status=$?
	while IFS= read -r line; do
		case $line in
		'ok '*) pass "${line#ok }" ;;
		'not ok '*) fail "${line#not ok }" ;;
		*) echo "#   $line" ;;
		esac
	done <"$work/claims"
	check "${last##*/} comes to its end" same 0 "$status"
}

# fails COMMAND...
fails() {
	! "$@"
}

# same EXPECTED FOUND
same() {
	[ "$1" = "$2" ] || {
		printf 'expected: %s\nfound:    %s\n' "$1" "$2"
		return 1
	}
}

# has REGEX FILE
has() {
	grep -E -q -e "$1" "$2" || {
		echo "no line of $2 matches: $1"
		cat "$2"
		return 1
	}
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >"$work/waited" 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "never came true: $*"
			cat "$work/waited"
			return 1
		fi
		sleep 0.1
	done
}

gone() {
	[ ! -e "/proc/$1" ]
}

# as USER COMMAND...: on the facility under test
as() {
	local user=$1
	shift
	setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups "${on[@]}" "$@"
}

# rows FILTER: of the table in use, those for which an awk condition holds. Its
# columns: key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime
# ctime rss swap
rows() {
	awk "NR > 1 && ($1)" "$table"
}

table_empty() {
	[ "$(wc -l <"$1")" -eq 1 ] || { cat "$1"; return 1; }
}

# Two more tests; the last thing a test program does.
finish() {
	check "no segment is left behind" table_empty "$table"
	check "the other facility's table is empty" table_empty "$other"
	rm -rf "$work"
	[ "$failures" -eq 0 ]
}
