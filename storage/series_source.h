/* series_source.h - the rows of generate_series and range: start, start + step, ... */
#ifndef SERIES_SOURCE_H
#define SERIES_SOURCE_H

#include "storage/source.h"

/* All three not NULL: start and stop BIGINT with a BIGINT step, or both TIMESTAMP(6) or both TIMESTAMPTZ(6) with an
 * INTERVAL step. `exclusive`: stop itself is left out (range). `name` is the source's and its column's. A step
 * of zero, or one that both rises and falls, is refused. The n-th value is start + n steps, so that months keep
 * the day of the month where they can. */
struct series {
    const char *name;
    struct value start, stop, step;
    bool exclusive;
};
MUST_CHECK enum status series_source_new(struct arena *arena, const struct series *series,
                                         struct source **out, struct error *error);

#endif
