/* database_check.c - see database_check.h.
 *
 * Files that appear while the folder is listed are known by the time the catalog is asked (they are announced before
 * they are made); those that go meanwhile are looked for once more. */
#include "storage/database_check.h"

#include <sqlite3.h>

#include "storage/database_int.h"

enum { FOLDERS_DEEP_MAX = 64 };

enum status database_check_catalog(struct database *db, database_tell_fn *fn, void *context,
                                   struct error *error)
{
    struct sqlite3_stmt *statement;
    bool row;
    enum status status;
    mutex_lock(&db->lock);
    TRY_OUT(sql_prepare(db->sql, "PRAGMA integrity_check(100)", &statement, error));
    for (;;) {
        TRY_OUT(sql_step(db->sql, statement, &row, error));
        if (!row)
            break;
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text && strcmp(text, "ok") != 0)
            fn(context, text);
    }
out:
    mutex_unlock(&db->lock);
    return status;
}

/* ---- Files that nobody knows ---- */

struct listing {
    struct database *db;
    struct arena *arena;
    ARRAY_OF(const char *) paths;
};

/* Names in the folder itself that are weir's and SQLite's own. */
static bool is_own(const char *name)
{
    static const char *const OWN[] = {"weir.db", "weir.db-wal", "weir.db-shm", "weir.db-journal",
                                      "weir.lock"};
    for (size_t i = 0; i < ARRAY_LENGTH(OWN); i++)
        if (strcmp(name, OWN[i]) == 0)
            return true;
    return false;
}

static enum status list_folder(struct listing *listing, const char *folder, unsigned depth,
                               struct error *error)
{
    struct io_entry *entries;
    size_t count;
    struct io_stat st;
    struct database *db = listing->db;
    const char *full = *folder ? database_join(db, listing->arena, folder) : db->path;
    TRY(arena_check(listing->arena, error));
    if (depth > 0 && !io_exists(db->io, full, &st)) /* it went */
        return STATUS_OK;
    TRY(io_list(db->io, full, listing->arena, &entries, &count, error));
    for (size_t i = 0; i < count; i++) {
        if (depth == 0 && is_own(entries[i].name))
            continue;
        const char *path = *folder ? arena_printf(listing->arena, "%s/%s", folder, entries[i].name)
                                   : entries[i].name;
        TRY(arena_check(listing->arena, error));
        if (entries[i].is_folder && depth < FOLDERS_DEEP_MAX)
            TRY(list_folder(listing, path, depth + 1, error));
        else
            *ARRAY_PUSH(listing->arena, &listing->paths) = path;
    }
    return arena_check(listing->arena, error);
}

/* The paths of a query, in order, taken out of the listing, which is in the same order. */
static enum status read_known(struct listing *listing, struct map *known, struct error *error)
{
    static char here;
    struct database *db = listing->db;
    struct sqlite3_stmt *statement;
    bool row;
    TRY(sql_prepare(db->sql, "SELECT path FROM files UNION ALL SELECT path FROM pending",
                    &statement, error));
    for (;;) {
        TRY(sql_step(db->sql, statement, &row, error));
        if (!row)
            return arena_check(listing->arena, error);
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        const char *path = arena_strdup(listing->arena, text ? text : "");
        if (path)
            map_put(known, str_of(path), &here);
    }
}

enum status database_unknown_files(struct database *db, struct arena *arena, const char ***paths,
                                   size_t *count, struct error *error)
{
    struct listing listing = {.db = db, .arena = arena};
    struct map known;
    struct io_stat st;
    *count = 0;
    TRY(list_folder(&listing, "", 0, error));
    map_init(&known, arena, false);
    mutex_lock(&db->lock);
    enum status status = read_known(&listing, &known, error);
    mutex_unlock(&db->lock);
    TRY(status);
    *paths = listing.paths.items;
    for (size_t i = 0; i < listing.paths.count; i++) {
        const char *path = listing.paths.items[i];
        if (map_get(&known, str_of(path)))
            continue;
        const char *full = database_join(db, arena, path);
        TRY(arena_check(arena, error));
        if (io_exists(db->io, full, &st))
            (*paths)[(*count)++] = path;
    }
    return STATUS_OK;
}
