/* test_agg.c - each accumulator alone: its result for a list of values, cut in two and merged at every place. */
#include "tests/unit/unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "exec/kernel/agg.h"

enum { VALUES_MAX = 64, TEXT_MAX = 256 };

static struct error error;
static struct budget budget;
static struct context context;
static atomic_bool cancel;

static int set_up(void **state)
{
    (void)state;
    error_clear(&error);
    budget_init(&budget, SIZE_MAX);
    context = (struct context){.budget = &budget, .cancel = &cancel, .batch_size = 4096};
    return 0;
}
static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(budget_used(&budget), 0);
    return 0;
}

static struct column *column_of(struct type type, const void *values, size_t n, uint64_t valid)
{
    struct column *column;
    ASSERT_OK(column_new(type, n, &budget, "test", &column, &error), error);
    if (type_is_text(type)) {
        struct text_builder builder;
        text_builder_init(&builder, column, "test");
        for (size_t i = 0; i < n; i++) {
            const char *text = ((const char *const *)values)[i];
            ASSERT_OK(text_builder_put(&builder, i, text, strlen(text), &error), error);
        }
    } else {
        memcpy(column->data, values, n * type_size(type));
    }
    if (valid != UINT64_MAX) {
        ASSERT_OK(column_add_validity(column, &error), error);
        for (size_t i = 0; i < n; i++)
            bits_put(column->validity, i, valid >> i & 1);
    }
    return column;
}

/* What is asked, and of what. */
struct question {
    enum aggregate_id id;
    struct type type, by_type, result;
    const void *values, *by;
    size_t n;
    uint64_t valid; /* bit i: value i is not NULL; 0 stands for all */
};

static struct agg agg_of(const struct question *q)
{
    struct agg agg;
    struct type types[2] = {q->type, q->by_type};
    ASSERT_OK(agg_plan(&agg, q->id, types, q->by ? 2 : 1, STR_LITERAL(", "), &error), error);
    return agg;
}

static void update(const struct agg *agg, const struct question *q, const struct column *values,
                   const struct column *by, size_t at, size_t n, char *acc, bool by_rows,
                   struct agg_heap *heap)
{
    char *rows[VALUES_MAX];
    for (size_t i = 0; i < n; i++)
        rows[i] = acc;
    bool keeps_nulls = aggregate_info[q->id].flags & AGGREGATE_KEEPS_NULLS;
    struct agg_call call = {.agg = agg,
                            .values = values->data,
                            .by = by ? by->data : NULL,
                            .counts = by            ? by->validity
                                      : keeps_nulls ? NULL
                                                    : values->validity,
                            .valid = values->validity,
                            .stamp = 100,
                            .at = at,
                            .n = n,
                            .rows = by_rows ? rows : NULL,
                            .one = by_rows ? NULL : acc,
                            .heap = heap};
    if (n > 0)
        ASSERT_OK(agg->kernel->update(&call, &error), error);
}

static enum status finish(const struct agg *agg, const struct question *q, const char *acc,
                          struct column **out)
{
    struct text_builder text = {0};
    ASSERT_OK(column_new(q->result, 1, &budget, "test", out, &error), error);
    if (type_is_text(q->result))
        text_builder_init(&text, *out, "test");
    struct agg_output output = {.agg = agg,
                                .id = q->id,
                                .name = "f(x)",
                                .rows = &acc,
                                .n = 1,
                                .out = *out,
                                .text = &text,
                                .context = &context};
    return agg->kernel->finish(&output, &error);
}

static void print_i128(int128_t v, char *out)
{
    char digits[48];
    int n = 0;
    bool negative = v < 0;
    uint128_t u = negative ? -(uint128_t)v : (uint128_t)v;
    do
        digits[n++] = (char)('0' + (int)(u % 10));
    while (u /= 10);
    if (negative)
        *out++ = '-';
    while (n > 0)
        *out++ = digits[--n];
    *out = 0;
}

static void print(const struct column *c, char *out)
{
    if (column_is_null(c, 0)) {
        strcpy(out, "NULL");
        return;
    }
    switch (type_physical(c->type)) {
    case PHYSICAL_U8:
        sprintf(out, "%d", *(uint8_t *)c->data);
        break;
    case PHYSICAL_I8:
        sprintf(out, "%d", *(int8_t *)c->data);
        break;
    case PHYSICAL_I16:
        sprintf(out, "%d", *(int16_t *)c->data);
        break;
    case PHYSICAL_I32:
        sprintf(out, "%d", *(int32_t *)c->data);
        break;
    case PHYSICAL_I64:
        sprintf(out, "%lld", (long long)*(int64_t *)c->data);
        break;
    case PHYSICAL_I128:
        print_i128(*(int128_t *)c->data, out);
        break;
    case PHYSICAL_F32:
        sprintf(out, "%g", (double)*(float *)c->data);
        break;
    case PHYSICAL_F64:
        sprintf(out, "%.15g", *(double *)c->data);
        break;
    case PHYSICAL_TEXT:
        sprintf(out, "%.*s", (int)((struct text *)c->data)->length, text_data(c->data));
        break;
    case PHYSICAL_INTERVAL: {
        const struct interval *i = c->data;
        sprintf(out, "%d %d %lld", i->months, i->days, (long long)i->micros);
        break;
    }
    case PHYSICAL_COUNT:
        break;
    }
}

/* The result as text, or the error's message; the rows after `cut` go to a second accumulator that is merged in,
 * in either direction. */
static void answer(const struct question *q, size_t cut, bool backwards, bool by_rows, char *out)
{
    struct agg agg = agg_of(q);
    uint64_t valid = q->valid ? q->valid : UINT64_MAX;
    struct column *values = column_of(q->type, q->values, q->n, valid), *by = NULL, *result;
    if (q->by)
        by = column_of(q->by_type, q->by, q->n, UINT64_MAX);
    _Alignas(16) char first[AGG_SIZE_MAX] = {0}, second[AGG_SIZE_MAX] = {0};
    struct agg_heap heap;
    agg_heap_init(&heap, &budget, "test");
    update(&agg, q, values, by, 0, cut, first, by_rows, &heap);
    update(&agg, q, values, by, cut, q->n - cut, second, by_rows, &heap);
    ASSERT_OK(agg.kernel->merge(&agg, backwards ? second : first, backwards ? first : second, &heap,
                                &error),
              error);
    if (finish(&agg, q, backwards ? second : first, &result) == STATUS_OK)
        print(result, out);
    else
        strcpy(out, error.message);
    error_clear(&error);
    column_unref(result);
    column_unref(values);
    column_unref(by);
    agg_heap_fini(&heap);
}

static void check(struct question q, const char *expected)
{
    char text[TEXT_MAX];
    for (size_t cut = 0; cut <= q.n; cut++)
        for (int i = 0; i < 4; i++) {
            answer(&q, cut, i & 1, i & 2, text);
            if (strcmp(text, expected) != 0)
                fail_msg("cut at %zu: %s, not %s", cut, text, expected);
        }
}

#define BIG    type_of(TYPE_BIGINT)
#define NUMBER type_of(TYPE_DOUBLE)
#define TEXT   type_of(TYPE_VARCHAR)
#define CHECK(aggregate, argument, answer_type, list, expected) \
    check((struct question){.id = AGGREGATE_##aggregate,        \
                            .type = (argument),                 \
                            .result = (answer_type),            \
                            .values = (list),                   \
                            .n = ARRAY_LENGTH(list)},           \
          expected)

/* ---- Sums ---- */

static void test_agg_sums_of_integers_are_exact(void **state)
{
    (void)state;
    const int64_t big[] = {INT64_MAX, 1, -5, INT64_MAX, INT64_MIN};
    const int64_t over[] = {INT64_MAX, 1};
    const int64_t under[] = {INT64_MIN, -1};
    const int8_t bytes[] = {127, 127, -128, 3};
    CHECK(SUM, BIG, BIG, big, "9223372036854775802");
    CHECK(SUM, BIG, BIG, over, "integer overflow in f(x)");
    CHECK(SUM, BIG, BIG, under, "integer overflow in f(x)");
    CHECK(AVG, BIG, NUMBER, over, "4.61168601842739e+18");
    CHECK(TOTAL, BIG, NUMBER, over, "9.22337203685478e+18");
    CHECK(SUM, type_of(TYPE_TINYINT), BIG, bytes, "129");
    CHECK(AVG, type_of(TYPE_TINYINT), NUMBER, bytes, "32.25");
    CHECK(COUNT, type_of(TYPE_TINYINT), BIG, bytes, "4");
}

static void test_agg_of_no_values_is_null(void **state)
{
    (void)state;
    const int64_t values[] = {1, 2, 3};
    struct question q = {
        .type = BIG, .result = BIG, .values = values, .n = 3, .valid = UINT64_C(1) << 40};
    q.id = AGGREGATE_SUM;
    check(q, "NULL");
    q.id = AGGREGATE_MIN;
    check(q, "NULL");
    q.id = AGGREGATE_ANY_VALUE;
    check(q, "NULL");
    q.id = AGGREGATE_COUNT;
    check(q, "0");
    q.id = AGGREGATE_TOTAL;
    q.result = NUMBER;
    check(q, "0");
    q.valid = 5;
    q.id = AGGREGATE_AVG;
    check(q, "2");
}

static void test_agg_sums_of_decimals_overflow_at_the_end_only(void **state)
{
    (void)state;
    int128_t most = 1;
    for (int i = 0; i < 38; i++)
        most *= 10;
    const int128_t back[] = {most - 1, most - 1, most - 1, 1 - most, 1 - most};
    const int128_t over[] = {most - 1, 1};
    const int64_t small[] = {100, 233, 334};
    const int64_t negative[] = {-100, -233, -334};
    struct type wide = type_decimal(38, 2);
    CHECK(SUM, wide, wide, back, "99999999999999999999999999999999999999");
    CHECK(SUM, wide, wide, over, "decimal overflow in f(x)");
    CHECK(SUM, type_decimal(10, 2), wide, small, "667");
    CHECK(AVG, type_decimal(10, 2), type_decimal(38, 2), small, "222");
    CHECK(AVG, type_decimal(10, 2), type_decimal(38, 6), small, "2223333");
    CHECK(AVG, type_decimal(10, 2), type_decimal(38, 6), negative, "-2223333");
    const int64_t halves[] = {1, 2};
    const int64_t minus[] = {-1, -2};
    CHECK(AVG, type_decimal(10, 2), type_decimal(18, 2), halves, "2");
    CHECK(AVG, type_decimal(10, 2), type_decimal(18, 2), minus, "-2");
    CHECK(AVG, type_decimal(10, 2), NUMBER, halves, "0.015");
    CHECK(TOTAL, type_decimal(10, 2), NUMBER, small, "6.67");
}

static void test_agg_sums_of_doubles_keep_what_is_lost(void **state)
{
    (void)state;
    const double ten[] = {.1, .1, .1, .1, .1, .1, .1, .1, .1, .1};
    const double cancel_out[] = {1e100, 1, -1e100, 1};
    const double small[] = {1,     1e-17, 1e-17, 1e-17, 1e-17, 1e-17, 1e-17,
                            1e-17, 1e-17, 1e-17, 1e-17, 1e-17, -1};
    const double infinite[] = {1, INFINITY, 2};
    const double both[] = {INFINITY, -INFINITY};
    CHECK(SUM, NUMBER, NUMBER, ten, "1");
    CHECK(AVG, NUMBER, NUMBER, ten, "0.1");
    CHECK(SUM, NUMBER, NUMBER, cancel_out, "2");
    CHECK(SUM, NUMBER, NUMBER, small, "1.1e-16");
    CHECK(SUM, NUMBER, NUMBER, infinite, "inf");
    char text[TEXT_MAX];
    answer(
        &(struct question){
            .id = AGGREGATE_SUM, .type = NUMBER, .result = NUMBER, .values = both, .n = 2},
        1, false, true, text);
    assert_non_null(strstr(text, "nan"));
}

static void test_agg_variances_do_not_cancel(void **state)
{
    (void)state;
    const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    const double far[] = {1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4};
    const double one[] = {3};
    CHECK(STDDEV_POP, NUMBER, NUMBER, values, "2");
    CHECK(VAR_SAMP, NUMBER, NUMBER, values, "4.57142857142857");
    CHECK(VAR_POP, NUMBER, NUMBER, far, "1.25");
    CHECK(VAR_SAMP, NUMBER, NUMBER, one, "NULL");
    CHECK(VAR_POP, NUMBER, NUMBER, one, "0");
}

/* ---- Values ---- */

static void test_agg_extremes_follow_the_order_of_their_type(void **state)
{
    (void)state;
    const double numbers[] = {2, NAN, -1, INFINITY};
    const double just_nan[] = {NAN};
    const struct interval intervals[] = {{.days = 31}, {.months = 1}, {.micros = 5}, {.days = 1}};
    const char *const texts[] = {"banana", "apple", "a long text that goes past the view", "",
                                 "cherry"};
    const int128_t wide[] = {(int128_t)1 << 100, -((int128_t)1 << 100), 5};
    const int16_t shorts[] = {5, -3, 7};
    const uint8_t truths[] = {1, 0, 1};
    struct type interval = type_of(TYPE_INTERVAL), truth = type_of(TYPE_BOOLEAN);
    CHECK(MIN, NUMBER, NUMBER, numbers, "-1");
    CHECK(MAX, NUMBER, NUMBER, just_nan, "nan");
    CHECK(MIN, NUMBER, NUMBER, just_nan, "nan");
    CHECK(MAX, interval, interval, intervals, "0 31 0");
    CHECK(MIN, interval, interval, intervals, "0 0 5");
    CHECK(MIN, TEXT, TEXT, texts, "");
    CHECK(MAX, TEXT, TEXT, texts, "cherry");
    CHECK(MAX, type_decimal(38, 0), type_decimal(38, 0), wide, "1267650600228229401496703205376");
    CHECK(MIN, type_decimal(38, 0), type_decimal(38, 0), wide, "-1267650600228229401496703205376");
    CHECK(MIN, type_of(TYPE_SMALLINT), type_of(TYPE_SMALLINT), shorts, "-3");
    CHECK(BOOL_AND, truth, truth, truths, "0");
    CHECK(BOOL_OR, truth, truth, truths, "1");
}

static void test_agg_first_and_last_keep_nulls(void **state)
{
    (void)state;
    const int64_t values[] = {1, 2, 3, 4};
    const char *const texts[] = {"one", "a second text of some length", "a third text",
                                 "a fourth text, also long"};
    struct question q = {.type = BIG, .result = BIG, .values = values, .n = 4, .valid = 6};
    q.id = AGGREGATE_FIRST;
    check(q, "NULL");
    q.id = AGGREGATE_LAST;
    check(q, "NULL");
    q.id = AGGREGATE_ANY_VALUE;
    check(q, "2");
    CHECK(FIRST, TEXT, TEXT, texts, "one");
    CHECK(LAST, TEXT, TEXT, texts, "a fourth text, also long");
    CHECK(ANY_VALUE, BIG, BIG, values, "1");
}

static void test_agg_arg_takes_the_first_of_ties(void **state)
{
    (void)state;
    const char *const texts[] = {"one", "a second text of some length", "three",
                                 "a fourth text, also long"};
    const int64_t by[] = {5, 2, 2, 5};
    struct question q = {
        .type = TEXT, .by_type = BIG, .result = TEXT, .values = texts, .by = by, .n = 4};
    q.id = AGGREGATE_ARG_MIN;
    check(q, "a second text of some length");
    q.id = AGGREGATE_ARG_MAX;
    check(q, "one");
    q.valid = 0xe;
    check(q, "NULL");
}

static void test_agg_texts_are_joined_in_input_order(void **state)
{
    (void)state;
    const char *const texts[] = {"one", "a second text of some length", "", "four",
                                 "and a fifth one that is long"};
    CHECK(STRING_AGG, TEXT, TEXT, texts,
          "one, a second text of some length, , four, and a fifth one that is long");
}

/* Rising texts must not fill the heap. */
static void test_agg_greatest_of_rising_texts_takes_little_memory(void **state)
{
    (void)state;
    struct agg agg;
    struct type type = TEXT;
    ASSERT_OK(agg_plan(&agg, AGGREGATE_MAX, &type, 1, STR_LITERAL(""), &error), error);
    struct agg_heap heap;
    agg_heap_init(&heap, &budget, "test");
    _Alignas(16) char acc[AGG_SIZE_MAX] = {0};
    for (int i = 0; i < 100000; i++) {
        char text[64];
        int n = snprintf(text, sizeof(text), "a text that rises and rises %09d", i);
        struct text view = text_view(text, (size_t)n);
        struct agg_call call = {.agg = &agg, .values = &view, .n = 1, .one = acc, .heap = &heap};
        ASSERT_OK(agg.kernel->update(&call, &error), error);
    }
    assert_true(budget_used(&budget) < 4096);
    agg_heap_fini(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_agg_sums_of_integers_are_exact),
        T(test_agg_of_no_values_is_null),
        T(test_agg_sums_of_decimals_overflow_at_the_end_only),
        T(test_agg_sums_of_doubles_keep_what_is_lost),
        T(test_agg_variances_do_not_cancel),
        T(test_agg_extremes_follow_the_order_of_their_type),
        T(test_agg_first_and_last_keep_nulls),
        T(test_agg_arg_takes_the_first_of_ties),
        T(test_agg_texts_are_joined_in_input_order),
        T(test_agg_greatest_of_rising_texts_takes_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
