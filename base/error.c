/* error.c - filling in errors, and finding the name that was meant. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const STATUS_WORDS[] = {
#define X(code, word) word,
    STATUS_LIST(X)
#undef X
};
static_assert(ARRAY_LENGTH(STATUS_WORDS) == STATUS_COUNT, "a word for each status");

const char *status_word(enum status status)
{
    return (unsigned)status < STATUS_COUNT ? STATUS_WORDS[status] : "unknown";
}

/* Cuts text that snprintf had to shorten at a whole UTF-8 character. */
static void error_trim(char *text, size_t capacity, int needed)
{
    if (needed < 0) {
        text[0] = '\0';
        return;
    }
    if ((size_t)needed < capacity)
        return;
    size_t end = capacity - 1;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)text[end - 1] >= 0xC0)
        end--;
    text[end] = '\0';
}

static void PRINTF_LIKE(4, 0) error_fill(struct error *error, enum status status, struct span span,
                                         const char *format, va_list arguments)
{
    assert(status != STATUS_OK);
    if (!error || error->status != STATUS_OK)
        return;
    error->status = status;
    error->span = span;
    error->hint[0] = '\0';
    int needed = vsnprintf(error->message, sizeof(error->message), format, arguments);
    error_trim(error->message, sizeof(error->message), needed);
}

enum status(error_set)(struct error *error, enum status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_fill(error, status, (struct span){0, 0}, format, arguments);
    va_end(arguments);
    return status;
}

enum status(error_set_at)(struct error *error, enum status status, struct span span,
                          const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_fill(error, status, span, format, arguments);
    va_end(arguments);
    return status;
}

void error_hint(struct error *error, const char *format, ...)
{
    if (!error || error->status == STATUS_OK || error->hint[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    int needed = vsnprintf(error->hint, sizeof(error->hint), format, arguments);
    va_end(arguments);
    error_trim(error->hint, sizeof(error->hint), needed);
}

void error_place(struct error *error, struct span span)
{
    if (error && error->status != STATUS_OK && error->span.end == 0)
        error->span = span;
}

void error_append(struct error *error, const char *format, ...)
{
    if (!error || error->status == STATUS_OK)
        return;
    size_t length = strnlen(error->message, sizeof(error->message) - 1);
    size_t left = sizeof(error->message) - length;
    va_list arguments;
    va_start(arguments, format);
    int needed = vsnprintf(error->message + length, left, format, arguments);
    va_end(arguments);
    error_trim(error->message + length, left, needed);
}

void error_clear(struct error *error)
{
    if (!error)
        return;
    error->status = STATUS_OK;
    error->span = (struct span){0, 0};
    error->message[0] = '\0';
    error->hint[0] = '\0';
}

enum status(error_no_memory)(struct error *error, size_t size, const char *what)
{
    return error_set(error, STATUS_MEMORY, "out of memory: the system refused %zu bytes for %s",
                     size, what);
}

enum { EDIT_LENGTH_MAX = 128 };

static unsigned char edit_fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* One row of the table: `row` from `last` and the row before that. Returns the least of the row. */
static unsigned edit_row(size_t i, const char *a, const char *b, size_t b_length,
                         unsigned *const rows[3])
{
    unsigned *row = rows[0], *last = rows[1], *before = rows[2];
    unsigned least = row[0] = (unsigned)i;
    unsigned char c = edit_fold(a[i - 1]);
    for (size_t j = 1; j <= b_length; j++) {
        unsigned char d = edit_fold(b[j - 1]);
        unsigned cost = MIN(MIN(last[j], row[j - 1]) + 1, last[j - 1] + (c != d));
        if (i > 1 && j > 1 && c == edit_fold(b[j - 2]) && edit_fold(a[i - 2]) == d)
            cost = MIN(cost, before[j - 2] + 1);
        row[j] = cost;
        least = MIN(least, cost);
    }
    return least;
}

unsigned edit_distance(const char *a, size_t a_length, const char *b, size_t b_length, unsigned max)
{
    size_t difference = a_length > b_length ? a_length - b_length : b_length - a_length;
    if (difference > max || a_length > EDIT_LENGTH_MAX || b_length > EDIT_LENGTH_MAX)
        return max + 1;
    unsigned table[3][EDIT_LENGTH_MAX + 1];
    unsigned *rows[3] = {table[0], table[1], table[2]};
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = (unsigned)j;
    unsigned least_before = 0;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *free_row = rows[2];
        rows[2] = rows[1];
        rows[1] = rows[0];
        rows[0] = free_row;
        unsigned least = edit_row(i, a, b, b_length, rows);
        if (least > max && least_before > max)
            return max + 1;
        least_before = least;
    }
    return MIN(rows[0][b_length], max + 1);
}

const char *error_did_you_mean(const char *name, size_t length, const char *const *names,
                               size_t n_names)
{
    const char *best = NULL;
    unsigned best_distance = UINT32_MAX;
    for (size_t i = 0; i < n_names; i++) {
        if (!names[i])
            continue;
        size_t other = strlen(names[i]);
        size_t longest = MAX(length, other);
        if (longest > EDIT_LENGTH_MAX)
            continue;
        unsigned allowed = (unsigned)(longest / 3);
        unsigned distance = edit_distance(name, length, names[i], other, allowed);
        if (distance <= allowed && distance < best_distance) {
            best = names[i];
            best_distance = distance;
        }
    }
    return best;
}
