/* json.c - JSON kept as text: checked once when it becomes JSON, then read in place.
 *
 * Paths: 'name' is a key; '$.a.b[0]', '$."a b"', '$[#-1]' (from the end) go deeper. A key that comes twice counts the
 * first time. Reading a damaged text ends in "not there", never past its end. */
#include "exec/kernel/json_int.h"
#include "exec/kernel/loop.h"
#include "storage/text_value.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

/* ---- scanning ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void json_skip_blanks(struct json_scan *s)
{
    while (s->at < s->end && is_blank(*s->at))
        s->at++;
}

static bool skip_hex4(struct json_scan *s)
{
    for (int i = 0; i < 4; i++, s->at++) {
        if (s->at >= s->end)
            return false;
        char c = *s->at;
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
            return false;
    }
    return true;
}

/* To the next quote, backslash or control character, or the end: 16 bytes at a time. */
static const char *plain_end(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1f);
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash));
        stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
        unsigned mask = (unsigned)_mm_movemask_epi8(stop);
        if (mask)
            return p + __builtin_ctz(mask);
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
        p++;
    return p;
}

static bool skip_escape(struct json_scan *s)
{
    if (s->at >= s->end)
        return false;
    char escape = *s->at++;
    return escape == 'u' ? skip_hex4(s) : memchr("\"\\/bfnrt", escape, 8) != NULL;
}

bool json_skip_string(struct json_scan *s)
{
    if (s->at >= s->end || *s->at != '"')
        return false;
    s->at++;
    for (;;) {
        s->at = plain_end(s->at, s->end);
        if (s->at >= s->end)
            return false;
        char c = *s->at++;
        if (c == '"')
            return true;
        if (c != '\\' || !skip_escape(s))
            return false;
    }
}

static size_t skip_digits(struct json_scan *s)
{
    const char *start = s->at;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return (size_t)(s->at - start);
}

static bool skip_number(struct json_scan *s)
{
    if (s->at < s->end && *s->at == '-')
        s->at++;
    const char *start = s->at;
    size_t whole = skip_digits(s);
    if (whole == 0 || (whole > 1 && *start == '0'))
        return false;
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (skip_digits(s) == 0)
            return false;
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        return skip_digits(s) > 0;
    }
    return true;
}

static bool skip_word(struct json_scan *s, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
        return false;
    s->at += n;
    return true;
}

static bool skip_separator(struct json_scan *s, char close, bool *done)
{
    json_skip_blanks(s);
    if (s->at >= s->end)
        return false;
    char c = *s->at++;
    *done = c == close;
    return *done || c == ',';
}

bool json_enter(struct json_scan *s, char open, char close, bool *empty)
{
    json_skip_blanks(s);
    if (s->at >= s->end || *s->at != open)
        return false;
    s->at++;
    json_skip_blanks(s);
    *empty = s->at < s->end && *s->at == close;
    if (*empty)
        s->at++;
    return true;
}

bool json_next_key(struct json_scan *s, struct str *key)
{
    json_skip_blanks(s);
    const char *start = s->at;
    if (!json_skip_string(s))
        return false;
    *key = (struct str){start + 1, (size_t)(s->at - start) - 2};
    json_skip_blanks(s);
    if (s->at >= s->end || *s->at != ':')
        return false;
    s->at++;
    return true;
}

bool json_next(struct json_scan *s, char close, bool *done)
{
    return skip_separator(s, close, done);
}

static bool skip_container(struct json_scan *s, bool object)
{
    char close = object ? '}' : ']';
    bool done;
    struct str key;
    if (s->depth >= JSON_DEPTH_MAX || !json_enter(s, object ? '{' : '[', close, &done))
        return false;
    s->depth++;
    while (!done)
        if ((object && !json_next_key(s, &key)) || !json_skip_value(s) ||
            !skip_separator(s, close, &done))
            return false;
    s->depth--;
    return true;
}

bool json_skip_value(struct json_scan *s)
{
    json_skip_blanks(s);
    if (s->at >= s->end)
        return false;
    switch (*s->at) {
    case '{':
        return skip_container(s, true);
    case '[':
        return skip_container(s, false);
    case '"':
        return json_skip_string(s);
    case 't':
        return skip_word(s, "true");
    case 'f':
        return skip_word(s, "false");
    case 'n':
        return skip_word(s, "null");
    default:
        return skip_number(s);
    }
}

bool json_is_valid(struct str text)
{
    struct json_scan s = json_scan_of(text);
    if (!json_skip_value(&s))
        return false;
    json_skip_blanks(&s);
    return s.at == s.end;
}

bool json_take_value(struct json_scan *s, struct str *out)
{
    json_skip_blanks(s);
    const char *start = s->at;
    if (!json_skip_value(s))
        return false;
    *out = (struct str){start, (size_t)(s->at - start)};
    return true;
}

/* ---- strings ---- */

static uint32_t hex4(const char *p)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return v;
}

static enum status append_escape(const char *p, const char *end, size_t *taken, struct bytes *out,
                                 struct error *error)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char utf8[4];
    *taken = 2;
    if (*p != 'u') {
        const char *found = memchr(from, *p, 8);
        return bytes_append(out, found ? &to[found - from] : p, 1, error);
    }
    uint32_t code = hex4(p + 1);
    *taken = 6;
    if (code >= 0xd800 && code < 0xdc00 && end - p >= 11 && p[5] == '\\' && p[6] == 'u') {
        uint32_t low = hex4(p + 7);
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            *taken = 12;
        }
    }
    return bytes_append(out, utf8, utf8_encode(code, utf8), error);
}

/* The inside of a valid string, without its escapes. */
enum status json_append_unescaped(struct str inside, struct bytes *out, struct error *error)
{
    const char *p = inside.data, *end = p + inside.length;
    while (p < end) {
        const char *stop = memchr(p, '\\', (size_t)(end - p));
        size_t n = (size_t)((stop ? stop : end) - p), taken;
        TRY(bytes_append(out, p, n, error));
        p += n;
        if (!stop)
            break;
        TRY(append_escape(p + 1, end, &taken, out, error));
        p += taken;
    }
    return STATUS_OK;
}

enum status json_append_quoted(struct str s, struct bytes *out, struct error *error)
{
    TRY(bytes_append(out, "\"", 1, error));
    for (size_t i = 0, start = 0; i <= s.length; i++) {
        unsigned char c = i < s.length ? (unsigned char)s.data[i] : 0;
        if (i < s.length && c >= 0x20 && c != '"' && c != '\\')
            continue;
        TRY(bytes_append(out, s.data + start, i - start, error));
        start = i + 1;
        if (i == s.length)
            break;
        char escape[6] = {'\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15]};
        static const char codes[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
        const char *found = c ? memchr(codes, c, 7) : NULL;
        if (found)
            escape[1] = letters[found - codes];
        TRY(bytes_append(out, escape, found ? 2 : 6, error));
    }
    return bytes_append(out, "\"", 1, error);
}

enum status json_append_plain(struct str json, struct bytes *out, struct error *error)
{
    while (json.length && is_blank(*json.data))
        json.data++, json.length--;
    while (json.length && is_blank(json.data[json.length - 1]))
        json.length--;
    if (json.length >= 2 && *json.data == '"')
        return json_append_unescaped((struct str){json.data + 1, json.length - 2}, out, error);
    return bytes_append(out, json.data, json.length, error);
}

/* ---- values to JSON ---- */

static bool is_finite_number(const struct column *column, size_t row)
{
    size_t at = column_index(column, row);
    double v = column->type.id == TYPE_REAL ? (double)((const float *)column->data)[at]
                                            : ((const double *)column->data)[at];
    return v - v == 0;
}

enum status json_append_value(const struct column *column, size_t row, const struct time_zone *zone,
                              struct bytes *out, struct error *error)
{
    struct type type = column->type;
    if (type.id == TYPE_VARCHAR)
        return json_append_quoted(column_str(column, row), out, error);
    if (type.id == TYPE_BLOB)
        return error_set(error, STATUS_TYPE, "a BLOB is no JSON value");
    if ((type.id == TYPE_DOUBLE || type.id == TYPE_REAL) && !is_finite_number(column, row))
        return bytes_append(out, "null", 4, error);
    bool plain = type_is_number(type) || type.id == TYPE_BOOLEAN || type.id == TYPE_JSON;
    if (!plain)
        TRY(bytes_append(out, "\"", 1, error));
    TRY(cast_append_text(column, row, zone, out, error));
    return plain ? STATUS_OK : bytes_append(out, "\"", 1, error);
}

static enum status append_nullable(const struct kernel_call *call, uint32_t arg, size_t row,
                                   struct text_out *out, struct error *error)
{
    const struct column *c = call->args[arg];
    if (c->type.id == TYPE_NULL || column_is_null(c, row))
        return text_out_add(out, "null", 4, error);
    return json_append_value(c, row, call->zone, &out->bytes, error);
}

static enum status row_quote(struct kernel_call *call, struct text_out *out, size_t row,
                             struct error *error)
{
    return append_nullable(call, 0, row, out, error);
}

enum status json_quote(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_quote, error);
}

static enum status row_array(struct kernel_call *call, struct text_out *out, size_t row,
                             struct error *error)
{
    TRY(text_out_add(out, "[", 1, error));
    for (uint32_t arg = 0; arg < call->n_args; arg++) {
        if (arg)
            TRY(text_out_add(out, ",", 1, error));
        TRY(append_nullable(call, arg, row, out, error));
    }
    return text_out_add(out, "]", 1, error);
}

enum status json_array(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_array, error);
}

static enum status row_object(struct kernel_call *call, struct text_out *out, size_t row,
                              struct error *error)
{
    TRY(text_out_add(out, "{", 1, error));
    for (uint32_t arg = 0; arg < call->n_args; arg += 2) {
        if (call->args[arg]->type.id != TYPE_VARCHAR || column_is_null(call->args[arg], row))
            return error_set(error, STATUS_VALUE, "a key of json_object is a text");
        if (arg)
            TRY(text_out_add(out, ",", 1, error));
        TRY(json_append_quoted(kernel_str(call, arg, row), &out->bytes, error));
        TRY(text_out_add(out, ":", 1, error));
        TRY(append_nullable(call, arg + 1, row, out, error));
    }
    return text_out_add(out, "}", 1, error);
}

enum status json_object(struct kernel_call *call, struct error *error)
{
    if (call->n_args % 2)
        return error_set(error, STATUS_VALUE, "json_object takes keys and values in turn: %u given",
                         call->n_args);
    return text_rows(call, row_object, error);
}

/* ---- whole values ---- */

enum status json_valid(struct kernel_call *call, struct error *error)
{
    (void)error;
    uint8_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++)
        out[i] = kernel_row_valid(call, i) && json_is_valid(kernel_str(call, 0, i));
    return STATUS_OK;
}

static enum status row_minify(struct kernel_call *call, struct text_out *out, size_t row,
                              struct error *error)
{
    struct str s = kernel_str(call, 0, row);
    struct json_scan scan = json_scan_of(s);
    while (scan.at < scan.end) {
        const char *start = scan.at;
        if (*scan.at == '"') {
            if (!json_skip_string(&scan))
                scan.at = scan.end;
        } else if (is_blank(*scan.at)) {
            json_skip_blanks(&scan);
            continue;
        } else {
            scan.at++;
        }
        TRY(text_out_add(out, start, (size_t)(scan.at - start), error));
    }
    return STATUS_OK;
}

enum status json_minify(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_minify, error);
}
