/* rule_push_filter.c - filters towards the reads; comparisons with constants into the readers.
 *   1. A condition moves below a node only if the same rows come out.
 *   2. What may fail is never computed for rows it was not computed for before: it does not pass a WINDOW or
 *      AGGREGATE, nor a condition before it that stays.                               [push_split]
 *   3. The filter above a scan stays: readers may use predicates, but need not. */
#include "planner/rule_int.h"

struct pusher {
    struct arena *arena;
};

static struct logical *push(struct pusher *p, struct logical *node, struct expr_list conditions);

static struct logical *with_filter(struct pusher *p, struct logical *node,
                                   struct expr_list conditions)
{
    return conditions.count ? logical_filter(p->arena, node, conditions) : node;
}

/* ---- predicates ---- */

static bool compare_of(enum function_id id, bool swapped, enum compare_op *op)
{
    switch (id) {
    case FUNCTION_EQ:
        *op = COMPARE_EQ;
        return true;
    case FUNCTION_NE:
        *op = COMPARE_NE;
        return true;
    case FUNCTION_LT:
        *op = swapped ? COMPARE_GT : COMPARE_LT;
        return true;
    case FUNCTION_LE:
        *op = swapped ? COMPARE_GE : COMPARE_LE;
        return true;
    case FUNCTION_GT:
        *op = swapped ? COMPARE_LT : COMPARE_GT;
        return true;
    case FUNCTION_GE:
        *op = swapped ? COMPARE_LE : COMPARE_GE;
        return true;
    default:
        return false;
    }
}

static bool integer_fits(int64_t v, struct type type)
{
    switch (type.id) {
    case TYPE_TINYINT:
        return v >= INT8_MIN && v <= INT8_MAX;
    case TYPE_SMALLINT:
        return v >= INT16_MIN && v <= INT16_MAX;
    case TYPE_INTEGER:
        return v >= INT32_MIN && v <= INT32_MAX;
    default:
        return type.id == TYPE_BIGINT;
    }
}

/* A column compared with a constant, the column perhaps under a cast to a wider integer. */
static bool predicate_pair(const struct expr *column, const struct expr *constant,
                           struct scan_predicate *out)
{
    if (constant->kind != EXPR_CONSTANT || constant->value.is_null)
        return false;
    out->value = constant->value;
    if (column->kind == EXPR_CAST && !column->is_try && type_is_integer(column->type) &&
        type_is_integer(column->args[0]->type) && column->type.id > column->args[0]->type.id) {
        column = column->args[0];
        if (!integer_fits(out->value.i64, column->type))
            return false;
        out->value.type = column->type;
    }
    if (column->kind != EXPR_COLUMN || !type_equal(column->type, out->value.type))
        return false;
    out->column = column->column;
    return true;
}

static bool predicate_of(const struct expr *e, struct scan_predicate *out)
{
    *out = (struct scan_predicate){0};
    if (e->kind != EXPR_CALL)
        return false;
    if (e->function == FUNCTION_IS_NOT_NULL && e->args[0]->kind == EXPR_COLUMN) {
        out->is_not_null = true;
        out->column = e->args[0]->column;
        return true;
    }
    if (e->n_args != 2 || !compare_of(e->function, false, &out->op))
        return false;
    if (predicate_pair(e->args[0], e->args[1], out))
        return true;
    return compare_of(e->function, true, &out->op) && predicate_pair(e->args[1], e->args[0], out);
}

static void push_predicates(struct pusher *p, struct logical *scan,
                            const struct expr_list *conditions)
{
    struct scan_predicate *list =
        ARENA_ARRAY(p->arena, struct scan_predicate, conditions->count + 1);
    if (!list)
        return;
    uint32_t n = 0;
    for (uint32_t i = 0; i < conditions->count; i++)
        if (predicate_of(conditions->items[i], &list[n])) {
            list[n].column = scan->scan.columns[list[n].column];
            n++;
        }
    scan->scan.predicates = list;
    scan->scan.n_predicates = n;
}

/* ---- through a node ---- */

/* May this condition move below the node, and what is it there? NULL: it stays. */
typedef struct expr *lower_fn(struct pusher *p, const struct logical *node, struct expr *e);

static void push_split(struct pusher *p, const struct logical *node, struct expr_list conditions,
                       lower_fn *lower, struct expr_list *down, struct expr_list *stay)
{
    for (uint32_t i = 0; i < conditions.count; i++) {
        struct expr *e = conditions.items[i], *moved = NULL;
        bool may_move = !expr_is_volatile(e) && !(stay->count && expr_may_fail(e));
        if (may_move)
            moved = lower(p, node, e);
        expr_list_push(p->arena, moved ? down : stay, moved ? moved : e);
    }
}

struct columns_check {
    const struct logical *node;
    bool fine;
};

static void check_cheap(void *context, uint32_t column)
{
    struct columns_check *check = context;
    const struct expr *e = check->node->project.items[column];
    check->fine &= e->kind == EXPR_COLUMN || e->kind == EXPR_CONSTANT;
}

static struct expr *lower_project(struct pusher *p, const struct logical *node, struct expr *e)
{
    struct columns_check check = {node, true};
    expr_each_column(e, check_cheap, &check);
    return check.fine ? expr_substitute(p->arena, e, node->project.items) : NULL;
}

static void check_window(void *context, uint32_t column)
{
    struct columns_check *check = context;
    const struct logical *node = check->node;
    uint32_t own = logical_window_width(node);
    if (column < own) {
        check->fine = false;
        return;
    }
    if (node->window.fn.kind != WINDOW_SESSION)
        return;
    bool is_key = false;
    for (uint32_t i = 0; i < node->window.n_partition_by; i++)
        is_key |= node->window.partition_by[i] == column - own;
    check->fine &= is_key;
}

/* Sessions are made of all rows of a key: only conditions on keys leave them as they are. */
static struct expr *lower_window(struct pusher *p, const struct logical *node, struct expr *e)
{
    struct columns_check check = {node, !expr_may_fail(e)};
    expr_each_column(e, check_window, &check);
    uint32_t n = node->schema.n_fields, own = logical_window_width(node);
    uint32_t *map = check.fine ? ARENA_ARRAY(p->arena, uint32_t, n) : NULL;
    if (!map || node->window.panes_only)
        return NULL;
    for (uint32_t i = own; i < n; i++)
        map[i] = i - own;
    return expr_remap(p->arena, e, map);
}

static void check_keys(void *context, uint32_t column)
{
    struct columns_check *check = context;
    check->fine &= column < check->node->aggregate.n_keys;
}

static struct expr *lower_aggregate(struct pusher *p, const struct logical *node, struct expr *e)
{
    struct columns_check check = {node, !expr_may_fail(e) && node->aggregate.n_keys > 0};
    expr_each_column(e, check_keys, &check);
    if (node->aggregate.windowed && node->aggregate.fn.kind == WINDOW_SESSION)
        check.fine &= node->aggregate.n_keys > 0;
    return check.fine ? expr_remap(p->arena, e, node->aggregate.keys) : NULL;
}

/* Over a WINDOW of panes: the pane itself is never looked at; a row without time may meet the condition earlier. */
static struct expr *lower_panes(struct pusher *p, const struct logical *node, struct expr *e)
{
    uint32_t n = node->schema.n_fields;
    uint32_t *map = ARENA_ARRAY(p->arena, uint32_t, n);
    if (!map || expr_may_fail(e))
        return NULL;
    for (uint32_t i = 1; i < n; i++)
        map[i] = i - 1;
    return expr_remap(p->arena, e, map);
}

static struct logical *push_through(struct pusher *p, struct logical *node,
                                    struct expr_list conditions, lower_fn *lower)
{
    struct expr_list down = {0}, stay = {0};
    push_split(p, node, conditions, lower, &down, &stay);
    node->inputs[0] = push(p, node->inputs[0], down);
    return with_filter(p, node, stay);
}

static struct logical *push_union(struct pusher *p, struct logical *node,
                                  struct expr_list conditions)
{
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        struct expr_list copy = {0};
        for (uint32_t j = 0; j < conditions.count; j++)
            expr_list_push(p->arena, &copy, conditions.items[j]);
        node->inputs[i] = push(p, node->inputs[i], copy);
    }
    return node;
}

static struct logical *push_filter(struct pusher *p, struct logical *node,
                                   struct expr_list conditions)
{
    struct expr_list all = {0};
    for (uint32_t i = 0; i < node->filter.count; i++)
        expr_list_push(p->arena, &all, node->filter.items[i]);
    for (uint32_t i = 0; i < conditions.count; i++)
        expr_list_push(p->arena, &all, conditions.items[i]);
    return push(p, node->inputs[0], all);
}

static struct logical *push(struct pusher *p, struct logical *node, struct expr_list conditions)
{
    switch (node->kind) {
    case LOGICAL_FILTER:
        return push_filter(p, node, conditions);
    case LOGICAL_PROJECT:
        return push_through(p, node, conditions, lower_project);
    case LOGICAL_WINDOW:
        return push_through(p, node, conditions,
                            node->window.panes_only ? lower_panes : lower_window);
    case LOGICAL_AGGREGATE:
        return push_through(p, node, conditions, lower_aggregate);
    case LOGICAL_UNION:
        return push_union(p, node, conditions);
    case LOGICAL_SCAN:
        if (!node->scan.watermark) /* rows that are filtered out move it too */
            push_predicates(p, node, &conditions);
        return with_filter(p, node, conditions);
    default:
        break;
    }
    struct expr_list none = {0};
    node->inputs[0] = push(p, node->inputs[0], none);
    return with_filter(p, node, conditions);
}

enum status rule_push_filter(struct rule_state *state, struct logical_root *root)
{
    struct pusher p = {state->arena};
    struct expr_list none = {0};
    root->node = push(&p, root->node, none);
    return STATUS_OK;
}
