/* interrupt.h - SIGINT, SIGTERM and SIGHUP, taken by a thread of their own.
 *
 *   1. The signals are blocked everywhere; the thread waits for them, so nothing runs in a handler.
 *   2. While a statement runs, a signal cancels it. Between statements it wakes who waits on `wake`.
 *   3. Outside the prompt a second SIGINT ends the process at once: somebody means it. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdatomic.h>

#include "base/thread.h"
#include "include/weir.h"

struct interrupt {
    struct thread thread;
    struct mutex mutex;
    struct weir *running; /* what a signal cancels; NULL between statements */
    bool started, interactive;
    atomic_int pending;  /* SIGINTs since the last interrupt_begin */
    atomic_int ending;   /* the signal that ends the shell (SIGTERM, SIGHUP); 0: none */
    atomic_bool leaving; /* interrupt_stop was called */
    int wake[2];         /* readable at the first end after a signal */
};

MUST_CHECK enum status interrupt_start(struct interrupt *interrupt, struct error *error);
void interrupt_stop(struct interrupt *interrupt);
/* Around a statement: signals cancel `db` in between. */
void interrupt_begin(struct interrupt *interrupt, struct weir *db);
void interrupt_end(struct interrupt *interrupt);
static inline bool interrupt_pending(struct interrupt *interrupt)
{
    return atomic_load(&interrupt->pending) > 0 || atomic_load(&interrupt->ending) != 0;
}
/* Waits until `fd` is readable; false if a signal came first. */
bool interrupt_wait_readable(struct interrupt *interrupt, int fd);
/* Waits; false if a signal came first. */
bool interrupt_sleep(struct interrupt *interrupt, double seconds);

#endif
