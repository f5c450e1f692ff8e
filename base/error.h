/* error.h - status codes and the caller's `struct error`.
 *
 * Every function that can fail returns `enum status`, is MUST_CHECK and fills in the caller's error, whose
 * first failure wins. TRY passes a failure up; a function that holds an OS resource has one label `out`.
 * The text says what is wrong and then the value ("unknown column: usr"); the hint says what would work. */
#ifndef ERROR_H
#define ERROR_H

#include "base/base.h"

/* code, word. The order is that of enum weir_code; a test checks it. */
#define STATUS_LIST(X)            \
    X(OK, "ok")                   \
    X(SYNTAX, "syntax")           \
    X(NAME, "name")               \
    X(TYPE, "type")               \
    X(VALUE, "value")             \
    X(CONSTRAINT, "constraint")   \
    X(UNSUPPORTED, "unsupported") \
    X(IO, "io")                   \
    X(DATA, "data")               \
    X(LIMIT, "limit")             \
    X(MEMORY, "memory")           \
    X(CANCELLED, "cancelled")     \
    X(USAGE, "usage")             \
    X(INTERNAL, "internal")

enum status {
#define X(code, word) STATUS_##code,
    STATUS_LIST(X)
#undef X
        STATUS_COUNT
};

/* Bytes of the SQL text: [start, end). Both 0: no place. */
struct span {
    uint32_t start, end;
};

enum { ERROR_MESSAGE_SIZE = 1024, ERROR_HINT_SIZE = 512 };

struct error {
    enum status status;
    struct span span;
    char message[ERROR_MESSAGE_SIZE];
    char hint[ERROR_HINT_SIZE];
};

#define TRY(call)                               \
    do {                                        \
        enum status try_status_ = (call);       \
        if (UNLIKELY(try_status_ != STATUS_OK)) \
            return try_status_;                 \
    } while (0)

/* As TRY, but goes to the label `out` with the variable `status` set. */
#define TRY_OUT(call)                      \
    do {                                   \
        status = (call);                   \
        if (UNLIKELY(status != STATUS_OK)) \
            goto out;                      \
    } while (0)

/* Fills `error` unless it holds a failure already; returns `status`, so that it can end a function. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The same with the place in the SQL text. */
enum status error_set_at(struct error *error, enum status status, struct span span,
                         const char *format, ...) PRINTF_LIKE(4, 5);
/* Adds a hint to a failure that has none. */
void error_hint(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);
/* Gives a failure without a place this one. */
void error_place(struct error *error, struct span span);
/* Appends to the message, as in " (file.jsonl:3:14)". */
void error_append(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);
void error_clear(struct error *error);
/* STATUS_MEMORY with the usual words: the system refused `size` bytes for `what`. */
enum status error_no_memory(struct error *error, size_t size, const char *what);

/* Lets the compiler see that what these return is the status they were given, and so never OK. */
static inline enum status error_same(enum status returned, enum status given)
{
    (void)returned;
    return given;
}
#define error_set(error, status, ...) error_same((error_set)(error, status, __VA_ARGS__), status)
#define error_set_at(error, status, span, ...) \
    error_same((error_set_at)(error, status, span, __VA_ARGS__), status)
#define error_no_memory(error, size, what) \
    error_same((error_no_memory)(error, size, what), STATUS_MEMORY)

const char *status_word(enum status status);

/* The nearest of `names` to `name` by edit distance, ignoring case, or NULL if none is near enough to be
 * meant: a third of the letters may differ, transposed neighbours count once. Ties go to the first. */
const char *error_did_you_mean(const char *name, size_t length, const char *const *names,
                               size_t n_names);
/* The measure behind it: Damerau-Levenshtein with adjacent transpositions, case folded, capped at `max`+1. */
unsigned edit_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                       unsigned max);

#endif
