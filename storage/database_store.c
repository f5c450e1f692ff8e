/* database_store.c - what a change comes to, written into the catalog; and whether others came before. */
#include "storage/database_int.h"
#include "storage/partition.h"

#include <sqlite3.h>

static void bind(struct sqlite3_stmt *statement, int i, uint64_t x)
{
    sqlite3_bind_int64(statement, i, (int64_t)x);
}

static void bind_text(struct sqlite3_stmt *statement, int i, const char *text)
{
    if (text)
        sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, i);
}

static void bind_bytes(struct sqlite3_stmt *statement, int i, const struct strbuf *bytes)
{
    if (bytes->length == 0)
        sqlite3_bind_zeroblob(statement, i, 0);
    else
        sqlite3_bind_blob64(statement, i, bytes->data, bytes->length, SQLITE_STATIC);
}

static void bind_type(struct sqlite3_stmt *statement, int i, struct type type)
{
#define X(id, name, physical) #id,
    static const char *const words[] = {TYPE_LIST(X)};
#undef X
    bind_text(statement, i, words[type.id]);
    bind(statement, i + 1, type.precision);
    bind(statement, i + 2, type.scale);
    bind(statement, i + 3, type.length);
}

static enum status conflict(const char *kind, const char *name, struct error *error)
{
    (void)error_set(error, STATUS_CONSTRAINT, "%s %s was changed by another statement", kind, name);
    error_hint(error, "nothing was changed; run the statement again");
    return STATUS_CONSTRAINT;
}

/* ---- Definitions ---- */

static enum status store_columns(struct database *db, const struct stored_table *table,
                                 uint64_t snapshot, struct error *error)
{
    static const char text[] =
        "INSERT INTO columns (table_id, since, position, id, name, type, precision, scale, length,"
        " not_null, default_sql, check_sql, missing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?)";
    for (uint32_t i = 0; i < table->schema.n_fields; i++) {
        const struct field *field = &table->schema.fields[i];
        const struct stored_column *column = &table->columns[i];
        struct sqlite3_stmt *insert;
        struct strbuf missing;
        strbuf_init(&missing, table->arena);
        if (!column->missing.is_null)
            value_write(&missing, &column->missing);
        TRY(arena_check(table->arena, error));
        TRY(sql_prepare(db->sql, text, &insert, error));
        bind(insert, 1, table->id);
        bind(insert, 2, snapshot);
        bind(insert, 3, i);
        bind(insert, 4, column->id);
        bind_text(insert, 5, field->name);
        bind_type(insert, 6, field->type);
        bind(insert, 10, field->not_null);
        bind_text(insert, 11, column->default_sql);
        bind_text(insert, 12, column->check_sql);
        if (missing.length > 0)
            bind_bytes(insert, 13, &missing);
        TRY(sql_finish(db->sql, insert, NULL, error));
    }
    return STATUS_OK;
}

static enum status store_checks(struct database *db, const struct stored_table *table,
                                uint64_t snapshot, struct error *error)
{
    static const char text[] =
        "INSERT INTO checks (table_id, since, position, sql) VALUES (?, ?, ?, ?)";
    for (uint32_t i = 0; i < table->n_checks; i++) {
        struct sqlite3_stmt *insert;
        TRY(sql_prepare(db->sql, text, &insert, error));
        bind(insert, 1, table->id);
        bind(insert, 2, snapshot);
        bind(insert, 3, i);
        bind_text(insert, 4, table->checks[i]);
        TRY(sql_finish(db->sql, insert, NULL, error));
    }
    return STATUS_OK;
}

static enum status store_partitions(struct database *db, const struct stored_table *table,
                                    uint64_t snapshot, struct error *error)
{
    static const char text[] =
        "INSERT INTO partitions (table_id, since, position, transform, column_id, argument, name,"
        " type, precision, scale, length) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    for (uint32_t i = 0; i < table->n_partitions; i++) {
        const struct partition_column *partition = &table->partitions[i];
        struct sqlite3_stmt *insert;
        TRY(sql_prepare(db->sql, text, &insert, error));
        bind(insert, 1, table->id);
        bind(insert, 2, snapshot);
        bind(insert, 3, i);
        bind_text(insert, 4, partition_word(partition->transform));
        bind(insert, 5, table->columns[partition->column].id);
        bind(insert, 6, partition->argument);
        bind_text(insert, 7, partition->name);
        bind_type(insert, 8, partition->type);
        TRY(sql_finish(db->sql, insert, NULL, error));
    }
    return STATUS_OK;
}

static enum status store_definition(struct database *db, const struct stored_table *table,
                                    uint64_t snapshot, struct error *error)
{
    static const char text[] = "INSERT INTO tables (id, since, name, order_by, compression, "
                               "ttl_us, time_column, watermark)"
                               " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    struct sqlite3_stmt *insert;
    struct strbuf order;
    strbuf_init(&order, table->arena);
    strbuf_puts(&order, "");
    for (uint32_t i = 0; i < table->n_order_by; i++)
        strbuf_printf(&order, i > 0 ? ",%u" : "%u", table->columns[table->order_by[i]].id);
    TRY(arena_check(table->arena, error));
    TRY(sql_prepare(db->sql, text, &insert, error));
    bind(insert, 1, table->id);
    bind(insert, 2, snapshot);
    bind_text(insert, 3, table->name);
    bind_text(insert, 4, order.data);
    bind_text(insert, 5, table->small ? "small" : table->fast ? "fast" : "balanced");
    sqlite3_bind_int64(insert, 6, table->ttl_us);
    if (table->time_column >= 0)
        bind(insert, 7, table->columns[table->time_column].id);
    bind_text(insert, 8, table->watermark_sql);
    TRY(sql_finish(db->sql, insert, NULL, error));
    TRY(store_columns(db, table, snapshot, error));
    TRY(store_checks(db, table, snapshot, error));
    return store_partitions(db, table, snapshot, error);
}

/* ---- Conflicts ---- */

struct last_change {
    bool exists;
    uint64_t changed, altered, rewritten;
};

static enum status read_last_change(struct database *db, uint64_t id, struct last_change *out,
                                    struct error *error)
{
    static const char text[] =
        "SELECT changed, altered, rewritten FROM changes c WHERE table_id = ? AND EXISTS"
        " (SELECT 1 FROM tables t WHERE t.id = c.table_id AND t.until IS NULL)";
    struct sqlite3_stmt *row;
    TRY(sql_prepare(db->sql, text, &row, error));
    bind(row, 1, id);
    TRY(sql_step(db->sql, row, &out->exists, error));
    if (!out->exists)
        return STATUS_OK;
    out->changed = (uint64_t)sqlite3_column_int64(row, 0);
    out->altered = (uint64_t)sqlite3_column_int64(row, 1);
    out->rewritten = (uint64_t)sqlite3_column_int64(row, 2);
    sqlite3_reset(row);
    return STATUS_OK;
}

/* What others did since the change's base must leave it true: files may come and be merged while rows are added; what
 * takes rows away stands alone with its kind; what changes the table itself stands alone. */
static enum status check_conflict(struct database *db, const struct table_change *change,
                                  uint64_t base_snapshot, struct error *error)
{
    struct last_change last = {0};
    if (!change->base)
        return STATUS_OK;
    TRY(read_last_change(db, change->id, &last, error));
    bool fits = last.exists && last.altered <= base_snapshot;
    if (change->rewrites)
        fits = fits && last.rewritten <= base_snapshot;
    if (change->altered || change->truncated || !change->definition)
        fits = fits && last.changed <= base_snapshot;
    return fits ? STATUS_OK : conflict("table", change->base->name, error);
}

/* Bytes that the change loads were not loaded by somebody else since it looked, except where that is meant. */
static enum status check_ranges(struct database *db, const struct table_change *change,
                                uint64_t base_snapshot, struct error *error)
{
    static const char text[] =
        "SELECT 1 FROM ranges WHERE table_id = ? AND device = ? AND inode = ? AND to_byte > ?"
        " AND from_byte < ? AND since > ?";
    if (!change->base || change->truncated)
        return STATUS_OK;
    for (size_t i = 0; i < change->ranges.count; i++) {
        const struct source_range *range = change->ranges.items[i];
        struct sqlite3_stmt *row;
        bool found;
        if (range->again)
            continue;
        TRY(sql_prepare(db->sql, text, &row, error));
        bind(row, 1, change->id);
        bind(row, 2, range->device);
        bind(row, 3, range->inode);
        bind(row, 4, range->from);
        bind(row, 5, range->to);
        bind(row, 6, base_snapshot);
        TRY(sql_step(db->sql, row, &found, error));
        sqlite3_reset(row);
        if (found) {
            (void)error_set(error, STATUS_CONSTRAINT,
                            "this file was loaded into %s by another statement meanwhile: %s",
                            change->base->name, range->path);
            error_hint(error, "nothing was loaded a second time");
            return STATUS_CONSTRAINT;
        }
    }
    return STATUS_OK;
}

/* No live table or view has the name but table `id`. */
static enum status check_name(struct database *db, const char *name, uint64_t id,
                              struct error *error)
{
    static const char text[] =
        "SELECT 1 FROM tables WHERE until IS NULL AND name = ?1 COLLATE NOCASE AND id <> ?2"
        " UNION ALL SELECT 1 FROM views WHERE name = ?1";
    struct sqlite3_stmt *row;
    bool taken;
    TRY(sql_prepare(db->sql, text, &row, error));
    bind_text(row, 1, name);
    bind(row, 2, id);
    TRY(sql_step(db->sql, row, &taken, error));
    sqlite3_reset(row);
    if (taken)
        return error_set(error, STATUS_NAME, "the name is taken: %s", name);
    return STATUS_OK;
}

/* ---- Files ---- */

static void write_file_bytes(const struct change_file *file, struct strbuf *columns,
                             struct strbuf *partition, struct strbuf *zones, struct strbuf *zone)
{
    strbuf_puts(columns, "");
    for (uint32_t i = 0; i < file->n_ids; i++)
        strbuf_printf(columns, i > 0 ? ",%u" : "%u", file->ids[i]);
    for (uint32_t i = 0; i < file->n_partition; i++)
        value_write(partition, &file->partition[i]);
    for (uint32_t i = 0; file->zones && i < file->n_ids; i++) {
        zone->length = 0;
        zone_write(zone, &file->zones[i]);
        uint32_t length = (uint32_t)zone->length;
        strbuf_add(zones, (const char *)&length, sizeof length);
        strbuf_add(zones, zone->data, zone->length);
    }
}

static enum status store_file(struct database *db, const struct change_file *file,
                              uint64_t snapshot, struct arena *arena, struct error *error)
{
    static const char text[] =
        "INSERT INTO files (id, table_id, since, path, rows, bytes, columns, partition, zones)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    static const char forget[] = "DELETE FROM pending WHERE id = ? AND writer = ?";
    struct sqlite3_stmt *statement;
    struct strbuf columns, partition, zones, zone;
    int64_t changed;
    strbuf_init(&columns, arena);
    strbuf_init(&partition, arena);
    strbuf_init(&zones, arena);
    strbuf_init(&zone, arena);
    write_file_bytes(file, &columns, &partition, &zones, &zone);
    TRY(arena_check(arena, error));
    TRY(sql_prepare(db->sql, text, &statement, error));
    bind(statement, 1, file->id);
    bind(statement, 2, file->table_id);
    bind(statement, 3, snapshot);
    bind_text(statement, 4, file->path);
    bind(statement, 5, file->rows);
    bind(statement, 6, file->bytes);
    bind_text(statement, 7, columns.data);
    bind_bytes(statement, 8, &partition);
    bind_bytes(statement, 9, &zones);
    TRY(sql_finish(db->sql, statement, NULL, error));
    TRY(sql_prepare(db->sql, forget, &statement, error));
    bind(statement, 1, file->id);
    bind(statement, 2, db->writer);
    TRY(sql_finish(db->sql, statement, &changed, error));
    if (changed != 1)
        return error_set(error, STATUS_INTERNAL, "a file was not announced: %s", file->path);
    return STATUS_OK;
}

static enum status store_added(struct database *db, const struct table_change *change,
                               uint64_t snapshot, struct error *error)
{
    struct arena arena;
    TRY(arena_init(&arena, error));
    enum status status = STATUS_OK;
    for (size_t i = 0; i < change->added.count && status == STATUS_OK; i++) {
        status = store_file(db, change->added.items[i], snapshot, &arena, error);
        arena_reset(&arena);
    }
    arena_fini(&arena);
    return status;
}

static enum status store_removed(struct database *db, const struct table_change *change,
                                 uint64_t snapshot, struct error *error)
{
    static const char text[] =
        "UPDATE files SET until = ? WHERE id = ? AND table_id = ? AND until IS NULL";
    for (size_t i = 0; i < change->removed.count; i++) {
        struct sqlite3_stmt *update;
        int64_t changed;
        TRY(sql_prepare(db->sql, text, &update, error));
        bind(update, 1, snapshot);
        bind(update, 2, change->removed.items[i]);
        bind(update, 3, change->id);
        TRY(sql_finish(db->sql, update, &changed, error));
        if (changed != 1)
            return conflict("table", change->base->name, error);
    }
    return STATUS_OK;
}

static enum status store_ranges(struct database *db, const struct table_change *change,
                                uint64_t snapshot, struct error *error)
{
    static const char text[] =
        "INSERT INTO ranges (table_id, device, inode, to_byte, from_byte, path, modified_ns, since)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    for (size_t i = 0; i < change->ranges.count; i++) {
        const struct source_range *range = change->ranges.items[i];
        struct sqlite3_stmt *insert;
        TRY(sql_prepare(db->sql, text, &insert, error));
        bind(insert, 1, change->id);
        bind(insert, 2, range->device);
        bind(insert, 3, range->inode);
        bind(insert, 4, range->to);
        bind(insert, 5, range->from);
        bind_text(insert, 6, range->path);
        sqlite3_bind_int64(insert, 7, range->modified_ns);
        bind(insert, 8, snapshot);
        TRY(sql_finish(db->sql, insert, NULL, error));
    }
    return STATUS_OK;
}

/* Runs a statement on the table: ?1 is its id, ?2 the snapshot. */
static enum status run_on_table(struct database *db, const char *text, uint64_t id,
                                uint64_t snapshot, struct error *error)
{
    struct sqlite3_stmt *statement;
    TRY(sql_prepare(db->sql, text, &statement, error));
    bind(statement, 1, id);
    if (sqlite3_bind_parameter_count(statement) > 1)
        bind(statement, 2, snapshot);
    return sql_finish(db->sql, statement, NULL, error);
}

static enum status note_change(struct database *db, const struct table_change *change,
                               uint64_t snapshot, struct error *error)
{
    static const char text[] =
        "INSERT INTO changes (table_id, changed, altered, rewritten) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (table_id) DO UPDATE SET changed = ?2, altered = max(altered, ?3),"
        " rewritten = max(rewritten, ?4)";
    struct sqlite3_stmt *upsert;
    TRY(sql_prepare(db->sql, text, &upsert, error));
    bind(upsert, 1, change->id);
    bind(upsert, 2, snapshot);
    bind(upsert, 3, change->altered || !change->definition ? snapshot : 0);
    bind(upsert, 4, change->rewrites || change->truncated ? snapshot : 0);
    return sql_finish(db->sql, upsert, NULL, error);
}

enum status database_end_table(struct database *db, const struct table_change *change,
                               uint64_t base_snapshot, uint64_t snapshot, struct error *error)
{
    static const char end_definition[] =
        "UPDATE tables SET until = ?2 WHERE id = ?1 AND until IS NULL";
    static const char end_files[] =
        "UPDATE files SET until = ?2 WHERE table_id = ?1 AND until IS NULL";
    static const char forget_ranges[] = "DELETE FROM ranges WHERE table_id = ?1";
    TRY(check_conflict(db, change, base_snapshot, error));
    TRY(check_ranges(db, change, base_snapshot, error));
    if (change->altered || !change->definition)
        TRY(run_on_table(db, end_definition, change->id, snapshot, error));
    if (change->truncated || !change->definition) {
        TRY(run_on_table(db, end_files, change->id, snapshot, error));
        TRY(run_on_table(db, forget_ranges, change->id, snapshot, error));
    }
    return STATUS_OK;
}

enum status database_store_table(struct database *db, const struct table_change *change,
                                 uint64_t snapshot, struct error *error)
{
    TRY(note_change(db, change, snapshot, error));
    if (!change->definition)
        return STATUS_OK;
    if (change->altered) {
        TRY(check_name(db, change->definition->name, change->id, error));
        TRY(store_definition(db, change->definition, snapshot, error));
    }
    TRY(store_removed(db, change, snapshot, error));
    TRY(store_added(db, change, snapshot, error));
    return store_ranges(db, change, snapshot, error);
}

/* ---- Views ---- */

static enum status check_view(struct database *db, const char *name, uint64_t base_snapshot,
                              struct error *error)
{
    static const char text[] = "SELECT changed FROM views WHERE name = ?";
    struct sqlite3_stmt *row;
    bool found;
    TRY(sql_prepare(db->sql, text, &row, error));
    bind_text(row, 1, name);
    TRY(sql_step(db->sql, row, &found, error));
    uint64_t changed = found ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    sqlite3_reset(row);
    return changed > base_snapshot ? conflict("view", name, error) : STATUS_OK;
}

enum status database_end_view(struct database *db, const struct view_change *change,
                              uint64_t base_snapshot, struct error *error)
{
    static const char drop[] = "DELETE FROM views WHERE name = ?";
    static const char drop_columns[] = "DELETE FROM view_columns WHERE view = ?";
    struct sqlite3_stmt *statement;
    TRY(check_view(db, change->name, base_snapshot, error));
    TRY(sql_prepare(db->sql, drop, &statement, error));
    bind_text(statement, 1, change->name);
    TRY(sql_finish(db->sql, statement, NULL, error));
    TRY(sql_prepare(db->sql, drop_columns, &statement, error));
    bind_text(statement, 1, change->name);
    return sql_finish(db->sql, statement, NULL, error);
}

enum status database_store_view(struct database *db, const struct stored_view *view,
                                uint64_t snapshot, struct error *error)
{
    static const char insert[] = "INSERT INTO views (name, sql, changed) VALUES (?, ?, ?)";
    static const char insert_column[] =
        "INSERT INTO view_columns (view, position, name) VALUES (?, ?, ?)";
    struct sqlite3_stmt *statement;
    TRY(check_name(db, view->name, 0, error));
    TRY(sql_prepare(db->sql, insert, &statement, error));
    bind_text(statement, 1, view->name);
    bind_text(statement, 2, view->sql);
    bind(statement, 3, snapshot);
    TRY(sql_finish(db->sql, statement, NULL, error));
    for (uint32_t i = 0; i < view->n_columns; i++) {
        TRY(sql_prepare(db->sql, insert_column, &statement, error));
        bind_text(statement, 1, view->name);
        bind(statement, 2, i);
        bind_text(statement, 3, view->columns[i]);
        TRY(sql_finish(db->sql, statement, NULL, error));
    }
    return STATUS_OK;
}

/* ---- Announced files ---- */

enum status database_store_pending(struct database *db, const struct change_file *file,
                                   struct error *error)
{
    static const char text[] = "INSERT INTO pending (id, writer, path) VALUES (?, ?, ?)";
    struct sqlite3_stmt *insert;
    TRY(sql_prepare(db->sql, text, &insert, error));
    bind(insert, 1, file->id);
    bind(insert, 2, db->writer);
    bind_text(insert, 3, file->path);
    return sql_finish(db->sql, insert, NULL, error);
}
