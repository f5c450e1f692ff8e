/* database.c - a database folder: opened, kept up with, closed. */
#include "storage/database.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/database_int.h"

static const char lock_name[] = "weir.lock", catalog_name[] = "weir.db";

const char *database_join(const struct database *db, struct arena *arena, const char *path)
{
    return arena_printf(arena, "%s/%s", db->path, path);
}

bool database_is_readonly(const struct database *db)
{
    return db->access != SQL_WRITE;
}

const char *database_path(const struct database *db)
{
    return db->path;
}

void database_set_wait(struct database *db, const atomic_bool *cancel, int64_t timeout_ms)
{
    mutex_lock(&db->lock);
    db->cancel = cancel;
    db->timeout_ms = timeout_ms;
    sql_set_wait(db->sql, cancel, timeout_ms);
    mutex_unlock(&db->lock);
}

/* ---- Opening ---- */

/* A folder without a catalog becomes a database only if there is nothing in it, or what a creation that was cut short
 * left. */
static enum status check_empty(struct database *db, struct error *error)
{
    struct io_entry *entries;
    size_t n;
    TRY(io_list(db->io, db->path, &db->arena, &entries, &n, error));
    for (size_t i = 0; i < n; i++) {
        const char *name = entries[i].name;
        if (strcmp(name, lock_name) == 0 || strncmp(name, catalog_name, strlen(catalog_name)) == 0)
            continue;
        (void)error_set(error, STATUS_USAGE, "the folder is no database: %s", db->path);
        error_hint(error,
                   "it has no weir.db but holds %s; an empty or new folder becomes a database",
                   name);
        return STATUS_USAGE;
    }
    return STATUS_OK;
}

/* The folder's name in the folder above it is made lasting too. */
static enum status make_folder(struct database *db, struct error *error)
{
    TRY(io_mkdir(db->io, db->path, error));
    char *above = arena_printf(&db->arena, "%s", db->path);
    TRY(arena_check(&db->arena, error));
    char *slash = strrchr(above, '/');
    if (slash)
        slash[slash == above ? 1 : 0] = '\0';
    return io_fsync_folder(db->io, slash ? above : ".", error);
}

static enum status check_folder(struct database *db, bool readonly, struct error *error)
{
    struct io_stat st;
    if (!io_exists(db->io, db->path, &st)) {
        if (readonly || errno != ENOENT)
            return error_set(error, STATUS_IO, "cannot open the database %s: %s", db->path,
                             strerror(errno));
        return make_folder(db, error);
    }
    if (!st.is_folder) {
        (void)error_set(error, STATUS_USAGE, "not a folder: %s", db->path);
        error_hint(error, "a database is a folder; a data file is read by SELECT * FROM 'file'");
        return STATUS_USAGE;
    }
    if (io_exists(db->io, db->catalog_path, &st) && st.size > 0)
        return STATUS_OK;
    if (readonly)
        return error_set(error, STATUS_USAGE, "the folder is no database: %s", db->path);
    return check_empty(db, error);
}

/* A folder that cannot be written may still be written by others, whose shared memory we then use; else the
 * catalog is read as it lies there. */
static enum status open_unwritable(struct database *db, struct error *error)
{
    struct error ignored = {0};
    struct io_stat log = {0};
    const char *log_path = arena_printf(&db->arena, "%s-wal", db->catalog_path);
    TRY(arena_check(&db->arena, error));
    db->access = SQL_READ;
    if (sql_open(db->catalog_path, SQL_READ, &db->sql, &ignored) == STATUS_OK)
        return STATUS_OK;
    bool has_log = io_exists(db->io, log_path, &log) && log.size > 0;
    db->access = has_log ? SQL_RECOVER : SQL_IMMUTABLE;
    db->log_size = log.size;
    TRY(io_stat(db->io, db->catalog_path, &db->catalog_stat, error));
    return sql_open(db->catalog_path, db->access, &db->sql, error);
}

static enum status open_catalog(struct database *db, bool readonly, struct error *error)
{
    bool folder_writable = access(db->path, W_OK) == 0;
    bool writable = folder_writable &&
                    (access(db->catalog_path, F_OK) != 0 || access(db->catalog_path, W_OK) == 0);
    if (!writable) {
        TRY(open_unwritable(db, error));
    } else {
        db->access = readonly ? SQL_READ : SQL_WRITE;
        TRY(sql_open(db->catalog_path, db->access, &db->sql, error));
    }
    sql_set_wait(db->sql, db->cancel, db->timeout_ms);
    TRY(database_make_schema(db->sql, db->path, db->access == SQL_WRITE, error));
    const char *lock_path = database_join(db, &db->arena, lock_name);
    TRY(arena_check(&db->arena, error));
    return lock_file_open(db->io, lock_path, db->access == SQL_WRITE, &db->locks, error);
}

static enum status open_database(struct database *db, const char *path, bool readonly,
                                 struct error *error)
{
    struct error ignored = {0};
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    db->path = arena_strndup(&db->arena, path, length);
    db->catalog_path = database_join(db, &db->arena, catalog_name);
    TRY(arena_check(&db->arena, error));
    TRY(check_folder(db, readonly, error));
    TRY(open_catalog(db, readonly, error));
    TRY(database_load_names(db, error));
    if (database_sweep_now(db, &ignored) != STATUS_OK)
        error_clear(&ignored); /* another time */
    return STATUS_OK;
}

enum status database_open(const char *path, bool readonly, struct io *io, struct budget *budget,
                          struct database **out, struct error *error)
{
    void *memory = NULL;
    *out = NULL;
    TRY(block_alloc(&memory, sizeof(struct database), NULL, "database", error));
    struct database *db = memory;
    enum status status = arena_init(&db->arena, error);
    if (status != STATUS_OK) {
        block_free(db, sizeof *db, NULL);
        return status;
    }
    mutex_init(&db->lock);
    db->io = io;
    db->budget = budget;
    db->timeout_ms = DATABASE_WAIT_MS;
    status = open_database(db, path, readonly, error);
    if (status != STATUS_OK) {
        database_close(db);
        return status;
    }
    *out = db;
    return STATUS_OK;
}

void database_close(struct database *db)
{
    if (!db)
        return;
    change_rollback(db->change);
    if (db->names)
        database_free_names(db, db->names);
    sql_close(db->sql);
    if (db->writer != 0)
        lock_file_drop_writer(db->locks, db->writer);
    lock_file_unref(db->locks);
    mutex_fini(&db->lock);
    arena_fini(&db->arena);
    block_free(db, sizeof *db, NULL);
}

/* ---- Names ---- */

enum status names_new(struct names **out, struct error *error)
{
    void *memory = NULL;
    *out = NULL;
    TRY(block_alloc(&memory, sizeof(struct names), NULL, "names", error));
    struct names *names = memory;
    enum status status = arena_init(&names->arena, error);
    if (status != STATUS_OK) {
        block_free(names, sizeof *names, NULL);
        return status;
    }
    *out = names;
    return STATUS_OK;
}

static int compare_tables(const void *a, const void *b)
{
    return strcmp(((const struct table_name *)a)->name, ((const struct table_name *)b)->name);
}

static int compare_views(const void *a, const void *b)
{
    return strcmp(((const struct stored_view *)a)->name, ((const struct stored_view *)b)->name);
}

enum status names_finish(struct names *names, struct error *error)
{
    struct arena *arena = &names->arena;
    TRY(arena_check(arena, error));
    size_t n = names->tables.count, n_views = names->views.count;
    if (n > 1)
        qsort(names->tables.items, n, sizeof *names->tables.items, compare_tables);
    if (n_views > 1)
        qsort(names->views.items, n_views, sizeof *names->views.items, compare_views);
    names->table_names = ARENA_ARRAY(arena, const char *, n + 1);
    names->view_names = ARENA_ARRAY(arena, const char *, n_views + 1);
    map_init(&names->by_name, arena, true);
    TRY(arena_check(arena, error));
    for (size_t i = 0; i < n; i++) {
        names->table_names[i] = names->tables.items[i].name;
        map_put(&names->by_name, str_of(names->table_names[i]), &names->tables.items[i]);
    }
    for (size_t i = 0; i < n_views; i++)
        names->view_names[i] = names->views.items[i].name;
    return arena_check(arena, error);
}

/* Those of a refresh pin their snapshot, those of a change do not. */
void database_free_names(struct database *db, struct names *names)
{
    for (size_t i = 0; i < names->tables.count; i++)
        stored_table_unref(names->tables.items[i].table);
    if (names == db->names) {
        lock_file_unpin(db->locks, names->snapshot);
        db->names = NULL;
    }
    arena_fini(&names->arena);
    block_free(names, sizeof *names, NULL);
}

/* Tables that are as they were are not loaded again; they now hold the new snapshot. */
static enum status keep_tables(struct database *db, struct names *names, struct error *error)
{
    for (size_t i = 0; db->names && i < names->tables.count; i++) {
        struct table_name *now = &names->tables.items[i];
        struct table_name *before = map_get(&db->names->by_name, str_of(now->name));
        if (!before || !before->table || before->id != now->id || before->changed != now->changed)
            continue;
        TRY(table_box_pin(before->table, db->locks, names->snapshot, error));
        now->table = before->table;
        before->table = NULL;
    }
    return STATUS_OK;
}

static enum status read_pinned(struct database *db, struct names *names, bool *current,
                               struct error *error)
{
    int64_t snapshot;
    TRY(sql_begin(db->sql, false, error));
    enum status status = database_read_names(db, names, error);
    sql_rollback(db->sql);
    if (status == STATUS_OK)
        status = names_finish(names, error);
    TRY(status);
    TRY(lock_file_pin(db->locks, names->snapshot, error));
    /* Who sweeps looks at the last snapshot first and at the locks then: ours counts if it is still the last. */
    status = sql_number(db->sql, "SELECT snapshot FROM state", -1, &snapshot, error);
    *current = status == STATUS_OK && (uint64_t)snapshot == names->snapshot;
    if (*current)
        status = keep_tables(db, names, error);
    if (status != STATUS_OK || !*current)
        lock_file_unpin(db->locks, names->snapshot);
    return status;
}

enum status database_load_names(struct database *db, struct error *error)
{
    enum { TRIES = 1000 };
    int64_t version;
    for (int i = 0; i < TRIES; i++) {
        struct names *names;
        bool current = false;
        TRY(sql_number(db->sql, "PRAGMA data_version", 0, &version, error));
        TRY(names_new(&names, error));
        enum status status = read_pinned(db, names, &current, error);
        if (status == STATUS_OK && current) {
            if (db->names)
                database_free_names(db, db->names);
            db->names = names;
            db->data_version = version;
            db->stale = false;
            return STATUS_OK;
        }
        database_free_names(db, names);
        TRY(status);
    }
    return error_set(error, STATUS_IO, "the database is busy: %s", db->path);
}

enum status database_load_table(struct database *db, struct table_name *name, struct error *error)
{
    if (name->table)
        return STATUS_OK;
    return database_read_table(db, name->id, db->names->snapshot, &name->table, error);
}

/* ---- Keeping up ---- */

/* A catalog that is read without locks is looked at from outside. */
static enum status reopen_if_changed(struct database *db, struct error *error)
{
    struct io_stat st = {0}, log = {0};
    struct arena arena;
    TRY(arena_init(&arena, error));
    (void)io_exists(db->io, db->catalog_path, &st);
    (void)io_exists(db->io, arena_printf(&arena, "%s-wal", db->catalog_path), &log);
    arena_fini(&arena);
    if (st.size == db->catalog_stat.size && st.modified_ns == db->catalog_stat.modified_ns &&
        st.inode == db->catalog_stat.inode && log.size == db->log_size)
        return STATUS_OK;
    struct sql *before = db->sql;
    enum status status = open_unwritable(db, error);
    if (status != STATUS_OK) {
        db->sql = before;
        return status;
    }
    sql_close(before);
    sql_set_wait(db->sql, db->cancel, db->timeout_ms);
    db->stale = true;
    return STATUS_OK;
}

static enum status refresh(struct database *db, bool *changed, struct error *error)
{
    int64_t version, snapshot;
    *changed = false;
    if (db->change) { /* its snapshot stays */
        *changed = !db->told;
        db->told = true;
        return STATUS_OK;
    }
    if (db->access == SQL_RECOVER || db->access == SQL_IMMUTABLE)
        TRY(reopen_if_changed(db, error));
    if (!db->stale) {
        TRY(sql_number(db->sql, "PRAGMA data_version", 0, &version, error));
        if (version == db->data_version && db->told)
            return STATUS_OK;
        TRY(sql_number(db->sql, "SELECT snapshot FROM state", -1, &snapshot, error));
        *changed = (uint64_t)snapshot != db->names->snapshot || !db->told;
        if ((uint64_t)snapshot == db->names->snapshot) {
            db->data_version = version;
            db->told = true;
            return STATUS_OK;
        }
    }
    TRY(database_load_names(db, error));
    *changed = db->told = true;
    return STATUS_OK;
}

enum status database_refresh(struct database *db, bool *changed, struct error *error)
{
    mutex_lock(&db->lock);
    enum status status = refresh(db, changed, error);
    mutex_unlock(&db->lock);
    return status;
}

static enum status find_table(struct database *db, struct str name, struct stored_table **out,
                              struct error *error)
{
    if (db->change)
        TRY(change_make_overlay(db->change, error));
    struct table_name *found =
        map_get(db->change ? &db->overlay->by_name : &db->names->by_name, name);
    if (!found)
        return STATUS_OK;
    TRY(db->change ? change_load_overlay(db->change, found, error)
                   : database_load_table(db, found, error));
    *out = stored_table_ref(found->table);
    return STATUS_OK;
}

enum status database_table(struct database *db, struct str name, struct stored_table **out,
                           struct error *error)
{
    *out = NULL;
    mutex_lock(&db->lock);
    enum status status = find_table(db, name, out, error);
    mutex_unlock(&db->lock);
    return status;
}

/* The names as the database's user sees them now. Without memory for a change's: those before it. */
static const struct names *names_now(struct database *db)
{
    struct error ignored = {0};
    mutex_lock(&db->lock);
    bool fine = !db->change || change_make_overlay(db->change, &ignored) == STATUS_OK;
    const struct names *names = db->change && fine ? db->overlay : db->names;
    mutex_unlock(&db->lock);
    return names;
}

const struct stored_view *database_view(struct database *db, struct str name)
{
    const struct names *names = names_now(db);
    for (size_t i = 0; i < names->views.count; i++)
        if (str_equal_nocase(str_of(names->views.items[i].name), name))
            return &names->views.items[i];
    return NULL;
}

const char *const *database_tables(struct database *db, size_t *count)
{
    const struct names *names = names_now(db);
    *count = names->tables.count;
    return names->table_names;
}

const char *const *database_views(struct database *db, size_t *count)
{
    const struct names *names = names_now(db);
    *count = names->views.count;
    return names->view_names;
}

enum status database_free_space(struct database *db, uint64_t *bytes, struct error *error)
{
    return io_free_space(db->io, db->path, bytes, error);
}
