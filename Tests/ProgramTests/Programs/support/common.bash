# What every script of this folder begins with. Each runs one program, or one kind of program, on the library
# and verifies what it computes.
#
# Given by the environment: QUARRY_LIBRARY, the library to preload (the package's release build if unset), and
# QUARRY_FULL=1 for the parts that take minutes. Exit status 77 means skipped, with the reason on standard
# error.
#
# Given to the script: `work`, a folder of its own; `preload`, the words that put the library under a program,
# and only under that: `"${preload[@]}" sort FILE`; and the functions below.

set -euo pipefail
unset LD_PRELOAD
export LC_ALL=C.UTF-8

programs=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
QUARRY_LIBRARY=${QUARRY_LIBRARY:-$programs/../../../.build/release/libquarry.so}
library=$(readlink -e "$QUARRY_LIBRARY") || {
  echo "no library at $QUARRY_LIBRARY: run 'swift build -c release' first, or set QUARRY_LIBRARY" >&2
  exit 1
}
# shellcheck disable=SC2034
full=${QUARRY_FULL:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/quarry-program.XXXXXX")
chmod 755 "$work"
processes=()
culprit=''

clean_up() {
  local status=$? process
  trap - EXIT ERR
  [[ $status == 0 || -z $culprit ]] || echo "failed: $culprit" >&2
  trap '' INT TERM HUP
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  for process in "${processes[@]}"; do
    for _ in {1..100}; do
      kill -0 "$process" 2>/dev/null || break
      sleep 0.05
    done
    kill -KILL "$process" 2>/dev/null || true
  done
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
set -E
trap 'culprit="status $? from line $LINENO of ${BASH_SOURCE[0]##*/}: $BASH_COMMAND"' ERR
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# LD_PRELOAD separates its entries by blanks and colons.
case $library in
*[:\ ]*)
  mkdir "$work/library"
  cp "$library" "$work/library/"
  library=$work/library/${library##*/}
  ;;
esac
library_name=${library##*/}
export library library_name
# shellcheck disable=SC2034
preload=(env "LD_PRELOAD=$library")

fail() {
  culprit=''
  echo "failed: $*" >&2
  exit 1
}

skip() {
  culprit=''
  echo "skipped: $*" >&2
  exit 77
}

# need COMMAND…: skips the script when one is not installed.
need() {
  local command
  for command in "$@"; do
    command -v "$command" >/dev/null || skip "$command is not installed"
  done
}

# start COMMAND…: runs it in the background until the end of the script; its number is in $pid.
start() {
  "$@" &
  pid=$!
  processes+=("$pid")
}

# stop PID: ends a started process as an administrator would, and fails if it does not end in peace.
stop() {
  local status=0
  kill -TERM "$1"
  wait "$1" || status=$?
  case $status in
  0 | 143) ;;
  *) fail "process $1 ended with status $status when it was told to end" ;;
  esac
}

# wait_until SECONDS WHAT COMMAND…: tries the command until it succeeds.
wait_until() {
  local end=$((SECONDS + $1 + 1)) what=$2
  shift 2
  until "$@"; do
    ((SECONDS < end)) || fail "waited too long for $what"
    sleep 0.02
  done
}

has_library() {
  grep -q "/$library_name" "/proc/$1/maps" 2>/dev/null
}

# assert_loaded PID: fails unless the process has the library. It may still be about to execute its program.
assert_loaded() {
  wait_until 10 "process $1 to have $library_name" has_library_or_gone "$1"
  has_library "$1" || fail "process $1 ended before its maps could be read"
}

has_library_or_gone() {
  has_library "$1" || ! kill -0 "$1" 2>/dev/null
}

# assert_equal WHAT EXPECTED ACTUAL
assert_equal() {
  [[ $2 == "$3" ]] || fail "$1: expected '$2', got '$3'"
}

# assert_contains FILE PATTERN…: fails unless each extended regular expression matches a line.
assert_contains() {
  local file=$1 pattern
  shift
  for pattern in "$@"; do
    grep -qE -- "$pattern" "$file" || {
      tail -n 60 "$file" >&2
      fail "no line matches '$pattern' in the output above"
    }
  done
}

# check_filter INPUT COMMAND…: the command must make the same output from standard input with the library as
# without. With the library it reads from a pipe that stays empty until its maps were looked at.
check_filter() {
  local input=$1
  shift
  # Through a pipe here too: some tools look at what they read from.
  "$@" < <(cat "$input") >"$work/expected" || fail "without the library: $*"
  on_library "$input" "$work/actual" "$@"
  cmp "$work/expected" "$work/actual" || fail "other output with the library: $*"
}

# on_library INPUT OUTPUT COMMAND…: one run with the library, which must succeed.
on_library() {
  local input=$1 output=$2 process
  shift 2
  rm -f "$work/pipe"
  mkfifo "$work/pipe"
  (exec "${preload[@]}" "$@" <"$work/pipe" >"$output") &
  process=$!
  processes+=("$process")
  exec {writer}>"$work/pipe"
  assert_loaded "$process"
  cat "$input" >&"$writer" || true
  exec {writer}>&-
  wait "$process" || fail "status $? with the library: $*"
}

# free_port: a TCP port of the loopback interface that nobody listens on.
free_port() {
  /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
