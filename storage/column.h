/* column.h - a column of values: Arrow's layout where it costs nothing.
 *
 * Shapes. FLAT: `length` values. CONSTANT: one value (index 0) that stands for `length` rows; its validity, if
 * any, has one bit. DICTIONARY: `length` codes (uint32_t in data) into `dictionary`, a FLAT column; validity
 * is that of the codes, the dictionary has no NULLs.
 * NULLs: `validity` NULL means that there are none; else one bit a row, 1 = valid. Values under NULL rows
 * are defined memory, but mean nothing.
 * Text: 16-byte views. Up to 12 bytes are inside the view, zero padded, so that equal short texts are equal
 * 16 bytes; longer ones keep their first 4 bytes and point to memory that the column keeps alive through
 * `heaps`.
 * Ownership: columns are reference-counted and immutable once pushed. The counts are atomic. */
#ifndef COLUMN_H
#define COLUMN_H

#include "base/bits.h"
#include "base/buffer.h"
#include "storage/type.h"

enum { TEXT_INLINE = 12, TEXT_LENGTH_MAX = INT32_MAX };

struct text {
    uint32_t length;
    char prefix[4]; /* first bytes, zero padded; inline text goes on into `rest` */
    union {
        char rest[8];
        const char *data;
    };
};
static_assert(sizeof(struct text) == 16, "text views are 16 bytes");

static inline const char *text_data(const struct text *t)
{
    return t->length <= TEXT_INLINE ? t->prefix : t->data;
}
/* A view of [data, data+length); short texts are copied into it, longer ones must stay alive. */
static inline struct text text_view(const char *data, size_t length)
{
    struct text t;
    memset(&t, 0, sizeof t);
    t.length = (uint32_t)length;
    if (length <= TEXT_INLINE) {
        if (length)
            memcpy(t.prefix, data, length);
    } else {
        memcpy(t.prefix, data, 4);
        t.data = data;
    }
    return t;
}
static inline bool text_equal(const struct text *a, const struct text *b)
{
    uint64_t x, y;
    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    if (x != y)
        return false;
    if (a->length <= TEXT_INLINE) {
        memcpy(&x, a->rest, 8);
        memcpy(&y, b->rest, 8);
        return x == y;
    }
    return a->data == b->data || memcmp(a->data, b->data, a->length) == 0;
}
int text_compare(const struct text *a, const struct text *b); /* by bytes: <0, 0, >0 */

int interval_compare(struct interval a, struct interval b); /* a month 30 days, a day 24 hours */

enum column_encoding { COLUMN_FLAT, COLUMN_CONSTANT, COLUMN_DICTIONARY };

struct column {
    atomic_uint refs;
    struct type type;
    uint8_t encoding;  /* enum column_encoding */
    size_t length;     /* rows */
    uint8_t *validity; /* bits, or NULL; in validity_buffer */
    void *data;        /* values or codes; in data_buffer */
    struct buffer *validity_buffer, *data_buffer;
    struct buffer **heaps; /* what text views point into; each referenced */
    uint32_t n_heaps, heaps_capacity;
    struct column *dictionary;
    struct budget *budget;
};

static inline bool column_has_nulls(const struct column *c)
{
    return c->validity != NULL;
}
static inline bool column_is_constant(const struct column *c)
{
    return c->encoding == COLUMN_CONSTANT;
}
/* For FLAT and CONSTANT columns. */
static inline bool column_is_null(const struct column *c, size_t row)
{
    return c->validity && !bits_get(c->validity, c->encoding == COLUMN_CONSTANT ? 0 : row);
}
/* Index of a row's value: 0 for constants. Not for dictionaries. */
static inline size_t column_index(const struct column *c, size_t row)
{
    return c->encoding == COLUMN_CONSTANT ? 0 : row;
}

/* A FLAT column with room for `length` values, not cleared, without NULLs. `owner` is who is charged. */
MUST_CHECK enum status column_new(struct type type, size_t length, struct budget *budget,
                                  const char *owner, struct column **out, struct error *error);
/* A CONSTANT column of `length` rows; its single value is zeroed (`is_null`: NULL). */
MUST_CHECK enum status column_new_constant(struct type type, size_t length, bool is_null,
                                           struct budget *budget, struct column **out,
                                           struct error *error);
/* A validity bitmap for an unpushed column (all valid), if it has none. */
MUST_CHECK enum status column_add_validity(struct column *column, struct error *error);
/* Drops a validity bitmap that is all ones. */
void column_trim_validity(struct column *column);
/* Keeps `heap` alive as long as the column (takes a reference of its own). */
MUST_CHECK enum status column_add_heap(struct column *column, struct buffer *heap,
                                       struct error *error);
/* Keeps all heaps of `from` (and of its dictionary) alive. */
MUST_CHECK enum status column_share_heaps(struct column *column, const struct column *from,
                                          struct error *error);

static inline struct column *column_ref(struct column *column)
{
    atomic_fetch_add_explicit(&column->refs, 1, memory_order_relaxed);
    return column;
}
void column_unref(struct column *column); /* NULL is fine */

/* The rows `rows[0..n)` as a new column, text shared. Dictionary stays dictionary, constant constant. */
MUST_CHECK enum status column_take(const struct column *column, const uint32_t *rows, size_t n,
                                   struct budget *budget, struct column **out, struct error *error);
/* Rows [at, at+n) sharing nothing but text. */
MUST_CHECK enum status column_slice(const struct column *column, size_t at, size_t n,
                                    struct budget *budget, struct column **out,
                                    struct error *error);
/* The same rows sharing the buffers, which stay alive whole: for pieces that are soon gone. Immutable. */
MUST_CHECK enum status column_view(const struct column *column, size_t at, size_t n,
                                   struct budget *budget, struct column **out, struct error *error);
/* The same values as a FLAT column: itself with one more reference if it is one already. */
MUST_CHECK enum status column_flatten(struct column *column, struct budget *budget,
                                      struct column **out, struct error *error);
/* A copy that seems to be of another type with the same physical layout (shares the buffers). */
MUST_CHECK enum status column_retype(struct column *column, struct type type, struct column **out,
                                     struct error *error);
/* `parts` of one type put one after another: FLAT. */
MUST_CHECK enum status column_concat(struct column *const *parts, size_t n_parts,
                                     struct budget *budget, struct column **out,
                                     struct error *error);
/* Copies the text that lies outside into a heap of its own, so that big heaps are let go. */
MUST_CHECK enum status column_compact_text(struct column *column, struct budget *budget,
                                           struct column **out, struct error *error);
/* Order of two values, NULL smallest: <0, 0, >0. Same type; any encoding. DOUBLE: NaN is greatest. */
int column_compare(const struct column *a, size_t i, const struct column *b, size_t j);
/* Bytes it holds in memory, for reports. */
size_t column_bytes(const struct column *column);

/* Text that is being made row by row: bytes of long texts go to chunks that the column keeps as heaps. One per
 * column being built; the first error is returned. */
struct text_builder {
    struct column *column; /* FLAT, unpushed */
    struct buffer *chunk;
    size_t used;
    const char *owner;
};
void text_builder_init(struct text_builder *builder, struct column *column, const char *owner);
/* Room for `length` bytes that stay put; the caller fills them and stores text_view(p, used) in the column.
 * What is not used can be given back with text_builder_trim(length not used) right away. */
MUST_CHECK enum status text_builder_alloc(struct text_builder *builder, size_t length, char **out,
                                          struct error *error);
static inline void text_builder_trim(struct text_builder *builder, size_t unused)
{
    builder->used -= unused;
}
/* Stores a copy of the text at `row`. */
MUST_CHECK enum status text_builder_put(struct text_builder *builder, size_t row, const char *data,
                                        size_t length, struct error *error);

#endif
