/* bench_scan.c - how fast files become columns: bench_scan FILE [COLUMN ...]
 * Reads the columns (none: only rows are counted) with one thread and with two, three times each, and prints the best
 * in GB/s of the file, CPU nanoseconds a row, and the memory that was held at most. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/thread.h"
#include "storage/text_source.h"

enum { COLUMNS_MAX = 64, REPEATS = 3 };

struct work {
    struct scan *scan;
    struct error error;
    enum status status;
    uint64_t rows;
    int64_t cpu_ns;
};

static void read_all(void *argument)
{
    struct work *work = argument;
    struct reader *reader = NULL;
    int64_t start = clock_cpu_ns();
    work->status = work->scan->ops->reader_open(work->scan, &reader, &work->error);
    while (work->status == STATUS_OK) {
        uint64_t morsel;
        bool more;
        work->status = reader->ops->next_morsel(reader, &morsel, &more, &work->error);
        if (work->status != STATUS_OK || !more)
            break;
        struct batch *batch = NULL;
        while ((work->status = reader->ops->next(reader, &batch, &work->error)) == STATUS_OK &&
               batch) {
            work->rows += batch->length;
            batch_unref(batch);
        }
    }
    if (reader)
        reader->ops->close(reader);
    work->cpu_ns = clock_cpu_ns() - start;
}

static int fail(const struct error *error)
{
    fprintf(stderr, "error: %s\n", error->message);
    return 1;
}

static int run(struct source *source, const struct scan_request *request,
               const struct context *context, unsigned n_threads)
{
    double best = 1e9, best_cpu = 1e9;
    uint64_t rows = 0, bytes = 0;
    struct error error = {0};
    for (int i = 0; i < REPEATS; i++) {
        struct work works[2] = {0};
        struct thread threads[2];
        struct scan *scan;
        if (source->ops->scan_open(source, request, context, &scan, &error) != STATUS_OK)
            return fail(&error);
        int64_t start = clock_monotonic_ns(), cpu = 0;
        for (unsigned t = 0; t < n_threads; t++) {
            works[t].scan = scan;
            if (thread_start(&threads[t], read_all, &works[t], &error) != STATUS_OK)
                return fail(&error);
        }
        rows = 0;
        for (unsigned t = 0; t < n_threads; t++) {
            thread_join(&threads[t]);
            if (works[t].status != STATUS_OK)
                return fail(&works[t].error);
            rows += works[t].rows;
            cpu += works[t].cpu_ns;
        }
        bytes = atomic_load(&scan->stats.bytes);
        best = MIN(best, (double)(clock_monotonic_ns() - start));
        best_cpu = MIN(best_cpu, (double)cpu);
        scan->ops->close(scan);
    }
    printf(
        "%u thread%s %6.2f GB/s  %6.2f GB/s a core  %7.1f CPU ns a row  peak %zu MB  (%llu rows)\n",
        n_threads, n_threads == 1 ? " " : "s", (double)bytes / best, (double)bytes / best_cpu,
        best_cpu / (double)MAX(rows, 1u), atomic_load(&context->budget->peak) >> 20,
        (unsigned long long)rows);
    return 0;
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct arena arena;
    struct budget budget;
    atomic_bool cancel = false;
    struct context context = {&budget, &io_system, NULL, &cancel, 2, BATCH_ROWS_DEFAULT};
    struct source *source;
    uint32_t columns[COLUMNS_MAX], n = 0;
    if (argc < 2 || argc > COLUMNS_MAX)
        return 2;
    budget_init(&budget, SIZE_MAX);
    struct str path = str_of(argv[1]);
    struct text_source_request request = {.paths = &path, .n_paths = 1};
    if (arena_init(&arena, &error) != STATUS_OK ||
        text_source_open(&arena, &request, &context, &source, &error) != STATUS_OK)
        return fail(&error);
    for (int i = 2; i < argc; i++) {
        int index = schema_find(&source->schema, str_of(argv[i]));
        if (index < 0) {
            fprintf(stderr, "unknown column: %s\n", argv[i]);
            return 1;
        }
        columns[n++] = (uint32_t)index;
    }
    struct scan_request wanted = {
        .columns = columns, .n_columns = n, .n_predicates = 0, .row_limit = UINT64_MAX};
    int result = run(source, &wanted, &context, 1);
    if (result == 0)
        result = run(source, &wanted, &context, 2);
    source->ops->close(source);
    arena_fini(&arena);
    return result;
}
