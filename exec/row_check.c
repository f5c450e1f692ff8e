#include "exec/row_check.h"

enum status row_check_new(struct arena *arena, const struct plan *plan, const struct schema *schema,
                          const struct context *context, const struct time_zone *zone,
                          struct eval_program **out, struct error *error)
{
    struct expr_list list = {.count = plan->n_checks};
    *out = NULL;
    if (!list.count)
        return STATUS_OK;
    list.items = ARENA_ARRAY(arena, struct expr *, list.count);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < list.count; i++)
        list.items[i] = plan->checks[i].expr;
    return eval_program_new(arena, NULL, &list, schema, context, zone, out, error);
}

static bool passes(const struct column *column, size_t rows)
{
    const uint8_t *values = column->data;
    for (size_t i = 0; i < rows; i++)
        if (!column_is_null(column, i) && !values[column_index(column, i)])
            return false;
    return true;
}

enum status row_check_run(const struct plan *plan, struct evaluator *evaluator, struct batch *batch,
                          struct error *error)
{
    struct batch *results;
    if (!evaluator || !batch->length)
        return STATUS_OK;
    TRY(evaluator_run(evaluator, batch, &results, error));
    enum status status = STATUS_OK;
    for (uint32_t c = 0; c < plan->n_checks && status == STATUS_OK; c++)
        if (!passes(results->columns[c], batch->length))
            status =
                error_set(error, STATUS_CONSTRAINT, "constraint failed: %s", plan->checks[c].text);
    batch_unref(results);
    return status;
}
