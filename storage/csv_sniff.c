/* csv_sniff.c - the delimiter, the header and the types of a CSV file, from its first rows. */
#include <stdlib.h>

#include "storage/csv_field.h"

enum { DIALECT_ROWS = 100 };

/* Drops the byte order mark and the lines that are to be skipped. */
const char *csv_sniff_start(const struct text_source *source, const char *data, size_t length)
{
    const char *p = data, *end = data + length;
    if (length >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    for (uint64_t i = 0; i < source->options.skip && p < end; i++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        p = newline ? newline + 1 : end;
    }
    return p;
}

static bool is_blank_line(const char *p)
{
    return *p == '\n' || (*p == '\r' && p[1] == '\n');
}

/* How well a delimiter fits: fields of the first row, if nearly all rows have as many; 0 if not. */
static uint32_t score_delimiter(const struct csv_dialect *dialect, const char *p, const char *end)
{
    uint32_t fields = 0, rows = 0, agree = 0, n;
    while (p < end && rows < DIALECT_ROWS) {
        const char *bad = NULL;
        if (is_blank_line(p)) {
            p += *p == '\r' ? 2 : 1;
            continue;
        }
        p = csv_field_record(dialect, p, end, NULL, 0, &n, &bad);
        if (!p)
            break;
        if (rows == 0)
            fields = n;
        agree += n == fields;
        rows++;
    }
    return rows > 0 && agree * 10 >= rows * 9 ? fields : 0;
}

static char sniff_delimiter(const struct text_source *source, struct csv_dialect dialect,
                            const char *p, const char *end)
{
    static const char CANDIDATES[] = {',', '\t', ';', '|'};
    if (source->options.has_delimiter)
        return source->options.delimiter;
    char best = ',';
    uint32_t most = 1;
    for (size_t i = 0; i < sizeof(CANDIDATES); i++) {
        dialect.delimiter = CANDIDATES[i];
        uint32_t fields = score_delimiter(&dialect, p, end);
        if (fields > most) {
            most = fields;
            best = CANDIDATES[i];
        }
    }
    return best;
}

/* A header is a first row of distinct, filled texts of which none looks like a value. */
static bool looks_like_header(const struct text_span *fields, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (fields[i].kind == SPAN_NULL || fields[i].length == 0)
            return false;
        if (text_sniff_text(fields[i].start, fields[i].length, true, true) != SEEN_TEXT)
            return false;
        for (uint32_t k = 0; k < i && n < 256; k++)
            if (fields[k].length == fields[i].length &&
                memcmp(fields[k].start, fields[i].start, fields[i].length) == 0)
                return false;
    }
    return true;
}

static struct str field_text(const struct csv_dialect *dialect, struct arena *arena,
                             const struct text_span *field)
{
    char *text = arena_strndup(arena, field->start, field->length);
    size_t n = 0;
    for (size_t i = 0; i < field->length; i++) {
        if ((field->flags & SPAN_ESCAPED) && text[i] == dialect->escape && i + 1 < field->length)
            i++;
        text[n++] = text[i];
    }
    while (n > 0 && text[n - 1] == ' ')
        n--;
    text[n] = '\0';
    while (*text == ' ') {
        text++;
        n--;
    }
    return (struct str){text, n};
}

static bool name_taken(const struct str *names, uint32_t n, struct str name)
{
    for (uint32_t i = 0; i < n; i++)
        if (str_equal_nocase(names[i], name))
            return true;
    return false;
}

/* Unnamed columns are column0, column1, ...; a name that comes again gets _1, _2, ... */
static void name_columns(struct csv_dialect *dialect, struct arena *arena,
                         const struct text_span *fields)
{
    for (uint32_t i = 0; i < dialect->n_columns; i++) {
        struct str name = {0};
        if (dialect->header)
            name = field_text(dialect, arena, &fields[i]);
        if (name.length == 0)
            name = str_of(arena_printf(arena, "column%u", i));
        struct str wanted = name;
        for (unsigned again = 1; name_taken(dialect->names, i, name) && again < 10000; again++)
            name = str_of(arena_printf(arena, STR_FMT "_%u", STR_ARG(wanted), again));
        dialect->names[i] = name;
    }
}

enum status csv_sniff_dialect(const struct text_source *source, struct arena *arena,
                              const char *data, size_t length, struct csv_dialect *out,
                              struct error *error)
{
    const char *p = csv_sniff_start(source, data, length), *end = data + length, *bad = NULL;
    *out = (struct csv_dialect){.quote = source->options.quote, .escape = source->options.escape};
    if (source->dialect_known) {
        out->delimiter = source->dialect.delimiter;
        out->header = source->dialect.header;
    } else {
        out->delimiter = sniff_delimiter(source, *out, p, end);
    }
    while (p < end && is_blank_line(p))
        p += *p == '\r' ? 2 : 1;
    if (p >= end)
        return STATUS_OK;
    uint32_t n = 0;
    const char *next = csv_field_record(out, p, end, NULL, 0, &n, &bad);
    if (n > TEXT_COLUMNS_MAX)
        return error_set(error, STATUS_LIMIT, "too many columns: over %d", TEXT_COLUMNS_MAX);
    if (!next && !bad)
        return error_set(error, STATUS_DATA, "a quoted field is never closed in the first row");
    if (!next)
        return error_set(error, STATUS_DATA, "text after a closing quote in the first row: %.*s",
                         (int)MIN(end - bad, 20), bad);
    struct text_span *fields = ARENA_ARRAY(arena, struct text_span, n);
    TRY(arena_check(arena, error));
    csv_field_record(out, p, end, fields, n, &n, &bad);
    if (!source->dialect_known)
        out->header =
            source->options.has_header ? source->options.header : looks_like_header(fields, n);
    out->n_columns = n;
    out->names = ARENA_ARRAY(arena, struct str, n);
    TRY(arena_check(arena, error));
    name_columns(out, arena, fields);
    out->data_start = (uint64_t)((out->header ? next : p) - data);
    return arena_check(arena, error);
}

void csv_sniff_lines(const struct text_source *source, struct sniff *sniff,
                     const struct csv_dialect *dialect, const char *data, size_t length,
                     uint64_t lines_max, bool cut)
{
    const char *p = data + dialect->data_start, *end = data + length;
    if (dialect->n_columns == 0)
        return;
    struct text_span *fields = ARENA_ARRAY(sniff->arena, struct text_span, dialect->n_columns);
    struct sniff_column **columns =
        ARENA_ARRAY(sniff->arena, struct sniff_column *, dialect->n_columns);
    size_t *places = ARENA_ARRAY(sniff->arena, size_t, dialect->n_columns);
    if (sniff->arena->failed)
        return;
    for (uint32_t i = 0; i < dialect->n_columns; i++) {
        struct sniff_column *column =
            text_sniff_column(sniff, dialect->names[i].data, dialect->names[i].length);
        if (!column)
            return;
        places[i] = (size_t)(column - sniff->columns.items);
    }
    for (uint32_t i = 0; i < dialect->n_columns; i++)
        columns[i] = &sniff->columns.items[places[i]];
    const struct text_options *options = &source->options;
    while (p < end && lines_max > 0) {
        const char *bad = NULL;
        uint32_t n;
        if (is_blank_line(p)) {
            p += *p == '\r' ? 2 : 1;
            continue;
        }
        const char *next = csv_field_record(dialect, p, end, fields, dialect->n_columns, &n, &bad);
        if (!next && !bad)
            return;
        if (!next || (cut && next == end)) {
            next = memchr(p, '\n', (size_t)(end - p));
            if (!next || cut)
                return;
            p = next + 1;
            continue;
        }
        for (uint32_t i = 0; i < MIN(n, dialect->n_columns); i++) {
            const struct text_span *f = &fields[i];
            bool is_null = f->kind == SPAN_NULL ||
                           (options->has_null_text && f->kind == SPAN_FIELD &&
                            str_equal((struct str){f->start, f->length}, options->null_text));
            columns[i]->seen |=
                is_null ? SEEN_NULL : text_sniff_text(f->start, f->length, true, false);
        }
        p = next;
        sniff->lines++;
        lines_max--;
    }
}
