/* live.h - a Combine that gives its results while rows come in: by window, as the watermark passes.
 *
 *   live_open -> { live_add(batch) | live_advance(watermark) | live_next ... } -> live_close
 *
 * Rows are taken one after another, each after the windows that its own watermark closes; so the results, and their
 * order, do not depend on where batches end. State is kept by window (HOP, CUMULATE: by pane) and freed as a
 * whole when the window has expired. Everything here is used by one thread.
 *
 * What comes out is batches and watermarks in turn: the results that a watermark made come before it. */
#ifndef LIVE_H
#define LIVE_H

#include "exec/combine.h"

struct live;

/* `plan` is of the Combine with an emit. */
MUST_CHECK enum status live_open(struct combine_plan *plan, struct live **out, struct error *error);
void live_close(struct live *live); /* NULL is fine */

/* Takes in the rows of a batch; does not take the batch. Rows without watermarks came from another live Combine and are
 * never late. */
MUST_CHECK enum status live_add(struct live *live, const struct batch *batch, struct error *error);
/* Event time has come to `watermark`; WATERMARK_END: there will be no more rows. Never goes back. */
MUST_CHECK enum status live_advance(struct live *live, int64_t watermark, struct error *error);

/* One thing that came out: a batch (the caller's), or when it is NULL the watermark reached. */
struct live_item {
    struct batch *batch;
    int64_t watermark;
};
/* *more false: nothing more for now. Small batches that follow one another come as one. */
MUST_CHECK enum status live_next(struct live *live, struct live_item *out, bool *more,
                                 struct error *error);

struct live_counts {
    uint64_t late, rows_out, open_windows, state_bytes;
    int64_t watermark;
};
void live_count(const struct live *live, struct live_counts *out);

#endif
