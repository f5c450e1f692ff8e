/* bind_ddl.c - statements that make and drop tables and views. */
#include "planner/bind_int.h"

#include "parser/ast_print.h"

/* ---- names ---- */

enum status bind_object_name(struct binder *b, const struct ast_names *names,
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

enum status bind_unknown_object(struct binder *b, const struct ast_name *name, const char *kind)
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

/* Looks whether the name is free. *skip: it is taken and IF NOT EXISTS says to do nothing. */
static enum status check_free(struct binder *b, const struct ast_statement *s,
                              enum catalog_kind kind, const struct ast_name **name, bool *skip)
{
    *skip = false;
    TRY(bind_object_name(b, &s->names, name));
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

enum status bind_schema_scope(struct binder *b, const struct schema *schema, struct str name,
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
    TRY(bind_schema_scope(b, &entry->schema, str_of(entry->name), &scope));
    struct bind at = {.binder = b, .scope = &scope, .clause = "CHECK"};
    return bind_condition(&at, ast, &e);
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
    TRY(bind_object_name(b, &s->names, &name));
    plan->target = catalog_find(b->env->catalog, name->text);
    if (!plan->target)
        return s->if_exists ? STATUS_OK : bind_unknown_object(b, name, table ? "table" : "view");
    if ((plan->target->kind == CATALOG_TABLE) != table) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, name->span,
                         table ? "this is a view: %s" : "this is a table: %s", plan->target->name);
        error_hint(b->error, table ? "DROP VIEW" : "DROP TABLE");
        return status;
    }
    return STATUS_OK;
}
