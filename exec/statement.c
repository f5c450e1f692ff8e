/* statement.c - statements without rows, from the plan to who does it; SET; EXPLAIN's text. */
#include "exec/session.h"
#include "storage/mem_table.h"

static enum status run_create_view(struct execution *e, struct error *error)
{
    if (e->db->database && !e->plan->entry->temporary)
        return statement_create_stored_view(e, error);
    TRY(catalog_put(e->db->catalog, e->plan->entry, error));
    e->plan->entry = NULL;
    return STATUS_OK;
}

static enum status run_set(struct execution *e, struct error *error)
{
    enum status status =
        settings_set(&e->db->settings, str_of(e->plan->name), str_of(e->plan->value), error);
    if (status != STATUS_OK)
        error_place(error, e->plan->span);
    return status;
}

static enum status run_reset(struct execution *e, struct error *error)
{
    enum status status = settings_reset(&e->db->settings, str_of(e->plan->name), error);
    if (status != STATUS_OK)
        error_place(error, e->plan->span);
    return status;
}

static enum status run_drop(struct execution *e, struct error *error)
{
    return e->plan->target ? statement_drop(e, e->plan->target, error) : STATUS_OK;
}

static enum status run_rewrite(struct execution *e, struct error *error)
{
    return e->plan->target->stored ? statement_rewrite(e, error)
                                   : statement_rewrite_memory(e, error);
}

static enum status run_truncate(struct execution *e, struct error *error)
{
    return e->plan->target->stored ? statement_truncate(e, error)
                                   : statement_rewrite_memory(e, error);
}

static enum status run_nothing(struct execution *e, struct error *error)
{
    (void)e;
    (void)error;
    return STATUS_OK;
}

enum status statement_query(struct execution *e, struct error *error)
{
    struct query_env env = {&e->arena, &e->context, e->env.zone};
    struct query *query;
    TRY(query_open(&env, e->plan->pipeline, &query, error));
    mutex_lock(&e->db->mutex);
    e->query = query;
    mutex_unlock(&e->db->mutex);
    return STATUS_OK;
}

enum status statement_run(struct execution *e, struct error *error)
{
    static const struct {
        enum status (*run)(struct execution *e, struct error *error);
    } STATEMENTS[] = {
        [PLAN_CREATE_TABLE] = {statement_create_table},
        [PLAN_CREATE_VIEW] = {run_create_view},
        [PLAN_DROP] = {run_drop},
        [PLAN_INSERT] = {statement_insert},
        [PLAN_DELETE] = {run_rewrite},
        [PLAN_UPDATE] = {run_rewrite},
        [PLAN_COPY] = {statement_copy},
        [PLAN_SET] = {run_set},
        [PLAN_RESET] = {run_reset},
        [PLAN_TRUNCATE] = {run_truncate},
        [PLAN_ALTER] = {statement_alter},
        [PLAN_OPTIMIZE] = {statement_optimize},
        [PLAN_BEGIN] = {statement_transaction},
        [PLAN_COMMIT] = {statement_transaction},
        [PLAN_ROLLBACK] = {statement_transaction},
        [PLAN_NOTHING] = {run_nothing},
    };
    enum plan_kind kind = e->plan->kind;
    if (kind >= ARRAY_LENGTH(STATEMENTS) || !STATEMENTS[kind].run)
        return error_set(error, STATUS_INTERNAL, "a statement that gives rows: %d", (int)kind);
    enum status status = STATEMENTS[kind].run(e, error);
    bool writes = kind != PLAN_NOTHING && kind != PLAN_COPY && kind != PLAN_SET &&
                  kind != PLAN_RESET && kind < PLAN_BEGIN;
    if (status == STATUS_OK && writes && !e->changes)
        e->db->memory_changed = true;
    return statement_change_end(e, status, error);
}

/* ---- EXPLAIN ---- */

static enum status run_to_end(struct execution *e, uint64_t *rows, struct error *error)
{
    *rows = 0;
    TRY(statement_query(e, error));
    for (;;) {
        struct batch *batch;
        TRY(query_next(e->query, &batch, error));
        if (!batch)
            return STATUS_OK;
        *rows += batch->length;
        batch_unref(batch);
    }
}

enum status statement_explain(struct execution *e, struct str *text, struct error *error)
{
    const struct transform_metrics *metrics = NULL;
    struct strbuf out;
    uint64_t rows = 0;
    if (e->plan->analyze) {
        TRY(run_to_end(e, &rows, error));
        metrics = query_metrics(e->query);
    }
    strbuf_init(&out, &e->keep);
    if (e->plan->json)
        explain_json(e->plan->pipeline, metrics, &out);
    else
        explain_tree(e->plan->pipeline, metrics, &out);
    if (metrics && !e->plan->json)
        strbuf_printf(&out, "total: %.3f s, %llu rows\n",
                      (double)(clock_monotonic_ns() - e->started_ns) / 1e9,
                      (unsigned long long)rows);
    TRY(arena_check(&e->keep, error));
    *text = strbuf_str(&out);
    return STATUS_OK;
}
