/* database_sql.c - the connection to weir.db: opening, waiting for others, statements, errors in our words. */
#include "storage/database_int.h"

#include <sqlite3.h>
#include <stdio.h>
#include <time.h>

enum { APPLICATION_ID = 0x57454952, STATEMENTS_MAX = 64 };

struct sql {
    sqlite3 *db;
    const char *path;
    const atomic_bool *cancel; /* NULL: none */
    int64_t timeout_ms;
    bool is_lazy; /* commits are not synced */
    struct {
        const char *text;
        sqlite3_stmt *statement;
    } kept[STATEMENTS_MAX];
    size_t n_kept;
};

/* ---- Errors ---- */

static enum status busy(const struct sql *sql, struct error *error)
{
    if (sql->cancel && atomic_load_explicit(sql->cancel, memory_order_relaxed))
        return error_set(error, STATUS_CANCELLED, "interrupted");
    (void)error_set(error, STATUS_IO, "the database is busy: %s", sql->path);
    error_hint(error, "another process has been writing for %lld s; try again later",
               (long long)(sql->timeout_ms / 1000));
    return STATUS_IO;
}

static enum status fail(const struct sql *sql, int code, struct error *error)
{
    const char *reason = sql->db ? sqlite3_errmsg(sql->db) : sqlite3_errstr(code);
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return error_set(error, STATUS_MEMORY, "out of memory: the catalog %s", sql->path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return busy(sql, error);
    case SQLITE_INTERRUPT:
        return error_set(error, STATUS_CANCELLED, "interrupted");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_SCHEMA:
        return error_set(error, STATUS_DATA, "the catalog is damaged: %s (%s)", sql->path, reason);
    case SQLITE_FULL:
        return error_set(error, STATUS_IO, "cannot write %s: no space left", sql->path);
    case SQLITE_READONLY:
        return error_set(error, STATUS_IO, "cannot write %s: it is read-only", sql->path);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return error_set(error, STATUS_IO, "cannot use %s: %s", sql->path, reason);
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return error_set(error, STATUS_DATA, "the catalog %s does not fit: %s", sql->path, reason);
    default:
        return error_set(error, STATUS_INTERNAL, "the catalog %s: %s", sql->path, reason);
    }
}

/* ---- Waiting ---- */

/* SQLite asks again and again while somebody else has the lock: ever longer pauses, up to the time allowed. */
static int wait_a_while(void *argument, int tries)
{
    enum { FIRST_MS = 1, MAX_MS = 20 };
    const struct sql *sql = argument;
    int64_t pause_ms = MIN(FIRST_MS + tries / 2, MAX_MS), waited_ms = 0;
    for (int i = 0; i < tries && waited_ms < sql->timeout_ms; i++)
        waited_ms += MIN(FIRST_MS + i / 2, MAX_MS);
    if (waited_ms >= sql->timeout_ms)
        return 0;
    if (sql->cancel && atomic_load_explicit(sql->cancel, memory_order_relaxed))
        return 0;
    struct timespec pause = {0, (long)pause_ms * 1000000};
    nanosleep(&pause, NULL);
    return 1;
}

void sql_set_wait(struct sql *sql, const atomic_bool *cancel, int64_t timeout_ms)
{
    sql->cancel = cancel;
    sql->timeout_ms = timeout_ms;
}

/* ---- Opening ---- */

static enum status open_connection(struct sql *sql, enum sql_access access, struct error *error)
{
    struct arena arena;
    TRY(arena_init(&arena, error));
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |=
        access == SQL_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    const char *name = sql->path;
    if (access == SQL_IMMUTABLE) {
        struct strbuf uri;
        strbuf_init(&uri, &arena);
        strbuf_puts(&uri, name[0] == '/' ? "file://" : "file:");
        for (const char *p = name; *p; p++) {
            if (strchr("?#%", *p))
                strbuf_printf(&uri, "%%%02X", (unsigned)(unsigned char)*p);
            else
                strbuf_putc(&uri, *p);
        }
        strbuf_puts(&uri, "?immutable=1");
        name = uri.data;
        flags |= SQLITE_OPEN_URI;
    }
    enum status status = arena_check(&arena, error);
    if (status == STATUS_OK) {
        int code =
            sqlite3_open_v2(name, &sql->db, flags, access == SQL_RECOVER ? "unix-none" : NULL);
        if (code != SQLITE_OK)
            status = fail(sql, code, error);
    }
    arena_fini(&arena);
    return status;
}

static enum status set_up(struct sql *sql, enum sql_access access, struct error *error)
{
    sqlite3_busy_handler(sql->db, wait_a_while, sql);
    sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(sql->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (access == SQL_RECOVER)
        TRY(sql_run(sql, "PRAGMA locking_mode = EXCLUSIVE", error));
    TRY(sql_run(sql, "PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL;", error));
    if (access == SQL_WRITE)
        TRY(sql_run(sql, "PRAGMA journal_mode = WAL", error));
    /* The first look at the file. */
    int64_t ignored;
    return sql_number(sql, "SELECT count(*) FROM sqlite_master", 0, &ignored, error);
}

enum status sql_open(const char *path, enum sql_access access, struct sql **out,
                     struct error *error)
{
    void *memory = NULL;
    *out = NULL;
    TRY(block_alloc(&memory, sizeof(struct sql), NULL, "catalog", error));
    struct sql *sql = memory;
    sql->path = path;
    sql->timeout_ms = DATABASE_WAIT_MS;
    enum status status = open_connection(sql, access, error);
    if (status == STATUS_OK)
        status = set_up(sql, access, error);
    if (status != STATUS_OK) {
        sql_close(sql);
        return status;
    }
    *out = sql;
    return STATUS_OK;
}

void sql_close(struct sql *sql)
{
    if (!sql)
        return;
    for (size_t i = 0; i < sql->n_kept; i++)
        sqlite3_finalize(sql->kept[i].statement);
    sqlite3_close_v2(sql->db);
    block_free(sql, sizeof *sql, NULL);
}

/* ---- Statements ---- */

enum status sql_run(struct sql *sql, const char *text, struct error *error)
{
    int code = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? STATUS_OK : fail(sql, code, error);
}

enum status sql_prepare(struct sql *sql, const char *text, struct sqlite3_stmt **out,
                        struct error *error)
{
    for (size_t i = 0; i < sql->n_kept; i++)
        if (sql->kept[i].text == text) {
            *out = sql->kept[i].statement;
            sqlite3_reset(*out);
            sqlite3_clear_bindings(*out);
            return STATUS_OK;
        }
    assert(sql->n_kept < STATEMENTS_MAX);
    int code = sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    if (code != SQLITE_OK)
        return fail(sql, code, error);
    sql->kept[sql->n_kept].text = text;
    sql->kept[sql->n_kept++].statement = *out;
    return STATUS_OK;
}

enum status sql_step(struct sql *sql, struct sqlite3_stmt *statement, bool *row,
                     struct error *error)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return STATUS_OK;
    enum status status = code == SQLITE_DONE ? STATUS_OK : fail(sql, code, error);
    sqlite3_reset(statement);
    return status;
}

enum status sql_finish(struct sql *sql, struct sqlite3_stmt *statement, int64_t *changed,
                       struct error *error)
{
    bool row;
    TRY(sql_step(sql, statement, &row, error));
    assert(!row);
    if (changed)
        *changed = sqlite3_changes64(sql->db);
    return STATUS_OK;
}

enum status sql_number(struct sql *sql, const char *text, int64_t missing, int64_t *out,
                       struct error *error)
{
    struct sqlite3_stmt *statement;
    bool row;
    TRY(sql_prepare(sql, text, &statement, error));
    TRY(sql_step(sql, statement, &row, error));
    *out = row ? sqlite3_column_int64(statement, 0) : missing;
    sqlite3_reset(statement);
    return STATUS_OK;
}

static enum status begin(struct sql *sql, bool write, struct error *error)
{
    static const char read_text[] = "BEGIN", write_text[] = "BEGIN IMMEDIATE";
    struct sqlite3_stmt *statement;
    TRY(sql_prepare(sql, write ? write_text : read_text, &statement, error));
    return sql_finish(sql, statement, NULL, error);
}

enum status sql_begin_lazy(struct sql *sql, struct error *error)
{
    if (!sql->is_lazy)
        TRY(sql_run(sql, "PRAGMA synchronous = NORMAL", error));
    sql->is_lazy = true;
    return begin(sql, true, error);
}

enum status sql_begin(struct sql *sql, bool write, struct error *error)
{
    if (sql->is_lazy && write) {
        TRY(sql_run(sql, "PRAGMA synchronous = FULL", error));
        sql->is_lazy = false;
    }
    return begin(sql, write, error);
}

enum status sql_commit(struct sql *sql, struct error *error)
{
    static const char text[] = "COMMIT";
    struct sqlite3_stmt *statement;
    TRY(sql_prepare(sql, text, &statement, error));
    return sql_finish(sql, statement, NULL, error);
}

bool sql_ran_full(const struct sql *sql)
{
    return (sqlite3_errcode(sql->db) & 0xff) == SQLITE_FULL;
}

void sql_rollback(struct sql *sql)
{
    for (size_t i = 0; i < sql->n_kept; i++)
        sqlite3_reset(sql->kept[i].statement);
    if (!sqlite3_get_autocommit(sql->db))
        sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- The schema ---- */

/* docs/DATABASE.md says what the columns mean. */
static const char schema[] =
    "CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), snapshot INTEGER NOT NULL,"
    " next_id INTEGER NOT NULL);"
    "INSERT INTO state VALUES (1, 1, 1);"
    "CREATE TABLE tables (id INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER,"
    " name TEXT NOT NULL, order_by TEXT NOT NULL, compression TEXT NOT NULL, ttl_us INTEGER NOT "
    "NULL,"
    " time_column INTEGER, watermark TEXT, PRIMARY KEY (id, since)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX tables_by_name ON tables (name COLLATE NOCASE) WHERE until IS NULL;"
    "CREATE TABLE changes (table_id INTEGER PRIMARY KEY, changed INTEGER NOT NULL,"
    " altered INTEGER NOT NULL, rewritten INTEGER NOT NULL);"
    "CREATE TABLE columns (table_id INTEGER NOT NULL, since INTEGER NOT NULL,"
    " position INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,"
    " precision INTEGER NOT NULL, scale INTEGER NOT NULL, length INTEGER NOT NULL,"
    " not_null INTEGER NOT NULL, default_sql TEXT, check_sql TEXT, missing BLOB,"
    " PRIMARY KEY (table_id, since, position)) WITHOUT ROWID;"
    "CREATE TABLE checks (table_id INTEGER NOT NULL, since INTEGER NOT NULL,"
    " position INTEGER NOT NULL, sql TEXT NOT NULL, PRIMARY KEY (table_id, since, position))"
    " WITHOUT ROWID;"
    "CREATE TABLE partitions (table_id INTEGER NOT NULL, since INTEGER NOT NULL,"
    " position INTEGER NOT NULL, transform TEXT NOT NULL, column_id INTEGER NOT NULL,"
    " argument INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,"
    " precision INTEGER NOT NULL, scale INTEGER NOT NULL, length INTEGER NOT NULL,"
    " PRIMARY KEY (table_id, since, position)) WITHOUT ROWID;"
    "CREATE TABLE files (id INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, since INTEGER NOT NULL,"
    " until INTEGER, path TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " columns TEXT NOT NULL, partition BLOB NOT NULL, zones BLOB NOT NULL);"
    "CREATE INDEX files_by_table ON files (table_id);"
    "CREATE INDEX files_gone ON files (until) WHERE until IS NOT NULL;"
    "CREATE TABLE pending (id INTEGER PRIMARY KEY, writer INTEGER NOT NULL, path TEXT NOT NULL);"
    "CREATE TABLE ranges (table_id INTEGER NOT NULL, device INTEGER NOT NULL,"
    " inode INTEGER NOT NULL, to_byte INTEGER NOT NULL, from_byte INTEGER NOT NULL,"
    " path TEXT NOT NULL, modified_ns INTEGER NOT NULL, since INTEGER NOT NULL);"
    "CREATE INDEX ranges_by_file ON ranges (table_id, device, inode, to_byte);"
    "CREATE TABLE views (name TEXT PRIMARY KEY COLLATE NOCASE, sql TEXT NOT NULL,"
    " changed INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE view_columns (view TEXT NOT NULL COLLATE NOCASE, position INTEGER NOT NULL,"
    " name TEXT NOT NULL, PRIMARY KEY (view, position)) WITHOUT ROWID;";

static enum status check_version(struct sql *sql, const char *path, bool *is_new,
                                 struct error *error)
{
    int64_t version, application, objects;
    TRY(sql_number(sql, "PRAGMA user_version", 0, &version, error));
    TRY(sql_number(sql, "PRAGMA application_id", 0, &application, error));
    TRY(sql_number(sql, "SELECT count(*) FROM sqlite_master", 0, &objects, error));
    *is_new = version == 0 && application == 0 && objects == 0;
    if (*is_new)
        return STATUS_OK;
    if (application != APPLICATION_ID)
        return error_set(error, STATUS_DATA, "no weir database: %s", path);
    if (version > DATABASE_VERSION) {
        (void)error_set(error, STATUS_UNSUPPORTED,
                        "the database was made by a newer weir: %s has version %lld", path,
                        (long long)version);
        error_hint(error, "this weir reads versions up to %d", (int)DATABASE_VERSION);
        return STATUS_UNSUPPORTED;
    }
    if (version < 1)
        return error_set(error, STATUS_DATA, "the catalog is damaged: %s (version %lld)", path,
                         (long long)version);
    return STATUS_OK;
}

static enum status make_schema(struct sql *sql, const char *path, struct error *error)
{
    bool is_new;
    char text[96];
    TRY(check_version(sql, path, &is_new, error)); /* another process may have been faster */
    if (!is_new)
        return STATUS_OK;
    snprintf(text, sizeof text, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             (int)APPLICATION_ID, (int)DATABASE_VERSION);
    TRY(sql_run(sql, schema, error));
    return sql_run(sql, text, error);
}

enum status database_make_schema(struct sql *sql, const char *path, bool writable,
                                 struct error *error)
{
    bool is_new;
    TRY(check_version(sql, path, &is_new, error));
    if (!is_new)
        return STATUS_OK;
    if (!writable)
        return error_set(error, STATUS_DATA, "no weir database: %s", path);
    TRY(sql_begin(sql, true, error));
    enum status status = make_schema(sql, path, error);
    if (status == STATUS_OK)
        status = sql_commit(sql, error);
    if (status != STATUS_OK)
        sql_rollback(sql);
    return status;
}
