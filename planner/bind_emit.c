/* bind_emit.c - WATERMARK FOR and EMIT: how far event time has come, and when results come out.
 *
 * Whether a SELECT is live is decided here: always with runtime_mode streaming, never with batch, else
 * where a source is a stream and there is a window or an EMIT. What is not live gives its result once, at
 * the end: each EMIT form is then one ON_TIME pane, index 0, the last. */
#include "planner/bind_int.h"

static const int64_t DAY_US = INT64_C(86400000000);

/* ---- WATERMARK FOR ---- */

/* Whether the expression never falls while the column rises. */
static bool rises_with(const struct expr *e, uint32_t column)
{
    const struct expr *by;
    if (e->kind == EXPR_COLUMN)
        return e->column == column;
    if (e->kind == EXPR_CAST)
        return type_is_timestamp(e->type) && rises_with(e->args[0], column);
    if (e->kind != EXPR_CALL)
        return false;
    switch (e->function) {
    case FUNCTION_SUB_TIMESTAMP_INTERVAL:
    case FUNCTION_SUB_MOMENT_INTERVAL:
    case FUNCTION_ADD_TIMESTAMP_INTERVAL:
    case FUNCTION_ADD_MOMENT_INTERVAL:
        by = e->args[1];
        return expr_is_foldable(by) && rises_with(e->args[0], column);
    case FUNCTION_DATE_TRUNC:
    case FUNCTION_DATE_TRUNC_MOMENT:
        by = e->args[0];
        return expr_is_foldable(by) && rises_with(e->args[1], column);
    default:
        return false;
    }
}

/* Puts an expression over the node's columns on every scan below that it can be computed at. */
static enum status put_watermark(struct binder *b, struct logical *node, struct expr *e,
                                 struct span span, bool replace, bool *put)
{
    *put = false;
    switch (node->kind) {
    case LOGICAL_SCAN:
        if (replace || !node->scan.watermark)
            node->scan.watermark = e;
        *put = true;
        return STATUS_OK;
    case LOGICAL_FILTER:
        return put_watermark(b, node->inputs[0], e, span, replace, put);
    case LOGICAL_PROJECT:
        e = expr_substitute(b->arena, e, node->project.items);
        TRY(arena_check(b->arena, b->error));
        return put_watermark(b, node->inputs[0], e, span, replace, put);
    case LOGICAL_WINDOW: {
        uint32_t own = logical_window_width(node), n = node->schema.n_fields;
        uint32_t *map = ARENA_ARRAY(b->arena, uint32_t, n + 1);
        TRY(arena_check(b->arena, b->error));
        for (uint32_t i = own; i < n; i++)
            map[i] = i - own;
        e = expr_remap(b->arena, e, map);
        TRY(arena_check(b->arena, b->error));
        return put_watermark(b, node->inputs[0], e, span, replace, put);
    }
    default:
        return STATUS_OK;
    }
}

enum status bind_source_watermark(struct binder *b, const struct ast_source *source,
                                  struct logical *node)
{
    struct scope scope = {.binder = b, .node = node};
    struct bind at = {.binder = b, .scope = &scope, .clause = "WATERMARK FOR"};
    const struct ast_name *name = &source->watermark_column;
    char type[TYPE_NAME_SIZE];
    struct expr *column, *e;
    bool put;
    const struct ast_expr ast = {
        .kind = AST_NAME, .span = name->span, .names = {(struct ast_name *)name, 1}};
    TRY(bind_expr(&at, &ast, &column));
    TRY(bind_expr(&at, source->watermark, &e));
    if (!type_is_timestamp(column->type)) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, name->span,
                         "WATERMARK FOR needs a TIMESTAMP, not %s", type_name(column->type, type));
        if (column->type.id == TYPE_VARCHAR)
            error_hint(b->error, "CAST it to TIMESTAMP in a subquery");
        return status;
    }
    if (column->kind != EXPR_COLUMN || !type_is_timestamp(e->type) ||
        !rises_with(e, column->column)) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, source->watermark->span,
                         "a watermark must rise with " STR_FMT, STR_ARG(name->text));
        error_hint(b->error, "such as " STR_FMT " - INTERVAL '5' SECOND", STR_ARG(name->text));
        return status;
    }
    enum type_id id = e->type.id == TYPE_TIMESTAMPTZ ? TYPE_TIMESTAMPTZ : TYPE_TIMESTAMP;
    TRY(bind_cast(b, e, type_of(id), &e));
    TRY(put_watermark(b, node, e, source->watermark->span, true, &put));
    return put ? STATUS_OK : bind_refuse(b, name->span, "WATERMARK on this source");
}

/* ---- live or not ---- */

static bool has_stream(const struct logical *node)
{
    if (node->kind == LOGICAL_SCAN)
        return node->scan.source->is_stream || node->scan.source->unbounded;
    for (uint32_t i = 0; i < node->n_inputs; i++)
        if (has_stream(node->inputs[i]))
            return true;
    return false;
}

static bool is_mode(const struct binder *b, const char *mode)
{
    return b->env->runtime_mode && strcmp(b->env->runtime_mode, mode) == 0;
}

bool bind_is_live(const struct binder *b, const struct logical *node)
{
    if (!node || is_mode(b, "batch"))
        return false;
    return is_mode(b, "streaming") || has_stream(node);
}

/* Watermarks made of the window's own event time, where none is declared; false: it cannot be followed to a source. */
static enum status follow_time(struct binder *b, struct logical *node, struct expr *time,
                               bool *fine)
{
    *fine = true;
    switch (node->kind) {
    case LOGICAL_SCAN:
        if (!node->scan.watermark) {
            node->scan.watermark = time;
            node->scan.watermark_by_default = true;
        }
        *fine = node->scan.source->n_splits <= 1;
        return STATUS_OK;
    case LOGICAL_FILTER:
        return follow_time(b, node->inputs[0], time, fine);
    case LOGICAL_PROJECT:
        time = expr_substitute(b->arena, time, node->project.items);
        TRY(arena_check(b->arena, b->error));
        return follow_time(b, node->inputs[0], time, fine);
    case LOGICAL_AGGREGATE: /* gives its own watermarks */
        *fine = node->aggregate.emit && node->aggregate.windowed;
        return STATUS_OK;
    default:
        *fine = false;
        return STATUS_OK;
    }
}

enum status bind_live_input(struct binder *b, struct logical *input, const struct logical *window,
                            const struct bind_aggregates *aggregates, const struct emit **emit)
{
    bool fine;
    if (!*emit)
        return STATUS_OK;
    for (size_t i = 0; (*emit)->mode == PANES_DISCARDING && i < aggregates->count; i++)
        if (aggregates->items[i].distinct)
            return bind_refuse(b, aggregates->items[i].span, "DISCARDING of DISTINCT aggregates");
    if (!window && (*emit)->kind == EMIT_CHANGES)
        return STATUS_OK;
    if (!window) {
        if (!is_mode(b, "streaming") && (*emit)->by_default) {
            *emit = NULL;
            return STATUS_OK;
        }
        return bind_refuse(b, input->span, "grouping a stream without a window");
    }
    const char *what = "windows over this source as a stream";
    TRY(follow_time(b, input, window->window.time, &fine));
    if (fine && window->window.fn.kind == WINDOW_SESSION) {
        fine = (*emit)->kind == EMIT_CLOSE && !window->window.fn.max_duration;
        what = window->window.fn.max_duration ? "MAX_DURATION over a stream"
                                              : "EMIT AFTER WATERMARK of SESSION";
    }
    if (!fine && (*emit)->by_default && !is_mode(b, "streaming")) {
        *emit = NULL;
        return STATUS_OK;
    }
    return fine ? STATUS_OK : bind_refuse(b, window->span, what);
}

/* ---- EMIT ---- */

static enum status bind_duration(struct bind *at, const struct ast_expr *ast, const char *what,
                                 bool zero, int64_t *out)
{
    struct binder *b = at->binder;
    struct value value;
    char type[TYPE_NAME_SIZE];
    TRY(bind_constant(at, ast, what, &value));
    if (value.is_null || value.type.id != TYPE_INTERVAL) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, ast->span, "%s must be an INTERVAL, not %s", what,
                         value.is_null ? "NULL" : type_name(value.type, type));
        error_hint(b->error, "such as INTERVAL '10' SECOND");
        return status;
    }
    int64_t days = value.interval.days;
    if (value.interval.months || days > 36500 || value.interval.micros / DAY_US > 36500)
        return error_set_at(b->error, STATUS_VALUE, ast->span,
                            "%s must be days or less, and less than a hundred years", what);
    *out = days * DAY_US + value.interval.micros;
    if (*out < 0 || (*out == 0 && !zero))
        return error_set_at(b->error, STATUS_VALUE, ast->span, "%s must %s", what,
                            zero ? "not be negative" : "be positive");
    return STATUS_OK;
}

/* ---- triggers ---- */

static enum status bind_every(struct bind *at, const struct ast_trigger *ast, struct trigger *t)
{
    struct binder *b = at->binder;
    struct value value;
    if (ast->kind == AST_TRIGGER_TIME)
        return bind_refuse(b, ast->span, "EVERY with an interval");
    TRY(bind_constant(at, ast->every, "EVERY .. ROWS", &value));
    if (value.is_null || !type_is_integer(value.type) || value.i64 < 1)
        return error_set_at(b->error, STATUS_VALUE, ast->every->span,
                            "EVERY .. ROWS takes a positive integer");
    *t = (struct trigger){.kind = TRIGGER_ROWS, .every = value.i64};
    return STATUS_OK;
}

static uint32_t count_parts(const struct ast_trigger *ast, unsigned kind)
{
    if ((unsigned)ast->kind != kind)
        return 1;
    return count_parts(ast->left, kind) + count_parts(ast->right, kind);
}

static enum status bind_trigger(struct bind *at, const struct ast_trigger *ast, struct emit *emit,
                                const struct trigger **out);

/* The parts of THEN are one list, however they are nested; so with OR and AND. */
static enum status add_parts(struct bind *at, const struct ast_trigger *ast, unsigned kind,
                             struct emit *emit, struct trigger *t)
{
    const struct trigger *part;
    if ((unsigned)ast->kind == kind) {
        TRY(add_parts(at, ast->left, kind, emit, t));
        return add_parts(at, ast->right, kind, emit, t);
    }
    TRY(bind_trigger(at, ast, emit, &part));
    t->parts[t->n_parts++] = part;
    return STATUS_OK;
}

static enum status bind_trigger(struct bind *at, const struct ast_trigger *ast, struct emit *emit,
                                const struct trigger **out)
{
    struct binder *b = at->binder;
    struct trigger *t = ARENA_NEW(b->arena, struct trigger);
    TRY(arena_check(b->arena, b->error));
    *out = t;
    if (ast->kind == AST_TRIGGER_TIME || ast->kind == AST_TRIGGER_ROWS)
        return bind_every(at, ast, t);
    static const enum trigger_kind KINDS[] = {[AST_TRIGGER_OR] = TRIGGER_OR,
                                              [AST_TRIGGER_AND] = TRIGGER_AND,
                                              [AST_TRIGGER_THEN] = TRIGGER_THEN};
    t->kind = KINDS[ast->kind];
    t->parts = ARENA_ARRAY(b->arena, const struct trigger *, count_parts(ast, ast->kind));
    TRY(arena_check(b->arena, b->error));
    if (t->kind == TRIGGER_THEN)
        t->place = emit->n_places++;
    return add_parts(at, ast, ast->kind, emit, t);
}

static enum status bind_panes(struct bind *at, const struct ast_emit *ast, struct emit *emit)
{
    static const enum pane_mode MODES[] = {[AST_MODE_DEFAULT] = PANES_ACCUMULATING,
                                           [AST_DISCARDING] = PANES_DISCARDING,
                                           [AST_ACCUMULATING] = PANES_ACCUMULATING,
                                           [AST_RETRACTING] = PANES_RETRACTING};
    static const struct trigger EACH_ROW = {.kind = TRIGGER_ROWS, .every = 1};
    emit->kind = EMIT_WATERMARK;
    emit->mode = MODES[ast->mode];
    emit->late = &EACH_ROW;
    if (ast->early)
        TRY(bind_trigger(at, ast->early, emit, &emit->early));
    if (ast->late)
        TRY(bind_trigger(at, ast->late, emit, &emit->late));
    emit->has_panes = true;
    emit->has_op = emit->mode == PANES_RETRACTING;
    return STATUS_OK;
}

static enum status refuse_parts(struct binder *b, const struct ast_emit *ast)
{
    if (ast->kind == AST_EMIT_WATERMARK)
        return STATUS_OK;
    const struct ast_trigger *trigger = ast->early ? ast->early : ast->late;
    if (!trigger && ast->mode == AST_MODE_DEFAULT)
        return STATUS_OK;
    enum status status = error_set_at(
        b->error, STATUS_SYNTAX, trigger ? trigger->span : ast->span,
        "triggers, DISCARDING, ACCUMULATING and RETRACTING belong to EMIT AFTER WATERMARK");
    return status;
}

static enum status refuse_form(struct binder *b, const struct ast_emit *ast)
{
    if (ast->kind == AST_EMIT_PERIODIC)
        return bind_refuse(b, ast->span, "EMIT PERIODIC");
    TRY(refuse_parts(b, ast));
    if (ast->late_rows.text.data)
        return bind_refuse(b, ast->late_rows.span, "LATE ROWS INTO");
    return STATUS_OK;
}

bool bind_emit_has_op(const struct ast_emit *ast)
{
    return ast && (ast->kind == AST_EMIT_CHANGES || ast->mode == AST_RETRACTING);
}

/* What is written, or what a window or a grouping without one does by itself. */
static enum status bind_form(struct bind *at, const struct ast_emit *ast, bool windowed,
                             struct emit *emit)
{
    if (ast && ast->allowed_lateness)
        TRY(bind_duration(at, ast->allowed_lateness, "ALLOWED LATENESS", true, &emit->lateness_us));
    if (ast && ast->kind == AST_EMIT_WATERMARK)
        return bind_panes(at, ast, emit);
    if (ast ? ast->kind != AST_EMIT_CHANGES : windowed)
        return STATUS_OK;
    emit->kind = EMIT_CHANGES;
    emit->mode = PANES_RETRACTING;
    emit->has_panes = windowed;
    emit->has_op = true;
    return STATUS_OK;
}

enum status bind_emit(struct binder *b, const struct ast_emit *ast, const struct logical *from,
                      bool grouped, bool windowed, const struct emit **out)
{
    struct bind at = {.binder = b, .clause = "EMIT"};
    *out = NULL;
    if (ast)
        TRY(refuse_form(b, ast));
    bool changes = ast && ast->kind == AST_EMIT_CHANGES;
    if (ast && !changes && (!grouped || !windowed))
        return bind_refuse(b, ast->span, "EMIT without GROUP BY over a window");
    if (ast && ast->allowed_lateness && !windowed)
        return error_set_at(b->error, STATUS_TYPE, ast->span, "ALLOWED LATENESS needs a window");
    if (bind_emit_has_op(ast) && b->n_within)
        return bind_refuse(b, ast->span, "EMIT with op in a subquery");
    if (!bind_is_live(b, from) || (!windowed && !changes && !is_mode(b, "streaming")))
        return STATUS_OK;
    struct emit *emit = ARENA_NEW(b->arena, struct emit);
    TRY(arena_check(b->arena, b->error));
    *emit = (struct emit){.kind = EMIT_CLOSE, .by_default = !ast};
    TRY(bind_form(&at, ast, windowed, emit));
    if (emit->has_op && b->n_within)
        return grouped ? bind_refuse(b, from->span, "grouping a stream in a subquery") : STATUS_OK;
    *out = emit;
    return STATUS_OK;
}

/* ---- pane columns ---- */

static struct expr *constant_pane(struct binder *b, uint32_t i, struct span span)
{
    if (i == 1)
        return bind_integer(b, 0, span);
    return i == 2 ? bind_bool(b, true, span) : bind_text(b, i == 0 ? "ON_TIME" : "+I", span);
}

enum status bind_pane_column(struct bind *at, struct str name, struct span span, struct expr **out)
{
    static const struct {
        const char *name;
        enum type_id type;
    } COLUMNS[] = {{"pane_timing", TYPE_VARCHAR},
                   {"pane_index", TYPE_BIGINT},
                   {"pane_is_last", TYPE_BOOLEAN},
                   {"op", TYPE_VARCHAR}};
    struct binder *b = at->binder;
    uint32_t i = 0;
    *out = NULL;
    if (!at->aggregates || at->in_aggregate) /* they are of the result, not of the rows */
        return STATUS_OK;
    while (i < ARRAY_LENGTH(COLUMNS) && !str_is(name, COLUMNS[i].name))
        i++;
    bool known = i < PANE_COLUMNS ? at->has_panes : i == PANE_COLUMNS && at->has_op;
    if (!known)
        return STATUS_OK;
    bool is_column = at->emit && (i < PANE_COLUMNS ? at->emit->has_panes : at->emit->has_op);
    uint32_t column =
        BIND_PANE_BASE + (i == PANE_COLUMNS && at->emit && !at->emit->has_panes ? 0 : i);
    if (is_column)
        *out = expr_column(b->arena, column, type_of(COLUMNS[i].type), span);
    else
        *out = constant_pane(b, i, span);
    return arena_check(b->arena, b->error);
}
