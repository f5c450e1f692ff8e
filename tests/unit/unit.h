/* unit.h - what every unit test includes: cmocka, in the order it wants. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A status that must be OK; prints the error otherwise. */
#define ASSERT_OK(call, error)               \
    do {                                     \
        if ((call) != STATUS_OK)             \
            fail_msg("%s", (error).message); \
    } while (0)

#endif
