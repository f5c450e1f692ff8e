/* json_text.c - a JSON scanner that checks and skips. Nesting is walked without recursion, up to TEXT_DEPTH_MAX. */
#include "storage/json_text.h"

#include "storage/text_scan.h"

static bool json_fail(struct json_cursor *cursor, const char *at, const char *reason)
{
    cursor->at = at;
    cursor->reason = reason;
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_hex4(const char *p)
{
    return hex_digit(p[0]) >= 0 && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0 &&
           hex_digit(p[3]) >= 0;
}

static bool is_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return true;
    default:
        return false;
    }
}

bool json_read_string(struct json_cursor *cursor, struct text_span *out)
{
    const char *start = cursor->at + 1, *p = start;
    bool not_ascii = false;
    uint8_t flags = 0;
    for (;;) {
        p = text_scan_string(p, &not_ascii);
        if (LIKELY(*p == '"'))
            break;
        if (*p == '\n')
            return json_fail(cursor, p, "text without its closing quote");
        if (*p != '\\')
            return json_fail(cursor, p, "a control character in text");
        flags = SPAN_ESCAPED;
        if (p[1] == 'u') {
            if (!is_hex4(p + 2))
                return json_fail(cursor, p, "\\u without four hexadecimal digits");
            p += 6;
        } else if (is_escape(p[1])) {
            p += 2;
        } else {
            return json_fail(cursor, p, "an unknown escape");
        }
    }
    *out = (struct text_span){start, (uint32_t)(p - start), SPAN_STRING,
                              (uint8_t)(flags | (not_ascii ? SPAN_NOT_ASCII : 0))};
    cursor->at = p + 1;
    return true;
}

static bool json_read_number(struct json_cursor *cursor, struct text_span *out)
{
    const char *start = cursor->at, *p = start;
    uint8_t kind = SPAN_INTEGER;
    p += *p == '-';
    size_t digits = text_scan_digits(p);
    if (digits == 0)
        return json_fail(cursor, p, "a number without digits");
    if (digits > 1 && *p == '0')
        return json_fail(cursor, p, "a number with a leading zero");
    p += digits;
    if (*p == '.') {
        kind = SPAN_NUMBER;
        digits = text_scan_digits(++p);
        if (digits == 0)
            return json_fail(cursor, p, "a fraction without digits");
        p += digits;
    }
    if (*p == 'e' || *p == 'E') {
        kind = SPAN_NUMBER;
        p++;
        p += *p == '+' || *p == '-';
        digits = text_scan_digits(p);
        if (digits == 0)
            return json_fail(cursor, p, "an exponent without digits");
        p += digits;
    }
    *out = (struct text_span){start, (uint32_t)(p - start), kind, 0};
    cursor->at = p;
    return true;
}

static bool json_read_word(struct json_cursor *cursor, const char *word, enum span_kind kind,
                           struct text_span *out)
{
    size_t n = strlen(word);
    if (memcmp(cursor->at, word, n) != 0)
        return json_fail(cursor, cursor->at, "a word that is not true, false or null");
    *out = (struct text_span){cursor->at, (uint32_t)n, (uint8_t)kind, 0};
    cursor->at += n;
    return true;
}

static bool json_read_scalar(struct json_cursor *cursor, struct text_span *out)
{
    switch (*cursor->at) {
    case '"':
        return json_read_string(cursor, out);
    case 't':
        return json_read_word(cursor, "true", SPAN_TRUE, out);
    case 'f':
        return json_read_word(cursor, "false", SPAN_FALSE, out);
    case 'n':
        return json_read_word(cursor, "null", SPAN_NULL, out);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return json_read_number(cursor, out);
    case '\n':
        return json_fail(cursor, cursor->at, "the line ends too early");
    default:
        return json_fail(cursor, cursor->at, "a value is missing");
    }
}

/* ,"key": or "key": up to the value's first byte. */
static bool json_read_key(struct json_cursor *cursor, struct text_span *key)
{
    cursor->at = json_skip_blanks(cursor->at);
    if (*cursor->at != '"')
        return json_fail(cursor, cursor->at,
                         *cursor->at == '\n' ? "the line ends too early" : "a key is missing");
    if (!json_read_string(cursor, key))
        return false;
    cursor->at = json_skip_blanks(cursor->at);
    if (*cursor->at != ':')
        return json_fail(cursor, cursor->at, "a colon is missing");
    cursor->at = json_skip_blanks(cursor->at + 1);
    return true;
}

/* Behind a bracket or value: finds whether another value follows; true in *more with the cursor behind the comma. */
static bool json_separator(struct json_cursor *cursor, bool first, char closing, bool *more)
{
    const char *p = json_skip_blanks(cursor->at);
    *more = false;
    if (*p == closing) {
        cursor->at = p + 1;
        return true;
    }
    if (!first) {
        if (*p == '\n')
            return json_fail(cursor, p, "the line ends too early");
        if (*p != ',')
            return json_fail(cursor, p, "a comma or closing bracket is missing");
        p++;
    }
    cursor->at = json_skip_blanks(p);
    *more = true;
    return true;
}

bool json_next_member(struct json_cursor *cursor, struct json_steps *steps, struct text_span *key,
                      bool *more)
{
    if (!json_separator(cursor, steps->first, '}', more))
        return false;
    steps->first = false;
    return !*more || json_read_key(cursor, key);
}

bool json_next_element(struct json_cursor *cursor, struct json_steps *steps, bool *more)
{
    if (!json_separator(cursor, steps->first, ']', more))
        return false;
    steps->first = false;
    return true;
}

/* An object or array, checked whole. Bit `depth` of `objects` says which kind each open bracket is. */
static bool json_skip_nested(struct json_cursor *cursor, struct text_span *out)
{
    uint64_t objects[TEXT_DEPTH_MAX / 64 + 1] = {0};
    const char *start = cursor->at;
    unsigned depth = 0;
    uint8_t flags = 0;
    bool first = true;
    struct text_span inner;
    for (;;) {
        bool opening = *cursor->at == '{' || *cursor->at == '[';
        if (opening) {
            if (++depth > TEXT_DEPTH_MAX)
                return json_fail(cursor, cursor->at, "nested too deeply");
            uint64_t bit = (uint64_t)1 << (depth & 63);
            objects[depth / 64] =
                *cursor->at == '{' ? objects[depth / 64] | bit : objects[depth / 64] & ~bit;
            cursor->at++;
            first = true;
        } else {
            if (!json_read_scalar(cursor, &inner))
                return false;
            flags |= inner.flags & SPAN_NOT_ASCII;
        }
        bool more = false;
        while (!more) {
            bool is_object = objects[depth / 64] >> (depth & 63) & 1;
            if (!json_separator(cursor, first, is_object ? '}' : ']', &more))
                return false;
            first = false;
            if (more) {
                if (is_object) {
                    if (!json_read_key(cursor, &inner))
                        return false;
                    flags |= inner.flags & SPAN_NOT_ASCII;
                }
            } else if (--depth == 0) {
                *out = (struct text_span){start, (uint32_t)(cursor->at - start),
                                          *start == '{' ? SPAN_OBJECT : SPAN_ARRAY, flags};
                return true;
            }
        }
    }
}

bool json_read_value(struct json_cursor *cursor, struct text_span *out)
{
    if (*cursor->at == '{' || *cursor->at == '[')
        return json_skip_nested(cursor, out);
    return json_read_scalar(cursor, out);
}

static uint32_t hex4(const char *p)
{
    return (uint32_t)hex_digit(p[0]) << 12 | (uint32_t)hex_digit(p[1]) << 8 |
           (uint32_t)hex_digit(p[2]) << 4 | (uint32_t)hex_digit(p[3]);
}

static size_t put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 63));
        out[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 63));
    out[2] = (char)(0x80 | (code >> 6 & 63));
    out[3] = (char)(0x80 | (code & 63));
    return 4;
}

/* \uXXXX at `*at`, perhaps a pair of surrogates; moves behind it. UINT32_MAX: half a pair. */
static uint32_t unescape_code(const char *text, size_t length, size_t *at)
{
    uint32_t code = hex4(text + *at + 2);
    *at += 6;
    if (code < 0xd800 || code > 0xdfff)
        return code;
    if (code > 0xdbff || *at + 6 > length || text[*at] != '\\' || text[*at + 1] != 'u')
        return UINT32_MAX;
    uint32_t low = hex4(text + *at + 2);
    if (low < 0xdc00 || low > 0xdfff)
        return UINT32_MAX;
    *at += 6;
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

size_t json_unescape(const char *text, size_t length, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < length;) {
        const char *slash = memchr(text + i, '\\', length - i);
        size_t plain = slash ? (size_t)(slash - (text + i)) : length - i;
        memcpy(out + n, text + i, plain);
        n += plain;
        i += plain;
        if (!slash)
            break;
        char c = text[i + 1];
        if (c == 'u') {
            uint32_t code = unescape_code(text, length, &i);
            if (code == UINT32_MAX)
                return SIZE_MAX;
            n += put_utf8(out + n, code);
            continue;
        }
        out[n++] = (char)(c == 'b'   ? '\b'
                          : c == 'f' ? '\f'
                          : c == 'n' ? '\n'
                          : c == 'r' ? '\r'
                          : c == 't' ? '\t'
                                     : c);
        i += 2;
    }
    return n;
}

bool json_key_is(const struct text_span *span, struct str key)
{
    if (LIKELY(!(span->flags & SPAN_ESCAPED)))
        return span->length == key.length && memcmp(span->start, key.data, key.length) == 0;
    char plain[1024];
    if (span->length > sizeof(plain))
        return false;
    size_t n = json_unescape(span->start, span->length, plain);
    return n == key.length && memcmp(plain, key.data, n) == 0;
}
