/* segment_write.h - writes one data file (.weir).
 *
 * Rows are given as batches of any lengths and gathered to SEGMENT_BATCH_ROWS; each column of them becomes a chunk,
 * encoded as its values ask for. Columns that repeat themselves keep their codes in memory until the end, when the
 * dictionary is sorted. Everything held is charged to the context's budget as "segment writer". One thread. */
#ifndef SEGMENT_WRITE_H
#define SEGMENT_WRITE_H

#include "storage/batch.h"
#include "storage/segment.h"

struct segment_writer;

struct segment_write_options {
    enum compression compression;
    uint32_t time_column; /* of the schema: the event time; SEGMENT_NO_COLUMN: none */
    bool is_temporary;    /* a spill: not synced to the disk */
};

struct segment_column_summary {
    bool has_range;        /* min and max are bounds of the values that are not NULL */
    struct value min, max; /* text: cut to 16 bytes, max upwards */
    uint64_t nulls;
    uint64_t distinct; /* estimate */
};

struct segment_summary {
    uint64_t rows, bytes;
    struct segment_column_summary *columns; /* one per field */
    bool has_time;
    int64_t min_time, max_time; /* of the time column, in its unit */
};

/* Creates the file. `schema` and `path` must outlive the writer. */
MUST_CHECK enum status segment_writer_open(const struct context *context, const char *path,
                                           const struct schema *schema,
                                           const struct segment_write_options *options,
                                           struct segment_writer **out, struct error *error);
/* Appends the rows; the batch stays the caller's. Its columns are those of the schema, in order. */
MUST_CHECK enum status segment_writer_add(struct segment_writer *writer, const struct batch *batch,
                                          struct error *error);
/* Writes what is left, the dictionaries and the footer; syncs and closes the file. The summary lives in `arena`. Frees
 * the writer, also on failure, when the file is removed. The folder is the caller's to sync. */
MUST_CHECK enum status segment_writer_finish(struct segment_writer *writer, struct arena *arena,
                                             struct segment_summary *summary, struct error *error);
/* Removes the file and frees the writer. NULL is fine. */
void segment_writer_abort(struct segment_writer *writer);
/* Bytes written so far and rows taken: to decide when a file is full. */
uint64_t segment_writer_bytes(const struct segment_writer *writer);
uint64_t segment_writer_rows(const struct segment_writer *writer);

#endif
