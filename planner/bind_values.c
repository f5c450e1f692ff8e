/* bind_values.c - VALUES and UNION ALL: rows of several makings that meet in the same types. */
#include "planner/bind_int.h"

#include "planner/coerce.h"
#include "planner/rule_int.h"

/* ---- VALUES ---- */

static enum status bind_cells(struct binder *b, const struct ast_select *select, uint32_t width,
                              struct expr ***out)
{
    struct bind at = {.binder = b, .clause = "VALUES"};
    struct expr **cells = ARENA_ARRAY(b->arena, struct expr *, (size_t)select->n_rows * width + 1);
    *out = cells;
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < select->n_rows; i++) {
        const struct ast_exprs *row = &select->rows[i];
        if (row->count != width)
            return error_set_at(
                b->error, STATUS_TYPE, row->count ? row->items[0]->span : select->span,
                "a row of VALUES has %u values, the first has %u", row->count, width);
        for (uint32_t j = 0; j < width; j++)
            TRY(bind_expr(&at, row->items[j], &cells[(size_t)i * width + j]));
    }
    return STATUS_OK;
}

static enum status meet_columns(struct binder *b, struct expr **cells, uint32_t n_rows,
                                uint32_t width)
{
    struct expr **column = ARENA_ARRAY(b->arena, struct expr *, n_rows + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t j = 0; j < width; j++) {
        for (uint32_t i = 0; i < n_rows; i++)
            column[i] = cells[(size_t)i * width + j];
        TRY(bind_common(b, column, n_rows, "VALUES"));
        for (uint32_t i = 0; i < n_rows; i++)
            cells[(size_t)i * width + j] = column[i];
    }
    return STATUS_OK;
}

static struct field *value_fields(struct binder *b, struct expr *const *cells, uint32_t width)
{
    struct field *fields = ARENA_ARRAY(b->arena, struct field, width + 1);
    for (uint32_t j = 0; fields && j < width; j++)
        fields[j] =
            (struct field){arena_printf(b->arena, "column%u", j + 1), cells[j]->type, false};
    return fields;
}

/* Rows that hold more than constants: each column is a CASE over the row's number. */
static enum status computed_rows(struct binder *b, struct expr **cells, uint32_t n_rows,
                                 uint32_t width, const struct field *fields, struct span span,
                                 struct logical **out)
{
    struct arena *arena = b->arena;
    struct value *numbers = ARENA_ARRAY(arena, struct value, n_rows + 1);
    struct field *field = ARENA_NEW(arena, struct field);
    const char **names = ARENA_ARRAY(arena, const char *, width + 1);
    TRY(arena_check(arena, b->error));
    for (uint32_t i = 0; i < n_rows; i++)
        numbers[i] = (struct value){.type = type_of(TYPE_BIGINT), .i64 = i};
    *field = (struct field){"row", type_of(TYPE_BIGINT), true};
    struct schema schema = {field, 1};
    struct logical *rows;
    TRY(bind_rows(b, &schema, numbers, n_rows, span, &rows));
    struct bind at = {.binder = b, .clause = "VALUES"};
    struct expr_list outputs = {0};
    for (uint32_t j = 0; j < width; j++) {
        struct expr **args = ARENA_ARRAY(arena, struct expr *, 2 * (size_t)n_rows);
        TRY(arena_check(arena, b->error));
        for (uint32_t i = 0; i < n_rows; i++) {
            struct expr **pair = ARENA_ARRAY(arena, struct expr *, 2);
            TRY(arena_check(arena, b->error));
            pair[0] = expr_column(arena, 0, type_of(TYPE_BIGINT), span);
            pair[1] = expr_constant(arena, numbers[i], span);
            TRY(bind_resolve(&at, STR_LITERAL("="), true, pair, 2, span, &args[2 * i]));
            args[2 * i + 1] = cells[(size_t)i * width + j];
        }
        struct expr *e = n_rows == 1 ? args[1] : bind_list(b, EXPR_CASE, args, 2 * n_rows, span);
        TRY(arena_check(arena, b->error));
        e->type = fields[j].type;
        names[j] = fields[j].name;
        expr_list_push(arena, &outputs, e);
    }
    *out = logical_project(arena, rows, outputs, names);
    return arena_check(arena, b->error);
}

enum status bind_values(struct binder *b, const struct ast_select *select, struct logical **out)
{
    *out = NULL;
    uint32_t n_rows = select->n_rows, width = n_rows ? select->rows[0].count : 0;
    struct expr **cells;
    TRY(bind_cells(b, select, width, &cells));
    TRY(meet_columns(b, cells, n_rows, width));
    struct value *values = ARENA_ARRAY(b->arena, struct value, (size_t)n_rows * width + 1);
    struct field *fields = value_fields(b, cells, width);
    TRY(arena_check(b->arena, b->error));
    bool constant = true;
    for (size_t i = 0; i < (size_t)n_rows * width; i++) {
        if (cells[i]->kind != EXPR_CONSTANT && expr_is_foldable(cells[i]))
            cells[i] = rule_fold_expr(b->env, cells[i]);
        constant &= cells[i]->kind == EXPR_CONSTANT;
        values[i] = cells[i]->value;
        values[i].type = fields[i % width].type;
    }
    if (!constant)
        return computed_rows(b, cells, n_rows, width, fields, select->span, out);
    struct schema schema = {fields, width};
    return bind_rows(b, &schema, values, n_rows, select->span, out);
}

/* ---- UNION ALL ---- */

struct union_parts {
    const struct ast_select **items;
    size_t count, capacity;
};

/* The parts of a UNION ALL b UNION ALL c, which hang on the left, in order. */
static void collect_parts(struct binder *b, const struct ast_select *select,
                          struct union_parts *parts)
{
    const struct ast_select *node;
    struct union_parts reversed = {0};
    for (node = select; node->kind == AST_SELECT_UNION; node = node->left) {
        bool whole = node == select;
        bool plain = node->all && node->by_name == select->by_name &&
                     (whole || (!node->n_order_by && !node->order_by_all && !node->limit &&
                                !node->offset && !node->n_ctes && !node->emit));
        if (!plain)
            break;
        *ARRAY_PUSH(b->arena, &reversed) = node->right;
    }
    *ARRAY_PUSH(b->arena, &reversed) = node;
    for (size_t i = reversed.count; i-- > 0;)
        *ARRAY_PUSH(b->arena, parts) = reversed.items[i];
}

static enum status union_type(struct binder *b, struct logical **inputs, uint32_t n,
                              uint32_t column, struct type *out)
{
    char left[TYPE_NAME_SIZE], right[TYPE_NAME_SIZE];
    *out = inputs[0]->schema.fields[column].type;
    for (uint32_t i = 1; i < n; i++) {
        struct type type = inputs[i]->schema.fields[column].type, before = *out;
        if (coerce_common(*out, type, out))
            continue;
        enum status status = error_set_at(
            b->error, STATUS_TYPE, inputs[i]->span, "column %s of UNION mixes %s and %s",
            inputs[0]->schema.fields[column].name, type_name(before, left), type_name(type, right));
        error_hint(b->error, "CAST one to the type of the other");
        return status;
    }
    return STATUS_OK;
}

static enum status cast_columns(struct binder *b, struct logical **node, const struct type *types)
{
    struct schema *schema = &(*node)->schema;
    bool changes = false;
    for (uint32_t i = 0; i < schema->n_fields; i++)
        changes |= !type_equal(schema->fields[i].type, types[i]);
    if (!changes)
        return STATUS_OK;
    struct expr_list outputs = bind_all_columns(b, *node);
    const char **names = ARENA_ARRAY(b->arena, const char *, schema->n_fields + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < schema->n_fields; i++) {
        TRY(bind_cast(b, outputs.items[i], types[i], &outputs.items[i]));
        names[i] = schema->fields[i].name;
    }
    *node = logical_project(b->arena, *node, outputs, names);
    return arena_check(b->arena, b->error);
}

/* BY NAME: the columns of all parts by name, NULL where a part has none. */
static enum status align_by_name(struct binder *b, struct logical **inputs, uint32_t n)
{
    ARRAY_OF(const char *) names = {0};
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < inputs[i]->schema.n_fields; j++) {
            const char *name = inputs[i]->schema.fields[j].name;
            bool known = false;
            for (size_t k = 0; k < names.count; k++)
                known |= str_is(str_of(names.items[k]), name);
            if (!known)
                *ARRAY_PUSH(b->arena, &names) = name;
        }
    for (uint32_t i = 0; i < n; i++) {
        struct expr_list outputs = {0};
        for (size_t k = 0; k < names.count; k++) {
            int column = schema_find(&inputs[i]->schema, str_of(names.items[k]));
            struct expr *e =
                column < 0
                    ? expr_constant(b->arena, value_null(type_of(TYPE_NULL)), inputs[i]->span)
                    : expr_column(b->arena, (uint32_t)column, inputs[i]->schema.fields[column].type,
                                  inputs[i]->span);
            expr_list_push(b->arena, &outputs, e);
        }
        TRY(arena_check(b->arena, b->error));
        inputs[i] = logical_project(b->arena, inputs[i], outputs, names.items);
    }
    return arena_check(b->arena, b->error);
}

enum status bind_union(struct binder *b, const struct ast_select *select, struct logical **out)
{
    struct union_parts parts = {0};
    *out = NULL;
    collect_parts(b, select, &parts);
    struct logical **inputs = ARENA_ARRAY(b->arena, struct logical *, parts.count + 1);
    TRY(arena_check(b->arena, b->error));
    uint32_t n = (uint32_t)parts.count;
    for (uint32_t i = 0; i < n; i++) {
        TRY(bind_subquery(b, parts.items[i], &inputs[i]));
        inputs[i]->span = parts.items[i]->span;
    }
    if (select->by_name)
        TRY(align_by_name(b, inputs, n));
    uint32_t width = inputs[0]->schema.n_fields;
    for (uint32_t i = 1; i < n; i++)
        if (inputs[i]->schema.n_fields != width)
            return error_set_at(b->error, STATUS_TYPE, parts.items[i]->span,
                                "UNION ALL of %u and %u columns", width,
                                inputs[i]->schema.n_fields);
    struct type *types = ARENA_ARRAY(b->arena, struct type, width + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t j = 0; j < width; j++)
        TRY(union_type(b, inputs, n, j, &types[j]));
    for (uint32_t i = 0; i < n; i++)
        TRY(cast_columns(b, &inputs[i], types));
    TRY(bind_count_node(b, select->span));
    *out = logical_union(b->arena, inputs, n);
    return arena_check(b->arena, b->error);
}
