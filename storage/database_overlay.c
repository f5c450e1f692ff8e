/* database_overlay.c - tables and names as a change has them: the last refresh with the change upon it. */
#include <stdlib.h>

#include "storage/database_int.h"

/* ---- Sums ---- */

static int compare_ids(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool has_id(const uint64_t *ids, size_t n, uint64_t id)
{
    return n > 0 && bsearch(&id, ids, n, sizeof *ids, compare_ids) != NULL;
}

static void sum_op(struct table_change *sum, const struct change_op *op, struct arena *arena)
{
    switch (op->kind) {
    case CHANGE_CREATE:
    case CHANGE_ALTER:
        sum->definition = op->definition;
        sum->altered = true;
        break;
    case CHANGE_DROP:
        sum->definition = NULL;
        break;
    case CHANGE_TRUNCATE:
        sum->truncated = true;
        sum->added.count = sum->removed.count = sum->ranges.count = 0;
        break;
    case CHANGE_ADD_FILE:
        *ARRAY_PUSH(arena, &sum->added) = op->file;
        break;
    case CHANGE_REMOVE_FILE:
        *ARRAY_PUSH(arena, &sum->removed) = op->file_id;
        sum->rewrites = sum->rewrites || !op->replaces;
        break;
    case CHANGE_ADD_RANGE:
        *ARRAY_PUSH(arena, &sum->ranges) = op->range;
        break;
    default:
        break;
    }
}

/* Files that came and went within the change leave no trace. */
static void cancel_out(struct table_change *sum, struct arena *arena)
{
    size_t n = sum->removed.count;
    if (n == 0)
        return;
    qsort(sum->removed.items, n, sizeof(uint64_t), compare_ids);
    ARRAY_OF(uint64_t) own = {0};
    size_t kept = 0;
    for (size_t i = 0; i < sum->added.count; i++) {
        struct change_file *file = sum->added.items[i];
        if (has_id(sum->removed.items, n, file->id))
            *ARRAY_PUSH(arena, &own) = file->id;
        else
            sum->added.items[kept++] = file;
    }
    sum->added.count = kept;
    if (own.count == 0 || arena->failed)
        return;
    qsort(own.items, own.count, sizeof(uint64_t), compare_ids);
    kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!has_id(own.items, own.count, sum->removed.items[i]))
            sum->removed.items[kept++] = sum->removed.items[i];
    sum->removed.count = kept;
}

enum status change_sum_table(struct change *change, const struct change_table *table,
                             struct arena *arena, struct table_change *out, struct error *error)
{
    *out = (struct table_change){.id = table->id, .base = table->base, .definition = table->base};
    for (size_t i = 0; i < change->ops.count; i++)
        if (change->ops.items[i].table_id == table->id)
            sum_op(out, &change->ops.items[i], arena);
    TRY(arena_check(arena, error));
    cancel_out(out, arena);
    return arena_check(arena, error);
}

/* ---- A table as the change has it ---- */

/* The file's columns by id, out of the columns that the base table maps to it. */
static void remap_file(struct stored_file *file, const struct stored_file *from,
                       const struct stored_table *base, const struct stored_table *table)
{
    struct arena *arena = table->arena;
    uint32_t n = 0;
    for (uint32_t i = 0; i < base->schema.n_fields; i++)
        if (from->columns[i] >= 0)
            n = MAX(n, (uint32_t)from->columns[i] + 1);
    uint32_t *ids = ARENA_ARRAY(arena, uint32_t, n);
    struct column_zone *zones = ARENA_ARRAY(arena, struct column_zone, n);
    for (uint32_t i = 0; i < base->schema.n_fields && !arena->failed; i++)
        if (from->columns[i] >= 0) {
            ids[from->columns[i]] = base->columns[i].id;
            zones[from->columns[i]] = from->zones[i];
        }
    if (!arena->failed)
        stored_file_map(file, table, ids, n, zones, arena);
}

static enum status add_base_files(struct stored_table *table, const struct table_change *sum,
                                  struct error *error)
{
    const struct stored_table *base = sum->base;
    for (uint32_t i = 0; i < base->n_files; i++) {
        const struct stored_file *from = &base->files[i];
        if (has_id(sum->removed.items, sum->removed.count, from->id))
            continue;
        struct stored_file *file = &table->files[table->n_files++];
        *file = *from;
        if (sum->altered)
            remap_file(file, from, base, table);
        TRY(arena_check(table->arena, error));
    }
    return STATUS_OK;
}

static void add_new_file(struct stored_table *table, const struct change_file *from)
{
    struct arena *arena = table->arena;
    struct stored_file *file = &table->files[table->n_files++];
    *file = (struct stored_file){.id = from->id,
                                 .path = arena_strdup(arena, from->path),
                                 .rows = from->rows,
                                 .bytes = from->bytes};
    file->partition = ARENA_ARRAY(arena, struct value, from->n_partition);
    struct column_zone *zones =
        from->zones ? ARENA_ARRAY(arena, struct column_zone, from->n_ids) : NULL;
    if (arena->failed)
        return;
    for (uint32_t i = 0; i < from->n_partition; i++)
        file->partition[i] = value_copy(&from->partition[i], arena);
    for (uint32_t i = 0; zones && i < from->n_ids; i++) {
        zones[i] = from->zones[i];
        if (!zones[i].known)
            continue;
        zones[i].min = value_copy(&from->zones[i].min, arena);
        zones[i].max = value_copy(&from->zones[i].max, arena);
    }
    stored_file_map(file, table, from->ids, from->n_ids, zones, arena);
}

static enum status fill_table(struct stored_table *table, const struct table_change *sum,
                              struct error *error)
{
    TRY(table_box_copy_definition(table, sum->definition, error));
    size_t n = sum->added.count + (sum->base ? sum->base->n_files : 0);
    table->files = ARENA_ARRAY(table->arena, struct stored_file, n);
    TRY(arena_check(table->arena, error));
    if (sum->base) {
        ((struct table_box *)table)->base = stored_table_ref(sum->base);
        if (!sum->truncated)
            TRY(add_base_files(table, sum, error));
    }
    for (size_t i = 0; i < sum->added.count; i++) {
        add_new_file(table, sum->added.items[i]);
        TRY(arena_check(table->arena, error));
    }
    stored_table_sort_files(table);
    return STATUS_OK;
}

/* NULL: dropped. */
static enum status make_now(struct change *change, struct change_table *place, struct error *error)
{
    struct arena arena;
    struct table_change sum;
    struct stored_table *table = NULL;
    TRY(arena_init(&arena, error));
    enum status status = change_sum_table(change, place, &arena, &sum, error);
    if (status == STATUS_OK && sum.definition) {
        status = table_box_new(change->db, &table, error);
        if (status == STATUS_OK) {
            table->id = place->id;
            table->snapshot = change->snapshot;
            status = fill_table(table, &sum, error);
        }
    }
    arena_fini(&arena);
    if (status != STATUS_OK) {
        stored_table_unref(table);
        return status;
    }
    place->now = table;
    return STATUS_OK;
}

/* ---- Names ---- */

static const struct stored_table *last_definition(const struct change *change,
                                                  const struct change_table *table)
{
    const struct stored_table *found = table->base;
    for (size_t i = 0; i < change->ops.count; i++) {
        const struct change_op *op = &change->ops.items[i];
        if (op->table_id != table->id)
            continue;
        if (op->definition)
            found = op->definition;
        else if (op->kind == CHANGE_DROP)
            found = NULL;
    }
    return found;
}

static void add_tables(const struct change *change, const struct names *base, struct names *names)
{
    for (size_t i = 0; i < base->tables.count; i++) {
        const struct table_name *from = &base->tables.items[i];
        bool touched = false;
        for (size_t t = 0; t < change->tables.count; t++)
            touched = touched || change->tables.items[t].id == from->id;
        if (touched)
            continue;
        struct table_name *name = ARRAY_PUSH(&names->arena, &names->tables);
        *name = (struct table_name){.name = from->name, .id = from->id, .changed = from->changed};
    }
    for (size_t t = 0; t < change->tables.count; t++) {
        const struct stored_table *table = last_definition(change, &change->tables.items[t]);
        if (!table)
            continue;
        struct table_name *name = ARRAY_PUSH(&names->arena, &names->tables);
        *name =
            (struct table_name){.name = arena_strdup(&names->arena, table->name), .id = table->id};
    }
}

static void drop_view_name(struct names *names, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < names->views.count; i++)
        if (!str_equal_nocase(str_of(names->views.items[i].name), str_of(name)))
            names->views.items[kept++] = names->views.items[i];
    names->views.count = kept;
}

static void add_views(const struct change *change, const struct names *base, struct names *names)
{
    for (size_t i = 0; i < base->views.count; i++)
        *ARRAY_PUSH(&names->arena, &names->views) = base->views.items[i];
    for (size_t i = 0; i < change->ops.count && !names->arena.failed; i++) {
        const struct change_op *op = &change->ops.items[i];
        if (op->kind != CHANGE_PUT_VIEW && op->kind != CHANGE_DROP_VIEW)
            continue;
        drop_view_name(names, op->view->name);
        if (op->kind == CHANGE_PUT_VIEW)
            *ARRAY_PUSH(&names->arena, &names->views) = *op->view;
    }
}

enum status change_make_overlay(struct change *change, struct error *error)
{
    struct database *db = change->db;
    if (db->overlay)
        return STATUS_OK;
    struct names *names;
    TRY(names_new(&names, error));
    names->snapshot = change->snapshot;
    add_tables(change, db->names, names);
    add_views(change, db->names, names);
    enum status status = names_finish(names, error);
    if (status != STATUS_OK) {
        database_free_names(db, names);
        return status;
    }
    db->overlay = names;
    return STATUS_OK;
}

enum status change_load_overlay(struct change *change, struct table_name *name, struct error *error)
{
    struct names *base = change->db->names;
    if (name->table)
        return STATUS_OK;
    for (size_t i = 0; i < change->tables.count; i++) {
        struct change_table *place = &change->tables.items[i];
        if (place->id != name->id)
            continue;
        if (!place->now)
            TRY(make_now(change, place, error));
        name->table = stored_table_ref(place->now);
        return STATUS_OK;
    }
    for (size_t i = 0; i < base->tables.count; i++)
        if (base->tables.items[i].id == name->id) {
            TRY(database_load_table(change->db, &base->tables.items[i], error));
            name->table = stored_table_ref(base->tables.items[i].table);
            return STATUS_OK;
        }
    return error_set(error, STATUS_INTERNAL, "a table without a place: %s", name->name);
}
