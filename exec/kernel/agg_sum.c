/* agg_sum.c - count, sum, avg and total.
 *
 * Every accumulator here begins with its count, so that count(x) can be read from sum(x)'s. */
#include <math.h>

#include "exec/kernel/agg.h"

/* Group rows are 8-byte aligned. */
typedef int128_t int128_in_row __attribute__((aligned(8)));

struct sum_int {
    int64_t count;
    int128_in_row sum; /* cannot overflow: 2^63 values of 64 bits fit */
};
struct sum_wide {
    int64_t count;
    int128_in_row sum;
    int64_t high; /* the sum is high * 2^128 + sum */
};
struct sum_double {
    int64_t count;
    double sum;
    double lost; /* what the additions rounded away */
};

/* ---- count ---- */

static bool is_count(enum aggregate_id id)
{
    return id == AGGREGATE_COUNT || id == AGGREGATE_COUNT_STAR;
}

static enum status count_update(const struct agg_call *call, struct error *error)
{
    (void)error;
    if (!call->rows && !call->counts) {
        *(int64_t *)(void *)(call->one + call->offset) += (int64_t)call->n;
        return STATUS_OK;
    }
    AGG_EACH(call, int64_t, acc, i, { *acc += 1; });
    return STATUS_OK;
}

static enum status count_merge(const struct agg *agg, char *into, const char *from,
                               struct agg_heap *heap, struct error *error)
{
    (void)agg, (void)heap, (void)error;
    *(int64_t *)(void *)into += *(const int64_t *)(const void *)from;
    return STATUS_OK;
}

static enum status count_finish(const struct agg_output *output, struct error *error)
{
    (void)error;
    int64_t *out = output->out->data;
    for (size_t i = 0; i < output->n; i++)
        out[i] = *(const int64_t *)(const void *)(output->rows[i] + output->offset);
    return STATUS_OK;
}

const struct agg_kernel agg_kernel_count = {sizeof(int64_t), NULL, count_update, count_merge,
                                            count_finish};

/* ---- Sums of integers ---- */

/* Many rows of one group: the halves are summed apart, which the compiler turns into vector code. */
TARGET_CLONES static int128_t sum_block_i64(const int64_t *values, size_t n)
{
    uint64_t low = 0;
    int64_t high = 0;
    for (size_t i = 0; i < n; i++) {
        low += (uint64_t)values[i] & 0xffffffffu;
        high += values[i] >> 32;
    }
    return (int128_t)high * ((int64_t)1 << 32) + (int128_t)low;
}
TARGET_CLONES static int128_t sum_block_i32(const int32_t *values, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}
static int128_t sum_block_i16(const int16_t *values, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}
static int128_t sum_block_i8(const int8_t *values, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

#define SUM_INT(name, ctype)                                                               \
    static enum status sum_update_##name(const struct agg_call *call, struct error *error) \
    {                                                                                      \
        (void)error;                                                                       \
        const ctype *values = call->values;                                                \
        if (!call->rows && !call->counts) {                                                \
            struct sum_int *one = (struct sum_int *)(void *)(call->one + call->offset);    \
            one->sum += sum_block_##name(values + call->at, call->n);                      \
            one->count += (int64_t)call->n;                                                \
            return STATUS_OK;                                                              \
        }                                                                                  \
        AGG_EACH(call, struct sum_int, acc, i, {                                           \
            acc->sum += values[i];                                                         \
            acc->count += 1;                                                               \
        });                                                                                \
        return STATUS_OK;                                                                  \
    }
SUM_INT(i8, int8_t)
SUM_INT(i16, int16_t)
SUM_INT(i32, int32_t)
SUM_INT(i64, int64_t)

static enum status sum_merge_int(const struct agg *agg, char *into, const char *from,
                                 struct agg_heap *heap, struct error *error)
{
    (void)agg, (void)heap, (void)error;
    struct sum_int *a = (struct sum_int *)(void *)into;
    const struct sum_int *b = (const struct sum_int *)(const void *)from;
    a->count += b->count;
    a->sum += b->sum;
    return STATUS_OK;
}

/* ---- Sums of wide decimals ---- */

static void sum_wide_add(struct sum_wide *acc, int128_t value)
{
    int128_t sum;
    if (UNLIKELY(__builtin_add_overflow(acc->sum, value, &sum)))
        acc->high += value < 0 ? -1 : 1;
    acc->sum = sum;
}

static enum status sum_update_i128(const struct agg_call *call, struct error *error)
{
    (void)error;
    const int128_t *values = call->values;
    AGG_EACH(call, struct sum_wide, acc, i, {
        sum_wide_add(acc, values[i]);
        acc->count += 1;
    });
    return STATUS_OK;
}

static enum status sum_merge_i128(const struct agg *agg, char *into, const char *from,
                                  struct agg_heap *heap, struct error *error)
{
    (void)agg, (void)heap, (void)error;
    struct sum_wide *a = (struct sum_wide *)(void *)into;
    const struct sum_wide *b = (const struct sum_wide *)(const void *)from;
    a->count += b->count;
    a->high += b->high;
    sum_wide_add(a, b->sum);
    return STATUS_OK;
}

/* ---- Sums of doubles ---- */

/* Knuth's TwoSum: sum + lost is exactly the old sum + value. */
#define SUM_DOUBLE_ADD(acc, value)                             \
    do {                                                       \
        double v_ = (value), old_ = (acc)->sum;                \
        double new_ = old_ + v_;                               \
        double part_ = new_ - old_;                            \
        (acc)->lost += (old_ - (new_ - part_)) + (v_ - part_); \
        (acc)->sum = new_;                                     \
    } while (0)

#define SUM_FLOAT(name, ctype)                                                             \
    static enum status sum_update_##name(const struct agg_call *call, struct error *error) \
    {                                                                                      \
        (void)error;                                                                       \
        const ctype *values = call->values;                                                \
        AGG_EACH(call, struct sum_double, acc, i, {                                        \
            SUM_DOUBLE_ADD(acc, (double)values[i]);                                        \
            acc->count += 1;                                                               \
        });                                                                                \
        return STATUS_OK;                                                                  \
    }
SUM_FLOAT(f32, float)
SUM_FLOAT(f64, double)

static enum status sum_merge_double(const struct agg *agg, char *into, const char *from,
                                    struct agg_heap *heap, struct error *error)
{
    (void)agg, (void)heap, (void)error;
    struct sum_double *a = (struct sum_double *)(void *)into;
    const struct sum_double *b = (const struct sum_double *)(const void *)from;
    a->count += b->count;
    SUM_DOUBLE_ADD(a, b->sum);
    a->lost += b->lost;
    return STATUS_OK;
}

/* ---- Results ---- */

static double sum_of_doubles(const struct sum_double *acc)
{
    double sum = acc->sum + acc->lost;
    return isfinite(acc->sum) && isfinite(acc->lost) ? sum : acc->sum;
}

/* numerator / count, rounded half away from zero. */
static int128_t divide_rounded(int128_t numerator, int64_t count)
{
    int128_t quotient = numerator / count, rest = numerator % count;
    int128_t twice = (rest < 0 ? -rest : rest) * 2;
    if (twice >= count)
        quotient += numerator < 0 ? -1 : 1;
    return quotient;
}

static NOINLINE enum status overflow_error(const struct agg_output *output, struct error *error)
{
    char name[TYPE_NAME_SIZE];
    const char *what = output->out->type.id == TYPE_DECIMAL ? "decimal" : "integer";
    error_set(error, STATUS_VALUE, "%s overflow in %s", what, output->name);
    error_hint(error, "the result does not fit %s; a sum of the values cast to DOUBLE would",
               type_name(output->out->type, name));
    return STATUS_VALUE;
}

/* 10^precision: what a decimal of that precision stays below. */
static int128_t decimal_limit(unsigned precision)
{
    int128_t limit = 1;
    for (unsigned i = 0; i < precision; i++)
        limit *= 10;
    return limit;
}

/* Writes an exact integer or decimal result. */
static enum status put_exact(const struct agg_output *output, size_t row, int128_t value,
                             struct error *error)
{
    struct column *out = output->out;
    bool fits = value <= INT64_MAX && value >= INT64_MIN;
    if (out->type.id == TYPE_DECIMAL && (!fits || out->type.precision <= DECIMAL_PRECISION_SMALL)) {
        int128_t limit = decimal_limit(out->type.precision);
        if (value >= limit || value <= -limit)
            return overflow_error(output, error);
    }
    switch (type_physical(out->type)) {
    case PHYSICAL_I128:
        ((int128_t *)out->data)[row] = value;
        return STATUS_OK;
    case PHYSICAL_I64:
        if (!fits)
            return overflow_error(output, error);
        ((int64_t *)out->data)[row] = (int64_t)value;
        return STATUS_OK;
    default:
        return error_set(error, STATUS_INTERNAL, "%s cannot give its type", output->name);
    }
}

/* The mean of a decimal sum at the result's scale: long division, a digit at a time. */
static enum status put_decimal_mean(const struct agg_output *output, size_t row, int128_t sum,
                                    int64_t count, struct error *error)
{
    int digits = (int)output->out->type.scale - (int)output->agg->type.scale;
    int128_t quotient = sum / count, rest = sum % count;
    for (; digits > 0; digits--) {
        rest *= 10;
        int128_t digit = rest / count;
        rest %= count;
        if (__builtin_mul_overflow(quotient, (int128_t)10, &quotient) ||
            __builtin_add_overflow(quotient, digit, &quotient))
            return overflow_error(output, error);
    }
    int128_t twice = (rest < 0 ? -rest : rest) * 2;
    if (digits == 0 && twice >= count)
        quotient += sum < 0 ? -1 : 1;
    for (; digits < 0; digits++)
        quotient = divide_rounded(quotient, 10);
    return put_exact(output, row, quotient, error);
}

static enum status put_sum(const struct agg_output *output, size_t row, int128_t sum, int64_t count,
                           struct error *error)
{
    struct column *out = output->out;
    unsigned from_scale = output->agg->type.id == TYPE_DECIMAL ? output->agg->type.scale : 0;
    if (output->id == AGGREGATE_TOTAL || out->type.id == TYPE_DOUBLE) {
        /* Quotient and rest apart, in the longest format there is: the sum may have more digits than a double. */
        int128_t by = output->id == AGGREGATE_AVG ? count : 1;
        long double value = (long double)(sum / by) + (long double)(sum % by) / (long double)by;
        for (unsigned i = 0; i < from_scale; i++)
            value /= 10;
        ((double *)out->data)[row] = (double)value;
        return STATUS_OK;
    }
    if (output->id == AGGREGATE_AVG)
        return put_decimal_mean(output, row, sum, count, error);
    return put_exact(output, row, sum, error);
}

/* No rows: total gives 0.0, the others NULL. */
static enum status put_none(const struct agg_output *output, size_t row, struct error *error)
{
    if (output->id != AGGREGATE_TOTAL)
        return agg_put_null(output->out, row, error);
    ((double *)output->out->data)[row] = 0.0;
    return STATUS_OK;
}

static enum status sum_finish_int(const struct agg_output *output, struct error *error)
{
    if (is_count(output->id))
        return count_finish(output, error);
    for (size_t i = 0; i < output->n; i++) {
        const struct sum_int *acc =
            (const struct sum_int *)(const void *)(output->rows[i] + output->offset);
        if (acc->count == 0)
            TRY(put_none(output, i, error));
        else
            TRY(put_sum(output, i, acc->sum, acc->count, error));
    }
    return STATUS_OK;
}

static enum status sum_finish_wide(const struct agg_output *output, struct error *error)
{
    if (is_count(output->id))
        return count_finish(output, error);
    for (size_t i = 0; i < output->n; i++) {
        const struct sum_wide *acc =
            (const struct sum_wide *)(const void *)(output->rows[i] + output->offset);
        if (acc->count == 0)
            TRY(put_none(output, i, error));
        else if (acc->high != 0)
            return overflow_error(output, error);
        else
            TRY(put_sum(output, i, acc->sum, acc->count, error));
    }
    return STATUS_OK;
}

static enum status sum_finish_double(const struct agg_output *output, struct error *error)
{
    if (is_count(output->id))
        return count_finish(output, error);
    double *out = output->out->data;
    for (size_t i = 0; i < output->n; i++) {
        const struct sum_double *acc =
            (const struct sum_double *)(const void *)(output->rows[i] + output->offset);
        if (acc->count == 0) {
            TRY(put_none(output, i, error));
            continue;
        }
        double sum = sum_of_doubles(acc);
        out[i] = output->id == AGGREGATE_AVG ? sum / (double)acc->count : sum;
    }
    return STATUS_OK;
}

static const struct agg_kernel kernels[PHYSICAL_COUNT] = {
    [PHYSICAL_I8] = {sizeof(struct sum_int), NULL, sum_update_i8, sum_merge_int, sum_finish_int},
    [PHYSICAL_I16] = {sizeof(struct sum_int), NULL, sum_update_i16, sum_merge_int, sum_finish_int},
    [PHYSICAL_I32] = {sizeof(struct sum_int), NULL, sum_update_i32, sum_merge_int, sum_finish_int},
    [PHYSICAL_I64] = {sizeof(struct sum_int), NULL, sum_update_i64, sum_merge_int, sum_finish_int},
    [PHYSICAL_I128] = {sizeof(struct sum_wide), NULL, sum_update_i128, sum_merge_i128,
                       sum_finish_wide},
    [PHYSICAL_F32] = {sizeof(struct sum_double), NULL, sum_update_f32, sum_merge_double,
                      sum_finish_double},
    [PHYSICAL_F64] = {sizeof(struct sum_double), NULL, sum_update_f64, sum_merge_double,
                      sum_finish_double},
};

const struct agg_kernel *agg_kernel_sum(enum physical physical)
{
    return kernels[physical].update ? &kernels[physical] : NULL;
}
