#include "parser/keyword.h"

#include "parser/sql.h"

static const struct keyword KEYWORDS[] = {
    {"ACCUMULATING", TK_ACCUMULATING},
    {"ADD", TK_ADD},
    {"AFTER", TK_AFTER},
    {"ALL", TK_ALL},
    {"ALLOWED", TK_ALLOWED},
    {"ALTER", TK_ALTER},
    {"ALWAYS", TK_ALWAYS},
    {"ANALYZE", TK_ANALYZE},
    {"AND", TK_AND},
    {"ANTI", TK_ANTI},
    {"ANY", TK_ANY},
    {"AS", TK_AS},
    {"ASC", TK_ASC},
    {"ASOF", TK_ASOF},
    {"AT", TK_AT},
    {"BEGIN", TK_BEGIN},
    {"BETWEEN", TK_BETWEEN},
    {"BY", TK_BY},
    {"CASE", TK_CASE},
    {"CAST", TK_CAST},
    {"CHANGES", TK_CHANGES},
    {"CHECK", TK_CHECK},
    {"CLOSE", TK_CLOSE},
    {"COLLATE", TK_COLLATE},
    {"COLUMN", TK_COLUMN},
    {"COMMIT", TK_COMMIT},
    {"CONSTRAINT", TK_CONSTRAINT},
    {"COPY", TK_COPY},
    {"CREATE", TK_CREATE},
    {"CROSS", TK_CROSS},
    {"CUBE", TK_CUBE},
    {"CURRENT", TK_CURRENT},
    {"CURRENT_DATE", TK_CURRENT_WORD},
    {"CURRENT_TIME", TK_CURRENT_WORD},
    {"CURRENT_TIMESTAMP", TK_CURRENT_WORD},
    {"DEFAULT", TK_DEFAULT},
    {"DELETE", TK_DELETE},
    {"DESC", TK_DESC},
    {"DESCRIBE", TK_DESCRIBE},
    {"DISCARDING", TK_DISCARDING},
    {"DISTINCT", TK_DISTINCT},
    {"DROP", TK_DROP},
    {"EARLY", TK_EARLY},
    {"ELSE", TK_ELSE},
    {"EMIT", TK_EMIT},
    {"END", TK_END},
    {"ENFORCED", TK_ENFORCED},
    {"ESCAPE", TK_ESCAPE},
    {"EVERY", TK_EVERY},
    {"EXCEPT", TK_EXCEPT},
    {"EXCLUDE", TK_EXCLUDE},
    {"EXISTS", TK_EXISTS},
    {"EXPLAIN", TK_EXPLAIN},
    {"EXTERNAL", TK_EXTERNAL},
    {"FALSE", TK_FALSE},
    {"FILTER", TK_FILTER},
    {"FINAL", TK_FINAL},
    {"FIRST", TK_FIRST},
    {"FOLLOWING", TK_FOLLOWING},
    {"FOR", TK_FOR},
    {"FOREIGN", TK_FOREIGN},
    {"FROM", TK_FROM},
    {"FULL", TK_FULL},
    {"GENERATED", TK_GENERATED},
    {"GLOB", TK_LIKE_WORD},
    {"GROUP", TK_GROUP},
    {"GROUPING", TK_GROUPING},
    {"GROUPS", TK_GROUPS},
    {"HAVING", TK_HAVING},
    {"IF", TK_IF},
    {"ILIKE", TK_LIKE_WORD},
    {"IN", TK_IN},
    {"INNER", TK_INNER},
    {"INSERT", TK_INSERT},
    {"INTERSECT", TK_INTERSECT},
    {"INTERVAL", TK_INTERVAL},
    {"INTO", TK_INTO},
    {"IS", TK_IS},
    {"ISNULL", TK_ISNULL},
    {"JOIN", TK_JOIN},
    {"KEY", TK_KEY},
    {"LAST", TK_LAST},
    {"LATE", TK_LATE},
    {"LATENESS", TK_LATENESS},
    {"LATERAL", TK_LATERAL},
    {"LEFT", TK_LEFT},
    {"LIKE", TK_LIKE_WORD},
    {"LIMIT", TK_LIMIT},
    {"LOCALTIME", TK_CURRENT_WORD},
    {"LOCALTIMESTAMP", TK_CURRENT_WORD},
    {"MATCH", TK_LIKE_WORD},
    {"MATCH_CONDITION", TK_MATCH_CONDITION},
    {"MATERIALIZED", TK_MATERIALIZED},
    {"NAME", TK_NAME},
    {"NATURAL", TK_NATURAL},
    {"NO", TK_NO},
    {"NOT", TK_NOT},
    {"NOTNULL", TK_NOTNULL},
    {"NULL", TK_NULL},
    {"NULLS", TK_NULLS},
    {"OF", TK_OF},
    {"OFFSET", TK_OFFSET},
    {"ON", TK_ON},
    {"OPTIMIZE", TK_OPTIMIZE},
    {"OR", TK_OR},
    {"ORDER", TK_ORDER},
    {"OTHERS", TK_OTHERS},
    {"OUTER", TK_OUTER},
    {"OVER", TK_OVER},
    {"PARTITION", TK_PARTITION},
    {"PARTITIONED", TK_PARTITIONED},
    {"PERIODIC", TK_PERIODIC},
    {"PLAN", TK_PLAN},
    {"PRECEDING", TK_PRECEDING},
    {"PRIMARY", TK_PRIMARY},
    {"QUALIFY", TK_QUALIFY},
    {"QUERY", TK_QUERY},
    {"RANGE", TK_RANGE},
    {"RECURSIVE", TK_RECURSIVE},
    {"REFERENCES", TK_REFERENCES},
    {"REGEXP", TK_LIKE_WORD},
    {"RENAME", TK_RENAME},
    {"REPLACE", TK_REPLACE},
    {"RESET", TK_RESET},
    {"RETRACTING", TK_RETRACTING},
    {"RETURNING", TK_RETURNING},
    {"RIGHT", TK_RIGHT},
    {"ROLLBACK", TK_ROLLBACK},
    {"ROLLUP", TK_ROLLUP},
    {"ROW", TK_ROW},
    {"ROWS", TK_ROWS},
    {"SELECT", TK_SELECT},
    {"SEMI", TK_SEMI},
    {"SET", TK_SET},
    {"SETS", TK_SETS},
    {"SHOW", TK_SHOW},
    {"SIMILAR", TK_SIMILAR},
    {"SOME", TK_ANY},
    {"START", TK_START},
    {"SUMMARIZE", TK_SUMMARIZE},
    {"SYSTEM_TIME", TK_SYSTEM_TIME},
    {"TABLE", TK_TABLE},
    {"TEMP", TK_TEMP},
    {"TEMPORARY", TK_TEMP},
    {"THEN", TK_THEN},
    {"TIES", TK_TIES},
    {"TO", TK_TO},
    {"TRANSACTION", TK_TRANSACTION},
    {"TRUE", TK_TRUE},
    {"TRUNCATE", TK_TRUNCATE},
    {"TRY_CAST", TK_TRY_CAST},
    {"UNBOUNDED", TK_UNBOUNDED},
    {"UNION", TK_UNION},
    {"UNIQUE", TK_UNIQUE},
    {"UNKNOWN", TK_UNKNOWN},
    {"UPDATE", TK_UPDATE},
    {"USING", TK_USING},
    {"VALUES", TK_VALUES},
    {"VIEW", TK_VIEW},
    {"WATERMARK", TK_WATERMARK},
    {"WHEN", TK_WHEN},
    {"WHERE", TK_WHERE},
    {"WINDOW", TK_WINDOW},
    {"WITH", TK_WITH},
    {"WITHOUT", TK_WITHOUT},
};

static int keyword_order(const char *upper, size_t length, const char *keyword)
{
    int order = strncmp(upper, keyword, length);
    return order != 0 ? order : keyword[length] == '\0' ? 0 : -1;
}

uint16_t keyword_code(struct str word)
{
    char upper[KEYWORD_LENGTH_MAX];
    if (word.length < 2 || word.length > KEYWORD_LENGTH_MAX)
        return 0;
    for (size_t i = 0; i < word.length; i++) {
        char c = word.data[i];
        upper[i] = (char)(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
    }
    size_t low = 0, high = ARRAY_LENGTH(KEYWORDS);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = keyword_order(upper, word.length, KEYWORDS[middle].text);
        if (order == 0)
            return KEYWORDS[middle].code;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

const char *keyword_text(uint16_t code)
{
    for (size_t i = 0; i < ARRAY_LENGTH(KEYWORDS); i++)
        if (KEYWORDS[i].code == code)
            return KEYWORDS[i].text;
    return NULL;
}

const struct keyword *keyword_list(size_t *count)
{
    *count = ARRAY_LENGTH(KEYWORDS);
    return KEYWORDS;
}
