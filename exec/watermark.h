/* watermark.h - how far event time has come in one split: the greatest value of its watermark so far.
 *
 * A row's own watermark is that of the rows before it: a row takes effect, then the watermark it makes does. So nothing
 * depends on where batches end. Used by one thread. */
#ifndef WATERMARK_H
#define WATERMARK_H

#include "exec/eval.h"
#include "planner/pipeline.h"

#define WATERMARK_NONE INT64_MIN
#define WATERMARK_END  INT64_MAX /* plus infinity: there will be no more rows */

struct watermark {
    struct evaluator *evaluator; /* of the expression over the source's rows */
    const struct context *context;
    int64_t highest;     /* microseconds; WATERMARK_NONE: no row yet */
    int64_t max_ahead;   /* a row further past the wall clock moves nothing; 0: no bound */
    uint64_t ahead;      /* such rows */
    int64_t first_ahead; /* the watermark that the first of them would have made */
};

/* `program` has the expression as its one output. */
MUST_CHECK enum status watermark_open(struct watermark *watermark,
                                      const struct eval_program *program,
                                      const struct context *context, bool is_stream,
                                      struct error *error);
/* Stamps the rows of a batch that nobody else has yet, and goes on to the watermark after its last row. */
MUST_CHECK enum status watermark_stamp(struct watermark *watermark, struct batch *batch,
                                       struct error *error);
void watermark_close(struct watermark *watermark);

#endif
