/* segment_write.c - rows to chunks, codes to dictionaries, and a footer over all of them.
 *
 *   1. A column begins with a dictionary and keeps only the codes of its chunks in memory, as long as the dictionary
 *      pays; once it does not, what was kept is written as other chunks are, and the dictionary is gone.
 *   2. So each chunk is encoded once, but for those of a dictionary that was given up.
 *   3. The directory is by batches, the chunks of a file in any order. */
#include "storage/segment_write.h"

#include "base/hash.h"
#include "storage/bitpack.h"
#include "storage/codec.h"
#include "storage/commit_step.h"
#include "storage/segment_dictionary.h"
#include "storage/segment_int.h"
#include "storage/segment_stage.h"
#include "storage/zone_map.h"

static const char owner[] = "segment writer";

enum {
    TEXT_BATCH_MAX =
        64 << 20, /* bytes of one column's text in a batch, unless one value is longer */
    TEXT_VALUE_MAX = 1 << 30,    /* bytes of one text */
    WRITE_BYTES = 1 << 20,       /* gathered before they go to the file */
    SKETCH_SIZE = 1024,          /* registers that estimate the count of distinct values */
    DICTIONARY_ENTRY_BYTES = 160 /* what having a dictionary costs at least */
};

/* A chunk whose codes wait for their dictionary. */
struct waiting {
    size_t at; /* of the packed codes in `codes`, then the validity bits if some are NULL */
    uint32_t batch, n, nulls;
    uint32_t width;
};

struct column_writer {
    struct stage stage;
    struct dictionary dictionary;
    bool has_dictionary; /* codes are kept, or nothing has come yet */
    struct bytes codes;
    struct bytes waiting; /* struct waiting */
    struct encoding_hint hint, code_hint;
    double text_ratio;  /* what LZ4 makes of a sample of the text; 0: not measured yet */
    size_t other_bytes; /* what the waiting chunks would take without the dictionary */
    size_t code_bytes;  /* and with it, without its values */
    uint8_t sketch[SKETCH_SIZE];
    struct chunk dictionary_entry;
    uint32_t dictionary_length;
};

struct segment_writer {
    const struct context *context;
    struct budget *budget;
    const char *path;
    const struct schema *schema;
    struct segment_write_options options;
    int fd;
    uint64_t rows, written; /* written: with what is in `out` */
    size_t staged;
    uint32_t n_batches;
    struct column_writer *columns;
    struct bytes directory, batch_rows, out;
    struct bytes data, offsets; /* values made from codes */
    struct encoding_scratch scratch;
    uint32_t *codes; /* SEGMENT_BATCH_ROWS */
    uint64_t *wide;  /* the same, to be packed */
};

/* ---- Opening and closing ---- */

static size_t columns_size(const struct schema *schema)
{
    return MAX(schema->n_fields, 1u) * sizeof(struct column_writer);
}

static void writer_free(struct segment_writer *writer)
{
    struct budget *budget = writer->budget;
    for (uint32_t c = 0; writer->columns && c < writer->schema->n_fields; c++) {
        struct column_writer *column = &writer->columns[c];
        stage_fini(&column->stage);
        dictionary_fini(&column->dictionary);
        bytes_fini(&column->codes);
        bytes_fini(&column->waiting);
    }
    if (writer->columns)
        block_free(writer->columns, columns_size(writer->schema), budget);
    bytes_fini(&writer->directory);
    bytes_fini(&writer->batch_rows);
    bytes_fini(&writer->out);
    bytes_fini(&writer->data);
    bytes_fini(&writer->offsets);
    if (writer->scratch.packed)
        encoding_scratch_fini(&writer->scratch);
    if (writer->codes)
        block_free(writer->codes, SEGMENT_BATCH_ROWS * sizeof(uint32_t), budget);
    if (writer->wide)
        block_free(writer->wide, SEGMENT_BATCH_ROWS * sizeof(uint64_t), budget);
    block_free(writer, sizeof *writer, budget);
}

void segment_writer_abort(struct segment_writer *writer)
{
    if (!writer)
        return;
    struct io *io = writer->context->io;
    if (writer->fd >= 0) {
        io_close_quietly(io, writer->fd);
        io->unlink(io, writer->path);
    }
    writer_free(writer);
}

static enum status init_column(struct segment_writer *writer, uint32_t c, struct error *error)
{
    struct column_writer *column = &writer->columns[c];
    struct type type = writer->schema->fields[c].type;
    bytes_init(&column->codes, writer->budget, owner);
    bytes_init(&column->waiting, writer->budget, owner);
    dictionary_init(&column->dictionary, type_physical(type), writer->budget);
    column->has_dictionary = true;
    return stage_init(&column->stage, type, SEGMENT_BATCH_ROWS, writer->budget, error);
}

static enum status init_writer(struct segment_writer *writer, struct error *error)
{
    struct budget *budget = writer->budget;
    struct bytes *all[] = {&writer->directory, &writer->batch_rows, &writer->out, &writer->data,
                           &writer->offsets};
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
        bytes_init(all[i], budget, owner);
    void *memory = NULL;
    TRY(block_alloc(&memory, SEGMENT_BATCH_ROWS * sizeof(uint32_t), budget, owner, error));
    writer->codes = memory;
    TRY(block_alloc(&memory, SEGMENT_BATCH_ROWS * sizeof(uint64_t), budget, owner, error));
    writer->wide = memory;
    TRY(encoding_scratch_init(&writer->scratch, budget, error));
    TRY(block_alloc(&memory, columns_size(writer->schema), budget, owner, error));
    writer->columns = memory;
    for (uint32_t c = 0; c < writer->schema->n_fields; c++)
        TRY(init_column(writer, c, error));
    return STATUS_OK;
}

static enum status put_header(struct segment_writer *writer, struct error *error)
{
    uint32_t words[2] = {SEGMENT_VERSION, 0};
    TRY(bytes_append(&writer->out, SEGMENT_MAGIC, 8, error));
    TRY(bytes_append(&writer->out, words, sizeof words, error));
    writer->written = writer->out.length;
    return STATUS_OK;
}

enum status segment_writer_open(const struct context *context, const char *path,
                                const struct schema *schema,
                                const struct segment_write_options *options,
                                struct segment_writer **out, struct error *error)
{
    *out = NULL;
    if (schema->n_fields > SEGMENT_COLUMNS_MAX)
        return error_set(error, STATUS_LIMIT, "too many columns for a data file: %u (at most %d)",
                         schema->n_fields, (int)SEGMENT_COLUMNS_MAX);
    void *memory = NULL;
    TRY(block_alloc(&memory, sizeof(struct segment_writer), context->budget, owner, error));
    struct segment_writer *writer = memory;
    *writer = (struct segment_writer){
        .context = context,
        .budget = context->budget,
        .path = path,
        .schema = schema,
        .options = *options,
        .fd = -1,
    };
    enum status status = init_writer(writer, error);
    if (status == STATUS_OK)
        status = put_header(writer, error);
    if (status == STATUS_OK)
        status = io_open_write(context->io, path, &writer->fd, error);
    if (status != STATUS_OK) {
        segment_writer_abort(writer);
        return status;
    }
    *out = writer;
    return STATUS_OK;
}

uint64_t segment_writer_bytes(const struct segment_writer *writer)
{
    uint64_t waiting = 0;
    for (uint32_t c = 0; c < writer->schema->n_fields; c++)
        waiting += writer->columns[c].codes.length + writer->columns[c].dictionary.data.length;
    return writer->written + waiting;
}

uint64_t segment_writer_rows(const struct segment_writer *writer)
{
    return writer->rows + writer->staged;
}

/* ---- Bytes to the file ---- */

static enum status flush_out(struct segment_writer *writer, size_t least, struct error *error)
{
    if (writer->out.length < least || writer->out.length == 0)
        return STATUS_OK;
    TRY(io_write(writer->context->io, writer->fd, writer->path, writer->out.data,
                 writer->out.length, error));
    writer->out.length = 0;
    return STATUS_OK;
}

/* Encodes values as a chunk and appends it; the entry's zone stays. */
static enum status put_chunk(struct segment_writer *writer, const struct values *values,
                             enum encoding encoding, struct chunk *entry, struct error *error)
{
    struct chunk chunk;
    size_t before = writer->out.length;
    TRY(encoding_encode(values, encoding, writer->options.compression, &writer->scratch,
                        &writer->out, &chunk, error));
    chunk.offset = writer->written;
    chunk.flags |= entry->flags;
    chunk.min_length = entry->min_length;
    chunk.max_length = entry->max_length;
    memcpy(chunk.min, entry->min, sizeof chunk.min);
    memcpy(chunk.max, entry->max, sizeof chunk.max);
    *entry = chunk;
    writer->written += writer->out.length - before;
    return flush_out(writer, WRITE_BYTES, error);
}

static void load_entry(const struct segment_writer *writer, uint32_t batch, uint32_t column,
                       struct chunk *entry)
{
    size_t index = (size_t)batch * writer->schema->n_fields + column;
    memcpy(entry, writer->directory.data + index * sizeof *entry, sizeof *entry);
}

static void store_entry(struct segment_writer *writer, uint32_t batch, uint32_t column,
                        const struct chunk *entry)
{
    size_t index = (size_t)batch * writer->schema->n_fields + column;
    memcpy(writer->directory.data + index * sizeof *entry, entry, sizeof *entry);
}

/* ---- Counting distinct values ---- */

/* Flajolet et al., HyperLogLog (2007). */
static void sketch_add(struct column_writer *column, uint64_t hash)
{
    /* Every bit counts here, which a hash for tables does not promise. */
    hash = (hash ^ hash >> 32) * UINT64_C(0x9E3779B97F4A7C15);
    hash ^= hash >> 29;
    size_t at = hash % SKETCH_SIZE;
    uint64_t rest = hash / SKETCH_SIZE;
    uint8_t rank = (uint8_t)(rest == 0 ? 55 : __builtin_ctzll(rest) + 1);
    column->sketch[at] = MAX(column->sketch[at], rank);
}

static void sketch_values(struct column_writer *column, const struct values *values)
{
    size_t size = physical_size(values->physical);
    for (size_t i = 0; i < values->n; i++) {
        if (values->validity && !bits_get(values->validity, i))
            continue;
        if (values->physical == PHYSICAL_TEXT) {
            uint32_t start = values->offsets[i];
            sketch_add(column, hash_bytes(values->bytes + start, values->offsets[i + 1] - start));
        } else if (size == sizeof(uint64_t)) {
            sketch_add(column, hash_u64(((const uint64_t *)values->data)[i]));
        } else {
            sketch_add(column, hash_bytes((const char *)values->data + i * size, size));
        }
    }
}

static double log_of(double x) /* natural; within what an estimate needs */
{
    int doublings = 0;
    for (; x > 1.5; x /= 2)
        doublings++;
    for (; x < 0.75; x *= 2)
        doublings--;
    double t = (x - 1) / (x + 1), square = t * t;
    return doublings * 0.6931471805599453 +
           2 * t * (1 + square * (1.0 / 3 + square * (0.2 + square / 7)));
}

static uint64_t sketch_count(const struct column_writer *column)
{
    double sum = 0;
    size_t zeros = 0;
    for (size_t i = 0; i < SKETCH_SIZE; i++) {
        sum += 1.0 / (double)(UINT64_C(1) << column->sketch[i]);
        zeros += column->sketch[i] == 0;
    }
    double m = SKETCH_SIZE, estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
    if (estimate <= 2.5 * m && zeros > 0)
        estimate = m * log_of(m / (double)zeros);
    return (uint64_t)(estimate + 0.5);
}

/* ---- Codes that wait ---- */

static enum status wait_for_dictionary(struct segment_writer *writer, struct column_writer *column,
                                       const uint32_t *codes, size_t n, const uint8_t *validity,
                                       struct error *error)
{
    struct waiting waiting = {
        .at = column->codes.length,
        .batch = writer->n_batches,
        .n = (uint32_t)n,
        .width = bitpack_width(column->dictionary.count - 1),
    };
    size_t size = bitpack_size(n, waiting.width), bits = bits_size(n);
    if (validity) {
        waiting.nulls = (uint32_t)(n - bits_count(validity, n));
        size += bits;
    }
    for (size_t i = 0; i < n; i++)
        writer->wide[i] = codes[i];
    TRY(bytes_reserve(&column->codes, size, error));
    uint8_t *to = (uint8_t *)column->codes.data + waiting.at;
    bitpack_pack(writer->wide, n, waiting.width, to);
    if (validity)
        memcpy(to + size - bits, validity, bits);
    column->codes.length += size;
    return bytes_append(&column->waiting, &waiting, sizeof waiting, error);
}

/* The codes of a waiting chunk to writer->codes; `*validity` is its bits or NULL. */
static void unpack_waiting(struct segment_writer *writer, const struct column_writer *column,
                           const struct waiting *waiting, const uint8_t **validity)
{
    const uint8_t *from = (const uint8_t *)column->codes.data + waiting->at;
    bitpack_unpack_u32(from, waiting->n, waiting->width, 0, writer->codes);
    *validity = waiting->nulls > 0 ? from + bitpack_size(waiting->n, waiting->width) : NULL;
}

static struct waiting waiting_at(const struct column_writer *column, size_t i)
{
    struct waiting waiting;
    memcpy(&waiting, column->waiting.data + i * sizeof waiting, sizeof waiting);
    return waiting;
}

static enum status put_plain_chunk(struct segment_writer *writer, const struct values *values,
                                   struct encoding_hint *hint, struct chunk *entry,
                                   struct error *error)
{
    struct encoding_sizes sizes;
    enum encoding encoding;
    encoding_measure(values, &sizes);
    TRY(encoding_choose_by_sample(values, &sizes, hint, writer->options.compression,
                                  &writer->scratch, &encoding, error));
    return put_chunk(writer, values, encoding, entry, error);
}

/* Values from codes, in the writer's memory: NULL rows of text are made empty again. */
static enum status values_of_codes(struct segment_writer *writer,
                                   const struct column_writer *column, const uint32_t *codes,
                                   size_t n, const uint8_t *validity, struct values *out,
                                   struct error *error)
{
    writer->data.length = writer->offsets.length = 0;
    bool is_text = column->dictionary.physical == PHYSICAL_TEXT;
    if (!is_text || !validity) {
        TRY(dictionary_gather(&column->dictionary, codes, n, &writer->data, &writer->offsets,
                              error));
    } else {
        uint32_t end = 0;
        TRY(bytes_append(&writer->offsets, &end, sizeof end, error));
        for (size_t i = 0; i < n; i++) {
            if (bits_get(validity, i)) {
                struct str value = dictionary_entry(&column->dictionary, codes[i]);
                TRY(bytes_append(&writer->data, value.data, value.length, error));
            }
            end = (uint32_t)writer->data.length;
            TRY(bytes_append(&writer->offsets, &end, sizeof end, error));
        }
    }
    *out = (struct values){
        .physical = column->dictionary.physical,
        .n = n,
        .data = writer->data.data,
        .offsets = (const uint32_t *)(const void *)writer->offsets.data,
        .bytes = writer->data.data,
        .validity = validity,
    };
    return STATUS_OK;
}

static enum status give_up_dictionary(struct segment_writer *writer, uint32_t c,
                                      struct error *error)
{
    struct column_writer *column = &writer->columns[c];
    size_t n = column->waiting.length / sizeof(struct waiting);
    for (size_t i = 0; i < n; i++) {
        struct waiting waiting = waiting_at(column, i);
        struct values values;
        struct chunk entry;
        const uint8_t *validity;
        unpack_waiting(writer, column, &waiting, &validity);
        TRY(values_of_codes(writer, column, writer->codes, waiting.n, validity, &values, error));
        load_entry(writer, waiting.batch, c, &entry);
        if (values.physical == PHYSICAL_TEXT)
            zone_fill(&values, &entry);
        TRY(put_plain_chunk(writer, &values, &column->hint, &entry, error));
        store_entry(writer, waiting.batch, c, &entry);
        sketch_values(column, &values);
    }
    dictionary_fini(&column->dictionary);
    bytes_fini(&column->codes);
    bytes_fini(&column->waiting);
    column->has_dictionary = false;
    return STATUS_OK;
}

/* ---- Is a dictionary worth it? ---- */

/* What LZ4 makes of a sample of a text column's first rows. */
static enum status measure_text(struct segment_writer *writer, struct column_writer *column,
                                struct error *error)
{
    enum { SAMPLE = 64 * 1024 };
    const struct stage *stage = &column->stage;
    size_t size = 0;
    column->text_ratio = 1;
    writer->data.length = 0;
    for (size_t i = 0; i < stage->n && writer->data.length < SAMPLE; i++) {
        struct str value = dictionary_entry(&column->dictionary, stage->codes[i]);
        TRY(bytes_append(&writer->data, value.data, MIN(value.length, (size_t)SAMPLE), error));
    }
    size = MIN(writer->data.length, (size_t)SAMPLE);
    if (size < SAMPLE / 16)
        return STATUS_OK;
    TRY(bytes_reserve(&writer->data, codec_bound(size), error));
    size_t got = codec_compress(CODEC_FAST, writer->data.data, size,
                                writer->data.data + writer->data.length, codec_bound(size));
    double ratio = (double)got / (double)size;
    if (got > 0 && ratio < 0.9)
        column->text_ratio = ratio;
    return STATUS_OK;
}

/* Bytes that codes take as a chunk. */
static enum status measure_codes(struct segment_writer *writer, struct column_writer *column,
                                 size_t n, size_t *bytes, struct error *error)
{
    struct values values = {.physical = PHYSICAL_I32, .n = n, .data = writer->codes};
    struct encoding_sizes sizes;
    enum encoding encoding;
    encoding_measure(&values, &sizes);
    TRY(encoding_choose_by_sample(&values, &sizes, &column->code_hint, writer->options.compression,
                                  &writer->scratch, &encoding, error));
    *bytes = sizes.bytes[encoding];
    return STATUS_OK;
}

/* Codes are cheaper to use than text is, and a little dearer than packed numbers. `codes` and `other`: bytes of this
 * batch with the dictionary and without. */
static bool dictionary_pays(struct column_writer *column, size_t codes, size_t other)
{
    bool is_text = column->dictionary.physical == PHYSICAL_TEXT;
    double ratio = is_text ? column->text_ratio : 1;
    column->other_bytes += (size_t)((double)other * ratio);
    column->code_bytes += codes;
    size_t own = column->code_bytes + DICTIONARY_ENTRY_BYTES +
                 (size_t)((double)dictionary_bytes(&column->dictionary) * ratio);
    return is_text ? own < column->other_bytes + column->other_bytes / 8
                   : own < column->other_bytes / 10 * 8;
}

/* ---- A batch ---- */

static enum status put_values(struct segment_writer *writer, uint32_t c, struct chunk *entry,
                              struct error *error)
{
    struct column_writer *column = &writer->columns[c];
    struct values values = stage_values(&column->stage);
    struct encoding_sizes sizes;
    encoding_measure(&values, &sizes);
    zone_fill(&values, entry);
    if (sizes.is_ascending)
        entry->flags |= CHUNK_ASCENDING;
    enum encoding encoding;
    TRY(encoding_choose_by_sample(&values, &sizes, &column->hint, writer->options.compression,
                                  &writer->scratch, &encoding, error));
    bool fits = false;
    if (column->has_dictionary && encoding != ENCODING_CONSTANT) {
        size_t codes = 0;
        TRY(dictionary_add(&column->dictionary, &values, writer->codes, &fits, error));
        if (fits)
            TRY(measure_codes(writer, column, values.n, &codes, error));
        if (fits && dictionary_pays(column, codes, sizes.bytes[encoding]))
            return wait_for_dictionary(writer, column, writer->codes, values.n, values.validity,
                                       error);
        TRY(give_up_dictionary(writer, c, error));
    }
    sketch_values(column, &values);
    return put_chunk(writer, &values, encoding, entry, error);
}

static bool is_one_code(const struct stage *stage)
{
    uint32_t differs = 0;
    for (size_t i = 1; i < stage->n; i++)
        differs |= stage->codes[i] ^ stage->codes[0];
    return differs == 0;
}

/* Text that has codes. The zone comes with the dictionary's order. */
static enum status put_codes(struct segment_writer *writer, uint32_t c, struct chunk *entry,
                             struct error *error)
{
    struct column_writer *column = &writer->columns[c];
    struct stage *stage = &column->stage;
    const uint8_t *validity = stage->nulls > 0 ? stage->validity : NULL;
    if (stage->nulls < stage->n && !is_one_code(stage)) {
        if (column->text_ratio == 0)
            TRY(measure_text(writer, column, error));
        unsigned width = bitpack_width(column->dictionary.count - 1);
        if (dictionary_pays(column, bitpack_size(stage->n, width), stage->text_bytes + stage->n))
            return wait_for_dictionary(writer, column, stage->codes, stage->n, validity, error);
    }
    struct values values = {.physical = PHYSICAL_TEXT, .n = stage->n, .validity = validity};
    if (stage->nulls < stage->n)
        TRY(values_of_codes(writer, column, stage->codes, stage->n, validity, &values, error));
    zone_fill(&values, entry);
    sketch_values(column, &values);
    struct encoding_sizes sizes;
    encoding_measure(&values, &sizes);
    enum encoding encoding = encoding_choose(&sizes, values.n, writer->options.compression);
    TRY(put_chunk(writer, &values, encoding, entry, error));
    return encoding == ENCODING_CONSTANT ? STATUS_OK : give_up_dictionary(writer, c, error);
}

static bool is_coded(const struct column_writer *column)
{
    return column->stage.physical == PHYSICAL_TEXT && column->has_dictionary;
}

static enum status put_batch(struct segment_writer *writer, struct error *error)
{
    if (writer->staged == 0)
        return STATUS_OK;
    uint32_t n = (uint32_t)writer->staged;
    struct chunk entry = {0};
    TRY(bytes_append(&writer->batch_rows, &n, sizeof n, error));
    for (uint32_t c = 0; c < writer->schema->n_fields; c++)
        TRY(bytes_append(&writer->directory, &entry, sizeof entry, error));
    for (uint32_t c = 0; c < writer->schema->n_fields; c++) {
        entry = (struct chunk){0};
        if (is_coded(&writer->columns[c]))
            TRY(put_codes(writer, c, &entry, error));
        else
            TRY(put_values(writer, c, &entry, error));
        store_entry(writer, writer->n_batches, c, &entry);
        stage_clear(&writer->columns[c].stage);
    }
    writer->n_batches++;
    writer->rows += n;
    writer->staged = 0;
    return context_check(writer->context, error);
}

/* How many rows from `at` on can be staged: 0 if the batch must be put first. */
static enum status count_fitting(const struct segment_writer *writer, const struct batch *batch,
                                 size_t at, size_t *out, struct error *error)
{
    size_t n = MIN(batch->length - at, SEGMENT_BATCH_ROWS - writer->staged);
    for (uint32_t c = 0; c < writer->schema->n_fields; c++) {
        size_t used = writer->columns[c].stage.text_bytes;
        size_t room = used < TEXT_BATCH_MAX ? TEXT_BATCH_MAX - used : 0;
        n = stage_fitting(batch->columns[c], at, n, room);
    }
    if (n == 0 && writer->staged == 0) { /* one long text: a batch of its own */
        for (uint32_t c = 0; c < writer->schema->n_fields; c++)
            if (stage_fitting(batch->columns[c], at, 1, TEXT_VALUE_MAX) == 0)
                return error_set(error, STATUS_LIMIT,
                                 "a value of column %s is too long for a data file (at most 1 GB)",
                                 writer->schema->fields[c].name);
        n = 1;
    }
    *out = n;
    return STATUS_OK;
}

/* Staged codes become staged text. */
static enum status stage_text(struct segment_writer *writer, uint32_t c, struct error *error)
{
    struct column_writer *column = &writer->columns[c];
    struct stage *stage = &column->stage;
    struct values values;
    if (stage->n == 0)
        return STATUS_OK;
    TRY(values_of_codes(writer, column, stage->codes, stage->n,
                        stage->nulls > 0 ? stage->validity : NULL, &values, error));
    memcpy(stage->offsets, values.offsets, (stage->n + 1) * sizeof(uint32_t));
    return bytes_append(&stage->bytes, values.bytes, values.offsets[stage->n], error);
}

static enum status add_rows(struct segment_writer *writer, uint32_t c, const struct column *column,
                            size_t at, size_t n, struct error *error)
{
    struct column_writer *to = &writer->columns[c];
    if (is_coded(to)) {
        size_t done = 0, bytes = 0;
        TRY(dictionary_add_text(&to->dictionary, column, at, n, to->stage.codes + to->stage.n,
                                &done, &bytes, error));
        stage_add_coded(&to->stage, column, at, done, bytes);
        if (done == n)
            return STATUS_OK;
        TRY(stage_text(writer, c, error));
        TRY(give_up_dictionary(writer, c, error));
        at += done;
        n -= done;
    }
    return stage_add(&to->stage, column, at, n, error);
}

enum status segment_writer_add(struct segment_writer *writer, const struct batch *batch,
                               struct error *error)
{
    assert(batch->n_columns == writer->schema->n_fields);
    for (size_t at = 0; at < batch->length;) {
        size_t n = 0;
        TRY(count_fitting(writer, batch, at, &n, error));
        for (uint32_t c = 0; c < writer->schema->n_fields; c++)
            TRY(add_rows(writer, c, batch->columns[c], at, n, error));
        writer->staged += n;
        at += n;
        if (writer->staged == SEGMENT_BATCH_ROWS || at < batch->length)
            TRY(put_batch(writer, error));
    }
    return STATUS_OK;
}

/* ---- The end ---- */

static enum status put_dictionary(struct segment_writer *writer, struct column_writer *column,
                                  const uint32_t *order, struct error *error)
{
    struct dictionary *dictionary = &column->dictionary;
    writer->data.length = writer->offsets.length = 0;
    TRY(dictionary_gather(dictionary, order, dictionary->count, &writer->data, &writer->offsets,
                          error));
    struct values values = {
        .physical = dictionary->physical,
        .n = dictionary->count,
        .data = writer->data.data,
        .offsets = (const uint32_t *)(const void *)writer->offsets.data,
        .bytes = writer->data.data,
    };
    struct encoding_hint hint = {0};
    column->dictionary_length = dictionary->count;
    return put_plain_chunk(writer, &values, &hint, &column->dictionary_entry, error);
}

/* Bounds of text by its ranks. */
static void zone_of_codes(const struct segment_writer *writer, const struct dictionary *dictionary,
                          const uint32_t *order, const struct values *values, struct chunk *entry)
{
    uint32_t least = UINT32_MAX, most = 0;
    for (size_t i = 0; i < values->n; i++) {
        if (values->validity && !bits_get(values->validity, i))
            continue;
        least = MIN(least, writer->codes[i]);
        most = MAX(most, writer->codes[i]);
    }
    zone_fill_text(dictionary_entry(dictionary, order[least]),
                   dictionary_entry(dictionary, order[most]), entry);
}

static enum status put_coded_chunk(struct segment_writer *writer, uint32_t c,
                                   const struct waiting *waiting, const uint32_t *order,
                                   const uint32_t *rank, struct error *error)
{
    const uint8_t *validity;
    unpack_waiting(writer, &writer->columns[c], waiting, &validity);
    for (size_t i = 0; i < waiting->n; i++)
        writer->codes[i] = rank[writer->codes[i]];
    struct values values = {
        .physical = PHYSICAL_I32,
        .n = waiting->n,
        .data = writer->codes,
        .validity = validity,
    };
    struct encoding_sizes sizes;
    encoding_measure(&values, &sizes);
    sizes.bytes[ENCODING_CONSTANT] = SIZE_MAX;
    struct chunk entry;
    load_entry(writer, waiting->batch, c, &entry);
    if (writer->columns[c].dictionary.physical == PHYSICAL_TEXT)
        zone_of_codes(writer, &writer->columns[c].dictionary, order, &values, &entry);
    enum encoding encoding;
    TRY(encoding_choose_by_sample(&values, &sizes, &writer->columns[c].hint,
                                  writer->options.compression, &writer->scratch, &encoding, error));
    TRY(put_chunk(writer, &values, encoding, &entry, error));
    entry.code_encoding = entry.encoding;
    entry.encoding = ENCODING_DICTIONARY;
    store_entry(writer, waiting->batch, c, &entry);
    return STATUS_OK;
}

static enum status put_coded_chunks(struct segment_writer *writer, uint32_t c, uint32_t *order,
                                    uint32_t *rank, struct error *error)
{
    struct column_writer *column = &writer->columns[c];
    dictionary_sort(&column->dictionary, order, rank);
    TRY(put_dictionary(writer, column, order, error));
    size_t n = column->waiting.length / sizeof(struct waiting);
    for (size_t i = 0; i < n; i++) {
        struct waiting waiting = waiting_at(column, i);
        TRY(put_coded_chunk(writer, c, &waiting, order, rank, error));
    }
    return STATUS_OK;
}

static enum status finish_column(struct segment_writer *writer, uint32_t c, struct error *error)
{
    struct column_writer *column = &writer->columns[c];
    if (!column->has_dictionary || column->waiting.length == 0)
        return STATUS_OK;
    size_t size = column->dictionary.count * sizeof(uint32_t);
    void *memory = NULL;
    TRY(block_alloc(&memory, size * 2, writer->budget, owner, error));
    uint32_t *order = memory;
    enum status status =
        put_coded_chunks(writer, c, order, order + column->dictionary.count, error);
    block_free(memory, size * 2, writer->budget);
    return status;
}

static enum status pad_to_8(struct bytes *out, size_t start, struct error *error)
{
    static const char zeros[8] = {0};
    size_t length = out->length - start;
    return bytes_append(out, zeros, round_up(length, 8) - length, error);
}

static uint64_t count_distinct(const struct column_writer *column)
{
    /* A constant chunk among coded ones may bring a value that the dictionary lacks. */
    uint64_t sketched = sketch_count(column);
    return MAX(column->dictionary_length, sketched);
}

static struct footer_column footer_column_of(const struct segment_writer *writer, uint32_t c)
{
    const struct field *field = &writer->schema->fields[c];
    const struct column_writer *column = &writer->columns[c];
    bool has_precision = type_is_timestamp(field->type) || field->type.id == TYPE_TIME ||
                         field->type.id == TYPE_DECIMAL;
    return (struct footer_column){
        .type = segment_type_number((enum type_id)field->type.id),
        .precision = has_precision ? field->type.precision : 0,
        .scale = field->type.id == TYPE_DECIMAL ? field->type.scale : 0,
        .flags = (uint8_t)((field->not_null ? COLUMN_IS_NOT_NULL : 0) |
                           (column->dictionary_length > 0 ? COLUMN_HAS_DICTIONARY : 0)),
        .type_length = field->type.length,
        .distinct = count_distinct(column),
        .dictionary_length = column->dictionary_length,
        .name_length = (uint32_t)strlen(field->name) + 1,
    };
}

static enum status put_footer_body(struct segment_writer *writer, struct bytes *out,
                                   struct error *error)
{
    const struct schema *schema = writer->schema;
    struct footer_fixed fixed = {
        .n_columns = schema->n_fields,
        .n_batches = writer->n_batches,
        .rows = writer->rows,
        .time_column = writer->options.time_column,
        .compression = writer->options.compression,
    };
    size_t start = out->length;
    TRY(bytes_append(out, &fixed, sizeof fixed, error));
    for (uint32_t c = 0; c < schema->n_fields; c++) {
        struct footer_column column = footer_column_of(writer, c);
        TRY(bytes_append(out, &column, sizeof column, error));
    }
    for (uint32_t c = 0; c < schema->n_fields; c++)
        TRY(bytes_append(out, schema->fields[c].name, strlen(schema->fields[c].name) + 1, error));
    TRY(pad_to_8(out, start, error));
    TRY(bytes_append(out, writer->batch_rows.data, writer->batch_rows.length, error));
    TRY(pad_to_8(out, start, error));
    for (uint32_t c = 0; c < schema->n_fields; c++)
        if (writer->columns[c].dictionary_length > 0)
            TRY(bytes_append(out, &writer->columns[c].dictionary_entry, sizeof(struct chunk),
                             error));
    return bytes_append(out, writer->directory.data, writer->directory.length, error);
}

static enum status put_footer(struct segment_writer *writer, struct error *error)
{
    struct bytes *out = &writer->out;
    size_t start = out->length;
    TRY(put_footer_body(writer, out, error));
    struct segment_tail tail = {
        .footer_length = out->length - start,
        .checksum = codec_hash(out->data + start, out->length - start),
        .version = SEGMENT_VERSION,
    };
    memcpy(tail.magic, SEGMENT_MAGIC, sizeof tail.magic);
    TRY(bytes_append(out, &tail, sizeof tail, error));
    writer->written += out->length - start;
    return flush_out(writer, 0, error);
}

static enum status close_file(struct segment_writer *writer, struct error *error)
{
    struct io *io = writer->context->io;
    if (!writer->options.is_temporary) {
        commit_step_reached(COMMIT_STEP_FILE_WRITTEN);
        TRY(io_fsync(io, writer->fd, writer->path, error));
    }
    int fd = writer->fd;
    writer->fd = -1;
    enum status status = io_close(io, fd, writer->path, error);
    if (status != STATUS_OK)
        io->unlink(io, writer->path);
    return status;
}

/* ---- What it was ---- */

static struct value keep_value(struct value value, struct arena *arena)
{
    if (type_is_text(value.type) && !value.is_null)
        value.text.data = arena_strndup(arena, value.text.data, value.text.length);
    return value;
}

static void summarize_column(const struct segment_writer *writer, uint32_t c, struct arena *arena,
                             struct segment_column_summary *out)
{
    struct type type = writer->schema->fields[c].type;
    bool is_bounded = true;
    *out = (struct segment_column_summary){.min = value_null(type), .max = value_null(type)};
    for (uint32_t b = 0; b < writer->n_batches; b++) {
        struct chunk entry;
        uint32_t rows;
        load_entry(writer, b, c, &entry);
        memcpy(&rows, writer->batch_rows.data + (size_t)b * sizeof rows, sizeof rows);
        struct zone zone = segment_zone(type, &entry, rows);
        out->nulls += zone.nulls;
        if (!zone.has_range) {
            is_bounded = is_bounded && zone.nulls == zone.rows;
            continue;
        }
        if (out->min.is_null || value_compare(&zone.min, &out->min) < 0)
            out->min = keep_value(zone.min, arena);
        if (out->max.is_null || value_compare(&zone.max, &out->max) > 0)
            out->max = keep_value(zone.max, arena);
    }
    out->has_range = is_bounded && !out->min.is_null;
    if (!out->has_range)
        out->min = out->max = value_null(type);
    out->distinct = count_distinct(&writer->columns[c]);
}

static enum status summarize(const struct segment_writer *writer, struct arena *arena,
                             struct segment_summary *out, struct error *error)
{
    uint32_t n = writer->schema->n_fields;
    *out = (struct segment_summary){.rows = writer->rows, .bytes = writer->written};
    out->columns = ARENA_ARRAY(arena, struct segment_column_summary, MAX(n, 1u));
    TRY(arena_check(arena, error));
    for (uint32_t c = 0; c < n; c++)
        summarize_column(writer, c, arena, &out->columns[c]);
    TRY(arena_check(arena, error));
    if (writer->options.time_column < n && out->columns[writer->options.time_column].has_range) {
        const struct segment_column_summary *time = &out->columns[writer->options.time_column];
        out->has_time = true;
        out->min_time = time->min.i64;
        out->max_time = time->max.i64;
    }
    return STATUS_OK;
}

static enum status finish(struct segment_writer *writer, struct arena *arena,
                          struct segment_summary *summary, struct error *error)
{
    TRY(put_batch(writer, error));
    for (uint32_t c = 0; c < writer->schema->n_fields; c++)
        TRY(finish_column(writer, c, error));
    TRY(put_footer(writer, error));
    TRY(summarize(writer, arena, summary, error));
    return close_file(writer, error);
}

enum status segment_writer_finish(struct segment_writer *writer, struct arena *arena,
                                  struct segment_summary *summary, struct error *error)
{
    enum status status = finish(writer, arena, summary, error);
    if (status != STATUS_OK)
        segment_writer_abort(writer);
    else
        writer_free(writer);
    return status;
}
