/* explain_json.c - the whole of a pipeline as JSON: every field of every transform, inputs by id. */
#include "planner/explain_int.h"

struct json {
    struct strbuf *out;
    bool first; /* nothing was written in this object or array yet */
};

static void quote(struct strbuf *out, const char *text, size_t n)
{
    strbuf_putc(out, '"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            strbuf_printf(out, "\\%c", c);
        else if (c == '\n')
            strbuf_puts(out, "\\n");
        else if (c < 0x20)
            strbuf_printf(out, "\\u%04x", c);
        else
            strbuf_putc(out, (char)c);
    }
    strbuf_putc(out, '"');
}

static void comma(struct json *j)
{
    if (!j->first)
        strbuf_puts(j->out, ", ");
    j->first = false;
}

static void key(struct json *j, const char *name)
{
    comma(j);
    quote(j->out, name, strlen(name));
    strbuf_puts(j->out, ": ");
}

static void open_(struct json *j, char bracket)
{
    strbuf_putc(j->out, bracket);
    j->first = true;
}

static void close_(struct json *j, char bracket)
{
    strbuf_putc(j->out, bracket);
    j->first = false;
}

static void text(struct json *j, const char *name, const char *value)
{
    key(j, name);
    quote(j->out, value, strlen(value));
}

static void number(struct json *j, const char *name, uint64_t value)
{
    key(j, name);
    strbuf_printf(j->out, "%llu", (unsigned long long)value);
}

static void flag(struct json *j, const char *name, bool value)
{
    key(j, name);
    strbuf_puts(j->out, value ? "true" : "false");
}

/* null for UINT64_MAX, which is "all". */
static void limit(struct json *j, const char *name, uint64_t value)
{
    if (value != UINT64_MAX) {
        number(j, name, value);
        return;
    }
    key(j, name);
    strbuf_puts(j->out, "null");
}

static void printed(struct json *j, const char *name, struct strbuf *value)
{
    key(j, name);
    quote(j->out, value->data ? value->data : "", value->length);
}

static void numbers(struct json *j, const char *name, const uint32_t *items, uint32_t n)
{
    key(j, name);
    open_(j, '[');
    for (uint32_t i = 0; i < n; i++) {
        comma(j);
        strbuf_printf(j->out, "%u", items[i]);
    }
    close_(j, ']');
}

static void type(struct json *j, const char *name, struct type value)
{
    char buffer[TYPE_NAME_SIZE];
    text(j, name, type_name(value, buffer));
}

static void interval(struct json *j, const char *name, struct interval v)
{
    key(j, name);
    strbuf_printf(j->out, "{\"months\": %d, \"days\": %d, \"micros\": %lld}", v.months, v.days,
                  (long long)v.micros);
}

/* ---- expressions ---- */

static const char *expr_word(const struct expr *e)
{
    static const char *const WORDS[] = {
        [EXPR_COLUMN] = "column", [EXPR_CONSTANT] = "constant",
        [EXPR_CALL] = "call",     [EXPR_CAST] = "cast",
        [EXPR_CASE] = "case",     [EXPR_AND] = "and",
        [EXPR_OR] = "or",         [EXPR_IN] = "in",
    };
    return WORDS[e->kind];
}

static void expression(struct json *j, const struct expr *e)
{
    open_(j, '{');
    text(j, "kind", expr_word(e));
    type(j, "type", e->type);
    if (e->kind == EXPR_COLUMN)
        number(j, "column", e->column);
    if (e->kind == EXPR_CONSTANT)
        text(j, "value", value_to_sql(&e->value, j->out->arena));
    if (e->kind == EXPR_CALL) {
        text(j, "function", function_info[e->function].name);
        text(j, "signature", function_info[e->function].signature);
    }
    if (e->is_try)
        flag(j, "try", true);
    if (e->negated)
        flag(j, "negated", true);
    if (e->n_args) {
        key(j, "args");
        open_(j, '[');
        for (uint32_t i = 0; i < e->n_args; i++) {
            comma(j);
            expression(j, e->args[i]);
        }
        close_(j, ']');
    }
    close_(j, '}');
}

static void expressions(struct json *j, const char *name, const struct expr_list *list)
{
    key(j, name);
    open_(j, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        comma(j);
        expression(j, list->items[i]);
    }
    close_(j, ']');
}

/* ---- parts of transforms ---- */

static void schema(struct json *j, const struct schema *s)
{
    key(j, "schema");
    open_(j, '[');
    for (uint32_t i = 0; i < s->n_fields; i++) {
        comma(j);
        open_(j, '{');
        text(j, "name", s->fields[i].name);
        type(j, "type", s->fields[i].type);
        flag(j, "not_null", s->fields[i].not_null);
        close_(j, '}');
    }
    close_(j, ']');
}

static void sort_keys(struct json *j, const struct sort_key *keys, uint32_t n)
{
    key(j, "sort_keys");
    open_(j, '[');
    for (uint32_t i = 0; i < n; i++) {
        comma(j);
        open_(j, '{');
        number(j, "column", keys[i].column);
        flag(j, "descending", keys[i].descending);
        flag(j, "nulls_first", keys[i].nulls_first);
        close_(j, '}');
    }
    close_(j, ']');
}

static void window_fn(struct json *j, const struct window_fn *fn)
{
    key(j, "window");
    open_(j, '{');
    text(j, "kind", explain_window(fn->kind));
    interval(j, fn->kind == WINDOW_SESSION ? "gap" : "size", fn->size);
    if (fn->kind == WINDOW_HOP || fn->kind == WINDOW_CUMULATE)
        interval(j, fn->kind == WINDOW_HOP ? "slide" : "step", fn->slide);
    interval(j, "offset", fn->offset);
    text(j, "time_zone", fn->zone ? timezone_name(fn->zone) : "UTC");
    number(j, "max_duration", (uint64_t)fn->max_duration);
    close_(j, '}');
}

static void aggregates(struct json *j, const struct transform *t)
{
    key(j, "aggregates");
    open_(j, '[');
    for (uint32_t i = 0; i < t->combine.n_aggregates; i++) {
        const struct aggregate *a = &t->combine.aggregates[i];
        comma(j);
        open_(j, '{');
        text(j, "function", aggregate_info[a->id].name);
        key(j, "args");
        open_(j, '[');
        for (int k = 0; k < 2 && a->args[k] >= 0; k++) {
            comma(j);
            strbuf_printf(j->out, "%d", a->args[k]);
        }
        close_(j, ']');
        flag(j, "distinct", a->distinct);
        if (a->filter >= 0)
            number(j, "filter", (uint64_t)a->filter);
        if (a->id == AGGREGATE_STRING_AGG && a->separator.type.id == TYPE_VARCHAR)
            text(j, "separator", value_to_sql(&a->separator, j->out->arena));
        type(j, "type", a->type);
        close_(j, '}');
    }
    close_(j, ']');
}

static void read_fields(struct json *j, const struct transform *t)
{
    const struct scan_request *request = &t->read.request;
    struct strbuf described;
    strbuf_init(&described, j->out->arena);
    t->read.source->ops->describe(t->read.source, request, &described);
    text(j, "source", t->read.source->ops->name);
    printed(j, "reads", &described);
    if (t->read.watermark) {
        struct strbuf watermark;
        strbuf_init(&watermark, j->out->arena);
        expr_print(t->read.watermark, &t->schema, &watermark);
        printed(j, "watermark", &watermark);
    }
    numbers(j, "columns", request->columns, request->n_columns);
    key(j, "predicates");
    open_(j, '[');
    for (uint32_t i = 0; i < request->n_predicates; i++) {
        const struct scan_predicate *p = &request->predicates[i];
        struct strbuf op;
        strbuf_init(&op, j->out->arena);
        explain_compare(p->op, &op);
        comma(j);
        open_(j, '{');
        number(j, "column", p->column);
        text(j, "op", p->is_not_null ? "is not null" : op.data ? op.data : "");
        if (!p->is_not_null)
            text(j, "value", value_to_sql(&p->value, j->out->arena));
        close_(j, '}');
    }
    close_(j, ']');
    limit(j, "row_limit", request->row_limit);
}

static void pardo_fields(struct json *j, const struct transform *t)
{
    if (t->pardo.has_limit) {
        limit(j, "limit", t->pardo.limit);
        number(j, "offset", t->pardo.offset);
        return;
    }
    expressions(j, "filters", &t->pardo.filters);
    expressions(j, "outputs", &t->pardo.outputs);
}

static void window_fields(struct json *j, const struct transform *t)
{
    window_fn(j, &t->window_into.fn);
    number(j, "time_column_in", t->window_into.time_column_in);
    flag(j, "panes_only", t->window_into.panes_only);
    numbers(j, "partition_by", t->window_into.partition_by, t->window_into.n_partition_by);
}

static void combine_fields(struct json *j, const struct transform *t)
{
    text(j, "phase", explain_phase(t));
    if (t->combine.kind == COMBINE_TOP) {
        sort_keys(j, t->combine.sort_keys, t->combine.n_sort_keys);
        limit(j, "limit", t->combine.limit);
        number(j, "offset", t->combine.offset);
        return;
    }
    numbers(j, "keys", t->combine.keys, t->combine.n_keys);
    aggregates(j, t);
    flag(j, "windowed", t->combine.windowed);
    if (t->combine.emit) {
        struct strbuf emit;
        strbuf_init(&emit, j->out->arena);
        explain_emit(t->combine.emit, &emit);
        printed(j, "emit", &emit);
    }
    if (t->combine.windowed) {
        window_fn(j, &t->combine.window);
        number(j, "window_column", t->combine.window_column);
        type(j, "time_type", t->combine.time_type);
    }
}

static void fields(struct json *j, const struct transform *t)
{
    switch (t->kind) {
    case TRANSFORM_READ:
        read_fields(j, t);
        return;
    case TRANSFORM_PARDO:
        pardo_fields(j, t);
        return;
    case TRANSFORM_WINDOW_INTO:
        window_fields(j, t);
        return;
    case TRANSFORM_GROUP_BY_KEY:
        numbers(j, "keys", t->group_by_key.keys, t->group_by_key.n_keys);
        return;
    case TRANSFORM_COMBINE:
        combine_fields(j, t);
        return;
    case TRANSFORM_WRITE:
        sort_keys(j, t->write.sort_keys, t->write.n_sort_keys);
        number(j, "n_visible", t->write.n_visible);
        return;
    default:
        return;
    }
}

static void metrics_fields(struct json *j, const struct transform_metrics *m)
{
    key(j, "metrics");
    open_(j, '{');
    number(j, "rows_in", m->rows_in);
    number(j, "rows_out", m->rows_out);
    number(j, "bytes", m->bytes);
    number(j, "time_ns", m->time_ns);
    number(j, "memory_peak", m->memory_peak);
    close_(j, '}');
}

void explain_json(const struct pipeline *pipeline, const struct transform_metrics *metrics,
                  struct strbuf *out)
{
    struct json j = {out, true};
    open_(&j, '{');
    number(&j, "root", pipeline->root->id);
    key(&j, "transforms");
    open_(&j, '[');
    for (uint32_t i = 0; i < pipeline->n_transforms; i++) {
        const struct transform *t = pipeline->transforms[i];
        comma(&j);
        strbuf_puts(out, "\n  ");
        open_(&j, '{');
        number(&j, "id", t->id);
        text(&j, "transform", explain_kind(t));
        key(&j, "inputs");
        open_(&j, '[');
        for (uint32_t k = 0; k < t->n_inputs; k++) {
            comma(&j);
            strbuf_printf(out, "%u", t->inputs[k]->id);
        }
        close_(&j, ']');
        flag(&j, "unbounded", t->unbounded);
        key(&j, "time_column");
        if (t->time_column >= 0)
            strbuf_printf(out, "%d", t->time_column);
        else
            strbuf_puts(out, "null");
        schema(&j, &t->schema);
        fields(&j, t);
        if (metrics)
            metrics_fields(&j, &metrics[t->id]);
        close_(&j, '}');
    }
    strbuf_puts(out, "\n");
    close_(&j, ']');
    close_(&j, '}');
    strbuf_putc(out, '\n');
}
