/* coerce.c - the lattice of types: integers widen to DECIMAL to DOUBLE, DATE to TIMESTAMP to TIMESTAMPTZ. */
#include "planner/coerce.h"

#include "planner/coerce_int.h"

unsigned coerce_integer_digits(struct type type)
{
    switch (type.id) {
    case TYPE_TINYINT:
        return 3;
    case TYPE_SMALLINT:
        return 5;
    case TYPE_INTEGER:
        return 10;
    default:
        return 19;
    }
}

struct type coerce_as_decimal(struct type type)
{
    if (type.id == TYPE_DECIMAL)
        return type;
    return type_decimal(type_is_integer(type) ? coerce_integer_digits(type) : 1, 0);
}

static struct type decimal_common(struct type a, struct type b)
{
    unsigned scale = MAX(a.scale, b.scale);
    unsigned digits = (unsigned)MAX(a.precision - a.scale, b.precision - b.scale);
    return type_decimal(MIN(digits + scale, (unsigned)DECIMAL_PRECISION_MAX), scale);
}

static bool number_common(struct type a, struct type b, struct type *out)
{
    if (type_is_integer(a) && type_is_integer(b))
        *out = a.id > b.id ? a : b;
    else if (a.id == TYPE_REAL && b.id == TYPE_REAL)
        *out = a;
    else if (a.id == TYPE_REAL || a.id == TYPE_DOUBLE || b.id == TYPE_REAL || b.id == TYPE_DOUBLE)
        *out = type_of(TYPE_DOUBLE);
    else
        *out = decimal_common(coerce_as_decimal(a), coerce_as_decimal(b));
    return true;
}

/* How far up DATE, TIMESTAMP, TIMESTAMPTZ; 0: none of them. */
static unsigned time_rank(struct type type)
{
    return type.id == TYPE_DATE          ? 1
           : type.id == TYPE_TIMESTAMP   ? 2
           : type.id == TYPE_TIMESTAMPTZ ? 3
                                         : 0;
}

static struct type time_common(struct type a, struct type b)
{
    struct type out = time_rank(a) >= time_rank(b) ? a : b;
    if (type_is_timestamp(out)) {
        unsigned pa = type_is_timestamp(a) ? a.precision : 0;
        unsigned pb = type_is_timestamp(b) ? b.precision : 0;
        out.precision = (uint8_t)MAX(pa, pb);
    }
    return out;
}

bool coerce_common(struct type a, struct type b, struct type *out)
{
    if (a.id == TYPE_NULL || b.id == TYPE_NULL) {
        *out = a.id == TYPE_NULL ? b : a;
        return true;
    }
    if (type_is_number(a) && type_is_number(b))
        return number_common(a, b, out);
    if (time_rank(a) && time_rank(b)) {
        *out = time_common(a, b);
        return true;
    }
    if (a.id == b.id) {
        *out = a;
        if (a.length != b.length)
            out->length = 0;
        out->precision = MAX(a.precision, b.precision);
        return true;
    }
    if ((a.id == TYPE_JSON && b.id == TYPE_VARCHAR) ||
        (a.id == TYPE_VARCHAR && b.id == TYPE_JSON)) {
        *out = type_of(TYPE_VARCHAR);
        return true;
    }
    return false;
}

bool coerce_literal_takes(struct type type)
{
    return time_rank(type) || type.id == TYPE_TIME || type.id == TYPE_INTERVAL ||
           type.id == TYPE_JSON;
}

bool coerce_cast_allowed(struct type from, struct type to)
{
    if (from.id == TYPE_NULL || from.id == to.id || to.id == TYPE_VARCHAR ||
        from.id == TYPE_VARCHAR)
        return true;
    bool from_number = type_is_number(from) || from.id == TYPE_BOOLEAN;
    bool to_number = type_is_number(to) || to.id == TYPE_BOOLEAN;
    if (from.id == TYPE_JSON)
        return to.id != TYPE_BLOB;
    if (to.id == TYPE_JSON)
        return from.id != TYPE_BLOB;
    if (from_number && to_number)
        return true;
    if (time_rank(from) && time_rank(to))
        return true;
    if (to.id == TYPE_TIME)
        return type_is_timestamp(from) || from.id == TYPE_INTERVAL;
    return from.id == TYPE_TIME && to.id == TYPE_INTERVAL;
}

bool coerce_implicit(struct type from, struct type to)
{
    if (from.id == TYPE_NULL)
        return true;
    if (from.id == TYPE_JSON && to.id == TYPE_VARCHAR)
        return true;
    struct type common;
    if (!coerce_common(from, to, &common) || common.id != to.id)
        return false;
    if (to.id != TYPE_DECIMAL)
        return true;
    struct type source = coerce_as_decimal(from);
    return source.scale <= to.scale && source.precision - source.scale <= to.precision - to.scale;
}
