#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

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

static void expect_refusal(struct database_fixture *f, const char *path, bool readonly,
                           enum status status, const char *message)
{
    struct database *db = NULL;
    struct error error = {0};
    assert_int_equal(database_open(path, readonly, &io_system, &f->budget, &db, &error), status);
    if (!strstr(error.message, message))
        fail_msg("%s, not %s", error.message, message);
    assert_null(db);
}

static void run_sql(struct database_fixture *f, const char *text)
{
    char path[128];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/weir.db", f->path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_database_of_a_newer_version_is_refused(void **state)
{
    struct database_fixture *f = *state;
    fixture_close(f);
    run_sql(f, "PRAGMA user_version = 2");
    expect_refusal(f, f->path, false, STATUS_UNSUPPORTED, "made by a newer weir");
    expect_refusal(f, f->path, true, STATUS_UNSUPPORTED, "has version 2");
}

static void test_database_of_others_is_refused(void **state)
{
    struct database_fixture *f = *state;
    char path[128];
    fixture_close(f);
    run_sql(f, "PRAGMA application_id = 5");
    expect_refusal(f, f->path, false, STATUS_DATA, "no weir database");
    snprintf(path, sizeof path, "%s/weir.db", f->path);
    expect_refusal(f, path, false, STATUS_USAGE, "not a folder");
    snprintf(path, sizeof path, "%s/none", f->folder);
    expect_refusal(f, path, true, STATUS_IO, "cannot open the database");
    snprintf(path, sizeof path, "%s/none/none", f->folder);
    expect_refusal(f, path, false, STATUS_IO, "cannot make the folder");
    /* The folder above holds a folder, but no catalog. */
    expect_refusal(f, f->folder, false, STATUS_USAGE, "the folder is no database");
}

static void test_database_creation_cut_short_is_taken_up(void **state)
{
    struct database_fixture *f = *state;
    char path[128];
    fixture_close(f);
    snprintf(path, sizeof path, "%s/weir.db", f->path);
    assert_int_equal(truncate(path, 0), 0);
    fixture_open(f);
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    assert_int_equal(fixture_rows(f->db), 10);
}

static void test_database_moved_while_closed_is_whole(void **state)
{
    struct database_fixture *f = *state;
    char to[128];
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    fixture_close(f);
    snprintf(to, sizeof to, "%s/moved here", f->folder);
    assert_int_equal(rename(f->path, to), 0);
    memcpy(f->path, to, strlen(to) + 1);
    fixture_open(f);
    assert_int_equal(fixture_rows(f->db), 10);
    fixture_insert(f, f->db, 2, 5);
    assert_int_equal(fixture_rows(f->db), 15);
}

static void test_database_readonly_refuses_changes(void **state)
{
    struct database_fixture *f = *state;
    struct database *db;
    struct change *change;
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    ASSERT_OK(database_open(f->path, true, &io_system, &f->budget, &db, &f->error), f->error);
    assert_true(database_is_readonly(db));
    assert_int_equal(fixture_rows(db), 10);
    assert_int_equal(change_open(db, &change, &f->error), STATUS_USAGE);
    assert_non_null(strstr(f->error.message, "read-only"));
    error_clear(&f->error);
    fixture_insert(f, f->db, 1, 3);
    assert_int_equal(fixture_rows(db), 13);
    database_close(db);
}

/* ---- As somebody who may not write ---- */

static void lock_up(const char *path)
{
    char command[320];
    snprintf(command, sizeof command, "chmod -R a-w,a+rX %s && chmod a+rx %s/..", path, path);
    assert_int_equal(system(command), 0);
}

static void let_go(const char *path)
{
    char command[320];
    snprintf(command, sizeof command, "chmod -R u+w %s", path);
    assert_int_equal(system(command), 0);
}

/* The rows that a process without rights sees, or -1 - status. */
static int rows_of_others(struct database_fixture *f, uint64_t expected)
{
    pid_t child = fork();
    if (child == 0) {
        struct database *db = NULL;
        struct error error = {0};
        struct change *change;
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(9);
        if (database_open(f->path, false, &io_system, &f->budget, &db, &error) != STATUS_OK) {
            fprintf(stderr, "%s\n", error.message);
            _exit(2);
        }
        if (!database_is_readonly(db) || fixture_rows(db) != expected)
            _exit(3);
        if (change_open(db, &change, &error) != STATUS_USAGE)
            _exit(4);
        database_close(db);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_database_in_a_readonly_folder_is_read(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    fixture_close(f);
    lock_up(f->path);
    int code = rows_of_others(f, 10);
    let_go(f->path);
    assert_int_equal(code, 0);
}

/* The log still holds the last commits, and nobody can write them back. */
static void test_database_in_a_readonly_folder_is_read_with_its_log(void **state)
{
    struct database_fixture *f = *state;
    char path[128];
    fixture_create(f);
    fixture_close(f);
    pid_t child = fork();
    if (child == 0) {
        fixture_open(f);
        fixture_insert(f, f->db, 1, 10);
        _exit(0); /* not closed */
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    snprintf(path, sizeof path, "%s/weir.db-wal", f->path);
    assert_true(fixture_exists(path));
    for (int without_memory = 0; without_memory < 2; without_memory++) {
        snprintf(path, sizeof path, "%s/weir.db-shm", f->path);
        if (without_memory)
            unlink(path);
        lock_up(f->path);
        int code = rows_of_others(f, 10);
        let_go(f->path);
        assert_int_equal(code, 0);
    }
}

/* Somebody else may write, and does. */
static void test_database_of_a_writer_is_followed_without_rights(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    lock_up(f->path);
    int code = rows_of_others(f, 10);
    let_go(f->path);
    assert_int_equal(code, 0);
}

/* ---- Waiting, and running out ---- */

static void test_database_busy_is_an_error_after_a_while(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    char path[128];
    sqlite3 *other = NULL;
    atomic_bool cancel = false;
    snprintf(path, sizeof path, "%s/weir.db", f->path);
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < 2; i++) {
        database_set_wait(f->db, &cancel, i == 0 ? 50 : 100000);
        atomic_store(&cancel, i == 1);
        struct change *change = fixture_change(f->db);
        struct stored_table *table = fixture_table(f->db, "t");
        ASSERT_OK(change_truncate(change, table, &f->error), f->error);
        stored_table_unref(table);
        assert_int_equal(change_commit(change, &f->error), i == 0 ? STATUS_IO : STATUS_CANCELLED);
        assert_non_null(strstr(f->error.message, i == 0 ? "the database is busy" : "interrupted"));
        error_clear(&f->error);
    }
    database_set_wait(f->db, NULL, DATABASE_WAIT_MS);
    sqlite3_close(other);
    fixture_insert(f, f->db, 1, 10);
    assert_int_equal(fixture_rows(f->db), 10);
}

static void test_database_full_disk_leaves_it_as_it_was(void **state)
{
    struct database_fixture *f = *state;
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    fixture_close(f);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {150000, 150000};
        signal(SIGXFSZ, SIG_IGN);
        fixture_open(f);
        setrlimit(RLIMIT_FSIZE, &limit);
        for (int i = 0; i < 1000; i++) {
            struct change *change = NULL;
            struct stored_table *table = fixture_table(f->db, "t");
            struct value day = {.type = type_of(TYPE_DATE), .i64 = i};
            uint64_t id;
            const char *path;
            if (change_open(f->db, &change, &f->error) != STATUS_OK)
                _exit(2);
            enum status status =
                change_new_file(change, table, &day, &f->arena, &id, &path, &f->error);
            if (status == STATUS_OK) {
                FILE *file = fopen(path, "w");
                fclose(file);
                status = change_add_file(change, table, id, 1, 0, NULL, &f->error);
            }
            if (status == STATUS_OK)
                status = change_commit(change, &f->error);
            else
                change_rollback(change);
            stored_table_unref(table);
            if (status != STATUS_OK)
                _exit(status == STATUS_IO && fixture_rows(f->db) == 10 + (uint64_t)i ? 0 : 3);
        }
        _exit(4);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    fixture_open(f);
    assert_in_range(fixture_rows(f->db), 11, 1000);
}

/* ---- Damage ---- */

/* Every page is hurt in turn: the database opens and says what it said, or names the catalog; never anything else. */
static void test_database_damaged_catalog_is_named(void **state)
{
    struct database_fixture *f = *state;
    char path[128], good[1 << 18];
    fixture_create(f);
    fixture_insert(f, f->db, 1, 10);
    fixture_close(f);
    snprintf(path, sizeof path, "%s/weir.db", f->path);
    int fd = open(path, O_RDWR);
    ssize_t size = read(fd, good, sizeof good);
    assert_in_range(size, 4096, sizeof good - 1);
    int refused = 0;
    for (ssize_t at = 0; at < size; at += 509) {
        char bytes[16];
        memset(bytes, at % 2 ? 0xff : 0, sizeof bytes);
        ssize_t n = MIN((ssize_t)sizeof bytes, size - at);
        assert_int_equal(pwrite(fd, bytes, (size_t)n, at), n);
        struct database *db = NULL;
        struct stored_table *table = NULL;
        struct error error = {0};
        enum status status = database_open(f->path, false, &io_system, &f->budget, &db, &error);
        if (status == STATUS_OK)
            status = database_table(db, STR_LITERAL("t"), &table, &error);
        stored_table_unref(table);
        database_close(db);
        if (status != STATUS_OK) {
            refused++;
            if (!strstr(error.message, "database") && !strstr(error.message, "weir.db"))
                fail_msg("byte %zd: %s", at, error.message);
        }
        assert_int_equal(pwrite(fd, good, (size_t)size, 0), size);
        assert_int_equal(ftruncate(fd, size), 0);
    }
    close(fd);
    assert_true(refused > 5);
    fixture_open(f);
    assert_int_equal(fixture_rows(f->db), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_database_of_a_newer_version_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_of_others_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_creation_cut_short_is_taken_up, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_moved_while_closed_is_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_readonly_refuses_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_in_a_readonly_folder_is_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_in_a_readonly_folder_is_read_with_its_log,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_of_a_writer_is_followed_without_rights,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_database_busy_is_an_error_after_a_while, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_full_disk_leaves_it_as_it_was, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_database_damaged_catalog_is_named, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
