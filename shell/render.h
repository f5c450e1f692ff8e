/* render.h - a result drawn in one of the output modes.
 *
 *   render_open -> render_batch ... -> render_close          (render_abandon when the query failed)
 *
 * Each mode is one row of the table in render.c: four functions behind `struct render_format`. Rows may be
 * held back until their widths are known; what is held back is bounded (see render_text.c). */
#ifndef RENDER_H
#define RENDER_H

#include "shell/output.h"
#include "shell/value_text.h"

/* mode, word of the option and of .mode, what it is */
#define RENDER_MODES(X)                                                \
    X(BOX, box, "a table drawn with lines")                            \
    X(TABLE, table, "a table drawn with + - |")                        \
    X(MARKDOWN, markdown, "a Markdown table")                          \
    X(LINE, line, "one value a line")                                  \
    X(LIST, list, "values separated by |")                             \
    X(TABS, tabs, "values separated by tabs, escaped as \\t \\n \\\\") \
    X(CSV, csv, "comma-separated values (RFC 4180)")                   \
    X(JSON, json, "one JSON array of objects")                         \
    X(JSONL, jsonl, "one JSON object a line")                          \
    X(HTML, html, "rows of an HTML table")                             \
    X(LATEX, latex, "a LaTeX tabular")                                 \
    X(INSERT, insert, "SQL INSERT statements")                         \
    X(QUOTE, quote, "SQL literals separated by commas")

enum render_mode {
#define X(mode, word, what) RENDER_##mode,
    RENDER_MODES(X)
#undef X
        RENDER_MODE_COUNT
};

enum { RENDER_WIDTHS_MAX = 64 };

struct render_options {
    enum render_mode mode;
    bool header;
    bool color;
    const char *separator;         /* NULL: the mode's own */
    const char *null_value;        /* NULL: the mode's own */
    const char *table;             /* whose INSERTs they are */
    size_t width;                  /* of the screen in columns; 0: any */
    size_t rows_max;               /* shown of a longer result; 0: all */
    bool footer;                   /* the count of rows and the time below a table */
    int widths[RENDER_WIDTHS_MAX]; /* asked for by .width; 0: as needed */
    size_t n_widths;
    struct changes *changes; /* NULL, or what .watch compares with */
};

struct render;

/* How one mode is drawn. A row's values are `columns[i]` of the batch at `row + offset`. */
struct render_format {
    const char *separator, *null_value;
    void (*open)(struct render *render);
    void (*batch)(struct render *render, const struct ArrowArray *batch);
    void (*close)(struct render *render); /* the result is whole */
    void (*abandon)(struct render *render);
};

struct render {
    const struct render_format *format;
    const struct render_options *options;
    struct output *out;
    struct arena *arena;
    struct value_writer writer;
    struct value_type *types;
    size_t n_columns;
    const char *separator, *null_value;
    uint64_t rows;
    bool opened;        /* the format's open was called */
    double elapsed_s;   /* for the footer; set before render_close */
    struct error error; /* the first failure while drawing */
    void *state;        /* the mode's own */
};

const char *render_mode_word(enum render_mode mode);
/* False if there is no such mode. */
bool render_mode_find(const char *word, enum render_mode *mode);

/* `schema`, `options` and `arena` must live until the close. Nothing is written before the first batch or the
 * close: a query that fails at once leaves no header behind. */
MUST_CHECK enum status render_open(struct render *render, const struct render_options *options,
                                   struct output *out, struct weir *db,
                                   const struct ArrowSchema *schema, struct arena *arena,
                                   struct error *error);
MUST_CHECK enum status render_batch(struct render *render, const struct ArrowArray *batch,
                                    struct error *error);
MUST_CHECK enum status render_close(struct render *render, double elapsed_s, struct error *error);
void render_abandon(struct render *render);

/* For the modes: the text of a value, `null_value` for NULL. */
struct str render_text(struct render *render, const struct ArrowArray *batch, size_t column,
                       int64_t row, bool *is_null);

extern const struct render_format render_format_box, render_format_table, render_format_markdown,
    render_format_line, render_format_list, render_format_tabs, render_format_csv,
    render_format_json, render_format_jsonl, render_format_html, render_format_latex,
    render_format_insert, render_format_quote;

#endif
