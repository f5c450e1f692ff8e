/* optimize.h - OPTIMIZE: the small files of a partition become few full ones, in the table's order.
 *
 * Rows stay what they are. Files are replaced within a change: readers keep what they have, rows that others add
 * meanwhile are no conflict, and a file that somebody else is replacing is left alone. */
#ifndef OPTIMIZE_H
#define OPTIMIZE_H

#include "storage/database.h"

/* What PARTITION (..) asks for: values by partition column; not given: any. */
struct optimize_filter {
    bool *given;
    struct value *values;
};

struct optimize_report {
    uint64_t files_before, bytes_before; /* of the files that were merged */
    uint64_t files_after, bytes_after;   /* of those in their place; known once it is done */
    uint64_t rows;
};

/* `filter` may be NULL. Nothing to merge: the change stays as it was, and all counts are 0. */
MUST_CHECK enum status optimize_table(const struct context *context, struct change *change,
                                      const struct stored_table *table,
                                      const struct optimize_filter *filter,
                                      struct optimize_report *report, struct error *error);

#endif
