/* parse_place.c - where in the text something stands, and the caret under it. */
#include "parser/parse.h"

#include <stdio.h>

enum { LINE_WIDTH = 100, LINE_BEFORE = 40, TAB_WIDTH = 4 };

/* ---- Characters and their width on a screen ---- */

struct character {
    uint32_t code;
    size_t length; /* bytes */
};

static struct character character_at(struct str text, size_t at)
{
    const unsigned char *s = (const unsigned char *)text.data + at;
    size_t left = text.length - at;
    size_t n = s[0] < 0x80   ? 1
               : s[0] < 0xC2 ? 0
               : s[0] < 0xE0 ? 2
               : s[0] < 0xF0 ? 3
               : s[0] < 0xF5 ? 4
                             : 0;
    if (n == 0 || n > left)
        return (struct character){0xFFFD, 1};
    uint32_t code = n == 1 ? s[0] : s[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return (struct character){0xFFFD, 1};
        code = code << 6 | (s[i] & 0x3F);
    }
    return (struct character){code, n};
}

/* Columns of a character: none for what combines, two for East Asian wide forms and pictures. */
static unsigned character_width(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        unsigned width;
    } RANGES[] = {
        {0x0300, 0x036F, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05BD, 0},   {0x0610, 0x061A, 0},
        {0x064B, 0x065F, 0},   {0x1100, 0x115F, 2},   {0x200B, 0x200F, 0},   {0x20D0, 0x20FF, 0},
        {0x2E80, 0x303E, 2},   {0x3041, 0x33FF, 2},   {0x3400, 0x4DBF, 2},   {0x4E00, 0x9FFF, 2},
        {0xA000, 0xA4CF, 2},   {0xAC00, 0xD7A3, 2},   {0xF900, 0xFAFF, 2},   {0xFE00, 0xFE0F, 0},
        {0xFE20, 0xFE2F, 0},   {0xFE30, 0xFE6F, 2},   {0xFF00, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},
        {0x1F300, 0x1F64F, 2}, {0x1F680, 0x1F6FF, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2},
    };
    for (size_t i = 0; code >= 0x300 && i < ARRAY_LENGTH(RANGES); i++)
        if (code >= RANGES[i].first && code <= RANGES[i].last)
            return RANGES[i].width;
    return 1;
}

struct parse_place parse_locate(struct str sql, size_t offset)
{
    struct parse_place place = {.line = 1, .column = 1};
    size_t start = 0;
    offset = MIN(offset, sql.length);
    for (size_t i = 0; i < offset; i++) {
        if (sql.data[i] == '\n') {
            place.line++;
            start = i + 1;
        }
    }
    const char *end =
        sql.length > start ? memchr(sql.data + start, '\n', sql.length - start) : NULL;
    size_t stop = end ? (size_t)(end - sql.data) : sql.length;
    if (stop > start && sql.data[stop - 1] == '\r' && offset < stop)
        stop--;
    place.text = (struct str){sql.data ? sql.data + start : "", stop - start};
    place.line_offset = start;
    for (size_t i = start; i < offset; i += character_at(sql, i).length)
        place.column++;
    return place;
}

/* ---- The report ---- */

struct report {
    char *out;
    size_t capacity, length; /* length: what is needed */
};

static void report_add(struct report *r, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++, r->length++)
        if (r->length + 1 < r->capacity)
            r->out[r->length] = text[i];
}

static void report_puts(struct report *r, const char *text)
{
    report_add(r, text, strlen(text));
}

/* One character of the SQL line as it is shown; the columns it takes. Tabs are blanks, controls are marked. */
static unsigned report_character(struct report *r, struct str line, size_t at, unsigned column)
{
    struct character c = character_at(line, at);
    if (c.code == '\t') {
        unsigned width = TAB_WIDTH - column % TAB_WIDTH;
        if (r)
            report_add(r, "    ", width);
        return width;
    }
    bool shown =
        c.code >= 0x20 && c.code != 0x7F && c.code != 0xFFFD && !(c.code >= 0x80 && c.code < 0xA0);
    if (r && shown)
        report_add(r, line.data + at, c.length);
    else if (r)
        report_puts(r, "?");
    return shown ? character_width(c.code) : 1;
}

/* The part of a long line to show: some of what is before `at`, then up to LINE_WIDTH columns. */
static size_t line_start(struct str line, size_t at)
{
    unsigned column = 0, wanted = 0;
    for (size_t i = 0; i < line.length; i += character_at(line, i).length)
        column += report_character(NULL, line, i, column);
    if (column <= LINE_WIDTH)
        return 0;
    column = 0;
    for (size_t i = 0; i < at; i += character_at(line, i).length)
        column += report_character(NULL, line, i, column);
    wanted = column > LINE_BEFORE ? column - LINE_BEFORE : 0;
    column = 0;
    size_t start = 0;
    while (start < at && column < wanted) {
        column += report_character(NULL, line, start, column);
        start += character_at(line, start).length;
    }
    return start;
}

static void report_line(struct report *r, struct str line, size_t from, size_t to)
{
    size_t start = line_start(line, from), i = start;
    unsigned column = start > 0 ? 3 : 0, caret = 0, after = 0;
    report_puts(r, start > 0 ? "  ..." : "  ");
    while (i < line.length && column < LINE_WIDTH) {
        if (i <= from)
            caret = column;
        column += report_character(r, line, i, column);
        i += character_at(line, i).length;
        if (i <= to || after == 0)
            after = column;
    }
    if (from >= i)
        caret = column;
    report_puts(r, i < line.length ? "...\n  " : "\n  ");
    for (unsigned k = 0; k < caret; k++)
        report_puts(r, " ");
    report_puts(r, "^");
    for (unsigned k = caret + 1; k < after && from < to; k++)
        report_puts(r, "~");
    report_puts(r, "\n");
}

size_t parse_format_error(const struct error *error, struct str sql, char *out, size_t cap)
{
    struct report r = {out, cap, 0};
    report_puts(&r, "error: ");
    report_puts(&r, error->message);
    report_puts(&r, "\n");
    bool placed = error->span.end > 0 && error->span.start <= sql.length && sql.length > 0;
    if (placed) {
        struct parse_place place = parse_locate(sql, error->span.start);
        size_t from = MIN(error->span.start - place.line_offset, place.text.length);
        size_t to = MAX(from, MIN(error->span.end - place.line_offset, place.text.length));
        report_line(&r, place.text, from, to);
    }
    if (error->hint[0] != '\0') {
        report_puts(&r, "hint: ");
        report_puts(&r, error->hint);
        report_puts(&r, "\n");
    }
    if (cap > 0)
        out[MIN(r.length, cap - 1)] = '\0';
    return r.length;
}
