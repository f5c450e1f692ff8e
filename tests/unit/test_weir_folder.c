/* test_weir_folder.c - database folders through the public interface: several handles, transactions, streams that are
 * open while the database changes. */
#include "include/weir.h"
#include "tests/unit/unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
    char folder[64];
    struct weir *a, *b; /* two handles of one folder */
};

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat, (void)type, (void)ftw;
    return remove(path);
}

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/weir-unit-XXXXXX");
    if (!mkdtemp(f->folder) || weir_open(f->folder, &f->a, NULL) != WEIR_OK ||
        weir_open(f->folder, &f->b, NULL) != WEIR_OK)
        return -1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    weir_close(f->a);
    weir_close(f->b);
    nftw(f->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    test_free(f);
    return 0;
}

/* Runs a statement without rows. */
static enum weir_code run(struct weir *db, const char *sql, struct weir_error *error)
{
    struct weir_statement *statement = NULL;
    struct ArrowArrayStream stream = {0};
    size_t used;
    enum weir_code code = weir_prepare(db, sql, strlen(sql), &statement, &used, error);
    if (code == WEIR_OK)
        code = weir_execute(statement, &stream, error);
    if (stream.release)
        stream.release(&stream);
    weir_statement_close(statement);
    return code;
}

static void must_run(struct weir *db, const char *sql)
{
    struct weir_error error = {0};
    if (run(db, sql, &error) != WEIR_OK)
        fail_msg("%s: %s", sql, error.message);
}

static void open_stream(struct weir *db, const char *sql, struct weir_statement **statement,
                        struct ArrowArrayStream *stream)
{
    struct weir_error error = {0};
    size_t used;
    assert_int_equal(weir_prepare(db, sql, strlen(sql), statement, &used, &error), WEIR_OK);
    if (weir_execute(*statement, stream, &error) != WEIR_OK)
        fail_msg("%s: %s", sql, error.message);
}

static int64_t count_rows(struct ArrowArrayStream *stream)
{
    int64_t rows = 0;
    for (;;) {
        struct ArrowArray array = {0};
        assert_int_equal(stream->get_next(stream, &array), 0);
        if (!array.release)
            break;
        rows += array.length;
        array.release(&array);
    }
    stream->release(stream);
    return rows;
}

static int64_t rows_of(struct weir *db, const char *sql)
{
    struct weir_statement *statement = NULL;
    struct ArrowArrayStream stream = {0};
    open_stream(db, sql, &statement, &stream);
    int64_t rows = count_rows(&stream);
    weir_statement_close(statement);
    return rows;
}

static void test_two_handles_see_commits_and_not_more(void **state)
{
    struct fixture *f = *state;
    must_run(f->a, "CREATE TABLE t AS SELECT generate_series AS a FROM generate_series(1, 1000)");
    assert_int_equal(rows_of(f->b, "SELECT * FROM t"), 1000);
    assert_false(weir_in_transaction(f->a));
    must_run(f->a, "BEGIN");
    assert_true(weir_in_transaction(f->a));
    must_run(f->a, "INSERT INTO t VALUES (1), (2)");
    must_run(f->a, "CREATE TABLE u (x INTEGER)");
    assert_int_equal(rows_of(f->a, "SELECT * FROM t"), 1002);
    assert_int_equal(rows_of(f->b, "SELECT * FROM t"), 1000);
    assert_int_equal(run(f->b, "SELECT * FROM u", NULL), WEIR_ERROR_NAME);
    must_run(f->a, "COMMIT");
    assert_false(weir_in_transaction(f->a));
    assert_int_equal(rows_of(f->b, "SELECT * FROM t"), 1002);
    assert_int_equal(rows_of(f->b, "SELECT * FROM u"), 0);
}

static void test_stream_reads_on_while_its_table_goes(void **state)
{
    struct fixture *f = *state;
    struct weir_statement *statement = NULL;
    struct ArrowArrayStream stream = {0};
    struct ArrowArray array = {0};
    must_run(f->a, "CREATE TABLE t AS SELECT generate_series AS a FROM generate_series(1, 50000)");
    open_stream(f->b, "SELECT a FROM t", &statement, &stream);
    assert_int_equal(stream.get_next(&stream, &array), 0);
    int64_t rows = array.length;
    array.release(&array);
    must_run(f->a, "TRUNCATE t");
    must_run(f->a, "DROP TABLE t");
    must_run(f->a, "CREATE TABLE other (b INTEGER)"); /* commits sweep what nobody needs */
    rows += count_rows(&stream);
    assert_int_equal(rows, 50000);
    weir_statement_close(statement);
    assert_int_equal(run(f->b, "SELECT * FROM t", NULL), WEIR_ERROR_NAME);
}

static void test_close_rolls_an_open_transaction_back(void **state)
{
    struct fixture *f = *state;
    must_run(f->a, "CREATE TABLE t (a INTEGER)");
    must_run(f->a, "BEGIN");
    must_run(f->a, "INSERT INTO t SELECT generate_series FROM generate_series(1, 5000)");
    weir_close(f->a);
    f->a = NULL;
    assert_int_equal(rows_of(f->b, "SELECT * FROM t"), 0);
    must_run(f->b, "INSERT INTO t VALUES (1)");
    assert_int_equal(rows_of(f->b, "SELECT * FROM weir_files"), 1);
}

static void test_later_commit_of_a_conflict_fails_and_ends_the_transaction(void **state)
{
    struct fixture *f = *state;
    struct weir_error error = {0};
    must_run(f->a, "CREATE TABLE t AS SELECT 1 AS a");
    must_run(f->a, "BEGIN");
    must_run(f->b, "BEGIN");
    must_run(f->a, "DROP TABLE t");
    must_run(f->b, "ALTER TABLE t ADD COLUMN b VARCHAR");
    must_run(f->a, "COMMIT");
    assert_int_not_equal(run(f->b, "COMMIT", &error), WEIR_OK);
    assert_non_null(strstr(error.message, "t"));
    assert_false(weir_in_transaction(f->b));
    assert_int_equal(run(f->b, "SELECT * FROM t", NULL), WEIR_ERROR_NAME);
    must_run(f->b, "CREATE TABLE t AS SELECT 2 AS a");
    assert_int_equal(rows_of(f->a, "SELECT * FROM t"), 1);
}

static void test_two_make_one_name(void **state)
{
    struct fixture *f = *state;
    must_run(f->a, "BEGIN");
    must_run(f->b, "BEGIN");
    must_run(f->a, "CREATE TABLE t AS SELECT 1 AS a");
    must_run(f->b, "CREATE VIEW t AS SELECT 2 AS a, 3 AS b");
    must_run(f->a, "COMMIT");
    assert_int_not_equal(run(f->b, "COMMIT", NULL), WEIR_OK);
    assert_int_equal(rows_of(f->b, "SELECT a FROM t WHERE a = 1"), 1);
}

static void test_readonly_handle_reads_what_others_write(void **state)
{
    struct fixture *f = *state;
    struct weir *reader = NULL;
    struct weir_error error = {0};
    must_run(f->a, "CREATE TABLE t AS SELECT 1 AS a");
    assert_int_equal(weir_open_with(f->folder, WEIR_OPEN_READONLY, &reader, &error), WEIR_OK);
    assert_int_equal(rows_of(reader, "SELECT * FROM t"), 1);
    must_run(f->a, "INSERT INTO t VALUES (2), (3)");
    assert_int_equal(rows_of(reader, "SELECT * FROM t"), 3);
    assert_int_equal(run(reader, "INSERT INTO t VALUES (4)", &error), WEIR_ERROR_USAGE);
    assert_non_null(strstr(error.message, "read-only"));
    must_run(reader, "CREATE TEMP TABLE mine AS SELECT * FROM t");
    weir_close(reader);
}

static void test_names_are_looked_up_when_a_statement_runs(void **state)
{
    struct fixture *f = *state;
    static const char SQL[] = "SELECT * FROM t";
    struct weir_statement *statement = NULL;
    struct ArrowArrayStream stream = {0};
    size_t used;
    assert_int_equal(weir_prepare(f->b, SQL, strlen(SQL), &statement, &used, NULL), WEIR_OK);
    assert_int_equal(weir_execute(statement, &stream, NULL), WEIR_ERROR_NAME);
    must_run(f->a, "CREATE TABLE t AS SELECT 1 AS a");
    assert_int_equal(weir_execute(statement, &stream, NULL), WEIR_OK);
    assert_int_equal(count_rows(&stream), 1);
    must_run(f->a, "CREATE OR REPLACE TABLE t AS SELECT 1 AS a, 2 AS b FROM generate_series(1, 7)");
    assert_int_equal(weir_execute(statement, &stream, NULL), WEIR_OK);
    assert_int_equal(count_rows(&stream), 7);
    weir_statement_close(statement);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(test_two_handles_see_commits_and_not_more),
        FOLDER_TEST(test_stream_reads_on_while_its_table_goes),
        FOLDER_TEST(test_close_rolls_an_open_transaction_back),
        FOLDER_TEST(test_later_commit_of_a_conflict_fails_and_ends_the_transaction),
        FOLDER_TEST(test_two_make_one_name),
        FOLDER_TEST(test_readonly_handle_reads_what_others_write),
        FOLDER_TEST(test_names_are_looked_up_when_a_statement_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
