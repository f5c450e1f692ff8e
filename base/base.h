/* base.h - what every file needs: attributes, checked arithmetic, MIN and MAX.
 * Every other header of the project includes this one first. */
#ifndef BASE_H
#define BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The result must be looked at: every function that returns `enum status` carries it. */
#define MUST_CHECK                       __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first) __attribute__((format(printf, format_index, first)))
#define UNUSED                           __attribute__((unused))
#define NORETURN                         __attribute__((noreturn))
#define ALWAYS_INLINE                    __attribute__((always_inline)) inline
#define NOINLINE                         __attribute__((noinline))
#define LIKELY(x)                        __builtin_expect(!!(x), 1)
#define UNLIKELY(x)                      __builtin_expect(!!(x), 0)
#define PREFETCH(p)                      __builtin_prefetch((p), 1)

/* One function compiled for AVX2 and for the baseline, picked when the program is loaded. Clang 14 and the
 * thread sanitizer cannot do it for C, so it is gcc's alone. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define TARGET_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define TARGET_CLONES
#endif

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)       ((a) < (b) ? (a) : (b))
#define MAX(a, b)       ((a) > (b) ? (a) : (b))

__extension__ typedef __int128 int128_t;
__extension__ typedef unsigned __int128 uint128_t;

enum { CACHE_LINE = 64 };

/* Rounds up to a multiple of `unit`, a power of two. */
static inline size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) & ~(unit - 1);
}

#endif
