/* rule_drop_columns.c - from the root down: which columns does anybody look at? The others are not read, not computed
 * and not carried along; an aggregate that nobody looks at is not kept. */
#include "planner/rule_int.h"

struct dropper {
    struct arena *arena;
};

/* Columns of one node. */
struct wanted {
    bool *columns;
    uint32_t n;
};

static uint32_t *narrow(struct dropper *d, struct logical *node, struct wanted wanted);

static struct wanted wanted_new(struct dropper *d, uint32_t n)
{
    return (struct wanted){ARENA_ARRAY(d->arena, bool, n + 1), n};
}

static void want(void *context, uint32_t column)
{
    struct wanted *wanted = context;
    if (wanted->columns && column < wanted->n)
        wanted->columns[column] = true;
}

static uint32_t *map_new(struct dropper *d, uint32_t n)
{
    return ARENA_ARRAY(d->arena, uint32_t, n + 1);
}

static void remap_list(struct dropper *d, struct expr_list *list, const uint32_t *map)
{
    struct expr **items = ARENA_ARRAY(d->arena, struct expr *, list->count + 1);
    if (!items || !map)
        return;
    for (uint32_t i = 0; i < list->count; i++)
        items[i] = expr_remap(d->arena, list->items[i], map);
    list->items = items;
}

static uint32_t *narrow_scan(struct dropper *d, struct logical *node, struct wanted wanted)
{
    uint32_t *map = map_new(d, wanted.n), *columns = map_new(d, wanted.n), n = 0;
    struct field *fields = ARENA_ARRAY(d->arena, struct field, wanted.n + 1);
    if (!map || !columns || !fields)
        return map;
    if (node->scan.watermark)
        expr_each_column(node->scan.watermark, want, &wanted);
    for (uint32_t i = 0; i < wanted.n; i++) {
        if (!wanted.columns[i])
            continue;
        columns[n] = node->scan.columns[i];
        fields[n] = node->schema.fields[i];
        map[i] = n++;
    }
    node->scan.columns = columns;
    node->schema = (struct schema){fields, n};
    if (node->scan.watermark)
        node->scan.watermark = expr_remap(d->arena, node->scan.watermark, map);
    return map;
}

static uint32_t *narrow_filter(struct dropper *d, struct logical *node, struct wanted wanted)
{
    for (uint32_t i = 0; i < node->filter.count; i++)
        expr_each_column(node->filter.items[i], want, &wanted);
    uint32_t *map = narrow(d, node->inputs[0], wanted);
    remap_list(d, &node->filter, map);
    node->schema = node->inputs[0]->schema;
    return map;
}

static uint32_t *narrow_project(struct dropper *d, struct logical *node, struct wanted wanted)
{
    struct wanted below = wanted_new(d, node->inputs[0]->schema.n_fields);
    uint32_t *map = map_new(d, wanted.n), n = 0;
    struct expr **items = ARENA_ARRAY(d->arena, struct expr *, wanted.n + 1);
    struct field *fields = ARENA_ARRAY(d->arena, struct field, wanted.n + 1);
    if (!map || !items || !fields || !below.columns)
        return map;
    for (uint32_t i = 0; i < wanted.n; i++) {
        if (!wanted.columns[i])
            continue;
        expr_each_column(node->project.items[i], want, &below);
        items[n] = node->project.items[i];
        fields[n] = node->schema.fields[i];
        map[i] = n++;
    }
    node->project = (struct expr_list){items, n};
    node->schema = (struct schema){fields, n};
    remap_list(d, &node->project, narrow(d, node->inputs[0], below));
    return map;
}

static uint32_t *narrow_window(struct dropper *d, struct logical *node, struct wanted wanted)
{
    uint32_t own = logical_window_width(node), n_input = wanted.n - own;
    struct wanted below = wanted_new(d, n_input);
    uint32_t *map = map_new(d, wanted.n);
    if (!below.columns || !map)
        return map;
    for (uint32_t i = 0; i < n_input; i++)
        below.columns[i] = wanted.columns[own + i];
    expr_each_column(node->window.time, want, &below);
    for (uint32_t i = 0; i < node->window.n_partition_by; i++)
        want(&below, node->window.partition_by[i]);
    uint32_t *input = narrow(d, node->inputs[0], below);
    if (!input)
        return NULL;
    node->window.time = expr_remap(d->arena, node->window.time, input);
    uint32_t *keys = map_new(d, node->window.n_partition_by);
    for (uint32_t i = 0; keys && i < node->window.n_partition_by; i++)
        keys[i] = input[node->window.partition_by[i]];
    node->window.partition_by = keys;
    const struct schema *schema = &node->inputs[0]->schema;
    struct field *fields = ARENA_ARRAY(d->arena, struct field, own + schema->n_fields);
    if (!fields)
        return map;
    memcpy(fields, node->schema.fields, own * sizeof *fields);
    if (schema->n_fields)
        memcpy(fields + own, schema->fields, schema->n_fields * sizeof *fields);
    node->schema = (struct schema){fields, own + schema->n_fields};
    for (uint32_t i = 0; i < own; i++)
        map[i] = i;
    for (uint32_t i = 0; i < n_input; i++)
        map[own + i] = own + input[i];
    return map;
}

static void want_aggregate(struct wanted *below, const struct aggregate *a)
{
    for (int i = 0; i < 2; i++)
        if (a->args[i] >= 0)
            want(below, (uint32_t)a->args[i]);
    if (a->filter >= 0)
        want(below, (uint32_t)a->filter);
}

static void remap_aggregate(struct aggregate *a, const uint32_t *map)
{
    for (int i = 0; i < 2; i++)
        if (a->args[i] >= 0)
            a->args[i] = (int32_t)map[a->args[i]];
    if (a->filter >= 0)
        a->filter = (int32_t)map[a->filter];
}

static uint32_t *narrow_aggregate(struct dropper *d, struct logical *node, struct wanted wanted)
{
    uint32_t n_aggregates = node->aggregate.n_aggregates, n_keys = node->aggregate.n_keys;
    uint32_t first = wanted.n - n_aggregates, n = 0;
    struct wanted below = wanted_new(d, node->inputs[0]->schema.n_fields);
    uint32_t *map = map_new(d, wanted.n), *keys = map_new(d, n_keys);
    struct aggregate *kept = ARENA_ARRAY(d->arena, struct aggregate, n_aggregates + 1);
    struct field *fields = ARENA_ARRAY(d->arena, struct field, wanted.n + 1);
    if (!below.columns || !map || !keys || !kept || !fields)
        return map;
    for (uint32_t i = 0; i < n_keys; i++)
        want(&below, node->aggregate.keys[i]);
    for (uint32_t i = 0; i < first; i++) {
        map[i] = i;
        fields[i] = node->schema.fields[i];
    }
    for (uint32_t i = 0; i < n_aggregates; i++) {
        if (!wanted.columns[first + i])
            continue;
        kept[n] = node->aggregate.aggregates[i];
        want_aggregate(&below, &kept[n]);
        fields[first + n] = node->schema.fields[first + i];
        map[first + i] = first + n++;
    }
    if (node->aggregate.windowed)
        want(&below, 0);
    uint32_t *input = narrow(d, node->inputs[0], below);
    if (!input)
        return NULL;
    for (uint32_t i = 0; i < n_keys; i++)
        keys[i] = input[node->aggregate.keys[i]];
    for (uint32_t i = 0; i < n; i++)
        remap_aggregate(&kept[i], input);
    node->aggregate.keys = keys;
    node->aggregate.aggregates = kept;
    node->aggregate.n_aggregates = n;
    node->schema = (struct schema){fields, first + n};
    return map;
}

static uint32_t *narrow_top(struct dropper *d, struct logical *node, struct wanted wanted)
{
    for (uint32_t i = 0; i < node->top.n_keys; i++)
        want(&wanted, node->top.keys[i].column);
    uint32_t *map = narrow(d, node->inputs[0], wanted);
    struct sort_key *keys = ARENA_ARRAY(d->arena, struct sort_key, node->top.n_keys + 1);
    for (uint32_t i = 0; keys && map && i < node->top.n_keys; i++) {
        keys[i] = node->top.keys[i];
        keys[i].column = map[keys[i].column];
    }
    node->top.keys = keys;
    node->schema = node->inputs[0]->schema;
    return map;
}

static uint32_t *narrow_limit(struct dropper *d, struct logical *node, struct wanted wanted)
{
    uint32_t *map = narrow(d, node->inputs[0], wanted);
    node->schema = node->inputs[0]->schema;
    return map;
}

/* All inputs of a UNION come out with exactly the wanted columns, in order. */
static struct logical *aligned(struct dropper *d, struct logical *input, const struct field *fields,
                               struct wanted wanted, uint32_t n)
{
    struct wanted own = wanted_new(d, wanted.n);
    if (!own.columns)
        return input;
    memcpy(own.columns, wanted.columns, wanted.n * sizeof(bool));
    uint32_t *map = narrow(d, input, own);
    const char **names = ARENA_ARRAY(d->arena, const char *, n + 1);
    struct expr_list outputs = {ARENA_ARRAY(d->arena, struct expr *, n + 1), 0};
    if (!map || !names || !outputs.items)
        return input;
    bool in_order = input->schema.n_fields == n;
    for (uint32_t i = 0; i < wanted.n; i++) {
        if (!wanted.columns[i])
            continue;
        in_order &= map[i] == outputs.count;
        names[outputs.count] = fields[i].name;
        outputs.items[outputs.count++] = expr_column(d->arena, map[i], fields[i].type, input->span);
    }
    return in_order ? input : logical_project(d->arena, input, outputs, names);
}

static uint32_t *narrow_union(struct dropper *d, struct logical *node, struct wanted wanted)
{
    uint32_t *map = map_new(d, wanted.n), n = 0;
    struct field *fields = ARENA_ARRAY(d->arena, struct field, wanted.n + 1);
    if (!map || !fields)
        return map;
    for (uint32_t i = 0; i < wanted.n; i++)
        if (wanted.columns[i]) {
            fields[n] = node->schema.fields[i];
            map[i] = n++;
        }
    for (uint32_t i = 0; i < node->n_inputs; i++)
        node->inputs[i] = aligned(d, node->inputs[i], node->schema.fields, wanted, n);
    node->schema = (struct schema){fields, n};
    return map;
}

/* Rebuilds the node; where a wanted column now lies. NULL: out of memory, which the rule's end reports. */
static uint32_t *narrow(struct dropper *d, struct logical *node, struct wanted wanted)
{
    typedef uint32_t *narrow_fn(struct dropper *, struct logical *, struct wanted);
    static narrow_fn *const TABLE[] = {
        [LOGICAL_SCAN] = narrow_scan,           [LOGICAL_FILTER] = narrow_filter,
        [LOGICAL_PROJECT] = narrow_project,     [LOGICAL_WINDOW] = narrow_window,
        [LOGICAL_AGGREGATE] = narrow_aggregate, [LOGICAL_TOP] = narrow_top,
        [LOGICAL_LIMIT] = narrow_limit,         [LOGICAL_UNION] = narrow_union,
    };
    return wanted.columns ? TABLE[node->kind](d, node, wanted) : NULL;
}

enum status rule_drop_columns(struct rule_state *state, struct logical_root *root)
{
    struct dropper d = {state->arena};
    struct wanted all = wanted_new(&d, root->node->schema.n_fields);
    if (all.columns)
        memset(all.columns, true, all.n * sizeof(bool));
    narrow(&d, root->node, all);
    return arena_check(state->arena, state->error);
}
