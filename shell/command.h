/* command.h - the dot commands. One table in command.c holds them; it is also .help. */
#ifndef COMMAND_H
#define COMMAND_H

#include "shell/failure.h"

/* Runs one dot command, `line` without its line end. False if it failed; the error is reported. */
bool command_run(struct shell *shell, struct str line, struct place place);

/* Calls `fn` with the name of each command with its dot, for completion. */
void command_each_name(void (*fn)(void *context, const char *name), void *context);

#endif
