/* table_write.h - rows into a stored table: cut by partition, ordered, as data files of one change.
 *
 * Rows come as batches in the table's columns and types, in any order. Each partition's rows gather until a file is
 * full (rows, bytes, or the memory the writer may use) and are sorted by the table's ORDER BY where they are not in
 * order already. Files are announced to the change, written, synced and added to it; nothing is visible before
 * the change commits. One writer a thread; many writers may serve one change. */
#ifndef TABLE_WRITE_H
#define TABLE_WRITE_H

#include "storage/database.h"

struct table_writer;

struct table_write_options {
    /* The partition's last file is taken in and rewritten when it is small (small INSERTs do not pile up). */
    bool merge_small;
};

MUST_CHECK enum status table_writer_open(const struct context *context, struct change *change,
                                         const struct stored_table *table,
                                         const struct table_write_options *options,
                                         struct table_writer **out, struct error *error);
/* The batch stays the caller's. */
MUST_CHECK enum status table_writer_add(struct table_writer *writer, const struct batch *batch,
                                        struct error *error);
/* Writes what is left. Frees the writer, also on failure; what was written goes when the change is rolled back. */
MUST_CHECK enum status table_writer_finish(struct table_writer *writer, uint64_t *rows,
                                           struct error *error);
void table_writer_abort(struct table_writer *writer); /* NULL is fine */

#endif
