/* segment.h - the layout of a data file (.weir), and a file's footer in memory.
 *
 * docs/FORMAT.md specifies the bytes. A file is a header, chunks, a footer and a tail. A batch is up to
 * SEGMENT_BATCH_ROWS rows; a chunk is one column of one batch; inside it values come in vectors of
 * VECTOR_ROWS that are decoded one by one, and vectors in parts, which are compressed and checked one by one.
 *
 * A segment is immutable once opened, and may be shared by threads. It holds no file descriptor. */
#ifndef SEGMENT_H
#define SEGMENT_H

#include "base/context.h"
#include "storage/encoding.h"
#include "storage/value.h"

enum { SEGMENT_BATCH_ROWS = 65536, SEGMENT_VERSION = 1, SEGMENT_COLUMNS_MAX = 4096 };
enum { SEGMENT_HEADER_SIZE = 16, SEGMENT_TAIL_SIZE = 32, SEGMENT_CHUNK_SIZE = 72 };
#define SEGMENT_MAGIC     "WEIRDATA"
#define SEGMENT_NO_COLUMN UINT32_MAX

struct segment_column {
    const char *name;
    struct type type;
    bool not_null;
    uint64_t distinct;          /* estimate; exact where there is a dictionary */
    uint32_t dictionary_length; /* entries; 0: no dictionary */
    struct chunk dictionary;
};

struct segment {
    const char *path;
    uint64_t size; /* bytes */
    uint64_t rows;
    uint32_t n_columns, n_batches;
    uint32_t time_column; /* the event time, or SEGMENT_NO_COLUMN */
    struct segment_column *columns;
    const uint32_t *batch_rows;
    const uint8_t *chunks; /* as they lie in the file: segment_chunk */
    struct budget *budget;
    struct buffer *footer; /* what the pointers above point into, or the columns' memory */
    struct buffer *memory;
};

/* Reads and checks header, tail and footer. A damaged or foreign file is STATUS_DATA, named, with the reason; a newer
 * version is refused by its number. `path` must outlive the segment. */
MUST_CHECK enum status segment_open(struct io *io, const char *path, struct budget *budget,
                                    struct segment **out, struct error *error);
void segment_close(struct segment *segment); /* NULL is fine */
/* The directory entry of a column in a batch. */
struct chunk segment_chunk(const struct segment *segment, uint32_t batch, uint32_t column);

/* What a chunk's entry says of its values. Text bounds are cut to 16 bytes: `min` is then below and `max` above every
 * value, and *_is_exact false. Text points into the chunk. */
struct zone {
    bool has_range; /* false: all NULL, or text without an upper bound */
    bool min_is_exact, max_is_exact;
    bool is_ascending; /* no NULLs, and no value below the one before it */
    struct value min, max;
    uint64_t nulls, rows;
};
struct zone segment_zone(struct type type, const struct chunk *chunk, uint64_t rows);

/* What segment_verify counted. */
struct segment_report {
    uint64_t rows, bytes;
    uint32_t chunks;
};
/* Reads the whole file: every checksum, every value, every zone and count. The first thing wrong is the error, with
 * file, column and batch. */
MUST_CHECK enum status segment_verify(const struct context *context, const char *path,
                                      struct segment_report *report, struct error *error);
/* The same for an open file, but goes on: each thing wrong is told, a line each. Fails only where reading cannot go on
 * (no memory, interrupted, the system refuses the file). */
typedef void segment_wrong_fn(void *context, const char *text);
MUST_CHECK enum status segment_verify_all(const struct context *context,
                                          const struct segment *segment, segment_wrong_fn *fn,
                                          void *fn_context, struct segment_report *report,
                                          struct error *error);

#endif
