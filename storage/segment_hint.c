/* segment_hint.c - what a query does not need to know: times but for their window, rows that cannot come out. */
#include <stdlib.h>

#include "storage/segment_scan_int.h"

/* ---- Intervals ---- */

/* The interval's last value, or the value itself at the end of the range. */
static int64_t interval_end(const struct scan_cut *cut, int64_t value)
{
    int64_t from_base, end;
    if (__builtin_sub_overflow(value, cut->base, &from_base))
        return value;
    int64_t into = from_base % cut->step;
    into += into < 0 ? cut->step : 0;
    return __builtin_add_overflow(value, cut->step - 1 - into, &end) ? value : end;
}

static bool zone_of_integers(const struct chunk *chunk, struct type type, int64_t *min,
                             int64_t *max)
{
    struct zone zone = segment_zone(type, chunk, 1);
    if (!zone.has_range || chunk->nulls > 0 || type_physical(type) != PHYSICAL_I64)
        return false;
    *min = zone.min.i64;
    *max = zone.max.i64;
    return true;
}

enum status scan_cut_is_constant(struct segment_reader *reader, const struct segment *segment,
                                 uint32_t batch, uint32_t column, size_t at, size_t n,
                                 const struct scan_cut *cut, bool *is_constant, int64_t *value,
                                 struct error *error)
{
    struct chunk chunk = segment_chunk(segment, batch, column);
    int64_t min, max;
    *is_constant = false;
    if (!zone_of_integers(&chunk, segment->columns[column].type, &min, &max))
        return STATUS_OK;
    *value = min;
    *is_constant = max <= interval_end(cut, min);
    if (*is_constant)
        return STATUS_OK;
    for (size_t row = 0; row < n; row += VECTOR_ROWS) {
        bool known;
        TRY(segment_read_vector_range(reader, batch, column, (uint32_t)((at + row) / VECTOR_ROWS),
                                      &known, &min, &max, error));
        if (row == 0)
            *value = min;
        int64_t end = interval_end(cut, min);
        if (!known || max > end || end != interval_end(cut, *value))
            return STATUS_OK;
    }
    *is_constant = true;
    return STATUS_OK;
}

/* ---- The first rows ---- */

static int by_best_up(const void *a, const void *b)
{
    const struct scan_morsel *x = a, *y = b;
    if (x->best != y->best)
        return x->best < y->best ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int by_best_down(const void *a, const void *b)
{
    const struct scan_morsel *x = a, *y = b;
    if (x->best != y->best)
        return x->best > y->best ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* What the rows of a chunk may reach; the extreme if that is not known. */
static int64_t best_of(const struct scan_top *top, struct type type, const struct chunk *chunk)
{
    struct zone zone = segment_zone(type, chunk, 1);
    if (!zone.has_range || (chunk->nulls > 0 && top->nulls_first))
        return top->descending ? INT64_MAX : INT64_MIN;
    return top->descending ? zone.max.i64 : zone.min.i64;
}

void scan_top_order(const struct scan_top *top, struct scan_plan *plan)
{
    for (size_t i = 0; i < plan->n_morsels; i++) {
        struct scan_morsel *morsel = &plan->morsels[i];
        const struct scan_file *file = &plan->files[morsel->file];
        int32_t column = scan_file_column(file, top->column);
        morsel->best = top->descending ? INT64_MAX : INT64_MIN;
        if (column < 0)
            continue;
        struct chunk chunk = segment_chunk(file->segment, morsel->batch, (uint32_t)column);
        morsel->best = best_of(top, file->segment->columns[column].type, &chunk);
    }
    if (plan->n_morsels > 1)
        qsort(plan->morsels, plan->n_morsels, sizeof *plan->morsels,
              top->descending ? by_best_down : by_best_up);
}

static bool has_bar(const struct scan_top *top, int64_t *value)
{
    if (!top->bar || !atomic_load_explicit(&top->bar->is_set, memory_order_acquire))
        return false;
    *value = atomic_load_explicit(&top->bar->value, memory_order_relaxed);
    return true;
}

bool scan_top_is_over(const struct scan_top *top, const struct scan_morsel *morsel)
{
    int64_t bar;
    if (!has_bar(top, &bar))
        return false;
    return top->descending ? morsel->best < bar : morsel->best > bar;
}

bool scan_top_predicate(const struct scan_top *top, struct type type, const struct chunk *chunk,
                        struct scan_predicate *out)
{
    int64_t bar;
    if (!has_bar(top, &bar) || (chunk->nulls > 0 && top->nulls_first))
        return false;
    *out = (struct scan_predicate){.column = top->column,
                                   .op = top->descending ? COMPARE_GE : COMPARE_LE,
                                   .value = {.type = type, .i64 = bar}};
    return true;
}
