/* session_assign.h - plain SESSION windows, without aggregation: every row with its session's borders.
 *
 *   session_assign_open -> session_assign_add(batch) ... in input order -> session_assign_finish
 *   -> session_assign_get(k) for batch k of session_assign_batches, from any thread
 *
 * All rows are held until the end; they come out in input order. Rows without event time are left out and counted. */
#ifndef SESSION_ASSIGN_H
#define SESSION_ASSIGN_H

#include "base/context.h"
#include "planner/pipeline.h"

struct session_assign;

/* `transform` is a WindowInto of kind SESSION that is not panes_only. */
MUST_CHECK enum status session_assign_open(const struct transform *transform,
                                           const struct context *context,
                                           struct session_assign **out, struct error *error);
/* Keeps what it needs of the batch; does not take it. */
MUST_CHECK enum status session_assign_add(struct session_assign *assign, struct batch *batch,
                                          struct error *error);
MUST_CHECK enum status session_assign_finish(struct session_assign *assign, struct error *error);
uint64_t session_assign_rows(const struct session_assign *assign);
uint64_t session_assign_rejects(const struct session_assign *assign);
uint64_t session_assign_batches(const struct session_assign *assign);
MUST_CHECK enum status session_assign_get(const struct session_assign *assign, uint64_t k,
                                          struct batch **out, struct error *error);
void session_assign_close(struct session_assign *assign); /* NULL is fine */

#endif
