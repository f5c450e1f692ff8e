/* combine.c - plans of Combine, and the partial states that workers feed.
 *
 * A batch is taken in slices of GROUP_SLICE rows: load the keys, find their group rows, then let each
 * accumulator's loop run over the slice. Windowed rows go to the table of their pane: a slice is cut into runs of
 * equal panes while those are long; rows in disorder look for their tables one by one. */
#include "exec/combine_int.h"

enum { SHARDS_PER_THREAD = 4, SHARDS_MAX = 64, RUN_SHORT = 16, UPDATE_ROWS = 128 };

/* ---- Plans ---- */

static const char *aggregate_name(struct arena *arena, const struct aggregate *aggregate,
                                  const struct schema *input)
{
    const char *name = aggregate_info[aggregate->id].name;
    if (aggregate->args[0] < 0 || aggregate->id == AGGREGATE_COUNT_STAR)
        return arena_printf(arena, "%s(*)", name);
    return arena_printf(arena, "%s(%s)", name, input->fields[aggregate->args[0]].name);
}

static uint32_t shard_count(const struct context *context)
{
    uint32_t wanted = context->n_threads > 1 ? context->n_threads * SHARDS_PER_THREAD : 1,
             shards = 1;
    while (shards < wanted && shards < SHARDS_MAX)
        shards *= 2;
    return shards;
}

enum status combine_plan_new(struct arena *arena, const struct transform *combine,
                             const struct schema *input, const struct schema *output,
                             const struct context *context, struct combine_plan **out,
                             struct error *error)
{
    assert(combine->kind == TRANSFORM_COMBINE && combine->combine.kind == COMBINE_GROUP);
    struct combine_plan *plan = ARENA_NEW(arena, struct combine_plan);
    TRY(arena_check(arena, error));
    plan->combine = combine;
    plan->context = context;
    plan->output = output;
    plan->n_shards = shard_count(context);
    plan->owner = "Combine(partial)";
    TRY(group_layout_plan(&plan->layout, arena, combine, input, &plan->acc_of, error));
    uint32_t n = combine->combine.n_aggregates;
    plan->names = ARENA_ARRAY(arena, const char *, MAX(n, 1u));
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < n; i++)
        plan->names[i] = aggregate_name(arena, &combine->combine.aggregates[i], input);
    if (combine->combine.windowed)
        TRY(window_assigner_init(&plan->assigner, &combine->combine.window, error));
    *out = plan;
    return arena_check(arena, error);
}

uint32_t combine_shards(const struct combine_plan *plan)
{
    return plan->n_shards;
}

/* ---- States ---- */

enum status combine_state_open(const struct combine_plan *plan, struct combine_state **out,
                               struct error *error)
{
    size_t inputs = plan->layout.n_accs * sizeof(struct combine_input);
    size_t size = sizeof(struct combine_state) + inputs + (size_t)GROUP_SLICE * 8 * 3;
    void *block;
    TRY(block_alloc(&block, size, plan->context->budget, plan->owner, error));
    struct combine_state *state = block;
    state->plan = plan;
    state->block_size = size;
    char *at = (char *)(state + 1);
    state->inputs = (struct combine_input *)(void *)at;
    state->rows = (char **)(void *)(at + inputs);
    state->slots = (uint64_t **)(void *)(state->rows + GROUP_SLICE);
    state->pane_scratch = (int64_t *)(void *)(state->slots + GROUP_SLICE);
    enum status status;
    TRY_OUT(group_store_init(&state->store, &plan->layout, plan->context, plan->owner, error));
    TRY_OUT(
        group_key_scratch_init(&state->scratch, &plan->layout, plan->context, plan->owner, error));
    *out = state;
    return STATUS_OK;
out:
    combine_state_close(state);
    return status;
}

static void release_inputs(struct combine_state *state)
{
    for (uint32_t i = 0; i < state->plan->layout.n_accs; i++) {
        struct combine_input *input = &state->inputs[i];
        column_unref(input->values);
        column_unref(input->by);
        input->values = input->by = NULL;
    }
}

void combine_state_close(struct combine_state *state)
{
    if (!state)
        return;
    struct budget *budget = state->plan->context->budget;
    release_inputs(state);
    for (uint32_t i = 0; i < state->plan->layout.n_accs; i++)
        block_free(state->inputs[i].bits, state->inputs[i].bits_size, budget);
    group_codes_fini(&state->store, &state->codes);
    group_panes_fini(&state->store, &state->panes);
    group_key_scratch_fini(&state->scratch, state->plan->context);
    group_store_fini(&state->store);
    block_free(state, state->block_size, budget);
}

/* ---- Arguments ---- */

static enum status input_bits(struct combine_state *state, struct combine_input *input, size_t n,
                              uint8_t **out, struct error *error)
{
    size_t size = bits_size(n);
    struct budget *budget = state->plan->context->budget;
    if (size > input->bits_size) {
        void *block = input->bits;
        TRY(block_grow(&block, input->bits_size, size, budget, state->plan->owner, error));
        input->bits = block;
        input->bits_size = size;
    }
    *out = input->bits;
    return STATUS_OK;
}

/* The rows for which the filter is true, and where `valid` (may be NULL) is set. */
static enum status filter_bits(struct combine_state *state, struct combine_input *input,
                               struct column *filter, const uint8_t *valid, size_t n,
                               struct error *error)
{
    struct column *flat;
    uint8_t *bits;
    TRY(input_bits(state, input, n, &bits, error));
    TRY(column_flatten(filter, state->plan->context->budget, &flat, error));
    bits_from_bytes(bits, flat->data, n);
    if (flat->validity)
        bits_and(bits, bits, flat->validity, n);
    if (valid)
        bits_and(bits, bits, valid, n);
    column_unref(flat);
    input->counts = bits;
    return STATUS_OK;
}

/* count(x) needs to know of x only where it is NULL. */
static bool needs_no_values(const struct group_acc *acc, const struct column *column)
{
    return acc->agg.kernel == &agg_kernel_count &&
           (column->encoding != COLUMN_CONSTANT || !column_has_nulls(column));
}

static enum status load_input(struct combine_state *state, const struct group_acc *acc,
                              struct combine_input *input, const struct batch *batch,
                              struct error *error)
{
    struct budget *budget = state->plan->context->budget;
    if (acc->args[0] >= 0 && needs_no_values(acc, batch->columns[acc->args[0]]))
        input->values = column_ref(batch->columns[acc->args[0]]);
    else if (acc->args[0] >= 0)
        TRY(column_flatten(batch->columns[acc->args[0]], budget, &input->values, error));
    if (acc->args[1] >= 0)
        TRY(column_flatten(batch->columns[acc->args[1]], budget, &input->by, error));
    const uint8_t *valid = NULL;
    if (input->by)
        valid = input->by->validity;
    else if (input->values && !acc->keeps_nulls)
        valid = input->values->validity;
    input->counts = valid;
    if (acc->filter >= 0)
        TRY(filter_bits(state, input, batch->columns[acc->filter], valid, batch->length, error));
    return STATUS_OK;
}

static enum status update_accs(struct combine_state *state, uint64_t stamp, size_t at, size_t n,
                               char *const *rows, char *one, struct error *error)
{
    const struct group_layout *layout = &state->plan->layout;
    for (uint32_t i = 0; i < layout->n_accs; i++) {
        const struct group_acc *acc = &layout->accs[i];
        const struct combine_input *input = &state->inputs[i];
        struct agg_call call = {
            .agg = &acc->agg,
            .values = input->values ? input->values->data : NULL,
            .by = input->by ? input->by->data : NULL,
            .counts = input->counts,
            .valid = input->values ? input->values->validity : NULL,
            .stamp = stamp,
            .at = at,
            .n = n,
            .rows = rows,
            .one = one,
            .offset = acc->offset,
            .heap = &state->store.heap,
            .set = state->store.sets ? state->store.sets[i] : NULL,
        };
        TRY(acc->agg.kernel->update(&call, error));
    }
    return STATUS_OK;
}

/* Several accumulators go over rows that stay in the first-level cache, while the next ones are fetched. */
enum status combine_update(struct combine_state *state, uint64_t stamp, size_t at, size_t n,
                           char *const *rows, char *one, struct error *error)
{
    const struct group_layout *layout = &state->plan->layout;
    if (!rows || layout->n_accs < 2)
        return update_accs(state, stamp, at, n, rows, one, error);
    for (size_t done = 0; done < n; done += UPDATE_ROWS) {
        size_t m = MIN(n - done, (size_t)UPDATE_ROWS);
        size_t end = MIN(done + 2 * (size_t)UPDATE_ROWS, n);
        for (size_t i = done + m; i < end; i++) {
            __builtin_prefetch(rows[i] + layout->acc_at, 1);
            __builtin_prefetch(rows[i] + layout->row_size - 1, 1);
        }
        TRY(update_accs(state, stamp, at + done, m, rows + done, one, error));
    }
    return STATUS_OK;
}

/* ---- Taking batches in ---- */

/* The pane starts of a slice. */
static const int64_t *slice_panes(struct combine_state *state, const struct batch *batch, size_t at,
                                  size_t n, bool *constant)
{
    const struct column *column = batch->columns[state->plan->combine->combine.window_column];
    const int64_t *values = column->data;
    *constant = column_is_constant(column);
    if (column->encoding == COLUMN_FLAT)
        return values + at;
    for (size_t i = 0; i < n; i++) {
        size_t row = column_is_constant(column) ? 0 : ((const uint32_t *)column->data)[at + i];
        state->pane_scratch[i] = column_is_constant(column)
                                     ? values[0]
                                     : ((const int64_t *)column->dictionary->data)[row];
    }
    return state->pane_scratch;
}

static size_t count_runs(const int64_t *panes, size_t n)
{
    size_t runs = 1;
    for (size_t i = 1; i < n; i++)
        runs += panes[i] != panes[i - 1];
    return runs;
}

/* Rows of one pane; `at` counts from the start of the keys. */
static enum status add_run(struct combine_state *state, struct group_keys *keys, int64_t pane,
                           uint64_t stamp, size_t at, size_t n, struct error *error)
{
    struct group_table *table;
    TRY(group_panes_get(&state->store, &state->panes, pane, &table, error));
    bool single = state->one_key;
    if (state->code_keys.n_codes > 0 && !single) {
        bool done;
        TRY(group_codes_find(&state->store, &state->codes, table, &state->code_keys, keys, at, n,
                             state->rows, &done, error));
        if (done)
            return combine_update(state, stamp, keys->at + at, n, state->rows, NULL, error);
    }
    group_keys_need(&state->plan->layout, keys);
    TRY(group_table_find(&state->store, table, keys, NULL, at, single ? 1 : n, state->rows, NULL,
                         error));
    return combine_update(state, stamp, keys->at + at, n, single ? NULL : state->rows,
                          single ? state->rows[0] : NULL, error);
}

static enum status add_mixed(struct combine_state *state, struct group_keys *keys,
                             const int64_t *panes, uint64_t stamp, struct error *error)
{
    group_keys_need(&state->plan->layout, keys);
    group_keys_hash(&state->plan->layout, keys);
    for (size_t i = 0; i < keys->n; i++) {
        struct group_table *table;
        TRY(group_panes_get(&state->store, &state->panes, panes[i], &table, error));
        TRY(group_table_find_one(&state->store, table, keys, i, &state->rows[i], error));
    }
    return combine_update(state, stamp, keys->at, keys->n, state->rows, NULL, error);
}

/* All rows of the batch go to one pane's table. */
static bool is_one_pane(const struct combine_state *state, const struct column *pane)
{
    return column_is_constant(pane) && !state->plan->layout.session && !state->panes.flat;
}

/* `rows` are the slice's, or more where the keys are one. */
static enum status add_windowed(struct combine_state *state, const struct batch *batch,
                                struct group_keys *keys, uint64_t stamp, size_t rows,
                                struct error *error)
{
    bool constant;
    size_t n = keys->n;
    const struct column *pane = batch->columns[state->plan->combine->combine.window_column];
    if (is_one_pane(state, pane))
        return add_run(state, keys, *(const int64_t *)pane->data, stamp, 0, rows, error);
    const int64_t *panes = slice_panes(state, batch, keys->at, n, &constant);
    if (state->plan->layout.session) {
        group_keys_need(&state->plan->layout, keys);
        return session_add(state, keys, panes, stamp, error);
    }
    if (state->panes.flat) {
        group_keys_need(&state->plan->layout, keys);
        TRY(group_table_find(&state->store, state->panes.flat, keys, panes, 0, n, state->rows, NULL,
                             error));
        return combine_update(state, stamp, keys->at, n, state->rows, NULL, error);
    }
    if (!constant && count_runs(panes, n) > n / RUN_SHORT + 1)
        return add_mixed(state, keys, panes, stamp, error);
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && panes[end] == panes[i])
            end++;
        TRY(add_run(state, keys, panes[i], stamp, i, end - i, error));
        i = end;
    }
    return STATUS_OK;
}

/* Adds the rows from `at`; *n receives how many. */
static enum status add_slice(struct combine_state *state, const struct batch *batch, size_t at,
                             uint64_t stamp, size_t *n, struct error *error)
{
    const struct group_layout *layout = &state->plan->layout;
    const struct column *pane =
        layout->windowed ? batch->columns[state->plan->combine->combine.window_column] : NULL;
    if (pane && !layout->session)
        TRY(group_panes_settle(&state->store, &state->panes, error));
    bool single = state->one_key && (!pane || is_one_pane(state, pane));
    *n = single ? batch->length - at : MIN(batch->length - at, (size_t)GROUP_SLICE);
    struct group_keys keys;
    group_keys_begin(batch, at, MIN(*n, (size_t)GROUP_SLICE), &state->scratch, &keys);
    keys.stamp = stamp + at;
    if (layout->windowed)
        return add_windowed(state, batch, &keys, stamp, *n, error);
    return add_run(state, &keys, 0, stamp, 0, *n, error);
}

/* The input order of a batch's first row. */
static enum status place_batch(struct combine_state *state, const struct batch *batch,
                               uint64_t *stamp, struct error *error)
{
    if (!state->started || batch->morsel != state->morsel) {
        state->started = true;
        state->morsel = batch->morsel;
        state->ordinal = 0;
    }
    if (batch->morsel >= GROUP_FRESH_MORSEL ||
        (state->ordinal + batch->length) >> GROUP_ORDINAL_BITS)
        return error_set(error, STATUS_LIMIT, "too many rows or parts of input for one Combine");
    *stamp = batch->morsel << GROUP_ORDINAL_BITS | state->ordinal;
    state->ordinal += batch->length;
    return STATUS_OK;
}

static enum status add_batch(struct combine_state *state, const struct batch *batch,
                             struct error *error)
{
    const struct group_layout *layout = &state->plan->layout;
    uint64_t stamp;
    TRY(place_batch(state, batch, &stamp, error));
    for (uint32_t i = 0; i < layout->n_accs; i++)
        TRY(load_input(state, &layout->accs[i], &state->inputs[i], batch, error));
    state->one_key = !layout->session;
    for (uint32_t i = 0; i < layout->n_keys; i++)
        state->one_key &= column_is_constant(batch->columns[layout->keys[i].column]);
    group_codes_load(layout, batch, &state->code_keys);
    for (size_t at = 0, n; at < batch->length; at += n) {
        TRY(context_check(state->plan->context, error));
        TRY(add_slice(state, batch, at, stamp, &n, error));
    }
    return STATUS_OK;
}

enum status combine_state_add(struct combine_state *state, const struct batch *batch,
                              struct error *error)
{
    if (batch->length == 0)
        return STATUS_OK;
    enum status status = add_batch(state, batch, error);
    release_inputs(state);
    return status;
}

enum status combine_state_locate(struct combine_state *state, const struct batch *batch,
                                 char **rows, struct error *error)
{
    uint64_t stamp;
    assert(state->plan->layout.session && state->plan->layout.n_accs == 0);
    TRY(place_batch(state, batch, &stamp, error));
    for (size_t at = 0, n; at < batch->length; at += n) {
        TRY(context_check(state->plan->context, error));
        TRY(add_slice(state, batch, at, stamp, &n, error));
        memcpy(rows + at, state->rows, n * sizeof(*rows));
    }
    return STATUS_OK;
}

enum status combine_state_begin(struct combine_state *state, const struct batch *batch,
                                uint64_t *stamp, struct error *error)
{
    const struct group_layout *layout = &state->plan->layout;
    TRY(place_batch(state, batch, stamp, error));
    for (uint32_t i = 0; i < layout->n_accs; i++)
        TRY(load_input(state, &layout->accs[i], &state->inputs[i], batch, error));
    return STATUS_OK;
}

void combine_state_end(struct combine_state *state)
{
    release_inputs(state);
}
