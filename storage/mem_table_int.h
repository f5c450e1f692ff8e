/* mem_table_int.h - the rows of a table at one moment, between mem_table.c and mem_scan.c. */
#ifndef MEM_TABLE_INT_H
#define MEM_TABLE_INT_H

#include "storage/mem_table.h"

struct mem_snapshot {
    struct batch **batches; /* each referenced */
    size_t n_batches;
    uint64_t rows;
    struct budget *budget;
};

MUST_CHECK enum status mem_table_snapshot(struct mem_table *table, struct mem_snapshot *out,
                                          struct error *error);
void mem_snapshot_fini(struct mem_snapshot *snapshot);

#endif
