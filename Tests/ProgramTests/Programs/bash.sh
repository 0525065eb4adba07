#!/usr/bin/env bash
# The shell itself: arrays, strings, substitutions, traps and many forks.
source "$(dirname "$0")/support/common.bash"

cat >"$work/program" <<'END'
set -euo pipefail
grep -q "/$library_name" "/proc/$$/maps" || { echo "the library is not loaded" >&2; exit 1; }

declare -A squares=()
for ((i = 0; i < 60000; i++)); do squares[key$i]=$((i * i)); done
echo "entries ${#squares[@]} ${squares[key59999]}"
sum=0
for key in "${!squares[@]}"; do sum=$((sum + squares[$key])); done
echo "sum $sum"
for ((i = 0; i < 60000; i += 2)); do unset "squares[key$i]"; done
echo "left ${#squares[@]}"

text=
for ((i = 0; i < 20000; i++)); do text+="word$i "; done
echo "text ${#text} $(printf %s "$text" | sha256sum | cut -c 1-16)"
changed=${text//word1/W}
echo "changed ${#changed}"
read -r -a words <<<"$text"
echo "words ${#words[@]} ${words[19999]}"

fibonacci() { (($1 < 2)) && { echo "$1"; return; }; echo $(($(fibonacci $(($1 - 1))) + $(fibonacci $(($1 - 2))))); }
echo "fibonacci $(fibonacci 12)"

[[ "2024-05-17T10:20:30" =~ ^([0-9]+)-([0-9]+)-([0-9]+)T(.*)$ ]] && echo "match ${BASH_REMATCH[4]}"
mapfile -t lines < <(seq 1 100000)
echo "lines ${#lines[@]} ${lines[99999]}"
diff <(seq 1 10) <(seq 1 10) && echo "same"
for ((i = 0; i < 200; i++)); do (exit $((i % 7))) || true; done
trap 'echo "trapped"' USR1
kill -USR1 $$
wait
cat <<HERE
here $(echo nested "$(echo twice)")
HERE
END
# Everything but the look at the maps runs without the library too.
grep -v library_name "$work/program" >"$work/reference"
bash "$work/reference" >"$work/expected"
"${preload[@]}" bash "$work/program" >"$work/actual"
cmp "$work/expected" "$work/actual" || { diff "$work/expected" "$work/actual" >&2; fail "other output"; }
assert_contains "$work/actual" '^entries 60000 3599880001$' '^left 30000$' '^fibonacci 144$' '^trapped$' \
  '^here nested twice$'
