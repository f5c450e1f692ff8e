/* bind_ddl.c - statements that make, change and fill tables and views. */
#include "planner/bind_int.h"

#include "parser/ast_print.h"
#include "planner/coerce.h"
#include "planner/rule_int.h"

/* ---- names ---- */

/* The object's own name; "main" and "temp" before it are taken. */
static enum status object_name(struct binder *b, const struct ast_names *names,
                               const struct ast_name **out)
{
    *out = &names->items[names->count - 1];
    bool known = names->count == 1 || (names->count == 2 && (str_is(names->items[0].text, "main") ||
                                                             str_is(names->items[0].text, "temp")));
    if (!known)
        return error_set_at(b->error, STATUS_NAME, names->items[0].span, "unknown schema: " STR_FMT,
                            STR_ARG(names->items[0].text));
    return STATUS_OK;
}

static enum status unknown_object(struct binder *b, const struct ast_name *name, const char *kind)
{
    size_t n = catalog_list(b->env->catalog, NULL, 0);
    struct catalog_entry **entries = ARENA_ARRAY(b->arena, struct catalog_entry *, n + 1);
    const char **names = ARENA_ARRAY(b->arena, const char *, n + 1);
    TRY(arena_check(b->arena, b->error));
    catalog_list(b->env->catalog, entries, n);
    for (size_t i = 0; i < n; i++)
        names[i] = entries[i]->name;
    enum status status = error_set_at(b->error, STATUS_NAME, name->span, "unknown %s: " STR_FMT,
                                      kind, STR_ARG(name->text));
    const char *meant = error_did_you_mean(name->text.data, name->text.length, names, n);
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    return status;
}

enum status bind_target(struct binder *b, const struct ast_names *names, struct catalog_entry **out)
{
    const struct ast_name *name;
    TRY(object_name(b, names, &name));
    *out = catalog_find(b->env->catalog, name->text);
    if (!*out)
        return unknown_object(b, name, "table");
    if ((*out)->kind != CATALOG_TABLE)
        return error_set_at(b->error, STATUS_TYPE, name->span,
                            "a view cannot be written to: " STR_FMT, STR_ARG(name->text));
    return STATUS_OK;
}

/* Looks whether the name is free. *skip: it is taken and IF NOT EXISTS says to do nothing. */
static enum status check_free(struct binder *b, const struct ast_statement *s,
                              enum catalog_kind kind, const struct ast_name **name, bool *skip)
{
    *skip = false;
    TRY(object_name(b, &s->names, name));
    struct catalog_entry *old = catalog_find(b->env->catalog, (*name)->text);
    if (!old)
        return STATUS_OK;
    const char *what = old->kind == CATALOG_VIEW ? "view" : "table";
    if (s->if_not_exists) {
        *skip = true;
        b->plan->plan.kind = PLAN_NOTHING;
        return STATUS_OK;
    }
    if (s->or_replace && old->kind == kind)
        return STATUS_OK;
    enum status status = error_set_at(b->error, STATUS_NAME, (*name)->span,
                                      "there is a %s of this name already: %s", what, old->name);
    if (old->kind == kind)
        error_hint(b->error, "CREATE OR REPLACE, or IF NOT EXISTS");
    return status;
}

/* ---- CREATE TABLE ---- */

static enum status refuse_constraints(struct binder *b, const struct ast_statement *s)
{
    if (s->external)
        return bind_refuse(b, s->span, "CREATE EXTERNAL TABLE");
    if (s->watermark_column.text.data)
        return bind_refuse(b, s->watermark_column.span, "WATERMARK");
    if (s->partitioned_by.count)
        return bind_refuse(b, s->partitioned_by.items[0]->span, "PARTITIONED BY");
    if (s->n_order_by)
        return bind_refuse(b, s->order_by[0].expr->span, "ORDER BY of a table");
    if (s->n_options)
        return bind_refuse(b, s->options[0].name.span, "WITH options of a table");
    for (uint32_t i = 0; i < s->n_column_defs; i++) {
        const struct ast_column_def *def = &s->column_defs[i];
        if (def->primary_key && !def->not_enforced)
            return bind_refuse(b, def->span, "PRIMARY KEY (say NOT ENFORCED)");
        if (def->unique && !def->not_enforced)
            return bind_refuse(b, def->span, "UNIQUE (say NOT ENFORCED)");
        if (def->generated)
            return bind_refuse(b, def->generated->span, "generated columns");
        if (def->collate.text.data && !str_is(def->collate.text, "binary"))
            return bind_refuse(b, def->collate.span, "COLLATE other than BINARY");
    }
    for (uint32_t i = 0; i < s->n_constraints; i++) {
        const struct ast_table_constraint *c = &s->constraints[i];
        if (c->kind == AST_FOREIGN_KEY)
            return bind_refuse(b, c->span, "FOREIGN KEY");
        if (c->kind != AST_CHECK && !c->not_enforced)
            return bind_refuse(b, c->span,
                               c->kind == AST_UNIQUE ? "UNIQUE (say NOT ENFORCED)"
                                                     : "PRIMARY KEY (say NOT ENFORCED)");
    }
    return STATUS_OK;
}

/* The text of an expression, as it is kept in the catalog. */
static const char *sql_of(struct arena *scratch, struct arena *keep, const struct ast_expr *ast)
{
    struct strbuf text;
    strbuf_init(&text, scratch);
    ast_print_expr(ast, &text);
    return arena_strdup(keep, text.data ? text.data : "");
}

/* Names of the table's columns for CHECK, before there is a table: an empty scan of its schema. */
static enum status schema_scope(struct binder *b, const struct schema *schema, struct str name,
                                struct scope *out)
{
    *out = (struct scope){.binder = b, .name = name};
    return bind_rows(b, schema, NULL, 0, (struct span){0, 0}, &out->node);
}

static enum status check_check(struct binder *b, const struct catalog_entry *entry,
                               const struct ast_expr *ast)
{
    struct scope scope;
    struct expr *e;
    TRY(schema_scope(b, &entry->schema, str_of(entry->name), &scope));
    struct bind at = {.binder = b, .scope = &scope, .clause = "CHECK"};
    return bind_condition(&at, ast, &e);
}

/* May a value of the expression be stored in such a column? Wider than what is cast unasked elsewhere: numbers fit
 * numbers, and fail when they are out of range. */
static enum status assign(struct binder *b, struct expr *e, const struct field *field,
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

static enum status bind_default(struct binder *b, const struct ast_expr *ast,
                                const struct field *field, struct expr **out)
{
    struct bind at = {.binder = b, .clause = "DEFAULT"};
    struct expr *e;
    TRY(bind_expr(&at, ast, &e));
    return assign(b, e, field, out);
}

static enum status fill_columns(struct binder *b, const struct ast_statement *s,
                                struct catalog_entry *entry)
{
    uint32_t n = s->n_column_defs;
    struct field *fields = ARENA_ARRAY(entry->arena, struct field, n + 1);
    entry->columns = ARENA_ARRAY(entry->arena, struct catalog_column, n + 1);
    TRY(arena_check(entry->arena, b->error));
    for (uint32_t i = 0; i < n; i++) {
        const struct ast_column_def *def = &s->column_defs[i];
        if (!def->type.name.data)
            return error_set_at(b->error, STATUS_TYPE, def->span, "a column needs a type: " STR_FMT,
                                STR_ARG(def->name.text));
        struct type type;
        TRY(bind_type(b, &def->type, &type));
        for (uint32_t j = 0; j < i; j++)
            if (str_is(def->name.text, fields[j].name))
                return error_set_at(b->error, STATUS_NAME, def->name.span,
                                    "a column of this name is there already: " STR_FMT,
                                    STR_ARG(def->name.text));
        fields[i] = (struct field){str_dup(entry->arena, def->name.text), type, def->not_null};
        struct expr *e;
        if (def->default_value) {
            TRY(bind_default(b, def->default_value, &fields[i], &e));
            entry->columns[i].default_sql = sql_of(b->arena, entry->arena, def->default_value);
        }
        if (def->check)
            entry->columns[i].check_sql = sql_of(b->arena, entry->arena, def->check);
    }
    entry->schema = (struct schema){fields, n};
    return arena_check(entry->arena, b->error);
}

static enum status fill_checks(struct binder *b, const struct ast_statement *s,
                               struct catalog_entry *entry)
{
    entry->checks = ARENA_ARRAY(entry->arena, const char *, s->n_constraints + 1);
    TRY(arena_check(entry->arena, b->error));
    for (uint32_t i = 0; i < s->n_column_defs; i++)
        if (s->column_defs[i].check)
            TRY(check_check(b, entry, s->column_defs[i].check));
    for (uint32_t i = 0; i < s->n_constraints; i++) {
        const struct ast_table_constraint *c = &s->constraints[i];
        for (uint32_t j = 0; j < c->columns.count; j++)
            if (schema_find(&entry->schema, c->columns.items[j].text) < 0)
                return error_set_at(b->error, STATUS_NAME, c->columns.items[j].span,
                                    "unknown column: " STR_FMT, STR_ARG(c->columns.items[j].text));
        if (c->kind != AST_CHECK)
            continue;
        TRY(check_check(b, entry, c->check));
        entry->checks[entry->n_checks++] = sql_of(b->arena, entry->arena, c->check);
    }
    return arena_check(entry->arena, b->error);
}

/* Columns of a query become those of a table; a column that is NULL throughout is text. */
static enum status fill_from_query(struct binder *b, const struct ast_statement *s,
                                   struct catalog_entry *entry, struct logical_root *root)
{
    TRY(bind_select(b, s->select, root));
    uint32_t n = root->n_visible;
    if (s->columns.count > n)
        return error_set_at(b->error, STATUS_NAME, s->columns.items[n].span,
                            "%u names for %u columns", s->columns.count, n);
    struct field *fields = ARENA_ARRAY(entry->arena, struct field, n + 1);
    entry->columns = ARENA_ARRAY(entry->arena, struct catalog_column, n + 1);
    TRY(arena_check(entry->arena, b->error));
    struct expr_list outputs = bind_all_columns(b, root->node);
    const char **names = ARENA_ARRAY(b->arena, const char *, root->node->schema.n_fields + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < root->node->schema.n_fields; i++) {
        struct field *field = &root->node->schema.fields[i];
        struct type type = field->type.id == TYPE_NULL ? type_of(TYPE_VARCHAR) : field->type;
        TRY(bind_cast(b, outputs.items[i], type, &outputs.items[i]));
        names[i] = field->name;
        if (i >= n)
            continue;
        const char *name = i < s->columns.count ? str_dup(entry->arena, s->columns.items[i].text)
                                                : arena_strdup(entry->arena, field->name);
        for (uint32_t j = 0; j < i; j++)
            if (name && str_is(str_of(name), fields[j].name))
                return error_set_at(b->error, STATUS_NAME, s->select->span,
                                    "two columns of one name: %s", name);
        fields[i] = (struct field){name, type, false};
    }
    root->node = logical_project(b->arena, root->node, outputs, names);
    entry->schema = (struct schema){fields, n};
    TRY(arena_check(entry->arena, b->error));
    return arena_check(b->arena, b->error);
}

enum status bind_create_table(struct binder *b, const struct ast_statement *s,
                              struct logical_root *root)
{
    const struct ast_name *name;
    bool skip;
    struct plan *plan = &b->plan->plan;
    TRY(check_free(b, s, CATALOG_TABLE, &name, &skip));
    if (skip)
        return STATUS_OK;
    TRY(refuse_constraints(b, s));
    plan->kind = PLAN_CREATE_TABLE;
    plan->or_replace = s->or_replace;
    TRY(catalog_entry_new(CATALOG_TABLE, &plan->entry, b->error));
    struct catalog_entry *entry = plan->entry;
    entry->name = str_dup(entry->arena, name->text);
    entry->temporary = s->temporary;
    TRY(arena_check(entry->arena, b->error));
    if (s->select)
        return fill_from_query(b, s, entry, root);
    if (s->n_column_defs == 0)
        return error_set_at(b->error, STATUS_SYNTAX, name->span, "a table needs columns");
    TRY(fill_columns(b, s, entry));
    return fill_checks(b, s, entry);
}

/* ---- CREATE VIEW, DROP ---- */

/* The view's text as it was written, so that unnamed columns keep the names they have now; printed from the tree if the
 * span does not hold a whole query. */
static const char *view_text(struct binder *b, const struct ast_select *select)
{
    struct span span = select->span;
    struct parse_result parsed;
    struct error ignored;
    struct strbuf text;
    error_clear(&ignored);
    if (span.start < span.end && span.end <= b->sql.length) {
        struct str slice = {b->sql.data + span.start, span.end - span.start};
        if (parse_statement(b->arena, slice, &parsed, &ignored) == STATUS_OK && parsed.statement &&
            parsed.statement->kind == AST_STATEMENT_SELECT && parsed.used == slice.length)
            return str_dup(b->arena, slice);
    }
    strbuf_init(&text, b->arena);
    ast_print_select(select, &text);
    return text.data ? text.data : "";
}

enum status bind_create_view(struct binder *b, const struct ast_statement *s)
{
    const struct ast_name *name;
    bool skip;
    struct plan *plan = &b->plan->plan;
    if (s->materialized)
        return bind_refuse(b, s->span, "CREATE MATERIALIZED VIEW");
    TRY(check_free(b, s, CATALOG_VIEW, &name, &skip));
    if (skip)
        return STATUS_OK;
    plan->kind = PLAN_CREATE_VIEW;
    plan->or_replace = s->or_replace;
    TRY(catalog_entry_new(CATALOG_VIEW, &plan->entry, b->error));
    struct catalog_entry *entry = plan->entry;
    const char *text = view_text(b, s->select);
    TRY(arena_check(b->arena, b->error));
    entry->name = str_dup(entry->arena, name->text);
    entry->temporary = s->temporary;
    entry->view_sql = arena_strdup(entry->arena, text);
    TRY(arena_check(entry->arena, b->error));
    if (b->env->n_parameters)
        return error_set_at(b->error, STATUS_UNSUPPORTED, s->select->span,
                            "a view cannot hold parameters");
    struct bind_view frame = {name->text, NULL, 1};
    struct logical *node;
    b->views = &frame;
    TRY(bind_subquery(b, s->select, &node));
    uint32_t n = node->schema.n_fields;
    if (s->columns.count > n)
        return error_set_at(b->error, STATUS_NAME, s->columns.items[n].span,
                            "%u names for %u columns", s->columns.count, n);
    struct field *fields = ARENA_ARRAY(entry->arena, struct field, n + 1);
    entry->view_columns = ARENA_ARRAY(entry->arena, const char *, s->columns.count + 1);
    TRY(arena_check(entry->arena, b->error));
    for (uint32_t i = 0; i < s->columns.count; i++)
        entry->view_columns[i] = str_dup(entry->arena, s->columns.items[i].text);
    entry->n_view_columns = s->columns.count;
    for (uint32_t i = 0; i < n; i++) {
        fields[i] = node->schema.fields[i];
        fields[i].name = i < s->columns.count ? entry->view_columns[i]
                                              : arena_strdup(entry->arena, fields[i].name);
    }
    entry->schema = (struct schema){fields, n};
    return arena_check(entry->arena, b->error);
}

enum status bind_drop(struct binder *b, const struct ast_statement *s)
{
    struct plan *plan = &b->plan->plan;
    const struct ast_name *name;
    bool table = str_is(s->word, "TABLE"), view = str_is(s->word, "VIEW");
    if (!table && !view) {
        const char *what = arena_printf(b->arena, "DROP " STR_FMT, STR_ARG(s->word));
        TRY(arena_check(b->arena, b->error));
        return bind_refuse(b, s->span, what);
    }
    plan->kind = PLAN_DROP;
    TRY(object_name(b, &s->names, &name));
    plan->target = catalog_find(b->env->catalog, name->text);
    if (!plan->target)
        return s->if_exists ? STATUS_OK : unknown_object(b, name, table ? "table" : "view");
    if ((plan->target->kind == CATALOG_TABLE) != table) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, name->span,
                         table ? "this is a view: %s" : "this is a table: %s", plan->target->name);
        error_hint(b->error, table ? "DROP VIEW" : "DROP TABLE");
        return status;
    }
    return STATUS_OK;
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

/* A CHECK of the catalog, parsed again, over the table's columns. */
static enum status add_sql_check(struct binder *b, struct catalog_entry *table, const char *sql)
{
    struct ast_expr *ast;
    struct scope scope;
    struct expr *e;
    struct str outer = b->sql;
    TRY(parse_expression(b->arena, str_of(sql), &ast, b->error));
    TRY(schema_scope(b, &table->schema, str_of(table->name), &scope));
    struct bind at = {.binder = b, .scope = &scope, .clause = "CHECK"};
    b->sql = str_of(sql);
    TRY(bind_condition(&at, ast, &e));
    b->sql = outer;
    const char *text = arena_printf(b->arena, "CHECK (%s) of %s", sql, table->name);
    TRY(arena_check(b->arena, b->error));
    return add_check(b, e, text);
}

static enum status add_checks(struct binder *b, struct catalog_entry *table)
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
            TRY(add_sql_check(b, table, table->columns[i].check_sql));
    }
    for (uint32_t i = 0; i < table->n_checks; i++)
        TRY(add_sql_check(b, table, table->checks[i]));
    return STATUS_OK;
}

static enum status default_of(struct binder *b, const struct catalog_entry *table, uint32_t column,
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

static enum status target_column(struct binder *b, const struct catalog_entry *table,
                                 const struct ast_name *name, uint32_t *out)
{
    int column = schema_find(&table->schema, name->text);
    if (column >= 0) {
        *out = (uint32_t)column;
        return STATUS_OK;
    }
    const char **names = ARENA_ARRAY(b->arena, const char *, table->schema.n_fields + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < table->schema.n_fields; i++)
        names[i] = table->schema.fields[i].name;
    enum status status = error_set_at(b->error, STATUS_NAME, name->span, "unknown column: " STR_FMT,
                                      STR_ARG(name->text));
    const char *meant =
        error_did_you_mean(name->text.data, name->text.length, names, table->schema.n_fields);
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    return status;
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
            TRY(target_column(b, table, &s->columns.items[i], &column));
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
            TRY(default_of(b, table, i, &e));
        else
            TRY(assign(b, given.items[places[i]], &table->schema.fields[i], &e));
        expr_list_push(b->arena, &outputs, e);
    }
    const char **names = field_names(b, &table->schema, 0);
    TRY(arena_check(b->arena, b->error));
    whole_root(root, logical_project(b->arena, node, outputs, names));
    TRY(arena_check(b->arena, b->error));
    return add_checks(b, table);
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
        return STATUS_OK;
    }
    TRY(table_scope(b, s, &table, &scope));
    struct bind at = {.binder = b, .scope = &scope, .clause = "WHERE"};
    struct expr *e, *stays;
    struct expr_list conditions = {0};
    TRY(bind_condition(&at, s->where, &e));
    TRY(call_one(b, FUNCTION_IS_NOT_TRUE, e, &stays));
    expr_list_push(b->arena, &conditions, stays);
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
        TRY(target_column(b, table, &assignment->column, &column));
        if (set[column])
            return error_set_at(b->error, STATUS_NAME, assignment->column.span,
                                "a column is set twice: " STR_FMT,
                                STR_ARG(assignment->column.text));
        set[column] = true;
        TRY(bind_expr(at, assignment->value, &e));
        TRY(assign(b, e, &table->schema.fields[column], &e));
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
    expr_list_push(b->arena, &all, changed);
    names[outputs.count] = "changed";
    TRY(arena_check(b->arena, b->error));
    whole_root(root, logical_project(b->arena, scope.node, all, names));
    TRY(arena_check(b->arena, b->error));
    return add_checks(b, table);
}
