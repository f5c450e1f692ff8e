/* agg_pick.c - first, last, any_value, arg_min and arg_max: one row's value, by input order or by another column.
 *
 * A state sees its rows in input order, so first and last need no look at the stamp while rows come in; the
 * stamp decides when states, panes or sessions are merged. Ties of arg_min and arg_max go to the first row. */
#include "exec/kernel/agg.h"

struct picked {
    uint64_t stamp;
    struct agg_kept value;
};

struct picked_by {
    uint64_t stamp;
    struct agg_kept value, by;
};

/* ---- first, last, any_value ---- */

static enum status first_update(const struct agg_call *call, struct error *error)
{
    enum physical physical = call->agg->physical;
    AGG_EACH(call, struct picked, acc, i, {
        if (acc->value.state == KEPT_NOTHING) {
            acc->stamp = call->stamp + i;
            TRY(agg_keep(&acc->value, physical, call->values, i,
                         call->valid && !bits_get(call->valid, i), call->heap, error));
        }
    });
    return STATUS_OK;
}

static enum status last_update(const struct agg_call *call, struct error *error)
{
    enum physical physical = call->agg->physical;
    AGG_EACH(call, struct picked, acc, i, {
        acc->stamp = call->stamp + i;
        TRY(agg_keep(&acc->value, physical, call->values, i,
                     call->valid && !bits_get(call->valid, i), call->heap, error));
    });
    return STATUS_OK;
}

static void picked_share(struct picked *into, const struct picked *from)
{
    into->stamp = from->stamp;
    agg_keep_shared(&into->value, &from->value);
}

static enum status first_merge(const struct agg *agg, char *into, const char *from,
                               struct agg_heap *heap, struct error *error)
{
    (void)agg, (void)heap, (void)error;
    struct picked *a = (struct picked *)(void *)into;
    const struct picked *b = (const struct picked *)(const void *)from;
    if (b->value.state != KEPT_NOTHING && (a->value.state == KEPT_NOTHING || b->stamp < a->stamp))
        picked_share(a, b);
    return STATUS_OK;
}

static enum status last_merge(const struct agg *agg, char *into, const char *from,
                              struct agg_heap *heap, struct error *error)
{
    (void)agg, (void)heap, (void)error;
    struct picked *a = (struct picked *)(void *)into;
    const struct picked *b = (const struct picked *)(const void *)from;
    if (b->value.state != KEPT_NOTHING && (a->value.state == KEPT_NOTHING || b->stamp > a->stamp))
        picked_share(a, b);
    return STATUS_OK;
}

static enum status picked_finish(const struct agg_output *output, struct error *error)
{
    for (size_t i = 0; i < output->n; i++) {
        const struct picked *acc =
            (const struct picked *)(const void *)(output->rows[i] + output->offset);
        TRY(agg_put_kept(output, i, &acc->value, error));
    }
    return STATUS_OK;
}

static const struct agg_kernel kernel_first = {sizeof(struct picked), NULL, first_update,
                                               first_merge, picked_finish};
static const struct agg_kernel kernel_last = {sizeof(struct picked), NULL, last_update, last_merge,
                                              picked_finish};

const struct agg_kernel *agg_kernel_pick(enum aggregate_id id)
{
    return id == AGGREGATE_LAST ? &kernel_last : &kernel_first;
}

/* ---- arg_min, arg_max ---- */

typedef bool before_fn(const void *a, const void *b);

#define BEFORE(name, ctype, LESS)                         \
    static bool less_##name(const void *a, const void *b) \
    {                                                     \
        ctype x, y;                                       \
        memcpy(&x, a, sizeof(x));                         \
        memcpy(&y, b, sizeof(y));                         \
        return LESS(x, y);                                \
    }
BEFORE(u8, uint8_t, AGG_LESS_NUMBER)
BEFORE(i8, int8_t, AGG_LESS_NUMBER)
BEFORE(i16, int16_t, AGG_LESS_NUMBER)
BEFORE(i32, int32_t, AGG_LESS_NUMBER)
BEFORE(i64, int64_t, AGG_LESS_NUMBER)
BEFORE(i128, int128_t, AGG_LESS_NUMBER)
BEFORE(f32, float, AGG_LESS_FLOAT)
BEFORE(f64, double, AGG_LESS_FLOAT)
BEFORE(text, struct text, AGG_LESS_TEXT)
BEFORE(interval, struct interval, AGG_LESS_INTERVAL)

static before_fn *const less_of[PHYSICAL_COUNT] = {
    [PHYSICAL_U8] = less_u8,     [PHYSICAL_I8] = less_i8,
    [PHYSICAL_I16] = less_i16,   [PHYSICAL_I32] = less_i32,
    [PHYSICAL_I64] = less_i64,   [PHYSICAL_I128] = less_i128,
    [PHYSICAL_F32] = less_f32,   [PHYSICAL_F64] = less_f64,
    [PHYSICAL_TEXT] = less_text, [PHYSICAL_INTERVAL] = less_interval,
};

static ALWAYS_INLINE enum status by_update(const struct agg_call *call, bool is_max,
                                           struct error *error)
{
    enum physical physical = call->agg->physical, by = call->agg->by_physical;
    before_fn *less = less_of[by];
    size_t size = physical_size(by);
    AGG_EACH(call, struct picked_by, acc, i, {
        const char *value = (const char *)call->by + i * size;
        if (acc->by.state == KEPT_NOTHING ||
            (is_max ? less(acc->by.bytes, value) : less(value, acc->by.bytes))) {
            acc->stamp = call->stamp + i;
            TRY(agg_keep(&acc->by, by, call->by, i, false, call->heap, error));
            TRY(agg_keep(&acc->value, physical, call->values, i,
                         call->valid && !bits_get(call->valid, i), call->heap, error));
        }
    });
    return STATUS_OK;
}

static ALWAYS_INLINE enum status by_merge(const struct agg *agg, char *into, const char *from,
                                          bool is_max)
{
    before_fn *less = less_of[agg->by_physical];
    struct picked_by *a = (struct picked_by *)(void *)into;
    const struct picked_by *b = (const struct picked_by *)(const void *)from;
    if (b->by.state == KEPT_NOTHING)
        return STATUS_OK;
    bool take = a->by.state == KEPT_NOTHING;
    if (!take) {
        const void *first = is_max ? a->by.bytes : b->by.bytes;
        const void *second = is_max ? b->by.bytes : a->by.bytes;
        take = less(first, second) || (!less(second, first) && b->stamp < a->stamp);
    }
    if (take) {
        a->stamp = b->stamp;
        agg_keep_shared(&a->by, &b->by);
        agg_keep_shared(&a->value, &b->value);
    }
    return STATUS_OK;
}

static enum status arg_min_update(const struct agg_call *call, struct error *error)
{
    return by_update(call, false, error);
}
static enum status arg_max_update(const struct agg_call *call, struct error *error)
{
    return by_update(call, true, error);
}
static enum status arg_min_merge(const struct agg *agg, char *into, const char *from,
                                 struct agg_heap *heap, struct error *error)
{
    (void)heap, (void)error;
    return by_merge(agg, into, from, false);
}
static enum status arg_max_merge(const struct agg *agg, char *into, const char *from,
                                 struct agg_heap *heap, struct error *error)
{
    (void)heap, (void)error;
    return by_merge(agg, into, from, true);
}

static enum status by_finish(const struct agg_output *output, struct error *error)
{
    for (size_t i = 0; i < output->n; i++) {
        const struct picked_by *acc =
            (const struct picked_by *)(const void *)(output->rows[i] + output->offset);
        TRY(agg_put_kept(output, i, &acc->value, error));
    }
    return STATUS_OK;
}

static const struct agg_kernel kernel_arg_min = {sizeof(struct picked_by), NULL, arg_min_update,
                                                 arg_min_merge, by_finish};
static const struct agg_kernel kernel_arg_max = {sizeof(struct picked_by), NULL, arg_max_update,
                                                 arg_max_merge, by_finish};

const struct agg_kernel *agg_kernel_arg(enum aggregate_id id, enum physical by)
{
    if (!less_of[by])
        return NULL;
    return id == AGGREGATE_ARG_MIN ? &kernel_arg_min : &kernel_arg_max;
}
