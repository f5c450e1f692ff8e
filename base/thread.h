/* thread.h - threads, locks and conditions; the only file that includes pthread.h is thread.c.
 * Locks never fail: a failure is our mistake and asserts. */
#ifndef THREAD_H
#define THREAD_H

#include "base/error.h"

struct mutex {
    _Alignas(8) unsigned char opaque[40];
};
struct condition {
    _Alignas(8) unsigned char opaque[48];
};
struct thread {
    _Alignas(8) unsigned char opaque[8];
};

void mutex_init(struct mutex *mutex);
void mutex_fini(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

void condition_init(struct condition *condition);
void condition_fini(struct condition *condition);
void condition_wait(struct condition *condition, struct mutex *mutex);
/* False when `timeout_ms` has passed. */
bool condition_wait_for(struct condition *condition, struct mutex *mutex, int64_t timeout_ms);
void condition_signal(struct condition *condition);
void condition_broadcast(struct condition *condition);

/* Starts `fn(argument)`. All signals are blocked in the new thread: they belong to the host's threads. */
MUST_CHECK enum status thread_start(struct thread *thread, void (*fn)(void *), void *argument,
                                    struct error *error);
void thread_join(struct thread *thread);
unsigned thread_processors(void); /* processors this process may run on, at least 1 */

#endif
