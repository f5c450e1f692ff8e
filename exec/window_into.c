/* window_into.c - see window_into.h. Windows of rows that share a pane are worked out once. */
#include "exec/window_into.h"

enum { FANOUT_ROWS = 65536, MILLISECOND_US = 1000 };

enum status window_into_init(struct window_into *into, const struct transform *transform,
                             const struct context *context, struct error *error)
{
    into->transform = transform;
    into->context = context;
    into->n_inputs = transform->inputs[0]->schema.n_fields;
    atomic_init(&into->rejects, 0);
    return window_assigner_init(&into->assigner, &transform->window_into.fn, error);
}

/* ---- panes of a batch ---- */

struct panes {
    struct buffer *panes_buffer, *keep_buffer, *rows_buffer;
    int64_t *panes; /* by row of the batch */
    uint32_t *rows; /* kept rows, when not all are */
    size_t n;       /* kept */
    bool constant, all;
};

static void panes_fini(struct panes *p)
{
    buffer_unref(p->panes_buffer);
    buffer_unref(p->keep_buffer);
    buffer_unref(p->rows_buffer);
}

static enum status panes_alloc(struct window_into *into, size_t n, struct panes *p,
                               struct error *error)
{
    struct budget *budget = into->context->budget;
    TRY(buffer_new(n * sizeof(int64_t), budget, "WindowInto", &p->panes_buffer, error));
    TRY(buffer_new(bits_size(n), budget, "WindowInto", &p->keep_buffer, error));
    TRY(buffer_new(n * sizeof(uint32_t), budget, "WindowInto", &p->rows_buffer, error));
    p->panes = (int64_t *)(void *)p->panes_buffer->data;
    p->rows = (uint32_t *)(void *)p->rows_buffer->data;
    return STATUS_OK;
}

static void count_rejects(struct window_into *into, const struct column *time, size_t n)
{
    if (!time->validity)
        return;
    size_t valid = bits_count(time->validity, time->length);
    if (valid < n)
        atomic_fetch_add_explicit(&into->rejects, n - valid, memory_order_relaxed);
}

/* `time` is FLAT. */
static enum status panes_compute(struct window_into *into, const struct column *time,
                                 struct panes *p, struct error *error)
{
    size_t n = time->length;
    uint8_t *keep = p->keep_buffer->data;
    bits_fill(keep, n, true);
    if (into->transform->window_into.fn.kind == WINDOW_SESSION) {
        memcpy(p->panes, time->data, n * sizeof *p->panes);
        if (time->validity)
            memcpy(keep, time->validity, bits_size(n));
        p->constant = false;
    } else {
        TRY(window_panes(&into->assigner, time->data, time->validity, n, p->panes, keep,
                         &p->constant, error));
    }
    p->n = 0;
    for (size_t i = 0; i < n; i++) {
        p->rows[p->n] = (uint32_t)i;
        p->n += bits_get(keep, i);
    }
    p->all = p->n == n;
    return STATUS_OK;
}

static enum status int64_column(struct window_into *into, struct type type, const int64_t *values,
                                size_t n, struct column **out, struct error *error)
{
    TRY(column_new(type, n, into->context->budget, "WindowInto", out, error));
    memcpy((*out)->data, values, n * sizeof *values);
    return STATUS_OK;
}

static enum status constant_int64(struct window_into *into, struct type type, int64_t value,
                                  size_t n, struct column **out, struct error *error)
{
    TRY(column_new_constant(type, n, false, into->context->budget, out, error));
    *(int64_t *)(*out)->data = value;
    return STATUS_OK;
}

/* The input's columns for the kept rows, with `extra` empty places after them. */
static enum status with_room(struct window_into *into, struct batch *batch, const uint32_t *rows,
                             size_t n, uint32_t extra, struct batch **out, struct error *error)
{
    TRY(batch_new(into->n_inputs + extra, n, batch->morsel, into->context->budget, out, error));
    enum status status = batch_take_watermarks(batch, rows, n, *out, error);
    if (status != STATUS_OK) {
        batch_unref(*out);
        return status;
    }
    for (uint32_t c = 0; c < into->n_inputs; c++) {
        if (!rows) {
            (*out)->columns[c] = column_ref(batch->columns[c]);
            continue;
        }
        status = column_take(batch->columns[c], rows, n, into->context->budget, &(*out)->columns[c],
                             error);
        if (status != STATUS_OK) {
            batch_unref(*out);
            return status;
        }
    }
    return STATUS_OK;
}

static enum status emit_panes(struct window_into *into, struct batch *batch, struct panes *p,
                              struct batch **out, struct error *error)
{
    TRY(with_room(into, batch, p->all ? NULL : p->rows, p->n, 1, out, error));
    struct column **column = &(*out)->columns[into->n_inputs];
    struct type type = type_of(TYPE_BIGINT);
    if (!p->all)
        for (size_t i = 0; i < p->n; i++)
            p->panes[i] = p->panes[p->rows[i]];
    enum status status = p->constant ? constant_int64(into, type, p->panes[0], p->n, column, error)
                                     : int64_column(into, type, p->panes, p->n, column, error);
    if (status != STATUS_OK)
        batch_unref(*out);
    return status;
}

/* ---- plain windows ---- */

/* Rows of the input with the window each is in, being collected for one output batch. */
struct fanout {
    struct window_into *into;
    struct batch *batch;
    struct buffer *rows_buffer, *starts_buffer, *ends_buffer;
    uint32_t *rows;
    int64_t *starts, *ends;
    size_t n;
    uint32_t row; /* the row whose windows are being listed */
    enum status (*fn)(void *sink, struct batch *batch, struct error *error);
    void *sink;
};

static enum status fanout_flush(struct fanout *f, struct error *error)
{
    struct window_into *into = f->into;
    struct batch *out;
    const struct field *fields = into->transform->schema.fields + into->n_inputs;
    if (!f->n)
        return STATUS_OK;
    TRY(with_room(into, f->batch, f->rows, f->n, WINDOW_COLUMNS, &out, error));
    struct column **columns = out->columns + into->n_inputs;
    enum status status = int64_column(into, fields[0].type, f->starts, f->n, &columns[0], error);
    if (status == STATUS_OK)
        status = int64_column(into, fields[1].type, f->ends, f->n, &columns[1], error);
    for (size_t i = 0; i < f->n; i++)
        f->ends[i] -= MILLISECOND_US;
    if (status == STATUS_OK)
        status = int64_column(into, fields[2].type, f->ends, f->n, &columns[2], error);
    f->n = 0;
    if (status != STATUS_OK) {
        batch_unref(out);
        return status;
    }
    return f->fn(f->sink, out, error);
}

static enum status fanout_window(void *context, struct window window, struct error *error)
{
    struct fanout *f = context;
    f->rows[f->n] = f->row;
    f->starts[f->n] = window.start;
    f->ends[f->n] = window.end;
    if (++f->n < FANOUT_ROWS)
        return STATUS_OK;
    TRY(context_check(f->into->context, error));
    return fanout_flush(f, error);
}

static enum status fanout_alloc(struct fanout *f, struct error *error)
{
    struct budget *budget = f->into->context->budget;
    TRY(buffer_new(FANOUT_ROWS * sizeof(uint32_t), budget, "WindowInto", &f->rows_buffer, error));
    TRY(buffer_new(FANOUT_ROWS * sizeof(int64_t), budget, "WindowInto", &f->starts_buffer, error));
    TRY(buffer_new(FANOUT_ROWS * sizeof(int64_t), budget, "WindowInto", &f->ends_buffer, error));
    f->rows = (uint32_t *)(void *)f->rows_buffer->data;
    f->starts = (int64_t *)(void *)f->starts_buffer->data;
    f->ends = (int64_t *)(void *)f->ends_buffer->data;
    return STATUS_OK;
}

static enum status emit_windows(struct window_into *into, struct batch *batch,
                                const struct panes *p,
                                enum status (*fn)(void *, struct batch *, struct error *),
                                void *sink, struct error *error)
{
    struct fanout f = {.into = into, .batch = batch, .fn = fn, .sink = sink};
    enum status status = fanout_alloc(&f, error);
    for (size_t i = 0; i < p->n && status == STATUS_OK; i++) {
        f.row = p->rows[i];
        status = window_of_pane(&into->assigner, p->panes[f.row], fanout_window, &f, error);
    }
    if (status == STATUS_OK)
        status = fanout_flush(&f, error);
    buffer_unref(f.rows_buffer);
    buffer_unref(f.starts_buffer);
    buffer_unref(f.ends_buffer);
    return status;
}

struct one_window {
    struct window window;
    unsigned count;
};

static enum status note_window(void *context, struct window window, struct error *error)
{
    struct one_window *one = context;
    (void)error;
    one->window = window;
    one->count++;
    return STATUS_OK;
}

/* All kept rows are in one pane that is in one window: three constant columns. */
static enum status emit_constant(struct window_into *into, struct batch *batch, struct panes *p,
                                 struct window window, struct batch **out, struct error *error)
{
    const struct field *fields = into->transform->schema.fields + into->n_inputs;
    const int64_t values[WINDOW_COLUMNS] = {window.start, window.end, window.end - MILLISECOND_US};
    TRY(with_room(into, batch, p->all ? NULL : p->rows, p->n, WINDOW_COLUMNS, out, error));
    for (uint32_t c = 0; c < WINDOW_COLUMNS; c++) {
        enum status status = constant_int64(into, fields[c].type, values[c], p->n,
                                            &(*out)->columns[into->n_inputs + c], error);
        if (status != STATUS_OK) {
            batch_unref(*out);
            return status;
        }
    }
    return STATUS_OK;
}

static enum status emit(struct window_into *into, struct batch *batch, struct panes *p,
                        enum status (*fn)(void *, struct batch *, struct error *), void *sink,
                        struct error *error)
{
    struct batch *out;
    if (!p->n)
        return STATUS_OK;
    if (into->transform->window_into.panes_only) {
        TRY(emit_panes(into, batch, p, &out, error));
        return fn(sink, out, error);
    }
    if (p->constant) {
        struct one_window one = {0};
        TRY(window_of_pane(&into->assigner, p->panes[p->rows[0]], note_window, &one, error));
        if (one.count == 1) {
            TRY(emit_constant(into, batch, p, one.window, &out, error));
            return fn(sink, out, error);
        }
    }
    return emit_windows(into, batch, p, fn, sink, error);
}

/* All rows have one time, and so one pane; NULL if it is in no window. */
static enum status run_constant(struct window_into *into, struct batch *batch, struct column *time,
                                struct batch **out, struct error *error)
{
    uint8_t keep = 1;
    int64_t pane;
    bool constant;
    *out = NULL;
    TRY(window_panes(&into->assigner, time->data, NULL, 1, &pane, &keep, &constant, error));
    if (!(keep & 1))
        return STATUS_OK;
    TRY(with_room(into, batch, NULL, batch->length, 1, out, error));
    enum status status = constant_int64(into, type_of(TYPE_BIGINT), pane, batch->length,
                                        &(*out)->columns[into->n_inputs], error);
    if (status != STATUS_OK)
        batch_unref(*out);
    return status;
}

/* Rows of sessions go by their times, which are all there. */
static enum status run_times(struct window_into *into, struct batch *batch, struct column *time,
                             struct batch **out, struct error *error)
{
    TRY(with_room(into, batch, NULL, batch->length, 1, out, error));
    enum status status =
        column_retype(time, type_of(TYPE_BIGINT), &(*out)->columns[into->n_inputs], error);
    if (status != STATUS_OK)
        batch_unref(*out);
    return status;
}

enum status window_into_run(struct window_into *into, struct batch *batch,
                            enum status (*fn)(void *, struct batch *, struct error *), void *sink,
                            struct error *error)
{
    struct column *time;
    struct panes p = {0};
    if (!batch->length)
        return STATUS_OK;
    time = batch->columns[into->transform->window_into.time_column_in];
    bool is_session = into->transform->window_into.fn.kind == WINDOW_SESSION;
    if (!time->validity && into->transform->window_into.panes_only &&
        (is_session ? time->encoding == COLUMN_FLAT : column_is_constant(time))) {
        struct batch *out;
        TRY(is_session ? run_times(into, batch, time, &out, error)
                       : run_constant(into, batch, time, &out, error));
        return out ? fn(sink, out, error) : STATUS_OK;
    }
    TRY(column_flatten(time, into->context->budget, &time, error));
    count_rejects(into, time, batch->length);
    enum status status = panes_alloc(into, batch->length, &p, error);
    if (status == STATUS_OK)
        status = panes_compute(into, time, &p, error);
    if (status == STATUS_OK)
        status = emit(into, batch, &p, fn, sink, error);
    panes_fini(&p);
    column_unref(time);
    return status;
}
