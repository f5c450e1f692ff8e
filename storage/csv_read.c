/* csv_read.c - the rows of a window of CSV: where each wanted value lies.
 *
 * A stretch is indexed at a time. Without quotes in it, a row is the next n_fields positions of the index, of which the
 * last is a newline; every other row, and every row of a stretch with quotes, is read field by field. */
#include <stdio.h>

#include "storage/csv_field.h"
#include "storage/csv_index.h"

static void set_missing(struct text_reader *reader, uint32_t row)
{
    for (uint32_t t = 0; t < reader->scan->n_targets; t++)
        text_reader_span(reader, t, row)->kind = SPAN_ABSENT;
}

static bool skip_blank_row(const struct csv_layout *layout, const char **p)
{
    if (layout->n_fields <= 1)
        return false;
    if (**p == '\n')
        *p += 1;
    else if (**p == '\r' && (*p)[1] == '\n')
        *p += 2;
    else
        return false;
    return true;
}

/* Gives the byte behind the row's newline; NULL: the row is not whole, or with *bad broken. *n counts its fields. */
static const char *read_fields(struct text_reader *reader, const char *p, const char *end,
                               uint32_t row, uint32_t *n, const char **bad)
{
    const struct csv_layout *layout = &reader->state->csv;
    const struct csv_dialect *dialect = &reader->state->dialect;
    struct text_span ignored;
    uint32_t field = 0;
    for (;;) {
        int32_t target = field < layout->n_wanted ? layout->targets[field] : -1;
        struct text_span *out =
            target >= 0 ? text_reader_span(reader, (uint32_t)target, row) : &ignored;
        p = csv_field_read(dialect, p, end, out, bad);
        if (UNLIKELY(!p))
            return NULL;
        field++;
        if (*p == '\n')
            break;
        p++;
    }
    *n = field;
    return p + 1;
}

/* A row with too few or too many fields: keeps it only with on_error null. */
static enum status ragged(struct text_reader *reader, const char *p, uint32_t row, uint32_t n,
                          bool *keep, struct error *error)
{
    const struct csv_layout *layout = &reader->state->csv;
    char reason[100];
    snprintf(reason, sizeof(reason), "row has %u field%s, %s %u", n, n == 1 ? "" : "s",
             reader->state->dialect.header ? "header has" : "the first has", layout->n_fields);
    TRY(text_reader_reject(reader, p, STATUS_DATA, reason, error));
    *keep = reader->source->options.on_error == TEXT_NULL;
    for (uint32_t f = n; f < layout->n_wanted; f++)
        if (layout->targets[f] >= 0)
            text_reader_span(reader, (uint32_t)layout->targets[f], row)->kind = SPAN_ABSENT;
    return STATUS_OK;
}

/* The stretch that is indexed, and where one is in it. */
struct stretch {
    const char *start, *end;
    uint32_t at; /* first position not behind the row's start */
};

static void index_stretch(struct text_reader *reader, struct stretch *stretch, const char *p,
                          const char *window, uint32_t room)
{
    size_t left = (size_t)(window - p);
    size_t n = (size_t)reader->row_bytes * room + room * 8 + 256;
    n = MIN(MIN(n, left), (size_t)CSV_INDEX_BYTES);
    const struct csv_dialect *dialect = &reader->state->dialect;
    reader->build_index(reader->csv_index, p, n, dialect->delimiter, dialect->quote);
    *stretch = (struct stretch){p, p + n, 0};
}

/* A row by the index; NULL: it is not as expected. */
static ALWAYS_INLINE const char *quick_row(struct text_reader *reader, struct stretch *stretch,
                                           const char *p, uint32_t row)
{
    const struct csv_layout *layout = &reader->state->csv;
    const struct csv_index *index = reader->csv_index;
    const char *base = stretch->start;
    uint32_t first = stretch->at, n = layout->n_fields;
    const uint32_t *ends = index->positions + first;
    if (UNLIKELY(index->n - first < n))
        return NULL;
    const char *newline = base + ends[n - 1];
    bool early = *newline != '\n';
    for (uint32_t f = 0; f + 1 < n; f++)
        early |= base[ends[f]] == '\n';
    if (UNLIKELY(early))
        return NULL;
    uint8_t flags = index->not_ascii ? SPAN_NOT_ASCII : 0;
    for (uint32_t i = 0; i < layout->n_picks; i++) {
        uint32_t f = layout->picks[i].field;
        const char *start = f == 0 ? p : base + ends[f - 1] + 1, *end = base + ends[f];
        if (UNLIKELY(f == n - 1 && end > start && end[-1] == '\r'))
            end--;
        *text_reader_span(reader, layout->picks[i].target, row) = (struct text_span){
            start, (uint32_t)(end - start), end == start ? SPAN_NULL : SPAN_FIELD, flags};
    }
    stretch->at = first + n;
    return newline + 1;
}

/* Any row. *whole is false if the window ends before it does; else gives the next row's start. */
static enum status slow_row(struct text_reader *reader, const char *p, const char *window,
                            uint32_t row, const char **next, bool *keep, bool *whole,
                            struct error *error)
{
    const struct csv_layout *layout = &reader->state->csv;
    const char *bad = NULL;
    uint32_t n = 0;
    *next = read_fields(reader, p, window, row, &n, &bad);
    if (!*next && !bad) {
        *whole = false;
        return STATUS_OK;
    }
    if (!*next) {
        TRY(text_reader_reject(reader, bad, STATUS_DATA, "text after a closing quote", error));
        set_missing(reader, row);
        *keep = reader->source->options.on_error == TEXT_NULL;
        *next = (const char *)memchr(bad, '\n', (size_t)(window - bad)) + 1;
    } else if (n != layout->n_fields) {
        TRY(ragged(reader, p, row, n, keep, error));
    }
    return STATUS_OK;
}

static void set_absent_targets(struct text_reader *reader, uint32_t row)
{
    for (uint32_t t = 0; t < reader->scan->n_targets; t++)
        if (!reader->state->csv.has_target[t])
            text_reader_span(reader, t, row)->kind = SPAN_ABSENT;
}

/* The first position of the index that is not before `p`. */
static void move_to(const struct csv_index *index, struct stretch *stretch, const char *p)
{
    uint32_t offset = (uint32_t)(p - stretch->start);
    while (stretch->at < index->n && index->positions[stretch->at] < offset)
        stretch->at++;
}

static enum status read_window(struct text_reader *reader, uint32_t room, const char *window,
                               const char *end, bool *whole, struct error *error)
{
    struct text_feed *feed = &reader->feed;
    const struct csv_layout *layout = &reader->state->csv;
    const char *base = (const char *)feed->buffer->data, *first = base + feed->start, *p = first;
    struct stretch stretch = {p, p, 0};
    uint32_t rows = 0;
    enum status status = STATUS_OK;
    while (p < end && reader->n_chunk < room && *whole && status == STATUS_OK) {
        uint32_t row = reader->n_chunk;
        bool keep = true;
        if (p >= stretch.end)
            index_stretch(reader, &stretch, p, window, room - row);
        const char *next =
            LIKELY(!reader->csv_index->quotes) ? quick_row(reader, &stretch, p, row) : NULL;
        if (UNLIKELY(!next)) {
            if (!reader->csv_index->quotes && p > stretch.start && stretch.end < window) {
                index_stretch(reader, &stretch, p, window, room - row);
                continue;
            }
            const char *blank = p;
            if (skip_blank_row(layout, &blank))
                next = blank;
            else
                status = slow_row(reader, p, window, row, &next, &keep, whole, error);
            if (!*whole || status != STATUS_OK)
                break;
            if (next < stretch.end)
                move_to(reader->csv_index, &stretch, next);
            if (blank != p) {
                p = next;
                continue;
            }
        }
        if (!layout->complete)
            set_absent_targets(reader, row);
        reader->row_starts[row] = p;
        reader->row_numbers[row] = reader->row_number++;
        reader->n_chunk += keep;
        rows++;
        p = next;
    }
    feed->start = (size_t)(p - base);
    if (rows > 0)
        reader->row_bytes = (uint32_t)MIN((size_t)(p - first) / rows, (size_t)CSV_INDEX_BYTES);
    return status;
}

enum status csv_read_rows(struct text_reader *reader, uint32_t room, uint64_t stop, bool *starved,
                          struct error *error)
{
    struct text_feed *feed = &reader->feed;
    *starved = true;
    if (reader->state->csv.n_fields == 0)
        feed->start = feed->end; /* nothing but blank lines */
    if (feed->start == feed->end)
        return STATUS_OK;
    const char *base = (const char *)feed->buffer->data, *p = base + feed->start;
    const char *last = text_scan_last_newline(p, feed->end - feed->start);
    if (!last)
        return STATUS_OK;
    const char *window = last + 1, *end = window;
    bool whole = true;
    if (stop - feed->offset < (uint64_t)(window - base))
        end = base + (stop - feed->offset);
    TRY(read_window(reader, room, window, end, &whole, error));
    *starved = base + feed->start >= window || !whole;
    return STATUS_OK;
}
