/* group_codes.h - group rows of dictionary codes: each value of a dictionary is looked up once a table.
 *
 * A few maps from code to row are kept, by dictionaries and table; dictionaries are held while their map is. Keys of
 * several dictionaries have a common code: that of one if they are results of one column, else codes as digits. */
#ifndef GROUP_CODES_H
#define GROUP_CODES_H

#include "exec/hash_table.h"

enum { GROUP_CODE_MAPS = 4, GROUP_CODE_KEYS = 6 };

struct group_code_digit {
    const uint32_t *codes; /* by row of the batch */
    const uint8_t
        *valid; /* NULL: no NULLs; the code of NULL is then the one after the dictionary's */
    uint32_t null_code, weight;
};

/* The codes of a batch's keys. */
struct group_code_keys {
    struct column *dictionaries[GROUP_CODE_KEYS];
    struct group_code_digit digits[GROUP_CODE_KEYS];
    unsigned n_dictionaries, n_digits;
    size_t n_codes; /* greatest common code + 1; 0: the keys have none */
};

struct group_code_map {
    struct column *dictionaries[GROUP_CODE_KEYS]; /* referenced */
    unsigned n_dictionaries;
    const struct group_table *table;
    size_t n_codes;
    size_t asked;   /* rows */
    bool is_filled; /* `rows` are this map's */
    char **rows;    /* by code; NULL: not looked up yet */
    size_t capacity;
};

struct group_codes {
    struct group_code_map maps[GROUP_CODE_MAPS];
    unsigned next;     /* to be given up */
    uint32_t *scratch; /* GROUP_SLICE common codes */
};

void group_codes_load(const struct group_layout *layout, const struct batch *batch,
                      struct group_code_keys *out);
/* As group_table_find. *done is false, and nothing has happened, when the dictionaries are too long for the rows that
 * have asked so far. The keys are loaded when a code is new. */
MUST_CHECK enum status group_codes_find(struct group_store *store, struct group_codes *codes,
                                        struct group_table *table,
                                        const struct group_code_keys *code_keys,
                                        struct group_keys *keys, size_t from, size_t n, char **rows,
                                        bool *done, struct error *error);
void group_codes_fini(struct group_store *store, struct group_codes *codes);

#endif
