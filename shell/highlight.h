/* highlight.h - the colours of SQL as it is typed. Not a tokenizer: what it takes for a keyword need not
 * be one to the engine. */
#ifndef HIGHLIGHT_H
#define HIGHLIGHT_H

#include "base/array.h"
#include "base/str.h"

struct highlight {
    struct arena *arena;
    ARRAY_OF(const char *) keywords; /* upper case, sorted */
};

/* A piece of text in one colour. */
struct highlight_span {
    size_t start, end;
    const char *color; /* NULL: none */
};

void highlight_init(struct highlight *highlight, struct arena *arena);
/* The piece of `text` that begins at `at`, which is the start of the text or the end of another piece. */
struct highlight_span highlight_next(const struct highlight *highlight, struct str text, size_t at);
bool highlight_is_word(char c);

#endif
