/* stage.h - a pipeline cut where all input must have been seen: what workers run side by side.
 *
 * A stage reads sources or the results of other stages, pushes batches through steps (ParDo, WindowInto) and into its
 * sink. Internal to run.c, stage.c and worker.c.
 *
 *   Read --steps--> |                        | --> result: batches 0..n, any thread
 *   stage -steps--> | sink: group, sort, ... |
 *                   |  or collect (in order) | --> exchange: batches in order, one consumer
 */
#ifndef STAGE_H
#define STAGE_H

#include "exec/combine.h"
#include "exec/eval.h"
#include "exec/exchange.h"
#include "exec/live.h"
#include "exec/run.h"
#include "exec/session_assign.h"
#include "exec/sort.h"
#include "exec/watermark.h"
#include "exec/window_into.h"

struct step {
    const struct transform *transform;
    struct eval_program *program; /* ParDo */
    struct window_into *into;     /* WindowInto */
};

enum sink_kind {
    SINK_COLLECT, /* in input order: the result, or a stage with LIMIT */
    SINK_GROUP,   /* Combine */
    SINK_SORT,    /* ORDER BY, top-N */
    SINK_SESSION, /* plain WindowInto by sessions */
    SINK_EACH     /* query_drain: each worker's rows for itself */
};

/* One input of a stage. */
struct branch {
    const struct transform *read; /* NULL: `child` */
    struct scan *scan;            /* open while the stage runs */
    struct stage *child;
    atomic_uint_least64_t next_child_batch;
    struct step *steps;
    uint32_t n_steps;
    struct eval_program *watermark; /* of the read, when its rows are stamped */
    uint64_t ahead;                 /* rows too far ahead of the wall clock, when it is done */
};

struct stage {
    struct query *query;
    const struct transform *top; /* the transform whose output this stage makes */
    struct branch *branches;
    uint32_t n_branches;
    enum sink_kind sink;
    uint64_t limit, offset;          /* of SINK_COLLECT */
    const struct transform *combine; /* of SINK_GROUP: the one that takes the rows in */
    struct combine_plan *combine_plan;
    struct sort_plan sort_plan;
    struct live *
        live; /* a Combine with EMIT: the stage is not run to its end, its parent takes what comes */
    bool is_live, live_ended;
    struct live_counts live_counts; /* when it has ended */
    struct scan_bar bar;            /* of a sort with a limit */
    const struct query_sink *each;  /* SINK_EACH */
    uint32_t sink_id;               /* transform the sink's time is charged to */
    bool is_root;

    /* Running. */
    struct mutex morsels; /* held while a morsel is handed out */
    uint64_t n_morsels;   /* handed out */
    struct exchange exchange;
    bool exchange_open;
    struct worker *workers;
    uint32_t n_workers;
    bool threads_running, without_guesses;
    atomic_bool stop;
    uint64_t taken, skipped; /* rows given out and left out by LIMIT */

    /* The result of a finished stage. */
    struct combine_result *groups;
    struct sort_result *sorted;
    struct session_assign *sessions;
    struct batch **batches;
    size_t n_batches, batches_capacity;
    uint64_t result_rows;
    uint64_t n_rejects; /* SINK_SESSION: rows without event time */
};

/* A thread's part of a running stage. */
struct worker {
    struct stage *stage;
    uint32_t index;
    struct thread thread;
    enum status status;
    struct error error;
    struct evaluator **evaluators; /* by step of the current branch */
    struct branch *branch;
    uint32_t branch_index;
    struct reader *reader;
    uint64_t morsel; /* current, numbered over all branches */
    bool has_morsel, branch_open;
    uint64_t child_batch;
    struct combine_state *group;
    struct sort_state *sort;
    struct watermark watermark; /* of the branch */
    bool has_watermark;
    void *each;                        /* SINK_EACH: the sink's state */
    struct transform_metrics *metrics; /* by transform id */
    uint32_t current;                  /* transform the clock runs for */
    int64_t mark_ns;
    /* Without threads: batches that came out, in order. */
    bool is_inline;
    struct batch **out;
    size_t out_at, n_out, out_capacity;
};

struct query {
    struct query_env env;
    const struct pipeline *pipeline;
    struct stage *root;
    bool started, ended;
    struct mutex mutex; /* scans, counts */
    struct scan **scans;
    uint32_t n_scans;
    uint64_t rows_read, bytes_read, bytes_total; /* of closed scans */
    struct window_into **intos;
    uint32_t n_intos;
    struct transform_metrics *metrics;
    uint64_t result_at; /* rows of the root's result given out */
};

/* stage.c */
MUST_CHECK enum status stage_build(struct query *query, struct error *error);
void stage_each(struct stage *stage, void (*fn)(struct stage *)); /* children first */

/* stage_hint.c: what the stage's Read need not give. */
/* The input's schema with what its Reads know of NULLs. */
MUST_CHECK enum status stage_known_schema(struct arena *arena, const struct transform *input,
                                          struct schema *out, struct error *error);
void stage_hint(struct stage *stage, const struct branch *branch, struct scan_request *request);

/* worker.c: the thread's main function, and single steps for running without threads. */
void worker_main(void *worker);
/* Reads and pushes one batch; *more false when all branches are at their end. */
MUST_CHECK enum status worker_step(struct worker *worker, bool *more, struct error *error);
MUST_CHECK enum status worker_finish(struct worker *worker, struct error *error);
void worker_close(struct worker *worker);

/* run.c: what a live stage gives next; *more false at its end. */
MUST_CHECK enum status stage_live_next(struct stage *stage, struct live_item *out, bool *more,
                                       struct error *error);

/* run.c: batch `k` of a finished stage's result. */
uint64_t stage_result_count(const struct stage *stage);
MUST_CHECK enum status stage_result_get(const struct stage *stage, uint64_t k, struct batch **out,
                                        struct error *error);

#endif
