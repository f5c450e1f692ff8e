/* database_change.c - a change in the making: what was asked for, in order, and what that comes to.
 *
 *   1. The operations are a list; nothing of the catalog is touched but for files being announced. Going back to a
 *      mark cuts the list.
 *   2. What a table is within the change is summed up from the list when it is asked for. */
#include "storage/database_int.h"

#include <stdlib.h>

#include "storage/partition.h"

/* ---- The list ---- */

static struct change_table *find_table(const struct change *change, uint64_t id)
{
    for (size_t i = 0; i < change->tables.count; i++)
        if (change->tables.items[i].id == id)
            return &change->tables.items[i];
    return NULL;
}

/* The change's notion of a table, with the table as of the last refresh below it. */
static enum status touch_table(struct change *change, uint64_t id, struct change_table **out,
                               struct error *error)
{
    struct names *names = change->db->names;
    struct table_name *name = NULL;
    *out = find_table(change, id);
    if (*out)
        return STATUS_OK;
    for (size_t i = 0; i < names->tables.count; i++)
        if (names->tables.items[i].id == id)
            name = &names->tables.items[i];
    if (!name)
        return error_set(error, STATUS_CONSTRAINT, "the table is not there any more");
    TRY(database_load_table(change->db, name, error));
    struct change_table *table = ARRAY_PUSH(&change->arena, &change->tables);
    TRY(arena_check(&change->arena, error));
    *table = (struct change_table){.id = id, .base = stored_table_ref(name->table)};
    *out = table;
    return STATUS_OK;
}

static void forget_overlay(struct change *change)
{
    struct database *db = change->db;
    if (db->overlay)
        database_free_names(db, db->overlay);
    db->overlay = NULL;
    db->told = false;
}

/* Appends an operation on a table (id 0: on none). */
static enum status push(struct change *change, const struct change_op *op, struct error *error)
{
    struct change_table *table = NULL;
    if (op->table_id != 0)
        TRY(touch_table(change, op->table_id, &table, error));
    struct change_op *place = ARRAY_PUSH(&change->arena, &change->ops);
    enum status status = arena_check(&change->arena, error);
    if (status != STATUS_OK) {
        change->ops.count--;
        return status;
    }
    *place = *op;
    if (table) {
        stored_table_unref(table->now);
        table->now = NULL;
    }
    if (op->kind != CHANGE_NEW_FILE)
        forget_overlay(change);
    return STATUS_OK;
}

static struct change_file *find_file(const struct change *change, uint64_t id)
{
    for (size_t i = change->ops.count; i-- > 0;)
        if (change->ops.items[i].kind == CHANGE_NEW_FILE && change->ops.items[i].file->id == id)
            return change->ops.items[i].file;
    return NULL;
}

/* ---- Opening, marks ---- */

enum status change_open(struct database *db, struct change **out, struct error *error)
{
    void *memory = NULL;
    *out = NULL;
    if (db->access != SQL_WRITE)
        return error_set(error, STATUS_USAGE, "the database is read-only: %s", db->path);
    if (db->change)
        return error_set(error, STATUS_INTERNAL, "the database has a change open: %s", db->path);
    TRY(block_alloc(&memory, sizeof(struct change), NULL, "change", error));
    struct change *change = memory;
    enum status status = arena_init(&change->arena, error);
    if (status != STATUS_OK) {
        block_free(change, sizeof *change, NULL);
        return status;
    }
    change->db = db;
    change->snapshot = db->names->snapshot;
    mutex_lock(&db->lock);
    db->change = change;
    db->told = true;
    mutex_unlock(&db->lock);
    *out = change;
    return STATUS_OK;
}

size_t change_mark(const struct change *change)
{
    return change->ops.count;
}

/* Lets go of what an operation holds; its file, if it announced one, is given back for deletion. */
static void undo(struct change *change, struct change_op *op)
{
    stored_table_unref(op->definition);
    op->definition = NULL;
    if (op->kind == CHANGE_REMOVE_FILE && op->replaces)
        lock_file_drop_file(change->db->locks, op->file_id);
}

static void discard_files(struct change *change, size_t from)
{
    struct arena arena;
    struct error ignored = {0};
    ARRAY_OF(uint64_t) ids = {0};
    ARRAY_OF(const char *) paths = {0};
    if (arena_init(&arena, &ignored) != STATUS_OK)
        return; /* the next sweep finds them */
    for (size_t i = from; i < change->ops.count; i++) {
        const struct change_op *op = &change->ops.items[i];
        if (op->kind != CHANGE_NEW_FILE)
            continue;
        *ARRAY_PUSH(&arena, &ids) = op->file->id;
        *ARRAY_PUSH(&arena, &paths) = op->file->path;
    }
    if (ids.count > 0 && !arena.failed &&
        database_discard(change->db, ids.items, paths.items, ids.count, &ignored) != STATUS_OK)
        error_clear(&ignored);
    arena_fini(&arena);
}

void change_undo(struct change *change, size_t mark, bool keep_files)
{
    assert(mark <= change->ops.count);
    if (!keep_files)
        discard_files(change, mark);
    for (size_t i = change->ops.count; i-- > mark;)
        undo(change, &change->ops.items[i]);
    change->ops.count = mark;
    for (size_t i = 0; i < change->tables.count; i++) {
        stored_table_unref(change->tables.items[i].now);
        change->tables.items[i].now = NULL;
    }
    forget_overlay(change);
}

void change_rewind(struct change *change, size_t mark)
{
    struct database *db = change->db;
    mutex_lock(&db->lock);
    change_undo(change, mark, false);
    mutex_unlock(&db->lock);
}

void change_free(struct change *change)
{
    struct database *db = change->db;
    forget_overlay(change);
    for (size_t i = 0; i < change->ops.count; i++)
        undo(change, &change->ops.items[i]);
    for (size_t i = 0; i < change->tables.count; i++) {
        stored_table_unref(change->tables.items[i].base);
        stored_table_unref(change->tables.items[i].now);
    }
    db->change = NULL;
    arena_fini(&change->arena);
    block_free(change, sizeof *change, NULL);
}

void change_rollback(struct change *change)
{
    if (!change)
        return;
    struct database *db = change->db;
    mutex_lock(&db->lock);
    change_undo(change, 0, false);
    change_free(change);
    mutex_unlock(&db->lock);
}

/* ---- Tables and views ---- */

/* Columns that the table did not have get ids of their own. */
static enum status give_ids(struct database *db, struct stored_table *definition,
                            const struct stored_table *before, struct error *error)
{
    uint32_t n = 0;
    uint64_t next;
    for (uint32_t i = 0; i < definition->schema.n_fields; i++)
        if (!before || stored_table_find_id(before, definition->columns[i].id) < 0)
            n++;
    if (n == 0)
        return STATUS_OK;
    TRY(database_take_ids(db, n, &next, error));
    if (next + n > UINT32_MAX)
        return error_set(error, STATUS_LIMIT, "the database has given out too many ids: %s",
                         db->path);
    for (uint32_t i = 0; i < definition->schema.n_fields; i++)
        if (!before || stored_table_find_id(before, definition->columns[i].id) < 0)
            definition->columns[i].id = (uint32_t)next++;
    return STATUS_OK;
}

static bool name_is_taken(struct change *change, const char *name, uint64_t but)
{
    struct names *names = change->db->overlay;
    const struct table_name *table = map_get(&names->by_name, str_of(name));
    if (table && table->id != but)
        return true;
    for (size_t i = 0; i < names->views.count; i++)
        if (str_equal_nocase(str_of(names->views.items[i].name), str_of(name)))
            return true;
    return false;
}

static enum status check_free(struct change *change, const char *name, uint64_t but,
                              struct error *error)
{
    TRY(change_make_overlay(change, error));
    if (name_is_taken(change, name, but))
        return error_set(error, STATUS_NAME, "the name is taken: %s", name);
    return STATUS_OK;
}

static enum status make_definition(struct change *change, const struct stored_table *from,
                                   const struct stored_table *before, uint64_t id,
                                   struct stored_table **out, struct error *error)
{
    struct stored_table *definition;
    TRY(table_box_new(change->db, &definition, error));
    definition->id = id;
    definition->snapshot = change->snapshot;
    enum status status = table_box_copy_definition(definition, from, error);
    if (status == STATUS_OK)
        status = give_ids(change->db, definition, before, error);
    if (status != STATUS_OK) {
        stored_table_unref(definition);
        return status;
    }
    *out = definition;
    return STATUS_OK;
}

static enum status create_table(struct change *change, const struct stored_table *table,
                                struct stored_table **out, struct error *error)
{
    struct change_op op = {.kind = CHANGE_CREATE};
    TRY(check_free(change, table->name, 0, error));
    TRY(database_take_ids(change->db, 1, &op.table_id, error));
    TRY(make_definition(change, table, NULL, op.table_id, &op.definition, error));
    *ARRAY_PUSH(&change->arena, &change->tables) = (struct change_table){.id = op.table_id};
    enum status status = arena_check(&change->arena, error);
    if (status == STATUS_OK)
        status = push(change, &op, error);
    if (status != STATUS_OK) {
        stored_table_unref(op.definition);
        return status;
    }
    *out = stored_table_ref(op.definition);
    return STATUS_OK;
}

enum status change_create_table(struct change *change, const struct stored_table *table,
                                struct stored_table **out, struct error *error)
{
    *out = NULL;
    mutex_lock(&change->db->lock);
    enum status status = create_table(change, table, out, error);
    mutex_unlock(&change->db->lock);
    return status;
}

static enum status alter_table(struct change *change, const struct stored_table *table,
                               struct error *error)
{
    struct change_op op = {.kind = CHANGE_ALTER, .table_id = table->id};
    struct change_table *touched;
    TRY(check_free(change, table->name, table->id, error));
    TRY(touch_table(change, table->id, &touched, error));
    /* Ids that any definition of the change has had are the table's. */
    const struct stored_table *before = touched->base;
    for (size_t i = 0; i < change->ops.count; i++)
        if (change->ops.items[i].table_id == table->id && change->ops.items[i].definition)
            before = change->ops.items[i].definition;
    TRY(make_definition(change, table, before, table->id, &op.definition, error));
    enum status status = push(change, &op, error);
    if (status != STATUS_OK)
        stored_table_unref(op.definition);
    return status;
}

enum status change_alter_table(struct change *change, const struct stored_table *table,
                               struct error *error)
{
    mutex_lock(&change->db->lock);
    enum status status = alter_table(change, table, error);
    mutex_unlock(&change->db->lock);
    return status;
}

static enum status push_locked(struct change *change, const struct change_op *op,
                               struct error *error)
{
    mutex_lock(&change->db->lock);
    enum status status = push(change, op, error);
    mutex_unlock(&change->db->lock);
    return status;
}

enum status change_drop_table(struct change *change, const struct stored_table *table,
                              struct error *error)
{
    struct change_op op = {.kind = CHANGE_DROP, .table_id = table->id};
    return push_locked(change, &op, error);
}

enum status change_truncate(struct change *change, const struct stored_table *table,
                            struct error *error)
{
    struct change_op op = {.kind = CHANGE_TRUNCATE, .table_id = table->id};
    return push_locked(change, &op, error);
}

static enum status put_view(struct change *change, const struct stored_view *view,
                            struct error *error)
{
    struct arena *arena = &change->arena;
    struct change_op op = {.kind = CHANGE_PUT_VIEW};
    TRY(change_make_overlay(change, error));
    if (map_get(&change->db->overlay->by_name, str_of(view->name)))
        return error_set(error, STATUS_NAME, "the name is taken: %s", view->name);
    op.view = ARENA_NEW(arena, struct stored_view);
    const char **columns = ARENA_ARRAY(arena, const char *, view->n_columns);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < view->n_columns; i++)
        columns[i] = arena_strdup(arena, view->columns[i]);
    *op.view = (struct stored_view){.name = arena_strdup(arena, view->name),
                                    .sql = arena_strdup(arena, view->sql),
                                    .columns = view->n_columns > 0 ? columns : NULL,
                                    .n_columns = view->n_columns};
    return push(change, &op, error);
}

enum status change_put_view(struct change *change, const struct stored_view *view,
                            struct error *error)
{
    mutex_lock(&change->db->lock);
    enum status status = put_view(change, view, error);
    mutex_unlock(&change->db->lock);
    return status;
}

static enum status drop_view(struct change *change, struct str name, struct error *error)
{
    struct change_op op = {.kind = CHANGE_DROP_VIEW};
    op.view = ARENA_NEW(&change->arena, struct stored_view);
    op.view->name = str_dup(&change->arena, name);
    TRY(arena_check(&change->arena, error));
    return push(change, &op, error);
}

enum status change_drop_view(struct change *change, struct str name, struct error *error)
{
    mutex_lock(&change->db->lock);
    enum status status = drop_view(change, name, error);
    mutex_unlock(&change->db->lock);
    return status;
}

/* ---- Files ---- */

/* The table's name as a folder's: letters, digits, '-' and '_' (not first); the rest as %XX. */
static void add_folder_name(struct strbuf *out, const char *name)
{
    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || (c == '_' && p > name) || c >= 0x80;
        if (plain)
            strbuf_putc(out, (char)c);
        else
            strbuf_printf(out, "%%%02X", (unsigned)c);
    }
}

static enum status make_folders(struct database *db, struct arena *arena, const char *path,
                                struct error *error)
{
    char *folder = arena_strdup(arena, database_join(db, arena, path));
    size_t root = strlen(db->path) + 1;
    TRY(arena_check(arena, error));
    char *last = strrchr(folder + root, '/');
    assert(last);
    *last = '\0';
    struct io_stat st;
    if (io_exists(db->io, folder, &st) && st.is_folder)
        return STATUS_OK;
    for (char *slash = strchr(folder + root, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        TRY(io_mkdir(db->io, folder, error));
        *slash = '/';
    }
    return io_mkdir(db->io, folder, error);
}

/* Recorded before it is there, with its folders made while the write lock keeps sweeps away. */
static enum status announce(struct database *db, struct arena *arena,
                            const struct change_file *file, struct error *error)
{
    TRY(sql_begin(db->sql, true, error));
    enum status status = database_store_pending(db, file, error);
    if (status == STATUS_OK)
        status = make_folders(db, arena, file->path, error);
    if (status == STATUS_OK)
        status = sql_commit(db->sql, error);
    if (status != STATUS_OK)
        sql_rollback(db->sql);
    commit_step_reached(COMMIT_STEP_PENDING_RECORDED);
    return status;
}

static enum status new_file(struct change *change, const struct stored_table *table,
                            const struct value *partition, struct arena *arena, uint64_t *id,
                            const char **path, struct error *error)
{
    struct database *db = change->db;
    struct arena *own = &change->arena;
    struct strbuf sb;
    struct change_table *touched;
    TRY(touch_table(change, table->id, &touched, error));
    TRY(database_take_ids(db, 1, id, error));
    struct change_file *file = ARENA_NEW(own, struct change_file);
    file->n_partition = table->n_partitions;
    file->partition = ARENA_ARRAY(own, struct value, table->n_partitions);
    TRY(arena_check(own, error));
    file->id = *id;
    file->table_id = table->id;
    for (uint32_t i = 0; i < table->n_partitions; i++)
        file->partition[i] = value_copy(&partition[i], own);
    const char *folder =
        partition_folder(own, table->partitions, table->n_partitions, file->partition);
    strbuf_init(&sb, own);
    add_folder_name(&sb, table->name);
    strbuf_printf(&sb, "/%s%spart-%06llu-0.weir", folder, *folder ? "/" : "",
                  (unsigned long long)*id);
    file->path = sb.data;
    TRY(arena_check(own, error));
    struct change_op op = {.kind = CHANGE_NEW_FILE, .table_id = table->id, .file = file};
    TRY(push(change, &op, error));
    enum status status = announce(db, arena, file, error);
    if (status != STATUS_OK) {
        change->ops.count--;
        return status;
    }
    *path = database_join(db, arena, file->path);
    return arena_check(arena, error);
}

enum status change_new_file(struct change *change, const struct stored_table *table,
                            const struct value *partition, struct arena *arena, uint64_t *id,
                            const char **path, struct error *error)
{
    mutex_lock(&change->db->lock);
    enum status status = new_file(change, table, partition, arena, id, path, error);
    mutex_unlock(&change->db->lock);
    return status;
}

static void copy_zones(struct change_file *file, const struct column_zone *zones, uint32_t n,
                       struct arena *arena)
{
    file->zones = ARENA_ARRAY(arena, struct column_zone, n);
    for (uint32_t i = 0; i < n && !arena->failed; i++) {
        file->zones[i] = zones[i];
        if (!zones[i].known)
            continue;
        file->zones[i].min = value_copy(&zones[i].min, arena);
        file->zones[i].max = value_copy(&zones[i].max, arena);
    }
}

static enum status add_file(struct change *change, const struct stored_table *table, uint64_t id,
                            uint64_t rows, uint64_t bytes, const struct column_zone *zones,
                            struct error *error)
{
    struct arena *arena = &change->arena;
    struct change_file *file = find_file(change, id);
    if (!file || file->added || file->table_id != table->id)
        return error_set(error, STATUS_INTERNAL, "a file was not announced: %llu",
                         (unsigned long long)id);
    file->n_ids = table->schema.n_fields;
    file->ids = ARENA_ARRAY(arena, uint32_t, file->n_ids);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < file->n_ids; i++)
        file->ids[i] = table->columns[i].id;
    if (zones)
        copy_zones(file, zones, file->n_ids, arena);
    file->rows = rows;
    file->bytes = bytes;
    file->added = true;
    struct change_op op = {.kind = CHANGE_ADD_FILE, .table_id = table->id, .file = file};
    return push(change, &op, error);
}

enum status change_add_file(struct change *change, const struct stored_table *table, uint64_t id,
                            uint64_t rows, uint64_t bytes, const struct column_zone *zones,
                            struct error *error)
{
    commit_step_reached(COMMIT_STEP_FILE_SYNCED);
    mutex_lock(&change->db->lock);
    enum status status = add_file(change, table, id, rows, bytes, zones, error);
    mutex_unlock(&change->db->lock);
    return status;
}

enum status change_remove_file(struct change *change, const struct stored_table *table,
                               const struct stored_file *file, struct error *error)
{
    struct change_op op = {.kind = CHANGE_REMOVE_FILE, .table_id = table->id, .file_id = file->id};
    return push_locked(change, &op, error);
}

static enum status replace_file(struct change *change, const struct stored_table *table,
                                const struct stored_file *file, bool *taken, struct error *error)
{
    struct database *db = change->db;
    struct change_op op = {.kind = CHANGE_REMOVE_FILE, .table_id = table->id, .file_id = file->id};
    for (size_t i = 0; i < change->ops.count; i++)
        if (change->ops.items[i].kind == CHANGE_REMOVE_FILE &&
            change->ops.items[i].file_id == file->id)
            return STATUS_OK;          /* gone already, by another writer of this change */
    if (find_file(change, file->id)) { /* of this change */
        *taken = true;
        return push(change, &op, error);
    }
    TRY(lock_file_take_file(db->locks, file->id, taken, error));
    if (!*taken)
        return STATUS_OK;
    enum status status = database_file_is_live(db, file->id, taken, error);
    op.replaces = true;
    if (status == STATUS_OK && *taken)
        status = push(change, &op, error);
    if (status != STATUS_OK || !*taken)
        lock_file_drop_file(db->locks, file->id);
    return status;
}

enum status change_replace_file(struct change *change, const struct stored_table *table,
                                const struct stored_file *file, bool *taken, struct error *error)
{
    *taken = false;
    mutex_lock(&change->db->lock);
    enum status status = replace_file(change, table, file, taken, error);
    mutex_unlock(&change->db->lock);
    return status;
}

/* ---- Ranges of text files ---- */

enum status change_add_range(struct change *change, const struct stored_table *table,
                             const struct source_range *range, struct error *error)
{
    struct change_op op = {.kind = CHANGE_ADD_RANGE, .table_id = table->id};
    mutex_lock(&change->db->lock);
    struct arena *arena = &change->arena;
    op.range = ARENA_NEW(arena, struct source_range);
    *op.range = *range;
    op.range->path = arena_strdup(arena, range->path);
    enum status status = arena_check(arena, error);
    if (status == STATUS_OK)
        status = push(change, &op, error);
    mutex_unlock(&change->db->lock);
    return status;
}

enum status change_loaded_to(struct change *change, const struct stored_table *table,
                             const struct source_range *range, uint64_t *to, struct error *error)
{
    struct database *db = change->db;
    mutex_lock(&db->lock);
    enum status status = database_loaded_to(db, table->id, range, to, error);
    for (size_t i = 0; i < change->ops.count; i++) {
        const struct change_op *op = &change->ops.items[i];
        if (op->table_id != table->id)
            continue;
        if (op->kind == CHANGE_TRUNCATE)
            *to = 0;
        else if (op->kind == CHANGE_ADD_RANGE && op->range->device == range->device &&
                 op->range->inode == range->inode)
            *to = MAX(*to, op->range->to);
    }
    mutex_unlock(&db->lock);
    return status;
}
