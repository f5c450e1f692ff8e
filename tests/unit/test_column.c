#include "storage/batch.h"
#include "tests/unit/unit.h"

#include <stdio.h>

struct fixture {
    struct budget budget;
    struct error error;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    budget_init(&fixture.budget, SIZE_MAX);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(budget_used(&f->budget), 0);
    return 0;
}

static struct column *new_column(struct fixture *f, enum type_id id, size_t n)
{
    struct column *column = NULL;
    ASSERT_OK(column_new(type_of(id), n, &f->budget, "test", &column, &f->error), f->error);
    return column;
}

/* 0, 1, 2, ...; every `null_step`th is NULL (0: none). */
static struct column *make_numbers(struct fixture *f, size_t n, size_t null_step)
{
    struct column *column = new_column(f, TYPE_BIGINT, n);
    for (size_t i = 0; i < n; i++)
        ((int64_t *)column->data)[i] = (int64_t)i;
    if (null_step > 0) {
        ASSERT_OK(column_add_validity(column, &f->error), f->error);
        for (size_t i = 0; i < n; i += null_step)
            bits_clear(column->validity, i);
    }
    return column;
}

/* "text 0", ...; every fourth is long. */
static struct column *make_texts(struct fixture *f, size_t n)
{
    struct column *column = new_column(f, TYPE_VARCHAR, n);
    struct text_builder builder;
    text_builder_init(&builder, column, "test");
    for (size_t i = 0; i < n; i++) {
        char text[64];
        int length =
            snprintf(text, sizeof text, i % 4 ? "text %zu" : "a text beyond a view %zu", i);
        ASSERT_OK(text_builder_put(&builder, i, text, (size_t)length, &f->error), f->error);
    }
    return column;
}

/* Codes i % 3 into three texts; every fifth row is NULL with a code out of range. */
static struct column *make_dictionary(struct fixture *f, size_t n)
{
    struct column *column = new_column(f, TYPE_INTEGER, n);
    column->type = type_of(TYPE_VARCHAR);
    column->encoding = COLUMN_DICTIONARY;
    column->dictionary = make_texts(f, 3);
    ASSERT_OK(column_add_validity(column, &f->error), f->error);
    for (size_t i = 0; i < n; i++) {
        ((uint32_t *)column->data)[i] = i % 5 ? (uint32_t)(i % 3) : UINT32_MAX;
        bits_put(column->validity, i, i % 5 != 0);
    }
    return column;
}

/* Row i of the `n` rows of `got` is row rows[i], or at + i, of `expected`. */
static void assert_same_rows(const struct column *got, const struct column *expected,
                             const uint32_t *rows, size_t at, size_t n)
{
    assert_int_equal(got->length, n);
    for (size_t i = 0; i < n; i++) {
        size_t j = rows ? rows[i] : at + i;
        if (column_compare(got, i, expected, j) != 0)
            fail_msg("row %zu is not row %zu", i, j);
    }
}

static void take_and_check(struct fixture *f, struct column *column)
{
    enum { N = 200 };
    uint32_t rows[N] = {0};
    for (size_t i = 0; i < N; i++)
        rows[i] = (uint32_t)((i * 7919) % column->length);
    struct column *taken = NULL;
    ASSERT_OK(column_take(column, rows, N, &f->budget, &taken, &f->error), f->error);
    assert_int_equal(taken->length, N);
    assert_int_equal(taken->encoding, column->encoding);
    assert_same_rows(taken, column, rows, 0, N);
    struct column *none = NULL;
    ASSERT_OK(column_take(column, rows, 0, &f->budget, &none, &f->error), f->error);
    assert_int_equal(none->length, 0);
    column_unref(none);
    column_unref(taken);
}

static void slice_and_check(struct fixture *f, struct column *column)
{
    static const size_t ats[] = {0, 1, 64, 77, 128};
    for (size_t k = 0; k < ARRAY_LENGTH(ats); k++) {
        struct column *slice = NULL, *view = NULL;
        ASSERT_OK(column_slice(column, ats[k], 100, &f->budget, &slice, &f->error), f->error);
        ASSERT_OK(column_view(column, ats[k], 100, &f->budget, &view, &f->error), f->error);
        assert_int_equal(slice->length, 100);
        assert_int_equal(view->length, 100);
        assert_same_rows(slice, column, NULL, ats[k], 100);
        assert_same_rows(view, column, NULL, ats[k], 100);
        column_unref(slice);
        column_unref(view);
    }
}

static void concat_and_check(struct fixture *f, struct column *column)
{
    struct column *flat = NULL, *twice = NULL, *compact = NULL;
    ASSERT_OK(column_flatten(column, &f->budget, &flat, &f->error), f->error);
    assert_int_equal(flat->encoding, COLUMN_FLAT);
    assert_same_rows(flat, column, NULL, 0, column->length);
    ASSERT_OK(column_concat((struct column *[]){column, flat}, 2, &f->budget, &twice, &f->error),
              f->error);
    assert_int_equal(twice->length, 2 * column->length);
    for (size_t i = 0; i < twice->length; i++)
        assert_int_equal(column_compare(twice, i, column, i % column->length), 0);
    ASSERT_OK(column_compact_text(column, &f->budget, &compact, &f->error), f->error);
    assert_same_rows(compact, column, NULL, 0, column->length);
    column_unref(compact);
    column_unref(twice);
    column_unref(flat);
}

static void check_all(struct fixture *f, struct column *column)
{
    take_and_check(f, column);
    slice_and_check(f, column);
    concat_and_check(f, column);
    column_unref(column);
}

static void test_column_numbers_are_moved_with_their_nulls(void **state)
{
    check_all(*state, make_numbers(*state, 300, 0));
    check_all(*state, make_numbers(*state, 300, 3));
    check_all(*state, make_numbers(*state, 300, 1));
    check_all(*state, make_numbers(*state, 300, 299));
}

static void test_column_every_size_of_value_is_moved(void **state)
{
    struct fixture *f = *state;
    static const enum type_id ids[] = {TYPE_TINYINT, TYPE_SMALLINT, TYPE_INTEGER, TYPE_INTERVAL};
    for (size_t k = 0; k < ARRAY_LENGTH(ids); k++) {
        struct column *column = new_column(f, ids[k], 300);
        uint8_t *bytes = column->data;
        memset(bytes, 0, 300 * type_size(column->type));
        for (size_t i = 0; i < 300 * type_size(column->type); i++)
            if (ids[k] != TYPE_INTERVAL || i % 16 < 3)
                bytes[i] = (uint8_t)(i * 31);
        check_all(f, column);
    }
    struct column *wide = NULL;
    ASSERT_OK(column_new(type_decimal(38, 2), 300, &f->budget, "test", &wide, &f->error), f->error);
    for (size_t i = 0; i < 300; i++)
        ((int128_t *)wide->data)[i] = ((int128_t)1 << 90) - (int128_t)i;
    check_all(f, wide);
}

static void test_column_text_is_shared_and_dictionaries_stay(void **state)
{
    check_all(*state, make_texts(*state, 300));
    check_all(*state, make_dictionary(*state, 300));
}

static void test_column_constants_stand_for_their_rows(void **state)
{
    struct fixture *f = *state;
    struct column *column = NULL;
    ASSERT_OK(
        column_new_constant(type_of(TYPE_VARCHAR), 300, false, &f->budget, &column, &f->error),
        f->error);
    struct text_builder builder = {.column = column, .owner = "test"};
    ASSERT_OK(text_builder_put(&builder, 0, "the same long text", 18, &f->error), f->error);
    check_all(f, column);
    ASSERT_OK(column_new_constant(type_of(TYPE_DOUBLE), 300, true, &f->budget, &column, &f->error),
              f->error);
    assert_true(column_is_null(column, 299));
    check_all(f, column);
}

static void test_column_text_survives_its_source(void **state)
{
    struct fixture *f = *state;
    struct column *texts = make_texts(f, 100), *taken = NULL;
    uint32_t rows[] = {0, 4, 8};
    ASSERT_OK(column_take(texts, rows, 3, &f->budget, &taken, &f->error), f->error);
    column_unref(texts);
    struct text *t = (struct text *)taken->data + 2;
    assert_int_equal(t->length, 22);
    assert_memory_equal(text_data(t), "a text beyond a view 8", 22);
    column_unref(taken);
}

static void test_column_compact_lets_go_of_big_heaps(void **state)
{
    struct fixture *f = *state;
    struct column *texts = make_texts(f, 40000), *taken = NULL, *compact = NULL;
    uint32_t rows[] = {0, 1, 39996};
    ASSERT_OK(column_take(texts, rows, 3, &f->budget, &taken, &f->error), f->error);
    column_unref(texts);
    assert_true(column_bytes(taken) > 100000);
    ASSERT_OK(column_compact_text(taken, &f->budget, &compact, &f->error), f->error);
    assert_true(column_bytes(compact) < 2000);
    assert_same_rows(compact, taken, NULL, 0, 3);
    column_unref(taken);
    column_unref(compact);
}

static void test_column_compare_orders_nulls_first_and_nan_last(void **state)
{
    struct fixture *f = *state;
    struct column *column = new_column(f, TYPE_DOUBLE, 5);
    double zero = 0, *values = column->data;
    values[0] = 0;
    values[1] = -1.5;
    values[2] = 1 / zero;
    values[3] = zero / zero;
    values[4] = -0.0;
    ASSERT_OK(column_add_validity(column, &f->error), f->error);
    bits_clear(column->validity, 0);
    assert_true(column_compare(column, 0, column, 1) < 0);
    assert_true(column_compare(column, 1, column, 4) < 0);
    assert_true(column_compare(column, 2, column, 3) < 0);
    assert_int_equal(column_compare(column, 3, column, 3), 0);
    assert_int_equal(column_compare(column, 0, column, 0), 0);
    column_unref(column);
}

static void test_text_compare_is_by_bytes(void **state)
{
    (void)state;
    static const struct str ordered[] = {
        {"", 0},
        {"\0", 1},
        {"a", 1},
        {"a\0", 2},
        {"ab", 2},
        {"abcd", 4},
        {"abcd\0", 5},
        {"abcdefghijkl", 12},
        {"abcdefghijklm", 13},
        {"abcdefghijklz", 13},
        {"abce", 4},
        {"b", 1},
        {"\xc3\xa9", 2},
        {"\xff", 1},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(ordered); i++)
        for (size_t j = 0; j < ARRAY_LENGTH(ordered); j++) {
            struct text a = text_view(ordered[i].data, ordered[i].length);
            struct text b = text_view(ordered[j].data, ordered[j].length);
            int order = text_compare(&a, &b);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            assert_int_equal(text_equal(&a, &b), i == j);
        }
}

static void test_interval_compare_takes_a_month_as_thirty_days(void **state)
{
    (void)state;
    struct interval month = {1, 0, 0}, days = {0, 30, 0}, longer = {0, 30, 1},
                    least = {INT32_MIN, 0, 0};
    assert_int_equal(interval_compare(month, days), 0);
    assert_true(interval_compare(month, longer) < 0);
    assert_true(interval_compare(least, month) < 0);
}

static void test_column_retype_shares_the_values(void **state)
{
    struct fixture *f = *state;
    struct column *numbers = make_numbers(f, 10, 4), *times = NULL;
    ASSERT_OK(column_retype(numbers, type_of(TYPE_TIMESTAMP), &times, &f->error), f->error);
    assert_ptr_equal(times->data, numbers->data);
    assert_int_equal(times->type.id, TYPE_TIMESTAMP);
    assert_true(column_is_null(times, 4));
    column_unref(numbers);
    column_unref(times);
}

static void test_text_builder_gives_back_what_is_not_used(void **state)
{
    struct fixture *f = *state;
    struct column *column = new_column(f, TYPE_VARCHAR, 2);
    struct text_builder builder;
    char *first = NULL, *second = NULL, *big = NULL;
    text_builder_init(&builder, column, "test");
    ASSERT_OK(text_builder_alloc(&builder, 100, &first, &f->error), f->error);
    text_builder_trim(&builder, 80);
    ASSERT_OK(text_builder_alloc(&builder, 10, &second, &f->error), f->error);
    assert_ptr_equal(second, first + 20);
    ASSERT_OK(text_builder_alloc(&builder, 5000000, &big, &f->error), f->error);
    memset(big, 'x', 5000000);
    struct error error = {0};
    assert_int_equal(text_builder_alloc(&builder, (size_t)TEXT_LENGTH_MAX + 1, &big, &error),
                     STATUS_LIMIT);
    column_unref(column);
}

/* Every charge refused in turn: an error, and nothing left behind. */
static void test_column_operations_fail_clean_when_memory_is_short(void **state)
{
    struct fixture *f = *state;
    struct column *column = make_dictionary(f, 200);
    uint32_t rows[] = {5, 1, 6};
    size_t before = budget_used(&f->budget);
    for (size_t fail_at = 1, refused = 1; refused > 0; fail_at++) {
        enum status statuses[5];
        struct column *out[5] = {0};
        for (size_t k = 0; k < 5; k++) {
            struct error e = {0};
            f->budget.fail_at = atomic_load(&f->budget.charges) + fail_at;
            struct budget *b = &f->budget;
            statuses[k] = k == 0   ? column_take(column, rows, 3, b, &out[k], &e)
                          : k == 1 ? column_slice(column, 3, 90, b, &out[k], &e)
                          : k == 2 ? column_view(column, 3, 90, b, &out[k], &e)
                          : k == 3 ? column_flatten(column, b, &out[k], &e)
                                   : column_compact_text(column, b, &out[k], &e);
        }
        f->budget.fail_at = 0;
        refused = 0;
        for (size_t k = 0; k < 5; k++) {
            refused += statuses[k] != STATUS_OK;
            assert_int_equal(statuses[k] == STATUS_OK, out[k] != NULL);
            column_unref(out[k]);
        }
        assert_int_equal(budget_used(&f->budget), before);
    }
    column_unref(column);
}

static void test_batch_slices_and_takes_all_columns(void **state)
{
    struct fixture *f = *state;
    struct batch *batch = NULL, *slice = NULL, *taken = NULL, *small = NULL;
    ASSERT_OK(batch_new(2, 300, 7, &f->budget, &batch, &f->error), f->error);
    batch->columns[0] = make_numbers(f, 300, 3);
    batch->columns[1] = make_texts(f, 300);
    ASSERT_OK(batch_slice(batch, 10, 200, &slice, &f->error), f->error);
    ASSERT_OK(batch_slice(batch, 10, 2, &small, &f->error), f->error);
    uint32_t rows[] = {299, 0, 299};
    ASSERT_OK(batch_take(batch, rows, 3, &taken, &f->error), f->error);
    assert_int_equal(slice->length, 200);
    assert_int_equal(slice->morsel, 7);
    for (uint32_t c = 0; c < 2; c++) {
        assert_same_rows(slice->columns[c], batch->columns[c], NULL, 10, 200);
        assert_same_rows(small->columns[c], batch->columns[c], NULL, 10, 2);
        assert_same_rows(taken->columns[c], batch->columns[c], rows, 0, 3);
    }
    assert_true(batch_bytes(small) < batch_bytes(batch));
    batch_unref(batch);
    batch_unref(slice);
    batch_unref(small);
    batch_unref(taken);
}

static void test_schema_find_ignores_case(void **state)
{
    (void)state;
    struct field fields[] = {{"Price", type_of(TYPE_BIGINT), false},
                             {"x", type_of(TYPE_JSON), false}};
    struct schema schema = {fields, 2};
    assert_int_equal(schema_find(&schema, STR_LITERAL("pRICE")), 0);
    assert_int_equal(schema_find(&schema, STR_LITERAL("x")), 1);
    assert_int_equal(schema_find(&schema, STR_LITERAL("xx")), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_column_numbers_are_moved_with_their_nulls),
        TEST(test_column_every_size_of_value_is_moved),
        TEST(test_column_text_is_shared_and_dictionaries_stay),
        TEST(test_column_constants_stand_for_their_rows),
        TEST(test_column_text_survives_its_source),
        TEST(test_column_compact_lets_go_of_big_heaps),
        TEST(test_column_compare_orders_nulls_first_and_nan_last),
        TEST(test_text_compare_is_by_bytes),
        TEST(test_interval_compare_takes_a_month_as_thirty_days),
        TEST(test_column_retype_shares_the_values),
        TEST(test_text_builder_gives_back_what_is_not_used),
        TEST(test_column_operations_fail_clean_when_memory_is_short),
        TEST(test_batch_slices_and_takes_all_columns),
        TEST(test_schema_find_ignores_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
