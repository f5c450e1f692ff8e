/* csv_field.c - quoted fields and whole records. */
#include "storage/csv_field.h"

/* The first `quote` in [p, end), or NULL; *not_ascii is set if a byte before it is above 127. */
static inline const char *scan_quote(const char *p, const char *end, char quote, bool *not_ascii)
{
#if defined(__SSE2__)
    const __m128i mark = _mm_set1_epi8(quote);
    for (; p < end; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, mark));
        unsigned high = (unsigned)_mm_movemask_epi8(v);
        if (end - p < 16) {
            unsigned in = (1u << (end - p)) - 1;
            mask &= in;
            high &= in;
        }
        if (mask != 0) {
            unsigned i = (unsigned)__builtin_ctz(mask);
            *not_ascii |= (high & ((1u << i) - 1)) != 0;
            return p + i;
        }
        *not_ascii |= high != 0;
    }
#else
    for (; p < end; p++) {
        if (*p == quote)
            return p;
        *not_ascii |= (unsigned char)*p > 127;
    }
#endif
    return NULL;
}

/* The closing quote, or NULL. */
static const char *closing_quote(const struct csv_dialect *dialect, const char *p, const char *end,
                                 bool *escaped, bool *not_ascii)
{
    char quote = dialect->quote, escape = dialect->escape;
    if (escape == quote || escape == '\0') {
        for (;;) {
            p = scan_quote(p, end, quote, not_ascii);
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
        *not_ascii |= (unsigned char)*p > 127;
        if (*p == escape && p + 1 < end) {
            *escaped = true;
            p++;
            *not_ascii |= (unsigned char)*p > 127;
        }
    }
    return NULL;
}

const char *csv_field_quoted(const struct csv_dialect *dialect, const char *p, const char *end,
                             struct text_span *out, const char **bad)
{
    bool escaped = false, not_ascii = false;
    const char *start = p + 1;
    const char *close = closing_quote(dialect, start, end, &escaped, &not_ascii);
    if (!close || close + 1 >= end)
        return NULL;
    size_t length = (size_t)(close - start);
    *out = (struct text_span){
        start, (uint32_t)length, SPAN_STRING,
        (uint8_t)((escaped ? SPAN_ESCAPED : 0) | (not_ascii ? SPAN_NOT_ASCII : 0))};
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

const char *csv_field_resync(const struct csv_dialect *dialect, const char *p, const char *end)
{
    bool ignored = false;
    /* Fields are scanned up to a newline: one must stand at the end. */
    const char *last = p < end ? text_scan_last_newline(p, (size_t)(end - p)) : NULL;
    if (!last)
        return NULL;
    end = last + 1;
    const char *close = closing_quote(dialect, p, end, &ignored, &ignored);
    if (!close || close + 1 >= end)
        return NULL;
    const char *stop = close + 1, *bad = NULL;
    if (*stop == '\r' && stop + 1 < end && stop[1] == '\n')
        stop++;
    if (*stop == '\n')
        return stop + 1;
    if (*stop != dialect->delimiter) /* text behind the quote: the row ends with the line */
        return (const char *)memchr(stop, '\n', (size_t)(end - stop)) + 1;
    uint32_t n;
    const char *next = csv_field_record(dialect, stop + 1, end, NULL, 0, &n, &bad);
    if (!next && bad) {
        next = memchr(bad, '\n', (size_t)(end - bad));
        next = next ? next + 1 : NULL;
    }
    return next;
}
