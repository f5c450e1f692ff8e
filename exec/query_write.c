#include "exec/query_write.h"

#include "exec/row_check.h"

static const char owner[] = "table writer";

struct shared {
    const struct query_write *request;
    struct context context; /* n_threads: of the workers that write */
    struct eval_program *checks;
    atomic_uint_least64_t rows;
};

/* A worker's. */
struct drain {
    struct shared *shared;
    struct evaluator *checks;
    struct table_writer *writer;
};

static void drain_free(struct drain *drain)
{
    evaluator_close(drain->checks);
    block_free(drain, sizeof *drain, drain->shared->context.budget);
}

static void drain_abort(void *state)
{
    struct drain *drain = state;
    table_writer_abort(drain->writer);
    drain_free(drain);
}

/* Workers are opened one after another. */
static enum status drain_open(void *context, unsigned n_workers, void **state, struct error *error)
{
    struct shared *shared = context;
    const struct query_write *request = shared->request;
    struct table_write_options options = {.merge_small = request->merge_small && n_workers == 1};
    shared->context.n_threads = n_workers;
    TRY(block_alloc(state, sizeof(struct drain), shared->context.budget, owner, error));
    struct drain *drain = *state;
    drain->shared = shared;
    enum status status = table_writer_open(&shared->context, request->change, request->table,
                                           &options, &drain->writer, error);
    if (status == STATUS_OK && shared->checks)
        status = evaluator_open(shared->checks, &drain->checks, error);
    if (status != STATUS_OK) {
        drain_abort(drain);
        *state = NULL;
    }
    return status;
}

static enum status drain_add(void *state, struct batch *batch, struct error *error)
{
    struct drain *drain = state;
    TRY(row_check_run(drain->shared->request->plan, drain->checks, batch, error));
    return table_writer_add(drain->writer, batch, error);
}

static enum status drain_finish(void *state, struct error *error)
{
    struct drain *drain = state;
    uint64_t rows = 0;
    enum status status = table_writer_finish(drain->writer, &rows, error);
    atomic_fetch_add(&drain->shared->rows, rows);
    drain_free(drain);
    return status;
}

enum status query_write(struct query *query, const struct query_write *request, uint64_t *rows,
                        struct error *error)
{
    struct shared shared = {.request = request, .context = *request->env.context};
    struct query_sink sink = {&shared, drain_open, drain_add, drain_finish, drain_abort};
    TRY(row_check_new(request->env.arena, request->plan, &request->plan->pipeline->root->schema,
                      request->env.context, request->env.zone, &shared.checks, error));
    enum status status = query_drain(query, &sink, error);
    *rows = atomic_load(&shared.rows);
    eval_program_close(shared.checks);
    return status;
}
