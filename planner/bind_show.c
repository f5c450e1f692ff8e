/* bind_show.c - SET and RESET, and the statements that describe: they are queries on system tables, or a few rows. */
#include "planner/bind_int.h"

#include "planner/show_create.h"
#include "storage/rows_source.h"

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

/* The setting of this name as the system table of settings writes it; an error proposes one. */
static enum status check_setting(struct binder *b, struct str name, struct span span,
                                 const char **out)
{
    struct source *source = NULL;
    uint32_t n_rows = 0;
    if (b->env->system_table)
        TRY(b->env->system_table(b->env->session, STR_LITERAL("weir_settings"), &source, b->error));
    *out = str_dup(b->arena, name);
    if (!source)
        return arena_check(b->arena, b->error);
    struct logical *scan;
    TRY(bind_scan(b, source, span, &scan));
    const struct value *values = rows_source_values(source, &n_rows);
    uint32_t width = source->schema.n_fields;
    const char **names = ARENA_ARRAY(b->arena, const char *, n_rows + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; values && i < n_rows; i++) {
        names[i] = str_dup(b->arena, values[(size_t)i * width].text);
        *out = names[i];
        if (str_equal_nocase(values[(size_t)i * width].text, name))
            return arena_check(b->arena, b->error);
    }
    TRY(arena_check(b->arena, b->error));
    enum status status =
        error_set_at(b->error, STATUS_NAME, span, "unknown setting: " STR_FMT, STR_ARG(name));
    const char *meant = error_did_you_mean(name.data, name.length, names, n_rows);
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    else
        error_hint(b->error, "SHOW ALL lists them");
    return status;
}

/* One row of one text. */
static enum status bind_one_text(struct binder *b, const char *name, const char *text,
                                 struct span span, struct logical_root *root)
{
    struct field *field = ARENA_NEW(b->arena, struct field);
    struct value *value = ARENA_NEW(b->arena, struct value);
    TRY(arena_check(b->arena, b->error));
    *field = (struct field){name, type_of(TYPE_VARCHAR), true};
    *value = (struct value){.type = type_of(TYPE_VARCHAR), .text = str_of(text)};
    struct schema schema = {field, 1};
    TRY(bind_rows(b, &schema, value, 1, span, &root->node));
    root->n_visible = 1;
    return STATUS_OK;
}

static enum status bind_show_create(struct binder *b, const struct ast_statement *s,
                                    struct logical_root *root)
{
    const struct ast_name *name;
    enum catalog_place place;
    struct catalog_entry *entry;
    bool view = str_is(s->word, "CREATE VIEW");
    TRY(bind_object_name(b, &s->names, &name, &place));
    TRY(catalog_find(b->env->catalog, place, name->text, &entry, b->error));
    if (!entry)
        return bind_unknown_object(b, name, view ? "view" : "table");
    if ((entry->kind == CATALOG_VIEW) != view) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, name->span,
                         view ? "this is a table: %s" : "this is a view: %s", entry->name);
        error_hint(b->error, view ? "SHOW CREATE TABLE" : "SHOW CREATE VIEW");
        return status;
    }
    const char *sql = show_create(entry, b->arena);
    TRY(arena_check(b->arena, b->error));
    return bind_one_text(b, "sql", sql, s->span, root);
}

enum status bind_show(struct binder *b, const struct ast_statement *s, struct logical_root *root)
{
    if (s->names.count)
        return bind_show_create(b, s, root);
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
    const char *name;
    TRY(check_setting(b, s->word, s->span, &name));
    const char *sql = arena_printf(
        b->arena, "SELECT value AS \"%s\" FROM weir_settings WHERE name = '%s'", name, name);
    TRY(arena_check(b->arena, b->error));
    return bind_text_query(b, sql, s->span, root);
}

/* ---- DESCRIBE ---- */

static struct value text_value(const char *text)
{
    return (struct value){.type = type_of(TYPE_VARCHAR), .is_null = !text, .text = str_of(text)};
}

static void add_role(struct strbuf *out, const char *text)
{
    if (out->length)
        strbuf_puts(out, ", ");
    strbuf_puts(out, text);
}

/* What the column does for its table: "event time, partition day(ts), order 1". */
static const char *role_of(struct binder *b, const struct catalog_entry *table, uint32_t column)
{
    const struct catalog_layout *layout = &table->layout;
    struct strbuf out;
    strbuf_init(&out, b->arena);
    if (layout->time_column == (int32_t)column) {
        add_role(&out, "event time");
        if (layout->watermark_sql)
            strbuf_printf(&out, " (watermark %s)", layout->watermark_sql);
    }
    for (uint32_t i = 0; i < layout->n_partitions; i++) {
        if (layout->partitions[i].column != column)
            continue;
        add_role(&out, "partition ");
        show_partition(table, &layout->partitions[i], &out);
    }
    for (uint32_t i = 0; i < layout->n_order_by; i++)
        if (layout->order_by[i] == column) {
            add_role(&out, "order ");
            strbuf_printf(&out, "%u", i + 1);
        }
    return out.data;
}

static bool has_roles(const struct catalog_entry *table)
{
    return table && (table->layout.time_column >= 0 || table->layout.n_partitions ||
                     table->layout.n_order_by);
}

static enum status describe_schema(struct binder *b, const struct schema *schema,
                                   const struct catalog_entry *table, struct span span,
                                   struct logical_root *root)
{
    static const char *const NAMES[] = {"column_name", "column_type", "null", "default", "role"};
    enum { WIDTH = 5 };
    uint32_t n = schema->n_fields, width = has_roles(table) ? WIDTH : WIDTH - 1;
    struct value *values = ARENA_ARRAY(b->arena, struct value, (size_t)n * width + 1);
    struct field *fields = ARENA_ARRAY(b->arena, struct field, WIDTH);
    char type[TYPE_NAME_SIZE];
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < width; i++)
        fields[i] = (struct field){NAMES[i], type_of(TYPE_VARCHAR), i < 3};
    for (uint32_t i = 0; i < n; i++) {
        struct value *row = &values[(size_t)i * width];
        const struct field *field = &schema->fields[i];
        row[0] = text_value(field->name);
        row[1] = text_value(arena_strdup(b->arena, type_name(field->type, type)));
        row[2] = text_value(field->not_null ? "NO" : "YES");
        row[3] = text_value(table && table->columns ? table->columns[i].default_sql : NULL);
        if (width == WIDTH)
            row[4] = text_value(role_of(b, table, i));
    }
    TRY(arena_check(b->arena, b->error));
    struct schema out = {fields, width};
    TRY(bind_rows(b, &out, values, n, span, &root->node));
    root->n_visible = width;
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
        TRY(catalog_find(b->env->catalog, CATALOG_ANYWHERE, s->names.items[s->names.count - 1].text,
                         &table, b->error));
    if (table && table->kind != CATALOG_TABLE)
        table = NULL;
    return describe_schema(b, table ? &table->schema : &schema, table, s->span, root);
}

/* ---- SUMMARIZE ---- */

enum { SUMMARY_COUNT, SUMMARY_VALUES, SUMMARY_MIN, SUMMARY_MAX, SUMMARY_DISTINCT, SUMMARY_AVG };

static enum status summary_aggregates(struct binder *b, struct type type, struct aggregate **out,
                                      uint32_t *n)
{
    static const enum aggregate_id IDS[] = {AGGREGATE_COUNT_STAR, AGGREGATE_COUNT, AGGREGATE_MIN,
                                            AGGREGATE_MAX,        AGGREGATE_COUNT, AGGREGATE_AVG};
    *n = type_is_number(type) ? SUMMARY_AVG + 1 : SUMMARY_AVG;
    *out = ARENA_ARRAY(b->arena, struct aggregate, *n);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < *n; i++) {
        struct aggregate *a = &(*out)[i];
        struct type target = type;
        *a = (struct aggregate){.id = IDS[i], .args = {i == SUMMARY_COUNT ? -1 : 0, -1}};
        a->filter = -1;
        a->distinct = i == SUMMARY_DISTINCT;
        a->arg_types[0] = type;
        if (!aggregate_resolve(a->id, &type, i == SUMMARY_COUNT ? 0 : 1, &target, &a->type))
            return error_set(b->error, STATUS_INTERNAL, "SUMMARIZE cannot take a column");
    }
    return STATUS_OK;
}

static enum status summary_outputs(struct binder *b, const struct logical *node, const char *name,
                                   struct type type, uint32_t n, struct expr_list *out)
{
    char text[TYPE_NAME_SIZE];
    struct expr *columns[SUMMARY_AVG + 1], *e;
    struct span span = node->span;
    for (uint32_t i = 0; i < n; i++)
        columns[i] = expr_column(b->arena, i, node->schema.fields[i].type, span);
    const char *type_text = arena_strdup(b->arena, type_name(type, text));
    TRY(arena_check(b->arena, b->error));
    expr_list_push(b->arena, out, bind_text(b, name, span));
    expr_list_push(b->arena, out, bind_text(b, type_text, span));
    for (uint32_t i = SUMMARY_MIN; i <= SUMMARY_MAX; i++) {
        TRY(bind_cast(b, columns[i], type_of(TYPE_VARCHAR), &e));
        expr_list_push(b->arena, out, e);
    }
    expr_list_push(b->arena, out, columns[SUMMARY_DISTINCT]);
    if (n > SUMMARY_AVG)
        TRY(bind_cast(b, columns[SUMMARY_AVG], type_of(TYPE_DOUBLE), &e));
    else
        e = expr_constant(b->arena, value_null(type_of(TYPE_DOUBLE)), span);
    expr_list_push(b->arena, out, e);
    expr_list_push(b->arena, out, columns[SUMMARY_COUNT]);
    struct expr **pair = ARENA_ARRAY(b->arena, struct expr *, 2);
    TRY(arena_check(b->arena, b->error));
    pair[0] = columns[SUMMARY_COUNT];
    pair[1] = columns[SUMMARY_VALUES];
    struct bind at = {.binder = b, .clause = "SUMMARIZE"};
    TRY(bind_resolve(&at, STR_LITERAL("-"), true, pair, 2, span, &e));
    expr_list_push(b->arena, out, e);
    return arena_check(b->arena, b->error);
}

static enum status summarize_column(struct binder *b, const struct ast_statement *s, uint32_t at,
                                    uint32_t *n_columns, struct logical **out)
{
    static const char *const NAMES[] = {"column_name", "column_type", "min",   "max",
                                        "distinct",    "avg",         "count", "nulls"};
    struct logical *node;
    uint32_t *columns, n;
    TRY(described(b, s, &node));
    struct scope scope = {.binder = b, .node = node, .name = {"", 0}};
    scope_star(&scope, &columns, n_columns);
    TRY(arena_check(b->arena, b->error));
    if (at >= *n_columns)
        return error_set_at(b->error, STATUS_NAME, s->span, "there are no columns to summarize");
    const struct field *field = &node->schema.fields[columns[at]];
    struct expr_list one = {0}, outputs = {0};
    struct aggregate *aggregates;
    expr_list_push(b->arena, &one, expr_column(b->arena, columns[at], field->type, s->span));
    TRY(arena_check(b->arena, b->error));
    TRY(summary_aggregates(b, field->type, &aggregates, &n));
    struct logical *project = logical_project(b->arena, node, one, &field->name);
    node = logical_aggregate(b->arena, project, NULL, 0, aggregates, n, NULL, NULL);
    TRY(arena_check(b->arena, b->error));
    TRY(summary_outputs(b, node, field->name, field->type, n, &outputs));
    *out = logical_project(b->arena, node, outputs, NAMES);
    return arena_check(b->arena, b->error);
}

/* One row a column, each from a grouping of its own that reads that column alone. */
enum status bind_summarize(struct binder *b, const struct ast_statement *s,
                           struct logical_root *root)
{
    struct logical *first;
    uint32_t n;
    TRY(summarize_column(b, s, 0, &n, &first));
    struct logical **parts = ARENA_ARRAY(b->arena, struct logical *, n);
    TRY(arena_check(b->arena, b->error));
    parts[0] = first;
    for (uint32_t i = 1; i < n; i++)
        TRY(summarize_column(b, s, i, &n, &parts[i]));
    *root = (struct logical_root){.node = n > 1 ? logical_union(b->arena, parts, n) : first};
    TRY(arena_check(b->arena, b->error));
    root->n_visible = root->node->schema.n_fields;
    return STATUS_OK;
}
