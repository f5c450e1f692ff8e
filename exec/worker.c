/* worker.c - what one thread does for a stage: takes morsels, reads batches, pushes them through the steps.
 *
 *   1. A worker goes through the branches in order. One branch keeps its source's numbers of morsels, which may be
 *      handed out in runs; over several branches morsels are numbered as they are handed out,
 *      without gaps. That is input order: a branch is begun when the ones before it have none left.
 *   2. Morsels are handed out under the stage's lock, together with their announcement to the exchange.
 *   3. Pushed batches are passed on with their reference: whoever gets one gives it back.          [push] */
#include "exec/stage.h"

static const struct context *context_of(const struct worker *w)
{
    return w->stage->query->env.context;
}

static struct budget *budget_of(const struct worker *w)
{
    return context_of(w)->budget;
}

/* Charges the time since the last call to the transform that was running; `id` runs from now on. */
static uint32_t clock_switch(struct worker *w, uint32_t id)
{
    int64_t now = clock_monotonic_ns();
    uint32_t before = w->current;
    w->metrics[before].time_ns += (uint64_t)(now - w->mark_ns);
    w->mark_ns = now;
    w->current = id;
    return before;
}

/* ---- branches ---- */

static void branch_close(struct worker *w)
{
    struct branch *b = w->branch;
    if (w->reader) {
        w->reader->ops->close(w->reader);
        w->reader = NULL;
    }
    for (uint32_t i = 0; b && w->evaluators && i < b->n_steps; i++)
        evaluator_close(w->evaluators[i]);
    if (w->has_watermark) {
        b->ahead += w->watermark.ahead;
        watermark_close(&w->watermark);
        w->has_watermark = false;
    }
    if (b)
        block_free(w->evaluators, (b->n_steps + 1) * sizeof(void *), budget_of(w));
    w->evaluators = NULL;
    w->branch_open = false;
}

static enum status branch_open(struct worker *w, struct error *error)
{
    struct branch *b = &w->stage->branches[w->branch_index];
    w->branch = b;
    w->branch_open = true;
    TRY(block_alloc((void **)&w->evaluators, (b->n_steps + 1) * sizeof(void *), budget_of(w),
                    "ParDo", error));
    for (uint32_t i = 0; i < b->n_steps; i++)
        if (b->steps[i].program)
            TRY(evaluator_open(b->steps[i].program, &w->evaluators[i], error));
    if (b->watermark) {
        TRY(watermark_open(&w->watermark, b->watermark, context_of(w),
                           b->read->read.source->is_stream, error));
        w->has_watermark = true;
    }
    if (b->scan)
        TRY(b->scan->ops->reader_open(b->scan, &w->reader, error));
    return STATUS_OK;
}

/* ---- the sink ---- */

static enum status out_push(struct worker *w, struct batch *batch, struct error *error)
{
    if (w->n_out == w->out_capacity) {
        size_t more = MAX(w->out_capacity * 2, (size_t)16);
        enum status status = block_grow((void **)&w->out, w->out_capacity * sizeof *w->out,
                                        more * sizeof *w->out, budget_of(w), "Write", error);
        if (status != STATUS_OK) {
            batch_unref(batch);
            return status;
        }
        w->out_capacity = more;
    }
    w->out[w->n_out++] = batch;
    return STATUS_OK;
}

/* Takes the batch. */
static enum status sink_push(struct worker *w, struct batch *batch, struct error *error)
{
    struct stage *stage = w->stage;
    enum status status = STATUS_OK;
    w->metrics[stage->sink_id].rows_in += batch->length;
    switch (stage->sink) {
    case SINK_GROUP:
        status = stage->live ? live_add(stage->live, batch, error)
                             : combine_state_add(w->group, batch, error);
        break;
    case SINK_SORT:
        status = sort_state_add(w->sort, batch, error);
        break;
    case SINK_EACH:
        status = stage->each->add(w->each, batch, error);
        break;
    case SINK_SESSION:
    case SINK_COLLECT:
        return w->is_inline ? out_push(w, batch, error)
                            : exchange_put(&stage->exchange, batch, error);
    }
    batch_unref(batch);
    return status;
}

/* ---- steps ---- */

static enum status push(struct worker *w, uint32_t at, struct batch *batch, struct error *error);

struct push_target {
    struct worker *worker;
    uint32_t at;
    uint32_t id; /* of the transform that pushes */
};

static enum status push_from_window(void *sink, struct batch *batch, struct error *error)
{
    struct push_target *target = sink;
    target->worker->metrics[target->id].rows_out += batch->length;
    enum status status = push(target->worker, target->at, batch, error);
    clock_switch(target->worker, target->id);
    return status;
}

static enum status push_pardo(struct worker *w, uint32_t at, struct batch *batch,
                              struct error *error)
{
    uint32_t id = w->branch->steps[at].transform->id;
    struct batch *out;
    enum status status = evaluator_run(w->evaluators[at], batch, &out, error);
    batch_unref(batch);
    TRY(status);
    if (!out)
        return STATUS_OK;
    w->metrics[id].rows_out += out->length;
    return push(w, at + 1, out, error);
}

/* Takes the batch. */
static enum status push(struct worker *w, uint32_t at, struct batch *batch, struct error *error)
{
    if (at == w->branch->n_steps) {
        clock_switch(w, w->stage->sink_id);
        return sink_push(w, batch, error);
    }
    const struct step *step = &w->branch->steps[at];
    clock_switch(w, step->transform->id);
    w->metrics[step->transform->id].rows_in += batch->length;
    if (step->program)
        return push_pardo(w, at, batch, error);
    struct push_target target = {w, at + 1, step->transform->id};
    enum status status = window_into_run(step->into, batch, push_from_window, &target, error);
    batch_unref(batch);
    return status;
}

/* ---- morsels ---- */

static enum status next_child(struct worker *w, uint64_t *morsel, bool *more)
{
    uint64_t k = atomic_fetch_add(&w->branch->next_child_batch, 1);
    *more = w->branch->child->is_live ? k == 0 : k < stage_result_count(w->branch->child);
    *morsel = k;
    w->child_batch = k;
    return STATUS_OK;
}

static enum status next_morsel(struct worker *w, bool *more, struct error *error)
{
    struct stage *stage = w->stage;
    uint64_t morsel = 0;
    mutex_lock(&stage->morsels);
    enum status status = w->branch->child
                             ? next_child(w, &morsel, more)
                             : w->reader->ops->next_morsel(w->reader, &morsel, more, error);
    w->morsel = stage->n_branches == 1 ? morsel : stage->n_morsels;
    if (status == STATUS_OK && *more)
        stage->n_morsels++;
    if (status == STATUS_OK && *more && stage->exchange_open)
        status = exchange_begin(&stage->exchange, w->morsel, error);
    mutex_unlock(&stage->morsels);
    w->has_morsel = status == STATUS_OK && *more;
    return status;
}

static void end_morsel(struct worker *w)
{
    if (w->stage->exchange_open)
        exchange_end(&w->stage->exchange, w->morsel);
    w->has_morsel = false;
}

/* Event time has come so far: what the sink makes of it. */
static enum status advance(struct worker *w, int64_t watermark, struct error *error)
{
    if (!w->stage->live)
        return STATUS_OK;
    clock_switch(w, w->stage->sink_id);
    return live_advance(w->stage->live, watermark, error);
}

/* The next batch of a live child, or NULL for a watermark, which goes straight to the sink. */
static enum status read_live(struct worker *w, struct batch **out, bool *more, struct error *error)
{
    struct live_item item = {0};
    TRY(stage_live_next(w->branch->child, &item, more, error));
    *out = item.batch;
    return *more && !item.batch ? advance(w, item.watermark, error) : STATUS_OK;
}

/* *more false: the morsel is at its end. */
static enum status read_batch(struct worker *w, struct batch **out, bool *more, struct error *error)
{
    *out = NULL;
    if (!w->branch->child) {
        TRY(w->reader->ops->next(w->reader, out, error));
        *more = *out != NULL;
        return STATUS_OK;
    }
    if (w->branch->child->is_live)
        return read_live(w, out, more, error);
    *more = w->child_batch != UINT64_MAX;
    if (!*more)
        return STATUS_OK;
    TRY(stage_result_get(w->branch->child, w->child_batch, out, error));
    w->child_batch = UINT64_MAX;
    return STATUS_OK;
}

/* Takes the batch: its rows take effect, then the watermark that they make. */
static enum status push_stamped(struct worker *w, struct batch *batch, struct error *error)
{
    enum status status = watermark_stamp(&w->watermark, batch, error);
    if (status != STATUS_OK) {
        batch_unref(batch);
        return status;
    }
    TRY(push(w, 0, batch, error));
    return advance(w, w->watermark.highest, error);
}

enum status worker_step(struct worker *w, bool *more, struct error *error)
{
    struct batch *batch;
    *more = true;
    TRY(context_check(context_of(w), error));
    if (!w->branch_open) {
        *more = w->branch_index < w->stage->n_branches;
        return *more ? branch_open(w, error) : STATUS_OK;
    }
    uint32_t id = w->branch->read ? w->branch->read->id : w->branch->child->top->id;
    clock_switch(w, id);
    if (!w->has_morsel) {
        bool left;
        TRY(next_morsel(w, &left, error));
        if (!left) {
            branch_close(w);
            w->branch_index++;
        }
        return STATUS_OK;
    }
    bool left;
    TRY(read_batch(w, &batch, &left, error));
    if (!left)
        end_morsel(w);
    if (!batch)
        return STATUS_OK;
    w->metrics[id].rows_out += batch->length;
    if (batch->morsel != w->morsel) { /* not pushed yet: still ours alone, or a result's */
        struct batch *own = batch;
        if (atomic_load_explicit(&batch->refs, memory_order_relaxed) != 1) {
            enum status status = batch_slice(batch, 0, batch->length, &own, error);
            batch_unref(batch);
            TRY(status);
        }
        own->morsel = w->morsel;
        batch = own;
    }
    return w->has_watermark ? push_stamped(w, batch, error) : push(w, 0, batch, error);
}

enum status worker_finish(struct worker *w, struct error *error)
{
    if (w->stage->sink == SINK_EACH) {
        void *each = w->each;
        clock_switch(w, w->stage->sink_id);
        w->each = NULL;
        return w->stage->each->finish(each, error);
    }
    if (w->stage->sink != SINK_SORT)
        return STATUS_OK;
    clock_switch(w, w->stage->sink_id);
    return sort_state_finish(w->sort, error);
}

void worker_close(struct worker *w)
{
    if (w->metrics)
        clock_switch(w, w->current);
    if (w->branch_open)
        branch_close(w);
    combine_state_close(w->group);
    sort_state_close(w->sort);
    if (w->each)
        w->stage->each->abort(w->each);
    w->each = NULL;
    for (size_t i = w->out_at; i < w->n_out; i++)
        batch_unref(w->out[i]);
    block_free(w->out, w->out_capacity * sizeof *w->out, budget_of(w));
    w->out = NULL;
    w->n_out = w->out_at = w->out_capacity = 0;
    w->group = NULL;
    w->sort = NULL;
}

void worker_main(void *argument)
{
    struct worker *w = argument;
    struct stage *stage = w->stage;
    bool more = true;
    enum status status = STATUS_OK;
    w->mark_ns = clock_monotonic_ns();
    while (more && status == STATUS_OK && !atomic_load_explicit(&stage->stop, memory_order_relaxed))
        status = worker_step(w, &more, &w->error);
    if (status == STATUS_OK && !more)
        status = worker_finish(w, &w->error);
    clock_switch(w, w->current);
    w->status = status;
    if (status != STATUS_OK && !stage->exchange_open)
        atomic_store(&stage->stop, true);
    if (stage->exchange_open) {
        bool in_morsel = w->has_morsel && status != STATUS_OK;
        if (in_morsel)
            exchange_fail(&stage->exchange, w->morsel, status, &w->error);
        exchange_leave(&stage->exchange, in_morsel ? STATUS_OK : status, &w->error);
    }
}
