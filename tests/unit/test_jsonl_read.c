#include "tests/unit/text_unit.h"

static void test_jsonl_read_types_sniffed(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"i\":1,\"d\":1.5,\"b\":true,\"s\":\"x\",\"day\":\"2026-01-02\","
                              "\"t\":\"2026-01-02T03:04:05.5\",\"o\":{\"k\":[1, 2]},\"n\":\"12\"}\n"
                              "{\"i\":-2,\"d\":3,\"b\":false,\"s\":null,\"day\":null}\n");
    ASSERT_READS(u, "a.jsonl", NULL,
                 "i BIGINT|d DOUBLE|b BOOLEAN|s VARCHAR|day DATE|t TIMESTAMP|o JSON|n VARCHAR\n"
                 "1|1.5e0|true|'x'|DATE '2026-01-02'|TIMESTAMP '2026-01-02 03:04:05.5'|"
                 "CAST('{\"k\":[1, 2]}' AS JSON)|'12'\n"
                 "-2|3.0e0|false|NULL|NULL|NULL|NULL|NULL\n");
}

static void test_jsonl_read_any_order_and_blanks_same_rows(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl",
                   "{\"a\":1,\"b\":\"x\"}\n{\"b\":\"y\",\"a\":2}\n\n  \t\n"
                   " { \"a\" : 3 , \"b\" : \"z\" } \r\n{\"a\":4}\n{\"c\":7,\"b\":\"q\"}\n{}");
    ASSERT_READS(u, "a.jsonl", NULL,
                 "a BIGINT|b VARCHAR|c BIGINT\n1|'x'|NULL\n2|'y'|NULL\n3|'z'|NULL\n4|NULL|NULL\n"
                 "NULL|'q'|7\nNULL|NULL|NULL\n");
    ASSERT_READS(u, "a.jsonl", "b a",
                 "b VARCHAR|a BIGINT\n'x'|1\n'y'|2\n'z'|3\nNULL|4\n'q'|NULL\nNULL|NULL\n");
}

static void test_jsonl_read_no_columns_counts_rows(void **state)
{
    struct text_unit *u = *state;
    struct scan_request request = {.n_columns = 0, .n_predicates = 0, .row_limit = UINT64_MAX};
    struct str path = STR_LITERAL("a.jsonl");
    struct text_source_request open = {.paths = &path, .n_paths = 1};
    struct scan *scan;
    struct reader *reader;
    struct batch *batch;
    uint64_t morsel;
    bool more;
    text_unit_file("a.jsonl", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
    ASSERT_OK(text_source_open(&u->arena, &open, &u->context, &u->source, &u->error), u->error);
    ASSERT_OK(u->source->ops->scan_open(u->source, &request, &u->context, &scan, &u->error),
              u->error);
    ASSERT_OK(scan->ops->reader_open(scan, &reader, &u->error), u->error);
    ASSERT_OK(reader->ops->next_morsel(reader, &morsel, &more, &u->error), u->error);
    ASSERT_OK(reader->ops->next(reader, &batch, &u->error), u->error);
    assert_int_equal(batch->length, 3);
    assert_int_equal(batch->n_columns, 0);
    batch_unref(batch);
    assert_int_equal(scan->stats.rows, 3);
    assert_int_equal(scan->stats.bytes_total, 24);
    reader->ops->close(reader);
    scan->ops->close(scan);
    u->source->ops->close(u->source);
}

static void test_jsonl_read_duplicate_key_last_wins(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"a\":1,\"a\":2}\n{\"a\":3,\"a\":4}\n"
                              "{\"a\":5,\"o\":{\"x\":1},\"o\":{\"y\":2}}\n{\"o\":{\"x\":3}}\n");
    ASSERT_READS(u, "a.jsonl", "a o.x o.y",
                 "a BIGINT|o.x BIGINT|o.y BIGINT\n2|NULL|NULL\n4|NULL|NULL\n5|NULL|2\n"
                 "NULL|3|NULL\n");
}

static void test_jsonl_read_escapes_decoded(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl",
                   "{\"s\":\"a\\\"b\\\\c\\/d\\n\\u00e9\\ud83d\\ude00 more than inline\"}\n"
                   "{\"\\u0073\":\"key escaped\"}\n");
    ASSERT_READS(
        u, "a.jsonl", NULL,
        "s VARCHAR\n'a\"b\\c/d\n\xc3\xa9\xf0\x9f\x98\x80 more than inline'\n'key escaped'\n");
}

static void test_jsonl_read_half_surrogate_and_bad_utf8_refused(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"s\":\"ok\"}\n{\"s\":\"\\ud800x\"}\n");
    ASSERT_READS(u, "a.jsonl", NULL, "s VARCHAR\nerror: s is not valid UTF-8 (a.jsonl:2:7)\n");
    text_unit_file("a.jsonl", "{\"s\":\"ok\"}\n{\"s\":\"\xff\xfe\"}\n{\"s\":\"fine\"}\n");
    text_unit_text(u, "on_error", "skip");
    ASSERT_READS(u, "a.jsonl", NULL,
                 "s VARCHAR\n'ok'\n'fine'\nnotice: 1 bad row or value in a.jsonl was left out; the "
                 "first: s is not valid UTF-8 (a.jsonl:2:7)\n");
}

static void test_jsonl_read_damage_named_with_place(void **state)
{
    static const char *const CASES[][2] = {
        {"{\"a\":}", "a value is missing (a.jsonl:2:6)"},
        {"{\"a\":1", "the line ends too early (a.jsonl:2:7)"},
        {"{\"a\":1}}", "more text after the object (a.jsonl:2:8)"},
        {"{\"a\":1,}", "a key is missing (a.jsonl:2:8)"},
        {"{\"a\" 1}", "a colon is missing (a.jsonl:2:6)"},
        {"{\"a\":1 \"b\":2}", "a comma or closing bracket is missing (a.jsonl:2:8)"},
        {"{\"a\":01}", "a number with a leading zero (a.jsonl:2:6)"},
        {"{\"a\":1,\"b\":\"x}", "text without its closing quote (a.jsonl:2:15)"},
        {"{\"a\":1,\"b\":\"\\x\"}", "an unknown escape (a.jsonl:2:13)"},
        {"{\"a\":1,\"b\":\"\\u12g4\"}", "\\u without four hexadecimal digits (a.jsonl:2:13)"},
        {"{\"a\":1,\"b\":\"\t\"}", "a control character in text (a.jsonl:2:13)"},
        {"{\"a\":1,\"b\":[1,2}", "a comma or closing bracket is missing (a.jsonl:2:16)"},
        {"{\"a\":1,\"b\":tru}", "a word that is not true, false or null (a.jsonl:2:12)"},
        {"{\"a\":1,\"b\":1.}", "a fraction without digits (a.jsonl:2:14)"},
        {"{\"a\":1,\"b\":1e}", "an exponent without digits (a.jsonl:2:14)"},
        {"{\"a\":1,\"b\":-}", "a number without digits (a.jsonl:2:13)"},
        {"[1]", "an object was expected (a.jsonl:2:1)"},
    };
    struct text_unit *u = *state;
    for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
        char text[200], expected[200];
        snprintf(text, sizeof text, "{\"a\":7}\n%s\n{\"a\":8}\n", CASES[i][0]);
        snprintf(expected, sizeof expected, "a BIGINT\nerror: malformed JSON: %s\n", CASES[i][1]);
        text_unit_file("a.jsonl", text);
        text_unit_reset(u);
        ASSERT_READS(u, "a.jsonl", "a", expected);
        text_unit_text(u, "on_error", "null");
        assert_memory_equal(text_unit_read(u, "a.jsonl", "a"), "a BIGINT\n7\nNULL\n8\nnotice:", 25);
        u->options[0].value.text = STR_LITERAL("skip");
        assert_memory_equal(text_unit_read(u, "a.jsonl", "a"), "a BIGINT\n7\n8\nnotice:", 20);
    }
}

static void test_jsonl_read_sniffed_misfit_null_and_named(void **state)
{
    struct text_unit *u = *state;
    text_unit_number(u, "sample_lines", 2);
    text_unit_file("a.jsonl",
                   "{\"p\":1}\n{\"p\":2}\n{\"p\":\"abc\"}\n{\"p\":99999999999999999999}\n"
                   "{\"p\":2.5}\n{\"p\":3.0}\n{\"p\":9223372036854775807}\n");
    ASSERT_READS(u, "a.jsonl", NULL,
                 "p BIGINT\n1\n2\nNULL\nNULL\nNULL\n3\n9223372036854775807\n"
                 "notice: 3 values of p in a.jsonl are no BIGINT and were read as NULL\n");
}

static void test_jsonl_read_declared_misfit_on_error_decides(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"p\":1,\"q\":2}\n{\"p\":\"abc\"}\n{\"p\":3}\n");
    text_unit_member(u, "columns", "p", "INTEGER");
    ASSERT_READS(u, "a.jsonl", NULL, "p INTEGER\nerror: p is no INTEGER: abc (a.jsonl:2:7)\n");
    text_unit_text(u, "on_error", "skip");
    assert_memory_equal(text_unit_read(u, "a.jsonl", NULL), "p INTEGER\n1\n3\nnotice", 20);
    u->options[1].value.text = STR_LITERAL("null");
    assert_memory_equal(text_unit_read(u, "a.jsonl", NULL), "p INTEGER\n1\nNULL\n3\nnotice", 25);
}

static void test_jsonl_read_first_error_is_earliest_row(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl",
                   "{\"a\":1,\"b\":1}\n{\"a\":2,\"b\":\"x\"}\n{\"a\":\"y\",\"b\":1}\n{\"a\":\n");
    text_unit_member(u, "columns", "a", "INTEGER");
    text_unit_member(u, "columns", "b", "INTEGER");
    for (unsigned size = 1; size < 6; size++) {
        u->context.batch_size = size;
        text_unit_read(u, "a.jsonl", NULL);
        assert_string_equal(u->error.message, "b is no INTEGER: x (a.jsonl:2:13)");
    }
}

static void test_jsonl_read_declared_types_all(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl",
                   "{\"a\":127,\"b\":1.256,\"c\":\"12:30:00\",\"d\":\"1 hour\",\"e\":\"2026-01-01 "
                   "00:00:00.123456789\","
                   "\"f\":0.5,\"g\":\"2026-01-01 00:00:00.999999\",\"h\":\"t\"}\n{\"a\":128}\n");
    text_unit_text(u, "on_error", "null");
    text_unit_member(u, "columns", "a", "TINYINT");
    text_unit_member(u, "columns", "b", "DECIMAL(10, 2)");
    text_unit_member(u, "columns", "c", "TIME");
    text_unit_member(u, "columns", "d", "INTERVAL");
    text_unit_member(u, "columns", "e", "TIMESTAMP(9)");
    text_unit_member(u, "columns", "f", "REAL");
    text_unit_member(u, "columns", "g", "TIMESTAMP(3)");
    text_unit_member(u, "columns", "h", "BOOLEAN");
    const char *shown = text_unit_read(u, "a.jsonl", NULL);
    assert_non_null(strstr(shown, "\n127|1.26|TIME '12:30:00'|INTERVAL '01:00:00'|"
                                  "TIMESTAMP '2026-01-01 00:00:00.123456789'|"));
    assert_non_null(strstr(shown, "|TIMESTAMP '2026-01-01 00:00:00.999'|true\n"));
    assert_non_null(strstr(shown, "\nNULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL\n"));
}

static void test_jsonl_read_epoch_numbers(void **state)
{
    struct text_unit *u = *state;
    text_unit_file(
        "a.jsonl",
        "{\"ts\":1767225600500,\"v\":1}\n{\"ts\":-1,\"v\":2}\n{\"ts\":\"2026-01-01\",\"v\":3}\n");
    text_unit_member(u, "epoch", "ts", "ms");
    ASSERT_READS(u, "a.jsonl", NULL,
                 "ts TIMESTAMP|v BIGINT\nTIMESTAMP '2026-01-01 00:00:00.5'|1\n"
                 "TIMESTAMP '1969-12-31 23:59:59.999'|2\nTIMESTAMP '2026-01-01 00:00:00'|3\n");
    text_unit_reset(u);
    text_unit_text(u, "timestamp_unit", "s");
    text_unit_member(u, "columns", "ts", "TIMESTAMPTZ");
    text_unit_file("a.jsonl", "{\"ts\":1767225600.25}\n");
    ASSERT_READS(u, "a.jsonl", NULL,
                 "ts TIMESTAMP WITH TIME ZONE\nTIMESTAMPTZ '2026-01-01 00:00:00.25+00'\n");
}

static void test_jsonl_read_zone_anywhere_makes_timestamptz(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl",
                   "{\"t\":\"2026-01-01 00:00:00\"}\n{\"t\":\"2026-01-01T02:00:00+02:00\"}\n");
    ASSERT_READS(u, "a.jsonl", NULL,
                 "t TIMESTAMP WITH TIME ZONE\nTIMESTAMPTZ '2026-01-01 00:00:00+00'\n"
                 "TIMESTAMPTZ '2026-01-01 00:00:00+00'\n");
}

static void test_jsonl_read_paths_into_objects_and_lists(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"p\":{\"u\":{\"id\":7,\"n\":\"x\"}},\"l\":[\"a\",{\"k\":1.5}]}\n"
                              "{\"p\":{\"u\":{\"id\":8}},\"l\":[]}\n{\"p\":3,\"l\":[\"only\"]}\n");
    ASSERT_READS(u, "a.jsonl", "p.u.id p.u.n l.1 l.2.k",
                 "p.u.id BIGINT|p.u.n VARCHAR|l.1 VARCHAR|l.2.k DOUBLE\n7|'x'|'a'|1.5e0\n"
                 "8|NULL|NULL|NULL\nNULL|NULL|'only'|NULL\n");
    ASSERT_READS(
        u, "a.jsonl", "p p.u.id",
        "p VARCHAR|p.u.id BIGINT\n'{\"u\":{\"id\":7,\"n\":\"x\"}}'|7\n'{\"u\":{\"id\":8}}'|8\n"
        "'3'|NULL\n");
}

static void write_many(const char *path, unsigned lines)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (unsigned i = 0; i < lines; i++) {
        if (i == lines - 1)
            fprintf(file, "{\"i\":%u,\"late\":\"here\",\"in\":{\"never\":1}}\n", i);
        else
            fprintf(file, "{\"i\":%u,\"text\":\"%.*s\"}\n", i, (int)(i * 7 % 90),
                    "012345678901234567890123456789012345678901234567890123456789012345678901234567"
                    "8901234567890");
    }
    fclose(file);
}

static void test_jsonl_read_late_key_found(void **state)
{
    struct text_unit *u = *state;
    write_many("a.jsonl", 20000);
    text_unit_number(u, "sample_lines", 100);
    struct str path = STR_LITERAL("a.jsonl"), key = STR_LITERAL("late"),
               never = STR_LITERAL("never");
    struct text_source_request open = {
        .paths = &path, .n_paths = 1, .options = u->options, .n_options = u->n_options};
    bool found;
    uint32_t index, again;
    ASSERT_OK(text_source_open(&u->arena, &open, &u->context, &u->source, &u->error), u->error);
    assert_int_equal(schema_find(&u->source->schema, key), -1);
    uint32_t visible = u->source->n_visible;
    ASSERT_OK(
        u->source->ops->add_column(u->source, &key, 1, &u->context, &found, &index, &u->error),
        u->error);
    assert_true(found);
    assert_int_equal(u->source->schema.fields[index].type.id, TYPE_VARCHAR);
    assert_int_equal(u->source->n_visible, visible);
    ASSERT_OK(
        u->source->ops->add_column(u->source, &key, 1, &u->context, &found, &again, &u->error),
        u->error);
    assert_int_equal(index, again);
    ASSERT_OK(
        u->source->ops->add_column(u->source, &never, 1, &u->context, &found, &again, &u->error),
        u->error);
    assert_false(found);
    u->cancel = true;
    assert_int_equal(
        u->source->ops->add_column(u->source, &never, 1, &u->context, &found, &again, &u->error),
        STATUS_CANCELLED);
    u->cancel = false;
    u->source->ops->close(u->source);
}

static uint64_t checksum(struct text_unit *u, const char *path, const char *names)
{
    text_unit_read(u, path, names);
    uint64_t hash = 1469598103934665603u;
    for (const char *p = u->shown; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    return hash;
}

static void test_jsonl_read_any_morsel_and_batch_size_same_rows(void **state)
{
    static const uint64_t MORSELS[] = {0, 1, 7, 64, 100, 1000, 5000};
    static const unsigned BATCHES[] = {1, 7, 300, 1024};
    struct text_unit *u = *state;
    write_many("a.jsonl", 600);
    uint64_t expected = checksum(u, "a.jsonl", "file_row_number i text");
    for (size_t m = 0; m < ARRAY_LENGTH(MORSELS); m++)
        for (size_t b = 0; b < ARRAY_LENGTH(BATCHES); b++) {
            u->morsel_size = MORSELS[m];
            u->context.batch_size = BATCHES[b];
            assert_int_equal(checksum(u, "a.jsonl", "file_row_number i text"), expected);
        }
}

static void test_jsonl_read_predicate_leaves_rows_out(void **state)
{
    struct text_unit *u = *state;
    text_unit_file(
        "a.jsonl",
        "{\"i\":1,\"s\":\"a\"}\n{\"i\":5,\"s\":\"b\"}\n{\"s\":\"c\"}\n{\"i\":9,\"s\":null}\n");
    struct scan_predicate predicate = {
        0, COMPARE_GE, false, {.type = type_of(TYPE_BIGINT), .i64 = 5}};
    u->predicate = &predicate;
    ASSERT_READS(u, "a.jsonl", NULL, "i BIGINT|s VARCHAR\n5|'b'\n9|NULL\n");
    predicate = (struct scan_predicate){.column = 1, .is_not_null = true};
    ASSERT_READS(u, "a.jsonl", NULL, "i BIGINT|s VARCHAR\n1|'a'\n5|'b'\nNULL|'c'\n");
    predicate = (struct scan_predicate){
        1, COMPARE_LT, false, {.type = type_of(TYPE_VARCHAR), .text = STR_LITERAL("b")}};
    ASSERT_READS(u, "a.jsonl", NULL, "i BIGINT|s VARCHAR\n1|'a'\n");
}

static void test_jsonl_read_few_rows_hold_little_memory(void **state)
{
    enum { LINES = 40000 };
    struct text_unit *u = *state;
    struct scan_predicate predicate = {
        0, COMPARE_EQ, false, {.type = type_of(TYPE_BIGINT), .i64 = 0}};
    uint32_t columns[] = {0, 1};
    struct scan_request request = {.columns = columns,
                                   .n_columns = 2,
                                   .predicates = &predicate,
                                   .n_predicates = 1,
                                   .row_limit = UINT64_MAX};
    struct str path = STR_LITERAL("a.jsonl");
    struct text_source_request open = {.paths = &path, .n_paths = 1, .morsel_size = 64 << 20};
    struct scan *scan;
    struct reader *reader;
    struct batch *batch, *end;
    uint64_t morsel;
    bool more;
    FILE *file = fopen("a.jsonl", "wb");
    for (unsigned i = 0; i < LINES; i++)
        fprintf(file, "{\"i\":%u,\"s\":\"a text that is longer than inline %u\"}\n", i % 4000, i);
    fclose(file);
    ASSERT_OK(text_source_open(&u->arena, &open, &u->context, &u->source, &u->error), u->error);
    ASSERT_OK(u->source->ops->scan_open(u->source, &request, &u->context, &scan, &u->error),
              u->error);
    ASSERT_OK(scan->ops->reader_open(scan, &reader, &u->error), u->error);
    ASSERT_OK(reader->ops->next_morsel(reader, &morsel, &more, &u->error), u->error);
    ASSERT_OK(reader->ops->next(reader, &batch, &u->error), u->error);
    ASSERT_OK(reader->ops->next(reader, &end, &u->error), u->error);
    assert_null(end);
    assert_int_equal(batch->length, LINES / 4000);
    reader->ops->close(reader);
    scan->ops->close(scan);
    assert_in_range(budget_used(&u->budget), 1, 16 * 1024);
    batch_unref(batch);
    u->source->ops->close(u->source);
}

static void test_jsonl_read_wide_and_changing_lines(void **state)
{
    struct text_unit *u = *state;
    FILE *file = fopen("a.jsonl", "wb");
    for (unsigned i = 0; i < 60; i++) {
        fputc('{', file);
        for (unsigned k = 0; k < 300; k++)
            fprintf(file, "%s\"k%u\":%u", k ? "," : "", (k * (i % 7 == 6 ? 7 : 1)) % 300,
                    i * 1000 + k);
        fputs("}\n", file);
    }
    fclose(file);
    const char *shown = text_unit_read(u, "a.jsonl", "k299 k0 k150");
    assert_memory_equal(shown, "k299 BIGINT|k0 BIGINT|k150 BIGINT\n299|0|150\n1299|1000|1150\n",
                        59);
    assert_non_null(strstr(shown, "\n6257|6000|6150\n"));
}

static void test_jsonl_read_row_limit_gives_first_rows(void **state)
{
    struct text_unit *u = *state;
    write_many("a.jsonl", 600);
    u->row_limit = 3;
    u->context.batch_size = 2;
    const char *shown = text_unit_read(u, "a.jsonl", "i");
    assert_memory_equal(shown, "i BIGINT\n0\n1\n2\n", 15);
}

static void test_jsonl_read_line_longer_than_limit_refused(void **state)
{
    struct text_unit *u = *state;
    enum { LONG = 100000 };
    char *text = malloc(LONG + 64);
    int n = snprintf(text, 64, "{\"a\":1}\n{\"s\":\"");
    memset(text + n, 'x', LONG);
    memcpy(text + n + LONG, "\"}\n", 3);
    text_unit_write("a.jsonl", text, (size_t)n + LONG + 3);
    free(text);
    assert_null(strstr(text_unit_read(u, "a.jsonl", "a"), "error"));
    text_unit_number(u, "max_line_size", 1000);
    text_unit_read(u, "a.jsonl", "a");
    assert_int_equal(u->error.status, STATUS_LIMIT);
    assert_non_null(strstr(u->error.message, "a line is longer than 1000 bytes (a.jsonl"));
    assert_non_null(strstr(u->error.hint, "max_line_size"));
}

static void test_jsonl_read_deep_nesting_refused(void **state)
{
    struct text_unit *u = *state;
    enum { DEPTH = 100000 };
    char *text = malloc(2 * DEPTH + 64);
    int n = snprintf(text, 64, "{\"a\":1}\n{\"s\":");
    memset(text + n, '[', DEPTH);
    memset(text + n + DEPTH, ']', DEPTH);
    memcpy(text + n + 2 * DEPTH, "}\n", 2);
    text_unit_write("a.jsonl", text, (size_t)n + 2 * DEPTH + 2);
    free(text);
    assert_non_null(strstr(text_unit_read(u, "a.jsonl", "a"), "malformed JSON: nested too deeply"));
}

static void test_jsonl_read_array_of_objects(void **state)
{
    struct text_unit *u = *state;
    text_unit_file(
        "a.json",
        " [\n  {\"a\":1,\r\n   \"s\":\"x, ]y\"},\n  {\"a\":2, \"n\":{\"k\":[1]}}\n,{}\n ]\n");
    ASSERT_READS(u, "a.json", "a s n file_row_number",
                 "a BIGINT|s VARCHAR|n JSON|file_row_number BIGINT\n1|'x, ]y'|NULL|0\n"
                 "2|NULL|CAST('{\"k\":[1]}' AS JSON)|1\nNULL|NULL|NULL|2\n");
    text_unit_file("a.json", "[]");
    ASSERT_READS(u, "a.json", NULL, "error: a.json is empty: columns are unknown\n");
    text_unit_file("a.json", "[{\"a\":1},\n{\"a\":2}");
    ASSERT_READS(u, "a.json", NULL,
                 "a BIGINT\nerror: malformed JSON: the array is not closed (a.json:2:8)\n");
    text_unit_file("a.json", "[{\"a\":1},\n{\"a\":}]");
    text_unit_read(u, "a.json", NULL);
    assert_string_equal(u->error.message, "malformed JSON: a value is missing (a.json:2:6)");
    text_unit_file("a.json", "[{\"a\":1} {\"a\":2}]");
    text_unit_read(u, "a.json", NULL);
    assert_string_equal(u->error.message,
                        "malformed JSON: a comma or closing bracket is missing (a.json:1:10)");
    text_unit_file("a.json", "[{\"a\":1}]x");
    text_unit_read(u, "a.json", NULL);
    assert_int_equal(u->error.status, STATUS_DATA);
}

static void test_jsonl_read_byte_order_mark_and_no_last_newline(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "\xef\xbb\xbf{\"a\":1}\n{\"a\":2}");
    ASSERT_READS(u, "a.jsonl", "a file_row_number", "a BIGINT|file_row_number BIGINT\n1|0\n2|1\n");
}

static void test_jsonl_read_names_differing_in_case_kept(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"a\":1,\"A\":2}\n");
    ASSERT_READS(u, "a.jsonl", NULL, "a BIGINT|A_1 BIGINT\n1|2\n");
}

static void test_jsonl_read_nul_bytes_refused(void **state)
{
    struct text_unit *u = *state;
    text_unit_write("a.jsonl", "{\"a\":1}\n\0\0\0\n{\"a\":2}\n", 20);
    ASSERT_READS(u, "a.jsonl", NULL,
                 "a BIGINT\nerror: malformed JSON: an object was expected (a.jsonl:2:1)\n");
    text_unit_write("a.jsonl", "{\"a\":\"x\0y\"}\n", 12);
    text_unit_member(u, "columns", "a", "VARCHAR");
    ASSERT_READS(u, "a.jsonl", NULL,
                 "a VARCHAR\nerror: malformed JSON: a control character in text (a.jsonl:1:8)\n");
}

static void test_jsonl_read_cancelled_stops(void **state)
{
    struct text_unit *u = *state;
    text_unit_file("a.jsonl", "{\"a\":1}\n");
    u->cancel = true;
    text_unit_read(u, "a.jsonl", NULL);
    assert_int_equal(u->error.status, STATUS_CANCELLED);
}

static void test_jsonl_read_budget_refused_anywhere_nothing_lost(void **state)
{
    struct text_unit *u = *state;
    write_many("a.jsonl", 300);
    for (size_t at = 1; at < 200; at++) {
        atomic_store(&u->budget.charges, 0);
        u->budget.fail_at = at;
        text_unit_read(u, "a.jsonl", "i text");
        assert_int_equal(budget_used(&u->budget), 0);
        if (u->error.status == STATUS_OK)
            break;
        assert_int_equal(u->error.status, STATUS_MEMORY);
    }
    assert_int_equal(u->error.status, STATUS_OK);
    u->budget.fail_at = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEXT_TEST(test_jsonl_read_types_sniffed),
        TEXT_TEST(test_jsonl_read_any_order_and_blanks_same_rows),
        TEXT_TEST(test_jsonl_read_no_columns_counts_rows),
        TEXT_TEST(test_jsonl_read_duplicate_key_last_wins),
        TEXT_TEST(test_jsonl_read_escapes_decoded),
        TEXT_TEST(test_jsonl_read_half_surrogate_and_bad_utf8_refused),
        TEXT_TEST(test_jsonl_read_damage_named_with_place),
        TEXT_TEST(test_jsonl_read_sniffed_misfit_null_and_named),
        TEXT_TEST(test_jsonl_read_declared_misfit_on_error_decides),
        TEXT_TEST(test_jsonl_read_first_error_is_earliest_row),
        TEXT_TEST(test_jsonl_read_declared_types_all),
        TEXT_TEST(test_jsonl_read_epoch_numbers),
        TEXT_TEST(test_jsonl_read_zone_anywhere_makes_timestamptz),
        TEXT_TEST(test_jsonl_read_paths_into_objects_and_lists),
        TEXT_TEST(test_jsonl_read_late_key_found),
        TEXT_TEST(test_jsonl_read_any_morsel_and_batch_size_same_rows),
        TEXT_TEST(test_jsonl_read_predicate_leaves_rows_out),
        TEXT_TEST(test_jsonl_read_few_rows_hold_little_memory),
        TEXT_TEST(test_jsonl_read_wide_and_changing_lines),
        TEXT_TEST(test_jsonl_read_row_limit_gives_first_rows),
        TEXT_TEST(test_jsonl_read_line_longer_than_limit_refused),
        TEXT_TEST(test_jsonl_read_deep_nesting_refused),
        TEXT_TEST(test_jsonl_read_array_of_objects),
        TEXT_TEST(test_jsonl_read_byte_order_mark_and_no_last_newline),
        TEXT_TEST(test_jsonl_read_names_differing_in_case_kept),
        TEXT_TEST(test_jsonl_read_nul_bytes_refused),
        TEXT_TEST(test_jsonl_read_cancelled_stops),
        TEXT_TEST(test_jsonl_read_budget_refused_anywhere_nothing_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
