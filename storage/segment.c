/* segment.c - a file's footer, read and held against the file.
 *
 *   1. Nothing past this file looks at a footer that segment_open has not checked whole.
 *   2. The checksum is verified before anything but the lengths is believed; the rest is checked all the same. */
#include "storage/segment.h"

#include "storage/codec.h"
#include "storage/segment_int.h"

static const char owner[] = "segment footer";

/* Position: the number in files. */
static const uint8_t type_numbers[] = {
    TYPE_NULL, TYPE_BOOLEAN,   TYPE_TINYINT,     TYPE_SMALLINT, TYPE_INTEGER, TYPE_BIGINT,
    TYPE_REAL, TYPE_DOUBLE,    TYPE_DECIMAL,     TYPE_VARCHAR,  TYPE_BLOB,    TYPE_DATE,
    TYPE_TIME, TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ, TYPE_INTERVAL, TYPE_JSON,
};
static_assert(ARRAY_LENGTH(type_numbers) == SEGMENT_FORMAT_TYPES, "a number for each type");
static_assert(SEGMENT_FORMAT_TYPES == (int)TYPE_COUNT, "a number for each type");

uint8_t segment_type_number(enum type_id id)
{
    uint8_t i = 0;
    while (type_numbers[i] != id)
        i++;
    return i;
}

static enum status damaged(const char *path, const char *reason, struct error *error)
{
    enum status status = error_set(error, STATUS_DATA, "%s is damaged: %s", path, reason);
    error_hint(error, "it must be restored from a copy");
    return status;
}

/* ---- The parts of a footer ---- */

/* Bytes that are taken from the front. */
struct cursor {
    const uint8_t *at;
    size_t left;
};

static const uint8_t *take(struct cursor *cursor, uint64_t size)
{
    if (size > cursor->left)
        return NULL;
    const uint8_t *at = cursor->at;
    cursor->at += size;
    cursor->left -= (size_t)size;
    return at;
}

static bool type_is_sound(const struct footer_column *column)
{
    if (column->type >= SEGMENT_FORMAT_TYPES)
        return false;
    switch (type_numbers[column->type]) {
    case TYPE_DECIMAL:
        return column->precision >= 1 && column->precision <= DECIMAL_PRECISION_MAX &&
               column->scale <= column->precision;
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        return column->precision <= 9 && column->scale == 0;
    default:
        return column->precision == 0 && column->scale == 0;
    }
}

static const char *read_column(const uint8_t *from, const char **names, size_t *names_left,
                               struct segment_column *out)
{
    struct footer_column column;
    memcpy(&column, from, sizeof column);
    bool has_dictionary = column.flags & COLUMN_HAS_DICTIONARY;
    if (!type_is_sound(&column))
        return "a column of an unknown type";
    if (column.flags > (COLUMN_IS_NOT_NULL | COLUMN_HAS_DICTIONARY) ||
        has_dictionary != (column.dictionary_length > 0) ||
        column.dictionary_length > DICTIONARY_LENGTH_MAX || column.name_length > *names_left)
        return "a column that cannot be";
    *out = (struct segment_column){
        .name = *names,
        .type = {type_numbers[column.type], column.precision, column.scale, column.type_length},
        .not_null = column.flags & COLUMN_IS_NOT_NULL,
        .distinct = column.distinct,
        .dictionary_length = column.dictionary_length,
    };
    *names += column.name_length;
    *names_left -= column.name_length;
    return NULL;
}

/* Names are NUL-terminated in the file too, so that they can be used in place. */
static const char *read_columns(struct segment *segment, const uint8_t *columns, const char *names,
                                size_t names_size)
{
    for (uint32_t c = 0; c < segment->n_columns; c++) {
        const char *before = names;
        const char *reason = read_column(columns + (size_t)c * FOOTER_COLUMN_SIZE, &names,
                                         &names_size, &segment->columns[c]);
        if (reason)
            return reason;
        if (names == before || names[-1] != '\0' || strlen(before) + 1 != (size_t)(names - before))
            return "a column without a name";
    }
    return NULL;
}

static const char *check_batches(const struct segment *segment)
{
    uint64_t rows = 0;
    for (uint32_t b = 0; b < segment->n_batches; b++) {
        if (segment->batch_rows[b] == 0 || segment->batch_rows[b] > SEGMENT_BATCH_ROWS)
            return "a batch of an impossible length";
        rows += segment->batch_rows[b];
    }
    return rows == segment->rows ? NULL : "batches that do not add up";
}

static const char *check_chunks(const struct segment *segment)
{
    uint64_t data_end = segment->size - SEGMENT_TAIL_SIZE;
    for (uint32_t b = 0; b < segment->n_batches; b++) {
        for (uint32_t c = 0; c < segment->n_columns; c++) {
            struct chunk chunk = segment_chunk(segment, b, c);
            enum physical physical = type_physical(segment->columns[c].type);
            bool needs = chunk.encoding == ENCODING_DICTIONARY;
            if (!chunk_is_sound(&chunk, physical, segment->batch_rows[b], data_end) ||
                (needs && segment->columns[c].dictionary_length == 0))
                return "a chunk that cannot be";
        }
    }
    return NULL;
}

static const char *read_dictionaries(struct segment *segment, struct cursor *cursor)
{
    uint64_t data_end = segment->size - SEGMENT_TAIL_SIZE;
    for (uint32_t c = 0; c < segment->n_columns; c++) {
        struct segment_column *column = &segment->columns[c];
        if (column->dictionary_length == 0)
            continue;
        const uint8_t *entry = take(cursor, SEGMENT_CHUNK_SIZE);
        if (!entry)
            return "a footer that is too short";
        memcpy(&column->dictionary, entry, sizeof column->dictionary);
        const struct chunk *chunk = &column->dictionary;
        if (!chunk_is_sound(chunk, type_physical(column->type), column->dictionary_length,
                            data_end) ||
            chunk->nulls != 0 || chunk->encoding == ENCODING_DICTIONARY)
            return "a dictionary that cannot be";
    }
    return NULL;
}

/* The length of all names together, which is nowhere else. */
static uint64_t names_length(const uint8_t *columns, uint32_t n)
{
    uint64_t total = 0;
    for (uint32_t c = 0; c < n; c++) {
        struct footer_column column;
        memcpy(&column, columns + (size_t)c * FOOTER_COLUMN_SIZE, sizeof column);
        total += column.name_length;
    }
    return total;
}

static const char *parse_footer(struct segment *segment, size_t length)
{
    static const char too_short[] = "a footer that is too short";
    struct cursor cursor = {segment->footer->data, length};
    cursor.at += FOOTER_FIXED_SIZE; /* read by the caller */
    cursor.left -= FOOTER_FIXED_SIZE;
    const uint8_t *columns = take(&cursor, (uint64_t)segment->n_columns * FOOTER_COLUMN_SIZE);
    if (!columns)
        return too_short;
    uint64_t names_size = names_length(columns, segment->n_columns);
    const uint8_t *names = take(&cursor, round_up(names_size, 8));
    if (!names)
        return too_short;
    const char *reason = read_columns(segment, columns, (const char *)names, names_size);
    if (reason)
        return reason;
    const uint8_t *rows = take(&cursor, round_up((uint64_t)segment->n_batches * 4, 8));
    if (!rows)
        return too_short;
    segment->batch_rows = (const uint32_t *)(const void *)rows;
    reason = check_batches(segment);
    if (!reason)
        reason = read_dictionaries(segment, &cursor);
    if (reason)
        return reason;
    uint64_t n_chunks = (uint64_t)segment->n_batches * segment->n_columns;
    segment->chunks = take(&cursor, n_chunks * SEGMENT_CHUNK_SIZE);
    if (!segment->chunks || cursor.left != 0)
        return "a footer of the wrong length";
    return check_chunks(segment);
}

static const char *read_fixed(struct segment *segment, size_t length)
{
    struct footer_fixed fixed;
    if (length < sizeof fixed)
        return "a footer that is too short";
    memcpy(&fixed, segment->footer->data, sizeof fixed);
    if (fixed.n_columns > SEGMENT_COLUMNS_MAX ||
        (fixed.time_column != SEGMENT_NO_COLUMN && fixed.time_column >= fixed.n_columns))
        return "columns that cannot be";
    segment->n_columns = fixed.n_columns;
    segment->n_batches = fixed.n_batches;
    segment->rows = fixed.rows;
    segment->time_column = fixed.time_column;
    return NULL;
}

/* ---- The file ---- */

static enum status read_at(struct io *io, int fd, const char *path, void *data, size_t size,
                           uint64_t offset, struct error *error)
{
    size_t got = 0;
    TRY(io_pread(io, fd, path, data, size, offset, &got, error));
    return got == size ? STATUS_OK : damaged(path, "it is too short", error);
}

static enum status check_version(const char *path, uint32_t version, struct error *error)
{
    if (version == SEGMENT_VERSION)
        return STATUS_OK;
    if (version < SEGMENT_VERSION || version > UINT16_MAX)
        return damaged(path, "a version that never was", error);
    enum status status =
        error_set(error, STATUS_UNSUPPORTED, "%s is of format version %u, this weir reads up to %d",
                  path, (unsigned)version, (int)SEGMENT_VERSION);
    error_hint(error, "a newer weir wrote it; use that or a later one");
    return status;
}

static enum status read_header(struct io *io, int fd, const char *path, uint64_t size,
                               struct error *error)
{
    uint8_t header[SEGMENT_HEADER_SIZE];
    if (size < SEGMENT_HEADER_SIZE + FOOTER_FIXED_SIZE + SEGMENT_TAIL_SIZE)
        return damaged(path, "it is too short", error);
    TRY(read_at(io, fd, path, header, sizeof header, 0, error));
    uint32_t version, zero;
    memcpy(&version, header + 8, 4);
    memcpy(&zero, header + 12, 4);
    if (memcmp(header, SEGMENT_MAGIC, 8) != 0)
        return error_set(error, STATUS_DATA, "%s is not a weir data file", path);
    TRY(check_version(path, version, error));
    return zero == 0 ? STATUS_OK : damaged(path, "its header", error);
}

static enum status read_tail(struct io *io, int fd, const char *path, uint64_t size,
                             struct segment_tail *tail, struct error *error)
{
    TRY(read_at(io, fd, path, tail, sizeof *tail, size - SEGMENT_TAIL_SIZE, error));
    if (memcmp(tail->magic, SEGMENT_MAGIC, 8) != 0)
        return damaged(path, "its end is missing", error);
    TRY(check_version(path, tail->version, error));
    uint64_t most = size - SEGMENT_HEADER_SIZE - SEGMENT_TAIL_SIZE;
    if (tail->zero != 0 || tail->footer_length > most || tail->footer_length < FOOTER_FIXED_SIZE)
        return damaged(path, "its footer's length", error);
    return STATUS_OK;
}

static enum status read_footer(struct segment *segment, struct io *io, int fd, struct error *error)
{
    struct segment_tail tail;
    const char *path = segment->path;
    TRY(read_header(io, fd, path, segment->size, error));
    TRY(read_tail(io, fd, path, segment->size, &tail, error));
    size_t length = (size_t)tail.footer_length;
    TRY(buffer_new(length, segment->budget, owner, &segment->footer, error));
    TRY(read_at(io, fd, path, segment->footer->data, length,
                segment->size - SEGMENT_TAIL_SIZE - length, error));
    if (codec_hash(segment->footer->data, length) != tail.checksum)
        return damaged(path, "the footer's checksum does not match", error);
    const char *reason = read_fixed(segment, length);
    if (reason)
        return damaged(path, reason, error);
    TRY(buffer_new_zeroed(MAX(segment->n_columns, 1u) * sizeof(struct segment_column),
                          segment->budget, owner, &segment->memory, error));
    segment->columns = (struct segment_column *)(void *)segment->memory->data;
    reason = parse_footer(segment, length);
    return reason ? damaged(path, reason, error) : STATUS_OK;
}

enum status segment_open(struct io *io, const char *path, struct budget *budget,
                         struct segment **out, struct error *error)
{
    *out = NULL;
    void *memory = NULL;
    TRY(block_alloc(&memory, sizeof(struct segment), budget, owner, error));
    struct segment *segment = memory;
    *segment = (struct segment){.path = path, .budget = budget};
    int fd = -1;
    struct io_stat stat;
    enum status status;
    TRY_OUT(io_open_read(io, path, &fd, error));
    TRY_OUT(io_fstat(io, fd, path, &stat, error));
    segment->size = stat.size;
    TRY_OUT(read_footer(segment, io, fd, error));
    *out = segment;
out:
    io_close_quietly(io, fd);
    if (status != STATUS_OK)
        segment_close(segment);
    return status;
}

void segment_close(struct segment *segment)
{
    if (!segment)
        return;
    buffer_unref(segment->footer);
    buffer_unref(segment->memory);
    block_free(segment, sizeof *segment, segment->budget);
}

struct chunk segment_chunk(const struct segment *segment, uint32_t batch, uint32_t column)
{
    struct chunk chunk;
    size_t index = (size_t)batch * segment->n_columns + column;
    memcpy(&chunk, segment->chunks + index * SEGMENT_CHUNK_SIZE, sizeof chunk);
    return chunk;
}

/* ---- Zones ---- */

static struct value zone_value(struct type type, const uint8_t *bytes, uint8_t length)
{
    struct value value = {.type = type};
    union {
        uint8_t u8;
        int8_t i8;
        int16_t i16;
        int32_t i32;
        int64_t i64;
        int128_t i128;
        float f32;
        double f64;
        struct interval interval;
    } raw = {0};
    enum physical physical = type_physical(type);
    if (physical == PHYSICAL_TEXT) {
        value.text = (struct str){(const char *)bytes, length};
        return value;
    }
    memcpy(&raw, bytes, length);
    bool is_decimal = type.id == TYPE_DECIMAL;
    switch (physical) {
    case PHYSICAL_U8:
        value.boolean = raw.u8 & 1;
        break;
    case PHYSICAL_I8:
        value.i64 = raw.i8;
        break;
    case PHYSICAL_I16:
        value.i64 = raw.i16;
        break;
    case PHYSICAL_I32:
        value.i64 = raw.i32;
        break;
    case PHYSICAL_I64:
        if (is_decimal)
            value.i128 = raw.i64;
        else
            value.i64 = raw.i64;
        break;
    case PHYSICAL_I128:
        value.i128 = raw.i128;
        break;
    case PHYSICAL_F32:
        value.f64 = (double)raw.f32;
        break;
    case PHYSICAL_F64:
        value.f64 = raw.f64;
        break;
    default:
        value.interval = raw.interval;
    }
    return value;
}

struct zone segment_zone(struct type type, const struct chunk *chunk, uint64_t rows)
{
    const uint8_t both = CHUNK_HAS_MIN | CHUNK_HAS_MAX;
    struct zone zone = {
        .has_range = (chunk->flags & both) == both,
        .min_is_exact = chunk->flags & CHUNK_MIN_EXACT,
        .max_is_exact = chunk->flags & CHUNK_MAX_EXACT,
        .is_ascending = chunk->flags & CHUNK_ASCENDING,
        .nulls = chunk->nulls,
        .rows = rows,
    };
    zone.min = zone.max = value_null(type);
    if (zone.has_range) {
        zone.min = zone_value(type, chunk->min, chunk->min_length);
        zone.max = zone_value(type, chunk->max, chunk->max_length);
    }
    return zone;
}
