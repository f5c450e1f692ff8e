/* buffer.h - data-sized memory: reference-counted blocks, aligned to 64 bytes, charged to a budget.
 *
 * A buffer's bytes may be written only by who made it and before anybody else holds a reference; after that it
 * is immutable. BUFFER_PADDING readable bytes follow the capacity, so that vector code may read past the
 * end. References are counted atomically; the last buffer_unref frees and gives the charge back. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdatomic.h>

#include "base/budget.h"

enum { BUFFER_ALIGNMENT = 64, BUFFER_PADDING = 64 };

struct buffer {
    atomic_uint refs;
    size_t capacity;       /* bytes that may be used, without the padding */
    struct budget *budget; /* charged; NULL: none */
    uint8_t *data;
    void (*release)(struct buffer *); /* for bytes that are not ours to free; NULL: ours */
};

/* A buffer with one reference. Its bytes are not cleared, its padding is zero. */
MUST_CHECK enum status buffer_new(size_t capacity, struct budget *budget, const char *owner,
                                  struct buffer **out, struct error *error);
MUST_CHECK enum status buffer_new_zeroed(size_t capacity, struct budget *budget, const char *owner,
                                         struct buffer **out, struct error *error);
/* Makes the sole reference `*buffer` at least `capacity` bytes, keeping the first `keep`. NULL is taken. */
MUST_CHECK enum status buffer_grow(struct buffer **buffer, size_t capacity, size_t keep,
                                   struct budget *budget, const char *owner, struct error *error);

static inline struct buffer *buffer_ref(struct buffer *buffer)
{
    if (buffer)
        atomic_fetch_add_explicit(&buffer->refs, 1, memory_order_relaxed);
    return buffer;
}
void buffer_unref(struct buffer *buffer); /* NULL is fine */

/* Plain memory charged to a budget, for hash tables and state: the caller keeps the size. Zeroed. */
MUST_CHECK enum status block_alloc(void **out, size_t size, struct budget *budget,
                                   const char *owner, struct error *error);
/* Grows a block from `old_size` to `new_size`; the new bytes are zero. On failure *block stays as it was. */
MUST_CHECK enum status block_grow(void **block, size_t old_size, size_t new_size,
                                  struct budget *budget, const char *owner, struct error *error);
void block_free(void *block, size_t size, struct budget *budget);

/* Bytes that grow: text being built. Owns its memory; charged when it has a budget. */
struct bytes {
    char *data;
    size_t length, capacity;
    struct budget *budget;
    const char *owner;
};
void bytes_init(struct bytes *bytes, struct budget *budget, const char *owner);
void bytes_fini(struct bytes *bytes);
MUST_CHECK enum status bytes_reserve(struct bytes *bytes, size_t extra, struct error *error);
MUST_CHECK enum status bytes_append(struct bytes *bytes, const void *data, size_t length,
                                    struct error *error);

#endif
