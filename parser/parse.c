/* parse.c - from text to tree: scan one statement, settle its keywords, run the grammar. */
#include "parser/parse.h"

#include "parser/keyword.h"
#include "parser/parse_int.h"
#include "parser/sql.h"

/* ---- Scanning one statement ---- */

struct scan {
    ARRAY_OF(struct token) tokens;
    size_t used; /* of the text, with the semicolon */
    uint32_t start;
};

static enum token_before scan_before(const struct token *tokens, size_t count)
{
    if (count == 0)
        return TOKEN_AFTER_OTHER;
    uint16_t code = tokens[count - 1].code;
    uint16_t before = count > 1 ? tokens[count - 2].code : 0;
    bool key = before == TK_LC && code != TK_LP && code != TK_LC && code != TK_LB;
    return key || code == TK_ID || code == TK_STRING || code == TK_RP || code == TK_RB
               ? TOKEN_AFTER_OPERAND
               : TOKEN_AFTER_OTHER;
}

static bool is_trigger(struct str sql, const struct token *tokens, size_t count)
{
    if (count < 2 || tokens[0].code != TK_CREATE)
        return false;
    size_t at = tokens[1].code == TK_TEMP ? 2 : 1;
    return at < count && token_is_word(sql, tokens[at]) &&
           token_word_is(sql, tokens[at], "TRIGGER");
}

/* Does this semicolon end the statement? In CREATE TRIGGER only the one after END does. */
static bool ends_statement(struct str sql, const struct token *tokens, size_t count)
{
    return !is_trigger(sql, tokens, count) || tokens[count - 1].code == TK_END;
}

static int nesting_of(uint16_t code)
{
    switch (code) {
    case TK_LP:
    case TK_LB:
    case TK_LC:
    case TK_CASE:
        return 1;
    case TK_RP:
    case TK_RB:
    case TK_RC:
    case TK_END:
        return -1;
    default:
        return 0;
    }
}

/* The place of the first byte that is not UTF-8, or `length`. */
static size_t utf8_check(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t i = 0;
    while (i < length) {
        unsigned char c = s[i];
        size_t n = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
        if (n == 0 || length - i < n)
            return i;
        for (size_t k = 1; k < n; k++)
            if ((s[i + k] & 0xC0) != 0x80)
                return i;
        if ((c == 0xE0 && s[i + 1] < 0xA0) || (c == 0xED && s[i + 1] > 0x9F) ||
            (c == 0xF0 && s[i + 1] < 0x90) || (c == 0xF4 && s[i + 1] > 0x8F))
            return i;
        i += n;
    }
    return length;
}

static enum status scan_check(struct str sql, const struct scan *scan, struct error *error)
{
    size_t start = scan->start, length = scan->used - start;
    size_t bad = utf8_check(sql.data + start, length);
    if (bad == length)
        return STATUS_OK;
    struct span span = {(uint32_t)(start + bad), (uint32_t)(start + bad + 1)};
    return error_set_at(error, STATUS_SYNTAX, span, "the statement is not UTF-8: byte 0x%02x",
                        (unsigned char)sql.data[start + bad]);
}

/* The tokens of the first statement, closed by one of code 0 that stands after the last of them. */
static enum status scan_statement(struct arena *arena, struct str sql, struct scan *scan,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    int nesting = 0;
    size_t at = 0;
    for (;;) {
        size_t count = scan->tokens.count;
        struct token token = token_scan(sql, at, scan_before(scan->tokens.items, count));
        at = token.end;
        scan->used = at;
        if (token.code == 0)
            break;
        if (token.code == TK_SEMICOLON && count == 0)
            continue;
        if (token.code == TK_SEMICOLON && ends_statement(sql, scan->tokens.items, count))
            break;
        if (count == 0)
            scan->start = token.start;
        if (token.end - scan->start > PARSE_LENGTH_MAX) {
            scan->used = sql.length;
            return error_set_at(error, STATUS_LIMIT, (struct span){scan->start, scan->start + 1},
                                "a statement is longer than %d bytes", PARSE_LENGTH_MAX);
        }
        nesting = MAX(0, nesting + nesting_of(token.code));
        if (token.code == TK_ILLEGAL && status == STATUS_OK)
            status = token_refuse(sql, token, error);
        else if (nesting > PARSE_DEPTH_MAX && status == STATUS_OK)
            status = error_set_at(error, STATUS_LIMIT, token_span(token),
                                  "brackets are nested more than %d deep", PARSE_DEPTH_MAX);
        *ARRAY_PUSH(arena, &scan->tokens) = token;
        TRY(arena_check(arena, error));
    }
    TRY(status);
    uint32_t end = scan->tokens.count > 0 ? scan->tokens.items[scan->tokens.count - 1].end : 0;
    *ARRAY_PUSH(arena, &scan->tokens) = (struct token){end, end, 0, TOKEN_FINE};
    TRY(arena_check(arena, error));
    return scan->tokens.count > 1 ? scan_check(sql, scan, error) : STATUS_OK;
}

/* ---- Statements that are known by their first words only ---- */

static const char *const OTHERS[] = {
    "ALTER MATERIALIZED VIEW",
    "ALTER REPORT",
    "ALTER VIEW",
    "ANALYZE",
    "ATTACH",
    "BACKFILL REPORT",
    "BEGIN DEFERRED",
    "BEGIN EXCLUSIVE",
    "BEGIN IMMEDIATE",
    "CALL",
    "CHECKPOINT",
    "COMMENT ON",
    "CREATE CATALOG",
    "CREATE DATABASE",
    "CREATE FUNCTION",
    "CREATE INDEX",
    "CREATE MACRO",
    "CREATE OR REPLACE FUNCTION",
    "CREATE OR REPLACE MACRO",
    "CREATE OR REPLACE REPORT",
    "CREATE REPORT",
    "CREATE ROLE",
    "CREATE SCHEMA",
    "CREATE SEQUENCE",
    "CREATE TEMP TRIGGER",
    "CREATE TEMPORARY TRIGGER",
    "CREATE TRIGGER",
    "CREATE TYPE",
    "CREATE UNIQUE INDEX",
    "CREATE USER",
    "CREATE VIRTUAL TABLE",
    "DEALLOCATE",
    "DECLARE",
    "DETACH",
    "DROP CATALOG",
    "DROP DATABASE",
    "DROP FUNCTION",
    "DROP INDEX",
    "DROP MACRO",
    "DROP REPORT",
    "DROP ROLE",
    "DROP SCHEMA",
    "DROP SEQUENCE",
    "DROP TRIGGER",
    "DROP TYPE",
    "DROP USER",
    "EXECUTE",
    "EXPORT DATABASE",
    "FETCH",
    "GRANT",
    "IMPORT DATABASE",
    "INSERT OR ABORT",
    "INSERT OR FAIL",
    "INSERT OR IGNORE",
    "INSERT OR REPLACE",
    "INSERT OR ROLLBACK",
    "INSTALL",
    "LISTEN",
    "LOAD",
    "LOCK",
    "MERGE INTO",
    "NOTIFY",
    "PIVOT",
    "PRAGMA",
    "PREPARE",
    "REFRESH MATERIALIZED VIEW",
    "REFRESH",
    "REINDEX",
    "RELEASE",
    "REPLACE INTO",
    "REPORT",
    "RESUME",
    "REVOKE",
    "ROLLBACK TO",
    "ROLLBACK TRANSACTION TO",
    "RUN REPORT",
    "SAVEPOINT",
    "SUSPEND",
    "UNPIVOT",
    "UPDATE OR ABORT",
    "UPDATE OR FAIL",
    "UPDATE OR IGNORE",
    "UPDATE OR REPLACE",
    "UPDATE OR ROLLBACK",
    "USE",
    "VACUUM",
};

/* How many tokens from `at` the words of `text` take; 0 if they are not these. */
static uint32_t match_words(struct str sql, const struct token *tokens, uint32_t count, uint32_t at,
                            const char *text)
{
    uint32_t taken = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        struct str word = {text, length};
        if (at + taken >= count || !token_is_word(sql, tokens[at + taken]) ||
            !str_equal_nocase(token_text(sql, tokens[at + taken]), word))
            return 0;
        taken++;
        text += length;
        text += *text == ' ';
    }
    return taken;
}

/* Makes one token of the first words of such a statement and drops the rest. */
static const char *settle_other(struct str sql, struct token *tokens, uint32_t *count)
{
    uint32_t at = 0;
    while (at < 2 && (tokens[at].code == TK_EXPLAIN || (at > 0 && tokens[at].code == TK_ANALYZE)))
        at++;
    for (size_t i = 0; i < ARRAY_LENGTH(OTHERS); i++) {
        uint32_t taken = match_words(sql, tokens, *count - 1, at, OTHERS[i]);
        if (taken == 0)
            continue;
        struct token last = tokens[*count - 1];
        tokens[at] = (struct token){tokens[at].start, tokens[*count - 2].end, TK_OTHER, TOKEN_FINE};
        tokens[at + 1] = last;
        *count = at + 2;
        return OTHERS[i];
    }
    return NULL;
}

/* ---- Parsing ---- */

/* What the grammar could not take, in the words of parse_explain. */
static enum status parse_finish(struct parser *p, struct error *error)
{
    TRY(arena_check(p->arena, error));
    if (p->status == STATUS_OK)
        return STATUS_OK;
    enum status status = p->status;
    if (status == STATUS_SYNTAX && !p->refused)
        parse_explain(p, error);
    return error_set(error, status, "the statement cannot be parsed");
}

enum status parse_statement(struct arena *arena, struct str sql, struct parse_result *out,
                            struct error *error)
{
    struct scan scan = {0};
    *out = (struct parse_result){0};
    if (sql.length >= UINT32_MAX)
        return error_set(error, STATUS_LIMIT, "the SQL text is longer than 4 GB");
    enum status status = scan_statement(arena, sql, &scan, error);
    out->used = scan.used;
    TRY(status);
    if (scan.tokens.count == 1)
        return STATUS_OK;
    struct parser p = {.arena = arena, .sql = sql, .error = error};
    p.tokens = scan.tokens.items;
    p.n_tokens = (uint32_t)scan.tokens.count;
    p.other = settle_other(sql, p.tokens, &p.n_tokens);
    lookahead_settle(sql, p.tokens, p.n_tokens);
    parser_run(&p);
    TRY(parse_finish(&p, error));
    p.statement->span = (struct span){p.tokens[0].start, p.tokens[p.n_tokens - 1].end};
    out->statement = p.statement;
    out->parameters = p.parameters.items;
    out->n_parameters = (uint32_t)p.parameters.count;
    return STATUS_OK;
}

enum status parse_expression(struct arena *arena, struct str sql, struct ast_expr **out,
                             struct error *error)
{
    struct scan scan = {0};
    *out = NULL;
    if (sql.length >= UINT32_MAX)
        return error_set(error, STATUS_LIMIT, "the SQL text is longer than 4 GB");
    *ARRAY_PUSH(arena, &scan.tokens) = (struct token){0, 0, TK_EXPRESSION, TOKEN_FINE};
    TRY(arena_check(arena, error));
    TRY(scan_statement(arena, sql, &scan, error));
    struct parser p = {.arena = arena, .sql = sql, .error = error};
    p.tokens = scan.tokens.items;
    p.n_tokens = (uint32_t)scan.tokens.count;
    lookahead_settle(sql, p.tokens, p.n_tokens);
    parser_run(&p);
    TRY(parse_finish(&p, error));
    *out = p.expr;
    return STATUS_OK;
}

bool parse_is_complete(struct str sql)
{
    /* The last tokens of the statement at hand, and its first three. */
    struct token first[3] = {{0}};
    struct token before = {0}, last = {0};
    size_t n = 0, at = 0;
    bool ended = true;
    for (;;) {
        struct token recent[2] = {before, last};
        struct token token = token_scan(sql, at, scan_before(recent, n > 0 ? 2 : 0));
        if (token.code == TK_ILLEGAL &&
            (token.fault == TOKEN_STRING_OPEN || token.fault == TOKEN_NAME_OPEN ||
             token.fault == TOKEN_COMMENT_OPEN))
            return false;
        if (token.code == 0)
            return ended;
        at = token.end;
        if (token.code == TK_SEMICOLON) {
            ended = ended || !is_trigger(sql, first, MIN(n, (size_t)3)) || last.code == TK_END;
            if (ended)
                n = 0;
        } else {
            ended = false;
            if (n < 3)
                first[n] = token;
            n++;
        }
        before = last;
        last = token;
    }
}

void parse_each_keyword(void (*fn)(void *context, const char *keyword), void *context)
{
    size_t count;
    const struct keyword *keywords = keyword_list(&count);
    for (size_t i = 0; i < count; i++)
        fn(context, keywords[i].text);
}
