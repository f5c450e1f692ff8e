/* render_text.c - box, table and markdown: columns that line up.
 *
 *   1. Rows are held back as clean text until the widths of the columns can be told.
 *   2. With a row limit (a screen) the first and the last rows are kept, the others are only counted, and
 *      everything is drawn at the end.
 *   3. Without one, widths are those of the first GRID_ROWS rows or GRID_BYTES of text; what comes later is
 *      drawn at once, and a value wider than its column pushes the rest of its line to the right.
 *   4. On a screen text columns are narrowed first, then columns in the middle are left out. Numbers and
 *      times are never narrowed. */
#include "shell/render_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "shell/display.h"
#include "shell/render.h"

enum { GRID_ROWS = 20000, GRID_BYTES = 16 << 20, NARROW_MIN = 8 };

struct cell {
    uint32_t start, length, width;
    bool is_null;
};

/* Rows of clean text. */
struct grid {
    struct bytes text, cells; /* cells: struct cell, row by row */
    size_t n_rows;
};

struct column {
    size_t width;
    bool right, shown;
    bool rigid; /* never narrowed: numbers and times, which say something else when cut */
};

struct border {
    const char *top[4], *middle[4], *bottom[4]; /* left, line, cross, right; NULL: no such line */
    const char *left, *bar, *right;
};

struct text_state {
    const struct border *border;
    struct grid head, tail;
    size_t head_max, tail_max; /* rows shown before and after the gap; 0: no limit */
    struct column *columns;
    size_t n_hidden; /* columns left out */
    bool laid_out;
};

static const struct border border_box = {{"┌─", "─", "─┬─", "─┐\n"},
                                         {"├─", "─", "─┼─", "─┤\n"},
                                         {"└─", "─", "─┴─", "─┘\n"},
                                         "│ ",
                                         " │ ",
                                         " │\n"};
static const struct border border_table = {{"+-", "-", "-+-", "-+\n"},
                                           {"+-", "-", "-+-", "-+\n"},
                                           {"+-", "-", "-+-", "-+\n"},
                                           "| ",
                                           " | ",
                                           " |\n"};
static const struct border border_markdown = {{NULL}, {"|", "-", "|", "|\n"}, {NULL}, "| ", " | ",
                                              " |\n"};

/* ---- the grid ---- */

static void grid_init(struct grid *grid)
{
    memset(grid, 0, sizeof *grid);
    bytes_init(&grid->text, NULL, "shell");
    bytes_init(&grid->cells, NULL, "shell");
}

static void grid_fini(struct grid *grid)
{
    bytes_fini(&grid->text);
    bytes_fini(&grid->cells);
}

static void grid_clear(struct grid *grid)
{
    grid->text.length = grid->cells.length = 0;
    grid->n_rows = 0;
}

static const struct cell *grid_row(const struct grid *grid, size_t row, size_t n_columns)
{
    return (const struct cell *)(const void *)grid->cells.data + row * n_columns;
}

/* A cell of Markdown: a bar would end it, a line end the table. */
static enum status append_markdown(struct bytes *to, struct str text, size_t *width,
                                   struct error *error)
{
    size_t start = to->length;
    for (size_t i = 0; i < text.length; i++) {
        const char *special = text.data[i] == '|' ? "\\|" : text.data[i] == '\n' ? "<br>" : NULL;
        if (special)
            TRY(bytes_append(to, special, strlen(special), error));
        else if (text.data[i] != '\r')
            TRY(bytes_append(to, text.data + i, 1, error));
    }
    *width = display_width((struct str){to->data + start, to->length - start});
    return STATUS_OK;
}

static enum status grid_add_cell(struct grid *grid, struct render *render, struct str text,
                                 bool is_null, struct error *error)
{
    const struct text_state *state = render->state;
    size_t start = grid->text.length, width;
    size_t width_max = render->options->width ? render->options->width : UINT32_MAX;
    if (state->border == &border_markdown)
        TRY(append_markdown(&grid->text, text, &width, error));
    else
        TRY(display_append(&grid->text, text, width_max, &width, error));
    struct cell cell = {(uint32_t)start, (uint32_t)(grid->text.length - start), (uint32_t)width,
                        is_null};
    return bytes_append(&grid->cells, &cell, sizeof cell, error);
}

static void grid_add_row(struct grid *grid, struct render *render, const struct ArrowArray *batch,
                         int64_t row)
{
    for (size_t i = 0; i < render->n_columns; i++) {
        bool is_null;
        struct str text = render_text(render, batch, i, row, &is_null);
        if (grid_add_cell(grid, render, text, is_null, &render->error) != STATUS_OK)
            return;
    }
    grid->n_rows++;
}

/* Forgets all but the last `keep` rows. */
static void grid_keep_last(struct grid *grid, size_t keep, size_t n_columns)
{
    if (grid->n_rows <= keep || n_columns == 0)
        return;
    struct cell *cells = (struct cell *)(void *)grid->cells.data;
    size_t dropped = (grid->n_rows - keep) * n_columns, kept = keep * n_columns;
    uint32_t start = cells[dropped].start;
    memmove(grid->text.data, grid->text.data + start, grid->text.length - start);
    grid->text.length -= start;
    memmove(cells, cells + dropped, kept * sizeof *cells);
    for (size_t i = 0; i < kept; i++)
        cells[i].start -= start;
    grid->cells.length = kept * sizeof *cells;
    grid->n_rows = keep;
}

/* ---- the widths ---- */

static size_t name_width(const struct render *render, size_t column)
{
    return MAX(display_width(str_of(render->types[column].name)), (size_t)1);
}

static void measure(struct render *render, const struct grid *grid)
{
    struct text_state *state = render->state;
    for (size_t row = 0; row < grid->n_rows; row++) {
        const struct cell *cells = grid_row(grid, row, render->n_columns);
        for (size_t i = 0; i < render->n_columns; i++)
            state->columns[i].width = MAX(state->columns[i].width, (size_t)cells[i].width);
    }
}

/* What the columns take on the screen if those that may be narrowed are at most `cap` wide. */
static size_t total_width(const struct render *render, size_t cap)
{
    const struct text_state *state = render->state;
    size_t total = 1;
    for (size_t i = 0; i < render->n_columns; i++) {
        const struct column *column = &state->columns[i];
        if (column->shown)
            total += 3 + (column->rigid ? column->width : MIN(column->width, cap));
    }
    return total + (state->n_hidden ? 4 : 0); /* the column that stands for those left out */
}

/* Leaves out columns from the middle until the rest fits, all narrow. */
static void hide_columns(struct render *render)
{
    struct text_state *state = render->state;
    size_t left = (render->n_columns + 1) / 2, right = left; /* hidden: [left, right) */
    size_t width = render->options->width;
    while (total_width(render, NARROW_MIN) > width && state->n_hidden + 1 < render->n_columns) {
        bool take_right = right < render->n_columns && (state->n_hidden % 2 == 0 || left == 1);
        size_t victim = take_right ? right++ : --left;
        state->columns[victim].shown = false;
        state->n_hidden++;
    }
}

static void fit_width(struct render *render)
{
    struct text_state *state = render->state;
    size_t width = render->options->width, cap = 0;
    for (size_t i = 0; i < render->n_columns; i++)
        cap = MAX(cap, state->columns[i].width);
    if (!width || total_width(render, cap) <= width)
        return;
    if (total_width(render, NARROW_MIN) > width)
        hide_columns(render);
    while (cap > 1 && total_width(render, cap) > width)
        cap--;
    for (size_t i = 0; i < render->n_columns; i++)
        if (!state->columns[i].rigid)
            state->columns[i].width = MIN(state->columns[i].width, cap);
    if (total_width(render, cap) > width) /* one such column, wider than the screen */
        for (size_t i = 0; i < render->n_columns; i++)
            state->columns[i].width = MIN(state->columns[i].width, MAX(width, (size_t)5) - 4);
}

static void lay_out(struct render *render)
{
    struct text_state *state = render->state;
    const struct render_options *options = render->options;
    for (size_t i = 0; i < render->n_columns; i++) {
        state->columns[i].shown = true;
        state->columns[i].right = value_type_is_number(&render->types[i]);
        state->columns[i].rigid = state->columns[i].right || value_type_is_time(&render->types[i]);
        if (options->header)
            state->columns[i].width = name_width(render, i);
    }
    measure(render, &state->head);
    measure(render, &state->tail);
    for (size_t i = 0; i < MIN(render->n_columns, options->n_widths); i++) {
        if (options->widths[i] != 0)
            state->columns[i].width = (size_t)abs(options->widths[i]);
        if (options->widths[i] < 0)
            state->columns[i].right = true;
    }
    fit_width(render);
    state->laid_out = true;
}

/* ---- drawing ---- */

/* Whether a column that stands for those left out comes before column `i`. */
static bool is_after_hidden(const struct text_state *state, size_t i)
{
    return i > 0 && state->columns[i].shown && !state->columns[i - 1].shown;
}

static bool hidden_at_end(const struct render *render)
{
    const struct text_state *state = render->state;
    return render->n_columns > 0 && !state->columns[render->n_columns - 1].shown;
}

static void draw_line(struct render *render, const char *const line[4])
{
    const struct text_state *state = render->state;
    bool is_markdown = state->border == &border_markdown, first = true;
    if (!line[0])
        return;
    output_puts(render->out, line[0]);
    for (size_t i = 0; i < render->n_columns; i++) {
        const struct column *column = &state->columns[i];
        if (!column->shown)
            continue;
        if (is_after_hidden(state, i)) {
            output_puts(render->out, line[2]);
            output_puts(render->out, line[1]);
        }
        if (!first)
            output_puts(render->out, line[2]);
        first = false;
        size_t extra = !is_markdown ? 0 : column->right ? 1 : 2;
        output_repeat(render->out, line[1], column->width + extra);
        if (is_markdown && column->right)
            output_putc(render->out, ':');
    }
    if (hidden_at_end(render)) {
        output_puts(render->out, line[2]);
        output_puts(render->out, line[1]);
    }
    output_puts(render->out, line[3]);
}

/* `text` in a column: cut if the column was narrowed, padded to its side, coloured. */
static void draw_text(struct render *render, const struct column *column, struct str text,
                      size_t width, const char *color)
{
    const struct render_options *options = render->options;
    bool cut = width > column->width && (options->width || options->n_widths);
    if (cut)
        text.length = display_fit(text, column->width - 1, &width);
    size_t shown = width + cut;
    size_t padding = column->width > shown ? column->width - shown : 0;
    if (column->right)
        output_repeat(render->out, " ", padding);
    if (color)
        output_puts(render->out, color);
    output_write(render->out, text.data, text.length);
    if (cut)
        output_puts(render->out, DISPLAY_ELLIPSIS);
    if (color)
        output_puts(render->out, COLOR_RESET);
    if (!column->right)
        output_repeat(render->out, " ", padding);
}

/* Whether a cell has changed since the last drawing of the same query. */
static bool cell_changed(struct changes *changes, struct str text)
{
    uint64_t hash = hash_bytes(text.data, text.length), before;
    size_t at = changes->now.length;
    if (at >= CHANGES_MAX * sizeof hash)
        return false;
    struct error ignored = {0};
    if (bytes_append(&changes->now, &hash, sizeof hash, &ignored) != STATUS_OK)
        return false;
    if (at >= changes->before.length)
        return changes->n_drawn > 0;
    memcpy(&before, changes->before.data + at, sizeof before);
    return before != hash;
}

static void draw_row(struct render *render, const struct grid *grid, size_t row)
{
    const struct text_state *state = render->state;
    const struct cell *cells = grid_row(grid, row, render->n_columns);
    bool first = true;
    output_puts(render->out, state->border->left);
    for (size_t i = 0; i < render->n_columns; i++) {
        struct str text = {grid->text.data + cells[i].start, cells[i].length};
        struct changes *changes = render->options->changes;
        bool changed = changes && cell_changed(changes, text);
        if (!state->columns[i].shown)
            continue;
        if (is_after_hidden(state, i))
            output_printf(render->out, "%s%s", state->border->bar, DISPLAY_ELLIPSIS);
        if (!first)
            output_puts(render->out, state->border->bar);
        first = false;
        const char *color = changed ? COLOR_CHANGED : cells[i].is_null ? COLOR_DIM : NULL;
        draw_text(render, &state->columns[i], text, cells[i].width,
                  render->options->color ? color : NULL);
    }
    if (hidden_at_end(render))
        output_printf(render->out, "%s%s", state->border->bar, DISPLAY_ELLIPSIS);
    output_puts(render->out, state->border->right);
}

static void draw_rows(struct render *render, const struct grid *grid)
{
    for (size_t row = 0; row < grid->n_rows; row++)
        draw_row(render, grid, row);
}

/* The names, as a grid of one row. */
static void draw_names(struct render *render)
{
    const struct text_state *state = render->state;
    bool first = true;
    output_puts(render->out, state->border->left);
    for (size_t i = 0; i < render->n_columns; i++) {
        struct bytes name;
        size_t width;
        if (!state->columns[i].shown)
            continue;
        bytes_init(&name, NULL, "shell");
        struct str text = str_of(render->types[i].name);
        enum status status = state->border == &border_markdown
                                 ? append_markdown(&name, text, &width, &render->error)
                                 : display_append(&name, text, UINT32_MAX, &width, &render->error);
        if (is_after_hidden(state, i))
            output_printf(render->out, "%s%s", state->border->bar, DISPLAY_ELLIPSIS);
        if (!first)
            output_puts(render->out, state->border->bar);
        first = false;
        if (status == STATUS_OK)
            draw_text(render, &state->columns[i], (struct str){name.data, name.length}, width,
                      render->options->color ? COLOR_BOLD : NULL);
        bytes_fini(&name);
    }
    if (hidden_at_end(render))
        output_printf(render->out, "%s%s", state->border->bar, DISPLAY_ELLIPSIS);
    output_puts(render->out, state->border->right);
}

static void draw_head(struct render *render)
{
    const struct text_state *state = render->state;
    draw_line(render, state->border->top);
    if (!render->options->header)
        return;
    draw_names(render);
    draw_line(render, state->border->middle);
}

/* The line in the middle that stands for the rows not shown. */
static void draw_gap(struct render *render, uint64_t n_rows)
{
    const struct text_state *state = render->state;
    /* The longest that fits. */
    static const char *const endings[] = {(" more rows " DISPLAY_ELLIPSIS), " more rows", " more",
                                          ""};
    char count[32], text[80] = "";
    size_t inner = total_width(render, SIZE_MAX) - 4, width = SIZE_MAX;
    for (size_t i = 0; i < ARRAY_LENGTH(endings) && width > inner; i++) {
        snprintf(text, sizeof text, DISPLAY_ELLIPSIS " %s%s", display_count(n_rows, count),
                 endings[i]);
        width = display_width(str_of(text));
    }
    size_t length = display_fit(str_of(text), inner, &width);
    output_puts(render->out, state->border->left);
    output_repeat(render->out, " ", (inner - width) / 2);
    output_write(render->out, text, length);
    output_repeat(render->out, " ", inner - width - (inner - width) / 2);
    output_puts(render->out, state->border->right);
}

static void draw_footer(struct render *render, uint64_t n_shown)
{
    const struct text_state *state = render->state;
    char count[32];
    struct output *out = render->out;
    output_puts(out, render->options->color ? COLOR_DIM : "");
    output_printf(out, "%s row%s", display_count(render->rows, count),
                  render->rows == 1 ? "" : "s");
    if (n_shown < render->rows)
        output_printf(out, " (%s shown)", display_count(n_shown, count));
    if (state->n_hidden)
        output_printf(out, ", %zu columns (%zu shown)", render->n_columns,
                      render->n_columns - state->n_hidden);
    output_printf(out, " in %.3f s%s\n", render->elapsed_s,
                  render->options->color ? COLOR_RESET : "");
}

/* ---- the modes ---- */

static void text_open(struct render *render, const struct border *border)
{
    struct text_state *state = ARENA_NEW(render->arena, struct text_state);
    state->columns = ARENA_ARRAY(render->arena, struct column, render->n_columns);
    render->state = state;
    state->border = border;
    state->head_max = (render->options->rows_max + 1) / 2;
    state->tail_max = render->options->rows_max / 2;
    grid_init(&state->head);
    grid_init(&state->tail);
}

/* Rows up to head_max go to the head, of the others only those that may be among the last are kept. */
static void text_batch_limited(struct render *render, const struct ArrowArray *batch)
{
    struct text_state *state = render->state;
    int64_t row = 0;
    while (row < batch->length && state->head.n_rows < state->head_max)
        grid_add_row(&state->head, render, batch, row++);
    row = MAX(row, batch->length - (int64_t)state->tail_max);
    while (row < batch->length)
        grid_add_row(&state->tail, render, batch, row++);
    if (state->tail.n_rows > 4 * state->tail_max)
        grid_keep_last(&state->tail, state->tail_max, render->n_columns);
}

static void text_batch(struct render *render, const struct ArrowArray *batch)
{
    struct text_state *state = render->state;
    if (state->head_max) {
        text_batch_limited(render, batch);
        return;
    }
    for (int64_t row = 0; row < batch->length && render->error.status == STATUS_OK; row++)
        grid_add_row(&state->head, render, batch, row);
    bool is_enough = state->head.n_rows >= GRID_ROWS || state->head.text.length >= GRID_BYTES;
    if (!state->laid_out && !is_enough)
        return;
    if (!state->laid_out) {
        lay_out(render);
        draw_head(render);
    }
    draw_rows(render, &state->head);
    grid_clear(&state->head);
}

static void text_abandon(struct render *render)
{
    struct text_state *state = render->state;
    grid_fini(&state->head);
    grid_fini(&state->tail);
}

static void text_close(struct render *render)
{
    struct text_state *state = render->state;
    grid_keep_last(&state->tail, state->tail_max, render->n_columns);
    uint64_t n_shown = state->head_max ? state->head.n_rows + state->tail.n_rows : render->rows;
    if (!state->laid_out) {
        lay_out(render);
        draw_head(render);
    }
    draw_rows(render, &state->head);
    if (n_shown < render->rows)
        draw_gap(render, render->rows - n_shown);
    draw_rows(render, &state->tail);
    draw_line(render, state->border->bottom);
    if (render->options->footer)
        draw_footer(render, n_shown);
    text_abandon(render);
}

static void box_open(struct render *render)
{
    text_open(render, &border_box);
}

static void table_open(struct render *render)
{
    text_open(render, &border_table);
}

static void markdown_open(struct render *render)
{
    text_open(render, &border_markdown);
}

const struct render_format render_format_box = {"",         "NULL",     box_open,
                                                text_batch, text_close, text_abandon};
const struct render_format render_format_table = {"",         "NULL",     table_open,
                                                  text_batch, text_close, text_abandon};
const struct render_format render_format_markdown = {"",         "",         markdown_open,
                                                     text_batch, text_close, text_abandon};
