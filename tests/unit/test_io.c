#include "base/io.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/weir-unit-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static enum status write_and_read(struct io *io, char *data, size_t size, size_t *got,
                                  struct error *error)
{
    enum status status;
    int fd = -1;
    const char *path = in_folder("x");
    TRY_OUT(io_open_write(io, path, &fd, error));
    TRY_OUT(io_write(io, fd, path, "hello", 5, error));
    status = io_close(io, fd, path, error);
    fd = -1;
    TRY_OUT(status);
    TRY_OUT(io_open_read(io, path, &fd, error));
    struct io_stat stat;
    TRY_OUT(io_fstat(io, fd, path, &stat, error));
    TRY_OUT(io_pread(io, fd, path, data, size, 1, got, error));
out:
    if (fd >= 0)
        io_close_quietly(io, fd);
    return status;
}

static void test_io_write_then_read_gives_the_bytes(void **state)
{
    (void)state;
    char data[16];
    size_t got;
    struct error error = {0};
    ASSERT_OK(write_and_read(&io_system, data, sizeof(data), &got, &error), error);
    assert_int_equal(got, 4);
    assert_memory_equal(data, "ello", 4);
}

static void test_io_open_missing_names_path_and_reason(void **state)
{
    (void)state;
    struct error error = {0};
    int fd;
    assert_int_equal(io_open_read(&io_system, "no/such/file", &fd, &error), STATUS_IO);
    assert_string_equal(error.message, "cannot open no/such/file: No such file or directory");
    assert_false(io_exists(&io_system, "no/such/file", NULL));
}

static void test_io_list_sorts_and_follows_links(void **state)
{
    (void)state;
    struct arena arena;
    struct error error = {0};
    struct io_entry *entries;
    size_t count;
    int fd = -1;
    ASSERT_OK(arena_init(&arena, &error), error);
    assert_int_equal(io_system.mkdir(&io_system, in_folder("d"), 0777), 0);
    assert_int_equal(symlink("d", in_folder("a-link")), 0);
    ASSERT_OK(io_open_write(&io_system, in_folder("b"), &fd, &error), error);
    io_close_quietly(&io_system, fd);
    ASSERT_OK(io_list(&io_system, folder, &arena, &entries, &count, &error), error);
    assert_int_equal(count, 3);
    assert_string_equal(entries[0].name, "a-link");
    assert_true(entries[0].is_folder);
    assert_true(entries[1].is_regular);
    assert_true(entries[2].is_folder);
    assert_int_equal(io_list(&io_system, in_folder("none"), &arena, &entries, &count, &error),
                     STATUS_IO);
    arena_fini(&arena);
}

static void test_io_faulty_each_call_fails_once_cleanly(void **state)
{
    (void)state;
    char data[16];
    size_t got, failures = 0;
    for (size_t at = 1; at < 20; at++) {
        struct io_faulty faulty;
        struct error error = {0};
        io_faulty_init(&faulty, at, EIO);
        if (write_and_read(&faulty.io, data, sizeof(data), &got, &error) == STATUS_OK)
            continue;
        failures++;
        assert_int_equal(error.status, STATUS_IO);
        assert_non_null(strstr(error.message, "Input/output error"));
    }
    assert_int_equal(failures, 7);
}

static void test_io_faulty_interrupted_call_is_restarted(void **state)
{
    (void)state;
    char data[16];
    size_t got;
    for (size_t at = 1; at < 9; at++) {
        struct io_faulty faulty;
        struct error error = {0};
        io_faulty_init(&faulty, at, EINTR);
        ASSERT_OK(write_and_read(&faulty.io, data, sizeof(data), &got, &error), error);
        assert_int_equal(got, 4);
    }
}

int main(void)
{
#define IO_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        IO_TEST(test_io_write_then_read_gives_the_bytes),
        IO_TEST(test_io_open_missing_names_path_and_reason),
        IO_TEST(test_io_list_sorts_and_follows_links),
        IO_TEST(test_io_faulty_each_call_fails_once_cleanly),
        IO_TEST(test_io_faulty_interrupted_call_is_restarted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
