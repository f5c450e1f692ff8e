/* folder_sink.h - rows into files of Hive folders: path/a=1/b=x/part-0.csv, the columns a and b not in the files.
 *
 * A folder that holds something already is refused, or with `overwrite` its files are replaced;
 * folders without new rows stay as they are. Files get their names when all of them are whole. At
 * most a hundred are open at a time: rows of a partition whose file was closed for another go to
 * part-1, part-2 ... One thread. */
#ifndef FOLDER_SINK_H
#define FOLDER_SINK_H

#include "storage/file_sink.h"

enum { FOLDER_PARTITIONS_MAX = 10000 };

struct folder_sink;

struct folder_sink_request {
    const char *path;
    const struct schema *schema;  /* of the rows */
    const uint32_t *partition_by; /* columns of the schema, fewer than all */
    uint32_t n_partition_by;
    const struct file_sink_options *file; /* time_column: of the schema */
    bool overwrite;
};

/* What the request points to must outlive the sink. */
MUST_CHECK enum status folder_sink_open(const struct context *context,
                                        const struct folder_sink_request *request,
                                        struct folder_sink **out, struct error *error);
MUST_CHECK enum status folder_sink_add(struct folder_sink *sink, struct batch *batch,
                                       struct error *error);
/* All files whole and on the disk, then all named; with `overwrite` the old ones removed. */
MUST_CHECK enum status folder_sink_finish(struct folder_sink *sink, struct error *error);
MUST_CHECK enum status folder_sink_publish(struct folder_sink *sink, struct error *error);
uint64_t folder_sink_rows(const struct folder_sink *sink);
/* Frees the sink; what was not published is removed, folders made for it too. NULL is fine. */
void folder_sink_close(struct folder_sink *sink);

#endif
