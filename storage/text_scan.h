/* text_scan.h - looking for bytes that mean something, 16 at a time where the machine can (SSE2), else 8.
 * All functions may read up to 64 bytes behind what they are given. */
#ifndef TEXT_SCAN_H
#define TEXT_SCAN_H

#include "base/base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static inline uint64_t text_load64(const char *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
    return x;
}

#define TEXT_REPEAT(byte) (0x0101010101010101u * (uint64_t)(byte))

/* The first byte at or after `p` that is a quote, a backslash or below 32. *not_ascii is set if a byte before it is
 * above 127. */
static ALWAYS_INLINE const char *text_scan_string(const char *p, bool *not_ascii)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'),
                  control = _mm_set1_epi8(31);
    for (;;) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)),
                                   _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
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
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\' || c < 32)
            return p;
        *not_ascii |= c > 127;
    }
#endif
}

#if defined(__x86_64__)
#define TEXT_SCAN_AVX2 __attribute__((target("avx2,bmi")))

static inline bool text_scan_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

TEXT_SCAN_AVX2 static ALWAYS_INLINE uint32_t text_scan_hits_avx2(const char *p, uint32_t *high)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i hit = _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')),
                                  _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));
    hit = _mm256_or_si256(hit, _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(31)), v));
    *high = (uint32_t)_mm256_movemask_epi8(v);
    return (uint32_t)_mm256_movemask_epi8(hit);
}

/* The same as text_scan_string. Short strings take one step; then 64 bytes a step, so that strings of about the
 * same length take the same steps and branches are foreseen. */
TEXT_SCAN_AVX2 static ALWAYS_INLINE const char *text_scan_string_avx2(const char *p,
                                                                      bool *not_ascii)
{
    uint32_t high, high2, hits = text_scan_hits_avx2(p, &high);
    if (LIKELY(hits != 0)) {
        unsigned i = (unsigned)__builtin_ctz(hits);
        *not_ascii |= (high & ((1u << i) - 1)) != 0;
        return p + i;
    }
    *not_ascii |= high != 0;
    p += 32;
    for (;;) {
        hits = text_scan_hits_avx2(p, &high);
        uint64_t all = hits | (uint64_t)text_scan_hits_avx2(p + 32, &high2) << 32;
        uint64_t above = high | (uint64_t)high2 << 32;
        if (LIKELY(all != 0)) {
            unsigned i = (unsigned)__builtin_ctzll(all);
            *not_ascii |= (above & (((uint64_t)1 << i) - 1)) != 0;
            return p + i;
        }
        *not_ascii |= above != 0;
        p += 64;
    }
}
#endif

/* Count of decimal digits at `p`. */
static ALWAYS_INLINE size_t text_scan_digits(const char *p)
{
    size_t n = 0;
    for (;; n += 8) {
        uint64_t x = text_load64(p + n) ^ TEXT_REPEAT('0');
        uint64_t other = ((x + TEXT_REPEAT(0x76)) | x) & TEXT_REPEAT(0x80);
        if (other != 0)
            return n + ((unsigned)__builtin_ctzll(other) >> 3);
    }
}

/* Up to 8 digits as a number, in three multiplications (Lemire's eight-digit parse). */
static ALWAYS_INLINE uint64_t text_digits_value(const char *p, size_t n)
{
    uint64_t x = text_load64(p) - TEXT_REPEAT('0');
    x <<= 64 - 8 * n; /* n is 1..8; what came after the digits is pushed out */
    x = x * 10 + (x >> 8);
    return ((x & 0x000000FF000000FFu) * 0x000F424000000064u +
            ((x >> 16) & 0x000000FF000000FFu) * 0x0000271000000001u) >>
           32;
}

/* The last newline in [p, p + n), or NULL. */
const char *text_scan_last_newline(const char *p, size_t n);
size_t text_scan_count(const char *p, size_t n, char byte);
/* The first `byte` in [p, p+n), or NULL. */
static inline const char *text_scan_byte(const char *p, size_t n, char byte)
{
    return memchr(p, byte, n);
}
/* Whether the bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
bool text_scan_utf8(const char *p, size_t n);

#endif
