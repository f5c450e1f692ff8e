#include "base/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t clock_system_wall_us(struct clock *clock)
{
    (void)clock;
    return read_ns(CLOCK_REALTIME) / 1000;
}

const struct clock clock_system = {.wall_us = clock_system_wall_us};

int64_t clock_fixed_wall_us(struct clock *clock)
{
    return clock->fixed_us;
}

int64_t clock_monotonic_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}
