/* expire.c - see expire.h. */
#include "exec/expire.h"

#include "storage/partition.h"

static bool is_time(struct type type)
{
    return type.id == TYPE_DATE || type_is_timestamp(type);
}

int expire_partition_column(const struct stored_table *table)
{
    int found = -1;
    for (uint32_t i = 0; i < table->n_partitions; i++) {
        const struct partition_column *p = &table->partitions[i];
        bool fits = (p->transform >= PARTITION_HOUR && p->transform <= PARTITION_YEAR) ||
                    p->transform == PARTITION_IDENTITY;
        if (!fits || !is_time(table->schema.fields[p->column].type))
            continue;
        if (found < 0 || (int32_t)p->column == table->time_column)
            found = (int)i;
    }
    return found;
}

/* Microseconds since 1970; false if they do not fit. A date is its first moment. */
static bool time_us(const struct value *value, int64_t *us)
{
    if (value->type.id == TYPE_DATE)
        return !__builtin_mul_overflow(value->i64, (int64_t)86400000000, us);
    *us = value->i64;
    if (type_is_nanos(value->type)) /* down, also before 1970 */
        *us = value->i64 / 1000 - (value->i64 % 1000 < 0);
    return true;
}

/* The greatest event time; false if there is none. */
static bool greatest_time(const struct stored_table *table, uint32_t column, int64_t *us)
{
    bool found = false;
    for (uint32_t i = 0; i < table->n_files; i++) {
        const struct column_zone *zone = &table->files[i].zones[column];
        int64_t at;
        if (!zone->known || !time_us(&zone->max, &at))
            continue;
        *us = found ? MAX(*us, at) : at;
        found = true;
    }
    return found;
}

/* Whether every time that the file's partition may hold is before the cut. */
static bool is_expired(const struct stored_table *table, int partition, int64_t cut_us,
                       const struct stored_file *file, struct arena *arena)
{
    const struct partition_column *p = &table->partitions[partition];
    const struct value *value = &file->partition[partition];
    struct value min, max;
    int64_t last;
    if (value->is_null ||
        !partition_bounds(p, table->schema.fields[p->column].type, value, arena, &min, &max))
        return false;
    if (max.type.id == TYPE_DATE && __builtin_add_overflow(max.i64, (int64_t)1, &max.i64))
        return false; /* the day's last moment is before the next day's first */
    if (!time_us(&max, &last))
        return false;
    return max.type.id == TYPE_DATE ? last <= cut_us : last < cut_us;
}

static bool same_values(const struct stored_table *table, const struct stored_file *a,
                        const struct stored_file *b)
{
    for (uint32_t i = 0; i < table->n_partitions; i++)
        if (a->partition[i].is_null != b->partition[i].is_null ||
            (!a->partition[i].is_null && value_compare(&a->partition[i], &b->partition[i]) != 0))
            return false;
    return true;
}

static enum status drop_files(struct change *change, const struct stored_table *table,
                              int partition, int64_t cut_us, struct arena *arena,
                              struct expire_report *report, struct error *error)
{
    const struct stored_file *last = NULL;
    for (uint32_t i = 0; i < table->n_files; i++) {
        const struct stored_file *file = &table->files[i];
        if (!is_expired(table, partition, cut_us, file, arena))
            continue;
        TRY(change_remove_file(change, table, file, error));
        report->partitions += !last || !same_values(table, last, file);
        report->files++;
        report->rows += file->rows;
        last = file;
    }
    return STATUS_OK;
}

enum status expire_table(const struct context *context, struct change *change,
                         const struct stored_table *table, struct expire_report *report,
                         struct error *error)
{
    struct arena arena;
    int64_t now_us = context->clock->wall_us(context->clock), greatest_us, cut_us;
    int partition = expire_partition_column(table);
    *report = (struct expire_report){0};
    if (table->ttl_us <= 0 || partition < 0 ||
        !greatest_time(table, table->partitions[partition].column, &greatest_us) ||
        __builtin_sub_overflow(MIN(now_us, greatest_us), table->ttl_us, &cut_us))
        return STATUS_OK;
    TRY(arena_init(&arena, error));
    enum status status = drop_files(change, table, partition, cut_us, &arena, report, error);
    arena_fini(&arena);
    return status;
}
