/* verify.c - see verify.h. Files are checked by several threads, one a file; findings are told in the files' order. */
#include "exec/verify.h"

#include "base/array.h"
#include "base/thread.h"
#include "storage/database_check.h"
#include "storage/partition.h"
#include "storage/segment.h"

/* One file: what is found in it. */
struct checked_file {
    const struct stored_table *table;
    const struct stored_file *file;
    ARRAY_OF(const char *) problems;
};

struct check {
    const struct context *context;
    struct database *db;
    struct arena *arena; /* under `lock` while threads run */
    struct verify_progress *progress;
    struct mutex lock;
    ARRAY_OF(struct stored_table *) tables; /* referenced */
    ARRAY_OF(struct checked_file) files;
    atomic_size_t next;
    atomic_bool stop;
    enum status status; /* of the first thread that could not go on */
    struct error error;
    ARRAY_OF(struct verify_finding) findings;
    uint64_t rows, bytes;
};

/* A thread's own. */
struct checker {
    struct check *check;
    struct checked_file *at;
    struct arena arena; /* emptied after each file */
    struct thread thread;
    bool started;
};

/* ---- Telling ---- */

static void tell(void *context, const char *text)
{
    struct checker *c = context;
    mutex_lock(&c->check->lock);
    *ARRAY_PUSH(c->check->arena, &c->at->problems) = arena_strdup(c->check->arena, text);
    mutex_unlock(&c->check->lock);
}

#define TELL(c, ...)                                                   \
    do {                                                               \
        const char *told_ = arena_printf(&(c)->arena, __VA_ARGS__);    \
        tell((c), told_ ? told_ : "there is no memory to tell of it"); \
    } while (0)

/* ---- One file ---- */

/* The bounds of a file's column, from its chunks. */
struct range {
    bool has_values, min_known, max_known;
    struct value min, max;
    uint64_t nulls;
};

static void range_of(const struct segment *segment, uint32_t column, struct arena *arena,
                     struct range *out)
{
    *out = (struct range){.min_known = true, .max_known = true};
    for (uint32_t b = 0; b < segment->n_batches; b++) {
        struct chunk chunk = segment_chunk(segment, b, column);
        struct zone zone =
            segment_zone(segment->columns[column].type, &chunk, segment->batch_rows[b]);
        out->nulls += zone.nulls;
        if (zone.nulls == zone.rows)
            continue;
        /* A text bound that was cut says nothing of where the values end. */
        out->min_known = out->min_known && zone.has_range && zone.min_is_exact;
        out->max_known = out->max_known && zone.has_range && zone.max_is_exact;
        if (type_is_text(zone.min.type) && zone.has_range) { /* it points into the chunk */
            zone.min.text.data = str_dup(arena, zone.min.text);
            zone.max.text.data = str_dup(arena, zone.max.text);
        }
        if (out->min_known && (!out->has_values || value_compare(&zone.min, &out->min) < 0))
            out->min = zone.min;
        if (out->max_known && (!out->has_values || value_compare(&zone.max, &out->max) > 0))
            out->max = zone.max;
        out->has_values = true;
    }
}

static bool is_outside(const struct range *range, const struct value *min, const struct value *max)
{
    return range->has_values && ((range->min_known && value_compare(&range->min, min) < 0) ||
                                 (range->max_known && value_compare(&range->max, max) > 0));
}

static bool same_layout(struct type a, struct type b)
{
    return a.id == b.id && type_physical(a) == type_physical(b);
}

static void check_zone(struct checker *c, const char *path, uint32_t column,
                       const struct range *range)
{
    const struct column_zone *zone = &c->at->file->zones[column];
    const char *name = c->at->table->schema.fields[column].name;
    if (zone->known && zone->nulls != range->nulls)
        TELL(c, "%s: column %s has %llu NULLs, the catalog says %llu", path, name,
             (unsigned long long)range->nulls, (unsigned long long)zone->nulls);
    if (zone->known && is_outside(range, &zone->min, &zone->max))
        TELL(c, "%s: column %s has values outside of the catalog's %s to %s", path, name,
             value_to_sql(&zone->min, &c->arena), value_to_sql(&zone->max, &c->arena));
}

/* The rows belong to the folder that the file is in. */
static void check_partition(struct checker *c, const char *path, uint32_t column,
                            const struct range *range)
{
    const struct stored_table *table = c->at->table;
    for (uint32_t i = 0; i < table->n_partitions; i++) {
        const struct partition_column *partition = &table->partitions[i];
        const struct value *value = &c->at->file->partition[i];
        struct value min, max;
        if (partition->column != column)
            continue;
        if (value->is_null) {
            if (range->has_values)
                TELL(c, "%s: column %s has values in the partition %s of NULLs", path,
                     table->schema.fields[column].name, partition->name);
        } else if (partition_bounds(partition, table->schema.fields[column].type, value, &c->arena,
                                    &min, &max) &&
                   is_outside(range, &min, &max)) {
            TELL(c, "%s: column %s has values of another partition than %s = %s", path,
                 table->schema.fields[column].name, partition->name,
                 value_to_sql(value, &c->arena));
        }
    }
}

/* The columns the catalog counts on, and what it knows of them. */
static void check_columns(struct checker *c, const struct segment *segment)
{
    const struct stored_table *table = c->at->table;
    for (uint32_t i = 0; i < table->schema.n_fields; i++) {
        int32_t column = c->at->file->columns[i];
        const struct field *field = &table->schema.fields[i];
        struct range range;
        if (column < 0)
            continue;
        if ((uint32_t)column >= segment->n_columns) {
            TELL(c, "%s: there is no column %s", segment->path, field->name);
            continue;
        }
        if (!same_layout(segment->columns[column].type, field->type)) {
            char is[TYPE_NAME_SIZE], should[TYPE_NAME_SIZE];
            TELL(c, "%s: column %s is %s, the catalog says %s", segment->path, field->name,
                 type_name(segment->columns[column].type, is), type_name(field->type, should));
            continue;
        }
        range_of(segment, (uint32_t)column, &c->arena, &range);
        check_zone(c, segment->path, i, &range);
        check_partition(c, segment->path, i, &range);
    }
}

static enum status check_content(struct checker *c, const struct segment *segment,
                                 struct error *error)
{
    const struct stored_file *file = c->at->file;
    struct segment_report report;
    if (segment->rows != file->rows)
        TELL(c, "%s: it has %llu rows, the catalog says %llu", segment->path,
             (unsigned long long)segment->rows, (unsigned long long)file->rows);
    if (segment->size != file->bytes)
        TELL(c, "%s: it has %llu bytes, the catalog says %llu", segment->path,
             (unsigned long long)segment->size, (unsigned long long)file->bytes);
    check_columns(c, segment);
    TRY(segment_verify_all(c->check->context, segment, tell, c, &report, error));
    atomic_fetch_add(&c->check->progress->rows, segment->rows);
    return arena_check(&c->arena, error);
}

/* Damage, and a file that is missing or cannot be read, is a finding; the check goes on. */
static enum status tell_failure(struct checker *c, enum status status, struct error *error)
{
    if (status != STATUS_DATA && status != STATUS_IO && status != STATUS_UNSUPPORTED)
        return status;
    tell(c, error->message);
    error_clear(error);
    return STATUS_OK;
}

static enum status check_file(struct checker *c, struct error *error)
{
    struct segment *segment = NULL;
    const struct context *context = c->check->context;
    const char *path =
        arena_printf(&c->arena, "%s/%s", database_path(c->check->db), c->at->file->path);
    TRY(arena_check(&c->arena, error));
    TRY(context_check(context, error));
    enum status status = segment_open(context->io, path, context->budget, &segment, error);
    if (status == STATUS_OK)
        status = check_content(c, segment, error);
    segment_close(segment);
    atomic_fetch_add(&c->check->progress->bytes, c->at->file->bytes);
    return tell_failure(c, status, error);
}

/* ---- Threads ---- */

static void fail(struct check *check, enum status status, const struct error *error)
{
    mutex_lock(&check->lock);
    if (check->status == STATUS_OK) {
        check->status = status;
        check->error = *error;
    }
    mutex_unlock(&check->lock);
    atomic_store(&check->stop, true);
}

static void check_files(void *argument)
{
    struct checker *c = argument;
    struct error error = {0};
    enum status status = arena_init(&c->arena, &error);
    while (status == STATUS_OK && !atomic_load(&c->check->stop)) {
        size_t i = atomic_fetch_add(&c->check->next, 1);
        if (i >= c->check->files.count)
            break;
        c->at = &c->check->files.items[i];
        status = check_file(c, &error);
        arena_reset(&c->arena);
    }
    if (status != STATUS_OK)
        fail(c->check, status, &error);
    arena_fini(&c->arena);
}

static enum status run_threads(struct check *check, struct error *error)
{
    unsigned n = (unsigned)MIN((size_t)MAX(check->context->n_threads, 1u), check->files.count);
    struct checker *checkers = ARENA_ARRAY(check->arena, struct checker, MAX(n, 1u));
    struct error ignored = {0};
    TRY(arena_check(check->arena, error));
    for (unsigned i = 0; i < n; i++)
        checkers[i].check = check;
    for (unsigned i = 1; i < n; i++) /* without a thread the others do its part */
        checkers[i].started =
            thread_start(&checkers[i].thread, check_files, &checkers[i], &ignored) == STATUS_OK;
    if (n > 0)
        check_files(&checkers[0]);
    for (unsigned i = 1; i < n; i++)
        if (checkers[i].started)
            thread_join(&checkers[i].thread);
    if (check->status != STATUS_OK) {
        *error = check->error;
        return check->status;
    }
    return arena_check(check->arena, error);
}

/* ---- The database ---- */

static void add_finding(struct check *check, bool is_problem, const char *text)
{
    *ARRAY_PUSH(check->arena, &check->findings) = (struct verify_finding){is_problem, text};
}

static void tell_of_catalog(void *context, const char *text)
{
    struct check *check = context;
    add_finding(check, true, arena_printf(check->arena, "weir.db: %s", text));
}

static enum status take_tables(struct check *check, struct error *error)
{
    size_t n;
    uint64_t bytes = 0;
    const char *const *names = database_tables(check->db, &n);
    for (size_t i = 0; i < n; i++) {
        struct stored_table *table;
        struct error own = {0};
        enum status status = database_table(check->db, str_of(names[i]), &table, &own);
        if (status == STATUS_DATA) { /* its part of the catalog cannot be read */
            add_finding(check, true, arena_printf(check->arena, "%s: %s", names[i], own.message));
            continue;
        }
        if (status != STATUS_OK) {
            *error = own;
            return status;
        }
        if (!table)
            continue;
        *ARRAY_PUSH(check->arena, &check->tables) = table;
        for (uint32_t f = 0; f < table->n_files; f++) {
            *ARRAY_PUSH(check->arena, &check->files) = (struct checked_file){
                .table = table,
                .file = &table->files[f],
            };
            check->rows += table->files[f].rows;
            bytes += table->files[f].bytes;
        }
    }
    check->bytes = bytes;
    atomic_store(&check->progress->bytes_total, bytes);
    return arena_check(check->arena, error);
}

static enum status add_unknown_files(struct check *check, struct error *error)
{
    const char **paths;
    size_t n;
    TRY(database_unknown_files(check->db, check->arena, &paths, &n, error));
    for (size_t i = 0; i < n; i++)
        add_finding(check, false,
                    arena_printf(check->arena, "not a file of the database: %s/%s",
                                 database_path(check->db), paths[i]));
    return arena_check(check->arena, error);
}

static enum status check_all(struct check *check, struct error *error)
{
    bool changed;
    TRY(database_check_catalog(check->db, tell_of_catalog, check, error));
    TRY(database_refresh(check->db, &changed, error));
    TRY(take_tables(check, error));
    TRY(run_threads(check, error));
    for (size_t i = 0; i < check->files.count; i++)
        for (size_t k = 0; k < check->files.items[i].problems.count; k++)
            add_finding(check, true, check->files.items[i].problems.items[k]);
    return add_unknown_files(check, error);
}

enum status verify_database(const struct context *context, struct database *db, struct arena *arena,
                            struct verify_progress *progress, struct verify_report *out,
                            struct error *error)
{
    struct check check = {.context = context, .db = db, .arena = arena, .progress = progress};
    *out = (struct verify_report){0};
    mutex_init(&check.lock);
    enum status status = check_all(&check, error);
    if (status == STATUS_OK)
        status = arena_check(arena, error);
    *out = (struct verify_report){
        .tables = check.tables.count,
        .files = check.files.count,
        .rows = check.rows,
        .bytes = check.bytes,
        .findings = check.findings.items,
        .n_findings = check.findings.count,
    };
    for (size_t i = 0; i < check.findings.count && status == STATUS_OK; i++)
        out->n_problems += check.findings.items[i].is_problem;
    for (size_t i = 0; i < check.tables.count; i++)
        stored_table_unref(check.tables.items[i]);
    mutex_fini(&check.lock);
    return status;
}
