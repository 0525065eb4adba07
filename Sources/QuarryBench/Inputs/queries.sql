-- A database in memory: inserts, indices, joins, updates, deletes, text and JSON.
PRAGMA temp_store = MEMORY;
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, city INTEGER, born INTEGER, notes TEXT);
CREATE TABLE payment (id INTEGER PRIMARY KEY, person INTEGER, amount INTEGER, day INTEGER, reason TEXT);
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 40000)
INSERT INTO person SELECT n, 'person ' || (n * 7919 % 40009), n * 31 % 977, 1930 + n * 17 % 80,
  substr(replace(hex(n * 2654435761), '0', ' and so on '), 1, 10 + n % 150) FROM number;
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 120000)
INSERT INTO payment SELECT n, 1 + n * 7907 % 40000, n * 104729 % 10007, n * 13 % 365, 'reason ' || n % 499 FROM number;
CREATE INDEX person_name ON person (name);
CREATE INDEX person_city ON person (city, born);
CREATE INDEX payment_person ON payment (person, day);
CREATE INDEX payment_reason ON payment (reason);
SELECT count(*), sum(amount) FROM payment JOIN person ON person.id = payment.person WHERE born > 1980;
SELECT city, count(*) AS people, sum(amount) FROM person JOIN payment ON person.id = payment.person
  GROUP BY city ORDER BY people DESC, city LIMIT 10;
SELECT reason, group_concat(amount, ' ') AS all_amounts FROM payment GROUP BY reason ORDER BY length(all_amounts), reason LIMIT 2;
UPDATE person SET notes = notes || ' moved', city = city + 1 WHERE born % 3 = 0;
DELETE FROM payment WHERE day % 5 = 0;
SELECT count(*), sum(length(notes)), max(city) FROM person;
SELECT count(DISTINCT upper(name) || '/' || born) FROM person;
SELECT sum(json_array_length(list)) FROM (SELECT json_group_array(json_object('id', id, 'amount', amount)) AS list
  FROM payment GROUP BY person % 1000);
SELECT sum(length(notes)) FROM (SELECT notes FROM person ORDER BY notes DESC, id);
VACUUM;
PRAGMA integrity_check;
