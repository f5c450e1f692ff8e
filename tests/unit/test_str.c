#include "base/str.h"
#include "tests/unit/unit.h"

static void test_str_compare_by_bytes_then_length(void **state)
{
    (void)state;
    assert_int_equal(str_compare(STR_LITERAL("a"), STR_LITERAL("ab")), -1);
    assert_int_equal(str_compare(STR_LITERAL("b"), STR_LITERAL("ab")), 1);
    assert_int_equal(str_compare(STR_LITERAL("\xC3\xA9"), STR_LITERAL("z")), 1);
    assert_int_equal(str_compare(STR_LITERAL(""), STR_LITERAL("")), 0);
    assert_int_equal(str_compare((struct str){NULL, 0}, STR_LITERAL("")), 0);
}

static void test_str_is_folds_ascii_only(void **state)
{
    (void)state;
    assert_true(str_is(STR_LITERAL("Select"), "SELECT"));
    assert_false(str_is(STR_LITERAL("SELECT "), "SELECT"));
    assert_false(str_equal_nocase(STR_LITERAL("\xC3\xA9"), STR_LITERAL("\xC3\x89")));
    assert_false(str_equal(STR_LITERAL("a"), STR_LITERAL("A")));
}

static void test_str_starts_and_ends(void **state)
{
    (void)state;
    struct str name = STR_LITERAL("bid.jsonl.gz");
    assert_true(str_starts_with(name, "bid"));
    assert_true(str_ends_with(name, ".gz"));
    assert_true(str_ends_with(name, ""));
    assert_false(str_ends_with(STR_LITERAL("gz"), ".gz"));
    assert_false(str_starts_with((struct str){NULL, 0}, "x"));
}

static void test_strbuf_grows_and_ends_in_nul(void **state)
{
    (void)state;
    struct arena arena;
    struct error error = {0};
    ASSERT_OK(arena_init(&arena, &error), error);
    struct strbuf text;
    strbuf_init(&text, &arena);
    assert_int_equal(strbuf_str(&text).length, 0);
    for (int i = 0; i < 1000; i++) {
        strbuf_puts(&text, "ab");
        strbuf_putc(&text, 'c');
        strbuf_printf(&text, "%03d", i);
    }
    assert_int_equal(text.length, 6000);
    assert_int_equal(strlen(text.data), 6000);
    assert_memory_equal(text.data + 5994, "abc999", 7);
    strbuf_add(&text, text.data, 3);
    assert_memory_equal(text.data + 6000, "abc", 4);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_str_compare_by_bytes_then_length),
        cmocka_unit_test(test_str_is_folds_ascii_only),
        cmocka_unit_test(test_str_starts_and_ends),
        cmocka_unit_test(test_strbuf_grows_and_ends_in_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
