/* text_start.c - where a morsel of a plain file begins.
 *
 * A morsel owns the rows that begin in its byte range. A reader that goes on from the morsel before is there already.
 * Else, with JSON lines, the row begins behind the first newline. With CSV that newline may be inside quotes, and
 * whether it is depends on all quotes before it: so whoever begins a run reads what lies between the last known start
 * and its own, looking at quotes only, and leaves what it found to the others (text_starts). Rows are counted
 * the same way. No reader waits for another, but for the lock.
 *
 * If the caller can undo everything (scan.may_guess), the first newline is taken to end a row. The reader of the run
 * before finds out whether that was right when it comes there. */
#include "storage/csv_field.h"
#include "storage/csv_quotes.h"

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

/* From inside quotes to where they and their row end. */
static enum status skip_quoted_rest(struct text_reader *reader, struct error *error)
{
    struct text_feed *feed = &reader->feed;
    for (;;) {
        if (feed->end > feed->start) {
            const char *base = (const char *)feed->buffer->data;
            const char *next =
                csv_field_resync(&reader->state->dialect, base + feed->start, base + feed->end);
            if (next) {
                feed->start = (size_t)(next - base);
                return STATUS_OK;
            }
        }
        if (feed->eof) {
            feed->start = feed->end;
            return STATUS_OK;
        }
        TRY(text_feed_more(feed, error));
    }
}

/* Goes behind the newline at or after byte from - 1; *in tells whether that is inside quotes. */
static enum status pass_quotes(struct text_reader *reader, uint64_t from, bool *in,
                               struct error *error)
{
    struct text_feed *feed = &reader->feed;
    enum csv_place place = *in ? CSV_INSIDE : CSV_OUTSIDE;
    char before = '\n';
    for (;;) {
        const char *base = feed->buffer ? (const char *)feed->buffer->data : "";
        const char *p = base + feed->start, *end = base + feed->end, *newline = NULL;
        if (feed->offset + feed->end >= from && feed->end > feed->start) {
            const char *least =
                from > text_feed_position(feed) ? base + (from - 1 - feed->offset) : p;
            newline = memchr(least, '\n', (size_t)(end - least));
        }
        /* Two bytes behind are looked at. */
        const char *stop = newline ? newline : feed->eof || end - p < 2 ? p : end - 2;
        place = csv_quotes_pass(&reader->state->dialect, p, stop, before, place);
        before = stop > p ? stop[-1] : before;
        feed->start = (size_t)(stop - base);
        if (newline || feed->eof) {
            feed->start = newline ? (size_t)(newline + 1 - base) : feed->end;
            *in = newline && (place == CSV_INSIDE || place == CSV_ESCAPED);
            return STATUS_OK;
        }
        TRY(text_feed_more(feed, error));
    }
}

/* Behind the newline that ends the row at `p`; NULL: it goes on behind the window, which ends in a newline. */
static const char *row_end(const struct text_reader *reader, const char *p, const char *window)
{
    const char *bad = NULL, *next;
    uint32_t n;
    if (reader->source->format != TEXT_FORMAT_CSV)
        return (const char *)memchr(p, '\n', (size_t)(window - p)) + 1;
    next = csv_field_record(&reader->state->dialect, p, window, NULL, 0, &n, &bad);
    return next || !bad ? next : (const char *)memchr(bad, '\n', (size_t)(window - bad)) + 1;
}

static bool is_blank_row(const struct text_reader *reader, const char *p)
{
    if (reader->source->format == TEXT_FORMAT_CSV)
        return reader->state->dialect.n_columns > 1 && (*p == '\n' || (*p == '\r' && p[1] == '\n'));
    while (*p == ' ' || *p == '\t' || *p == '\r')
        p++;
    return *p == '\n';
}

/* Goes to the first row that begins at or after byte `from`, counting those it passes. */
static enum status pass_rows(struct text_reader *reader, uint64_t from, uint64_t *rows,
                             struct error *error)
{
    struct text_feed *feed = &reader->feed;
    for (;;) {
        const char *base = feed->buffer ? (const char *)feed->buffer->data : "";
        const char *p = base + feed->start;
        /* Fields are scanned up to a newline: one must stand at the end. */
        const char *last =
            feed->end > feed->start ? text_scan_last_newline(p, feed->end - feed->start) : NULL;
        const char *window = last ? last + 1 : p, *next;
        for (; p < window && feed->offset + (uint64_t)(p - base) < from; p = next) {
            next = row_end(reader, p, window);
            if (!next && !feed->eof)
                break;
            *rows += !is_blank_row(reader, p);
            next = next ? next : window;
        }
        feed->start = (size_t)(p - base);
        if (text_feed_position(feed) >= from)
            return STATUS_OK;
        if (feed->eof) {
            feed->start = feed->end;
            return STATUS_OK;
        }
        TRY(text_feed_more(feed, error));
    }
}

/* Finds the starts of the file's morsels up to its k-th, with the reader's window. The lock is held. */
static enum status find_starts(struct text_reader *reader, struct text_file_state *state,
                               uint64_t first, uint64_t k, uint64_t size, struct error *error)
{
    struct text_starts *starts = &reader->scan->starts;
    struct text_feed *feed = &reader->feed;
    uint64_t *at = starts->at + first, *rows = starts->rows ? starts->rows + first : NULL;
    if (state->n_starts == 0) {
        at[0] = state->data_start * 2;
        state->n_starts = 1;
    }
    if (state->n_starts > k)
        return STATUS_OK;
    bool in = at[state->n_starts - 1] & 1;
    uint64_t n_rows = rows ? rows[state->n_starts - 1] : 0;
    TRY(text_feed_open_range(feed, reader->file->path, at[state->n_starts - 1] / 2,
                             k * size + FEED_AHEAD, reader->file->size, error));
    for (uint64_t i = state->n_starts; i <= k; i++) {
        if (text_feed_position(feed) < i * size && rows)
            TRY(pass_rows(reader, i * size, &n_rows, error));
        else if (text_feed_position(feed) < i * size)
            TRY(pass_quotes(reader, i * size, &in, error));
        at[i] = text_feed_position(feed) * 2 + in;
        if (rows)
            rows[i] = n_rows;
        state->n_starts = i + 1;
    }
    return STATUS_OK;
}

/* The start of a morsel that depends on what lies before it. */
static enum status enter_by_starts(struct text_reader *reader, uint32_t index, uint64_t k,
                                   uint64_t goal, struct error *error)
{
    struct text_scan *scan = reader->scan;
    struct text_starts *starts = &scan->starts;
    uint64_t first = scan->first_morsel[index];
    mutex_lock(&starts->mutex);
    enum status status =
        find_starts(reader, &scan->states[index], first, k, scan->morsel_size[index], error);
    uint64_t at = starts->at[first + k];
    mutex_unlock(&starts->mutex);
    TRY(status);
    reader->row_number = starts->rows ? starts->rows[first + k] : 0;
    TRY(text_feed_open_range(&reader->feed, reader->file->path, at / 2, goal, reader->file->size,
                             error));
    return at & 1 ? skip_quoted_rest(reader, error) : STATUS_OK;
}

/* ---- Guessing ---- */

/* The first newline is taken to end a row, unless the reader of the run before has come that far. */
static enum status enter_by_guess(struct text_reader *reader, uint64_t morsel, uint64_t from,
                                  uint64_t goal, struct error *error)
{
    struct text_scan *scan = reader->scan;
    struct text_starts *starts = &scan->starts;
    struct text_feed *feed = &reader->feed;
    uint64_t file_size = reader->file->size;
    bool found;
    mutex_lock(&starts->mutex);
    uint64_t known = starts->at[morsel];
    mutex_unlock(&starts->mutex);
    if (known)
        return text_feed_open_range(feed, reader->file->path, known - 1, goal, file_size, error);
    atomic_fetch_add(&scan->scan.unsure, 1);
    TRY(text_feed_open_range(feed, reader->file->path, from - 1, goal, file_size, error));
    TRY(skip_to_newline(feed, UINT64_MAX, &found, error));
    uint64_t here = MIN(text_feed_position(feed), file_size) + 1;
    mutex_lock(&starts->mutex);
    known = starts->at[morsel];
    starts->at[morsel] = here;
    mutex_unlock(&starts->mutex);
    if (known == here)
        atomic_fetch_sub(&scan->scan.unsure, 1);
    else if (known)
        atomic_store(&starts->wrong, true);
    return STATUS_OK;
}

void text_start_confirm(struct text_reader *reader, uint32_t index)
{
    struct text_scan *scan = reader->scan;
    struct text_starts *starts = &scan->starts;
    uint64_t here = MIN(text_feed_position(&reader->feed), reader->file->size) + 1;
    uint64_t n = reader->run_end - scan->first_morsel[index];
    if (!starts->guessed || reader->run_end >= scan->first_morsel[index + 1] ||
        !reader->at_row_start || here <= n * scan->morsel_size[index])
        return;
    mutex_lock(&starts->mutex);
    uint64_t guess = starts->at[reader->run_end];
    starts->at[reader->run_end] = here;
    mutex_unlock(&starts->mutex);
    if (guess == here)
        atomic_fetch_sub(&scan->scan.unsure, 1);
    else if (guess)
        atomic_store(&starts->wrong, true);
}

/* ---- Entering ---- */

enum status text_start_enter(struct text_reader *reader, uint32_t index, uint64_t k, uint64_t goal,
                             struct error *error)
{
    struct text_feed *feed = &reader->feed;
    const struct text_scan *scan = reader->scan;
    uint64_t size = scan->morsel_size[index], file_size = reader->file->size, from = k * size;
    uint64_t end = size == 0 || file_size - from <= size ? file_size : from + size;
    uint64_t data_start = reader->state->data_start;
    bool goes_on = k > 0 && reader->at_row_start && text_feed_position(feed) >= from;
    bool found = true;
    reader->at_row_start = false;
    reader->range_end = end == file_size ? UINT64_MAX : end;
    if (goes_on) {
        /* The window is there already. */
    } else if (from <= data_start) {
        reader->row_number = 0;
        TRY(text_feed_open_range(feed, reader->file->path, data_start, goal, file_size, error));
    } else if (scan->starts.guessed) {
        TRY(enter_by_guess(reader, scan->first_morsel[index] + k, from, goal, error));
    } else if (scan->starts.wanted) {
        TRY(enter_by_starts(reader, index, k, goal, error));
    } else {
        TRY(text_feed_open_range(feed, reader->file->path, from - 1, goal, file_size, error));
        TRY(skip_to_newline(feed, end, &found, error));
    }
    reader->at_row_start = found;
    reader->active = found && text_feed_position(feed) < end;
    return STATUS_OK;
}
