/* group_state.c - the layout of group rows, and the memory they lie in. */
#include "exec/group_state.h"

#include "exec/kernel/agg_set.h"

/* ---- The layout ---- */

static uint32_t key_words(enum physical physical)
{
    return physical == PHYSICAL_TEXT || physical == PHYSICAL_I128 || physical == PHYSICAL_INTERVAL
               ? 2
               : 1;
}

static enum key_kind kind_of_keys(const struct group_layout *layout)
{
    if (layout->n_keys == 0)
        return KEY_NONE;
    enum physical physical = layout->keys[0].physical;
    if (layout->n_keys > 1 || physical == PHYSICAL_I128 || physical == PHYSICAL_INTERVAL)
        return KEY_WORDS;
    return physical == PHYSICAL_TEXT ? KEY_TEXT : KEY_INT;
}

/* Places the keys; returns the offset after them. */
static enum status plan_keys(struct group_layout *layout, struct arena *arena,
                             const struct transform *combine, const struct schema *input,
                             uint32_t *end, struct error *error)
{
    layout->n_keys = combine->combine.n_keys;
    if (layout->n_keys > GROUP_KEYS_MAX)
        return error_set(error, STATUS_LIMIT, "too many grouping columns: %u (at most %d)",
                         layout->n_keys, GROUP_KEYS_MAX);
    layout->keys = ARENA_ARRAY(arena, struct group_key, MAX(layout->n_keys, 1u));
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < layout->n_keys; i++) {
        struct group_key *key = &layout->keys[i];
        key->column = combine->combine.keys[i];
        key->type = input->fields[key->column].type;
        key->physical = (uint8_t)type_physical(key->type);
        key->words = (uint8_t)key_words(key->physical);
    }
    layout->kind = kind_of_keys(layout);
    uint32_t at = layout->key_at;
    if (layout->kind == KEY_WORDS)
        at += 8;
    for (uint32_t i = 0; i < layout->n_keys; i++) {
        layout->keys[i].at = at;
        at += layout->keys[i].words * 8u;
    }
    layout->key_words = (at - layout->key_at) / 8;
    for (uint32_t i = 0; i < layout->n_keys; i++)
        if (layout->keys[i].physical == PHYSICAL_INTERVAL) {
            layout->keys[i].original_at = at;
            at += 16;
        }
    *end = at;
    return STATUS_OK;
}

static bool distinct_matters(enum aggregate_id id)
{
    switch (id) {
    case AGGREGATE_COUNT:
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
    case AGGREGATE_TOTAL:
    case AGGREGATE_STDDEV_SAMP:
    case AGGREGATE_STDDEV_POP:
    case AGGREGATE_VAR_SAMP:
    case AGGREGATE_VAR_POP:
    case AGGREGATE_STRING_AGG:
        return true;
    default:
        return false;
    }
}

static struct str separator_of(const struct aggregate *aggregate)
{
    if (aggregate->id != AGGREGATE_STRING_AGG)
        return (struct str){"", 0};
    if (aggregate->separator.type.id != TYPE_VARCHAR)
        return STR_LITERAL(",");
    return aggregate->separator.is_null ? (struct str){"", 0} : aggregate->separator.text;
}

static enum status plan_acc(struct group_acc *acc, struct arena *arena,
                            const struct aggregate *aggregate, const struct schema *input,
                            struct error *error)
{
    acc->filter = aggregate->filter;
    acc->args[0] = aggregate->id == AGGREGATE_COUNT_STAR ? -1 : aggregate->args[0];
    acc->args[1] = aggregate->id == AGGREGATE_ARG_MIN || aggregate->id == AGGREGATE_ARG_MAX
                       ? aggregate->args[1]
                       : -1;
    struct type types[2];
    unsigned n = 0;
    for (; n < 2 && acc->args[n] >= 0; n++)
        types[n] = input->fields[acc->args[n]].type;
    acc->takes_all = acc->args[0] < 0 || (acc->args[1] < 0 && input->fields[acc->args[0]].not_null);
    acc->keeps_nulls = (aggregate_info[aggregate->id].flags & AGGREGATE_KEEPS_NULLS) != 0;
    struct agg *agg = &acc->agg;
    TRY(agg_plan(agg, aggregate->id, types, n, separator_of(aggregate), error));
    if (!aggregate->distinct || !distinct_matters(aggregate->id))
        return STATUS_OK;
    struct agg *inner = ARENA_NEW(arena, struct agg);
    TRY(arena_check(arena, error));
    *inner = *agg;
    agg->inner = inner;
    agg->kernel = &agg_kernel_set;
    return STATUS_OK;
}

static bool counts_all(const struct group_acc *acc)
{
    return acc->takes_all && !acc->agg.inner && acc->agg.kernel == &agg_kernel_count;
}

/* Sums of what is never NULL begin with the count of all rows. */
static bool sums_all(const struct group_acc *acc)
{
    return acc->takes_all && !acc->agg.inner && !counts_all(acc) &&
           acc->agg.kernel == agg_kernel_sum(acc->agg.physical);
}

/* One counts the rows that the other counts as well: `held` then does for both. */
static bool shares_count(struct group_acc *held, const struct group_acc *wanted)
{
    if (held->filter != wanted->filter || !(counts_all(held) || counts_all(wanted)))
        return false;
    if (counts_all(wanted))
        return counts_all(held) || sums_all(held);
    if (!sums_all(wanted))
        return false;
    *held = *wanted;
    return true;
}

/* The earlier accumulator that does for this one as well, or NULL. */
static struct group_acc *serving_acc(struct group_layout *layout, const struct group_acc *wanted)
{
    for (uint32_t i = 0; i < layout->n_accs; i++) {
        struct group_acc *held = &layout->accs[i];
        if (shares_count(held, wanted))
            return held;
        if (held->args[0] != wanted->args[0] || held->args[1] != wanted->args[1] ||
            held->filter != wanted->filter)
            continue;
        if (agg_serves(&held->agg, &wanted->agg))
            return held;
        if (agg_serves(&wanted->agg, &held->agg)) {
            held->agg = wanted->agg;
            return held;
        }
    }
    return NULL;
}

static enum status plan_accs(struct group_layout *layout, struct arena *arena,
                             const struct transform *combine, const struct schema *input,
                             uint32_t **acc_of, struct error *error)
{
    uint32_t n = combine->combine.n_aggregates;
    layout->accs = ARENA_ARRAY(arena, struct group_acc, MAX(n, 1u));
    *acc_of = ARENA_ARRAY(arena, uint32_t, MAX(n, 1u));
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < n; i++) {
        struct group_acc acc = {0};
        TRY(plan_acc(&acc, arena, &combine->combine.aggregates[i], input, error));
        struct group_acc *held = serving_acc(layout, &acc);
        if (!held) {
            held = &layout->accs[layout->n_accs++];
            *held = acc;
        }
        (*acc_of)[i] = (uint32_t)(held - layout->accs);
    }
    uint32_t at = layout->acc_at;
    for (uint32_t i = 0; i < layout->n_accs; i++) {
        layout->accs[i].offset = at;
        at += layout->accs[i].agg.kernel->size;
        layout->has_sets |= layout->accs[i].agg.inner != NULL;
    }
    /* A set knows groups by their row, so that of a dead group is not used again. */
    layout->keeps_dead = layout->has_sets;
    layout->row_size = at;
    return STATUS_OK;
}

enum status group_layout_plan(struct group_layout *layout, struct arena *arena,
                              const struct transform *combine, const struct schema *input,
                              uint32_t **acc_of, struct error *error)
{
    *layout = (struct group_layout){.windowed = combine->combine.windowed};
    layout->session = layout->windowed && combine->combine.window.kind == WINDOW_SESSION;
    layout->key_at = layout->session ? 32 : layout->windowed ? 16 : 8;
    TRY(plan_keys(layout, arena, combine, input, &layout->acc_at, error));
    TRY(plan_accs(layout, arena, combine, input, acc_of, error));
    layout->initial = arena_alloc(arena, layout->row_size);
    if (!layout->initial)
        return error_no_memory(error, layout->row_size, "Combine");
    TRY(arena_check(arena, error));
    if (layout->session) { /* no event time yet: first > last */
        const int64_t none[2] = {INT64_MAX, INT64_MIN};
        memcpy(layout->initial + GROUP_PANE_AT, none, sizeof(none));
    }
    for (uint32_t i = 0; i < layout->n_accs; i++) {
        const struct agg_kernel *kernel = layout->accs[i].agg.kernel;
        if (kernel->initial)
            memcpy(layout->initial + layout->accs[i].offset, kernel->initial, kernel->size);
    }
    return STATUS_OK;
}

/* ---- The store ---- */

enum status group_store_init(struct group_store *store, const struct group_layout *layout,
                             const struct context *context, const char *owner, struct error *error)
{
    *store = (struct group_store){.layout = layout, .context = context, .owner = owner};
    agg_heap_init(&store->heap, context->budget, owner);
    if (!layout->has_sets)
        return STATUS_OK;
    store->sets_size = layout->n_accs * sizeof(struct agg_set *);
    void *block;
    TRY(block_alloc(&block, store->sets_size, context->budget, owner, error));
    store->sets = block;
    for (uint32_t i = 0; i < layout->n_accs; i++)
        if (layout->accs[i].agg.inner)
            TRY(agg_set_open(&layout->accs[i].agg, context, owner, &store->sets[i], error));
    return STATUS_OK;
}

void group_store_fini(struct group_store *store)
{
    if (!store->layout)
        return;
    if (store->sets)
        for (uint32_t i = 0; i < store->layout->n_accs; i++)
            agg_set_close(store->sets[i]);
    block_free(store->sets, store->sets_size, store->context->budget);
    store->sets = NULL;
    agg_heap_fini(&store->heap);
}

/* ---- Rows ---- */

enum { CHUNK_ROWS_FIRST = 8, CHUNK_BYTES_MAX = 256 * 1024 };

static NOINLINE enum status add_chunk(struct group_store *store, struct group_rows *rows,
                                      struct error *error)
{
    size_t row_size = store->layout->row_size;
    size_t capacity = rows->last ? (size_t)rows->last->capacity * 2 : CHUNK_ROWS_FIRST;
    capacity = MAX(MIN(capacity, CHUNK_BYTES_MAX / row_size), (size_t)1);
    size_t size = sizeof(struct group_chunk) + capacity * row_size;
    void *block;
    TRY(agg_heap_alloc(&store->heap, size, &block, error));
    struct group_chunk *chunk = block;
    *chunk = (struct group_chunk){.capacity = (uint32_t)capacity};
    if (rows->last)
        rows->last->next = chunk;
    else
        rows->first = chunk;
    rows->last = chunk;
    return STATUS_OK;
}

enum status group_rows_add(struct group_store *store, struct group_rows *rows, char **out,
                           struct error *error)
{
    const struct group_layout *layout = store->layout;
    if (UNLIKELY(!rows->last || rows->last->used == rows->last->capacity))
        TRY(add_chunk(store, rows, error));
    char *row = group_chunk_row(layout, rows->last, rows->last->used);
    rows->last->used++;
    rows->count++;
    memcpy(row, layout->initial, layout->row_size);
    *out = row;
    return STATUS_OK;
}

void group_rows_adopt(struct group_rows *rows, struct group_rows *from)
{
    if (!from->first)
        return;
    if (rows->last)
        rows->last->next = from->first;
    else
        rows->first = from->first;
    rows->last = from->last;
    rows->count += from->count;
    *from = (struct group_rows){0};
}

static void add_counts(char *const *into, char *const *from, size_t n, size_t offset)
{
    for (size_t i = 0; i < n; i++)
        *(int64_t *)(void *)(into[i] + offset) +=
            *(const int64_t *)(const void *)(from[i] + offset);
}

enum status group_merge_rows(struct group_store *store, char *const *into, char *const *from,
                             size_t n, struct error *error)
{
    const struct group_layout *layout = store->layout;
    bool only_counts = layout->n_accs == 1 && !layout->accs[0].agg.inner &&
                       layout->accs[0].agg.kernel == &agg_kernel_count;
    if (only_counts)
        add_counts(into, from, n, layout->accs[0].offset);
    for (size_t i = 0; i < n; i++) {
        if (only_counts)
            group_lower_stamp(into[i], group_stamp(from[i]));
        else
            TRY(group_merge_row(store, into[i], from[i], error));
    }
    return STATUS_OK;
}

enum status group_merge_row(struct group_store *store, char *into, const char *from,
                            struct error *error)
{
    const struct group_layout *layout = store->layout;
    for (uint32_t i = 0; i < layout->n_accs; i++) {
        const struct group_acc *acc = &layout->accs[i];
        if (acc->agg.inner)
            TRY(agg_set_merge(store->sets[i], into, from, acc->offset, error));
        else
            TRY(acc->agg.kernel->merge(&acc->agg, into + acc->offset, from + acc->offset,
                                       &store->heap, error));
    }
    group_lower_stamp(into, group_stamp(from));
    return STATUS_OK;
}
