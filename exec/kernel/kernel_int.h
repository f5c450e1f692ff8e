/* kernel_int.h - what the kernels share: access to arguments, text being made, formats of values. */
#ifndef KERNEL_INT_H
#define KERNEL_INT_H

#include "exec/kernel/kernel.h"
#include "exec/kernel/kernel_list.h"
#include "storage/timezone.h"

/* Every kernel of the list. Where several ids share one, it is declared as often: that does no harm. */
#define K(id, fn) kernel_fn fn;
KERNEL_LIST(K)
#undef K

static inline const void *kernel_value(const struct kernel_call *call, unsigned arg, size_t row)
{
    const struct column *c = call->args[arg];
    return (const char *)c->data + column_index(c, row) * type_size(c->type);
}
static inline int64_t kernel_i64(const struct kernel_call *call, unsigned arg, size_t row)
{
    const struct column *c = call->args[arg];
    return ((const int64_t *)c->data)[column_index(c, row)];
}
static inline double kernel_f64(const struct kernel_call *call, unsigned arg, size_t row)
{
    const struct column *c = call->args[arg];
    return ((const double *)c->data)[column_index(c, row)];
}
static inline struct str column_str(const struct column *c, size_t row)
{
    const struct text *t = (const struct text *)c->data + column_index(c, row);
    return (struct str){text_data(t), t->length};
}
static inline struct str kernel_str(const struct kernel_call *call, unsigned arg, size_t row)
{
    return column_str(call->args[arg], row);
}
static inline bool kernel_is_constant(const struct kernel_call *call, unsigned arg)
{
    return column_is_constant(call->args[arg]) || call->args[arg]->length == 1;
}
/* A DECIMAL of either width. */
static inline int128_t column_decimal(const struct column *c, size_t row)
{
    size_t at = column_index(c, row);
    return c->type.precision > DECIMAL_PRECISION_SMALL ? ((const int128_t *)c->data)[at]
                                                       : ((const int64_t *)c->data)[at];
}
static inline void column_put_decimal(struct column *c, size_t row, int128_t v)
{
    if (c->type.precision > DECIMAL_PRECISION_SMALL)
        ((int128_t *)c->data)[row] = v;
    else
        ((int64_t *)c->data)[row] = (int64_t)v;
}
/* 10 to the power n, n <= 38. */
int128_t kernel_pow10(unsigned n);

enum decimal_rounding { DECIMAL_HALF_AWAY, DECIMAL_TOWARD_ZERO, DECIMAL_UP, DECIMAL_DOWN };
/* From one scale to another; false if it does not fit the precision. */
bool decimal_rescale(int128_t x, unsigned from, unsigned to, unsigned precision,
                     enum decimal_rounding how, int128_t *out);

/* An interval that is too long, and so on: a value that does not fit the result. */
enum status kernel_out_of_range(struct error *error, const char *what);

/* ---- text being made ---- */

enum { KERNEL_TEXT_MAX = 256 * 1024 * 1024 };

/* One text after another: bytes are gathered in `bytes` and put into the column at the end of each row. */
struct text_out {
    struct text_builder builder;
    struct bytes bytes;
};
void text_out_init(struct text_out *out, struct kernel_call *call);
void text_out_fini(struct text_out *out);
static inline void text_out_begin(struct text_out *out)
{
    out->bytes.length = 0;
}
MUST_CHECK enum status text_out_add(struct text_out *out, const void *data, size_t length,
                                    struct error *error);
MUST_CHECK enum status text_out_end(struct text_out *out, size_t row, struct error *error);
/* An empty text for a row that is NULL. */
static inline void column_put_empty(struct column *column, size_t row)
{
    memset((struct text *)column->data + row, 0, sizeof(struct text));
}
/* A part of an argument's text: long ones point into the argument's memory, which the output then keeps. */
static inline void column_put_view(struct column *column, size_t row, const char *data,
                                   size_t length)
{
    ((struct text *)column->data)[row] = text_view(data, length);
}

/* What a text function computes for one valid row. */
typedef enum status text_row_fn(struct kernel_call *call, struct text_out *out, size_t row,
                                struct error *error);
/* Runs `fn` between begin and end for each valid row. */
MUST_CHECK enum status text_rows(struct kernel_call *call, text_row_fn *fn, struct error *error);

/* ---- values as text ---- */

/* Appends a value as CAST(... AS VARCHAR) gives it. Not NULL. */
MUST_CHECK enum status cast_append_text(const struct column *column, size_t row,
                                        const struct time_zone *zone, struct bytes *out,
                                        struct error *error);
/* Appends a value as JSON. Not NULL. */
MUST_CHECK enum status json_append_value(const struct column *column, size_t row,
                                         const struct time_zone *zone, struct bytes *out,
                                         struct error *error);
/* Whether a text is one JSON value. */
bool json_is_valid(struct str text);
/* The text that a JSON value stands for: the inside of a string, else its JSON text. */
MUST_CHECK enum status json_append_plain(struct str json, struct bytes *out, struct error *error);

/* One character of UTF-8 (bytes that are none count as one character each): its length, the code in *code. */
static inline unsigned utf8_decode(const char *p, size_t n, uint32_t *code)
{
    const unsigned char *s = (const unsigned char *)p;
    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    if (s[0] >= 0xc2 && s[0] < 0xe0 && n >= 2 && (s[1] & 0xc0) == 0x80) {
        *code = (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
        return 2;
    }
    if ((s[0] & 0xf0) == 0xe0 && n >= 3 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80) {
        *code = (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
        return 3;
    }
    if (s[0] >= 0xf0 && s[0] < 0xf5 && n >= 4 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80 &&
        (s[3] & 0xc0) == 0x80) {
        *code = (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 |
                (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
        return 4;
    }
    *code = s[0];
    return 1;
}
/* Writes up to 4 bytes; codes past U+10FFFF and surrogates become U+FFFD. */
unsigned utf8_encode(uint32_t code, char out[4]);
size_t utf8_length(const char *p, size_t n); /* characters */
/* Byte offset of character number `at` (from 0), or n. */
size_t utf8_offset(const char *p, size_t n, uint64_t at);
bool text_is_ascii(const char *p, size_t n);
/* `needle` in `text` from byte `from`: its offset or SIZE_MAX. */
size_t text_find(struct str text, struct str needle, size_t from);

#endif
