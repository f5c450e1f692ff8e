/* text_input.c - one file, one stream: bytes in through the io table, through a library if they are compressed.
 *
 * A file may hold several compressed members or frames one after another; they are read as one text. Zeros after a
 * gzip member are padding, anything else there is damage. */
#include "storage/text_input.h"

#include <lz4frame.h>
#include <poll.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buffer.h"

enum { INPUT_SIZE = 64 * 1024, WAIT_MS = 50 };

struct text_input {
    const char *path, *shown;
    const struct context *context;
    struct budget *budget; /* that the block was charged to */
    int fd;
    bool is_stdin, is_regular;
    bool started, at_end;
    enum text_compression compression;
    bool in_member; /* between a member's or frame's first byte and its last */
    uint64_t consumed;
    z_stream gzip;
    ZSTD_DStream *zstd;
    LZ4F_dctx *lz4;
    size_t at, filled;
    unsigned char bytes[INPUT_SIZE];
};

enum text_compression text_compression_of(const void *start, size_t n)
{
    const unsigned char *b = start;
    if (n >= 2 && b[0] == 0x1f && b[1] == 0x8b)
        return TEXT_GZIP;
    if (n >= 4 && b[0] == 0x28 && b[1] == 0xb5 && b[2] == 0x2f && b[3] == 0xfd)
        return TEXT_ZSTD;
    if (n >= 4 && b[0] == 0x04 && b[1] == 0x22 && b[2] == 0x4d && b[3] == 0x18)
        return TEXT_LZ4;
    return TEXT_PLAIN;
}

enum status text_input_open(const char *path, const struct context *context,
                            struct text_input **out, struct error *error)
{
    void *memory;
    *out = NULL;
    TRY(block_alloc(&memory, sizeof(struct text_input), context->budget, "reading a file", error));
    struct text_input *input = memory;
    input->context = context;
    input->budget = context->budget;
    input->path = path;
    input->is_stdin = strcmp(path, "-") == 0;
    input->shown = input->is_stdin ? "standard input" : path;
    input->fd = STDIN_FILENO;
    enum status status = STATUS_OK;
    if (!input->is_stdin)
        status = io_open_read(context->io, path, &input->fd, error);
    if (status != STATUS_OK) {
        block_free(input, sizeof(*input), input->budget);
        return status;
    }
    struct io_stat st = {0};
    if (context->io->fstat(context->io, input->fd, &st) == 0)
        input->is_regular = st.is_regular;
    *out = input;
    return STATUS_OK;
}

void text_input_set_context(struct text_input *input, const struct context *context)
{
    input->context = context;
}

uint64_t text_input_consumed(const struct text_input *input)
{
    return input->consumed;
}

bool text_input_is_compressed(const struct text_input *input)
{
    return input->compression != TEXT_PLAIN;
}

void text_input_close(struct text_input *input)
{
    if (!input)
        return;
    if (input->started && input->compression == TEXT_GZIP)
        inflateEnd(&input->gzip);
    ZSTD_freeDStream(input->zstd);
    if (input->lz4)
        LZ4F_freeDecompressionContext(input->lz4);
    if (!input->is_stdin)
        io_close_quietly(input->context->io, input->fd);
    block_free(input, sizeof(*input), input->budget);
}

static bool wait_readable(struct text_input *input, int timeout_ms)
{
    if (input->is_regular)
        return true;
    struct pollfd p = {.fd = input->fd, .events = POLLIN};
    int n = poll(&p, 1, timeout_ms);
    return n != 0 && !(n < 0);
}

bool text_input_ready(struct text_input *input, int timeout_ms)
{
    if (input->at_end || input->at < input->filled)
        return true;
    return wait_readable(input, timeout_ms);
}

/* Bytes of the file as they lie there, behind what is left in `bytes`. Sets at_end. */
static enum status input_fill(struct text_input *input, void *data, size_t size, size_t *got,
                              struct error *error)
{
    *got = 0;
    if (input->at_end)
        return STATUS_OK;
    while (!wait_readable(input, WAIT_MS))
        TRY(context_check(input->context, error));
    TRY(context_check(input->context, error));
    TRY(io_read(input->context->io, input->fd, input->shown, data, size, got, error));
    input->consumed += *got;
    input->at_end = *got == 0;
    return STATUS_OK;
}

/* The first bytes tell how to go on. */
static enum status input_start(struct text_input *input, struct error *error)
{
    while (input->filled < TEXT_MAGIC_SIZE && !input->at_end) {
        size_t got;
        TRY(input_fill(input, input->bytes + input->filled, INPUT_SIZE - input->filled, &got,
                       error));
        input->filled += got;
        enum text_compression partial = text_compression_of(input->bytes, input->filled);
        if (partial == TEXT_PLAIN && input->filled > 0 && input->bytes[0] != 0x28 &&
            input->bytes[0] != 0x04 && input->bytes[0] != 0x1f)
            break;
    }
    input->compression = text_compression_of(input->bytes, input->filled);
    bool made = true;
    if (input->compression == TEXT_GZIP)
        made = inflateInit2(&input->gzip, 15 + 16) == Z_OK;
    else if (input->compression == TEXT_ZSTD)
        made = (input->zstd = ZSTD_createDStream()) != NULL;
    else if (input->compression == TEXT_LZ4)
        made = !LZ4F_isError(LZ4F_createDecompressionContext(&input->lz4, LZ4F_VERSION));
    if (!made) {
        input->compression = TEXT_PLAIN;
        return error_no_memory(error, INPUT_SIZE, "decompression");
    }
    input->started = true;
    return STATUS_OK;
}

static enum status broken(struct text_input *input, const char *kind, const char *reason,
                          struct error *error)
{
    return error_set(error, STATUS_DATA, "broken %s file: %s (%s)", kind, input->shown,
                     reason ? reason : "damaged data");
}

/* One call of the library: takes from bytes[at..filled), gives to data; says how many. */
static enum status gzip_step(struct text_input *input, void *data, size_t size, size_t *got,
                             struct error *error)
{
    z_stream *z = &input->gzip;
    if (!input->in_member) {
        while (input->at < input->filled && input->consumed > 0 && input->bytes[input->at] == 0)
            input->at++; /* padding */
        if (input->at == input->filled)
            return STATUS_OK;
        if (inflateReset(z) != Z_OK)
            return broken(input, "gzip", NULL, error);
        input->in_member = true;
    }
    z->next_in = input->bytes + input->at;
    z->avail_in = (uInt)(input->filled - input->at);
    z->next_out = data;
    z->avail_out = (uInt)MIN(size, (size_t)1 << 30);
    uInt asked = z->avail_out;
    int result = inflate(z, Z_NO_FLUSH);
    input->at = input->filled - z->avail_in;
    *got = asked - z->avail_out;
    if (result == Z_MEM_ERROR)
        return error_no_memory(error, INPUT_SIZE, "gzip");
    if (result == Z_STREAM_END)
        input->in_member = false;
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return broken(input, "gzip", z->msg, error);
    return STATUS_OK;
}

static enum status zstd_step(struct text_input *input, void *data, size_t size, size_t *got,
                             struct error *error)
{
    ZSTD_inBuffer in = {input->bytes, input->filled, input->at};
    ZSTD_outBuffer out = {data, size, 0};
    size_t result = ZSTD_decompressStream(input->zstd, &out, &in);
    input->at = in.pos;
    *got = out.pos;
    if (ZSTD_isError(result))
        return broken(input, "Zstandard", ZSTD_getErrorName(result), error);
    input->in_member = result != 0;
    return STATUS_OK;
}

static enum status lz4_step(struct text_input *input, void *data, size_t size, size_t *got,
                            struct error *error)
{
    size_t taken = input->filled - input->at, given = size;
    size_t result =
        LZ4F_decompress(input->lz4, data, &given, input->bytes + input->at, &taken, NULL);
    input->at += taken;
    *got = given;
    if (LZ4F_isError(result))
        return broken(input, "LZ4", LZ4F_getErrorName(result), error);
    input->in_member = result != 0;
    return STATUS_OK;
}

static enum status input_step(struct text_input *input, void *data, size_t size, size_t *got,
                              struct error *error)
{
    switch (input->compression) {
    case TEXT_GZIP:
        return gzip_step(input, data, size, got, error);
    case TEXT_ZSTD:
        return zstd_step(input, data, size, got, error);
    default:
        return lz4_step(input, data, size, got, error);
    }
}

enum status text_input_read(struct text_input *input, void *data, size_t size, size_t *got,
                            struct error *error)
{
    *got = 0;
    if (!input->started)
        TRY(input_start(input, error));
    if (input->compression == TEXT_PLAIN) {
        if (input->at == input->filled)
            return input_fill(input, data, size, got, error);
        *got = MIN(size, input->filled - input->at);
        memcpy(data, input->bytes + input->at, *got);
        input->at += *got;
        return STATUS_OK;
    }
    static const char *const KINDS[] = {"", "gzip", "Zstandard", "LZ4"};
    for (;;) {
        /* The library may hold output although all input is taken: ask it before reading on. */
        if (input->at < input->filled || input->in_member) {
            size_t before = input->at;
            TRY(input_step(input, data, size, got, error));
            if (*got > 0)
                return STATUS_OK;
            TRY(context_check(input->context, error));
            if (input->at < input->filled) {
                if (input->at == before)
                    return broken(input, KINDS[input->compression], "no progress", error);
                continue;
            }
        }
        input->at = 0;
        TRY(input_fill(input, input->bytes, INPUT_SIZE, &input->filled, error));
        if (!input->at_end)
            continue;
        input->filled = 0;
        if (!input->in_member)
            return STATUS_OK;
        return broken(input, KINDS[input->compression], "it ends too early", error);
    }
}
