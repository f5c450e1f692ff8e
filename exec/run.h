/* run.h - runs a pipeline: state beside the plan, threads, results in order.
 *
 *   query_open -> query_next ... (NULL at the end) -> query_close
 *
 * Rows come in the order that the plan promises: sorted, or in input order; the same for any count of threads.
 * One thread calls query_next and query_close; query_progress may be called by another one at the same time. */
#ifndef RUN_H
#define RUN_H

#include "planner/explain.h"
#include "planner/pipeline.h"

struct query;

struct query_env {
    struct arena *arena; /* the statement's; used by query_open alone */
    const struct context *context;
    const struct time_zone *zone;
};

MUST_CHECK enum status query_open(const struct query_env *env, const struct pipeline *pipeline,
                                  struct query **out, struct error *error);
/* The next batch, owned by the caller; NULL at the end. After a failure only query_close may follow. */
MUST_CHECK enum status query_next(struct query *query, struct batch **out, struct error *error);
/* Stops the workers, if they still run, and frees everything. NULL is fine. */
void query_close(struct query *query);

/* Takes a query's rows instead of query_next, in the threads of its workers: one state a worker. */
struct query_sink {
    void *context;
    enum status (*open)(void *context, unsigned n_workers, void **state, struct error *error);
    enum status (*add)(void *state, struct batch *batch, struct error *error);
    enum status (*finish)(void *state, struct error *error); /* frees the state, also on failure */
    void (*abort)(void *state);
};
/* Runs the query to its end. Where the plan promises no order and has no limit, workers add rows side by side, each in
 * input order; else one state gets all rows in order. */
MUST_CHECK enum status query_drain(struct query *query, const struct query_sink *sink,
                                   struct error *error);

struct query_counts {
    uint64_t rows_read, bytes_read, bytes_total;
};
void query_count(struct query *query, struct query_counts *out);
/* By transform id; complete when the query has ended. */
const struct transform_metrics *query_metrics(struct query *query);
/* Calls `add` for each notice of the sources and of WindowInto. */
void query_notices(struct query *query, void (*add)(void *, const char *), void *context);
/* Calls `take` for each source that is read. */
void query_sources(struct query *query, void (*take)(void *, struct source *), void *context);

#endif
