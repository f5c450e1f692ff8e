/* cast.c - CAST and TRY_CAST: which loop, and casts between numbers.
 *
 * Loops of numbers run over all rows and gather whether some value did not fit; only then are the rows looked
 * at one by one. */
#include <math.h>

#include "exec/kernel/cast_int.h"
#include "storage/text_value.h"

enum status cast_refuse(struct cast *cast, size_t row)
{
    if (cast->is_try) {
        TRY(column_add_validity(cast->out, cast->error));
        bits_clear(cast->out->validity, row);
        return STATUS_OK;
    }
    enum { SHOWN = 60 };
    char name[TYPE_NAME_SIZE];
    struct bytes text;
    bytes_init(&text, NULL, "CAST");
    enum status status = cast_append_text(cast->in, row, cast->zone, &text, cast->error);
    if (status == STATUS_OK) {
        bool is_text = type_is_text(cast->in->type), cut = text.length > SHOWN;
        const char *quote = is_text ? "'" : "";
        status =
            error_set(cast->error, STATUS_VALUE, "%s %s: %s%.*s%s%s",
                      is_text ? "not a value of type" : "out of range of",
                      type_name(cast->out->type, name), quote, (int)MIN(text.length, (size_t)SHOWN),
                      text.length ? text.data : "", cut ? "..." : "", quote);
        error_hint(cast->error, "TRY_CAST gives NULL instead of an error");
    }
    bytes_fini(&text);
    return status;
}

/* ---- between integers, floats and booleans ---- */

/* letter, C type; BOOLEAN is U8 */
#define NUMBER_LIST(N) \
    N(U8, uint8_t)     \
    N(I8, int8_t)      \
    N(I16, int16_t)    \
    N(I32, int32_t)    \
    N(I64, int64_t)    \
    N(F32, float)      \
    N(F64, double)

/* Whether it fits, as a test that vectorizes. A float fits an integer if what is left of the point does. */
static inline bool fits_i8(int64_t x)
{
    return x >= INT8_MIN && x <= INT8_MAX;
}
static inline bool fits_i16(int64_t x)
{
    return x >= INT16_MIN && x <= INT16_MAX;
}
static inline bool fits_i32(int64_t x)
{
    return x >= INT32_MIN && x <= INT32_MAX;
}
static inline bool fits_between(double x, double above, double below)
{
    return x > above && x < below;
}
/* Infinity stays infinity, but a finite number must not become it. */
static inline bool fits_f32(double x)
{
    return !(fabs(x) > 3.4028235677973366e38) || isinf(x);
}

#define NUMBER_LOOP(from, ftype, to, ttype, FITS, VALUE)       \
    static enum status number_##from##_##to(struct cast *cast) \
    {                                                          \
        const ftype *restrict in = cast->in->data;             \
        ttype *restrict out = cast->out->data;                 \
        bool bad = false;                                      \
        for (size_t i = 0; i < cast->rows; i++) {              \
            const ftype x = in[i];                             \
            const bool fits = (FITS);                          \
            bad |= !fits;                                      \
            out[i] = (ttype)(fits ? (VALUE) : 0);              \
        }                                                      \
        if (LIKELY(!bad))                                      \
            return STATUS_OK;                                  \
        for (size_t i = 0; i < cast->rows; i++) {              \
            const ftype x = in[i];                             \
            (void)x;                                           \
            if (!(FITS) && cast_row_valid(cast, i))            \
                TRY(cast_refuse(cast, i));                     \
        }                                                      \
        return STATUS_OK;                                      \
    }

#define NUMBER_FROM_INTEGER(from, ftype)                   \
    NUMBER_LOOP(from, ftype, U8, uint8_t, true, x != 0)    \
    NUMBER_LOOP(from, ftype, I8, int8_t, fits_i8(x), x)    \
    NUMBER_LOOP(from, ftype, I16, int16_t, fits_i16(x), x) \
    NUMBER_LOOP(from, ftype, I32, int32_t, fits_i32(x), x) \
    NUMBER_LOOP(from, ftype, I64, int64_t, true, x)        \
    NUMBER_LOOP(from, ftype, F32, float, true, x)          \
    NUMBER_LOOP(from, ftype, F64, double, true, x)
#define NUMBER_FROM_FLOAT(from, ftype)                                                           \
    NUMBER_LOOP(from, ftype, U8, uint8_t, true, x != 0)                                          \
    NUMBER_LOOP(from, ftype, I8, int8_t, fits_between((double)x, -129.0, 128.0), x)              \
    NUMBER_LOOP(from, ftype, I16, int16_t, fits_between((double)x, -32769.0, 32768.0), x)        \
    NUMBER_LOOP(from, ftype, I32, int32_t, fits_between((double)x, -2147483649.0, 2147483648.0), \
                x)                                                                               \
    NUMBER_LOOP(from, ftype, I64, int64_t,                                                       \
                fits_between((double)x, -9223372036854777856.0, 9223372036854775808.0), x)       \
    NUMBER_LOOP(from, ftype, F32, float, fits_f32((double)x), x)                                 \
    NUMBER_LOOP(from, ftype, F64, double, true, x)

NUMBER_FROM_INTEGER(U8, uint8_t)
NUMBER_FROM_INTEGER(I8, int8_t)
NUMBER_FROM_INTEGER(I16, int16_t)
NUMBER_FROM_INTEGER(I32, int32_t)
NUMBER_FROM_INTEGER(I64, int64_t)
NUMBER_FROM_FLOAT(F32, float)
NUMBER_FROM_FLOAT(F64, double)

#define NUMBER_ROW(from, ftype)                                                              \
    [PHYSICAL_##                                                                             \
        from] = {[PHYSICAL_U8] = number_##from##_U8,   [PHYSICAL_I8] = number_##from##_I8,   \
                 [PHYSICAL_I16] = number_##from##_I16, [PHYSICAL_I32] = number_##from##_I32, \
                 [PHYSICAL_I64] = number_##from##_I64, [PHYSICAL_F32] = number_##from##_F32, \
                 [PHYSICAL_F64] = number_##from##_F64},
static cast_fn *const number_table[PHYSICAL_COUNT][PHYSICAL_COUNT] = {NUMBER_LIST(NUMBER_ROW)};

/* ---- DECIMAL ---- */

static int64_t integer_at(const struct column *c, size_t row)
{
    switch (type_physical(c->type)) {
    case PHYSICAL_U8:
        return ((const uint8_t *)c->data)[row];
    case PHYSICAL_I8:
        return ((const int8_t *)c->data)[row];
    case PHYSICAL_I16:
        return ((const int16_t *)c->data)[row];
    case PHYSICAL_I32:
        return ((const int32_t *)c->data)[row];
    default:
        return ((const int64_t *)c->data)[row];
    }
}

static enum status decimal_from_integer(struct cast *cast)
{
    struct type to = cast->out->type;
    for (size_t i = 0; i < cast->rows; i++) {
        int128_t r;
        bool fits = decimal_rescale(integer_at(cast->in, i), 0, to.scale, to.precision,
                                    DECIMAL_HALF_AWAY, &r);
        column_put_decimal(cast->out, i, fits ? r : 0);
        if (!fits && cast_row_valid(cast, i))
            TRY(cast_refuse(cast, i));
    }
    return STATUS_OK;
}

static enum status decimal_from_float(struct cast *cast)
{
    struct type to = cast->out->type;
    long double unit = (long double)kernel_pow10(to.scale);
    long double max = (long double)kernel_pow10(to.precision);
    bool is_real = cast->in->type.id == TYPE_REAL;
    for (size_t i = 0; i < cast->rows; i++) {
        double x = is_real ? (double)((const float *)cast->in->data)[i]
                           : ((const double *)cast->in->data)[i];
        long double r = roundl((long double)x * unit);
        bool fits = r > -max && r < max; /* not for NaN */
        column_put_decimal(cast->out, i, fits ? (int128_t)r : 0);
        if (!fits && cast_row_valid(cast, i))
            TRY(cast_refuse(cast, i));
    }
    return STATUS_OK;
}

static enum status decimal_from_decimal(struct cast *cast)
{
    struct type from = cast->in->type, to = cast->out->type;
    for (size_t i = 0; i < cast->rows; i++) {
        int128_t r;
        bool fits = decimal_rescale(column_decimal(cast->in, i), from.scale, to.scale, to.precision,
                                    DECIMAL_HALF_AWAY, &r);
        column_put_decimal(cast->out, i, fits ? r : 0);
        if (!fits && cast_row_valid(cast, i))
            TRY(cast_refuse(cast, i));
    }
    return STATUS_OK;
}

/* Exact operands give the nearest double by one division; bigger ones go through their digits. */
static double double_of_decimal(int128_t v, unsigned scale)
{
    const int128_t exact = (int128_t)1 << 53;
    if (v <= exact && v >= -exact && scale <= 22)
        return (double)v / (double)kernel_pow10(scale);
    char text[TEXT_VALUE_SIZE];
    double out = 0;
    size_t n = text_format_decimal(v, scale, text);
    if (!text_parse_double(text, n, &out))
        out = (double)v / (double)kernel_pow10(scale);
    return out;
}

static enum status decimal_to_float(struct cast *cast)
{
    unsigned scale = cast->in->type.scale;
    for (size_t i = 0; i < cast->rows; i++) {
        double v =
            cast_row_valid(cast, i) ? double_of_decimal(column_decimal(cast->in, i), scale) : 0;
        if (cast->out->type.id == TYPE_REAL)
            ((float *)cast->out->data)[i] = (float)v;
        else
            ((double *)cast->out->data)[i] = v;
    }
    return STATUS_OK;
}

static enum status decimal_to_bool(struct cast *cast)
{
    uint8_t *out = cast->out->data;
    for (size_t i = 0; i < cast->rows; i++)
        out[i] = column_decimal(cast->in, i) != 0;
    return STATUS_OK;
}

static bool integer_put(struct column *c, size_t row, int128_t v)
{
    switch (type_physical(c->type)) {
    case PHYSICAL_I8:
        ((int8_t *)c->data)[row] = (int8_t)v;
        return v >= INT8_MIN && v <= INT8_MAX;
    case PHYSICAL_I16:
        ((int16_t *)c->data)[row] = (int16_t)v;
        return v >= INT16_MIN && v <= INT16_MAX;
    case PHYSICAL_I32:
        ((int32_t *)c->data)[row] = (int32_t)v;
        return v >= INT32_MIN && v <= INT32_MAX;
    default:
        ((int64_t *)c->data)[row] = (int64_t)v;
        return v >= INT64_MIN && v <= INT64_MAX;
    }
}

static enum status decimal_to_integer(struct cast *cast)
{
    int128_t unit = kernel_pow10(cast->in->type.scale);
    for (size_t i = 0; i < cast->rows; i++)
        if (!integer_put(cast->out, i, column_decimal(cast->in, i) / unit) &&
            cast_row_valid(cast, i))
            TRY(cast_refuse(cast, i));
    return STATUS_OK;
}

cast_fn *cast_number_find(struct type from, struct type to)
{
    bool whole_from = type_is_integer(from) || from.id == TYPE_BOOLEAN;
    if (from.id == TYPE_DECIMAL && to.id == TYPE_DECIMAL)
        return decimal_from_decimal;
    if (to.id == TYPE_DECIMAL)
        return whole_from ? decimal_from_integer : decimal_from_float;
    if (from.id == TYPE_DECIMAL)
        return type_is_integer(to)     ? decimal_to_integer
               : to.id == TYPE_BOOLEAN ? decimal_to_bool
                                       : decimal_to_float;
    return number_table[type_physical(from)][type_physical(to)];
}

/* ---- dispatch ---- */

static bool is_number_or_bool(struct type type)
{
    return type_is_number(type) || type.id == TYPE_BOOLEAN;
}

/* The same bytes mean the same value. */
static bool same_values(struct type from, struct type to)
{
    if (from.id == TYPE_JSON && to.id == TYPE_VARCHAR)
        return true;
    if (from.id != to.id || !type_equal(from, to))
        return false;
    return from.precision <= to.precision;
}

static cast_fn *cast_find(struct type from, struct type to)
{
    if (to.id == TYPE_VARCHAR)
        return cast_to_text;
    if (type_is_text(from))
        return cast_from_text_find(from, to);
    if (to.id == TYPE_JSON)
        return cast_to_json;
    if (is_number_or_bool(from) && is_number_or_bool(to))
        return cast_number_find(from, to);
    return cast_time_find(from, to);
}

static enum status cast_run(struct column *in, cast_fn *fn, struct cast *cast, struct column **out)
{
    struct column *made;
    TRY(column_new(cast->out->type, cast->rows, cast->context->budget, "CAST", &made, cast->error));
    enum status status = STATUS_OK;
    if (in->validity) {
        status = column_add_validity(made, cast->error);
        if (status == STATUS_OK)
            memcpy(made->validity, in->validity, bits_size(cast->rows));
    }
    cast->out = made;
    if (status == STATUS_OK)
        status = fn(cast);
    if (status != STATUS_OK) {
        column_unref(made);
        return status;
    }
    made->encoding = in->encoding;
    made->length = in->length;
    *out = made;
    return STATUS_OK;
}

enum status kernel_cast(struct column *in, struct type type, bool is_try,
                        const struct time_zone *zone, const struct context *context,
                        struct column **out, struct error *error)
{
    if (in->type.id == TYPE_NULL)
        return column_new_constant(type, in->length, true, context->budget, out, error);
    if (same_values(in->type, type))
        return column_retype(in, type, out, error);
    cast_fn *fn = cast_find(in->type, type);
    if (!fn) {
        char from_name[TYPE_NAME_SIZE], to_name[TYPE_NAME_SIZE];
        return error_set(error, STATUS_TYPE, "cannot cast %s to %s", type_name(in->type, from_name),
                         type_name(type, to_name));
    }
    struct column shape = {.type = type};
    struct cast cast = {in,      &shape, column_is_constant(in) ? 1 : in->length, is_try, zone,
                        context, error};
    return cast_run(in, fn, &cast, out);
}
