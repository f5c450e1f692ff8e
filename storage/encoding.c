/* encoding.c - chunks read back: heads checked, vectors decoded.
 *
 *   1. Nothing is believed: every length and end is held against the bytes that are there before it is used.
 *   2. Decoding writes exactly the n values asked for. */
#include "storage/encoding.h"

#include "storage/bitpack.h"
#include "storage/codec.h"

static const char *const encoding_words[] = {
#define X(id, word) word,
    ENCODING_LIST(X)
#undef X
};

const char *encoding_word(unsigned encoding)
{
    return encoding < ENCODING_COUNT ? encoding_words[encoding] : "unknown";
}

/* ---- Little pieces ---- */

static uint32_t load_u32(const uint8_t *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t load_u64(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static bool is_integer(enum physical physical)
{
    return physical == PHYSICAL_U8 || physical == PHYSICAL_I8 || physical == PHYSICAL_I16 ||
           physical == PHYSICAL_I32 || physical == PHYSICAL_I64;
}

static uint32_t count_vectors(size_t n)
{
    return (uint32_t)((n + VECTOR_ROWS - 1) / VECTOR_ROWS);
}

static uint32_t count_parts(uint32_t n_vectors, uint8_t part_shift)
{
    return (n_vectors + (1u << part_shift) - 1) >> part_shift;
}

static size_t validity_size(const struct chunk *chunk, size_t n)
{
    return chunk->flags & CHUNK_HAS_VALIDITY ? bits_size(n) : 0;
}

/* ---- Heads ---- */

static bool encoding_fits(enum encoding encoding, enum physical physical)
{
    switch (encoding) {
    case ENCODING_CONSTANT:
    case ENCODING_PLAIN:
        return true;
    case ENCODING_PACKED:
        return is_integer(physical);
    case ENCODING_DELTA:
        return physical == PHYSICAL_I32 || physical == PHYSICAL_I64;
    case ENCODING_RUNS:
        return physical != PHYSICAL_TEXT;
    default:
        return false;
    }
}

static bool zone_is_sound(const struct chunk *chunk, enum physical physical)
{
    bool has_min = chunk->flags & CHUNK_HAS_MIN, has_max = chunk->flags & CHUNK_HAS_MAX;
    if (physical == PHYSICAL_TEXT)
        return chunk->min_length <= ZONE_BYTES && chunk->max_length <= ZONE_BYTES;
    size_t size = physical_size(physical);
    return chunk->min_length == (has_min ? size : 0) && chunk->max_length == (has_max ? size : 0);
}

bool chunk_is_sound(const struct chunk *chunk, enum physical physical, size_t n, uint64_t size)
{
    if (chunk->offset > size || chunk->length > size - chunk->offset ||
        chunk->head_length > chunk->length || chunk->nulls > n)
        return false;
    if (chunk->reserved[0] || chunk->reserved[1] || chunk->part_shift > 5 ||
        !zone_is_sound(chunk, physical))
        return false;
    if (chunk->encoding == ENCODING_DICTIONARY) {
        if (chunk->code_encoding == ENCODING_CONSTANT ||
            !encoding_fits((enum encoding)chunk->code_encoding, PHYSICAL_I32))
            return false;
    } else if (chunk->code_encoding != 0 ||
               !encoding_fits((enum encoding)chunk->encoding, physical)) {
        return false;
    }
    bool has_validity = chunk->flags & CHUNK_HAS_VALIDITY;
    if (chunk->nulls == n && n > 0)
        return chunk->encoding == ENCODING_CONSTANT && !has_validity && chunk->length == 0;
    return has_validity == (chunk->nulls > 0);
}

static const char *open_constant(const struct chunk *chunk, enum physical physical, size_t n,
                                 const uint8_t *head, struct chunk_head *out)
{
    size_t before = validity_size(chunk, n);
    if (chunk->head_length != chunk->length || chunk->raw_length != 0 ||
        chunk->head_length < before)
        return "a constant of the wrong size";
    out->constant = head + before;
    out->constant_length = (uint32_t)(chunk->head_length - before);
    bool is_null = chunk->nulls == n;
    if (physical != PHYSICAL_TEXT || is_null) {
        size_t expected = is_null ? 0 : physical_size(physical);
        if (out->constant_length != expected)
            return "a constant of the wrong size";
    }
    return out->constant_length > TEXT_LENGTH_MAX ? "a constant of the wrong size" : NULL;
}

/* The ends rise, and stop where the entry says. */
static const char *check_ends(const struct chunk *chunk, const struct chunk_head *head)
{
    uint32_t end = 0;
    for (uint32_t v = 0; v < head->n_vectors; v++) {
        uint32_t next = load_u32(head->ends + (size_t)v * 4);
        if (next < end)
            return "vectors out of order";
        end = next;
    }
    if (end != chunk->raw_length)
        return "vectors that do not add up";
    uint32_t stored = 0;
    for (uint32_t p = 0; p < head->n_parts; p++) {
        struct part_place place = chunk_part(head, chunk, p);
        uint32_t flag = load_u32(head->parts + (size_t)p * sizeof(struct part) + 4);
        if (place.stored_end < stored || flag > 1)
            return "parts out of order";
        uint32_t length = place.stored_end - stored, raw = place.raw_end - place.raw_start;
        if (flag ? raw / 255 > length : raw != length)
            return "a part of an impossible size";
        stored = place.stored_end;
    }
    return stored != chunk->length - chunk->head_length ? "parts that do not add up" : NULL;
}

const char *chunk_open_head(const struct chunk *chunk, enum physical physical, size_t n,
                            const uint8_t *head, struct chunk_head *out)
{
    *out = (struct chunk_head){0};
    if (codec_hash(head, chunk->head_length) != chunk->checksum)
        return "the checksum does not match";
    size_t at = validity_size(chunk, n);
    if (at > chunk->head_length)
        return "a head that is too short";
    if (at > 0) {
        out->validity = head;
        if (bits_count(head, n) != n - chunk->nulls)
            return "another number of NULLs";
    }
    if (chunk->encoding == ENCODING_CONSTANT)
        return open_constant(chunk, physical, n, head, out);
    out->n_vectors = count_vectors(n);
    out->n_parts = count_parts(out->n_vectors, chunk->part_shift);
    out->ends = head + at;
    at += round_up((size_t)out->n_vectors * 4, 8);
    out->parts = head + at;
    at += (size_t)out->n_parts * sizeof(struct part);
    if (at != chunk->head_length)
        return "a head of the wrong size";
    return check_ends(chunk, out);
}

static uint32_t vector_start(const struct chunk_head *head, uint32_t vector)
{
    return vector == 0 ? 0 : load_u32(head->ends + (size_t)(vector - 1) * 4);
}

struct part_place chunk_part(const struct chunk_head *head, const struct chunk *chunk,
                             uint32_t part)
{
    const uint8_t *entry = head->parts + (size_t)part * sizeof(struct part);
    uint32_t first = part << chunk->part_shift;
    uint32_t last = MIN(first + (1u << chunk->part_shift), head->n_vectors);
    return (struct part_place){
        .stored_start = part == 0 ? 0 : load_u32(entry - sizeof(struct part)),
        .stored_end = load_u32(entry),
        .raw_start = vector_start(head, first),
        .raw_end = vector_start(head, last),
        .is_compressed = load_u32(entry + 4) != 0,
        .checksum = load_u64(entry + 8),
    };
}

void chunk_vector(const struct chunk_head *head, const struct chunk *chunk, uint32_t vector,
                  uint32_t *start, uint32_t *end)
{
    uint32_t first = vector >> chunk->part_shift << chunk->part_shift;
    uint32_t base = vector_start(head, first);
    *start = vector_start(head, vector) - base;
    *end = vector_start(head, vector + 1) - base;
}

/* ---- Values ---- */

enum { PACKED_HEAD = 16, DELTA_HEAD = 24, RUNS_HEAD = 8, TEXT_HEAD = 8 };

static bool decode_packed(enum physical physical, const uint8_t *data, size_t length, size_t n,
                          void *out)
{
    if (length < PACKED_HEAD)
        return false;
    uint64_t base = load_u64(data);
    uint32_t width = load_u32(data + 8);
    unsigned most = physical == PHYSICAL_I64 ? 64 : 32;
    if (width > most || load_u32(data + 12) != 0 || length - PACKED_HEAD != bitpack_size(n, width))
        return false;
    const uint8_t *in = data + PACKED_HEAD;
    switch (physical_size(physical)) {
    case 1:
        bitpack_unpack_u8(in, n, width, (uint8_t)base, out);
        return true;
    case 2:
        bitpack_unpack_u16(in, n, width, (uint16_t)base, out);
        return true;
    case 4:
        bitpack_unpack_u32(in, n, width, (uint32_t)base, out);
        return true;
    default:
        bitpack_unpack_u64(in, n, width, base, out);
        return true;
    }
}

static bool decode_delta(enum physical physical, const uint8_t *data, size_t length, size_t n,
                         void *out)
{
    if (length < DELTA_HEAD || n == 0)
        return false;
    uint64_t first = load_u64(data), least = load_u64(data + 8);
    uint32_t width = load_u32(data + 16);
    unsigned most = physical == PHYSICAL_I64 ? 64 : 32;
    if (width > most || load_u32(data + 20) != 0 ||
        length - DELTA_HEAD != bitpack_size(n - 1, width))
        return false;
    if (physical == PHYSICAL_I64) {
        uint64_t *values = out, sum = first;
        bitpack_unpack_u64(data + DELTA_HEAD, n - 1, width, least, values + 1);
        values[0] = first;
        for (size_t i = 1; i < n; i++)
            values[i] = sum += values[i];
    } else {
        uint32_t *values = out, sum = (uint32_t)first;
        bitpack_unpack_u32(data + DELTA_HEAD, n - 1, width, (uint32_t)least, values + 1);
        values[0] = sum;
        for (size_t i = 1; i < n; i++)
            values[i] = sum += values[i];
    }
    return true;
}

static void repeat(uint8_t *out, const uint8_t *value, size_t size, size_t n)
{
    switch (size) {
    case 1:
        memset(out, *value, n);
        break;
    case 4: {
        uint32_t x = load_u32(value);
        for (size_t i = 0; i < n; i++)
            memcpy(out + i * 4, &x, 4);
        break;
    }
    case 8: {
        uint64_t x = load_u64(value);
        for (size_t i = 0; i < n; i++)
            memcpy(out + i * 8, &x, 8);
        break;
    }
    default:
        for (size_t i = 0; i < n; i++)
            memcpy(out + i * size, value, size);
    }
}

/* Short runs of 8-byte values: eight are stored whatever the run's length, the next run overwrites what is too much. */
static ALWAYS_INLINE bool repeat_short(uint8_t *out, uint64_t value, size_t count, size_t room)
{
    enum { STEP = 8 };
    if (room < count + STEP)
        return false;
    for (size_t i = 0; i < count; i += STEP)
        for (size_t k = 0; k < STEP; k++)
            memcpy(out + (i + k) * 8, &value, 8);
    return true;
}

static bool decode_runs(size_t size, const uint8_t *data, size_t length, size_t n, uint8_t *out)
{
    if (length < RUNS_HEAD)
        return false;
    size_t runs = load_u32(data), done = 0;
    if (runs > n || load_u32(data + 4) != 0 || length - RUNS_HEAD != runs * (2 + size))
        return false;
    const uint8_t *lengths = data + RUNS_HEAD, *values = lengths + runs * 2;
    for (size_t r = 0; r < runs; r++) {
        uint16_t less_one;
        memcpy(&less_one, lengths + r * 2, sizeof less_one);
        size_t count = (size_t)less_one + 1;
        if (count > n - done)
            return false;
        if (size != 8 || !repeat_short(out + done * 8, load_u64(values + r * 8), count, n - done))
            repeat(out + done * size, values + r * size, size, count);
        done += count;
    }
    return done == n;
}

/* BOOLEAN values are 0 or 1 in memory, whatever a file says. */
static void keep_bits(uint8_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        values[i] &= 1;
}

bool encoding_decode(enum encoding encoding, enum physical physical, const uint8_t *data,
                     size_t length, size_t n, void *out)
{
    size_t size = physical_size(physical);
    bool fine;
    switch (encoding) {
    case ENCODING_PACKED:
        fine = decode_packed(physical, data, length, n, out);
        break;
    case ENCODING_DELTA:
        fine = decode_delta(physical, data, length, n, out);
        break;
    case ENCODING_RUNS:
        fine = decode_runs(size, data, length, n, out);
        break;
    case ENCODING_PLAIN:
        fine = length == n * size;
        if (fine)
            memcpy(out, data, length);
        break;
    default:
        return false;
    }
    if (fine && physical == PHYSICAL_U8)
        keep_bits(out, n);
    return fine;
}

/* A view of a short text whose 12 bytes may all be read: masked instead of copied by its length. */
static ALWAYS_INLINE struct text short_view(const char *data, uint32_t length)
{
    struct text t;
    uint64_t low;
    uint32_t high;
    memcpy(&low, data, 8);
    memcpy(&high, data + 8, 4);
    uint64_t low_mask = length >= 8 ? UINT64_MAX : (UINT64_C(1) << length * 8) - 1;
    uint32_t high_mask = length <= 8    ? 0
                         : length == 12 ? UINT32_MAX
                                        : (UINT32_C(1) << (length - 8) * 8) - 1;
    low &= low_mask;
    high &= high_mask;
    t.length = length;
    memcpy(t.prefix, &low, 4);
    memcpy(t.rest, (const char *)&low + 4, 4);
    memcpy(t.rest + 4, &high, 4);
    return t;
}

bool encoding_decode_text(const uint8_t *data, size_t length, size_t n, struct text *out)
{
    if (length < TEXT_HEAD || n > VECTOR_ROWS)
        return false;
    uint32_t base = load_u32(data), width = load_u32(data + 4);
    if (width > 32 || length - TEXT_HEAD < bitpack_size(n, width))
        return false;
    uint32_t lengths[VECTOR_ROWS];
    bitpack_unpack_u32(data + TEXT_HEAD, n, width, base, lengths);
    const char *at = (const char *)data + TEXT_HEAD + bitpack_size(n, width);
    size_t left = length - TEXT_HEAD - bitpack_size(n, width);
    for (size_t i = 0; i < n; i++) {
        uint32_t own = lengths[i];
        if (own > left)
            return false;
        if (own > TEXT_INLINE || left < TEXT_INLINE)
            out[i] = text_view(at, own);
        else
            out[i] = short_view(at, own);
        at += own;
        left -= own;
    }
    return left == 0;
}

/* The base of a packed vector is its least value; the width says how far it may go. */
/* The least and the greatest of a vector's runs. */
static bool range_of_runs(const uint8_t *data, size_t length, int64_t *min, int64_t *max)
{
    if (length < RUNS_HEAD)
        return false;
    size_t runs = load_u32(data);
    if (runs == 0 || runs > VECTOR_ROWS || length - RUNS_HEAD != runs * (2 + 8))
        return false;
    const uint8_t *values = data + RUNS_HEAD + runs * 2;
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    for (size_t r = 0; r < runs; r++) {
        int64_t value = (int64_t)load_u64(values + r * 8);
        least = MIN(least, value);
        greatest = MAX(greatest, value);
    }
    *min = least;
    *max = greatest;
    return true;
}

bool encoding_vector_range(enum encoding encoding, enum physical physical, const uint8_t *data,
                           size_t length, int64_t *min, int64_t *max)
{
    if (encoding == ENCODING_RUNS && physical == PHYSICAL_I64)
        return range_of_runs(data, length, min, max);
    if (encoding != ENCODING_PACKED || length < PACKED_HEAD || !is_integer(physical))
        return false;
    int64_t base = (int64_t)load_u64(data);
    uint32_t width = load_u32(data + 8);
    int64_t span;
    if (width >= 63)
        return false;
    span = (INT64_C(1) << width) - 1;
    *min = base;
    return !__builtin_add_overflow(base, span, max);
}
