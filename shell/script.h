/* script.h - SQL text and dot commands run one after the other. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "shell/failure.h"

/* Runs every statement of `text`. `place` says where the text begins; its script is NULL for SQL of the
 * command line. False once a statement failed (the first one stops a script, unless bail is off) or the
 * shell was told to quit. */
bool script_run_text(struct shell *shell, struct str text, struct place place);
/* Runs a file's text, with the file's name in its errors. */
bool script_run_file(struct shell *shell, const char *path);
/* Runs standard input statement by statement, as they come. */
bool script_run_stdin(struct shell *shell);

/* SQL the shell makes itself, for dot commands and completion: hands each row of its result to `row` as the
 * texts of the columns that are not NULL. */
typedef void script_row_fn(void *context, const char *const *names, const struct str *values,
                           size_t n);
MUST_CHECK enum status script_each_row(struct shell *shell, const char *sql, script_row_fn *row,
                                       void *context, struct error *error);

/* Before the database is closed: says that a transaction is open still, which ends with it. */
void script_tell_rollback(struct shell *shell);

/* Whether the end of `text` ends a statement or a dot command. */
bool script_is_complete(struct str text);
/* Where results go now. */
struct output *script_output(struct shell *shell);

#endif
