/* text_output.c - one file: bytes through a library if they are to be compressed, out through the io table. */
#include "storage/text_output.h"

#include <lz4frame.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buffer.h"

enum { OUTPUT_SIZE = 256 * 1024, INPUT_STEP = 64 * 1024, GZIP_WINDOW = 15 + 16, ZSTD_LEVEL = 3 };

struct text_output {
    const char *shown;
    const struct context *context;
    struct budget *budget; /* that the block was charged to */
    int fd;
    bool is_stdout, begun;
    enum text_compression compression;
    z_stream gzip;
    ZSTD_CStream *zstd;
    LZ4F_cctx *lz4;
    unsigned char bytes[OUTPUT_SIZE];
};

static enum status library_failed(struct text_output *output, const char *reason,
                                  struct error *error)
{
    return error_set(error, STATUS_MEMORY, "cannot compress %s: %s", output->shown, reason);
}

static enum status put(struct text_output *output, const void *data, size_t size,
                       struct error *error)
{
    return io_write(output->context->io, output->fd, output->shown, data, size, error);
}

/* The library's state; a frame's header is written with the first bytes. */
static enum status begin(struct text_output *output, struct error *error)
{
    output->begun = true;
    if (output->compression == TEXT_GZIP) {
        if (deflateInit2(&output->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            output->begun = false;
            return library_failed(output, "not enough memory", error);
        }
    } else if (output->compression == TEXT_ZSTD) {
        output->zstd = ZSTD_createCStream();
        if (!output->zstd || ZSTD_isError(ZSTD_initCStream(output->zstd, ZSTD_LEVEL)))
            return library_failed(output, "not enough memory", error);
    } else if (output->compression == TEXT_LZ4) {
        if (LZ4F_isError(LZ4F_createCompressionContext(&output->lz4, LZ4F_VERSION)))
            return library_failed(output, "not enough memory", error);
        size_t n = LZ4F_compressBegin(output->lz4, output->bytes, OUTPUT_SIZE, NULL);
        if (LZ4F_isError(n))
            return library_failed(output, LZ4F_getErrorName(n), error);
        return put(output, output->bytes, n, error);
    }
    return STATUS_OK;
}

enum status text_output_open(const char *path, const char *shown, enum text_compression compression,
                             const struct context *context, struct text_output **out,
                             struct error *error)
{
    void *memory;
    *out = NULL;
    TRY(block_alloc(&memory, sizeof(struct text_output), context->budget, "COPY", error));
    struct text_output *output = memory;
    output->context = context;
    output->budget = context->budget;
    output->shown = shown;
    output->compression = compression;
    output->is_stdout = strcmp(path, "-") == 0;
    output->fd = STDOUT_FILENO;
    enum status status = STATUS_OK;
    if (!output->is_stdout)
        status = io_open_write(context->io, path, &output->fd, error);
    if (status != STATUS_OK) {
        block_free(output, sizeof *output, output->budget);
        return status;
    }
    status = begin(output, error);
    if (status != STATUS_OK) {
        text_output_close(output);
        return status;
    }
    *out = output;
    return STATUS_OK;
}

static enum status write_gzip(struct text_output *output, const void *data, size_t size, bool end,
                              struct error *error)
{
    z_stream *z = &output->gzip;
    z->next_in = (unsigned char *)data;
    z->avail_in = (uInt)size;
    for (;;) {
        z->next_out = output->bytes;
        z->avail_out = OUTPUT_SIZE;
        int result = deflate(z, end ? Z_FINISH : Z_NO_FLUSH);
        if (result == Z_STREAM_ERROR)
            return library_failed(output, "zlib is in disorder", error);
        TRY(put(output, output->bytes, OUTPUT_SIZE - z->avail_out, error));
        if (z->avail_out > 0 && (!end || result == Z_STREAM_END))
            return STATUS_OK;
    }
}

static enum status write_zstd(struct text_output *output, const void *data, size_t size, bool end,
                              struct error *error)
{
    ZSTD_inBuffer in = {data, size, 0};
    for (;;) {
        ZSTD_outBuffer out = {output->bytes, OUTPUT_SIZE, 0};
        size_t left =
            ZSTD_compressStream2(output->zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return library_failed(output, ZSTD_getErrorName(left), error);
        TRY(put(output, output->bytes, out.pos, error));
        if (end ? left == 0 : in.pos == in.size)
            return STATUS_OK;
    }
}

static enum status write_lz4(struct text_output *output, const void *data, size_t size, bool end,
                             struct error *error)
{
    const char *at = data;
    size_t n = 0;
    static_assert(OUTPUT_SIZE > INPUT_STEP * 3, "room for a step and what was held back");
    for (; size > 0; at += n) {
        n = MIN(size, (size_t)INPUT_STEP);
        size_t made = LZ4F_compressUpdate(output->lz4, output->bytes, OUTPUT_SIZE, at, n, NULL);
        if (LZ4F_isError(made))
            return library_failed(output, LZ4F_getErrorName(made), error);
        TRY(put(output, output->bytes, made, error));
        size -= n;
    }
    if (!end)
        return STATUS_OK;
    size_t made = LZ4F_compressEnd(output->lz4, output->bytes, OUTPUT_SIZE, NULL);
    if (LZ4F_isError(made))
        return library_failed(output, LZ4F_getErrorName(made), error);
    return put(output, output->bytes, made, error);
}

static enum status write_some(struct text_output *output, const void *data, size_t size, bool end,
                              struct error *error)
{
    switch (output->compression) {
    case TEXT_PLAIN:
        return put(output, data, size, error);
    case TEXT_GZIP:
        return write_gzip(output, data, size, end, error);
    case TEXT_ZSTD:
        return write_zstd(output, data, size, end, error);
    case TEXT_LZ4:
        return write_lz4(output, data, size, end, error);
    }
    return STATUS_OK;
}

enum status text_output_write(struct text_output *output, const void *data, size_t size,
                              struct error *error)
{
    const char *at = data;
    while (size > 0) {
        size_t n = MIN(size, (size_t)1 << 30);
        TRY(write_some(output, at, n, false, error));
        at += n;
        size -= n;
    }
    return STATUS_OK;
}

enum status text_output_finish(struct text_output *output, bool sync, struct error *error)
{
    struct io *io = output->context->io;
    TRY(write_some(output, NULL, 0, true, error));
    if (output->is_stdout)
        return STATUS_OK;
    if (sync)
        TRY(io_fsync(io, output->fd, output->shown, error));
    int fd = output->fd;
    output->fd = -1;
    return io_close(io, fd, output->shown, error);
}

void text_output_close(struct text_output *output)
{
    if (!output)
        return;
    if (output->compression == TEXT_GZIP && output->begun)
        deflateEnd(&output->gzip);
    ZSTD_freeCStream(output->zstd);
    if (output->lz4)
        LZ4F_freeCompressionContext(output->lz4);
    if (!output->is_stdout)
        io_close_quietly(output->context->io, output->fd);
    block_free(output, sizeof *output, output->budget);
}
