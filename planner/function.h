/* function.h - the scalar functions: one line each in function_list.h, one id an overload.
 *
 * A signature is "args:result". Argument codes, one letter each:
 *   b BOOLEAN  i BIGINT (every integer is widened)  d DOUBLE  n DECIMAL  s VARCHAR  x BLOB  j JSON
 *   D DATE  T TIME  S TIMESTAMP  Z TIMESTAMPTZ  I INTERVAL
 *   a any type, equal for all the a's of a call (after coercion)   . any type, each for itself
 *   t VARCHAR, to which anything is cast
 *   * after a letter: any number of further arguments like the one before (none too)
 *   ? before a letter: it and what follows may be left out
 * Result codes: the same letters; `a` is the common type of the a's; `n` DECIMAL by the function's own rule;
 * S and Z count nanoseconds if an argument does. The exec side has one kernel per id (exec/kernel/kernel.h). */
#ifndef FUNCTION_H
#define FUNCTION_H

#include "storage/type.h"

struct value;

enum function_flags {
    FUNCTION_STRICT = 1,   /* NULL in, NULL out: the evaluator sees to validity */
    FUNCTION_NULLABLE = 2, /* besides STRICT: may also give NULL for values (x / 0) */
    FUNCTION_SELF = 4,     /* looks at NULLs itself (coalesce) */
    FUNCTION_VOLATILE = 8, /* another value each time (random): never folded */
    FUNCTION_STABLE = 16,  /* one value a statement (now): folded when the statement starts */
    FUNCTION_FAILS = 32,   /* may fail for some values: not computed for rows that do not need it */
    FUNCTION_OPERATOR = 64, /* written as an operator; not found by name */
    FUNCTION_ZONE = 128     /* looks at SET time_zone */
};

#include "planner/function_list.h"

enum function_id {
#define F(id, name, signature, flags, doc) FUNCTION_##id,
    FUNCTION_LIST(F)
#undef F
        FUNCTION_COUNT
};

struct function_info {
    const char *name; /* lower case, or the operator */
    const char *signature;
    unsigned flags;
    const char *doc; /* one line, for .functions */
};
extern const struct function_info function_info[FUNCTION_COUNT];

/* How well the overloads of a name take arguments of these types: the best id, or FUNCTION_COUNT. NULL-typed
 * arguments fit anywhere; `is_literal` text fits date, time, timestamp and interval arguments; integers fit
 * d and n; DECIMAL fits d; DATE fits S; TIMESTAMP fits Z and back only where nothing else fits. `targets`
 * (n_args) receives the type each argument is to be cast to; *result the type of the call. */
enum function_id function_resolve(struct str name, const struct type *args, const bool *is_literal,
                                  unsigned n_args, bool operators, struct type *targets,
                                  struct type *result);
/* What constant arguments say beyond their types: round(x, 2) of a DECIMAL has two digits, date_part('epoch', x)
 * is DOUBLE. Called by the binder after function_resolve; constants[i] NULL: not a constant. */
void function_refine(enum function_id id, const struct value *const *constants, unsigned n_args,
                     struct type *result);
bool function_name_known(struct str name);
/* Every name once, for did-you-mean and .functions. */
const char *const *function_names(size_t *count);
/* "substr(VARCHAR, BIGINT [, BIGINT])" into `out`, for messages and weir_functions. */
size_t function_signature_text(enum function_id id, char *out, size_t cap);
/* Another name for the same function: NULL if `name` is no alias (function_alias.h lists them). */
const char *function_canonical(struct str name);

/* ---- Aggregates ---- */

/* id, name, argument codes as above ("" : none), result code, flags, doc.
 * Result `A` is the type of the first argument; `m` SUM's rule: BIGINT for integers, DECIMAL(38,s), DOUBLE. */
enum aggregate_flags {
    AGGREGATE_ORDERED = 1,    /* follows input order (first, last, string_agg) */
    AGGREGATE_KEEPS_NULLS = 2 /* NULL arguments count (count(*), first, last, arg_min's value) */
};
#define AGGREGATE_LIST(A)                                                                  \
    A(COUNT_STAR, "count", "", "i", AGGREGATE_KEEPS_NULLS, "number of rows")               \
    A(COUNT, "count", ".", "i", 0, "number of values that are not NULL")                   \
    A(SUM, "sum", "#", "m", 0, "sum; BIGINT for integers, exact for DECIMAL")              \
    A(AVG, "avg", "#", "v", 0, "mean; DOUBLE, or DECIMAL of a DECIMAL")                    \
    A(TOTAL, "total", "#", "d", 0, "sum as DOUBLE, 0.0 for no rows")                       \
    A(MIN, "min", ".", "A", 0, "least value")                                              \
    A(MAX, "max", ".", "A", 0, "greatest value")                                           \
    A(STDDEV_SAMP, "stddev_samp", "d", "d", 0, "sample standard deviation")                \
    A(STDDEV_POP, "stddev_pop", "d", "d", 0, "population standard deviation")              \
    A(VAR_SAMP, "var_samp", "d", "d", 0, "sample variance")                                \
    A(VAR_POP, "var_pop", "d", "d", 0, "population variance")                              \
    A(FIRST, "first", ".", "A", AGGREGATE_ORDERED | AGGREGATE_KEEPS_NULLS,                 \
      "first value in input order")                                                        \
    A(LAST, "last", ".", "A", AGGREGATE_ORDERED | AGGREGATE_KEEPS_NULLS,                   \
      "last value in input order")                                                         \
    A(ANY_VALUE, "any_value", ".", "A", AGGREGATE_ORDERED, "first value that is not NULL") \
    A(STRING_AGG, "string_agg", "s?s", "s", AGGREGATE_ORDERED,                             \
      "texts joined by a separator (default ,)")                                           \
    A(ARG_MIN, "arg_min", "..", "A", AGGREGATE_ORDERED | AGGREGATE_KEEPS_NULLS,            \
      "first argument where the second is least")                                          \
    A(ARG_MAX, "arg_max", "..", "A", AGGREGATE_ORDERED | AGGREGATE_KEEPS_NULLS,            \
      "first argument where the second is greatest")                                       \
    A(BOOL_AND, "bool_and", "b", "b", 0, "true if all are true")                           \
    A(BOOL_OR, "bool_or", "b", "b", 0, "true if any is true")

enum aggregate_id {
#define A(id, name, args, result, flags, doc) AGGREGATE_##id,
    AGGREGATE_LIST(A)
#undef A
        AGGREGATE_COUNT_
};

struct aggregate_info {
    const char *name, *args, *result;
    unsigned flags;
    const char *doc;
};
extern const struct aggregate_info aggregate_info[AGGREGATE_COUNT_];

/* Finds an aggregate by name (aliases too: stddev, variance, group_concat, mean, every, max_by, min_by); false: none.
 * COUNT_STAR is given for count with no argument. */
bool aggregate_find(struct str name, unsigned n_args, enum aggregate_id *out);
bool aggregate_name_known(struct str name);
/* The types arguments are cast to and the result's; false if they do not fit. */
bool aggregate_resolve(enum aggregate_id id, const struct type *args, unsigned n_args,
                       struct type *targets, struct type *result);

#endif
