/* clock.h - wall clock and monotonic time, behind a table so that tests can set them. */
#ifndef CLOCK_H
#define CLOCK_H

#include "base/base.h"

struct clock {
    int64_t (*wall_us)(struct clock *); /* microseconds since 1970-01-01 00:00 UTC */
    int64_t fixed_us;                   /* for tests */
};

extern const struct clock clock_system;

int64_t clock_monotonic_ns(void);
int64_t clock_cpu_ns(void);                       /* of the calling thread */
int64_t clock_fixed_wall_us(struct clock *clock); /* gives fixed_us */

#endif
