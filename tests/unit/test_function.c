#include "planner/function.h"

#include "exec/kernel/kernel.h"
#include "planner/coerce.h"
#include "storage/value.h"
#include "tests/unit/unit.h"

#include <stdio.h>

struct answer {
    enum function_id id;
    struct type targets[4], result;
};

static struct answer resolve(const char *name, bool operators, unsigned n, const struct type *args,
                             const bool *literals)
{
    static const bool none[4] = {false};
    struct answer a = {.id = FUNCTION_COUNT};
    a.id = function_resolve(str_of(name), args, literals ? literals : none, n, operators, a.targets,
                            &a.result);
    return a;
}

#define TYPES(...)        \
    (const struct type[]) \
    {                     \
        __VA_ARGS__       \
    }

static void test_function_every_id_has_a_kernel_and_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FUNCTION_COUNT; i++) {
        assert_non_null(kernel_table[i]);
        assert_non_null(strchr(function_info[i].signature, ':'));
        if (function_info[i].flags & FUNCTION_NULLABLE)
            assert_true(function_info[i].flags & FUNCTION_STRICT);
        assert_true(!(function_info[i].flags & FUNCTION_SELF) ||
                    !(function_info[i].flags & FUNCTION_STRICT));
    }
}

static bool listed(const char *name)
{
    size_t n;
    const char *const *names = function_names(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void test_function_names_are_complete_and_sorted(void **state)
{
    (void)state;
    size_t n;
    const char *const *names = function_names(&n);
    for (unsigned i = 0; i < FUNCTION_COUNT; i++)
        if (!(function_info[i].flags & FUNCTION_OPERATOR) && !listed(function_info[i].name))
            fail_msg("not among function_names: %s", function_info[i].name);
    for (unsigned i = 0; i < AGGREGATE_COUNT_; i++)
        assert_true(listed(aggregate_info[i].name));
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            assert_true(strcmp(names[i - 1], names[i]) < 0);
        if (!function_name_known(str_of(names[i])) && !aggregate_name_known(str_of(names[i])))
            fail_msg("no function of this name: %s", names[i]);
    }
}

static void test_function_integers_widen_to_bigint(void **state)
{
    (void)state;
    struct answer a =
        resolve("+", true, 2, TYPES(type_of(TYPE_TINYINT), type_of(TYPE_INTEGER)), NULL);
    assert_int_equal(a.id, FUNCTION_ADD_INT);
    assert_int_equal(a.targets[0].id, TYPE_BIGINT);
    assert_int_equal(a.result.id, TYPE_BIGINT);
    a = resolve("+", true, 2, TYPES(type_of(TYPE_INTEGER), type_of(TYPE_REAL)), NULL);
    assert_int_equal(a.id, FUNCTION_ADD_DOUBLE);
    assert_int_equal(a.targets[0].id, TYPE_DOUBLE);
}

static void test_function_decimals_follow_their_rules(void **state)
{
    (void)state;
    struct answer a = resolve("*", true, 2, TYPES(type_decimal(4, 2), type_decimal(3, 1)), NULL);
    assert_int_equal(a.id, FUNCTION_MUL_DECIMAL);
    assert_int_equal(a.result.precision, 7);
    assert_int_equal(a.result.scale, 3);
    a = resolve("+", true, 2, TYPES(type_decimal(4, 2), type_decimal(3, 0)), NULL);
    assert_int_equal(a.result.precision, 6);
    assert_int_equal(a.result.scale, 2);
    assert_true(type_equal(a.targets[0], a.result));
    assert_true(type_equal(a.targets[1], a.result));
    a = resolve("+", true, 2, TYPES(type_decimal(18, 2), type_decimal(18, 2)), NULL);
    assert_int_equal(a.result.precision, 18);
    a = resolve("/", true, 2, TYPES(type_decimal(4, 2), type_decimal(3, 0)), NULL);
    assert_int_equal(a.id, FUNCTION_DIV_DOUBLE);
    a = resolve("*", true, 2, TYPES(type_decimal(38, 30), type_decimal(38, 30)), NULL);
    assert_int_equal(a.id, FUNCTION_COUNT);
}

static void test_function_constants_refine_the_result(void **state)
{
    (void)state;
    struct answer a =
        resolve("round", false, 2, TYPES(type_decimal(6, 3), type_of(TYPE_INTEGER)), NULL);
    assert_int_equal(a.id, FUNCTION_ROUND_DECIMAL_TO);
    struct value digits = {.type = type_of(TYPE_INTEGER), .i64 = 1};
    function_refine(a.id, (const struct value *const[]){NULL, &digits}, 2, &a.result);
    assert_int_equal(a.result.scale, 1);
}

static void test_function_text_literals_become_times(void **state)
{
    (void)state;
    const bool second[] = {false, true};
    struct type text = type_of(TYPE_VARCHAR), date = type_of(TYPE_DATE);
    struct answer a = resolve("-", true, 2, TYPES(date, text), second);
    assert_int_equal(a.id, FUNCTION_SUB_DATE);
    a = resolve("-", true, 2, TYPES(date, text), NULL);
    assert_int_equal(a.id, FUNCTION_COUNT);
    a = resolve("=", true, 2, TYPES(date, text), second);
    assert_int_equal(a.targets[1].id, TYPE_DATE);
    a = resolve("=", true, 2, TYPES(type_of(TYPE_BIGINT), text), second);
    assert_int_equal(a.id, FUNCTION_COUNT);
}

static void test_function_timestamps_keep_nanoseconds(void **state)
{
    (void)state;
    struct type nanos = type_timestamp(TYPE_TIMESTAMP, 9);
    struct answer a = resolve("+", true, 2, TYPES(nanos, type_of(TYPE_INTERVAL)), NULL);
    assert_int_equal(a.id, FUNCTION_ADD_TIMESTAMP_INTERVAL);
    assert_int_equal(a.result.precision, 9);
    a = resolve("-", true, 2, TYPES(nanos, type_timestamp(TYPE_TIMESTAMP, 3)), NULL);
    assert_int_equal(a.id, FUNCTION_SUB_TIMESTAMP);
    assert_int_equal(a.targets[1].precision, 9);
    a = resolve("hour", false, 1, TYPES(type_of(TYPE_TIMESTAMPTZ)), NULL);
    assert_int_equal(a.id, FUNCTION_HOUR_MOMENT);
}

static void test_function_strftime_tells_its_arguments_apart(void **state)
{
    (void)state;
    struct type text = type_of(TYPE_VARCHAR), time = type_of(TYPE_TIMESTAMP);
    assert_int_equal(resolve("strftime", false, 2, TYPES(text, time), NULL).id, FUNCTION_STRFTIME);
    assert_int_equal(resolve("strftime", false, 2, TYPES(time, text), NULL).id,
                     FUNCTION_STRFTIME_SWAPPED);
}

static void test_function_aliases_and_case(void **state)
{
    (void)state;
    struct type text = type_of(TYPE_VARCHAR);
    assert_int_equal(resolve("CHAR_LENGTH", false, 1, &text, NULL).id, FUNCTION_LENGTH);
    assert_int_equal(resolve("nosuch", false, 1, &text, NULL).id, FUNCTION_COUNT);
    assert_int_equal(resolve("like", false, 2, TYPES(text, text), NULL).id, FUNCTION_COUNT);
}

static void test_function_signature_reads_well(void **state)
{
    (void)state;
    char text[128];
    function_signature_text(FUNCTION_SUBSTR, text, sizeof text);
    assert_string_equal(text, "substr(VARCHAR, BIGINT [, BIGINT])");
    function_signature_text(FUNCTION_COALESCE, text, sizeof text);
    assert_string_equal(text, "coalesce(any, any, ...)");
    function_signature_text(FUNCTION_NOW, text, sizeof text);
    assert_string_equal(text, "now()");
}

static void test_aggregate_types(void **state)
{
    (void)state;
    enum aggregate_id id;
    struct type target, result, type = type_of(TYPE_SMALLINT);
    assert_true(aggregate_find(str_of("SUM"), 1, &id));
    assert_true(aggregate_resolve(id, &type, 1, &target, &result));
    assert_int_equal(target.id, TYPE_BIGINT);
    assert_int_equal(result.id, TYPE_BIGINT);
    type = type_decimal(10, 2);
    assert_true(aggregate_resolve(id, &type, 1, &target, &result));
    assert_int_equal(result.precision, 38);
    assert_int_equal(result.scale, 2);
    type = type_of(TYPE_VARCHAR);
    assert_false(aggregate_resolve(id, &type, 1, &target, &result));
    assert_true(aggregate_find(str_of("count"), 0, &id));
    assert_int_equal(id, AGGREGATE_COUNT_STAR);
    assert_false(aggregate_find(str_of("max"), 2, &id));
    assert_true(aggregate_find(str_of("group_concat"), 2, &id));
    assert_int_equal(id, AGGREGATE_STRING_AGG);
}

static void test_coerce_common_types(void **state)
{
    (void)state;
    struct type out;
    assert_true(coerce_common(type_of(TYPE_INTEGER), type_of(TYPE_BIGINT), &out));
    assert_int_equal(out.id, TYPE_BIGINT);
    assert_true(coerce_common(type_of(TYPE_INTEGER), type_decimal(3, 2), &out));
    assert_int_equal(out.precision, 12);
    assert_true(coerce_common(type_of(TYPE_DATE), type_timestamp(TYPE_TIMESTAMP, 9), &out));
    assert_int_equal(out.precision, 9);
    assert_false(coerce_common(type_of(TYPE_VARCHAR), type_of(TYPE_BIGINT), &out));
    assert_false(coerce_common(type_of(TYPE_BOOLEAN), type_of(TYPE_BIGINT), &out));
    assert_true(coerce_common(type_of(TYPE_NULL), type_of(TYPE_JSON), &out));
    assert_int_equal(out.id, TYPE_JSON);
    assert_true(coerce_implicit(type_of(TYPE_INTEGER), type_decimal(12, 2)));
    assert_false(coerce_implicit(type_of(TYPE_BIGINT), type_decimal(12, 2)));
    assert_false(coerce_implicit(type_of(TYPE_DOUBLE), type_of(TYPE_BIGINT)));
    assert_false(coerce_cast_allowed(type_of(TYPE_DATE), type_of(TYPE_BIGINT)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_function_every_id_has_a_kernel_and_a_name),
        cmocka_unit_test(test_function_names_are_complete_and_sorted),
        cmocka_unit_test(test_function_integers_widen_to_bigint),
        cmocka_unit_test(test_function_decimals_follow_their_rules),
        cmocka_unit_test(test_function_constants_refine_the_result),
        cmocka_unit_test(test_function_text_literals_become_times),
        cmocka_unit_test(test_function_timestamps_keep_nanoseconds),
        cmocka_unit_test(test_function_strftime_tells_its_arguments_apart),
        cmocka_unit_test(test_function_aliases_and_case),
        cmocka_unit_test(test_function_signature_reads_well),
        cmocka_unit_test(test_aggregate_types),
        cmocka_unit_test(test_coerce_common_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
