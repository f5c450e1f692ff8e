/* segment_read.h - columns out of a data file, vectors by choice.
 *
 * A reader belongs to one thread and reads one file at a time; it keeps the chunk heads and parts it used last.
 * Every checksum is verified when bytes are read; damage is STATUS_DATA naming file, column and batch. */
#ifndef SEGMENT_READ_H
#define SEGMENT_READ_H

#include "base/thread.h"
#include "storage/segment.h"

struct segment_reader;

/* Opens the file anew. The segment must outlive the reader. */
MUST_CHECK enum status segment_reader_open(const struct context *context,
                                           const struct segment *segment,
                                           struct segment_reader **out, struct error *error);
void segment_reader_close(struct segment_reader *reader);

/* Rows [at, at + n) of a batch as a column: CONSTANT, DICTIONARY over `dictionary` (text), else FLAT. `at` is a
 * multiple of VECTOR_ROWS. Only vectors whose bit is set in `wanted` (bit 0: the first of these rows) are decoded; the
 * rows of the others are defined memory but mean nothing. `dictionary` is segment_read_dictionary's, or NULL if there
 * is none. */
MUST_CHECK enum status segment_read_column(struct segment_reader *reader, uint32_t batch,
                                           uint32_t column, size_t at, size_t n, uint32_t wanted,
                                           struct column *dictionary, struct column **out,
                                           struct error *error);
/* The column's dictionary as a FLAT column, or NULL. */
MUST_CHECK enum status segment_read_dictionary(struct segment_reader *reader, uint32_t column,
                                               struct column **out, struct error *error);
/* The bounds of one vector without decoding it, where its encoding tells; false: not known. Integers only. */
MUST_CHECK enum status segment_read_vector_range(struct segment_reader *reader, uint32_t batch,
                                                 uint32_t column, uint32_t vector, bool *known,
                                                 int64_t *min, int64_t *max, struct error *error);
/* Bytes read from the file so far. */
uint64_t segment_reader_bytes(const struct segment_reader *reader);

#endif
