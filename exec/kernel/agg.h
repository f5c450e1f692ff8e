/* agg.h - accumulators: what an aggregate keeps of the rows of a group, as typed loops over columns.
 *
 * A group is a row of fixed size (exec/group_state.h); an accumulator is a few bytes of it at a fixed offset,
 * 8-byte aligned, and starts as a copy of its kernel's `initial` bytes. One kernel serves several aggregates:
 * sum, avg and count of one argument share {sum, count}.
 *
 *   update  takes rows [at, at + n) of a batch into the accumulators of rows[0..n), or all into `one`
 *   merge   adds the accumulator `from` to `into`; `from` is not changed and must stay alive and unchanged as
 *           long as `into` (texts are shared, not copied)
 *   finish  writes the results of n groups into a column
 *
 * Answers do not depend on how rows were cut into batches or spread over states: integer and decimal sums are
 * exact; sums of doubles keep the rounding errors of every addition (Neumaier, "Rundungsfehleranalyse
 * einiger Verfahren zur Summation endlicher Summen", 1974, with Knuth's TwoSum), which is exact as long as
 * the errors' own sum fits 53 bits; variances come from power sums of that kind. What follows input order
 * carries the row's stamp. Text that is kept is copied to the state's heap. */
#ifndef AGG_H
#define AGG_H

#include "base/context.h"
#include "planner/function.h"
#include "storage/column.h"

/* ---- Memory that accumulators and keys hold outside their row ---- */

/* Grows only; freed as a whole. Every chunk is charged to the budget. */
struct agg_heap {
    struct budget *budget;
    const char *owner;
    struct agg_chunk *chunks;
    char *at;
    size_t left, next_size;
};
void agg_heap_init(struct agg_heap *heap, struct budget *budget, const char *owner);
void agg_heap_fini(struct agg_heap *heap);
/* Zeroed, 8-byte aligned. */
MUST_CHECK enum status agg_heap_alloc(struct agg_heap *heap, size_t size, void **out,
                                      struct error *error);
/* A text whose bytes lie in the heap (or in the view itself). */
MUST_CHECK enum status agg_heap_text(struct agg_heap *heap, const struct text *text,
                                     struct text *out, struct error *error);

/* ---- Accumulators ---- */

struct agg_kernel;
struct agg_set;

/* An accumulator as planned: read-only, shared by all threads. */
struct agg {
    const struct agg_kernel *kernel;
    struct type type, by_type; /* of the arguments */
    uint8_t physical, by_physical;
    uint8_t id;              /* enum aggregate_id that it was made for */
    struct str separator;    /* string_agg */
    const struct agg *inner; /* of a DISTINCT set: what its values are fed to at the end */
};

struct agg_call {
    const struct agg *agg;
    const void *values;    /* FLAT values of the argument, from row 0 of the batch; NULL: none */
    const void *by;        /* of arg_min's and arg_max's second argument */
    const uint8_t *counts; /* a bit a row: rows that count (filter, NULL arguments); NULL: all */
    const uint8_t
        *valid;     /* validity of `values` where NULLs are kept (first, last, arg_min, arg_max) */
    uint64_t stamp; /* input order of row 0 of the batch */
    size_t at, n;
    char *const *rows; /* group row of each of the n rows, or NULL: all belong to `one` */
    char *one;
    size_t offset; /* of the accumulator in the group row */
    struct agg_heap *heap;
    struct agg_set *set; /* DISTINCT */
};

typedef enum status agg_update_fn(const struct agg_call *call, struct error *error);
typedef enum status agg_merge_fn(const struct agg *agg, char *into, const char *from,
                                 struct agg_heap *heap, struct error *error);

/* Where results go: `out` is FLAT, `text` builds its long texts. */
struct agg_output {
    const struct agg *agg;
    enum aggregate_id id;
    const char *name; /* for messages: "sum(price)" */
    const char *const *rows;
    size_t n, offset;
    struct column *out;
    struct text_builder *text;
    const struct context *context;
};
typedef enum status agg_finish_fn(const struct agg_output *output, struct error *error);

struct agg_kernel {
    uint32_t size;       /* bytes, a multiple of 8 */
    const void *initial; /* `size` bytes, NULL: zeroes */
    agg_update_fn *update;
    agg_merge_fn *merge;
    agg_finish_fn *finish;
};

enum { AGG_SIZE_MAX = 96 };

/* Picks the kernel of an aggregate over arguments of these types (n_args of them). */
MUST_CHECK enum status agg_plan(struct agg *agg, enum aggregate_id id, const struct type *types,
                                unsigned n_args, struct str separator, struct error *error);
/* Whether what `held` keeps also answers `wanted` (of the same argument, filter and DISTINCT). */
bool agg_serves(const struct agg *held, const struct agg *wanted);

/* ---- for the kernels' files ---- */

const struct agg_kernel *agg_kernel_sum(enum physical physical);
const struct agg_kernel *agg_kernel_extreme(enum aggregate_id id, enum physical physical);
const struct agg_kernel *agg_kernel_pick(enum aggregate_id id);
const struct agg_kernel *agg_kernel_arg(enum aggregate_id id, enum physical by);
extern const struct agg_kernel agg_kernel_count, agg_kernel_moments, agg_kernel_joined;

/* A loop over the rows that count: `acc` is the accumulator (of `type`), `i` the row in the batch. */
#define AGG_EACH(call, type, acc, i, body)                                      \
    do {                                                                        \
        const struct agg_call *c_ = (call);                                     \
        const size_t at_ = c_->at, end_ = c_->at + c_->n, offset_ = c_->offset; \
        const uint8_t *counts_ = c_->counts;                                    \
        if (c_->rows && !counts_) {                                             \
            for (size_t i = at_; i < end_; i++) {                               \
                type *acc = (type *)(void *)(c_->rows[i - at_] + offset_);      \
                body                                                            \
            }                                                                   \
        } else if (c_->rows) {                                                  \
            for (size_t i = at_; i < end_; i++)                                 \
                if (bits_get(counts_, i)) {                                     \
                    type *acc = (type *)(void *)(c_->rows[i - at_] + offset_);  \
                    body                                                        \
                }                                                               \
        } else {                                                                \
            type *acc = (type *)(void *)(c_->one + offset_);                    \
            for (size_t i = at_; i < end_; i++)                                 \
                if (!counts_ || bits_get(counts_, i)) {                         \
                    body                                                        \
                }                                                               \
        }                                                                       \
    } while (0)

/* Marks a row of an unpushed column NULL. */
MUST_CHECK enum status agg_put_null(struct column *out, size_t row, struct error *error);

/* A value of any type that was kept, with room for its text. */
struct agg_kept {
    union {
        uint8_t bytes[16];
        struct text text;
        struct interval interval;
    };
    char *data; /* ours to overwrite: `capacity` bytes */
    uint32_t capacity;
    uint32_t state; /* enum agg_kept_state */
};
enum agg_kept_state { KEPT_NOTHING, KEPT_NULL, KEPT_VALUE };
MUST_CHECK enum status agg_keep(struct agg_kept *kept, enum physical physical, const void *values,
                                size_t row, bool is_null, struct agg_heap *heap,
                                struct error *error);
/* Takes over a value that stays alive elsewhere. */
static inline void agg_keep_shared(struct agg_kept *kept, const struct agg_kept *from)
{
    memcpy(kept->bytes, from->bytes, sizeof(kept->bytes));
    kept->data = NULL;
    kept->capacity = 0;
    kept->state = from->state;
}
/* Writes it into the output; NULL if there is none. */
MUST_CHECK enum status agg_put_kept(const struct agg_output *output, size_t row,
                                    const struct agg_kept *kept, struct error *error);

/* Order of intervals and equality of group keys: a month is 30 days, a day 24 hours. */
static inline int128_t agg_interval_order(const struct interval *i)
{
    return ((int128_t)i->months * 30 + i->days) * 86400000000 + i->micros;
}

/* Typed order of values, as ORDER BY has it: NaN is greatest. */
#define AGG_LESS_NUMBER(a, b)   ((a) < (b))
#define AGG_LESS_FLOAT(a, b)    ((a) < (b) || ((b) != (b) && (a) == (a)))
#define AGG_LESS_TEXT(a, b)     (text_compare(&(a), &(b)) < 0)
#define AGG_LESS_INTERVAL(a, b) (agg_interval_order(&(a)) < agg_interval_order(&(b)))

#endif
