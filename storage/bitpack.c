/* bitpack.c - packing and unpacking; one unrolled loop a width, a vector register a step. */
#include "storage/bitpack.h"

enum { LANES_32 = 8, LANES_64 = 4, ROW_BYTES = 32 };

/* Left to the compiler: one AVX2 register, or two of SSE2. */
typedef uint32_t __attribute__((vector_size(32))) lanes_32;
typedef uint64_t __attribute__((vector_size(32))) lanes_64;

/* ---- Packing ---- */

/* A block's rows one after another into words that fill up from their lowest bit. */
static ALWAYS_INLINE void pack_block_32(const uint64_t *in, size_t n, unsigned width, uint8_t *out)
{
    const uint32_t mask = width == 32 ? UINT32_MAX : (UINT32_C(1) << width) - 1;
    uint32_t values[BITPACK_BLOCK] = {0};
    lanes_32 words = {0};
    unsigned shift = 0;
    for (size_t i = 0; i < n; i++)
        values[i] = (uint32_t)in[i] & mask;
    for (size_t row = 0; row < BITPACK_BLOCK / LANES_32; row++) {
        lanes_32 v;
        memcpy(&v, values + row * LANES_32, sizeof v);
        words |= v << shift;
        shift += width;
        if (shift >= 32) {
            memcpy(out, &words, sizeof words);
            out += ROW_BYTES;
            shift -= 32;
            words = shift > 0 ? v >> (width - shift) : (lanes_32){0};
        }
    }
}

static ALWAYS_INLINE void pack_block_64(const uint64_t *in, size_t n, unsigned width, uint8_t *out)
{
    const uint64_t mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
    uint64_t values[BITPACK_BLOCK] = {0};
    lanes_64 words = {0};
    unsigned shift = 0;
    for (size_t i = 0; i < n; i++)
        values[i] = in[i] & mask;
    for (size_t row = 0; row < BITPACK_BLOCK / LANES_64; row++) {
        lanes_64 v;
        memcpy(&v, values + row * LANES_64, sizeof v);
        words |= v << shift;
        shift += width;
        if (shift >= 64) {
            memcpy(out, &words, sizeof words);
            out += ROW_BYTES;
            shift -= 64;
            words = shift > 0 ? v >> (width - shift) : (lanes_64){0};
        }
    }
}

TARGET_CLONES
void bitpack_pack(const uint64_t *in, size_t n, unsigned width, uint8_t *out)
{
    assert(width <= BITPACK_WIDTH_MAX);
    if (width == 0)
        return;
    for (size_t i = 0; i < n; i += BITPACK_BLOCK) {
        size_t m = MIN(n - i, (size_t)BITPACK_BLOCK);
        if (width <= 32)
            pack_block_32(in + i, m, width, out);
        else
            pack_block_64(in + i, m, width, out);
        out += (size_t)ROW_BYTES * width;
    }
}

/* ---- Unpacking ---- */

/* `width` is a constant wherever this is inlined, so that the loop is laid out with its shifts. */
static ALWAYS_INLINE void unpack_row_32(const uint8_t *in, uint32_t *out, unsigned width,
                                        unsigned row)
{
    const unsigned bit = row * width, word = bit / 32, shift = bit % 32;
    lanes_32 v, next;
    memcpy(&v, in + (size_t)word * ROW_BYTES, sizeof v);
    v >>= shift;
    if (shift + width > 32) {
        memcpy(&next, in + (size_t)(word + 1) * ROW_BYTES, sizeof next);
        v |= next << (32 - shift);
    }
    if (width < 32)
        v &= (UINT32_C(1) << (width % 32)) - 1;
    memcpy(out + (size_t)row * LANES_32, &v, sizeof v);
}

static ALWAYS_INLINE void unpack_row_64(const uint8_t *in, uint64_t *out, unsigned width,
                                        unsigned row)
{
    const unsigned bit = row * width, word = bit / 64, shift = bit % 64;
    lanes_64 v, next;
    memcpy(&v, in + (size_t)word * ROW_BYTES, sizeof v);
    v >>= shift;
    if (shift + width > 64) {
        memcpy(&next, in + (size_t)(word + 1) * ROW_BYTES, sizeof next);
        v |= next << (64 - shift);
    }
    if (width < 64)
        v &= (UINT64_C(1) << (width % 64)) - 1;
    memcpy(out + (size_t)row * LANES_64, &v, sizeof v);
}

#define ROWS_8(unpack, in, out, width, at) \
    do {                                   \
        unpack(in, out, width, at);        \
        unpack(in, out, width, (at) + 1);  \
        unpack(in, out, width, (at) + 2);  \
        unpack(in, out, width, (at) + 3);  \
        unpack(in, out, width, (at) + 4);  \
        unpack(in, out, width, (at) + 5);  \
        unpack(in, out, width, (at) + 6);  \
        unpack(in, out, width, (at) + 7);  \
    } while (0)

static ALWAYS_INLINE void unpack_block_32(const uint8_t *in, uint32_t *out, unsigned width)
{
    ROWS_8(unpack_row_32, in, out, width, 0u);
    ROWS_8(unpack_row_32, in, out, width, 8u);
    ROWS_8(unpack_row_32, in, out, width, 16u);
    ROWS_8(unpack_row_32, in, out, width, 24u);
}

static ALWAYS_INLINE void unpack_block_64(const uint8_t *in, uint64_t *out, unsigned width)
{
    for (unsigned at = 0; at < 64; at += 8)
        ROWS_8(unpack_row_64, in, out, width, at);
}

/* clang-format off */
#define WIDTHS_32(X) \
    X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) \
    X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) \
    X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) \
    X(25) X(26) X(27) X(28) X(29) X(30) X(31) X(32)
#define WIDTHS_64(X) \
    X(33) X(34) X(35) X(36) X(37) X(38) X(39) X(40) \
    X(41) X(42) X(43) X(44) X(45) X(46) X(47) X(48) \
    X(49) X(50) X(51) X(52) X(53) X(54) X(55) X(56) \
    X(57) X(58) X(59) X(60) X(61) X(62) X(63) X(64)
/* clang-format on */

TARGET_CLONES
static void unpack_32(const uint8_t *in, uint32_t *out, unsigned width)
{
    switch (width) {
#define X(w)                         \
    case w:                          \
        unpack_block_32(in, out, w); \
        break;
        WIDTHS_32(X)
#undef X
    default:
        memset(out, 0, BITPACK_BLOCK * sizeof *out);
    }
}

TARGET_CLONES
static void unpack_64(const uint8_t *in, uint64_t *out, unsigned width)
{
    switch (width) {
#define X(w)                         \
    case w:                          \
        unpack_block_64(in, out, w); \
        break;
        WIDTHS_64(X)
#undef X
    default:
        memset(out, 0, BITPACK_BLOCK * sizeof *out);
    }
}

#define WIDEN(bits, ctype)                                                                    \
    TARGET_CLONES                                                                             \
    static void widen_##bits(const uint32_t *restrict in, size_t n, ctype base,               \
                             ctype *restrict out)                                             \
    {                                                                                         \
        for (size_t i = 0; i < n; i++)                                                        \
            out[i] = (ctype)(base + (ctype)in[i]);                                            \
    }                                                                                         \
    static void unpack_narrow_##bits(const uint8_t *in, size_t n, unsigned width, ctype base, \
                                     ctype *out)                                              \
    {                                                                                         \
        uint32_t block[BITPACK_BLOCK] __attribute__((aligned(32)));                           \
        for (size_t i = 0; i < n; i += BITPACK_BLOCK) {                                       \
            unpack_32(in, block, width);                                                      \
            widen_##bits(block, MIN(n - i, (size_t)BITPACK_BLOCK), base, out + i);            \
            in += (size_t)ROW_BYTES * width;                                                  \
        }                                                                                     \
    }                                                                                         \
    static void fill_##bits(ctype *out, size_t n, ctype base)                                 \
    {                                                                                         \
        for (size_t i = 0; i < n; i++)                                                        \
            out[i] = base;                                                                    \
    }
WIDEN(8, uint8_t)
WIDEN(16, uint16_t)
WIDEN(32, uint32_t)
WIDEN(64, uint64_t)
#undef WIDEN

TARGET_CLONES
static void add_base(uint64_t *out, size_t n, uint64_t base)
{
    for (size_t i = 0; i < n; i++)
        out[i] += base;
}

static void unpack_wide(const uint8_t *in, size_t n, unsigned width, uint64_t base, uint64_t *out)
{
    uint64_t block[BITPACK_BLOCK] __attribute__((aligned(32)));
    for (size_t i = 0; i < n; i += BITPACK_BLOCK) {
        size_t m = MIN(n - i, (size_t)BITPACK_BLOCK);
        uint64_t *to = m == BITPACK_BLOCK ? out + i : block;
        unpack_64(in, to, width);
        add_base(to, m, base);
        if (to == block)
            memcpy(out + i, block, m * sizeof *out);
        in += (size_t)ROW_BYTES * width;
    }
}

void bitpack_unpack_u8(const uint8_t *in, size_t n, unsigned width, uint8_t base, uint8_t *out)
{
    assert(width <= 32);
    if (width == 0)
        fill_8(out, n, base);
    else
        unpack_narrow_8(in, n, width, base, out);
}

void bitpack_unpack_u16(const uint8_t *in, size_t n, unsigned width, uint16_t base, uint16_t *out)
{
    assert(width <= 32);
    if (width == 0)
        fill_16(out, n, base);
    else
        unpack_narrow_16(in, n, width, base, out);
}

void bitpack_unpack_u32(const uint8_t *in, size_t n, unsigned width, uint32_t base, uint32_t *out)
{
    assert(width <= 32);
    if (width == 0)
        fill_32(out, n, base);
    else
        unpack_narrow_32(in, n, width, base, out);
}

void bitpack_unpack_u64(const uint8_t *in, size_t n, unsigned width, uint64_t base, uint64_t *out)
{
    assert(width <= BITPACK_WIDTH_MAX);
    if (width == 0)
        fill_64(out, n, base);
    else if (width <= 32)
        unpack_narrow_64(in, n, width, base, out);
    else
        unpack_wide(in, n, width, base, out);
}
