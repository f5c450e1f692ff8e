/* watermark.c - the running maximum of a split.
 *   1. A watermark never moves back.                                             [watermark_stamp]
 *   2. A row without event time moves nothing.
 *   3. One bad clock does not make everybody late: rows far ahead of the wall clock move nothing, where
 *      the source is a stream. */
#include "exec/watermark.h"

static const int64_t MAX_AHEAD_US = INT64_C(86400000000);

enum status watermark_open(struct watermark *watermark, const struct eval_program *program,
                           const struct context *context, bool is_stream, struct error *error)
{
    *watermark = (struct watermark){
        .context = context, .highest = WATERMARK_NONE, .max_ahead = is_stream ? MAX_AHEAD_US : 0};
    return evaluator_open(program, &watermark->evaluator, error);
}

void watermark_close(struct watermark *watermark)
{
    evaluator_close(watermark->evaluator);
    watermark->evaluator = NULL;
}

static void stamp_rows(struct watermark *w, const struct column *values, int64_t *out, size_t n)
{
    int64_t highest = w->highest, most = INT64_MAX;
    const int64_t *times = values->data;
    if (w->max_ahead)
        most = w->context->clock->wall_us(w->context->clock) + w->max_ahead;
    for (size_t i = 0; i < n; i++) {
        out[i] = highest;
        if (times[i] <= highest || column_is_null(values, i))
            continue;
        if (times[i] <= most) {
            highest = times[i];
        } else if (w->ahead++ == 0) {
            w->first_ahead = times[i];
        }
    }
    w->highest = highest;
}

enum status watermark_stamp(struct watermark *watermark, struct batch *batch, struct error *error)
{
    struct batch *result;
    struct column *flat, *stamps;
    struct budget *budget = watermark->context->budget;
    if (!batch->length)
        return STATUS_OK;
    TRY(evaluator_run(watermark->evaluator, batch, &result, error));
    enum status status = column_flatten(result->columns[0], budget, &flat, error);
    batch_unref(result);
    TRY(status);
    status = column_new(type_of(TYPE_BIGINT), batch->length, budget, "watermarks", &stamps, error);
    if (status == STATUS_OK) {
        stamp_rows(watermark, flat, stamps->data, batch->length);
        batch->watermarks = stamps;
    }
    column_unref(flat);
    return status;
}
