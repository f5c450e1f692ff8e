/* bind_window.c - TUMBLE, HOP, CUMULATE and SESSION, as table functions and in GROUP BY. */
#include "planner/bind_int.h"

#include "parser/ast_print.h"

enum slot {
    SLOT_DATA,
    SLOT_TIMECOL,
    SLOT_SIZE,
    SLOT_SLIDE,
    SLOT_STEP,
    SLOT_GAP,
    SLOT_OFFSET,
    SLOT_TIMEZONE,
    SLOT_MAX_DURATION,
    SLOT_COUNT
};

static const char *const SLOT_NAMES[SLOT_COUNT] = {
    "DATA", "TIMECOL", "SIZE", "SLIDE", "STEP", "GAP", "OFFSET", "TIMEZONE", "MAX_DURATION"};

#define BIT(slot) (1u << (slot))

/* What each takes: by place, in all, and at least. */
static const struct window_form {
    const char *name;
    enum slot places[5];
    unsigned n_places, allowed, needed;
} FORMS[] = {
    [WINDOW_GLOBAL] = {.name = ""},
    [WINDOW_TUMBLE] = {"TUMBLE",
                       {SLOT_DATA, SLOT_TIMECOL, SLOT_SIZE, SLOT_OFFSET},
                       4,
                       BIT(SLOT_DATA) | BIT(SLOT_TIMECOL) | BIT(SLOT_SIZE) | BIT(SLOT_OFFSET) |
                           BIT(SLOT_TIMEZONE),
                       BIT(SLOT_TIMECOL) | BIT(SLOT_SIZE)},
    [WINDOW_HOP] = {"HOP",
                    {SLOT_DATA, SLOT_TIMECOL, SLOT_SLIDE, SLOT_SIZE, SLOT_OFFSET},
                    5,
                    BIT(SLOT_DATA) | BIT(SLOT_TIMECOL) | BIT(SLOT_SLIDE) | BIT(SLOT_SIZE) |
                        BIT(SLOT_OFFSET) | BIT(SLOT_TIMEZONE),
                    BIT(SLOT_TIMECOL) | BIT(SLOT_SLIDE) | BIT(SLOT_SIZE)},
    [WINDOW_CUMULATE] = {"CUMULATE",
                         {SLOT_DATA, SLOT_TIMECOL, SLOT_STEP, SLOT_SIZE, SLOT_OFFSET},
                         5,
                         BIT(SLOT_DATA) | BIT(SLOT_TIMECOL) | BIT(SLOT_STEP) | BIT(SLOT_SIZE) |
                             BIT(SLOT_OFFSET) | BIT(SLOT_TIMEZONE),
                         BIT(SLOT_TIMECOL) | BIT(SLOT_STEP) | BIT(SLOT_SIZE)},
    [WINDOW_SESSION] = {"SESSION",
                        {SLOT_DATA, SLOT_TIMECOL, SLOT_GAP},
                        3,
                        BIT(SLOT_DATA) | BIT(SLOT_TIMECOL) | BIT(SLOT_GAP) | BIT(SLOT_TIMEZONE) |
                            BIT(SLOT_MAX_DURATION),
                        BIT(SLOT_TIMECOL) | BIT(SLOT_GAP)},
};

enum {
    WINDOW_FANOUT_MAX = 100000, /* windows one row may be in */
    WINDOW_DAYS_MAX = 3650000,  /* of one length: ten thousand years */
    WINDOW_MONTHS_MAX = 120000
};
static const int64_t DAY_US = INT64_C(86400000000);

enum window_kind bind_window_kind(struct str name)
{
    for (int kind = WINDOW_TUMBLE; kind <= WINDOW_SESSION; kind++)
        if (str_is(name, FORMS[kind].name))
            return (enum window_kind)kind;
    return WINDOW_GLOBAL;
}

struct window_call {
    struct bind *at;
    enum window_kind kind;
    const struct ast_call *call;
    const struct ast_expr *args[SLOT_COUNT];
    struct ast_exprs partition;
    struct span span;
};

static enum status unknown_argument(struct window_call *w, const struct ast_name *name)
{
    struct binder *b = w->at->binder;
    const char *names[SLOT_COUNT];
    size_t n = 0;
    for (unsigned i = 0; i < SLOT_COUNT; i++)
        if (FORMS[w->kind].allowed & BIT(i))
            names[n++] = SLOT_NAMES[i];
    enum status status =
        error_set_at(b->error, STATUS_NAME, name->span, "%s has no argument " STR_FMT,
                     FORMS[w->kind].name, STR_ARG(name->text));
    const char *meant = error_did_you_mean(name->text.data, name->text.length, names, n);
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    return status;
}

/* The keys of TABLE t PARTITION BY a, b; without TABLE there is one key, beside the argument. */
static enum status take_partition(struct window_call *w)
{
    struct binder *b = w->at->binder;
    struct ast_exprs list = {0};
    for (uint32_t i = 0; i < w->call->n_args; i++) {
        const struct ast_arg *arg = &w->call->args[i];
        if (arg->value->kind == AST_TABLE && arg->value->source->partition_by.count)
            list = arg->value->source->partition_by;
        else if (arg->partition_by)
            list = (struct ast_exprs){(struct ast_expr **)&arg->partition_by, 1};
    }
    if (list.count && w->kind != WINDOW_SESSION)
        return error_set_at(b->error, STATUS_TYPE, list.items[0]->span,
                            "only SESSION takes PARTITION BY");
    w->partition = list;
    return STATUS_OK;
}

/* Puts the arguments in their slots; `first` is 1 in GROUP BY, where there is no DATA. */
static enum status sort_arguments(struct window_call *w, unsigned first)
{
    struct binder *b = w->at->binder;
    const struct window_form *form = &FORMS[w->kind];
    unsigned place = first;
    for (uint32_t i = 0; i < w->call->n_args; i++) {
        const struct ast_arg *arg = &w->call->args[i];
        unsigned slot = SLOT_COUNT;
        if (!arg->name.text.data) {
            if (place >= form->n_places)
                return error_set_at(b->error, STATUS_TYPE, arg->value->span,
                                    "too many arguments for %s", form->name);
            slot = form->places[place++];
        }
        for (unsigned s = first; slot == SLOT_COUNT && s < SLOT_COUNT; s++)
            if (str_is(arg->name.text, SLOT_NAMES[s]) && form->allowed & BIT(s))
                slot = s;
        if (slot == SLOT_COUNT)
            return unknown_argument(w, &arg->name);
        if (w->args[slot])
            return error_set_at(b->error, STATUS_NAME, arg->value->span, "%s is given twice",
                                SLOT_NAMES[slot]);
        w->args[slot] = arg->value;
    }
    for (unsigned s = first; s < SLOT_COUNT; s++)
        if ((form->needed & BIT(s) || s == SLOT_DATA) && !w->args[s]) {
            enum status status = error_set_at(b->error, STATUS_TYPE, w->span, "%s needs %s",
                                              form->name, SLOT_NAMES[s]);
            if (w->kind == WINDOW_HOP || w->kind == WINDOW_CUMULATE)
                error_hint(b->error, "%s comes first, then SIZE",
                           w->kind == WINDOW_HOP ? "SLIDE" : "STEP");
            return status;
        }
    return STATUS_OK;
}

/* ---- lengths ---- */

static enum status bad_length(struct window_call *w, enum slot slot, const char *what)
{
    struct binder *b = w->at->binder;
    return error_set_at(b->error, STATUS_VALUE, w->args[slot]->span, "%s %s", SLOT_NAMES[slot],
                        what);
}

static enum status bind_interval_arg(struct window_call *w, enum slot slot, struct interval *out)
{
    struct binder *b = w->at->binder;
    const struct ast_expr *ast = w->args[slot];
    struct value value;
    char type[TYPE_NAME_SIZE];
    TRY(bind_constant(w->at, ast, SLOT_NAMES[slot], &value));
    if (!value.is_null && value.type.id == TYPE_VARCHAR) {
        struct expr *e = expr_constant(b->arena, value, ast->span);
        TRY(arena_check(b->arena, b->error));
        TRY(bind_cast(b, e, type_of(TYPE_INTERVAL), &e));
        value = e->value;
    }
    if (value.is_null)
        return bad_length(w, slot, "must not be NULL");
    if (value.type.id != TYPE_INTERVAL) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, ast->span, "%s must be an INTERVAL, not %s",
                         SLOT_NAMES[slot], type_name(value.type, type));
        error_hint(b->error, "such as INTERVAL '10' SECOND");
        return status;
    }
    *out = value.interval;
    if (out->micros % 1000 != 0)
        return bad_length(w, slot, "must be whole milliseconds");
    return STATUS_OK;
}

static enum status bind_length(struct window_call *w, enum slot slot, struct interval *out)
{
    TRY(bind_interval_arg(w, slot, out));
    int parts = (out->months != 0) + (out->days != 0) + (out->micros != 0);
    if (out->months < 0 || out->days < 0 || out->micros < 0 || parts == 0)
        return bad_length(w, slot, "must be positive");
    if (out->days > WINDOW_DAYS_MAX || out->months > WINDOW_MONTHS_MAX ||
        out->micros / DAY_US > WINDOW_DAYS_MAX)
        return bad_length(w, slot, "must be less than ten thousand years");
    if (parts > 1) {
        enum status status =
            bad_length(w, slot, "must be months, or days, or hours and less, not a mixture");
        error_hint(w->at->binder->error, "a day can have 23 or 25 hours: write INTERVAL '36' HOUR");
        return status;
    }
    return STATUS_OK;
}

/* A length as microseconds, a day as 24 hours; 0: months. */
static int64_t length_us(struct interval length)
{
    return length.months ? 0 : length.days * DAY_US + length.micros;
}

static enum status check_steps(struct window_call *w, enum slot slot, struct window_fn *fn)
{
    struct binder *b = w->at->binder;
    bool months = fn->size.months != 0, step_months = fn->slide.months != 0;
    int64_t size = months ? fn->size.months : length_us(fn->size);
    int64_t step = step_months ? fn->slide.months : length_us(fn->slide);
    assert(step > 0);
    if (w->kind == WINDOW_CUMULATE && (months != step_months || size % step != 0))
        return error_set_at(b->error, STATUS_VALUE, w->args[SLOT_SIZE]->span,
                            "SIZE must be a multiple of STEP");
    if (months && !step_months)
        size = fn->size.months * 31 * DAY_US;
    if (months == step_months || months)
        if (size / step >= WINDOW_FANOUT_MAX)
            return error_set_at(b->error, STATUS_LIMIT, w->args[slot]->span,
                                "a row would be in more than %d windows", WINDOW_FANOUT_MAX);
    return STATUS_OK;
}

static enum status bind_offset(struct window_call *w, struct window_fn *fn)
{
    struct interval *offset = &fn->offset;
    TRY(bind_interval_arg(w, SLOT_OFFSET, offset));
    int64_t days = offset->micros / DAY_US;
    if (offset->days > WINDOW_DAYS_MAX || offset->days < -WINDOW_DAYS_MAX ||
        offset->months > WINDOW_MONTHS_MAX || offset->months < -WINDOW_MONTHS_MAX ||
        days > WINDOW_DAYS_MAX || days < -WINDOW_DAYS_MAX)
        return bad_length(w, SLOT_OFFSET, "must be less than ten thousand years");
    bool months = (fn->kind == WINDOW_HOP ? fn->slide : fn->size).months != 0;
    if (offset->months && !months)
        return bad_length(w, SLOT_OFFSET, "in months needs windows of months");
    return STATUS_OK;
}

static enum status bind_zone(struct window_call *w, struct window_fn *fn)
{
    struct binder *b = w->at->binder;
    const struct ast_expr *ast = w->args[SLOT_TIMEZONE];
    struct value value;
    if (!ast)
        return STATUS_OK;
    TRY(bind_constant(w->at, ast, "TIMEZONE", &value));
    if (value.is_null || value.type.id != TYPE_VARCHAR)
        return error_set_at(b->error, STATUS_TYPE, ast->span,
                            "TIMEZONE must be the name of a time zone as text");
    enum status status = timezone_get(b->arena, value.text, &fn->zone, b->error);
    if (status != STATUS_OK)
        error_place(b->error, ast->span);
    return status;
}

static enum status bind_window_fn(struct window_call *w, struct window_fn *fn)
{
    *fn = (struct window_fn){.kind = w->kind};
    enum slot slide = w->kind == WINDOW_CUMULATE ? SLOT_STEP : SLOT_SLIDE;
    TRY(bind_length(w, w->kind == WINDOW_SESSION ? SLOT_GAP : SLOT_SIZE, &fn->size));
    if (w->args[slide]) {
        TRY(bind_length(w, slide, &fn->slide));
        TRY(check_steps(w, slide, fn));
    }
    if (w->args[SLOT_OFFSET])
        TRY(bind_offset(w, fn));
    if (w->args[SLOT_MAX_DURATION]) {
        struct interval longest;
        TRY(bind_length(w, SLOT_MAX_DURATION, &longest));
        fn->max_duration = length_us(longest);
        if (!fn->max_duration)
            return bad_length(w, SLOT_MAX_DURATION, "must be days or less, not months");
    }
    return bind_zone(w, fn);
}

/* ---- the time column ---- */

static enum status refuse_time(struct window_call *w, const struct expr *time)
{
    struct binder *b = w->at->binder;
    char type[TYPE_NAME_SIZE];
    enum status status =
        error_set_at(b->error, STATUS_TYPE, w->args[SLOT_TIMECOL]->span,
                     "the time column must be a TIMESTAMP, not %s", type_name(time->type, type));
    if (time->type.id == TYPE_VARCHAR)
        error_hint(b->error, "CAST it to TIMESTAMP in a subquery");
    else if (type_is_number(time->type))
        error_hint(b->error, "epoch_ms(x) makes a TIMESTAMP of milliseconds, to_timestamp(x) one "
                             "of seconds, in a subquery");
    return status;
}

/* A DATE is its midnight, nanoseconds are cut to microseconds; with a zone a TIMESTAMP is taken as UTC. */
static enum status convert_time(struct window_call *w, struct expr *time, bool zoned,
                                struct expr **out)
{
    struct binder *b = w->at->binder;
    if (!type_is_timestamp(time->type) && time->type.id != TYPE_DATE)
        return refuse_time(w, time);
    enum type_id id = time->type.id == TYPE_TIMESTAMPTZ ? TYPE_TIMESTAMPTZ : TYPE_TIMESTAMP;
    TRY(bind_cast(b, time, type_of(id), &time));
    *out = time;
    if (!zoned || id == TYPE_TIMESTAMPTZ)
        return STATUS_OK;
    struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 2);
    TRY(arena_check(b->arena, b->error));
    args[0] = time;
    args[1] = bind_text(b, "UTC", time->span);
    return bind_resolve(w->at, STR_LITERAL("at time zone"), true, args, 2, time->span, out);
}

static enum status bind_time(struct window_call *w, bool zoned, struct expr **out)
{
    const struct ast_expr *ast = w->args[SLOT_TIMECOL];
    struct expr *time;
    if (ast->kind == AST_CALL && str_is(ast->call->name.text, "descriptor")) {
        if (ast->call->n_args != 1)
            return error_set_at(w->at->binder->error, STATUS_TYPE, ast->span,
                                "DESCRIPTOR takes one column");
        ast = ast->call->args[0].value;
    }
    TRY(bind_expr(w->at, ast, &time));
    return convert_time(w, time, zoned, out);
}

/* ---- as a table function ---- */

static enum status bind_data(struct window_call *w, struct logical **out)
{
    struct binder *b = w->at->binder;
    const struct ast_expr *ast = w->args[SLOT_DATA];
    switch ((enum ast_expr_kind)ast->kind) {
    case AST_TABLE:
        return bind_source(b, ast->source, out);
    case AST_NAME:
        return bind_table_name(b, &ast->names, ast->span, out);
    case AST_STRING:
        return bind_file(b, ast->text, ast->span, out);
    case AST_SUBQUERY:
        return bind_subquery(b, ast->select, out);
    case AST_CALL:
        return bind_table_function(b, ast->call, ast->span, out);
    default:
        return error_set_at(b->error, STATUS_TYPE, ast->span,
                            "the first argument of %s must be a table", FORMS[w->kind].name);
    }
}

/* Columns of PARTITION BY; an expression would have no column to lie in. */
static enum status bind_partition(struct window_call *w, struct logical *window)
{
    struct binder *b = w->at->binder;
    uint32_t *columns = ARENA_ARRAY(b->arena, uint32_t, w->partition.count + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < w->partition.count; i++) {
        struct expr *e;
        TRY(bind_expr(w->at, w->partition.items[i], &e));
        if (e->kind != EXPR_COLUMN)
            return error_set_at(b->error, STATUS_TYPE, w->partition.items[i]->span,
                                "PARTITION BY of SESSION takes columns");
        columns[i] = e->column;
    }
    window->window.partition_by = columns;
    window->window.n_partition_by = w->partition.count;
    return STATUS_OK;
}

enum status bind_window_table(struct binder *b, const struct ast_call *call, struct span span,
                              struct logical **out)
{
    struct scope scope = {.binder = b, .name = {"", 0}};
    struct bind at = {.binder = b, .scope = &scope, .clause = "a table function"};
    struct window_call w = {
        .at = &at, .kind = bind_window_kind(call->name.text), .call = call, .span = span};
    struct window_fn fn;
    struct expr *time;
    *out = NULL;
    TRY(take_partition(&w));
    TRY(sort_arguments(&w, SLOT_DATA));
    TRY(bind_data(&w, &scope.node));
    TRY(bind_window_fn(&w, &fn));
    TRY(bind_time(&w, fn.zone != NULL, &time));
    TRY(bind_count_node(b, span));
    struct logical *window = logical_window(b->arena, scope.node, &fn, time, false);
    window->span = span;
    TRY(arena_check(b->arena, b->error));
    TRY(bind_partition(&w, window));
    logical_refresh(b->arena, window);
    *out = window;
    return arena_check(b->arena, b->error);
}

/* ---- in GROUP BY ---- */

enum status bind_window_group(struct bind *at, const struct ast_expr *ast,
                              struct bind_grouped_window *out)
{
    struct binder *b = at->binder;
    struct window_call w = {.at = at,
                            .kind = bind_window_kind(ast->call->name.text),
                            .call = ast->call,
                            .span = ast->span};
    if (w.kind == WINDOW_CUMULATE)
        return bind_refuse(b, ast->span, "CUMULATE in GROUP BY (use it in FROM)");
    if (at->scope->node && at->scope->node->kind == LOGICAL_WINDOW)
        return error_set_at(b->error, STATUS_TYPE, ast->span,
                            "the rows are in windows already; group by window_start");
    TRY(sort_arguments(&w, SLOT_TIMECOL));
    TRY(bind_window_fn(&w, &out->fn));
    TRY(bind_time(&w, out->fn.zone != NULL, &out->time));
    out->time_type =
        type_of(out->time->type.id == TYPE_TIMESTAMPTZ ? TYPE_TIMESTAMPTZ : TYPE_TIMESTAMP);
    out->ast = ast;
    return STATUS_OK;
}

static bool same_arguments(struct binder *b, const struct ast_call *a, const struct ast_call *c)
{
    if (a->n_args != c->n_args)
        return false;
    for (uint32_t i = 0; i < a->n_args; i++) {
        struct strbuf left, right;
        strbuf_init(&left, b->arena);
        strbuf_init(&right, b->arena);
        ast_print_expr(a->args[i].value, &left);
        ast_print_expr(c->args[i].value, &right);
        if (!str_equal_nocase(strbuf_str(&left), strbuf_str(&right)))
            return false;
    }
    return true;
}

enum status bind_window_bound(struct bind *at, const struct ast_expr *ast, bool *found,
                              struct expr **out)
{
    static const struct {
        const char *suffix;
        uint32_t column;
    } BOUNDS[] = {{"_START", 0}, {"_END", 1}, {"_ROWTIME", 2}};
    struct binder *b = at->binder;
    struct str name = ast->call->name.text;
    *found = false;
    for (size_t i = 0; i < ARRAY_LENGTH(BOUNDS); i++) {
        size_t n = strlen(BOUNDS[i].suffix);
        if (name.length <= n)
            continue;
        struct str tail = {name.data + name.length - n, n};
        enum window_kind kind = bind_window_kind((struct str){name.data, name.length - n});
        if (kind == WINDOW_GLOBAL || kind == WINDOW_CUMULATE || !str_is(tail, BOUNDS[i].suffix))
            continue;
        *found = true;
        if (!at->window || at->window->fn.kind != kind)
            return error_set_at(b->error, STATUS_TYPE, ast->span, STR_FMT " needs GROUP BY %s(...)",
                                STR_ARG(name), FORMS[kind].name);
        if (!same_arguments(b, at->window->ast->call, ast->call))
            return error_set_at(b->error, STATUS_TYPE, ast->span,
                                STR_FMT " must have the arguments of the %s in GROUP BY",
                                STR_ARG(name), FORMS[kind].name);
        *out = expr_column(b->arena, BIND_WINDOW_BASE + BOUNDS[i].column, at->window->time_type,
                           ast->span);
        return arena_check(b->arena, b->error);
    }
    return STATUS_OK;
}
