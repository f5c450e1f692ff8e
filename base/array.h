/* array.h - growable arrays in an arena.
 *
 *   ARRAY_OF(struct column_def) columns = {0};
 *   *ARRAY_PUSH(arena, &columns) = def;       -> columns.items[i], columns.count
 *
 * Old storage is left to the arena. When the arena has failed ARRAY_PUSH gives a scratch element. */
#ifndef ARRAY_H
#define ARRAY_H

#include "base/arena.h"

#define ARRAY_OF(type)          \
    struct {                    \
        type *items;            \
        size_t count, capacity; \
    }

/* Makes room for one more and returns a pointer to the new, zeroed element. */
#define ARRAY_PUSH(arena, array)                                                                 \
    ((__typeof__((array)->items))array_push_((arena), (void **)&(array)->items, &(array)->count, \
                                             &(array)->capacity, sizeof(*(array)->items)))

void *array_push_(struct arena *arena, void **items, size_t *count, size_t *capacity, size_t size);

#endif
