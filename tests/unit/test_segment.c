#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/codec.h"
#include "storage/segment_read.h"
#include "storage/segment_write.h"
#include "tests/unit/unit.h"

struct fixture {
    struct budget budget;
    struct arena arena;
    struct clock clock;
    atomic_bool cancel;
    struct context context;
    struct error error;
    char path[64];
};

static int set_up(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof f);
    budget_init(&f.budget, SIZE_MAX);
    assert_int_equal(arena_init(&f.arena, &f.error), STATUS_OK);
    f.context = (struct context){.budget = &f.budget,
                                 .io = &io_system,
                                 .clock = &f.clock,
                                 .cancel = &f.cancel,
                                 .n_threads = 1,
                                 .batch_size = BATCH_ROWS_DEFAULT};
    snprintf(f.path, sizeof f.path, "/tmp/test_segment_%d.weir", (int)getpid());
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    arena_fini(&f->arena);
    assert_int_equal(budget_used(&f->budget), 0);
    return 0;
}

/* ---- Values ---- */

enum pattern {
    PATTERN_CONSTANT,
    PATTERN_FEW,
    PATTERN_RISING,
    PATTERN_NARROW,
    PATTERN_WILD,
    PATTERN_RUNS,
    PATTERN_COUNT
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t number(enum pattern pattern, size_t i)
{
    static const uint64_t extremes[] = {
        0, 1, UINT64_MAX, UINT64_C(1) << 63, INT64_MAX, INT32_MAX, UINT64_C(0xFFFFFFFF80000000)};
    switch (pattern) {
    case PATTERN_CONSTANT:
        return 42;
    case PATTERN_FEW:
        return mix(mix(i) % 5);
    case PATTERN_RISING:
        return UINT64_C(1447700000000) + i * 7 + mix(i) % 7;
    case PATTERN_NARROW:
        return (uint64_t)-100 + mix(i) % 1000;
    case PATTERN_RUNS:
        return mix(i / 700);
    default:
        return i % 11 == 0 ? extremes[mix(i) % ARRAY_LENGTH(extremes)] : mix(i);
    }
}

/* A short text, a long one, an empty one. */
static size_t text_of(uint64_t x, char out[128])
{
    switch (x % 4) {
    case 0:
        return 0;
    case 1:
        return (size_t)snprintf(out, 128, "%llu", (unsigned long long)(x % 100000));
    case 2:
        memset(out, 0xFF, 20);
        return (size_t)(20 + x % 7 - 7);
    default:
        return (size_t)snprintf(out, 128, "https://example.org/item/%llu?channel=%llu&x=%llu",
                                (unsigned long long)x, (unsigned long long)(x % 97),
                                (unsigned long long)(x >> 32));
    }
}

static void store(struct fixture *f, struct column *column, struct text_builder *builder, size_t i,
                  uint64_t x)
{
    switch (type_physical(column->type)) {
    case PHYSICAL_U8:
        ((uint8_t *)column->data)[i] = x & 1;
        break;
    case PHYSICAL_I8:
        ((int8_t *)column->data)[i] = (int8_t)x;
        break;
    case PHYSICAL_I16:
        ((int16_t *)column->data)[i] = (int16_t)x;
        break;
    case PHYSICAL_I32:
        ((int32_t *)column->data)[i] = (int32_t)x;
        break;
    case PHYSICAL_I64:
        ((int64_t *)column->data)[i] = (int64_t)x;
        break;
    case PHYSICAL_I128:
        ((int128_t *)column->data)[i] = (int128_t)((uint128_t)x << 40);
        break;
    case PHYSICAL_F32:
        ((float *)column->data)[i] = x % 13 == 0 ? (float)(0.0 / 0.0) : (float)(int64_t)x;
        break;
    case PHYSICAL_F64:
        ((double *)column->data)[i] = x % 13 == 0 ? -0.0 : (double)(int64_t)x / 8;
        break;
    case PHYSICAL_INTERVAL:
        ((struct interval *)column->data)[i] =
            (struct interval){(int32_t)(x % 12), (int32_t)(x >> 40), (int64_t)x};
        break;
    default: {
        char text[128];
        size_t length = text_of(x, text);
        ASSERT_OK(text_builder_put(builder, i, text, length, &f->error), f->error);
    }
    }
}

/* null_step: every so-manieth row is NULL; 0 none, 1 all. */
static struct column *make_column(struct fixture *f, struct type type, enum pattern pattern,
                                  size_t n, size_t null_step)
{
    struct column *column = NULL;
    struct text_builder builder;
    ASSERT_OK(column_new(type, n, &f->budget, "test", &column, &f->error), f->error);
    memset(column->data, 0, n * type_size(type));
    text_builder_init(&builder, column, "test");
    for (size_t i = 0; i < n; i++)
        store(f, column, &builder, i, number(pattern, i));
    if (null_step > 0 && n > 0) {
        ASSERT_OK(column_add_validity(column, &f->error), f->error);
        for (size_t i = 0; i < n; i += null_step)
            bits_clear(column->validity, i);
    }
    return column;
}

/* ---- Writing and reading ---- */

static void write_batch(struct fixture *f, const struct schema *schema, struct batch *batch,
                        enum compression compression, size_t step, struct segment_summary *summary)
{
    struct segment_writer *writer = NULL;
    struct segment_write_options options = {compression, 0, true};
    ASSERT_OK(segment_writer_open(&f->context, f->path, schema, &options, &writer, &f->error),
              f->error);
    for (size_t at = 0; at < batch->length; at += step) {
        struct batch *part = NULL;
        size_t n = MIN(step, batch->length - at);
        ASSERT_OK(batch_slice(batch, at, n, &part, &f->error), f->error);
        ASSERT_OK(segment_writer_add(writer, part, &f->error), f->error);
        batch_unref(part);
    }
    ASSERT_OK(segment_writer_finish(writer, &f->arena, summary, &f->error), f->error);
}

static void check_rows(const struct column *expected, size_t at, const struct column *got)
{
    assert_true(type_equal(expected->type, got->type));
    for (size_t i = 0; i < got->length; i++)
        if (column_compare(expected, at + i, got, i) != 0)
            fail_msg("row %zu differs (%u)", at + i, expected->type.id);
}

static void check_segment(struct fixture *f, const struct batch *batch, size_t window)
{
    struct segment *segment = NULL;
    struct segment_reader *reader = NULL;
    ASSERT_OK(segment_open(&io_system, f->path, &f->budget, &segment, &f->error), f->error);
    ASSERT_OK(segment_reader_open(&f->context, segment, &reader, &f->error), f->error);
    assert_int_equal(segment->rows, batch->length);
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        struct column *dictionary = NULL;
        size_t row = 0;
        ASSERT_OK(segment_read_dictionary(reader, c, &dictionary, &f->error), f->error);
        for (uint32_t b = 0; b < segment->n_batches; b++) {
            size_t rows = segment->batch_rows[b];
            for (size_t at = 0; at < rows; at += window) {
                struct column *column = NULL;
                size_t n = MIN(window, rows - at);
                ASSERT_OK(segment_read_column(reader, b, c, at, n, UINT32_MAX, dictionary, &column,
                                              &f->error),
                          f->error);
                check_rows(batch->columns[c], row + at, column);
                column_unref(column);
            }
            row += rows;
        }
        column_unref(dictionary);
    }
    segment_reader_close(reader);
    segment_close(segment);
    struct segment_report report;
    ASSERT_OK(segment_verify(&f->context, f->path, &report, &f->error), f->error);
    assert_int_equal(report.rows, batch->length);
}

static const struct type *all_types(size_t *n)
{
    static struct type types[TYPE_COUNT + 1];
    for (unsigned i = 0; i < TYPE_COUNT; i++)
        types[i] = type_of((enum type_id)i);
    types[TYPE_DECIMAL] = type_decimal(18, 2);
    types[TYPE_COUNT] = type_decimal(38, 4);
    types[TYPE_TIMESTAMP] = type_timestamp(TYPE_TIMESTAMP, 9);
    *n = ARRAY_LENGTH(types);
    return types;
}

static struct batch *make_batch(struct fixture *f, struct schema *schema, enum pattern pattern,
                                size_t n, size_t null_step)
{
    size_t n_types;
    const struct type *types = all_types(&n_types);
    static struct field fields[TYPE_COUNT + 1];
    static char names[TYPE_COUNT + 1][16];
    struct batch *batch = NULL;
    ASSERT_OK(batch_new((uint32_t)n_types, n, 0, &f->budget, &batch, &f->error), f->error);
    for (uint32_t c = 0; c < n_types; c++) {
        snprintf(names[c], sizeof names[c], "c%u", c);
        fields[c] = (struct field){names[c], types[c], false};
        bool is_null = types[c].id == TYPE_NULL;
        batch->columns[c] = make_column(f, types[c], pattern, n, is_null ? 1 : null_step);
    }
    *schema = (struct schema){fields, (uint32_t)n_types};
    return batch;
}

static void test_segment_all_types_come_back(void **state)
{
    struct fixture *f = *state;
    static const size_t counts[] = {0, 1, 2, 2047, 2048, 2049, 4097};
    static const size_t null_steps[] = {0, 1, 3};
    for (int pattern = 0; pattern < PATTERN_COUNT; pattern++) {
        for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
            for (size_t k = 0; k < ARRAY_LENGTH(null_steps); k++) {
                struct schema schema;
                struct segment_summary summary;
                struct batch *batch =
                    make_batch(f, &schema, (enum pattern)pattern, counts[i], null_steps[k]);
                write_batch(f, &schema, batch, (enum compression)(i % 3), 777, &summary);
                assert_int_equal(summary.rows, counts[i]);
                check_segment(f, batch, k == 0 ? 2048 : 4096);
                batch_unref(batch);
            }
        }
    }
}

static void test_segment_batches_end_at_65536_rows(void **state)
{
    struct fixture *f = *state;
    static const size_t counts[] = {65536, 65537};
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
        for (int pattern = PATTERN_FEW; pattern < PATTERN_COUNT; pattern++) {
            struct schema schema;
            struct segment_summary summary;
            struct batch *batch =
                make_batch(f, &schema, (enum pattern)pattern, counts[i], i % 2 ? 5 : 0);
            write_batch(f, &schema, batch, COMPRESSION_BALANCED, 30000, &summary);
            check_segment(f, batch, 4096);
            batch_unref(batch);
        }
    }
}

static void test_segment_summary_has_bounds_and_counts(void **state)
{
    struct fixture *f = *state;
    struct schema schema;
    struct segment_summary summary;
    struct field fields[] = {{"ts", type_of(TYPE_TIMESTAMP), true},
                             {"name", type_of(TYPE_VARCHAR), false}};
    struct batch *batch = NULL;
    enum { N = 100000 };
    schema = (struct schema){fields, 2};
    ASSERT_OK(batch_new(2, N, 0, &f->budget, &batch, &f->error), f->error);
    batch->columns[0] = make_column(f, fields[0].type, PATTERN_RISING, N, 0);
    batch->columns[1] = make_column(f, fields[1].type, PATTERN_FEW, N, 10);
    write_batch(f, &schema, batch, COMPRESSION_BALANCED, N, &summary);
    assert_true(summary.has_time);
    assert_int_equal(summary.min_time, ((int64_t *)batch->columns[0]->data)[0]);
    assert_int_equal(summary.max_time, ((int64_t *)batch->columns[0]->data)[N - 1]);
    assert_int_equal(summary.columns[1].nulls, N / 10);
    assert_true(summary.columns[0].distinct > N * 0.9 && summary.columns[0].distinct < N * 1.1);
    struct segment *segment = NULL;
    ASSERT_OK(segment_open(&io_system, f->path, &f->budget, &segment, &f->error), f->error);
    struct chunk chunk = segment_chunk(segment, 0, 0);
    assert_true(chunk.flags & CHUNK_ASCENDING);
    chunk = segment_chunk(segment, 0, 1);
    assert_int_equal(chunk.encoding, ENCODING_DICTIONARY);
    assert_int_equal(segment->columns[1].dictionary_length, summary.columns[1].distinct);
    assert_true(summary.columns[1].distinct >= 2 && summary.columns[1].distinct <= 5);
    segment_close(segment);
    batch_unref(batch);
}

static void test_segment_dictionary_is_given_up(void **state)
{
    struct fixture *f = *state;
    enum { N = 150000 };
    struct field field = {"name", type_of(TYPE_VARCHAR), false};
    struct schema schema = {&field, 1};
    struct segment_summary summary;
    struct batch *batch = NULL;
    ASSERT_OK(batch_new(1, N, 0, &f->budget, &batch, &f->error), f->error);
    ASSERT_OK(column_new(field.type, N, &f->budget, "test", &batch->columns[0], &f->error),
              f->error);
    struct text_builder builder;
    text_builder_init(&builder, batch->columns[0], "test");
    for (size_t i = 0; i < N; i++)
        store(f, batch->columns[0], &builder, i, i < 70000 ? mix(i % 9) : mix(i));
    ASSERT_OK(column_add_validity(batch->columns[0], &f->error), f->error);
    for (size_t i = 0; i < N; i += 7)
        bits_clear(batch->columns[0]->validity, i);
    write_batch(f, &schema, batch, COMPRESSION_BALANCED, 9999, &summary);
    check_segment(f, batch, 4096);
    batch_unref(batch);
}

/* ---- Damage ---- */

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *data = malloc(*size + 1);
    assert_int_equal(fread(data, 1, *size, file), *size);
    fclose(file);
    return data;
}

static void write_file(const char *path, const char *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

/* True if all rows came; they must then be right. */
static bool try_segment(struct fixture *f, const struct batch *batch)
{
    struct segment *segment = NULL;
    struct segment_reader *reader = NULL;
    struct error error = {0};
    bool fine = segment_open(&io_system, f->path, &f->budget, &segment, &error) == STATUS_OK;
    fine = fine && segment_reader_open(&f->context, segment, &reader, &error) == STATUS_OK;
    size_t row = 0;
    if (fine && (segment->n_columns != batch->n_columns || segment->rows != batch->length))
        fail_msg("another shape");
    for (uint32_t c = 0; fine && c < batch->n_columns; c++) {
        struct column *dictionary = NULL;
        fine = segment_read_dictionary(reader, c, &dictionary, &error) == STATUS_OK;
        row = 0;
        for (uint32_t b = 0; fine && b < segment->n_batches; b++) {
            struct column *column = NULL;
            size_t n = segment->batch_rows[b];
            fine = segment_read_column(reader, b, c, 0, n, UINT32_MAX, dictionary, &column,
                                       &error) == STATUS_OK;
            if (fine)
                check_rows(batch->columns[c], row, column);
            column_unref(column);
            row += n;
        }
        column_unref(dictionary);
    }
    if (!fine)
        assert_true(error.message[0] != '\0');
    segment_reader_close(reader);
    segment_close(segment);
    return fine;
}

static struct batch *small_file(struct fixture *f, enum pattern pattern)
{
    struct schema schema;
    struct segment_summary summary;
    struct batch *batch = make_batch(f, &schema, pattern, 40, 9);
    write_batch(f, &schema, batch, COMPRESSION_BALANCED, 300, &summary);
    return batch;
}

static void test_segment_each_byte_flipped_is_found(void **state)
{
    struct fixture *f = *state;
    static const enum pattern patterns[] = {PATTERN_FEW, PATTERN_NARROW};
    for (size_t p = 0; p < ARRAY_LENGTH(patterns); p++) {
        struct batch *batch = small_file(f, patterns[p]);
        size_t size, unnoticed = 0;
        char *data = read_file(f->path, &size);
        for (size_t i = 0; i < size; i++) {
            for (int bit = (int)(i % 8), once = 1; once; once = 0) {
                data[i] = (char)(data[i] ^ (1 << bit));
                write_file(f->path, data, size);
                unnoticed += try_segment(f, batch);
                data[i] = (char)(data[i] ^ (1 << bit));
            }
        }
        assert_int_equal(unnoticed, 0);
        free(data);
        batch_unref(batch);
    }
}

static void test_segment_each_truncation_is_found(void **state)
{
    struct fixture *f = *state;
    struct batch *batch = small_file(f, PATTERN_WILD);
    size_t size;
    char *data = read_file(f->path, &size);
    for (size_t i = 0; i < size; i++) {
        write_file(f->path, data, i);
        assert_false(try_segment(f, batch));
    }
    free(data);
    batch_unref(batch);
}

/* Footers that are wrong under a right checksum: nothing may be believed. */
static void test_segment_forged_footer_does_not_crash(void **state)
{
    struct fixture *f = *state;
    struct batch *batch = small_file(f, PATTERN_FEW);
    size_t size;
    char *data = read_file(f->path, &size), *copy = malloc(size);
    uint64_t length;
    memcpy(&length, data + size - SEGMENT_TAIL_SIZE, sizeof length);
    size_t start = size - SEGMENT_TAIL_SIZE - (size_t)length;
    for (size_t i = start; i < size - SEGMENT_TAIL_SIZE; i++) {
        static const uint8_t values[] = {1, 0xFF};
        for (size_t k = 0; k < ARRAY_LENGTH(values); k++) {
            memcpy(copy, data, size);
            copy[i] = (char)values[k];
            uint64_t hash = codec_hash(copy + start, (size_t)length);
            memcpy(copy + size - SEGMENT_TAIL_SIZE + 8, &hash, sizeof hash);
            write_file(f->path, copy, size);
            struct segment_report report;
            struct error error = {0};
            enum status status = segment_verify(&f->context, f->path, &report, &error);
            assert_true(status == STATUS_OK || error.message[0] != '\0');
        }
    }
    free(data);
    free(copy);
    batch_unref(batch);
}

/* ---- Refusals ---- */

static void test_segment_each_failing_call_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct schema schema;
    struct batch *batch = make_batch(f, &schema, PATTERN_FEW, 5000, 3);
    struct segment_write_options options = {COMPRESSION_BALANCED, SEGMENT_NO_COLUMN, false};
    bool done = false;
    for (size_t fail_at = 1; !done; fail_at++) {
        struct io_faulty faulty;
        struct error error = {0};
        struct segment_writer *writer = NULL;
        struct segment_summary summary;
        io_faulty_init(&faulty, fail_at, 28);
        struct context context = f->context;
        context.io = &faulty.io;
        enum status status =
            segment_writer_open(&context, f->path, &schema, &options, &writer, &error);
        if (status == STATUS_OK) {
            status = segment_writer_add(writer, batch, &error);
            if (status != STATUS_OK)
                segment_writer_abort(writer);
            else
                status = segment_writer_finish(writer, &f->arena, &summary, &error);
        }
        done = faulty.calls < fail_at;
        assert_int_equal(status == STATUS_OK, done);
        if (!done)
            assert_false(io_exists(&io_system, f->path, NULL));
    }
    batch_unref(batch);
}

static void test_segment_each_refused_charge_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct schema schema;
    struct batch *batch = make_batch(f, &schema, PATTERN_FEW, 3000, 3);
    struct segment_write_options options = {COMPRESSION_BALANCED, SEGMENT_NO_COLUMN, true};
    bool done = false;
    for (size_t fail_at = 1; !done; fail_at++) {
        struct budget budget;
        struct error error = {0};
        struct segment_writer *writer = NULL;
        struct segment_summary summary;
        struct segment_report report;
        budget_init(&budget, SIZE_MAX);
        budget.fail_at = fail_at;
        struct context context = f->context;
        context.budget = &budget;
        enum status status =
            segment_writer_open(&context, f->path, &schema, &options, &writer, &error);
        if (status == STATUS_OK) {
            status = segment_writer_add(writer, batch, &error);
            if (status != STATUS_OK)
                segment_writer_abort(writer);
            else
                status = segment_writer_finish(writer, &f->arena, &summary, &error);
        }
        if (status == STATUS_OK)
            status = segment_verify(&context, f->path, &report, &error);
        done = atomic_load(&budget.charges) < fail_at;
        assert_true(status == STATUS_OK || error.status == STATUS_MEMORY);
        assert_int_equal(budget_used(&budget), 0);
    }
    batch_unref(batch);
}

static void test_segment_foreign_and_newer_files_are_refused(void **state)
{
    struct fixture *f = *state;
    struct batch *batch = small_file(f, PATTERN_NARROW);
    struct segment *segment = NULL;
    struct error error = {0};
    size_t size;
    char *data = read_file(f->path, &size);
    data[8] = 2;
    write_file(f->path, data, size);
    assert_int_equal(segment_open(&io_system, f->path, &f->budget, &segment, &error),
                     STATUS_UNSUPPORTED);
    memset(data, 'x', size);
    write_file(f->path, data, size);
    error_clear(&error);
    assert_int_equal(segment_open(&io_system, f->path, &f->budget, &segment, &error), STATUS_DATA);
    assert_non_null(strstr(error.message, "is not a weir data file"));
    free(data);
    batch_unref(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_segment_all_types_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_segment_batches_end_at_65536_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_segment_summary_has_bounds_and_counts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_segment_dictionary_is_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_segment_each_byte_flipped_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_segment_each_truncation_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_segment_forged_footer_does_not_crash, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_segment_each_failing_call_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_segment_each_refused_charge_is_an_error, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_segment_foreign_and_newer_files_are_refused, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
