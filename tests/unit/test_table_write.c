#include "exec/table_write.h"
#include "storage/segment_source.h"
#include "tests/unit/database_fixture.h"

struct fixture {
    struct database_fixture base;
    struct clock clock;
    atomic_bool cancel;
    struct context context;
};

static int set_up(void **state)
{
    static struct fixture f;
    *state = &f;
    int result = fixture_set_up(&f.base);
    f.context = (struct context){.budget = &f.base.budget,
                                 .io = &io_system,
                                 .clock = &f.clock,
                                 .cancel = &f.cancel,
                                 .n_threads = 1,
                                 .batch_size = BATCH_ROWS_DEFAULT};
    atomic_store(&f.cancel, false);
    return result;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    return fixture_tear_down(&f->base);
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Row i of an input: its day, its n, whether n is NULL. */
struct row {
    int32_t day;
    int64_t n;
    bool is_null;
};
typedef struct row (*row_fn)(uint64_t i);

struct sums {
    uint64_t rows, n, names, nulls;
};

static size_t name_of(const struct row *row, char out[64])
{
    return (size_t)snprintf(out, 64, "row %lld of day %d%s", (long long)row->n, row->day,
                            row->n % 2 ? ", with a longer name" : "");
}

static uint64_t sum_of(const char *data, size_t length)
{
    uint64_t sum = length;
    for (size_t i = 0; i < length; i++)
        sum = mix(sum + (uint8_t)data[i]);
    return sum;
}

static struct batch *make_batch(struct fixture *f, row_fn fn, uint64_t from, size_t n,
                                struct sums *sums)
{
    struct batch *batch = NULL;
    struct error *error = &f->base.error;
    ASSERT_OK(batch_new(3, n, 0, &f->base.budget, &batch, error), *error);
    for (int c = 0; c < 3; c++)
        ASSERT_OK(column_new(f->base.fields[c].type, n, &f->base.budget, "test", &batch->columns[c],
                             error),
                  *error);
    ASSERT_OK(column_add_validity(batch->columns[2], error), *error);
    struct text_builder builder;
    text_builder_init(&builder, batch->columns[1], "test");
    for (size_t i = 0; i < n; i++) {
        struct row row = fn(from + i);
        char name[64];
        size_t length = name_of(&row, name);
        ((int32_t *)batch->columns[0]->data)[i] = row.day;
        ((int64_t *)batch->columns[2]->data)[i] = row.is_null ? 0 : row.n;
        bits_put(batch->columns[2]->validity, i, !row.is_null);
        ASSERT_OK(text_builder_put(&builder, i, name, length, error), *error);
        sums->rows++;
        sums->nulls += row.is_null;
        sums->n += row.is_null ? 0 : (uint64_t)row.n;
        sums->names += sum_of(name, length);
    }
    column_trim_validity(batch->columns[2]);
    return batch;
}

/* One INSERT of rows [from, from + n). */
static void insert(struct fixture *f, row_fn fn, uint64_t from, uint64_t n, struct sums *sums)
{
    struct error *error = &f->base.error;
    struct change *change = fixture_change(f->base.db);
    struct stored_table *table = fixture_table(f->base.db, "t");
    struct table_write_options options = {.merge_small = true};
    struct table_writer *writer = NULL;
    uint64_t rows;
    ASSERT_OK(table_writer_open(&f->context, change, table, &options, &writer, error), *error);
    for (uint64_t at = 0; at < n;) {
        size_t m = (size_t)MIN(n - at, UINT64_C(3000));
        struct batch *batch = make_batch(f, fn, from + at, m, sums);
        ASSERT_OK(table_writer_add(writer, batch, error), *error);
        batch_unref(batch);
        at += m;
    }
    ASSERT_OK(table_writer_finish(writer, &rows, error), *error);
    assert_int_equal(rows, n);
    stored_table_unref(table);
    fixture_commit(change);
}

static void check_batch(const struct stored_file *file, const struct batch *batch, int64_t *last,
                        bool partitioned, struct sums *sums)
{
    const struct column *n = batch->columns[2], *name = batch->columns[1];
    for (size_t i = 0; i < batch->length; i++) {
        struct arena none;
        struct error error = {0};
        ASSERT_OK(arena_init(&none, &error), error);
        struct value day = value_of_column(batch->columns[0], i, &none);
        struct value value = value_of_column(n, i, &none);
        struct value text = value_of_column(name, i, &none);
        if (partitioned)
            assert_int_equal(value_compare(&day, &file->partition[0]), 0);
        int64_t key = value.is_null ? INT64_MIN : value.i64;
        assert_true(key >= *last);
        *last = key;
        sums->rows++;
        sums->nulls += value.is_null;
        sums->n += value.is_null ? 0 : (uint64_t)value.i64;
        sums->names += sum_of(text.text.data, text.text.length);
        arena_fini(&none);
    }
}

/* Reads a file whole: in order, and of one partition. */
static void check_file(struct fixture *f, const struct stored_file *file,
                       const struct schema *schema, bool partitioned, struct sums *sums)
{
    struct error *error = &f->base.error;
    struct source *source = NULL;
    struct scan *scan = NULL;
    struct reader *reader = NULL;
    struct segment_file *segment = ARENA_NEW(&f->base.arena, struct segment_file);
    static const uint32_t columns[] = {0, 1, 2};
    struct scan_request request = {.columns = columns, .n_columns = 3, .row_limit = UINT64_MAX};
    int64_t last = INT64_MIN;
    segment->path = arena_printf(&f->base.arena, "%s/%s", f->base.path, file->path);
    segment->rows = file->rows;
    ASSERT_OK(
        segment_source_open(&f->base.arena, "t", segment, 1, schema, &f->context, &source, error),
        *error);
    ASSERT_OK(source->ops->scan_open(source, &request, &f->context, &scan, error), *error);
    ASSERT_OK(scan->ops->reader_open(scan, &reader, error), *error);
    for (bool more = true; more;) {
        uint64_t morsel, before = sums->rows;
        ASSERT_OK(reader->ops->next_morsel(reader, &morsel, &more, error), *error);
        for (struct batch *batch = NULL; more; batch_unref(batch)) {
            ASSERT_OK(reader->ops->next(reader, &batch, error), *error);
            if (!batch)
                break;
            check_batch(file, batch, &last, partitioned, sums);
        }
        (void)before;
    }
    reader->ops->close(reader);
    scan->ops->close(scan);
    source->ops->close(source);
}

/* The table has the rows of `sums`; returns its count of files. */
static uint32_t check_table(struct fixture *f, const struct sums *sums)
{
    struct stored_table *table = fixture_table(f->base.db, "t");
    struct sums got = {0};
    for (uint32_t i = 0; i < table->n_files; i++) {
        uint64_t before = got.rows;
        check_file(f, &table->files[i], &table->schema, table->n_partitions > 0, &got);
        assert_int_equal(got.rows - before, table->files[i].rows);
    }
    assert_int_equal(got.rows, sums->rows);
    assert_int_equal(got.n, sums->n);
    assert_int_equal(got.nulls, sums->nulls);
    assert_int_equal(got.names, sums->names);
    uint32_t n_files = table->n_files;
    stored_table_unref(table);
    return n_files;
}

static struct row in_order(uint64_t i)
{
    return (struct row){(int32_t)(i / 50000), (int64_t)i, false};
}

static struct row a_little_disordered(uint64_t i)
{
    return (struct row){0, (int64_t)(i + mix(i) % 2000), false};
}

static struct row reversed(uint64_t i)
{
    return (struct row){0, -(int64_t)i, i % 1000 == 7};
}

static struct row scattered(uint64_t i)
{
    return (struct row){(int32_t)(mix(i) % 300), (int64_t)(mix(i) % 100000), i % 10 == 0};
}

static struct row few(uint64_t i)
{
    return (struct row){(int32_t)(i % 2), (int64_t)(mix(i) % 100), false};
}

static void test_table_write_of_ordered_rows_makes_a_file_a_partition(void **state)
{
    struct fixture *f = *state;
    struct sums sums = {0};
    fixture_create(&f->base);
    insert(f, in_order, 0, 230000, &sums);
    assert_int_equal(check_table(f, &sums), 5);
}

static void test_table_write_without_partitions_makes_one_file(void **state)
{
    struct fixture *f = *state;
    struct sums sums = {0};
    f->base.description.n_partitions = 0;
    fixture_create(&f->base);
    insert(f, in_order, 0, 230000, &sums);
    assert_int_equal(check_table(f, &sums), 1);
    insert(f, in_order, 7, 0, &sums);
    assert_int_equal(check_table(f, &sums), 1);
}

static void test_table_write_of_rows_a_little_out_of_order_makes_one_sorted_file(void **state)
{
    struct fixture *f = *state;
    struct sums sums = {0};
    fixture_create(&f->base);
    insert(f, a_little_disordered, 0, 300000, &sums);
    assert_int_equal(check_table(f, &sums), 1);
}

static void test_table_write_of_reversed_rows_makes_sorted_files(void **state)
{
    struct fixture *f = *state;
    struct sums sums = {0};
    fixture_create(&f->base);
    insert(f, reversed, 0, 600000, &sums);
    assert_in_range(check_table(f, &sums), 2, 5);
}

static void test_table_write_of_many_partitions_stays_within_memory(void **state)
{
    struct fixture *f = *state;
    struct sums sums = {0};
    f->base.budget.limit = 60 * 1024 * 1024;
    fixture_create(&f->base);
    insert(f, scattered, 0, 400000, &sums);
    f->base.budget.limit = SIZE_MAX;
    assert_true(check_table(f, &sums) >= 300);
}

static void test_table_write_of_few_rows_again_and_again_keeps_one_file_a_partition(void **state)
{
    struct fixture *f = *state;
    struct sums sums = {0};
    fixture_create(&f->base);
    for (uint64_t i = 0; i < 30; i++)
        insert(f, few, i * 11, 11, &sums);
    assert_int_equal(check_table(f, &sums), 2);
}

static void test_table_write_aborted_or_cancelled_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct error *error = &f->base.error;
    struct sums sums = {0}, none = {0};
    fixture_create(&f->base);
    for (int cancelled = 0; cancelled < 2; cancelled++) {
        struct change *change = fixture_change(f->base.db);
        struct stored_table *table = fixture_table(f->base.db, "t");
        struct table_write_options options = {0};
        struct table_writer *writer = NULL;
        uint64_t rows;
        ASSERT_OK(table_writer_open(&f->context, change, table, &options, &writer, error), *error);
        for (uint64_t at = 0; at < 40; at++) {
            struct batch *batch = make_batch(f, in_order, at * 5000, 5000, &sums);
            ASSERT_OK(table_writer_add(writer, batch, error), *error);
            batch_unref(batch);
        }
        atomic_store(&f->cancel, true);
        if (cancelled)
            assert_int_equal(table_writer_finish(writer, &rows, error), STATUS_CANCELLED);
        else
            table_writer_abort(writer);
        atomic_store(&f->cancel, false);
        stored_table_unref(table);
        change_rollback(change);
        assert_int_equal(check_table(f, &none), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_table_write_of_ordered_rows_makes_a_file_a_partition,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_table_write_without_partitions_makes_one_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_table_write_of_rows_a_little_out_of_order_makes_one_sorted_file, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_table_write_of_reversed_rows_makes_sorted_files,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_table_write_of_many_partitions_stays_within_memory,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_table_write_of_few_rows_again_and_again_keeps_one_file_a_partition, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_table_write_aborted_or_cancelled_leaves_nothing,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
