/* repl.c - the prompt. */
#include "shell/repl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/display.h"
#include "shell/line.h"
#include "shell/script.h"

/* $XDG_STATE_HOME/weir/history if that variable is set, else ~/.weir_history. NULL if there is no home. */
static const char *history_path(struct arena *arena)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && *state) {
        const char *folder = arena_printf(arena, "%s/weir", state);
        if (mkdir(folder, 0700) == 0 || errno == EEXIST)
            return arena_printf(arena, "%s/history", folder);
    }
    return home && *home ? arena_printf(arena, "%s/.weir_history", home) : NULL;
}

static void put_banner(const struct shell *shell)
{
    fprintf(stderr, "weir %s, %s%s. SQL ends with ; and .help lists the commands.\n",
            weir_version(), shell->database ? "database " : "in memory",
            shell->database ? shell->database : "");
}

void repl_run(struct shell *shell)
{
    struct bytes text;
    struct line *line = line_open(shell, history_path(shell->arena));
    if (!line) {
        (void)script_run_stdin(shell);
        return;
    }
    put_banner(shell);
    bytes_init(&text, NULL, "shell");
    while (!shell->quit && !atomic_load(&shell->interrupt.ending)) {
        enum line_result result = line_read(line, &text);
        if (result == LINE_END)
            break;
        if (result == LINE_TEXT)
            (void)script_run_text(shell, (struct str){text.data, text.length},
                                  (struct place){NULL, 1});
    }
    if (!shell->quit)
        fputc('\n', stderr);
    bytes_fini(&text);
    line_close(line);
    /* What failed at the prompt was seen there. */
    shell->exit_code = EXIT_FINE;
}
