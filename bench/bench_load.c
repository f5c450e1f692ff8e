/* bench_load.c - text files to a data file: bench_load FILE OUT.weir
 * CPU nanoseconds a row, one thread, reading and writing apart, and the size of what was written. */
#include <stdio.h>
#include <stdlib.h>

#include "storage/segment_write.h"
#include "storage/text_source.h"

enum { COLUMNS_MAX = 64 };

static int fail(const struct error *error)
{
    fprintf(stderr, "error: %s\n", error->message);
    return 1;
}

struct load {
    struct reader *reader;
    struct segment_writer *writer;
    int64_t read_ns, write_ns;
    uint64_t rows;
};

static enum status copy_morsel(struct load *load, struct error *error)
{
    for (;;) {
        struct batch *batch = NULL;
        int64_t start = clock_cpu_ns();
        TRY(load->reader->ops->next(load->reader, &batch, error));
        int64_t read = clock_cpu_ns();
        load->read_ns += read - start;
        if (!batch)
            return STATUS_OK;
        load->rows += batch->length;
        TRY(segment_writer_add(load->writer, batch, error));
        batch_unref(batch);
        load->write_ns += clock_cpu_ns() - read;
    }
}

static enum status copy_all(struct load *load, struct error *error)
{
    for (;;) {
        uint64_t morsel;
        bool more;
        TRY(load->reader->ops->next_morsel(load->reader, &morsel, &more, error));
        if (!more)
            return STATUS_OK;
        TRY(copy_morsel(load, error));
    }
}

static int run(struct source *source, const char *path, struct arena *arena,
               const struct context *context)
{
    struct error error = {0};
    struct load load = {0};
    struct segment_summary summary;
    struct segment_write_options options = {.time_column = SEGMENT_NO_COLUMN};
    uint32_t columns[COLUMNS_MAX], n = MIN(source->n_visible, (uint32_t)COLUMNS_MAX);
    for (uint32_t i = 0; i < n; i++)
        columns[i] = i;
    struct scan_request wanted = {.columns = columns, .n_columns = n, .row_limit = UINT64_MAX};
    struct schema schema = {source->schema.fields, n};
    struct scan *scan = NULL;
    if (source->ops->scan_open(source, &wanted, context, &scan, &error) != STATUS_OK ||
        scan->ops->reader_open(scan, &load.reader, &error) != STATUS_OK ||
        segment_writer_open(context, path, &schema, &options, &load.writer, &error) != STATUS_OK ||
        copy_all(&load, &error) != STATUS_OK)
        return fail(&error);
    int64_t start = clock_cpu_ns();
    if (segment_writer_finish(load.writer, arena, &summary, &error) != STATUS_OK)
        return fail(&error);
    load.write_ns += clock_cpu_ns() - start;
    load.reader->ops->close(load.reader);
    scan->ops->close(scan);
    double rows = (double)MAX(load.rows, UINT64_C(1));
    printf(
        "%llu rows  read %.1f  write %.1f  both %.1f CPU ns a row  %.1f bytes a row  peak %zu MB\n",
        (unsigned long long)load.rows, (double)load.read_ns / rows, (double)load.write_ns / rows,
        (double)(load.read_ns + load.write_ns) / rows, (double)summary.bytes / rows,
        atomic_load(&context->budget->peak) >> 20);
    return 0;
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct arena arena;
    struct budget budget;
    atomic_bool cancel = false;
    struct context context = {&budget, &io_system, NULL, &cancel, 1, BATCH_ROWS_DEFAULT};
    struct source *source;
    if (argc != 3)
        return 2;
    budget_init(&budget, SIZE_MAX);
    struct str path = str_of(argv[1]);
    struct text_source_request request = {.paths = &path, .n_paths = 1};
    if (arena_init(&arena, &error) != STATUS_OK ||
        text_source_open(&arena, &request, &context, &source, &error) != STATUS_OK)
        return fail(&error);
    int result = run(source, argv[2], &arena, &context);
    source->ops->close(source);
    arena_fini(&arena);
    return result;
}
