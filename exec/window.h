/* window.h - which windows an event time belongs to: 30-sql's rules, UTC and local.
 *
 * Pure arithmetic over a window_fn; thread-safe. Times are microseconds since 1970 UTC; a window is
 * [start, end). For lengths of a fixed count of microseconds in UTC everything is a floor division; calendar
 * lengths and zones go through storage/timezone. */
#ifndef WINDOW_H
#define WINDOW_H

#include "base/context.h"
#include "planner/pipeline.h"

struct window {
    int64_t start, end;
};

/* The window fn made ready: constants precomputed. */
struct window_assigner {
    struct window_fn fn;
    bool fixed; /* panes are equally long in UTC: pane = floor((ts - base) / pane_us) */
    int64_t base, pane_us;
    int64_t size_us, slide_us;
    bool gaps; /* HOP with slide > size: some panes are in no window */
};
MUST_CHECK enum status window_assigner_init(struct window_assigner *assigner,
                                            const struct window_fn *fn, struct error *error);

/* The pane [start, end) that holds `ts`: TUMBLE: its window; HOP: the greatest common part of slide and size, or for
 * calendar lengths the stretch between two window borders; CUMULATE: the step. *in_window false: in a gap. */
MUST_CHECK enum status window_pane(const struct window_assigner *assigner, int64_t ts,
                                   struct window *pane, bool *in_window, struct error *error);
/* The pane starts of n rows at once. Rows whose `validity` bit is 0 or that lie in a gap get no pane: their bit in
 * `keep` is cleared (keep is all ones before). *constant: all kept rows share one pane. */
MUST_CHECK enum status window_panes(const struct window_assigner *assigner, const int64_t *ts,
                                    const uint8_t *validity, size_t n, int64_t *panes,
                                    uint8_t *keep, bool *constant, struct error *error);
/* The windows that the pane starting at `pane_start` belongs to, by rising start. Calls `fn` for each. Not SESSION. */
MUST_CHECK enum status window_of_pane(const struct window_assigner *assigner, int64_t pane_start,
                                      enum status (*fn)(void *context, struct window window,
                                                        struct error *error),
                                      void *context, struct error *error);
/* Most windows one row can be in (HOP: ceil(size/slide); CUMULATE: size/step). */
uint32_t window_fanout(const struct window_assigner *assigner);

#endif
