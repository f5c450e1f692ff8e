/* bind_call.c - calls: scalar functions, aggregates, the bounds of grouped-form windows. */
#include "planner/bind_int.h"

#include "planner/rule_int.h"

static struct str call_name(const struct ast_expr *ast)
{
    return ast->call->name.text;
}

/* ---- aggregates ---- */

static bool is_aggregate(const struct ast_call *call)
{
    struct str name = call->name.text;
    if (!aggregate_name_known(name))
        return false;
    bool scalar_too = str_is(name, "min") || str_is(name, "max");
    return !(scalar_too && call->n_args > 1);
}

static enum status aggregate_refused(struct bind *at, const struct ast_expr *ast)
{
    struct binder *b = at->binder;
    struct str name = call_name(ast);
    if (at->in_aggregate)
        return error_set_at(b->error, STATUS_TYPE, ast->span,
                            "aggregates cannot be inside one another: " STR_FMT, STR_ARG(name));
    enum status status =
        error_set_at(b->error, STATUS_TYPE, ast->span,
                     "an aggregate cannot be used in %s: " STR_FMT, at->clause, STR_ARG(name));
    if (strcmp(at->clause, "WHERE") == 0)
        error_hint(b->error, "conditions on aggregates belong in HAVING");
    return status;
}

static enum status aggregate_arity(struct bind *at, const struct ast_expr *ast)
{
    return error_set_at(at->binder->error, STATUS_TYPE, ast->span, STR_FMT " does not take %u %s",
                        STR_ARG(call_name(ast)), ast->call->n_args,
                        ast->call->n_args == 1 ? "argument" : "arguments");
}

static enum status aggregate_types(struct bind *at, const struct ast_expr *ast,
                                   struct bind_aggregate *a)
{
    struct binder *b = at->binder;
    struct type types[2], targets[2];
    char first[TYPE_NAME_SIZE], second[TYPE_NAME_SIZE];
    for (uint32_t i = 0; i < a->n_args; i++)
        types[i] = targets[i] = a->args[i]->type;
    if (!aggregate_resolve(a->id, types, a->n_args, targets, &a->type)) {
        bool two = a->n_args == 2;
        enum status status =
            error_set_at(b->error, STATUS_TYPE, ast->span, "no aggregate " STR_FMT "(%s%s%s)",
                         STR_ARG(call_name(ast)), a->n_args ? type_name(types[0], first) : "",
                         two ? ", " : "", two ? type_name(types[1], second) : "");
        if (a->n_args && types[0].id == TYPE_VARCHAR)
            error_hint(b->error, "CAST the text: " STR_FMT "(CAST(... AS DOUBLE))",
                       STR_ARG(call_name(ast)));
        return status;
    }
    for (uint32_t i = 0; i < a->n_args; i++)
        TRY(bind_cast(b, a->args[i], targets[i], &a->args[i]));
    return STATUS_OK;
}

/* Whether doubles make no difference. */
static bool ignores_distinct(enum aggregate_id id)
{
    return id == AGGREGATE_MIN || id == AGGREGATE_MAX || id == AGGREGATE_BOOL_AND ||
           id == AGGREGATE_BOOL_OR || id == AGGREGATE_ANY_VALUE || id == AGGREGATE_FIRST ||
           id == AGGREGATE_LAST;
}

static enum status bind_aggregate_args(struct bind *at, const struct ast_expr *ast,
                                       struct bind_aggregate *a)
{
    struct binder *b = at->binder;
    const struct ast_call *call = ast->call;
    struct bind inner = *at;
    inner.aggregates = NULL;
    inner.in_aggregate = true;
    inner.clause = "an aggregate";
    for (uint32_t i = 0; i < a->n_args; i++) {
        if (call->args[i].name.text.data)
            return error_set_at(b->error, STATUS_NAME, call->args[i].name.span,
                                STR_FMT " has no named arguments", STR_ARG(call->name.text));
        TRY(bind_expr(&inner, call->args[i].value, &a->args[i]));
    }
    if (call->filter) {
        inner.clause = "FILTER";
        TRY(bind_condition(&inner, call->filter, &a->filter));
    }
    if (a->id == AGGREGATE_STRING_AGG && a->n_args == 2) {
        TRY(bind_constant(at, call->args[1].value, "the separator", &a->separator));
        if (!a->separator.is_null && a->separator.type.id != TYPE_VARCHAR)
            return error_set_at(b->error, STATUS_TYPE, call->args[1].value->span,
                                "the separator must be text");
        if (a->separator.is_null)
            a->separator = (struct value){.type = type_of(TYPE_VARCHAR), .text = {"", 0}};
        a->n_args = 1;
    }
    return aggregate_types(at, ast, a);
}

static bool same_or_none(const struct expr *a, const struct expr *b)
{
    return a == b || (a && b && expr_equal(a, b));
}

static bool aggregate_same(const struct bind_aggregate *a, const struct bind_aggregate *b)
{
    return a->id == b->id && a->distinct == b->distinct && a->n_args == b->n_args &&
           same_or_none(a->args[0], b->args[0]) && same_or_none(a->args[1], b->args[1]) &&
           same_or_none(a->filter, b->filter) && a->separator.type.id == b->separator.type.id &&
           str_equal(a->separator.text, b->separator.text) &&
           !(a->args[0] && expr_is_volatile(a->args[0]));
}

static enum status bind_aggregate(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    const struct ast_call *call = ast->call;
    if (!at->aggregates)
        return aggregate_refused(at, ast);
    if (call->n_order_by)
        return bind_refuse(b, ast->span, "ORDER BY inside an aggregate");
    if (call->star && !str_is(call->name.text, "count"))
        return error_set_at(b->error, STATUS_TYPE, ast->span, "only count takes *: " STR_FMT,
                            STR_ARG(call->name.text));
    struct bind_aggregate a = {.n_args = call->n_args, .span = ast->span};
    if (call->n_args > 2 || !aggregate_find(call->name.text, call->n_args, &a.id))
        return aggregate_arity(at, ast);
    if (call->distinct && call->n_args == 0)
        return error_set_at(b->error, STATUS_TYPE, ast->span, "DISTINCT needs an argument");
    a.distinct = call->distinct && !ignores_distinct(a.id);
    TRY(bind_aggregate_args(at, ast, &a));
    size_t i = 0;
    while (i < at->aggregates->count && !aggregate_same(&at->aggregates->items[i], &a))
        i++;
    if (i == at->aggregates->count)
        *ARRAY_PUSH(b->arena, at->aggregates) = a;
    *out = expr_column(b->arena, BIND_AGGREGATE_BASE + (uint32_t)i, a.type, ast->span);
    return arena_check(b->arena, b->error);
}

/* ---- scalar functions ---- */

static enum status unknown_function(struct bind *at, const struct ast_expr *ast)
{
    struct binder *b = at->binder;
    struct str name = call_name(ast);
    size_t n_scalar, n = 0;
    const char *const *scalar = function_names(&n_scalar);
    const char **names = ARENA_ARRAY(b->arena, const char *, n_scalar + AGGREGATE_COUNT_ + 1);
    for (size_t i = 0; names && i < n_scalar; i++)
        names[n++] = scalar[i];
    for (size_t i = 0; names && i < AGGREGATE_COUNT_; i++)
        names[n++] = aggregate_info[i].name;
    enum status status = error_set_at(b->error, STATUS_NAME, ast->call->name.span,
                                      "unknown function: " STR_FMT, STR_ARG(name));
    const char *meant = names ? error_did_you_mean(name.data, name.length, names, n) : NULL;
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    return status;
}

/* Functions that 30-sql's dialect has and that are not there yet. */
static bool is_planned(struct str name)
{
    static const char *const NAMES[] = {"median",
                                        "quantile_cont",
                                        "quantile_disc",
                                        "mode",
                                        "array_agg",
                                        "bit_and",
                                        "bit_or",
                                        "bit_xor",
                                        "corr",
                                        "covar_pop",
                                        "covar_samp",
                                        "histogram",
                                        "row_number",
                                        "rank",
                                        "dense_rank",
                                        "percent_rank",
                                        "cume_dist",
                                        "ntile",
                                        "lag",
                                        "lead",
                                        "first_value",
                                        "last_value",
                                        "nth_value",
                                        "unnest",
                                        "approx_quantile",
                                        "approx_top_k",
                                        "regr_slope",
                                        "regr_count",
                                        "regr_r2",
                                        "regr_intercept",
                                        "approx_count_distinct",
                                        "list",
                                        "percentile_cont",
                                        "percentile_disc",
                                        "json_group_array",
                                        "json_group_object",
                                        "generate_series",
                                        "range"};
    for (size_t i = 0; i < ARRAY_LENGTH(NAMES); i++)
        if (str_is(name, NAMES[i]))
            return true;
    return false;
}

static enum status scalar_refused(struct bind *at, const struct ast_expr *ast)
{
    struct binder *b = at->binder;
    const struct ast_call *call = ast->call;
    struct str name = call->name.text;
    if (bind_window_kind(name) != WINDOW_GLOBAL)
        return error_set_at(b->error, STATUS_TYPE, ast->span,
                            STR_FMT " stands in GROUP BY or in FROM, not in %s", STR_ARG(name),
                            at->clause);
    if (!function_name_known(name)) {
        char what[80];
        if (!is_planned(name))
            return unknown_function(at, ast);
        size_t n = MIN(name.length, sizeof what - 1);
        memcpy(what, name.data, n);
        what[n] = '\0';
        return bind_refuse(b, ast->span, what);
    }
    if (call->star || call->distinct || call->filter || call->n_order_by)
        return error_set_at(b->error, STATUS_TYPE, ast->span,
                            "*, DISTINCT, FILTER and ORDER BY are for aggregates: " STR_FMT,
                            STR_ARG(name));
    for (uint32_t i = 0; i < call->n_args; i++)
        if (call->args[i].name.text.data)
            return error_set_at(b->error, STATUS_NAME, call->args[i].name.span,
                                STR_FMT " has no named arguments", STR_ARG(name));
    return STATUS_OK;
}

/* NULLIF has the type of its first argument, whatever type the two are compared in. */
static enum status bind_nullif(struct bind *at, struct expr **args, struct span span,
                               struct expr **out)
{
    struct binder *b = at->binder;
    struct expr **parts = ARENA_ARRAY(b->arena, struct expr *, 3);
    struct expr **pair = ARENA_ARRAY(b->arena, struct expr *, 2);
    TRY(arena_check(b->arena, b->error));
    if (rule_expr_size(args[0], BIND_SIZE_MAX) > BIND_SIZE_MAX / 2)
        return error_set_at(b->error, STATUS_LIMIT, span,
                            "the expression is too large: more than %d parts", BIND_SIZE_MAX);
    pair[0] = args[0];
    pair[1] = args[1];
    TRY(bind_resolve(at, STR_LITERAL("="), true, pair, 2, span, &parts[0]));
    parts[1] = expr_constant(b->arena, value_null(args[0]->type), span);
    parts[2] = args[0];
    *out = bind_list(b, EXPR_CASE, parts, 3, span);
    TRY(arena_check(b->arena, b->error));
    (*out)->type = args[0]->type;
    return STATUS_OK;
}

enum status bind_call(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    const struct ast_call *call = ast->call;
    if (call->over)
        return bind_refuse(b, call->over->span.end ? call->over->span : ast->span, "OVER");
    bool found;
    TRY(bind_window_bound(at, ast, &found, out));
    if (found)
        return STATUS_OK;
    if (is_aggregate(call))
        return bind_aggregate(at, ast, out);
    TRY(scalar_refused(at, ast));
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, call->n_args + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < call->n_args; i++)
        TRY(bind_expr(at, call->args[i].value, &args[i]));
    if (call->n_args == 2 && str_is(call->name.text, "nullif") && args[0]->type.id != TYPE_NULL &&
        !bind_is_text_literal(args[0]) && !type_equal(args[0]->type, args[1]->type))
        return bind_nullif(at, args, ast->span, out);
    return bind_resolve(at, call->name.text, false, args, call->n_args, ast->span, out);
}
