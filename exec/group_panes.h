/* group_panes.h - state by pane: a hash table of groups for each pane.
 *
 * Small tables stay in the cache and could be dropped whole. Where there come to be very many panes with a few groups
 * each, all rows move to one table over (pane, key): `flat`. Unwindowed state is a single pane. */
#ifndef GROUP_PANES_H
#define GROUP_PANES_H

#include "exec/hash_table.h"

struct group_panes {
    struct group_table **slots; /* by pane */
    size_t capacity, count;
    size_t settle_at; /* panes at which to look again whether to go flat */
    struct group_table *last_used;
    struct group_table *first, *last; /* all of them, in order of making */
    struct group_table *flat;         /* when set, all rows are here */
};

/* The table of a pane, made at need. Not when flat. */
MUST_CHECK enum status group_panes_get(struct group_store *store, struct group_panes *panes,
                                       int64_t pane, struct group_table **out, struct error *error);
/* Goes over to one flat table if there are too many panes for what they hold. */
MUST_CHECK enum status group_panes_settle(struct group_store *store, struct group_panes *panes,
                                          struct error *error);
void group_panes_fini(struct group_store *store, struct group_panes *panes);
uint64_t group_panes_rows(const struct group_panes *panes); /* in its tables */

/* Calls for each row made in the tables: table by table in order of making, rows in order of making. */
struct group_cursor {
    const struct group_layout *layout;
    struct group_table *table;
    struct group_chunk *chunk;
    uint32_t at;
};
void group_cursor_init(struct group_cursor *cursor, const struct group_layout *layout,
                       const struct group_panes *panes);
/* The next row, or NULL. */
static inline char *group_cursor_next(struct group_cursor *cursor)
{
    while (!cursor->chunk || cursor->at == cursor->chunk->used) {
        if (cursor->chunk && cursor->chunk->next) {
            cursor->chunk = cursor->chunk->next;
        } else {
            if (!cursor->table)
                return NULL;
            cursor->chunk = cursor->table->rows.first;
            cursor->table = cursor->table->next;
        }
        cursor->at = 0;
    }
    return group_chunk_row(cursor->layout, cursor->chunk, cursor->at++);
}

#endif
