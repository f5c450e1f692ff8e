/* session_assign.c - see session_assign.h.
 *
 * The partition keys, the event time and the number of each row go through the sort; one pass over the sorted rows
 * finds the sessions and writes their borders back by row number. */
#include "exec/session_assign.h"

#include "exec/sort.h"

enum { MILLISECOND_US = 1000, SORTED_ROWS = 65536 };

struct session_assign {
    const struct transform *transform;
    const struct context *context;
    struct batch **batches;
    uint64_t *first_row; /* of each batch */
    size_t n_batches, capacity;
    uint64_t rows, rejects;
    struct sort_state *sorting;
    struct sort_plan plan;
    struct schema schema; /* keys, time, row number */
    struct field *fields;
    struct sort_key *keys;
    uint32_t n_keys;        /* with the time */
    int64_t *starts, *ends; /* by row */
    size_t borders_size;
};

static const char OWNER[] = "WindowInto(session)";

static enum status plan_init(struct session_assign *a, struct error *error)
{
    const struct transform *t = a->transform;
    const struct schema *input = &t->inputs[0]->schema;
    uint32_t n = t->window_into.n_partition_by;
    struct budget *budget = a->context->budget;
    a->n_keys = n + 1;
    TRY(block_alloc((void **)&a->fields, (n + 2) * sizeof *a->fields, budget, OWNER, error));
    TRY(block_alloc((void **)&a->keys, (n + 1) * sizeof *a->keys, budget, OWNER, error));
    for (uint32_t i = 0; i <= n; i++) {
        uint32_t column = i < n ? t->window_into.partition_by[i] : t->window_into.time_column_in;
        a->fields[i] = input->fields[column];
        a->keys[i] = (struct sort_key){i, false, true};
    }
    a->fields[n + 1] = (struct field){"row", type_of(TYPE_BIGINT), true};
    a->schema = (struct schema){a->fields, n + 2};
    a->plan = (struct sort_plan){a->context, &a->schema, a->keys, n + 1, UINT64_MAX, 0, OWNER};
    return sort_state_open(&a->plan, &a->sorting, error);
}

enum status session_assign_open(const struct transform *transform, const struct context *context,
                                struct session_assign **out, struct error *error)
{
    TRY(block_alloc((void **)out, sizeof **out, context->budget, OWNER, error));
    (*out)->transform = transform;
    (*out)->context = context;
    enum status status = plan_init(*out, error);
    if (status != STATUS_OK) {
        session_assign_close(*out);
        *out = NULL;
    }
    return status;
}

/* The batch without rows that have no event time; a new reference. */
static enum status drop_timeless(struct session_assign *a, struct batch *batch, struct batch **out,
                                 struct error *error)
{
    const struct column *time = batch->columns[a->transform->window_into.time_column_in];
    struct buffer *buffer;
    if (!time->validity) {
        *out = batch_ref(batch);
        return STATUS_OK;
    }
    TRY(buffer_new(batch->length * sizeof(uint32_t), a->context->budget, OWNER, &buffer, error));
    uint32_t *rows = (uint32_t *)(void *)buffer->data;
    size_t n = 0;
    for (size_t i = 0; i < batch->length; i++) {
        rows[n] = (uint32_t)i;
        n += !column_is_null(time, i);
    }
    a->rejects += batch->length - n;
    enum status status = batch_take(batch, rows, n, out, error);
    buffer_unref(buffer);
    return status;
}

static enum status keep(struct session_assign *a, struct batch *batch, struct error *error)
{
    struct budget *budget = a->context->budget;
    if (a->n_batches == a->capacity) {
        size_t more = MAX(a->capacity * 2, (size_t)64);
        TRY(block_grow((void **)&a->batches, a->capacity * sizeof *a->batches,
                       more * sizeof *a->batches, budget, OWNER, error));
        enum status status = block_grow((void **)&a->first_row, a->capacity * sizeof *a->first_row,
                                        more * sizeof *a->first_row, budget, OWNER, error);
        if (status != STATUS_OK) {
            block_free(a->batches, more * sizeof *a->batches, budget);
            a->batches = NULL;
            a->n_batches = 0;
            return status;
        }
        a->capacity = more;
    }
    a->batches[a->n_batches] = batch_ref(batch);
    a->first_row[a->n_batches++] = a->rows;
    return STATUS_OK;
}

static enum status sort_rows(struct session_assign *a, struct batch *batch, struct error *error)
{
    const struct transform *t = a->transform;
    struct batch *keys;
    uint32_t n = a->n_keys - 1;
    TRY(batch_new(n + 2, batch->length, 0, a->context->budget, &keys, error));
    for (uint32_t i = 0; i < n; i++)
        keys->columns[i] = column_ref(batch->columns[t->window_into.partition_by[i]]);
    keys->columns[n] = column_ref(batch->columns[t->window_into.time_column_in]);
    enum status status = column_new(type_of(TYPE_BIGINT), batch->length, a->context->budget, OWNER,
                                    &keys->columns[n + 1], error);
    if (status == STATUS_OK) {
        int64_t *number = keys->columns[n + 1]->data;
        for (size_t i = 0; i < batch->length; i++)
            number[i] = (int64_t)(a->rows + i);
        status = sort_state_add(a->sorting, keys, error);
    }
    batch_unref(keys);
    return status;
}

enum status session_assign_add(struct session_assign *a, struct batch *batch, struct error *error)
{
    struct batch *timed;
    TRY(drop_timeless(a, batch, &timed, error));
    enum status status = STATUS_OK;
    if (timed->length) {
        status = keep(a, timed, error);
        if (status == STATUS_OK)
            status = sort_rows(a, timed, error);
        a->rows += timed->length;
    }
    batch_unref(timed);
    return status;
}

/* ---- the pass over sorted rows ---- */

/* The session being followed and the rows in it so far, as [from, at) of the sorted numbers. */
struct pass {
    struct session_assign *a;
    struct batch *before; /* holds the row before */
    size_t before_row;
    int64_t start, last;
    int64_t *open; /* row numbers of the open session */
    size_t n_open;
};

static void session_end(struct pass *p)
{
    int64_t gap = p->a->transform->window_into.fn.size.micros, end;
    if (__builtin_add_overflow(p->last, gap, &end))
        end = INT64_MAX;
    for (size_t i = 0; i < p->n_open; i++) {
        p->a->starts[p->open[i]] = p->start;
        p->a->ends[p->open[i]] = end;
    }
    p->n_open = 0;
}

static bool same_keys(const struct pass *p, const struct batch *batch, size_t row)
{
    for (uint32_t k = 0; k + 1 < p->a->n_keys; k++)
        if (column_compare(p->before->columns[k], p->before_row, batch->columns[k], row))
            return false;
    return true;
}

static bool continues(const struct pass *p, const struct batch *batch, size_t row, int64_t time)
{
    const struct window_fn *fn = &p->a->transform->window_into.fn;
    int64_t end, longest;
    if (!p->n_open || !same_keys(p, batch, row))
        return false;
    if (!__builtin_add_overflow(p->last, fn->size.micros, &end) && time >= end)
        return false;
    return !fn->max_duration || __builtin_add_overflow(p->start, fn->max_duration, &longest) ||
           time < longest;
}

static void pass_batch(struct pass *p, struct batch *batch)
{
    const int64_t *time = batch->columns[p->a->n_keys - 1]->data;
    const int64_t *number = batch->columns[p->a->n_keys]->data;
    for (size_t i = 0; i < batch->length; i++) {
        if (!continues(p, batch, i, time[i])) {
            session_end(p);
            p->start = time[i];
        }
        p->last = time[i];
        p->open[p->n_open++] = number[i];
        if (p->before != batch) {
            batch_unref(p->before);
            p->before = batch_ref(batch);
        }
        p->before_row = i;
    }
}

static enum status pass_all(struct session_assign *a, const struct sort_result *sorted,
                            struct error *error)
{
    struct pass p = {.a = a};
    struct budget *budget = a->context->budget;
    size_t size = a->rows * sizeof(int64_t);
    enum status status = STATUS_OK;
    TRY(block_alloc((void **)&p.open, size, budget, OWNER, error));
    for (uint64_t at = 0; at < a->rows && status == STATUS_OK; at += SORTED_ROWS) {
        struct batch *batch;
        status = context_check(a->context, error);
        if (status == STATUS_OK)
            status = sort_result_batch(sorted, at, MIN((uint64_t)SORTED_ROWS, a->rows - at), &batch,
                                       error);
        if (status == STATUS_OK) {
            pass_batch(&p, batch);
            batch_unref(batch);
        }
    }
    session_end(&p);
    batch_unref(p.before);
    block_free(p.open, size, budget);
    return status;
}

enum status session_assign_finish(struct session_assign *a, struct error *error)
{
    struct budget *budget = a->context->budget;
    struct sort_result *sorted;
    TRY(sort_state_finish(a->sorting, error));
    struct sort_state *state = a->sorting;
    a->sorting = NULL;
    TRY(sort_result_open(&a->plan, &state, 1, &sorted, error));
    a->borders_size = a->rows * sizeof(int64_t);
    enum status status = block_alloc((void **)&a->starts, a->borders_size, budget, OWNER, error);
    if (status == STATUS_OK)
        status = block_alloc((void **)&a->ends, a->borders_size, budget, OWNER, error);
    if (status == STATUS_OK)
        status = pass_all(a, sorted, error);
    sort_result_close(sorted);
    return status;
}

/* ---- the rows ---- */

uint64_t session_assign_rows(const struct session_assign *a)
{
    return a->rows;
}

uint64_t session_assign_rejects(const struct session_assign *a)
{
    return a->rejects;
}

uint64_t session_assign_batches(const struct session_assign *a)
{
    return a->n_batches;
}

enum status session_assign_get(const struct session_assign *a, uint64_t k, struct batch **out,
                               struct error *error)
{
    const struct batch *in = a->batches[k];
    struct batch *batch;
    struct budget *budget = a->context->budget;
    const struct field *fields = a->transform->schema.fields + in->n_columns;
    TRY(batch_new(in->n_columns + WINDOW_COLUMNS, in->length, in->morsel, budget, &batch, error));
    for (uint32_t c = 0; c < in->n_columns; c++)
        batch->columns[c] = column_ref(in->columns[c]);
    for (uint32_t w = 0; w < WINDOW_COLUMNS; w++) {
        struct column **column = &batch->columns[in->n_columns + w];
        enum status status = column_new(fields[w].type, in->length, budget, OWNER, column, error);
        if (status != STATUS_OK) {
            batch_unref(batch);
            return status;
        }
        const int64_t *from = (w == 0 ? a->starts : a->ends) + a->first_row[k];
        int64_t *to = (*column)->data;
        for (size_t i = 0; i < in->length; i++)
            to[i] = from[i] - (w == 2 ? MILLISECOND_US : 0);
    }
    *out = batch;
    return STATUS_OK;
}

void session_assign_close(struct session_assign *a)
{
    if (!a)
        return;
    struct budget *budget = a->context->budget;
    uint32_t n = a->transform->window_into.n_partition_by;
    sort_state_close(a->sorting);
    for (size_t i = 0; i < a->n_batches; i++)
        batch_unref(a->batches[i]);
    block_free(a->batches, a->capacity * sizeof *a->batches, budget);
    block_free(a->first_row, a->capacity * sizeof *a->first_row, budget);
    block_free(a->fields, (n + 2) * sizeof *a->fields, budget);
    block_free(a->keys, (n + 1) * sizeof *a->keys, budget);
    block_free(a->starts, a->borders_size, budget);
    block_free(a->ends, a->borders_size, budget);
    block_free(a, sizeof *a, budget);
}
