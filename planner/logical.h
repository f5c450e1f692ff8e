/* logical.h - the typed logical plan: what a query computes, before it is cut into transforms.
 *
 * A tree of nodes, root last computed. Column indices are those of the input's schema; a scan's are its own
 * output's. Nodes are built by the binder; rules replace nodes or change the ones they own, and leave
 * every schema true. translate.c turns the tree into a pipeline.
 *
 *   SCAN       columns of a source                       columns named by scan.columns
 *   FILTER     rows for which every condition is true    as the input
 *   PROJECT    one expression a column
 *   WINDOW     plain: a row once for each window it is in   window_start, window_end, window_time, the input's
 *              panes_only: a row once                       pane (BIGINT), the input's
 *   AGGREGATE  keys, [window_start, window_end, window_time when windowed], [pane columns and op as emit
 *              says], aggregates
 *   TOP        rows in order, `limit` after `offset`     as the input
 *   LIMIT      rows in input order                       as the input
 *   UNION      the inputs' rows one after another        as the first input; all are of equal types
 *
 * The window's own columns come first, not last as in the pipeline, so that a scan below can still gain columns
 * while names are being looked up. */
#ifndef LOGICAL_H
#define LOGICAL_H

#include "planner/pipeline.h"

enum logical_kind {
    LOGICAL_SCAN,
    LOGICAL_FILTER,
    LOGICAL_PROJECT,
    LOGICAL_WINDOW,
    LOGICAL_AGGREGATE,
    LOGICAL_TOP,
    LOGICAL_LIMIT,
    LOGICAL_UNION
};

struct logical {
    enum logical_kind kind;
    struct schema schema;
    struct logical **inputs;
    uint32_t n_inputs;
    struct span span; /* of what it was written as, for errors */
    union {
        struct {
            struct source *source;
            uint32_t *columns; /* of the source's schema, one a field */
            struct scan_predicate *predicates;
            uint32_t n_predicates;
            uint64_t row_limit;        /* UINT64_MAX: all */
            struct expr *watermark;    /* over the scan's columns: WATERMARK FOR; NULL: none */
            bool watermark_by_default; /* none was declared: the greatest event time so far */
        } scan;
        struct expr_list filter;
        struct expr_list project;
        struct {
            struct window_fn fn;
            struct expr *time; /* over the input: TIMESTAMP or TIMESTAMPTZ in microseconds */
            bool panes_only;
            uint32_t *partition_by; /* columns of the input: a plain SESSION's keys */
            uint32_t n_partition_by;
        } window;
        struct {
            uint32_t *keys;
            uint32_t n_keys;
            struct aggregate *aggregates;
            uint32_t n_aggregates;
            bool windowed; /* the input is a WINDOW of panes_only: column 0 is the pane */
            struct window_fn fn;
            struct type time_type;
            const struct emit *emit; /* NULL: at the end of the input */
        } aggregate;
        struct {
            struct sort_key *keys;
            uint32_t n_keys;
            uint64_t limit, offset; /* limit UINT64_MAX: all */
        } top;
        struct {
            uint64_t limit, offset;
        } limit;
    };
};

/* What a query gives: the tree, the order of its rows, and how many columns are seen. */
struct logical_root {
    struct logical *node;
    struct sort_key *sort_keys;
    uint32_t n_sort_keys;
    uint32_t n_visible;
};

struct logical *logical_scan(struct arena *arena, struct source *source, struct span span);
/* Takes in the columns that the source has gained, here and in the WINDOW nodes above the scan. */
void logical_refresh(struct arena *arena, struct logical *node);
struct logical *logical_filter(struct arena *arena, struct logical *input,
                               struct expr_list conditions);
/* `names` one an output. */
struct logical *logical_project(struct arena *arena, struct logical *input,
                                struct expr_list outputs, const char *const *names);
struct logical *logical_window(struct arena *arena, struct logical *input,
                               const struct window_fn *fn, struct expr *time, bool panes_only);
/* `aggregates` and the keys are over the input's columns. */
struct logical *logical_aggregate(struct arena *arena, struct logical *input, uint32_t *keys,
                                  uint32_t n_keys, struct aggregate *aggregates,
                                  uint32_t n_aggregates, const struct logical *window,
                                  const struct emit *emit);
struct logical *logical_top(struct arena *arena, struct logical *input, struct sort_key *keys,
                            uint32_t n_keys, uint64_t limit, uint64_t offset);
struct logical *logical_limit(struct arena *arena, struct logical *input, uint64_t limit,
                              uint64_t offset);
struct logical *logical_union(struct arena *arena, struct logical **inputs, uint32_t n_inputs);

bool logical_unbounded(const struct logical *node);
/* Columns of its own that a WINDOW puts before its input's. */
static inline uint32_t logical_window_width(const struct logical *window)
{
    return window->window.panes_only ? 1 : WINDOW_COLUMNS;
}
/* Type of window_start: TIMESTAMP(6) or TIMESTAMPTZ(6). */
struct type logical_time_type(const struct logical *window);

/* Lists of expressions. */
void expr_list_push(struct arena *arena, struct expr_list *list, struct expr *e);
/* Adds the parts of a conjunction one by one. */
void expr_list_split(struct arena *arena, struct expr_list *list, struct expr *e);

#endif
