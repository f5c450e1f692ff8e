/* session_assign.h - plain WindowInto(SESSION): every row gets its session's window; nothing is combined.
 *
 * A row's window is known only when all rows are: open, add every batch in input order, finish, then get batch
 * 0 .. batches-1, which are the added ones without the rows that have no event time, with window_start, window_end
 * and window_time behind. Used by one thread until finished; get may then be called from any. */
#ifndef SESSION_ASSIGN_H
#define SESSION_ASSIGN_H

#include "base/context.h"
#include "planner/pipeline.h"
#include "storage/batch.h"

struct session_assign;

/* `transform` is a WindowInto with a SESSION window fn, not panes_only; its input has the schema's first columns. */
MUST_CHECK enum status session_assign_open(const struct transform *transform,
                                           const struct context *context,
                                           struct session_assign **out, struct error *error);
/* Does not take the batch; keeps a reference to its columns. */
MUST_CHECK enum status session_assign_add(struct session_assign *assign, struct batch *batch,
                                          struct error *error);
MUST_CHECK enum status session_assign_finish(struct session_assign *assign, struct error *error);
uint64_t session_assign_rows(const struct session_assign *assign);
uint64_t session_assign_rejects(const struct session_assign *assign); /* rows without event time */
uint64_t session_assign_batches(const struct session_assign *assign);
MUST_CHECK enum status session_assign_get(const struct session_assign *assign, uint64_t number,
                                          struct batch **out, struct error *error);
void session_assign_close(struct session_assign *assign); /* NULL is fine */

#endif
