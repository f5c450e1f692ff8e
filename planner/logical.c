/* logical.c - making the nodes of a logical plan, each with its schema. */
#include "planner/logical.h"

static struct logical *logical_new(struct arena *arena, enum logical_kind kind, uint32_t n_inputs)
{
    struct logical *node = ARENA_NEW(arena, struct logical);
    node->kind = kind;
    node->n_inputs = n_inputs;
    node->inputs = ARENA_ARRAY(arena, struct logical *, n_inputs + 1);
    return node;
}

static struct logical *logical_above(struct arena *arena, enum logical_kind kind,
                                     struct logical *input)
{
    struct logical *node = logical_new(arena, kind, 1);
    node->inputs[0] = input;
    node->schema = input->schema;
    node->span = input->span;
    return node;
}

static struct field *fields_new(struct arena *arena, uint32_t n)
{
    return ARENA_ARRAY(arena, struct field, n + 1);
}

static void scan_fill(struct arena *arena, struct logical *scan)
{
    scan->schema = scan->scan.source->schema;
    scan->scan.columns = ARENA_ARRAY(arena, uint32_t, scan->schema.n_fields + 1);
    if (!scan->scan.columns)
        return;
    for (uint32_t i = 0; i < scan->schema.n_fields; i++)
        scan->scan.columns[i] = i;
}

struct logical *logical_scan(struct arena *arena, struct source *source, struct span span)
{
    struct logical *scan = logical_new(arena, LOGICAL_SCAN, 0);
    scan->span = span;
    scan->scan.source = source;
    scan->scan.row_limit = UINT64_MAX;
    scan_fill(arena, scan);
    return scan;
}

struct type logical_time_type(const struct logical *window)
{
    return type_of(window->window.time->type.id == TYPE_TIMESTAMPTZ ? TYPE_TIMESTAMPTZ
                                                                    : TYPE_TIMESTAMP);
}

static void window_fill(struct arena *arena, struct logical *window)
{
    static const char *const NAMES[WINDOW_COLUMNS] = {"window_start", "window_end", "window_time"};
    const struct schema *input = &window->inputs[0]->schema;
    uint32_t own = logical_window_width(window);
    struct field *fields = fields_new(arena, own + input->n_fields);
    window->schema = (struct schema){fields, fields ? own + input->n_fields : 0};
    if (!fields)
        return;
    for (uint32_t i = 0; i < own; i++)
        fields[i] = (struct field){NAMES[i], logical_time_type(window), true};
    if (window->window.panes_only)
        fields[0] = (struct field){"pane", type_of(TYPE_BIGINT), true};
    for (uint32_t i = 0; i < input->n_fields; i++)
        fields[own + i] = input->fields[i];
}

void logical_refresh(struct arena *arena, struct logical *node)
{
    if (node->kind == LOGICAL_SCAN)
        scan_fill(arena, node);
    if (node->kind == LOGICAL_WINDOW) {
        logical_refresh(arena, node->inputs[0]);
        window_fill(arena, node);
    }
}

struct logical *logical_filter(struct arena *arena, struct logical *input,
                               struct expr_list conditions)
{
    struct logical *node = logical_above(arena, LOGICAL_FILTER, input);
    node->filter = conditions;
    return node;
}

static bool never_null(const struct expr *e, const struct schema *input)
{
    if (e->kind == EXPR_COLUMN)
        return input->fields[e->column].not_null;
    return e->kind == EXPR_CONSTANT && !e->value.is_null;
}

struct logical *logical_project(struct arena *arena, struct logical *input,
                                struct expr_list outputs, const char *const *names)
{
    struct logical *node = logical_above(arena, LOGICAL_PROJECT, input);
    struct field *fields = fields_new(arena, outputs.count);
    node->project = outputs;
    node->schema = (struct schema){fields, fields ? outputs.count : 0};
    for (uint32_t i = 0; fields && i < outputs.count; i++)
        fields[i] = (struct field){names[i], outputs.items[i]->type,
                                   never_null(outputs.items[i], &input->schema)};
    return node;
}

struct logical *logical_window(struct arena *arena, struct logical *input,
                               const struct window_fn *fn, struct expr *time, bool panes_only)
{
    struct logical *node = logical_above(arena, LOGICAL_WINDOW, input);
    node->window.fn = *fn;
    node->window.time = time;
    node->window.panes_only = panes_only;
    window_fill(arena, node);
    return node;
}

struct logical *logical_aggregate(struct arena *arena, struct logical *input, uint32_t *keys,
                                  uint32_t n_keys, struct aggregate *aggregates,
                                  uint32_t n_aggregates, const struct logical *window,
                                  const struct emit *emit)
{
    static const struct {
        const char *name;
        enum type_id type;
    } PANES[PANE_COLUMNS] = {
        {"pane_timing", TYPE_VARCHAR}, {"pane_index", TYPE_BIGINT}, {"pane_is_last", TYPE_BOOLEAN}};
    static const char *const NAMES[WINDOW_COLUMNS] = {"window_start", "window_end", "window_time"};
    struct logical *node = logical_above(arena, LOGICAL_AGGREGATE, input);
    node->aggregate.keys = keys;
    node->aggregate.n_keys = n_keys;
    node->aggregate.aggregates = aggregates;
    node->aggregate.n_aggregates = n_aggregates;
    node->aggregate.windowed = window != NULL;
    uint32_t n_window = window ? WINDOW_COLUMNS : 0, n = 0;
    struct field *fields = fields_new(arena, n_keys + n_window + n_aggregates + PANE_COLUMNS + 1);
    node->aggregate.emit = emit;
    node->schema = (struct schema){fields, 0};
    if (!fields)
        return node;
    for (uint32_t i = 0; i < n_keys; i++)
        fields[n++] = input->schema.fields[keys[i]];
    if (window) {
        node->aggregate.fn = window->window.fn;
        node->aggregate.time_type = logical_time_type(window);
        for (uint32_t i = 0; i < n_window; i++)
            fields[n++] = (struct field){NAMES[i], node->aggregate.time_type, true};
    }
    for (uint32_t i = 0; emit && emit->has_panes && i < PANE_COLUMNS; i++)
        fields[n++] = (struct field){PANES[i].name, type_of(PANES[i].type), true};
    if (emit && emit->has_op)
        fields[n++] = (struct field){"op", type_of(TYPE_VARCHAR), true};
    for (uint32_t i = 0; i < n_aggregates; i++) {
        enum aggregate_id id = aggregates[i].id;
        bool not_null = id == AGGREGATE_COUNT || id == AGGREGATE_COUNT_STAR;
        fields[n++] = (struct field){aggregate_info[id].name, aggregates[i].type, not_null};
    }
    node->schema.n_fields = n;
    return node;
}

struct logical *logical_top(struct arena *arena, struct logical *input, struct sort_key *keys,
                            uint32_t n_keys, uint64_t limit, uint64_t offset)
{
    struct logical *node = logical_above(arena, LOGICAL_TOP, input);
    node->top.keys = keys;
    node->top.n_keys = n_keys;
    node->top.limit = limit;
    node->top.offset = offset;
    return node;
}

struct logical *logical_limit(struct arena *arena, struct logical *input, uint64_t limit,
                              uint64_t offset)
{
    struct logical *node = logical_above(arena, LOGICAL_LIMIT, input);
    node->limit.limit = limit;
    node->limit.offset = offset;
    return node;
}

struct logical *logical_union(struct arena *arena, struct logical **inputs, uint32_t n_inputs)
{
    struct logical *node = logical_new(arena, LOGICAL_UNION, n_inputs);
    node->inputs = inputs;
    node->span = inputs[0]->span;
    uint32_t n = inputs[0]->schema.n_fields;
    struct field *fields = fields_new(arena, n);
    node->schema = (struct schema){fields, fields ? n : 0};
    for (uint32_t i = 0; fields && i < n; i++) {
        fields[i] = inputs[0]->schema.fields[i];
        for (uint32_t j = 1; j < n_inputs; j++)
            fields[i].not_null &= inputs[j]->schema.fields[i].not_null;
    }
    return node;
}

bool logical_unbounded(const struct logical *node)
{
    if (node->kind == LOGICAL_SCAN)
        return node->scan.source->unbounded;
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (logical_unbounded(node->inputs[i]))
            return true;
    return false;
}

void expr_list_push(struct arena *arena, struct expr_list *list, struct expr *e)
{
    /* Room is doubled whenever the count is a power of two. */
    if ((list->count & (list->count - 1)) == 0) {
        struct expr **items = ARENA_ARRAY(arena, struct expr *, list->count ? list->count * 2 : 1);
        if (!items)
            return;
        if (list->count)
            memcpy(items, list->items, list->count * sizeof(struct expr *));
        list->items = items;
    }
    list->items[list->count++] = e;
}

void expr_list_split(struct arena *arena, struct expr_list *list, struct expr *e)
{
    if (e->kind != EXPR_AND) {
        expr_list_push(arena, list, e);
        return;
    }
    for (uint32_t i = 0; i < e->n_args; i++)
        expr_list_split(arena, list, e->args[i]);
}
