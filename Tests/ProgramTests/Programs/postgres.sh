#!/usr/bin/env bash
# PostgreSQL: initdb, pgbench by several clients, parallel queries, VACUUM FULL, and a dump read back.
source "$(dirname "$0")/support/common.bash"
bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[[ -x $bin/initdb ]] || skip "PostgreSQL is not installed"
need psql pgbench

# The server refuses to run as root. Its user must be able to reach the library, wherever that is.
as_user=()
if [[ $(id -u) == 0 ]]; then
  id postgres >/dev/null || skip "there is no user postgres"
  as_user=(setpriv --reuid postgres --regid postgres --clear-groups env "HOME=$work/home")
  mkdir "$work/home" "$work/readable"
  cp "$library" "$work/readable/"
  preload=(env "LD_PRELOAD=$work/readable/$library_name")
  chown postgres: "$work/home"
fi
mkdir "$work/database"
[[ $(id -u) != 0 ]] || chown postgres: "$work/database"
cd "$work"

start "${as_user[@]}" "${preload[@]}" "$bin/initdb" -D "$work/database/data" -U tester -A trust -E UTF8 \
  --no-locale --no-sync >"$work/initdb.log" 2>&1
assert_loaded "$pid"
wait "$pid" || { cat "$work/initdb.log" >&2; fail "initdb"; }
cat >>"$work/database/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$work/database'
fsync = off
shared_buffers = 32MB
work_mem = 2MB
min_parallel_table_scan_size = 0
parallel_setup_cost = 0
parallel_tuple_cost = 0
max_parallel_workers_per_gather = 2
jit = on
jit_above_cost = 100000
log_checkpoints = off
END
start "${as_user[@]}" "${preload[@]}" "$bin/postgres" -D "$work/database/data" >"$work/server.log" 2>&1
server=$pid
export PGHOST=$work/database PGUSER=tester PGDATABASE=postgres
wait_until 20 "the server to answer" psql -qAt -c "" 2>/dev/null
assert_loaded "$server"
query() { psql -qAtX -v ON_ERROR_STOP=1 "$@"; }
(($(query -c "SELECT count(*) FROM regexp_split_to_table(pg_read_file('/proc/self/maps'), E'\n') AS line
  WHERE line LIKE '%/$library_name'") > 0)) || fail "the process behind a connection does not have the library"

pgbench -i -q -s 3 >"$work/output" 2>&1 || { cat "$work/output" >&2; fail "pgbench -i"; }
for mode in simple prepared; do
  timeout 120 pgbench -n -c 4 -j 2 -t 1500 -M "$mode" >"$work/output" 2>&1 || { cat "$work/output" >&2; fail "pgbench"; }
  assert_contains "$work/output" 'actually processed: 6000/6000' 'failed transactions: 0 '
done
# A connection for each transaction: processes come and go.
timeout 120 pgbench -n -C -S -c 4 -j 2 -t 150 >"$work/output" 2>&1 || { cat "$work/output" >&2; fail "pgbench -C"; }
assert_contains "$work/output" 'actually processed: 600/600'
sums=$(query -c "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history),
  (SELECT sum(bbalance) FROM pgbench_branches) = (SELECT sum(delta) FROM pgbench_history),
  (SELECT sum(tbalance) FROM pgbench_tellers) = (SELECT sum(delta) FROM pgbench_history),
  (SELECT count(*) FROM pgbench_history)")
assert_equal "balances" "t|t|t|12000" "$sums"

cat >"$work/queries.sql" <<'END'
CREATE TABLE t AS SELECT i AS id, i * 7919 % 100003 AS k, md5(i::text) AS m, repeat('x', i % 300) AS pad
  FROM generate_series(1, 200000) AS i;
CREATE INDEX ON t (m);
CREATE INDEX ON t USING gin (to_tsvector('simple', m));
ANALYZE t;
SELECT count(*), count(DISTINCT k), md5(string_agg(m, '' ORDER BY id)), sum(length(pad)) FROM t;
SELECT k % 100, count(*), max(m) FROM t GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10;
SELECT count(*) FROM t a JOIN t b ON a.k = b.id AND a.m > b.m;
SELECT md5(jsonb_agg(jsonb_build_object('id', id, 'm', m) ORDER BY id)::text) FROM t WHERE id <= 30000;
SELECT md5(xmlagg(xmlelement(name row, m) ORDER BY id)::text) FROM t WHERE id <= 5000;
SELECT count(regexp_replace(m, '([a-f]+)([0-9])', '\2\1', 'g')) FROM t WHERE m ~ '^[0-9]{3}[a-f]';
DO $$ DECLARE s text := ''; BEGIN FOR i IN 1..20000 LOOP s := s || i; IF i % 100 = 0 THEN BEGIN
  RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN NULL; END; END IF; END LOOP; RAISE NOTICE '%', md5(s); END $$;
DELETE FROM t WHERE id % 3 = 0;
UPDATE t SET m = m || m WHERE id % 5 = 0;
VACUUM FULL t;
SELECT count(*), md5(string_agg(m, '' ORDER BY id)) FROM t;
END
query -f "$work/queries.sql" >"$work/actual" 2>"$work/notices" || { cat "$work/notices" >&2; fail "queries"; }
assert_contains "$work/actual" '^200000\|100003\|' '^133334\|'
assert_equal "sum of the strings" "$(/usr/bin/python3 -c 'from hashlib import md5
print(md5("".join(md5(b"%d" % i).hexdigest() for i in range(1, 200001)).encode()).hexdigest())')" \
  "$(head -n 1 "$work/actual" | cut -d '|' -f 3)"
query -c "EXPLAIN SELECT count(*) FROM t" >"$work/plan"
assert_contains "$work/plan" 'Gather'

"${preload[@]}" pg_dump -Fp postgres >"$work/dump.sql"
createdb copy
PGDATABASE=copy "${preload[@]}" psql -qX -v ON_ERROR_STOP=1 -f "$work/dump.sql" >/dev/null
state="SELECT count(*), md5(string_agg(m, '' ORDER BY id)) FROM t"
assert_equal "the copy from the dump" "$(query -c "$state")" "$(query -d copy -c "$state")"
if grep -E 'PANIC|terminated by signal|server process .* exited' "$work/server.log" >&2; then
  fail "the server reports a crash"
fi
kill -INT "$server"
wait "$server" || fail "the server ended with status $?"
