/* table_fixture.h - rows in a stored table, written and read as statements do. */
#ifndef TABLE_FIXTURE_H
#define TABLE_FIXTURE_H

#include "exec/table_write.h"
#include "storage/stored_source.h"
#include "tests/unit/database_fixture.h"

struct table_fixture {
    struct database_fixture base;
    struct clock clock;
    atomic_bool cancel;
    struct context context;
};

static inline int table_set_up(struct table_fixture *f)
{
    fixture_set_up(&f->base);
    f->clock = (struct clock){.wall_us = clock_fixed_wall_us};
    f->context = (struct context){.budget = &f->base.budget,
                                  .io = &io_system,
                                  .clock = &f->clock,
                                  .cancel = &f->cancel,
                                  .n_threads = 2,
                                  .batch_size = BATCH_ROWS_DEFAULT};
    fixture_create(&f->base);
    return 0;
}

/* `n` rows of a day, with the numbers first, first + step, ...; text of two kinds, NULL in every fifth row. */
static inline struct batch *table_batch(struct table_fixture *f, int day, int64_t first,
                                        int64_t step, size_t n)
{
    struct batch *batch = NULL;
    struct error error = {0};
    ASSERT_OK(batch_new(FIXTURE_COLUMNS, n, 0, &f->base.budget, &batch, &error), error);
    for (uint32_t c = 0; c < FIXTURE_COLUMNS; c++)
        ASSERT_OK(column_new(f->base.fields[c].type, n, &f->base.budget, "test", &batch->columns[c],
                             &error),
                  error);
    for (size_t i = 0; i < n; i++) {
        ((int32_t *)batch->columns[0]->data)[i] = day;
        ((struct text *)batch->columns[1]->data)[i] = text_view(i % 5 ? "apple" : "pear", 4);
        ((int64_t *)batch->columns[2]->data)[i] = first + (int64_t)i * step;
    }
    return batch;
}

/* One file more, in a commit of its own. */
static inline void table_insert(struct table_fixture *f, struct database *db, int day,
                                int64_t first, int64_t step, size_t n)
{
    static const struct table_write_options options = {.merge_small = false};
    struct error error = {0};
    struct table_writer *writer = NULL;
    uint64_t rows;
    bool changed;
    ASSERT_OK(database_refresh(db, &changed, &error), error);
    struct change *change = fixture_change(db);
    struct stored_table *table = fixture_table(db, "t");
    struct batch *batch = table_batch(f, day, first, step, n);
    ASSERT_OK(table_writer_open(&f->context, change, table, &options, &writer, &error), error);
    ASSERT_OK(table_writer_add(writer, batch, &error), error);
    ASSERT_OK(table_writer_finish(writer, &rows, &error), error);
    assert_int_equal(rows, n);
    batch_unref(batch);
    stored_table_unref(table);
    fixture_commit(change);
}

struct table_sum {
    uint64_t rows;
    int64_t sum;
    bool in_order; /* n rises within each day */
};

/* Reads the whole table. */
static inline struct table_sum table_read(struct table_fixture *f, struct stored_table *table)
{
    static const uint32_t columns[] = {0, 2};
    struct table_sum out = {.in_order = true};
    struct error error = {0};
    struct source *source = NULL;
    struct scan *scan = NULL;
    struct reader *reader = NULL;
    struct scan_request request = {.columns = columns, .n_columns = 2, .row_limit = UINT64_MAX};
    struct arena arena;
    uint64_t morsel;
    bool more = true;
    int32_t last_day = INT32_MIN;
    int64_t last_n = INT64_MIN;
    ASSERT_OK(arena_init(&arena, &error), error);
    ASSERT_OK(stored_source_open(&arena, table, &f->context, &source, &error), error);
    ASSERT_OK(source->ops->scan_open(source, &request, &f->context, &scan, &error), error);
    ASSERT_OK(scan->ops->reader_open(scan, &reader, &error), error);
    for (;;) {
        struct batch *batch = NULL;
        ASSERT_OK(reader->ops->next_morsel(reader, &morsel, &more, &error), error);
        if (!more)
            break;
        for (;;) {
            ASSERT_OK(reader->ops->next(reader, &batch, &error), error);
            if (!batch)
                break;
            for (size_t i = 0; i < batch->length; i++) {
                struct value day = value_of_column(batch->columns[0], i, &arena);
                struct value n = value_of_column(batch->columns[1], i, &arena);
                out.in_order = out.in_order && (day.i64 != last_day || n.i64 >= last_n);
                last_day = (int32_t)day.i64;
                last_n = n.i64;
                out.sum += n.i64;
            }
            out.rows += batch->length;
            batch_unref(batch);
        }
    }
    reader->ops->close(reader);
    scan->ops->close(scan);
    source->ops->close(source);
    arena_fini(&arena);
    return out;
}

#endif
