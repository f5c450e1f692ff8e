/* csv_quotes.c - from quote to quote, 64 bytes at a time. */
#include "storage/csv_quotes.h"

#include "storage/text_scan.h"

/* The bytes that are quotes, or the escape character. */
static inline uint64_t mark_mask(const char *p, size_t left, char quote, char escape)
{
    uint64_t mask = 0;
#if defined(__SSE2__)
    const __m128i first = _mm_set1_epi8(quote), second = _mm_set1_epi8(escape);
    for (unsigned k = 0; k < 4; k++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + (size_t)16 * k));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, first), _mm_cmpeq_epi8(v, second));
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(hit) << (16 * k);
    }
#else
    for (unsigned k = 0; k < MIN(left, (size_t)64); k++)
        mask |= (uint64_t)(p[k] == quote || p[k] == escape) << k;
#endif
    return left < 64 ? mask & (((uint64_t)1 << left) - 1) : mask;
}

/* Goes behind the newline at or after *p. */
static enum csv_place pass_line(const char **p, const char *end)
{
    const char *newline = memchr(*p, '\n', (size_t)(end - *p));
    *p = newline ? newline + 1 : end;
    return newline ? CSV_OUTSIDE : CSV_BROKEN;
}

/* At a quote or escape character; *p goes behind it and what belongs to it. */
static ALWAYS_INLINE enum csv_place pass_mark(const struct csv_dialect *dialect, const char **p,
                                              const char *end, char before, enum csv_place place)
{
    const char *at = (*p)++;
    bool is_quote = *at == dialect->quote;
    if (place == CSV_OUTSIDE) {
        bool opens = is_quote && (before == dialect->delimiter || before == '\n');
        return opens ? CSV_INSIDE : CSV_OUTSIDE;
    }
    bool escapes = dialect->escape != '\0' && *at == dialect->escape;
    if (escapes && (!is_quote || at[1] == dialect->quote)) {
        ++*p;
        return at + 1 < end ? CSV_INSIDE : CSV_ESCAPED;
    }
    bool ends = at[1] == dialect->delimiter || at[1] == '\n' || (at[1] == '\r' && at[2] == '\n');
    return ends ? CSV_OUTSIDE : pass_line(p, end);
}

enum csv_place csv_quotes_pass(const struct csv_dialect *dialect, const char *p, const char *end,
                               char before, enum csv_place place)
{
    const char *start = p, *next = p; /* marks before `next` are settled */
    char escape = dialect->escape != '\0' ? dialect->escape : dialect->quote;
    if (p >= end)
        return place;
    if (place == CSV_ESCAPED) {
        next++;
        place = CSV_INSIDE;
    } else if (place == CSV_BROKEN) {
        place = pass_line(&next, end);
    }
    if (escape == dialect->quote && !memchr(next, dialect->quote, (size_t)(end - next)))
        return place;
    for (; p < end; p += 64) {
        uint64_t mask = mark_mask(p, (size_t)(end - p), dialect->quote, escape);
        for (; mask != 0; mask &= mask - 1) {
            const char *at = p + __builtin_ctzll(mask);
            if (at < next)
                continue;
            next = at;
            place = pass_mark(dialect, &next, end, at == start ? before : at[-1], place);
        }
    }
    return place;
}
