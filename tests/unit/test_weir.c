/* test_weir.c - the public interface: lives of handles, parameters, errors with places, streams. */
#include "include/weir.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

static int open_database(void **state)
{
    struct weir *db = NULL;
    if (weir_open(NULL, &db, NULL) != WEIR_OK)
        return -1;
    *state = db;
    return 0;
}

static int close_database(void **state)
{
    weir_close(*state);
    return 0;
}

static struct weir_statement *prepare(struct weir *db, const char *sql)
{
    struct weir_statement *statement = NULL;
    struct weir_error error = {0};
    size_t used = 0;
    if (weir_prepare(db, sql, strlen(sql), &statement, &used, &error) != WEIR_OK)
        fail_msg("%s: %s", sql, error.message);
    assert_non_null(statement);
    return statement;
}

/* The only value of an int64 column, from a stream that is released. */
static int64_t only_integer(struct ArrowArrayStream *stream)
{
    struct ArrowArray array = {0};
    int64_t value = -1;
    int64_t rows = 0;
    while (stream->get_next(stream, &array) == 0 && array.release) {
        const struct ArrowArray *column = array.children[0];
        if (array.length > 0)
            value = ((const int64_t *)column->buffers[1])[column->offset + array.offset];
        rows += array.length;
        array.release(&array);
    }
    stream->release(stream);
    assert_int_equal(rows, 1);
    return value;
}

static int64_t execute_integer(struct weir_statement *statement)
{
    struct ArrowArrayStream stream = {0};
    struct weir_error error = {0};
    if (weir_execute(statement, &stream, &error) != WEIR_OK)
        fail_msg("%s", error.message);
    return only_integer(&stream);
}

static void test_prepare_script_goes_statement_by_statement(void **state)
{
    static const char SQL[] = "SELECT 1; -- one\n SELECT 2 ;; /* end */ ";
    const char *at = SQL;
    size_t left = strlen(SQL);
    int count = 0;
    for (;;) {
        struct weir_statement *statement = NULL;
        size_t used = 0;
        assert_int_equal(weir_prepare(*state, at, left, &statement, &used, NULL), WEIR_OK);
        if (!statement)
            break;
        count++;
        assert_in_range(used, 1, left);
        at += used;
        left -= used;
        weir_statement_close(statement);
    }
    assert_int_equal(count, 2);
}

static void test_execute_twice_gives_the_same(void **state)
{
    struct weir_statement *statement = prepare(*state, "SELECT CAST(41 AS BIGINT) + 1");
    assert_int_equal(execute_integer(statement), 42);
    assert_int_equal(execute_integer(statement), 42);
    weir_statement_close(statement);
}

static void test_parameters_by_number_and_name(void **state)
{
    struct weir_statement *statement =
        prepare(*state, "SELECT CAST(:a AS BIGINT) * 10 + CAST($b AS BIGINT)");
    assert_int_equal(weir_parameter_count(statement), 2);
    assert_string_equal(weir_parameter_name(statement, 1), "a");
    assert_int_equal(weir_parameter_index(statement, "b"), 2);
    assert_int_equal(weir_parameter_index(statement, "c"), 0);
    assert_int_equal(weir_bind_int64(statement, 1, 4, NULL), WEIR_OK);
    assert_int_equal(weir_bind_literal(statement, 2, "2", 1, NULL), WEIR_OK);
    assert_int_equal(execute_integer(statement), 42);
    assert_int_equal(weir_bind_int64(statement, 1, 5, NULL), WEIR_OK);
    assert_int_equal(execute_integer(statement), 52);
    assert_int_not_equal(weir_bind_null(statement, 3, NULL), WEIR_OK);
    weir_statement_close(statement);
}

static void test_error_has_place_line_and_hint(void **state)
{
    static const char SQL[] = "SELECT 1,\n       lenght('x')";
    struct weir_statement *statement = prepare(*state, SQL);
    struct ArrowArrayStream stream = {0};
    struct weir_error error = {0};
    assert_int_equal(weir_execute(statement, &stream, &error), WEIR_ERROR_NAME);
    assert_null(stream.release);
    assert_string_equal(error.message, "unknown function: lenght");
    assert_string_equal(error.hint, "did you mean length?");
    assert_int_equal(error.line, 2);
    assert_int_equal(error.column, 8);
    assert_int_equal(error.offset, 17);
    assert_int_equal(error.length, 6);
    char report[256];
    size_t needed = weir_error_format(&error, SQL, strlen(SQL), report, sizeof(report));
    assert_int_equal(needed, strlen(report));
    assert_non_null(strstr(report, "\n         ^~~~~~\n"));
    char small[10];
    assert_int_equal(weir_error_format(&error, SQL, strlen(SQL), small, sizeof(small)), needed);
    assert_int_equal(strlen(small), 9);
    weir_statement_close(statement);
}

static void test_second_stream_while_one_is_unread_is_refused(void **state)
{
    struct weir_statement *a = prepare(*state, "SELECT * FROM generate_series(1, 100000)");
    struct weir_statement *b = prepare(*state, "SELECT 1");
    struct ArrowArrayStream first = {0}, second = {0};
    struct weir_error error = {0};
    assert_int_equal(weir_execute(a, &first, &error), WEIR_OK);
    assert_int_equal(weir_execute(b, &second, &error), WEIR_ERROR_USAGE);
    first.release(&first);
    assert_null(first.release);
    assert_int_equal(weir_execute(b, &second, &error), WEIR_OK);
    second.release(&second);
    weir_statement_close(a);
    weir_statement_close(b);
}

static void test_stream_may_outlive_its_statement(void **state)
{
    struct weir_statement *statement =
        prepare(*state, "SELECT count(*) FROM generate_series(1, 5000)");
    struct ArrowArrayStream stream = {0};
    assert_int_equal(weir_execute(statement, &stream, NULL), WEIR_OK);
    weir_statement_close(statement);
    assert_int_equal(only_integer(&stream), 5000);
}

static void test_failure_while_reading_is_told_by_the_stream(void **state)
{
    struct weir_statement *statement = prepare(
        *state, "SELECT 9223372036854775000 + generate_series FROM generate_series(1, 5000)");
    struct ArrowArrayStream stream = {0};
    struct weir_error error = {0};
    enum weir_code code = weir_execute(statement, &stream, &error);
    if (code == WEIR_OK) {
        struct ArrowArray array = {0};
        int failed;
        while ((failed = stream.get_next(&stream, &array)) == 0 && array.release)
            array.release(&array);
        assert_int_not_equal(failed, 0);
        assert_non_null(stream.get_last_error(&stream));
        weir_stream_error(&stream, &error);
        stream.release(&stream);
    }
    assert_int_equal(error.code, WEIR_ERROR_VALUE);
    weir_statement_close(statement);
    statement = prepare(*state, "SELECT CAST(7 AS BIGINT)");
    assert_int_equal(execute_integer(statement), 7);
    weir_statement_close(statement);
}

static void test_settings_are_read_back_and_checked(void **state)
{
    char value[64];
    struct weir_error error = {0};
    assert_int_equal(weir_set(*state, "batch_size", "7", &error), WEIR_OK);
    assert_true(weir_get(*state, "batch_size", value, sizeof(value)));
    assert_string_equal(value, "7");
    assert_int_not_equal(weir_set(*state, "batch_size", "many", &error), WEIR_OK);
    assert_int_not_equal(weir_set(*state, "bach_size", "7", &error), WEIR_OK);
    assert_false(weir_get(*state, "bach_size", value, sizeof(value)));
}

static void test_is_complete_knows_quotes_and_comments(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        bool complete;
    } CASES[] = {{"SELECT 1;", true},      {"SELECT 1", false},      {"", true},
                 {"  -- x", true},         {"SELECT ';", false},     {"SELECT ';';", true},
                 {"SELECT 1; -- ;", true}, {"SELECT 1 /* ;", false}, {"SELECT \";\"", false}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        assert_int_equal(weir_is_complete(CASES[i].sql, strlen(CASES[i].sql)), CASES[i].complete);
}

static void test_memory_limit_refuses_and_names_the_taker(void **state)
{
    struct weir_error error = {0};
    assert_int_equal(weir_set(*state, "memory_limit", "4MB", &error), WEIR_OK);
    struct weir_statement *statement =
        prepare(*state, "SELECT count(*) FROM (SELECT 'key ' || generate_series AS k FROM "
                        "generate_series(1, 2000000) "
                        "GROUP BY k) AS q");
    struct ArrowArrayStream stream = {0};
    enum weir_code code = weir_execute(statement, &stream, &error);
    if (code == WEIR_OK) {
        struct ArrowArray array = {0};
        while (stream.get_next(&stream, &array) == 0 && array.release)
            array.release(&array);
        weir_stream_error(&stream, &error);
        stream.release(&stream);
    }
    assert_int_equal(error.code, WEIR_ERROR_MEMORY);
    assert_non_null(strstr(error.message, "memory"));
    weir_statement_close(statement);
    struct weir_progress progress = {0};
    weir_progress(*state, &progress);
    assert_false(progress.running);
}

static void count_keyword(void *context, const char *keyword)
{
    int *count = context;
    *count += keyword[0] >= 'A' && keyword[0] <= 'Z';
}

static void test_keywords_are_listed(void **state)
{
    (void)state;
    int count = 0;
    weir_each_keyword(count_keyword, &count);
    assert_in_range(count, 80, 400);
    assert_non_null(weir_version());
    weir_close(NULL);
    weir_statement_close(NULL);
}

int main(void)
{
#define DB_TEST(name) cmocka_unit_test_setup_teardown(name, open_database, close_database)
    const struct CMUnitTest tests[] = {
        DB_TEST(test_prepare_script_goes_statement_by_statement),
        DB_TEST(test_execute_twice_gives_the_same),
        DB_TEST(test_parameters_by_number_and_name),
        DB_TEST(test_error_has_place_line_and_hint),
        DB_TEST(test_second_stream_while_one_is_unread_is_refused),
        DB_TEST(test_stream_may_outlive_its_statement),
        DB_TEST(test_failure_while_reading_is_told_by_the_stream),
        DB_TEST(test_settings_are_read_back_and_checked),
        DB_TEST(test_is_complete_knows_quotes_and_comments),
        DB_TEST(test_memory_limit_refuses_and_names_the_taker),
        DB_TEST(test_keywords_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
