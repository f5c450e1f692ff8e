/* arena.h - memory for plan-sized things, freed together.
 *
 * An arena belongs to one thread at a time. arena_alloc never returns NULL for sizes up to ARENA_SPARE: when
 * the system refuses, the arena becomes `failed` and hands out its spare block, whose contents are worthless;
 * each stage (tokens, parse, bind, each rule, translate) ends with arena_check, which turns that into an
 * error. Bigger requests return NULL when refused. Memory is zeroed. Data-sized memory is buffer.h's. */
#ifndef ARENA_H
#define ARENA_H

#include "base/error.h"

enum { ARENA_SPARE = 64 * 1024 };

struct arena_block;

struct arena {
    struct arena_block *blocks;
    char *at, *end;
    char *spare;
    size_t used;  /* bytes handed out */
    size_t limit; /* SIZE_MAX: none; past it the arena fails as if memory were refused */
    bool failed;
    size_t fail_at, allocations; /* for tests: refuse system allocation number fail_at; 0: never */
};

MUST_CHECK enum status arena_init(struct arena *arena, struct error *error);
void arena_fini(struct arena *arena);
/* Forgets everything but keeps the first block for reuse. */
void arena_reset(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_aligned(struct arena *arena, size_t size, size_t alignment);
#define ARENA_NEW(arena, type)      ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, n) ((type *)arena_alloc_array((arena), sizeof(type), (n)))
void *arena_alloc_array(struct arena *arena, size_t size, size_t n);

char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_strdup(struct arena *arena, const char *text);
void *arena_memdup(struct arena *arena, const void *data, size_t size);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* STATUS_MEMORY if any allocation since the start was refused. */
MUST_CHECK enum status arena_check(const struct arena *arena, struct error *error);

#endif
