/* compare.c - comparisons in the order of ORDER BY: NaN is equal to itself and greatest, text goes by bytes.
 *
 * Two loops a layout, equal and less, each with a `flip`: <> is not equal, >= not less, and > <= swap sides.
 * The order is total, so that this is right for NaN as well. */
#include "exec/kernel/loop.h"

typedef void compare_loop_fn(const struct column *a, const struct column *b, struct column *out,
                             size_t rows, uint8_t flip);

#define COMPARE_LOOPS(name, ctype, EQUAL, LESS)                                            \
    TARGET_CLONES static void equal_##name(const struct column *a, const struct column *b, \
                                           struct column *out, size_t rows, uint8_t flip)  \
    {                                                                                      \
        LOOP_BINARY_COLUMNS(a, b, out, rows, ctype, ctype, uint8_t, (EQUAL) ^ flip);       \
    }                                                                                      \
    TARGET_CLONES static void less_##name(const struct column *a, const struct column *b,  \
                                          struct column *out, size_t rows, uint8_t flip)   \
    {                                                                                      \
        LOOP_BINARY_COLUMNS(a, b, out, rows, ctype, ctype, uint8_t, (LESS) ^ flip);        \
    }

#define COMPARE_INTEGERS(name, ctype) COMPARE_LOOPS(name, ctype, x == y, x < y)
#define COMPARE_FLOATS(name, ctype) \
    COMPARE_LOOPS(name, ctype, (x == y) | ((x != x) & (y != y)), (x < y) | ((x == x) & (y != y)))

COMPARE_INTEGERS(u8, uint8_t)
COMPARE_INTEGERS(i8, int8_t)
COMPARE_INTEGERS(i16, int16_t)
COMPARE_INTEGERS(i32, int32_t)
COMPARE_INTEGERS(i64, int64_t)
COMPARE_INTEGERS(i128, int128_t)
COMPARE_FLOATS(f32, float)
COMPARE_FLOATS(f64, double)

static void equal_interval(const struct column *a, const struct column *b, struct column *out,
                           size_t rows, uint8_t flip)
{
    LOOP_BINARY_COLUMNS(a, b, out, rows, struct interval, struct interval, uint8_t,
                        (interval_compare(x, y) == 0) ^ flip);
}
static void less_interval(const struct column *a, const struct column *b, struct column *out,
                          size_t rows, uint8_t flip)
{
    LOOP_BINARY_COLUMNS(a, b, out, rows, struct interval, struct interval, uint8_t,
                        (interval_compare(x, y) < 0) ^ flip);
}

/* ---- text ---- */

static inline uint32_t text_head(const struct text *t)
{
    uint32_t head;
    memcpy(&head, t->prefix, 4);
    return __builtin_bswap32(head);
}
static inline bool text_less(const struct text *a, const struct text *b)
{
    uint32_t x = text_head(a), y = text_head(b);
    return x != y ? x < y : text_compare(a, b) < 0;
}

#define COMPARE_TEXT(name, EXPR)                                                                 \
    static void name(const struct column *a, const struct column *b, struct column *out,         \
                     size_t rows, uint8_t flip)                                                  \
    {                                                                                            \
        const struct text *x = a->data, *y = b->data;                                            \
        const size_t step_x = !column_is_constant(a), step_y = !column_is_constant(b);           \
        uint8_t *o = out->data;                                                                  \
        for (size_t i = 0; i < rows; i++, x += step_x, y += step_y)                              \
            o[i] = (uint8_t)((!out->validity || bits_get(out->validity, i)) && ((EXPR) ^ flip)); \
    }
COMPARE_TEXT(equal_text, text_equal(x, y))
COMPARE_TEXT(less_text, text_less(x, y))

/* ---- dispatch ---- */

static compare_loop_fn *const equal_loops[PHYSICAL_COUNT] = {
    [PHYSICAL_U8] = equal_u8,     [PHYSICAL_I8] = equal_i8,
    [PHYSICAL_I16] = equal_i16,   [PHYSICAL_I32] = equal_i32,
    [PHYSICAL_I64] = equal_i64,   [PHYSICAL_I128] = equal_i128,
    [PHYSICAL_F32] = equal_f32,   [PHYSICAL_F64] = equal_f64,
    [PHYSICAL_TEXT] = equal_text, [PHYSICAL_INTERVAL] = equal_interval,
};
static compare_loop_fn *const less_loops[PHYSICAL_COUNT] = {
    [PHYSICAL_U8] = less_u8,     [PHYSICAL_I8] = less_i8,
    [PHYSICAL_I16] = less_i16,   [PHYSICAL_I32] = less_i32,
    [PHYSICAL_I64] = less_i64,   [PHYSICAL_I128] = less_i128,
    [PHYSICAL_F32] = less_f32,   [PHYSICAL_F64] = less_f64,
    [PHYSICAL_TEXT] = less_text, [PHYSICAL_INTERVAL] = less_interval,
};

static enum status compare(struct kernel_call *call, compare_loop_fn *const *loops, bool swapped,
                           uint8_t flip)
{
    const struct column *a = call->args[swapped], *b = call->args[!swapped];
    loops[type_physical(a->type)](a, b, call->out, call->rows, flip);
    return STATUS_OK;
}

enum status compare_eq(struct kernel_call *call, struct error *error)
{
    (void)error;
    return compare(call, equal_loops, false, 0);
}
enum status compare_ne(struct kernel_call *call, struct error *error)
{
    (void)error;
    return compare(call, equal_loops, false, 1);
}
enum status compare_lt(struct kernel_call *call, struct error *error)
{
    (void)error;
    return compare(call, less_loops, false, 0);
}
enum status compare_ge(struct kernel_call *call, struct error *error)
{
    (void)error;
    return compare(call, less_loops, false, 1);
}
enum status compare_gt(struct kernel_call *call, struct error *error)
{
    (void)error;
    return compare(call, less_loops, true, 0);
}
enum status compare_le(struct kernel_call *call, struct error *error)
{
    (void)error;
    return compare(call, less_loops, true, 1);
}

/* ---- IS [NOT] DISTINCT FROM ---- */

static enum status compare_nulls(struct kernel_call *call, uint8_t flip)
{
    const struct column *a = call->args[0], *b = call->args[1];
    if (!a->validity && !b->validity)
        return compare(call, equal_loops, false, flip);
    uint8_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++)
        out[i] =
            (uint8_t)((column_compare(a, column_index(a, i), b, column_index(b, i)) == 0) ^ flip);
    return STATUS_OK;
}

enum status compare_same(struct kernel_call *call, struct error *error)
{
    (void)error;
    return compare_nulls(call, 0);
}
enum status compare_distinct(struct kernel_call *call, struct error *error)
{
    (void)error;
    return compare_nulls(call, 1);
}
