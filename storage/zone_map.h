/* zone_map.h - bounds of columns: made of values, and held against predicates. */
#ifndef ZONE_MAP_H
#define ZONE_MAP_H

#include "storage/encoding.h"
#include "storage/segment.h"
#include "storage/source.h"

/* Fills min, max and their flags of a chunk. */
void zone_fill(const struct values *values, struct chunk *chunk);
/* The same from the least and the greatest text. */
void zone_fill_text(struct str min, struct str max, struct chunk *chunk);
/* False if no row of the zone can pass. `type` is the column's; a predicate of another type is not judged. */
bool zone_may_pass(const struct zone *zone, struct type type,
                   const struct scan_predicate *predicate);
/* True if every row passes: none is NULL, and the bounds are inside. */
bool zone_all_pass(const struct zone *zone, struct type type,
                   const struct scan_predicate *predicate);
/* Whether one value passes. */
bool zone_value_passes(const struct value *value, const struct scan_predicate *predicate);

#endif
