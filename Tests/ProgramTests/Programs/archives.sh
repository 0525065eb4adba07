#!/usr/bin/env bash
# Archives and compression, with threads where the tools have them, and a copy by rsync.
source "$(dirname "$0")/support/common.bash"
need tar gzip bzip2 xz zstd rsync

tree=$work/tree
mkdir -p "$tree"
for d in {1..30}; do
  mkdir "$tree/folder$d"
  for f in {1..30}; do seq "$d" $((d * f * 3 + 2000)) >"$tree/folder$d/file$f"; done
done
ln -s ../folder1/file1 "$tree/folder2/link"
sum_of() { (cd "$1" && find . \( -type f -o -type l \) -print0 | sort -z | xargs -0 sha256sum | sha256sum); }
expected=$(sum_of "$tree")

# tar reads names from a pipe, so that it can be looked at, and starts the compressor itself.
(cd "$tree" && find . -type f -o -type l) | LC_ALL=C sort >"$work/names"
for kind in gzip bzip2 xz zstd; do
  cd "$tree"
  on_library "$work/names" "$work/output" tar -c --"$kind" -f "$work/tree.$kind" -T -
  cd "$work"
  mkdir "$work/out.$kind"
  on_library "$work/tree.$kind" "$work/output" tar -x --"$kind" -f - -C "$work/out.$kind"
  assert_equal "tree after tar --$kind" "$expected" "$(sum_of "$work/out.$kind")"
done

tar -cf "$work/tree.tar" -C "$tree" .
check_filter "$work/tree.tar" gzip -6 -n
check_filter "$work/tree.tar" bzip2 -9
check_filter "$work/tree.tar" xz -2 -T 2 --block-size=1MiB
check_filter "$work/tree.tar" zstd -q -9 -T2
for tool in gzip bzip2 xz "zstd -q"; do
  # shellcheck disable=SC2086
  $tool <"$work/tree.tar" >"$work/compressed"
  # shellcheck disable=SC2086
  on_library "$work/compressed" "$work/restored" $tool -d
  cmp "$work/tree.tar" "$work/restored" || fail "$tool -d changed the data"
done

# rsync and the process at the other end, first all, then only what changed.
printf '%s\n' "#!/bin/sh" 'grep -q "/$library_name" "/proc/$PPID/maps" && echo loaded >>"$mark"' \
  'shift; exec "$@"' >"$work/shell"
chmod +x "$work/shell"
export mark=$work/mark
"${preload[@]}" rsync -a --checksum -z -e "$work/shell" "$tree/" "host:$work/copy/"
assert_equal "tree after rsync" "$expected" "$(sum_of "$work/copy")"
echo changed >>"$tree/folder3/file3"
rm "$tree/folder4/file4"
"${preload[@]}" rsync -a --delete --no-whole-file --checksum "$tree/" "$work/copy/"
assert_equal "tree after the second rsync" "$(sum_of "$tree")" "$(sum_of "$work/copy")"
assert_equal "rsync has the library" loaded "$(sort -u "$mark")"
