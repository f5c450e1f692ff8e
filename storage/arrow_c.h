/* arrow_c.h - batches and schemas handed out through the Arrow C data interface
 * (arrow.apache.org/docs/format/CDataInterface).
 *
 *   BOOLEAN b · TINYINT c · SMALLINT s · INTEGER i · BIGINT l · REAL f · DOUBLE g · DECIMAL(p,s) d:p,s (128 bits)
 *   VARCHAR u · JSON u with the extension arrow.json · BLOB z · DATE tdD · TIME ttu · TIMESTAMP tsu: or, past 6
 *   digits, tsn: · TIMESTAMPTZ tsu:<zone> · INTERVAL tin · NULL i, every row null
 *
 * Constant and dictionary columns are made flat. Numbers, dates and times are not copied: the array holds a
 * reference to the column. What is handed out may be released by any thread, and its children may be moved out
 * of it; its memory is charged to the budget until then. */
#ifndef ARROW_C_H
#define ARROW_C_H

#include "include/weir.h"
#include "storage/batch.h"

/* `zone`: the session's time zone, for TIMESTAMPTZ. */
MUST_CHECK enum status arrow_export_schema(const struct schema *schema, const char *zone,
                                           struct ArrowSchema *out, struct error *error);
/* Exports the rows from `at` on as a struct array: as many as fit into arrays of 2^31 bytes, which is nearly always
 * all of them. `*taken` is their count, at least 1 if there is a row. */
MUST_CHECK enum status arrow_export_batch(const struct batch *batch, size_t at,
                                          struct budget *budget, struct ArrowArray *out,
                                          size_t *taken, struct error *error);

#endif
