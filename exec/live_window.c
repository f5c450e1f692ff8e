/* live_window.c - panes and windows that are open, and what happens when the watermark passes their end.
 *
 *   1. Windows give their results by rising end, then start; their rows in the order in which keys came.
 *   2. A pane is freed when the last window it is in has expired.
 *   3. `next_event` is the least watermark at which anything happens: rows before it need not look. */
#include "exec/pane.h"

static const char OWNER[] = "Combine(final)";

static int64_t later(int64_t time, int64_t by)
{
    return time > WATERMARK_END - 1 - by ? WATERMARK_END - 1 : time + by;
}

static enum status grow(struct live *live, void **items, size_t n, size_t *capacity, size_t size,
                        struct error *error)
{
    if (n < *capacity)
        return STATUS_OK;
    size_t more = MAX(*capacity * 2, (size_t)16);
    TRY(block_grow(items, *capacity * size, more * size, live->budget, OWNER, error));
    *capacity = more;
    return STATUS_OK;
}

/* ---- panes ---- */

void live_pane_free(struct live *live, struct live_pane *pane)
{
    const struct group_layout *layout = &live->plan->layout;
    struct group_chunk *chunk = live->by_window ? pane->table.rows.first : NULL;
    for (; chunk; chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->used; i++)
            pane_forget(live, group_chunk_row(layout, chunk, i));
    group_table_fini(&pane->store, &pane->table);
    group_store_fini(&pane->store);
    block_free(pane, sizeof(*pane), live->budget);
}

static bool is_before(const struct window *a, const struct window *b)
{
    return a->end != b->end ? a->end < b->end : a->start < b->start;
}

static size_t pane_place(const struct live *live, struct window window)
{
    size_t low = 0, high = live->n_panes;
    if (high && is_before(&live->panes[high - 1]->window, &window))
        return high;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (is_before(&live->panes[middle]->window, &window))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum status pane_insert(struct live *live, size_t place, struct window window,
                               int64_t border, struct live_pane **out, struct error *error)
{
    void *block, *list = live->panes;
    TRY(grow(live, &list, live->n_panes, &live->panes_capacity, sizeof(*live->panes), error));
    live->panes = list;
    TRY(block_alloc(&block, sizeof(struct live_pane), live->budget, OWNER, error));
    struct live_pane *pane = block;
    pane->window = window;
    group_table_init(&pane->table, border, false);
    memmove(live->panes + place + 1, live->panes + place,
            (live->n_panes - place) * sizeof(*live->panes));
    live->panes[place] = pane;
    live->n_panes++;
    *out = pane;
    return group_store_init(&pane->store, &live->plan->layout, live->plan->context, OWNER, error);
}

static enum status pane_get(struct live *live, struct window window, int64_t border, bool *made,
                            struct live_pane **out, struct error *error)
{
    size_t place = pane_place(live, window);
    *made = false;
    if (place < live->n_panes) {
        *out = live->panes[place];
        if ((*out)->window.end == window.end && (*out)->window.start == window.start)
            return STATUS_OK;
    }
    *made = true;
    return pane_insert(live, place, window, border, out, error);
}

enum status live_pane_only(struct live *live, struct error *error)
{
    struct live_pane *pane;
    const struct window all = {INT64_MIN, WATERMARK_END};
    TRY(pane_insert(live, 0, all, 0, &pane, error));
    pane->expiry = WATERMARK_END;
    return STATUS_OK;
}

/* ---- windows ---- */

static enum status window_insert(struct live *live, struct window window, int64_t border,
                                 struct error *error)
{
    size_t low = 0, high = live->n_windows;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (is_before(&live->windows[middle].window, &window))
            low = middle + 1;
        else
            high = middle;
    }
    if (low < live->n_windows && live->windows[low].window.end == window.end &&
        live->windows[low].window.start == window.start)
        return STATUS_OK;
    void *list = live->windows;
    TRY(grow(live, &list, live->n_windows, &live->windows_capacity, sizeof(*live->windows), error));
    live->windows = list;
    memmove(live->windows + low + 1, live->windows + low,
            (live->n_windows - low) * sizeof(*live->windows));
    live->windows[low] = (struct live_window){window, border};
    live->n_windows++;
    return STATUS_OK;
}

/* The windows of a pane that have not expired. */
struct reach {
    struct live *live;
    int64_t watermark;
    int64_t first, last; /* shared: ends of the unexpired ones; first > last: there is none */
    bool insert;         /* shared: among the live windows */
};

static int64_t border_of(const struct live *live, struct window window)
{
    return live->plan->assigner.fn.kind == WINDOW_CUMULATE ? window.end : window.start;
}

static enum status add_recent(struct live *live, struct live_pane *pane, struct error *error)
{
    void *list = live->recent;
    TRY(grow(live, &list, live->n_recent, &live->recent_capacity, sizeof(*live->recent), error));
    live->recent = list;
    live->recent[live->n_recent++] = pane;
    return STATUS_OK;
}

/* A window of its own: TUMBLE, and where there are triggers. */
static enum status own_window(struct live *live, struct window window, struct error *error)
{
    struct live_pane *pane;
    bool made;
    TRY(pane_get(live, window, border_of(live, window), &made, &pane, error));
    if (made) {
        pane->expiry = later(window.end, live->emit->lateness_us);
        pane->closed = live->by_window && window.end <= live->watermark;
        int64_t event = live->by_window && !pane->closed ? window.end : pane->expiry;
        live->next_event = MIN(live->next_event, event);
    }
    return add_recent(live, pane, error);
}

static enum status note_window(void *context, struct window window, struct error *error)
{
    struct reach *reach = context;
    struct live *live = reach->live;
    if (later(window.end, live->emit->lateness_us) <= reach->watermark)
        return STATUS_OK;
    if (!live->shared)
        return own_window(live, window, error);
    reach->first = MIN(reach->first, window.end);
    reach->last = MAX(reach->last, window.end);
    return reach->insert ? window_insert(live, window, border_of(live, window), error) : STATUS_OK;
}

static enum status reach_windows(struct live *live, int64_t start, int64_t watermark, bool insert,
                                 struct reach *reach, struct error *error)
{
    *reach = (struct reach){live, watermark, INT64_MAX, INT64_MIN, insert};
    return window_of_pane(&live->plan->assigner, start, note_window, reach, error);
}

static enum status find_shared(struct live *live, int64_t start, int64_t watermark,
                               struct error *error)
{
    struct reach reach;
    struct live_pane *pane;
    bool made;
    TRY(reach_windows(live, start, watermark, false, &reach, error));
    if (reach.first > reach.last)
        return STATUS_OK;
    TRY(pane_get(live, (struct window){start, start}, start, &made, &pane, error));
    if (made) {
        int64_t lateness = live->emit->lateness_us;
        TRY(reach_windows(live, start, watermark, true, &reach, error));
        pane->expiry = later(reach.last, lateness);
        live->next_event = MIN(live->next_event, later(reach.first, lateness));
    }
    return add_recent(live, pane, error);
}

enum status live_find_panes(struct live *live, int64_t start, int64_t watermark,
                            struct error *error)
{
    struct reach reach;
    if (live->has_recent && live->recent_start == start)
        return STATUS_OK;
    live->has_recent = true;
    live->recent_start = start;
    live->n_recent = 0;
    if (!live->plan->layout.windowed)
        return add_recent(live, live->panes[0], error);
    if (live->shared)
        return find_shared(live, start, watermark, error);
    return reach_windows(live, start, watermark, false, &reach, error);
}

/* ---- closing ---- */

static enum status list_rows(struct live *live, struct group_table *table, struct error *error)
{
    const struct group_layout *layout = &live->plan->layout;
    for (struct group_chunk *chunk = table->rows.first; chunk; chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->used; i++)
            TRY(combine_list_add(live->plan, &live->rows, group_chunk_row(layout, chunk, i),
                                 error));
    return STATUS_OK;
}

/* Panes that nothing wants any more: they are the first ones. */
static void free_panes(struct live *live, int64_t watermark)
{
    size_t n = 0;
    while (n < live->n_panes && live->panes[n]->expiry <= watermark)
        live_pane_free(live, live->panes[n++]);
    live->n_panes -= n;
    if (n)
        memmove(live->panes, live->panes + n, live->n_panes * sizeof(*live->panes));
}

/* Each pane is a window. */
static enum status close_plain(struct live *live, int64_t watermark, struct error *error)
{
    for (size_t i = 0; i < live->n_panes && live->panes[i]->expiry <= watermark; i++)
        TRY(list_rows(live, &live->panes[i]->table, error));
    TRY(live_put_rows(live, error));
    free_panes(live, watermark);
    live->next_event = live->n_panes ? live->panes[0]->expiry : WATERMARK_END;
    return STATUS_OK;
}

/* A window made of its panes, for as long as it is given out. */
struct whole {
    struct group_store store;
    struct group_table table;
    struct group_key_scratch scratch;
    char *rows[GROUP_SLICE], *found[GROUP_SLICE];
    size_t n; /* of rows */
};

static enum status add_rows(struct live *live, struct whole *whole, struct error *error)
{
    struct group_keys keys;
    TRY(context_check(live->plan->context, error));
    if (!whole->n)
        return STATUS_OK;
    group_keys_of_rows(&live->plan->layout, whole->rows, whole->n, &whole->scratch, &keys);
    TRY(group_table_find(&whole->store, &whole->table, &keys, NULL, 0, whole->n, whole->found, NULL,
                         error));
    for (size_t i = 0; i < whole->n; i++)
        TRY(group_merge_row(&whole->store, whole->found[i], whole->rows[i], error));
    whole->n = 0;
    return STATUS_OK;
}

static enum status add_pane(struct live *live, struct whole *whole, struct live_pane *pane,
                            struct error *error)
{
    const struct group_layout *layout = &live->plan->layout;
    for (struct group_chunk *chunk = pane->table.rows.first; chunk; chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->used; i++) {
            whole->rows[whole->n++] = group_chunk_row(layout, chunk, i);
            if (whole->n == GROUP_SLICE)
                TRY(add_rows(live, whole, error));
        }
    return add_rows(live, whole, error);
}

static enum status fill_window(struct live *live, struct whole *whole,
                               const struct live_window *window, struct error *error)
{
    const struct combine_plan *plan = live->plan;
    const struct window from = {window->window.start, window->window.start};
    TRY(group_store_init(&whole->store, &plan->layout, plan->context, OWNER, error));
    TRY(group_key_scratch_init(&whole->scratch, &plan->layout, plan->context, OWNER, error));
    group_table_init(&whole->table, window->border, false);
    for (size_t i = pane_place(live, from);
         i < live->n_panes && live->panes[i]->window.start < window->window.end; i++)
        TRY(add_pane(live, whole, live->panes[i], error));
    TRY(list_rows(live, &whole->table, error));
    TRY(combine_list_sort(plan, &live->rows, error));
    return live_put_rows(live, error);
}

static enum status close_window(struct live *live, const struct live_window *window,
                                struct error *error)
{
    void *block;
    TRY(block_alloc(&block, sizeof(struct whole), live->budget, OWNER, error));
    struct whole *whole = block;
    enum status status = fill_window(live, whole, window, error);
    live->rows.n = 0;
    group_table_fini(&whole->store, &whole->table);
    group_key_scratch_fini(&whole->scratch, live->plan->context);
    group_store_fini(&whole->store);
    block_free(block, sizeof(*whole), live->budget);
    return status;
}

static enum status close_shared(struct live *live, int64_t watermark, struct error *error)
{
    int64_t lateness = live->emit->lateness_us;
    size_t done = 0;
    for (; done < live->n_windows; done++) {
        if (later(live->windows[done].window.end, lateness) > watermark)
            break;
        TRY(close_window(live, &live->windows[done], error));
    }
    live->n_windows -= done;
    if (done)
        memmove(live->windows, live->windows + done, live->n_windows * sizeof(*live->windows));
    free_panes(live, watermark);
    live->next_event =
        live->n_windows ? later(live->windows[0].window.end, lateness) : WATERMARK_END;
    return STATUS_OK;
}

/* ---- windows with triggers ---- */

/* All keys of the window, or those with rows since their last pane. */
static enum status fire(struct live *live, struct live_pane *pane, bool all,
                        enum pane_timing timing, bool is_last, struct error *error)
{
    uint64_t n = 0;
    TRY(list_rows(live, &pane->table, error));
    for (uint64_t i = 0; i < live->rows.n; i++)
        if (all || pane_key_of(live, live->rows.rows[i])->since)
            live->rows.rows[n++] = live->rows.rows[i];
    enum status status = pane_fire(live, live->rows.rows, n, timing, is_last, error);
    live->rows.n = 0;
    return status;
}

/* No keys and no windows: one row, also for no input. */
static enum status only_row(struct live *live, struct error *error)
{
    const struct group_layout *layout = &live->plan->layout;
    struct live_pane *pane = live->n_panes ? live->panes[0] : NULL;
    char *row;
    if (layout->windowed || layout->kind != KEY_NONE || !pane || pane->table.rows.count)
        return STATUS_OK;
    TRY(group_rows_add(&pane->store, &pane->table.rows, &row, error));
    return pane_fire(live, &row, 1, PANE_ON_TIME, true, error);
}

static enum status close_by_window(struct live *live, int64_t watermark, struct error *error)
{
    size_t i = 0;
    if (live->changes)
        TRY(pane_changes(live, error));
    if (live->changes && watermark == WATERMARK_END)
        TRY(only_row(live, error));
    for (; i < live->n_panes && live->panes[i]->window.end <= watermark; i++) {
        struct live_pane *pane = live->panes[i];
        bool expires = pane->expiry <= watermark;
        if (live->changes) {
            pane->closed = true; /* nothing more comes out at the end of a window */
            continue;
        }
        if (!pane->closed)
            TRY(fire(live, pane, live->emit->mode != PANES_DISCARDING, PANE_ON_TIME,
                     expires && live->emit->lateness_us == 0, error));
        else if (expires)
            TRY(fire(live, pane, false, PANE_LATE, true, error));
        pane->closed = true;
    }
    live->next_event = i < live->n_panes ? live->panes[i]->window.end : WATERMARK_END;
    free_panes(live, watermark);
    if (live->n_panes)
        live->next_event = MIN(live->next_event, live->panes[0]->expiry);
    return STATUS_OK;
}

enum status live_close_windows(struct live *live, int64_t watermark, struct error *error)
{
    live->watermark = MAX(live->watermark, watermark);
    if (watermark < live->next_event)
        return STATUS_OK;
    live->has_recent = false;
    if (live->sessions)
        return live_sessions_expire(live, watermark, error);
    if (live->by_window)
        return close_by_window(live, watermark, error);
    return live->shared ? close_shared(live, watermark, error)
                        : close_plain(live, watermark, error);
}
