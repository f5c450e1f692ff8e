/* trigger.h - when a pane of one key in one window comes out.
 *
 * A trigger acts on what came since the key's last pane: a count of rows and the time since the first of
 * them. Only THEN remembers more: `places`, a number each, zero at first, says which of its parts is next. */
#ifndef TRIGGER_H
#define TRIGGER_H

#include "planner/pipeline.h"

/* Whether a pane is due. `age`: microseconds of processing time since the first row. */
bool trigger_ready(const struct trigger *trigger, const uint32_t *places, uint64_t rows,
                   int64_t age);
/* The pane has come out: a THEN whose part was met goes on to the next, after its last to the first. Called with what
 * trigger_ready was called with. */
void trigger_fired(const struct trigger *trigger, uint32_t *places, uint64_t rows, int64_t age);

#endif
