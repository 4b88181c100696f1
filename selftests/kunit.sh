#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The module's unit tests, which run while their module is loaded: gives each
# as a test of this program.

results=/sys/kernel/debug/kunit
insmod ../altshm_kunit.ko || exit 1
awk '
	FNR == 1 { suite = FILENAME; sub(/\/results$/, "", suite); sub(/.*\//, "", suite) }
	/^    (not )?ok / {
		line = $0
		sub(/^    /, "", line)
		sub(/ok [0-9]+ (- )?/, "ok " ++count " " suite ".", line)
		text = text said line "\n"
		said = ""
		bad += /^    not/
		next
	}
	/^ +# / { said = said $0 "\n" }
	END {
		printf "TAP version 13\n1..%d\n%s", count, text
		exit !count || bad
	}' $results/altshm*/results
status=$?
rmmod altshm_kunit || status=1
exit $status
