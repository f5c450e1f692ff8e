/* value_text.h - the values of an Arrow result as text, as JSON and as numbers.
 *
 * A schema is compiled once into value_types; then any value of an array of that schema can be asked for by
 * its row. Nothing here prints: render_*.c do. */
#ifndef VALUE_TEXT_H
#define VALUE_TEXT_H

#include "base/buffer.h"
#include "base/str.h"
#include "include/weir.h"

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,  /* signed, `size` bytes */
    VALUE_UINT, /* unsigned, `size` bytes */
    VALUE_FLOAT,
    VALUE_DOUBLE,
    VALUE_TEXT, /* `size` is that of its offsets, 4 or 8; 16 for the view layout */
    VALUE_BLOB,
    VALUE_DECIMAL, /* 128 bits with `scale` */
    VALUE_DATE,
    VALUE_TIME,      /* `digits` of fraction in a count of `size` bytes */
    VALUE_TIMESTAMP, /* the same; with a `zone` it is an instant */
    VALUE_INTERVAL,  /* months, days, nanoseconds */
    VALUE_LIST,      /* `size` is that of its offsets */
    VALUE_STRUCT,
};

struct value_type {
    enum value_kind kind;
    unsigned size, digits;
    int scale;
    const char *name;
    const char *zone; /* NULL: none */
    bool is_json;     /* text that is JSON already */
    struct value_type
        *index; /* dictionary-encoded: the type of the indices; this is of the values */
    struct value_type *children;
    size_t n_children;
};

/* What writing values needs: a place for them, and the engine to ask for the offsets of time zones. The text
 * of a value lives until the next call with the same writer. */
struct value_writer {
    struct weir *db;
    struct bytes text;
    char scratch[128];
    bool failed; /* memory was refused on the way; the text is not whole */
};

void value_writer_init(struct value_writer *writer, struct weir *db);
void value_writer_fini(struct value_writer *writer);

/* The types of a result's columns, in `arena`. Names point into `schema`. Refuses Arrow formats that the
 * engine never gives. */
MUST_CHECK enum status value_types_compile(const struct ArrowSchema *schema, struct arena *arena,
                                           struct value_type **types, size_t *count,
                                           struct error *error);

bool value_is_null(const struct value_type *type, const struct ArrowArray *array, int64_t row);
/* Numbers, which are right-aligned. */
bool value_type_is_number(const struct value_type *type);
/* Dates and timestamps. */
bool value_type_is_time(const struct value_type *type);

/* The text of a value that is not NULL. */
struct str value_text(struct value_writer *writer, const struct value_type *type,
                      const struct ArrowArray *array, int64_t row);
/* The same as JSON, also of NULL: numbers plain, NaN and infinities null, JSON columns as they are. */
struct str value_json(struct value_writer *writer, const struct value_type *type,
                      const struct ArrowArray *array, int64_t row);
/* `text` as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD. */
struct str value_json_string(struct value_writer *writer, struct str text);
/* A value that is a number or a time as a double (times in seconds since 1970); NaN for NULL. */
double value_number(const struct value_type *type, const struct ArrowArray *array, int64_t row);

/* The length of the well-formed UTF-8 sequence at `text`, or 0; its code point into `*point`. */
size_t value_utf8_decode(const char *text, size_t length, uint32_t *point);

#endif
