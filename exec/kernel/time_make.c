/* time_make.c - times made of parts and counts, and taken apart into counts: now, epoch, make_date, age. */
#include <math.h>

#include "exec/kernel/loop.h"
#include "exec/kernel/time_int.h"
#include "storage/text_value.h"

/* ---- now ---- */

enum status time_now(struct kernel_call *call, struct error *error)
{
    (void)error;
    size_t cache = 0;
    int64_t utc = call->context->clock->wall_us(call->context->clock);
    int64_t local = timezone_to_local(call->zone, utc, &cache);
    for (size_t i = 0; i < call->rows; i++)
        switch (call->function) {
        case FUNCTION_NOW:
            ((int64_t *)call->out->data)[i] = utc;
            break;
        case FUNCTION_CURRENT_DATE:
            ((int32_t *)call->out->data)[i] = (int32_t)time_floor_div(local, DAY_US);
            break;
        case FUNCTION_CURRENT_TIME:
            ((int64_t *)call->out->data)[i] = time_floor_mod(local, DAY_US);
            break;
        default:
            ((int64_t *)call->out->data)[i] = local;
            break;
        }
    return STATUS_OK;
}

/* ---- AT TIME ZONE ---- */

/* The zones a call site has met, by name as written. */
struct zone_entry {
    struct str name;
    const struct time_zone *zone;
    struct zone_entry *next;
};

static enum status zone_at(struct kernel_call *call, size_t row, const struct time_zone **out,
                           struct error *error)
{
    struct str name = kernel_str(call, 1, row);
    struct zone_entry *entry = call->state->data;
    for (; entry; entry = entry->next)
        if (str_equal(entry->name, name)) {
            *out = entry->zone;
            return STATUS_OK;
        }
    TRY(timezone_get(call->arena, name, out, error));
    entry = ARENA_NEW(call->arena, struct zone_entry);
    char *copy = arena_strndup(call->arena, name.data, name.length);
    TRY(arena_check(call->arena, error));
    *entry = (struct zone_entry){{copy, name.length}, *out, call->state->data};
    call->state->data = entry;
    return STATUS_OK;
}

enum status time_at_zone(struct kernel_call *call, struct error *error)
{
    bool nanos = type_is_nanos(call->args[0]->type);
    bool to_local = call->function == FUNCTION_AT_ZONE_LOCAL;
    int64_t *out = call->out->data;
    size_t cache = 0;
    for (size_t i = 0; i < call->rows; i++) {
        const struct time_zone *zone;
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        TRY(zone_at(call, i, &zone, error));
        int64_t us = time_micros(call, 0, i);
        int64_t rest = nanos ? kernel_i64(call, 0, i) - us * 1000 : 0;
        if (!column_is_constant(call->args[1]))
            cache = 0;
        int64_t moved = to_local ? timezone_to_local(zone, us, &cache) : timezone_to_utc(zone, us);
        out[i] = nanos ? (int64_t)((uint64_t)moved * 1000u + (uint64_t)rest) : moved;
    }
    return STATUS_OK;
}

/* ---- counts since 1970 ---- */

enum status time_of_seconds(struct kernel_call *call, struct error *error)
{
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        double us = round(kernel_f64(call, 0, i) * 1e6);
        bool fits = us > -9223372036854775808.0 && us < 9223372036854775808.0;
        if (!fits && kernel_row_valid(call, i))
            return error_set(error, STATUS_VALUE, "timestamp out of range: to_timestamp(%g)",
                             kernel_f64(call, 0, i));
        out[i] = fits ? (int64_t)us : 0;
    }
    return STATUS_OK;
}

enum status time_of_millis(struct kernel_call *call, struct error *error)
{
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t ms = kernel_i64(call, 0, i);
        if (__builtin_mul_overflow(ms, 1000, &out[i]) && kernel_row_valid(call, i))
            return error_set(error, STATUS_VALUE, "timestamp out of range: epoch_ms(%lld)",
                             (long long)ms);
    }
    return STATUS_OK;
}

enum status time_epoch_count(struct kernel_call *call, struct error *error)
{
    int64_t *out = call->out->data;
    bool nanos = type_is_nanos(call->args[0]->type);
    for (size_t i = 0; i < call->rows; i++) {
        int64_t us = time_micros(call, 0, i);
        switch (call->function) {
        case FUNCTION_EPOCH_MS:
        case FUNCTION_EPOCH_MS_MOMENT:
            out[i] = time_floor_div(us, 1000);
            break;
        case FUNCTION_UNIXEPOCH:
        case FUNCTION_UNIXEPOCH_MOMENT:
            out[i] = time_floor_div(us, SECOND_US);
            break;
        case FUNCTION_EPOCH_NS:
        case FUNCTION_EPOCH_NS_MOMENT:
            if (nanos)
                out[i] = kernel_i64(call, 0, i);
            else if (__builtin_mul_overflow(us, 1000, &out[i]) && kernel_row_valid(call, i))
                return kernel_out_of_range(error, "nanoseconds since 1970");
            break;
        default:
            out[i] = us;
            break;
        }
    }
    return STATUS_OK;
}

enum status time_julianday(struct kernel_call *call, struct error *error)
{
    (void)error;
    double *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = 2440587.5 + (double)time_micros(call, 0, i) / (double)DAY_US;
    return STATUS_OK;
}

/* ---- of parts ---- */

static bool date_of_parts(int64_t year, int64_t month, int64_t day, int64_t *out)
{
    if (month < 1 || month > 12 || year < -290000 || year > 290000 || day < 1 ||
        day > date_month_length(year, (unsigned)month))
        return false;
    *out = date_from_civil(year, (unsigned)month, (unsigned)day);
    return true;
}

static bool time_of_parts(int64_t hour, int64_t minute, double seconds, int64_t *out)
{
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || !(seconds >= 0 && seconds < 60))
        return false;
    *out = hour * HOUR_US + minute * MINUTE_US + (int64_t)round(seconds * 1e6);
    return true;
}

enum status time_make_date(struct kernel_call *call, struct error *error)
{
    int32_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t year = kernel_i64(call, 0, i), month = kernel_i64(call, 1, i);
        int64_t of_month = kernel_i64(call, 2, i), day = 0;
        if (!date_of_parts(year, month, of_month, &day) && kernel_row_valid(call, i))
            return error_set(error, STATUS_VALUE, "no such date: %lld-%lld-%lld", (long long)year,
                             (long long)month, (long long)of_month);
        out[i] = (int32_t)day;
    }
    return STATUS_OK;
}

enum status time_make_time(struct kernel_call *call, struct error *error)
{
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t hour = kernel_i64(call, 0, i), minute = kernel_i64(call, 1, i), us = 0;
        double seconds = kernel_f64(call, 2, i);
        if (!time_of_parts(hour, minute, seconds, &us) && kernel_row_valid(call, i))
            return error_set(error, STATUS_VALUE, "no such time: %lld:%lld:%g", (long long)hour,
                             (long long)minute, seconds);
        out[i] = us;
    }
    return STATUS_OK;
}

enum status time_make_timestamp(struct kernel_call *call, struct error *error)
{
    for (size_t i = 0; i < call->rows; i++) {
        int64_t p[5], day = 0, us = 0;
        for (unsigned arg = 0; arg < 5; arg++)
            p[arg] = kernel_i64(call, arg, i);
        double seconds = kernel_f64(call, 5, i);
        bool ok = date_of_parts(p[0], p[1], p[2], &day) &&
                  time_of_parts(p[3], p[4], seconds, &us) && time_put(call, i, day * DAY_US + us);
        if (!ok && kernel_row_valid(call, i))
            return error_set(error, STATUS_VALUE, "no such time: %lld-%lld-%lld %lld:%lld:%g",
                             (long long)p[0], (long long)p[1], (long long)p[2], (long long)p[3],
                             (long long)p[4], seconds);
    }
    return STATUS_OK;
}

/* ---- dates, times of day, names ---- */

enum status time_date_of(struct kernel_call *call, struct error *error)
{
    (void)error;
    int32_t *out = call->out->data;
    size_t cache = 0;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = kernel_row_valid(call, i)
                     ? (int32_t)time_floor_div(time_wall(call, 0, i, &cache), DAY_US)
                     : 0;
    return STATUS_OK;
}

enum status time_time_of(struct kernel_call *call, struct error *error)
{
    (void)error;
    int64_t *out = call->out->data;
    size_t cache = 0;
    for (size_t i = 0; i < call->rows; i++)
        out[i] =
            kernel_row_valid(call, i) ? time_floor_mod(time_wall(call, 0, i, &cache), DAY_US) : 0;
    return STATUS_OK;
}

enum status time_last_day(struct kernel_call *call, struct error *error)
{
    (void)error;
    int32_t *out = call->out->data;
    size_t cache = 0;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t year;
        unsigned month, of_month;
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        int64_t day = time_floor_div(time_wall(call, 0, i, &cache), DAY_US);
        date_to_civil(day, &year, &month, &of_month);
        out[i] = (int32_t)(day - of_month + date_month_length(year, month));
    }
    return STATUS_OK;
}

const char *const time_day_names[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
const char *const time_month_names[12] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};

enum status time_name(struct kernel_call *call, struct error *error)
{
    (void)error;
    bool of_day = call->function == FUNCTION_DAYNAME || call->function == FUNCTION_DAYNAME_MOMENT;
    size_t cache = 0;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t year;
        unsigned month, of_month;
        column_put_empty(call->out, i);
        if (!kernel_row_valid(call, i))
            continue;
        int64_t day = time_floor_div(time_wall(call, 0, i, &cache), DAY_US);
        date_to_civil(day, &year, &month, &of_month);
        const char *name =
            of_day ? time_day_names[time_isodow(day) % 7] : time_month_names[month - 1];
        column_put_view(call->out, i, name, strlen(name));
    }
    return STATUS_OK;
}

/* ---- age ---- */

/* From the earlier to the later, as one would count it by hand: years, months, days, then time (PostgreSQL's
 * timestamp_age; a borrowed month has the length of the earlier one). */
static struct interval age_between(int64_t later, int64_t earlier)
{
    int64_t late_day = time_floor_div(later, DAY_US), early_day = time_floor_div(earlier, DAY_US);
    int64_t late_year, early_year;
    unsigned late_month, late_of, early_month, early_of;
    date_to_civil(late_day, &late_year, &late_month, &late_of);
    date_to_civil(early_day, &early_year, &early_month, &early_of);
    int64_t us = time_floor_mod(later, DAY_US) - time_floor_mod(earlier, DAY_US);
    int64_t days = (int64_t)late_of - early_of;
    int64_t months = (late_year - early_year) * 12 + (int64_t)late_month - early_month;
    if (us < 0) {
        us += DAY_US;
        days--;
    }
    if (days < 0) {
        days += date_month_length(early_year, early_month);
        months--;
    }
    return (struct interval){(int32_t)months, (int32_t)days, us};
}

enum status time_age(struct kernel_call *call, struct error *error)
{
    (void)error;
    struct interval *out = call->out->data;
    size_t cache = 0;
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = (struct interval){0, 0, 0};
        if (!kernel_row_valid(call, i))
            continue;
        int64_t a = time_wall(call, 0, i, &cache), b = time_wall(call, 1, i, &cache);
        out[i] = a >= b ? age_between(a, b) : age_between(b, a);
        if (a < b)
            out[i] = (struct interval){-out[i].months, -out[i].days, -out[i].micros};
    }
    return STATUS_OK;
}
