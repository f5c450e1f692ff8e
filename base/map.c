/* map.c - entries in order of insertion, and a table of their numbers probed linearly.
 * A map whose arena has failed answers "not there" and takes nothing: its memory may be worthless. */
#include "base/map.h"

#include "base/hash.h"

void map_init(struct map *map, struct arena *arena, bool fold_case)
{
    *map = (struct map){.arena = arena, .fold_case = fold_case};
}

static uint64_t map_hash(const struct map *map, struct str key)
{
    if (!map->fold_case)
        return hash_bytes(key.data, key.length);
    uint64_t hash = key.length;
    for (size_t i = 0; i < key.length; i++) {
        unsigned char c = (unsigned char)key.data[i];
        hash = hash_combine(hash, c >= 'A' && c <= 'Z' ? c + 32u : c);
    }
    return hash;
}

/* The slot that holds `key`, or the free one where it belongs. */
static size_t map_find(const struct map *map, struct str key, uint64_t hash)
{
    size_t slot = hash & (map->n_slots - 1);
    while (map->slots[slot] != 0) {
        const struct map_entry *entry = &map->entries[map->slots[slot] - 1];
        if (entry->hash == hash &&
            (map->fold_case ? str_equal_nocase(entry->key, key) : str_equal(entry->key, key)))
            return slot;
        slot = (slot + 1) & (map->n_slots - 1);
    }
    return slot;
}

void *map_get(const struct map *map, struct str key)
{
    if (map->count == 0 || map->arena->failed)
        return NULL;
    uint32_t number = map->slots[map_find(map, key, map_hash(map, key))];
    return number ? map->entries[number - 1].value : NULL;
}

/* Room for one more: entries double, slots stay at most half full. False when refused. */
static bool map_grow(struct map *map)
{
    if (map->count < map->capacity)
        return true;
    size_t capacity = map->capacity ? map->capacity * 2 : 8;
    size_t n_slots = capacity * 2;
    struct map_entry *entries = ARENA_ARRAY(map->arena, struct map_entry, capacity);
    uint32_t *slots = ARENA_ARRAY(map->arena, uint32_t, n_slots);
    if (map->arena->failed)
        return false;
    if (map->count > 0)
        memcpy(entries, map->entries, map->count * sizeof(*entries));
    map->entries = entries;
    map->slots = slots;
    map->capacity = capacity;
    map->n_slots = n_slots;
    for (size_t i = 0; i < map->count; i++)
        slots[map_find(map, entries[i].key, entries[i].hash)] = (uint32_t)(i + 1);
    return true;
}

void *map_put(struct map *map, struct str key, void *value)
{
    if (map->arena->failed || !map_grow(map))
        return NULL;
    uint64_t hash = map_hash(map, key);
    size_t slot = map_find(map, key, hash);
    if (map->slots[slot]) {
        struct map_entry *entry = &map->entries[map->slots[slot] - 1];
        void *old = entry->value;
        entry->value = value;
        return old;
    }
    map->entries[map->count++] = (struct map_entry){key, value, hash};
    map->slots[slot] = (uint32_t)map->count;
    return NULL;
}
