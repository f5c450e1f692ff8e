/* agg_moments.c - variances and standard deviations.
 *
 * Power sums in double-double arithmetic (Dekker 1971; Hida, Li, Bailey, "Library for double-double and
 * quad-double arithmetic", 2000): sum of x and sum of x*x with 106 bits each, squares exact. Welford's recurrence
 * would be as good for one thread, but its merge rounds differently for every cut of the input; these sums are the
 * same for all cuts, and 106 bits leave 13 digits even where the mean is a billion deviations away. */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#include <math.h>

#include "exec/kernel/agg.h"

struct pair {
    double high, low; /* the value is high + low, |low| <= half a unit of high */
};
struct moments {
    int64_t count;
    struct pair sum, squares;
};

static ALWAYS_INLINE struct pair pair_fast(double a, double b) /* |a| >= |b| */
{
    double s = a + b;
    return (struct pair){s, b - (s - a)};
}
static ALWAYS_INLINE struct pair pair_two_sum(double a, double b)
{
    double s = a + b, part = s - a;
    return (struct pair){s, (a - (s - part)) + (b - part)};
}
static ALWAYS_INLINE struct pair pair_add(struct pair a, struct pair b)
{
    struct pair s = pair_two_sum(a.high, b.high), t = pair_two_sum(a.low, b.low);
    s.low += t.high;
    s = pair_fast(s.high, s.low);
    s.low += t.low;
    return pair_fast(s.high, s.low);
}
/* a * b exactly, by Dekker's splitting: a fused multiply-add is not in every processor we build for. */
static ALWAYS_INLINE struct pair pair_product(double a, double b)
{
    const double splitter = 134217729.0; /* 2^27 + 1 */
    double p = a * b;
    double x = splitter * a, y = splitter * b;
    double a_high = x - (x - a), a_low = a - a_high;
    double b_high = y - (y - b), b_low = b - b_high;
    double rest = ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low;
    return (struct pair){p, rest};
}
static struct pair pair_times(struct pair a, struct pair b)
{
    struct pair p = pair_product(a.high, b.high);
    p.low += a.high * b.low + a.low * b.high;
    return pair_fast(p.high, p.low);
}
static struct pair pair_divide(struct pair a, double d)
{
    double q = a.high / d;
    struct pair product = pair_product(q, d);
    struct pair rest = pair_add(a, (struct pair){-product.high, -product.low});
    double q2 = rest.high / d;
    product = pair_product(q2, d);
    rest = pair_add(rest, (struct pair){-product.high, -product.low});
    struct pair result = pair_fast(q, q2);
    return pair_add(result, (struct pair){rest.high / d, 0});
}

static enum status moments_update(const struct agg_call *call, struct error *error)
{
    (void)error;
    const double *values = call->values;
    AGG_EACH(call, struct moments, acc, i, {
        acc->count += 1;
        acc->sum = pair_add(acc->sum, (struct pair){values[i], 0});
        acc->squares = pair_add(acc->squares, pair_product(values[i], values[i]));
    });
    return STATUS_OK;
}

static enum status moments_merge(const struct agg *agg, char *into, const char *from,
                                 struct agg_heap *heap, struct error *error)
{
    (void)agg, (void)heap, (void)error;
    struct moments *a = (struct moments *)(void *)into;
    const struct moments *b = (const struct moments *)(const void *)from;
    a->count += b->count;
    a->sum = pair_add(a->sum, b->sum);
    a->squares = pair_add(a->squares, b->squares);
    return STATUS_OK;
}

/* Sum of the squared distances from the mean: squares - sum * sum / n. */
static double moments_spread(const struct moments *acc)
{
    struct pair mean_part = pair_divide(pair_times(acc->sum, acc->sum), (double)acc->count);
    struct pair spread = pair_add(acc->squares, (struct pair){-mean_part.high, -mean_part.low});
    double value = spread.high + spread.low;
    return value < 0 ? 0 : value;
}

static enum status moments_finish(const struct agg_output *output, struct error *error)
{
    double *out = output->out->data;
    bool is_sample = output->id == AGGREGATE_STDDEV_SAMP || output->id == AGGREGATE_VAR_SAMP;
    bool is_root = output->id == AGGREGATE_STDDEV_SAMP || output->id == AGGREGATE_STDDEV_POP;
    for (size_t i = 0; i < output->n; i++) {
        const struct moments *acc =
            (const struct moments *)(const void *)(output->rows[i] + output->offset);
        int64_t divisor = acc->count - (is_sample ? 1 : 0);
        if (divisor <= 0) {
            TRY(agg_put_null(output->out, i, error));
            continue;
        }
        double variance = moments_spread(acc) / (double)divisor;
        out[i] = is_root ? sqrt(variance) : variance;
    }
    return STATUS_OK;
}

const struct agg_kernel agg_kernel_moments = {sizeof(struct moments), NULL, moments_update,
                                              moments_merge, moments_finish};
