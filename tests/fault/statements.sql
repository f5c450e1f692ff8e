-- Statements of every kind, each run with each of its calls failing in turn.
SELECT 1 + 1 AS a, 'x' || 'y' AS b;
SELECT user, count(*), sum(price), min(ts) FROM 'tests/data/events/small.jsonl' GROUP BY user ORDER BY user;
SELECT window_start, count(*) FROM TUMBLE(TABLE 'tests/data/events/small.jsonl', DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start;
SELECT window_start, window_end, user, count(*) FROM SESSION(TABLE 'tests/data/events/small.csv' PARTITION BY user, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end, user;
SELECT window_start, count(*) FROM HOP(TABLE 'tests/data/events/small.csv', DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND) GROUP BY window_start;
SELECT * FROM 'tests/data/events/small.jsonl.gz' WHERE n > 1 ORDER BY n DESC LIMIT 2;
SELECT user, upper(user), length(user) FROM 'tests/data/events/*.csv' WHERE user LIKE 'b%';
SELECT DISTINCT user FROM (SELECT user FROM 'tests/data/events/small.csv' UNION ALL SELECT 'zoe') AS t;
WITH t AS (SELECT generate_series AS i FROM generate_series(1, 2000)) SELECT i % 7 AS k, count(*), string_agg(CAST(i AS VARCHAR), ',') FROM t GROUP BY k ORDER BY k;
EXPLAIN SELECT user, count(*) FROM 'tests/data/events/small.jsonl' GROUP BY user;
-- setup: CREATE TEMP TABLE t (a INTEGER, b VARCHAR)
INSERT INTO t VALUES (1, 'one'), (2, NULL);
UPDATE t SET a = a + 1;
DELETE FROM t WHERE a = 1;
SELECT * FROM t;
