/* agg_join.c - string_agg: the texts of a group in input order.
 *
 * Each text is kept with its stamp in a list of blocks; lists are joined as they are when states, panes or
 * sessions merge, and sorted by stamp once at the end if they ever were. */
#include "exec/kernel/agg.h"

struct block {
    struct block *next;
    char *data; /* items one after another */
    uint32_t used, capacity;
};

struct item {
    uint64_t stamp;
    uint32_t length;
    char data[]; /* padded to 8 bytes */
};
enum { ITEM_HEADER = 16, BLOCK_FIRST = 64, BLOCK_MAX = 16 * 1024 };
static_assert(sizeof(struct item) <= ITEM_HEADER, "an item's header");

struct joined {
    struct block *first, *last;
    uint64_t count, bytes; /* items; bytes of texts */
    uint64_t merged;       /* items may be out of order */
};

static size_t item_size(uint32_t length)
{
    return round_up(offsetof(struct item, data) + (size_t)length, 8);
}

static NOINLINE enum status add_block(struct joined *acc, size_t size, struct agg_heap *heap,
                                      struct error *error)
{
    size_t wanted =
        acc->last ? MIN((size_t)acc->last->capacity * 2, (size_t)BLOCK_MAX) : BLOCK_FIRST;
    wanted = MAX(wanted, size);
    if (wanted > UINT32_MAX)
        return error_set(error, STATUS_LIMIT, "text too long for string_agg: %zu bytes", size);
    void *memory;
    TRY(agg_heap_alloc(heap, sizeof(struct block) + wanted, &memory, error));
    struct block *block = memory;
    *block =
        (struct block){.data = (char *)memory + sizeof(struct block), .capacity = (uint32_t)wanted};
    if (acc->last)
        acc->last->next = block;
    else
        acc->first = block;
    acc->last = block;
    return STATUS_OK;
}

static enum status joined_update(const struct agg_call *call, struct error *error)
{
    const struct text *values = call->values;
    AGG_EACH(call, struct joined, acc, i, {
        uint32_t length = values[i].length;
        size_t size = item_size(length);
        if (!acc->last || size > acc->last->capacity - acc->last->used)
            TRY(add_block(acc, size, call->heap, error));
        struct item *item = (struct item *)(void *)(acc->last->data + acc->last->used);
        item->stamp = call->stamp + i;
        item->length = length;
        if (length > 0)
            memcpy(item->data, text_data(&values[i]), length);
        acc->last->used += (uint32_t)size;
        acc->count += 1;
        acc->bytes += length;
    });
    return STATUS_OK;
}

/* Appends copies of the block headers: the blocks' bytes are shared and full for the receiver. */
static enum status joined_merge(const struct agg *agg, char *into, const char *from,
                                struct agg_heap *heap, struct error *error)
{
    (void)agg;
    struct joined *a = (struct joined *)(void *)into;
    const struct joined *b = (const struct joined *)(const void *)from;
    for (const struct block *block = b->first; block; block = block->next) {
        void *memory;
        TRY(agg_heap_alloc(heap, sizeof(struct block), &memory, error));
        struct block *copy = memory;
        *copy = (struct block){.data = block->data, .used = block->used, .capacity = block->used};
        if (a->last)
            a->last->next = copy;
        else
            a->first = copy;
        a->last = copy;
        if (block == b->last)
            break;
    }
    a->merged |= b->merged || (a->count > 0 && b->count > 0);
    a->count += b->count;
    a->bytes += b->bytes;
    return STATUS_OK;
}

static const struct item *item_next(const struct block **block, size_t *at)
{
    while (*block && *at >= (*block)->used) {
        *block = (*block)->next;
        *at = 0;
    }
    if (!*block)
        return NULL;
    const struct item *item = (const struct item *)(const void *)((*block)->data + *at);
    *at += item_size(item->length);
    return item;
}

/* Bottom-up merge sort of item pointers by stamp; `spare` is as long as `items`. Returns the sorted half. */
static const struct item **sort_items(const struct item **items, const struct item **spare,
                                      size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            size_t middle = MIN(at + width, n), end = MIN(at + 2 * width, n);
            size_t a = at, b = middle;
            for (size_t i = at; i < end; i++)
                spare[i] = a < middle && (b >= end || items[a]->stamp <= items[b]->stamp)
                               ? items[a++]
                               : items[b++];
        }
        const struct item **swap = items;
        items = spare;
        spare = swap;
    }
    return items;
}

static char *put_item(char *to, const struct item *item, struct str separator, bool first)
{
    if (!first && separator.length > 0) {
        memcpy(to, separator.data, separator.length);
        to += separator.length;
    }
    memcpy(to, item->data, item->length);
    return to + item->length;
}

static enum status put_sorted(const struct agg_output *output, const struct joined *acc, char *to,
                              struct error *error)
{
    size_t size = acc->count * 2 * sizeof(struct item *);
    void *memory;
    TRY(block_alloc(&memory, size, output->context->budget, "Combine(final)", error));
    const struct item **items = memory;
    const struct block *block = acc->first;
    size_t at = 0, n = 0;
    for (const struct item *item; (item = item_next(&block, &at)) != NULL;)
        items[n++] = item;
    const struct item **sorted = sort_items(items, items + n, n);
    for (size_t i = 0; i < n; i++)
        to = put_item(to, sorted[i], output->agg->separator, i == 0);
    block_free(memory, size, output->context->budget);
    return STATUS_OK;
}

static enum status joined_finish(const struct agg_output *output, struct error *error)
{
    struct str separator = output->agg->separator;
    for (size_t i = 0; i < output->n; i++) {
        const struct joined *acc =
            (const struct joined *)(const void *)(output->rows[i] + output->offset);
        if (acc->count == 0) {
            TRY(agg_put_null(output->out, i, error));
            continue;
        }
        uint64_t length = acc->bytes + (acc->count - 1) * separator.length;
        if (length > UINT32_MAX)
            return error_set(error, STATUS_LIMIT, "text too long: %s gives %llu bytes",
                             output->name, (unsigned long long)length);
        char *start;
        TRY(text_builder_alloc(output->text, length, &start, error));
        if (acc->merged) {
            TRY(put_sorted(output, acc, start, error));
        } else {
            const struct block *block = acc->first;
            size_t at = 0;
            char *to = start;
            bool first = true;
            for (const struct item *item; (item = item_next(&block, &at)) != NULL; first = false)
                to = put_item(to, item, separator, first);
        }
        ((struct text *)output->out->data)[i] = text_view(start, length);
    }
    return STATUS_OK;
}

const struct agg_kernel agg_kernel_joined = {sizeof(struct joined), NULL, joined_update,
                                             joined_merge, joined_finish};
