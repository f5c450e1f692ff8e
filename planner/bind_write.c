/* bind_write.c - statements that change rows: INSERT, DELETE, UPDATE; defaults and constraints on what is written. */
#include "planner/bind_int.h"

#include "planner/coerce.h"
#include "planner/rule_int.h"
#include "storage/stored_source.h"

/* ---- the table, and what its columns take ---- */

enum status bind_target(struct binder *b, const struct ast_names *names, struct catalog_entry **out)
{
    const struct ast_name *name;
    enum catalog_place place;
    TRY(bind_object_name(b, names, &name, &place));
    TRY(catalog_find(b->env->catalog, place, name->text, out, b->error));
    if (!*out)
        return bind_unknown_object(b, name, "table");
    if ((*out)->kind != CATALOG_TABLE)
        return error_set_at(b->error, STATUS_TYPE, name->span,
                            "a view cannot be written to: " STR_FMT, STR_ARG(name->text));
    return bind_writable(b, (*out)->in_memory, name->span);
}

enum status bind_column_of(struct binder *b, const struct schema *schema,
                           const struct ast_name *name, uint32_t *out)
{
    int column = schema_find(schema, name->text);
    if (column >= 0) {
        *out = (uint32_t)column;
        return STATUS_OK;
    }
    const char **names = ARENA_ARRAY(b->arena, const char *, schema->n_fields + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < schema->n_fields; i++)
        names[i] = schema->fields[i].name;
    enum status status = error_set_at(b->error, STATUS_NAME, name->span, "unknown column: " STR_FMT,
                                      STR_ARG(name->text));
    const char *meant =
        error_did_you_mean(name->text.data, name->text.length, names, schema->n_fields);
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    return status;
}

enum status bind_assign(struct binder *b, struct expr *e, const struct field *field,
                        struct expr **out)
{
    char from[TYPE_NAME_SIZE], to[TYPE_NAME_SIZE];
    struct type type = field->type;
    bool exact = e->type.id == type.id &&
                 (type.id != TYPE_DECIMAL ||
                  (e->type.precision == type.precision && e->type.scale == type.scale));
    bool literal = bind_is_text_literal(e) && coerce_literal_takes(type);
    bool fits = e->type.id == TYPE_NULL || literal || coerce_implicit(e->type, type) ||
                (type_is_number(e->type) && type_is_number(type)) ||
                (type.id == TYPE_VARCHAR && e->type.id != TYPE_BLOB) ||
                (type.id == TYPE_JSON && e->type.id == TYPE_VARCHAR) ||
                ((type_is_timestamp(e->type) || e->type.id == TYPE_DATE) &&
                 (type_is_timestamp(type) || type.id == TYPE_DATE));
    *out = e;
    if (exact && type_equal(e->type, type))
        return STATUS_OK;
    if (!fits && e->type.id != type.id) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, e->span, "column %s is %s, the value %s",
                         field->name, type_name(type, to), type_name(e->type, from));
        if (coerce_cast_allowed(e->type, type))
            error_hint(b->error, "CAST(... AS %s)", to);
        return status;
    }
    if (type.id == TYPE_DECIMAL)
        *out = expr_cast(b->arena, e, type, false, e->span);
    else
        TRY(bind_cast(b, e, type, out));
    return arena_check(b->arena, b->error);
}

enum status bind_default(struct binder *b, const struct ast_expr *ast, const struct field *field,
                         struct expr **out)
{
    struct bind at = {.binder = b, .clause = "DEFAULT"};
    struct expr *e;
    TRY(bind_expr(&at, ast, &e));
    return bind_assign(b, e, field, out);
}

/* ---- constraints on what is written ---- */

static enum status add_check(struct binder *b, struct expr *e, const char *text)
{
    struct plan *plan = &b->plan->plan;
    struct plan_check *checks =
        ARENA_ARRAY(b->arena, struct plan_check, (size_t)plan->n_checks + 1);
    TRY(arena_check(b->arena, b->error));
    if (plan->n_checks)
        memcpy(checks, plan->checks, plan->n_checks * sizeof *checks);
    checks[plan->n_checks++] = (struct plan_check){e, text};
    plan->checks = checks;
    return STATUS_OK;
}

enum status bind_add_check(struct binder *b, const struct catalog_entry *table, const char *sql)
{
    struct ast_expr *ast;
    struct scope scope;
    struct expr *e;
    struct str outer = b->sql;
    TRY(parse_expression(b->arena, str_of(sql), &ast, b->error));
    TRY(bind_schema_scope(b, &table->schema, str_of(table->name), &scope));
    struct bind at = {.binder = b, .scope = &scope, .clause = "CHECK"};
    b->sql = str_of(sql);
    TRY(bind_condition(&at, ast, &e));
    b->sql = outer;
    const char *text = arena_printf(b->arena, "CHECK (%s) of %s", sql, table->name);
    TRY(arena_check(b->arena, b->error));
    return add_check(b, e, text);
}

enum status bind_add_checks(struct binder *b, const struct catalog_entry *table)
{
    for (uint32_t i = 0; i < table->schema.n_fields; i++) {
        const struct field *field = &table->schema.fields[i];
        struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 1);
        TRY(arena_check(b->arena, b->error));
        if (field->not_null) {
            args[0] = expr_column(b->arena, i, field->type, (struct span){0, 0});
            struct expr *e = expr_call(b->arena, FUNCTION_IS_NOT_NULL, type_of(TYPE_BOOLEAN), args,
                                       1, (struct span){0, 0});
            const char *text =
                arena_printf(b->arena, "NOT NULL of %s.%s", table->name, field->name);
            TRY(arena_check(b->arena, b->error));
            TRY(add_check(b, e, text));
        }
        if (table->columns && table->columns[i].check_sql)
            TRY(bind_add_check(b, table, table->columns[i].check_sql));
    }
    for (uint32_t i = 0; i < table->n_checks; i++)
        TRY(bind_add_check(b, table, table->checks[i]));
    return STATUS_OK;
}

enum status bind_default_of(struct binder *b, const struct catalog_entry *table, uint32_t column,
                            struct expr **out)
{
    const struct field *field = &table->schema.fields[column];
    const char *sql = table->columns ? table->columns[column].default_sql : NULL;
    if (!sql) {
        *out = expr_constant(b->arena, value_null(field->type), (struct span){0, 0});
        return arena_check(b->arena, b->error);
    }
    struct ast_expr *ast;
    struct str outer = b->sql;
    TRY(parse_expression(b->arena, str_of(sql), &ast, b->error));
    b->sql = str_of(sql);
    TRY(bind_default(b, ast, field, out));
    b->sql = outer;
    return STATUS_OK;
}

static const char **field_names(struct binder *b, const struct schema *schema, uint32_t extra)
{
    const char **names = ARENA_ARRAY(b->arena, const char *, schema->n_fields + extra + 1);
    for (uint32_t i = 0; names && i < schema->n_fields; i++)
        names[i] = schema->fields[i].name;
    return names;
}

static void whole_root(struct logical_root *root, struct logical *node)
{
    *root = (struct logical_root){.node = node, .n_visible = node->schema.n_fields};
}

/* ---- INSERT ---- */

/* Which column of the query goes to column `i` of the table: -1: its default. */
static enum status insert_places(struct binder *b, const struct ast_statement *s,
                                 const struct catalog_entry *table, uint32_t n_given, int32_t **out)
{
    uint32_t n = table->schema.n_fields;
    int32_t *places = ARENA_ARRAY(b->arena, int32_t, n + 1);
    *out = places;
    TRY(arena_check(b->arena, b->error));
    uint32_t wanted = s->columns.count ? s->columns.count : n;
    for (uint32_t i = 0; i < n; i++)
        places[i] = -1;
    if (!s->default_values && n_given != wanted)
        return error_set_at(b->error, STATUS_TYPE, s->select ? s->select->span : s->span,
                            "%s takes %u %s, not %u", table->name, wanted,
                            wanted == 1 ? "value" : "values", n_given);
    for (uint32_t i = 0; !s->default_values && i < n_given; i++) {
        uint32_t column = i;
        if (s->columns.count)
            TRY(bind_column_of(b, &table->schema, &s->columns.items[i], &column));
        if (places[column] >= 0)
            return error_set_at(b->error, STATUS_NAME, s->columns.items[i].span,
                                "a column is named twice: " STR_FMT,
                                STR_ARG(s->columns.items[i].text));
        places[column] = (int32_t)i;
    }
    return STATUS_OK;
}

/* Literals of VALUES take the type of the table's column, not the one they would meet in among themselves. */
static enum status retype_literals(struct binder *b, const int32_t *places,
                                   const struct catalog_entry *table, struct expr_list *outputs)
{
    for (uint32_t i = 0; i < table->schema.n_fields; i++) {
        const struct field *field = &table->schema.fields[i];
        if (places[i] < 0)
            continue;
        struct expr *e = outputs->items[places[i]];
        if (e->type.id == TYPE_VARCHAR && coerce_literal_takes(field->type))
            TRY(bind_explicit_cast(b, e, field->type, false, e->span, &outputs->items[places[i]]));
    }
    return STATUS_OK;
}

enum status bind_insert(struct binder *b, const struct ast_statement *s, struct logical_root *root)
{
    struct plan *plan = &b->plan->plan;
    struct catalog_entry *table;
    struct logical *node;
    int32_t *places;
    plan->kind = PLAN_INSERT;
    if (s->returning.count)
        return bind_refuse(b, s->returning.items[0]->span, "RETURNING");
    TRY(bind_target(b, &s->names, &table));
    plan->target = table;
    if (s->select) {
        TRY(bind_subquery(b, s->select, &node));
    } else {
        struct schema none = {0};
        TRY(bind_rows(b, &none, NULL, 1, s->span, &node));
    }
    TRY(insert_places(b, s, table, node->schema.n_fields, &places));
    struct expr_list given = bind_all_columns(b, node), outputs = {0};
    TRY(arena_check(b->arena, b->error));
    bool values = s->select && s->select->kind == AST_SELECT_VALUES;
    bool one_row = values && s->select->n_rows == 1;
    for (uint32_t i = 0; s->select && i < given.count; i++)
        given.items[i]->span = one_row ? s->select->rows[0].items[i]->span : s->select->span;
    if (values)
        TRY(retype_literals(b, places, table, &given));
    for (uint32_t i = 0; i < table->schema.n_fields; i++) {
        struct expr *e;
        if (places[i] < 0)
            TRY(bind_default_of(b, table, i, &e));
        else
            TRY(bind_assign(b, given.items[places[i]], &table->schema.fields[i], &e));
        expr_list_push(b->arena, &outputs, e);
    }
    const char **names = field_names(b, &table->schema, 0);
    TRY(arena_check(b->arena, b->error));
    whole_root(root, logical_project(b->arena, node, outputs, names));
    TRY(arena_check(b->arena, b->error));
    return bind_add_checks(b, table);
}

/* ---- DELETE, UPDATE ---- */

static enum status table_scope(struct binder *b, const struct ast_statement *s,
                               struct catalog_entry **table, struct scope *scope)
{
    TRY(bind_target(b, &s->names, table));
    b->plan->plan.target = *table;
    *scope = (struct scope){.binder = b, .name = str_of((*table)->name), .span = s->span};
    return bind_catalog_table(b, *table, s->span, &scope->node);
}

static enum status call_one(struct binder *b, enum function_id id, struct expr *arg,
                            struct expr **out)
{
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 1);
    TRY(arena_check(b->arena, b->error));
    args[0] = arg;
    *out = expr_call(b->arena, id, type_of(TYPE_BOOLEAN), args, 1, arg->span);
    return arena_check(b->arena, b->error);
}

/* A stored table: the query that finds the files with rows that the WHERE takes. `node` is the scan of the rows that
 * the statement reads, NULL if it reads none. */
static enum status bind_rewrite(struct binder *b, const struct ast_statement *s,
                                const struct catalog_entry *table, const struct logical *node)
{
    struct plan_rewrite *rewrite = ARENA_NEW(b->arena, struct plan_rewrite);
    struct scope scope = {.binder = b, .name = str_of(table->name), .span = s->span};
    struct bind at = {.binder = b, .scope = &scope, .clause = "WHERE"};
    struct expr_list conditions = {0}, outputs = {0};
    struct source *source;
    struct expr *e;
    TRY(arena_check(b->arena, b->error));
    b->plan->plan.rewrite = rewrite;
    rewrite->rows = node ? node->scan.source : NULL;
    if (!s->where)
        return STATUS_OK;
    TRY(stored_source_open_numbered(b->arena, table->stored, b->env->context, &source, b->error));
    TRY(bind_scan(b, source, s->span, &scope.node));
    TRY(bind_condition(&at, s->where, &e));
    expr_list_split(b->arena, &conditions, e);
    uint32_t place = table->schema.n_fields;
    const struct field *field = &source->schema.fields[place];
    expr_list_push(b->arena, &outputs, expr_column(b->arena, place, field->type, s->span));
    struct logical *found = logical_filter(b->arena, scope.node, conditions);
    rewrite->probe_root = ARENA_NEW(b->arena, struct logical_root);
    TRY(arena_check(b->arena, b->error));
    whole_root(rewrite->probe_root, logical_project(b->arena, found, outputs, &field->name));
    return arena_check(b->arena, b->error);
}

enum status bind_delete(struct binder *b, const struct ast_statement *s, struct logical_root *root)
{
    struct catalog_entry *table;
    struct scope scope;
    b->plan->plan.kind = PLAN_DELETE;
    if (s->returning.count)
        return bind_refuse(b, s->returning.items[0]->span, "RETURNING");
    if (!s->where) {
        TRY(bind_target(b, &s->names, &table));
        b->plan->plan.target = table;
        return table->stored ? bind_rewrite(b, s, table, NULL) : STATUS_OK;
    }
    TRY(table_scope(b, s, &table, &scope));
    struct bind at = {.binder = b, .scope = &scope, .clause = "WHERE"};
    struct expr *e, *stays;
    struct expr_list conditions = {0};
    TRY(bind_condition(&at, s->where, &e));
    TRY(call_one(b, FUNCTION_IS_NOT_TRUE, e, &stays));
    expr_list_push(b->arena, &conditions, stays);
    if (table->stored)
        TRY(bind_rewrite(b, s, table, scope.node));
    whole_root(root, logical_filter(b->arena, scope.node, conditions));
    return arena_check(b->arena, b->error);
}

static enum status bind_assignments(struct bind *at, const struct ast_statement *s,
                                    struct catalog_entry *table, struct expr *condition,
                                    struct expr_list *outputs)
{
    struct binder *b = at->binder;
    bool *set = ARENA_ARRAY(b->arena, bool, table->schema.n_fields + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < s->n_assignments; i++) {
        const struct ast_assignment *assignment = &s->assignments[i];
        uint32_t column = 0;
        struct expr *e;
        TRY(bind_column_of(b, &table->schema, &assignment->column, &column));
        if (set[column])
            return error_set_at(b->error, STATUS_NAME, assignment->column.span,
                                "a column is set twice: " STR_FMT,
                                STR_ARG(assignment->column.text));
        set[column] = true;
        TRY(bind_expr(at, assignment->value, &e));
        TRY(bind_assign(b, e, &table->schema.fields[column], &e));
        if (condition) {
            struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 3);
            TRY(arena_check(b->arena, b->error));
            args[0] = condition;
            args[1] = e;
            args[2] = outputs->items[column];
            e = bind_list(b, EXPR_CASE, args, 3, e->span);
            e->type = table->schema.fields[column].type;
        }
        outputs->items[column] = e;
    }
    return arena_check(b->arena, b->error);
}

enum status bind_update(struct binder *b, const struct ast_statement *s, struct logical_root *root)
{
    struct catalog_entry *table;
    struct scope scope;
    struct expr *condition = NULL, *changed;
    b->plan->plan.kind = PLAN_UPDATE;
    if (s->returning.count)
        return bind_refuse(b, s->returning.items[0]->span, "RETURNING");
    TRY(table_scope(b, s, &table, &scope));
    if (table->stored)
        TRY(bind_rewrite(b, s, table, scope.node));
    struct bind at = {.binder = b, .scope = &scope, .clause = "WHERE"};
    if (s->where) {
        TRY(bind_condition(&at, s->where, &condition));
        TRY(call_one(b, FUNCTION_IS_TRUE, condition, &changed));
    } else {
        changed = bind_bool(b, true, s->span);
    }
    at.clause = "SET";
    struct expr_list outputs = bind_all_columns(b, scope.node);
    TRY(arena_check(b->arena, b->error));
    outputs.count = table->schema.n_fields;
    TRY(bind_assignments(&at, s, table, condition, &outputs));
    const char **names = field_names(b, &table->schema, 1);
    struct expr_list all = {0};
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < outputs.count; i++)
        expr_list_push(b->arena, &all, outputs.items[i]);
    if (!table->stored)
        expr_list_push(b->arena, &all, changed);
    names[outputs.count] = "changed";
    TRY(arena_check(b->arena, b->error));
    whole_root(root, logical_project(b->arena, scope.node, all, names));
    TRY(arena_check(b->arena, b->error));
    return bind_add_checks(b, table);
}
