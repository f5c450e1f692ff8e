#include "parser/keyword.h"
#include "parser/sql.h"
#include "parser/token.h"
#include "tests/unit/unit.h"

static struct token first(const char *sql)
{
    return token_scan(str_of(sql), 0, TOKEN_AFTER_OTHER);
}

static void assert_token(const char *sql, unsigned code, uint32_t start, uint32_t end)
{
    struct token token = first(sql);
    assert_int_equal(token.fault, TOKEN_FINE);
    assert_int_equal(token.code, code);
    assert_int_equal(token.start, start);
    assert_int_equal(token.end, end);
}

static void assert_fault(const char *sql, enum token_fault fault)
{
    struct token token = first(sql);
    struct error error = {0};
    assert_int_equal(token.code, TK_ILLEGAL);
    assert_int_equal(token.fault, fault);
    assert_int_equal(token_refuse(str_of(sql), token, &error), STATUS_SYNTAX);
    assert_true(error.message[0] != '\0');
}

static void test_token_blanks_and_comments_are_skipped(void **state)
{
    (void)state;
    assert_token(" \t\r\n\f a", TK_ID, 6, 7);
    assert_token("-- one\n-- two\nx", TK_ID, 14, 15);
    assert_token("/* a /* b */ x", TK_ID, 13, 14);
    assert_token("/**/y", TK_ID, 4, 5);
    assert_token("-- only", 0, 7, 7);
    assert_token("\xEF\xBB\xBFselect", TK_SELECT, 3, 9);
    assert_token("", 0, 0, 0);
}

static void test_token_numbers(void **state)
{
    (void)state;
    assert_token("1_000_000", TK_INTEGER, 0, 9);
    assert_token("0x1F", TK_INTEGER, 0, 4);
    assert_token("0xAB_CD", TK_INTEGER, 0, 7);
    assert_token("1.5", TK_DECIMAL, 0, 3);
    assert_token("1.", TK_DECIMAL, 0, 2);
    assert_token(".5", TK_DECIMAL, 0, 2);
    assert_token("1e3", TK_FLOAT, 0, 3);
    assert_token("1.5E-3", TK_FLOAT, 0, 6);
    assert_token("1+2", TK_INTEGER, 0, 1);
    assert_fault("12abc", TOKEN_NUMBER_BAD);
    assert_fault("1__0", TOKEN_NUMBER_BAD);
    assert_fault("1_", TOKEN_NUMBER_BAD);
    assert_fault("0x", TOKEN_NUMBER_BAD);
    assert_fault("1e", TOKEN_NUMBER_BAD);
}

static void test_token_texts_and_names(void **state)
{
    (void)state;
    assert_token("'it''s'", TK_STRING, 0, 7);
    assert_token("''", TK_STRING, 0, 2);
    assert_token("\"a \"\"b\"\"\"", TK_ID, 0, 9);
    assert_token("`a``b`", TK_ID, 0, 6);
    assert_token("x'0aFF'", TK_BLOB, 0, 7);
    assert_token("X''", TK_BLOB, 0, 3);
    assert_token("n\xC3\xA9gatif$1", TK_ID, 0, 10);
    assert_fault("'abc", TOKEN_STRING_OPEN);
    assert_fault("'abc''", TOKEN_STRING_OPEN);
    assert_fault("\"abc", TOKEN_NAME_OPEN);
    assert_fault("\"\"", TOKEN_NAME_EMPTY);
    assert_fault("/* abc", TOKEN_COMMENT_OPEN);
    assert_fault("x'0'", TOKEN_BLOB_BAD);
    assert_fault("x'0g'", TOKEN_BLOB_BAD);
    assert_fault("E'a\\n'", TOKEN_ESCAPE_STRING);
    assert_fault("\xE2\x80\x98"
                 "a'",
                 TOKEN_QUOTE_CURLED);
    assert_fault("\xC2\xA0", TOKEN_CHARACTER_BAD);
    assert_fault("!", TOKEN_CHARACTER_BAD);
    assert_fault("\x01", TOKEN_CHARACTER_BAD);
}

static void test_token_marks_are_the_longest(void **state)
{
    (void)state;
    assert_token("->>", TK_ARROW, 0, 3);
    assert_token("->x", TK_ARROW, 0, 2);
    assert_token("||", TK_CONCAT, 0, 2);
    assert_token("==", TK_EQ, 0, 2);
    assert_token("=>", TK_NAMED, 0, 2);
    assert_token(":=", TK_NAMED, 0, 2);
    assert_token("::", TK_AS_TYPE, 0, 2);
    assert_token("<>", TK_NE, 0, 2);
    assert_token("<<", TK_SHIFT, 0, 2);
    assert_token("<=", TK_LE, 0, 2);
    assert_token("<-", TK_LT, 0, 1);
}

static void test_token_parameters(void **state)
{
    (void)state;
    assert_token("?", TK_PARAMETER, 0, 1);
    assert_token("?12,", TK_PARAMETER, 0, 3);
    assert_token(":name)", TK_PARAMETER, 0, 5);
    assert_token("$name", TK_PARAMETER, 0, 5);
    assert_token("@name", TK_PARAMETER, 0, 5);
    assert_fault("$ ", TOKEN_PARAMETER_BAD);
    struct token colon = token_scan(str_of(":b"), 0, TOKEN_AFTER_OPERAND);
    assert_int_equal(colon.code, TK_COLON);
}

static void test_token_text_is_decoded(void **state)
{
    (void)state;
    struct arena arena;
    struct error error = {0};
    ASSERT_OK(arena_init(&arena, &error), error);
    struct str sql = str_of("'it''s'");
    assert_true(str_equal(token_unquote(sql, first(sql.data), &arena), STR_LITERAL("it's")));
    sql = str_of("\"a\"\"b\"");
    assert_true(str_equal(token_unquote(sql, first(sql.data), &arena), STR_LITERAL("a\"b")));
    sql = str_of("1_000");
    assert_true(str_equal(token_digits(sql, first(sql.data), &arena), STR_LITERAL("1000")));
    sql = str_of("x'00fF'");
    assert_true(str_equal(token_blob(sql, first(sql.data), &arena), (struct str){"\0\xFF", 2}));
    arena_fini(&arena);
}

static void test_keyword_list_is_sorted_and_found(void **state)
{
    (void)state;
    size_t count;
    const struct keyword *keywords = keyword_list(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || strcmp(keywords[i - 1].text, keywords[i].text) < 0);
        assert_true(strlen(keywords[i].text) <= KEYWORD_LENGTH_MAX);
        assert_int_equal(keyword_code(str_of(keywords[i].text)), keywords[i].code);
    }
    assert_int_equal(keyword_code(STR_LITERAL("sElEcT")), TK_SELECT);
    assert_int_equal(keyword_code(STR_LITERAL("selec")), 0);
    assert_int_equal(keyword_code(STR_LITERAL("selects")), 0);
    assert_string_equal(keyword_text(TK_SELECT), "SELECT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token_blanks_and_comments_are_skipped),
        cmocka_unit_test(test_token_numbers),
        cmocka_unit_test(test_token_texts_and_names),
        cmocka_unit_test(test_token_marks_are_the_longest),
        cmocka_unit_test(test_token_parameters),
        cmocka_unit_test(test_token_text_is_decoded),
        cmocka_unit_test(test_keyword_list_is_sorted_and_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
