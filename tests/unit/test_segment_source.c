#include <stdio.h>
#include <unistd.h>

#include "storage/segment_source.h"
#include "storage/segment_write.h"
#include "tests/unit/unit.h"

enum { FILES = 3, FILE_ROWS = 100000, FIELDS = 3 };

/* Three files of (id BIGINT rising, name VARCHAR of nine, day INTEGER constant a file). */
struct fixture {
    struct budget budget;
    struct arena arena;
    struct clock clock;
    atomic_bool cancel;
    struct context context;
    struct error error;
    char paths[FILES][64];
    struct field fields[FIELDS];
    struct schema schema;
    int32_t columns[FIELDS];
    struct value constants[FILES][FIELDS];
    struct segment_file files[FILES];
    struct source *source;
};

static void write_one(struct fixture *f, int file)
{
    struct schema stored = {f->fields, 2};
    struct segment_write_options options = {COMPRESSION_BALANCED, 0, true};
    struct segment_writer *writer = NULL;
    struct segment_summary summary;
    struct batch *batch = NULL;
    ASSERT_OK(batch_new(2, FILE_ROWS, 0, &f->budget, &batch, &f->error), f->error);
    for (uint32_t c = 0; c < 2; c++)
        ASSERT_OK(column_new(f->fields[c].type, FILE_ROWS, &f->budget, "test", &batch->columns[c],
                             &f->error),
                  f->error);
    for (size_t i = 0; i < FILE_ROWS; i++) {
        static const char names[9][24] = {"a", "bb", "a name of some length", "c", "d", "e", "f",
                                          "g", "h"};
        ((int64_t *)batch->columns[0]->data)[i] = (int64_t)(file * FILE_ROWS + (int)i);
        ((struct text *)batch->columns[1]->data)[i] =
            text_view(names[i % 9], strnlen(names[i % 9], 24));
    }
    ASSERT_OK(
        segment_writer_open(&f->context, f->paths[file], &stored, &options, &writer, &f->error),
        f->error);
    ASSERT_OK(segment_writer_add(writer, batch, &f->error), f->error);
    ASSERT_OK(segment_writer_finish(writer, &f->arena, &summary, &f->error), f->error);
    batch_unref(batch);
}

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
    f.fields[0] = (struct field){"id", type_of(TYPE_BIGINT), true};
    f.fields[1] = (struct field){"name", type_of(TYPE_VARCHAR), false};
    f.fields[2] = (struct field){"day", type_of(TYPE_INTEGER), false};
    f.schema = (struct schema){f.fields, FIELDS};
    f.columns[0] = 0;
    f.columns[1] = 1;
    f.columns[2] = -1;
    for (int i = 0; i < FILES; i++) {
        snprintf(f.paths[i], sizeof f.paths[i], "/tmp/test_segment_source_%d_%d.weir",
                 (int)getpid(), i);
        write_one(&f, i);
        f.constants[i][2] = (struct value){.type = f.fields[2].type, .i64 = 20 + i};
        f.files[i] = (struct segment_file){.path = f.paths[i],
                                           .rows = FILE_ROWS,
                                           .columns = f.columns,
                                           .constants = f.constants[i]};
    }
    ASSERT_OK(segment_source_open(&f.arena, "t", f.files, FILES, &f.schema, &f.context, &f.source,
                                  &f.error),
              f.error);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->source->ops->close(f->source);
    for (int i = 0; i < FILES; i++)
        unlink(f->paths[i]);
    arena_fini(&f->arena);
    assert_int_equal(budget_used(&f->budget), 0);
    return 0;
}

/* Rows given, and those of them that pass; each batch is as long as it should be, ids rise. */
struct count {
    size_t rows, passing;
    int64_t sum;
};

static bool passes(const struct batch *batch, size_t row, const struct scan_predicate *predicate)
{
    struct column *constant = NULL;
    struct budget budget;
    struct error error = {0};
    budget_init(&budget, SIZE_MAX);
    ASSERT_OK(value_to_column(&predicate->value, 1, &budget, &constant, &error), error);
    int order = column_compare(batch->columns[predicate->column], row, constant, 0);
    column_unref(constant);
    switch (predicate->op) {
    case COMPARE_EQ:
        return order == 0;
    case COMPARE_NE:
        return order != 0;
    case COMPARE_LT:
        return order < 0;
    case COMPARE_LE:
        return order <= 0;
    case COMPARE_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

static struct count scan(struct fixture *f, const struct scan_predicate *predicates, uint32_t n)
{
    static const uint32_t columns[] = {0, 1, 2};
    struct scan_request request = {.columns = columns,
                                   .n_columns = FIELDS,
                                   .predicates = predicates,
                                   .n_predicates = n,
                                   .row_limit = UINT64_MAX};
    struct scan *scan = NULL;
    struct reader *reader = NULL;
    struct count count = {0};
    ASSERT_OK(f->source->ops->scan_open(f->source, &request, &f->context, &scan, &f->error),
              f->error);
    ASSERT_OK(scan->ops->reader_open(scan, &reader, &f->error), f->error);
    int64_t last = -1;
    for (;;) {
        uint64_t morsel;
        bool more;
        ASSERT_OK(reader->ops->next_morsel(reader, &morsel, &more, &f->error), f->error);
        if (!more)
            break;
        for (;;) {
            struct batch *batch = NULL;
            ASSERT_OK(reader->ops->next(reader, &batch, &f->error), f->error);
            if (!batch)
                break;
            assert_true(batch->length > 0 && batch->length <= f->context.batch_size);
            for (size_t i = 0; i < batch->length; i++) {
                int64_t id = ((const int64_t *)batch->columns[0]->data)[i];
                assert_true(id > last);
                last = id;
                bool all = true;
                for (uint32_t p = 0; p < n; p++)
                    all = all && passes(batch, i, &predicates[p]);
                count.rows++;
                count.passing += all;
                count.sum += all ? id : 0;
            }
            batch_unref(batch);
        }
    }
    reader->ops->close(reader);
    scan->ops->close(scan);
    return count;
}

static struct value bigint(int64_t x)
{
    return (struct value){.type = type_of(TYPE_BIGINT), .i64 = x};
}

static void test_segment_source_gives_all_rows_in_order(void **state)
{
    struct fixture *f = *state;
    static const unsigned sizes[] = {7, 1024, 4096, 65536};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        f->context.batch_size = sizes[i];
        struct count count = scan(f, NULL, 0);
        assert_int_equal(count.rows, FILES * FILE_ROWS);
        assert_int_equal(count.sum, (int64_t)FILES * FILE_ROWS * (FILES * FILE_ROWS - 1) / 2);
    }
}

static void test_segment_source_prunes_and_selects(void **state)
{
    struct fixture *f = *state;
    struct scan_predicate range[] = {
        {0, COMPARE_GE, false, bigint(170000)},
        {0, COMPARE_LT, false, bigint(170010)},
    };
    struct count count = scan(f, range, 2);
    assert_int_equal(count.passing, 10);
    assert_int_equal(count.rows, 10);
    struct scan_predicate name = {
        1, COMPARE_EQ, false, {.type = type_of(TYPE_VARCHAR), .text = STR_LITERAL("bb")}};
    count = scan(f, &name, 1);
    assert_int_equal(count.rows, 3 * 11111);
    assert_int_equal(count.passing, count.rows);
    name.op = COMPARE_NE;
    assert_int_equal(scan(f, &name, 1).passing, FILES * FILE_ROWS - count.passing);
    name.op = COMPARE_LE;
    size_t at_most = scan(f, &name, 1).passing;
    name.op = COMPARE_GT;
    assert_int_equal(scan(f, &name, 1).passing, FILES * FILE_ROWS - at_most);
    name.op = COMPARE_EQ;
    name.value.text = STR_LITERAL("nobody");
    assert_int_equal(scan(f, &name, 1).rows, 0);
}

static void test_segment_source_prunes_by_constants(void **state)
{
    struct fixture *f = *state;
    struct scan_predicate day = {2, COMPARE_EQ, false, {.type = type_of(TYPE_INTEGER), .i64 = 21}};
    struct count count = scan(f, &day, 1);
    assert_int_equal(count.rows, FILE_ROWS);
    assert_int_equal(count.passing, FILE_ROWS);
    uint32_t columns[] = {0};
    struct scan_request request = {.columns = columns,
                                   .n_columns = 1,
                                   .predicates = &day,
                                   .n_predicates = 1,
                                   .row_limit = UINT64_MAX};
    struct strbuf text;
    strbuf_init(&text, &f->arena);
    f->source->ops->describe(f->source, &request, &text);
    assert_string_equal(text.data, "table t, 1 of 3 files, 2 of 2 batches");
}

static void test_segment_source_missing_file_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct scan_request request = {.n_columns = 0, .n_predicates = 0, .row_limit = UINT64_MAX};
    struct scan *scan = NULL;
    struct error error = {0};
    unlink(f->paths[1]);
    assert_int_equal(f->source->ops->scan_open(f->source, &request, &f->context, &scan, &error),
                     STATUS_IO);
    assert_null(scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_segment_source_gives_all_rows_in_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_segment_source_prunes_and_selects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_segment_source_prunes_by_constants, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_segment_source_missing_file_is_an_error, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
