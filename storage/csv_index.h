/* csv_index.h - where delimiters and newlines are in a stretch of CSV, found 64 bytes at a time (the idea of Mison and
 * simdjson). For stretches without quotes, which are most. */
#ifndef CSV_INDEX_H
#define CSV_INDEX_H

#include "base/base.h"

enum { CSV_INDEX_BYTES = 32 * 1024 };

struct csv_index {
    uint32_t n;
    bool quotes;    /* there is a quote (perhaps just behind): the positions are worth nothing */
    bool not_ascii; /* there is a byte above 127, perhaps just behind */
    uint32_t positions[CSV_INDEX_BYTES + 64];
};

typedef void csv_index_fn(struct csv_index *index, const char *p, size_t n, char delimiter,
                          char quote);

/* The fastest for this machine. Fills the index for [p, p + n), n at most CSV_INDEX_BYTES; up to 64 bytes behind are
 * read. A quote of '\0' is none. */
csv_index_fn *csv_index_builder(void);

#endif
