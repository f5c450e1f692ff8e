/* file_merge.c - see file_merge.h.
 *
 *   1. A round takes from every file the rows up to a bound: the least of the last keys of the batches at hand. No row
 *      that is not at hand yet comes before it.                                                    [find_bound]
 *   2. Rows equal to the bound come from the file that set it and those before it; those after it wait, as the
 *      bound's file may have more of them.                                                         [count_rows]
 *   3. Rows of one file alone are passed on; rows of several are sorted, which keeps ties in their order. */
#include "exec/file_merge.h"

#include "exec/sort.h"
#include "storage/segment_source.h"

static const char owner[] = "OPTIMIZE";

enum { EMIT_ROWS = 16384 };

/* One file being read. */
struct stream {
    struct source *source;
    struct scan *scan;
    struct reader *reader;
    bool in_morsel;
    struct batch *batch; /* NULL: the file is at its end */
    size_t at, taken;    /* rows passed on; of this round */
};

struct merge {
    const struct context *context;
    const struct stored_table *table;
    struct arena *arena;
    struct stream *streams;
    size_t n_streams;
    struct sort_plan order;
    file_merge_fn *fn;
    void *fn_context;
};

/* ---- Reading ---- */

static enum status open_stream(struct merge *m, const struct stored_file *file, struct stream *s,
                               struct error *error)
{
    const struct stored_table *table = m->table;
    uint32_t n = table->schema.n_fields;
    struct segment_file *segment = ARENA_NEW(m->arena, struct segment_file);
    struct value *missing = ARENA_ARRAY(m->arena, struct value, n + 1);
    uint32_t *columns = ARENA_ARRAY(m->arena, uint32_t, n + 1);
    TRY(arena_check(m->arena, error));
    for (uint32_t i = 0; i < n; i++) {
        missing[i] = table->columns[i].missing;
        columns[i] = i;
    }
    *segment = (struct segment_file){
        .path = arena_printf(m->arena, "%s/%s", database_path(table->database), file->path),
        .rows = file->rows,
        .columns = file->columns,
        .constants = missing,
    };
    TRY(arena_check(m->arena, error));
    TRY(segment_source_open(m->arena, table->name, segment, 1, &table->schema, m->context,
                            &s->source, error));
    struct scan_request request = {.columns = columns, .n_columns = n, .row_limit = UINT64_MAX};
    TRY(s->source->ops->scan_open(s->source, &request, m->context, &s->scan, error));
    return s->scan->ops->reader_open(s->scan, &s->reader, error);
}

static void close_stream(struct stream *s)
{
    batch_unref(s->batch);
    if (s->reader)
        s->reader->ops->close(s->reader);
    if (s->scan)
        s->scan->ops->close(s->scan);
    if (s->source)
        s->source->ops->close(s->source);
    *s = (struct stream){0};
}

/* The next batch with rows, if what is at hand was passed on. */
static enum status fill_stream(struct stream *s, struct error *error)
{
    if (s->batch && s->at < s->batch->length)
        return STATUS_OK;
    batch_unref(s->batch);
    s->batch = NULL;
    s->at = 0;
    while (s->reader) {
        uint64_t morsel;
        bool more = true;
        if (!s->in_morsel)
            TRY(s->reader->ops->next_morsel(s->reader, &morsel, &more, error));
        if (!more) {
            close_stream(s);
            return STATUS_OK;
        }
        TRY(s->reader->ops->next(s->reader, &s->batch, error));
        s->in_morsel = s->batch != NULL;
        if (s->batch && s->batch->length > 0)
            return STATUS_OK;
        batch_unref(s->batch);
        s->batch = NULL;
    }
    return STATUS_OK;
}

/* ---- Order ---- */

static int compare_rows(const struct merge *m, const struct batch *a, size_t i,
                        const struct batch *b, size_t j)
{
    for (uint32_t k = 0; k < m->table->n_order_by; k++) {
        uint32_t column = m->table->order_by[k];
        int order = column_compare(a->columns[column], i, b->columns[column], j);
        if (order != 0)
            return order;
    }
    return 0;
}

/* The stream whose batch at hand ends first; n_streams if all are at their ends. */
static size_t find_bound(const struct merge *m)
{
    size_t bound = m->n_streams;
    for (size_t i = 0; i < m->n_streams; i++) {
        const struct batch *batch = m->streams[i].batch;
        const struct batch *least = bound < m->n_streams ? m->streams[bound].batch : NULL;
        if (batch &&
            (!least || compare_rows(m, batch, batch->length - 1, least, least->length - 1) < 0))
            bound = i;
    }
    return bound;
}

/* How many rows of a stream are not past the bound. */
static size_t count_rows(const struct merge *m, size_t stream, size_t bound)
{
    const struct stream *s = &m->streams[stream];
    const struct batch *end = m->streams[bound].batch;
    if (!s->batch)
        return 0;
    if (stream == bound || m->table->n_order_by == 0)
        return stream == bound ? s->batch->length - s->at : 0;
    size_t low = s->at, high = s->batch->length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_rows(m, s->batch, middle, end, end->length - 1);
        if (order < 0 || (order == 0 && stream < bound))
            low = middle + 1;
        else
            high = middle;
    }
    return low - s->at;
}

/* ---- Rounds ---- */

static enum status take_slice(struct stream *s, struct batch **out, struct error *error)
{
    if (s->at == 0 && s->taken == s->batch->length) {
        *out = batch_ref(s->batch);
        return STATUS_OK;
    }
    return batch_slice(s->batch, s->at, s->taken, out, error);
}

static enum status pass_on(struct merge *m, struct stream *s, struct error *error)
{
    struct batch *slice;
    TRY(take_slice(s, &slice, error));
    enum status status = m->fn(m->fn_context, slice, error);
    batch_unref(slice);
    return status;
}

static enum status sort_round(struct merge *m, struct sort_result **out, struct error *error)
{
    struct sort_state *state = NULL;
    TRY(sort_state_open(&m->order, &state, error));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < m->n_streams && status == STATUS_OK; i++) {
        struct batch *slice = NULL;
        if (!m->streams[i].taken)
            continue;
        status = take_slice(&m->streams[i], &slice, error);
        if (status == STATUS_OK)
            status = sort_state_add(state, slice, error);
        batch_unref(slice);
    }
    if (status == STATUS_OK)
        status = sort_state_finish(state, error);
    if (status != STATUS_OK) {
        sort_state_close(state);
        return status;
    }
    return sort_result_open(&m->order, &state, 1, out, error);
}

static enum status pass_sorted(struct merge *m, const struct sort_result *sorted,
                               struct error *error)
{
    uint64_t rows = sort_result_rows(sorted);
    for (uint64_t at = 0; at < rows; at += EMIT_ROWS) {
        struct batch *batch;
        TRY(sort_result_batch(sorted, at, MIN(rows - at, (uint64_t)EMIT_ROWS), &batch, error));
        enum status status = m->fn(m->fn_context, batch, error);
        batch_unref(batch);
        TRY(status);
    }
    return STATUS_OK;
}

static enum status run_round(struct merge *m, size_t bound, struct error *error)
{
    size_t n_with_rows = 0;
    for (size_t i = 0; i < m->n_streams; i++) {
        m->streams[i].taken = count_rows(m, i, bound);
        n_with_rows += m->streams[i].taken > 0;
    }
    if (n_with_rows == 1) {
        TRY(pass_on(m, &m->streams[bound], error));
    } else {
        struct sort_result *sorted = NULL;
        TRY(sort_round(m, &sorted, error));
        enum status status = pass_sorted(m, sorted, error);
        sort_result_close(sorted);
        TRY(status);
    }
    for (size_t i = 0; i < m->n_streams; i++)
        m->streams[i].at += m->streams[i].taken;
    return STATUS_OK;
}

static enum status run_rounds(struct merge *m, struct error *error)
{
    for (;;) {
        TRY(context_check(m->context, error));
        for (size_t i = 0; i < m->n_streams; i++)
            TRY(fill_stream(&m->streams[i], error));
        size_t bound = find_bound(m);
        if (bound == m->n_streams)
            return STATUS_OK;
        TRY(run_round(m, bound, error));
    }
}

static enum status init_order(struct merge *m, struct error *error)
{
    uint32_t n = m->table->n_order_by;
    struct sort_key *keys = ARENA_ARRAY(m->arena, struct sort_key, n + 1);
    TRY(arena_check(m->arena, error));
    for (uint32_t k = 0; k < n; k++)
        keys[k] = (struct sort_key){.column = m->table->order_by[k], .nulls_first = true};
    m->order = (struct sort_plan){
        .context = m->context,
        .schema = &m->table->schema,
        .keys = keys,
        .n_keys = n,
        .limit = UINT64_MAX,
        .owner = owner,
    };
    return STATUS_OK;
}

static enum status merge_all(struct merge *m, const struct stored_file *const *files,
                             struct error *error)
{
    m->streams = ARENA_ARRAY(m->arena, struct stream, m->n_streams + 1);
    TRY(arena_check(m->arena, error));
    TRY(init_order(m, error));
    for (size_t i = 0; i < m->n_streams; i++)
        TRY(open_stream(m, files[i], &m->streams[i], error));
    return run_rounds(m, error);
}

enum status file_merge(const struct context *context, const struct stored_table *table,
                       const struct stored_file *const *files, size_t n_files, file_merge_fn *fn,
                       void *fn_context, struct error *error)
{
    struct arena arena;
    struct merge m = {.context = context,
                      .table = table,
                      .arena = &arena,
                      .n_streams = n_files,
                      .fn = fn,
                      .fn_context = fn_context};
    TRY(arena_init(&arena, error));
    enum status status = merge_all(&m, files, error);
    for (size_t i = 0; m.streams && i < n_files; i++)
        close_stream(&m.streams[i]);
    arena_fini(&arena);
    return status;
}
