/* window_into.h - WindowInto over batches: a pane column, or window_start, window_end, window_time. */
#ifndef WINDOW_INTO_H
#define WINDOW_INTO_H

#include "exec/window.h"
#include "storage/batch.h"

struct window_into {
    const struct transform *transform;
    const struct context *context;
    struct window_assigner assigner;
    uint32_t n_inputs;             /* columns of the input */
    atomic_uint_least64_t rejects; /* rows without event time */
};

MUST_CHECK enum status window_into_init(struct window_into *into, const struct transform *transform,
                                        const struct context *context, struct error *error);
/* Gives `fn` the batches that `batch` becomes: one with panes or tumbling windows, several at most where a row is in
 * many windows. `fn` takes them. Does not take `batch`. Not for SESSION in plain form. */
MUST_CHECK enum status window_into_run(struct window_into *into, struct batch *batch,
                                       enum status (*fn)(void *sink, struct batch *batch,
                                                         struct error *error),
                                       void *sink, struct error *error);

#endif
