/* stored_source.c - a stored table as a source: its files, with what the catalog knows of them.
 *
 * The rows come from segment_source; here is what can be told before a file is opened: bounds of each column from the
 * catalog's zones and from the partition that the file lies in. A bucket has no bounds: it is given to the files as one
 * more column, a constant that only this source knows of, and `c = x` is asked of it as bucket(c) = bucket(x). */
#include "storage/stored_source.h"

#include "storage/database_int.h"
#include "storage/partition.h"
#include "storage/segment_source.h"

struct stored_source {
    struct source base;
    struct source *files;
    struct stored_table *table;
    struct segment_file *list;
    struct segment_file *kept; /* stored_source_keep */
    const struct context *context;
};

/* ---- Bounds ---- */

static struct segment_bounds zone_bounds(const struct column_zone *zone)
{
    bool is_kept = zone->known || zone->nulls > 0 || zone->distinct > 0;
    return (struct segment_bounds){.has_range = zone->known,
                                   .min = zone->min,
                                   .max = zone->max,
                                   .has_nulls = is_kept,
                                   .nulls = zone->nulls};
}

/* The partition narrows what the zone says, or says all there is. */
static void narrow(struct segment_bounds *bounds, const struct value *min, const struct value *max)
{
    if (!bounds->has_range) {
        bounds->has_range = true;
        bounds->min = *min;
        bounds->max = *max;
        return;
    }
    if (value_compare(min, &bounds->min) > 0)
        bounds->min = *min;
    if (value_compare(max, &bounds->max) < 0)
        bounds->max = *max;
}

static const struct segment_bounds *
make_bounds(struct arena *arena, const struct stored_table *table, const struct stored_file *file)
{
    uint32_t n = table->schema.n_fields;
    struct segment_bounds *bounds = ARENA_ARRAY(arena, struct segment_bounds, n);
    if (arena->failed)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        bounds[i] = zone_bounds(&file->zones[i]);
    for (uint32_t i = 0; i < table->n_partitions; i++) {
        const struct partition_column *partition = &table->partitions[i];
        uint32_t column = partition->column;
        struct value min, max;
        if (partition_bounds(partition, table->schema.fields[column].type, &file->partition[i],
                             arena, &min, &max))
            narrow(&bounds[column], &min, &max);
    }
    return bounds;
}

/* ---- The source ---- */

/* The bucket of a value of the column. */
static enum status bucket_of(const struct partition_column *partition, const struct value *value,
                             const struct context *context, struct arena *arena, struct value *out,
                             struct error *error)
{
    struct batch *batch = NULL;
    struct column *column = NULL;
    TRY(batch_new(partition->column + 1, 1, 0, context->budget, &batch, error));
    enum status status =
        value_to_column(value, 1, context->budget, &batch->columns[partition->column], error);
    if (status == STATUS_OK)
        status = partition_column(partition, batch, context, &column, error);
    if (status == STATUS_OK)
        *out = value_of_column(column, 0, arena);
    column_unref(column);
    batch_unref(batch);
    return status;
}

static bool asks_for_bucket(const struct scan_predicate *predicate,
                            const struct partition_column *partition)
{
    return partition->transform == PARTITION_BUCKET && !predicate->is_not_null &&
           predicate->op == COMPARE_EQ && predicate->column == partition->column;
}

/* The request with what it says of buckets. */
static enum status ask_for_buckets(const struct stored_source *source,
                                   const struct scan_request *request,
                                   const struct context *context, struct scan_request *out,
                                   struct error *error)
{
    const struct stored_table *table = source->table;
    struct arena *arena = source->base.arena;
    uint32_t bucket = source->base.schema.n_fields, n = request->n_predicates;
    *out = *request;
    if (bucket == source->files->schema.n_fields || n == 0)
        return STATUS_OK;
    struct scan_predicate *predicates =
        ARENA_ARRAY(arena, struct scan_predicate, (size_t)n * (1 + table->n_partitions));
    TRY(arena_check(arena, error));
    memcpy(predicates, request->predicates, n * sizeof *predicates);
    for (uint32_t i = 0; i < table->n_partitions; i++) {
        const struct partition_column *partition = &table->partitions[i];
        for (uint32_t k = 0; k < request->n_predicates; k++) {
            struct scan_predicate *added = &predicates[n];
            if (!asks_for_bucket(&request->predicates[k], partition))
                continue;
            *added = (struct scan_predicate){.column = bucket, .op = COMPARE_EQ};
            TRY(bucket_of(partition, &request->predicates[k].value, context, arena, &added->value,
                          error));
            n++;
        }
        bucket += partition->transform == PARTITION_BUCKET;
    }
    out->predicates = predicates;
    out->n_predicates = n;
    return STATUS_OK;
}

static enum status source_scan_open(struct source *base, const struct scan_request *request,
                                    const struct context *context, struct scan **out,
                                    struct error *error)
{
    struct stored_source *source = (struct stored_source *)base;
    struct scan_request asked;
    *out = NULL;
    TRY(ask_for_buckets(source, request, context, &asked, error));
    return source->files->ops->scan_open(source->files, &asked, context, out, error);
}

static void source_describe(struct source *base, const struct scan_request *request,
                            struct strbuf *out)
{
    struct stored_source *source = (struct stored_source *)base;
    struct scan_request asked;
    struct error ignored = {0};
    if (ask_for_buckets(source, request, source->context, &asked, &ignored) != STATUS_OK)
        asked = *request;
    source->files->ops->describe(source->files, &asked, out);
}

static void source_close(struct source *base)
{
    struct stored_source *source = (struct stored_source *)base;
    source->files->ops->close(source->files);
    stored_table_unref(source->table);
}

static const struct source_ops source_ops = {
    .name = "table",
    .scan_open = source_scan_open,
    .describe = source_describe,
    .close = source_close,
};

/* The table's columns, then the file's place if wanted, then a bucket for each partition column that is one. */
static uint32_t count_buckets(const struct stored_table *table)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < table->n_partitions; i++)
        n += table->partitions[i].transform == PARTITION_BUCKET;
    return n;
}

static enum status make_schema(struct arena *arena, const struct stored_table *table,
                               bool is_numbered, struct schema *out, struct error *error)
{
    uint32_t n = table->schema.n_fields;
    out->n_fields = n + (is_numbered ? 1 : 0) + count_buckets(table);
    out->fields = ARENA_ARRAY(arena, struct field, out->n_fields);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < n; i++)
        out->fields[i] = table->schema.fields[i];
    if (is_numbered)
        out->fields[n++] = (struct field){"place of the file", type_of(TYPE_BIGINT), true};
    for (uint32_t i = 0; i < table->n_partitions; i++)
        if (table->partitions[i].transform == PARTITION_BUCKET)
            out->fields[n++] =
                (struct field){table->partitions[i].name, table->partitions[i].type, false};
    return STATUS_OK;
}

/* The columns past the table's: constants of the file. */
static enum status add_constants(struct arena *arena, const struct stored_table *table,
                                 uint32_t place, bool is_numbered, uint32_t n_fields,
                                 struct segment_file *file, struct error *error)
{
    uint32_t n = table->schema.n_fields;
    if (n == n_fields)
        return STATUS_OK;
    int32_t *columns = ARENA_ARRAY(arena, int32_t, n_fields);
    struct value *constants = ARENA_ARRAY(arena, struct value, n_fields);
    struct segment_bounds *bounds = ARENA_ARRAY(arena, struct segment_bounds, n_fields);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < n_fields; i++)
        columns[i] = -1;
    for (uint32_t i = 0; i < n; i++) {
        columns[i] = file->columns[i];
        constants[i] = file->constants[i];
        bounds[i] = file->bounds[i];
    }
    if (is_numbered)
        constants[n++] = (struct value){.type = type_of(TYPE_BIGINT), .i64 = place};
    for (uint32_t i = 0; i < table->n_partitions; i++)
        if (table->partitions[i].transform == PARTITION_BUCKET)
            constants[n++] = table->files[place].partition[i];
    file->columns = columns;
    file->constants = constants;
    file->bounds = bounds;
    return STATUS_OK;
}

static enum status list_files(struct arena *arena, const struct stored_table *table,
                              bool is_numbered, uint32_t n_fields, struct segment_file **out,
                              struct error *error)
{
    uint32_t n = table->schema.n_fields;
    struct segment_file *files = ARENA_ARRAY(arena, struct segment_file, table->n_files);
    struct value *missing = ARENA_ARRAY(arena, struct value, n);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < n; i++)
        missing[i] = value_copy(&table->columns[i].missing, arena);
    for (uint32_t i = 0; i < table->n_files; i++) {
        const struct stored_file *file = &table->files[i];
        files[i] = (struct segment_file){.path = database_join(table->database, arena, file->path),
                                         .rows = file->rows,
                                         .columns = file->columns,
                                         .constants = missing,
                                         .bounds = make_bounds(arena, table, file)};
        TRY(arena_check(arena, error));
        TRY(add_constants(arena, table, i, is_numbered, n_fields, &files[i], error));
    }
    *out = files;
    return STATUS_OK;
}

static enum status open_source(struct arena *arena, struct stored_table *table, bool is_numbered,
                               const struct context *context, struct source **out,
                               struct error *error)
{
    struct stored_source *source = ARENA_NEW(arena, struct stored_source);
    struct schema *schema = ARENA_NEW(arena, struct schema);
    *out = NULL;
    TRY(arena_check(arena, error));
    TRY(make_schema(arena, table, is_numbered, schema, error));
    TRY(list_files(arena, table, is_numbered, schema->n_fields, &source->list, error));
    TRY(segment_source_open(arena, table->name, source->list, table->n_files, schema, context,
                            &source->files, error));
    source->base = *source->files;
    source->base.ops = &source_ops;
    source->base.schema.n_fields = table->schema.n_fields + (is_numbered ? 1 : 0);
    source->base.n_visible = table->schema.n_fields;
    source->table = stored_table_ref(table);
    source->context = context;
    *out = &source->base;
    return STATUS_OK;
}

enum status stored_source_open(struct arena *arena, struct stored_table *table,
                               const struct context *context, struct source **out,
                               struct error *error)
{
    return open_source(arena, table, false, context, out, error);
}

enum status stored_source_open_numbered(struct arena *arena, struct stored_table *table,
                                        const struct context *context, struct source **out,
                                        struct error *error)
{
    return open_source(arena, table, true, context, out, error);
}

enum status stored_source_keep(struct source *base, const bool *keep, const struct context *context,
                               struct error *error)
{
    struct stored_source *source = (struct stored_source *)base;
    struct arena *arena = base->arena;
    size_t n = 0;
    if (!source->kept)
        source->kept = ARENA_ARRAY(arena, struct segment_file, (size_t)source->table->n_files + 1);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < source->table->n_files; i++)
        if (keep[i])
            source->kept[n++] = source->list[i];
    return segment_source_open(arena, source->table->name, source->kept, n, &source->files->schema,
                               context, &source->files, error);
}
