#include "base/bits.h"
#include "tests/unit/unit.h"

#include "base/hash.h"
#include "base/heap.h"

enum { BITS = 517 };

static uint64_t next_random(uint64_t *seed)
{
    *seed += 0x9e3779b97f4a7c15u;
    return hash_u64(*seed);
}

static void test_bits_fill_clears_tail_of_last_word(void **state)
{
    (void)state;
    uint8_t bits[72];
    for (size_t n = 1; n < 130; n++) {
        memset(bits, 0x55, sizeof(bits));
        bits_fill(bits, n, true);
        assert_int_equal(bits_count(bits, bits_size(n) * 8), n);
        bits_fill(bits, n, false);
        assert_int_equal(bits_count(bits, n), 0);
        assert_int_equal(bits[bits_size(n)], 0x55);
    }
}

static void test_bits_and_bytes_there_and_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (size_t n = 0; n < 200; n++) {
        uint8_t bytes[256], again[256], bits[64] = {0};
        size_t set = 0;
        for (size_t i = 0; i < n; i++)
            set += bytes[i] = next_random(&seed) & 1;
        memset(again, 0xEE, sizeof(again));
        bits_from_bytes(bits, bytes, n);
        assert_int_equal(bits_count(bits, n), set);
        bits_to_bytes(again, bits, n);
        assert_memory_equal(again, bytes, n);
        assert_int_equal(again[n], 0xEE);
    }
}

static void test_bits_copy_any_offset_touches_only_its_bits(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int round = 0; round < 3000; round++) {
        uint8_t in[BITS / 8 + 16], out[BITS / 8 + 16], expected[BITS / 8 + 16];
        for (size_t i = 0; i < sizeof(in); i++) {
            in[i] = (uint8_t)next_random(&seed);
            out[i] = expected[i] = (uint8_t)next_random(&seed);
        }
        size_t from = next_random(&seed) % 64, to = next_random(&seed) % 64;
        size_t n = next_random(&seed) % (BITS - 64);
        for (size_t i = 0; i < n; i++)
            bits_put(expected, to + i, bits_get(in, from + i));
        bits_copy(out, to, in, from, n);
        assert_memory_equal(out, expected, sizeof(out));
    }
}

static void test_bits_and_may_write_over_an_input(void **state)
{
    (void)state;
    uint8_t a[16], b[16];
    memset(a, 0xF0, sizeof(a));
    memset(b, 0x3C, sizeof(b));
    bits_and(a, a, b, 128);
    for (size_t i = 0; i < sizeof(a); i++)
        assert_int_equal(a[i], 0x30);
}

static void test_hash_bytes_differs_by_length_place_and_bit(void **state)
{
    (void)state;
    char text[100] = {0};
    uint64_t seen[101 + 800];
    size_t count = 0;
    for (size_t n = 0; n <= 100; n++)
        seen[count++] = hash_bytes(text, n);
    for (size_t bit = 0; bit < 800; bit++) {
        text[bit / 8] = (char)(1 << bit % 8);
        seen[count++] = hash_bytes(text, 100);
        text[bit / 8] = 0;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            assert_true(seen[i] != seen[k]);
}

static bool less(void *context, uint32_t a, uint32_t b)
{
    const uint64_t *keys = context;
    return keys[a] < keys[b];
}

static void test_heap_pops_in_order_also_after_top_changed(void **state)
{
    (void)state;
    uint64_t keys[500], seed = 3;
    uint32_t items[500];
    struct heap heap = {.items = items, .less = less, .context = keys};
    for (uint32_t i = 0; i < 500; i++) {
        keys[i] = next_random(&seed) % 100;
        heap_push(&heap, i);
    }
    for (int i = 0; i < 200; i++) {
        keys[heap.items[0]] += next_random(&seed) % 50;
        heap_sift_top(&heap);
    }
    uint64_t last = 0;
    while (heap.count > 0) {
        uint64_t key = keys[heap_pop(&heap)];
        assert_true(key >= last);
        last = key;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits_fill_clears_tail_of_last_word),
        cmocka_unit_test(test_bits_and_bytes_there_and_back),
        cmocka_unit_test(test_bits_copy_any_offset_touches_only_its_bits),
        cmocka_unit_test(test_bits_and_may_write_over_an_input),
        cmocka_unit_test(test_hash_bytes_differs_by_length_place_and_bit),
        cmocka_unit_test(test_heap_pops_in_order_also_after_top_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
