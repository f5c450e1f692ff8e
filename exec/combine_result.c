/* combine_result.c - the merged groups as batches. */
#include "exec/combine_int.h"

enum { MILLISECOND_US = 1000 };

static const char FINAL[] = "Combine(final)";

enum status combine_row_window(const struct combine_plan *plan, const char *row,
                               struct window *window, struct error *error)
{
    const struct window_assigner *assigner = &plan->assigner;
    if (!plan->layout.session)
        return window_from_border(assigner, group_pane(row), window, error);
    int64_t first = group_pane(row), longest = assigner->fn.max_duration;
    int64_t last = *(const int64_t *)(const void *)(row + GROUP_LAST_AT);
    *window = (struct window){first, last + assigner->size_us};
    if (longest && window->end > first + longest)
        window->end = first + longest;
    return STATUS_OK;
}

/* Rows are mostly in the order of their windows: the last one tells first. */
static bool is_one_window(const struct combine_plan *plan, const char *const *rows, size_t n)
{
    if (!plan->layout.windowed || plan->layout.session || n == 0)
        return false;
    size_t i = n;
    while (i > 0 && group_pane(rows[i - 1]) == group_pane(rows[0]))
        i--;
    return i == 0;
}

/* The window columns of rows of one window. */
static enum status one_window_columns(const struct combine_plan *plan, const char *row, size_t n,
                                      const struct field *fields, struct column **columns,
                                      struct error *error)
{
    struct window window;
    TRY(combine_row_window(plan, row, &window, error));
    const int64_t values[WINDOW_COLUMNS] = {window.start, window.end, window.end - MILLISECOND_US};
    for (uint32_t c = 0; c < WINDOW_COLUMNS; c++) {
        TRY(column_new_constant(fields[c].type, n, false, plan->context->budget, &columns[c],
                                error));
        *(int64_t *)columns[c]->data = values[c];
    }
    return STATUS_OK;
}

/* The three window columns of the rows. */
static enum status window_columns(const struct combine_plan *plan, const char *const *rows,
                                  size_t n, struct column **columns, struct error *error)
{
    int64_t *starts = columns[0]->data, *ends = columns[1]->data, *times = columns[2]->data;
    struct window window = {0, 0};
    bool known = false;
    for (size_t i = 0; i < n; i++) {
        if (!known || plan->layout.session || group_pane(rows[i]) != group_pane(rows[i - 1]))
            TRY(combine_row_window(plan, rows[i], &window, error));
        known = true;
        starts[i] = window.start;
        ends[i] = window.end;
        times[i] = window.end - MILLISECOND_US;
    }
    return STATUS_OK;
}

static enum status aggregate_column(const struct combine_plan *plan, uint32_t number,
                                    const char *const *rows, size_t n, struct column *out,
                                    struct error *error)
{
    const struct group_acc *acc = &plan->layout.accs[plan->acc_of[number]];
    struct text_builder text = {0};
    if (type_is_text(out->type))
        text_builder_init(&text, out, FINAL);
    struct agg_output output = {
        .agg = &acc->agg,
        .id = plan->combine->combine.aggregates[number].id,
        .name = plan->names[number],
        .rows = rows,
        .n = n,
        .offset = acc->offset,
        .out = out,
        .text = &text,
        .context = plan->context,
    };
    return acc->agg.kernel->finish(&output, error);
}

static enum status fill_columns(const struct combine_plan *plan, const char *const *rows, size_t n,
                                struct batch *batch, struct error *error)
{
    const struct group_layout *layout = &plan->layout;
    struct budget *budget = plan->context->budget;
    struct column **columns = batch->columns;
    const struct field *fields = plan->output->fields;
    uint32_t window_at = layout->n_keys;
    bool one_window = is_one_window(plan, rows, n);
    for (uint32_t i = 0; i < batch->n_columns; i++)
        if (!one_window || i < window_at || i >= window_at + WINDOW_COLUMNS)
            TRY(column_new(fields[i].type, n, budget, FINAL, &columns[i], error));
    for (uint32_t i = 0; i < layout->n_keys; i++) {
        struct text_builder text = {0};
        if (type_is_text(columns[i]->type))
            text_builder_init(&text, columns[i], FINAL);
        TRY(group_key_output(layout, i, rows, n, columns[i], &text, error));
    }
    columns += layout->n_keys;
    if (layout->windowed) {
        if (one_window)
            TRY(one_window_columns(plan, rows[0], n, fields + window_at, columns, error));
        else
            TRY(window_columns(plan, rows, n, columns, error));
        columns += WINDOW_COLUMNS;
    }
    for (uint32_t i = 0; i < plan->combine->combine.n_aggregates; i++)
        TRY(aggregate_column(plan, i, rows, n, columns[i], error));
    return STATUS_OK;
}

enum status combine_result_batch(const struct combine_result *result, uint64_t at, uint64_t n,
                                 struct batch **out, struct error *error)
{
    const struct combine_plan *plan = result->plan;
    assert(at + n <= result->rows.n);
    TRY(context_check(plan->context, error));
    struct batch *batch;
    uint64_t morsel = at / MAX(plan->context->batch_size, 1u);
    TRY(batch_new(plan->output->n_fields, n, morsel, plan->context->budget, &batch, error));
    const char *const *rows = n > 0 ? (const char *const *)(void *)(result->rows.rows + at) : NULL;
    enum status status = fill_columns(plan, rows, n, batch, error);
    if (status != STATUS_OK) {
        batch_unref(batch);
        return status;
    }
    *out = batch;
    return STATUS_OK;
}
