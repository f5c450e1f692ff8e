/* live.c - rows into a live Combine.
 *
 *   1. Before a row is looked at, event time is what the rows before it made.            [live_add]
 *   2. Rows that follow one another into one pane, with no window closing between, are taken in together: the
 *      loops over columns are those of bounded input.                                       [take_run]
 *   3. A row is late when all its windows have expired at its own watermark.          [live_pane_of] */
#include "exec/live.h"

#include "exec/pane.h"
#include "exec/trigger.h"

enum status live_open(struct combine_plan *plan, struct live **out, struct error *error)
{
    void *block;
    TRY(block_alloc(&block, sizeof(struct live), plan->context->budget, plan->owner, error));
    struct live *live = block;
    live->plan = plan;
    live->emit = plan->combine->combine.emit;
    live->budget = plan->context->budget;
    live->block_size = sizeof(struct live);
    live->watermark = WATERMARK_NONE;
    live->next_event = WATERMARK_END;
    enum window_kind kind = plan->assigner.fn.kind;
    live->changes = live->emit->kind == EMIT_CHANGES;
    live->by_window = live->changes || live->emit->kind == EMIT_WATERMARK;
    live->shared = !live->by_window && (kind == WINDOW_HOP || kind == WINDOW_CUMULATE);
    enum status status = combine_state_open(plan, &live->state, error);
    if (status == STATUS_OK && !plan->layout.windowed)
        status = live_pane_only(live, error);
    if (status == STATUS_OK && plan->layout.session)
        status = live_sessions_open(live, error);
    if (status != STATUS_OK) {
        live_close(live);
        return status;
    }
    *out = live;
    return STATUS_OK;
}

void live_close(struct live *live)
{
    if (!live)
        return;
    for (size_t i = live->queue.at; i < live->queue.n; i++)
        batch_unref(live->queue.items[i].batch);
    for (size_t i = 0; i < live->n_panes; i++)
        live_pane_free(live, live->panes[i]);
    block_free(live->panes, live->panes_capacity * sizeof(*live->panes), live->budget);
    block_free(live->recent, live->recent_capacity * sizeof(*live->recent), live->budget);
    block_free(live->windows, live->windows_capacity * sizeof(*live->windows), live->budget);
    block_free(live->queue.items, live->queue.capacity * sizeof(*live->queue.items), live->budget);
    live_sessions_close(live);
    combine_list_fini(live->plan, &live->rows);
    combine_list_fini(live->plan, &live->dirty);
    combine_state_close(live->state);
    block_free(live, live->block_size, live->budget);
}

/* ---- rows ---- */

/* While a pane's store stands in the state's place the kernels put into it what they keep. */
enum status live_update(struct live *live, struct group_store *store, uint64_t stamp, size_t at,
                        size_t n, char *const *rows, struct error *error)
{
    live->own = live->state->store;
    live->state->store = *store;
    enum status status = combine_update(live->state, stamp, at, n, rows, NULL, error);
    *store = live->state->store;
    live->state->store = live->own;
    return status;
}

/* Rows [from, from + n) of the keys into one pane; `at`: of the first of the keys in the batch. */
static enum status take_run(struct live *live, struct live_pane *pane, struct group_keys *keys,
                            uint64_t stamp, size_t from, size_t n, struct error *error)
{
    char **rows = live->state->rows;
    TRY(group_table_find(&pane->store, &pane->table, keys, NULL, from, n, rows, NULL, error));
    return live_update(live, &pane->store, stamp, keys->at + from, n, rows, error);
}

/* The panes and watermarks of a slice's rows. */
struct slice {
    const int64_t *panes, *watermarks;
    size_t at; /* in the batch */
};

static int64_t watermark_at(const struct live *live, const struct slice *slice, size_t i)
{
    return slice->watermarks ? slice->watermarks[slice->at + i] : live->watermark;
}

static int64_t pane_at(const struct slice *slice, size_t i)
{
    return slice->panes ? slice->panes[slice->at + i] : 0;
}

/* Has the pane a trigger that each row may fire? */
static const struct trigger *trigger_of(const struct live *live, const struct live_pane *pane)
{
    return pane->closed ? live->emit->late : live->emit->early;
}

/* Counts the rows that a pane with triggers has just taken in, and fires. */
static enum status count_rows(struct live *live, const struct live_pane *pane, size_t n,
                              struct error *error)
{
    char **rows = live->state->rows;
    const struct trigger *trigger = trigger_of(live, pane);
    for (size_t i = 0; i < n; i++) {
        struct pane_key *key = pane_key_of(live, rows[i]);
        uint64_t since = ++key->since;
        key->is_late = pane->closed;
        if (live->changes && since == 1)
            TRY(combine_list_add(live->plan, &live->dirty, rows[i], error));
        if (!trigger || !trigger_ready(trigger, key->places, since, 0))
            continue;
        trigger_fired(trigger, key->places, since, 0);
        TRY(pane_fire(live, &rows[i], 1, pane->closed ? PANE_LATE : PANE_EARLY, false, error));
    }
    return STATUS_OK;
}

/* Rows of one pane of time, between which nothing happens, to all panes that want them. */
static enum status take_rows(struct live *live, struct group_keys *keys, uint64_t stamp,
                             size_t from, size_t n, struct error *error)
{
    size_t step = n;
    for (size_t k = 0; live->by_window && k < live->n_recent; k++)
        if (trigger_of(live, live->recent[k]))
            step = 1;
    for (size_t at = 0; at < n; at += step)
        for (size_t k = 0; k < live->n_recent; k++) {
            TRY(take_run(live, live->recent[k], keys, stamp, from + at, step, error));
            if (live->by_window)
                TRY(count_rows(live, live->recent[k], step, error));
        }
    return STATUS_OK;
}

static enum status take_slice(struct live *live, const struct slice *slice, struct group_keys *keys,
                              uint64_t stamp, struct error *error)
{
    for (size_t i = 0, end; i < keys->n; i = end) {
        int64_t watermark = watermark_at(live, slice, i), start = pane_at(slice, i);
        if (watermark > live->watermark)
            TRY(live_close_windows(live, watermark, error));
        TRY(live_find_panes(live, start, watermark, error));
        end = i + 1;
        while (end < keys->n && pane_at(slice, end) == start &&
               watermark_at(live, slice, end) < live->next_event)
            end++;
        if (live->n_recent)
            TRY(take_rows(live, keys, stamp, i, end - i, error));
        else
            live->late += end - i;
    }
    return STATUS_OK;
}

/* Event times stand in the place of panes. */
static enum status take_sessions(struct live *live, const struct slice *slice,
                                 struct group_keys *keys, uint64_t stamp, struct error *error)
{
    TRY(live_sessions_find(live, keys, error));
    for (size_t i = 0; i < keys->n; i++) {
        int64_t watermark = watermark_at(live, slice, i), ts = slice->panes[slice->at + i];
        if (watermark > live->watermark)
            TRY(live_close_windows(live, watermark, error));
        TRY(live_sessions_add(live, keys, i, ts, watermark, stamp, error));
    }
    return STATUS_OK;
}

static enum status take_batch(struct live *live, const struct batch *batch,
                              const struct column *panes, struct error *error)
{
    struct combine_state *state = live->state;
    const struct group_layout *layout = &live->plan->layout;
    uint64_t stamp;
    enum status status = combine_state_begin(state, batch, &stamp, error);
    for (size_t at = 0, n; status == STATUS_OK && at < batch->length; at += n) {
        struct slice slice = {panes ? panes->data : NULL,
                              batch->watermarks ? batch->watermarks->data : NULL, at};
        struct group_keys keys;
        n = MIN(batch->length - at, (size_t)GROUP_SLICE);
        status = context_check(live->plan->context, error);
        if (status != STATUS_OK)
            break;
        group_keys_load(layout, batch, at, n, &state->scratch, &keys);
        keys.stamp = stamp + at;
        status = live->sessions ? take_sessions(live, &slice, &keys, stamp, error)
                                : take_slice(live, &slice, &keys, stamp, error);
    }
    combine_state_end(state);
    return status;
}

enum status live_add(struct live *live, const struct batch *batch, struct error *error)
{
    struct column *panes = NULL;
    if (!batch->length)
        return STATUS_OK;
    if (live->sessions)
        TRY(live_sessions_sweep(live, error));
    if (live->plan->layout.windowed)
        TRY(column_flatten(batch->columns[live->plan->combine->combine.window_column], live->budget,
                           &panes, error));
    enum status status = take_batch(live, batch, panes, error);
    column_unref(panes);
    if (status == STATUS_OK && live->changes)
        status = pane_changes(live, error);
    return status;
}

enum status live_advance(struct live *live, int64_t watermark, struct error *error)
{
    if (watermark <= live->watermark)
        return STATUS_OK;
    TRY(live_close_windows(live, watermark, error));
    return live_put(live, (struct live_item){NULL, watermark}, error);
}

void live_count(const struct live *live, struct live_counts *out)
{
    *out = (struct live_counts){.late = live->late,
                                .rows_out = live->rows_out,
                                .open_windows = live->shared ? live->n_windows : live->n_panes,
                                .watermark = live->watermark};
}
