#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Transactions a second of a PostgreSQL whose shared memory is of one kind, for
# each kind in turns; native's and altshm's are System V segments all through,
# posix has the server's own default. A line of JSON a result, as bench prints.

set -eu -o pipefail

for bin in /usr/lib/postgresql/*/bin; do :; done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=$work/data
export PGHOST=$work PGDATABASE=postgres PGUSER=postgres LC_ALL=C
chown postgres "$work"
cd "$work"

# pg FACILITY TOOL ARGUMENT...
pg() {
	local on=()
	[ "$1" != shim ] || on=(altshm run --strict)
	setpriv --reuid postgres --regid "$(id -g postgres)" --init-groups \
		"${on[@]}" "$bin/$2" "${@:3}"
}

server() {
	local kind='-c shared_memory_type=sysv -c dynamic_shared_memory_type=sysv'
	[ "$1" != posix ] || kind='-c shared_memory_type=mmap -c dynamic_shared_memory_type=posix'
	pg "$1" pg_ctl -D "$data" -l "$work/log" -w -t 120 -o "$kind" "$2" >"$work/said" 2>&1 || {
		cat "$work/said" "$work/log" >&2
		exit 1
	}
}

# transactions FACILITY OPTION...: how many a second
transactions() {
	pg "$1" pgbench -n -c 2 -j 2 -T 4 "${@:2}" 2>/dev/null | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}

# middle: of some numbers, a line each
middle() {
	sort -g | awk '{ all[NR] = $1 } END { print (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2 }'
}

# report WORK FACILITY UNIT: the median of what it reads
report() {
	printf '{"mode":"programs","cpus":%d,"work":"%s","n":2,"facility":"%s","unit":"%s","value":%.3f,"samples":%d}\n' \
		"$(nproc)" "$1" "$2" "$3" "$(middle)" "$rounds"
}

pg native initdb -D "$data" -A trust --no-sync --no-locale -E UTF8 >"$work/said"
cat >>"$data/postgresql.conf" <<-END
shared_buffers = 64MB
huge_pages = off
listen_addresses = ''
unix_socket_directories = '$work'
autovacuum = off
fsync = off
END
server native start
pg native pgbench -i -q -s 1 >"$work/said" 2>&1
server native stop

rounds=3
for ((round = 0; round < rounds; round++)); do
	for facility in native shim posix; do
		server "$facility" start
		transactions "$facility" >>"$work/mixed-$facility"
		transactions "$facility" -S >>"$work/select-$facility"
		server "$facility" stop
	done
done
for kind in mixed select; do
	for facility in native shim posix; do
		report "pgbench transactions, $kind" "$facility" 'operations/s' <"$work/$kind-$facility"
		paste "$work/$kind-$facility" "$work/$kind-native" | awk '{ print $1 / $2 }' |
			report "pgbench transactions, $kind" "$facility" 'times native'
	done
done
