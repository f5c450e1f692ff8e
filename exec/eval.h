/* eval.h - expressions to columns: a program shared by the workers, an evaluator for each of them.
 *
 * A program holds filters and outputs over one input schema. Filters are computed in order, each only for the rows
 * that the ones before it left; outputs for what is left at the end. CASE, and AND and OR whose later
 * parts may fail, compute their parts only for the rows that need them. Equal subexpressions of one block are
 * computed once. */
#ifndef EVAL_H
#define EVAL_H

#include "base/context.h"
#include "planner/expr.h"
#include "storage/batch.h"

struct time_zone;
struct eval_program;
struct evaluator;

/* Lives in the arena. `zone` is SET time_zone's. */
MUST_CHECK enum status eval_program_new(struct arena *arena, const struct expr_list *filters,
                                        const struct expr_list *outputs, const struct schema *input,
                                        const struct context *context, const struct time_zone *zone,
                                        struct eval_program **out, struct error *error);
void eval_program_close(struct eval_program *program);

MUST_CHECK enum status evaluator_open(const struct eval_program *program, struct evaluator **out,
                                      struct error *error);
/* The outputs for the rows of `batch` that pass; NULL if none does. Columns that are passed through keep their
 * encoding, others are FLAT or CONSTANT, or DICTIONARY for functions of one. Does not take
 * the batch. */
MUST_CHECK enum status evaluator_run(struct evaluator *evaluator, struct batch *batch,
                                     struct batch **out, struct error *error);
void evaluator_close(struct evaluator *evaluator); /* NULL is fine */

/* The value of an expression without columns. */
MUST_CHECK enum status eval_constant(const struct expr *expr, struct arena *arena,
                                     const struct context *context, const struct time_zone *zone,
                                     struct value *out, struct error *error);

#endif
