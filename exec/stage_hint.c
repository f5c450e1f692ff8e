/* stage_hint.c - tells a Read what its stage does not need: of event times all but the window, of rows those that a
 * LIMIT leaves out in any case. Only where nobody else looks at the column. And what a Read knows of its NULLs. */
#include "exec/stage.h"

/* ---- Columns through steps ---- */

struct use {
    uint32_t column;
    bool found;
};

static void look(void *context, uint32_t column)
{
    struct use *use = context;
    use->found |= use->column == column;
}

static bool list_uses(const struct expr_list *list, uint32_t column)
{
    struct use use = {.column = column};
    for (uint32_t i = 0; i < list->count; i++)
        expr_each_column(list->items[i], look, &use);
    return use.found;
}

/* The column before a ParDo that is column `*column` after it, unchanged. `is_alone`: nothing else uses it. */
static bool through_pardo(const struct transform *t, uint32_t *column, bool is_alone)
{
    const struct expr_list *outputs = &t->pardo.outputs;
    const struct expr *output = outputs->items[*column];
    if (t->kind != TRANSFORM_PARDO || output->kind != EXPR_COLUMN)
        return false;
    uint32_t before = output->column;
    if (is_alone && list_uses(&t->pardo.filters, before))
        return false;
    for (uint32_t i = 0; is_alone && i < outputs->count; i++) {
        const struct expr_list one = {&outputs->items[i], 1};
        if (i != *column && list_uses(&one, before))
            return false;
    }
    *column = before;
    return true;
}

/* Through steps [0, n_steps), last first, to the field of the Read's source. */
static bool through_steps(const struct branch *branch, uint32_t n_steps, uint32_t *column,
                          bool is_alone)
{
    for (uint32_t i = n_steps; i-- > 0;)
        if (branch->steps[i].transform->kind != TRANSFORM_PARDO ||
            !through_pardo(branch->steps[i].transform, column, is_alone))
            return false;
    const struct scan_request *request = &branch->read->read.request;
    uint32_t field = request->columns[*column];
    for (uint32_t i = 0; is_alone && i < request->n_columns; i++)
        if (i != *column && request->columns[i] == field)
            return false;
    *column = field;
    return true;
}

/* ---- Event time ---- */

static bool combine_uses(const struct transform *combine, uint32_t column)
{
    for (uint32_t i = 0; i < combine->combine.n_keys; i++)
        if (combine->combine.keys[i] == column)
            return true;
    for (uint32_t i = 0; i < combine->combine.n_aggregates; i++) {
        const struct aggregate *a = &combine->combine.aggregates[i];
        int32_t at = (int32_t)column;
        bool takes = a->id != AGGREGATE_COUNT_STAR && (a->args[0] == at || a->args[1] == at);
        if (takes || a->filter == at)
            return true;
    }
    return false;
}

/* Rows go to panes of one length, and their times nowhere else. */
static void hint_cut(const struct stage *stage, const struct branch *branch,
                     struct scan_request *request)
{
    if (stage->sink != SINK_GROUP || branch->n_steps == 0)
        return;
    const struct step *last = &branch->steps[branch->n_steps - 1];
    const struct window_into *into = last->into;
    if (!into || !last->transform->window_into.panes_only || !into->assigner.fixed ||
        into->assigner.pane_us <= 0 || last->transform->window_into.fn.kind == WINDOW_SESSION)
        return;
    uint32_t column = last->transform->window_into.time_column_in;
    if (combine_uses(stage->combine, column) ||
        !through_steps(branch, branch->n_steps - 1, &column, true))
        return;
    request->cut = (struct scan_cut){true, column, into->assigner.base, into->assigner.pane_us};
}

/* ---- The first rows ---- */

static bool has_bar(struct type type)
{
    return type_is_integer(type) || type_is_timestamp(type) || type.id == TYPE_DATE;
}

static void hint_top(struct stage *stage, const struct branch *branch, struct scan_request *request)
{
    struct sort_plan *plan = &stage->sort_plan;
    if (stage->sink != SINK_SORT || stage->n_branches != 1 || plan->n_keys == 0 ||
        plan->limit == UINT64_MAX)
        return;
    uint32_t column = plan->keys[0].column;
    bool descending = plan->keys[0].descending;
    if (!through_steps(branch, branch->n_steps, &column, false) ||
        !has_bar(branch->read->read.source->schema.fields[column].type))
        return;
    atomic_store(&stage->bar.is_set, false);
    atomic_store(&stage->bar.value, descending ? INT64_MIN : INT64_MAX);
    plan->bar = &stage->bar;
    request->top = (struct scan_top){&stage->bar, column, descending, plan->keys[0].nulls_first};
}

/* ---- NULLs ---- */

/* Whether a column of the transform's output is a Read's that has no NULLs. */
static bool never_null(const struct transform *t, uint32_t column)
{
    for (;;) {
        if (t->kind == TRANSFORM_READ) {
            const struct source *source = t->read.source;
            return source->ops->never_null &&
                   source->ops->never_null(source, t->read.request.columns[column]);
        }
        if (t->kind == TRANSFORM_PARDO) {
            const struct expr *output = t->pardo.outputs.items[column];
            if (output->kind != EXPR_COLUMN)
                return false;
            column = output->column;
        } else if (t->kind != TRANSFORM_WINDOW_INTO || column >= t->inputs[0]->schema.n_fields) {
            return false;
        }
        t = t->inputs[0];
    }
}

enum status stage_known_schema(struct arena *arena, const struct transform *input,
                               struct schema *out, struct error *error)
{
    uint32_t n = input->schema.n_fields;
    struct field *fields = ARENA_ARRAY(arena, struct field, n + 1);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < n; i++) {
        fields[i] = input->schema.fields[i];
        fields[i].not_null |= never_null(input, i);
    }
    *out = (struct schema){fields, n};
    return STATUS_OK;
}

void stage_hint(struct stage *stage, const struct branch *branch, struct scan_request *request)
{
    hint_cut(stage, branch, request);
    hint_top(stage, branch, request);
}
