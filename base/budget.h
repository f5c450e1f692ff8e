/* budget.h - how much memory a query may take, and who took it.
 *
 * Data-sized memory is charged before it is allocated. A refusal is an ordinary error that names the owner
 * of the charge; the caller frees nothing and nothing has been charged. Thread-safe. */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdatomic.h>

#include "base/error.h"

struct budget {
    atomic_size_t used;
    atomic_size_t peak;
    size_t limit; /* bytes; SIZE_MAX: none */
    /* For tests: fail the charge number `fail_at` (from 1), and count charges. 0: never. */
    atomic_size_t charges;
    size_t fail_at;
    void (*on_empty)(
        struct budget *); /* called when the last charge is given back; NULL: nothing */
};

void budget_init(struct budget *budget, size_t limit);
/* Takes `size` bytes for `owner` ("Combine(partial)"), or fails with STATUS_MEMORY. */
MUST_CHECK enum status budget_charge(struct budget *budget, size_t size, const char *owner,
                                     struct error *error);
void budget_release(struct budget *budget, size_t size);
static inline size_t budget_used(const struct budget *budget)
{
    return atomic_load_explicit(&((struct budget *)budget)->used, memory_order_relaxed);
}

#endif
