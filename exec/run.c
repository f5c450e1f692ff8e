/* run.c - runs a query's stages, children first; the root gives its rows as it goes.
 *
 *   1. A stage is run by one worker in the caller's thread when its input is known to be small or one thread is
 *      asked for, else by n threads.                                                        [stage_start]
 *   2. A collecting stage streams through its exchange; only a child's rows are kept.     [stage_collect]
 *   3. Whatever fails, stage_stop joins all threads before anything is freed. */
#include "exec/run.h"

#include <stdio.h>

#include "exec/stage.h"

enum { SMALL_INPUT_ROWS = 20000 };

static struct budget *budget_of(const struct query *query)
{
    return query->env.context->budget;
}

/* ---- opening and closing ---- */

enum status query_open(const struct query_env *env, const struct pipeline *pipeline,
                       struct query **out, struct error *error)
{
    struct query *query = ARENA_NEW(env->arena, struct query);
    TRY(arena_check(env->arena, error));
    query->env = *env;
    query->pipeline = pipeline;
    mutex_init(&query->mutex);
    *out = query;
    query->metrics = ARENA_ARRAY(env->arena, struct transform_metrics, pipeline->n_transforms + 1);
    query->scans = ARENA_ARRAY(env->arena, struct scan *, pipeline->n_transforms + 1);
    enum status status = arena_check(env->arena, error);
    if (status == STATUS_OK)
        status = stage_build(query, error);
    if (status == STATUS_OK)
        status = arena_check(env->arena, error);
    if (status != STATUS_OK) {
        query_close(query);
        *out = NULL;
    }
    return status;
}

static void workers_close(struct stage *stage)
{
    struct query *query = stage->query;
    for (uint32_t i = 0; i < stage->n_workers; i++) {
        struct worker *w = &stage->workers[i];
        worker_close(w);
        for (uint32_t t = 0; t < query->pipeline->n_transforms && w->metrics; t++) {
            query->metrics[t].rows_in += w->metrics[t].rows_in;
            query->metrics[t].rows_out += w->metrics[t].rows_out;
            query->metrics[t].time_ns += w->metrics[t].time_ns;
        }
        block_free(w->metrics, query->pipeline->n_transforms * sizeof *w->metrics,
                   budget_of(query));
    }
    block_free(stage->workers, stage->n_workers * sizeof *stage->workers, budget_of(query));
    stage->workers = NULL;
    stage->n_workers = 0;
}

static void scan_close(struct query *query, struct branch *b)
{
    struct scan *scan = b->scan;
    mutex_lock(&query->mutex);
    for (uint32_t i = 0; i < query->n_scans; i++)
        if (query->scans[i] == scan)
            query->scans[i] = query->scans[--query->n_scans];
    uint64_t bytes = atomic_load(&scan->stats.bytes);
    query->rows_read += atomic_load(&scan->stats.rows);
    query->bytes_read += bytes;
    query->bytes_total += atomic_load(&scan->stats.bytes_total);
    query->metrics[b->read->id].bytes += bytes;
    mutex_unlock(&query->mutex);
    scan->ops->close(scan);
    b->scan = NULL;
}

/* Joins the threads and closes what the running stage holds; its result stays. */
static void stage_stop(struct stage *stage)
{
    atomic_store(&stage->stop, true);
    if (stage->exchange_open)
        exchange_stop(&stage->exchange);
    if (stage->threads_running)
        for (uint32_t i = 0; i < stage->n_workers; i++)
            thread_join(&stage->workers[i].thread);
    stage->threads_running = false;
    workers_close(stage);
    if (stage->live) {
        live_count(stage->live, &stage->live_counts);
        live_close(stage->live);
        stage->live = NULL;
    }
    if (stage->exchange_open)
        exchange_fini(&stage->exchange);
    stage->exchange_open = false;
    for (uint32_t i = 0; i < stage->n_branches; i++)
        if (stage->branches[i].scan)
            scan_close(stage->query, &stage->branches[i]);
}

static void result_close(struct stage *stage)
{
    combine_result_close(stage->groups);
    sort_result_close(stage->sorted);
    session_assign_close(stage->sessions);
    for (size_t i = 0; i < stage->n_batches; i++)
        batch_unref(stage->batches[i]);
    block_free(stage->batches, stage->batches_capacity * sizeof *stage->batches,
               budget_of(stage->query));
    stage->groups = NULL;
    stage->sorted = NULL;
    stage->sessions = NULL;
    stage->batches = NULL;
    stage->n_batches = stage->batches_capacity = 0;
}

static void stage_close(struct stage *stage)
{
    stage_stop(stage);
    result_close(stage);
    for (uint32_t i = 0; i < stage->n_branches; i++) {
        eval_program_close(stage->branches[i].watermark);
        for (uint32_t k = 0; k < stage->branches[i].n_steps; k++)
            eval_program_close(stage->branches[i].steps[k].program);
    }
    mutex_fini(&stage->morsels);
}

void query_close(struct query *query)
{
    if (!query)
        return;
    stage_each(query->root, stage_close);
    mutex_fini(&query->mutex);
}

/* ---- starting a stage ---- */

static enum status scans_open(struct stage *stage, struct error *error)
{
    struct query *query = stage->query;
    for (uint32_t i = 0; i < stage->n_branches; i++) {
        struct branch *b = &stage->branches[i];
        if (!b->read)
            continue;
        struct source *source = b->read->read.source;
        struct scan_request request = b->read->read.request;
        request.any_order = (stage->sink == SINK_GROUP || stage->sink == SINK_EACH) &&
                            stage->n_branches == 1 && !stage->is_live;
        if (!b->watermark) /* which needs each row and its exact time */
            stage_hint(stage, b, &request);
        TRY(source->ops->scan_open(source, &request, query->env.context, &b->scan, error));
        b->scan->may_guess =
            stage->sink == SINK_GROUP && request.any_order && !stage->without_guesses;
        mutex_lock(&query->mutex);
        query->scans[query->n_scans++] = b->scan;
        mutex_unlock(&query->mutex);
    }
    return STATUS_OK;
}

/* Rows come as time goes by, in the order of their source: one worker takes them. */
static bool is_in_turn(const struct stage *stage)
{
    bool in_turn = stage->is_live;
    for (uint32_t i = 0; i < stage->n_branches; i++)
        in_turn |= stage->branches[i].child && stage->branches[i].child->is_live;
    return in_turn;
}

static bool is_small(const struct stage *stage)
{
    double rows = 0;
    for (uint32_t i = 0; i < stage->n_branches; i++) {
        const struct branch *b = &stage->branches[i];
        if (b->child) {
            rows += (double)b->child->result_rows;
            continue;
        }
        if (b->read->read.source->rows_estimate < 0)
            return false;
        rows += b->read->read.source->rows_estimate;
    }
    return rows < SMALL_INPUT_ROWS;
}

static enum status worker_init(struct worker *w, struct stage *stage, uint32_t index,
                               struct error *error)
{
    struct query *query = stage->query;
    w->stage = stage;
    w->index = index;
    w->current = stage->sink_id;
    w->mark_ns = clock_monotonic_ns();
    TRY(block_alloc((void **)&w->metrics, query->pipeline->n_transforms * sizeof *w->metrics,
                    budget_of(query), "metrics", error));
    if (stage->is_live)
        return live_open(stage->combine_plan, &stage->live, error);
    if (stage->sink == SINK_GROUP)
        return combine_state_open(stage->combine_plan, &w->group, error);
    if (stage->sink == SINK_SORT)
        return sort_state_open(&stage->sort_plan, &w->sort, error);
    if (stage->sink == SINK_EACH)
        return stage->each->open(stage->each->context, stage->n_workers, &w->each, error);
    return STATUS_OK;
}

/* Opens scans and workers; with more than one worker, starts their threads. */
static enum status stage_start(struct stage *stage, struct error *error)
{
    const struct context *context = stage->query->env.context;
    uint32_t n = is_small(stage) ? 1 : context->n_threads;
    void *block;
    if (stage->sink == SINK_GROUP && stage->top->combine.phase == COMBINE_WHOLE)
        n = 1; /* GroupByKey brings all rows of a key together: unlifted, that is one worker */
    if (is_in_turn(stage))
        n = 1;
    TRY(scans_open(stage, error));
    TRY(block_alloc(&block, n * sizeof(struct worker), context->budget, "workers", error));
    stage->workers = block;
    stage->n_workers = n;
    for (uint32_t i = 0; i < n; i++) {
        stage->workers[i].metrics = NULL;
        stage->workers[i].stage = stage;
    }
    for (uint32_t i = 0; i < n; i++)
        TRY(worker_init(&stage->workers[i], stage, i, error));
    if (n == 1) {
        stage->workers[0].is_inline = true;
        return STATUS_OK;
    }
    if (stage->sink == SINK_COLLECT || stage->sink == SINK_SESSION) {
        exchange_init(&stage->exchange, context, n);
        stage->exchange_open = true;
    }
    for (uint32_t i = 0; i < n; i++) {
        enum status status =
            thread_start(&stage->workers[i].thread, worker_main, &stage->workers[i], error);
        if (status != STATUS_OK) { /* only the started ones may be joined */
            atomic_store(&stage->stop, true);
            if (stage->exchange_open)
                exchange_stop(&stage->exchange);
            for (uint32_t k = 0; k < i; k++)
                thread_join(&stage->workers[k].thread);
            return status;
        }
    }
    stage->threads_running = true;
    return STATUS_OK;
}

/* Waits for all workers; the error of the one with the lowest morsel. */
static enum status workers_run(struct stage *stage, struct error *error)
{
    struct worker *failed = NULL;
    if (!stage->threads_running)
        worker_main(&stage->workers[0]);
    else
        for (uint32_t i = 0; i < stage->n_workers; i++)
            thread_join(&stage->workers[i].thread);
    stage->threads_running = false;
    for (uint32_t i = 0; i < stage->n_workers; i++) {
        struct worker *w = &stage->workers[i];
        if (w->status != STATUS_OK && (!failed || w->morsel < failed->morsel))
            failed = w;
    }
    if (!failed)
        return STATUS_OK;
    *error = failed->error;
    return failed->status;
}

/* ---- groups ---- */

struct merger {
    struct stage *stage;
    atomic_uint next;
    atomic_bool stop;
};

struct merge_thread {
    struct merger *merger;
    struct thread thread;
    enum status status;
    struct error error;
};

static void merge_main(void *argument)
{
    struct merge_thread *t = argument;
    struct merger *m = t->merger;
    uint32_t shards = combine_shards(m->stage->combine_plan), shard;
    while (t->status == STATUS_OK && !atomic_load(&m->stop) &&
           (shard = atomic_fetch_add(&m->next, 1)) < shards)
        t->status = combine_merge_shard(m->stage->groups, shard, &t->error);
    if (t->status != STATUS_OK)
        atomic_store(&m->stop, true);
}

enum { MERGE_THREADS_MAX = 64 };

static enum status groups_merge(struct stage *stage, struct error *error)
{
    struct merger merger = {.stage = stage};
    uint32_t n = MIN(stage->n_workers, (uint32_t)MERGE_THREADS_MAX), started = 1;
    struct merge_thread *threads;
    void *block;
    TRY(block_alloc(&block, n * sizeof *threads, budget_of(stage->query), "Combine(final)", error));
    threads = block;
    for (uint32_t i = 0; i < n; i++)
        threads[i].merger = &merger;
    enum status status = STATUS_OK;
    for (; started < n && status == STATUS_OK; started += status == STATUS_OK)
        status = thread_start(&threads[started].thread, merge_main, &threads[started], error);
    if (status == STATUS_OK)
        merge_main(&threads[0]);
    for (uint32_t i = 1; i < started; i++)
        thread_join(&threads[i].thread);
    for (uint32_t i = 0; i < n && status == STATUS_OK; i++)
        if (threads[i].status != STATUS_OK) {
            status = threads[i].status;
            *error = threads[i].error;
        }
    block_free(block, n * sizeof *threads, budget_of(stage->query));
    return status;
}

static enum status groups_finish(struct stage *stage, struct error *error)
{
    struct combine_state *states[MERGE_THREADS_MAX];
    uint32_t n = stage->n_workers;
    assert(n <= MERGE_THREADS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        states[i] = stage->workers[i].group;
        stage->workers[i].group = NULL;
    }
    TRY(combine_result_open(stage->combine_plan, states, n, &stage->groups, error));
    TRY(groups_merge(stage, error));
    TRY(combine_result_finish(stage->groups, error));
    stage->result_rows = combine_result_rows(stage->groups);
    return STATUS_OK;
}

static enum status sort_finish(struct stage *stage, struct error *error)
{
    struct sort_state *states[MERGE_THREADS_MAX];
    uint32_t n = stage->n_workers;
    for (uint32_t i = 0; i < n; i++) {
        states[i] = stage->workers[i].sort;
        stage->workers[i].sort = NULL;
    }
    TRY(sort_result_open(&stage->sort_plan, states, n, &stage->sorted, error));
    stage->result_rows = sort_result_rows(stage->sorted);
    return STATUS_OK;
}

/* ---- collecting in order ---- */

static enum status inline_next(struct worker *w, struct batch **out, struct error *error)
{
    *out = NULL;
    for (;;) {
        bool more;
        if (w->out_at < w->n_out) {
            *out = w->out[w->out_at++];
            return STATUS_OK;
        }
        w->out_at = w->n_out = 0;
        TRY(worker_step(w, &more, error));
        if (!more)
            return STATUS_OK;
    }
}

/* Cuts a batch to what OFFSET and LIMIT leave of it; NULL if that is nothing. */
static enum status limit_apply(struct stage *stage, struct batch *batch, struct batch **out,
                               struct error *error)
{
    uint64_t skip = MIN(stage->offset - stage->skipped, (uint64_t)batch->length);
    uint64_t n = MIN((uint64_t)batch->length - skip, stage->limit - stage->taken);
    enum status status = STATUS_OK;
    stage->skipped += skip;
    stage->taken += n;
    *out = NULL;
    if (n == batch->length) {
        *out = batch;
        return STATUS_OK;
    }
    if (n)
        status = batch_slice(batch, (size_t)skip, (size_t)n, out, error);
    batch_unref(batch);
    return status;
}

/* The next rows of a started collecting stage, in order; NULL at the end. */
static enum status collect_next(struct stage *stage, struct batch **out, struct error *error)
{
    *out = NULL;
    while (!*out && stage->taken < stage->limit) {
        struct batch *batch;
        if (stage->exchange_open)
            TRY(exchange_get(&stage->exchange, &batch, error));
        else
            TRY(inline_next(&stage->workers[0], &batch, error));
        if (!batch)
            return STATUS_OK;
        TRY(limit_apply(stage, batch, out, error));
    }
    return STATUS_OK;
}

static enum status keep(struct stage *stage, struct batch *batch, struct error *error)
{
    if (stage->n_batches == stage->batches_capacity) {
        size_t more = MAX(stage->batches_capacity * 2, (size_t)64);
        enum status status =
            block_grow((void **)&stage->batches, stage->batches_capacity * sizeof *stage->batches,
                       more * sizeof *stage->batches, budget_of(stage->query), "Write", error);
        if (status != STATUS_OK) {
            batch_unref(batch);
            return status;
        }
        stage->batches_capacity = more;
    }
    stage->batches[stage->n_batches++] = batch;
    stage->result_rows += batch->length;
    return STATUS_OK;
}

static enum status stage_collect(struct stage *stage, struct error *error)
{
    for (;;) {
        struct batch *batch;
        TRY(collect_next(stage, &batch, error));
        if (!batch)
            break;
        if (stage->sink != SINK_SESSION) {
            TRY(keep(stage, batch, error));
            continue;
        }
        enum status status = session_assign_add(stage->sessions, batch, error);
        batch_unref(batch);
        TRY(status);
    }
    if (stage->sink != SINK_SESSION)
        return STATUS_OK;
    TRY(session_assign_finish(stage->sessions, error));
    stage->result_rows = session_assign_rows(stage->sessions);
    stage->n_rejects = session_assign_rejects(stage->sessions);
    return STATUS_OK;
}

/* ---- a stage from start to end ---- */

static enum status children_run(struct stage *stage, struct error *error);

/* Forgets what the workers have read. */
static void workers_undo(struct stage *stage)
{
    struct query *query = stage->query;
    for (uint32_t i = 0; i < stage->n_workers; i++)
        memset(stage->workers[i].metrics, 0,
               query->pipeline->n_transforms * sizeof *stage->workers[i].metrics);
    for (uint32_t i = 0; i < stage->n_branches; i++) {
        atomic_store(&stage->branches[i].scan->stats.rows, 0);
        atomic_store(&stage->branches[i].scan->stats.bytes, 0);
        atomic_store(&stage->branches[i].scan->stats.bytes_total, 0);
    }
    stage_stop(stage);
    atomic_store(&stage->stop, false);
    stage->n_morsels = 0;
}

/* Workers that group, or sort. If the readers' guesses were not all confirmed, everything is read again without. */
static enum status workers_run_surely(struct stage *stage, struct error *error)
{
    enum status status = workers_run(stage, error);
    const struct scan *scan = stage->branches[0].scan;
    bool unsure = scan && scan->may_guess && atomic_load(&scan->unsure) > 0;
    if (!unsure || status == STATUS_CANCELLED)
        return status;
    error_clear(error);
    workers_undo(stage);
    stage->without_guesses = true;
    TRY(stage_start(stage, error));
    return workers_run(stage, error);
}

/* A live stage has been taken from as far as anybody wanted. */
static void live_end(struct stage *stage)
{
    struct query *query = stage->query;
    bool running = stage->live != NULL;
    stage_stop(stage);
    if (running)
        query->metrics[stage->sink_id].rows_out += stage->live_counts.rows_out;
}

static void children_end(struct stage *stage)
{
    for (uint32_t i = 0; i < stage->n_branches; i++) {
        struct stage *child = stage->branches[i].child;
        if (!child)
            continue;
        if (child->is_live) {
            children_end(child);
            live_end(child);
        } else {
            result_close(child);
        }
    }
}

enum status stage_live_next(struct stage *stage, struct live_item *out, bool *more,
                            struct error *error)
{
    for (;;) {
        bool left;
        TRY(live_next(stage->live, out, more, error));
        if (*more || stage->live_ended)
            return STATUS_OK;
        TRY(worker_step(&stage->workers[0], &left, error));
        if (!left) {
            stage->live_ended = true;
            TRY(live_advance(stage->live, WATERMARK_END, error));
        }
    }
}

/* Runs a stage whose result is kept. Its children's results are let go afterwards. */
static enum status stage_run(struct stage *stage, struct error *error)
{
    size_t before = budget_used(budget_of(stage->query));
    TRY(children_run(stage, error));
    TRY(stage_start(stage, error));
    if (stage->sink == SINK_COLLECT || stage->sink == SINK_SESSION) {
        TRY(stage_collect(stage, error));
    } else {
        TRY(workers_run_surely(stage, error));
        TRY(stage->sink == SINK_GROUP ? groups_finish(stage, error) : sort_finish(stage, error));
    }
    stage_stop(stage);
    children_end(stage);
    size_t after = budget_used(budget_of(stage->query));
    struct transform_metrics *m = &stage->query->metrics[stage->sink_id];
    m->memory_peak = after > before ? after - before : 0;
    m->rows_out += stage->result_rows;
    const struct transform *input = stage->top->n_inputs ? stage->top->inputs[0] : NULL;
    if (input && input->kind == TRANSFORM_GROUP_BY_KEY && stage->sink == SINK_GROUP)
        stage->query->metrics[input->id].rows_out += stage->result_rows;
    return STATUS_OK;
}

static enum status children_run(struct stage *stage, struct error *error)
{
    for (uint32_t i = 0; i < stage->n_branches; i++) {
        struct stage *child = stage->branches[i].child;
        if (!child)
            continue;
        if (!child->is_live) {
            TRY(stage_run(child, error));
            continue;
        }
        TRY(children_run(child, error));
        TRY(stage_start(child, error));
    }
    return STATUS_OK;
}

uint64_t stage_result_count(const struct stage *stage)
{
    uint64_t unit = stage->query->env.context->batch_size;
    if (stage->sink == SINK_COLLECT)
        return stage->n_batches;
    if (stage->sink == SINK_SESSION)
        return session_assign_batches(stage->sessions);
    return (stage->result_rows + unit - 1) / unit;
}

enum status stage_result_get(const struct stage *stage, uint64_t k, struct batch **out,
                             struct error *error)
{
    uint64_t unit = stage->query->env.context->batch_size, at = k * unit;
    uint64_t n = MIN(unit, stage->result_rows - MIN(at, stage->result_rows));
    switch (stage->sink) {
    case SINK_COLLECT:
        *out = batch_ref(stage->batches[k]);
        return STATUS_OK;
    case SINK_SESSION:
        return session_assign_get(stage->sessions, k, out, error);
    case SINK_GROUP:
        return combine_result_batch(stage->groups, at, n, out, error);
    case SINK_SORT:
        return sort_result_batch(stage->sorted, at, n, out, error);
    case SINK_EACH:
        break; /* its rows are gone */
    }
    return error_set(error, STATUS_INTERNAL, "unknown sink: %d", (int)stage->sink);
}

/* ---- the root ---- */

/* Leaves out the columns that were only sorted by. */
static enum status visible(const struct query *query, struct batch *batch, struct batch **out,
                           struct error *error)
{
    uint32_t n = query->pipeline->root->write.n_visible;
    if (n == batch->n_columns) {
        *out = batch;
        return STATUS_OK;
    }
    enum status status = batch_new(n, batch->length, batch->morsel, budget_of(query), out, error);
    for (uint32_t i = 0; status == STATUS_OK && i < n; i++)
        (*out)->columns[i] = column_ref(batch->columns[i]);
    batch_unref(batch);
    return status;
}

static enum status root_start(struct query *query, struct error *error)
{
    struct stage *root = query->root;
    if (root->sink == SINK_SORT)
        return stage_run(root, error);
    TRY(children_run(root, error));
    return stage_start(root, error);
}

static enum status root_next(struct query *query, struct batch **out, struct error *error)
{
    struct stage *root = query->root;
    if (root->sink == SINK_COLLECT)
        return collect_next(root, out, error);
    *out = NULL;
    if (query->result_at == stage_result_count(root))
        return STATUS_OK;
    TRY(context_check(query->env.context, error));
    return stage_result_get(root, query->result_at++, out, error);
}

enum status query_next(struct query *query, struct batch **out, struct error *error)
{
    struct batch *batch;
    *out = NULL;
    if (query->ended)
        return STATUS_OK;
    if (!query->started) {
        query->started = true;
        TRY(root_start(query, error));
    }
    TRY(root_next(query, &batch, error));
    if (!batch) {
        query->ended = true;
        stage_stop(query->root);
        children_end(query->root);
        return STATUS_OK;
    }
    if (query->root->sink == SINK_COLLECT)
        query->metrics[query->root->sink_id].rows_out += batch->length;
    return visible(query, batch, out, error);
}

/* ---- rows taken by workers ---- */

static bool may_drain_apart(const struct query *query)
{
    const struct stage *root = query->root;
    return !query->started && root->sink == SINK_COLLECT && root->limit == UINT64_MAX &&
           root->offset == 0 &&
           query->pipeline->root->write.n_visible == query->pipeline->root->schema.n_fields;
}

static enum status drain_apart(struct query *query, const struct query_sink *sink,
                               struct error *error)
{
    struct stage *root = query->root;
    query->started = query->ended = true;
    root->sink = SINK_EACH;
    root->each = sink;
    root->without_guesses = true; /* what was written cannot be read again */
    enum status status = children_run(root, error);
    if (status == STATUS_OK)
        status = stage_start(root, error);
    if (status == STATUS_OK)
        status = workers_run(root, error);
    stage_stop(root); /* what is left of the sink's states goes before the sink does */
    struct transform_metrics *m = &query->metrics[root->sink_id];
    m->rows_out = m->rows_in;
    return status;
}

static enum status drain_in_order(struct query *query, const struct query_sink *sink, void *state,
                                  struct error *error)
{
    for (;;) {
        struct batch *batch;
        TRY(query_next(query, &batch, error));
        if (!batch)
            return STATUS_OK;
        enum status status = sink->add(state, batch, error);
        batch_unref(batch);
        TRY(status);
    }
}

enum status query_drain(struct query *query, const struct query_sink *sink, struct error *error)
{
    void *state = NULL;
    if (may_drain_apart(query))
        return drain_apart(query, sink, error);
    TRY(sink->open(sink->context, 1, &state, error));
    enum status status = drain_in_order(query, sink, state, error);
    if (status == STATUS_OK)
        return sink->finish(state, error);
    sink->abort(state);
    return status;
}

/* ---- what is known of it ---- */

void query_count(struct query *query, struct query_counts *out)
{
    mutex_lock(&query->mutex);
    out->rows_read = query->rows_read;
    out->bytes_read = query->bytes_read;
    out->bytes_total = query->bytes_total;
    for (uint32_t i = 0; i < query->n_scans; i++) {
        const struct scan_stats *stats = &query->scans[i]->stats;
        out->rows_read += atomic_load(&stats->rows);
        out->bytes_read += atomic_load(&stats->bytes);
        out->bytes_total += atomic_load(&stats->bytes_total);
    }
    mutex_unlock(&query->mutex);
}

const struct transform_metrics *query_metrics(struct query *query)
{
    return query->metrics;
}

struct notice_sink {
    void (*add)(void *, const char *);
    void *context;
};

static void window_notice(const struct transform *t, uint64_t n, const struct notice_sink *sink)
{
    char text[256];
    if (!n)
        return;
    snprintf(text, sizeof text, "%llu row%s without event time %s in no window (%s)",
             (unsigned long long)n, n == 1 ? "" : "s", n == 1 ? "is" : "are",
             t->inputs[0]->schema.fields[t->window_into.time_column_in].name);
    sink->add(sink->context, text);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void live_notice(const struct stage *stage, const struct notice_sink *sink)
{
    char text[256];
    uint64_t late = stage->live_counts.late;
    if (!late)
        return;
    snprintf(text, sizeof text, "%llu row%s came too late: all %s windows had expired",
             (unsigned long long)late, plural(late), late == 1 ? "its" : "their");
    sink->add(sink->context, text);
}

static void watermark_notices(const struct branch *b, const struct notice_sink *sink)
{
    char text[256];
    if (b->watermark && b->read->read.watermark_by_default && b->read->read.source->is_stream)
        sink->add(sink->context, "no WATERMARK is declared: a row is late as soon as one with a "
                                 "later time has closed its window");
    if (!b->ahead)
        return;
    snprintf(text, sizeof text,
             "%llu row%s more than a day ahead of the clock did not move the watermark",
             (unsigned long long)b->ahead, plural(b->ahead));
    sink->add(sink->context, text);
}

static void stage_notices(const struct stage *stage, const struct notice_sink *sink)
{
    if (stage->is_live)
        live_notice(stage, sink);
    for (uint32_t i = 0; i < stage->n_branches; i++) {
        const struct branch *b = &stage->branches[i];
        if (b->child)
            stage_notices(b->child, sink);
        else if (b->read->read.source->ops->notices)
            b->read->read.source->ops->notices(b->read->read.source, sink->add, sink->context);
        watermark_notices(b, sink);
        for (uint32_t k = 0; k < b->n_steps; k++)
            if (b->steps[k].into)
                window_notice(b->steps[k].transform, atomic_load(&b->steps[k].into->rejects), sink);
    }
    if (stage->sink == SINK_SESSION && stage->n_rejects)
        window_notice(stage->top, stage->n_rejects, sink);
}

void query_notices(struct query *query, void (*add)(void *, const char *), void *context)
{
    struct notice_sink sink = {add, context};
    stage_notices(query->root, &sink);
}

static void stage_sources(const struct stage *stage, void (*take)(void *, struct source *),
                          void *context)
{
    for (uint32_t i = 0; i < stage->n_branches; i++) {
        const struct branch *b = &stage->branches[i];
        if (b->child)
            stage_sources(b->child, take, context);
        else
            take(context, b->read->read.source);
    }
}

void query_sources(struct query *query, void (*take)(void *, struct source *), void *context)
{
    stage_sources(query->root, take, context);
}
