/* logic.c - NOT, IS NULL, IS TRUE; and from conditions to the rows they keep. AND and OR are the evaluator's. */
#include "exec/kernel/loop.h"

enum status logic_not(struct kernel_call *call, struct error *error)
{
    (void)error;
    LOOP_UNARY(call, uint8_t, uint8_t, x ^ 1);
    return STATUS_OK;
}

static void null_bytes(struct kernel_call *call, uint8_t when_null)
{
    const struct column *arg = call->args[0];
    uint8_t *out = call->out->data;
    if (!arg->validity || column_is_constant(arg)) {
        memset(out, column_is_null(arg, 0) ? when_null : !when_null, call->rows);
        return;
    }
    bits_to_bytes(out, arg->validity, call->rows);
    if (when_null)
        for (size_t i = 0; i < call->rows; i++)
            out[i] ^= 1;
}

enum status logic_is_null(struct kernel_call *call, struct error *error)
{
    (void)error;
    null_bytes(call, 1);
    return STATUS_OK;
}

enum status logic_is_not_null(struct kernel_call *call, struct error *error)
{
    (void)error;
    null_bytes(call, 0);
    return STATUS_OK;
}

/* Whether the value is `wanted` and not NULL, turned over by `flip`. */
static void truth_bytes(struct kernel_call *call, uint8_t wanted, uint8_t flip)
{
    const struct column *arg = call->args[0];
    const uint8_t *in = arg->data;
    uint8_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = (uint8_t)((!column_is_null(arg, i) && in[column_index(arg, i)] == wanted) ^ flip);
}

enum status logic_is_true(struct kernel_call *call, struct error *error)
{
    (void)error;
    truth_bytes(call, 1, 0);
    return STATUS_OK;
}
enum status logic_is_false(struct kernel_call *call, struct error *error)
{
    (void)error;
    truth_bytes(call, 0, 0);
    return STATUS_OK;
}
enum status logic_is_not_true(struct kernel_call *call, struct error *error)
{
    (void)error;
    truth_bytes(call, 1, 1);
    return STATUS_OK;
}
enum status logic_is_not_false(struct kernel_call *call, struct error *error)
{
    (void)error;
    truth_bytes(call, 0, 1);
    return STATUS_OK;
}

/* ---- conditions to rows ---- */

/* The low bits of 8 bytes as 8 bits, the first byte lowest. */
static inline uint64_t gather8(const uint8_t *bytes)
{
    uint64_t x;
    memcpy(&x, bytes, 8);
    return ((x & 0x0101010101010101u) * 0x0102040810204080u) >> 56;
}

static uint64_t mask64(const uint8_t *bytes, size_t n)
{
    uint64_t mask = 0;
    if (LIKELY(n == 64)) {
        for (unsigned i = 0; i < 8; i++)
            mask |= gather8(bytes + 8 * i) << (8 * i);
        return mask;
    }
    for (size_t i = 0; i < n; i++)
        mask |= (uint64_t)(bytes[i] & 1) << i;
    return mask;
}

size_t kernel_select_true(const struct column *condition, uint32_t *rows)
{
    const uint8_t *bytes = condition->data;
    size_t length = condition->length, n = 0;
    if (column_is_constant(condition)) {
        if (column_is_null(condition, 0) || !bytes[0])
            return 0;
        for (size_t i = 0; i < length; i++)
            rows[i] = (uint32_t)i;
        return length;
    }
    for (size_t at = 0; at < length; at += 64) {
        uint64_t mask = mask64(bytes + at, MIN(length - at, (size_t)64));
        if (condition->validity) {
            uint64_t valid;
            memcpy(&valid, condition->validity + at / 8, 8);
            mask &= valid;
        }
        if (mask == UINT64_MAX) {
            for (uint32_t i = 0; i < 64; i++)
                rows[n + i] = (uint32_t)at + i;
            n += 64;
            continue;
        }
        for (; mask; mask &= mask - 1)
            rows[n++] = (uint32_t)at + (uint32_t)__builtin_ctzll(mask);
    }
    return n;
}
