/* folder_sink.c - rows told apart by their partition, a file sink each.
 *
 *   1. Neighbouring rows mostly share a partition: a row is compared with the one before it first.
 *   2. `open` are the sinks that take rows, the others are whole and wait for their names. */
#include "storage/folder_sink.h"

#include <errno.h>

#include "base/array.h"
#include "base/map.h"
#include "storage/segment.h"
#include "storage/text_value.h"

enum { OPEN_MAX = 100, NAME_MAX_BYTES = 255 };

static const char owner[] = "COPY";

struct folder_part {
    struct file_sink *sink;
    const char *path;
    bool open;
};

struct folder_partition {
    const char *folder;
    ARRAY_OF(struct folder_part) parts;
    uint64_t used;               /* the batch that it had rows in last */
    uint32_t count;              /* rows in the batch at hand */
    ARRAY_OF(const char *) olds; /* files that were there */
};

struct folder_sink {
    const struct context *context;
    struct folder_sink_request request;
    struct arena arena;
    struct schema schema; /* of the files */
    uint32_t *columns;    /* of the rows, one a field of the files */
    struct file_sink_options file;
    struct map by_key; /* the partition's values as bytes */
    ARRAY_OF(struct folder_partition *) partitions;
    ARRAY_OF(const char *) made; /* folders, outer ones first */
    struct bytes key;
    uint32_t n_open;
    uint64_t n_batches, rows;
    bool published;
};

/* ---- opening ---- */

static enum status make_folder(struct folder_sink *sink, const char *path, struct error *error)
{
    struct io *io = sink->context->io;
    struct io_stat st;
    if (io_exists(io, path, &st)) {
        if (st.is_folder)
            return STATUS_OK;
        return error_set(error, STATUS_IO, "this is no folder: %s", path);
    }
    if (io->mkdir(io, path, 0777) != 0 && errno != EEXIST)
        return error_set(error, STATUS_IO, "cannot create the folder %s: %s", path,
                         strerror(errno));
    *ARRAY_PUSH(&sink->arena, &sink->made) = path;
    return arena_check(&sink->arena, error);
}

static bool is_partition_column(const struct folder_sink *sink, uint32_t column)
{
    for (uint32_t i = 0; i < sink->request.n_partition_by; i++)
        if (sink->request.partition_by[i] == column)
            return true;
    return false;
}

static enum status choose_columns(struct folder_sink *sink, struct error *error)
{
    const struct schema *rows = sink->request.schema;
    sink->columns = ARENA_ARRAY(&sink->arena, uint32_t, (size_t)rows->n_fields + 1);
    sink->schema.fields = ARENA_ARRAY(&sink->arena, struct field, (size_t)rows->n_fields + 1);
    TRY(arena_check(&sink->arena, error));
    sink->file.time_column = SEGMENT_NO_COLUMN;
    for (uint32_t c = 0; c < rows->n_fields; c++) {
        if (is_partition_column(sink, c))
            continue;
        if (sink->request.file->time_column == c)
            sink->file.time_column = sink->schema.n_fields;
        sink->columns[sink->schema.n_fields] = c;
        sink->schema.fields[sink->schema.n_fields++] = rows->fields[c];
    }
    for (uint32_t i = 0; i < sink->request.n_partition_by; i++) {
        const char *name = rows->fields[sink->request.partition_by[i]].name;
        if (!*name || strpbrk(name, "/=%") || strlen(name) > NAME_MAX_BYTES / 2)
            return error_set(error, STATUS_NAME, "this column cannot name a folder: %s", name);
    }
    return STATUS_OK;
}

/* The folder without slashes at its end. */
static enum status open_root(struct folder_sink *sink, struct error *error)
{
    size_t length = strlen(sink->request.path);
    if (length == 0)
        return error_set(error, STATUS_IO, "the path is empty");
    while (length > 1 && sink->request.path[length - 1] == '/')
        length--;
    sink->request.path = arena_strndup(&sink->arena, sink->request.path, length);
    TRY(arena_check(&sink->arena, error));
    return make_folder(sink, sink->request.path, error);
}

enum status folder_sink_open(const struct context *context,
                             const struct folder_sink_request *request, struct folder_sink **out,
                             struct error *error)
{
    void *memory;
    *out = NULL;
    TRY(block_alloc(&memory, sizeof(struct folder_sink), context->budget, owner, error));
    struct folder_sink *sink = memory;
    sink->context = context;
    sink->request = *request;
    sink->file = *request->file;
    bytes_init(&sink->key, context->budget, owner);
    enum status status = arena_init(&sink->arena, error);
    if (status != STATUS_OK) {
        block_free(sink, sizeof *sink, context->budget);
        return status;
    }
    map_init(&sink->by_key, &sink->arena, false);
    TRY_OUT(choose_columns(sink, error));
    status = open_root(sink, error);
out:
    if (status == STATUS_OK)
        *out = sink;
    else
        folder_sink_close(sink);
    return status;
}

/* ---- partitions ---- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '+' || c == ',' || c == '@' || (uint8_t)c >= 0x80;
}

static void put_escaped(struct strbuf *out, const char *data, size_t length)
{
    bool dots = length <= 2 && length > 0 && data[0] == '.' && data[length - 1] == '.';
    for (size_t i = 0; i < length; i++)
        if (is_plain(data[i]) && !dots)
            strbuf_putc(out, data[i]);
        else
            strbuf_printf(out, "%%%02X", (uint8_t)data[i]);
}

/* "a=1", for column i of PARTITION_BY at the row. */
static enum status put_name(struct folder_sink *sink, const struct batch *batch, uint32_t i,
                            size_t row, struct strbuf *out, struct error *error)
{
    uint32_t c = sink->request.partition_by[i];
    const char *name = sink->request.schema->fields[c].name;
    char value[TEXT_VALUE_SIZE * 2];
    struct text_cell cell;
    size_t start = out->length;
    text_cell_init(&cell, batch->columns[c], false, sink->file.text.zone);
    strbuf_puts(out, name);
    strbuf_putc(out, '=');
    size_t index = text_cell_index(&cell, row);
    if (text_cell_is_null(&cell, row)) {
        strbuf_puts(out, "__HIVE_DEFAULT_PARTITION__");
    } else if (cell.is_text) {
        const struct text *text = (const struct text *)cell.values + index;
        put_escaped(out, text_data(text), MIN(text->length, (uint32_t)NAME_MAX_BYTES + 1));
    } else {
        put_escaped(out, value, text_cell_format(&cell, index, value));
    }
    if (out->length - start > NAME_MAX_BYTES)
        return error_set(error, STATUS_VALUE, "a value of %s is too long for the name of a folder",
                         name);
    return STATUS_OK;
}

/* What is in the folder that will take files: refused, or remembered to be removed. */
static enum status look_into(struct folder_sink *sink, struct folder_partition *partition,
                             struct error *error)
{
    struct io_entry *entries;
    size_t n;
    TRY(io_list(sink->context->io, partition->folder, &sink->arena, &entries, &n, error));
    for (size_t i = 0; i < n; i++) {
        if (strncmp(entries[i].name, ".weir-", 6) == 0) /* somebody is writing, or died */
            continue;
        if (!sink->request.overwrite) {
            enum status status =
                error_set(error, STATUS_IO, "the folder is not empty: %s", partition->folder);
            error_hint(error, "(OVERWRITE true) replaces the files in it");
            return status;
        }
        if (entries[i].is_regular)
            *ARRAY_PUSH(&sink->arena, &partition->olds) =
                arena_printf(&sink->arena, "%s/%s", partition->folder, entries[i].name);
    }
    return arena_check(&sink->arena, error);
}

static enum status new_partition(struct folder_sink *sink, const struct batch *batch, size_t row,
                                 struct folder_partition **out, struct error *error)
{
    struct strbuf path;
    struct folder_partition *partition = ARENA_NEW(&sink->arena, struct folder_partition);
    char *key = arena_strndup(&sink->arena, sink->key.data, sink->key.length);
    TRY(arena_check(&sink->arena, error));
    if (sink->partitions.count == FOLDER_PARTITIONS_MAX)
        return error_set(error, STATUS_LIMIT, "more than %d partitions", FOLDER_PARTITIONS_MAX);
    strbuf_init(&path, &sink->arena);
    strbuf_puts(&path, sink->request.path);
    for (uint32_t i = 0; i < sink->request.n_partition_by; i++) {
        strbuf_putc(&path, '/');
        TRY(put_name(sink, batch, i, row, &path, error));
        TRY(arena_check(&sink->arena, error));
        partition->folder = arena_strndup(&sink->arena, path.data, path.length);
        TRY(arena_check(&sink->arena, error));
        TRY(make_folder(sink, partition->folder, error));
    }
    TRY(look_into(sink, partition, error));
    *ARRAY_PUSH(&sink->arena, &sink->partitions) = partition;
    map_put(&sink->by_key, (struct str){key, sink->key.length}, partition);
    *out = partition;
    return arena_check(&sink->arena, error);
}

/* The partition's values as bytes that tell them apart. */
static enum status make_key(struct folder_sink *sink, const struct batch *batch, size_t row,
                            struct error *error)
{
    struct bytes *key = &sink->key;
    key->length = 0;
    for (uint32_t i = 0; i < sink->request.n_partition_by; i++) {
        struct text_cell cell;
        char value[TEXT_VALUE_SIZE * 2];
        text_cell_init(&cell, batch->columns[sink->request.partition_by[i]], false,
                       sink->file.text.zone);
        size_t index = text_cell_index(&cell, row), length = 0;
        const char *data = value;
        bool is_null = text_cell_is_null(&cell, row);
        if (!is_null && cell.is_text) {
            const struct text *text = (const struct text *)cell.values + index;
            data = text_data(text);
            length = text->length;
        } else if (!is_null) {
            length = text_cell_format(&cell, index, value);
        }
        uint64_t head = (uint64_t)length * 2 + is_null;
        TRY(bytes_append(key, &head, sizeof head, error));
        TRY(bytes_append(key, data, length, error));
    }
    return STATUS_OK;
}

static bool is_same(const struct folder_sink *sink, const struct batch *batch, size_t row)
{
    for (uint32_t i = 0; i < sink->request.n_partition_by; i++) {
        const struct column *column = batch->columns[sink->request.partition_by[i]];
        if (!column_is_constant(column) && column_compare(column, row - 1, column, row) != 0)
            return false;
    }
    return true;
}

static enum status find_partition(struct folder_sink *sink, const struct batch *batch, size_t row,
                                  struct folder_partition **out, struct error *error)
{
    TRY(make_key(sink, batch, row, error));
    *out = map_get(&sink->by_key, (struct str){sink->key.data, sink->key.length});
    return *out ? STATUS_OK : new_partition(sink, batch, row, out, error);
}

/* ---- rows ---- */

static enum status close_part(struct folder_sink *sink, struct folder_partition *partition,
                              struct error *error)
{
    struct folder_part *part = &partition->parts.items[partition->parts.count - 1];
    part->open = false;
    sink->n_open--;
    return file_sink_finish(part->sink, error);
}

static bool is_open(const struct folder_partition *partition)
{
    return partition->parts.count > 0 && partition->parts.items[partition->parts.count - 1].open;
}

/* Makes the file whole whose partition had no rows for the longest time. */
static enum status close_oldest(struct folder_sink *sink, struct error *error)
{
    struct folder_partition *oldest = NULL;
    for (size_t i = 0; i < sink->partitions.count; i++) {
        struct folder_partition *p = sink->partitions.items[i];
        if (is_open(p) && (!oldest || p->used < oldest->used))
            oldest = p;
    }
    return oldest ? close_part(sink, oldest, error) : STATUS_OK;
}

static enum status open_part(struct folder_sink *sink, struct folder_partition *partition,
                             struct error *error)
{
    const struct budget *budget = sink->context->budget;
    bool short_of_memory = budget->limit != SIZE_MAX &&
                           budget_used(budget) > budget->limit / 4 * 3 && sink->n_open > 1;
    if (sink->n_open >= OPEN_MAX || short_of_memory)
        TRY(close_oldest(sink, error));
    struct folder_part *part = ARRAY_PUSH(&sink->arena, &partition->parts);
    part->path =
        arena_printf(&sink->arena, "%s/part-%zu%s", partition->folder, partition->parts.count - 1,
                     file_format_extension(sink->file.format, sink->file.compression));
    TRY(arena_check(&sink->arena, error));
    TRY(file_sink_open(sink->context, part->path, &sink->schema, &sink->file, &part->sink, error));
    part->open = true;
    sink->n_open++;
    return STATUS_OK;
}

/* Takes nothing; the rows of `batch` that are listed, or all of them, go to the partition's file. */
static enum status add_rows(struct folder_sink *sink, struct folder_partition *partition,
                            struct batch *batch, const uint32_t *rows, size_t n,
                            struct error *error)
{
    struct batch *taken = batch;
    partition->used = sink->n_batches;
    if (!is_open(partition))
        TRY(open_part(sink, partition, error));
    if (n < batch->length)
        TRY(batch_take(batch, rows, n, &taken, error));
    enum status status =
        file_sink_add(partition->parts.items[partition->parts.count - 1].sink, taken, error);
    if (taken != batch)
        batch_unref(taken);
    return status;
}

/* The partition of each row, and how many rows each has. */
static enum status tell_apart(struct folder_sink *sink, const struct batch *batch,
                              struct folder_partition **of_row, struct error *error)
{
    for (size_t i = 0; i < sink->partitions.count; i++)
        sink->partitions.items[i]->count = 0;
    for (size_t row = 0; row < batch->length; row++) {
        if (row > 0 && is_same(sink, batch, row))
            of_row[row] = of_row[row - 1];
        else
            TRY(find_partition(sink, batch, row, &of_row[row], error));
        of_row[row]->count++;
    }
    return STATUS_OK;
}

static enum status add_batch(struct folder_sink *sink, struct batch *files,
                             struct folder_partition **of_row, uint32_t *rows, struct error *error)
{
    for (size_t i = 0; i < files->length; i++) {
        struct folder_partition *partition = of_row[i];
        uint32_t n = 0;
        if (partition->count == 0) /* done */
            continue;
        for (size_t row = i; n < partition->count && partition->count < files->length; row++)
            if (of_row[row] == partition)
                rows[n++] = (uint32_t)row;
        n = partition->count;
        partition->count = 0;
        TRY(add_rows(sink, partition, files, rows, n, error));
    }
    return STATUS_OK;
}

enum status folder_sink_add(struct folder_sink *sink, struct batch *batch, struct error *error)
{
    struct budget *budget = sink->context->budget;
    struct batch *files = NULL;
    struct folder_partition **of_row = NULL;
    uint32_t *rows = NULL;
    size_t n = batch->length;
    sink->n_batches++;
    sink->rows += n;
    if (n == 0)
        return STATUS_OK;
    enum status status;
    TRY_OUT(block_alloc((void **)&of_row, n * sizeof *of_row, budget, owner, error));
    TRY_OUT(block_alloc((void **)&rows, n * sizeof *rows, budget, owner, error));
    TRY_OUT(tell_apart(sink, batch, of_row, error));
    TRY_OUT(batch_new(sink->schema.n_fields, n, batch->morsel, budget, &files, error));
    for (uint32_t c = 0; c < sink->schema.n_fields; c++)
        files->columns[c] = column_ref(batch->columns[sink->columns[c]]);
    status = add_batch(sink, files, of_row, rows, error);
out:
    batch_unref(files);
    block_free(rows, n * sizeof *rows, budget);
    block_free(of_row, n * sizeof *of_row, budget);
    return status;
}

/* ---- the end ---- */

enum status folder_sink_finish(struct folder_sink *sink, struct error *error)
{
    for (size_t i = 0; i < sink->partitions.count; i++)
        if (is_open(sink->partitions.items[i]))
            TRY(close_part(sink, sink->partitions.items[i], error));
    return STATUS_OK;
}

static bool is_new(const struct folder_partition *partition, const char *path)
{
    for (size_t i = 0; i < partition->parts.count; i++)
        if (strcmp(partition->parts.items[i].path, path) == 0)
            return true;
    return false;
}

static enum status publish_partition(struct folder_sink *sink,
                                     const struct folder_partition *partition, struct error *error)
{
    struct io *io = sink->context->io;
    for (size_t i = 0; i < partition->parts.count; i++)
        TRY(file_sink_publish(partition->parts.items[i].sink, false, error));
    for (size_t i = 0; i < partition->olds.count; i++)
        if (!is_new(partition, partition->olds.items[i]) &&
            io->unlink(io, partition->olds.items[i]) != 0 && errno != ENOENT)
            return error_set(error, STATUS_IO, "cannot remove %s: %s", partition->olds.items[i],
                             strerror(errno));
    return io_fsync_folder(io, partition->folder, error);
}

enum status folder_sink_publish(struct folder_sink *sink, struct error *error)
{
    struct io *io = sink->context->io;
    sink->published = true;
    for (size_t i = 0; i < sink->partitions.count; i++)
        TRY(publish_partition(sink, sink->partitions.items[i], error));
    for (size_t i = 0; i < sink->made.count; i++) {
        const char *slash = strrchr(sink->made.items[i], '/');
        size_t length = slash ? (size_t)(slash - sink->made.items[i]) : 0;
        const char *parent = !slash ? "."
                             : length == 0
                                 ? "/"
                                 : arena_strndup(&sink->arena, sink->made.items[i], length);
        TRY(arena_check(&sink->arena, error));
        TRY(io_fsync_folder(io, parent, error));
    }
    return STATUS_OK;
}

uint64_t folder_sink_rows(const struct folder_sink *sink)
{
    return sink->rows;
}

void folder_sink_close(struct folder_sink *sink)
{
    if (!sink)
        return;
    struct io *io = sink->context->io;
    struct budget *budget = sink->context->budget;
    for (size_t i = 0; i < sink->partitions.count; i++)
        for (size_t k = 0; k < sink->partitions.items[i]->parts.count; k++)
            file_sink_close(sink->partitions.items[i]->parts.items[k].sink);
    for (size_t i = sink->made.count; !sink->published && i > 0; i--)
        (void)io->rmdir(io, sink->made.items[i - 1]);
    bytes_fini(&sink->key);
    arena_fini(&sink->arena);
    block_free(sink, sizeof *sink, budget);
}
