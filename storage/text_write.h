/* text_write.h - batches as the bytes of CSV and JSON lines, for files that are written.
 *
 * Both append whole rows to `out`. CSV is RFC 4180 with LF: fields that hold a quote, a line end or the delimiter are
 * quoted, and so is what would else be read as NULL; so NULL is empty (or `null_text`) and empty text is "". JSON lines
 * are one object a row; times are texts, DECIMALs keep their digits, JSON columns stand as they are, on one line;
 * NaN and infinities are texts. A BLOB is the text x'0AFF' in both. */
#ifndef TEXT_WRITE_H
#define TEXT_WRITE_H

#include "base/buffer.h"
#include "storage/batch.h"
#include "storage/timezone.h"

struct text_write_options {
    const struct time_zone *zone; /* in which TIMESTAMPTZ is written */
    char delimiter, quote;        /* CSV; both ASCII; quote 0: never */
    struct str null_text;         /* CSV */
};

/* A row of the columns' names. */
MUST_CHECK enum status csv_write_header(const struct schema *schema,
                                        const struct text_write_options *options, struct bytes *out,
                                        struct error *error);
/* The rows of the batch's first schema->n_fields columns. Refused: a text that needs quotes where there are none. */
MUST_CHECK enum status csv_write_batch(const struct schema *schema,
                                       const struct text_write_options *options,
                                       const struct batch *batch, struct bytes *out,
                                       struct error *error);
/* `keys` are the texts that stand before each value, made once: jsonl_write_keys. */
const struct str *jsonl_write_keys(struct arena *arena, const struct schema *schema);
MUST_CHECK enum status jsonl_write_batch(const struct schema *schema, const struct str *keys,
                                         const struct text_write_options *options,
                                         const struct batch *batch, struct bytes *out,
                                         struct error *error);

/* ---- A column of a batch while its rows are written ---- */

enum {
    TEXT_WRITE_FIXED = 96
}; /* bytes that any value but text takes at most, with what stands around it */

struct text_cell {
    struct type type;
    const struct column *column; /* NULLs are its */
    const void *values;
    const uint32_t *codes;
    bool is_constant, is_text, is_quoted; /* is_quoted: a text in JSON */
    const struct time_zone *zone;
    size_t zone_cache;
};
void text_cell_init(struct text_cell *cell, const struct column *column, bool is_json,
                    const struct time_zone *zone);
static inline bool text_cell_is_null(const struct text_cell *cell, size_t row)
{
    return cell->column->validity && !bits_get(cell->column->validity, cell->is_constant ? 0 : row);
}
static inline size_t text_cell_index(const struct text_cell *cell, size_t row)
{
    return cell->is_constant ? 0 : cell->codes ? cell->codes[row] : row;
}
/* The value as text, of all types but those that lie in texts; at most TEXT_VALUE_SIZE bytes. Gives the length. */
size_t text_cell_format(struct text_cell *cell, size_t index, char *out);
/* x'0AFF': 2 n + 3 bytes. */
size_t text_cell_blob(struct text_cell *cell, size_t index, char *out);

#endif
