/* session_state.c - sessions, in one pass a key.
 *
 * A session is a group row with its first and last event time. A key's slot points at its newest session, older ones
 * hang behind it. A row extends the first session on the list that it touches, or starts a new one: in front
 * when it is later than the newest, else just behind it.
 *   1. Sessions of a key may come to touch or overlap; session_settle makes them disjoint. It runs at the end, and
 *      between slices when rows in disorder have made many new sessions since the last time.
 *   2. With a longest duration each distinct time of a key is kept apart until the end: where sessions are cut
 *      depends on all of their rows, and rows may come in any order and to any worker. In time order, a row
 *      belongs to the session before it if it is less than the gap after its last row and less than the longest
 *      duration after its first; the window ends at the earlier of last + gap and first + longest.
 *   3. A session that was merged away is dead: first > last. Its row is used again.      [session_is_dead] */
#include "exec/combine_int.h"

enum { LIST_LOOK = 7, SETTLE_FROM = 8192, SORTER_FIRST = 64, CHECK_SESSIONS = 1 << 14 };

/* ---- Taking rows in ---- */

/* Whether a row at `ts` belongs with the session, whatever comes between. */
static bool touches(char *session, int64_t ts, int64_t reach)
{
    return ts > *session_first(session) - reach && ts < *session_last(session) + reach;
}

static enum status start_session(struct group_store *store, struct group_table *table,
                                 const char *like, int64_t ts, uint64_t stamp, char **out,
                                 struct error *error)
{
    const struct group_layout *layout = store->layout;
    char *row = store->free_rows;
    if (row) {
        store->free_rows = *session_older(row);
        store->n_dead--;
        memcpy(row, layout->initial, layout->row_size);
    } else {
        TRY(group_rows_add(store, &table->rows, &row, error));
    }
    memcpy(row + layout->key_at, like + layout->key_at, layout->acc_at - layout->key_at);
    uint64_t flags = *(const uint64_t *)(const void *)like & GROUP_KEY_NULL;
    *(uint64_t *)(void *)row = stamp | flags;
    *session_first(row) = *session_last(row) = ts;
    *out = row;
    return STATUS_OK;
}

/* Looks down the list for a session that the row touches; NULL if the first few do not. Where looking has been in vain
 * it looks at fewer: in great disorder each look is a miss in the cache and finds nothing. */
static char *find_older(struct combine_state *state, char *newest, int64_t ts, int64_t reach)
{
    char *session = *session_older(newest);
    for (unsigned looked = 0; session && looked <= state->look; looked++) {
        if (touches(session, ts, reach)) {
            state->look = LIST_LOOK;
            return session;
        }
        session = *session_older(session);
    }
    state->look /= 2;
    return NULL;
}

static void extend(char *session, int64_t ts)
{
    *session_first(session) = MIN(*session_first(session), ts);
    *session_last(session) = MAX(*session_last(session), ts);
}

/* The session of a row that does not just extend the newest. */
static NOINLINE enum status place_row(struct combine_state *state, struct group_table *table,
                                      uint64_t *slot, int64_t ts, int64_t reach, uint64_t stamp,
                                      char **out, struct error *error)
{
    char *newest = group_slot_row(*slot);
    if (session_is_dead(newest)) { /* made just now */
        *session_first(newest) = *session_last(newest) = ts;
        *out = newest;
        return STATUS_OK;
    }
    if (ts < *session_last(newest)) {
        char *older = find_older(state, newest, ts, reach);
        if (older) {
            extend(older, ts);
            *out = older;
            return STATUS_OK;
        }
    }
    char *row;
    TRY(start_session(&state->store, table, newest, ts, stamp, &row, error));
    if (ts > *session_first(newest)) {
        *session_older(row) = newest;
        *slot = group_slot_of(*slot, row);
    } else {
        *session_older(row) = *session_older(newest);
        *session_older(newest) = row;
        state->disorder++;
    }
    *out = row;
    return STATUS_OK;
}

/* How near two rows of one session are, as far as it is known while rows come in. */
static int64_t reach_of(const struct window_assigner *assigner)
{
    return assigner->fn.max_duration ? 1 : assigner->size_us;
}

enum status session_add(struct combine_state *state, struct group_keys *keys, const int64_t *times,
                        uint64_t stamp, struct error *error)
{
    struct group_table *table;
    int64_t reach = reach_of(&state->plan->assigner);
    TRY(group_panes_get(&state->store, &state->panes, 0, &table, error));
    if (state->disorder > state->settle_at) {
        TRY(session_settle(&state->store, table, reach, 0, error));
        state->disorder = 0;
        state->settle_at = SETTLE_FROM + (table->rows.count - state->store.n_dead) * 2;
    }
    TRY(group_table_find(&state->store, table, keys, NULL, 0, keys->n, state->rows, state->slots,
                         error));
    for (size_t i = 0; i < keys->n; i++) {
        int64_t ts = times[i];
        if (UNLIKELY(ts <= INT64_MIN / 2 || ts >= INT64_MAX / 2))
            return error_set(error, STATUS_VALUE,
                             "event time out of range for windows: %lld microseconds",
                             (long long)ts);
        char *row = group_slot_row(*state->slots[i]);
        if (LIKELY(touches(row, ts, reach))) {
            extend(row, ts);
            state->rows[i] = row;
            continue;
        }
        TRY(place_row(state, table, state->slots[i], ts, reach, stamp + keys->at + i,
                      &state->rows[i], error));
    }
    return combine_update(state, stamp, keys->at, keys->n, state->rows, NULL, error);
}

/* ---- Making sessions disjoint ---- */

struct timed {
    int64_t first;
    char *row;
};

/* A key's sessions laid out in an array: a list of rows all over memory is slow to sort. */
struct session_sorter {
    struct group_store *store;
    struct timed *items; /* twice `capacity`: the second half is for merging */
    size_t n, capacity;
};

static enum status sorter_reserve(struct session_sorter *sorter, size_t n, struct error *error)
{
    if (sorter->capacity >= n)
        return STATUS_OK;
    size_t capacity = MAX(n, sorter->capacity * 2);
    void *block = sorter->items;
    TRY(block_grow(&block, sorter->capacity * 2 * sizeof(struct timed),
                   capacity * 2 * sizeof(struct timed), sorter->store->context->budget,
                   sorter->store->owner, error));
    sorter->items = block;
    sorter->capacity = capacity;
    return STATUS_OK;
}

static enum status sorter_load(struct session_sorter *sorter, char *newest, struct error *error)
{
    sorter->n = 0;
    for (char *session = newest; session; session = *session_older(session)) {
        if (sorter->n == sorter->capacity)
            TRY(sorter_reserve(sorter, MAX(sorter->n * 2, (size_t)SORTER_FIRST), error));
        if (sorter->n % CHECK_SESSIONS == 0)
            TRY(context_check(sorter->store->context, error));
        sorter->items[sorter->n++] = (struct timed){*session_first(session), session};
    }
    return STATUS_OK;
}

static void merge_two(const struct timed *a, const struct timed *b, const struct timed *end,
                      struct timed *out)
{
    const struct timed *a_end = b;
    while (a < a_end && b < end)
        *out++ = b->first < a->first ? *b++ : *a++;
    memcpy(out, a, (size_t)(a_end - a) * sizeof(*a));
    memcpy(out + (a_end - a), b, (size_t)(end - b) * sizeof(*b));
}

/* Earliest first; *out is one of the two halves. */
static enum status sorter_sort(struct session_sorter *sorter, struct timed **out,
                               struct error *error)
{
    struct timed *from = sorter->items, *to = sorter->items + sorter->capacity;
    size_t n = sorter->n;
    for (size_t i = 0; i < n; i++) /* lists are newest first */
        to[n - 1 - i] = from[i];
    struct timed *swap = from;
    from = to;
    to = swap;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            size_t middle = MIN(at + width, n), end = MIN(at + 2 * width, n);
            if (at % CHECK_SESSIONS == 0)
                TRY(context_check(sorter->store->context, error));
            merge_two(from + at, from + middle, from + end, to + at);
        }
        swap = from;
        from = to;
        to = swap;
    }
    *out = from;
    return STATUS_OK;
}

/* Newest first and each clear of the next: nothing to do. Once cancelled, settling finds that out. */
static bool is_settled(const struct context *context, char *newest, int64_t gap, int64_t longest)
{
    uint64_t n = 1;
    for (char *session = newest, *older; (older = *session_older(session)) != NULL; session = older)
        if (*session_first(session) < *session_last(older) + gap ||
            (n++ % CHECK_SESSIONS == 0 && context_cancelled(context)))
            return false;
    return longest == 0 || !*session_older(newest);
}

/* A session that was merged into `into` is dead. */
static void bury(struct group_store *store, char *session, char *into)
{
    *session_first(session) = 1;
    *session_last(session) = 0;
    *session_older(session) = into; /* where its rows have gone */
    store->n_dead++;
    if (store->layout->keeps_dead)
        return;
    *session_older(session) = store->free_rows;
    store->free_rows = session;
}

/* Walks a key's sessions in time order, merges those that belong together, and hangs them up newest first. */
static enum status settle_key(struct session_sorter *sorter, uint64_t *slot, int64_t gap,
                              int64_t longest, struct error *error)
{
    struct group_store *store = sorter->store;
    struct timed *sorted;
    if (is_settled(store->context, group_slot_row(*slot), gap, longest))
        return STATUS_OK;
    TRY(sorter_load(sorter, group_slot_row(*slot), error));
    TRY(sorter_sort(sorter, &sorted, error));
    char *done = NULL;
    for (size_t i = 0; i < sorter->n; i++) {
        char *session = sorted[i].row;
        int64_t first = sorted[i].first;
        if (i % CHECK_SESSIONS == 0)
            TRY(context_check(store->context, error));
        if (done && first < *session_last(done) + gap &&
            (longest == 0 || first < *session_first(done) + longest)) {
            TRY(group_merge_row(store, done, session, error));
            extend(done, *session_last(session));
            bury(store, session, done);
            continue;
        }
        *session_older(session) = done;
        done = session;
    }
    *slot = group_slot_of(*slot, done);
    return STATUS_OK;
}

static enum status settle_all(struct session_sorter *sorter, struct group_table *table, int64_t gap,
                              int64_t longest, struct error *error)
{
    if (table->null_slot)
        TRY(settle_key(sorter, &table->null_slot, gap, longest, error));
    for (size_t i = 0; i < table->capacity; i++) {
        if (i % CHECK_SESSIONS == 0)
            TRY(context_check(sorter->store->context, error));
        if (table->slots[i])
            TRY(settle_key(sorter, &table->slots[i], gap, longest, error));
    }
    return STATUS_OK;
}

enum status session_settle(struct group_store *store, struct group_table *table, int64_t gap,
                           int64_t longest, struct error *error)
{
    struct session_sorter sorter = {.store = store};
    enum status status = settle_all(&sorter, table, gap, longest, error);
    block_free(sorter.items, sorter.capacity * 2 * sizeof(struct timed), store->context->budget);
    return status;
}

enum status session_adopt(struct group_store *store, struct group_table *table, char *row,
                          struct error *error)
{
    uint64_t *slot, tag;
    TRY(group_table_slot(store, table, row, 0, &slot, &tag, error));
    *session_older(row) = *slot ? group_slot_row(*slot) : NULL;
    *slot = group_slot_of(tag, row);
    return STATUS_OK;
}
