/* value.h - one value of any type, for literals, parameters, defaults and statistics. Plan-sized: text lives in
 * the arena that it was made in. */
#ifndef VALUE_H
#define VALUE_H

#include "storage/column.h"

struct value {
    struct type type;
    bool is_null;
    union {
        bool boolean;
        int64_t i64;   /* TINYINT..BIGINT, DATE, TIME, TIMESTAMP, small DECIMAL: widened */
        int128_t i128; /* every DECIMAL is here, also a small one */
        double f64;    /* REAL and DOUBLE */
        struct str text;
        struct interval interval;
    };
};

static inline struct value value_null(struct type type)
{
    return (struct value){.type = type, .is_null = true};
}
/* Order as ORDER BY has it (NULL smallest). Same type. */
int value_compare(const struct value *a, const struct value *b);
/* A CONSTANT column of `length` rows. Long text is copied to a heap. */
MUST_CHECK enum status value_to_column(const struct value *value, size_t length,
                                       struct budget *budget, struct column **out,
                                       struct error *error);
/* The value of a row; its text is copied to the arena. */
struct value value_of_column(const struct column *column, size_t row, struct arena *arena);
/* As SQL text that reads back: 12, 'it''s', TIMESTAMP '2026-...', NULL. In the arena. */
const char *value_to_sql(const struct value *value, struct arena *arena);

#endif
