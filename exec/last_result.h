/* last_result.h - the rows of the last query, kept for FROM _.
 *
 *   1. Rows gather as they are given out, as copies of their own, and become the last result at the query's end.
 *      A query that fails or is left early changes nothing.
 *   2. Once they pass the limit they are let go, and FROM _ says so: a huge result costs no more than the limit.
 *   3. Nothing here makes a query fail: without memory, rows are not kept. */
#ifndef LAST_RESULT_H
#define LAST_RESULT_H

#include "storage/mem_table.h"

struct last_result {
    struct mem_table *table; /* NULL: none was kept */
    const char *why;         /* without a table: what FROM _ says */
    struct mem_table *rows;  /* of the query that runs; NULL: none, or given up */
    const char *gave_up;
    size_t bytes, limit;
    bool kept; /* the query that ran last had a limit */
};

/* `limit` in bytes; 0: the query is not kept, and the last result stays what it was. */
void last_result_begin(struct last_result *last, const struct schema *schema, size_t limit,
                       struct budget *budget);
void last_result_add(struct last_result *last, const struct batch *batch, struct budget *budget);
void last_result_end(struct last_result *last, bool complete);
void last_result_fini(struct last_result *last);
/* The last result as a source, or why there is none. */
MUST_CHECK enum status last_result_open(const struct last_result *last, struct arena *arena,
                                        struct source **out, struct error *error);

#endif
