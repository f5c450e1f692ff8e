/* sql.y - the grammar of weir's SQL: SQLite's dialect with windows, watermarks and EMIT.
 *
 *   1. Precedence is SQLite's, from OR (loosest) to `::` and `[]`.
 *   2. Words that may be names where no clause needs them are in %fallback. That works only where the keyword is
 *      shifted in the state at hand: Lemon falls back before it takes a default reduction. So a word that may stand
 *      right after an optional alias, and is no reserved word, is sorted out by lookahead.c beforehand.
 *   3. Optional parts that begin with such a word are spelt out as alternatives, not as empty rules. */
%name sql_parser
%token_prefix TK_
%token_type {struct token}
%extra_context {struct parser *p}
%start_symbol input
%stack_size 2500
%default_type {int}

%include {
#include "parser/parse_int.h"

#define YYNOERRORRECOVERY 1
#define YYMALLOCARGTYPE size_t
#define sql_parser_ENGINEALWAYSONSTACK 1
#define NO_TOKEN ((struct token){0, 0, 0, 0})
#define NO_NAME ((struct ast_name){{NULL, 0}, {0, 0}})
}

%syntax_error {
    (void)yymajor;
    if (p->status == STATUS_OK)
        p->status = STATUS_SYNTAX;
}
%stack_overflow {
    parser_fail(p, STATUS_LIMIT, token_span(p->tokens[p->at]), "the statement is nested too deeply");
}

%fallback ID
    ACCUMULATING ADD AFTER ALLOWED ALTER ALWAYS ANALYZE ANY ASC BEGIN BY CAST CHANGES CLOSE COLUMN COMMIT COPY
    CREATE CUBE CURRENT DELETE DESC DESCRIBE DISCARDING DROP EARLY END ENFORCED EVERY EXCLUDE EXPLAIN EXTERNAL
    FILTER FINAL FIRST FOLLOWING FOR GROUPING GROUPS IF INSERT INTERVAL KEY LAST LATE LATENESS LATERAL
    LIKE_WORD MATCH_CONDITION MATERIALIZED NAME NO NULLS OF OPTIMIZE OTHERS OVER PARTITION PARTITIONED PERIODIC PLAN
    PRECEDING QUERY RANGE RECURSIVE RENAME REPLACE RESET RETRACTING ROLLBACK ROLLUP ROW ROWS SETS SHOW SIMILAR
    START SUMMARIZE SYSTEM_TIME TEMP TIES TO TRANSACTION TRUNCATE TRY_CAST UNBOUNDED UNKNOWN UPDATE VIEW
    WATERMARK.

%nonassoc LOWEST.
%left THEN.
%left OR.
%left AND.
%right NOT.
%left IS LIKE_WORD SIMILAR BETWEEN IN ISNULL NOTNULL NE EQ.
%left GT LE LT GE.
%right ESCAPE.
%left BIT_AND BIT_OR SHIFT.
%left PLUS MINUS.
%left STAR SLASH PERCENT.
%left CONCAT ARROW.
%left COLLATE AT.
%right BIT_NOT.
%left AS_TYPE.
%nonassoc RP.

%token ILLEGAL SEMICOLON.

/* ---- One statement, or one expression ---- */

input ::= statement(S). { p->statement = S; }
input ::= EXPRESSION expr(E). { p->expr = E; }

%type statement {struct ast_statement *}
statement(A) ::= command(A).
statement(A) ::= explain(A) command(C). {
    A->inner = C;
    A->span = parser_since(p, A->span.start);
}

%type explain {struct ast_statement *}
explain(A) ::= EXPLAIN(X). { A = ast_new_statement(p, AST_STATEMENT_EXPLAIN, X.start); }
explain(A) ::= EXPLAIN(X) QUERY PLAN. { A = ast_new_statement(p, AST_STATEMENT_EXPLAIN, X.start); }
explain(A) ::= EXPLAIN(X) ANALYZE. {
    A = ast_new_statement(p, AST_STATEMENT_EXPLAIN, X.start);
    A->analyze = true;
}
explain(A) ::= EXPLAIN(X) LP_OPTIONS settings(L) RP. {
    A = ast_new_statement(p, AST_STATEMENT_EXPLAIN, X.start);
    ast_take_options(p, A, L, true);
}
explain(A) ::= EXPLAIN(X) ANALYZE LP_OPTIONS settings(L) RP. {
    A = ast_new_statement(p, AST_STATEMENT_EXPLAIN, X.start);
    ast_take_options(p, A, L, true);
    A->analyze = true;
}

%type command {struct ast_statement *}
command(A) ::= select(S). {
    A = ast_new_statement(p, AST_STATEMENT_SELECT, S->span.start);
    A->select = S;
}
command(A) ::= OTHER(X). {
    A = ast_new_statement(p, AST_STATEMENT_OTHER, X.start);
    A->word = str_of(p->other);
}

/* ---- Names ---- */

%type name {struct ast_name}
name(A) ::= ID(X). { A = ast_name_of(p, X); }

%type dotted {struct ast_names *}
dotted(A) ::= name(N). { A = ast_new_names(p, N); }
dotted(A) ::= dotted(A) DOT name(N). { A = ast_add_name(p, A, N); }

%type names {struct list_names *}
names(A) ::= name(N). {
    A = LIST_NEW(p, names);
    LIST_ADD(p, A, N);
}
names(A) ::= names(A) COMMA name(N). { LIST_ADD(p, A, N); }

/* An alias may be a text, as in SQLite. */
%type alias {struct ast_name}
alias(A) ::= name(A).
alias(A) ::= STRING(X). { A = ast_name_of(p, X); }

/* ---- Types ---- */

%type type_words {struct ast_type}
type_words(A) ::= ID(X). { A = ast_type_word(p, (struct ast_type){0}, X); }
type_words(A) ::= TYPE_WORD(X). { A = ast_type_word(p, (struct ast_type){0}, X); }
type_words(A) ::= type_words(T) ID(X). { A = ast_type_word(p, T, X); }
type_words(A) ::= type_words(T) TYPE_MORE(X). { A = ast_type_word(p, T, X); }

/* After `::` a type is one word, so that an alias may follow. */
%type short_type {struct ast_type}
short_type(A) ::= ID(X). { A = ast_type_word(p, (struct ast_type){0}, X); }
short_type(A) ::= ID(X) TYPE_MORE(Y). {
    A = ast_type_word(p, (struct ast_type){0}, X);
    A = ast_type_word(p, A, Y);
}

%type type {struct ast_type}
type(A) ::= type_words(A).
type(A) ::= type_words(T) type_args(N). { A = ast_type_args(p, T, N.start, N.end, N.count); }
type(A) ::= type(T) TZ_WITH(W) TIME ZONE. {
    A = ast_type_suffix(p, T, token_word_is(p->sql, W, "WITH") ? " WITH TIME ZONE" : " WITHOUT TIME ZONE");
}
type(A) ::= type(T) LB RB. { A = ast_type_suffix(p, T, "[]"); }

%type cast_type {struct ast_type}
cast_type(A) ::= short_type(A). [LOWEST]
cast_type(A) ::= short_type(T) type_args(N). { A = ast_type_args(p, T, N.start, N.end, N.count); }
cast_type(A) ::= cast_type(T) TZ_WITH(W) TIME ZONE. {
    A = ast_type_suffix(p, T, token_word_is(p->sql, W, "WITH") ? " WITH TIME ZONE" : " WITHOUT TIME ZONE");
}
cast_type(A) ::= cast_type(T) LB RB. { A = ast_type_suffix(p, T, "[]"); }

%include {
struct type_args {
    int64_t start, end;
    uint32_t count;
};
}
%type type_args {struct type_args}
type_args(A) ::= LP signed(X) RP. { A = (struct type_args){X, 0, 1}; }
type_args(A) ::= LP signed(X) COMMA signed(Y) RP. { A = (struct type_args){X, Y, 2}; }

%type signed {int64_t}
signed(A) ::= INTEGER(X). { A = ast_small_integer(p, X); }
signed(A) ::= PLUS INTEGER(X). { A = ast_small_integer(p, X); }
signed(A) ::= MINUS INTEGER(X). { A = ast_small_integer_negated(p, X); }

/* ---- Expressions ---- */

%type expr {struct ast_expr *}
%type literal {struct ast_expr *}
literal(A) ::= INTEGER|DECIMAL|FLOAT|STRING|BLOB|NULL|TRUE|FALSE(X). { A = ast_new_literal(p, X); }

%type interval {struct ast_expr *}
interval(A) ::= INTERVAL(X) STRING(V). { A = ast_new_interval(p, X, ast_new_literal(p, V), NO_TOKEN, NO_TOKEN); }
interval(A) ::= INTERVAL(X) STRING(V) UNIT(U). { A = ast_new_interval(p, X, ast_new_literal(p, V), U, NO_TOKEN); }
interval(A) ::= INTERVAL(X) STRING(V) UNIT(U) TO UNIT(T). {
    A = ast_new_interval(p, X, ast_new_literal(p, V), U, T);
}
interval(A) ::= INTERVAL(X) interval_number(E) UNIT(U). { A = ast_new_interval(p, X, E, U, NO_TOKEN); }
interval(A) ::= INTERVAL(X) LP expr(E) RP UNIT(U). { A = ast_new_interval(p, X, E, U, NO_TOKEN); }

%type interval_number {struct ast_expr *}
interval_number(A) ::= INTEGER|DECIMAL|FLOAT(X). { A = ast_new_literal(p, X); }
interval_number(A) ::= PARAMETER(X). { A = ast_new_parameter(p, X); }
interval_number(A) ::= MINUS(O) INTEGER|DECIMAL|FLOAT(X). { A = ast_new_unary(p, O, ast_new_literal(p, X)); }

expr(A) ::= literal(A).
expr(A) ::= interval(A).
expr(A) ::= PARAMETER(X). { A = ast_new_parameter(p, X); }
expr(A) ::= dotted(N). { A = ast_new_name(p, *N); }
expr(A) ::= primary(A).
expr(A) ::= CURRENT_WORD(X). { A = ast_new_call_expr(p, ast_new_call(p, ast_name_of(p, X), NULL, NULL)); }
expr(A) ::= TYPE_WORD(X) STRING(V). {
    A = ast_new_expr(p, AST_TYPED, X.start);
    A->type = ast_type_word(p, (struct ast_type){0}, X);
    A->text = token_unquote(p->sql, V, p->arena);
}
expr(A) ::= TYPE_WORD(X) type_args(N) STRING(V). {
    A = ast_new_expr(p, AST_TYPED, X.start);
    A->type = ast_type_args(p, ast_type_word(p, (struct ast_type){0}, X), N.start, N.end, N.count);
    A->text = token_unquote(p->sql, V, p->arena);
}
expr(A) ::= TYPE_WORD(X) TZ_WITH(W) TIME ZONE STRING(V). {
    A = ast_new_expr(p, AST_TYPED, X.start);
    A->type = ast_type_suffix(p, ast_type_word(p, (struct ast_type){0}, X),
                              token_word_is(p->sql, W, "WITH") ? " WITH TIME ZONE" : " WITHOUT TIME ZONE");
    A->text = token_unquote(p->sql, V, p->arena);
}

expr(A) ::= expr(X) OR(O) expr(Y). { A = ast_new_binary(p, X, O, Y); }
expr(A) ::= expr(X) AND(O) expr(Y). { A = ast_new_binary(p, X, O, Y); }
expr(A) ::= NOT(O) expr(X). { A = ast_new_unary(p, O, X); }
expr(A) ::= expr(X) EQ|NE(O) expr(Y). { A = ast_new_binary(p, X, O, Y); }
expr(A) ::= expr(X) LT|LE|GT|GE(O) expr(Y). { A = ast_new_binary(p, X, O, Y); }
expr(A) ::= expr(X) BIT_AND|BIT_OR|SHIFT(O) expr(Y). { A = ast_new_binary(p, X, O, Y); }
expr(A) ::= expr(X) PLUS|MINUS(O) expr(Y). { A = ast_new_binary(p, X, O, Y); }
expr(A) ::= expr(X) STAR|SLASH|PERCENT(O) expr(Y). { A = ast_new_binary(p, X, O, Y); }
expr(A) ::= expr(X) CONCAT|ARROW(O) expr(Y). { A = ast_new_binary(p, X, O, Y); }
expr(A) ::= expr(X) AT(O) TIME ZONE expr(Y). [AT] { A = ast_new_binary(p, X, O, Y); }
expr(A) ::= expr(X) COLLATE(O) name(N). { A = ast_new_collate(p, X, O, N); }
expr(A) ::= BIT_NOT(O) expr(X). { A = ast_new_unary(p, O, X); }
expr(A) ::= PLUS|MINUS(O) expr(X). [BIT_NOT] { A = ast_new_unary(p, O, X); }
expr(A) ::= expr(X) AS_TYPE cast_type(T). { A = ast_new_cast(p, X->span.start, X, T, false); }

expr(A) ::= expr(X) EQ|NE(O) QUANTIFIER(Q) select_parens(S). {
    A = ast_new_quantified(p, X, O, token_word_is(p->sql, Q, "ALL"), S);
}
expr(A) ::= expr(X) LT|LE|GT|GE(O) QUANTIFIER(Q) select_parens(S). {
    A = ast_new_quantified(p, X, O, token_word_is(p->sql, Q, "ALL"), S);
}

%type like_word {struct operator_word}
like_word(A) ::= LIKE_WORD(O). { A = (struct operator_word){0, false, token_span(O)}; }
like_word(A) ::= NOT LIKE_WORD(O). { A = (struct operator_word){0, true, token_span(O)}; }
like_word(A) ::= SIMILAR(O) TO. { A = (struct operator_word){0, false, token_span(O)}; }
like_word(A) ::= NOT SIMILAR(O) TO. { A = (struct operator_word){0, true, token_span(O)}; }
expr(A) ::= expr(X) like_word(O) expr(Y). [LIKE_WORD] { A = ast_new_like(p, X, O, Y, NULL); }
expr(A) ::= expr(X) like_word(O) expr(Y) ESCAPE expr(E). [LIKE_WORD] { A = ast_new_like(p, X, O, Y, E); }

expr(A) ::= expr(X) ISNULL(O). { A = ast_new_is(p, X, O, false, NULL, AST_IS_NULL); }
expr(A) ::= expr(X) NOTNULL(O). { A = ast_new_is(p, X, O, true, NULL, AST_IS_NULL); }
expr(A) ::= expr(X) NOT(O) NULL. { A = ast_new_is(p, X, O, true, NULL, AST_IS_NULL); }
expr(A) ::= expr(X) IS(O) expr(Y). { A = ast_new_is(p, X, O, false, Y, AST_IS_SAME); }
expr(A) ::= expr(X) IS(O) NOT expr(Y). { A = ast_new_is(p, X, O, true, Y, AST_IS_SAME); }
expr(A) ::= expr(X) IS(O) DISTINCT FROM expr(Y). [IS] { A = ast_new_is(p, X, O, true, Y, AST_IS_SAME); }
expr(A) ::= expr(X) IS(O) NOT DISTINCT FROM expr(Y). [IS] { A = ast_new_is(p, X, O, false, Y, AST_IS_SAME); }
expr(A) ::= expr(X) IS(O) UNKNOWN. { A = ast_new_is(p, X, O, false, NULL, AST_IS_UNKNOWN); }
expr(A) ::= expr(X) IS(O) NOT UNKNOWN. { A = ast_new_is(p, X, O, true, NULL, AST_IS_UNKNOWN); }

%type between_word {struct operator_word}
between_word(A) ::= BETWEEN(O). { A = (struct operator_word){0, false, token_span(O)}; }
between_word(A) ::= NOT BETWEEN(O). { A = (struct operator_word){0, true, token_span(O)}; }
expr(A) ::= expr(X) between_word(O) expr(L) AND expr(H). [BETWEEN] { A = ast_new_between(p, X, O, L, H); }

%type in_word {struct operator_word}
in_word(A) ::= IN(O). { A = (struct operator_word){0, false, token_span(O)}; }
in_word(A) ::= NOT IN(O). { A = (struct operator_word){0, true, token_span(O)}; }
expr(A) ::= expr(X) in_word(O) LP RP. [IN] { A = ast_new_in(p, X, O, NULL, NULL); }
expr(A) ::= expr(X) in_word(O) LP exprs(L) RP. [IN] { A = ast_new_in(p, X, O, L, NULL); }
expr(A) ::= expr(X) in_word(O) select_parens(S). [IN] { A = ast_new_in(p, X, O, NULL, S); }
expr(A) ::= expr(X) in_word(O) dotted(N). [IN] {
    A = ast_new_in(p, X, O, NULL, ast_select_all(p, ast_new_source_name(p, *N)));
}

expr(A) ::= EXISTS(X) select_parens(S). { A = ast_new_subquery(p, AST_EXISTS, X.start, S); }

%type exprs {struct list_exprs *}
exprs(A) ::= expr(X). {
    A = LIST_NEW(p, exprs);
    LIST_ADD(p, A, X);
}
exprs(A) ::= exprs(A) COMMA expr(X). { LIST_ADD(p, A, X); }

/* What may be followed by [..] and .name. */
%type primary {struct ast_expr *}
primary(A) ::= LP(L) expr(X) RP. { A = ast_parenthesize(p, L, X); }
primary(A) ::= LP(L) exprs(X) COMMA expr(Y) RP. {
    LIST_ADD(p, X, Y);
    A = ast_new_list(p, AST_ROW, L.start, X);
}
primary(A) ::= select_parens(S). [LOWEST] { A = ast_new_subquery(p, AST_SUBQUERY, S->span.start, S); }
primary(A) ::= call(C). { A = ast_new_call_expr(p, C); }
primary(A) ::= CAST(X) LP expr(E) AS type(T) RP. { A = ast_new_cast(p, X.start, E, T, false); }
primary(A) ::= TRY_CAST(X) LP expr(E) AS type(T) RP. { A = ast_new_cast(p, X.start, E, T, true); }
primary(A) ::= CASE(X) whens(W) END. { A = ast_new_case(p, X, NULL, W, NULL); }
primary(A) ::= CASE(X) whens(W) ELSE expr(E) END. { A = ast_new_case(p, X, NULL, W, E); }
primary(A) ::= CASE(X) expr(V) whens(W) END. { A = ast_new_case(p, X, V, W, NULL); }
primary(A) ::= CASE(X) expr(V) whens(W) ELSE expr(E) END. { A = ast_new_case(p, X, V, W, E); }
primary(A) ::= LB(L) RB. { A = ast_new_list(p, AST_LIST, L.start, NULL); }
primary(A) ::= LB(L) exprs(X) RB. { A = ast_new_list(p, AST_LIST, L.start, X); }
primary(A) ::= LC(L) RC. { A = ast_new_struct(p, L.start, NULL); }
primary(A) ::= LC(L) struct_fields(F) RC. { A = ast_new_struct(p, L.start, F); }
primary(A) ::= primary(X) LB expr(I) RB. { A = ast_new_index(p, X, I); }
primary(A) ::= dotted(N) LB expr(I) RB. { A = ast_new_index(p, ast_new_name(p, *N), I); }
primary(A) ::= primary(X) DOT name(N). { A = ast_new_field(p, X, N); }

%type whens {struct list_whens *}
whens(A) ::= WHEN expr(X) THEN expr(Y). {
    A = LIST_NEW(p, whens);
    LIST_ADD(p, A, ((struct ast_when){X, Y}));
}
whens(A) ::= whens(A) WHEN expr(X) THEN expr(Y). { LIST_ADD(p, A, ((struct ast_when){X, Y})); }

%type struct_fields {struct list_fields *}
struct_fields(A) ::= alias(N) COLON expr(X). {
    A = LIST_NEW(p, fields);
    LIST_ADD(p, A, ((struct ast_field){N, X}));
}
struct_fields(A) ::= struct_fields(A) COMMA alias(N) COLON expr(X). { LIST_ADD(p, A, ((struct ast_field){N, X})); }

/* ---- Function calls ---- */

%type bare_call {struct ast_call *}
bare_call(A) ::= name(N) LP RP. { A = ast_new_call(p, N, NULL, NULL); }
bare_call(A) ::= name(N) LP STAR RP. {
    A = ast_new_call(p, N, NULL, NULL);
    A->star = true;
}
bare_call(A) ::= name(N) LP args(L) RP. { A = ast_new_call(p, N, L, NULL); }
bare_call(A) ::= name(N) LP ALL args(L) RP. { A = ast_new_call(p, N, L, NULL); }
bare_call(A) ::= name(N) LP DISTINCT args(L) RP. {
    A = ast_new_call(p, N, L, NULL);
    A->distinct = true;
}
bare_call(A) ::= name(N) LP args(L) ORDER BY orders(O) RP. { A = ast_new_call(p, N, L, O); }
bare_call(A) ::= name(N) LP ALL args(L) ORDER BY orders(O) RP. { A = ast_new_call(p, N, L, O); }
bare_call(A) ::= name(N) LP DISTINCT args(L) ORDER BY orders(O) RP. {
    A = ast_new_call(p, N, L, O);
    A->distinct = true;
}
bare_call(A) ::= name(N) LP expr(X) FROM expr(Y) RP. { A = ast_new_call_words(p, N, X, Y, NULL); }
bare_call(A) ::= name(N) LP expr(X) FROM expr(Y) FOR expr(Z) RP. { A = ast_new_call_words(p, N, X, Y, Z); }

%type args {struct list_args *}
args(A) ::= arg(X). {
    A = LIST_NEW(p, args);
    LIST_ADD(p, A, X);
}
args(A) ::= args(A) COMMA arg(X). { LIST_ADD(p, A, X); }

%type arg {struct ast_arg}
arg(A) ::= argument(E). { A = ast_arg_of(E); }
arg(A) ::= expr(E) PARTITION BY expr(K). {
    A = ast_arg_of(E);
    A.partition_by = K;
}
arg(A) ::= name(N) NAMED argument(E). {
    A = ast_arg_of(E);
    A.name = N;
}

%type argument {struct ast_expr *}
argument(A) ::= expr(A).
argument(A) ::= TABLE(X) marked_table(S). { A = ast_new_table(p, X, S, NULL); }
argument(A) ::= TABLE(X) marked_table(S) PARTITION BY expr(K). { A = ast_new_table(p, X, S, K); }
%type marked_table {struct ast_source *}
marked_table(A) ::= table(A).
marked_table(A) ::= table(A) WATERMARK FOR name(N) AS expr(E). { ast_source_watermark(p, A, N, E); }

%type call {struct ast_call *}
call(A) ::= bare_call(A).
call(A) ::= bare_call(A) filter(F). { ast_call_decorate(p, A, F, NULL); }
call(A) ::= bare_call(A) over(O). { ast_call_decorate(p, A, NULL, O); }
call(A) ::= bare_call(A) filter(F) over(O). { ast_call_decorate(p, A, F, O); }

%type filter {struct ast_expr *}
filter(A) ::= FILTER LP WHERE expr(X) RP. { A = X; }

%type over {struct ast_over *}
over(A) ::= OVER(X) name(N). {
    A = ARENA_NEW(p->arena, struct ast_over);
    A->base = N;
    A->named = true;
    A->span = parser_since(p, X.start);
}
over(A) ::= OVER(X) LP frame_spec(S) RP. {
    A = S;
    A->span = parser_since(p, X.start);
}

%type frame_spec {struct ast_over *}
frame_spec(A) ::= frame_rest(A).
frame_spec(A) ::= name(N) frame_rest(X). {
    A = X;
    A->base = N;
}
%type frame_rest {struct ast_over *}
frame_rest(A) ::= frame_ordered(A).
frame_rest(A) ::= PARTITION BY exprs(L) frame_ordered(X). {
    A = X;
    A->partition_by = ast_take_exprs(L);
}
%type frame_ordered {struct ast_over *}
frame_ordered(A) ::= frame(A).
frame_ordered(A) ::= ORDER BY orders(L) frame(X). {
    A = X;
    A->order_by = L->items;
    A->n_order_by = LIST_COUNT(L);
}
%type frame {struct ast_over *}
frame(A) ::= . { A = ARENA_NEW(p->arena, struct ast_over); }
frame(A) ::= frame_unit(U) bound(S) frame_exclude(X). {
    A = ARENA_NEW(p->arena, struct ast_over);
    A->frame = U;
    A->start = S;
    A->end.kind = AST_CURRENT_ROW;
    A->exclude = X;
}
frame(A) ::= frame_unit(U) BETWEEN bound(S) AND bound(E) frame_exclude(X). {
    A = ARENA_NEW(p->arena, struct ast_over);
    A->frame = U;
    A->start = S;
    A->end = E;
    A->exclude = X;
}
frame_unit(A) ::= ROWS. { A = AST_FRAME_ROWS; }
frame_unit(A) ::= RANGE. { A = AST_FRAME_RANGE; }
frame_unit(A) ::= GROUPS. { A = AST_FRAME_GROUPS; }
%type bound {struct ast_frame_bound}
bound(A) ::= UNBOUNDED PRECEDING. { A = (struct ast_frame_bound){AST_UNBOUNDED_PRECEDING, NULL}; }
bound(A) ::= UNBOUNDED FOLLOWING. { A = (struct ast_frame_bound){AST_UNBOUNDED_FOLLOWING, NULL}; }
bound(A) ::= CURRENT ROW. { A = (struct ast_frame_bound){AST_CURRENT_ROW, NULL}; }
bound(A) ::= expr(X) PRECEDING. { A = (struct ast_frame_bound){AST_PRECEDING, X}; }
bound(A) ::= expr(X) FOLLOWING. { A = (struct ast_frame_bound){AST_FOLLOWING, X}; }
frame_exclude(A) ::= . { A = AST_EXCLUDE_NONE; }
frame_exclude(A) ::= EXCLUDE NO OTHERS. { A = AST_EXCLUDE_NONE; }
frame_exclude(A) ::= EXCLUDE CURRENT ROW. { A = AST_EXCLUDE_CURRENT_ROW; }
frame_exclude(A) ::= EXCLUDE GROUP. { A = AST_EXCLUDE_GROUP; }
frame_exclude(A) ::= EXCLUDE TIES. { A = AST_EXCLUDE_TIES; }

%type orders {struct list_orders *}
orders(A) ::= order(X). {
    A = LIST_NEW(p, orders);
    LIST_ADD(p, A, X);
}
orders(A) ::= orders(A) COMMA order(X). { LIST_ADD(p, A, X); }
%type order {struct ast_order}
order(A) ::= expr(X) direction(D) nulls(N). { A = (struct ast_order){X, D, N}; }
direction(A) ::= . { A = 0; }
direction(A) ::= ASC. { A = 0; }
direction(A) ::= DESC. { A = 1; }
nulls(A) ::= . { A = AST_NULLS_DEFAULT; }
nulls(A) ::= NULLS FIRST. { A = AST_NULLS_FIRST; }
nulls(A) ::= NULLS LAST. { A = AST_NULLS_LAST; }

/* ---- FROM ---- */

%type table {struct ast_source *}
table(A) ::= dotted(N). { A = ast_new_source_name(p, *N); }
table(A) ::= STRING(X). { A = ast_new_source_file(p, X); }
table(A) ::= bare_call(C). { A = ast_new_source_call(p, C->span.start, C); }
table(A) ::= select_parens(S). [LOWEST] { A = ast_new_source_select(p, S->span.start, S); }

%type source {struct ast_source *}
source(A) ::= table(A).
source(A) ::= LP(L) sources(S) RP. {
    A = S;
    A->span = parser_since(p, L.start);
}
source(A) ::= LATERAL(X) select_parens(S). {
    A = ast_new_source_select(p, X.start, S);
    A->lateral = true;
}
source(A) ::= LATERAL(X) bare_call(C). {
    A = ast_new_source_call(p, X.start, C);
    A->lateral = true;
}
source(A) ::= TABLE(X) LP bare_call(C) RP. { A = ast_new_source_call(p, X.start, C); }
source(A) ::= source(A) AS name(N). { ast_source_alias(p, A, N, NULL); }
source(A) ::= source(A) AS name(N) LP names(L) RP. { ast_source_alias(p, A, N, L); }
source(A) ::= source(A) name(N). { ast_source_alias(p, A, N, NULL); }
source(A) ::= source(A) name(N) LP names(L) RP. { ast_source_alias(p, A, N, L); }
source(A) ::= source(A) WATERMARK FOR name(N) AS expr(E). { ast_source_watermark(p, A, N, E); }
source(A) ::= source(A) FOR SYSTEM_TIME AS OF expr(E). { ast_source_system_time(p, A, E); }
source(A) ::= source(A) WITH LP settings(L) RP. { ast_source_options(p, A, L); }

%type sources {struct ast_source *}
sources(A) ::= source(A).
sources(A) ::= sources(X) COMMA source(Y). {
    A = ast_new_join(p, X, (struct join_words){JOIN_COMMA, Y->span}, Y, NULL);
}
sources(A) ::= sources(X) join_words(W) source(Y) join_condition(C). { A = ast_new_join(p, X, W, Y, &C); }

%type join_words {struct join_words}
join_words(A) ::= JOIN(X). { A = (struct join_words){0, token_span(X)}; }
join_words(A) ::= join_kinds(W) JOIN(X). {
    A = W;
    A.span.end = X.end;
}
%type join_kinds {struct join_words}
join_kinds(A) ::= join_kind(X). { A = ast_add_join_word(p, (struct join_words){0, token_span(X)}, X); }
join_kinds(A) ::= join_kinds(W) join_kind(X). { A = ast_add_join_word(p, W, X); }
%type join_kind {struct token}
join_kind(A) ::= NATURAL|LEFT|RIGHT|FULL|INNER|CROSS|OUTER|SEMI|ANTI|ASOF(X). { A = X; }

%type join_condition {struct join_condition}
join_condition(A) ::= . { A = (struct join_condition){NULL, NULL, NULL}; }
join_condition(A) ::= ON expr(X). { A = (struct join_condition){X, NULL, NULL}; }
join_condition(A) ::= USING LP names(L) RP. { A = (struct join_condition){NULL, NULL, L}; }
join_condition(A) ::= MATCH_CONDITION LP expr(M) RP. { A = (struct join_condition){NULL, M, NULL}; }
join_condition(A) ::= MATCH_CONDITION LP expr(M) RP ON expr(X). { A = (struct join_condition){X, M, NULL}; }
join_condition(A) ::= MATCH_CONDITION LP expr(M) RP USING LP names(L) RP. {
    A = (struct join_condition){NULL, M, L};
}

/* ---- SELECT ---- */

%type select {struct ast_select *}
select(A) ::= select_bare(A).
select(A) ::= select_parens(A). [LOWEST]

%type select_parens {struct ast_select *}
select_parens(A) ::= LP(L) select_bare(S) RP. {
    A = S;
    A->span = parser_since(p, L.start);
}
select_parens(A) ::= LP(L) select_parens(S) RP. {
    A = S;
    A->span = parser_since(p, L.start);
}

/* A select that is not in parentheses as a whole. */
%type select_bare {struct ast_select *}
select_bare(A) ::= compound(C). { A = ast_finish_select(p, C, NULL, NULL); }
select_bare(A) ::= compound(C) tail(T). { A = ast_finish_select(p, C, NULL, T); }
select_bare(A) ::= select_parens(C) tail(T). { A = ast_finish_select(p, C, NULL, T); }
select_bare(A) ::= with(W) compound(C). { A = ast_finish_select(p, C, &W, NULL); }
select_bare(A) ::= with(W) compound(C) tail(T). { A = ast_finish_select(p, C, &W, T); }
select_bare(A) ::= with(W) select_parens(C). [LOWEST] { A = ast_finish_select(p, C, &W, NULL); }
select_bare(A) ::= with(W) select_parens(C) tail(T). { A = ast_finish_select(p, C, &W, T); }

%type with {struct with_clause}
with(A) ::= WITH(X) ctes(L). { A = (struct with_clause){false, token_span(X), L}; }
with(A) ::= WITH(X) RECURSIVE ctes(L). { A = (struct with_clause){true, token_span(X), L}; }
%type ctes {struct list_ctes *}
ctes(A) ::= cte(X). {
    A = LIST_NEW(p, ctes);
    LIST_ADD(p, A, X);
}
ctes(A) ::= ctes(A) COMMA cte(X). { LIST_ADD(p, A, X); }
%type cte {struct ast_cte}
cte(A) ::= name(N) AS materialized select_parens(S). { A = (struct ast_cte){N, {NULL, 0}, S}; }
cte(A) ::= name(N) LP names(L) RP AS materialized select_parens(S). {
    A = (struct ast_cte){N, ast_take_names(L), S};
}
materialized ::= .
materialized ::= MATERIALIZED.
materialized ::= NOT MATERIALIZED.

%type compound {struct ast_select *}
compound(A) ::= core(A).
compound(A) ::= compound(X) set_operation(O) operand(Y). {
    A = ast_new_set_operation(p, (enum ast_select_kind)(O & 15), X, (O & 16) != 0, (O & 32) != 0, Y);
}
compound(A) ::= select_parens(X) set_operation(O) operand(Y). {
    A = ast_new_set_operation(p, (enum ast_select_kind)(O & 15), X, (O & 16) != 0, (O & 32) != 0, Y);
}
%type operand {struct ast_select *}
operand(A) ::= core(A).
operand(A) ::= select_parens(A). [LOWEST]
set_operation(A) ::= set_word(O) set_all(L). { A = O | L; }
set_operation(A) ::= set_word(O) set_all(L) BY NAME. { A = O | L | 32; }
set_word(A) ::= UNION. { A = AST_SELECT_UNION; }
set_word(A) ::= INTERSECT. { A = AST_SELECT_INTERSECT; }
set_word(A) ::= EXCEPT. { A = AST_SELECT_EXCEPT; }
set_all(A) ::= . { A = 0; }
set_all(A) ::= ALL. { A = 16; }
set_all(A) ::= DISTINCT. { A = 0; }

%type core {struct ast_select *}
core(A) ::= select_list(A) where(W) group(G) having(H) windows(L) qualify(Q). {
    A->where = W;
    ast_set_group(A, &G);
    A->having = H;
    A->windows = LIST_ITEMS(L);
    A->n_windows = LIST_COUNT(L);
    A->qualify = Q;
    ast_finish_core(p, A);
}
core(A) ::= values(V). { A = V; }

%type select_list {struct ast_select *}
select_list(A) ::= select_head(A).
select_list(A) ::= select_head(A) FROM sources(S). { A->from = S; }
select_list(A) ::= FROM(X) sources(S). {
    A = ast_new_select(p, AST_SELECT_CORE, X.start);
    A->from = S;
}
select_list(A) ::= FROM(X) sources(S) select_head(H). {
    A = H;
    A->from = S;
    A->span.start = X.start;
}

%type select_head {struct ast_select *}
select_head(A) ::= select_word(A) results(L). {
    A->results = L->items;
    A->n_results = LIST_COUNT(L);
}
%type select_word {struct ast_select *}
select_word(A) ::= SELECT(X). { A = ast_new_select(p, AST_SELECT_CORE, X.start); }
select_word(A) ::= SELECT(X) ALL. { A = ast_new_select(p, AST_SELECT_CORE, X.start); }
select_word(A) ::= SELECT(X) DISTINCT. {
    A = ast_new_select(p, AST_SELECT_CORE, X.start);
    A->distinct = true;
}
select_word(A) ::= SELECT(X) DISTINCT ON LP exprs(L) RP. {
    A = ast_new_select(p, AST_SELECT_CORE, X.start);
    A->distinct = true;
    A->distinct_on = ast_take_exprs(L);
}

%type results {struct list_results *}
results(A) ::= result(X). {
    A = LIST_NEW(p, results);
    LIST_ADD(p, A, X);
}
results(A) ::= results(A) COMMA result(X). { LIST_ADD(p, A, X); }
%type result {struct ast_result}
result(A) ::= expr(X). { A = (struct ast_result){X, NO_NAME, X->span}; }
result(A) ::= expr(X) AS alias(N). { A = (struct ast_result){X, N, parser_since(p, X->span.start)}; }
result(A) ::= expr(X) alias(N). { A = (struct ast_result){X, N, parser_since(p, X->span.start)}; }
result(A) ::= star(X). { A = (struct ast_result){X, NO_NAME, X->span}; }

%type star {struct ast_expr *}
star(A) ::= STAR(X) star_exclude(E) star_replace(R). { A = ast_new_star(p, X.start, NO_NAME, E, R); }
star(A) ::= dotted(N) DOT STAR star_exclude(E) star_replace(R). {
    if (N->count > 1)
        parser_fail(p, STATUS_SYNTAX, N->items[1].span, "a table before .* has one name");
    A = ast_new_star(p, N->items[0].span.start, N->items[0], E, R);
}
%type star_exclude {struct list_names *}
star_exclude(A) ::= . { A = NULL; }
star_exclude(A) ::= EXCLUDE name(N). {
    A = LIST_NEW(p, names);
    LIST_ADD(p, A, N);
}
star_exclude(A) ::= EXCLUDE LP names(L) RP. { A = L; }
%type star_replace {struct list_fields *}
star_replace(A) ::= . { A = NULL; }
star_replace(A) ::= REPLACE LP replacements(L) RP. { A = L; }
%type replacements {struct list_fields *}
replacements(A) ::= expr(X) AS name(N). {
    A = LIST_NEW(p, fields);
    LIST_ADD(p, A, ((struct ast_field){N, X}));
}
replacements(A) ::= replacements(A) COMMA expr(X) AS name(N). { LIST_ADD(p, A, ((struct ast_field){N, X})); }

%type where {struct ast_expr *}
where(A) ::= . { A = NULL; }
where(A) ::= WHERE expr(X). { A = X; }
%type having {struct ast_expr *}
having(A) ::= . { A = NULL; }
having(A) ::= HAVING expr(X). { A = X; }
%type qualify {struct ast_expr *}
qualify(A) ::= . { A = NULL; }
qualify(A) ::= QUALIFY expr(X). { A = X; }

%type group {struct group_clause}
group(A) ::= . { A = (struct group_clause){0}; }
group(A) ::= GROUP(X) BY ALL. { A = (struct group_clause){AST_GROUP_ALL, parser_since(p, X.start), NULL, 0}; }
group(A) ::= GROUP(X) BY group_items(G). {
    A = G;
    A.span = parser_since(p, X.start);
}
%type group_items {struct group_clause}
group_items(A) ::= group_item(X). {
    A = (struct group_clause){0};
    ast_group_add(p, &A, (enum ast_group_kind)X.last_kind, X.exprs);
}
group_items(A) ::= group_items(A) COMMA group_item(X). {
    ast_group_add(p, &A, (enum ast_group_kind)X.last_kind, X.exprs);
}
%type group_item {struct group_clause}
group_item(A) ::= expr(X). {
    A = (struct group_clause){0};
    A.last_kind = AST_GROUP_EXPRS;
    A.exprs = LIST_NEW(p, exprs);
    LIST_ADD(p, A.exprs, X);
}
group_item(A) ::= ROLLUP LP exprs(L) RP. { A = (struct group_clause){0, {0, 0}, L, AST_GROUP_ROLLUP}; }
group_item(A) ::= CUBE LP exprs(L) RP. { A = (struct group_clause){0, {0, 0}, L, AST_GROUP_CUBE}; }
group_item(A) ::= GROUPING SETS LP group_sets(L) RP. {
    A = (struct group_clause){0, {0, 0}, L, AST_GROUP_SETS};
}
%type group_sets {struct list_exprs *}
group_sets(A) ::= group_set(X). {
    A = LIST_NEW(p, exprs);
    LIST_ADD(p, A, X);
}
group_sets(A) ::= group_sets(A) COMMA group_set(X). { LIST_ADD(p, A, X); }
%type group_set {struct ast_expr *}
group_set(A) ::= LP(L) RP. { A = ast_new_list(p, AST_ROW, L.start, NULL); }
group_set(A) ::= expr(X). { A = X; }

%type windows {struct list_windows *}
windows(A) ::= . { A = NULL; }
windows(A) ::= WINDOW window_list(L). { A = L; }
%type window_list {struct list_windows *}
window_list(A) ::= window(X). {
    A = LIST_NEW(p, windows);
    LIST_ADD(p, A, X);
}
window_list(A) ::= window_list(A) COMMA window(X). { LIST_ADD(p, A, X); }
%type window {struct ast_named_window}
window(A) ::= name(N) AS LP frame_spec(S) RP. {
    S->span = parser_since(p, N.span.start);
    A = (struct ast_named_window){N, S};
}

%type values {struct ast_select *}
values(A) ::= VALUES(X) value_rows(R). { A = ast_new_values(p, X.start, R); }
%type value_rows {struct list_rows *}
value_rows(A) ::= LP exprs(L) RP. {
    A = LIST_NEW(p, rows);
    LIST_ADD(p, A, ast_take_exprs(L));
}
value_rows(A) ::= value_rows(A) COMMA LP exprs(L) RP. { LIST_ADD(p, A, ast_take_exprs(L)); }

/* ---- ORDER BY, LIMIT, EMIT ---- */

%type tail {struct select_tail *}
tail(A) ::= order_clause(A).
tail(A) ::= order_clause(A) limit_clause(L). {
    A->limit = L->limit;
    A->offset = L->offset;
}
tail(A) ::= order_clause(A) limit_clause(L) emit(E). {
    A->limit = L->limit;
    A->offset = L->offset;
    A->emit = E;
}
tail(A) ::= order_clause(A) emit(E). { A->emit = E; }
tail(A) ::= limit_clause(A).
tail(A) ::= limit_clause(A) emit(E). { A->emit = E; }
tail(A) ::= emit(E). {
    A = ARENA_NEW(p->arena, struct select_tail);
    A->emit = E;
}
%type order_clause {struct select_tail *}
order_clause(A) ::= ORDER(X) BY orders(L). {
    A = ARENA_NEW(p->arena, struct select_tail);
    A->order_by = L;
    A->order_span = parser_since(p, X.start);
}
order_clause(A) ::= ORDER(X) BY ALL direction(D). {
    A = ARENA_NEW(p->arena, struct select_tail);
    A->order_by_all = true;
    A->order_by_all_descending = D;
    A->order_span = parser_since(p, X.start);
}
%type limit_clause {struct select_tail *}
limit_clause(A) ::= LIMIT expr(X). {
    A = ARENA_NEW(p->arena, struct select_tail);
    A->limit = X;
}
limit_clause(A) ::= LIMIT expr(X) OFFSET expr(Y). {
    A = ARENA_NEW(p->arena, struct select_tail);
    A->limit = X;
    A->offset = Y;
}
limit_clause(A) ::= LIMIT expr(Y) COMMA expr(X). {
    A = ARENA_NEW(p->arena, struct select_tail);
    A->limit = X;
    A->offset = Y;
}
limit_clause(A) ::= LIMIT ALL. { A = ARENA_NEW(p->arena, struct select_tail); }
limit_clause(A) ::= LIMIT ALL OFFSET expr(Y). {
    A = ARENA_NEW(p->arena, struct select_tail);
    A->offset = Y;
}
limit_clause(A) ::= OFFSET expr(Y). {
    A = ARENA_NEW(p->arena, struct select_tail);
    A->offset = Y;
}

%type emit {struct ast_emit *}
emit(A) ::= EMIT(X) emit_form(E). {
    A = E;
    A->span = parser_since(p, X.start);
}
%type emit_form {struct ast_emit *}
emit_form(A) ::= ON WINDOW CLOSE. {
    A = ARENA_NEW(p->arena, struct ast_emit);
    A->kind = AST_EMIT_CLOSE;
}
emit_form(A) ::= FINAL. {
    A = ARENA_NEW(p->arena, struct ast_emit);
    A->kind = AST_EMIT_CLOSE;
}
emit_form(A) ::= CHANGES. {
    A = ARENA_NEW(p->arena, struct ast_emit);
    A->kind = AST_EMIT_CHANGES;
}
emit_form(A) ::= PERIODIC expr(X). {
    A = ARENA_NEW(p->arena, struct ast_emit);
    A->kind = AST_EMIT_PERIODIC;
    A->period = X;
}
emit_form(A) ::= AFTER WATERMARK. {
    A = ARENA_NEW(p->arena, struct ast_emit);
    A->kind = AST_EMIT_WATERMARK;
}
emit_form(A) ::= emit_form(A) WITH EARLY LP trigger(T) RP. {
    ast_emit_check(p, A->early, "WITH EARLY");
    A->early = T;
}
emit_form(A) ::= emit_form(A) WITH LATE LP trigger(T) RP. {
    ast_emit_check(p, A->late, "WITH LATE");
    A->late = T;
}
emit_form(A) ::= emit_form(A) ALLOWED LATENESS expr(X). {
    ast_emit_check(p, A->allowed_lateness, "ALLOWED LATENESS");
    A->allowed_lateness = X;
}
emit_form(A) ::= emit_form(A) emit_mode(M). {
    ast_emit_check(p, A->mode != AST_MODE_DEFAULT ? A : NULL, "DISCARDING, ACCUMULATING or RETRACTING");
    A->mode = M;
}
emit_form(A) ::= emit_form(A) LATE ROWS INTO name(N). {
    ast_emit_check(p, A->late_rows.text.data, "LATE ROWS INTO");
    A->late_rows = N;
}
emit_mode(A) ::= DISCARDING. { A = AST_DISCARDING; }
emit_mode(A) ::= ACCUMULATING. { A = AST_ACCUMULATING; }
emit_mode(A) ::= RETRACTING. { A = AST_RETRACTING; }

%type trigger {struct ast_trigger *}
trigger(A) ::= EVERY(X) trigger_amount(E). { A = ast_new_trigger(p, AST_TRIGGER_TIME, E, NULL, NULL, X.start); }
trigger(A) ::= EVERY(X) trigger_amount(E) ROWS. {
    A = ast_new_trigger(p, AST_TRIGGER_ROWS, E, NULL, NULL, X.start);
}
trigger(A) ::= trigger(L) OR trigger(R). { A = ast_new_trigger(p, AST_TRIGGER_OR, NULL, L, R, L->span.start); }
trigger(A) ::= trigger(L) AND trigger(R). { A = ast_new_trigger(p, AST_TRIGGER_AND, NULL, L, R, L->span.start); }
trigger(A) ::= trigger(L) THEN trigger(R). { A = ast_new_trigger(p, AST_TRIGGER_THEN, NULL, L, R, L->span.start); }
trigger(A) ::= LP(L) trigger(T) RP. {
    A = T;
    A->span = parser_since(p, L.start);
}
%type trigger_amount {struct ast_expr *}
trigger_amount(A) ::= interval(A).
trigger_amount(A) ::= INTEGER(X). { A = ast_new_literal(p, X); }
trigger_amount(A) ::= PARAMETER(X). { A = ast_new_parameter(p, X); }
trigger_amount(A) ::= LP(L) expr(X) RP. { A = ast_parenthesize(p, L, X); }

/* ---- Options: name = value, or name value ---- */

%type settings {struct list_fields *}
settings(A) ::= setting(X). {
    A = LIST_NEW(p, fields);
    LIST_ADD(p, A, X);
}
settings(A) ::= settings(A) COMMA setting(X). { LIST_ADD(p, A, X); }
%type setting {struct ast_field}
setting(A) ::= alias(N). { A = (struct ast_field){N, NULL}; }
setting(A) ::= alias(N) setting_value(X). { A = (struct ast_field){N, X}; }
setting(A) ::= alias(N) EQ setting_value(X). { A = (struct ast_field){N, X}; }
%type setting_value {struct ast_expr *}
setting_value(A) ::= expr(A).
setting_value(A) ::= ON(X). { A = ast_new_name(p, *ast_new_names(p, ast_name_of(p, X))); }

/* ---- CREATE ---- */

create(A) ::= CREATE. { A = 0; }
create(A) ::= create(W) OR REPLACE. { A = W | CREATE_OR_REPLACE | (W & CREATE_OR_REPLACE ? CREATE_TWICE : 0); }
create(A) ::= create(W) TEMP. { A = W | CREATE_TEMP | (W & CREATE_TEMP ? CREATE_TWICE : 0); }
create(A) ::= create(W) EXTERNAL. { A = W | CREATE_EXTERNAL | (W & CREATE_EXTERNAL ? CREATE_TWICE : 0); }
create(A) ::= create(W) MATERIALIZED. {
    A = W | CREATE_MATERIALIZED | (W & CREATE_MATERIALIZED ? CREATE_TWICE : 0);
}
if_not_exists(A) ::= . { A = 0; }
if_not_exists(A) ::= IF NOT EXISTS. { A = 1; }
if_exists(A) ::= . { A = 0; }
if_exists(A) ::= IF EXISTS. { A = 1; }

command(A) ::= create(W) TABLE if_not_exists(I) dotted(N) table_body(B) table_tail(T) as_select(S). {
    A = ast_new_statement(p, AST_STATEMENT_CREATE_TABLE, 0);
    A->names = *N;
    A->if_not_exists = I;
    ast_take_table(p, A, (unsigned)W, B, T, S);
}
command(A) ::= create(W) VIEW if_not_exists(I) dotted(N) column_list(L) table_tail(T) AS select(S). {
    A = ast_new_statement(p, AST_STATEMENT_CREATE_VIEW, 0);
    A->names = *N;
    A->if_not_exists = I;
    A->columns = ast_take_names(L);
    ast_take_table(p, A, (unsigned)W, NULL, T, S);
}
%type as_select {struct ast_select *}
as_select(A) ::= . { A = NULL; }
as_select(A) ::= AS select(S). { A = S; }
%type column_list {struct list_names *}
column_list(A) ::= . { A = NULL; }
column_list(A) ::= LP names(L) RP. { A = L; }

%type table_tail {struct table_tail *}
table_tail(A) ::= . { A = ARENA_NEW(p->arena, struct table_tail); }
table_tail(A) ::= table_tail(A) PARTITIONED(X) BY LP exprs(L) RP. {
    if (A->partitioned_by)
        parser_fail(p, STATUS_SYNTAX, token_span(X), "PARTITIONED BY is given twice");
    A->partitioned_by = L;
}
table_tail(A) ::= table_tail(A) ORDER(X) BY LP orders(L) RP. {
    if (A->order_by)
        parser_fail(p, STATUS_SYNTAX, token_span(X), "ORDER BY is given twice");
    A->order_by = L;
}
table_tail(A) ::= table_tail(A) WITH(X) LP settings(L) RP. {
    if (A->options)
        parser_fail(p, STATUS_SYNTAX, token_span(X), "WITH is given twice");
    A->options = L;
}
table_tail(A) ::= table_tail(A) WITHOUT name(N). {
    parser_fail(p, STATUS_UNSUPPORTED, N.span, "not supported: WITHOUT " STR_FMT, STR_ARG(N.text));
}

%type table_body {struct table_body *}
table_body(A) ::= . { A = NULL; }
table_body(A) ::= LP table_items(B) RP. { A = B; }
%type table_items {struct table_body *}
table_items(A) ::= table_start(B) table_item. { A = B; }
table_items(A) ::= table_items(A) COMMA table_item.
%type table_start {struct table_body *}
table_start(A) ::= . {
    A = ARENA_NEW(p->arena, struct table_body);
    p->body = A;
}
table_item ::= WATERMARK(X) FOR name(N) AS expr(E). {
    if (p->body->watermark)
        parser_fail(p, STATUS_SYNTAX, token_span(X), "WATERMARK is given twice");
    p->body->watermark_column = N;
    p->body->watermark = E;
}
table_item ::= column.
table_item ::= constraint.
table_item ::= CONSTRAINT name constraint.

constraint ::= PRIMARY(X) KEY LP names(L) RP enforced(E). {
    LIST_ADD(p, &p->body->constraints, ((struct ast_table_constraint){
        .kind = AST_PRIMARY_KEY, .columns = ast_take_names(L), .not_enforced = E, .span = parser_since(p, X.start)}));
}
constraint ::= UNIQUE(X) LP names(L) RP enforced(E). {
    LIST_ADD(p, &p->body->constraints, ((struct ast_table_constraint){
        .kind = AST_UNIQUE, .columns = ast_take_names(L), .not_enforced = E, .span = parser_since(p, X.start)}));
}
constraint ::= CHECK(X) LP expr(C) RP enforced(E). {
    LIST_ADD(p, &p->body->constraints, ((struct ast_table_constraint){
        .kind = AST_CHECK, .check = C, .not_enforced = E, .span = parser_since(p, X.start)}));
}
constraint ::= FOREIGN(X) KEY LP names(L) RP references(R) enforced(E). {
    LIST_ADD(p, &p->body->constraints, ((struct ast_table_constraint){
        .kind = AST_FOREIGN_KEY, .columns = ast_take_names(L), .references = *R,
        .not_enforced = E, .span = parser_since(p, X.start)}));
}
enforced(A) ::= . { A = 0; }
enforced(A) ::= NOT ENFORCED. { A = 1; }
%type references {struct ast_names *}
references(A) ::= REFERENCES dotted(N) column_list reference_actions. { A = N; }
reference_actions ::= .
reference_actions ::= reference_actions ON DELETE|UPDATE reference_action.
reference_action ::= SET NULL.
reference_action ::= SET DEFAULT.
reference_action ::= NO name.
reference_action ::= name.

column ::= column_start. { p->column->span = parser_since(p, p->column->name.span.start); }
column_start ::= name(N). {
    p->column = ARRAY_PUSH(p->arena, &p->body->columns);
    *p->column = (struct ast_column_def){.name = N};
}
column_start ::= name(N) type(T). {
    p->column = ARRAY_PUSH(p->arena, &p->body->columns);
    *p->column = (struct ast_column_def){.name = N, .type = T};
}
column_start ::= column_start CONSTRAINT name.
column_start ::= column_start NULL.
column_start ::= column_start NOT NULL. { p->column->not_null = true; }
column_start ::= column_start NOT ENFORCED. { p->column->not_enforced = true; }
column_start ::= column_start PRIMARY KEY direction. { p->column->primary_key = true; }
column_start ::= column_start UNIQUE. { p->column->unique = true; }
column_start ::= column_start CHECK LP(L) expr(X) RP. {
    p->column->check = p->column->check ? ast_new_and(p, p->column->check, L, X) : X;
}
column_start ::= column_start DEFAULT default_value(X). { p->column->default_value = X; }
column_start ::= column_start COLLATE name(N). { p->column->collate = N; }
column_start ::= column_start GENERATED ALWAYS AS LP expr(X) RP generated_kind. { p->column->generated = X; }
column_start ::= column_start AS LP expr(X) RP generated_kind. { p->column->generated = X; }
column_start ::= column_start REFERENCES(X) dotted(R) column_list reference_actions. {
    struct list_names *names = LIST_NEW(p, names);
    LIST_ADD(p, names, p->column->name);
    LIST_ADD(p, &p->body->constraints, ((struct ast_table_constraint){
        .kind = AST_FOREIGN_KEY, .columns = ast_take_names(names), .references = *R,
        .span = parser_since(p, X.start)}));
}
generated_kind ::= .
generated_kind ::= ID.

%type default_value {struct ast_expr *}
default_value(A) ::= literal(A).
default_value(A) ::= PLUS|MINUS(O) INTEGER|DECIMAL|FLOAT(X). { A = ast_new_unary(p, O, ast_new_literal(p, X)); }
default_value(A) ::= interval(A).
default_value(A) ::= CURRENT_WORD(X). { A = ast_new_call_expr(p, ast_new_call(p, ast_name_of(p, X), NULL, NULL)); }
default_value(A) ::= bare_call(C). { A = ast_new_call_expr(p, C); }
default_value(A) ::= TYPE_WORD(X) STRING(V). {
    A = ast_new_expr(p, AST_TYPED, X.start);
    A->type = ast_type_word(p, (struct ast_type){0}, X);
    A->text = token_unquote(p->sql, V, p->arena);
}
default_value(A) ::= LP(L) expr(X) RP. { A = ast_parenthesize(p, L, X); }

/* ---- Changing data ---- */

%type insert {struct ast_statement *}
insert(A) ::= INSERT(X) INTO dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_INSERT, X.start);
    A->names = *N;
}
command(A) ::= insert(A) select(S) returning(R). {
    A->select = S;
    A->returning = ast_take_exprs(R);
}
command(A) ::= insert(A) LP names(L) RP select(S) returning(R). {
    A->columns = ast_take_names(L);
    A->select = S;
    A->returning = ast_take_exprs(R);
}
command(A) ::= insert(A) DEFAULT VALUES returning(R). {
    A->default_values = true;
    A->returning = ast_take_exprs(R);
}
%type returning {struct list_exprs *}
returning(A) ::= . { A = NULL; }
returning(A) ::= RETURNING returned(L). { A = L; }
%type returned {struct list_exprs *}
returned(A) ::= returned_one(X). {
    A = LIST_NEW(p, exprs);
    LIST_ADD(p, A, X);
}
returned(A) ::= returned(A) COMMA returned_one(X). { LIST_ADD(p, A, X); }
%type returned_one {struct ast_expr *}
returned_one(A) ::= expr(A).
returned_one(A) ::= STAR(X). { A = ast_new_star(p, X.start, NO_NAME, NULL, NULL); }

command(A) ::= UPDATE(X) dotted(N) SET assignments(L) where(W) returning(R). {
    A = ast_new_statement(p, AST_STATEMENT_UPDATE, X.start);
    A->names = *N;
    A->assignments = L->items;
    A->n_assignments = LIST_COUNT(L);
    A->where = W;
    A->returning = ast_take_exprs(R);
}
command(A) ::= UPDATE dotted SET assignments FROM(X) sources where returning. {
    A = NULL;
    parser_fail(p, STATUS_UNSUPPORTED, token_span(X), "not supported yet: UPDATE .. FROM");
}
%type assignments {struct list_assignments *}
assignments(A) ::= name(N) EQ expr(X). {
    A = LIST_NEW(p, assignments);
    LIST_ADD(p, A, ((struct ast_assignment){N, X}));
}
assignments(A) ::= assignments(A) COMMA name(N) EQ expr(X). { LIST_ADD(p, A, ((struct ast_assignment){N, X})); }

command(A) ::= DELETE(X) FROM dotted(N) where(W) returning(R). {
    A = ast_new_statement(p, AST_STATEMENT_DELETE, X.start);
    A->names = *N;
    A->where = W;
    A->returning = ast_take_exprs(R);
}
command(A) ::= TRUNCATE(X) dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_TRUNCATE, X.start);
    A->names = *N;
}
command(A) ::= TRUNCATE(X) TABLE dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_TRUNCATE, X.start);
    A->names = *N;
}

%type optimize {struct ast_statement *}
optimize(A) ::= OPTIMIZE(X) dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_OPTIMIZE, X.start);
    A->names = *N;
}
optimize(A) ::= OPTIMIZE(X) TABLE dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_OPTIMIZE, X.start);
    A->names = *N;
}
command(A) ::= optimize(A).
command(A) ::= optimize(A) WHERE expr(W). { A->where = W; }
command(A) ::= optimize(A) PARTITION LP assignments(L) RP. {
    A->assignments = L->items;
    A->n_assignments = LIST_COUNT(L);
}

command(A) ::= DROP(X) dropped(W) if_exists(I) dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_DROP, X.start);
    A->word = W;
    A->if_exists = I;
    A->names = *N;
}
%type dropped {struct str}
dropped(A) ::= TABLE. { A = STR_LITERAL("TABLE"); }
dropped(A) ::= VIEW. { A = STR_LITERAL("VIEW"); }
dropped(A) ::= MATERIALIZED VIEW. { A = STR_LITERAL("MATERIALIZED VIEW"); }

%type alter {struct ast_statement *}
alter(A) ::= ALTER(X) TABLE if_exists(I) dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_ALTER, X.start);
    A->if_exists = I;
    A->names = *N;
    p->body = ARENA_NEW(p->arena, struct table_body);
}
command(A) ::= alter(A) ADD column_word column. {
    A->word = STR_LITERAL("ADD COLUMN");
    A->column_defs = p->body->columns.items;
    A->n_column_defs = (uint32_t)p->body->columns.count;
}
command(A) ::= alter(A) DROP column_word name(N). {
    A->word = STR_LITERAL("DROP COLUMN");
    A->columns = *ast_new_names(p, N);
}
command(A) ::= alter(A) RENAME TO name(N). {
    A->word = STR_LITERAL("RENAME");
    A->columns = *ast_new_names(p, N);
}
command(A) ::= alter(A) RENAME column_word name(N) TO name(M). {
    A->word = STR_LITERAL("RENAME COLUMN");
    A->columns = *ast_add_name(p, ast_new_names(p, N), M);
}
command(A) ::= alter(A) SET LP settings(L) RP. {
    A->word = STR_LITERAL("SET");
    ast_take_options(p, A, L, false);
}
column_word ::= .
column_word ::= COLUMN.

%type copied {struct ast_statement *}
copied(A) ::= COPY(X) dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_COPY, X.start);
    A->names = *N;
}
copied(A) ::= COPY(X) dotted(N) LP names(L) RP. {
    A = ast_new_statement(p, AST_STATEMENT_COPY, X.start);
    A->names = *N;
    A->columns = ast_take_names(L);
}
copied(A) ::= COPY(X) select_parens(S). {
    A = ast_new_statement(p, AST_STATEMENT_COPY, X.start);
    A->select = S;
}
%type copy {struct ast_statement *}
copy(A) ::= copied(A) FROM|TO(W) STRING(V). {
    A->copy_from = W.code == TK_FROM;
    A->path = token_unquote(p->sql, V, p->arena);
    A->path_span = token_span(V);
    if (A->copy_from && A->select)
        parser_fail(p, STATUS_SYNTAX, token_span(W), "COPY .. FROM needs a table, not a query");
}
command(A) ::= copy(A).
command(A) ::= copy(A) LP settings(L) RP. { ast_take_options(p, A, L, true); }
command(A) ::= copy(A) WITH LP settings(L) RP. { ast_take_options(p, A, L, true); }

/* ---- The session ---- */

command(A) ::= SET(X) dotted(N) EQ|TO setting_value(V). {
    A = ast_new_statement(p, AST_STATEMENT_SET, X.start);
    A->names = *N;
    A->value = V;
}
command(A) ::= RESET(X) dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_RESET, X.start);
    A->names = *N;
}
command(A) ::= RESET(X) ALL(W). {
    A = ast_new_statement(p, AST_STATEMENT_RESET, X.start);
    A->names = *ast_new_names(p, ast_name_of(p, W));
}
command(A) ::= SHOW(X) show_words(W). {
    A = ast_new_statement(p, AST_STATEMENT_SHOW, X.start);
    A->word = W;
}
command(A) ::= SHOW(X) ALL. {
    A = ast_new_statement(p, AST_STATEMENT_SHOW, X.start);
    A->word = STR_LITERAL("ALL");
}
command(A) ::= SHOW(X) CREATE TABLE dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_SHOW, X.start);
    A->word = STR_LITERAL("CREATE TABLE");
    A->names = *N;
}
command(A) ::= SHOW(X) CREATE VIEW dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_SHOW, X.start);
    A->word = STR_LITERAL("CREATE VIEW");
    A->names = *N;
}
%type show_words {struct str}
show_words(A) ::= name(N). { A = N.text; }
show_words(A) ::= show_words(W) name(N). { A = ast_join_words(p, W, N.text); }

command(A) ::= DESCRIBE(X) dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_DESCRIBE, X.start);
    A->names = *N;
}
command(A) ::= DESCRIBE(X) described(S). {
    A = ast_new_statement(p, AST_STATEMENT_DESCRIBE, X.start);
    A->select = S;
}
command(A) ::= SUMMARIZE(X) dotted(N). {
    A = ast_new_statement(p, AST_STATEMENT_SUMMARIZE, X.start);
    A->names = *N;
}
command(A) ::= SUMMARIZE(X) described(S). {
    A = ast_new_statement(p, AST_STATEMENT_SUMMARIZE, X.start);
    A->select = S;
}
%type described {struct ast_select *}
described(A) ::= select(A).
described(A) ::= STRING(X). { A = ast_select_all(p, ast_new_source_file(p, X)); }
described(A) ::= bare_call(C). { A = ast_select_all(p, ast_new_source_call(p, C->span.start, C)); }

command(A) ::= BEGIN(X) transaction. { A = ast_new_statement(p, AST_STATEMENT_BEGIN, X.start); }
command(A) ::= START(X) TRANSACTION. { A = ast_new_statement(p, AST_STATEMENT_BEGIN, X.start); }
command(A) ::= COMMIT|END(X) transaction. { A = ast_new_statement(p, AST_STATEMENT_COMMIT, X.start); }
command(A) ::= ROLLBACK(X) transaction. { A = ast_new_statement(p, AST_STATEMENT_ROLLBACK, X.start); }
transaction ::= .
transaction ::= TRANSACTION.

%code {
void parser_run(struct parser *p)
{
    struct yyParser engine;
    sql_parserInit(&engine, p);
    for (p->at = 0; p->at < p->n_tokens; p->at++) {
        sql_parser(&engine, p->tokens[p->at].code, p->tokens[p->at]);
        if (p->status != STATUS_OK || p->arena->failed)
            break;
    }
    sql_parserFinalize(&engine);
}
}
