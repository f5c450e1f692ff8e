/* plan.h - one statement, bound and planned: what exec/session.c gets to run.
 *
 * Everything lives in the statement's arena; nothing is changed afterwards. */
#ifndef PLAN_H
#define PLAN_H

#include "parser/parse.h"
#include "planner/pipeline.h"
#include "storage/catalog.h"
#include "storage/file_sink.h"

struct planner;
struct logical_root;

/* Computes a foldable expression: the session lends it, since kernels live in exec/. A failure (overflow) is not
 * an error of the planner: the expression stays and fails when it is run. */
typedef enum status fold_fn(void *context, const struct expr *expr, struct value *out,
                            struct error *error);

/* What the planner may ask of the session. */
struct planner_env {
    struct arena *arena; /* the statement's */
    const struct context *context;
    struct catalog *catalog;
    const struct time_zone *zone; /* SET time_zone */
    struct str
        sql; /* text of the statement: spans point into it; names of unnamed columns come from it */
    const struct value *parameters; /* by index from 1 at [index - 1]; unbound: NULL of type NULL */
    uint32_t n_parameters;
    bool safe;                  /* no files */
    const char *disabled_rules; /* names with commas between them, or "all" */
    const char *on_error;       /* "fail", "skip", "null" */
    const char *runtime_mode;   /* "automatic", "batch", "streaming" */
    fold_fn *fold;
    void *fold_context;
    /* A system table (weir_tables ..) as a source; *out NULL if there is none of the name. */
    enum status (*system_table)(void *context, struct str name, struct source **out,
                                struct error *error);
    /* Names of system tables and settings, for did-you-mean. */
    const char *const *system_tables;
    size_t n_system_tables;
    void *session;
};

enum plan_kind {
    PLAN_QUERY,        /* pipeline */
    PLAN_EXPLAIN,      /* pipeline of the inner query; analyze, json, text of the logical plan */
    PLAN_CREATE_TABLE, /* entry without rows; pipeline: AS SELECT, or NULL */
    PLAN_CREATE_VIEW,  /* entry */
    PLAN_DROP,         /* target (NULL: nothing there and IF EXISTS) */
    PLAN_INSERT, /* target, pipeline: rows in the table's columns and types, defaults filled in */
    PLAN_DELETE, /* target, pipeline: the rows that stay, NULL: none stays */
    PLAN_UPDATE, /* target, pipeline: all rows with new values; a last BOOLEAN column tells which changed */
    PLAN_COPY,     /* copy, pipeline: rows that go to a file */
    PLAN_SET,      /* name, value as text */
    PLAN_RESET,    /* name, or NULL: all */
    PLAN_TRUNCATE, /* target */
    /* target; entry: the table as it will be. pipeline: for a table in memory its rows in the new columns; for a stored
     * one NULL, or rows that are only checked. */
    PLAN_ALTER,
    PLAN_OPTIMIZE, /* target, partition */
    PLAN_BEGIN,    /* of a transaction */
    PLAN_COMMIT,
    PLAN_ROLLBACK,
    PLAN_NOTHING /* IF NOT EXISTS found one */
};

/* COPY .. TO: where the rows go, and how. */
struct plan_copy {
    const char *path; /* "-": standard output; a folder with PARTITION_BY */
    struct span span;
    struct schema schema; /* the columns that are seen */
    struct file_sink_options file;
    uint32_t *partition_by; /* columns of the schema */
    uint32_t n_partition_by;
    bool overwrite;
};

/* COPY .. FROM: files whose rows a PLAN_INSERT takes. */
struct plan_load {
    struct source *source;
    struct span span; /* of the path */
    /* What to do with what was loaded before: refuse, leave it out, load it once more. */
    enum { LOADED_FAIL, LOADED_SKIP, LOADED_AGAIN } loaded;
};

/* UPDATE and DELETE of a stored table, which rewrite only files with rows that the WHERE takes. The pipeline gives
 * the rows that stay, or all with their new values, of the files that `rows` is told to keep. */
struct plan_rewrite {
    struct logical_root *probe_root;
    struct pipeline *probe; /* the place of the file of each row taken; NULL: there is no WHERE */
    struct source *rows;    /* a stored_source; NULL: DELETE without WHERE */
};

struct plan {
    enum plan_kind kind;
    struct pipeline *pipeline;
    struct catalog_entry *target;
    struct catalog_entry
        *entry; /* of CREATE: made by the planner, owned by whoever runs the plan */
    bool or_replace;
    struct plan_copy *copy;
    struct plan_rewrite *rewrite; /* of UPDATE and DELETE; NULL: the table is in memory */
    struct plan_load *load;       /* of INSERT; NULL: rows of a query */
    /* OPTIMIZE .. PARTITION (..): by partition column of the target; NULL: all */
    struct plan_partition {
        bool is_given;
        struct value value;
    } * partition;
    bool analyze, json;
    const char *name, *value; /* SET */
    struct span span;         /* of the name, for errors of SET */
    /* NOT NULL and CHECK of INSERT and UPDATE: expressions over the pipeline's rows that must not be false; `text` for
     * the message: "CHECK (price > 0) of bid" or "NOT NULL of bid.price". */
    struct plan_check {
        struct expr *expr;
        const char *text;
    } * checks;
    uint32_t n_checks;
};

/* Binds, plans and optimizes a parsed statement. Errors carry spans. */
MUST_CHECK enum status plan_statement(const struct planner_env *env,
                                      const struct ast_statement *statement, struct plan **out,
                                      struct error *error);
/* Closes the sources that the plan has opened, and an entry that was not taken. Also after a failure of
 * plan_statement (then *out holds what was opened). */
void plan_close(struct plan *plan);

#endif
