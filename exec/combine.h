/* combine.h - Combine over keys and windows: accumulators per group, partial states, and their merge.
 *
 * One combine_plan a Combine transform, shared; one combine_state a worker (partial) which is fed batches and
 * then handed to combine_merge. A state is used by one thread at a time.
 *
 *   workers:  combine_state_open, combine_state_add(batch) ..., each its own state
 *   then:     combine_merge(all states) -> one combine_result (shards merged in parallel by the caller's threads:
 *             combine_merge_shard for each shard number, any thread, once each)
 *   then:     combine_result_next -> batches in the order promised below
 *
 * Output order, for whatever threads and batch size: windowed: by window end, then window start; within, and
 * without windows, by the input order of each group's first row. Batches hold at most `batch_size` rows. */
#ifndef COMBINE_H
#define COMBINE_H

#include "base/context.h"
#include "planner/pipeline.h"

struct combine_plan;
struct combine_state;
struct combine_result;

/* `combine` is the transform (PARTIAL or WHOLE) whose input has the schema `input`. `output` is FINAL's or WHOLE's
 * schema. Everything in the arena; charged names are "Combine(partial)" and "Combine(final)". */
MUST_CHECK enum status combine_plan_new(struct arena *arena, const struct transform *combine,
                                        const struct schema *input, const struct schema *output,
                                        const struct context *context, struct combine_plan **out,
                                        struct error *error);

MUST_CHECK enum status combine_state_open(const struct combine_plan *plan,
                                          struct combine_state **out, struct error *error);
/* Takes in the rows of a batch; does not take the batch. */
MUST_CHECK enum status combine_state_add(struct combine_state *state, const struct batch *batch,
                                         struct error *error);
void combine_state_close(struct combine_state *state); /* NULL is fine */

/* Shards that the groups are cut into by hash, for parallel merging: a power of two fixed by the plan. */
uint32_t combine_shards(const struct combine_plan *plan);
/* Prepares merging: takes the states (also on failure). With one state nothing is copied. */
MUST_CHECK enum status combine_result_open(const struct combine_plan *plan,
                                           struct combine_state **states, uint32_t n_states,
                                           struct combine_result **out, struct error *error);
/* Merges one shard of all states; distinct shards may be merged by distinct threads at the same time. */
MUST_CHECK enum status combine_merge_shard(struct combine_result *result, uint32_t shard,
                                           struct error *error);
/* After all shards: fixes the output order (panes become windows here). Then batches can be made. */
MUST_CHECK enum status combine_result_finish(struct combine_result *result, struct error *error);
uint64_t combine_result_rows(const struct combine_result *result);
/* Rows [at, at+n) of the output as a batch; thread-safe (reads only). */
MUST_CHECK enum status combine_result_batch(const struct combine_result *result, uint64_t at,
                                            uint64_t n, struct batch **out, struct error *error);
void combine_result_close(struct combine_result *result);

#endif
