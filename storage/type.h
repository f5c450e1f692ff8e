/* type.h - SQL types and how their values lie in memory.
 *
 * A type is a small value, passed by value. `precision` and `scale` are those of DECIMAL; for TIMESTAMP,
 * TIMESTAMPTZ and TIME `precision` is the count of fraction digits; for VARCHAR the declared length (0:
 * none; kept for DESCRIBE only).
 *
 *   BOOLEAN               uint8_t, 0 or 1 (one byte a row)
 *   TINYINT..BIGINT       int8_t int16_t int32_t int64_t
 *   REAL DOUBLE           float double
 *   DECIMAL(p<=18, s)     int64_t, the value times 10^s;  DECIMAL(p>18, s) int128_t
 *   VARCHAR BLOB JSON     struct text (16 bytes; column.h)
 *   DATE                  int32_t days since 1970-01-01
 *   TIME                  int64_t microseconds since midnight
 *   TIMESTAMP(p), TZ      int64_t since 1970-01-01 00:00 UTC: microseconds for p <= 6, else nanoseconds
 *   INTERVAL              struct interval (16 bytes)
 *   NULL                  the type of a bare NULL; stored as BOOLEAN, every row NULL */
#ifndef TYPE_H
#define TYPE_H

#include "base/str.h"

/* id, SQL name, physical layout */
#define TYPE_LIST(X)                                                    \
    X(NULL, "NULL", U8)                                                 \
    X(BOOLEAN, "BOOLEAN", U8)                                           \
    X(TINYINT, "TINYINT", I8)                                           \
    X(SMALLINT, "SMALLINT", I16)                                        \
    X(INTEGER, "INTEGER", I32)                                          \
    X(BIGINT, "BIGINT", I64)                                            \
    X(REAL, "REAL", F32)                                                \
    X(DOUBLE, "DOUBLE", F64)                                            \
    X(DECIMAL, "DECIMAL", I64) /* I128 past 18 digits: type_physical */ \
    X(VARCHAR, "VARCHAR", TEXT)                                         \
    X(BLOB, "BLOB", TEXT)                                               \
    X(DATE, "DATE", I32)                                                \
    X(TIME, "TIME", I64)                                                \
    X(TIMESTAMP, "TIMESTAMP", I64)                                      \
    X(TIMESTAMPTZ, "TIMESTAMP WITH TIME ZONE", I64)                     \
    X(INTERVAL, "INTERVAL", INTERVAL)                                   \
    X(JSON, "JSON", TEXT)

enum type_id {
#define X(id, name, physical) TYPE_##id,
    TYPE_LIST(X)
#undef X
        TYPE_COUNT
};

#define PHYSICAL_LIST(X) \
    X(U8, uint8_t)       \
    X(I8, int8_t)        \
    X(I16, int16_t)      \
    X(I32, int32_t)      \
    X(I64, int64_t)      \
    X(I128, int128_t)    \
    X(F32, float)        \
    X(F64, double)       \
    X(TEXT, struct text) \
    X(INTERVAL, struct interval)

enum physical {
#define X(id, ctype) PHYSICAL_##id,
    PHYSICAL_LIST(X)
#undef X
        PHYSICAL_COUNT
};

enum { DECIMAL_PRECISION_MAX = 38, DECIMAL_PRECISION_SMALL = 18, TIMESTAMP_PRECISION_DEFAULT = 6 };

struct type {
    uint8_t id; /* enum type_id */
    uint8_t precision;
    uint8_t scale;
    uint32_t length; /* VARCHAR(n) */
};

/* Months, days and microseconds are kept apart: a month is not a count of days, nor a day of hours.
 * Comparison takes a month as 30 days and a day as 24 hours, as PostgreSQL does. */
struct interval {
    int32_t months;
    int32_t days;
    int64_t micros;
};

static inline struct type type_of(enum type_id id)
{
    uint8_t precision = id == TYPE_TIMESTAMP || id == TYPE_TIMESTAMPTZ || id == TYPE_TIME
                            ? TIMESTAMP_PRECISION_DEFAULT
                            : 0;
    return (struct type){.id = (uint8_t)id, .precision = precision};
}
static inline struct type type_decimal(unsigned precision, unsigned scale)
{
    return (struct type){TYPE_DECIMAL, (uint8_t)precision, (uint8_t)scale, 0};
}
static inline struct type type_timestamp(enum type_id id, unsigned precision)
{
    return (struct type){.id = (uint8_t)id, .precision = (uint8_t)precision};
}
enum physical type_physical(struct type type);
size_t physical_size(enum physical physical); /* bytes a value */
static inline size_t type_size(struct type type)
{
    return physical_size(type_physical(type));
}
/* Equal for computing: same id, scale, decimal layout, and time unit. VARCHAR lengths do not count. */
bool type_equal(struct type a, struct type b);
static inline bool type_is_integer(struct type t)
{
    return t.id >= TYPE_TINYINT && t.id <= TYPE_BIGINT;
}
static inline bool type_is_number(struct type t)
{
    return t.id >= TYPE_TINYINT && t.id <= TYPE_DECIMAL;
}
static inline bool type_is_text(struct type t) /* stored as struct text */
{
    return t.id == TYPE_VARCHAR || t.id == TYPE_BLOB || t.id == TYPE_JSON;
}
static inline bool type_is_timestamp(struct type t)
{
    return t.id == TYPE_TIMESTAMP || t.id == TYPE_TIMESTAMPTZ;
}
static inline bool type_is_nanos(struct type t) /* timestamps that count nanoseconds */
{
    return type_is_timestamp(t) && t.precision > 6;
}
/* "DECIMAL(4,2)", "TIMESTAMP(3)", "VARCHAR(20)", "BIGINT": as DESCRIBE prints it. In `out`. */
enum { TYPE_NAME_SIZE = 48 };
const char *type_name(struct type type, char out[TYPE_NAME_SIZE]);
/* From SQL's words: `name` as written ("TIMESTAMP WITH TIME ZONE", "timestamptz", "int", "text", ...) and the
 * numbers in parentheses (count n_args, up to 2). False if there is no such type; TIMESTAMP_LTZ, STRING,
 * FLOAT, NUMERIC, INT2/4/8, CHAR, DATETIME and the like are known. Fails in `*out_of_range` for bad numbers. */
bool type_parse(struct str name, const int64_t *args, unsigned n_args, struct type *out,
                bool *out_of_range);

#endif
