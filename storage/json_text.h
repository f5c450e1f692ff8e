/* json_text.h - JSON values in memory: found, checked (RFC 8259) and unescaped without building anything.
 *
 * The text must hold a newline at or behind its last byte that counts: no JSON value runs over one (outside strings
 * newlines are refused too: a value is a line's), so scanning stops there without looking at a length. 64 bytes
 * behind the text are readable. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include "storage/text_int.h"

struct json_cursor {
    const char *at;     /* next byte; after a failure the byte at fault */
    const char *reason; /* of the failure: static text */
};

static inline const char *json_skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\r')
        p++;
    return p;
}

/* The value at the cursor, which must be at its first byte; the cursor moves behind it. Objects and arrays are checked
 * whole. */
bool json_read_value(struct json_cursor *cursor, struct text_span *out);
/* The same for a string, with the cursor at its quote. */
bool json_read_string(struct json_cursor *cursor, struct text_span *out);

/* Steps through an object or array: after json_enter, json_next_member (json_next_element) puts the
 * cursor on each value in turn, which the caller reads; *more is false once the closing bracket is passed. */
struct json_steps {
    bool first;
};
static inline struct json_steps json_enter(struct json_cursor *cursor)
{
    cursor->at++;
    return (struct json_steps){true};
}
bool json_next_member(struct json_cursor *cursor, struct json_steps *steps, struct text_span *key,
                      bool *more);
bool json_next_element(struct json_cursor *cursor, struct json_steps *steps, bool *more);

/* Decodes the escapes of a string's inside; `out` has room for `length` bytes. Gives the length, or SIZE_MAX for a half
 * surrogate. */
size_t json_unescape(const char *text, size_t length, char *out);
/* Whether a key, perhaps escaped, is `key`. */
bool json_key_is(const struct text_span *span, struct str key);

#endif
