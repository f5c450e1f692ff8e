/* highlight.c - the colours of SQL as it is typed. */
#include "shell/highlight.h"

#include "include/weir.h"
#include "shell/display.h"

enum { KEYWORD_MAX = 32 };

static void add_keyword(void *context, const char *keyword)
{
    struct highlight *highlight = context;
    *ARRAY_PUSH(highlight->arena, &highlight->keywords) = keyword;
}

void highlight_init(struct highlight *highlight, struct arena *arena)
{
    memset(highlight, 0, sizeof *highlight);
    highlight->arena = arena;
    weir_each_keyword(add_keyword, highlight);
    if (arena->failed)
        highlight->keywords.count = 0;
}

bool highlight_is_word(char c)
{
    unsigned char u = (unsigned char)c;
    return (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9') || u == '_' ||
           u >= 0x80;
}

static bool is_keyword(const struct highlight *highlight, struct str word)
{
    char upper[KEYWORD_MAX];
    if (word.length >= sizeof upper)
        return false;
    for (size_t i = 0; i < word.length; i++) {
        char c = word.data[i];
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c & ~32) : c;
    }
    size_t low = 0, high = highlight->keywords.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_compare(str_of(highlight->keywords.items[middle]),
                                (struct str){upper, word.length});
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* The end of what a quote at `at` opens; a doubled quote does not close it. */
static size_t quoted_end(struct str text, size_t at)
{
    char quote = text.data[at++];
    while (at < text.length) {
        if (text.data[at++] != quote)
            continue;
        if (at == text.length || text.data[at] != quote)
            return at;
        at++;
    }
    return at;
}

static size_t comment_end(struct str text, size_t at)
{
    bool line = text.data[at] == '-';
    for (at += 2; at < text.length; at++) {
        if (line && text.data[at] == '\n')
            return at;
        if (!line && text.data[at] == '/' && text.data[at - 1] == '*')
            return at + 1;
    }
    return text.length;
}

struct highlight_span highlight_next(const struct highlight *highlight, struct str text, size_t at)
{
    struct highlight_span span = {at, at + 1, NULL};
    char c = text.data[at], next = at + 1 < text.length ? text.data[at + 1] : '\0';
    if (c == '\'' || c == '"') {
        span.end = quoted_end(text, at);
        span.color = c == '\'' ? COLOR_STRING : NULL;
    } else if ((c == '-' && next == '-') || (c == '/' && next == '*')) {
        span.end = comment_end(text, at);
        span.color = COLOR_COMMENT;
    } else if (highlight_is_word(c)) {
        while (span.end < text.length &&
               (highlight_is_word(text.data[span.end]) || (c <= '9' && text.data[span.end] == '.')))
            span.end++;
        if (c >= '0' && c <= '9')
            span.color = COLOR_NUMBER;
        else if (is_keyword(highlight, (struct str){text.data + at, span.end - at}))
            span.color = COLOR_KEYWORD;
    }
    return span;
}
