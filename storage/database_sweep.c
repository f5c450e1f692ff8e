/* database_sweep.c - ids, lasting folders, and files that nobody needs any more.
 *
 * A file goes in three steps: the catalog says that nobody needs it, and that is known to be on the disk; it is
 * unlinked, and its folder synced; its row is deleted. A crash in between leaves work for the next sweep. */
#include <sqlite3.h>
#include <stdlib.h>

#include "storage/database_int.h"

static void bind(struct sqlite3_stmt *statement, int i, uint64_t x)
{
    sqlite3_bind_int64(statement, i, (int64_t)x);
}

/* ---- Ids ---- */

static enum status take_block(struct database *db, uint64_t n, uint64_t *first, struct error *error)
{
    static const char text[] =
        "UPDATE state SET next_id = next_id + ? WHERE one = 1 RETURNING next_id";
    struct sqlite3_stmt *update;
    bool row;
    TRY(sql_begin(db->sql, true, error));
    enum status status = sql_prepare(db->sql, text, &update, error);
    if (status == STATUS_OK) {
        bind(update, 1, n);
        status = sql_step(db->sql, update, &row, error);
        if (status == STATUS_OK && !row)
            status = error_set(error, STATUS_DATA, "the catalog is damaged: %s (no state)",
                               db->catalog_path);
    }
    if (status == STATUS_OK) {
        *first = (uint64_t)sqlite3_column_int64(update, 0) - n;
        sqlite3_reset(update);
        status = sql_commit(db->sql, error);
    }
    if (status != STATUS_OK)
        sql_rollback(db->sql);
    return status;
}

/* The writer's own id, whose lock says that it lives. */
static enum status become_writer(struct database *db, uint64_t id, struct error *error)
{
    bool taken;
    TRY(lock_file_take_writer(db->locks, id, &taken, error));
    if (!taken)
        return error_set(error, STATUS_INTERNAL, "a writer's id is in use: %llu",
                         (unsigned long long)id);
    db->writer = id;
    return STATUS_OK;
}

enum status database_take_ids(struct database *db, uint64_t n, uint64_t *first, struct error *error)
{
    enum { BLOCK = 64 };
    if (db->end_id - db->next_id < n) {
        uint64_t block = MAX(n + 1, (uint64_t)BLOCK), start;
        TRY(take_block(db, block, &start, error));
        db->next_id = start;
        db->end_id = start + block;
    }
    if (db->writer == 0)
        TRY(become_writer(db, db->next_id++, error));
    *first = db->next_id;
    db->next_id += n;
    return STATUS_OK;
}

enum status database_touch(struct database *db, struct error *error)
{
    int64_t snapshot;
    uint64_t ignored;
    TRY(sql_number(db->sql, "SELECT snapshot FROM state", -1, &snapshot, error));
    TRY(take_block(db, 1, &ignored, error));
    db->durable = MAX(db->durable, (uint64_t)snapshot);
    return STATUS_OK;
}

/* ---- Folders ---- */

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The folders of the paths, and those above them if wanted, each once, in byte order (a folder before what is in it).
 * "" is the database's own. */
static const char **folders_of(const char *const *paths, size_t n, bool with_parents,
                               struct arena *arena, size_t *out)
{
    ARRAY_OF(const char *) folders = {0};
    const char *last = "";
    for (size_t i = 0; i < n; i++) {
        const char *slash = strrchr(paths[i], '/');
        size_t length = slash ? (size_t)(slash - paths[i]) : 0;
        if (i > 0 && strlen(last) == length && memcmp(last, paths[i], length) == 0)
            continue;
        char *folder = arena_strndup(arena, paths[i], length);
        last = folder;
        while (*folder) {
            *ARRAY_PUSH(arena, &folders) = folder;
            if (!with_parents)
                break;
            char *above = strrchr(folder, '/');
            folder = arena_strndup(arena, folder, above ? (size_t)(above - folder) : 0);
        }
    }
    if (with_parents)
        *ARRAY_PUSH(arena, &folders) = "";
    size_t kept = 0;
    if (folders.count > 1 && !arena->failed)
        qsort(folders.items, folders.count, sizeof *folders.items, compare_paths);
    for (size_t i = 0; i < folders.count && !arena->failed; i++)
        if (kept == 0 || strcmp(folders.items[kept - 1], folders.items[i]) != 0)
            folders.items[kept++] = folders.items[i];
    *out = kept;
    return folders.items;
}

enum status database_sync_folders(struct database *db, struct arena *arena,
                                  const char *const *paths, size_t n, struct error *error)
{
    size_t count;
    if (n == 0)
        return STATUS_OK;
    const char **folders = folders_of(paths, n, true, arena, &count);
    TRY(arena_check(arena, error));
    for (size_t i = count; i-- > 0;) {
        const char *path = *folders[i] ? database_join(db, arena, folders[i]) : db->path;
        TRY(arena_check(arena, error));
        TRY(io_fsync_folder(db->io, path, error));
    }
    return STATUS_OK;
}

/* Folders that have become empty, unless a file is announced in them: with the write lock, under which files are
 * announced. */
static enum status remove_folders(struct database *db, struct arena *arena,
                                  const char *const *paths, size_t n, struct error *error)
{
    static const char text[] =
        "SELECT 1 FROM pending WHERE substr(path, 1, length(?1) + 1) = ?1 || '/'";
    size_t count;
    const char **folders = folders_of(paths, n, true, arena, &count);
    TRY(arena_check(arena, error));
    for (size_t i = count; i-- > 0;) {
        struct sqlite3_stmt *row;
        bool announced;
        if (!*folders[i])
            continue;
        TRY(sql_prepare(db->sql, text, &row, error));
        sqlite3_bind_text(row, 1, folders[i], -1, SQLITE_STATIC);
        TRY(sql_step(db->sql, row, &announced, error));
        sqlite3_reset(row);
        const char *path = database_join(db, arena, folders[i]);
        TRY(arena_check(arena, error));
        if (!announced)
            (void)db->io->rmdir(db->io, path); /* fails where something is left */
    }
    return STATUS_OK;
}

/* ---- Unlinking ---- */

struct garbage {
    struct arena arena;
    ARRAY_OF(uint64_t) ids;
    ARRAY_OF(const char *) paths;
    size_t n_files;          /* the first so many are rows of files, the others of pending */
    ARRAY_OF(uint64_t) dead; /* writers whose locks we hold */
    uint64_t oldest;         /* snapshot in use */
    bool has_definitions;    /* tables that ended before it */
};

/* Unlinks what can be unlinked; what cannot stays on the list of the catalog. */
static enum status unlink_files(struct database *db, struct garbage *garbage, struct error *error)
{
    size_t kept = 0, kept_files = 0;
    for (size_t i = 0; i < garbage->ids.count; i++) {
        struct error ignored = {0};
        const char *path = database_join(db, &garbage->arena, garbage->paths.items[i]);
        TRY(arena_check(&garbage->arena, error));
        if (io_unlink(db->io, path, &ignored) != STATUS_OK)
            continue;
        garbage->ids.items[kept] = garbage->ids.items[i];
        garbage->paths.items[kept++] = garbage->paths.items[i];
        kept_files += i < garbage->n_files;
    }
    garbage->ids.count = garbage->paths.count = kept;
    garbage->n_files = kept_files;
    return STATUS_OK;
}

static enum status sync_existing(struct database *db, struct garbage *garbage, struct error *error)
{
    size_t count;
    const char **folders =
        folders_of(garbage->paths.items, garbage->paths.count, false, &garbage->arena, &count);
    TRY(arena_check(&garbage->arena, error));
    for (size_t i = 0; i < count; i++) {
        const char *path = database_join(db, &garbage->arena, folders[i]);
        TRY(arena_check(&garbage->arena, error));
        if (io_exists(db->io, path, NULL))
            TRY(io_fsync_folder(db->io, path, error));
    }
    return STATUS_OK;
}

static enum status delete_row(struct database *db, const char *text, uint64_t id,
                              struct error *error)
{
    struct sqlite3_stmt *statement;
    TRY(sql_prepare(db->sql, text, &statement, error));
    bind(statement, 1, id);
    return sql_finish(db->sql, statement, NULL, error);
}

static enum status delete_definitions(struct database *db, uint64_t oldest, struct error *error)
{
    static const char *const texts[] = {
        "DELETE FROM columns WHERE (table_id, since) IN"
        " (SELECT id, since FROM tables WHERE until <= ?1)",
        "DELETE FROM checks WHERE (table_id, since) IN"
        " (SELECT id, since FROM tables WHERE until <= ?1)",
        "DELETE FROM partitions WHERE (table_id, since) IN"
        " (SELECT id, since FROM tables WHERE until <= ?1)",
        "DELETE FROM tables WHERE until <= ?1",
        "DELETE FROM changes WHERE changed <= ?1 AND table_id NOT IN (SELECT id FROM tables)",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
        TRY(delete_row(db, texts[i], oldest, error));
    return STATUS_OK;
}

static enum status delete_rows(struct database *db, struct garbage *garbage, struct error *error)
{
    static const char delete_file[] = "DELETE FROM files WHERE id = ? AND until IS NOT NULL";
    static const char delete_pending[] = "DELETE FROM pending WHERE id = ?";
    for (size_t i = 0; i < garbage->ids.count; i++)
        TRY(delete_row(db, i < garbage->n_files ? delete_file : delete_pending,
                       garbage->ids.items[i], error));
    if (garbage->has_definitions)
        TRY(delete_definitions(db, garbage->oldest, error));
    return remove_folders(db, &garbage->arena, garbage->paths.items, garbage->paths.count, error);
}

static enum status collect(struct database *db, struct garbage *garbage, struct error *error)
{
    TRY(unlink_files(db, garbage, error));
    if (garbage->ids.count == 0 && !garbage->has_definitions)
        return STATUS_OK;
    TRY(sync_existing(db, garbage, error));
    TRY(sql_begin_lazy(db->sql, error));
    enum status status = delete_rows(db, garbage, error);
    if (status == STATUS_OK)
        status = sql_commit(db->sql, error);
    if (status != STATUS_OK)
        sql_rollback(db->sql);
    return status;
}

/* ---- Files of our own that came to nothing ---- */

static enum status is_pending(struct database *db, uint64_t id, bool *pending, struct error *error)
{
    static const char text[] = "SELECT 1 FROM pending WHERE id = ? AND writer = ?";
    struct sqlite3_stmt *row;
    TRY(sql_prepare(db->sql, text, &row, error));
    bind(row, 1, id);
    bind(row, 2, db->writer);
    TRY(sql_step(db->sql, row, pending, error));
    sqlite3_reset(row);
    return STATUS_OK;
}

enum status database_discard(struct database *db, const uint64_t *ids, const char *const *paths,
                             size_t n, struct error *error)
{
    struct garbage garbage = {0};
    enum status status = STATUS_OK;
    TRY(arena_init(&garbage.arena, error));
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        bool pending = false;
        status = is_pending(db, ids[i], &pending, error);
        if (!pending)
            continue;
        *ARRAY_PUSH(&garbage.arena, &garbage.ids) = ids[i];
        *ARRAY_PUSH(&garbage.arena, &garbage.paths) = paths[i];
    }
    if (status == STATUS_OK)
        status = arena_check(&garbage.arena, error);
    if (status == STATUS_OK)
        status = collect(db, &garbage, error);
    arena_fini(&garbage.arena);
    return status;
}

/* ---- Sweeping ---- */

/* Ids and paths of a query. */
static enum status add_rows(struct database *db, struct sqlite3_stmt *row, struct garbage *garbage,
                            struct error *error)
{
    struct arena *arena = &garbage->arena;
    bool more;
    for (;;) {
        TRY(sql_step(db->sql, row, &more, error));
        if (!more)
            return STATUS_OK;
        const char *path = (const char *)sqlite3_column_text(row, 1);
        if (!path)
            return error_no_memory(error, 1, "the catalog");
        *ARRAY_PUSH(arena, &garbage->ids) = (uint64_t)sqlite3_column_int64(row, 0);
        *ARRAY_PUSH(arena, &garbage->paths) = arena_strdup(arena, path);
    }
}

static enum status find_gone(struct database *db, struct garbage *garbage, struct error *error)
{
    static const char text[] = "SELECT id, path FROM files WHERE until <= ?";
    static const char definitions[] = "SELECT 1 FROM tables WHERE until <= ?";
    struct sqlite3_stmt *row;
    TRY(sql_prepare(db->sql, text, &row, error));
    bind(row, 1, garbage->oldest);
    TRY(add_rows(db, row, garbage, error));
    garbage->n_files = garbage->ids.count;
    TRY(sql_prepare(db->sql, definitions, &row, error));
    bind(row, 1, garbage->oldest);
    TRY(sql_step(db->sql, row, &garbage->has_definitions, error));
    sqlite3_reset(row);
    return arena_check(&garbage->arena, error);
}

/* A writer is dead if its lock can be had; it is then ours until the sweep is over. */
static enum status find_dead(struct database *db, struct garbage *garbage, struct error *error)
{
    static const char text[] = "SELECT DISTINCT writer FROM pending WHERE writer <> ?";
    struct sqlite3_stmt *row;
    bool more;
    TRY(sql_prepare(db->sql, text, &row, error));
    bind(row, 1, db->writer);
    for (;;) {
        bool dead = false;
        TRY(sql_step(db->sql, row, &more, error));
        if (!more)
            return arena_check(&garbage->arena, error);
        uint64_t writer = (uint64_t)sqlite3_column_int64(row, 0);
        TRY(lock_file_take_writer(db->locks, writer, &dead, error));
        if (dead)
            *ARRAY_PUSH(&garbage->arena, &garbage->dead) = writer;
    }
}

/* Looked up after its writer is known to be dead: it may have committed at the last moment. */
static enum status find_orphans(struct database *db, struct garbage *garbage, struct error *error)
{
    static const char text[] = "SELECT id, path FROM pending WHERE writer = ?";
    for (size_t i = 0; i < garbage->dead.count; i++) {
        struct sqlite3_stmt *row;
        TRY(sql_prepare(db->sql, text, &row, error));
        bind(row, 1, garbage->dead.items[i]);
        TRY(add_rows(db, row, garbage, error));
    }
    return arena_check(&garbage->arena, error);
}

static enum status sweep(struct database *db, struct garbage *garbage, struct error *error)
{
    int64_t snapshot;
    TRY(sql_number(db->sql, "SELECT snapshot FROM state", -1, &snapshot, error));
    TRY(lock_file_oldest(db->locks, (uint64_t)snapshot, &garbage->oldest, error));
    enum status status = find_dead(db, garbage, error);
    if (status != STATUS_OK) {
        sql_rollback(db->sql);
        return status;
    }
    TRY(sql_begin(db->sql, false, error));
    status = find_gone(db, garbage, error);
    if (status == STATUS_OK)
        status = find_orphans(db, garbage, error);
    sql_rollback(db->sql);
    TRY(status);
    if (garbage->ids.count == 0 && !garbage->has_definitions)
        return STATUS_OK;
    if (db->durable < (uint64_t)snapshot || garbage->ids.count > garbage->n_files)
        TRY(database_touch(db, error));
    return collect(db, garbage, error);
}

enum status database_sweep_now(struct database *db, struct error *error)
{
    struct garbage garbage = {0};
    if (db->access != SQL_WRITE)
        return STATUS_OK;
    TRY(arena_init(&garbage.arena, error));
    enum status status = sweep(db, &garbage, error);
    for (size_t i = 0; i < garbage.dead.count; i++)
        lock_file_drop_writer(db->locks, garbage.dead.items[i]);
    arena_fini(&garbage.arena);
    return status;
}

enum status database_sweep(struct database *db, struct error *error)
{
    mutex_lock(&db->lock);
    enum status status = database_sweep_now(db, error);
    mutex_unlock(&db->lock);
    return status;
}
