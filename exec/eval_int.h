/* eval_int.h - the flat program behind eval.h.
 *
 * Ops are in an order in which arguments come before users. Each belongs to a block: filter i is block i, the
 * outputs are block n_filters; a CASE or a guarded AND/OR has blocks of its own, computed for a subset of the
 * rows of its user's block. */
#ifndef EVAL_INT_H
#define EVAL_INT_H

#include "base/array.h"
#include "exec/eval.h"
#include "exec/kernel/kernel.h"

enum eval_op_kind {
    EVAL_INPUT,
    EVAL_CONSTANT,
    EVAL_CALL,
    EVAL_CAST,
    EVAL_CASE,
    EVAL_LOGIC,
    EVAL_IN
};

struct eval_op {
    enum eval_op_kind kind;
    const struct expr *expr;
    uint32_t block;
    uint32_t *args;       /* op numbers */
    uint32_t *arg_blocks; /* CASE and LOGIC: the block each argument is computed in */
    uint32_t n_args;
    struct column *constant; /* CONSTANT: the value; IN: the set */
    bool set_has_null;
};

struct eval_program {
    struct arena *arena;
    const struct context *context;
    const struct time_zone *zone;
    const struct schema *input;
    ARRAY_OF(struct eval_op) ops;
    uint32_t n_blocks;
    uint32_t *filters, n_filters;
    uint32_t *outputs, n_outputs;
};

#endif
