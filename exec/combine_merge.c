/* combine_merge.c - partial states become one result, shard by shard.
 *
 * Rows are handed out to shards by the hash of their key. A shard merges in place: the first row of a key is taken over
 * as it is, later ones are added to it, so the states' memory lives as long as the result. A single state is
 * its own result. Then panes become windows: TUMBLE's are windows already; HOP and CUMULATE add each pane's rows to
 * its windows' rows; sessions are made disjoint. */
#include "exec/combine_int.h"
#include "exec/kernel/agg_set.h"

enum { SHARD_ROWS_MIN = 16384, LIST_FIRST = 256, CHECK_ROWS = 16384 };

static const char FINAL[] = "Combine(final)";

/* ---- Lists of rows ---- */

enum status combine_list_reserve(const struct combine_plan *plan, struct row_list *list,
                                 uint64_t capacity, struct error *error)
{
    if (list->capacity >= capacity)
        return STATUS_OK;
    void *block = list->rows;
    TRY(block_grow(&block, list->capacity * sizeof(char *), capacity * sizeof(char *),
                   plan->context->budget, FINAL, error));
    list->rows = block;
    list->capacity = capacity;
    return STATUS_OK;
}

enum status combine_list_add(const struct combine_plan *plan, struct row_list *list, char *row,
                             struct error *error)
{
    if (UNLIKELY(list->n == list->capacity))
        TRY(combine_list_reserve(plan, list, MAX(list->capacity * 2, (uint64_t)LIST_FIRST), error));
    list->rows[list->n++] = row;
    return STATUS_OK;
}

void combine_list_fini(const struct combine_plan *plan, struct row_list *list)
{
    block_free(list->rows, list->capacity * sizeof(char *), plan->context->budget);
    *list = (struct row_list){0};
}

/* ---- Opening: rows to shards ---- */

static bool has_panes_apart(const struct combine_plan *plan) /* panes that are not windows */
{
    return plan->layout.windowed &&
           (plan->assigner.fn.kind == WINDOW_HOP || plan->assigner.fn.kind == WINDOW_CUMULATE);
}

static uint32_t shard_of(const struct combine_result *result, const char *row)
{
    const struct group_layout *layout = &result->plan->layout;
    if (result->n_shards == 1)
        return 0;
    uint64_t hash = group_row_hash(layout, row);
    if (layout->windowed && !layout->session && !has_panes_apart(result->plan))
        hash = hash_combine(hash, (uint64_t)group_pane(row));
    return (uint32_t)(hash >> 36) & (result->n_shards - 1);
}

static enum status list_state(struct combine_result *result, struct combine_state *state,
                              struct error *error)
{
    const struct combine_plan *plan = result->plan;
    struct group_cursor cursor;
    group_cursor_init(&cursor, &plan->layout, &state->panes);
    uint64_t n = 0;
    for (char *row; (row = group_cursor_next(&cursor)) != NULL;) {
        if (++n % CHECK_ROWS == 0)
            TRY(context_check(plan->context, error));
        if (plan->layout.session && session_is_dead(row))
            continue;
        TRY(combine_list_add(plan, &result->shards[shard_of(result, row)].parts, row, error));
    }
    return STATUS_OK;
}

/* The rows are listed: what found them is not needed any more. */
static void drop_indexes(struct group_store *store, struct group_panes *panes)
{
    for (struct group_table *table = panes->first; table; table = table->next)
        group_table_drop_index(store, table);
}

static enum status open_shards(struct combine_result *result, struct error *error)
{
    const struct combine_plan *plan = result->plan;
    uint64_t rows = 0;
    for (uint32_t i = 0; i < result->n_states; i++)
        rows += group_panes_rows(&result->states[i]->panes);
    bool split = result->n_states > 1 && rows >= SHARD_ROWS_MIN;
    result->n_shards = split ? plan->n_shards : 1;
    result->shards_size = result->n_shards * sizeof(struct combine_shard);
    void *block;
    TRY(block_alloc(&block, result->shards_size, plan->context->budget, FINAL, error));
    result->shards = block;
    for (uint32_t i = 0; i < result->n_shards; i++)
        TRY(group_store_init(&result->shards[i].store, &plan->layout, plan->context, FINAL, error));
    if (result->n_states == 1)
        TRY(combine_list_reserve(plan, &result->shards[0].parts, rows, error));
    for (uint32_t i = 0; i < result->n_states; i++) {
        TRY(list_state(result, result->states[i], error));
        if (!plan->layout.session || result->n_states > 1)
            drop_indexes(&result->states[i]->store, &result->states[i]->panes);
    }
    return STATUS_OK;
}

enum status combine_result_open(const struct combine_plan *plan, struct combine_state **states,
                                uint32_t n_states, struct combine_result **out, struct error *error)
{
    struct budget *budget = plan->context->budget;
    size_t size = n_states * sizeof(struct combine_state *);
    void *block, *list;
    enum status status = block_alloc(&block, sizeof(struct combine_result), budget, FINAL, error);
    if (status == STATUS_OK) {
        status = block_alloc(&list, size, budget, FINAL, error);
        if (status != STATUS_OK)
            block_free(block, sizeof(struct combine_result), budget);
    }
    if (status != STATUS_OK) {
        for (uint32_t i = 0; i < n_states; i++)
            combine_state_close(states[i]);
        return status;
    }
    struct combine_result *result = block;
    result->plan = plan;
    result->states = list;
    result->states_size = size;
    for (uint32_t i = 0; i < n_states; i++) {
        if (states[i] && group_panes_rows(&states[i]->panes) > 0)
            result->states[result->n_states++] = states[i];
        else
            combine_state_close(states[i]);
    }
    status = open_shards(result, error);
    if (status != STATUS_OK) {
        combine_result_close(result);
        return status;
    }
    *out = result;
    return STATUS_OK;
}

void combine_result_close(struct combine_result *result)
{
    if (!result)
        return;
    struct budget *budget = result->plan->context->budget;
    for (uint32_t i = 0; result->shards && i < result->n_shards; i++) {
        struct combine_shard *shard = &result->shards[i];
        combine_list_fini(result->plan, &shard->parts);
        group_panes_fini(&shard->store, &shard->panes);
        group_panes_fini(&shard->store, &shard->windows);
        group_store_fini(&shard->store);
    }
    block_free(result->shards, result->shards_size, budget);
    for (uint32_t i = 0; i < result->n_states; i++)
        combine_state_close(result->states[i]);
    block_free(result->states, result->states_size, budget);
    combine_list_fini(result->plan, &result->rows);
    block_free(result, sizeof(*result), budget);
}

/* ---- Merging a shard ---- */

struct merger {
    struct combine_result *result;
    struct combine_shard *shard;
    struct group_key_scratch scratch;
    char *found[GROUP_SLICE];
    int64_t panes[GROUP_SLICE];
    uint64_t kept;
};

/* Hangs a slice of rows in their tables; found[i] is the row that stands for rows[i]. */
static enum status find_slice(struct merger *merger, char **rows, size_t n, struct error *error)
{
    const struct group_layout *layout = &merger->result->plan->layout;
    struct group_store *store = &merger->shard->store;
    struct group_panes *panes = &merger->shard->panes;
    struct group_keys keys;
    group_keys_of_rows(layout, rows, n, &merger->scratch, &keys);
    keys.existing = rows;
    TRY(group_panes_settle(store, panes, error));
    for (size_t i = 0; i < n; i++)
        merger->panes[i] = layout->windowed ? group_pane(rows[i]) : 0;
    if (panes->flat)
        return group_table_find(store, panes->flat, &keys, merger->panes, 0, n, merger->found, NULL,
                                error);
    for (size_t at = 0, end; at < n; at = end) {
        struct group_table *table;
        for (end = at + 1; end < n && merger->panes[end] == merger->panes[at];)
            end++;
        TRY(group_panes_get(store, panes, merger->panes[at], &table, error));
        TRY(group_table_find(store, table, &keys, NULL, at, end - at, merger->found + at, NULL,
                             error));
    }
    return STATUS_OK;
}

static enum status merge_slice(struct merger *merger, char **rows, size_t n, struct error *error)
{
    struct combine_shard *shard = merger->shard;
    TRY(context_check(merger->result->plan->context, error));
    TRY(find_slice(merger, rows, n, error));
    for (size_t i = 0; i < n; i++) {
        if (merger->found[i] == rows[i])
            shard->parts.rows[merger->kept++] = rows[i];
        else
            TRY(group_merge_row(&shard->store, merger->found[i], rows[i], error));
    }
    return STATUS_OK;
}

/* Merges rows of equal keys; the list keeps one row of each. */
static enum status merge_rows(struct combine_result *result, struct combine_shard *shard,
                              struct error *error)
{
    const struct combine_plan *plan = result->plan;
    void *block;
    TRY(block_alloc(&block, sizeof(struct merger), plan->context->budget, FINAL, error));
    struct merger *merger = block;
    merger->result = result;
    merger->shard = shard;
    enum status status =
        group_key_scratch_init(&merger->scratch, &plan->layout, plan->context, FINAL, error);
    if (status == STATUS_OK && !plan->layout.windowed) {
        struct group_table *table;
        status = group_panes_get(&shard->store, &shard->panes, 0, &table, error);
        if (status == STATUS_OK && plan->layout.kind != KEY_NONE)
            status =
                group_table_reserve(&shard->store, table, shard->parts.n / result->n_states, error);
    }
    for (uint64_t at = 0; at < shard->parts.n && status == STATUS_OK; at += GROUP_SLICE)
        status = merge_slice(merger, shard->parts.rows + at,
                             (size_t)MIN(shard->parts.n - at, (uint64_t)GROUP_SLICE), error);
    shard->parts.n = merger->kept;
    drop_indexes(&shard->store, &shard->panes);
    group_key_scratch_fini(&merger->scratch, plan->context);
    block_free(block, sizeof(struct merger), plan->context->budget);
    return status;
}

/* All sessions of a key into one list, which is then made disjoint. A single state has its lists already. */
static enum status merge_sessions(struct combine_result *result, struct combine_shard *shard,
                                  struct error *error)
{
    const struct window_assigner *assigner = &result->plan->assigner;
    struct group_store *store = &shard->store;
    struct group_table *table;
    if (result->n_states == 1) {
        store = &result->states[0]->store;
        table = result->states[0]->panes.first;
    } else {
        TRY(group_panes_get(store, &shard->panes, 0, &table, error));
        for (uint64_t i = 0; i < shard->parts.n; i++) {
            if (i % CHECK_ROWS == 0)
                TRY(context_check(result->plan->context, error));
            TRY(session_adopt(store, table, shard->parts.rows[i], error));
        }
    }
    TRY(session_settle(store, table, assigner->size_us, assigner->fn.max_duration, error));
    uint64_t kept = 0;
    for (uint64_t i = 0; i < shard->parts.n; i++)
        if (!session_is_dead(shard->parts.rows[i]))
            shard->parts.rows[kept++] = shard->parts.rows[i];
    shard->parts.n = kept;
    return STATUS_OK;
}

static enum status merge_shard(struct combine_result *result, struct combine_shard *shard,
                               struct error *error)
{
    const struct combine_plan *plan = result->plan;
    if (plan->layout.session)
        TRY(merge_sessions(result, shard, error));
    else if (result->n_states > 1)
        TRY(merge_rows(result, shard, error));
    TRY(combine_list_sort(plan, &shard->parts, error));
    return has_panes_apart(plan) ? combine_make_windows(result, shard, error) : STATUS_OK;
}

enum status combine_merge_shard(struct combine_result *result, uint32_t number, struct error *error)
{
    if (number >= result->n_shards)
        return STATUS_OK;
    struct combine_shard *shard = &result->shards[number];
    assert(!shard->merged);
    shard->merged = true;
    return merge_shard(result, shard, error);
}

/* ---- The end ---- */

/* No keys and no windows: one row, also for no input. */
static enum status add_single_row(struct combine_result *result, struct error *error)
{
    const struct group_layout *layout = &result->plan->layout;
    struct combine_shard *shard = &result->shards[0];
    if (layout->n_keys > 0 || layout->windowed || shard->parts.n > 0)
        return STATUS_OK;
    struct group_table *table;
    char *row;
    TRY(group_panes_get(&shard->store, &shard->panes, 0, &table, error));
    TRY(group_rows_add(&shard->store, &table->rows, &row, error));
    return combine_list_add(result->plan, &shard->parts, row, error);
}

static void sort_sets(struct combine_result *result)
{
    const struct group_layout *layout = &result->plan->layout;
    for (uint32_t i = 0; i < layout->n_accs; i++)
        if (layout->accs[i].agg.inner && layout->accs[i].agg.id == AGGREGATE_STRING_AGG)
            for (uint64_t row = 0; row < result->rows.n; row++)
                agg_set_sort(result->rows.rows[row], layout->accs[i].offset);
}

enum status combine_result_finish(struct combine_result *result, struct error *error)
{
    const struct combine_plan *plan = result->plan;
    TRY(add_single_row(result, error));
    uint64_t n = 0;
    for (uint32_t i = 0; i < result->n_shards; i++)
        n += result->shards[i].parts.n;
    struct row_list *rows = &result->rows;
    if (result->n_shards == 1) {
        *rows = result->shards[0].parts;
        result->shards[0].parts = (struct row_list){0};
    } else {
        TRY(combine_list_reserve(plan, rows, n, error));
        for (uint32_t i = 0; i < result->n_shards; i++) {
            struct row_list *list = &result->shards[i].parts;
            if (list->n > 0)
                memcpy(rows->rows + rows->n, list->rows, list->n * sizeof(char *));
            rows->n += list->n;
            combine_list_fini(plan, list);
        }
        TRY(combine_list_sort(plan, rows, error));
    }
    sort_sets(result);
    return context_check(plan->context, error);
}

uint64_t combine_result_rows(const struct combine_result *result)
{
    return result->rows.n;
}
