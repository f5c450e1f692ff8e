/* rows_source.c - reads values of the plan as batches. One morsel: these are never many. */
#include "storage/rows_source.h"

struct rows_source {
    struct source source;
    const struct value *values;
    uint32_t n_rows;
};

struct rows_scan {
    struct scan scan;
    const uint32_t *columns;
    uint32_t n_columns;
    uint32_t n_rows;
    atomic_bool taken;
};

struct rows_reader {
    struct reader reader;
    uint32_t at;
};

static enum status rows_store(const struct value *value, struct text_builder *builder, size_t row,
                              struct error *error)
{
    struct column *column = builder->column;
    switch (type_physical(column->type)) {
    case PHYSICAL_U8:
        ((uint8_t *)column->data)[row] = value->boolean;
        break;
    case PHYSICAL_I8:
        ((int8_t *)column->data)[row] = (int8_t)value->i64;
        break;
    case PHYSICAL_I16:
        ((int16_t *)column->data)[row] = (int16_t)value->i64;
        break;
    case PHYSICAL_I32:
        ((int32_t *)column->data)[row] = (int32_t)value->i64;
        break;
    case PHYSICAL_I64:
        ((int64_t *)column->data)[row] =
            column->type.id == TYPE_DECIMAL ? (int64_t)value->i128 : value->i64;
        break;
    case PHYSICAL_I128:
        ((int128_t *)column->data)[row] = value->i128;
        break;
    case PHYSICAL_F32:
        ((float *)column->data)[row] = (float)value->f64;
        break;
    case PHYSICAL_F64:
        ((double *)column->data)[row] = value->f64;
        break;
    case PHYSICAL_INTERVAL:
        ((struct interval *)column->data)[row] = value->interval;
        break;
    case PHYSICAL_TEXT:
        return text_builder_put(builder, row, value->text.data, value->text.length, error);
    default:
        assert(false);
    }
    return STATUS_OK;
}

static enum status rows_fill(const struct rows_source *source, uint32_t field, uint32_t first,
                             uint32_t n, struct column *column, struct error *error)
{
    struct text_builder builder = {.column = column, .owner = "VALUES"};
    memset(column->data, 0, n * type_size(column->type));
    for (uint32_t i = 0; i < n; i++) {
        const struct value *value =
            &source->values[(size_t)(first + i) * source->source.schema.n_fields + field];
        if (value->is_null || column->type.id == TYPE_NULL) {
            TRY(column_add_validity(column, error));
            bits_clear(column->validity, i);
            continue;
        }
        TRY(rows_store(value, &builder, i, error));
    }
    return STATUS_OK;
}

static enum status rows_next_morsel(struct reader *reader, uint64_t *morsel, bool *more,
                                    struct error *error)
{
    (void)error;
    struct rows_scan *scan = (struct rows_scan *)reader->scan;
    *morsel = 0;
    *more = !atomic_exchange(&scan->taken, true);
    return STATUS_OK;
}

static enum status rows_next(struct reader *base, struct batch **out, struct error *error)
{
    struct rows_reader *reader = (struct rows_reader *)base;
    struct rows_scan *scan = (struct rows_scan *)base->scan;
    const struct rows_source *source = (const struct rows_source *)scan->scan.source;
    const struct context *context = scan->scan.context;
    *out = NULL;
    if (reader->at >= scan->n_rows)
        return STATUS_OK;
    TRY(context_check(context, error));
    uint32_t n = MIN(scan->n_rows - reader->at, context->batch_size);
    struct batch *batch;
    TRY(batch_new(scan->n_columns, n, 0, context->budget, &batch, error));
    for (uint32_t i = 0; i < scan->n_columns; i++) {
        uint32_t field = scan->columns[i];
        enum status status = column_new(source->source.schema.fields[field].type, n,
                                        context->budget, "VALUES", &batch->columns[i], error);
        if (status == STATUS_OK)
            status = rows_fill(source, field, reader->at, n, batch->columns[i], error);
        if (status != STATUS_OK) {
            batch_unref(batch);
            return status;
        }
    }
    reader->at += n;
    atomic_fetch_add_explicit(&scan->scan.stats.rows, n, memory_order_relaxed);
    *out = batch;
    return STATUS_OK;
}

static void rows_reader_close(struct reader *reader)
{
    block_free(reader, sizeof(struct rows_reader), reader->scan->context->budget);
}

static const struct reader_ops ROWS_READER = {rows_next_morsel, rows_next, rows_reader_close};

static enum status rows_reader_open(struct scan *scan, struct reader **out, struct error *error)
{
    *out = NULL;
    void *memory;
    TRY(block_alloc(&memory, sizeof(struct rows_reader), scan->context->budget, "a reader", error));
    struct rows_reader *reader = memory;
    reader->reader = (struct reader){&ROWS_READER, scan};
    *out = &reader->reader;
    return STATUS_OK;
}

static void rows_scan_close(struct scan *scan)
{
    block_free(scan, sizeof(struct rows_scan), scan->context->budget);
}

static const struct scan_ops ROWS_SCAN = {rows_reader_open, rows_scan_close};

static enum status rows_scan_open(struct source *source, const struct scan_request *request,
                                  const struct context *context, struct scan **out,
                                  struct error *error)
{
    *out = NULL;
    void *memory;
    TRY(block_alloc(&memory, sizeof(struct rows_scan), context->budget, "a scan", error));
    struct rows_scan *scan = memory;
    scan->scan.ops = &ROWS_SCAN;
    scan->scan.source = source;
    scan->scan.context = context;
    scan->columns = request->columns;
    scan->n_columns = request->n_columns;
    scan->n_rows = ((const struct rows_source *)source)->n_rows;
    if (request->row_limit < scan->n_rows)
        scan->n_rows = (uint32_t)request->row_limit;
    *out = &scan->scan;
    return STATUS_OK;
}

static void rows_describe(struct source *source, const struct scan_request *request,
                          struct strbuf *out)
{
    (void)request;
    uint32_t n = ((const struct rows_source *)source)->n_rows;
    strbuf_printf(out, "%u %s", n, n == 1 ? "row" : "rows");
}

static void rows_close(struct source *source)
{
    (void)source;
}

static const struct source_ops ROWS_SOURCE = {
    .name = "values",
    .scan_open = rows_scan_open,
    .describe = rows_describe,
    .close = rows_close,
};

enum status rows_source_new(struct arena *arena, const struct schema *schema,
                            const struct value *values, uint32_t n_rows, struct source **out,
                            struct error *error)
{
    *out = NULL;
    struct rows_source *source = ARENA_NEW(arena, struct rows_source);
    TRY(arena_check(arena, error));
    source->source.ops = &ROWS_SOURCE;
    source->source.arena = arena;
    source->source.schema = *schema;
    source->source.n_visible = schema->n_fields;
    source->source.rows_estimate = n_rows;
    source->values = values;
    source->n_rows = n_rows;
    *out = &source->source;
    return STATUS_OK;
}

const struct value *rows_source_values(const struct source *source, uint32_t *n_rows)
{
    if (source->ops != &ROWS_SOURCE)
        return NULL;
    *n_rows = ((const struct rows_source *)source)->n_rows;
    return ((const struct rows_source *)source)->values;
}
