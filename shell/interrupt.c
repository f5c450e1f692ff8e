/* interrupt.c - the thread that takes signals. */
#include "shell/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* The signal interrupt_stop wakes the thread with; from outside it means nothing. */
enum { SIGNAL_LEAVE = SIGUSR1 };

static void signals_watched(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGNAL_LEAVE);
}

static void interrupt_take(struct interrupt *interrupt, int signal_number)
{
    if (signal_number == SIGINT) {
        int count = atomic_fetch_add(&interrupt->pending, 1) + 1;
        if (count > 1 && !interrupt->interactive)
            _exit(130);
    } else {
        atomic_store(&interrupt->ending, signal_number);
    }
    mutex_lock(&interrupt->mutex);
    if (interrupt->running)
        weir_cancel(interrupt->running);
    mutex_unlock(&interrupt->mutex);
    ssize_t n = write(interrupt->wake[1], "", 1);
    (void)n; /* a full pipe wakes as well */
}

static void interrupt_main(void *argument)
{
    struct interrupt *interrupt = argument;
    sigset_t set;
    signals_watched(&set);
    while (!atomic_load(&interrupt->leaving)) {
        int signal_number;
        if (sigwait(&set, &signal_number) == 0 && signal_number != SIGNAL_LEAVE)
            interrupt_take(interrupt, signal_number);
    }
}

enum status interrupt_start(struct interrupt *interrupt, struct error *error)
{
    static const int watched[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t set;
    signals_watched(&set);
    for (size_t i = 0; i < ARRAY_LENGTH(watched); i++) {
        struct sigaction old;
        if (sigaction(watched[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
            sigdelset(&set, watched[i]); /* started with nohup or `&`: stays ignored */
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (pipe2(interrupt->wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return error_set(error, STATUS_IO, "cannot make a pipe");
    mutex_init(&interrupt->mutex);
    TRY(thread_start(&interrupt->thread, interrupt_main, interrupt, error));
    interrupt->started = true;
    return STATUS_OK;
}

void interrupt_stop(struct interrupt *interrupt)
{
    if (!interrupt->started)
        return;
    atomic_store(&interrupt->leaving, true);
    kill(getpid(), SIGNAL_LEAVE);
    thread_join(&interrupt->thread);
    mutex_fini(&interrupt->mutex);
    close(interrupt->wake[0]);
    close(interrupt->wake[1]);
    interrupt->started = false;
}

static void interrupt_drain(struct interrupt *interrupt)
{
    char bytes[64];
    while (read(interrupt->wake[0], bytes, sizeof bytes) > 0)
        continue;
}

void interrupt_begin(struct interrupt *interrupt, struct weir *db)
{
    mutex_lock(&interrupt->mutex);
    interrupt->running = db;
    if (interrupt->interactive) {
        atomic_store(&interrupt->pending, 0);
        interrupt_drain(interrupt);
    }
    mutex_unlock(&interrupt->mutex);
}

void interrupt_end(struct interrupt *interrupt)
{
    mutex_lock(&interrupt->mutex);
    interrupt->running = NULL;
    mutex_unlock(&interrupt->mutex);
}

static bool interrupt_poll(struct interrupt *interrupt, int fd, int timeout_ms)
{
    struct pollfd fds[2] = {{interrupt->wake[0], POLLIN, 0}, {fd, POLLIN, 0}};
    int n;
    do
        n = poll(fds, fd >= 0 ? 2 : 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    if (fds[0].revents)
        interrupt_drain(interrupt);
    return !fds[0].revents;
}

bool interrupt_wait_readable(struct interrupt *interrupt, int fd)
{
    return interrupt_poll(interrupt, fd, -1);
}

bool interrupt_sleep(struct interrupt *interrupt, double seconds)
{
    return interrupt_poll(interrupt, -1, (int)(seconds * 1000));
}
