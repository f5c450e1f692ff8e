/* plan.c - a statement from its tree to its plan: bind, check boundedness, rules, translate, rules. */
#include "planner/plan.h"

#include "planner/bind_int.h"
#include "planner/boundedness.h"
#include "planner/rule.h"
#include "planner/translate.h"

static enum status plan_query(struct binder *b, struct logical_root *root, struct pipeline **out)
{
    struct pipeline *pipeline;
    if (!root->node)
        return STATUS_OK;
    TRY(boundedness_check(root, b->error));
    TRY(rule_run_tree(b->env, root, b->error));
    TRY(translate_root(b->arena, root, &pipeline, b->error));
    TRY(rule_run_pipeline(b->env, pipeline, b->error));
    *out = pipeline;
    return STATUS_OK;
}

static enum status refuse_statement(struct binder *b, const struct ast_statement *s)
{
    const char *name = s->word.length ? str_dup(b->arena, s->word) : "this statement";
    TRY(arena_check(b->arena, b->error));
    return bind_refuse(b, s->span, name);
}

static enum status bind_statement(struct binder *b, const struct ast_statement *s,
                                  struct logical_root *root);

static enum status bind_explain(struct binder *b, const struct ast_statement *s,
                                struct logical_root *root)
{
    struct plan *plan = &b->plan->plan;
    bool json = s->format.text.data && str_is(s->format.text, "json");
    if (s->format.text.data && !json && !str_is(s->format.text, "text")) {
        char what[64];
        size_t n = MIN(s->format.text.length, sizeof what - 16);
        memcpy(what, "EXPLAIN FORMAT ", 15);
        memcpy(what + 15, s->format.text.data, n);
        what[15 + n] = '\0';
        return bind_refuse(b, s->format.span, what);
    }
    TRY(bind_statement(b, s->inner, root));
    if (!root->node)
        return error_set_at(b->error, STATUS_UNSUPPORTED, s->inner->span,
                            "this statement has no pipeline to explain");
    if (s->analyze && plan->kind != PLAN_QUERY)
        return bind_refuse(b, s->inner->span, "EXPLAIN ANALYZE of a statement that writes");
    catalog_entry_free(plan->entry);
    *plan = (struct plan){.kind = PLAN_EXPLAIN, .analyze = s->analyze, .json = json};
    return STATUS_OK;
}

static enum status bind_statement(struct binder *b, const struct ast_statement *s,
                                  struct logical_root *root)
{
    struct plan *plan = &b->plan->plan;
    switch ((enum ast_statement_kind)s->kind) {
    case AST_STATEMENT_SELECT:
        plan->kind = PLAN_QUERY;
        return bind_select(b, s->select, root);
    case AST_STATEMENT_EXPLAIN:
        return bind_explain(b, s, root);
    case AST_STATEMENT_CREATE_TABLE:
        return bind_create_table(b, s, root);
    case AST_STATEMENT_CREATE_VIEW:
        return bind_create_view(b, s);
    case AST_STATEMENT_DROP:
        return bind_drop(b, s);
    case AST_STATEMENT_INSERT:
        return bind_insert(b, s, root);
    case AST_STATEMENT_UPDATE:
        return bind_update(b, s, root);
    case AST_STATEMENT_DELETE:
        return bind_delete(b, s, root);
    case AST_STATEMENT_TRUNCATE:
        return bind_truncate(b, s);
    case AST_STATEMENT_OPTIMIZE:
        return bind_optimize(b, s);
    case AST_STATEMENT_ALTER:
        return bind_alter(b, s, root);
    case AST_STATEMENT_BEGIN:
    case AST_STATEMENT_COMMIT:
    case AST_STATEMENT_ROLLBACK:
        return bind_transaction(b, s);
    case AST_STATEMENT_COPY:
        return bind_copy(b, s, root);
    case AST_STATEMENT_SET:
    case AST_STATEMENT_RESET:
        return bind_set(b, s);
    case AST_STATEMENT_SHOW:
        plan->kind = PLAN_QUERY;
        return bind_show(b, s, root);
    case AST_STATEMENT_DESCRIBE:
        plan->kind = PLAN_QUERY;
        return bind_describe(b, s, root);
    case AST_STATEMENT_SUMMARIZE:
        plan->kind = PLAN_QUERY;
        return bind_summarize(b, s, root);
    default:
        return refuse_statement(b, s);
    }
}

enum status plan_statement(const struct planner_env *env, const struct ast_statement *statement,
                           struct plan **out, struct error *error)
{
    struct plan_owned *plan = ARENA_NEW(env->arena, struct plan_owned);
    *out = NULL;
    TRY(arena_check(env->arena, error));
    *out = &plan->plan;
    struct binder b = {
        .env = env, .arena = env->arena, .error = error, .plan = plan, .sql = env->sql};
    struct logical_root root = {0};
    TRY(bind_statement(&b, statement, &root));
    TRY(plan_query(&b, &root, &plan->plan.pipeline));
    if (plan->plan.rewrite && plan->plan.rewrite->probe_root)
        TRY(plan_query(&b, plan->plan.rewrite->probe_root, &plan->plan.rewrite->probe));
    return arena_check(env->arena, error);
}

void plan_close(struct plan *plan)
{
    if (!plan)
        return;
    struct plan_owned *owned = (struct plan_owned *)plan;
    for (size_t i = 0; i < owned->sources.count; i++)
        owned->sources.items[i]->ops->close(owned->sources.items[i]);
    owned->sources.count = 0;
    catalog_entry_free(plan->entry);
    plan->entry = NULL;
}
