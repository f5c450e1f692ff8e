/* progress.h - the bar on standard error while a long query runs: share of bytes, rows and bytes a second,
 * memory, time left. Drawn by a thread of its own, from half a second on; leaves nothing behind. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "base/thread.h"
#include "include/weir.h"

struct progress {
    struct thread thread;
    struct mutex mutex;
    struct condition stopped;
    struct weir *db;
    bool running, stop, drawn;
};

/* Does nothing if a thread cannot be had. */
void progress_start(struct progress *progress, struct weir *db);
/* The bar is gone when this returns. May be called again. */
void progress_stop(struct progress *progress);

#endif
