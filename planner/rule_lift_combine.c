/* rule_lift_combine.c - GroupByKey -> Combine becomes Combine(partial) -> GroupByKey -> Combine(final).
 *
 * Each worker then combines what it reads, and only accumulators travel. For HOP and CUMULATE the partial states are
 * those of panes, for SESSION those of a key's stretches of time; the final Combine makes windows of them. */
#include "planner/pipeline_int.h"
#include "planner/rule_int.h"

/* What the state of the partial Combine looks like to EXPLAIN: keys, the pane, the aggregates. */
static struct schema state_schema(struct arena *arena, const struct transform *whole,
                                  const struct schema *input)
{
    uint32_t n_keys = whole->combine.n_keys, n_aggregates = whole->combine.n_aggregates, n = 0;
    struct field *fields = ARENA_ARRAY(arena, struct field, n_keys + n_aggregates + 1);
    if (!fields)
        return (struct schema){0};
    for (uint32_t i = 0; i < n_keys; i++)
        fields[n++] = input->fields[whole->combine.keys[i]];
    if (whole->combine.windowed)
        fields[n++] = input->fields[whole->combine.window_column];
    uint32_t first = whole->schema.n_fields - n_aggregates;
    for (uint32_t i = 0; i < n_aggregates; i++)
        fields[n++] = whole->schema.fields[first + i];
    return (struct schema){fields, n};
}

static void lift(struct arena *arena, struct transform *t)
{
    struct transform *group = t->inputs[0];
    if (t->combine.kind != COMBINE_GROUP || t->combine.phase != COMBINE_WHOLE || t->combine.emit ||
        group->kind != TRANSFORM_GROUP_BY_KEY)
        return;
    struct transform *input = group->inputs[0];
    struct transform *partial = pipeline_transform(arena, TRANSFORM_COMBINE, input);
    partial->combine = t->combine;
    partial->combine.phase = COMBINE_PARTIAL;
    partial->schema = state_schema(arena, t, &input->schema);
    partial->time_column = -1;
    struct transform *lifted = pipeline_transform(arena, TRANSFORM_GROUP_BY_KEY, partial);
    uint32_t *keys = ARENA_ARRAY(arena, uint32_t, t->combine.n_keys + 1);
    for (uint32_t i = 0; keys && i < t->combine.n_keys; i++)
        keys[i] = i;
    lifted->group_by_key.keys = keys;
    lifted->group_by_key.n_keys = t->combine.n_keys;
    t->combine.phase = COMBINE_FINAL;
    t->inputs[0] = lifted;
}

enum status rule_lift_combine(struct rule_state *state, struct pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->n_transforms; i++)
        if (pipeline->transforms[i]->kind == TRANSFORM_COMBINE)
            lift(state->arena, pipeline->transforms[i]);
    pipeline_number(state->arena, pipeline);
    return STATUS_OK;
}
