/* pane.c - see pane.h.
 *
 * A pane is finished when it fires, since what comes later changes the accumulators. With RETRACTING the pane stays in
 * memory as a batch of one row, so that it can be withdrawn as it was. */
#include "exec/pane.h"

static const char OWNER[] = "Combine(final)";

static size_t key_size(const struct emit *emit)
{
    return round_up(sizeof(struct pane_key) + emit->n_places * sizeof(uint32_t), 8);
}

struct pane_key *pane_key_of(const struct live *live, char *row)
{
    size_t size = key_size(live->emit);
    return (struct pane_key *)(void *)(row + live->plan->layout.row_size - size);
}

enum status pane_plan(struct combine_plan *plan, struct arena *arena, struct error *error)
{
    const struct emit *emit = plan->combine->combine.emit;
    struct group_layout *layout = &plan->layout;
    size_t size = layout->row_size + key_size(emit);
    char *initial = arena_alloc(arena, size);
    uint32_t n_aggregates = plan->combine->combine.n_aggregates, extra = emit_columns(emit);
    uint32_t n = plan->output->n_fields, first = n - n_aggregates - extra;
    struct schema *base = ARENA_NEW(arena, struct schema);
    struct field *fields = ARENA_ARRAY(arena, struct field, n + 1);
    TRY(arena_check(arena, error));
    memcpy(initial, layout->initial, layout->row_size);
    memset(initial + layout->row_size, 0, key_size(emit));
    layout->initial = initial;
    layout->row_size = (uint32_t)size;
    memcpy(fields, plan->output->fields, first * sizeof *fields);
    memcpy(fields + first, plan->output->fields + first + extra, n_aggregates * sizeof *fields);
    *base = (struct schema){fields, n - extra};
    plan->output = base;
    return STATUS_OK;
}

void pane_forget(const struct live *live, char *row)
{
    struct pane_key *key = pane_key_of(live, row);
    batch_unref(key->shown);
    key->shown = NULL;
}

/* ---- columns ---- */

static enum status text_constant(struct live *live, const char *text, size_t n, struct column **out,
                                 struct error *error)
{
    TRY(column_new_constant(type_of(TYPE_VARCHAR), n, false, live->budget, out, error));
    *(struct text *)(*out)->data = text_view(text, strlen(text)); /* short: lies in the view */
    return STATUS_OK;
}

static enum status index_column(struct live *live, char *const *rows, size_t n, struct column **out,
                                struct error *error)
{
    TRY(column_new(type_of(TYPE_BIGINT), n, live->budget, OWNER, out, error));
    int64_t *values = (*out)->data;
    for (size_t i = 0; i < n; i++)
        values[i] = pane_key_of(live, rows[i])->index;
    return STATUS_OK;
}

static enum status fill(struct live *live, char *const *rows, size_t n, enum pane_timing timing,
                        bool is_last, struct batch *base, struct batch *out, struct error *error)
{
    static const char *const TIMINGS[] = {"EARLY", "ON_TIME", "LATE"};
    uint32_t first = base->n_columns - live->plan->combine->combine.n_aggregates;
    struct column **columns = out->columns + first;
    for (uint32_t i = 0; i < first; i++)
        out->columns[i] = column_ref(base->columns[i]);
    if (live->emit->has_panes) {
        TRY(text_constant(live, TIMINGS[timing], n, &columns[0], error));
        TRY(index_column(live, rows, n, &columns[1], error));
        TRY(column_new_constant(type_of(TYPE_BOOLEAN), n, false, live->budget, &columns[2], error));
        *(uint8_t *)columns[2]->data = is_last;
        columns += PANE_COLUMNS;
    }
    if (live->emit->has_op) {
        const char *op = n == 1 && pane_key_of(live, rows[0])->shown ? "+U" : "+I";
        TRY(text_constant(live, op, n, columns++, error));
    }
    for (uint32_t i = first; i < base->n_columns; i++)
        columns[i - first] = column_ref(base->columns[i]);
    return STATUS_OK;
}

/* The panes of up to a batch of rows. */
static enum status make(struct live *live, char *const *rows, size_t n, enum pane_timing timing,
                        bool is_last, struct batch **out, struct error *error)
{
    struct combine_result result = {.plan = live->plan,
                                    .rows = {.rows = (char **)rows, .n = n, .capacity = n}};
    struct batch *base;
    live_sort_sets(live, rows, n);
    TRY(combine_result_batch(&result, 0, n, &base, error));
    enum status status =
        batch_new(base->n_columns + emit_columns(live->emit), n, 0, live->budget, out, error);
    if (status == STATUS_OK) {
        status = fill(live, rows, n, timing, is_last, base, *out, error);
        if (status != STATUS_OK)
            batch_unref(*out);
    }
    batch_unref(base);
    return status;
}

/* ---- firing ---- */

static void renew(struct live *live, char *row)
{
    const struct group_layout *layout = &live->plan->layout;
    struct pane_key *key = pane_key_of(live, row);
    key->since = 0;
    key->index++;
    if (live->emit->mode == PANES_DISCARDING)
        memcpy(row + layout->acc_at, layout->initial + layout->acc_at,
               (size_t)((char *)key - row) - layout->acc_at);
}

static enum status put(struct live *live, struct batch *batch, struct error *error)
{
    live->rows_out += batch->length;
    return live_put(live, (struct live_item){batch, 0}, error);
}

/* The pane that the key gave last, with -U in the place of its op. */
static enum status withdraw(struct live *live, struct batch *shown, struct error *error)
{
    struct batch *out;
    uint32_t op = shown->n_columns - live->plan->combine->combine.n_aggregates - 1;
    TRY(batch_new(shown->n_columns, 1, 0, live->budget, &out, error));
    for (uint32_t i = 0; i < shown->n_columns; i++)
        if (i != op)
            out->columns[i] = column_ref(shown->columns[i]);
    enum status status = text_constant(live, "-U", 1, &out->columns[op], error);
    if (status == STATUS_OK)
        return put(live, out, error);
    batch_unref(out);
    return status;
}

static enum status fire_retracting(struct live *live, char *row, enum pane_timing timing,
                                   bool is_last, struct error *error)
{
    struct pane_key *key = pane_key_of(live, row);
    struct batch *made;
    TRY(make(live, &row, 1, timing, is_last, &made, error));
    if (key->shown) {
        enum status status = withdraw(live, key->shown, error);
        if (status != STATUS_OK) {
            batch_unref(made);
            return status;
        }
    }
    batch_unref(key->shown);
    key->shown = batch_ref(made);
    renew(live, row);
    return put(live, made, error);
}

/* Whether the two panes of a key say the same, but for the columns of the pane. */
static bool says_the_same(const struct live *live, const struct batch *a, const struct batch *b)
{
    uint32_t n = live->plan->combine->combine.n_aggregates;
    for (uint32_t i = a->n_columns - n; i < a->n_columns; i++)
        if (column_compare(a->columns[i], 0, b->columns[i], 0) != 0)
            return false;
    return true;
}

static enum status change(struct live *live, char *row, struct error *error)
{
    struct pane_key *key = pane_key_of(live, row);
    enum pane_timing timing = key->is_late ? PANE_LATE : PANE_EARLY;
    struct batch *made;
    if (key->shown) {
        TRY(make(live, &row, 1, timing, false, &made, error));
        bool same = says_the_same(live, key->shown, made);
        batch_unref(made);
        if (same) {
            key->since = 0;
            return STATUS_OK;
        }
    }
    return fire_retracting(live, row, timing, false, error);
}

enum status pane_changes(struct live *live, struct error *error)
{
    for (uint64_t i = 0; i < live->dirty.n; i++)
        TRY(change(live, live->dirty.rows[i], error));
    live->dirty.n = 0;
    return STATUS_OK;
}

enum status pane_fire(struct live *live, char *const *rows, size_t n, enum pane_timing timing,
                      bool is_last, struct error *error)
{
    size_t unit = MAX(live->plan->context->batch_size, 1u);
    if (live->emit->mode == PANES_RETRACTING) {
        for (size_t i = 0; i < n; i++)
            TRY(fire_retracting(live, rows[i], timing, is_last, error));
        return STATUS_OK;
    }
    for (size_t at = 0, some; at < n; at += some) {
        struct batch *made;
        some = MIN(unit, n - at);
        TRY(make(live, rows + at, some, timing, is_last, &made, error));
        for (size_t i = at; i < at + some; i++)
            renew(live, rows[i]);
        TRY(put(live, made, error));
    }
    return STATUS_OK;
}
