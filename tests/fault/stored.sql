-- Statements on tables of a database folder.
-- database
-- every 5
CREATE OR REPLACE TABLE n (a INTEGER, b VARCHAR CHECK (b <> ''), ts TIMESTAMP) PARTITIONED BY (day(ts), truncate(1, b)) ORDER BY (ts) WITH (ttl = '9000 days');
CREATE OR REPLACE TABLE c AS SELECT user, n, ts FROM 'tests/data/events/small.jsonl';
CREATE OR REPLACE VIEW w (x) AS SELECT 1 AS a;
-- setup: CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR, ts TIMESTAMP) PARTITIONED BY (day(ts)); INSERT INTO t SELECT generate_series, 'x' || (generate_series % 7), TIMESTAMP '2026-01-01' + INTERVAL '1' HOUR * generate_series FROM generate_series(1, 100); CREATE VIEW v AS SELECT b, count(*) AS n FROM t GROUP BY b
INSERT INTO t VALUES (1, 'one', '2026-01-01'), (2, NULL, NULL);
SELECT b, count(*), sum(a) FROM t WHERE ts >= '2026-01-02' GROUP BY b ORDER BY b;
SELECT * FROM v ORDER BY n DESC, b LIMIT 2;
UPDATE t SET b = 'changed' WHERE a % 2 = 1;
DELETE FROM t WHERE ts < '2026-01-03' AND a > 10;
SELECT * FROM weir_tables;
SELECT * FROM weir_columns;
SELECT * FROM weir_files;
SELECT * FROM weir_partitions;
SELECT * FROM weir_chunks;
SHOW CREATE TABLE t;
DESCRIBE t;
TRUNCATE t;
ALTER TABLE t SET (compression = 'small');
ALTER TABLE t RENAME COLUMN b TO b;
OPTIMIZE t;
