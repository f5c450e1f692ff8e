#include "exec/kernel/kernel.h"

#include "storage/timezone.h"
#include "tests/unit/unit.h"

#include <math.h>

/* What SQL cannot show: garbage under NULL rows, constants beside columns, encodings that hash alike. */

struct fixture {
    struct budget budget;
    struct error error;
    struct arena arena;
    struct context context;
    struct clock clock;
    atomic_bool cancel;
    struct kernel_state states[8];
    unsigned n_states;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    budget_init(&fixture.budget, SIZE_MAX);
    fixture.clock = clock_system;
    fixture.context =
        (struct context){&fixture.budget, &io_system, &fixture.clock, &fixture.cancel, 1, 1024};
    *state = &fixture;
    return arena_init(&fixture.arena, &fixture.error) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < f->n_states; i++)
        if (f->states[i].fini)
            f->states[i].fini(f->states[i].data);
    arena_fini(&f->arena);
    assert_int_equal(budget_used(&f->budget), 0);
    return 0;
}

static struct column *flat(struct fixture *f, struct type type, const void *values, size_t n)
{
    struct column *c = NULL;
    ASSERT_OK(column_new(type, n, &f->budget, "test", &c, &f->error), f->error);
    memcpy(c->data, values, n * type_size(type));
    return c;
}

static struct column *texts(struct fixture *f, const char *const *values, size_t n)
{
    struct column *c = NULL;
    ASSERT_OK(column_new(type_of(TYPE_VARCHAR), n, &f->budget, "test", &c, &f->error), f->error);
    struct text_builder builder;
    text_builder_init(&builder, c, "test");
    for (size_t i = 0; i < n; i++)
        ASSERT_OK(text_builder_put(&builder, i, values[i], strlen(values[i]), &f->error), f->error);
    return c;
}

static struct column *constant(struct column *c, size_t rows)
{
    c->encoding = COLUMN_CONSTANT;
    c->length = rows;
    return c;
}

static void make_null(struct fixture *f, struct column *c, size_t row)
{
    ASSERT_OK(column_add_validity(c, &f->error), f->error);
    bits_clear(c->validity, row);
}

/* Calls a strict function as the evaluator does. Takes the arguments. */
static enum status call(struct fixture *f, enum function_id id, struct type type,
                        struct column **args, uint32_t n_args, size_t rows, struct column **out)
{
    struct column *result = NULL;
    ASSERT_OK(column_new(type, rows, &f->budget, "test", &result, &f->error), f->error);
    for (uint32_t i = 0; i < n_args; i++)
        if (args[i]->validity && !(function_info[id].flags & FUNCTION_SELF)) {
            ASSERT_OK(column_add_validity(result, &f->error), f->error);
            if (args[i]->encoding == COLUMN_FLAT)
                bits_and(result->validity, result->validity, args[i]->validity, rows);
        }
    struct kernel_call kc = {
        .function = id,
        .args = (const struct column *const *)args,
        .n_args = n_args,
        .rows = rows,
        .out = result,
        .state = &f->states[f->n_states++],
        .context = &f->context,
        .zone = &timezone_utc,
        .arena = &f->arena,
    };
    enum status status = kernel_table[id](&kc, &f->error);
    for (uint32_t i = 0; i < n_args; i++)
        column_unref(args[i]);
    if (status != STATUS_OK) {
        column_unref(result);
        return status;
    }
    *out = result;
    return STATUS_OK;
}

static const int64_t i64_max = INT64_MAX;

static void test_add_overflow_in_a_null_row_is_no_error(void **state)
{
    struct fixture *f = *state;
    struct column *a = flat(f, type_of(TYPE_BIGINT), (int64_t[]){1, INT64_MAX, 3}, 3);
    make_null(f, a, 1);
    struct column *b = flat(f, type_of(TYPE_BIGINT), (int64_t[]){10, 10, 10}, 3), *out = NULL;
    ASSERT_OK(
        call(f, FUNCTION_ADD_INT, type_of(TYPE_BIGINT), (struct column *[]){a, b}, 2, 3, &out),
        f->error);
    assert_int_equal(((int64_t *)out->data)[0], 11);
    assert_int_equal(((int64_t *)out->data)[2], 13);
    assert_false(bits_get(out->validity, 1));
    column_unref(out);
}

static void test_add_overflow_beside_a_constant_is_found(void **state)
{
    struct fixture *f = *state;
    struct column *a = flat(f, type_of(TYPE_BIGINT), (int64_t[]){1, INT64_MAX, 3}, 3);
    struct column *b = constant(flat(f, type_of(TYPE_BIGINT), (int64_t[]){1}, 1), 3), *out = NULL;
    assert_int_equal(
        call(f, FUNCTION_ADD_INT, type_of(TYPE_BIGINT), (struct column *[]){b, a}, 2, 3, &out),
        STATUS_VALUE);
    assert_string_equal(f->error.message, "integer overflow: 1 + 9223372036854775807");
}

static void test_div_by_zero_is_null(void **state)
{
    struct fixture *f = *state;
    struct column *a = flat(f, type_of(TYPE_BIGINT), (int64_t[]){7, -7, INT64_MIN}, 3);
    struct column *b = flat(f, type_of(TYPE_BIGINT), (int64_t[]){0, 2, 1}, 3), *out = NULL;
    ASSERT_OK(
        call(f, FUNCTION_DIV_INT, type_of(TYPE_BIGINT), (struct column *[]){a, b}, 2, 3, &out),
        f->error);
    assert_false(bits_get(out->validity, 0));
    assert_int_equal(((int64_t *)out->data)[1], -3);
    assert_true(((int64_t *)out->data)[2] == INT64_MIN);
    column_unref(out);
}

/* A view under NULL points nowhere: it must not be looked at. */
static void test_text_functions_leave_null_rows_alone(void **state)
{
    struct fixture *f = *state;
    static const enum function_id ids[] = {FUNCTION_EQ, FUNCTION_LT, FUNCTION_LIKE, FUNCTION_REGEXP,
                                           FUNCTION_CONTAINS};
    for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
        const char *values[] = {"a text that is longer", "", "b"};
        struct column *a = texts(f, values, 3);
        struct text *views = a->data;
        views[1] = (struct text){.length = 1000, .data = (const char *)(uintptr_t)16};
        make_null(f, a, 1);
        struct column *b = constant(texts(f, (const char *[]){"a text that is longer"}, 1), 3),
                      *out = NULL;
        ASSERT_OK(call(f, ids[i], type_of(TYPE_BOOLEAN), (struct column *[]){a, b}, 2, 3, &out),
                  f->error);
        assert_int_equal(((uint8_t *)out->data)[0], ids[i] != FUNCTION_LT);
        assert_false(bits_get(out->validity, 1));
        assert_int_equal(((uint8_t *)out->data)[2], 0);
        column_unref(out);
    }
}

static void test_select_true_takes_words_and_rests(void **state)
{
    struct fixture *f = *state;
    enum { ROWS = 200 };
    uint8_t bytes[ROWS];
    uint32_t rows[ROWS];
    for (unsigned i = 0; i < ROWS; i++)
        bytes[i] = i < 64 || i % 3 == 0;
    struct column *c = flat(f, type_of(TYPE_BOOLEAN), bytes, ROWS);
    make_null(f, c, 66);
    size_t n = kernel_select_true(c, rows), expected = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        if (bytes[i] && i != 66)
            assert_int_equal(rows[expected++], i);
    assert_int_equal(n, expected);
    column_unref(c);
}

static void test_hash_is_the_same_in_every_encoding(void **state)
{
    struct fixture *f = *state;
    const char *words[] = {"short", "a text that is longer", "short"};
    uint64_t flat_hash[3], dictionary_hash[3], constant_hash[3];
    struct column *c = texts(f, words, 3);
    kernel_hash((const struct column *const[]){c}, 1, 3, flat_hash);
    struct column *dictionary = flat(f, type_of(TYPE_VARCHAR), c->data, 3);
    struct column coded = *dictionary;
    uint32_t codes[] = {2, 1, 0};
    coded.encoding = COLUMN_DICTIONARY;
    coded.data = codes;
    coded.dictionary = dictionary;
    kernel_hash((const struct column *const[]){&coded}, 1, 3, dictionary_hash);
    assert_memory_equal(flat_hash, dictionary_hash, sizeof flat_hash);
    column_unref(dictionary);
    column_unref(c);
    c = constant(texts(f, words, 1), 3);
    kernel_hash((const struct column *const[]){c}, 1, 3, constant_hash);
    assert_true(constant_hash[2] == flat_hash[0]);
    column_unref(c);
}

static void test_hash_equal_doubles_and_intervals_hash_equal(void **state)
{
    struct fixture *f = *state;
    uint64_t h[4];
    struct column *c =
        flat(f, type_of(TYPE_DOUBLE), (double[]){0.0, -0.0, (double)NAN, -(double)NAN}, 4);
    kernel_hash((const struct column *const[]){c}, 1, 4, h);
    assert_true(h[0] == h[1] && h[2] == h[3] && h[0] != h[2]);
    column_unref(c);
    c = flat(f, type_of(TYPE_INTERVAL), (struct interval[]){{1, 0, 0}, {0, 30, 0}}, 2);
    kernel_hash((const struct column *const[]){c}, 1, 2, h);
    assert_true(h[0] == h[1]);
    column_unref(c);
}

static void test_in_set_small_and_big(void **state)
{
    struct fixture *f = *state;
    for (size_t n_set = 2; n_set <= 1000; n_set += 499) {
        int64_t members[1024];
        for (size_t i = 0; i < n_set; i++)
            members[i] = (int64_t)i * 2;
        struct column *set = flat(f, type_of(TYPE_BIGINT), members, n_set);
        struct column *arg = flat(f, type_of(TYPE_BIGINT), (int64_t[]){0, 1, 2, 5000}, 4),
                      *out = NULL;
        struct kernel_state kernel_state = {NULL, NULL};
        ASSERT_OK(column_new(type_of(TYPE_BOOLEAN), 4, &f->budget, "test", &out, &f->error),
                  f->error);
        ASSERT_OK(kernel_in_set(arg, set, &kernel_state, &f->arena, out, &f->error), f->error);
        assert_memory_equal(out->data, ((uint8_t[]){1, 0, 1, 0}), 4);
        column_unref(out);
        column_unref(arg);
        column_unref(set);
    }
}

static void test_cast_keeps_constants_constant(void **state)
{
    struct fixture *f = *state;
    struct column *c = constant(flat(f, type_of(TYPE_BIGINT), &i64_max, 1), 1000), *out = NULL;
    ASSERT_OK(
        kernel_cast(c, type_of(TYPE_VARCHAR), false, &timezone_utc, &f->context, &out, &f->error),
        f->error);
    assert_int_equal(out->encoding, COLUMN_CONSTANT);
    assert_int_equal(out->length, 1000);
    const struct text *t = out->data;
    assert_int_equal(t->length, 19);
    assert_memory_equal(text_data(t), "9223372036854775807", 19);
    column_unref(out);
    column_unref(c);
}

static void test_cast_ignores_garbage_under_null(void **state)
{
    struct fixture *f = *state;
    struct column *c = flat(f, type_of(TYPE_DOUBLE), (double[]){1.9, 1e300, (double)NAN}, 3),
                  *out = NULL;
    make_null(f, c, 1);
    make_null(f, c, 2);
    ASSERT_OK(
        kernel_cast(c, type_of(TYPE_INTEGER), false, &timezone_utc, &f->context, &out, &f->error),
        f->error);
    assert_int_equal(((int32_t *)out->data)[0], 1);
    column_unref(out);
    column_unref(c);
}

static void test_cast_failure_names_the_value_and_try_gives_null(void **state)
{
    struct fixture *f = *state;
    struct column *c = texts(f, (const char *[]){"1", "one"}, 2), *out = NULL;
    ASSERT_OK(
        kernel_cast(c, type_of(TYPE_BIGINT), true, &timezone_utc, &f->context, &out, &f->error),
        f->error);
    assert_true(bits_get(out->validity, 0));
    assert_false(bits_get(out->validity, 1));
    column_unref(out);
    assert_int_equal(
        kernel_cast(c, type_of(TYPE_BIGINT), false, &timezone_utc, &f->context, &out, &f->error),
        STATUS_VALUE);
    assert_string_equal(f->error.message, "not a value of type BIGINT: 'one'");
    column_unref(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_add_overflow_in_a_null_row_is_no_error, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_add_overflow_beside_a_constant_is_found, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_div_by_zero_is_null, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text_functions_leave_null_rows_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_select_true_takes_words_and_rests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hash_is_the_same_in_every_encoding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hash_equal_doubles_and_intervals_hash_equal, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_in_set_small_and_big, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cast_keeps_constants_constant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cast_ignores_garbage_under_null, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cast_failure_names_the_value_and_try_gives_null,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
