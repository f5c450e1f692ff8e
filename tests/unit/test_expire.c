#include "exec/expire.h"
#include "tests/unit/table_fixture.h"

/* t (day DATE, ...) partitioned by day; the wall clock is set by hand. */

#define DAY_US 86400000000

static int set_up(void **state)
{
    static struct table_fixture f;
    *state = &f;
    return table_set_up(&f);
}

static int tear_down(void **state)
{
    return fixture_tear_down(&((struct table_fixture *)*state)->base);
}

static void set_ttl(struct table_fixture *f, int64_t ttl_us)
{
    struct error error = {0};
    struct change *change = fixture_change(f->base.db);
    struct stored_table *table = fixture_table(f->base.db, "t");
    struct stored_table altered = *table;
    altered.ttl_us = ttl_us;
    ASSERT_OK(change_alter_table(change, &altered, &error), error);
    stored_table_unref(table);
    fixture_commit(change);
}

static struct expire_report expire(struct table_fixture *f)
{
    struct error error = {0};
    struct expire_report report;
    bool changed;
    ASSERT_OK(database_refresh(f->base.db, &changed, &error), error);
    struct change *change = fixture_change(f->base.db);
    struct stored_table *table = fixture_table(f->base.db, "t");
    ASSERT_OK(expire_table(&f->context, change, table, &report, &error), error);
    stored_table_unref(table);
    fixture_commit(change);
    return report;
}

static void add_days(struct table_fixture *f, int from, int to)
{
    for (int day = from; day <= to; day++)
        table_insert(f, f->base.db, day, 0, 1, 10);
}

static void test_expire_without_a_ttl_keeps_all(void **state)
{
    struct table_fixture *f = *state;
    add_days(f, 1, 5);
    f->clock.fixed_us = 100 * DAY_US;
    assert_int_equal(expire(f).files, 0);
    assert_int_equal(fixture_rows(f->base.db), 50);
}

static void test_expire_an_empty_table_is_nothing(void **state)
{
    struct table_fixture *f = *state;
    set_ttl(f, DAY_US);
    assert_int_equal(expire(f).files, 0);
}

static void test_expire_by_the_events_when_the_clock_is_ahead(void **state)
{
    struct table_fixture *f = *state;
    set_ttl(f, 2 * DAY_US);
    add_days(f, 1, 10);
    table_insert(f, f->base.db, 3, 0, 1, 10); /* a second file of a day */
    f->clock.fixed_us = 100000 * DAY_US;
    struct expire_report report = expire(f);
    assert_int_equal(report.partitions, 7); /* days 1 to 7 end by the begin of day 8 */
    assert_int_equal(report.files, 8);
    assert_int_equal(report.rows, 80);
    assert_int_equal(fixture_rows(f->base.db), 30);
    assert_int_equal(expire(f).files, 0);
}

static void test_expire_by_the_clock_when_a_row_is_ahead(void **state)
{
    struct table_fixture *f = *state;
    set_ttl(f, 2 * DAY_US);
    add_days(f, 8, 10);
    table_insert(f, f->base.db, 30000, 0, 1, 10);
    f->clock.fixed_us = 10 * DAY_US + DAY_US / 2;
    assert_int_equal(expire(f).files, 0);
    assert_int_equal(fixture_rows(f->base.db), 40);
    f->clock.fixed_us = 11 * DAY_US; /* day 8 ends at 9, two days before */
    assert_int_equal(expire(f).partitions, 1);
}

static void test_expire_before_1970(void **state)
{
    struct table_fixture *f = *state;
    set_ttl(f, DAY_US);
    add_days(f, -10, -5);
    f->clock.fixed_us = 0;
    assert_int_equal(expire(f).partitions, 4); /* day -5 begins the last; -7 and before end by -6 */
    assert_int_equal(fixture_rows(f->base.db), 20);
}

static void test_expire_readers_keep_what_they_have(void **state)
{
    struct table_fixture *f = *state;
    set_ttl(f, DAY_US);
    add_days(f, 1, 10);
    f->clock.fixed_us = 100 * DAY_US;
    struct stored_table *before = fixture_table(f->base.db, "t");
    assert_true(expire(f).files > 0);
    assert_int_equal(table_read(f, before).rows, 100);
    stored_table_unref(before);
}

static void test_expire_beside_rows_that_are_added(void **state)
{
    struct table_fixture *f = *state;
    struct error error = {0};
    struct database *other = NULL;
    struct expire_report report;
    set_ttl(f, DAY_US);
    add_days(f, 1, 10);
    f->clock.fixed_us = 100 * DAY_US;
    ASSERT_OK(database_open(f->base.path, false, &io_system, &f->base.budget, &other, &error),
              error);
    struct change *change = fixture_change(f->base.db);
    struct stored_table *table = fixture_table(f->base.db, "t");
    ASSERT_OK(expire_table(&f->context, change, table, &report, &error), error);
    stored_table_unref(table);
    table_insert(f, other, 10, 0, 1, 10);
    fixture_commit(change);
    database_close(other);
    assert_int_equal(fixture_rows(f->base.db), 110 - report.rows);
}

static void test_expire_needs_a_partition_of_time(void **state)
{
    struct table_fixture *f = *state;
    struct stored_table *table = fixture_table(f->base.db, "t");
    assert_int_equal(expire_partition_column(table), 0);
    struct stored_table other = *table;
    struct partition_column by_name = {.transform = PARTITION_IDENTITY, .column = 1};
    other.partitions = &by_name;
    assert_int_equal(expire_partition_column(&other), -1);
    other.n_partitions = 0;
    assert_int_equal(expire_partition_column(&other), -1);
    stored_table_unref(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_expire_without_a_ttl_keeps_all),
        TEST(test_expire_an_empty_table_is_nothing),
        TEST(test_expire_by_the_events_when_the_clock_is_ahead),
        TEST(test_expire_by_the_clock_when_a_row_is_ahead),
        TEST(test_expire_before_1970),
        TEST(test_expire_readers_keep_what_they_have),
        TEST(test_expire_beside_rows_that_are_added),
        TEST(test_expire_needs_a_partition_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
