#!/usr/bin/env bash
# git: import, clone through its own protocol, checkout, repack, gc, fsck, log, blame and merge.
source "$(dirname "$0")/support/common.bash"
need git
export HOME=$work GIT_CONFIG_NOSYSTEM=1
git config --global user.name "Tester"
git config --global user.email "tester@example.org"
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git config --global gc.auto 0
git config --global maintenance.auto false

# Every git that works on a clone says whether it has the library: hooks and aliases run as its children.
mkdir -p "$work/template/hooks"
cat >"$work/template/hooks/post-checkout" <<'END'
#!/bin/sh
grep -q "/$library_name" "/proc/$PPID/maps" && echo "post-checkout" >>"$mark"
END
chmod +x "$work/template/hooks/post-checkout"
export mark=$work/mark

# A history of 600 commits over 200 files, with a side branch.
{
  for commit in {1..600}; do
    branch=main
    ((commit % 10 == 0)) && branch=side
    printf 'commit refs/heads/%s\nmark :%d\n' $branch "$commit"
    printf 'committer Tester <tester@example.org> %d +0000\n' $((1700000000 + commit * 60))
    message="Commit $commit"
    printf 'data %d\n%s\n' ${#message} "$message"
    ((commit == 10)) && echo "from :9"
    for file in $((commit % 200)) $((commit * 7 % 200)); do
      content=$(seq "$commit" $((commit + 150)))
      folder=$((file % 13))
      ((commit % 10 == 0)) && folder=side
      printf 'M 100644 inline folder%s/file%d\ndata %d\n%s\n' $folder "$file" ${#content} "$content"
    done
    echo
  done
} >"$work/history"

git init -q "$work/reference"
git -C "$work/reference" fast-import --quiet <"$work/history"
git -C "$work/reference" checkout -q main
git init -q "$work/origin"
"${preload[@]}" git -C "$work/origin" fast-import --quiet <"$work/history"
for name in main side; do
  assert_equal "branch $name after the import" "$(git -C "$work/reference" rev-parse $name)" \
    "$(git -C "$work/origin" rev-parse $name)"
done

"${preload[@]}" git clone -q --no-local --template="$work/template" -b main "$work/origin" "$work/clone"
cd "$work/clone"
assert_equal "clone has the library" post-checkout "$(sort -u "$mark")"
head=$(git -C "$work/reference" rev-parse main)
assert_equal "head of the clone" "$head" "$(git rev-parse HEAD)"
assert_equal "status of the clone" "" "$("${preload[@]}" git status --porcelain)"
"${preload[@]}" git -c alias.look='!grep -c "/$library_name" /proc/$PPID/maps' look >"$work/output"
assert_contains "$work/output" '^[1-9]'

for command in "log --stat --format=%H%an%s" "log --oneline --graph --all" "blame folder7/file7" \
  "diff HEAD~200 HEAD" "rev-list --objects --all" "grep -n 17 HEAD" "shortlog -sn --all" "log -S400 --oneline"; do
  # shellcheck disable=SC2086
  git -C "$work/clone" $command >"$work/expected" </dev/null || true
  # shellcheck disable=SC2086
  "${preload[@]}" git -C "$work/clone" $command >"$work/actual" </dev/null || true
  [[ -s $work/expected ]] || fail "no output: git $command"
  cmp "$work/expected" "$work/actual" || fail "other output: git $command"
done

"${preload[@]}" git merge -q --no-edit origin/side
git -C "$work/reference" merge -q --no-edit side
assert_equal "tree of the merge" "$(git -C "$work/reference" rev-parse 'HEAD^{tree}')" "$(git rev-parse 'HEAD^{tree}')"

before=$(git rev-list --objects --all | sort | sha256sum)
"${preload[@]}" git -c pack.threads=2 repack -q -a -d -f --depth=50 --window=20
"${preload[@]}" git -c gc.pruneExpire=now gc -q --aggressive --prune=now
"${preload[@]}" git fsck --full --strict 2>"$work/errors" || fail "git fsck: $(cat "$work/errors")"
git fsck --full --strict 2>/dev/null || fail "git fsck without the library"
assert_equal "objects after gc" "$before" "$(git rev-list --objects --all | sort | sha256sum)"
assert_equal "packs after gc" 1 "$(find .git/objects/pack -name '*.pack' | wc -l)"
