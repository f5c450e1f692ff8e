/* bind_layout.c - how a table lies in the database folder: PARTITIONED BY, ORDER BY, WITH, and WATERMARK FOR. */
#include "planner/bind_int.h"

#include "parser/ast_print.h"
#include "storage/encoding.h"
#include "storage/partition.h"

enum { BUCKETS_MAX = 4096, TRUNCATE_MAX = 1 << 30, PARTITIONS_MAX = 8 };

/* Hours, days and so on of the other forms they are written in: hours(ts), days(ts). */
static int find_transform(struct str name)
{
    struct str one = name;
    int which = partition_transform_of(name);
    if (which < 0 && one.length > 1 && (one.data[one.length - 1] | 32) == 's') {
        one.length--;
        which = partition_transform_of(one);
        if (which >= 0 && partition_has_argument((enum partition_transform)which))
            which = -1;
    }
    return which;
}

/* A column of the table by its bare name. */
static enum status layout_column(struct binder *b, const struct schema *schema,
                                 const struct ast_expr *ast, const char *clause, uint32_t *out)
{
    if (ast->kind != AST_NAME || ast->names.count != 1)
        return error_set_at(b->error, STATUS_TYPE, ast->span, "%s takes columns", clause);
    return bind_column_of(b, schema, &ast->names.items[0], out);
}

/* ---- PARTITIONED BY ---- */

static enum status transform_hint(struct binder *b, struct span span, struct str name)
{
    enum status status = error_set_at(b->error, STATUS_NAME, span,
                                      "unknown partition transform: " STR_FMT, STR_ARG(name));
    error_hint(b->error, "hour(c), day(c), month(c), year(c), bucket(n, c), truncate(n, c), or a "
                         "column");
    return status;
}

static enum status transform_argument(struct binder *b, const struct ast_expr *ast,
                                      enum partition_transform transform, uint32_t *out)
{
    struct bind at = {.binder = b, .clause = "PARTITIONED BY"};
    int64_t max = transform == PARTITION_BUCKET ? BUCKETS_MAX : TRUNCATE_MAX;
    struct value value;
    TRY(bind_constant(&at, ast, "the first argument", &value));
    if (value.is_null || !type_is_integer(value.type) || value.i64 < 1 || value.i64 > max)
        return error_set_at(b->error, STATUS_VALUE, ast->span,
                            "the first argument must be a number from 1 to %lld", (long long)max);
    *out = (uint32_t)value.i64;
    return STATUS_OK;
}

static enum status transform_call(struct binder *b, const struct schema *schema,
                                  const struct ast_expr *ast, struct partition_column *out)
{
    const struct ast_call *call = ast->call;
    int which = find_transform(call->name.text);
    if (which < 0)
        return transform_hint(b, call->name.span, call->name.text);
    out->transform = (enum partition_transform)which;
    uint32_t wanted = partition_has_argument(out->transform) ? 2 : 1;
    const char *word = partition_word(out->transform);
    if (call->n_args != wanted) {
        enum status status = error_set_at(b->error, STATUS_TYPE, ast->span, "%s takes %s", word,
                                          wanted == 2 ? "a number and a column" : "a column");
        error_hint(b->error, wanted == 2 ? "%s(16, c)" : "%s(c)", word);
        return status;
    }
    if (wanted == 2)
        TRY(transform_argument(b, call->args[0].value, out->transform, &out->argument));
    return layout_column(b, schema, call->args[wanted - 1].value, "PARTITIONED BY", &out->column);
}

static enum status bind_partition(struct binder *b, struct catalog_entry *entry,
                                  const struct ast_expr *ast, struct partition_column *out)
{
    *out = (struct partition_column){.transform = PARTITION_IDENTITY};
    if (ast->kind == AST_CALL)
        TRY(transform_call(b, &entry->schema, ast, out));
    else
        TRY(layout_column(b, &entry->schema, ast, "PARTITIONED BY", &out->column));
    const struct field *field = &entry->schema.fields[out->column];
    enum status status = partition_type(out->transform, field->type, &out->type, b->error);
    if (status != STATUS_OK) {
        error_place(b->error, ast->span);
        return status;
    }
    out->name = field->name;
    if (out->transform != PARTITION_IDENTITY)
        out->name =
            arena_printf(entry->arena, "%s_%s", field->name, partition_word(out->transform));
    return arena_check(entry->arena, b->error);
}

static enum status bind_partitions(struct binder *b, const struct ast_statement *s,
                                   struct catalog_entry *entry)
{
    uint32_t n = s->partitioned_by.count;
    struct partition_column *list = ARENA_ARRAY(entry->arena, struct partition_column, n + 1);
    TRY(arena_check(entry->arena, b->error));
    if (n > PARTITIONS_MAX)
        return error_set_at(b->error, STATUS_LIMIT, s->partitioned_by.items[PARTITIONS_MAX]->span,
                            "more than %d partition columns", PARTITIONS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        const struct ast_expr *ast = s->partitioned_by.items[i];
        TRY(bind_partition(b, entry, ast, &list[i]));
        for (uint32_t j = 0; j < i; j++)
            if (str_is(str_of(list[i].name), list[j].name))
                return error_set_at(b->error, STATUS_NAME, ast->span,
                                    "two partition columns of one name: %s", list[i].name);
    }
    entry->layout.partitions = list;
    entry->layout.n_partitions = n;
    return STATUS_OK;
}

/* ---- ORDER BY ---- */

static enum status bind_order(struct binder *b, const struct ast_statement *s,
                              struct catalog_entry *entry)
{
    uint32_t *list = ARENA_ARRAY(entry->arena, uint32_t, s->n_order_by + 1);
    TRY(arena_check(entry->arena, b->error));
    for (uint32_t i = 0; i < s->n_order_by; i++) {
        const struct ast_order *order = &s->order_by[i];
        if (order->descending || order->nulls == AST_NULLS_LAST)
            return bind_refuse(b, order->expr->span, "a table in descending order");
        TRY(layout_column(b, &entry->schema, order->expr, "ORDER BY of a table", &list[i]));
        for (uint32_t j = 0; j < i; j++)
            if (list[j] == list[i])
                return error_set_at(b->error, STATUS_NAME, order->expr->span,
                                    "a column is named twice");
    }
    entry->layout.order_by = list;
    entry->layout.n_order_by = s->n_order_by;
    return STATUS_OK;
}

/* ---- WITH ---- */

static enum status bind_compression(struct binder *b, const struct ast_expr *ast,
                                    struct catalog_layout *layout)
{
    struct bind at = {.binder = b, .clause = "WITH"};
    struct value value;
    TRY(bind_constant(&at, ast, "compression", &value));
    enum compression compression = COMPRESSION_BALANCED;
    if (!value.is_null &&
        (value.type.id != TYPE_VARCHAR || !compression_parse(value.text, &compression)))
        return error_set_at(b->error, STATUS_VALUE, ast->span,
                            "compression is 'small', 'fast' or 'balanced'");
    layout->small = compression == COMPRESSION_SMALL;
    layout->fast = compression == COMPRESSION_FAST;
    return STATUS_OK;
}

static enum status bind_ttl(struct binder *b, const struct ast_expr *ast,
                            struct catalog_layout *layout)
{
    struct bind at = {.binder = b, .clause = "WITH"};
    struct expr *e;
    struct value value;
    int64_t days;
    TRY(bind_expr(&at, ast, &e));
    if (e->kind == EXPR_CONSTANT && e->value.is_null) { /* ttl = NULL */
        layout->ttl_us = 0;
        return STATUS_OK;
    }
    if (bind_is_text_literal(e))
        TRY(bind_cast(b, e, type_of(TYPE_INTERVAL), &e));
    if (e->type.id != TYPE_INTERVAL)
        return error_set_at(b->error, STATUS_TYPE, ast->span, "ttl must be an interval");
    if (e->kind == EXPR_CONSTANT)
        value = e->value;
    else
        TRY(bind_constant(&at, ast, "ttl", &value));
    if (value.interval.months) {
        enum status status = error_set_at(b->error, STATUS_VALUE, ast->span,
                                          "ttl is in days or less, as months differ in length");
        error_hint(b->error, "'30 days'");
        return status;
    }
    if (__builtin_mul_overflow((int64_t)value.interval.days, 86400000000LL, &days) ||
        __builtin_add_overflow(days, value.interval.micros, &layout->ttl_us) || layout->ttl_us <= 0)
        return error_set_at(b->error, STATUS_VALUE, ast->span, "ttl must be positive");
    return STATUS_OK;
}

static enum status unknown_option(struct binder *b, const struct ast_name *name)
{
    static const char *const NAMES[] = {"compression", "ttl"};
    if (str_is(name->text, "format"))
        return bind_refuse(b, name->span, "format of a table");
    enum status status = error_set_at(b->error, STATUS_NAME, name->span,
                                      "unknown option of a table: " STR_FMT, STR_ARG(name->text));
    const char *meant =
        error_did_you_mean(name->text.data, name->text.length, NAMES, ARRAY_LENGTH(NAMES));
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    else
        error_hint(b->error, "there are compression and ttl");
    return status;
}

/* Rows leave by whole partitions: there must be one of time. */
static enum status check_ttl(struct binder *b, const struct catalog_entry *entry, struct span span)
{
    const struct catalog_layout *layout = &entry->layout;
    for (uint32_t i = 0; i < layout->n_partitions; i++) {
        const struct partition_column *p = &layout->partitions[i];
        struct type type = entry->schema.fields[p->column].type;
        if ((p->transform >= PARTITION_HOUR && p->transform <= PARTITION_YEAR) ||
            (p->transform == PARTITION_IDENTITY &&
             (type.id == TYPE_DATE || type_is_timestamp(type))))
            return STATUS_OK;
    }
    enum status status = error_set_at(b->error, STATUS_TYPE, span,
                                      "ttl needs a table partitioned by time: %s", entry->name);
    error_hint(b->error, "PARTITIONED BY (day(...))");
    return status;
}

enum status bind_table_options(struct binder *b, const struct ast_statement *s,
                               struct catalog_entry *entry)
{
    for (uint32_t i = 0; i < s->n_options; i++) {
        const struct ast_field *option = &s->options[i];
        for (uint32_t j = 0; j < i; j++)
            if (str_equal_nocase(option->name.text, s->options[j].name.text))
                return error_set_at(b->error, STATUS_NAME, option->name.span,
                                    "an option is given twice: " STR_FMT,
                                    STR_ARG(option->name.text));
        bool compression = str_is(option->name.text, "compression");
        if (!compression && !str_is(option->name.text, "ttl"))
            return unknown_option(b, &option->name);
        if (!option->value)
            return error_set_at(b->error, STATUS_SYNTAX, option->name.span,
                                "an option needs a value: " STR_FMT, STR_ARG(option->name.text));
        if (compression)
            TRY(bind_compression(b, option->value, &entry->layout));
        else
            TRY(bind_ttl(b, option->value, &entry->layout));
        if (!compression && entry->layout.ttl_us)
            TRY(check_ttl(b, entry, option->value->span));
    }
    return STATUS_OK;
}

/* ---- the event time ---- */

static enum status bind_watermark(struct binder *b, const struct ast_statement *s,
                                  struct catalog_entry *entry)
{
    char type[TYPE_NAME_SIZE];
    struct scope scope;
    struct expr *e;
    uint32_t column = 0;
    TRY(bind_column_of(b, &entry->schema, &s->watermark_column, &column));
    const struct field *field = &entry->schema.fields[column];
    if (!type_is_timestamp(field->type)) {
        enum status status = error_set_at(b->error, STATUS_TYPE, s->watermark_column.span,
                                          "an event time is a timestamp, %s is %s", field->name,
                                          type_name(field->type, type));
        error_hint(b->error, "%s TIMESTAMP(3)", field->name);
        return status;
    }
    TRY(bind_schema_scope(b, &entry->schema, str_of(entry->name), &scope));
    struct bind at = {.binder = b, .scope = &scope, .clause = "WATERMARK"};
    TRY(bind_expr(&at, s->watermark, &e));
    if (!type_is_timestamp(e->type)) {
        enum status status =
            error_set_at(b->error, STATUS_TYPE, s->watermark->span,
                         "a watermark is a timestamp, not %s", type_name(e->type, type));
        error_hint(b->error, "%s - INTERVAL '5' SECOND", field->name);
        return status;
    }
    struct strbuf text;
    strbuf_init(&text, entry->arena);
    ast_print_expr(s->watermark, &text);
    entry->layout.time_column = (int32_t)column;
    entry->layout.watermark_sql = text.data ? text.data : "";
    return arena_check(entry->arena, b->error);
}

/* Without a watermark: the first timestamp of the order, else of the partitions. A table without an order of its own
 * is ordered by it. */
static enum status default_time(struct binder *b, struct catalog_entry *entry)
{
    struct catalog_layout *layout = &entry->layout;
    const struct field *fields = entry->schema.fields;
    for (uint32_t i = 0; i < layout->n_order_by && layout->time_column < 0; i++)
        if (type_is_timestamp(fields[layout->order_by[i]].type))
            layout->time_column = (int32_t)layout->order_by[i];
    for (uint32_t i = 0; i < layout->n_partitions && layout->time_column < 0; i++)
        if (type_is_timestamp(fields[layout->partitions[i].column].type))
            layout->time_column = (int32_t)layout->partitions[i].column;
    if (layout->n_order_by || layout->time_column < 0)
        return STATUS_OK;
    uint32_t *order = ARENA_ARRAY(entry->arena, uint32_t, 1);
    TRY(arena_check(entry->arena, b->error));
    order[0] = (uint32_t)layout->time_column;
    layout->order_by = order;
    layout->n_order_by = 1;
    return STATUS_OK;
}

/* What only a table in the database folder has. */
static enum status refuse_in_memory(struct binder *b, const struct ast_statement *s)
{
    struct span span = {0, 0};
    const char *what = NULL;
    if (s->partitioned_by.count) {
        what = "PARTITIONED BY";
        span = s->partitioned_by.items[0]->span;
    } else if (s->n_order_by) {
        what = "ORDER BY of a table";
        span = s->order_by[0].expr->span;
    } else if (s->n_options) {
        what = "WITH options of a table";
        span = s->options[0].name.span;
    }
    if (!what)
        return STATUS_OK;
    bool folder = catalog_database(b->env->catalog) != NULL;
    enum status status = error_set_at(b->error, STATUS_UNSUPPORTED, span,
                                      folder ? "a temporary table lies in memory: no %s"
                                             : "a table in memory: no %s without a database folder",
                                      what);
    error_hint(b->error,
               folder ? "CREATE TABLE without TEMP" : "weir FOLDER opens one, or makes it");
    return status;
}

enum status bind_layout(struct binder *b, const struct ast_statement *s,
                        struct catalog_entry *entry)
{
    bool stored = !entry->temporary && catalog_database(b->env->catalog);
    if (!stored)
        TRY(refuse_in_memory(b, s));
    if (s->watermark_column.text.data)
        TRY(bind_watermark(b, s, entry));
    if (!stored)
        return STATUS_OK;
    TRY(bind_partitions(b, s, entry));
    TRY(bind_order(b, s, entry));
    TRY(bind_table_options(b, s, entry));
    return default_time(b, entry);
}
