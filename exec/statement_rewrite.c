/* statement_rewrite.c - UPDATE and DELETE of a stored table: only files with such rows are written anew.
 *
 *   1. The probe reads the columns of the WHERE and counts the rows taken in each file.
 *   2. A file all of whose rows are deleted is dropped unread; one without such rows stays as it is.
 *   3. The others are read whole, and their rows go through the writer into new files of the same change. */
#include "exec/session.h"
#include "storage/stored_source.h"

struct rewrite {
    struct execution *e;
    const struct stored_table *table;
    uint64_t *taken; /* rows by file */
    bool *anew;      /* files to be read and written */
    uint32_t n_anew;
    uint64_t rows_taken, rows_anew, rows_dropped;
};

/* ---- which files ---- */

static enum status count_places(struct rewrite *r, const struct batch *batch, struct error *error)
{
    struct column *flat;
    const struct column *places = batch->columns[0];
    if (column_is_constant(places)) {
        r->taken[*(const int64_t *)places->data] += batch->length;
        return STATUS_OK;
    }
    TRY(column_flatten(batch->columns[0], batch->budget, &flat, error));
    const int64_t *values = flat->data;
    for (size_t i = 0; i < batch->length; i++)
        r->taken[values[i]]++;
    column_unref(flat);
    return STATUS_OK;
}

static void publish_query(struct execution *e, struct query *query)
{
    mutex_lock(&e->db->mutex);
    e->query = query;
    mutex_unlock(&e->db->mutex);
}

static enum status probe(struct rewrite *r, struct error *error)
{
    struct execution *e = r->e;
    struct query_env env = {&e->arena, &e->context, e->env.zone};
    struct query *query;
    TRY(query_open(&env, e->plan->rewrite->probe, &query, error));
    publish_query(e, query);
    enum status status;
    for (;;) {
        struct batch *batch;
        status = query_next(query, &batch, error);
        if (status != STATUS_OK || !batch)
            break;
        status = batch->length ? count_places(r, batch, error) : STATUS_OK;
        batch_unref(batch);
        if (status != STATUS_OK)
            break;
    }
    publish_query(e, NULL);
    query_close(query);
    return status;
}

static enum status find_files(struct rewrite *r, struct error *error)
{
    struct execution *e = r->e;
    uint32_t n = r->table->n_files;
    r->taken = ARENA_ARRAY(&e->arena, uint64_t, (size_t)n + 1);
    r->anew = ARENA_ARRAY(&e->arena, bool, (size_t)n + 1);
    TRY(arena_check(&e->arena, error));
    if (e->plan->rewrite->probe)
        return probe(r, error);
    for (uint32_t i = 0; i < n; i++)
        r->taken[i] = r->table->files[i].rows;
    return STATUS_OK;
}

/* ---- what becomes of them ---- */

/* Files with rows taken leave the table; those that have more than rows to delete are to be read. */
static enum status remove_files(struct rewrite *r, struct change *change, struct error *error)
{
    for (uint32_t i = 0; i < r->table->n_files; i++) {
        const struct stored_file *file = &r->table->files[i];
        if (!r->taken[i])
            continue;
        r->rows_taken += r->taken[i];
        TRY(change_remove_file(change, r->table, file, error));
        if (r->e->plan->kind == PLAN_DELETE && r->taken[i] == file->rows) {
            r->rows_dropped += file->rows;
            continue;
        }
        r->anew[i] = true;
        r->n_anew++;
        r->rows_anew += file->rows;
    }
    return STATUS_OK;
}

static bool same_partition(const struct stored_table *table, const struct stored_file *a,
                           const struct stored_file *b)
{
    for (uint32_t i = 0; i < table->n_partitions; i++) {
        const struct value *x = &a->partition[i], *y = &b->partition[i];
        if (x->is_null != y->is_null || (!x->is_null && value_compare(x, y) != 0))
            return false;
    }
    return true;
}

/* The next files to be read together: one of a partition, since each is in order by itself, and so will be what is
 * written; or several small ones, which the writer can sort. They are taken out of r->anew. */
static void next_round(struct rewrite *r, bool *round, uint64_t *rows, uint32_t *files)
{
    enum { SMALL_ROWS = 65536 };
    const struct stored_file *last = NULL;
    uint64_t held = 0; /* rows of the last file's partition */
    *rows = 0;
    *files = 0;
    for (uint32_t i = 0; i < r->table->n_files; i++) {
        const struct stored_file *file = &r->table->files[i]; /* by partition */
        bool same = r->anew[i] && last && same_partition(r->table, last, file);
        round[i] = r->anew[i] && (!same || held + file->rows <= SMALL_ROWS);
        if (!round[i])
            continue;
        held = (same ? held : 0) + file->rows;
        last = file;
        r->anew[i] = false;
        *rows += file->rows;
        *files += 1;
    }
}

static enum status write_round(struct rewrite *r, const bool *round, uint64_t *rows,
                               struct error *error)
{
    struct execution *e = r->e;
    struct query *query = e->query;
    publish_query(e, NULL);
    query_close(query);
    TRY(stored_source_keep(e->plan->rewrite->rows, round, &e->context, error));
    return statement_write_stored(e, r->table, false, rows, error);
}

/* Each thread writes files of its own, and takes rows from all over a file: large files without an order are shared by
 * threads, others are one thread's, else each UPDATE would leave more and smaller files. */
static enum status write_anew(struct rewrite *r, struct error *error)
{
    enum { SHARED_ROWS = 2 * 1024 * 1024 };
    struct execution *e = r->e;
    unsigned n_threads = e->context.n_threads;
    uint64_t written = 0, rows = 0;
    uint32_t files = 0;
    bool *round = ARENA_ARRAY(&e->arena, bool, (size_t)r->table->n_files + 1);
    TRY(arena_check(&e->arena, error));
    enum status status = STATUS_OK;
    while (r->n_anew && status == STATUS_OK) {
        uint64_t n = 0;
        next_round(r, round, &rows, &files);
        if (!files)
            break;
        r->n_anew -= files;
        bool shared = rows / files >= SHARED_ROWS && r->table->n_order_by == 0;
        e->context.n_threads = shared ? n_threads : 1;
        status = write_round(r, round, &n, error);
        written += n;
    }
    e->context.n_threads = n_threads;
    /* random() may take other rows than the probe has counted: what was written decides. */
    e->summary.rows =
        e->plan->kind == PLAN_UPDATE ? r->rows_taken : r->rows_dropped + r->rows_anew - written;
    return status;
}

enum status statement_rewrite(struct execution *e, struct error *error)
{
    struct rewrite r = {.e = e, .table = e->plan->target->stored};
    struct change *change;
    bool any = false;
    TRY(find_files(&r, error));
    for (uint32_t i = 0; i < r.table->n_files; i++)
        any |= r.taken[i] > 0;
    if (!any)
        return STATUS_OK;
    TRY(statement_change(e, &change, error));
    TRY(remove_files(&r, change, error));
    return write_anew(&r, error);
}
