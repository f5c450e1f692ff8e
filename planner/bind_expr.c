/* bind_expr.c - operators and conditions to typed expressions. */
#include "planner/bind_int.h"
#include "planner/rule_int.h"

enum status bind_refuse(struct binder *b, struct span span, const char *what)
{
    return error_set_at(b->error, STATUS_UNSUPPORTED, span, "not supported yet: %s", what);
}

/* ---- functions by name and types ---- */

static const char *types_text(struct binder *b, struct expr *const *args, uint32_t n_args)
{
    struct strbuf text;
    char name[TYPE_NAME_SIZE];
    strbuf_init(&text, b->arena);
    strbuf_puts(&text, "");
    for (uint32_t i = 0; i < n_args; i++) {
        if (i > 0)
            strbuf_puts(&text, ", ");
        strbuf_puts(&text, type_name(args[i]->type, name));
    }
    return text.data ? text.data : "";
}

static enum status operator_error(struct bind *at, struct str name, struct expr *const *args,
                                  uint32_t n_args, struct span span)
{
    struct binder *b = at->binder;
    char left[TYPE_NAME_SIZE], right[TYPE_NAME_SIZE];
    if (n_args == 1) {
        return error_set_at(b->error, STATUS_TYPE, span, STR_FMT " does not take %s", STR_ARG(name),
                            type_name(args[0]->type, left));
    }
    bool compares = strchr("=<>", name.data[0]) != NULL || str_starts_with(name, "is ");
    enum status status = error_set_at(
        b->error, STATUS_TYPE, span,
        compares ? "cannot compare %s with %s" : "no operator between %s and %s: " STR_FMT,
        type_name(args[0]->type, left), type_name(args[1]->type, right), STR_ARG(name));
    bool text_first = args[0]->type.id == TYPE_VARCHAR;
    if (strchr("lgir", name.data[0]) && !compares)
        error_hint(b->error, "both sides are text: CAST(... AS VARCHAR)");
    else if (strchr("+-", name.data[0]) && type_is_timestamp(args[0]->type))
        error_hint(b->error, "such as ... + INTERVAL '1' DAY");
    else if (text_first != (args[1]->type.id == TYPE_VARCHAR))
        error_hint(b->error, "CAST the text: CAST(... AS %s)", text_first ? right : left);
    else
        error_hint(b->error, "CAST one side to the type of the other");
    return status;
}

static enum status function_error(struct bind *at, struct str name, struct expr *const *args,
                                  uint32_t n_args, struct span span)
{
    struct binder *b = at->binder;
    enum status status = error_set_at(b->error, STATUS_TYPE, span, "no function " STR_FMT "(%s)",
                                      STR_ARG(name), types_text(b, args, n_args));
    const char *canonical = function_canonical(name);
    struct str wanted = canonical ? str_of(canonical) : name;
    char signature[160], all[ERROR_HINT_SIZE];
    size_t length = 0;
    all[0] = '\0';
    for (int id = 0; id < FUNCTION_COUNT; id++) {
        const struct function_info *info = &function_info[id];
        if (info->flags & FUNCTION_OPERATOR || !str_is(wanted, info->name))
            continue;
        function_signature_text((enum function_id)id, signature, sizeof signature);
        size_t n = strlen(signature);
        if (length + n + 8 > sizeof all)
            break;
        if (length) {
            memcpy(all + length, " or ", 4);
            length += 4;
        }
        memcpy(all + length, signature, n + 1);
        length += n;
    }
    if (length)
        error_hint(b->error, "there is %s", all);
    return status;
}

/* What function_resolve is asked about: the arguments as they are, and its answer. */
struct resolution {
    struct type *types, *targets;
    bool *is_literal;
    struct type result;
    enum function_id id;
};

static void resolve_types(struct resolution *r, struct str name, bool is_operator,
                          struct expr **args, uint32_t n_args)
{
    for (uint32_t i = 0; i < n_args; i++) {
        r->types[i] = args[i]->type;
        r->is_literal[i] = bind_is_text_literal(args[i]);
    }
    r->id = function_resolve(name, r->types, r->is_literal, n_args, is_operator, r->targets,
                             &r->result);
}

/* Whether an integer becomes a DECIMAL: then a literal is one of just its digits. */
static bool takes_decimal(const struct resolution *r, uint32_t n_args)
{
    for (uint32_t i = 0; i < n_args; i++)
        if (type_is_integer(r->types[i]) && r->targets[i].id == TYPE_DECIMAL)
            return true;
    return false;
}

static enum status refine(struct binder *b, struct resolution *r, struct expr *const *args,
                          uint32_t n_args)
{
    const struct value **constants = ARENA_ARRAY(b->arena, const struct value *, n_args + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < n_args; i++)
        constants[i] = args[i]->kind == EXPR_CONSTANT ? &args[i]->value : NULL;
    function_refine(r->id, constants, n_args, &r->result);
    return STATUS_OK;
}

enum status bind_resolve(struct bind *at, struct str name, bool is_operator, struct expr **args,
                         uint32_t n_args, struct span span, struct expr **out)
{
    struct binder *b = at->binder;
    struct resolution r = {
        .types = ARENA_ARRAY(b->arena, struct type, n_args + 1),
        .targets = ARENA_ARRAY(b->arena, struct type, n_args + 1),
        .is_literal = ARENA_ARRAY(b->arena, bool, n_args + 1),
    };
    TRY(arena_check(b->arena, b->error));
    resolve_types(&r, name, is_operator, args, n_args);
    if (r.id != FUNCTION_COUNT && takes_decimal(&r, n_args)) {
        bind_meet_decimal(b, args, n_args);
        resolve_types(&r, name, is_operator, args, n_args);
    }
    if (r.id == FUNCTION_COUNT)
        return is_operator ? operator_error(at, name, args, n_args, span)
                           : function_error(at, name, args, n_args, span);
    TRY(refine(b, &r, args, n_args));
    for (uint32_t i = 0; i < n_args; i++)
        TRY(bind_cast(b, args[i], r.targets[i], &args[i]));
    *out = expr_call(b->arena, r.id, r.result, args, n_args, span);
    return arena_check(b->arena, b->error);
}

/* ---- conditions ---- */

enum status bind_to_condition(struct bind *at, struct expr *e, const char *what, struct expr **out)
{
    struct binder *b = at->binder;
    char type[TYPE_NAME_SIZE];
    if (e->type.id == TYPE_BOOLEAN || e->type.id == TYPE_NULL)
        return bind_cast(b, e, type_of(TYPE_BOOLEAN), out);
    enum status status = error_set_at(b->error, STATUS_TYPE, e->span, "%s must be BOOLEAN, not %s",
                                      what, type_name(e->type, type));
    if (type_is_number(e->type))
        error_hint(b->error, "compare it: ... <> 0");
    return status;
}

enum status bind_condition(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct expr *e;
    TRY(bind_expr(at, ast, &e));
    return bind_to_condition(at, e, at->clause, out);
}

struct expr *bind_list(struct binder *b, enum expr_kind kind, struct expr **args, uint32_t n_args,
                       struct span span)
{
    if (n_args == 1)
        return args[0];
    struct expr *e = ARENA_NEW(b->arena, struct expr);
    e->kind = (uint8_t)kind;
    e->type = type_of(TYPE_BOOLEAN);
    e->span = span;
    e->args = args;
    e->n_args = n_args;
    return e;
}

/* Counts the parts of a AND b AND c, which hang on the left. */
static uint32_t chain_length(const struct ast_expr *ast, uint8_t op)
{
    uint32_t n = 1;
    for (; ast->kind == AST_BINARY && ast->op == op; ast = ast->left)
        n++;
    return n;
}

static enum status bind_logic(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    enum expr_kind kind = ast->op == AST_OP_AND ? EXPR_AND : EXPR_OR;
    const char *word = ast->op == AST_OP_AND ? "a part of AND" : "a part of OR";
    uint32_t n = chain_length(ast, ast->op), i = n;
    struct expr **parts = ARENA_ARRAY(b->arena, struct expr *, n);
    TRY(arena_check(b->arena, b->error));
    const struct ast_expr *left = ast;
    for (; i > 1; left = left->left) {
        struct expr *part;
        TRY(bind_expr(at, left->right, &part));
        TRY(bind_to_condition(at, part, word, &parts[--i]));
    }
    struct expr *first;
    TRY(bind_expr(at, left, &first));
    TRY(bind_to_condition(at, first, word, &parts[0]));
    struct expr_list flat = {0};
    for (i = 0; i < n; i++) {
        bool same = parts[i]->kind == kind;
        for (uint32_t j = 0; j < (same ? parts[i]->n_args : 1); j++)
            expr_list_push(b->arena, &flat, same ? parts[i]->args[j] : parts[i]);
    }
    TRY(arena_check(b->arena, b->error));
    *out = bind_list(b, kind, flat.items, flat.count, ast->span);
    return arena_check(b->arena, b->error);
}

static enum status bind_not(struct bind *at, struct expr *e, struct span span, struct expr **out)
{
    struct binder *b = at->binder;
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 1);
    TRY(arena_check(b->arena, b->error));
    TRY(bind_to_condition(at, e, "what NOT takes", &args[0]));
    *out = expr_call(b->arena, FUNCTION_NOT, type_of(TYPE_BOOLEAN), args, 1, span);
    return arena_check(b->arena, b->error);
}

static enum status negate_if(struct bind *at, bool negated, struct span span, struct expr **e)
{
    return negated ? bind_not(at, *e, span, e) : STATUS_OK;
}

static enum status bind_pair(struct bind *at, const char *name, struct expr *left,
                             struct expr *right, struct span span, struct expr **out)
{
    struct binder *b = at->binder;
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 2);
    TRY(arena_check(b->arena, b->error));
    args[0] = left;
    args[1] = right;
    return bind_resolve(at, str_of(name), true, args, 2, span, out);
}

/* ---- operators ---- */

static const char *operator_name(enum ast_op op)
{
    static const char *const NAMES[AST_OP_COUNT] = {
        [AST_OP_ADD] = "+",         [AST_OP_SUB] = "-",
        [AST_OP_MUL] = "*",         [AST_OP_DIV] = "/",
        [AST_OP_MOD] = "%",         [AST_OP_CONCAT] = "||",
        [AST_OP_BIT_AND] = "&",     [AST_OP_BIT_OR] = "|",
        [AST_OP_SHIFT_LEFT] = "<<", [AST_OP_SHIFT_RIGHT] = ">>",
        [AST_OP_EQ] = "=",          [AST_OP_NE] = "<>",
        [AST_OP_LT] = "<",          [AST_OP_LE] = "<=",
        [AST_OP_GT] = ">",          [AST_OP_GE] = ">=",
        [AST_OP_ARROW] = "->",      [AST_OP_ARROW_TEXT] = "->>",
        [AST_OP_NEGATE] = "-",      [AST_OP_PLUS] = "+",
        [AST_OP_BIT_NOT] = "~",     [AST_OP_AT_TIME_ZONE] = "at time zone",
        [AST_OP_LIKE] = "like",     [AST_OP_ILIKE] = "ilike",
        [AST_OP_GLOB] = "glob",     [AST_OP_REGEXP] = "regexp",
    };
    return NAMES[op];
}

/* (a, b) = (c, d) */
static enum status bind_rows_equal(struct bind *at, const struct ast_expr *left,
                                   const struct ast_expr *right, struct span span,
                                   struct expr **out)
{
    struct binder *b = at->binder;
    if (left->kind != AST_ROW || right->kind != AST_ROW || left->list.count != right->list.count)
        return error_set_at(b->error, STATUS_TYPE, span,
                            "a row is compared with a row of as many values");
    struct expr **parts = ARENA_ARRAY(b->arena, struct expr *, left->list.count);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < left->list.count; i++) {
        struct expr *l, *r;
        TRY(bind_expr(at, left->list.items[i], &l));
        TRY(bind_expr(at, right->list.items[i], &r));
        TRY(bind_pair(at, "=", l, r, span, &parts[i]));
    }
    *out = bind_list(b, EXPR_AND, parts, left->list.count, span);
    return arena_check(b->arena, b->error);
}

static enum status bind_binary(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    if (ast->op == AST_OP_AND || ast->op == AST_OP_OR)
        return bind_logic(at, ast, out);
    if (ast->left->kind == AST_ROW || ast->right->kind == AST_ROW) {
        if (ast->op != AST_OP_EQ && ast->op != AST_OP_NE)
            return bind_refuse(b, ast->span, "rows in any comparison but = and <>");
        TRY(bind_rows_equal(at, ast->left, ast->right, ast->span, out));
        return negate_if(at, ast->op == AST_OP_NE, ast->span, out);
    }
    const char *name = operator_name((enum ast_op)ast->op);
    if (!name)
        return bind_refuse(b, ast->op_span, ast_op_text((enum ast_op)ast->op));
    struct expr *left, *right;
    TRY(bind_expr(at, ast->left, &left));
    TRY(bind_expr(at, ast->right, &right));
    return bind_pair(at, name, left, right, ast->span, out);
}

static enum status bind_unary(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    const struct ast_expr *arg = ast->arg;
    bool number = arg->kind == AST_INTEGER || arg->kind == AST_DECIMAL || arg->kind == AST_FLOAT;
    if (ast->op == AST_OP_NEGATE && number) {
        TRY(bind_literal(at, arg, true, out));
        (*out)->span = ast->span;
        return STATUS_OK;
    }
    struct expr *e;
    TRY(bind_expr(at, arg, &e));
    if (ast->op == AST_OP_NOT)
        return bind_not(at, e, ast->span, out);
    /* SQLite's unary plus does nothing, to whatever it stands before. */
    if (ast->op == AST_OP_PLUS) {
        *out = e;
        return STATUS_OK;
    }
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 1);
    TRY(arena_check(b->arena, b->error));
    args[0] = e;
    return bind_resolve(at, str_of(operator_name((enum ast_op)ast->op)), true, args, 1, ast->span,
                        out);
}

/* What is written once and computed in several places must not grow without end. */
static enum status check_size(struct bind *at, const struct expr *e, uint32_t copies)
{
    uint32_t size = rule_expr_size(e, BIND_SIZE_MAX);
    if (copies > 1 && size > BIND_SIZE_MAX / copies)
        return error_set_at(at->binder->error, STATUS_LIMIT, e->span,
                            "the expression is too large: more than %d parts", BIND_SIZE_MAX);
    return STATUS_OK;
}

static enum status bind_between(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    struct expr *e, *low, *high;
    struct expr **parts = ARENA_ARRAY(b->arena, struct expr *, 2);
    TRY(arena_check(b->arena, b->error));
    TRY(bind_expr(at, ast->arg, &e));
    TRY(check_size(at, e, 2));
    TRY(bind_expr(at, ast->left, &low));
    TRY(bind_expr(at, ast->right, &high));
    TRY(bind_pair(at, ">=", e, low, ast->span, &parts[0]));
    TRY(bind_pair(at, "<=", e, high, ast->span, &parts[1]));
    *out = bind_list(b, EXPR_AND, parts, 2, ast->span);
    TRY(arena_check(b->arena, b->error));
    return negate_if(at, ast->negated, ast->span, out);
}

/* x IN (1, 2, 3): a set if all are constants of one type after casts, else one comparison after another. */
static enum status bind_in_list(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    uint32_t n = ast->list.count;
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, n + 1);
    TRY(arena_check(b->arena, b->error));
    TRY(bind_expr(at, ast->arg, &args[0]));
    for (uint32_t i = 0; i < n; i++)
        TRY(bind_expr(at, ast->list.items[i], &args[i + 1]));
    TRY(bind_common(b, args, n + 1, "IN"));
    bool constants = true;
    for (uint32_t i = 1; i <= n; i++) {
        if (args[i]->kind != EXPR_CONSTANT && expr_is_foldable(args[i]))
            args[i] = rule_fold_expr(b->env, args[i]);
        constants &= args[i]->kind == EXPR_CONSTANT;
    }
    if (constants && args[0]->type.id != TYPE_NULL) {
        *out = bind_list(b, EXPR_IN, args, n + 1, ast->span);
        return arena_check(b->arena, b->error);
    }
    TRY(check_size(at, args[0], n));
    struct expr **parts = ARENA_ARRAY(b->arena, struct expr *, n);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < n; i++)
        TRY(bind_pair(at, "=", args[0], args[i + 1], ast->span, &parts[i]));
    *out = bind_list(b, EXPR_OR, parts, n, ast->span);
    return arena_check(b->arena, b->error);
}

static enum status bind_in(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    if (ast->select)
        return bind_refuse(b, ast->span, "a subquery in IN");
    if (ast->list.count == 0) {
        struct expr *e;
        TRY(bind_expr(at, ast->arg, &e));
        *out = bind_bool(b, ast->negated, ast->span);
        return arena_check(b->arena, b->error);
    }
    if (ast->arg->kind == AST_ROW) {
        struct expr **parts = ARENA_ARRAY(b->arena, struct expr *, ast->list.count);
        TRY(arena_check(b->arena, b->error));
        for (uint32_t i = 0; i < ast->list.count; i++)
            TRY(bind_rows_equal(at, ast->arg, ast->list.items[i], ast->span, &parts[i]));
        *out = bind_list(b, EXPR_OR, parts, ast->list.count, ast->span);
        TRY(arena_check(b->arena, b->error));
    } else {
        TRY(bind_in_list(at, ast, out));
    }
    return negate_if(at, ast->negated, ast->span, out);
}

static enum status bind_is(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    static const enum function_id IDS[][2] = {
        [AST_IS_NULL] = {FUNCTION_IS_NULL, FUNCTION_IS_NOT_NULL},
        [AST_IS_TRUE] = {FUNCTION_IS_TRUE, FUNCTION_IS_NOT_TRUE},
        [AST_IS_FALSE] = {FUNCTION_IS_FALSE, FUNCTION_IS_NOT_FALSE},
        [AST_IS_UNKNOWN] = {FUNCTION_IS_NULL, FUNCTION_IS_NOT_NULL},
    };
    struct expr *e, *right;
    TRY(bind_expr(at, ast->arg, &e));
    if (ast->is == AST_IS_SAME) {
        TRY(bind_expr(at, ast->right, &right));
        return bind_pair(at, ast->negated ? "is distinct from" : "is not distinct from", e, right,
                         ast->span, out);
    }
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 1);
    TRY(arena_check(b->arena, b->error));
    args[0] = e;
    if (ast->is != AST_IS_NULL)
        TRY(bind_to_condition(at, e, "what IS TRUE, IS FALSE and IS UNKNOWN take", &args[0]));
    *out =
        expr_call(b->arena, IDS[ast->is][ast->negated], type_of(TYPE_BOOLEAN), args, 1, ast->span);
    return arena_check(b->arena, b->error);
}

static enum status bind_like(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    const char *name = operator_name((enum ast_op)ast->op);
    if (!name)
        return bind_refuse(b, ast->op_span, ast_op_text((enum ast_op)ast->op));
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 3);
    TRY(arena_check(b->arena, b->error));
    const struct ast_expr *subject = ast->arg ? ast->arg : ast->left;
    TRY(bind_expr(at, subject, &args[0]));
    TRY(bind_expr(at, ast->right, &args[1]));
    if (ast->escape)
        TRY(bind_expr(at, ast->escape, &args[2]));
    TRY(bind_resolve(at, str_of(name), true, args, ast->escape ? 3 : 2, ast->span, out));
    return negate_if(at, ast->negated, ast->span, out);
}

static enum status bind_case(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    uint32_t n = ast->n_whens, has_else = ast->otherwise != NULL;
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 2 * n + 1);
    struct expr **results = ARENA_ARRAY(b->arena, struct expr *, n + 1);
    TRY(arena_check(b->arena, b->error));
    struct expr *operand = NULL;
    if (ast->arg) {
        TRY(bind_expr(at, ast->arg, &operand));
        TRY(check_size(at, operand, n));
    }
    for (uint32_t i = 0; i < n; i++) {
        struct expr *when;
        TRY(bind_expr(at, ast->whens[i].when, &when));
        if (operand)
            TRY(bind_pair(at, "=", operand, when, ast->whens[i].when->span, &args[2 * i]));
        else
            TRY(bind_to_condition(at, when, "WHEN", &args[2 * i]));
        TRY(bind_expr(at, ast->whens[i].then, &results[i]));
    }
    if (has_else)
        TRY(bind_expr(at, ast->otherwise, &results[n]));
    TRY(bind_common(b, results, n + has_else, "CASE"));
    for (uint32_t i = 0; i < n; i++)
        args[2 * i + 1] = results[i];
    if (has_else)
        args[2 * n] = results[n];
    *out = bind_list(b, EXPR_CASE, args, 2 * n + has_else, ast->span);
    TRY(arena_check(b->arena, b->error));
    (*out)->type = results[0]->type;
    return STATUS_OK;
}

static enum status bind_cast_node(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    struct type type;
    struct expr *e;
    TRY(bind_type(b, &ast->type, &type));
    TRY(bind_expr(at, ast->arg, &e));
    return bind_explicit_cast(b, e, type, ast->is_try, ast->span, out);
}

static enum status bind_collate(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    if (ast->names.count == 1 && str_is(ast->names.items[0].text, "binary"))
        return bind_expr(at, ast->arg, out);
    return bind_refuse(at->binder, ast->span, "COLLATE other than BINARY");
}

static enum status bind_other(struct bind *at, const struct ast_expr *ast)
{
    struct binder *b = at->binder;
    switch ((enum ast_expr_kind)ast->kind) {
    case AST_EXISTS:
        return bind_refuse(b, ast->span, "EXISTS");
    case AST_SUBQUERY:
        return bind_refuse(b, ast->span, "a subquery as a value");
    case AST_QUANTIFIED:
        return bind_refuse(b, ast->span, "a comparison with ANY or ALL");
    case AST_LIST:
        return bind_refuse(b, ast->span, "LIST values");
    case AST_STRUCT:
        return bind_refuse(b, ast->span, "STRUCT values");
    case AST_ROW:
        return error_set_at(b->error, STATUS_TYPE, ast->span, "a row is no single value");
    case AST_STAR:
        return error_set_at(b->error, STATUS_SYNTAX, ast->span, "* cannot be used in %s",
                            at->clause);
    case AST_TABLE:
        return error_set_at(b->error, STATUS_TYPE, ast->span, "a table is no value");
    default:
        return error_set_at(b->error, STATUS_INTERNAL, ast->span, "an expression of kind %d",
                            ast->kind);
    }
}

static enum status bind_node(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    switch ((enum ast_expr_kind)ast->kind) {
    case AST_NAME:
        return bind_name(at, ast, out);
    case AST_INDEX:
    case AST_FIELD:
        return bind_path(at, ast, out);
    case AST_UNARY:
        return bind_unary(at, ast, out);
    case AST_BINARY:
        return bind_binary(at, ast, out);
    case AST_BETWEEN:
        return bind_between(at, ast, out);
    case AST_IN:
        return bind_in(at, ast, out);
    case AST_IS:
        return bind_is(at, ast, out);
    case AST_LIKE:
        return bind_like(at, ast, out);
    case AST_CASE:
        return bind_case(at, ast, out);
    case AST_CAST:
        return bind_cast_node(at, ast, out);
    case AST_CALL:
        return bind_call(at, ast, out);
    case AST_COLLATE:
        return bind_collate(at, ast, out);
    default:
        return bind_is_literal(ast) ? bind_literal(at, ast, false, out) : bind_other(at, ast);
    }
}

enum status bind_expr(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    *out = NULL;
    if (at->depth >= BIND_DEPTH_MAX) {
        enum status status =
            error_set_at(at->binder->error, STATUS_LIMIT, ast->span,
                         "the expression is too deep: more than %d operators inside one another",
                         BIND_DEPTH_MAX);
        error_hint(at->binder->error, "write it in parts with WITH");
        return status;
    }
    at->depth++;
    enum status status = bind_node(at, ast, out);
    at->depth--;
    return status;
}
