/* partition_write.c - see partition_write.h.
 *
 *   1. A file's rows are in the table's order, rows with equal keys in the order in which they came.
 *   2. is_held_sorted: the held rows follow each other in order, and none is below the last written one. */
#include "exec/partition_write.h"

#include "storage/segment_source.h"

static const char owner[] = "table writer";

enum {
    FILE_ROWS_MAX = 8 * 1024 * 1024,
    FILE_BYTES_MAX = 256 * 1024 * 1024,
    HOLD_ROWS_FIRST = 65536, /* held where rows are out of order; doubled when that was too few */
    HOLD_ROWS_MAX = 4 * 1024 * 1024,
    EMIT_ROWS = 16384,
    MERGE_ROWS_MAX = 32768, /* a file that small is rewritten with new rows */
    MERGE_BYTES_MAX = 1024 * 1024
};

static uint32_t n_keys(const struct partition_writer *p)
{
    return p->env->table->n_order_by;
}

static struct budget *budget_of(const struct partition_writer *p)
{
    return p->env->context->budget;
}

/* ---- Opening and closing ---- */

enum status partition_writer_init(struct partition_writer *p, struct partition_env *env,
                                  struct value *values, struct error *error)
{
    *p = (struct partition_writer){
        .env = env,
        .values = values,
        .hold_rows = HOLD_ROWS_FIRST,
        .is_held_sorted = true,
    };
    p->last = ARENA_ARRAY(env->arena, struct column *, n_keys(p) + 1);
    p->written = ARENA_ARRAY(env->arena, struct column *, n_keys(p) + 1);
    return arena_check(env->arena, error);
}

static void forget_keys(const struct partition_writer *p, struct column **keys)
{
    for (uint32_t k = 0; keys && k < n_keys(p); k++) {
        column_unref(keys[k]);
        keys[k] = NULL;
    }
}

static void release_held(struct partition_writer *p)
{
    for (size_t i = 0; i < p->n_held; i++)
        batch_unref(p->held[i]);
    p->env->held_bytes -= p->held_bytes;
    p->n_held = p->held_rows = p->held_bytes = 0;
}

void partition_writer_fini(struct partition_writer *p)
{
    release_held(p);
    block_free(p->held, p->held_capacity * sizeof(struct batch *), budget_of(p));
    p->held = NULL;
    p->held_capacity = 0;
    forget_keys(p, p->last);
    forget_keys(p, p->written);
    segment_writer_abort(p->file);
    p->file = NULL;
}

/* ---- Order ---- */

/* Keeps the keys of a row, and no more of the input's memory. */
static enum status keep_keys(struct partition_writer *p, const struct batch *batch, size_t row,
                             struct column **keys, struct error *error)
{
    uint32_t at = (uint32_t)row;
    forget_keys(p, keys);
    for (uint32_t k = 0; k < n_keys(p); k++) {
        struct column *one = NULL;
        const struct column *from = batch->columns[p->env->table->order_by[k]];
        TRY(column_take(from, &at, 1, budget_of(p), &one, error));
        enum status status = column_compact_text(one, budget_of(p), &keys[k], error);
        column_unref(one);
        TRY(status);
    }
    return STATUS_OK;
}

static int compare_rows(const struct partition_writer *p, const struct batch *batch, size_t i,
                        size_t j)
{
    for (uint32_t k = 0; k < n_keys(p); k++) {
        const struct column *column = batch->columns[p->env->table->order_by[k]];
        int order = column_compare(column, i, column, j);
        if (order != 0)
            return order;
    }
    return 0;
}

/* The row against kept keys; no keys are below everything. */
static int compare_keys(const struct partition_writer *p, const struct batch *batch, size_t row,
                        struct column *const *keys)
{
    for (uint32_t k = 0; k < n_keys(p) && keys[k]; k++) {
        const struct column *column = batch->columns[p->env->table->order_by[k]];
        int order = column_compare(column, row, keys[k], 0);
        if (order != 0)
            return order;
    }
    return 0;
}

TARGET_CLONES
static bool rises(const int64_t *x, size_t n)
{
    unsigned falls = 0;
    for (size_t i = 1; i < n; i++)
        falls |= x[i] < x[i - 1];
    return falls == 0;
}

static bool is_sorted(const struct partition_writer *p, const struct batch *batch)
{
    if (n_keys(p) == 1) {
        const struct column *column = batch->columns[p->env->table->order_by[0]];
        if (column->encoding == COLUMN_CONSTANT)
            return true;
        if (column->encoding == COLUMN_FLAT && !column->validity &&
            type_physical(column->type) == PHYSICAL_I64)
            return rises(column->data, batch->length);
    }
    for (size_t i = 1; i < batch->length; i++)
        if (compare_rows(p, batch, i - 1, i) > 0)
            return false;
    return true;
}

/* ---- Files ---- */

static enum status open_file(struct partition_writer *p, struct error *error)
{
    const struct stored_table *table = p->env->table;
    struct segment_write_options options = {
        .compression = table->small  ? COMPRESSION_SMALL
                       : table->fast ? COMPRESSION_FAST
                                     : COMPRESSION_BALANCED,
        .time_column = table->time_column >= 0 ? (uint32_t)table->time_column : SEGMENT_NO_COLUMN,
    };
    const char *path = NULL;
    TRY(change_new_file(p->env->change, table, p->values, p->env->arena, &p->file_id, &path,
                        error));
    TRY(segment_writer_open(p->env->context, path, &table->schema, &options, &p->file, error));
    p->env->n_open++;
    return STATUS_OK;
}

enum status partition_writer_end_file(struct partition_writer *p, struct error *error)
{
    const struct stored_table *table = p->env->table;
    struct segment_writer *file = p->file;
    struct segment_summary summary;
    if (!file)
        return STATUS_OK;
    p->file = NULL;
    p->env->n_open--;
    p->has_files = true;
    TRY(segment_writer_finish(file, p->env->arena, &summary, error));
    struct column_zone *zones =
        ARENA_ARRAY(p->env->arena, struct column_zone, MAX(table->schema.n_fields, 1u));
    TRY(arena_check(p->env->arena, error));
    for (uint32_t c = 0; c < table->schema.n_fields; c++)
        zones[c] = (struct column_zone){
            .known = summary.columns[c].has_range,
            .min = summary.columns[c].min,
            .max = summary.columns[c].max,
            .nulls = summary.columns[c].nulls,
            .distinct = summary.columns[c].distinct,
        };
    forget_keys(p, p->written);
    if (p->n_held == 0)
        forget_keys(p, p->last);
    return change_add_file(p->env->change, table, p->file_id, summary.rows, summary.bytes, zones,
                           error);
}

static enum status put(struct partition_writer *p, const struct batch *batch, struct error *error)
{
    if (p->file && (segment_writer_rows(p->file) >= FILE_ROWS_MAX ||
                    segment_writer_bytes(p->file) >= FILE_BYTES_MAX))
        TRY(partition_writer_end_file(p, error));
    if (!p->file)
        TRY(open_file(p, error));
    return segment_writer_add(p->file, batch, error);
}

/* ---- Held rows ---- */

/* The rows with memory of their own. */
static enum status copy_rows(const struct batch *batch, struct budget *budget, struct batch **out,
                             struct error *error)
{
    enum status status = STATUS_OK;
    TRY(batch_new(batch->n_columns, batch->length, batch->morsel, budget, out, error));
    for (uint32_t c = 0; c < batch->n_columns && status == STATUS_OK; c++) {
        struct column *flat = NULL, *slice = NULL;
        status = column_flatten(batch->columns[c], budget, &flat, error);
        if (status == STATUS_OK)
            status = column_slice(flat, 0, batch->length, budget, &slice, error);
        if (status == STATUS_OK)
            status = column_compact_text(slice, budget, &(*out)->columns[c], error);
        column_unref(flat);
        column_unref(slice);
    }
    if (status != STATUS_OK) {
        batch_unref(*out);
        *out = NULL;
    }
    return status;
}

/* What a reader has unpacked for many batches is not to be kept, nor counted, for each of them. */
static bool is_shared_memory(const struct batch *batch)
{
    enum { SHARED_BYTES = 1024 * 1024, ROW_BYTES = 512 };
    return batch_bytes(batch) > SHARED_BYTES + batch->length * ROW_BYTES;
}

static enum status hold_batch(struct partition_writer *p, struct batch *batch, struct error *error)
{
    enum { FIRST = 4 };
    if (p->n_held == p->held_capacity) {
        size_t more = MAX(p->held_capacity * 2, (size_t)FIRST);
        TRY(block_grow((void **)&p->held, p->held_capacity * sizeof(struct batch *),
                       more * sizeof(struct batch *), budget_of(p), owner, error));
        p->held_capacity = more;
    }
    size_t bytes = batch_bytes(batch);
    p->held[p->n_held++] = batch_ref(batch);
    p->held_rows += batch->length;
    p->held_bytes += bytes;
    p->env->held_bytes += bytes;
    return STATUS_OK;
}

static enum status hold(struct partition_writer *p, struct batch *batch, struct error *error)
{
    struct batch *copy = NULL;
    if (!is_shared_memory(batch))
        return hold_batch(p, batch, error);
    TRY(copy_rows(batch, budget_of(p), &copy, error));
    enum status status = hold_batch(p, copy, error);
    batch_unref(copy);
    return status;
}

/* Writes held batches from the first on until `rows` or fewer are left. */
static enum status put_held(struct partition_writer *p, size_t rows, struct error *error)
{
    size_t at = 0;
    enum status status = STATUS_OK;
    while (at < p->n_held && p->held_rows > rows && status == STATUS_OK) {
        struct batch *batch = p->held[at++];
        size_t bytes = batch_bytes(batch);
        status = put(p, batch, error);
        if (status == STATUS_OK && batch->length > 0)
            status = keep_keys(p, batch, batch->length - 1, p->written, error);
        p->held_rows -= batch->length;
        p->held_bytes -= bytes;
        p->env->held_bytes -= bytes;
        batch_unref(batch);
    }
    p->n_held -= at;
    memmove(p->held, p->held + at, p->n_held * sizeof(struct batch *));
    return status;
}

static enum status sort_held(struct partition_writer *p, struct sort_result **out,
                             struct error *error)
{
    struct sort_state *state = NULL;
    TRY(sort_state_open(&p->env->order, &state, error));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < p->n_held && status == STATUS_OK; i++) {
        status = sort_state_add(state, p->held[i], error);
        if (status == STATUS_OK)
            status = context_check(p->env->context, error);
    }
    release_held(p);
    if (status == STATUS_OK)
        status = sort_state_finish(state, error);
    if (status != STATUS_OK) {
        sort_state_close(state);
        return status;
    }
    return sort_result_open(&p->env->order, &state, 1, out, error);
}

/* Lets go of the memory that rows share with others. */
static enum status compact(struct batch *batch, struct budget *budget, struct error *error)
{
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        struct column *column = NULL;
        TRY(column_compact_text(batch->columns[c], budget, &column, error));
        column_unref(batch->columns[c]);
        batch->columns[c] = column;
    }
    return STATUS_OK;
}

static enum status put_sorted(struct partition_writer *p, const struct sort_result *sorted,
                              uint64_t rows, struct error *error)
{
    for (uint64_t at = 0; at < rows;) {
        struct batch *batch = NULL;
        uint64_t n = MIN(rows - at, (uint64_t)EMIT_ROWS);
        TRY(sort_result_batch(sorted, at, n, &batch, error));
        enum status status = put(p, batch, error);
        at += n;
        if (status == STATUS_OK && at == rows)
            status = keep_keys(p, batch, (size_t)n - 1, p->written, error);
        batch_unref(batch);
        TRY(status);
    }
    return STATUS_OK;
}

static enum status hold_sorted(struct partition_writer *p, const struct sort_result *sorted,
                               uint64_t from, struct error *error)
{
    for (uint64_t at = from; at < sort_result_rows(sorted);) {
        struct batch *batch = NULL;
        uint64_t n = MIN(sort_result_rows(sorted) - at, (uint64_t)EMIT_ROWS);
        TRY(sort_result_batch(sorted, at, n, &batch, error));
        at += n;
        enum status status = compact(batch, budget_of(p), error);
        if (status == STATUS_OK)
            status = hold(p, batch, error);
        if (status == STATUS_OK && at == sort_result_rows(sorted))
            status = keep_keys(p, batch, (size_t)n - 1, p->last, error);
        batch_unref(batch);
        TRY(status);
    }
    return STATUS_OK;
}

/* Does the first sorted row come before what the file has? */
static enum status is_late(const struct partition_writer *p, const struct sort_result *sorted,
                           bool *late, struct error *error)
{
    struct batch *first = NULL;
    *late = false;
    if (!p->file)
        return STATUS_OK;
    TRY(sort_result_batch(sorted, 0, 1, &first, error));
    *late = compare_keys(p, first, 0, p->written) < 0;
    batch_unref(first);
    return STATUS_OK;
}

static enum status drain_sorted(struct partition_writer *p, const struct sort_result *sorted,
                                bool all, struct error *error)
{
    bool late = false;
    uint64_t rows = sort_result_rows(sorted);
    TRY(is_late(p, sorted, &late, error));
    if (late) {
        TRY(partition_writer_end_file(p, error));
        p->hold_rows = MIN(p->hold_rows * 2, (size_t)HOLD_ROWS_MAX);
    }
    uint64_t emit = all || late ? rows : rows - rows / 2;
    TRY(put_sorted(p, sorted, emit, error));
    p->is_held_sorted = true;
    if (emit < rows)
        return hold_sorted(p, sorted, emit, error);
    for (uint32_t k = 0; k < n_keys(p); k++) {
        column_unref(p->last[k]);
        p->last[k] = p->written[k] ? column_ref(p->written[k]) : NULL;
    }
    return STATUS_OK;
}

enum status partition_writer_drain(struct partition_writer *p, bool all, struct error *error)
{
    if (p->n_held == 0)
        return STATUS_OK;
    if (p->is_held_sorted)
        return put_held(p, all || !p->is_disordered ? 0 : p->held_rows / 2, error);
    struct sort_result *sorted = NULL;
    TRY(sort_held(p, &sorted, error));
    enum status status = drain_sorted(p, sorted, all, error);
    sort_result_close(sorted);
    return status;
}

bool partition_writer_is_ripe(const struct partition_writer *p)
{
    return p->held_rows >= (p->is_disordered ? p->hold_rows : HOLD_ROWS_FIRST);
}

enum status partition_writer_add(struct partition_writer *p, struct batch *batch,
                                 struct error *error)
{
    if (batch->length == 0)
        return STATUS_OK;
    p->used = ++p->env->clock;
    if (n_keys(p) > 0 && p->is_held_sorted) {
        p->is_held_sorted = compare_keys(p, batch, 0, p->last) >= 0 && is_sorted(p, batch);
        if (p->is_held_sorted)
            TRY(keep_keys(p, batch, batch->length - 1, p->last, error));
        else
            p->is_disordered = true;
    }
    if (!p->file || p->n_held > 0 || p->is_disordered)
        return hold(p, batch, error);
    TRY(put(p, batch, error));
    return keep_keys(p, batch, batch->length - 1, p->written, error);
}

/* ---- Small files ---- */

static bool is_of_partition(const struct partition_writer *p, const struct stored_file *file)
{
    for (uint32_t i = 0; i < p->env->table->n_partitions; i++) {
        const struct value *a = &file->partition[i], *b = &p->values[i];
        if (a->is_null != b->is_null || (!a->is_null && value_compare(a, b) != 0))
            return false;
    }
    return true;
}

static const struct stored_file *last_file(const struct partition_writer *p)
{
    const struct stored_table *table = p->env->table;
    const struct stored_file *last = NULL;
    for (uint32_t i = 0; i < table->n_files; i++)
        if (is_of_partition(p, &table->files[i]) && (!last || table->files[i].id > last->id))
            last = &table->files[i];
    return last;
}

/* The rows of a file, as the partition's first held ones. */
static enum status hold_rows_of(struct partition_writer *p, struct source *source,
                                struct error *error)
{
    uint32_t n = p->env->table->schema.n_fields;
    uint32_t *columns = ARENA_ARRAY(p->env->arena, uint32_t, MAX(n, 1u));
    struct scan *scan = NULL;
    struct reader *reader = NULL;
    TRY(arena_check(p->env->arena, error));
    for (uint32_t c = 0; c < n; c++)
        columns[c] = c;
    struct scan_request request = {.columns = columns, .n_columns = n, .row_limit = UINT64_MAX};
    TRY(source->ops->scan_open(source, &request, p->env->context, &scan, error));
    enum status status = scan->ops->reader_open(scan, &reader, error);
    bool more = status == STATUS_OK;
    while (more) {
        uint64_t morsel;
        struct batch *batch = NULL;
        status = reader->ops->next_morsel(reader, &morsel, &more, error);
        while (status == STATUS_OK && more) {
            status = reader->ops->next(reader, &batch, error);
            if (status != STATUS_OK || !batch)
                break;
            status = partition_writer_add(p, batch, error);
            batch_unref(batch);
        }
        more = more && status == STATUS_OK;
    }
    if (reader)
        reader->ops->close(reader);
    scan->ops->close(scan);
    return status;
}

static enum status read_file(struct partition_writer *p, const struct stored_file *file,
                             struct error *error)
{
    const struct stored_table *table = p->env->table;
    struct arena *arena = p->env->arena;
    struct segment_file *segment = ARENA_NEW(arena, struct segment_file);
    struct value *missing = ARENA_ARRAY(arena, struct value, MAX(table->schema.n_fields, 1u));
    struct source *source = NULL;
    *segment = (struct segment_file){
        .path = arena_printf(arena, "%s/%s", database_path(table->database), file->path),
        .rows = file->rows,
        .columns = file->columns,
        .constants = missing,
    };
    TRY(arena_check(arena, error));
    for (uint32_t c = 0; c < table->schema.n_fields; c++)
        missing[c] = table->columns[c].missing;
    TRY(segment_source_open(arena, table->name, segment, 1, &table->schema, p->env->context,
                            &source, error));
    enum status status = hold_rows_of(p, source, error);
    source->ops->close(source);
    return status;
}

enum status partition_writer_merge(struct partition_writer *p, struct error *error)
{
    if (p->file || p->has_files || p->held_rows == 0 || p->held_rows > MERGE_ROWS_MAX)
        return STATUS_OK;
    const struct stored_file *file = last_file(p);
    if (!file || file->rows > MERGE_ROWS_MAX || file->bytes > MERGE_BYTES_MAX)
        return STATUS_OK;
    bool taken; /* else another statement is at it: the new rows get a file of their own */
    TRY(change_replace_file(p->env->change, p->env->table, file, &taken, error));
    if (!taken)
        return STATUS_OK;
    struct partition_writer old;
    TRY(partition_writer_init(&old, p->env, p->values, error));
    enum status status = read_file(&old, file, error);
    /* The new rows after the old ones, so that ties keep their order. */
    for (size_t i = 0; i < p->n_held && status == STATUS_OK; i++)
        status = partition_writer_add(&old, p->held[i], error);
    if (status != STATUS_OK) {
        partition_writer_fini(&old);
        return status;
    }
    partition_writer_fini(p);
    *p = old;
    return STATUS_OK;
}
