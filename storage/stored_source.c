/* stored_source.c - a stored table as a source: its files, with what the catalog knows of them.
 *
 * The rows come from segment_source; here is what can be told before a file is opened: bounds of each column from the
 * catalog's zones and from the partition that the file lies in. */
#include "storage/stored_source.h"

#include "storage/database_int.h"
#include "storage/partition.h"
#include "storage/segment_source.h"

struct stored_source {
    struct source base;
    struct source *files;
    struct stored_table *table;
    struct segment_file *list;
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

static enum status source_scan_open(struct source *base, const struct scan_request *request,
                                    const struct context *context, struct scan **out,
                                    struct error *error)
{
    struct stored_source *source = (struct stored_source *)base;
    return source->files->ops->scan_open(source->files, request, context, out, error);
}

static void source_describe(struct source *base, const struct scan_request *request,
                            struct strbuf *out)
{
    struct stored_source *source = (struct stored_source *)base;
    source->files->ops->describe(source->files, request, out);
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

static enum status list_files(struct arena *arena, const struct stored_table *table,
                              struct segment_file **out, struct error *error)
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
    }
    *out = files;
    return STATUS_OK;
}

static enum status open_files(struct arena *arena, struct stored_table *table,
                              const struct schema *schema, struct segment_file *files,
                              const struct context *context, struct source **out,
                              struct error *error)
{
    struct stored_source *source = ARENA_NEW(arena, struct stored_source);
    TRY(arena_check(arena, error));
    TRY(segment_source_open(arena, table->name, files, table->n_files, schema, context,
                            &source->files, error));
    source->base = *source->files;
    source->base.ops = &source_ops;
    source->base.n_visible = table->schema.n_fields;
    source->table = stored_table_ref(table);
    source->list = files;
    *out = &source->base;
    return STATUS_OK;
}

enum status stored_source_open(struct arena *arena, struct stored_table *table,
                               const struct context *context, struct source **out,
                               struct error *error)
{
    struct segment_file *files;
    *out = NULL;
    TRY(list_files(arena, table, &files, error));
    return open_files(arena, table, &table->schema, files, context, out, error);
}

/* ---- Which file a row is in ---- */

static enum status number_file(struct arena *arena, const struct stored_table *table,
                               uint32_t place, struct segment_file *file, struct error *error)
{
    uint32_t n = table->schema.n_fields;
    int32_t *columns = ARENA_ARRAY(arena, int32_t, (size_t)n + 1);
    struct value *constants = ARENA_ARRAY(arena, struct value, (size_t)n + 1);
    struct segment_bounds *bounds = ARENA_ARRAY(arena, struct segment_bounds, (size_t)n + 1);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < n; i++) {
        columns[i] = file->columns[i];
        constants[i] = file->constants[i];
        bounds[i] = file->bounds[i];
    }
    columns[n] = -1;
    constants[n] = (struct value){.type = type_of(TYPE_BIGINT), .i64 = place};
    file->columns = columns;
    file->constants = constants;
    file->bounds = bounds;
    return STATUS_OK;
}

enum status stored_source_open_numbered(struct arena *arena, struct stored_table *table,
                                        const struct context *context, struct source **out,
                                        struct error *error)
{
    struct segment_file *files;
    uint32_t n = table->schema.n_fields;
    struct schema *schema = ARENA_NEW(arena, struct schema);
    struct field *fields = ARENA_ARRAY(arena, struct field, (size_t)n + 1);
    *out = NULL;
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < n; i++)
        fields[i] = table->schema.fields[i];
    fields[n] = (struct field){"place of the file", type_of(TYPE_BIGINT), true};
    *schema = (struct schema){fields, n + 1};
    TRY(list_files(arena, table, &files, error));
    for (uint32_t i = 0; i < table->n_files; i++)
        TRY(number_file(arena, table, i, &files[i], error));
    return open_files(arena, table, schema, files, context, out, error);
}

enum status stored_source_keep(struct source *base, const bool *keep, const struct context *context,
                               struct error *error)
{
    struct stored_source *source = (struct stored_source *)base;
    struct arena *arena = base->arena;
    size_t n = 0;
    struct segment_file *files = ARENA_ARRAY(arena, struct segment_file, source->table->n_files);
    TRY(arena_check(arena, error));
    for (uint32_t i = 0; i < source->table->n_files; i++)
        if (keep[i])
            files[n++] = source->list[i];
    return segment_source_open(arena, source->table->name, files, n, &base->schema, context,
                               &source->files, error);
}
