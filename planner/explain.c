/* explain.c - a pipeline as a tree of lines, one a transform, the last computed at the top. */
#include "planner/explain.h"

#include "planner/explain_int.h"
#include "storage/text_value.h"

/* ---- parts that the tree and JSON share ---- */

const char *explain_kind(const struct transform *t)
{
    static const char *const NAMES[] = {
        [TRANSFORM_READ] = "Read",
        [TRANSFORM_PARDO] = "ParDo",
        [TRANSFORM_WINDOW_INTO] = "WindowInto",
        [TRANSFORM_GROUP_BY_KEY] = "GroupByKey",
        [TRANSFORM_COMBINE] = "Combine",
        [TRANSFORM_CO_GROUP_BY_KEY] = "CoGroupByKey",
        [TRANSFORM_FLATTEN] = "Flatten",
        [TRANSFORM_WRITE] = "Write",
    };
    return NAMES[t->kind];
}

const char *explain_phase(const struct transform *t)
{
    static const char *const NAMES[] = {
        [COMBINE_WHOLE] = "whole", [COMBINE_PARTIAL] = "partial", [COMBINE_FINAL] = "final"};
    return t->combine.kind == COMBINE_TOP ? "top" : NAMES[t->combine.phase];
}

const char *explain_window(enum window_kind kind)
{
    static const char *const NAMES[] = {
        [WINDOW_GLOBAL] = "global",     [WINDOW_TUMBLE] = "tumble",   [WINDOW_HOP] = "hop",
        [WINDOW_CUMULATE] = "cumulate", [WINDOW_SESSION] = "session",
    };
    return NAMES[kind];
}

void explain_interval(struct interval v, struct strbuf *out)
{
    char text[TEXT_VALUE_SIZE];
    strbuf_add(out, text, text_format_interval(v, text));
}

void explain_column(const struct schema *schema, uint32_t column, struct strbuf *out)
{
    if (schema && column < schema->n_fields)
        strbuf_puts(out, schema->fields[column].name);
    else
        strbuf_printf(out, "#%u", column);
}

/* The schema that a Combine's columns are of: the partial's input for what comes after it. */
const struct schema *explain_input(const struct transform *t)
{
    const struct transform *input = t->n_inputs ? t->inputs[0] : NULL;
    if (t->kind == TRANSFORM_COMBINE && t->combine.phase == COMBINE_FINAL)
        while (input &&
               !(input->kind == TRANSFORM_COMBINE && input->combine.phase == COMBINE_PARTIAL))
            input = input->n_inputs ? input->inputs[0] : NULL;
    if (t->kind == TRANSFORM_COMBINE && t->combine.phase == COMBINE_FINAL && input)
        input = input->inputs[0];
    return input ? &input->schema : NULL;
}

void explain_aggregate(const struct aggregate *a, const struct schema *input, struct strbuf *out)
{
    strbuf_printf(out, "%s(%s", aggregate_info[a->id].name, a->distinct ? "DISTINCT " : "");
    for (int i = 0; i < 2 && a->args[i] >= 0; i++) {
        if (i > 0)
            strbuf_puts(out, ", ");
        explain_column(input, (uint32_t)a->args[i], out);
    }
    if (a->args[0] < 0)
        strbuf_putc(out, '*');
    strbuf_putc(out, ')');
    if (a->filter >= 0) {
        strbuf_puts(out, " FILTER (WHERE ");
        explain_column(input, (uint32_t)a->filter, out);
        strbuf_putc(out, ')');
    }
}

void explain_compare(enum compare_op op, struct strbuf *out)
{
    static const char *const NAMES[] = {
        [COMPARE_EQ] = "=",  [COMPARE_NE] = "<>", [COMPARE_LT] = "<",
        [COMPARE_LE] = "<=", [COMPARE_GT] = ">",  [COMPARE_GE] = ">=",
    };
    strbuf_puts(out, NAMES[op]);
}

/* ---- the tree ---- */

static void line_columns(const struct schema *schema, const uint32_t *columns, uint32_t n,
                         struct strbuf *out)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            strbuf_puts(out, ", ");
        explain_column(schema, columns[i], out);
    }
}

static void line_limit(uint64_t limit, uint64_t offset, struct strbuf *out)
{
    if (limit != UINT64_MAX)
        strbuf_printf(out, " limit %llu", (unsigned long long)limit);
    if (offset)
        strbuf_printf(out, " offset %llu", (unsigned long long)offset);
}

static void line_sort(const struct sort_key *keys, uint32_t n, const struct schema *schema,
                      struct strbuf *out)
{
    for (uint32_t i = 0; i < n; i++) {
        strbuf_puts(out, i == 0 ? " order by " : ", ");
        explain_column(schema, keys[i].column, out);
        if (keys[i].descending)
            strbuf_puts(out, " desc");
        if (keys[i].nulls_first == keys[i].descending)
            strbuf_puts(out, keys[i].nulls_first ? " nulls first" : " nulls last");
    }
}

static void line_read(const struct transform *t, struct strbuf *out)
{
    const struct scan_request *request = &t->read.request;
    struct source *source = t->read.source;
    strbuf_putc(out, ' ');
    source->ops->describe(source, request, out);
    strbuf_puts(out, " columns=[");
    line_columns(&source->schema, request->columns, request->n_columns, out);
    strbuf_putc(out, ']');
    for (uint32_t i = 0; i < request->n_predicates; i++) {
        const struct scan_predicate *p = &request->predicates[i];
        strbuf_puts(out, i == 0 ? " predicates=[" : ", ");
        explain_column(&source->schema, p->column, out);
        strbuf_putc(out, ' ');
        if (p->is_not_null) {
            strbuf_puts(out, "IS NOT NULL");
        } else {
            explain_compare(p->op, out);
            strbuf_printf(out, " %s", value_to_sql(&p->value, out->arena));
        }
    }
    if (request->n_predicates)
        strbuf_putc(out, ']');
    if (request->row_limit != UINT64_MAX)
        strbuf_printf(out, " rows<=%llu", (unsigned long long)request->row_limit);
    if (t->read.watermark) {
        strbuf_puts(out, " watermark=[");
        expr_print(t->read.watermark, &t->schema, out);
        strbuf_putc(out, ']');
    }
}

static bool is_all_columns(const struct transform *t)
{
    if (t->pardo.outputs.count != t->inputs[0]->schema.n_fields)
        return false;
    for (uint32_t i = 0; i < t->pardo.outputs.count; i++)
        if (t->pardo.outputs.items[i]->kind != EXPR_COLUMN ||
            t->pardo.outputs.items[i]->column != i)
            return false;
    return true;
}

static void line_pardo(const struct transform *t, struct strbuf *out)
{
    const struct schema *input = &t->inputs[0]->schema;
    if (t->pardo.has_limit) {
        line_limit(t->pardo.limit, t->pardo.offset, out);
        return;
    }
    for (uint32_t i = 0; i < t->pardo.filters.count; i++) {
        strbuf_puts(out, i == 0 ? " filter=[" : ", ");
        expr_print(t->pardo.filters.items[i], input, out);
    }
    if (t->pardo.filters.count)
        strbuf_putc(out, ']');
    if (is_all_columns(t))
        return;
    strbuf_puts(out, " outputs=[");
    for (uint32_t i = 0; i < t->pardo.outputs.count; i++) {
        if (i > 0)
            strbuf_puts(out, ", ");
        expr_print(t->pardo.outputs.items[i], input, out);
    }
    strbuf_putc(out, ']');
}

static void line_window_fn(const struct window_fn *fn, struct strbuf *out)
{
    strbuf_puts(out, explain_window(fn->kind));
    if (fn->kind == WINDOW_HOP || fn->kind == WINDOW_CUMULATE) {
        strbuf_putc(out, ' ');
        explain_interval(fn->slide, out);
        strbuf_puts(out, " of");
    }
    strbuf_puts(out, fn->kind == WINDOW_SESSION ? " gap " : " ");
    explain_interval(fn->size, out);
    if (fn->offset.months || fn->offset.days || fn->offset.micros) {
        strbuf_puts(out, " offset ");
        explain_interval(fn->offset, out);
    }
    if (fn->zone)
        strbuf_printf(out, " in %s", timezone_name(fn->zone));
    if (fn->max_duration) {
        strbuf_puts(out, " at most ");
        explain_interval((struct interval){0, 0, fn->max_duration}, out);
    }
}

static void line_window(const struct transform *t, struct strbuf *out)
{
    const struct schema *input = &t->inputs[0]->schema;
    strbuf_putc(out, ' ');
    line_window_fn(&t->window_into.fn, out);
    strbuf_puts(out, " on ");
    explain_column(input, t->window_into.time_column_in, out);
    if (t->window_into.panes_only)
        strbuf_puts(out, " as panes");
    if (t->window_into.n_partition_by) {
        strbuf_puts(out, " partition by ");
        line_columns(input, t->window_into.partition_by, t->window_into.n_partition_by, out);
    }
}

static void line_combine(const struct transform *t, struct strbuf *out)
{
    const struct schema *input = explain_input(t);
    strbuf_printf(out, "(%s)", explain_phase(t));
    if (t->combine.kind == COMBINE_TOP) {
        line_sort(t->combine.sort_keys, t->combine.n_sort_keys, &t->schema, out);
        line_limit(t->combine.limit, t->combine.offset, out);
        return;
    }
    if (t->combine.windowed) {
        strbuf_puts(out, " window=");
        strbuf_puts(out, explain_window(t->combine.window.kind));
    }
    if (t->combine.n_keys) {
        strbuf_puts(out, " keys=[");
        line_columns(input, t->combine.keys, t->combine.n_keys, out);
        strbuf_putc(out, ']');
    }
    for (uint32_t i = 0; i < t->combine.n_aggregates; i++) {
        strbuf_puts(out, i == 0 ? " aggregates=[" : ", ");
        explain_aggregate(&t->combine.aggregates[i], input, out);
    }
    if (t->combine.n_aggregates)
        strbuf_putc(out, ']');
    if (t->combine.emit) {
        strbuf_puts(out, " emit=[");
        explain_emit(t->combine.emit, out);
        strbuf_puts(out, "] keeps=[");
        explain_state(t, out);
        strbuf_putc(out, ']');
    }
}

static void line_write(const struct transform *t, struct strbuf *out)
{
    line_sort(t->write.sort_keys, t->write.n_sort_keys, &t->schema, out);
}

static void line_metrics(const struct transform_metrics *m, struct strbuf *out)
{
    strbuf_printf(out, "  (rows=%llu", (unsigned long long)m->rows_out);
    if (m->bytes)
        strbuf_printf(out, " bytes=%llu", (unsigned long long)m->bytes);
    strbuf_printf(out, " time=%.3f ms", (double)m->time_ns / 1e6);
    if (m->memory_peak)
        strbuf_printf(out, " memory=%llu", (unsigned long long)m->memory_peak);
    strbuf_putc(out, ')');
}

static void print_line(const struct transform *t, const struct transform_metrics *metrics,
                       struct strbuf *out)
{
    strbuf_puts(out, explain_kind(t));
    switch (t->kind) {
    case TRANSFORM_READ:
        line_read(t, out);
        break;
    case TRANSFORM_PARDO:
        line_pardo(t, out);
        break;
    case TRANSFORM_WINDOW_INTO:
        line_window(t, out);
        break;
    case TRANSFORM_GROUP_BY_KEY:
        if (t->group_by_key.n_keys) {
            strbuf_putc(out, ' ');
            line_columns(&t->inputs[0]->schema, t->group_by_key.keys, t->group_by_key.n_keys, out);
        }
        break;
    case TRANSFORM_COMBINE:
        line_combine(t, out);
        break;
    case TRANSFORM_WRITE:
        line_write(t, out);
        break;
    default:
        break;
    }
    if (metrics)
        line_metrics(&metrics[t->id], out);
    strbuf_putc(out, '\n');
}

static void print_tree(const struct transform *t, unsigned depth,
                       const struct transform_metrics *metrics, struct strbuf *out)
{
    for (unsigned i = 0; i < depth; i++)
        strbuf_puts(out, "  ");
    print_line(t, metrics, out);
    for (uint32_t i = 0; i < t->n_inputs; i++)
        print_tree(t->inputs[i], depth + 1, metrics, out);
}

void explain_tree(const struct pipeline *pipeline, const struct transform_metrics *metrics,
                  struct strbuf *out)
{
    print_tree(pipeline->root, 0, metrics, out);
}
