/* mem_table.c - a list of batches behind a lock.
 *
 *   1. All batches but the last few are full: they have MEM_TABLE_BATCH_ROWS rows or more.
 *   2. Of the small ones at the end each is more than twice as long as the next, so there are few of them, and a
 *      row is copied a dozen times at most on its way into a full batch.                 [count_to_merge]
 *   3. Batches never change. Whoever reads holds references, and the lock only while it takes them. */
#include "storage/mem_table.h"

#include "base/thread.h"
#include "storage/mem_table_int.h"

static const char owner_table[] = "table in memory";

/* Batches in order, each referenced. */
struct mem_rows {
    struct batch **batches;
    size_t n_batches, capacity;
    uint64_t count;
};

struct mem_table {
    atomic_uint refs;
    struct arena arena; /* of the schema */
    struct schema schema;
    struct budget *budget;
    struct mutex mutex; /* over `rows`; the only writer reads them without it */
    struct mem_rows rows;
};

static void copy_schema(struct mem_table *table, const struct schema *schema)
{
    struct field *fields = ARENA_ARRAY(&table->arena, struct field, schema->n_fields);
    if (table->arena.failed)
        return;
    for (uint32_t i = 0; i < schema->n_fields; i++) {
        fields[i] = schema->fields[i];
        fields[i].name = arena_strdup(&table->arena, schema->fields[i].name);
    }
    table->schema = (struct schema){fields, schema->n_fields};
}

enum status mem_table_new(const struct schema *schema, struct budget *budget,
                          struct mem_table **out, struct error *error)
{
    void *memory = NULL;
    TRY(block_alloc(&memory, sizeof(struct mem_table), budget, owner_table, error));
    struct mem_table *table = memory;
    enum status status = arena_init(&table->arena, error);
    if (status == STATUS_OK) {
        copy_schema(table, schema);
        status = arena_check(&table->arena, error);
    }
    if (status != STATUS_OK) {
        arena_fini(&table->arena);
        block_free(table, sizeof *table, budget);
        return status;
    }
    atomic_init(&table->refs, 1);
    mutex_init(&table->mutex);
    table->budget = budget;
    *out = table;
    return STATUS_OK;
}

struct mem_table *mem_table_ref(struct mem_table *table)
{
    atomic_fetch_add_explicit(&table->refs, 1, memory_order_relaxed);
    return table;
}

static void rows_fini(struct mem_rows *rows, struct budget *budget)
{
    for (size_t i = 0; i < rows->n_batches; i++)
        batch_unref(rows->batches[i]);
    block_free(rows->batches, rows->capacity * sizeof *rows->batches, budget);
    *rows = (struct mem_rows){0};
}

void mem_table_unref(struct mem_table *table)
{
    if (!table || atomic_fetch_sub_explicit(&table->refs, 1, memory_order_acq_rel) != 1)
        return;
    rows_fini(&table->rows, table->budget);
    mutex_fini(&table->mutex);
    arena_fini(&table->arena);
    block_free(table, sizeof *table, table->budget);
}

const struct schema *mem_table_schema(const struct mem_table *table)
{
    return &table->schema;
}

/* Readers of a table are many, but its lock is one. */
static struct mutex *lock_of(const struct mem_table *table)
{
    return &((struct mem_table *)table)->mutex;
}

uint64_t mem_table_rows(const struct mem_table *table)
{
    mutex_lock(lock_of(table));
    uint64_t count = table->rows.count;
    mutex_unlock(lock_of(table));
    return count;
}

size_t mem_table_bytes(const struct mem_table *table)
{
    mutex_lock(lock_of(table));
    size_t bytes = sizeof *table + table->rows.capacity * sizeof *table->rows.batches;
    for (size_t i = 0; i < table->rows.n_batches; i++)
        bytes += batch_bytes(table->rows.batches[i]);
    mutex_unlock(lock_of(table));
    return bytes;
}

/* ---- Appending ---- */

static bool is_own_buffer(const struct buffer *buffer, const struct budget *budget)
{
    return !buffer || buffer->budget == budget;
}

/* Nothing of the column is charged to another budget, which may be gone before the table is. */
static bool is_own_column(const struct column *column, const struct budget *budget)
{
    if (column->budget != budget || !is_own_buffer(column->data_buffer, budget) ||
        !is_own_buffer(column->validity_buffer, budget))
        return false;
    for (uint32_t i = 0; i < column->n_heaps; i++)
        if (!is_own_buffer(column->heaps[i], budget))
            return false;
    return !column->dictionary || is_own_column(column->dictionary, budget);
}

static bool is_own_batch(const struct batch *batch, const struct budget *budget)
{
    if (batch->budget != budget)
        return false;
    for (uint32_t i = 0; i < batch->n_columns; i++)
        if (!is_own_column(batch->columns[i], budget))
            return false;
    return true;
}

static enum status concat_column(struct column *const *parts, size_t n_parts, struct budget *budget,
                                 struct column **out, struct error *error)
{
    struct column *flat = NULL;
    TRY(column_concat(parts, n_parts, budget, &flat, error));
    enum status status = column_compact_text(flat, budget, out, error);
    column_unref(flat);
    return status;
}

/* The rows of several batches as one batch of the table's own. */
static enum status concat_batches(struct batch *const *batches, size_t n, struct budget *budget,
                                  struct batch **out, struct error *error)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++)
        length += batches[i]->length;
    struct batch *merged = NULL;
    TRY(batch_new(batches[0]->n_columns, length, 0, budget, &merged, error));
    void *memory = NULL;
    size_t size = n * sizeof(struct column *);
    enum status status = block_alloc(&memory, size, budget, owner_table, error);
    struct column **parts = memory;
    for (uint32_t c = 0; c < merged->n_columns && status == STATUS_OK; c++) {
        for (size_t i = 0; i < n; i++)
            parts[i] = batches[i]->columns[c];
        status = concat_column(parts, n, budget, &merged->columns[c], error);
    }
    block_free(memory, size, budget);
    if (status != STATUS_OK) {
        batch_unref(merged);
        return status;
    }
    *out = merged;
    return STATUS_OK;
}

/* How many of the last batches go into one with the `length` rows that come. */
static size_t count_to_merge(const struct mem_rows *rows, size_t length)
{
    size_t count = 0;
    while (count < rows->n_batches) {
        size_t before = rows->batches[rows->n_batches - count - 1]->length;
        if (before >= MEM_TABLE_BATCH_ROWS || before > 2 * length)
            break;
        length += before;
        count++;
    }
    return count;
}

static enum status rows_reserve(struct mem_rows *rows, size_t extra, struct budget *budget,
                                struct error *error)
{
    enum { FIRST = 16 };
    size_t needed = rows->n_batches + extra, size = sizeof *rows->batches;
    if (needed <= rows->capacity)
        return STATUS_OK;
    size_t capacity = MAX(MAX(needed, rows->capacity * 2), (size_t)FIRST);
    void *block = rows->batches;
    TRY(block_grow(&block, rows->capacity * size, capacity * size, budget, owner_table, error));
    rows->batches = block;
    rows->capacity = capacity;
    return STATUS_OK;
}

/* The last `n_merged` batches and `batch` as one. */
static enum status merge_last(const struct mem_rows *rows, size_t n_merged, struct batch *batch,
                              struct budget *budget, struct batch **out, struct error *error)
{
    void *memory = NULL;
    size_t n = n_merged + 1, size = n * sizeof(struct batch *);
    TRY(block_alloc(&memory, size, budget, owner_table, error));
    struct batch **parts = memory;
    for (size_t i = 0; i < n_merged; i++)
        parts[i] = rows->batches[rows->n_batches - n_merged + i];
    parts[n_merged] = batch;
    enum status status = concat_batches(parts, n, budget, out, error);
    block_free(memory, size, budget);
    return status;
}

/* Puts `batch`, a reference that is taken, in place of the last `n_merged`; there is room. */
static void rows_put(struct mem_rows *rows, size_t n_merged, struct batch *batch)
{
    for (size_t i = 0; i < n_merged; i++) {
        rows->count -= rows->batches[--rows->n_batches]->length;
        batch_unref(rows->batches[rows->n_batches]);
    }
    rows->batches[rows->n_batches++] = batch;
    rows->count += batch->length;
}

static enum status rows_add(struct mem_rows *rows, struct batch *batch, struct budget *budget,
                            struct error *error)
{
    if (batch->length == 0)
        return STATUS_OK;
    TRY(rows_reserve(rows, 1, budget, error));
    size_t n_merged = count_to_merge(rows, batch->length);
    struct batch *added = NULL;
    if (n_merged == 0 && is_own_batch(batch, budget))
        added = batch_ref(batch);
    else
        TRY(merge_last(rows, n_merged, batch, budget, &added, error));
    rows_put(rows, n_merged, added);
    return STATUS_OK;
}

/* Copies of the batches as a list of their own. On failure the list is empty. */
static enum status collect(const struct mem_table *table, struct batch *const *batches,
                           size_t n_batches, struct mem_rows *out, struct error *error)
{
    *out = (struct mem_rows){0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < n_batches && status == STATUS_OK; i++) {
        assert(batches[i]->n_columns == table->schema.n_fields);
        status = rows_add(out, batches[i], table->budget, error);
    }
    if (status != STATUS_OK)
        rows_fini(out, table->budget);
    return status;
}

/* Makes everything that can fail: room, and the first of the new batches put together with the last of the old. */
static enum status prepare_append(struct mem_table *table, const struct mem_rows *fresh,
                                  size_t *n_merged, struct batch **merged, struct error *error)
{
    *merged = NULL;
    mutex_lock(&table->mutex); /* readers walk the array that is about to move */
    enum status status = rows_reserve(&table->rows, fresh->n_batches, table->budget, error);
    mutex_unlock(&table->mutex);
    TRY(status);
    *n_merged = count_to_merge(&table->rows, fresh->batches[0]->length);
    if (*n_merged == 0)
        return STATUS_OK;
    return merge_last(&table->rows, *n_merged, fresh->batches[0], table->budget, merged, error);
}

enum status mem_table_append(struct mem_table *table, struct batch *const *batches,
                             size_t n_batches, struct error *error)
{
    struct mem_rows fresh;
    TRY(collect(table, batches, n_batches, &fresh, error));
    if (fresh.n_batches == 0) {
        rows_fini(&fresh, table->budget);
        return STATUS_OK;
    }
    size_t n_merged = 0;
    struct batch *merged = NULL;
    enum status status = prepare_append(table, &fresh, &n_merged, &merged, error);
    if (status == STATUS_OK) {
        mutex_lock(&table->mutex);
        rows_put(&table->rows, n_merged, merged ? merged : batch_ref(fresh.batches[0]));
        for (size_t i = 1; i < fresh.n_batches; i++)
            rows_put(&table->rows, 0, batch_ref(fresh.batches[i]));
        mutex_unlock(&table->mutex);
    }
    rows_fini(&fresh, table->budget);
    return status;
}

enum status mem_table_replace(struct mem_table *table, struct batch *const *batches,
                              size_t n_batches, struct error *error)
{
    struct mem_rows fresh;
    TRY(collect(table, batches, n_batches, &fresh, error));
    mutex_lock(&table->mutex);
    struct mem_rows old = table->rows;
    table->rows = fresh;
    mutex_unlock(&table->mutex);
    rows_fini(&old, table->budget);
    return STATUS_OK;
}

/* ---- Snapshots ---- */

enum status mem_table_snapshot(struct mem_table *table, struct mem_snapshot *out,
                               struct error *error)
{
    enum status status = STATUS_OK;
    void *memory = NULL;
    mutex_lock(&table->mutex);
    size_t n = table->rows.n_batches;
    if (n > 0)
        status =
            block_alloc(&memory, n * sizeof(struct batch *), table->budget, owner_table, error);
    if (status == STATUS_OK) {
        *out = (struct mem_snapshot){memory, n, table->rows.count, table->budget};
        for (size_t i = 0; i < n; i++)
            out->batches[i] = batch_ref(table->rows.batches[i]);
    }
    mutex_unlock(&table->mutex);
    return status;
}

void mem_snapshot_fini(struct mem_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_batches; i++)
        batch_unref(snapshot->batches[i]);
    block_free(snapshot->batches, snapshot->n_batches * sizeof *snapshot->batches,
               snapshot->budget);
    *snapshot = (struct mem_snapshot){0};
}
