/* table.c - the kernel of each function, and what all kernels use: NULL rows, text being made. */
#include "exec/kernel/kernel_int.h"

kernel_fn *const kernel_table[FUNCTION_COUNT] = {
#define K(id, fn) [FUNCTION_##id] = fn,
    KERNEL_LIST(K)
#undef K
};
static_assert(ARRAY_LENGTH(kernel_table) == FUNCTION_COUNT, "one kernel a function");

enum status kernel_set_null(struct kernel_call *call, size_t row, struct error *error)
{
    if (!call->out->validity)
        TRY(column_add_validity(call->out, error));
    bits_clear(call->out->validity, row);
    return STATUS_OK;
}

enum status kernel_out_of_range(struct error *error, const char *what)
{
    return error_set(error, STATUS_VALUE, "out of range: %s", what);
}

void text_out_init(struct text_out *out, struct kernel_call *call)
{
    text_builder_init(&out->builder, call->out, "ParDo");
    bytes_init(&out->bytes, call->context->budget, "ParDo");
}

void text_out_fini(struct text_out *out)
{
    bytes_fini(&out->bytes);
}

enum status text_out_add(struct text_out *out, const void *data, size_t length, struct error *error)
{
    if (UNLIKELY(out->bytes.length + length > KERNEL_TEXT_MAX))
        return error_set(error, STATUS_LIMIT, "text too long: more than %d bytes", KERNEL_TEXT_MAX);
    return bytes_append(&out->bytes, data, length, error);
}

enum status text_out_end(struct text_out *out, size_t row, struct error *error)
{
    return text_builder_put(&out->builder, row, out->bytes.data, out->bytes.length, error);
}

enum status text_rows(struct kernel_call *call, text_row_fn *fn, struct error *error)
{
    struct text_out out;
    text_out_init(&out, call);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < call->rows && status == STATUS_OK; i++) {
        column_put_empty(call->out, i);
        if (!kernel_row_valid(call, i))
            continue;
        text_out_begin(&out);
        status = context_check(call->context, error);
        if (status == STATUS_OK)
            status = fn(call, &out, i, error);
        if (status == STATUS_OK && kernel_row_valid(call, i))
            status = text_out_end(&out, i, error);
    }
    text_out_fini(&out);
    return status;
}
