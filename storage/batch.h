/* batch.h - columns of equal length that travel together, and schemas that describe them.
 *
 * A batch is immutable once pushed and reference-counted. `morsel` says which slice of the input its rows
 * come from: morsels are numbered in input order, a morsel is read by one worker from start to end, and rows
 * keep their order inside it. So (morsel, order of arrival in the worker) is the input order, for whatever
 * count of threads. */
#ifndef BATCH_H
#define BATCH_H

#include "storage/column.h"

struct field {
    const char *name;
    struct type type;
    bool not_null; /* declared or known never to be NULL */
};

/* Plan-sized, in an arena, immutable. */
struct schema {
    struct field *fields;
    uint32_t n_fields;
};
/* Index of the column, ASCII case ignored, or -1. */
int schema_find(const struct schema *schema, struct str name);

enum { BATCH_ROWS_DEFAULT = 4096, BATCH_ROWS_MAX = 65536 };

struct batch {
    atomic_uint refs;
    uint32_t n_columns;
    size_t length; /* rows; a batch may have rows and no columns */
    uint64_t morsel;
    struct budget *budget;
    /* BIGINT microseconds, FLAT, one a row: how far event time had come before the row, where rows are stamped with
     * it (exec/watermark.h); else NULL. Referenced. */
    struct column *watermarks;
    struct column *columns[]; /* each referenced */
};

/* A batch of `n_columns` empty places (NULL): the maker fills them and passes the references on. */
MUST_CHECK enum status batch_new(uint32_t n_columns, size_t length, uint64_t morsel,
                                 struct budget *budget, struct batch **out, struct error *error);
static inline struct batch *batch_ref(struct batch *batch)
{
    atomic_fetch_add_explicit(&batch->refs, 1, memory_order_relaxed);
    return batch;
}
void batch_unref(struct batch *batch); /* NULL is fine */
MUST_CHECK enum status batch_slice(struct batch *batch, size_t at, size_t n, struct batch **out,
                                   struct error *error);
MUST_CHECK enum status batch_take(struct batch *batch, const uint32_t *rows, size_t n,
                                  struct batch **out, struct error *error);
/* The watermarks of the rows (NULL: all of them) for a batch that is made of them, if there are any. */
MUST_CHECK enum status batch_take_watermarks(const struct batch *from, const uint32_t *rows,
                                             size_t n, struct batch *to, struct error *error);
size_t batch_bytes(const struct batch *batch);

#endif
