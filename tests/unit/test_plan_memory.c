/* test_plan_memory.c - planning with the system's memory ending at every possible place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exec/eval.h"
#include "parser/parse.h"
#include "planner/explain.h"
#include "planner/plan.h"
#include "storage/mem_table.h"

struct fixture {
    struct budget budget;
    struct clock clock;
    atomic_bool cancel;
    struct context context;
    struct catalog *catalog;
    struct arena *arena;
};

static enum status fold(void *context, const struct expr *expr, struct value *out,
                        struct error *error)
{
    struct fixture *f = context;
    return eval_constant(expr, f->arena, &f->context, &timezone_utc, out, error);
}

static struct planner_env env_of(struct fixture *f, struct str sql)
{
    return (struct planner_env){.arena = f->arena,
                                .context = &f->context,
                                .catalog = f->catalog,
                                .zone = &timezone_utc,
                                .sql = sql,
                                .on_error = "fail",
                                .fold = fold,
                                .fold_context = f};
}

/* Parses, plans and explains within `limit` bytes. */
static enum status plan_within(struct fixture *f, const char *text, size_t limit, size_t *used,
                               struct error *error)
{
    struct arena arena;
    struct parse_result parsed;
    struct plan *plan = NULL;
    struct str sql = str_of(text);
    *used = 0;
    enum status status = arena_init(&arena, error);
    if (status != STATUS_OK)
        return status;
    arena.limit = limit;
    f->arena = &arena;
    struct planner_env env = env_of(f, sql);
    status = parse_statement(&arena, sql, &parsed, error);
    if (status == STATUS_OK)
        status = plan_statement(&env, parsed.statement, &plan, error);
    if (status == STATUS_OK && plan->pipeline) {
        struct strbuf out;
        strbuf_init(&out, &arena);
        explain_tree(plan->pipeline, NULL, &out);
        explain_json(plan->pipeline, NULL, &out);
        status = arena_check(&arena, error);
    }
    plan_close(plan);
    *used = arena.used;
    arena_fini(&arena);
    return status;
}

static void make_table(struct fixture *f)
{
    struct error error = {0};
    struct catalog_entry *entry;
    assert_int_equal(catalog_entry_new(CATALOG_TABLE, &entry, &error), STATUS_OK);
    struct field *fields = ARENA_ARRAY(entry->arena, struct field, 3);
    fields[0] = (struct field){"a", type_of(TYPE_INTEGER), true};
    fields[1] = (struct field){"b", type_of(TYPE_VARCHAR), false};
    fields[2] = (struct field){"ts", type_of(TYPE_TIMESTAMP), false};
    entry->name = "t";
    entry->schema = (struct schema){fields, 3};
    entry->columns = ARENA_ARRAY(entry->arena, struct catalog_column, 3);
    entry->columns[1].default_sql = "upper('x')";
    entry->columns[0].check_sql = "a > 0";
    assert_int_equal(mem_table_new(&entry->schema, &f->budget, &entry->table, &error), STATUS_OK);
    assert_int_equal(catalog_put(f->catalog, entry, &error), STATUS_OK);
    assert_int_equal(catalog_entry_new(CATALOG_VIEW, &entry, &error), STATUS_OK);
    entry->name = "v";
    entry->view_sql = "SELECT a + 1 AS x, b, ts FROM t WHERE a > 3 ORDER BY x";
    assert_int_equal(catalog_put(f->catalog, entry, &error), STATUS_OK);
}

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    struct error error = {0};
    budget_init(&f->budget, SIZE_MAX);
    f->clock = clock_system;
    atomic_init(&f->cancel, false);
    f->context = (struct context){.budget = &f->budget,
                                  .io = &io_system,
                                  .clock = &f->clock,
                                  .cancel = &f->cancel,
                                  .n_threads = 1,
                                  .batch_size = 4096};
    assert_int_equal(catalog_new(&f->catalog, &error), STATUS_OK);
    make_table(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    catalog_close(f->catalog);
    test_free(f);
    return 0;
}

static const char *const STATEMENTS[] = {
    "SELECT 1 + 1 AS a, 'x' || b, coalesce(NULL, a, 3) FROM t WHERE a IN (1, 2 + 3) AND b LIKE "
    "'x%' ORDER BY -a LIMIT 3",
    "SELECT b, count(*), sum(DISTINCT a) FILTER (WHERE a > 1), string_agg(b, '-') FROM v GROUP BY "
    "ALL HAVING count(*) > 1 ORDER BY 2",
    "SELECT window_start, b, count(*), sum(a * 2) FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL "
    "'10' SECOND) WHERE a > 1 AND window_end > '2020-01-01' GROUP BY window_start, b",
    "SELECT HOP_START(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND) AS s, b, max(a) FROM t GROUP "
    "BY HOP(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND), b",
    "SELECT window_start, window_end, count(*) FROM SESSION(TABLE t PARTITION BY b, "
    "DESCRIPTOR(ts), INTERVAL '5' SECOND) WHERE a = 1 GROUP BY window_start, window_end",
    "WITH q AS (SELECT a, b FROM t), r AS (SELECT * FROM q UNION ALL SELECT 1.5, 'z' UNION ALL "
    "VALUES (2, random()::VARCHAR)) SELECT DISTINCT * EXCLUDE (b) FROM r",
    "SELECT CASE a WHEN 1 THEN DATE '2020-01-01' ELSE ts END, (a, b) = (1, 'x'), a BETWEEN 1 AND "
    "2, nullif(a, 1.5) FROM t",
    "SELECT x FROM generate_series(1, 100, 3) g(x) WHERE x % 2 = 0 AND false UNION ALL SELECT 7 "
    "LIMIT 0",
    "CREATE TABLE u (a INTEGER NOT NULL DEFAULT 3, b VARCHAR CHECK (length(b) < 9), CHECK (a > 0))",
    "CREATE TABLE u AS SELECT a, b FROM v ORDER BY ts",
    "CREATE VIEW w (p, q) AS SELECT a, count(*) FROM t GROUP BY a",
    "INSERT INTO t (a, ts) VALUES (1, '2020-01-01'), (2, NULL)",
    "UPDATE t SET a = a + 1, b = 'n' WHERE b IS NULL",
    "DELETE FROM t WHERE a = 1",
    "DESCRIBE SELECT a + 1, b FROM t",
    "SUMMARIZE t",
    "EXPLAIN SELECT a FROM t",
    "SET threads = 2",
    "SELECT aa FROM t",
    "SELECT a FROM tt",
    "SELECT lenght(b) FROM t",
};

static void test_plan_memory_ends_anywhere_fails_cleanly(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LENGTH(STATEMENTS); i++) {
        struct error error = {0};
        size_t whole, used;
        enum status wanted = plan_within(f, STATEMENTS[i], SIZE_MAX, &whole, &error);
        if (wanted != STATUS_OK && wanted != STATUS_NAME)
            fail_msg("%s: %s", STATEMENTS[i], error.message);
        size_t before = budget_used(&f->budget), refused = 0;
        for (size_t limit = 0; limit < whole + 64; limit += 16) {
            error_clear(&error);
            enum status status = plan_within(f, STATEMENTS[i], limit, &used, &error);
            if (status != wanted && status != STATUS_MEMORY)
                fail_msg("%s within %zu bytes: %s", STATEMENTS[i], limit, error.message);
            refused += status == STATUS_MEMORY;
            assert_int_equal(budget_used(&f->budget), before);
        }
        assert_true(refused > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plan_memory_ends_anywhere_fails_cleanly, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
