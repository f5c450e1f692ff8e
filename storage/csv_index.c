/* csv_index.c - bit masks of 64 bytes to positions. */
#include "storage/csv_index.h"

#include "storage/text_scan.h"

/* Puts the place of the lowest bit, from `at` on; of no bits, some number. */
static ALWAYS_INLINE void put_lowest(uint32_t *out, uint64_t mask, uint32_t at)
{
    *out = at + (uint32_t)__builtin_ctzll(mask | (uint64_t)1 << 63);
    /* Each is stored by itself: put together in a vector first they take twice as long. */
    __asm__ volatile("" : : : "memory");
}

/* The positions of the bits of `mask`, behind those that are there. Four are written at once: there is room, and
 * many blocks have no more. */
static ALWAYS_INLINE void put_positions(uint32_t *out, uint32_t count, uint64_t mask, uint32_t at)
{
    for (uint32_t i = 0; i < 4; i++, mask &= mask - 1)
        put_lowest(out + i, mask, at);
    if (count <= 4)
        return;
    for (uint32_t i = 4; i < 8; i++, mask &= mask - 1)
        put_lowest(out + i, mask, at);
    for (uint32_t i = 8; UNLIKELY(i < count); i++, mask &= mask - 1)
        put_lowest(out + i, mask, at);
}

static ALWAYS_INLINE uint64_t tail_mask(size_t left)
{
    return left >= 64 ? UINT64_MAX : ((uint64_t)1 << left) - 1;
}

#if defined(__x86_64__)
static void build_sse2(struct csv_index *index, const char *p, size_t n, char delimiter, char quote)
{
    const __m128i comma = _mm_set1_epi8(delimiter), newline = _mm_set1_epi8('\n');
    const __m128i mark = _mm_set1_epi8(quote ? quote : '\n');
    __m128i quotes = _mm_setzero_si128(), high = quotes;
    uint32_t n_found = 0;
    for (size_t i = 0; i < n; i += 64) {
        uint64_t ends = 0;
        for (unsigned k = 0; k < 4; k++) {
            __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i + (size_t)16 * k));
            __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, comma), _mm_cmpeq_epi8(v, newline));
            unsigned shift = 16 * k;
            ends |= (uint64_t)(unsigned)_mm_movemask_epi8(hit) << shift;
            quotes = _mm_or_si128(quotes, _mm_cmpeq_epi8(v, mark));
            high = _mm_or_si128(high, v);
        }
        ends &= tail_mask(n - i);
        uint32_t count = (uint32_t)__builtin_popcountll(ends);
        put_positions(index->positions + n_found, count, ends, (uint32_t)i);
        n_found += count;
    }
    index->n = n_found;
    index->quotes = quote && _mm_movemask_epi8(quotes) != 0;
    index->not_ascii = _mm_movemask_epi8(high) != 0;
}

__attribute__((target("avx2,bmi,popcnt"))) static void
build_avx2(struct csv_index *index, const char *p, size_t n, char delimiter, char quote)
{
    const __m256i comma = _mm256_set1_epi8(delimiter), newline = _mm256_set1_epi8('\n');
    const __m256i mark = _mm256_set1_epi8(quote ? quote : '\n');
    __m256i quotes = _mm256_setzero_si256(), high = quotes;
    uint32_t n_found = 0;
    for (size_t i = 0; i < n; i += 64) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
        __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + i + 32));
#define BITS(x, y) \
    ((uint32_t)_mm256_movemask_epi8(x) | (uint64_t)(uint32_t)_mm256_movemask_epi8(y) << 32)
        uint64_t ends =
            BITS(_mm256_or_si256(_mm256_cmpeq_epi8(a, comma), _mm256_cmpeq_epi8(a, newline)),
                 _mm256_or_si256(_mm256_cmpeq_epi8(b, comma), _mm256_cmpeq_epi8(b, newline)));
#undef BITS
        quotes = _mm256_or_si256(
            quotes, _mm256_or_si256(_mm256_cmpeq_epi8(a, mark), _mm256_cmpeq_epi8(b, mark)));
        high = _mm256_or_si256(high, _mm256_or_si256(a, b));
        ends &= tail_mask(n - i);
        uint32_t count = (uint32_t)__builtin_popcountll(ends);
        put_positions(index->positions + n_found, count, ends, (uint32_t)i);
        n_found += count;
    }
    index->n = n_found;
    index->quotes = quote && _mm256_movemask_epi8(quotes) != 0;
    index->not_ascii = _mm256_movemask_epi8(high) != 0;
}
#endif

static UNUSED void build_portable(struct csv_index *index, const char *p, size_t n, char delimiter,
                                  char quote)
{
    bool quotes = false, high = false;
    index->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == delimiter || p[i] == '\n')
            index->positions[index->n++] = (uint32_t)i;
        quotes |= p[i] == quote;
        high |= (unsigned char)p[i] > 127;
    }
    index->quotes = quote && quotes;
    index->not_ascii = high;
}

csv_index_fn *csv_index_builder(void)
{
#if defined(__x86_64__)
    return text_scan_has_avx2() ? build_avx2 : build_sse2;
#else
    return build_portable;
#endif
}
