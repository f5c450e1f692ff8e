/* text_sniff.c - what type a column has, from the values of a sample. */
#include "storage/text_int.h"
#include "storage/text_scan.h"
#include "storage/text_value.h"

static bool is_digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return n > 0;
}

/* [-]digits[.digits][e[+-]digits], as one would write a number; no bare words such as inf. */
static bool looks_like_number(const char *s, size_t n, bool leading_zeros, bool *whole)
{
    size_t at = n > 0 && s[0] == '-', first = at;
    while (at < n && s[at] >= '0' && s[at] <= '9')
        at++;
    size_t digits = at - first;
    if (digits == 0 || (digits > 1 && s[first] == '0' && !leading_zeros))
        return false;
    *whole = at == n;
    if (at < n && s[at] == '.') {
        first = ++at;
        while (at < n && s[at] >= '0' && s[at] <= '9')
            at++;
        if (at == first)
            return false;
    }
    if (at < n && (s[at] == 'e' || s[at] == 'E')) {
        at += at + 1 < n && (s[at + 1] == '+' || s[at + 1] == '-') ? 2 : 1;
        return at < n && is_digits(s + at, n - at);
    }
    return at == n;
}

static unsigned sniff_time(const char *s, size_t n)
{
    int32_t days;
    int64_t micros;
    bool has_zone = false;
    if (n < 10 || !is_digits(s, 4) || s[4] != '-' || !is_digits(s + 5, 2) || s[7] != '-')
        return SEEN_TEXT;
    if (n == 10)
        return text_parse_date(s, n, &days) ? SEEN_DATE : SEEN_TEXT;
    if (s[10] != 'T' && s[10] != 't' && s[10] != ' ')
        return SEEN_TEXT;
    if (!text_parse_timestamp_us(s, n, false, &micros, &has_zone))
        return SEEN_TEXT;
    return SEEN_TIMESTAMP | (has_zone ? SEEN_ZONE : 0u);
}

unsigned text_sniff_text(const char *s, size_t n, bool numbers, bool leading_zeros)
{
    bool whole;
    int64_t value;
    if (!numbers)
        return sniff_time(s, n);
    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    while (n > 0 && (*s == ' ' || *s == '\t')) {
        s++;
        n--;
    }
    if (looks_like_number(s, n, leading_zeros, &whole)) {
        if (!whole)
            return SEEN_DOUBLE;
        return text_parse_int64(s, n, &value) ? SEEN_INTEGER : SEEN_TEXT;
    }
    struct str text = {s, n};
    if (str_is(text, "true") || str_is(text, "false"))
        return SEEN_BOOLEAN;
    return sniff_time(s, n);
}

struct type text_sniff_type(unsigned seen)
{
    static const struct {
        unsigned allowed;
        unsigned wanted; /* one of these must be there */
        enum type_id id;
    } RULES[] = {
        {SEEN_BOOLEAN, SEEN_BOOLEAN, TYPE_BOOLEAN},
        {SEEN_INTEGER, SEEN_INTEGER, TYPE_BIGINT},
        {SEEN_INTEGER | SEEN_DOUBLE, SEEN_DOUBLE, TYPE_DOUBLE},
        {SEEN_DATE, SEEN_DATE, TYPE_DATE},
        {SEEN_DATE | SEEN_TIMESTAMP, SEEN_TIMESTAMP, TYPE_TIMESTAMP},
        {SEEN_DATE | SEEN_TIMESTAMP | SEEN_ZONE, SEEN_ZONE, TYPE_TIMESTAMPTZ},
        {SEEN_NESTED, SEEN_NESTED, TYPE_JSON},
    };
    seen &= ~(unsigned)SEEN_NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(RULES); i++)
        if ((seen & ~RULES[i].allowed) == 0 && (seen & RULES[i].wanted))
            return type_of(RULES[i].id);
    return type_of(TYPE_VARCHAR);
}

struct sniff_column *text_sniff_column(struct sniff *sniff, const char *name, size_t length)
{
    struct str key = {name, length};
    /* Keys mostly come in the order of the line before. */
    size_t n = sniff->columns.count;
    for (size_t i = 0; i < n; i++) {
        struct sniff_column *column = &sniff->columns.items[(sniff->next + i) % n];
        if (sniff->fold_case ? str_equal_nocase(column->name, key) : str_equal(column->name, key)) {
            sniff->next = (size_t)(column - sniff->columns.items) + 1;
            return column;
        }
    }
    if (n >= TEXT_COLUMNS_MAX) {
        sniff->too_many = true;
        return NULL;
    }
    struct sniff_column *column = ARRAY_PUSH(sniff->arena, &sniff->columns);
    column->name = (struct str){arena_strndup(sniff->arena, name, length), length};
    return sniff->arena->failed ? NULL : column;
}
