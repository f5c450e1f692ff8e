/* query_write.h - a query's rows into a stored table, by as many threads as the plan allows.
 *
 * Where rows need no order, each worker reads, computes, checks, partitions, encodes and writes files of its own, all
 * of one change; else one thread writes what comes out in order. */
#ifndef QUERY_WRITE_H
#define QUERY_WRITE_H

#include "exec/run.h"
#include "exec/table_write.h"
#include "planner/plan.h"

struct query_write {
    struct query_env env;
    const struct plan
        *plan; /* its pipeline gives the table's columns; its checks are held against them */
    struct change *change;
    const struct stored_table *table;
    bool merge_small; /* as in table_write_options */
};

/* Runs the query to its end. *rows: how many were written. */
MUST_CHECK enum status query_write(struct query *query, const struct query_write *request,
                                   uint64_t *rows, struct error *error);

#endif
