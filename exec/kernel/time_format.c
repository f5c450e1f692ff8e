/* time_format.c - strftime and strptime.
 *
 * %Y year  %y of century  %m month  %d day  %e day without zero  %j of year  %H hour  %I of 12  %k %l without zero
 * %M minute  %S second  %p AM PM  %f seconds with three digits of fraction as SQLite has it, but the six digits
 * of microseconds right after a dot (%S.%f)  %L milliseconds  %N nanoseconds  %s seconds since 1970  %a %A day
 * %b %B %h month  %w weekday from Sunday 0  %u from Monday 1  %V ISO week  %G its year  %g its year of century
 * %U week from Sunday  %W from Monday  %J Julian day  %z offset  %Z zone  %F %T %R %D %c %x %X  %n %t %%
 * A - between % and the letter leaves out a leading zero. strptime takes %Y to %B, %f as any fraction, and %z. */
#include <ctype.h>
#include <stdio.h>

#include "exec/kernel/loop.h"
#include "exec/kernel/time_int.h"
#include "storage/text_value.h"

/* ---- strftime ---- */

struct moment {
    int64_t wall_us, utc_us, day, year;
    int64_t of_day; /* microseconds */
    unsigned nanos; /* below a microsecond */
    unsigned month, of_month;
    int32_t offset_s;
    const char *zone;
};

/* Digits filled up to `width` with zeros. */
static enum status number_add(struct text_out *out, int64_t v, unsigned width, bool plain,
                              struct error *error)
{
    char text[32], *end = text + sizeof text, *p = end;
    uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + u % 10);
    while (u /= 10);
    while (!plain && (size_t)(end - p) + (v < 0) < width)
        *--p = '0';
    if (v < 0)
        *--p = '-';
    return text_out_add(out, p, (size_t)(end - p), error);
}

static enum status blank_padded_add(struct text_out *out, int64_t v, bool plain,
                                    struct error *error)
{
    char text[32];
    int n = snprintf(text, sizeof text, plain ? "%lld" : "%2lld", (long long)v);
    return text_out_add(out, text, (size_t)n, error);
}

static enum status name_add(struct text_out *out, const char *name, size_t length,
                            struct error *error)
{
    return text_out_add(out, name, MIN(length, strlen(name)), error);
}

static int64_t day_of_year(const struct moment *m)
{
    return m->day - date_from_civil(m->year, 1, 1) + 1;
}

static int64_t second_of(const struct moment *m)
{
    return m->of_day / SECOND_US % 60;
}

static enum status fraction_add(struct text_out *out, const struct moment *m, bool after_dot,
                                struct error *error)
{
    char text[32];
    int n = after_dot ? snprintf(text, sizeof text, "%06lld", (long long)(m->of_day % SECOND_US))
                      : snprintf(text, sizeof text, "%02lld.%03lld", (long long)second_of(m),
                                 (long long)(m->of_day % SECOND_US / 1000));
    return text_out_add(out, text, (size_t)n, error);
}

static enum status offset_add(struct text_out *out, const struct moment *m, struct error *error)
{
    char text[TEXT_VALUE_SIZE];
    return text_out_add(out, text, text_format_offset(m->offset_s, text), error);
}

static enum status julian_add(struct text_out *out, const struct moment *m, struct error *error)
{
    char text[40];
    int n = snprintf(text, sizeof text, "%.16g", 2440587.5 + (double)m->wall_us / (double)DAY_US);
    return text_out_add(out, text, (size_t)n, error);
}

static enum status format_add(struct text_out *out, struct str format, const struct moment *m,
                              struct error *error);

/* Letters that give names or stand for formats of several parts. */
static enum status words_add(struct text_out *out, char letter, const struct moment *m,
                             struct error *error)
{
    const char *day = time_day_names[time_isodow(m->day) % 7];
    const char *month = time_month_names[m->month - 1];
    switch (letter) {
    case 'a':
        return name_add(out, day, 3, error);
    case 'A':
        return name_add(out, day, SIZE_MAX, error);
    case 'b':
    case 'h':
        return name_add(out, month, 3, error);
    case 'B':
        return name_add(out, month, SIZE_MAX, error);
    case 'p':
        return text_out_add(out, m->of_day < 12 * HOUR_US ? "AM" : "PM", 2, error);
    case 'F':
        return format_add(out, STR_LITERAL("%Y-%m-%d"), m, error);
    case 'T':
    case 'X':
        return format_add(out, STR_LITERAL("%H:%M:%S"), m, error);
    case 'R':
        return format_add(out, STR_LITERAL("%H:%M"), m, error);
    case 'D':
    case 'x':
        return format_add(out, STR_LITERAL("%m/%d/%y"), m, error);
    case 'c':
        return format_add(out, STR_LITERAL("%a %b %e %H:%M:%S %Y"), m, error);
    case 'z':
        return offset_add(out, m, error);
    case 'Z':
        return text_out_add(out, m->zone, strlen(m->zone), error);
    case 'J':
        return julian_add(out, m, error);
    case 'n':
        return text_out_add(out, "\n", 1, error);
    case 't':
        return text_out_add(out, "\t", 1, error);
    case '%':
        return text_out_add(out, "%", 1, error);
    default:
        return error_set(error, STATUS_VALUE, "strftime: unknown directive: %%%c",
                         isprint((unsigned char)letter) ? letter : '?');
    }
}

static enum status part_add(struct text_out *out, char letter, bool plain, const struct moment *m,
                            struct error *error)
{
    int64_t hour = m->of_day / HOUR_US, iso_year, weekday = time_isodow(m->day) % 7;
    unsigned iso_week = time_iso_week(m->day, &iso_year);
    switch (letter) {
    case 'Y':
        return number_add(out, m->year, 4, plain, error);
    case 'y':
        return number_add(out, time_floor_mod(m->year, 100), 2, plain, error);
    case 'C':
        return number_add(out, time_floor_div(m->year, 100), 2, plain, error);
    case 'm':
        return number_add(out, m->month, 2, plain, error);
    case 'd':
        return number_add(out, m->of_month, 2, plain, error);
    case 'e':
        return blank_padded_add(out, m->of_month, plain, error);
    case 'j':
        return number_add(out, day_of_year(m), 3, plain, error);
    case 'H':
        return number_add(out, hour, 2, plain, error);
    case 'k':
        return blank_padded_add(out, hour, plain, error);
    case 'I':
        return number_add(out, (hour + 11) % 12 + 1, 2, plain, error);
    case 'l':
        return blank_padded_add(out, (hour + 11) % 12 + 1, plain, error);
    case 'M':
        return number_add(out, m->of_day / MINUTE_US % 60, 2, plain, error);
    case 'S':
        return number_add(out, second_of(m), 2, plain, error);
    case 'L':
        return number_add(out, m->of_day % SECOND_US / 1000, 3, plain, error);
    case 'N':
        return number_add(out, m->of_day % SECOND_US * 1000 + m->nanos, 9, plain, error);
    case 's':
        return number_add(out, time_floor_div(m->utc_us, SECOND_US), 1, true, error);
    case 'w':
        return number_add(out, weekday, 1, plain, error);
    case 'u':
        return number_add(out, time_isodow(m->day), 1, plain, error);
    case 'V':
        return number_add(out, iso_week, 2, plain, error);
    case 'G':
        return number_add(out, iso_year, 4, plain, error);
    case 'g':
        return number_add(out, time_floor_mod(iso_year, 100), 2, plain, error);
    case 'U':
        return number_add(out, (day_of_year(m) + 6 - weekday) / 7, 2, plain, error);
    case 'W':
        return number_add(out, (day_of_year(m) + 6 - (weekday + 6) % 7) / 7, 2, plain, error);
    default:
        return words_add(out, letter, m, error);
    }
}

static enum status format_add(struct text_out *out, struct str format, const struct moment *m,
                              struct error *error)
{
    for (size_t at = 0; at < format.length; at++) {
        const char *percent = memchr(format.data + at, '%', format.length - at);
        size_t until = percent ? (size_t)(percent - format.data) : format.length;
        TRY(text_out_add(out, format.data + at, until - at, error));
        if (!percent)
            break;
        at = until + 1;
        bool plain = at < format.length && format.data[at] == '-';
        at += plain;
        if (at >= format.length)
            return error_set(error, STATUS_VALUE, "strftime: format ends with %%: " STR_FMT,
                             STR_ARG(format));
        char letter = format.data[at];
        if (letter == 'f')
            TRY(fraction_add(out, m, until > 0 && format.data[until - 1] == '.', error));
        else
            TRY(part_add(out, letter, plain, m, error));
    }
    return STATUS_OK;
}

static struct moment moment_of(const struct kernel_call *call, unsigned arg, size_t row)
{
    struct type type = call->args[arg]->type;
    int64_t v = kernel_i64(call, arg, row);
    size_t cache = 0;
    struct moment m = {.utc_us = time_micros(call, arg, row), .zone = ""};
    if (type_is_nanos(type))
        m.nanos = (unsigned)time_floor_mod(v, 1000);
    m.wall_us = m.utc_us;
    if (type.id == TYPE_TIMESTAMPTZ) {
        m.offset_s = timezone_offset_at(call->zone, m.utc_us, &cache);
        m.wall_us += (int64_t)m.offset_s * SECOND_US;
        m.zone = timezone_name(call->zone);
    }
    m.day = time_floor_div(m.wall_us, DAY_US);
    m.of_day = time_floor_mod(m.wall_us, DAY_US);
    date_to_civil(m.day, &m.year, &m.month, &m.of_month);
    return m;
}

static enum status row_strftime(struct kernel_call *call, struct text_out *out, size_t row,
                                struct error *error)
{
    unsigned time = call->args[0]->type.id == TYPE_VARCHAR;
    struct moment m = moment_of(call, time, row);
    return format_add(out, kernel_str(call, !time, row), &m, error);
}

enum status time_strftime(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_strftime, error);
}

/* ---- strptime ---- */

struct reading {
    const char *at, *end;
    int64_t year, epoch;
    unsigned month, day, of_year, hour, minute, second;
    int32_t micros, offset_s;
    bool has_epoch, pm, has_pm;
};

static bool read_number(struct reading *r, unsigned digits_max, int64_t *out)
{
    unsigned n = 0;
    for (*out = 0; n < digits_max && r->at < r->end && isdigit((unsigned char)*r->at); n++)
        *out = *out * 10 + (*r->at++ - '0');
    return n > 0;
}

static bool read_unsigned(struct reading *r, unsigned digits_max, unsigned most, unsigned *out)
{
    int64_t v;
    if (!read_number(r, digits_max, &v) || v > most)
        return false;
    *out = (unsigned)v;
    return true;
}

static bool read_signed(struct reading *r, unsigned digits_max, int64_t *out)
{
    bool negative = r->at < r->end && *r->at == '-';
    if (negative || (r->at < r->end && *r->at == '+'))
        r->at++;
    if (!read_number(r, digits_max, out))
        return false;
    if (negative)
        *out = -*out;
    return true;
}

static bool starts_nocase(const struct reading *r, const char *word, size_t n)
{
    return (size_t)(r->end - r->at) >= n &&
           str_equal_nocase((struct str){r->at, n}, (struct str){word, n});
}

/* A whole name or its first three letters; its number. */
static bool read_name(struct reading *r, const char *const *names, unsigned n_names, unsigned *out)
{
    for (unsigned whole = 0; whole < 2; whole++)
        for (unsigned i = 0; i < n_names; i++) {
            size_t n = whole ? 3 : strlen(names[i]);
            if (starts_nocase(r, names[i], n)) {
                r->at += n;
                *out = i;
                return true;
            }
        }
    return false;
}

static bool read_fraction(struct reading *r)
{
    unsigned n = 0;
    int32_t unit = 100000;
    for (r->micros = 0; r->at < r->end && isdigit((unsigned char)*r->at) && n < 9; n++, r->at++) {
        r->micros += (*r->at - '0') * unit;
        unit /= 10;
    }
    return n > 0;
}

/* Z, +hh, +hhmm, +hh:mm */
static bool read_offset(struct reading *r)
{
    unsigned hours, minutes = 0;
    if (r->at < r->end && (*r->at == 'Z' || *r->at == 'z')) {
        r->at++;
        r->offset_s = 0;
        return true;
    }
    if (r->at >= r->end || (*r->at != '+' && *r->at != '-'))
        return false;
    bool negative = *r->at++ == '-';
    if (!read_unsigned(r, 2, 18, &hours))
        return false;
    if (r->at < r->end && *r->at == ':')
        r->at++;
    if (r->at < r->end && isdigit((unsigned char)*r->at) && !read_unsigned(r, 2, 59, &minutes))
        return false;
    r->offset_s = (int32_t)(hours * 3600 + minutes * 60) * (negative ? -1 : 1);
    return true;
}

static bool read_format(struct reading *r, struct str format);

static bool read_year_of_century(struct reading *r)
{
    int64_t v;
    if (!read_number(r, 2, &v))
        return false;
    r->year = v + (v < 69 ? 2000 : 1900); /* POSIX */
    return true;
}

static bool read_half_day(struct reading *r)
{
    if (!starts_nocase(r, "AM", 2) && !starts_nocase(r, "PM", 2))
        return false;
    r->has_pm = true;
    r->pm = (*r->at | 32) == 'p';
    r->at += 2;
    return true;
}

static bool read_month_name(struct reading *r)
{
    unsigned i;
    if (!read_name(r, time_month_names, 12, &i))
        return false;
    r->month = i + 1;
    return true;
}

static bool read_blanks(struct reading *r)
{
    while (r->at < r->end && isspace((unsigned char)*r->at))
        r->at++;
    return true;
}

static bool read_part(struct reading *r, char letter)
{
    unsigned ignored;
    if (strchr("ekl", letter))
        read_blanks(r);
    switch (letter) {
    case 'Y':
        return read_signed(r, 6, &r->year);
    case 'y':
        return read_year_of_century(r);
    case 'm':
        return read_unsigned(r, 2, 12, &r->month);
    case 'd':
    case 'e':
        return read_unsigned(r, 2, 31, &r->day);
    case 'j':
        return read_unsigned(r, 3, 366, &r->of_year);
    case 'H':
    case 'k':
        return read_unsigned(r, 2, 23, &r->hour);
    case 'I':
    case 'l':
        return read_unsigned(r, 2, 12, &r->hour);
    case 'M':
        return read_unsigned(r, 2, 59, &r->minute);
    case 'S':
        return read_unsigned(r, 2, 59, &r->second);
    case 'f':
    case 'L':
    case 'N':
        return read_fraction(r);
    case 's':
        return r->has_epoch = read_signed(r, 18, &r->epoch);
    case 'p':
        return read_half_day(r);
    case 'a':
    case 'A':
        return read_name(r, time_day_names, 7, &ignored);
    case 'b':
    case 'B':
    case 'h':
        return read_month_name(r);
    case 'z':
        return read_offset(r);
    case 'F':
        return read_format(r, STR_LITERAL("%Y-%m-%d"));
    case 'T':
        return read_format(r, STR_LITERAL("%H:%M:%S"));
    case 'R':
        return read_format(r, STR_LITERAL("%H:%M"));
    case 'D':
        return read_format(r, STR_LITERAL("%m/%d/%y"));
    case 'n':
    case 't':
        return read_blanks(r);
    case '%':
        return r->at < r->end && *r->at++ == '%';
    default:
        return false;
    }
}

/* Blanks of the format stand for any blanks, none too. */
static bool read_format(struct reading *r, struct str format)
{
    for (size_t i = 0; i < format.length; i++) {
        char c = format.data[i];
        if (isspace((unsigned char)c)) {
            read_blanks(r);
        } else if (c == '%') {
            i++;
            if (i < format.length && format.data[i] == '-')
                i++;
            if (i >= format.length || !read_part(r, format.data[i]))
                return false;
        } else if (r->at >= r->end || *r->at++ != c) {
            return false;
        }
    }
    return true;
}

/* A letter that strptime does not know, or 0. */
static char unknown_letter(struct str format)
{
    for (size_t i = 0; i + 1 < format.length; i++)
        if (format.data[i] == '%') {
            i += format.data[i + 1] == '-' && i + 2 < format.length ? 2 : 1;
            if (!format.data[i] || !strchr("YymdejHkIlMSfLNspaAbBhzFTRDnt%", format.data[i]))
                return format.data[i] ? format.data[i] : '?';
        }
    return 0;
}

static bool reading_value(struct reading *r, int64_t *out)
{
    if (r->has_epoch)
        return !__builtin_mul_overflow(r->epoch, SECOND_US, out) &&
               !__builtin_add_overflow(*out, r->micros, out);
    if (r->has_pm)
        r->hour = r->hour % 12 + (r->pm ? 12 : 0);
    if (r->month < 1 || r->day < 1 || r->day > date_month_length(r->year, r->month) ||
        r->year > 290000 || r->year < -290000)
        return false;
    int64_t day = date_from_civil(r->year, r->month, r->day);
    if (r->of_year)
        day = date_from_civil(r->year, 1, 1) + r->of_year - 1;
    *out = day * DAY_US + ((int64_t)r->hour * 3600 + r->minute * 60 + r->second) * SECOND_US +
           r->micros - (int64_t)r->offset_s * SECOND_US;
    return true;
}

static bool strptime_value(struct str text, struct str format, int64_t *out)
{
    struct reading r = {
        .at = text.data, .end = text.data + text.length, .year = 1970, .month = 1, .day = 1};
    read_blanks(&r);
    if (!read_format(&r, format))
        return false;
    read_blanks(&r);
    return r.at == r.end && reading_value(&r, out);
}

enum status time_strptime(struct kernel_call *call, struct error *error)
{
    bool try = call->function == FUNCTION_TRY_STRPTIME, checked = false;
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        struct str text = kernel_str(call, 0, i), format = kernel_str(call, 1, i);
        char unknown = checked && column_is_constant(call->args[1]) ? 0 : unknown_letter(format);
        checked = true;
        if (unknown)
            return error_set(error, STATUS_VALUE, "strptime: unknown directive: %%%c", unknown);
        if (strptime_value(text, format, &out[i]))
            continue;
        out[i] = 0;
        if (!try)
            return error_set(error, STATUS_VALUE,
                             "strptime: '" STR_FMT "' does not fit the format: " STR_FMT,
                             STR_ARG(text), STR_ARG(format));
        TRY(kernel_set_null(call, i, error));
    }
    return STATUS_OK;
}
