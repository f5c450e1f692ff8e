/* last_result.c - see last_result.h. */
#include "exec/last_result.h"

enum { LIMIT_SHARE = 8 }; /* of the memory limit */

static const char why_none[] = "none was kept";
static const char why_large[] = "it was too large to keep";
static const char why_memory[] = "there was no memory to keep it";

static void give_up(struct last_result *last, const char *why)
{
    mem_table_unref(last->rows);
    last->rows = NULL;
    last->gave_up = why;
}

void last_result_begin(struct last_result *last, const struct schema *schema, size_t limit,
                       struct budget *budget)
{
    struct error ignored = {0};
    give_up(last, why_memory);
    last->kept = limit > 0;
    last->bytes = 0;
    last->limit = MIN(limit, budget->limit / LIMIT_SHARE);
    if (limit && mem_table_new(schema, budget, &last->rows, &ignored) != STATUS_OK)
        last->rows = NULL;
}

/* A copy whose texts hold on to nothing but themselves. */
static enum status copy_rows(const struct batch *batch, struct budget *budget, struct batch **out,
                             struct error *error)
{
    TRY(batch_new(batch->n_columns, batch->length, 0, budget, out, error));
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < batch->n_columns && status == STATUS_OK; i++) {
        struct column *flat;
        status = column_concat(&batch->columns[i], 1, budget, &flat, error);
        if (status != STATUS_OK)
            break;
        status = column_compact_text(flat, budget, &(*out)->columns[i], error);
        column_unref(flat);
    }
    if (status != STATUS_OK) {
        batch_unref(*out);
        *out = NULL;
    }
    return status;
}

void last_result_add(struct last_result *last, const struct batch *batch, struct budget *budget)
{
    struct error ignored = {0};
    struct batch *copy;
    if (!last->rows || !batch->length)
        return;
    if (last->bytes >= last->limit) {
        give_up(last, why_large);
        return;
    }
    if (copy_rows(batch, budget, &copy, &ignored) != STATUS_OK) {
        give_up(last, why_memory);
        return;
    }
    last->bytes += batch_bytes(copy);
    if (last->bytes > last->limit)
        give_up(last, why_large);
    else if (mem_table_append(last->rows, &copy, 1, &ignored) != STATUS_OK)
        give_up(last, why_memory);
    batch_unref(copy);
}

void last_result_end(struct last_result *last, bool complete)
{
    if (complete && last->kept) {
        mem_table_unref(last->table);
        last->table = last->rows;
        last->why = last->gave_up;
        last->rows = NULL;
    }
    give_up(last, NULL);
}

void last_result_fini(struct last_result *last)
{
    mem_table_unref(last->table);
    mem_table_unref(last->rows);
    *last = (struct last_result){0};
}

enum status last_result_open(const struct last_result *last, struct arena *arena,
                             struct source **out, struct error *error)
{
    if (last->table)
        return mem_table_source(arena, last->table, out, error);
    (void)error_set(error, STATUS_NAME, "no last result: %s", last->why ? last->why : why_none);
    if (last->why == why_large)
        error_hint(error, "SET keep_result = '1GB' keeps larger ones; it is part of memory_limit");
    else
        error_hint(error, "run a query first; SET keep_result says how much is kept");
    return STATUS_NAME;
}
