/* parse_int.h - the state of one parse, and what the grammar's actions call.
 *
 *   1. Tokens are scanned first, into one array; lookahead_settle then decides which words are keywords.
 *   2. An action runs when the token before the fed one has been taken: that one ends its node. [parser_end]
 *   3. The first failure sets `status`; the driver feeds no further token.                      [parser_run]
 *   4. A failed arena is noticed after each token, before its scratch memory has been used twice. */
#ifndef PARSE_INT_H
#define PARSE_INT_H

#include "base/array.h"
#include "parser/ast.h"
#include "parser/parse.h"
#include "parser/token.h"

struct parser {
    struct arena *arena;
    struct str sql;
    struct error *error; /* NULL while a repair is tried */
    enum status status;
    bool refused;         /* `error` has been filled in: no plain syntax error */
    struct token *tokens; /* the last has code 0 */
    uint32_t n_tokens;
    uint32_t at;       /* of the token being fed */
    const char *other; /* the words of a TK_OTHER token */
    struct ast_statement *statement;
    struct ast_expr *expr;
    ARRAY_OF(struct ast_name) parameters;
    /* What the actions build over several rules. */
    struct table_body *body;
    struct ast_column_def *column;
};

/* Feeds the tokens to the grammar. On a syntax error `at` is the token that did not fit and `error` is left
 * to the caller; other failures fill it in. */
void parser_run(struct parser *p);

/* Turns words that are keywords only in certain company into names, and names into keywords. */
void lookahead_settle(struct str sql, struct token *tokens, uint32_t count);

/* Words the syntax error at p->at, with what was probably meant. */
void parse_explain(struct parser *p, struct error *error);

/* ---- Called by the actions ---- */

#define LIST(name, type) struct list_##name ARRAY_STRUCT(type)
#define ARRAY_STRUCT(type)      \
    {                           \
        type *items;            \
        size_t count, capacity; \
    }
LIST(exprs, struct ast_expr *);
LIST(names, struct ast_name);
LIST(results, struct ast_result);
LIST(orders, struct ast_order);
LIST(fields, struct ast_field);
LIST(args, struct ast_arg);
LIST(whens, struct ast_when);
LIST(ctes, struct ast_cte);
LIST(windows, struct ast_named_window);
LIST(rows, struct ast_exprs);
LIST(assignments, struct ast_assignment);
LIST(columns, struct ast_column_def);
LIST(constraints, struct ast_table_constraint);

#define LIST_NEW(p, name)        ARENA_NEW((p)->arena, struct list_##name)
#define LIST_ADD(p, list, value) (*ARRAY_PUSH((p)->arena, (list)) = (value))
#define LIST_COUNT(list)         ((list) ? (uint32_t)(list)->count : 0)
#define LIST_ITEMS(list)         ((list) ? (list)->items : NULL)

struct operator_word { /* [NOT] LIKE and such */
    uint8_t op;
    bool negated;
    struct span span;
};

struct join_words { /* LEFT OUTER JOIN */
    uint32_t seen;
    struct span span;
};
enum {
    JOIN_NATURAL = 1,
    JOIN_LEFT = 2,
    JOIN_RIGHT = 4,
    JOIN_FULL = 8,
    JOIN_INNER = 16,
    JOIN_CROSS = 32,
    JOIN_OUTER = 64,
    JOIN_SEMI = 128,
    JOIN_ANTI = 256,
    JOIN_ASOF = 512,
    JOIN_COMMA = 1024,
    JOIN_TWICE = 2048
};

struct join_condition {
    struct ast_expr *on, *match;
    struct list_names *using_columns;
};

struct select_tail { /* ORDER BY, LIMIT, EMIT */
    struct list_orders *order_by;
    bool order_by_all, order_by_all_descending;
    struct span order_span;
    struct ast_expr *limit, *offset;
    struct ast_emit *emit;
};

struct with_clause {
    bool recursive;
    struct span span;
    struct list_ctes *ctes;
};

struct group_clause {
    uint8_t kind; /* enum ast_group_kind */
    struct span span;
    struct list_exprs *exprs;
    uint8_t last_kind; /* of the item read last */
};

struct table_body {
    struct list_columns columns;
    struct list_constraints constraints;
    struct ast_name watermark_column;
    struct ast_expr *watermark;
};

struct table_tail {
    struct list_exprs *partitioned_by;
    struct list_orders *order_by;
    struct list_fields *options;
};

enum create_words {
    CREATE_OR_REPLACE = 1,
    CREATE_TEMP = 2,
    CREATE_EXTERNAL = 4,
    CREATE_MATERIALIZED = 8,
    CREATE_TWICE = 16
};

enum status parser_fail(struct parser *p, enum status status, struct span span, const char *format,
                        ...) PRINTF_LIKE(4, 5);
/* A syntax error at the last token taken. */
void parser_reject_last(struct parser *p);
/* The span from `start` to the last token taken. */
struct span parser_since(const struct parser *p, uint32_t start);

/* One more than `below`, if that is not too high. */
uint16_t ast_height_above(struct parser *p, unsigned below, struct span span);
unsigned ast_exprs_height(const struct ast_expr *const *items, size_t count);
unsigned ast_orders_height(const struct ast_order *items, size_t count);

struct ast_name ast_name_of(struct parser *p, struct token token);
struct ast_names *ast_new_names(struct parser *p, struct ast_name first);
struct ast_names *ast_add_name(struct parser *p, struct ast_names *names, struct ast_name name);
struct ast_names ast_take_names(const struct list_names *list);
struct ast_exprs ast_take_exprs(const struct list_exprs *list);

struct ast_expr *ast_new_expr(struct parser *p, enum ast_expr_kind kind, uint32_t start);
/* TK_INTEGER, TK_STRING, TK_NULL, ..: what the token stands for. */
struct ast_expr *ast_new_literal(struct parser *p, struct token token);
struct ast_expr *ast_new_parameter(struct parser *p, struct token token);
struct ast_expr *ast_new_name(struct parser *p, struct ast_names names);
struct ast_expr *ast_new_text(struct parser *p, const char *text, struct span span);
struct ast_expr *ast_new_unary(struct parser *p, struct token op, struct ast_expr *arg);
struct ast_expr *ast_new_binary(struct parser *p, struct ast_expr *left, struct token op,
                                struct ast_expr *right);
/* check AND (expr), of two CHECKs on a column. */
struct ast_expr *ast_new_and(struct parser *p, struct ast_expr *left, struct token open,
                             struct ast_expr *right);
struct ast_expr *ast_new_like(struct parser *p, struct ast_expr *arg, struct operator_word word,
                              struct ast_expr *right, struct ast_expr *escape);
struct ast_expr *ast_new_is(struct parser *p, struct ast_expr *arg, struct token word, bool negated,
                            struct ast_expr *right, enum ast_is is);
struct ast_expr *ast_new_between(struct parser *p, struct ast_expr *arg, struct operator_word word,
                                 struct ast_expr *low, struct ast_expr *high);
struct ast_expr *ast_new_in(struct parser *p, struct ast_expr *arg, struct operator_word word,
                            struct list_exprs *list, struct ast_select *select);
struct ast_expr *ast_new_case(struct parser *p, struct token word, struct ast_expr *arg,
                              struct list_whens *whens, struct ast_expr *otherwise);
struct ast_expr *ast_new_cast(struct parser *p, uint32_t start, struct ast_expr *arg,
                              struct ast_type type, bool is_try);
struct ast_expr *ast_new_interval(struct parser *p, struct token word, struct ast_expr *arg,
                                  struct token unit, struct token unit_to);
struct ast_expr *ast_new_subquery(struct parser *p, enum ast_expr_kind kind, uint32_t start,
                                  struct ast_select *select);
struct ast_expr *ast_new_quantified(struct parser *p, struct ast_expr *left, struct token op,
                                    bool is_all, struct ast_select *select);
struct ast_expr *ast_new_list(struct parser *p, enum ast_expr_kind kind, uint32_t start,
                              struct list_exprs *list);
struct ast_expr *ast_new_struct(struct parser *p, uint32_t start, struct list_fields *fields);
struct ast_expr *ast_new_index(struct parser *p, struct ast_expr *arg, struct ast_expr *index);
struct ast_expr *ast_new_field(struct parser *p, struct ast_expr *arg, struct ast_name name);
struct ast_expr *ast_new_collate(struct parser *p, struct ast_expr *arg, struct token word,
                                 struct ast_name name);
struct ast_expr *ast_new_star(struct parser *p, uint32_t start, struct ast_name table,
                              struct list_names *exclude, struct list_fields *replace);
struct ast_expr *ast_new_call_expr(struct parser *p, struct ast_call *call);
struct ast_expr *ast_new_table(struct parser *p, struct token word, struct ast_source *source,
                               struct ast_expr *partition_by);
struct ast_expr *ast_parenthesize(struct parser *p, struct token open, struct ast_expr *expr);

struct ast_call *ast_new_call(struct parser *p, struct ast_name name, struct list_args *args,
                              struct list_orders *order_by);
struct ast_call *ast_new_call_words(struct parser *p, struct ast_name name, struct ast_expr *first,
                                    struct ast_expr *from, struct ast_expr *length);
void ast_call_decorate(struct parser *p, struct ast_call *call, struct ast_expr *filter,
                       struct ast_over *over);
struct ast_arg ast_arg_of(struct ast_expr *value);

struct ast_type ast_type_word(struct parser *p, struct ast_type type, struct token word);
struct ast_type ast_type_args(struct parser *p, struct ast_type type, int64_t a, int64_t b,
                              uint32_t n);
struct ast_type ast_type_suffix(struct parser *p, struct ast_type type, const char *suffix);
int64_t ast_small_integer(struct parser *p, struct token token);
int64_t ast_small_integer_negated(struct parser *p, struct token token);

struct ast_source *ast_new_source(struct parser *p, enum ast_source_kind kind, uint32_t start);
struct ast_source *ast_new_source_select(struct parser *p, uint32_t start,
                                         struct ast_select *select);
struct ast_source *ast_new_source_call(struct parser *p, uint32_t start, struct ast_call *call);
struct ast_source *ast_new_source_file(struct parser *p, struct token path);
struct ast_source *ast_new_source_name(struct parser *p, struct ast_names names);
void ast_source_alias(struct parser *p, struct ast_source *source, struct ast_name alias,
                      struct list_names *columns);
void ast_source_watermark(struct parser *p, struct ast_source *source, struct ast_name column,
                          struct ast_expr *expr);
void ast_source_system_time(struct parser *p, struct ast_source *source, struct ast_expr *expr);
void ast_source_options(struct parser *p, struct ast_source *source, struct list_fields *options);
struct ast_source *ast_new_join(struct parser *p, struct ast_source *left, struct join_words words,
                                struct ast_source *right, struct join_condition *condition);
struct join_words ast_add_join_word(struct parser *p, struct join_words words, struct token word);

struct ast_select *ast_new_select(struct parser *p, enum ast_select_kind kind, uint32_t start);
/* Closes a core: its span and height. */
void ast_finish_core(struct parser *p, struct ast_select *core);
struct ast_select *ast_new_values(struct parser *p, uint32_t start, struct list_rows *rows);
struct ast_select *ast_new_set_operation(struct parser *p, enum ast_select_kind kind,
                                         struct ast_select *left, bool all, bool by_name,
                                         struct ast_select *right);
/* Adds WITH and ORDER BY, LIMIT, EMIT; wraps a select that has its own already. */
struct ast_select *ast_finish_select(struct parser *p, struct ast_select *select,
                                     struct with_clause *with, struct select_tail *tail);
struct ast_select *ast_select_all(struct parser *p, struct ast_source *source);
void ast_group_add(struct parser *p, struct group_clause *group, enum ast_group_kind kind,
                   struct list_exprs *list);
void ast_set_group(struct ast_select *core, const struct group_clause *group);
struct ast_trigger *ast_new_trigger(struct parser *p, unsigned kind, struct ast_expr *every,
                                    struct ast_trigger *left, struct ast_trigger *right,
                                    uint32_t start);
/* Refuses a part of EMIT that is there already. */
void ast_emit_check(struct parser *p, const void *there, const char *what);

struct ast_statement *ast_new_statement(struct parser *p, enum ast_statement_kind kind,
                                        uint32_t start);
struct str ast_upper(struct parser *p, struct str text);
struct str ast_join_words(struct parser *p, struct str a, struct str b);
/* Moves FORMAT out of a list of options. */
void ast_take_options(struct parser *p, struct ast_statement *statement,
                      struct list_fields *options, bool take_format);
void ast_take_table(struct parser *p, struct ast_statement *statement, unsigned words,
                    struct table_body *body, struct table_tail *tail, struct ast_select *select);

#endif
