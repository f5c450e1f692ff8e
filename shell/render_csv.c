/* render_csv.c - csv, list, tabs, line: modes that write each row as it comes. */
#include "shell/render.h"

/* Writes one cell; `is_null` text is the null value, written as it is. */
typedef void cell_fn(struct render *render, struct str text, bool is_null);

static void rows_header(struct render *render, cell_fn *cell)
{
    if (!render->options->header)
        return;
    for (size_t i = 0; i < render->n_columns; i++) {
        if (i > 0)
            output_puts(render->out, render->separator);
        cell(render, str_of(render->types[i].name), false);
    }
    output_putc(render->out, '\n');
}

static void rows_batch(struct render *render, const struct ArrowArray *batch, cell_fn *cell)
{
    size_t separator = strlen(render->separator);
    for (int64_t row = 0; row < batch->length; row++) {
        for (size_t i = 0; i < render->n_columns; i++) {
            bool is_null;
            struct str text = render_text(render, batch, i, row, &is_null);
            if (i > 0)
                output_write(render->out, render->separator, separator);
            cell(render, text, is_null);
        }
        output_putc(render->out, '\n');
    }
}

static void nothing(struct render *render)
{
    (void)render;
}

/* ---- csv ---- */

typedef uint8_t block __attribute__((vector_size(16)));

/* Whether `text` holds a quote, a line end or the separator. */
static bool csv_has_special(struct str text, uint8_t separator)
{
    size_t at = 0;
    block found = {0};
    for (; at + sizeof found <= text.length; at += sizeof found) {
        block bytes;
        memcpy(&bytes, text.data + at, sizeof bytes);
        found |= (block)((bytes == '"') | (bytes == '\n') | (bytes == '\r') | (bytes == separator));
    }
    uint64_t words[2];
    memcpy(words, &found, sizeof words);
    bool special = (words[0] | words[1]) != 0;
    for (; at < text.length; at++) {
        uint8_t c = (uint8_t)text.data[at];
        special |= c == '"' || c == '\n' || c == '\r' || c == separator;
    }
    return special;
}

/* Quotes, line ends and the separator are quoted, and what would else be read as NULL. */
static bool csv_needs_quotes(const struct render *render, struct str text)
{
    return text.length == 0 || csv_has_special(text, (uint8_t)render->separator[0]) ||
           str_equal(text, str_of(render->null_value));
}

static void csv_cell(struct render *render, struct str text, bool is_null)
{
    if (is_null || !csv_needs_quotes(render, text)) {
        output_write(render->out, text.data, text.length);
        return;
    }
    output_putc(render->out, '"');
    while (text.length > 0) {
        const char *quote = memchr(text.data, '"', text.length);
        size_t n = quote ? (size_t)(quote - text.data) + 1 : text.length;
        output_write(render->out, text.data, n);
        if (quote)
            output_putc(render->out, '"');
        text.data += n;
        text.length -= n;
    }
    output_putc(render->out, '"');
}

static void csv_open(struct render *render)
{
    rows_header(render, csv_cell);
}

static void csv_batch(struct render *render, const struct ArrowArray *batch)
{
    rows_batch(render, batch, csv_cell);
}

const struct render_format render_format_csv = {",", "", csv_open, csv_batch, nothing, NULL};

/* ---- list ---- */

static void list_cell(struct render *render, struct str text, bool is_null)
{
    (void)is_null;
    output_write(render->out, text.data, text.length);
}

static void list_open(struct render *render)
{
    rows_header(render, list_cell);
}

static void list_batch(struct render *render, const struct ArrowArray *batch)
{
    rows_batch(render, batch, list_cell);
}

const struct render_format render_format_list = {"|", "", list_open, list_batch, nothing, NULL};

/* ---- tabs ---- */

static void tabs_cell(struct render *render, struct str text, bool is_null)
{
    (void)is_null;
    size_t from = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (c != '\t' && c != '\n' && c != '\r' && c != '\\')
            continue;
        output_write(render->out, text.data + from, i - from);
        char escaped[2] = {'\\', c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : '\\'};
        output_write(render->out, escaped, 2);
        from = i + 1;
    }
    output_write(render->out, text.data + from, text.length - from);
}

static void tabs_open(struct render *render)
{
    rows_header(render, tabs_cell);
}

static void tabs_batch(struct render *render, const struct ArrowArray *batch)
{
    rows_batch(render, batch, tabs_cell);
}

const struct render_format render_format_tabs = {"\t", "", tabs_open, tabs_batch, nothing, NULL};

/* ---- line ---- */

static void line_batch(struct render *render, const struct ArrowArray *batch)
{
    size_t widest = 0;
    for (size_t i = 0; i < render->n_columns; i++)
        widest = MAX(widest, strlen(render->types[i].name));
    for (int64_t row = 0; row < batch->length; row++) {
        if (render->rows > 0 || row > 0)
            output_putc(render->out, '\n');
        for (size_t i = 0; i < render->n_columns; i++) {
            bool is_null;
            struct str text = render_text(render, batch, i, row, &is_null);
            const char *name = render->types[i].name;
            output_repeat(render->out, " ", widest - strlen(name));
            output_puts(render->out, name);
            output_puts(render->out, render->separator);
            output_write(render->out, text.data, text.length);
            output_putc(render->out, '\n');
        }
    }
}

const struct render_format render_format_line = {" = ", "NULL", nothing, line_batch, nothing, NULL};
