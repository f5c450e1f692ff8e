/* stored_source.h - a stored table as a source: its files, pruned by partition and by the catalog's zones unopened. */
#ifndef STORED_SOURCE_H
#define STORED_SOURCE_H

#include "storage/database.h"
#include "storage/source.h"

/* The rows of the table as of its commit. Holds a reference until closed. Columns added later than a file was
 * written read as the column's `missing` value there. */
MUST_CHECK enum status stored_source_open(struct arena *arena, struct stored_table *table,
                                          const struct context *context, struct source **out,
                                          struct error *error);

/* The same with one column more, at the end of the schema and in no `*`: the place of the row's file in table->files,
 * BIGINT. */
MUST_CHECK enum status stored_source_open_numbered(struct arena *arena, struct stored_table *table,
                                                   const struct context *context,
                                                   struct source **out, struct error *error);
/* Scans opened from now on read only the files that `keep` says, by their place in table->files;
 * scans from before must be closed. */
MUST_CHECK enum status stored_source_keep(struct source *source, const bool *keep,
                                          const struct context *context, struct error *error);

#endif
