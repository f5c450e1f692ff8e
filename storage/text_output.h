/* text_output.h - bytes out to a file, compressed as they go: plain, gzip, Zstandard, an LZ4 frame. One thread. */
#ifndef TEXT_OUTPUT_H
#define TEXT_OUTPUT_H

#include "storage/text_input.h"

struct text_output;

/* Creates or truncates `path`; "-" is standard output, which is neither synced nor closed. `shown` is the name in
 * errors. Both must outlive the output. */
MUST_CHECK enum status text_output_open(const char *path, const char *shown,
                                        enum text_compression compression,
                                        const struct context *context, struct text_output **out,
                                        struct error *error);
MUST_CHECK enum status text_output_write(struct text_output *output, const void *data, size_t size,
                                         struct error *error);
/* Writes what is left; `sync` waits for the disk. The output is still to be closed. */
MUST_CHECK enum status text_output_finish(struct text_output *output, bool sync,
                                          struct error *error);
/* Closes and frees; a failure to close is told only by finish. NULL is fine. */
void text_output_close(struct text_output *output);

#endif
