/* cast_time.c - casts between DATE, TIME, TIMESTAMP, TIMESTAMPTZ and INTERVAL.
 *
 * A TIMESTAMP counts from 1970-01-01 00:00 of no particular zone, a TIMESTAMPTZ from that moment in UTC; the
 * session's zone lies between them. */
#include "exec/kernel/cast_int.h"
#include "exec/kernel/time_int.h"
#include "storage/text_value.h"

static const int64_t *times(const struct cast *cast)
{
    return cast->in->data;
}

/* Between microseconds and nanoseconds, and down to fewer fraction digits (toward the past). */
static bool unit_change(int64_t v, struct type from, struct type to, int64_t *out)
{
    if (type_is_nanos(from) && !type_is_nanos(to))
        v = time_floor_div(v, 1000);
    else if (!type_is_nanos(from) && type_is_nanos(to) && __builtin_mul_overflow(v, 1000, &v))
        return false;
    unsigned digits = type_is_nanos(to) ? 9 : 6;
    if (to.precision < digits && to.precision < from.precision) {
        int64_t unit = (int64_t)kernel_pow10(digits - to.precision);
        v -= time_floor_mod(v, unit);
    }
    *out = v;
    return true;
}

/* UTC to wall clock, or back, in the column's own unit. */
static int64_t shift_zone(const struct cast *cast, int64_t v, bool nanos, bool to_local,
                          size_t *cache)
{
    int64_t micros = nanos ? time_floor_div(v, 1000) : v, rest = nanos ? v - micros * 1000 : 0;
    int64_t moved = to_local ? timezone_to_local(cast->zone, micros, cache)
                             : timezone_to_utc(cast->zone, micros);
    return nanos ? (int64_t)((uint64_t)moved * 1000u + (uint64_t)rest) : moved;
}

static enum status timestamp_to_timestamp(struct cast *cast)
{
    struct type from = cast->in->type, to = cast->out->type;
    int64_t *out = cast->out->data;
    size_t cache = 0;
    for (size_t i = 0; i < cast->rows; i++) {
        int64_t v = 0;
        if (cast_row_valid(cast, i)) {
            v = times(cast)[i];
            if (from.id != to.id)
                v = shift_zone(cast, v, type_is_nanos(from), to.id == TYPE_TIMESTAMP, &cache);
            if (!unit_change(v, from, to, &v)) {
                v = 0;
                TRY(cast_refuse(cast, i));
            }
        }
        out[i] = v;
    }
    return STATUS_OK;
}

static enum status date_to_timestamp(struct cast *cast)
{
    const int32_t *in = cast->in->data;
    int64_t *out = cast->out->data;
    bool nanos = type_is_nanos(cast->out->type), moment = cast->out->type.id == TYPE_TIMESTAMPTZ;
    for (size_t i = 0; i < cast->rows; i++) {
        int64_t v = 0;
        if (cast_row_valid(cast, i)) {
            bool fits = !__builtin_mul_overflow((int64_t)in[i], DAY_US, &v);
            if (fits && moment)
                v = timezone_day_start(cast->zone, in[i]);
            if (fits && nanos)
                fits = !__builtin_mul_overflow(v, 1000, &v);
            if (!fits)
                TRY(cast_refuse(cast, i));
        }
        out[i] = v;
    }
    return STATUS_OK;
}

/* The wall clock in microseconds that a timestamp of either kind shows. */
static int64_t wall_clock(const struct cast *cast, size_t row, size_t *cache)
{
    int64_t v = times(cast)[row];
    if (type_is_nanos(cast->in->type))
        v = time_floor_div(v, 1000);
    if (cast->in->type.id == TYPE_TIMESTAMPTZ)
        v = timezone_to_local(cast->zone, v, cache);
    return v;
}

static enum status timestamp_to_date(struct cast *cast)
{
    int32_t *out = cast->out->data;
    size_t cache = 0;
    for (size_t i = 0; i < cast->rows; i++)
        out[i] = cast_row_valid(cast, i)
                     ? (int32_t)time_floor_div(wall_clock(cast, i, &cache), DAY_US)
                     : 0;
    return STATUS_OK;
}

static enum status timestamp_to_time(struct cast *cast)
{
    int64_t *out = cast->out->data;
    size_t cache = 0;
    for (size_t i = 0; i < cast->rows; i++)
        out[i] = cast_row_valid(cast, i) ? time_floor_mod(wall_clock(cast, i, &cache), DAY_US) : 0;
    return STATUS_OK;
}

static enum status time_to_interval(struct cast *cast)
{
    struct interval *out = cast->out->data;
    for (size_t i = 0; i < cast->rows; i++)
        out[i] = (struct interval){0, 0, times(cast)[i]};
    return STATUS_OK;
}

static enum status interval_to_time(struct cast *cast)
{
    const struct interval *in = cast->in->data;
    int64_t *out = cast->out->data;
    for (size_t i = 0; i < cast->rows; i++)
        out[i] = time_floor_mod(in[i].micros, DAY_US);
    return STATUS_OK;
}

cast_fn *cast_time_find(struct type from, struct type to)
{
    if (type_is_timestamp(from) && type_is_timestamp(to))
        return timestamp_to_timestamp;
    if (from.id == TYPE_DATE && type_is_timestamp(to))
        return date_to_timestamp;
    if (type_is_timestamp(from) && to.id == TYPE_DATE)
        return timestamp_to_date;
    if (type_is_timestamp(from) && to.id == TYPE_TIME)
        return timestamp_to_time;
    if (from.id == TYPE_TIME && to.id == TYPE_INTERVAL)
        return time_to_interval;
    if (from.id == TYPE_INTERVAL && to.id == TYPE_TIME)
        return interval_to_time;
    return NULL;
}
