/* time_int.h - what the kernels of time share. */
#ifndef TIME_INT_H
#define TIME_INT_H

#include "exec/kernel/kernel_int.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

enum time_unit {
    UNIT_MICROSECOND,
    UNIT_MILLISECOND,
    UNIT_SECOND,
    UNIT_MINUTE,
    UNIT_HOUR,
    UNIT_DAY,
    UNIT_WEEK,
    UNIT_MONTH,
    UNIT_QUARTER,
    UNIT_YEAR,
    UNIT_DECADE,
    UNIT_CENTURY,
    UNIT_MILLENNIUM, /* up to here: units that times can be cut to */
    UNIT_DAYOFWEEK,
    UNIT_ISODOW,
    UNIT_DAYOFYEAR,
    UNIT_ISOYEAR,
    UNIT_EPOCH,
    UNIT_JULIAN,
    UNIT_TIMEZONE,
    UNIT_TIMEZONE_HOUR,
    UNIT_TIMEZONE_MINUTE,
    UNIT_COUNT
};
/* Finds a unit by name (hour, hours, h, ...). Unknown: STATUS_VALUE with a did-you-mean. */
MUST_CHECK enum status time_unit_find(struct str name, bool to_cut, enum time_unit *out,
                                      struct error *error);
/* Microseconds of the units below WEEK. */
int64_t time_unit_us(enum time_unit unit);
/* The first day of the unit (DAY and above) that holds `day`. */
int64_t time_day_floor(enum time_unit unit, int64_t day);
/* ISO 8601: Monday 1 to Sunday 7; the week and the year it belongs to. */
unsigned time_isodow(int64_t day);
unsigned time_iso_week(int64_t day, int64_t *iso_year);

extern const char *const time_day_names[7]; /* from Sunday */
extern const char *const time_month_names[12];

/* Argument `arg` (TIMESTAMP, TIMESTAMPTZ) as microseconds since 1970 UTC or of its wall clock. */
static inline int64_t time_micros(const struct kernel_call *call, unsigned arg, size_t row)
{
    int64_t v = kernel_i64(call, arg, row);
    if (UNLIKELY(type_is_nanos(call->args[arg]->type))) {
        int64_t q = v / 1000;
        return q - (v % 1000 < 0);
    }
    return v;
}
/* The wall clock in the session's zone for TIMESTAMPTZ. */
static inline int64_t time_wall(const struct kernel_call *call, unsigned arg, size_t row,
                                size_t *cache)
{
    int64_t us = time_micros(call, arg, row);
    if (call->args[arg]->type.id == TYPE_TIMESTAMPTZ)
        us = timezone_to_local(call->zone, us, cache);
    return us;
}
/* Microseconds into the unit of the output's type; false if they do not fit. */
static inline bool time_put(struct kernel_call *call, size_t row, int64_t us)
{
    int64_t *out = call->out->data;
    if (UNLIKELY(type_is_nanos(call->out->type)))
        return !__builtin_mul_overflow(us, 1000, &out[row]);
    out[row] = us;
    return true;
}

static inline int64_t time_floor_div(int64_t a, int64_t b) /* b > 0 */
{
    int64_t q = a / b;
    return q - (a % b < 0);
}
static inline int64_t time_floor_mod(int64_t a, int64_t b)
{
    int64_t r = a % b;
    return r < 0 ? r + b : r;
}

#endif
