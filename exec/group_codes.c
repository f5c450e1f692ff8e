/* group_codes.c - maps from dictionary codes to group rows. */
#include "exec/group_codes.h"

enum { CODES_PER_ROW = 2 }; /* most codes to clear for each row that asks */

static struct group_code_map *find_map(struct group_codes *codes, const struct column *dictionary,
                                       const struct group_table *table)
{
    for (unsigned i = 0; i < GROUP_CODE_MAPS; i++)
        if (codes->maps[i].dictionary == dictionary && codes->maps[i].table == table)
            return &codes->maps[i];
    return NULL;
}

static enum status take_map(struct group_store *store, struct group_codes *codes,
                            struct column *dictionary, const struct group_table *table,
                            struct group_code_map **out, struct error *error)
{
    struct group_code_map *map = &codes->maps[codes->next];
    size_t n = dictionary->length;
    if (map->capacity < n) {
        void *block = map->rows;
        TRY(block_grow(&block, map->capacity * sizeof(char *), n * sizeof(char *),
                       store->context->budget, store->owner, error));
        map->rows = block;
        map->capacity = n;
    }
    codes->next = (codes->next + 1) % GROUP_CODE_MAPS;
    column_unref(map->dictionary);
    map->dictionary = column_ref(dictionary);
    map->table = table;
    if (n > 0)
        memset(map->rows, 0, n * sizeof(char *));
    *out = map;
    return STATUS_OK;
}

enum status group_codes_find(struct group_store *store, struct group_codes *codes,
                             struct group_table *table, const struct group_keys *keys, size_t from,
                             size_t n, char **rows, bool *done, struct error *error)
{
    struct column *dictionary = keys->codes->dictionary;
    const uint32_t *values = (const uint32_t *)keys->codes->data + keys->at;
    struct group_code_map *map = find_map(codes, dictionary, table);
    *done = map || dictionary->length <= n * CODES_PER_ROW;
    if (!*done)
        return STATUS_OK;
    if (!map)
        TRY(take_map(store, codes, dictionary, table, &map, error));
    struct group_keys one = *keys;
    for (size_t j = 0; j < n; j++) {
        size_t i = from + j;
        bool is_null = group_keys_null(keys, i);
        if (LIKELY(!is_null && map->rows[values[i]])) {
            rows[j] = map->rows[values[i]];
            continue;
        }
        if (!is_null)
            group_keys_hash_one(store->layout, &one, i);
        TRY(group_table_find_one(store, table, &one, i, &rows[j], error));
        if (!is_null)
            map->rows[values[i]] = rows[j];
    }
    return STATUS_OK;
}

void group_codes_fini(struct group_store *store, struct group_codes *codes)
{
    for (unsigned i = 0; i < GROUP_CODE_MAPS; i++) {
        struct group_code_map *map = &codes->maps[i];
        column_unref(map->dictionary);
        if (store->context)
            block_free(map->rows, map->capacity * sizeof(char *), store->context->budget);
    }
    *codes = (struct group_codes){.next = 0};
}
