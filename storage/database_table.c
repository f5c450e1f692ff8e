/* database_table.c - stored tables in memory: made, copied, shared. */
#include "storage/database_int.h"

#include <stdlib.h>

static struct table_box *box_of(const struct stored_table *table)
{
    return (struct table_box *)table;
}

enum status table_box_new(struct database *db, struct stored_table **out, struct error *error)
{
    void *memory = NULL;
    *out = NULL;
    TRY(block_alloc(&memory, sizeof(struct table_box), NULL, "stored table", error));
    struct table_box *box = memory;
    enum status status = arena_init(&box->memory, error);
    if (status != STATUS_OK) {
        block_free(box, sizeof *box, NULL);
        return status;
    }
    atomic_init(&box->table.refs, 1);
    box->table.arena = &box->memory;
    box->table.database = db;
    box->table.time_column = -1;
    *out = &box->table;
    return STATUS_OK;
}

struct stored_table *stored_table_ref(struct stored_table *table)
{
    atomic_fetch_add_explicit(&table->refs, 1, memory_order_relaxed);
    return table;
}

void stored_table_unref(struct stored_table *table)
{
    if (!table || atomic_fetch_sub_explicit(&table->refs, 1, memory_order_acq_rel) != 1)
        return;
    struct table_box *box = box_of(table);
    if (box->locks) {
        lock_file_unpin(box->locks, box->pinned);
        lock_file_unref(box->locks);
    }
    stored_table_unref(box->base);
    arena_fini(&box->memory);
    block_free(box, sizeof *box, NULL);
}

enum status table_box_pin(struct stored_table *table, struct lock_file *locks, uint64_t snapshot,
                          struct error *error)
{
    struct table_box *box = box_of(table);
    TRY(lock_file_pin(locks, snapshot, error));
    if (box->locks)
        lock_file_unpin(box->locks, box->pinned);
    else
        box->locks = lock_file_ref(locks);
    box->pinned = snapshot;
    return STATUS_OK;
}

/* ---- Copies ---- */

struct value value_copy(const struct value *value, struct arena *arena)
{
    struct value copy = *value;
    if (!copy.is_null && type_is_text(copy.type))
        copy.text.data = arena_strndup(arena, value->text.data, value->text.length);
    return copy;
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

static void copy_columns(struct stored_table *to, const struct stored_table *from)
{
    struct arena *arena = to->arena;
    uint32_t n = from->schema.n_fields;
    to->schema.n_fields = n;
    to->schema.fields = ARENA_ARRAY(arena, struct field, n);
    to->columns = ARENA_ARRAY(arena, struct stored_column, n);
    if (arena->failed)
        return;
    for (uint32_t i = 0; i < n; i++) {
        to->schema.fields[i] = from->schema.fields[i];
        to->schema.fields[i].name = arena_strdup(arena, from->schema.fields[i].name);
        to->columns[i].missing = value_null(from->schema.fields[i].type);
        if (!from->columns)
            continue;
        const struct stored_column *column = &from->columns[i];
        to->columns[i].id = column->id;
        to->columns[i].default_sql = copy_text(arena, column->default_sql);
        to->columns[i].check_sql = copy_text(arena, column->check_sql);
        if (!column->missing.is_null && column->missing.type.id != TYPE_NULL)
            to->columns[i].missing = value_copy(&column->missing, arena);
    }
}

enum status table_box_copy_definition(struct stored_table *to, const struct stored_table *from,
                                      struct error *error)
{
    struct arena *arena = to->arena;
    to->name = arena_strdup(arena, from->name);
    copy_columns(to, from);
    to->n_checks = from->n_checks;
    to->checks = ARENA_ARRAY(arena, const char *, from->n_checks);
    to->n_partitions = from->n_partitions;
    to->partitions = ARENA_ARRAY(arena, struct partition_column, from->n_partitions);
    to->n_order_by = from->n_order_by;
    to->order_by = ARENA_ARRAY(arena, uint32_t, from->n_order_by);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < from->n_checks; i++)
        to->checks[i] = arena_strdup(arena, from->checks[i]);
    for (uint32_t i = 0; i < from->n_partitions; i++) {
        to->partitions[i] = from->partitions[i];
        to->partitions[i].name = arena_strdup(arena, from->partitions[i].name);
    }
    for (uint32_t i = 0; i < from->n_order_by; i++)
        to->order_by[i] = from->order_by[i];
    to->small = from->small;
    to->fast = from->fast;
    to->ttl_us = from->ttl_us;
    to->time_column = from->time_column;
    to->watermark_sql = copy_text(arena, from->watermark_sql);
    return arena_check(arena, error);
}

/* ---- Files ---- */

int stored_table_find_id(const struct stored_table *table, uint32_t id)
{
    for (uint32_t i = 0; i < table->schema.n_fields; i++)
        if (table->columns[i].id == id)
            return (int)i;
    return -1;
}

/* A column that the file does not have: every row has the same value. */
static struct column_zone missing_zone(const struct stored_file *file, const struct value *missing)
{
    bool is_null = missing->is_null;
    return (struct column_zone){.known = !is_null,
                                .min = *missing,
                                .max = *missing,
                                .nulls = is_null ? file->rows : 0,
                                .distinct = is_null ? 0 : 1};
}

void stored_file_map(struct stored_file *file, const struct stored_table *table,
                     const uint32_t *ids, uint32_t n_ids, const struct column_zone *zones,
                     struct arena *arena)
{
    uint32_t n = table->schema.n_fields;
    file->columns = ARENA_ARRAY(arena, int32_t, n);
    file->zones = ARENA_ARRAY(arena, struct column_zone, n);
    if (arena->failed)
        return;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = 0;
        /* Mostly the file has the table's columns in their order. */
        if (i < n_ids && ids[i] == table->columns[i].id)
            c = i;
        else
            while (c < n_ids && ids[c] != table->columns[i].id)
                c++;
        file->columns[i] = c < n_ids ? (int32_t)c : -1;
        if (c == n_ids)
            file->zones[i] = missing_zone(file, &table->columns[i].missing);
        else if (zones)
            file->zones[i] = zones[c];
    }
}

static int compare_partitions(const struct stored_file *a, const struct stored_file *b, uint32_t n)
{
    int order = 0;
    for (uint32_t i = 0; i < n && order == 0; i++)
        order = value_compare(&a->partition[i], &b->partition[i]);
    return order;
}

static int compare_files(const void *left, const void *right, void *context)
{
    const struct stored_file *a = left, *b = right;
    int order = compare_partitions(a, b, *(const uint32_t *)context);
    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

void stored_table_sort_files(struct stored_table *table)
{
    if (table->n_files > 1)
        qsort_r(table->files, table->n_files, sizeof *table->files, compare_files,
                &table->n_partitions);
}
