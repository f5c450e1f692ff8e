/* map.h - text to pointer, in an arena, in order of insertion. For names, not for data. */
#ifndef MAP_H
#define MAP_H

#include "base/str.h"

struct map_entry {
    struct str key;
    void *value;
    uint64_t hash;
};

struct map {
    struct arena *arena;
    bool fold_case; /* ASCII letters compare equal in either case */
    struct map_entry *entries;
    size_t count, capacity;
    uint32_t *slots; /* entry index + 1; 0: free */
    size_t n_slots;
};

void map_init(struct map *map, struct arena *arena, bool fold_case);
/* The value of `key`, or NULL. */
void *map_get(const struct map *map, struct str key);
/* Sets it; returns the value it had, or NULL. The key's bytes must outlive the map. */
void *map_put(struct map *map, struct str key, void *value);

#endif
