/* bitpack.h - whole numbers in as many bits as they need.
 *
 * Values come in blocks of 256, which take 32 * width bytes; the last block is padded with zeros. Up to 32 bits,
 * value i of a block belongs to lane i % 8, and a lane is a row of 32-bit words, the lanes' words interleaved: word k
 * of lane l is at word 8k + l. The lane's values follow each other from the lowest bit up: its j-th begins at bit
 * j * width. Above 32 bits there are 4 lanes of 64-bit words: value i is in lane i % 4, word k of lane l is at word
 * 4k + l. So one step of a vector register unpacks all lanes.
 * After Lemire and Boytsov, Decoding billions of integers per second through vectorization (2015). */
#ifndef BITPACK_H
#define BITPACK_H

#include "base/base.h"

enum { BITPACK_BLOCK = 256, BITPACK_WIDTH_MAX = 64 };

/* Bits that `value` needs: 0 to 64. */
static inline unsigned bitpack_width(uint64_t value)
{
    return value == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value);
}
/* Bytes of n packed values. */
static inline size_t bitpack_size(size_t n, unsigned width)
{
    return (n + BITPACK_BLOCK - 1) / BITPACK_BLOCK * (BITPACK_BLOCK / 8) * width;
}
/* Packs the low `width` bits of n values into bitpack_size bytes. */
void bitpack_pack(const uint64_t *in, size_t n, unsigned width, uint8_t *out);
/* out[i] = base + value i, wrapping; exactly n are written. `in` has bitpack_size bytes; no alignment is needed.
 * For 8, 16 and 32 bits the width may be up to 32, for 64 up to 64. */
void bitpack_unpack_u8(const uint8_t *in, size_t n, unsigned width, uint8_t base, uint8_t *out);
void bitpack_unpack_u16(const uint8_t *in, size_t n, unsigned width, uint16_t base, uint16_t *out);
void bitpack_unpack_u32(const uint8_t *in, size_t n, unsigned width, uint32_t base, uint32_t *out);
void bitpack_unpack_u64(const uint8_t *in, size_t n, unsigned width, uint64_t base, uint64_t *out);

#endif
