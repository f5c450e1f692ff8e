/* statement.c - statements without rows: CREATE, DROP, INSERT, DELETE, UPDATE, SET, and EXPLAIN's text.
 *
 *   1. A statement changes a table in one step at its end, or not at all.                        [collect]
 *   2. Rows that are written are read to the end first: INSERT INTO t SELECT ... FROM t ends. */
#include "exec/eval.h"
#include "exec/session.h"
#include "storage/mem_table.h"

/* ---- rows to be written ---- */

struct collected {
    struct budget *budget;
    struct batch **batches;
    size_t count, capacity;
    uint64_t rows, changed;
};

static void collected_fini(struct collected *c)
{
    for (size_t i = 0; i < c->count; i++)
        batch_unref(c->batches[i]);
    block_free(c->batches, c->capacity * sizeof *c->batches, c->budget);
}

/* Takes the batch. */
static enum status collected_push(struct collected *c, struct batch *batch, struct error *error)
{
    if (c->count == c->capacity) {
        size_t more = MAX(c->capacity * 2, (size_t)64);
        enum status status = block_grow((void **)&c->batches, c->capacity * sizeof *c->batches,
                                        more * sizeof *c->batches, c->budget, "Write", error);
        if (status != STATUS_OK) {
            batch_unref(batch);
            return status;
        }
        c->capacity = more;
    }
    c->batches[c->count++] = batch;
    c->rows += batch->length;
    return STATUS_OK;
}

/* NOT NULL and CHECK: an evaluator of all conditions, or NULL. */
static enum status checks_open(struct execution *e, const struct schema *schema,
                               struct eval_program **program, struct evaluator **evaluator,
                               struct error *error)
{
    struct expr_list list = {.count = e->plan->n_checks};
    *program = NULL;
    *evaluator = NULL;
    if (!list.count)
        return STATUS_OK;
    list.items = ARENA_ARRAY(&e->arena, struct expr *, list.count);
    TRY(arena_check(&e->arena, error));
    for (uint32_t i = 0; i < list.count; i++)
        list.items[i] = e->plan->checks[i].expr;
    TRY(eval_program_new(&e->arena, NULL, &list, schema, &e->context, e->env.zone, program, error));
    return evaluator_open(*program, evaluator, error);
}

/* A condition is violated where it is false; NULL passes. */
static enum status checks_run(struct execution *e, struct evaluator *evaluator, struct batch *batch,
                              struct error *error)
{
    struct batch *results;
    if (!evaluator || !batch->length)
        return STATUS_OK;
    TRY(evaluator_run(evaluator, batch, &results, error));
    enum status status = STATUS_OK;
    for (uint32_t c = 0; c < e->plan->n_checks && status == STATUS_OK; c++) {
        const struct column *column = results->columns[c];
        const uint8_t *values = column->data;
        for (size_t i = 0; i < batch->length; i++)
            if (!column_is_null(column, i) && !values[column_index(column, i)]) {
                status = error_set(error, STATUS_CONSTRAINT, "constraint failed: %s",
                                   e->plan->checks[c].text);
                break;
            }
    }
    batch_unref(results);
    return status;
}

/* UPDATE: counts the rows whose last column is true and takes that column away. */
static enum status split_changed(struct batch *batch, struct collected *into, struct batch **out,
                                 struct error *error)
{
    uint32_t n = batch->n_columns - 1;
    const struct column *flag = batch->columns[n];
    const uint8_t *values = flag->data;
    for (size_t i = 0; i < batch->length; i++)
        into->changed += !column_is_null(flag, i) && values[column_index(flag, i)];
    TRY(batch_new(n, batch->length, batch->morsel, batch->budget, out, error));
    for (uint32_t c = 0; c < n; c++)
        (*out)->columns[c] = column_ref(batch->columns[c]);
    return STATUS_OK;
}

static enum status collect_batch(struct execution *e, struct evaluator *checks, struct batch *batch,
                                 struct collected *into, struct error *error)
{
    enum status status = checks_run(e, checks, batch, error);
    if (status == STATUS_OK && e->plan->kind == PLAN_UPDATE) {
        struct batch *rows;
        status = split_changed(batch, into, &rows, error);
        if (status == STATUS_OK)
            status = collected_push(into, rows, error);
    } else if (status == STATUS_OK) {
        status = collected_push(into, batch_ref(batch), error);
    }
    return status;
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

/* Runs the plan's pipeline to its end. */
static enum status collect(struct execution *e, struct collected *into, struct error *error)
{
    struct eval_program *program = NULL;
    struct evaluator *checks = NULL;
    into->budget = e->db->budget;
    TRY(statement_query(e, error));
    enum status status;
    TRY_OUT(checks_open(e, &e->plan->pipeline->root->schema, &program, &checks, error));
    for (;;) {
        struct batch *batch;
        TRY_OUT(query_next(e->query, &batch, error));
        if (!batch)
            break;
        status = collect_batch(e, checks, batch, into, error);
        batch_unref(batch);
        if (status != STATUS_OK)
            break;
    }
out:
    evaluator_close(checks);
    eval_program_close(program);
    return status;
}

/* ---- statements ---- */

static enum status run_insert(struct execution *e, struct error *error)
{
    struct collected rows = {0};
    enum status status = collect(e, &rows, error);
    if (status == STATUS_OK)
        status = mem_table_append(e->plan->target->table, rows.batches, rows.count, error);
    if (status == STATUS_OK)
        e->summary.rows = rows.rows;
    collected_fini(&rows);
    return status;
}

static enum status run_rewrite(struct execution *e, struct error *error)
{
    struct collected rows = {.budget = e->db->budget};
    struct mem_table *table = e->plan->target->table;
    uint64_t before = mem_table_rows(table);
    enum status status = e->plan->pipeline ? collect(e, &rows, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = mem_table_replace(table, rows.batches, rows.count, error);
    if (status == STATUS_OK)
        e->summary.rows = e->plan->kind == PLAN_UPDATE ? rows.changed : before - rows.rows;
    collected_fini(&rows);
    return status;
}

static enum status run_create_table(struct execution *e, struct error *error)
{
    struct catalog_entry *entry = e->plan->entry;
    struct collected rows = {.budget = e->db->budget};
    enum status status = STATUS_OK;
    if (e->plan->pipeline)
        TRY_OUT(collect(e, &rows, error));
    TRY_OUT(mem_table_new(&entry->schema, e->db->budget, &entry->table, error));
    TRY_OUT(mem_table_append(entry->table, rows.batches, rows.count, error));
    TRY_OUT(catalog_put(e->db->catalog, entry, error));
    e->plan->entry = NULL;
    e->summary.rows = rows.rows;
out:
    collected_fini(&rows);
    return status;
}

static enum status run_create_view(struct execution *e, struct error *error)
{
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

enum status statement_run(struct execution *e, struct error *error)
{
    switch (e->plan->kind) {
    case PLAN_CREATE_TABLE:
        return run_create_table(e, error);
    case PLAN_CREATE_VIEW:
        return run_create_view(e, error);
    case PLAN_DROP:
        if (e->plan->target)
            catalog_drop(e->db->catalog, str_of(e->plan->target->name));
        return STATUS_OK;
    case PLAN_INSERT:
        return run_insert(e, error);
    case PLAN_DELETE:
    case PLAN_UPDATE:
        return run_rewrite(e, error);
    case PLAN_COPY:
        return statement_copy(e, error);
    case PLAN_SET:
        return run_set(e, error);
    case PLAN_RESET:
        return run_reset(e, error);
    case PLAN_NOTHING:
        return STATUS_OK;
    case PLAN_QUERY:
    case PLAN_EXPLAIN:
        break;
    }
    return error_set(error, STATUS_INTERNAL, "a statement that gives rows: %d", (int)e->plan->kind);
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
