#include "tests/unit/text_unit.h"

#include "storage/database.h"

static void open_source(struct text_unit *u, const char *path)
{
    struct str paths = str_of(path);
    struct text_source_request request = {.paths = &paths,
                                          .n_paths = 1,
                                          .format = u->format,
                                          .options = u->options,
                                          .n_options = u->n_options,
                                          .morsel_size = u->morsel_size};
    u->used = 0;
    u->shown[0] = '\0';
    error_clear(&u->error);
    u->context.n_threads = u->morsel_size > 0 ? 2 : 1;
    ASSERT_OK(text_source_open(&u->arena, &request, &u->context, &u->source, &u->error), u->error);
}

static void list_ranges(struct text_unit *u, struct source_range **out, uint32_t *n)
{
    ASSERT_OK(u->source->ops->ranges(u->source, &u->context, &u->arena, out, n, &u->error),
              u->error);
}

/* The rows from byte `from` of the file on, or the error. */
static const char *read_from(struct text_unit *u, const char *path, uint64_t from)
{
    uint32_t columns[64], n;
    open_source(u, path);
    enum status status = u->source->ops->begin_at(u->source, &u->context, 0, from, &u->error);
    if (status == STATUS_OK)
        status = text_unit_columns(u, NULL, columns, &n);
    if (status == STATUS_OK)
        status = text_unit_scan(u, columns, n);
    if (status != STATUS_OK)
        text_unit_say(u, u->error.message);
    u->source->ops->close(u->source);
    return u->shown;
}

static void test_text_range_files_of_a_glob_in_order(void **state)
{
    struct text_unit *u = *state;
    struct source_range *ranges;
    uint32_t n;
    char real[4096];
    text_unit_file("b.jsonl", "{\"i\":1}\n{\"i\":2}\n");
    text_unit_file("a.jsonl", "");
    assert_int_equal(symlink("b.jsonl", "c.jsonl"), 0);
    open_source(u, "./*.jsonl");
    list_ranges(u, &ranges, &n);
    assert_int_equal(n, 3);
    assert_int_equal(ranges[0].to, 0);
    assert_int_equal(ranges[1].from, 0);
    assert_int_equal(ranges[1].to, 16);
    assert_non_null(realpath("b.jsonl", real));
    assert_string_equal(ranges[1].path, real);
    assert_string_equal(ranges[2].path, real);
    assert_true(ranges[1].inode != 0 && ranges[1].inode == ranges[2].inode);
    assert_true(ranges[1].device == ranges[2].device && ranges[1].modified_ns != 0);
    u->source->ops->close(u->source);
}

static void test_text_range_begins_at_a_line(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"i\":1}\n{\"i\":22}\n\n{\"i\":3}\n");
    text_unit_file("a.csv", "i,s\n1,\"x\ny\"\n22,z\n3,\"p\nq\"\n");
    for (uint64_t morsel = 0; morsel < 30; morsel = morsel ? morsel * 2 : 1) {
        u->morsel_size = morsel;
        assert_string_equal(read_from(u, "a.jsonl", 0), "1\n22\n3\n");
        assert_string_equal(read_from(u, "a.jsonl", 8), "22\n3\n");
        assert_string_equal(read_from(u, "a.jsonl", 17), "3\n");
        assert_string_equal(read_from(u, "a.jsonl", 26), "");
        assert_string_equal(read_from(u, "a.csv", 4), "1|'x\ny'\n22|'z'\n3|'p\nq'\n");
        assert_string_equal(read_from(u, "a.csv", 12), "22|'z'\n3|'p\nq'\n");
        assert_string_equal(read_from(u, "a.csv", 17), "3|'p\nq'\n");
        assert_string_equal(read_from(u, "a.csv", 25), "");
    }
}

static void test_text_range_behind_a_line_that_has_ended_since(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"i\":1}\n{\"i\":2}\r\n{\"i\":3}\n");
    assert_string_equal(read_from(u, "a.jsonl", 7), "2\n3\n");
    assert_string_equal(read_from(u, "a.jsonl", 15), "3\n");
    text_unit_file("one.csv", "i\n1\n2\n");
    assert_string_equal(read_from(u, "one.csv", 3), "2\n");
}

static void test_text_range_wrong_places_refused(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"i\":1}\n{\"i\":2}\n");
    assert_string_equal(read_from(u, "a.jsonl", 3), "byte 3 is within a line: a.jsonl");
    assert_string_equal(read_from(u, "a.jsonl", 17),
                        "a.jsonl has 16 bytes, reading was to begin at byte 17");
    text_unit_file("a.json", "[{\"i\":1},\n{\"i\":2}]\n");
    assert_string_equal(read_from(u, "a.json", 10),
                        "a JSON array cannot be read from its middle: a.json");
    assert_int_equal(system("gzip -k a.jsonl"), 0);
    assert_string_equal(read_from(u, "a.jsonl.gz", 0), "1\n2\n");
    assert_string_equal(read_from(u, "a.jsonl.gz", 5),
                        "a compressed file cannot be read from its middle: a.jsonl.gz");
}

static void test_text_range_grown_file_read_as_it_was_listed(void **state)
{
    struct text_unit *u = *state;
    uint32_t columns[] = {0};
    struct source_range *ranges;
    uint32_t n;
    text_unit_file("a.jsonl", "{\"i\":1}\n{\"i\":2}\n");
    open_source(u, "a.jsonl");
    text_unit_file("a.jsonl", "{\"i\":1}\n{\"i\":2}\n{\"i\":3}\n");
    list_ranges(u, &ranges, &n);
    assert_int_equal(ranges[0].to, 16);
    ASSERT_OK(text_unit_scan(u, columns, 1), u->error);
    assert_string_equal(u->shown, "1\n2\n");
    u->source->ops->close(u->source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEXT_TEST(test_text_range_files_of_a_glob_in_order),
        TEXT_TEST(test_text_range_begins_at_a_line),
        TEXT_TEST(test_text_range_behind_a_line_that_has_ended_since),
        TEXT_TEST(test_text_range_wrong_places_refused),
        TEXT_TEST(test_text_range_grown_file_read_as_it_was_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
