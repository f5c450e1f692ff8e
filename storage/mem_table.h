/* mem_table.h - a table in memory: batches, appended to or replaced as a whole.
 *
 * Reference-counted: the catalog holds one reference, each open source one. A source reads the rows that were
 * there when it was opened, whatever is written meanwhile. One writer, many readers. The budget must outlive the
 * table and its sources. */
#ifndef MEM_TABLE_H
#define MEM_TABLE_H

#include "storage/source.h"

enum { MEM_TABLE_BATCH_ROWS = 4096, MEM_TABLE_MORSEL_ROWS = 65536 };

struct mem_table;

/* `schema` is copied. Everything kept is charged to `budget`. */
MUST_CHECK enum status mem_table_new(const struct schema *schema, struct budget *budget,
                                     struct mem_table **out, struct error *error);
struct mem_table *mem_table_ref(struct mem_table *table);
void mem_table_unref(struct mem_table *table); /* NULL is fine */
const struct schema *mem_table_schema(const struct mem_table *table);
uint64_t mem_table_rows(const struct mem_table *table);
size_t mem_table_bytes(const struct mem_table *table);

/* Appends the rows of the batches, in order: all or, on failure, none. The batches stay the caller's; memory of the
 * input they point into is let go (text is compacted), small ones are put together. */
MUST_CHECK enum status mem_table_append(struct mem_table *table, struct batch *const *batches,
                                        size_t n_batches, struct error *error);
/* Puts these rows in place of all there are: all or nothing. */
MUST_CHECK enum status mem_table_replace(struct mem_table *table, struct batch *const *batches,
                                         size_t n_batches, struct error *error);

/* The rows there are now, as a source. */
MUST_CHECK enum status mem_table_source(struct arena *arena, struct mem_table *table,
                                        struct source **out, struct error *error);

#endif
