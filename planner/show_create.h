/* show_create.h - the SQL that makes a table or a view. */
#ifndef SHOW_CREATE_H
#define SHOW_CREATE_H

#include "storage/catalog.h"

/* CREATE TABLE or CREATE VIEW, without a semicolon; reads back as it is. NULL if the arena has failed. */
const char *show_create(const struct catalog_entry *entry, struct arena *arena);
/* One partition column as PARTITIONED BY has it: "day(ts)". */
void show_partition(const struct catalog_entry *entry, const struct partition_column *partition,
                    struct strbuf *out);

#endif
