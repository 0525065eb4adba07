#!/usr/bin/env bash
# PHP, with its own allocator above ours and, by USE_ZEND_ALLOC=0, with every object straight from malloc. PHP
# opens extension modules so that they find libc's malloc before a preloaded one (RTLD_DEEPBIND). Quarry's
# option deepbind=0 prevents that; without it, modules are left out (-n).
source "$(dirname "$0")/support/common.bash"
need php

cat >"$work/program.php" <<'END'
<?php
ini_set("memory_limit", "512M");
$name = getenv("library_name");
if ($name && !str_contains(file_get_contents("/proc/self/maps"), "/$name")) {
  fwrite(STDERR, "the library is not loaded\n");
  exit(1);
}
function digest($value) { return substr(hash("sha256", serialize($value)), 0, 16); }

$counts = [];
for ($i = 1; $i <= 300000; $i++) {
  $key = "key" . ($i * 7919 % 100003);
  $counts[$key] = ($counts[$key] ?? 0) + $i;
}
echo "array ", count($counts), " ", array_sum($counts), "\n";
ksort($counts);
echo "sorted ", digest(array_slice($counts, 0, 1000)), "\n";
$text = "";
for ($i = 0; $i < 200000; $i++) $text .= "word$i " . str_repeat("x", $i % 40);
echo "text ", strlen($text), " ", digest(preg_replace('/word(\d+)/', '<$1>', $text)), "\n";
$records = [];
for ($i = 0; $i < 30000; $i++) $records[] = ["id" => $i, "name" => "name $i", "list" => [$i, null, $i / 2]];
echo "json ", var_export(json_decode(json_encode($records), true) == $records, true), "\n";
echo "serialize ", var_export(unserialize(serialize($records)) === $records, true), "\n";
class Node { public $other; public $data; }
for ($i = 0; $i < 50000; $i++) { $a = new Node; $b = new Node; $a->other = $b; $b->other = $a; $a->data = str_repeat("d", $i % 500); }
echo "cycles ", var_export(gc_collect_cycles() >= 0, true), "\n";
function generate($n) { for ($i = 0; $i < $n; $i++) yield "g$i" => [$i, "v$i"]; }
$sum = 0;
foreach (generate(200000) as $key => [$i, $v]) $sum += strlen($key) + $i;
echo "generator $sum\n";
usort($records, fn($a, $b) => $b["id"] % 1000 <=> $a["id"] % 1000 ?: $a["id"] <=> $b["id"]);
echo "usort ", digest($records), "\n";
END
env -u library_name php -n "$work/program.php" >"$work/expected"
assert_contains "$work/expected" '^array 100003 45000150000$' '^json true$' '^serialize true$'
"${preload[@]}" php -n "$work/program.php" >"$work/actual"
diff "$work/expected" "$work/actual" >&2 || fail "other output"
"${preload[@]}" USE_ZEND_ALLOC=0 php -n "$work/program.php" >"$work/actual"
diff "$work/expected" "$work/actual" >&2 || fail "other output with USE_ZEND_ALLOC=0"

if [[ $library_name == libquarry* ]]; then
  "${preload[@]}" QUARRY_OPTIONS=deepbind=0 php "$work/program.php" >"$work/actual"
  diff "$work/expected" "$work/actual" >&2 || fail "other output with extension modules"
  assert_equal "modules" "$(php -m)" "$("${preload[@]}" QUARRY_OPTIONS=deepbind=0 php -m)"
fi
