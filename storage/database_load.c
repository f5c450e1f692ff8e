/* database_load.c - names and tables out of the catalog. What does not fit is a damaged catalog, and named. */
#include "storage/database_int.h"
#include "storage/partition.h"

#include <sqlite3.h>
#include <stdlib.h>

static enum status damaged(const struct database *db, const char *what, struct error *error)
{
    return error_set(error, STATUS_DATA, "the catalog is damaged: %s (%s)", db->catalog_path, what);
}

static const char *column_text(struct sqlite3_stmt *row, int i, struct arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(row, i);
    if (!text && sqlite3_column_type(row, i) != SQLITE_NULL)
        arena->failed = true; /* SQLite had no memory for it */
    return text ? arena_strndup(arena, text, (size_t)sqlite3_column_bytes(row, i)) : NULL;
}

static struct str column_blob(struct sqlite3_stmt *row, int i)
{
    const char *data = sqlite3_column_blob(row, i);
    return (struct str){data ? data : "", (size_t)sqlite3_column_bytes(row, i)};
}

/* ---- Names ---- */

static enum status read_views(struct database *db, struct names *names, struct error *error)
{
    static const char text[] = "SELECT name, sql FROM views ORDER BY name COLLATE BINARY";
    struct sqlite3_stmt *row;
    bool more;
    TRY(sql_prepare(db->sql, text, &row, error));
    for (;;) {
        TRY(sql_step(db->sql, row, &more, error));
        if (!more)
            return STATUS_OK;
        struct stored_view view = {.name = column_text(row, 0, &names->arena),
                                   .sql = column_text(row, 1, &names->arena)};
        *ARRAY_PUSH(&names->arena, &names->views) = view;
    }
}

static enum status read_view_columns(struct database *db, struct names *names,
                                     struct stored_view *view, struct error *error)
{
    static const char text[] = "SELECT name FROM view_columns WHERE view = ? ORDER BY position";
    ARRAY_OF(const char *) columns = {0};
    struct sqlite3_stmt *row;
    bool more;
    TRY(sql_prepare(db->sql, text, &row, error));
    sqlite3_bind_text(row, 1, view->name, -1, SQLITE_STATIC);
    for (;;) {
        TRY(sql_step(db->sql, row, &more, error));
        if (!more)
            break;
        *ARRAY_PUSH(&names->arena, &columns) = column_text(row, 0, &names->arena);
    }
    view->columns = columns.items;
    view->n_columns = (uint32_t)columns.count;
    return STATUS_OK;
}

enum status database_read_names(struct database *db, struct names *names, struct error *error)
{
    static const char text[] =
        "SELECT t.name, t.id, c.changed FROM tables t JOIN changes c ON c.table_id = t.id"
        " WHERE t.until IS NULL ORDER BY t.name COLLATE BINARY";
    struct sqlite3_stmt *row;
    bool more;
    int64_t snapshot;
    TRY(sql_number(db->sql, "SELECT snapshot FROM state", -1, &snapshot, error));
    if (snapshot < 1)
        return damaged(db, "no state", error);
    names->snapshot = (uint64_t)snapshot;
    TRY(sql_prepare(db->sql, text, &row, error));
    for (;;) {
        TRY(sql_step(db->sql, row, &more, error));
        if (!more)
            break;
        struct table_name name = {.name = column_text(row, 0, &names->arena),
                                  .id = (uint64_t)sqlite3_column_int64(row, 1),
                                  .changed = (uint64_t)sqlite3_column_int64(row, 2)};
        *ARRAY_PUSH(&names->arena, &names->tables) = name;
    }
    TRY(read_views(db, names, error));
    for (size_t i = 0; i < names->views.count; i++)
        TRY(read_view_columns(db, names, &names->views.items[i], error));
    return arena_check(&names->arena, error);
}

/* ---- A table ---- */

static bool read_type(struct sqlite3_stmt *row, int at, struct type *out)
{
#define X(id, name, physical) #id,
    static const char *const words[] = {TYPE_LIST(X)};
#undef X
    const char *word = (const char *)sqlite3_column_text(row, at);
    size_t id = 0;
    while (word && id < ARRAY_LENGTH(words) && strcmp(words[id], word) != 0)
        id++;
    if (!word || id == ARRAY_LENGTH(words))
        return false;
    int precision = sqlite3_column_int(row, at + 1), scale = sqlite3_column_int(row, at + 2);
    if (precision < 0 || precision > DECIMAL_PRECISION_MAX || scale < 0 || scale > precision)
        return false;
    *out = (struct type){.id = (uint8_t)id,
                         .precision = (uint8_t)precision,
                         .scale = (uint8_t)scale,
                         .length = (uint32_t)sqlite3_column_int64(row, at + 3)};
    return true;
}

static enum status read_head(struct database *db, struct stored_table *table, uint64_t *since,
                             const char **order_by, int64_t *time_column, struct error *error)
{
    static const char text[] =
        "SELECT name, since, order_by, compression, ttl_us, time_column, watermark FROM tables"
        " WHERE id = ?1 AND since <= ?2 AND (until IS NULL OR until > ?2)";
    struct sqlite3_stmt *row;
    bool found;
    TRY(sql_prepare(db->sql, text, &row, error));
    sqlite3_bind_int64(row, 1, (int64_t)table->id);
    sqlite3_bind_int64(row, 2, (int64_t)table->snapshot);
    TRY(sql_step(db->sql, row, &found, error));
    if (!found)
        return damaged(db, "a table without a definition", error);
    table->name = column_text(row, 0, table->arena);
    *since = (uint64_t)sqlite3_column_int64(row, 1);
    *order_by = column_text(row, 2, table->arena);
    const char *compression = (const char *)sqlite3_column_text(row, 3);
    table->small = compression && strcmp(compression, "small") == 0;
    table->fast = compression && strcmp(compression, "fast") == 0;
    table->ttl_us = sqlite3_column_int64(row, 4);
    *time_column = sqlite3_column_type(row, 5) == SQLITE_NULL ? -1 : sqlite3_column_int64(row, 5);
    table->watermark_sql = column_text(row, 6, table->arena);
    sqlite3_reset(row);
    return arena_check(table->arena, error);
}

static enum status read_columns(struct database *db, struct stored_table *table, uint64_t since,
                                struct error *error)
{
    static const char text[] =
        "SELECT id, name, not_null, default_sql, check_sql, missing, type, precision, scale, length"
        " FROM columns WHERE table_id = ? AND since = ? ORDER BY position";
    ARRAY_OF(struct field) fields = {0};
    ARRAY_OF(struct stored_column) columns = {0};
    struct sqlite3_stmt *row;
    bool more;
    TRY(sql_prepare(db->sql, text, &row, error));
    sqlite3_bind_int64(row, 1, (int64_t)table->id);
    sqlite3_bind_int64(row, 2, (int64_t)since);
    for (;;) {
        TRY(sql_step(db->sql, row, &more, error));
        if (!more)
            break;
        struct type type;
        if (!read_type(row, 6, &type))
            return damaged(db, "a column's type", error);
        struct stored_column column = {.id = (uint32_t)sqlite3_column_int64(row, 0),
                                       .default_sql = column_text(row, 3, table->arena),
                                       .check_sql = column_text(row, 4, table->arena)};
        struct str missing = column_blob(row, 5);
        if (missing.length == 0)
            column.missing = value_null(type);
        else if (!value_read(&missing, type, table->arena, &column.missing))
            return damaged(db, "a column's value", error);
        *ARRAY_PUSH(table->arena, &columns) = column;
        *ARRAY_PUSH(table->arena, &fields) =
            (struct field){.name = column_text(row, 1, table->arena),
                           .type = type,
                           .not_null = sqlite3_column_int(row, 2) != 0};
    }
    if (fields.count == 0)
        return damaged(db, "a table without columns", error);
    table->schema = (struct schema){fields.items, (uint32_t)fields.count};
    table->columns = columns.items;
    return arena_check(table->arena, error);
}

static enum status read_checks(struct database *db, struct stored_table *table, uint64_t since,
                               struct error *error)
{
    static const char text[] =
        "SELECT sql FROM checks WHERE table_id = ? AND since = ? ORDER BY position";
    ARRAY_OF(const char *) checks = {0};
    struct sqlite3_stmt *row;
    bool more;
    TRY(sql_prepare(db->sql, text, &row, error));
    sqlite3_bind_int64(row, 1, (int64_t)table->id);
    sqlite3_bind_int64(row, 2, (int64_t)since);
    for (;;) {
        TRY(sql_step(db->sql, row, &more, error));
        if (!more)
            break;
        *ARRAY_PUSH(table->arena, &checks) = column_text(row, 0, table->arena);
    }
    table->checks = checks.items;
    table->n_checks = (uint32_t)checks.count;
    return arena_check(table->arena, error);
}

static enum status read_partitions(struct database *db, struct stored_table *table, uint64_t since,
                                   struct error *error)
{
    static const char text[] =
        "SELECT transform, column_id, argument, name, type, precision, scale, length"
        " FROM partitions WHERE table_id = ? AND since = ? ORDER BY position";
    ARRAY_OF(struct partition_column) partitions = {0};
    struct sqlite3_stmt *row;
    bool more;
    TRY(sql_prepare(db->sql, text, &row, error));
    sqlite3_bind_int64(row, 1, (int64_t)table->id);
    sqlite3_bind_int64(row, 2, (int64_t)since);
    for (;;) {
        TRY(sql_step(db->sql, row, &more, error));
        if (!more)
            break;
        struct partition_column partition = {.argument = (uint32_t)sqlite3_column_int64(row, 2),
                                             .name = column_text(row, 3, table->arena)};
        int column = stored_table_find_id(table, (uint32_t)sqlite3_column_int64(row, 1));
        const char *word = (const char *)sqlite3_column_text(row, 0);
        int transform = word ? partition_transform_of(str_of(word)) : -1;
        if (column < 0 || transform < 0 || !read_type(row, 4, &partition.type))
            return damaged(db, "a partition column", error);
        partition.transform = (enum partition_transform)transform;
        partition.column = (uint32_t)column;
        *ARRAY_PUSH(table->arena, &partitions) = partition;
    }
    table->partitions = partitions.items;
    table->n_partitions = (uint32_t)partitions.count;
    return arena_check(table->arena, error);
}

/* "1,5,6": ids of columns. */
static bool read_ids(const char *text, struct arena *arena, uint32_t **out, uint32_t *n)
{
    ARRAY_OF(uint32_t) ids = {0};
    while (text && *text) {
        char *end;
        unsigned long id = strtoul(text, &end, 10);
        if (end == text || (*end != ',' && *end != '\0') || id > UINT32_MAX)
            return false;
        *ARRAY_PUSH(arena, &ids) = (uint32_t)id;
        text = *end == ',' ? end + 1 : end;
    }
    *out = ids.items;
    *n = (uint32_t)ids.count;
    return text != NULL;
}

static enum status read_order(struct database *db, struct stored_table *table, const char *text,
                              int64_t time_column, struct error *error)
{
    if (!read_ids(text, table->arena, &table->order_by, &table->n_order_by))
        return damaged(db, "a table's order", error);
    for (uint32_t i = 0; i < table->n_order_by && !table->arena->failed; i++) {
        int column = stored_table_find_id(table, table->order_by[i]);
        if (column < 0)
            return damaged(db, "a table's order", error);
        table->order_by[i] = (uint32_t)column;
    }
    table->time_column = time_column < 0 ? -1 : stored_table_find_id(table, (uint32_t)time_column);
    return arena_check(table->arena, error);
}

/* ---- Its files ---- */

/* The columns of the last file: the next one mostly has the same. */
struct layout {
    const char *text;
    uint32_t *ids, n_ids;
    struct type *types;
};

static bool read_layout(const struct stored_table *table, const char *text, struct layout *layout)
{
    if (layout->text && text && strcmp(layout->text, text) == 0)
        return true;
    if (!read_ids(text, table->arena, &layout->ids, &layout->n_ids))
        return false;
    layout->text = arena_strdup(table->arena, text);
    layout->types = ARENA_ARRAY(table->arena, struct type, layout->n_ids);
    for (uint32_t i = 0; i < layout->n_ids && !table->arena->failed; i++) {
        int column = stored_table_find_id(table, layout->ids[i]);
        layout->types[i] = column < 0 ? type_of(TYPE_NULL) : table->schema.fields[column].type;
    }
    return true;
}

/* Zones lie in the file's order of columns; one of a dropped column ends what can be read by its type, so each is
 * preceded by its length. */
static bool read_zones(struct str bytes, const struct layout *layout, struct arena *arena,
                       struct column_zone *zones)
{
    for (uint32_t i = 0; i < layout->n_ids; i++) {
        uint32_t length;
        if (bytes.length < sizeof length)
            return false;
        memcpy(&length, bytes.data, sizeof length);
        if (length > bytes.length - sizeof length)
            return false;
        struct str zone = {bytes.data + sizeof length, length};
        bytes.data += sizeof length + length;
        bytes.length -= sizeof length + length;
        if (layout->types[i].id == TYPE_NULL)
            continue;
        if (!zone_read(&zone, layout->types[i], arena, &zones[i]) || zone.length != 0)
            return false;
    }
    return bytes.length == 0;
}

static bool read_partition(struct str bytes, const struct stored_table *table, struct value *values)
{
    for (uint32_t i = 0; i < table->n_partitions; i++)
        if (!value_read(&bytes, table->partitions[i].type, table->arena, &values[i]))
            return false;
    return bytes.length == 0;
}

static enum status read_file(struct database *db, struct stored_table *table,
                             struct sqlite3_stmt *row, struct layout *layout,
                             struct stored_file *file, struct error *error)
{
    struct arena *arena = table->arena;
    if (!read_layout(table, (const char *)sqlite3_column_text(row, 4), layout))
        return damaged(db, "a file's columns", error);
    file->id = (uint64_t)sqlite3_column_int64(row, 0);
    file->path = column_text(row, 1, arena);
    file->rows = (uint64_t)sqlite3_column_int64(row, 2);
    file->bytes = (uint64_t)sqlite3_column_int64(row, 3);
    file->partition = ARENA_ARRAY(arena, struct value, table->n_partitions);
    struct column_zone *zones = NULL;
    struct str bytes = column_blob(row, 6);
    if (bytes.length > 0)
        zones = ARENA_ARRAY(arena, struct column_zone, layout->n_ids);
    TRY(arena_check(arena, error));
    if (!file->path || !read_partition(column_blob(row, 5), table, file->partition))
        return damaged(db, "a file's partition", error);
    if (zones && !read_zones(bytes, layout, arena, zones))
        return damaged(db, "a file's zones", error);
    stored_file_map(file, table, layout->ids, layout->n_ids, zones, arena);
    return arena_check(arena, error);
}

static enum status read_files(struct database *db, struct stored_table *table, struct error *error)
{
    static const char text[] =
        "SELECT id, path, rows, bytes, columns, partition, zones FROM files WHERE table_id = ?1"
        " AND since <= ?2 AND (until IS NULL OR until > ?2)";
    ARRAY_OF(struct stored_file) files = {0};
    struct layout layout = {0};
    struct sqlite3_stmt *row;
    bool more;
    TRY(sql_prepare(db->sql, text, &row, error));
    sqlite3_bind_int64(row, 1, (int64_t)table->id);
    sqlite3_bind_int64(row, 2, (int64_t)table->snapshot);
    for (;;) {
        TRY(sql_step(db->sql, row, &more, error));
        if (!more)
            break;
        struct stored_file file = {0};
        TRY(read_file(db, table, row, &layout, &file, error));
        *ARRAY_PUSH(table->arena, &files) = file;
    }
    TRY(arena_check(table->arena, error));
    table->files = files.items;
    table->n_files = (uint32_t)files.count;
    stored_table_sort_files(table);
    return STATUS_OK;
}

static enum status read_table(struct database *db, struct stored_table *table, struct error *error)
{
    uint64_t since = 0;
    const char *order_by = NULL;
    int64_t time_column = -1;
    TRY(read_head(db, table, &since, &order_by, &time_column, error));
    TRY(read_columns(db, table, since, error));
    TRY(read_checks(db, table, since, error));
    TRY(read_partitions(db, table, since, error));
    TRY(read_order(db, table, order_by, time_column, error));
    return read_files(db, table, error);
}

enum status database_read_table(struct database *db, uint64_t id, uint64_t snapshot,
                                struct stored_table **out, struct error *error)
{
    struct stored_table *table;
    *out = NULL;
    TRY(table_box_new(db, &table, error));
    table->id = id;
    table->snapshot = snapshot;
    enum status status = sql_begin(db->sql, false, error);
    if (status == STATUS_OK) {
        status = read_table(db, table, error);
        sql_rollback(db->sql); /* only read; also resets a statement left halfway */
    }
    if (status == STATUS_OK)
        status = table_box_pin(table, db->locks, snapshot, error);
    if (status != STATUS_OK) {
        stored_table_unref(table);
        return status;
    }
    *out = table;
    return STATUS_OK;
}

/* ---- Single questions ---- */

enum status database_file_is_live(struct database *db, uint64_t id, bool *live, struct error *error)
{
    static const char text[] = "SELECT 1 FROM files WHERE id = ? AND until IS NULL";
    struct sqlite3_stmt *row;
    TRY(sql_prepare(db->sql, text, &row, error));
    sqlite3_bind_int64(row, 1, (int64_t)id);
    TRY(sql_step(db->sql, row, live, error));
    sqlite3_reset(row);
    return STATUS_OK;
}

enum status database_loaded_to(struct database *db, uint64_t table_id,
                               const struct source_range *range, uint64_t *to, struct error *error)
{
    static const char text[] =
        "SELECT max(to_byte) FROM ranges WHERE table_id = ? AND device = ? AND inode = ?";
    struct sqlite3_stmt *row;
    bool found;
    *to = 0;
    TRY(sql_prepare(db->sql, text, &row, error));
    sqlite3_bind_int64(row, 1, (int64_t)table_id);
    sqlite3_bind_int64(row, 2, (int64_t)range->device);
    sqlite3_bind_int64(row, 3, (int64_t)range->inode);
    TRY(sql_step(db->sql, row, &found, error));
    if (found)
        *to = (uint64_t)sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return STATUS_OK;
}
