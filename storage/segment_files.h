/* segment_files.h - data files (.weir) named by paths and globs as one source.
 *
 * The schema is the union of the files' columns by name; a column that a file lacks is NULL there, and two files that
 * disagree about a type are refused. Folders key=value add columns; filename is there for who asks. */
#ifndef SEGMENT_FILES_H
#define SEGMENT_FILES_H

#include "storage/source.h"

struct segment_files_request {
    const struct str *paths; /* files and globs */
    uint32_t n_paths;
    struct span span; /* of the paths in the SQL text, for errors */
    const struct source_option *options;
    uint32_t n_options;
};

/* Lists the files and reads their footers. The arena keeps the source. */
MUST_CHECK enum status segment_files_open(struct arena *arena,
                                          const struct segment_files_request *request,
                                          const struct context *context, struct source **out,
                                          struct error *error);
/* True if a FROM 'path' of this name is a data file by its extension. */
bool segment_files_known_extension(struct str path);

#endif
