/* system_files.c - weir_files, weir_partitions, weir_chunks: how stored tables lie on the disk. */
#include "exec/system_rows.h"
#include "storage/partition.h"
#include "storage/segment.h"

/* The stored tables, in order of name. */
static enum status stored_tables(struct system_rows *rows, const struct stored_table ***out,
                                 size_t *n, struct error *error)
{
    struct catalog_entry **entries;
    size_t n_entries;
    TRY(system_entries(rows, &entries, &n_entries, error));
    *out = ARENA_ARRAY(rows->arena, const struct stored_table *, n_entries + 1);
    *n = 0;
    TRY(arena_check(rows->arena, error));
    for (size_t i = 0; i < n_entries; i++)
        if (entries[i]->stored)
            (*out)[(*n)++] = entries[i]->stored;
    return STATUS_OK;
}

static const char *folder_of(struct system_rows *rows, const struct stored_table *table,
                             const struct stored_file *file)
{
    return partition_folder(rows->arena, table->partitions, table->n_partitions, file->partition);
}

static double ratio(uint64_t bytes, uint64_t rows)
{
    return rows ? (double)(int64_t)((double)bytes / (double)rows * 100 + 0.5) / 100 : 0;
}

/* The bounds of the event time, of a file; NULL: none. */
static const struct column_zone *time_zone(const struct stored_table *table,
                                           const struct stored_file *file)
{
    if (table->time_column < 0)
        return NULL;
    const struct column_zone *zone = &file->zones[table->time_column];
    return zone->known ? zone : NULL;
}

enum status system_files(struct system_rows *rows, struct error *error)
{
    const struct stored_table **tables;
    size_t n;
    TRY(stored_tables(rows, &tables, &n, error));
    for (size_t t = 0; t < n; t++)
        for (uint32_t i = 0; i < tables[t]->n_files; i++) {
            const struct stored_file *file = &tables[t]->files[i];
            const struct column_zone *zone = time_zone(tables[t], file);
            system_add_text(rows, tables[t]->name);
            system_add_text(rows, folder_of(rows, tables[t], file));
            system_add_text(rows, file->path);
            system_add_bigint(rows, (int64_t)file->rows);
            system_add_bigint(rows, (int64_t)file->bytes);
            system_add_double(rows, ratio(file->bytes, file->rows));
            system_add_bigint(rows, (int64_t)tables[t]->snapshot);
            system_add_time(rows, zone ? &zone->min : NULL);
            system_add_time(rows, zone ? &zone->max : NULL);
        }
    return STATUS_OK;
}

static bool same_partition(const struct stored_table *table, const struct stored_file *a,
                           const struct stored_file *b)
{
    for (uint32_t i = 0; i < table->n_partitions; i++)
        if (value_compare(&a->partition[i], &b->partition[i]) != 0)
            return false;
    return true;
}

/* Files of a table lie by partition: each run of equal ones is a row. */
enum status system_partitions(struct system_rows *rows, struct error *error)
{
    const struct stored_table **tables;
    size_t n;
    TRY(stored_tables(rows, &tables, &n, error));
    for (size_t t = 0; t < n; t++) {
        const struct stored_table *table = tables[t];
        for (uint32_t i = 0, end; i < table->n_files; i = end) {
            uint64_t n_rows = 0, bytes = 0;
            const struct value *min = NULL, *max = NULL;
            for (end = i; end < table->n_files &&
                          same_partition(table, &table->files[i], &table->files[end]);
                 end++) {
                const struct column_zone *zone = time_zone(table, &table->files[end]);
                n_rows += table->files[end].rows;
                bytes += table->files[end].bytes;
                if (zone && (!min || value_compare(&zone->min, min) < 0))
                    min = &zone->min;
                if (zone && (!max || value_compare(&zone->max, max) > 0))
                    max = &zone->max;
            }
            system_add_text(rows, table->name);
            system_add_text(rows, folder_of(rows, table, &table->files[i]));
            system_add_bigint(rows, end - i);
            system_add_bigint(rows, (int64_t)n_rows);
            system_add_bigint(rows, (int64_t)bytes);
            system_add_double(rows, ratio(bytes, n_rows));
            system_add_time(rows, min);
            system_add_time(rows, max);
        }
    }
    return STATUS_OK;
}

/* ---- chunks ---- */

static void chunk_row(struct system_rows *rows, const struct stored_table *table,
                      const struct stored_file *file, const struct segment *segment, uint32_t batch,
                      uint32_t column)
{
    const struct segment_column *info = &segment->columns[column];
    struct chunk chunk = segment_chunk(segment, batch, column);
    uint64_t n = segment->batch_rows[batch];
    struct zone zone = segment_zone(info->type, &chunk, n);
    const char *codes = "";
    if (chunk.encoding == ENCODING_DICTIONARY)
        codes = arena_printf(rows->arena, "/%s", encoding_word(chunk.code_encoding));
    system_add_text(rows, table->name);
    system_add_text(rows, file->path);
    system_add_bigint(rows, batch);
    system_add_text(rows, info->name);
    system_add_text(
        rows,
        codes ? arena_printf(rows->arena, "%s%s", encoding_word(chunk.encoding), codes) : NULL);
    system_add_bool(rows, (chunk.flags & CHUNK_HAS_LZ4) != 0);
    system_add_bigint(rows, (int64_t)n);
    system_add_bigint(rows, (int64_t)chunk.raw_length + chunk.head_length);
    system_add_bigint(rows, chunk.length);
    if (zone.has_range) {
        system_add_value(rows, &zone.min);
        system_add_value(rows, &zone.max);
    } else {
        system_add_null(rows, TYPE_VARCHAR);
        system_add_null(rows, TYPE_VARCHAR);
    }
    system_add_bigint(rows, (int64_t)zone.nulls);
}

/* The dictionary that the chunks of a column share: without a batch. */
static void dictionary_row(struct system_rows *rows, const struct stored_table *table,
                           const struct stored_file *file, const struct segment_column *column)
{
    const struct chunk *chunk = &column->dictionary;
    system_add_text(rows, table->name);
    system_add_text(rows, file->path);
    system_add_null(rows, TYPE_BIGINT);
    system_add_text(rows, column->name);
    system_add_text(rows, encoding_word(chunk->encoding));
    system_add_bool(rows, (chunk->flags & CHUNK_HAS_LZ4) != 0);
    system_add_bigint(rows, column->dictionary_length);
    system_add_bigint(rows, (int64_t)chunk->raw_length + chunk->head_length);
    system_add_bigint(rows, chunk->length);
    system_add_null(rows, TYPE_VARCHAR);
    system_add_null(rows, TYPE_VARCHAR);
    system_add_bigint(rows, 0);
}

static enum status file_chunks(struct system_rows *rows, const struct stored_table *table,
                               const struct stored_file *file, struct error *error)
{
    const struct context *context = &rows->execution->context;
    struct segment *segment;
    const char *path =
        arena_printf(rows->arena, "%s/%s", database_path(table->database), file->path);
    TRY(arena_check(rows->arena, error));
    TRY(segment_open(context->io, path, context->budget, &segment, error));
    for (uint32_t column = 0; column < segment->n_columns; column++)
        if (segment->columns[column].dictionary_length)
            dictionary_row(rows, table, file, &segment->columns[column]);
    for (uint32_t batch = 0; batch < segment->n_batches; batch++)
        for (uint32_t column = 0; column < segment->n_columns; column++)
            chunk_row(rows, table, file, segment, batch, column);
    segment_close(segment);
    return arena_check(rows->arena, error);
}

enum status system_chunks(struct system_rows *rows, struct error *error)
{
    const struct stored_table **tables;
    size_t n;
    TRY(stored_tables(rows, &tables, &n, error));
    for (size_t t = 0; t < n; t++)
        for (uint32_t i = 0; i < tables[t]->n_files; i++) {
            TRY(context_check(&rows->execution->context, error));
            TRY(file_chunks(rows, tables[t], &tables[t]->files[i], error));
        }
    return STATUS_OK;
}
