/* weir.h - the public interface of weir, a SQL engine for event streams.
 *
 * Life of a query:
 *   weir_open -> weir_prepare -> weir_bind_* -> weir_execute -> read the ArrowArrayStream
 *             -> release the stream -> weir_statement_close -> weir_close
 *
 * Ownership: every pointer a function gives out belongs to the handle it came from and lives until that
 * handle is closed or, for a statement, executed again. The stream of weir_execute belongs to the caller,
 * who calls its `release`; it may outlive the statement but not the database.
 *
 * Threads: a handle is used by one thread at a time. weir_cancel and weir_progress may
 * be called from any thread, weir_cancel also from a signal handler.
 *
 * Errors: every call that can fail returns a code and, when `error` is not NULL, fills it in. A failed call
 * changes nothing.
 */
#ifndef WEIR_H
#define WEIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_API __attribute__((visibility("default")))

/* ---- The Arrow C data and stream interface (arrow.apache.org/docs/format/CDataInterface) ---- */

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

/* ---- Errors ---- */

enum weir_code {
    WEIR_OK = 0,
    WEIR_ERROR_SYNTAX,      /* the SQL text cannot be parsed */
    WEIR_ERROR_NAME,        /* an unknown or ambiguous table, column, function, setting */
    WEIR_ERROR_TYPE,        /* types that do not go together */
    WEIR_ERROR_VALUE,       /* overflow, text that is no number, a value out of range */
    WEIR_ERROR_CONSTRAINT,  /* NOT NULL, CHECK, PRIMARY KEY, UNIQUE */
    WEIR_ERROR_UNSUPPORTED, /* understood, but not there yet */
    WEIR_ERROR_IO,          /* the system refused a file */
    WEIR_ERROR_DATA,        /* a file's content is malformed */
    WEIR_ERROR_LIMIT,       /* a named limit (length, depth) was passed */
    WEIR_ERROR_MEMORY,      /* the memory limit was reached, or the system has no more */
    WEIR_ERROR_CANCELLED,   /* weir_cancel was called */
    WEIR_ERROR_USAGE,       /* the interface was used wrongly */
    WEIR_ERROR_INTERNAL,    /* a mistake of weir's own */
    WEIR_CODES
};

/* One error. `offset` and `length` are the bytes of the SQL text at fault (length 0: none). `line` and
 * `column` count from 1 and are where `offset` stands. All texts end in NUL. */
struct weir_error {
    enum weir_code code;
    char message[1024]; /* one line: what is wrong, then the value */
    char hint[512];     /* what would work; may be empty */
    size_t offset, length;
    unsigned line, column;
};

/* The lower-case word of a code, such as "syntax" or "io"; never NULL. */
WEIR_API const char *weir_code_name(enum weir_code code);

/* Writes the whole report to `out` (at most `cap` bytes with the NUL): the line "error: ...", the SQL line
 * with a caret span under the words at fault, and the hint. Returns the bytes it needs without the NUL. */
WEIR_API size_t weir_error_format(const struct weir_error *error, const char *sql,
                                  size_t sql_length, char *out, size_t cap);

/* ---- Database ---- */

struct weir;
struct weir_statement;

/* Opens a database: a folder, made if it is missing. `path` NULL: in memory. `error` may be NULL. */
WEIR_API enum weir_code weir_open(const char *path, struct weir **out, struct weir_error *error);

enum weir_open_flags {
    WEIR_OPEN_READONLY =
        1 /* statements that would change the folder are refused; it must be there */
};
WEIR_API enum weir_code weir_open_with(const char *path, unsigned flags, struct weir **out,
                                       struct weir_error *error);
/* Whether BEGIN has opened a transaction that is not ended yet; weir_close rolls it back. */
WEIR_API bool weir_in_transaction(const struct weir *db);
/* Closes it; NULL is fine. Every statement and stream of it must be closed before. */
WEIR_API void weir_close(struct weir *db);

WEIR_API const char *weir_version(void); /* "0.1.0" */

/* Sets a setting as `SET name = value` does. */
WEIR_API enum weir_code weir_set(struct weir *db, const char *name, const char *value,
                                 struct weir_error *error);
/* The value of a setting as text into `out`; false if there is no such setting or `cap` is too small. */
WEIR_API bool weir_get(struct weir *db, const char *name, char *out, size_t cap);

/* The offset from UTC, in seconds to the east, that time zone `zone` has at `utc_us` (microseconds since
 * 1970-01-01 00:00 UTC), for printing instants; false if there is no such zone. */
WEIR_API bool weir_zone_offset(struct weir *db, const char *zone, int64_t utc_us,
                               int32_t *offset_s);

/* Stops whatever runs on `db` within a tenth of a second: it fails with WEIR_ERROR_CANCELLED. With nothing
 * running it has no effect. Async-signal-safe. */
WEIR_API void weir_cancel(struct weir *db);

struct weir_progress {
    uint64_t bytes_done, bytes_total; /* of the input; total 0: unknown */
    uint64_t rows_done;
    uint64_t memory_used; /* bytes charged to the query's budget */
    double elapsed_s;
    bool running;
};
/* How far the running statement is. */
WEIR_API void weir_progress(struct weir *db, struct weir_progress *out);

/* ---- Statements ---- */

/* Parses the first statement of `sql` and finds how far it goes: `*used` is the count of bytes it takes with
 * its semicolon. Gives NULL in `*out` where only blanks and comments are left. Names are looked up when the
 * statement is executed, so statements of a script can be prepared before the ones they depend on ran.
 * Spans in errors count from `sql`. */
WEIR_API enum weir_code weir_prepare(struct weir *db, const char *sql, size_t length,
                                     struct weir_statement **out, size_t *used,
                                     struct weir_error *error);
WEIR_API void weir_statement_close(struct weir_statement *statement);

/* True if `sql` holds at least one statement and its last one ends in `;` outside of quotes, comments and
 * BEGIN...END, or holds nothing but blanks and comments: the prompt need not ask for another line. */
WEIR_API bool weir_is_complete(const char *sql, size_t length);

/* Parameters: `?` and `?N` by number from 1, `:name`, `$name` and `@name` by name without the mark. */
WEIR_API unsigned weir_parameter_count(const struct weir_statement *statement);
/* The name of parameter `index` (from 1), or NULL if it has none. */
WEIR_API const char *weir_parameter_name(const struct weir_statement *statement, unsigned index);
/* The index of a named parameter, or 0. */
WEIR_API unsigned weir_parameter_index(const struct weir_statement *statement, const char *name);

WEIR_API enum weir_code weir_bind_null(struct weir_statement *statement, unsigned index,
                                       struct weir_error *error);
WEIR_API enum weir_code weir_bind_bool(struct weir_statement *statement, unsigned index, bool value,
                                       struct weir_error *error);
WEIR_API enum weir_code weir_bind_int64(struct weir_statement *statement, unsigned index,
                                        int64_t value, struct weir_error *error);
WEIR_API enum weir_code weir_bind_double(struct weir_statement *statement, unsigned index,
                                         double value, struct weir_error *error);
WEIR_API enum weir_code weir_bind_text(struct weir_statement *statement, unsigned index,
                                       const char *value, size_t length, struct weir_error *error);
/* Binds the value of the literal in `text`: NULL, TRUE, 12, 1.5, 1e3, DATE '...', TIMESTAMP '...',
 * INTERVAL '...', x'..', 'text'; anything else is bound as the text it is. */
WEIR_API enum weir_code weir_bind_literal(struct weir_statement *statement, unsigned index,
                                          const char *text, size_t length,
                                          struct weir_error *error);

/* Runs a statement. A statement with rows gives its result in `*out` and runs as the stream is read; one
 * without rows has taken effect when this returns, and leaves `out->release` NULL. A failure while the
 * stream is read makes get_next return an errno value; weir_stream_error then tells the rest.
 * At most one statement of a database runs at a time: executing another while a stream is unread fails. */
WEIR_API enum weir_code weir_execute(struct weir_statement *statement, struct ArrowArrayStream *out,
                                     struct weir_error *error);

/* The error that made `stream` fail; code WEIR_OK if none did. */
WEIR_API void weir_stream_error(struct ArrowArrayStream *stream, struct weir_error *out);

/* What is known after a statement has run to its end. */
struct weir_summary {
    bool has_rows;      /* it is a statement that gives rows */
    bool is_explain;    /* one text column to print as it is */
    uint64_t rows;      /* rows given out, or rows changed by INSERT, UPDATE, DELETE */
    uint64_t rows_read; /* rows read from the sources */
    uint64_t bytes_read;
    double elapsed_s;
    uint64_t memory_peak;
};
WEIR_API void weir_statement_summary(const struct weir_statement *statement,
                                     struct weir_summary *out);

/* Notices of the last run, such as "3 rows without event time are in no window (date_time of bid.jsonl)":
 * the text of notice `index` from 0, or NULL past the last. */
WEIR_API const char *weir_notice(const struct weir_statement *statement, unsigned index);

/* ---- Checking a database ---- */

struct weir_check_report {
    uint64_t tables, files, rows, bytes; /* of the tables' files, as the catalog has them */
    uint64_t problems;
};
/* What was found: a problem, or something that is only worth knowing. One line, gone after the call. */
typedef void weir_finding_fn(void *context, bool is_problem, const char *text);
/* Reads every file of the database and holds it against the catalog: checksums, values, counts, statistics. `fn` is
 * called for all that is found, in the order of tables and files. Problems are no failure of the call. */
WEIR_API enum weir_code weir_check(struct weir *db, weir_finding_fn *fn, void *context,
                                   struct weir_check_report *report, struct weir_error *error);

/* ---- For completion and .help-like lists ---- */

/* Calls `fn` with each keyword of the grammar (upper case), in alphabetic order. */
WEIR_API void weir_each_keyword(void (*fn)(void *context, const char *keyword), void *context);

#ifdef __cplusplus
}
#endif
#endif
