/* segment_scan.c - readers of data files: a morsel is a batch of a file, taken window by window.
 *
 *   1. A window is a few vectors. The columns of the predicates are decoded first; a window in which no row is left
 *      costs nothing more, and of the other columns only the vectors with rows left are decoded.
 *   2. Rows that fail are taken out where few are left; else the pipeline's own filter does it. */
#include "storage/segment_scan_int.h"
#include "storage/zone_map.h"

static const char owner[] = "Read(segments)";

struct segment_scan {
    struct scan base;
    struct segment_source *source;
    struct scan_plan plan;
    uint32_t *columns; /* fields asked for */
    uint32_t n_columns;
    const struct scan_predicate *predicates;
    uint32_t n_predicates;
    uint64_t row_limit;
    struct scan_cut cut;
    struct scan_top top;
    size_t window;  /* rows */
    bool any_order; /* readers take runs of neighbouring morsels */
    atomic_size_t next;
    atomic_uint_least64_t given; /* rows */
};

struct scan_reader {
    struct reader base;
    struct segment_reader *segment_reader;
    size_t file; /* that it is open on; SIZE_MAX: none */
    uint64_t morsel, bytes_counted;
    size_t run_at, run_end; /* morsels taken and not begun */
    uint32_t batch;
    size_t at, rows; /* of the batch */
    bool in_morsel;
    struct batch *held; /* a window that is given out in smaller batches */
    size_t held_at;
    struct column **decoded; /* per field of the schema: this window's predicate columns */
    uint8_t *keep;
    uint32_t *selected;
};

/* ---- Columns ---- */

static struct scan_file *file_of(const struct scan_reader *reader)
{
    return &((struct segment_scan *)reader->base.scan)->plan.files[reader->file];
}

/* The dictionary of a column, loaded by whoever comes first. It stays the file's. */
static enum status get_dictionary(struct scan_reader *reader, uint32_t column, struct type type,
                                  struct column **out, struct error *error)
{
    struct scan_file *file = file_of(reader);
    enum status status = STATUS_OK;
    mutex_lock(&file->lock);
    if (!file->dictionaries[column]) {
        status = segment_read_dictionary(reader->segment_reader, column,
                                         &file->dictionaries[column], error);
        if (file->dictionaries[column])
            file->dictionaries[column]->type = type;
    }
    *out = file->dictionaries[column];
    mutex_unlock(&file->lock);
    return status;
}

static enum status read_field(struct scan_reader *reader, uint32_t field, size_t n, uint32_t wanted,
                              struct column **out, struct error *error)
{
    struct segment_scan *scan = (struct segment_scan *)reader->base.scan;
    const struct schema *schema = &scan->source->base.schema;
    const struct scan_file *file = file_of(reader);
    struct type type = schema->fields[field].type;
    int32_t column = scan_file_column(file, field);
    *out = NULL;
    if (column < 0) {
        struct value value = scan_file_constant(file->file, schema, field);
        if (value.is_null)
            return column_new_constant(type, n, true, scan->base.context->budget, out, error);
        return value_to_column(&value, n, scan->base.context->budget, out, error);
    }
    struct column *dictionary = NULL;
    struct chunk chunk = segment_chunk(file->segment, reader->batch, (uint32_t)column);
    if (chunk.encoding == ENCODING_DICTIONARY)
        TRY(get_dictionary(reader, (uint32_t)column, type, &dictionary, error));
    TRY(segment_read_column(reader->segment_reader, reader->batch, (uint32_t)column, reader->at, n,
                            wanted, dictionary, out, error));
    (*out)->type = type;
    return STATUS_OK;
}

/* ---- Windows ---- */

static void drop_decoded(struct scan_reader *reader)
{
    const struct segment_scan *scan = (const struct segment_scan *)reader->base.scan;
    for (uint32_t i = 0; i < scan->n_predicates; i++) {
        uint32_t field = scan->predicates[i].column;
        column_unref(reader->decoded[field]);
        reader->decoded[field] = NULL;
    }
    if (scan->top.bar) {
        column_unref(reader->decoded[scan->top.column]);
        reader->decoded[scan->top.column] = NULL;
    }
}

/* A predicate that may fail for some rows of the batch, and that can be judged here. */
static bool must_filter(const struct scan_reader *reader, const struct scan_predicate *predicate)
{
    const struct segment_scan *scan = (const struct segment_scan *)reader->base.scan;
    const struct scan_file *file = file_of(reader);
    struct type type = scan->source->base.schema.fields[predicate->column].type;
    int32_t column = scan_file_column(file, predicate->column);
    if (column < 0 || !scan_can_filter(type, predicate))
        return false;
    struct chunk chunk = segment_chunk(file->segment, reader->batch, (uint32_t)column);
    struct zone zone = segment_zone(type, &chunk, reader->rows);
    return !zone_all_pass(&zone, type, predicate);
}

/* Clears the rows that fail; `is_whole` until `keep` is in use. */
static enum status filter_rows(struct scan_reader *reader, const struct scan_predicate *predicate,
                               size_t n, bool *is_whole, size_t *n_left, struct error *error)
{
    uint32_t field = predicate->column;
    if (*is_whole)
        memset(reader->keep, 1, n);
    *is_whole = false;
    if (!reader->decoded[field])
        TRY(read_field(reader, field, n, UINT32_MAX, &reader->decoded[field], error));
    scan_filter(reader->decoded[field], predicate, reader->keep);
    *n_left = 0;
    for (size_t r = 0; r < n; r++)
        *n_left += reader->keep[r];
    return STATUS_OK;
}

/* Rows worse than all that will come out. */
static enum status filter_top(struct scan_reader *reader, size_t n, bool *is_whole, size_t *n_left,
                              struct error *error)
{
    const struct segment_scan *scan = (const struct segment_scan *)reader->base.scan;
    const struct scan_file *file = file_of(reader);
    struct scan_predicate predicate;
    if (!scan->top.bar || *n_left == 0)
        return STATUS_OK;
    struct type type = scan->source->base.schema.fields[scan->top.column].type;
    int32_t column = scan_file_column(file, scan->top.column);
    if (column < 0)
        return STATUS_OK;
    struct chunk chunk = segment_chunk(file->segment, reader->batch, (uint32_t)column);
    if (!scan_top_predicate(&scan->top, type, &chunk, &predicate) ||
        !must_filter(reader, &predicate))
        return STATUS_OK;
    return filter_rows(reader, &predicate, n, is_whole, n_left, error);
}

/* Marks the rows of the window that are left in `keep`. */
static enum status filter_window(struct scan_reader *reader, size_t n, size_t *n_left,
                                 struct error *error)
{
    const struct segment_scan *scan = (const struct segment_scan *)reader->base.scan;
    bool is_whole = true;
    *n_left = n;
    for (uint32_t i = 0; i<scan->n_predicates && * n_left> 0; i++)
        if (must_filter(reader, &scan->predicates[i]))
            TRY(filter_rows(reader, &scan->predicates[i], n, &is_whole, n_left, error));
    return filter_top(reader, n, &is_whole, n_left, error);
}

/* The rows that are left, and the vectors that have some. */
static uint32_t select_rows(struct scan_reader *reader, size_t n)
{
    uint32_t wanted = 0;
    size_t count = 0;
    for (size_t r = 0; r < n; r++) {
        reader->selected[count] = (uint32_t)r;
        count += reader->keep[r];
        wanted |= (uint32_t)reader->keep[r] << r / VECTOR_ROWS;
    }
    return wanted;
}

/* The column of the cut as a constant, where its rows lie in one interval. */
static enum status read_cut(struct scan_reader *reader, uint32_t field, size_t n,
                            struct column **out, struct error *error)
{
    const struct segment_scan *scan = (const struct segment_scan *)reader->base.scan;
    const struct scan_file *file = file_of(reader);
    int32_t column = scan_file_column(file, field);
    bool is_constant = false;
    int64_t value;
    if (column >= 0)
        TRY(scan_cut_is_constant(reader->segment_reader, file->segment, reader->batch,
                                 (uint32_t)column, reader->at, n, &scan->cut, &is_constant, &value,
                                 error));
    if (!is_constant)
        return read_field(reader, field, n, UINT32_MAX, out, error);
    TRY(column_new_constant(scan->source->base.schema.fields[field].type, n, false,
                            scan->base.context->budget, out, error));
    *(int64_t *)(*out)->data = value;
    return STATUS_OK;
}

static enum status fill_batch(struct scan_reader *reader, size_t n, uint32_t wanted,
                              struct batch *batch, struct error *error)
{
    const struct segment_scan *scan = (const struct segment_scan *)reader->base.scan;
    for (uint32_t i = 0; i < scan->n_columns; i++) {
        uint32_t field = scan->columns[i];
        if (reader->decoded[field])
            batch->columns[i] = column_ref(reader->decoded[field]);
        else if (scan->cut.is_set && scan->cut.column == field)
            TRY(read_cut(reader, field, n, &batch->columns[i], error));
        else
            TRY(read_field(reader, field, n, wanted, &batch->columns[i], error));
    }
    return STATUS_OK;
}

/* The rows of the window that are left; NULL if none is. */
static enum status read_window(struct scan_reader *reader, size_t n, struct batch **out,
                               struct error *error)
{
    const struct segment_scan *scan = (const struct segment_scan *)reader->base.scan;
    size_t n_left;
    *out = NULL;
    TRY(filter_window(reader, n, &n_left, error));
    if (n_left == 0)
        return STATUS_OK;
    /* A selection costs a copy of each column: with most rows left the filter above is the cheaper one. */
    bool selects = n_left < n / 2;
    uint32_t wanted = selects ? select_rows(reader, n) : UINT32_MAX;
    struct batch *batch = NULL, *taken = NULL;
    TRY(batch_new(scan->n_columns, n, reader->morsel, scan->base.context->budget, &batch, error));
    enum status status = fill_batch(reader, n, wanted, batch, error);
    if (status == STATUS_OK && selects)
        status = batch_take(batch, reader->selected, n_left, &taken, error);
    if (status == STATUS_OK && !selects)
        taken = batch_ref(batch);
    batch_unref(batch);
    *out = taken;
    return status;
}

/* ---- The reader ---- */

static void leave_morsel(struct scan_reader *reader)
{
    if (!reader->in_morsel)
        return;
    reader->in_morsel = false;
    struct scan_file *file = file_of(reader);
    if (atomic_fetch_sub(&file->left, 1) != 1)
        return;
    for (uint32_t c = 0; c < file->segment->n_columns; c++) {
        column_unref(file->dictionaries[c]);
        file->dictionaries[c] = NULL;
    }
}

static void count_bytes(struct scan_reader *reader)
{
    if (!reader->segment_reader)
        return;
    uint64_t bytes = segment_reader_bytes(reader->segment_reader);
    atomic_fetch_add_explicit(&reader->base.scan->stats.bytes, bytes - reader->bytes_counted,
                              memory_order_relaxed);
    reader->bytes_counted = bytes;
}

static enum status enter_file(struct scan_reader *reader, size_t file, struct error *error)
{
    const struct segment_scan *scan = (const struct segment_scan *)reader->base.scan;
    if (reader->file == file)
        return STATUS_OK;
    count_bytes(reader);
    segment_reader_close(reader->segment_reader);
    reader->segment_reader = NULL;
    reader->bytes_counted = 0;
    reader->file = SIZE_MAX;
    TRY(segment_reader_open(scan->base.context, scan->plan.files[file].segment,
                            &reader->segment_reader, error));
    reader->file = file;
    return STATUS_OK;
}

/* The next morsel's place in the plan, or past it. Runs get shorter towards the end, so that readers end together. */
static size_t take_morsel(struct scan_reader *reader, struct segment_scan *scan)
{
    if (reader->run_at < reader->run_end)
        return reader->run_at++;
    size_t n = 1, at = atomic_load_explicit(&scan->next, memory_order_relaxed);
    do {
        size_t left = scan->plan.n_morsels - MIN(at, scan->plan.n_morsels);
        if (scan->any_order)
            n = MAX(left / (2 * (size_t)MAX(scan->base.context->n_threads, 1u)), (size_t)1);
    } while (!atomic_compare_exchange_weak(&scan->next, &at, at + n));
    reader->run_at = at + 1;
    reader->run_end = at + n;
    return at;
}

static enum status reader_next_morsel(struct reader *base, uint64_t *morsel, bool *more,
                                      struct error *error)
{
    struct scan_reader *reader = (struct scan_reader *)base;
    struct segment_scan *scan = (struct segment_scan *)base->scan;
    leave_morsel(reader);
    bool has_enough = atomic_load_explicit(&scan->given, memory_order_relaxed) >= scan->row_limit;
    size_t i = has_enough ? scan->plan.n_morsels : take_morsel(reader, scan);
    *more = i < scan->plan.n_morsels;
    if (!*more)
        return STATUS_OK;
    struct scan_morsel found = scan->plan.morsels[i];
    if (scan->top.bar && scan_top_is_over(&scan->top, &found)) {
        *more = false;
        return STATUS_OK;
    }
    TRY(enter_file(reader, found.file, error));
    reader->in_morsel = true;
    reader->morsel = *morsel = found.number;
    reader->batch = found.batch;
    reader->at = 0;
    reader->rows = scan->plan.files[found.file].segment->batch_rows[found.batch];
    return STATUS_OK;
}

/* Up to batch_size rows of what is held. */
static enum status give_held(struct scan_reader *reader, struct batch **out, struct error *error)
{
    struct segment_scan *scan = (struct segment_scan *)reader->base.scan;
    size_t n = MIN(reader->held->length - reader->held_at, (size_t)scan->base.context->batch_size);
    if (n == reader->held->length) {
        *out = reader->held;
        reader->held = NULL;
    } else {
        TRY(batch_slice(reader->held, reader->held_at, n, out, error));
        reader->held_at += n;
        if (reader->held_at == reader->held->length) {
            batch_unref(reader->held);
            reader->held = NULL;
        }
    }
    atomic_fetch_add_explicit(&scan->given, n, memory_order_relaxed);
    return STATUS_OK;
}

static enum status reader_next(struct reader *base, struct batch **out, struct error *error)
{
    struct scan_reader *reader = (struct scan_reader *)base;
    const struct segment_scan *scan = (const struct segment_scan *)base->scan;
    *out = NULL;
    while (!reader->held && reader->at < reader->rows) {
        TRY(context_check(scan->base.context, error));
        size_t n = MIN(reader->rows - reader->at, scan->window);
        enum status status = read_window(reader, n, &reader->held, error);
        drop_decoded(reader);
        if (status != STATUS_OK)
            return status;
        reader->held_at = 0;
        reader->at += n;
        atomic_fetch_add_explicit(&base->scan->stats.rows, n, memory_order_relaxed);
    }
    count_bytes(reader);
    return reader->held ? give_held(reader, out, error) : STATUS_OK;
}

static size_t decoded_size(const struct segment_scan *scan)
{
    return MAX(scan->source->base.schema.n_fields, 1u) * sizeof(struct column *);
}

static void reader_close(struct reader *base)
{
    struct scan_reader *reader = (struct scan_reader *)base;
    struct segment_scan *scan = (struct segment_scan *)base->scan;
    struct budget *budget = scan->base.context->budget;
    leave_morsel(reader);
    segment_reader_close(reader->segment_reader);
    batch_unref(reader->held);
    if (reader->decoded)
        block_free(reader->decoded, decoded_size(scan), budget);
    if (reader->keep)
        block_free(reader->keep, scan->window, budget);
    if (reader->selected)
        block_free(reader->selected, (scan->window + 1) * sizeof(uint32_t), budget);
    block_free(reader, sizeof *reader, budget);
}

static const struct reader_ops reader_ops = {reader_next_morsel, reader_next, reader_close};

static enum status init_reader(struct segment_scan *scan, struct scan_reader *reader,
                               struct error *error)
{
    struct budget *budget = scan->base.context->budget;
    void *memory = NULL;
    TRY(block_alloc(&memory, decoded_size(scan), budget, owner, error));
    reader->decoded = memory;
    TRY(block_alloc(&memory, scan->window, budget, owner, error));
    reader->keep = memory;
    TRY(block_alloc(&memory, (scan->window + 1) * sizeof(uint32_t), budget, owner, error));
    reader->selected = memory;
    return STATUS_OK;
}

static enum status scan_reader_open(struct scan *base, struct reader **out, struct error *error)
{
    struct segment_scan *scan = (struct segment_scan *)base;
    void *memory = NULL;
    *out = NULL;
    TRY(block_alloc(&memory, sizeof(struct scan_reader), base->context->budget, owner, error));
    struct scan_reader *reader = memory;
    reader->base = (struct reader){&reader_ops, base};
    reader->file = SIZE_MAX;
    enum status status = init_reader(scan, reader, error);
    if (status != STATUS_OK) {
        reader_close(&reader->base);
        return status;
    }
    *out = &reader->base;
    return STATUS_OK;
}

/* ---- The scan ---- */

static void scan_close(struct scan *base)
{
    struct segment_scan *scan = (struct segment_scan *)base;
    struct budget *budget = base->context->budget;
    scan_plan_fini(&scan->plan);
    block_free(scan->columns, scan->n_columns * sizeof *scan->columns, budget);
    block_free(scan, sizeof *scan, budget);
}

static const struct scan_ops scan_ops = {scan_reader_open, scan_close};

/* Whole vectors, about as many rows as a batch wants. */
static size_t window_rows(const struct context *context)
{
    size_t n = MIN((size_t)context->batch_size, (size_t)SEGMENT_BATCH_ROWS);
    return MAX(n / VECTOR_ROWS * VECTOR_ROWS, (size_t)VECTOR_ROWS);
}

static enum status init_scan(struct segment_scan *scan, const struct scan_request *request,
                             struct error *error)
{
    void *memory = NULL;
    const struct context *context = scan->base.context;
    size_t size = request->n_columns * sizeof *scan->columns;
    TRY(block_alloc(&memory, size, context->budget, owner, error));
    scan->columns = memory;
    scan->n_columns = request->n_columns;
    if (size > 0)
        memcpy(scan->columns, request->columns, size);
    TRY(scan_plan_make(scan->source, request, context, &scan->plan, error));
    if (scan->top.bar)
        scan_top_order(&scan->top, &scan->plan);
    atomic_store(&scan->base.stats.bytes_total, scan->plan.bytes);
    return STATUS_OK;
}

enum status segment_scan_open(struct source *source, const struct scan_request *request,
                              const struct context *context, struct scan **out, struct error *error)
{
    *out = NULL;
    void *memory = NULL;
    TRY(block_alloc(&memory, sizeof(struct segment_scan), context->budget, owner, error));
    struct segment_scan *scan = memory;
    scan->base.ops = &scan_ops;
    scan->base.source = source;
    scan->base.context = context;
    scan->source = (struct segment_source *)source;
    scan->plan.budget = context->budget;
    scan->predicates = request->predicates;
    scan->n_predicates = request->n_predicates;
    scan->row_limit = request->row_limit;
    scan->any_order = request->any_order;
    scan->cut = request->cut;
    scan->top = request->top;
    scan->window = window_rows(context);
    enum status status = init_scan(scan, request, error);
    if (status != STATUS_OK) {
        scan_close(&scan->base);
        return status;
    }
    *out = &scan->base;
    return STATUS_OK;
}
