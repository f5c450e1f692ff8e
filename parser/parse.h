/* parse.h - SQL text to syntax tree, one statement at a time. Re-entrant; keeps nothing. */
#ifndef PARSE_H
#define PARSE_H

#include "parser/ast.h"

enum {
    PARSE_LENGTH_MAX = 1 << 20, /* bytes of one statement */
    PARSE_DEPTH_MAX = 100,      /* nesting of brackets and CASE .. END */
    PARSE_HEIGHT_MAX = 1200,    /* of the tree: a chain of n operators, joins or unions is n high */
    PARSE_PARAMETERS_MAX = 1000
};

struct parse_result {
    struct ast_statement *statement; /* NULL: only blanks, comments and semicolons were left */
    size_t used;                     /* bytes taken, with the semicolon */
    struct ast_name *parameters; /* by index from 1 at [index - 1]; text.data NULL for ? and ?N */
    uint32_t n_parameters;
};

/* Parses the first statement of `sql`. Spans count from its start. Errors carry a span, and a did-you-mean for
 * a misspelt keyword. */
MUST_CHECK enum status parse_statement(struct arena *arena, struct str sql,
                                       struct parse_result *out, struct error *error);
/* One expression alone, for defaults and tests. */
MUST_CHECK enum status parse_expression(struct arena *arena, struct str sql, struct ast_expr **out,
                                        struct error *error);
/* As weir_is_complete says. */
bool parse_is_complete(struct str sql);
void parse_each_keyword(void (*fn)(void *context, const char *keyword), void *context);

/* The line of `offset` for a caret report: fills line and column (from 1, columns in characters) and the text of
 * that line. */
struct parse_place {
    unsigned line, column;
    struct str text;    /* the whole line, without its end */
    size_t line_offset; /* of the line in the SQL text */
};
struct parse_place parse_locate(struct str sql, size_t offset);
/* error.message, the line, the caret span "^~~~" and the hint, as docs/DIALECT.md shows; as weir_error_format. */
size_t parse_format_error(const struct error *error, struct str sql, char *out, size_t cap);

#endif
