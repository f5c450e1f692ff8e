/* statement_copy.c - COPY .. TO: the rows of a query into a file. */
#include "exec/eval.h"
#include "exec/session.h"
#include "storage/file_sink.h"

static enum status write_rows(struct execution *e, struct file_sink *sink, struct error *error)
{
    for (;;) {
        struct batch *batch;
        TRY(query_next(e->query, &batch, error));
        if (!batch)
            return STATUS_OK;
        enum status status = file_sink_add(sink, batch, error);
        batch_unref(batch);
        TRY(status);
    }
}

static enum status copy_to_file(struct execution *e, struct error *error)
{
    const struct plan_copy *copy = e->plan->copy;
    struct file_sink *sink;
    TRY(file_sink_open(&e->context, copy->path, &copy->schema, &copy->file, &sink, error));
    enum status status = write_rows(e, sink, error);
    if (status == STATUS_OK)
        status = file_sink_finish(sink, error);
    if (status == STATUS_OK)
        status = context_check(&e->context, error);
    if (status == STATUS_OK)
        status = file_sink_publish(sink, true, error);
    if (status == STATUS_OK)
        e->summary.rows = file_sink_rows(sink);
    file_sink_close(sink);
    return status;
}

enum status statement_copy(struct execution *e, struct error *error)
{
    TRY(statement_query(e, error));
    enum status status = copy_to_file(e, error);
    if (status != STATUS_OK)
        error_place(error, status == STATUS_IO ? e->plan->copy->span : (struct span){0, 0});
    return status;
}
