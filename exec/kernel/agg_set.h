/* agg_set.h - DISTINCT: the different values of each group, fed to the aggregate itself at the end.
 *
 * One set a state and accumulator, over (group row, value); each group's values form a list in order of
 * arrival, whose head is the accumulator. Merging rows takes over the values that are new. */
#ifndef AGG_SET_H
#define AGG_SET_H

#include "exec/kernel/agg.h"

extern const struct agg_kernel agg_kernel_set;

MUST_CHECK enum status agg_set_open(const struct agg *agg, const struct context *context,
                                    const char *owner, struct agg_set **out, struct error *error);
void agg_set_close(struct agg_set *set); /* NULL is fine */
/* Adds the values of the group row `from` to those of `into`; `set` is the one that `into` lives with. */
MUST_CHECK enum status agg_set_merge(struct agg_set *set, char *into, const char *from,
                                     size_t offset, struct error *error);

/* Puts the values of a group into input order, once all is merged: finishing only reads. */
void agg_set_sort(char *row, size_t offset);

#endif
