/* source.h - where Read gets its batches from: text files, tables in memory, generated rows.
 *
 * A source is opened while a statement is planned (one thread, the statement's arena) and describes itself: a
 * schema, whether its rows end. The planner may ask it for further columns (add_column). When the
 * statement runs, scan_open fixes the columns wanted, and each worker opens a reader of its own. Morsels are
 * numbered in input order (path, then position); scan_next_morsel hands them out one after another.
 *
 * The three objects are structs that an implementation embeds as its first member. */
#ifndef SOURCE_H
#define SOURCE_H

#include "base/context.h"
#include "storage/batch.h"
#include "storage/value.h"

enum compare_op { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

/* `column op value`, value not NULL and of the column's type; or IS NOT NULL. Rows that fail may be left out by
 * the reader; it need not (the pipeline filters again), and never leaves out a row that passes. */
struct scan_predicate {
    uint32_t column; /* of the source's schema */
    enum compare_op op;
    bool is_not_null;
    struct value value;
};

/* Of this column only the interval [base + k * step, base + (k + 1) * step) that a row lies in matters: the reader
 * may give any value of the same interval. */
struct scan_cut {
    bool is_set;
    uint32_t column; /* of the source's schema */
    int64_t base, step;
};

/* The worst value that can still come out, once that is known. It only gets better. */
struct scan_bar {
    atomic_bool is_set;
    atomic_int_least64_t value; /* before: the worst there is */
};

/* Only the first rows by an integer column are wanted: the reader may give morsels (numbered in input order all the
 * same) in any order, best first, and leave out rows that are worse than the bar; equal ones it gives. */
struct scan_top {
    const struct scan_bar *bar; /* NULL: all rows are wanted */
    uint32_t column;            /* of the source's schema */
    bool descending, nulls_first;
};

struct scan_request {
    const uint32_t
        *columns; /* of the source's schema, in the order wanted; may be none: only rows count */
    uint32_t n_columns;
    const struct scan_predicate *predicates;
    uint32_t n_predicates;
    uint64_t
        row_limit; /* the reader may stop once it has given so many rows in all; UINT64_MAX: all */
    /* The rows will be grouped, not given out in order: readers may take runs of neighbouring morsels,
     * so that a stretch of event time is mostly one worker's. */
    bool any_order;
    struct scan_cut cut;
    struct scan_top top;
};

/* Shared by the workers, read by the progress bar. */
struct scan_stats {
    atomic_uint_least64_t rows;        /* rows given out or filtered by the reader */
    atomic_uint_least64_t bytes;       /* of the files as they lie there */
    atomic_uint_least64_t bytes_total; /* 0: unknown */
};

struct source;
struct source_range; /* storage/database.h */
struct scan;
struct reader;

/* A bad row or value that was passed over. */
struct source_reject {
    const char *file;
    uint64_t line, column; /* from 1; line 0: not known */
    const char *reason;
    struct str text; /* of the line, or its beginning; UTF-8 */
};

struct source_ops {
    const char *name; /* "jsonl", "csv", "memory", "generate_series" */
    /* Looks for a column that the schema lacks: a key, or a path of keys a.b.c with list positions as decimal text.
     * Found: appended to the schema. NULL: never. */
    enum status (*add_column)(struct source *source, const struct str *path, uint32_t n_path,
                              const struct context *context, bool *found, uint32_t *index,
                              struct error *error);
    enum status (*scan_open)(struct source *source, const struct scan_request *request,
                             const struct context *context, struct scan **out, struct error *error);
    /* Adds one line for EXPLAIN: what is read, what was pruned ("jsonl bid.jsonl, 2 files of 5"). */
    void (*describe)(struct source *source, const struct scan_request *request, struct strbuf *out);
    /* After the run: adds notices ("2 values of price in bid.jsonl are no BIGINT and were read as NULL"), at most
     * one line each, to the array of C strings through `add`. NULL: none. */
    void (*notices)(struct source *source, void (*add)(void *, const char *), void *context);
    /* Whether no row has NULL in this field, as far as is known without reading rows. NULL: not known. */
    bool (*never_null)(const struct source *source, uint32_t field);
    void (*close)(struct source *source); /* frees all but the arena's memory */
    /* After the run, before `notices`: the first of the bad rows and values that were passed over, in input order.
     * *table: the name of the table they are wanted in; length 0: none. They are forgotten afterwards. NULL: none. */
    enum status (*rejects)(struct source *source, const struct context *context,
                           struct arena *arena, struct source_reject **out, uint32_t *n,
                           struct str *table, struct error *error);
    /* Sources of files: where the rows lie, a range for each regular file in input order, from
     * byte 0 (or where begin_at put it) to its size when it was listed; scans of plain files
     * read up to there even if the file grows. Compressed files count as they lie there;
     * standard input and pipes have no range. NULL: rows are of no files. */
    enum status (*ranges)(struct source *source, const struct context *context, struct arena *arena,
                          struct source_range **out, uint32_t *n, struct error *error);
    /* Scans opened afterwards read the file of ranges()[range] from byte `from`, the start of a line (or the newline
     * that ended the last line since), on; a CSV header is still read from the file's start. Equal to `to`: nothing
     * of it. Refused: `from` is past `to`, within a line, or within a compressed file or a JSON array. file_row_number
     * counts from there. */
    enum status (*begin_at)(struct source *source, const struct context *context, uint32_t range,
                            uint64_t from, struct error *error);
};

struct source {
    const struct source_ops *ops;
    struct arena *arena; /* the statement's */
    struct schema schema;
    uint32_t
        n_visible; /* fields past these are virtual (filename, file_row_number) or were added: not in `*` */
    bool unbounded;
    bool is_stream;       /* standard input or a pipe: rows may come as time goes by */
    uint32_t n_splits;    /* files with a watermark each; 0 or 1: one */
    double rows_estimate; /* < 0: unknown */
};

struct scan_ops {
    /* One reader a worker. */
    enum status (*reader_open)(struct scan *scan, struct reader **out, struct error *error);
    void (*close)(struct scan *scan); /* after all its readers */
};

struct scan {
    const struct scan_ops *ops;
    struct source *source;
    const struct context *context;
    struct scan_stats stats;
    /* The caller sets may_guess before the first reader is opened if it can drop all it was given and read again.
     * Readers then may guess where rows begin and find out later. `unsure` counts guesses that were not
     * confirmed: if some are left when all readers are done (or failed), a scan opened anew without guessing
     * gives the right rows, or the right error. */
    bool may_guess;
    atomic_uint unsure;
};

struct reader_ops {
    /* Takes the next morsel. Called by many threads, each with its reader; numbers rise. *more is false when none is
     * left. */
    enum status (*next_morsel)(struct reader *reader, uint64_t *morsel, bool *more,
                               struct error *error);
    /* The next batch of the morsel, at most context->batch_size rows, with `morsel` set; NULL at its end. */
    enum status (*next)(struct reader *reader, struct batch **out, struct error *error);
    void (*close)(struct reader *reader);
};

struct reader {
    const struct reader_ops *ops;
    struct scan *scan;
};

/* Named arguments of a table function: `delim => ';'`, `columns => {a: 'BIGINT'}`. */
struct source_option {
    struct str name;
    struct span span;
    struct value value; /* when there are no children */
    struct source_option
        *children; /* of a {name: value} or [value] argument; list entries have no name */
    uint32_t n_children;
    bool is_list;
};

#endif
