/* cast_text.c - casts from text and to text. The forms are those of storage/text_value.h. */
#include "exec/kernel/cast_int.h"
#include "exec/kernel/time_int.h"
#include "storage/text_value.h"

/* ---- from text ---- */

static struct str trimmed(struct str s)
{
    while (s.length && (unsigned char)s.data[0] <= ' ')
        s.data++, s.length--;
    while (s.length && (unsigned char)s.data[s.length - 1] <= ' ')
        s.length--;
    return s;
}

/* One text (without blanks around it) to a value stored at `out`; false if it is no such value. */
typedef bool parse_fn(const struct cast *cast, struct str s, void *out);

static bool parse_bool(const struct cast *cast, struct str s, void *out)
{
    (void)cast;
    bool v = false;
    bool ok = text_parse_bool(s.data, s.length, &v);
    *(uint8_t *)out = v;
    return ok;
}

#define PARSE_INTEGER(name, ctype, least, most)                                   \
    static bool parse_##name(const struct cast *cast, struct str s, void *out)    \
    {                                                                             \
        (void)cast;                                                               \
        int64_t v;                                                                \
        if (!text_parse_int64(s.data, s.length, &v) || v < (least) || v > (most)) \
            return false;                                                         \
        *(ctype *)out = (ctype)v;                                                 \
        return true;                                                              \
    }
PARSE_INTEGER(i8, int8_t, INT8_MIN, INT8_MAX)
PARSE_INTEGER(i16, int16_t, INT16_MIN, INT16_MAX)
PARSE_INTEGER(i32, int32_t, INT32_MIN, INT32_MAX)
PARSE_INTEGER(i64, int64_t, INT64_MIN, INT64_MAX)

static bool parse_double(const struct cast *cast, struct str s, void *out)
{
    (void)cast;
    return text_parse_double(s.data, s.length, out);
}

static bool parse_real(const struct cast *cast, struct str s, void *out)
{
    (void)cast;
    double v;
    if (!text_parse_double(s.data, s.length, &v))
        return false;
    *(float *)out = (float)v;
    return true;
}

static bool parse_decimal(const struct cast *cast, struct str s, void *out)
{
    struct type type = cast->out->type;
    int128_t v;
    if (!text_parse_decimal(s.data, s.length, type.precision, type.scale, &v))
        return false;
    if (type.precision > DECIMAL_PRECISION_SMALL)
        *(int128_t *)out = v;
    else
        *(int64_t *)out = (int64_t)v;
    return true;
}

static bool parse_date(const struct cast *cast, struct str s, void *out)
{
    (void)cast;
    if (text_parse_date(s.data, s.length, out))
        return true;
    int64_t us;
    bool has_zone;
    if (!text_parse_timestamp_us(s.data, s.length, false, &us, &has_zone))
        return false;
    *(int32_t *)out = (int32_t)time_floor_div(us, DAY_US);
    return true;
}

static bool parse_time(const struct cast *cast, struct str s, void *out)
{
    (void)cast;
    if (text_parse_time(s.data, s.length, out))
        return true;
    int64_t us;
    bool has_zone;
    if (!text_parse_timestamp_us(s.data, s.length, false, &us, &has_zone))
        return false;
    *(int64_t *)out = time_floor_mod(us, DAY_US);
    return true;
}

static bool parse_timestamp(const struct cast *cast, struct str s, void *out)
{
    struct type type = cast->out->type;
    bool has_zone, nanos = type_is_nanos(type);
    int64_t v;
    if (!text_parse_timestamp_us(s.data, s.length, nanos, &v, &has_zone))
        return false;
    if (type.id == TYPE_TIMESTAMPTZ && !has_zone) {
        int64_t us = nanos ? time_floor_div(v, 1000) : v, rest = nanos ? v - us * 1000 : 0;
        us = timezone_to_utc(cast->zone, us);
        v = nanos ? us * 1000 + rest : us;
    }
    unsigned digits = nanos ? 9 : 6;
    if (type.precision < digits)
        v -= time_floor_mod(v, (int64_t)kernel_pow10(digits - type.precision));
    *(int64_t *)out = v;
    return true;
}

static bool parse_interval(const struct cast *cast, struct str s, void *out)
{
    (void)cast;
    return text_parse_interval(s.data, s.length, NULL, out);
}

static parse_fn *const parsers[TYPE_COUNT] = {
    [TYPE_BOOLEAN] = parse_bool,        [TYPE_TINYINT] = parse_i8,
    [TYPE_SMALLINT] = parse_i16,        [TYPE_INTEGER] = parse_i32,
    [TYPE_BIGINT] = parse_i64,          [TYPE_REAL] = parse_real,
    [TYPE_DOUBLE] = parse_double,       [TYPE_DECIMAL] = parse_decimal,
    [TYPE_DATE] = parse_date,           [TYPE_TIME] = parse_time,
    [TYPE_TIMESTAMP] = parse_timestamp, [TYPE_TIMESTAMPTZ] = parse_timestamp,
    [TYPE_INTERVAL] = parse_interval,
};

/* Integers may be written as other numbers are, as long as it fits: '2.7' is 2, '1e3' is 1000. */
static bool parse_loosely(struct cast *cast, size_t row, struct str s, void *out)
{
    parse_fn *parse = parsers[cast->out->type.id];
    if (parse(cast, s, out))
        return true;
    (void)row;
    if (!type_is_integer(cast->out->type))
        return false;
    int128_t v;
    char digits[TEXT_VALUE_SIZE];
    if (!text_parse_decimal(s.data, s.length, DECIMAL_PRECISION_MAX, 9, &v))
        return false;
    size_t n = text_format_decimal(v / kernel_pow10(9), 0, digits);
    return parse(cast, (struct str){digits, n}, out);
}

static enum status text_to_value(struct cast *cast)
{
    size_t size = type_size(cast->out->type);
    bool is_json = cast->in->type.id == TYPE_JSON;
    struct bytes plain;
    bytes_init(&plain, NULL, "CAST");
    enum status status = STATUS_OK;
    for (size_t i = 0; i < cast->rows && status == STATUS_OK; i++) {
        char *out = (char *)cast->out->data + i * size;
        memset(out, 0, size);
        if (!cast_row_valid(cast, i))
            continue;
        struct str s = column_str(cast->in, i);
        if (is_json) {
            plain.length = 0;
            status = json_append_plain(s, &plain, cast->error);
            s = (struct str){plain.data, plain.length};
        }
        if (status == STATUS_OK && !parse_loosely(cast, i, trimmed(s), out)) {
            memset(out, 0, size);
            status = cast_refuse(cast, i);
        }
    }
    bytes_fini(&plain);
    return status;
}

static enum status text_to_json(struct cast *cast)
{
    struct text *out = cast->out->data;
    for (size_t i = 0; i < cast->rows; i++) {
        column_put_empty(cast->out, i);
        if (!cast_row_valid(cast, i))
            continue;
        if (json_is_valid(column_str(cast->in, i)))
            out[i] = ((const struct text *)cast->in->data)[i];
        else
            TRY(cast_refuse(cast, i));
    }
    return column_share_heaps(cast->out, cast->in, cast->error);
}

static enum status text_to_blob(struct cast *cast)
{
    memcpy(cast->out->data, cast->in->data, cast->rows * sizeof(struct text));
    return column_share_heaps(cast->out, cast->in, cast->error);
}

cast_fn *cast_from_text_find(struct type from, struct type to)
{
    if (from.id == TYPE_BLOB)
        return NULL;
    if (to.id == TYPE_JSON)
        return text_to_json;
    if (to.id == TYPE_BLOB)
        return from.id == TYPE_VARCHAR ? text_to_blob : NULL;
    return text_to_value;
}

/* ---- to text ---- */

/* Writes a value that is not text to `out` (TEXT_VALUE_SIZE bytes), returns the length. */
typedef size_t format_fn(const struct column *c, size_t row, const struct time_zone *zone,
                         char *out);

static size_t format_bool(const struct column *c, size_t row, const struct time_zone *zone,
                          char *out)
{
    (void)zone;
    bool v = ((const uint8_t *)c->data)[row];
    memcpy(out, v ? "true" : "false", 5);
    return v ? 4 : 5;
}

#define FORMAT_INTEGER(name, ctype)                                                               \
    static size_t format_##name(const struct column *c, size_t row, const struct time_zone *zone, \
                                char *out)                                                        \
    {                                                                                             \
        (void)zone;                                                                               \
        return text_format_int64(((const ctype *)c->data)[row], out);                             \
    }
FORMAT_INTEGER(i8, int8_t)
FORMAT_INTEGER(i16, int16_t)
FORMAT_INTEGER(i32, int32_t)
FORMAT_INTEGER(i64, int64_t)

static size_t format_real(const struct column *c, size_t row, const struct time_zone *zone,
                          char *out)
{
    (void)zone;
    return text_format_float(((const float *)c->data)[row], out);
}
static size_t format_double(const struct column *c, size_t row, const struct time_zone *zone,
                            char *out)
{
    (void)zone;
    return text_format_double(((const double *)c->data)[row], out);
}
static size_t format_decimal(const struct column *c, size_t row, const struct time_zone *zone,
                             char *out)
{
    (void)zone;
    return text_format_decimal(column_decimal(c, row), c->type.scale, out);
}
static size_t format_date(const struct column *c, size_t row, const struct time_zone *zone,
                          char *out)
{
    (void)zone;
    return text_format_date(((const int32_t *)c->data)[row], out);
}
static size_t format_time(const struct column *c, size_t row, const struct time_zone *zone,
                          char *out)
{
    (void)zone;
    return text_format_time(((const int64_t *)c->data)[row], out);
}
static size_t format_timestamp(const struct column *c, size_t row, const struct time_zone *zone,
                               char *out)
{
    (void)zone;
    return text_format_timestamp(((const int64_t *)c->data)[row], type_is_nanos(c->type), out);
}
static size_t format_moment(const struct column *c, size_t row, const struct time_zone *zone,
                            char *out)
{
    size_t cache = 0;
    int64_t v = ((const int64_t *)c->data)[row];
    bool nanos = type_is_nanos(c->type);
    int32_t offset = timezone_offset_at(zone, nanos ? time_floor_div(v, 1000) : v, &cache);
    int64_t shift = (int64_t)offset * (nanos ? 1000000000 : 1000000);
    size_t n = text_format_timestamp((int64_t)((uint64_t)v + (uint64_t)shift), nanos, out);
    return n + text_format_offset(offset, out + n);
}
static size_t format_interval(const struct column *c, size_t row, const struct time_zone *zone,
                              char *out)
{
    (void)zone;
    return text_format_interval(((const struct interval *)c->data)[row], out);
}

static format_fn *const formats[TYPE_COUNT] = {
    [TYPE_NULL] = format_bool,          [TYPE_BOOLEAN] = format_bool,
    [TYPE_TINYINT] = format_i8,         [TYPE_SMALLINT] = format_i16,
    [TYPE_INTEGER] = format_i32,        [TYPE_BIGINT] = format_i64,
    [TYPE_REAL] = format_real,          [TYPE_DOUBLE] = format_double,
    [TYPE_DECIMAL] = format_decimal,    [TYPE_DATE] = format_date,
    [TYPE_TIME] = format_time,          [TYPE_TIMESTAMP] = format_timestamp,
    [TYPE_TIMESTAMPTZ] = format_moment, [TYPE_INTERVAL] = format_interval,
};

enum status cast_append_text(const struct column *column, size_t row, const struct time_zone *zone,
                             struct bytes *out, struct error *error)
{
    if (type_is_text(column->type)) {
        struct str s = column_str(column, row);
        return bytes_append(out, s.data, s.length, error);
    }
    char text[TEXT_VALUE_SIZE];
    size_t n = formats[column->type.id](column, column_index(column, row), zone, text);
    return bytes_append(out, text, n, error);
}

static bool utf8_is_valid(struct str s)
{
    for (size_t at = 0; at < s.length;) {
        uint32_t code;
        unsigned n = utf8_decode(s.data + at, s.length - at, &code);
        if (n == 1 && code >= 0x80)
            return false;
        at += n;
    }
    return true;
}

static enum status blob_to_text(struct cast *cast)
{
    for (size_t i = 0; i < cast->rows; i++) {
        column_put_empty(cast->out, i);
        if (!cast_row_valid(cast, i))
            continue;
        if (utf8_is_valid(column_str(cast->in, i)))
            ((struct text *)cast->out->data)[i] = ((const struct text *)cast->in->data)[i];
        else if (cast->is_try)
            TRY(cast_refuse(cast, i));
        else
            return error_set(cast->error, STATUS_VALUE, "not text in UTF-8: a BLOB of %zu bytes",
                             column_str(cast->in, i).length);
    }
    return column_share_heaps(cast->out, cast->in, cast->error);
}

enum status cast_to_text(struct cast *cast)
{
    if (cast->in->type.id == TYPE_BLOB)
        return blob_to_text(cast);
    struct text_builder builder;
    text_builder_init(&builder, cast->out, "CAST");
    format_fn *format = formats[cast->in->type.id];
    for (size_t i = 0; i < cast->rows; i++) {
        char text[TEXT_VALUE_SIZE];
        column_put_empty(cast->out, i);
        if (cast_row_valid(cast, i)) {
            size_t n = format(cast->in, i, cast->zone, text);
            TRY(text_builder_put(&builder, i, text, n, cast->error));
        }
    }
    return STATUS_OK;
}

enum status cast_to_json(struct cast *cast)
{
    struct text_builder builder;
    struct bytes bytes;
    text_builder_init(&builder, cast->out, "CAST");
    bytes_init(&bytes, cast->context->budget, "CAST");
    enum status status = STATUS_OK;
    for (size_t i = 0; i < cast->rows && status == STATUS_OK; i++) {
        column_put_empty(cast->out, i);
        if (!cast_row_valid(cast, i))
            continue;
        bytes.length = 0;
        status = json_append_value(cast->in, i, cast->zone, &bytes, cast->error);
        if (status == STATUS_OK)
            status = text_builder_put(&builder, i, bytes.data, bytes.length, cast->error);
    }
    bytes_fini(&bytes);
    return status;
}
