/* ast_print.h - syntax tree back to SQL text. Parsing what was printed gives a tree that prints the same. */
#ifndef AST_PRINT_H
#define AST_PRINT_H

#include "parser/ast.h"

void ast_print_statement(const struct ast_statement *statement, struct strbuf *out);
void ast_print_select(const struct ast_select *select, struct strbuf *out);
/* Also the name of an unnamed column, when its source text is not at hand. */
void ast_print_expr(const struct ast_expr *expr, struct strbuf *out);
/* An identifier, quoted where it must be. */
void ast_print_name(struct strbuf *out, struct str name);

#endif
