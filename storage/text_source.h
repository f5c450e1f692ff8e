/* text_source.h - JSON lines and CSV files as a source: globs, compression, Hive folders, sniffing. */
#ifndef TEXT_SOURCE_H
#define TEXT_SOURCE_H

#include "storage/source.h"

enum text_format { TEXT_FORMAT_BY_EXTENSION, TEXT_FORMAT_JSONL, TEXT_FORMAT_CSV };

struct text_source_request {
    const struct str *paths; /* files, globs, '-' or 'stdin' */
    uint32_t n_paths;
    struct span span; /* of the paths in the SQL text, for errors */
    enum text_format format;
    const struct source_option
        *options; /* checked here: an unknown one is refused with a did-you-mean */
    uint32_t n_options;
    /* Hive folders are pruned while listing by these (column = name of the folder's key), NULL or count 0: none. */
    bool on_error_skip_default; /* SET on_error = 'skip' */
    bool on_error_null_default; /* SET on_error = 'null' */
    uint64_t morsel_size;       /* bytes of plain files in a morsel, for tests; 0: by file size */
};

/* Lists, sniffs and opens. The arena keeps the source. */
MUST_CHECK enum status text_source_open(struct arena *arena,
                                        const struct text_source_request *request,
                                        const struct context *context, struct source **out,
                                        struct error *error);
/* Of an open source of text files. */
struct text_facts {
    bool has_header;    /* CSV: the columns have names of their own */
    uint32_t n_columns; /* CSV: fields of a row; 0: no row yet */
};
struct text_facts text_source_facts(const struct source *source);
/* True if a FROM 'path' of this name is a text file by its extension. */
bool text_source_known_extension(struct str path);

#endif
