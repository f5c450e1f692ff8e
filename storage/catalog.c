/* catalog.c - tables and views in memory.
 *
 * The list is sorted by folded name, so listing needs no further step and finding is a binary search. Each entry
 * lives in an arena of its own, which is itself the arena's first object: freeing the arena frees the entry. */
#include "storage/catalog.h"

#include "base/array.h"
#include "storage/mem_table.h"

struct catalog {
    struct arena arena;
    ARRAY_OF(struct catalog_entry *) entries;
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

void catalog_close(struct catalog *catalog)
{
    if (!catalog)
        return;
    for (size_t i = 0; i < catalog->entries.count; i++)
        catalog_entry_free(catalog->entries.items[i]);
    struct arena arena = catalog->arena;
    arena_fini(&arena);
}

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
static size_t catalog_place(const struct catalog *catalog, struct str name, bool *found)
{
    size_t low = 0, high = catalog->entries.count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(str_of(catalog->entries.items[middle]->name), name);
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

struct catalog_entry *catalog_find(const struct catalog *catalog, struct str name)
{
    bool found;
    size_t at = catalog_place(catalog, name, &found);
    return found ? catalog->entries.items[at] : NULL;
}

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
    *out = entry;
    return STATUS_OK;
}

void catalog_entry_free(struct catalog_entry *entry)
{
    if (!entry)
        return;
    mem_table_unref(entry->table);
    struct arena arena = *entry->arena;
    arena_fini(&arena);
}

enum status catalog_put(struct catalog *catalog, struct catalog_entry *entry, struct error *error)
{
    bool found;
    size_t at = catalog_place(catalog, str_of(entry->name), &found);
    if (found) {
        catalog_entry_free(catalog->entries.items[at]);
        catalog->entries.items[at] = entry;
        return STATUS_OK;
    }
    if (catalog->arena.failed)
        return arena_check(&catalog->arena, error);
    struct catalog_entry **last = ARRAY_PUSH(&catalog->arena, &catalog->entries);
    if (catalog->arena.failed)
        return arena_check(&catalog->arena, error);
    *last = entry;
    size_t after = catalog->entries.count - 1 - at;
    memmove(&catalog->entries.items[at + 1], &catalog->entries.items[at],
            after * sizeof(struct catalog_entry *));
    catalog->entries.items[at] = entry;
    return STATUS_OK;
}

void catalog_drop(struct catalog *catalog, struct str name)
{
    bool found;
    size_t at = catalog_place(catalog, name, &found);
    if (!found)
        return;
    catalog_entry_free(catalog->entries.items[at]);
    catalog->entries.count--;
    memmove(&catalog->entries.items[at], &catalog->entries.items[at + 1],
            (catalog->entries.count - at) * sizeof(struct catalog_entry *));
}

size_t catalog_list(const struct catalog *catalog, struct catalog_entry **out, size_t cap)
{
    for (size_t i = 0; i < catalog->entries.count && i < cap; i++)
        out[i] = catalog->entries.items[i];
    return catalog->entries.count;
}
