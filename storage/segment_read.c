/* segment_read.c - chunks found, checked, and decoded by vectors.
 *
 *   1. Short chunks are read whole, of long ones the head first and then only the parts that are needed.
 *   2. Bytes are used after their checksum, and lengths in them after chunk_open_head's checks.
 *   3. Text points into the part that it was decoded from, which its column keeps alive. */
#include "storage/segment_read.h"

#include "storage/codec.h"

static const char owner[] = "segment reader";

enum { WHOLE_BYTES = 256 * 1024 }; /* chunks up to this size are read in one call */

/* What is at hand of one column. */
struct place {
    uint32_t batch; /* UINT32_MAX: nothing; DICTIONARY_BATCH: its dictionary */
    size_t rows;
    struct chunk chunk;
    enum physical physical; /* of what lies in the vectors: values or codes */
    struct chunk_head head;
    struct buffer *stored; /* the head, or the whole chunk */
    bool is_whole;
    uint32_t part; /* UINT32_MAX: none */
    struct buffer *part_buffer;
    const uint8_t *part_data;
};

#define DICTIONARY_BATCH (UINT32_MAX - 1)

struct segment_reader {
    const struct context *context;
    const struct segment *segment;
    int fd;
    uint64_t bytes;
    struct place *places;  /* one a column */
    struct buffer *packed; /* stored bytes of a part, to be decompressed */
    uint32_t *codes;       /* VECTOR_ROWS */
};

/* ---- Opening ---- */

static void reader_free(struct segment_reader *reader)
{
    struct budget *budget = reader->context->budget;
    uint32_t n = reader->segment->n_columns;
    for (uint32_t c = 0; reader->places && c < n; c++) {
        buffer_unref(reader->places[c].stored);
        buffer_unref(reader->places[c].part_buffer);
    }
    if (reader->places)
        block_free(reader->places, MAX(n, 1u) * sizeof(struct place), budget);
    if (reader->codes)
        block_free(reader->codes, VECTOR_ROWS * sizeof(uint32_t), budget);
    buffer_unref(reader->packed);
    block_free(reader, sizeof *reader, budget);
}

void segment_reader_close(struct segment_reader *reader)
{
    if (!reader)
        return;
    io_close_quietly(reader->context->io, reader->fd);
    reader_free(reader);
}

static enum status init_reader(struct segment_reader *reader, struct error *error)
{
    struct budget *budget = reader->context->budget;
    uint32_t n = MAX(reader->segment->n_columns, 1u);
    void *memory = NULL;
    TRY(block_alloc(&memory, n * sizeof(struct place), budget, owner, error));
    reader->places = memory;
    for (uint32_t c = 0; c < n; c++)
        reader->places[c].batch = reader->places[c].part = UINT32_MAX;
    TRY(block_alloc(&memory, VECTOR_ROWS * sizeof(uint32_t), budget, owner, error));
    reader->codes = memory;
    return io_open_read(reader->context->io, reader->segment->path, &reader->fd, error);
}

enum status segment_reader_open(const struct context *context, const struct segment *segment,
                                struct segment_reader **out, struct error *error)
{
    *out = NULL;
    void *memory = NULL;
    TRY(block_alloc(&memory, sizeof(struct segment_reader), context->budget, owner, error));
    struct segment_reader *reader = memory;
    *reader = (struct segment_reader){.context = context, .segment = segment, .fd = -1};
    enum status status = init_reader(reader, error);
    if (status != STATUS_OK) {
        reader_free(reader);
        return status;
    }
    *out = reader;
    return STATUS_OK;
}

uint64_t segment_reader_bytes(const struct segment_reader *reader)
{
    return reader->bytes;
}

/* ---- Bytes ---- */

static enum status damaged(const struct segment_reader *reader, uint32_t batch, uint32_t column,
                           const char *reason, struct error *error)
{
    const char *path = reader->segment->path, *name = reader->segment->columns[column].name;
    enum status status;
    if (batch == DICTIONARY_BATCH)
        status = error_set(error, STATUS_DATA, "%s is damaged: dictionary of column %s: %s", path,
                           name, reason);
    else
        status = error_set(error, STATUS_DATA, "%s is damaged: column %s, batch %u: %s", path, name,
                           batch, reason);
    error_hint(error, "it must be restored from a copy");
    return status;
}

/* A buffer of at least `size` bytes that nobody else holds. */
static enum status make_room(struct segment_reader *reader, struct buffer **buffer, size_t size,
                             struct error *error)
{
    struct buffer *old = *buffer;
    if (old && old->capacity >= size && atomic_load(&old->refs) == 1)
        return STATUS_OK;
    *buffer = NULL;
    buffer_unref(old);
    return buffer_new(round_up(size, 4096), reader->context->budget, owner, buffer, error);
}

static enum status read_bytes(struct segment_reader *reader, uint64_t offset, size_t size,
                              void *out, struct error *error)
{
    size_t got = 0;
    const char *path = reader->segment->path;
    TRY(io_pread(reader->context->io, reader->fd, path, out, size, offset, &got, error));
    reader->bytes += got;
    if (got == size)
        return STATUS_OK;
    return error_set(error, STATUS_DATA, "%s is damaged: it is too short", path);
}

static enum status load_head(struct segment_reader *reader, uint32_t batch, uint32_t column,
                             struct place **out, struct error *error)
{
    struct place *place = &reader->places[column];
    const struct segment *segment = reader->segment;
    *out = place;
    if (place->batch == batch)
        return STATUS_OK;
    place->batch = place->part = UINT32_MAX;
    bool is_dictionary = batch == DICTIONARY_BATCH;
    place->chunk =
        is_dictionary ? segment->columns[column].dictionary : segment_chunk(segment, batch, column);
    place->rows =
        is_dictionary ? segment->columns[column].dictionary_length : segment->batch_rows[batch];
    const struct chunk *chunk = &place->chunk;
    place->physical = chunk->encoding == ENCODING_DICTIONARY
                          ? PHYSICAL_I32
                          : type_physical(segment->columns[column].type);
    place->is_whole = chunk->length <= WHOLE_BYTES;
    size_t size = place->is_whole ? chunk->length : chunk->head_length;
    TRY(make_room(reader, &place->stored, size, error));
    if (size > 0)
        TRY(read_bytes(reader, chunk->offset, size, place->stored->data, error));
    const char *reason =
        chunk_open_head(chunk, place->physical, place->rows, place->stored->data, &place->head);
    if (reason)
        return damaged(reader, batch, column, reason, error);
    place->batch = batch;
    return STATUS_OK;
}

/* The stored bytes of a part, checked: in the chunk's buffer, or read to `into`. */
static enum status fetch_part(struct segment_reader *reader, uint32_t column,
                              const struct part_place *part, struct buffer **into,
                              const uint8_t **data, struct error *error)
{
    struct place *place = &reader->places[column];
    size_t size = part->stored_end - part->stored_start;
    size_t at = (size_t)place->chunk.head_length + part->stored_start;
    if (place->is_whole) {
        *data = place->stored->data + at;
    } else {
        TRY(make_room(reader, into, size, error));
        TRY(read_bytes(reader, place->chunk.offset + at, size, (*into)->data, error));
        *data = (*into)->data;
    }
    if (codec_hash(*data, size) != part->checksum)
        return damaged(reader, place->batch, column, "the checksum does not match", error);
    return STATUS_OK;
}

static enum status load_part(struct segment_reader *reader, uint32_t column, uint32_t part,
                             struct error *error)
{
    struct place *place = &reader->places[column];
    if (place->part == part)
        return STATUS_OK;
    place->part = UINT32_MAX;
    struct part_place found = chunk_part(&place->head, &place->chunk, part);
    if (!found.is_compressed) {
        TRY(fetch_part(reader, column, &found, &place->part_buffer, &place->part_data, error));
    } else {
        const uint8_t *stored;
        TRY(fetch_part(reader, column, &found, &reader->packed, &stored, error));
        size_t size = found.raw_end - found.raw_start;
        TRY(make_room(reader, &place->part_buffer, size, error));
        if (!codec_decompress(stored, found.stored_end - found.stored_start,
                              place->part_buffer->data, size))
            return damaged(reader, place->batch, column, "it cannot be decompressed", error);
        place->part_data = place->part_buffer->data;
    }
    place->part = part;
    return STATUS_OK;
}

/* The bytes of a vector. */
static enum status load_vector(struct segment_reader *reader, uint32_t column, uint32_t vector,
                               const uint8_t **data, size_t *length, struct error *error)
{
    struct place *place = &reader->places[column];
    TRY(load_part(reader, column, vector >> place->chunk.part_shift, error));
    uint32_t start, end;
    chunk_vector(&place->head, &place->chunk, vector, &start, &end);
    *data = place->part_data + start;
    *length = end - start;
    return STATUS_OK;
}

/* What keeps the loaded part's bytes alive. */
static struct buffer *part_holder(const struct place *place)
{
    struct part_place part = chunk_part(&place->head, &place->chunk, place->part);
    return place->is_whole && !part.is_compressed ? place->stored : place->part_buffer;
}

/* ---- Vectors to columns ---- */

static bool codes_fit(const uint32_t *codes, size_t n, size_t length)
{
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = MAX(most, codes[i]);
    return most < length;
}

static enum status decode_codes(struct segment_reader *reader, uint32_t column, uint32_t vector,
                                size_t n, size_t dictionary_length, uint32_t *out,
                                struct error *error)
{
    const struct place *place = &reader->places[column];
    const uint8_t *data;
    size_t length;
    TRY(load_vector(reader, column, vector, &data, &length, error));
    if (!encoding_decode(chunk_data_encoding(&place->chunk), PHYSICAL_I32, data, length, n, out))
        return damaged(reader, place->batch, column, "codes that cannot be decoded", error);
    if (!codes_fit(out, n, dictionary_length))
        return damaged(reader, place->batch, column, "a code past its dictionary", error);
    return STATUS_OK;
}

static void gather(char *out, const char *values, const uint32_t *codes, size_t n, size_t size)
{
    if (size == 8) {
        for (size_t i = 0; i < n; i++)
            memcpy(out + i * 8, values + (size_t)codes[i] * 8, 8);
        return;
    }
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * size, values + codes[i] * size, size);
}

static enum status decode_vector(struct segment_reader *reader, uint32_t column, uint32_t vector,
                                 size_t n, const struct column *dictionary, struct column *out,
                                 size_t row, struct error *error)
{
    const struct place *place = &reader->places[column];
    enum physical physical = type_physical(out->type);
    size_t size = physical_size(physical);
    char *to = (char *)out->data + row * size;
    if (place->chunk.encoding == ENCODING_DICTIONARY) {
        if (out->encoding == COLUMN_DICTIONARY)
            return decode_codes(reader, column, vector, n, dictionary->length,
                                (uint32_t *)out->data + row, error);
        TRY(decode_codes(reader, column, vector, n, dictionary->length, reader->codes, error));
        gather(to, dictionary->data, reader->codes, n, size);
        return STATUS_OK;
    }
    const uint8_t *data;
    size_t length;
    TRY(load_vector(reader, column, vector, &data, &length, error));
    bool fine;
    if (physical == PHYSICAL_TEXT) {
        fine = encoding_decode_text(data, length, n, (struct text *)out->data + row);
        if (fine)
            TRY(column_add_heap(out, part_holder(place), error));
    } else {
        fine = encoding_decode(chunk_data_encoding(&place->chunk), physical, data, length, n, to);
    }
    return fine ? STATUS_OK
                : damaged(reader, place->batch, column, "values that cannot be decoded", error);
}

static enum status put_constant(const struct place *place, struct column *out, struct error *error)
{
    const uint8_t *value = place->head.constant;
    uint32_t length = place->head.constant_length;
    if (type_is_text(out->type)) {
        struct text_builder builder = {.column = out, .owner = owner};
        TRY(text_builder_put(&builder, 0, (const char *)value, length, error));
    } else {
        memcpy(out->data, value, length);
        if (type_physical(out->type) == PHYSICAL_U8)
            *(uint8_t *)out->data &= 1;
    }
    return STATUS_OK;
}

/* All NULL, or one value for all: CONSTANT. One value and NULLs: FLAT. */
static enum status read_constant(struct segment_reader *reader, struct type type,
                                 const struct place *place, size_t n, struct column **out,
                                 struct error *error)
{
    struct budget *budget = reader->context->budget;
    bool all_null = place->chunk.nulls == place->rows;
    if (all_null || !place->head.validity) {
        TRY(column_new_constant(type, n, all_null, budget, out, error));
        return all_null ? STATUS_OK : put_constant(place, *out, error);
    }
    TRY(column_new(type, n, budget, owner, out, error));
    if (n == 0)
        return STATUS_OK;
    TRY(put_constant(place, *out, error));
    size_t size = type_size(type);
    for (size_t i = 1; i < n; i++)
        memcpy((char *)(*out)->data + i * size, (*out)->data, size);
    return STATUS_OK;
}

static enum status read_vectors(struct segment_reader *reader, uint32_t column, size_t at, size_t n,
                                uint32_t wanted, const struct column *dictionary,
                                struct column *out, struct error *error)
{
    size_t size = out->encoding == COLUMN_DICTIONARY ? sizeof(uint32_t) : type_size(out->type);
    for (size_t row = 0; row < n; row += VECTOR_ROWS) {
        size_t m = MIN(n - row, (size_t)VECTOR_ROWS);
        if (wanted >> row / VECTOR_ROWS & 1) {
            uint32_t vector = (uint32_t)((at + row) / VECTOR_ROWS);
            TRY(decode_vector(reader, column, vector, m, dictionary, out, row, error));
        } else {
            memset((char *)out->data + row * size, 0, m * size);
        }
    }
    return STATUS_OK;
}

/* A DICTIONARY column without its codes. */
static enum status new_coded(struct segment_reader *reader, struct type type, size_t n,
                             struct column *dictionary, struct column **out, struct error *error)
{
    TRY(column_new(type_of(TYPE_INTEGER), n, reader->context->budget, owner, out, error));
    (*out)->type = type;
    (*out)->encoding = COLUMN_DICTIONARY;
    (*out)->dictionary = column_ref(dictionary);
    return STATUS_OK;
}

static enum status put_validity(const struct place *place, size_t at, struct column *out,
                                struct error *error)
{
    if (!place->head.validity || out->encoding == COLUMN_CONSTANT)
        return STATUS_OK;
    TRY(column_add_validity(out, error));
    bits_copy(out->validity, 0, place->head.validity, at, out->length);
    column_trim_validity(out);
    return STATUS_OK;
}

static enum status read_rows(struct segment_reader *reader, uint32_t column, size_t at, size_t n,
                             uint32_t wanted, struct column *dictionary, struct column **out,
                             struct error *error)
{
    const struct place *place = &reader->places[column];
    struct type type = reader->segment->columns[column].type;
    if (place->chunk.encoding == ENCODING_CONSTANT) {
        TRY(read_constant(reader, type, place, n, out, error));
    } else {
        bool is_coded = place->chunk.encoding == ENCODING_DICTIONARY;
        if (is_coded && !dictionary)
            return error_set(error, STATUS_INTERNAL, "a dictionary was not loaded");
        if (is_coded && type_is_text(type))
            TRY(new_coded(reader, type, n, dictionary, out, error));
        else
            TRY(column_new(type, n, reader->context->budget, owner, out, error));
        TRY(read_vectors(reader, column, at, n, wanted, dictionary, *out, error));
    }
    return put_validity(place, at, *out, error);
}

enum status segment_read_column(struct segment_reader *reader, uint32_t batch, uint32_t column,
                                size_t at, size_t n, uint32_t wanted, struct column *dictionary,
                                struct column **out, struct error *error)
{
    struct place *place;
    *out = NULL;
    TRY(load_head(reader, batch, column, &place, error));
    assert(at % VECTOR_ROWS == 0 && at <= place->rows && n <= place->rows - at);
    enum status status = read_rows(reader, column, at, n, wanted, dictionary, out, error);
    if (status != STATUS_OK) {
        column_unref(*out);
        *out = NULL;
    }
    return status;
}

enum status segment_read_dictionary(struct segment_reader *reader, uint32_t column,
                                    struct column **out, struct error *error)
{
    *out = NULL;
    size_t n = reader->segment->columns[column].dictionary_length;
    if (n == 0)
        return STATUS_OK;
    struct place *place;
    struct type type = reader->segment->columns[column].type;
    TRY(load_head(reader, DICTIONARY_BATCH, column, &place, error));
    TRY(column_new(type, n, reader->context->budget, "dictionary", out, error));
    enum status status = STATUS_OK;
    if (place->chunk.encoding == ENCODING_CONSTANT) {
        for (size_t i = n; i-- > 1 && status == STATUS_OK;)
            memset((char *)(*out)->data + i * type_size(type), 0, type_size(type));
        status = put_constant(place, *out, error);
    }
    for (size_t at = 0; at < n && place->chunk.encoding != ENCODING_CONSTANT; at += VECTOR_ROWS) {
        size_t m = MIN(n - at, (size_t)VECTOR_ROWS);
        status =
            decode_vector(reader, column, (uint32_t)(at / VECTOR_ROWS), m, NULL, *out, at, error);
        if (status != STATUS_OK)
            break;
    }
    if (status != STATUS_OK) {
        column_unref(*out);
        *out = NULL;
    }
    return status;
}

enum status segment_read_vector_range(struct segment_reader *reader, uint32_t batch,
                                      uint32_t column, uint32_t vector, bool *known, int64_t *min,
                                      int64_t *max, struct error *error)
{
    struct place *place;
    *known = false;
    TRY(load_head(reader, batch, column, &place, error));
    enum encoding encoding = (enum encoding)place->chunk.encoding;
    if (encoding != ENCODING_PACKED && encoding != ENCODING_RUNS)
        return STATUS_OK;
    const uint8_t *data;
    size_t length;
    TRY(load_vector(reader, column, vector, &data, &length, error));
    *known = encoding_vector_range(encoding, place->physical, data, length, min, max);
    return STATUS_OK;
}
