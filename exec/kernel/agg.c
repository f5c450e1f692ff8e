/* agg.c - which kernel an aggregate takes, and the memory that accumulators share. */
#include "exec/kernel/agg.h"

/* ---- The heap ---- */

enum { HEAP_FIRST = 1024, HEAP_MAX = 8 * 1024 * 1024 };

struct agg_chunk {
    struct agg_chunk *next;
    size_t size; /* of the whole block */
};

void agg_heap_init(struct agg_heap *heap, struct budget *budget, const char *owner)
{
    *heap = (struct agg_heap){.budget = budget, .owner = owner, .next_size = HEAP_FIRST};
}

void agg_heap_fini(struct agg_heap *heap)
{
    struct agg_chunk *chunk = heap->chunks;
    while (chunk) {
        struct agg_chunk *next = chunk->next;
        block_free(chunk, chunk->size, heap->budget);
        chunk = next;
    }
    heap->chunks = NULL;
    heap->at = NULL;
    heap->left = 0;
}

static NOINLINE enum status heap_grow(struct agg_heap *heap, size_t size, struct error *error)
{
    size_t wanted = MAX(heap->next_size, size + sizeof(struct agg_chunk));
    void *block;
    TRY(block_alloc(&block, wanted, heap->budget, heap->owner, error));
    struct agg_chunk *chunk = block;
    chunk->size = wanted;
    chunk->next = heap->chunks;
    heap->chunks = chunk;
    heap->at = (char *)block + sizeof(struct agg_chunk);
    heap->left = wanted - sizeof(struct agg_chunk);
    heap->next_size = MIN(heap->next_size * 2, (size_t)HEAP_MAX);
    return STATUS_OK;
}

enum status agg_heap_alloc(struct agg_heap *heap, size_t size, void **out, struct error *error)
{
    size = round_up(size, 8);
    if (UNLIKELY(size > heap->left))
        TRY(heap_grow(heap, size, error));
    *out = heap->at;
    heap->at += size;
    heap->left -= size;
    return STATUS_OK;
}

enum status agg_heap_text(struct agg_heap *heap, const struct text *text, struct text *out,
                          struct error *error)
{
    if (text->length <= TEXT_INLINE) {
        *out = *text;
        return STATUS_OK;
    }
    void *data;
    TRY(agg_heap_alloc(heap, text->length, &data, error));
    memcpy(data, text->data, text->length);
    *out = text_view(data, text->length);
    return STATUS_OK;
}

/* ---- Values that are kept ---- */

/* Overwrites the text in place while it fits: a column of rising texts must not fill the heap. */
static enum status keep_text(struct agg_kept *kept, const struct text *text, struct agg_heap *heap,
                             struct error *error)
{
    kept->state = KEPT_VALUE;
    if (text->length <= TEXT_INLINE) {
        kept->text = *text;
        return STATUS_OK;
    }
    if (text->length > kept->capacity) {
        uint32_t wanted =
            (uint32_t)MIN(round_up((size_t)text->length * 3 / 2, 16), (size_t)UINT32_MAX);
        void *data;
        kept->state = KEPT_NOTHING;
        TRY(agg_heap_alloc(heap, wanted, &data, error));
        kept->state = KEPT_VALUE;
        kept->data = data;
        kept->capacity = wanted;
    }
    memcpy(kept->data, text->data, text->length);
    kept->text = text_view(kept->data, text->length);
    return STATUS_OK;
}

enum status agg_keep(struct agg_kept *kept, enum physical physical, const void *values, size_t row,
                     bool is_null, struct agg_heap *heap, struct error *error)
{
    if (is_null) {
        kept->state = KEPT_NULL;
        return STATUS_OK;
    }
    if (physical == PHYSICAL_TEXT)
        return keep_text(kept, (const struct text *)values + row, heap, error);
    size_t size = physical_size(physical);
    memcpy(kept->bytes, (const char *)values + row * size, size);
    kept->state = KEPT_VALUE;
    return STATUS_OK;
}

enum status agg_put_null(struct column *out, size_t row, struct error *error)
{
    TRY(column_add_validity(out, error));
    bits_clear(out->validity, row);
    memset((char *)out->data + row * type_size(out->type), 0, type_size(out->type));
    return STATUS_OK;
}

enum status agg_put_kept(const struct agg_output *output, size_t row, const struct agg_kept *kept,
                         struct error *error)
{
    struct column *out = output->out;
    if (kept->state != KEPT_VALUE)
        return agg_put_null(out, row, error);
    if (type_is_text(out->type))
        return text_builder_put(output->text, row, text_data(&kept->text), kept->text.length,
                                error);
    size_t size = type_size(out->type);
    memcpy((char *)out->data + row * size, kept->bytes, size);
    return STATUS_OK;
}

/* ---- Which kernel ---- */

static const struct agg_kernel *kernel_of(enum aggregate_id id, const struct agg *agg)
{
    switch (id) {
    case AGGREGATE_COUNT_STAR:
    case AGGREGATE_COUNT:
        return &agg_kernel_count;
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
    case AGGREGATE_TOTAL:
        return agg_kernel_sum(agg->physical);
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
    case AGGREGATE_BOOL_AND:
    case AGGREGATE_BOOL_OR:
        return agg_kernel_extreme(id, agg->physical);
    case AGGREGATE_STDDEV_SAMP:
    case AGGREGATE_STDDEV_POP:
    case AGGREGATE_VAR_SAMP:
    case AGGREGATE_VAR_POP:
        return agg->physical == PHYSICAL_F64 ? &agg_kernel_moments : NULL;
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST:
    case AGGREGATE_ANY_VALUE:
        return agg_kernel_pick(id);
    case AGGREGATE_STRING_AGG:
        return agg->physical == PHYSICAL_TEXT ? &agg_kernel_joined : NULL;
    case AGGREGATE_ARG_MIN:
    case AGGREGATE_ARG_MAX:
        return agg_kernel_arg(id, agg->by_physical);
    case AGGREGATE_COUNT_:
        break;
    }
    return NULL;
}

enum status agg_plan(struct agg *agg, enum aggregate_id id, const struct type *types,
                     unsigned n_args, struct str separator, struct error *error)
{
    *agg = (struct agg){.id = (uint8_t)id, .separator = separator};
    agg->type = n_args > 0 ? types[0] : type_of(TYPE_NULL);
    agg->by_type = n_args > 1 ? types[1] : type_of(TYPE_NULL);
    agg->physical = (uint8_t)type_physical(agg->type);
    agg->by_physical = (uint8_t)type_physical(agg->by_type);
    agg->kernel = kernel_of(id, agg);
    if (!agg->kernel) {
        char name[TYPE_NAME_SIZE];
        return error_set(error, STATUS_UNSUPPORTED, "not supported yet: %s of %s",
                         aggregate_info[id].name, type_name(agg->type, name));
    }
    assert(agg->kernel->size <= AGG_SIZE_MAX && agg->kernel->size % 8 == 0);
    return STATUS_OK;
}

bool agg_serves(const struct agg *held, const struct agg *wanted)
{
    if (held->physical != wanted->physical || held->by_physical != wanted->by_physical ||
        !type_equal(held->type, wanted->type) || !type_equal(held->by_type, wanted->by_type) ||
        (held->inner != NULL) != (wanted->inner != NULL) ||
        !str_equal(held->separator, wanted->separator))
        return false;
    if (held->inner)
        return held->inner->kernel == wanted->inner->kernel || wanted->id == AGGREGATE_COUNT;
    if (held->kernel == wanted->kernel)
        return true;
    return wanted->kernel == &agg_kernel_count && held->kernel == agg_kernel_sum(held->physical) &&
           held->id != AGGREGATE_COUNT && held->id != AGGREGATE_COUNT_STAR;
}
