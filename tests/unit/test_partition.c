#include "storage/partition.h"
#include "storage/text_value.h"
#include "tests/unit/unit.h"

struct fixture {
    struct budget budget;
    struct arena arena;
    atomic_bool cancel;
    struct context context;
    struct error error;
};

static int set_up(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof f);
    budget_init(&f.budget, SIZE_MAX);
    assert_int_equal(arena_init(&f.arena, &f.error), STATUS_OK);
    f.context = (struct context){.budget = &f.budget, .cancel = &f.cancel};
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_fini(&f->arena);
    assert_int_equal(budget_used(&f->budget), 0);
    return 0;
}

static struct partition_column partition_by(enum partition_transform transform, struct type type,
                                            uint32_t argument)
{
    struct error error = {0};
    struct partition_column p = {.transform = transform, .argument = argument, .name = "p"};
    ASSERT_OK(partition_type(transform, type, &p.type, &error), error);
    return p;
}

/* The partition's value of one value, by way of a FLAT column of that value and a NULL. */
static struct value apply(struct fixture *f, const struct partition_column *p,
                          const struct value *value)
{
    struct batch *batch = NULL;
    struct column *constant = NULL, *result = NULL;
    ASSERT_OK(batch_new(1, 2, 0, &f->budget, &batch, &f->error), f->error);
    ASSERT_OK(value_to_column(value, 2, &f->budget, &constant, &f->error), f->error);
    uint32_t rows[2] = {0, 0};
    if (!value->is_null) {
        struct column *parts[2];
        struct value null = value_null(value->type);
        struct column *nothing = NULL;
        ASSERT_OK(column_slice(constant, 0, 1, &f->budget, &parts[0], &f->error), f->error);
        ASSERT_OK(value_to_column(&null, 1, &f->budget, &nothing, &f->error), f->error);
        parts[1] = nothing;
        ASSERT_OK(column_concat(parts, 2, &f->budget, &batch->columns[0], &f->error), f->error);
        column_unref(parts[0]);
        column_unref(nothing);
    } else {
        ASSERT_OK(column_take(constant, rows, 2, &f->budget, &batch->columns[0], &f->error),
                  f->error);
    }
    ASSERT_OK(partition_column(p, batch, &f->context, &result, &f->error), f->error);
    assert_int_equal(result->length, 2);
    struct value out = value_of_column(result, 0, &f->arena);
    assert_true(value_of_column(result, 1, &f->arena).is_null);
    column_unref(result);
    /* A constant column gives the same. */
    column_unref(batch->columns[0]);
    batch->columns[0] = constant;
    ASSERT_OK(partition_column(p, batch, &f->context, &result, &f->error), f->error);
    assert_int_equal(result->encoding, COLUMN_CONSTANT);
    struct value again = value_of_column(result, 0, &f->arena);
    assert_int_equal(again.is_null, out.is_null);
    if (!out.is_null)
        assert_int_equal(value_compare(&again, &out), 0);
    column_unref(result);
    batch_unref(batch);
    return out;
}

static struct value timestamp(const char *text, unsigned precision)
{
    struct value v = {.type = type_timestamp(TYPE_TIMESTAMP, precision)};
    bool has_zone;
    assert_true(text_parse_timestamp_us(text, strlen(text), precision > 6, &v.i64, &has_zone));
    return v;
}

static void check(struct fixture *f, enum partition_transform transform, uint32_t argument,
                  struct value value, const char *folder)
{
    struct partition_column p = partition_by(transform, value.type, argument);
    struct value of = apply(f, &p, &value), min, max;
    assert_string_equal(partition_folder(&f->arena, &p, 1, &of), folder);
    if (partition_bounds(&p, value.type, &of, &f->arena, &min, &max)) {
        assert_true(value_compare(&min, &value) <= 0);
        assert_true(value_compare(&max, &value) >= 0);
        /* The bounds are of the same partition. */
        if (!type_is_text(value.type)) {
            struct value low = apply(f, &p, &min), high = apply(f, &p, &max);
            assert_int_equal(value_compare(&low, &of), 0);
            assert_int_equal(value_compare(&high, &of), 0);
        }
    } else {
        assert_true(value.is_null || transform == PARTITION_BUCKET);
    }
}

static void test_partition_of_time_rounds_down_also_before_1970(void **state)
{
    struct fixture *f = *state;
    for (unsigned precision = 3; precision <= 9; precision += 3) {
        struct value now = timestamp("2026-11-22 07:04:05.678", precision);
        check(f, PARTITION_HOUR, 0, now, "p=2026-11-22-07");
        check(f, PARTITION_DAY, 0, now, "p=2026-11-22");
        check(f, PARTITION_MONTH, 0, now, "p=2026-11");
        check(f, PARTITION_YEAR, 0, now, "p=2026");
        struct value before = timestamp("1969-12-31 23:59:59.999", precision);
        check(f, PARTITION_HOUR, 0, before, "p=1969-12-31-23");
        check(f, PARTITION_DAY, 0, before, "p=1969-12-31");
        check(f, PARTITION_MONTH, 0, before, "p=1969-12");
        check(f, PARTITION_YEAR, 0, before, "p=1969");
        check(f, PARTITION_DAY, 0, timestamp("1970-01-01 00:00:00", precision), "p=1970-01-01");
        check(f, PARTITION_MONTH, 0, timestamp("1900-02-28 12:00:00", precision), "p=1900-02");
    }
    struct value zoned = timestamp("2026-11-22 23:30:00", 6);
    zoned.type = type_of(TYPE_TIMESTAMPTZ);
    check(f, PARTITION_DAY, 0, zoned, "p=2026-11-22");
    struct value date = {.type = type_of(TYPE_DATE), .i64 = -1};
    check(f, PARTITION_DAY, 0, date, "p=1969-12-31");
    check(f, PARTITION_MONTH, 0, date, "p=1969-12");
    check(f, PARTITION_YEAR, 0, date, "p=1969");
}

static void test_partition_of_extremes_stays_inside_the_type(void **state)
{
    struct fixture *f = *state;
    static const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < ARRAY_LENGTH(extremes); i++) {
        for (unsigned precision = 6; precision <= 9; precision += 3) {
            struct value v = {.type = type_timestamp(TYPE_TIMESTAMP, precision),
                              .i64 = extremes[i]};
            for (int t = PARTITION_HOUR; t <= PARTITION_YEAR; t++) {
                struct partition_column p = partition_by((enum partition_transform)t, v.type, 0);
                struct value of = apply(f, &p, &v), min, max;
                assert_true(partition_bounds(&p, v.type, &of, &f->arena, &min, &max));
                assert_true(min.i64 <= v.i64 && v.i64 <= max.i64);
            }
        }
    }
    struct value tiny = {.type = type_of(TYPE_TINYINT), .i64 = -128};
    check(f, PARTITION_TRUNCATE, 100, tiny, "p=-128");
    struct value big = {.type = type_of(TYPE_BIGINT), .i64 = INT64_MIN};
    check(f, PARTITION_TRUNCATE, 1000, big, "p=-9223372036854775808");
}

static void test_partition_truncate_takes_multiples_and_characters(void **state)
{
    struct fixture *f = *state;
    struct value n = {.type = type_of(TYPE_INTEGER), .i64 = 1234};
    check(f, PARTITION_TRUNCATE, 100, n, "p=1200");
    n.i64 = -1;
    check(f, PARTITION_TRUNCATE, 100, n, "p=-100");
    struct value text = {.type = type_of(TYPE_VARCHAR), .text = STR_LITERAL("h\xC3\xA9llo w")};
    check(f, PARTITION_TRUNCATE, 2, text, "p=h\xC3\xA9");
    check(f, PARTITION_TRUNCATE, 6, text, "p=h\xC3\xA9llo%20");
    check(f, PARTITION_TRUNCATE, 60, text, "p=h\xC3\xA9llo%20w");
    text.text = STR_LITERAL("");
    check(f, PARTITION_TRUNCATE, 3, text, "p=");
}

static void test_partition_folders_name_values_apart(void **state)
{
    struct fixture *f = *state;
    struct type varchar = type_of(TYPE_VARCHAR);
    check(f, PARTITION_IDENTITY, 0, value_null(varchar), "p=__NULL__");
    check(f, PARTITION_BUCKET, 4, value_null(varchar), "p=__NULL__");
    check(f, PARTITION_DAY, 0, value_null(type_of(TYPE_TIMESTAMP)), "p=__NULL__");
    struct value text = {.type = varchar, .text = STR_LITERAL("__NULL__")};
    check(f, PARTITION_IDENTITY, 0, text, "p=%5F_NULL__");
    text.text = STR_LITERAL("a/b=c%\n");
    check(f, PARTITION_IDENTITY, 0, text, "p=a%2Fb%3Dc%25%0A");
    char much[1000], other[1000];
    memset(much, 'x', sizeof much);
    memcpy(other, much, sizeof much);
    other[999] = 'y';
    struct partition_column p = partition_by(PARTITION_IDENTITY, varchar, 0);
    text.text = (struct str){much, sizeof much};
    const char *one = partition_folder(&f->arena, &p, 1, &text);
    text.text.data = other;
    const char *two = partition_folder(&f->arena, &p, 1, &text);
    assert_string_not_equal(one, two);
    assert_true(strlen(one) < 255);
    struct partition_column both[2] = {p, p};
    both[1].name = "q";
    struct value values[2] = {{.type = varchar, .text = STR_LITERAL("a")}, value_null(varchar)};
    assert_string_equal(partition_folder(&f->arena, both, 2, values), "p=a/q=__NULL__");
    assert_string_equal(partition_folder(&f->arena, NULL, 0, NULL), "");
}

static void test_partition_bucket_is_below_n_and_the_same_for_wider_types(void **state)
{
    struct fixture *f = *state;
    for (int64_t i = -50; i < 50; i++) {
        struct value narrow = {.type = type_of(TYPE_SMALLINT), .i64 = i};
        struct value wide = {.type = type_of(TYPE_BIGINT), .i64 = i};
        struct partition_column p = partition_by(PARTITION_BUCKET, narrow.type, 7);
        struct value a = apply(f, &p, &narrow), b = apply(f, &p, &wide);
        assert_true(a.i64 >= 0 && a.i64 < 7);
        assert_int_equal(a.i64, b.i64);
    }
}

static void test_partition_types_that_do_not_go_together_are_refused(void **state)
{
    struct fixture *f = *state;
    struct type out;
    static const struct {
        enum partition_transform transform;
        enum type_id type;
    } bad[] = {
        {PARTITION_IDENTITY, TYPE_DOUBLE}, {PARTITION_IDENTITY, TYPE_JSON},
        {PARTITION_HOUR, TYPE_DATE},       {PARTITION_DAY, TYPE_BIGINT},
        {PARTITION_BUCKET, TYPE_REAL},     {PARTITION_TRUNCATE, TYPE_TIMESTAMP},
        {PARTITION_YEAR, TYPE_TIME},       {PARTITION_IDENTITY, TYPE_INTERVAL},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        error_clear(&f->error);
        assert_int_equal(partition_type(bad[i].transform, type_of(bad[i].type), &out, &f->error),
                         STATUS_TYPE);
    }
    assert_string_equal(f->error.message,
                        "a table cannot be partitioned by identity of type INTERVAL: it takes "
                        "whole numbers, decimals, text, dates and times");
}

/* A batch whose rows lie in one step is one partition without looking at each row. */
static void test_partition_of_a_batch_in_one_day_is_constant(void **state)
{
    struct fixture *f = *state;
    struct value start = timestamp("2026-11-22 00:00:00", 6);
    struct partition_column p = partition_by(PARTITION_DAY, start.type, 0);
    for (int64_t step = 1; step < 200; step += 100) {
        struct batch *batch = NULL;
        struct column *result = NULL;
        ASSERT_OK(batch_new(1, 1000, 0, &f->budget, &batch, &f->error), f->error);
        ASSERT_OK(column_new(start.type, 1000, &f->budget, "test", &batch->columns[0], &f->error),
                  f->error);
        int64_t *times = batch->columns[0]->data;
        for (int64_t i = 0; i < 1000; i++)
            times[i] = start.i64 + i * step * 1000000;
        ASSERT_OK(partition_column(&p, batch, &f->context, &result, &f->error), f->error);
        assert_int_equal(result->encoding, step == 1 ? COLUMN_CONSTANT : COLUMN_FLAT);
        for (size_t i = 0; i < 1000; i++)
            assert_int_equal(((int32_t *)result->data)[column_index(result, i)],
                             times[i] / 86400000000);
        column_unref(result);
        batch_unref(batch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_partition_of_time_rounds_down_also_before_1970, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_partition_of_extremes_stays_inside_the_type, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_partition_truncate_takes_multiples_and_characters,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_partition_folders_name_values_apart, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_partition_bucket_is_below_n_and_the_same_for_wider_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_partition_types_that_do_not_go_together_are_refused,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_partition_of_a_batch_in_one_day_is_constant, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
