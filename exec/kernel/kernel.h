/* kernel.h - typed loops over columns: one function an id of planner/function_list.h.
 *
 * What the evaluator promises: every argument is FLAT or CONSTANT, of exactly the type that the signature
 * and coercion gave, at least one row, and not all arguments are constant (such calls are computed once,
 * for one row: then all arguments are FLAT with length 1). `out` is a fresh FLAT column of call->rows rows.
 * For STRICT and NULLABLE functions out->validity is already the AND of the arguments' validities (NULL if
 * none has NULLs); values at NULL rows may be anything, and whatever is computed there is ignored, but it
 * must not fail or be undefined behaviour: a kernel that sees a possible failure checks the row's validity
 * before it reports. A NULLABLE kernel that needs to clear bits calls kernel_set_null. SELF kernels make
 * out->validity themselves.
 *
 * Kernels are thread-safe; what they keep between batches is in `state` (per worker and per call site). */
#ifndef KERNEL_H
#define KERNEL_H

#include "base/context.h"
#include "planner/function.h"
#include "storage/column.h"

struct time_zone;

/* Per worker and call site: compiled patterns, parsed formats. Freed by `fini`, if set. */
struct kernel_state {
    void *data;
    void (*fini)(void *data);
};

struct kernel_call {
    enum function_id function;
    const struct column *const *args;
    uint32_t n_args;
    size_t rows;
    struct column *out;
    struct kernel_state *state;
    const struct context *context;
    const struct time_zone *zone; /* SET time_zone */
    struct arena *arena;          /* of the worker, lives as long as the call site; for `state` */
};

typedef enum status kernel_fn(struct kernel_call *call, struct error *error);

/* By function id; a static_assert keeps it as long as the list. */
extern kernel_fn *const kernel_table[FUNCTION_COUNT];

/* Marks a row of the output NULL, making the bitmap at need. */
MUST_CHECK enum status kernel_set_null(struct kernel_call *call, size_t row, struct error *error);
/* Whether the row's result counts (valid so far). */
static inline bool kernel_row_valid(const struct kernel_call *call, size_t row)
{
    return !call->out->validity || bits_get(call->out->validity, row);
}

/* ---- casts (kernel/cast*.c) ---- */

/* Casts `in` (FLAT or CONSTANT) to `type`: a new column of the same encoding. A value that does not fit: an error
 * with the value in it, or NULL when `is_try`. Casts that SQL does not know were refused by coerce_cast_allowed. */
MUST_CHECK enum status kernel_cast(struct column *in, struct type type, bool is_try,
                                   const struct time_zone *zone, const struct context *context,
                                   struct column **out, struct error *error);
/* ---- conditions ---- */

/* BOOLEAN column (FLAT or CONSTANT) to the rows where it is true: fills `rows`, returns the count. */
size_t kernel_select_true(const struct column *condition, uint32_t *rows);
/* Hash of each row over several columns (any encoding); NULLs hash alike, equal values hash equal. */
void kernel_hash(const struct column *const *columns, uint32_t n_columns, size_t rows,
                 uint64_t *out);
/* IN (constants): `set` FLAT, without NULLs; strict part only. */
MUST_CHECK enum status kernel_in_set(const struct column *arg, const struct column *set,
                                     struct kernel_state *state, struct arena *arena,
                                     struct column *out, struct error *error);

#endif
