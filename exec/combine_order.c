/* combine_order.c - output order of group rows.
 *
 * Rows mostly come in order, or as a few runs of it (states, panes, shards): runs are merged. Where there are many, as
 * with sessions, rows are sorted by radix on the first key, and runs of equal keys by merging. */
#include "exec/combine_int.h"

enum { RUNS_MAX = 32, RADIX_BITS = 11, RADIX_SIZE = 1 << RADIX_BITS };

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

static uint64_t run_end(char **rows, uint64_t at, uint64_t n, struct order order)
{
    uint64_t end = at + 1;
    while (end < n && !row_before(rows[end], rows[end - 1], order))
        end++;
    return end;
}

static bool has_many_runs(char **rows, uint64_t n, struct order order)
{
    unsigned runs = 0;
    for (uint64_t at = 0; at < n && runs <= RUNS_MAX; runs++)
        at = run_end(rows, at, n, order);
    return runs > RUNS_MAX;
}

/* Merges neighbouring runs until there is one; *out: the rows, in `rows` or in `spare`. */
static enum status merge_runs(const struct context *context, char **rows, char **spare, uint64_t n,
                              struct order order, char ***out, struct error *error)
{
    for (bool merged = true; merged;) {
        merged = false;
        for (uint64_t at = 0; at < n;) {
            uint64_t middle = run_end(rows, at, n, order);
            if (at == 0 && middle == n)
                break;
            TRY(context_check(context, error));
            uint64_t end = middle < n ? run_end(rows, middle, n, order) : n;
            uint64_t a = at, b = middle;
            for (uint64_t i = at; i < end; i++)
                spare[i] = b >= end || (a < middle && !row_before(rows[b], rows[a], order))
                               ? rows[a++]
                               : rows[b++];
            at = end;
            merged = true;
        }
        char **swap = rows;
        rows = merged ? spare : rows;
        spare = merged ? swap : spare;
    }
    *out = rows;
    return STATUS_OK;
}

/* ---- Radix ---- */

struct keyed {
    uint64_t key;
    char *row;
};

/* Passes of RADIX_BITS from the lowest bit on, over the bits in which keys differ. Stable. */
static struct keyed *radix_sort(const struct context *context, struct keyed *from, struct keyed *to,
                                uint64_t n, uint64_t range)
{
    for (unsigned shift = 0; shift < 64 && range >> shift && !context_cancelled(context);
         shift += RADIX_BITS) {
        uint64_t counts[RADIX_SIZE] = {0}, sum = 0;
        for (uint64_t i = 0; i < n; i++)
            counts[from[i].key >> shift & (RADIX_SIZE - 1)]++;
        for (size_t i = 0; i < RADIX_SIZE; i++) {
            uint64_t count = counts[i];
            counts[i] = sum;
            sum += count;
        }
        for (uint64_t i = 0; i < n; i++)
            to[counts[from[i].key >> shift & (RADIX_SIZE - 1)]++] = from[i];
        struct keyed *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* By the first key; then the rows of each equal key among themselves. */
static enum status sort_by_radix(const struct combine_plan *plan, struct row_list *list,
                                 char **spare, struct order order, struct error *error)
{
    uint64_t n = list->n;
    size_t size = n * 2 * sizeof(struct keyed);
    void *block;
    TRY(block_alloc(&block, size, plan->context->budget, "Combine(final)", error));
    struct keyed *keyed = block;
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    for (uint64_t i = 0; i < n; i++) {
        int64_t key = first_key(list->rows[i], order);
        keyed[i] = (struct keyed){(uint64_t)key, list->rows[i]};
        least = MIN(least, key);
        greatest = MAX(greatest, key);
    }
    for (uint64_t i = 0; i < n; i++)
        keyed[i].key -= (uint64_t)least;
    const struct context *context = plan->context;
    struct keyed *sorted =
        radix_sort(context, keyed, keyed + n, n, (uint64_t)greatest - (uint64_t)least);
    enum status status = context_check(context, error);
    for (uint64_t i = 0; i < n; i++)
        list->rows[i] = sorted[i].row;
    for (uint64_t at = 0, end; at < n && status == STATUS_OK; at = end) {
        for (end = at + 1; end < n && sorted[end].key == sorted[at].key;)
            end++;
        char **merged = list->rows + at;
        if (end - at > 1)
            status = merge_runs(context, list->rows + at, spare, end - at, order, &merged, error);
        if (merged == spare)
            memcpy(list->rows + at, spare, (end - at) * sizeof(char *));
    }
    block_free(block, size, plan->context->budget);
    return status;
}

enum status combine_list_sort(const struct combine_plan *plan, struct row_list *list,
                              struct error *error)
{
    const struct order order = {plan->layout.session, plan->layout.windowed};
    if (list->n < 2 || run_end(list->rows, 0, list->n, order) == list->n)
        return STATUS_OK;
    TRY(context_check(plan->context, error));
    struct row_list spare = {0};
    TRY(combine_list_reserve(plan, &spare, list->n, error));
    enum status status;
    char **sorted = list->rows;
    if (has_many_runs(list->rows, list->n, order))
        status = sort_by_radix(plan, list, spare.rows, order, error);
    else
        status = merge_runs(plan->context, list->rows, spare.rows, list->n, order, &sorted, error);
    if (status == STATUS_OK && sorted == spare.rows) {
        struct row_list swap = *list;
        spare.n = list->n;
        *list = spare;
        spare = swap;
    }
    combine_list_fini(plan, &spare);
    return status;
}
