/* table_write.c - see table_write.h.
 *
 *   1. Batches whose partition is the same for all rows are passed on whole; others are gathered until they are worth
 *      cutting, then each partition gets its rows, in order.                                        [cut]
 *   2. A few partitions have an open file. The others hold their rows until there are enough and a file is free, or
 *      until memory is short: then the one that holds most is written.                            [settle] */
#include "exec/table_write.h"

#include "base/map.h"
#include "exec/partition_write.h"
#include "storage/partition.h"

static const char owner[] = "table writer";

enum {
    PARTITIONS_MAX = 10000, /* in one statement */
    OPEN_FILES_MAX = 4,     /* a writer's files at once */
    IDLE_BATCHES = 64,      /* a file without rows for so long may be ended for another */
    HELD_BYTES_MAX = 96 * 1024 * 1024, /* rows held by a writer */
    HELD_BYTES_MIN = 4 * 1024 * 1024,
    CUT_ROWS = 32768, /* gathered before they are cut by partition */
    KEY_SIZE_MAX = 1 << 16
};

struct table_writer {
    struct partition_env env;
    struct arena arena;
    struct table_write_options options;
    size_t held_max;
    uint64_t rows;

    struct map by_key;
    struct partition_writer **partitions;
    size_t n_partitions, partitions_capacity;
    struct bytes key;
    struct arena scratch;

    struct batch **gathered; /* of rows of many partitions */
    size_t n_gathered, gathered_capacity, gathered_rows;
    struct bytes marks; /* uint32_t: a row's partition; then the rows by partition */
};

/* ---- Opening and closing ---- */

static void release_gathered(struct table_writer *w)
{
    for (size_t i = 0; i < w->n_gathered; i++)
        batch_unref(w->gathered[i]);
    w->n_gathered = w->gathered_rows = 0;
}

void table_writer_abort(struct table_writer *w)
{
    if (!w)
        return;
    struct budget *budget = w->env.context->budget;
    release_gathered(w);
    for (size_t i = 0; i < w->n_partitions; i++)
        partition_writer_fini(w->partitions[i]);
    block_free(w->partitions, w->partitions_capacity * sizeof *w->partitions, budget);
    block_free(w->gathered, w->gathered_capacity * sizeof *w->gathered, budget);
    bytes_fini(&w->key);
    bytes_fini(&w->marks);
    arena_fini(&w->scratch);
    arena_fini(&w->arena);
    block_free(w, sizeof *w, budget);
}

static enum status init_order(struct table_writer *w, struct error *error)
{
    const struct stored_table *table = w->env.table;
    struct sort_key *keys = ARENA_ARRAY(&w->arena, struct sort_key, table->n_order_by + 1);
    TRY(arena_check(&w->arena, error));
    for (uint32_t k = 0; k < table->n_order_by; k++)
        keys[k] = (struct sort_key){.column = table->order_by[k], .nulls_first = true};
    w->env.order = (struct sort_plan){
        .context = w->env.context,
        .schema = &table->schema,
        .keys = keys,
        .n_keys = table->n_order_by,
        .limit = UINT64_MAX,
        .owner = owner,
    };
    return STATUS_OK;
}

/* Rows to hold: a part of what the statement may still take. */
static size_t held_max_of(const struct context *context)
{
    enum { SHARE = 8 }; /* sorting takes as much again, files being written too */
    size_t limit = context->budget->limit, used = budget_used(context->budget);
    size_t left = limit > used ? limit - used : 0;
    return MAX(MIN(left / SHARE / MAX(context->n_threads, 1u), (size_t)HELD_BYTES_MAX),
               (size_t)HELD_BYTES_MIN);
}

enum status table_writer_open(const struct context *context, struct change *change,
                              const struct stored_table *table,
                              const struct table_write_options *options, struct table_writer **out,
                              struct error *error)
{
    *out = NULL;
    void *memory = NULL;
    if (table->n_partitions > PARTITION_COLUMNS_MAX)
        return error_set(error, STATUS_LIMIT, "too many partition columns of %s: %u (at most %d)",
                         table->name, table->n_partitions, (int)PARTITION_COLUMNS_MAX);
    TRY(block_alloc(&memory, sizeof(struct table_writer), context->budget, owner, error));
    struct table_writer *w = memory;
    w->env = (struct partition_env){
        .context = context, .change = change, .table = table, .arena = &w->arena};
    w->options = *options;
    w->held_max = held_max_of(context);
    bytes_init(&w->key, context->budget, owner);
    bytes_init(&w->marks, context->budget, owner);
    enum status status = arena_init(&w->arena, error);
    if (status == STATUS_OK)
        status = arena_init(&w->scratch, error);
    if (status == STATUS_OK)
        status = init_order(w, error);
    if (status != STATUS_OK) {
        table_writer_abort(w);
        return status;
    }
    map_init(&w->by_key, &w->arena, false);
    *out = w;
    return STATUS_OK;
}

/* ---- Partitions ---- */

static enum status add_partition(struct table_writer *w, struct value *values,
                                 struct partition_writer **out, struct error *error)
{
    if (w->n_partitions == PARTITIONS_MAX) {
        enum status status = error_set(error, STATUS_LIMIT,
                                       "too many partitions of %s in one statement: more than %d",
                                       w->env.table->name, (int)PARTITIONS_MAX);
        error_hint(error, "a table should be partitioned by something coarser, such as day(t) or "
                          "bucket(16, c)");
        return status;
    }
    if (w->n_partitions == w->partitions_capacity) {
        size_t more = MAX(w->partitions_capacity * 2, (size_t)4);
        TRY(block_grow((void **)&w->partitions, w->partitions_capacity * sizeof *w->partitions,
                       more * sizeof *w->partitions, w->env.context->budget, owner, error));
        w->partitions_capacity = more;
    }
    struct partition_writer *p = ARENA_NEW(&w->arena, struct partition_writer);
    TRY(arena_check(&w->arena, error));
    TRY(partition_writer_init(p, &w->env, values, error));
    w->partitions[w->n_partitions++] = p;
    *out = p;
    return STATUS_OK;
}

/* The bytes that tell a row's partition from others, to w->key. */
static enum status make_key(struct table_writer *w, struct column *const *columns, size_t row,
                            struct error *error)
{
    w->key.length = 0;
    for (uint32_t i = 0; i < w->env.table->n_partitions; i++) {
        const struct column *column = columns[i];
        size_t at = column_index(column, row), size = type_size(column->type);
        char is_null = (char)(column->validity && !bits_get(column->validity, at));
        TRY(bytes_append(&w->key, &is_null, 1, error));
        if (is_null)
            continue;
        const char *data = (const char *)column->data + at * size;
        if (!type_is_text(column->type)) {
            TRY(bytes_append(&w->key, data, size, error));
            continue;
        }
        const struct text *text = (const struct text *)(const void *)data;
        if (text->length > KEY_SIZE_MAX)
            return error_set(error, STATUS_LIMIT,
                             "a value of partition %s is too long: %u bytes (at most %d)",
                             w->env.table->partitions[i].name, text->length, (int)KEY_SIZE_MAX);
        TRY(bytes_append(&w->key, &text->length, sizeof text->length, error));
        TRY(bytes_append(&w->key, text_data(text), text->length, error));
    }
    return STATUS_OK;
}

static enum status find_partition(struct table_writer *w, struct column *const *columns, size_t row,
                                  struct partition_writer **out, struct error *error)
{
    TRY(make_key(w, columns, row, error));
    *out = map_get(&w->by_key, (struct str){w->key.data, w->key.length});
    if (*out)
        return STATUS_OK;
    uint32_t n = w->env.table->n_partitions;
    struct value *values = ARENA_ARRAY(&w->arena, struct value, n + 1);
    struct str key = {arena_strndup(&w->arena, w->key.data, w->key.length), w->key.length};
    TRY(arena_check(&w->arena, error));
    for (uint32_t i = 0; i < n; i++)
        values[i] = value_of_column(columns[i], column_index(columns[i], row), &w->arena);
    TRY(add_partition(w, values, out, error));
    map_put(&w->by_key, key, *out);
    return arena_check(&w->arena, error);
}

/* ---- Memory and files ---- */

static struct partition_writer *largest(const struct table_writer *w)
{
    struct partition_writer *most = w->partitions[0];
    for (size_t i = 1; i < w->n_partitions; i++)
        if (w->partitions[i]->held_bytes > most->held_bytes)
            most = w->partitions[i];
    return most;
}

/* Room for another open file; false if all are in use. */
static enum status make_room(struct table_writer *w, bool force, bool *room, struct error *error)
{
    struct partition_writer *idle = NULL;
    *room = w->env.n_open < OPEN_FILES_MAX;
    for (size_t i = 0; i < w->n_partitions && !*room; i++) {
        struct partition_writer *p = w->partitions[i];
        if (p->file && (!idle || p->used < idle->used))
            idle = p;
    }
    if (*room || !idle || (!force && w->env.clock - idle->used < IDLE_BATCHES))
        return STATUS_OK;
    *room = true;
    TRY(partition_writer_drain(idle, true, error));
    return partition_writer_end_file(idle, error);
}

/* Writes what a partition has gathered, if it may. */
static enum status settle(struct table_writer *w, struct partition_writer *p, struct error *error)
{
    if (partition_writer_is_ripe(p)) {
        bool room = p->file != NULL;
        if (!room)
            TRY(make_room(w, false, &room, error));
        if (room)
            TRY(partition_writer_drain(p, false, error));
    }
    while (w->env.held_bytes > w->held_max) {
        struct partition_writer *most = largest(w);
        bool room = most->file != NULL, was_open = room;
        if (!room)
            TRY(make_room(w, true, &room, error));
        TRY(partition_writer_drain(most, true, error));
        if (!was_open)
            TRY(partition_writer_end_file(most, error));
    }
    return STATUS_OK;
}

/* ---- Cutting ---- */

static enum status partition_columns(struct table_writer *w, const struct batch *batch,
                                     struct column **columns, bool *is_one, struct error *error)
{
    *is_one = true;
    for (uint32_t i = 0; i < w->env.table->n_partitions; i++) {
        struct column *column = NULL;
        TRY(partition_column(&w->env.table->partitions[i], batch, w->env.context, &column, error));
        if (column->encoding == COLUMN_DICTIONARY) {
            enum status status = column_flatten(column, w->env.context->budget, &columns[i], error);
            column_unref(column);
            TRY(status);
        } else {
            columns[i] = column;
        }
        *is_one = *is_one && columns[i]->encoding == COLUMN_CONSTANT;
    }
    return STATUS_OK;
}

static bool same_partition(const struct table_writer *w, struct column *const *columns, size_t i,
                           size_t j)
{
    for (uint32_t k = 0; k < w->env.table->n_partitions; k++)
        if (column_compare(columns[k], i, columns[k], j) != 0)
            return false;
    return true;
}

/* Rows of a cut that belong to one partition. */
struct share {
    struct partition_writer *partition;
    uint32_t rows, at; /* at: of the next one in the list of rows */
};

struct cut {
    struct share *shares; /* in w->scratch */
    uint32_t n_shares;
    uint32_t *marks; /* by row: its share */
    uint32_t *rows;  /* by share */
};

static enum status find_share(struct table_writer *w, struct cut *cut, struct map *seen,
                              struct column *const *columns, size_t row, uint32_t *out,
                              struct error *error)
{
    struct partition_writer *p = NULL;
    TRY(find_partition(w, columns, row, &p, error));
    struct str key = {(const char *)&p, sizeof p};
    struct share *share = map_get(seen, key);
    if (!share) {
        share = &cut->shares[cut->n_shares++];
        share->partition = p;
        key.data = (const char *)&share->partition;
        map_put(seen, key, share);
        TRY(arena_check(&w->scratch, error));
    }
    *out = (uint32_t)(share - cut->shares);
    return STATUS_OK;
}

static enum status mark_rows(struct table_writer *w, struct cut *cut, struct column *const *columns,
                             size_t n, struct error *error)
{
    struct map seen;
    map_init(&seen, &w->scratch, false);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && same_partition(w, columns, i - 1, i))
            cut->marks[i] = cut->marks[i - 1];
        else
            TRY(find_share(w, cut, &seen, columns, i, &cut->marks[i], error));
        cut->shares[cut->marks[i]].rows++;
    }
    uint32_t at = 0;
    for (uint32_t s = 0; s < cut->n_shares; s++) {
        cut->shares[s].at = at;
        at += cut->shares[s].rows;
    }
    for (size_t i = 0; i < n; i++)
        cut->rows[cut->shares[cut->marks[i]].at++] = (uint32_t)i;
    return STATUS_OK;
}

/* The rows of a share as a batch of their own, which shares no memory with the others. */
static enum status take_rows(struct table_writer *w, struct batch *batch, const uint32_t *rows,
                             size_t n, struct batch **out, struct error *error)
{
    struct budget *budget = w->env.context->budget;
    TRY(batch_new(batch->n_columns, n, batch->morsel, budget, out, error));
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        struct column *taken = NULL;
        enum status status = column_take(batch->columns[c], rows, n, budget, &taken, error);
        if (status == STATUS_OK) {
            status = column_compact_text(taken, budget, &(*out)->columns[c], error);
            column_unref(taken);
        }
        if (status != STATUS_OK) {
            batch_unref(*out);
            *out = NULL;
            return status;
        }
    }
    return STATUS_OK;
}

static enum status add_whole(struct table_writer *w, struct partition_writer *p,
                             struct batch *batch, struct error *error)
{
    TRY(partition_writer_add(p, batch, error));
    return settle(w, p, error);
}

static enum status add_shares(struct table_writer *w, const struct cut *cut, struct batch *batch,
                              struct error *error)
{
    for (uint32_t s = 0; s < cut->n_shares; s++) {
        const struct share *share = &cut->shares[s];
        struct batch *part = NULL;
        if (share->rows == batch->length)
            return add_whole(w, share->partition, batch, error);
        const uint32_t *rows = cut->rows + (share->at - share->rows);
        TRY(take_rows(w, batch, rows, share->rows, &part, error));
        enum status status = add_whole(w, share->partition, part, error);
        batch_unref(part);
        TRY(status);
    }
    return STATUS_OK;
}

static enum status cut_batch(struct table_writer *w, struct batch *batch,
                             struct column *const *columns, struct error *error)
{
    size_t n = batch->length;
    struct cut cut = {0};
    arena_reset(&w->scratch);
    w->marks.length = 0;
    TRY(bytes_reserve(&w->marks, 2 * n * sizeof(uint32_t), error));
    cut.marks = (uint32_t *)(void *)w->marks.data;
    cut.rows = cut.marks + n;
    cut.shares = ARENA_ARRAY(&w->scratch, struct share, MIN(n, (size_t)PARTITIONS_MAX + 1));
    TRY(arena_check(&w->scratch, error));
    if (!cut.shares)
        return error_no_memory(error, n * sizeof(struct share), owner);
    TRY(mark_rows(w, &cut, columns, n, error));
    return add_shares(w, &cut, batch, error);
}

static void columns_release(const struct table_writer *w, struct column **columns)
{
    for (uint32_t i = 0; i < w->env.table->n_partitions; i++)
        column_unref(columns[i]);
}

/* ---- Batches ---- */

static enum status gather(struct table_writer *w, struct batch *batch, struct error *error)
{
    if (w->n_gathered == w->gathered_capacity) {
        size_t more = MAX(w->gathered_capacity * 2, (size_t)16);
        TRY(block_grow((void **)&w->gathered, w->gathered_capacity * sizeof *w->gathered,
                       more * sizeof *w->gathered, w->env.context->budget, owner, error));
        w->gathered_capacity = more;
    }
    w->gathered[w->n_gathered++] = batch_ref(batch);
    w->gathered_rows += batch->length;
    return STATUS_OK;
}

/* One batch of all that were gathered. */
static enum status join_gathered(struct table_writer *w, struct batch **out, struct error *error)
{
    struct budget *budget = w->env.context->budget;
    uint32_t n = w->env.table->schema.n_fields;
    if (w->n_gathered == 1) {
        *out = batch_ref(w->gathered[0]);
        return STATUS_OK;
    }
    TRY(batch_new(n, w->gathered_rows, 0, budget, out, error));
    void *memory = NULL;
    enum status status =
        block_alloc(&memory, w->n_gathered * sizeof(struct column *), budget, owner, error);
    struct column **parts = memory;
    for (uint32_t c = 0; c < n && status == STATUS_OK; c++) {
        for (size_t i = 0; i < w->n_gathered; i++)
            parts[i] = w->gathered[i]->columns[c];
        status = column_concat(parts, w->n_gathered, budget, &(*out)->columns[c], error);
    }
    block_free(memory, w->n_gathered * sizeof(struct column *), budget);
    if (status != STATUS_OK) {
        batch_unref(*out);
        *out = NULL;
    }
    return status;
}

static enum status cut_gathered(struct table_writer *w, struct error *error)
{
    struct batch *batch = NULL;
    struct column *columns[PARTITION_COLUMNS_MAX] = {0};
    bool is_one;
    if (w->n_gathered == 0)
        return STATUS_OK;
    TRY(join_gathered(w, &batch, error));
    release_gathered(w);
    enum status status = partition_columns(w, batch, columns, &is_one, error);
    if (status == STATUS_OK)
        status = cut_batch(w, batch, columns, error);
    columns_release(w, columns);
    batch_unref(batch);
    return status;
}

static enum status add_partitioned(struct table_writer *w, struct batch *batch, struct error *error)
{
    struct column *columns[PARTITION_COLUMNS_MAX] = {0};
    struct partition_writer *p = NULL;
    bool is_one = false;
    enum status status = partition_columns(w, batch, columns, &is_one, error);
    if (status == STATUS_OK && is_one) {
        status = cut_gathered(w, error);
        if (status == STATUS_OK)
            status = find_partition(w, columns, 0, &p, error);
        if (status == STATUS_OK)
            status = add_whole(w, p, batch, error);
    } else if (status == STATUS_OK) {
        status = gather(w, batch, error);
    }
    columns_release(w, columns);
    TRY(status);
    return w->gathered_rows >= CUT_ROWS ? cut_gathered(w, error) : STATUS_OK;
}

enum status table_writer_add(struct table_writer *w, const struct batch *batch, struct error *error)
{
    struct batch *rows = (struct batch *)batch;
    if (batch->length == 0)
        return STATUS_OK;
    TRY(context_check(w->env.context, error));
    w->rows += batch->length;
    if (w->env.table->n_partitions > 0)
        return add_partitioned(w, rows, error);
    struct partition_writer *p = NULL;
    if (w->n_partitions == 0)
        TRY(add_partition(w, NULL, &p, error));
    return add_whole(w, w->partitions[0], rows, error);
}

static enum status finish(struct table_writer *w, struct error *error)
{
    TRY(cut_gathered(w, error));
    for (size_t i = 0; i < w->n_partitions; i++) {
        struct partition_writer *p = w->partitions[i];
        if (w->options.merge_small)
            TRY(partition_writer_merge(p, error));
        TRY(partition_writer_drain(p, true, error));
        TRY(partition_writer_end_file(p, error));
        TRY(context_check(w->env.context, error));
    }
    return STATUS_OK;
}

enum status table_writer_finish(struct table_writer *w, uint64_t *rows, struct error *error)
{
    enum status status = finish(w, error);
    *rows = w->rows;
    table_writer_abort(w);
    return status;
}
