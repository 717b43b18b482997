-- Joins, groups, a window and a recursive query in memory.
CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, town INTEGER);
CREATE TABLE town(id INTEGER PRIMARY KEY, name TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
INSERT INTO person SELECT i, 'name' || (i * 7919 % 10007), i * 31 % 500 FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 499)
INSERT INTO town SELECT i, 'town' || i FROM n;
CREATE INDEX by_town ON person(town);
SELECT count(*) FROM (SELECT t.name, count(*) AS c, max(p.name) FROM person p
	JOIN town t ON t.id = p.town GROUP BY t.name HAVING c > 10 ORDER BY c DESC, t.name);
SELECT count(*) FROM person a JOIN person b ON a.town = b.town AND a.id < b.id
	WHERE a.name LIKE 'name1%' AND b.name GLOB '*7';
SELECT sum(r) FROM (SELECT rank() OVER (PARTITION BY town ORDER BY name) AS r FROM person);
SELECT count(DISTINCT substr(name, 1, 6) || town) FROM person;
UPDATE person SET name = upper(name) || id WHERE id % 3 = 0;
DELETE FROM person WHERE town % 5 = 1;
