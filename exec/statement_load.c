/* statement_load.c - COPY .. FROM: the files' ranges against what was loaded before, and space for the rows.
 *
 * A range is remembered in the change that adds its rows: either both are there afterwards or neither. */
#include "exec/session.h"

#include <stdio.h>

/* Bytes of a data file for a byte of text, and bytes of text for one of a compressed file. */
enum { SPACE_PERCENT = 60, COMPRESSED_TIMES = 3 };

/* "1.2 GB" */
static const char *bytes_text(uint64_t bytes, char out[32])
{
    static const char *const UNITS[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1000 && unit + 1 < ARRAY_LENGTH(UNITS); unit++)
        value /= 1000;
    snprintf(out, 32, unit ? "%.1f %s" : "%.0f %s", value, UNITS[unit]);
    return out;
}

static bool is_compressed(const char *path)
{
    static const char *const EXTENSIONS[] = {".gz", ".zst", ".zstd", ".lz4"};
    for (size_t i = 0; i < ARRAY_LENGTH(EXTENSIONS); i++)
        if (str_ends_with(str_of(path), EXTENSIONS[i]))
            return true;
    return false;
}

static enum status check_space(struct execution *e, const struct source_range *ranges, uint32_t n,
                               struct error *error)
{
    uint64_t needed = 0, free_bytes;
    char wanted[32], there[32];
    for (uint32_t i = 0; i < n; i++) {
        uint64_t bytes = ranges[i].to - ranges[i].from;
        if (is_compressed(ranges[i].path))
            bytes *= COMPRESSED_TIMES;
        needed += bytes / 100 * SPACE_PERCENT;
    }
    TRY(database_free_space(e->db->database, &free_bytes, error));
    if (needed <= free_bytes)
        return STATUS_OK;
    enum status status = error_set_at(
        error, STATUS_IO, e->plan->load->span,
        "not enough space for the load: about %s are needed, %s are free (%s)",
        bytes_text(needed, wanted), bytes_text(free_bytes, there), database_path(e->db->database));
    return status;
}

static enum status loaded_before(struct execution *e, const struct source_range *range,
                                 uint64_t loaded, struct error *error)
{
    const struct plan_load *load = e->plan->load;
    const char *table = e->plan->target->name;
    enum status status;
    if (loaded > range->to)
        status = error_set_at(error, STATUS_CONSTRAINT, load->span,
                              "a longer file was loaded into %s before: %s", table, range->path);
    else if (loaded == range->to)
        status = error_set_at(error, STATUS_CONSTRAINT, load->span,
                              "this file was loaded into %s before: %s", table, range->path);
    else
        status = error_set_at(error, STATUS_CONSTRAINT, load->span,
                              "%llu of the %llu bytes of this file were loaded into %s before: %s",
                              (unsigned long long)loaded, (unsigned long long)range->to, table,
                              range->path);
    if (load->loaded == LOADED_FAIL && loaded <= range->to)
        error_hint(error, "(LOADED skip) takes only what is new, (LOADED again) takes it all once "
                          "more");
    else
        error_hint(error, "(LOADED again) takes it all");
    return status;
}

/* The same file twice in one statement is loaded twice by intent only: globs and lists name each once. */
static enum status check_range(struct execution *e, struct change *change,
                               const struct stored_table *table, struct source_range *range,
                               uint32_t index, struct error *error)
{
    const struct plan_load *load = e->plan->load;
    struct source *source = load->source;
    uint64_t loaded;
    range->again = load->loaded == LOADED_AGAIN;
    TRY(change_loaded_to(change, table, range, &loaded, error));
    if (loaded <= range->from || range->again)
        return STATUS_OK;
    if (load->loaded == LOADED_FAIL || loaded > range->to)
        return loaded_before(e, range, loaded, error);
    enum status status = source->ops->begin_at(source, &e->context, index, loaded, error);
    if (status != STATUS_OK)
        error_place(error, load->span);
    range->from = loaded;
    return status;
}

enum status statement_load(struct execution *e, struct error *error)
{
    const struct stored_table *table = e->plan->target->stored;
    struct source *source = e->plan->load->source;
    struct source_range *ranges;
    struct change *change;
    uint32_t n;
    if (!source->ops->ranges)
        return STATUS_OK;
    TRY(source->ops->ranges(source, &e->context, &e->arena, &ranges, &n, error));
    TRY(statement_change(e, &change, error));
    for (uint32_t i = 0; i < n; i++)
        TRY(check_range(e, change, table, &ranges[i], i, error));
    TRY(check_space(e, ranges, n, error));
    for (uint32_t i = 0; i < n; i++)
        if (ranges[i].from < ranges[i].to)
            TRY(change_add_range(change, table, &ranges[i], error));
    return STATUS_OK;
}
