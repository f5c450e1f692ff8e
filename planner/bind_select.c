/* bind_select.c - SELECT: the select list, grouping, order and limits, in that sequence. */
#include "planner/bind_int.h"

/* One SELECT on its way. `exprs` holds the select list and then what is only ordered by. */
struct selection {
    struct binder *b;
    const struct ast_select *select;
    struct scope scope;
    struct bind_aliases aliases;
    struct bind_aggregates aggregates;
    struct bind_grouped_window window;
    bool has_window;
    const struct emit *emit;
    struct expr_list exprs;
    ARRAY_OF(const char *) names;
    uint32_t n_items;
    struct expr *where, *having;
    struct expr_list keys;
    struct sort_key *order;
    uint32_t n_order;
};

static bool is_windowed(const struct selection *s)
{
    return s->has_window || (s->scope.node && s->scope.node->kind == LOGICAL_WINDOW);
}

static struct bind bind_at(struct selection *s, const char *clause)
{
    return (struct bind){
        .binder = s->b,
        .scope = &s->scope,
        .clause = clause,
        .aliases = &s->aliases,
        .window = s->has_window ? &s->window : NULL,
        .emit = s->emit,
        .has_panes = is_windowed(s),
        .has_op = bind_emit_has_op(s->select->emit) ||
                  (s->emit && s->emit->has_op && s->select->group_kind != AST_GROUP_NONE)};
}

static void add_expr(struct selection *s, struct expr *e, const char *name)
{
    expr_list_push(s->b->arena, &s->exprs, e);
    *ARRAY_PUSH(s->b->arena, &s->names) = name;
}

/* ---- names ---- */

const char *bind_column_name(struct binder *b, const struct ast_expr *expr)
{
    struct span span = expr->span;
    if (span.end > b->sql.length || span.start >= span.end)
        return "?column?";
    const char *text = arena_strndup(b->arena, b->sql.data + span.start, span.end - span.start);
    return text ? text : "";
}

static const char *item_name(struct selection *s, const struct ast_result *result,
                             const struct expr *e)
{
    const struct ast_expr *ast = result->expr;
    if (result->alias.text.data)
        return str_dup(s->b->arena, result->alias.text);
    bool column =
        e->kind == EXPR_COLUMN && s->scope.node && e->column < s->scope.node->schema.n_fields;
    if (ast->kind == AST_NAME && column) {
        const char *name = s->scope.node->schema.fields[e->column].name;
        if (str_is(ast->names.items[ast->names.count - 1].text, name))
            return name;
    }
    return bind_column_name(s->b, ast);
}

/* ---- * ---- */

static enum status check_star_names(struct selection *s, const struct ast_star *star)
{
    struct binder *b = s->b;
    for (uint32_t i = 0; i < star->exclude.count; i++)
        if (scope_find(&s->scope, star->exclude.items[i].text) < 0)
            return scope_unknown_column(&s->scope, NULL, star->exclude.items[i].text,
                                        star->exclude.items[i].span);
    for (uint32_t i = 0; i < star->n_replace; i++)
        if (scope_find(&s->scope, star->replace[i].name.text) < 0)
            return scope_unknown_column(&s->scope, NULL, star->replace[i].name.text,
                                        star->replace[i].name.span);
    if (star->table.text.data && !str_equal_nocase(star->table.text, s->scope.name)) {
        enum status status = error_set_at(b->error, STATUS_NAME, star->table.span,
                                          "unknown table: " STR_FMT, STR_ARG(star->table.text));
        scope_hint_table(&s->scope);
        return status;
    }
    return STATUS_OK;
}

static bool excluded(const struct ast_star *star, const char *name)
{
    for (uint32_t i = 0; i < star->exclude.count; i++)
        if (str_is(star->exclude.items[i].text, name))
            return true;
    return false;
}

static enum status expand_star(struct selection *s, struct bind *at, const struct ast_expr *ast)
{
    static const struct ast_star PLAIN;
    const struct ast_star *star = ast && ast->star ? ast->star : &PLAIN;
    struct span span = ast ? ast->span : s->select->span;
    if (!s->scope.node)
        return error_set_at(s->b->error, STATUS_NAME, span, "* without FROM");
    TRY(check_star_names(s, star));
    uint32_t *columns, n;
    scope_star(&s->scope, &columns, &n);
    TRY(arena_check(s->b->arena, s->b->error));
    for (uint32_t i = 0; i < n; i++) {
        const struct field *field = &s->scope.node->schema.fields[columns[i]];
        const char *name = field->name;
        if (excluded(star, name))
            continue;
        struct expr *e = expr_column(s->b->arena, columns[i], field->type, span);
        for (uint32_t j = 0; j < star->n_replace; j++)
            if (str_is(star->replace[j].name.text, name))
                TRY(bind_expr(at, star->replace[j].value, &e));
        add_expr(s, e, name);
    }
    return arena_check(s->b->arena, s->b->error);
}

static enum status bind_items(struct selection *s)
{
    struct bind at = bind_at(s, "the select list");
    at.aliases = NULL;
    at.aggregates = &s->aggregates;
    if (s->select->n_results == 0)
        TRY(expand_star(s, &at, NULL));
    for (uint32_t i = 0; i < s->select->n_results; i++) {
        const struct ast_result *result = &s->select->results[i];
        if (result->expr->kind == AST_STAR) {
            TRY(expand_star(s, &at, result->expr));
            continue;
        }
        struct expr *e;
        TRY(bind_expr(&at, result->expr, &e));
        add_expr(s, e, item_name(s, result, e));
    }
    s->n_items = s->exprs.count;
    if (s->n_items == 0)
        return error_set_at(s->b->error, STATUS_SYNTAX, s->select->span,
                            "the select list is empty");
    return arena_check(s->b->arena, s->b->error);
}

/* ---- GROUP BY ---- */

static void note_aggregate(void *context, uint32_t column)
{
    bool *found = context;
    *found |= column >= BIND_AGGREGATE_BASE;
}

static bool has_aggregate(const struct expr *e)
{
    bool found = false;
    expr_each_column(e, note_aggregate, &found);
    return found;
}

static bool is_pane_column(const struct expr *e)
{
    return e->kind == EXPR_COLUMN && e->column >= BIND_PANE_BASE && e->column < BIND_AGGREGATE_BASE;
}

static bool is_window_call(const struct ast_expr *ast)
{
    return ast->kind == AST_CALL && bind_window_kind(ast->call->name.text) != WINDOW_GLOBAL;
}

static enum status find_window(struct selection *s)
{
    const struct ast_exprs *list = &s->select->group_by;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!is_window_call(list->items[i]))
            continue;
        if (s->has_window)
            return error_set_at(s->b->error, STATUS_TYPE, list->items[i]->span,
                                "GROUP BY takes one window");
        struct bind at = bind_at(s, "GROUP BY");
        TRY(bind_window_group(&at, list->items[i], &s->window));
        s->has_window = true;
    }
    return STATUS_OK;
}

/* The item that an ordinal means; *index from 0. */
static enum status ordinal(struct selection *s, const struct ast_expr *ast, const char *clause,
                           uint32_t *index)
{
    uint64_t n = 0;
    for (size_t i = 0; i < ast->text.length && n < 1000000; i++)
        n = n * 10 + (uint64_t)(ast->text.data[i] - '0');
    if (n < 1 || n > s->n_items)
        return error_set_at(s->b->error, STATUS_NAME, ast->span,
                            "%s position " STR_FMT " is not in the select list of %u %s", clause,
                            STR_ARG(ast->text), s->n_items, s->n_items == 1 ? "column" : "columns");
    *index = (uint32_t)n - 1;
    return STATUS_OK;
}

static enum status bind_key(struct selection *s, const struct ast_expr *ast)
{
    struct expr *e;
    if (is_window_call(ast))
        return STATUS_OK;
    if (ast->kind == AST_INTEGER) {
        uint32_t index;
        TRY(ordinal(s, ast, "GROUP BY", &index));
        e = s->exprs.items[index];
        if (has_aggregate(e))
            return error_set_at(s->b->error, STATUS_TYPE, ast->span,
                                "GROUP BY position " STR_FMT " is an aggregate",
                                STR_ARG(ast->text));
    } else {
        struct bind at = bind_at(s, "GROUP BY");
        TRY(bind_expr(&at, ast, &e));
    }
    expr_list_push(s->b->arena, &s->keys, e);
    return STATUS_OK;
}

static enum status bind_keys(struct selection *s)
{
    const struct ast_select *select = s->select;
    static const char *const REFUSED[] = {[AST_GROUP_ROLLUP] = "ROLLUP",
                                          [AST_GROUP_CUBE] = "CUBE",
                                          [AST_GROUP_SETS] = "GROUPING SETS"};
    if (select->group_kind >= AST_GROUP_ROLLUP)
        return bind_refuse(s->b, select->group_span, REFUSED[select->group_kind]);
    if (select->group_kind == AST_GROUP_ALL)
        for (uint32_t i = 0; i < s->n_items; i++)
            if (!has_aggregate(s->exprs.items[i]) && !is_pane_column(s->exprs.items[i]))
                expr_list_push(s->b->arena, &s->keys, s->exprs.items[i]);
    if (select->group_kind == AST_GROUP_EXPRS)
        for (uint32_t i = 0; i < select->group_by.count; i++)
            TRY(bind_key(s, select->group_by.items[i]));
    return arena_check(s->b->arena, s->b->error);
}

/* ---- ORDER BY ---- */

static void add_order(struct selection *s, uint32_t column, const struct ast_order *order)
{
    bool first = order->nulls == AST_NULLS_FIRST ||
                 (order->nulls == AST_NULLS_DEFAULT && !order->descending);
    for (uint32_t i = 0; i < s->n_order; i++)
        if (s->order[i].column == column)
            return;
    s->order[s->n_order++] = (struct sort_key){column, order->descending, first};
}

/* The column of the select list that a bare name means in ORDER BY: an alias. */
static bool order_alias(struct selection *s, const struct ast_expr *ast, uint32_t *column)
{
    if (ast->kind != AST_NAME || ast->names.count != 1)
        return false;
    for (uint32_t i = 0; i < s->n_items; i++)
        if (s->select->kind == AST_SELECT_CORE && s->n_items == s->select->n_results &&
            s->select->results[i].alias.text.data &&
            str_equal_nocase(s->select->results[i].alias.text, ast->names.items[0].text)) {
            *column = i;
            return true;
        }
    return false;
}

static enum status bind_order(struct selection *s, const struct ast_order *order)
{
    uint32_t column = 0;
    struct expr *e;
    if (order->expr->kind == AST_INTEGER) {
        TRY(ordinal(s, order->expr, "ORDER BY", &column));
        add_order(s, column, order);
        return STATUS_OK;
    }
    if (order_alias(s, order->expr, &column)) {
        add_order(s, column, order);
        return STATUS_OK;
    }
    struct bind at = bind_at(s, "ORDER BY");
    at.aggregates = &s->aggregates;
    at.alias_first = true;
    TRY(bind_expr(&at, order->expr, &e));
    for (; column < s->exprs.count; column++)
        if (expr_equal(s->exprs.items[column], e) && !expr_is_volatile(e))
            break;
    if (column == s->exprs.count) {
        if (s->select->distinct)
            return error_set_at(s->b->error, STATUS_TYPE, order->expr->span,
                                "with DISTINCT, ORDER BY takes what is selected");
        add_expr(s, e, bind_column_name(s->b, order->expr));
    }
    add_order(s, column, order);
    return arena_check(s->b->arena, s->b->error);
}

static enum status bind_orders(struct selection *s)
{
    const struct ast_select *select = s->select;
    uint32_t n = select->order_by_all ? s->n_items : select->n_order_by;
    s->order = ARENA_ARRAY(s->b->arena, struct sort_key, n + 1);
    TRY(arena_check(s->b->arena, s->b->error));
    for (uint32_t i = 0; i < n; i++) {
        if (!select->order_by_all) {
            TRY(bind_order(s, &select->order_by[i]));
            continue;
        }
        struct ast_order all = {.descending = select->order_by_all_descending};
        add_order(s, i, &all);
    }
    return STATUS_OK;
}

/* ---- one SELECT ---- */

static enum status refuse_parts(struct binder *b, const struct ast_select *select)
{
    if (select->distinct_on.count)
        return bind_refuse(b, select->distinct_on.items[0]->span, "DISTINCT ON");
    if (select->qualify)
        return bind_refuse(b, select->qualify->span, "QUALIFY");
    if (select->n_windows)
        return bind_refuse(b, select->windows[0].name.span, "WINDOW");
    return STATUS_OK;
}

static enum status build_node(struct selection *s, struct logical **out)
{
    struct binder *b = s->b;
    struct logical *node = s->scope.node;
    bool grouped = s->select->group_kind != AST_GROUP_NONE || s->aggregates.count || s->having;
    if (grouped) {
        struct bind_group group = {.binder = b,
                                   .scope = &s->scope,
                                   .where = s->where,
                                   .keys = s->keys.items,
                                   .n_keys = s->keys.count,
                                   .aggregates = &s->aggregates,
                                   .window = s->has_window ? &s->window : NULL,
                                   .having = s->having,
                                   .exprs = &s->exprs,
                                   .emit = s->emit};
        TRY(bind_grouped(&group, &node));
    } else {
        struct expr_list conditions = {0};
        struct schema none = {0};
        if (!node)
            TRY(bind_rows(b, &none, NULL, 1, s->select->span, &node));
        if (s->where) {
            expr_list_split(b->arena, &conditions, s->where);
            node = logical_filter(b->arena, node, conditions);
        }
    }
    TRY(arena_check(b->arena, b->error));
    node = logical_project(b->arena, node, s->exprs, s->names.items);
    *out = node;
    if (!s->select->distinct)
        return arena_check(b->arena, b->error);
    uint32_t *keys = ARENA_ARRAY(b->arena, uint32_t, s->n_items + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < s->n_items; i++)
        keys[i] = i;
    *out = logical_aggregate(b->arena, node, keys, s->n_items, NULL, 0, NULL, NULL);
    return arena_check(b->arena, b->error);
}

static enum status bind_emission(struct selection *s)
{
    const struct logical *from = s->scope.node;
    bool windowed = is_windowed(s);
    bool grouped = s->select->group_kind != AST_GROUP_NONE;
    return bind_emit(s->b, s->select->emit, from, grouped, windowed, &s->emit);
}

/* A changelog has the column op, the last one unless it was selected. */
static enum status add_op(struct selection *s)
{
    struct bind at = bind_at(s, "EMIT");
    struct binder *b = s->b;
    struct expr *op;
    bool grouped = s->select->group_kind != AST_GROUP_NONE || s->aggregates.count || s->having;
    if (!grouped && !bind_emit_has_op(s->select->emit)) {
        s->emit = NULL;
        return STATUS_OK;
    }
    at.has_op |= s->emit && s->emit->has_op;
    at.aggregates = &s->aggregates;
    if (!at.has_op)
        return STATUS_OK;
    if (!grouped)
        return bind_refuse(b, s->select->emit->span, "EMIT without GROUP BY");
    if (s->having)
        return bind_refuse(b, s->having->span, "HAVING of a changelog");
    for (uint32_t i = 0; i < s->n_items; i++)
        if (str_is(STR_LITERAL("op"), s->names.items[i]))
            return STATUS_OK;
    TRY(bind_pane_column(&at, STR_LITERAL("op"), s->select->span, &op));
    add_expr(s, op, "op");
    s->n_items++;
    return arena_check(b->arena, b->error);
}

static enum status bind_core(struct binder *b, const struct ast_select *select,
                             struct logical_root *out)
{
    struct selection s = {
        .b = b, .select = select, .aliases = {select->results, select->n_results}};
    TRY(refuse_parts(b, select));
    TRY(bind_count_node(b, select->span));
    TRY(bind_from(b, select->from, &s.scope));
    if (select->group_kind == AST_GROUP_EXPRS)
        TRY(find_window(&s));
    TRY(bind_emission(&s));
    TRY(bind_items(&s));
    if (select->where) {
        struct bind at = bind_at(&s, "WHERE");
        TRY(bind_condition(&at, select->where, &s.where));
    }
    TRY(bind_keys(&s));
    if (select->having) {
        struct bind at = bind_at(&s, "HAVING");
        at.aggregates = &s.aggregates;
        TRY(bind_condition(&at, select->having, &s.having));
    }
    TRY(add_op(&s));
    TRY(bind_orders(&s));
    TRY(build_node(&s, &out->node));
    out->sort_keys = s.order;
    out->n_sort_keys = s.n_order;
    out->n_visible = s.n_items;
    return STATUS_OK;
}

/* VALUES and UNION: ORDER BY sees the columns that come out. */
static enum status bind_outer_order(struct binder *b, const struct ast_select *select,
                                    struct logical *node, struct logical_root *out)
{
    struct selection s = {.b = b, .select = select, .scope = {.binder = b, .name = {"", 0}}};
    s.scope.node = node;
    for (uint32_t i = 0; i < node->schema.n_fields; i++)
        add_expr(&s, expr_column(b->arena, i, node->schema.fields[i].type, node->span),
                 node->schema.fields[i].name);
    s.n_items = s.exprs.count;
    TRY(arena_check(b->arena, b->error));
    TRY(bind_orders(&s));
    if (s.aggregates.count)
        return error_set_at(b->error, STATUS_TYPE, s.aggregates.items[0].span,
                            "an aggregate cannot be used in ORDER BY here");
    out->node =
        s.exprs.count > s.n_items ? logical_project(b->arena, node, s.exprs, s.names.items) : node;
    out->sort_keys = s.order;
    out->n_sort_keys = s.n_order;
    out->n_visible = s.n_items;
    return arena_check(b->arena, b->error);
}

/* ---- LIMIT ---- */

/* A negative limit is none, a negative offset is 0, as in SQLite; so is NULL. */
static enum status bind_count(struct binder *b, const struct ast_expr *ast, const char *clause,
                              uint64_t none, uint64_t *out)
{
    struct bind at = {.binder = b, .clause = clause};
    struct value value;
    char type[TYPE_NAME_SIZE];
    *out = none;
    if (!ast)
        return STATUS_OK;
    TRY(bind_constant(&at, ast, clause, &value));
    if (value.is_null)
        return STATUS_OK;
    if (!type_is_integer(value.type))
        return error_set_at(b->error, STATUS_TYPE, ast->span, "%s must be an integer, not %s",
                            clause, type_name(value.type, type));
    if (value.i64 >= 0)
        *out = (uint64_t)value.i64;
    return STATUS_OK;
}

static enum status bind_limits(struct binder *b, const struct ast_select *select,
                               struct logical_root *root)
{
    uint64_t limit, offset;
    TRY(bind_count(b, select->limit, "LIMIT", UINT64_MAX, &limit));
    TRY(bind_count(b, select->offset, "OFFSET", 0, &offset));
    if (limit == UINT64_MAX && offset == 0)
        return STATUS_OK;
    if (root->n_sort_keys)
        root->node =
            logical_top(b->arena, root->node, root->sort_keys, root->n_sort_keys, limit, offset);
    else
        root->node = logical_limit(b->arena, root->node, limit, offset);
    root->n_sort_keys = 0;
    root->sort_keys = NULL;
    return arena_check(b->arena, b->error);
}

/* ---- the whole ---- */

static enum status bind_body(struct binder *b, const struct ast_select *select,
                             struct logical_root *out)
{
    struct logical *node;
    switch ((enum ast_select_kind)select->kind) {
    case AST_SELECT_CORE:
        return bind_core(b, select, out);
    case AST_SELECT_VALUES:
        TRY(bind_values(b, select, &node));
        return bind_outer_order(b, select, node, out);
    case AST_SELECT_UNION:
        if (!select->all)
            return bind_refuse(b, select->span, "UNION without ALL");
        TRY(bind_union(b, select, &node));
        return bind_outer_order(b, select, node, out);
    case AST_SELECT_INTERSECT:
        return bind_refuse(b, select->span, "INTERSECT");
    case AST_SELECT_EXCEPT:
        return bind_refuse(b, select->span, "EXCEPT");
    }
    return error_set_at(b->error, STATUS_INTERNAL, select->span, "a query of kind %d",
                        select->kind);
}

enum status bind_select(struct binder *b, const struct ast_select *select, struct logical_root *out)
{
    *out = (struct logical_root){0};
    if (select->with_recursive)
        return bind_refuse(b, select->span, "WITH RECURSIVE");
    if (select->emit && select->kind != AST_SELECT_CORE)
        return bind_refuse(b, select->emit->span, "EMIT on VALUES and UNION");
    const struct bind_with *outer = b->with;
    for (uint32_t i = 0; i < select->n_ctes; i++) {
        struct bind_with *with = ARENA_NEW(b->arena, struct bind_with);
        for (uint32_t j = 0; j < i; j++)
            if (str_equal_nocase(select->ctes[j].name.text, select->ctes[i].name.text))
                return error_set_at(b->error, STATUS_NAME, select->ctes[i].name.span,
                                    "WITH names twice: " STR_FMT,
                                    STR_ARG(select->ctes[i].name.text));
        with->cte = &select->ctes[i];
        with->outer = b->with;
        b->with = with;
    }
    enum status status = arena_check(b->arena, b->error);
    if (status == STATUS_OK)
        status = bind_body(b, select, out);
    b->with = outer;
    TRY(status);
    return bind_limits(b, select, out);
}

enum status bind_subquery(struct binder *b, const struct ast_select *select, struct logical **out)
{
    struct logical_root root;
    *out = NULL;
    b->n_within++;
    enum status status = bind_select(b, select, &root);
    b->n_within--;
    TRY(status);
    if (root.n_sort_keys)
        root.node =
            logical_top(b->arena, root.node, root.sort_keys, root.n_sort_keys, UINT64_MAX, 0);
    if (root.n_visible < root.node->schema.n_fields) {
        struct expr_list outputs = bind_all_columns(b, root.node);
        const char **names = ARENA_ARRAY(b->arena, const char *, root.n_visible + 1);
        TRY(arena_check(b->arena, b->error));
        outputs.count = root.n_visible;
        for (uint32_t i = 0; i < root.n_visible; i++)
            names[i] = root.node->schema.fields[i].name;
        root.node = logical_project(b->arena, root.node, outputs, names);
    }
    TRY(arena_check(b->arena, b->error));
    *out = root.node;
    return STATUS_OK;
}
