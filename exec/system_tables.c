/* system_tables.c - the system tables, and the rows of weir_tables, weir_columns, weir_functions, weir_settings, made
 * when they are read. */
#include "exec/system_rows.h"
#include "planner/show_create.h"
#include "storage/mem_table.h"
#include "storage/rows_source.h"

static void table_size(struct system_rows *rows, const struct catalog_entry *entry)
{
    uint64_t n = 0, bytes = 0;
    if (entry->kind == CATALOG_VIEW) {
        for (int i = 0; i < 3; i++)
            system_add_null(rows, TYPE_BIGINT);
        return;
    }
    for (uint32_t i = 0; entry->stored && i < entry->stored->n_files; i++) {
        n += entry->stored->files[i].rows;
        bytes += entry->stored->files[i].bytes;
    }
    if (entry->table) {
        n = mem_table_rows(entry->table);
        bytes = mem_table_bytes(entry->table);
    }
    system_add_bigint(rows, (int64_t)n);
    system_add_bigint(rows, entry->stored ? entry->stored->n_files : 0);
    system_add_bigint(rows, (int64_t)bytes);
}

/* The columns of a view of the database are found by planning it; none if it cannot be. */
static struct schema entry_schema(struct system_rows *rows, const struct catalog_entry *entry)
{
    if (entry->kind == CATALOG_VIEW && !entry->in_memory)
        return session_view_schema(rows->execution, entry);
    return entry->schema;
}

static enum status tables_rows(struct system_rows *rows, struct error *error)
{
    struct catalog_entry **list;
    size_t n;
    TRY(system_entries(rows, &list, &n, error));
    for (size_t i = 0; i < n; i++) {
        system_add_text(rows, list[i]->name);
        system_add_text(rows, list[i]->kind == CATALOG_VIEW ? "view" : "table");
        system_add_bool(rows, list[i]->temporary);
        if (list[i]->kind == CATALOG_VIEW && !list[i]->in_memory)
            system_add_null(rows, TYPE_BIGINT); /* it would have to be planned */
        else
            system_add_bigint(rows, list[i]->schema.n_fields);
        system_add_text(rows, show_create(list[i], rows->arena));
        table_size(rows, list[i]);
    }
    return STATUS_OK;
}

static enum status columns_rows(struct system_rows *rows, struct error *error)
{
    struct catalog_entry **list;
    size_t n;
    TRY(system_entries(rows, &list, &n, error));
    for (size_t i = 0; i < n; i++) {
        struct schema schema = entry_schema(rows, list[i]);
        for (uint32_t c = 0; c < schema.n_fields; c++) {
            char type[TYPE_NAME_SIZE];
            const struct field *field = &schema.fields[c];
            system_add_text(rows, list[i]->name);
            system_add_text(rows, field->name);
            system_add_text(rows, type_name(field->type, type));
            system_add_bool(rows, !field->not_null);
            system_add_text(rows, list[i]->columns ? list[i]->columns[c].default_sql : NULL);
            system_add_bigint(rows, c + 1);
        }
    }
    return STATUS_OK;
}

static enum status functions_rows(struct system_rows *rows, struct error *error)
{
    char signature[256];
    (void)error;
    for (int i = 0; i < FUNCTION_COUNT; i++) {
        if (function_info[i].flags & FUNCTION_OPERATOR)
            continue;
        function_signature_text((enum function_id)i, signature, sizeof signature);
        system_add_text(rows, function_info[i].name);
        system_add_text(rows, "scalar");
        system_add_text(rows, signature);
        system_add_text(rows, function_info[i].doc);
    }
    for (int i = 0; i < AGGREGATE_COUNT_; i++) {
        system_add_text(rows, aggregate_info[i].name);
        system_add_text(rows, "aggregate");
        system_add_text(rows, i == AGGREGATE_COUNT_STAR ? "count(*)" : aggregate_info[i].name);
        system_add_text(rows, aggregate_info[i].doc);
    }
    static const char *const WINDOWS[][3] = {
        {"tumble", "TUMBLE(TABLE t, DESCRIPTOR(ts), size [, offset])",
         "windows of one size, side by side"},
        {"hop", "HOP(TABLE t, DESCRIPTOR(ts), slide, size [, offset])",
         "windows that start every slide"},
        {"cumulate", "CUMULATE(TABLE t, DESCRIPTOR(ts), step, size [, offset])",
         "windows that grow by step up to size"},
        {"session", "SESSION(TABLE t [PARTITION BY k], DESCRIPTOR(ts), gap)",
         "windows that end when nothing comes for gap"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(WINDOWS); i++) {
        system_add_text(rows, WINDOWS[i][0]);
        system_add_text(rows, "window");
        system_add_text(rows, WINDOWS[i][1]);
        system_add_text(rows, WINDOWS[i][2]);
    }
    return STATUS_OK;
}

static enum status settings_rows(struct system_rows *rows, struct error *error)
{
    (void)error;
    const char *name, *doc;
    char value[SETTING_VALUE_SIZE];
    for (size_t i = 0; settings_entry(&rows->execution->db->settings, i, &name, value, &doc); i++) {
        system_add_text(rows, name);
        system_add_text(rows, value);
        system_add_text(rows, doc);
    }
    return STATUS_OK;
}

#define TEXT               \
    {                      \
        .id = TYPE_VARCHAR \
    }
#define BIGINT            \
    {                     \
        .id = TYPE_BIGINT \
    }
#define REAL              \
    {                     \
        .id = TYPE_DOUBLE \
    }
#define TIME                                 \
    {                                        \
        .id = TYPE_TIMESTAMP, .precision = 6 \
    }
#define BOOL               \
    {                      \
        .id = TYPE_BOOLEAN \
    }

static const struct field TABLES_FIELDS[] = {{"name", TEXT, true},      {"kind", TEXT, true},
                                             {"temporary", BOOL, true}, {"columns", BIGINT, false},
                                             {"sql", TEXT, false},      {"rows", BIGINT, false},
                                             {"files", BIGINT, false},  {"bytes", BIGINT, false}};
static const struct field COLUMNS_FIELDS[] = {
    {"table_name", TEXT, true}, {"name", TEXT, true},     {"type", TEXT, true},
    {"nullable", BOOL, true},   {"default", TEXT, false}, {"position", BIGINT, true}};
static const struct field FUNCTIONS_FIELDS[] = {{"name", TEXT, true},
                                                {"kind", TEXT, true},
                                                {"signature", TEXT, true},
                                                {"description", TEXT, true}};
static const struct field SETTINGS_FIELDS[] = {
    {"name", TEXT, true}, {"value", TEXT, true}, {"description", TEXT, true}};

static const struct field FILES_FIELDS[] = {
    {"table_name", TEXT, true}, {"partition", TEXT, true}, {"path", TEXT, true},
    {"rows", BIGINT, true},     {"bytes", BIGINT, true},   {"bytes_per_row", REAL, true},
    {"snapshot", BIGINT, true}, {"min_time", TIME, false}, {"max_time", TIME, false}};
static const struct field PARTITIONS_FIELDS[] = {
    {"table_name", TEXT, true}, {"partition", TEXT, true}, {"files", BIGINT, true},
    {"rows", BIGINT, true},     {"bytes", BIGINT, true},   {"bytes_per_row", REAL, true},
    {"min_time", TIME, false},  {"max_time", TIME, false}};
static const struct field CHUNKS_FIELDS[] = {
    {"table_name", TEXT, true},  {"path", TEXT, true},        {"batch", BIGINT, false},
    {"column_name", TEXT, true}, {"encoding", TEXT, true},    {"compressed", BOOL, true},
    {"rows", BIGINT, true},      {"bytes_raw", BIGINT, true}, {"bytes_stored", BIGINT, true},
    {"min", TEXT, false},        {"max", TEXT, false},        {"nulls", BIGINT, true}};

static const struct {
    const char *name;
    const struct field *fields;
    uint32_t n_fields;
    enum status (*fill)(struct system_rows *rows, struct error *error);
} SYSTEM_TABLES[] = {
    {"weir_tables", TABLES_FIELDS, ARRAY_LENGTH(TABLES_FIELDS), tables_rows},
    {"weir_columns", COLUMNS_FIELDS, ARRAY_LENGTH(COLUMNS_FIELDS), columns_rows},
    {"weir_functions", FUNCTIONS_FIELDS, ARRAY_LENGTH(FUNCTIONS_FIELDS), functions_rows},
    {"weir_settings", SETTINGS_FIELDS, ARRAY_LENGTH(SETTINGS_FIELDS), settings_rows},
    {"weir_files", FILES_FIELDS, ARRAY_LENGTH(FILES_FIELDS), system_files},
    {"weir_partitions", PARTITIONS_FIELDS, ARRAY_LENGTH(PARTITIONS_FIELDS), system_partitions},
    {"weir_chunks", CHUNKS_FIELDS, ARRAY_LENGTH(CHUNKS_FIELDS), system_chunks},
};

/* Understood, but not there yet. */
static const char *const LATER[] = {"weir_watermarks", "weir_jobs", "weir_report_runs"};

const char *const *system_table_names(size_t *count)
{
    static const char *const NAMES[] = {"weir_tables",   "weir_columns", "weir_functions",
                                        "weir_settings", "weir_files",   "weir_partitions",
                                        "weir_chunks",   "weir_rejects"};
    static_assert(ARRAY_LENGTH(NAMES) == ARRAY_LENGTH(SYSTEM_TABLES) + 1, "one name a table");
    *count = ARRAY_LENGTH(NAMES);
    return NAMES;
}

enum status system_table_open(void *session, struct str name, struct source **out,
                              struct error *error)
{
    struct execution *e = session;
    *out = NULL;
    if (str_is(name, "_"))
        return last_result_open(&e->db->last, &e->arena, out, error);
    if (str_is(name, "weir_rejects"))
        return reject_log_open(&e->db->rejects, e->db->budget, &e->arena, out, error);
    for (size_t i = 0; i < ARRAY_LENGTH(LATER); i++)
        if (str_is(name, LATER[i]))
            return error_set(error, STATUS_UNSUPPORTED, "not supported yet: %s", LATER[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(SYSTEM_TABLES); i++) {
        if (!str_is(name, SYSTEM_TABLES[i].name))
            continue;
        struct system_rows rows = {
            .arena = &e->arena, .execution = e, .n_columns = SYSTEM_TABLES[i].n_fields};
        TRY(SYSTEM_TABLES[i].fill(&rows, error));
        struct schema *schema = ARENA_NEW(&e->arena, struct schema);
        TRY(arena_check(&e->arena, error));
        schema->n_fields = rows.n_columns;
        schema->fields =
            arena_memdup(&e->arena, SYSTEM_TABLES[i].fields, rows.n_columns * sizeof(struct field));
        TRY(arena_check(&e->arena, error));
        return rows_source_new(&e->arena, schema, rows.values.items,
                               (uint32_t)(rows.values.count / rows.n_columns), out, error);
    }
    return STATUS_OK;
}
