/* text_input.h - the bytes of a text file in order, decompressed as they come: plain, gzip, Zstandard, LZ4 frames,
 * standard input and pipes. Compression is told by the first bytes. One thread at a time. */
#ifndef TEXT_INPUT_H
#define TEXT_INPUT_H

#include "base/context.h"

enum text_compression { TEXT_PLAIN, TEXT_GZIP, TEXT_ZSTD, TEXT_LZ4 };

enum { TEXT_MAGIC_SIZE = 4 };

/* What the first bytes of a file say; fewer than TEXT_MAGIC_SIZE: plain. */
enum text_compression text_compression_of(const void *start, size_t n);

struct text_input;

/* Opens `path`; "-" is standard input, which is not closed. The path must outlive the input. */
MUST_CHECK enum status text_input_open(const char *path, const struct context *context,
                                       struct text_input **out, struct error *error);
/* Gives up to `size` bytes, waiting for the first; `*got` is 0 only at the end. Waiting looks for cancellation. */
MUST_CHECK enum status text_input_read(struct text_input *input, void *data, size_t size,
                                       size_t *got, struct error *error);
/* Whether bytes (or the end) come without waiting longer than `timeout_ms`. */
bool text_input_ready(struct text_input *input, int timeout_ms);
/* Another statement's context for the same open input. */
void text_input_set_context(struct text_input *input, const struct context *context);
/* Bytes taken from the file, before decompression. */
uint64_t text_input_consumed(const struct text_input *input);
/* Known once something was read. */
bool text_input_is_compressed(const struct text_input *input);
void text_input_close(struct text_input *input); /* NULL is fine */

#endif
