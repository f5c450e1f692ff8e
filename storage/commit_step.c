#include "storage/commit_step.h"

static const char *const words[] = {
#define X(id, name) name,
    COMMIT_STEPS(X)
#undef X
};

const char *commit_step_name(enum commit_step step)
{
    return words[step];
}

#ifdef WEIR_FAULTS
#include <signal.h>
#include <stdlib.h>

void commit_step_reached(enum commit_step step)
{
    static atomic_uint counts[COMMIT_STEP_COUNT];
    const char *wanted = getenv("WEIR_CRASH_AT");
    size_t length = strlen(words[step]);
    if (!wanted || strncmp(wanted, words[step], length) != 0)
        return;
    if (wanted[length] != '\0' && wanted[length] != ':')
        return;
    unsigned long nth = wanted[length] == ':' ? strtoul(wanted + length + 1, NULL, 10) : 1;
    if (atomic_fetch_add(&counts[step], 1) + 1 == nth)
        raise(SIGKILL);
}
#endif
