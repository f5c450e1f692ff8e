/* translate.c - one logical node after another becomes transforms.
 *
 * A node's columns need not lie in its transform's output in the same order: `map` says where each of them is. So a
 * WINDOW, whose columns come first in the logical plan and last in the pipeline, needs no projection. */
#include "planner/translate.h"

#include "planner/pipeline_int.h"

struct placed {
    struct transform *transform;
    uint32_t *map; /* column of the logical node -> column of the transform */
};

struct translator {
    struct arena *arena;
    struct error *error;
};

static enum status translate(struct translator *t, const struct logical *node, struct placed *out);

static uint32_t *identity(struct arena *arena, uint32_t n)
{
    uint32_t *map = ARENA_ARRAY(arena, uint32_t, n + 1);
    for (uint32_t i = 0; map && i < n; i++)
        map[i] = i;
    return map;
}

static bool is_identity(const struct placed *placed, uint32_t n)
{
    if (placed->transform->schema.n_fields != n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (placed->map[i] != i)
            return false;
    return true;
}

static struct expr_list remap_list(struct translator *t, const struct expr_list *list,
                                   const uint32_t *map)
{
    struct expr_list out = {ARENA_ARRAY(t->arena, struct expr *, list->count + 1), list->count};
    for (uint32_t i = 0; out.items && i < list->count; i++)
        out.items[i] = expr_remap(t->arena, list->items[i], map);
    return out;
}

/* All columns of a transform as outputs of a ParDo. */
static struct expr_list all_columns(struct translator *t, const struct schema *schema)
{
    struct expr_list out = {ARENA_ARRAY(t->arena, struct expr *, schema->n_fields + 2),
                            schema->n_fields};
    for (uint32_t i = 0; out.items && i < schema->n_fields; i++)
        out.items[i] = expr_column(t->arena, i, schema->fields[i].type, (struct span){0, 0});
    return out;
}

/* A transform whose columns lie as the node's do. */
static struct transform *in_order(struct translator *t, const struct logical *node,
                                  struct placed placed)
{
    uint32_t n = node->schema.n_fields;
    if (is_identity(&placed, n))
        return placed.transform;
    struct transform *pardo = pipeline_transform(t->arena, TRANSFORM_PARDO, placed.transform);
    struct expr_list outputs = {ARENA_ARRAY(t->arena, struct expr *, n + 1), n};
    for (uint32_t i = 0; outputs.items && i < n; i++) {
        outputs.items[i] =
            expr_column(t->arena, placed.map[i], node->schema.fields[i].type, (struct span){0, 0});
        if (placed.transform->time_column == (int32_t)placed.map[i])
            pardo->time_column = (int32_t)i;
    }
    pardo->pardo.outputs = outputs;
    pardo->schema = node->schema;
    return pardo;
}

static enum status translate_scan(struct translator *t, const struct logical *node,
                                  struct placed *out)
{
    struct transform *read = pipeline_transform(t->arena, TRANSFORM_READ, NULL);
    read->schema = node->schema;
    read->unbounded = node->scan.source->unbounded;
    read->read.source = node->scan.source;
    read->read.watermark = node->scan.watermark;
    read->read.watermark_by_default = node->scan.watermark_by_default;
    read->read.request = (struct scan_request){
        .columns = node->scan.columns,
        .n_columns = node->schema.n_fields,
        .predicates = node->scan.predicates,
        .n_predicates = node->scan.n_predicates,
        .row_limit = node->scan.row_limit,
    };
    *out = (struct placed){read, identity(t->arena, node->schema.n_fields)};
    return STATUS_OK;
}

static enum status translate_filter(struct translator *t, const struct logical *node,
                                    struct placed *out)
{
    struct placed input;
    TRY(translate(t, node->inputs[0], &input));
    struct transform *pardo = pipeline_transform(t->arena, TRANSFORM_PARDO, input.transform);
    pardo->pardo.filters = remap_list(t, &node->filter, input.map);
    pardo->pardo.outputs = all_columns(t, &pardo->schema);
    *out = (struct placed){pardo, input.map};
    return STATUS_OK;
}

static enum status translate_project(struct translator *t, const struct logical *node,
                                     struct placed *out)
{
    struct placed input;
    TRY(translate(t, node->inputs[0], &input));
    struct transform *pardo = pipeline_transform(t->arena, TRANSFORM_PARDO, input.transform);
    pardo->pardo.outputs = remap_list(t, &node->project, input.map);
    pardo->schema = node->schema;
    pardo->time_column = -1;
    for (uint32_t i = 0; i < pardo->pardo.outputs.count; i++) {
        const struct expr *e = pardo->pardo.outputs.items[i];
        if (e->kind == EXPR_COLUMN && (int32_t)e->column == input.transform->time_column)
            pardo->time_column = (int32_t)i;
    }
    *out = (struct placed){pardo, identity(t->arena, node->schema.n_fields)};
    return STATUS_OK;
}

/* The input with the event time as a column of its own, if it is not one yet. */
static struct transform *with_time(struct translator *t, struct transform *input, struct expr *time,
                                   uint32_t *column)
{
    if (time->kind == EXPR_COLUMN) {
        *column = time->column;
        return input;
    }
    struct transform *pardo = pipeline_transform(t->arena, TRANSFORM_PARDO, input);
    uint32_t n = input->schema.n_fields;
    pardo->pardo.outputs = all_columns(t, &input->schema);
    struct field *fields = ARENA_ARRAY(t->arena, struct field, n + 1);
    if (fields && pardo->pardo.outputs.items) {
        pardo->pardo.outputs.items[pardo->pardo.outputs.count++] = time;
        if (n)
            memcpy(fields, input->schema.fields, n * sizeof *fields);
        fields[n] = (struct field){"event_time", time->type, false};
        pardo->schema = (struct schema){fields, n + 1};
    }
    *column = n;
    return pardo;
}

static enum status translate_window(struct translator *t, const struct logical *node,
                                    struct placed *out)
{
    struct placed input;
    TRY(translate(t, node->inputs[0], &input));
    uint32_t column;
    struct expr *time = expr_remap(t->arena, node->window.time, input.map);
    struct transform *below = with_time(t, input.transform, time, &column);
    struct transform *into = pipeline_transform(t->arena, TRANSFORM_WINDOW_INTO, below);
    uint32_t own = logical_window_width(node), n = below->schema.n_fields;
    uint32_t n_input = node->inputs[0]->schema.n_fields;
    into->window_into.fn = node->window.fn;
    into->window_into.time_column_in = column;
    into->window_into.panes_only = node->window.panes_only;
    into->window_into.n_partition_by = node->window.n_partition_by;
    into->window_into.partition_by =
        ARENA_ARRAY(t->arena, uint32_t, node->window.n_partition_by + 1);
    struct field *fields = ARENA_ARRAY(t->arena, struct field, n + own);
    uint32_t *map = ARENA_ARRAY(t->arena, uint32_t, own + n_input);
    TRY(arena_check(t->arena, t->error));
    for (uint32_t i = 0; i < node->window.n_partition_by; i++)
        into->window_into.partition_by[i] = input.map[node->window.partition_by[i]];
    if (n)
        memcpy(fields, below->schema.fields, n * sizeof *fields);
    for (uint32_t i = 0; i < own; i++) {
        fields[n + i] = node->schema.fields[i];
        map[i] = n + i;
    }
    for (uint32_t i = 0; i < n_input; i++)
        map[own + i] = input.map[i];
    into->schema = (struct schema){fields, n + own};
    into->time_column = node->window.panes_only ? (int32_t)column : (int32_t)(n + 2);
    *out = (struct placed){into, map};
    return STATUS_OK;
}

static enum status translate_aggregate(struct translator *t, const struct logical *node,
                                       struct placed *out)
{
    struct placed input;
    TRY(translate(t, node->inputs[0], &input));
    uint32_t n_keys = node->aggregate.n_keys, n_aggregates = node->aggregate.n_aggregates;
    uint32_t *keys = ARENA_ARRAY(t->arena, uint32_t, n_keys + 1);
    struct aggregate *aggregates = ARENA_ARRAY(t->arena, struct aggregate, n_aggregates + 1);
    TRY(arena_check(t->arena, t->error));
    for (uint32_t i = 0; i < n_keys; i++)
        keys[i] = input.map[node->aggregate.keys[i]];
    for (uint32_t i = 0; i < n_aggregates; i++) {
        struct aggregate *a = &aggregates[i];
        *a = node->aggregate.aggregates[i];
        for (int j = 0; j < 2; j++)
            if (a->args[j] >= 0)
                a->args[j] = (int32_t)input.map[a->args[j]];
        if (a->filter >= 0)
            a->filter = (int32_t)input.map[a->filter];
    }
    struct transform *group = pipeline_transform(t->arena, TRANSFORM_GROUP_BY_KEY, input.transform);
    group->group_by_key.keys = keys;
    group->group_by_key.n_keys = n_keys;
    struct transform *combine = pipeline_transform(t->arena, TRANSFORM_COMBINE, group);
    combine->schema = node->schema;
    combine->combine.kind = COMBINE_GROUP;
    combine->combine.phase = COMBINE_WHOLE;
    combine->combine.keys = keys;
    combine->combine.n_keys = n_keys;
    combine->combine.aggregates = aggregates;
    combine->combine.n_aggregates = n_aggregates;
    combine->combine.windowed = node->aggregate.windowed;
    combine->combine.limit = UINT64_MAX;
    combine->combine.emit = node->aggregate.emit;
    combine->time_column = -1;
    if (node->aggregate.windowed) {
        combine->combine.window = node->aggregate.fn;
        combine->combine.window_column = input.map[0];
        combine->combine.time_type = node->aggregate.time_type;
        combine->time_column = (int32_t)n_keys + 2;
    }
    *out = (struct placed){combine, identity(t->arena, node->schema.n_fields)};
    return STATUS_OK;
}

static struct sort_key *remap_keys(struct translator *t, const struct sort_key *keys, uint32_t n,
                                   const uint32_t *map)
{
    struct sort_key *out = ARENA_ARRAY(t->arena, struct sort_key, n + 1);
    for (uint32_t i = 0; out && i < n; i++) {
        out[i] = keys[i];
        out[i].column = map[keys[i].column];
    }
    return out;
}

static enum status translate_top(struct translator *t, const struct logical *node,
                                 struct placed *out)
{
    struct placed input;
    TRY(translate(t, node->inputs[0], &input));
    struct transform *top = pipeline_transform(t->arena, TRANSFORM_COMBINE, input.transform);
    top->combine.kind = COMBINE_TOP;
    top->combine.phase = COMBINE_WHOLE;
    top->combine.sort_keys = remap_keys(t, node->top.keys, node->top.n_keys, input.map);
    top->combine.n_sort_keys = node->top.n_keys;
    top->combine.limit = node->top.limit;
    top->combine.offset = node->top.offset;
    *out = (struct placed){top, input.map};
    return STATUS_OK;
}

static enum status translate_limit(struct translator *t, const struct logical *node,
                                   struct placed *out)
{
    struct placed input;
    TRY(translate(t, node->inputs[0], &input));
    struct transform *pardo = pipeline_transform(t->arena, TRANSFORM_PARDO, input.transform);
    pardo->pardo.has_limit = true;
    pardo->pardo.limit = node->limit.limit;
    pardo->pardo.offset = node->limit.offset;
    *out = (struct placed){pardo, input.map};
    return STATUS_OK;
}

static enum status translate_union(struct translator *t, const struct logical *node,
                                   struct placed *out)
{
    struct transform *flatten = pipeline_transform(t->arena, TRANSFORM_FLATTEN, NULL);
    flatten->schema = node->schema;
    flatten->inputs = ARENA_ARRAY(t->arena, struct transform *, node->n_inputs + 1);
    TRY(arena_check(t->arena, t->error));
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        struct placed input;
        TRY(translate(t, node->inputs[i], &input));
        flatten->inputs[i] = in_order(t, node->inputs[i], input);
        flatten->unbounded |= flatten->inputs[i]->unbounded;
        int32_t time = flatten->inputs[i]->time_column;
        flatten->time_column = i == 0 || time == flatten->time_column ? time : -1;
    }
    flatten->n_inputs = node->n_inputs;
    *out = (struct placed){flatten, identity(t->arena, node->schema.n_fields)};
    return STATUS_OK;
}

static enum status translate(struct translator *t, const struct logical *node, struct placed *out)
{
    typedef enum status translate_fn(struct translator *, const struct logical *, struct placed *);
    static translate_fn *const TABLE[] = {
        [LOGICAL_SCAN] = translate_scan,           [LOGICAL_FILTER] = translate_filter,
        [LOGICAL_PROJECT] = translate_project,     [LOGICAL_WINDOW] = translate_window,
        [LOGICAL_AGGREGATE] = translate_aggregate, [LOGICAL_TOP] = translate_top,
        [LOGICAL_LIMIT] = translate_limit,         [LOGICAL_UNION] = translate_union,
    };
    TRY(arena_check(t->arena, t->error));
    TRY(TABLE[node->kind](t, node, out));
    return arena_check(t->arena, t->error);
}

enum status translate_root(struct arena *arena, const struct logical_root *root,
                           struct pipeline **out, struct error *error)
{
    struct translator t = {arena, error};
    struct placed placed;
    *out = NULL;
    TRY(translate(&t, root->node, &placed));
    struct transform *input = in_order(&t, root->node, placed);
    struct transform *write = pipeline_transform(arena, TRANSFORM_WRITE, input);
    write->write.sort_keys = root->sort_keys;
    write->write.n_sort_keys = root->n_sort_keys;
    write->write.n_visible = root->n_visible;
    struct pipeline *pipeline = ARENA_NEW(arena, struct pipeline);
    pipeline->root = write;
    TRY(arena_check(arena, error));
    pipeline_number(arena, pipeline);
    TRY(arena_check(arena, error));
    *out = pipeline;
    return STATUS_OK;
}
