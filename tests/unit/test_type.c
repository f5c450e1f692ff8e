#include "storage/type.h"
#include "tests/unit/unit.h"

#include "storage/column.h"

static void assert_parses(const char *name, const int64_t *args, unsigned n_args, const char *as)
{
    struct type type;
    bool out_of_range;
    char text[TYPE_NAME_SIZE];
    if (!type_parse(str_of(name), args, n_args, &type, &out_of_range))
        fail_msg("no type: %s", name);
    assert_false(out_of_range);
    assert_string_equal(type_name(type, text), as);
}

static void test_type_parse_knows_the_usual_words(void **state)
{
    (void)state;
    static const char *const words[][2] = {
        {"BOOL", "BOOLEAN"},
        {"int", "INTEGER"},
        {"Int8", "BIGINT"},
        {"tinyint", "TINYINT"},
        {"INT2", "SMALLINT"},
        {"float", "DOUBLE"},
        {"real", "REAL"},
        {"double  precision", "DOUBLE"},
        {"numeric", "DECIMAL(18,3)"},
        {"text", "VARCHAR"},
        {"string", "VARCHAR"},
        {"character\tvarying", "VARCHAR"},
        {"bytea", "BLOB"},
        {"datetime", "TIMESTAMP"},
        {"time", "TIME"},
        {"timestamp_ltz", "TIMESTAMP WITH TIME ZONE"},
        {"timestamptz", "TIMESTAMP WITH TIME ZONE"},
        {" timestamp with\n time zone ", "TIMESTAMP WITH TIME ZONE"},
        {"timestamp without time zone", "TIMESTAMP"},
        {"timestamp_ns", "TIMESTAMP(9)"},
        {"interval", "INTERVAL"},
        {"json", "JSON"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        assert_parses(words[i][0], NULL, 0, words[i][1]);
}

static void test_type_parse_takes_numbers_in_parentheses(void **state)
{
    (void)state;
    assert_parses("decimal", (int64_t[]){4, 2}, 2, "DECIMAL(4,2)");
    assert_parses("decimal", (int64_t[]){38}, 1, "DECIMAL(38,0)");
    assert_parses("varchar", (int64_t[]){20}, 1, "VARCHAR(20)");
    assert_parses("timestamp", (int64_t[]){3}, 1, "TIMESTAMP(3)");
    assert_parses("timestamp with time zone", (int64_t[]){9}, 1, "TIMESTAMP(9) WITH TIME ZONE");
    assert_parses("time", (int64_t[]){0}, 1, "TIME(0)");
    assert_parses("float", (int64_t[]){24}, 1, "REAL");
    assert_parses("int", (int64_t[]){11}, 1, "INTEGER");
}

static void assert_refused(const char *name, const int64_t *args, unsigned n_args, bool is_known)
{
    struct type type;
    bool out_of_range;
    assert_false(type_parse(str_of(name), args, n_args, &type, &out_of_range));
    assert_int_equal(out_of_range, is_known);
}

static void test_type_parse_refuses_unknown_words_and_bad_numbers(void **state)
{
    (void)state;
    assert_refused("", NULL, 0, false);
    assert_refused("inte", NULL, 0, false);
    assert_refused("time stamp", NULL, 0, false);
    assert_refused("a name that is much longer than any name of a type that there could ever be",
                   NULL, 0, false);
    assert_refused("decimal", (int64_t[]){39}, 1, true);
    assert_refused("decimal", (int64_t[]){4, 5}, 2, true);
    assert_refused("decimal", (int64_t[]){0}, 1, true);
    assert_refused("timestamp", (int64_t[]){10}, 1, true);
    assert_refused("timestamp", (int64_t[]){-1}, 1, true);
    assert_refused("varchar", (int64_t[]){0}, 1, true);
    assert_refused("varchar", (int64_t[]){INT64_MAX}, 1, true);
    assert_refused("boolean", (int64_t[]){1}, 1, true);
    assert_refused("float", (int64_t[]){54}, 1, true);
}

static void test_type_layouts_have_the_sizes_of_their_values(void **state)
{
    (void)state;
    assert_int_equal(type_size(type_of(TYPE_BOOLEAN)), 1);
    assert_int_equal(type_size(type_of(TYPE_SMALLINT)), 2);
    assert_int_equal(type_size(type_of(TYPE_DATE)), 4);
    assert_int_equal(type_size(type_of(TYPE_TIMESTAMP)), 8);
    assert_int_equal(type_size(type_decimal(18, 2)), 8);
    assert_int_equal(type_size(type_decimal(19, 2)), 16);
    assert_int_equal(type_size(type_of(TYPE_JSON)), sizeof(struct text));
    assert_int_equal(type_size(type_of(TYPE_INTERVAL)), 16);
}

static void test_type_equal_looks_at_what_computing_needs(void **state)
{
    (void)state;
    struct type varchar = type_of(TYPE_VARCHAR), longer = varchar;
    longer.length = 30;
    assert_true(type_equal(varchar, longer));
    assert_true(type_equal(type_decimal(4, 2), type_decimal(18, 2)));
    assert_false(type_equal(type_decimal(4, 2), type_decimal(19, 2)));
    assert_false(type_equal(type_decimal(4, 2), type_decimal(4, 1)));
    assert_true(type_equal(type_timestamp(TYPE_TIMESTAMP, 0), type_timestamp(TYPE_TIMESTAMP, 6)));
    assert_false(type_equal(type_timestamp(TYPE_TIMESTAMP, 6), type_timestamp(TYPE_TIMESTAMP, 7)));
    assert_false(type_equal(type_of(TYPE_TIMESTAMP), type_of(TYPE_TIMESTAMPTZ)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_type_parse_knows_the_usual_words),
        cmocka_unit_test(test_type_parse_takes_numbers_in_parentheses),
        cmocka_unit_test(test_type_parse_refuses_unknown_words_and_bad_numbers),
        cmocka_unit_test(test_type_layouts_have_the_sizes_of_their_values),
        cmocka_unit_test(test_type_equal_looks_at_what_computing_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
