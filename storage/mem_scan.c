/* mem_scan.c - a table in memory as a source: morsels of whole batches, batches as views of their columns. */
#include "storage/mem_table.h"
#include "storage/mem_table_int.h"

static const char owner_scan[] = "Read(memory)";

struct mem_source {
    struct source base;
    struct mem_table *table;
    struct mem_snapshot snapshot;
};

/* Rows [row, row + length) of the table, which begin in batch `batch` at its row `at`. */
struct morsel {
    size_t batch, at, length;
};

struct mem_scan {
    struct scan base;
    struct mem_source *source;
    uint32_t *columns;
    uint32_t n_columns;
    uint64_t row_limit;
    struct morsel *morsels;
    size_t n_morsels, capacity;
    atomic_size_t next;
};

struct mem_reader {
    struct reader base;
    struct morsel left; /* of the morsel at hand */
    uint64_t morsel;
};

/* ---- The reader ---- */

static enum status reader_next_morsel(struct reader *base, uint64_t *morsel, bool *more,
                                      struct error *error)
{
    struct mem_reader *reader = (struct mem_reader *)base;
    struct mem_scan *scan = (struct mem_scan *)base->scan;
    (void)error;
    bool has_enough =
        atomic_load_explicit(&scan->base.stats.rows, memory_order_relaxed) >= scan->row_limit;
    size_t i = has_enough ? scan->n_morsels
                          : atomic_fetch_add_explicit(&scan->next, 1, memory_order_relaxed);
    *more = i < scan->n_morsels;
    if (!*more)
        return STATUS_OK;
    reader->left = scan->morsels[i];
    reader->morsel = i;
    *morsel = i;
    return STATUS_OK;
}

/* The wanted columns of rows [at, at + n) of a batch. */
static enum status cut_batch(const struct mem_scan *scan, const struct batch *from, size_t at,
                             size_t n, uint64_t morsel, struct batch **out, struct error *error)
{
    struct budget *budget = scan->base.context->budget;
    struct batch *cut = NULL;
    TRY(batch_new(scan->n_columns, n, morsel, budget, &cut, error));
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < scan->n_columns && status == STATUS_OK; i++) {
        struct column *column = from->columns[scan->columns[i]];
        if (n == from->length)
            cut->columns[i] = column_ref(column);
        else
            status = column_view(column, at, n, budget, &cut->columns[i], error);
    }
    if (status != STATUS_OK) {
        batch_unref(cut);
        return status;
    }
    *out = cut;
    return STATUS_OK;
}

static enum status reader_next(struct reader *base, struct batch **out, struct error *error)
{
    struct mem_reader *reader = (struct mem_reader *)base;
    struct mem_scan *scan = (struct mem_scan *)base->scan;
    struct morsel *left = &reader->left;
    *out = NULL;
    TRY(context_check(scan->base.context, error));
    if (left->length == 0)
        return STATUS_OK;
    const struct batch *batch = scan->source->snapshot.batches[left->batch];
    size_t n =
        MIN(MIN(batch->length - left->at, left->length), (size_t)scan->base.context->batch_size);
    TRY(cut_batch(scan, batch, left->at, n, reader->morsel, out, error));
    left->length -= n;
    left->at += n;
    if (left->at == batch->length) {
        left->batch++;
        left->at = 0;
    }
    atomic_fetch_add_explicit(&scan->base.stats.rows, n, memory_order_relaxed);
    return STATUS_OK;
}

static void reader_close(struct reader *base)
{
    block_free(base, sizeof(struct mem_reader), base->scan->context->budget);
}

static const struct reader_ops reader_ops = {reader_next_morsel, reader_next, reader_close};

/* ---- The scan ---- */

static enum status scan_reader_open(struct scan *scan, struct reader **out, struct error *error)
{
    void *memory = NULL;
    TRY(block_alloc(&memory, sizeof(struct mem_reader), scan->context->budget, owner_scan, error));
    struct mem_reader *reader = memory;
    reader->base = (struct reader){&reader_ops, scan};
    *out = &reader->base;
    return STATUS_OK;
}

static void scan_close(struct scan *base)
{
    struct mem_scan *scan = (struct mem_scan *)base;
    struct budget *budget = base->context->budget;
    block_free(scan->morsels, scan->capacity * sizeof *scan->morsels, budget);
    block_free(scan->columns, scan->n_columns * sizeof *scan->columns, budget);
    block_free(scan, sizeof *scan, budget);
}

static const struct scan_ops scan_ops = {scan_reader_open, scan_close};

static enum status add_morsel(struct mem_scan *scan, struct morsel morsel, struct error *error)
{
    if (scan->n_morsels == scan->capacity) {
        enum { FIRST = 8 };
        size_t capacity = MAX(scan->capacity * 2, (size_t)FIRST), size = sizeof *scan->morsels;
        void *block = scan->morsels;
        TRY(block_grow(&block, scan->capacity * size, capacity * size, scan->base.context->budget,
                       owner_scan, error));
        scan->morsels = block;
        scan->capacity = capacity;
    }
    scan->morsels[scan->n_morsels++] = morsel;
    return STATUS_OK;
}

/* Long batches are cut, short ones put together. */
static enum status cut_morsels(struct mem_scan *scan, struct error *error)
{
    const struct mem_snapshot *snapshot = &scan->source->snapshot;
    struct morsel morsel = {0};
    for (size_t i = 0; i < snapshot->n_batches; i++) {
        size_t length = snapshot->batches[i]->length;
        for (size_t at = 0; at < length;) {
            size_t n = MIN(length - at, MEM_TABLE_MORSEL_ROWS - morsel.length);
            if (morsel.length == 0)
                morsel = (struct morsel){i, at, 0};
            morsel.length += n;
            at += n;
            if (morsel.length == MEM_TABLE_MORSEL_ROWS) {
                TRY(add_morsel(scan, morsel, error));
                morsel = (struct morsel){0};
            }
        }
    }
    return morsel.length > 0 ? add_morsel(scan, morsel, error) : STATUS_OK;
}

static enum status copy_columns(struct mem_scan *scan, const struct scan_request *request,
                                struct error *error)
{
    void *memory = NULL;
    size_t size = request->n_columns * sizeof *scan->columns;
    TRY(block_alloc(&memory, size, scan->base.context->budget, owner_scan, error));
    scan->columns = memory;
    scan->n_columns = request->n_columns;
    if (size > 0)
        memcpy(scan->columns, request->columns, size);
    return STATUS_OK;
}

static enum status source_scan_open(struct source *source, const struct scan_request *request,
                                    const struct context *context, struct scan **out,
                                    struct error *error)
{
    void *memory = NULL;
    TRY(block_alloc(&memory, sizeof(struct mem_scan), context->budget, owner_scan, error));
    struct mem_scan *scan = memory;
    scan->base.ops = &scan_ops;
    scan->base.source = source;
    scan->base.context = context;
    scan->source = (struct mem_source *)source;
    scan->row_limit = request->row_limit;
    enum status status = copy_columns(scan, request, error);
    if (status == STATUS_OK)
        status = cut_morsels(scan, error);
    if (status != STATUS_OK) {
        scan_close(&scan->base);
        return status;
    }
    *out = &scan->base;
    return STATUS_OK;
}

/* ---- The source ---- */

static void source_describe(struct source *base, const struct scan_request *request,
                            struct strbuf *out)
{
    const struct mem_source *source = (const struct mem_source *)base;
    (void)request;
    strbuf_printf(out, "memory, %llu row%s", (unsigned long long)source->snapshot.rows,
                  source->snapshot.rows == 1 ? "" : "s");
}

static void source_close(struct source *base)
{
    struct mem_source *source = (struct mem_source *)base;
    mem_snapshot_fini(&source->snapshot);
    mem_table_unref(source->table);
    source->table = NULL;
}

static const struct source_ops source_ops = {
    .name = "memory",
    .scan_open = source_scan_open,
    .describe = source_describe,
    .close = source_close,
};

enum status mem_table_source(struct arena *arena, struct mem_table *table, struct source **out,
                             struct error *error)
{
    struct mem_source *source = ARENA_NEW(arena, struct mem_source);
    TRY(arena_check(arena, error));
    TRY(mem_table_snapshot(table, &source->snapshot, error));
    source->base.ops = &source_ops;
    source->base.arena = arena;
    source->base.schema = *mem_table_schema(table);
    source->base.n_visible = source->base.schema.n_fields;
    source->base.rows_estimate = (double)source->snapshot.rows;
    source->table = mem_table_ref(table);
    *out = &source->base;
    return STATUS_OK;
}
