/* parse_error.c - the words for a syntax error, and what was probably meant.
 *
 * A guess is tried, not believed: the tokens are changed (a word becomes the keyword it resembles, a comma goes,
 * a parenthesis comes) and parsed again, and only what gets further than the error is proposed. */
#include "parser/keyword.h"
#include "parser/parse_int.h"
#include "parser/sql.h"

#include <stdio.h>

enum { REPAIR_TOKENS_MAX = 20000 }; /* past it an error is reported without guesses */

/* ---- Trying ---- */

enum repair { REPAIR_REPLACE, REPAIR_INSERT, REPAIR_DROP };

/* A word's code before lookahead_settle looked at its company. */
static uint16_t unsettled(const struct parser *p, struct token token)
{
    if (!token_is_word(p->sql, token) || token_is_quoted(p->sql, token) || token.code == TK_OTHER)
        return token.code;
    uint16_t code = keyword_code(token_text(p->sql, token));
    return code != 0 ? code : TK_ID;
}

/* How far the statement parses when token `place` is replaced, dropped, or preceded by `code`: the token of the
 * first error counted as in `p`, or n_tokens if there is none. */
static uint32_t repair_reach(const struct parser *p, enum repair repair, uint32_t place,
                             uint16_t code)
{
    struct parser trial = {.arena = p->arena, .sql = p->sql, .other = p->other};
    trial.tokens = ARENA_ARRAY(p->arena, struct token, p->n_tokens + 1);
    if (!trial.tokens || p->arena->failed)
        return 0;
    for (uint32_t i = 0; i < p->n_tokens; i++) {
        struct token token = p->tokens[i];
        if (i == place && repair == REPAIR_DROP)
            continue;
        if (i == place && repair == REPAIR_INSERT)
            trial.tokens[trial.n_tokens++] =
                (struct token){token.start, token.start, code, TOKEN_FINE};
        if (i == place && repair == REPAIR_REPLACE)
            token.code = code;
        else if (repair == REPAIR_REPLACE)
            token.code = unsettled(p, token);
        trial.tokens[trial.n_tokens++] = token;
    }
    if (repair == REPAIR_REPLACE)
        lookahead_settle(trial.sql, trial.tokens, trial.n_tokens);
    parser_run(&trial);
    if (p->arena->failed)
        return 0;
    if (trial.status == STATUS_OK)
        return p->n_tokens;
    if (repair == REPAIR_INSERT && trial.at > place)
        return trial.at - 1;
    return repair == REPAIR_DROP && trial.at >= place ? trial.at + 1 : trial.at;
}

static bool repair_helps(const struct parser *p, enum repair repair, uint32_t place, uint16_t code)
{
    return repair_reach(p, repair, place, code) > p->at;
}

/* The keyword near to the word at `place` with which the statement parses on. */
static const char *nearest_keyword(const struct parser *p, uint32_t place)
{
    if (place >= p->n_tokens || !token_is_word(p->sql, p->tokens[place]) ||
        token_is_quoted(p->sql, p->tokens[place]))
        return NULL;
    struct str word = token_text(p->sql, p->tokens[place]);
    if (keyword_code(word) != 0)
        return NULL;
    size_t count;
    const struct keyword *keywords = keyword_list(&count);
    unsigned limit = word.length <= 3 ? 1 : word.length <= 6 ? 2 : 3;
    for (unsigned distance = 1; distance <= limit; distance++) {
        for (size_t i = 0; i < count; i++) {
            const char *text = keywords[i].text;
            if (edit_distance(word.data, word.length, text, strlen(text), limit) == distance &&
                repair_helps(p, REPAIR_REPLACE, place, keywords[i].code))
                return text;
        }
    }
    return NULL;
}

/* ---- Brackets ---- */

/* The innermost bracket that is open before token `end`, or UINT32_MAX. */
static uint32_t open_bracket(const struct parser *p, uint32_t end)
{
    uint32_t stack[PARSE_DEPTH_MAX + 1];
    uint32_t depth = 0;
    for (uint32_t i = 0; i < end; i++) {
        uint16_t code = p->tokens[i].code;
        if ((code == TK_LP || code == TK_LB || code == TK_LC || code == TK_LP_OPTIONS) &&
            depth <= PARSE_DEPTH_MAX)
            stack[depth++] = i;
        else if ((code == TK_RP || code == TK_RB || code == TK_RC) && depth > 0)
            depth--;
    }
    return depth > 0 ? stack[depth - 1] : UINT32_MAX;
}

static uint16_t closing_code(uint16_t open)
{
    return open == TK_LB ? TK_RB : open == TK_LC ? TK_RC : TK_RP;
}

static const char *closing_text(uint16_t open)
{
    return open == TK_LB ? "]" : open == TK_LC ? "}" : ")";
}

static bool starts_operand(uint16_t code)
{
    return code == TK_ID || code == TK_INTEGER || code == TK_DECIMAL || code == TK_FLOAT ||
           code == TK_STRING || code == TK_INTERVAL || code == TK_TYPE_WORD || code == TK_PARAMETER;
}

static bool is_closing(uint16_t code)
{
    return code == TK_RP || code == TK_RB || code == TK_RC;
}

/* " opened in column 8", with the line if it is another one than the error's. */
static void bracket_hint(const struct parser *p, uint32_t open, struct error *error)
{
    struct parse_place there = parse_locate(p->sql, p->tokens[open].start);
    struct parse_place here = parse_locate(p->sql, p->tokens[p->at].start);
    const char *text = closing_text(p->tokens[open].code);
    char bracket = p->sql.data[p->tokens[open].start];
    if (there.line == here.line)
        error_hint(error, "a %s is missing for the %c of column %u", text, bracket, there.column);
    else
        error_hint(error, "a %s is missing for the %c of line %u, column %u", text, bracket,
                   there.line, there.column);
}

/* ---- Guesses, the surest first; each is true once it has put its hint ---- */

static bool guess_comma(const struct parser *p, struct error *error)
{
    if (p->at == 0 || p->tokens[p->at - 1].code != TK_COMMA ||
        !repair_helps(p, REPAIR_DROP, p->at - 1, 0))
        return false;
    struct str near = token_text(p->sql, p->tokens[p->at]);
    if (near.length > 0)
        error_hint(error, "remove the comma before " STR_FMT, STR_ARG(near));
    else
        error_hint(error, "remove the comma at the end");
    return true;
}

static bool guess_bracket(const struct parser *p, struct error *error)
{
    uint16_t code = p->tokens[p->at].code;
    uint32_t open = open_bracket(p, p->at);
    if (is_closing(code) && open == UINT32_MAX) {
        error_hint(error, "no bracket is open here");
        return true;
    }
    if (is_closing(code) && closing_code(p->tokens[open].code) != code) {
        bracket_hint(p, open, error);
        return true;
    }
    if (open != UINT32_MAX && starts_operand(code) &&
        repair_helps(p, REPAIR_INSERT, p->at, TK_COMMA)) {
        error_hint(error, "is a comma missing before " STR_FMT "?",
                   STR_ARG(token_text(p->sql, p->tokens[p->at])));
        return true;
    }
    if (open == UINT32_MAX ||
        !repair_helps(p, REPAIR_INSERT, p->at, closing_code(p->tokens[open].code)))
        return false;
    bracket_hint(p, open, error);
    return true;
}

static bool guess_misspelt(const struct parser *p, struct error *error)
{
    for (uint32_t back = 0; back <= 2 && back <= p->at; back++) {
        const char *keyword = nearest_keyword(p, p->at - back);
        if (!keyword)
            continue;
        if (back > 0) {
            struct token token = p->tokens[p->at - back];
            error->span = token_span(token);
            snprintf(error->message, sizeof(error->message), "syntax error near \"" STR_FMT "\"",
                     STR_ARG(token_text(p->sql, token)));
        }
        error_hint(error, "did you mean %s?", keyword);
        return true;
    }
    return false;
}

/* A keyword where a name is wanted, or a clause that begins before the one in front of it has said anything. */
static bool guess_reserved(const struct parser *p, struct error *error)
{
    struct token token = p->tokens[p->at];
    struct str text = token_text(p->sql, token);
    if (p->at == 0 || !token_is_word(p->sql, token) || token.code == TK_ID ||
        keyword_code(text) == 0)
        return false;
    uint32_t as_name = repair_reach(p, REPAIR_REPLACE, p->at, TK_ID);
    uint32_t with_operand = repair_reach(p, REPAIR_INSERT, p->at, TK_NULL);
    if (MAX(as_name, with_operand) <= p->at)
        return false;
    if (with_operand >= as_name)
        error_hint(error, "something is missing between " STR_FMT " and " STR_FMT,
                   STR_ARG(token_text(p->sql, p->tokens[p->at - 1])), STR_ARG(text));
    else
        error_hint(error, STR_FMT " is a keyword; to use it as a name write \"" STR_FMT "\"",
                   STR_ARG(text), STR_ARG(text));
    return true;
}

/* [name], as SQL Server and SQLite have it. */
static bool guess_square(const struct parser *p, struct error *error)
{
    if (p->at + 2 >= p->n_tokens || p->tokens[p->at].code != TK_LB ||
        p->tokens[p->at + 1].code != TK_ID)
        return false;
    error_hint(error, "names with blanks are quoted as \"name\", not as [name]");
    return true;
}

static bool guess_missing(const struct parser *p, struct error *error)
{
    static const struct {
        uint16_t code;
        const char *text;
    } MISSING[] = {{TK_EQ, "is an operator or = missing"},
                   {TK_COMMA, "is a comma missing"},
                   {TK_FROM, "is FROM missing"},
                   {TK_BY, "is BY missing"},
                   {TK_AS, "is AS missing"},
                   {TK_TABLE, "is TABLE missing"},
                   {TK_SET, "is SET missing"},
                   {TK_INTO, "is INTO missing"},
                   {TK_THEN, "is THEN missing"},
                   {TK_ON, "is ON missing"},
                   {TK_END, "is END missing"},
                   {TK_SELECT, "is SELECT missing"},
                   {TK_LP, "is ( missing"}};
    struct str near = token_text(p->sql, p->tokens[p->at]);
    if (p->at == 0) {
        error_hint(error,
                   "a statement begins with SELECT, FROM, INSERT, CREATE, EXPLAIN or the like");
        return true;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(MISSING); i++) {
        if (!repair_helps(p, REPAIR_INSERT, p->at, MISSING[i].code))
            continue;
        if (near.length > 0)
            error_hint(error, "%s before " STR_FMT "?", MISSING[i].text, STR_ARG(near));
        else
            error_hint(error, "%s at the end?", MISSING[i].text);
        return true;
    }
    return false;
}

static void guess_end(const struct parser *p, struct error *error)
{
    uint32_t open = open_bracket(p, p->at);
    uint16_t before = p->at > 0 ? p->tokens[p->at - 1].code : 0;
    int cases = 0;
    for (uint32_t i = 0; i < p->at; i++)
        cases += p->tokens[i].code == TK_CASE ? 1 : p->tokens[i].code == TK_END ? -1 : 0;
    if (open != UINT32_MAX)
        bracket_hint(p, open, error);
    else if (cases > 0)
        error_hint(error, "a CASE needs its END");
    else if (before != 0)
        error_hint(error, "something is missing after " STR_FMT,
                   STR_ARG(token_text(p->sql, p->tokens[p->at - 1])));
}

void parse_explain(struct parser *p, struct error *error)
{
    struct token token = p->tokens[p->at];
    struct str near = token_text(p->sql, token);
    bool end = token.code == 0;
    if (end && p->at > 0)
        error_set_at(error, STATUS_SYNTAX, token_span(p->tokens[p->at - 1]),
                     "unexpected end of the statement");
    else if (end)
        error_set(error, STATUS_SYNTAX, "an expression is missing");
    else
        error_set_at(error, STATUS_SYNTAX, token_span(token), "syntax error near \"" STR_FMT "\"",
                     STR_ARG(near));
    bool tries = p->n_tokens <= REPAIR_TOKENS_MAX;
    if (guess_square(p, error) || (tries && (guess_comma(p, error) || guess_bracket(p, error) ||
                                             guess_misspelt(p, error) || guess_reserved(p, error))))
        return;
    if (end)
        guess_end(p, error);
    else if (tries)
        guess_missing(p, error);
}
