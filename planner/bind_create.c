/* bind_create.c - CREATE TABLE: columns, defaults, constraints; AS SELECT. */
#include "planner/bind_int.h"

#include "parser/ast_print.h"

/* ---- constraints ---- */

static enum status refuse_column(struct binder *b, const struct ast_column_def *def)
{
    if (def->primary_key && !def->not_enforced)
        return bind_refuse(b, def->span, "PRIMARY KEY (say NOT ENFORCED)");
    if (def->unique && !def->not_enforced)
        return bind_refuse(b, def->span, "UNIQUE (say NOT ENFORCED)");
    if (def->generated)
        return bind_refuse(b, def->generated->span, "generated columns");
    if (def->collate.text.data && !str_is(def->collate.text, "binary"))
        return bind_refuse(b, def->collate.span, "COLLATE other than BINARY");
    return STATUS_OK;
}

static enum status refuse_constraints(struct binder *b, const struct ast_statement *s)
{
    if (s->external)
        return bind_refuse(b, s->span, "CREATE EXTERNAL TABLE");
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

enum status bind_check_text(struct binder *b, const struct catalog_entry *entry,
                            const struct ast_expr *ast)
{
    struct scope scope;
    struct expr *e;
    TRY(bind_schema_scope(b, &entry->schema, str_of(entry->name), &scope));
    struct bind at = {.binder = b, .scope = &scope, .clause = "CHECK"};
    return bind_condition(&at, ast, &e);
}

/* Adds a column of the type, with what `def` says besides. */
static enum status add_column(struct binder *b, const struct ast_column_def *def, struct type type,
                              struct catalog_entry *entry)
{
    struct schema *schema = &entry->schema;
    struct field *field = &schema->fields[schema->n_fields];
    struct catalog_column *column = &entry->columns[schema->n_fields];
    struct expr *e;
    if (schema_find(schema, def->name.text) >= 0)
        return error_set_at(b->error, STATUS_NAME, def->name.span,
                            "a column of this name is there already: " STR_FMT,
                            STR_ARG(def->name.text));
    *field = (struct field){str_dup(entry->arena, def->name.text), type, def->not_null};
    *column = (struct catalog_column){.missing = value_null(type)};
    TRY(arena_check(entry->arena, b->error));
    if (def->default_value) {
        TRY(bind_default(b, def->default_value, field, &e));
        column->default_sql = sql_of(b->arena, entry->arena, def->default_value);
    }
    if (def->check)
        column->check_sql = sql_of(b->arena, entry->arena, def->check);
    TRY(arena_check(entry->arena, b->error));
    schema->n_fields++;
    return STATUS_OK;
}

enum status bind_column_def(struct binder *b, const struct ast_column_def *def,
                            struct catalog_entry *entry)
{
    struct type type;
    TRY(refuse_column(b, def));
    if (!def->type.name.data)
        return error_set_at(b->error, STATUS_TYPE, def->span, "a column needs a type: " STR_FMT,
                            STR_ARG(def->name.text));
    TRY(bind_type(b, &def->type, &type));
    return add_column(b, def, type, entry);
}

static enum status fill_columns(struct binder *b, const struct ast_statement *s,
                                struct catalog_entry *entry)
{
    uint32_t n = s->n_column_defs;
    entry->schema.fields = ARENA_ARRAY(entry->arena, struct field, n + 1);
    entry->columns = ARENA_ARRAY(entry->arena, struct catalog_column, n + 1);
    TRY(arena_check(entry->arena, b->error));
    for (uint32_t i = 0; i < n; i++)
        TRY(bind_column_def(b, &s->column_defs[i], entry));
    return STATUS_OK;
}

static enum status fill_checks(struct binder *b, const struct ast_statement *s,
                               struct catalog_entry *entry)
{
    entry->checks = ARENA_ARRAY(entry->arena, const char *, s->n_constraints + 1);
    TRY(arena_check(entry->arena, b->error));
    for (uint32_t i = 0; i < s->n_column_defs; i++)
        if (s->column_defs[i].check)
            TRY(bind_check_text(b, entry, s->column_defs[i].check));
    for (uint32_t i = 0; i < s->n_constraints; i++) {
        const struct ast_table_constraint *c = &s->constraints[i];
        for (uint32_t j = 0; j < c->columns.count; j++)
            if (schema_find(&entry->schema, c->columns.items[j].text) < 0)
                return error_set_at(b->error, STATUS_NAME, c->columns.items[j].span,
                                    "unknown column: " STR_FMT, STR_ARG(c->columns.items[j].text));
        if (c->kind != AST_CHECK)
            continue;
        TRY(bind_check_text(b, entry, c->check));
        entry->checks[entry->n_checks++] = sql_of(b->arena, entry->arena, c->check);
    }
    return arena_check(entry->arena, b->error);
}

/* A column of the query becomes one of the table, under the name and in the type that `def` gives. A column that is
 * NULL throughout is text. */
static enum status take_column(struct binder *b, const struct ast_column_def *def,
                               const struct field *from, struct catalog_entry *entry,
                               struct expr **value)
{
    struct type type = from->type.id == TYPE_NULL ? type_of(TYPE_VARCHAR) : from->type;
    struct ast_column_def plain = {.name = {.text = str_of(from->name)}};
    TRY(refuse_column(b, def ? def : &plain));
    if (!def || !def->type.name.data) {
        TRY(bind_cast(b, *value, type, value));
    } else {
        TRY(bind_type(b, &def->type, &type));
        const struct field field = {str_dup(b->arena, def->name.text), type, false};
        TRY(arena_check(b->arena, b->error));
        TRY(bind_assign(b, *value, &field, value));
    }
    if (!def)
        plain.name.span = (*value)->span;
    return add_column(b, def ? def : &plain, type, entry);
}

static enum status fill_from_query(struct binder *b, const struct ast_statement *s,
                                   struct catalog_entry *entry, struct logical_root *root)
{
    TRY(bind_select(b, s->select, root));
    const struct schema *from = &root->node->schema;
    uint32_t n = root->n_visible;
    if (s->n_column_defs > n)
        return error_set_at(b->error, STATUS_NAME, s->column_defs[n].name.span,
                            "%u names for %u columns", s->n_column_defs, n);
    entry->schema.fields = ARENA_ARRAY(entry->arena, struct field, n + 1);
    entry->columns = ARENA_ARRAY(entry->arena, struct catalog_column, n + 1);
    struct expr_list outputs = bind_all_columns(b, root->node);
    const char **names = ARENA_ARRAY(b->arena, const char *, from->n_fields + 1);
    TRY(arena_check(entry->arena, b->error));
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < from->n_fields; i++) {
        const struct ast_column_def *def = i < s->n_column_defs ? &s->column_defs[i] : NULL;
        outputs.items[i]->span = s->select->span;
        names[i] = from->fields[i].name;
        if (i < n) /* others are there for ORDER BY */
            TRY(take_column(b, def, &from->fields[i], entry, &outputs.items[i]));
    }
    root->node = logical_project(b->arena, root->node, outputs, names);
    return arena_check(b->arena, b->error);
}

enum status bind_create_table(struct binder *b, const struct ast_statement *s,
                              struct logical_root *root)
{
    const struct ast_name *name;
    bool skip, temporary;
    struct plan *plan = &b->plan->plan;
    TRY(bind_free_name(b, s, CATALOG_TABLE, &name, &temporary, &skip));
    if (skip)
        return STATUS_OK;
    TRY(refuse_constraints(b, s));
    plan->kind = PLAN_CREATE_TABLE;
    plan->or_replace = s->or_replace;
    TRY(catalog_entry_new(CATALOG_TABLE, &plan->entry, b->error));
    struct catalog_entry *entry = plan->entry;
    entry->name = str_dup(entry->arena, name->text);
    entry->temporary = temporary;
    TRY(arena_check(entry->arena, b->error));
    if (s->select) {
        TRY(fill_from_query(b, s, entry, root));
        TRY(fill_checks(b, s, entry));
        TRY(bind_add_checks(b, entry));
        return bind_layout(b, s, entry);
    }
    if (s->n_column_defs == 0)
        return error_set_at(b->error, STATUS_SYNTAX, name->span, "a table needs columns");
    TRY(fill_columns(b, s, entry));
    TRY(fill_checks(b, s, entry));
    return bind_layout(b, s, entry);
}
