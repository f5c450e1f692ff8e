/* text_code.c - other spellings of bytes: hexadecimal, base 64, URLs. */
#include "exec/kernel/loop.h"

static const char hex_upper[] = "0123456789ABCDEF";

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* ---- hex ---- */

static enum status row_hex(struct kernel_call *call, struct text_out *out, size_t row,
                           struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    for (size_t i = 0; i < s.length; i++) {
        unsigned char c = (unsigned char)s.data[i];
        TRY(text_out_add(out, (char[]){hex_upper[c >> 4], hex_upper[c & 15]}, 2, error));
    }
    return STATUS_OK;
}

enum status text_hex(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_hex, error);
}

/* As SQLite: characters of the second argument may stand between the pairs; anything else gives NULL. */
static enum status row_unhex(struct kernel_call *call, struct text_out *out, size_t row,
                             struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    struct str between = call->n_args > 1 ? kernel_str(call, 1, row) : (struct str){"", 0};
    for (size_t i = 0; i < s.length;) {
        if (between.length && memchr(between.data, s.data[i], between.length)) {
            i++;
            continue;
        }
        int high = hex_value(s.data[i]), low = i + 1 < s.length ? hex_value(s.data[i + 1]) : -1;
        if (high < 0 || low < 0)
            return kernel_set_null(call, row, error);
        TRY(text_out_add(out, (char[]){(char)(high << 4 | low)}, 1, error));
        i += 2;
    }
    return STATUS_OK;
}

enum status text_unhex(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_unhex, error);
}

/* ---- base 64 ---- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static enum status row_base64(struct kernel_call *call, struct text_out *out, size_t row,
                              struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    for (size_t i = 0; i < s.length; i += 3) {
        size_t n = MIN(s.length - i, (size_t)3);
        uint32_t v = (uint32_t)(unsigned char)s.data[i] << 16;
        if (n > 1)
            v |= (uint32_t)(unsigned char)s.data[i + 1] << 8;
        if (n > 2)
            v |= (unsigned char)s.data[i + 2];
        char four[4] = {base64_digits[v >> 18], base64_digits[v >> 12 & 63],
                        n > 1 ? base64_digits[v >> 6 & 63] : '=',
                        n > 2 ? base64_digits[v & 63] : '='};
        TRY(text_out_add(out, four, 4, error));
    }
    return STATUS_OK;
}

enum status text_base64(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_base64, error);
}

static enum status row_from_base64(struct kernel_call *call, struct text_out *out, size_t row,
                                   struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    while (s.length && s.data[s.length - 1] == '=')
        s.length--;
    uint32_t v = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < s.length; i++) {
        const char *digit = s.data[i] ? strchr(base64_digits, s.data[i]) : NULL;
        if (!digit)
            return kernel_set_null(call, row, error);
        v = v << 6 | (uint32_t)(digit - base64_digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            TRY(text_out_add(out, (char[]){(char)(v >> bits)}, 1, error));
            v &= (1u << bits) - 1;
        }
    }
    return bits == 6 ? kernel_set_null(call, row, error) : STATUS_OK;
}

enum status text_from_base64(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_from_base64, error);
}

/* ---- URLs (RFC 3986) ---- */

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static enum status row_url_encode(struct kernel_call *call, struct text_out *out, size_t row,
                                  struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    for (size_t i = 0; i < s.length; i++) {
        unsigned char c = (unsigned char)s.data[i];
        char three[3] = {'%', hex_upper[c >> 4], hex_upper[c & 15]};
        TRY(is_unreserved(s.data[i]) ? text_out_add(out, s.data + i, 1, error)
                                     : text_out_add(out, three, 3, error));
    }
    return STATUS_OK;
}

enum status text_url_encode(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_url_encode, error);
}

static enum status row_url_decode(struct kernel_call *call, struct text_out *out, size_t row,
                                  struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    for (size_t i = 0; i < s.length; i++) {
        char c = s.data[i] == '+' ? ' ' : s.data[i];
        if (c == '%' && i + 2 < s.length && hex_value(s.data[i + 1]) >= 0 &&
            hex_value(s.data[i + 2]) >= 0) {
            c = (char)(hex_value(s.data[i + 1]) << 4 | hex_value(s.data[i + 2]));
            i += 2;
        }
        TRY(text_out_add(out, &c, 1, error));
    }
    return STATUS_OK;
}

enum status text_url_decode(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_url_decode, error);
}
