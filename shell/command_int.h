/* command_int.h - what the dot commands share. */
#ifndef COMMAND_INT_H
#define COMMAND_INT_H

#include "shell/command.h"
#include "shell/script.h"

enum { COMMAND_WORDS_MAX = 80 };

/* One dot command being run. */
struct call {
    struct shell *shell;
    struct arena *arena;                  /* for the time of the call */
    const char *words[COMMAND_WORDS_MAX]; /* the arguments, without the command's name */
    size_t n_words;
    const char *rest; /* the text behind the name as it was written */
};

typedef enum status command_fn(struct call *call, struct error *error);

/* In command_query.c: those that run SQL or other programs. */
command_fn command_tables, command_schema, command_functions, command_import, command_read,
    command_watch, command_edit, command_plot;

/* In command_set.c: those that set something. */
command_fn command_bail, command_echo, command_timer, command_progress, command_header,
    command_mode, command_separator, command_nullvalue, command_width, command_maxrows,
    command_pager, command_param, command_show, command_output, command_once, command_open,
    command_databases, command_print;

/* STATUS_USAGE with -safe, for commands that reach files outside of the database. */
MUST_CHECK enum status command_refuse_if_safe(struct call *call, const char *name,
                                              struct error *error);

#endif
