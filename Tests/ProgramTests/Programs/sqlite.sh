#!/usr/bin/env bash
# SQLite: a large insert, an index, joins, an integrity check and VACUUM, in a file and in memory.
source "$(dirname "$0")/support/common.bash"
need sqlite3

cat >"$work/statements" <<'END'
PRAGMA journal_mode=WAL;
PRAGMA cache_size=-20000;
CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, price REAL, data BLOB);
CREATE TABLE sale(id INTEGER PRIMARY KEY, item INTEGER, amount INTEGER);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
  INSERT INTO item SELECT i, 'item ' || (i * 7919 % 200003), i * 0.25, zeroblob(i % 400) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
  INSERT INTO sale SELECT i, 1 + i * 31 % 200000, i % 17 FROM n;
COMMIT;
CREATE INDEX item_name ON item(name);
CREATE INDEX sale_item ON sale(item, amount);
SELECT count(*), sum(length(data)), min(name), max(name) FROM item;
SELECT count(*), sum(amount * price) FROM sale JOIN item ON item.id = sale.item;
SELECT name, total FROM (SELECT item, sum(amount) AS total FROM sale GROUP BY item) JOIN item ON item.id = item
  ORDER BY total DESC, name LIMIT 20;
SELECT length(group_concat(name, ',')) FROM item;
SELECT json_array_length(json_group_array(json_object('id', id, 'name', name))) FROM item WHERE id <= 50000;
UPDATE item SET name = name || ' again', data = zeroblob(1000) WHERE id % 7 = 0;
DELETE FROM item WHERE id % 3 = 0;
PRAGMA integrity_check;
VACUUM;
PRAGMA integrity_check;
SELECT count(*), sum(length(data)), min(name), max(name) FROM item;
CREATE VIRTUAL TABLE text USING fts5(content);
INSERT INTO text SELECT name || ' sold ' || price FROM item WHERE id <= 60000;
SELECT count(*) FROM text WHERE text MATCH 'again';
END
if ! sqlite3 :memory: "CREATE VIRTUAL TABLE text USING fts5(content)" 2>/dev/null; then
  sed -i '/text/d' "$work/statements"
fi

sqlite3 "$work/reference.db" <"$work/statements" >"$work/expected"
assert_contains "$work/expected" '^200000\|' '^ok$'
on_library "$work/statements" "$work/actual" sqlite3 "$work/base.db"
diff "$work/expected" "$work/actual" >&2 || fail "other output"
sed 1d "$work/expected" >"$work/expected.rest"
on_library "$work/statements" "$work/actual" sqlite3 :memory:
sed 1d "$work/actual" | diff "$work/expected.rest" - >&2 || fail "other output in memory"

assert_equal "the file to a sqlite without the library" ok "$(sqlite3 "$work/base.db" 'PRAGMA integrity_check')"
sqlite3 "$work/base.db" .dump | sha256sum >"$work/dump.expected"
echo .dump >"$work/dump"
on_library "$work/dump" "$work/dump.sql" sqlite3 "$work/base.db"
assert_equal "dump" "$(cat "$work/dump.expected")" "$(sha256sum <"$work/dump.sql")"
