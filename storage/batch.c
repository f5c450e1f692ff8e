/* batch.c - making, slicing and letting go of batches; finding columns by name. */
#include "storage/batch.h"

static size_t batch_size(uint32_t n_columns)
{
    return sizeof(struct batch) + n_columns * sizeof(struct column *);
}

int schema_find(const struct schema *schema, struct str name)
{
    for (uint32_t i = 0; i < schema->n_fields; i++)
        if (str_is(name, schema->fields[i].name))
            return (int)i;
    return -1;
}

enum status batch_new(uint32_t n_columns, size_t length, uint64_t morsel, struct budget *budget,
                      struct batch **out, struct error *error)
{
    void *memory = NULL;
    TRY(block_alloc(&memory, batch_size(n_columns), budget, "batch", error));
    struct batch *batch = memory;
    atomic_init(&batch->refs, 1);
    batch->n_columns = n_columns;
    batch->length = length;
    batch->morsel = morsel;
    batch->budget = budget;
    *out = batch;
    return STATUS_OK;
}

void batch_unref(struct batch *batch)
{
    if (!batch || atomic_fetch_sub_explicit(&batch->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (uint32_t i = 0; i < batch->n_columns; i++)
        column_unref(batch->columns[i]);
    column_unref(batch->watermarks);
    block_free(batch, batch_size(batch->n_columns), batch->budget);
}

enum status batch_slice(struct batch *batch, size_t at, size_t n, struct batch **out,
                        struct error *error)
{
    assert(at <= batch->length && n <= batch->length - at);
    if (at == 0 && n == batch->length) {
        *out = batch_ref(batch);
        return STATUS_OK;
    }
    struct batch *slice = NULL;
    TRY(batch_new(batch->n_columns, n, batch->morsel, batch->budget, &slice, error));
    enum status status = STATUS_OK;
    /* A small piece is copied, so that it does not keep the whole alive. */
    bool copy = n < batch->length / 4;
    for (uint32_t i = 0; i < batch->n_columns && status == STATUS_OK; i++)
        status =
            copy ? column_slice(batch->columns[i], at, n, batch->budget, &slice->columns[i], error)
                 : column_view(batch->columns[i], at, n, batch->budget, &slice->columns[i], error);
    if (batch->watermarks && status == STATUS_OK)
        status = column_slice(batch->watermarks, at, n, batch->budget, &slice->watermarks, error);
    if (status != STATUS_OK) {
        batch_unref(slice);
        return status;
    }
    *out = slice;
    return STATUS_OK;
}

enum status batch_take_watermarks(const struct batch *from, const uint32_t *rows, size_t n,
                                  struct batch *to, struct error *error)
{
    if (!from->watermarks)
        return STATUS_OK;
    if (rows)
        return column_take(from->watermarks, rows, n, from->budget, &to->watermarks, error);
    to->watermarks = column_ref(from->watermarks);
    return STATUS_OK;
}

enum status batch_take(struct batch *batch, const uint32_t *rows, size_t n, struct batch **out,
                       struct error *error)
{
    struct batch *taken = NULL;
    TRY(batch_new(batch->n_columns, n, batch->morsel, batch->budget, &taken, error));
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < batch->n_columns && status == STATUS_OK; i++)
        status = column_take(batch->columns[i], rows, n, batch->budget, &taken->columns[i], error);
    if (status == STATUS_OK)
        status = batch_take_watermarks(batch, rows, n, taken, error);
    if (status != STATUS_OK) {
        batch_unref(taken);
        return status;
    }
    *out = taken;
    return STATUS_OK;
}

size_t batch_bytes(const struct batch *batch)
{
    size_t bytes = batch_size(batch->n_columns);
    for (uint32_t i = 0; i < batch->n_columns; i++)
        bytes += column_bytes(batch->columns[i]);
    return bytes;
}
