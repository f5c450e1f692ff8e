#include "base/thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static_assert(sizeof(pthread_mutex_t) <= sizeof(struct mutex), "a mutex fits");
static_assert(sizeof(pthread_cond_t) <= sizeof(struct condition), "a condition fits");
static_assert(sizeof(pthread_t) <= sizeof(struct thread), "a thread fits");

static pthread_mutex_t *mutex_of(struct mutex *mutex)
{
    return (pthread_mutex_t *)(void *)mutex->opaque;
}

static pthread_cond_t *condition_of(struct condition *condition)
{
    return (pthread_cond_t *)(void *)condition->opaque;
}

static void must_be_zero(int result)
{
    assert(result == 0);
    (void)result;
}

void mutex_init(struct mutex *mutex)
{
    must_be_zero(pthread_mutex_init(mutex_of(mutex), NULL));
}

void mutex_fini(struct mutex *mutex)
{
    must_be_zero(pthread_mutex_destroy(mutex_of(mutex)));
}

void mutex_lock(struct mutex *mutex)
{
    must_be_zero(pthread_mutex_lock(mutex_of(mutex)));
}

void mutex_unlock(struct mutex *mutex)
{
    must_be_zero(pthread_mutex_unlock(mutex_of(mutex)));
}

void condition_init(struct condition *condition)
{
    pthread_condattr_t attributes;
    must_be_zero(pthread_condattr_init(&attributes));
    must_be_zero(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    must_be_zero(pthread_cond_init(condition_of(condition), &attributes));
    must_be_zero(pthread_condattr_destroy(&attributes));
}

void condition_fini(struct condition *condition)
{
    must_be_zero(pthread_cond_destroy(condition_of(condition)));
}

void condition_wait(struct condition *condition, struct mutex *mutex)
{
    must_be_zero(pthread_cond_wait(condition_of(condition), mutex_of(mutex)));
}

bool condition_wait_for(struct condition *condition, struct mutex *mutex, int64_t timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    int result = pthread_cond_timedwait(condition_of(condition), mutex_of(mutex), &until);
    assert(result == 0 || result == ETIMEDOUT);
    return result == 0;
}

void condition_signal(struct condition *condition)
{
    must_be_zero(pthread_cond_signal(condition_of(condition)));
}

void condition_broadcast(struct condition *condition)
{
    must_be_zero(pthread_cond_broadcast(condition_of(condition)));
}

/* Lives on the starter's stack until the new thread has taken its copy. */
struct thread_start {
    void (*fn)(void *);
    void *argument;
    sem_t taken;
};

static void *thread_main(void *pointer)
{
    struct thread_start *start = pointer;
    void (*fn)(void *) = start->fn;
    void *argument = start->argument;
    sem_post(&start->taken);
    fn(argument);
    return NULL;
}

enum status thread_start(struct thread *thread, void (*fn)(void *), void *argument,
                         struct error *error)
{
    struct thread_start start = {.fn = fn, .argument = argument};
    must_be_zero(sem_init(&start.taken, 0, 0));
    sigset_t all, before;
    sigfillset(&all);
    pthread_t id;
    must_be_zero(pthread_sigmask(SIG_SETMASK, &all, &before));
    int result = pthread_create(&id, NULL, thread_main, &start);
    must_be_zero(pthread_sigmask(SIG_SETMASK, &before, NULL));
    if (result == 0) {
        while (sem_wait(&start.taken) != 0)
            assert(errno == EINTR);
        memcpy(thread->opaque, &id, sizeof(id));
    }
    sem_destroy(&start.taken);
    if (result != 0)
        return error_set(error, STATUS_MEMORY, "cannot start a thread: %s", strerror(result));
    return STATUS_OK;
}

void thread_join(struct thread *thread)
{
    pthread_t id;
    memcpy(&id, thread->opaque, sizeof(id));
    must_be_zero(pthread_join(id, NULL));
}

unsigned thread_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        int count = CPU_COUNT(&set);
        return count > 0 ? (unsigned)count : 1;
    }
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}
