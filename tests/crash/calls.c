/* calls.c - each call to the disk fails in turn, once or from then on: the statement is done or it is not, it says so,
 * and the database is as it was before or as it should be after. */
#include <errno.h>
#include <stdio.h>

#include "tests/crash/disk.h"
#include "tests/crash/workload.h"

static bool is_clean(const struct error *error, enum status status)
{
    return status != STATUS_INTERNAL && error->status == status && error->message[0] != '\0';
}

/* How things fail. */
enum way { WAY_ONCE, WAY_FULL, WAY_BROKEN, WAY_MEMORY, WAYS };
static const char *const way_words[] = {"fails", "and those after it fail: the disk is full",
                                        "and those after it fail", "for memory fails"};

static void break_it(enum way way, size_t fail_at)
{
    if (way == WAY_MEMORY)
        disk_break_memory(fail_at);
    else
        disk_break(fail_at, way != WAY_ONCE, way == WAY_FULL ? ENOSPC : EIO);
}

/* Opens the database and runs a statement with something broken. Returns whether the broken call was reached. */
static bool run_broken(struct tally *tally, const char *path, int statement, enum way way,
                       size_t fail_at)
{
    struct workload w;
    struct error error = {0}, look_error = {0};
    struct state is, before = state_after(statement), after = state_after(statement + 1);
    break_it(way, fail_at);
    enum status status = workload_open(&w, path, &disk.io, &error);
    if (status == STATUS_OK)
        status = workload_run(&w, statement, &error);
    workload_close(&w);
    disk_mend();
    char what[128];
    snprintf(what, sizeof what, "statement %d, call %zu %s", statement, fail_at, way_words[way]);
    if (status != STATUS_OK)
        tally_check(tally, is_clean(&error, status), "%s: %s: %s", what, status_word(status),
                    error.message);
    enum status looked = workload_look(path, &is, &look_error);
    bool fine = looked == STATUS_OK && state_equal(&is, status == STATUS_OK ? &after : &before);
    /* The one case that cannot be known: the log took the commit, and then nothing could be written any more. */
    if (looked == STATUS_OK && strstr(error.message, "opened again"))
        fine = state_equal(&is, &before) || state_equal(&is, &after);
    tally_check(tally, fine, "%s: it said %s; then %s", what,
                status == STATUS_OK ? "done" : error.message,
                looked != STATUS_OK         ? look_error.message
                : state_equal(&is, &before) ? "nothing is done"
                : state_equal(&is, &after)  ? "it is done"
                                            : "the rows are neither");
    return (way == WAY_MEMORY ? disk.allocations : disk.calls) >= fail_at;
}

/* A database after `statements` statements. */
static void prepare(struct tally *tally, const char *path, int statements)
{
    struct workload w;
    struct error error = {0};
    enum status status = workload_open(&w, path, &disk.io, &error);
    for (int i = 0; i < statements && status == STATUS_OK; i++)
        status = workload_run(&w, i, &error);
    workload_close(&w);
    tally_check(tally, status == STATUS_OK, "nothing fails: %s", error.message);
}

void crash_calls(struct tally *tally, int every)
{
    /* CREATE, INSERT, CLEAR, COMPACT, merging INSERT, TRUNCATE; 0 makes the database too. */
    static const int statements[] = {0, 1, 3, 5, 6, 16};
    char folder[64], path[96], from[96];
    scratch_open(folder);
    snprintf(path, sizeof path, "%s/db", folder);
    snprintf(from, sizeof from, "%s/from", folder);
    for (size_t s = 0; s < ARRAY_LENGTH(statements); s++) {
        size_t passed = tally->passed, reached = 0;
        if (statements[s] > 0)
            prepare(tally, from, statements[s]);
        for (int way = 0; way < WAYS; way++) {
            bool more = true;
            size_t step = (size_t)every * (way == WAY_MEMORY ? 7 : 1);
            for (size_t at = 1 + (size_t)way; more; at += step) {
                if (statements[s] > 0)
                    scratch_copy(from, path);
                more = run_broken(tally, path, statements[s], (enum way)way, at);
                reached += more;
                scratch_remove(path);
            }
        }
        scratch_remove(from);
        printf("statement %d: %zu calls failed, %zu checks\n", statements[s], reached,
               tally->passed - passed);
    }
    scratch_remove(folder);
}
