/* buffer.c - a buffer is one allocation: the struct in its first cache line, then the bytes, then the
 * padding. Everything is charged before it is allocated and given back after it is freed. */
#include "base/buffer.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { BUFFER_HEADER = 64, BYTES_FIRST = 256 };
static_assert(sizeof(struct buffer) <= BUFFER_HEADER, "the struct fits before the bytes");

static enum status charge(struct budget *budget, size_t size, const char *owner,
                          struct error *error)
{
    return budget ? budget_charge(budget, size, owner, error) : STATUS_OK;
}

static void release(struct budget *budget, size_t size)
{
    if (budget)
        budget_release(budget, size);
}

static size_t buffer_total(size_t capacity)
{
    return BUFFER_HEADER + round_up(capacity, BUFFER_ALIGNMENT) + BUFFER_PADDING;
}

enum status buffer_new(size_t capacity, struct budget *budget, const char *owner,
                       struct buffer **out, struct error *error)
{
    if (capacity > SIZE_MAX / 2)
        return error_no_memory(error, capacity, owner);
    size_t total = buffer_total(capacity);
    TRY(charge(budget, total, owner, error));
    struct buffer *buffer = aligned_alloc(BUFFER_ALIGNMENT, total);
    if (!buffer) {
        release(budget, total);
        return error_no_memory(error, total, owner);
    }
    *buffer = (struct buffer){.capacity = capacity, .budget = budget};
    atomic_init(&buffer->refs, 1);
    buffer->data = (uint8_t *)buffer + BUFFER_HEADER;
    memset(buffer->data + capacity, 0, total - BUFFER_HEADER - capacity);
    *out = buffer;
    return STATUS_OK;
}

enum status buffer_new_zeroed(size_t capacity, struct budget *budget, const char *owner,
                              struct buffer **out, struct error *error)
{
    TRY(buffer_new(capacity, budget, owner, out, error));
    if (capacity > 0)
        memset((*out)->data, 0, capacity);
    return STATUS_OK;
}

enum status buffer_grow(struct buffer **buffer, size_t capacity, size_t keep, struct budget *budget,
                        const char *owner, struct error *error)
{
    struct buffer *old = *buffer;
    if (old && old->capacity >= capacity)
        return STATUS_OK;
    assert(!old || atomic_load(&old->refs) == 1);
    assert(keep <= (old ? old->capacity : 0));
    size_t wanted = old ? MAX(capacity, old->capacity + old->capacity / 2) : capacity;
    struct buffer *grown;
    TRY(buffer_new(wanted, budget, owner, &grown, error));
    if (keep > 0)
        memcpy(grown->data, old->data, keep);
    buffer_unref(old);
    *buffer = grown;
    return STATUS_OK;
}

void buffer_unref(struct buffer *buffer)
{
    if (!buffer)
        return;
    unsigned before = atomic_fetch_sub_explicit(&buffer->refs, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before != 1)
        return;
    if (buffer->release) {
        buffer->release(buffer);
        return;
    }
    struct budget *budget = buffer->budget;
    size_t total = buffer_total(buffer->capacity);
    free(buffer);
    release(budget, total);
}

/* ---- Blocks ---- */

/* Big blocks are mapped apart, in huge pages where the system has them: most of what group by's memory costs is the
 * first touch of each page. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BIG_FROM SIZE_MAX
#else
#define BIG_FROM ((size_t)4 << 20)
#endif
#define HUGE_PAGE ((size_t)2 << 20)
#define PAGE      ((size_t)4096)

static void *big_alloc(size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t length = round_up(size, PAGE), room = length + HUGE_PAGE;
    char *start = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    size_t before = (HUGE_PAGE - (uintptr_t)start % HUGE_PAGE) % HUGE_PAGE;
    if (before > 0)
        munmap(start, before);
    if (room > before + length)
        munmap(start + before + length, room - before - length);
    madvise(start + before, length, MADV_HUGEPAGE);
    return start + before;
}

static void *zeroed_alloc(size_t size)
{
    return size >= BIG_FROM ? big_alloc(size) : calloc(1, MAX(size, (size_t)1));
}

static void zeroed_free(void *block, size_t size)
{
    if (block && size >= BIG_FROM)
        munmap(block, round_up(size, PAGE));
    else
        free(block);
}

/* What is new is zero. The old block stays as it is when the system refuses. */
static void *zeroed_grow(void *block, size_t old_size, size_t new_size)
{
    if (new_size < BIG_FROM) {
        char *grown = realloc(block, MAX(new_size, (size_t)1));
        if (grown)
            memset(grown + old_size, 0, new_size - old_size);
        return grown;
    }
    if (old_size >= BIG_FROM) {
        size_t length = round_up(new_size, PAGE);
        void *moved = mremap(block, round_up(old_size, PAGE), length, MREMAP_MAYMOVE);
        if (moved == MAP_FAILED)
            return NULL;
        madvise(moved, length, MADV_HUGEPAGE);
        return moved;
    }
    void *fresh = big_alloc(new_size);
    if (fresh && block) {
        memcpy(fresh, block, old_size);
        free(block);
    }
    return fresh;
}

enum status block_alloc(void **out, size_t size, struct budget *budget, const char *owner,
                        struct error *error)
{
    TRY(charge(budget, size, owner, error));
    void *block = zeroed_alloc(size);
    if (!block) {
        release(budget, size);
        return error_no_memory(error, size, owner);
    }
    *out = block;
    return STATUS_OK;
}

enum status block_grow(void **block, size_t old_size, size_t new_size, struct budget *budget,
                       const char *owner, struct error *error)
{
    assert(new_size >= old_size);
    if (new_size == old_size && *block)
        return STATUS_OK;
    TRY(charge(budget, new_size - old_size, owner, error));
    void *grown = zeroed_grow(*block, *block ? old_size : 0, new_size);
    if (!grown) {
        release(budget, new_size - old_size);
        return error_no_memory(error, new_size, owner);
    }
    *block = grown;
    return STATUS_OK;
}

void block_free(void *block, size_t size, struct budget *budget)
{
    if (!block)
        return;
    zeroed_free(block, size);
    release(budget, size);
}

void bytes_init(struct bytes *bytes, struct budget *budget, const char *owner)
{
    *bytes = (struct bytes){.budget = budget, .owner = owner ? owner : "text"};
}

void bytes_fini(struct bytes *bytes)
{
    if (bytes->data) {
        free(bytes->data);
        release(bytes->budget, bytes->capacity);
    }
    bytes->data = NULL;
    bytes->length = bytes->capacity = 0;
}

enum status bytes_reserve(struct bytes *bytes, size_t extra, struct error *error)
{
    if (LIKELY(extra <= bytes->capacity - bytes->length))
        return STATUS_OK;
    const char *owner = bytes->owner ? bytes->owner : "text";
    size_t needed;
    if (__builtin_add_overflow(bytes->length, extra, &needed) || needed > SIZE_MAX / 4)
        return error_no_memory(error, extra, owner);
    size_t wanted = MAX(MAX(needed, bytes->capacity * 2), (size_t)BYTES_FIRST);
    TRY(charge(bytes->budget, wanted - bytes->capacity, owner, error));
    char *grown = realloc(bytes->data, wanted);
    if (!grown) {
        release(bytes->budget, wanted - bytes->capacity);
        return error_no_memory(error, wanted, owner);
    }
    bytes->data = grown;
    bytes->capacity = wanted;
    return STATUS_OK;
}

enum status bytes_append(struct bytes *bytes, const void *data, size_t length, struct error *error)
{
    TRY(bytes_reserve(bytes, length, error));
    if (length > 0)
        memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
    return STATUS_OK;
}
