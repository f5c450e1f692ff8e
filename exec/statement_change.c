/* statement_change.c - what a statement changes in the database folder: a change of its own, or its part of the open
 * transaction's.
 *
 *   1. A statement outside of a transaction is committed when it has succeeded, and leaves nothing when it fails.
 *   2. Within a transaction a statement that fails is undone alone.
 *   3. Tables in memory are no part of it. */
#include "exec/session.h"

enum status statement_change(struct execution *e, struct change **out, struct error *error)
{
    struct weir *db = e->db;
    *out = NULL;
    if (!db->change)
        TRY(change_open(db->database, &db->change, error));
    if (!e->changes)
        e->mark = change_mark(db->change);
    e->changes = true;
    *out = db->change;
    return STATUS_OK;
}

/* The table that the statement may have added rows to, or NULL. */
static const char *grown_table(struct execution *e)
{
    const struct plan *plan = e->plan;
    if (plan->kind == PLAN_CREATE_TABLE && plan->entry)
        return arena_strdup(&e->arena, plan->entry->name);
    if ((plan->kind == PLAN_INSERT || plan->kind == PLAN_UPDATE) && plan->target)
        return arena_strdup(&e->arena, plan->target->name);
    return NULL;
}

enum status statement_change_end(struct execution *e, enum status status, struct error *error)
{
    struct weir *db = e->db;
    if (!e->changes)
        return status;
    e->changes = false;
    const char *grown = grown_table(e);
    catalog_forget(db->catalog);
    if (db->in_transaction) {
        if (status != STATUS_OK)
            change_rewind(db->change, e->mark);
        return status;
    }
    struct change *change = db->change;
    db->change = NULL;
    if (status != STATUS_OK) {
        change_rollback(change);
        return status;
    }
    TRY(change_commit(change, error));
    if (grown)
        statement_expire(e, grown);
    return STATUS_OK;
}

/* ---- transactions ---- */

static enum status run_begin(struct execution *e, struct error *error)
{
    struct weir *db = e->db;
    if (db->in_transaction) {
        enum status status =
            error_set_at(error, STATUS_USAGE, e->plan->span, "a transaction is open already");
        error_hint(error, "COMMIT or ROLLBACK ends it");
        return status;
    }
    db->in_transaction = true;
    db->memory_changed = false;
    return STATUS_OK;
}

static enum status refuse_without(struct execution *e, struct error *error)
{
    enum status status = error_set_at(error, STATUS_USAGE, e->plan->span, "no transaction is open");
    error_hint(error, "BEGIN opens one");
    return status;
}

static enum status run_commit(struct execution *e, struct error *error)
{
    struct weir *db = e->db;
    struct change *change = db->change;
    if (!db->in_transaction)
        return refuse_without(e, error);
    db->change = NULL;
    db->in_transaction = false;
    catalog_forget(db->catalog);
    if (!change)
        return STATUS_OK;
    TRY(change_commit(change, error));
    statement_expire(e, NULL);
    return STATUS_OK;
}

static enum status run_rollback(struct execution *e, struct error *error)
{
    if (!e->db->in_transaction)
        return refuse_without(e, error);
    session_rollback(e->db);
    if (e->db->memory_changed)
        *ARRAY_PUSH(&e->keep, &e->notices) =
            "tables in memory keep what the transaction has changed in them";
    return STATUS_OK;
}

void session_rollback(struct weir *db)
{
    change_rollback(db->change);
    db->change = NULL;
    db->in_transaction = false;
    if (db->catalog)
        catalog_forget(db->catalog);
}

enum status statement_transaction(struct execution *e, struct error *error)
{
    if (e->plan->kind == PLAN_BEGIN)
        return run_begin(e, error);
    return e->plan->kind == PLAN_COMMIT ? run_commit(e, error) : run_rollback(e, error);
}

/* ---- tables and views of the database ---- */

static struct stored_column *describe_columns(struct arena *arena,
                                              const struct catalog_entry *entry)
{
    struct stored_column *columns =
        ARENA_ARRAY(arena, struct stored_column, entry->schema.n_fields + 1);
    for (uint32_t i = 0; columns && i < entry->schema.n_fields; i++) {
        const struct catalog_column *from = &entry->columns[i];
        columns[i] = (struct stored_column){.id = from->id,
                                            .default_sql = from->default_sql,
                                            .check_sql = from->check_sql,
                                            .missing = from->missing};
    }
    return columns;
}

enum status statement_describe_table(struct execution *e, const struct catalog_entry *entry,
                                     struct stored_table *out, struct error *error)
{
    const struct catalog_layout *layout = &entry->layout;
    out->name = entry->name;
    out->schema = entry->schema;
    out->columns = describe_columns(&e->arena, entry);
    out->checks = entry->checks;
    out->n_checks = entry->n_checks;
    out->partitions = (struct partition_column *)layout->partitions;
    out->n_partitions = layout->n_partitions;
    out->order_by = (uint32_t *)layout->order_by;
    out->n_order_by = layout->n_order_by;
    out->small = layout->small;
    out->fast = layout->fast;
    out->ttl_us = layout->ttl_us;
    out->time_column = layout->time_column;
    out->watermark_sql = layout->watermark_sql;
    return arena_check(&e->arena, error);
}

enum status statement_drop(struct execution *e, const struct catalog_entry *entry,
                           struct error *error)
{
    struct change *change;
    if (entry->in_memory) {
        catalog_drop(e->db->catalog, str_of(entry->name));
        return STATUS_OK;
    }
    TRY(statement_change(e, &change, error));
    if (entry->kind == CATALOG_VIEW)
        return change_drop_view(change, str_of(entry->name), error);
    return change_drop_table(change, entry->stored, error);
}

/* Makes way for CREATE OR REPLACE. */
static enum status drop_replaced(struct execution *e, struct error *error)
{
    struct catalog_entry *old;
    if (!e->plan->or_replace)
        return STATUS_OK;
    TRY(catalog_find(e->db->catalog, CATALOG_MAIN, str_of(e->plan->entry->name), &old, error));
    return old ? statement_drop(e, old, error) : STATUS_OK;
}

enum status statement_create_stored(struct execution *e, struct stored_table **out,
                                    struct error *error)
{
    struct stored_table *table = ARENA_NEW(&e->arena, struct stored_table);
    struct change *change;
    *out = NULL;
    TRY(arena_check(&e->arena, error));
    TRY(statement_describe_table(e, e->plan->entry, table, error));
    TRY(statement_change(e, &change, error));
    TRY(drop_replaced(e, error));
    return change_create_table(change, table, out, error);
}

enum status statement_create_stored_view(struct execution *e, struct error *error)
{
    const struct catalog_entry *entry = e->plan->entry;
    const struct stored_view view = {.name = entry->name,
                                     .sql = entry->view_sql,
                                     .columns = entry->view_columns,
                                     .n_columns = entry->n_view_columns};
    struct change *change;
    TRY(statement_change(e, &change, error));
    return change_put_view(change, &view, error);
}

enum status statement_truncate(struct execution *e, struct error *error)
{
    const struct stored_table *table = e->plan->target->stored;
    struct change *change;
    uint64_t rows = 0;
    for (uint32_t i = 0; i < table->n_files; i++)
        rows += table->files[i].rows;
    TRY(statement_change(e, &change, error));
    TRY(change_truncate(change, table, error));
    e->summary.rows = rows;
    return STATUS_OK;
}
