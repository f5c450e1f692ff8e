/* combine_windows.c - panes become windows.
 *
 * HOP: the rows of each pane are added to each window that the pane is in. CUMULATE: a window is the one before it, a
 * step shorter, and the panes that came with the step; so the work is that of the output. Rows by pane stay as
 * they are: they are added to fresh rows. */
#include "exec/combine_int.h"

struct window_list {
    struct window *items;
    size_t n, capacity;
};

struct maker {
    struct combine_result *result;
    struct combine_shard *shard;
    struct group_key_scratch scratch;
    char **made; /* GROUP_SLICE rows */
    size_t made_size;
    int64_t *borders; /* the same window for each of a slice */
    struct window_list windows;
    struct group_table *open; /* the oldest window that may still be added to */
    /* CUMULATE: the rows of the window before, and those made for this one. */
    struct row_list before, fresh;
    bool lists_fresh;
};

static struct budget *budget_of(const struct maker *maker)
{
    return maker->result->plan->context->budget;
}

static enum status maker_init(struct maker *maker, struct error *error)
{
    const struct combine_plan *plan = maker->result->plan;
    maker->made_size = GROUP_SLICE * (sizeof(char *) + sizeof(int64_t));
    void *block;
    TRY(block_alloc(&block, maker->made_size, budget_of(maker), "Combine(final)", error));
    maker->made = block;
    maker->borders = (int64_t *)(void *)(maker->made + GROUP_SLICE);
    return group_key_scratch_init(&maker->scratch, &plan->layout, plan->context, "Combine(final)",
                                  error);
}

static void maker_fini(struct maker *maker)
{
    block_free(maker->made, maker->made_size, budget_of(maker));
    block_free(maker->windows.items, maker->windows.capacity * sizeof(struct window),
               budget_of(maker));
    combine_list_fini(maker->result->plan, &maker->before);
    combine_list_fini(maker->result->plan, &maker->fresh);
    group_key_scratch_fini(&maker->scratch, maker->result->plan->context);
}

/* ---- Adding rows to a window ---- */

/* Finds or makes the rows of a slice's keys in a window. */
static enum status find_rows(struct maker *maker, char *const *rows, size_t n, int64_t border,
                             struct error *error)
{
    struct group_store *store = &maker->shard->store;
    struct group_panes *windows = &maker->shard->windows;
    struct group_keys keys;
    group_keys_of_rows(store->layout, rows, n, &maker->scratch, &keys);
    TRY(group_panes_settle(store, windows, error));
    if (windows->flat) {
        for (size_t i = 0; i < n; i++)
            maker->borders[i] = border;
        return group_table_find(store, windows->flat, &keys, maker->borders, 0, n, maker->made,
                                NULL, error);
    }
    struct group_table *table;
    TRY(group_panes_get(store, windows, border, &table, error));
    return group_table_find(store, table, &keys, NULL, 0, n, maker->made, NULL, error);
}

/* Windows before `border` are done: their rows stay, what found them goes. */
static void close_windows(struct maker *maker, int64_t border)
{
    struct group_panes *windows = &maker->shard->windows;
    if (windows->flat)
        return;
    if (!maker->open)
        maker->open = windows->first;
    for (; maker->open && maker->open->pane < border; maker->open = maker->open->next)
        group_table_drop_index(&maker->shard->store, maker->open);
}

static enum status add_rows(struct maker *maker, char *const *rows, uint64_t n, int64_t border,
                            struct error *error)
{
    for (uint64_t at = 0; at < n; at += GROUP_SLICE) {
        size_t slice = (size_t)MIN(n - at, (uint64_t)GROUP_SLICE);
        TRY(context_check(maker->result->plan->context, error));
        TRY(find_rows(maker, rows + at, slice, border, error));
        for (size_t i = 0; i < slice && maker->lists_fresh; i++)
            if (group_row_is_fresh(maker->made[i]))
                TRY(combine_list_add(maker->result->plan, &maker->fresh, maker->made[i], error));
        TRY(group_merge_rows(&maker->shard->store, maker->made, rows + at, slice, error));
    }
    return STATUS_OK;
}

/* ---- HOP ---- */

struct hop_adder {
    struct maker *maker;
    char **rows; /* of one pane */
    uint64_t n;
    bool closed; /* windows that the pane is past */
};

static enum status add_pane(void *context, struct window window, struct error *error)
{
    struct hop_adder *adder = context;
    if (!adder->closed)
        close_windows(adder->maker, window.start);
    adder->closed = true;
    return add_rows(adder->maker, adder->rows, adder->n, window.start, error);
}

/* Rows from `at` on that have the same pane. */
static uint64_t pane_rows(const struct row_list *list, uint64_t at)
{
    uint64_t end = at + 1;
    while (end < list->n && group_pane(list->rows[end]) == group_pane(list->rows[at]))
        end++;
    return end - at;
}

static enum status make_hops(struct maker *maker, struct error *error)
{
    const struct row_list *parts = &maker->shard->parts;
    struct hop_adder adder = {.maker = maker};
    for (uint64_t at = 0; at < parts->n; at += adder.n) {
        adder.rows = parts->rows + at;
        adder.n = pane_rows(parts, at);
        adder.closed = false;
        TRY(window_of_pane(&maker->result->plan->assigner, group_pane(adder.rows[0]), add_pane,
                           &adder, error));
    }
    return STATUS_OK;
}

/* ---- CUMULATE ---- */

static enum status note_window(void *context, struct window window, struct error *error)
{
    struct maker *maker = context;
    struct window_list *list = &maker->windows;
    if (list->n == list->capacity) {
        size_t more = MAX(list->capacity * 2, (size_t)64);
        void *block = list->items;
        TRY(block_grow(&block, list->capacity * sizeof(struct window), more * sizeof(struct window),
                       budget_of(maker), "Combine(final)", error));
        list->items = block;
        list->capacity = more;
    }
    list->items[list->n++] = window;
    return STATUS_OK;
}

/* The windows of one cell of time, whose panes begin at part number `at`; *end: the part after them. */
static enum status make_cell(struct maker *maker, uint64_t at, uint64_t *end, struct error *error)
{
    const struct row_list *parts = &maker->shard->parts;
    maker->windows.n = 0;
    TRY(window_of_pane(&maker->result->plan->assigner, group_pane(parts->rows[at]), note_window,
                       maker, error));
    struct row_list *before = &maker->before, *fresh = &maker->fresh;
    before->n = 0;
    for (size_t w = 0; w < maker->windows.n; w++) {
        int64_t border = maker->windows.items[w].end;
        fresh->n = 0;
        close_windows(maker, border);
        TRY(add_rows(maker, before->rows, before->n, border, error));
        while (at < parts->n && group_pane(parts->rows[at]) < border) {
            uint64_t n = pane_rows(parts, at);
            TRY(add_rows(maker, parts->rows + at, n, border, error));
            at += n;
        }
        struct row_list swap = *before;
        *before = *fresh;
        *fresh = swap;
    }
    *end = at;
    return STATUS_OK;
}

static enum status make_cumulates(struct maker *maker, struct error *error)
{
    maker->lists_fresh = true;
    for (uint64_t at = 0; at < maker->shard->parts.n;)
        TRY(make_cell(maker, at, &at, error));
    return STATUS_OK;
}

/* ---- All rows by window ---- */

static enum status collect(struct maker *maker, struct error *error)
{
    const struct combine_plan *plan = maker->result->plan;
    struct combine_shard *shard = maker->shard;
    struct group_cursor cursor;
    uint64_t n = group_panes_rows(&shard->windows);
    combine_list_fini(plan, &shard->parts);
    TRY(combine_list_reserve(plan, &shard->parts, n, error));
    group_cursor_init(&cursor, &plan->layout, &shard->windows);
    for (char *row; (row = group_cursor_next(&cursor)) != NULL;)
        TRY(combine_list_add(plan, &shard->parts, row, error));
    return combine_list_sort(plan, &shard->parts, error);
}

enum status combine_make_windows(struct combine_result *result, struct combine_shard *shard,
                                 struct error *error)
{
    struct maker maker = {.result = result, .shard = shard};
    enum status status = maker_init(&maker, error);
    if (status == STATUS_OK)
        status = result->plan->assigner.fn.kind == WINDOW_HOP ? make_hops(&maker, error)
                                                              : make_cumulates(&maker, error);
    if (status == STATUS_OK)
        status = collect(&maker, error);
    maker_fini(&maker);
    return status;
}
