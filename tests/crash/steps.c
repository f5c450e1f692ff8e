/* steps.c - a process that works on a database is killed: at each step of a commit, and at random moments. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "storage/commit_step.h"
#include "tests/crash/workload.h"

enum { STATEMENTS_PER_LIFE = 100 };

#ifdef WEIR_FAULTS
static const bool has_steps = true;
#else
static const bool has_steps = false; /* of this build's commits */
#endif

/* Works until it is killed, telling of each statement that is done. */
static void work(const char *path, int first, int tell)
{
    struct workload w;
    struct error error = {0};
    enum status status = workload_open(&w, path, &io_system, &error);
    for (int i = first; i < STATEMENTS_PER_LIFE && status == STATUS_OK; i++) {
        status = workload_run(&w, i, &error);
        if (status == STATUS_OK && write(tell, "x", 1) != 1)
            break;
    }
    if (status != STATUS_OK) {
        printf("the worker failed: %s\n", error.message);
        _exit(2);
    }
    _exit(3); /* not killed */
}

struct life {
    int done; /* statements told of */
    bool killed;
};

static struct life live(const char *path, int first, const char *crash_at, int kill_after_us)
{
    struct life life = {0};
    int pipe_fds[2];
    char told;
    if (pipe(pipe_fds) != 0)
        exit(1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(pipe_fds[0]);
        if (crash_at)
            setenv("WEIR_CRASH_AT", crash_at, 1);
        work(path, first, pipe_fds[1]);
    }
    close(pipe_fds[1]);
    if (kill_after_us >= 0) {
        struct timespec pause = {0, (long)kill_after_us * 1000};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
    }
    while (read(pipe_fds[0], &told, 1) == 1)
        life.done++;
    close(pipe_fds[0]);
    int status = 0;
    waitpid(child, &status, 0);
    life.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return life;
}

/* Whether the database is as after `done` statements, or after one more where `may_be_more`. */
static bool judge(struct tally *tally, const char *path, int *done, bool may_be_less,
                  bool may_be_more, const char *what)
{
    struct error error = {0};
    struct state is, before = state_after(*done), after = state_after(*done + 1);
    if (workload_look(path, &is, &error) != STATUS_OK) {
        tally_check(tally, false, "%s, %d statements done: %s", what, *done, error.message);
        return false;
    }
    bool is_before = state_equal(&is, &before), is_after = state_equal(&is, &after);
    bool fine = (is_before && may_be_less) || (is_after && may_be_more);
    tally_check(tally, fine, "%s, %d statements done: %s", what, *done,
                is_before  ? "the next one is lost"
                : is_after ? "the next one is there"
                           : "the rows are neither");
    /* Statements that change nothing leave it open; it then counts as not done. */
    if (!(is_before && may_be_less) && is_after)
        ++*done;
    return fine;
}

static void kill_at_step(struct tally *tally, const char *path, enum commit_step step, int times)
{
    int done = 0;
    for (int i = 0; i < times; i++) {
        char crash_at[64], what[96];
        snprintf(crash_at, sizeof crash_at, "%s:%d", commit_step_name(step), 1 + i % 13);
        snprintf(what, sizeof what, "killed at %s", crash_at);
        struct life life = live(path, done, crash_at, -1);
        done += life.done;
        bool committed = step >= COMMIT_STEP_COMMITTED;
        if (!life.killed && done < STATEMENTS_PER_LIFE - 1) {
            tally_check(tally, false, "%s: was not killed, %d statements done", what, done);
            break;
        }
        if (!judge(tally, path, &done, !committed, committed, what) ||
            done > STATEMENTS_PER_LIFE - 30) {
            scratch_remove(path);
            done = 0;
        }
    }
    scratch_remove(path);
}

static void kill_at_random(struct tally *tally, const char *path, int times)
{
    int done = 0;
    srand(1);
    for (int i = 0; i < times; i++) {
        struct life life = live(path, done, NULL, rand() % 40000);
        done += life.done;
        if (!judge(tally, path, &done, true, true, "killed at random") ||
            done > STATEMENTS_PER_LIFE - 2) {
            scratch_remove(path);
            done = 0;
        }
    }
    scratch_remove(path);
}

void crash_steps(struct tally *tally, int times)
{
    char folder[64], path[96];
    snprintf(path, sizeof path, "%s/db", scratch_open(folder));
    for (int step = has_steps ? 0 : COMMIT_STEP_COUNT; step < COMMIT_STEP_COUNT; step++) {
        size_t passed = tally->passed;
        kill_at_step(tally, path, (enum commit_step)step, times);
        printf("killed at %s: %zu times\n", commit_step_name((enum commit_step)step),
               tally->passed - passed);
    }
    size_t passed = tally->passed;
    kill_at_random(tally, path, times * COMMIT_STEP_COUNT);
    printf("killed at random: %zu times\n", tally->passed - passed);
    scratch_remove(folder);
}
