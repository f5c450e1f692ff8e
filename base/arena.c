/* arena.c - blocks in a list, newest first; the newest is the one being filled.
 *   1. Bytes past `at` in the newest block are zero, so handing them out needs no clearing.
 *   2. Once failed, an arena never asks the system again: small requests take turns in the spare block,
 *      so what a stage builds before its check mostly stays readable.                 [arena_alloc_spare]
 *   3. The spare ends in ARENA_TAIL zero bytes that are never handed out: text in it always ends. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_ALIGNMENT = 16, ARENA_BLOCK_FIRST = 8 * 1024, ARENA_BLOCK_MAX = 1024 * 1024 };
enum { ARENA_TAIL = 16 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* bytes after the header */
};
enum { ARENA_HEADER = 16 };
static_assert(sizeof(struct arena_block) <= ARENA_HEADER, "a block's bytes start aligned");

enum status arena_init(struct arena *arena, struct error *error)
{
    *arena = (struct arena){.limit = SIZE_MAX};
    arena->spare = calloc(1, ARENA_SPARE + ARENA_TAIL);
    if (!arena->spare)
        return error_no_memory(error, ARENA_SPARE, "an arena");
    return STATUS_OK;
}

void arena_fini(struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    free(arena->spare);
    *arena = (struct arena){.limit = SIZE_MAX};
}

static char *arena_block_data(struct arena_block *block)
{
    return (char *)block + ARENA_HEADER;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    while (block && block->next) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    arena->blocks = block;
    arena->at = arena->end = NULL;
    if (block) {
        arena->at = arena_block_data(block);
        arena->end = arena->at + block->size;
        memset(arena->at, 0, block->size);
    }
    arena->used = 0;
    arena->failed = false;
}

static void *arena_alloc_spare(struct arena *arena, size_t size, size_t alignment)
{
    if (size > ARENA_SPARE || !arena->spare)
        return NULL;
    bool in_spare = arena->at >= arena->spare && arena->at <= arena->spare + ARENA_SPARE;
    uintptr_t start = round_up((uintptr_t)(in_spare ? arena->at : arena->spare), alignment);
    uintptr_t end = (uintptr_t)(arena->spare + ARENA_SPARE);
    if (start > end || size > end - start) {
        start = round_up((uintptr_t)arena->spare, alignment);
        if (start > end || size > end - start)
            start = (uintptr_t)arena->spare;
    }
    char *at = (char *)start;
    memset(at, 0, size);
    arena->at = at + size;
    arena->end = arena->at;
    return at;
}

/* A new newest block with at least `size` bytes; false when refused. */
static bool arena_add_block(struct arena *arena, size_t size)
{
    size_t block_size = arena->blocks ? MIN(arena->blocks->size * 2, (size_t)ARENA_BLOCK_MAX)
                                      : (size_t)ARENA_BLOCK_FIRST;
    block_size = MAX(block_size, size);
    arena->allocations++;
    if (arena->allocations == arena->fail_at || block_size > SIZE_MAX - ARENA_HEADER)
        return false;
    struct arena_block *block = calloc(1, block_size + ARENA_HEADER);
    if (!block)
        return false;
    block->next = arena->blocks;
    block->size = block_size;
    arena->blocks = block;
    arena->at = arena_block_data(block);
    arena->end = arena->at + block_size;
    return true;
}

void *arena_alloc_aligned(struct arena *arena, size_t size, size_t alignment)
{
    assert(alignment != 0 && (alignment & (alignment - 1)) == 0);
    size = MAX(size, (size_t)1);
    if (UNLIKELY(arena->failed))
        return arena_alloc_spare(arena, size, alignment);
    uintptr_t start = round_up((uintptr_t)arena->at, alignment);
    bool within = size <= arena->limit - arena->used;
    if (UNLIKELY(!arena->at || start > (uintptr_t)arena->end ||
                 size > (uintptr_t)arena->end - start || !within)) {
        if (!within || size > SIZE_MAX / 2 || !arena_add_block(arena, size + alignment)) {
            arena->failed = true;
            return arena_alloc_spare(arena, size, alignment);
        }
        start = round_up((uintptr_t)arena->at, alignment);
    }
    char *at = (char *)start;
    arena->at = at + size;
    arena->used += size;
    return at;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return arena_alloc_aligned(arena, size, ARENA_ALIGNMENT);
}

void *arena_alloc_array(struct arena *arena, size_t size, size_t n)
{
    size_t total;
    if (__builtin_mul_overflow(size, n, &total)) {
        arena->failed = true;
        return NULL;
    }
    return arena_alloc(arena, total);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc_aligned(arena, length + 1, 1);
    if (!copy)
        return arena_alloc_aligned(arena, 1, 1);
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

void *arena_memdup(struct arena *arena, const void *data, size_t size)
{
    void *copy = arena_alloc(arena, size);
    if (copy && size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int needed = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    size_t size = needed < 0 ? 1 : (size_t)needed + 1;
    char *text = arena_alloc_aligned(arena, size, 1);
    if (!text)
        text = arena_alloc_aligned(arena, 1, 1);
    else if (needed >= 0)
        vsnprintf(text, size, format, again);
    va_end(again);
    return text;
}

enum status arena_check(const struct arena *arena, struct error *error)
{
    if (LIKELY(!arena->failed))
        return STATUS_OK;
    if (arena->used >= arena->limit / 2 && arena->limit != SIZE_MAX)
        return error_set(error, STATUS_MEMORY,
                         "out of memory: the statement's plan is over %zu bytes", arena->limit);
    return error_set(error, STATUS_MEMORY, "out of memory: the system refused memory for the plan");
}
