/* function.c - which overload takes these arguments, and what type the call has.
 *
 * Each argument has a cost for each signature code it could stand for; the overload with the least sum wins,
 * the first of equals. Costs are chosen so that exact types win, then DECIMAL over DOUBLE, then TIMESTAMP over
 * TIMESTAMPTZ; text literals come last. */
#include "planner/function.h"

#include <stdio.h>

#include "planner/coerce_int.h"
#include "planner/function_alias.h"
#include "storage/value.h"

const struct function_info function_info[FUNCTION_COUNT] = {
#define F(id, name, signature, flags, doc) {name, signature, flags, doc},
    FUNCTION_LIST(F)
#undef F
};

const struct aggregate_info aggregate_info[AGGREGATE_COUNT_] = {
#define A(id, name, args, result, flags, doc) {name, args, result, flags, doc},
    AGGREGATE_LIST(A)
#undef A
};

/* ---- names ---- */

struct function_alias {
    const char *alias, *name;
};

static const struct function_alias function_aliases[] = {
#define A(alias, name) {alias, name},
    FUNCTION_ALIAS_LIST(A)
#undef A
};

static const struct function_alias aggregate_aliases[] = {
    {"stddev", "stddev_samp"}, {"variance", "var_samp"}, {"group_concat", "string_agg"},
    {"listagg", "string_agg"}, {"mean", "avg"},          {"every", "bool_and"},
    {"max_by", "arg_max"},     {"min_by", "arg_min"},    {"argmax", "arg_max"},
    {"argmin", "arg_min"},
};

/* In byte order; a test compares it with the lists. */
/* clang-format off */
static const char *const all_names[] = {
    "abs", "acos", "age", "any_value", "arg_max", "arg_min", "argmax", "argmin", "ascii", "asin",
    "atan", "atan2", "avg", "base64", "bit_length", "bool_and", "bool_or", "btrim", "cbrt",
    "ceil", "ceiling", "char", "char_length", "character_length", "chr", "coalesce", "concat",
    "concat_ws", "contains", "cos", "cosh", "count", "current_date", "current_time",
    "current_timestamp", "date", "date_add", "date_bin", "date_diff", "date_part", "date_sub",
    "date_trunc", "datediff", "datepart", "datetrunc", "day", "dayname", "dayofmonth",
    "dayofweek", "dayofyear", "degrees", "dow", "doy", "ends_with", "epoch", "epoch_ms",
    "epoch_ns", "epoch_us", "every", "exp", "extract", "first", "floor", "format", "from_base64",
    "from_hex", "gcd", "greatest", "group_concat", "hex", "hour", "if", "ifnull", "iif",
    "initcap", "instr", "isfinite", "isinf", "isnan", "isodow", "json", "json_array",
    "json_array_length", "json_extract", "json_extract_path", "json_extract_path_text",
    "json_extract_string", "json_keys", "json_object", "json_quote", "json_type", "json_valid",
    "julianday", "last", "last_day", "lcase", "lcm", "least", "left", "len", "length",
    "like_escape", "listagg", "ln", "localtime", "localtimestamp", "log", "log10", "log2",
    "lower", "lpad", "ltrim", "make_date", "make_time", "make_timestamp", "max", "max_by", "md5",
    "mean", "microsecond", "millisecond", "min", "min_by", "minute", "mod", "month", "monthname",
    "now", "nullif", "nvl", "octet_length", "ord", "pi", "pow", "power", "prefix", "printf",
    "quarter", "quote", "radians", "random", "regexp_count", "regexp_extract", "regexp_like",
    "regexp_matches", "regexp_replace", "regexp_substr", "repeat", "replace", "reverse", "right",
    "round", "rpad", "rtrim", "second", "sha256", "sign", "sin", "sinh", "split_part", "sqrt",
    "starts_with", "stddev", "stddev_pop", "stddev_samp", "strftime", "string_agg", "strlen",
    "strpos", "strptime", "substr", "substring", "suffix", "sum", "tan", "tanh", "time",
    "time_bucket", "to_base64", "to_hex", "to_json", "to_timestamp", "today", "total",
    "transaction_timestamp", "translate", "trim", "trunc", "truncate", "try_strptime", "typeof",
    "ucase", "unhex", "unicode", "unixepoch", "upper", "url_decode", "url_encode", "var_pop",
    "var_samp", "variance", "week", "weekday", "weekofyear", "year",
};
/* clang-format on */

const char *function_canonical(struct str name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(function_aliases); i++)
        if (str_is(name, function_aliases[i].alias))
            return function_aliases[i].name;
    return NULL;
}

bool function_name_known(struct str name)
{
    const char *canonical = function_canonical(name);
    if (canonical)
        return true;
    for (unsigned i = 0; i < FUNCTION_COUNT; i++)
        if (!(function_info[i].flags & FUNCTION_OPERATOR) && str_is(name, function_info[i].name))
            return true;
    return false;
}

const char *const *function_names(size_t *count)
{
    *count = ARRAY_LENGTH(all_names);
    return all_names;
}

/* ---- signatures ---- */

struct signature {
    unsigned min, max; /* arguments; max UINT32_MAX: any number */
};

static struct signature signature_count(const char *s)
{
    struct signature n = {0, 0};
    bool optional = false;
    for (; *s && *s != ':'; s++) {
        if (*s == '?') {
            optional = true;
        } else if (*s == '*') {
            n.max = UINT32_MAX;
            if (!optional)
                n.min--;
        } else {
            n.max += n.max != UINT32_MAX;
            n.min += !optional;
        }
    }
    return n;
}

static char signature_code(const char *s, unsigned at)
{
    char last = 0;
    unsigned i = 0;
    for (; *s && *s != ':'; s++) {
        if (*s == '?')
            continue;
        if (*s == '*')
            return last;
        last = *s;
        if (i++ == at)
            return last;
    }
    return last;
}

static char signature_result(const char *s)
{
    return strchr(s, ':')[1];
}

enum { COST_NONE = 1000000 };

static unsigned cost_of_time(char code, struct type type)
{
    switch (code) {
    case 'S':
        return type.id == TYPE_TIMESTAMP     ? 0
               : type.id == TYPE_DATE        ? 2
               : type.id == TYPE_TIMESTAMPTZ ? 20
                                             : COST_NONE;
    case 'Z':
        return type.id == TYPE_TIMESTAMPTZ ? 0
               : type.id == TYPE_TIMESTAMP ? 4
               : type.id == TYPE_DATE      ? 5
                                           : COST_NONE;
    case 'D':
        return type.id == TYPE_DATE ? 0 : COST_NONE;
    case 'T':
        return type.id == TYPE_TIME ? 0 : COST_NONE;
    default:
        return type.id == TYPE_INTERVAL ? 0 : COST_NONE;
    }
}

static unsigned cost_of_literal(char code)
{
    switch (code) {
    case 'S':
        return 8;
    case 'D':
    case 'T':
        return 9;
    case 'Z':
        return 12;
    case 'I':
        return 14;
    default:
        return COST_NONE;
    }
}

static unsigned cost_of(char code, struct type type, bool is_literal)
{
    if (type.id == TYPE_NULL)
        return 0;
    switch (code) {
    case 'b':
        return type.id == TYPE_BOOLEAN ? 0 : COST_NONE;
    case 'i':
        return type_is_integer(type) ? 0 : COST_NONE;
    case 'n':
        return type.id == TYPE_DECIMAL ? 0 : type_is_integer(type) ? 1 : COST_NONE;
    case 'd':
        return type.id == TYPE_DOUBLE || type.id == TYPE_REAL ? 0
               : type.id == TYPE_DECIMAL                      ? 2
               : type_is_integer(type)                        ? 3
                                                              : COST_NONE;
    case 's':
        return type.id == TYPE_VARCHAR ? 0 : type.id == TYPE_JSON ? 4 : COST_NONE;
    case 't':
        return type.id == TYPE_VARCHAR ? 0 : 1;
    case 'x':
        return type.id == TYPE_BLOB ? 0 : COST_NONE;
    case 'j':
        return type.id == TYPE_JSON ? 0 : type.id == TYPE_VARCHAR ? 3 : COST_NONE;
    case '.':
    case 'a':
        return 0;
    default:
        if (is_literal && type.id == TYPE_VARCHAR)
            return cost_of_literal(code);
        return cost_of_time(code, type);
    }
}

static bool is_text_literal(struct type type, const bool *is_literal, unsigned i)
{
    return is_literal && is_literal[i] && type.id == TYPE_VARCHAR;
}

/* The type that all `a` arguments are cast to. */
static bool common_of(const char *signature, const struct type *args, const bool *is_literal,
                      unsigned n_args, struct type *out)
{
    *out = type_of(TYPE_NULL);
    for (unsigned i = 0; i < n_args; i++)
        if (signature_code(signature, i) == 'a' && !is_text_literal(args[i], is_literal, i) &&
            !coerce_common(*out, args[i], out))
            return false;
    for (unsigned i = 0; i < n_args; i++) {
        if (signature_code(signature, i) != 'a' || !is_text_literal(args[i], is_literal, i))
            continue;
        if (out->id == TYPE_NULL)
            *out = type_of(TYPE_VARCHAR);
        else if (out->id != TYPE_VARCHAR && !coerce_literal_takes(*out))
            return false;
    }
    return true;
}

/* Beside an operator a text literal takes the other side's date, time or interval type, never a number's:
 * 'a' + 1 is no date. */
static bool beside_time(const struct type *args, unsigned n_args, unsigned i)
{
    enum type_id other = args[n_args - 1 - i].id;
    return n_args == 2 && (other == TYPE_INTERVAL || other == TYPE_NULL ||
                           (other >= TYPE_DATE && other <= TYPE_TIMESTAMPTZ));
}

static unsigned overload_cost(const char *signature, bool is_operator, const struct type *args,
                              const bool *is_literal, unsigned n_args)
{
    struct signature n = signature_count(signature);
    if (n_args < n.min || n_args > n.max)
        return COST_NONE;
    unsigned cost = 0;
    for (unsigned i = 0; i < n_args; i++) {
        bool literal = is_text_literal(args[i], is_literal, i) &&
                       (!is_operator || beside_time(args, n_args, i));
        unsigned c = cost_of(signature_code(signature, i), args[i], literal);
        if (c == COST_NONE)
            return COST_NONE;
        cost += c;
    }
    struct type common;
    if (!common_of(signature, args, is_literal, n_args, &common))
        return COST_NONE;
    for (unsigned i = 0; i < n_args; i++)
        cost += signature_code(signature, i) == 'a' && args[i].id != TYPE_NULL &&
                args[i].id != common.id;
    return cost;
}

/* ---- types of a call ---- */

static struct type decimal_capped(unsigned precision, unsigned scale, bool stay_small)
{
    unsigned cap = stay_small ? DECIMAL_PRECISION_SMALL : DECIMAL_PRECISION_MAX;
    return type_decimal(MIN(MAX(precision, 1u), cap), scale);
}

/* One digit more than the wider, but not out of 64 bits when both operands fit in them: overflow is checked. */
static struct type decimal_sum(struct type a, struct type b)
{
    unsigned scale = MAX(a.scale, b.scale);
    unsigned digits = (unsigned)MAX(a.precision - a.scale, b.precision - b.scale);
    return decimal_capped(digits + scale + 1, scale, digits + scale <= DECIMAL_PRECISION_SMALL);
}

static bool decimal_product(struct type *targets, struct type *result)
{
    unsigned scale = (unsigned)targets[0].scale + targets[1].scale;
    if (scale > DECIMAL_PRECISION_MAX)
        return false;
    *result = decimal_capped((unsigned)targets[0].precision + targets[1].precision, scale, false);
    /* Two 64-bit factors are multiplied as they are; beside a 128-bit one both are that wide. */
    if (targets[0].precision > DECIMAL_PRECISION_SMALL ||
        targets[1].precision > DECIMAL_PRECISION_SMALL)
        for (unsigned i = 0; i < 2; i++)
            targets[i].precision = (uint8_t)MAX(targets[i].precision, DECIMAL_PRECISION_SMALL + 1);
    return true;
}

static struct type decimal_whole(struct type type)
{
    if (type.scale == 0)
        return type;
    return type_decimal((unsigned)(type.precision - type.scale + 1), 0);
}

static bool decimal_rule(enum function_id id, struct type *targets, struct type *result)
{
    switch (id) {
    case FUNCTION_ADD_DECIMAL:
    case FUNCTION_SUB_DECIMAL:
        *result = targets[0] = targets[1] = decimal_sum(targets[0], targets[1]);
        return true;
    case FUNCTION_MUL_DECIMAL:
        return decimal_product(targets, result);
    case FUNCTION_MOD_DECIMAL:
    case FUNCTION_MOD_DECIMAL_NAMED:
        if (!coerce_common(targets[0], targets[1], result))
            return false;
        targets[0] = targets[1] = *result;
        return true;
    case FUNCTION_ROUND_DECIMAL:
    case FUNCTION_TRUNC_DECIMAL:
    case FUNCTION_CEIL_DECIMAL:
    case FUNCTION_FLOOR_DECIMAL:
        *result = decimal_whole(targets[0]);
        return true;
    case FUNCTION_ROUND_DECIMAL_TO:
        *result = decimal_capped(targets[0].precision + 1u, targets[0].scale,
                                 targets[0].precision <= DECIMAL_PRECISION_SMALL);
        return true;
    default:
        *result = targets[0];
        return true;
    }
}

static enum type_id code_type(char code)
{
    switch (code) {
    case 'b':
        return TYPE_BOOLEAN;
    case 'i':
        return TYPE_BIGINT;
    case 'd':
        return TYPE_DOUBLE;
    case 'n':
        return TYPE_DECIMAL;
    case 'x':
        return TYPE_BLOB;
    case 'j':
        return TYPE_JSON;
    case 'D':
        return TYPE_DATE;
    case 'T':
        return TYPE_TIME;
    case 'S':
        return TYPE_TIMESTAMP;
    case 'Z':
        return TYPE_TIMESTAMPTZ;
    case 'I':
        return TYPE_INTERVAL;
    default:
        return TYPE_VARCHAR;
    }
}

/* Fraction digits that all S and Z of the call have: nanoseconds if one argument has them. */
static unsigned call_precision(const char *signature, const struct type *args, unsigned n_args)
{
    unsigned precision = TIMESTAMP_PRECISION_DEFAULT;
    for (unsigned i = 0; i < n_args; i++) {
        char code = signature_code(signature, i);
        if ((code == 'S' || code == 'Z') && type_is_nanos(args[i]))
            precision = MAX(precision, (unsigned)args[i].precision);
    }
    return precision;
}

static struct type target_of(char code, struct type arg, struct type common, unsigned precision)
{
    if (code == 'a')
        return common;
    if (code == '.')
        return arg;
    if (code == 'n')
        return coerce_as_decimal(arg);
    if (code == 'S' || code == 'Z')
        return type_timestamp(code_type(code), precision);
    return type_of(code_type(code));
}

static bool call_types(enum function_id id, const struct type *args, const bool *is_literal,
                       unsigned n_args, struct type *targets, struct type *result)
{
    const char *signature = function_info[id].signature;
    unsigned precision = call_precision(signature, args, n_args);
    struct type common;
    if (!common_of(signature, args, is_literal, n_args, &common))
        return false;
    for (unsigned i = 0; i < n_args; i++)
        targets[i] = target_of(signature_code(signature, i), args[i], common, precision);
    char code = signature_result(signature);
    if (code == 'n')
        return decimal_rule(id, targets, result);
    *result = target_of(code, type_of(TYPE_NULL), common, precision);
    return true;
}

enum function_id function_resolve(struct str name, const struct type *args, const bool *is_literal,
                                  unsigned n_args, bool operators, struct type *targets,
                                  struct type *result)
{
    const char *canonical = operators ? NULL : function_canonical(name);
    if (canonical)
        name = str_of(canonical);
    enum function_id best = FUNCTION_COUNT;
    unsigned best_cost = COST_NONE;
    for (unsigned i = 0; i < FUNCTION_COUNT; i++) {
        const struct function_info *info = &function_info[i];
        if (!(info->flags & FUNCTION_OPERATOR) == operators || !str_is(name, info->name))
            continue;
        unsigned cost = overload_cost(info->signature, operators, args, is_literal, n_args);
        if (cost < best_cost) {
            best_cost = cost;
            best = (enum function_id)i;
        }
    }
    if (best != FUNCTION_COUNT && !call_types(best, args, is_literal, n_args, targets, result))
        return FUNCTION_COUNT;
    return best;
}

void function_refine(enum function_id id, const struct value *const *constants, unsigned n_args,
                     struct type *result)
{
    if (id == FUNCTION_ROUND_DECIMAL_TO && n_args == 2 && constants[1] && !constants[1]->is_null) {
        int64_t digits = MAX(constants[1]->i64, 0);
        if (digits < result->scale) {
            unsigned whole = (unsigned)(result->precision - result->scale) + 1;
            *result = type_decimal(MIN(whole + (unsigned)digits, (unsigned)DECIMAL_PRECISION_MAX),
                                   (unsigned)digits);
        }
    }
    bool part = id == FUNCTION_DATE_PART || id == FUNCTION_DATE_PART_MOMENT ||
                id == FUNCTION_DATE_PART_TIME || id == FUNCTION_DATE_PART_INTERVAL;
    if (part && n_args && constants[0] && !constants[0]->is_null &&
        str_is(constants[0]->text, "epoch"))
        *result = type_of(TYPE_DOUBLE);
}

/* ---- signatures as text ---- */

static const char *code_name(char code)
{
    switch (code) {
    case 'a':
    case '.':
    case 't':
        return "any";
    case 'S':
        return "TIMESTAMP";
    case 'Z':
        return "TIMESTAMPTZ";
    case 'n':
        return "DECIMAL";
    case '#':
        return "number";
    default: {
        static const char *const names[TYPE_COUNT] = {
#define X(id, name, physical) [TYPE_##id] = (name),
            TYPE_LIST(X)
#undef X
        };
        return names[code_type(code)];
    }
    }
}

static size_t text_put(char *out, size_t cap, size_t at, const char *text)
{
    size_t n = strlen(text);
    if (at + n + 1 <= cap)
        memcpy(out + at, text, n + 1);
    return at + n;
}

static size_t signature_put(const char *name, const char *s, char *out, size_t cap)
{
    size_t at = text_put(out, cap, 0, name);
    at = text_put(out, cap, at, "(");
    unsigned open = 0, n = 0;
    for (; *s && *s != ':'; s++) {
        if (*s == '*') {
            at = text_put(out, cap, at, ", ...");
            continue;
        }
        bool optional = *s == '?';
        if (optional)
            s++;
        at = text_put(out, cap, at, optional ? n ? " [, " : "[" : n ? ", " : "");
        open += optional;
        at = text_put(out, cap, at, code_name(*s));
        n++;
    }
    while (open--)
        at = text_put(out, cap, at, "]");
    return text_put(out, cap, at, ")");
}

size_t function_signature_text(enum function_id id, char *out, size_t cap)
{
    return signature_put(function_info[id].name, function_info[id].signature, out, cap);
}

/* ---- aggregates ---- */

static struct str aggregate_canonical(struct str name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(aggregate_aliases); i++)
        if (str_is(name, aggregate_aliases[i].alias))
            return str_of(aggregate_aliases[i].name);
    return name;
}

bool aggregate_find(struct str name, unsigned n_args, enum aggregate_id *out)
{
    name = aggregate_canonical(name);
    for (unsigned i = 0; i < AGGREGATE_COUNT_; i++) {
        if (!str_is(name, aggregate_info[i].name))
            continue;
        if (i == AGGREGATE_COUNT_STAR && n_args > 0)
            continue;
        if ((i == AGGREGATE_MIN || i == AGGREGATE_MAX) && n_args > 1) /* the scalar functions */
            return false;
        *out = (enum aggregate_id)i;
        return true;
    }
    return false;
}

bool aggregate_name_known(struct str name)
{
    name = aggregate_canonical(name);
    for (unsigned i = 0; i < AGGREGATE_COUNT_; i++)
        if (str_is(name, aggregate_info[i].name))
            return true;
    return false;
}

/* What an aggregate's argument is cast to; false if it does not fit. */
static bool aggregate_target(char code, struct type arg, bool takes_any, struct type *out)
{
    *out = arg;
    switch (code) {
    case '.':
        return true;
    case '#':
        if (type_is_integer(arg) || arg.id == TYPE_NULL)
            *out = type_of(TYPE_BIGINT);
        else if (arg.id == TYPE_REAL)
            *out = type_of(TYPE_DOUBLE);
        return type_is_number(*out);
    default:
        *out = type_of(code_type(code));
        return takes_any || cost_of(code, arg, false) != COST_NONE;
    }
}

static struct type average_type(struct type type)
{
    if (type.id != TYPE_DECIMAL)
        return type_of(TYPE_DOUBLE);
    unsigned whole = (unsigned)(type.precision - type.scale);
    unsigned scale = MIN(MAX((unsigned)type.scale, 6u), DECIMAL_PRECISION_MAX - whole);
    return type_decimal(DECIMAL_PRECISION_MAX, scale);
}

static struct type aggregate_result(char code, const struct type *targets)
{
    switch (code) {
    case 'A':
        return targets[0];
    case 'm':
        return targets[0].id == TYPE_DECIMAL ? type_decimal(DECIMAL_PRECISION_MAX, targets[0].scale)
                                             : targets[0];
    case 'v':
        return average_type(targets[0]);
    default:
        return type_of(code_type(code));
    }
}

bool aggregate_resolve(enum aggregate_id id, const struct type *args, unsigned n_args,
                       struct type *targets, struct type *result)
{
    const struct aggregate_info *info = &aggregate_info[id];
    struct signature n = signature_count(info->args);
    if (n_args < n.min || n_args > n.max)
        return false;
    for (unsigned i = 0; i < n_args; i++)
        if (!aggregate_target(signature_code(info->args, i), args[i],
                              id == AGGREGATE_STRING_AGG && i == 0, &targets[i]))
            return false;
    *result = aggregate_result(info->result[0], targets);
    return true;
}
