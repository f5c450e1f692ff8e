/* hash_table.c - the index of group rows.
 *
 *   1. A slot is 0 or tag | pointer; the tag is the top 16 bits of the hash.          [slot_make]
 *   2. A hashed index is at most 5/8 full, so every probe ends.                       [reserve]
 *   3. A direct index covers [low, low + capacity); keys outside first widen it or turn it into a hashed one.
 *                                                                                      [direct_cover] */
#include "exec/hash_table.h"

enum { CHECK_SLOTS = 1 << 15 }; /* between looks at the cancel flag */
enum { SLOTS_FIRST = 16, DIRECT_FREE = 512, DIRECT_PER_ROW = 8, DIRECT_PER_KEY = 2 };
enum {
    PREFETCH_SLOTS = 1 << 14,
    PREFETCH_AHEAD = 12
}; /* tables that leave the second-level cache */

static ALWAYS_INLINE uint64_t slot_make(uint64_t hash, const char *row)
{
    return (hash & ~GROUP_SLOT_POINTER) | (uint64_t)(uintptr_t)row;
}
static ALWAYS_INLINE bool slot_tag_equal(uint64_t slot, uint64_t hash)
{
    return ((slot ^ hash) & ~GROUP_SLOT_POINTER) == 0;
}

void group_table_init(struct group_table *table, int64_t pane, bool with_panes)
{
    *table = (struct group_table){.pane = pane, .with_panes = with_panes};
}

void group_table_drop_index(struct group_store *store, struct group_table *table)
{
    block_free(table->slots, table->capacity * 8, store->context->budget);
    table->slots = NULL;
    table->capacity = 0;
    table->direct = false;
}

void group_table_fini(struct group_store *store, struct group_table *table)
{
    group_table_drop_index(store, table);
    table->count = 0;
    table->rows = (struct group_rows){0};
}

static enum status slots_alloc(struct group_store *store, size_t capacity, uint64_t **out,
                               struct error *error)
{
    void *block;
    TRY(block_alloc(&block, capacity * 8, store->context->budget, store->owner, error));
    *out = block;
    return STATUS_OK;
}

static uint64_t pane_hash(uint64_t hash, int64_t pane)
{
    return hash_combine(hash, (uint64_t)pane);
}

static uint64_t row_hash(const struct group_store *store, const struct group_table *table,
                         const char *row)
{
    uint64_t hash = group_row_hash(store->layout, row);
    return table->with_panes ? pane_hash(hash, group_pane(row)) : hash;
}

/* Moves all rows to a hashed index of `capacity` slots. */
static enum status rehash(struct group_store *store, struct group_table *table, size_t capacity,
                          struct error *error)
{
    uint64_t *slots;
    TRY(slots_alloc(store, capacity, &slots, error));
    size_t mask = capacity - 1;
    for (size_t i = 0; i < table->capacity; i++) {
        if (i % CHECK_SLOTS == 0 && context_cancelled(store->context)) {
            block_free(slots, capacity * 8, store->context->budget);
            return context_check(store->context, error);
        }
        if (i + PREFETCH_AHEAD < table->capacity)
            __builtin_prefetch(group_slot_row(table->slots[i + PREFETCH_AHEAD]));
        uint64_t slot = table->slots[i];
        if (!slot)
            continue;
        uint64_t hash = row_hash(store, table, group_slot_row(slot));
        size_t at = hash & mask;
        while (slots[at])
            at = (at + 1) & mask;
        slots[at] = slot_make(hash, group_slot_row(slot));
    }
    block_free(table->slots, table->capacity * 8, store->context->budget);
    table->slots = slots;
    table->capacity = capacity;
    table->direct = false;
    return STATUS_OK;
}

static ALWAYS_INLINE bool is_full(const struct group_table *table, size_t more)
{
    return (table->count + more) * 8 > table->capacity * 5;
}

/* Room for `more` rows in a hashed index. */
static enum status reserve(struct group_store *store, struct group_table *table, size_t more,
                           struct error *error)
{
    if (LIKELY(!table->direct && !is_full(table, more)))
        return STATUS_OK;
    size_t capacity = table->direct ? 0 : table->capacity;
    capacity = MAX(capacity, (size_t)SLOTS_FIRST);
    while ((table->count + more) * 8 > capacity * 5)
        capacity *= 2;
    return rehash(store, table, capacity, error);
}

/* ---- Direct indexes ---- */

static enum status direct_resize(struct group_store *store, struct group_table *table, int64_t low,
                                 size_t range, struct error *error)
{
    uint64_t *slots;
    TRY(slots_alloc(store, range, &slots, error));
    if (table->direct) {
        memcpy(slots + (table->low - low), table->slots, table->capacity * 8);
    } else {
        for (size_t i = 0; i < table->capacity; i++) {
            const char *row = group_slot_row(table->slots[i]);
            if (row)
                slots[*(const int64_t *)(const void *)(row + store->layout->key_at) - low] =
                    table->slots[i];
        }
    }
    block_free(table->slots, table->capacity * 8, store->context->budget);
    table->slots = slots;
    table->capacity = range;
    table->low = low;
    table->direct = true;
    return STATUS_OK;
}

TARGET_CLONES static void int_range(const int64_t *ints, size_t n, int64_t *low, int64_t *high)
{
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        least = ints[i] < least ? ints[i] : least;
        greatest = ints[i] > greatest ? ints[i] : greatest;
    }
    *low = least;
    *high = greatest;
}

/* Least and greatest of the keys; false if all are NULL. */
static bool key_range(const struct group_keys *keys, size_t from, size_t n, int64_t *low,
                      int64_t *high)
{
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    if (!keys->valid) {
        int_range(keys->ints + from, n, &least, &greatest);
    } else {
        for (size_t i = from; i < from + n; i++)
            if (!group_keys_null(keys, i)) {
                least = MIN(least, keys->ints[i]);
                greatest = MAX(greatest, keys->ints[i]);
            }
    }
    *low = least;
    *high = greatest;
    return least <= greatest;
}

/* Makes the table's index direct and wide enough for the keys if that is worth its memory. Else it is, or becomes,
 * hashed. */
static enum status direct_cover(struct group_store *store, struct group_table *table,
                                const struct group_keys *keys, size_t from, size_t n,
                                struct error *error)
{
    int64_t low, high;
    bool empty = table->count == 0;
    if (!(table->direct || empty) || !key_range(keys, from, n, &low, &high))
        return STATUS_OK;
    if (table->direct) {
        int64_t old_high = table->low + (int64_t)(table->capacity - 1);
        if (low >= table->low && high <= old_high)
            return STATUS_OK;
        low = MIN(low, table->low);
        high = MAX(high, old_high);
    }
    uint64_t range = (uint64_t)high - (uint64_t)low + 1;
    size_t limit = DIRECT_FREE + table->count * DIRECT_PER_ROW + n * DIRECT_PER_KEY;
    if (range == 0 || range > limit)
        return reserve(store, table, 1, error);
    /* Room to grow, at the end where keys grow. */
    size_t spare = MIN((size_t)range / 2 + 32, limit - (size_t)range);
    if (high > INT64_MAX - (int64_t)spare)
        spare = 0;
    return direct_resize(store, table, low, (size_t)range + spare, error);
}

/* ---- Finding ---- */

static NOINLINE enum status make_row(struct group_store *store, struct group_table *table,
                                     const struct group_keys *keys, size_t i, int64_t pane,
                                     char **out, struct error *error)
{
    char *row;
    if (keys->existing) {
        *out = keys->existing[i];
        return STATUS_OK;
    }
    TRY(group_rows_add(store, &table->rows, &row, error));
    if (store->layout->windowed && !store->layout->session)
        memcpy(row + GROUP_PANE_AT, &pane, 8);
    TRY(group_key_store(store, row, keys, i, error));
    *out = row;
    return STATUS_OK;
}

static NOINLINE enum status make_in_slot(struct group_store *store, struct group_table *table,
                                         const struct group_keys *keys, size_t i, uint64_t hash,
                                         uint64_t *slot, struct error *error)
{
    char *row;
    TRY(make_row(store, table, keys, i, table->pane, &row, error));
    *slot = slot_make(hash, row);
    table->count++;
    return STATUS_OK;
}

static enum status null_row(struct group_store *store, struct group_table *table,
                            const struct group_keys *keys, size_t i, uint64_t **slot,
                            struct error *error)
{
    if (!table->null_slot) {
        char *row;
        TRY(make_row(store, table, keys, i, table->pane, &row, error));
        table->null_slot = slot_make(0, row);
    }
    *slot = &table->null_slot;
    return STATUS_OK;
}

/* A probe of a hashed index. Sets `slot` to where the key is or belongs. */
#define PROBE(table, hash, slot, EQUAL)                            \
    do {                                                           \
        size_t mask_ = (table)->capacity - 1, pos_ = (hash)&mask_; \
        for (;; pos_ = (pos_ + 1) & mask_) {                       \
            slot = &(table)->slots[pos_];                          \
            if (*slot == 0)                                        \
                break;                                             \
            if (slot_tag_equal(*slot, hash)) {                     \
                const char *found UNUSED = group_slot_row(*slot);  \
                if (EQUAL)                                         \
                    break;                                         \
            }                                                      \
        }                                                          \
    } while (0)

static ALWAYS_INLINE void prefetch_slot(const struct group_table *table, uint64_t hash)
{
    __builtin_prefetch(&table->slots[hash & (table->capacity - 1)]);
}
static ALWAYS_INLINE void prefetch_row(const struct group_table *table, uint64_t hash)
{
    uint64_t slot = table->slots[hash & (table->capacity - 1)];
    __builtin_prefetch(group_slot_row(slot), 1);
}

/* Finding in hashed indexes, stamped by what makes a key equal. Keys of big tables are fetched ahead: first the
 * slot, then the row that it points at. */
#define FIND(name, NULLABLE, EQUAL)                                                      \
    static enum status find_##name(struct group_store *store, struct group_table *table, \
                                   const struct group_keys *keys, size_t from, size_t n, \
                                   char **rows, uint64_t **slots, struct error *error)   \
    {                                                                                    \
        const size_t key_at = store->layout->key_at;                                     \
        const uint64_t *hashes = keys->hashes;                                           \
        const bool far = table->capacity >= PREFETCH_SLOTS;                              \
        (void)key_at;                                                                    \
        for (size_t j = 0; j < n; j++) {                                                 \
            size_t i = from + j;                                                         \
            uint64_t hash = hashes[i], *slot;                                            \
            if (far && j + 2 * PREFETCH_AHEAD < n) {                                     \
                prefetch_slot(table, hashes[i + 2 * PREFETCH_AHEAD]);                    \
                prefetch_row(table, hashes[i + PREFETCH_AHEAD]);                         \
            }                                                                            \
            if ((NULLABLE) && keys->valid && group_keys_null(keys, i)) {                 \
                TRY(null_row(store, table, keys, i, &slot, error));                      \
            } else {                                                                     \
                PROBE(table, hash, slot, EQUAL);                                         \
                if (UNLIKELY(*slot == 0)) {                                              \
                    if (is_full(table, 1)) {                                             \
                        TRY(reserve(store, table, 1, error));                            \
                        PROBE(table, hash, slot, EQUAL);                                 \
                    }                                                                    \
                    TRY(make_in_slot(store, table, keys, i, hash, slot, error));         \
                }                                                                        \
            }                                                                            \
            rows[j] = group_slot_row(*slot);                                             \
            if (slots)                                                                   \
                slots[j] = slot;                                                         \
        }                                                                                \
        return STATUS_OK;                                                                \
    }

FIND(int, true, *(const int64_t *)(const void *)(found + key_at) == keys->ints[i])
FIND(text, true, text_equal((const struct text *)(const void *)(found + key_at), &keys->texts[i]))
FIND(words, false, group_key_equal(store->layout, found, keys, i))

/* Rows of big tables are fetched: they are looked at next. */
static enum status find_direct(struct group_store *store, struct group_table *table,
                               const struct group_keys *keys, size_t from, size_t n, char **rows,
                               uint64_t **slots, struct error *error)
{
    const bool far = table->capacity >= PREFETCH_SLOTS;
    for (size_t j = 0; j < n; j++) {
        size_t i = from + j;
        uint64_t *slot;
        if (UNLIKELY(keys->valid && group_keys_null(keys, i))) {
            TRY(null_row(store, table, keys, i, &slot, error));
        } else {
            slot = &table->slots[(uint64_t)keys->ints[i] - (uint64_t)table->low];
            if (UNLIKELY(*slot == 0))
                TRY(make_in_slot(store, table, keys, i, hash_u64((uint64_t)keys->ints[i]), slot,
                                 error));
        }
        rows[j] = group_slot_row(*slot);
        if (far)
            __builtin_prefetch(rows[j], 1);
        if (slots)
            slots[j] = slot;
    }
    return STATUS_OK;
}

static enum status find_none(struct group_store *store, struct group_table *table,
                             const struct group_keys *keys, size_t from, size_t n, char **rows,
                             uint64_t **slots, struct error *error)
{
    uint64_t *slot;
    TRY(null_row(store, table, keys, from, &slot, error));
    for (size_t j = 0; j < n; j++) {
        rows[j] = group_slot_row(*slot);
        if (slots)
            slots[j] = slot;
    }
    return STATUS_OK;
}

static enum status find_with_panes(struct group_store *store, struct group_table *table,
                                   const struct group_keys *keys, const int64_t *panes, size_t from,
                                   size_t n, char **rows, struct error *error)
{
    const struct group_layout *layout = store->layout;
    const bool far = table->capacity >= PREFETCH_SLOTS;
    uint64_t *hashes = keys->hashes;
    for (size_t i = from; i < from + n; i++)
        hashes[i] = pane_hash(hashes[i], panes[i]);
    for (size_t j = 0; j < n; j++) {
        size_t i = from + j;
        uint64_t hash = hashes[i], *slot;
        if (far && j + 2 * PREFETCH_AHEAD < n) {
            prefetch_slot(table, hashes[i + 2 * PREFETCH_AHEAD]);
            prefetch_row(table, hashes[i + PREFETCH_AHEAD]);
        }
        PROBE(table, hash, slot,
              group_pane(found) == panes[i] && group_key_equal(layout, found, keys, i));
        if (*slot == 0) {
            if (is_full(table, 1)) {
                TRY(reserve(store, table, 1, error));
                PROBE(table, hash, slot, false);
            }
            char *row;
            TRY(make_row(store, table, keys, i, panes[i], &row, error));
            *slot = slot_make(hash, row);
            table->count++;
        }
        rows[j] = group_slot_row(*slot);
    }
    return STATUS_OK;
}

enum status group_table_find(struct group_store *store, struct group_table *table,
                             struct group_keys *keys, const int64_t *panes, size_t from, size_t n,
                             char **rows, uint64_t **slots, struct error *error)
{
    if (n == 0)
        return STATUS_OK;
    bool may_be_direct =
        store->layout->kind == KEY_INT && !table->with_panes && (table->direct || !keys->existing);
    if (may_be_direct) {
        TRY(direct_cover(store, table, keys, from, n, error));
        if (table->direct)
            return find_direct(store, table, keys, from, n, rows, slots, error);
    }
    if (!keys->hashed)
        group_keys_hash(store->layout, keys);
    if (table->with_panes) {
        assert(!slots);
        TRY(reserve(store, table, 1, error));
        return find_with_panes(store, table, keys, panes, from, n, rows, error);
    }
    if (store->layout->kind == KEY_NONE)
        return find_none(store, table, keys, from, n, rows, slots, error);
    /* Slots that are given away must not move. */
    TRY(reserve(store, table, slots ? n : 1, error));
    switch (store->layout->kind) {
    case KEY_INT:
        return find_int(store, table, keys, from, n, rows, slots, error);
    case KEY_TEXT:
        return find_text(store, table, keys, from, n, rows, slots, error);
    default:
        return find_words(store, table, keys, from, n, rows, slots, error);
    }
}

enum status group_table_reserve(struct group_store *store, struct group_table *table, size_t rows,
                                struct error *error)
{
    return reserve(store, table, rows > table->count ? rows - table->count : 0, error);
}

enum status group_table_find_one(struct group_store *store, struct group_table *table,
                                 const struct group_keys *keys, size_t i, char **row,
                                 struct error *error)
{
    const struct group_layout *layout = store->layout;
    uint64_t *slot, hash = keys->hashes[i];
    if (layout->kind == KEY_NONE || group_keys_null(keys, i)) {
        TRY(null_row(store, table, keys, i, &slot, error));
    } else {
        if (table->direct) {
            TRY(direct_cover(store, table, keys, i, 1, error));
        } else {
            TRY(reserve(store, table, 1, error));
        }
        if (table->direct)
            slot = &table->slots[(uint64_t)keys->ints[i] - (uint64_t)table->low];
        else
            PROBE(table, hash, slot, group_key_equal(layout, found, keys, i));
        if (*slot == 0)
            TRY(make_in_slot(store, table, keys, i, hash, slot, error));
    }
    *row = group_slot_row(*slot);
    return STATUS_OK;
}

enum status group_table_slot(struct group_store *store, struct group_table *table, const char *row,
                             int64_t pane, uint64_t **out, uint64_t *tag, struct error *error)
{
    const struct group_layout *layout = store->layout;
    uint64_t hash = group_row_hash(layout, row), *slot;
    if (table->with_panes)
        hash = pane_hash(hash, pane);
    *tag = hash & ~GROUP_SLOT_POINTER;
    if (!table->with_panes && (layout->kind == KEY_NONE || group_key_null(row))) {
        *out = &table->null_slot;
        return STATUS_OK;
    }
    TRY(reserve(store, table, 1, error));
    if (table->with_panes)
        PROBE(table, hash, slot, group_pane(found) == pane && group_rows_equal(layout, found, row));
    else
        PROBE(table, hash, slot, group_rows_equal(layout, found, row));
    if (*slot == 0)
        table->count++;
    *out = slot;
    return STATUS_OK;
}
