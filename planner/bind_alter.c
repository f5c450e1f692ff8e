/* bind_alter.c - ALTER TABLE: a new description of the table, beside the old one until the statement is done.
 *
 * A stored table's files stay as they are: columns are known by their ids, and rows older than a column have its
 * `missing` value. A table in memory is written anew by a query over the old one. */
#include "planner/bind_int.h"

#include "parser/ast_print.h"

struct alter {
    struct binder *binder;
    const struct ast_statement *statement;
    struct catalog_entry *old, *entry; /* entry: as the table will be */
    int32_t *sources; /* of each new column: the old one, or -1: its missing value */
};

/* ---- the new description ---- */

static const char *copy_text(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

static void copy_layout(struct arena *arena, const struct catalog_layout *from,
                        struct catalog_layout *to)
{
    *to = *from;
    to->partitions =
        arena_memdup(arena, from->partitions, from->n_partitions * sizeof *from->partitions);
    to->order_by = arena_memdup(arena, from->order_by, from->n_order_by * sizeof *from->order_by);
    to->watermark_sql = copy_text(arena, from->watermark_sql);
    struct partition_column *list = (struct partition_column *)to->partitions;
    for (uint32_t i = 0; list && i < to->n_partitions; i++)
        list[i].name = arena_strdup(arena, list[i].name);
}

static struct value copy_value(struct arena *arena, struct value value)
{
    if (!value.is_null && type_is_text(value.type))
        value.text.data = str_dup(arena, value.text);
    return value;
}

/* With room for one more column. */
static enum status copy_table(struct alter *a)
{
    struct binder *b = a->binder;
    const struct catalog_entry *old = a->old;
    uint32_t n = old->schema.n_fields;
    TRY(catalog_entry_new(CATALOG_TABLE, &b->plan->plan.entry, b->error));
    struct catalog_entry *entry = a->entry = b->plan->plan.entry;
    entry->name = arena_strdup(entry->arena, old->name);
    entry->temporary = old->temporary;
    entry->in_memory = old->in_memory;
    entry->schema.fields = ARENA_ARRAY(entry->arena, struct field, n + 2);
    entry->schema.n_fields = n;
    entry->columns = ARENA_ARRAY(entry->arena, struct catalog_column, n + 2);
    entry->checks = ARENA_ARRAY(entry->arena, const char *, old->n_checks + 1);
    entry->n_checks = old->n_checks;
    a->sources = ARENA_ARRAY(b->arena, int32_t, n + 2);
    TRY(arena_check(b->arena, b->error));
    TRY(arena_check(entry->arena, b->error));
    for (uint32_t i = 0; i < n; i++) {
        entry->schema.fields[i] = old->schema.fields[i];
        entry->schema.fields[i].name = arena_strdup(entry->arena, old->schema.fields[i].name);
        struct catalog_column *column = &entry->columns[i];
        *column = old->columns ? old->columns[i] : (struct catalog_column){0};
        column->default_sql = copy_text(entry->arena, column->default_sql);
        column->check_sql = copy_text(entry->arena, column->check_sql);
        column->missing = copy_value(entry->arena, column->missing);
        a->sources[i] = (int32_t)i;
    }
    for (uint32_t i = 0; i < old->n_checks; i++)
        entry->checks[i] = arena_strdup(entry->arena, old->checks[i]);
    copy_layout(entry->arena, &old->layout, &entry->layout);
    return arena_check(entry->arena, b->error);
}

/* ---- the places where a condition names a column ---- */

struct uses {
    struct arena *arena;
    struct str table, column; /* column empty: where the table itself is named */
    ARRAY_OF(struct span) spans;
};

static void find_uses(struct uses *uses, const struct ast_expr *e);

static void find_in_list(struct uses *uses, struct ast_expr *const *items, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        find_uses(uses, items[i]);
}

static void find_in_name(struct uses *uses, const struct ast_names *names)
{
    if (!uses->column.length) {
        if (names->count > 1 && str_equal_nocase(names->items[0].text, uses->table))
            *ARRAY_PUSH(uses->arena, &uses->spans) = names->items[0].span;
        return;
    }
    uint32_t at = names->count > 1 && str_equal_nocase(names->items[0].text, uses->table) ? 1 : 0;
    if (at < names->count && str_equal_nocase(names->items[at].text, uses->column))
        *ARRAY_PUSH(uses->arena, &uses->spans) = names->items[at].span;
}

static void find_uses(struct uses *uses, const struct ast_expr *e)
{
    if (!e)
        return;
    if (e->kind == AST_NAME)
        find_in_name(uses, &e->names);
    find_uses(uses, e->left);
    find_uses(uses, e->right);
    find_uses(uses, e->arg);
    find_uses(uses, e->escape);
    find_uses(uses, e->otherwise);
    find_in_list(uses, e->list.items, e->list.count);
    for (uint32_t i = 0; i < e->n_whens; i++) {
        find_uses(uses, e->whens[i].when);
        find_uses(uses, e->whens[i].then);
    }
    for (uint32_t i = 0; i < e->n_fields; i++)
        find_uses(uses, e->fields[i].value);
    for (uint32_t i = 0; e->call && i < e->call->n_args; i++)
        find_uses(uses, e->call->args[i].value);
}

/* Where the condition `sql` of the table names the column. */
static enum status uses_of(struct alter *a, const char *sql, const char *column, struct uses *out)
{
    struct binder *b = a->binder;
    struct ast_expr *ast;
    *out =
        (struct uses){.arena = b->arena, .table = str_of(a->old->name), .column = str_of(column)};
    if (!sql)
        return STATUS_OK;
    TRY(parse_expression(b->arena, str_of(sql), &ast, b->error));
    find_uses(out, ast);
    return arena_check(b->arena, b->error);
}

/* `from` empty: the table is renamed. */
static enum status rename_uses(struct alter *a, const char **sql, const char *from, const char *to)
{
    struct arena *keep = a->entry->arena;
    struct uses uses;
    struct strbuf text, name;
    uint32_t done = 0;
    TRY(uses_of(a, *sql, from, &uses));
    if (!uses.spans.count)
        return STATUS_OK;
    strbuf_init(&text, keep);
    strbuf_init(&name, a->binder->arena);
    ast_print_name(&name, str_of(to));
    for (size_t n = 0; n < uses.spans.count; n++) { /* the next one from the left */
        struct span next = {UINT32_MAX, UINT32_MAX};
        for (size_t i = 0; i < uses.spans.count; i++)
            if (uses.spans.items[i].start >= done && uses.spans.items[i].start < next.start)
                next = uses.spans.items[i];
        strbuf_add(&text, *sql + done, next.start - done);
        strbuf_add(&text, name.data, name.length);
        done = next.end;
    }
    strbuf_puts(&text, *sql + done);
    TRY(arena_check(a->binder->arena, a->binder->error));
    TRY(arena_check(keep, a->binder->error));
    *sql = text.data;
    return STATUS_OK;
}

/* ---- ADD COLUMN ---- */

/* The default is computed now, once for all the rows there are. */
static enum status missing_value(struct alter *a, const struct ast_column_def *def)
{
    struct binder *b = a->binder;
    uint32_t at = a->entry->schema.n_fields - 1;
    const struct field *field = &a->entry->schema.fields[at];
    struct value *missing = &a->entry->columns[at].missing;
    struct expr *e;
    if (def->default_value) {
        TRY(bind_default(b, def->default_value, field, &e));
        if (e->kind == EXPR_CONSTANT) {
            *missing = e->value;
        } else if (!expr_is_foldable(e) || !b->env->fold) {
            return error_set_at(b->error, STATUS_VALUE, def->default_value->span,
                                "the DEFAULT of a new column must be a constant");
        } else {
            enum status status = b->env->fold(b->env->fold_context, e, missing, b->error);
            if (status != STATUS_OK) {
                error_place(b->error, def->default_value->span);
                return status;
            }
        }
        missing->type = field->type;
        *missing = copy_value(a->entry->arena, *missing);
    }
    if (missing->is_null && field->not_null) {
        enum status status =
            error_set_at(b->error, STATUS_CONSTRAINT, def->span,
                         "a new column that is NOT NULL needs a DEFAULT: %s", field->name);
        error_hint(b->error, "rows that are there already have its value");
        return status;
    }
    return arena_check(a->entry->arena, b->error);
}

static enum status add_column(struct alter *a)
{
    struct binder *b = a->binder;
    const struct ast_column_def *def = &a->statement->column_defs[0];
    TRY(bind_column_def(b, def, a->entry));
    TRY(missing_value(a, def));
    a->sources[a->entry->schema.n_fields - 1] = -1;
    if (!def->check)
        return STATUS_OK;
    TRY(bind_check_text(b, a->entry, def->check));
    return bind_add_check(b, a->entry, a->entry->columns[a->entry->schema.n_fields - 1].check_sql);
}

/* ---- DROP COLUMN ---- */

static enum status refuse_drop(struct alter *a, uint32_t column, const char *why)
{
    struct binder *b = a->binder;
    return error_set_at(b->error, STATUS_CONSTRAINT, a->statement->columns.items[0].span,
                        "column %s cannot be dropped: %s", a->old->schema.fields[column].name, why);
}

static enum status check_drop(struct alter *a, uint32_t column)
{
    const struct catalog_entry *old = a->old;
    const struct catalog_layout *layout = &old->layout;
    const char *name = old->schema.fields[column].name;
    struct uses uses;
    if (old->schema.n_fields == 1)
        return refuse_drop(a, column, "it is the only one");
    for (uint32_t i = 0; i < layout->n_partitions; i++)
        if (layout->partitions[i].column == column)
            return refuse_drop(a, column, "the table is partitioned by it");
    for (uint32_t i = 0; i < layout->n_order_by; i++)
        if (layout->order_by[i] == column)
            return refuse_drop(a, column, "the table is ordered by it");
    if (layout->time_column == (int32_t)column)
        return refuse_drop(a, column, "it is the event time");
    TRY(uses_of(a, layout->watermark_sql, name, &uses));
    if (uses.spans.count)
        return refuse_drop(a, column, "the watermark uses it");
    for (uint32_t i = 0; i < old->schema.n_fields + old->n_checks; i++) {
        uint32_t n = old->schema.n_fields;
        const char *sql =
            i < n ? (old->columns ? old->columns[i].check_sql : NULL) : old->checks[i - n];
        if (i == column)
            continue;
        TRY(uses_of(a, sql, name, &uses));
        if (uses.spans.count)
            return refuse_drop(a, column, "a CHECK uses it");
    }
    return STATUS_OK;
}

static enum status drop_column(struct alter *a)
{
    struct binder *b = a->binder;
    struct schema *schema = &a->entry->schema;
    struct catalog_layout *layout = &a->entry->layout;
    uint32_t column = 0;
    TRY(bind_column_of(b, schema, &a->statement->columns.items[0], &column));
    TRY(check_drop(a, column));
    schema->n_fields--;
    for (uint32_t i = column; i < schema->n_fields; i++) {
        schema->fields[i] = schema->fields[i + 1];
        a->entry->columns[i] = a->entry->columns[i + 1];
        a->sources[i] = a->sources[i + 1];
    }
    struct partition_column *partitions = (struct partition_column *)layout->partitions;
    for (uint32_t i = 0; i < layout->n_partitions; i++)
        partitions[i].column -= partitions[i].column > column;
    uint32_t *order = (uint32_t *)layout->order_by;
    for (uint32_t i = 0; i < layout->n_order_by; i++)
        order[i] -= order[i] > column;
    layout->time_column -= layout->time_column > (int32_t)column;
    return STATUS_OK;
}

/* ---- RENAME, SET ---- */

static enum status rename_everywhere(struct alter *a, const char *from, const char *to)
{
    struct catalog_entry *entry = a->entry;
    for (uint32_t i = 0; i < entry->schema.n_fields; i++)
        TRY(rename_uses(a, &entry->columns[i].check_sql, from, to));
    for (uint32_t i = 0; i < entry->n_checks; i++)
        TRY(rename_uses(a, &entry->checks[i], from, to));
    return rename_uses(a, &entry->layout.watermark_sql, from, to);
}

static enum status rename_column(struct alter *a)
{
    struct binder *b = a->binder;
    const struct ast_names *names = &a->statement->columns;
    struct catalog_entry *entry = a->entry;
    uint32_t column = 0;
    TRY(bind_column_of(b, &entry->schema, &names->items[0], &column));
    int taken = schema_find(&entry->schema, names->items[1].text);
    if (taken >= 0 && taken != (int)column)
        return error_set_at(b->error, STATUS_NAME, names->items[1].span,
                            "a column of this name is there already: " STR_FMT,
                            STR_ARG(names->items[1].text));
    const char *from = a->old->schema.fields[column].name;
    const char *to = str_dup(entry->arena, names->items[1].text);
    TRY(arena_check(entry->arena, b->error));
    entry->schema.fields[column].name = to;
    return rename_everywhere(a, from, to);
}

static enum status rename_table(struct alter *a)
{
    struct binder *b = a->binder;
    const struct ast_name *name = &a->statement->columns.items[0];
    enum catalog_place place = !catalog_database(b->env->catalog) ? CATALOG_ANYWHERE
                               : a->old->in_memory                ? CATALOG_TEMP
                                                                  : CATALOG_MAIN;
    struct catalog_entry *taken;
    if (name->text.length == 0)
        return error_set_at(b->error, STATUS_NAME, name->span, "a name cannot be empty");
    TRY(catalog_find(b->env->catalog, place, name->text, &taken, b->error));
    if (taken && taken != a->old)
        return error_set_at(b->error, STATUS_NAME, name->span,
                            "there is a %s of this name already: %s",
                            taken->kind == CATALOG_VIEW ? "view" : "table", taken->name);
    a->entry->name = str_dup(a->entry->arena, name->text);
    TRY(arena_check(a->entry->arena, b->error));
    return rename_everywhere(a, "", a->entry->name);
}

static enum status set_options(struct alter *a)
{
    struct binder *b = a->binder;
    if (a->old->in_memory)
        return error_set_at(b->error, STATUS_UNSUPPORTED, a->statement->span,
                            "a table in memory has no options: %s", a->old->name);
    return bind_table_options(b, a->statement, a->entry);
}

/* ---- the statement ---- */

/* The rows as the new table has them: for a table in memory, and where an added column has a CHECK. */
static enum status alter_rows(struct alter *a, struct logical_root *root)
{
    struct binder *b = a->binder;
    const struct schema *schema = &a->entry->schema;
    struct logical *node;
    struct expr_list outputs = {0};
    const char **names = ARENA_ARRAY(b->arena, const char *, schema->n_fields + 1);
    TRY(bind_catalog_table(b, a->old, a->statement->span, &node));
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < schema->n_fields; i++) {
        struct expr *e =
            a->sources[i] < 0
                ? expr_constant(b->arena, a->entry->columns[i].missing, a->statement->span)
                : expr_column(b->arena, (uint32_t)a->sources[i], schema->fields[i].type,
                              a->statement->span);
        expr_list_push(b->arena, &outputs, e);
        names[i] = schema->fields[i].name;
    }
    TRY(arena_check(b->arena, b->error));
    node = logical_project(b->arena, node, outputs, names);
    *root = (struct logical_root){.node = node, .n_visible = schema->n_fields};
    return arena_check(b->arena, b->error);
}

enum status bind_alter(struct binder *b, const struct ast_statement *s, struct logical_root *root)
{
    static const struct {
        const char *word;
        enum status (*bind)(struct alter *a);
    } FORMS[] = {
        {"ADD COLUMN", add_column}, {"DROP COLUMN", drop_column}, {"RENAME COLUMN", rename_column},
        {"RENAME", rename_table},   {"SET", set_options},
    };
    struct alter a = {.binder = b, .statement = s};
    struct plan *plan = &b->plan->plan;
    const struct ast_name *name;
    enum catalog_place place;
    plan->kind = PLAN_ALTER;
    if (s->if_exists) {
        TRY(bind_object_name(b, &s->names, &name, &place));
        TRY(catalog_find(b->env->catalog, place, name->text, &a.old, b->error));
        if (!a.old) {
            plan->kind = PLAN_NOTHING;
            return STATUS_OK;
        }
    }
    TRY(bind_target(b, &s->names, &a.old));
    plan->target = a.old;
    TRY(copy_table(&a));
    for (size_t i = 0; i < ARRAY_LENGTH(FORMS); i++)
        if (str_is(s->word, FORMS[i].word))
            TRY(FORMS[i].bind(&a));
    if (a.old->in_memory || plan->n_checks)
        return alter_rows(&a, root);
    return STATUS_OK;
}
