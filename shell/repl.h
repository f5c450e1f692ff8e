/* repl.h - the prompt: read a statement, run it, again. */
#ifndef REPL_H
#define REPL_H

#include "shell/shell.h"

/* Returns when the user leaves. Ctrl-C cancels what runs or clears the line; Ctrl-D and .quit leave. */
void repl_run(struct shell *shell);

#endif
