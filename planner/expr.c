/* expr.c - making, comparing, rewriting and printing typed expressions. */
#include "planner/expr.h"

struct expr *expr_column(struct arena *arena, uint32_t column, struct type type, struct span span)
{
    struct expr *e = ARENA_NEW(arena, struct expr);
    e->kind = EXPR_COLUMN;
    e->type = type;
    e->span = span;
    e->column = column;
    return e;
}

struct expr *expr_constant(struct arena *arena, struct value value, struct span span)
{
    struct expr *e = ARENA_NEW(arena, struct expr);
    e->kind = EXPR_CONSTANT;
    e->type = value.type;
    e->span = span;
    e->value = value;
    return e;
}

struct expr *expr_call(struct arena *arena, enum function_id function, struct type type,
                       struct expr **args, uint32_t n_args, struct span span)
{
    struct expr *e = ARENA_NEW(arena, struct expr);
    e->kind = EXPR_CALL;
    e->type = type;
    e->span = span;
    e->function = function;
    e->args = args;
    e->n_args = n_args;
    return e;
}

struct expr *expr_cast(struct arena *arena, struct expr *arg, struct type type, bool is_try,
                       struct span span)
{
    struct expr *e = ARENA_NEW(arena, struct expr);
    e->kind = EXPR_CAST;
    e->type = type;
    e->span = span;
    e->is_try = is_try;
    e->args = ARENA_NEW(arena, struct expr *);
    e->args[0] = arg;
    e->n_args = 1;
    return e;
}

static bool value_same(const struct value *a, const struct value *b)
{
    if (a->is_null || b->is_null)
        return a->is_null == b->is_null;
    if (a->type.id == TYPE_DOUBLE || a->type.id == TYPE_REAL)
        return memcmp(&a->f64, &b->f64, sizeof a->f64) == 0;
    if (a->type.id == TYPE_INTERVAL)
        return a->interval.months == b->interval.months && a->interval.days == b->interval.days &&
               a->interval.micros == b->interval.micros;
    return value_compare(a, b) == 0;
}

/* Types that compute alike but print differently (DECIMAL(4,2) and DECIMAL(6,2)) are told apart. */
static bool type_same(struct type a, struct type b)
{
    return a.id == b.id && a.precision == b.precision && a.scale == b.scale;
}

bool expr_equal(const struct expr *a, const struct expr *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->n_args != b->n_args || a->is_try != b->is_try ||
        a->negated != b->negated || !type_same(a->type, b->type))
        return false;
    if (a->kind == EXPR_COLUMN && a->column != b->column)
        return false;
    if (a->kind == EXPR_CALL && a->function != b->function)
        return false;
    if (a->kind == EXPR_CONSTANT)
        return value_same(&a->value, &b->value);
    for (uint32_t i = 0; i < a->n_args; i++)
        if (!expr_equal(a->args[i], b->args[i]))
            return false;
    return true;
}

bool expr_is_foldable(const struct expr *e)
{
    if (e->kind == EXPR_COLUMN)
        return false;
    if (e->kind == EXPR_CALL && function_info[e->function].flags & FUNCTION_VOLATILE)
        return false;
    for (uint32_t i = 0; i < e->n_args; i++)
        if (!expr_is_foldable(e->args[i]))
            return false;
    return true;
}

bool expr_is_volatile(const struct expr *e)
{
    if (e->kind == EXPR_CALL && function_info[e->function].flags & FUNCTION_VOLATILE)
        return true;
    for (uint32_t i = 0; i < e->n_args; i++)
        if (expr_is_volatile(e->args[i]))
            return true;
    return false;
}

bool expr_may_fail(const struct expr *e)
{
    if (e->kind == EXPR_CALL && function_info[e->function].flags & FUNCTION_FAILS)
        return true;
    if (e->kind == EXPR_CAST && !e->is_try)
        return true;
    for (uint32_t i = 0; i < e->n_args; i++)
        if (expr_may_fail(e->args[i]))
            return true;
    return false;
}

void expr_each_column(const struct expr *e, void (*fn)(void *, uint32_t column), void *context)
{
    if (e->kind == EXPR_COLUMN)
        fn(context, e->column);
    for (uint32_t i = 0; i < e->n_args; i++)
        expr_each_column(e->args[i], fn, context);
}

struct expr *expr_with_args(struct arena *arena, const struct expr *e, struct expr **args)
{
    struct expr *copy = ARENA_NEW(arena, struct expr);
    *copy = *e;
    copy->args = args;
    return copy;
}

struct expr *expr_rewrite(struct arena *arena, struct expr *e, expr_rewrite_fn *fn, void *context)
{
    struct expr *new = fn(context, e);
    if (new)
        return new;
    struct expr **args = NULL;
    for (uint32_t i = 0; i < e->n_args; i++) {
        struct expr *arg = expr_rewrite(arena, e->args[i], fn, context);
        if (arg == e->args[i] && !args)
            continue;
        if (!args) {
            args = ARENA_ARRAY(arena, struct expr *, e->n_args);
            if (!args)
                return e;
            memcpy(args, e->args, e->n_args * sizeof(struct expr *));
        }
        args[i] = arg;
    }
    return args ? expr_with_args(arena, e, args) : e;
}

struct remap {
    struct arena *arena;
    const uint32_t *map;
    struct expr *const *with;
};

static struct expr *remap_one(void *context, struct expr *e)
{
    const struct remap *remap = context;
    if (e->kind != EXPR_COLUMN)
        return NULL;
    if (remap->with)
        return remap->with[e->column];
    if (remap->map[e->column] == e->column)
        return e;
    return expr_column(remap->arena, remap->map[e->column], e->type, e->span);
}

struct expr *expr_remap(struct arena *arena, const struct expr *e, const uint32_t *map)
{
    struct remap remap = {arena, map, NULL};
    return expr_rewrite(arena, (struct expr *)e, remap_one, &remap);
}

struct expr *expr_substitute(struct arena *arena, const struct expr *e, struct expr *const *with)
{
    struct remap remap = {arena, NULL, with};
    return expr_rewrite(arena, (struct expr *)e, remap_one, &remap);
}

/* ---- printing ---- */

static void print_list(struct expr *const *items, uint32_t n, const char *between,
                       const struct schema *input, struct strbuf *out)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            strbuf_puts(out, between);
        expr_print(items[i], input, out);
    }
}

static bool is_word(const char *name)
{
    return (name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z');
}

static void print_upper(const char *text, struct strbuf *out)
{
    for (const char *c = text; *c; c++)
        strbuf_putc(out, (char)(*c >= 'a' && *c <= 'z' ? *c - ('a' - 'A') : *c));
}

static void print_operator(const struct expr *e, const struct schema *input, struct strbuf *out)
{
    const char *name = function_info[e->function].name;
    bool postfix = strncmp(name, "is ", 3) == 0;
    strbuf_putc(out, '(');
    if (e->n_args == 1 && !postfix) {
        print_upper(name, out);
        if (is_word(name))
            strbuf_putc(out, ' ');
        expr_print(e->args[0], input, out);
    } else {
        expr_print(e->args[0], input, out);
        strbuf_putc(out, ' ');
        print_upper(name, out);
        for (uint32_t i = 1; i < e->n_args; i++) {
            strbuf_puts(out, i == 1 ? " " : " ESCAPE ");
            expr_print(e->args[i], input, out);
        }
    }
    strbuf_putc(out, ')');
}

static void print_case(const struct expr *e, const struct schema *input, struct strbuf *out)
{
    strbuf_puts(out, "CASE");
    uint32_t i = 0;
    for (; i + 1 < e->n_args; i += 2) {
        strbuf_puts(out, " WHEN ");
        expr_print(e->args[i], input, out);
        strbuf_puts(out, " THEN ");
        expr_print(e->args[i + 1], input, out);
    }
    if (i < e->n_args) {
        strbuf_puts(out, " ELSE ");
        expr_print(e->args[i], input, out);
    }
    strbuf_puts(out, " END");
}

void expr_print(const struct expr *e, const struct schema *input, struct strbuf *out)
{
    char type[TYPE_NAME_SIZE];
    switch ((enum expr_kind)e->kind) {
    case EXPR_COLUMN:
        if (input && e->column < input->n_fields)
            strbuf_puts(out, input->fields[e->column].name);
        else
            strbuf_printf(out, "#%u", e->column);
        return;
    case EXPR_CONSTANT:
        strbuf_puts(out, value_to_sql(&e->value, out->arena));
        return;
    case EXPR_CALL:
        if (function_info[e->function].flags & FUNCTION_OPERATOR) {
            print_operator(e, input, out);
            return;
        }
        strbuf_printf(out, "%s(", function_info[e->function].name);
        print_list(e->args, e->n_args, ", ", input, out);
        strbuf_putc(out, ')');
        return;
    case EXPR_CAST:
        strbuf_puts(out, e->is_try ? "TRY_CAST(" : "CAST(");
        expr_print(e->args[0], input, out);
        strbuf_printf(out, " AS %s)", type_name(e->type, type));
        return;
    case EXPR_CASE:
        print_case(e, input, out);
        return;
    case EXPR_AND:
    case EXPR_OR:
        strbuf_putc(out, '(');
        print_list(e->args, e->n_args, e->kind == EXPR_AND ? " AND " : " OR ", input, out);
        strbuf_putc(out, ')');
        return;
    case EXPR_IN:
        expr_print(e->args[0], input, out);
        strbuf_puts(out, e->negated ? " NOT IN (" : " IN (");
        print_list(e->args + 1, e->n_args - 1, ", ", input, out);
        strbuf_putc(out, ')');
        return;
    }
}
