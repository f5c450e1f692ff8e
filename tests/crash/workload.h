/* workload.h - statements on one table whose outcome is known, so that what is left after a fault can be judged.
 *
 * Table t (part INTEGER, batch INTEGER, n BIGINT), partitioned by part. Statement 0 creates it; the others put in a
 * batch of rows in two partitions, clear a partition, compact it, or truncate the table, by their number alone. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "storage/database.h"

enum { PARTS = 3, STATEMENTS_MAX = 128, BATCH_ROWS = 50 };

/* What the table holds: whole batches by partition. */
struct state {
    bool has_table;
    bool present[PARTS][STATEMENTS_MAX];
};
void state_apply(struct state *state, int statement);
struct state state_after(int statements);
bool state_equal(const struct state *a, const struct state *b);

struct workload {
    struct budget budget;
    struct clock clock;
    atomic_bool cancel;
    struct context context;
    struct database *db;
};

MUST_CHECK enum status workload_open(struct workload *w, const char *path, struct io *io,
                                     struct error *error);
void workload_close(struct workload *w);
MUST_CHECK enum status workload_run(struct workload *w, int statement, struct error *error);
/* Reads the whole table. A batch that is there in part, or rows that nobody put in, are an error. */
MUST_CHECK enum status workload_read(struct workload *w, struct state *out, struct error *error);
/* Files in the folder that the catalog does not know, or that it knows and are not there: an error. */
MUST_CHECK enum status workload_check_files(struct workload *w, struct error *error);

/* Opens the database at `path`, reads it, checks it, closes it. */
MUST_CHECK enum status workload_look(const char *path, struct state *out, struct error *error);

/* A folder for databases, in memory if there is such a place; removed with all in it. */
const char *scratch_open(char out[64]);
void scratch_remove(const char *path);
void scratch_copy(const char *from, const char *to);

/* The campaigns: each returns how many checks failed and adds to *passed. */
struct tally {
    size_t passed, failed;
};
void tally_check(struct tally *tally, bool fine, const char *format, ...) PRINTF_LIKE(3, 4);
void crash_steps(struct tally *tally,
                 int times); /* killed at each step of a commit, and at random */
void crash_calls(struct tally *tally, int every);   /* each call of files and catalog fails */
void crash_power(struct tally *tally, int images);  /* unsynced writes dropped and torn */
void crash_crowd(struct tally *tally, int seconds); /* two writers, ten readers */

#endif
