#include "parser/ast_print.h"
#include "parser/parse.h"
#include "tests/unit/unit.h"

/* Statements of every kind and clause. */
static const char *const STATEMENTS[] = {
    "SELECT 1",
    "select a.b.c, t.*, * exclude (x, y) replace (a+1 as a), tags[1], "
    "tags[1].name[2] from t",
    "SELECT * EXCLUDE a FROM t",
    "FROM t",
    "FROM t SELECT a WHERE b > 1",
    "FROM 'file.jsonl'",
    "FROM 'a' UNION ALL FROM 'b'",
    "SELECT window_start, channel, count(*), sum(price) FROM TUMBLE(TABLE "
    "'bid.jsonl', DESCRIPTOR(date_time), INTERVAL '10' SECOND) GROUP BY "
    "window_start, channel",
    "SELECT * FROM TUMBLE(t, ts, INTERVAL '1 minute')",
    "SELECT * FROM TUMBLE((SELECT * FROM t WHERE a), ts, INTERVAL 1 MINUTE) w",
    "SELECT * FROM TUMBLE(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SIZE => "
    "INTERVAL '1' HOUR, OFFSET := INTERVAL '5' MINUTE, TIMEZONE => 'Europe/Paris')",
    "SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
    "SELECT * FROM SESSION(TABLE t PARTITION BY a, b, DESCRIPTOR(ts), INTERVAL '5' MINUTE)",
    "SELECT * FROM SESSION(TABLE read_jsonl('x.jsonl', follow => true) PARTITION "
    "BY k, DESCRIPTOR(ts), gap)",
    "SELECT * FROM HOP(TABLE (SELECT 1 AS ts), DESCRIPTOR(ts), INTERVAL '1' "
    "MINUTE, INTERVAL '1' HOUR)",
    "SELECT * FROM GAP_FILL(TABLE q, DESCRIPTOR(window_start), INTERVAL '1' MINUTE "
    "PARTITION BY k, LOCF(x))",
    "SELECT channel, count(*) FROM bid WHERE price > 100 GROUP BY channel, "
    "TUMBLE(ts, INTERVAL '1' MINUTE)",
    "SELECT a FROM t GROUP BY ALL ORDER BY ALL DESC",
    "SELECT a,b FROM t GROUP BY ROLLUP(a,b)",
    "SELECT a FROM t GROUP BY CUBE (a, (b, c))",
    "SELECT a FROM t GROUP BY GROUPING SETS ((a,b), a, ())",
    "SELECT a FROM t GROUP BY c, ROLLUP (a,b), CUBE(d, e)",
    "SELECT grouping(a), sets, rollup, cube FROM t",
    "SELECT x FROM t EMIT ON WINDOW CLOSE",
    "SELECT x FROM t EMIT FINAL",
    "SELECT x FROM t emit CHANGES ALLOWED LATENESS INTERVAL '1' HOUR LATE ROWS INTO late",
    "SELECT x FROM t EMIT PERIODIC INTERVAL '5' SECOND",
    "SELECT x FROM t EMIT AFTER WATERMARK WITH EARLY (EVERY INTERVAL '1' MINUTE OR "
    "EVERY 100 ROWS AND EVERY 2 ROWS THEN EVERY INTERVAL '5' SECOND) WITH LATE "
    "(EVERY 1 ROWS) ALLOWED LATENESS INTERVAL '1' DAY RETRACTING LATE ROWS INTO "
    "late_t",
    "SELECT x FROM t EMIT AFTER WATERMARK WITH EARLY ((EVERY 1 ROWS OR EVERY 2 "
    "ROWS) AND (EVERY 3 ROWS THEN EVERY (1+2) ROWS)) DISCARDING",
    "SELECT a, row_number() OVER (PARTITION BY a, b ORDER BY c DESC NULLS LAST "
    "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) AS r FROM t QUALIFY r "
    "= 1",
    "SELECT sum(a) FILTER (WHERE b > 1) OVER w, avg(a) OVER (w RANGE INTERVAL '1' "
    "DAY PRECEDING), max(x) OVER (ROWS UNBOUNDED PRECEDING), min(x) over () FROM t "
    "WINDOW w AS (PARTITION BY x ORDER BY y), w2 AS (w GROUPS BETWEEN UNBOUNDED "
    "PRECEDING AND 1 FOLLOWING) QUALIFY 1",
    "SELECT * FROM a JOIN b ON a.x = b.x LEFT OUTER JOIN c USING (x, y) NATURAL "
    "FULL JOIN d CROSS JOIN e, f SEMI JOIN g ON 1 ANTI JOIN h ON 2 RIGHT JOIN i ON "
    "3 INNER JOIN j ON 4",
    "SELECT * FROM a ASOF JOIN r MATCH_CONDITION (a.ts >= r.ts) ON a.k = r.k",
    "SELECT * FROM a LEFT ASOF JOIN r MATCH_CONDITION (a.ts >= r.ts) USING (k)",
    "SELECT * FROM a ASOF LEFT JOIN r ON a.ts >= r.ts",
    "SELECT * FROM (a JOIN b ON 1) JOIN (c JOIN d ON 2) ON 3",
    "SELECT * FROM a, LATERAL (SELECT a.x) l, LATERAL unnest(a.tags) AS u(tag)",
    "SELECT * FROM orders o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.c = r.c",
    "SELECT * FROM read_jsonl('-') WATERMARK FOR ts AS ts - INTERVAL '5' SECOND",
    "SELECT * FROM t AS x WATERMARK FOR ts AS ts JOIN b ON 1",
    "SELECT * FROM t WITH (idle_timeout = '5 s', 'x' = 1) WHERE 1",
    "WITH a AS (SELECT 1), b(x, y) AS MATERIALIZED (SELECT 2, 3) SELECT * FROM a, b",
    "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n+1 FROM t WHERE n < 5) "
    "SELECT n FROM t",
    "VALUES (1, 'a'), (2, 'b')",
    "SELECT * FROM (VALUES (1),(2)) AS v(x)",
    "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3 EXCEPT ALL SELECT 4 ORDER BY 1 "
    "LIMIT 5 OFFSET 2",
    "SELECT 1 UNION ALL BY NAME SELECT 2 AS b",
    "(SELECT 1 ORDER BY 1 LIMIT 1) UNION (SELECT 2 UNION SELECT 3) LIMIT 1",
    "((SELECT 1))",
    "(SELECT 1 LIMIT 2) LIMIT 1",
    "SELECT (SELECT 1), ((SELECT 2)), (((SELECT 3))) + 1",
    "SELECT * FROM ((SELECT 1)) x, ((SELECT 2) y), (((SELECT 3)))",
    "WITH x AS (SELECT 1) (SELECT * FROM x)",
    "SELECT DISTINCT ON (a, b) c FROM t",
    "SELECT ALL a FROM t",
    "SELECT DISTINCT a FROM t LIMIT 3, 4",
    "SELECT 1 LIMIT ALL",
    "SELECT 1 OFFSET 3",
    "SELECT a offset FROM t offset",
    "SELECT count(ALL x), MAX(ALL x), count(DISTINCT x), string_agg(x, ',' ORDER "
    "BY y DESC), array_agg(DISTINCT x ORDER BY x) FROM t",
    "SELECT a IS NULL, a IS NOT NULL, a ISNULL, a NOTNULL, a NOT NULL, a IS TRUE, "
    "a IS NOT FALSE, a IS UNKNOWN, a IS NOT UNKNOWN, a IS DISTINCT FROM b, a IS "
    "NOT DISTINCT FROM NULL, a IS b, a IS NOT b, a is (null)",
    "SELECT a BETWEEN 1 AND 2 AND b, a NOT BETWEEN 1 + 1 AND (b AND c), x IN "
    "(1,2), x NOT IN (), x IN (SELECT 1), x IN t, x IN s.t, x in ((select 1)), x "
    "in ((select 1), 2), (a,b) IN ((1,2),(3,4))",
    "SELECT a LIKE 'x%' ESCAPE '\\', a NOT ILIKE b, a GLOB '*', a REGEXP 'x', a NOT "
    "REGEXP 'y', a MATCH 'z', a SIMILAR TO 'q', a NOT SIMILAR TO 'q'",
    "SELECT a = ANY (SELECT 1), a <> ALL (SELECT 2), a > SOME (VALUES (1)), all_x, "
    "any(x) FROM t",
    "SELECT CASE WHEN a THEN 1 ELSE 2 END, CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' "
    "END, CAST(a AS DECIMAL(10,2)), TRY_CAST(a AS TIMESTAMP(3) WITH TIME ZONE), "
    "a::int, a::decimal(3,1)::text x, -1::int, a::double precision, "
    "'1'::integer[], cast(a as character varying(10)), x::timestamp with time "
    "zone, CAST(y AS UNSIGNED BIG INT)",
    "SELECT DATE '2026-01-01', TIME '10:00', TIMESTAMP '2026-01-01 00:00:00', "
    "TIMESTAMP WITH TIME ZONE '2026-01-01 00:00:00Z', TIMESTAMPTZ '2026-01-01', "
    "TIMESTAMP(3) '2020-01-01', date, time, timestamp, date('now'), interval FROM "
    "t",
    "SELECT INTERVAL '10' SECOND, INTERVAL '1 hour 30 minutes', INTERVAL 5 MINUTE, "
    "INTERVAL (a+1) DAYS, INTERVAL '1-2' YEAR TO MONTH, INTERVAL -5 DAY, INTERVAL "
    "? SECOND, INTERVAL '1' day + ts, ts - interval '1 day' day",
    "SELECT x'0A', X'', 1_000_000, 0x1F, 1e3, .5, 1., 1.5e-3, 'it''s', \"quoted "
    "\"\"x\"\"\", `back``tick`, 1e0, 0xABC_DEF, NULL, true, FALSE",
    "SELECT ?, ?1, ?5, :name, $name, @name, $1, :name::int",
    "SELECT [1,2,3], [], {a: 1, 'b': [2], \"c d\": {}}, {a:x, 'end':1, select:2}, "
    "(f(x)).y.z, f(x).y, (a).b[1], [1,2][1]",
    "SELECT a || b -> 'c' ->> 'd' * 2, - x -> y, ~a + -b, NOT a = b, NOT NOT a, a "
    "AT TIME ZONE 'UTC', a COLLATE nocase || b, a << 1 & 2 | 3, a == b, a != b, a "
    "<> b, a <= b",
    "SELECT current_timestamp, current_date, CURRENT_TIME, localtimestamp, "
    "current_timestamp(), now()",
    "SELECT extract(year FROM ts), EXTRACT(EPOCH FROM ts - t2), substring(a FROM "
    "2), substring(a FROM 2 FOR 3), trim('x' FROM y), left(a, 1), right(b,2), "
    "replace(a,b,c), if(a,b,c), glob(a,b), like(a,b), first(x), last(y), "
    "truncate(a), cube(x)",
    "SELECT t.order, t.group, payload.select.from, a AS end, b AS from FROM t AS x",
    "select a as \"select\" from t",
    "SELECT a 'alias', b \"Alias\" FROM t",
    "SELECT left, right, full, cross, natural, semi, anti, asof, emit, watermark, "
    "window, filter, over, cast, offset, rows, range, first, last, nulls, key, "
    "date, end_, view, temp, replace, if, row, at, interval, ties, generated, "
    "similar, lateral, materialized, match_condition FROM t",
    "SELECT EXISTS (SELECT 1), NOT EXISTS (SELECT 1 WHERE 0), NOT (EXISTS (SELECT 2))",
    "SELECT 1 + 2",
    "CREATE TABLE bid (auction BIGINT, bidder BIGINT NOT NULL, price BIGINT "
    "DEFAULT 0, channel VARCHAR, url VARCHAR(200) UNIQUE, date_time TIMESTAMP(3), "
    "extra VARCHAR, d DOUBLE PRECISION DEFAULT -1.5 CHECK (d > 0) CHECK (d < 10), "
    "ltz TIMESTAMP WITH TIME ZONE, x, y INTEGER PRIMARY KEY, z GENERATED ALWAYS AS "
    "(x + 1) STORED, c TEXT COLLATE nocase, ts TIMESTAMP DEFAULT "
    "CURRENT_TIMESTAMP, PRIMARY KEY (auction, bidder) NOT ENFORCED, CONSTRAINT u "
    "UNIQUE (a), CHECK (a > b), FOREIGN KEY (a) REFERENCES other(b) ON DELETE "
    "CASCADE, WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND) "
    "PARTITIONED BY (day(date_time), bucket(16, auction), truncate(3, channel)) "
    "ORDER BY (date_time DESC, auction)",
    "CREATE EXTERNAL TABLE clicks (a INT, WATERMARK FOR ts AS ts - INTERVAL '5' "
    "SECOND) WITH (connector = 'files', path = 'in/*.jsonl', format = 'jsonl', "
    "follow = true)",
    "CREATE TEMP TABLE IF NOT EXISTS s.t AS SELECT 1",
    "CREATE OR REPLACE TEMPORARY VIEW v (a, b) AS SELECT 1, 2",
    "CREATE MATERIALIZED VIEW v PARTITIONED BY (day(window_start)) WITH (ttl = '1 "
    "day') AS SELECT 1 EMIT CHANGES",
    "INSERT INTO t VALUES (1,2),(3,4)",
    "INSERT INTO t (a, b) SELECT 1, 2",
    "INSERT INTO s.t (SELECT 1)",
    "INSERT INTO t DEFAULT VALUES RETURNING *",
    "INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x RETURNING a, b+1",
    "UPDATE t SET a = 1, b = a + 1 WHERE c RETURNING a",
    "DELETE FROM t WHERE a IN (SELECT 1)",
    "DELETE FROM t",
    "TRUNCATE t",
    "OPTIMIZE t",
    "OPTIMIZE TABLE s.t PARTITION (date_time_day = '2026-11-22', channel = 'a')",
    "OPTIMIZE t WHERE a > 1",
    "SELECT optimize FROM optimize",
    "TRUNCATE TABLE s.t",
    "DROP TABLE t",
    "DROP VIEW IF EXISTS s.v",
    "DROP MATERIALIZED VIEW v",
    "ALTER TABLE t ADD COLUMN a INT DEFAULT 1",
    "ALTER TABLE t ADD b TEXT",
    "ALTER TABLE t DROP COLUMN a",
    "ALTER TABLE t RENAME COLUMN a TO b",
    "ALTER TABLE t RENAME TO u",
    "ALTER TABLE IF EXISTS t SET (ttl = INTERVAL '1' DAY)",
    "COPY t FROM 'x.csv' (FORMAT csv, HEADER, DELIMITER ';', PARTITION_BY (a, b))",
    "COPY (SELECT 1) TO 'x.jsonl' WITH (FORMAT 'jsonl')",
    "COPY t (a, b) TO 'x'",
    "SET threads = 4",
    "SET time_zone TO 'Europe/Paris'",
    "SET disabled_rules = 'fold,prune'",
    "SET progress = on",
    "SET a.b = DEFAULT_x",
    "RESET threads",
    "RESET ALL",
    "SHOW TABLES",
    "SHOW ALL",
    "SHOW CREATE TABLE main.t",
    "SHOW CREATE VIEW v",
    "SHOW time_zone",
    "SHOW MATERIALIZED VIEWS",
    "DESCRIBE t",
    "DESCRIBE s.t",
    "DESCRIBE SELECT 1",
    "DESCRIBE 'x.jsonl'",
    "DESCRIBE read_csv('x')",
    "SUMMARIZE t",
    "SUMMARIZE FROM 'x'",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "EXPLAIN (FORMAT json) SELECT 1",
    "EXPLAIN (FORMAT dot, ANALYZE) FROM t",
    "EXPLAIN (ANALYZE false, verbose true) SELECT 1",
    "EXPLAIN QUERY PLAN SELECT 1",
    "EXPLAIN (SELECT 1)",
    "EXPLAIN INSERT INTO t VALUES (1)",
    "EXPLAIN ANALYZE (SELECT 2)",
    "EXPLAIN REPORT r",
    "EXPLAIN CREATE INDEX i ON t(a)",
    "BEGIN",
    "BEGIN TRANSACTION",
    "COMMIT",
    "END TRANSACTION",
    "ROLLBACK",
    "START TRANSACTION",
    "CREATE INDEX i ON t(a)",
    "CREATE UNIQUE INDEX i ON t(a)",
    "SELECT 2",
    "PRAGMA foo = 1",
    "ATTACH 'x' AS y",
    "VACUUM",
    "REPLACE INTO t VALUES (1)",
    "INSERT OR REPLACE INTO t VALUES (1)",
    "CREATE REPORT daily SCHEDULE '0 6 * * *' TO "
    "'x-{interval_start:%Y-%m-%d}.html' WITH (format = 'html') AS SELECT "
    ":interval_start",
    "RUN REPORT r FOR '2026-11-21'",
    "BACKFILL REPORT r FROM 1 TO 2",
    "REFRESH MATERIALIZED VIEW v",
    "ALTER MATERIALIZED VIEW v SUSPEND",
    "SAVEPOINT x",
    "ROLLBACK TO x",
    "select a, max(b) over (order by c) from t where not a in (1,2) and b not like "
    "'x' or c not between 1 and 2",
    "select * from t1 left join t2 on (t1.a=t2.a) where t1.b is not null group by "
    "t1.c having count(*)>1 order by 2 desc, 1 asc limit 10",
};

static struct str print(struct arena *arena, struct str sql)
{
    struct parse_result result;
    struct error error = {0};
    struct strbuf out;
    if (parse_statement(arena, sql, &result, &error) != STATUS_OK)
        fail_msg("%.*s: %s", (int)sql.length, sql.data, error.message);
    strbuf_init(&out, arena);
    ast_print_statement(result.statement, &out);
    return strbuf_str(&out);
}

static void test_ast_print_what_was_printed_prints_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(STATEMENTS); i++) {
        struct arena arena;
        struct error error = {0};
        ASSERT_OK(arena_init(&arena, &error), error);
        struct str once = print(&arena, str_of(STATEMENTS[i]));
        struct str twice = print(&arena, once);
        assert_string_equal(once.data, twice.data);
        arena_fini(&arena);
    }
}

static void assert_prints(const char *sql, const char *wanted)
{
    struct arena arena;
    struct error error = {0};
    ASSERT_OK(arena_init(&arena, &error), error);
    assert_string_equal(print(&arena, str_of(sql)).data, wanted);
    arena_fini(&arena);
}

static void test_ast_print_keeps_only_needed_parentheses(void **state)
{
    (void)state;
    assert_prints("select ((a + b)) * c, a + (b * c), (a and b) and c, a and (b and c)",
                  "SELECT (a + b) * c, a + b * c, a AND b AND c, a AND (b AND c)");
    assert_prints(
        "select - (-a), -(a + 1), (not a) = b, not (a = b), (-a)::int, (a or b)::int",
        "SELECT - -a, -(a + 1), (NOT a) = b, NOT a = b, CAST(-a AS int), CAST(a OR b AS int)");
    assert_prints("select (a between 1 and 2) between (3 or 4) and 5",
                  "SELECT a BETWEEN 1 AND 2 BETWEEN (3 OR 4) AND 5");
    assert_prints("(select 1) union (select 2 union select 3) union (select 4 limit 1)",
                  "SELECT 1 UNION (SELECT 2 UNION SELECT 3) UNION (SELECT 4 LIMIT 1)");
}

static void test_ast_print_quotes_names_that_need_it(void **state)
{
    (void)state;
    assert_prints("select \"a b\", \"select\", \"A\", \"1x\", `q\"q`, \"name\", \"\xC3\xA9\"",
                  "SELECT \"a b\", \"select\", A, \"1x\", \"q\"\"q\", name, \"\xC3\xA9\"");
    assert_prints("select 'it''s', x'0aff', {'': 1, 'a b': 2}",
                  "SELECT 'it''s', x'0AFF', {'': 1, \"a b\": 2}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ast_print_what_was_printed_prints_the_same),
        cmocka_unit_test(test_ast_print_keeps_only_needed_parentheses),
        cmocka_unit_test(test_ast_print_quotes_names_that_need_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
