/* rows_source.h - a few rows that stand in the statement itself: VALUES, SHOW, a SELECT without FROM. */
#ifndef ROWS_SOURCE_H
#define ROWS_SOURCE_H

#include "storage/source.h"

/* `values` holds n_rows rows of schema->n_fields values, of the schema's types, and is kept, not copied. Without
 * fields only the rows count. */
MUST_CHECK enum status rows_source_new(struct arena *arena, const struct schema *schema,
                                       const struct value *values, uint32_t n_rows,
                                       struct source **out, struct error *error);
/* The values of such a source; NULL if it is of another kind. */
const struct value *rows_source_values(const struct source *source, uint32_t *n_rows);

#endif
