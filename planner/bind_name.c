/* bind_name.c - names to columns: a, t.a, and paths into values, payload.user.id and tags[1].
 *
 * A name is looked for in this order: a column of FROM; an alias of the select list (first in ORDER BY); a key in the
 * text files that FROM reads. Files come last because looking there may mean reading them. */
#include "planner/bind_int.h"

static struct expr *bind_column(struct bind *at, uint32_t column, struct span span)
{
    struct field *field = &at->scope->node->schema.fields[column];
    return expr_column(at->binder->arena, column, field->type, span);
}

static enum status bind_alias(struct bind *at, struct str name, struct expr **out)
{
    *out = NULL;
    if (!at->aliases)
        return STATUS_OK;
    for (uint32_t i = 0; i < at->aliases->n_results; i++) {
        const struct ast_result *result = &at->aliases->results[i];
        if (!result->alias.text.data || !str_equal_nocase(result->alias.text, name))
            continue;
        struct bind inner = *at;
        inner.aliases = NULL;
        inner.alias_first = false;
        return bind_expr(&inner, result->expr, out);
    }
    return STATUS_OK;
}

/* current_timestamp and its like need no parentheses. */
static enum status bind_bare_function(struct bind *at, struct str name, struct span span,
                                      struct expr **out)
{
    static const char *const NAMES[] = {"current_timestamp", "current_date", "current_time",
                                        "localtimestamp", "localtime"};
    *out = NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(NAMES); i++)
        if (str_is(name, NAMES[i]))
            return bind_resolve(at, name, false, NULL, 0, span, out);
    return STATUS_OK;
}

static enum status no_names(struct bind *at, struct str name, struct span span)
{
    return error_set_at(at->binder->error, STATUS_NAME, span,
                        "a column cannot be used in %s: " STR_FMT, at->clause, STR_ARG(name));
}

static enum status unknown_single(struct bind *at, const struct ast_name *name, bool qualified)
{
    struct binder *b = at->binder;
    if (!qualified)
        return scope_unknown_column(at->scope, at->aliases, name->text, name->span);
    const char *text =
        arena_printf(b->arena, STR_FMT "." STR_FMT, STR_ARG(at->scope->name), STR_ARG(name->text));
    TRY(arena_check(b->arena, b->error));
    return scope_unknown_qualified(at->scope, name->text, str_of(text), name->span);
}

static enum status bind_single(struct bind *at, const struct ast_name *name, bool qualified,
                               struct span span, struct expr **out)
{
    struct binder *b = at->binder;
    *out = NULL;
    if (!at->scope) {
        TRY(bind_bare_function(at, name->text, span, out));
        return *out ? STATUS_OK : no_names(at, name->text, span);
    }
    if (at->alias_first && !qualified) {
        TRY(bind_alias(at, name->text, out));
        if (*out)
            return STATUS_OK;
    }
    int64_t column = scope_find(at->scope, name->text);
    if (column >= 0) {
        *out = bind_column(at, (uint32_t)column, span);
        return STATUS_OK;
    }
    if (!qualified) {
        TRY(bind_alias(at, name->text, out));
        if (*out)
            return STATUS_OK;
        TRY(bind_bare_function(at, name->text, span, out));
        if (*out)
            return STATUS_OK;
        TRY(bind_pane_column(at, name->text, span, out));
        if (*out)
            return STATUS_OK;
    }
    bool found;
    uint32_t added;
    TRY(scope_add(at->scope, &name->text, 1, &found, &added));
    if (!found)
        return unknown_single(at, name, qualified);
    *out = bind_column(at, added, span);
    return arena_check(b->arena, b->error);
}

/* ---- paths ---- */

struct path {
    struct str *steps; /* keys, and list positions from 1 as decimal text */
    bool *is_position;
    long long *positions;
    uint32_t count;
    struct span span;
};

static bool is_plain_key(struct str key)
{
    for (size_t i = 0; i < key.length; i++) {
        char c = key.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return key.length > 0;
}

/* $.user.tags[0] */
static const char *json_path(struct binder *b, const struct path *path, uint32_t from)
{
    struct strbuf text;
    strbuf_init(&text, b->arena);
    strbuf_putc(&text, '$');
    for (uint32_t i = from; i < path->count; i++) {
        struct str step = path->steps[i];
        if (path->is_position[i]) {
            strbuf_printf(&text, "[%lld]", path->positions[i] - 1);
        } else if (is_plain_key(step)) {
            strbuf_putc(&text, '.');
            strbuf_add(&text, step.data, step.length);
        } else {
            strbuf_puts(&text, ".\"");
            strbuf_add(&text, step.data, step.length);
            strbuf_putc(&text, '"');
        }
    }
    return text.data;
}

static enum status extract(struct bind *at, struct expr *value, const struct path *path,
                           uint32_t from, struct expr **out)
{
    struct binder *b = at->binder;
    char type[TYPE_NAME_SIZE];
    if (value->type.id != TYPE_JSON && value->type.id != TYPE_VARCHAR) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, path->span, "%s has no parts: " STR_FMT,
                         type_name(value->type, type), STR_ARG(path->steps[from]));
        error_hint(b->error, "only JSON objects and arrays have parts");
        return status;
    }
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 2);
    const char *text = json_path(b, path, from);
    TRY(arena_check(b->arena, b->error));
    args[0] = value;
    args[1] = bind_text(b, text, path->span);
    return bind_resolve(at, STR_LITERAL("json_extract"), false, args, 2, path->span, out);
}

static enum status unknown_path(struct bind *at, const struct path *path)
{
    struct binder *b = at->binder;
    struct strbuf text;
    strbuf_init(&text, b->arena);
    for (uint32_t i = 0; i < path->count; i++) {
        if (path->is_position[i]) {
            strbuf_printf(&text, "[%lld]", path->positions[i]);
            continue;
        }
        if (i > 0)
            strbuf_putc(&text, '.');
        strbuf_add(&text, path->steps[i].data, path->steps[i].length);
    }
    TRY(arena_check(b->arena, b->error));
    return scope_unknown_column(at->scope, at->aliases, strbuf_str(&text), path->span);
}

/* A path that begins with a column, or with one that the files may have. A text column may hold JSON as text. */
static enum status bind_column_path(struct bind *at, const struct path *path, struct expr **out)
{
    struct binder *b = at->binder;
    bool found = false;
    uint32_t added;
    TRY(scope_add(at->scope, path->steps, path->count, &found, &added));
    if (found) {
        *out = bind_column(at, added, path->span);
        return arena_check(b->arena, b->error);
    }
    int64_t column = scope_find(at->scope, path->steps[0]);
    bool is_text = column >= 0 && at->scope->node->schema.fields[column].type.id == TYPE_VARCHAR;
    if (column < 0 || (scope_can_add(at->scope) && !is_text))
        return unknown_path(at, path);
    return extract(at, bind_column(at, (uint32_t)column, path->span), path, 1, out);
}

static struct path path_of_names(struct binder *b, const struct ast_expr *ast, uint32_t from,
                                 uint32_t extra)
{
    uint32_t n = ast->names.count - from;
    struct path path = {.count = n, .span = ast->span};
    path.steps = ARENA_ARRAY(b->arena, struct str, n + extra + 1);
    path.is_position = ARENA_ARRAY(b->arena, bool, n + extra + 1);
    path.positions = ARENA_ARRAY(b->arena, long long, n + extra + 1);
    for (uint32_t i = 0; path.steps && i < n; i++)
        path.steps[i] = ast->names.items[from + i].text;
    return path;
}

/* How many of the leading names say which table: t.a is 1, schema.t.a is not known. */
static uint32_t table_names(const struct bind *at, const struct ast_expr *ast)
{
    if (ast->names.count < 2 || !at->scope->name.length)
        return 0;
    return str_equal_nocase(ast->names.items[0].text, at->scope->name) ? 1 : 0;
}

enum status bind_name(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    const struct ast_name *first = &ast->names.items[0];
    if (ast->names.count == 1)
        return bind_single(at, first, false, ast->span, out);
    if (!at->scope)
        return no_names(at, first->text, ast->span);
    uint32_t table = table_names(at, ast);
    if (table && ast->names.count == 2)
        return bind_single(at, &ast->names.items[1], true, ast->span, out);
    if (!table && scope_find(at->scope, first->text) < 0 && !scope_can_add(at->scope)) {
        enum status status = error_set_at(b->error, STATUS_NAME, first->span,
                                          "unknown table: " STR_FMT, STR_ARG(first->text));
        scope_hint_table(at->scope);
        return status;
    }
    struct path path = path_of_names(b, ast, table, 0);
    TRY(arena_check(b->arena, b->error));
    return bind_column_path(at, &path, out);
}

/* The step that arg[right] takes: a position from 1, or a key as text. */
static enum status index_step(struct bind *at, const struct ast_expr *ast, struct path *path,
                              uint32_t place)
{
    struct binder *b = at->binder;
    struct value value;
    TRY(bind_constant(at, ast->right, "a position", &value));
    if (!value.is_null && value.type.id == TYPE_VARCHAR) {
        path->steps[place] = value.text;
        return STATUS_OK;
    }
    if (value.is_null || !type_is_integer(value.type) || value.i64 < 1)
        return error_set_at(b->error, STATUS_VALUE, ast->right->span,
                            "a position in an array is a number from 1");
    const char *text = arena_printf(b->arena, "%lld", (long long)value.i64);
    TRY(arena_check(b->arena, b->error));
    path->steps[place] = str_of(text);
    path->positions[place] = (long long)value.i64;
    path->is_position[place] = true;
    return STATUS_OK;
}

enum status bind_path(struct bind *at, const struct ast_expr *ast, struct expr **out)
{
    struct binder *b = at->binder;
    uint32_t n = 0;
    const struct ast_expr *base = ast;
    for (; base->kind == AST_INDEX || base->kind == AST_FIELD; base = base->arg)
        n += base->kind == AST_FIELD ? base->names.count : 1;
    bool named = base->kind == AST_NAME && at->scope;
    uint32_t table = named ? table_names(at, base) : 0;
    struct path path = {.span = ast->span};
    if (named)
        path = path_of_names(b, base, table, n);
    else {
        path.steps = ARENA_ARRAY(b->arena, struct str, n + 1);
        path.is_position = ARENA_ARRAY(b->arena, bool, n + 1);
        path.positions = ARENA_ARRAY(b->arena, long long, n + 1);
    }
    TRY(arena_check(b->arena, b->error));
    uint32_t start = path.count, place = path.count + n;
    path.count += n;
    path.span = ast->span;
    for (const struct ast_expr *e = ast; e != base; e = e->arg) {
        if (e->kind == AST_INDEX) {
            place--;
            TRY(index_step(at, e, &path, place));
            continue;
        }
        for (uint32_t i = e->names.count; i-- > 0;)
            path.steps[--place] = e->names.items[i].text;
    }
    if (named)
        return bind_column_path(at, &path, out);
    struct expr *value;
    TRY(bind_expr(at, base, &value));
    return extract(at, value, &path, start, out);
}
