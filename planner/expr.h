/* expr.h - typed expressions: what is left of the syntax tree once names and types are known.
 *
 * Plain data, in the plan's arena, never changed after it was built (rules make new nodes). Columns are
 * indices into the schema of the transform's input. Depth is bounded by PARSE_DEPTH_MAX and a constant. */
#ifndef EXPR_H
#define EXPR_H

#include "planner/function.h"
#include "storage/batch.h"
#include "storage/value.h"

enum expr_kind {
    EXPR_COLUMN,   /* column */
    EXPR_CONSTANT, /* value */
    EXPR_CALL,     /* function, args */
    EXPR_CAST,     /* args[0] to type; is_try: NULL instead of an error */
    EXPR_CASE,     /* args: when1, then1, when2, then2, ..., [else]; whens are BOOLEAN */
    EXPR_AND,      /* n args, three-valued */
    EXPR_OR,
    EXPR_IN /* args[0] in constants args[1..]: same type; NULL rules of SQL; negated */
};

struct expr {
    uint8_t kind; /* enum expr_kind */
    bool is_try, negated;
    struct type type;
    struct span span;
    uint32_t column;
    enum function_id function;
    struct value value;
    struct expr **args;
    uint32_t n_args;
};

struct expr_list {
    struct expr **items;
    uint32_t count;
};

struct expr *expr_column(struct arena *arena, uint32_t column, struct type type, struct span span);
struct expr *expr_constant(struct arena *arena, struct value value, struct span span);
struct expr *expr_call(struct arena *arena, enum function_id function, struct type type,
                       struct expr **args, uint32_t n_args, struct span span);
struct expr *expr_cast(struct arena *arena, struct expr *arg, struct type type, bool is_try,
                       struct span span);
bool expr_equal(const struct expr *a,
                const struct expr *b); /* same computation; spans do not count */
/* No columns and only pure functions: may be folded. */
bool expr_is_foldable(const struct expr *e);
bool expr_is_volatile(
    const struct expr *e); /* has a function whose value changes from row to row */
/* Computing it for a row that nobody asked for could fail the query. */
bool expr_may_fail(const struct expr *e);
/* Calls `fn` for each column reference. */
void expr_each_column(const struct expr *e, void (*fn)(void *, uint32_t column), void *context);
/* A copy with column i replaced by map[i] (an index), or by the expression with[i]. */
struct expr *expr_remap(struct arena *arena, const struct expr *e, const uint32_t *map);
struct expr *expr_substitute(struct arena *arena, const struct expr *e, struct expr *const *with);
/* A copy of the node alone with other arguments. */
struct expr *expr_with_args(struct arena *arena, const struct expr *e, struct expr **args);
/* From the top: where `fn` gives an expression it takes the place of `e`, where it gives NULL the arguments are
 * looked at. Nodes that stay as they are are shared. */
typedef struct expr *expr_rewrite_fn(void *context, struct expr *e);
struct expr *expr_rewrite(struct arena *arena, struct expr *e, expr_rewrite_fn *fn, void *context);
/* As SQL-like text for EXPLAIN; names come from the input's schema. */
void expr_print(const struct expr *e, const struct schema *input, struct strbuf *out);

#endif
