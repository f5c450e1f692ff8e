/* bench_segment.c - what encodings cost: bytes of a chunk and CPU nanoseconds a value, checksums verified; `*` is what
 * the writer chooses. Times of an encoding with LZ4 are those of a writer that was forced to it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "storage/codec.h"
#include "storage/encoding.h"

enum { ROWS = 65536, ROUNDS = 200 };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Columns as NEXMark's bids have them. */
static int64_t value_of(int shape, int64_t i)
{
    uint64_t r = mix((uint64_t)i);
    switch (shape) {
    case 0: /* event time: rising by a little, in microseconds */
        return INT64_C(1447700000000000) + i * 100000 / 1000 * 1000;
    case 1: /* auction: near the newest */
        return 1000 + i / 50 + (int64_t)(r % 100);
    case 2: /* price */
        return (int64_t)(100 << r % 20) + (int64_t)(r >> 40) % 100;
    case 3: /* long runs */
        return (int64_t)(mix((uint64_t)i / 900) % 1000000);
    default: /* anything */
        return (int64_t)r;
    }
}

static bool decode(const struct chunk *chunk, const uint8_t *data, int64_t *out, uint8_t *raw)
{
    struct chunk_head head;
    if (chunk_open_head(chunk, PHYSICAL_I64, ROWS, data, &head))
        return false;
    for (uint32_t p = 0; p < head.n_parts; p++) {
        struct part_place part = chunk_part(&head, chunk, p);
        const uint8_t *stored = data + chunk->head_length + part.stored_start, *from = stored;
        size_t size = part.stored_end - part.stored_start;
        if (codec_hash(stored, size) != part.checksum)
            return false;
        if (part.is_compressed) {
            if (!codec_decompress(stored, size, raw, part.raw_end - part.raw_start))
                return false;
            from = raw;
        }
        uint32_t first = p << chunk->part_shift;
        for (uint32_t v = first; v < head.n_vectors && v < first + (1u << chunk->part_shift); v++) {
            uint32_t start, end;
            chunk_vector(&head, chunk, v, &start, &end);
            if (!encoding_decode((enum encoding)chunk->encoding, PHYSICAL_I64, from + start,
                                 end - start, VECTOR_ROWS, out + (size_t)v * VECTOR_ROWS))
                return false;
        }
    }
    return true;
}

static void run(const char *name, int shape)
{
    static int64_t in[ROWS], out[ROWS];
    static uint8_t raw[ROWS * 16];
    struct encoding_scratch scratch;
    struct encoding_sizes sizes;
    struct error error = {0};
    for (int64_t i = 0; i < ROWS; i++)
        in[i] = value_of(shape, i);
    struct values values = {.physical = PHYSICAL_I64, .n = ROWS, .data = in};
    encoding_measure(&values, &sizes);
    enum encoding chosen = encoding_choose(&sizes, ROWS, COMPRESSION_BALANCED);
    if (encoding_scratch_init(&scratch, NULL, &error) != STATUS_OK)
        exit(1);
    for (int e = ENCODING_PACKED; e <= ENCODING_PLAIN; e++) {
        struct bytes bytes;
        struct chunk chunk;
        bytes_init(&bytes, NULL, "bench");
        if (encoding_encode(&values, (enum encoding)e, COMPRESSION_BALANCED, &scratch, &bytes,
                            &chunk, &error) != STATUS_OK)
            exit(1);
        double start = now_ns();
        for (int round = 0; round < ROUNDS; round++)
            if (!decode(&chunk, (const uint8_t *)bytes.data, out, raw))
                exit(1);
        double ns = (now_ns() - start) / ROUNDS / ROWS;
        if (memcmp(in, out, sizeof in) != 0)
            exit(1);
        printf("%-8s %-7s%s %8u bytes %6.2f ns a value %6.1f GB/s%s\n", name,
               encoding_word((unsigned)e), e == (int)chosen ? " *" : "  ", chunk.length, ns, 8 / ns,
               chunk.flags & CHUNK_HAS_LZ4 ? "  lz4" : "");
        bytes_fini(&bytes);
    }
    encoding_scratch_fini(&scratch);
}

int main(void)
{
    static const char *const names[] = {"time", "auction", "price", "runs", "random"};
    for (int shape = 0; shape < 5; shape++)
        run(names[shape], shape);
    return 0;
}
