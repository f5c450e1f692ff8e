/* group_codes.h - group rows of dictionary codes: each value of a dictionary is looked up once a table.
 *
 * A few maps from code to row are kept, by dictionary and table; a dictionary is held while its map is. */
#ifndef GROUP_CODES_H
#define GROUP_CODES_H

#include "exec/hash_table.h"

enum { GROUP_CODE_MAPS = 4 };

struct group_code_map {
    struct column *dictionary; /* referenced */
    const struct group_table *table;
    char **rows; /* by code; NULL: not looked up yet */
    size_t capacity;
};

struct group_codes {
    struct group_code_map maps[GROUP_CODE_MAPS];
    unsigned next; /* to be given up */
};

/* As group_table_find, for keys that have `codes`. *done is false, and nothing has happened, when the dictionary is too
 * long for so few rows. */
MUST_CHECK enum status group_codes_find(struct group_store *store, struct group_codes *codes,
                                        struct group_table *table, const struct group_keys *keys,
                                        size_t from, size_t n, char **rows, bool *done,
                                        struct error *error);
void group_codes_fini(struct group_store *store, struct group_codes *codes);

#endif
