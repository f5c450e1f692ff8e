/* arith.c - arithmetic on BIGINT and DOUBLE.
 *
 * Overflow is gathered over the whole batch and looked at once: only if some row has overflown are the rows
 * gone through again, to find one that is not NULL. */
#include <math.h>

#include "exec/kernel/loop.h"

static inline int64_t wrap_add(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x + (uint64_t)y);
}
static inline int64_t wrap_sub(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x - (uint64_t)y);
}

/* ---- overflow ---- */

typedef bool overflow_fn(int64_t x, int64_t y);

static bool add_overflows(int64_t x, int64_t y)
{
    int64_t r;
    return __builtin_add_overflow(x, y, &r);
}
static bool sub_overflows(int64_t x, int64_t y)
{
    int64_t r;
    return __builtin_sub_overflow(x, y, &r);
}
static bool mul_overflows(int64_t x, int64_t y)
{
    int64_t r;
    return __builtin_mul_overflow(x, y, &r);
}
static bool div_overflows(int64_t x, int64_t y)
{
    return x == INT64_MIN && y == -1;
}

static enum status overflow_find(const struct kernel_call *call, overflow_fn *overflows,
                                 const char *word, struct error *error)
{
    LOOP_VALID(call)
    {
        int64_t x = kernel_i64(call, 0, i), y = kernel_i64(call, 1, i);
        if (overflows(x, y))
            return error_set(error, STATUS_VALUE, "integer overflow: %lld %s %lld", (long long)x,
                             word, (long long)y);
    }
    return STATUS_OK;
}

/* ---- integers ---- */

TARGET_CLONES static int64_t add_loop(const struct kernel_call *call)
{
    int64_t bad = 0;
    LOOP_BINARY(call, int64_t, int64_t, int64_t,
                (bad |= (x ^ wrap_add(x, y)) & (y ^ wrap_add(x, y)), wrap_add(x, y)));
    return bad;
}

TARGET_CLONES static int64_t sub_loop(const struct kernel_call *call)
{
    int64_t bad = 0;
    LOOP_BINARY(call, int64_t, int64_t, int64_t,
                (bad |= (x ^ y) & (x ^ wrap_sub(x, y)), wrap_sub(x, y)));
    return bad;
}

static inline int64_t mul_checked(int64_t x, int64_t y, bool *bad)
{
    int64_t r;
    *bad |= __builtin_mul_overflow(x, y, &r);
    return r;
}

enum status arith_add_int(struct kernel_call *call, struct error *error)
{
    if (UNLIKELY(add_loop(call) < 0))
        return overflow_find(call, add_overflows, "+", error);
    return STATUS_OK;
}

enum status arith_sub_int(struct kernel_call *call, struct error *error)
{
    if (UNLIKELY(sub_loop(call) < 0))
        return overflow_find(call, sub_overflows, "-", error);
    return STATUS_OK;
}

enum status arith_mul_int(struct kernel_call *call, struct error *error)
{
    bool bad = false;
    LOOP_BINARY(call, int64_t, int64_t, int64_t, mul_checked(x, y, &bad));
    return bad ? overflow_find(call, mul_overflows, "*", error) : STATUS_OK;
}

/* Marks the rows whose divisor is zero. */
static enum status zero_divisors(struct kernel_call *call, struct error *error)
{
    LOOP_VALID(call)
    {
        if (kernel_i64(call, 1, i) == 0)
            TRY(kernel_set_null(call, i, error));
    }
    return STATUS_OK;
}

/* A zero divisor is replaced by 1, and -1 is divided by without the instruction that traps. */
static inline int64_t div_checked(int64_t x, int64_t y, bool *zero, bool *bad)
{
    *zero |= y == 0;
    *bad |= x == INT64_MIN && y == -1;
    if (y == -1)
        return wrap_sub(0, x);
    return x / (y == 0 ? 1 : y);
}
static inline int64_t mod_checked(int64_t x, int64_t y, bool *zero)
{
    *zero |= y == 0;
    return y == -1 ? 0 : x % (y == 0 ? 1 : y);
}

enum status arith_div_int(struct kernel_call *call, struct error *error)
{
    bool zero = false, bad = false;
    LOOP_BINARY(call, int64_t, int64_t, int64_t, div_checked(x, y, &zero, &bad));
    if (bad)
        TRY(overflow_find(call, div_overflows, "/", error));
    return zero ? zero_divisors(call, error) : STATUS_OK;
}

enum status arith_mod_int(struct kernel_call *call, struct error *error)
{
    bool zero = false;
    LOOP_BINARY(call, int64_t, int64_t, int64_t, mod_checked(x, y, &zero));
    return zero ? zero_divisors(call, error) : STATUS_OK;
}

enum status arith_neg_int(struct kernel_call *call, struct error *error)
{
    bool bad = false;
    LOOP_UNARY(call, int64_t, int64_t, (bad |= x == INT64_MIN, wrap_sub(0, x)));
    if (!bad)
        return STATUS_OK;
    LOOP_VALID(call)
    {
        if (kernel_i64(call, 0, i) == INT64_MIN)
            return error_set(error, STATUS_VALUE, "integer overflow: -(%lld)",
                             (long long)INT64_MIN);
    }
    return STATUS_OK;
}

enum status arith_abs_int(struct kernel_call *call, struct error *error)
{
    bool bad = false;
    LOOP_UNARY(call, int64_t, int64_t, (bad |= x == INT64_MIN, x < 0 ? wrap_sub(0, x) : x));
    if (!bad)
        return STATUS_OK;
    LOOP_VALID(call)
    {
        if (kernel_i64(call, 0, i) == INT64_MIN)
            return error_set(error, STATUS_VALUE, "integer overflow: abs(%lld)",
                             (long long)INT64_MIN);
    }
    return STATUS_OK;
}

enum status arith_same(struct kernel_call *call, struct error *error)
{
    (void)error;
    memcpy(call->out->data, call->args[0]->data, call->rows * type_size(call->out->type));
    return STATUS_OK;
}

/* ---- bits ---- */

enum status arith_bit_and(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_BINARY(call, int64_t, int64_t, int64_t, x & y);
    return STATUS_OK;
}

enum status arith_bit_or(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_BINARY(call, int64_t, int64_t, int64_t, x | y);
    return STATUS_OK;
}

enum status arith_bit_not(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_UNARY(call, int64_t, int64_t, ~x);
    return STATUS_OK;
}

/* As SQLite: a negative count shifts the other way, a count past 63 leaves 0 or the sign. */
static inline int64_t shift_right(int64_t x, int64_t by);
static inline int64_t shift_left(int64_t x, int64_t by)
{
    if (by < 0)
        return shift_right(x, by == INT64_MIN ? INT64_MAX : -by);
    return by > 63 ? 0 : (int64_t)((uint64_t)x << by);
}
static inline int64_t shift_right(int64_t x, int64_t by)
{
    if (by < 0)
        return by < -63 ? 0 : (int64_t)((uint64_t)x << -by);
    return x >> (by > 63 ? 63 : by);
}

enum status arith_bit_left(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_BINARY(call, int64_t, int64_t, int64_t, shift_left(x, y));
    return STATUS_OK;
}

enum status arith_bit_right(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_BINARY(call, int64_t, int64_t, int64_t, shift_right(x, y));
    return STATUS_OK;
}

/* ---- DOUBLE ---- */

TARGET_CLONES static void double_loop(const struct kernel_call *call, char operation)
{
    if (operation == '+')
        LOOP_BINARY(call, double, double, double, x + y);
    else if (operation == '-')
        LOOP_BINARY(call, double, double, double, x - y);
    else
        LOOP_BINARY(call, double, double, double, x *y);
}

enum status arith_add_double(struct kernel_call *call, struct error *error)
{
    (void)error;
    double_loop(call, '+');
    return STATUS_OK;
}

enum status arith_sub_double(struct kernel_call *call, struct error *error)
{
    (void)error;
    double_loop(call, '-');
    return STATUS_OK;
}

enum status arith_mul_double(struct kernel_call *call, struct error *error)
{
    (void)error;
    double_loop(call, '*');
    return STATUS_OK;
}

static enum status zero_divisors_double(struct kernel_call *call, struct error *error)
{
    LOOP_VALID(call)
    {
        if (kernel_f64(call, 1, i) == 0)
            TRY(kernel_set_null(call, i, error));
    }
    return STATUS_OK;
}

enum status arith_div_double(struct kernel_call *call, struct error *error)
{
    bool zero = false;
    LOOP_BINARY(call, double, double, double, (zero |= y == 0, x / (y == 0 ? 1 : y)));
    return zero ? zero_divisors_double(call, error) : STATUS_OK;
}

enum status arith_mod_double(struct kernel_call *call, struct error *error)
{
    bool zero = false;
    LOOP_BINARY(call, double, double, double, (zero |= y == 0, fmod(x, y == 0 ? 1 : y)));
    return zero ? zero_divisors_double(call, error) : STATUS_OK;
}

enum status arith_neg_double(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_UNARY(call, double, double, -x);
    return STATUS_OK;
}
