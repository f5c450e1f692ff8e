/* time_arith.c - dates, times and timestamps plus and minus intervals and each other. */
#include "exec/kernel/loop.h"
#include "exec/kernel/time_int.h"
#include "storage/text_value.h"

static enum status timestamp_overflow(struct error *error)
{
    return error_set(error, STATUS_VALUE, "timestamp out of range");
}

/* ---- timestamp and interval ---- */

static bool interval_negate(struct interval v, struct interval *out)
{
    return !__builtin_sub_overflow(0, v.months, &out->months) &&
           !__builtin_sub_overflow(0, v.days, &out->days) &&
           !__builtin_sub_overflow((int64_t)0, v.micros, &out->micros);
}

/* Days and months of a TIMESTAMPTZ are added to its wall clock, the rest to the moment. */
static bool moment_add(const struct time_zone *zone, int64_t v, bool nanos, struct interval by,
                       size_t *cache, int64_t *out)
{
    if ((by.months || by.days) && !timezone_is_utc(zone)) {
        int64_t us = nanos ? time_floor_div(v, 1000) : v, rest = nanos ? v - us * 1000 : 0;
        int64_t local = timezone_to_local(zone, us, cache);
        if (!timestamp_add_interval(local, false, (struct interval){by.months, by.days, 0}, &local))
            return false;
        v = timezone_to_utc(zone, local);
        if (nanos && (__builtin_mul_overflow(v, 1000, &v) || __builtin_add_overflow(v, rest, &v)))
            return false;
        by = (struct interval){0, 0, by.micros};
    }
    return timestamp_add_interval(v, nanos, by, out);
}

/* By a constant number of units: a loop that vectorizes. False: some row may have overflown. */
TARGET_CLONES static bool add_constant(const struct column *times, int64_t by, size_t rows,
                                       int64_t *restrict out)
{
    const int64_t *restrict in = times->data;
    int64_t bad = 0;
    for (size_t i = 0; i < rows; i++) {
        int64_t r = (int64_t)((uint64_t)in[i] + (uint64_t)by);
        bad |= (in[i] ^ r) & (by ^ r);
        out[i] = r;
    }
    return bad >= 0;
}

/* An interval that is the same number of microseconds for every row. */
static bool interval_is_fixed(const struct kernel_call *call, bool moment, struct interval by,
                              int64_t *us)
{
    if (by.months || (moment && by.days && !timezone_is_utc(call->zone)))
        return false;
    return !__builtin_add_overflow((int64_t)by.days * DAY_US, by.micros, us);
}

static enum status add_interval(struct kernel_call *call, bool subtract, struct error *error)
{
    unsigned t = call->args[0]->type.id == TYPE_INTERVAL, v = !t;
    const struct column *times = call->args[t];
    bool nanos = type_is_nanos(times->type), moment = times->type.id == TYPE_TIMESTAMPTZ;
    int64_t *out = call->out->data, us;
    size_t cache = 0;
    if (column_is_constant(call->args[v])) {
        struct interval by = *(const struct interval *)kernel_value(call, v, 0);
        if ((!subtract || interval_negate(by, &by)) && interval_is_fixed(call, moment, by, &us) &&
            (!nanos || !__builtin_mul_overflow(us, 1000, &us)) &&
            add_constant(times, us, call->rows, out))
            return STATUS_OK;
    }
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        struct interval by = *(const struct interval *)kernel_value(call, v, i);
        int64_t from = kernel_i64(call, t, i);
        if (subtract && !interval_negate(by, &by))
            return timestamp_overflow(error);
        bool ok = moment ? moment_add(call->zone, from, nanos, by, &cache, &out[i])
                         : timestamp_add_interval(from, nanos, by, &out[i]);
        if (!ok)
            return timestamp_overflow(error);
    }
    return STATUS_OK;
}

enum status time_add_interval(struct kernel_call *call, struct error *error)
{
    return add_interval(call, false, error);
}
enum status time_sub_interval(struct kernel_call *call, struct error *error)
{
    return add_interval(call, true, error);
}

/* ---- between ---- */

enum status time_between(struct kernel_call *call, struct error *error)
{
    struct interval *out = call->out->data;
    bool nanos = type_is_nanos(call->args[0]->type);
    for (size_t i = 0; i < call->rows; i++) {
        int64_t d;
        out[i] = (struct interval){0, 0, 0};
        if (__builtin_sub_overflow(kernel_i64(call, 0, i), kernel_i64(call, 1, i), &d)) {
            if (kernel_row_valid(call, i))
                return kernel_out_of_range(error, "time between two timestamps");
            continue;
        }
        if (nanos)
            d /= 1000;
        out[i] = (struct interval){0, (int32_t)(d / DAY_US), d % DAY_US};
    }
    return STATUS_OK;
}

enum status time_days_between(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_BINARY(call, int32_t, int32_t, int64_t, (int64_t)x - y);
    return STATUS_OK;
}

enum status time_add_days(struct kernel_call *call, struct error *error)
{
    unsigned d = call->function == FUNCTION_ADD_INT_DATE;
    bool subtract = call->function == FUNCTION_SUB_DATE_INT;
    int32_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t date = *(const int32_t *)kernel_value(call, d, i), by = kernel_i64(call, !d, i), r;
        bool bad =
            subtract ? __builtin_sub_overflow(date, by, &r) : __builtin_add_overflow(date, by, &r);
        bad |= r < INT32_MIN || r > INT32_MAX;
        if (bad && kernel_row_valid(call, i))
            return error_set(error, STATUS_VALUE, "date out of range: %s %lld days",
                             subtract ? "minus" : "plus", (long long)by);
        out[i] = bad ? 0 : (int32_t)r;
    }
    return STATUS_OK;
}

enum status time_date_and_time(struct kernel_call *call, struct error *error)
{
    for (size_t i = 0; i < call->rows; i++) {
        int64_t us;
        bool ok = !__builtin_mul_overflow((int64_t) * (const int32_t *)kernel_value(call, 0, i),
                                          DAY_US, &us) &&
                  !__builtin_add_overflow(us, kernel_i64(call, 1, i), &us) && time_put(call, i, us);
        if (!ok && kernel_row_valid(call, i))
            return timestamp_overflow(error);
    }
    return STATUS_OK;
}

/* ---- time of day ---- */

enum status time_of_day_add(struct kernel_call *call, struct error *error)
{
    (void)error;
    unsigned t = call->args[0]->type.id == TYPE_INTERVAL;
    bool subtract = call->function == FUNCTION_SUB_TIME_INTERVAL;
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t time = time_floor_mod(kernel_i64(call, t, i), DAY_US);
        int64_t by =
            time_floor_mod(((const struct interval *)kernel_value(call, !t, i))->micros, DAY_US);
        out[i] = time_floor_mod(subtract ? time - by : time + by, DAY_US);
    }
    return STATUS_OK;
}

enum status time_of_day_between(struct kernel_call *call, struct error *error)
{
    (void)error;
    struct interval *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = (struct interval){
            0, 0, (int64_t)((uint64_t)kernel_i64(call, 0, i) - (uint64_t)kernel_i64(call, 1, i))};
    return STATUS_OK;
}

/* ---- intervals ---- */

static struct interval interval_at(const struct kernel_call *call, unsigned arg, size_t row)
{
    return *(const struct interval *)kernel_value(call, arg, row);
}

enum status interval_add(struct kernel_call *call, struct error *error)
{
    struct interval *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        struct interval a = interval_at(call, 0, i), b = interval_at(call, 1, i), r = {0, 0, 0};
        if ((__builtin_add_overflow(a.months, b.months, &r.months) ||
             __builtin_add_overflow(a.days, b.days, &r.days) ||
             __builtin_add_overflow(a.micros, b.micros, &r.micros)) &&
            kernel_row_valid(call, i))
            return kernel_out_of_range(error, "sum of intervals");
        out[i] = r;
    }
    return STATUS_OK;
}

enum status interval_sub(struct kernel_call *call, struct error *error)
{
    struct interval *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        struct interval a = interval_at(call, 0, i), b = interval_at(call, 1, i), r = {0, 0, 0};
        if ((__builtin_sub_overflow(a.months, b.months, &r.months) ||
             __builtin_sub_overflow(a.days, b.days, &r.days) ||
             __builtin_sub_overflow(a.micros, b.micros, &r.micros)) &&
            kernel_row_valid(call, i))
            return kernel_out_of_range(error, "difference of intervals");
        out[i] = r;
    }
    return STATUS_OK;
}

enum status interval_neg(struct kernel_call *call, struct error *error)
{
    struct interval *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        struct interval r = {0, 0, 0};
        if (!interval_negate(interval_at(call, 0, i), &r) && kernel_row_valid(call, i))
            return kernel_out_of_range(error, "negative interval");
        out[i] = r;
    }
    return STATUS_OK;
}

enum status interval_mul_int(struct kernel_call *call, struct error *error)
{
    unsigned v = call->args[0]->type.id != TYPE_INTERVAL;
    struct interval *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        struct interval a = interval_at(call, v, i), r = {0, 0, 0};
        int64_t by = kernel_i64(call, !v, i);
        if ((__builtin_mul_overflow(a.months, by, &r.months) ||
             __builtin_mul_overflow(a.days, by, &r.days) ||
             __builtin_mul_overflow(a.micros, by, &r.micros)) &&
            kernel_row_valid(call, i))
            return kernel_out_of_range(error, "product of an interval");
        out[i] = r;
    }
    return STATUS_OK;
}

/* Fractions of months go on as days (30 a month), fractions of days as time; as PostgreSQL does. */
static bool interval_scale(struct interval a, double by, struct interval *out)
{
    double months = a.months * by;
    double days = a.days * by + (months - (double)(int64_t)months) * 30;
    if (!(months > -2147483648.0 && months < 2147483648.0))
        return false;
    if (!(days > -2147483648.0 && days < 2147483648.0))
        return false;
    double micros = (double)a.micros * by + (days - (double)(int64_t)days) * (double)DAY_US;
    micros += micros < 0 ? -0.5 : 0.5;
    if (!(micros > -9223372036854775808.0 && micros < 9223372036854775808.0))
        return false;
    *out = (struct interval){(int32_t)months, (int32_t)days, (int64_t)micros};
    return true;
}

static bool finite_factor(double by)
{
    return by - by == 0;
}

enum status interval_mul_double(struct kernel_call *call, struct error *error)
{
    unsigned v = call->args[0]->type.id != TYPE_INTERVAL;
    bool divide = call->function == FUNCTION_DIV_INTERVAL;
    struct interval *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = (struct interval){0, 0, 0};
        if (!kernel_row_valid(call, i))
            continue;
        double by = kernel_f64(call, !v, i);
        if (divide && by == 0) {
            TRY(kernel_set_null(call, i, error));
            continue;
        }
        if (divide)
            by = 1 / by;
        if (!finite_factor(by) || !interval_scale(interval_at(call, v, i), by, &out[i]))
            return kernel_out_of_range(error, "product of an interval");
    }
    return STATUS_OK;
}
