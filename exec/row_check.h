/* row_check.h - NOT NULL and CHECK: a statement's conditions over the rows that it writes. */
#ifndef ROW_CHECK_H
#define ROW_CHECK_H

#include "exec/eval.h"
#include "planner/plan.h"

/* A program of all conditions of the plan; NULL: there are none. Each thread opens an evaluator of its own. */
MUST_CHECK enum status row_check_new(struct arena *arena, const struct plan *plan,
                                     const struct schema *schema, const struct context *context,
                                     const struct time_zone *zone, struct eval_program **out,
                                     struct error *error);
/* A condition is violated where it is false; NULL passes. An evaluator that is NULL passes everything. */
MUST_CHECK enum status row_check_run(const struct plan *plan, struct evaluator *evaluator,
                                     struct batch *batch, struct error *error);

#endif
