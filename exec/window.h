/* window.h - which windows an event time belongs to, in UTC and local time.
 *
 * Windows align to 1970-01-01 00:00 plus offset, whole multiples of 7 days to Monday 1970-01-05. With a zone, days
 * and months are cut at local midnights; shorter lengths are elapsed time counted anew from each local midnight, and
 * what is left of a day that they do not divide is a shorter window, cut at midnight. There a HOP whose size is a
 * multiple of its slide ends where so many slides later another window starts, so that every row is in equally many
 * windows. Lengths given in hours that make whole days count as days; other lengths over a day are elapsed time from
 * local 1970-01-01. An offset moves the local clock: a day with offset 6 hours lasts from 06:00 to 06:00.
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
    bool gaps;           /* HOP with slide > size: some panes are in no window */
    int64_t multiple;    /* HOP: size / slide when that is whole and both are of one unit, else 0 */
    struct window_grid { /* how time is cut: TUMBLE and CUMULATE by size, HOP by slide */
        int64_t months, days, micros;     /* one of them */
        int64_t base;                     /* of days: a day number; of micros: microseconds */
        int64_t offset_months, offset_us; /* offset_us on the local clock */
        bool daily;                       /* micros: counted anew from each local midnight */
    } grid;
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
/* The window that starts at `start`, a window's start (TUMBLE, HOP); for CUMULATE the one that ends there. */
MUST_CHECK enum status window_from_border(const struct window_assigner *assigner, int64_t border,
                                          struct window *window, struct error *error);
/* Most windows one row can be in (HOP: ceil(size/slide); CUMULATE: size/step). */
uint32_t window_fanout(const struct window_assigner *assigner);

#endif
