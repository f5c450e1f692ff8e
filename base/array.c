#include "base/array.h"

void *array_push_(struct arena *arena, void **items, size_t *count, size_t *capacity, size_t size)
{
    if (*count == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 8;
        void *grown = arena_alloc_array(arena, size, wanted);
        if (!grown)
            return arena_alloc(arena, size);
        if (*count > 0)
            memmove(grown, *items, *count * size);
        *items = grown;
        *capacity = wanted;
    }
    return (char *)*items + size * (*count)++;
}
