/* rule_fuse.c - ParDos that follow one another become one: no batch is made between them.
 *
 * The upper one's expressions take the lower one's outputs in place of its columns. Not where that would compute
 * something twice, where a limit stands between, or where the upper one filters on what the lower one
 * computes and that may fail: a filter of the lower one still comes first. */
#include "planner/pipeline_int.h"
#include "planner/rule_int.h"

struct uses {
    uint32_t *counts;
};

static void count_use(void *context, uint32_t column)
{
    struct uses *uses = context;
    uses->counts[column]++;
}

static void count_list(const struct expr_list *list, struct uses *uses)
{
    for (uint32_t i = 0; i < list->count; i++)
        expr_each_column(list->items[i], count_use, uses);
}

static bool is_cheap(const struct expr *e)
{
    return e->kind == EXPR_COLUMN || e->kind == EXPR_CONSTANT;
}

/* Whether each of the lower outputs that costs something is used at most once. */
static bool computes_once(struct arena *arena, const struct transform *upper,
                          const struct transform *lower)
{
    const struct expr_list *outputs = &lower->pardo.outputs;
    struct uses uses = {ARENA_ARRAY(arena, uint32_t, outputs->count + 1)};
    if (!uses.counts)
        return false;
    count_list(&upper->pardo.filters, &uses);
    count_list(&upper->pardo.outputs, &uses);
    for (uint32_t i = 0; i < outputs->count; i++) {
        const struct expr *e = outputs->items[i];
        if (!is_cheap(e) && (uses.counts[i] > 1 || expr_is_volatile(e)))
            return false;
    }
    return true;
}

static struct expr_list substitute(struct arena *arena, const struct expr_list *list,
                                   const struct expr_list *with)
{
    struct expr_list out = {ARENA_ARRAY(arena, struct expr *, list->count + 1), list->count};
    for (uint32_t i = 0; out.items && i < list->count; i++)
        out.items[i] = expr_substitute(arena, list->items[i], with->items);
    return out;
}

static bool is_plain(const struct transform *t)
{
    return t->kind == TRANSFORM_PARDO && !t->pardo.has_limit;
}

static bool fuse_one(struct arena *arena, struct transform *upper)
{
    struct transform *lower = upper->inputs[0];
    if (!is_plain(lower) || !computes_once(arena, upper, lower))
        return false;
    struct expr_list above = substitute(arena, &upper->pardo.filters, &lower->pardo.outputs);
    struct expr_list filters = {0};
    for (uint32_t i = 0; i < lower->pardo.filters.count; i++)
        expr_list_push(arena, &filters, lower->pardo.filters.items[i]);
    for (uint32_t i = 0; i < above.count; i++)
        expr_list_push(arena, &filters, above.items[i]);
    upper->pardo.outputs = substitute(arena, &upper->pardo.outputs, &lower->pardo.outputs);
    upper->pardo.filters = filters;
    upper->inputs[0] = lower->inputs[0];
    return true;
}

/* A ParDo that hands on all columns as they are does nothing. */
static bool is_idle(const struct transform *t)
{
    const struct schema *input = &t->inputs[0]->schema;
    if (!is_plain(t) || t->pardo.filters.count || t->pardo.outputs.count != input->n_fields)
        return false;
    for (uint32_t i = 0; i < t->pardo.outputs.count; i++) {
        const struct expr *e = t->pardo.outputs.items[i];
        if (e->kind != EXPR_COLUMN || e->column != i)
            return false;
    }
    return true;
}

/* The same transform under the names of what stood above it. */
static struct transform *renamed(struct arena *arena, struct transform *t,
                                 const struct schema *schema)
{
    struct transform *copy = ARENA_NEW(arena, struct transform);
    *copy = *t;
    copy->schema = *schema;
    return copy;
}

enum status rule_fuse(struct rule_state *state, struct pipeline *pipeline)
{
    struct arena *arena = state->arena;
    for (uint32_t i = 0; i < pipeline->n_transforms; i++) {
        struct transform *t = pipeline->transforms[i];
        for (uint32_t j = 0; j < t->n_inputs; j++) {
            struct transform *input = t->inputs[j];
            while (is_plain(input) && fuse_one(arena, input))
                ;
            if (is_plain(input) && is_idle(input))
                t->inputs[j] = renamed(arena, input->inputs[0], &input->schema);
        }
    }
    pipeline_number(arena, pipeline);
    return STATUS_OK;
}
