/* rule_prune.c - takes away what gives no rows: filters that are never true, LIMIT 0, parts of a UNION without rows;
 * and stops reading where a LIMIT has enough. */
#include "planner/rule_int.h"
#include "storage/rows_source.h"

static enum status prune(struct rule_state *state, struct logical **node);

static bool is_empty(const struct logical *node)
{
    return node->kind == LOGICAL_SCAN && node->scan.row_limit == 0;
}

static enum status make_empty(struct rule_state *state, struct logical **node)
{
    struct source *source;
    TRY(rows_source_new(state->arena, &(*node)->schema, NULL, 0, &source, state->error));
    struct logical *empty = logical_scan(state->arena, source, (*node)->span);
    empty->scan.row_limit = 0;
    *node = empty;
    return arena_check(state->arena, state->error);
}

static bool never_true(const struct expr_list *conditions)
{
    for (uint32_t i = 0; i < conditions->count; i++) {
        const struct expr *e = conditions->items[i];
        if (e->kind == EXPR_CONSTANT && (e->value.is_null || !e->value.boolean))
            return true;
    }
    return false;
}

static enum status prune_union(struct rule_state *state, struct logical **node)
{
    struct logical *u = *node;
    struct logical **inputs = ARENA_ARRAY(state->arena, struct logical *, u->n_inputs + 1);
    TRY(arena_check(state->arena, state->error));
    uint32_t n = 0;
    for (uint32_t i = 0; i < u->n_inputs; i++)
        if (!is_empty(u->inputs[i]))
            inputs[n++] = u->inputs[i];
    if (n == 0)
        return make_empty(state, node);
    if (n == u->n_inputs)
        return STATUS_OK;
    if (n > 1) {
        u->inputs = inputs;
        u->n_inputs = n;
        return STATUS_OK;
    }
    struct expr_list outputs = {0};
    const char **names = ARENA_ARRAY(state->arena, const char *, u->schema.n_fields + 1);
    TRY(arena_check(state->arena, state->error));
    for (uint32_t i = 0; i < u->schema.n_fields; i++) {
        expr_list_push(state->arena, &outputs,
                       expr_column(state->arena, i, u->schema.fields[i].type, u->span));
        names[i] = u->schema.fields[i].name;
    }
    *node = logical_project(state->arena, inputs[0], outputs, names);
    return arena_check(state->arena, state->error);
}

/* LIMIT sinks below projections; a scan stops at it. */
static void sink_limit(struct logical **node)
{
    struct logical *limit = *node, *input = limit->inputs[0];
    uint64_t most = limit->limit.limit > UINT64_MAX - limit->limit.offset
                        ? UINT64_MAX
                        : limit->limit.limit + limit->limit.offset;
    if (input->kind == LOGICAL_SCAN) {
        input->scan.row_limit = MIN(input->scan.row_limit, most);
        return;
    }
    if (input->kind != LOGICAL_PROJECT)
        return;
    limit->inputs[0] = input->inputs[0];
    limit->schema = limit->inputs[0]->schema;
    input->inputs[0] = limit;
    *node = input;
    sink_limit(&input->inputs[0]);
}

static enum status prune(struct rule_state *state, struct logical **place)
{
    struct logical *node = *place;
    if ((node->kind == LOGICAL_FILTER && never_true(&node->filter)) ||
        (node->kind == LOGICAL_LIMIT && node->limit.limit == 0) ||
        (node->kind == LOGICAL_TOP && node->top.limit == 0))
        return make_empty(state, place);
    for (uint32_t i = 0; i < node->n_inputs; i++)
        TRY(prune(state, &node->inputs[i]));
    if (node->kind == LOGICAL_UNION)
        return prune_union(state, place);
    bool one_row =
        node->kind == LOGICAL_AGGREGATE && node->aggregate.n_keys == 0 && !node->aggregate.windowed;
    if (node->n_inputs == 1 && is_empty(node->inputs[0]) && !one_row)
        return make_empty(state, place);
    if (node->kind == LOGICAL_LIMIT && node->limit.limit != UINT64_MAX)
        sink_limit(place);
    return STATUS_OK;
}

enum status rule_prune(struct rule_state *state, struct logical_root *root)
{
    return prune(state, &root->node);
}
