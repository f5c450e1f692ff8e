/* session.h - what a database handle and its statements hold.
 * Internal to session.c, statement.c and system_tables.c. */
#ifndef SESSION_H
#define SESSION_H

#include "base/array.h"
#include "base/thread.h"
#include "exec/last_result.h"
#include "exec/run.h"
#include "exec/settings.h"
#include "include/weir.h"
#include "planner/plan.h"

/* struct weir of the public header. */
struct weir {
    struct arena arena; /* zones; lives as long as the handle */
    struct settings settings;
    const struct time_zone *asked_zone; /* the last one of weir_zone_offset */
    struct budget *budget; /* outlives the handle while arrays given out hold charges */
    struct clock clock;
    struct io *io;
    atomic_bool cancel;
    struct catalog *catalog;
    struct mutex mutex; /* guards `running` for weir_progress */
    struct execution *running;
    struct last_result last; /* FROM _ */
};

/* A statement being executed: plan, query, what is known afterwards. Shared by the statement and its stream. */
struct execution {
    unsigned refs; /* one thread at a time uses a handle: no atomics */
    struct weir *db;
    struct arena arena; /* of plan and query; ended by execution_end */
    bool arena_open;
    struct context context;
    struct clock clock; /* stands still at the start of the statement: now() is one value */
    struct planner_env env;
    struct plan *plan;
    struct query *query;
    struct schema schema; /* of the result */
    struct error error;   /* of the stream */
    struct str sql;       /* copy, in `keep` */
    struct arena keep;    /* sql, notices; freed with the execution */
    ARRAY_OF(const char *) notices;
    struct weir_summary summary;
    int64_t started_ns;
    struct batch *pending; /* rows of it from pending_at on are not exported yet */
    size_t pending_at;
    bool ended;
};

/* statement.c: runs a planned statement without rows (DDL, DML, SET); sets summary.rows. */
MUST_CHECK enum status statement_run(struct execution *execution, struct error *error);
/* Starts the plan's pipeline: e->query. */
MUST_CHECK enum status statement_query(struct execution *execution, struct error *error);
/* statement_copy.c: COPY .. TO */
MUST_CHECK enum status statement_copy(struct execution *execution, struct error *error);
/* EXPLAIN: gives its text; with ANALYZE runs the query first. */
MUST_CHECK enum status statement_explain(struct execution *execution, struct str *text,
                                         struct error *error);

/* system_tables.c */
MUST_CHECK enum status system_table_open(void *session, struct str name, struct source **out,
                                         struct error *error);
const char *const *system_table_names(size_t *count);

#endif
