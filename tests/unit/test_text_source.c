#include "tests/unit/text_unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/thread.h"

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0777), 0);
}

static void test_text_source_missing_file_named_with_near_names(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("bids.jsonl", "{\"a\":1}\n");
    ASSERT_READS(u, "bid.jsonl", NULL, "error: cannot open bid.jsonl: No such file or directory\n");
    assert_string_equal(u->error.hint, "did you mean 'bids.jsonl'?");
    assert_int_equal(u->error.span.start, 3);
    assert_int_equal(u->error.span.end, 7);
    ASSERT_READS(u, "no/such/x.jsonl", NULL,
                 "error: cannot open no/such/x.jsonl: No such file or directory\n");
    ASSERT_READS(u, "x*.jsonl", NULL, "error: no file matches x*.jsonl\n");
}

static void test_text_source_folder_refused(void **state)
{
    struct text_unit *u = *state;
    make_folder("logs.jsonl");
    ASSERT_READS(u, "logs.jsonl", NULL, "error: cannot read logs.jsonl: it is a folder\n");
    assert_non_null(strstr(u->error.hint, "'logs.jsonl/*'"));
}

static void test_text_source_no_permission_refused(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"a\":1}\n");
    struct io_faulty faulty;
    bool denied = false;
    /* Root may read everything: every call is refused in turn. */
    for (size_t at = 1; at < 40; at++) {
        io_faulty_init(&faulty, at, 13);
        u->context.io = &faulty.io;
        text_unit_read(u, "a.jsonl", NULL);
        denied |= strcmp(u->error.message, "cannot open a.jsonl: Permission denied") == 0;
        assert_int_equal(budget_used(&u->budget), 0);
        if (faulty.calls < at)
            break;
    }
    assert_true(denied);
    u->context.io = &io_system;
}

static void test_text_source_unknown_format_refused(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.xyz", "{\"a\":1}\n");
    ASSERT_READS(u, "a.xyz", NULL, "error: unknown file format: a.xyz\n");
    u->format = TEXT_FORMAT_JSONL;
    ASSERT_READS(u, "a.xyz", NULL, "a BIGINT\n1\n");
    text_unit_reset(u);
    text_unit_file("a.log", "{\"a\":1}\n");
    ASSERT_READS(u, "a.log", NULL, "a BIGINT\n1\n");
    text_unit_file("a.log", "Jan 1 something happened\n");
    ASSERT_READS(u, "a.log", NULL,
                 "error: not supported yet: a log that is no JSON lines (a.log)\n");
    assert_true(text_source_known_extension(STR_LITERAL("x/a.ndjson.zst")));
    assert_true(text_source_known_extension(STR_LITERAL("**/*.CSV")));
    assert_false(text_source_known_extension(STR_LITERAL("a.gz")));
    assert_false(text_source_known_extension(STR_LITERAL("jsonl")));
}

static void test_text_source_globs_match_in_byte_order(void **state)
{
    struct text_unit *u = *state;
    static const char *const FILES[] = {"b.jsonl",           "a.jsonl",  "d/c.jsonl", "d/e/f.jsonl",
                                        "d/e/.hidden.jsonl", "a1.jsonl", "x.csv"};
    make_folder("d");
    make_folder("d/e");
    for (size_t i = 0; i < ARRAY_LENGTH(FILES); i++) {
        char line[64];
        snprintf(line, sizeof line, "{\"n\":%zu}\n", i);
        text_unit_file(FILES[i], line);
    }
    ASSERT_READS(u, "*.jsonl", NULL, "n BIGINT\n1\n5\n0\n");
    ASSERT_READS(u, "?.jsonl", NULL, "n BIGINT\n1\n0\n");
    ASSERT_READS(u, "**/*.jsonl", NULL, "n BIGINT\n1\n5\n0\n2\n3\n");
    ASSERT_READS(u, "d/**/*.jsonl", NULL, "n BIGINT\n2\n3\n");
    ASSERT_READS(u, "./d/*/f.jsonl", NULL, "n BIGINT\n3\n");
    ASSERT_READS(u, "{d/c,b,a}.jsonl", NULL, "n BIGINT\n1\n0\n2\n");
    ASSERT_READS(u, "[!b].jsonl", NULL, "n BIGINT\n1\n");
    ASSERT_READS(u, "[a-b]{1,}.jsonl", NULL, "n BIGINT\n1\n5\n0\n");
    text_unit_file("q[1].jsonl", "{\"n\":77}\n");
    ASSERT_READS(u, "q[1].jsonl", NULL, "n BIGINT\n77\n");
}

static void test_text_source_several_paths_in_order_given(void **state)
{
    struct text_unit *u = *state;
    struct str paths[] = {STR_LITERAL("b.jsonl"), STR_LITERAL("a*.jsonl")};
    struct text_source_request request = {.paths = paths, .n_paths = 2};
    uint32_t columns[] = {0};
    text_unit_file("a1.jsonl", "{\"n\":1}\n");
    text_unit_file("a2.jsonl", "{\"n\":2}\n");
    text_unit_file("b.jsonl", "{\"n\":3}\n");
    ASSERT_OK(text_source_open(&u->arena, &request, &u->context, &u->source, &u->error), u->error);
    ASSERT_OK(text_unit_scan(u, columns, 1), u->error);
    assert_string_equal(u->shown, "3\n1\n2\n");
    u->source->ops->close(u->source);
}

static void test_text_source_hive_folders_become_columns(void **state)
{
    struct text_unit *u = *state;
    make_folder("day=2026-01-01");
    make_folder("day=2026-01-02");
    make_folder("day=2026-01-01/hour=07");
    make_folder("day=2026-01-02/hour=12");
    text_unit_file("day=2026-01-01/hour=07/a.jsonl", "{\"n\":1}\n");
    text_unit_file("day=2026-01-02/hour=12/a.jsonl", "{\"n\":2}\n");
    ASSERT_READS(u, "**/*.jsonl", NULL,
                 "n BIGINT|day DATE|hour BIGINT\n1|DATE '2026-01-01'|7\n2|DATE '2026-01-02'|12\n");
    struct scan_predicate predicate = {
        2, COMPARE_GT, false, {.type = type_of(TYPE_BIGINT), .i64 = 10}};
    u->predicate = &predicate;
    text_unit_file("day=2026-01-01/hour=07/a.jsonl", "{\"n\":1}\nnever read\n");
    ASSERT_READS(u, "**/*.jsonl", NULL, "n BIGINT|day DATE|hour BIGINT\n2|DATE '2026-01-02'|12\n");
    text_unit_reset(u);
    text_unit_file("day=2026-01-01/hour=07/a.jsonl", "{\"n\":1}\n");
    text_unit_bool(u, "hive_partitioning", false);
    text_unit_bool(u, "filename", true);
    ASSERT_READS(u, "**/*.jsonl", NULL,
                 "n BIGINT|filename VARCHAR\n1|'day=2026-01-01/hour=07/a.jsonl'\n"
                 "2|'day=2026-01-02/hour=12/a.jsonl'\n");
}

static void test_text_source_hive_null_and_escaped_folders(void **state)
{
    struct text_unit *u = *state;
    make_folder("k=__HIVE_DEFAULT_PARTITION__");
    make_folder("k=a%3Ab");
    text_unit_file("k=__HIVE_DEFAULT_PARTITION__/a.csv", "n\n1\n");
    text_unit_file("k=a%3Ab/a.csv", "n\n2\n");
    text_unit_file("plain.csv", "n\n3\n");
    ASSERT_READS(u, "**/*.csv", "n k", "n BIGINT|k VARCHAR\n1|NULL\n2|'a:b'\n3|NULL\n");
}

static void test_text_source_describe_tells_what_was_pruned(void **state)
{
    struct text_unit *u = *state;
    struct str path = STR_LITERAL("k=*/a.jsonl");
    struct text_source_request request = {.paths = &path, .n_paths = 1};
    struct scan_predicate predicate = {
        1, COMPARE_EQ, false, {.type = type_of(TYPE_BIGINT), .i64 = 2}};
    struct scan_request scan = {
        .n_columns = 0, .predicates = &predicate, .n_predicates = 1, .row_limit = UINT64_MAX};
    struct strbuf text;
    make_folder("k=1");
    make_folder("k=2");
    text_unit_file("k=1/a.jsonl", "{\"n\":1}\n");
    text_unit_file("k=2/a.jsonl", "{\"n\":1}\n");
    ASSERT_OK(text_source_open(&u->arena, &request, &u->context, &u->source, &u->error), u->error);
    strbuf_init(&text, &u->arena);
    u->source->ops->describe(u->source, &scan, &text);
    assert_string_equal(text.data, "jsonl k=*/a.jsonl, 1 file of 2");
    u->source->ops->close(u->source);
}

static void test_text_source_union_of_keys_across_files(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("1.jsonl", "");
    text_unit_file("2.jsonl", "{\"a\":1}\n");
    text_unit_file("3.jsonl", "{\"b\":\"x\",\"a\":2.5}\n");
    ASSERT_READS(u, "?.jsonl", NULL, "a DOUBLE|b VARCHAR\n1.0e0|NULL\n2.5e0|'x'\n");
}

static void test_text_source_empty_file_needs_columns(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "");
    ASSERT_READS(u, "a.jsonl", NULL, "error: a.jsonl is empty: columns are unknown\n");
    assert_non_null(strstr(u->error.hint, "columns => {"));
    text_unit_member(u, "columns", "a", "BIGINT");
    ASSERT_READS(u, "a.jsonl", NULL, "a BIGINT\n");
    text_unit_file("a.csv", "");
    ASSERT_READS(u, "a.csv", NULL, "a BIGINT\n");
}

static void test_text_source_options_refused(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"a\":1}\n");
    text_unit_text(u, "on_eror", "skip");
    ASSERT_READS(u, "a.jsonl", NULL, "error: unknown option: on_eror\n");
    assert_string_equal(u->error.hint, "did you mean on_error?");
    text_unit_reset(u);
    text_unit_text(u, "delim", ";");
    ASSERT_READS(u, "a.jsonl", NULL, "error: not an option of read_jsonl: delim\n");
    text_unit_reset(u);
    text_unit_bool(u, "follow", true);
    ASSERT_READS(u, "a.jsonl", NULL, "error: not supported yet: follow => true\n");
    text_unit_reset(u);
    text_unit_text(u, "rejects", "");
    assert_non_null(strstr(text_unit_read(u, "a.jsonl", NULL), "the name of a table"));
    text_unit_reset(u);
    text_unit_text(u, "on_error", "ignore");
    ASSERT_READS(u, "a.jsonl", NULL, "error: the option on_error takes 'fail', 'skip' or 'null'\n");
    text_unit_reset(u);
    text_unit_member(u, "columns", "a", "BIGGINT");
    ASSERT_READS(u, "a.jsonl", NULL, "error: unknown type: BIGGINT\n");
}

static void test_text_source_options_that_name_no_column_refused(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"a\":1}\n");
    text_unit_file("a.csv", "alpha,beta\n1,2\n");
    text_unit_member(u, "epoch", "ts", "ms");
    ASSERT_READS(u, "a.jsonl", NULL, "error: epoch names a column that is not there: ts\n");
    text_unit_reset(u);
    text_unit_bool(u, "union_by_name", false);
    ASSERT_READS(u, "a.jsonl", NULL,
                 "error: union_by_name => false is for CSV: JSON has no columns by place\n");
    text_unit_reset(u);
    text_unit_member(u, "columns", "alhpa", "BIGINT");
    ASSERT_READS(u, "a.csv", NULL, "error: the header has no column alhpa (a.csv)\n");
    assert_string_equal(u->error.hint, "did you mean alpha?");
    text_unit_reset(u);
    text_unit_member(u, "columns", "Beta", "BIGINT");
    ASSERT_READS(u, "a.csv", NULL, "Beta BIGINT\n2\n");
}

static void test_text_source_virtual_columns_hidden(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("1.jsonl", "{\"a\":1}\n\n{\"a\":2}\n");
    text_unit_file("2.jsonl", "{\"a\":3}\n");
    ASSERT_READS(u, "*.jsonl", "filename file_row_number a",
                 "filename VARCHAR|file_row_number BIGINT|a BIGINT\n'1.jsonl'|0|1\n'1.jsonl'|1|2\n"
                 "'2.jsonl'|0|3\n");
    text_unit_file("1.jsonl", "{\"filename\":5}\n");
    ASSERT_READS(u, "1.jsonl", NULL, "filename BIGINT\n5\n");
}

static void compress(const char *command)
{
    assert_int_equal(system(command), 0);
}

static void test_text_source_compressed_files(void **state)
{
    struct text_unit *u = *state;
    FILE *file = fopen("a.jsonl", "wb");
    for (int i = 0; i < 30000; i++)
        fprintf(file, "{\"i\":%d}\n", i);
    fclose(file);
    u->row_limit = 5;
    u->context.batch_size = 5;
    compress("gzip -k a.jsonl && zstd -q a.jsonl && lz4 -q a.jsonl a.jsonl.lz4 2>/dev/null");
    compress("cp a.jsonl.gz named.jsonl && cat a.jsonl.gz a.jsonl.gz > two.jsonl.gz");
    static const char *const PATHS[] = {"a.jsonl.gz", "a.jsonl.zst", "a.jsonl.lz4", "named.jsonl",
                                        "two.jsonl.gz"};
    for (size_t i = 0; i < ARRAY_LENGTH(PATHS); i++)
        ASSERT_READS(u, PATHS[i], NULL, "i BIGINT\n0\n1\n2\n3\n4\n");
    /* The second member of a gzip file, and the second frame of the others. */
    text_unit_file("s.jsonl", "{\"i\":1}\n");
    compress("gzip -kf s.jsonl && cat s.jsonl.gz s.jsonl.gz > t.jsonl.gz && zstd -qf s.jsonl && "
             "cat s.jsonl.zst s.jsonl.zst > t.jsonl.zst && lz4 -qf s.jsonl s.jsonl.lz4 && "
             "cat s.jsonl.lz4 s.jsonl.lz4 > t.jsonl.lz4 && head -c 100 /dev/zero >> t.jsonl.gz");
    ASSERT_READS(u, "t.jsonl.gz", NULL, "i BIGINT\n1\n1\n");
    ASSERT_READS(u, "t.jsonl.zst", NULL, "i BIGINT\n1\n1\n");
    ASSERT_READS(u, "t.jsonl.lz4", NULL, "i BIGINT\n1\n1\n");
}

static void test_text_source_broken_compression_named(void **state)
{
    struct text_unit *u = *state;
    FILE *file = fopen("a.jsonl", "wb");
    for (int i = 0; i < 3000; i++)
        fprintf(file, "{\"i\":%d}\n", i * 7919);
    fclose(file);
    compress("gzip -k a.jsonl && zstd -q a.jsonl && lz4 -q a.jsonl a.jsonl.lz4 2>/dev/null");
    static const char *const KINDS[][2] = {{"gz", "gzip"}, {"zst", "Zstandard"}, {"lz4", "LZ4"}};
    for (size_t i = 0; i < ARRAY_LENGTH(KINDS); i++) {
        char command[200], path[40], wanted[80];
        snprintf(command, sizeof command,
                 "head -c 3000 a.jsonl.%s > cut.jsonl.%s && (head -c 3000 a.jsonl.%s; "
                 "echo garbagegarbagegarbage) > bad.jsonl.%s",
                 KINDS[i][0], KINDS[i][0], KINDS[i][0], KINDS[i][0]);
        compress(command);
        snprintf(path, sizeof path, "cut.jsonl.%s", KINDS[i][0]);
        snprintf(wanted, sizeof wanted, "error: broken %s file: %s (it ends too early", KINDS[i][1],
                 path);
        assert_non_null(strstr(text_unit_read(u, path, NULL), wanted));
        snprintf(path, sizeof path, "bad.jsonl.%s", KINDS[i][0]);
        snprintf(wanted, sizeof wanted, "error: broken %s file: %s", KINDS[i][1], path);
        assert_non_null(strstr(text_unit_read(u, path, NULL), wanted));
    }
}

/* A folder that cannot be listed, and files that cannot be opened, below one key. */
static const char *refused;

static int refusing_list(struct io *io, const char *path, struct arena *arena,
                         struct io_entry **entries, size_t *count)
{
    (void)io;
    if (!strstr(path, refused))
        return io_system.list(&io_system, path, arena, entries, count);
    errno = EACCES;
    return -1;
}

static int refusing_open(struct io *io, const char *path, int flags, int mode)
{
    (void)io;
    if (!strstr(path, refused))
        return io_system.open(&io_system, path, flags, mode);
    errno = EACCES;
    return -1;
}

static void test_text_source_folders_that_fail_are_not_listed(void **state)
{
    static const char *const DAYS[] = {"day=1", "day=2", "day=3", "day=4"};
    struct text_unit *u = *state;
    struct io io = io_system;
    char path[64], line[128];
    for (size_t i = 0; i < ARRAY_LENGTH(DAYS); i++) {
        snprintf(path, sizeof path, "in/%s/h=%zu", DAYS[i], i);
        snprintf(line, sizeof line, "mkdir -p %s", path);
        assert_int_equal(system(line), 0);
        strcat(path, "/a.jsonl");
        snprintf(line, sizeof line, "{\"i\":%zu}\n", i + 1);
        text_unit_file(path, line);
    }
    u->context.io = &io;
    for (size_t i = 0; i < ARRAY_LENGTH(DAYS); i++) {
        struct scan_predicate wanted = {1, COMPARE_EQ, false, {.type = type_of(TYPE_BIGINT)}};
        wanted.value.i64 = i == 1 ? 3 : 2;
        u->predicate = &wanted;
        refused = DAYS[i];
        const char *expected = i == 1 ? "i BIGINT|day BIGINT|h BIGINT\n3|3|2\n"
                                      : "i BIGINT|day BIGINT|h BIGINT\n2|2|1\n";
        io.list = refusing_list;
        ASSERT_READS(u, "in/*/*/*.jsonl", NULL, expected);
        ASSERT_READS(u, "in/**/*.jsonl", NULL, expected);
        io.list = io_system.list;
        io.open = refusing_open;
        ASSERT_READS(u, "in/*/*/*.jsonl", NULL, expected);
        io.open = io_system.open;
    }
    u->predicate = NULL;
    io.list = refusing_list;
    assert_non_null(
        strstr(text_unit_read(u, "in/**/*.jsonl", NULL), "error: cannot list in/day=4"));
    u->context.io = &io_system;
}

/* A writer at the other end of a pipe, slow enough that batches come before its end. */
static void write_slowly(void *argument)
{
    int fd = open("pipe.jsonl", O_WRONLY);
    (void)argument;
    assert_true(fd >= 0);
    for (int i = 0; i < 3; i++) {
        char line[32];
        int n = snprintf(line, sizeof line, "{\"i\":%d}\n", i);
        assert_int_equal(write(fd, line, (size_t)n), n);
        usleep(400000);
    }
    close(fd);
}

static void test_text_source_pipe_gives_rows_as_they_come(void **state)
{
    struct text_unit *u = *state;
    struct thread thread;
    struct str path = STR_LITERAL("pipe.jsonl");
    struct text_source_request open = {.paths = &path, .n_paths = 1};
    uint32_t columns[] = {0};
    struct scan_request request = {
        .columns = columns, .n_columns = 1, .n_predicates = 0, .row_limit = UINT64_MAX};
    struct scan *scan;
    struct reader *reader;
    struct batch *batch;
    uint64_t morsel;
    bool more;
    assert_int_equal(mkfifo("pipe.jsonl", 0600), 0);
    ASSERT_OK(thread_start(&thread, write_slowly, NULL, &u->error), u->error);
    ASSERT_OK(text_source_open(&u->arena, &open, &u->context, &u->source, &u->error), u->error);
    ASSERT_OK(u->source->ops->scan_open(u->source, &request, &u->context, &scan, &u->error),
              u->error);
    ASSERT_OK(scan->ops->reader_open(scan, &reader, &u->error), u->error);
    ASSERT_OK(reader->ops->next_morsel(reader, &morsel, &more, &u->error), u->error);
    size_t batches = 0, rows = 0;
    for (;; batches++) {
        ASSERT_OK(reader->ops->next(reader, &batch, &u->error), u->error);
        if (!batch)
            break;
        rows += batch->length;
        batch_unref(batch);
    }
    assert_int_equal(rows, 3);
    assert_in_range(batches, 2, 3);
    reader->ops->close(reader);
    scan->ops->close(scan);
    ASSERT_OK(u->source->ops->scan_open(u->source, &request, &u->context, &scan, &u->error),
              u->error);
    ASSERT_OK(scan->ops->reader_open(scan, &reader, &u->error), u->error);
    ASSERT_OK(reader->ops->next_morsel(reader, &morsel, &more, &u->error), u->error);
    assert_int_equal(reader->ops->next(reader, &batch, &u->error), STATUS_UNSUPPORTED);
    reader->ops->close(reader);
    scan->ops->close(scan);
    u->source->ops->close(u->source);
    thread_join(&thread);
}

/* Many readers, morsels in order, every row once. */
struct reading {
    struct scan *scan;
    uint64_t rows, sum;
    enum status status;
    struct error error;
};

static void read_share(void *argument)
{
    struct reading *reading = argument;
    struct reader *reader;
    reading->status = reading->scan->ops->reader_open(reading->scan, &reader, &reading->error);
    while (reading->status == STATUS_OK) {
        uint64_t morsel;
        bool more;
        struct batch *batch;
        reading->status = reader->ops->next_morsel(reader, &morsel, &more, &reading->error);
        if (reading->status != STATUS_OK || !more)
            break;
        while ((reading->status = reader->ops->next(reader, &batch, &reading->error)) ==
                   STATUS_OK &&
               batch) {
            for (size_t i = 0; i < batch->length; i++)
                reading->sum += (uint64_t)((int64_t *)batch->columns[0]->data)[i];
            reading->rows += batch->length;
            batch_unref(batch);
        }
    }
    reader->ops->close(reader);
}

static void test_text_source_two_threads_every_row_once(void **state)
{
    static const char *const PATHS[] = {"a.jsonl", "a.csv"};
    enum { ROWS = 20000 };
    struct text_unit *u = *state;
    FILE *json = fopen("a.jsonl", "wb"), *csv = fopen("a.csv", "wb");
    fprintf(csv, "i,t\n");
    for (int i = 0; i < ROWS; i++) {
        fprintf(json, "{\"i\":%d,\"t\":\"x\"}\n", i);
        fprintf(csv, "%d,\"%s\"\n", i, i % 3 == 0 ? "a\nb" : "c");
    }
    fclose(json);
    fclose(csv);
    u->context.n_threads = 3;
    /* With and without row numbers, morsel by morsel and in runs. */
    for (size_t p = 0; p < 4 * ARRAY_LENGTH(PATHS); p++) {
        struct str path = str_of(PATHS[p / 4]);
        struct text_source_request open = {.paths = &path, .n_paths = 1, .morsel_size = 1000};
        uint32_t columns[] = {0, 3}, n_columns = p % 2 ? 1 : 2;
        struct scan_request request = {.columns = columns,
                                       .n_columns = n_columns,
                                       .n_predicates = 0,
                                       .row_limit = UINT64_MAX,
                                       .any_order = p % 4 < 2};
        struct reading readings[3] = {0};
        struct thread threads[3];
        struct scan *scan;
        ASSERT_OK(text_source_open(&u->arena, &open, &u->context, &u->source, &u->error), u->error);
        ASSERT_OK(u->source->ops->scan_open(u->source, &request, &u->context, &scan, &u->error),
                  u->error);
        for (int t = 0; t < 3; t++) {
            readings[t].scan = scan;
            ASSERT_OK(thread_start(&threads[t], read_share, &readings[t], &u->error), u->error);
        }
        uint64_t rows = 0, sum = 0;
        for (int t = 0; t < 3; t++) {
            thread_join(&threads[t]);
            assert_int_equal(readings[t].status, STATUS_OK);
            rows += readings[t].rows;
            sum += readings[t].sum;
        }
        assert_int_equal(rows, ROWS);
        assert_int_equal(sum, (uint64_t)ROWS * (ROWS - 1) / 2);
        assert_int_equal(scan->stats.rows, ROWS);
        assert_int_equal(scan->stats.bytes, scan->stats.bytes_total);
        scan->ops->close(scan);
        u->source->ops->close(u->source);
    }
}

static void test_text_source_every_io_call_refused_in_turn(void **state)
{
    static const char *const PATHS[] = {"*.jsonl", "a.csv", "z.jsonl.gz"};
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"i\":1}\n{\"i\":2}\n");
    text_unit_file("a.csv", "i,s\n1,x\n2,y\n");
    text_unit_file("z.jsonl", "{\"i\":1}\n");
    compress("gzip -k z.jsonl");
    u->morsel_size = 4;
    for (size_t p = 0; p < ARRAY_LENGTH(PATHS); p++) {
        struct io_faulty faulty;
        size_t at = 1;
        for (;; at++) {
            io_faulty_init(&faulty, at, 5);
            u->context.io = &faulty.io;
            text_unit_read(u, PATHS[p], NULL);
            assert_int_equal(budget_used(&u->budget), 0);
            if (faulty.calls < at)
                break;
            assert_true(u->error.status == STATUS_OK || u->error.status == STATUS_IO);
        }
        assert_int_equal(u->error.status, STATUS_OK);
        assert_true(at > 5);
    }
    u->context.io = &io_system;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEXT_TEST(test_text_source_missing_file_named_with_near_names),
        TEXT_TEST(test_text_source_folder_refused),
        TEXT_TEST(test_text_source_no_permission_refused),
        TEXT_TEST(test_text_source_unknown_format_refused),
        TEXT_TEST(test_text_source_globs_match_in_byte_order),
        TEXT_TEST(test_text_source_several_paths_in_order_given),
        TEXT_TEST(test_text_source_hive_folders_become_columns),
        TEXT_TEST(test_text_source_hive_null_and_escaped_folders),
        TEXT_TEST(test_text_source_describe_tells_what_was_pruned),
        TEXT_TEST(test_text_source_union_of_keys_across_files),
        TEXT_TEST(test_text_source_empty_file_needs_columns),
        TEXT_TEST(test_text_source_options_refused),
        TEXT_TEST(test_text_source_options_that_name_no_column_refused),
        TEXT_TEST(test_text_source_virtual_columns_hidden),
        TEXT_TEST(test_text_source_compressed_files),
        TEXT_TEST(test_text_source_broken_compression_named),
        TEXT_TEST(test_text_source_folders_that_fail_are_not_listed),
        TEXT_TEST(test_text_source_pipe_gives_rows_as_they_come),
        TEXT_TEST(test_text_source_two_threads_every_row_once),
        TEXT_TEST(test_text_source_every_io_call_refused_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
