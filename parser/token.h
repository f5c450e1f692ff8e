/* token.h - SQL text to tokens: names, numbers, texts, marks.
 *
 * A token is a code of the grammar (TK_.. of the generated sql.h) and a span; its text is decoded only when
 * a node is made of it. Code 0 is the end of the text. Nothing is allocated and nothing fails: text that is no
 * token gets the code TK_ILLEGAL and a fault, which token_refuse words. */
#ifndef TOKEN_H
#define TOKEN_H

#include "base/str.h"

enum token_fault {
    TOKEN_FINE,
    TOKEN_STRING_OPEN,   /* '.. */
    TOKEN_NAME_OPEN,     /* ".. or `.. */
    TOKEN_COMMENT_OPEN,  /* a comment without its end */
    TOKEN_NAME_EMPTY,    /* "" */
    TOKEN_NUMBER_BAD,    /* 12abc, 1__0, 0x */
    TOKEN_BLOB_BAD,      /* x'0' */
    TOKEN_ESCAPE_STRING, /* E'..' */
    TOKEN_PARAMETER_BAD, /* a bare $ or @ */
    TOKEN_QUOTE_CURLED,  /* typographic quotes */
    TOKEN_CHARACTER_BAD  /* a character SQL has no use for */
};

struct token {
    uint32_t start, end;
    uint16_t code;
    uint16_t fault; /* enum token_fault */
};

/* What stands before the token, where that matters: after a name or a text a colon is never a parameter's. */
enum token_before { TOKEN_AFTER_OTHER, TOKEN_AFTER_OPERAND };

/* The first token of `sql` at or after `at`, blanks and comments skipped. sql.length < 4 GB. */
struct token token_scan(struct str sql, size_t at, enum token_before before);
/* STATUS_SYNTAX for a token with a fault. */
MUST_CHECK enum status token_refuse(struct str sql, struct token token, struct error *error);

static inline struct str token_text(struct str sql, struct token token)
{
    return (struct str){sql.data + token.start, token.end - token.start};
}
static inline struct span token_span(struct token token)
{
    return (struct span){token.start, token.end};
}
bool token_is_quoted(struct str sql, struct token token); /* a name in "" or `` */
/* Letters, digits, _ and $: keywords and bare names. */
bool token_is_word(struct str sql, struct token token);
bool token_word_is(struct str sql, struct token token, const char *word);

/* The text of a name or 'text' with its quotes undone; points into `sql` when there is nothing to undo. */
struct str token_unquote(struct str sql, struct token token, struct arena *arena);
/* The digits of a number without underscores. */
struct str token_digits(struct str sql, struct token token, struct arena *arena);
/* The bytes of x'..'. */
struct str token_blob(struct str sql, struct token token, struct arena *arena);

#endif
