/* hash.c - hashes of rows: equal values hash equal, in whatever encoding they come. */
#include "base/hash.h"

#include "exec/kernel/loop.h"

static const uint64_t hash_null = 0x9e3779b97f4a7c15u;

static inline uint64_t hash_of_f64(double v)
{
    uint64_t bits;
    v = v != v ? __builtin_nan("") : v + 0.0; /* one NaN; -0.0 + 0.0 is 0.0 */
    memcpy(&bits, &v, sizeof bits);
    return hash_u64(bits);
}
static inline uint64_t hash_of_i128(int128_t v)
{
    return hash_combine(hash_u64((uint64_t)v), (uint64_t)((uint128_t)v >> 64));
}
static inline uint64_t hash_of_text(const struct text *t)
{
    if (t->length > TEXT_INLINE)
        return hash_bytes(t->data, t->length);
    uint64_t a, b;
    memcpy(&a, t, 8);
    memcpy(&b, t->rest, 8);
    return hash_combine(hash_u64(a), b);
}
/* As interval_compare sees it: a month 30 days, a day 24 hours. */
static inline uint64_t hash_of_interval(struct interval v)
{
    int128_t days = (int128_t)v.months * 30 + v.days;
    return hash_of_i128(days * 86400000000 + v.micros);
}

#define HASH_U8(p)       hash_u64(*(const uint8_t *)(p))
#define HASH_I8(p)       hash_u64((uint64_t) * (const int8_t *)(p))
#define HASH_I16(p)      hash_u64((uint64_t) * (const int16_t *)(p))
#define HASH_I32(p)      hash_u64((uint64_t) * (const int32_t *)(p))
#define HASH_I64(p)      hash_u64((uint64_t) * (const int64_t *)(p))
#define HASH_I128(p)     hash_of_i128(*(const int128_t *)(p))
#define HASH_F32(p)      hash_of_f64((double)*(const float *)(p))
#define HASH_F64(p)      hash_of_f64(*(const double *)(p))
#define HASH_TEXT(p)     hash_of_text((const struct text *)(p))
#define HASH_INTERVAL(p) hash_of_interval(*(const struct interval *)(p))

/* One column's part of the hash of each row: `first` sets, later columns are combined. */
typedef void hash_loop_fn(const struct column *c, const uint32_t *codes, size_t rows, bool first,
                          uint64_t *out);

#define HASH_STEP(EXPR)                                 \
    do {                                                \
        uint64_t h_ = (EXPR);                           \
        out[i] = first ? h_ : hash_combine(out[i], h_); \
    } while (0)

#define HASH_LOOP(id, ctype)                                                                    \
    static void hash_loop_##id(const struct column *c, const uint32_t *codes, size_t rows,      \
                               bool first, uint64_t *out)                                       \
    {                                                                                           \
        const ctype *values = codes ? c->dictionary->data : c->data;                            \
        if (codes && c->validity)                                                               \
            for (size_t i = 0; i < rows; i++)                                                   \
                HASH_STEP(bits_get(c->validity, i) ? HASH_##id(values + codes[i]) : hash_null); \
        else if (codes)                                                                         \
            for (size_t i = 0; i < rows; i++)                                                   \
                HASH_STEP(HASH_##id(values + codes[i]));                                        \
        else if (c->validity)                                                                   \
            for (size_t i = 0; i < rows; i++)                                                   \
                HASH_STEP(bits_get(c->validity, i) ? HASH_##id(values + i) : hash_null);        \
        else if (first)                                                                         \
            for (size_t i = 0; i < rows; i++)                                                   \
                out[i] = HASH_##id(values + i);                                                 \
        else                                                                                    \
            for (size_t i = 0; i < rows; i++)                                                   \
                out[i] = hash_combine(out[i], HASH_##id(values + i));                           \
    }
PHYSICAL_LIST(HASH_LOOP)

static hash_loop_fn *const hash_loops[PHYSICAL_COUNT] = {
#define X(id, ctype) [PHYSICAL_##id] = hash_loop_##id,
    PHYSICAL_LIST(X)
#undef X
};

static void hash_constant(const struct column *c, size_t rows, bool first, uint64_t *out)
{
    uint64_t h = hash_null;
    if (!column_is_null(c, 0)) {
        struct column one = {
            .type = c->type, .encoding = COLUMN_FLAT, .length = 1, .data = c->data};
        hash_loops[type_physical(c->type)](&one, NULL, 1, true, &h);
    }
    for (size_t i = 0; i < rows; i++)
        out[i] = first ? h : hash_combine(out[i], h);
}

void kernel_hash(const struct column *const *columns, uint32_t n_columns, size_t rows,
                 uint64_t *out)
{
    if (n_columns == 0)
        memset(out, 0, rows * sizeof *out);
    for (uint32_t i = 0; i < n_columns; i++) {
        const struct column *c = columns[i];
        if (column_is_constant(c))
            hash_constant(c, rows, i == 0, out);
        else
            hash_loops[type_physical(c->type)](c, c->encoding == COLUMN_DICTIONARY ? c->data : NULL,
                                               rows, i == 0, out);
    }
}

/* ---- IN (constants) ---- */

/* The set as an open-addressing table of positions + 1, made once a call site. */
struct value_set {
    uint32_t *slots;
    size_t mask;
};

static bool value_same(const struct column *a, size_t i, const struct column *b, size_t j)
{
    if (type_physical(a->type) == PHYSICAL_TEXT)
        return text_equal((const struct text *)a->data + i, (const struct text *)b->data + j);
    return column_compare(a, i, b, j) == 0;
}

static enum status set_build(const struct column *set, struct arena *arena, struct value_set **out,
                             struct error *error)
{
    size_t n_slots = 16;
    while (n_slots < set->length * 2)
        n_slots *= 2;
    struct value_set *built = ARENA_NEW(arena, struct value_set);
    built->slots = ARENA_ARRAY(arena, uint32_t, n_slots);
    built->mask = n_slots - 1;
    uint64_t *hashes = ARENA_ARRAY(arena, uint64_t, set->length + 1);
    TRY(arena_check(arena, error));
    if (!built->slots || !hashes)
        return error_no_memory(error, n_slots * sizeof(uint32_t), "IN");
    kernel_hash(&set, 1, set->length, hashes);
    for (size_t i = 0; i < set->length; i++) {
        size_t at = hashes[i] & built->mask;
        while (built->slots[at])
            at = (at + 1) & built->mask;
        built->slots[at] = (uint32_t)i + 1;
    }
    *out = built;
    return STATUS_OK;
}

static void set_probe(const struct value_set *values, const struct column *arg,
                      const struct column *set, const uint64_t *hashes, size_t from, size_t n,
                      uint8_t *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t row = from + i;
        out[row] = 0;
        if (column_is_null(arg, row))
            continue;
        for (size_t at = hashes[i] & values->mask; values->slots[at]; at = (at + 1) & values->mask)
            if (value_same(arg, row, set, values->slots[at] - 1)) {
                out[row] = 1;
                break;
            }
    }
}

/* A few 64-bit values are compared one after another: that vectorizes. */
TARGET_CLONES static void set_small_i64(const struct column *arg, const struct column *set,
                                        uint8_t *restrict out)
{
    const int64_t *restrict values = arg->data, *restrict members = set->data;
    memset(out, 0, arg->length);
    for (size_t m = 0; m < set->length; m++) {
        const int64_t member = members[m];
        for (size_t i = 0; i < arg->length; i++)
            out[i] |= values[i] == member;
    }
}

enum { SET_SMALL = 8, SET_STRIDE = 512 };

enum status kernel_in_set(const struct column *arg, const struct column *set,
                          struct kernel_state *state, struct arena *arena, struct column *out,
                          struct error *error)
{
    uint8_t *found = out->data;
    if (set->length <= SET_SMALL && type_physical(arg->type) == PHYSICAL_I64 &&
        arg->encoding == COLUMN_FLAT) {
        set_small_i64(arg, set, found);
        return STATUS_OK;
    }
    if (!state->data) {
        struct value_set *built = NULL;
        TRY(set_build(set, arena, &built, error));
        state->data = built;
    }
    if (column_is_constant(arg)) {
        uint64_t h = 0;
        hash_constant(arg, 1, true, &h);
        uint8_t one = 0;
        set_probe(state->data, arg, set, &h, 0, 1, &one);
        memset(found, one, out->length);
        return STATUS_OK;
    }
    uint64_t hashes[SET_STRIDE];
    for (size_t at = 0; at < arg->length; at += SET_STRIDE) {
        size_t n = MIN(arg->length - at, (size_t)SET_STRIDE);
        struct column part = *arg;
        part.data = (char *)arg->data + at * type_size(arg->type);
        part.validity = arg->validity ? arg->validity + at / 8 : NULL;
        part.length = n;
        hash_loops[type_physical(arg->type)](&part, NULL, n, true, hashes);
        set_probe(state->data, arg, set, hashes, at, n, found);
    }
    return STATUS_OK;
}
