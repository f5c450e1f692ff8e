/* sort.h - ORDER BY, with or without LIMIT: rows sorted by keys, ties in input order.
 *
 *   workers:  sort_state_open, sort_state_add(batch) ..., sort_state_finish (sorts its own run)
 *   then:     sort_result_open(all states) merges the runs; sort_result_batch makes batches, from any thread
 *
 * With a limit a state keeps only about twice as many rows as are asked for. Sorting is by radix passes over
 * 8-byte normalized prefixes of the first key, then by comparing where prefixes are equal. */
#ifndef SORT_H
#define SORT_H

#include "base/context.h"
#include "planner/pipeline.h"
#include "storage/source.h"

struct sort_plan {
    const struct context *context;
    const struct schema *schema;
    const struct sort_key *keys;
    uint32_t n_keys;
    uint64_t limit, offset; /* UINT64_MAX: all */
    const char *owner;      /* who is charged: "Write(ORDER BY)" */
    /* Raised as rows that cannot come out become known; NULL: nobody asks. Morsels may then come in any order. */
    struct scan_bar *bar;
};

struct sort_state;
struct sort_result;

MUST_CHECK enum status sort_state_open(const struct sort_plan *plan, struct sort_state **out,
                                       struct error *error);
MUST_CHECK enum status sort_state_add(struct sort_state *state, const struct batch *batch,
                                      struct error *error);
MUST_CHECK enum status sort_state_finish(struct sort_state *state, struct error *error);
void sort_state_close(struct sort_state *state); /* NULL is fine */

/* Takes the states, also on failure. */
MUST_CHECK enum status sort_result_open(const struct sort_plan *plan, struct sort_state **states,
                                        uint32_t n_states, struct sort_result **out,
                                        struct error *error);
uint64_t sort_result_rows(const struct sort_result *result);
MUST_CHECK enum status sort_result_batch(const struct sort_result *result, uint64_t at, uint64_t n,
                                         struct batch **out, struct error *error);
void sort_result_close(struct sort_result *result);

#endif
