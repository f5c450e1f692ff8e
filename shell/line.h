/* line.h - reading a statement at the prompt: editing over several lines, history, search, paste, colours.
 * The only file that includes the line editor is line.c. */
#ifndef LINE_H
#define LINE_H

#include "shell/complete.h"

enum line_result { LINE_TEXT, LINE_CANCELLED, LINE_END };

struct line;

/* Opens the terminal and loads the history from `history_path` (NULL: none is kept). NULL if the editor
 * cannot start. In the shell's arena; one per process. */
struct line *line_open(struct shell *shell, const char *history_path);
void line_close(struct line *line);
/* Reads a whole statement or dot command into `text`. Ctrl-C gives CANCELLED, Ctrl-D on an empty line or a
 * signal that ends the shell gives END. */
enum line_result line_read(struct line *line, struct bytes *text);

#endif
