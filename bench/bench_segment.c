/* bench_segment.c - the writer's choice of an encoding beside all others: bytes of a chunk, CPU nanoseconds to decode a
 * value with its checksums verified, and both as one cost, in which a byte stored is worth BYTE_NS. `*` is the choice.
 * Fails if a choice costs over a tenth more than the best, and more than NOISE_NS. Sizes of a dictionary are with its
 * values. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "storage/codec.h"
#include "storage/segment_dictionary.h"
#include "storage/segment_write.h"

enum { ROWS = 65536, ROUNDS = 50, BYTE_NS = 4 };
#define NOISE_NS 0.2

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static const char *const SHAPES[] = {"time",  "auction", "bidder", "price",  "runs",    "random",
                                     "cycle", "sparse",  "few",    "skewed", "counter", "stairs"};

/* Columns as NEXMark's bids have them, and others that are common. */
static int64_t value_of(size_t shape, int64_t i)
{
    uint64_t r = mix((uint64_t)i);
    switch (shape) {
    case 0: /* event time: rising by a little, in microseconds */
        return INT64_C(1447700000000000) + i * 100;
    case 1: /* auction: near the newest */
        return 1000 + i / 50 + (int64_t)(r % 100);
    case 2: /* bidder: half are a few, half anybody */
        return r % 2 ? 1000 + i / 1000 : 1000 + (int64_t)(r >> 20) % 100000;
    case 3: /* price */
        return (int64_t)(100 << r % 20) + (int64_t)(r >> 40) % 100;
    case 4: /* long runs */
        return (int64_t)(mix((uint64_t)i / 900) % 1000000);
    case 5: /* anything */
        return (int64_t)r;
    case 6: /* the same thousand again and again */
        return (int64_t)(mix((uint64_t)i % 1000) >> 20);
    case 7: /* mostly nothing */
        return r % 50 ? 0 : (int64_t)(r >> 20);
    case 8: /* few values, far apart */
        return (int64_t)mix(r % 40);
    case 9: /* few values, one of them mostly */
        return r % 10 ? 7 : (int64_t)mix(r % 1000) >> 8;
    case 10: /* a counter */
        return i;
    default: /* rising, with repetitions */
        return INT64_C(1447700000000) + i / 7 * 1000;
    }
}

struct result {
    size_t bytes;
    double ns;
    bool has_lz4;
};

static bool decode(const struct chunk *chunk, enum physical physical, const uint8_t *data,
                   char *out, uint8_t *raw)
{
    struct chunk_head head;
    size_t size = physical_size(physical);
    if (chunk_open_head(chunk, physical, ROWS, data, &head))
        return false;
    for (uint32_t p = 0; p < head.n_parts; p++) {
        struct part_place part = chunk_part(&head, chunk, p);
        const uint8_t *stored = data + chunk->head_length + part.stored_start, *from = stored;
        size_t length = part.stored_end - part.stored_start;
        if (codec_hash(stored, length) != part.checksum)
            return false;
        if (part.is_compressed) {
            if (!codec_decompress(stored, length, raw, part.raw_end - part.raw_start))
                return false;
            from = raw;
        }
        uint32_t first = p << chunk->part_shift;
        for (uint32_t v = first; v < head.n_vectors && v < first + (1u << chunk->part_shift); v++) {
            uint32_t start, end;
            chunk_vector(&head, chunk, v, &start, &end);
            if (!encoding_decode((enum encoding)chunk->encoding, physical, from + start,
                                 end - start, VECTOR_ROWS, out + (size_t)v * VECTOR_ROWS * size))
                return false;
        }
    }
    return true;
}

static struct result measure(const struct values *values, enum encoding encoding)
{
    static char out[ROWS * 8];
    static uint8_t raw[ROWS * 16];
    struct encoding_scratch scratch;
    struct error error = {0};
    struct bytes bytes;
    struct chunk chunk;
    struct result result = {0};
    bytes_init(&bytes, NULL, "bench");
    if (encoding_scratch_init(&scratch, NULL, &error) != STATUS_OK ||
        encoding_encode(values, encoding, COMPRESSION_BALANCED, &scratch, &bytes, &chunk, &error) !=
            STATUS_OK)
        exit(1);
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        if (!decode(&chunk, values->physical, (const uint8_t *)bytes.data, out, raw))
            exit(1);
        best = MIN(best, now_ns() - start);
    }
    if (memcmp(values->data, out, ROWS * physical_size(values->physical)) != 0)
        exit(1);
    result = (struct result){chunk.length, best / ROWS, (chunk.flags & CHUNK_HAS_LZ4) != 0};
    bytes_fini(&bytes);
    encoding_scratch_fini(&scratch);
    return result;
}

/* Codes as the sorted dictionary gives them, and the dictionary beside them. */
static struct result measure_dictionary(const struct values *values)
{
    static uint32_t codes[ROWS], order[ROWS], rank[ROWS];
    struct dictionary dictionary;
    struct error error = {0};
    struct encoding_sizes sizes;
    bool fits;
    dictionary_init(&dictionary, PHYSICAL_I64, NULL);
    if (dictionary_add(&dictionary, values, codes, &fits, &error) != STATUS_OK || !fits)
        exit(1);
    dictionary_sort(&dictionary, order, rank);
    for (size_t i = 0; i < ROWS; i++)
        codes[i] = rank[codes[i]];
    struct values coded = {.physical = PHYSICAL_I32, .n = ROWS, .data = codes};
    encoding_measure(&coded, &sizes);
    sizes.bytes[ENCODING_CONSTANT] = SIZE_MAX;
    struct result result = measure(&coded, encoding_choose(&sizes, ROWS, COMPRESSION_BALANCED));
    result.bytes += dictionary_bytes(&dictionary) + sizeof(struct chunk);
    result.ns += 0.2; /* values by codes */
    dictionary_fini(&dictionary);
    return result;
}

/* What a data file of this one column has. */
static enum encoding chosen_for(const struct context *context, const int64_t *in)
{
    char path[64];
    struct field field = {"x", type_of(TYPE_BIGINT), true};
    struct schema schema = {&field, 1};
    struct segment_write_options options = {.time_column = SEGMENT_NO_COLUMN, .is_temporary = true};
    struct segment_writer *writer = NULL;
    struct segment_summary summary;
    struct segment *segment = NULL;
    struct batch *batch = NULL;
    struct arena arena;
    struct error error = {0};
    snprintf(path, sizeof path, "/tmp/bench_segment_%d.weir", (int)getpid());
    if (arena_init(&arena, &error) != STATUS_OK ||
        batch_new(1, ROWS, 0, context->budget, &batch, &error) != STATUS_OK ||
        column_new(field.type, ROWS, context->budget, "bench", &batch->columns[0], &error) !=
            STATUS_OK)
        exit(1);
    memcpy(batch->columns[0]->data, in, ROWS * sizeof *in);
    if (segment_writer_open(context, path, &schema, &options, &writer, &error) != STATUS_OK ||
        segment_writer_add(writer, batch, &error) != STATUS_OK ||
        segment_writer_finish(writer, &arena, &summary, &error) != STATUS_OK ||
        segment_open(context->io, path, context->budget, &segment, &error) != STATUS_OK)
        exit(1);
    enum encoding encoding = (enum encoding)segment_chunk(segment, 0, 0).encoding;
    segment_close(segment);
    batch_unref(batch);
    unlink(path);
    arena_fini(&arena);
    return encoding;
}

static double cost_of(struct result result)
{
    return result.ns + (double)result.bytes / ROWS * BYTE_NS;
}

static bool run(const struct context *context, size_t shape)
{
    static int64_t in[ROWS];
    struct result results[ENCODING_COUNT];
    for (int64_t i = 0; i < ROWS; i++)
        in[i] = value_of(shape, i);
    struct values values = {.physical = PHYSICAL_I64, .n = ROWS, .data = in};
    enum encoding chosen = chosen_for(context, in);
    double best = 1e18;
    for (int e = ENCODING_PACKED; e < ENCODING_COUNT; e++) {
        results[e] = e == ENCODING_DICTIONARY ? measure_dictionary(&values)
                                              : measure(&values, (enum encoding)e);
        best = MIN(best, cost_of(results[e]));
    }
    for (int e = ENCODING_PACKED; e < ENCODING_COUNT; e++)
        printf("%-8s %-10s %s %8zu bytes %6.2f ns a value  cost %6.2f  %s\n", SHAPES[shape],
               encoding_word((unsigned)e), e == (int)chosen ? "*" : " ", results[e].bytes,
               results[e].ns, cost_of(results[e]), results[e].has_lz4 ? "lz4" : "");
    double cost = cost_of(results[chosen]), over = cost / best - 1;
    bool fine = over <= 0.1 || cost - best <= NOISE_NS;
    printf("%-8s the choice costs %.1f %% more than the best%s\n\n", SHAPES[shape], over * 100,
           fine ? "" : ": TOO MUCH");
    return fine;
}

int main(void)
{
    struct budget budget;
    atomic_bool cancel = false;
    struct context context = {&budget, &io_system, NULL, &cancel, 1, BATCH_ROWS_DEFAULT};
    bool fine = true;
    budget_init(&budget, SIZE_MAX);
    for (size_t shape = 0; shape < ARRAY_LENGTH(SHAPES); shape++)
        fine = run(&context, shape) && fine;
    return fine ? 0 : 1;
}
