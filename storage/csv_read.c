/* csv_read.c - the rows of a window of CSV: where each wanted value lies. */
#include <stdio.h>

#include "storage/csv_field.h"

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

enum status csv_read_rows(struct text_reader *reader, uint32_t room, uint64_t stop, bool *starved,
                          struct error *error)
{
    struct text_feed *feed = &reader->feed;
    const struct csv_layout *layout = &reader->state->csv;
    *starved = true;
    if (layout->n_fields == 0)
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
    while (p < end && reader->n_chunk < room) {
        if (skip_blank_row(layout, &p))
            continue;
        uint32_t row = reader->n_chunk, n = 0;
        const char *bad = NULL;
        bool keep = true;
        const char *next = read_fields(reader, p, window, row, &n, &bad);
        if (UNLIKELY(!next)) {
            if (!bad) {
                whole = false;
                break;
            }
            TRY(text_reader_reject(reader, bad, STATUS_DATA, "text after a closing quote", error));
            set_missing(reader, row);
            keep = reader->source->options.on_error == TEXT_NULL;
            next = (const char *)memchr(bad, '\n', (size_t)(window - bad)) + 1;
        } else if (UNLIKELY(n != layout->n_fields)) {
            TRY(ragged(reader, p, row, n, &keep, error));
        }
        if (!layout->complete && !bad)
            for (uint32_t t = 0; t < reader->scan->n_targets; t++)
                if (!layout->has_target[t])
                    text_reader_span(reader, t, row)->kind = SPAN_ABSENT;
        reader->row_starts[row] = p;
        reader->row_numbers[row] = reader->row_number++;
        reader->n_chunk += keep;
        p = next;
    }
    feed->start = (size_t)(p - base);
    *starved = p >= window || !whole;
    return STATUS_OK;
}
