/* hash_table.h - finds the group rows of keys.
 *
 * An index of slots that point at rows. By key kind and data it is
 *   direct    slot number = key - low: integers of a small range
 *   hashed    open addressing with linear probing; the top 16 bits of the hash are kept in the slot beside the
 *             pointer (48 bits), so that rows are looked at only when they very probably match
 * The row of the NULL key (and the only row where there are no keys) has a slot of its own. A table made
 * `with_panes` holds rows of many panes, and its rows are told apart by pane and key; it is always hashed. */
#ifndef HASH_TABLE_H
#define HASH_TABLE_H

#include "exec/group_state.h"

struct group_table {
    uint64_t *slots;
    size_t capacity; /* slots: a power of two, or the range when direct */
    size_t count;    /* rows in slots */
    int64_t low;     /* direct: the key of slot 0 */
    uint64_t null_slot;
    struct group_rows rows; /* those made here */
    int64_t pane;
    bool direct, with_panes;
    struct group_table *next; /* in order of making, for the owner's use */
};

#define GROUP_SLOT_POINTER (((uint64_t)1 << 48) - 1)
static inline char *group_slot_row(uint64_t slot)
{
    return (char *)(uintptr_t)(slot & GROUP_SLOT_POINTER);
}
/* The same slot pointing at another row of the same key. */
static inline uint64_t group_slot_of(uint64_t slot, const char *row)
{
    return (slot & ~GROUP_SLOT_POINTER) | (uint64_t)(uintptr_t)row;
}

void group_table_init(struct group_table *table, int64_t pane, bool with_panes);
void group_table_fini(struct group_store *store, struct group_table *table);
/* Keeps the rows but finds them no more. */
void group_table_drop_index(struct group_store *store, struct group_table *table);

/* Finds or makes the rows of keys [from, from + n) (indices into `keys`, which are hashed at need): rows[0..n).
 * When `slots` is not NULL it receives where each row hangs; they stay valid until the next call. `panes`:
 * of each key, for tables with panes; else NULL. */
MUST_CHECK enum status group_table_find(struct group_store *store, struct group_table *table,
                                        struct group_keys *keys, const int64_t *panes, size_t from,
                                        size_t n, char **rows, uint64_t **slots,
                                        struct error *error);
/* Room for so many rows in a hashed index. */
MUST_CHECK enum status group_table_reserve(struct group_store *store, struct group_table *table,
                                           size_t rows, struct error *error);
/* One key, in a table that may differ from key to key. The keys are hashed. */
MUST_CHECK enum status group_table_find_one(struct group_store *store, struct group_table *table,
                                            const struct group_keys *keys, size_t i, char **row,
                                            struct error *error);
/* The slot for a row made elsewhere: empty (0) if its key (and pane, where the table has them) is not there yet; the
 * caller then fills it with group_slot_of(tag, row). */
MUST_CHECK enum status group_table_slot(struct group_store *store, struct group_table *table,
                                        const char *row, int64_t pane, uint64_t **slot,
                                        uint64_t *tag, struct error *error);

#endif
