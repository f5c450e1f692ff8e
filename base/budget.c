#include "base/budget.h"

#include <stdio.h>

void budget_init(struct budget *budget, size_t limit)
{
    *budget = (struct budget){.limit = limit};
}

/* Writes a size as people say it: "1.5 GB". */
static const char *budget_size_text(size_t size, char *out, size_t capacity)
{
    static const char *const UNITS[] = {"bytes", "KB", "MB", "GB", "TB"};
    double value = (double)size;
    size_t unit = 0;
    while (value >= 1000 && unit + 1 < ARRAY_LENGTH(UNITS)) {
        value /= 1000;
        unit++;
    }
    snprintf(out, capacity, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    return out;
}

static enum status budget_refuse(const struct budget *budget, size_t size, const char *owner,
                                 struct error *error)
{
    char wanted[32], limit[32], used[32];
    budget_size_text(size, wanted, sizeof(wanted));
    budget_size_text(budget->limit, limit, sizeof(limit));
    budget_size_text(budget_used(budget), used, sizeof(used));
    error_set(error, STATUS_MEMORY,
              "out of memory: %s needs %s more, %s of memory_limit %s are taken", owner, wanted,
              used, limit);
    error_hint(error, "SET memory_limit = '...' to raise the limit");
    return STATUS_MEMORY;
}

enum status budget_charge(struct budget *budget, size_t size, const char *owner,
                          struct error *error)
{
    size_t charge = atomic_fetch_add_explicit(&budget->charges, 1, memory_order_relaxed) + 1;
    if (UNLIKELY(charge == budget->fail_at))
        return budget_refuse(budget, size, owner, error);
    size_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);
    do {
        if (UNLIKELY(size > budget->limit || used > budget->limit - size))
            return budget_refuse(budget, size, owner, error);
    } while (!atomic_compare_exchange_weak_explicit(&budget->used, &used, used + size,
                                                    memory_order_relaxed, memory_order_relaxed));
    size_t now = used + size;
    size_t peak = atomic_load_explicit(&budget->peak, memory_order_relaxed);
    while (now > peak && !atomic_compare_exchange_weak_explicit(
                             &budget->peak, &peak, now, memory_order_relaxed, memory_order_relaxed))
        ;
    return STATUS_OK;
}

void budget_release(struct budget *budget, size_t size)
{
    /* acq_rel: whoever empties the budget may free it, after all others are done with it. */
    size_t before = atomic_fetch_sub_explicit(&budget->used, size, memory_order_acq_rel);
    assert(before >= size);
    if (before == size && size && budget->on_empty)
        budget->on_empty(budget);
}
