/* decimal.c - arithmetic on DECIMAL: 64 bits up to 18 digits, 128 bits up to 38.
 *
 * function_resolve has given both sides of + - % the type of the result, and the sides of * a width. A result
 * of more than its precision's digits is an error. */
#include "exec/kernel/loop.h"
#include "storage/text_value.h"

int128_t kernel_pow10(unsigned n)
{
    static const uint64_t powers[] = {1u,
                                      10u,
                                      100u,
                                      1000u,
                                      10000u,
                                      100000u,
                                      1000000u,
                                      10000000u,
                                      100000000u,
                                      1000000000u,
                                      10000000000u,
                                      100000000000u,
                                      1000000000000u,
                                      10000000000000u,
                                      100000000000000u,
                                      1000000000000000u,
                                      10000000000000000u,
                                      100000000000000000u,
                                      1000000000000000000u,
                                      10000000000000000000u};
    assert(n <= DECIMAL_PRECISION_MAX);
    if (n < ARRAY_LENGTH(powers))
        return (int128_t)powers[n];
    return (int128_t)((uint128_t)powers[19] * powers[n - 19]);
}

static bool is_wide(const struct column *column)
{
    return column->type.precision > DECIMAL_PRECISION_SMALL;
}

/* ---- overflow ---- */

typedef bool decimal_fits_fn(int128_t x, int128_t y, int128_t max);

static bool sum_fits(int128_t x, int128_t y, int128_t max)
{
    int128_t r;
    return !__builtin_add_overflow(x, y, &r) && r <= max && r >= -max;
}
static bool difference_fits(int128_t x, int128_t y, int128_t max)
{
    int128_t r;
    return !__builtin_sub_overflow(x, y, &r) && r <= max && r >= -max;
}
static bool product_fits(int128_t x, int128_t y, int128_t max)
{
    int128_t r;
    return !__builtin_mul_overflow(x, y, &r) && r <= max && r >= -max;
}

static enum status overflow_find(const struct kernel_call *call, decimal_fits_fn *fits, char word,
                                 struct error *error)
{
    int128_t max = kernel_pow10(call->out->type.precision) - 1;
    LOOP_VALID(call)
    {
        int128_t x = column_decimal(call->args[0], i), y = column_decimal(call->args[1], i);
        if (fits(x, y, max))
            continue;
        char xs[TEXT_VALUE_SIZE], ys[TEXT_VALUE_SIZE], name[TYPE_NAME_SIZE];
        size_t xn = text_format_decimal(x, call->args[0]->type.scale, xs);
        size_t yn = text_format_decimal(y, call->args[1]->type.scale, ys);
        return error_set(error, STATUS_VALUE, "decimal overflow: %.*s %c %.*s does not fit %s",
                         (int)xn, xs, word, (int)yn, ys, type_name(call->out->type, name));
    }
    return STATUS_OK;
}

/* ---- + - * ---- */

TARGET_CLONES static bool add_small(const struct kernel_call *call, int64_t max)
{
    int64_t bad = 0;
    LOOP_BINARY(call, int64_t, int64_t, int64_t,
                (bad |= (int64_t)((uint64_t)x + (uint64_t)y > (uint64_t)max &&
                                  (uint64_t)x + (uint64_t)y < -(uint64_t)max),
                 (uint64_t)x + (uint64_t)y));
    return bad != 0;
}

TARGET_CLONES static bool sub_small(const struct kernel_call *call, int64_t max)
{
    int64_t bad = 0;
    LOOP_BINARY(call, int64_t, int64_t, int64_t,
                (bad |= (int64_t)((uint64_t)x - (uint64_t)y > (uint64_t)max &&
                                  (uint64_t)x - (uint64_t)y < -(uint64_t)max),
                 (uint64_t)x - (uint64_t)y));
    return bad != 0;
}

static inline int128_t add_wide(int128_t x, int128_t y, int128_t max, bool *bad)
{
    int128_t r;
    *bad |= __builtin_add_overflow(x, y, &r) || r > max || r < -max;
    return r;
}
static inline int128_t sub_wide(int128_t x, int128_t y, int128_t max, bool *bad)
{
    int128_t r;
    *bad |= __builtin_sub_overflow(x, y, &r) || r > max || r < -max;
    return r;
}
static inline int128_t mul_wide(int128_t x, int128_t y, int128_t max, bool *bad)
{
    int128_t r;
    *bad |= __builtin_mul_overflow(x, y, &r) || r > max || r < -max;
    return r;
}

enum status decimal_add(struct kernel_call *call, struct error *error)
{
    int128_t max = kernel_pow10(call->out->type.precision) - 1;
    bool bad = false;
    if (is_wide(call->out))
        LOOP_BINARY(call, int128_t, int128_t, int128_t, add_wide(x, y, max, &bad));
    else
        bad = add_small(call, (int64_t)max);
    return bad ? overflow_find(call, sum_fits, '+', error) : STATUS_OK;
}

enum status decimal_sub(struct kernel_call *call, struct error *error)
{
    int128_t max = kernel_pow10(call->out->type.precision) - 1;
    bool bad = false;
    if (is_wide(call->out))
        LOOP_BINARY(call, int128_t, int128_t, int128_t, sub_wide(x, y, max, &bad));
    else
        bad = sub_small(call, (int64_t)max);
    return bad ? overflow_find(call, difference_fits, '-', error) : STATUS_OK;
}

/* The digits of the factors add up to at most the digits of the result, unless they were capped at 38. */
enum status decimal_mul(struct kernel_call *call, struct error *error)
{
    int128_t max = kernel_pow10(call->out->type.precision) - 1;
    bool bad = false;
    if (is_wide(call->args[0])) {
        LOOP_BINARY(call, int128_t, int128_t, int128_t, mul_wide(x, y, max, &bad));
        return bad ? overflow_find(call, product_fits, '*', error) : STATUS_OK;
    }
    if (is_wide(call->out))
        LOOP_BINARY(call, int64_t, int64_t, int128_t, (int128_t)x * y);
    else
        LOOP_BINARY(call, int64_t, int64_t, int64_t, (uint64_t)x * (uint64_t)y);
    return STATUS_OK;
}

/* ---- % and one argument ---- */

static enum status zero_divisors(struct kernel_call *call, struct error *error)
{
    LOOP_VALID(call)
    {
        if (column_decimal(call->args[1], i) == 0)
            TRY(kernel_set_null(call, i, error));
    }
    return STATUS_OK;
}

enum status decimal_mod(struct kernel_call *call, struct error *error)
{
    bool zero = false;
    if (is_wide(call->out))
        LOOP_BINARY(call, int128_t, int128_t, int128_t,
                    (zero |= y == 0, y == -1 ? 0 : x % (y == 0 ? 1 : y)));
    else
        LOOP_BINARY(call, int64_t, int64_t, int64_t,
                    (zero |= y == 0, y == -1 ? 0 : x % (y == 0 ? 1 : y)));
    return zero ? zero_divisors(call, error) : STATUS_OK;
}

enum status decimal_neg(struct kernel_call *call, struct error *error)
{
    (void)error;
    if (is_wide(call->out))
        LOOP_UNARY(call, int128_t, int128_t, -(uint128_t)x);
    else
        LOOP_UNARY(call, int64_t, int64_t, -(uint64_t)x);
    return STATUS_OK;
}

enum status decimal_abs(struct kernel_call *call, struct error *error)
{
    (void)error;
    if (is_wide(call->out))
        LOOP_UNARY(call, int128_t, int128_t, x < 0 ? -(uint128_t)x : (uint128_t)x);
    else
        LOOP_UNARY(call, int64_t, int64_t, x < 0 ? -(uint64_t)x : (uint64_t)x);
    return STATUS_OK;
}

enum status decimal_sign(struct kernel_call *call, struct error *error)
{
    (void)error;
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        int128_t x = column_decimal(call->args[0], i);
        out[i] = (x > 0) - (x < 0);
    }
    return STATUS_OK;
}

/* ---- rounding ---- */

/* `x` by 10^digits: half away from zero (round), toward zero, up or down. */
static int128_t divide_pow10(int128_t x, unsigned digits, enum decimal_rounding how)
{
    if (digits > DECIMAL_PRECISION_MAX)
        digits = DECIMAL_PRECISION_MAX;
    int128_t unit = kernel_pow10(digits), q = x / unit, r = x % unit;
    if (r == 0)
        return q;
    switch (how) {
    case DECIMAL_HALF_AWAY:
        if (r < 0)
            return -r >= unit - unit / 2 ? q - 1 : q;
        return r >= unit - unit / 2 ? q + 1 : q;
    case DECIMAL_UP:
        return r > 0 ? q + 1 : q;
    case DECIMAL_DOWN:
        return r < 0 ? q - 1 : q;
    default:
        return q;
    }
}

bool decimal_rescale(int128_t x, unsigned from, unsigned to, unsigned precision,
                     enum decimal_rounding how, int128_t *out)
{
    int128_t max = kernel_pow10(precision) - 1;
    if (to >= from) {
        if (__builtin_mul_overflow(x, kernel_pow10(to - from), out))
            return false;
    } else {
        *out = divide_pow10(x, from - to, how);
    }
    return *out <= max && *out >= -max;
}

static enum status decimal_too_big(const struct kernel_call *call, size_t row, struct error *error)
{
    char text[TEXT_VALUE_SIZE], name[TYPE_NAME_SIZE];
    size_t n =
        text_format_decimal(column_decimal(call->args[0], row), call->args[0]->type.scale, text);
    return error_set(error, STATUS_VALUE, "decimal overflow: %.*s rounded does not fit %s", (int)n,
                     text, type_name(call->out->type, name));
}

static enum status round_whole(struct kernel_call *call, enum decimal_rounding how,
                               struct error *error)
{
    struct type from = call->args[0]->type, to = call->out->type;
    for (size_t i = 0; i < call->rows; i++) {
        int128_t r;
        bool fits = decimal_rescale(column_decimal(call->args[0], i), from.scale, to.scale,
                                    to.precision, how, &r);
        if (!fits && kernel_row_valid(call, i))
            return decimal_too_big(call, i, error);
        column_put_decimal(call->out, i, fits ? r : 0);
    }
    return STATUS_OK;
}

enum status decimal_round(struct kernel_call *call, struct error *error)
{
    return round_whole(call, DECIMAL_HALF_AWAY, error);
}
enum status decimal_trunc(struct kernel_call *call, struct error *error)
{
    return round_whole(call, DECIMAL_TOWARD_ZERO, error);
}
enum status decimal_ceil(struct kernel_call *call, struct error *error)
{
    return round_whole(call, DECIMAL_UP, error);
}
enum status decimal_floor(struct kernel_call *call, struct error *error)
{
    return round_whole(call, DECIMAL_DOWN, error);
}

/* round(x, digits): to a unit of 10^-digits, which may be coarser than the result's scale. */
enum status decimal_round_to(struct kernel_call *call, struct error *error)
{
    struct type from = call->args[0]->type, to = call->out->type;
    for (size_t i = 0; i < call->rows; i++) {
        int64_t digits = kernel_i64(call, 1, i);
        int128_t x = column_decimal(call->args[0], i), r = x;
        if (digits < from.scale) {
            int64_t drop = (int64_t)from.scale - MAX(digits, -DECIMAL_PRECISION_MAX);
            if (drop > DECIMAL_PRECISION_MAX)
                r = 0;
            else
                r = (int128_t)((uint128_t)divide_pow10(x, (unsigned)drop, DECIMAL_HALF_AWAY) *
                               (uint128_t)kernel_pow10((unsigned)drop));
        }
        bool fits = decimal_rescale(r, from.scale, to.scale, to.precision, DECIMAL_HALF_AWAY, &r);
        if (!fits && kernel_row_valid(call, i))
            return decimal_too_big(call, i, error);
        column_put_decimal(call->out, i, fits ? r : 0);
    }
    return STATUS_OK;
}
