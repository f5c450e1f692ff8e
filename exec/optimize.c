/* optimize.c - see optimize.h.
 *
 *   1. A file is small below half of what a full one has. The small files of a partition are merged, unless there is
 *      but one.                                                                                    [collect]
 *   2. Files that meet in time are merged together: they are taken in the order of their least keys, so many at a time
 *      as may be read at once. What comes of it is merged again, within the same change. */
#include "exec/optimize.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/thread.h"
#include "exec/file_merge.h"
#include "exec/table_write.h"

enum {
    SMALL_ROWS = 4 * 1024 * 1024,
    SMALL_BYTES = 128 * 1024 * 1024,
    FILES_AT_ONCE = 64,
    APART_ROWS = 128 * 1024, /* at the beginning of a group */
    PASSES_MAX = 8,
    STREAM_BYTES = 4 * 1024 * 1024 /* of memory that a file being read may take */
};

/* Files to be merged into one or few. */
struct group {
    const struct stored_file **files;
    size_t n_files;
};

struct optimizer {
    const struct context *context;
    struct change *change;
    const struct stored_table *table;
    struct arena *arena;
    ARRAY_OF(struct group) groups;
    bool is_split; /* some partition had more files than are read at once */
    atomic_size_t next;
    atomic_bool stop;
    struct mutex lock;
    enum status status; /* of the first thread that failed */
    struct error error;
};

struct optimize_thread {
    struct optimizer *optimizer;
    struct thread thread;
    bool started;
};

/* ---- What to merge ---- */

static bool same_partition(const struct optimizer *o, const struct stored_file *a,
                           const struct stored_file *b)
{
    for (uint32_t i = 0; i < o->table->n_partitions; i++)
        if (a->partition[i].is_null != b->partition[i].is_null ||
            (!a->partition[i].is_null && value_compare(&a->partition[i], &b->partition[i]) != 0))
            return false;
    return true;
}

static bool is_asked_for(const struct optimizer *o, const struct optimize_filter *filter,
                         const struct stored_file *file)
{
    for (uint32_t i = 0; filter && i < o->table->n_partitions; i++) {
        const struct value *a = &file->partition[i], *b = &filter->values[i];
        if (filter->given[i] &&
            (a->is_null != b->is_null || (!a->is_null && value_compare(a, b) != 0)))
            return false;
    }
    return true;
}

static bool is_small(const struct stored_file *file)
{
    return file->rows < SMALL_ROWS && file->bytes < SMALL_BYTES;
}

struct candidate {
    const struct stored_file *file;
    const struct column_zone *zone; /* of the first column of the order; NULL: none */
};

static int compare_candidates(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;
    bool known_a = a->zone && a->zone->known, known_b = b->zone && b->zone->known;
    int order = (int)known_a - (int)known_b; /* without bounds: all NULL, and these come first */
    if (known_a && known_b)
        order = value_compare(&a->zone->min, &b->zone->min);
    return order != 0 ? order : (a->file->id > b->file->id) - (a->file->id < b->file->id);
}

static int compare_ids(const void *x, const void *y)
{
    const struct stored_file *a = *(const struct stored_file *const *)x;
    const struct stored_file *b = *(const struct stored_file *const *)y;
    return (a->id > b->id) - (a->id < b->id);
}

static size_t files_at_once(const struct context *context)
{
    size_t fit = context->budget->limit / 4 / MAX(context->n_threads, 1u) / (size_t)STREAM_BYTES;
    return MAX(MIN(fit, (size_t)FILES_AT_ONCE), (size_t)2);
}

/* Takes the files for this change, but those that somebody else is replacing. Fewer than two are left alone. */
static enum status take_group(struct optimizer *o, const struct candidate *candidates, size_t n,
                              struct error *error)
{
    struct group group = {ARENA_ARRAY(o->arena, const struct stored_file *, n), 0};
    size_t mark = change_mark(o->change);
    TRY(arena_check(o->arena, error));
    for (size_t i = 0; i < n; i++) {
        bool taken;
        TRY(change_replace_file(o->change, o->table, candidates[i].file, &taken, error));
        if (taken)
            group.files[group.n_files++] = candidates[i].file;
    }
    /* Ties keep the order of the files. */
    qsort(group.files, group.n_files, sizeof *group.files, compare_ids);
    if (group.n_files < 2)
        change_rewind(o->change, mark);
    else
        *ARRAY_PUSH(o->arena, &o->groups) = group;
    return arena_check(o->arena, error);
}

/* The small files of one partition, whose files are [from, to). */
static enum status collect(struct optimizer *o, uint32_t from, uint32_t to, struct error *error)
{
    const struct stored_table *table = o->table;
    struct candidate *candidates = ARENA_ARRAY(o->arena, struct candidate, to - from);
    size_t n = 0, at_once = files_at_once(o->context);
    TRY(arena_check(o->arena, error));
    for (uint32_t i = from; i < to; i++) {
        const struct stored_file *file = &table->files[i];
        if (is_small(file))
            candidates[n++] = (struct candidate){
                file, table->n_order_by ? &file->zones[table->order_by[0]] : NULL};
    }
    qsort(candidates, n, sizeof *candidates, compare_candidates);
    o->is_split = o->is_split || n > at_once;
    for (size_t at = 0; at + 1 < n; at += at_once) /* one left over waits for company */
        TRY(take_group(o, candidates + at, MIN(n - at, at_once), error));
    return STATUS_OK;
}

static enum status collect_all(struct optimizer *o, const struct optimize_filter *filter,
                               struct error *error)
{
    const struct stored_table *table = o->table;
    for (uint32_t from = 0, to; from < table->n_files; from = to) {
        for (to = from + 1; to < table->n_files; to++)
            if (!same_partition(o, &table->files[from], &table->files[to]))
                break;
        if (is_asked_for(o, filter, &table->files[from]))
            TRY(collect(o, from, to, error));
    }
    return STATUS_OK;
}

/* ---- Merging ---- */

struct merging {
    struct table_writer *writer;
    struct budget *budget;
    uint64_t rows;
};

/* A copy that shares no dictionaries and heaps with others. */
static enum status copy_apart(const struct batch *batch, struct budget *budget, struct batch **out,
                              struct error *error)
{
    TRY(batch_new(batch->n_columns, batch->length, 0, budget, out, error));
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < batch->n_columns && status == STATUS_OK; i++) {
        struct column *flat = NULL;
        status = column_flatten(batch->columns[i], budget, &flat, error);
        if (status == STATUS_OK)
            status = column_compact_text(flat, budget, &(*out)->columns[i], error);
        column_unref(flat);
    }
    if (status != STATUS_OK)
        batch_unref(*out);
    return status;
}

/* The writer counts what the rows it holds keep alive, and it holds them until it opens its file. */
static enum status add_rows(void *context, const struct batch *batch, struct error *error)
{
    struct merging *m = context;
    struct batch *copy;
    m->rows += batch->length;
    if (m->rows > APART_ROWS)
        return table_writer_add(m->writer, batch, error);
    TRY(copy_apart(batch, m->budget, &copy, error));
    enum status status = table_writer_add(m->writer, copy, error);
    batch_unref(copy);
    return status;
}

static enum status merge_group(struct optimizer *o, const struct group *group, struct error *error)
{
    static const struct table_write_options options = {.merge_small = false};
    struct merging merging = {.budget = o->context->budget};
    uint64_t rows, expected = 0;
    for (size_t i = 0; i < group->n_files; i++)
        expected += group->files[i]->rows;
    TRY(table_writer_open(o->context, o->change, o->table, &options, &merging.writer, error));
    enum status status =
        file_merge(o->context, o->table, group->files, group->n_files, add_rows, &merging, error);
    if (status != STATUS_OK) {
        table_writer_abort(merging.writer);
        return status;
    }
    TRY(table_writer_finish(merging.writer, &rows, error));
    if (rows != expected)
        return error_set(error, STATUS_DATA,
                         "the files of %s have %llu rows, the catalog says %llu", o->table->name,
                         (unsigned long long)rows, (unsigned long long)expected);
    return STATUS_OK;
}

static void fail(struct optimizer *o, enum status status, const struct error *error)
{
    mutex_lock(&o->lock);
    if (o->status == STATUS_OK) {
        o->status = status;
        o->error = *error;
    }
    mutex_unlock(&o->lock);
    atomic_store(&o->stop, true);
}

static void merge_groups(void *argument)
{
    struct optimizer *o = ((struct optimize_thread *)argument)->optimizer;
    while (!atomic_load(&o->stop)) {
        struct error error = {0};
        size_t i = atomic_fetch_add(&o->next, 1);
        if (i >= o->groups.count)
            return;
        enum status status = merge_group(o, &o->groups.items[i], &error);
        if (status != STATUS_OK)
            fail(o, status, &error);
    }
}

static enum status run_threads(struct optimizer *o, struct error *error)
{
    struct error ignored = {0};
    size_t n = MIN((size_t)MAX(o->context->n_threads, 1u), o->groups.count);
    struct optimize_thread *threads = ARENA_ARRAY(o->arena, struct optimize_thread, n + 1);
    TRY(arena_check(o->arena, error));
    for (size_t i = 0; i < n; i++) {
        threads[i].optimizer = o;
        threads[i].started = i > 0 && thread_start(&threads[i].thread, merge_groups, &threads[i],
                                                   &ignored) == STATUS_OK;
    }
    if (n > 0)
        merge_groups(&threads[0]);
    for (size_t i = 0; i < n; i++)
        if (threads[i].started)
            thread_join(&threads[i].thread);
    if (o->status != STATUS_OK)
        *error = o->error;
    return o->status;
}

/* What the table has after the change, without what it had before. */
static enum status count_after(struct optimizer *o, struct optimize_report *report,
                               struct error *error)
{
    struct stored_table *now;
    TRY(database_table(o->table->database, str_of(o->table->name), &now, error));
    for (uint32_t i = 0; now && i < now->n_files; i++) {
        report->files_after++;
        report->bytes_after += now->files[i].bytes;
    }
    stored_table_unref(now);
    for (uint32_t i = 0; i < o->table->n_files; i++) {
        report->files_after--;
        report->bytes_after -= o->table->files[i].bytes;
    }
    report->files_after += report->files_before;
    report->bytes_after += report->bytes_before;
    return STATUS_OK;
}

/* Merges once more, what was merged by parts before. */
static enum status run_pass(struct optimizer *o, const struct optimize_filter *filter,
                            struct error *error)
{
    const struct stored_table *before = o->table;
    struct stored_table *now;
    TRY(database_table(before->database, str_of(before->name), &now, error));
    if (!now)
        return error_set(error, STATUS_INTERNAL, "a table is gone: %s", before->name);
    o->table = now;
    o->groups.count = 0;
    o->is_split = false;
    atomic_store(&o->next, 0);
    enum status status = collect_all(o, filter, error);
    if (status == STATUS_OK)
        status = run_threads(o, error);
    o->table = before;
    stored_table_unref(now);
    return status;
}

static enum status optimize(struct optimizer *o, const struct optimize_filter *filter,
                            struct optimize_report *report, struct error *error)
{
    TRY(collect_all(o, filter, error));
    for (size_t g = 0; g < o->groups.count; g++)
        for (size_t i = 0; i < o->groups.items[g].n_files; i++) {
            report->files_before++;
            report->bytes_before += o->groups.items[g].files[i]->bytes;
            report->rows += o->groups.items[g].files[i]->rows;
        }
    if (o->groups.count == 0)
        return STATUS_OK;
    TRY(run_threads(o, error));
    for (int pass = 1; o->is_split && pass < PASSES_MAX; pass++)
        TRY(run_pass(o, filter, error));
    TRY(count_after(o, report, error));
    if (report->files_after < report->files_before)
        return STATUS_OK;
    enum status status = error_set(
        error, STATUS_MEMORY, "too little memory to merge the files of %s: %llu would become %llu",
        o->table->name, (unsigned long long)report->files_before,
        (unsigned long long)report->files_after);
    error_hint(error, "SET memory_limit = '...' to raise the limit, or SET threads = 1");
    return status;
}

enum status optimize_table(const struct context *context, struct change *change,
                           const struct stored_table *table, const struct optimize_filter *filter,
                           struct optimize_report *report, struct error *error)
{
    struct arena arena;
    struct optimizer o = {.context = context, .change = change, .table = table, .arena = &arena};
    *report = (struct optimize_report){0};
    TRY(arena_init(&arena, error));
    mutex_init(&o.lock);
    enum status status = optimize(&o, filter, report, error);
    mutex_fini(&o.lock);
    arena_fini(&arena);
    return status;
}
