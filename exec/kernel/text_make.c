/* text_make.c - functions that put a new text together: || concat replace pad repeat reverse translate char. */
#include "exec/kernel/loop.h"

/* ---- concatenation ---- */

enum status text_concat_operator(struct kernel_call *call, struct error *error)
{
    struct text_builder builder;
    text_builder_init(&builder, call->out, "ParDo");
    for (size_t i = 0; i < call->rows; i++) {
        column_put_empty(call->out, i);
        if (!kernel_row_valid(call, i))
            continue;
        struct str a = kernel_str(call, 0, i), b = kernel_str(call, 1, i);
        char small[TEXT_INLINE], *p = small;
        if (a.length + b.length > KERNEL_TEXT_MAX)
            return error_set(error, STATUS_LIMIT, "text too long: more than %d bytes",
                             KERNEL_TEXT_MAX);
        if (a.length + b.length > TEXT_INLINE)
            TRY(text_builder_alloc(&builder, a.length + b.length, &p, error));
        if (a.length)
            memcpy(p, a.data, a.length);
        if (b.length)
            memcpy(p + a.length, b.data, b.length);
        column_put_view(call->out, i, p, a.length + b.length);
    }
    return STATUS_OK;
}

static enum status row_concat(struct kernel_call *call, struct text_out *out, size_t row,
                              struct error *error)
{
    for (uint32_t arg = 0; arg < call->n_args; arg++)
        if (!column_is_null(call->args[arg], row)) {
            struct str s = kernel_str(call, arg, row);
            TRY(text_out_add(out, s.data, s.length, error));
        }
    return STATUS_OK;
}

enum status text_concat(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_concat, error);
}

static enum status row_concat_ws(struct kernel_call *call, struct text_out *out, size_t row,
                                 struct error *error)
{
    if (column_is_null(call->args[0], row))
        return kernel_set_null(call, row, error);
    struct str separator = kernel_str(call, 0, row);
    bool first = true;
    for (uint32_t arg = 1; arg < call->n_args; arg++) {
        if (column_is_null(call->args[arg], row))
            continue;
        struct str s = kernel_str(call, arg, row);
        if (!first)
            TRY(text_out_add(out, separator.data, separator.length, error));
        TRY(text_out_add(out, s.data, s.length, error));
        first = false;
    }
    return STATUS_OK;
}

enum status text_concat_ws(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_concat_ws, error);
}

/* ---- replace, repeat, pad ---- */

static enum status row_replace(struct kernel_call *call, struct text_out *out, size_t row,
                               struct error *error)
{
    struct str s = kernel_str(call, 0, row), from = kernel_str(call, 1, row);
    struct str to = kernel_str(call, 2, row);
    size_t at = 0, found;
    if (from.length)
        while ((found = text_find(s, from, at)) != SIZE_MAX) {
            TRY(text_out_add(out, s.data + at, found - at, error));
            TRY(text_out_add(out, to.data, to.length, error));
            at = found + from.length;
        }
    return text_out_add(out, s.data + at, s.length - at, error);
}

enum status text_replace(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_replace, error);
}

static enum status row_repeat(struct kernel_call *call, struct text_out *out, size_t row,
                              struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    int64_t n = kernel_i64(call, 1, row);
    if (n <= 0 || s.length == 0)
        return STATUS_OK;
    if ((uint64_t)n > KERNEL_TEXT_MAX / s.length)
        return error_set(error, STATUS_LIMIT, "text too long: %zu bytes repeated %lld times",
                         s.length, (long long)n);
    TRY(bytes_reserve(&out->bytes, s.length * (size_t)n, error));
    for (int64_t i = 0; i < n; i++)
        TRY(text_out_add(out, s.data, s.length, error));
    return STATUS_OK;
}

enum status text_repeat(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_repeat, error);
}

/* `n` characters of `with`, repeated. */
static enum status fill_with(struct text_out *out, struct str with, uint64_t n, struct error *error)
{
    size_t each = utf8_length(with.data, with.length);
    if (each == 0)
        return STATUS_OK;
    for (; n >= each; n -= each)
        TRY(text_out_add(out, with.data, with.length, error));
    return text_out_add(out, with.data, utf8_offset(with.data, with.length, n), error);
}

static enum status row_pad(struct kernel_call *call, struct text_out *out, size_t row,
                           struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    struct str with = call->n_args > 2 ? kernel_str(call, 2, row) : STR_LITERAL(" ");
    int64_t n = MAX(kernel_i64(call, 1, row), 0);
    uint64_t length = utf8_length(s.data, s.length);
    if ((uint64_t)n <= length)
        return text_out_add(out, s.data, utf8_offset(s.data, s.length, (uint64_t)n), error);
    if (n > KERNEL_TEXT_MAX)
        return error_set(error, STATUS_LIMIT, "text too long: %lld characters", (long long)n);
    bool left = call->function == FUNCTION_LPAD;
    if (left)
        TRY(fill_with(out, with, (uint64_t)n - length, error));
    TRY(text_out_add(out, s.data, s.length, error));
    return left ? STATUS_OK : fill_with(out, with, (uint64_t)n - length, error);
}

enum status text_pad(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_pad, error);
}

/* ---- characters ---- */

static enum status row_reverse(struct kernel_call *call, struct text_out *out, size_t row,
                               struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    while (s.length) {
        size_t n = 1;
        while (n < s.length && ((unsigned char)s.data[s.length - n] & 0xc0) == 0x80)
            n++;
        TRY(text_out_add(out, s.data + s.length - n, n, error));
        s.length -= n;
    }
    return STATUS_OK;
}

enum status text_reverse(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_reverse, error);
}

static enum status row_char(struct kernel_call *call, struct text_out *out, size_t row,
                            struct error *error)
{
    for (uint32_t arg = 0; arg < call->n_args; arg++) {
        int64_t code = kernel_i64(call, arg, row);
        char utf8[4];
        if (code < 0 || code > 0x10ffff)
            return error_set(error, STATUS_VALUE, "not the code of a character: %lld",
                             (long long)code);
        TRY(text_out_add(out, utf8, utf8_encode((uint32_t)code, utf8), error));
    }
    return STATUS_OK;
}

enum status text_char(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_char, error);
}

/* The character of `to` that stands where `from` has this one; none: it is dropped. */
static enum status row_translate(struct kernel_call *call, struct text_out *out, size_t row,
                                 struct error *error)
{
    struct str s = kernel_str(call, 0, row), from = kernel_str(call, 1, row);
    struct str to = kernel_str(call, 2, row);
    for (size_t at = 0, n; at < s.length; at += n) {
        uint32_t code;
        n = utf8_decode(s.data + at, s.length - at, &code);
        size_t found = text_find(from, (struct str){s.data + at, n}, 0);
        if (found == SIZE_MAX) {
            TRY(text_out_add(out, s.data + at, n, error));
            continue;
        }
        size_t place = utf8_offset(to.data, to.length, utf8_length(from.data, found));
        if (place < to.length) {
            unsigned size = utf8_decode(to.data + place, to.length - place, &code);
            TRY(text_out_add(out, to.data + place, size, error));
        }
    }
    return STATUS_OK;
}

enum status text_translate(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_translate, error);
}
