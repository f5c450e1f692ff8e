/* text_time_format.c - dates, times, timestamps, offsets and intervals to text. */
#include "storage/text_value.h"

static char *put_pair(char *to, unsigned v)
{
    to[0] = (char)('0' + v / 10);
    to[1] = (char)('0' + v % 10);
    return to + 2;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* A point and `digits` digits without trailing zeros; nothing for 0. */
static char *put_fraction(char *to, uint64_t v, unsigned digits)
{
    if (v == 0)
        return to;
    while (v % 10 == 0) {
        v /= 10;
        digits--;
    }
    *to = '.';
    for (unsigned i = digits; i > 0; i--) {
        to[i] = (char)('0' + v % 10);
        v /= 10;
    }
    return to + digits + 1;
}

static char *put_date(char *to, int64_t days)
{
    int64_t year;
    unsigned month, day;
    date_to_civil(days, &year, &month, &day);
    if (year < 0) {
        *to++ = '-';
        year = -year;
    }
    if (year <= 9999) {
        to = put_pair(to, (unsigned)year / 100);
        to = put_pair(to, (unsigned)year % 100);
    } else {
        to += text_format_int64(year, to);
    }
    *to++ = '-';
    to = put_pair(to, month);
    *to++ = '-';
    return put_pair(to, day);
}

/* Seconds of one day as hh:mm:ss. */
static char *put_clock(char *to, unsigned seconds)
{
    to = put_pair(to, seconds / 3600);
    *to++ = ':';
    to = put_pair(to, seconds / 60 % 60);
    *to++ = ':';
    return put_pair(to, seconds % 60);
}

size_t text_format_date(int32_t days, char *out)
{
    return (size_t)(put_date(out, days) - out);
}

static size_t format_timestamp(int64_t v, int64_t per_second, unsigned digits, bool has_date,
                               char *out)
{
    int64_t seconds = floor_div(v, per_second);
    int64_t days = floor_div(seconds, 86400);
    char *to = out;
    if (has_date) {
        to = put_date(to, days);
        *to++ = ' ';
    }
    to = put_clock(to, (unsigned)(seconds - days * 86400));
    int64_t fraction = v % per_second;
    to = put_fraction(to, (uint64_t)(fraction < 0 ? fraction + per_second : fraction), digits);
    return (size_t)(to - out);
}

size_t text_format_time(int64_t micros, char *out)
{
    return format_timestamp(micros, 1000000, 6, false, out);
}

size_t text_format_timestamp(int64_t v, bool nanos, char *out)
{
    return nanos ? format_timestamp(v, 1000000000, 9, true, out)
                 : format_timestamp(v, 1000000, 6, true, out);
}

size_t text_format_offset(int32_t seconds, char *out)
{
    char *to = out;
    *to++ = seconds < 0 ? '-' : '+';
    unsigned v = seconds < 0 ? 0 - (unsigned)seconds : (unsigned)seconds;
    to = put_pair(to, v / 3600 % 100);
    *to++ = ':';
    to = put_pair(to, v / 60 % 60);
    if (v % 60 != 0) {
        *to++ = ':';
        to = put_pair(to, v % 60);
    }
    return (size_t)(to - out);
}

static char *put_part(char *to, const char *start, int32_t v, const char *unit)
{
    if (v == 0)
        return to;
    if (to > start)
        *to++ = ' ';
    to += text_format_int64(v, to);
    *to++ = ' ';
    size_t n = strlen(unit);
    memcpy(to, unit, n);
    to += n;
    if (v != 1 && v != -1)
        *to++ = 's';
    return to;
}

size_t text_format_interval(struct interval v, char *out)
{
    char *to = put_part(out, out, v.months / 12, "year");
    to = put_part(to, out, v.months % 12, "month");
    to = put_part(to, out, v.days, "day");
    if (v.micros == 0 && to > out)
        return (size_t)(to - out);
    if (to > out)
        *to++ = ' ';
    if (v.micros < 0)
        *to++ = '-';
    uint64_t micros = v.micros < 0 ? 0 - (uint64_t)v.micros : (uint64_t)v.micros;
    uint64_t seconds = micros / 1000000, hours = seconds / 3600;
    if (hours < 100)
        to = put_pair(to, (unsigned)hours);
    else
        to += text_format_int64((int64_t)hours, to);
    *to++ = ':';
    to = put_pair(to, (unsigned)(seconds / 60 % 60));
    *to++ = ':';
    to = put_pair(to, (unsigned)(seconds % 60));
    return (size_t)(put_fraction(to, micros % 1000000, 6) - out);
}
