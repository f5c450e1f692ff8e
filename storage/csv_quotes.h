/* csv_quotes.h - whether a place in a CSV file is inside quotes, from a place where that is known. */
#ifndef CSV_QUOTES_H
#define CSV_QUOTES_H

#include "storage/text_int.h"

enum csv_place {
    CSV_OUTSIDE,
    CSV_INSIDE,
    CSV_ESCAPED, /* inside, and the next byte stands for itself */
    CSV_BROKEN   /* text behind a closing quote: what follows up to the newline is passed over */
};

/* From `place` at `p` to the place at `end`. `before` is the byte before `p`, a newline at a row's start. Two bytes
 * behind `end` are looked at: those that follow, or newlines. */
enum csv_place csv_quotes_pass(const struct csv_dialect *dialect, const char *p, const char *end,
                               char before, enum csv_place place);

#endif
