#!/usr/bin/env bash
# nginx under load: files, compression, a proxy to itself, and a change of workers meanwhile.
source "$(dirname "$0")/support/common.bash"
PATH=$PATH:/usr/sbin
need nginx ab curl

port=$(free_port)
mkdir -p "$work/www" "$work/temp"
head -c 3000000 /dev/urandom >"$work/www/large.bin"
seq 1 60000 >"$work/www/text.txt"
echo "small" >"$work/www/small.txt"
user=""
[[ $(id -u) == 0 ]] && user="user root root;"
cat >"$work/nginx.conf" <<END
$user
worker_processes 2;
pid $work/nginx.pid;
error_log $work/error.log warn;
daemon off;
events { worker_connections 256; }
http {
  access_log $work/access.log;
  client_body_temp_path $work/temp/body;
  proxy_temp_path $work/temp/proxy;
  fastcgi_temp_path $work/temp/fastcgi;
  uwsgi_temp_path $work/temp/uwsgi;
  scgi_temp_path $work/temp/scgi;
  types { text/plain txt; }
  gzip on;
  gzip_min_length 100;
  gzip_comp_level 4;
  server {
    listen 127.0.0.1:$port;
    server_name localhost;
    root $work/www;
    location /proxy/ {
      proxy_pass http://127.0.0.1:$port/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
    location /hello { return 200 "hello \$arg_name\n"; }
  }
}
END
start "${preload[@]}" nginx -p "$work" -e "$work/error.log" -c "$work/nginx.conf"
server=$pid
base=http://127.0.0.1:$port
wait_until 10 "nginx to answer" curl -fsS -o /dev/null "$base/small.txt" 2>/dev/null
assert_loaded "$server"
for worker in $(pgrep -P "$server"); do assert_loaded "$worker"; done
(($(pgrep -c -P "$server") == 2)) || fail "there are not two workers"

check_files() {
  local file
  for file in large.bin text.txt small.txt; do
    curl -fsS --compressed "$base/$1$file" | cmp - "$work/www/$file" || fail "$1$file is not what was served"
  done
  assert_equal "hello" "hello you" "$(curl -fsS "$base/hello?name=you")"
}
check_files ""
check_files proxy/

# load NAME REQUESTS AB-OPTION…: ab must see that many whole and equal replies.
load() {
  local name=$1 requests=$2
  shift 2
  timeout 120 ab -q -n "$requests" "$@" >"$work/ab.$name" 2>&1 || { cat "$work/ab.$name" >&2; fail "ab: $name"; }
  assert_contains "$work/ab.$name" "^Complete requests: +$requests$" '^Failed requests: +0$'
  ! grep -E '^(Non-2xx responses|Write errors)' "$work/ab.$name" >&2 || fail "wrong replies: $name"
}
load small 20000 -k -c 20 "$base/small.txt"
load gzip 1500 -k -c 10 -H "Accept-Encoding: gzip" "$base/text.txt"
load large 500 -c 10 "$base/large.bin"
load hello 5000 -c 20 "$base/hello?name=$(printf 'x%.0s' {1..2000})"

# New workers while requests are under way.
(load proxy 4000 -c 20 "$base/proxy/text.txt") &
during=$!
for _ in 1 2 3; do
  before=$(pgrep -P "$server" | sort | tr '\n' ' ')
  kill -HUP "$server"
  workers_changed() { [[ $(pgrep -P "$server" | sort | tail -n 2 | tr '\n' ' ') != "$before" ]]; }
  wait_until 20 "new workers" workers_changed
done
wait "$during" || fail "load while workers changed"
for worker in $(pgrep -P "$server"); do assert_loaded "$worker"; done
check_files ""
check_files proxy/
if grep -E '\[(alert|crit|emerg)\]|exited on signal' "$work/error.log" >&2; then fail "nginx reports errors"; fi
stop "$server"
