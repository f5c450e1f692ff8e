/* live_int.h - what live.c (rows in), live_window.c (windows closing), live_output.c and pane.c (batches out) share. */
#ifndef LIVE_INT_H
#define LIVE_INT_H

#include "exec/combine_int.h"
#include "exec/live.h"
#include "exec/watermark.h"

/* Groups of one pane: their rows and all they hold, freed together. */
struct live_pane {
    struct window window; /* shared: start and start again */
    int64_t expiry;       /* watermark at which no window that it is in wants it any more */
    bool closed;          /* by_window: the ON_TIME panes are out */
    struct group_store store;
    struct group_table table;
};

/* HOP, CUMULATE: a window that some pane is in, and that has not given its results yet. */
struct live_window {
    struct window window;
    int64_t border; /* as rows name it */
};

struct live_queue {
    struct live_item *items;
    size_t at, n, capacity;
};

struct live {
    struct combine_plan *plan;
    const struct emit *emit;
    struct budget *budget;
    struct combine_state *state; /* arguments and keys of a batch; its own groups stay empty */
    struct group_store own;      /* the state's store while a pane's stands in its place */
    int64_t watermark;           /* reached */
    int64_t next_event;          /* watermark at which a window gives results or a pane goes */
    struct live_pane **panes;    /* by rising end, then start */
    size_t n_panes, panes_capacity;
    /* The panes that rows of the pane of time at recent_start go to, until something happens; none: they are late. */
    struct live_pane **recent;
    size_t n_recent, recent_capacity;
    int64_t recent_start;
    bool has_recent;
    struct live_window *windows; /* by rising end, then start */
    size_t n_windows, windows_capacity;
    bool shared;    /* panes are in several windows, which are put together when they expire */
    bool by_window; /* a pane is a window, with triggers: rows go to each of theirs */
    bool changes;   /* by_window: keys that have changed are given out after each batch */
    struct row_list dirty;          /* such keys */
    struct live_sessions *sessions; /* SESSION: in place of panes and windows */
    struct live_queue queue;
    struct row_list rows; /* being given out */
    uint64_t late, rows_out;
    size_t block_size;
};

/* ---- live.c ---- */
/* Rows [at, at + n) of the batch at hand into the accumulators of `rows`, which keep what they need in `store`. */
MUST_CHECK enum status live_update(struct live *live, struct group_store *store, uint64_t stamp,
                                   size_t at, size_t n, char *const *rows, struct error *error);

/* ---- live_session.c ---- */
MUST_CHECK enum status live_sessions_open(struct live *live, struct error *error);
void live_sessions_close(struct live *live);
/* Before a batch: lets go of keys that have had no session for long. */
MUST_CHECK enum status live_sessions_sweep(struct live *live, struct error *error);
/* Looks up the keys of a slice; then row i of it goes to its session, or is late. */
MUST_CHECK enum status live_sessions_find(struct live *live, struct group_keys *keys,
                                          struct error *error);
MUST_CHECK enum status live_sessions_add(struct live *live, struct group_keys *keys, size_t i,
                                         int64_t ts, int64_t watermark, uint64_t stamp,
                                         struct error *error);
/* Gives out and frees what has expired. */
MUST_CHECK enum status live_sessions_expire(struct live *live, int64_t watermark,
                                            struct error *error);

/* ---- live_window.c ---- */
/* Sets live->recent to the panes that a row of the pane goes to, made at need; none if all its windows have expired at
 * the row's watermark. */
MUST_CHECK enum status live_find_panes(struct live *live, int64_t start, int64_t watermark,
                                       struct error *error);
/* Gives out what the watermark closes and frees what has expired. */
MUST_CHECK enum status live_close_windows(struct live *live, int64_t watermark,
                                          struct error *error);
void live_pane_free(struct live *live, struct live_pane *pane);
/* The only pane of a Combine without windows. */
MUST_CHECK enum status live_pane_only(struct live *live, struct error *error);

/* ---- live_output.c ---- */
/* Puts what DISTINCT aggregates keep of the rows into input order. */
void live_sort_sets(const struct live *live, char *const *rows, uint64_t n);
/* The rows of live->rows as batches into the queue; empties the list. */
MUST_CHECK enum status live_put_rows(struct live *live, struct error *error);
/* Takes the item's batch, also on failure. */
MUST_CHECK enum status live_put(struct live *live, struct live_item item, struct error *error);

#endif
