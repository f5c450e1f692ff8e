#include "storage/codec.h"

#include <lz4.h>
#include <lz4hc.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t codec_hash(const void *data, size_t size)
{
    return XXH3_64bits(data, size);
}

size_t codec_bound(size_t size)
{
    return size + size / 255 + 16;
}

size_t codec_compress(enum codec_level level, const void *in, size_t size, void *out,
                      size_t capacity)
{
    enum { SMALL_LEVEL = 9 };
    if (size == 0 || size > CODEC_SIZE_MAX)
        return 0;
    int room = (int)MIN(capacity, (size_t)INT32_MAX), n = (int)size;
    int got = level == CODEC_SMALL ? LZ4_compress_HC(in, out, n, room, SMALL_LEVEL)
                                   : LZ4_compress_default(in, out, n, room);
    return got > 0 ? (size_t)got : 0;
}

bool codec_decompress(const void *in, size_t size, void *out, size_t out_size)
{
    if (size > INT32_MAX || out_size > CODEC_SIZE_MAX)
        return false;
    return LZ4_decompress_safe(in, out, (int)size, (int)out_size) == (int)out_size;
}
