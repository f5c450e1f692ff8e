/* database_int.h - what the files of a database share.
 *
 *   1. `lock` is held around every use of SQLite and of the change: workers announce and add files while the
 *      session's thread waits for them. The doors of database.h take it, nothing else does.
 *   2. Everything with a `since` and an `until` is there for snapshots since <= s < until.
 *   3. A file is unlinked only when a commit that is known to be on the disk says that nobody needs it. */
#ifndef DATABASE_INT_H
#define DATABASE_INT_H

#include "base/array.h"
#include "base/map.h"
#include "base/thread.h"
#include "storage/commit_step.h"
#include "storage/database.h"

/* ---- The catalog: SQLite (database_sql.c, and what includes sqlite3.h) ---- */

struct sql; /* a connection with its prepared statements */
struct sqlite3_stmt;

/* How a folder can be used. */
enum sql_access {
    SQL_WRITE,
    SQL_READ,      /* read-only, beside others who may write */
    SQL_RECOVER,   /* the folder cannot be written, and the log holds commits: read without locks */
    SQL_IMMUTABLE, /* the folder cannot be written, and there is no log */
};

/* `path` is that of weir.db and must outlive it. */
MUST_CHECK enum status sql_open(const char *path, enum sql_access access, struct sql **out,
                                struct error *error);
void sql_close(struct sql *sql);
void sql_set_wait(struct sql *sql, const atomic_bool *cancel, int64_t timeout_ms);
/* Runs SQL text that gives no rows. */
MUST_CHECK enum status sql_run(struct sql *sql, const char *text, struct error *error);
/* A prepared statement, reset, with its values unbound. It is kept by its text's address. */
MUST_CHECK enum status sql_prepare(struct sql *sql, const char *text, struct sqlite3_stmt **out,
                                   struct error *error);
/* One step: *row false at the end, when the statement is reset. */
MUST_CHECK enum status sql_step(struct sql *sql, struct sqlite3_stmt *statement, bool *row,
                                struct error *error);
/* A statement that gives no rows; `changed` (or NULL) is how many rows it changed. */
MUST_CHECK enum status sql_finish(struct sql *sql, struct sqlite3_stmt *statement, int64_t *changed,
                                  struct error *error);
/* The first number of the first row; `missing` if there is none. */
MUST_CHECK enum status sql_number(struct sql *sql, const char *text, int64_t missing, int64_t *out,
                                  struct error *error);
MUST_CHECK enum status sql_begin(struct sql *sql, bool write, struct error *error);
/* A transaction for writing that may be lost with the power, but not in part: for what would be done again. */
MUST_CHECK enum status sql_begin_lazy(struct sql *sql, struct error *error);
MUST_CHECK enum status sql_commit(struct sql *sql, struct error *error);
/* Whether the last call failed for lack of space: a commit is then not in the log, as its end is written last. */
bool sql_ran_full(const struct sql *sql);
void sql_rollback(struct sql *sql);
/* The folder's catalog: made if it is new, refused if it is foreign or newer. */
MUST_CHECK enum status database_make_schema(struct sql *sql, const char *path, bool writable,
                                            struct error *error);

/* ---- Locks of the folder (database_lock.c) ---- */

/* weir.lock: byte ranges of it are locked while a writer lives, and while a snapshot is in use. */
struct lock_file {
    atomic_uint refs;
    struct mutex lock;
    struct io *io;
    int fd; /* -1: the folder has none and cannot get one: nobody writes there */
    bool writable;
    struct pin {
        uint64_t snapshot;
        size_t count;
    } * pins;
    size_t n_pins, capacity;
};
MUST_CHECK enum status lock_file_open(struct io *io, const char *path, bool writable,
                                      struct lock_file **out, struct error *error);
struct lock_file *lock_file_ref(struct lock_file *locks);
void lock_file_unref(struct lock_file *locks);
MUST_CHECK enum status lock_file_pin(struct lock_file *locks, uint64_t snapshot,
                                     struct error *error);
void lock_file_unpin(struct lock_file *locks, uint64_t snapshot);
/* The oldest snapshot that anybody has pinned, at most `newest`. */
MUST_CHECK enum status lock_file_oldest(struct lock_file *locks, uint64_t newest, uint64_t *out,
                                        struct error *error);
/* Takes the lock of a writer, or of a file that is being replaced; *taken false: somebody else has it. */
MUST_CHECK enum status lock_file_take_writer(struct lock_file *locks, uint64_t writer, bool *taken,
                                             struct error *error);
MUST_CHECK enum status lock_file_take_file(struct lock_file *locks, uint64_t file, bool *taken,
                                           struct error *error);
void lock_file_drop_writer(struct lock_file *locks, uint64_t writer);
void lock_file_drop_file(struct lock_file *locks, uint64_t file);

/* ---- Names ---- */

struct table_name {
    const char *name;
    uint64_t id;
    uint64_t changed;           /* snapshot of its last change */
    struct stored_table *table; /* loaded: a reference; NULL: not yet */
};

/* What there is as of a snapshot, or of one with a change upon it. */
struct names {
    struct arena arena;
    uint64_t snapshot;
    ARRAY_OF(struct table_name) tables; /* by name */
    ARRAY_OF(struct stored_view) views;
    const char **table_names, **view_names;
    struct map by_name; /* to table_name */
};

struct database {
    struct arena arena;
    struct io *io;
    struct budget *budget;
    const char *path, *catalog_path;
    struct io_stat catalog_stat; /* of a catalog that is read without locks */
    uint64_t log_size;
    enum sql_access access;
    struct mutex lock;
    struct sql *sql;
    struct lock_file *locks;
    int64_t data_version;
    bool stale;            /* we committed: the names are older */
    struct names *names;   /* of the last refresh; pinned */
    struct names *overlay; /* `names` with the change; NULL: to be made */
    struct change *change;
    bool told; /* the last refresh saw the change as it is now */
    uint64_t writer, next_id, end_id;
    uint64_t durable; /* a snapshot that is known to be on the disk */
    const atomic_bool *cancel;
    int64_t timeout_ms;
};

/* A path below the folder, in the arena. */
const char *database_join(const struct database *db, struct arena *arena, const char *path);
/* Syncs the folders of the paths, and those above up to the database's. */
MUST_CHECK enum status database_sync_folders(struct database *db, struct arena *arena,
                                             const char *const *paths, size_t n,
                                             struct error *error);
/* `n` ids in a row that no table, column, writer or file ever had. */
MUST_CHECK enum status database_take_ids(struct database *db, uint64_t n, uint64_t *first,
                                         struct error *error);
/* An empty commit: afterwards all that the catalog says is known to be on the disk. */
MUST_CHECK enum status database_touch(struct database *db, struct error *error);
/* Whether the file is part of its table as of the last commit. */
MUST_CHECK enum status database_file_is_live(struct database *db, uint64_t id, bool *live,
                                             struct error *error);
MUST_CHECK enum status database_loaded_to(struct database *db, uint64_t table_id,
                                          const struct source_range *range, uint64_t *to,
                                          struct error *error);
MUST_CHECK enum status names_new(struct names **out, struct error *error);
/* Sorts, and makes the lists and the map. */
MUST_CHECK enum status names_finish(struct names *names, struct error *error);
/* Brings the names up to the last commit, pins it, lets go of what was before. */
MUST_CHECK enum status database_load_names(struct database *db, struct error *error);
void database_free_names(struct database *db, struct names *names);
/* The table as of db->names, loaded if need be; no new reference. */
MUST_CHECK enum status database_load_table(struct database *db, struct table_name *name,
                                           struct error *error);
/* Without the lock: what database.h's sweep does. */
MUST_CHECK enum status database_sweep_now(struct database *db, struct error *error);
/* Unlinks files of our own that never became part of a table, and forgets them. */
MUST_CHECK enum status database_discard(struct database *db, const uint64_t *ids,
                                        const char *const *paths, size_t n, struct error *error);

/* ---- Stored tables (database_table.c) ---- */

/* What is around a stored_table: its arena, the snapshot that it pins, the table whose files it shares. */
struct table_box {
    struct stored_table table;
    struct arena memory;
    struct lock_file *locks; /* NULL: pins nothing */
    uint64_t pinned;
    struct stored_table *base;
};
MUST_CHECK enum status table_box_new(struct database *db, struct stored_table **out,
                                     struct error *error);
/* Pins the snapshot for as long as the table is referenced, instead of the one before. */
MUST_CHECK enum status table_box_pin(struct stored_table *table, struct lock_file *locks,
                                     uint64_t snapshot, struct error *error);
/* Copies all but id, snapshot, files and reference count into a new box. */
MUST_CHECK enum status table_box_copy_definition(struct stored_table *to,
                                                 const struct stored_table *from,
                                                 struct error *error);
struct value value_copy(const struct value *value, struct arena *arena);
/* Zones and columns of a file with columns of these ids, in the order of the table's columns; zones NULL: unknown. */
void stored_file_map(struct stored_file *file, const struct stored_table *table,
                     const uint32_t *ids, uint32_t n_ids, const struct column_zone *zones,
                     struct arena *arena);
int stored_table_find_id(const struct stored_table *table, uint32_t id);
void stored_table_sort_files(struct stored_table *table);

/* ---- Values as bytes (database_value.c) ---- */

void value_write(struct strbuf *out, const struct value *value);
/* False: the bytes are damaged, or of another layout. */
bool value_read(struct str *bytes, struct type type, struct arena *arena, struct value *out);
void zone_write(struct strbuf *out, const struct column_zone *zone);
bool zone_read(struct str *bytes, struct type type, struct arena *arena, struct column_zone *out);

/* ---- Loading and storing (database_load.c, database_store.c) ---- */

MUST_CHECK enum status database_read_names(struct database *db, struct names *names,
                                           struct error *error);
MUST_CHECK enum status database_read_table(struct database *db, uint64_t id, uint64_t snapshot,
                                           struct stored_table **out, struct error *error);

/* A file of a change: announced, then maybe added. */
struct change_file {
    uint64_t id, table_id;
    const char *path;
    struct value *partition;
    uint32_t n_partition;
    bool added;
    uint64_t rows, bytes;
    uint32_t *ids; /* of the columns it has */
    uint32_t n_ids;
    struct column_zone *zones; /* by the same; NULL: unknown */
};

/* What a change comes to for one table. */
struct table_change {
    uint64_t id;
    struct stored_table *base;             /* as of the change's opening; NULL: created in it */
    const struct stored_table *definition; /* at its end; NULL: dropped */
    bool altered, truncated;
    bool rewrites; /* rows were taken away or changed */
    ARRAY_OF(struct change_file *) added;
    ARRAY_OF(uint64_t) removed; /* files of the base */
    ARRAY_OF(const struct source_range *) ranges;
};
struct view_change {
    const char *name;
    const struct stored_view *view; /* NULL: dropped */
};

/* Ends what the change replaces, or fails if somebody else changed it meanwhile: for all tables and views first, so
 * that names are free again. */
MUST_CHECK enum status database_end_table(struct database *db, const struct table_change *change,
                                          uint64_t base_snapshot, uint64_t snapshot,
                                          struct error *error);
MUST_CHECK enum status database_store_table(struct database *db, const struct table_change *change,
                                            uint64_t snapshot, struct error *error);
MUST_CHECK enum status database_end_view(struct database *db, const struct view_change *change,
                                         uint64_t base_snapshot, struct error *error);
MUST_CHECK enum status database_store_view(struct database *db, const struct stored_view *view,
                                           uint64_t snapshot, struct error *error);
MUST_CHECK enum status database_store_pending(struct database *db, const struct change_file *file,
                                              struct error *error);

/* ---- Changes (database_change.c) ---- */

enum change_kind {
    CHANGE_CREATE,
    CHANGE_ALTER,
    CHANGE_DROP,
    CHANGE_TRUNCATE,
    CHANGE_NEW_FILE,
    CHANGE_ADD_FILE,
    CHANGE_REMOVE_FILE,
    CHANGE_ADD_RANGE,
    CHANGE_PUT_VIEW,
    CHANGE_DROP_VIEW,
};

struct change_op {
    enum change_kind kind;
    uint64_t table_id;
    struct stored_table *definition; /* CREATE, ALTER: a reference */
    struct change_file *file;        /* NEW_FILE, ADD_FILE */
    uint64_t file_id;                /* REMOVE_FILE */
    bool replaces;                   /* REMOVE_FILE: its rows are written again; we hold its lock */
    struct source_range *range;
    struct stored_view *view; /* PUT_VIEW; DROP_VIEW: its name alone */
};

/* A table that the change has to do with. */
struct change_table {
    uint64_t id;
    struct stored_table *base; /* a reference; NULL: created here */
    struct stored_table *now;  /* as the change has it; a reference; NULL: to be made */
};

struct change {
    struct database *db;
    struct arena arena;
    uint64_t snapshot; /* it is based on */
    ARRAY_OF(struct change_op) ops;
    ARRAY_OF(struct change_table) tables;
};

MUST_CHECK enum status change_sum_table(struct change *change, const struct change_table *table,
                                        struct arena *arena, struct table_change *out,
                                        struct error *error);
/* Takes back the operations from `mark` on and deletes their files. */
void change_undo(struct change *change, size_t mark, bool keep_files);
void change_free(struct change *change);
MUST_CHECK enum status change_make_overlay(struct change *change, struct error *error);
MUST_CHECK enum status change_load_overlay(struct change *change, struct table_name *name,
                                           struct error *error);

#endif
