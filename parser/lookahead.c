/* lookahead.c - which words are keywords, where the grammar cannot tell by itself.
 *
 *   1. A word keeps its keyword only in the company that its clause needs: EMIT before CHANGES, LEFT before
 *      JOIN, OVER after `)`; anywhere else it is a name.
 *   2. A few names become keywords the same way: DATE before a text, SECOND after INTERVAL '1'.
 *   3. After a dot, before => and between AS and a comma every word is a name. */
#include "parser/parse_int.h"

#include "parser/sql.h"

enum { LOOK_BACK_MAX = 500, JOIN_WORDS_MAX = 8 }; /* so that no statement takes quadratic time */

struct view { /* the tokens around one */
    struct str sql;
    struct token *tokens;
    uint32_t count;
};

static uint16_t code_at(const struct view *v, int64_t i)
{
    return i >= 0 && i < (int64_t)v->count ? v->tokens[i].code : 0;
}

static bool bare_word(const struct view *v, int64_t i)
{
    return i >= 0 && i < (int64_t)v->count && token_is_word(v->sql, v->tokens[i]);
}

static bool word_is(const struct view *v, int64_t i, const char *word)
{
    return bare_word(v, i) && token_word_is(v->sql, v->tokens[i], word);
}

static bool word_in(const struct view *v, int64_t i, const char *const *words, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (word_is(v, i, words[k]))
            return true;
    return false;
}
#define WORD_IN(v, i, ...)                                \
    word_in((v), (i), (const char *const[]){__VA_ARGS__}, \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Could token i end an operand? */
static bool ends_operand(const struct view *v, int64_t i)
{
    switch (code_at(v, i)) {
    case TK_ID:
    case TK_INTEGER:
    case TK_DECIMAL:
    case TK_FLOAT:
    case TK_STRING:
    case TK_BLOB:
    case TK_PARAMETER:
    case TK_RP:
    case TK_RB:
    case TK_RC:
    case TK_NULL:
    case TK_TRUE:
    case TK_FALSE:
    case TK_END:
    case TK_ALL:
    case TK_UNIT:
    case TK_STAR:
    case TK_UNKNOWN:
    case TK_ISNULL:
    case TK_NOTNULL:
    case TK_CURRENT_WORD:
        return true;
    default:
        return false;
    }
}

static bool starts_operand(const struct view *v, int64_t i)
{
    switch (code_at(v, i)) {
    case TK_ID:
    case TK_INTEGER:
    case TK_DECIMAL:
    case TK_FLOAT:
    case TK_STRING:
    case TK_PARAMETER:
    case TK_LP:
    case TK_MINUS:
    case TK_PLUS:
    case TK_CASE:
    case TK_CAST:
    case TK_TRY_CAST:
    case TK_NOT:
    case TK_NULL:
    case TK_LB:
        return true;
    default:
        return false;
    }
}

/* The token that closes the bracket at `open`, or -1. */
static int64_t closing(const struct view *v, int64_t open)
{
    int depth = 0;
    for (int64_t i = open; i < (int64_t)v->count; i++) {
        uint16_t code = code_at(v, i);
        if (code == TK_LP || code == TK_LB || code == TK_LC)
            depth++;
        else if ((code == TK_RP || code == TK_RB || code == TK_RC) && --depth == 0)
            return i;
    }
    return -1;
}

/* ---- Names that become keywords ---- */

static bool is_unit(const struct view *v, int64_t i)
{
    return WORD_IN(v, i, "YEAR", "YEARS", "QUARTER", "QUARTERS", "MONTH", "MONTHS", "WEEK", "WEEKS",
                   "DAY", "DAYS", "HOUR", "HOURS", "MINUTE", "MINUTES", "SECOND", "SECONDS",
                   "MILLISECOND", "MILLISECONDS", "MICROSECOND", "MICROSECONDS");
}

static bool mark_unit(struct view *v, int64_t i)
{
    if (!is_unit(v, i))
        return false;
    v->tokens[i].code = TK_UNIT;
    return true;
}

/* INTERVAL '..' [unit [TO unit]], INTERVAL 5 unit, INTERVAL (..) unit. */
static bool settle_interval(struct view *v, int64_t i)
{
    int64_t value = i + 1;
    if (code_at(v, i - 1) == TK_AS_TYPE)
        return false;
    switch (code_at(v, value)) {
    case TK_STRING:
        if (mark_unit(v, value + 1) && code_at(v, value + 2) == TK_TO)
            mark_unit(v, value + 3);
        return true;
    case TK_MINUS:
        return (code_at(v, value + 1) == TK_INTEGER || code_at(v, value + 1) == TK_DECIMAL) &&
               mark_unit(v, value + 2);
    case TK_INTEGER:
    case TK_DECIMAL:
    case TK_FLOAT:
    case TK_PARAMETER:
        return mark_unit(v, value + 1);
    case TK_LP: {
        int64_t close = closing(v, value);
        return close > 0 && mark_unit(v, close + 1);
    }
    default:
        return false;
    }
}

/* WITH TIME ZONE and WITHOUT TIME ZONE of a type. */
static bool settle_time_zone(struct view *v, int64_t i)
{
    if (!word_is(v, i + 1, "TIME") || !word_is(v, i + 2, "ZONE"))
        return false;
    v->tokens[i + 1].code = TK_TIME;
    v->tokens[i + 2].code = TK_ZONE;
    return true;
}

/* DATE '..', TIMESTAMP(3) WITH TIME ZONE '..': a type before a text. */
static bool is_type_literal(const struct view *v, int64_t i)
{
    if (!WORD_IN(v, i, "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_LTZ") ||
        code_at(v, i - 1) == TK_AS_TYPE || code_at(v, i - 1) == TK_DOT)
        return false;
    int64_t next = i + 1;
    if (code_at(v, next) == TK_LP && code_at(v, next + 1) == TK_INTEGER &&
        code_at(v, next + 2) == TK_RP)
        next += 3;
    if (WORD_IN(v, next, "WITH", "WITHOUT") && word_is(v, next + 1, "TIME") &&
        word_is(v, next + 2, "ZONE"))
        next += 3;
    return code_at(v, next) == TK_STRING;
}

static void settle_name(struct view *v, int64_t i)
{
    struct token *token = &v->tokens[i];
    if (token_is_quoted(v->sql, *token))
        return;
    switch (v->sql.data[token->start] | 0x20) {
    case 'd':
    case 't':
        if (is_type_literal(v, i))
            token->code = TK_TYPE_WORD;
        break;
    case 'p':
        if (word_is(v, i, "PRECISION") && word_is(v, i - 1, "DOUBLE"))
            token->code = TK_TYPE_MORE;
        break;
    case 'v':
        if (word_is(v, i, "VARYING") && WORD_IN(v, i - 1, "CHARACTER", "CHAR"))
            token->code = TK_TYPE_MORE;
        break;
    default:
        break;
    }
}

/* ---- Keywords that may be names ---- */

static bool is_join_word(uint16_t code)
{
    switch (code) {
    case TK_NATURAL:
    case TK_LEFT:
    case TK_RIGHT:
    case TK_FULL:
    case TK_INNER:
    case TK_CROSS:
    case TK_OUTER:
    case TK_SEMI:
    case TK_ANTI:
    case TK_ASOF:
        return true;
    default:
        return false;
    }
}

static bool leads_to_join(const struct view *v, int64_t i)
{
    for (int n = 0; n < JOIN_WORDS_MAX && is_join_word(code_at(v, i)); n++)
        i++;
    return code_at(v, i) == TK_JOIN;
}

/* FOR of SUBSTRING(x FROM 1 FOR 2): inside brackets, between operands. */
static bool is_substring_for(const struct view *v, int64_t i)
{
    if (!ends_operand(v, i - 1) || !starts_operand(v, i + 1))
        return false;
    int depth = 0;
    for (int64_t k = i - 1; k > 0 && i - k < LOOK_BACK_MAX; k--) {
        uint16_t code = code_at(v, k);
        if (code == TK_RP)
            depth++;
        else if (code == TK_LP && depth-- == 0)
            return WORD_IN(v, k - 1, "SUBSTRING", "SUBSTR");
    }
    return false;
}

/* Is token i at the start of an item of GROUP BY? */
static bool is_grouped(const struct view *v, int64_t i)
{
    if (code_at(v, i - 1) != TK_BY && code_at(v, i - 1) != TK_COMMA)
        return false;
    int depth = 0;
    for (int64_t k = i - 1; k > 0 && i - k < LOOK_BACK_MAX; k--) {
        uint16_t code = code_at(v, k);
        if (code == TK_RP)
            depth++;
        else if (code == TK_LP && depth-- == 0)
            return false;
        else if (depth == 0 && (code == TK_BY || code == TK_SELECT || code == TK_FROM))
            return code == TK_BY && code_at(v, k - 1) == TK_GROUP;
    }
    return false;
}

static bool starts_query(const struct view *v, int64_t i)
{
    uint16_t code = code_at(v, i);
    return code == TK_SELECT || code == TK_WITH || code == TK_VALUES || code == TK_FROM ||
           code == TK_LP;
}

static bool is_quantifier(const struct view *v, int64_t i)
{
    uint16_t before = code_at(v, i - 1);
    return (before == TK_EQ || before == TK_NE || before == TK_LT || before == TK_LE ||
            before == TK_GT || before == TK_GE) &&
           code_at(v, i + 1) == TK_LP && starts_query(v, i + 2);
}

static bool is_system_time_for(const struct view *v, int64_t i)
{
    return code_at(v, i - 1) == TK_WATERMARK || code_at(v, i + 1) == TK_SYSTEM_TIME ||
           is_substring_for(v, i);
}

/* EXPLAIN (FORMAT json) SELECT: options, not a query in parentheses. */
static void settle_explain(struct view *v, int64_t i)
{
    int64_t open = code_at(v, i + 1) == TK_ANALYZE ? i + 2 : i + 1;
    if (i == 0 && code_at(v, open) == TK_LP && !starts_query(v, open + 1))
        v->tokens[open].code = TK_LP_OPTIONS;
}

/* Does the keyword at i stand where its clause could be? May change the words that follow. */
static bool stays_keyword(struct view *v, int64_t i)
{
    uint16_t before = code_at(v, i - 1), after = code_at(v, i + 1);
    switch (v->tokens[i].code) {
    case TK_EMIT:
        return after == TK_ON || after == TK_CHANGES || after == TK_PERIODIC || after == TK_AFTER ||
               after == TK_FINAL;
    case TK_WATERMARK:
        return after == TK_FOR || before == TK_AFTER;
    case TK_FOR:
        return is_system_time_for(v, i);
    case TK_WINDOW:
        return (code_at(v, i + 2) == TK_AS && code_at(v, i + 3) == TK_LP) ||
               (before == TK_ON && after == TK_CLOSE);
    case TK_OVER:
        return before == TK_RP && (after == TK_LP || bare_word(v, i + 1) || after == TK_ID);
    case TK_FILTER:
        return before == TK_RP && after == TK_LP && code_at(v, i + 2) == TK_WHERE;
    case TK_OFFSET:
        return ends_operand(v, i - 1) && starts_operand(v, i + 1);
    case TK_MATCH_CONDITION:
    case TK_CAST:
    case TK_TRY_CAST:
        return after == TK_LP;
    case TK_LATERAL:
        return after == TK_LP || (bare_word(v, i + 1) && code_at(v, i + 2) == TK_LP);
    case TK_SIMILAR:
        return after == TK_TO;
    case TK_GROUPING:
        return after == TK_SETS;
    case TK_ROLLUP:
    case TK_CUBE:
        return after == TK_LP && is_grouped(v, i);
    case TK_GENERATED:
        return after == TK_ALWAYS;
    case TK_UNKNOWN:
        return before == TK_IS || (before == TK_NOT && code_at(v, i - 2) == TK_IS);
    case TK_CURRENT_WORD:
        return after != TK_LP;
    case TK_AT:
        return settle_time_zone(v, i);
    case TK_INTERVAL:
        return settle_interval(v, i);
    default:
        return !is_join_word(v->tokens[i].code) || leads_to_join(v, i);
    }
}

/* Every word is a name after a dot, before =>, and after AS where a column ends. */
static bool is_name_by_place(const struct view *v, int64_t i)
{
    uint16_t before = code_at(v, i - 1), after = code_at(v, i + 1);
    return before == TK_DOT || after == TK_NAMED ||
           (before == TK_AS &&
            (after == TK_COMMA || after == TK_FROM || after == TK_RP || after == 0)) ||
           (after == TK_COLON && (before == TK_LC || before == TK_COMMA));
}

static void settle_keyword(struct view *v, int64_t i)
{
    struct token *token = &v->tokens[i];
    if (is_name_by_place(v, i)) {
        token->code = TK_ID;
        return;
    }
    switch (token->code) {
    case TK_ANY:
    case TK_ALL:
        if (is_quantifier(v, i))
            token->code = TK_QUANTIFIER;
        break;
    case TK_WITH:
    case TK_WITHOUT:
        if (settle_time_zone(v, i))
            token->code = TK_TZ_WITH;
        break;
    case TK_EXPLAIN:
        settle_explain(v, i);
        break;
    default:
        if (!stays_keyword(v, i))
            token->code = TK_ID;
        break;
    }
}

void lookahead_settle(struct str sql, struct token *tokens, uint32_t count)
{
    struct view v = {sql, tokens, count};
    for (uint32_t i = 0; i < count; i++) {
        uint16_t code = tokens[i].code;
        if (code == TK_ID)
            settle_name(&v, i);
        else if (code != TK_TIME && code != TK_ZONE && code != TK_UNIT &&
                 token_is_word(sql, tokens[i]))
            settle_keyword(&v, i);
    }
}
