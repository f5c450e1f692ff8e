/* segment_stage.h - the rows of one column on their way to a chunk.
 *
 * Fixed-size values lie as in columns, texts end to end. Under NULL rows fixed values repeat the value before (leading
 * ones the first), texts are empty. */
#ifndef SEGMENT_STAGE_H
#define SEGMENT_STAGE_H

#include "storage/column.h"
#include "storage/encoding.h"

struct stage {
    enum physical physical;
    size_t n, capacity; /* rows */
    size_t nulls;
    void *data;         /* fixed size */
    uint32_t *offsets;  /* text: n + 1 */
    struct bytes bytes; /* text */
    uint32_t *codes;    /* text, as long as it has a dictionary: in place of offsets and bytes */
    size_t text_bytes;  /* of all rows, coded or not */
    uint8_t *validity;
    struct budget *budget;
};

MUST_CHECK enum status stage_init(struct stage *stage, struct type type, size_t capacity,
                                  struct budget *budget, struct error *error);
void stage_fini(struct stage *stage);
void stage_clear(struct stage *stage);
/* Appends rows [at, at + n) of the column; there is room for them. */
MUST_CHECK enum status stage_add(struct stage *stage, const struct column *column, size_t at,
                                 size_t n, struct error *error);
/* The same for rows whose codes have been put at codes[n] and after. `bytes` of text they have. */
void stage_add_coded(struct stage *stage, const struct column *column, size_t at, size_t n,
                     size_t bytes);
/* How many of the rows [at, at + n) have at most `room` bytes of text together; `n` if it is no text. */
size_t stage_fitting(const struct column *column, size_t at, size_t n, size_t room);
/* What has been gathered. */
struct values stage_values(struct stage *stage);

#endif
