/* file_merge.h - the rows of some data files of a table, in the table's order, ties in the order of the files.
 *
 * Each file is in order by itself (one that is not gives worse files, never wrong rows). One thread. */
#ifndef FILE_MERGE_H
#define FILE_MERGE_H

#include "storage/database.h"

/* Called with batches of rows in order, in the table's columns. */
typedef enum status file_merge_fn(void *context, const struct batch *batch, struct error *error);

/* A batch of every file is in memory at once. */
MUST_CHECK enum status file_merge(const struct context *context, const struct stored_table *table,
                                  const struct stored_file *const *files, size_t n_files,
                                  file_merge_fn *fn, void *fn_context, struct error *error);

#endif
