/* commit_step.h - named steps of a commit, at which tests kill the process.
 *
 * In builds with WEIR_FAULTS the environment's WEIR_CRASH_AT=step[:n] makes the n-th arrival at the step (the first,
 * unless told) the process's last moment. Other builds have nothing of it. */
#ifndef COMMIT_STEP_H
#define COMMIT_STEP_H

#include "storage/database.h"

enum commit_step {
#define X(id, name) COMMIT_STEP_##id,
    COMMIT_STEPS(X)
#undef X
        COMMIT_STEP_COUNT
};

const char *commit_step_name(enum commit_step step);

#ifdef WEIR_FAULTS
void commit_step_reached(enum commit_step step);
#else
static inline void commit_step_reached(enum commit_step step)
{
    (void)step;
}
#endif

#endif
