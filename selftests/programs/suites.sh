#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Other people's test suites of what they build on System V shared memory.
# The oracle is the suite itself on the kernel's own facility: every file of it
# must say the same of each of its tests on altshm, end the same way, and leave
# as many segments behind. Both run at the same time, in IPC namespaces of
# their own.

. "$(dirname "$0")/lib.sh"

suites=$(dirname "$0")/../suites
[ -n "$(ls -A "$suites" 2>/dev/null)" ] || plan_none "no suites were fetched"
for way in native tested; do
	cp -r "$suites" "$work/$way"
done

# Documentation; semaphores and message queues alone; what only looks back on
# all the files before.
unwanted='/(.*pod.*|[0-9]*-(manifest|end)|msg|sem)\.t$|\*'

list() {
	cd "$work/native" || return
	printf '%s\n' IPC-Shareable/t/*.t IPC-ShareLite/t/*.t perl/cpan/IPC-SysV/t/*.t \
		perl/t/io/shm.t util-linux/tests/ts/ipcs/{headers,limits,limits2,mk-rm-shm} \
		php/ext/{shmop,sysvshm}/tests/*.phpt | grep -vE "$unwanted"
}

# run FILE COMMAND...: runs it behind COMMAND
run() {
	local file=$1
	shift
	case $file in
	php/*) cd php && set -- "$@" php run-tests.php -q -p "$(command -v php)" "${file#*/}" ;;
	util-linux/*) set -- "$@" bash "$file" --use-system-commands ;;
	*) cd "${file%%/*}" && set -- "$@" perl "${file#*/}" ;;
	esac
	timeout 100 "$@" </dev/null
}
export -f run

# outcome WAY TABLE OTHER FILE COMMAND...: what the file says of each test, its
# status, and how many segments it leaves behind in each of the two tables. Some
# file makes segments until there may be no more: that comes soon.
outcome() {
	local way=$1
	shift
	cd "$work/$way" || return
	# shellcheck disable=SC2016
	unshare --ipc bash -c 'table=$1 other=$2; shift 2
		echo 300 >/proc/sys/kernel/shmmni; (run "$@")
		echo "status $?, segments left: $(sed 1d "$table" | wc -l), $(sed 1d "$other" | wc -l)"' \
		outcome "$@" >"$work/$way.said" 2>&1
	sed -nE -e 's/^ *((not )?ok) [0-9]+.*/\1/p' -e '/^1\.\.[0-9]/p' \
		-e 's/.*(PASS|FAIL|SKIP|BORK)\x1b.* \[ext.*/\1/p' \
		-e 's/.*\.\.\. (OK|SKIPPED|FAILED).*/\1/p' -e '/^status /p' \
		"$work/$way.said" >"$work/$way.outcome"
}

# Throws dice for how many tests it has.
random=IPC-Shareable/t/20-ref.t
good='^(ok|PASS|OK)$' bad='^(not ok|FAIL|FAILED|BORK|status [1-9].*)$'
# IPC::Shareable runs only for whom it knows to be a tester.
export CI_TESTING=1

compare() {
	local file=$1 count
	shift
	outcome native /proc/sysvipc/shm /proc/altshm/shm "$file" &
	outcome tested "$table" "$other" "$file" "$@"
	wait
	if [ "$file" = "$random" ]; then
		sed -i '/^1\.\./d' "$work"/{native,tested}.outcome
		sort -u -o "$work/native.outcome" "$work/native.outcome"
		sort -u -o "$work/tested.outcome" "$work/tested.outcome"
	fi
	count=$(grep -cE "$good" "$work/native.outcome")
	if grep -qE "$bad" "$work/native.outcome"; then
		tail -n 5 "$work/native.said" | comment
		skip "$file" "fails natively"
	elif [ "$count" -eq 0 ]; then
		skip "$file" "tests nothing here"
	else
		cmp -s "$work/native.outcome" "$work/tested.outcome" || tail -n 30 "$work/tested.said" | comment
		check "$file says the same as natively of $count tests" \
			diff "$work/native.outcome" "$work/tested.outcome"
	fi
}

mapfile -t files < <(list)
plan $((${#files[@]} + 3))
check "a helper of util-linux's suite compiles" cc -o "$work/native/util-linux/test_sysinfo" \
	"$work/native/util-linux/tests/helpers/test_sysinfo.c"
cp "$work/native/util-linux/test_sysinfo" "$work/tested/util-linux/"
for file in "${files[@]}"; do
	case $file:${on[*]} in
	php/*:altshm*) compare "$file" altshm run --trap ;;
	*) compare "$file" "${on[@]}" ;;
	esac
done
finish
