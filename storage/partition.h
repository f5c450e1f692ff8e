/* partition.h - which folder a row belongs to, and what a folder says of its rows.
 *
 * A stored table's partition columns are functions of its columns (Iceberg's transforms): identity, hour, day, month,
 * year, bucket(n, c), truncate(n, c). A partition is one folder a column: date_time_day=2026-11-22/channel=a%2Fb.
 * NULL is written as __NULL__; bytes that do not belong in file names as %XX. */
#ifndef PARTITION_H
#define PARTITION_H

#include "storage/database.h"

enum { PARTITION_COLUMNS_MAX = 16 };

const char *partition_word(enum partition_transform transform);
/* -1: no transform of the name. */
int partition_transform_of(struct str word);
bool partition_has_argument(enum partition_transform transform);

/* The type of the transform's value over a column of this type; refuses what does not go together, by name. */
MUST_CHECK enum status partition_type(enum partition_transform transform, struct type column,
                                      struct type *out, struct error *error);
/* The values of one partition column for all rows of a batch, FLAT or CONSTANT or DICTIONARY. */
MUST_CHECK enum status partition_column(const struct partition_column *partition,
                                        const struct batch *batch, const struct context *context,
                                        struct column **out, struct error *error);
/* "date_time_day=2026-11-22/channel=a" below the table's folder, no slash at its ends; "" without partitions. */
const char *partition_folder(struct arena *arena, const struct partition_column *partitions,
                             uint32_t n, const struct value *values);
/* Bounds of the table's column in a partition, from its value: false if nothing is known (bucket). `min` and `max` are
 * of the column's type. */
bool partition_bounds(const struct partition_column *partition, struct type column,
                      const struct value *value, struct arena *arena, struct value *min,
                      struct value *max);

#endif
