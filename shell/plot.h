/* plot.h - `.plot`: the last result drawn in the terminal.
 *
 * While a result is rendered at the prompt, its first rows are kept here: the text of the first column and
 * the numbers of the others. What is drawn follows from the columns: a first column of times gives a line
 * over time, one of text bars, a single column of numbers a histogram. */
#ifndef PLOT_H
#define PLOT_H

#include "shell/output.h"
#include "shell/value_text.h"

enum { PLOT_ROWS_MAX = 2000, PLOT_SERIES_MAX = 4, PLOT_LABEL_MAX = 40, PLOT_NAME_MAX = 64 };

struct plot_row {
    char label[PLOT_LABEL_MAX];
    double x; /* the first column as a number; NaN if it is none */
    double values[PLOT_SERIES_MAX];
};

struct plot_data {
    struct bytes rows; /* struct plot_row */
    size_t n_rows, n_series;
    bool is_time, is_cut; /* the first column is a time; there were more rows */
    char label_name[PLOT_NAME_MAX], names[PLOT_SERIES_MAX][PLOT_NAME_MAX];
    size_t columns[PLOT_SERIES_MAX]; /* which columns the series are */
    bool has_label;                  /* the first column is no series itself */
};

void plot_init(struct plot_data *plot);
void plot_fini(struct plot_data *plot);
/* Forgets the last result and looks at the columns of the next. */
void plot_begin(struct plot_data *plot, const struct value_type *types, size_t n_columns);
void plot_add(struct plot_data *plot, struct value_writer *writer, const struct value_type *types,
              const struct ArrowArray *batch);
MUST_CHECK enum status plot_draw(const struct plot_data *plot, struct output *out, size_t width,
                                 struct error *error);

#endif
