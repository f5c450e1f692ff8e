/* check.h - `weir check DATABASE`. */
#ifndef CHECK_H
#define CHECK_H

#include "shell/shell.h"

/* Checks the open database; a line on standard output for each thing found, then the sum. Sets the exit code: 1 if
 * something is wrong. */
void check_run(struct shell *shell);

#endif
