/* jsonl_array.c - a JSON array of objects as rows: [ {...}, {...} ].
 *
 * Each element is first found whole, by counting brackets outside strings, and its newlines become
 * carriage returns, which the scanner of lines takes as blanks; so lines can still be counted. Then it
 * is read as a line is. */
#include <stdio.h>

#include "storage/json_text.h"
#include "storage/text_scan.h"

/* The byte behind the element at `p`, or NULL if it does not end before `end`. */
static char *element_end(char *p, const char *end)
{
    unsigned depth = 0;
    bool in_string = false;
    for (char *start = p; p < end; p++) {
        if (in_string) {
            if (*p == '\\')
                p++;
            else if (*p == '"' || *p == '\n')
                in_string = false; /* a newline: damaged, as the scanner will say */
            continue;
        }
        switch (*p) {
        case '"':
            in_string = true;
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (depth <= 1)
                return depth == 1 ? p + 1 : p;
            depth--;
            break;
        case ',':
            if (depth == 0 && p > start)
                return p;
            break;
        case '\n':
            *p = p > start && p[-1] == '\r' ? ' ' : '\r';
            break;
        default:
            break;
        }
    }
    return NULL;
}

enum json_array_result json_array_next(struct json_array *array, char **at, const char *end,
                                       char **after)
{
    char *p = *at;
    for (;; p++) {
        if (p >= end) {
            *at = p;
            return array->closed ? JSON_ARRAY_CLOSED : JSON_ARRAY_STARVED;
        }
        if (*p == ' ' || *p == '\t' || *p == '\r')
            continue;
        if (*p == '\n') {
            *p = p > *at && p[-1] == '\r' ? ' ' : '\r';
            continue;
        }
        if (array->closed) {
            *at = p;
            return JSON_ARRAY_DAMAGED;
        }
        if (!array->begun && *p == '[') {
            array->begun = array->may_close = true;
            continue;
        }
        if (*p == ']' && array->may_close) {
            array->closed = true;
            continue;
        }
        if (array->after_value) {
            *at = p;
            if (*p != ',')
                return JSON_ARRAY_DAMAGED;
            array->after_value = array->may_close = false;
            continue;
        }
        break;
    }
    *at = p;
    if (!array->begun)
        return JSON_ARRAY_DAMAGED;
    *after = element_end(p, end);
    if (!*after)
        return JSON_ARRAY_STARVED;
    return JSON_ARRAY_ELEMENT;
}

void json_array_taken(struct json_array *array)
{
    array->after_value = array->may_close = true;
}

enum status jsonl_read_array(struct text_reader *reader, uint32_t room, bool *starved,
                             struct error *error)
{
    struct text_feed *feed = &reader->feed;
    *starved = true;
    if (!feed->buffer)
        return STATUS_OK;
    char *base = (char *)feed->buffer->data, *p = base + feed->start, *after = NULL;
    const char *end = base + feed->end;
    while (reader->n_chunk < room) {
        enum json_array_result result = json_array_next(&reader->array, &p, end, &after);
        feed->start = (size_t)(p - base);
        if (result == JSON_ARRAY_STARVED || result == JSON_ARRAY_CLOSED)
            return STATUS_OK;
        if (result == JSON_ARRAY_DAMAGED) {
            /* What comes after cannot be told apart any more. */
            reader->active = false;
            return text_reader_reject(reader, p, STATUS_DATA,
                                      "malformed JSON: a comma or closing bracket is missing",
                                      error);
        }
        TRY(jsonl_read_element(reader, p, after, error));
        json_array_taken(&reader->array);
        p = after;
        feed->start = (size_t)(p - base);
    }
    *starved = false;
    return STATUS_OK;
}

void jsonl_sniff_array(struct sniff *sniff, char *data, size_t length, uint64_t lines_max)
{
    struct json_array array = {0};
    char *p = data, *after;
    while (lines_max > 0 &&
           json_array_next(&array, &p, data + length, &after) == JSON_ARRAY_ELEMENT) {
        jsonl_sniff_line(sniff, p);
        json_array_taken(&array);
        sniff->lines++;
        lines_max--;
        p = after;
    }
}
