/* pane.h - one firing of a key in a window: what is kept of it from pane to pane, and the rows that come out.
 *
 * The keeping lies behind the accumulators of a group row, so a live Combine with panes has rows that are longer than
 * its layout was planned for at first: pane_plan does that. */
#ifndef PANE_H
#define PANE_H

#include "exec/live_int.h"

enum pane_timing { PANE_EARLY, PANE_ON_TIME, PANE_LATE };

/* Of one key in one window. */
struct pane_key {
    uint64_t since;      /* rows since the last pane */
    uint64_t is_late;    /* the last row came after the window's end */
    int64_t index;       /* of the next pane */
    struct batch *shown; /* RETRACTING: the last pane, one row */
    uint32_t places[];   /* of the triggers' THENs */
};

/* Makes room for a pane_key in the rows of the plan, and plans the output without the pane columns. */
MUST_CHECK enum status pane_plan(struct combine_plan *plan, struct arena *arena,
                                 struct error *error);
struct pane_key *pane_key_of(const struct live *live, char *row);

/* Gives out a pane of each of the rows, in order, and makes them ready for the next. */
MUST_CHECK enum status pane_fire(struct live *live, char *const *rows, size_t n,
                                 enum pane_timing timing, bool is_last, struct error *error);
/* EMIT CHANGES: gives out what has changed of the dirty keys. */
MUST_CHECK enum status pane_changes(struct live *live, struct error *error);
/* Lets go of what the row's key holds outside of its store. */
void pane_forget(const struct live *live, char *row);

#endif
