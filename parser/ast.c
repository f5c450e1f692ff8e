/* ast.c - nodes of expressions. Each is made when its last token has been taken, which gives its span; its
 * height is one more than the highest node below, and a tree past PARSE_HEIGHT_MAX is refused as it grows. */
#include "parser/parse_int.h"

#include "parser/sql.h"

#include <stdio.h>

enum { WORDS_LENGTH_MAX = 200 }; /* of a type's name, or of SHOW's words */

static const char *const OP_TEXTS[AST_OP_COUNT] = {
    [AST_OP_NONE] = "",
    [AST_OP_ADD] = "+",
    [AST_OP_SUB] = "-",
    [AST_OP_MUL] = "*",
    [AST_OP_DIV] = "/",
    [AST_OP_MOD] = "%",
    [AST_OP_CONCAT] = "||",
    [AST_OP_BIT_AND] = "&",
    [AST_OP_BIT_OR] = "|",
    [AST_OP_SHIFT_LEFT] = "<<",
    [AST_OP_SHIFT_RIGHT] = ">>",
    [AST_OP_EQ] = "=",
    [AST_OP_NE] = "<>",
    [AST_OP_LT] = "<",
    [AST_OP_LE] = "<=",
    [AST_OP_GT] = ">",
    [AST_OP_GE] = ">=",
    [AST_OP_AND] = "AND",
    [AST_OP_OR] = "OR",
    [AST_OP_ARROW] = "->",
    [AST_OP_ARROW_TEXT] = "->>",
    [AST_OP_NEGATE] = "-",
    [AST_OP_PLUS] = "+",
    [AST_OP_NOT] = "NOT",
    [AST_OP_BIT_NOT] = "~",
    [AST_OP_LIKE] = "LIKE",
    [AST_OP_ILIKE] = "ILIKE",
    [AST_OP_GLOB] = "GLOB",
    [AST_OP_REGEXP] = "REGEXP",
    [AST_OP_MATCH] = "MATCH",
    [AST_OP_SIMILAR] = "SIMILAR TO",
    [AST_OP_AT_TIME_ZONE] = "AT TIME ZONE",
};

const char *ast_op_text(enum ast_op op)
{
    return (unsigned)op < AST_OP_COUNT ? OP_TEXTS[op] : "";
}

enum status parser_fail(struct parser *p, enum status status, struct span span, const char *format,
                        ...)
{
    if (p->status != STATUS_OK)
        return p->status;
    char message[ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    p->status = status;
    p->refused = true;
    return error_set_at(p->error, status, span, "%s", message);
}

void parser_reject_last(struct parser *p)
{
    if (p->status != STATUS_OK || p->at == 0)
        return;
    p->status = STATUS_SYNTAX;
    p->at--;
}

struct span parser_since(const struct parser *p, uint32_t start)
{
    uint32_t end = p->at > 0 ? p->tokens[p->at - 1].end : start;
    return (struct span){start, MAX(start, end)};
}

/* ---- Names and lists ---- */

struct ast_name ast_name_of(struct parser *p, struct token token)
{
    return (struct ast_name){token_unquote(p->sql, token, p->arena), token_span(token)};
}

struct ast_names *ast_new_names(struct parser *p, struct ast_name first)
{
    struct ast_names *names = ARENA_NEW(p->arena, struct ast_names);
    names->items = ARENA_NEW(p->arena, struct ast_name);
    names->items[0] = first;
    names->count = 1;
    return names;
}

struct ast_names *ast_add_name(struct parser *p, struct ast_names *names, struct ast_name name)
{
    if (names->count >= PARSE_DEPTH_MAX) {
        parser_fail(p, STATUS_LIMIT, name.span, "a name has more than %d parts", PARSE_DEPTH_MAX);
        return names;
    }
    struct ast_name *items = ARENA_ARRAY(p->arena, struct ast_name, names->count + 1);
    memcpy(items, names->items, names->count * sizeof(*items));
    items[names->count++] = name;
    names->items = items;
    return names;
}

struct ast_names ast_take_names(const struct list_names *list)
{
    return (struct ast_names){LIST_ITEMS(list), LIST_COUNT(list)};
}

struct ast_exprs ast_take_exprs(const struct list_exprs *list)
{
    return (struct ast_exprs){LIST_ITEMS(list), LIST_COUNT(list)};
}

/* ---- Height ---- */

static unsigned expr_height(const struct ast_expr *expr)
{
    return expr ? expr->height : 0;
}

unsigned ast_exprs_height(const struct ast_expr *const *items, size_t count)
{
    unsigned height = 0;
    for (size_t i = 0; i < count; i++)
        height = MAX(height, expr_height(items[i]));
    return height;
}

unsigned ast_orders_height(const struct ast_order *items, size_t count)
{
    unsigned height = 0;
    for (size_t i = 0; i < count; i++)
        height = MAX(height, expr_height(items[i].expr));
    return height;
}

uint16_t ast_height_above(struct parser *p, unsigned below, struct span span)
{
    if (below >= PARSE_HEIGHT_MAX) {
        parser_fail(p, STATUS_LIMIT, span, "an expression is nested or chained more than %d deep",
                    PARSE_HEIGHT_MAX);
        below = 0;
    }
    return (uint16_t)(below + 1);
}

/* Gives `expr` the height its children make. */
static struct ast_expr *raise(struct parser *p, struct ast_expr *expr, unsigned below)
{
    expr->height = ast_height_above(p, MAX((unsigned)expr->height - 1, below), expr->span);
    return expr;
}

/* ---- Leaves ---- */

struct ast_expr *ast_new_expr(struct parser *p, enum ast_expr_kind kind, uint32_t start)
{
    struct ast_expr *expr = ARENA_NEW(p->arena, struct ast_expr);
    expr->kind = (uint8_t)kind;
    expr->height = 1;
    expr->span = parser_since(p, start);
    return expr;
}

static enum ast_expr_kind literal_kind(unsigned code)
{
    switch (code) {
    case TK_INTEGER:
        return AST_INTEGER;
    case TK_DECIMAL:
        return AST_DECIMAL;
    case TK_FLOAT:
        return AST_FLOAT;
    case TK_STRING:
        return AST_STRING;
    case TK_BLOB:
        return AST_BLOB;
    case TK_TRUE:
        return AST_TRUE;
    case TK_FALSE:
        return AST_FALSE;
    default:
        return AST_NULL;
    }
}

struct ast_expr *ast_new_literal(struct parser *p, struct token token)
{
    struct ast_expr *expr = ast_new_expr(p, literal_kind(token.code), token.start);
    expr->span = token_span(token);
    switch (expr->kind) {
    case AST_INTEGER:
    case AST_DECIMAL:
    case AST_FLOAT:
        expr->text = token_digits(p->sql, token, p->arena);
        break;
    case AST_STRING:
        expr->text = token_unquote(p->sql, token, p->arena);
        break;
    case AST_BLOB:
        expr->text = token_blob(p->sql, token, p->arena);
        break;
    default:
        break;
    }
    return expr;
}

/* The number of ?N or $N; 0 if it has none. */
static uint32_t parameter_number(struct parser *p, struct token token, struct str digits)
{
    uint32_t number = 0;
    for (size_t i = 0; i < digits.length; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') {
            parser_fail(p, STATUS_SYNTAX, token_span(token),
                        "a parameter's number or name: " STR_FMT,
                        STR_ARG(token_text(p->sql, token)));
            return 1;
        }
        number = MIN(number * 10 + (uint32_t)(digits.data[i] - '0'), (uint32_t)1000000);
    }
    if (digits.length > 0 && (number == 0 || number > PARSE_PARAMETERS_MAX))
        parser_fail(p, STATUS_LIMIT, token_span(token), "parameters are numbered from 1 to %d",
                    PARSE_PARAMETERS_MAX);
    return number;
}

static uint32_t parameter_named(const struct parser *p, struct str name)
{
    for (size_t i = 0; i < p->parameters.count; i++)
        if (p->parameters.items[i].text.length > 0 && str_equal(p->parameters.items[i].text, name))
            return (uint32_t)i + 1;
    return 0;
}

struct ast_expr *ast_new_parameter(struct parser *p, struct token token)
{
    struct ast_expr *expr = ast_new_expr(p, AST_PARAMETER, token.start);
    expr->span = token_span(token);
    expr->height = 1;
    struct str text = token_text(p->sql, token);
    struct str rest = {text.data + 1, text.length - 1};
    bool numbered = text.data[0] == '?' || (rest.data[0] >= '0' && rest.data[0] <= '9');
    if (!numbered)
        expr->text = rest;
    uint32_t index = numbered ? parameter_number(p, token, rest) : parameter_named(p, rest);
    if (index == 0)
        index = (uint32_t)p->parameters.count + 1;
    if (index > PARSE_PARAMETERS_MAX) {
        parser_fail(p, STATUS_LIMIT, expr->span, "more than %d parameters", PARSE_PARAMETERS_MAX);
        index = 1;
    }
    while (p->status == STATUS_OK && !p->arena->failed && p->parameters.count < index)
        *ARRAY_PUSH(p->arena, &p->parameters) = (struct ast_name){{NULL, 0}, expr->span};
    if (!numbered && p->parameters.count >= index)
        p->parameters.items[index - 1].text = rest;
    expr->index = index;
    return expr;
}

struct ast_expr *ast_new_name(struct parser *p, struct ast_names names)
{
    struct ast_expr *expr = ast_new_expr(p, AST_NAME, names.items[0].span.start);
    expr->span.end = names.items[names.count - 1].span.end;
    expr->names = names;
    return expr;
}

struct ast_expr *ast_new_text(struct parser *p, const char *text, struct span span)
{
    struct ast_expr *expr = ast_new_expr(p, AST_STRING, span.start);
    expr->text = str_of(text);
    expr->span = span;
    return expr;
}

/* ---- Operators ---- */

struct ast_expr *ast_new_unary(struct parser *p, struct token op, struct ast_expr *arg)
{
    struct ast_expr *expr = ast_new_expr(p, AST_UNARY, op.start);
    expr->op = op.code == TK_NOT     ? AST_OP_NOT
               : op.code == TK_MINUS ? AST_OP_NEGATE
               : op.code == TK_PLUS  ? AST_OP_PLUS
                                     : AST_OP_BIT_NOT;
    expr->op_span = token_span(op);
    expr->span.end = arg->span.end;
    expr->arg = arg;
    return raise(p, expr, arg->height);
}

static enum ast_op binary_op(const struct parser *p, struct token op)
{
    char first = p->sql.data[op.start], last = p->sql.data[op.end - 1];
    switch (op.code) {
    case TK_OR:
        return AST_OP_OR;
    case TK_AND:
        return AST_OP_AND;
    case TK_EQ:
        return AST_OP_EQ;
    case TK_NE:
        return AST_OP_NE;
    case TK_LT:
        return AST_OP_LT;
    case TK_LE:
        return AST_OP_LE;
    case TK_GT:
        return AST_OP_GT;
    case TK_GE:
        return AST_OP_GE;
    case TK_BIT_AND:
        return AST_OP_BIT_AND;
    case TK_BIT_OR:
        return AST_OP_BIT_OR;
    case TK_SHIFT:
        return first == '<' ? AST_OP_SHIFT_LEFT : AST_OP_SHIFT_RIGHT;
    case TK_PLUS:
        return AST_OP_ADD;
    case TK_MINUS:
        return AST_OP_SUB;
    case TK_STAR:
        return AST_OP_MUL;
    case TK_SLASH:
        return AST_OP_DIV;
    case TK_PERCENT:
        return AST_OP_MOD;
    case TK_CONCAT:
        return AST_OP_CONCAT;
    case TK_ARROW:
        return op.end - op.start == 3 && last == '>' ? AST_OP_ARROW_TEXT : AST_OP_ARROW;
    default:
        return AST_OP_AT_TIME_ZONE;
    }
}

static struct ast_expr *new_between_operands(struct parser *p, enum ast_expr_kind kind,
                                             const struct ast_expr *first)
{
    struct ast_expr *expr = ast_new_expr(p, kind, first->span.start);
    expr->height = (uint16_t)MAX(1, first->height);
    return raise(p, expr, first->height);
}

struct ast_expr *ast_new_binary(struct parser *p, struct ast_expr *left, struct token op,
                                struct ast_expr *right)
{
    struct ast_expr *expr = new_between_operands(p, AST_BINARY, left);
    expr->op = (uint8_t)binary_op(p, op);
    expr->op_span = token_span(op);
    expr->left = left;
    expr->right = right;
    expr->span.end = right->span.end;
    return raise(p, expr, right->height);
}

struct ast_expr *ast_new_and(struct parser *p, struct ast_expr *left, struct token open,
                             struct ast_expr *right)
{
    struct token op = {open.start, open.end, TK_AND, 0};
    return ast_new_binary(p, left, op, ast_parenthesize(p, open, right));
}

static enum ast_op like_op(const struct parser *p, struct operator_word word)
{
    struct str text = {p->sql.data + word.span.start, word.span.end - word.span.start};
    return str_is(text, "LIKE")     ? AST_OP_LIKE
           : str_is(text, "ILIKE")  ? AST_OP_ILIKE
           : str_is(text, "GLOB")   ? AST_OP_GLOB
           : str_is(text, "REGEXP") ? AST_OP_REGEXP
           : str_is(text, "MATCH")  ? AST_OP_MATCH
                                    : AST_OP_SIMILAR;
}

struct ast_expr *ast_new_like(struct parser *p, struct ast_expr *arg, struct operator_word word,
                              struct ast_expr *right, struct ast_expr *escape)
{
    struct ast_expr *expr = new_between_operands(p, AST_LIKE, arg);
    expr->op = (uint8_t)like_op(p, word);
    expr->op_span = word.span;
    expr->negated = word.negated;
    expr->arg = arg;
    expr->right = right;
    expr->escape = escape;
    return raise(p, expr, MAX(right->height, expr_height(escape)));
}

struct ast_expr *ast_new_is(struct parser *p, struct ast_expr *arg, struct token word, bool negated,
                            struct ast_expr *right, enum ast_is is)
{
    struct ast_expr *expr = new_between_operands(p, AST_IS, arg);
    expr->op_span = token_span(word);
    expr->negated = negated;
    expr->arg = arg;
    expr->right = right;
    expr->is = (uint8_t)is;
    if (is == AST_IS_SAME && right &&
        (right->kind == AST_NULL || right->kind == AST_TRUE || right->kind == AST_FALSE)) {
        expr->is = right->kind == AST_NULL   ? AST_IS_NULL
                   : right->kind == AST_TRUE ? AST_IS_TRUE
                                             : AST_IS_FALSE;
        expr->right = NULL;
    }
    return raise(p, expr, expr_height(right));
}

struct ast_expr *ast_new_between(struct parser *p, struct ast_expr *arg, struct operator_word word,
                                 struct ast_expr *low, struct ast_expr *high)
{
    struct ast_expr *expr = new_between_operands(p, AST_BETWEEN, arg);
    expr->op_span = word.span;
    expr->negated = word.negated;
    expr->arg = arg;
    expr->left = low;
    expr->right = high;
    return raise(p, expr, MAX(low->height, high->height));
}

struct ast_expr *ast_new_in(struct parser *p, struct ast_expr *arg, struct operator_word word,
                            struct list_exprs *list, struct ast_select *select)
{
    struct ast_expr *expr = new_between_operands(p, AST_IN, arg);
    expr->op_span = word.span;
    expr->negated = word.negated;
    expr->arg = arg;
    expr->list = ast_take_exprs(list);
    expr->select = select;
    unsigned below =
        ast_exprs_height((const struct ast_expr *const *)expr->list.items, expr->list.count);
    return raise(p, expr, MAX(below, select ? select->height : 0u));
}

struct ast_expr *ast_new_case(struct parser *p, struct token word, struct ast_expr *arg,
                              struct list_whens *whens, struct ast_expr *otherwise)
{
    struct ast_expr *expr = ast_new_expr(p, AST_CASE, word.start);
    expr->arg = arg;
    expr->whens = LIST_ITEMS(whens);
    expr->n_whens = LIST_COUNT(whens);
    expr->otherwise = otherwise;
    unsigned below = MAX(expr_height(arg), expr_height(otherwise));
    for (uint32_t i = 0; i < expr->n_whens; i++) {
        below = MAX(below, expr_height(expr->whens[i].when));
        below = MAX(below, expr_height(expr->whens[i].then));
    }
    return raise(p, expr, below);
}

struct ast_expr *ast_new_cast(struct parser *p, uint32_t start, struct ast_expr *arg,
                              struct ast_type type, bool is_try)
{
    struct ast_expr *expr = ast_new_expr(p, AST_CAST, start);
    expr->arg = arg;
    expr->type = type;
    expr->is_try = is_try;
    return raise(p, expr, arg->height);
}

struct ast_expr *ast_new_interval(struct parser *p, struct token word, struct ast_expr *arg,
                                  struct token unit, struct token unit_to)
{
    struct ast_expr *expr = ast_new_expr(p, AST_INTERVAL, word.start);
    expr->arg = arg;
    if (unit.end > 0)
        expr->unit = (struct ast_name){ast_upper(p, token_text(p->sql, unit)), token_span(unit)};
    if (unit_to.end > 0)
        expr->unit_to =
            (struct ast_name){ast_upper(p, token_text(p->sql, unit_to)), token_span(unit_to)};
    return raise(p, expr, arg->height);
}

struct ast_expr *ast_new_collate(struct parser *p, struct ast_expr *arg, struct token word,
                                 struct ast_name name)
{
    struct ast_expr *expr = new_between_operands(p, AST_COLLATE, arg);
    expr->op_span = token_span(word);
    expr->arg = arg;
    expr->names = *ast_new_names(p, name);
    return expr;
}

/* ---- What holds a query ---- */

struct ast_expr *ast_new_subquery(struct parser *p, enum ast_expr_kind kind, uint32_t start,
                                  struct ast_select *select)
{
    struct ast_expr *expr = ast_new_expr(p, kind, start);
    expr->span.end = select->span.end;
    expr->select = select;
    return raise(p, expr, select->height);
}

struct ast_expr *ast_new_quantified(struct parser *p, struct ast_expr *left, struct token op,
                                    bool is_all, struct ast_select *select)
{
    struct ast_expr *expr = new_between_operands(p, AST_QUANTIFIED, left);
    expr->op = (uint8_t)binary_op(p, op);
    expr->op_span = token_span(op);
    expr->arg = left;
    expr->is_all = is_all;
    expr->select = select;
    return raise(p, expr, select->height);
}

struct ast_expr *ast_new_table(struct parser *p, struct token word, struct ast_source *source,
                               struct ast_expr *partition_by)
{
    struct ast_expr *expr = ast_new_expr(p, AST_TABLE, word.start);
    expr->source = source;
    if (partition_by) {
        source->partition_by.items = ARENA_NEW(p->arena, struct ast_expr *);
        source->partition_by.items[0] = partition_by;
        source->partition_by.count = 1;
    }
    return raise(p, expr, MAX((unsigned)source->height, expr_height(partition_by)));
}

/* ---- Composed values ---- */

struct ast_expr *ast_new_list(struct parser *p, enum ast_expr_kind kind, uint32_t start,
                              struct list_exprs *list)
{
    struct ast_expr *expr = ast_new_expr(p, kind, start);
    expr->list = ast_take_exprs(list);
    return raise(
        p, expr,
        ast_exprs_height((const struct ast_expr *const *)expr->list.items, expr->list.count));
}

struct ast_expr *ast_new_struct(struct parser *p, uint32_t start, struct list_fields *fields)
{
    struct ast_expr *expr = ast_new_expr(p, AST_STRUCT, start);
    expr->fields = LIST_ITEMS(fields);
    expr->n_fields = LIST_COUNT(fields);
    unsigned below = 0;
    for (uint32_t i = 0; i < expr->n_fields; i++)
        below = MAX(below, expr_height(expr->fields[i].value));
    return raise(p, expr, below);
}

struct ast_expr *ast_new_index(struct parser *p, struct ast_expr *arg, struct ast_expr *index)
{
    struct ast_expr *expr = new_between_operands(p, AST_INDEX, arg);
    expr->arg = arg;
    expr->right = index;
    return raise(p, expr, index->height);
}

struct ast_expr *ast_new_field(struct parser *p, struct ast_expr *arg, struct ast_name name)
{
    bool extends = arg->kind == AST_FIELD && p->sql.data[arg->span.end - 1] != ')';
    struct ast_expr *expr = new_between_operands(p, AST_FIELD, extends ? arg->arg : arg);
    expr->arg = extends ? arg->arg : arg;
    expr->names = extends ? *ast_add_name(p, &arg->names, name) : *ast_new_names(p, name);
    expr->span.start = arg->span.start;
    return expr;
}

struct ast_expr *ast_new_star(struct parser *p, uint32_t start, struct ast_name table,
                              struct list_names *exclude, struct list_fields *replace)
{
    struct ast_expr *expr = ast_new_expr(p, AST_STAR, start);
    expr->star = ARENA_NEW(p->arena, struct ast_star);
    expr->star->table = table;
    expr->star->exclude = ast_take_names(exclude);
    expr->star->replace = LIST_ITEMS(replace);
    expr->star->n_replace = LIST_COUNT(replace);
    unsigned below = 0;
    for (uint32_t i = 0; i < expr->star->n_replace; i++)
        below = MAX(below, expr_height(expr->star->replace[i].value));
    return raise(p, expr, below);
}

struct ast_expr *ast_parenthesize(struct parser *p, struct token open, struct ast_expr *expr)
{
    expr->span = parser_since(p, open.start);
    return expr;
}

/* ---- Calls ---- */

struct ast_arg ast_arg_of(struct ast_expr *value)
{
    return (struct ast_arg){.value = value};
}

/* TABLE t PARTITION BY a, b, DESCRIPTOR(ts), ..: what stands before the DESCRIPTOR are keys, not arguments. */
static void call_take_keys(struct parser *p, struct ast_call *call)
{
    struct ast_expr *first = call->n_args > 0 ? call->args[0].value : NULL;
    if (!first || first->kind != AST_TABLE || first->source->partition_by.count != 1)
        return;
    uint32_t end = 1;
    while (end < call->n_args && !call->args[end].name.text.data) {
        const struct ast_expr *value = call->args[end].value;
        if (value->kind == AST_CALL && str_is(value->call->name.text, "DESCRIPTOR"))
            break;
        end++;
    }
    bool found = end < call->n_args && !call->args[end].name.text.data;
    if (!found || end == 1)
        return;
    struct ast_expr **keys = ARENA_ARRAY(p->arena, struct ast_expr *, end);
    struct ast_arg *args = ARENA_ARRAY(p->arena, struct ast_arg, call->n_args - end + 1);
    if (p->arena->failed)
        return;
    keys[0] = first->source->partition_by.items[0];
    for (uint32_t i = 1; i < end; i++)
        keys[i] = call->args[i].value;
    first->source->partition_by = (struct ast_exprs){keys, end};
    args[0] = call->args[0];
    memcpy(args + 1, call->args + end, (call->n_args - end) * sizeof(*args));
    call->args = args;
    call->n_args = call->n_args - end + 1;
    first->span.end = keys[end - 1]->span.end;
}

struct ast_call *ast_new_call(struct parser *p, struct ast_name name, struct list_args *args,
                              struct list_orders *order_by)
{
    struct ast_call *call = ARENA_NEW(p->arena, struct ast_call);
    call->span = parser_since(p, name.span.start);
    call->name = name;
    call->args = LIST_ITEMS(args);
    call->n_args = LIST_COUNT(args);
    call->order_by = LIST_ITEMS(order_by);
    call->n_order_by = LIST_COUNT(order_by);
    unsigned below = ast_orders_height(call->order_by, call->n_order_by);
    for (uint32_t i = 0; i < call->n_args; i++)
        below = MAX(below,
                    MAX(expr_height(call->args[i].value), expr_height(call->args[i].partition_by)));
    call->height = ast_height_above(p, below, call->span);
    if (!p->arena->failed)
        call_take_keys(p, call);
    return call;
}

/* EXTRACT(unit FROM x) is date_part('unit', x); SUBSTRING(x FROM a [FOR n]) and TRIM(c FROM x) are as with
 * commas. */
struct ast_call *ast_new_call_words(struct parser *p, struct ast_name name, struct ast_expr *first,
                                    struct ast_expr *from, struct ast_expr *length)
{
    struct list_args *args = LIST_NEW(p, args);
    if (str_is(name.text, "EXTRACT") && !length) {
        bool unit = first->kind == AST_NAME && first->names.count == 1;
        if (unit)
            first = ast_new_text(p, str_dup(p->arena, first->names.items[0].text), first->span);
        name.text = STR_LITERAL("date_part");
        if (!unit && first->kind != AST_STRING)
            parser_fail(p, STATUS_SYNTAX, first->span,
                        "EXTRACT needs a unit: EXTRACT(HOUR FROM ts)");
    } else if (str_is(name.text, "TRIM") && !length) {
        struct ast_expr *characters = first;
        first = from;
        from = characters;
    } else if (!str_is(name.text, "SUBSTRING") && !str_is(name.text, "SUBSTR")) {
        parser_fail(p, STATUS_SYNTAX, first->span, "FROM in the arguments of " STR_FMT,
                    STR_ARG(name.text));
    }
    LIST_ADD(p, args, ast_arg_of(first));
    LIST_ADD(p, args, ast_arg_of(from));
    if (length)
        LIST_ADD(p, args, ast_arg_of(length));
    return ast_new_call(p, name, args, NULL);
}

void ast_call_decorate(struct parser *p, struct ast_call *call, struct ast_expr *filter,
                       struct ast_over *over)
{
    call->filter = filter;
    call->over = over;
    call->span = parser_since(p, call->span.start);
    unsigned below = MAX((unsigned)call->height - 1, expr_height(filter));
    if (over) {
        struct ast_exprs keys = over->partition_by;
        below =
            MAX(below, ast_exprs_height((const struct ast_expr *const *)keys.items, keys.count));
        below = MAX(below, ast_orders_height(over->order_by, over->n_order_by));
        below = MAX(below, MAX(expr_height(over->start.offset), expr_height(over->end.offset)));
    }
    call->height = ast_height_above(p, below, call->span);
}

struct ast_expr *ast_new_call_expr(struct parser *p, struct ast_call *call)
{
    struct ast_expr *expr = ast_new_expr(p, AST_CALL, call->span.start);
    expr->span = call->span;
    expr->call = call;
    return raise(p, expr, (unsigned)call->height - 1);
}

/* ---- Types ---- */

struct str ast_upper(struct parser *p, struct str text)
{
    char *upper = arena_strndup(p->arena, text.data, text.length);
    for (size_t i = 0; !p->arena->failed && i < text.length; i++)
        if (upper[i] >= 'a' && upper[i] <= 'z')
            upper[i] = (char)(upper[i] - ('a' - 'A'));
    return (struct str){upper, p->arena->failed ? 0 : text.length};
}

struct str ast_join_words(struct parser *p, struct str a, struct str b)
{
    size_t length = a.length + 1 + b.length;
    if (length > WORDS_LENGTH_MAX) {
        parser_fail(p, STATUS_LIMIT, token_span(p->tokens[p->at > 0 ? p->at - 1 : 0]),
                    "words are longer than %d bytes together", WORDS_LENGTH_MAX);
        return a;
    }
    char *text = arena_alloc(p->arena, length + 1);
    if (!text || p->arena->failed)
        return a;
    memcpy(text, a.data, a.length);
    text[a.length] = ' ';
    memcpy(text + a.length + 1, b.data, b.length);
    return (struct str){text, length};
}

struct ast_type ast_type_word(struct parser *p, struct ast_type type, struct token word)
{
    struct str text = token_unquote(p->sql, word, p->arena);
    if (!type.name.data)
        return (struct ast_type){.name = text, .span = token_span(word)};
    type.name = ast_join_words(p, type.name, text);
    type.span.end = word.end;
    return type;
}

struct ast_type ast_type_args(struct parser *p, struct ast_type type, int64_t a, int64_t b,
                              uint32_t n)
{
    type.args[0] = a;
    type.args[1] = b;
    type.n_args = n;
    type.span = parser_since(p, type.span.start);
    return type;
}

struct ast_type ast_type_suffix(struct parser *p, struct ast_type type, const char *suffix)
{
    size_t length = type.name.length + strlen(suffix);
    if (length > WORDS_LENGTH_MAX)
        parser_fail(p, STATUS_LIMIT, type.span, "a type's name is longer than %d bytes",
                    WORDS_LENGTH_MAX);
    else
        type.name =
            str_of(arena_printf(p->arena, "%.*s%s", (int)type.name.length, type.name.data, suffix));
    type.span = parser_since(p, type.span.start);
    return type;
}

int64_t ast_small_integer(struct parser *p, struct token token)
{
    struct str digits = token_digits(p->sql, token, p->arena);
    int64_t value = 0;
    for (size_t i = 0; i < digits.length; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9' || value > 1000000000) {
            parser_fail(p, STATUS_SYNTAX, token_span(token), "not a type's length: " STR_FMT,
                        STR_ARG(token_text(p->sql, token)));
            return 0;
        }
        value = value * 10 + (digits.data[i] - '0');
    }
    return value;
}

int64_t ast_small_integer_negated(struct parser *p, struct token token)
{
    return -ast_small_integer(p, token);
}
