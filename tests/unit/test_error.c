#include "base/error.h"
#include "tests/unit/unit.h"

#include "include/weir.h"

static enum status fail_twice(struct error *error)
{
    error_set(error, STATUS_VALUE, "first: %d", 1);
    return error_set(error, STATUS_IO, "second");
}

static void test_error_set_twice_keeps_first(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(fail_twice(&error), STATUS_IO);
    assert_int_equal(error.status, STATUS_VALUE);
    assert_string_equal(error.message, "first: 1");
}

static void test_error_hint_only_first_and_only_on_failure(void **state)
{
    (void)state;
    struct error error = {0};
    error_hint(&error, "nothing to hint at");
    assert_string_equal(error.hint, "");
    error_set_at(&error, STATUS_NAME, (struct span){3, 7}, "unknown column: usr");
    error_hint(&error, "did you mean %s?", "user");
    error_hint(&error, "another");
    error_place(&error, (struct span){1, 2});
    assert_string_equal(error.hint, "did you mean user?");
    assert_int_equal(error.span.start, 3);
    error_append(&error, " (%s:%d)", "a.jsonl", 3);
    assert_string_equal(error.message, "unknown column: usr (a.jsonl:3)");
    error_clear(&error);
    assert_int_equal(error.status, STATUS_OK);
}

static void test_error_long_message_cut_at_whole_character(void **state)
{
    (void)state;
    char text[3000];
    for (size_t i = 0; i + 2 < sizeof(text); i += 2)
        memcpy(text + i, "\xC3\xA9", 3);
    struct error error = {0};
    error_set(&error, STATUS_VALUE, "x%s", text);
    size_t length = strlen(error.message);
    assert_in_range(length, ERROR_MESSAGE_SIZE - 3, ERROR_MESSAGE_SIZE - 1);
    assert_int_equal((unsigned char)error.message[length - 1], 0xA9);
}

static void test_error_null_error_is_taken(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, STATUS_IO, "lost"), STATUS_IO);
    error_hint(NULL, "lost");
    error_clear(NULL);
}

static void test_status_words_match_public_codes(void **state)
{
    (void)state;
    assert_int_equal(STATUS_COUNT, WEIR_CODES);
    assert_int_equal(STATUS_CANCELLED, WEIR_ERROR_CANCELLED);
    assert_int_equal(STATUS_UNSUPPORTED, WEIR_ERROR_UNSUPPORTED);
    assert_string_equal(status_word(STATUS_SYNTAX), "syntax");
    for (int i = 0; i < STATUS_COUNT; i++)
        assert_string_equal(status_word((enum status)i), weir_code_name((enum weir_code)i));
}

static const char *meant(const char *name)
{
    static const char *const NAMES[] = {"auction", "bidder", "price",    "channel",
                                        "url",     "user",   "date_time"};
    return error_did_you_mean(name, strlen(name), NAMES, ARRAY_LENGTH(NAMES));
}

static void test_did_you_mean_near_names_are_found(void **state)
{
    (void)state;
    assert_string_equal(meant("chanel"), "channel");
    assert_string_equal(meant("CHANNELS"), "channel");
    assert_string_equal(meant("pirce"), "price");
    assert_string_equal(meant("datetime"), "date_time");
    assert_string_equal(meant("usr"), "user");
}

static void test_did_you_mean_far_names_are_not(void **state)
{
    (void)state;
    assert_null(meant("foo"));
    assert_null(meant("x"));
    assert_null(meant(""));
    assert_null(meant("completely_different_name"));
}

static void test_edit_distance_is_capped(void **state)
{
    (void)state;
    assert_int_equal(edit_distance("count", 5, "cuont", 5, 5), 1);
    assert_int_equal(edit_distance("kitten", 6, "sitting", 7, 9), 3);
    assert_int_equal(edit_distance("abcdef", 6, "uvwxyz", 6, 2), 3);
    assert_int_equal(edit_distance("", 0, "abc", 3, 9), 3);
    assert_int_equal(edit_distance("SELECT", 6, "select", 6, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_set_twice_keeps_first),
        cmocka_unit_test(test_error_hint_only_first_and_only_on_failure),
        cmocka_unit_test(test_error_long_message_cut_at_whole_character),
        cmocka_unit_test(test_error_null_error_is_taken),
        cmocka_unit_test(test_status_words_match_public_codes),
        cmocka_unit_test(test_did_you_mean_near_names_are_found),
        cmocka_unit_test(test_did_you_mean_far_names_are_not),
        cmocka_unit_test(test_edit_distance_is_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
