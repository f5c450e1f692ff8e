#include "tests/unit/database_fixture.h"

static int set_up(void **state)
{
    static struct database_fixture f;
    *state = &f;
    return fixture_set_up(&f);
}

static int tear_down(void **state)
{
    return fixture_tear_down(*state);
}

static struct database *open_other(struct database_fixture *f)
{
    struct database *db = NULL;
    ASSERT_OK(database_open(f->path, false, &io_system, &f->budget, &db, &f->error), f->error);
    return db;
}

static void test_database_new_folder_is_empty(void **state)
{
    struct database_fixture *f = *state;
    size_t n;
    database_tables(f->db, &n);
    assert_int_equal(n, 0);
    database_views(f->db, &n);
    assert_int_equal(n, 0);
    assert_null(fixture_table(f->db, "t"));
    assert_false(database_is_readonly(f->db));
    assert_string_equal(database_path(f->db), f->path);
}

static void check_table(const struct stored_table *table)
{
    assert_string_equal(table->name, "t");
    assert_int_equal(table->schema.n_fields, FIXTURE_COLUMNS);
    assert_string_equal(table->schema.fields[1].name, "name");
    assert_int_equal(table->schema.fields[1].type.id, TYPE_VARCHAR);
    assert_true(table->schema.fields[0].not_null);
    assert_int_equal(table->n_partitions, 1);
    assert_string_equal(table->partitions[0].name, "day");
    assert_int_equal(table->partitions[0].type.id, TYPE_DATE);
    assert_int_equal(table->n_order_by, 1);
    assert_int_equal(table->order_by[0], 2);
    assert_int_equal(table->time_column, -1);
}

static void check_file(const struct stored_file *file, int day, uint64_t rows)
{
    assert_int_equal(file->rows, rows);
    assert_int_equal(file->bytes, 5);
    assert_int_equal(file->partition[0].i64, day);
    for (int i = 0; i < FIXTURE_COLUMNS; i++)
        assert_int_equal(file->columns[i], i);
    assert_true(file->zones[0].known);
    assert_int_equal(file->zones[0].min.i64, day);
    assert_int_equal(file->zones[1].min.text.length, 3);
    assert_memory_equal(file->zones[1].min.text.data, "a\0b", 3);
    assert_int_equal(file->zones[1].nulls, 1);
    assert_int_equal(file->zones[1].distinct, 2);
    assert_false(file->zones[2].known);
    assert_int_equal(file->zones[2].nulls, rows);
}

static void test_database_table_and_files_survive_reopening(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    fixture_insert(f, f->db, 20000, 3);
    fixture_insert(f, f->db, 19999, 4);
    for (int i = 0; i < 2; i++) {
        struct stored_table *table = fixture_table(f->db, "T");
        assert_non_null(table);
        check_table(table);
        assert_int_equal(table->n_files, 2);
        check_file(&table->files[0], 19999, 4);
        check_file(&table->files[1], 20000, 3);
        assert_non_null(strstr(table->files[0].path, "t/day=2024-10-03/part-"));
        stored_table_unref(table);
        fixture_close(f);
        fixture_open(f);
    }
}

static void test_database_change_is_seen_before_its_commit_by_its_own_handle_only(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    struct database *other = open_other(f);
    struct change *change = fixture_change(f->db);
    struct stored_table *table = fixture_table(f->db, "t");
    fixture_add(f, change, table, 1, 10, NULL);
    stored_table_unref(table);
    assert_int_equal(fixture_rows(f->db), 10);
    assert_int_equal(fixture_rows(other), 0);
    fixture_commit(change);
    assert_int_equal(fixture_rows(f->db), 10);
    assert_int_equal(fixture_rows(other), 10);
    database_close(other);
}

static void test_database_rollback_deletes_files(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    struct change *change = fixture_change(f->db);
    struct stored_table *table = fixture_table(f->db, "t");
    const char *path;
    fixture_add(f, change, table, 1, 10, &path);
    stored_table_unref(table);
    assert_true(fixture_exists(path));
    change_rollback(change);
    assert_false(fixture_exists(path));
    assert_int_equal(fixture_rows(f->db), 0);
    char folder[160];
    snprintf(folder, sizeof folder, "%s/t", f->path);
    assert_false(fixture_exists(folder)); /* what became empty goes too */
}

static void test_database_rewind_takes_back_a_statement(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    struct change *change = fixture_change(f->db);
    struct stored_table *table = fixture_table(f->db, "t"), *now;
    const char *first, *second;
    fixture_add(f, change, table, 1, 10, &first);
    size_t mark = change_mark(change);
    fixture_add(f, change, table, 1, 20, &second);
    assert_int_equal(fixture_rows(f->db), 30);
    ASSERT_OK(change_drop_table(change, table, &f->error), f->error);
    now = fixture_table(f->db, "t");
    assert_null(now);
    change_rewind(change, mark);
    assert_int_equal(fixture_rows(f->db), 10);
    assert_true(fixture_exists(first));
    assert_false(fixture_exists(second));
    fixture_commit(change);
    assert_int_equal(fixture_rows(f->db), 10);
    stored_table_unref(table);
}

static void test_database_removed_file_stays_while_somebody_reads_it(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    struct database *other = open_other(f);
    struct stored_table *reading = fixture_table(other, "t"), *table = fixture_table(f->db, "t");
    char path[256];
    snprintf(path, sizeof path, "%s/%s", f->path, table->files[0].path);
    struct change *change = fixture_change(f->db);
    ASSERT_OK(change_remove_file(change, table, &table->files[0], &f->error), f->error);
    stored_table_unref(table);
    assert_int_equal(fixture_rows(f->db), 0);
    fixture_commit(change);
    assert_int_equal(fixture_rows(f->db), 0);
    assert_true(fixture_exists(path));
    /* The other handle goes on, but somebody still reads the table as it was. */
    assert_int_equal(fixture_rows(other), 0);
    ASSERT_OK(database_sweep(f->db, &f->error), f->error);
    assert_true(fixture_exists(path));
    stored_table_unref(reading);
    ASSERT_OK(database_sweep(f->db, &f->error), f->error);
    assert_false(fixture_exists(path));
    database_close(other);
}

static void test_database_unfinished_files_of_the_dead_are_swept(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    struct database *other = open_other(f);
    struct change *change = fixture_change(f->db), *dying = fixture_change(other);
    struct stored_table *table = fixture_table(f->db, "t"), *theirs = fixture_table(other, "t");
    const char *path, *alive;
    fixture_add(f, dying, theirs, 1, 10, &path);
    fixture_add(f, change, table, 1, 10, &alive);
    stored_table_unref(theirs);
    ASSERT_OK(database_sweep(f->db, &f->error), f->error);
    assert_true(fixture_exists(path));
    database_close(other);
    assert_false(fixture_exists(path));
    assert_true(fixture_exists(alive));
    change_rollback(change);
    stored_table_unref(table);
}

static void test_database_concurrent_inserts_both_stay(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    struct database *other = open_other(f);
    struct change *a = fixture_change(f->db), *b = fixture_change(other);
    struct stored_table *x = fixture_table(f->db, "t"), *y = fixture_table(other, "t");
    fixture_add(f, a, x, 1, 10, NULL);
    fixture_add(f, b, y, 1, 5, NULL);
    fixture_commit(b);
    fixture_commit(a);
    assert_int_equal(fixture_rows(f->db), 15);
    assert_int_equal(fixture_rows(other), 15);
    stored_table_unref(x);
    stored_table_unref(y);
    database_close(other);
}

static void test_database_second_delete_of_a_file_fails(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    struct database *other = open_other(f);
    struct change *a = fixture_change(f->db), *b = fixture_change(other);
    struct stored_table *x = fixture_table(f->db, "t"), *y = fixture_table(other, "t");
    const char *path;
    ASSERT_OK(change_remove_file(a, x, &x->files[0], &f->error), f->error);
    fixture_add(f, a, x, 1, 9, &path);
    ASSERT_OK(change_remove_file(b, y, &y->files[0], &f->error), f->error);
    fixture_commit(b);
    assert_int_equal(change_commit(a, &f->error), STATUS_CONSTRAINT);
    assert_string_equal(f->error.message, "table t was changed by another statement");
    error_clear(&f->error);
    assert_false(fixture_exists(path));
    assert_int_equal(fixture_rows(f->db), 0);
    stored_table_unref(x);
    stored_table_unref(y);
    database_close(other);
}

/* What `b` does to the table while `a` puts rows into it, and whether both can stay. */
static void meet(struct database_fixture *f, enum status expected,
                 void (*change)(struct database_fixture *, struct change *, struct stored_table *))
{
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    struct database *other = open_other(f);
    struct change *a = fixture_change(f->db), *b = fixture_change(other);
    struct stored_table *x = fixture_table(f->db, "t"), *y = fixture_table(other, "t");
    fixture_add(f, a, x, 1, 7, NULL);
    change(f, b, y);
    fixture_commit(b);
    assert_int_equal(change_commit(a, &f->error), expected);
    if (expected != STATUS_OK)
        assert_string_equal(f->error.message, "table t was changed by another statement");
    error_clear(&f->error);
    stored_table_unref(x);
    stored_table_unref(y);
    database_close(other);
}

static void truncate_it(struct database_fixture *f, struct change *change,
                        struct stored_table *table)
{
    ASSERT_OK(change_truncate(change, table, &f->error), f->error);
}

static void remove_it(struct database_fixture *f, struct change *change, struct stored_table *table)
{
    ASSERT_OK(change_remove_file(change, table, &table->files[0], &f->error), f->error);
}

static void alter_it(struct database_fixture *f, struct change *change, struct stored_table *table)
{
    struct stored_table altered = *table;
    altered.ttl_us = 5;
    ASSERT_OK(change_alter_table(change, &altered, &f->error), f->error);
}

static void drop_it(struct database_fixture *f, struct change *change, struct stored_table *table)
{
    ASSERT_OK(change_drop_table(change, table, &f->error), f->error);
}

static void test_database_insert_goes_with_truncate_and_delete(void **state)
{
    struct database_fixture *f = *state;
    meet(f, STATUS_OK, truncate_it);
    assert_int_equal(fixture_rows(f->db), 7);
    struct change *change = fixture_change(f->db);
    struct stored_table *table = fixture_table(f->db, "t");
    drop_it(f, change, table);
    fixture_commit(change);
    stored_table_unref(table);
    meet(f, STATUS_OK, remove_it);
    assert_int_equal(fixture_rows(f->db), 7);
}

static void test_database_insert_into_another_definition_fails(void **state)
{
    struct database_fixture *f = *state;
    meet(f, STATUS_CONSTRAINT, alter_it);
    assert_int_equal(fixture_rows(f->db), 10);
}

static void test_database_insert_into_a_dropped_table_fails(void **state)
{
    struct database_fixture *f = *state;
    bool changed;
    meet(f, STATUS_CONSTRAINT, drop_it);
    ASSERT_OK(database_refresh(f->db, &changed, &f->error), f->error);
    assert_null(fixture_table(f->db, "t"));
}

static void test_database_same_name_is_created_once(void **state)
{
    struct database_fixture *f = *state;
    struct database *other = open_other(f);
    struct change *a = fixture_change(f->db), *b = fixture_change(other);
    struct stored_table *table;
    ASSERT_OK(change_create_table(a, &f->description, &table, &f->error), f->error);
    stored_table_unref(table);
    f->description.name = "T";
    ASSERT_OK(change_create_table(b, &f->description, &table, &f->error), f->error);
    stored_table_unref(table);
    fixture_commit(b);
    assert_int_equal(change_commit(a, &f->error), STATUS_NAME);
    assert_string_equal(f->error.message, "the name is taken: t");
    error_clear(&f->error);
    database_close(other);
    assert_int_equal(fixture_rows(f->db), 0);
}

static void test_database_file_is_replaced_once(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    struct database *other = open_other(f);
    struct change *a = fixture_change(f->db), *b = fixture_change(other);
    struct stored_table *x = fixture_table(f->db, "t"), *y = fixture_table(other, "t");
    bool taken;
    ASSERT_OK(change_replace_file(a, x, &x->files[0], &taken, &f->error), f->error);
    assert_true(taken);
    ASSERT_OK(change_replace_file(b, y, &y->files[0], &taken, &f->error), f->error);
    assert_false(taken);
    fixture_add(f, a, x, 1, 11, NULL);
    fixture_add(f, b, y, 1, 1, NULL);
    fixture_commit(a);
    ASSERT_OK(change_replace_file(b, y, &y->files[0], &taken, &f->error), f->error);
    assert_false(taken); /* it is gone */
    fixture_commit(b);
    assert_int_equal(fixture_rows(f->db), 12);
    stored_table_unref(x);
    stored_table_unref(y);
    database_close(other);
}

static void test_database_views(void **state)
{
    struct database_fixture *f = *state;
    const char *columns[] = {"a", "b"};
    struct stored_view view = {"v", "SELECT 1, 2", columns, 2};
    struct change *change = fixture_change(f->db);
    ASSERT_OK(change_put_view(change, &view, &f->error), f->error);
    assert_non_null(database_view(f->db, STR_LITERAL("V")));
    fixture_commit(change);
    fixture_close(f);
    fixture_open(f);
    const struct stored_view *found = database_view(f->db, STR_LITERAL("v"));
    assert_non_null(found);
    assert_string_equal(found->sql, "SELECT 1, 2");
    assert_int_equal(found->n_columns, 2);
    assert_string_equal(found->columns[1], "b");
    change = fixture_change(f->db);
    f->description.name = "v";
    struct stored_table *table;
    assert_int_equal(change_create_table(change, &f->description, &table, &f->error), STATUS_NAME);
    error_clear(&f->error);
    ASSERT_OK(change_drop_view(change, STR_LITERAL("v"), &f->error), f->error);
    assert_null(database_view(f->db, STR_LITERAL("v")));
    ASSERT_OK(change_create_table(change, &f->description, &table, &f->error), f->error);
    stored_table_unref(table);
    fixture_commit(change);
    assert_null(database_view(f->db, STR_LITERAL("v")));
    assert_non_null(table = fixture_table(f->db, "v"));
    stored_table_unref(table);
}

static void test_database_column_added_later_has_its_value_in_older_files(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    struct stored_table *table = fixture_table(f->db, "t");
    struct stored_table wider = *table;
    struct field fields[FIXTURE_COLUMNS + 1];
    struct stored_column columns[FIXTURE_COLUMNS + 1];
    /* name is dropped, n renamed, x added. */
    fields[0] = table->schema.fields[0];
    columns[0] = table->columns[0];
    fields[1] = table->schema.fields[2];
    fields[1].name = "m";
    columns[1] = table->columns[2];
    fields[2] = (struct field){"x", type_decimal(30, 2), false};
    columns[2] = (struct stored_column){.missing = {.type = type_decimal(30, 2), .i128 = -77}};
    wider.schema = (struct schema){fields, 3};
    wider.columns = columns;
    uint32_t order = 1;
    wider.order_by = &order;
    struct change *change = fixture_change(f->db);
    ASSERT_OK(change_alter_table(change, &wider, &f->error), f->error);
    stored_table_unref(table);
    for (int i = 0; i < 3; i++) {
        table = fixture_table(f->db, "t");
        assert_string_equal(table->schema.fields[1].name, "m");
        assert_int_equal(table->files[0].columns[0], 0);
        assert_int_equal(table->files[0].columns[1], 2);
        assert_int_equal(table->files[0].columns[2], -1);
        assert_int_equal(table->files[0].zones[1].nulls, 10);
        assert_true(table->files[0].zones[2].min.i128 == -77);
        assert_true(table->columns[2].missing.i128 == -77);
        stored_table_unref(table);
        if (i == 0)
            fixture_commit(change);
        fixture_close(f);
        fixture_open(f);
    }
}

static void test_database_ranges_are_remembered_until_truncated(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    struct stored_table *table = fixture_table(f->db, "t");
    struct source_range range = {"/a/b.jsonl", 7, UINT64_MAX - 2, 5, 0, 100, false};
    uint64_t to;
    struct change *change = fixture_change(f->db);
    ASSERT_OK(change_add_range(change, table, &range, &f->error), f->error);
    ASSERT_OK(change_loaded_to(change, table, &range, &to, &f->error), f->error);
    assert_int_equal(to, 100);
    fixture_commit(change);
    change = fixture_change(f->db);
    ASSERT_OK(change_loaded_to(change, table, &range, &to, &f->error), f->error);
    assert_int_equal(to, 100);
    ASSERT_OK(change_truncate(change, table, &f->error), f->error);
    ASSERT_OK(change_loaded_to(change, table, &range, &to, &f->error), f->error);
    assert_int_equal(to, 0);
    fixture_commit(change);
    change = fixture_change(f->db);
    ASSERT_OK(change_loaded_to(change, table, &range, &to, &f->error), f->error);
    assert_int_equal(to, 0);
    change_rollback(change);
    stored_table_unref(table);
}

/* Two changes load bytes `from` to `to` of a file of 100 at the same time. */
static enum status load_beside(struct database_fixture *f, uint64_t from, uint64_t to, bool again)
{
    struct source_range whole = {"/a/b.jsonl", 7, 9, 5, 0, 100, false};
    struct source_range part = {"/a/b.jsonl", 7, 9, 5, from, to, again};
    fixture_create(f);
    struct database *other = open_other(f);
    struct change *a = fixture_change(f->db), *b = fixture_change(other);
    struct stored_table *x = fixture_table(f->db, "t"), *y = fixture_table(other, "t");
    ASSERT_OK(change_add_range(a, x, &whole, &f->error), f->error);
    ASSERT_OK(change_add_range(b, y, &part, &f->error), f->error);
    fixture_add(f, a, x, 1, 10, NULL);
    fixture_add(f, b, y, 1, 5, NULL);
    fixture_commit(a);
    enum status status = change_commit(b, &f->error);
    assert_int_equal(fixture_rows(f->db), status == STATUS_OK ? 15 : 10);
    stored_table_unref(x);
    stored_table_unref(y);
    database_close(other);
    return status;
}

static void test_database_same_range_twice_at_once_fails(void **state)
{
    struct database_fixture *f = *state;
    assert_int_equal(load_beside(f, 99, 120, false), STATUS_CONSTRAINT);
    assert_string_equal(f->error.message,
                        "this file was loaded into t by another statement meanwhile: /a/b.jsonl");
    error_clear(&f->error);
}

static void test_database_next_range_at_once_is_added(void **state)
{
    assert_int_equal(load_beside(*state, 100, 120, false), STATUS_OK);
}

static void test_database_same_range_again_at_once_is_added(void **state)
{
    assert_int_equal(load_beside(*state, 0, 100, true), STATUS_OK);
}

static void test_database_refresh_tells_of_changes(void **state)
{
    struct database_fixture *f = *state;
    struct database *other = open_other(f);
    bool changed;
    ASSERT_OK(database_refresh(other, &changed, &f->error), f->error);
    ASSERT_OK(database_refresh(other, &changed, &f->error), f->error);
    assert_false(changed);
    fixture_create(f);
    ASSERT_OK(database_refresh(other, &changed, &f->error), f->error);
    assert_true(changed);
    ASSERT_OK(database_refresh(other, &changed, &f->error), f->error);
    assert_false(changed);
    struct stored_table *a = fixture_table(other, "t"), *b = fixture_table(other, "t");
    assert_ptr_equal(a, b);
    stored_table_unref(a);
    stored_table_unref(b);
    database_close(other);
}

static void test_database_dropped_table_leaves_nothing(void **state)
{
    struct database_fixture *f = *state;
    char folder[160];
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    snprintf(folder, sizeof folder, "%s/t", f->path);
    assert_true(fixture_exists(folder));
    struct stored_table *table = fixture_table(f->db, "t");
    struct change *change = fixture_change(f->db);
    ASSERT_OK(change_drop_table(change, table, &f->error), f->error);
    struct stored_table *again;
    ASSERT_OK(change_create_table(change, &f->description, &again, &f->error), f->error);
    assert_int_not_equal(again->id, table->id);
    assert_int_not_equal(again->columns[0].id, table->columns[0].id);
    stored_table_unref(again);
    stored_table_unref(table);
    fixture_commit(change);
    assert_int_equal(fixture_rows(f->db), 0);
    assert_false(fixture_exists(folder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_database_new_folder_is_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_table_and_files_survive_reopening, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_database_change_is_seen_before_its_commit_by_its_own_handle_only, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_database_rollback_deletes_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_rewind_takes_back_a_statement, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_removed_file_stays_while_somebody_reads_it,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_unfinished_files_of_the_dead_are_swept,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_concurrent_inserts_both_stay, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_second_delete_of_a_file_fails, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_insert_goes_with_truncate_and_delete, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_insert_into_another_definition_fails, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_insert_into_a_dropped_table_fails, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_same_name_is_created_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_file_is_replaced_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_views, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_database_column_added_later_has_its_value_in_older_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_ranges_are_remembered_until_truncated, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_same_range_twice_at_once_fails, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_next_range_at_once_is_added, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_same_range_again_at_once_is_added, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_refresh_tells_of_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_dropped_table_leaves_nothing, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
