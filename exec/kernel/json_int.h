/* json_int.h - reading JSON in place, shared by json.c and json_path.c. */
#ifndef JSON_INT_H
#define JSON_INT_H

#include "exec/kernel/kernel_int.h"

enum { JSON_DEPTH_MAX = 512 };

struct json_scan {
    const char *at, *end;
    unsigned depth;
};

static inline struct json_scan json_scan_of(struct str text)
{
    return (struct json_scan){text.data, text.data + text.length, 0};
}
/* Each moves on and returns false where the text is no JSON. */
void json_skip_blanks(struct json_scan *s);
bool json_skip_string(struct json_scan *s);
bool json_skip_value(struct json_scan *s);
/* The next value as it is written. */
bool json_take_value(struct json_scan *s, struct str *out);
/* Into an object or array; *empty: and out of it again. */
bool json_enter(struct json_scan *s, char open, char close, bool *empty);
/* A key (as written, without its quotes) and the colon. */
bool json_next_key(struct json_scan *s, struct str *key);
/* Past the comma, or *done: past the closing bracket. */
bool json_next(struct json_scan *s, char close, bool *done);

MUST_CHECK enum status json_append_unescaped(struct str inside, struct bytes *out,
                                             struct error *error);
MUST_CHECK enum status json_append_quoted(struct str text, struct bytes *out, struct error *error);

#endif
