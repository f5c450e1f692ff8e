/* agg_extreme.c - min, max, bool_and and bool_or: the least or greatest value, stamped for each layout. */
#include "exec/kernel/agg.h"

typedef int128_t int128_in_row __attribute__((aligned(8)));

#define EXTREME(name, ctype, row_type, BEFORE)                                                     \
    struct extreme_##name {                                                                        \
        uint64_t seen;                                                                             \
        row_type value;                                                                            \
    };                                                                                             \
    static enum status extreme_update_##name(const struct agg_call *call, struct error *error)     \
    {                                                                                              \
        (void)error;                                                                               \
        const ctype *values = call->values;                                                        \
        AGG_EACH(call, struct extreme_##name, acc, i, {                                            \
            if (!acc->seen || BEFORE(values[i], acc->value)) {                                     \
                acc->value = values[i];                                                            \
                acc->seen = 1;                                                                     \
            }                                                                                      \
        });                                                                                        \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    static enum status extreme_merge_##name(const struct agg *agg, char *into, const char *from,   \
                                            struct agg_heap *heap, struct error *error)            \
    {                                                                                              \
        (void)agg, (void)heap, (void)error;                                                        \
        struct extreme_##name *a = (struct extreme_##name *)(void *)into;                          \
        const struct extreme_##name *b = (const struct extreme_##name *)(const void *)from;        \
        if (b->seen && (!a->seen || BEFORE(b->value, a->value)))                                   \
            *a = *b;                                                                               \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    static enum status extreme_finish_##name(const struct agg_output *output, struct error *error) \
    {                                                                                              \
        ctype *out = output->out->data;                                                            \
        for (size_t i = 0; i < output->n; i++) {                                                   \
            const struct extreme_##name *acc =                                                     \
                (const struct extreme_##name *)(const void *)(output->rows[i] + output->offset);   \
            if (acc->seen)                                                                         \
                out[i] = acc->value;                                                               \
            else                                                                                   \
                TRY(agg_put_null(output->out, i, error));                                          \
        }                                                                                          \
        return STATUS_OK;                                                                          \
    }

#define MORE_NUMBER(a, b)   AGG_LESS_NUMBER(b, a)
#define MORE_FLOAT(a, b)    AGG_LESS_FLOAT(b, a)
#define MORE_INTERVAL(a, b) AGG_LESS_INTERVAL(b, a)

EXTREME(min_u8, uint8_t, uint8_t, AGG_LESS_NUMBER)
EXTREME(min_i8, int8_t, int8_t, AGG_LESS_NUMBER)
EXTREME(min_i16, int16_t, int16_t, AGG_LESS_NUMBER)
EXTREME(min_i32, int32_t, int32_t, AGG_LESS_NUMBER)
EXTREME(min_i64, int64_t, int64_t, AGG_LESS_NUMBER)
EXTREME(min_i128, int128_t, int128_in_row, AGG_LESS_NUMBER)
EXTREME(min_f32, float, float, AGG_LESS_FLOAT)
EXTREME(min_f64, double, double, AGG_LESS_FLOAT)
EXTREME(min_interval, struct interval, struct interval, AGG_LESS_INTERVAL)
EXTREME(max_u8, uint8_t, uint8_t, MORE_NUMBER)
EXTREME(max_i8, int8_t, int8_t, MORE_NUMBER)
EXTREME(max_i16, int16_t, int16_t, MORE_NUMBER)
EXTREME(max_i32, int32_t, int32_t, MORE_NUMBER)
EXTREME(max_i64, int64_t, int64_t, MORE_NUMBER)
EXTREME(max_i128, int128_t, int128_in_row, MORE_NUMBER)
EXTREME(max_f32, float, float, MORE_FLOAT)
EXTREME(max_f64, double, double, MORE_FLOAT)
EXTREME(max_interval, struct interval, struct interval, MORE_INTERVAL)

/* ---- Text: kept in the heap ---- */

static ALWAYS_INLINE enum status text_update(const struct agg_call *call, int sign,
                                             struct error *error)
{
    const struct text *values = call->values;
    AGG_EACH(call, struct agg_kept, acc, i, {
        if (acc->state == KEPT_NOTHING || text_compare(&values[i], &acc->text) * sign < 0)
            TRY(agg_keep(acc, PHYSICAL_TEXT, values, i, false, call->heap, error));
    });
    return STATUS_OK;
}

static ALWAYS_INLINE enum status text_merge(char *into, const char *from, int sign)
{
    struct agg_kept *a = (struct agg_kept *)(void *)into;
    const struct agg_kept *b = (const struct agg_kept *)(const void *)from;
    if (b->state != KEPT_NOTHING &&
        (a->state == KEPT_NOTHING || text_compare(&b->text, &a->text) * sign < 0))
        agg_keep_shared(a, b);
    return STATUS_OK;
}

static enum status extreme_update_min_text(const struct agg_call *call, struct error *error)
{
    return text_update(call, 1, error);
}
static enum status extreme_update_max_text(const struct agg_call *call, struct error *error)
{
    return text_update(call, -1, error);
}
static enum status extreme_merge_min_text(const struct agg *agg, char *into, const char *from,
                                          struct agg_heap *heap, struct error *error)
{
    (void)agg, (void)heap, (void)error;
    return text_merge(into, from, 1);
}
static enum status extreme_merge_max_text(const struct agg *agg, char *into, const char *from,
                                          struct agg_heap *heap, struct error *error)
{
    (void)agg, (void)heap, (void)error;
    return text_merge(into, from, -1);
}

static enum status extreme_finish_text(const struct agg_output *output, struct error *error)
{
    for (size_t i = 0; i < output->n; i++)
        TRY(agg_put_kept(output, i,
                         (const struct agg_kept *)(const void *)(output->rows[i] + output->offset),
                         error));
    return STATUS_OK;
}

/* ---- The table ---- */

#define ROW(id, name)                                                                 \
    [PHYSICAL_##id] = {(uint32_t)((sizeof(struct extreme_##name) + 7) / 8 * 8), NULL, \
                       extreme_update_##name, extreme_merge_##name, extreme_finish_##name}

static const struct agg_kernel kernels_min[PHYSICAL_COUNT] = {
    ROW(U8, min_u8),
    ROW(I8, min_i8),
    ROW(I16, min_i16),
    ROW(I32, min_i32),
    ROW(I64, min_i64),
    ROW(I128, min_i128),
    ROW(F32, min_f32),
    ROW(F64, min_f64),
    ROW(INTERVAL, min_interval),
    [PHYSICAL_TEXT] = {sizeof(struct agg_kept), NULL, extreme_update_min_text,
                       extreme_merge_min_text, extreme_finish_text},
};
static const struct agg_kernel kernels_max[PHYSICAL_COUNT] = {
    ROW(U8, max_u8),
    ROW(I8, max_i8),
    ROW(I16, max_i16),
    ROW(I32, max_i32),
    ROW(I64, max_i64),
    ROW(I128, max_i128),
    ROW(F32, max_f32),
    ROW(F64, max_f64),
    ROW(INTERVAL, max_interval),
    [PHYSICAL_TEXT] = {sizeof(struct agg_kept), NULL, extreme_update_max_text,
                       extreme_merge_max_text, extreme_finish_text},
};

const struct agg_kernel *agg_kernel_extreme(enum aggregate_id id, enum physical physical)
{
    bool is_min = id == AGGREGATE_MIN || id == AGGREGATE_BOOL_AND;
    return is_min ? &kernels_min[physical] : &kernels_max[physical];
}
