#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/folder_sink.h"
#include "storage/segment.h"
#include "storage/value.h"
#include "tests/unit/unit.h"

enum { ROWS = 3000 };

struct fixture {
    struct budget budget;
    struct arena arena;
    struct clock clock;
    atomic_bool cancel;
    struct context context;
    struct error error;
    struct field fields[2];
    struct schema schema;
    struct file_sink_options options;
    struct batch *batch;
    char folder[64], path[128];
};

/* n = 0, 1, 2 ..; k = n / 1000 */
static void make_batch(struct fixture *f)
{
    struct column *n, *k;
    ASSERT_OK(batch_new(2, ROWS, 0, &f->budget, &f->batch, &f->error), f->error);
    ASSERT_OK(column_new(type_of(TYPE_BIGINT), ROWS, &f->budget, "test", &n, &f->error), f->error);
    ASSERT_OK(column_new(type_of(TYPE_BIGINT), ROWS, &f->budget, "test", &k, &f->error), f->error);
    for (int64_t i = 0; i < ROWS; i++) {
        ((int64_t *)n->data)[i] = i;
        ((int64_t *)k->data)[i] = i / 1000;
    }
    f->batch->columns[0] = n;
    f->batch->columns[1] = k;
}

static int set_up(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof f);
    budget_init(&f.budget, SIZE_MAX);
    assert_int_equal(arena_init(&f.arena, &f.error), STATUS_OK);
    f.context = (struct context){.budget = &f.budget,
                                 .io = &io_system,
                                 .clock = &f.clock,
                                 .cancel = &f.cancel,
                                 .n_threads = 1,
                                 .batch_size = BATCH_ROWS_DEFAULT};
    f.fields[0] = (struct field){"n", type_of(TYPE_BIGINT), true};
    f.fields[1] = (struct field){"k", type_of(TYPE_BIGINT), true};
    f.schema = (struct schema){f.fields, 2};
    f.options =
        (struct file_sink_options){.text = {.zone = &timezone_utc, .delimiter = ',', .quote = '"'},
                                   .header = true,
                                   .time_column = SEGMENT_NO_COLUMN};
    snprintf(f.folder, sizeof f.folder, "/tmp/test_file_sink_XXXXXX");
    assert_non_null(mkdtemp(f.folder));
    snprintf(f.path, sizeof f.path, "%s/x", f.folder);
    make_batch(&f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[128];
    batch_unref(f->batch);
    arena_fini(&f->arena);
    assert_int_equal(budget_used(&f->budget), 0);
    snprintf(command, sizeof command, "rm -r %s", f->folder);
    return system(command);
}

/* Names in the folder, hidden ones too. */
static unsigned count_names(const char *path)
{
    unsigned n = 0;
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *e; (e = readdir(folder));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(folder);
    return n;
}

static long size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

static enum status write_file(struct fixture *f)
{
    struct file_sink *sink;
    TRY(file_sink_open(&f->context, f->path, &f->schema, &f->options, &sink, &f->error));
    enum status status = file_sink_add(sink, f->batch, &f->error);
    if (status == STATUS_OK)
        status = file_sink_finish(sink, &f->error);
    if (status == STATUS_OK)
        status = file_sink_publish(sink, true, &f->error);
    file_sink_close(sink);
    return status;
}

static enum status write_folder(struct fixture *f)
{
    uint32_t by = 1;
    struct folder_sink *sink;
    struct folder_sink_request request = {.path = f->path,
                                          .schema = &f->schema,
                                          .partition_by = &by,
                                          .n_partition_by = 1,
                                          .file = &f->options};
    TRY(folder_sink_open(&f->context, &request, &sink, &f->error));
    enum status status = folder_sink_add(sink, f->batch, &f->error);
    if (status == STATUS_OK)
        status = folder_sink_finish(sink, &f->error);
    if (status == STATUS_OK)
        status = folder_sink_publish(sink, &f->error);
    folder_sink_close(sink);
    return status;
}

static const struct {
    enum file_format format;
    enum text_compression compression;
} FORMATS[] = {{FILE_CSV, TEXT_PLAIN}, {FILE_CSV, TEXT_GZIP},    {FILE_JSONL, TEXT_ZSTD},
               {FILE_JSONL, TEXT_LZ4}, {FILE_JSONL, TEXT_PLAIN}, {FILE_WEIR, TEXT_PLAIN}};

static void choose(struct fixture *f, size_t i)
{
    f->options.format = FORMATS[i].format;
    f->options.compression = FORMATS[i].compression;
    error_clear(&f->error);
}

static void put_old(struct fixture *f)
{
    FILE *old = fopen(f->path, "w");
    assert_non_null(old);
    fputs("old", old);
    fclose(old);
}

static void test_file_sink_each_io_call_fails_old_file_or_new_one(void **state)
{
    struct fixture *f = *state;
    struct io_faulty faulty;
    f->context.io = &faulty.io;
    for (size_t i = 0; i < ARRAY_LENGTH(FORMATS); i++) {
        choose(f, i);
        io_faulty_init(&faulty, 0, 0);
        ASSERT_OK(write_file(f), f->error);
        long whole = size_of(f->path);
        size_t calls = faulty.calls;
        assert_true(calls >= 5 && whole > 3);
        for (size_t k = 1; k <= calls; k++) {
            put_old(f);
            io_faulty_init(&faulty, k, ENOSPC);
            error_clear(&f->error);
            if (write_file(f) != STATUS_OK)
                assert_null(strstr(f->error.message, ".weir-"));
            long size = size_of(f->path);
            assert_true(size == whole || size == 3);
            assert_int_equal(count_names(f->folder), 1);
        }
    }
    f->context.io = &io_system;
}

static void test_file_sink_memory_refused_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LENGTH(FORMATS); i++) {
        enum status status = STATUS_MEMORY;
        choose(f, i);
        for (size_t k = 1; status != STATUS_OK && k < 10000; k++) {
            error_clear(&f->error);
            atomic_store(&f->budget.charges, 0);
            f->budget.fail_at = k;
            status = write_file(f);
            f->budget.fail_at = 0;
            assert_int_equal(count_names(f->folder), status == STATUS_OK);
        }
        assert_int_equal(status, STATUS_OK);
        unlink(f->path);
    }
}

static void test_file_sink_cancelled_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    atomic_store(&f->cancel, true);
    assert_int_equal(write_file(f), STATUS_CANCELLED);
    assert_int_equal(count_names(f->folder), 0);
    assert_int_equal(write_folder(f), STATUS_CANCELLED);
    assert_int_equal(count_names(f->folder), 0);
}

/* Up to the first file named: nothing; afterwards files that are whole. */
static void test_folder_sink_each_io_call_fails_no_half_file(void **state)
{
    struct fixture *f = *state;
    struct io_faulty faulty;
    char path[160], remove[160];
    f->context.io = &faulty.io;
    snprintf(remove, sizeof remove, "rm -r %s", f->path);
    choose(f, 0);
    io_faulty_init(&faulty, 0, 0);
    ASSERT_OK(write_folder(f), f->error);
    size_t calls = faulty.calls;
    long whole = 0;
    for (size_t k = 1; k <= calls; k++) {
        assert_int_equal(count_names(f->folder) == 0 ? 0 : system(remove), 0);
        io_faulty_init(&faulty, k, ENOSPC);
        error_clear(&f->error);
        (void)!write_folder(f);
        for (int p = 0; size_of(f->path) >= 0 && p < 3; p++) {
            snprintf(path, sizeof path, "%s/k=%d", f->path, p);
            if (size_of(path) < 0)
                continue;
            unsigned n = count_names(path);
            snprintf(path, sizeof path, "%s/k=%d/part-0.csv", f->path, p);
            assert_int_equal(n, size_of(path) >= 0);
            whole = p == 0 ? size_of(path) : whole;
        }
    }
    assert_true(whole > 0);
}

static void test_folder_sink_refuses_what_is_there(void **state)
{
    struct fixture *f = *state;
    ASSERT_OK(write_folder(f), f->error);
    assert_int_equal(write_folder(f), STATUS_IO);
    assert_non_null(strstr(f->error.message, "the folder is not empty"));
    assert_int_equal(count_names(f->path), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_file_sink_each_io_call_fails_old_file_or_new_one,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file_sink_memory_refused_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_file_sink_cancelled_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folder_sink_each_io_call_fails_no_half_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_folder_sink_refuses_what_is_there, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
