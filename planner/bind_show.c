/* bind_show.c - SET and RESET, and the statements that describe: they are queries on system tables, or a few rows. */
#include "planner/bind_int.h"

static enum status bind_text_query(struct binder *b, const char *sql, struct span span,
                                   struct logical_root *root)
{
    struct parse_result parsed;
    struct str outer = b->sql;
    b->sql = str_of(sql);
    enum status status = parse_statement(b->arena, b->sql, &parsed, b->error);
    if (status == STATUS_OK)
        status = bind_select(b, parsed.statement->select, root);
    b->sql = outer;
    if (status != STATUS_OK)
        b->error->span = span;
    return status;
}

/* ---- SET ---- */

static enum status setting_value(struct binder *b, const struct ast_expr *ast, const char **out)
{
    struct bind at = {.binder = b, .clause = "SET"};
    struct value value;
    if (ast->kind == AST_NAME && ast->names.count == 1) {
        *out = str_dup(b->arena, ast->names.items[0].text);
        return arena_check(b->arena, b->error);
    }
    TRY(bind_constant(&at, ast, "a setting", &value));
    if (value.is_null)
        return error_set_at(b->error, STATUS_VALUE, ast->span, "a setting cannot be NULL");
    *out = value.type.id == TYPE_VARCHAR ? str_dup(b->arena, value.text)
                                         : value_to_sql(&value, b->arena);
    return arena_check(b->arena, b->error);
}

enum status bind_set(struct binder *b, const struct ast_statement *s)
{
    struct plan *plan = &b->plan->plan;
    bool is_set = s->kind == AST_STATEMENT_SET;
    plan->kind = is_set ? PLAN_SET : PLAN_RESET;
    plan->name = "";
    if (s->names.count) {
        const struct ast_name *name = &s->names.items[s->names.count - 1];
        plan->name = str_dup(b->arena, name->text);
        plan->span = name->span;
        if (!is_set && str_is(name->text, "all"))
            plan->name = "";
    }
    TRY(arena_check(b->arena, b->error));
    return is_set ? setting_value(b, s->value, &plan->value) : STATUS_OK;
}

/* ---- SHOW ---- */

enum status bind_show(struct binder *b, const struct ast_statement *s, struct logical_root *root)
{
    static const struct {
        const char *word, *sql;
    } QUERIES[] = {
        {"TABLES", "SELECT name FROM weir_tables WHERE kind = 'table' ORDER BY name"},
        {"VIEWS", "SELECT name FROM weir_tables WHERE kind = 'view' ORDER BY name"},
        {"FUNCTIONS", "SELECT * FROM weir_functions"},
        {"ALL", "SELECT * FROM weir_settings"},
        {"SETTINGS", "SELECT * FROM weir_settings"},
    };
    static const char *const LATER[] = {"JOBS", "REPORTS", "DATABASES", "SCHEMAS"};
    for (size_t i = 0; i < ARRAY_LENGTH(QUERIES); i++)
        if (str_is(s->word, QUERIES[i].word))
            return bind_text_query(b, QUERIES[i].sql, s->span, root);
    for (size_t i = 0; i < ARRAY_LENGTH(LATER); i++)
        if (str_is(s->word, LATER[i])) {
            const char *what = arena_printf(b->arena, "SHOW %s", LATER[i]);
            TRY(arena_check(b->arena, b->error));
            return bind_refuse(b, s->span, what);
        }
    const char *sql =
        arena_printf(b->arena, "SELECT value AS \"%.*s\" FROM weir_settings WHERE name = '%.*s'",
                     (int)s->word.length, s->word.data, (int)s->word.length, s->word.data);
    TRY(arena_check(b->arena, b->error));
    for (size_t i = 0; i < s->word.length; i++)
        if (s->word.data[i] == '\'' || s->word.data[i] == '"')
            return error_set_at(b->error, STATUS_NAME, s->span, "unknown setting: " STR_FMT,
                                STR_ARG(s->word));
    return bind_text_query(b, sql, s->span, root);
}

/* ---- DESCRIBE ---- */

static struct value text_value(const char *text)
{
    return (struct value){.type = type_of(TYPE_VARCHAR), .is_null = !text, .text = str_of(text)};
}

static enum status describe_schema(struct binder *b, const struct schema *schema,
                                   const struct catalog_entry *table, struct span span,
                                   struct logical_root *root)
{
    static const char *const NAMES[] = {"column_name", "column_type", "null", "default"};
    enum { WIDTH = 4 };
    uint32_t n = schema->n_fields;
    struct value *values = ARENA_ARRAY(b->arena, struct value, (size_t)n * WIDTH + 1);
    struct field *fields = ARENA_ARRAY(b->arena, struct field, WIDTH);
    char type[TYPE_NAME_SIZE];
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < WIDTH; i++)
        fields[i] = (struct field){NAMES[i], type_of(TYPE_VARCHAR), i < 3};
    for (uint32_t i = 0; i < n; i++) {
        struct value *row = &values[(size_t)i * WIDTH];
        const struct field *field = &schema->fields[i];
        row[0] = text_value(field->name);
        row[1] = text_value(arena_strdup(b->arena, type_name(field->type, type)));
        row[2] = text_value(field->not_null ? "NO" : "YES");
        row[3] = text_value(table && table->columns ? table->columns[i].default_sql : NULL);
    }
    TRY(arena_check(b->arena, b->error));
    struct schema out = {fields, WIDTH};
    TRY(bind_rows(b, &out, values, n, span, &root->node));
    root->n_visible = WIDTH;
    return STATUS_OK;
}

/* The columns that SELECT * would give. */
static enum status visible_schema(struct binder *b, struct logical *node, struct schema *out)
{
    struct scope scope = {.binder = b, .node = node, .name = {"", 0}};
    uint32_t *columns, n;
    scope_star(&scope, &columns, &n);
    struct field *fields = ARENA_ARRAY(b->arena, struct field, n + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < n; i++)
        fields[i] = node->schema.fields[columns[i]];
    *out = (struct schema){fields, n};
    return STATUS_OK;
}

static enum status described(struct binder *b, const struct ast_statement *s, struct logical **out)
{
    if (s->select)
        return bind_subquery(b, s->select, out);
    if (s->path.data)
        return bind_file(b, s->path, s->path_span.end ? s->path_span : s->span, out);
    return bind_table_name(b, &s->names, s->span, out);
}

enum status bind_describe(struct binder *b, const struct ast_statement *s,
                          struct logical_root *root)
{
    struct logical *node;
    struct schema schema;
    struct catalog_entry *table = NULL;
    TRY(described(b, s, &node));
    TRY(visible_schema(b, node, &schema));
    if (!s->select && !s->path.data && s->names.count)
        table = catalog_find(b->env->catalog, s->names.items[s->names.count - 1].text);
    if (table && table->kind != CATALOG_TABLE)
        table = NULL;
    return describe_schema(b, table ? &table->schema : &schema, table, s->span, root);
}

/* ---- SUMMARIZE ---- */

/* One row a column: SELECT 'price', 'BIGINT', count(*), ... FROM (the query), one part of a UNION ALL each. */
enum status bind_summarize(struct binder *b, const struct ast_statement *s,
                           struct logical_root *root)
{
    (void)root;
    return bind_refuse(b, s->span, "SUMMARIZE");
}
