#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# PostgreSQL with all of its shared memory in System V segments, as the user
# postgres: the buffers, what parallel workers share, and the segment by which
# it learns that an earlier server's process is still alive.

. "$(dirname "$0")/lib.sh"

for bin in /usr/lib/postgresql/*/bin; do :; done
[ -x "$bin/postgres" ] || plan_none "PostgreSQL is not installed"
plan 21

data=$work/data log=$work/log
export PGHOST=$work PGDATABASE=postgres PGUSER=postgres LC_ALL=C
chown postgres "$work"
cd "$work" || exit

pg() {
	local tool=$1
	shift
	as postgres "$bin/$tool" "$@"
}

start() {
	: >"$log"
	chown postgres "$log"
	pg pg_ctl -D "$data" -l "$log" -w -t 120 "$@" start || { cat "$log"; return 1; }
}

stop() {
	pg pg_ctl -D "$data" -m fast -w -t 120 stop
}

refuses() {
	fails start && has 'FATAL: .*pre-existing shared memory block .* still in use' "$log"
}

query() {
	pg psql -X -A -t -q -v ON_ERROR_STOP=1 -c "$1"
}

answers() {
	same "$1" "$(query "$2")"
}

make_cluster() {
	pg initdb -D "$data" -A trust --no-sync --no-locale -E UTF8 || return
	cat >>"$data/postgresql.conf" <<-END
	shared_memory_type = sysv
	dynamic_shared_memory_type = sysv
	shared_buffers = 16MB
	huge_pages = off
	listen_addresses = ''
	unix_socket_directories = '$work'
	autovacuum = off
	END
}

uid=$(id -u postgres)

buffers_attached() {
	[ -n "$(rows "\$8 == $uid && \$4 > 16 * 1024 * 1024 && \$7 > 1")" ] || { cat "$table"; return 1; }
}

control_segment() {
	same 1 "$(rows "\$8 == $uid && \$4 < 1024 * 1024" | wc -l)"
}

# Each pgbench transaction moves one amount in three tables and notes it.
balanced() {
	answers "t|$1" "
		select (select sum(abalance) from pgbench_accounts) = sum(delta)
		   and (select sum(bbalance) from pgbench_branches) = sum(delta)
		   and (select sum(tbalance) from pgbench_tellers) = sum(delta), count(*)
		from pgbench_history"
}

parallel='set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0;
	set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
	set enable_nestloop = off; set enable_mergejoin = off;'
join='select count(*), sum(a.aid::bigint * b.aid)
	from pgbench_accounts a join pgbench_accounts b on a.aid = 100001 - b.aid'

plan_of() {
	query "$parallel explain (analyze, costs off, timing off) $1" >"$work/plan"
}

workers_launched() {
	plan_of "$join" && has 'Workers Launched: 2' "$work/plan" && has 'Parallel Hash Join' "$work/plan"
}

parallel_result() {
	answers "$(query "set max_parallel_workers_per_gather = 0; $join")" "$parallel $join"
}

parallel_index() {
	query "set max_parallel_maintenance_workers = 2; set min_parallel_table_scan_size = 0;
		set client_min_messages = debug1; create index on pgbench_accounts (abalance, aid)" \
		>"$work/index" 2>&1 && has 'with request for [12] parallel worker' "$work/index"
}

check "initdb makes a cluster" make_cluster
check "the server starts" start
check "its buffers are a segment" buffers_attached
check "the control segment of its dynamic shared memory is another" control_segment
check "pgbench fills its tables" pg pgbench -i -q -s 1
check "two clients of pgbench do 600 transactions" pg pgbench -n -c 2 -j 2 -t 300
check "the balances add up" balanced 600
check "a parallel hash join launches two workers" workers_launched
check "and has the same result as without them" parallel_result
check "an index is built in parallel" parallel_index
check "what the workers shared is gone" control_segment

# A stopped backend cannot notice that its server is gone.
coproc client { pg psql -X -A -t -q; }
echo 'select pg_backend_pid();' >&"${client[1]}"
read -r backend <&"${client[0]}"
postmaster=$(head -n 1 "$data/postmaster.pid")
kill -STOP "$backend"
kill -KILL "$postmaster"

only_backend_attached() {
	same 1 "$(rows "\$8 == $uid && \$4 > 16 * 1024 * 1024" | awk '{ print $7 }')"
}

check "the killed server's other processes end, one backend stays attached" wait_for 60 only_backend_attached
check "a second server refuses to start while it does" refuses
rm "$data/postmaster.pid"
check "also when postmaster.pid is deleted" refuses
kill -KILL "$backend"
check "the backend ends" wait_for 60 gone "$backend"
eval "exec ${client[1]}>&-"
wait
check "then the server starts" start
check "after recovery" has 'automatic recovery in progress' "$log"
check "the balances still add up" balanced 600
check "the server stops" stop
finish
