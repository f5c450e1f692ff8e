/* translate.h - from the logical plan to the pipeline of transforms. */
#ifndef TRANSLATE_H
#define TRANSLATE_H

#include "planner/logical.h"

/* The unlifted, unfused pipeline: the rules of rule.c go over it next. */
MUST_CHECK enum status translate_root(struct arena *arena, const struct logical_root *root,
                                      struct pipeline **out, struct error *error);

#endif
