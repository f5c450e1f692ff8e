/* boundedness.h - may this query ever give an answer? */
#ifndef BOUNDEDNESS_H
#define BOUNDEDNESS_H

#include "planner/logical.h"

/* Refuses what would wait for the end of an input that has none: a sort, and until there are triggers any grouping
 * without windows. Says which input it is and what would do. Takes away watermarks that
 * nobody waits for. */
MUST_CHECK enum status boundedness_check(const struct logical_root *root, struct error *error);

#endif
