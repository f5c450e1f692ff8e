/* session_check.c - weir_check: a database's files against its catalog. */
#include "exec/session.h"
#include "exec/verify.h"

void verify_progress_get(const struct verify_progress *progress, struct weir_progress *out)
{
    out->running = true;
    out->bytes_done = atomic_load(&progress->bytes);
    out->bytes_total = atomic_load(&progress->bytes_total);
    out->rows_done = atomic_load(&progress->rows);
    out->elapsed_s = (double)(clock_monotonic_ns() - progress->started_ns) / 1e9;
}

static enum status check(struct weir *db, weir_finding_fn *fn, void *fn_context,
                         struct weir_check_report *report, struct error *error)
{
    struct verify_report found;
    struct verify_progress progress = {.started_ns = clock_monotonic_ns()};
    struct arena arena;
    struct context context = {
        .budget = db->budget,
        .io = db->io,
        .clock = &db->clock,
        .cancel = &db->cancel,
        .n_threads = db->settings.threads,
        .batch_size = db->settings.batch_size,
    };
    *report = (struct weir_check_report){0};
    if (db->running)
        return error_set(error, STATUS_USAGE, "a statement is still running");
    if (!db->database)
        return error_set(error, STATUS_USAGE, "there is nothing to check: no database is open");
    TRY(arena_init(&arena, error));
    atomic_store(&db->cancel, false);
    mutex_lock(&db->mutex);
    db->verifying = &progress;
    mutex_unlock(&db->mutex);
    enum status status = verify_database(&context, db->database, &arena, &progress, &found, error);
    mutex_lock(&db->mutex);
    db->verifying = NULL;
    mutex_unlock(&db->mutex);
    if (status == STATUS_OK)
        *report = (struct weir_check_report){found.tables, found.files, found.rows, found.bytes,
                                             found.n_problems};
    for (size_t i = 0; i < found.n_findings && status == STATUS_OK; i++)
        fn(fn_context, found.findings[i].is_problem, found.findings[i].text);
    arena_fini(&arena);
    return status;
}

enum weir_code weir_check(struct weir *db, weir_finding_fn *fn, void *context,
                          struct weir_check_report *report, struct weir_error *error)
{
    struct error inner = {0};
    enum status status = check(db, fn, context, report, &inner);
    if (error) {
        *error = (struct weir_error){.code = (enum weir_code)status};
        memcpy(error->message, inner.message, sizeof error->message);
        memcpy(error->hint, inner.hint, sizeof error->hint);
    }
    return (enum weir_code)status;
}
