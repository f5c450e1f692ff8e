/* text_range.c - the byte ranges of the files that a source reads, for those who remember what they have read. */
#include <limits.h>
#include <stdlib.h>

#include "storage/database.h"
#include "storage/text_int.h"

struct text_facts text_source_facts(const struct source *base)
{
    const struct text_source *source = (const struct text_source *)base;
    struct text_facts facts = {0};
    if (source->format == TEXT_FORMAT_CSV && source->dialect_known)
        facts = (struct text_facts){source->dialect.header, source->dialect.n_columns};
    return facts;
}

const char *text_range_path(struct arena *arena, const char *path)
{
    char found[PATH_MAX];
    return arena_strdup(arena, realpath(path, found) ? found : path);
}

enum status text_range_list(struct source *base, const struct context *context, struct arena *arena,
                            struct source_range **out, uint32_t *n, struct error *error)
{
    struct text_source *source = (struct text_source *)base;
    TRY(text_hive_list(source, NULL, context, error));
    *out = ARENA_ARRAY(arena, struct source_range, source->n_files + 1);
    *n = 0;
    TRY(arena_check(arena, error));
    for (uint32_t f = 0; f < source->n_files; f++) {
        const struct text_file *file = &source->files[f];
        if (file->is_stream)
            continue;
        (*out)[(*n)++] = (struct source_range){.path = text_range_path(arena, file->path),
                                               .device = file->device,
                                               .inode = file->inode,
                                               .modified_ns = file->modified_ns,
                                               .from = file->begin,
                                               .to = file->size};
    }
    return arena_check(arena, error);
}

static struct text_file *file_of_range(struct text_source *source, uint32_t range)
{
    for (uint32_t f = 0; f < source->n_files; f++)
        if (!source->files[f].is_stream && range-- == 0)
            return &source->files[f];
    return NULL;
}

/* Whether the file can be read from its middle. */
static enum status check_kind(const struct text_source *source, const struct text_file *file,
                              const struct context *context, struct error *error)
{
    struct text_head head;
    TRY(text_state_read_head(source, file, context, 4096, &head, error));
    bool is_array =
        source->format == TEXT_FORMAT_JSONL && text_state_is_array(head.data, head.length);
    enum status status = STATUS_OK;
    if (head.is_compressed || is_array) {
        status = error_set(error, STATUS_UNSUPPORTED, "%s cannot be read from its middle: %s",
                           head.is_compressed ? "a compressed file" : "a JSON array", file->path);
        error_hint(error, "it is read as a whole or not at all");
    }
    buffer_unref(head.buffer);
    return status;
}

/* A line that was the last without a newline may have got one since: the rest begins behind it. */
static enum status check_line_start(const struct text_file *file, const struct context *context,
                                    uint64_t *from, struct error *error)
{
    char around[3] = {0};
    int fd;
    size_t got = 0;
    TRY(io_open_read(context->io, file->path, &fd, error));
    enum status status =
        io_pread(context->io, fd, file->path, around, sizeof(around), *from - 1, &got, error);
    io_close_quietly(context->io, fd);
    TRY(status);
    if (got > 0 && around[0] == '\n')
        return STATUS_OK;
    if (got > 1 && around[1] == '\n') {
        *from += 1;
        return STATUS_OK;
    }
    if (got > 2 && around[1] == '\r' && around[2] == '\n') {
        *from += 2;
        return STATUS_OK;
    }
    return error_set(error, STATUS_DATA, "byte %llu is within a line: %s",
                     (unsigned long long)*from, file->path);
}

enum status text_range_begin_at(struct source *base, const struct context *context, uint32_t range,
                                uint64_t from, struct error *error)
{
    struct text_source *source = (struct text_source *)base;
    struct text_file *file = file_of_range(source, range);
    assert(file);
    if (from > file->size) {
        enum status status =
            error_set(error, STATUS_DATA, "%s has %llu bytes, reading was to begin at byte %llu",
                      file->path, (unsigned long long)file->size, (unsigned long long)from);
        error_hint(error, "the file is shorter than it was, or another one");
        return status;
    }
    if (from > 0 && from < file->size) {
        TRY(check_kind(source, file, context, error));
        TRY(check_line_start(file, context, &from, error));
    }
    file->begin = from;
    return STATUS_OK;
}
