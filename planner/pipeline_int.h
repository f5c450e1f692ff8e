/* pipeline_int.h - making and rewriting pipelines; the planner's own. */
#ifndef PIPELINE_INT_H
#define PIPELINE_INT_H

#include "base/array.h"
#include "planner/pipeline.h"

/* A transform over one input (NULL: none), whose schema, boundedness and event time it takes over. */
struct transform *pipeline_transform(struct arena *arena, enum transform_kind kind,
                                     struct transform *input);
/* Lists the transforms inputs first and gives them their ids. Each transform has one user. */
void pipeline_number(struct arena *arena, struct pipeline *pipeline);

#endif
