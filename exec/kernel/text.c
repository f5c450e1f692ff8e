/* text.c - characters and places in texts: length, instr, starts_with; and the search behind LIKE and replace.
 *
 * A character is a byte and the continuation bytes that follow it, so that text which is no UTF-8 is still
 * counted without harm. */
#include "exec/kernel/loop.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

/* ---- UTF-8 ---- */

static inline bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

bool text_is_ascii(const char *p, size_t n)
{
    uint64_t all = 0, word;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        memcpy(&word, p + i, 8);
        all |= word;
    }
    for (; i < n; i++)
        all |= (uint64_t)(unsigned char)p[i];
    return !(all & 0x8080808080808080u);
}

/* Eight bytes at a time: a continuation has its top bit set and the next one not. */
size_t utf8_length(const char *p, size_t n)
{
    const uint64_t ones = 0x0101010101010101u;
    size_t i = 0, continuations = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        continuations += ((word >> 7 & ~(word >> 6) & ones) * ones) >> 56;
    }
    for (; i < n; i++)
        continuations += is_continuation(p[i]);
    return n - continuations;
}

size_t utf8_offset(const char *p, size_t n, uint64_t at)
{
    if (at >= n)
        return n;
    size_t i = 0;
    for (; at >= 8 && i + 8 <= n; i += 8, at -= 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        if (word & 0x8080808080808080u)
            break;
    }
    for (; at && i < n; at--) {
        i++;
        while (i < n && is_continuation(p[i]))
            i++;
    }
    return i;
}

unsigned utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        code = 0xfffd;
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* ---- search ---- */

#ifdef __SSE2__
/* The first of 16 places from `p` on where the needle is; all of them are readable to its end. */
static inline size_t find_in_16(const char *p, struct str needle)
{
    const __m128i head = _mm_set1_epi8(needle.data[0]);
    const __m128i tail = _mm_set1_epi8(needle.data[needle.length - 1]);
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + needle.length - 1));
    unsigned mask = (unsigned)_mm_movemask_epi8(
        _mm_and_si128(_mm_cmpeq_epi8(a, head), _mm_cmpeq_epi8(b, tail)));
    for (; mask; mask &= mask - 1) {
        unsigned at = (unsigned)__builtin_ctz(mask);
        if (memcmp(p + at, needle.data, needle.length) == 0)
            return at;
    }
    return SIZE_MAX;
}
#endif

/* Places where the first and the last byte of the needle fit are compared whole: 16 places at a time
 * (W. Mula, "SIMD-friendly algorithms for substring searching"). */
size_t text_find(struct str text, struct str needle, size_t from)
{
    if (from > text.length || needle.length > text.length - from)
        return SIZE_MAX;
    if (needle.length == 0)
        return from;
    const char *p = text.data;
    size_t last = text.length - needle.length; /* greatest place */
    if (needle.length == 1) {
        const char *found = memchr(p + from, needle.data[0], text.length - from);
        return found ? (size_t)(found - p) : SIZE_MAX;
    }
#ifdef __SSE2__
    for (const size_t start = from; from <= last && last - start >= 15; from += 16) {
        if (from + 15 > last)
            from = last - 15; /* the last 16 places, some of them once more */
        size_t at = find_in_16(p + from, needle);
        if (at != SIZE_MAX)
            return from + at;
    }
#endif
    for (; from <= last; from++)
        if (p[from] == needle.data[0] && memcmp(p + from, needle.data, needle.length) == 0)
            return from;
    return SIZE_MAX;
}

/* ---- lengths ---- */

enum status text_length(struct kernel_call *call, struct error *error)
{
    (void)error;
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = 0;
        if (kernel_row_valid(call, i)) {
            struct str s = kernel_str(call, 0, i);
            out[i] = (int64_t)utf8_length(s.data, s.length);
        }
    }
    return STATUS_OK;
}

static void byte_lengths(struct kernel_call *call, int64_t unit)
{
    const struct text *in = call->args[0]->data;
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = in[i].length * unit;
}

enum status text_octet_length(struct kernel_call *call, struct error *error)
{
    (void)error;
    byte_lengths(call, 1);
    return STATUS_OK;
}

enum status text_bit_length(struct kernel_call *call, struct error *error)
{
    (void)error;
    byte_lengths(call, 8);
    return STATUS_OK;
}

/* ascii('') is 0, unicode('') NULL. */
enum status text_unicode(struct kernel_call *call, struct error *error)
{
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        uint32_t code = 0;
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        struct str s = kernel_str(call, 0, i);
        if (s.length)
            utf8_decode(s.data, s.length, &code);
        else if (call->function == FUNCTION_UNICODE)
            TRY(kernel_set_null(call, i, error));
        out[i] = code;
    }
    return STATUS_OK;
}

/* ---- one text in another ---- */

enum status text_instr(struct kernel_call *call, struct error *error)
{
    (void)error;
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        struct str s = kernel_str(call, 0, i);
        size_t at = text_find(s, kernel_str(call, 1, i), 0);
        if (at != SIZE_MAX)
            out[i] = (int64_t)utf8_length(s.data, at) + 1;
    }
    return STATUS_OK;
}

enum status text_contains(struct kernel_call *call, struct error *error)
{
    (void)error;
    uint8_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = kernel_row_valid(call, i) &&
                 text_find(kernel_str(call, 0, i), kernel_str(call, 1, i), 0) != SIZE_MAX;
    return STATUS_OK;
}

enum status text_starts_with(struct kernel_call *call, struct error *error)
{
    (void)error;
    uint8_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        struct str s = kernel_str(call, 0, i), with = kernel_str(call, 1, i);
        out[i] = s.length >= with.length && memcmp(s.data, with.data, with.length) == 0;
    }
    return STATUS_OK;
}

enum status text_ends_with(struct kernel_call *call, struct error *error)
{
    (void)error;
    uint8_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        struct str s = kernel_str(call, 0, i), with = kernel_str(call, 1, i);
        out[i] = s.length >= with.length &&
                 memcmp(s.data + s.length - with.length, with.data, with.length) == 0;
    }
    return STATUS_OK;
}
