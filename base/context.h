/* context.h - what a running statement carries through every layer: budget, files, clock, cancel flag.
 * Made by the session, read-only but for the atomics, shared by the statement's threads. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include <stdatomic.h>

#include "base/budget.h"
#include "base/clock.h"
#include "base/io.h"

struct context {
    struct budget *budget;
    struct io *io;
    struct clock *clock;
    atomic_bool *cancel;
    unsigned n_threads;
    unsigned batch_size; /* rows; results never depend on it */
};

static inline bool context_cancelled(const struct context *context)
{
    return atomic_load_explicit(context->cancel, memory_order_relaxed);
}
/* STATUS_CANCELLED ("interrupted") once the flag is up. Called per batch and in every long loop. */
MUST_CHECK enum status context_check(const struct context *context, struct error *error);

#endif
