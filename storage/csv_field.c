/* csv_field.c - quoted fields and whole records. */
#include "storage/csv_field.h"

/* The closing quote, or NULL. */
static const char *closing_quote(const struct csv_dialect *dialect, const char *p, const char *end,
                                 bool *escaped)
{
    char quote = dialect->quote, escape = dialect->escape;
    if (escape == quote || escape == '\0') {
        for (;;) {
            p = memchr(p, quote, (size_t)(end - p));
            if (!p || p + 1 >= end)
                return p;
            if (p[1] != quote || escape == '\0')
                return p;
            *escaped = true;
            p += 2;
        }
    }
    for (; p < end; p++) {
        if (*p == quote)
            return p;
        if (*p == escape && p + 1 < end) {
            *escaped = true;
            p++;
        }
    }
    return NULL;
}

static bool any_not_ascii(const char *p, size_t n)
{
    uint64_t high = 0;
    for (; n >= 8; n -= 8, p += 8)
        high |= text_load64(p);
    for (; n > 0; n--, p++)
        high |= (unsigned char)*p;
    return (high & TEXT_REPEAT(0x80)) != 0;
}

const char *csv_field_quoted(const struct csv_dialect *dialect, const char *p, const char *end,
                             struct text_span *out, const char **bad)
{
    bool escaped = false;
    const char *start = p + 1, *close = closing_quote(dialect, start, end, &escaped);
    if (!close || close + 1 >= end)
        return NULL;
    size_t length = (size_t)(close - start);
    *out = (struct text_span){start, (uint32_t)length, SPAN_STRING,
                              (uint8_t)((escaped ? SPAN_ESCAPED : 0) |
                                        (any_not_ascii(start, length) ? SPAN_NOT_ASCII : 0))};
    p = close + 1;
    if (*p == '\r' && p + 1 < end && p[1] == '\n')
        p++;
    if (*p == dialect->delimiter || *p == '\n')
        return p;
    *bad = p;
    return NULL;
}

const char *csv_field_record(const struct csv_dialect *dialect, const char *p, const char *end,
                             struct text_span *out, uint32_t max, uint32_t *n, const char **bad)
{
    struct text_span ignored;
    *n = 0;
    for (;;) {
        p = csv_field_read(dialect, p, end, *n < max ? &out[*n] : &ignored, bad);
        if (!p)
            return NULL;
        ++*n;
        if (*p == '\n')
            return p + 1;
        p++;
    }
}

bool csv_field_in_quotes(const struct csv_dialect *dialect, const char *p, const char *end, bool in)
{
    const char *start = p;
    while (p < end) {
        if (in) {
            bool escaped = false;
            const char *close = closing_quote(dialect, p, end, &escaped);
            if (!close)
                return true;
            p = close + 1;
            in = false;
            continue;
        }
        const char *open = memchr(p, dialect->quote, (size_t)(end - p));
        if (!open)
            return false;
        in = open == start || open[-1] == dialect->delimiter || open[-1] == '\n';
        p = open + 1;
    }
    return in;
}

const char *csv_field_resync(const struct csv_dialect *dialect, const char *p, const char *end)
{
    bool escaped = false;
    const char *close = closing_quote(dialect, p, end, &escaped);
    if (!close || close + 1 >= end)
        return NULL;
    if (!memchr(close + 1, '\n', (size_t)(end - close - 1)))
        return NULL;
    const char *stop = csv_field_scan(close + 1, dialect->delimiter, &escaped), *bad = NULL;
    if (*stop == '\n')
        return stop + 1;
    uint32_t n;
    const char *next = csv_field_record(dialect, stop + 1, end, NULL, 0, &n, &bad);
    if (!next && bad) {
        next = memchr(bad, '\n', (size_t)(end - bad));
        next = next ? next + 1 : NULL;
    }
    return next;
}
