/* text_chain.c - where a morsel of a plain file begins, and what it must know of the morsels before it.
 *
 * A morsel of JSON lines owns the lines that begin in its byte range. With CSV a newline may be inside quotes, and
 * whether it is depends on all quotes before it. So each morsel, before it is read, runs through its range once,
 * looking at quotes only; it takes the state from the morsel before and passes its own on. Row numbers
 * travel the same way. A morsel is given out only when that is done, so nobody waits for a reader that was
 * never asked to go on. */
#include "storage/csv_field.h"

/* Puts the feed behind the first newline at or after its start; false: there is none before `end`. */
static enum status skip_to_newline(struct text_feed *feed, uint64_t end, bool *found,
                                   struct error *error)
{
    *found = false;
    for (;;) {
        const char *base = feed->buffer ? (const char *)feed->buffer->data : NULL;
        const char *newline = feed->end > feed->start
                                  ? memchr(base + feed->start, '\n', feed->end - feed->start)
                                  : NULL;
        if (newline) {
            feed->start = (size_t)(newline + 1 - base);
            *found = text_feed_position(feed) < end;
            return STATUS_OK;
        }
        feed->start = feed->end;
        if (feed->eof || text_feed_position(feed) >= end)
            return STATUS_OK;
        TRY(text_feed_more(feed, error));
    }
}

/* Makes the window reach over the first newline at or after `end - 1` (or the end of the file): *at is that newline. */
static enum status load_through(struct text_feed *feed, uint64_t end, const char **at,
                                struct error *error)
{
    for (;;) {
        if (feed->buffer) {
            const char *base = (const char *)feed->buffer->data;
            uint64_t from = MAX(end - 1, text_feed_position(feed));
            uint64_t have = feed->offset + feed->end;
            *at = from < have ? memchr(base + (from - feed->offset), '\n', (size_t)(have - from))
                              : NULL;
            if (*at)
                return STATUS_OK;
            *at = base + feed->end;
        }
        if (feed->eof)
            return STATUS_OK;
        TRY(text_feed_more(feed, error));
    }
}

static enum status wait_turn(struct text_reader *reader, struct error *error)
{
    struct text_chain *chain = &reader->scan->chain;
    enum status status = STATUS_OK;
    mutex_lock(&chain->mutex);
    while (chain->next != reader->morsel && !chain->failed && status == STATUS_OK) {
        condition_wait_for(&chain->changed, &chain->mutex, 20);
        status = context_check(reader->context, error);
    }
    if (chain->failed && chain->next != reader->morsel && status == STATUS_OK)
        status = error_set(error, STATUS_CANCELLED, "interrupted");
    mutex_unlock(&chain->mutex);
    return status;
}

static void pass_on(struct text_reader *reader, bool in_quotes, uint64_t rows)
{
    struct text_chain *chain = &reader->scan->chain;
    mutex_lock(&chain->mutex);
    chain->in_quotes = in_quotes;
    chain->rows = rows;
    chain->next = reader->morsel + 1;
    condition_broadcast(&chain->changed);
    mutex_unlock(&chain->mutex);
}

void text_chain_fail(struct text_scan *scan)
{
    mutex_lock(&scan->chain.mutex);
    scan->chain.failed = true;
    condition_broadcast(&scan->chain.changed);
    mutex_unlock(&scan->chain.mutex);
}

static bool needs_chain(const struct text_reader *reader)
{
    const struct text_source *source = reader->source;
    return reader->scan->wants_row_number ||
           (source->format == TEXT_FORMAT_CSV && source->options.quote != '\0');
}

enum status text_chain_pass(struct text_reader *reader, struct error *error)
{
    if (!needs_chain(reader))
        return STATUS_OK;
    TRY(wait_turn(reader, error));
    struct text_chain *chain = &reader->scan->chain;
    pass_on(reader, chain->in_quotes, chain->rows);
    return STATUS_OK;
}

/* Where the row at `p` ends, for CSV; `window` if that is not in the window. */
static const char *csv_row_end(const struct csv_dialect *dialect, const char *p, const char *window)
{
    const char *bad = NULL;
    uint32_t n;
    const char *next = csv_field_record(dialect, p, window, NULL, 0, &n, &bad);
    if (!next && bad) {
        next = memchr(bad, '\n', (size_t)(window - bad));
        next = next ? next + 1 : NULL;
    }
    return next ? next : window;
}

/* Rows that begin between the feed's start and `end`; they are read again afterwards. */
static uint64_t count_rows(const struct text_reader *reader, const char *end)
{
    const struct text_feed *feed = &reader->feed;
    const struct csv_dialect *dialect = &reader->state->dialect;
    const char *base = (const char *)feed->buffer->data, *p = base + feed->start;
    bool is_csv = reader->source->format == TEXT_FORMAT_CSV;
    uint64_t rows = 0;
    /* Fields are scanned up to a newline: one must stand at the end. */
    const char *last = p < end ? text_scan_last_newline(p, (size_t)(base + feed->end - p)) : NULL;
    if (!last)
        return 0;
    const char *window = last + 1;
    end = MIN(end, window);
    while (p < end) {
        if (is_csv) {
            bool blank = *p == '\n' || (*p == '\r' && p[1] == '\n');
            rows += !(blank && dialect->n_columns > 1);
            p = csv_row_end(dialect, p, window);
            continue;
        }
        while (*p == ' ' || *p == '\t' || *p == '\r')
            p++;
        const char *newline = memchr(p, '\n', (size_t)(window - p));
        rows += *p != '\n';
        p = newline ? newline + 1 : end;
    }
    return rows;
}

/* The morsel begins inside quotes: goes to where they and their row end. */
static enum status skip_quoted_rest(struct text_reader *reader, uint64_t end, bool *found,
                                    struct error *error)
{
    struct text_feed *feed = &reader->feed;
    for (;;) {
        const char *base = (const char *)feed->buffer->data;
        const char *next =
            csv_field_resync(&reader->state->dialect, base + feed->start, base + feed->end);
        if (next) {
            feed->start = (size_t)(next - base);
            *found = text_feed_position(feed) < end;
            return STATUS_OK;
        }
        if (feed->eof) {
            feed->start = feed->end;
            *found = false;
            return STATUS_OK;
        }
        TRY(text_feed_more(feed, error));
    }
}

/* A morsel that stands in a chain: its whole range comes into the window. */
static enum status enter_in_chain(struct text_reader *reader, bool first, bool last, bool found,
                                  uint64_t end, struct error *error)
{
    struct text_feed *feed = &reader->feed;
    struct text_chain *chain = &reader->scan->chain;
    bool quotes =
        reader->source->format == TEXT_FORMAT_CSV && reader->source->options.quote != '\0';
    bool counts = reader->scan->wants_row_number;
    const char *newline = NULL;
    if (found && (!last || counts))
        TRY(load_through(feed, end, &newline, error));
    const char *start = feed->buffer ? (const char *)feed->buffer->data + feed->start : NULL;
    const struct csv_dialect *dialect = &reader->state->dialect;
    bool out = newline && quotes && csv_field_in_quotes(dialect, start, newline, false);
    TRY(wait_turn(reader, error));
    bool in = !first && chain->in_quotes;
    uint64_t rows = first ? 0 : chain->rows;
    if (found && in) {
        out = newline && csv_field_in_quotes(dialect, start, newline, true);
        TRY(skip_quoted_rest(reader, end, &found, error));
    } else if (!found) {
        out = in;
    }
    reader->row_number = rows;
    if (found && counts) {
        /* Quotes may lead past the newline, to where the last row ends. */
        const char *stop = (const char *)feed->buffer->data + (end - feed->offset);
        stop = MIN(stop, (const char *)feed->buffer->data + feed->end);
        rows += count_rows(reader, stop);
    }
    pass_on(reader, out && !last, last ? 0 : rows);
    reader->active = found;
    return STATUS_OK;
}

enum status text_chain_enter(struct text_reader *reader, uint64_t k, uint64_t size,
                             struct error *error)
{
    struct text_feed *feed = &reader->feed;
    uint64_t file_size = reader->file->size, from = k * size;
    uint64_t end = size == 0 || file_size - from <= size ? file_size : from + size;
    bool last = end == file_size, found = true;
    uint64_t data_start = reader->state->data_start;
    reader->range_end = last ? UINT64_MAX : end;
    if (end <= data_start) {
        found = false;
    } else if (from <= data_start) {
        TRY(text_feed_open_range(feed, reader->file->path, data_start, end + FEED_AHEAD, file_size,
                                 error));
    } else {
        TRY(text_feed_open_range(feed, reader->file->path, from - 1, end + FEED_AHEAD, file_size,
                                 error));
        TRY(skip_to_newline(feed, end, &found, error));
    }
    if (needs_chain(reader))
        return enter_in_chain(reader, k == 0, last, found, end, error);
    reader->active = found;
    return STATUS_OK;
}
