#include "tests/unit/text_unit.h"

static void test_csv_read_types_and_header_sniffed(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.csv",
                   "id,x,ok,name,day,at,zip\n1,2.5,true,ann,2026-01-02,2026-01-02 03:04:05Z,01234\n"
                   "-2,3,false,bob,2026-01-03,2026-01-02T03:04:05,99999\n");
    ASSERT_READS(
        u, "a.csv", NULL,
        "id BIGINT|x DOUBLE|ok BOOLEAN|name VARCHAR|day DATE|at TIMESTAMP WITH TIME ZONE|zip "
        "VARCHAR\n"
        "1|2.5e0|true|'ann'|DATE '2026-01-02'|TIMESTAMPTZ '2026-01-02 03:04:05+00'|'01234'\n"
        "-2|3.0e0|false|'bob'|DATE '2026-01-03'|TIMESTAMPTZ '2026-01-02 03:04:05+00'|'99999'\n");
    ASSERT_READS(u, "a.csv", "zip id", "zip VARCHAR|id BIGINT\n'01234'|1\n'99999'|-2\n");
}

static void test_csv_read_without_header_by_place(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.csv", "1,x\n2,y\n");
    ASSERT_READS(u, "a.csv", NULL, "column0 BIGINT|column1 VARCHAR\n1|'x'\n2|'y'\n");
    text_unit_member(u, "columns", "k", "INTEGER");
    text_unit_member(u, "columns", "v", "VARCHAR");
    ASSERT_READS(u, "a.csv", NULL, "k INTEGER|v VARCHAR\n1|'x'\n2|'y'\n");
    text_unit_reset(u);
    text_unit_file("a.csv", "p,q\nr,s\n");
    text_unit_bool(u, "header", false);
    ASSERT_READS(u, "a.csv", NULL, "column0 VARCHAR|column1 VARCHAR\n'p'|'q'\n'r'|'s'\n");
}

static void test_csv_read_delimiters_sniffed(void **state)
{
    static const char DELIMITERS[] = ",;\t|";
    struct text_unit *u = *state;
    for (size_t i = 0; DELIMITERS[i]; i++) {
        char text[100], d = DELIMITERS[i];
        snprintf(text, sizeof text, "a%cb%cc\n1%c\"x,;\t|\"%c2.5\n3%cy%c4\n", d, d, d, d, d, d);
        text_unit_file("a.csv", text);
        ASSERT_READS(u, "a.csv", NULL,
                     "a BIGINT|b VARCHAR|c DOUBLE\n1|'x,;\t|'|2.5e0\n3|'y'|4.0e0\n");
    }
    text_unit_file("a.csv", "a#b\n1#2\n");
    text_unit_text(u, "delim", "#");
    ASSERT_READS(u, "a.csv", NULL, "a BIGINT|b BIGINT\n1|2\n");
}

static void test_csv_read_quotes_newlines_and_empty(void **state)
{
    struct text_unit *u = *state;
    text_unit_file(
        "a.csv",
        "a,b,c\r\n1,\"two\r\nlines, \"\"quoted\"\"\",\r\n2,\"\",x\r\n,5\" wide,\"\"\"\"\r\n");
    ASSERT_READS(u, "a.csv", NULL,
                 "a BIGINT|b VARCHAR|c VARCHAR\n1|'two\r\nlines, \"quoted\"'|NULL\n2|''|'x'\n"
                 "NULL|'5\" wide'|'\"'\n");
}

static void test_csv_read_other_quote_and_escape(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.csv", "a,b\n1,'it\\'s, so'\n2,'x'\n");
    text_unit_text(u, "quote", "'");
    text_unit_text(u, "escape", "\\");
    ASSERT_READS(u, "a.csv", NULL, "a BIGINT|b VARCHAR\n1|'it''s, so'\n2|'x'\n");
    text_unit_reset(u);
    text_unit_text(u, "quote", "");
    text_unit_file("a.csv", "a,b\n\"1,2\"\n");
    ASSERT_READS(u, "a.csv", NULL, "a VARCHAR|b VARCHAR\n'\"1'|'2\"'\n");
}

static void test_csv_read_ragged_on_error_decides(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.csv", "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12");
    ASSERT_READS(u, "a.csv", NULL,
                 "a BIGINT|b BIGINT|c BIGINT\nerror: row has 2 fields, header has 3 (a.csv:3:1)\n");
    text_unit_text(u, "on_error", "null");
    assert_memory_equal(text_unit_read(u, "a.csv", "a c"),
                        "a BIGINT|c BIGINT\n1|3\n4|NULL\n6|8\n10|12\nnotice", 45);
    u->options[0].value.text = STR_LITERAL("skip");
    assert_memory_equal(text_unit_read(u, "a.csv", "a c"), "a BIGINT|c BIGINT\n1|3\n10|12\nnotice",
                        34);
}

static void test_csv_read_broken_quotes_refused(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.csv", "a,b\n1,x\n2,\"y\"z\n3,w\n");
    ASSERT_READS(u, "a.csv", NULL,
                 "a BIGINT|b VARCHAR\nerror: text after a closing quote (a.csv:3:6)\n");
    text_unit_text(u, "on_error", "skip");
    assert_memory_equal(text_unit_read(u, "a.csv", "a"), "a BIGINT\n1\n3\nnotice", 19);
    text_unit_reset(u);
    text_unit_file("a.csv", "a,b\n1,x\n2,\"y\n3,w\n");
    ASSERT_READS(u, "a.csv", NULL,
                 "a BIGINT|b VARCHAR\nerror: a quoted field is never closed (a.csv:3:1)\n");
}

static void test_csv_read_blank_lines_and_single_column(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.csv", "\n\na,b\n\n1,2\n\r\n3,4\n\n");
    ASSERT_READS(u, "a.csv", NULL, "a BIGINT|b BIGINT\n1|2\n3|4\n");
    text_unit_file("a.csv", "name\nx\n\ny\n");
    text_unit_bool(u, "header", true);
    ASSERT_READS(u, "a.csv", NULL, "name VARCHAR\n'x'\nNULL\n'y'\n");
}

static void test_csv_read_header_alone_no_rows(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.csv", "a,b\n");
    ASSERT_READS(u, "a.csv", NULL, "a VARCHAR|b VARCHAR\n");
    text_unit_file("a.csv", "\n\n");
    ASSERT_READS(u, "a.csv", NULL, "error: a.csv is empty: columns are unknown\n");
}

static void test_csv_read_names_made_distinct(void **state)
{
    struct text_unit *u = *state;
    text_unit_bool(u, "header", true);
    text_unit_file("a.csv", "a,A,,a\n1,2,3,4\n");
    ASSERT_READS(u, "a.csv", NULL, "a BIGINT|A_1 BIGINT|column2 BIGINT|a_2 BIGINT\n1|2|3|4\n");
}

static void test_csv_read_null_text_and_skip(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.csv", "# made by hand\n# twice\na,b\nNA,x\n2,NA\n3,\"NA\"\n");
    text_unit_text(u, "nullstr", "NA");
    text_unit_number(u, "skip", 2);
    ASSERT_READS(u, "a.csv", NULL, "a BIGINT|b VARCHAR\nNULL|'x'\n2|NULL\n3|'NA'\n");
}

static void test_csv_read_bytes_above_127_and_mark(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.csv", "\xef\xbb\xbfname,n\nz\xc3\xbcrich,1\n\"\xc3\xa9,\",2\n");
    ASSERT_READS(u, "a.csv", NULL, "name VARCHAR|n BIGINT\n'z\xc3\xbcrich'|1\n'\xc3\xa9,'|2\n");
    text_unit_file("a.csv", "name,n\nz\xfcrich,1\n");
    ASSERT_READS(u, "a.csv", NULL,
                 "name VARCHAR|n BIGINT\nerror: name is not valid UTF-8 (a.csv:2:1)\n");
    ASSERT_READS(u, "a.csv", "n", "n BIGINT\n1\n");
}

static void test_csv_read_misfit_of_sniffed_type_is_null(void **state)
{
    struct text_unit *u = *state;
    text_unit_number(u, "sample_lines", 1);
    text_unit_file("a.csv", "n\n1\nabc\n 7 \n99999999999999999999\n");
    ASSERT_READS(u, "a.csv", NULL,
                 "n BIGINT\n1\nNULL\n7\nNULL\n"
                 "notice: 2 values of n in a.csv are no BIGINT and were read as NULL\n");
}

static void write_quoted(const char *path, unsigned rows)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "i,text,more\n");
    for (unsigned i = 0; i < rows; i++) {
        fprintf(file, "%u,\"", i);
        for (unsigned k = 0; k < i % 13; k++)
            fputs(k % 3 == 0 ? "line\n" : k % 3 == 1 ? "\"\"q\"\"," : "\n\n5,6,7\n", file);
        fprintf(file, "\",%s\n", i % 5 == 0 ? "12\" disc" : "plain");
    }
    fclose(file);
}

static void test_csv_read_any_morsel_and_batch_size_same_rows(void **state)
{
    static const uint64_t MORSELS[] = {1, 2, 3, 17, 64, 100, 1000, 4096};
    static const unsigned BATCHES[] = {1, 7, 1024};
    struct text_unit *u = *state;
    write_quoted("a.csv", 150);
    char *expected = strdup(text_unit_read(u, "a.csv", "file_row_number i text more"));
    assert_non_null(strstr(expected, "\n149|149|"));
    for (size_t m = 0; m < ARRAY_LENGTH(MORSELS); m++)
        for (size_t b = 0; b < ARRAY_LENGTH(BATCHES); b++) {
            u->morsel_size = MORSELS[m];
            u->context.batch_size = BATCHES[b];
            ASSERT_READS(u, "a.csv", "file_row_number i text more", expected);
        }
    free(expected);
    expected = strdup(text_unit_read(u, "a.csv", "i"));
    u->morsel_size = 50;
    ASSERT_READS(u, "a.csv", "i", expected);
    free(expected);
}

static void test_csv_read_row_numbers_without_last_newline(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.csv", "a,b\n1,2\n3,\"4\n\n4\"\n5,666666666666666666666666666666");
    for (u->morsel_size = 0; u->morsel_size < 30; u->morsel_size++)
        ASSERT_READS(u, "a.csv", "a file_row_number",
                     "a BIGINT|file_row_number BIGINT\n1|0\n3|1\n5|2\n");
}

static void test_csv_read_union_by_name(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("1.csv", "a,b\n1,x\n");
    text_unit_file("2.csv", "b,c\ny,2.5\n");
    text_unit_file("3.csv", "");
    ASSERT_READS(u, "?.csv", NULL, "a BIGINT|b VARCHAR|c DOUBLE\n1|'x'|NULL\nNULL|'y'|2.5e0\n");
    text_unit_bool(u, "union_by_name", false);
    text_unit_file("2.csv", "p,q\n2,z\n");
    ASSERT_READS(u, "[12].csv", NULL, "a BIGINT|b VARCHAR\n1|'x'\n2|'z'\n");
}

static void test_csv_read_predicate_leaves_rows_out(void **state)
{
    struct text_unit *u = *state;
    struct scan_predicate predicate = {
        1, COMPARE_EQ, false, {.type = type_of(TYPE_VARCHAR), .text = STR_LITERAL("b")}};
    text_unit_file("a.csv", "i,s\n1,a\n2,b\n3,\n4,\"b\"\n");
    u->predicate = &predicate;
    ASSERT_READS(u, "a.csv", NULL, "i BIGINT|s VARCHAR\n2|'b'\n4|'b'\n");
}

static void test_csv_read_long_rows_and_limit(void **state)
{
    struct text_unit *u = *state;
    enum { LONG = 700000 };
    char *text = malloc(LONG + 64);
    memcpy(text, "a,b\n1,\"", 7);
    memset(text + 7, 'x', LONG);
    for (size_t i = 100; i < LONG; i += 100)
        text[7 + i] = '\n';
    memcpy(text + 7 + LONG, "\"\n2,y\n", 6);
    text_unit_write("a.csv", text, LONG + 13);
    free(text);
    for (u->morsel_size = 0; u->morsel_size <= 100000; u->morsel_size += 50000)
        ASSERT_READS(u, "a.csv", "a", "a BIGINT\n1\n2\n");
    text_unit_number(u, "max_line_size", 100000);
    u->morsel_size = 100000;
    text_unit_read(u, "a.csv", "a");
    assert_int_equal(u->error.status, STATUS_LIMIT);
}

static void test_csv_read_budget_refused_anywhere_nothing_lost(void **state)
{
    struct text_unit *u = *state;
    write_quoted("a.csv", 40);
    u->morsel_size = 256;
    for (size_t at = 1; at < 400; at++) {
        atomic_store(&u->budget.charges, 0);
        u->budget.fail_at = at;
        text_unit_read(u, "a.csv", "i text");
        assert_int_equal(budget_used(&u->budget), 0);
        if (u->error.status == STATUS_OK)
            break;
        assert_int_equal(u->error.status, STATUS_MEMORY);
    }
    assert_int_equal(u->error.status, STATUS_OK);
    u->budget.fail_at = 0;
}

/* What is read; of a failure the message only. */
static const char *read_or_error(struct text_unit *u, const char *names)
{
    const char *shown = text_unit_read(u, "a.csv", names), *error = strstr(shown, "error: ");
    return error ? error : shown;
}

/* Bytes that matter, at random; the answers of one reader that goes through are the right ones. */
static void test_csv_read_random_text_any_morsel_same_rows(void **state)
{
    static const char ALPHABET[] = "\"\"\"\"\n\n\n,,,ab\r'";
    static const char *const ON_ERROR[] = {"skip", "null", "fail"};
    struct text_unit *u = *state;
    uint64_t seed = 42;
    for (unsigned round = 0; round < 150; round++) {
        char text[200] = "x,y\n1,2\n", *expected;
        size_t at = strlen(text), length = at + round % 150;
        for (; at < length; at++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[at] = ALPHABET[(seed >> 33) % (sizeof(ALPHABET) - 1)];
        }
        text[at] = '\0';
        text_unit_reset(u);
        text_unit_file("a.csv", text);
        text_unit_text(u, "on_error", ON_ERROR[round % 3]);
        text_unit_text(u, "delim", ",");
        if (round % 5 == 0)
            text_unit_text(u, "escape", "'");
        u->guess = false;
        expected = strdup(read_or_error(u, "x y"));
        for (unsigned size = 1; size < 60; size = size * 2 + round % 3) {
            u->morsel_size = size;
            u->guess = false;
            assert_string_equal(read_or_error(u, "x y"), expected);
            u->guess = true;
            assert_string_equal(read_or_error(u, "x y"), expected);
        }
        u->guess = false;
        u->morsel_size = 0;
        free(expected);
        if (round % 3 == 2)
            continue;
        expected = strdup(read_or_error(u, "x file_row_number"));
        for (unsigned size = 1; size < 60; size = size * 2 + round % 3) {
            u->morsel_size = size;
            assert_string_equal(read_or_error(u, "x file_row_number"), expected);
        }
        free(expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEXT_TEST(test_csv_read_types_and_header_sniffed),
        TEXT_TEST(test_csv_read_without_header_by_place),
        TEXT_TEST(test_csv_read_delimiters_sniffed),
        TEXT_TEST(test_csv_read_quotes_newlines_and_empty),
        TEXT_TEST(test_csv_read_other_quote_and_escape),
        TEXT_TEST(test_csv_read_ragged_on_error_decides),
        TEXT_TEST(test_csv_read_broken_quotes_refused),
        TEXT_TEST(test_csv_read_blank_lines_and_single_column),
        TEXT_TEST(test_csv_read_header_alone_no_rows),
        TEXT_TEST(test_csv_read_names_made_distinct),
        TEXT_TEST(test_csv_read_null_text_and_skip),
        TEXT_TEST(test_csv_read_bytes_above_127_and_mark),
        TEXT_TEST(test_csv_read_misfit_of_sniffed_type_is_null),
        TEXT_TEST(test_csv_read_any_morsel_and_batch_size_same_rows),
        TEXT_TEST(test_csv_read_random_text_any_morsel_same_rows),
        TEXT_TEST(test_csv_read_row_numbers_without_last_newline),
        TEXT_TEST(test_csv_read_union_by_name),
        TEXT_TEST(test_csv_read_predicate_leaves_rows_out),
        TEXT_TEST(test_csv_read_long_rows_and_limit),
        TEXT_TEST(test_csv_read_budget_refused_anywhere_nothing_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
