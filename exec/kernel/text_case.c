/* text_case.c - lower, upper, initcap: Unicode's simple case, with a path of its own for ASCII. */
#include "exec/kernel/text_case.h"

#include <utf8proc.h>

#include "exec/kernel/loop.h"

static uint32_t code_lower(uint32_t code)
{
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
}
/* utf8proc turns a sharp s into the capital one; Unicode's simple case leaves it. */
static uint32_t code_upper(uint32_t code)
{
    if (code == 0xdf)
        return code;
    return (uint32_t)utf8proc_toupper((utf8proc_int32_t)code);
}

/* Eight ASCII bytes: a letter's bit 5 is set (lower) or cleared (upper). */
static inline uint64_t word_fold(uint64_t word, char first, char last, bool upper)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t above = word + (uint64_t)(0x80 - first) * ones; /* bit 7: not below the first letter */
    uint64_t beyond = word + (uint64_t)(0x7f - last) * ones; /* bit 7: past the last letter */
    uint64_t letters = (above ^ beyond) & 0x80 * ones;
    return upper ? word & ~(letters >> 2) : word | letters >> 2;
}

static inline void ascii_fold(const char *in, char *out, size_t n, bool upper)
{
    const char first = upper ? 'a' : 'A', last = upper ? 'z' : 'Z';
    uint64_t word;
    for (; n >= 8; n -= 8, in += 8, out += 8) {
        memcpy(&word, in, 8);
        word = word_fold(word, first, last, upper);
        memcpy(out, &word, 8);
    }
    if (n) {
        word = 0;
        memcpy(&word, in, n);
        word = word_fold(word, first, last, upper);
        memcpy(out, &word, n);
    }
}

static enum status fold_unicode(struct str s, bool upper, struct bytes *out, struct error *error)
{
    for (size_t at = 0; at < s.length;) {
        uint32_t code;
        char utf8[4];
        unsigned n = utf8_decode(s.data + at, s.length - at, &code);
        if (n == 1 && code >= 0x80) { /* no UTF-8: kept as it is */
            TRY(bytes_append(out, s.data + at, 1, error));
        } else {
            unsigned size = utf8_encode(upper ? code_upper(code) : code_lower(code), utf8);
            TRY(bytes_append(out, utf8, size, error));
        }
        at += n;
    }
    return STATUS_OK;
}

enum status text_append_lower(struct str s, struct bytes *out, struct error *error)
{
    if (!text_is_ascii(s.data, s.length))
        return fold_unicode(s, false, out, error);
    TRY(bytes_reserve(out, s.length, error));
    ascii_fold(s.data, out->data + out->length, s.length, false);
    out->length += s.length;
    return STATUS_OK;
}

static enum status fold_column(struct kernel_call *call, bool upper, struct error *error)
{
    struct text_out out;
    text_out_init(&out, call);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < call->rows && status == STATUS_OK; i++) {
        column_put_empty(call->out, i);
        if (!kernel_row_valid(call, i))
            continue;
        struct str s = kernel_str(call, 0, i);
        if (text_is_ascii(s.data, s.length)) {
            char small[TEXT_INLINE], *p = small;
            if (s.length > TEXT_INLINE)
                status = text_builder_alloc(&out.builder, s.length, &p, error);
            if (status != STATUS_OK)
                break;
            ascii_fold(s.data, p, s.length, upper);
            column_put_view(call->out, i, p, s.length);
            continue;
        }
        text_out_begin(&out);
        status = fold_unicode(s, upper, &out.bytes, error);
        if (status == STATUS_OK)
            status = text_out_end(&out, i, error);
    }
    text_out_fini(&out);
    return status;
}

enum status text_lower(struct kernel_call *call, struct error *error)
{
    return fold_column(call, false, error);
}
enum status text_upper(struct kernel_call *call, struct error *error)
{
    return fold_column(call, true, error);
}

static bool in_word(uint32_t code)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO) ||
           category == UTF8PROC_CATEGORY_MN;
}

static enum status row_initcap(struct kernel_call *call, struct text_out *out, size_t row,
                               struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    bool inside = false;
    for (size_t at = 0; at < s.length;) {
        uint32_t code;
        char utf8[4];
        unsigned n = utf8_decode(s.data + at, s.length - at, &code);
        if (n == 1 && code >= 0x80) {
            TRY(text_out_add(out, s.data + at, 1, error));
            inside = false;
        } else {
            unsigned size = utf8_encode(inside ? code_lower(code) : code_upper(code), utf8);
            TRY(text_out_add(out, utf8, size, error));
            inside = in_word(code);
        }
        at += n;
    }
    return STATUS_OK;
}

enum status text_initcap(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_initcap, error);
}
