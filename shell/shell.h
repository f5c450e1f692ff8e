/* shell.h - the state of a running shell, shared by scripts, the prompt and dot commands. */
#ifndef SHELL_H
#define SHELL_H

#include "base/array.h"
#include "shell/interrupt.h"
#include "shell/output.h"
#include "shell/plot.h"
#include "shell/progress.h"
#include "shell/render.h"
#include "shell/render_text.h"

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

struct parameter {
    const char *name, *value; /* the name without its mark, or a number */
};

struct shell {
    struct weir *db;
    const char *database;   /* the folder, or NULL */
    struct arena *arena;    /* lives as long as the shell */
    struct output standard; /* standard output */
    struct output file;     /* of .output and .once; open when fd >= 0 */
    bool once;              /* the file takes one result only */
    struct render_options render;
    bool mode_is_default; /* no mode was asked for: a box on a terminal, csv elsewhere */
    size_t rows_max;      /* on a terminal */
    const char *pager;    /* the command results go through; NULL: none */
    bool interactive, bail, echo, timer, safe, readonly, progress, errors_json;
    bool color_output, color_errors;
    ARRAY_OF(struct parameter) parameters;
    struct interrupt interrupt;
    struct bytes last_sql; /* the last query, for .watch and .edit */
    struct plot_data plot;
    struct changes *changes; /* while .watch draws */
    unsigned read_depth;     /* of .read within .read */
    int exit_code;
    bool quit; /* no further statement is run */
};

#endif
