/* agg_set.c - the different values of groups: an index over (group row, value), and a list of values a group.
 *
 *   1. A group's values are in the index of the set that its head names.                [set_claim]
 *   2. Values are kept in a form in which equal values are equal bytes (but for long texts): one zero, one NaN;
 *      intervals by their order, as only count takes them. */
#include "exec/kernel/agg_set.h"

#include "base/hash.h"

struct entry {
    struct entry *next; /* of the same group */
    const char *row;
    uint64_t stamp; /* of the value's first row */
    union {
        uint8_t bytes[16];
        uint64_t words[2];
        struct text text;
    };
};

struct head {
    int64_t count;
    struct entry *first, *last;
    const struct agg_set *owner;
    uint64_t merged; /* the list may be out of input order */
};

struct agg_set {
    const struct agg *agg;
    const struct context *context;
    const char *owner;
    struct agg_heap heap;
    struct entry **slots;
    size_t capacity, count;
};

enum { SET_FIRST = 64 };

enum status agg_set_open(const struct agg *agg, const struct context *context, const char *owner,
                         struct agg_set **out, struct error *error)
{
    void *block;
    TRY(block_alloc(&block, sizeof(struct agg_set), context->budget, owner, error));
    struct agg_set *set = block;
    *set = (struct agg_set){.agg = agg, .context = context, .owner = owner};
    agg_heap_init(&set->heap, context->budget, owner);
    *out = set;
    return STATUS_OK;
}

void agg_set_close(struct agg_set *set)
{
    if (!set)
        return;
    block_free(set->slots, set->capacity * sizeof(struct entry *), set->context->budget);
    agg_heap_fini(&set->heap);
    block_free(set, sizeof(*set), set->context->budget);
}

static uint64_t value_hash(const struct agg_set *set, const char *row, const struct entry *value)
{
    uint64_t seed = (uint64_t)(uintptr_t)row;
    if (set->agg->physical == PHYSICAL_TEXT && value->text.length > TEXT_INLINE)
        return hash_combine(seed, hash_bytes(value->text.data, value->text.length));
    return hash_combine(hash_combine(seed, value->words[0]), value->words[1]);
}

static bool value_equal(const struct agg_set *set, const struct entry *a, const struct entry *b)
{
    if (set->agg->physical == PHYSICAL_TEXT)
        return text_equal(&a->text, &b->text);
    return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

static enum status set_grow(struct agg_set *set, struct error *error)
{
    size_t capacity = set->capacity ? set->capacity * 2 : SET_FIRST;
    void *block;
    TRY(block_alloc(&block, capacity * sizeof(struct entry *), set->context->budget, set->owner,
                    error));
    struct entry **slots = block;
    for (size_t i = 0; i < set->capacity; i++) {
        struct entry *entry = set->slots[i];
        if (!entry)
            continue;
        size_t at = value_hash(set, entry->row, entry) & (capacity - 1);
        while (slots[at])
            at = (at + 1) & (capacity - 1);
        slots[at] = entry;
    }
    block_free(set->slots, set->capacity * sizeof(struct entry *), set->context->budget);
    set->slots = slots;
    set->capacity = capacity;
    return STATUS_OK;
}

/* Where the value of a group is, or an empty slot for it. */
static enum status set_slot(struct agg_set *set, const char *row, const struct entry *value,
                            struct entry ***out, struct error *error)
{
    if ((set->count + 1) * 3 > set->capacity * 2)
        TRY(set_grow(set, error));
    size_t at = value_hash(set, row, value) & (set->capacity - 1);
    for (; set->slots[at]; at = (at + 1) & (set->capacity - 1)) {
        const struct entry *entry = set->slots[at];
        if (entry->row == row && value_equal(set, entry, value))
            break;
    }
    *out = &set->slots[at];
    return STATUS_OK;
}

static void head_append(struct head *head, struct entry *entry)
{
    entry->next = NULL;
    if (head->last)
        head->last->next = entry;
    else
        head->first = entry;
    head->last = entry;
    head->count++;
}

static enum status set_add(struct agg_set *set, char *row, struct head *head,
                           const struct entry *value, bool copy_text, struct error *error)
{
    struct entry **slot;
    TRY(set_slot(set, row, value, &slot, error));
    if (*slot) {
        if (value->stamp < (*slot)->stamp) {
            (*slot)->stamp = value->stamp;
            head->merged = 1;
        }
        return STATUS_OK;
    }
    void *memory;
    TRY(agg_heap_alloc(&set->heap, sizeof(struct entry), &memory, error));
    struct entry *entry = memory;
    *entry = *value;
    entry->row = row;
    if (copy_text && set->agg->physical == PHYSICAL_TEXT)
        TRY(agg_heap_text(&set->heap, &value->text, &entry->text, error));
    *slot = entry;
    set->count++;
    if (head->last && entry->stamp < head->last->stamp)
        head->merged = 1;
    head_append(head, entry);
    return STATUS_OK;
}

/* Puts a group's values into this set's index: until now they were in another's. */
static enum status set_claim(struct agg_set *set, const char *row, struct head *head,
                             struct error *error)
{
    if (head->owner == set)
        return STATUS_OK;
    for (struct entry *entry = head->first; entry; entry = entry->next) {
        struct entry **slot;
        TRY(set_slot(set, row, entry, &slot, error));
        if (!*slot) {
            entry->row = row;
            *slot = entry;
            set->count++;
        }
    }
    head->owner = set;
    return STATUS_OK;
}

enum status agg_set_merge(struct agg_set *set, char *into, const char *from, size_t offset,
                          struct error *error)
{
    struct head *head = (struct head *)(void *)(into + offset);
    const struct head *other = (const struct head *)(const void *)(from + offset);
    TRY(set_claim(set, into, head, error));
    for (const struct entry *entry = other->first; entry; entry = entry->next)
        TRY(set_add(set, into, head, entry, false, error));
    return STATUS_OK;
}

/* ---- Taking rows in ---- */

static void canonical_f64(struct entry *value)
{
    double v;
    memcpy(&v, value->bytes, sizeof(v));
    if (v == 0)
        v = 0;
    if (v != v)
        value->words[0] = 0x7ff8000000000000u;
    else
        memcpy(value->bytes, &v, sizeof(v));
    if (v == 0)
        value->words[0] = 0;
}
static void canonical_f32(struct entry *value)
{
    float v;
    memcpy(&v, value->bytes, sizeof(v));
    if (v != v)
        value->words[0] = 0x7fc00000u;
    else if (v == 0)
        value->words[0] = 0;
}

static void value_load(struct entry *value, enum physical physical, const void *values, size_t row)
{
    size_t size = physical_size(physical);
    value->words[0] = value->words[1] = 0;
    memcpy(value->bytes, (const char *)values + row * size, size);
    if (physical == PHYSICAL_F64) {
        canonical_f64(value);
    } else if (physical == PHYSICAL_F32) {
        canonical_f32(value);
    } else if (physical == PHYSICAL_INTERVAL) {
        struct interval interval;
        memcpy(&interval, value->bytes, sizeof(interval));
        int128_t order = agg_interval_order(&interval);
        memcpy(value->bytes, &order, sizeof(order));
    }
}

static enum status set_update(const struct agg_call *call, struct error *error)
{
    enum physical physical = call->agg->physical;
    for (size_t i = call->at; i < call->at + call->n; i++) {
        if (call->counts && !bits_get(call->counts, i))
            continue;
        char *row = call->rows ? call->rows[i - call->at] : call->one;
        struct head *head = (struct head *)(void *)(row + call->offset);
        if (UNLIKELY(head->owner != call->set))
            TRY(set_claim(call->set, row, head, error));
        struct entry value = {.stamp = call->stamp + i};
        value_load(&value, physical, call->values, i);
        TRY(set_add(call->set, row, head, &value, true, error));
    }
    return STATUS_OK;
}

static enum status set_merge_unused(const struct agg *agg, char *into, const char *from,
                                    struct agg_heap *heap, struct error *error)
{
    (void)agg, (void)into, (void)from, (void)heap;
    return error_set(error, STATUS_INTERNAL, "a DISTINCT set is merged by agg_set_merge");
}

/* ---- Results ---- */

/* Merge sort of the list by stamp. */
static struct entry *sort_entries(struct entry *list)
{
    for (size_t width = 1;; width *= 2) {
        struct entry *rest = list, **end = &list;
        size_t merges = 0;
        while (rest) {
            struct entry *a = rest, *b = rest;
            size_t n_a = 0, n_b = width;
            for (; b && n_a < width; n_a++)
                b = b->next;
            merges++;
            while (n_a > 0 || (n_b > 0 && b)) {
                bool take_a = n_a > 0 && (n_b == 0 || !b || a->stamp <= b->stamp);
                struct entry **from = take_a ? &a : &b;
                *end = *from;
                end = &(*from)->next;
                *from = (*from)->next;
                if (take_a)
                    n_a--;
                else
                    n_b--;
            }
            rest = b;
        }
        *end = NULL;
        if (merges <= 1)
            return list;
    }
}

/* Feeds a group's values to a fresh accumulator of the aggregate itself. The list is walked from a copy of its
 * links when it must be sorted: results are read by several threads, so it was sorted when merging ended. */
static enum status feed_values(const struct agg *inner, const struct head *head, char *acc,
                               struct agg_heap *heap, struct error *error)
{
    for (const struct entry *entry = head->first; entry; entry = entry->next) {
        struct agg_call call = {.agg = inner,
                                .values = entry->bytes,
                                .stamp = entry->stamp,
                                .n = 1,
                                .one = acc,
                                .heap = heap};
        TRY(inner->kernel->update(&call, error));
    }
    return STATUS_OK;
}

void agg_set_sort(char *row, size_t offset)
{
    struct head *head = (struct head *)(void *)(row + offset);
    if (!head->merged)
        return;
    head->first = sort_entries(head->first);
    struct entry *last = head->first;
    while (last && last->next)
        last = last->next;
    head->last = last;
    head->merged = 0;
}

static enum status finish_inner(const struct agg_output *output, const struct agg *inner,
                                char *accs, const char **rows, struct agg_heap *heap,
                                struct error *error)
{
    size_t size = inner->kernel->size;
    for (size_t i = 0; i < output->n; i++) {
        const struct head *head =
            (const struct head *)(const void *)(output->rows[i] + output->offset);
        rows[i] = accs + i * size;
        TRY(feed_values(inner, head, accs + i * size, heap, error));
    }
    struct agg_output plain = *output;
    plain.agg = inner;
    plain.rows = rows;
    plain.offset = 0;
    return inner->kernel->finish(&plain, error);
}

static enum status set_finish(const struct agg_output *output, struct error *error)
{
    if (output->id == AGGREGATE_COUNT) {
        for (size_t i = 0; i < output->n; i++)
            ((int64_t *)output->out->data)[i] =
                *(const int64_t *)(const void *)(output->rows[i] + output->offset);
        return STATUS_OK;
    }
    const struct agg *inner = output->agg->inner;
    struct budget *budget = output->context->budget;
    size_t size = output->n * (inner->kernel->size + sizeof(char *));
    void *block;
    TRY(block_alloc(&block, size, budget, "Combine(final)", error));
    struct agg_heap heap;
    agg_heap_init(&heap, budget, "Combine(final)");
    enum status status = finish_inner(
        output, inner, block,
        (const char **)(void *)((char *)block + output->n * inner->kernel->size), &heap, error);
    agg_heap_fini(&heap);
    block_free(block, size, budget);
    return status;
}

const struct agg_kernel agg_kernel_set = {sizeof(struct head), NULL, set_update, set_merge_unused,
                                          set_finish};
