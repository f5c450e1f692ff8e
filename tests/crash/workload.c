#include "tests/crash/workload.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec/table_write.h"
#include "storage/segment.h"
#include "storage/stored_source.h"

enum { COLUMNS = 3 };

/* ---- What is expected ---- */

enum kind { KIND_CREATE, KIND_INSERT, KIND_CLEAR, KIND_COMPACT, KIND_TRUNCATE };

static enum kind kind_of(int statement)
{
    if (statement == 0)
        return KIND_CREATE;
    if (statement % 17 == 16)
        return KIND_TRUNCATE;
    if (statement % 7 == 3)
        return KIND_CLEAR;
    return statement % 7 == 5 ? KIND_COMPACT : KIND_INSERT;
}

void state_apply(struct state *state, int statement)
{
    switch (kind_of(statement)) {
    case KIND_CREATE:
        state->has_table = true;
        break;
    case KIND_INSERT:
        state->present[statement % PARTS][statement] = true;
        state->present[(statement + 1) % PARTS][statement] = true;
        break;
    case KIND_CLEAR:
        memset(state->present[statement % PARTS], 0, sizeof state->present[0]);
        break;
    case KIND_TRUNCATE:
        memset(state->present, 0, sizeof state->present);
        break;
    case KIND_COMPACT:
        break;
    }
}

struct state state_after(int statements)
{
    struct state state = {0};
    for (int i = 0; i < statements; i++)
        state_apply(&state, i);
    return state;
}

bool state_equal(const struct state *a, const struct state *b)
{
    return a->has_table == b->has_table && memcmp(a->present, b->present, sizeof a->present) == 0;
}

/* ---- Opening ---- */

enum status workload_open(struct workload *w, const char *path, struct io *io, struct error *error)
{
    memset(w, 0, sizeof *w);
    budget_init(&w->budget, SIZE_MAX);
    w->clock = clock_system;
    w->context = (struct context){.budget = &w->budget,
                                  .io = io,
                                  .clock = &w->clock,
                                  .cancel = &w->cancel,
                                  .n_threads = 1,
                                  .batch_size = BATCH_ROWS_DEFAULT};
    return database_open(path, false, io, &w->budget, &w->db, error);
}

void workload_close(struct workload *w)
{
    database_close(w->db);
    w->db = NULL;
    assert(budget_used(&w->budget) == 0);
}

static enum status get_table(struct workload *w, struct stored_table **out, struct error *error)
{
    bool changed;
    TRY(database_refresh(w->db, &changed, error));
    return database_table(w->db, STR_LITERAL("t"), out, error);
}

/* ---- Statements ---- */

static enum status create(struct change *change, struct error *error)
{
    struct field fields[COLUMNS] = {{"part", type_of(TYPE_INTEGER), true},
                                    {"batch", type_of(TYPE_INTEGER), true},
                                    {"n", type_of(TYPE_BIGINT), true}};
    struct stored_column columns[COLUMNS] = {0};
    struct partition_column partition = {
        .transform = PARTITION_IDENTITY, .name = "part", .type = type_of(TYPE_INTEGER)};
    uint32_t order = 2;
    struct stored_table description = {.name = "t",
                                       .schema = {fields, COLUMNS},
                                       .columns = columns,
                                       .partitions = &partition,
                                       .n_partitions = 1,
                                       .order_by = &order,
                                       .n_order_by = 1,
                                       .time_column = -1};
    struct stored_table *table;
    for (int i = 0; i < COLUMNS; i++)
        columns[i].missing = value_null(fields[i].type);
    TRY(change_create_table(change, &description, &table, error));
    stored_table_unref(table);
    return STATUS_OK;
}

static enum status make_rows(struct workload *w, int statement, struct batch **out,
                             struct error *error)
{
    size_t n = 2 * (size_t)BATCH_ROWS;
    TRY(batch_new(COLUMNS, n, 0, &w->budget, out, error));
    static const enum type_id types[COLUMNS] = {TYPE_INTEGER, TYPE_INTEGER, TYPE_BIGINT};
    for (uint32_t c = 0; c < COLUMNS; c++)
        TRY(column_new(type_of(types[c]), n, &w->budget, "test", &(*out)->columns[c], error));
    for (size_t i = 0; i < n; i++) {
        ((int32_t *)(*out)->columns[0]->data)[i] = (int32_t)(((size_t)statement + i % 2) % PARTS);
        ((int32_t *)(*out)->columns[1]->data)[i] = statement;
        ((int64_t *)(*out)->columns[2]->data)[i] = (int64_t)(i / 2);
    }
    return STATUS_OK;
}

static enum status insert(struct workload *w, struct change *change,
                          const struct stored_table *table, int statement, struct error *error)
{
    struct table_write_options options = {.merge_small = statement % 2 == 0};
    struct table_writer *writer = NULL;
    struct batch *batch = NULL;
    uint64_t rows;
    enum status status = make_rows(w, statement, &batch, error);
    if (status == STATUS_OK)
        status = table_writer_open(&w->context, change, table, &options, &writer, error);
    if (status == STATUS_OK) {
        status = table_writer_add(writer, batch, error);
        if (status == STATUS_OK)
            status = table_writer_finish(writer, &rows, error);
        else
            table_writer_abort(writer);
    }
    batch_unref(batch);
    return status;
}

static enum status clear(struct change *change, const struct stored_table *table, int part,
                         struct error *error)
{
    for (uint32_t i = 0; i < table->n_files; i++)
        if (table->files[i].partition[0].i64 == part)
            TRY(change_remove_file(change, table, &table->files[i], error));
    return STATUS_OK;
}

/* Gives all rows of a partition (or of all: -1) to `take`. */
static enum status each_batch(struct workload *w, struct stored_table *table, int part,
                              enum status (*take)(void *, struct batch *, struct error *),
                              void *argument, struct error *error)
{
    static const uint32_t columns[COLUMNS] = {0, 1, 2};
    struct value value = {.type = type_of(TYPE_INTEGER), .i64 = part};
    struct scan_predicate predicate = {.column = 0, .op = COMPARE_EQ, .value = value};
    struct scan_request request = {.columns = columns,
                                   .n_columns = COLUMNS,
                                   .predicates = &predicate,
                                   .n_predicates = part >= 0,
                                   .row_limit = UINT64_MAX};
    struct arena arena;
    struct source *source = NULL;
    struct scan *scan = NULL;
    struct reader *reader = NULL;
    TRY(arena_init(&arena, error));
    enum status status = stored_source_open(&arena, table, &w->context, &source, error);
    if (status == STATUS_OK)
        status = source->ops->scan_open(source, &request, &w->context, &scan, error);
    if (status == STATUS_OK)
        status = scan->ops->reader_open(scan, &reader, error);
    bool more = status == STATUS_OK;
    while (more && status == STATUS_OK) {
        uint64_t morsel;
        struct batch *batch = NULL;
        status = reader->ops->next_morsel(reader, &morsel, &more, error);
        while (status == STATUS_OK && more) {
            status = reader->ops->next(reader, &batch, error);
            if (status != STATUS_OK || !batch)
                break;
            status = take(argument, batch, error);
            batch_unref(batch);
        }
    }
    if (reader)
        reader->ops->close(reader);
    if (scan)
        scan->ops->close(scan);
    if (source)
        source->ops->close(source);
    arena_fini(&arena);
    return status;
}

static enum status write_again(void *argument, struct batch *batch, struct error *error)
{
    return table_writer_add(argument, batch, error);
}

static enum status compact(struct workload *w, struct change *change, struct stored_table *table,
                           int part, struct error *error)
{
    struct table_write_options options = {0};
    struct table_writer *writer = NULL;
    uint64_t rows;
    for (uint32_t i = 0; i < table->n_files; i++) {
        bool taken = true;
        if (table->files[i].partition[0].i64 == part)
            TRY(change_replace_file(change, table, &table->files[i], &taken, error));
        if (!taken)
            return error_set(error, STATUS_CONSTRAINT, "a file is being replaced");
    }
    TRY(table_writer_open(&w->context, change, table, &options, &writer, error));
    enum status status = each_batch(w, table, part, write_again, writer, error);
    if (status == STATUS_OK)
        return table_writer_finish(writer, &rows, error);
    table_writer_abort(writer);
    return status;
}

static enum status fill(struct workload *w, struct change *change, struct stored_table *table,
                        int statement, struct error *error)
{
    enum kind kind = kind_of(statement);
    if (kind == KIND_CREATE)
        return create(change, error);
    if (!table)
        return error_set(error, STATUS_NAME, "the table is gone");
    if (kind == KIND_CLEAR)
        return clear(change, table, statement % PARTS, error);
    if (kind == KIND_COMPACT)
        return compact(w, change, table, statement % PARTS, error);
    if (kind == KIND_TRUNCATE)
        return change_truncate(change, table, error);
    return insert(w, change, table, statement, error);
}

enum status workload_run(struct workload *w, int statement, struct error *error)
{
    struct change *change;
    struct stored_table *table;
    TRY(get_table(w, &table, error));
    enum status status = change_open(w->db, &change, error);
    if (status == STATUS_OK) {
        status = fill(w, change, table, statement, error);
        if (status == STATUS_OK)
            status = change_commit(change, error);
        else
            change_rollback(change);
    }
    stored_table_unref(table);
    return status;
}

/* ---- What is there ---- */

struct counts {
    int rows[PARTS][STATEMENTS_MAX];
    int64_t sum[PARTS][STATEMENTS_MAX];
};

static enum status count_rows(void *argument, struct batch *batch, struct error *error)
{
    struct counts *counts = argument;
    struct arena arena;
    TRY(arena_init(&arena, error));
    for (size_t i = 0; i < batch->length; i++) {
        int64_t part = value_of_column(batch->columns[0], i, &arena).i64;
        int64_t number = value_of_column(batch->columns[1], i, &arena).i64;
        if (part < 0 || part >= PARTS || number < 0 || number >= STATEMENTS_MAX) {
            arena_fini(&arena);
            return error_set(error, STATUS_DATA, "a row that nobody put in");
        }
        counts->rows[part][number]++;
        counts->sum[part][number] += value_of_column(batch->columns[2], i, &arena).i64;
    }
    arena_fini(&arena);
    return STATUS_OK;
}

enum status workload_read(struct workload *w, struct state *out, struct error *error)
{
    struct counts counts = {0};
    struct stored_table *table;
    memset(out, 0, sizeof *out);
    TRY(get_table(w, &table, error));
    if (!table)
        return STATUS_OK;
    out->has_table = true;
    enum status status = each_batch(w, table, -1, count_rows, &counts, error);
    stored_table_unref(table);
    TRY(status);
    for (int p = 0; p < PARTS; p++)
        for (int b = 0; b < STATEMENTS_MAX; b++) {
            int rows = counts.rows[p][b];
            if (rows != 0 && (rows != BATCH_ROWS ||
                              counts.sum[p][b] != (int64_t)BATCH_ROWS * (BATCH_ROWS - 1) / 2))
                return error_set(error, STATUS_DATA, "batch %d of partition %d has %d rows", b, p,
                                 rows);
            out->present[p][b] = rows != 0;
        }
    return STATUS_OK;
}

static enum status count_files(const char *path, struct arena *arena, size_t *count,
                               struct error *error)
{
    struct io_entry *entries;
    size_t n;
    TRY(io_list(&io_system, path, arena, &entries, &n, error));
    for (size_t i = 0; i < n; i++) {
        const char *name = arena_printf(arena, "%s/%s", path, entries[i].name);
        if (entries[i].is_folder)
            TRY(count_files(name, arena, count, error));
        else if (strncmp(entries[i].name, "weir.", 5) != 0)
            ++*count;
    }
    return STATUS_OK;
}

enum status workload_check_files(struct workload *w, struct error *error)
{
    struct stored_table *table;
    struct arena arena;
    size_t found = 0, expected = 0;
    TRY(get_table(w, &table, error));
    TRY(arena_init(&arena, error));
    enum status status = count_files(database_path(w->db), &arena, &found, error);
    for (uint32_t i = 0; table && i < table->n_files && status == STATUS_OK; i++) {
        const char *path =
            arena_printf(&arena, "%s/%s", database_path(w->db), table->files[i].path);
        struct segment_report report;
        status = segment_verify(&w->context, path, &report, error);
        if (status == STATUS_OK && report.rows != table->files[i].rows)
            status = error_set(error, STATUS_DATA, "%s has other rows than the catalog says", path);
        expected++;
    }
    if (status == STATUS_OK && found != expected)
        status = error_set(error, STATUS_DATA, "%zu files are there, the catalog knows %zu", found,
                           expected);
    arena_fini(&arena);
    stored_table_unref(table);
    return status;
}

enum status workload_look(const char *path, struct state *out, struct error *error)
{
    struct workload w;
    TRY(workload_open(&w, path, &io_system, error));
    enum status status = workload_read(&w, out, error);
    if (status == STATUS_OK)
        status = workload_check_files(&w, error);
    workload_close(&w);
    return status;
}

/* ---- Folders ---- */

const char *scratch_open(char out[64])
{
    const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(out, 64, "%s/weir_crash_XXXXXX", where);
    if (!mkdtemp(out)) {
        perror(out);
        exit(1);
    }
    return out;
}

static void need(bool fine, const char *path)
{
    if (fine)
        return;
    perror(path);
    exit(1);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)st, (void)type, (void)place;
    return remove(path);
}

void scratch_remove(const char *path)
{
    if (access(path, F_OK) == 0)
        need(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0, path);
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 16];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    need(in >= 0 && out >= 0, from);
    for (ssize_t n; (n = read(in, bytes, sizeof bytes)) != 0;)
        need(n > 0 && write(out, bytes, (size_t)n) == n, to);
    close(in);
    close(out);
}

void scratch_copy(const char *from, const char *to)
{
    char below[512], there[512];
    DIR *folder = opendir(from);
    need(folder && mkdir(to, 0777) == 0, to);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof below, "%s/%s", from, entry->d_name);
        snprintf(there, sizeof there, "%s/%s", to, entry->d_name);
        if (entry->d_type == DT_DIR)
            scratch_copy(below, there);
        else
            copy_file(below, there);
    }
    closedir(folder);
}
