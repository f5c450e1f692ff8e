/* catalog.c - tables and views by name.
 *
 * Two lists: what is in memory, and what has been asked of the database since it last changed. Each is sorted by folded
 * name, so listing needs no further step and finding is a binary search. Each entry lives in an arena of its own,
 * which is itself the arena's first object: freeing the arena frees the entry. */
#include "storage/catalog.h"

#include <stdlib.h>

#include "base/array.h"
#include "storage/mem_table.h"

struct catalog_list {
    ARRAY_OF(struct catalog_entry *) entries;
};

struct catalog {
    struct arena arena;
    struct catalog_list memory, known; /* known: entries of the database */
    struct database *database;
};

enum status catalog_new(struct catalog **out, struct error *error)
{
    *out = NULL;
    struct arena arena;
    TRY(arena_init(&arena, error));
    struct catalog *catalog = ARENA_NEW(&arena, struct catalog);
    enum status status = arena_check(&arena, error);
    if (status != STATUS_OK) {
        arena_fini(&arena);
        return status;
    }
    catalog->arena = arena;
    *out = catalog;
    return STATUS_OK;
}

static void list_clear(struct catalog_list *list)
{
    for (size_t i = 0; i < list->entries.count; i++)
        catalog_entry_free(list->entries.items[i]);
    list->entries.count = 0;
}

void catalog_close(struct catalog *catalog)
{
    if (!catalog)
        return;
    list_clear(&catalog->memory);
    list_clear(&catalog->known);
    struct arena arena = catalog->arena;
    arena_fini(&arena);
}

void catalog_attach(struct catalog *catalog, struct database *database)
{
    catalog->database = database;
}

struct database *catalog_database(const struct catalog *catalog)
{
    return catalog->database;
}

/* ---- lists ---- */

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static int compare_names(struct str a, struct str b)
{
    for (size_t i = 0; i < a.length && i < b.length; i++)
        if (fold(a.data[i]) != fold(b.data[i]))
            return fold(a.data[i]) < fold(b.data[i]) ? -1 : 1;
    return (a.length > b.length) - (a.length < b.length);
}

/* The place of the name, or where it would be. */
static size_t list_place(const struct catalog_list *list, struct str name, bool *found)
{
    size_t low = 0, high = list->entries.count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(str_of(list->entries.items[middle]->name), name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct catalog_entry *list_find(const struct catalog_list *list, struct str name)
{
    bool found;
    size_t at = list_place(list, name, &found);
    return found ? list->entries.items[at] : NULL;
}

/* Takes the entry, not on failure; one of the same name is replaced and freed. */
static enum status list_put(struct arena *arena, struct catalog_list *list,
                            struct catalog_entry *entry, struct error *error)
{
    bool found;
    size_t at = list_place(list, str_of(entry->name), &found);
    if (found) {
        catalog_entry_free(list->entries.items[at]);
        list->entries.items[at] = entry;
        return STATUS_OK;
    }
    if (arena->failed)
        return arena_check(arena, error);
    struct catalog_entry **last = ARRAY_PUSH(arena, &list->entries);
    if (arena->failed)
        return arena_check(arena, error);
    *last = entry;
    size_t after = list->entries.count - 1 - at;
    memmove(&list->entries.items[at + 1], &list->entries.items[at],
            after * sizeof(struct catalog_entry *));
    list->entries.items[at] = entry;
    return STATUS_OK;
}

/* ---- entries ---- */

enum status catalog_entry_new(enum catalog_kind kind, struct catalog_entry **out,
                              struct error *error)
{
    *out = NULL;
    struct arena arena;
    TRY(arena_init(&arena, error));
    struct catalog_entry *entry = ARENA_NEW(&arena, struct catalog_entry);
    struct arena *own = ARENA_NEW(&arena, struct arena);
    enum status status = arena_check(&arena, error);
    if (status != STATUS_OK) {
        arena_fini(&arena);
        return status;
    }
    *own = arena;
    entry->kind = kind;
    entry->arena = own;
    entry->layout.time_column = -1;
    *out = entry;
    return STATUS_OK;
}

void catalog_entry_free(struct catalog_entry *entry)
{
    if (!entry)
        return;
    mem_table_unref(entry->table);
    stored_table_unref(entry->stored);
    struct arena arena = *entry->arena;
    arena_fini(&arena);
}

/* Takes the reference to the table. Texts and schema stay the table's. */
static enum status entry_of_table(struct stored_table *table, struct catalog_entry **out,
                                  struct error *error)
{
    enum status status = catalog_entry_new(CATALOG_TABLE, out, error);
    if (status != STATUS_OK) {
        stored_table_unref(table);
        return status;
    }
    struct catalog_entry *entry = *out;
    entry->stored = table;
    entry->name = table->name;
    entry->schema = table->schema;
    entry->checks = table->checks;
    entry->n_checks = table->n_checks;
    entry->layout = (struct catalog_layout){
        .partitions = table->partitions,
        .n_partitions = table->n_partitions,
        .order_by = table->order_by,
        .n_order_by = table->n_order_by,
        .small = table->small,
        .fast = table->fast,
        .ttl_us = table->ttl_us,
        .time_column = table->time_column,
        .watermark_sql = table->watermark_sql,
    };
    size_t n = table->schema.n_fields;
    entry->columns = ARENA_ARRAY(entry->arena, struct catalog_column, n + 1);
    for (size_t i = 0; entry->columns && i < n; i++)
        entry->columns[i] =
            (struct catalog_column){table->columns[i].default_sql, table->columns[i].check_sql,
                                    table->columns[i].id, table->columns[i].missing};
    return arena_check(entry->arena, error);
}

static enum status entry_of_view(const struct stored_view *view, struct catalog_entry **out,
                                 struct error *error)
{
    TRY(catalog_entry_new(CATALOG_VIEW, out, error));
    struct catalog_entry *entry = *out;
    entry->name = arena_strdup(entry->arena, view->name);
    entry->view_sql = arena_strdup(entry->arena, view->sql);
    entry->n_view_columns = view->n_columns;
    entry->view_columns = ARENA_ARRAY(entry->arena, const char *, view->n_columns + 1);
    for (uint32_t i = 0; entry->view_columns && i < view->n_columns; i++)
        entry->view_columns[i] = arena_strdup(entry->arena, view->columns[i]);
    return arena_check(entry->arena, error);
}

/* ---- finding ---- */

void catalog_forget(struct catalog *catalog)
{
    list_clear(&catalog->known);
}

enum status catalog_refresh(struct catalog *catalog, struct error *error)
{
    bool changed = false;
    if (!catalog->database)
        return STATUS_OK;
    enum status status = database_refresh(catalog->database, &changed, error);
    if (changed || status != STATUS_OK)
        catalog_forget(catalog);
    return status;
}

static enum status find_stored(struct catalog *catalog, struct str name, struct catalog_entry **out,
                               struct error *error)
{
    struct stored_table *table = NULL;
    const struct stored_view *view = NULL;
    enum status status;
    *out = NULL;
    if (!catalog->database)
        return STATUS_OK;
    struct catalog_entry *known = list_find(&catalog->known, name), *made = NULL;
    if (known) {
        *out = known;
        return STATUS_OK;
    }
    TRY(database_table(catalog->database, name, &table, error));
    if (!table)
        view = database_view(catalog->database, name);
    if (!table && !view)
        return STATUS_OK;
    status = table ? entry_of_table(table, &made, error) : entry_of_view(view, &made, error);
    if (status == STATUS_OK)
        status = list_put(&catalog->arena, &catalog->known, made, error);
    if (status != STATUS_OK) {
        catalog_entry_free(made);
        return status;
    }
    *out = made;
    return STATUS_OK;
}

enum status catalog_find(struct catalog *catalog, enum catalog_place place, struct str name,
                         struct catalog_entry **out, struct error *error)
{
    *out = list_find(&catalog->memory, name);
    bool in_memory = !catalog->database;
    if (*out && ((place == CATALOG_TEMP && in_memory && !(*out)->temporary) ||
                 (place == CATALOG_MAIN && (!in_memory || (*out)->temporary))))
        *out = NULL;
    if (*out || place == CATALOG_TEMP)
        return STATUS_OK;
    return find_stored(catalog, name, out, error);
}

enum status catalog_put(struct catalog *catalog, struct catalog_entry *entry, struct error *error)
{
    entry->in_memory = true;
    return list_put(&catalog->arena, &catalog->memory, entry, error);
}

void catalog_drop(struct catalog *catalog, struct str name)
{
    bool found;
    struct catalog_list *list = &catalog->memory;
    size_t at = list_place(list, name, &found);
    if (!found)
        return;
    catalog_entry_free(list->entries.items[at]);
    list->entries.count--;
    memmove(&list->entries.items[at], &list->entries.items[at + 1],
            (list->entries.count - at) * sizeof(struct catalog_entry *));
}

/* ---- listing ---- */

static int compare_pointers(const void *a, const void *b)
{
    return compare_names(str_of(*(const char *const *)a), str_of(*(const char *const *)b));
}

enum status catalog_names(struct catalog *catalog, struct arena *arena, const char ***out,
                          size_t *n, struct error *error)
{
    size_t n_memory = catalog->memory.entries.count, n_tables = 0, n_views = 0;
    const char *const *tables = NULL, *const *views = NULL;
    if (catalog->database) {
        tables = database_tables(catalog->database, &n_tables);
        views = database_views(catalog->database, &n_views);
    }
    const char **names = ARENA_ARRAY(arena, const char *, n_memory + n_tables + n_views + 1);
    *out = names;
    *n = 0;
    TRY(arena_check(arena, error));
    for (size_t i = 0; i < n_memory; i++)
        names[(*n)++] = catalog->memory.entries.items[i]->name;
    for (size_t i = 0; i < n_tables; i++)
        if (!list_find(&catalog->memory, str_of(tables[i])))
            names[(*n)++] = tables[i];
    for (size_t i = 0; i < n_views; i++)
        if (!list_find(&catalog->memory, str_of(views[i])))
            names[(*n)++] = views[i];
    qsort(names, *n, sizeof *names, compare_pointers);
    return STATUS_OK;
}

enum status catalog_list(struct catalog *catalog, struct arena *arena, struct catalog_entry ***out,
                         size_t *n, struct error *error)
{
    const char **names;
    TRY(catalog_names(catalog, arena, &names, n, error));
    *out = ARENA_ARRAY(arena, struct catalog_entry *, *n + 1);
    TRY(arena_check(arena, error));
    size_t count = 0;
    for (size_t i = 0; i < *n; i++) {
        TRY(catalog_find(catalog, CATALOG_ANYWHERE, str_of(names[i]), &(*out)[count], error));
        count += (*out)[count] != NULL;
    }
    *n = count;
    return STATUS_OK;
}
