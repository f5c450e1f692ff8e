/* bind_ddl.c - names of tables and views; CREATE VIEW, DROP, TRUNCATE, and transactions. */
#include "planner/bind_int.h"

#include "parser/ast_print.h"
#include "storage/database.h"

/* ---- names ---- */

enum status bind_object_name(struct binder *b, const struct ast_names *names,
                             const struct ast_name **out, enum catalog_place *place)
{
    *out = &names->items[names->count - 1];
    *place = CATALOG_ANYWHERE;
    if (names->count == 1)
        return STATUS_OK;
    if (names->count == 2 && str_is(names->items[0].text, "temp"))
        *place = CATALOG_TEMP;
    else if (names->count == 2 && str_is(names->items[0].text, "main"))
        *place = CATALOG_MAIN;
    else
        return error_set_at(b->error, STATUS_NAME, names->items[0].span, "unknown schema: " STR_FMT,
                            STR_ARG(names->items[0].text));
    return STATUS_OK;
}

enum status bind_unknown_object(struct binder *b, const struct ast_name *name, const char *kind)
{
    const char **names;
    size_t n;
    TRY(catalog_names(b->env->catalog, b->arena, &names, &n, b->error));
    enum status status = error_set_at(b->error, STATUS_NAME, name->span, "unknown %s: " STR_FMT,
                                      kind, STR_ARG(name->text));
    const char *meant = error_did_you_mean(name->text.data, name->text.length, names, n);
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    return status;
}

enum status bind_writable(struct binder *b, bool temporary, struct span span)
{
    struct database *db = catalog_database(b->env->catalog);
    if (temporary || !db || !database_is_readonly(db))
        return STATUS_OK;
    return error_set_at(b->error, STATUS_USAGE, span, "the database is read-only: %s",
                        database_path(db));
}

enum status bind_free_name(struct binder *b, const struct ast_statement *s, enum catalog_kind kind,
                           const struct ast_name **name, bool *temporary, bool *skip)
{
    enum catalog_place place;
    struct catalog_entry *old;
    bool folder = catalog_database(b->env->catalog) != NULL;
    *skip = false;
    TRY(bind_object_name(b, &s->names, name, &place));
    *temporary = s->temporary || place == CATALOG_TEMP;
    if (s->temporary && place == CATALOG_MAIN)
        return error_set_at(b->error, STATUS_NAME, s->names.items[0].span,
                            "a temporary %s is not in main",
                            kind == CATALOG_VIEW ? "view" : "table");
    if ((*name)->text.length == 0)
        return error_set_at(b->error, STATUS_NAME, (*name)->span, "a name cannot be empty");
    place = !folder ? CATALOG_ANYWHERE : *temporary ? CATALOG_TEMP : CATALOG_MAIN;
    TRY(catalog_find(b->env->catalog, place, (*name)->text, &old, b->error));
    enum status writable = bind_writable(b, *temporary, (*name)->span);
    if (writable != STATUS_OK) {
        error_hint(b->error, "CREATE TEMP %s", kind == CATALOG_VIEW ? "VIEW" : "TABLE");
        return writable;
    }
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

/* ---- CREATE VIEW ---- */

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

/* A view of the database must not read what is gone with the session. */
static enum status refuse_temporary(struct binder *b, const struct ast_select *select)
{
    if (!b->temporary || !catalog_database(b->env->catalog))
        return STATUS_OK;
    enum status status =
        error_set_at(b->error, STATUS_TYPE, select->span,
                     "a view of the database cannot read a temporary table: %s", b->temporary);
    error_hint(b->error, "CREATE TEMP VIEW");
    return status;
}

static enum status view_columns(struct binder *b, const struct ast_statement *s,
                                const struct logical *node, struct catalog_entry *entry)
{
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

enum status bind_create_view(struct binder *b, const struct ast_statement *s)
{
    const struct ast_name *name;
    bool skip, temporary;
    struct plan *plan = &b->plan->plan;
    if (s->materialized)
        return bind_refuse(b, s->span, "CREATE MATERIALIZED VIEW");
    TRY(bind_free_name(b, s, CATALOG_VIEW, &name, &temporary, &skip));
    if (skip)
        return STATUS_OK;
    plan->kind = PLAN_CREATE_VIEW;
    plan->or_replace = s->or_replace;
    TRY(catalog_entry_new(CATALOG_VIEW, &plan->entry, b->error));
    struct catalog_entry *entry = plan->entry;
    const char *text = view_text(b, s->select);
    TRY(arena_check(b->arena, b->error));
    entry->name = str_dup(entry->arena, name->text);
    entry->temporary = temporary;
    entry->view_sql = arena_strdup(entry->arena, text);
    TRY(arena_check(entry->arena, b->error));
    if (b->env->n_parameters)
        return error_set_at(b->error, STATUS_UNSUPPORTED, s->select->span,
                            "a view cannot hold parameters");
    struct bind_view frame = {name->text, NULL, 1};
    struct logical *node;
    b->views = &frame;
    TRY(bind_subquery(b, s->select, &node));
    if (!temporary)
        TRY(refuse_temporary(b, s->select));
    return view_columns(b, s, node, entry);
}

/* ---- DROP, TRUNCATE, transactions ---- */

enum status bind_drop(struct binder *b, const struct ast_statement *s)
{
    struct plan *plan = &b->plan->plan;
    const struct ast_name *name;
    enum catalog_place place;
    bool table = str_is(s->word, "TABLE"), view = str_is(s->word, "VIEW");
    if (!table && !view) {
        const char *what = arena_printf(b->arena, "DROP " STR_FMT, STR_ARG(s->word));
        TRY(arena_check(b->arena, b->error));
        return bind_refuse(b, s->span, what);
    }
    plan->kind = PLAN_DROP;
    TRY(bind_object_name(b, &s->names, &name, &place));
    TRY(catalog_find(b->env->catalog, place, name->text, &plan->target, b->error));
    if (!plan->target)
        return s->if_exists ? STATUS_OK : bind_unknown_object(b, name, table ? "table" : "view");
    if ((plan->target->kind == CATALOG_TABLE) != table) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, name->span,
                         table ? "this is a view: %s" : "this is a table: %s", plan->target->name);
        error_hint(b->error, table ? "DROP VIEW" : "DROP TABLE");
        return status;
    }
    return bind_writable(b, plan->target->in_memory, name->span);
}

enum status bind_truncate(struct binder *b, const struct ast_statement *s)
{
    b->plan->plan.kind = PLAN_TRUNCATE;
    return bind_target(b, &s->names, &b->plan->plan.target);
}

enum status bind_transaction(struct binder *b, const struct ast_statement *s)
{
    struct plan *plan = &b->plan->plan;
    plan->kind = s->kind == AST_STATEMENT_BEGIN    ? PLAN_BEGIN
                 : s->kind == AST_STATEMENT_COMMIT ? PLAN_COMMIT
                                                   : PLAN_ROLLBACK;
    plan->span = s->span;
    if (catalog_database(b->env->catalog))
        return STATUS_OK;
    static const char *const NAMES[] = {"BEGIN", "COMMIT", "ROLLBACK"};
    enum status status = error_set_at(b->error, STATUS_UNSUPPORTED, s->span,
                                      "%s needs a database folder", NAMES[plan->kind - PLAN_BEGIN]);
    error_hint(b->error, "weir FOLDER opens one, or makes it");
    return status;
}
