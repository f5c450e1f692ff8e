/* combine_order.c - output order of group rows.
 *
 * Rows mostly come in order, or as a few runs of it (states, panes, shards): runs are merged, with the keys beside the
 * rows' addresses, so that each row is fetched once. Where there are many runs, as with sessions, rows are sorted by
 * radix on the first key, and runs of equal keys by merging. */
#include "exec/combine_int.h"

/* Once cancelled a loop is left at the next look at the flag, its rows in no order: nobody reads them any more. */
enum { CHECK_ROWS = 1 << 15, RUNS_MAX = 64, RADIX_BITS = 11, RADIX_SIZE = 1 << RADIX_BITS };

/* What rows are compared by, in turn. */
struct order {
    bool session, windowed;
};

static ALWAYS_INLINE int64_t word_at(const char *row, size_t at)
{
    return *(const int64_t *)(const void *)(row + at);
}

static ALWAYS_INLINE int64_t first_key(const char *row, struct order order)
{
    if (order.session)
        return word_at(row, GROUP_LAST_AT);
    return order.windowed ? group_pane(row) : (int64_t)group_stamp(row);
}

static ALWAYS_INLINE bool row_before(const char *a, const char *b, struct order order)
{
    int64_t x = first_key(a, order), y = first_key(b, order);
    if (x != y)
        return x < y;
    if (order.session && group_pane(a) != group_pane(b))
        return group_pane(a) < group_pane(b);
    return group_stamp(a) < group_stamp(b);
}

/* ---- Runs ---- */

static uint64_t run_end(const struct context *context, char **rows, uint64_t at, uint64_t n,
                        struct order order)
{
    uint64_t end = at + 1;
    while (end < n && !row_before(rows[end], rows[end - 1], order) &&
           (end % CHECK_ROWS != 0 || !context_cancelled(context)))
        end++;
    return end;
}

/* The ends of the runs, at most RUNS_MAX of them; returns how many there are, or more. */
static unsigned find_runs(const struct context *context, char **rows, uint64_t n,
                          struct order order, uint64_t *ends)
{
    unsigned runs = 0;
    for (uint64_t at = 0; at < n; runs++) {
        if (runs == RUNS_MAX)
            return RUNS_MAX + 1;
        at = ends[runs] = run_end(context, rows, at, n, order);
    }
    return runs;
}

/* The first run [a, b) and the second [b, end), stably. */
static void merge_two(const struct context *context, char **a, char **b, char **end, char **out,
                      struct order order)
{
    char **a_end = b;
    int64_t x = first_key(*a, order), y = first_key(*b, order);
    for (uint64_t i = 1;; i++) {
        if (UNLIKELY(i % CHECK_ROWS == 0) && context_cancelled(context))
            return;
        if (y < x || (y == x && row_before(*b, *a, order))) {
            *out++ = *b++;
            if (b == end)
                break;
            y = first_key(*b, order);
        } else {
            *out++ = *a++;
            if (a == a_end)
                break;
            x = first_key(*a, order);
        }
    }
    memcpy(out, a, (size_t)(a_end - a) * sizeof(*a));
    memcpy(out + (a_end - a), b, (size_t)(end - b) * sizeof(*b));
}

/* A row with what it is ordered by; of sessions, which have a third key, only the first. */
struct ordered {
    int64_t key;
    uint64_t stamp;
    char *row;
};

static ALWAYS_INLINE bool ordered_before(const struct ordered *a, const struct ordered *b,
                                         struct order order)
{
    if (a->key != b->key)
        return a->key < b->key;
    return order.session ? row_before(a->row, b->row, order) : a->stamp < b->stamp;
}

static void merge_ordered(const struct context *context, const struct ordered *a,
                          const struct ordered *b, const struct ordered *end, struct ordered *out,
                          struct order order)
{
    const struct ordered *a_end = b;
    for (uint64_t i = 1;; i++) {
        if (UNLIKELY(i % CHECK_ROWS == 0) && context_cancelled(context))
            return;
        if (ordered_before(b, a, order)) {
            *out++ = *b++;
            if (b == end)
                break;
        } else {
            *out++ = *a++;
            if (a == a_end)
                break;
        }
    }
    memcpy(out, a, (size_t)(a_end - a) * sizeof(*a));
    memcpy(out + (a_end - a), b, (size_t)(end - b) * sizeof(*b));
}

/* The rows of the list with what they are ordered by. */
static void load_ordered(const struct context *context, const struct row_list *list,
                         struct order order, struct ordered *out)
{
    for (uint64_t i = 0; i < list->n; i++) {
        char *row = list->rows[i];
        if (UNLIKELY(i % CHECK_ROWS == 0) && context_cancelled(context))
            return;
        out[i] = (struct ordered){first_key(row, order), group_stamp(row), row};
    }
}

static enum status store_ordered(const struct context *context, const struct ordered *rows,
                                 struct row_list *list, struct error *error)
{
    TRY(context_check(context, error));
    for (uint64_t i = 0; i < list->n; i++)
        list->rows[i] = rows[i].row;
    return STATUS_OK;
}

/* Merges neighbouring runs of `list` until there is one. */
static enum status merge_runs(const struct combine_plan *plan, struct row_list *list,
                              uint64_t *ends, unsigned runs, struct order order,
                              struct error *error)
{
    uint64_t n = list->n;
    size_t size = n * 2 * sizeof(struct ordered);
    void *block;
    TRY(block_alloc(&block, size, plan->context->budget, "Combine(final)", error));
    struct ordered *rows = block, *spare = rows + n;
    load_ordered(plan->context, list, order, rows);
    enum status status = context_check(plan->context, error);
    while (runs > 1 && status == STATUS_OK) {
        unsigned merged = 0;
        uint64_t at = 0;
        for (unsigned i = 0; i < runs; i += 2) {
            uint64_t middle = ends[i], end = ends[MIN(i + 1, runs - 1)];
            if (i + 1 < runs)
                merge_ordered(plan->context, rows + at, rows + middle, rows + end, spare + at,
                              order);
            else
                memcpy(spare + at, rows + at, (end - at) * sizeof(*rows));
            at = ends[merged++] = end;
        }
        runs = merged;
        struct ordered *swap = rows;
        rows = spare;
        spare = swap;
        status = context_check(plan->context, error);
    }
    if (status == STATUS_OK)
        status = store_ordered(plan->context, rows, list, error);
    block_free(block, size, plan->context->budget);
    return status;
}

/* Rows in no order: merged one by one, then two by two, and so on. */
static enum status merge_all(const struct context *context, char **rows, char **spare, uint64_t n,
                             struct order order, char ***out, struct error *error)
{
    for (uint64_t width = 1; width < n; width *= 2) {
        TRY(context_check(context, error));
        for (uint64_t at = 0; at < n; at += 2 * width) {
            uint64_t middle = MIN(at + width, n), end = MIN(at + 2 * width, n);
            if (middle < end)
                merge_two(context, rows + at, rows + middle, rows + end, spare + at, order);
            else
                memcpy(spare + at, rows + at, (end - at) * sizeof(*rows));
        }
        char **swap = rows;
        rows = spare;
        spare = swap;
    }
    *out = rows;
    return STATUS_OK;
}

/* ---- Radix ---- */

static ALWAYS_INLINE uint64_t word_of(const struct ordered *row, bool stamp, uint64_t least)
{
    return (stamp ? row->stamp : (uint64_t)row->key) - least;
}

/* By the stamp or the key: passes of RADIX_BITS from the lowest bit on, over the bits in which they differ. Stable. */
static struct ordered *radix_sort(const struct context *context, struct ordered *from,
                                  struct ordered *to, uint64_t n, bool stamp)
{
    uint64_t least = word_of(&from[0], stamp, 0), greatest = least;
    for (uint64_t i = 1; i < n; i++) {
        if (UNLIKELY(i % CHECK_ROWS == 0) && context_cancelled(context))
            return from;
        uint64_t word = word_of(&from[i], stamp, 0);
        bool below = stamp ? word < least : (int64_t)word < (int64_t)least;
        bool above = stamp ? word > greatest : (int64_t)word > (int64_t)greatest;
        least = below ? word : least;
        greatest = above ? word : greatest;
    }
    uint64_t range = greatest - least;
    for (unsigned shift = 0; shift < 64 && range >> shift; shift += RADIX_BITS) {
        uint64_t counts[RADIX_SIZE] = {0}, sum = 0;
        for (uint64_t at = 0, end; at < n && !context_cancelled(context); at = end) {
            end = MIN(at + CHECK_ROWS, n);
            for (uint64_t i = at; i < end; i++)
                counts[word_of(&from[i], stamp, least) >> shift & (RADIX_SIZE - 1)]++;
        }
        for (size_t i = 0; i < RADIX_SIZE; i++) {
            uint64_t count = counts[i];
            counts[i] = sum;
            sum += count;
        }
        for (uint64_t at = 0, end; at < n; at = end) {
            end = MIN(at + CHECK_ROWS, n);
            if (context_cancelled(context))
                return from;
            for (uint64_t i = at; i < end; i++)
                to[counts[word_of(&from[i], stamp, least) >> shift & (RADIX_SIZE - 1)]++] = from[i];
        }
        struct ordered *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* Sessions of one end have two keys more: the rows of each equal key are merged among themselves. */
static enum status sort_ties(const struct combine_plan *plan, struct row_list *list, char **spare,
                             struct order order, struct error *error)
{
    for (uint64_t at = 0, end; at < list->n; at = end) {
        int64_t key = first_key(list->rows[at], order);
        for (end = at + 1; end < list->n && first_key(list->rows[end], order) == key;)
            end++;
        char **merged = list->rows + at;
        if (run_end(plan->context, list->rows, at, end, order) < end)
            TRY(merge_all(plan->context, list->rows + at, spare, end - at, order, &merged, error));
        if (merged == spare)
            memcpy(list->rows + at, spare, (end - at) * sizeof(char *));
    }
    return STATUS_OK;
}

static enum status sort_by_radix(const struct combine_plan *plan, struct row_list *list,
                                 char **spare, struct order order, struct error *error)
{
    uint64_t n = list->n;
    size_t size = n * 2 * sizeof(struct ordered);
    void *block;
    TRY(block_alloc(&block, size, plan->context->budget, "Combine(final)", error));
    struct ordered *rows = block, *other = rows + n;
    struct ordered *sorted = rows;
    load_ordered(plan->context, list, order, rows);
    if (!order.session && !context_cancelled(plan->context))
        sorted = radix_sort(plan->context, rows, other, n, true);
    if ((order.session || order.windowed) && !context_cancelled(plan->context))
        sorted = radix_sort(plan->context, sorted, sorted == rows ? other : rows, n, false);
    enum status status = store_ordered(plan->context, sorted, list, error);
    block_free(block, size, plan->context->budget);
    TRY(status);
    return order.session ? sort_ties(plan, list, spare, order, error) : STATUS_OK;
}

enum status combine_list_sort(const struct combine_plan *plan, struct row_list *list,
                              struct error *error)
{
    const struct order order = {plan->layout.session, plan->layout.windowed};
    uint64_t ends[RUNS_MAX];
    unsigned runs = find_runs(plan->context, list->rows, list->n, order, ends);
    TRY(context_check(plan->context, error));
    if (runs <= 1)
        return STATUS_OK;
    if (runs <= RUNS_MAX)
        return merge_runs(plan, list, ends, runs, order, error);
    struct row_list spare = {0};
    TRY(combine_list_reserve(plan, &spare, list->n, error));
    enum status status = sort_by_radix(plan, list, spare.rows, order, error);
    combine_list_fini(plan, &spare);
    return status;
}
