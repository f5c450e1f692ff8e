/* bits.h - bitmaps in Arrow's order: bit i is bit i%8 of byte i/8, least significant first. 1 is valid.
 * Bitmaps are allocated in whole 64-bit words (bits_size), so that words may be read and written. */
#ifndef BITS_H
#define BITS_H

#include "base/base.h"

static inline size_t bits_size(size_t n) /* bytes of a bitmap for n bits, in whole words */
{
    return round_up(n, 64) / 8;
}
static inline bool bits_get(const uint8_t *bits, size_t i)
{
    return bits[i >> 3] >> (i & 7) & 1;
}
static inline void bits_set(uint8_t *bits, size_t i)
{
    bits[i >> 3] |= (uint8_t)(1u << (i & 7));
}
static inline void bits_clear(uint8_t *bits, size_t i)
{
    bits[i >> 3] &= (uint8_t) ~(1u << (i & 7));
}
static inline void bits_put(uint8_t *bits, size_t i, bool on)
{
    bits[i >> 3] = (uint8_t)((bits[i >> 3] & ~(1u << (i & 7))) | (unsigned)on << (i & 7));
}

void bits_fill(uint8_t *bits, size_t n, bool on); /* also clears the last word's tail */
size_t bits_count(const uint8_t *bits, size_t n); /* set bits among the first n */
void bits_and(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n); /* out may be a or b */
void bits_copy(uint8_t *out, size_t out_at, const uint8_t *in, size_t in_at, size_t n);
/* One byte 0/1 per row to bits, and back. */
void bits_from_bytes(uint8_t *bits, const uint8_t *bytes, size_t n);
void bits_to_bytes(uint8_t *bytes, const uint8_t *bits, size_t n);

#endif
