/* cast_int.h - one cast of one column, shared by the files cast*.c. */
#ifndef CAST_INT_H
#define CAST_INT_H

#include "exec/kernel/kernel_int.h"

struct cast {
    const struct column *in; /* read from 0 to rows, whatever its encoding */
    struct column *out;      /* FLAT; validity is the input's */
    size_t rows;             /* stored values: 1 for constants */
    bool is_try;
    const struct time_zone *zone;
    const struct context *context;
    struct error *error;
};

typedef enum status cast_fn(struct cast *cast);

static inline bool cast_row_valid(const struct cast *cast, size_t row)
{
    return !cast->in->validity || bits_get(cast->in->validity, row);
}
/* The value of a valid row does not fit: NULL for TRY_CAST, else the error with the value in it. */
MUST_CHECK enum status cast_refuse(struct cast *cast, size_t row);
/* The functions for one pair of types; NULL where there is no such cast. */
cast_fn *cast_number_find(struct type from, struct type to);
cast_fn *cast_time_find(struct type from, struct type to);
cast_fn *cast_from_text_find(struct type from, struct type to);
/* Anything to VARCHAR or JSON. */
cast_fn cast_to_text, cast_to_json;

#endif
