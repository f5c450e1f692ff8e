/* bind_aggregate.c - grouping: what is computed below the Combine, by it, and above it.
 *
 * A SELECT over windows becomes a windowed Combine where its grouping determines the window (30-sql): the rows are
 * put into panes and every group of a window is made of its panes. Everything else is grouped by the
 * window's columns as by any others.
 *
 * Below the WINDOW node a row without event time is still there. What may fail is computed there only for
 * rows that have one: see guard_value and guard_condition. */
#include "planner/bind_int.h"

#include "planner/rule_int.h"

enum mode { MODE_PLAIN, MODE_WINDOW_TABLE, MODE_WINDOW_GROUP };

struct grouping {
    struct bind_group *group;
    struct binder *b;
    enum mode mode;
    struct logical *window;   /* the plain WINDOW node of FROM, for MODE_WINDOW_TABLE */
    struct expr *time;        /* over the input, windowed modes */
    struct expr_list outputs; /* of the projection below */
    struct expr_list low;     /* conditions below the window */
    struct expr_list high;    /* on window columns alone: above the Combine */
    struct expr **keys;       /* the true keys, over the scope's columns */
    uint32_t n_keys;
};

/* ---- which columns an expression looks at ---- */

struct column_range {
    uint32_t from, to;
    bool inside, outside;
};

static void note_column(void *context, uint32_t column)
{
    struct column_range *range = context;
    if (column >= range->from && column < range->to)
        range->inside = true;
    else
        range->outside = true;
}

static struct column_range range_of(const struct expr *e, uint32_t from, uint32_t to)
{
    struct column_range range = {from, to, false, false};
    expr_each_column(e, note_column, &range);
    return range;
}

static bool uses(const struct expr *e, uint32_t from, uint32_t to)
{
    return e && range_of(e, from, to).inside;
}

/* ---- may the Combine be windowed? ---- */

static bool session_keys_match(const struct grouping *g)
{
    const struct logical *window = g->window;
    if (g->n_keys != window->window.n_partition_by)
        return false;
    for (uint32_t i = 0; i < g->n_keys; i++) {
        bool found = false;
        for (uint32_t j = 0; j < window->window.n_partition_by; j++)
            found |= g->keys[i]->kind == EXPR_COLUMN &&
                     g->keys[i]->column == window->window.partition_by[j] + WINDOW_COLUMNS;
        if (!found)
            return false;
    }
    return true;
}

/* Splits the keys into the window's and the others: true if they determine the window. */
static bool keys_determine_window(struct grouping *g)
{
    bool has[WINDOW_COLUMNS] = {false};
    const struct bind_group *group = g->group;
    g->n_keys = 0;
    for (uint32_t i = 0; i < group->n_keys; i++) {
        const struct expr *key = group->keys[i];
        if (key->kind == EXPR_COLUMN && key->column < WINDOW_COLUMNS)
            has[key->column] = true;
        else if (uses(key, 0, WINDOW_COLUMNS))
            return false;
        else
            g->keys[g->n_keys++] = group->keys[i];
    }
    bool end = has[1] || has[2];
    switch (g->window->window.fn.kind) {
    case WINDOW_CUMULATE:
        return end;
    case WINDOW_SESSION:
        return has[0] && end && session_keys_match(g);
    default:
        return has[0] || end;
    }
}

static bool aggregates_use(const struct bind_aggregates *list, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct bind_aggregate *a = &list->items[i];
        if (uses(a->args[0], from, to) || uses(a->args[1], from, to) || uses(a->filter, from, to))
            return true;
    }
    return false;
}

static bool has_gaps(const struct window_fn *fn)
{
    return fn->kind == WINDOW_HOP && interval_compare(fn->slide, fn->size) > 0;
}

static bool anything_may_fail(const struct grouping *g)
{
    const struct bind_group *group = g->group;
    for (uint32_t i = 0; i < group->n_keys; i++)
        if (expr_may_fail(group->keys[i]))
            return true;
    for (size_t i = 0; i < group->aggregates->count; i++) {
        const struct bind_aggregate *a = &group->aggregates->items[i];
        if ((a->args[0] && expr_may_fail(a->args[0])) ||
            (a->args[1] && expr_may_fail(a->args[1])) || (a->filter && expr_may_fail(a->filter)))
            return true;
    }
    return group->where && expr_may_fail(group->where);
}

/* Sorts WHERE's parts: those without window columns go below, those of window columns alone above. */
static bool split_where(struct grouping *g)
{
    struct expr_list parts = {0};
    if (!g->group->where)
        return true;
    expr_list_split(g->b->arena, &parts, g->group->where);
    for (uint32_t i = 0; i < parts.count; i++) {
        struct column_range range = range_of(parts.items[i], 0, WINDOW_COLUMNS);
        if (range.inside && range.outside)
            return false;
        if (range.inside) {
            expr_list_push(g->b->arena, &g->high, parts.items[i]);
            continue;
        }
        if (g->window->window.fn.kind == WINDOW_SESSION || expr_is_volatile(parts.items[i]))
            return false;
        expr_list_push(g->b->arena, &g->low, parts.items[i]);
    }
    return true;
}

static bool is_window_table(struct grouping *g)
{
    struct logical *node = g->group->scope->node;
    if (!node || node->kind != LOGICAL_WINDOW || g->group->window)
        return false;
    g->window = node;
    bool windowed = keys_determine_window(g) &&
                    !aggregates_use(g->group->aggregates, 0, WINDOW_COLUMNS) && split_where(g) &&
                    !(has_gaps(&node->window.fn) && anything_may_fail(g));
    if (!windowed) {
        g->low.count = g->high.count = 0;
        g->window = NULL;
    }
    return windowed;
}

/* ---- below ---- */

/* Over the columns of the projection's input: the WINDOW node's own are gone. */
static struct expr *below(struct grouping *g, struct expr *e)
{
    if (!e || g->mode != MODE_WINDOW_TABLE)
        return e;
    uint32_t n = g->window->schema.n_fields;
    uint32_t *map = ARENA_ARRAY(g->b->arena, uint32_t, n);
    for (uint32_t i = 0; map && i < n; i++)
        map[i] = i >= WINDOW_COLUMNS ? i - WINDOW_COLUMNS : 0;
    return map ? expr_remap(g->b->arena, e, map) : e;
}

static struct expr *time_test(struct grouping *g, enum function_id id)
{
    struct expr **args = ARENA_ARRAY(g->b->arena, struct expr *, 1);
    args[0] = g->time;
    return expr_call(g->b->arena, id, type_of(TYPE_BOOLEAN), args, 1, g->time->span);
}

static struct expr *guard_value(struct grouping *g, struct expr *e)
{
    if (!e || g->mode == MODE_PLAIN || !expr_may_fail(e))
        return e;
    struct expr **args = ARENA_ARRAY(g->b->arena, struct expr *, 2);
    args[0] = time_test(g, FUNCTION_IS_NOT_NULL);
    args[1] = e;
    struct type type = e->type;
    e = bind_list(g->b, EXPR_CASE, args, 2, e->span);
    e->type = type;
    return e;
}

/* Rows without time pass, so that the window drops and counts them. */
static struct expr *guard_condition(struct grouping *g, struct expr *e)
{
    if (g->mode != MODE_WINDOW_TABLE || !expr_may_fail(e))
        return e;
    struct expr **args = ARENA_ARRAY(g->b->arena, struct expr *, 2);
    args[0] = time_test(g, FUNCTION_IS_NULL);
    args[1] = e;
    return bind_list(g->b, EXPR_OR, args, 2, e->span);
}

static uint32_t add_output(struct grouping *g, struct expr *e)
{
    for (uint32_t i = 0; i < g->outputs.count; i++)
        if (expr_equal(g->outputs.items[i], e) && !expr_is_volatile(e))
            return i;
    expr_list_push(g->b->arena, &g->outputs, e);
    return g->outputs.count - 1;
}

static const char **output_names(struct grouping *g, const struct schema *input)
{
    struct arena *arena = g->b->arena;
    const char **names = ARENA_ARRAY(arena, const char *, g->outputs.count + 1);
    for (uint32_t i = 0; names && i < g->outputs.count; i++) {
        struct strbuf text;
        strbuf_init(&text, arena);
        if (rule_expr_size(g->outputs.items[i], 64) < 64)
            expr_print(g->outputs.items[i], input, &text);
        else
            strbuf_printf(&text, "expr%u", i);
        names[i] = text.data;
    }
    return names;
}

static enum status input_node(struct grouping *g, struct logical **out)
{
    struct logical *node = g->group->scope->node;
    if (g->mode == MODE_WINDOW_TABLE)
        node = g->window->inputs[0];
    if (!node) {
        struct schema none = {0};
        TRY(bind_rows(g->b, &none, NULL, 1, (struct span){0, 0}, &node));
    }
    if (g->mode != MODE_WINDOW_TABLE && g->group->where)
        expr_list_split(g->b->arena, &g->low, g->group->where);
    if (g->low.count) {
        for (uint32_t i = 0; i < g->low.count; i++)
            g->low.items[i] = guard_condition(g, below(g, g->low.items[i]));
        node = logical_filter(g->b->arena, node, g->low);
    }
    *out = node;
    return arena_check(g->b->arena, g->b->error);
}

static void fill_aggregate(struct grouping *g, const struct bind_aggregate *from, uint32_t shift,
                           struct aggregate *to)
{
    *to = (struct aggregate){.id = from->id,
                             .args = {-1, -1},
                             .filter = -1,
                             .distinct = from->distinct,
                             .type = from->type,
                             .separator = from->separator};
    for (uint32_t i = 0; i < from->n_args; i++) {
        struct expr *arg = guard_value(g, below(g, from->args[i]));
        to->arg_types[i] = arg->type;
        to->args[i] = (int32_t)(shift + add_output(g, arg));
    }
    if (from->filter)
        to->filter = (int32_t)(shift + add_output(g, guard_value(g, below(g, from->filter))));
}

/* The projection, the WINDOW of panes if there is one, and the AGGREGATE. */
static enum status build(struct grouping *g, struct logical **out)
{
    struct arena *arena = g->b->arena;
    struct bind_group *group = g->group;
    struct logical *node;
    TRY(input_node(g, &node));
    uint32_t shift = g->mode == MODE_PLAIN ? 0 : 1;
    uint32_t *keys = ARENA_ARRAY(arena, uint32_t, g->n_keys + 1);
    struct aggregate *aggregates =
        ARENA_ARRAY(arena, struct aggregate, group->aggregates->count + 1);
    TRY(arena_check(arena, g->b->error));
    for (uint32_t i = 0; i < g->n_keys; i++)
        keys[i] = shift + add_output(g, guard_value(g, below(g, g->keys[i])));
    for (size_t i = 0; i < group->aggregates->count; i++)
        fill_aggregate(g, &group->aggregates->items[i], shift, &aggregates[i]);
    struct expr *time = NULL;
    if (g->mode != MODE_PLAIN) {
        uint32_t column = add_output(g, g->time);
        time = expr_column(arena, column, g->time->type, g->time->span);
    }
    const char **names = output_names(g, &node->schema);
    TRY(arena_check(arena, g->b->error));
    node = logical_project(arena, node, g->outputs, names);
    struct logical *window = NULL;
    if (g->mode != MODE_PLAIN) {
        const struct window_fn *fn =
            g->mode == MODE_WINDOW_TABLE ? &g->window->window.fn : &group->window->fn;
        node = window = logical_window(arena, node, fn, time, true);
    }
    TRY(bind_live_input(g->b, window ? window->inputs[0] : node, window, group->aggregates,
                        &group->emit));
    *out = logical_aggregate(arena, node, keys, g->n_keys, aggregates,
                             (uint32_t)group->aggregates->count, window, group->emit);
    return arena_check(arena, g->b->error);
}

/* ---- above ---- */

static struct expr *above_one(void *context, struct expr *e)
{
    struct grouping *g = context;
    struct arena *arena = g->b->arena;
    uint32_t n_window = (g->mode == MODE_PLAIN ? 0 : WINDOW_COLUMNS) + emit_columns(g->group->emit);
    for (uint32_t i = 0; i < g->n_keys; i++)
        if (expr_equal(g->keys[i], e))
            return expr_column(arena, i, e->type, e->span);
    if (e->kind != EXPR_COLUMN)
        return NULL;
    uint32_t column = e->column;
    if (column >= BIND_AGGREGATE_BASE)
        column = g->n_keys + n_window + (column - BIND_AGGREGATE_BASE);
    else if (column >= BIND_PANE_BASE)
        column = g->n_keys + (g->mode == MODE_PLAIN ? 0 : WINDOW_COLUMNS) + column - BIND_PANE_BASE;
    else if (column >= BIND_WINDOW_BASE)
        column = g->n_keys + (column - BIND_WINDOW_BASE);
    else if (g->mode == MODE_WINDOW_TABLE && column < WINDOW_COLUMNS)
        column = g->n_keys + column;
    else
        column += BIND_RAW_BASE;
    return expr_column(arena, column, e->type, e->span);
}

static const struct expr *find_raw(const struct expr *e)
{
    if (e->kind == EXPR_COLUMN && e->column >= BIND_RAW_BASE)
        return e;
    for (uint32_t i = 0; i < e->n_args; i++) {
        const struct expr *found = find_raw(e->args[i]);
        if (found)
            return found;
    }
    return NULL;
}

static enum status above(struct grouping *g, struct expr *e, struct expr **out)
{
    struct binder *b = g->b;
    *out = expr_rewrite(b->arena, e, above_one, g);
    TRY(arena_check(b->arena, b->error));
    const struct expr *raw = find_raw(*out);
    if (!raw)
        return STATUS_OK;
    *out = rule_fold_expr(b->env, *out);
    raw = find_raw(*out);
    if (!raw)
        return STATUS_OK;
    const char *name = g->group->scope->node->schema.fields[raw->column - BIND_RAW_BASE].name;
    enum status status = error_set_at(b->error, STATUS_TYPE, raw->span,
                                      "a column that is neither grouped nor aggregated: %s", name);
    error_hint(b->error, "put it into GROUP BY, or take any_value(%s)", name);
    return status;
}

static enum status build_having(struct grouping *g, struct logical **node)
{
    struct expr_list conditions = {0};
    struct expr *e;
    for (uint32_t i = 0; i < g->high.count; i++) {
        TRY(above(g, g->high.items[i], &e));
        expr_list_push(g->b->arena, &conditions, e);
    }
    if (g->group->having) {
        TRY(above(g, g->group->having, &e));
        expr_list_split(g->b->arena, &conditions, e);
    }
    if (conditions.count)
        *node = logical_filter(g->b->arena, *node, conditions);
    return arena_check(g->b->arena, g->b->error);
}

/* Each key once; keys that are the grouped window's own columns say nothing new. */
static enum status plain_keys(struct grouping *g)
{
    const struct bind_group *group = g->group;
    g->n_keys = 0;
    for (uint32_t i = 0; i < group->n_keys; i++) {
        struct expr *key = group->keys[i];
        if (key->kind == EXPR_COLUMN && key->column >= BIND_WINDOW_BASE)
            continue;
        if (uses(key, BIND_WINDOW_BASE, BIND_WINDOW_BASE + WINDOW_COLUMNS))
            return bind_refuse(g->b, key->span, "grouping by what is computed from the window");
        g->keys[g->n_keys++] = key;
    }
    if (aggregates_use(group->aggregates, BIND_WINDOW_BASE, BIND_WINDOW_BASE + WINDOW_COLUMNS)) {
        enum status status =
            bind_refuse(g->b, group->window->ast->span, "aggregates over the window's bounds");
        error_hint(g->b->error, "use the window in FROM: they are columns there");
        return status;
    }
    return STATUS_OK;
}

static void drop_equal_keys(struct grouping *g)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_keys; i++) {
        bool known = false;
        for (uint32_t j = 0; j < n; j++)
            known |= expr_equal(g->keys[j], g->keys[i]);
        if (!known)
            g->keys[n++] = g->keys[i];
    }
    g->n_keys = n;
}

enum status bind_grouped(struct bind_group *group, struct logical **out)
{
    struct binder *b = group->binder;
    struct grouping g = {.group = group, .b = b, .mode = MODE_PLAIN};
    *out = NULL;
    g.keys = ARENA_ARRAY(b->arena, struct expr *, group->n_keys + 1);
    TRY(arena_check(b->arena, b->error));
    if (is_window_table(&g)) {
        g.mode = MODE_WINDOW_TABLE;
        g.time = g.window->window.time;
    } else {
        TRY(plain_keys(&g));
        if (group->window) {
            g.mode = MODE_WINDOW_GROUP;
            g.time = group->window->time;
        }
    }
    drop_equal_keys(&g);
    TRY(build(&g, out));
    for (uint32_t i = 0; i < group->exprs->count; i++)
        TRY(above(&g, group->exprs->items[i], &group->exprs->items[i]));
    return build_having(&g, out);
}
