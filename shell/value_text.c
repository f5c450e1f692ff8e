/* value_text.c - the values of an Arrow result as text and as JSON.
 *
 *   1. Fixed-size values are written into the writer's scratch, text is handed out where it lies.
 *   2. Nested values and blobs grow in the writer's bytes.
 *   3. A child of an array is read at its parent's row plus its parent's offset only where the layout says
 *      so (struct); a list gives its child rows itself. */
#include "shell/value_text.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"

enum { NESTING_MAX = 64 };

void value_writer_init(struct value_writer *writer, struct weir *db)
{
    writer->db = db;
    writer->failed = false;
    bytes_init(&writer->text, NULL, "shell");
}

void value_writer_fini(struct value_writer *writer)
{
    bytes_fini(&writer->text);
}

/* ---- compiling a schema ---- */

static int32_t metadata_int(const char **at)
{
    int32_t n;
    memcpy(&n, *at, sizeof n);
    *at += sizeof n;
    return n;
}

static bool schema_is_json(const struct ArrowSchema *schema)
{
    const char *at = schema->metadata;
    if (!at)
        return false;
    for (int32_t n = metadata_int(&at); n > 0; n--) {
        struct str key, value;
        key.length = (size_t)metadata_int(&at);
        key.data = at;
        at += key.length;
        value.length = (size_t)metadata_int(&at);
        value.data = at;
        at += value.length;
        if (str_equal(key, STR_LITERAL("ARROW:extension:name")) &&
            str_equal(value, STR_LITERAL("arrow.json")))
            return true;
    }
    return false;
}

static const struct {
    const char *format;
    enum value_kind kind;
    unsigned size, digits;
} formats[] = {
    {"n", VALUE_NULL, 0, 0},         {"b", VALUE_BOOL, 0, 0},
    {"c", VALUE_INT, 1, 0},          {"C", VALUE_UINT, 1, 0},
    {"s", VALUE_INT, 2, 0},          {"S", VALUE_UINT, 2, 0},
    {"i", VALUE_INT, 4, 0},          {"I", VALUE_UINT, 4, 0},
    {"l", VALUE_INT, 8, 0},          {"L", VALUE_UINT, 8, 0},
    {"f", VALUE_FLOAT, 4, 0},        {"g", VALUE_DOUBLE, 8, 0},
    {"u", VALUE_TEXT, 4, 0},         {"U", VALUE_TEXT, 8, 0},
    {"vu", VALUE_TEXT, 16, 0},       {"z", VALUE_BLOB, 4, 0},
    {"Z", VALUE_BLOB, 8, 0},         {"vz", VALUE_BLOB, 16, 0},
    {"tdD", VALUE_DATE, 4, 0},       {"tts", VALUE_TIME, 4, 0},
    {"ttm", VALUE_TIME, 4, 3},       {"ttu", VALUE_TIME, 8, 6},
    {"ttn", VALUE_TIME, 8, 9},       {"tin", VALUE_INTERVAL, 16, 0},
    {"+l", VALUE_LIST, 4, 0},        {"+L", VALUE_LIST, 8, 0},
    {"+s", VALUE_STRUCT, 0, 0},      {"tss:", VALUE_TIMESTAMP, 8, 0},
    {"tsm:", VALUE_TIMESTAMP, 8, 3}, {"tsu:", VALUE_TIMESTAMP, 8, 6},
    {"tsn:", VALUE_TIMESTAMP, 8, 9},
};

static bool type_parse_format(const char *format, struct value_type *type)
{
    int precision, scale, bits = 128;
    if (sscanf(format, "d:%d,%d,%d", &precision, &scale, &bits) >= 2 && bits == 128) {
        type->kind = VALUE_DECIMAL;
        type->size = 16;
        type->scale = scale;
        return true;
    }
    bool is_timestamp = strncmp(format, "ts", 2) == 0;
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
        bool same = is_timestamp ? strncmp(format, formats[i].format, 4) == 0
                                 : strcmp(format, formats[i].format) == 0;
        if (!same)
            continue;
        type->kind = formats[i].kind;
        type->size = formats[i].size;
        type->digits = formats[i].digits;
        if (is_timestamp && format[4])
            type->zone = format + 4;
        return true;
    }
    return false;
}

static enum status type_compile(const struct ArrowSchema *schema, unsigned depth,
                                struct arena *arena, struct value_type *type, struct error *error)
{
    type->name = schema->name ? schema->name : "";
    const struct ArrowSchema *values = schema->dictionary ? schema->dictionary : schema;
    if (depth > NESTING_MAX || !type_parse_format(values->format, type))
        return error_set(error, STATUS_UNSUPPORTED,
                         "not supported yet: column %s in Arrow format %s", type->name,
                         values->format);
    type->is_json = type->kind == VALUE_TEXT && (schema_is_json(schema) || schema_is_json(values));
    if (schema->dictionary) {
        type->index = ARENA_NEW(arena, struct value_type);
        if (!type_parse_format(schema->format, type->index))
            return error_set(error, STATUS_UNSUPPORTED, "not supported yet: dictionary index %s",
                             schema->format);
    }
    if (type->kind != VALUE_LIST && type->kind != VALUE_STRUCT)
        return arena_check(arena, error);
    type->n_children = (size_t)values->n_children;
    type->children = ARENA_ARRAY(arena, struct value_type, type->n_children);
    TRY(arena_check(arena, error));
    for (size_t i = 0; i < type->n_children; i++)
        TRY(type_compile(values->children[i], depth + 1, arena, &type->children[i], error));
    return STATUS_OK;
}

enum status value_types_compile(const struct ArrowSchema *schema, struct arena *arena,
                                struct value_type **types, size_t *count, struct error *error)
{
    struct value_type *row = ARENA_NEW(arena, struct value_type);
    TRY(arena_check(arena, error));
    TRY(type_compile(schema, 0, arena, row, error));
    *types = row->children;
    *count = row->n_children;
    return STATUS_OK;
}

bool value_type_is_number(const struct value_type *type)
{
    switch (type->kind) {
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_FLOAT:
    case VALUE_DOUBLE:
    case VALUE_DECIMAL:
        return true;
    default:
        return false;
    }
}

bool value_type_is_time(const struct value_type *type)
{
    return type->kind == VALUE_DATE || type->kind == VALUE_TIMESTAMP;
}

/* ---- reading values ---- */

static int64_t load_int(const struct value_type *type, const struct ArrowArray *array, int64_t row)
{
    const char *at = (const char *)array->buffers[1] + (size_t)(row + array->offset) * type->size;
    bool is_unsigned = type->kind == VALUE_UINT;
    union {
        int8_t i8;
        int16_t i16;
        int32_t i32;
        int64_t i64;
    } v;
    memcpy(&v, at, type->size);
    switch (type->size) {
    case 1:
        return is_unsigned ? (uint8_t)v.i8 : v.i8;
    case 2:
        return is_unsigned ? (uint16_t)v.i16 : v.i16;
    case 4:
        return is_unsigned ? (int64_t)(uint32_t)v.i32 : v.i32;
    default:
        return v.i64; /* the caller knows whether it is unsigned */
    }
}

static double load_double(const struct value_type *type, const struct ArrowArray *array,
                          int64_t row)
{
    if (type->kind == VALUE_FLOAT)
        return ((const float *)array->buffers[1])[row + array->offset];
    return ((const double *)array->buffers[1])[row + array->offset];
}

static bool load_bool(const struct ArrowArray *array, int64_t row)
{
    return bits_get(array->buffers[1], (size_t)(row + array->offset));
}

/* A value of the view layout: up to 12 bytes inline, else a buffer number and an offset into it. */
static struct str load_view(const struct ArrowArray *array, int64_t row)
{
    const char *view = (const char *)array->buffers[1] + (size_t)(row + array->offset) * 16;
    int32_t head[4];
    memcpy(head, view, sizeof head);
    if (head[0] <= 12)
        return (struct str){view + 4, (size_t)head[0]};
    return (struct str){(const char *)array->buffers[2 + head[2]] + head[3], (size_t)head[0]};
}

static void load_offsets(const struct value_type *type, const struct ArrowArray *array, int64_t row,
                         int64_t *start, int64_t *end)
{
    row += array->offset;
    if (type->size == 8) {
        const int64_t *offsets = array->buffers[1];
        *start = offsets[row];
        *end = offsets[row + 1];
    } else {
        const int32_t *offsets = array->buffers[1];
        *start = offsets[row];
        *end = offsets[row + 1];
    }
}

static struct str load_text(const struct value_type *type, const struct ArrowArray *array,
                            int64_t row)
{
    if (type->size == 16)
        return load_view(array, row);
    int64_t start, end;
    load_offsets(type, array, row, &start, &end);
    return (struct str){(const char *)array->buffers[2] + start, (size_t)(end - start)};
}

static bool array_is_null(const struct value_type *type, const struct ArrowArray *array,
                          int64_t row)
{
    if (type->kind == VALUE_NULL)
        return true;
    if (array->null_count == 0 || !array->buffers[0])
        return false;
    return !bits_get(array->buffers[0], (size_t)(row + array->offset));
}

/* Follows a dictionary: makes `*array` and `*row` those of the value itself. */
static bool value_resolve(const struct value_type *type, const struct ArrowArray **array,
                          int64_t *row)
{
    if (type->index) {
        if (array_is_null(type->index, *array, *row))
            return false;
        *row = load_int(type->index, *array, *row);
        *array = (*array)->dictionary;
    }
    return !array_is_null(type, *array, *row);
}

bool value_is_null(const struct value_type *type, const struct ArrowArray *array, int64_t row)
{
    return !value_resolve(type, &array, &row);
}

/* ---- writing: each gives the end of what it wrote ---- */

static char *put_unsigned(char *to, uint64_t n)
{
    char digits[20];
    size_t length = 0;
    do
        digits[length++] = (char)('0' + n % 10);
    while (n /= 10);
    while (length)
        *to++ = digits[--length];
    return to;
}

static char *put_signed(char *to, int64_t n)
{
    if (n < 0)
        *to++ = '-';
    return put_unsigned(to, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

static char *put_padded(char *to, uint64_t n, unsigned width)
{
    for (unsigned i = width; i-- > 0; n /= 10)
        to[i] = (char)('0' + n % 10);
    return to + width;
}

/* The fraction `n` of `digits` digits with its point, without trailing zeros; nothing if it is zero. */
static char *put_fraction(char *to, uint64_t n, unsigned digits)
{
    if (n == 0)
        return to;
    for (; n % 10 == 0; n /= 10)
        digits--;
    *to++ = '.';
    return put_padded(to, n, digits);
}

/* Digits and exponent to the notation: plain from 1e-4 to below 1e15 (as PostgreSQL does), else with an
 * exponent. */
static char *put_decimal_digits(char *to, const char *digits, int count, int exponent)
{
    if (exponent < -4 || exponent >= 15) {
        *to++ = digits[0];
        if (count > 1)
            *to++ = '.';
        memcpy(to, digits + 1, (size_t)count - 1);
        to += count - 1;
        *to++ = 'e';
        *to++ = exponent < 0 ? '-' : '+';
        unsigned e = (unsigned)abs(exponent);
        return e < 100 ? put_padded(to, e, 2) : put_unsigned(to, e);
    }
    if (exponent < 0) {
        *to++ = '0';
        *to++ = '.';
        for (int i = -1; i > exponent; i--)
            *to++ = '0';
        memcpy(to, digits, (size_t)count);
        return to + count;
    }
    for (int i = 0; i <= exponent; i++)
        *to++ = i < count ? digits[i] : '0';
    *to++ = '.';
    if (count <= exponent + 1)
        *to++ = '0';
    else
        memcpy(to, digits + exponent + 1, (size_t)(count - exponent - 1));
    return count <= exponent + 1 ? to : to + (count - exponent - 1);
}

/* A positive number as digits * 10^exponent. */
struct decimal {
    uint64_t digits;
    int exponent;
};

static bool is_multiple_within(uint64_t low, uint64_t high, uint64_t step)
{
    return high / step * step >= low;
}

/* The shortest decimal that no other number is nearer to, for x = c * 2^q from 1e-4 to below 1e15 with q < 0.
 * All numbers that read back as x lie between its neighbours' halfway points; scaled by 10^k these fit into
 * 128 bits with nothing cut off, so the largest power of ten with a multiple between them can be looked for
 * in whole numbers. `k` makes 17 digits or a few more (9 of a float): then there is one. */
static struct decimal shortest_decimal(uint64_t c, int q, bool is_lower_closer, unsigned k)
{
    uint128_t scale = 1;
    for (unsigned i = 0; i < k; i++)
        scale *= 10;
    unsigned shift = (unsigned)(2 - q);
    bool is_even = c % 2 == 0; /* the halfway points themselves read back as even numbers */
    uint128_t below = (4 * (uint128_t)c - (is_lower_closer ? 1 : 2)) * scale;
    uint128_t exact = 4 * (uint128_t)c * scale, above = (4 * (uint128_t)c + 2) * scale;
    uint128_t fraction = ((uint128_t)1 << shift) - 1;
    uint64_t low = (uint64_t)(below >> shift), high = (uint64_t)(above >> shift);
    low += (below & fraction) != 0 || !is_even;
    high -= (above & fraction) == 0 && !is_even;
    uint64_t step = 1;
    int exponent = -(int)k;
    while (is_multiple_within(low, high, step * 10)) {
        step *= 10;
        exponent++;
    }
    uint64_t down = (uint64_t)(exact >> shift) / step * step;
    uint128_t middle = ((uint128_t)down << shift) + ((uint128_t)step << (shift - 1));
    bool is_nearer = exact > middle || (exact == middle && down / step % 2 == 1);
    bool is_up = down < low || (is_nearer && down + step <= high);
    return (struct decimal){down / step + is_up, exponent};
}

/* Takes a positive number of the usual sizes apart for shortest_decimal; false for others. */
static bool shorten(double x, bool is_float, struct decimal *out)
{
    static const double powers[] = {1e-3, 1e-2, 1e-1, 1e0,  1e1,  1e2,  1e3,  1e4,  1e5, 1e6,
                                    1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int q, bits = is_float ? FLT_MANT_DIG : DBL_MANT_DIG;
    double significand = ldexp(frexp(x, &q), bits);
    unsigned above = 0; /* how many of the powers are not above x */
    q -= bits;
    if (!(x >= 1e-4 && x < 1e15) || q >= 0)
        return false;
    while (x >= powers[above])
        above++;
    uint64_t c = (uint64_t)significand;
    unsigned k = is_float ? 12 : 20; /* digits for the smallest */
    bool is_power_of_two = c == (uint64_t)1 << (bits - 1);
    if (above > k)
        return false;
    *out = shortest_decimal(c, q, is_power_of_two, k - above);
    return true;
}

/* The same for all numbers, by trying: as many digits as needed for reading the number back. */
static struct decimal shorten_slowly(double x, bool is_float)
{
    char text[40], digits[40];
    /* Any 15 digits (6 of a float) come back through a normal number; subnormal ones may need fewer. */
    bool is_subnormal = x < (is_float ? (double)FLT_MIN : DBL_MIN);
    for (int n = is_subnormal ? 1 : is_float ? 6 : 15; n <= 17; n++) {
        snprintf(text, sizeof text, "%.*e", n - 1, x);
        if (is_float ? strtof(text, NULL) == (float)x : strtod(text, NULL) == x)
            break;
    }
    char *e = strchr(text, 'e');
    int count = 0;
    for (char *p = text; p < e; p++)
        if (*p != '.')
            digits[count++] = *p;
    digits[count] = '\0';
    int exponent = (int)strtol(e + 1, NULL, 10);
    return (struct decimal){strtoull(digits, NULL, 10), exponent - count + 1};
}

/* The shortest text that reads back as the same number, with `.0` if it is whole. */
static char *put_double(char *to, double x, bool is_float)
{
    if (isnan(x)) {
        memcpy(to, "NaN", 3);
        return to + 3;
    }
    if (signbit(x)) {
        *to++ = '-';
        x = -x;
    }
    if (isinf(x)) {
        memcpy(to, "Infinity", 8);
        return to + 8;
    }
    char digits[24];
    struct decimal decimal = {0, 0};
    if (x > 0 && !shorten(x, is_float, &decimal))
        decimal = shorten_slowly(x, is_float);
    int count = (int)(put_unsigned(digits, decimal.digits) - digits);
    int exponent = decimal.exponent + count - 1; /* of the first digit */
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return put_decimal_digits(to, digits, count, exponent);
}

static char *put_decimal(char *to, int128_t value, int scale)
{
    char digits[48];
    int count = 0;
    uint128_t n = value < 0 ? 0 - (uint128_t)value : (uint128_t)value;
    if (value < 0)
        *to++ = '-';
    do
        digits[count++] = (char)('0' + (int)(n % 10));
    while (n /= 10);
    for (; scale < 0; scale++) { /* a negative scale: zeros at the end */
        memmove(digits + 1, digits, (size_t)count++);
        digits[0] = '0';
    }
    while (count <= scale)
        digits[count++] = '0';
    while (count > 0) {
        if (count == scale)
            *to++ = '.';
        *to++ = digits[--count];
    }
    return to;
}

/* days since 1970-01-01 to the calendar: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * civil_from_days. */
static char *put_date(char *to, int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    uint64_t doe = (uint64_t)(days - era * 146097);
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint64_t mp = (5 * doy + 2) / 153;
    uint64_t day = doy - (153 * mp + 2) / 5 + 1;
    uint64_t month = mp < 10 ? mp + 3 : mp - 9;
    int64_t year = (int64_t)yoe + era * 400 + (month <= 2);
    if (year < 0)
        *to++ = '-';
    uint64_t y = (uint64_t)(year < 0 ? -year : year);
    to = y < 10000 ? put_padded(to, y, 4) : put_unsigned(to, y);
    *to++ = '-';
    to = put_padded(to, month, 2);
    *to++ = '-';
    return put_padded(to, day, 2);
}

static int64_t power_of_ten(unsigned digits)
{
    int64_t power = 1;
    while (digits-- > 0)
        power *= 10;
    return power;
}

/* `seconds` of a day (or more, for intervals) as hh:mm:ss. */
static char *put_clock(char *to, uint64_t seconds)
{
    uint64_t hours = seconds / 3600;
    to = hours < 100 ? put_padded(to, hours, 2) : put_unsigned(to, hours);
    *to++ = ':';
    to = put_padded(to, seconds / 60 % 60, 2);
    *to++ = ':';
    return put_padded(to, seconds % 60, 2);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static char *put_zone_offset(char *to, int32_t offset)
{
    *to++ = offset < 0 ? '-' : '+';
    unsigned s = (unsigned)abs(offset);
    to = put_padded(to, s / 3600, 2);
    *to++ = ':';
    to = put_padded(to, s / 60 % 60, 2);
    if (s % 60) {
        *to++ = ':';
        to = put_padded(to, s % 60, 2);
    }
    return to;
}

static int32_t zone_offset(struct weir *db, const char *zone, int64_t seconds)
{
    int32_t offset = 0;
    if (strcmp(zone, "UTC") == 0 || !weir_zone_offset(db, zone, seconds * 1000000, &offset))
        return 0;
    return offset;
}

static char *put_timestamp(char *to, const struct value_type *type, struct weir *db, int64_t value)
{
    int64_t unit = power_of_ten(type->digits);
    int64_t seconds = floor_divide(value, unit);
    uint64_t fraction = (uint64_t)(value - seconds * unit);
    int32_t offset = type->zone ? zone_offset(db, type->zone, seconds) : 0;
    seconds += offset;
    int64_t days = floor_divide(seconds, 86400);
    to = put_date(to, days);
    *to++ = ' ';
    to = put_clock(to, (uint64_t)(seconds - days * 86400));
    to = put_fraction(to, fraction, type->digits);
    return type->zone ? put_zone_offset(to, offset) : to;
}

static char *put_time(char *to, const struct value_type *type, int64_t value)
{
    int64_t unit = power_of_ten(type->digits);
    to = put_clock(to, (uint64_t)(value / unit));
    return put_fraction(to, (uint64_t)(value % unit), type->digits);
}

static char *put_interval_part(char *to, const char *start, int32_t n, const char *unit)
{
    if (n == 0)
        return to;
    if (to > start)
        *to++ = ' ';
    to = put_signed(to, n);
    *to++ = ' ';
    for (; *unit; unit++)
        *to++ = *unit;
    if (n != 1 && n != -1)
        *to++ = 's';
    return to;
}

static char *put_interval(char *to, const struct ArrowArray *array, int64_t row)
{
    struct {
        int32_t months, days;
        int64_t nanoseconds;
    } v;
    memcpy(&v, (const char *)array->buffers[1] + (size_t)(row + array->offset) * sizeof v,
           sizeof v);
    const char *start = to;
    to = put_interval_part(to, start, v.months / 12, "year");
    to = put_interval_part(to, start, v.months % 12, "month");
    to = put_interval_part(to, start, v.days, "day");
    if (v.nanoseconds == 0 && to > start)
        return to;
    if (to > start)
        *to++ = ' ';
    if (v.nanoseconds < 0)
        *to++ = '-';
    uint64_t n = v.nanoseconds < 0 ? 0 - (uint64_t)v.nanoseconds : (uint64_t)v.nanoseconds;
    to = put_clock(to, n / 1000000000);
    return put_fraction(to, n % 1000000000, 9);
}

static char *put_fixed(char *to, const struct value_writer *writer, const struct value_type *type,
                       const struct ArrowArray *array, int64_t row)
{
    int128_t wide;
    const char *word;
    switch (type->kind) {
    case VALUE_BOOL:
        word = load_bool(array, row) ? "true" : "false";
        memcpy(to, word, strlen(word));
        return to + strlen(word);
    case VALUE_INT:
        return put_signed(to, load_int(type, array, row));
    case VALUE_UINT:
        return put_unsigned(to, (uint64_t)load_int(type, array, row));
    case VALUE_FLOAT:
    case VALUE_DOUBLE:
        return put_double(to, load_double(type, array, row), type->kind == VALUE_FLOAT);
    case VALUE_DECIMAL:
        memcpy(&wide, (const char *)array->buffers[1] + (size_t)(row + array->offset) * sizeof wide,
               sizeof wide);
        return put_decimal(to, wide, type->scale);
    case VALUE_DATE:
        return put_date(to, load_int(type, array, row));
    case VALUE_TIME:
        return put_time(to, type, load_int(type, array, row));
    case VALUE_TIMESTAMP:
        return put_timestamp(to, type, writer->db, load_int(type, array, row));
    case VALUE_INTERVAL:
        return put_interval(to, array, row);
    default:
        assert(false);
        return to;
    }
}

/* ---- growing text ---- */

static NOINLINE void grow_slowly(struct value_writer *writer, const void *data, size_t length)
{
    struct error ignored = {0}; /* large: not on the usual path */
    if (bytes_append(&writer->text, data, length, &ignored) != STATUS_OK)
        writer->failed = true;
}

static void grow(struct value_writer *writer, const void *data, size_t length)
{
    struct bytes *text = &writer->text;
    if (UNLIKELY(text->capacity - text->length < length)) {
        grow_slowly(writer, data, length);
    } else if (length > 0) {
        memcpy(text->data + text->length, data, length);
        text->length += length;
    }
}

static void grow_text(struct value_writer *writer, const char *text)
{
    grow(writer, text, strlen(text));
}

static void grow_hex(struct value_writer *writer, struct str blob)
{
    grow(writer, "x'", 2);
    for (size_t i = 0; i < blob.length; i++) {
        unsigned char byte = (unsigned char)blob.data[i];
        char hex[2] = {"0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
        grow(writer, hex, 2);
    }
    grow(writer, "'", 1);
}

size_t value_utf8_decode(const char *text, size_t length, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    if (length == 0)
        return 0;
    size_t n = p[0] < 0x80   ? 1
               : p[0] < 0xc2 ? 0
               : p[0] < 0xe0 ? 2
               : p[0] < 0xf0 ? 3
               : p[0] < 0xf5 ? 4
                             : 0;
    if (n == 0 || n > length)
        return 0;
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *point = c;
    return n;
}

/* Whether a byte can stand in a JSON string as it is without looking at its neighbours. */
static bool json_is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

typedef uint8_t block __attribute__((vector_size(16)));

/* Where the first byte of `s` from `at` stands that cannot stay as it is. */
static size_t json_plain_end(struct str s, size_t at)
{
    for (; at + sizeof(block) <= s.length; at += sizeof(block)) {
        block bytes, special;
        uint64_t words[2];
        memcpy(&bytes, s.data + at, sizeof bytes);
        special = (block)((bytes < 0x20) | (bytes > 0x7e) | (bytes == '"') | (bytes == '\\'));
        memcpy(words, &special, sizeof words);
        if (words[0] | words[1])
            break;
    }
    while (at < s.length && json_is_plain((unsigned char)s.data[at]))
        at++;
    return at;
}

static void grow_json_string(struct value_writer *writer, struct str s)
{
    grow(writer, "\"", 1);
    size_t at = 0;
    while (at < s.length) {
        size_t plain = json_plain_end(s, at);
        grow(writer, s.data + at, plain - at);
        at = plain;
        if (at == s.length)
            break;
        uint32_t point = 0;
        size_t n = value_utf8_decode(s.data + at, s.length - at, &point);
        const char *escapes = "\"\"\\\\\nn\tt\rr\bb\ff"; /* the character, its letter */
        char escaped[8];
        const char *found = n == 1 ? strchr(escapes, s.data[at]) : NULL;
        if (n == 0)
            grow(writer, "\xef\xbf\xbd", 3);
        else if (n > 1)
            grow(writer, s.data + at, n);
        else if (point != 0 && found && (found - escapes) % 2 == 0)
            grow(writer, (char[2]){'\\', found[1]}, 2);
        else
            grow(writer, escaped,
                 (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)point));
        at += MAX(n, (size_t)1);
    }
    grow(writer, "\"", 1);
}

static void grow_json(struct value_writer *writer, const struct value_type *type,
                      const struct ArrowArray *array, int64_t row);

static void grow_json_list(struct value_writer *writer, const struct value_type *type,
                           const struct ArrowArray *array, int64_t row)
{
    int64_t start, end;
    load_offsets(type, array, row, &start, &end);
    grow(writer, "[", 1);
    for (int64_t i = start; i < end; i++) {
        if (i > start)
            grow(writer, ",", 1);
        grow_json(writer, &type->children[0], array->children[0], i);
    }
    grow(writer, "]", 1);
}

static void grow_json_struct(struct value_writer *writer, const struct value_type *type,
                             const struct ArrowArray *array, int64_t row)
{
    grow(writer, "{", 1);
    for (size_t i = 0; i < type->n_children; i++) {
        if (i > 0)
            grow(writer, ",", 1);
        grow_json_string(writer, str_of(type->children[i].name));
        grow(writer, ":", 1);
        grow_json(writer, &type->children[i], array->children[i], row + array->offset);
    }
    grow(writer, "}", 1);
}

static bool number_is_finite(const struct value_type *type, const struct ArrowArray *array,
                             int64_t row)
{
    if (type->kind != VALUE_FLOAT && type->kind != VALUE_DOUBLE)
        return true;
    return isfinite(load_double(type, array, row));
}

static void grow_json(struct value_writer *writer, const struct value_type *type,
                      const struct ArrowArray *array, int64_t row)
{
    char fixed[128];
    struct str text;
    if (!value_resolve(type, &array, &row) || !number_is_finite(type, array, row)) {
        grow_text(writer, "null");
        return;
    }
    switch (type->kind) {
    case VALUE_LIST:
        grow_json_list(writer, type, array, row);
        return;
    case VALUE_STRUCT:
        grow_json_struct(writer, type, array, row);
        return;
    case VALUE_TEXT:
        text = load_text(type, array, row);
        if (type->is_json)
            grow(writer, text.data, text.length);
        else
            grow_json_string(writer, text);
        return;
    case VALUE_BLOB:
        grow(writer, "\"", 1);
        grow_hex(writer, load_text(type, array, row));
        grow(writer, "\"", 1);
        return;
    default:
        text.data = fixed;
        text.length = (size_t)(put_fixed(fixed, writer, type, array, row) - fixed);
        if (value_type_is_number(type) || type->kind == VALUE_BOOL)
            grow(writer, text.data, text.length);
        else
            grow_json_string(writer, text);
    }
}

/* ---- the doors ---- */

static struct str writer_text(const struct value_writer *writer)
{
    return (struct str){writer->text.data, writer->text.length};
}

struct str value_text(struct value_writer *writer, const struct value_type *type,
                      const struct ArrowArray *array, int64_t row)
{
    bool present = value_resolve(type, &array, &row);
    assert(present);
    (void)present;
    switch (type->kind) {
    case VALUE_TEXT:
        return load_text(type, array, row);
    case VALUE_BLOB:
        writer->text.length = 0;
        grow_hex(writer, load_text(type, array, row));
        return writer_text(writer);
    case VALUE_LIST:
    case VALUE_STRUCT:
        writer->text.length = 0;
        if (type->kind == VALUE_LIST)
            grow_json_list(writer, type, array, row);
        else
            grow_json_struct(writer, type, array, row);
        return writer_text(writer);
    default: {
        char *end = put_fixed(writer->scratch, writer, type, array, row);
        return (struct str){writer->scratch, (size_t)(end - writer->scratch)};
    }
    }
}

struct str value_json(struct value_writer *writer, const struct value_type *type,
                      const struct ArrowArray *array, int64_t row)
{
    writer->text.length = 0;
    grow_json(writer, type, array, row);
    return writer_text(writer);
}

struct str value_json_string(struct value_writer *writer, struct str text)
{
    writer->text.length = 0;
    grow_json_string(writer, text);
    return writer_text(writer);
}

double value_number(const struct value_type *type, const struct ArrowArray *array, int64_t row)
{
    if (!value_resolve(type, &array, &row))
        return NAN;
    int128_t wide;
    switch (type->kind) {
    case VALUE_INT:
        return (double)load_int(type, array, row);
    case VALUE_UINT:
        return (double)(uint64_t)load_int(type, array, row);
    case VALUE_FLOAT:
    case VALUE_DOUBLE:
        return load_double(type, array, row);
    case VALUE_DECIMAL:
        memcpy(&wide, (const char *)array->buffers[1] + (size_t)(row + array->offset) * sizeof wide,
               sizeof wide);
        return (double)wide / pow(10, type->scale);
    case VALUE_DATE:
        return 86400.0 * (double)load_int(type, array, row);
    case VALUE_TIMESTAMP:
        return (double)load_int(type, array, row) / (double)power_of_ten(type->digits);
    default:
        return NAN;
    }
}
