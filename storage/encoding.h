/* encoding.h - how the values of a chunk become bytes, and bytes values again.
 *
 * A chunk is: validity bits (if some are NULL), the vectors' ends, the parts' table, then the parts: the vectors'
 * bytes, a few vectors a part, each part as it is or as an LZ4 block. A constant chunk has its one value instead of
 * vectors. docs/FORMAT.md has the bytes. */
#ifndef ENCODING_H
#define ENCODING_H

#include "base/buffer.h"
#include "storage/column.h"

enum { VECTOR_ROWS = 2048, CHUNK_VECTORS_MAX = 32, ZONE_BYTES = 16 };
enum { DICTIONARY_LENGTH_MAX = 1 << 20 };

/* number in files, word in weir_chunks */
#define ENCODING_LIST(X)    \
    X(CONSTANT, "constant") \
    X(PACKED, "packed")     \
    X(DELTA, "delta")       \
    X(RUNS, "runs")         \
    X(PLAIN, "plain")       \
    X(DICTIONARY, "dictionary")

enum encoding {
#define X(id, word) ENCODING_##id,
    ENCODING_LIST(X)
#undef X
        ENCODING_COUNT
};
const char *encoding_word(unsigned encoding); /* "unknown" past the last */

/* WITH (compression = ...). */
enum compression { COMPRESSION_BALANCED, COMPRESSION_FAST, COMPRESSION_SMALL };
/* From its word ('fast', 'small', 'balanced'); false if there is no such word. */
bool compression_parse(struct str word, enum compression *out);

enum chunk_flags {
    CHUNK_HAS_VALIDITY = 1,
    CHUNK_HAS_MIN = 2,
    CHUNK_HAS_MAX = 4,
    CHUNK_MIN_EXACT = 8,
    CHUNK_MAX_EXACT = 16,
    CHUNK_ASCENDING = 32,
    CHUNK_HAS_LZ4 = 64, /* some part is compressed */
};

/* A directory entry, byte for byte as in the file. */
struct chunk {
    uint64_t offset;      /* in the file */
    uint32_t length;      /* bytes stored */
    uint32_t head_length; /* of these, the head's: validity, ends, parts' table, or the constant */
    uint64_t checksum;    /* xxh3 of the head */
    uint32_t raw_length;  /* bytes of all parts, uncompressed */
    uint32_t nulls;
    uint8_t encoding;      /* enum encoding */
    uint8_t code_encoding; /* of a dictionary's codes */
    uint8_t flags;
    uint8_t part_shift;             /* a part has 1 << part_shift vectors */
    uint8_t min_length, max_length; /* bytes of min and max that count */
    uint8_t reserved[2];
    uint8_t min[ZONE_BYTES], max[ZONE_BYTES];
};
static_assert(sizeof(struct chunk) == 72, "directory entries are 72 bytes");

/* Values to be encoded: fixed-size ones as they lie in columns, or text as ends in bytes. Under NULL rows fixed values
 * repeat a neighbour and texts are empty. */
struct values {
    enum physical physical;
    size_t n;
    const void *data;        /* fixed size */
    const uint32_t *offsets; /* text: n + 1 */
    const char *bytes;
    const uint8_t *validity; /* NULL: no NULLs */
};

/* What the choice rests on: the size of each encoding's data, before LZ4. SIZE_MAX: cannot be. */
struct encoding_sizes {
    size_t bytes[ENCODING_COUNT];
    bool is_ascending;
};

/* Memory that encoding needs again and again. */
struct encoding_scratch {
    struct bytes raw, trial;
    uint64_t *packed; /* VECTOR_ROWS */
    struct budget *budget;
};
MUST_CHECK enum status encoding_scratch_init(struct encoding_scratch *scratch,
                                             struct budget *budget, struct error *error);
void encoding_scratch_fini(struct encoding_scratch *scratch);

/* Measures the values; the dictionary is not judged. */
void encoding_measure(const struct values *values, struct encoding_sizes *out);
/* The one to take of those measured. */
enum encoding encoding_choose(const struct encoding_sizes *sizes, size_t n,
                              enum compression compression);
/* What LZ4 makes of a column's chunks, by encoding: found out on a sample of every few chunks. Begins zeroed. */
struct encoding_hint {
    double ratio[ENCODING_COUNT]; /* 0: not tried */
    unsigned age;                 /* chunks since then */
};
/* The same with LZ4 in mind. `sizes` become those after it. */
MUST_CHECK enum status encoding_choose_by_sample(const struct values *values,
                                                 struct encoding_sizes *sizes,
                                                 struct encoding_hint *hint,
                                                 enum compression compression,
                                                 struct encoding_scratch *scratch,
                                                 enum encoding *out, struct error *error);
/* Appends the chunk to `out` and fills the entry, but for `offset` and the zone. The encoding must be one that has a
 * measured size. At most DICTIONARY_LENGTH_MAX values. */
MUST_CHECK enum status encoding_encode(const struct values *values, enum encoding encoding,
                                       enum compression compression,
                                       struct encoding_scratch *scratch, struct bytes *out,
                                       struct chunk *chunk, struct error *error);

/* ---- Back ---- */

/* How the values, or a dictionary's codes, lie in the vectors. */
static inline enum encoding chunk_data_encoding(const struct chunk *chunk)
{
    return chunk->encoding == ENCODING_DICTIONARY ? (enum encoding)chunk->code_encoding
                                                  : (enum encoding)chunk->encoding;
}

/* A chunk's head, checked against the entry. Pointers are into the head's bytes. */
struct chunk_head {
    const uint8_t *validity;
    const uint8_t *ends;  /* uint32_t, unaligned: end of each vector in the raw data */
    const uint8_t *parts; /* struct part, unaligned */
    const uint8_t *constant;
    uint32_t constant_length;
    uint32_t n_vectors, n_parts;
};

/* An entry of the parts' table, byte for byte. */
struct part {
    uint32_t end;        /* of its stored bytes, counted from the head's end */
    uint32_t compressed; /* 1: LZ4 */
    uint64_t checksum;   /* xxh3 of the stored bytes */
};
static_assert(sizeof(struct part) == 16, "parts' entries are 16 bytes");

/* Where a part lies, stored and raw. */
struct part_place {
    uint32_t stored_start, stored_end; /* from the head's end */
    uint32_t raw_start, raw_end;
    bool is_compressed;
    uint64_t checksum;
};

/* False if an entry cannot be: `n` values of a physical layout, in a file of `size` bytes. */
bool chunk_is_sound(const struct chunk *chunk, enum physical physical, size_t n, uint64_t size);
/* Checks the head (head_length bytes): its checksum, and every end in it. NULL or the reason. */
const char *chunk_open_head(const struct chunk *chunk, enum physical physical, size_t n,
                            const uint8_t *head, struct chunk_head *out);
struct part_place chunk_part(const struct chunk_head *head, const struct chunk *chunk,
                             uint32_t part);
/* The raw bytes of a vector, counted from the beginning of its part. */
void chunk_vector(const struct chunk_head *head, const struct chunk *chunk, uint32_t vector,
                  uint32_t *start, uint32_t *end);

/* Decodes n values from a vector's bytes. False if they are damaged; `out` is then worthless. Not for text. */
bool encoding_decode(enum encoding encoding, enum physical physical, const uint8_t *data,
                     size_t length, size_t n, void *out);
/* Text: views that point into `data`, which must stay. */
bool encoding_decode_text(const uint8_t *data, size_t length, size_t n, struct text *out);
/* Bounds of what a vector of packed values or runs may hold, without decoding it. False: not known. */
bool encoding_vector_range(enum encoding encoding, enum physical physical, const uint8_t *data,
                           size_t length, int64_t *min, int64_t *max);

#endif
