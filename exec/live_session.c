/* live_session.c - sessions that grow, meet and expire while rows come in.
 *
 *   1. The unexpired sessions of a key are disjoint, and hang in a list at the key's row.
 *   2. A session holds all that its accumulators keep, and of the sessions that it has taken in; it is
 *      freed as a whole when it expires.
 *   3. Each session has one place in a heap, by the end it had when it was put there: ends only rise, so a session
 *      that comes up too early is put back.                                               [next_due]
 *   4. Keys without sessions are swept out when they are the most. */
#include "exec/live_int.h"

#include "base/heap.h"

enum { SWEEP_FROM = 1024, IDS_FIRST = 64 };

static const char OWNER[] = "Combine(final)";

struct live_session {
    struct live_session *next;  /* of the key */
    struct live_session *taken; /* sessions whose memory this one's row points into, in a chain */
    char *key;                  /* row of the key */
    int64_t due;                /* its end when it was put into the heap */
    uint32_t id;
    bool is_dead; /* taken in: only its memory is left */
    struct group_store store;
    size_t size;
    char row[];
};

struct live_sessions {
    struct live *live;
    struct group_store key_store;
    struct group_table keys; /* rows whose GROUP_OLDER_AT points at the key's sessions */
    uint64_t n_busy;         /* keys with sessions */
    struct live_session **by_id;
    uint32_t *free_ids, *heap_items;
    size_t n_ids, n_free, capacity;
    struct heap heap;
    char *key_rows[GROUP_SLICE];
};

static int64_t gap_of(const struct live *live)
{
    return live->plan->assigner.size_us;
}

static int64_t end_of(const struct live *live, struct live_session *session)
{
    return *session_last(session->row) + gap_of(live);
}

static int64_t expiry_of(const struct live *live, int64_t end)
{
    return end > WATERMARK_END - 1 - live->emit->lateness_us ? WATERMARK_END - 1
                                                             : end + live->emit->lateness_us;
}

static struct live_session **sessions_of(char *key)
{
    return (struct live_session **)(void *)(key + GROUP_OLDER_AT);
}

/* ---- opening and closing ---- */

static bool is_sooner(void *context, uint32_t a, uint32_t b)
{
    const struct live_sessions *s = context;
    return s->by_id[a]->due < s->by_id[b]->due;
}

enum status live_sessions_open(struct live *live, struct error *error)
{
    void *block;
    TRY(block_alloc(&block, sizeof(struct live_sessions), live->budget, OWNER, error));
    struct live_sessions *s = live->sessions = block;
    s->live = live;
    s->heap = (struct heap){.less = is_sooner, .context = s};
    group_table_init(&s->keys, 0, false);
    return group_store_init(&s->key_store, &live->plan->layout, live->plan->context, OWNER, error);
}

static void session_free(struct live *live, struct live_session *session)
{
    while (session) {
        struct live_session *next = session->taken;
        group_store_fini(&session->store);
        block_free(session, session->size, live->budget);
        session = next;
    }
}

void live_sessions_close(struct live *live)
{
    struct live_sessions *s = live->sessions;
    if (!s)
        return;
    for (size_t i = 0; i < s->n_ids; i++) {
        struct live_session *session = s->by_id[i];
        if (session && !session->is_dead)
            session_free(live, session);
    }
    block_free(s->by_id, s->capacity * sizeof(*s->by_id), live->budget);
    block_free(s->free_ids, s->capacity * sizeof(*s->free_ids), live->budget);
    block_free(s->heap_items, s->capacity * sizeof(*s->heap_items), live->budget);
    group_table_fini(&s->key_store, &s->keys);
    group_store_fini(&s->key_store);
    block_free(s, sizeof(*s), live->budget);
    live->sessions = NULL;
}

/* ---- the heap ---- */

static enum status reserve_ids(struct live_sessions *s, struct error *error)
{
    struct budget *budget = s->live->budget;
    size_t old = s->capacity, more = MAX(old * 2, (size_t)IDS_FIRST);
    void *by_id = s->by_id, *free_ids = s->free_ids, *items = s->heap_items;
    if (s->n_ids < s->capacity)
        return STATUS_OK;
    if (more > UINT32_MAX / 2)
        return error_set(error, STATUS_LIMIT, "too many sessions are open");
    TRY(block_grow(&by_id, old * sizeof(*s->by_id), more * sizeof(*s->by_id), budget, OWNER,
                   error));
    s->by_id = by_id;
    TRY(block_grow(&free_ids, old * sizeof(*s->free_ids), more * sizeof(*s->free_ids), budget,
                   OWNER, error));
    s->free_ids = free_ids;
    TRY(block_grow(&items, old * sizeof(*s->heap_items), more * sizeof(*s->heap_items), budget,
                   OWNER, error));
    s->heap_items = s->heap.items = items;
    s->capacity = more;
    return STATUS_OK;
}

/* An id for the session, and its place in the heap. */
static enum status enlist(struct live_sessions *s, struct live_session *session,
                          struct error *error)
{
    if (!s->n_free)
        TRY(reserve_ids(s, error));
    session->id = s->n_free ? s->free_ids[--s->n_free] : (uint32_t)s->n_ids++;
    s->by_id[session->id] = session;
    session->due = end_of(s->live, session);
    heap_push(&s->heap, session->id);
    s->live->next_event = MIN(s->live->next_event, expiry_of(s->live, session->due));
    return STATUS_OK;
}

static void delist(struct live_sessions *s, struct live_session *session)
{
    s->by_id[session->id] = NULL;
    s->free_ids[s->n_free++] = session->id;
}

/* The next session that has expired, taken out of the heap; NULL: none. */
static struct live_session *next_due(struct live_sessions *s, int64_t watermark)
{
    while (s->heap.count) {
        struct live_session *session = s->by_id[s->heap.items[0]];
        if (expiry_of(s->live, session->due) > watermark)
            return NULL;
        heap_pop(&s->heap);
        if (session->is_dead) {
            delist(s, session);
        } else if (session->due == end_of(s->live, session)) {
            delist(s, session);
            return session;
        } else {
            session->due = end_of(s->live, session);
            heap_push(&s->heap, session->id);
        }
    }
    return NULL;
}

/* ---- expiry ---- */

static void unhang(struct live_sessions *s, struct live_session *session)
{
    struct live_session **place = sessions_of(session->key);
    while (*place != session)
        place = &(*place)->next;
    *place = session->next;
    if (!*sessions_of(session->key))
        s->n_busy--;
}

enum status live_sessions_expire(struct live *live, int64_t watermark, struct error *error)
{
    struct live_sessions *s = live->sessions;
    struct live_session *expired = NULL, *session;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (session = next_due(s, watermark)) != NULL) {
        unhang(s, session);
        session->next = expired;
        expired = session;
        status = combine_list_add(live->plan, &live->rows, session->row, error);
    }
    if (status == STATUS_OK && live->rows.n)
        status = combine_list_sort(live->plan, &live->rows, error);
    if (status == STATUS_OK)
        status = live_put_rows(live, error);
    live->rows.n = 0;
    while (expired) {
        session = expired;
        expired = session->next;
        session_free(live, session);
    }
    live->next_event =
        s->heap.count ? expiry_of(live, s->by_id[s->heap.items[0]]->due) : WATERMARK_END;
    return status;
}

/* ---- rows ---- */

static enum status session_new(struct live_sessions *s, struct group_keys *keys, size_t i,
                               int64_t ts, struct live_session **out, struct error *error)
{
    const struct group_layout *layout = &s->live->plan->layout;
    size_t size = sizeof(struct live_session) + layout->row_size;
    char *key = s->key_rows[i];
    void *block;
    TRY(block_alloc(&block, size, s->live->budget, OWNER, error));
    struct live_session *session = block;
    session->size = size;
    session->key = key;
    memcpy(session->row, layout->initial, layout->row_size);
    *session_first(session->row) = *session_last(session->row) = ts;
    enum status status =
        group_store_init(&session->store, layout, s->live->plan->context, OWNER, error);
    if (status == STATUS_OK)
        status = group_key_store(&session->store, session->row, keys, i, error);
    if (status == STATUS_OK)
        status = enlist(s, session, error);
    if (status != STATUS_OK) {
        session_free(s->live, session);
        return status;
    }
    session->next = *sessions_of(key);
    if (!session->next)
        s->n_busy++;
    *sessions_of(key) = session;
    *out = session;
    return STATUS_OK;
}

static bool touches(struct live_session *session, int64_t ts, int64_t gap)
{
    return ts > *session_first(session->row) - gap && ts < *session_last(session->row) + gap;
}

/* `other` becomes part of `session`; its memory stays for what is shared with it. */
static enum status take_in(struct live_sessions *s, struct live_session *session,
                           struct live_session *other, struct error *error)
{
    struct live_session *tail = other;
    unhang(s, other);
    other->is_dead = true;
    while (tail->taken)
        tail = tail->taken;
    tail->taken = session->taken;
    session->taken = other;
    *session_first(session->row) = MIN(*session_first(session->row), *session_first(other->row));
    *session_last(session->row) = MAX(*session_last(session->row), *session_last(other->row));
    return group_merge_row(&session->store, session->row, other->row, error);
}

/* The session of a row, made or grown for it; NULL: it would have expired. */
static enum status place_row(struct live_sessions *s, struct group_keys *keys, size_t i, int64_t ts,
                             int64_t watermark, struct live_session **out, struct error *error)
{
    int64_t gap = gap_of(s->live), last = ts;
    struct live_session *first = NULL, *next;
    *out = NULL;
    if (UNLIKELY(ts <= INT64_MIN / 2 || ts >= INT64_MAX / 2))
        return error_set(error, STATUS_VALUE,
                         "event time out of range for windows: %lld microseconds", (long long)ts);
    for (struct live_session *x = *sessions_of(s->key_rows[i]); x; x = x->next)
        if (touches(x, ts, gap)) {
            first = first ? first : x;
            last = MAX(last, *session_last(x->row));
        }
    if (expiry_of(s->live, last + gap) <= watermark)
        return STATUS_OK;
    if (!first)
        return session_new(s, keys, i, ts, out, error);
    for (struct live_session *x = first->next; x; x = next) {
        next = x->next;
        if (touches(x, ts, gap))
            TRY(take_in(s, first, x, error));
    }
    *session_first(first->row) = MIN(*session_first(first->row), ts);
    *session_last(first->row) = MAX(*session_last(first->row), ts);
    *out = first;
    return STATUS_OK;
}

enum status live_sessions_find(struct live *live, struct group_keys *keys, struct error *error)
{
    struct live_sessions *s = live->sessions;
    return group_table_find(&s->key_store, &s->keys, keys, NULL, 0, keys->n, s->key_rows, NULL,
                            error);
}

enum status live_sessions_add(struct live *live, struct group_keys *keys, size_t i, int64_t ts,
                              int64_t watermark, uint64_t stamp, struct error *error)
{
    struct live_session *session;
    TRY(place_row(live->sessions, keys, i, ts, watermark, &session, error));
    if (!session) {
        live->late++;
        return STATUS_OK;
    }
    char *row = session->row;
    return live_update(live, &session->store, stamp, keys->at + i, 1, &row, error);
}

/* ---- keys that are idle ---- */

static enum status rehang(struct live_sessions *s, struct group_store *store,
                          struct group_table *table, char *const *rows, size_t n,
                          struct error *error)
{
    struct group_keys keys;
    group_keys_of_rows(&s->live->plan->layout, rows, n, &s->live->state->scratch, &keys);
    keys.shared = false;
    TRY(group_table_find(store, table, &keys, NULL, 0, n, s->key_rows, NULL, error));
    for (size_t i = 0; i < n; i++) {
        *sessions_of(s->key_rows[i]) = *sessions_of(rows[i]);
        for (struct live_session *x = *sessions_of(rows[i]); x; x = x->next)
            x->key = s->key_rows[i];
    }
    return STATUS_OK;
}

static enum status copy_keys(struct live_sessions *s, struct group_store *store,
                             struct group_table *table, struct error *error)
{
    const struct group_layout *layout = &s->live->plan->layout;
    char *rows[GROUP_SLICE];
    size_t n = 0;
    for (struct group_chunk *chunk = s->keys.rows.first; chunk; chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->used; i++) {
            char *row = group_chunk_row(layout, chunk, i);
            if (!*sessions_of(row))
                continue;
            rows[n++] = row;
            if (n == GROUP_SLICE) {
                TRY(rehang(s, store, table, rows, n, error));
                n = 0;
            }
        }
    return n ? rehang(s, store, table, rows, n, error) : STATUS_OK;
}

enum status live_sessions_sweep(struct live *live, struct error *error)
{
    struct live_sessions *s = live->sessions;
    struct group_store store;
    struct group_table table;
    if (s->keys.rows.count < SWEEP_FROM || s->n_busy > s->keys.rows.count / 2)
        return STATUS_OK;
    TRY(group_store_init(&store, &live->plan->layout, live->plan->context, OWNER, error));
    group_table_init(&table, 0, false);
    TRY(copy_keys(s, &store, &table, error));
    group_table_fini(&s->key_store, &s->keys);
    group_store_fini(&s->key_store);
    s->key_store = store;
    s->keys = table;
    return STATUS_OK;
}
