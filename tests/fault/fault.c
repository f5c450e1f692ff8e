/* fault.c - makes every call that can fail do so, one at a time, and looks at what weir says.
 *
 * The linker (--wrap) sends the library's memory, file and budget calls here. For each statement of the
 * scripts given, and for each kind of call: count the calls of a run in which nothing fails, then run it
 * again for each call with that one failing. Each run must either give the same number of rows or a clean
 * error (a message, a code that fits), and afterwards the same database must still answer. Leaks and wild
 * accesses are the sanitizers' to find.
 *
 *   fault [--every N] FILE.sql...     a file's statements end in `;` at the end of a line
 *
 * A line `-- database`: the statements that follow run in a database folder, a new one for each run. `-- every N`: one
 * call of N is failed there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/budget.h"
#include "include/weir.h"

enum { CHILD_SECONDS_MAX = 120 };

enum fault_kind { FAULT_IO, FAULT_BUDGET, FAULT_MEMORY, FAULT_KINDS };
static const char *const FAULT_WORDS[] = {"io", "budget", "memory"};

/* The one call that is to fail. Threads of the library count together. */
static struct {
    bool armed;
    enum fault_kind kind;
    size_t fail_at;
    size_t calls[FAULT_KINDS];
} plan;

static bool fails(enum fault_kind kind)
{
    if (!plan.armed)
        return false;
    size_t call = __atomic_add_fetch(&plan.calls[kind], 1, __ATOMIC_RELAXED);
    return kind == plan.kind && call == plan.fail_at;
}

/* ---- The wrapped calls ---- */

#define IO_CALL(type, name, failure, parameters, arguments) \
    type __real_##name parameters;                          \
    type __wrap_##name parameters;                          \
    type __wrap_##name parameters                           \
    {                                                       \
        if (fails(FAULT_IO)) {                              \
            errno = EIO;                                    \
            return failure;                                 \
        }                                                   \
        return __real_##name arguments;                     \
    }

IO_CALL(ssize_t, pread, -1, (int fd, void *data, size_t size, off_t at), (fd, data, size, at))
IO_CALL(ssize_t, read, -1, (int fd, void *data, size_t size), (fd, data, size))
IO_CALL(ssize_t, write, -1, (int fd, const void *data, size_t size), (fd, data, size))
IO_CALL(int, stat, -1, (const char *path, struct stat *out), (path, out))
IO_CALL(int, fstat, -1, (int fd, struct stat *out), (fd, out))
IO_CALL(int, fstatat, -1, (int fd, const char *path, struct stat *out, int flags),
        (fd, path, out, flags))
IO_CALL(DIR *, opendir, NULL, (const char *path), (path))
IO_CALL(struct dirent *, readdir, NULL, (DIR * folder), (folder))
IO_CALL(void *, mmap, MAP_FAILED,
        (void *at, size_t size, int protection, int flags, int fd, off_t offset),
        (at, size, protection, flags, fd, offset))

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int mode = va_arg(arguments, int);
    va_end(arguments);
    if (fails(FAULT_IO)) {
        errno = EIO;
        return -1;
    }
    return __real_open(path, flags, mode);
}

/* Closes all the same: a failed close has closed. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    int result = __real_close(fd);
    if (fails(FAULT_IO)) {
        errno = EIO;
        return -1;
    }
    return result;
}

#define MEMORY_CALL(name, parameters, arguments) \
    void *__real_##name parameters;              \
    void *__wrap_##name parameters;              \
    void *__wrap_##name parameters               \
    {                                            \
        if (fails(FAULT_MEMORY)) {               \
            errno = ENOMEM;                      \
            return NULL;                         \
        }                                        \
        return __real_##name arguments;          \
    }

MEMORY_CALL(malloc, (size_t size), (size))
MEMORY_CALL(calloc, (size_t n, size_t size), (n, size))
MEMORY_CALL(realloc, (void *old, size_t size), (old, size))
MEMORY_CALL(aligned_alloc, (size_t alignment, size_t size), (alignment, size))

enum status __real_budget_charge(struct budget *budget, size_t size, const char *owner,
                                 struct error *error);
enum status __wrap_budget_charge(struct budget *budget, size_t size, const char *owner,
                                 struct error *error);
enum status __wrap_budget_charge(struct budget *budget, size_t size, const char *owner,
                                 struct error *error)
{
    if (fails(FAULT_BUDGET))
        return error_set(error, STATUS_MEMORY, "out of memory: %s needs %zu bytes more", owner,
                         size);
    return __real_budget_charge(budget, size, owner, error);
}

/* ---- Running ---- */

struct answer {
    bool failed;
    uint64_t rows;
    struct weir_error error;
};

static void read_rows(struct ArrowArrayStream *stream, struct answer *answer)
{
    struct ArrowSchema schema = {0};
    bool fine = stream->get_schema(stream, &schema) == 0;
    while (fine) {
        struct ArrowArray array = {0};
        fine = stream->get_next(stream, &array) == 0;
        if (!fine || !array.release)
            break;
        answer->rows += (uint64_t)array.length;
        array.release(&array);
    }
    if (!fine) {
        answer->failed = true;
        weir_stream_error(stream, &answer->error);
    }
    if (schema.release)
        schema.release(&schema);
    stream->release(stream);
}

static struct answer run(struct weir *db, const char *sql)
{
    struct answer answer = {0};
    struct weir_statement *statement = NULL;
    struct ArrowArrayStream stream = {0};
    size_t used;
    if (weir_prepare(db, sql, strlen(sql), &statement, &used, &answer.error) != WEIR_OK ||
        weir_execute(statement, &stream, &answer.error) != WEIR_OK)
        answer.failed = true;
    else if (stream.release)
        read_rows(&stream, &answer);
    weir_statement_close(statement);
    return answer;
}

/* Each statement of `sql` in turn. */
static void set_up(struct weir *db, const char *sql)
{
    size_t length = strlen(sql), used = 0;
    for (; length > 0; sql += used, length -= used) {
        struct weir_statement *statement = NULL;
        if (weir_prepare(db, sql, length, &statement, &used, NULL) != WEIR_OK || !statement)
            return;
        struct ArrowArrayStream stream = {0};
        struct weir_error error = {0};
        if (weir_execute(statement, &stream, &error) != WEIR_OK)
            printf("the setup fails: %s\n", error.message);
        if (stream.release)
            stream.release(&stream);
        weir_statement_close(statement);
    }
}

/* The folder of the database; empty: in memory. It is one of the system's memory, if there is such: fsync waits for
 * nothing there. */
static char folder[64];
static bool stores;

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat, (void)type, (void)ftw;
    return remove(path);
}

static void close_database(struct weir *db)
{
    weir_close(db);
    if (folder[0])
        nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    folder[0] = '\0';
}

static struct weir *open_database(void)
{
    struct weir *db = NULL;
    struct weir_error error = {0};
    if (stores) {
        strcpy(folder, "/dev/shm/weir-fault-XXXXXX");
        if (!mkdtemp(folder)) {
            strcpy(folder, "/tmp/weir-fault-XXXXXX");
            if (!mkdtemp(folder))
                folder[0] = '\0';
        }
    }
    if (weir_open(folder[0] ? folder : NULL, &db, &error) != WEIR_OK ||
        weir_set(db, "threads", "1", &error) != WEIR_OK) {
        printf("cannot open a database: %s\n", error.message);
        exit(1);
    }
    return db;
}

static bool is_clean(const struct answer *answer, enum fault_kind kind)
{
    if (answer->error.message[0] == '\0' || answer->error.code == WEIR_OK ||
        answer->error.code >= WEIR_CODES)
        return false;
    if (kind == FAULT_IO)
        return answer->error.code != WEIR_ERROR_INTERNAL;
    return answer->error.code == WEIR_ERROR_MEMORY || answer->error.code == WEIR_ERROR_IO;
}

/* One run with one call failing. Returns whether all was as it should be. */
static bool run_broken(const char *setup, const char *sql, enum fault_kind kind, size_t fail_at,
                       uint64_t rows)
{
    struct weir *db = open_database();
    if (setup)
        set_up(db, setup);
    plan.calls[kind] = 0;
    plan.kind = kind;
    plan.fail_at = fail_at;
    plan.armed = true;
    struct answer answer = run(db, sql);
    plan.armed = false;
    bool fine = true;
    if (answer.failed && !is_clean(&answer, kind)) {
        printf("%s call %zu: not a clean error: %s (%s)\n  %s", FAULT_WORDS[kind], fail_at,
               answer.error.message, weir_code_name(answer.error.code), sql);
        fine = false;
    } else if (!answer.failed && answer.rows != rows) {
        printf("%s call %zu: %llu rows without an error, not %llu\n  %s", FAULT_WORDS[kind],
               fail_at, (unsigned long long)answer.rows, (unsigned long long)rows, sql);
        fine = false;
    }
    struct answer later = run(db, sql);
    if (later.failed || later.rows != rows) {
        printf("%s call %zu: the next statement does not work: %s\n  %s", FAULT_WORDS[kind],
               fail_at, later.error.message, sql);
        fine = false;
    }
    close_database(db);
    return fine;
}

/* What a child has come to, seen by its parent also when the child died. */
struct progress {
    size_t kind, at, passed, failed;
};

/* Goes on from progress->kind and ->at to the end. */
static void run_calls(const char *setup, const char *sql, size_t every, const size_t *calls,
                      uint64_t rows, struct progress *progress)
{
    for (; progress->kind < FAULT_KINDS; progress->kind++, progress->at = 1) {
        for (; progress->at <= calls[progress->kind]; progress->at += every) {
            if (run_broken(setup, sql, (enum fault_kind)progress->kind, progress->at, rows))
                progress->passed++;
            else
                progress->failed++;
        }
    }
}

/* A child makes the runs; when one kills it, the next child goes on behind it. */
static void run_in_children(const char *setup, const char *sql, size_t every, const size_t *calls,
                            uint64_t rows, struct progress *progress)
{
    *progress = (struct progress){.at = 1};
    for (;;) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            alarm(CHILD_SECONDS_MAX);
            run_calls(setup, sql, every, calls, rows, progress);
            exit(0);
        }
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) < 0) {
            perror("fork");
            exit(1);
        }
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return;
        bool leaked = progress->kind >= FAULT_KINDS;
        printf("%s call %zu: %s\n  %s", leaked ? "after the last" : FAULT_WORDS[progress->kind],
               leaked ? 0 : progress->at, leaked ? "memory was lost" : "it crashed", sql);
        progress->failed++;
        if (leaked)
            return;
        progress->at += every;
    }
}

static void check_statement(const char *setup, const char *sql, size_t every,
                            struct progress *progress, size_t *passed, size_t *failed)
{
    struct weir *db = open_database();
    if (setup)
        set_up(db, setup);
    memset(plan.calls, 0, sizeof(plan.calls));
    plan.fail_at = 0;
    plan.armed = true;
    struct answer whole = run(db, sql);
    plan.armed = false;
    close_database(db);
    if (whole.failed) {
        printf("fails with nothing broken: %s\n  %s", whole.error.message, sql);
        ++*failed;
        return;
    }
    size_t calls[FAULT_KINDS];
    memcpy(calls, plan.calls, sizeof(calls));
    run_in_children(setup, sql, every, calls, whole.rows, progress);
    *passed += progress->passed;
    *failed += progress->failed;
}

/* Reads the whole of a file, so that no stream is open across a fork. */
static char *read_script(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length = file ? getdelim(&text, &capacity, '\0', file) : -1;
    if (file)
        fclose(file);
    if (length < 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* A line that begins with "-- setup: " gives a statement run before each one that follows. */
static void check_file(const char *path, size_t every, struct progress *progress, size_t *passed,
                       size_t *failed)
{
    char *text = read_script(path), *rest = text, *line;
    char setup[4096] = "", sql[16384] = "";
    stores = false;
    if (!text) {
        printf("cannot read %s\n", path);
        ++*failed;
        return;
    }
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (strncmp(line, "-- setup: ", 10) == 0) {
            snprintf(setup, sizeof(setup), "%s", line + 10);
            continue;
        }
        if (strcmp(line, "-- database") == 0)
            stores = true;
        if (strncmp(line, "-- every ", 9) == 0)
            every = MAX(every, (size_t)strtoul(line + 9, NULL, 10));
        size_t length = strlen(line), before = strlen(sql);
        if (length == 0 || strncmp(line, "--", 2) == 0)
            continue;
        snprintf(sql + before, sizeof(sql) - before, "%s\n", line);
        if (line[length - 1] == ';') {
            check_statement(setup[0] ? setup : NULL, sql, every, progress, passed, failed);
            sql[0] = '\0';
        }
    }
    free(text);
}

int main(int n, char **arguments)
{
    size_t passed = 0, failed = 0, every = 1;
    struct progress *progress =
        mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (progress == MAP_FAILED)
        return 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < n; i++) {
        if (strcmp(arguments[i], "--every") == 0 && i + 1 < n)
            every = (size_t)strtoul(arguments[++i], NULL, 10);
        else
            check_file(arguments[i], every ? every : 1, progress, &passed, &failed);
    }
    printf("fault: %zu passed, %zu failed\n", passed, failed);
    return failed > 0 ? 1 : 0;
}
