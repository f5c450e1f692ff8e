#include "base/hash.h"

static uint64_t load8(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static uint64_t load4(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

uint64_t hash_bytes(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    uint64_t seed = 0x2d358dccaa6c78a5u ^ n;
    uint64_t a = 0, b = 0;
    if (LIKELY(n <= 16)) {
        if (LIKELY(n >= 8)) {
            a = load8(p);
            b = load8(p + n - 8);
        } else if (n >= 4) {
            a = load4(p);
            b = load4(p + n - 4);
        } else if (n > 0) {
            a = (uint64_t)p[0] << 16 | (uint64_t)p[n >> 1] << 8 | p[n - 1];
        }
    } else {
        size_t left = n;
        for (; left > 16; left -= 16, p += 16)
            seed = hash_fold(load8(p) ^ 0x8bb84b93962eacc9u, load8(p + 8) ^ seed);
        a = load8(p + left - 16);
        b = load8(p + left - 8);
    }
    return hash_fold(hash_fold(a ^ 0x4b33a62ed433d4a3u, b ^ seed), 0x4d5a2da51de1aa47u ^ n);
}
