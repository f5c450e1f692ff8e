/* bind_optimize.c - OPTIMIZE t [PARTITION (key = value, ...)]. */
#include "planner/bind_int.h"

#include "storage/database.h"

static enum status unknown_key(struct binder *b, const struct stored_table *table,
                               const struct ast_name *name)
{
    const char **names = ARENA_ARRAY(b->arena, const char *, table->n_partitions + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < table->n_partitions; i++)
        names[i] = table->partitions[i].name;
    enum status status =
        error_set_at(b->error, STATUS_NAME, name->span, "the table is not partitioned by: " STR_FMT,
                     STR_ARG(name->text));
    const char *meant =
        error_did_you_mean(name->text.data, name->text.length, names, table->n_partitions);
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    else if (table->n_partitions)
        error_hint(b->error, "it is by %s", table->partitions[0].name);
    return status;
}

/* One key of PARTITION (..): the partition's own name, as its folders have it, or its column where that is the same. */
static enum status find_key(struct binder *b, const struct stored_table *table,
                            const struct ast_name *name, uint32_t *out)
{
    for (uint32_t i = 0; i < table->n_partitions; i++) {
        const struct partition_column *p = &table->partitions[i];
        bool is_column = p->transform == PARTITION_IDENTITY &&
                         str_equal_nocase(name->text, str_of(table->schema.fields[p->column].name));
        if (is_column || str_equal_nocase(name->text, str_of(p->name))) {
            *out = i;
            return STATUS_OK;
        }
    }
    return unknown_key(b, table, name);
}

static enum status bind_value(struct binder *b, const struct partition_column *partition,
                              const struct ast_expr *ast, struct value *out)
{
    struct bind at = {.binder = b, .clause = "PARTITION"};
    const struct field field = {partition->name, partition->type, false};
    struct expr *e;
    TRY(bind_expr(&at, ast, &e));
    TRY(bind_assign(b, e, &field, &e));
    if (e->kind == EXPR_CONSTANT)
        *out = e->value;
    else if (!expr_is_foldable(e) || !b->env->fold)
        return error_set_at(b->error, STATUS_VALUE, ast->span, "this must be a constant");
    else
        TRY(b->env->fold(b->env->fold_context, e, out, b->error));
    out->type = partition->type;
    return STATUS_OK;
}

static enum status bind_partition(struct binder *b, const struct ast_statement *s,
                                  const struct stored_table *table)
{
    struct plan_partition *partition =
        ARENA_ARRAY(b->arena, struct plan_partition, table->n_partitions + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < s->n_assignments; i++) {
        const struct ast_assignment *key = &s->assignments[i];
        uint32_t at = 0;
        TRY(find_key(b, table, &key->column, &at));
        if (partition[at].is_given)
            return error_set_at(b->error, STATUS_NAME, key->column.span,
                                "a key is given twice: " STR_FMT, STR_ARG(key->column.text));
        partition[at].is_given = true;
        TRY(bind_value(b, &table->partitions[at], key->value, &partition[at].value));
    }
    b->plan->plan.partition = partition;
    return STATUS_OK;
}

enum status bind_optimize(struct binder *b, const struct ast_statement *s)
{
    struct plan *plan = &b->plan->plan;
    plan->kind = PLAN_OPTIMIZE;
    TRY(bind_target(b, &s->names, &plan->target));
    if (!plan->target->stored) {
        enum status status = error_set_at(b->error, STATUS_TYPE, s->names.items[0].span,
                                          "a table in memory has no files: %s", plan->target->name);
        error_hint(b->error, "OPTIMIZE is for tables of a database folder");
        return status;
    }
    if (s->where)
        return bind_refuse(b, s->where->span, "OPTIMIZE .. WHERE (say PARTITION (key = value))");
    return s->n_assignments ? bind_partition(b, s, plan->target->stored) : STATUS_OK;
}
