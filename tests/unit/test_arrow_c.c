#include "storage/arrow_c.h"
#include "tests/unit/unit.h"

#include "storage/value.h"

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

static void test_arrow_schema_gives_each_type_its_format(void **state)
{
    struct fixture *f = *state;
    struct field fields[] = {
        {"null", type_of(TYPE_NULL), true},
        {"boolean", type_of(TYPE_BOOLEAN), false},
        {"tiny", type_of(TYPE_TINYINT), false},
        {"small", type_of(TYPE_SMALLINT), false},
        {"int", type_of(TYPE_INTEGER), true},
        {"big", type_of(TYPE_BIGINT), false},
        {"real", type_of(TYPE_REAL), false},
        {"double", type_of(TYPE_DOUBLE), false},
        {"decimal", type_decimal(38, 10), false},
        {"text", type_of(TYPE_VARCHAR), false},
        {"blob", type_of(TYPE_BLOB), false},
        {"date", type_of(TYPE_DATE), false},
        {"time", type_of(TYPE_TIME), false},
        {"ts", type_of(TYPE_TIMESTAMP), false},
        {"ns", type_timestamp(TYPE_TIMESTAMP, 9), false},
        {"tz", type_timestamp(TYPE_TIMESTAMPTZ, 3), false},
        {"interval", type_of(TYPE_INTERVAL), false},
        {"json", type_of(TYPE_JSON), false},
    };
    static const char *const formats[] = {
        "i",       "b", "c", "s",   "i",   "l",    "f",    "g",
        "d:38,10", "u", "z", "tdD", "ttu", "tsu:", "tsn:", "tsu:Europe/Paris",
        "tin",     "u"};
    struct schema schema = {fields, ARRAY_LENGTH(fields)};
    struct ArrowSchema out;
    ASSERT_OK(arrow_export_schema(&schema, "Europe/Paris", &out, &f->error), f->error);
    assert_string_equal(out.format, "+s");
    assert_int_equal(out.n_children, ARRAY_LENGTH(fields));
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        assert_string_equal(out.children[i]->format, formats[i]);
        assert_string_equal(out.children[i]->name, fields[i].name);
        assert_int_equal(out.children[i]->flags, i == 4 ? 0 : ARROW_FLAG_NULLABLE);
    }
    static const char json[] = "\1\0\0\0\24\0\0\0ARROW:extension:name\12\0\0\0arrow.json";
    assert_memory_equal(out.children[17]->metadata, json, sizeof json - 1);
    /* A child that was moved out lives on. */
    struct ArrowSchema moved = *out.children[15];
    out.children[15]->release = NULL;
    out.release(&out);
    assert_null(out.release);
    assert_string_equal(moved.format, "tsu:Europe/Paris");
    moved.release(&moved);
}

static struct column *constant(struct fixture *f, struct value value, size_t n)
{
    struct column *column = NULL;
    ASSERT_OK(value_to_column(&value, n, &f->budget, &column, &f->error), f->error);
    return column;
}

static struct column *flat(struct fixture *f, struct value value, size_t n)
{
    struct column *column = constant(f, value, n), *out = NULL;
    ASSERT_OK(column_flatten(column, &f->budget, &out, &f->error), f->error);
    column_unref(column);
    return out;
}

static struct batch *batch_of(struct fixture *f, struct column *column)
{
    struct batch *batch = NULL;
    ASSERT_OK(batch_new(1, column->length, 0, &f->budget, &batch, &f->error), f->error);
    batch->columns[0] = column;
    return batch;
}

static void export(struct fixture *f, struct batch *batch, size_t at, struct ArrowArray *out)
{
    size_t taken = 0;
    ASSERT_OK(arrow_export_batch(batch, at, &f->budget, out, &taken, &f->error), f->error);
    assert_int_equal(taken, batch->length - at);
    assert_int_equal(out->length, taken);
    batch_unref(batch); /* what was exported lives without it */
}

static void test_arrow_numbers_are_shared_with_the_column(void **state)
{
    struct fixture *f = *state;
    struct value seven = {.type = type_of(TYPE_BIGINT), .i64 = 7};
    struct column *column = flat(f, seven, 100);
    const void *data = column->data;
    ASSERT_OK(column_add_validity(column, &f->error), f->error);
    bits_clear(column->validity, 3);
    bits_clear(column->validity, 99);
    struct ArrowArray out;
    export(f, batch_of(f, column), 0, &out);
    struct ArrowArray *child = out.children[0];
    assert_int_equal(child->n_buffers, 2);
    assert_ptr_equal(child->buffers[1], data);
    assert_int_equal(child->null_count, 2);
    out.release(&out);
}

static void test_arrow_slices_move_validity_along(void **state)
{
    struct fixture *f = *state;
    static const size_t ats[] = {3, 64, 8};
    for (size_t k = 0; k < ARRAY_LENGTH(ats); k++) {
        struct value seven = {.type = type_of(TYPE_INTEGER), .i64 = 7};
        struct column *column = flat(f, seven, 200);
        ASSERT_OK(column_add_validity(column, &f->error), f->error);
        for (size_t i = 0; i < 200; i += 3)
            bits_clear(column->validity, i);
        struct ArrowArray out;
        export(f, batch_of(f, column), ats[k], &out);
        struct ArrowArray *child = out.children[0];
        for (size_t i = 0; i < 200 - ats[k]; i++)
            assert_int_equal(bits_get(child->buffers[0], i), (i + ats[k]) % 3 != 0);
        assert_int_equal(child->null_count, (200 + 2) / 3 - (ats[k] + 2) / 3);
        out.release(&out);
    }
}

static void test_arrow_booleans_become_bits(void **state)
{
    struct fixture *f = *state;
    struct column *column = flat(f, (struct value){.type = type_of(TYPE_BOOLEAN)}, 70);
    ((uint8_t *)column->data)[69] = 1;
    struct ArrowArray out;
    export(f, batch_of(f, column), 1, &out);
    const uint8_t *bits = out.children[0]->buffers[1];
    assert_true(bits_get(bits, 68));
    assert_false(bits_get(bits, 67));
    out.release(&out);
}

static void test_arrow_text_becomes_offsets_and_bytes(void **state)
{
    struct fixture *f = *state;
    struct column *column = NULL;
    ASSERT_OK(column_new(type_of(TYPE_VARCHAR), 4, &f->budget, "test", &column, &f->error),
              f->error);
    struct text_builder builder;
    text_builder_init(&builder, column, "test");
    ASSERT_OK(text_builder_put(&builder, 0, "short", 5, &f->error), f->error);
    ASSERT_OK(text_builder_put(&builder, 1, "a long text, of thirty letters", 30, &f->error),
              f->error);
    ASSERT_OK(text_builder_put(&builder, 2, "under a null", 12, &f->error), f->error);
    ASSERT_OK(text_builder_put(&builder, 3, "", 0, &f->error), f->error);
    ASSERT_OK(column_add_validity(column, &f->error), f->error);
    bits_clear(column->validity, 2);
    struct ArrowArray out;
    export(f, batch_of(f, column), 0, &out);
    struct ArrowArray *child = out.children[0];
    assert_int_equal(child->n_buffers, 3);
    static const int32_t offsets[] = {0, 5, 35, 35, 35};
    assert_memory_equal(child->buffers[1], offsets, sizeof offsets);
    assert_memory_equal(child->buffers[2], "shorta long text, of thirty letters", 35);
    out.release(&out);
}

static void test_arrow_constants_and_dictionaries_become_flat(void **state)
{
    struct fixture *f = *state;
    struct value word = {.type = type_of(TYPE_VARCHAR), .text = STR_LITERAL("word")};
    struct ArrowArray out;
    export(f, batch_of(f, constant(f, word, 3)), 0, &out);
    assert_memory_equal(out.children[0]->buffers[2], "wordwordword", 12);
    out.release(&out);

    struct column *codes = flat(f, (struct value){.type = type_of(TYPE_INTEGER), .i64 = 0}, 3);
    codes->type = type_of(TYPE_VARCHAR);
    codes->encoding = COLUMN_DICTIONARY;
    codes->dictionary = flat(f, word, 1);
    export(f, batch_of(f, codes), 1, &out);
    assert_memory_equal(out.children[0]->buffers[2], "wordword", 8);
    out.release(&out);
}

static void test_arrow_decimals_and_intervals_are_widened(void **state)
{
    struct fixture *f = *state;
    struct value price = {.type = type_decimal(10, 2), .i128 = -150};
    struct ArrowArray out;
    export(f, batch_of(f, flat(f, price, 2)), 0, &out);
    assert_true(((const int128_t *)out.children[0]->buffers[1])[1] == -150);
    out.release(&out);

    struct value interval = {.type = type_of(TYPE_INTERVAL), .interval = {1, 2, 3}};
    export(f, batch_of(f, flat(f, interval, 2)), 0, &out);
    static const struct {
        int32_t months, days;
        int64_t nanos;
    } expected = {1, 2, 3000};
    assert_memory_equal((const char *)out.children[0]->buffers[1] + 16, &expected, 16);
    out.release(&out);

    interval.interval.micros = INT64_MAX;
    struct batch *batch = batch_of(f, flat(f, interval, 2));
    size_t taken;
    struct error error = {0};
    assert_int_equal(arrow_export_batch(batch, 0, &f->budget, &out, &taken, &error), STATUS_VALUE);
    batch_unref(batch);
}

static void test_arrow_nothing_is_all_null(void **state)
{
    struct fixture *f = *state;
    struct ArrowArray out;
    export(f, batch_of(f, constant(f, value_null(type_of(TYPE_NULL)), 5)), 0, &out);
    assert_int_equal(out.children[0]->null_count, 5);
    assert_int_equal(((const uint8_t *)out.children[0]->buffers[0])[0], 0);
    out.release(&out);
    export(f, batch_of(f, flat(f, value_null(type_of(TYPE_VARCHAR)), 0)), 0, &out);
    assert_int_equal(out.length, 0);
    assert_non_null(out.children[0]->buffers[1]);
    out.release(&out);
}

static void test_arrow_text_past_two_gigabytes_is_cut_into_arrays(void **state)
{
    struct fixture *f = *state;
    enum { LENGTH = 1 << 20, ROWS = 3000 };
    struct column *column = NULL;
    ASSERT_OK(
        column_new_constant(type_of(TYPE_VARCHAR), ROWS, false, &f->budget, &column, &f->error),
        f->error);
    struct text_builder builder = {.column = column, .owner = "test"};
    char *bytes = NULL;
    ASSERT_OK(text_builder_alloc(&builder, LENGTH, &bytes, &f->error), f->error);
    memset(bytes, 'x', LENGTH);
    *(struct text *)column->data = text_view(bytes, LENGTH);
    struct batch *batch = batch_of(f, column);
    f->budget.limit = 1 << 26; /* the text itself is not made here: the copy is refused */
    struct ArrowArray out;
    size_t taken = 0;
    struct error error = {0};
    assert_int_equal(arrow_export_batch(batch, 0, &f->budget, &out, &taken, &error), STATUS_MEMORY);
    f->budget.limit = SIZE_MAX;
    ASSERT_OK(arrow_export_batch(batch, 2995, &f->budget, &out, &taken, &f->error), f->error);
    assert_int_equal(taken, 5);
    out.release(&out);
    batch_unref(batch);
}

static void test_arrow_export_fails_clean_when_memory_is_short(void **state)
{
    struct fixture *f = *state;
    struct value word = {.type = type_of(TYPE_VARCHAR), .text = STR_LITERAL("a word and another")};
    struct batch *batch = batch_of(f, constant(f, word, 100));
    size_t before = budget_used(&f->budget);
    enum status status = STATUS_MEMORY;
    for (size_t fail_at = 1; status != STATUS_OK; fail_at++) {
        struct ArrowArray out;
        size_t taken;
        f->budget.fail_at = atomic_load(&f->budget.charges) + fail_at;
        status = arrow_export_batch(batch, 0, &f->budget, &out, &taken, &(struct error){0});
        f->budget.fail_at = 0;
        if (status == STATUS_OK)
            out.release(&out);
        assert_int_equal(budget_used(&f->budget), before);
    }
    batch_unref(batch);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_arrow_schema_gives_each_type_its_format),
        TEST(test_arrow_numbers_are_shared_with_the_column),
        TEST(test_arrow_slices_move_validity_along),
        TEST(test_arrow_booleans_become_bits),
        TEST(test_arrow_text_becomes_offsets_and_bytes),
        TEST(test_arrow_constants_and_dictionaries_become_flat),
        TEST(test_arrow_decimals_and_intervals_are_widened),
        TEST(test_arrow_nothing_is_all_null),
        TEST(test_arrow_text_past_two_gigabytes_is_cut_into_arrays),
        TEST(test_arrow_export_fails_clean_when_memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
