/* segment_scan_int.h - what a source of data files, its scans and its readers share. */
#ifndef SEGMENT_SCAN_INT_H
#define SEGMENT_SCAN_INT_H

#include "base/thread.h"
#include "storage/segment_read.h"
#include "storage/segment_source.h"

struct segment_source {
    struct source base;
    const char *name;
    const struct segment_file *files;
    size_t n_files;
    const struct context *context;
};

/* A file that is read, and what its readers share. */
struct scan_file {
    const struct segment_file *file;
    struct segment *segment;
    struct mutex lock;
    struct column **dictionaries; /* per column of the file; under the lock */
    atomic_size_t left;           /* batches that no reader is done with */
};

struct scan_morsel {
    uint32_t file, batch;
    uint64_t number; /* in input order */
    int64_t best;    /* of a scan for the first rows: what its rows may reach */
};

/* The files and batches that the predicates leave, in order. */
struct scan_plan {
    struct scan_file *files;
    size_t n_files, files_capacity;
    struct scan_morsel *morsels;
    size_t n_morsels, morsels_capacity;
    uint64_t n_batches; /* of the files left, before pruning */
    uint64_t bytes;
    bool has_locks; /* the files lie where they stay */
    struct budget *budget;
};

MUST_CHECK enum status scan_plan_make(const struct segment_source *source,
                                      const struct scan_request *request,
                                      const struct context *context, struct scan_plan *out,
                                      struct error *error);
void scan_plan_fini(struct scan_plan *plan);
/* The file's column of a field of the table, or -1: a constant. */
int32_t scan_file_column(const struct scan_file *file, uint32_t field);
/* The value of a field that the file does not have. */
struct value scan_file_constant(const struct segment_file *file, const struct schema *schema,
                                uint32_t field);

/* A reader of the scan; segment_scan.c. */
MUST_CHECK enum status segment_scan_open(struct source *source, const struct scan_request *request,
                                         const struct context *context, struct scan **out,
                                         struct error *error);

/* Clears keep[i] for each row of the column that fails; `keep` has one byte 0/1 a row. Leaves it alone where it
 * cannot judge. */
void scan_filter(const struct column *column, const struct scan_predicate *predicate,
                 uint8_t *keep);
/* Whether scan_filter can judge columns of this type by this predicate. */
bool scan_can_filter(struct type type, const struct scan_predicate *predicate);

/* ---- What only matters in part (segment_hint.c) ---- */

/* Whether rows [at, at + n) of a column lie in one interval of the cut: `value` is one of it. What the zone and the
 * vectors' heads tell. */
MUST_CHECK enum status scan_cut_is_constant(struct segment_reader *reader,
                                            const struct segment *segment, uint32_t batch,
                                            uint32_t column, size_t at, size_t n,
                                            const struct scan_cut *cut, bool *is_constant,
                                            int64_t *value, struct error *error);
/* The morsels best first, with their numbers. */
void scan_top_order(const struct scan_top *top, struct scan_plan *plan);
/* Whether a morsel, and so all that come after it, has no row that can still come out. */
bool scan_top_is_over(const struct scan_top *top, const struct scan_morsel *morsel);
/* The predicate that rows must pass to come out; false if there is none for this chunk yet. */
bool scan_top_predicate(const struct scan_top *top, struct type type, const struct chunk *chunk,
                        struct scan_predicate *out);

#endif
