/* text_number_format.c - integers, doubles and decimals to text. */
#include "storage/text_number_int.h"
#include "storage/text_value.h"

static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

/* The digits of `v` so that they end at `end`; gives where they begin. */
static char *put_unsigned_before(char *end, uint64_t v)
{
    while (v >= 100) {
        end -= 2;
        memcpy(end, digit_pairs + v % 100 * 2, 2);
        v /= 100;
    }
    if (v >= 10) {
        end -= 2;
        memcpy(end, digit_pairs + v * 2, 2);
    } else {
        *--end = (char)('0' + v);
    }
    return end;
}

static size_t put_unsigned(uint64_t v, char *out)
{
    char digits[20];
    char *start = put_unsigned_before(digits + sizeof digits, v);
    size_t n = (size_t)(digits + sizeof digits - start);
    memcpy(out, start, n);
    return n;
}

size_t text_format_int64(int64_t v, char *out)
{
    if (v >= 0)
        return put_unsigned((uint64_t)v, out);
    *out = '-';
    return 1 + put_unsigned(0 - (uint64_t)v, out + 1);
}

size_t text_format_decimal(int128_t v, unsigned scale, char *out)
{
    enum { WORD_DIGITS = 19, DIGITS_MAX = 40 };
    char digits[DIGITS_MAX];
    uint128_t rest = v < 0 ? 0 - (uint128_t)v : (uint128_t)v;
    char *end = digits + DIGITS_MAX, *start = end;
    for (;;) {
        uint64_t low = (uint64_t)(rest % UINT64_C(10000000000000000000));
        rest /= UINT64_C(10000000000000000000);
        char *stop = start - WORD_DIGITS;
        start = put_unsigned_before(start, low);
        if (rest == 0)
            break;
        while (start > stop)
            *--start = '0';
    }
    while ((size_t)(end - start) <= scale)
        *--start = '0';
    size_t n = 0, whole = (size_t)(end - start) - scale;
    if (v < 0)
        out[n++] = '-';
    memcpy(out + n, start, whole);
    n += whole;
    if (scale == 0)
        return n;
    out[n++] = '.';
    memcpy(out + n, start + whole, scale);
    return n + scale;
}

/* ---- Doubles ---- */

/* digits * 10^exponent */
struct shortest {
    uint64_t digits;
    int exponent;
};

/* The high word of g * factor, its last bit set if anything was cut off. */
static uint64_t multiply_round_to_odd(uint64_t g_high, uint64_t g_low, uint64_t factor)
{
    uint128_t low = (uint128_t)g_low * factor;
    uint128_t product = (uint128_t)g_high * factor + (low >> 64);
    return (uint64_t)(product >> 64) | ((uint64_t)product > 1);
}

/* The shortest decimal that is nearest to c * 2^q and to no other float. Giulietti, "The Schubfach way to render
 * doubles". `is_lower_closer`: the float below is only half as far away as the one above. */
static struct shortest shorten(uint64_t c, int q, bool is_lower_closer)
{
    bool is_odd = c & 1;
    int k = (q * 1262611 - (is_lower_closer ? 524031 : 0)) >> 22;
    int h = q + ((-k * 1741647) >> 19) + 1;
    const uint64_t *power = text_pow10[-k - TEXT_POW10_MIN];
    /* Schubfach rounds the powers up, the table cuts them off; those of 10^0..10^55 are exact. */
    uint64_t g_low = power[1] + (-k < 0 || -k > 55);
    uint64_t g_high = power[0] + (g_low < power[1]);
    uint64_t low = multiply_round_to_odd(g_high, g_low, (4 * c - 2 + is_lower_closer) << h);
    uint64_t mid = multiply_round_to_odd(g_high, g_low, (4 * c) << h);
    uint64_t high = multiply_round_to_odd(g_high, g_low, (4 * c + 2) << h);
    low += is_odd; /* the ends belong to even numbers only */
    high -= is_odd;
    uint64_t s = mid / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool is_down_in = low <= 40 * tens, is_up_in = 40 * tens + 40 <= high;
        if (is_down_in != is_up_in)
            return (struct shortest){tens + is_up_in, k + 1};
    }
    bool is_down_in = low <= 4 * s, is_up_in = 4 * s + 4 <= high;
    if (is_down_in != is_up_in)
        return (struct shortest){s + is_up_in, k};
    bool is_up = mid > 4 * s + 2 || (mid == 4 * s + 2 && (s & 1));
    return (struct shortest){s + is_up, k};
}

/* Plain from 1e-4 to below 1e15, as PostgreSQL does, else with an exponent. */
static size_t put_shortest(struct shortest v, char *out)
{
    char buffer[20];
    char *digits = put_unsigned_before(buffer + sizeof buffer, v.digits);
    int count = (int)(buffer + sizeof buffer - digits);
    int exponent = v.exponent + count - 1; /* of the first digit */
    while (count > 1 && digits[count - 1] == '0')
        count--;
    char *to = out;
    if (exponent < -4 || exponent >= 15) {
        *to++ = digits[0];
        if (count > 1)
            *to++ = '.';
        memcpy(to, digits + 1, (size_t)count - 1);
        to += count - 1;
        *to++ = 'e';
        *to++ = exponent < 0 ? '-' : '+';
        unsigned e = (unsigned)(exponent < 0 ? -exponent : exponent);
        if (e < 10)
            *to++ = '0';
        return (size_t)(to - out) + put_unsigned(e, to);
    }
    if (exponent < 0) {
        memcpy(to, "0.0000", (size_t)(1 - exponent));
        memcpy(to + 1 - exponent, digits, (size_t)count);
        return (size_t)(1 - exponent + count);
    }
    int whole = exponent + 1;
    for (int i = 0; i < whole; i++)
        *to++ = i < count ? digits[i] : '0';
    *to++ = '.';
    if (count <= whole) {
        *to++ = '0';
        return (size_t)(to - out);
    }
    memcpy(to, digits + whole, (size_t)(count - whole));
    return (size_t)(to - out) + (size_t)(count - whole);
}

static size_t put_word(const char *word, char *out)
{
    size_t n = strlen(word);
    memcpy(out, word, n);
    return n;
}

/* A float of `bits` significand bits and that bias, taken apart. */
static size_t put_float(bool is_negative, uint64_t significand, unsigned exponent, unsigned bits,
                        unsigned exponent_max, char *out)
{
    if (exponent == exponent_max && significand != 0)
        return put_word("NaN", out);
    size_t n = 0;
    if (is_negative)
        out[n++] = '-';
    if (exponent == exponent_max)
        return n + put_word("Infinity", out + n);
    if (exponent == 0 && significand == 0)
        return n + put_word("0.0", out + n);
    int q = (int)MAX(exponent, 1u) - (int)(exponent_max / 2 + bits);
    uint64_t c = exponent > 0 ? significand | UINT64_C(1) << bits : significand;
    struct shortest v;
    if (q <= 0 && -q <= (int)bits && (c & ((UINT64_C(1) << -q) - 1)) == 0)
        v = (struct shortest){c >> -q, 0}; /* a whole number below 2^bits */
    else
        v = shorten(c, q, significand == 0 && exponent > 1);
    return n + put_shortest(v, out + n);
}

size_t text_format_double(double v, char *out)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return put_float(bits >> 63, bits & ((UINT64_C(1) << 52) - 1), (unsigned)(bits >> 52 & 0x7ff),
                     52, 0x7ff, out);
}

size_t text_format_float(float v, char *out)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return put_float(bits >> 31, bits & ((UINT32_C(1) << 23) - 1), bits >> 23 & 0xff, 23, 0xff,
                     out);
}
