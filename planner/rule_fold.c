/* rule_fold.c - computes what can be computed before the first row, and simplifies what that leaves.
 *
 * Computing is lent by the session (fold_fn). What fails is left as it is: it fails when it is run, if it is
 * reached at all. */
#include "planner/rule_int.h"

struct folder {
    const struct planner_env *env;
    struct arena *arena;
};

static struct expr *fold(struct folder *f, struct expr *e);

static struct expr *constant_null(struct folder *f, const struct expr *e)
{
    return expr_constant(f->arena, value_null(e->type), e->span);
}

static struct expr *compute(struct folder *f, struct expr *e)
{
    struct value value;
    struct error ignored;
    error_clear(&ignored);
    if (!f->env->fold || !expr_is_foldable(e))
        return e;
    if (f->env->fold(f->env->fold_context, e, &value, &ignored) != STATUS_OK)
        return e;
    value.type = e->type;
    return expr_constant(f->arena, value, e->span);
}

static bool is_null(const struct expr *e)
{
    return e->kind == EXPR_CONSTANT && e->value.is_null;
}

static bool is_bool(const struct expr *e, bool value)
{
    return e->kind == EXPR_CONSTANT && !e->value.is_null && e->type.id == TYPE_BOOLEAN &&
           e->value.boolean == value;
}

static struct expr *make_bool(struct folder *f, bool value, struct span span)
{
    struct value v = {.type = type_of(TYPE_BOOLEAN), .boolean = value};
    return expr_constant(f->arena, v, span);
}

/* AND without what is true, OR without what is false; decided by one part that is false, or true. */
static struct expr *fold_logic(struct folder *f, struct expr *e)
{
    bool neutral = e->kind == EXPR_AND;
    struct expr_list left = {0};
    for (uint32_t i = 0; i < e->n_args; i++) {
        if (is_bool(e->args[i], !neutral))
            return make_bool(f, !neutral, e->span);
        if (!is_bool(e->args[i], neutral))
            expr_list_push(f->arena, &left, e->args[i]);
    }
    if (left.count == 0)
        return make_bool(f, neutral, e->span);
    if (left.count == 1)
        return left.items[0];
    if (left.count < e->n_args) {
        e = expr_with_args(f->arena, e, left.items);
        e->n_args = left.count;
    }
    return compute(f, e);
}

static struct expr *fold_case(struct folder *f, struct expr *e)
{
    struct expr_list left = {0};
    uint32_t i = 0;
    for (; i + 1 < e->n_args; i += 2) {
        if (is_bool(e->args[i], true)) {
            i++;
            break;
        }
        if (is_null(e->args[i]) || is_bool(e->args[i], false))
            continue;
        expr_list_push(f->arena, &left, e->args[i]);
        expr_list_push(f->arena, &left, e->args[i + 1]);
    }
    struct expr *otherwise = i < e->n_args ? e->args[i] : NULL;
    if (left.count == 0)
        return otherwise ? otherwise : constant_null(f, e);
    if (otherwise)
        expr_list_push(f->arena, &left, otherwise);
    if (left.count < e->n_args) {
        e = expr_with_args(f->arena, e, left.items);
        e->n_args = left.count;
    }
    return compute(f, e);
}

static struct expr *fold_coalesce(struct folder *f, struct expr *e)
{
    struct expr_list left = {0};
    for (uint32_t i = 0; i < e->n_args; i++) {
        if (is_null(e->args[i]))
            continue;
        expr_list_push(f->arena, &left, e->args[i]);
        if (e->args[i]->kind == EXPR_CONSTANT)
            break;
    }
    if (left.count == 0)
        return constant_null(f, e);
    if (left.count == 1)
        return left.items[0];
    if (left.count < e->n_args) {
        e = expr_with_args(f->arena, e, left.items);
        e->n_args = left.count;
    }
    return e;
}

static bool fits(int64_t v, enum type_id id)
{
    switch (id) {
    case TYPE_TINYINT:
        return v >= INT8_MIN && v <= INT8_MAX;
    case TYPE_SMALLINT:
        return v >= INT16_MIN && v <= INT16_MAX;
    default:
        return id == TYPE_INTEGER && v >= INT32_MIN && v <= INT32_MAX;
    }
}

/* CAST(a AS BIGINT) > 5 with a an INTEGER is a > 5: nothing need be widened. */
static struct expr *fold_comparison(struct folder *f, struct expr *e)
{
    for (int i = 0; i < 2; i++) {
        struct expr *cast = e->args[i], *constant = e->args[1 - i];
        if (cast->kind != EXPR_CAST || cast->is_try || constant->kind != EXPR_CONSTANT ||
            constant->value.is_null || !type_is_integer(cast->type))
            continue;
        struct expr *narrow = cast->args[0];
        if (!type_is_integer(narrow->type) || narrow->type.id >= cast->type.id ||
            !fits(constant->value.i64, (enum type_id)narrow->type.id))
            continue;
        struct expr **args = ARENA_ARRAY(f->arena, struct expr *, 2);
        struct value value = constant->value;
        value.type = narrow->type;
        if (!args)
            return e;
        args[i] = narrow;
        args[1 - i] = expr_constant(f->arena, value, constant->span);
        return expr_with_args(f->arena, e, args);
    }
    return e;
}

static struct expr *fold_call(struct folder *f, struct expr *e)
{
    unsigned flags = function_info[e->function].flags;
    if (e->function == FUNCTION_COALESCE)
        return fold_coalesce(f, e);
    if (e->function == FUNCTION_IIF && e->args[0]->kind == EXPR_CONSTANT) {
        if (is_bool(e->args[0], true))
            return e->args[1];
        return e->n_args > 2 ? e->args[2] : constant_null(f, e);
    }
    if (flags & FUNCTION_STRICT && !(flags & FUNCTION_VOLATILE))
        for (uint32_t i = 0; i < e->n_args; i++)
            if (is_null(e->args[i]))
                return constant_null(f, e);
    if (e->function >= FUNCTION_EQ && e->function <= FUNCTION_GE)
        e = fold_comparison(f, e);
    return compute(f, e);
}

static struct expr *fold_args(struct folder *f, struct expr *e)
{
    struct expr **args = NULL;
    for (uint32_t i = 0; i < e->n_args; i++) {
        struct expr *arg = fold(f, e->args[i]);
        if (arg == e->args[i])
            continue;
        if (!args) {
            args = ARENA_ARRAY(f->arena, struct expr *, e->n_args);
            if (!args)
                return e;
            memcpy(args, e->args, e->n_args * sizeof(struct expr *));
        }
        args[i] = arg;
    }
    return args ? expr_with_args(f->arena, e, args) : e;
}

static struct expr *fold(struct folder *f, struct expr *e)
{
    if (e->kind == EXPR_COLUMN || e->kind == EXPR_CONSTANT)
        return e;
    e = fold_args(f, e);
    switch ((enum expr_kind)e->kind) {
    case EXPR_AND:
    case EXPR_OR:
        return fold_logic(f, e);
    case EXPR_CASE:
        return fold_case(f, e);
    case EXPR_CALL:
        return fold_call(f, e);
    default:
        return is_null(e->args[0]) ? constant_null(f, e) : compute(f, e);
    }
}

struct expr *rule_fold_expr(const struct planner_env *env, struct expr *e)
{
    struct folder f = {env, env->arena};
    return fold(&f, e);
}

uint32_t rule_expr_size(const struct expr *e, uint32_t cap)
{
    uint32_t size = 1;
    for (uint32_t i = 0; i < e->n_args && size < cap; i++)
        size += rule_expr_size(e->args[i], cap - size);
    return MIN(size, cap);
}

static void fold_list(struct folder *f, struct expr_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        list->items[i] = fold(f, list->items[i]);
}

/* Conditions that came out true are gone; what came out an AND is split. */
static void fold_filter(struct folder *f, struct logical *node)
{
    struct expr_list left = {0};
    fold_list(f, &node->filter);
    for (uint32_t i = 0; i < node->filter.count; i++)
        if (!is_bool(node->filter.items[i], true))
            expr_list_split(f->arena, &left, node->filter.items[i]);
    node->filter = left;
}

static struct logical *fold_node(struct folder *f, struct logical *node)
{
    for (uint32_t i = 0; i < node->n_inputs; i++)
        node->inputs[i] = fold_node(f, node->inputs[i]);
    if (node->kind == LOGICAL_FILTER) {
        fold_filter(f, node);
        if (node->filter.count == 0)
            return node->inputs[0];
    }
    if (node->kind == LOGICAL_PROJECT)
        fold_list(f, &node->project);
    if (node->kind == LOGICAL_WINDOW)
        node->window.time = fold(f, node->window.time);
    return node;
}

enum status rule_fold(struct rule_state *state, struct logical_root *root)
{
    struct folder f = {state->env, state->arena};
    root->node = fold_node(&f, root->node);
    return STATUS_OK;
}
