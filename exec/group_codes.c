/* group_codes.c - maps from dictionary codes to group rows. */
#include "exec/group_codes.h"

/* Codes to clear for each row that has asked; most common codes of several dictionaries. */
enum { CODES_PER_ROW = 8, CODES_MAX = 1 << 17 };

/* ---- Codes of a batch ---- */

static bool add_digit(struct group_code_keys *out, const struct column *column)
{
    /* With a code for NULL, also where there is none: batches of one dictionary share a map. */
    size_t length = column->dictionary->length + 1;
    for (unsigned i = 0; i < out->n_digits; i++)
        if (out->digits[i].codes == column->data && !out->digits[i].valid && !column->validity)
            return true; /* results of one column: the same code */
    size_t weight = out->n_digits == 0 ? 1 : out->n_codes;
    if (length == 1 || (out->n_digits > 0 && weight * length > CODES_MAX))
        return false;
    out->digits[out->n_digits++] = (struct group_code_digit){
        .codes = column->data,
        .valid = column->validity,
        .null_code = (uint32_t)column->dictionary->length,
        .weight = (uint32_t)weight,
    };
    out->n_codes = weight * length;
    return true;
}

void group_codes_load(const struct group_layout *layout, const struct batch *batch,
                      struct group_code_keys *out)
{
    out->n_codes = 0;
    out->n_dictionaries = out->n_digits = 0;
    if (layout->n_keys == 0 || layout->n_keys > GROUP_CODE_KEYS)
        return;
    for (uint32_t k = 0; k < layout->n_keys; k++) {
        const struct column *column = batch->columns[layout->keys[k].column];
        bool fits = column->encoding == COLUMN_DICTIONARY &&
                    column->dictionary->length < UINT32_MAX / 2 && add_digit(out, column);
        if (!fits) {
            out->n_codes = 0;
            return;
        }
        out->dictionaries[out->n_dictionaries++] = column->dictionary;
    }
}

/* ---- Maps ---- */

static bool map_is_for(const struct group_code_map *map, const struct group_code_keys *keys,
                       const struct group_table *table)
{
    if (map->table != table || map->n_dictionaries != keys->n_dictionaries ||
        map->n_codes != keys->n_codes)
        return false;
    for (unsigned i = 0; i < keys->n_dictionaries; i++)
        if (map->dictionaries[i] != keys->dictionaries[i])
            return false;
    return true;
}

static void map_release(struct group_code_map *map)
{
    for (unsigned i = 0; i < map->n_dictionaries; i++)
        column_unref(map->dictionaries[i]);
    map->n_dictionaries = 0;
    map->table = NULL;
    map->asked = 0;
    map->is_filled = false;
}

static struct group_code_map *get_map(struct group_codes *codes, const struct group_code_keys *keys,
                                      const struct group_table *table)
{
    for (unsigned i = 0; i < GROUP_CODE_MAPS; i++)
        if (map_is_for(&codes->maps[i], keys, table))
            return &codes->maps[i];
    struct group_code_map *map = &codes->maps[codes->next];
    codes->next = (codes->next + 1) % GROUP_CODE_MAPS;
    map_release(map);
    for (unsigned i = 0; i < keys->n_dictionaries; i++)
        map->dictionaries[i] = column_ref(keys->dictionaries[i]);
    map->n_dictionaries = keys->n_dictionaries;
    map->n_codes = keys->n_codes;
    map->table = table;
    return map;
}

static enum status fill_map(struct group_store *store, struct group_code_map *map, size_t n,
                            struct error *error)
{
    if (map->capacity < n) {
        void *block = map->rows;
        TRY(block_grow(&block, map->capacity * sizeof(char *), n * sizeof(char *),
                       store->context->budget, store->owner, error));
        map->rows = block;
        map->capacity = n;
    }
    memset(map->rows, 0, n * sizeof(char *));
    map->is_filled = true;
    return STATUS_OK;
}

/* ---- Finding ---- */

/* The codes of rows [at, at + n). */
static enum status common_codes(struct group_store *store, struct group_codes *codes,
                                const struct group_code_keys *keys, size_t at, size_t n,
                                const uint32_t **out, struct error *error)
{
    if (keys->n_digits == 1 && !keys->digits[0].valid) {
        *out = keys->digits[0].codes + at;
        return STATUS_OK;
    }
    if (!codes->scratch) {
        void *block;
        TRY(block_alloc(&block, GROUP_SLICE * sizeof(uint32_t), store->context->budget,
                        store->owner, error));
        codes->scratch = block;
    }
    for (unsigned d = 0; d < keys->n_digits; d++) {
        const struct group_code_digit *digit = &keys->digits[d];
        for (size_t i = 0; i < n; i++) {
            bool is_null = digit->valid && !bits_get(digit->valid, at + i);
            uint32_t code = is_null ? digit->null_code : digit->codes[at + i];
            codes->scratch[i] = (d ? codes->scratch[i] : 0) + code * digit->weight;
        }
    }
    *out = codes->scratch;
    return STATUS_OK;
}

/* One key of a slice, which need not be loaded for it. */
static enum status find_one(struct group_store *store, struct group_table *table,
                            struct group_keys *keys, size_t i, char **row, struct error *error)
{
    if (!keys->batch) {
        group_keys_hash_one(store->layout, keys, i);
        return group_table_find_one(store, table, keys, i, row, error);
    }
    struct group_keys one;
    group_keys_load(store->layout, keys->batch, keys->at + i, 1, keys->scratch, &one);
    one.stamp = keys->stamp + i;
    group_keys_hash(store->layout, &one);
    return group_table_find_one(store, table, &one, 0, row, error);
}

/* Looks the codes up that are new to the map. */
static enum status find_new(struct group_store *store, struct group_code_map *map,
                            struct group_table *table, struct group_keys *keys,
                            const uint32_t *values, size_t from, size_t n, char **rows,
                            struct error *error)
{
    for (size_t j = 0; j < n; j++) {
        if (LIKELY(rows[j] != NULL))
            continue;
        char **row = &map->rows[values[j]];
        if (!*row)
            TRY(find_one(store, table, keys, from + j, row, error));
        rows[j] = *row;
    }
    return STATUS_OK;
}

enum status group_codes_find(struct group_store *store, struct group_codes *codes,
                             struct group_table *table, const struct group_code_keys *code_keys,
                             struct group_keys *keys, size_t from, size_t n, char **rows,
                             bool *done, struct error *error)
{
    struct group_code_map *map = get_map(codes, code_keys, table);
    map->asked += n;
    *done = map->is_filled || code_keys->n_codes <= map->asked * CODES_PER_ROW;
    if (!*done)
        return STATUS_OK;
    if (!map->is_filled)
        TRY(fill_map(store, map, code_keys->n_codes, error));
    const uint32_t *values;
    TRY(common_codes(store, codes, code_keys, keys->at + from, n, &values, error));
    bool any_new = false;
    for (size_t j = 0; j < n; j++) {
        rows[j] = map->rows[values[j]];
        any_new |= rows[j] == NULL;
    }
    return any_new ? find_new(store, map, table, keys, values, from, n, rows, error) : STATUS_OK;
}

void group_codes_fini(struct group_store *store, struct group_codes *codes)
{
    for (unsigned i = 0; i < GROUP_CODE_MAPS; i++) {
        struct group_code_map *map = &codes->maps[i];
        map_release(map);
        if (store->context)
            block_free(map->rows, map->capacity * sizeof(char *), store->context->budget);
    }
    if (codes->scratch)
        block_free(codes->scratch, GROUP_SLICE * sizeof(uint32_t), store->context->budget);
    *codes = (struct group_codes){.next = 0};
}
