/* md5.h - MD5 (RFC 1321), for the long results of sqllogictest. */
#ifndef MD5_H
#define MD5_H

#include "base/base.h"

struct md5 {
    uint32_t state[4];
    uint64_t length;
    uint8_t block[64];
};

void md5_init(struct md5 *md5);
void md5_add(struct md5 *md5, const void *data, size_t size);
/* 32 lower-case hexadecimal digits and a NUL. */
void md5_finish(struct md5 *md5, char out[33]);

#endif
