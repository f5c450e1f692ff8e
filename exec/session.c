/* session.c - the public interface: databases, statements, parameters, result streams.
 *
 *   1. One statement runs at a time: db->running is set from execution_begin to execution_end.
 *   2. A stream owns a reference to its execution; the plan's memory is freed when the stream ends, is released, or
 *      fails, the summary and the notices live on with the statement. */
#include "exec/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "exec/eval.h"
#include "parser/parse.h"
#include "storage/arrow_c.h"
#include "storage/text_value.h"

#define VERSION "0.1.0"

struct weir_statement {
    struct weir *db;
    struct arena arena; /* text and tree */
    struct str sql;
    struct parse_result parsed;
    struct value *parameters;
    struct execution *execution; /* the last one, or NULL */
};

static_assert((int)STATUS_COUNT == (int)WEIR_CODES, "codes and statuses are one list");

/* ---- errors ---- */

static enum weir_code report(const struct error *error, enum status status, struct str sql,
                             struct weir_error *out)
{
    if (!out)
        return (enum weir_code)status;
    memset(out, 0, sizeof *out);
    out->code = (enum weir_code)status;
    memcpy(out->message, error->message, sizeof out->message);
    memcpy(out->hint, error->hint, sizeof out->hint);
    if (error->span.end > error->span.start && error->span.end <= sql.length) {
        struct parse_place place = parse_locate(sql, error->span.start);
        out->offset = error->span.start;
        out->length = error->span.end - error->span.start;
        out->line = place.line;
        out->column = place.column;
    }
    return out->code;
}

static enum weir_code usage(struct weir_error *out, const char *message)
{
    struct error error = {0};
    enum status status = error_set(&error, STATUS_USAGE, "%s", message);
    return report(&error, status, (struct str){0}, out);
}

const char *weir_code_name(enum weir_code code)
{
    return status_word((enum status)code);
}

size_t weir_error_format(const struct weir_error *error, const char *sql, size_t sql_length,
                         char *out, size_t cap)
{
    struct error inner = {.status = (enum status)error->code};
    memcpy(inner.message, error->message, sizeof inner.message);
    memcpy(inner.hint, error->hint, sizeof inner.hint);
    if (error->length && sql) {
        inner.span.start = (uint32_t)error->offset;
        inner.span.end = (uint32_t)(error->offset + error->length);
    }
    return parse_format_error(&inner, (struct str){sql, sql ? sql_length : 0}, out, cap);
}

/* ---- databases ---- */

static void budget_free(struct budget *budget)
{
    block_free(budget, sizeof *budget, NULL);
}

enum { OWN_CHARGE = 1 }; /* keeps the budget until the handle is closed */

static enum status db_open_folder(struct weir *db, const char *path, unsigned flags,
                                  struct error *error)
{
    bool readonly = (flags & WEIR_OPEN_READONLY) != 0;
    TRY(database_open(path, readonly, db->io, db->budget, &db->database, error));
    database_set_wait(db->database, &db->cancel, DATABASE_WAIT_MS);
    catalog_attach(db->catalog, db->database);
    return STATUS_OK;
}

static enum status db_open(const char *path, unsigned flags, struct weir **out, struct error *error)
{
    void *block;
    TRY(block_alloc(&block, sizeof(struct weir), NULL, "weir_open", error));
    struct weir *db = block;
    enum status status = arena_init(&db->arena, error);
    if (status != STATUS_OK) {
        block_free(db, sizeof *db, NULL);
        return status;
    }
    settings_init(&db->settings, &db->arena);
    db->clock = clock_system;
    db->io = &io_system;
    mutex_init(&db->mutex);
    status = block_alloc((void **)&db->budget, sizeof *db->budget, NULL, "weir_open", error);
    if (status == STATUS_OK) {
        budget_init(db->budget, db->settings.memory_limit);
        db->budget->on_empty = budget_free;
        status = budget_charge(db->budget, OWN_CHARGE, "weir_open", error);
    }
    if (status == STATUS_OK)
        status = catalog_new(&db->catalog, error);
    if (status == STATUS_OK && path)
        status = db_open_folder(db, path, flags, error);
    if (status != STATUS_OK) {
        weir_close(db);
        return status;
    }
    *out = db;
    return STATUS_OK;
}

enum weir_code weir_open(const char *path, struct weir **out, struct weir_error *error)
{
    return weir_open_with(path, 0, out, error);
}

enum weir_code weir_open_with(const char *path, unsigned flags, struct weir **out,
                              struct weir_error *error)
{
    struct error inner = {0};
    *out = NULL;
    enum status status = db_open(path, flags, out, &inner);
    return report(&inner, status, (struct str){0}, error);
}

bool weir_in_transaction(const struct weir *db)
{
    return db->in_transaction;
}

void weir_close(struct weir *db)
{
    if (!db)
        return;
    session_rollback(db);
    if (db->catalog)
        catalog_close(db->catalog);
    last_result_fini(&db->last);
    reject_log_fini(&db->rejects);
    if (db->database)
        database_close(db->database);
    if (db->budget)
        budget_release(db->budget, OWN_CHARGE);
    mutex_fini(&db->mutex);
    arena_fini(&db->arena);
    block_free(db, sizeof *db, NULL);
}

const char *weir_version(void)
{
    return VERSION;
}

enum weir_code weir_set(struct weir *db, const char *name, const char *value,
                        struct weir_error *error)
{
    struct error inner = {0};
    enum status status = settings_set(&db->settings, str_of(name), str_of(value), &inner);
    db->budget->limit = db->settings.memory_limit;
    return report(&inner, status, (struct str){0}, error);
}

bool weir_get(struct weir *db, const char *name, char *out, size_t cap)
{
    char value[SETTING_VALUE_SIZE];
    if (!settings_get(&db->settings, str_of(name), value) || strlen(value) >= cap)
        return false;
    memcpy(out, value, strlen(value) + 1);
    return true;
}

bool weir_zone_offset(struct weir *db, const char *zone, int64_t utc_us, int32_t *offset_s)
{
    struct error error = {0};
    size_t cache = 0;
    if (!db->asked_zone || !str_is(str_of(zone), timezone_name(db->asked_zone)))
        if (timezone_get(&db->arena, str_of(zone), &db->asked_zone, &error) != STATUS_OK)
            return false;
    *offset_s = timezone_offset_at(db->asked_zone, utc_us, &cache);
    return true;
}

void weir_cancel(struct weir *db)
{
    atomic_store_explicit(&db->cancel, true, memory_order_relaxed);
}

void weir_progress(struct weir *db, struct weir_progress *out)
{
    memset(out, 0, sizeof *out);
    out->memory_used = budget_used(db->budget);
    mutex_lock(&db->mutex);
    struct execution *e = db->running;
    if (e) {
        struct query_counts counts = {0};
        if (e->query)
            query_count(e->query, &counts);
        out->running = true;
        out->bytes_done = counts.bytes_read;
        out->bytes_total = counts.bytes_total;
        out->rows_done = counts.rows_read;
        out->elapsed_s = (double)(clock_monotonic_ns() - e->started_ns) / 1e9;
    } else if (db->verifying) {
        verify_progress_get(db->verifying, out);
    }
    mutex_unlock(&db->mutex);
}

/* ---- statements and parameters ---- */

bool weir_is_complete(const char *sql, size_t length)
{
    return parse_is_complete((struct str){sql, length});
}

void weir_each_keyword(void (*fn)(void *, const char *), void *context)
{
    parse_each_keyword(fn, context);
}

/* The tree points into the text, which is the caller's: what the statement takes of it is copied and parsed again. */
static enum status statement_parse(struct weir_statement *statement, size_t *used,
                                   struct error *error)
{
    struct parse_result *parsed = &statement->parsed;
    struct str sql = statement->sql;
    TRY(parse_statement(&statement->arena, sql, parsed, error));
    *used = parsed->used;
    if (!parsed->statement)
        return STATUS_OK;
    statement->sql.length = parsed->used;
    statement->sql.data = str_dup(&statement->arena, statement->sql);
    if (!statement->sql.data)
        return error_no_memory(error, parsed->used, "the text of a statement");
    TRY(parse_statement(&statement->arena, statement->sql, parsed, error));
    statement->parameters = ARENA_ARRAY(&statement->arena, struct value, parsed->n_parameters + 1);
    TRY(arena_check(&statement->arena, error));
    for (uint32_t i = 0; i < parsed->n_parameters; i++)
        statement->parameters[i] = value_null(type_of(TYPE_NULL));
    return STATUS_OK;
}

enum weir_code weir_prepare(struct weir *db, const char *sql, size_t length,
                            struct weir_statement **out, size_t *used, struct weir_error *error)
{
    struct error inner = {0};
    struct str text = {sql, length};
    void *block;
    *out = NULL;
    *used = length;
    enum status status =
        block_alloc(&block, sizeof(struct weir_statement), NULL, "a statement", &inner);
    if (status != STATUS_OK)
        return report(&inner, status, text, error);
    struct weir_statement *statement = block;
    status = arena_init(&statement->arena, &inner);
    if (status != STATUS_OK) {
        block_free(statement, sizeof *statement, NULL);
        return report(&inner, status, text, error);
    }
    statement->db = db;
    statement->sql = text;
    status = statement_parse(statement, used, &inner);
    if (status == STATUS_OK && statement->parsed.statement)
        *out = statement;
    else
        weir_statement_close(statement);
    return report(&inner, status, text, error);
}

unsigned weir_parameter_count(const struct weir_statement *statement)
{
    return statement->parsed.n_parameters;
}

const char *weir_parameter_name(const struct weir_statement *statement, unsigned index)
{
    if (index == 0 || index > statement->parsed.n_parameters)
        return NULL;
    struct str name = statement->parsed.parameters[index - 1].text;
    return name.data ? str_dup((struct arena *)&statement->arena, name) : NULL;
}

unsigned weir_parameter_index(const struct weir_statement *statement, const char *name)
{
    for (uint32_t i = 0; i < statement->parsed.n_parameters; i++) {
        struct str known = statement->parsed.parameters[i].text;
        if (known.data && str_equal(known, str_of(name)))
            return i + 1;
    }
    return 0;
}

static enum weir_code bind(struct weir_statement *statement, unsigned index, struct value value,
                           struct weir_error *error)
{
    if (index == 0 || index > statement->parsed.n_parameters) {
        struct error inner = {0};
        enum status status =
            error_set(&inner, STATUS_USAGE, "there is no parameter %u, the statement has %u", index,
                      statement->parsed.n_parameters);
        return report(&inner, status, statement->sql, error);
    }
    statement->parameters[index - 1] = value;
    return WEIR_OK;
}

enum weir_code weir_bind_null(struct weir_statement *statement, unsigned index,
                              struct weir_error *error)
{
    return bind(statement, index, value_null(type_of(TYPE_NULL)), error);
}

enum weir_code weir_bind_bool(struct weir_statement *statement, unsigned index, bool value,
                              struct weir_error *error)
{
    return bind(statement, index, (struct value){.type = type_of(TYPE_BOOLEAN), .boolean = value},
                error);
}

enum weir_code weir_bind_int64(struct weir_statement *statement, unsigned index, int64_t value,
                               struct weir_error *error)
{
    return bind(statement, index, (struct value){.type = type_of(TYPE_BIGINT), .i64 = value},
                error);
}

enum weir_code weir_bind_double(struct weir_statement *statement, unsigned index, double value,
                                struct weir_error *error)
{
    return bind(statement, index, (struct value){.type = type_of(TYPE_DOUBLE), .f64 = value},
                error);
}

enum weir_code weir_bind_text(struct weir_statement *statement, unsigned index, const char *value,
                              size_t length, struct weir_error *error)
{
    struct value v = {.type = type_of(TYPE_VARCHAR)};
    const char *copy = arena_memdup(&statement->arena, value, length);
    if (!copy && length)
        return usage(error, "the text of a parameter is too long for the memory there is");
    v.text = (struct str){copy, length};
    return bind(statement, index, v, error);
}

/* ---- executions ---- */

static void execution_unref(struct execution *e)
{
    if (!e || --e->refs)
        return;
    arena_fini(&e->keep);
    block_free(e, sizeof *e, NULL);
}

static void keep_notice(void *context, const char *text)
{
    struct execution *e = context;
    *ARRAY_PUSH(&e->keep, &e->notices) = arena_strdup(&e->keep, text);
}

static void take_rejects(void *context, struct source *source)
{
    reject_log_take(context, source);
}

static void keep_rejects(struct execution *e)
{
    struct reject_take take = {.log = &e->db->rejects,
                               .catalog = e->db->catalog,
                               .context = &e->context,
                               .arena = &e->arena,
                               .notice = keep_notice,
                               .notice_context = e};
    query_sources(e->query, take_rejects, &take);
}

/* Ends what runs: threads, plan, memory. The summary is final then. Twice is fine. */
static void execution_end(struct execution *e)
{
    struct query_counts counts = {0};
    if (e->ended)
        return;
    e->ended = true;
    last_result_end(&e->db->last, false);
    if (e->query) {
        query_count(e->query, &counts);
        keep_rejects(e);
        query_notices(e->query, keep_notice, e);
    }
    mutex_lock(&e->db->mutex);
    struct query *query = e->query;
    e->query = NULL;
    if (e->db->running == e)
        e->db->running = NULL;
    mutex_unlock(&e->db->mutex);
    batch_unref(e->pending);
    e->pending = NULL;
    query_close(query);
    if (e->plan)
        plan_close(e->plan);
    e->plan = NULL;
    e->summary.rows_read = counts.rows_read;
    e->summary.bytes_read = counts.bytes_read;
    e->summary.elapsed_s = (double)(clock_monotonic_ns() - e->started_ns) / 1e9;
    e->summary.memory_peak = atomic_load(&e->db->budget->peak);
    if (e->arena_open)
        arena_fini(&e->arena);
    e->arena_open = false;
}

static enum status fold(void *context, const struct expr *expr, struct value *out,
                        struct error *error)
{
    struct execution *e = context;
    return eval_constant(expr, &e->arena, &e->context, e->env.zone, out, error);
}

static enum status execution_new(struct weir_statement *statement, struct execution **out,
                                 struct error *error)
{
    struct weir *db = statement->db;
    void *block;
    if (db->running)
        return error_set(error, STATUS_USAGE,
                         "a statement is still running: read its rows to the end or release "
                         "its stream first");
    TRY(block_alloc(&block, sizeof(struct execution), NULL, "a statement", error));
    struct execution *e = block;
    e->refs = 1;
    e->db = db;
    e->started_ns = clock_monotonic_ns();
    enum status status = arena_init(&e->keep, error);
    if (status != STATUS_OK) {
        block_free(e, sizeof *e, NULL);
        return status;
    }
    status = arena_init(&e->arena, error);
    e->arena_open = status == STATUS_OK;
    if (status != STATUS_OK) {
        execution_unref(e);
        return status;
    }
    e->sql = (struct str){str_dup(&e->keep, statement->sql), statement->sql.length};
    e->clock =
        (struct clock){.wall_us = clock_fixed_wall_us, .fixed_us = db->clock.wall_us(&db->clock)};
    status = arena_check(&e->keep, error);
    if (status != STATUS_OK) {
        arena_fini(&e->arena);
        execution_unref(e);
        return status;
    }
    e->context = (struct context){
        .budget = db->budget,
        .io = db->io,
        .clock = &e->clock,
        .cancel = &db->cancel,
        .n_threads = db->settings.threads,
        .batch_size = db->settings.batch_size,
    };
    size_t n_system_tables;
    const char *const *system_tables = system_table_names(&n_system_tables);
    e->env = (struct planner_env){
        .arena = &e->arena,
        .context = &e->context,
        .catalog = db->catalog,
        .zone = db->settings.zone,
        .sql = e->sql,
        .parameters = statement->parameters,
        .n_parameters = statement->parsed.n_parameters,
        .safe = db->settings.safe,
        .disabled_rules = db->settings.disabled_rules,
        .on_error = db->settings.on_error,
        .runtime_mode = db->settings.runtime_mode,
        .fold = fold,
        .fold_context = e,
        .system_table = system_table_open,
        .system_tables = system_tables,
        .n_system_tables = n_system_tables,
        .session = e,
    };
    atomic_store(&db->cancel, false);
    atomic_store(&db->budget->peak, budget_used(db->budget));
    db->budget->limit = db->settings.memory_limit;
    mutex_lock(&db->mutex);
    db->running = e;
    mutex_unlock(&db->mutex);
    *out = e;
    return STATUS_OK;
}

/* ---- streams ---- */

static struct execution *of_stream(struct ArrowArrayStream *stream)
{
    return stream->private_data;
}

static int stream_failed(struct execution *e, enum status status)
{
    e->error.status = status;
    execution_end(e);
    return status == STATUS_MEMORY ? ENOMEM : status == STATUS_CANCELLED ? EINTR : EIO;
}

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    struct execution *e = of_stream(stream);
    enum status status = arrow_export_schema(&e->schema, e->db->settings.time_zone, out, &e->error);
    return status == STATUS_OK ? 0 : stream_failed(e, status);
}

static enum status stream_fill(struct execution *e)
{
    while (!e->pending && !e->summary.is_explain) {
        TRY(query_next(e->query, &e->pending, &e->error));
        e->pending_at = 0;
        if (!e->pending)
            return STATUS_OK;
        if (!e->pending->length) {
            batch_unref(e->pending);
            e->pending = NULL;
            continue;
        }
        last_result_add(&e->db->last, e->pending, e->db->budget);
    }
    return STATUS_OK;
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct execution *e = of_stream(stream);
    size_t taken;
    memset(out, 0, sizeof *out);
    if (e->error.status != STATUS_OK)
        return EIO;
    if (e->ended)
        return 0;
    enum status status = stream_fill(e);
    if (status != STATUS_OK)
        return stream_failed(e, status);
    if (!e->pending) {
        last_result_end(&e->db->last, !e->summary.is_explain);
        execution_end(e);
        return 0;
    }
    status = arrow_export_batch(e->pending, e->pending_at, e->db->budget, out, &taken, &e->error);
    if (status != STATUS_OK)
        return stream_failed(e, status);
    e->summary.rows += taken;
    e->pending_at += taken;
    if (e->pending_at == e->pending->length) {
        batch_unref(e->pending);
        e->pending = NULL;
    }
    return 0;
}

static const char *stream_last_error(struct ArrowArrayStream *stream)
{
    struct execution *e = of_stream(stream);
    return e->error.status == STATUS_OK ? NULL : e->error.message;
}

static void stream_release(struct ArrowArrayStream *stream)
{
    struct execution *e = of_stream(stream);
    execution_end(e);
    execution_unref(e);
    stream->release = NULL;
    stream->private_data = NULL;
}

void weir_stream_error(struct ArrowArrayStream *stream, struct weir_error *out)
{
    struct execution *e = of_stream(stream);
    report(&e->error, e->error.status, e->sql, out);
}

/* The schema of the rows, kept apart from the plan, which ends before the stream does. */
static enum status keep_schema(struct execution *e, const struct schema *schema, uint32_t n,
                               struct error *error)
{
    e->schema.n_fields = n;
    e->schema.fields = ARENA_ARRAY(&e->keep, struct field, n + 1);
    TRY(arena_check(&e->keep, error));
    for (uint32_t i = 0; i < n; i++) {
        e->schema.fields[i] = schema->fields[i];
        e->schema.fields[i].name = arena_strdup(&e->keep, schema->fields[i].name);
    }
    return arena_check(&e->keep, error);
}

static enum status open_query(struct execution *e, struct error *error)
{
    struct query_env env = {&e->arena, &e->context, e->env.zone};
    struct query *query;
    const struct transform *root = e->plan->pipeline->root;
    TRY(keep_schema(e, &root->schema, root->write.n_visible, error));
    TRY(query_open(&env, e->plan->pipeline, &query, error));
    mutex_lock(&e->db->mutex);
    e->query = query;
    mutex_unlock(&e->db->mutex);
    return STATUS_OK;
}

/* ---- EXPLAIN: its text as one row ---- */

static enum status open_explain(struct execution *e, struct error *error)
{
    struct str text;
    static struct field field = {"plan", {.id = TYPE_VARCHAR}, true};
    struct value value = {.type = type_of(TYPE_VARCHAR)};
    struct schema schema = {&field, 1};
    TRY(statement_explain(e, &text, error));
    TRY(keep_schema(e, &schema, 1, error));
    value.text = text;
    TRY(batch_new(1, 1, 0, e->db->budget, &e->pending, error));
    enum status status = value_to_column(&value, 1, e->db->budget, &e->pending->columns[0], error);
    if (status != STATUS_OK)
        return status;
    e->summary.is_explain = true;
    return STATUS_OK;
}

struct schema session_view_schema(struct execution *e, const struct catalog_entry *view)
{
    struct parse_result parsed;
    struct planner_env env = e->env;
    struct plan *plan = NULL;
    struct error ignored = {0};
    struct schema schema = {0};
    if (e->in_view) /* a view of the system tables */
        return schema;
    e->in_view = true;
    env.sql = str_of(view->view_sql);
    if (parse_statement(&e->arena, env.sql, &parsed, &ignored) == STATUS_OK && parsed.statement &&
        plan_statement(&env, parsed.statement, &plan, &ignored) == STATUS_OK && plan->pipeline) {
        const struct transform *root = plan->pipeline->root;
        schema = (struct schema){root->schema.fields, root->write.n_visible};
        for (uint32_t i = 0; i < view->n_view_columns && i < schema.n_fields; i++)
            schema.fields[i].name = view->view_columns[i];
    }
    plan_close(plan);
    e->in_view = false;
    return schema;
}

static enum status execute(struct execution *e, const struct weir_statement *statement,
                           struct ArrowArrayStream *out, struct error *error)
{
    if (!e->db->in_transaction)
        TRY(catalog_refresh(e->db->catalog, error));
    TRY(plan_statement(&e->env, statement->parsed.statement, &e->plan, error));
    TRY(arena_check(&e->arena, error));
    if (e->plan->kind == PLAN_QUERY) {
        TRY(open_query(e, error));
        last_result_begin(&e->db->last, &e->schema, e->db->settings.keep_result, e->db->budget);
    } else if (e->plan->kind == PLAN_EXPLAIN) {
        TRY(open_explain(e, error));
    } else {
        return statement_run(e, error);
    }
    e->summary.has_rows = true;
    e->refs++;
    *out = (struct ArrowArrayStream){
        .get_schema = stream_schema,
        .get_next = stream_next,
        .get_last_error = stream_last_error,
        .release = stream_release,
        .private_data = e,
    };
    return STATUS_OK;
}

enum weir_code weir_execute(struct weir_statement *statement, struct ArrowArrayStream *out,
                            struct weir_error *error)
{
    struct error inner = {0};
    struct execution *e;
    memset(out, 0, sizeof *out);
    enum status status = execution_new(statement, &e, &inner);
    if (status != STATUS_OK)
        return report(&inner, status, statement->sql, error);
    execution_unref(statement->execution);
    statement->execution = e;
    status = execute(e, statement, out, &inner);
    if (status != STATUS_OK || !out->release)
        execution_end(e);
    return report(&inner, status, statement->sql, error);
}

void weir_statement_summary(const struct weir_statement *statement, struct weir_summary *out)
{
    memset(out, 0, sizeof *out);
    if (statement->execution)
        *out = statement->execution->summary;
}

const char *weir_notice(const struct weir_statement *statement, unsigned index)
{
    const struct execution *e = statement->execution;
    return e && index < e->notices.count ? e->notices.items[index] : NULL;
}

/* The value of a literal as it stands in SQL; *is_literal false for anything else. */
static enum status literal_value(struct weir_statement *statement, struct str text,
                                 struct value *out, bool *is_literal, struct error *error)
{
    struct parse_result parsed;
    struct execution *e;
    char *sql = arena_printf(&statement->arena, "SELECT " STR_FMT, (int)text.length, text.data);
    *is_literal = false;
    if (text.length > 200)
        return STATUS_OK;
    if (parse_statement(&statement->arena, str_of(sql), &parsed, error) != STATUS_OK ||
        !parsed.statement || parsed.n_parameters || !parsed.statement->select ||
        parsed.statement->select->n_results != 1) {
        error_clear(error);
        return STATUS_OK;
    }
    const struct ast_expr *expr = parsed.statement->select->results[0].expr;
    if (expr->kind == AST_UNARY && expr->op == AST_OP_NEGATE)
        expr = expr->arg;
    if (expr->kind > AST_INTERVAL || parsed.statement->select->from)
        return STATUS_OK;
    struct weir_statement literal = {.db = statement->db, .sql = str_of(sql), .parsed = parsed};
    TRY(execution_new(&literal, &e, error));
    struct batch *batch = NULL;
    enum status status = plan_statement(&e->env, parsed.statement, &e->plan, error);
    if (status == STATUS_OK)
        status = open_query(e, error);
    if (status == STATUS_OK)
        status = query_next(e->query, &batch, error);
    if (status == STATUS_OK && batch) {
        *out = value_of_column(batch->columns[0], 0, &statement->arena);
        *is_literal = true;
    }
    batch_unref(batch);
    execution_end(e);
    execution_unref(e);
    return status;
}

enum weir_code weir_bind_literal(struct weir_statement *statement, unsigned index, const char *text,
                                 size_t length, struct weir_error *error)
{
    struct error inner = {0};
    struct value value;
    bool is_literal;
    enum status status =
        literal_value(statement, (struct str){text, length}, &value, &is_literal, &inner);
    if (status != STATUS_OK)
        return report(&inner, status, (struct str){0}, error);
    if (!is_literal)
        return weir_bind_text(statement, index, text, length, error);
    return bind(statement, index, value, error);
}

void weir_statement_close(struct weir_statement *statement)
{
    if (!statement)
        return;
    execution_unref(statement->execution);
    arena_fini(&statement->arena);
    block_free(statement, sizeof *statement, NULL);
}
