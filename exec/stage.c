/* stage.c - cuts a pipeline into stages: from the Write down, a new one at each transform that must see all its
 * input before it gives anything. */
#include "exec/stage.h"
#include "base/array.h"
#include "exec/pane.h"

struct path {
    const struct transform **items; /* steps from the sink down, last first */
    size_t count, capacity;
};

static enum status stage_for(struct query *query, const struct transform *t, struct stage **out,
                             struct error *error);

static bool is_breaker(const struct transform *t)
{
    switch (t->kind) {
    case TRANSFORM_COMBINE:
        return t->combine.kind == COMBINE_TOP || t->combine.phase != COMBINE_PARTIAL;
    case TRANSFORM_PARDO:
        return t->pardo.has_limit;
    case TRANSFORM_WINDOW_INTO:
        return t->window_into.fn.kind == WINDOW_SESSION && !t->window_into.panes_only;
    default:
        return false;
    }
}

static enum status step_init(struct query *query, const struct transform *t, struct step *step,
                             struct error *error)
{
    struct arena *arena = query->env.arena;
    step->transform = t;
    if (t->kind == TRANSFORM_PARDO)
        return eval_program_new(arena, &t->pardo.filters, &t->pardo.outputs, &t->inputs[0]->schema,
                                query->env.context, query->env.zone, &step->program, error);
    if (t->kind == TRANSFORM_WINDOW_INTO) {
        step->into = ARENA_NEW(arena, struct window_into);
        TRY(arena_check(arena, error));
        return window_into_init(step->into, t, query->env.context, error);
    }
    return error_set(error, STATUS_INTERNAL, "a transform that is no step: %d", (int)t->kind);
}

static enum status branch_finish(struct stage *stage, const struct transform *bottom,
                                 const struct path *path, struct branch *branch,
                                 struct error *error)
{
    struct arena *arena = stage->query->env.arena;
    branch->steps = ARENA_ARRAY(arena, struct step, path->count + 1);
    TRY(arena_check(arena, error));
    if (bottom->kind == TRANSFORM_READ) {
        branch->read = bottom;
        if (bottom->read.watermark) {
            struct expr **item = arena_memdup(arena, &bottom->read.watermark, sizeof(void *));
            const struct expr_list outputs = {item, 1};
            TRY(arena_check(arena, error));
            TRY(eval_program_new(arena, NULL, &outputs, &bottom->schema, stage->query->env.context,
                                 stage->query->env.zone, &branch->watermark, error));
        }
    } else
        TRY(stage_for(stage->query, bottom, &branch->child, error));
    for (size_t i = path->count; i-- > 0;) {
        TRY(step_init(stage->query, path->items[i], &branch->steps[branch->n_steps], error));
        branch->n_steps++;
    }
    return STATUS_OK;
}

/* Number of branches below `t`. */
static uint32_t count_branches(const struct transform *t)
{
    uint32_t n = 0;
    while (t->kind != TRANSFORM_READ && t->kind != TRANSFORM_FLATTEN && !is_breaker(t))
        t = t->inputs[0];
    if (t->kind != TRANSFORM_FLATTEN)
        return 1;
    for (uint32_t i = 0; i < t->n_inputs; i++)
        n += count_branches(t->inputs[i]);
    return n;
}

static enum status add_branches(struct stage *stage, const struct transform *t, struct path path,
                                struct error *error)
{
    struct arena *arena = stage->query->env.arena;
    while (t->kind != TRANSFORM_READ && t->kind != TRANSFORM_FLATTEN && !is_breaker(t)) {
        *ARRAY_PUSH(arena, &path) = t;
        t = t->inputs[0];
    }
    TRY(arena_check(arena, error));
    if (t->kind != TRANSFORM_FLATTEN)
        return branch_finish(stage, t, &path, &stage->branches[stage->n_branches++], error);
    for (uint32_t i = 0; i < t->n_inputs; i++) {
        struct path copy = {0};
        for (size_t k = 0; k < path.count; k++)
            *ARRAY_PUSH(arena, &copy) = path.items[k];
        TRY(add_branches(stage, t->inputs[i], copy, error));
    }
    return STATUS_OK;
}

static enum status add_input(struct stage *stage, const struct transform *input,
                             struct error *error)
{
    struct arena *arena = stage->query->env.arena;
    stage->branches = ARENA_ARRAY(arena, struct branch, count_branches(input));
    TRY(arena_check(arena, error));
    return add_branches(stage, input, (struct path){0}, error);
}

static void sort_plan_init(struct stage *stage, const struct transform *t,
                           const struct sort_key *keys, uint32_t n_keys, uint64_t limit,
                           uint64_t offset, const char *owner)
{
    stage->sink = SINK_SORT;
    stage->sort_plan = (struct sort_plan){
        .context = stage->query->env.context,
        .schema = &t->inputs[0]->schema,
        .keys = keys,
        .n_keys = n_keys,
        .limit = limit,
        .offset = offset,
        .owner = owner,
    };
}

static enum status group_stage(struct stage *stage, const struct transform *t, struct error *error)
{
    const struct transform *combine = t, *input = t->inputs[0];
    if (input->kind == TRANSFORM_GROUP_BY_KEY)
        input = input->inputs[0];
    if (t->combine.phase == COMBINE_FINAL) {
        combine = input;
        input = combine->inputs[0];
    }
    stage->sink = SINK_GROUP;
    stage->sink_id = combine->id;
    stage->is_live = t->combine.emit != NULL;
    stage->combine = combine;
    struct schema known;
    TRY(stage_known_schema(stage->query->env.arena, input, &known, error));
    TRY(combine_plan_new(stage->query->env.arena, combine, &known, &t->schema,
                         stage->query->env.context, &stage->combine_plan, error));
    if (t->combine.emit && t->combine.emit->kind != EMIT_CLOSE)
        TRY(pane_plan(stage->combine_plan, stage->query->env.arena, error));
    return add_input(stage, input, error);
}

static enum status session_stage(struct stage *stage, const struct transform *t,
                                 struct error *error)
{
    stage->sink = SINK_SESSION;
    TRY(session_assign_open(t, stage->query->env.context, &stage->sessions, error));
    return add_input(stage, t->inputs[0], error);
}

static enum status write_stage(struct stage *stage, const struct transform *t, struct error *error)
{
    const struct transform *input = t->inputs[0];
    if (t->write.n_sort_keys) {
        sort_plan_init(stage, t, t->write.sort_keys, t->write.n_sort_keys, UINT64_MAX, 0,
                       "Write(ORDER BY)");
    } else {
        stage->sink = SINK_COLLECT;
        if (input->kind == TRANSFORM_PARDO && input->pardo.has_limit) {
            stage->limit = input->pardo.limit;
            stage->offset = input->pardo.offset;
            input = input->inputs[0];
        }
    }
    return add_input(stage, input, error);
}

static enum status stage_fill(struct stage *stage, const struct transform *t, struct error *error)
{
    switch (t->kind) {
    case TRANSFORM_WRITE:
        return write_stage(stage, t, error);
    case TRANSFORM_COMBINE:
        if (t->combine.kind == COMBINE_GROUP)
            return group_stage(stage, t, error);
        sort_plan_init(stage, t, t->combine.sort_keys, t->combine.n_sort_keys, t->combine.limit,
                       t->combine.offset, "Combine(top)");
        return add_input(stage, t->inputs[0], error);
    case TRANSFORM_PARDO:
        stage->sink = SINK_COLLECT;
        stage->limit = t->pardo.limit;
        stage->offset = t->pardo.offset;
        return add_input(stage, t->inputs[0], error);
    case TRANSFORM_WINDOW_INTO:
        return session_stage(stage, t, error);
    default:
        return error_set(error, STATUS_INTERNAL, "a transform that ends no stage: %d",
                         (int)t->kind);
    }
}

static enum status stage_for(struct query *query, const struct transform *t, struct stage **out,
                             struct error *error)
{
    struct stage *stage = ARENA_NEW(query->env.arena, struct stage);
    TRY(arena_check(query->env.arena, error));
    stage->query = query;
    stage->top = t;
    stage->sink_id = t->id;
    stage->limit = UINT64_MAX;
    mutex_init(&stage->morsels);
    *out = stage;
    return stage_fill(stage, t, error);
}

enum status stage_build(struct query *query, struct error *error)
{
    enum status status = stage_for(query, query->pipeline->root, &query->root, error);
    if (status == STATUS_OK)
        query->root->is_root = true;
    return status;
}

void stage_each(struct stage *stage, void (*fn)(struct stage *))
{
    if (!stage)
        return;
    for (uint32_t i = 0; i < stage->n_branches; i++)
        stage_each(stage->branches[i].child, fn);
    fn(stage);
}
