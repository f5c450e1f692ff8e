#include "storage/bitpack.h"

#include "tests/unit/unit.h"

enum { MOST = 2048, GUARD = 8 };

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed ^ *seed >> 29;
}

static void test_bitpack_each_width_comes_back(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 7, 255, 256, 257, 2047, 2048};
    static uint64_t in[MOST], out[MOST + GUARD];
    static uint32_t narrow[MOST + GUARD];
    static uint8_t packed[MOST * 8];
    uint64_t seed = 1;
    for (unsigned width = 0; width <= BITPACK_WIDTH_MAX; width++) {
        uint64_t mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
        for (size_t c = 0; c < ARRAY_LENGTH(counts); c++) {
            size_t n = counts[c];
            for (size_t i = 0; i < n; i++)
                in[i] = i % 5 == 0 ? mask : next(&seed) & mask;
            bitpack_pack(in, n, width, packed);
            memset(out, 0x55, sizeof out);
            bitpack_unpack_u64(packed, n, width, 7, out);
            for (size_t i = 0; i < n; i++)
                assert_true(out[i] == in[i] + 7);
            assert_true(out[n] == UINT64_C(0x5555555555555555));
            if (width > 32)
                continue;
            memset(narrow, 0x55, sizeof narrow);
            bitpack_unpack_u32(packed, n, width, 9, narrow);
            for (size_t i = 0; i < n; i++)
                assert_true(narrow[i] == (uint32_t)(in[i] + 9));
            assert_true(narrow[n] == UINT32_C(0x55555555));
        }
    }
}

static void test_bitpack_bytes_and_words_come_back(void **state)
{
    (void)state;
    enum { N = 300 };
    uint64_t in[N], seed = 2;
    uint8_t packed[N * 8], bytes[N + 1];
    uint16_t words[N + 1];
    for (size_t i = 0; i < N; i++)
        in[i] = next(&seed) & 0x7F;
    bitpack_pack(in, N, 7, packed);
    bytes[N] = 0x55;
    words[N] = 0x5555;
    bitpack_unpack_u8(packed, N, 7, 200, bytes);
    bitpack_unpack_u16(packed, N, 7, 65500, words);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(bytes[i], (uint8_t)(in[i] + 200));
        assert_int_equal(words[i], (uint16_t)(in[i] + 65500));
    }
    assert_int_equal(bytes[N], 0x55);
    assert_int_equal(words[N], 0x5555);
}

/* docs/FORMAT.md's example: value i of a block is in lane i % 8, its lane's j-th at bit j * width. */
static void test_bitpack_layout_is_as_specified(void **state)
{
    (void)state;
    uint64_t in[BITPACK_BLOCK];
    uint8_t packed[32 * 5];
    for (size_t i = 0; i < BITPACK_BLOCK; i++)
        in[i] = i * 7 % 32;
    bitpack_pack(in, BITPACK_BLOCK, 5, packed);
    for (size_t i = 0; i < BITPACK_BLOCK; i++) {
        uint64_t value = 0;
        for (size_t bit = 0; bit < 5; bit++) {
            size_t at = i / 8 * 5 + bit, word = at / 32 * 8 + i % 8;
            uint32_t x;
            memcpy(&x, packed + word * 4, sizeof x);
            value |= (uint64_t)(x >> at % 32 & 1) << bit;
        }
        assert_int_equal(value, in[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bitpack_each_width_comes_back),
        cmocka_unit_test(test_bitpack_bytes_and_words_come_back),
        cmocka_unit_test(test_bitpack_layout_is_as_specified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
