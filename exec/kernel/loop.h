/* loop.h - typed loops, stamped for each way two arguments can lie: both flat, one of them constant.
 *
 * EXPR sees `x` and `y` (values) and `i` (the row) and is put into the output; STATEMENT forms may do more than
 * one thing. The loops carry no branches on NULLs, so that the compiler can vectorize them; text is read
 * only where the row is valid, since a view under NULL may point anywhere. */
#ifndef LOOP_H
#define LOOP_H

#include "exec/kernel/kernel_int.h"

#define LOOP_UNARY(call, atype, otype, EXPR)              \
    do {                                                  \
        const atype *restrict a_ = (call)->args[0]->data; \
        otype *restrict o_ = (call)->out->data;           \
        const size_t n_ = (call)->rows;                   \
        for (size_t i = 0; i < n_; i++) {                 \
            const atype x = a_[i];                        \
            o_[i] = (otype)(EXPR);                        \
        }                                                 \
    } while (0)

#define LOOP_BINARY_COLUMNS(a, b, out, rows, atype, btype, otype, EXPR) \
    do {                                                                \
        const atype *restrict a_ = (a)->data;                           \
        const btype *restrict b_ = (b)->data;                           \
        otype *restrict o_ = (out)->data;                               \
        const size_t n_ = (rows);                                       \
        if (column_is_constant(a)) {                                    \
            const atype x = a_[0];                                      \
            for (size_t i = 0; i < n_; i++) {                           \
                const btype y = b_[i];                                  \
                o_[i] = (otype)(EXPR);                                  \
            }                                                           \
        } else if (column_is_constant(b)) {                             \
            const btype y = b_[0];                                      \
            for (size_t i = 0; i < n_; i++) {                           \
                const atype x = a_[i];                                  \
                o_[i] = (otype)(EXPR);                                  \
            }                                                           \
        } else {                                                        \
            for (size_t i = 0; i < n_; i++) {                           \
                const atype x = a_[i];                                  \
                const btype y = b_[i];                                  \
                o_[i] = (otype)(EXPR);                                  \
            }                                                           \
        }                                                               \
    } while (0)

#define LOOP_BINARY(call, atype, btype, otype, EXPR)                                               \
    LOOP_BINARY_COLUMNS((call)->args[0], (call)->args[1], (call)->out, (call)->rows, atype, btype, \
                        otype, EXPR)

/* Each valid row, for work that is too much for vectors: `i` is the row. */
#define LOOP_VALID(call)                      \
    for (size_t i = 0; i < (call)->rows; i++) \
        if (kernel_row_valid((call), i))

#endif
