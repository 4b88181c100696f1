#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# PHP's extensions shmop and sysvshm in two processes. Debian's PHP loads them
# so that they find the C library before any preloaded one; altshm run --trap
# reaches them all the same.

. "$(dirname "$0")/lib.sh"

php -m 2>/dev/null | grep -qx sysvshm || plan_none "PHP with sysvshm is not installed"
if [ ${#on[@]} -gt 0 ]; then
	on=(altshm run --trap)
fi
plan 17
claims "${on[@]}" php "$(dirname "$0")/shared.php"

key=$((0x70687001))
php_run() {
	"${on[@]}" php -r "$1"
}

keep() {
	php_run "\$s = shm_attach($key, 20000, 0600); shm_put_var(\$s, 1, ['from' => getmypid()]) || exit(1);
		echo getmypid();" >"$work/pid"
}

find_kept() {
	php_run "\$s = shm_attach($key); exit(shm_get_var(\$s, 1)['from'] == $(cat "$work/pid") &&
		!shm_has_var(\$s, 2) && shm_remove(\$s) ? 0 : 1);"
}

check "a program leaves a variable behind" keep
check "another program finds it, and removes it" find_kept
finish
