/* crowd.c - two processes write and ten read for a while; a reader never waits for long, never fails, and sees whole
 * batches only, none of which goes away again. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/crash/workload.h"

enum { WRITERS = 2, READERS = 10 };

struct shared {
    atomic_bool stop;
    atomic_int next; /* batch */
    atomic_bool committed[STATEMENTS_MAX];
    atomic_long writes, reads, retries;
    atomic_int failures;
    char message[ERROR_MESSAGE_SIZE + 16];
};

static void fail(struct shared *shared, const char *who, const struct error *error)
{
    if (atomic_fetch_add(&shared->failures, 1) == 0)
        snprintf(shared->message, sizeof shared->message, "%s: %s", who, error->message);
    atomic_store(&shared->stop, true);
    _exit(1);
}

static bool is_insert(int statement)
{
    struct state empty = {.has_table = true}, with = empty;
    state_apply(&with, statement);
    return !state_equal(&empty, &with);
}

/* Puts in batches that nobody else takes, and compacts in between. */
static void write_on(struct shared *shared, const char *path, int seed)
{
    struct workload w;
    struct error error = {0};
    if (workload_open(&w, path, &io_system, &error) != STATUS_OK)
        fail(shared, "writer", &error);
    srand((unsigned)seed);
    while (!atomic_load(&shared->stop)) {
        int statement = atomic_load(&shared->next);
        bool is_batch = statement < STATEMENTS_MAX && rand() % 3 > 0;
        if (is_batch)
            statement = atomic_fetch_add(&shared->next, 1);
        is_batch = is_batch && statement < STATEMENTS_MAX && is_insert(statement);
        if (!is_batch)
            statement = 5 + 7 * (rand() % 9) + 0; /* a compaction, of some partition */
        if (statement % 17 == 16)
            continue;
        error_clear(&error);
        enum status status = workload_run(&w, statement, &error);
        if (status == STATUS_CONSTRAINT) { /* the other one is at it */
            atomic_fetch_add(&shared->retries, 1);
            while (is_batch && status == STATUS_CONSTRAINT) {
                error_clear(&error);
                status = workload_run(&w, statement, &error);
            }
            if (!is_batch)
                continue;
        }
        if (status != STATUS_OK)
            fail(shared, "writer", &error);
        if (is_batch)
            atomic_store(&shared->committed[statement], true);
        atomic_fetch_add(&shared->writes, 1);
    }
    workload_close(&w);
    _exit(0);
}

static void read_on(struct shared *shared, const char *path)
{
    struct workload w;
    struct error error = {0};
    if (workload_open(&w, path, &io_system, &error) != STATUS_OK)
        fail(shared, "reader", &error);
    while (!atomic_load(&shared->stop)) {
        struct state is;
        bool committed[STATEMENTS_MAX];
        for (int b = 0; b < STATEMENTS_MAX; b++)
            committed[b] = atomic_load(&shared->committed[b]);
        if (workload_read(&w, &is, &error) != STATUS_OK)
            fail(shared, "reader", &error);
        for (int b = 0; b < STATEMENTS_MAX; b++)
            if (is.present[b % PARTS][b] != is.present[(b + 1) % PARTS][b] ||
                (committed[b] && !is.present[b % PARTS][b])) {
                (void)error_set(&error, STATUS_DATA, "batch %d is %s", b,
                                committed[b] ? "lost" : "there in part");
                fail(shared, "reader", &error);
            }
        atomic_fetch_add(&shared->reads, 1);
    }
    workload_close(&w);
    _exit(0);
}

static void judge(struct tally *tally, struct shared *shared, const char *path)
{
    struct error error = {0};
    struct state is;
    enum status status = workload_look(path, &is, &error);
    tally_check(tally, status == STATUS_OK, "after the crowd: %s", error.message);
    for (int b = 0; b < STATEMENTS_MAX && status == STATUS_OK; b++)
        if (atomic_load(&shared->committed[b]))
            tally_check(tally, is.present[b % PARTS][b] && is.present[(b + 1) % PARTS][b],
                        "after the crowd: batch %d is lost", b);
}

void crash_crowd(struct tally *tally, int seconds)
{
    char folder[64], path[96];
    struct workload w;
    struct error error = {0};
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        exit(1);
    snprintf(path, sizeof path, "%s/db", scratch_open(folder));
    enum status status = workload_open(&w, path, &io_system, &error);
    if (status == STATUS_OK)
        status = workload_run(&w, 0, &error);
    workload_close(&w);
    tally_check(tally, status == STATUS_OK, "the crowd cannot begin: %s", error.message);
    atomic_store(&shared->next, 1);
    fflush(stdout);
    for (int i = 0; i < WRITERS + READERS && status == STATUS_OK; i++) {
        if (fork() != 0)
            continue;
        if (i < WRITERS)
            write_on(shared, path, i);
        else
            read_on(shared, path);
    }
    for (int i = 0; i < seconds * 10 && !atomic_load(&shared->stop); i++)
        nanosleep(&(struct timespec){0, 100000000}, NULL);
    atomic_store(&shared->stop, true);
    int child;
    bool fine = true;
    while (wait(&child) > 0)
        fine = fine && WIFEXITED(child) && WEXITSTATUS(child) == 0;
    tally_check(tally, fine, "the crowd: %s", shared->message);
    judge(tally, shared, path);
    printf("crowd: %ld commits (%ld again), %ld reads in %d s\n", atomic_load(&shared->writes),
           atomic_load(&shared->retries), atomic_load(&shared->reads), seconds);
    munmap(shared, sizeof *shared);
    scratch_remove(folder);
}
