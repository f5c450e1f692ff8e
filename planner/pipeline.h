/* pipeline.h - a query as a graph of Beam's transforms: plain data, read-only once built.
 *
 * A transform describes what is computed over collections, never how: expressions, key columns, window fns,
 * aggregate ids. EXPLAIN (FORMAT json) prints the whole of it. Running state lives in exec/.
 * Each transform has one output collection (schema, boundedness, windowing, event-time column). Column indices
 * are those of the input's schema unless said otherwise. Everything lives in the statement's arena. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "planner/expr.h"
#include "storage/source.h"
#include "storage/timezone.h"

/* ---- windows ---- */

enum window_kind { WINDOW_GLOBAL, WINDOW_TUMBLE, WINDOW_HOP, WINDOW_CUMULATE, WINDOW_SESSION };

/* 30-sql's event-time windows. `size` is a tumble's or hop's size, cumulate's greatest size, a session's gap; `slide`
 * is a hop's slide or cumulate's step. A length is months, or days, or microseconds (whole milliseconds),
 * never mixed. `zone` NULL: UTC. Aligned to 1970-01-01 00:00 (Monday 1970-01-05 for multiples of 7 days) in
 * that zone plus `offset`. */
struct window_fn {
    enum window_kind kind;
    struct interval size, slide, offset;
    const struct time_zone *zone;
    int64_t max_duration; /* of a session, microseconds; 0: none */
};

/* Names of what a windowed collection gains, in this order: window_start, window_end, window_time (end - 1 ms). */
enum { WINDOW_COLUMNS = 3 };

/* ---- ordering ---- */

struct sort_key {
    uint32_t column;
    bool descending, nulls_first;
};

/* ---- aggregates ---- */

struct aggregate {
    enum aggregate_id id;
    int32_t args[2]; /* columns, -1: none */
    int32_t filter;  /* BOOLEAN column, -1: none */
    bool distinct;
    struct type arg_types[2];
    struct type type;       /* of the result */
    struct value separator; /* string_agg; unset: "," */
    /* f(x ORDER BY ...): refused by the planner until it is there */
};

/* ---- when results come out (EMIT) ---- */

enum trigger_kind { TRIGGER_TIME, TRIGGER_ROWS, TRIGGER_OR, TRIGGER_AND, TRIGGER_THEN };

/* Acts on one key in one window, on what came since its last pane. THEN has its parts in a row, none of them a THEN,
 * and remembers in place number `place` which is next. */
struct trigger {
    enum trigger_kind kind;
    int64_t every; /* microseconds of processing time since the first row, or rows */
    const struct trigger **parts;
    uint32_t n_parts;
    uint32_t place; /* of a THEN */
};

enum emit_kind {
    EMIT_CLOSE,   /* one pane a window and key, when the window expires */
    EMIT_CHANGES, /* changes of the result, with the column op */
    EMIT_PERIODIC,
    EMIT_WATERMARK /* panes before, at and after the watermark, with the pane columns */
};
enum pane_mode { PANES_ACCUMULATING, PANES_DISCARDING, PANES_RETRACTING };

/* How a Combine gives its results while rows come in. */
struct emit {
    enum emit_kind kind;
    enum pane_mode mode;
    int64_t period_us, lateness_us;
    const struct trigger *early, *late; /* NULL: none */
    uint32_t n_places;                  /* of THENs in both triggers */
    bool has_panes;                     /* output: pane_timing, pane_index, pane_is_last after the
                                         * window's columns */
    bool has_op;                        /* output: op after them */
    bool by_default;                    /* no EMIT was written */
    const char *late_table;             /* LATE ROWS INTO; NULL: none */
};
/* Columns of panes and op in the output, between the window's and the aggregates'. */
enum { PANE_COLUMNS = 3 };
static inline uint32_t emit_columns(const struct emit *emit)
{
    return emit ? (emit->has_panes ? PANE_COLUMNS : 0u) + (emit->has_op ? 1u : 0u) : 0u;
}

/* ---- transforms ---- */

enum transform_kind {
    TRANSFORM_READ,
    TRANSFORM_PARDO,
    TRANSFORM_WINDOW_INTO,
    TRANSFORM_GROUP_BY_KEY,
    TRANSFORM_COMBINE,
    TRANSFORM_CO_GROUP_BY_KEY,
    TRANSFORM_FLATTEN,
    TRANSFORM_WRITE
};

enum combine_kind {
    COMBINE_GROUP, /* accumulators per key (and window) */
    COMBINE_TOP /* ORDER BY, with LIMIT: the first `limit` rows after `offset` in order, stable on input order */
};
/* The lifted form is Combine(PARTIAL) -> GroupByKey -> Combine(FINAL); unlifted GroupByKey -> Combine(WHOLE). */
enum combine_phase { COMBINE_WHOLE, COMBINE_PARTIAL, COMBINE_FINAL };

struct transform {
    enum transform_kind kind;
    uint32_t id; /* from 0, inputs before users */
    struct transform **inputs;
    uint32_t n_inputs;
    struct schema schema; /* of the output */
    bool unbounded;
    int32_t time_column; /* event time in the output, -1: none */
    union {
        struct {
            struct source *source;
            struct scan_request request; /* columns, predicates the reader may use, row limit */
            /* Over the output's columns: what each row says of how far event time has come, TIMESTAMP or
             * TIMESTAMPTZ in microseconds. NULL: rows are not stamped with watermarks. */
            struct expr *watermark;
            bool watermark_by_default; /* none was declared: the greatest event time so far */
        } read;
        /* Rows for which every filter is true, in order of the list (a later one is computed only for what the
         * earlier ones left); then `outputs`, one a column of the schema. Or, when has_limit: the rows after
         * `offset` up to `limit` in input order, columns as they are (then no filters, no outputs). */
        struct {
            struct expr_list filters, outputs;
            bool has_limit;
            uint64_t limit, offset;
        } pardo;
        /* Puts rows into windows by `time_column_in` (TIMESTAMP or TIMESTAMPTZ in microseconds); rows without event
         * time are dropped and counted. Output: the input's columns, then
         *  - plain: window_start, window_end, window_time; a row in k windows comes k times, by rising window_start;
         *  - panes_only (the Combine above puts panes together): one column, the start of the row's pane as
         *    BIGINT microseconds (for SESSION: the event time itself). A pane is [start, next pane start). */
        struct {
            struct window_fn fn;
            uint32_t time_column_in;
            bool panes_only;
            uint32_t *partition_by; /* SESSION's keys in plain form */
            uint32_t n_partition_by;
        } window_into;
        struct {
            uint32_t *keys;
            uint32_t n_keys;
        } group_by_key;
        /* GROUP. Input of PARTIAL and WHOLE: columns as `keys` and the aggregates say; when `windowed`, `window_column`
         * is the pane column of WindowInto(panes_only). Output of FINAL and WHOLE: the keys, then when windowed
         * window_start, window_end, window_time (of the window fn's time type), then one column an aggregate.
         * PARTIAL's and GroupByKey's output is state; its schema is keys, [pane], one column an aggregate (typed as
         * its result) and serves EXPLAIN only. FINAL repeats all fields of its PARTIAL.
         * No keys and not windowed: exactly one row, also for empty input.
         * TOP: sort_keys, limit, offset; schema as the input's. */
        struct {
            enum combine_kind kind;
            enum combine_phase phase;
            uint32_t *keys;
            uint32_t n_keys;
            struct aggregate *aggregates;
            uint32_t n_aggregates;
            bool windowed;
            struct window_fn window;
            uint32_t window_column;
            struct type time_type; /* of window_start: TIMESTAMP(6) or TIMESTAMPTZ(6) */
            struct sort_key *sort_keys;
            uint32_t n_sort_keys;
            uint64_t limit, offset; /* UINT64_MAX: all */
            /* Results come out while rows come in: phase WHOLE, the input's rows are stamped with
             * watermarks. The output has emit_columns() more, before the aggregates. NULL: all at
             * the end. */
            const struct emit *emit;
        } combine;
        /* The result, ordered by sort_keys if there are any. Columns past n_visible are only sorted by. */
        struct {
            struct sort_key *sort_keys;
            uint32_t n_sort_keys;
            uint32_t n_visible;
        } write;
    };
};

struct pipeline {
    struct transform **transforms; /* by id; the last is the Write */
    uint32_t n_transforms;
    struct transform *root;
};

#endif
