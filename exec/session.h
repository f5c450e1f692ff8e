/* session.h - what a database handle and its statements hold.
 * Internal to session.c, statement*.c and system_tables.c. */
#ifndef SESSION_H
#define SESSION_H

#include "base/array.h"
#include "base/thread.h"
#include "exec/last_result.h"
#include "exec/reject_log.h"
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
    struct database *database; /* NULL: all in memory */
    struct change *change;     /* of the transaction, or of the statement that runs; or NULL */
    bool in_transaction;
    bool memory_changed; /* tables in memory, since BEGIN: they take no part */
    struct mutex mutex;  /* guards `running` for weir_progress */
    struct execution *running;
    struct verify_progress *verifying; /* as `running` */
    struct last_result last;           /* FROM _ */
    struct reject_log rejects;         /* FROM weir_rejects */
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
    bool in_view; /* its columns are being found */
    bool changes; /* part of db->change, from `mark` on */
    size_t mark;
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

/* ---- statement_change.c ---- */
/* The change that the statement's effects on the database folder go into. statement_run ends it. */
MUST_CHECK enum status statement_change(struct execution *e, struct change **out,
                                        struct error *error);
/* Commits or undoes what the statement has changed; returns its status, or the commit's. */
MUST_CHECK enum status statement_change_end(struct execution *e, enum status status,
                                            struct error *error);
/* BEGIN, COMMIT, ROLLBACK. */
MUST_CHECK enum status statement_transaction(struct execution *e, struct error *error);
/* Drops the open transaction, if there is one. */
void session_rollback(struct weir *db);
/* Fills in what the entry says of the table; id, files and the rest stay. */
MUST_CHECK enum status statement_describe_table(struct execution *e,
                                                const struct catalog_entry *entry,
                                                struct stored_table *out, struct error *error);
MUST_CHECK enum status statement_drop(struct execution *e, const struct catalog_entry *entry,
                                      struct error *error);
/* The table of the plan's entry, with a reference for the caller. */
MUST_CHECK enum status statement_create_stored(struct execution *e, struct stored_table **out,
                                               struct error *error);
MUST_CHECK enum status statement_create_stored_view(struct execution *e, struct error *error);
MUST_CHECK enum status statement_truncate(struct execution *e, struct error *error);

/* ---- statement_load.c ---- */
/* COPY .. FROM into a stored table, before its rows are read: what was loaded before, and the space there is. */
MUST_CHECK enum status statement_load(struct execution *e, struct error *error);

/* ---- statement_rewrite.c ---- */
/* UPDATE and DELETE of a stored table. */
MUST_CHECK enum status statement_rewrite(struct execution *e, struct error *error);

/* ---- statement_write.c ---- */
/* The rows of the plan's pipeline into the table, as part of the statement's change. */
MUST_CHECK enum status statement_write_stored(struct execution *e, const struct stored_table *table,
                                              bool merge_small, uint64_t *rows,
                                              struct error *error);
MUST_CHECK enum status statement_insert(struct execution *e, struct error *error);
MUST_CHECK enum status statement_rewrite_memory(struct execution *e, struct error *error);
MUST_CHECK enum status statement_create_table(struct execution *e, struct error *error);
MUST_CHECK enum status statement_alter(struct execution *e, struct error *error);

/* ---- statement_maintain.c ---- */
MUST_CHECK enum status statement_optimize(struct execution *e, struct error *error);
/* After a commit that may have added rows to the table (NULL: to any): what its ttl says is too old leaves, in a commit
 * of its own. Nothing here makes the statement fail. */
void statement_expire(struct execution *e, const char *table);

/* session.c: the columns that a view gives; none if it cannot be planned any more. */
struct schema session_view_schema(struct execution *e, const struct catalog_entry *view);
/* session_check.c */
void verify_progress_get(const struct verify_progress *progress, struct weir_progress *out);

/* system_tables.c */
MUST_CHECK enum status system_table_open(void *session, struct str name, struct source **out,
                                         struct error *error);
const char *const *system_table_names(size_t *count);

#endif
