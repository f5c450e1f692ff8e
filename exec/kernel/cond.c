/* cond.c - functions that choose among their arguments: coalesce, nullif, iif, greatest, least, max, min. */
#include "exec/kernel/loop.h"

/* Copies the value of one argument's row to the output; text goes by its view, the memory is shared. */
static inline void copy_value(struct column *out, size_t row, const struct column *from,
                              size_t size)
{
    memcpy((char *)out->data + row * size,
           (const char *)from->data + column_index(from, row) * size, size);
}

static enum status share_all(struct kernel_call *call, uint32_t first, struct error *error)
{
    if (type_is_text(call->out->type))
        for (uint32_t i = first; i < call->n_args; i++)
            TRY(column_share_heaps(call->out, call->args[i], error));
    return STATUS_OK;
}

static enum status put_null(struct kernel_call *call, size_t row, struct error *error)
{
    size_t size = type_size(call->out->type);
    memset((char *)call->out->data + row * size, 0, size);
    return kernel_set_null(call, row, error);
}

/* The value for a row where the first argument is NULL. */
static enum status coalesce_row(struct kernel_call *call, size_t row, size_t size,
                                struct error *error)
{
    for (uint32_t arg = 1; arg < call->n_args; arg++)
        if (!column_is_null(call->args[arg], row)) {
            copy_value(call->out, row, call->args[arg], size);
            return STATUS_OK;
        }
    return put_null(call, row, error);
}

/* The first argument whole, then what is NULL in it. */
enum status cond_coalesce(struct kernel_call *call, struct error *error)
{
    const struct column *first = call->args[0];
    size_t size = type_size(call->out->type);
    TRY(share_all(call, 0, error));
    if (!column_is_constant(first)) {
        memcpy(call->out->data, first->data, call->rows * size);
        for (size_t at = 0; first->validity && at < call->rows; at += 64) {
            uint64_t valid;
            memcpy(&valid, first->validity + at / 8, 8);
            size_t n = MIN(call->rows - at, (size_t)64);
            uint64_t missing = ~valid & (n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1);
            for (; missing; missing &= missing - 1)
                TRY(coalesce_row(call, at + (unsigned)__builtin_ctzll(missing), size, error));
        }
        return STATUS_OK;
    }
    bool is_null = column_is_null(first, 0);
    for (size_t i = 0; i < call->rows; i++)
        if (is_null)
            TRY(coalesce_row(call, i, size, error));
        else
            copy_value(call->out, i, first, size);
    return STATUS_OK;
}

static int compare_args(const struct kernel_call *call, uint32_t a, uint32_t b, size_t row)
{
    return column_compare(call->args[a], column_index(call->args[a], row), call->args[b],
                          column_index(call->args[b], row));
}

enum status cond_nullif(struct kernel_call *call, struct error *error)
{
    size_t size = type_size(call->out->type);
    TRY(share_all(call, 0, error));
    for (size_t i = 0; i < call->rows; i++) {
        bool null_a = column_is_null(call->args[0], i), null_b = column_is_null(call->args[1], i);
        if (null_a || (!null_b && compare_args(call, 0, 1, i) == 0))
            TRY(put_null(call, i, error));
        else
            copy_value(call->out, i, call->args[0], size);
    }
    return STATUS_OK;
}

/* A number of DECIMAL or BIGINT type against one of a wider type: the first keeps its type, as in SQLite. */
static bool mixed_equal(const struct kernel_call *call, size_t row)
{
    const struct column *a = call->args[0], *b = call->args[1];
    int128_t unit = a->type.id == TYPE_DECIMAL ? kernel_pow10(a->type.scale) : 1, scaled;
    int128_t x = a->type.id == TYPE_DECIMAL ? column_decimal(a, row) : kernel_i64(call, 0, row);
    if (b->type.id == TYPE_DOUBLE)
        return (double)x / (double)unit == kernel_f64(call, 1, row);
    return !__builtin_mul_overflow(x, kernel_pow10(b->type.scale), &scaled) &&
           scaled == column_decimal(b, row);
}

enum status cond_nullif_mixed(struct kernel_call *call, struct error *error)
{
    size_t size = type_size(call->out->type);
    for (size_t i = 0; i < call->rows; i++) {
        bool null_a = column_is_null(call->args[0], i), null_b = column_is_null(call->args[1], i);
        if (null_a || (!null_b && mixed_equal(call, i)))
            TRY(put_null(call, i, error));
        else
            copy_value(call->out, i, call->args[0], size);
    }
    return STATUS_OK;
}

enum status cond_iif(struct kernel_call *call, struct error *error)
{
    size_t size = type_size(call->out->type);
    const struct column *condition = call->args[0];
    TRY(share_all(call, 1, error));
    for (size_t i = 0; i < call->rows; i++) {
        bool is_true = !column_is_null(condition, i) &&
                       ((const uint8_t *)condition->data)[column_index(condition, i)];
        uint32_t arg = is_true ? 1 : 2;
        if (arg < call->n_args && !column_is_null(call->args[arg], i))
            copy_value(call->out, i, call->args[arg], size);
        else
            TRY(put_null(call, i, error));
    }
    return STATUS_OK;
}

/* The greatest (sign 1) or least (sign -1) of the arguments that are not NULL. */
static enum status extreme(struct kernel_call *call, int sign, struct error *error)
{
    size_t size = type_size(call->out->type);
    TRY(share_all(call, 0, error));
    for (size_t i = 0; i < call->rows; i++) {
        uint32_t best = UINT32_MAX;
        for (uint32_t arg = 0; arg < call->n_args; arg++) {
            if (column_is_null(call->args[arg], i))
                continue;
            if (best == UINT32_MAX || compare_args(call, arg, best, i) * sign > 0)
                best = arg;
        }
        if (best == UINT32_MAX)
            TRY(put_null(call, i, error));
        else
            copy_value(call->out, i, call->args[best], size);
    }
    return STATUS_OK;
}

enum status cond_greatest(struct kernel_call *call, struct error *error)
{
    return extreme(call, 1, error);
}
enum status cond_least(struct kernel_call *call, struct error *error)
{
    return extreme(call, -1, error);
}

/* max(a, b, ...) and min(a, b, ...): NULL if any argument is. */
static enum status extreme_strict(struct kernel_call *call, int sign, struct error *error)
{
    size_t size = type_size(call->out->type);
    TRY(share_all(call, 0, error));
    for (size_t i = 0; i < call->rows; i++) {
        uint32_t best = 0;
        if (kernel_row_valid(call, i))
            for (uint32_t arg = 1; arg < call->n_args; arg++)
                if (compare_args(call, arg, best, i) * sign > 0)
                    best = arg;
        copy_value(call->out, i, call->args[best], size);
    }
    return STATUS_OK;
}

enum status cond_max_of(struct kernel_call *call, struct error *error)
{
    return extreme_strict(call, 1, error);
}
enum status cond_min_of(struct kernel_call *call, struct error *error)
{
    return extreme_strict(call, -1, error);
}

/* ---- typeof ---- */

enum status cond_typeof(struct kernel_call *call, struct error *error)
{
    char name[TYPE_NAME_SIZE];
    type_name(call->args[0]->type, name);
    struct text_builder builder;
    text_builder_init(&builder, call->out, "typeof");
    for (size_t i = 0; i < call->rows; i++)
        TRY(text_builder_put(&builder, i, name, strlen(name), error));
    return STATUS_OK;
}
