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

enum { LIST_LOOK = 8, SETTLE_FROM = 8192 };

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

/* Looks down the list for a session that the row touches; NULL if the first few do not. */
static char *find_older(char *newest, int64_t ts, int64_t reach, unsigned *looked)
{
    char *session = *session_older(newest);
    for (*looked = 1; session && *looked < LIST_LOOK; session = *session_older(session), ++*looked)
        if (touches(session, ts, reach))
            return session;
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
    unsigned looked = 0;
    if (ts < *session_last(newest)) {
        char *older = find_older(newest, ts, reach, &looked);
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
    if (state->disorder > SETTLE_FROM + table->rows.count / 2) {
        TRY(session_settle(&state->store, table, reach, 0, error));
        state->disorder = 0;
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

/* Merge sort of a list by first event time, earliest first, over the older links. */
static char *sort_list(char *list)
{
    for (size_t width = 1;; width *= 2) {
        char *rest = list, **end = &list;
        size_t merges = 0;
        while (rest) {
            char *a = rest, *b = rest;
            size_t n_a = 0, n_b = width;
            for (; b && n_a < width; n_a++)
                b = *session_older(b);
            merges++;
            while (n_a > 0 || (n_b > 0 && b)) {
                bool take_a = n_a > 0 && (n_b == 0 || !b || *session_first(a) <= *session_first(b));
                char **from = take_a ? &a : &b;
                *end = *from;
                end = session_older(*from);
                *from = *session_older(*from);
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

/* Newest first and each clear of the next: nothing to do. */
static bool is_settled(char *newest, int64_t gap, int64_t longest)
{
    for (char *session = newest, *older; (older = *session_older(session)) != NULL; session = older)
        if (*session_first(session) < *session_last(older) + gap)
            return false;
    return longest == 0 || !*session_older(newest);
}

/* Walks a key's sessions in time order, merges those that belong together, and hangs them up newest first. */
static enum status settle_key(struct group_store *store, uint64_t *slot, int64_t gap,
                              int64_t longest, struct error *error)
{
    char *newest = group_slot_row(*slot);
    if (is_settled(newest, gap, longest))
        return STATUS_OK;
    char *next = sort_list(newest), *done = NULL;
    while (next) {
        char *session = next;
        next = *session_older(session);
        if (done && *session_first(session) < *session_last(done) + gap &&
            (longest == 0 || *session_first(session) < *session_first(done) + longest)) {
            TRY(group_merge_row(store, done, session, error));
            extend(done, *session_last(session));
            *session_first(session) = 1;
            *session_last(session) = 0;
            *session_older(session) = done; /* where its rows have gone */
            if (!store->layout->keeps_dead) {
                *session_older(session) = store->free_rows;
                store->free_rows = session;
            }
            continue;
        }
        *session_older(session) = done;
        done = session;
    }
    *slot = group_slot_of(*slot, done);
    return STATUS_OK;
}

enum status session_settle(struct group_store *store, struct group_table *table, int64_t gap,
                           int64_t longest, struct error *error)
{
    if (table->null_slot)
        TRY(settle_key(store, &table->null_slot, gap, longest, error));
    for (size_t i = 0; i < table->capacity; i++) {
        if (i % 65536 == 0)
            TRY(context_check(store->context, error));
        if (table->slots[i])
            TRY(settle_key(store, &table->slots[i], gap, longest, error));
    }
    return STATUS_OK;
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
