/* time_part.c - parts of times, and times cut to units: date_part, year ..., date_trunc, date_bin, date_diff.
 *
 * Everything is reckoned on a wall clock in microseconds; for TIMESTAMPTZ it is the session zone's. */
#include "exec/kernel/loop.h"
#include "exec/kernel/time_int.h"
#include "storage/text_value.h"

/* ---- units by name ---- */

struct unit_name {
    const char *name;
    enum time_unit unit;
};

static const struct unit_name unit_names[] = {
    {"microsecond", UNIT_MICROSECOND},
    {"microseconds", UNIT_MICROSECOND},
    {"us", UNIT_MICROSECOND},
    {"usec", UNIT_MICROSECOND},
    {"millisecond", UNIT_MILLISECOND},
    {"milliseconds", UNIT_MILLISECOND},
    {"ms", UNIT_MILLISECOND},
    {"msec", UNIT_MILLISECOND},
    {"second", UNIT_SECOND},
    {"seconds", UNIT_SECOND},
    {"sec", UNIT_SECOND},
    {"s", UNIT_SECOND},
    {"minute", UNIT_MINUTE},
    {"minutes", UNIT_MINUTE},
    {"min", UNIT_MINUTE},
    {"m", UNIT_MINUTE},
    {"hour", UNIT_HOUR},
    {"hours", UNIT_HOUR},
    {"hr", UNIT_HOUR},
    {"h", UNIT_HOUR},
    {"day", UNIT_DAY},
    {"days", UNIT_DAY},
    {"d", UNIT_DAY},
    {"dayofmonth", UNIT_DAY},
    {"week", UNIT_WEEK},
    {"weeks", UNIT_WEEK},
    {"w", UNIT_WEEK},
    {"isoweek", UNIT_WEEK},
    {"month", UNIT_MONTH},
    {"months", UNIT_MONTH},
    {"mon", UNIT_MONTH},
    {"quarter", UNIT_QUARTER},
    {"quarters", UNIT_QUARTER},
    {"year", UNIT_YEAR},
    {"years", UNIT_YEAR},
    {"yr", UNIT_YEAR},
    {"y", UNIT_YEAR},
    {"decade", UNIT_DECADE},
    {"decades", UNIT_DECADE},
    {"century", UNIT_CENTURY},
    {"centuries", UNIT_CENTURY},
    {"millennium", UNIT_MILLENNIUM},
    {"millennia", UNIT_MILLENNIUM},
    {"dow", UNIT_DAYOFWEEK},
    {"dayofweek", UNIT_DAYOFWEEK},
    {"weekday", UNIT_DAYOFWEEK},
    {"isodow", UNIT_ISODOW},
    {"doy", UNIT_DAYOFYEAR},
    {"dayofyear", UNIT_DAYOFYEAR},
    {"isoyear", UNIT_ISOYEAR},
    {"epoch", UNIT_EPOCH},
    {"julian", UNIT_JULIAN},
    {"timezone", UNIT_TIMEZONE},
    {"timezone_hour", UNIT_TIMEZONE_HOUR},
    {"timezone_minute", UNIT_TIMEZONE_MINUTE},
};

enum status time_unit_find(struct str name, bool to_cut, enum time_unit *out, struct error *error)
{
    const char *names[ARRAY_LENGTH(unit_names)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(unit_names); i++) {
        if (to_cut && unit_names[i].unit > UNIT_MILLENNIUM)
            continue;
        if (str_is(name, unit_names[i].name)) {
            *out = unit_names[i].unit;
            return STATUS_OK;
        }
        names[n++] = unit_names[i].name;
    }
    enum status status = error_set(error, STATUS_VALUE, "unknown %s: " STR_FMT,
                                   to_cut ? "unit of time" : "part of a date", STR_ARG(name));
    const char *meant = error_did_you_mean(name.data, name.length, names, n);
    if (meant)
        error_hint(error, "did you mean %s?", meant);
    else
        error_hint(error,
                   "there are microsecond, millisecond, second, minute, hour, day, week, "
                   "month, quarter, year%s",
                   to_cut ? "" : ", dow, isodow, doy, epoch");
    return status;
}

int64_t time_unit_us(enum time_unit unit)
{
    switch (unit) {
    case UNIT_MICROSECOND:
        return 1;
    case UNIT_MILLISECOND:
        return 1000;
    case UNIT_SECOND:
        return SECOND_US;
    case UNIT_MINUTE:
        return MINUTE_US;
    case UNIT_HOUR:
        return HOUR_US;
    default:
        return DAY_US;
    }
}

/* ---- the calendar ---- */

unsigned time_isodow(int64_t day)
{
    return (unsigned)time_floor_mod(day + 3, 7) + 1;
}

unsigned time_iso_week(int64_t day, int64_t *iso_year)
{
    int64_t thursday = day - time_isodow(day) + 4;
    unsigned month, of_month;
    date_to_civil(thursday, iso_year, &month, &of_month);
    return (unsigned)((thursday - date_from_civil(*iso_year, 1, 1)) / 7) + 1;
}

int64_t time_day_floor(enum time_unit unit, int64_t day)
{
    int64_t year;
    unsigned month, of_month;
    if (unit <= UNIT_DAY)
        return day;
    if (unit == UNIT_WEEK)
        return day - time_isodow(day) + 1;
    date_to_civil(day, &year, &month, &of_month);
    switch (unit) {
    case UNIT_MONTH:
        return day - of_month + 1;
    case UNIT_QUARTER:
        return date_from_civil(year, (month - 1) / 3 * 3 + 1, 1);
    case UNIT_DECADE:
        return date_from_civil(time_floor_div(year, 10) * 10, 1, 1);
    case UNIT_CENTURY: /* from year 1 to year 100 */
        return date_from_civil(time_floor_div(year - 1, 100) * 100 + 1, 1, 1);
    case UNIT_MILLENNIUM:
        return date_from_civil(time_floor_div(year - 1, 1000) * 1000 + 1, 1, 1);
    default:
        return date_from_civil(year, 1, 1);
    }
}

/* ---- parts ---- */

/* The date of the row before: days often repeat. */
struct day_cache {
    int64_t day, year;
    unsigned month, of_month;
    bool filled;
};

static void day_fill(struct day_cache *c, int64_t day)
{
    if (c->filled && c->day == day)
        return;
    date_to_civil(day, &c->year, &c->month, &c->of_month);
    c->day = day;
    c->filled = true;
}

static int64_t part_of_date(enum time_unit unit, int64_t day, struct day_cache *c)
{
    int64_t iso_year;
    switch (unit) {
    case UNIT_DAYOFWEEK:
        return time_isodow(day) % 7;
    case UNIT_ISODOW:
        return time_isodow(day);
    case UNIT_JULIAN:
        return day + 2440588;
    case UNIT_WEEK:
        return time_iso_week(day, &iso_year);
    case UNIT_ISOYEAR:
        time_iso_week(day, &iso_year);
        return iso_year;
    default:
        break;
    }
    day_fill(c, day);
    switch (unit) {
    case UNIT_DAY:
        return c->of_month;
    case UNIT_MONTH:
        return c->month;
    case UNIT_QUARTER:
        return (c->month + 2) / 3;
    case UNIT_DECADE:
        return time_floor_div(c->year, 10);
    case UNIT_CENTURY:
        return time_floor_div(c->year - 1, 100) + 1;
    case UNIT_MILLENNIUM:
        return time_floor_div(c->year - 1, 1000) + 1;
    case UNIT_DAYOFYEAR:
        return day - date_from_civil(c->year, 1, 1) + 1;
    default:
        return c->year;
    }
}

/* Of microseconds since midnight. */
static int64_t part_of_day(enum time_unit unit, int64_t us)
{
    switch (unit) {
    case UNIT_MICROSECOND:
        return us % MINUTE_US;
    case UNIT_MILLISECOND:
        return us % MINUTE_US / 1000;
    case UNIT_SECOND:
        return us % MINUTE_US / SECOND_US;
    case UNIT_MINUTE:
        return us % HOUR_US / MINUTE_US;
    default:
        return us / HOUR_US;
    }
}

static int64_t part_of_interval(enum time_unit unit, struct interval v)
{
    switch (unit) {
    case UNIT_DAY:
        return v.days;
    case UNIT_WEEK:
        return v.days / 7;
    case UNIT_MONTH:
        return v.months % 12;
    case UNIT_QUARTER:
        return v.months % 12 / 3 + 1;
    case UNIT_YEAR:
        return v.months / 12;
    case UNIT_DECADE:
        return v.months / 120;
    case UNIT_CENTURY:
        return v.months / 1200;
    case UNIT_MILLENNIUM:
        return v.months / 12000;
    case UNIT_EPOCH:
        return ((int64_t)v.months * 30 + v.days) * 86400 + v.micros / SECOND_US;
    default:
        return part_of_day(unit, v.micros);
    }
}

static int64_t part_of_zone(enum time_unit unit, int32_t offset)
{
    if (unit == UNIT_TIMEZONE_HOUR)
        return offset / 3600;
    if (unit == UNIT_TIMEZONE_MINUTE)
        return offset % 3600 / 60;
    return offset;
}

struct part_state {
    struct day_cache days;
    size_t zone_cache;
};

static int64_t part_of_timestamp(const struct kernel_call *call, unsigned arg, size_t row,
                                 enum time_unit unit, struct part_state *state)
{
    if (unit >= UNIT_TIMEZONE) {
        bool moment = call->args[arg]->type.id == TYPE_TIMESTAMPTZ;
        int64_t us = time_micros(call, arg, row);
        return moment ? part_of_zone(unit, timezone_offset_at(call->zone, us, &state->zone_cache))
                      : 0;
    }
    if (unit == UNIT_EPOCH)
        return time_floor_div(time_micros(call, arg, row), SECOND_US);
    int64_t us = time_wall(call, arg, row, &state->zone_cache);
    if (unit <= UNIT_HOUR)
        return part_of_day(unit, time_floor_mod(us, DAY_US));
    return part_of_date(unit, time_floor_div(us, DAY_US), &state->days);
}

static bool part_exists(struct type type, enum time_unit unit)
{
    if (type.id == TYPE_TIME)
        return unit <= UNIT_HOUR || unit == UNIT_EPOCH;
    if (type.id == TYPE_INTERVAL)
        return unit <= UNIT_MILLENNIUM || unit == UNIT_EPOCH;
    return true;
}

static int64_t part_at(const struct kernel_call *call, unsigned arg, size_t row,
                       enum time_unit unit, struct part_state *state)
{
    struct type type = call->args[arg]->type;
    if (type.id == TYPE_TIME)
        return unit == UNIT_EPOCH ? kernel_i64(call, arg, row) / SECOND_US
                                  : part_of_day(unit, kernel_i64(call, arg, row));
    if (type.id == TYPE_INTERVAL)
        return part_of_interval(unit, *(const struct interval *)kernel_value(call, arg, row));
    return part_of_timestamp(call, arg, row, unit, state);
}

/* Parts below a day of microseconds: loops by constants, NULL rows and all. */
static bool part_of_day_fast(struct kernel_call *call, enum time_unit unit)
{
    const struct column *arg = call->args[0];
    const int64_t *restrict in = arg->data;
    int64_t *restrict out = call->out->data;
    bool local = arg->type.id == TYPE_TIMESTAMPTZ && !timezone_is_utc(call->zone);
    if (!type_is_timestamp(arg->type) || type_is_nanos(arg->type) || local ||
        column_is_constant(arg))
        return false;
#define PART_LOOP(period, unit_us)          \
    for (size_t i = 0; i < call->rows; i++) \
    out[i] = time_floor_mod(in[i], period) / (unit_us)
    switch (unit) {
    case UNIT_HOUR:
        PART_LOOP(DAY_US, HOUR_US);
        return true;
    case UNIT_MINUTE:
        PART_LOOP(HOUR_US, MINUTE_US);
        return true;
    case UNIT_SECOND:
        PART_LOOP(MINUTE_US, SECOND_US);
        return true;
    default:
        return false;
    }
#undef PART_LOOP
}

/* hour(x), year(x), ...: the unit is the function's name. */
enum status time_part(struct kernel_call *call, struct error *error)
{
    enum time_unit unit;
    struct part_state state = {.zone_cache = 0};
    int64_t *out = call->out->data;
    TRY(time_unit_find(str_of(function_info[call->function].name), false, &unit, error));
    if (part_of_day_fast(call, unit))
        return STATUS_OK;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = kernel_row_valid(call, i) ? part_at(call, 0, i, unit, &state) : 0;
    return STATUS_OK;
}

/* Seconds with their fraction; of an interval a month is 30 days. */
static double epoch_at(const struct kernel_call *call, unsigned arg, size_t row)
{
    struct type type = call->args[arg]->type;
    if (type.id == TYPE_TIME)
        return (double)kernel_i64(call, arg, row) / 1e6;
    if (type.id == TYPE_INTERVAL) {
        struct interval v = *(const struct interval *)kernel_value(call, arg, row);
        return (double)(((int64_t)v.months * 30 + v.days) * 86400) + (double)v.micros / 1e6;
    }
    return (double)kernel_i64(call, arg, row) / (type_is_nanos(type) ? 1e9 : 1e6);
}

enum status time_epoch(struct kernel_call *call, struct error *error)
{
    (void)error;
    double *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = kernel_row_valid(call, i) ? epoch_at(call, 0, i) : 0;
    return STATUS_OK;
}

/* The result is DOUBLE where the planner has seen that the part is 'epoch'. */
enum status time_date_part(struct kernel_call *call, struct error *error)
{
    enum time_unit unit = UNIT_YEAR;
    bool known = false, constant = column_is_constant(call->args[0]);
    bool is_double = call->out->type.id == TYPE_DOUBLE;
    struct part_state state = {.zone_cache = 0};
    for (size_t i = 0; i < call->rows; i++) {
        ((int64_t *)call->out->data)[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        if (!known || !constant)
            TRY(time_unit_find(kernel_str(call, 0, i), false, &unit, error));
        known = true;
        if (!part_exists(call->args[1]->type, unit)) {
            char name[TYPE_NAME_SIZE];
            return error_set(error, STATUS_VALUE, "%s has no such part: " STR_FMT,
                             type_name(call->args[1]->type, name), STR_ARG(kernel_str(call, 0, i)));
        }
        if (is_double)
            ((double *)call->out->data)[i] = epoch_at(call, 1, i);
        else
            ((int64_t *)call->out->data)[i] = part_at(call, 1, i, unit, &state);
    }
    return STATUS_OK;
}

/* ---- date_trunc ---- */

/* Below a day what has passed since the unit began is taken off the moment, so that the hour that comes twice in
 * autumn is cut right both times; from a day on, the unit begins with the local day. */
static int64_t trunc_moment(const struct kernel_call *call, enum time_unit unit, int64_t us,
                            size_t *cache)
{
    int64_t local = timezone_to_local(call->zone, us, cache);
    if (unit <= UNIT_HOUR)
        return us - time_floor_mod(local, time_unit_us(unit));
    return timezone_day_start(call->zone, time_day_floor(unit, time_floor_div(local, DAY_US)));
}

static int64_t trunc_wall(enum time_unit unit, int64_t us)
{
    if (unit <= UNIT_DAY)
        return us - time_floor_mod(us, time_unit_us(unit));
    return time_day_floor(unit, time_floor_div(us, DAY_US)) * DAY_US;
}

static enum status trunc_put(struct kernel_call *call, size_t row, enum time_unit unit,
                             size_t *cache, struct error *error)
{
    struct type type = call->args[1]->type;
    if (type.id == TYPE_DATE) {
        int32_t day = *(const int32_t *)kernel_value(call, 1, row);
        ((int32_t *)call->out->data)[row] = (int32_t)time_day_floor(unit, day);
        return STATUS_OK;
    }
    int64_t us = time_micros(call, 1, row);
    us = type.id == TYPE_TIMESTAMPTZ ? trunc_moment(call, unit, us, cache) : trunc_wall(unit, us);
    return time_put(call, row, us) ? STATUS_OK : kernel_out_of_range(error, "date_trunc");
}

/* A constant unit of fixed length over microseconds without NULLs: division by a constant is a multiplication. */
static void trunc_fixed(struct kernel_call *call, enum time_unit unit)
{
    const int64_t *restrict in = call->args[1]->data;
    int64_t *restrict out = call->out->data;
#define TRUNC_LOOP(unit_us)                 \
    for (size_t i = 0; i < call->rows; i++) \
    out[i] = in[i] - time_floor_mod(in[i], unit_us)
    switch (unit) {
    case UNIT_MICROSECOND:
        memcpy(out, in, call->rows * sizeof *out);
        break;
    case UNIT_MILLISECOND:
        TRUNC_LOOP(1000);
        break;
    case UNIT_SECOND:
        TRUNC_LOOP(SECOND_US);
        break;
    case UNIT_MINUTE:
        TRUNC_LOOP(MINUTE_US);
        break;
    case UNIT_HOUR:
        TRUNC_LOOP(HOUR_US);
        break;
    default:
        TRUNC_LOOP(DAY_US);
        break;
    }
#undef TRUNC_LOOP
}

enum status time_trunc(struct kernel_call *call, struct error *error)
{
    enum time_unit unit = UNIT_DAY;
    size_t cache = 0;
    bool constant = column_is_constant(call->args[0]);
    if (constant) {
        TRY(time_unit_find(kernel_str(call, 0, 0), true, &unit, error));
        if (unit <= UNIT_DAY && call->args[1]->type.id == TYPE_TIMESTAMP &&
            !type_is_nanos(call->args[1]->type) && !call->out->validity) {
            trunc_fixed(call, unit);
            return STATUS_OK;
        }
    }
    size_t size = type_size(call->out->type);
    for (size_t i = 0; i < call->rows; i++) {
        memset((char *)call->out->data + i * size, 0, size);
        if (!kernel_row_valid(call, i))
            continue;
        if (!constant)
            TRY(time_unit_find(kernel_str(call, 0, i), true, &unit, error));
        TRY(trunc_put(call, i, unit, &cache, error));
    }
    return STATUS_OK;
}

/* ---- date_bin ---- */

static bool floor_to(int64_t us, int64_t origin, int64_t width, int64_t *out)
{
    int64_t d;
    if (__builtin_sub_overflow(us, origin, &d))
        return false;
    *out = us - time_floor_mod(d, width);
    return true;
}

static int64_t month_index(int64_t us, int64_t *within)
{
    int64_t year, day = time_floor_div(us, DAY_US);
    unsigned month, of_month;
    date_to_civil(day, &year, &month, &of_month);
    *within = us - (day - of_month + 1) * DAY_US;
    return year * 12 + month - 1;
}

/* Bins of whole months: the origin plus a multiple of the width that is not after `us`. */
static bool floor_to_months(int64_t us, int64_t origin, int64_t width, int64_t *out)
{
    int64_t within, origin_within;
    int64_t months = month_index(us, &within) - month_index(origin, &origin_within);
    int64_t steps = time_floor_div(months, width) * width;
    for (int tries = 0; tries < 2; tries++, steps -= width) {
        if (steps > INT32_MAX || steps < INT32_MIN)
            return false;
        if (!timestamp_add_interval(origin, false, (struct interval){(int32_t)steps, 0, 0}, out))
            return false;
        if (*out <= us)
            return true;
    }
    return true;
}

static enum status bin_at(const struct kernel_call *call, size_t row, int64_t *out,
                          struct error *error)
{
    struct interval width = *(const struct interval *)kernel_value(call, 0, row);
    int64_t us = time_micros(call, 1, row), origin = 0, width_us;
    if (width.months && (width.days || width.micros))
        return error_set(error, STATUS_VALUE,
                         "a bin is months, or days and time, not both: %d months %d days",
                         width.months, width.days);
    if (__builtin_mul_overflow((int64_t)width.days, DAY_US, &width_us) ||
        __builtin_add_overflow(width_us, width.micros, &width_us))
        return kernel_out_of_range(error, "width of a bin");
    if (width.months < 0 || width_us < 0 || (width.months == 0 && width_us == 0))
        return error_set(error, STATUS_VALUE, "the width of a bin must be positive");
    if (call->n_args > 2)
        origin = time_micros(call, 2, row);
    else if (width_us && width_us % (7 * DAY_US) == 0)
        origin = 4 * DAY_US; /* a Monday */
    bool ok = width.months ? floor_to_months(us, origin, width.months, out)
                           : floor_to(us, origin, width_us, out);
    return ok ? STATUS_OK : kernel_out_of_range(error, "date_bin");
}

enum status time_bin(struct kernel_call *call, struct error *error)
{
    for (size_t i = 0; i < call->rows; i++) {
        int64_t us = 0;
        if (kernel_row_valid(call, i))
            TRY(bin_at(call, i, &us, error));
        if (!time_put(call, i, us))
            return kernel_out_of_range(error, "date_bin");
    }
    return STATUS_OK;
}

/* ---- date_diff ---- */

/* The number of the unit that holds the time, counted from some fixed one. */
static int64_t unit_number(enum time_unit unit, int64_t us, struct day_cache *c)
{
    if (unit <= UNIT_DAY)
        return time_floor_div(us, time_unit_us(unit));
    int64_t day = time_floor_div(us, DAY_US);
    if (unit == UNIT_WEEK)
        return time_floor_div(day + 3, 7);
    day_fill(c, day);
    switch (unit) {
    case UNIT_MONTH:
        return c->year * 12 + c->month;
    case UNIT_QUARTER:
        return c->year * 4 + (c->month - 1) / 3;
    case UNIT_DECADE:
        return time_floor_div(c->year, 10);
    case UNIT_CENTURY:
        return time_floor_div(c->year - 1, 100);
    case UNIT_MILLENNIUM:
        return time_floor_div(c->year - 1, 1000);
    default:
        return c->year;
    }
}

/* Hours and less are counted in elapsed time, days and more on the wall clock. */
enum status time_diff(struct kernel_call *call, struct error *error)
{
    enum time_unit unit = UNIT_DAY;
    struct day_cache days = {.filled = false};
    size_t cache = 0;
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        TRY(time_unit_find(kernel_str(call, 0, i), true, &unit, error));
        bool wall = unit > UNIT_HOUR;
        int64_t a = wall ? time_wall(call, 1, i, &cache) : time_micros(call, 1, i);
        int64_t b = wall ? time_wall(call, 2, i, &cache) : time_micros(call, 2, i);
        int64_t from = unit_number(unit, a, &days);
        if (__builtin_sub_overflow(unit_number(unit, b, &days), from, &out[i]))
            return kernel_out_of_range(error, "date_diff");
    }
    return STATUS_OK;
}
