/* session_assign.c - sessions of single rows: a Combine over sessions without accumulators, whose rows are remembered
 * for each row of the input. A session that is merged away points at the one that took it in. */
#include "exec/session_assign.h"

#include "exec/combine_int.h"

enum { MILLISECOND_US = 1000, BATCHES_FIRST = 64 };

static const char OWNER[] = "WindowInto(SESSION)";

struct assigned {
    struct batch *batch;
    struct buffer *sessions; /* a pointer a row */
};

struct session_assign {
    const struct transform *transform;
    const struct context *context;
    struct arena arena;
    struct combine_plan *plan;
    struct combine_state *state;
    struct assigned *batches;
    size_t n_batches, capacity;
    uint64_t rows, rejects;
};

static enum status make_plan(struct session_assign *assign, struct error *error)
{
    const struct transform *into = assign->transform;
    struct arena *arena = &assign->arena;
    TRY(arena_init(arena, error));
    struct transform *combine = ARENA_NEW(arena, struct transform);
    TRY(arena_check(arena, error));
    combine->kind = TRANSFORM_COMBINE;
    combine->combine.kind = COMBINE_GROUP;
    combine->combine.keys = into->window_into.partition_by;
    combine->combine.n_keys = into->window_into.n_partition_by;
    combine->combine.windowed = true;
    combine->combine.window = into->window_into.fn;
    combine->combine.window_column = into->window_into.time_column_in;
    TRY(combine_plan_new(arena, combine, &into->schema, &into->schema, assign->context,
                         &assign->plan, error));
    assign->plan->owner = OWNER;
    assign->plan->layout.keeps_dead = true;
    return combine_state_open(assign->plan, &assign->state, error);
}

enum status session_assign_open(const struct transform *transform, const struct context *context,
                                struct session_assign **out, struct error *error)
{
    void *block;
    TRY(block_alloc(&block, sizeof(struct session_assign), context->budget, OWNER, error));
    struct session_assign *assign = block;
    assign->transform = transform;
    assign->context = context;
    enum status status = make_plan(assign, error);
    if (status != STATUS_OK) {
        session_assign_close(assign);
        return status;
    }
    *out = assign;
    return STATUS_OK;
}

void session_assign_close(struct session_assign *assign)
{
    if (!assign)
        return;
    struct budget *budget = assign->context->budget;
    for (size_t i = 0; i < assign->n_batches; i++) {
        batch_unref(assign->batches[i].batch);
        buffer_unref(assign->batches[i].sessions);
    }
    block_free(assign->batches, assign->capacity * sizeof(struct assigned), budget);
    combine_state_close(assign->state);
    arena_fini(&assign->arena);
    block_free(assign, sizeof(*assign), budget);
}

/* ---- Taking rows in ---- */

/* The rows with event time: `batch` itself with one more reference if that is all of them. */
static enum status drop_rejects(struct session_assign *assign, struct batch *batch,
                                struct batch **out, struct error *error)
{
    const struct column *time = batch->columns[assign->transform->window_into.time_column_in];
    if (!column_has_nulls(time)) {
        *out = batch_ref(batch);
        return STATUS_OK;
    }
    struct buffer *buffer;
    TRY(buffer_new(batch->length * sizeof(uint32_t), assign->context->budget, OWNER, &buffer,
                   error));
    uint32_t *rows = (uint32_t *)(void *)buffer->data;
    size_t n = 0;
    for (size_t i = 0; i < batch->length; i++)
        if (!column_is_null(time, i))
            rows[n++] = (uint32_t)i;
    assign->rejects += batch->length - n;
    enum status status = batch_take(batch, rows, n, out, error);
    buffer_unref(buffer);
    return status;
}

static enum status keep_batch(struct session_assign *assign, struct batch *batch,
                              struct error *error)
{
    if (assign->n_batches == assign->capacity) {
        size_t more = MAX(assign->capacity * 2, (size_t)BATCHES_FIRST);
        void *block = assign->batches;
        TRY(block_grow(&block, assign->capacity * sizeof(struct assigned),
                       more * sizeof(struct assigned), assign->context->budget, OWNER, error));
        assign->batches = block;
        assign->capacity = more;
    }
    struct buffer *sessions;
    TRY(buffer_new(batch->length * sizeof(char *), assign->context->budget, OWNER, &sessions,
                   error));
    assign->batches[assign->n_batches++] = (struct assigned){batch_ref(batch), sessions};
    assign->rows += batch->length;
    return combine_state_locate(assign->state, batch, (char **)(void *)sessions->data, error);
}

enum status session_assign_add(struct session_assign *assign, struct batch *batch,
                               struct error *error)
{
    struct batch *kept;
    TRY(drop_rejects(assign, batch, &kept, error));
    enum status status = kept->length > 0 ? keep_batch(assign, kept, error) : STATUS_OK;
    batch_unref(kept);
    return status;
}

enum status session_assign_finish(struct session_assign *assign, struct error *error)
{
    struct combine_state *state = assign->state;
    const struct window_assigner *assigner = &assign->plan->assigner;
    if (!state->panes.first)
        return STATUS_OK;
    return session_settle(&state->store, state->panes.first, assigner->size_us,
                          assigner->fn.max_duration, error);
}

uint64_t session_assign_rows(const struct session_assign *assign)
{
    return assign->rows;
}
uint64_t session_assign_rejects(const struct session_assign *assign)
{
    return assign->rejects;
}
uint64_t session_assign_batches(const struct session_assign *assign)
{
    return assign->n_batches;
}

/* ---- Giving back ---- */

static char *living_session(char *session)
{
    while (session_is_dead(session))
        session = *session_older(session);
    return session;
}

static enum status fill(const struct session_assign *assign, const struct assigned *from,
                        struct batch *batch, struct error *error)
{
    const struct transform *into = assign->transform;
    uint32_t n_inputs = into->schema.n_fields - WINDOW_COLUMNS;
    size_t n = batch->length;
    for (uint32_t i = 0; i < n_inputs; i++)
        batch->columns[i] = column_ref(from->batch->columns[i]);
    for (uint32_t i = n_inputs; i < into->schema.n_fields; i++)
        TRY(column_new(into->schema.fields[i].type, n, assign->context->budget, OWNER,
                       &batch->columns[i], error));
    int64_t *starts = batch->columns[n_inputs]->data;
    int64_t *ends = batch->columns[n_inputs + 1]->data;
    int64_t *times = batch->columns[n_inputs + 2]->data;
    char *const *sessions = (char *const *)(void *)from->sessions->data;
    for (size_t i = 0; i < n; i++) {
        struct window window;
        TRY(combine_row_window(assign->plan, living_session(sessions[i]), &window, error));
        starts[i] = window.start;
        ends[i] = window.end;
        times[i] = window.end - MILLISECOND_US;
    }
    return STATUS_OK;
}

enum status session_assign_get(const struct session_assign *assign, uint64_t number,
                               struct batch **out, struct error *error)
{
    const struct assigned *from = &assign->batches[number];
    struct batch *batch;
    TRY(context_check(assign->context, error));
    TRY(batch_new(assign->transform->schema.n_fields, from->batch->length, from->batch->morsel,
                  assign->context->budget, &batch, error));
    enum status status = fill(assign, from, batch, error);
    if (status != STATUS_OK) {
        batch_unref(batch);
        return status;
    }
    *out = batch;
    return STATUS_OK;
}
