#include "exec/verify.h"
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

static struct verify_report verify(struct table_fixture *f)
{
    struct error error = {0};
    struct verify_progress progress = {0};
    struct verify_report report;
    ASSERT_OK(verify_database(&f->context, f->base.db, &f->base.arena, &progress, &report, &error),
              error);
    assert_int_equal(progress.bytes, progress.bytes_total);
    return report;
}

static const char *path_of(struct table_fixture *f, uint32_t file)
{
    struct stored_table *table = fixture_table(f->base.db, "t");
    const char *path = arena_printf(&f->base.arena, "%s/%s", f->base.path, table->files[file].path);
    stored_table_unref(table);
    return path;
}

static void test_verify_a_whole_database(void **state)
{
    struct table_fixture *f = *state;
    for (int day = 1; day <= 4; day++)
        table_insert(f, f->base.db, day, 0, 1, 70000);
    struct verify_report report = verify(f);
    assert_int_equal(report.n_findings, 0);
    assert_int_equal(report.tables, 1);
    assert_int_equal(report.files, 4);
    assert_int_equal(report.rows, 280000);
    assert_true(report.bytes > 0);
}

static void test_verify_problems_come_in_the_order_of_files(void **state)
{
    struct table_fixture *f = *state;
    for (int day = 1; day <= 6; day++)
        table_insert(f, f->base.db, day, 0, 1, 1000);
    for (uint32_t i = 0; i < 6; i += 2)
        assert_int_equal(unlink(path_of(f, i)), 0);
    struct verify_report report = verify(f);
    assert_int_equal(report.n_problems, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_non_null(strstr(report.findings[i].text, path_of(f, i * 2)));
}

static void test_verify_statistics_of_the_catalog(void **state)
{
    struct table_fixture *f = *state;
    struct value day = {.type = type_of(TYPE_DATE), .i64 = 1};
    uint64_t id;
    const char *path;
    table_insert(f, f->base.db, 1, 0, 1, 1000);
    /* The same bytes again, as a file of which the catalog says something else. */
    struct change *change = fixture_change(f->base.db);
    struct stored_table *table = fixture_table(f->base.db, "t");
    ASSERT_OK(change_new_file(change, table, &day, &f->base.arena, &id, &path, &f->base.error),
              f->base.error);
    const char *copy = arena_printf(&f->base.arena, "cp '%s' '%s'", path_of(f, 0), path);
    assert_int_equal(system(copy), 0);
    struct column_zone zones[FIXTURE_COLUMNS] = {{.known = true, .min = day, .max = day},
                                                 {.known = false}};
    zones[2] = (struct column_zone){.known = true,
                                    .min = {.type = type_of(TYPE_BIGINT), .i64 = 1},
                                    .max = {.type = type_of(TYPE_BIGINT), .i64 = 5000},
                                    .nulls = 3};
    ASSERT_OK(
        change_add_file(change, table, id, 1001, table->files[0].bytes, zones, &f->base.error),
        f->base.error);
    stored_table_unref(table);
    fixture_commit(change);
    struct verify_report report = verify(f);
    assert_int_equal(report.n_problems, 3);
    assert_non_null(strstr(report.findings[0].text, "it has 1000 rows, the catalog says 1001"));
    assert_non_null(strstr(report.findings[1].text, "column n has 0 NULLs, the catalog says 3"));
    assert_non_null(
        strstr(report.findings[2].text, "column n has values outside of the catalog's 1 to 5000"));
}

static void test_verify_interrupted_ends(void **state)
{
    struct table_fixture *f = *state;
    struct error error = {0};
    struct verify_progress progress = {0};
    struct verify_report report;
    table_insert(f, f->base.db, 1, 0, 1, 1000);
    atomic_store(&f->cancel, true);
    assert_int_equal(
        verify_database(&f->context, f->base.db, &f->base.arena, &progress, &report, &error),
        STATUS_CANCELLED);
    atomic_store(&f->cancel, false);
}

static void test_verify_without_memory_fails_and_leaves_nothing(void **state)
{
    struct table_fixture *f = *state;
    for (int day = 1; day <= 2; day++)
        table_insert(f, f->base.db, day, 0, 1, 5000);
    for (size_t fail_at = 1;; fail_at += 3) {
        struct error error = {0};
        struct verify_progress progress = {0};
        struct verify_report report;
        atomic_store(&f->base.budget.charges, 0);
        f->base.budget.fail_at = fail_at;
        enum status status =
            verify_database(&f->context, f->base.db, &f->base.arena, &progress, &report, &error);
        f->base.budget.fail_at = 0;
        if (status == STATUS_OK) {
            assert_int_equal(report.n_problems, 0);
            break;
        }
        assert_int_equal(status, STATUS_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_verify_a_whole_database),
        TEST(test_verify_problems_come_in_the_order_of_files),
        TEST(test_verify_statistics_of_the_catalog),
        TEST(test_verify_interrupted_ends),
        TEST(test_verify_without_memory_fails_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
