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

/* In command_query.c: those that run SQL or other programs. */
MUST_CHECK enum status command_tables(struct call *call, struct error *error);
MUST_CHECK enum status command_schema(struct call *call, struct error *error);
MUST_CHECK enum status command_functions(struct call *call, struct error *error);
MUST_CHECK enum status command_import(struct call *call, struct error *error);
MUST_CHECK enum status command_read(struct call *call, struct error *error);
MUST_CHECK enum status command_watch(struct call *call, struct error *error);
MUST_CHECK enum status command_edit(struct call *call, struct error *error);
MUST_CHECK enum status command_plot(struct call *call, struct error *error);

/* In command_set.c: those that set something. */
MUST_CHECK enum status command_bail(struct call *call, struct error *error);
MUST_CHECK enum status command_echo(struct call *call, struct error *error);
MUST_CHECK enum status command_timer(struct call *call, struct error *error);
MUST_CHECK enum status command_progress(struct call *call, struct error *error);
MUST_CHECK enum status command_header(struct call *call, struct error *error);
MUST_CHECK enum status command_mode(struct call *call, struct error *error);
MUST_CHECK enum status command_separator(struct call *call, struct error *error);
MUST_CHECK enum status command_nullvalue(struct call *call, struct error *error);
MUST_CHECK enum status command_width(struct call *call, struct error *error);
MUST_CHECK enum status command_maxrows(struct call *call, struct error *error);
MUST_CHECK enum status command_pager(struct call *call, struct error *error);
MUST_CHECK enum status command_param(struct call *call, struct error *error);
MUST_CHECK enum status command_show(struct call *call, struct error *error);
MUST_CHECK enum status command_output(struct call *call, struct error *error);
MUST_CHECK enum status command_once(struct call *call, struct error *error);
MUST_CHECK enum status command_open(struct call *call, struct error *error);
MUST_CHECK enum status command_databases(struct call *call, struct error *error);
MUST_CHECK enum status command_print(struct call *call, struct error *error);

/* STATUS_USAGE with -safe, for commands that reach files outside of the database. */
MUST_CHECK enum status command_refuse_if_safe(struct call *call, const char *name,
                                              struct error *error);

#endif
