/* text_value.h - values from text and values to text, one value at a time; the forms are those of docs/DIALECT.md.
 * Pure functions without allocation; inner loops of the readers and of CAST use them. Parsers take exactly the
 * bytes given (the caller trims blanks) and return false if they are no such value or out of range. */
#ifndef TEXT_VALUE_H
#define TEXT_VALUE_H

#include "storage/type.h"

bool text_parse_int64(const char *s, size_t n, int64_t *out); /* [+-]digits */
bool text_parse_double(const char *s, size_t n, double *out); /* also inf, infinity, nan */
bool text_parse_bool(const char *s, size_t n,
                     bool *out); /* true false t f yes no on off 1 0, any case */
/* [+-]digits[.digits][e..] scaled to `scale`, half away from zero; false if it takes more than `precision`. */
bool text_parse_decimal(const char *s, size_t n, unsigned precision, unsigned scale, int128_t *out);
bool text_parse_date(const char *s, size_t n, int32_t *out); /* YYYY-MM-DD, years -9999..9999+ */
bool text_parse_time(const char *s, size_t n, int64_t *out); /* hh:mm[:ss[.fffffffff]] */
/* ISO 8601: date, then `T` or blanks, time, fraction, and `Z` or +hh[:mm[:ss]]. Gives nanoseconds below the second
 * apart: *seconds since 1970 UTC after the offset, if any, was applied; *nanos 0..999999999; *has_zone. A bare
 * date is midnight. */
bool text_parse_timestamp(const char *s, size_t n, int64_t *seconds, int32_t *nanos,
                          bool *has_zone);
/* The same to one count in microseconds (nanos: nanoseconds); false when it does not fit. */
bool text_parse_timestamp_us(const char *s, size_t n, bool nanos, int64_t *out, bool *has_zone);
/* '1 hour 30 minutes', '10 seconds ago', '1-2' (years-months), '01:30:00', 'P1DT2H'; also bare numbers with the
 * `unit` of INTERVAL '10' SECOND: "year month week day hour minute second millisecond microsecond" (NULL: none). */
bool text_parse_interval(const char *s, size_t n, const char *unit, struct interval *out);

/* Formatters write to `out` (TEXT_VALUE_SIZE bytes are always enough), no NUL, and return the length. */
enum { TEXT_VALUE_SIZE = 80 };
size_t text_format_int64(int64_t v, char *out);
size_t text_format_double(double v,
                          char *out); /* shortest that reads back, .0 if whole, Infinity, NaN */
size_t text_format_float(float v, char *out);
size_t text_format_decimal(int128_t v, unsigned scale, char *out);
size_t text_format_date(int32_t days, char *out);
size_t text_format_time(int64_t micros, char *out);
size_t text_format_timestamp(int64_t v, bool nanos, char *out); /* 2026-11-22 07:04:00.12 */
size_t text_format_offset(int32_t seconds, char *out);          /* +01:00, -03:30, +00:00 */
size_t text_format_interval(struct interval v, char *out); /* 1 year 2 months 3 days 04:05:06.5 */

/* Proleptic Gregorian calendar (Hinnant's algorithms). Month 1..12, day 1..31. */
int64_t date_from_civil(int64_t year, unsigned month, unsigned day);
void date_to_civil(int64_t days, int64_t *year, unsigned *month, unsigned *day);
unsigned date_month_length(int64_t year, unsigned month);
/* days plus months, the day of month clipped to the month's length. */
int64_t date_add_months(int64_t days, int64_t months);
/* ts + interval, months first, then days, then micros; false on overflow. `nanos` as the type says. */
bool timestamp_add_interval(int64_t ts, bool nanos, struct interval v, int64_t *out);

#endif
