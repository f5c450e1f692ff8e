/* test_cancel.c - weir_cancel stops whatever runs: listing and sniffing, scanning, building groups, sorting, output. */
#include "include/weir.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { ROWS = 1000000, FILE_ROWS = 60000, FILES = 300, LIMIT_MS = 2000 };
#elif defined(__has_feature)
enum { ROWS = 1000000, FILE_ROWS = 60000, FILES = 300, LIMIT_MS = 2000 };
#else
/* The promise is 100 ms on a machine that is not shared. */
enum { ROWS = 10000000, FILE_ROWS = 1000000, FILES = 3000, LIMIT_MS = 250 };
#endif

static char folder[64];

struct killer {
    struct weir *db;
    int64_t delay_ms;
    int64_t cancelled_ns;
};

static void cancel_later(void *argument)
{
    struct killer *killer = argument;
    usleep((useconds_t)killer->delay_ms * 1000);
    killer->cancelled_ns = clock_monotonic_ns();
    weir_cancel(killer->db);
}

/* Runs `sql` to its end or its failure. */
static enum weir_code run(struct weir *db, const char *sql)
{
    struct weir_statement *statement = NULL;
    struct ArrowArrayStream stream = {0};
    struct weir_error error = {0};
    size_t used;
    assert_int_equal(weir_prepare(db, sql, strlen(sql), &statement, &used, &error), WEIR_OK);
    if (weir_execute(statement, &stream, &error) == WEIR_OK && stream.release) {
        struct ArrowArray array = {0};
        while (stream.get_next(&stream, &array) == 0 && array.release)
            array.release(&array);
        weir_stream_error(&stream, &error);
        stream.release(&stream);
    }
    weir_statement_close(statement);
    return error.code;
}

static void check_cancel_after(const char *sql, const int64_t *delays_ms, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct weir *db = NULL;
        struct thread thread;
        struct error error = {0};
        assert_int_equal(weir_open(NULL, &db, NULL), WEIR_OK);
        struct killer killer = {.db = db, .delay_ms = delays_ms[i]};
        ASSERT_OK(thread_start(&thread, cancel_later, &killer, &error), error);
        enum weir_code code = run(db, sql);
        int64_t ended = clock_monotonic_ns();
        thread_join(&thread);
        if (code == WEIR_ERROR_CANCELLED) {
            int64_t took_ms = (ended - killer.cancelled_ns) / 1000000;
            if (took_ms > LIMIT_MS)
                fail_msg("%lld ms until it stopped: %s", (long long)took_ms, sql);
        } else {
            assert_int_equal(code, WEIR_OK);
        }
        assert_int_equal(run(db, "SELECT 1"), WEIR_OK);
        weir_close(db);
    }
}

static void check_cancel(const char *sql)
{
    static const int64_t DELAYS_MS[] = {0, 5, 30, 120};
    check_cancel_after(sql, DELAYS_MS, sizeof(DELAYS_MS) / sizeof(DELAYS_MS[0]));
}

static const char *with_number(const char *format, int number)
{
    static char sql[512];
    char *place = sql;
    snprintf(place, sizeof(sql), format, number);
    return sql;
}

static const char *with_folder(const char *before, const char *after)
{
    static char sql[512];
    snprintf(sql, sizeof(sql), "%s%s%s", before, folder, after);
    return sql;
}

static int make_files(void **state)
{
    (void)state;
    char path[128];
    snprintf(folder, sizeof(folder), "/tmp/weir-cancel-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/big.jsonl", folder);
    FILE *file = fopen(path, "w");
    for (int i = 0; file && i < FILE_ROWS; i++)
        fprintf(file, "{\"ts\":\"2026-01-01 00:%02d:%02d\",\"k\":\"key %d\",\"n\":%d}\n",
                i / 60 % 60, i % 60, i % 1000, i);
    if (!file || fclose(file) != 0)
        return -1;
    snprintf(path, sizeof(path), "%s/many", folder);
    mkdir(path, 0777);
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof(path), "%s/many/%d.jsonl", folder, i);
        file = fopen(path, "w");
        if (!file)
            return -1;
        fputs("{\"a\":1}\n", file);
        fclose(file);
    }
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static void test_cancel_while_output_is_read_stops(void **state)
{
    (void)state;
    check_cancel(with_number(
        "SELECT generate_series, 'x' || generate_series FROM generate_series(1, %d)", ROWS));
}

static void test_cancel_while_groups_are_built_stops(void **state)
{
    (void)state;
    check_cancel(with_number(
        "SELECT generate_series AS k, count(*) FROM generate_series(1, %d) GROUP BY k", ROWS));
}

/* Workers' groups are merged, put in order and handed out; when depends on the machine. */
static void test_cancel_while_groups_are_merged_stops(void **state)
{
    (void)state;
    static const int64_t DELAYS_MS[] = {400, 800, 1200, 1500, 1800, 2100, 2400};
    const char *sql = with_number("SELECT generate_series * 7919 %% 10000019 AS k, count(*), "
                                  "max(generate_series) FROM generate_series(1, %d) GROUP BY k",
                                  ROWS);
    check_cancel_after(sql, DELAYS_MS, sizeof(DELAYS_MS) / sizeof(DELAYS_MS[0]));
}

static void test_cancel_while_sorting_stops(void **state)
{
    (void)state;
    check_cancel(with_number(
        "SELECT generate_series * 7919 %% 1000003 AS k FROM generate_series(1, %d) ORDER BY k",
        ROWS));
}

static void test_cancel_while_scanning_stops(void **state)
{
    (void)state;
    check_cancel(with_folder("SELECT k, count(*), max(n) FROM '", "/big.jsonl' GROUP BY k"));
}

static void test_cancel_while_sniffing_many_files_stops(void **state)
{
    (void)state;
    check_cancel(with_folder("SELECT count(*) FROM '", "/many/*.jsonl'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancel_while_output_is_read_stops),
        cmocka_unit_test(test_cancel_while_groups_are_built_stops),
        cmocka_unit_test(test_cancel_while_groups_are_merged_stops),
        cmocka_unit_test(test_cancel_while_sorting_stops),
        cmocka_unit_test(test_cancel_while_scanning_stops),
        cmocka_unit_test(test_cancel_while_sniffing_many_files_stops),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
