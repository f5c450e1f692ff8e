/* plot.c - bars, a line over time, a histogram, from what the columns of the last result are. */
#include "shell/plot.h"

#include <math.h>
#include <stdio.h>

#include "shell/display.h"

enum { LINE_HEIGHT = 8, HISTOGRAM_BINS = 12, BARS_MAX = 60, NUMBER_COLUMNS = 12 };

void plot_init(struct plot_data *plot)
{
    memset(plot, 0, sizeof *plot);
    bytes_init(&plot->rows, NULL, "shell");
}

void plot_fini(struct plot_data *plot)
{
    bytes_fini(&plot->rows);
}

static void plot_name(char to[PLOT_NAME_MAX], const char *name)
{
    size_t width;
    size_t n = display_fit(str_of(name), PLOT_NAME_MAX / 4, &width);
    snprintf(to, PLOT_NAME_MAX, "%.*s", (int)n, name);
}

void plot_begin(struct plot_data *plot, const struct value_type *types, size_t n_columns)
{
    plot->rows.length = 0;
    plot->n_rows = plot->n_series = 0;
    plot->is_time = plot->is_cut = plot->has_label = false;
    if (n_columns == 0)
        return;
    plot->is_time = value_type_is_time(&types[0]);
    plot->has_label = n_columns > 1 || !value_type_is_number(&types[0]);
    plot_name(plot->label_name, types[0].name);
    for (size_t i = plot->has_label; i < n_columns && plot->n_series < PLOT_SERIES_MAX; i++) {
        if (!value_type_is_number(&types[i]))
            continue;
        plot_name(plot->names[plot->n_series], types[i].name);
        plot->columns[plot->n_series++] = i;
    }
}

void plot_add(struct plot_data *plot, struct value_writer *writer, const struct value_type *types,
              const struct ArrowArray *batch)
{
    struct error ignored = {0};
    for (int64_t i = 0; i < batch->length && plot->n_series > 0; i++) {
        struct plot_row row = {.x = NAN};
        int64_t at = i + batch->offset;
        if (plot->n_rows == PLOT_ROWS_MAX) {
            plot->is_cut = true;
            return;
        }
        if (plot->has_label && !value_is_null(&types[0], batch->children[0], at)) {
            size_t width;
            struct str text = value_text(writer, &types[0], batch->children[0], at);
            text.length = display_fit(text, PLOT_LABEL_MAX / 4 * 2, &width);
            text.length = MIN(text.length, (size_t)PLOT_LABEL_MAX - 1);
            memcpy(row.label, text.data, text.length);
            row.x = value_number(&types[0], batch->children[0], at);
        }
        for (size_t s = 0; s < plot->n_series; s++)
            row.values[s] =
                value_number(&types[plot->columns[s]], batch->children[plot->columns[s]], at);
        if (bytes_append(&plot->rows, &row, sizeof row, &ignored) != STATUS_OK)
            return;
        plot->n_rows++;
    }
}

/* ---- drawing ---- */

static const struct plot_row *plot_row(const struct plot_data *plot, size_t i)
{
    return (const struct plot_row *)(const void *)plot->rows.data + i;
}

/* A bar `share` of `columns` long, in eighths of a column. */
static void put_bar(struct output *out, double share, size_t columns)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    size_t parts = share > 0 ? (size_t)(share * (double)columns * 8 + 0.5) : 0;
    output_repeat(out, "█", parts / 8);
    output_puts(out, eighths[parts % 8]);
}

static void put_number(struct output *out, double x)
{
    if (fabs(x) < 1e15 && x == floor(x))
        output_printf(out, "%.0f", x);
    else
        output_printf(out, "%.6g", x);
}

static void put_label(struct output *out, const char *label, size_t columns)
{
    size_t width;
    size_t n = display_fit(str_of(label), columns, &width);
    output_write(out, label, n);
    output_repeat(out, " ", columns - width);
}

static void series_range(const struct plot_data *plot, size_t series, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < plot->n_rows; i++) {
        double x = plot_row(plot, i)->values[series];
        if (!isfinite(x))
            continue;
        *low = MIN(*low, x);
        *high = MAX(*high, x);
    }
}

static void draw_bars(const struct plot_data *plot, size_t series, struct output *out, size_t width)
{
    double low, high;
    size_t label = 1, shown;
    series_range(plot, series, &low, &high);
    for (size_t i = 0; i < plot->n_rows; i++)
        label = MAX(label, display_width(str_of(plot_row(plot, i)->label)));
    size_t room = width > label + NUMBER_COLUMNS + 8 ? width - label - NUMBER_COLUMNS - 4 : 8;
    double most = MAX(fabs(low), fabs(high));
    output_printf(out, "%s by %s\n", plot->names[series], plot->label_name);
    for (shown = 0; shown < MIN(plot->n_rows, (size_t)BARS_MAX); shown++) {
        const struct plot_row *row = plot_row(plot, shown);
        double x = row->values[series];
        put_label(out, row->label, label);
        output_puts(out, " │");
        if (isfinite(x)) {
            put_bar(out, most > 0 ? fabs(x) / most : 0, room);
            output_putc(out, ' ');
            put_number(out, x);
        }
        output_putc(out, '\n');
    }
    if (shown < plot->n_rows)
        output_printf(out, "%s %zu more\n", DISPLAY_ELLIPSIS, plot->n_rows - shown);
}

/* Dots of a Braille cell, by column and row of the cell. */
static const uint8_t braille_dots[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};

enum { CANVAS_COLUMNS_MAX = 200 };

static void canvas_dot(uint8_t canvas[LINE_HEIGHT][CANVAS_COLUMNS_MAX], size_t x, size_t y)
{
    canvas[LINE_HEIGHT - 1 - y / 4][x / 2] |= braille_dots[x % 2][3 - y % 4];
}

/* A stroke from one dot to another. */
static void canvas_stroke(uint8_t canvas[LINE_HEIGHT][CANVAS_COLUMNS_MAX], const double from[2],
                          const double to[2])
{
    double across = to[0] - from[0], up = to[1] - from[1];
    size_t steps = (size_t)MAX(fabs(across), fabs(up)) + 1;
    for (size_t i = 0; i <= steps; i++) {
        double share = (double)i / (double)steps;
        canvas_dot(canvas, (size_t)(from[0] + share * across + 0.5),
                   (size_t)(from[1] + share * up + 0.5));
    }
}

/* Draws the points, joined in their order; one that is missing leaves a gap. */
static void canvas_plot(const struct plot_data *plot, size_t series, double low, double high,
                        size_t columns, uint8_t canvas[LINE_HEIGHT][CANVAS_COLUMNS_MAX])
{
    double first = plot_row(plot, 0)->x, last = first, before[2] = {0, 0};
    bool has_before = false;
    for (size_t i = 0; i < plot->n_rows; i++) {
        first = fmin(first, plot_row(plot, i)->x);
        last = fmax(last, plot_row(plot, i)->x);
    }
    for (size_t i = 0; i < plot->n_rows; i++) {
        const struct plot_row *row = plot_row(plot, i);
        if (!isfinite(row->x) || !isfinite(row->values[series])) {
            has_before = false;
            continue;
        }
        double along = last > first ? (row->x - first) / (last - first) : 0;
        double share = high > low ? (row->values[series] - low) / (high - low) : 0.5;
        double at[2] = {along * (double)(columns * 2 - 1), share * (LINE_HEIGHT * 4 - 1)};
        canvas_stroke(canvas, has_before ? before : at, at);
        memcpy(before, at, sizeof before);
        has_before = true;
    }
}

static void put_braille(struct output *out, uint8_t dots)
{
    unsigned point = 0x2800u + dots;
    char text[3] = {(char)(0xe0 | point >> 12), (char)(0x80 | (point >> 6 & 0x3f)),
                    (char)(0x80 | (point & 0x3f))};
    output_write(out, text, 3);
}

static void draw_line(const struct plot_data *plot, size_t series, struct output *out, size_t width)
{
    uint8_t canvas[LINE_HEIGHT][CANVAS_COLUMNS_MAX] = {0};
    double low, high;
    size_t columns = width > NUMBER_COLUMNS + 10 ? width - NUMBER_COLUMNS - 3 : 8;
    columns = MIN(columns, (size_t)CANVAS_COLUMNS_MAX);
    series_range(plot, series, &low, &high);
    output_printf(out, "%s over %s\n", plot->names[series], plot->label_name);
    if (!isfinite(low))
        return;
    canvas_plot(plot, series, low, high, columns, canvas);
    for (size_t y = 0; y < LINE_HEIGHT; y++) {
        char number[32] = "";
        bool is_labelled = high > low ? y == 0 || y == LINE_HEIGHT - 1 : y == LINE_HEIGHT / 2;
        if (is_labelled)
            snprintf(number, sizeof number, "%.6g", y == 0 ? high : low);
        output_printf(out, "%*s │", NUMBER_COLUMNS, number);
        for (size_t x = 0; x < columns; x++)
            put_braille(out, canvas[y][x]);
        output_putc(out, '\n');
    }
    const char *from = plot_row(plot, 0)->label, *to = plot_row(plot, plot->n_rows - 1)->label;
    size_t labels = display_width(str_of(from)) + display_width(str_of(to));
    output_printf(out, "%*s  %s", NUMBER_COLUMNS, "", from);
    output_repeat(out, " ", columns > labels ? columns - labels : 1);
    output_printf(out, "%s\n", to);
}

static void draw_histogram(const struct plot_data *plot, struct output *out, size_t width)
{
    size_t counts[HISTOGRAM_BINS] = {0}, most = 1;
    double low, high;
    series_range(plot, 0, &low, &high);
    output_printf(out, "%s: how many values\n", plot->names[0]);
    if (!isfinite(low))
        return;
    double step = (high - low) / HISTOGRAM_BINS;
    for (size_t i = 0; i < plot->n_rows; i++) {
        double x = plot_row(plot, i)->values[0];
        if (!isfinite(x))
            continue;
        size_t bin = step > 0 ? (size_t)((x - low) / step) : 0;
        bin = MIN(bin, (size_t)HISTOGRAM_BINS - 1);
        counts[bin]++;
        most = MAX(most, counts[bin]);
    }
    size_t room = width > 48 ? width - 40 : 8;
    for (size_t bin = 0; bin < HISTOGRAM_BINS && (step > 0 || bin == 0); bin++) {
        output_printf(out, "%*.6g │", NUMBER_COLUMNS, low + step * (double)bin);
        put_bar(out, (double)counts[bin] / (double)most, room);
        output_printf(out, " %zu\n", counts[bin]);
    }
}

enum status plot_draw(const struct plot_data *plot, struct output *out, size_t width,
                      struct error *error)
{
    if (plot->n_rows == 0 || plot->n_series == 0) {
        enum status status = error_set(error, STATUS_USAGE, "no numbers to plot");
        error_hint(error, "run a query first whose result has a column of numbers");
        return status;
    }
    for (size_t series = 0; series < plot->n_series; series++) {
        if (!plot->has_label)
            draw_histogram(plot, out, width);
        else if (plot->is_time)
            draw_line(plot, series, out, width);
        else
            draw_bars(plot, series, out, width);
    }
    if (plot->is_cut)
        output_printf(out, "of the first %d rows\n", PLOT_ROWS_MAX);
    return output_flush(out, error);
}
