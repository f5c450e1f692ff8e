/* exchange.h - batches from many workers, in input order, to one consumer.
 *
 * Workers announce a morsel before they read it and end it afterwards; the consumer gets the batches of the lowest
 * morsel first. Queues are bounded: a worker waits while too much is held, unless its morsel is the lowest
 * and nearly empty, so somebody can always go on. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "base/context.h"
#include "base/thread.h"
#include "storage/batch.h"

struct exchange_morsel;

struct exchange {
    const struct context *context;
    struct mutex mutex;
    struct condition readable, writable;
    struct exchange_morsel *first; /* by rising number */
    size_t n_held, bytes_held;     /* batches in all queues, their memory */
    unsigned n_workers;            /* still running */
    bool stopped;
    enum status status; /* of the first worker that failed */
    struct error error;
};

void exchange_init(struct exchange *exchange, const struct context *context, unsigned n_workers);
void exchange_fini(struct exchange *exchange); /* frees what is still queued */

/* Workers. Morsels are begun while the caller holds the lock that hands them out, so that numbers rise. */
MUST_CHECK enum status exchange_begin(struct exchange *exchange, uint64_t morsel,
                                      struct error *error);
/* Takes the batch, also on failure; CANCELLED when the consumer has stopped. */
MUST_CHECK enum status exchange_put(struct exchange *exchange, struct batch *batch,
                                    struct error *error);
void exchange_end(struct exchange *exchange, uint64_t morsel);
/* The worker of a morsel has failed: the consumer learns of it when all before that morsel was given out, so that a
 * LIMIT reached before is not disturbed, whatever the threads. exchange_leave follows with STATUS_OK. */
void exchange_fail(struct exchange *exchange, uint64_t morsel, enum status status,
                   const struct error *error);
/* A worker leaves, with its failure if it had one outside of any morsel. */
void exchange_leave(struct exchange *exchange, enum status status, const struct error *error);

/* The consumer. NULL: all workers have left and nothing is queued. */
MUST_CHECK enum status exchange_get(struct exchange *exchange, struct batch **out,
                                    struct error *error);
/* Makes the workers stop at their next put. */
void exchange_stop(struct exchange *exchange);

#endif
