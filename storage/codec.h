/* codec.h - LZ4 blocks and xxh3 checksums, as data files use them. */
#ifndef CODEC_H
#define CODEC_H

#include "base/base.h"

enum { CODEC_SIZE_MAX = 0x7E000000 }; /* bytes LZ4 takes in one block */

enum codec_level { CODEC_FAST, CODEC_SMALL };

/* xxh3, 64 bits, seed 0. */
uint64_t codec_hash(const void *data, size_t size);
/* Room that compressing `size` bytes may need. */
size_t codec_bound(size_t size);
/* Compressed size, or 0 if it does not fit in `capacity`. */
size_t codec_compress(enum codec_level level, const void *in, size_t size, void *out,
                      size_t capacity);
/* True if `in` is a block of exactly `out_size` bytes. Never reads or writes outside. */
bool codec_decompress(const void *in, size_t size, void *out, size_t out_size);

#endif
