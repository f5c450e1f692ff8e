/* verify.h - every file of a database against the catalog: `weir check`.
 *
 * Looked at: SQLite's own check of the catalog; that each file is there, has the size, rows, columns and zones that the
 * catalog says, and lies in the partition it is filed under; all checksums, values, zones and counts inside it; files
 * of the folder that nobody knows. All findings are told, not only the first. */
#ifndef VERIFY_H
#define VERIFY_H

#include "storage/database.h"

/* Read by the progress bar while the check runs. */
struct verify_progress {
    atomic_uint_least64_t bytes, bytes_total, rows;
    int64_t started_ns; /* monotonic */
};

struct verify_finding {
    bool is_problem; /* else it is only worth knowing */
    const char *text;
};

struct verify_report {
    uint64_t tables, files, rows, bytes;
    struct verify_finding *findings; /* by table and file */
    size_t n_findings, n_problems;
};

/* The findings are in the arena. Fails only where the check cannot go on: no memory, interrupted. */
MUST_CHECK enum status verify_database(const struct context *context, struct database *db,
                                       struct arena *arena, struct verify_progress *progress,
                                       struct verify_report *out, struct error *error);

#endif
