/* result.c - Arrow values to text by the rules of docs/DIALECT.md. Written apart from the shell's rendering,
 * so that one checks the other. */
#include "tests/slt/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/bits.h"

struct printer {
    struct arena *arena;
    enum result_style style;
    bool plain;
    struct strbuf out;
};

/* `text` is "d.ddde+xx" in the fewest digits: plain from 1e-4 to below 1e15, else as it is. */
static struct str number_text(struct arena *arena, char *text, double value)
{
    int exponent = atoi(strchr(text, 'e') + 1);
    int digits = (int)(strchr(text, 'e') - text) - (text[0] == '-') - (strchr(text, '.') != NULL);
    if (exponent >= -4 && exponent < 15)
        return str_of(arena_printf(arena, "%.*f", MAX(digits - 1 - exponent, 1), value));
    return str_of(arena_strdup(arena, text));
}

struct str result_double_text(struct arena *arena, double value)
{
    if (isnan(value))
        return str_of("nan");
    if (isinf(value))
        return str_of(value < 0 ? "-inf" : "inf");
    char text[40];
    for (int digits = 0; digits < 17; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return number_text(arena, text, value);
}

static struct str float_text(struct arena *arena, float value)
{
    if (!isfinite(value))
        return result_double_text(arena, (double)value);
    char text[40];
    for (int digits = 0; digits < 9; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    return number_text(arena, text, strtod(text, NULL));
}

/* Days since 1970 to the calendar (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
static void civil(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void put_date(struct printer *p, int64_t days)
{
    int64_t year;
    int month, day;
    civil(days, &year, &month, &day);
    strbuf_printf(&p->out, year < 0 ? "%05" PRId64 "-%02d-%02d" : "%04" PRId64 "-%02d-%02d", year,
                  month, day);
}

/* Time of day with its fraction, without trailing zeros; `digits` are those of `fraction`. */
static void put_clock(struct printer *p, int64_t seconds, int64_t fraction, int digits)
{
    strbuf_printf(&p->out, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
                  (int)(seconds % 60));
    if (fraction == 0)
        return;
    while (fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    strbuf_printf(&p->out, ".%0*" PRId64, digits, fraction);
}

static int64_t unit_of(char letter, int *digits)
{
    *digits = letter == 's' ? 0 : letter == 'm' ? 3 : letter == 'u' ? 6 : 9;
    return letter == 's' ? 1 : letter == 'm' ? 1000 : letter == 'u' ? 1000000 : 1000000000;
}

/* Seconds east of UTC at that moment, from the system's zone files. */
static long zone_offset(const char *zone, int64_t seconds)
{
    const char *current = getenv("TZ");
    if (!current || strcmp(current, zone) != 0) {
        setenv("TZ", zone, 1);
        tzset();
    }
    time_t moment = (time_t)seconds;
    struct tm local;
    return localtime_r(&moment, &local) ? local.tm_gmtoff : 0;
}

static void put_timestamp(struct printer *p, const char *format, int64_t value)
{
    int digits;
    int64_t unit = unit_of(format[2], &digits);
    const char *zone = format + 4;
    int64_t seconds = floor_div(value, unit), fraction = value - seconds * unit;
    long offset = 0;
    if (zone[0] == '+' || zone[0] == '-') {
        offset = (strtol(zone + 1, NULL, 10) * 60 +
                  (strlen(zone) > 4 ? strtol(zone + 4, NULL, 10) : 0)) *
                 60;
        offset = zone[0] == '-' ? -offset : offset;
    } else if (zone[0] && strcmp(zone, "UTC") != 0) {
        offset = zone_offset(zone, seconds);
    }
    seconds += offset;
    int64_t days = floor_div(seconds, 86400);
    put_date(p, days);
    strbuf_putc(&p->out, ' ');
    put_clock(p, seconds - days * 86400, fraction, digits);
    if (zone[0]) {
        long east = labs(offset);
        strbuf_printf(&p->out, "%c%02ld:%02ld", offset < 0 ? '-' : '+', east / 3600,
                      east / 60 % 60);
        if (east % 60)
            strbuf_printf(&p->out, ":%02ld", east % 60);
    }
}

static void put_part(struct printer *p, int64_t n, const char *unit)
{
    if (n == 0)
        return;
    if (p->out.length > 0)
        strbuf_putc(&p->out, ' ');
    strbuf_printf(&p->out, "%" PRId64 " %s%s", n, unit, n == 1 || n == -1 ? "" : "s");
}

static void put_interval(struct printer *p, const void *data)
{
    int32_t months, days;
    int64_t nanos;
    memcpy(&months, data, 4);
    memcpy(&days, (const char *)data + 4, 4);
    memcpy(&nanos, (const char *)data + 8, 8);
    put_part(p, months / 12, "year");
    put_part(p, months % 12, "month");
    put_part(p, days, "day");
    if (nanos == 0 && p->out.length > 0)
        return;
    if (p->out.length > 0)
        strbuf_putc(&p->out, ' ');
    uint64_t size = nanos < 0 ? 0 - (uint64_t)nanos : (uint64_t)nanos;
    if (nanos < 0)
        strbuf_putc(&p->out, '-');
    put_clock(p, (int64_t)(size / 1000000000), (int64_t)(size % 1000000000), 9);
}

static void put_decimal(struct printer *p, const char *format, const void *data)
{
    int scale = 0;
    const char *comma = strchr(format, ',');
    if (comma)
        scale = atoi(comma + 1);
    int128_t value;
    memcpy(&value, data, sizeof(value));
    uint128_t size = value < 0 ? 0 - (uint128_t)value : (uint128_t)value;
    char text[64];
    size_t at = sizeof(text);
    for (int digit = 0; size > 0 || digit <= scale; digit++) {
        if (scale > 0 && digit == scale)
            text[--at] = '.';
        text[--at] = (char)('0' + (int)(size % 10));
        size /= 10;
    }
    if (value < 0)
        text[--at] = '-';
    strbuf_add(&p->out, text + at, sizeof(text) - at);
}

static void put_text(struct printer *p, const char *data, size_t length)
{
    if (length == 0) {
        strbuf_puts(&p->out, "(empty)");
        return;
    }
    if (p->plain && data[length - 1] == '\n')
        length--; /* the line's end that the script has anyway */
    for (size_t i = 0; i < length; i++) {
        char c = data[i];
        if (p->plain)
            strbuf_putc(&p->out, c);
        else if (c == '\n')
            strbuf_puts(&p->out, "\\n");
        else if (c == '\t')
            strbuf_puts(&p->out, "\\t");
        else if (c == '\r')
            strbuf_puts(&p->out, "\\r");
        else if (c == '\0')
            strbuf_puts(&p->out, "\\x00");
        else
            strbuf_putc(&p->out, c);
    }
}

static void put_blob(struct printer *p, const char *data, size_t length)
{
    strbuf_puts(&p->out, "x'");
    for (size_t i = 0; i < length; i++)
        strbuf_printf(&p->out, "%02X", (unsigned char)data[i]);
    strbuf_putc(&p->out, '\'');
}

static int64_t load_integer(char format, const void *values, int64_t row)
{
    switch (format) {
    case 'c':
        return ((const int8_t *)values)[row];
    case 'C':
        return ((const uint8_t *)values)[row];
    case 's':
        return ((const int16_t *)values)[row];
    case 'S':
        return ((const uint16_t *)values)[row];
    case 'i':
        return ((const int32_t *)values)[row];
    case 'I':
        return ((const uint32_t *)values)[row];
    default:
        return ((const int64_t *)values)[row];
    }
}

static void put_bytes(struct printer *p, const char *format, const struct ArrowArray *array,
                      int64_t row)
{
    int64_t start, end;
    if (format[0] == 'U' || format[0] == 'Z') {
        start = ((const int64_t *)array->buffers[1])[row];
        end = ((const int64_t *)array->buffers[1])[row + 1];
    } else {
        start = ((const int32_t *)array->buffers[1])[row];
        end = ((const int32_t *)array->buffers[1])[row + 1];
    }
    const char *data = (const char *)array->buffers[2] + start;
    if (format[0] == 'z' || format[0] == 'Z')
        put_blob(p, data, (size_t)(end - start));
    else
        put_text(p, data, (size_t)(end - start));
}

static void put_boolean(struct printer *p, const void *values, int64_t row)
{
    bool on = bits_get(values, (size_t)row);
    strbuf_puts(&p->out, p->style == STYLE_WEIR ? (on ? "true" : "false") : (on ? "1" : "0"));
}

static bool is_null(const struct ArrowArray *array, int64_t row)
{
    return array->n_buffers > 0 && array->buffers[0] && !bits_get(array->buffers[0], (size_t)row);
}

/* The value of `row`, which counts from the array's offset. */
static void put_value(struct printer *p, const struct ArrowSchema *schema,
                      const struct ArrowArray *array, int64_t row)
{
    const char *format = schema->format;
    row += array->offset;
    if (format[0] == 'n' || is_null(array, row)) {
        strbuf_puts(&p->out, "NULL");
        return;
    }
    const void *values = array->n_buffers > 1 ? array->buffers[1] : NULL;
    if (schema->dictionary) {
        put_value(p, schema->dictionary, array->dictionary, load_integer(format[0], values, row));
    } else if (strchr("uUzZ", format[0])) {
        put_bytes(p, format, array, row);
    } else if (format[0] == 'b') {
        put_boolean(p, values, row);
    } else if (format[0] == 'g' || format[0] == 'f') {
        struct str text = format[0] == 'g'
                              ? result_double_text(p->arena, ((const double *)values)[row])
                              : float_text(p->arena, ((const float *)values)[row]);
        strbuf_add(&p->out, text.data, text.length);
    } else if (format[0] == 'd') {
        put_decimal(p, format, (const char *)values + row * 16);
    } else if (strcmp(format, "tdD") == 0) {
        put_date(p, ((const int32_t *)values)[row]);
    } else if (format[0] == 't' && format[1] == 't') {
        int digits;
        int64_t unit = unit_of(format[2], &digits);
        int64_t value = load_integer(strchr("sm", format[2]) ? 'i' : 'l', values, row);
        put_clock(p, value / unit, value % unit, digits);
    } else if (format[0] == 't' && format[1] == 's') {
        put_timestamp(p, format, ((const int64_t *)values)[row]);
    } else if (strcmp(format, "tin") == 0) {
        put_interval(p, (const char *)values + row * 16);
    } else if (strchr("cCsSiIlL", format[0]) && format[1] == '\0') {
        if (format[0] == 'L')
            strbuf_printf(&p->out, "%" PRIu64, ((const uint64_t *)values)[row]);
        else
            strbuf_printf(&p->out, "%" PRId64, load_integer(format[0], values, row));
    } else {
        strbuf_printf(&p->out, "(arrow format %s)", format);
    }
}

/* What sqllogictest prints for a value in a column of type `letter`. */
static struct str sqllogictest_text(struct arena *arena, struct str text, char letter)
{
    if (str_equal(text, str_of("NULL")))
        return text;
    const char *number = str_dup(arena, text);
    if (letter == 'I')
        return str_of(arena_printf(
            arena, "%lld",
            strpbrk(number, ".e") ? (long long)strtod(number, NULL) : strtoll(number, NULL, 10)));
    if (letter == 'R')
        return str_of(arena_printf(arena, "%.3f", strtod(number, NULL)));
    char *printable = str_dup(arena, text);
    for (size_t i = 0; i < text.length; i++)
        if (printable[i] < ' ' || printable[i] > '~')
            printable[i] = '@';
    return str_of(printable);
}

static void add_batch(struct printer *p, const struct ArrowSchema *schema,
                      const struct ArrowArray *array, struct str types, struct result *out)
{
    for (int64_t row = 0; row < array->length; row++) {
        for (int64_t column = 0; column < array->n_children; column++) {
            strbuf_init(&p->out, p->arena);
            put_value(p, schema->children[column], array->children[column], row + array->offset);
            struct str text = strbuf_str(&p->out);
            if (p->style == STYLE_SQLLOGICTEST && (size_t)column < types.length)
                text = sqllogictest_text(p->arena, text, types.data[column]);
            *ARRAY_PUSH(p->arena, &out->values) = text;
        }
        out->n_rows++;
    }
}

bool result_read(struct arena *arena, struct ArrowArrayStream *stream, enum result_style style,
                 struct str types, bool plain, struct result *out, struct weir_error *error)
{
    *out = (struct result){0};
    struct ArrowSchema schema = {0};
    struct printer printer = {.arena = arena, .style = style, .plain = plain};
    bool fine = stream->get_schema(stream, &schema) == 0;
    if (fine)
        out->n_columns = (size_t)schema.n_children;
    while (fine) {
        struct ArrowArray array = {0};
        fine = stream->get_next(stream, &array) == 0;
        if (!fine || !array.release)
            break;
        add_batch(&printer, &schema, &array, types, out);
        array.release(&array);
    }
    if (!fine)
        weir_stream_error(stream, error);
    if (schema.release)
        schema.release(&schema);
    stream->release(stream);
    return fine;
}
