/* hash.h - hashes for hash tables inside the process. Not stable between versions; never stored.
 * The multiply-and-fold mixer is wyhash's idea (github.com/wangyi-fudan/wyhash, public domain). */
#ifndef HASH_H
#define HASH_H

#include "base/base.h"

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    uint128_t r = (uint128_t)a * b;
    return (uint64_t)r ^ (uint64_t)(r >> 64);
}
static inline uint64_t hash_u64(uint64_t x)
{
    return hash_fold(x ^ 0xa0761d6478bd642fu, 0xe7037ed1a0b428dbu);
}
static inline uint64_t hash_combine(uint64_t h, uint64_t x)
{
    return hash_fold(h ^ x ^ 0x8ebc6af09c88c6e3u, 0x589965cc75374cc3u);
}
/* Any bytes; reads only [p, p+n). */
uint64_t hash_bytes(const void *p, size_t n);

#endif
