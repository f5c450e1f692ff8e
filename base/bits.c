#include "base/bits.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "bitmaps are read as little-endian words");

static uint64_t load_word(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

static void store_word(uint8_t *p, uint64_t word)
{
    memcpy(p, &word, sizeof(word));
}

/* The lowest `n` bits, n <= 63. */
static uint64_t low_bits(size_t n)
{
    return ((uint64_t)1 << n) - 1;
}

void bits_fill(uint8_t *bits, size_t n, bool on)
{
    if (n == 0)
        return;
    memset(bits, on ? 0xFF : 0, bits_size(n));
    if (on && n % 64)
        store_word(bits + n / 64 * 8, low_bits(n % 64));
}

size_t bits_count(const uint8_t *bits, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n / 64; i++)
        count += (size_t)__builtin_popcountll(load_word(bits + i * 8));
    if (n % 64)
        count += (size_t)__builtin_popcountll(load_word(bits + n / 64 * 8) & low_bits(n % 64));
    return count;
}

void bits_and(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < bits_size(n); i += 8)
        store_word(out + i, load_word(a + i) & load_word(b + i));
}

/* Reads 8 bits that begin at bit `at`; touches only bytes that hold some of the `n` bits wanted. */
static unsigned read_bits(const uint8_t *in, size_t at, size_t n)
{
    size_t shift = at & 7;
    unsigned byte = (unsigned)in[at >> 3] >> shift;
    if (shift + n > 8)
        byte |= (unsigned)in[(at >> 3) + 1] << (8 - shift);
    return byte & (unsigned)low_bits(n);
}

void bits_copy(uint8_t *out, size_t out_at, const uint8_t *in, size_t in_at, size_t n)
{
    while (n > 0 && (out_at & 7) != 0) {
        bits_put(out, out_at++, bits_get(in, in_at++));
        n--;
    }
    size_t whole = n / 8;
    if ((in_at & 7) == 0) {
        if (whole > 0)
            memcpy(out + out_at / 8, in + in_at / 8, whole);
    } else {
        for (size_t i = 0; i < whole; i++)
            out[out_at / 8 + i] = (uint8_t)read_bits(in, in_at + i * 8, 8);
    }
    for (size_t i = whole * 8; i < n; i++)
        bits_put(out, out_at + i, bits_get(in, in_at + i));
}

/* Eight bytes 0/1 are gathered by one multiplication: byte i times 2^(56-7i) lands on bit 56+i. */
TARGET_CLONES
void bits_from_bytes(uint8_t *bits, const uint8_t *bytes, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        bits[i / 8] = (uint8_t)(load_word(bytes + i) * 0x0102040810204080u >> 56);
    if (i < n) {
        unsigned last = 0;
        for (size_t k = 0; i + k < n; k++)
            last |= (unsigned)bytes[i + k] << k;
        bits[i / 8] = (uint8_t)last;
    }
    if (n % 64)
        store_word(bits + n / 64 * 8, load_word(bits + n / 64 * 8) & low_bits(n % 64));
}

TARGET_CLONES
void bits_to_bytes(uint8_t *bytes, const uint8_t *bits, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t spread = bits[i / 8] * 0x0101010101010101u & 0x8040201008040201u;
        store_word(bytes + i, (spread + 0x7F7F7F7F7F7F7F7Fu) >> 7 & 0x0101010101010101u);
    }
    for (; i < n; i++)
        bytes[i] = bits_get(bits, i);
}
