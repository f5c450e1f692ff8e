/* ast_print_int.h - what the printers of expressions and of statements use of each other. */
#ifndef AST_PRINT_INT_H
#define AST_PRINT_INT_H

#include "parser/ast_print.h"

/* "name" where a bare word would not be read back as that name. */
void ast_print_names(struct strbuf *out, struct ast_names names, const char *separator);
void ast_print_text(struct strbuf *out, struct str text); /* '..' */
void ast_print_type(struct strbuf *out, const struct ast_type *type);
void ast_print_exprs(struct strbuf *out, struct ast_exprs exprs);
void ast_print_orders(struct strbuf *out, const struct ast_order *orders, uint32_t count);
/* In parentheses unless it is a literal, a parameter or a call. */
void ast_print_enclosed(struct strbuf *out, const struct ast_expr *expr);
void ast_print_call(struct strbuf *out, const struct ast_call *call);
void ast_print_over_spec(struct strbuf *out, const struct ast_over *over);
void ast_print_source(struct strbuf *out, const struct ast_source *source);
/* name = value, .. */
void ast_print_settings(struct strbuf *out, const struct ast_field *settings, uint32_t count);

#endif
