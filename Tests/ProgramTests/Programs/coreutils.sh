#!/usr/bin/env bash
# Text tools as filters: the same bytes come out with the library as without.
source "$(dirname "$0")/support/common.bash"
need awk sed grep

lines=$work/lines
seq 1 400000 | awk '{ printf "%07d user%d %s some words of line %d\n", ($1 * 7919) % 1000003, $1 % 997, "abc", $1 }' >"$lines"

check_filter "$lines" sort
check_filter "$lines" sort -S 8M --parallel=2 -k2,2 -k1,1nr
check_filter "$lines" sort -u -t ' ' -k2,2
check_filter "$lines" uniq -c -f 1
check_filter "$lines" sed -E 's/user([0-9]+)/[\1]/; s/(some) (words)/\2 \1/; 10~1000d'
check_filter "$lines" awk '{ count[$2]++; sum[$2] += $1; text[$1] = $0 } END { for (n in count) print n, count[n], sum[n] }'
check_filter "$lines" grep -E -n '(user9[0-9]+|line [0-9]*77) '
check_filter "$lines" grep -v -i 'USER1'
check_filter "$lines" tr 'a-z' 'A-Z'
check_filter "$lines" cut -d ' ' -f 2,4-
check_filter "$lines" tac
check_filter "$lines" wc
check_filter "$lines" fold -w 20
check_filter "$lines" paste - - -
check_filter "$lines" shuf --random-source="$lines" -n 1000
check_filter "$lines" sha256sum
check_filter "$lines" base64
check_filter "$lines" od -A x -t x4

# A whole pipeline and its shell; every process looks for itself.
cat >"$work/pipeline" <<'END'
set -euo pipefail
grep -q "/$library_name" "/proc/$$/maps"
grep -c "/$library_name" /proc/self/maps >/dev/null
sort -n "$1" | awk '{ print $2 }' | sort | uniq -c | sort -k1,1nr -k2 | head -n 100 | sed 's/^ *//'
END
bash "$work/pipeline" "$lines" 2>/dev/null && fail "the pipeline found a library that was not preloaded"
sed -i '/library_name/d' "$work/pipeline"
bash "$work/pipeline" "$lines" >"$work/expected" || [[ $? == 141 ]]
"${preload[@]}" bash "$work/pipeline" "$lines" >"$work/actual" || [[ $? == 141 ]]
cmp "$work/expected" "$work/actual" || fail "other output of the pipeline"

# Many short processes, two at a time, on many files.
mkdir "$work/files"
split -l 3000 "$lines" "$work/files/part."
expected=$(find "$work/files" -type f -print0 | sort -z | xargs -0 -n 1 sha256sum | sort | sha256sum)
actual=$("${preload[@]}" bash -c '
  grep -q "/$library_name" "/proc/$$/maps" || exit 1
  find "$1" -type f -print0 | sort -z | xargs -0 -P 2 -n 1 sha256sum | sort | sha256sum' bash "$work/files")
assert_equal "sums of the parts" "$expected" "$actual"
