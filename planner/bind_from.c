/* bind_from.c - what stands in FROM: tables, views, WITH queries, files, table functions, subqueries. */
#include "planner/bind_int.h"

#include "storage/mem_table.h"
#include "storage/rows_source.h"
#include "storage/segment_files.h"
#include "storage/series_source.h"
#include "storage/stored_source.h"
#include "storage/text_source.h"

enum status bind_count_node(struct binder *b, struct span span)
{
    if (++b->n_nodes <= BIND_NODES_MAX)
        return STATUS_OK;
    return error_set_at(b->error, STATUS_LIMIT, span,
                        "the query is too large: more than %d parts once views and WITH are "
                        "written out",
                        BIND_NODES_MAX);
}

enum status bind_scan(struct binder *b, struct source *source, struct span span,
                      struct logical **out)
{
    *out = NULL;
    struct source **kept = ARRAY_PUSH(b->arena, &b->plan->sources);
    if (b->arena->failed) {
        source->ops->close(source);
        if (b->plan->sources.count)
            b->plan->sources.count--;
        return arena_check(b->arena, b->error);
    }
    *kept = source;
    TRY(bind_count_node(b, span));
    *out = logical_scan(b->arena, source, span);
    return arena_check(b->arena, b->error);
}

enum status bind_rows(struct binder *b, const struct schema *schema, const struct value *values,
                      uint32_t n_rows, struct span span, struct logical **out)
{
    struct source *source;
    *out = NULL;
    TRY(rows_source_new(b->arena, schema, values, n_rows, &source, b->error));
    return bind_scan(b, source, span, out);
}

enum status bind_catalog_table(struct binder *b, struct catalog_entry *entry, struct span span,
                               struct logical **out)
{
    struct source *source;
    *out = NULL;
    if (entry->in_memory)
        b->temporary = entry->name;
    if (entry->stored)
        TRY(stored_source_open(b->arena, entry->stored, b->env->context, &source, b->error));
    else
        TRY(mem_table_source(b->arena, entry->table, &source, b->error));
    return bind_scan(b, source, span, out);
}

struct expr_list bind_all_columns(struct binder *b, const struct logical *node)
{
    struct expr_list list = {ARENA_ARRAY(b->arena, struct expr *, node->schema.n_fields + 1), 0};
    for (uint32_t i = 0; list.items && i < node->schema.n_fields; i++)
        list.items[list.count++] =
            expr_column(b->arena, i, node->schema.fields[i].type, node->span);
    return list;
}

struct logical *bind_rename(struct binder *b, struct logical *node, const char *const *names,
                            uint32_t n)
{
    struct scope scope = {.binder = b, .node = node};
    uint32_t *columns, n_columns;
    scope_star(&scope, &columns, &n_columns);
    struct expr_list list = {ARENA_ARRAY(b->arena, struct expr *, n_columns + 1), 0};
    const char **all = ARENA_ARRAY(b->arena, const char *, n_columns + 1);
    if (!columns || !list.items || !all)
        return node;
    for (uint32_t i = 0; i < n_columns; i++) {
        const struct field *field = &node->schema.fields[columns[i]];
        list.items[list.count++] = expr_column(b->arena, columns[i], field->type, node->span);
        all[i] = i < n ? names[i] : field->name;
    }
    return logical_project(b->arena, node, list, all);
}

/* Gives the columns the names of `t(a, b)`. */
static enum status bind_column_names(struct binder *b, const struct ast_names *names,
                                     struct logical **node)
{
    if (names->count == 0)
        return STATUS_OK;
    struct scope scope = {.binder = b, .node = *node};
    uint32_t *columns, n;
    scope_star(&scope, &columns, &n);
    if (names->count > n)
        return error_set_at(b->error, STATUS_NAME, names->items[n].span, "%u names for %u columns",
                            names->count, n);
    const char **texts = ARENA_ARRAY(b->arena, const char *, names->count);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < names->count; i++)
        texts[i] = str_dup(b->arena, names->items[i].text);
    *node = bind_rename(b, *node, texts, names->count);
    return arena_check(b->arena, b->error);
}

/* ---- files ---- */

/* Data files of weir's own: named by their extension. */
static enum status open_segments(struct binder *b, const struct text_source_request *request,
                                 struct logical **out)
{
    struct source *source;
    struct segment_files_request files = {.paths = request->paths,
                                          .n_paths = request->n_paths,
                                          .span = request->span,
                                          .options = request->options,
                                          .n_options = request->n_options};
    enum status status = segment_files_open(b->arena, &files, b->env->context, &source, b->error);
    if (status != STATUS_OK) {
        error_place(b->error, request->span);
        return status;
    }
    return bind_scan(b, source, request->span, out);
}

static enum status check_safe(struct binder *b, const struct text_source_request *request)
{
    for (uint32_t i = 0; i < request->n_paths; i++)
        if (b->env->safe && !str_is(request->paths[i], "-") && !str_is(request->paths[i], "stdin"))
            return error_set_at(b->error, STATUS_USAGE, request->span,
                                "safe mode reads no files: " STR_FMT, STR_ARG(request->paths[i]));
    return STATUS_OK;
}

static enum status open_text(struct binder *b, struct text_source_request *request,
                             struct logical **out)
{
    struct source *source;
    TRY(check_safe(b, request));
    if (request->format == TEXT_FORMAT_BY_EXTENSION &&
        segment_files_known_extension(request->paths[0]))
        return open_segments(b, request, out);
    const char *on_error = b->env->on_error ? b->env->on_error : "fail";
    request->on_error_skip_default = strcmp(on_error, "skip") == 0;
    request->on_error_null_default = strcmp(on_error, "null") == 0;
    enum status status = text_source_open(b->arena, request, b->env->context, &source, b->error);
    if (status != STATUS_OK) {
        error_place(b->error, request->span);
        return status;
    }
    return bind_scan(b, source, request->span, out);
}

enum status bind_file(struct binder *b, struct str path, struct span span, struct logical **out)
{
    struct text_source_request request = {
        .paths = &path, .n_paths = 1, .span = span, .format = TEXT_FORMAT_BY_EXTENSION};
    struct str *kept = arena_memdup(b->arena, &path, sizeof path);
    TRY(arena_check(b->arena, b->error));
    request.paths = kept;
    return open_text(b, &request, out);
}

/* ---- table functions ---- */

static enum status bind_option(struct bind *at, const struct ast_expr *ast,
                               struct source_option *out)
{
    struct binder *b = at->binder;
    if (ast->kind != AST_LIST && ast->kind != AST_STRUCT)
        return bind_constant(at, ast, "an option", &out->value);
    out->is_list = ast->kind == AST_LIST;
    out->n_children = out->is_list ? ast->list.count : ast->n_fields;
    out->children = ARENA_ARRAY(b->arena, struct source_option, out->n_children + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < out->n_children; i++) {
        struct source_option *child = &out->children[i];
        const struct ast_expr *value = out->is_list ? ast->list.items[i] : ast->fields[i].value;
        child->span = value->span;
        if (!out->is_list)
            child->name = ast->fields[i].name.text;
        TRY(bind_option(at, value, child));
    }
    return STATUS_OK;
}

static enum status bind_paths(struct bind *at, const struct ast_expr *ast,
                              struct text_source_request *request)
{
    struct binder *b = at->binder;
    const struct ast_exprs one = {(struct ast_expr **)&ast, 1};
    const struct ast_exprs *list = ast->kind == AST_LIST ? &ast->list : &one;
    struct str *paths = ARENA_ARRAY(b->arena, struct str, list->count + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_expr *item = list->items[i];
        struct value value;
        if (item->kind == AST_NAME && item->names.count == 1 &&
            str_is(item->names.items[0].text, "stdin")) {
            paths[i] = STR_LITERAL("stdin");
            continue;
        }
        TRY(bind_constant(at, item, "a path", &value));
        if (value.is_null || value.type.id != TYPE_VARCHAR)
            return error_set_at(b->error, STATUS_TYPE, item->span, "a path must be text");
        paths[i] = value.text;
    }
    if (list->count == 0)
        return error_set_at(b->error, STATUS_VALUE, ast->span, "the list of paths is empty");
    request->paths = paths;
    request->n_paths = list->count;
    request->span = ast->span;
    return STATUS_OK;
}

/* `format` BY_EXTENSION: data files. */
static enum status bind_read(struct binder *b, const struct ast_call *call, struct span span,
                             enum text_format format, struct logical **out)
{
    struct bind at = {.binder = b, .clause = "a table function"};
    struct text_source_request request = {.format = format, .span = span};
    struct source_option *options = ARENA_ARRAY(b->arena, struct source_option, call->n_args + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < call->n_args; i++) {
        const struct ast_arg *arg = &call->args[i];
        if (!arg->name.text.data) {
            if (request.n_paths)
                return error_set_at(b->error, STATUS_TYPE, arg->value->span,
                                    STR_FMT " takes one path or one list of paths",
                                    STR_ARG(call->name.text));
            TRY(bind_paths(&at, arg->value, &request));
            continue;
        }
        struct source_option *option = &options[request.n_options++];
        option->name = arg->name.text;
        option->span = arg->name.span;
        TRY(bind_option(&at, arg->value, option));
        if (str_is(option->name, "follow") && option->value.type.id == TYPE_BOOLEAN &&
            option->value.boolean)
            return bind_refuse(b, arg->name.span, "follow => true");
    }
    request.options = options;
    if (!request.n_paths)
        return error_set_at(b->error, STATUS_TYPE, span, STR_FMT " needs a path",
                            STR_ARG(call->name.text));
    if (format != TEXT_FORMAT_BY_EXTENSION)
        return open_text(b, &request, out);
    TRY(check_safe(b, &request));
    return open_segments(b, &request, out);
}

static struct type series_type(struct expr *const *args)
{
    if (args[0]->type.id == TYPE_TIMESTAMPTZ || args[1]->type.id == TYPE_TIMESTAMPTZ)
        return type_of(TYPE_TIMESTAMPTZ);
    if (type_is_timestamp(args[0]->type) || args[0]->type.id == TYPE_DATE ||
        type_is_timestamp(args[1]->type) || args[1]->type.id == TYPE_DATE)
        return type_of(TYPE_TIMESTAMP);
    return type_of(TYPE_BIGINT);
}

static enum status series_arguments(struct bind *at, const struct ast_call *call, bool range,
                                    struct expr **args, uint32_t *n)
{
    struct binder *b = at->binder;
    *n = call->n_args;
    if (call->n_args < (range ? 1 : 2) || call->n_args > 3)
        return error_set_at(b->error, STATUS_TYPE, call->name.span,
                            STR_FMT " takes start, stop and a step", STR_ARG(call->name.text));
    for (uint32_t i = 0; i < call->n_args; i++) {
        if (call->args[i].name.text.data)
            return error_set_at(b->error, STATUS_NAME, call->args[i].name.span,
                                STR_FMT " has no named arguments", STR_ARG(call->name.text));
        TRY(bind_expr(at, call->args[i].value, &args[i]));
    }
    if (call->n_args == 1) {
        args[1] = args[0];
        args[0] = bind_integer(b, 0, call->name.span);
        *n = 2;
    }
    if (*n == 2) {
        args[2] = bind_integer(b, 1, call->name.span);
        if (series_type(args).id != TYPE_BIGINT)
            return error_set_at(b->error, STATUS_TYPE, call->name.span,
                                "a series of times needs a step, such as INTERVAL '1' HOUR");
    }
    return arena_check(b->arena, b->error);
}

static enum status series_value(struct bind *at, struct expr *e, struct type type,
                                struct value *out)
{
    struct binder *b = at->binder;
    char from[TYPE_NAME_SIZE], to[TYPE_NAME_SIZE];
    bool number = type_is_integer(e->type), wants_number = type.id == TYPE_BIGINT;
    bool fits = e->type.id == TYPE_NULL || bind_is_text_literal(e) || number == wants_number;
    if (!fits || (wants_number && bind_is_text_literal(e)) ||
        (wants_number && !number && e->type.id != TYPE_NULL))
        return error_set_at(b->error, STATUS_TYPE, e->span, "this must be %s, not %s",
                            type_name(type, to), type_name(e->type, from));
    struct expr *cast;
    TRY(bind_explicit_cast(b, e, type, false, e->span, &cast));
    if (cast->kind == EXPR_CONSTANT) {
        *out = cast->value;
        return STATUS_OK;
    }
    if (!expr_is_foldable(cast) || !b->env->fold)
        return error_set_at(b->error, STATUS_VALUE, e->span, "this must be a constant");
    enum status status = b->env->fold(b->env->fold_context, cast, out, b->error);
    if (status != STATUS_OK)
        error_place(b->error, e->span);
    return status;
}

static enum status bind_series(struct binder *b, const struct ast_call *call, struct span span,
                               bool range, struct logical **out)
{
    struct bind at = {.binder = b, .clause = "a table function"};
    struct expr *args[3];
    uint32_t n;
    TRY(series_arguments(&at, call, range, args, &n));
    struct type type = series_type(args);
    struct series series = {.name = range ? "range" : "generate_series", .exclusive = range};
    TRY(series_value(&at, args[0], type, &series.start));
    TRY(series_value(&at, args[1], type, &series.stop));
    TRY(series_value(&at, args[2], type.id == TYPE_BIGINT ? type : type_of(TYPE_INTERVAL),
                     &series.step));
    if (series.start.is_null || series.stop.is_null || series.step.is_null) {
        struct field *field = ARENA_NEW(b->arena, struct field);
        TRY(arena_check(b->arena, b->error));
        *field = (struct field){series.name, type, true};
        struct schema schema = {field, 1};
        return bind_rows(b, &schema, NULL, 0, span, out);
    }
    series.start.type = series.stop.type = type;
    struct source *source;
    enum status status = series_source_new(b->arena, &series, &source, b->error);
    if (status != STATUS_OK) {
        error_place(b->error, args[2]->span);
        return status;
    }
    return bind_scan(b, source, span, out);
}

static enum status unknown_table_function(struct binder *b, const struct ast_call *call)
{
    static const char *const LATER[] = {"read_text", "read_arrow", "read_parquet", "unnest",
                                        "gap_fill",  "json_each",  "json_tree"};
    static const char *const NAMES[] = {"read_jsonl", "read_ndjson", "read_json",       "read_csv",
                                        "read_weir",  "range",       "generate_series", "TUMBLE",
                                        "HOP",        "CUMULATE",    "SESSION"};
    struct str name = call->name.text;
    for (size_t i = 0; i < ARRAY_LENGTH(LATER); i++)
        if (str_is(name, LATER[i]))
            return bind_refuse(b, call->name.span, LATER[i]);
    enum status status = error_set_at(b->error, STATUS_NAME, call->name.span,
                                      "unknown table function: " STR_FMT, STR_ARG(name));
    const char *meant = error_did_you_mean(name.data, name.length, NAMES, ARRAY_LENGTH(NAMES));
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    return status;
}

enum status bind_table_function(struct binder *b, const struct ast_call *call, struct span span,
                                struct logical **out)
{
    static const struct {
        const char *name;
        enum text_format format;
    } READERS[] = {
        {"read_jsonl", TEXT_FORMAT_JSONL},       {"read_ndjson", TEXT_FORMAT_JSONL},
        {"read_json", TEXT_FORMAT_JSONL},        {"read_json_auto", TEXT_FORMAT_JSONL},
        {"read_ndjson_auto", TEXT_FORMAT_JSONL}, {"read_csv", TEXT_FORMAT_CSV},
        {"read_csv_auto", TEXT_FORMAT_CSV},      {"read_weir", TEXT_FORMAT_BY_EXTENSION}};
    struct str name = call->name.text;
    *out = NULL;
    if (call->distinct || call->filter || call->over || call->star || call->n_order_by)
        return error_set_at(b->error, STATUS_SYNTAX, span,
                            "a table function takes arguments only: " STR_FMT, STR_ARG(name));
    for (size_t i = 0; i < ARRAY_LENGTH(READERS); i++)
        if (str_is(name, READERS[i].name))
            return bind_read(b, call, span, READERS[i].format, out);
    if (str_is(name, "generate_series") || str_is(name, "range"))
        return bind_series(b, call, span, str_is(name, "range"), out);
    if (bind_window_kind(name) != WINDOW_GLOBAL)
        return bind_window_table(b, call, span, out);
    return unknown_table_function(b, call);
}

/* ---- names ---- */

static enum status bind_cte(struct binder *b, const struct bind_with *with, struct span span,
                            struct logical **out)
{
    const struct bind_with *outer = b->with;
    TRY(bind_count_node(b, span));
    b->with = with->outer;
    enum status status = bind_subquery(b, with->cte->select, out);
    b->with = outer;
    TRY(status);
    return bind_column_names(b, &with->cte->columns, out);
}

static enum status bind_view_text(struct binder *b, struct catalog_entry *view,
                                  struct logical **out)
{
    if (view->in_memory)
        b->temporary = view->name;
    struct parse_result parsed;
    b->sql = str_of(view->view_sql);
    TRY(parse_statement(b->arena, b->sql, &parsed, b->error));
    if (!parsed.statement || parsed.statement->kind != AST_STATEMENT_SELECT)
        return error_set(b->error, STATUS_INTERNAL, "the view holds no SELECT");
    TRY(bind_subquery(b, parsed.statement->select, out));
    if (view->n_view_columns)
        *out = bind_rename(b, *out, view->view_columns, view->n_view_columns);
    return arena_check(b->arena, b->error);
}

static enum status bind_view(struct binder *b, struct catalog_entry *view, struct span span,
                             struct logical **out)
{
    for (const struct bind_view *v = b->views; v; v = v->outer)
        if (str_is(v->name, view->name))
            return error_set_at(b->error, STATUS_NAME, span, "the view refers to itself: %s",
                                view->name);
    struct bind_view frame = {str_of(view->name), b->views, b->views ? b->views->depth + 1 : 1};
    if (frame.depth > BIND_VIEWS_MAX)
        return error_set_at(b->error, STATUS_LIMIT, span, "more than %d views in one another",
                            BIND_VIEWS_MAX);
    TRY(bind_count_node(b, span));
    struct binder saved = *b;
    b->views = &frame;
    b->with = NULL;
    enum status status = bind_view_text(b, view, out);
    b->views = saved.views;
    b->with = saved.with;
    b->sql = saved.sql;
    if (status == STATUS_OK) {
        (*out)->span = span;
        return status;
    }
    error_append(b->error, " (in view %s)", view->name);
    b->error->span = span;
    return status;
}

/* FROM bid.jsonl: a file's name without its quotes. */
static void hint_file(struct binder *b, const struct ast_names *names)
{
    struct strbuf path;
    strbuf_init(&path, b->arena);
    for (uint32_t i = 0; i < names->count; i++) {
        if (i > 0)
            strbuf_putc(&path, '.');
        strbuf_add(&path, names->items[i].text.data, names->items[i].text.length);
    }
    if (path.data && (text_source_known_extension(strbuf_str(&path)) ||
                      segment_files_known_extension(strbuf_str(&path))))
        error_hint(b->error, "a file is written in quotes: '%s'", path.data);
}

static enum status unknown_table(struct binder *b, const struct ast_names *names)
{
    const struct ast_name *last = &names->items[names->count - 1];
    const char **known;
    size_t n_known, n = 0, n_with = 0;
    TRY(catalog_names(b->env->catalog, b->arena, &known, &n_known, b->error));
    for (const struct bind_with *w = b->with; w; w = w->outer)
        n_with++;
    const char **all =
        ARENA_ARRAY(b->arena, const char *, n_known + n_with + b->env->n_system_tables + 1);
    TRY(arena_check(b->arena, b->error));
    for (const struct bind_with *w = b->with; w; w = w->outer)
        all[n++] = str_dup(b->arena, w->cte->name.text);
    for (size_t i = 0; i < n_known; i++)
        all[n++] = known[i];
    for (size_t i = 0; i < b->env->n_system_tables; i++)
        all[n++] = b->env->system_tables[i];
    enum status status = error_set_at(b->error, STATUS_NAME, last->span, "unknown table: " STR_FMT,
                                      STR_ARG(last->text));
    const char *meant = error_did_you_mean(last->text.data, last->text.length, all, n);
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    else if (names->count >= 2)
        hint_file(b, names);
    return status;
}

enum status bind_table_name(struct binder *b, const struct ast_names *names, struct span span,
                            struct logical **out)
{
    struct str name = names->items[names->count - 1].text;
    bool plain = names->count == 1;
    bool known_schema = plain || (names->count == 2 && (str_is(names->items[0].text, "main") ||
                                                        str_is(names->items[0].text, "temp")));
    *out = NULL;
    if (plain)
        for (const struct bind_with *w = b->with; w; w = w->outer)
            if (str_equal_nocase(w->cte->name.text, name))
                return bind_cte(b, w, span, out);
    if (!known_schema)
        return unknown_table(b, names);
    struct catalog_entry *entry;
    enum catalog_place place = plain                                  ? CATALOG_ANYWHERE
                               : str_is(names->items[0].text, "temp") ? CATALOG_TEMP
                                                                      : CATALOG_MAIN;
    TRY(catalog_find(b->env->catalog, place, name, &entry, b->error));
    if (entry && entry->kind == CATALOG_VIEW)
        return bind_view(b, entry, span, out);
    if (entry)
        return bind_catalog_table(b, entry, span, out);
    struct source *source = NULL;
    if (b->env->system_table)
        TRY(b->env->system_table(b->env->session, name, &source, b->error));
    if (source && str_is(name, "_"))
        b->temporary = "_";
    if (source)
        return bind_scan(b, source, span, out);
    if (plain && str_is(name, "stdin"))
        return bind_file(b, STR_LITERAL("stdin"), span, out);
    return unknown_table(b, names);
}

/* ---- sources ---- */

static enum status refuse_join(struct binder *b, const struct ast_source *source)
{
    static const char *const NAMES[] = {
        [AST_JOIN_INNER] = "JOIN",       [AST_JOIN_LEFT] = "LEFT JOIN",
        [AST_JOIN_RIGHT] = "RIGHT JOIN", [AST_JOIN_FULL] = "FULL JOIN",
        [AST_JOIN_CROSS] = "CROSS JOIN", [AST_JOIN_COMMA] = "a comma in FROM (CROSS JOIN)",
        [AST_JOIN_SEMI] = "SEMI JOIN",   [AST_JOIN_ANTI] = "ANTI JOIN",
        [AST_JOIN_ASOF] = "ASOF JOIN",   [AST_JOIN_ASOF_LEFT] = "LEFT ASOF JOIN",
    };
    const char *name = source->natural ? "NATURAL JOIN" : NAMES[source->join];
    return bind_refuse(b, source->join_span.end ? source->join_span : source->span, name);
}

static enum status refuse_suffixes(struct binder *b, const struct ast_source *source)
{
    if (source->kind == AST_SOURCE_JOIN)
        return refuse_join(b, source);
    if (source->lateral)
        return bind_refuse(b, source->span, "LATERAL");
    if (source->system_time)
        return bind_refuse(b, source->system_time->span, "FOR SYSTEM_TIME AS OF");
    if (source->n_options)
        return bind_refuse(b, source->options[0].name.span, "WITH options on a table in FROM");
    return STATUS_OK;
}

enum status bind_source(struct binder *b, const struct ast_source *source, struct logical **out)
{
    *out = NULL;
    TRY(refuse_suffixes(b, source));
    switch ((enum ast_source_kind)source->kind) {
    case AST_SOURCE_NAME:
        TRY(bind_table_name(b, &source->names, source->span, out));
        break;
    case AST_SOURCE_FILE:
        TRY(bind_file(b, source->path, source->span, out));
        break;
    case AST_SOURCE_CALL:
        TRY(bind_table_function(b, source->call, source->span, out));
        break;
    default:
        TRY(bind_subquery(b, source->select, out));
        break;
    }
    TRY(bind_column_names(b, &source->column_aliases, out));
    return source->watermark ? bind_source_watermark(b, source, *out) : STATUS_OK;
}

enum status bind_from(struct binder *b, const struct ast_source *source, struct scope *out)
{
    *out = (struct scope){.binder = b, .name = {"", 0}};
    if (!source)
        return STATUS_OK;
    TRY(bind_source(b, source, &out->node));
    out->span = source->span;
    if (source->alias.text.data)
        out->name = source->alias.text;
    else if (source->kind == AST_SOURCE_NAME)
        out->name = source->names.items[source->names.count - 1].text;
    else if (source->kind == AST_SOURCE_CALL)
        out->name = source->call->name.text;
    return STATUS_OK;
}
