/* ast_select.c - nodes of sources, queries and statements. */
#include "parser/parse_int.h"

#include "parser/sql.h"

/* ---- FROM ---- */

static unsigned select_height(const struct ast_select *select)
{
    return select ? select->height : 0;
}

static unsigned source_height(const struct ast_source *source)
{
    return source ? source->height : 0;
}

static unsigned expr_height(const struct ast_expr *expr)
{
    return expr ? expr->height : 0;
}

struct ast_source *ast_new_source(struct parser *p, enum ast_source_kind kind, uint32_t start)
{
    struct ast_source *source = ARENA_NEW(p->arena, struct ast_source);
    source->kind = (uint8_t)kind;
    source->height = 1;
    source->span = parser_since(p, start);
    return source;
}

struct ast_source *ast_new_source_name(struct parser *p, struct ast_names names)
{
    struct ast_source *source = ast_new_source(p, AST_SOURCE_NAME, names.items[0].span.start);
    source->names = names;
    source->span.end = names.items[names.count - 1].span.end;
    return source;
}

struct ast_source *ast_new_source_file(struct parser *p, struct token path)
{
    struct ast_source *source = ast_new_source(p, AST_SOURCE_FILE, path.start);
    source->path = token_unquote(p->sql, path, p->arena);
    source->span = token_span(path);
    return source;
}

struct ast_source *ast_new_source_call(struct parser *p, uint32_t start, struct ast_call *call)
{
    struct ast_source *source = ast_new_source(p, AST_SOURCE_CALL, start);
    source->call = call;
    source->height = ast_height_above(p, call->height, source->span);
    return source;
}

struct ast_source *ast_new_source_select(struct parser *p, uint32_t start,
                                         struct ast_select *select)
{
    struct ast_source *source = ast_new_source(p, AST_SOURCE_SELECT, start);
    source->select = select;
    source->height = ast_height_above(p, select->height, source->span);
    return source;
}

void ast_source_alias(struct parser *p, struct ast_source *source, struct ast_name alias,
                      struct list_names *columns)
{
    if (source->alias.text.data)
        parser_reject_last(p);
    if (source->kind == AST_SOURCE_JOIN)
        parser_fail(p, STATUS_UNSUPPORTED, alias.span, "not supported: an alias for joined tables");
    source->alias = alias;
    source->column_aliases = ast_take_names(columns);
    source->span = parser_since(p, source->span.start);
}

static void source_take(struct parser *p, struct ast_source *source, struct ast_expr *expr,
                        const void *there, const char *what)
{
    source->span = parser_since(p, source->span.start);
    if (there)
        parser_fail(p, STATUS_SYNTAX, source->span, "%s is given twice", what);
    if (source->kind == AST_SOURCE_JOIN)
        parser_fail(p, STATUS_SYNTAX, source->span, "%s belongs to one table, not to a join", what);
    unsigned below = MAX((unsigned)source->height - 1, expr_height(expr));
    source->height = ast_height_above(p, below, source->span);
}

void ast_source_watermark(struct parser *p, struct ast_source *source, struct ast_name column,
                          struct ast_expr *expr)
{
    source_take(p, source, expr, source->watermark, "WATERMARK");
    source->watermark_column = column;
    source->watermark = expr;
}

void ast_source_system_time(struct parser *p, struct ast_source *source, struct ast_expr *expr)
{
    source_take(p, source, expr, source->system_time, "FOR SYSTEM_TIME");
    source->system_time = expr;
}

void ast_source_options(struct parser *p, struct ast_source *source, struct list_fields *options)
{
    source_take(p, source, NULL, source->options, "WITH");
    source->options = LIST_ITEMS(options);
    source->n_options = LIST_COUNT(options);
}

struct join_words ast_add_join_word(struct parser *p, struct join_words words, struct token word)
{
    static const struct {
        uint16_t code, bit;
    } BITS[] = {{TK_NATURAL, JOIN_NATURAL}, {TK_LEFT, JOIN_LEFT},   {TK_RIGHT, JOIN_RIGHT},
                {TK_FULL, JOIN_FULL},       {TK_INNER, JOIN_INNER}, {TK_CROSS, JOIN_CROSS},
                {TK_OUTER, JOIN_OUTER},     {TK_SEMI, JOIN_SEMI},   {TK_ANTI, JOIN_ANTI},
                {TK_ASOF, JOIN_ASOF}};
    (void)p;
    for (size_t i = 0; i < ARRAY_LENGTH(BITS); i++) {
        if (BITS[i].code != word.code)
            continue;
        words.seen |= words.seen & BITS[i].bit ? JOIN_TWICE : BITS[i].bit;
    }
    words.span.end = word.end;
    return words;
}

/* The join that the words mean; false if they go not together. NATURAL has been left out. */
static bool join_kind(uint32_t seen, enum ast_join *out)
{
    static const struct {
        uint32_t words;
        enum ast_join join;
    } JOINS[] = {
        {0, AST_JOIN_INNER},
        {JOIN_INNER, AST_JOIN_INNER},
        {JOIN_LEFT, AST_JOIN_LEFT},
        {JOIN_LEFT | JOIN_OUTER, AST_JOIN_LEFT},
        {JOIN_RIGHT, AST_JOIN_RIGHT},
        {JOIN_RIGHT | JOIN_OUTER, AST_JOIN_RIGHT},
        {JOIN_FULL, AST_JOIN_FULL},
        {JOIN_FULL | JOIN_OUTER, AST_JOIN_FULL},
        {JOIN_CROSS, AST_JOIN_CROSS},
        {JOIN_COMMA, AST_JOIN_COMMA},
        {JOIN_SEMI, AST_JOIN_SEMI},
        {JOIN_LEFT | JOIN_SEMI, AST_JOIN_SEMI},
        {JOIN_ANTI, AST_JOIN_ANTI},
        {JOIN_LEFT | JOIN_ANTI, AST_JOIN_ANTI},
        {JOIN_ASOF, AST_JOIN_ASOF},
        {JOIN_ASOF | JOIN_INNER, AST_JOIN_ASOF},
        {JOIN_ASOF | JOIN_LEFT, AST_JOIN_ASOF_LEFT},
        {JOIN_ASOF | JOIN_LEFT | JOIN_OUTER, AST_JOIN_ASOF_LEFT},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(JOINS); i++) {
        if (JOINS[i].words == seen) {
            *out = JOINS[i].join;
            return true;
        }
    }
    return false;
}

/* Conditions that the kind of join cannot have. */
static void check_join(struct parser *p, const struct ast_source *join)
{
    bool condition = join->on || join->using_columns.count > 0;
    bool asof = join->join == AST_JOIN_ASOF || join->join == AST_JOIN_ASOF_LEFT;
    if (join->natural && condition)
        parser_fail(p, STATUS_SYNTAX, join->join_span, "a NATURAL JOIN takes neither ON nor USING");
    if (join->match_condition && !asof)
        parser_fail(p, STATUS_SYNTAX, join->match_condition->span,
                    "MATCH_CONDITION belongs to ASOF JOIN");
}

struct ast_source *ast_new_join(struct parser *p, struct ast_source *left, struct join_words words,
                                struct ast_source *right, struct join_condition *condition)
{
    struct ast_source *join = ast_new_source(p, AST_SOURCE_JOIN, left->span.start);
    enum ast_join kind = AST_JOIN_INNER;
    struct str text = {p->sql.data + words.span.start, words.span.end - words.span.start};
    if (!join_kind(words.seen & ~(uint32_t)JOIN_NATURAL, &kind))
        parser_fail(p, STATUS_SYNTAX, words.span, "not a kind of join: " STR_FMT, STR_ARG(text));
    join->join = (uint8_t)kind;
    join->natural = (words.seen & JOIN_NATURAL) != 0;
    join->join_span = words.span;
    join->left = left;
    join->right = right;
    if (condition) {
        join->on = condition->on;
        join->match_condition = condition->match;
        join->using_columns = ast_take_names(condition->using_columns);
    }
    check_join(p, join);
    unsigned below = MAX((unsigned)left->height, right->height);
    below = MAX(below, MAX(expr_height(join->on), expr_height(join->match_condition)));
    join->height = ast_height_above(p, below, join->join_span);
    return join;
}

/* ---- SELECT ---- */

struct ast_select *ast_new_select(struct parser *p, enum ast_select_kind kind, uint32_t start)
{
    struct ast_select *select = ARENA_NEW(p->arena, struct ast_select);
    select->kind = (uint8_t)kind;
    select->height = 1;
    select->span = parser_since(p, start);
    return select;
}

static unsigned over_height(const struct ast_over *over)
{
    struct ast_exprs keys = over->partition_by;
    unsigned below = ast_exprs_height((const struct ast_expr *const *)keys.items, keys.count);
    below = MAX(below, ast_orders_height(over->order_by, over->n_order_by));
    return MAX(below, MAX(expr_height(over->start.offset), expr_height(over->end.offset)));
}

void ast_finish_core(struct parser *p, struct ast_select *core)
{
    core->span = parser_since(p, core->span.start);
    unsigned below = MAX(source_height(core->from), expr_height(core->where));
    below = MAX(below, MAX(expr_height(core->having), expr_height(core->qualify)));
    for (uint32_t i = 0; i < core->n_results; i++)
        below = MAX(below, expr_height(core->results[i].expr));
    struct ast_exprs lists[] = {core->distinct_on, core->group_by};
    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
        below = MAX(below, ast_exprs_height((const struct ast_expr *const *)lists[i].items,
                                            lists[i].count));
    for (uint32_t i = 0; i < core->n_windows; i++)
        below = MAX(below, over_height(core->windows[i].over));
    core->height = ast_height_above(p, below, core->span);
}

struct ast_select *ast_new_values(struct parser *p, uint32_t start, struct list_rows *rows)
{
    struct ast_select *select = ast_new_select(p, AST_SELECT_VALUES, start);
    select->rows = rows->items;
    select->n_rows = LIST_COUNT(rows);
    unsigned below = 0;
    for (uint32_t i = 0; i < select->n_rows; i++) {
        struct ast_exprs row = rows->items[i];
        below = MAX(below, ast_exprs_height((const struct ast_expr *const *)row.items, row.count));
        if (row.count != rows->items[0].count)
            parser_fail(p, STATUS_SYNTAX, row.items[row.count - 1]->span,
                        "rows of VALUES differ in length: %u and %u values", rows->items[0].count,
                        row.count);
    }
    select->height = ast_height_above(p, below, select->span);
    return select;
}

struct ast_select *ast_new_set_operation(struct parser *p, enum ast_select_kind kind,
                                         struct ast_select *left, bool all, bool by_name,
                                         struct ast_select *right)
{
    struct ast_select *select = ast_new_select(p, kind, left->span.start);
    select->left = left;
    select->right = right;
    select->all = all;
    select->by_name = by_name;
    select->height = ast_height_above(p, MAX((unsigned)left->height, right->height), select->span);
    return select;
}

struct ast_select *ast_select_all(struct parser *p, struct ast_source *source)
{
    struct ast_select *select = ast_new_select(p, AST_SELECT_CORE, source->span.start);
    select->from = source;
    select->height = ast_height_above(p, source->height, source->span);
    return select;
}

/* A select in parentheses that has a WITH, ORDER BY or LIMIT of its own becomes a subquery in FROM. */
static bool select_is_whole(const struct ast_select *select)
{
    return select->ctes || select->order_by || select->order_by_all || select->limit ||
           select->offset || select->emit;
}

static unsigned tail_height(const struct select_tail *tail)
{
    unsigned below = MAX(expr_height(tail->limit), expr_height(tail->offset));
    if (tail->order_by)
        below = MAX(below, ast_orders_height(tail->order_by->items, tail->order_by->count));
    if (tail->emit) {
        below = MAX(below, expr_height(tail->emit->period));
        below = MAX(below, expr_height(tail->emit->allowed_lateness));
    }
    return below;
}

struct ast_select *ast_finish_select(struct parser *p, struct ast_select *select,
                                     struct with_clause *with, struct select_tail *tail)
{
    if ((with || tail) && select_is_whole(select))
        select = ast_select_all(p, ast_new_source_select(p, select->span.start, select));
    unsigned below = (unsigned)select->height - 1;
    if (with) {
        select->with_recursive = with->recursive;
        select->ctes = with->ctes->items;
        select->n_ctes = LIST_COUNT(with->ctes);
        select->span.start = with->span.start;
        for (uint32_t i = 0; i < select->n_ctes; i++)
            below = MAX(below, select_height(select->ctes[i].select));
    }
    if (tail) {
        select->order_by = LIST_ITEMS(tail->order_by);
        select->n_order_by = LIST_COUNT(tail->order_by);
        select->order_by_all = tail->order_by_all;
        select->order_by_all_descending = tail->order_by_all_descending;
        select->order_span = tail->order_span;
        select->limit = tail->limit;
        select->offset = tail->offset;
        select->emit = tail->emit;
        below = MAX(below, tail_height(tail));
    }
    select->span = parser_since(p, select->span.start);
    select->height = ast_height_above(p, below, select->span);
    return select;
}

/* ---- GROUP BY ---- */

enum { GROUP_SETS_MAX = 4096, GROUP_KEYS_MAX = 65536 }; /* of all sets together */

static size_t sets_keys(const struct list_exprs *sets)
{
    size_t keys = 0;
    for (size_t i = 0; i < sets->count; i++)
        keys += sets->items[i]->list.count;
    return keys;
}

/* The grouping sets that an item stands for, each an AST_ROW. NULL if there are too many. */
static struct list_exprs *group_item_sets(struct parser *p, enum ast_group_kind kind,
                                          struct list_exprs *list)
{
    struct list_exprs *sets = LIST_NEW(p, exprs);
    uint32_t start = list->count > 0 ? list->items[0]->span.start : 0;
    size_t n = list->count;
    if (kind == AST_GROUP_SETS) {
        for (size_t i = 0; i < n; i++) {
            struct list_exprs one = {&list->items[i], 1, 1};
            bool row = list->items[i]->kind == AST_ROW;
            LIST_ADD(p, sets, row ? list->items[i] : ast_new_list(p, AST_ROW, start, &one));
        }
        return sets;
    }
    if (kind == AST_GROUP_EXPRS) {
        LIST_ADD(p, sets, ast_new_list(p, AST_ROW, start, list));
        return sets;
    }
    if (kind == AST_GROUP_CUBE && n > 12)
        return NULL;
    size_t keys = 0, n_sets = kind == AST_GROUP_CUBE ? (size_t)1 << n : n + 1;
    for (size_t i = 0; i < n_sets && n_sets <= GROUP_SETS_MAX; i++) {
        struct list_exprs *set = LIST_NEW(p, exprs);
        for (size_t j = 0; j < n; j++) {
            bool in = kind == AST_GROUP_CUBE ? !(i >> (n - 1 - j) & 1) : j < n - i;
            const struct ast_expr *item = list->items[j];
            bool row = item->kind == AST_ROW;
            for (uint32_t k = 0; in && k < (row ? item->list.count : 1); k++)
                LIST_ADD(p, set, row ? item->list.items[k] : list->items[j]);
        }
        LIST_ADD(p, sets, ast_new_list(p, AST_ROW, start, set));
        keys += set->count;
        if (keys > GROUP_KEYS_MAX)
            return NULL;
    }
    return n_sets <= GROUP_SETS_MAX ? sets : NULL;
}

/* Every set of `a` together with every set of `b`. */
static struct list_exprs *group_product(struct parser *p, const struct list_exprs *a,
                                        const struct list_exprs *b)
{
    struct list_exprs *sets = LIST_NEW(p, exprs);
    for (size_t i = 0; i < a->count && !p->arena->failed; i++) {
        for (size_t j = 0; j < b->count && !p->arena->failed; j++) {
            struct list_exprs *set = LIST_NEW(p, exprs);
            for (uint32_t k = 0; k < a->items[i]->list.count; k++)
                LIST_ADD(p, set, a->items[i]->list.items[k]);
            for (uint32_t k = 0; k < b->items[j]->list.count; k++)
                LIST_ADD(p, set, b->items[j]->list.items[k]);
            LIST_ADD(p, sets, ast_new_list(p, AST_ROW, a->items[i]->span.start, set));
        }
    }
    return sets;
}

void ast_group_add(struct parser *p, struct group_clause *group, enum ast_group_kind kind,
                   struct list_exprs *list)
{
    bool plain = kind == AST_GROUP_EXPRS;
    if (kind == AST_GROUP_SETS)
        list = group_item_sets(p, kind, list);
    if (group->kind == AST_GROUP_NONE) {
        group->kind = (uint8_t)kind;
        group->exprs = list;
    } else if (plain && group->kind == AST_GROUP_EXPRS) {
        LIST_ADD(p, group->exprs, list->items[0]);
    } else {
        struct list_exprs *a = group_item_sets(p, (enum ast_group_kind)group->kind, group->exprs);
        struct list_exprs *b = group_item_sets(p, kind, list);
        if (!a || !b || a->count * b->count > GROUP_SETS_MAX ||
            a->count * sets_keys(b) + b->count * sets_keys(a) > GROUP_KEYS_MAX) {
            parser_fail(p, STATUS_LIMIT, list->items[0]->span,
                        "more than %d grouping sets or %d keys in them", GROUP_SETS_MAX,
                        GROUP_KEYS_MAX);
            return;
        }
        group->kind = AST_GROUP_SETS;
        group->exprs = group_product(p, a, b);
    }
}

void ast_set_group(struct ast_select *core, const struct group_clause *group)
{
    core->group_kind = group->kind;
    core->group_span = group->span;
    core->group_by = ast_take_exprs(group->exprs);
}

/* ---- EMIT ---- */

struct ast_trigger *ast_new_trigger(struct parser *p, unsigned kind, struct ast_expr *every,
                                    struct ast_trigger *left, struct ast_trigger *right,
                                    uint32_t start)
{
    struct ast_trigger *trigger = ARENA_NEW(p->arena, struct ast_trigger);
    trigger->kind = kind;
    trigger->every = every;
    trigger->left = left;
    trigger->right = right;
    trigger->span = parser_since(p, start);
    trigger->height = ast_height_above(
        p, MAX(expr_height(every), MAX(left ? left->height : 0u, right ? right->height : 0u)),
        trigger->span);
    return trigger;
}

void ast_emit_check(struct parser *p, const void *there, const char *what)
{
    uint32_t last = p->at > 0 ? p->at - 1 : 0;
    if (there)
        parser_fail(p, STATUS_SYNTAX, token_span(p->tokens[last]), "EMIT has more than one %s",
                    what);
}

/* ---- Statements ---- */

struct ast_statement *ast_new_statement(struct parser *p, enum ast_statement_kind kind,
                                        uint32_t start)
{
    struct ast_statement *statement = ARENA_NEW(p->arena, struct ast_statement);
    statement->kind = (uint8_t)kind;
    statement->span.start = start;
    return statement;
}

void ast_take_options(struct parser *p, struct ast_statement *statement,
                      struct list_fields *options, bool take_format)
{
    size_t kept = 0;
    for (size_t i = 0; i < options->count; i++) {
        struct ast_field *option = &options->items[i];
        const struct ast_expr *value = option->value;
        bool format = take_format && str_is(option->name.text, "FORMAT");
        bool analyze =
            statement->kind == AST_STATEMENT_EXPLAIN && str_is(option->name.text, "ANALYZE");
        if (format && value && value->kind == AST_NAME && value->names.count == 1)
            statement->format = value->names.items[0];
        else if (format && value && value->kind == AST_STRING)
            statement->format = (struct ast_name){value->text, value->span};
        else if (format)
            parser_fail(p, STATUS_SYNTAX, option->name.span, "FORMAT needs a name");
        else if (analyze && (!value || value->kind == AST_TRUE || value->kind == AST_FALSE))
            statement->analyze = !value || value->kind == AST_TRUE;
        else
            options->items[kept++] = *option;
    }
    statement->options = options->items;
    statement->n_options = (uint32_t)kept;
}

static void check_create(struct parser *p, const struct ast_statement *statement, unsigned words)
{
    struct span span = token_span(p->tokens[0]);
    bool view = statement->kind == AST_STATEMENT_CREATE_VIEW;
    if (words & CREATE_TWICE)
        parser_fail(p, STATUS_SYNTAX, span, "a word of CREATE is given twice");
    if (view && statement->external)
        parser_fail(p, STATUS_SYNTAX, span, "EXTERNAL belongs to tables: CREATE EXTERNAL TABLE");
    if (!view && statement->materialized)
        parser_fail(p, STATUS_SYNTAX, span,
                    "MATERIALIZED belongs to views: CREATE MATERIALIZED VIEW");
    if (!view && !statement->external && statement->n_column_defs == 0 && !statement->select &&
        !statement->watermark)
        parser_fail(p, STATUS_SYNTAX, parser_since(p, span.start),
                    "a table needs columns or AS SELECT");
}

void ast_take_table(struct parser *p, struct ast_statement *statement, unsigned words,
                    struct table_body *body, struct table_tail *tail, struct ast_select *select)
{
    statement->or_replace = (words & CREATE_OR_REPLACE) != 0;
    statement->temporary = (words & CREATE_TEMP) != 0;
    statement->external = (words & CREATE_EXTERNAL) != 0;
    statement->materialized = (words & CREATE_MATERIALIZED) != 0;
    if (body) {
        statement->column_defs = body->columns.items;
        statement->n_column_defs = (uint32_t)body->columns.count;
        statement->constraints = body->constraints.items;
        statement->n_constraints = (uint32_t)body->constraints.count;
        statement->watermark_column = body->watermark_column;
        statement->watermark = body->watermark;
    }
    statement->partitioned_by = ast_take_exprs(tail->partitioned_by);
    statement->order_by = LIST_ITEMS(tail->order_by);
    statement->n_order_by = LIST_COUNT(tail->order_by);
    statement->options = LIST_ITEMS(tail->options);
    statement->n_options = LIST_COUNT(tail->options);
    statement->select = select;
    check_create(p, statement, words);
}
