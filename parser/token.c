#include "parser/token.h"

#include "parser/keyword.h"
#include "parser/sql.h"

enum character {
    C_OTHER,
    C_BLANK,
    C_WORD, /* letters, _ and every byte of a character beyond ASCII */
    C_DIGIT,
    C_QUOTE, /* ' " ` */
    C_MARK
};

/* clang-format off */
static const uint8_t CHARACTERS[256] = {
    ['\t'] = C_BLANK, ['\n'] = C_BLANK, ['\v'] = C_BLANK, ['\f'] = C_BLANK, ['\r'] = C_BLANK, [' '] = C_BLANK,
    ['A'] = C_WORD, ['B'] = C_WORD, ['C'] = C_WORD, ['D'] = C_WORD, ['E'] = C_WORD, ['F'] = C_WORD, ['G'] = C_WORD,
    ['H'] = C_WORD, ['I'] = C_WORD, ['J'] = C_WORD, ['K'] = C_WORD, ['L'] = C_WORD, ['M'] = C_WORD, ['N'] = C_WORD,
    ['O'] = C_WORD, ['P'] = C_WORD, ['Q'] = C_WORD, ['R'] = C_WORD, ['S'] = C_WORD, ['T'] = C_WORD, ['U'] = C_WORD,
    ['V'] = C_WORD, ['W'] = C_WORD, ['X'] = C_WORD, ['Y'] = C_WORD, ['Z'] = C_WORD,
    ['a'] = C_WORD, ['b'] = C_WORD, ['c'] = C_WORD, ['d'] = C_WORD, ['e'] = C_WORD, ['f'] = C_WORD, ['g'] = C_WORD,
    ['h'] = C_WORD, ['i'] = C_WORD, ['j'] = C_WORD, ['k'] = C_WORD, ['l'] = C_WORD, ['m'] = C_WORD, ['n'] = C_WORD,
    ['o'] = C_WORD, ['p'] = C_WORD, ['q'] = C_WORD, ['r'] = C_WORD, ['s'] = C_WORD, ['t'] = C_WORD, ['u'] = C_WORD,
    ['v'] = C_WORD, ['w'] = C_WORD, ['x'] = C_WORD, ['y'] = C_WORD, ['z'] = C_WORD, ['_'] = C_WORD,
    ['0'] = C_DIGIT, ['1'] = C_DIGIT, ['2'] = C_DIGIT, ['3'] = C_DIGIT, ['4'] = C_DIGIT,
    ['5'] = C_DIGIT, ['6'] = C_DIGIT, ['7'] = C_DIGIT, ['8'] = C_DIGIT, ['9'] = C_DIGIT,
    ['\''] = C_QUOTE, ['"'] = C_QUOTE, ['`'] = C_QUOTE,
    ['!'] = C_MARK, ['#'] = C_MARK, ['%'] = C_MARK, ['&'] = C_MARK, ['('] = C_MARK, [')'] = C_MARK, ['*'] = C_MARK,
    ['+'] = C_MARK, [','] = C_MARK, ['-'] = C_MARK, ['.'] = C_MARK, ['/'] = C_MARK, [':'] = C_MARK, [';'] = C_MARK,
    ['<'] = C_MARK, ['='] = C_MARK, ['>'] = C_MARK, ['?'] = C_MARK, ['@'] = C_MARK, ['['] = C_MARK, [']'] = C_MARK,
    ['{'] = C_MARK, ['}'] = C_MARK, ['|'] = C_MARK, ['~'] = C_MARK, ['$'] = C_MARK,
};

struct mark {
    char text[4];
    uint8_t length;
    uint16_t code;
};
/* Longer ones before their beginnings. */
static const struct mark MARKS[] = {
    {"->>", 3, TK_ARROW}, {"->", 2, TK_ARROW}, {"||", 2, TK_CONCAT}, {"<<", 2, TK_SHIFT}, {">>", 2, TK_SHIFT},
    {"<=", 2, TK_LE}, {">=", 2, TK_GE}, {"<>", 2, TK_NE}, {"!=", 2, TK_NE}, {"==", 2, TK_EQ}, {"=>", 2, TK_NAMED},
    {":=", 2, TK_NAMED}, {"::", 2, TK_AS_TYPE}, {"<", 1, TK_LT}, {">", 1, TK_GT}, {"=", 1, TK_EQ}, {"+", 1, TK_PLUS},
    {"-", 1, TK_MINUS}, {"*", 1, TK_STAR}, {"/", 1, TK_SLASH}, {"%", 1, TK_PERCENT}, {"&", 1, TK_BIT_AND},
    {"|", 1, TK_BIT_OR}, {"~", 1, TK_BIT_NOT}, {"(", 1, TK_LP}, {")", 1, TK_RP}, {"[", 1, TK_LB}, {"]", 1, TK_RB},
    {"{", 1, TK_LC}, {"}", 1, TK_RC}, {",", 1, TK_COMMA}, {".", 1, TK_DOT}, {";", 1, TK_SEMICOLON}, {":", 1, TK_COLON},
};
/* clang-format on */

static enum character character_of(struct str sql, size_t at)
{
    if (at >= sql.length)
        return C_OTHER;
    unsigned char c = (unsigned char)sql.data[at];
    return c >= 0x80 ? C_WORD : (enum character)CHARACTERS[c];
}

static bool character_is(struct str sql, size_t at, char c)
{
    return at < sql.length && sql.data[at] == c;
}

static bool continues_word(struct str sql, size_t at)
{
    enum character c = character_of(sql, at);
    return c == C_WORD || c == C_DIGIT || character_is(sql, at, '$');
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static struct token token_make(size_t start, size_t end, unsigned code, enum token_fault fault)
{
    return (struct token){(uint32_t)start, (uint32_t)end, (uint16_t)code, (uint16_t)fault};
}

/* The place after blanks and comments; SIZE_MAX for a comment without an end, whose start goes to *open. */
static size_t skip_blanks(struct str sql, size_t at, size_t *open)
{
    while (at < sql.length) {
        if (CHARACTERS[(unsigned char)sql.data[at]] == C_BLANK) {
            at++;
        } else if (character_is(sql, at, '-') && character_is(sql, at + 1, '-')) {
            const char *end = memchr(sql.data + at, '\n', sql.length - at);
            at = end ? (size_t)(end - sql.data) + 1 : sql.length;
        } else if (character_is(sql, at, '/') && character_is(sql, at + 1, '*')) {
            size_t from = at;
            for (at += 2; at < sql.length; at++)
                if (sql.data[at] == '*' && character_is(sql, at + 1, '/'))
                    break;
            if (at >= sql.length) {
                *open = from;
                return SIZE_MAX;
            }
            at += 2;
        } else if (at == 0 && sql.length >= 3 && memcmp(sql.data, "\xEF\xBB\xBF", 3) == 0) {
            at = 3;
        } else {
            break;
        }
    }
    return at;
}

/* The place after the closing quote, doubled ones passed over; SIZE_MAX: none. */
static size_t skip_quoted(struct str sql, size_t at)
{
    char quote = sql.data[at];
    for (at++; at < sql.length; at += 2) {
        const char *end = memchr(sql.data + at, quote, sql.length - at);
        if (!end)
            return SIZE_MAX;
        at = (size_t)(end - sql.data);
        if (!character_is(sql, at + 1, quote))
            return at + 1;
    }
    return SIZE_MAX;
}

static struct token scan_quoted(struct str sql, size_t at)
{
    bool is_text = sql.data[at] == '\'';
    size_t end = skip_quoted(sql, at);
    if (end == SIZE_MAX)
        return token_make(at, sql.length, TK_ILLEGAL,
                          is_text ? TOKEN_STRING_OPEN : TOKEN_NAME_OPEN);
    if (!is_text && end == at + 2)
        return token_make(at, end, TK_ILLEGAL, TOKEN_NAME_EMPTY);
    return token_make(at, end, is_text ? TK_STRING : TK_ID, TOKEN_FINE);
}

/* Digits with single underscores between them; the place after. */
static size_t skip_digits(struct str sql, size_t at, bool hex)
{
    size_t start = at;
    while (at < sql.length) {
        char c = sql.data[at];
        bool digit = hex ? hex_digit(c) >= 0 : c >= '0' && c <= '9';
        bool separator =
            c == '_' && at > start && sql.data[at - 1] != '_' && at + 1 < sql.length &&
            (hex ? hex_digit(sql.data[at + 1]) >= 0 : character_of(sql, at + 1) == C_DIGIT);
        if (!digit && !separator)
            break;
        at++;
    }
    return at;
}

static struct token scan_number(struct str sql, size_t start)
{
    size_t at = start;
    unsigned code = TK_INTEGER;
    bool bad = false;
    if (character_is(sql, at, '0') && at + 1 < sql.length && (sql.data[at + 1] | 0x20) == 'x') {
        size_t digits = at + 2;
        at = skip_digits(sql, digits, true);
        bad = at == digits;
    } else {
        at = skip_digits(sql, at, false);
        if (character_is(sql, at, '.')) {
            code = TK_DECIMAL;
            at = skip_digits(sql, at + 1, false);
        }
        if (at < sql.length && (sql.data[at] | 0x20) == 'e') {
            size_t sign = at + 1;
            if (character_is(sql, sign, '+') || character_is(sql, sign, '-'))
                sign++;
            if (character_of(sql, sign) == C_DIGIT) {
                code = TK_FLOAT;
                at = skip_digits(sql, sign, false);
            }
        }
    }
    bad = bad || continues_word(sql, at);
    while (continues_word(sql, at))
        at++;
    return token_make(start, at, bad ? TK_ILLEGAL : code, bad ? TOKEN_NUMBER_BAD : TOKEN_FINE);
}

static struct token scan_blob(struct str sql, size_t start)
{
    size_t end = skip_quoted(sql, start + 1);
    if (end == SIZE_MAX)
        return token_make(start, sql.length, TK_ILLEGAL, TOKEN_STRING_OPEN);
    bool bad = (end - start) % 2 == 0; /* x and two quotes around an even number of digits */
    for (size_t i = start + 2; i + 1 < end; i++)
        bad = bad || hex_digit(sql.data[i]) < 0;
    return token_make(start, end, bad ? TK_ILLEGAL : TK_BLOB, bad ? TOKEN_BLOB_BAD : TOKEN_FINE);
}

/* Quotation marks and blanks that word processors put into SQL: the bytes of one, or 0. */
static size_t curled_quote(struct str sql, size_t at)
{
    if (sql.length - at < 3 || memcmp(sql.data + at, "\xE2\x80", 2) != 0)
        return 0;
    unsigned char last = (unsigned char)sql.data[at + 2];
    return last == 0x98 || last == 0x99 || last == 0x9C || last == 0x9D ? 3 : 0;
}

static struct token scan_word(struct str sql, size_t start)
{
    unsigned char first = (unsigned char)sql.data[start];
    bool before_text = character_is(sql, start + 1, '\'');
    if (before_text && (first == 'x' || first == 'X'))
        return scan_blob(sql, start);
    if (before_text && (first == 'e' || first == 'E'))
        return token_make(start, start + 2, TK_ILLEGAL, TOKEN_ESCAPE_STRING);
    if (first == 0xC2 && character_is(sql, start + 1, '\xA0'))
        return token_make(start, start + 2, TK_ILLEGAL, TOKEN_CHARACTER_BAD);
    size_t at = start;
    while (continues_word(sql, at)) {
        size_t quote = (unsigned char)sql.data[at] == 0xE2 ? curled_quote(sql, at) : 0;
        if (quote > 0 && at == start)
            return token_make(start, start + quote, TK_ILLEGAL, TOKEN_QUOTE_CURLED);
        if (quote > 0)
            break;
        at++;
    }
    uint16_t code = keyword_code((struct str){sql.data + start, at - start});
    return token_make(start, at, code != 0 ? code : TK_ID, TOKEN_FINE);
}

static struct token scan_parameter(struct str sql, size_t start)
{
    size_t at = start + 1;
    while (continues_word(sql, at))
        at++;
    if (at == start + 1 && sql.data[start] != '?')
        return token_make(start, at, TK_ILLEGAL, TOKEN_PARAMETER_BAD);
    return token_make(start, at, TK_PARAMETER, TOKEN_FINE);
}

static struct token scan_mark(struct str sql, size_t at, enum token_before before)
{
    char c = sql.data[at];
    if (c == '?' || c == '$' || c == '@')
        return scan_parameter(sql, at);
    if (c == ':' && before != TOKEN_AFTER_OPERAND && character_of(sql, at + 1) == C_WORD)
        return scan_parameter(sql, at);
    if (c == '.' && character_of(sql, at + 1) == C_DIGIT && before != TOKEN_AFTER_OPERAND)
        return scan_number(sql, at);
    for (size_t i = 0; i < ARRAY_LENGTH(MARKS); i++) {
        const struct mark *mark = &MARKS[i];
        if (mark->text[0] == c && sql.length - at >= mark->length &&
            memcmp(sql.data + at, mark->text, mark->length) == 0)
            return token_make(at, at + mark->length, mark->code, TOKEN_FINE);
    }
    return token_make(at, at + 1, TK_ILLEGAL, TOKEN_CHARACTER_BAD);
}

struct token token_scan(struct str sql, size_t at, enum token_before before)
{
    size_t open = 0;
    at = skip_blanks(sql, at, &open);
    if (at == SIZE_MAX)
        return token_make(open, sql.length, TK_ILLEGAL, TOKEN_COMMENT_OPEN);
    if (at >= sql.length)
        return token_make(sql.length, sql.length, 0, TOKEN_FINE);
    switch (character_of(sql, at)) {
    case C_WORD:
        return scan_word(sql, at);
    case C_DIGIT:
        return scan_number(sql, at);
    case C_QUOTE:
        return scan_quoted(sql, at);
    case C_MARK:
        return scan_mark(sql, at, before);
    case C_BLANK:
    case C_OTHER:
        break;
    }
    return token_make(at, at + 1, TK_ILLEGAL, TOKEN_CHARACTER_BAD);
}

/* A character that is nothing in SQL, with what is written instead. */
static enum status refuse_character(struct str sql, struct token token, struct error *error)
{
    unsigned char c = (unsigned char)sql.data[token.start];
    struct span span = token_span(token);
    if (c == 0xC2)
        error_set_at(error, STATUS_SYNTAX, span, "a no-break space stands in the statement");
    else if (c < 0x20 || c == 0x7F)
        error_set_at(error, STATUS_SYNTAX, span, "a control character in the statement: 0x%02x", c);
    else
        error_set_at(error, STATUS_SYNTAX, span, "a character without meaning here: %c", c);
    if (c == 0xC2)
        error_hint(error, "write a plain space");
    else if (c == '!')
        error_hint(error, "negation is NOT, inequality is <>");
    else if (c == '^')
        error_hint(error, "powers are pow(x, y)");
    else if (c == '\\')
        error_hint(error, "dot commands and backslashes belong to the prompt, not into SQL");
    else if (c == '#')
        error_hint(error, "comments are -- to the end of the line, or /* */");
    return STATUS_SYNTAX;
}

enum status token_refuse(struct str sql, struct token token, struct error *error)
{
    struct span span = token_span(token);
    struct str text = token_text(sql, token);
    switch ((enum token_fault)token.fault) {
    case TOKEN_STRING_OPEN:
        span.end = span.start + 1;
        error_set_at(error, STATUS_SYNTAX, span, "a text is not closed");
        error_hint(error, "it needs a ' at its end; a quote inside a text is written twice: ''");
        break;
    case TOKEN_NAME_OPEN:
        span.end = span.start + 1;
        error_set_at(error, STATUS_SYNTAX, span, "a quoted name is not closed");
        error_hint(error, "it needs a %c at its end", sql.data[token.start]);
        break;
    case TOKEN_COMMENT_OPEN:
        span.end = span.start + 2;
        error_set_at(error, STATUS_SYNTAX, span, "a comment is not closed");
        error_hint(error, "it needs a */ at its end");
        break;
    case TOKEN_NAME_EMPTY:
        error_set_at(error, STATUS_SYNTAX, span, "an empty name: " STR_FMT, STR_ARG(text));
        error_hint(error, "an empty text is ''");
        break;
    case TOKEN_NUMBER_BAD:
        error_set_at(error, STATUS_SYNTAX, span, "not a number: " STR_FMT, STR_ARG(text));
        error_hint(error, "a name that begins with a digit is put in double quotes");
        break;
    case TOKEN_BLOB_BAD:
        error_set_at(error, STATUS_SYNTAX, span, "not a blob: " STR_FMT, STR_ARG(text));
        error_hint(error, "x'..' holds two hexadecimal digits a byte");
        break;
    case TOKEN_ESCAPE_STRING:
        error_set_at(error, STATUS_SYNTAX, span,
                     "not supported: texts with backslash escapes, E'..'");
        error_hint(error, "use '..' and chr(10) for a line end");
        break;
    case TOKEN_PARAMETER_BAD:
        error_set_at(error, STATUS_SYNTAX, span, "a parameter without a name: " STR_FMT,
                     STR_ARG(text));
        break;
    case TOKEN_QUOTE_CURLED:
        error_set_at(error, STATUS_SYNTAX, span, "a typographic quotation mark: " STR_FMT,
                     STR_ARG(text));
        error_hint(error, "texts are in plain '..', names in plain \"..\"");
        break;
    case TOKEN_FINE:
    case TOKEN_CHARACTER_BAD:
        return refuse_character(sql, token, error);
    }
    return STATUS_SYNTAX;
}

bool token_is_quoted(struct str sql, struct token token)
{
    return token.end > token.start &&
           (sql.data[token.start] == '"' || sql.data[token.start] == '`');
}

bool token_is_word(struct str sql, struct token token)
{
    return token.end > token.start && token.code != TK_ILLEGAL && token.code != TK_BLOB &&
           character_of(sql, token.start) == C_WORD;
}

bool token_word_is(struct str sql, struct token token, const char *word)
{
    return str_is(token_text(sql, token), word);
}

struct str token_unquote(struct str sql, struct token token, struct arena *arena)
{
    struct str text = token_text(sql, token);
    if (text.length < 2 || character_of(text, 0) != C_QUOTE)
        return text;
    char quote = text.data[0];
    text = (struct str){text.data + 1, text.length - 2};
    if (!memchr(text.data, quote, text.length))
        return text;
    char *out = arena_strndup(arena, text.data, text.length);
    if (arena->failed)
        return (struct str){"", 0};
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        out[length++] = text.data[i];
        if (text.data[i] == quote)
            i++;
    }
    return (struct str){out, length};
}

struct str token_digits(struct str sql, struct token token, struct arena *arena)
{
    struct str text = token_text(sql, token);
    if (!memchr(text.data, '_', text.length))
        return text;
    char *out = arena_strndup(arena, text.data, text.length);
    if (arena->failed)
        return (struct str){"0", 1};
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] != '_')
            out[length++] = text.data[i];
    return (struct str){out, length};
}

struct str token_blob(struct str sql, struct token token, struct arena *arena)
{
    struct str text = token_text(sql, token);
    size_t length = (text.length - 3) / 2;
    char *out = arena_alloc(arena, length + 1);
    if (!out || arena->failed)
        return (struct str){"", 0};
    for (size_t i = 0; i < length; i++)
        out[i] = (char)((unsigned)hex_digit(text.data[2 + 2 * i]) << 4 |
                        (unsigned)hex_digit(text.data[3 + 2 * i]));
    return (struct str){out, length};
}
