/* text_time.c - dates, times, timestamps and intervals, from text and to text; calendar arithmetic. */
#include "storage/text_value.h"

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60, YEAR_DIGITS_MAX = 7 };
#define DAY_US    INT64_C(86400000000)
#define SECOND_US INT64_C(1000000)
#define SECOND_NS INT64_C(1000000000)

/* ---- Calendar ---- */

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil and civil_from_days. */
int64_t date_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int64_t)day_of_era - 719468;
}

void date_to_civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned day_of_era = (unsigned)(days - era * 146097);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted = (5 * day_of_year + 2) / 153; /* 0: March */
    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = (int64_t)year_of_era + era * 400 + (*month <= 2);
}

unsigned date_month_length(int64_t year, unsigned month)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && is_leap ? 29 : lengths[month - 1];
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t date_add_months(int64_t days, int64_t months)
{
    int64_t year;
    unsigned month, day;
    date_to_civil(days, &year, &month, &day);
    int64_t total = year * 12 + (int64_t)(month - 1) + months;
    year = floor_div(total, 12);
    month = (unsigned)(total - year * 12) + 1;
    unsigned length = date_month_length(year, month);
    return date_from_civil(year, month, MIN(day, length));
}

bool timestamp_add_interval(int64_t ts, bool nanos, struct interval v, int64_t *out)
{
    int64_t day = nanos ? DAY_US * 1000 : DAY_US;
    int128_t sum = ts;
    if (v.months != 0 || v.days != 0) {
        int64_t days = floor_div(ts, day);
        int64_t of_day = ts % day + (ts % day < 0 ? day : 0); /* days * day may not fit */
        if (v.months != 0)
            days = date_add_months(days, v.months);
        sum = ((int128_t)days + v.days) * day + of_day;
    }
    sum += nanos ? (int128_t)v.micros * 1000 : v.micros;
    *out = (int64_t)sum;
    return sum >= INT64_MIN && sum <= INT64_MAX;
}

/* ---- Parsing ---- */

/* What is left of the text. */
struct cursor {
    const char *at, *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char peek(const struct cursor *cursor)
{
    return cursor->at < cursor->end ? *cursor->at : '\0';
}

static bool skip_char(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && is_blank(*cursor->at))
        cursor->at++;
}

static bool is_at_end(const struct cursor *cursor)
{
    return cursor->at == cursor->end;
}

/* Between `least` and `most` digits. */
static bool read_digits(struct cursor *cursor, unsigned least, unsigned most, int64_t *out)
{
    int64_t value = 0;
    unsigned n = 0;
    while (n < most && cursor->at < cursor->end && is_digit(*cursor->at)) {
        value = value * 10 + (*cursor->at++ - '0');
        n++;
    }
    *out = value;
    return n >= least;
}

/* The digits after a point as billionths; those past the ninth are cut off. */
static bool read_fraction(struct cursor *cursor, int64_t *nanos)
{
    static const int32_t units[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                    10000,      1000,      100,      10,      1};
    int64_t value = 0;
    unsigned n = 0;
    for (; n < 9 && cursor->at < cursor->end && is_digit(*cursor->at); n++)
        value = value * 10 + (*cursor->at++ - '0');
    while (cursor->at < cursor->end && is_digit(*cursor->at))
        cursor->at++;
    value *= units[n];
    *nanos = value;
    return n > 0;
}

/* [-+]Y...Y-M[M]-D[D] */
static bool read_date(struct cursor *cursor, int64_t *days)
{
    bool is_negative = skip_char(cursor, '-');
    if (!is_negative)
        skip_char(cursor, '+');
    int64_t year, month, day;
    if (!read_digits(cursor, 4, YEAR_DIGITS_MAX, &year) || !skip_char(cursor, '-') ||
        !read_digits(cursor, 1, 2, &month) || !skip_char(cursor, '-') ||
        !read_digits(cursor, 1, 2, &day))
        return false;
    if (is_negative)
        year = -year;
    if (month < 1 || month > 12 || day < 1 || day > date_month_length(year, (unsigned)month))
        return false;
    *days = date_from_civil(year, (unsigned)month, (unsigned)day);
    return true;
}

/* hh:mm[:ss[.f]] */
static bool read_clock(struct cursor *cursor, int64_t *seconds, int64_t *nanos)
{
    int64_t hour, minute, second = 0;
    *nanos = 0;
    if (!read_digits(cursor, 1, 2, &hour) || !skip_char(cursor, ':') ||
        !read_digits(cursor, 2, 2, &minute))
        return false;
    if (skip_char(cursor, ':')) {
        if (!read_digits(cursor, 2, 2, &second))
            return false;
        if ((skip_char(cursor, '.') || skip_char(cursor, ',')) && !read_fraction(cursor, nanos))
            return false;
    }
    *seconds = hour * HOUR_S + minute * MINUTE_S + second;
    return hour < 24 && minute < 60 && second < 60;
}

/* Z, UTC, +hh, +hhmm, +hh:mm, +hh:mm:ss, in either case. Nothing: *has_zone is false. */
static bool read_zone(struct cursor *cursor, int64_t *offset, bool *has_zone)
{
    *offset = 0;
    *has_zone = false;
    skip_blanks(cursor);
    if (is_at_end(cursor))
        return true;
    *has_zone = true;
    if (skip_char(cursor, 'Z') || skip_char(cursor, 'z'))
        return true;
    if (cursor->end - cursor->at == 3 && (cursor->at[0] | 32) == 'u' &&
        (cursor->at[1] | 32) == 't' && (cursor->at[2] | 32) == 'c') {
        cursor->at += 3;
        return true;
    }
    bool is_negative = skip_char(cursor, '-');
    if (!is_negative && !skip_char(cursor, '+'))
        return false;
    int64_t hour, minute = 0, second = 0;
    if (!read_digits(cursor, 2, 2, &hour))
        return false;
    if (skip_char(cursor, ':')) {
        if (!read_digits(cursor, 2, 2, &minute))
            return false;
        if (skip_char(cursor, ':') && !read_digits(cursor, 2, 2, &second))
            return false;
    } else if (is_digit(peek(cursor)) && !read_digits(cursor, 2, 2, &minute)) {
        return false;
    }
    *offset = hour * HOUR_S + minute * MINUTE_S + second;
    if (is_negative)
        *offset = -*offset;
    return hour < 24 && minute < 60 && second < 60;
}

bool text_parse_date(const char *s, size_t n, int32_t *out)
{
    struct cursor cursor = {s, s + n};
    int64_t days;
    if (!read_date(&cursor, &days) || !is_at_end(&cursor) || days != (int32_t)days)
        return false;
    *out = (int32_t)days;
    return true;
}

bool text_parse_time(const char *s, size_t n, int64_t *out)
{
    struct cursor cursor = {s, s + n};
    int64_t seconds, nanos;
    if (!read_clock(&cursor, &seconds, &nanos) || !is_at_end(&cursor))
        return false;
    *out = seconds * SECOND_US + nanos / 1000;
    return true;
}

/* Two digits at `s`; anything else gives 100 or more. */
static unsigned pair(const char *s)
{
    unsigned tens = (unsigned)(unsigned char)s[0] - '0', ones = (unsigned)(unsigned char)s[1] - '0';
    return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

/* The usual shape, YYYY-MM-DDxhh:mm:ss; false for any other. */
static bool read_usual(const char *s, int64_t *seconds)
{
    if (s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':')
        return false;
    if (s[10] != 'T' && s[10] != ' ' && s[10] != 't')
        return false;
    unsigned century = pair(s), year = pair(s + 2), month = pair(s + 5), day = pair(s + 8);
    unsigned hour = pair(s + 11), minute = pair(s + 14), second = pair(s + 17);
    if (century > 99 || year > 99 || month - 1 > 11 || hour > 23 || minute > 59 || second > 59)
        return false;
    year += century * 100;
    if (day - 1 > 27 && (day == 0 || day > date_month_length(year, month)))
        return false;
    *seconds = date_from_civil(year, month, day) * DAY_S +
               (int64_t)(hour * HOUR_S + minute * MINUTE_S + second);
    return true;
}

bool text_parse_timestamp(const char *s, size_t n, int64_t *seconds, int32_t *nanos, bool *has_zone)
{
    enum { USUAL_LENGTH = 19 };
    struct cursor cursor = {s, s + n};
    int64_t total, fraction = 0, offset;
    if (LIKELY(n >= USUAL_LENGTH && read_usual(s, &total))) {
        cursor.at += USUAL_LENGTH;
        if ((skip_char(&cursor, '.') || skip_char(&cursor, ',')) &&
            !read_fraction(&cursor, &fraction))
            return false;
    } else {
        int64_t days, clock = 0;
        if (!read_date(&cursor, &days))
            return false;
        if (is_at_end(&cursor)) {
            *seconds = days * DAY_S;
            *nanos = 0;
            *has_zone = false;
            return true;
        }
        if (!skip_char(&cursor, 'T') && !skip_char(&cursor, 't') && !is_blank(peek(&cursor)))
            return false;
        skip_blanks(&cursor);
        if (!read_clock(&cursor, &clock, &fraction))
            return false;
        total = days * DAY_S + clock;
    }
    if (!read_zone(&cursor, &offset, has_zone) || !is_at_end(&cursor))
        return false;
    *seconds = total - offset;
    *nanos = (int32_t)fraction;
    return true;
}

bool text_parse_timestamp_us(const char *s, size_t n, bool nanos, int64_t *out, bool *has_zone)
{
    int64_t seconds;
    int32_t fraction;
    if (!text_parse_timestamp(s, n, &seconds, &fraction, has_zone))
        return false;
    int128_t value = nanos ? (int128_t)seconds * SECOND_NS + fraction
                           : (int128_t)seconds * SECOND_US + fraction / 1000;
    *out = (int64_t)value;
    return value >= INT64_MIN && value <= INT64_MAX;
}

/* ---- Intervals from text ---- */

struct interval_unit {
    const char *names; /* blank-separated, with a blank after each */
    int32_t months, days;
    int64_t micros;
};

static const struct interval_unit interval_units[] = {
    {"millennium millennia millenniums ", 12000, 0, 0},
    {"century centuries c ", 1200, 0, 0},
    {"decade decades dec decs ", 120, 0, 0},
    {"year years yr yrs y ", 12, 0, 0},
    {"quarter quarters ", 3, 0, 0},
    {"month months mon mons ", 1, 0, 0},
    {"week weeks w ", 0, 7, 0},
    {"day days d ", 0, 1, 0},
    {"hour hours hr hrs h ", 0, 0, HOUR_S *SECOND_US},
    {"minute minutes min mins m ", 0, 0, MINUTE_S *SECOND_US},
    {"second seconds sec secs s ", 0, 0, SECOND_US},
    {"millisecond milliseconds msec msecs ms ", 0, 0, 1000},
    {"microsecond microseconds usec usecs us ", 0, 0, 1},
};

static const struct interval_unit *find_unit(const char *s, size_t n)
{
    char word[16];
    if (n == 0 || n + 1 >= sizeof word)
        return NULL;
    for (size_t i = 0; i < n; i++)
        word[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i];
    word[n] = ' ';
    word[n + 1] = '\0';
    for (size_t i = 0; i < ARRAY_LENGTH(interval_units); i++) {
        const char *names = interval_units[i].names, *hit = names;
        while ((hit = strstr(hit, word)) != NULL) {
            if (hit == names || hit[-1] == ' ')
                return &interval_units[i];
            hit++;
        }
    }
    return NULL;
}

/* An interval while its parts are added up. */
struct interval_sum {
    int64_t months, days, micros;
};

static bool add_product(int64_t *sum, int64_t a, int64_t b)
{
    int64_t product;
    return !__builtin_mul_overflow(a, b, &product) && !__builtin_add_overflow(*sum, product, sum);
}

/* [+-]digits[.digits] with the sign kept apart, so that -0.5 keeps it. */
struct signed_number {
    int64_t sign, whole, nanos;
};

static bool read_number(struct cursor *cursor, struct signed_number *out)
{
    *out = (struct signed_number){.sign = skip_char(cursor, '-') ? -1 : 1};
    if (out->sign > 0)
        skip_char(cursor, '+');
    enum { WHOLE_DIGITS = 18 };
    bool has_whole = read_digits(cursor, 1, WHOLE_DIGITS, &out->whole);
    if (is_digit(peek(cursor)))
        return false;
    if (!skip_char(cursor, '.'))
        return has_whole;
    return read_fraction(cursor, &out->nanos) || has_whole;
}

/* Parts of a year go to months, parts of a month to days of a thirtieth, parts of a day to microseconds. */
static bool add_units(struct interval_sum *sum, const struct signed_number *number,
                      const struct interval_unit *unit)
{
    int64_t whole = number->sign * number->whole, nanos = number->sign * number->nanos;
    if (!add_product(&sum->months, whole, unit->months) ||
        !add_product(&sum->days, whole, unit->days) ||
        !add_product(&sum->micros, whole, unit->micros))
        return false;
    if (nanos == 0)
        return true;
    int64_t month_nanos = nanos * unit->months;
    if (unit->months > 1) {
        int64_t months = (month_nanos + number->sign * SECOND_NS / 2) / SECOND_NS;
        if (__builtin_add_overflow(sum->months, months, &sum->months))
            return false;
        month_nanos = 0;
    }
    int64_t day_nanos = nanos * unit->days + month_nanos * 30;
    if (__builtin_add_overflow(sum->days, day_nanos / SECOND_NS, &sum->days))
        return false;
    int128_t micro_nanos =
        (int128_t)(day_nanos % SECOND_NS) * DAY_US + (int128_t)nanos * unit->micros;
    return !__builtin_add_overflow(sum->micros, (int64_t)(micro_nanos / SECOND_NS), &sum->micros);
}

static bool finish_interval(const struct interval_sum *sum, bool is_negated, struct interval *out)
{
    int64_t sign = is_negated ? -1 : 1;
    int64_t micros;
    if (__builtin_mul_overflow(sum->micros, sign, &micros))
        return false;
    if (sum->months < -INT32_MAX || sum->months > INT32_MAX || sum->days < -INT32_MAX ||
        sum->days > INT32_MAX)
        return false;
    *out = (struct interval){(int32_t)(sum->months * sign), (int32_t)(sum->days * sign), micros};
    return true;
}

/* P1Y2M3W4DT5H6M7.8S, the P already read. */
static bool read_iso(struct cursor *cursor, struct interval_sum *sum)
{
    bool is_clock = false, has_any = false;
    while (!is_at_end(cursor)) {
        if (!is_clock && (skip_char(cursor, 'T') || skip_char(cursor, 't'))) {
            is_clock = true;
            has_any = false;
            continue;
        }
        struct signed_number number;
        if (!read_number(cursor, &number) || is_at_end(cursor))
            return false;
        char letter = (char)(*cursor->at++ & ~32);
        const char *name = NULL;
        if (is_clock)
            name = letter == 'H' ? "h" : letter == 'M' ? "m" : letter == 'S' ? "s" : NULL;
        else
            name = letter == 'Y'   ? "y"
                   : letter == 'M' ? "month"
                   : letter == 'W' ? "w"
                   : letter == 'D' ? "d"
                                   : NULL;
        if (!name || !add_units(sum, &number, find_unit(name, strlen(name))))
            return false;
        has_any = true;
    }
    return has_any;
}

/* [+-]h...h:mm[:ss[.f]]; hours may be many. */
static bool read_duration(struct cursor *cursor, struct interval_sum *sum)
{
    enum { HOUR_DIGITS = 10 };
    int64_t sign = skip_char(cursor, '-') ? -1 : 1, hour, minute, second = 0, nanos = 0;
    if (sign > 0)
        skip_char(cursor, '+');
    if (!read_digits(cursor, 1, HOUR_DIGITS, &hour) || !skip_char(cursor, ':') ||
        !read_digits(cursor, 1, 2, &minute) || minute > 59)
        return false;
    if (skip_char(cursor, ':')) {
        if (!read_digits(cursor, 1, 2, &second) || second > 59)
            return false;
        if (skip_char(cursor, '.') && !read_fraction(cursor, &nanos))
            return false;
    }
    int64_t seconds = hour * HOUR_S + minute * MINUTE_S + second;
    return add_product(&sum->micros, sign * seconds, SECOND_US) &&
           add_product(&sum->micros, sign, nanos / 1000);
}

/* [+-]years-months */
static bool read_year_month(struct cursor *cursor, struct interval_sum *sum)
{
    int64_t sign = skip_char(cursor, '-') ? -1 : 1, years, months;
    if (sign > 0)
        skip_char(cursor, '+');
    if (!read_digits(cursor, 1, YEAR_DIGITS_MAX, &years) || !skip_char(cursor, '-') ||
        !read_digits(cursor, 1, 2, &months) || months > 11)
        return false;
    return add_product(&sum->months, sign, years * 12 + months);
}

/* What the next part is, by the first sign after its digits. */
static char part_kind(const struct cursor *cursor)
{
    const char *at = cursor->at;
    if (at < cursor->end && (*at == '-' || *at == '+'))
        at++;
    while (at < cursor->end && is_digit(*at))
        at++;
    return at < cursor->end && (*at == ':' || *at == '-') ? *at : ' ';
}

static struct str read_word(struct cursor *cursor)
{
    const char *start = cursor->at;
    while (cursor->at < cursor->end && is_letter(*cursor->at))
        cursor->at++;
    return (struct str){start, (size_t)(cursor->at - start)};
}

/* One of: a clock, years-months, a number and its unit. A number without a unit counts days where a clock
 * follows it, as in '3 04:05:06'. */
static bool read_part(struct cursor *cursor, struct interval_sum *sum)
{
    char kind = part_kind(cursor);
    if (kind == ':')
        return read_duration(cursor, sum);
    if (kind == '-')
        return read_year_month(cursor, sum);
    struct signed_number number;
    if (!read_number(cursor, &number))
        return false;
    skip_blanks(cursor);
    struct str word = read_word(cursor);
    if (word.length == 0 && !is_at_end(cursor) && part_kind(cursor) == ':')
        word = STR_LITERAL("day");
    const struct interval_unit *unit = find_unit(word.data, word.length);
    return unit && add_units(sum, &number, unit);
}

static bool skip_ago(struct cursor *cursor)
{
    const char *at = cursor->at;
    if (cursor->end - at != 3 || (at[0] | 32) != 'a' || (at[1] | 32) != 'g' || (at[2] | 32) != 'o')
        return false;
    cursor->at += 3;
    return true;
}

static bool parse_parts(struct cursor *cursor, struct interval *out)
{
    struct interval_sum sum = {0};
    bool is_negated = false;
    if (skip_char(cursor, 'P') || skip_char(cursor, 'p'))
        return read_iso(cursor, &sum) && finish_interval(&sum, false, out);
    do {
        if (!read_part(cursor, &sum))
            return false;
        skip_blanks(cursor);
        is_negated = skip_ago(cursor);
    } while (!is_negated && !is_at_end(cursor));
    return finish_interval(&sum, is_negated, out);
}

bool text_parse_interval(const char *s, size_t n, const char *unit, struct interval *out)
{
    struct cursor cursor = {s, s + n};
    skip_blanks(&cursor);
    while (cursor.end > cursor.at && is_blank(cursor.end[-1]))
        cursor.end--;
    if (is_at_end(&cursor))
        return false;
    struct cursor bare = cursor;
    struct signed_number number;
    if (unit && read_number(&bare, &number) && is_at_end(&bare)) {
        const struct interval_unit *known = find_unit(unit, strlen(unit));
        struct interval_sum sum = {0};
        return known && add_units(&sum, &number, known) && finish_interval(&sum, false, out);
    }
    return parse_parts(&cursor, out);
}
