/* text_int.h - what the files that read text share; it never leaves this folder.
 *
 *   text_source  lists (text_list), checks options (text_options), sniffs (text_sniff, jsonl_sniff, csv_sniff)
 *   text_reader  hands out morsels, keeps a window of the file in memory (text_feed), calls jsonl_read or csv_read
 *                to find the values of a chunk of rows, and text_convert to put them into columns
 *
 * Values are found first and converted later: a walk over the text fills one row of `struct text_span` for each
 * row, a place for each column wanted. Conversion then goes column by column over a chunk of rows. */
#ifndef TEXT_INT_H
#define TEXT_INT_H

#include "base/array.h"
#include "base/thread.h"
#include "storage/csv_index.h"
#include "storage/text_input.h"
#include "storage/text_source.h"

enum {
    TEXT_CHUNK_ROWS = 256,
    TEXT_DEPTH_MAX = 512,    /* nesting of JSON values */
    TEXT_COLUMNS_MAX = 4096, /* keys or fields of a file */
    TEXT_SAMPLE_BYTES = 1 << 20,
    TEXT_SAMPLE_LINES = 1000, /* of the first file */
    TEXT_SAMPLE_OTHER_LINES = 100,
    TEXT_SAMPLE_FILES = 32,
    TEXT_LINE_MAX = 64 << 20,
    TEXT_LINE_LARGEST = 1 << 30,
    TEXT_FILES_MAX = 1000000
};

/* ---- Values found in a line ---- */

enum span_kind {
    SPAN_ABSENT,
    SPAN_NULL,
    SPAN_FALSE,
    SPAN_TRUE,
    SPAN_INTEGER, /* JSON digits with an optional minus */
    SPAN_NUMBER,  /* JSON with a fraction or exponent */
    SPAN_STRING,  /* between the quotes */
    SPAN_OBJECT,
    SPAN_ARRAY,
    SPAN_FIELD /* CSV without quotes */
};

enum { SPAN_ESCAPED = 1, SPAN_NOT_ASCII = 2 };

struct text_span {
    const char *start;
    uint32_t length;
    uint8_t kind, flags;
};

/* ---- Files and options ---- */

struct text_file {
    const char *path;
    uint64_t size;  /* when it was listed */
    uint64_t begin; /* bytes before are not read, but for a CSV header; `size`: nothing is */
    uint64_t device, inode;
    int64_t modified_ns;
    bool is_stream;   /* standard input or a pipe: read once, from its start */
    struct str *hive; /* a value for each Hive key of the source; data NULL: none */
};

enum text_on_error { TEXT_FAIL, TEXT_SKIP, TEXT_NULL };

struct text_declared {
    struct str name;
    struct type type;
    bool used;
};

struct text_epoch {
    struct str name; /* length 0: every timestamp column */
    int64_t units_per_second;
    bool used;
};

struct text_options {
    enum text_on_error on_error;
    bool has_on_error;
    struct str rejects;            /* name of a table for them; length 0: none */
    struct text_declared *columns; /* columns => {...} */
    uint32_t n_columns;
    struct text_epoch *epochs;
    uint32_t n_epochs;
    bool has_delimiter, has_header, has_quote;
    char delimiter, quote, escape; /* '\0' of quote: none */
    bool header;
    struct str null_text;
    bool has_null_text;
    uint64_t skip;
    uint64_t sample_lines;
    bool hive, union_by_name, filename;
    uint32_t line_max;
};

/* text_options.c */
MUST_CHECK enum status text_options_read(struct arena *arena,
                                         const struct text_source_request *request,
                                         enum text_format format, struct text_options *out,
                                         struct error *error);

/* text_list.c: the files in order; Hive keys in order of appearance. */
struct text_folder {
    struct str key, value; /* data NULL: __HIVE_DEFAULT_PARTITION__ */
};

struct text_listing {
    ARRAY_OF(struct text_file) files;
    ARRAY_OF(struct str) hive_keys;
    ARRAY_OF(struct text_folder)
    folders;             /* key=value, met where a pattern matched; also those not gone into */
    uint32_t n_left_out; /* of them not gone into */
};

/* Which key=value folders are gone into where a pattern matches several. */
struct text_list_scope {
    bool hive;
    bool
        sample; /* of those beside each other the first and the last that can be read and hold files */
    /* Whether rows below such a folder may be wanted; NULL: all. If given, no file at all is no error. */
    bool (*wanted)(const void *context, struct str key, struct str value);
    const void *context;
    const struct str *keys; /* hive_keys begin with these */
    uint32_t n_keys;
};
MUST_CHECK enum status text_list_some(struct arena *arena,
                                      const struct text_source_request *request,
                                      const struct context *context,
                                      const struct text_list_scope *scope, struct text_listing *out,
                                      struct error *error);
MUST_CHECK enum status text_list_files(struct arena *arena,
                                       const struct text_source_request *request,
                                       const struct context *context, bool hive,
                                       struct text_listing *out, struct error *error);
/* The path without folders and compression suffix; its extension with the dot, or "". */
struct str text_list_extension(struct str path, bool *compressed);

/* How a CSV file is written, and its columns. */
struct csv_dialect {
    char delimiter, quote, escape; /* no quote or escape: '\0' */
    bool header;
    uint32_t n_columns; /* 0: the file is empty */
    struct str *names;
    uint64_t data_start; /* first byte of the first row */
};

/* ---- The source ---- */

enum column_role { COLUMN_OF_FILE, COLUMN_OF_HIVE, COLUMN_FILENAME, COLUMN_ROW_NUMBER };

/* One for each field of the schema. */
struct text_column {
    enum column_role role;
    struct type type;
    bool declared;
    const struct str *path; /* keys from the top; CSV: the one name in the header */
    uint32_t n_path;
    uint32_t hive;            /* index of the Hive key */
    uint32_t field_index;     /* CSV: place in the first file */
    int64_t units_per_second; /* of epoch numbers; 0: numbers are no timestamps */
    atomic_uint_least64_t misfits;
};

/* A bad line or value met with on_error skip or null; the first in input order is kept. */
struct text_reject {
    uint32_t file;
    uint64_t offset, line, column; /* line 0: to be counted from the offset */
    char reason[160];
};

enum { REJECTS_KEPT = 1000, REJECTS_KEPT_FOR_TABLE = 100000, REJECT_TEXT = 200 };

/* One that is kept. */
struct text_kept {
    uint32_t file, length;
    uint64_t offset, line, column; /* line 0: to be counted from the offset */
    char reason[160], text[REJECT_TEXT];
};

struct text_scan;
struct text_reader;

struct text_source {
    struct source source;
    enum text_format format;
    struct text_options options;
    struct text_file *files;
    uint32_t n_files;
    struct str *hive_keys;
    uint32_t n_hive;
    struct value *hive_values; /* n_hive for each file */
    /* Folders were left out while listing: `files` are a sample, or what the last scan's predicates left. */
    bool is_partial;
    uint32_t n_left_out;
    struct text_source_request request; /* how to list again */
    const struct context *context;
    const struct text_folder *folders; /* met by the first listing */
    size_t n_folders;
    struct text_column **columns; /* schema.n_fields */
    struct span span;
    const char *shown;    /* what the paths are called in notices */
    uint64_t morsel_size; /* for tests; 0: by file size */
    /* CSV: of the first file with content. */
    bool dialect_known;
    struct csv_dialect dialect;
    /* A stream that was opened for its sample: the sample is read again, then the rest. */
    struct text_input *stream;
    struct buffer *stream_sample;
    size_t stream_sample_size;
    bool stream_ended; /* the sample is all of it */
    atomic_bool stream_taken;
    struct mutex mutex; /* the first reject */
    bool has_reject;
    struct text_reject first_reject;
    atomic_uint_least64_t rejects;
    struct text_kept *kept; /* the first ones in input order, in no order; under the mutex */
    uint32_t n_kept, kept_capacity, kept_last; /* the last of them in input order */
    struct budget *kept_budget;
    bool is_array;        /* the first file with content is one JSON array */
    bool quoted_newlines; /* the sample has some */
};

/* text_source.c: misfits and rejects counted so far do not count. */
void text_source_forget(struct text_source *source);
/* text_plan.c is source_ops.scan_open. */
MUST_CHECK enum status text_plan_scan(struct source *source, const struct scan_request *request,
                                      const struct context *context, struct scan **out,
                                      struct error *error);
/* Whether readers may guess where rows begin, if the caller lets them. */
bool text_plan_can_guess(const struct text_scan *scan);
/* Files that the predicates on folders leave. */
uint32_t text_plan_count_files(const struct text_source *source,
                               const struct scan_request *request);
/* text_range.c: source_ops.ranges and begin_at. */
/* The path from the root, links followed: a file is the same one whatever folder it is named from. */
const char *text_range_path(struct arena *arena, const char *path);
MUST_CHECK enum status text_range_list(struct source *source, const struct context *context,
                                       struct arena *arena, struct source_range **out, uint32_t *n,
                                       struct error *error);
MUST_CHECK enum status text_range_begin_at(struct source *source, const struct context *context,
                                           uint32_t range, uint64_t from, struct error *error);
/* text_reject.c: keeps a bad row, `at` in the reader's window, if it is one of the first. Without memory it does
 * not. */
void text_reject_keep(struct text_reader *reader, const char *at, uint64_t offset,
                      const char *reason);
MUST_CHECK enum status text_reject_list(struct source *source, const struct context *context,
                                        struct arena *arena, struct source_reject **out,
                                        uint32_t *n, struct str *table, struct error *error);
void text_reject_free(struct text_source *source);
/* text_hive.c: columns of key=value folders, and listing without those that the predicates rule out. */
MUST_CHECK enum status text_hive_add_columns(struct text_source *source, struct error *error);
/* Lists again if files were left out: what the request's predicates leave, or without a request everything. */
MUST_CHECK enum status text_hive_list(struct text_source *source,
                                      const struct scan_request *request,
                                      const struct context *context, struct error *error);
/* Whether a value is right for a predicate; NULL is not. */
bool text_plan_value_fits(const struct scan_predicate *predicate, const struct value *value);
/* text_sample.c: reads the samples and makes the schema. */
MUST_CHECK enum status text_sample_read(struct text_source *source, const struct context *context,
                                        struct error *error);
/* Opens a stream and keeps its first bytes, which are read again by the scan. */
MUST_CHECK enum status text_sample_stream(struct text_source *source, const struct text_file *file,
                                          const struct context *context, struct error *error);
/* Adds a field and its column. */
struct text_column *text_sample_add_field(struct text_source *source, const char *name,
                                          struct type type, enum column_role role);
/* A folder's text as a value; false: it is none of that type. */
bool text_sample_hive_value(struct str text, struct type type, struct value *out);
/* Epoch unit of a column by name, 0: none. */
int64_t text_sample_epoch(struct text_source *source, struct str name, struct type type);
/* text_search.c is source_ops.add_column: looks for a key in all files. */
MUST_CHECK enum status text_search_column(struct source *source, const struct str *path,
                                          uint32_t n_path, const struct context *context,
                                          bool *found, uint32_t *index, struct error *error);

/* ---- Sniffing (text_sniff.c) ---- */

enum {
    SEEN_NULL = 1,
    SEEN_BOOLEAN = 2,
    SEEN_INTEGER = 4,
    SEEN_DOUBLE = 8,
    SEEN_DATE = 16,
    SEEN_TIMESTAMP = 32,
    SEEN_ZONE = 64,
    SEEN_TEXT = 128,
    SEEN_NESTED = 256
};

struct sniff_column {
    struct str name;
    unsigned seen;
};

struct sniff {
    struct arena *arena;
    ARRAY_OF(struct sniff_column) columns;
    size_t next; /* where the next key is likely */
    bool too_many;
    bool fold_case; /* names that differ in case only are one */
    uint64_t lines;
};

/* SEEN_ bits of a CSV field or of the text of a JSON string. */
unsigned text_sniff_text(const char *s, size_t n, bool numbers, bool leading_zeros);
struct type text_sniff_type(unsigned seen);
/* The column of that name, made if there is none. NULL past TEXT_COLUMNS_MAX. */
struct sniff_column *text_sniff_column(struct sniff *sniff, const char *name, size_t length);

/* jsonl_sniff.c: whole lines; a last line without its newline is left out if `cut`. */
/* One object; false if it is damaged (what came before the damage counts). */
bool jsonl_sniff_line(struct sniff *sniff, const char *line);
/* The elements of a JSON array; changes the text (newlines between values to blanks). */
void jsonl_sniff_array(struct sniff *sniff, char *data, size_t length, uint64_t lines_max);
void jsonl_sniff_lines(struct sniff *sniff, const char *data, size_t length, uint64_t lines_max,
                       bool cut);
/* SEEN_ bits of the value at `path` in one line, which ends in a newline; 0: not there. List positions count from 1. */
unsigned jsonl_sniff_path(const char *line, const struct str *path, uint32_t n_path);

/* csv_sniff.c: `data` ends in a newline. */
MUST_CHECK enum status csv_sniff_dialect(const struct text_source *source, struct arena *arena,
                                         const char *data, size_t length, struct csv_dialect *out,
                                         struct error *error);
void csv_sniff_lines(const struct text_source *source, struct sniff *sniff,
                     const struct csv_dialect *dialect, const char *data, size_t length,
                     uint64_t lines_max, bool cut);
/* Behind the byte order mark and the lines to be skipped. */
const char *csv_sniff_start(const struct text_source *source, const char *data, size_t length);

/* ---- The window into a file (text_feed.c) ---- */

enum { FEED_BUFFER = 256 * 1024, FEED_SPARE = 4, FEED_AHEAD = 4096 };

/* `buffer` holds the file's bytes from `offset`, valid in [start, end); `start` moves as rows are taken. A
 * newline is put behind the last byte of the file if there is none. */
struct text_feed {
    const struct context *context;
    const char *path;
    struct buffer *buffer;
    size_t start, end;
    uint64_t offset;
    bool eof;       /* nothing comes after `end` */
    uint64_t lines; /* newlines before `offset`; of streams only */
    bool is_array;  /* newlines may have become carriage returns */
    uint32_t line_max;
    size_t size; /* bytes to be held at a time */
    int fd;      /* plain, by range; -1: closed */
    uint64_t read_at, read_end;
    uint64_t goal; /* bytes up to here are wanted for certain */
    struct text_input *stream;
    bool owns_stream;
    const struct text_source *replay; /* whose sample comes first */
    size_t replay_at;
    struct buffer *spare[FEED_SPARE];
};

void text_feed_init(struct text_feed *feed, const struct context *context, size_t size,
                    uint32_t line_max);
void text_feed_fini(struct text_feed *feed);
/* Bytes [from, file_size) of a plain file, those before `goal` for certain. The same path stays open. */
MUST_CHECK enum status text_feed_open_range(struct text_feed *feed, const char *path, uint64_t from,
                                            uint64_t goal, uint64_t file_size, struct error *error);
/* All of a file in order. `replay`: the source that has the stream open already and kept its sample, or NULL. */
MUST_CHECK enum status text_feed_open_stream(struct text_feed *feed, const char *path,
                                             const struct text_source *replay, struct error *error);
/* Reads on behind [start, end), which stay (moved, perhaps to another buffer). Then there are more bytes,
 * or eof. */
MUST_CHECK enum status text_feed_more(struct text_feed *feed, struct error *error);
/* Whether text_feed_more would not wait. */
bool text_feed_ready(struct text_feed *feed);
/* The line (from 1) of byte `at` of the window's buffer: what is before may be read again. */
MUST_CHECK enum status text_feed_line_of(const struct text_feed *feed, size_t at, uint64_t *line,
                                         struct error *error);
enum status text_feed_too_long(const char *path, uint64_t line, uint32_t line_max,
                               struct error *error);

static inline uint64_t text_feed_position(const struct text_feed *feed)
{
    return feed->offset + feed->start;
}

/* ---- The reader ---- */

/* Keys that are looked for inside an object. Node 0 is the line itself. */
struct json_node {
    struct str key;
    int32_t target; /* place in the row of spans, or -1 */
    uint32_t first_child, n_children;
};

enum { TEMPLATE_FIELDS = 128, TEMPLATE_LITERAL = 64 };

/* One member of the line last read: the bytes from the value before to its own value. */
struct json_member {
    uint64_t words[TEMPLATE_LITERAL / 8], masks[TEMPLATE_LITERAL / 8];
    uint32_t length, n_words;
    int32_t node; /* or -1 */
};

struct json_template {
    struct json_member members[TEMPLATE_FIELDS];
    uint32_t n_members;
    uint64_t used_at;
    bool learning; /* each member so far found room */
    bool usable;
    bool complete; /* each line sets every wanted value */
};

/* How a file's fields go to the row of spans. */
struct csv_pick {
    uint32_t field, target;
};

struct csv_layout {
    uint32_t n_fields;
    struct csv_pick *picks; /* the fields wanted, rising */
    uint32_t n_picks;
    int32_t *targets;  /* of each field, or -1 */
    uint32_t n_wanted; /* fields from here on are only counted */
    bool *has_target;  /* of each target: the file has it */
    bool complete;     /* it has all */
};

/* What is known of a file once its first bytes were read. */
struct text_file_state {
    bool known;
    bool sequential; /* compressed, a stream or a JSON array: its first morsel reads all */
    bool is_array;
    uint64_t data_start; /* first byte of the first row */
    uint64_t n_starts;   /* of its morsels, in text_starts; under that mutex */
    struct csv_layout csv;
    struct csv_dialect dialect;
};

/* Where the rows of morsels begin that cannot be found from their own bytes: newlines may be inside CSV quotes, or
 * rows are counted. By morsel of the scan. */
struct text_starts {
    bool wanted;
    /* Where runs begin is guessed (no newline is in quotes), and confirmed by the reader of the run before. */
    bool guessed;
    atomic_bool wrong;
    uint64_t *
        at; /* twice the place behind a newline, and one if that newline is inside quotes. If `guessed`: the
                     * place, and one; 0: not known */
    uint64_t *rows; /* of the file before it; NULL: not wanted */
    struct mutex mutex;
};

struct text_scan {
    struct scan scan;
    struct text_source *source;
    struct arena arena; /* layouts; under the mutex */
    uint32_t n_columns; /* asked for */
    struct text_column **columns;
    bool wants_row_number;
    uint32_t n_targets;     /* values to be found in a row */
    uint32_t *place_target; /* of each place in `columns`, if it is of the file */
    struct json_node *nodes;
    uint32_t n_nodes;
    const struct scan_predicate **predicates; /* on targets */
    uint32_t *predicate_place;                /* in `columns` */
    uint32_t n_predicates;
    uint64_t row_limit;
    size_t feed_size; /* bytes of a window */
    /* Morsels of file i are [first_morsel[i], first_morsel[i + 1]). */
    uint32_t *files; /* that were not pruned */
    uint32_t n_files;
    uint64_t *first_morsel;
    uint64_t *morsel_size; /* bytes; 0: the file is one morsel */
    atomic_uint_least64_t next_morsel, rows_given;
    uint64_t run; /* neighbouring morsels a reader takes at a time, at most */
    bool has_readers;
    bool alone;         /* one reader takes all of them */
    struct mutex mutex; /* states, arena */
    struct text_file_state *states;
    struct text_starts starts;
};

struct text_reader;
struct json_cursor;
/* A line that looks like the template: fills the row, puts the cursor behind the closing brace. False: it
 * does not, or is damaged. */
typedef bool jsonl_follow_fn(struct text_reader *reader, const struct json_template *template,
                             struct json_cursor *cursor, uint32_t row);
jsonl_follow_fn *jsonl_read_follower(void); /* the fastest for this machine */

/* Where one is in a JSON array. */
struct json_array {
    bool begun, closed;
    bool after_value, may_close;
};

enum json_array_result {
    JSON_ARRAY_ELEMENT,
    JSON_ARRAY_STARVED, /* the text ends before the next element does */
    JSON_ARRAY_CLOSED,
    JSON_ARRAY_DAMAGED
};

/* jsonl_array.c: the next element is [*at, *after). Once it was read, json_array_taken. */
enum json_array_result json_array_next(struct json_array *array, char **at, const char *end,
                                       char **after);
void json_array_taken(struct json_array *array);

/* A batch's column while its rows are read. */
struct text_output {
    struct column *column;
    struct text_builder builder; /* unescaped text */
    bool points_to_window;
    bool converted; /* in this chunk */
};

struct text_reader {
    struct reader reader;
    struct text_scan *scan;
    struct text_source *source;
    const struct context *context;
    void *block; /* the arrays below */
    size_t block_size;
    struct text_feed feed;
    const struct text_file *file;
    uint32_t file_index;
    const struct text_file_state *state;
    uint64_t morsel, range_end;
    uint64_t run_at, run_end; /* morsels taken, not yet begun */
    uint64_t morsel_rows;     /* given out of this morsel */
    uint64_t bytes_counted;
    bool active, has_morsel;
    bool entered;        /* the morsel taken was begun */
    bool at_row_start;   /* the window begins with a row, of a plain file */
    uint64_t row_number; /* of the next row in its file */
    /* The batch being made. */
    struct text_output *outputs; /* one for each column wanted */
    uint32_t n_rows, capacity;
    /* The chunk of rows found but not yet converted. */
    uint32_t n_chunk;
    struct text_span *spans; /* spans[target * TEXT_CHUNK_ROWS + row] */
    const char **row_starts;
    uint64_t *row_numbers;
    uint32_t *selection;
    uint8_t *bad; /* rows to be left out */
    bool any_bad;
    struct json_template *templates;
    struct json_array array;
    jsonl_follow_fn *follow;
    struct csv_index *csv_index;
    csv_index_fn *build_index;
    uint32_t row_bytes; /* CSV: of the rows last read, about */
    uint32_t template_at, template_credit, template_file;
    uint64_t template_clock;
};

static inline struct text_span *text_reader_span(struct text_reader *reader, uint32_t target,
                                                 uint32_t row)
{
    return &reader->spans[(size_t)target * TEXT_CHUNK_ROWS + row];
}

/* Finds rows in the window: fills spans of rows n_chunk.. and moves feed.start, until the chunk has `room` rows, or
 * the window has no further whole row that begins before `stop`. */
MUST_CHECK enum status jsonl_read_rows(struct text_reader *reader, uint32_t room, uint64_t stop,
                                       bool *starved, struct error *error);
MUST_CHECK enum status jsonl_read_array(struct text_reader *reader, uint32_t room, bool *starved,
                                        struct error *error);
/* One element of an array, from its first byte; `after` is behind its last. */
MUST_CHECK enum status jsonl_read_element(struct text_reader *reader, const char *p,
                                          const char *after, struct error *error);
uint32_t jsonl_read_templates(void); /* to be allocated in a reader */
MUST_CHECK enum status csv_read_rows(struct text_reader *reader, uint32_t room, uint64_t stop,
                                     bool *starved, struct error *error);

/* text_convert.c: puts the chunk's rows into the batch's columns and empties the chunk. The spans point into the
 * window, which has not moved since. */
MUST_CHECK enum status text_convert_chunk(struct text_reader *reader, struct error *error);

/* text_reader.c: something that cannot be read, at `at` in the window. With on_error fail it is an error that names the
 * place; else it is counted, and the caller drops or nulls the row. */
MUST_CHECK enum status text_reader_reject(struct text_reader *reader, const char *at,
                                          enum status status, const char *reason,
                                          struct error *error);
MUST_CHECK enum status text_reader_open(struct scan *scan, struct reader **out,
                                        struct error *error);

/* text_start.c: puts a plain file's morsel k at its first row, or makes it empty (reader->active false). `index` counts
 * scan->files; the bytes up to `goal` will be read. */
MUST_CHECK enum status text_start_enter(struct text_reader *reader, uint32_t index, uint64_t k,
                                        uint64_t goal, struct error *error);
/* The reader has come to the end of a run, in file `index`: the next run's start is known. */
void text_start_confirm(struct text_reader *reader, uint32_t index);

/* text_state.c: what is known of a file of the scan; found out by the first who asks. `file` counts scan->files. */
MUST_CHECK enum status text_state_get(struct text_scan *scan, uint32_t file,
                                      const struct text_file_state **out, struct error *error);
/* The first bytes of a file, decompressed, up to about `wanted`, with a newline at the end. */
struct text_head {
    struct buffer *buffer;
    const char *data;
    size_t length;  /* with the newline that was added */
    bool cut;       /* there is more in the file */
    bool ends_open; /* the newline at the end was added */
    bool is_compressed;
};
MUST_CHECK enum status text_state_read_head(const struct text_source *source,
                                            const struct text_file *file,
                                            const struct context *context, size_t wanted,
                                            struct text_head *out, struct error *error);
/* Whether the text is one JSON array of objects. */
bool text_state_is_array(const char *data, size_t length);

#endif
