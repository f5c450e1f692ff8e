/* bind_literal.c - literals, parameters, casts, and the type that expressions meet in. */
#include "planner/bind_int.h"

#include "planner/coerce.h"
#include "planner/rule_int.h"
#include "storage/text_value.h"

bool bind_is_literal(const struct ast_expr *ast)
{
    switch ((enum ast_expr_kind)ast->kind) {
    case AST_NULL:
    case AST_TRUE:
    case AST_FALSE:
    case AST_INTEGER:
    case AST_DECIMAL:
    case AST_FLOAT:
    case AST_STRING:
    case AST_BLOB:
    case AST_TYPED:
    case AST_INTERVAL:
    case AST_PARAMETER:
        return true;
    default:
        return false;
    }
}

static struct expr *constant(struct binder *b, struct value value, struct span span)
{
    return expr_constant(b->arena, value, span);
}

struct expr *bind_bool(struct binder *b, bool value, struct span span)
{
    return constant(b, (struct value){.type = type_of(TYPE_BOOLEAN), .boolean = value}, span);
}

struct expr *bind_integer(struct binder *b, int64_t value, struct span span)
{
    enum type_id id = value >= INT32_MIN && value <= INT32_MAX ? TYPE_INTEGER : TYPE_BIGINT;
    return constant(b, (struct value){.type = type_of(id), .i64 = value}, span);
}

struct expr *bind_text(struct binder *b, const char *text, struct span span)
{
    return constant(b, (struct value){.type = type_of(TYPE_VARCHAR), .text = str_of(text)}, span);
}

/* ---- numbers ---- */

static const char *signed_text(struct binder *b, struct str text, bool negative)
{
    return arena_printf(b->arena, "%s%.*s", negative ? "-" : "", (int)text.length, text.data);
}

static enum status bind_decimal(struct bind *at, const struct ast_expr *ast, bool negative,
                                struct expr **out)
{
    struct binder *b = at->binder;
    size_t i = 0, whole = 0, scale = 0;
    const char *s = ast->text.data;
    while (i < ast->text.length && s[i] == '0')
        i++;
    for (; i < ast->text.length && s[i] != '.'; i++)
        whole++;
    if (i < ast->text.length)
        scale = ast->text.length - i - 1;
    size_t precision = MAX(whole + scale, (size_t)1);
    const char *text = signed_text(b, ast->text, negative);
    TRY(arena_check(b->arena, b->error));
    int128_t v = 0;
    if (precision > DECIMAL_PRECISION_MAX ||
        !text_parse_decimal(text, strlen(text), (unsigned)precision, (unsigned)scale, &v)) {
        enum status status = error_set_at(b->error, STATUS_VALUE, ast->span,
                                          "a number has at most %d digits: " STR_FMT,
                                          DECIMAL_PRECISION_MAX, STR_ARG(ast->text));
        error_hint(b->error, "with an exponent it is a DOUBLE: 1e40");
        return status;
    }
    struct type type = type_decimal((unsigned)precision, (unsigned)scale);
    *out = constant(b, (struct value){.type = type, .i128 = v}, ast->span);
    return STATUS_OK;
}

static enum status bind_hex(struct bind *at, const struct ast_expr *ast, bool negative,
                            struct expr **out)
{
    struct binder *b = at->binder;
    uint64_t v = 0;
    size_t digits = 0;
    for (size_t i = 2; i < ast->text.length; i++) {
        char c = ast->text.data[i];
        unsigned digit = c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
        v = v << 4 | (digit & 15);
        digits += v != 0;
    }
    if (digits > 16)
        return error_set_at(b->error, STATUS_VALUE, ast->span,
                            "a hexadecimal number has at most 16 digits: " STR_FMT,
                            STR_ARG(ast->text));
    if (negative)
        v = 0 - v;
    *out = bind_integer(b, (int64_t)v, ast->span);
    return STATUS_OK;
}

static enum status bind_number(struct bind *at, const struct ast_expr *ast, bool negative,
                               struct expr **out)
{
    struct binder *b = at->binder;
    const struct str text = ast->text;
    if (text.length > 2 && text.data[0] == '0' && (text.data[1] | 0x20) == 'x')
        return bind_hex(at, ast, negative, out);
    const char *digits = signed_text(b, text, negative);
    TRY(arena_check(b->arena, b->error));
    int64_t v;
    if (!text_parse_int64(digits, strlen(digits), &v))
        return bind_decimal(at, ast, negative, out);
    *out = bind_integer(b, v, ast->span);
    return STATUS_OK;
}

static enum status bind_float(struct bind *at, const struct ast_expr *ast, bool negative,
                              struct expr **out)
{
    struct binder *b = at->binder;
    struct value value = {.type = type_of(TYPE_DOUBLE)};
    if (!text_parse_double(ast->text.data, ast->text.length, &value.f64))
        return error_set_at(b->error, STATUS_VALUE, ast->span, "no DOUBLE: " STR_FMT,
                            STR_ARG(ast->text));
    if (negative)
        value.f64 = -value.f64;
    *out = constant(b, value, ast->span);
    return STATUS_OK;
}

/* ---- intervals ---- */

/* MINUTES -> minute */
static const char *unit_of(struct binder *b, struct str word)
{
    char *unit = str_dup(b->arena, word);
    size_t n = unit ? strlen(unit) : 0;
    for (size_t i = 0; i < n; i++)
        if (unit[i] >= 'A' && unit[i] <= 'Z')
            unit[i] = (char)(unit[i] + ('a' - 'A'));
    if (n > 1 && unit[n - 1] == 's')
        unit[n - 1] = '\0';
    return unit;
}

static enum status interval_text(struct bind *at, const struct ast_expr *ast, struct str text,
                                 const char *unit, struct expr **out)
{
    struct binder *b = at->binder;
    struct value value = {.type = type_of(TYPE_INTERVAL)};
    if (!text_parse_interval(text.data, text.length, unit, &value.interval)) {
        enum status status = error_set_at(b->error, STATUS_VALUE, ast->span,
                                          "no INTERVAL: '" STR_FMT "'", STR_ARG(text));
        error_hint(b->error, "such as INTERVAL '10' SECOND or INTERVAL '1 hour 30 minutes'");
        return status;
    }
    *out = constant(b, value, ast->span);
    return STATUS_OK;
}

static enum status bind_interval(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    const char *unit = ast->unit.text.data ? unit_of(b, ast->unit.text) : NULL;
    if (ast->unit_to.text.data)
        unit = NULL;
    TRY(arena_check(b->arena, b->error));
    const struct ast_expr *arg = ast->arg;
    bool negative = arg->kind == AST_UNARY && arg->op == AST_OP_NEGATE;
    const struct ast_expr *number = negative ? arg->arg : arg;
    if (!negative && arg->kind == AST_STRING)
        return interval_text(at, ast, arg->text, unit, out);
    if (number->kind == AST_INTEGER || number->kind == AST_DECIMAL) {
        const char *text = signed_text(b, number->text, negative);
        TRY(arena_check(b->arena, b->error));
        return interval_text(at, ast, str_of(text), unit ? unit : "", out);
    }
    if (!unit)
        return error_set_at(b->error, STATUS_SYNTAX, ast->span,
                            "an INTERVAL of an expression needs a unit, such as DAY");
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 2);
    TRY(arena_check(b->arena, b->error));
    TRY(bind_expr(at, arg, &args[0]));
    TRY(interval_text(at, ast, STR_LITERAL("1"), unit, &args[1]));
    return bind_resolve(at, STR_LITERAL("*"), true, args, 2, ast->span, out);
}

/* ---- types ---- */

enum status bind_type(struct binder *b, const struct ast_type *ast, struct type *out)
{
    bool out_of_range = false;
    if (type_parse(ast->name, ast->args, ast->n_args, out, &out_of_range))
        return STATUS_OK;
    if (out_of_range)
        return error_set_at(b->error, STATUS_VALUE, ast->span,
                            "the numbers of this type are out of range: " STR_FMT,
                            STR_ARG(ast->name));
    static const char *const NAMES[] = {
        "BOOLEAN", "TINYINT",     "SMALLINT", "INTEGER", "BIGINT",  "REAL",  "DOUBLE",
        "DECIMAL", "VARCHAR",     "TEXT",     "BLOB",    "DATE",    "TIME",  "TIMESTAMP",
        "JSON",    "TIMESTAMPTZ", "INTERVAL", "INT",     "NUMERIC", "FLOAT", "STRING"};
    const char *meant =
        error_did_you_mean(ast->name.data, ast->name.length, NAMES, ARRAY_LENGTH(NAMES));
    enum status status = error_set_at(b->error, STATUS_NAME, ast->span, "unknown type: " STR_FMT,
                                      STR_ARG(ast->name));
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    return status;
}

static enum status fold_now(struct binder *b, struct expr *e, struct span span, struct expr **out)
{
    *out = e;
    if (!b->env->fold)
        return STATUS_OK;
    struct value value;
    enum status status = b->env->fold(b->env->fold_context, e, &value, b->error);
    if (status != STATUS_OK) {
        error_place(b->error, span);
        return status;
    }
    value.type = e->type;
    *out = constant(b, value, span);
    return STATUS_OK;
}

bool bind_is_text_literal(const struct expr *e)
{
    return e->kind == EXPR_CONSTANT && e->type.id == TYPE_VARCHAR && !e->value.is_null;
}

static bool integer_fits(int64_t v, enum type_id id)
{
    switch (id) {
    case TYPE_TINYINT:
        return v >= INT8_MIN && v <= INT8_MAX;
    case TYPE_SMALLINT:
        return v >= INT16_MIN && v <= INT16_MAX;
    case TYPE_INTEGER:
        return v >= INT32_MIN && v <= INT32_MAX;
    default:
        return true;
    }
}

/* Casts of constants that need no kernel; NULL: it needs one. */
static struct expr *cast_constant(struct binder *b, const struct expr *e, struct type type)
{
    struct value value = e->value;
    value.type = type;
    if (e->value.is_null)
        return constant(b, value_null(type), e->span);
    if (type_is_integer(e->type) && type_is_integer(type) &&
        integer_fits(e->value.i64, (enum type_id)type.id))
        return constant(b, value, e->span);
    int64_t exact = (int64_t)1 << 53;
    if (type_is_integer(e->type) && type.id == TYPE_DOUBLE && e->value.i64 >= -exact &&
        e->value.i64 <= exact) {
        value.f64 = (double)e->value.i64;
        return constant(b, value, e->span);
    }
    return NULL;
}

enum status bind_cast(struct binder *b, struct expr *e, struct type type, struct expr **out)
{
    *out = e;
    if (type_equal(e->type, type))
        return STATUS_OK;
    if (e->kind == EXPR_CONSTANT) {
        struct expr *done = cast_constant(b, e, type);
        if (done) {
            *out = done;
            return arena_check(b->arena, b->error);
        }
    }
    struct expr *cast = expr_cast(b->arena, e, type, false, e->span);
    TRY(arena_check(b->arena, b->error));
    if (bind_is_text_literal(e))
        return fold_now(b, cast, e->span, out);
    *out = cast;
    return STATUS_OK;
}

enum status bind_explicit_cast(struct binder *b, struct expr *e, struct type type, bool is_try,
                               struct span span, struct expr **out)
{
    char from[TYPE_NAME_SIZE], to[TYPE_NAME_SIZE];
    if (e->type.id != TYPE_NULL && !coerce_cast_allowed(e->type, type))
        return error_set_at(b->error, STATUS_TYPE, span, "cannot cast %s to %s",
                            type_name(e->type, from), type_name(type, to));
    if (e->kind == EXPR_CONSTANT && e->value.is_null) {
        *out = constant(b, value_null(type), span);
        return arena_check(b->arena, b->error);
    }
    bool same =
        e->type.id == type.id && e->type.precision == type.precision && e->type.scale == type.scale;
    *out = same ? e : expr_cast(b->arena, e, type, is_try, span);
    return arena_check(b->arena, b->error);
}

static enum status bind_typed(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    struct type type;
    TRY(bind_type(b, &ast->type, &type));
    struct value value = {.type = type_of(TYPE_VARCHAR), .text = ast->text};
    struct expr *text = constant(b, value, ast->span);
    TRY(arena_check(b->arena, b->error));
    if (type.id == TYPE_VARCHAR) {
        *out = text;
        return STATUS_OK;
    }
    struct expr *cast = expr_cast(b->arena, text, type, false, ast->span);
    TRY(arena_check(b->arena, b->error));
    return fold_now(b, cast, ast->span, out);
}

static enum status bind_parameter(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    struct value value = value_null(type_of(TYPE_NULL));
    if (ast->index >= 1 && ast->index <= b->env->n_parameters)
        value = b->env->parameters[ast->index - 1];
    *out = constant(b, value, ast->span);
    return STATUS_OK;
}

enum status bind_literal(struct bind *at, const struct ast_expr *ast, bool negative,
                         struct expr **out)
{
    struct binder *b = at->binder;
    switch ((enum ast_expr_kind)ast->kind) {
    case AST_NULL:
        *out = constant(b, value_null(type_of(TYPE_NULL)), ast->span);
        break;
    case AST_TRUE:
    case AST_FALSE:
        *out = bind_bool(b, ast->kind == AST_TRUE, ast->span);
        break;
    case AST_INTEGER:
        TRY(bind_number(at, ast, negative, out));
        break;
    case AST_DECIMAL:
        TRY(bind_decimal(at, ast, negative, out));
        break;
    case AST_FLOAT:
        TRY(bind_float(at, ast, negative, out));
        break;
    case AST_STRING:
    case AST_BLOB:
        *out = constant(
            b,
            (struct value){.type = type_of(ast->kind == AST_BLOB ? TYPE_BLOB : TYPE_VARCHAR),
                           .text = ast->text},
            ast->span);
        break;
    case AST_TYPED:
        return bind_typed(at, ast, out);
    case AST_INTERVAL:
        return bind_interval(at, ast, out);
    case AST_PARAMETER:
        TRY(bind_parameter(at, ast, out));
        break;
    default:
        assert(false);
    }
    return arena_check(b->arena, b->error);
}

/* ---- meeting ---- */

void bind_meet_decimal(struct binder *b, struct expr **args, uint32_t n_args)
{
    bool meets = false;
    for (uint32_t i = 0; i < n_args; i++)
        meets |= args[i]->type.id == TYPE_DECIMAL;
    for (uint32_t i = 0; meets && i < n_args; i++) {
        struct expr *e = args[i];
        if (e->kind != EXPR_CONSTANT || e->value.is_null || !type_is_integer(e->type))
            continue;
        unsigned digits = 1;
        for (int64_t v = e->value.i64 / 10; v != 0; v /= 10)
            digits++;
        args[i] = constant(b, (struct value){.type = type_decimal(digits, 0), .i128 = e->value.i64},
                           e->span);
    }
}

static enum status do_not_meet(struct binder *b, struct type met, const struct expr *e,
                               const char *what)
{
    char left[TYPE_NAME_SIZE], right[TYPE_NAME_SIZE];
    enum status status = error_set_at(b->error, STATUS_TYPE, e->span, "%s mixes %s and %s", what,
                                      type_name(met, left), type_name(e->type, right));
    error_hint(b->error, "CAST one to the type of the other");
    return status;
}

enum status bind_common(struct binder *b, struct expr **args, uint32_t n_args, const char *what)
{
    if (n_args == 0)
        return STATUS_OK;
    bind_meet_decimal(b, args, n_args);
    TRY(arena_check(b->arena, b->error));
    struct type type = type_of(TYPE_NULL);
    bool literals = false;
    for (uint32_t i = 0; i < n_args; i++) {
        if (bind_is_text_literal(args[i])) {
            literals = true;
            continue;
        }
        if (!coerce_common(type, args[i]->type, &type))
            return do_not_meet(b, type, args[i], what);
    }
    if (type.id == TYPE_NULL && literals)
        type = type_of(TYPE_VARCHAR);
    for (uint32_t i = 0; literals && i < n_args; i++)
        if (bind_is_text_literal(args[i]) && type.id != TYPE_VARCHAR && !coerce_literal_takes(type))
            return do_not_meet(b, type, args[i], what);
    for (uint32_t i = 0; i < n_args; i++)
        TRY(bind_cast(b, args[i], type, &args[i]));
    return STATUS_OK;
}

enum status bind_constant(struct bind *at, const struct ast_expr *ast, const char *what,
                          struct value *out)
{
    struct binder *b = at->binder;
    struct bind alone = {.binder = b, .clause = what, .depth = at->depth};
    struct expr *e;
    TRY(bind_expr(&alone, ast, &e));
    if (e->kind != EXPR_CONSTANT && expr_is_foldable(e))
        TRY(fold_now(b, e, ast->span, &e));
    if (e->kind != EXPR_CONSTANT)
        return error_set_at(b->error, STATUS_VALUE, ast->span, "%s must be a constant", what);
    *out = e->value;
    return STATUS_OK;
}
