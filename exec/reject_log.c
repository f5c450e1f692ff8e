/* reject_log.c - see reject_log.h. */
#include "exec/reject_log.h"

#include "storage/mem_table.h"

#define TEXT_FIELD         \
    {                      \
        .id = TYPE_VARCHAR \
    }
#define NUMBER_FIELD      \
    {                     \
        .id = TYPE_BIGINT \
    }

const struct field REJECT_LOG_FIELDS[REJECT_FIELDS] = {
    {"statement", NUMBER_FIELD, false}, {"file", TEXT_FIELD, false},
    {"line", NUMBER_FIELD, false},      {"column", NUMBER_FIELD, false},
    {"reason", TEXT_FIELD, false},      {"text", TEXT_FIELD, false},
};

enum { KEPT_A_STATEMENT = 2000, BATCH_ROWS = 4096 };

static const char owner_log[] = "rejects";

static enum status put_number(struct column *column, size_t row, int64_t value, bool known,
                              struct error *error)
{
    ((int64_t *)column->data)[row] = value;
    if (known)
        return STATUS_OK;
    if (!column->validity)
        TRY(column_add_validity(column, error));
    bits_clear(column->validity, row);
    return STATUS_OK;
}

static enum status fill_batch(struct batch *batch, int64_t statement,
                              const struct source_reject *rows, struct error *error)
{
    struct text_builder texts[REJECT_FIELDS];
    for (uint32_t c = 0; c < REJECT_FIELDS; c++)
        if (type_is_text(batch->columns[c]->type))
            text_builder_init(&texts[c], batch->columns[c], owner_log);
    for (size_t i = 0; i < batch->length; i++) {
        const struct source_reject *row = &rows[i];
        struct str file = str_of(row->file), reason = str_of(row->reason);
        TRY(put_number(batch->columns[0], i, statement, true, error));
        TRY(text_builder_put(&texts[1], i, file.data, file.length, error));
        TRY(put_number(batch->columns[2], i, (int64_t)row->line, row->line > 0, error));
        TRY(put_number(batch->columns[3], i, (int64_t)row->column, true, error));
        TRY(text_builder_put(&texts[4], i, reason.data, reason.length, error));
        TRY(text_builder_put(&texts[5], i, row->text.data, row->text.length, error));
    }
    return STATUS_OK;
}

static enum status make_batch(int64_t statement, const struct source_reject *rows, uint32_t n,
                              struct budget *budget, struct batch **out, struct error *error)
{
    TRY(batch_new(REJECT_FIELDS, n, 0, budget, out, error));
    enum status status = STATUS_OK;
    for (uint32_t c = 0; c < REJECT_FIELDS && status == STATUS_OK; c++)
        status =
            column_new(REJECT_LOG_FIELDS[c].type, n, budget, owner_log, &(*out)->columns[c], error);
    if (status == STATUS_OK)
        status = fill_batch(*out, statement, rows, error);
    if (status != STATUS_OK) {
        batch_unref(*out);
        *out = NULL;
    }
    return status;
}

/* ---- tables of rejects ---- */

static bool is_reject_table(const struct catalog_entry *entry)
{
    bool fits =
        entry->kind == CATALOG_TABLE && entry->table && entry->schema.n_fields == REJECT_FIELDS;
    for (uint32_t c = 0; fits && c < REJECT_FIELDS; c++)
        fits = strcmp(entry->schema.fields[c].name, REJECT_LOG_FIELDS[c].name) == 0 &&
               type_equal(entry->schema.fields[c].type, REJECT_LOG_FIELDS[c].type);
    return fits;
}

static enum status new_table(struct reject_take *take, struct str name, struct catalog_entry **out,
                             struct error *error)
{
    struct catalog_entry *entry;
    TRY(catalog_entry_new(CATALOG_TABLE, &entry, error));
    entry->name = str_dup(entry->arena, name);
    entry->temporary = true;
    entry->in_memory = true;
    entry->schema.n_fields = REJECT_FIELDS;
    entry->schema.fields = arena_memdup(entry->arena, REJECT_LOG_FIELDS, sizeof(REJECT_LOG_FIELDS));
    entry->columns = ARENA_ARRAY(entry->arena, struct catalog_column, REJECT_FIELDS);
    entry->layout.time_column = -1;
    enum status status = arena_check(entry->arena, error);
    if (status == STATUS_OK)
        status = mem_table_new(&entry->schema, take->context->budget, &entry->table, error);
    if (status != STATUS_OK) {
        catalog_entry_free(entry);
        return status;
    }
    TRY(catalog_put(take->catalog, entry, error));
    *out = entry;
    return STATUS_OK;
}

static enum status fill_table(struct reject_take *take, struct str name,
                              const struct source_reject *rows, uint32_t n, struct error *error)
{
    struct catalog_entry *entry;
    TRY(catalog_find(take->catalog, CATALOG_TEMP, name, &entry, error));
    if (entry && !is_reject_table(entry))
        return error_set(error, STATUS_NAME, STR_FMT " is no table of rejects", STR_ARG(name));
    if (!entry)
        TRY(new_table(take, name, &entry, error));
    for (uint32_t at = 0; at < n; at += BATCH_ROWS) {
        struct batch *batch;
        TRY(make_batch(take->log->statements, rows + at, MIN(n - at, (uint32_t)BATCH_ROWS),
                       take->context->budget, &batch, error));
        enum status status = mem_table_append(entry->table, &batch, 1, error);
        batch_unref(batch);
        TRY(status);
    }
    return STATUS_OK;
}

/* ---- the log ---- */

static enum status keep(struct reject_take *take, const struct source_reject *rows, uint32_t n,
                        struct error *error)
{
    struct batch **place = &take->log->kept[take->log->statements % REJECT_STATEMENTS], *batch;
    struct batch *before = *place;
    uint32_t had = before ? (uint32_t)before->length : 0;
    n = MIN(n, KEPT_A_STATEMENT - had);
    if (n == 0)
        return STATUS_OK;
    TRY(make_batch(take->log->statements, rows, n, take->context->budget, &batch, error));
    if (!before) {
        *place = batch;
        return STATUS_OK;
    }
    /* Another source of the same statement. */
    struct batch *parts[2] = {before, batch}, *both = NULL;
    enum status status = batch_new(REJECT_FIELDS, had + n, 0, take->context->budget, &both, error);
    for (uint32_t c = 0; c < REJECT_FIELDS && status == STATUS_OK; c++) {
        struct column *columns[2] = {parts[0]->columns[c], parts[1]->columns[c]};
        status = column_concat(columns, 2, take->context->budget, &both->columns[c], error);
    }
    batch_unref(batch);
    if (status != STATUS_OK) {
        batch_unref(both);
        return status;
    }
    batch_unref(before);
    *place = both;
    return STATUS_OK;
}

static void begin_statement(struct reject_take *take)
{
    struct reject_log *log = take->log;
    if (take->counted)
        return;
    take->counted = true;
    log->statements++;
    batch_unref(log->kept[log->statements % REJECT_STATEMENTS]);
    log->kept[log->statements % REJECT_STATEMENTS] = NULL;
}

void reject_log_take(struct reject_take *take, struct source *source)
{
    struct error error = {0};
    struct source_reject *rows;
    struct str table = {0};
    uint32_t n = 0;
    if (!source->ops->rejects)
        return;
    enum status status =
        source->ops->rejects(source, take->context, take->arena, &rows, &n, &table, &error);
    if (status == STATUS_OK && n > 0) {
        begin_statement(take);
        status = keep(take, rows, n, &error);
    }
    if (status == STATUS_OK && table.length > 0) {
        begin_statement(take);
        status = fill_table(take, table, rows, n, &error);
    }
    if (status == STATUS_OK)
        return;
    const char *text = arena_printf(take->arena, "rejects were not kept: %s", error.message);
    if (text)
        take->notice(take->notice_context, text);
}

enum status reject_log_open(const struct reject_log *log, struct budget *budget,
                            struct arena *arena, struct source **out, struct error *error)
{
    struct schema schema = {.n_fields = REJECT_FIELDS};
    struct mem_table *table;
    schema.fields = arena_memdup(arena, REJECT_LOG_FIELDS, sizeof(REJECT_LOG_FIELDS));
    TRY(arena_check(arena, error));
    TRY(mem_table_new(&schema, budget, &table, error));
    enum status status = STATUS_OK;
    for (int64_t i = 1; i <= REJECT_STATEMENTS && status == STATUS_OK; i++) {
        struct batch *const *kept = &log->kept[(log->statements + i) % REJECT_STATEMENTS];
        if (*kept)
            status = mem_table_append(table, kept, 1, error);
    }
    if (status == STATUS_OK)
        status = mem_table_source(arena, table, out, error);
    mem_table_unref(table);
    return status;
}

void reject_log_fini(struct reject_log *log)
{
    for (size_t i = 0; i < REJECT_STATEMENTS; i++)
        batch_unref(log->kept[i]);
    *log = (struct reject_log){0};
}
