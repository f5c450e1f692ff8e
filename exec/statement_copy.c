/* statement_copy.c - COPY .. TO: the rows of a query into a file, or into files of Hive folders. */
#include "exec/session.h"
#include "storage/folder_sink.h"

/* One of the two. */
struct target {
    struct file_sink *file;
    struct folder_sink *folder;
};

static enum status target_open(struct execution *e, struct target *target, struct error *error)
{
    const struct plan_copy *copy = e->plan->copy;
    *target = (struct target){0};
    if (!copy->n_partition_by)
        return file_sink_open(&e->context, copy->path, &copy->schema, &copy->file, &target->file,
                              error);
    struct folder_sink_request request = {.path = copy->path,
                                          .schema = &copy->schema,
                                          .partition_by = copy->partition_by,
                                          .n_partition_by = copy->n_partition_by,
                                          .file = &copy->file,
                                          .overwrite = copy->overwrite};
    return folder_sink_open(&e->context, &request, &target->folder, error);
}

static enum status write_rows(struct execution *e, struct target *target, struct error *error)
{
    for (;;) {
        struct batch *batch;
        TRY(query_next(e->query, &batch, error));
        if (!batch)
            return STATUS_OK;
        enum status status = target->file ? file_sink_add(target->file, batch, error)
                                          : folder_sink_add(target->folder, batch, error);
        batch_unref(batch);
        TRY(status);
    }
}

/* The last look at the cancel flag is before the files get their names. */
static enum status target_publish(struct execution *e, struct target *target, struct error *error)
{
    if (target->file) {
        TRY(file_sink_finish(target->file, error));
        TRY(context_check(&e->context, error));
        e->summary.rows = file_sink_rows(target->file);
        return file_sink_publish(target->file, true, error);
    }
    TRY(folder_sink_finish(target->folder, error));
    TRY(context_check(&e->context, error));
    e->summary.rows = folder_sink_rows(target->folder);
    return folder_sink_publish(target->folder, error);
}

enum status statement_copy(struct execution *e, struct error *error)
{
    struct target target = {0};
    enum status status = target_open(e, &target, error);
    if (status != STATUS_OK && status != STATUS_MEMORY)
        error_place(error, e->plan->copy->span);
    if (status == STATUS_OK)
        status = statement_query(e, error);
    if (status == STATUS_OK)
        status = write_rows(e, &target, error);
    if (status == STATUS_OK)
        status = target_publish(e, &target, error);
    file_sink_close(target.file);
    folder_sink_close(target.folder);
    if (status != STATUS_OK)
        e->summary.rows = 0;
    return status;
}
