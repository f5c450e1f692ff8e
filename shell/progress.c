/* progress.c - the bar while a long query runs. */
#include "shell/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "shell/display.h"

enum { FIRST_MS = 500, STEP_MS = 100, BAR_COLUMNS = 20, PROGRESS_LINE = 256 };

static size_t progress_bar(char *to, size_t cap, double share)
{
    int done = (int)(share * BAR_COLUMNS);
    int n = snprintf(to, cap, "[%.*s%.*s] %3.0f%%  ", done, "####################",
                     BAR_COLUMNS - done, "....................", share * 100);
    return n > 0 ? (size_t)n : 0;
}

static void progress_line(char *line, size_t cap, const struct weir_progress *p)
{
    char rows[32], speed[32], memory[32];
    size_t at = 0;
    double elapsed = MAX(p->elapsed_s, 0.001);
    double share = p->bytes_total ? (double)p->bytes_done / (double)p->bytes_total : 0;
    share = MIN(share, 1);
    if (p->bytes_total)
        at = progress_bar(line, cap, share);
    display_count((uint64_t)((double)p->rows_done / elapsed), rows);
    display_bytes((double)p->bytes_done / elapsed, speed);
    display_bytes((double)p->memory_used, memory);
    int n =
        snprintf(line + at, cap - at, "%s rows/s  %s/s  %s  %.0f s", rows, speed, memory, elapsed);
    at += n > 0 ? (size_t)n : 0;
    if (share > 0.01 && at < cap)
        snprintf(line + at, cap - at, ", %.0f s left", elapsed / share - elapsed);
}

static void progress_draw(struct progress *progress)
{
    struct weir_progress p;
    char line[PROGRESS_LINE], text[PROGRESS_LINE + 16];
    size_t columns, lines, width;
    weir_progress(progress->db, &p);
    progress_line(line, sizeof line, &p);
    display_size(STDERR_FILENO, &columns, &lines);
    size_t length = display_fit(str_of(line), columns - 1, &width);
    int n = snprintf(text, sizeof text, "\r%.*s\x1b[K", (int)length, line);
    ssize_t written = write(STDERR_FILENO, text, (size_t)n);
    progress->drawn = written > 0;
}

static void progress_main(void *argument)
{
    struct progress *progress = argument;
    mutex_lock(&progress->mutex);
    int64_t wait_ms = FIRST_MS;
    while (!progress->stop) {
        if (condition_wait_for(&progress->stopped, &progress->mutex, wait_ms))
            continue;
        progress_draw(progress);
        wait_ms = STEP_MS;
    }
    mutex_unlock(&progress->mutex);
}

void progress_start(struct progress *progress, struct weir *db)
{
    struct error ignored = {0};
    memset(progress, 0, sizeof *progress);
    progress->db = db;
    mutex_init(&progress->mutex);
    condition_init(&progress->stopped);
    progress->running =
        thread_start(&progress->thread, progress_main, progress, &ignored) == STATUS_OK;
}

void progress_stop(struct progress *progress)
{
    if (!progress->running)
        return;
    mutex_lock(&progress->mutex);
    progress->stop = true;
    condition_signal(&progress->stopped);
    mutex_unlock(&progress->mutex);
    thread_join(&progress->thread);
    condition_fini(&progress->stopped);
    mutex_fini(&progress->mutex);
    progress->running = false;
    if (progress->drawn)
        (void)!write(STDERR_FILENO, "\r\x1b[K", 4);
}
