/* file_sink.h - rows into a file that others see only when it is whole: CSV, JSON lines, or weir's own data file.
 *
 *   file_sink_open -> file_sink_add ... -> file_sink_finish -> file_sink_publish
 *
 * The file is written beside its place, synced, and renamed to its name by publish, in place of one that was there.
 * What is no regular file (a device, a pipe, standard output "-") is written as it is. file_sink_abort at any time
 * leaves nothing behind. One thread. */
#ifndef FILE_SINK_H
#define FILE_SINK_H

#include "storage/encoding.h"
#include "storage/text_input.h"
#include "storage/text_write.h"

enum file_format { FILE_CSV, FILE_JSONL, FILE_WEIR };

struct file_sink_options {
    enum file_format format;
    enum text_compression compression; /* of CSV and JSON lines */
    struct text_write_options text;
    bool header;              /* CSV */
    enum compression packing; /* FILE_WEIR */
    uint32_t time_column;     /* FILE_WEIR: of the schema, or SEGMENT_NO_COLUMN */
};

struct file_sink;

/* `path`, `schema` and `options` must outlive the sink. Refused: a folder, a data file that is no regular file. */
MUST_CHECK enum status file_sink_open(const struct context *context, const char *path,
                                      const struct schema *schema,
                                      const struct file_sink_options *options,
                                      struct file_sink **out, struct error *error);
/* The rows of the batch's first schema->n_fields columns. The batch stays the caller's. */
MUST_CHECK enum status file_sink_add(struct file_sink *sink, struct batch *batch,
                                     struct error *error);
/* The file is whole and on the disk, not yet under its name. Nothing can be added any more. */
MUST_CHECK enum status file_sink_finish(struct file_sink *sink, struct error *error);
/* Gives it its name. The folder is synced if `sync_folder`. The sink is still to be freed. */
MUST_CHECK enum status file_sink_publish(struct file_sink *sink, bool sync_folder,
                                         struct error *error);
uint64_t file_sink_rows(const struct file_sink *sink);
/* Frees the sink; a file that was not published is removed. NULL is fine. */
void file_sink_close(struct file_sink *sink);

/* "bid.csv.gz": format, compression and delimiter from the name; false: not known. */
bool file_format_of(struct str path, enum file_format *format, enum text_compression *compression,
                    char *delimiter);
/* ".csv.gz" */
const char *file_format_extension(enum file_format format, enum text_compression compression);

#endif
