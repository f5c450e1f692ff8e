#include "base/arena.h"
#include "tests/unit/unit.h"

#include "base/array.h"
#include "base/map.h"
#include "base/str.h"

static int open_arena(void **state)
{
    static struct arena arena;
    struct error error = {0};
    *state = &arena;
    return arena_init(&arena, &error) == STATUS_OK ? 0 : -1;
}

static int close_arena(void **state)
{
    arena_fini(*state);
    return 0;
}

static bool is_zero(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i])
            return false;
    return true;
}

static void test_arena_alloc_many_sizes_zeroed_and_aligned(void **state)
{
    struct arena *arena = *state;
    for (size_t round = 0; round < 2; round++) {
        for (size_t size = 1; size < 300000; size = size * 3 + 1) {
            char *bytes = arena_alloc(arena, size);
            assert_int_equal((uintptr_t)bytes % 16, 0);
            assert_true(is_zero(bytes, size));
            memset(bytes, 0xAA, size);
        }
        arena_reset(arena);
        assert_int_equal(arena->used, 0);
    }
    char *line = arena_alloc_aligned(arena, 10, 4096);
    assert_int_equal((uintptr_t)line % 4096, 0);
}

static void test_arena_alloc_refused_small_gives_spare_and_check_fails(void **state)
{
    struct arena *arena = *state;
    struct error error = {0};
    arena->fail_at = 1;
    for (int i = 0; i < 10000; i++) {
        char *bytes = arena_alloc(arena, 100);
        assert_non_null(bytes);
        assert_true(is_zero(bytes, 100));
        memset(bytes, 1, 100);
    }
    assert_non_null(arena_alloc(arena, ARENA_SPARE));
    assert_null(arena_alloc(arena, ARENA_SPARE + 1));
    assert_int_equal(arena_check(arena, &error), STATUS_MEMORY);
    arena_reset(arena);
    assert_int_equal(arena_check(arena, &(struct error){0}), STATUS_OK);
}

static void test_arena_alloc_past_limit_fails(void **state)
{
    struct arena *arena = *state;
    struct error error = {0};
    arena->limit = 100000;
    while (!arena->failed)
        arena_alloc(arena, 1000);
    assert_in_range(arena->used, 90000, 100000);
    assert_int_equal(arena_check(arena, &error), STATUS_MEMORY);
}

static void test_arena_text_copies_end_in_nul(void **state)
{
    struct arena *arena = *state;
    assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_strdup(arena, ""), "");
    assert_string_equal(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
}

static void test_array_push_grows_and_keeps(void **state)
{
    struct arena *arena = *state;
    ARRAY_OF(int) numbers = {0};
    for (int i = 0; i < 1000; i++)
        *ARRAY_PUSH(arena, &numbers) = i;
    assert_int_equal(numbers.count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers.items[i], i);
}

static void test_strbuf_refused_memory_stays_text(void **state)
{
    struct arena *arena = *state;
    struct strbuf text;
    strbuf_init(&text, arena);
    arena->fail_at = 2;
    for (int i = 0; i < 100000; i++)
        strbuf_printf(&text, "%d,", i);
    assert_true(arena->failed);
    assert_true(strlen(text.data) <= text.length + ARENA_SPARE);
}

static void test_map_put_get_thousands_in_either_case(void **state)
{
    struct arena *arena = *state;
    struct map map;
    map_init(&map, arena, true);
    assert_null(map_get(&map, STR_LITERAL("nothing")));
    static int values[3000];
    for (int i = 0; i < 3000; i++)
        assert_null(map_put(&map, str_of(arena_printf(arena, "Key%d", i)), &values[i]));
    for (int i = 0; i < 3000; i++)
        assert_ptr_equal(map_get(&map, str_of(arena_printf(arena, "kEY%d", i))), &values[i]);
    assert_ptr_equal(map_put(&map, STR_LITERAL("KEY5"), &values[0]), &values[5]);
    assert_int_equal(map.count, 3000);
    assert_string_equal(map.entries[7].key.data, "Key7");
}

static void test_map_with_case_tells_names_apart(void **state)
{
    struct map map;
    int a, b;
    map_init(&map, *state, false);
    map_put(&map, STR_LITERAL("a"), &a);
    map_put(&map, STR_LITERAL("A"), &b);
    assert_ptr_equal(map_get(&map, STR_LITERAL("a")), &a);
    assert_ptr_equal(map_get(&map, STR_LITERAL("A")), &b);
}

static void test_map_in_failed_arena_is_empty(void **state)
{
    struct arena *arena = *state;
    struct map map;
    int value;
    map_init(&map, arena, false);
    arena->fail_at = 1;
    map_put(&map, STR_LITERAL("a"), &value);
    assert_null(map_get(&map, STR_LITERAL("a")));
}

int main(void)
{
#define ARENA_TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
    const struct CMUnitTest tests[] = {
        ARENA_TEST(test_arena_alloc_many_sizes_zeroed_and_aligned),
        ARENA_TEST(test_arena_alloc_refused_small_gives_spare_and_check_fails),
        ARENA_TEST(test_arena_alloc_past_limit_fails),
        ARENA_TEST(test_arena_text_copies_end_in_nul),
        ARENA_TEST(test_array_push_grows_and_keeps),
        ARENA_TEST(test_strbuf_refused_memory_stays_text),
        ARENA_TEST(test_map_put_get_thousands_in_either_case),
        ARENA_TEST(test_map_with_case_tells_names_apart),
        ARENA_TEST(test_map_in_failed_arena_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
