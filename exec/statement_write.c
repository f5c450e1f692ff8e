/* statement_write.c - INSERT, CREATE TABLE AS, ALTER; UPDATE and DELETE of tables in memory.
 *
 *   1. A statement changes a table in one step at its end, or not at all.
 *   2. Rows for a table in memory are read to the end first: INSERT INTO t SELECT ... FROM t ends. Rows for a
 *      table of the database go to its files as they come; what is read is the table as it was. */
#include "exec/query_write.h"
#include "exec/row_check.h"
#include "exec/session.h"
#include "storage/mem_table.h"

/* ---- the rows of the plan's pipeline ---- */

/* Takes rows as they come; the batch stays the caller's. */
typedef enum status take_fn(void *context, struct batch *batch, struct error *error);

/* Runs the pipeline to its end; each batch is checked, then given to `take`. */
static enum status run_rows(struct execution *e, take_fn *take, void *context, struct error *error)
{
    struct eval_program *program = NULL;
    struct evaluator *checks = NULL;
    TRY(statement_query(e, error));
    enum status status;
    TRY_OUT(row_check_new(&e->arena, e->plan, &e->plan->pipeline->root->schema, &e->context,
                          e->env.zone, &program, error));
    if (program)
        TRY_OUT(evaluator_open(program, &checks, error));
    for (;;) {
        struct batch *batch;
        TRY_OUT(query_next(e->query, &batch, error));
        if (!batch)
            break;
        status = row_check_run(e->plan, checks, batch, error);
        if (status == STATUS_OK && batch->length)
            status = take(context, batch, error);
        batch_unref(batch);
        if (status != STATUS_OK)
            break;
    }
out:
    evaluator_close(checks);
    eval_program_close(program);
    return status;
}

/* ---- rows kept in memory ---- */

struct collected {
    struct budget *budget;
    bool counts_changed; /* UPDATE: the last column tells which rows changed */
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

/* Counts the rows whose last column is true and takes that column away. */
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

static enum status collect_batch(void *context, struct batch *batch, struct error *error)
{
    struct collected *into = context;
    struct batch *rows;
    if (!into->counts_changed)
        return collected_push(into, batch_ref(batch), error);
    TRY(split_changed(batch, into, &rows, error));
    return collected_push(into, rows, error);
}

static enum status collect(struct execution *e, struct collected *into, struct error *error)
{
    into->budget = e->db->budget;
    into->counts_changed = e->plan->kind == PLAN_UPDATE;
    return run_rows(e, collect_batch, into, error);
}

/* ---- rows for the files of a table ---- */

enum status statement_write_stored(struct execution *e, const struct stored_table *table,
                                   bool merge_small, uint64_t *rows, struct error *error)
{
    struct query_write write = {
        .env = {&e->arena, &e->context, e->env.zone},
        .plan = e->plan,
        .table = table,
        .merge_small = merge_small,
    };
    TRY(statement_change(e, &write.change, error));
    TRY(statement_query(e, error));
    return query_write(e->query, &write, rows, error);
}

/* ---- statements ---- */

enum status statement_insert(struct execution *e, struct error *error)
{
    struct collected rows = {0};
    if (e->plan->load && e->plan->target->stored)
        TRY(statement_load(e, error));
    if (e->plan->target->stored)
        return statement_write_stored(e, e->plan->target->stored, true, &e->summary.rows, error);
    enum status status = collect(e, &rows, error);
    if (status == STATUS_OK)
        status = mem_table_append(e->plan->target->table, rows.batches, rows.count, error);
    if (status == STATUS_OK)
        e->summary.rows = rows.rows;
    collected_fini(&rows);
    return status;
}

enum status statement_rewrite_memory(struct execution *e, struct error *error)
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

static enum status create_stored(struct execution *e, struct error *error)
{
    struct stored_table *table;
    TRY(statement_create_stored(e, &table, error));
    enum status status = STATUS_OK;
    if (e->plan->pipeline)
        status = statement_write_stored(e, table, true, &e->summary.rows, error);
    stored_table_unref(table);
    return status;
}

static enum status create_in_memory(struct execution *e, struct error *error)
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

enum status statement_create_table(struct execution *e, struct error *error)
{
    if (e->db->database && !e->plan->entry->temporary)
        return create_stored(e, error);
    return create_in_memory(e, error);
}

/* ---- ALTER ---- */

static enum status count_batch(void *context, struct batch *batch, struct error *error)
{
    uint64_t *rows = context;
    (void)error;
    *rows += batch->length;
    return STATUS_OK;
}

static enum status alter_stored(struct execution *e, struct error *error)
{
    struct stored_table *table =
        arena_memdup(&e->arena, e->plan->target->stored, sizeof(struct stored_table));
    struct change *change;
    uint64_t rows = 0;
    TRY(arena_check(&e->arena, error));
    TRY(statement_describe_table(e, e->plan->entry, table, error));
    if (e->plan->pipeline) /* only its checks count */
        TRY(run_rows(e, count_batch, &rows, error));
    TRY(statement_change(e, &change, error));
    return change_alter_table(change, table, error);
}

enum status statement_alter(struct execution *e, struct error *error)
{
    struct catalog *catalog = e->db->catalog;
    if (e->plan->target->stored)
        return alter_stored(e, error);
    struct str old = str_of(arena_strdup(&e->arena, e->plan->target->name));
    TRY(arena_check(&e->arena, error));
    bool renamed = !str_equal_nocase(old, str_of(e->plan->entry->name));
    TRY(create_in_memory(e, error));
    e->summary.rows = 0;
    if (renamed)
        catalog_drop(catalog, old);
    return STATUS_OK;
}
