/* segment_source.c - data files as a source: which files and batches the predicates leave. */
#include "storage/segment_source.h"

#include "storage/segment_scan_int.h"
#include "storage/zone_map.h"

static const char owner[] = "Read(segments)";

/* ---- Pruning ---- */

struct value scan_file_constant(const struct segment_file *file, const struct schema *schema,
                                uint32_t field)
{
    struct value value = file->constants ? file->constants[field] : value_null(type_of(TYPE_NULL));
    value.type = schema->fields[field].type;
    return value;
}

int32_t scan_file_column(const struct scan_file *file, uint32_t field)
{
    if (file->file->columns)
        return file->file->columns[field];
    return field < file->segment->n_columns ? (int32_t)field : -1;
}

/* By what is known without opening it. */
static bool file_may_pass(const struct segment_source *source, const struct segment_file *file,
                          const struct scan_request *request)
{
    const struct schema *schema = &source->base.schema;
    for (uint32_t i = 0; i < request->n_predicates; i++) {
        const struct scan_predicate *predicate = &request->predicates[i];
        uint32_t field = predicate->column;
        if (file->columns && file->columns[field] < 0) {
            struct value value = scan_file_constant(file, schema, field);
            if (!zone_value_passes(&value, predicate))
                return false;
            continue;
        }
        if (!file->bounds)
            continue;
        const struct segment_bounds *bounds = &file->bounds[field];
        struct zone zone = {
            .has_range = bounds->has_range,
            .min = bounds->min,
            .max = bounds->max,
            .nulls = bounds->has_nulls ? bounds->nulls : 0,
            .rows = MAX(file->rows, UINT64_C(1)),
        };
        if (!zone_may_pass(&zone, schema->fields[field].type, predicate))
            return false;
    }
    return true;
}

static bool batch_may_pass(const struct schema *schema, const struct scan_file *file,
                           uint32_t batch, const struct scan_request *request)
{
    for (uint32_t i = 0; i < request->n_predicates; i++) {
        const struct scan_predicate *predicate = &request->predicates[i];
        struct type type = schema->fields[predicate->column].type;
        int32_t column = scan_file_column(file, predicate->column);
        if (column < 0) {
            struct value value = scan_file_constant(file->file, schema, predicate->column);
            if (!zone_value_passes(&value, predicate))
                return false;
            continue;
        }
        struct chunk chunk = segment_chunk(file->segment, batch, (uint32_t)column);
        struct zone zone = segment_zone(type, &chunk, file->segment->batch_rows[batch]);
        if (!zone_may_pass(&zone, type, predicate))
            return false;
    }
    return true;
}

/* ---- The plan of a scan ---- */

static enum status grow(void **items, size_t count, size_t *capacity, size_t size,
                        struct budget *budget, struct error *error)
{
    enum { FIRST = 16 };
    if (count < *capacity)
        return STATUS_OK;
    size_t wanted = MAX(*capacity * 2, (size_t)FIRST);
    TRY(block_grow(items, *capacity * size, wanted * size, budget, owner, error));
    *capacity = wanted;
    return STATUS_OK;
}

static size_t dictionaries_size(const struct segment *segment)
{
    return MAX(segment->n_columns, 1u) * sizeof(struct column *);
}

static void close_file(struct scan_file *file, struct budget *budget)
{
    for (uint32_t c = 0; file->dictionaries && c < file->segment->n_columns; c++)
        column_unref(file->dictionaries[c]);
    if (file->dictionaries)
        block_free(file->dictionaries, dictionaries_size(file->segment), budget);
    segment_close(file->segment);
}

void scan_plan_fini(struct scan_plan *plan)
{
    for (size_t i = 0; i < plan->n_files; i++) {
        if (plan->has_locks)
            mutex_fini(&plan->files[i].lock);
        close_file(&plan->files[i], plan->budget);
    }
    block_free(plan->files, plan->files_capacity * sizeof *plan->files, plan->budget);
    block_free(plan->morsels, plan->morsels_capacity * sizeof *plan->morsels, plan->budget);
    *plan = (struct scan_plan){.budget = plan->budget};
}

/* The file's columns have the types that the table says. */
static enum status check_types(const struct schema *schema, const struct scan_file *file,
                               struct error *error)
{
    const struct segment *segment = file->segment;
    for (uint32_t f = 0; f < schema->n_fields; f++) {
        int32_t column = scan_file_column(file, f);
        if (column < 0)
            continue;
        if ((uint32_t)column >= segment->n_columns)
            return error_set(error, STATUS_DATA, "%s lacks column %s", segment->path,
                             schema->fields[f].name);
        struct type type = segment->columns[column].type;
        if (!type_equal(type, schema->fields[f].type)) {
            char is[TYPE_NAME_SIZE], expected[TYPE_NAME_SIZE];
            return error_set(error, STATUS_DATA, "column %s of %s is %s, not %s",
                             schema->fields[f].name, segment->path, type_name(type, is),
                             type_name(schema->fields[f].type, expected));
        }
    }
    return STATUS_OK;
}

static enum status add_batches(const struct segment_source *source,
                               const struct scan_request *request, struct scan_plan *plan,
                               struct error *error)
{
    uint32_t index = (uint32_t)(plan->n_files - 1);
    struct scan_file *file = &plan->files[index];
    size_t before = plan->n_morsels;
    for (uint32_t b = 0; b < file->segment->n_batches; b++) {
        if (!batch_may_pass(&source->base.schema, file, b, request))
            continue;
        void *items = plan->morsels;
        TRY(grow(&items, plan->n_morsels, &plan->morsels_capacity, sizeof *plan->morsels,
                 plan->budget, error));
        plan->morsels = items;
        plan->morsels[plan->n_morsels] =
            (struct scan_morsel){.file = index, .batch = b, .number = plan->n_morsels};
        plan->n_morsels++;
    }
    atomic_init(&file->left, plan->n_morsels - before);
    plan->n_batches += file->segment->n_batches;
    return STATUS_OK;
}

/* Opens the file and keeps it if a batch is left. */
static enum status add_file(const struct segment_source *source, const struct segment_file *from,
                            const struct scan_request *request, const struct context *context,
                            struct scan_plan *plan, struct error *error)
{
    void *items = plan->files;
    TRY(grow(&items, plan->n_files, &plan->files_capacity, sizeof *plan->files, plan->budget,
             error));
    plan->files = items;
    struct scan_file *file = &plan->files[plan->n_files];
    memset(file, 0, sizeof *file);
    file->file = from;
    TRY(segment_open(context->io, from->path, plan->budget, &file->segment, error));
    plan->n_files++;
    TRY(check_types(&source->base.schema, file, error));
    size_t before = plan->n_morsels;
    TRY(add_batches(source, request, plan, error));
    if (plan->n_morsels == before) {
        close_file(file, plan->budget);
        plan->n_files--;
        return STATUS_OK;
    }
    plan->bytes += file->segment->size;
    void *memory = NULL;
    TRY(block_alloc(&memory, dictionaries_size(file->segment), plan->budget, owner, error));
    file->dictionaries = memory;
    return STATUS_OK;
}

enum status scan_plan_make(const struct segment_source *source, const struct scan_request *request,
                           const struct context *context, struct scan_plan *out,
                           struct error *error)
{
    *out = (struct scan_plan){.budget = context->budget};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < source->n_files && status == STATUS_OK; i++) {
        status = context_check(context, error);
        if (status == STATUS_OK && file_may_pass(source, &source->files[i], request))
            status = add_file(source, &source->files[i], request, context, out, error);
    }
    if (status != STATUS_OK) {
        scan_plan_fini(out);
        return status;
    }
    for (size_t i = 0; i < out->n_files; i++)
        mutex_init(&out->files[i].lock);
    out->has_locks = true;
    return STATUS_OK;
}

/* ---- The source ---- */

static void source_describe(struct source *base, const struct scan_request *request,
                            struct strbuf *out)
{
    const struct segment_source *source = (const struct segment_source *)base;
    struct scan_plan plan;
    struct error error = {0};
    strbuf_printf(out, "table %s, ", source->name);
    if (scan_plan_make(source, request, source->context, &plan, &error) != STATUS_OK) {
        strbuf_printf(out, "%zu files", source->n_files);
        return;
    }
    strbuf_printf(out, "%zu of %zu files, %zu of %llu batches", plan.n_files, source->n_files,
                  plan.n_morsels, (unsigned long long)plan.n_batches);
    scan_plan_fini(&plan);
}

static bool source_never_null(const struct source *base, uint32_t field)
{
    const struct segment_source *source = (const struct segment_source *)base;
    for (size_t i = 0; i < source->n_files; i++) {
        const struct segment_file *file = &source->files[i];
        bool is_constant = file->columns && file->columns[field] < 0;
        if (is_constant && (!file->constants || file->constants[field].is_null))
            return false;
        if (!is_constant &&
            (!file->bounds || !file->bounds[field].has_nulls || file->bounds[field].nulls > 0))
            return false;
    }
    return true;
}

static void source_close(struct source *source)
{
    (void)source;
}

static const struct source_ops source_ops = {
    .name = "segments",
    .scan_open = segment_scan_open,
    .describe = source_describe,
    .never_null = source_never_null,
    .close = source_close,
};

enum status segment_source_open(struct arena *arena, const char *name,
                                const struct segment_file *files, size_t n_files,
                                const struct schema *schema, const struct context *context,
                                struct source **out, struct error *error)
{
    *out = NULL;
    struct segment_source *source = ARENA_NEW(arena, struct segment_source);
    TRY(arena_check(arena, error));
    uint64_t rows = 0;
    for (size_t i = 0; i < n_files; i++)
        rows += files[i].rows;
    source->base = (struct source){
        .ops = &source_ops,
        .arena = arena,
        .schema = *schema,
        .n_visible = schema->n_fields,
        .rows_estimate = (double)rows,
    };
    source->name = name;
    source->files = files;
    source->n_files = n_files;
    source->context = context;
    *out = &source->base;
    return STATUS_OK;
}
