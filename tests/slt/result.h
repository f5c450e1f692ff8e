/* result.h - the rows of a statement as text, read from its Arrow stream. */
#ifndef RESULT_H
#define RESULT_H

#include "base/array.h"
#include "base/str.h"
#include "include/weir.h"

/* How booleans, doubles and blanks are written. */
enum result_style {
    STYLE_WEIR,         /* true/false; doubles in the shortest form */
    STYLE_SQLLOGICTEST, /* by type letter: I as an integer, R with three digits, T as text */
    STYLE_ORACLE        /* as weir, but booleans as 1 and 0 */
};

struct result {
    size_t n_columns, n_rows;
    ARRAY_OF(struct str) values; /* row by row */
};

/* Reads `stream` to its end into `out` and releases it. NULL is "NULL", empty text "(empty)". Newlines and tabs in
 * a text are written \n and \t unless `plain`. A failed stream fills `error` and returns false; what
 * was read before is kept. */
bool result_read(struct arena *arena, struct ArrowArrayStream *stream, enum result_style style,
                 struct str types, bool plain, struct result *out, struct weir_error *error);

/* Shortest text that reads back as the same double, ".0" added when it is whole. */
struct str result_double_text(struct arena *arena, double value);

#endif
