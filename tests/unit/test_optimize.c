#include "exec/optimize.h"
#include "tests/unit/table_fixture.h"

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

static struct optimize_report optimize(struct table_fixture *f,
                                       const struct optimize_filter *filter)
{
    struct error error = {0};
    struct optimize_report report;
    bool changed;
    ASSERT_OK(database_refresh(f->base.db, &changed, &error), error);
    struct change *change = fixture_change(f->base.db);
    struct stored_table *table = fixture_table(f->base.db, "t");
    ASSERT_OK(optimize_table(&f->context, change, table, filter, &report, &error), error);
    stored_table_unref(table);
    fixture_commit(change);
    return report;
}

static void test_optimize_small_files_become_one_a_partition(void **state)
{
    struct table_fixture *f = *state;
    int64_t sum = 0;
    for (int i = 0; i < 7; i++) {
        table_insert(f, f->base.db, 1, i, 7, 10000);
        table_insert(f, f->base.db, 2, 1000 - i * 100, 1, 100);
        sum += 10000 * (int64_t)i + 7 * (9999 * (int64_t)10000 / 2);
        sum += 100 * (1000 - i * 100) + 99 * 100 / 2;
    }
    struct optimize_report report = optimize(f, NULL);
    assert_int_equal(report.files_before, 14);
    assert_int_equal(report.files_after, 2);
    assert_int_equal(report.rows, 70700);
    assert_true(report.bytes_after > 0 && report.bytes_after < report.bytes_before);
    struct stored_table *table = fixture_table(f->base.db, "t");
    assert_int_equal(table->n_files, 2);
    struct table_sum read = table_read(f, table);
    assert_int_equal(read.rows, 70700);
    assert_int_equal(read.sum, sum);
    assert_true(read.in_order);
    stored_table_unref(table);
}

static void test_optimize_nothing_to_merge_makes_no_snapshot(void **state)
{
    struct table_fixture *f = *state;
    table_insert(f, f->base.db, 1, 0, 1, 10);
    table_insert(f, f->base.db, 2, 0, 1, 10);
    struct stored_table *before = fixture_table(f->base.db, "t");
    struct optimize_report report = optimize(f, NULL);
    struct stored_table *after = fixture_table(f->base.db, "t");
    assert_int_equal(report.files_before, 0);
    assert_int_equal(before->snapshot, after->snapshot);
    stored_table_unref(before);
    stored_table_unref(after);
}

static void test_optimize_an_empty_table_is_nothing(void **state)
{
    assert_int_equal(optimize(*state, NULL).files_before, 0);
}

static void test_optimize_partition_asked_for_alone(void **state)
{
    struct table_fixture *f = *state;
    bool given[] = {true};
    struct value day = {.type = type_of(TYPE_DATE), .i64 = 2};
    struct optimize_filter filter = {given, &day};
    for (int i = 0; i < 3; i++)
        for (int d = 1; d <= 3; d++)
            table_insert(f, f->base.db, d, i * 10, 1, 10);
    assert_int_equal(optimize(f, &filter).files_before, 3);
    struct stored_table *table = fixture_table(f->base.db, "t");
    assert_int_equal(table->n_files, 7);
    stored_table_unref(table);
}

static void test_optimize_more_files_than_are_read_at_once(void **state)
{
    struct table_fixture *f = *state;
    for (int i = 0; i < 150; i++)
        table_insert(f, f->base.db, 1, i * 100, 1, 100);
    struct optimize_report report = optimize(f, NULL);
    assert_int_equal(report.files_before, 150);
    assert_int_equal(report.files_after, 1);
    assert_int_equal(report.rows, 15000);
    struct stored_table *table = fixture_table(f->base.db, "t");
    struct table_sum read = table_read(f, table);
    assert_int_equal(read.rows, 15000);
    assert_true(read.in_order);
    stored_table_unref(table);
}

static void test_optimize_rows_added_meanwhile_stay(void **state)
{
    struct table_fixture *f = *state;
    struct error error = {0};
    struct database *other = NULL;
    struct optimize_report report;
    bool changed;
    table_insert(f, f->base.db, 1, 0, 1, 10);
    table_insert(f, f->base.db, 1, 5, 1, 10);
    ASSERT_OK(database_open(f->base.path, false, &io_system, &f->base.budget, &other, &error),
              error);
    struct change *change = fixture_change(f->base.db);
    struct stored_table *table = fixture_table(f->base.db, "t");
    ASSERT_OK(optimize_table(&f->context, change, table, NULL, &report, &error), error);
    table_insert(f, other, 1, 100, 1, 10);
    fixture_commit(change);
    ASSERT_OK(database_refresh(f->base.db, &changed, &error), error);
    struct stored_table *after = fixture_table(f->base.db, "t");
    assert_int_equal(table_read(f, after).rows, 30);
    assert_int_equal(table_read(f, table).rows, 20); /* as it was */
    stored_table_unref(after);
    stored_table_unref(table);
    database_close(other);
}

static void test_optimize_two_at_once_merge_each_file_once(void **state)
{
    struct table_fixture *f = *state;
    struct error error = {0};
    struct database *other = NULL;
    struct optimize_report first, second;
    for (int i = 0; i < 4; i++)
        table_insert(f, f->base.db, 1, i, 1, 10);
    ASSERT_OK(database_open(f->base.path, false, &io_system, &f->base.budget, &other, &error),
              error);
    struct change *a = fixture_change(f->base.db), *b = fixture_change(other);
    struct stored_table *table = fixture_table(f->base.db, "t"), *same = fixture_table(other, "t");
    ASSERT_OK(optimize_table(&f->context, a, table, NULL, &first, &error), error);
    ASSERT_OK(optimize_table(&f->context, b, same, NULL, &second, &error), error);
    assert_int_equal(first.files_before, 4);
    assert_int_equal(second.files_before, 0);
    fixture_commit(a);
    fixture_commit(b);
    stored_table_unref(table);
    stored_table_unref(same);
    database_close(other);
    assert_int_equal(fixture_rows(f->base.db), 40);
}

static void test_optimize_without_memory_changes_nothing(void **state)
{
    struct table_fixture *f = *state;
    for (int i = 0; i < 5; i++)
        table_insert(f, f->base.db, 1, i, 5, 2000);
    for (size_t fail_at = 1;; fail_at += 7) {
        struct error error = {0};
        struct optimize_report report;
        struct change *change = fixture_change(f->base.db);
        struct stored_table *table = fixture_table(f->base.db, "t");
        atomic_store(&f->base.budget.charges, 0);
        f->base.budget.fail_at = fail_at;
        enum status status = optimize_table(&f->context, change, table, NULL, &report, &error);
        f->base.budget.fail_at = 0;
        stored_table_unref(table);
        if (status == STATUS_OK) {
            fixture_commit(change);
            break;
        }
        assert_int_equal(status, STATUS_MEMORY);
        change_rollback(change);
        assert_int_equal(fixture_rows(f->base.db), 10000);
    }
    struct stored_table *table = fixture_table(f->base.db, "t");
    assert_int_equal(table->n_files, 1);
    assert_int_equal(table_read(f, table).rows, 10000);
    stored_table_unref(table);
}

static void test_optimize_interrupted_ends(void **state)
{
    struct table_fixture *f = *state;
    struct error error = {0};
    struct optimize_report report;
    table_insert(f, f->base.db, 1, 0, 1, 10);
    table_insert(f, f->base.db, 1, 5, 1, 10);
    struct change *change = fixture_change(f->base.db);
    struct stored_table *table = fixture_table(f->base.db, "t");
    atomic_store(&f->cancel, true);
    assert_int_equal(optimize_table(&f->context, change, table, NULL, &report, &error),
                     STATUS_CANCELLED);
    atomic_store(&f->cancel, false);
    stored_table_unref(table);
    change_rollback(change);
    assert_int_equal(fixture_rows(f->base.db), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_optimize_small_files_become_one_a_partition),
        TEST(test_optimize_nothing_to_merge_makes_no_snapshot),
        TEST(test_optimize_an_empty_table_is_nothing),
        TEST(test_optimize_partition_asked_for_alone),
        TEST(test_optimize_more_files_than_are_read_at_once),
        TEST(test_optimize_rows_added_meanwhile_stay),
        TEST(test_optimize_two_at_once_merge_each_file_once),
        TEST(test_optimize_without_memory_changes_nothing),
        TEST(test_optimize_interrupted_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
