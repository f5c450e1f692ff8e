/* statement_maintain.c - OPTIMIZE, and rows that leave by their table's ttl. */
#include "exec/expire.h"
#include "exec/optimize.h"
#include "exec/session.h"

static void notice(struct execution *e, const char *text)
{
    if (text)
        *ARRAY_PUSH(&e->keep, &e->notices) = text;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- ttl ---- */

static void tell_expired(struct execution *e, const char *table, const struct expire_report *report)
{
    notice(e, arena_printf(
                  &e->keep, "ttl of %s: %llu partition%s dropped, with %llu row%s in %llu file%s",
                  table, (unsigned long long)report->partitions, plural(report->partitions),
                  (unsigned long long)report->rows, plural(report->rows),
                  (unsigned long long)report->files, plural(report->files)));
}

/* In a change of its own: rows that others add meanwhile are no conflict, and when it does not succeed the next commit
 * tries again. */
static enum status expire_in_change(struct execution *e, const struct stored_table *table,
                                    struct expire_report *report, struct error *error)
{
    struct change *change;
    TRY(change_open(e->db->database, &change, error));
    enum status status = expire_table(&e->context, change, table, report, error);
    if (status == STATUS_OK && report->files > 0)
        return change_commit(change, error);
    change_rollback(change);
    return status;
}

static void expire_one(struct execution *e, const char *name)
{
    struct error error = {0};
    struct stored_table *table = NULL;
    struct expire_report report = {0};
    enum status status = database_table(e->db->database, str_of(name), &table, &error);
    if (status == STATUS_OK && table && table->ttl_us > 0)
        status = expire_in_change(e, table, &report, &error);
    stored_table_unref(table);
    if (status == STATUS_OK && report.files > 0)
        tell_expired(e, name, &report);
    else if (status != STATUS_OK && status != STATUS_CONSTRAINT)
        notice(e,
               arena_printf(&e->keep, "ttl of %s: nothing was dropped: %s", name, error.message));
}

void statement_expire(struct execution *e, const char *table)
{
    struct error error = {0};
    bool changed;
    size_t n;
    if (!e->db->database || e->db->change ||
        database_refresh(e->db->database, &changed, &error) != STATUS_OK)
        return;
    if (table) {
        expire_one(e, table);
    } else {
        const char *const *names = database_tables(e->db->database, &n);
        const char **all = ARENA_ARRAY(&e->keep, const char *, n + 1); /* commits make others */
        for (size_t i = 0; all && i < n; i++)
            all[i] = arena_strdup(&e->keep, names[i]);
        for (size_t i = 0; all && i < n && all[i]; i++)
            expire_one(e, all[i]);
    }
    catalog_forget(e->db->catalog);
}

/* ---- OPTIMIZE ---- */

static void tell_optimized(struct execution *e, const char *table,
                           const struct optimize_report *report)
{
    if (report->files_before == 0) {
        notice(e, arena_printf(&e->keep, "%s: there is nothing to merge", table));
        return;
    }
    notice(e, arena_printf(
                  &e->keep, "%s: %llu files became %llu, %llu bytes became %llu, %llu rows", table,
                  (unsigned long long)report->files_before, (unsigned long long)report->files_after,
                  (unsigned long long)report->bytes_before, (unsigned long long)report->bytes_after,
                  (unsigned long long)report->rows));
}

static enum status make_filter(struct execution *e, const struct stored_table *table,
                               struct optimize_filter *filter, struct error *error)
{
    uint32_t n = table->n_partitions;
    filter->given = ARENA_ARRAY(&e->arena, bool, n + 1);
    filter->values = ARENA_ARRAY(&e->arena, struct value, n + 1);
    TRY(arena_check(&e->arena, error));
    for (uint32_t i = 0; e->plan->partition && i < n; i++) {
        filter->given[i] = e->plan->partition[i].is_given;
        filter->values[i] = e->plan->partition[i].value;
    }
    return STATUS_OK;
}

enum status statement_optimize(struct execution *e, struct error *error)
{
    const char *name = arena_strdup(&e->arena, e->plan->target->name);
    struct optimize_filter filter;
    struct optimize_report report;
    struct stored_table *table;
    struct change *change;
    TRY(make_filter(e, e->plan->target->stored, &filter, error));
    if (!e->db->in_transaction) {
        e->plan->target = NULL; /* gone with the catalog's entries */
        statement_expire(e, name);
    }
    TRY(statement_change(e, &change, error));
    TRY(database_table(e->db->database, str_of(name), &table, error));
    if (!table)
        return error_set(error, STATUS_NAME, "unknown table: %s", name);
    enum status status = optimize_table(&e->context, change, table, &filter, &report, error);
    stored_table_unref(table);
    if (status == STATUS_OK)
        tell_optimized(e, name, &report);
    return status;
}
