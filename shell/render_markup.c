/* render_markup.c - html, latex, and the SQL modes insert and quote. */
#include "shell/render.h"

/* Writes `text` with each character that `map` names replaced. `map` is pairs of a character and its text. */
struct escape {
    char character;
    const char *text;
};

static void put_escaped(struct output *out, struct str text, const struct escape *map, size_t n_map)
{
    for (size_t i = 0; i < text.length; i++) {
        const char *replacement = NULL;
        for (size_t j = 0; j < n_map && !replacement; j++)
            if (map[j].character == text.data[i])
                replacement = map[j].text;
        if (replacement)
            output_puts(out, replacement);
        else
            output_putc(out, text.data[i]);
    }
}

/* ---- html ---- */

static const struct escape html_escapes[] = {
    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\n', "<br>\n"}};

static void html_cell(struct render *render, const char *tag, size_t column, struct str text)
{
    bool right = value_type_is_number(&render->types[column]);
    output_printf(render->out, "<%s%s>", tag, right ? " style=\"text-align:right\"" : "");
    put_escaped(render->out, text, html_escapes, ARRAY_LENGTH(html_escapes));
    output_printf(render->out, "</%s>", tag);
}

static void html_open(struct render *render)
{
    output_puts(render->out, "<table>\n");
    if (!render->options->header)
        return;
    output_puts(render->out, "<tr>");
    for (size_t i = 0; i < render->n_columns; i++)
        html_cell(render, "th", i, str_of(render->types[i].name));
    output_puts(render->out, "</tr>\n");
}

static void html_batch(struct render *render, const struct ArrowArray *batch)
{
    for (int64_t row = 0; row < batch->length; row++) {
        output_puts(render->out, "<tr>");
        for (size_t i = 0; i < render->n_columns; i++) {
            bool is_null;
            html_cell(render, "td", i, render_text(render, batch, i, row, &is_null));
        }
        output_puts(render->out, "</tr>\n");
    }
}

static void html_close(struct render *render)
{
    output_puts(render->out, "</table>\n");
}

const struct render_format render_format_html = {"", "", html_open, html_batch, html_close, NULL};

/* ---- latex ---- */

static const struct escape latex_escapes[] = {
    {'&', "\\&"},
    {'%', "\\%"},
    {'$', "\\$"},
    {'#', "\\#"},
    {'_', "\\_"},
    {'{', "\\{"},
    {'}', "\\}"},
    {'~', "\\textasciitilde{}"},
    {'^', "\\textasciicircum{}"},
    {'\\', "\\textbackslash{}"},
    {'<', "\\textless{}"},
    {'>', "\\textgreater{}"},
    {'|', "\\textbar{}"},
    {'\n', " "},
};

static void latex_cell(struct render *render, size_t column, struct str text)
{
    if (column > 0)
        output_puts(render->out, " & ");
    put_escaped(render->out, text, latex_escapes, ARRAY_LENGTH(latex_escapes));
}

static void latex_open(struct render *render)
{
    output_puts(render->out, "\\begin{tabular}{");
    for (size_t i = 0; i < render->n_columns; i++)
        output_putc(render->out, value_type_is_number(&render->types[i]) ? 'r' : 'l');
    output_puts(render->out, "}\n\\hline\n");
    if (!render->options->header)
        return;
    for (size_t i = 0; i < render->n_columns; i++)
        latex_cell(render, i, str_of(render->types[i].name));
    output_puts(render->out, " \\\\\n\\hline\n");
}

static void latex_batch(struct render *render, const struct ArrowArray *batch)
{
    for (int64_t row = 0; row < batch->length; row++) {
        for (size_t i = 0; i < render->n_columns; i++) {
            bool is_null;
            latex_cell(render, i, render_text(render, batch, i, row, &is_null));
        }
        output_puts(render->out, " \\\\\n");
    }
}

static void latex_close(struct render *render)
{
    output_puts(render->out, "\\hline\n\\end{tabular}\n");
}

const struct render_format render_format_latex = {"",          "",          latex_open,
                                                  latex_batch, latex_close, NULL};

/* ---- insert and quote ---- */

static const struct escape sql_escapes[] = {{'\'', "''"}};
static const struct escape name_escapes[] = {{'"', "\"\""}};

/* The word before a literal that needs one, and whether it stands in quotes. */
static const char *literal_prefix(const struct value_type *type, bool *quoted)
{
    *quoted = true;
    switch (type->kind) {
    case VALUE_DATE:
        return "DATE ";
    case VALUE_TIME:
        return "TIME ";
    case VALUE_TIMESTAMP:
        return type->zone ? "TIMESTAMP WITH TIME ZONE " : "TIMESTAMP ";
    case VALUE_INTERVAL:
        return "INTERVAL ";
    case VALUE_TEXT:
    case VALUE_LIST:
    case VALUE_STRUCT:
        return "";
    default:
        *quoted = false;
        return "";
    }
}

static void sql_value(struct render *render, const struct ArrowArray *batch, size_t column,
                      int64_t row)
{
    const struct value_type *type = &render->types[column];
    bool is_null, quoted;
    struct str text = render_text(render, batch, column, row, &is_null);
    if (is_null) {
        output_puts(render->out, "NULL");
        return;
    }
    const char *prefix = literal_prefix(type, &quoted);
    bool is_double = type->kind == VALUE_DOUBLE || type->kind == VALUE_FLOAT;
    bool is_word = is_double && (str_is(text, "NaN") || str_ends_with(text, "Infinity"));
    if (!quoted && !is_word) {
        output_write(render->out, text.data, text.length);
        return;
    }
    output_printf(render->out, "%s%s'", is_word ? "CAST(" : "", prefix);
    put_escaped(render->out, text, sql_escapes, 1);
    output_puts(render->out, is_word ? "' AS DOUBLE)" : "'");
}

static void sql_name(struct output *out, const char *name)
{
    output_putc(out, '"');
    put_escaped(out, str_of(name), name_escapes, 1);
    output_putc(out, '"');
}

static void insert_batch(struct render *render, const struct ArrowArray *batch)
{
    struct output *out = render->out;
    for (int64_t row = 0; row < batch->length; row++) {
        output_puts(out, "INSERT INTO ");
        sql_name(out, render->options->table ? render->options->table : "table");
        for (size_t i = 0; i < render->n_columns && render->options->header; i++) {
            output_puts(out, i ? "," : "(");
            sql_name(out, render->types[i].name);
        }
        output_puts(out, render->options->header ? ") VALUES(" : " VALUES(");
        for (size_t i = 0; i < render->n_columns; i++) {
            output_puts(out, i ? "," : "");
            sql_value(render, batch, i, row);
        }
        output_puts(out, ");\n");
    }
}

static void quote_open(struct render *render)
{
    for (size_t i = 0; i < render->n_columns && render->options->header; i++) {
        output_puts(render->out, i ? render->separator : "");
        output_putc(render->out, '\'');
        put_escaped(render->out, str_of(render->types[i].name), sql_escapes, 1);
        output_putc(render->out, '\'');
    }
    output_puts(render->out, render->options->header ? "\n" : "");
}

static void quote_batch(struct render *render, const struct ArrowArray *batch)
{
    for (int64_t row = 0; row < batch->length; row++) {
        for (size_t i = 0; i < render->n_columns; i++) {
            output_puts(render->out, i ? render->separator : "");
            sql_value(render, batch, i, row);
        }
        output_putc(render->out, '\n');
    }
}

static void nothing(struct render *render)
{
    (void)render;
}

const struct render_format render_format_insert = {",",          "NULL",  nothing,
                                                   insert_batch, nothing, NULL};
const struct render_format render_format_quote = {",",         "NULL",  quote_open,
                                                  quote_batch, nothing, NULL};
