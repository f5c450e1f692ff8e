/* text_scan.c - the longer loops over bytes. */
#include "storage/text_scan.h"

const char *text_scan_last_newline(const char *p, size_t n)
{
    return memrchr(p, '\n', n);
}

TARGET_CLONES size_t text_scan_count(const char *p, size_t n, char byte)
{
    size_t total = 0;
    while (n > 0) {
        size_t step = MIN(n, (size_t)255 * 8);
        unsigned sum = 0;
        for (size_t i = 0; i < step; i++)
            sum += p[i] == byte;
        total += sum;
        p += step;
        n -= step;
    }
    return total;
}

/* Bytes of the sequence that begins here, or 0 if it is none. */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
    size_t length;
    uint32_t least, code;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        length = 2, least = 0x80, code = p[0] & 31u;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        length = 3, least = 0x800, code = p[0] & 15u;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        length = 4, least = 0x10000, code = p[0] & 7u;
    } else {
        return 0;
    }
    if (n < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 63u);
    }
    bool fine = code >= least && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return fine ? length : 0;
}

bool text_scan_utf8(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    while (n > 0) {
        while (n >= 8 && (text_load64((const char *)p) & TEXT_REPEAT(0x80)) == 0) {
            p += 8;
            n -= 8;
        }
        if (n == 0)
            break;
        size_t length = utf8_sequence(p, n);
        if (length == 0)
            return false;
        p += length;
        n -= length;
    }
    return true;
}
