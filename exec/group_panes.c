/* group_panes.c - finding the table of a pane. */
#include "exec/group_panes.h"

/* A table costs a few hundred bytes; below this many rows a pane that is more than its rows. */
enum { PANES_SLOTS_FIRST = 16, PANES_FLAT_FROM = 4096, PANES_FLAT_ROWS = 16 };

static size_t pane_slot(const struct group_panes *panes, int64_t pane)
{
    size_t at = hash_u64((uint64_t)pane) & (panes->capacity - 1);
    while (panes->slots[at] && panes->slots[at]->pane != pane)
        at = (at + 1) & (panes->capacity - 1);
    return at;
}

static enum status grow(struct group_store *store, struct group_panes *panes, struct error *error)
{
    size_t capacity = panes->capacity ? panes->capacity * 2 : PANES_SLOTS_FIRST;
    void *block;
    TRY(block_alloc(&block, capacity * sizeof(struct group_table *), store->context->budget,
                    store->owner, error));
    block_free(panes->slots, panes->capacity * sizeof(struct group_table *),
               store->context->budget);
    panes->slots = block;
    panes->capacity = capacity;
    for (struct group_table *table = panes->first; table; table = table->next)
        panes->slots[pane_slot(panes, table->pane)] = table;
    return STATUS_OK;
}

static enum status add_table(struct group_store *store, struct group_panes *panes, int64_t pane,
                             bool with_panes, struct group_table **out, struct error *error)
{
    void *memory;
    TRY(agg_heap_alloc(&store->heap, sizeof(struct group_table), &memory, error));
    struct group_table *table = memory;
    group_table_init(table, pane, with_panes);
    if (panes->last)
        panes->last->next = table;
    else
        panes->first = table;
    panes->last = table;
    *out = table;
    return STATUS_OK;
}

enum status group_panes_get(struct group_store *store, struct group_panes *panes, int64_t pane,
                            struct group_table **out, struct error *error)
{
    if (LIKELY(panes->last_used && panes->last_used->pane == pane)) {
        *out = panes->last_used;
        return STATUS_OK;
    }
    assert(!panes->flat);
    if (panes->count * 2 >= panes->capacity)
        TRY(grow(store, panes, error));
    size_t at = pane_slot(panes, pane);
    if (!panes->slots[at]) {
        TRY(add_table(store, panes, pane, false, &panes->slots[at], error));
        panes->count++;
    }
    *out = panes->last_used = panes->slots[at];
    return STATUS_OK;
}

uint64_t group_panes_rows(const struct group_panes *panes)
{
    uint64_t rows = 0;
    for (const struct group_table *table = panes->first; table; table = table->next)
        rows += table->count + (table->null_slot != 0);
    return rows;
}

static enum status hang_row(struct group_store *store, struct group_table *flat, char *row,
                            struct error *error)
{
    uint64_t *slot, tag;
    TRY(group_table_slot(store, flat, row, group_pane(row), &slot, &tag, error));
    *slot = group_slot_of(tag, row);
    return STATUS_OK;
}

/* By slots, not by rows: rows made elsewhere may hang in the tables. */
static enum status flatten(struct group_store *store, struct group_panes *panes,
                           struct error *error)
{
    struct group_table *flat;
    TRY(add_table(store, panes, 0, true, &flat, error));
    for (struct group_table *table = panes->first; table != flat; table = table->next) {
        for (size_t i = 0; i < table->capacity; i++)
            if (table->slots[i])
                TRY(hang_row(store, flat, group_slot_row(table->slots[i]), error));
        if (table->null_slot)
            TRY(hang_row(store, flat, group_slot_row(table->null_slot), error));
    }
    for (struct group_table *table = panes->first; table != flat; table = table->next) {
        group_rows_adopt(&flat->rows, &table->rows);
        group_table_fini(store, table);
    }
    block_free(panes->slots, panes->capacity * sizeof(struct group_table *),
               store->context->budget);
    panes->slots = NULL;
    panes->capacity = 0;
    panes->first = panes->last = panes->flat = flat;
    panes->last_used = NULL;
    return STATUS_OK;
}

enum status group_panes_settle(struct group_store *store, struct group_panes *panes,
                               struct error *error)
{
    if (LIKELY(panes->count < MAX(panes->settle_at, (size_t)PANES_FLAT_FROM)) || panes->flat)
        return STATUS_OK;
    panes->settle_at = panes->count * 2;
    if (group_panes_rows(panes) >= panes->count * PANES_FLAT_ROWS)
        return STATUS_OK;
    return flatten(store, panes, error);
}

void group_panes_fini(struct group_store *store, struct group_panes *panes)
{
    if (!store->layout)
        return;
    for (struct group_table *table = panes->first; table; table = table->next)
        group_table_fini(store, table);
    block_free(panes->slots, panes->capacity * sizeof(struct group_table *),
               store->context->budget);
    *panes = (struct group_panes){0};
}

void group_cursor_init(struct group_cursor *cursor, const struct group_layout *layout,
                       const struct group_panes *panes)
{
    *cursor = (struct group_cursor){.layout = layout, .table = panes->first};
}
