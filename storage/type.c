/* type.c - names of types both ways, and their physical layouts. */
#include "storage/type.h"

#include <stdio.h>

#include "storage/column.h" /* struct text, for its size */

enum { TYPE_WORDS_SIZE = 64 };

static const enum physical physical_of_id[] = {
#define X(id, name, physical) PHYSICAL_##physical,
    TYPE_LIST(X)
#undef X
};
static_assert(ARRAY_LENGTH(physical_of_id) == TYPE_COUNT, "a layout for each type");

static const char *const names[] = {
#define X(id, name, physical) name,
    TYPE_LIST(X)
#undef X
};

static const uint8_t sizes[] = {
#define X(id, ctype) sizeof(ctype),
    PHYSICAL_LIST(X)
#undef X
};
static_assert(sizeof(struct interval) == 16, "intervals are 16 bytes");

enum physical type_physical(struct type type)
{
    assert(type.id < TYPE_COUNT);
    if (type.id == TYPE_DECIMAL && type.precision > DECIMAL_PRECISION_SMALL)
        return PHYSICAL_I128;
    return physical_of_id[type.id];
}

size_t physical_size(enum physical physical)
{
    assert(physical < PHYSICAL_COUNT);
    return sizes[physical];
}

bool type_equal(struct type a, struct type b)
{
    if (a.id != b.id)
        return false;
    if (a.id == TYPE_DECIMAL)
        return a.scale == b.scale && type_physical(a) == type_physical(b);
    return type_is_nanos(a) == type_is_nanos(b);
}

const char *type_name(struct type type, char out[TYPE_NAME_SIZE])
{
    const char *name = names[type.id];
    bool has_digits = type.precision != TIMESTAMP_PRECISION_DEFAULT;
    if (type.id == TYPE_DECIMAL)
        snprintf(out, TYPE_NAME_SIZE, "DECIMAL(%u,%u)", type.precision, type.scale);
    else if (type.id == TYPE_VARCHAR && type.length > 0)
        snprintf(out, TYPE_NAME_SIZE, "VARCHAR(%u)", type.length);
    else if (type.id == TYPE_TIMESTAMPTZ && has_digits)
        snprintf(out, TYPE_NAME_SIZE, "TIMESTAMP(%u) WITH TIME ZONE", type.precision);
    else if ((type.id == TYPE_TIMESTAMP || type.id == TYPE_TIME) && has_digits)
        snprintf(out, TYPE_NAME_SIZE, "%s(%u)", name, type.precision);
    else
        snprintf(out, TYPE_NAME_SIZE, "%s", name);
    return out;
}

/* What the numbers in parentheses mean. */
enum type_args {
    ARGS_NONE,
    ARGS_WIDTH,  /* INT(11): taken as SQLite does, and meaningless */
    ARGS_LENGTH, /* VARCHAR(20) */
    ARGS_FLOAT,  /* FLOAT(24) is REAL, more bits are DOUBLE */
    ARGS_DECIMAL,
    ARGS_DIGITS, /* of the second's fraction */
    ARGS_FIXED,  /* TIMESTAMP_MS: the digits are in the word */
};

struct type_word {
    const char *words;
    uint8_t id;
    uint8_t args;
    uint8_t digits;
};

static const struct type_word type_words[] = {
    {"BOOLEAN", TYPE_BOOLEAN, ARGS_NONE, 0},
    {"BOOL", TYPE_BOOLEAN, ARGS_NONE, 0},
    {"LOGICAL", TYPE_BOOLEAN, ARGS_NONE, 0},
    {"TINYINT", TYPE_TINYINT, ARGS_WIDTH, 0},
    {"INT1", TYPE_TINYINT, ARGS_WIDTH, 0},
    {"SMALLINT", TYPE_SMALLINT, ARGS_WIDTH, 0},
    {"INT2", TYPE_SMALLINT, ARGS_WIDTH, 0},
    {"SHORT", TYPE_SMALLINT, ARGS_WIDTH, 0},
    {"INTEGER", TYPE_INTEGER, ARGS_WIDTH, 0},
    {"INT", TYPE_INTEGER, ARGS_WIDTH, 0},
    {"INT4", TYPE_INTEGER, ARGS_WIDTH, 0},
    {"SIGNED", TYPE_INTEGER, ARGS_WIDTH, 0},
    {"MEDIUMINT", TYPE_INTEGER, ARGS_WIDTH, 0},
    {"BIGINT", TYPE_BIGINT, ARGS_WIDTH, 0},
    {"INT8", TYPE_BIGINT, ARGS_WIDTH, 0},
    {"LONG", TYPE_BIGINT, ARGS_WIDTH, 0},
    {"REAL", TYPE_REAL, ARGS_NONE, 0},
    {"FLOAT4", TYPE_REAL, ARGS_NONE, 0},
    {"FLOAT", TYPE_DOUBLE, ARGS_FLOAT, 0},
    {"DOUBLE", TYPE_DOUBLE, ARGS_NONE, 0},
    {"DOUBLE PRECISION", TYPE_DOUBLE, ARGS_NONE, 0},
    {"FLOAT8", TYPE_DOUBLE, ARGS_NONE, 0},
    {"DECIMAL", TYPE_DECIMAL, ARGS_DECIMAL, 0},
    {"NUMERIC", TYPE_DECIMAL, ARGS_DECIMAL, 0},
    {"DEC", TYPE_DECIMAL, ARGS_DECIMAL, 0},
    {"VARCHAR", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"TEXT", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"STRING", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"CHAR", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"CHARACTER", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"BPCHAR", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"NCHAR", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"NVARCHAR", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"NATIVE CHARACTER", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"CHARACTER VARYING", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"VARYING CHARACTER", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"CLOB", TYPE_VARCHAR, ARGS_LENGTH, 0},
    {"BLOB", TYPE_BLOB, ARGS_LENGTH, 0},
    {"BYTEA", TYPE_BLOB, ARGS_LENGTH, 0},
    {"BYTES", TYPE_BLOB, ARGS_LENGTH, 0},
    {"BINARY", TYPE_BLOB, ARGS_LENGTH, 0},
    {"VARBINARY", TYPE_BLOB, ARGS_LENGTH, 0},
    {"DATE", TYPE_DATE, ARGS_NONE, 0},
    {"TIME", TYPE_TIME, ARGS_DIGITS, 0},
    {"TIME WITHOUT TIME ZONE", TYPE_TIME, ARGS_DIGITS, 0},
    {"TIMESTAMP", TYPE_TIMESTAMP, ARGS_DIGITS, 0},
    {"DATETIME", TYPE_TIMESTAMP, ARGS_DIGITS, 0},
    {"TIMESTAMP WITHOUT TIME ZONE", TYPE_TIMESTAMP, ARGS_DIGITS, 0},
    {"TIMESTAMP_NTZ", TYPE_TIMESTAMP, ARGS_DIGITS, 0},
    {"TIMESTAMP_S", TYPE_TIMESTAMP, ARGS_FIXED, 0},
    {"TIMESTAMP_MS", TYPE_TIMESTAMP, ARGS_FIXED, 3},
    {"TIMESTAMP_US", TYPE_TIMESTAMP, ARGS_FIXED, 6},
    {"TIMESTAMP_NS", TYPE_TIMESTAMP, ARGS_FIXED, 9},
    {"TIMESTAMP WITH TIME ZONE", TYPE_TIMESTAMPTZ, ARGS_DIGITS, 0},
    {"TIMESTAMP WITH LOCAL TIME ZONE", TYPE_TIMESTAMPTZ, ARGS_DIGITS, 0},
    {"TIMESTAMP_LTZ", TYPE_TIMESTAMPTZ, ARGS_DIGITS, 0},
    {"TIMESTAMPTZ", TYPE_TIMESTAMPTZ, ARGS_DIGITS, 0},
    {"INTERVAL", TYPE_INTERVAL, ARGS_NONE, 0},
    {"JSON", TYPE_JSON, ARGS_NONE, 0},
    {"JSONB", TYPE_JSON, ARGS_NONE, 0},
};

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Upper case, with single blanks between the words. False if it is longer than any name. */
static bool fold_words(struct str name, char out[TYPE_WORDS_SIZE])
{
    size_t n = 0;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];
        if (is_blank(c)) {
            if (n == 0 || out[n - 1] == ' ')
                continue;
            c = ' ';
        }
        if (n + 1 >= TYPE_WORDS_SIZE)
            return false;
        out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    if (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return true;
}

static bool apply_decimal(const int64_t *args, unsigned n_args, struct type *out)
{
    int64_t precision = n_args > 0 ? args[0] : DECIMAL_PRECISION_SMALL;
    int64_t scale = n_args > 1 ? args[1] : n_args == 1 ? 0 : 3;
    if (n_args > 2 || precision < 1 || precision > DECIMAL_PRECISION_MAX || scale < 0 ||
        scale > precision)
        return false;
    *out = type_decimal((unsigned)precision, (unsigned)scale);
    return true;
}

static bool apply_args(const struct type_word *word, const int64_t *args, unsigned n_args,
                       struct type *out)
{
    *out = type_of(word->id);
    int64_t arg = n_args > 0 ? args[0] : 0;
    switch ((enum type_args)word->args) {
    case ARGS_NONE:
        return n_args == 0;
    case ARGS_FIXED:
        out->precision = word->digits;
        return n_args == 0;
    case ARGS_WIDTH:
        return n_args == 0 || (n_args == 1 && arg >= 0 && arg <= UINT8_MAX);
    case ARGS_LENGTH:
        out->length = n_args > 0 && word->id == TYPE_VARCHAR ? (uint32_t)arg : 0;
        return n_args == 0 || (n_args == 1 && arg >= 1 && arg <= UINT32_MAX);
    case ARGS_FLOAT:
        if (n_args == 1 && arg <= 24)
            *out = type_of(TYPE_REAL);
        return n_args == 0 || (n_args == 1 && arg >= 1 && arg <= 53);
    case ARGS_DECIMAL:
        return apply_decimal(args, n_args, out);
    case ARGS_DIGITS:
        if (n_args > 1 || arg < 0 || arg > (word->id == TYPE_TIME ? 6 : 9))
            return false;
        if (n_args == 1)
            out->precision = (uint8_t)arg;
        return true;
    }
    return false;
}

bool type_parse(struct str name, const int64_t *args, unsigned n_args, struct type *out,
                bool *out_of_range)
{
    char words[TYPE_WORDS_SIZE];
    *out_of_range = false;
    if (!fold_words(name, words))
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(type_words); i++) {
        if (strcmp(words, type_words[i].words) != 0)
            continue;
        struct type type;
        if (!apply_args(&type_words[i], args, n_args, &type)) {
            *out_of_range = true;
            return false;
        }
        *out = type;
        return true;
    }
    return false;
}
