/* database_commit.c - a change becomes a snapshot, or nothing; and what nobody needs any more is swept.
 *
 *   1. Files are on the disk, with the folders that name them, before the catalog says that they are there.
 *   2. The write lock is held from the first look at what others did to the end of the commit, not longer.
 *   3. A commit of which we cannot know whether it happened is made not to have happened before its files go. */
#include <stdlib.h>

#include "storage/database_int.h"

/* ---- Committing ---- */

struct sums {
    struct arena arena;
    ARRAY_OF(struct table_change) tables;
    ARRAY_OF(struct view_change) views;
    ARRAY_OF(const char *) paths; /* of the files added */
};

static bool is_nothing(const struct table_change *sum)
{
    if (!sum->base && !sum->definition)
        return true; /* created and dropped */
    return sum->definition && !sum->altered && !sum->truncated && sum->added.count == 0 &&
           sum->removed.count == 0 && sum->ranges.count == 0;
}

static enum status sum_tables(struct change *change, struct sums *sums, struct error *error)
{
    for (size_t i = 0; i < change->tables.count; i++) {
        struct table_change sum;
        TRY(change_sum_table(change, &change->tables.items[i], &sums->arena, &sum, error));
        if (is_nothing(&sum))
            continue;
        *ARRAY_PUSH(&sums->arena, &sums->tables) = sum;
        for (size_t f = 0; sum.definition && f < sum.added.count; f++)
            *ARRAY_PUSH(&sums->arena, &sums->paths) = sum.added.items[f]->path;
    }
    return arena_check(&sums->arena, error);
}

/* The last word on each view. */
static enum status sum_views(const struct change *change, struct sums *sums, struct error *error)
{
    for (size_t i = 0; i < change->ops.count; i++) {
        const struct change_op *op = &change->ops.items[i];
        if (op->kind != CHANGE_PUT_VIEW && op->kind != CHANGE_DROP_VIEW)
            continue;
        size_t at = 0;
        while (at < sums->views.count &&
               !str_equal_nocase(str_of(sums->views.items[at].name), str_of(op->view->name)))
            at++;
        if (at == sums->views.count)
            ARRAY_PUSH(&sums->arena, &sums->views);
        TRY(arena_check(&sums->arena, error));
        sums->views.items[at].name = op->view->name;
        sums->views.items[at].view = op->kind == CHANGE_PUT_VIEW ? op->view : NULL;
    }
    return STATUS_OK;
}

static enum status fill(struct change *change, const struct sums *sums, uint64_t *snapshot,
                        struct error *error)
{
    struct database *db = change->db;
    int64_t last;
    TRY(sql_number(db->sql, "SELECT snapshot FROM state", -1, &last, error));
    *snapshot = (uint64_t)last + 1;
    for (size_t i = 0; i < sums->tables.count; i++)
        TRY(database_end_table(db, &sums->tables.items[i], change->snapshot, *snapshot, error));
    for (size_t i = 0; i < sums->views.count; i++)
        TRY(database_end_view(db, &sums->views.items[i], change->snapshot, error));
    for (size_t i = 0; i < sums->tables.count; i++)
        TRY(database_store_table(db, &sums->tables.items[i], *snapshot, error));
    for (size_t i = 0; i < sums->views.count; i++)
        if (sums->views.items[i].view)
            TRY(database_store_view(db, sums->views.items[i].view, *snapshot, error));
    return sql_run(db->sql, "UPDATE state SET snapshot = snapshot + 1", error);
}

/* *unsure: it failed in a way that leaves open whether it happened. */
static enum status transact(struct change *change, const struct sums *sums, bool *unsure,
                            struct error *error)
{
    struct database *db = change->db;
    uint64_t snapshot;
    *unsure = false;
    TRY(database_sync_folders(db, &change->arena, sums->paths.items, sums->paths.count, error));
    commit_step_reached(COMMIT_STEP_FOLDER_SYNCED);
    TRY(sql_begin(db->sql, true, error));
    commit_step_reached(COMMIT_STEP_TRANSACTION_BEGUN);
    enum status status = fill(change, sums, &snapshot, error);
    commit_step_reached(COMMIT_STEP_TRANSACTION_FILLED);
    if (status == STATUS_OK) {
        status = sql_commit(db->sql, error);
        *unsure = status != STATUS_OK && !sql_ran_full(db->sql);
    }
    if (status != STATUS_OK) {
        sql_rollback(db->sql);
        return status;
    }
    commit_step_reached(COMMIT_STEP_COMMITTED);
    db->durable = MAX(db->durable, snapshot);
    db->stale = true;
    return STATUS_OK;
}

/* Announced files that the commit did not take: written for nothing, or gone again within the change. */
static void discard_rest(struct change *change, const struct sums *sums)
{
    struct arena arena;
    struct error ignored = {0};
    ARRAY_OF(uint64_t) ids = {0};
    ARRAY_OF(const char *) paths = {0};
    if (arena_init(&arena, &ignored) != STATUS_OK)
        return;
    struct map taken;
    map_init(&taken, &arena, false);
    for (size_t i = 0; i < sums->paths.count; i++)
        map_put(&taken, str_of(sums->paths.items[i]), change);
    for (size_t i = 0; i < change->ops.count; i++) {
        const struct change_op *op = &change->ops.items[i];
        if (op->kind != CHANGE_NEW_FILE || map_get(&taken, str_of(op->file->path)))
            continue;
        *ARRAY_PUSH(&arena, &ids) = op->file->id;
        *ARRAY_PUSH(&arena, &paths) = op->file->path;
    }
    if (ids.count > 0 && !arena.failed &&
        database_discard(change->db, ids.items, paths.items, ids.count, &ignored) != STATUS_OK)
        error_clear(&ignored);
    arena_fini(&arena);
}

static enum status commit(struct change *change, bool *unsure, struct error *error)
{
    struct database *db = change->db;
    struct sums sums = {0};
    struct error ignored = {0};
    *unsure = false;
    TRY(arena_init(&sums.arena, error));
    enum status status = sum_tables(change, &sums, error);
    if (status == STATUS_OK)
        status = sum_views(change, &sums, error);
    bool is_empty = sums.tables.count == 0 && sums.views.count == 0;
    if (status == STATUS_OK && !is_empty)
        status = transact(change, &sums, unsure, error);
    if (status == STATUS_OK)
        discard_rest(change, &sums);
    arena_fini(&sums.arena);
    if (status != STATUS_OK || is_empty)
        return status;
    /* It has happened: what comes now can wait for the next refresh, or the next sweep. */
    if (database_load_names(db, &ignored) != STATUS_OK)
        db->stale = true;
    error_clear(&ignored);
    return STATUS_OK;
}

enum status change_commit(struct change *change, struct error *error)
{
    struct database *db = change->db;
    struct error ignored = {0};
    bool unsure;
    mutex_lock(&db->lock);
    enum status status = commit(change, &unsure, error);
    if (status != STATUS_OK) {
        /* If the log cannot be written, what it holds of the commit may still come to life: the files stay,
         * announced, until a sweep that can tell. */
        bool keep_files = unsure && database_touch(db, &ignored) != STATUS_OK;
        error_clear(&ignored);
        if (keep_files)
            error_append(error, "; whether the statement was done shows when the database is "
                                "opened again");
        change_undo(change, 0, keep_files);
    }
    change_free(change);
    if (status == STATUS_OK && database_sweep_now(db, &ignored) != STATUS_OK)
        error_clear(&ignored);
    commit_step_reached(COMMIT_STEP_SWEPT);
    mutex_unlock(&db->lock);
    return status;
}
