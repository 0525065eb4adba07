#!/usr/bin/env bash
# Redis under load, saving in the background meanwhile (fork and copy on write), and what it reads back.
source "$(dirname "$0")/support/common.bash"
need redis-server redis-cli redis-benchmark redis-check-rdb

socket=$work/redis.socket
cli=(redis-cli -s "$socket")
launch() {
  start "${preload[@]}" redis-server --port 0 --unixsocket "$socket" --save "" --dir "$work" --daemonize no \
    --logfile "$work/log" --enable-debug-command yes --appendonly "$1" --activerehashing yes --io-threads 2
  server=$pid
  wait_until 20 "redis to answer" answers
  assert_loaded "$server"
}
answers() { [[ $("${cli[@]}" ping 2>/dev/null) == PONG ]]; }
information() { "${cli[@]}" info | tr -d '\r' | sed -n "s/^$1://p"; }
saved() { [[ $(information rdb_bgsave_in_progress) == 0 ]]; }

launch no
# Known data of every type, through the protocol.
awk 'BEGIN {
  for (i = 0; i < 60000; i++) printf "SET text:%d %0" (i % 900 + 10) "d\n", i, i
  for (i = 0; i < 40000; i++) printf "HSET hash:%d field%d value%d\n", i % 100, i, i * 3
  for (i = 0; i < 40000; i++) printf "RPUSH list:%d entry%d\n", i % 50, i
  for (i = 0; i < 40000; i++) printf "ZADD set:%d %d member%d\n", i % 50, i * 7 % 1009, i
  for (i = 0; i < 20000; i++) printf "SADD plain:%d %d\n", i % 20, i
  for (i = 0; i < 20000; i++) printf "XADD stream:%d %d-1 name value%d\n", i % 10, i + 1, i
}' | "${cli[@]}" --pipe >"$work/output"
assert_contains "$work/output" 'errors: 0, replies: 220000'
digest=$("${cli[@]}" debug digest)
assert_equal "a value" "0000059999" "$("${cli[@]}" get text:59999 | tail -c 11)"
assert_equal "length of a list" 800 "$("${cli[@]}" llen list:7)"
assert_equal "a stream" 2000 "$("${cli[@]}" xlen stream:3)"

# Load with other keys, twice saved meanwhile; the benchmark ends with an error when a reply is one.
redis-benchmark -s "$socket" -n 30000 -c 20 -P 8 -r 20000 -d 300 --csv \
  -t set,get,incr,lpush,rpush,lpop,sadd,hset,zadd,mset >"$work/benchmark" &
load=$!
processes+=("$load")
"${cli[@]}" bgsave >/dev/null
wait_until 60 "the first background save" saved
"${cli[@]}" bgsave >/dev/null
wait_until 60 "the second background save" saved
wait "$load" || fail "redis-benchmark: status $?"
assert_equal "status of the background saves" ok "$(information rdb_last_bgsave_status)"

# Much is deleted, compacted and allocated again.
"${cli[@]}" eval 'local n = 0
  for i = 0, 59999, 2 do n = n + redis.call("DEL", "text:" .. i) end
  for i = 0, 59999, 2 do
    local digits = tostring(i)
    redis.call("SET", "text:" .. i, string.rep("0", i % 900 + 10 - #digits) .. digits)
  end
  return n' 0 >"$work/output"
assert_equal "deleted keys" 30000 "$(cat "$work/output")"
"${cli[@]}" memory purge >/dev/null
keys=$("${cli[@]}" --scan --pattern '*' | grep -Ev '^(text|hash|list|set|plain|stream):[0-9]+$' || true)
# shellcheck disable=SC2086
[[ -z $keys ]] || xargs -n 1000 "${cli[@]}" unlink <<<"$keys" >/dev/null
assert_equal "other keys than ours" 0 \
  "$("${cli[@]}" --scan --pattern '*' | grep -cEv '^(text|hash|list|set|plain|stream):[0-9]+$' || true)"
assert_equal "digest after load" "$digest" "$("${cli[@]}" debug digest)"

"${cli[@]}" bgsave >/dev/null
wait_until 60 "the last background save" saved
redis-check-rdb "$work/dump.rdb" >"$work/output" || fail "redis-check-rdb: $(cat "$work/output")"
"${preload[@]}" redis-check-rdb "$work/dump.rdb" >"$work/output" || fail "redis-check-rdb on the library"
stop "$server"

launch no
assert_equal "digest after a new start" "$digest" "$("${cli[@]}" debug digest)"
"${cli[@]}" config set appendonly yes >/dev/null
rewritten() { [[ $(information aof_rewrite_in_progress) == 0 && $(information aof_rewrite_scheduled) == 0 ]]; }
wait_until 60 "the append-only file" rewritten
assert_equal "status of the rewriting" ok "$(information aof_last_bgrewrite_status)"
stop "$server"
launch yes
assert_equal "digest after reading the append-only file" "$digest" "$("${cli[@]}" debug digest)"
stop "$server"
