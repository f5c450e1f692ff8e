#include "storage/value.h"
#include "tests/unit/unit.h"

#include "storage/text_value.h"

struct fixture {
    struct budget budget;
    struct arena arena;
    struct error error;
};

static int set_up(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof f);
    budget_init(&f.budget, SIZE_MAX);
    *state = &f;
    return arena_init(&f.arena, &f.error) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_fini(&f->arena);
    assert_int_equal(budget_used(&f->budget), 0);
    return 0;
}

static struct value integer(enum type_id id, int64_t v)
{
    return (struct value){.type = type_of(id), .i64 = v};
}

static struct value text(enum type_id id, const char *v)
{
    return (struct value){.type = type_of(id), .text = str_of(v)};
}

static struct value decimal(unsigned precision, unsigned scale, int64_t v)
{
    return (struct value){.type = type_decimal(precision, scale), .i128 = v};
}

/* One of each type, and how it is written in SQL. */
struct example {
    struct value value;
    const char *sql;
};

static size_t examples(struct example *out)
{
    size_t n = 0;
    out[n++] = (struct example){value_null(type_of(TYPE_NULL)), "NULL"};
    out[n++] = (struct example){value_null(type_of(TYPE_VARCHAR)), "NULL"};
    out[n++] = (struct example){{.type = type_of(TYPE_BOOLEAN), .boolean = true}, "true"};
    out[n++] = (struct example){integer(TYPE_TINYINT, -128), "-128"};
    out[n++] = (struct example){integer(TYPE_SMALLINT, 300), "300"};
    out[n++] = (struct example){integer(TYPE_INTEGER, 0), "0"};
    out[n++] = (struct example){integer(TYPE_BIGINT, INT64_MIN), "-9223372036854775808"};
    out[n++] = (struct example){{.type = type_of(TYPE_REAL), .f64 = 0.5}, "CAST('0.5' AS REAL)"};
    out[n++] = (struct example){{.type = type_of(TYPE_DOUBLE), .f64 = 1.5}, "1.5e0"};
    out[n++] = (struct example){{.type = type_of(TYPE_DOUBLE), .f64 = 1e30}, "1e+30"};
    out[n++] = (struct example){decimal(4, 2, -150), "-1.50"};
    out[n++] = (struct example){decimal(38, 0, 12), "CAST('12' AS DECIMAL(38,0))"};
    out[n++] = (struct example){text(TYPE_VARCHAR, "it's"), "'it''s'"};
    out[n++] = (struct example){text(TYPE_VARCHAR, "a text that is longer than a view"),
                                "'a text that is longer than a view'"};
    out[n++] = (struct example){text(TYPE_BLOB, "\x01z"), "x'017A'"};
    out[n++] = (struct example){text(TYPE_JSON, "[1]"), "CAST('[1]' AS JSON)"};
    out[n++] = (struct example){integer(TYPE_DATE, 0), "DATE '1970-01-01'"};
    out[n++] = (struct example){integer(TYPE_TIME, 1500000), "TIME '00:00:01.5'"};
    out[n++] =
        (struct example){integer(TYPE_TIMESTAMP, -1), "TIMESTAMP '1969-12-31 23:59:59.999999'"};
    out[n++] =
        (struct example){integer(TYPE_TIMESTAMPTZ, 0), "TIMESTAMPTZ '1970-01-01 00:00:00+00'"};
    struct value interval = {.type = type_of(TYPE_INTERVAL), .interval = {0, 2, 1}};
    out[n++] = (struct example){interval, "INTERVAL '2 days 00:00:00.000001'"};
    return n;
}

static void test_value_goes_to_a_column_and_back(void **state)
{
    struct fixture *f = *state;
    struct example all[32];
    size_t n = examples(all);
    for (size_t i = 0; i < n; i++) {
        struct column *column = NULL, *flat = NULL;
        ASSERT_OK(value_to_column(&all[i].value, 5, &f->budget, &column, &f->error), f->error);
        assert_true(column_is_constant(column));
        assert_int_equal(column->length, 5);
        struct value back = value_of_column(column, 4, &f->arena);
        assert_int_equal(value_compare(&back, &all[i].value), 0);
        assert_int_equal(back.is_null, all[i].value.is_null);
        ASSERT_OK(column_flatten(column, &f->budget, &flat, &f->error), f->error);
        back = value_of_column(flat, 3, &f->arena);
        assert_int_equal(value_compare(&back, &all[i].value), 0);
        column_unref(flat);
        column_unref(column);
    }
}

static void test_value_is_written_as_sql_that_reads_back(void **state)
{
    struct fixture *f = *state;
    struct example all[32];
    size_t n = examples(all);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(value_to_sql(&all[i].value, &f->arena), all[i].sql);
    double zero = 0;
    struct value nan = {.type = type_of(TYPE_DOUBLE), .f64 = zero / zero};
    assert_string_equal(value_to_sql(&nan, &f->arena), "CAST('NaN' AS DOUBLE)");
}

static void test_value_compare_puts_nulls_first(void **state)
{
    (void)state;
    struct value null = value_null(type_of(TYPE_BIGINT)), one = integer(TYPE_BIGINT, 1),
                 two = integer(TYPE_BIGINT, 2);
    assert_true(value_compare(&null, &one) < 0);
    assert_true(value_compare(&one, &null) > 0);
    assert_int_equal(value_compare(&null, &null), 0);
    assert_true(value_compare(&one, &two) < 0);
    struct value a = text(TYPE_VARCHAR, "a"), ab = text(TYPE_VARCHAR, "ab");
    assert_true(value_compare(&a, &ab) < 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_value_goes_to_a_column_and_back),
        TEST(test_value_is_written_as_sql_that_reads_back),
        TEST(test_value_compare_puts_nulls_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
