/* system_tables.c - weir_tables, weir_columns, weir_functions, weir_settings as rows made when they are read. */
#include "exec/session.h"
#include "storage/rows_source.h"

struct rows {
    struct arena *arena;
    uint32_t n_columns;
    ARRAY_OF(struct value) values;
};

static void add_text(struct rows *rows, const char *text)
{
    struct value v = {.type = type_of(TYPE_VARCHAR), .is_null = text == NULL};
    if (text)
        v.text = str_of(arena_strdup(rows->arena, text));
    *ARRAY_PUSH(rows->arena, &rows->values) = v;
}

static void add_bigint(struct rows *rows, int64_t n)
{
    *ARRAY_PUSH(rows->arena, &rows->values) =
        (struct value){.type = type_of(TYPE_BIGINT), .i64 = n};
}

static void add_bool(struct rows *rows, bool on)
{
    *ARRAY_PUSH(rows->arena, &rows->values) =
        (struct value){.type = type_of(TYPE_BOOLEAN), .boolean = on};
}

static size_t entries(struct execution *e, struct catalog_entry ***out)
{
    size_t n = catalog_list(e->db->catalog, NULL, 0);
    *out = ARENA_ARRAY(&e->arena, struct catalog_entry *, n + 1);
    return *out ? catalog_list(e->db->catalog, *out, n) : 0;
}

static void tables_rows(struct execution *e, struct rows *rows)
{
    struct catalog_entry **list;
    size_t n = entries(e, &list);
    for (size_t i = 0; i < n; i++) {
        add_text(rows, list[i]->name);
        add_text(rows, list[i]->kind == CATALOG_VIEW ? "view" : "table");
        add_bool(rows, list[i]->temporary);
        add_bigint(rows, list[i]->schema.n_fields);
        add_text(rows, list[i]->view_sql);
    }
}

static void columns_rows(struct execution *e, struct rows *rows)
{
    struct catalog_entry **list;
    size_t n = entries(e, &list);
    for (size_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < list[i]->schema.n_fields; c++) {
            char type[TYPE_NAME_SIZE];
            const struct field *field = &list[i]->schema.fields[c];
            add_text(rows, list[i]->name);
            add_text(rows, field->name);
            add_text(rows, type_name(field->type, type));
            add_bool(rows, !field->not_null);
            add_text(rows, list[i]->columns ? list[i]->columns[c].default_sql : NULL);
            add_bigint(rows, c + 1);
        }
}

static void functions_rows(struct execution *e, struct rows *rows)
{
    char signature[256];
    (void)e;
    for (int i = 0; i < FUNCTION_COUNT; i++) {
        if (function_info[i].flags & FUNCTION_OPERATOR)
            continue;
        function_signature_text((enum function_id)i, signature, sizeof signature);
        add_text(rows, function_info[i].name);
        add_text(rows, "scalar");
        add_text(rows, signature);
        add_text(rows, function_info[i].doc);
    }
    for (int i = 0; i < AGGREGATE_COUNT_; i++) {
        add_text(rows, aggregate_info[i].name);
        add_text(rows, "aggregate");
        add_text(rows, i == AGGREGATE_COUNT_STAR ? "count(*)" : aggregate_info[i].name);
        add_text(rows, aggregate_info[i].doc);
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
        add_text(rows, WINDOWS[i][0]);
        add_text(rows, "window");
        add_text(rows, WINDOWS[i][1]);
        add_text(rows, WINDOWS[i][2]);
    }
}

static void settings_rows(struct execution *e, struct rows *rows)
{
    const char *name, *doc;
    char value[SETTING_VALUE_SIZE];
    for (size_t i = 0; settings_entry(&e->db->settings, i, &name, value, &doc); i++) {
        add_text(rows, name);
        add_text(rows, value);
        add_text(rows, doc);
    }
}

#define TEXT               \
    {                      \
        .id = TYPE_VARCHAR \
    }
#define BIGINT            \
    {                     \
        .id = TYPE_BIGINT \
    }
#define BOOL               \
    {                      \
        .id = TYPE_BOOLEAN \
    }

static const struct field TABLES_FIELDS[] = {{"name", TEXT, true},
                                             {"kind", TEXT, true},
                                             {"temporary", BOOL, true},
                                             {"columns", BIGINT, true},
                                             {"sql", TEXT, false}};
static const struct field COLUMNS_FIELDS[] = {
    {"table_name", TEXT, true}, {"name", TEXT, true},     {"type", TEXT, true},
    {"nullable", BOOL, true},   {"default", TEXT, false}, {"position", BIGINT, true}};
static const struct field FUNCTIONS_FIELDS[] = {{"name", TEXT, true},
                                                {"kind", TEXT, true},
                                                {"signature", TEXT, true},
                                                {"description", TEXT, true}};
static const struct field SETTINGS_FIELDS[] = {
    {"name", TEXT, true}, {"value", TEXT, true}, {"description", TEXT, true}};

static const struct {
    const char *name;
    const struct field *fields;
    uint32_t n_fields;
    void (*fill)(struct execution *, struct rows *);
} SYSTEM_TABLES[] = {
    {"weir_tables", TABLES_FIELDS, ARRAY_LENGTH(TABLES_FIELDS), tables_rows},
    {"weir_columns", COLUMNS_FIELDS, ARRAY_LENGTH(COLUMNS_FIELDS), columns_rows},
    {"weir_functions", FUNCTIONS_FIELDS, ARRAY_LENGTH(FUNCTIONS_FIELDS), functions_rows},
    {"weir_settings", SETTINGS_FIELDS, ARRAY_LENGTH(SETTINGS_FIELDS), settings_rows},
};

/* Understood, but not there yet. */
static const char *const LATER[] = {"weir_files",      "weir_chunks", "weir_partitions",
                                    "weir_watermarks", "weir_jobs",   "weir_rejects",
                                    "weir_report_runs"};

const char *const *system_table_names(size_t *count)
{
    static const char *const NAMES[] = {"weir_tables", "weir_columns", "weir_functions",
                                        "weir_settings"};
    static_assert(ARRAY_LENGTH(NAMES) == ARRAY_LENGTH(SYSTEM_TABLES), "one name a table");
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
    for (size_t i = 0; i < ARRAY_LENGTH(LATER); i++)
        if (str_is(name, LATER[i]))
            return error_set(error, STATUS_UNSUPPORTED, "not supported yet: %s", LATER[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(SYSTEM_TABLES); i++) {
        if (!str_is(name, SYSTEM_TABLES[i].name))
            continue;
        struct rows rows = {.arena = &e->arena, .n_columns = SYSTEM_TABLES[i].n_fields};
        SYSTEM_TABLES[i].fill(e, &rows);
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
