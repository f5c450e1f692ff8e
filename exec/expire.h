/* expire.h - WITH (ttl = ...): partitions whose rows are all older leave the table, whole.
 *
 * Older than what: the lesser of the wall clock and the greatest event time in the table, less the ttl. So one row from
 * the future drops nothing, and a clock that is wrong drops nothing that the events do not agree to. */
#ifndef EXPIRE_H
#define EXPIRE_H

#include "storage/database.h"

struct expire_report {
    uint64_t partitions, files, rows;
};

/* The partition column by whose time rows leave: a transform to hour, day, month or year, or a date or timestamp as it
 * is; of several, that of the event time. -1: none, the table cannot have a ttl. */
int expire_partition_column(const struct stored_table *table);

/* Takes what is too old out of the table, as of the change. Nothing too old, or no ttl: the change stays as it was. */
MUST_CHECK enum status expire_table(const struct context *context, struct change *change,
                                    const struct stored_table *table, struct expire_report *report,
                                    struct error *error);

#endif
