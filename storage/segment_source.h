/* segment_source.h - data files (.weir) of one table as a source.
 *
 * A morsel is a batch of a file, in the order of the list. Files are pruned by the bounds given here, then by their
 * footers, batches by their zones; inside a batch the predicates' columns are decoded first, and of the others
 * only the vectors in which rows are left. Rows that fail the predicates may be left out. */
#ifndef SEGMENT_SOURCE_H
#define SEGMENT_SOURCE_H

#include "storage/segment.h"
#include "storage/source.h"

/* Bounds of a column in a file, known without opening it. */
struct segment_bounds {
    bool has_range; /* min and max are bounds of what is not NULL */
    struct value min, max;
    bool has_nulls;
    uint64_t nulls; /* counts only if has_nulls */
};

struct segment_file {
    const char *path;
    uint64_t rows;
    /* Per field of the schema, the column of the file, or -1: the value is `constants[field]`. NULL: field i is
     * column i, and fields past the file's columns are constants. */
    const int32_t *columns;
    const struct value *constants;       /* per field; NULL: all NULL */
    const struct segment_bounds *bounds; /* per field; NULL: unknown */
};

/* The arrays, paths and the schema are in `arena` or outlive it. Files are opened when a scan is, not before. `schema`
 * gives the table's names and types; a file's column must have the same physical layout. `name` is for EXPLAIN. */
MUST_CHECK enum status segment_source_open(struct arena *arena, const char *name,
                                           const struct segment_file *files, size_t n_files,
                                           const struct schema *schema,
                                           const struct context *context, struct source **out,
                                           struct error *error);

#endif
