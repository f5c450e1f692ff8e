/* text_cut.c - functions whose result is a piece of their argument: substr, left, right, trim, split_part.
 * The result points into the argument's memory and keeps it alive; nothing is copied. */
#include "exec/kernel/loop.h"

/* The piece of argument 0 for a valid row. */
typedef enum status cut_fn(const struct kernel_call *call, size_t row, struct str *out,
                           struct error *error);

static enum status cut_rows(struct kernel_call *call, cut_fn *cut, struct error *error)
{
    for (size_t i = 0; i < call->rows; i++) {
        struct str piece = {"", 0};
        if (kernel_row_valid(call, i))
            TRY(cut(call, i, &piece, error));
        column_put_view(call->out, i, piece.data, piece.length);
    }
    return column_share_heaps(call->out, call->args[0], error);
}

/* Characters (or bytes) [from, from + n) of a text, both within it. */
static struct str piece_of(struct str s, uint64_t from, uint64_t n, bool bytes)
{
    if (bytes) {
        from = MIN(from, s.length);
        return (struct str){s.data + from, MIN(n, s.length - from)};
    }
    size_t start = utf8_offset(s.data, s.length, from);
    return (struct str){s.data + start, utf8_offset(s.data + start, s.length - start, n)};
}

/* SQLite's substr: a start of 0 is before the first character, a negative one counts from the end, a negative
 * length takes what is before the start. */
static enum status cut_substr(const struct kernel_call *call, size_t row, struct str *out,
                              struct error *error)
{
    (void)error;
    bool bytes = call->args[0]->type.id == TYPE_BLOB;
    struct str s = kernel_str(call, 0, row);
    int128_t start = kernel_i64(call, 1, row);
    int128_t n = call->n_args > 2 ? kernel_i64(call, 2, row) : INT64_MAX;
    if (start > 0 && n >= 0) { /* the usual case needs no length */
        *out = piece_of(s, (uint64_t)(start - 1), (uint64_t)n, bytes);
        return STATUS_OK;
    }
    int128_t length = (int128_t)(bytes ? s.length : utf8_length(s.data, s.length));
    int128_t from = start > 0 ? start - 1 : start < 0 ? length + start : -1;
    int128_t to = from + n;
    if (n < 0) {
        int128_t swap = from;
        from = to;
        to = swap;
    }
    from = MAX(from, 0);
    to = MIN(to, length);
    *out = to > from ? piece_of(s, (uint64_t)from, (uint64_t)(to - from), bytes)
                     : (struct str){s.data, 0};
    return STATUS_OK;
}

enum status text_substr(struct kernel_call *call, struct error *error)
{
    return cut_rows(call, cut_substr, error);
}

static enum status cut_left(const struct kernel_call *call, size_t row, struct str *out,
                            struct error *error)
{
    (void)error;
    struct str s = kernel_str(call, 0, row);
    int64_t n = kernel_i64(call, 1, row);
    if (n < 0) {
        int64_t length = (int64_t)utf8_length(s.data, s.length);
        n = n < -length ? 0 : length + n;
    }
    *out = piece_of(s, 0, (uint64_t)n, false);
    return STATUS_OK;
}

enum status text_left(struct kernel_call *call, struct error *error)
{
    return cut_rows(call, cut_left, error);
}

static enum status cut_right(const struct kernel_call *call, size_t row, struct str *out,
                             struct error *error)
{
    (void)error;
    struct str s = kernel_str(call, 0, row);
    int64_t n = kernel_i64(call, 1, row), length = (int64_t)utf8_length(s.data, s.length);
    int64_t skip = n < 0 ? (n < -length ? length : -n) : (n > length ? 0 : length - n);
    *out = piece_of(s, (uint64_t)skip, s.length, false);
    return STATUS_OK;
}

enum status text_right(struct kernel_call *call, struct error *error)
{
    return cut_rows(call, cut_right, error);
}

/* ---- trim ---- */

/* Whether the character at [p, p + n) is one of `set`. */
static bool in_set(const char *p, size_t n, struct str set)
{
    return text_find(set, (struct str){p, n}, 0) != SIZE_MAX;
}

static size_t first_character(struct str s)
{
    uint32_t code;
    return utf8_decode(s.data, s.length, &code);
}

static size_t last_character(struct str s)
{
    size_t n = 1;
    while (n < s.length && n < 4 && ((unsigned char)s.data[s.length - n] & 0xc0) == 0x80)
        n++;
    return n;
}

static enum status cut_trim(const struct kernel_call *call, size_t row, struct str *out,
                            struct error *error)
{
    (void)error;
    struct str s = kernel_str(call, 0, row);
    struct str set = call->n_args > 1 ? kernel_str(call, 1, row) : STR_LITERAL(" ");
    if (call->function != FUNCTION_RTRIM)
        while (s.length && in_set(s.data, first_character(s), set)) {
            size_t n = first_character(s);
            s.data += n;
            s.length -= n;
        }
    if (call->function != FUNCTION_LTRIM)
        while (s.length) {
            size_t n = last_character(s);
            if (!in_set(s.data + s.length - n, n, set))
                break;
            s.length -= n;
        }
    *out = s;
    return STATUS_OK;
}

enum status text_trim(struct kernel_call *call, struct error *error)
{
    return cut_rows(call, cut_trim, error);
}

/* ---- split_part ---- */

static size_t parts_count(struct str s, struct str separator)
{
    size_t n = 1;
    for (size_t at = 0; (at = text_find(s, separator, at)) != SIZE_MAX; at += separator.length)
        n++;
    return n;
}

/* Part number n from 1, negative from the end; '' past either end. */
static enum status cut_split_part(const struct kernel_call *call, size_t row, struct str *out,
                                  struct error *error)
{
    struct str s = kernel_str(call, 0, row), separator = kernel_str(call, 1, row);
    int64_t n = kernel_i64(call, 2, row);
    if (n == 0)
        return error_set(error, STATUS_VALUE, "split_part counts from 1: 0");
    *out = (struct str){s.data, 0};
    if (separator.length == 0) {
        if (n == 1 || n == -1)
            *out = s;
        return STATUS_OK;
    }
    if (n < 0) {
        int64_t parts = (int64_t)parts_count(s, separator);
        if (n < -parts)
            return STATUS_OK;
        n = parts + n + 1;
    }
    size_t start = 0;
    for (; n > 1; n--) {
        size_t at = text_find(s, separator, start);
        if (at == SIZE_MAX)
            return STATUS_OK;
        start = at + separator.length;
    }
    size_t end = text_find(s, separator, start);
    *out = (struct str){s.data + start, (end == SIZE_MAX ? s.length : end) - start};
    return STATUS_OK;
}

enum status text_split_part(struct kernel_call *call, struct error *error)
{
    return cut_rows(call, cut_split_part, error);
}
