/* failure.h - errors and notices on standard error. */
#ifndef FAILURE_H
#define FAILURE_H

#include "shell/shell.h"

/* Where a statement stands: in which script, and at which line of it its text begins. */
struct place {
    const char *script; /* NULL: no file */
    unsigned line;      /* from 1 */
};

/* Reports an error of the engine; spans count from `sql`. Sets the exit code. */
void failure_report(struct shell *shell, const struct weir_error *error, struct str sql,
                    struct place place);
/* Reports an error of the shell itself. */
void failure_report_own(struct shell *shell, const struct error *error, struct place place);
void failure_notice(struct shell *shell, const char *text);

#endif
