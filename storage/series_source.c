/* series_source.c - each value is computed from its index, so morsels need nothing but a counter. */
#include "storage/series_source.h"

#include "storage/text_value.h"

enum { SERIES_MORSEL_ROWS = 65536 };

struct series_source {
    struct source source;
    struct series series;
    uint64_t n_rows;
};

struct series_scan {
    struct scan scan;
    uint32_t n_columns;
    uint64_t n_rows;
    atomic_uint_least64_t next_morsel;
};

struct series_reader {
    struct reader reader;
    uint64_t morsel, at, end;
};

static bool series_is_time(const struct series *series)
{
    return type_is_timestamp(series->start.type);
}

/* The value number i; false on overflow. */
static bool series_value(const struct series *series, uint64_t i, int64_t *out)
{
    if (!series_is_time(series)) {
        int128_t v = series->start.i64 + (int128_t)series->step.i64 * (int128_t)i;
        *out = (int64_t)v;
        return v >= INT64_MIN && v <= INT64_MAX;
    }
    struct interval step = series->step.interval;
    int128_t months = (int128_t)step.months * (int128_t)i;
    int128_t days = (int128_t)step.days * (int128_t)i;
    int128_t micros = (int128_t)step.micros * (int128_t)i;
    if (months < INT32_MIN || months > INT32_MAX || days < INT32_MIN || days > INT32_MAX ||
        micros < INT64_MIN || micros > INT64_MAX)
        return false;
    struct interval sum = {(int32_t)months, (int32_t)days, (int64_t)micros};
    return timestamp_add_interval(series->start.i64, false, sum, out);
}

/* +1, -1; 0: no step, or one with parts of both signs. */
static int series_sign(const struct series *series)
{
    if (!series_is_time(series))
        return (series->step.i64 > 0) - (series->step.i64 < 0);
    struct interval step = series->step.interval;
    bool up = step.months > 0 || step.days > 0 || step.micros > 0;
    bool down = step.months < 0 || step.days < 0 || step.micros < 0;
    return (int)up - (int)down;
}

static bool series_has(const struct series *series, int sign, uint64_t i)
{
    int64_t v;
    if (!series_value(series, i, &v))
        return false;
    int64_t stop = series->stop.i64;
    if (v == stop)
        return !series->exclusive;
    return sign > 0 ? v < stop : v > stop;
}

/* Values rise or fall with their index, so the count is found by doubling and halving. */
static uint64_t series_count(const struct series *series, int sign)
{
    if (!series_has(series, sign, 0))
        return 0;
    if (!series_is_time(series)) {
        int128_t length = sign > 0 ? (int128_t)series->stop.i64 - series->start.i64
                                   : (int128_t)series->start.i64 - series->stop.i64;
        int128_t step = sign > 0 ? (int128_t)series->step.i64 : -(int128_t)series->step.i64;
        int128_t n = length / step + (length % step != 0 || !series->exclusive);
        return n > INT64_MAX ? INT64_MAX : (uint64_t)n;
    }
    uint64_t low = 0, high = 1; /* low is there, high is not */
    while (series_has(series, sign, high) && high < (uint64_t)1 << 62) {
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (series_has(series, sign, middle))
            low = middle;
        else
            high = middle;
    }
    return high;
}

static enum status series_next_morsel(struct reader *base, uint64_t *morsel, bool *more,
                                      struct error *error)
{
    (void)error;
    struct series_reader *reader = (struct series_reader *)base;
    struct series_scan *scan = (struct series_scan *)base->scan;
    reader->morsel = atomic_fetch_add_explicit(&scan->next_morsel, 1, memory_order_relaxed);
    *morsel = reader->morsel;
    *more = reader->morsel <= (scan->n_rows + SERIES_MORSEL_ROWS - 1) / SERIES_MORSEL_ROWS &&
            reader->morsel * SERIES_MORSEL_ROWS < scan->n_rows;
    if (*more) {
        reader->at = reader->morsel * SERIES_MORSEL_ROWS;
        reader->end = MIN(reader->at + SERIES_MORSEL_ROWS, scan->n_rows);
    }
    return STATUS_OK;
}

static void series_fill(const struct series *series, uint64_t at, uint32_t n, int64_t *out)
{
    if (series_is_time(series)) {
        for (uint32_t i = 0; i < n; i++)
            (void)series_value(series, at + i, &out[i]);
        return;
    }
    uint64_t first = (uint64_t)series->start.i64 + at * (uint64_t)series->step.i64;
    uint64_t step = (uint64_t)series->step.i64;
    for (uint32_t i = 0; i < n; i++)
        out[i] = (int64_t)(first + i * step);
}

static enum status series_next(struct reader *base, struct batch **out, struct error *error)
{
    struct series_reader *reader = (struct series_reader *)base;
    struct series_scan *scan = (struct series_scan *)base->scan;
    const struct series_source *source = (const struct series_source *)scan->scan.source;
    const struct context *context = scan->scan.context;
    *out = NULL;
    if (reader->at >= reader->end)
        return STATUS_OK;
    TRY(context_check(context, error));
    uint32_t n = (uint32_t)MIN(reader->end - reader->at, (uint64_t)context->batch_size);
    struct batch *batch;
    TRY(batch_new(scan->n_columns, n, reader->morsel, context->budget, &batch, error));
    for (uint32_t i = 0; i < scan->n_columns; i++) {
        enum status status = column_new(source->source.schema.fields[0].type, n, context->budget,
                                        source->series.name, &batch->columns[i], error);
        if (status != STATUS_OK) {
            batch_unref(batch);
            return status;
        }
        series_fill(&source->series, reader->at, n, batch->columns[i]->data);
    }
    reader->at += n;
    atomic_fetch_add_explicit(&scan->scan.stats.rows, n, memory_order_relaxed);
    *out = batch;
    return STATUS_OK;
}

static void series_reader_close(struct reader *reader)
{
    block_free(reader, sizeof(struct series_reader), reader->scan->context->budget);
}

static const struct reader_ops SERIES_READER = {series_next_morsel, series_next,
                                                series_reader_close};

static enum status series_reader_open(struct scan *scan, struct reader **out, struct error *error)
{
    *out = NULL;
    void *memory;
    TRY(block_alloc(&memory, sizeof(struct series_reader), scan->context->budget, "a reader",
                    error));
    struct series_reader *reader = memory;
    reader->reader = (struct reader){&SERIES_READER, scan};
    *out = &reader->reader;
    return STATUS_OK;
}

static void series_scan_close(struct scan *scan)
{
    block_free(scan, sizeof(struct series_scan), scan->context->budget);
}

static const struct scan_ops SERIES_SCAN = {series_reader_open, series_scan_close};

static enum status series_scan_open(struct source *source, const struct scan_request *request,
                                    const struct context *context, struct scan **out,
                                    struct error *error)
{
    *out = NULL;
    void *memory;
    TRY(block_alloc(&memory, sizeof(struct series_scan), context->budget, "a scan", error));
    struct series_scan *scan = memory;
    scan->scan.ops = &SERIES_SCAN;
    scan->scan.source = source;
    scan->scan.context = context;
    scan->n_columns = request->n_columns;
    scan->n_rows = MIN(((const struct series_source *)source)->n_rows, request->row_limit);
    *out = &scan->scan;
    return STATUS_OK;
}

static void series_describe(struct source *source, const struct scan_request *request,
                            struct strbuf *out)
{
    (void)request;
    const struct series_source *series = (const struct series_source *)source;
    strbuf_printf(out, "%s, %llu rows", series->series.name, (unsigned long long)series->n_rows);
}

static void series_close(struct source *source)
{
    (void)source;
}

static const struct source_ops SERIES_SOURCE = {
    .name = "generate_series",
    .scan_open = series_scan_open,
    .describe = series_describe,
    .close = series_close,
};

enum status series_source_new(struct arena *arena, const struct series *series, struct source **out,
                              struct error *error)
{
    *out = NULL;
    int sign = series_sign(series);
    if (sign == 0) {
        bool zero = !series_is_time(series) ||
                    interval_compare(series->step.interval, (struct interval){0}) == 0;
        return error_set(error, STATUS_VALUE,
                         zero ? "the step of %s is zero" : "the step of %s both rises and falls",
                         series->name);
    }
    struct series_source *source = ARENA_NEW(arena, struct series_source);
    struct field *field = ARENA_NEW(arena, struct field);
    TRY(arena_check(arena, error));
    *field = (struct field){series->name, series->start.type, true};
    source->source.ops = &SERIES_SOURCE;
    source->source.arena = arena;
    source->source.schema = (struct schema){field, 1};
    source->source.n_visible = 1;
    source->series = *series;
    source->n_rows = series_count(series, sign);
    source->source.rows_estimate = (double)source->n_rows;
    *out = &source->source;
    return STATUS_OK;
}
