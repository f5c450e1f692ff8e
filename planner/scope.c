/* scope.c - the columns that names in a SELECT can mean. */
#include "planner/bind_int.h"

int64_t scope_find(const struct scope *scope, struct str name)
{
    if (!scope->node)
        return -1;
    const struct schema *schema = &scope->node->schema;
    for (uint32_t i = 0; i < schema->n_fields; i++)
        if (str_equal_nocase(str_of(schema->fields[i].name), name))
            return i;
    return -1;
}

/* The scan whose columns shine through to the scope; *shift: columns put before them. NULL: none. */
static struct logical *scope_scan(const struct scope *scope, uint32_t *shift)
{
    struct logical *node = scope->node;
    *shift = 0;
    while (node && node->kind == LOGICAL_WINDOW) {
        *shift += logical_window_width(node);
        node = node->inputs[0];
    }
    return node && node->kind == LOGICAL_SCAN ? node : NULL;
}

bool scope_can_add(const struct scope *scope)
{
    uint32_t shift;
    struct logical *scan = scope_scan(scope, &shift);
    return scan && scan->scan.source->ops->add_column;
}

enum status scope_add(struct scope *scope, const struct str *path, uint32_t n_path, bool *found,
                      uint32_t *column)
{
    struct binder *b = scope->binder;
    uint32_t shift, index = 0;
    struct logical *scan = scope_scan(scope, &shift);
    *found = false;
    if (!scan || !scan->scan.source->ops->add_column)
        return STATUS_OK;
    struct source *source = scan->scan.source;
    TRY(source->ops->add_column(source, path, n_path, b->env->context, found, &index, b->error));
    if (!*found)
        return STATUS_OK;
    logical_refresh(b->arena, scope->node);
    *column = shift + index;
    return arena_check(b->arena, b->error);
}

static void star_of(const struct logical *node, uint32_t shift, uint32_t *columns, uint32_t *n)
{
    if (node->kind == LOGICAL_WINDOW) {
        star_of(node->inputs[0], shift + logical_window_width(node), columns, n);
        for (uint32_t i = 0; i < logical_window_width(node); i++)
            columns[(*n)++] = shift + i;
        return;
    }
    uint32_t visible =
        node->kind == LOGICAL_SCAN ? node->scan.source->n_visible : node->schema.n_fields;
    for (uint32_t i = 0; i < visible && i < node->schema.n_fields; i++)
        columns[(*n)++] = shift + i;
}

void scope_star(const struct scope *scope, uint32_t **columns, uint32_t *n)
{
    *n = 0;
    *columns = ARENA_ARRAY(scope->binder->arena, uint32_t, scope->node->schema.n_fields + 1);
    if (*columns)
        star_of(scope->node, 0, *columns, n);
}

static enum status unknown_column(const struct scope *scope, const struct bind_aliases *aliases,
                                  struct str name, struct str shown, struct span span)
{
    struct binder *b = scope->binder;
    uint32_t n_fields = scope->node ? scope->node->schema.n_fields : 0;
    uint32_t n_aliases = aliases ? aliases->n_results : 0, n = 0;
    const char **names = ARENA_ARRAY(b->arena, const char *, n_fields + n_aliases + 1);
    for (uint32_t i = 0; names && i < n_fields; i++)
        names[n++] = scope->node->schema.fields[i].name;
    for (uint32_t i = 0; names && i < n_aliases; i++)
        if (aliases->results[i].alias.text.data)
            names[n++] = str_dup(b->arena, aliases->results[i].alias.text);
    enum status status =
        error_set_at(b->error, STATUS_NAME, span, "unknown column: " STR_FMT, STR_ARG(shown));
    const char *meant = names ? error_did_you_mean(name.data, name.length, names, n) : NULL;
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    else if (!scope->node)
        error_hint(b->error, "there is no FROM; text is written in single quotes");
    return status;
}

enum status scope_unknown_column(const struct scope *scope, const struct bind_aliases *aliases,
                                 struct str name, struct span span)
{
    return unknown_column(scope, aliases, name, name, span);
}

enum status scope_unknown_qualified(const struct scope *scope, struct str name, struct str shown,
                                    struct span span)
{
    return unknown_column(scope, NULL, name, shown, span);
}

void scope_hint_table(const struct scope *scope)
{
    struct binder *b = scope->binder;
    if (!scope->name.length)
        return;
    if (scope->span.end > b->sql.length || scope->span.start >= scope->span.end)
        error_hint(b->error, "FROM has " STR_FMT, STR_ARG(scope->name));
    else
        error_hint(b->error, "FROM has %.*s",
                   (int)MIN(scope->span.end - scope->span.start, (uint32_t)100),
                   b->sql.data + scope->span.start);
}
