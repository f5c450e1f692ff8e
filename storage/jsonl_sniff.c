/* jsonl_sniff.c - keys and types from the first lines of a file, and from single lines that have a path. */
#include "storage/json_text.h"
#include "storage/text_scan.h"

static unsigned seen_of_span(const struct text_span *span)
{
    switch (span->kind) {
    case SPAN_NULL:
        return SEEN_NULL;
    case SPAN_FALSE:
    case SPAN_TRUE:
        return SEEN_BOOLEAN;
    case SPAN_INTEGER: {
        /* More digits than a BIGINT has: read as DOUBLE. */
        bool fits = span->length < 19 ||
                    text_sniff_text(span->start, span->length, true, false) == SEEN_INTEGER;
        return fits ? SEEN_INTEGER : SEEN_DOUBLE;
    }
    case SPAN_NUMBER:
        return SEEN_DOUBLE;
    case SPAN_STRING:
        if (span->flags & SPAN_ESCAPED)
            return SEEN_TEXT;
        return text_sniff_text(span->start, span->length, false, false);
    default:
        return SEEN_NESTED;
    }
}

/* The members of one line; false if it is damaged (what came before the damage counts). */
bool jsonl_sniff_line(struct sniff *sniff, const char *line)
{
    struct json_cursor cursor = {line, NULL};
    struct text_span key, value;
    bool more;
    if (*line != '{')
        return false;
    struct json_steps steps = json_enter(&cursor);
    for (;;) {
        if (!json_next_member(&cursor, &steps, &key, &more))
            return false;
        if (!more)
            return true;
        if (!json_read_value(&cursor, &value))
            return false;
        char *plain = NULL;
        if (key.flags & SPAN_ESCAPED) {
            plain = arena_strndup(sniff->arena, key.start, key.length);
            size_t n = json_unescape(key.start, key.length, plain);
            key.start = plain;
            key.length = (uint32_t)(n == SIZE_MAX ? 0 : n);
        }
        if (key.length == 0 ||
            ((key.flags & SPAN_NOT_ASCII || plain) && !text_scan_utf8(key.start, key.length)))
            continue;
        struct sniff_column *column = text_sniff_column(sniff, key.start, key.length);
        if (column)
            column->seen |= seen_of_span(&value);
    }
}

void jsonl_sniff_lines(struct sniff *sniff, const char *data, size_t length, uint64_t lines_max,
                       bool cut)
{
    const char *end = data + length;
    for (const char *p = data; p < end && lines_max > 0;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (!newline && cut && sniff->lines > 0)
            return;
        const char *line = json_skip_blanks(p);
        if (*line != '\n') {
            jsonl_sniff_line(sniff, line);
            sniff->lines++;
            lines_max--;
        }
        if (!newline)
            return;
        p = newline + 1;
    }
}

/* Position of a list element: 1 is the first. 0: no position. */
static uint64_t list_position(struct str text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || n > UINT32_MAX)
            return 0;
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    }
    return n;
}

/* Puts the cursor on the value of the last member of that key; false if there is none or the text is damaged. */
static bool enter_key(struct json_cursor *cursor, struct str key)
{
    struct json_steps steps = json_enter(cursor);
    const char *found = NULL;
    struct text_span name, value;
    bool more;
    while (json_next_member(cursor, &steps, &name, &more) && more) {
        const char *at = cursor->at;
        if (!json_read_value(cursor, &value))
            return false;
        if (json_key_is(&name, key))
            found = at;
    }
    if (found && !cursor->reason)
        cursor->at = found;
    return found && !cursor->reason;
}

static bool enter_element(struct json_cursor *cursor, uint64_t position)
{
    struct json_steps steps = json_enter(cursor);
    struct text_span value;
    bool more;
    for (uint64_t i = 1; json_next_element(cursor, &steps, &more) && more; i++) {
        if (i == position)
            return true;
        if (!json_read_value(cursor, &value))
            return false;
    }
    return false;
}

unsigned jsonl_sniff_path(const char *line, const struct str *path, uint32_t n_path)
{
    struct json_cursor cursor = {json_skip_blanks(line), NULL};
    struct text_span value;
    for (uint32_t i = 0; i < n_path; i++) {
        bool found = *cursor.at == '{'   ? enter_key(&cursor, path[i])
                     : *cursor.at == '[' ? enter_element(&cursor, list_position(path[i]))
                                         : false;
        if (!found)
            return 0;
    }
    return json_read_value(&cursor, &value) ? seen_of_span(&value) : 0;
}
