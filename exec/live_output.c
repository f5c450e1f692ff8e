/* live_output.c - what a live Combine gives: groups as batches, and watermarks, in a queue. */
#include "exec/live_int.h"

#include "exec/kernel/agg_set.h"

enum { QUEUE_FIRST = 16 };

enum status live_put(struct live *live, struct live_item item, struct error *error)
{
    struct live_queue *queue = &live->queue;
    /* Watermarks that nothing lies between are one. */
    if (!item.batch && queue->n > queue->at && !queue->items[queue->n - 1].batch) {
        queue->items[queue->n - 1] = item;
        return STATUS_OK;
    }
    if (queue->n == queue->capacity && queue->at > 0) {
        memmove(queue->items, queue->items + queue->at,
                (queue->n - queue->at) * sizeof(*queue->items));
        queue->n -= queue->at;
        queue->at = 0;
    }
    if (queue->n == queue->capacity) {
        size_t more = MAX(queue->capacity * 2, (size_t)QUEUE_FIRST);
        void *block = queue->items;
        enum status status =
            block_grow(&block, queue->capacity * sizeof(*queue->items),
                       more * sizeof(*queue->items), live->budget, "Combine(final)", error);
        if (status != STATUS_OK) {
            batch_unref(item.batch);
            return status;
        }
        queue->items = block;
        queue->capacity = more;
    }
    queue->items[queue->n++] = item;
    return STATUS_OK;
}

/* How many items from `at` on are batches that go into one; *rows of them. */
static size_t count_small(const struct live *live, size_t *rows)
{
    const struct live_queue *queue = &live->queue;
    size_t n = 0, unit = MAX(live->plan->context->batch_size, 1u);
    *rows = 0;
    for (size_t i = queue->at; i < queue->n && queue->items[i].batch; i++, n++) {
        size_t more = queue->items[i].batch->length;
        if (n > 0 && *rows + more > unit)
            break;
        *rows += more;
    }
    return n;
}

static enum status join(struct live *live, size_t n, size_t rows, struct batch **out,
                        struct error *error)
{
    const struct live_item *items = live->queue.items + live->queue.at;
    size_t size = n * sizeof(struct column *);
    void *block;
    uint32_t n_columns = items[0].batch->n_columns;
    TRY(block_alloc(&block, size, live->budget, "Combine(final)", error));
    struct column **parts = block;
    enum status status = batch_new(n_columns, rows, 0, live->budget, out, error);
    for (uint32_t c = 0; status == STATUS_OK && c < n_columns; c++) {
        for (size_t i = 0; i < n; i++)
            parts[i] = items[i].batch->columns[c];
        status = column_concat(parts, n, live->budget, &(*out)->columns[c], error);
        if (status != STATUS_OK)
            batch_unref(*out);
    }
    block_free(block, size, live->budget);
    return status;
}

enum status live_next(struct live *live, struct live_item *out, bool *more, struct error *error)
{
    struct live_queue *queue = &live->queue;
    size_t rows, n = count_small(live, &rows);
    *more = queue->at < queue->n;
    if (!*more)
        return STATUS_OK;
    *out = queue->items[queue->at];
    if (n > 1) {
        TRY(join(live, n, rows, &out->batch, error));
        for (size_t i = 0; i < n; i++)
            batch_unref(queue->items[queue->at + i].batch);
    }
    queue->at += MAX(n, (size_t)1);
    if (queue->at == queue->n)
        queue->at = queue->n = 0;
    return STATUS_OK;
}

void live_sort_sets(const struct live *live, char *const *rows, uint64_t n)
{
    const struct group_layout *layout = &live->plan->layout;
    for (uint32_t i = 0; i < layout->n_accs; i++)
        if (layout->accs[i].agg.inner && layout->accs[i].agg.id == AGGREGATE_STRING_AGG)
            for (uint64_t row = 0; row < n; row++)
                agg_set_sort(rows[row], layout->accs[i].offset);
}

enum status live_put_rows(struct live *live, struct error *error)
{
    struct combine_result result = {.plan = live->plan, .rows = live->rows};
    uint64_t unit = MAX(live->plan->context->batch_size, 1u);
    live_sort_sets(live, live->rows.rows, live->rows.n);
    for (uint64_t at = 0; at < live->rows.n; at += unit) {
        struct batch *batch;
        TRY(combine_result_batch(&result, at, MIN(unit, live->rows.n - at), &batch, error));
        batch->morsel = 0;
        live->rows_out += batch->length;
        TRY(live_put(live, (struct live_item){batch, 0}, error));
    }
    live->rows.n = 0;
    return STATUS_OK;
}
