/* database.h - a database folder: tables and views in SQLite (weir.db), rows in immutable segment files.
 *
 * Reading. database_refresh brings the names up to the last commit of whatever process. A stored_table is one table as
 * of one commit: schema, partitioning, files with their statistics; immutable and reference-counted. While somebody
 * holds a reference, none of its files is deleted (each open database pins the oldest snapshot it uses with a
 * shared lock that other processes see).
 *
 * Writing. Everything a statement changes is one change: files are announced (pending) before they are written, and
 * become part of the table in one SQLite transaction, change_commit. A change that is dropped, or whose process
 * dies, leaves only pending files of a writer whose lock is free: the next open or commit sweeps them.
 * Commits are serialized by SQLite; between change_open and change_commit no lock is held. A commit whose table
 * was changed by somebody else meanwhile is rebased when that does not change its meaning: rows that are added, and
 * files that are merged, go together with whatever took away or added rows; of two that take rows away the second
 * fails, and so does whatever meets another definition: "table bid was changed by another statement".
 *
 * Threads: a database belongs to one session (one thread at a time); stored tables may be read by many. */
#ifndef DATABASE_H
#define DATABASE_H

#include "base/context.h"
#include "storage/batch.h"
#include "storage/value.h"

struct database;
struct change;

enum { DATABASE_VERSION = 1, DATABASE_WAIT_MS = 30000 };

/* ---- what is stored ---- */

/* name, its word in SQL and the catalog, whether a number stands before the column.
 * bucket(n, c): xxh3 of the value, modulo n. truncate(n, c): integers down to a multiple of n, text to n characters. */
#define PARTITION_TRANSFORMS(X)    \
    X(IDENTITY, "identity", false) \
    X(HOUR, "hour", false)         \
    X(DAY, "day", false)           \
    X(MONTH, "month", false)       \
    X(YEAR, "year", false)         \
    X(BUCKET, "bucket", true)      \
    X(TRUNCATE, "truncate", true)

enum partition_transform {
#define X(id, word, has_argument) PARTITION_##id,
    PARTITION_TRANSFORMS(X)
#undef X
};

struct partition_column {
    enum partition_transform transform;
    uint32_t column; /* of the table */
    uint32_t argument;
    const char *name; /* of the folder's key: "date_time_day", "channel" */
    struct type
        type; /* of the partition's value: DATE, TIMESTAMP (hour), INTEGER, or the column's */
};

struct stored_column {
    uint32_t id;             /* stays when the column is renamed */
    const char *default_sql; /* NULL: none */
    const char *check_sql;
    struct value missing; /* what rows of files older than ADD COLUMN have */
};

struct column_zone {
    bool known;            /* min and max are valid; false: all NULL, or not kept */
    struct value min, max; /* texts may be cut: min down, max up */
    uint64_t nulls;
    uint64_t distinct; /* estimate */
};

/* Where rows came from: a range of bytes of a text file. */
struct source_range {
    const char *path; /* absolute */
    uint64_t device, inode;
    int64_t modified_ns;
    uint64_t from, to;
    bool again; /* of a change: it may be there already */
};

struct stored_file {
    uint64_t id;
    const char
        *path; /* below the database folder: "bid/date_time_day=2026-11-22/part-000017-0.weir" */
    uint64_t rows, bytes;
    struct value *partition;   /* by partition column */
    struct column_zone *zones; /* by column of the table */
    /* By column of the table: the column of the file (the ids that the table had when it was written are kept), or
     * -1: every row has the column's `missing` value. */
    int32_t *columns;
};

struct stored_table {
    atomic_uint refs;
    struct arena *arena; /* holds all of it */
    struct database *database;
    uint64_t id, snapshot;
    const char *name;
    struct schema schema;
    struct stored_column *columns; /* one a field */
    const char **checks;           /* table checks, SQL */
    uint32_t n_checks;
    struct partition_column *partitions;
    uint32_t n_partitions;
    uint32_t *order_by; /* columns; ascending */
    uint32_t n_order_by;
    bool small;     /* WITH (compression = 'small') */
    bool fast;      /* WITH (compression = 'fast') */
    int64_t ttl_us; /* 0: none */
    int32_t
        time_column; /* of WATERMARK FOR, or the first timestamp of ORDER BY or the partitions; -1 */
    const char *watermark_sql; /* the expression of WATERMARK FOR time_column AS ...; NULL: none */
    struct stored_file *files; /* by partition, then id */
    uint32_t n_files;
};

struct stored_table *stored_table_ref(struct stored_table *table);
void stored_table_unref(struct stored_table *table); /* NULL is fine */

struct stored_view {
    const char *name;
    const char *sql;
    const char **columns; /* given names; NULL: none */
    uint32_t n_columns;
};

/* ---- opening ---- */

/* Opens a folder, making it when it is missing and `readonly` is false. Refuses a catalog of a newer version by name,
 * and a folder that holds other things but no weir.db. Sweeps what dead writers left. */
MUST_CHECK enum status database_open(const char *path, bool readonly, struct io *io,
                                     struct budget *budget, struct database **out,
                                     struct error *error);
void database_close(struct database *db);
/* Waiting for other processes ends when *cancel is up, or with an error after timeout_ms (unless told:
 * DATABASE_WAIT_MS). */
void database_set_wait(struct database *db, const atomic_bool *cancel, int64_t timeout_ms);
bool database_is_readonly(const struct database *db);
const char *database_path(const struct database *db);

/* ---- names ---- */

/* Up to the last commit; cheap when nothing happened. *changed: names or tables may differ from before. */
MUST_CHECK enum status database_refresh(struct database *db, bool *changed, struct error *error);
/* The table of a name as of the last refresh (or as the open transaction's change has it), with a reference for the
 * caller; NULL: none. */
MUST_CHECK enum status database_table(struct database *db, struct str name,
                                      struct stored_table **out, struct error *error);
const struct stored_view *database_view(struct database *db, struct str name);
/* Names in byte order, tables or views; valid until the next refresh. */
const char *const *database_tables(struct database *db, size_t *count);
const char *const *database_views(struct database *db, size_t *count);

/* ---- changes ---- */

/* A database has at most one change at a time: a statement's, or a transaction's of several statements. While it is
 * open, database_table and database_view answer as if it were committed, to this database handle only. */
MUST_CHECK enum status change_open(struct database *db, struct change **out, struct error *error);
/* Of the change in the making. `table` is a description without files; names must be free. Ids of columns are given
 * here, also to those that ALTER adds (whatever id the table does not have). */
MUST_CHECK enum status change_create_table(struct change *change, const struct stored_table *table,
                                           struct stored_table **out, struct error *error);
/* The same table with another schema, names, options (ALTER): columns are matched by their ids. */
MUST_CHECK enum status change_alter_table(struct change *change, const struct stored_table *table,
                                          struct error *error);
MUST_CHECK enum status change_drop_table(struct change *change, const struct stored_table *table,
                                         struct error *error);
MUST_CHECK enum status change_put_view(struct change *change, const struct stored_view *view,
                                       struct error *error);
MUST_CHECK enum status change_drop_view(struct change *change, struct str name,
                                        struct error *error);

/* Announces a file of the partition (values by partition column; NULL without partitions), makes its folders, and gives
 * the path to write to. Thread-safe. */
MUST_CHECK enum status change_new_file(struct change *change, const struct stored_table *table,
                                       const struct value *partition, struct arena *arena,
                                       uint64_t *id, const char **path, struct error *error);
/* The file is written and synced (its folder is synced by the commit): it is added at the commit. Thread-safe. */
MUST_CHECK enum status change_add_file(struct change *change, const struct stored_table *table,
                                       uint64_t id, uint64_t rows, uint64_t bytes,
                                       const struct column_zone *zones, struct error *error);
/* The file's rows go with this commit (DELETE, UPDATE, compaction, TTL). */
MUST_CHECK enum status change_remove_file(struct change *change, const struct stored_table *table,
                                          const struct stored_file *file, struct error *error);
/* As change_remove_file, for a file whose rows are written again into files of this change (merging, compaction): what
 * others add, merge or delete elsewhere in the table meanwhile does not disturb the commit. *taken false: somebody else
 * is at the file or has replaced it already; nothing was done. */
MUST_CHECK enum status change_replace_file(struct change *change, const struct stored_table *table,
                                           const struct stored_file *file, bool *taken,
                                           struct error *error);
/* The commit adds rows of this range of a text file to the table: remembered until the table is truncated or
 * dropped. */
MUST_CHECK enum status change_add_range(struct change *change, const struct stored_table *table,
                                        const struct source_range *range, struct error *error);
/* How far the same file (device and inode) was loaded into the table before: the greatest `to`, 0 if never. */
MUST_CHECK enum status change_loaded_to(struct change *change, const struct stored_table *table,
                                        const struct source_range *range, uint64_t *to,
                                        struct error *error);
/* All files and remembered ranges of the table go (TRUNCATE). */
MUST_CHECK enum status change_truncate(struct change *change, const struct stored_table *table,
                                       struct error *error);
/* A place in the change to go back to when a statement of a transaction fails: what came after it is undone, its
 * files are deleted. */
size_t change_mark(const struct change *change);
void change_rewind(struct change *change, size_t mark);
/* All or nothing. The change is gone afterwards, also on failure; its files are deleted on failure. */
MUST_CHECK enum status change_commit(struct change *change, struct error *error);
void change_rollback(struct change *change); /* NULL is fine */

/* Bytes that can still be written to the database's file system. */
MUST_CHECK enum status database_free_space(struct database *db, uint64_t *bytes,
                                           struct error *error);
/* Deletes files that no snapshot in use needs and no live writer owns. Called by open and commit. */
MUST_CHECK enum status database_sweep(struct database *db, struct error *error);

/* Named steps of a commit at which tests kill the process: the environment's WEIR_CRASH_AT is looked at in builds with
 * WEIR_FAULTS only. */
#define COMMIT_STEPS(X)                         \
    X(PENDING_RECORDED, "pending-recorded")     \
    X(FILE_WRITTEN, "file-written")             \
    X(FILE_SYNCED, "file-synced")               \
    X(FOLDER_SYNCED, "folder-synced")           \
    X(TRANSACTION_BEGUN, "transaction-begun")   \
    X(TRANSACTION_FILLED, "transaction-filled") \
    X(COMMITTED, "committed")                   \
    X(SWEPT, "swept")

#endif
