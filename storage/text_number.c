/* text_number.c - text to integers, doubles, booleans and decimals. Nothing here depends on the locale. */
#include "storage/text_number_int.h"
#include "storage/text_value.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static uint64_t load_8(const char *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
    return word;
}

static bool is_8_digits(uint64_t word)
{
    const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0), zeros = UINT64_C(0x3030303030303030);
    return ((word & high) | (((word + UINT64_C(0x0606060606060606)) & high) >> 4)) ==
           (zeros | zeros >> 4);
}

/* Pairs, then fours, then eight: three multiplications (Lemire, "Quickly parsing eight digits"). */
static uint32_t value_of_8_digits(uint64_t word)
{
    word = (word & UINT64_C(0x0f0f0f0f0f0f0f0f)) * 2561 >> 8;
    word = (word & UINT64_C(0x00ff00ff00ff00ff)) * 6553601 >> 16;
    return (uint32_t)((word & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001) >> 32);
}

/* The digits at `s` into *out; gives how many. More than 19 wrap, which the caller sees by the count. */
static size_t read_digits(const char *s, size_t n, uint64_t *out)
{
    uint64_t value = *out;
    size_t i = 0;
    while (n - i >= 8) {
        uint64_t word = load_8(s + i);
        if (!is_8_digits(word))
            break;
        value = value * 100000000 + value_of_8_digits(word);
        i += 8;
    }
    for (; i < n && is_digit(s[i]); i++)
        value = value * 10 + (uint64_t)(s[i] - '0');
    *out = value;
    return i;
}

/* Four to eight digits by one word: padded with zeros in front, out of two loads that overlap. */
static bool read_word(const char *s, size_t n, uint64_t *out)
{
    uint32_t first, last;
    memcpy(&first, s, sizeof first);
    memcpy(&last, s + n - 4, sizeof last);
    uint64_t zeros = n < 8 ? UINT64_C(0x3030303030303030) >> (8 * n) : 0;
    uint64_t word = (uint64_t)last << 32 | (uint32_t)((uint64_t)first << (8 * (8 - n))) | zeros;
    *out = value_of_8_digits(word);
    return is_8_digits(word);
}

/* All of s[0..n), at most 19 digits. */
static bool read_all_digits(const char *s, size_t n, uint64_t *out)
{
    uint64_t high = 0, low = 0;
    if (n >= 4 && n <= 8)
        return read_word(s, n, out);
    if (n < 12 || n > 16) {
        *out = 0;
        return read_digits(s, n, out) == n;
    }
    bool is_high = read_word(s, n - 8, &high), is_low = read_word(s + n - 8, 8, &low);
    *out = high * 100000000 + low;
    return is_high && is_low;
}

bool text_parse_int64(const char *s, size_t n, int64_t *out)
{
    enum { DIGITS_MAX = 19 };
    bool is_negative = n > 0 && s[0] == '-';
    size_t sign = n > 0 && (s[0] == '-' || s[0] == '+');
    s += sign;
    n -= sign;
    if (n == 0)
        return false;
    while (n > DIGITS_MAX && s[0] == '0') {
        s++;
        n--;
    }
    uint64_t value = 0;
    if (n > DIGITS_MAX || !read_all_digits(s, n, &value))
        return false;
    if (value > (uint64_t)INT64_MAX + is_negative)
        return false;
    *out = (int64_t)(is_negative ? 0 - value : value);
    return true;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(const char *s, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (word[i] == '\0' || lower(s[i]) != word[i])
            return false;
    return word[n] == '\0';
}

bool text_parse_bool(const char *s, size_t n, bool *out)
{
    static const char *const words[][2] = {{"false", "true"}, {"f", "t"},    {"no", "yes"},
                                           {"n", "y"},        {"off", "on"}, {"0", "1"}};
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        for (unsigned on = 0; on < 2; on++)
            if (is_word(s, n, words[i][on])) {
                *out = on;
                return true;
            }
    return false;
}

/* ---- The parts of a number ---- */

/* [digits][.digits][e[+-]digits] after the sign. The value is that of the digits, taken as one integer, times
 * 10^exponent. */
struct number_text {
    bool is_negative;
    const char *digits; /* whole digits, at the first that is not zero */
    size_t n_digits;
    const char *fraction; /* the digits after the point */
    size_t n_fraction;
    int64_t exponent;
};

enum { EXPONENT_MAX = 100000000 };

static bool scan_exponent(const char *s, size_t n, size_t *at, int64_t *exponent)
{
    size_t i = *at + 1;
    bool is_negative = i < n && s[i] == '-';
    if (i < n && (s[i] == '-' || s[i] == '+'))
        i++;
    size_t start = i;
    int64_t value = 0;
    for (; i < n && is_digit(s[i]); i++)
        if (value < EXPONENT_MAX)
            value = value * 10 + (s[i] - '0');
    *exponent = is_negative ? -value : value;
    *at = i;
    return i > start;
}

static size_t count_digits(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && is_digit(s[i]))
        i++;
    return i;
}

/* All of s[0..n), or false. */
static bool scan_number(const char *s, size_t n, struct number_text *out)
{
    *out = (struct number_text){.is_negative = n > 0 && s[0] == '-'};
    size_t i = n > 0 && (s[0] == '-' || s[0] == '+');
    out->digits = s + i;
    out->n_digits = count_digits(s + i, n - i);
    i += out->n_digits;
    size_t any = out->n_digits;
    out->fraction = s + i;
    if (i < n && s[i] == '.') {
        i++;
        out->fraction = s + i;
        out->n_fraction = count_digits(s + i, n - i);
        i += out->n_fraction;
        any += out->n_fraction;
    }
    if (any == 0)
        return false;
    if (i < n && (s[i] == 'e' || s[i] == 'E') && !scan_exponent(s, n, &i, &out->exponent))
        return false;
    if (i != n)
        return false;
    while (out->n_digits > 0 && out->digits[0] == '0') {
        out->digits++;
        out->n_digits--;
    }
    return true;
}

static unsigned digit_at(const struct number_text *text, size_t i)
{
    return (unsigned)((i < text->n_digits ? text->digits[i] : text->fraction[i - text->n_digits]) -
                      '0');
}

/* ---- Decimals ---- */

static uint128_t pow10_128(unsigned n)
{
    uint128_t power = 1;
    for (; n >= 19; n -= 19)
        power *= UINT64_C(10000000000000000000);
    for (; n > 0; n--)
        power *= 10;
    return power;
}

bool text_parse_decimal(const char *s, size_t n, unsigned precision, unsigned scale, int128_t *out)
{
    struct number_text text;
    if (!scan_number(s, n, &text))
        return false;
    size_t n_all = text.n_digits + text.n_fraction, first = 0;
    while (first < n_all && digit_at(&text, first) == 0)
        first++;
    /* Digits before the point once it is moved to where the scale wants it. */
    int64_t whole = (int64_t)text.n_digits + text.exponent + (int64_t)scale;
    uint128_t value = 0;
    if (first < n_all && whole - (int64_t)first > (int64_t)precision)
        return false;
    if (first < n_all && whole >= 0) {
        size_t kept = MIN((size_t)whole, n_all);
        for (size_t i = first; i < kept; i++)
            value = value * 10 + digit_at(&text, i);
        if ((size_t)whole > n_all)
            value *= pow10_128((unsigned)((size_t)whole - MAX(n_all, first)));
        if (kept < n_all && digit_at(&text, kept) >= 5)
            value++;
    }
    if (value >= pow10_128(precision))
        return false;
    *out = text.is_negative ? -(int128_t)value : (int128_t)value;
    return true;
}

/* ---- Doubles ---- */

enum { SIGNIFICAND_BITS = 52, EXPONENT_INFINITE = 0x7ff, EXPONENT_BIAS = 1023 };

static double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The first bits of w * 10^q, enough of them for rounding. */
static uint128_t multiply_pow10(uint64_t w, int64_t q)
{
    const uint64_t *power = text_pow10[q - TEXT_POW10_MIN];
    const uint64_t mask = UINT64_MAX >> (SIGNIFICAND_BITS + 3);
    uint128_t product = (uint128_t)w * power[0];
    if (((uint64_t)(product >> 64) & mask) == mask)
        product += ((uint128_t)w * power[1]) >> 64;
    return product;
}

/* The bits of the double nearest to w * 10^q, w not 0. Eisel and Lemire: "Number Parsing at a Gigabyte per
 * Second"; that no fallback is needed: Mushtak and Lemire, "Fast Number Parsing Without Fallback". */
static uint64_t round_decimal(uint64_t w, int64_t q)
{
    if (q < TEXT_POW10_MIN)
        return 0;
    if (q > 308)
        return (uint64_t)EXPONENT_INFINITE << SIGNIFICAND_BITS;
    int zeros = __builtin_clzll(w);
    uint128_t product = multiply_pow10(w << zeros, q);
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    int upper = (int)(high >> 63);
    int shift = upper + 64 - SIGNIFICAND_BITS - 3;
    uint64_t significand = high >> shift;
    int64_t power = (((152170 + 65536) * q) >> 16) + 63 + upper - zeros + EXPONENT_BIAS;
    if (power <= 0) { /* subnormal */
        if (1 - power >= 64)
            return 0;
        significand >>= 1 - power;
        significand = (significand + (significand & 1)) >> 1;
        return significand; /* may just have become the least normal number: the bits are right */
    }
    if (low <= 1 && q >= -4 && q <= 23 && (significand & 3) == 1 && significand << shift == high)
        significand &= ~UINT64_C(1); /* exactly between two: to the even one */
    significand = (significand + (significand & 1)) >> 1;
    if (significand >= UINT64_C(2) << SIGNIFICAND_BITS) {
        significand = UINT64_C(1) << SIGNIFICAND_BITS;
        power++;
    }
    if (power >= EXPONENT_INFINITE)
        return (uint64_t)EXPONENT_INFINITE << SIGNIFICAND_BITS;
    significand &= ~(UINT64_C(1) << SIGNIFICAND_BITS);
    return significand | (uint64_t)power << SIGNIFICAND_BITS;
}

/* Exact integers, for the rare numbers with more digits than a word that lie near the middle of two doubles:
 * 800 digits and the range of exponents take less than 4000 bits. */
enum { BIG_WORDS = 72, EXACT_DIGITS = 800 };

struct big {
    size_t n;
    uint64_t words[BIG_WORDS];
};

static void big_multiply_add(struct big *big, uint64_t factor, uint64_t carry)
{
    for (size_t i = 0; i < big->n; i++) {
        uint128_t product = (uint128_t)big->words[i] * factor + carry;
        big->words[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    if (carry > 0 && big->n < BIG_WORDS)
        big->words[big->n++] = carry;
}

static void big_multiply_pow5(struct big *big, uint64_t n)
{
    for (; n >= 27; n -= 27)
        big_multiply_add(big, UINT64_C(7450580596923828125), 0);
    for (; n > 0; n--)
        big_multiply_add(big, 5, 0);
}

static void big_shift_left(struct big *big, uint64_t n)
{
    size_t whole = (size_t)(n / 64);
    assert(big->n + whole < BIG_WORDS);
    memmove(big->words + whole, big->words, big->n * sizeof(uint64_t));
    memset(big->words, 0, whole * sizeof(uint64_t));
    big->n += whole;
    if (n % 64)
        big_multiply_add(big, UINT64_C(1) << n % 64, 0);
}

static int big_compare(const struct big *a, const struct big *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (size_t i = a->n; i > 0; i--)
        if (a->words[i - 1] != b->words[i - 1])
            return a->words[i - 1] < b->words[i - 1] ? -1 : 1;
    return 0;
}

/* `bits` is the double below the number, whose significant digits begin at digit `first`: which of it and the
 * next one is nearer is told by comparing digits * 10^q with the middle, (2m + 1) * 2^(e - 1), in integers. */
static uint64_t round_exactly(const struct number_text *text, size_t first, uint64_t bits)
{
    size_t n_all = text->n_digits + text->n_fraction;
    int64_t q = text->exponent - (int64_t)text->n_fraction;
    struct big number = {0}, middle = {0};
    size_t last = MIN(n_all, first + EXACT_DIGITS);
    for (size_t i = first; i < last; i++)
        big_multiply_add(&number, 10, digit_at(text, i));
    bool has_more = false;
    for (size_t i = last; i < n_all && !has_more; i++)
        has_more = digit_at(text, i) != 0;
    q += (int64_t)(n_all - last);

    uint64_t exponent = bits >> SIGNIFICAND_BITS;
    uint64_t significand = bits & ((UINT64_C(1) << SIGNIFICAND_BITS) - 1);
    if (exponent > 0)
        significand |= UINT64_C(1) << SIGNIFICAND_BITS;
    int64_t e = (int64_t)MAX(exponent, UINT64_C(1)) - EXPONENT_BIAS - SIGNIFICAND_BITS - 1;
    big_multiply_add(&middle, 1, 2 * significand + 1);
    big_multiply_pow5(q >= 0 ? &number : &middle, (uint64_t)(q >= 0 ? q : -q));
    int64_t shift = q - e; /* number * 2^q against middle * 2^e */
    big_shift_left(shift >= 0 ? &number : &middle, (uint64_t)(shift >= 0 ? shift : -shift));
    int order = big_compare(&number, &middle);
    if (order == 0)
        order = has_more ? 1 : bits & 1 ? 1 : -1;
    return order > 0 ? bits + 1 : bits;
}

static uint64_t round_number(const struct number_text *text)
{
    enum { WORD_DIGITS = 19 };
    size_t n_all = text->n_digits + text->n_fraction, first = 0;
    while (first < n_all && digit_at(text, first) == 0)
        first++;
    uint64_t w = 0;
    size_t last = MIN(n_all, first + WORD_DIGITS);
    for (size_t i = first; i < last; i++)
        w = w * 10 + digit_at(text, i);
    if (w == 0)
        return 0;
    int64_t q = text->exponent - (int64_t)text->n_fraction + (int64_t)(n_all - last);
    uint64_t bits = round_decimal(w, q);
    if (last == n_all || bits == round_decimal(w + 1, q))
        return bits;
    return round_exactly(text, first, bits);
}

/* Digits and powers that doubles hold exactly: one correctly rounded operation is all (Clinger). */
static bool round_exact_operands(const struct number_text *text, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t q = text->exponent - (int64_t)text->n_fraction;
    if (text->n_digits + text->n_fraction > 19 || q < -22 || q > 22)
        return false;
    uint64_t w = 0;
    read_digits(text->digits, text->n_digits, &w);
    read_digits(text->fraction, text->n_fraction, &w);
    if (w > UINT64_C(1) << 53)
        return false;
    *out = q < 0 ? (double)w / powers[-q] : (double)w * powers[q];
    return true;
}

bool text_parse_double(const char *s, size_t n, double *out)
{
    struct number_text text;
    if (!scan_number(s, n, &text)) {
        size_t sign = n > 0 && (s[0] == '-' || s[0] == '+');
        uint64_t infinite = (uint64_t)EXPONENT_INFINITE << SIGNIFICAND_BITS;
        if (is_word(s + sign, n - sign, "nan"))
            *out = double_of_bits(infinite | UINT64_C(1) << (SIGNIFICAND_BITS - 1));
        else if (is_word(s + sign, n - sign, "inf") || is_word(s + sign, n - sign, "infinity"))
            *out = double_of_bits(infinite | (uint64_t)text.is_negative << 63);
        else
            return false;
        return true;
    }
    double value;
    if (!round_exact_operands(&text, &value)) {
        uint64_t bits = round_number(&text);
        if (bits >> SIGNIFICAND_BITS >= EXPONENT_INFINITE)
            return false;
        value = double_of_bits(bits);
    }
    *out = text.is_negative ? -value : value;
    return true;
}
