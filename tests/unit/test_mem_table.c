#include "storage/mem_table.h"
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/thread.h"

struct fixture {
    struct budget session, query; /* the table is charged to one, its input to the other */
    struct arena arena;
    struct schema schema;
    struct field fields[2];
    struct context context;
    atomic_bool cancel;
    struct error error;
    struct mem_table *table;
};

static int set_up(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof f);
    budget_init(&f.session, SIZE_MAX);
    budget_init(&f.query, SIZE_MAX);
    f.fields[0] = (struct field){"n", type_of(TYPE_BIGINT), true};
    f.fields[1] = (struct field){"s", type_of(TYPE_VARCHAR), false};
    f.schema = (struct schema){f.fields, 2};
    f.context = (struct context){
        .budget = &f.query, .cancel = &f.cancel, .n_threads = 1, .batch_size = 1024};
    *state = &f;
    if (arena_init(&f.arena, &f.error) != STATUS_OK)
        return -1;
    return mem_table_new(&f.schema, &f.session, &f.table, &f.error) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    mem_table_unref(f->table);
    arena_fini(&f->arena);
    assert_int_equal(budget_used(&f->session), 0);
    assert_int_equal(budget_used(&f->query), 0);
    return 0;
}

/* Rows first .. first+n-1: the number, and a long text of it; each third text is NULL. */
static struct batch *make_batch(struct fixture *f, size_t first, size_t n)
{
    struct batch *batch = NULL;
    ASSERT_OK(batch_new(2, n, 0, &f->query, &batch, &f->error), f->error);
    ASSERT_OK(column_new(f->fields[0].type, n, &f->query, "test", &batch->columns[0], &f->error),
              f->error);
    ASSERT_OK(column_new(f->fields[1].type, n, &f->query, "test", &batch->columns[1], &f->error),
              f->error);
    struct column *texts = batch->columns[1];
    struct text_builder builder;
    text_builder_init(&builder, texts, "test");
    ASSERT_OK(column_add_validity(texts, &f->error), f->error);
    for (size_t i = 0; i < n; i++) {
        ((int64_t *)batch->columns[0]->data)[i] = (int64_t)(first + i);
        char text[64];
        int length = snprintf(text, sizeof text, "a text of some length: %zu", first + i);
        if ((first + i) % 3 == 0) {
            bits_clear(texts->validity, i);
            length = 0;
        }
        ASSERT_OK(text_builder_put(&builder, i, text, (size_t)length, &f->error), f->error);
    }
    return batch;
}

static void append(struct fixture *f, size_t first, size_t n)
{
    struct batch *batch = make_batch(f, first, n);
    ASSERT_OK(mem_table_append(f->table, &batch, 1, &f->error), f->error);
    batch_unref(batch);
}

/* Reads both columns, the text first, and checks that they are rows first .. first+n-1. */
static void assert_rows(struct fixture *f, struct source *source, size_t first, size_t n)
{
    const uint32_t columns[] = {1, 0};
    struct scan_request request = {.columns = columns, .n_columns = 2, .row_limit = UINT64_MAX};
    struct scan *scan = NULL;
    struct reader *reader = NULL;
    ASSERT_OK(source->ops->scan_open(source, &request, &f->context, &scan, &f->error), f->error);
    ASSERT_OK(scan->ops->reader_open(scan, &reader, &f->error), f->error);
    uint64_t morsel, expected_morsel = 0;
    bool more;
    size_t row = first;
    for (;;) {
        ASSERT_OK(reader->ops->next_morsel(reader, &morsel, &more, &f->error), f->error);
        if (!more)
            break;
        assert_int_equal(morsel, expected_morsel++);
        struct batch *batch;
        for (;;) {
            ASSERT_OK(reader->ops->next(reader, &batch, &f->error), f->error);
            if (!batch)
                break;
            assert_true(batch->length > 0 && batch->length <= f->context.batch_size);
            assert_int_equal(batch->morsel, morsel);
            for (size_t i = 0; i < batch->length; i++, row++) {
                assert_int_equal(((int64_t *)batch->columns[1]->data)[i], row);
                assert_int_equal(column_is_null(batch->columns[0], i), row % 3 == 0);
                if (row % 3 == 0)
                    continue;
                char text[64];
                int length = snprintf(text, sizeof text, "a text of some length: %zu", row);
                const struct text *t = (struct text *)batch->columns[0]->data + i;
                assert_int_equal(t->length, length);
                assert_memory_equal(text_data(t), text, (size_t)length);
            }
            batch_unref(batch);
        }
    }
    assert_int_equal(row - first, n);
    assert_int_equal(atomic_load(&scan->stats.rows), n);
    reader->ops->close(reader);
    scan->ops->close(scan);
}

static struct source *open_source(struct fixture *f)
{
    struct source *source = NULL;
    ASSERT_OK(mem_table_source(&f->arena, f->table, &source, &f->error), f->error);
    return source;
}

static void assert_table(struct fixture *f, size_t first, size_t n)
{
    assert_int_equal(mem_table_rows(f->table), n);
    struct source *source = open_source(f);
    assert_rows(f, source, first, n);
    source->ops->close(source);
}

static void test_mem_table_empty_has_no_rows(void **state)
{
    struct fixture *f = *state;
    assert_table(f, 0, 0);
    append(f, 0, 0);
    assert_table(f, 0, 0);
    assert_int_equal(schema_find(mem_table_schema(f->table), STR_LITERAL("S")), 1);
    ASSERT_OK(mem_table_replace(f->table, NULL, 0, &f->error), f->error);
    assert_table(f, 0, 0);
}

static void test_mem_table_rows_keep_their_order_in_any_batch_size(void **state)
{
    struct fixture *f = *state;
    size_t n = 0;
    static const size_t lengths[] = {1, 1, 1, 5000, 3, 70000, 2, 2000, 1500, 4096, 1};
    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
        append(f, n, lengths[i]);
        n += lengths[i];
    }
    static const unsigned sizes[] = {1, 7, 1024, 4096, 65536};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        f->context.batch_size = sizes[i];
        assert_table(f, 0, n);
    }
}

static void test_mem_table_small_appends_are_put_together(void **state)
{
    struct fixture *f = *state;
    enum { ROWS = 9000 };
    for (size_t i = 0; i < ROWS; i++)
        append(f, i, 1);
    assert_table(f, 0, ROWS);
    /* Well below what nine thousand batches of a row each would take. */
    assert_true(budget_used(&f->session) < 200 * ROWS);
    assert_true(mem_table_bytes(f->table) <= budget_used(&f->session));
}

static void test_mem_table_source_sees_the_rows_of_its_opening(void **state)
{
    struct fixture *f = *state;
    append(f, 0, 10);
    struct source *ten = open_source(f);
    append(f, 10, 10000);
    struct source *all = open_source(f);
    struct batch *other = make_batch(f, 500, 3);
    ASSERT_OK(mem_table_replace(f->table, &other, 1, &f->error), f->error);
    batch_unref(other);
    assert_rows(f, ten, 0, 10);
    assert_rows(f, all, 0, 10010);
    assert_table(f, 500, 3);
    mem_table_unref(f->table); /* DROP */
    f->table = NULL;
    assert_rows(f, ten, 0, 10);
    ten->ops->close(ten);
    all->ops->close(all);
    ASSERT_OK(mem_table_new(&f->schema, &f->session, &f->table, &f->error), f->error);
}

static void test_mem_table_describes_itself(void **state)
{
    struct fixture *f = *state;
    append(f, 0, 12);
    struct source *source = open_source(f);
    struct strbuf sb;
    strbuf_init(&sb, &f->arena);
    source->ops->describe(source, &(struct scan_request){0}, &sb);
    assert_string_equal(sb.data, "memory, 12 rows");
    source->ops->close(source);
}

static void test_mem_table_append_fails_whole_when_memory_is_short(void **state)
{
    struct fixture *f = *state;
    append(f, 0, 100);
    struct batch *batches[] = {make_batch(f, 100, 50), make_batch(f, 150, 5000),
                               make_batch(f, 5150, 10)};
    size_t failures = 0;
    for (size_t fail_at = 1;; fail_at++) {
        struct error error = {0};
        f->session.fail_at = atomic_load(&f->session.charges) + fail_at;
        enum status status = mem_table_append(f->table, batches, 3, &error);
        f->session.fail_at = 0;
        if (status == STATUS_OK)
            break;
        assert_int_equal(status, STATUS_MEMORY);
        assert_int_equal(mem_table_rows(f->table), 100);
        failures++;
    }
    assert_true(failures > 5);
    assert_table(f, 0, 5160);
    for (size_t i = 0; i < 3; i++)
        batch_unref(batches[i]);
}

static void test_mem_table_scan_counts_rows_without_columns_and_stops_at_its_limit(void **state)
{
    struct fixture *f = *state;
    append(f, 0, 70000);
    append(f, 70000, 70000);
    struct source *source = open_source(f);
    struct scan_request request = {.row_limit = 10};
    struct scan *scan = NULL;
    struct reader *reader = NULL;
    ASSERT_OK(source->ops->scan_open(source, &request, &f->context, &scan, &f->error), f->error);
    ASSERT_OK(scan->ops->reader_open(scan, &reader, &f->error), f->error);
    uint64_t morsel;
    bool more = true;
    size_t rows = 0;
    for (;;) {
        ASSERT_OK(reader->ops->next_morsel(reader, &morsel, &more, &f->error), f->error);
        struct batch *batch = NULL;
        if (!more)
            break;
        while (reader->ops->next(reader, &batch, &f->error) == STATUS_OK && batch) {
            assert_int_equal(batch->n_columns, 0);
            rows += batch->length;
            batch_unref(batch);
        }
    }
    assert_int_equal(rows, MEM_TABLE_MORSEL_ROWS);
    atomic_store(&f->cancel, true);
    struct batch *batch = NULL;
    assert_int_equal(reader->ops->next(reader, &batch, &(struct error){0}), STATUS_CANCELLED);
    atomic_store(&f->cancel, false);
    reader->ops->close(reader);
    scan->ops->close(scan);
    source->ops->close(source);
}

struct race {
    struct fixture *f;
    atomic_bool stop;
};

static void read_often(void *argument)
{
    struct race *race = argument;
    struct fixture *f = race->f;
    struct arena arena;
    struct error error = {0};
    assert(arena_init(&arena, &error) == STATUS_OK);
    while (!atomic_load(&race->stop)) {
        struct source *source = NULL;
        assert(mem_table_source(&arena, f->table, &source, &error) == STATUS_OK);
        assert_rows(f, source, 0, (size_t)source->rows_estimate);
        source->ops->close(source);
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

static void test_mem_table_readers_and_a_writer_do_not_disturb_each_other(void **state)
{
    struct fixture *f = *state;
    struct race race = {.f = f};
    struct thread threads[2];
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        ASSERT_OK(thread_start(&threads[i], read_often, &race, &f->error), f->error);
    size_t n = 0;
    for (size_t i = 0; i < 300; i++) {
        size_t length = i % 50 == 49 ? 5000 : i % 7 + 1;
        append(f, n, length);
        n += length;
    }
    atomic_store(&race.stop, true);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        thread_join(&threads[i]);
    assert_table(f, 0, n);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mem_table_empty_has_no_rows),
        TEST(test_mem_table_rows_keep_their_order_in_any_batch_size),
        TEST(test_mem_table_small_appends_are_put_together),
        TEST(test_mem_table_source_sees_the_rows_of_its_opening),
        TEST(test_mem_table_describes_itself),
        TEST(test_mem_table_append_fails_whole_when_memory_is_short),
        TEST(test_mem_table_scan_counts_rows_without_columns_and_stops_at_its_limit),
        TEST(test_mem_table_readers_and_a_writer_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
