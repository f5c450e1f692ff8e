/* csv_field.h - one CSV field at a time (RFC 4180; the escape character may differ from the quote). */
#ifndef CSV_FIELD_H
#define CSV_FIELD_H

#include "storage/text_int.h"
#include "storage/text_scan.h"

/* The first delimiter or newline at or after `p`; there must be a newline. */
static ALWAYS_INLINE const char *csv_field_scan(const char *p, char delimiter, bool *not_ascii)
{
#if defined(__SSE2__)
    const __m128i comma = _mm_set1_epi8(delimiter), newline = _mm_set1_epi8('\n');
    for (;;) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, comma), _mm_cmpeq_epi8(v, newline));
        unsigned mask = (unsigned)_mm_movemask_epi8(hit), high = (unsigned)_mm_movemask_epi8(v);
        if (mask != 0) {
            unsigned i = (unsigned)__builtin_ctz(mask);
            *not_ascii |= (high & ((1u << i) - 1)) != 0;
            return p + i;
        }
        *not_ascii |= high != 0;
        p += 16;
    }
#else
    for (;; p++) {
        if (*p == delimiter || *p == '\n')
            return p;
        *not_ascii |= (unsigned char)*p > 127;
    }
#endif
}

/* A quoted field, with `p` at its quote. NULL if it is not closed before `end`, or with *bad set: text
 * follows the closing quote. */
const char *csv_field_quoted(const struct csv_dialect *dialect, const char *p, const char *end,
                             struct text_span *out, const char **bad);

/* The field at `p`: gives the delimiter or newline behind it, NULL as csv_field_quoted does. A carriage return
 * before a newline is not part of the field. An empty field without quotes is SPAN_NULL. */
static ALWAYS_INLINE const char *csv_field_read(const struct csv_dialect *dialect, const char *p,
                                                const char *end, struct text_span *out,
                                                const char **bad)
{
    if (UNLIKELY(*p == dialect->quote && dialect->quote != '\0'))
        return csv_field_quoted(dialect, p, end, out, bad);
    bool not_ascii = false;
    const char *stop = csv_field_scan(p, dialect->delimiter, &not_ascii), *last = stop;
    if (UNLIKELY(*stop == '\n' && stop > p && stop[-1] == '\r'))
        last--;
    *out = (struct text_span){p, (uint32_t)(last - p), last == p ? SPAN_NULL : SPAN_FIELD,
                              not_ascii ? SPAN_NOT_ASCII : 0};
    return stop;
}

/* `end` is behind a newline here as everywhere above: fields without quotes are scanned for it unguarded.
 * A whole record of up to `max` fields (*n counts all of them). Gives the byte behind its newline, NULL as above. */
const char *csv_field_record(const struct csv_dialect *dialect, const char *p, const char *end,
                             struct text_span *out, uint32_t max, uint32_t *n, const char **bad);

/* From inside quotes to the next row's start; NULL if it is not before `end`. */
const char *csv_field_resync(const struct csv_dialect *dialect, const char *p, const char *end);

#endif
