/* text_sample.c - the schema of text files: what is declared, or what a sample of the first files shows. */
#include "storage/csv_quotes.h"
#include "storage/text_int.h"
#include "storage/text_scan.h"
#include "storage/text_value.h"

enum { STREAM_PATIENCE_MS = 250 };

static const char owner_sample[] = "the sample of a stream";

struct text_column *text_sample_add_field(struct text_source *source, const char *name,
                                          struct type type, enum column_role role)
{
    struct arena *arena = source->source.arena;
    struct schema *schema = &source->source.schema;
    uint32_t n = schema->n_fields;
    if ((n & (n - 1)) == 0) {
        uint32_t room = n == 0 ? 1 : n * 2;
        struct field *fields = ARENA_ARRAY(arena, struct field, room);
        struct text_column **columns = ARENA_ARRAY(arena, struct text_column *, room);
        if (arena->failed)
            return ARENA_NEW(arena, struct text_column);
        for (uint32_t i = 0; i < n; i++) {
            fields[i] = schema->fields[i];
            columns[i] = source->columns[i];
        }
        schema->fields = fields;
        source->columns = columns;
    }
    struct text_column *column = ARENA_NEW(arena, struct text_column);
    struct str *path = ARENA_NEW(arena, struct str);
    *path = str_of(name);
    column->role = role;
    column->type = type;
    column->path = path;
    column->n_path = 1;
    schema->fields[n] = (struct field){.name = name, .type = type};
    source->columns[n] = column;
    schema->n_fields = n + 1;
    return column;
}

int64_t text_sample_epoch(struct text_source *source, struct str name, struct type type)
{
    for (uint32_t i = 0; i < source->options.n_epochs; i++) {
        struct text_epoch *epoch = &source->options.epochs[i];
        bool meant =
            epoch->name.length == 0 ? type_is_timestamp(type) : str_equal_nocase(epoch->name, name);
        if (meant) {
            epoch->used = true;
            return epoch->units_per_second;
        }
    }
    return 0;
}

/* A number column named in epoch => {...} is a timestamp. */
static bool is_named_epoch(const struct text_source *source, struct str name)
{
    for (uint32_t i = 0; i < source->options.n_epochs; i++)
        if (source->options.epochs[i].name.length > 0 &&
            str_equal_nocase(source->options.epochs[i].name, name))
            return true;
    return false;
}

static bool is_hive_key(const struct text_source *source, struct str name)
{
    for (uint32_t i = 0; i < source->n_hive; i++)
        if (str_equal_nocase(source->hive_keys[i], name))
            return true;
    return false;
}

static void add_file_column(struct text_source *source, struct str key, struct type type,
                            bool declared, uint32_t field_index)
{
    struct arena *arena = source->source.arena;
    const char *name = str_dup(arena, key);
    if (is_named_epoch(source, key) && !type_is_timestamp(type))
        type = type_of(TYPE_TIMESTAMP);
    for (unsigned again = 1; schema_find(&source->source.schema, str_of(name)) >= 0; again++)
        name = arena_printf(arena, STR_FMT "_%u", STR_ARG(key), again);
    struct text_column *column = text_sample_add_field(source, name, type, COLUMN_OF_FILE);
    struct str *path = ARENA_NEW(arena, struct str);
    *path = (struct str){str_dup(arena, key), key.length};
    column->path = path;
    column->declared = declared;
    column->field_index = field_index;
    column->units_per_second = text_sample_epoch(source, key, type);
}

/* ---- Samples ---- */

/* Twice the room for a sample without a whole line yet; *more is false if a line cannot be as long. */
static enum status grow_sample(struct text_source *source, const struct context *context,
                               size_t *room, bool *more, struct error *error)
{
    struct buffer *larger;
    *more = *room <= source->options.line_max;
    if (!*more)
        return STATUS_OK;
    TRY(buffer_new(*room * 2, context->budget, owner_sample, &larger, error));
    memcpy(larger->data, source->stream_sample->data, source->stream_sample_size);
    buffer_unref(source->stream_sample);
    source->stream_sample = larger;
    *room *= 2;
    return STATUS_OK;
}

/* A stream is opened once; what is read for the sample is kept to be read again. */
enum status text_sample_stream(struct text_source *source, const struct text_file *file,
                               const struct context *context, struct error *error)
{
    uint64_t lines = 0;
    size_t room = TEXT_SAMPLE_BYTES;
    TRY(text_input_open(file->path, context, &source->stream, error));
    TRY(buffer_new(room, context->budget, owner_sample, &source->stream_sample, error));
    while (lines < source->options.sample_lines) {
        bool more = source->stream_sample_size < room;
        size_t got;
        if (!more && lines == 0)
            TRY(grow_sample(source, context, &room, &more, error));
        if (!more || (lines > 0 && !text_input_ready(source->stream, STREAM_PATIENCE_MS)))
            break;
        uint8_t *at = source->stream_sample->data + source->stream_sample_size;
        TRY(text_input_read(source->stream, at, room - source->stream_sample_size, &got, error));
        source->stream_ended = got == 0;
        if (got == 0)
            break;
        lines += text_scan_count((const char *)at, got, '\n');
        source->stream_sample_size += got;
    }
    return STATUS_OK;
}

static bool is_blank(const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r\n", data[i]) || data[i] == '\0')
            return false;
    return true;
}

static bool has_quoted_newline(const struct csv_dialect *dialect, const char *data, size_t length)
{
    enum csv_place place = CSV_OUTSIDE;
    const char *end = data + length, *newline;
    for (const char *p = data + dialect->data_start; p < end; p = newline + 1) {
        newline = memchr(p, '\n', (size_t)(end - p));
        place = newline ? csv_quotes_pass(dialect, p, newline, '\n', place) : CSV_OUTSIDE;
        if (!newline || place == CSV_INSIDE)
            break;
        place = CSV_OUTSIDE;
    }
    return place == CSV_INSIDE;
}

static enum status sniff_csv(struct text_source *source, struct sniff *sniff,
                             const struct text_head *head, uint64_t lines, struct error *error)
{
    struct csv_dialect dialect;
    TRY(csv_sniff_dialect(source, sniff->arena, head->data, head->length, &dialect, error));
    if (dialect.n_columns == 0)
        return STATUS_OK;
    if (!source->dialect_known) {
        source->dialect = dialect;
        source->dialect_known = true;
    } else if (!dialect.header || !source->options.union_by_name) {
        if (dialect.n_columns != source->dialect.n_columns)
            return error_set(error, STATUS_DATA, "the file has %u columns, the first has %u",
                             dialect.n_columns, source->dialect.n_columns);
        dialect.names = source->dialect.names;
    }
    if (dialect.quote != '\0')
        source->quoted_newlines |= has_quoted_newline(&dialect, head->data, head->length);
    csv_sniff_lines(source, sniff, &dialect, head->data, head->length, lines, head->cut);
    return arena_check(sniff->arena, error);
}

static enum status sniff_json(struct sniff *sniff, const struct text_head *head, uint64_t lines,
                              struct error *error)
{
    const char *data = head->data;
    size_t length = head->length;
    if (length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        data += 3;
        length -= 3;
    }
    if (text_state_is_array(data, length))
        jsonl_sniff_array(sniff, (char *)head->buffer->data + (data - head->data), length, lines);
    else
        jsonl_sniff_lines(sniff, data, length, lines, head->cut);
    return arena_check(sniff->arena, error);
}

/* The first line that is not blank, if the sample breaks off in it or it is too long; 0: it is fine. */
static uint64_t broken_line(const struct text_source *source, const struct text_head *head)
{
    uint64_t line = 1;
    const char *p = head->data, *end = p + head->length - head->ends_open, *newline;
    size_t most = MAX(source->options.line_max, 256u);
    for (; p < end && strchr(" \t\r\n", *p) && *p != '\0'; p++)
        line += *p == '\n';
    bool is_array = source->format == TEXT_FORMAT_JSONL && p < end && *p == '[';
    newline = memchr(p, '\n', (size_t)(end - p));
    bool fine = newline ? (size_t)(newline - p) <= most : !head->cut && (size_t)(end - p) <= most;
    return is_array || fine ? 0 : line;
}

/* The start of a file with at least one whole line. */
static enum status read_sample(struct text_source *source, const struct text_file *file,
                               const struct context *context, size_t wanted, struct text_head *head,
                               struct error *error)
{
    uint32_t line_max = source->options.line_max;
    for (;; wanted = MIN(wanted * 4, (size_t)line_max + 2)) {
        TRY(text_state_read_head(source, file, context, wanted, head, error));
        uint64_t line = broken_line(source, head);
        if (line == 0)
            return STATUS_OK;
        bool too_long = wanted > line_max || file->is_stream || !head->cut;
        buffer_unref(head->buffer);
        if (too_long)
            return text_feed_too_long(file->path, line, line_max, error);
    }
}

static enum status sample_file(struct text_source *source, struct sniff *sniff, uint32_t f,
                               bool first, const struct context *context, bool *empty,
                               struct error *error)
{
    const struct text_file *file = &source->files[f];
    uint64_t lines = first ? source->options.sample_lines
                           : MIN(source->options.sample_lines, (uint64_t)TEXT_SAMPLE_OTHER_LINES);
    size_t wanted = first ? TEXT_SAMPLE_BYTES : TEXT_SAMPLE_BYTES / 8;
    struct text_head head;
    wanted = MAX(wanted, (size_t)MIN(lines * 512, (uint64_t)16 << 20));
    TRY(read_sample(source, file, context, wanted, &head, error));
    enum status status = STATUS_OK;
    *empty = is_blank(head.data, head.length);
    if (!*empty && source->format == TEXT_FORMAT_CSV)
        status = sniff_csv(source, sniff, &head, lines, error);
    else if (!*empty)
        status = sniff_json(sniff, &head, lines, error);
    buffer_unref(head.buffer);
    if (status != STATUS_OK && status != STATUS_CANCELLED && status != STATUS_MEMORY)
        error_append(error, " (%s)", file->path);
    return status;
}

/* The first files with content, and some more spread over the rest; bounded. */
static enum status sniff_files(struct text_source *source, struct sniff *sniff,
                               const struct context *context, struct error *error)
{
    uint32_t sampled = 0, step = 1;
    bool found = false;
    struct error unreadable = {0};
    if (source->n_files > TEXT_SAMPLE_FILES)
        step = source->n_files / TEXT_SAMPLE_FILES;
    for (uint32_t f = 0; f < source->n_files && (sampled < TEXT_SAMPLE_FILES || !found);) {
        bool empty;
        TRY(context_check(context, error));
        if (source->files[f].is_stream) {
            if (source->stream && f > 0)
                return error_set(error, STATUS_UNSUPPORTED,
                                 "not supported yet: several pipes in one list");
            if (!source->stream)
                TRY(text_sample_stream(source, &source->files[f], context, error));
        }
        enum status status = sample_file(source, sniff, f, !found, context, &empty, error);
        if (status == STATUS_IO && source->files[f].hive) {
            /* Its folder may be one that the query does not want. */
            empty = true;
            unreadable = *error;
            error_clear(error);
            status = STATUS_OK;
        }
        TRY(status);
        found |= !empty;
        sampled++;
        f += found ? step : 1;
    }
    if (!found && unreadable.status != STATUS_OK) {
        *error = unreadable;
        return unreadable.status;
    }
    return STATUS_OK;
}

static struct text_declared *find_declared(struct text_source *source, struct str name)
{
    for (uint32_t i = 0; i < source->options.n_columns; i++)
        if (str_equal_nocase(source->options.columns[i].name, name))
            return &source->options.columns[i];
    return NULL;
}

static uint32_t csv_place(const struct text_source *source, struct str name)
{
    for (uint32_t i = 0; i < source->dialect.n_columns; i++)
        if (str_equal_nocase(source->dialect.names[i], name))
            return i;
    return UINT32_MAX;
}

static bool has_column(const struct sniff *sniff, struct str name)
{
    for (size_t i = 0; i < sniff->columns.count; i++)
        if (str_equal_nocase(sniff->columns.items[i].name, name))
            return true;
    return false;
}

static enum status not_in_header(const struct text_source *source, struct str name,
                                 struct error *error)
{
    const char *names[64];
    uint32_t n = MIN(source->dialect.n_columns, (uint32_t)ARRAY_LENGTH(names));
    for (uint32_t i = 0; i < n; i++)
        names[i] = source->dialect.names[i].data;
    enum status status =
        error_set_at(error, STATUS_NAME, source->span, "the header has no column " STR_FMT " (%s)",
                     STR_ARG(name), source->shown);
    const char *near = error_did_you_mean(name.data, name.length, names, n);
    if (near)
        error_hint(error, "did you mean %s?", near);
    else
        error_hint(error, "header => false, skip => 1 takes the columns by place");
    return status;
}

/* Each column named in epoch => {...} must be there. */
static enum status check_epochs(const struct text_source *source, struct error *error)
{
    for (uint32_t i = 0; i < source->options.n_epochs; i++) {
        const struct text_epoch *epoch = &source->options.epochs[i];
        if (epoch->name.length > 0 && !epoch->used)
            return error_set_at(error, STATUS_NAME, source->span,
                                "epoch names a column that is not there: " STR_FMT,
                                STR_ARG(epoch->name));
    }
    return STATUS_OK;
}

/* Declared columns are the schema, in their order. CSV without a header: they name the fields by place. */
static enum status add_declared(struct text_source *source, const struct sniff *sniff,
                                struct error *error)
{
    bool by_place = source->format == TEXT_FORMAT_CSV && !source->dialect.header;
    uint32_t place = 0;
    for (uint32_t i = 0; i < source->options.n_columns; i++) {
        struct text_declared *declared = &source->options.columns[i];
        if (is_hive_key(source, declared->name))
            continue;
        if (source->dialect_known && !by_place && !has_column(sniff, declared->name))
            return not_in_header(source, declared->name, error);
        uint32_t index = by_place ? place++ : csv_place(source, declared->name);
        add_file_column(source, declared->name, declared->type, true, index);
    }
    return STATUS_OK;
}

static void add_sniffed(struct text_source *source, const struct sniff *sniff)
{
    for (size_t i = 0; i < sniff->columns.count; i++) {
        const struct sniff_column *column = &sniff->columns.items[i];
        if (is_hive_key(source, column->name) || find_declared(source, column->name))
            continue;
        add_file_column(source, column->name, text_sniff_type(column->seen), false,
                        csv_place(source, column->name));
    }
}

static enum status nothing_known(const struct text_source *source, struct error *error)
{
    const char *path = source->n_files == 1 ? source->files[0].path : source->shown;
    enum status status =
        error_set_at(error, STATUS_DATA, source->span, "%s is empty: columns are unknown",
                     strcmp(path, "-") == 0 ? "stdin" : path);
    error_hint(error, "columns => {name: 'VARCHAR', time: 'TIMESTAMP'} declares them");
    return status;
}

static void add_virtual(struct text_source *source)
{
    const struct schema *schema = &source->source.schema;
    bool taken = schema_find(schema, STR_LITERAL("filename")) >= 0;
    if (source->options.filename && !taken)
        text_sample_add_field(source, "filename", type_of(TYPE_VARCHAR), COLUMN_FILENAME);
    source->source.n_visible = source->source.schema.n_fields;
    if (!source->options.filename && !taken)
        text_sample_add_field(source, "filename", type_of(TYPE_VARCHAR), COLUMN_FILENAME);
    if (schema_find(schema, STR_LITERAL("file_row_number")) < 0)
        text_sample_add_field(source, "file_row_number", type_of(TYPE_BIGINT), COLUMN_ROW_NUMBER);
}

enum status text_sample_read(struct text_source *source, const struct context *context,
                             struct error *error)
{
    struct sniff sniff = {.arena = source->source.arena,
                          .fold_case = source->format == TEXT_FORMAT_CSV};
    enum status status = sniff_files(source, &sniff, context, error);
    if (status != STATUS_OK) {
        error_place(error, source->span);
        return status;
    }
    if (sniff.too_many)
        return error_set_at(error, STATUS_LIMIT, source->span, "too many columns: over %d (%s)",
                            TEXT_COLUMNS_MAX, source->shown);
    if (source->options.n_columns > 0)
        TRY(add_declared(source, &sniff, error));
    else if (sniff.columns.count == 0)
        return nothing_known(source, error);
    else
        add_sniffed(source, &sniff);
    TRY(check_epochs(source, error));
    TRY(text_hive_add_columns(source, error));
    add_virtual(source);
    return arena_check(source->source.arena, error);
}
