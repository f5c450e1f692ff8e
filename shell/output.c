/* output.c - where results go. */
#include "shell/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"

enum { OUTPUT_PENDING = 64 * 1024 };

static void output_init(struct output *out, int fd, const char *path)
{
    memset(out, 0, sizeof *out);
    out->fd = fd;
    out->is_terminal = fd >= 0 && isatty(fd);
    snprintf(out->path, sizeof out->path, "%s", path);
    bytes_init(&out->pending, NULL, "shell");
}

void output_init_stdout(struct output *out)
{
    output_init(out, STDOUT_FILENO, "standard output");
    out->is_stdout = true;
}

enum status output_open_file(struct output *out, const char *path, struct error *error)
{
    struct stat st;
    if (strlen(path) >= OUTPUT_PATH_MAX)
        return error_set(error, STATUS_LIMIT, "path longer than %d bytes", OUTPUT_PATH_MAX - 1);
    bool is_there = stat(path, &st) == 0;
    if (is_there && S_ISDIR(st.st_mode))
        return error_set(error, STATUS_IO, "cannot write %s: it is a folder", path);
    output_init(out, -1, path);
    if (is_there && !S_ISREG(st.st_mode)) { /* a pipe or a device: nothing to rename */
        out->fd = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        snprintf(out->temporary, sizeof out->temporary, "%s.%ld.tmp", path, (long)getpid());
        mode_t mode = is_there ? st.st_mode & 0777 : 0666;
        out->fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    if (out->fd < 0) {
        bytes_fini(&out->pending);
        return error_set(error, STATUS_IO, "cannot write %s: %s", path, strerror(errno));
    }
    out->is_terminal = isatty(out->fd);
    return STATUS_OK;
}

enum status output_open_command(struct output *out, const char *command, struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(error, STATUS_IO, "cannot start %s: %s", command, strerror(errno));
    pid_t child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        return error_set(error, STATUS_IO, "cannot start %s: %s", command, strerror(errno));
    }
    if (child == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        dup2(ends[0], STDIN_FILENO);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    output_init(out, ends[1], command);
    out->child = child;
    return STATUS_OK;
}

static void output_fail(struct output *out, int reason)
{
    if (reason == EPIPE)
        out->hung_up = true;
    else
        (void)error_set(&out->error, STATUS_IO, "cannot write %s: %s", out->path, strerror(reason));
}

static bool output_is_dead(const struct output *out)
{
    return out->hung_up || out->error.status != STATUS_OK || out->fd < 0;
}

/* Hands `length` bytes to the system. */
static void output_push(struct output *out, const char *data, size_t length)
{
    while (length > 0 && !output_is_dead(out)) {
        ssize_t n = write(out->fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            output_fail(out, errno);
            return;
        }
        data += n;
        length -= (size_t)n;
        out->written += (uint64_t)n;
    }
}

static void output_push_pending(struct output *out)
{
    output_push(out, out->pending.data, out->pending.length);
    out->pending.length = 0;
}

void output_write(struct output *out, const void *data, size_t length)
{
    if (output_is_dead(out) || length == 0)
        return;
    if (out->pending.capacity == 0)
        (void)(bytes_reserve(&out->pending, OUTPUT_PENDING, &out->error) == STATUS_OK);
    if (out->pending.length + length > OUTPUT_PENDING)
        output_push_pending(out);
    if (length >= OUTPUT_PENDING || out->pending.capacity == 0)
        output_push(out, data, length);
    else {
        memcpy(out->pending.data + out->pending.length, data, length);
        out->pending.length += length;
    }
}

void output_puts(struct output *out, const char *text)
{
    output_write(out, text, strlen(text));
}

void output_putc(struct output *out, char c)
{
    output_write(out, &c, 1);
}

void output_printf(struct output *out, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < sizeof text);
    output_write(out, text, MIN((size_t)n, sizeof text - 1));
}

void output_repeat(struct output *out, const char *text, size_t times)
{
    while (times-- > 0)
        output_puts(out, text);
}

enum status output_flush(struct output *out, struct error *error)
{
    output_push_pending(out);
    if (out->error.status == STATUS_OK)
        return STATUS_OK;
    return error_set(error, out->error.status, "%s", out->error.message);
}

enum status output_mark(struct output *out, uint64_t *mark, struct error *error)
{
    TRY(output_flush(out, error));
    *mark = out->written;
    return STATUS_OK;
}

void output_rollback(struct output *out, uint64_t mark)
{
    if (!out->temporary[0])
        return;
    out->pending.length = 0;
    if (ftruncate(out->fd, (off_t)mark) != 0 || lseek(out->fd, (off_t)mark, SEEK_SET) < 0)
        output_fail(out, errno);
    out->written = mark;
}

static void output_wait(struct output *out)
{
    int result;
    while (out->child > 0 && waitpid(out->child, &result, 0) < 0 && errno == EINTR)
        continue;
    out->child = 0;
}

enum status output_close(struct output *out, struct error *error)
{
    enum status status = output_flush(out, error);
    if (out->is_stdout || out->fd < 0)
        return status;
    if (status == STATUS_OK && out->temporary[0] && fsync(out->fd) != 0 && errno != EINVAL)
        status = error_set(error, STATUS_IO, "cannot write %s: %s", out->path, strerror(errno));
    if (close(out->fd) != 0 && status == STATUS_OK)
        status = error_set(error, STATUS_IO, "cannot write %s: %s", out->path, strerror(errno));
    out->fd = -1;
    if (out->temporary[0] && status == STATUS_OK && rename(out->temporary, out->path) != 0)
        status = error_set(error, STATUS_IO, "cannot write %s: %s", out->path, strerror(errno));
    if (out->temporary[0] && status != STATUS_OK)
        unlink(out->temporary);
    output_wait(out);
    bytes_fini(&out->pending);
    return status;
}

void output_abandon(struct output *out)
{
    if (out->is_stdout || out->fd < 0)
        return;
    close(out->fd);
    out->fd = -1;
    if (out->temporary[0])
        unlink(out->temporary);
    output_wait(out);
    bytes_fini(&out->pending);
}
