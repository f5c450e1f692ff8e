/* output.h - where results go: standard output, a file of .output or .once, or a command's input.
 *
 *   1. A file is written beside its place and renamed when it is closed: it is never seen half-written.
 *   2. The first failure sticks: later writes do nothing, output_flush tells it.
 *   3. A reader that went away (`| head`) is no failure: `hung_up` is set and the shell ends quietly. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <sys/types.h>

#include "base/buffer.h"
#include "base/str.h"

enum { OUTPUT_PATH_MAX = 4096 };

struct output {
    int fd; /* -1: not open */
    struct bytes pending;
    uint64_t written; /* bytes the system has taken */
    bool is_terminal;
    bool is_stdout;
    bool hung_up;
    pid_t child;                          /* a command that reads it; 0: none */
    char path[OUTPUT_PATH_MAX];           /* for messages, and the place of a file */
    char temporary[OUTPUT_PATH_MAX + 32]; /* what is renamed to `path`; empty: none */
    struct error error;
};

void output_init_stdout(struct output *out);
MUST_CHECK enum status output_open_file(struct output *out, const char *path, struct error *error);
/* Starts `command` with the shell and writes to it. */
MUST_CHECK enum status output_open_command(struct output *out, const char *command,
                                           struct error *error);

void output_write(struct output *out, const void *data, size_t length);
void output_puts(struct output *out, const char *text);
void output_putc(struct output *out, char c);
void output_printf(struct output *out, const char *format, ...) PRINTF_LIKE(2, 3);
void output_repeat(struct output *out, const char *text, size_t times);
/* Hands everything to the system. */
MUST_CHECK enum status output_flush(struct output *out, struct error *error);

/* The place to come back to when the statement that writes now fails. */
MUST_CHECK enum status output_mark(struct output *out, uint64_t *mark, struct error *error);
/* Takes back what was written since `mark`, if it is a file of ours; else does nothing. */
void output_rollback(struct output *out, uint64_t mark);

/* Flushes, waits for the command, puts the file in its place. Standard output stays open. */
MUST_CHECK enum status output_close(struct output *out, struct error *error);
/* Closes it and leaves no file. */
void output_abandon(struct output *out);

#endif
