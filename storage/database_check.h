/* database_check.h - what a database's folder and catalog say of themselves, for `weir check`. */
#ifndef DATABASE_CHECK_H
#define DATABASE_CHECK_H

#include "storage/database.h"

typedef void database_tell_fn(void *context, const char *text);

/* SQLite's own check of weir.db: a line for each thing wrong. */
MUST_CHECK enum status database_check_catalog(struct database *db, database_tell_fn *fn,
                                              void *context, struct error *error);
/* Files below the folder that belong to no table, no snapshot and no writer: paths below the folder, in byte order, in
 * the arena. */
MUST_CHECK enum status database_unknown_files(struct database *db, struct arena *arena,
                                              const char ***paths, size_t *count,
                                              struct error *error);

#endif
