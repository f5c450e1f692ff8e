/* encoding_write.c - values measured, an encoding chosen, chunks written. */
#include "storage/bitpack.h"
#include "storage/codec.h"
#include "storage/encoding.h"

static const char owner[] = "segment writer";

enum { PACKED_HEAD = 16, DELTA_HEAD = 24, RUNS_HEAD = 8, TEXT_HEAD = 8 };
/* Raw bytes that a part should have: as much as LZ4 sees at once. */
enum { PART_BYTES = 64 * 1024 };

static const struct {
    const char *word;
    enum compression compression;
    /* LZ4 must save one part in `saving`; delta decoding counts `delta_percent` of its bytes; a byte that LZ4 gives
     * back counts `lz4_percent` of a byte stored. */
    uint32_t saving, delta_percent, lz4_percent;
} COMPRESSIONS[] = {
    {"balanced", COMPRESSION_BALANCED, 10, 110, 10},
    {"fast", COMPRESSION_FAST, 4, 150, 25},
    {"small", COMPRESSION_SMALL, 50, 100, 1},
};

bool compression_parse(struct str word, enum compression *out)
{
    for (size_t i = 0; i < ARRAY_LENGTH(COMPRESSIONS); i++) {
        if (str_is(word, COMPRESSIONS[i].word)) {
            *out = COMPRESSIONS[i].compression;
            return true;
        }
    }
    return false;
}

enum status encoding_scratch_init(struct encoding_scratch *scratch, struct budget *budget,
                                  struct error *error)
{
    *scratch = (struct encoding_scratch){.budget = budget};
    bytes_init(&scratch->raw, budget, owner);
    bytes_init(&scratch->trial, budget, owner);
    void *memory = NULL;
    TRY(block_alloc(&memory, VECTOR_ROWS * sizeof(uint64_t), budget, owner, error));
    scratch->packed = memory;
    return STATUS_OK;
}

void encoding_scratch_fini(struct encoding_scratch *scratch)
{
    bytes_fini(&scratch->raw);
    bytes_fini(&scratch->trial);
    block_free(scratch->packed, VECTOR_ROWS * sizeof(uint64_t), scratch->budget);
    *scratch = (struct encoding_scratch){0};
}

/* ---- Measuring ---- */

/* What a vector of integers is like; deltas wrap around. */
struct shape {
    int64_t min, max, min_delta, max_delta;
    size_t runs;
    bool is_ascending; /* inside the vector */
};

#define SHAPE(id, ctype, utype, stype)                                     \
    static struct shape shape_##id(const void *data, size_t n)             \
    {                                                                      \
        const ctype *x = data;                                             \
        ctype min = x[0], max = x[0];                                      \
        stype least = 0, most = 0;                                         \
        size_t runs = 1, falls = 0;                                        \
        if (n > 1)                                                         \
            least = most = (stype)((utype)x[1] - (utype)x[0]);             \
        for (size_t i = 1; i < n; i++) {                                   \
            stype delta = (stype)(utype)((utype)x[i] - (utype)x[i - 1]);   \
            min = MIN(min, x[i]);                                          \
            max = MAX(max, x[i]);                                          \
            least = MIN(least, delta);                                     \
            most = MAX(most, delta);                                       \
            runs += x[i] != x[i - 1];                                      \
            falls += x[i] < x[i - 1];                                      \
        }                                                                  \
        return (struct shape){(int64_t)min,  (int64_t)max, (int64_t)least, \
                              (int64_t)most, runs,         falls == 0};    \
    }
SHAPE(U8, uint8_t, uint8_t, int8_t)
SHAPE(I8, int8_t, uint8_t, int8_t)
SHAPE(I16, int16_t, uint16_t, int16_t)
SHAPE(I32, int32_t, uint32_t, int32_t)
SHAPE(I64, int64_t, uint64_t, int64_t)
#undef SHAPE

typedef struct shape (*shape_fn)(const void *data, size_t n);

static shape_fn shape_of(enum physical physical)
{
    switch (physical) {
    case PHYSICAL_U8:
        return shape_U8;
    case PHYSICAL_I8:
        return shape_I8;
    case PHYSICAL_I16:
        return shape_I16;
    case PHYSICAL_I32:
        return shape_I32;
    case PHYSICAL_I64:
        return shape_I64;
    default:
        return NULL;
    }
}

static unsigned span_width(int64_t min, int64_t max)
{
    return bitpack_width((uint64_t)max - (uint64_t)min);
}

static const void *value_at(const struct values *values, size_t i)
{
    return (const char *)values->data + i * physical_size(values->physical);
}

static int64_t integer_at(const struct values *values, size_t i)
{
    int64_t x = 0;
    switch (values->physical) {
    case PHYSICAL_U8:
        return ((const uint8_t *)values->data)[i];
    case PHYSICAL_I8:
        return ((const int8_t *)values->data)[i];
    case PHYSICAL_I16:
        return ((const int16_t *)values->data)[i];
    case PHYSICAL_I32:
        return ((const int32_t *)values->data)[i];
    default:
        memcpy(&x, value_at(values, i), sizeof x);
        return x;
    }
}

static void measure_integers(const struct values *values, struct encoding_sizes *out)
{
    shape_fn measure = shape_of(values->physical);
    size_t size = physical_size(values->physical), packed = 0, delta = 0, runs = 0;
    bool is_constant = true, is_ascending = values->validity == NULL;
    for (size_t at = 0; at < values->n; at += VECTOR_ROWS) {
        size_t n = MIN(values->n - at, (size_t)VECTOR_ROWS);
        struct shape shape = measure(value_at(values, at), n);
        packed += PACKED_HEAD + bitpack_size(n, span_width(shape.min, shape.max));
        delta += DELTA_HEAD + bitpack_size(n - 1, span_width(shape.min_delta, shape.max_delta));
        runs += RUNS_HEAD + shape.runs * (2 + size);
        is_constant =
            is_constant && shape.runs == 1 && integer_at(values, at) == integer_at(values, 0);
        is_ascending = is_ascending && shape.is_ascending &&
                       (at == 0 || integer_at(values, at) >= integer_at(values, at - 1));
    }
    out->is_ascending = is_ascending;
    out->bytes[ENCODING_PACKED] = packed;
    out->bytes[ENCODING_RUNS] = runs;
    if (size >= 4)
        out->bytes[ENCODING_DELTA] = delta;
    if (is_constant)
        out->bytes[ENCODING_CONSTANT] = size;
}

/* Values of any other fixed size: equal ones follow each other, or not. */
static void measure_bytes(const struct values *values, struct encoding_sizes *out)
{
    size_t size = physical_size(values->physical), runs = 0, total = 0;
    for (size_t i = 0; i < values->n; i++) {
        bool begins = i == 0 || memcmp(value_at(values, i), value_at(values, i - 1), size) != 0;
        runs += begins;
        if (begins || i % VECTOR_ROWS == 0)
            total += 2 + size;
        if (i % VECTOR_ROWS == 0)
            total += RUNS_HEAD;
    }
    out->bytes[ENCODING_RUNS] = total;
    if (runs == 1)
        out->bytes[ENCODING_CONSTANT] = size;
}

static struct str text_at(const struct values *values, size_t i)
{
    return (struct str){values->bytes + values->offsets[i],
                        values->offsets[i + 1] - values->offsets[i]};
}

/* Whether all texts that are not NULL are equal; `*first` is one of them. */
static bool text_is_constant(const struct values *values, size_t *first)
{
    size_t i = 0;
    while (values->validity && i < values->n && !bits_get(values->validity, i))
        i++;
    *first = i;
    if (i == values->n)
        return true;
    struct str one = text_at(values, i);
    for (; i < values->n; i++) {
        if (values->validity && !bits_get(values->validity, i))
            continue;
        if (!str_equal(text_at(values, i), one))
            return false;
    }
    return true;
}

static void length_range(const struct values *values, size_t at, size_t n, uint32_t *min,
                         uint32_t *max)
{
    *min = UINT32_MAX;
    *max = 0;
    for (size_t i = at; i < at + n; i++) {
        uint32_t length = values->offsets[i + 1] - values->offsets[i];
        *min = MIN(*min, length);
        *max = MAX(*max, length);
    }
}

static void measure_text(const struct values *values, struct encoding_sizes *out)
{
    size_t plain = values->offsets[values->n] - values->offsets[0], first;
    for (size_t at = 0; at < values->n; at += VECTOR_ROWS) {
        size_t n = MIN(values->n - at, (size_t)VECTOR_ROWS);
        uint32_t min, max;
        length_range(values, at, n, &min, &max);
        plain += TEXT_HEAD + bitpack_size(n, bitpack_width(max - min));
    }
    out->bytes[ENCODING_PLAIN] = plain;
    if (text_is_constant(values, &first))
        out->bytes[ENCODING_CONSTANT] = first < values->n ? text_at(values, first).length : 0;
}

static bool all_null(const struct values *values)
{
    return values->validity && bits_count(values->validity, values->n) == 0;
}

void encoding_measure(const struct values *values, struct encoding_sizes *out)
{
    out->is_ascending = false;
    for (size_t e = 0; e < ENCODING_COUNT; e++)
        out->bytes[e] = SIZE_MAX;
    if (values->n == 0 || all_null(values)) {
        out->bytes[ENCODING_CONSTANT] = 0;
        return;
    }
    if (values->physical == PHYSICAL_TEXT) {
        measure_text(values, out);
        return;
    }
    out->bytes[ENCODING_PLAIN] = values->n * physical_size(values->physical);
    if (shape_of(values->physical))
        measure_integers(values, out);
    else
        measure_bytes(values, out);
}

/* Ties go to the first: packed is the fastest to decode. */
static const enum encoding candidates[] = {ENCODING_PACKED, ENCODING_PLAIN, ENCODING_RUNS,
                                           ENCODING_DELTA};

/* Bytes after LZ4, and what decoding adds to them. */
static size_t cost_of(const struct encoding_sizes *sizes, enum encoding encoding, double ratio,
                      enum compression compression)
{
    enum { LZ4_LEAST = 95 }; /* percent: from here on LZ4 is left out */
    size_t bytes = sizes->bytes[encoding], cost = bytes;
    if (bytes == SIZE_MAX)
        return bytes;
    if (ratio * 100 < LZ4_LEAST)
        cost =
            (size_t)((double)bytes * ratio) + bytes / 100 * COMPRESSIONS[compression].lz4_percent;
    if (encoding == ENCODING_DELTA)
        cost = cost / 100 * COMPRESSIONS[compression].delta_percent + cost % 100;
    return cost;
}

static enum encoding cheapest(const struct encoding_sizes *sizes, const double *ratios,
                              enum compression compression)
{
    if (sizes->bytes[ENCODING_CONSTANT] != SIZE_MAX)
        return ENCODING_CONSTANT;
    enum encoding best = ENCODING_PLAIN;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < ARRAY_LENGTH(candidates); i++) {
        double ratio = ratios && ratios[candidates[i]] > 0 ? ratios[candidates[i]] : 1;
        size_t cost = cost_of(sizes, candidates[i], ratio, compression);
        if (cost < least) {
            least = cost;
            best = candidates[i];
        }
    }
    return best;
}

enum encoding encoding_choose(const struct encoding_sizes *sizes, size_t n,
                              enum compression compression)
{
    (void)n;
    return cheapest(sizes, NULL, compression);
}

enum { TRIAL_ROWS = 8192, TRIAL_CHUNK_ROWS = 16384, TRIAL_EVERY = 8 };

/* Encodes rows from the middle of the chunk in each way. */
static enum status try_encodings(const struct values *values, struct encoding_hint *hint,
                                 enum compression compression, struct encoding_scratch *scratch,
                                 struct error *error)
{
    struct values sample = {
        .physical = values->physical,
        .n = TRIAL_ROWS,
        .data = value_at(values, (values->n - TRIAL_ROWS) / 2),
    };
    struct encoding_sizes sizes;
    encoding_measure(&sample, &sizes);
    for (size_t i = 0; i < ARRAY_LENGTH(candidates); i++) {
        struct chunk chunk;
        enum encoding encoding = candidates[i];
        if (sizes.bytes[encoding] == SIZE_MAX)
            continue;
        scratch->trial.length = 0;
        TRY(encoding_encode(&sample, encoding, compression, scratch, &scratch->trial, &chunk,
                            error));
        hint->ratio[encoding] =
            (double)(chunk.length - chunk.head_length + 1) / (double)(chunk.raw_length + 1);
    }
    return STATUS_OK;
}

enum status encoding_choose_by_sample(const struct values *values, struct encoding_sizes *sizes,
                                      struct encoding_hint *hint, enum compression compression,
                                      struct encoding_scratch *scratch, enum encoding *out,
                                      struct error *error)
{
    *out = encoding_choose(sizes, values->n, compression);
    if (*out == ENCODING_CONSTANT || values->physical == PHYSICAL_TEXT)
        return STATUS_OK;
    if (values->n >= TRIAL_CHUNK_ROWS && hint->age++ % TRIAL_EVERY == 0)
        TRY(try_encodings(values, hint, compression, scratch, error));
    *out = cheapest(sizes, hint->ratio, compression);
    for (size_t e = 0; e < ENCODING_COUNT; e++)
        if (sizes->bytes[e] != SIZE_MAX && hint->ratio[e] > 0)
            sizes->bytes[e] = (size_t)((double)sizes->bytes[e] * hint->ratio[e]);
    return STATUS_OK;
}

/* ---- Vectors ---- */

static enum status put_u64(struct bytes *out, uint64_t x, struct error *error)
{
    return bytes_append(out, &x, sizeof x, error);
}

static enum status put_two(struct bytes *out, size_t a, size_t b, struct error *error)
{
    uint32_t both[2] = {(uint32_t)a, (uint32_t)b};
    return bytes_append(out, both, sizeof both, error);
}

static enum status put_packed(struct bytes *out, const uint64_t *values, size_t n, unsigned width,
                              struct error *error)
{
    size_t size = bitpack_size(n, width);
    TRY(bytes_reserve(out, size, error));
    bitpack_pack(values, n, width, (uint8_t *)out->data + out->length);
    out->length += size;
    return STATUS_OK;
}

/* out[i] = value - base, and value - the one before - base: in 64 bits, wrapping. */
#define SUBTRACT(id, ctype)                                                             \
    TARGET_CLONES                                                                       \
    static void subtract_##id(const void *data, size_t n, uint64_t base, uint64_t *out) \
    {                                                                                   \
        const ctype *x = data;                                                          \
        for (size_t i = 0; i < n; i++)                                                  \
            out[i] = (uint64_t)x[i] - base;                                             \
    }                                                                                   \
    TARGET_CLONES                                                                       \
    static void differ_##id(const void *data, size_t n, uint64_t base, uint64_t *out)   \
    {                                                                                   \
        const ctype *x = data;                                                          \
        for (size_t i = 1; i < n; i++)                                                  \
            out[i - 1] = (uint64_t)x[i] - (uint64_t)x[i - 1] - base;                    \
    }
SUBTRACT(U8, uint8_t)
SUBTRACT(I8, int8_t)
SUBTRACT(I16, int16_t)
SUBTRACT(I32, int32_t)
SUBTRACT(I64, int64_t)
#undef SUBTRACT

typedef void (*subtract_fn)(const void *data, size_t n, uint64_t base, uint64_t *out);

static const subtract_fn subtracts[PHYSICAL_COUNT] = {
    [PHYSICAL_U8] = subtract_U8,   [PHYSICAL_I8] = subtract_I8,   [PHYSICAL_I16] = subtract_I16,
    [PHYSICAL_I32] = subtract_I32, [PHYSICAL_I64] = subtract_I64,
};

static const subtract_fn differs[PHYSICAL_COUNT] = {
    [PHYSICAL_U8] = differ_U8,   [PHYSICAL_I8] = differ_I8,   [PHYSICAL_I16] = differ_I16,
    [PHYSICAL_I32] = differ_I32, [PHYSICAL_I64] = differ_I64,
};

static enum status encode_packed(const struct values *values, size_t at, size_t n,
                                 struct encoding_scratch *scratch, struct error *error)
{
    struct shape shape = shape_of(values->physical)(value_at(values, at), n);
    unsigned width = span_width(shape.min, shape.max);
    subtracts[values->physical](value_at(values, at), n, (uint64_t)shape.min, scratch->packed);
    TRY(put_u64(&scratch->raw, (uint64_t)shape.min, error));
    TRY(put_two(&scratch->raw, width, 0, error));
    return put_packed(&scratch->raw, scratch->packed, n, width, error);
}

/* Differences wrap in the width of the type, as decoding adds them. */
static enum status encode_delta(const struct values *values, size_t at, size_t n,
                                struct encoding_scratch *scratch, struct error *error)
{
    struct shape shape = shape_of(values->physical)(value_at(values, at), n);
    unsigned width = span_width(shape.min_delta, shape.max_delta);
    differs[values->physical](value_at(values, at), n, (uint64_t)shape.min_delta, scratch->packed);
    if (physical_size(values->physical) == 4)
        for (size_t i = 0; i + 1 < n; i++)
            scratch->packed[i] &= UINT32_MAX;
    TRY(put_u64(&scratch->raw, (uint64_t)integer_at(values, at), error));
    TRY(put_u64(&scratch->raw, (uint64_t)shape.min_delta, error));
    TRY(put_two(&scratch->raw, width, 0, error));
    return put_packed(&scratch->raw, scratch->packed, n - 1, width, error);
}

/* Where runs of equal values begin, and their lengths less one; returns their count. */
static ALWAYS_INLINE size_t find_runs(const char *data, size_t size, size_t n, uint16_t *starts,
                                      uint16_t *lengths)
{
    size_t runs = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && memcmp(data + i * size, data + (i - 1) * size, size) == 0) {
            lengths[runs - 1]++;
            continue;
        }
        starts[runs] = (uint16_t)i;
        lengths[runs++] = 0;
    }
    return runs;
}

static enum status encode_runs(const struct values *values, size_t at, size_t n,
                               struct encoding_scratch *scratch, struct error *error)
{
    size_t size = physical_size(values->physical), runs;
    uint16_t starts[VECTOR_ROWS], lengths[VECTOR_ROWS];
    const char *data = value_at(values, at);
    if (size == 8)
        runs = find_runs(data, 8, n, starts, lengths);
    else if (size == 4)
        runs = find_runs(data, 4, n, starts, lengths);
    else
        runs = find_runs(data, size, n, starts, lengths);
    TRY(put_two(&scratch->raw, runs, 0, error));
    TRY(bytes_append(&scratch->raw, lengths, runs * sizeof *lengths, error));
    TRY(bytes_reserve(&scratch->raw, runs * size, error));
    for (size_t r = 0; r < runs; r++)
        memcpy(scratch->raw.data + scratch->raw.length + r * size, value_at(values, at + starts[r]),
               size);
    scratch->raw.length += runs * size;
    return STATUS_OK;
}

static enum status encode_text(const struct values *values, size_t at, size_t n,
                               struct encoding_scratch *scratch, struct error *error)
{
    uint32_t min, max;
    length_range(values, at, n, &min, &max);
    unsigned width = bitpack_width(max - min);
    for (size_t i = 0; i < n; i++)
        scratch->packed[i] = values->offsets[at + i + 1] - values->offsets[at + i] - min;
    TRY(put_two(&scratch->raw, min, width, error));
    TRY(put_packed(&scratch->raw, scratch->packed, n, width, error));
    uint32_t from = values->offsets[at], to = values->offsets[at + n];
    return bytes_append(&scratch->raw, values->bytes + from, to - from, error);
}

static enum status encode_vector(const struct values *values, enum encoding encoding, size_t at,
                                 size_t n, struct encoding_scratch *scratch, struct error *error)
{
    switch (encoding) {
    case ENCODING_PACKED:
        return encode_packed(values, at, n, scratch, error);
    case ENCODING_DELTA:
        return encode_delta(values, at, n, scratch, error);
    case ENCODING_RUNS:
        return encode_runs(values, at, n, scratch, error);
    default:
        if (values->physical == PHYSICAL_TEXT)
            return encode_text(values, at, n, scratch, error);
        return bytes_append(&scratch->raw, value_at(values, at),
                            n * physical_size(values->physical), error);
    }
}

/* ---- Chunks ---- */

/* A chunk on its way: where its tables are in `out`. */
struct layout {
    size_t start, ends, parts, data; /* in `out` */
    uint32_t n_vectors, n_parts;
};

static enum status put_zeros(struct bytes *out, size_t n, struct error *error)
{
    TRY(bytes_reserve(out, n, error));
    if (n > 0)
        memset(out->data + out->length, 0, n);
    out->length += n;
    return STATUS_OK;
}

static enum status put_validity(const struct values *values, struct bytes *out, struct chunk *chunk,
                                struct error *error)
{
    size_t valid = values->validity ? bits_count(values->validity, values->n) : values->n;
    chunk->nulls = (uint32_t)(values->n - valid);
    if (chunk->nulls == 0 || valid == 0)
        return STATUS_OK;
    chunk->flags |= CHUNK_HAS_VALIDITY;
    TRY(put_zeros(out, bits_size(values->n), error));
    bits_copy((uint8_t *)out->data + out->length - bits_size(values->n), 0, values->validity, 0,
              values->n);
    return STATUS_OK;
}

static enum status put_constant(const struct values *values, struct bytes *out, struct chunk *chunk,
                                struct error *error)
{
    if (values->n == 0 || chunk->nulls == values->n)
        return STATUS_OK;
    if (values->physical != PHYSICAL_TEXT)
        return bytes_append(out, values->data, physical_size(values->physical), error);
    size_t first;
    bool is_constant = text_is_constant(values, &first);
    assert(is_constant);
    (void)is_constant;
    struct str text = text_at(values, first);
    return bytes_append(out, text.data, text.length, error);
}

/* As many vectors to a part as give PART_BYTES. */
static uint8_t part_shift_of(size_t raw, uint32_t n_vectors)
{
    size_t a_vector = raw / n_vectors + 1;
    uint8_t shift = 0;
    while (shift < 5 && a_vector << shift < PART_BYTES)
        shift++;
    return shift;
}

/* The part as an LZ4 block if that saves enough; else as it is. */
static enum status put_part(const char *raw, size_t size, enum compression compression, bool *pays,
                            struct bytes *out, struct error *error)
{
    size_t most = size - size / COMPRESSIONS[compression].saving, got = 0;
    TRY(bytes_reserve(out, codec_bound(size), error));
    if (*pays && size > 0)
        got = codec_compress(compression == COMPRESSION_SMALL ? CODEC_SMALL : CODEC_FAST, raw, size,
                             out->data + out->length, codec_bound(size));
    *pays = got > 0 && got < most;
    if (*pays)
        out->length += got;
    else
        TRY(bytes_append(out, raw, size, error));
    return STATUS_OK;
}

static enum status put_parts(const struct layout *layout, enum compression compression,
                             const struct bytes *raw, struct bytes *out, struct chunk *chunk,
                             struct error *error)
{
    enum { MISSES_MAX = 2 };
    unsigned misses = 0;
    uint32_t start = 0;
    for (uint32_t p = 0; p < layout->n_parts; p++) {
        uint32_t last = MIN((p + 1) << chunk->part_shift, layout->n_vectors), end;
        memcpy(&end, out->data + layout->ends + (size_t)(last - 1) * 4, sizeof end);
        size_t at = out->length;
        bool pays = misses < MISSES_MAX;
        TRY(put_part(raw->data + start, end - start, compression, &pays, out, error));
        misses = pays ? 0 : misses + 1;
        struct part part = {
            .end = (uint32_t)(out->length - layout->data),
            .compressed = pays,
            .checksum = codec_hash(out->data + at, out->length - at),
        };
        memcpy(out->data + layout->parts + (size_t)p * sizeof part, &part, sizeof part);
        if (pays)
            chunk->flags |= CHUNK_HAS_LZ4;
        start = end;
    }
    return STATUS_OK;
}

/* All vectors to the scratch, their ends to the table. */
static enum status encode_vectors(const struct values *values, enum encoding encoding,
                                  struct encoding_scratch *scratch, const struct layout *layout,
                                  struct bytes *out, struct error *error)
{
    scratch->raw.length = 0;
    for (uint32_t v = 0; v < layout->n_vectors; v++) {
        size_t at = (size_t)v * VECTOR_ROWS, n = MIN(values->n - at, (size_t)VECTOR_ROWS);
        TRY(encode_vector(values, encoding, at, n, scratch, error));
        if (scratch->raw.length > CODEC_SIZE_MAX)
            return error_set(error, STATUS_LIMIT, "too much text in one batch: %zu bytes",
                             scratch->raw.length);
        uint32_t end = (uint32_t)scratch->raw.length;
        memcpy(out->data + layout->ends + (size_t)v * 4, &end, sizeof end);
    }
    return STATUS_OK;
}

enum status encoding_encode(const struct values *values, enum encoding encoding,
                            enum compression compression, struct encoding_scratch *scratch,
                            struct bytes *out, struct chunk *chunk, struct error *error)
{
    struct layout layout = {.start = out->length};
    *chunk = (struct chunk){.encoding = (uint8_t)encoding};
    TRY(put_validity(values, out, chunk, error));
    if (encoding == ENCODING_CONSTANT) {
        TRY(put_constant(values, out, chunk, error));
    } else {
        layout.n_vectors = (uint32_t)((values->n + VECTOR_ROWS - 1) / VECTOR_ROWS);
        layout.ends = out->length;
        TRY(put_zeros(out, round_up((size_t)layout.n_vectors * 4, 8), error));
        TRY(encode_vectors(values, encoding, scratch, &layout, out, error));
        chunk->raw_length = (uint32_t)scratch->raw.length;
        chunk->part_shift = part_shift_of(scratch->raw.length, layout.n_vectors);
        layout.n_parts = (layout.n_vectors + (1u << chunk->part_shift) - 1) >> chunk->part_shift;
        layout.parts = out->length;
        TRY(put_zeros(out, layout.n_parts * sizeof(struct part), error));
    }
    layout.data = out->length;
    chunk->head_length = (uint32_t)(layout.data - layout.start);
    if (encoding != ENCODING_CONSTANT)
        TRY(put_parts(&layout, compression, &scratch->raw, out, chunk, error));
    chunk->length = (uint32_t)(out->length - layout.start);
    chunk->checksum = codec_hash(out->data ? out->data + layout.start : NULL, chunk->head_length);
    return STATUS_OK;
}
