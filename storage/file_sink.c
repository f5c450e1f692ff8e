/* file_sink.c - a file written beside its place, and named when it is whole. */
#include "storage/file_sink.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "storage/segment_write.h"
#include "storage/text_output.h"

enum { FLUSH_SIZE = 256 * 1024 };

struct file_sink {
    const struct context *context;
    const struct schema *schema;
    const struct file_sink_options *options;
    struct arena arena;
    const char *path, *shown;
    const char *written; /* the name that the file has until it is published; `path` if in place */
    bool in_place, exists, published;
    uint64_t rows;
    const struct str *keys; /* JSON lines */
    struct bytes bytes;
    struct text_output *output;
    struct segment_writer *writer;
};

/* ---- names ---- */

static const struct {
    const char *extension;
    enum file_format format;
    char delimiter;
} FORMATS[] = {{".csv", FILE_CSV, ','},      {".tsv", FILE_CSV, '\t'},
               {".jsonl", FILE_JSONL, '\0'}, {".ndjson", FILE_JSONL, '\0'},
               {".json", FILE_JSONL, '\0'},  {".weir", FILE_WEIR, '\0'}};

static const struct {
    const char *extension;
    enum text_compression compression;
} COMPRESSIONS[] = {
    {".gz", TEXT_GZIP}, {".zst", TEXT_ZSTD}, {".zstd", TEXT_ZSTD}, {".lz4", TEXT_LZ4}};

static bool ends_in(struct str path, const char *extension)
{
    size_t n = strlen(extension);
    struct str end = {path.data + (path.length - MIN(n, path.length)), MIN(n, path.length)};
    return path.length > n && str_is(end, extension);
}

bool file_format_of(struct str path, enum file_format *format, enum text_compression *compression,
                    char *delimiter)
{
    *compression = TEXT_PLAIN;
    for (size_t i = 0; i < ARRAY_LENGTH(COMPRESSIONS); i++)
        if (ends_in(path, COMPRESSIONS[i].extension)) {
            *compression = COMPRESSIONS[i].compression;
            path.length -= strlen(COMPRESSIONS[i].extension);
            break;
        }
    for (size_t i = 0; i < ARRAY_LENGTH(FORMATS); i++)
        if (ends_in(path, FORMATS[i].extension)) {
            *format = FORMATS[i].format;
            *delimiter = FORMATS[i].delimiter;
            return true;
        }
    return false;
}

const char *file_format_extension(enum file_format format, enum text_compression compression)
{
    static const char *const NAMES[3][4] = {
        [FILE_CSV] = {".csv", ".csv.gz", ".csv.zst", ".csv.lz4"},
        [FILE_JSONL] = {".jsonl", ".jsonl.gz", ".jsonl.zst", ".jsonl.lz4"},
        [FILE_WEIR] = {".weir", ".weir", ".weir", ".weir"}};
    return NAMES[format][compression];
}

/* ".weir-<process>-<moment>.part" in the folder of `path`. */
static const char *name_beside(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return arena_printf(arena, "%.*s.weir-%ld-%llx.part", slash ? (int)(slash + 1 - path) : 0, path,
                        (long)getpid(), (unsigned long long)clock_monotonic_ns());
}

/* ---- opening ---- */

static enum status look_at_place(struct file_sink *sink, struct error *error)
{
    struct io_stat st;
    struct io *io = sink->context->io;
    size_t length = strlen(sink->path);
    if (strcmp(sink->path, "-") == 0) {
        sink->in_place = true;
        sink->shown = "standard output";
        return STATUS_OK;
    }
    sink->exists = io_exists(io, sink->path, &st);
    if (length == 0)
        return error_set(error, STATUS_IO, "the path is empty");
    if ((sink->exists && st.is_folder) || sink->path[length - 1] == '/') {
        enum status status = error_set(error, STATUS_IO, "this is a folder: %s", sink->path);
        error_hint(error, "name a file in it, or PARTITION_BY (column) for a folder of files");
        return status;
    }
    sink->in_place = sink->exists && !st.is_regular;
    return STATUS_OK;
}

/* Errors name where the file is written; the user named another place. */
static enum status rename_in_error(struct file_sink *sink, enum status status, struct error *error)
{
    char *at = status == STATUS_OK ? NULL : strstr(error->message, sink->written);
    size_t old = strlen(sink->written), new = strlen(sink->path);
    if (!at || sink->in_place || strlen(error->message) - old + new >= sizeof error->message)
        return status;
    memmove(at + new, at + old, strlen(at + old) + 1);
    memcpy(at, sink->path, new);
    return status;
}

static enum status open_text(struct file_sink *sink, struct error *error)
{
    const struct file_sink_options *options = sink->options;
    if (options->format == FILE_JSONL) {
        sink->keys = jsonl_write_keys(&sink->arena, sink->schema);
        TRY(arena_check(&sink->arena, error));
    }
    TRY(rename_in_error(sink,
                        text_output_open(sink->written, sink->shown, options->compression,
                                         sink->context, &sink->output, error),
                        error));
    if (options->format == FILE_CSV && options->header)
        TRY(csv_write_header(sink->schema, &options->text, &sink->bytes, error));
    return STATUS_OK;
}

static enum status open_segment(struct file_sink *sink, struct error *error)
{
    struct segment_write_options options = {.compression = sink->options->packing,
                                            .time_column = sink->options->time_column};
    if (sink->in_place)
        return error_set(error, STATUS_IO, "a data file must be a regular file, not %s",
                         sink->shown);
    return rename_in_error(sink,
                           segment_writer_open(sink->context, sink->written, sink->schema, &options,
                                               &sink->writer, error),
                           error);
}

enum status file_sink_open(const struct context *context, const char *path,
                           const struct schema *schema, const struct file_sink_options *options,
                           struct file_sink **out, struct error *error)
{
    void *memory;
    *out = NULL;
    TRY(block_alloc(&memory, sizeof(struct file_sink), context->budget, "COPY", error));
    struct file_sink *sink = memory;
    sink->context = context;
    sink->schema = schema;
    sink->options = options;
    sink->path = sink->shown = path;
    bytes_init(&sink->bytes, context->budget, "COPY");
    enum status status = arena_init(&sink->arena, error);
    if (status != STATUS_OK) {
        block_free(sink, sizeof *sink, context->budget);
        return status;
    }
    TRY_OUT(look_at_place(sink, error));
    sink->written = sink->in_place ? path : name_beside(&sink->arena, path);
    TRY_OUT(arena_check(&sink->arena, error));
    status = options->format == FILE_WEIR ? open_segment(sink, error) : open_text(sink, error);
out:
    if (status == STATUS_OK)
        *out = sink;
    else
        file_sink_close(sink);
    return status;
}

/* ---- rows ---- */

static enum status flush(struct file_sink *sink, struct error *error)
{
    TRY(text_output_write(sink->output, sink->bytes.data, sink->bytes.length, error));
    sink->bytes.length = 0;
    return STATUS_OK;
}

static enum status add_segment(struct file_sink *sink, struct batch *batch, struct error *error)
{
    struct batch *rows = batch;
    uint32_t n = sink->schema->n_fields;
    if (batch->n_columns > n) { /* sort keys behind what is seen */
        TRY(batch_new(n, batch->length, batch->morsel, sink->context->budget, &rows, error));
        for (uint32_t c = 0; c < n; c++)
            rows->columns[c] = column_ref(batch->columns[c]);
    }
    enum status status = segment_writer_add(sink->writer, rows, error);
    if (rows != batch)
        batch_unref(rows);
    return rename_in_error(sink, status, error);
}

enum status file_sink_add(struct file_sink *sink, struct batch *batch, struct error *error)
{
    const struct text_write_options *text = &sink->options->text;
    TRY(context_check(sink->context, error));
    sink->rows += batch->length;
    if (sink->options->format == FILE_WEIR)
        return add_segment(sink, batch, error);
    if (sink->options->format == FILE_CSV)
        TRY(csv_write_batch(sink->schema, text, batch, &sink->bytes, error));
    else
        TRY(jsonl_write_batch(sink->schema, sink->keys, text, batch, &sink->bytes, error));
    return sink->bytes.length >= FLUSH_SIZE ? flush(sink, error) : STATUS_OK;
}

enum status file_sink_finish(struct file_sink *sink, struct error *error)
{
    if (sink->options->format == FILE_WEIR) {
        struct segment_summary summary;
        struct segment_writer *writer = sink->writer;
        sink->writer = NULL;
        return rename_in_error(sink, segment_writer_finish(writer, &sink->arena, &summary, error),
                               error);
    }
    TRY(flush(sink, error));
    bytes_fini(&sink->bytes);
    bytes_init(&sink->bytes, sink->context->budget, "COPY");
    TRY(text_output_finish(sink->output, !sink->in_place, error));
    text_output_close(sink->output);
    sink->output = NULL;
    return STATUS_OK;
}

enum status file_sink_publish(struct file_sink *sink, bool sync_folder, struct error *error)
{
    struct io *io = sink->context->io;
    if (sink->in_place) {
        sink->published = true;
        return STATUS_OK;
    }
    if (io->rename(io, sink->written, sink->path) != 0)
        return error_set(error, STATUS_IO, "cannot create %s: %s", sink->path, strerror(errno));
    sink->published = true;
    if (!sync_folder)
        return STATUS_OK;
    const char *slash = strrchr(sink->path, '/');
    const char *folder = slash ? arena_strndup(&sink->arena, sink->path,
                                               (size_t)(slash + (slash == sink->path) - sink->path))
                               : ".";
    TRY(arena_check(&sink->arena, error));
    return io_fsync_folder(io, folder, error);
}

uint64_t file_sink_rows(const struct file_sink *sink)
{
    return sink->rows;
}

void file_sink_close(struct file_sink *sink)
{
    if (!sink)
        return;
    struct io *io = sink->context->io;
    struct budget *budget = sink->context->budget;
    if (sink->writer)
        segment_writer_abort(sink->writer);
    text_output_close(sink->output);
    if (!sink->published && !sink->in_place && sink->written)
        (void)io->unlink(io, sink->written);
    bytes_fini(&sink->bytes);
    arena_fini(&sink->arena);
    block_free(sink, sizeof *sink, budget);
}
