/* partition_write.h - the rows of one partition on their way to data files.
 *
 * Rows in the table's order go straight into the open file. Others are held, sorted and let out from the lowest up, so
 * that rows that are only a little out of order still make one file; a row below what was written ends the
 * file, and more rows are held from then on. One thread. Internal to table_write.c. */
#ifndef PARTITION_WRITE_H
#define PARTITION_WRITE_H

#include "exec/sort.h"
#include "exec/table_write.h"
#include "storage/segment_write.h"

/* What all partitions of a writer share. */
struct partition_env {
    const struct context *context;
    struct change *change;
    const struct stored_table *table;
    struct arena *arena; /* partitions' values, files' paths */
    struct sort_plan order;
    uint64_t clock;    /* rises with every batch: who was used last */
    size_t held_bytes; /* of all partitions */
    uint32_t n_open;   /* files being written */
};

struct partition_writer {
    struct partition_env *env;
    struct value *values; /* NULL without partitions */

    struct batch **held;
    size_t n_held, held_capacity, held_rows, held_bytes;
    size_t hold_rows;                /* as many are held where they are not in order */
    bool is_held_sorted;             /* the held rows are in order, and after what was written */
    bool is_disordered;              /* some rows came out of order */
    struct column **last, **written; /* keys of the last row taken while in order, and written */

    struct segment_writer *file; /* NULL: none is open */
    uint64_t file_id;
    bool has_files;
    uint64_t used; /* env->clock */
};

MUST_CHECK enum status partition_writer_init(struct partition_writer *p, struct partition_env *env,
                                             struct value *values, struct error *error);
/* Removes an unfinished file. */
void partition_writer_fini(struct partition_writer *p);
/* The batch stays the caller's. */
MUST_CHECK enum status partition_writer_add(struct partition_writer *p, struct batch *batch,
                                            struct error *error);
/* More rows are held than order asks for: partition_writer_drain them. */
bool partition_writer_is_ripe(const struct partition_writer *p);
/* Rows that are held go to the file, which is opened if there is none; the last may be kept for order's sake unless
 * `all` is set. */
MUST_CHECK enum status partition_writer_drain(struct partition_writer *p, bool all,
                                              struct error *error);
/* Ends the open file and adds it to the change. What is held stays held. */
MUST_CHECK enum status partition_writer_end_file(struct partition_writer *p, struct error *error);
/* Puts the partition's last file in front of the held rows if it is small; it goes with the change. */
MUST_CHECK enum status partition_writer_merge(struct partition_writer *p, struct error *error);

#endif
