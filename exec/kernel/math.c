/* math.c - functions of numbers. As in SQLite a result that is no number (sqrt(-1), ln(0)) is NULL. */
#include <math.h>
#include <sys/random.h>

#include "exec/kernel/loop.h"

/* ---- DOUBLE to DOUBLE ---- */

/* NaN that did not come in as NaN is NULL. */
static enum status undefined_to_null(struct kernel_call *call, struct error *error)
{
    const double *out = call->out->data;
    bool any = false;
    for (size_t i = 0; i < call->rows; i++)
        any |= isnan(out[i]);
    if (!any)
        return STATUS_OK;
    LOOP_VALID(call)
    {
        bool came_in = false;
        if (!isnan(out[i]))
            continue;
        for (uint32_t arg = 0; arg < call->n_args; arg++)
            came_in |= isnan(kernel_f64(call, arg, i));
        if (!came_in)
            TRY(kernel_set_null(call, i, error));
    }
    return STATUS_OK;
}

#define MATH_UNARY(name, EXPR)                                      \
    enum status name(struct kernel_call *call, struct error *error) \
    {                                                               \
        LOOP_UNARY(call, double, double, EXPR);                     \
        return undefined_to_null(call, error);                      \
    }
#define MATH_BINARY(name, EXPR)                                     \
    enum status name(struct kernel_call *call, struct error *error) \
    {                                                               \
        LOOP_BINARY(call, double, double, double, EXPR);            \
        return undefined_to_null(call, error);                      \
    }

/* One step of Newton's method behind the library's, which can be off by a bit: cbrt(27) is 3. */
static double cube_root(double x)
{
    double y = cbrt(x);
    return y == 0 || !isfinite(y) ? y : y - (y * y * y - x) / (3 * y * y);
}

#define LOG_OF(x) ((x) > 0 ? log(x) : (double)NAN)

MATH_UNARY(math_abs, fabs(x))
MATH_UNARY(math_ceil, ceil(x))
MATH_UNARY(math_floor, floor(x))
MATH_UNARY(math_sqrt, sqrt(x))
MATH_UNARY(math_cbrt, cube_root(x))
MATH_UNARY(math_exp, exp(x))
MATH_UNARY(math_ln, isnan(x) ? x : LOG_OF(x))
MATH_UNARY(math_log10, isnan(x) ? x : x > 0 ? log10(x) : (double)NAN)
MATH_UNARY(math_log2, isnan(x) ? x : x > 0 ? log2(x) : (double)NAN)
MATH_UNARY(math_sin, sin(x))
MATH_UNARY(math_cos, cos(x))
MATH_UNARY(math_tan, tan(x))
MATH_UNARY(math_asin, asin(x))
MATH_UNARY(math_acos, acos(x))
MATH_UNARY(math_atan, atan(x))
MATH_UNARY(math_sinh, sinh(x))
MATH_UNARY(math_cosh, cosh(x))
MATH_UNARY(math_tanh, tanh(x))
MATH_UNARY(math_degrees, x *(180.0 / 3.14159265358979323846))
MATH_UNARY(math_radians, x *(3.14159265358979323846 / 180.0))
MATH_BINARY(math_pow, pow(x, y))
MATH_BINARY(math_atan2, atan2(x, y))
MATH_BINARY(math_log_base, x > 0 && y > 0 && x != 1 ? log(y) / log(x) : (double)NAN)

enum status math_pi(struct kernel_call *call, struct error *error)
{
    (void)error;
    double *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = 3.14159265358979323846;
    return STATUS_OK;
}

/* ---- rounding ---- */

static double power_of_ten(int64_t n) /* 0..308 */
{
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11};
    return n < (int64_t)ARRAY_LENGTH(powers) ? powers[n] : pow(10, (double)n);
}

/* To `digits` places, half away from zero as the number is printed: 1.005 to 2 places is 1.01, since 1.005 is what
 * the nearest double to it prints as. */
static double round_digits(double x, int64_t digits)
{
    if (!isfinite(x) || digits > 308)
        return x;
    if (digits < -308)
        return 0;
    if (digits == 0)
        return round(x);
    double unit = power_of_ten(digits < 0 ? -digits : digits);
    double scaled = digits < 0 ? x / unit : x * unit;
    if (!isfinite(scaled) || fabs(scaled) >= 4503599627370496.0)
        return x; /* no digits are left that could be rounded */
    double whole = round(scaled), below = fabs(scaled) - fabs(trunc(scaled));
    /* Half a step, but for the last bits: the product was rounded. */
    if (below < 0.5 && 0.5 - below <= fabs(scaled) * 2.220446049250313e-16)
        whole += scaled < 0 ? -1 : 1;
    return digits < 0 ? whole * unit : whole / unit;
}

static double trunc_digits(double x, int64_t digits)
{
    if (!isfinite(x) || digits > 308)
        return x;
    if (digits < -308)
        return 0;
    double unit = power_of_ten(digits < 0 ? -digits : digits);
    double scaled = digits < 0 ? x / unit : x * unit;
    if (!isfinite(scaled) || fabs(scaled) >= 4503599627370496.0)
        return x;
    return digits < 0 ? trunc(scaled) * unit : trunc(scaled) / unit;
}

enum status math_round(struct kernel_call *call, struct error *error)
{
    (void)error;
    if (call->n_args > 1)
        LOOP_BINARY(call, double, int64_t, double, round_digits(x, y));
    else
        LOOP_UNARY(call, double, double, round(x));
    return STATUS_OK;
}

enum status math_trunc(struct kernel_call *call, struct error *error)
{
    (void)error;
    if (call->n_args > 1)
        LOOP_BINARY(call, double, int64_t, double, trunc_digits(x, y));
    else
        LOOP_UNARY(call, double, double, trunc(x));
    return STATUS_OK;
}

/* round(1250, -2) is 1300. */
static bool round_integer(int64_t x, int64_t digits, int64_t *out)
{
    if (digits >= 0) {
        *out = x;
        return true;
    }
    if (digits < -19) {
        *out = 0;
        return true;
    }
    int128_t unit = kernel_pow10((unsigned)-digits), q = (int128_t)x / unit, r = (int128_t)x % unit;
    if (r >= unit - unit / 2)
        q++;
    else if (-r >= unit - unit / 2)
        q--;
    q *= unit;
    *out = (int64_t)q;
    return q >= INT64_MIN && q <= INT64_MAX;
}

enum status math_round_int(struct kernel_call *call, struct error *error)
{
    if (call->n_args == 1)
        return arith_same(call, error);
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t x = kernel_i64(call, 0, i);
        if (!round_integer(x, kernel_i64(call, 1, i), &out[i]) && kernel_row_valid(call, i))
            return error_set(error, STATUS_VALUE, "integer overflow: round(%lld, %lld)",
                             (long long)x, (long long)kernel_i64(call, 1, i));
    }
    return STATUS_OK;
}

/* ---- signs and kinds ---- */

enum status math_sign_int(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_UNARY(call, int64_t, int64_t, (x > 0) - (x < 0));
    return STATUS_OK;
}

enum status math_sign(struct kernel_call *call, struct error *error)
{
    bool any = false;
    LOOP_UNARY(call, double, int64_t, (any |= isnan(x), (x > 0) - (x < 0)));
    if (any)
        LOOP_VALID(call)
        {
            if (isnan(kernel_f64(call, 0, i)))
                TRY(kernel_set_null(call, i, error));
        }
    return STATUS_OK;
}

enum status math_isnan(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_UNARY(call, double, uint8_t, x != x);
    return STATUS_OK;
}
enum status math_isinf(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_UNARY(call, double, uint8_t, isinf(x) != 0);
    return STATUS_OK;
}
enum status math_isfinite(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_UNARY(call, double, uint8_t, isfinite(x) != 0);
    return STATUS_OK;
}

/* ---- integers ---- */

static uint64_t magnitude(int64_t x)
{
    return x < 0 ? -(uint64_t)x : (uint64_t)x;
}

static uint64_t gcd_of(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

enum status math_gcd(struct kernel_call *call, struct error *error)
{
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t a = kernel_i64(call, 0, i), b = kernel_i64(call, 1, i);
        uint64_t g = gcd_of(magnitude(a), magnitude(b));
        if (g > INT64_MAX && kernel_row_valid(call, i))
            return error_set(error, STATUS_VALUE, "integer overflow: gcd(%lld, %lld)", (long long)a,
                             (long long)b);
        out[i] = (int64_t)g;
    }
    return STATUS_OK;
}

enum status math_lcm(struct kernel_call *call, struct error *error)
{
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t a = kernel_i64(call, 0, i), b = kernel_i64(call, 1, i);
        uint64_t g = gcd_of(magnitude(a), magnitude(b));
        uint128_t l = g ? (uint128_t)(magnitude(a) / g) * magnitude(b) : 0;
        if (l > INT64_MAX && kernel_row_valid(call, i))
            return error_set(error, STATUS_VALUE, "integer overflow: lcm(%lld, %lld)", (long long)a,
                             (long long)b);
        out[i] = (int64_t)(uint64_t)l;
    }
    return STATUS_OK;
}

/* ---- random ---- */

/* SplitMix64 (S. Vigna), seeded by the system once a call site. */
enum status math_random(struct kernel_call *call, struct error *error)
{
    if (!call->state->data) {
        uint64_t *made = ARENA_NEW(call->arena, uint64_t);
        TRY(arena_check(call->arena, error));
        if (getrandom(made, sizeof *made, 0) != (long)sizeof *made)
            *made = (uint64_t)clock_monotonic_ns() ^ (uint64_t)(uintptr_t)call->state;
        call->state->data = made;
    }
    uint64_t *seed = call->state->data, *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        uint64_t z = *seed += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        out[i] = z ^ z >> 31;
    }
    return STATUS_OK;
}
