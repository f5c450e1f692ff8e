#include "storage/text_value.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static void assert_text(const char *got, size_t n, const char *expected)
{
    char text[256];
    assert_true(n <= TEXT_VALUE_SIZE);
    memcpy(text, got, n);
    text[n] = '\0';
    assert_string_equal(text, expected);
}

/* ---- Numbers ---- */

static void test_text_int64_takes_the_whole_range_and_no_more(void **state)
{
    (void)state;
    static const char *const good[] = {"0",
                                       "-0",
                                       "+5",
                                       "9223372036854775807",
                                       "12345678",
                                       "-9223372036854775808",
                                       "000000000000000000000012345678"};
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "1 ",
                                      " 1",
                                      "12345678x",
                                      "1_0",
                                      "99999999999999999999",
                                      "--1",
                                      "0x10",
                                      "1234567/"};
    int64_t value;
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        assert_true(text_parse_int64(good[i], strlen(good[i]), &value));
        assert_true(value == strtoll(good[i], NULL, 10));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (text_parse_int64(bad[i], strlen(bad[i]), &value))
            fail_msg("taken for an integer: %s", bad[i]);
}

static void test_text_double_reads_as_the_library_does(void **state)
{
    (void)state;
    static const char *const good[] = {
        "0",
        "-0",
        "1",
        "1.5",
        ".5",
        "5.",
        "1e3",
        "1E-3",
        "+2.5e+10",
        "1e-400",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "4.9e-324",
        "2.4e-324",
        "2.5e-324",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "9007199254740993",
        "9007199254740993.00000000000000000000000000000000000000000001",
        "0.000000000000000000000000000000000000000000000000000001e60",
        "179769313486231570000000000000000000000000000000000000000000000000000000000000000000e224"};
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        double value, expected = strtod(good[i], NULL);
        if (!text_parse_double(good[i], strlen(good[i]), &value) ||
            memcmp(&value, &expected, sizeof value) != 0)
            fail_msg("%s is not %.17g", good[i], value);
    }
    static const char *const bad[] = {"",     ".",    "e5", "1e",  "1e+",  "1.5.",  "nanx",
                                      "infi", "0x10", "1 ", "--1", "1e5x", "1e400", "1.8e308"};
    double value;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (text_parse_double(bad[i], strlen(bad[i]), &value))
            fail_msg("taken for a double: %s", bad[i]);
    assert_true(text_parse_double("-Infinity", 9, &value) && value < -1e308);
    assert_true(text_parse_double("NaN", 3, &value) && value != value);
}

static void test_text_double_halfway_cases_round_to_even(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    char text[1400];
    for (int i = 0; i < 3000; i++) {
        uint64_t bits = next_random(&random) & INT64_MAX;
        if (i % 4 == 0)
            bits &= (UINT64_C(1) << 52) - 1; /* subnormal */
        double value, expected;
        memcpy(&value, &bits, sizeof value);
        uint64_t next_bits = bits + 1;
        double next;
        memcpy(&next, &next_bits, sizeof next);
        if (next - next != 0)
            continue;
        /* Exactly between the two: eleven hundred digits hold it. */
        int n =
            snprintf(text, sizeof text, "%.1100Le", ((long double)value + (long double)next) / 2);
        expected = strtod(text, NULL);
        assert_true(text_parse_double(text, (size_t)n, &value));
        assert_memory_equal(&value, &expected, sizeof value);
    }
}

static void test_text_double_written_reads_back_and_is_shortest(void **state)
{
    (void)state;
    uint64_t random = 1234567;
    char text[TEXT_VALUE_SIZE + 1], shorter[64];
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&random);
        double value, back;
        memcpy(&value, &bits, sizeof value);
        if (i % 2)
            value = (double)(int64_t)(bits >> (bits & 63)) / 1000;
        if (value - value != 0)
            continue;
        size_t n = text_format_double(value, text);
        text[n] = '\0';
        assert_true(text_parse_double(text, n, &back));
        assert_memory_equal(&value, &back, sizeof value);
        /* One digit less is another number. */
        int digits = 0, trailing = 0;
        for (const char *p = text; *p && *p != 'e'; p++)
            if (*p >= '0' && *p <= '9' && (digits > 0 || *p != '0')) {
                digits++;
                trailing = *p == '0' ? trailing + 1 : 0;
            }
        if (digits - trailing > 1) {
            snprintf(shorter, sizeof shorter, "%.*e", digits - trailing - 2, value);
            assert_true(strtod(shorter, NULL) != value);
        }
        float narrow = (float)value;
        n = text_format_float(narrow, text);
        text[n] = '\0';
        assert_true(strtof(text, NULL) == narrow || narrow - narrow != 0);
    }
}

static void test_text_double_is_written_plainly_where_that_is_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {0.1, "0.1"},
        {100, "100.0"},
        {-2.5, "-2.5"},
        {123456789012345.0, "123456789012345.0"},
        {1e15, "1e+15"},
        {1.25e20, "1.25e+20"},
        {1e-4, "0.0001"},
        {1.5e-5, "1.5e-05"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
    };
    char text[TEXT_VALUE_SIZE];
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_text(text, text_format_double(cases[i].value, text), cases[i].text);
    assert_text(text, text_format_float(0.1f, text), "0.1");
    assert_text(text, text_format_float(16777216.0f, text), "16777216.0");
    double infinite = 1e308 * 10;
    assert_text(text, text_format_double(-infinite, text), "-Infinity");
    assert_text(text, text_format_double(infinite - infinite, text), "NaN");
}

static void test_text_int64_is_written_in_full(void **state)
{
    (void)state;
    char text[TEXT_VALUE_SIZE], expected[32];
    static const int64_t values[] = {0,         7,  10,        99,       100,      -1,
                                     INT64_MIN, -5, INT64_MAX, 12345678, 123456789};
    for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
        snprintf(expected, sizeof expected, "%lld", (long long)values[i]);
        assert_text(text, text_format_int64(values[i], text), expected);
    }
}

static void test_text_decimal_rounds_half_away_from_zero(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned precision, scale;
        const char *expected; /* NULL: refused */
    } cases[] = {
        {"1.5", 2, 1, "1.5"},
        {"1.25", 3, 1, "1.3"},
        {"-1.25", 3, 1, "-1.3"},
        {"-0.04", 3, 1, "0.0"},
        {"99.94", 3, 1, "99.9"},
        {"99.95", 3, 1, NULL},
        {".05", 3, 1, "0.1"},
        {".5", 1, 0, "1"},
        {".4", 1, 0, "0"},
        {"1e3", 4, 0, "1000"},
        {"1e3", 3, 0, NULL},
        {"12e-1", 2, 1, "1.2"},
        {"0e999999999999", 5, 2, "0.00"},
        {"1e-999999999", 5, 2, "0.00"},
        {"1e999999999", 38, 2, NULL},
        {"0000000000000000000000000000000000000000000000001", 1, 0, "1"},
        {"12345678901234567890123456789012345678", 38, 0, "12345678901234567890123456789012345678"},
        {"-1234567890123456789.0123456789012345678", 38, 19,
         "-1234567890123456789.0123456789012345678"},
        {"123456789012345678901234567890123456789", 38, 0, NULL},
        {"99999999999999999999999999999999999999.5", 38, 0, NULL},
        {"1e", 5, 2, NULL},
        {"", 5, 2, NULL},
        {"1.2.3", 5, 2, NULL},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int128_t value = 0;
        char text[TEXT_VALUE_SIZE];
        bool is_taken = text_parse_decimal(cases[i].text, strlen(cases[i].text), cases[i].precision,
                                           cases[i].scale, &value);
        assert_int_equal(is_taken, cases[i].expected != NULL);
        if (is_taken)
            assert_text(text, text_format_decimal(value, cases[i].scale, text), cases[i].expected);
    }
}

static void test_text_bool_knows_its_words(void **state)
{
    (void)state;
    bool value = false;
    assert_true(text_parse_bool("TRUE", 4, &value) && value);
    assert_true(text_parse_bool("f", 1, &value) && !value);
    assert_true(text_parse_bool("On", 2, &value) && value);
    assert_true(text_parse_bool("0", 1, &value) && !value);
    assert_false(text_parse_bool("", 0, &value));
    assert_false(text_parse_bool("tru", 3, &value));
    assert_false(text_parse_bool("truer", 5, &value));
    assert_false(text_parse_bool("2", 1, &value));
}

/* ---- Dates and times ---- */

static void test_text_date_goes_there_and_back(void **state)
{
    (void)state;
    char text[TEXT_VALUE_SIZE];
    for (int32_t days = -3000000; days < 3000000; days += 17) {
        int32_t back;
        size_t n = text_format_date(days, text);
        assert_true(text_parse_date(text, n, &back));
        assert_int_equal(back, days);
    }
    assert_text(text, text_format_date(0, text), "1970-01-01");
    assert_text(text, text_format_date(-1, text), "1969-12-31");
    assert_text(text, text_format_date(INT32_MAX, text), "5881580-07-11");
    assert_text(text, text_format_date(-719528 - 365, text), "-0001-01-01");
}

static void test_text_date_refuses_what_no_calendar_has(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "2026",       "2026-13-01",     "2026-00-01",
                                      "2026-02-29", "2026-04-31", "2026-01-00",     "2026-01-01 ",
                                      "26-01-01",   "2026/01/01", "99999999-01-01", "9999999-01-01",
                                      "2026-1-",    "2026-001-1"};
    int32_t days;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        if (text_parse_date(bad[i], strlen(bad[i]), &days))
            fail_msg("taken for a date: %s", bad[i]);
    assert_true(text_parse_date("2024-02-29", 10, &days));
    assert_true(text_parse_date("2000-02-29", 10, &days));
    assert_false(text_parse_date("1900-02-29", 10, &days));
}

static void test_text_timestamp_takes_the_shapes_of_iso(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected; /* NULL: refused */
        bool has_zone;
    } cases[] = {
        {"2026-11-22 07:04:00", "2026-11-22 07:04:00", false},
        {"2026-11-22T07:04:00.120", "2026-11-22 07:04:00.12", false},
        {"2026-11-22t07:04:00,5Z", "2026-11-22 07:04:00.5", true},
        {"2026-11-22 07:04:00.123456789", "2026-11-22 07:04:00.123456", false},
        {"2026-11-22T07:04:00+01:00", "2026-11-22 06:04:00", true},
        {"2026-11-22T07:04:00-0330", "2026-11-22 10:34:00", true},
        {"2026-11-22 07:04:00 +01", "2026-11-22 06:04:00", true},
        {"2026-11-22 07:04:00 UTC", "2026-11-22 07:04:00", true},
        {"2026-11-22   07:04", "2026-11-22 07:04:00", false},
        {"2026-11-22T07:04Z", "2026-11-22 07:04:00", true},
        {"2026-11-22", "2026-11-22 00:00:00", false},
        {"1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999", false},
        {"0001-01-01T00:00:00Z", "0001-01-01 00:00:00", true},
        {"-0044-03-15 12:00:00", "-0044-03-15 12:00:00", false},
        {"294247-01-10 04:00:54.775807", "294247-01-10 04:00:54.775807", false},
        {"294247-01-10 04:00:54.775808", NULL, false},
        {"2026-11-22 24:00:00", NULL, false},
        {"2026-11-22 07:60:00", NULL, false},
        {"2026-11-22 07:04:60", NULL, false},
        {"2026-02-29 07:04:00", NULL, false},
        {"2026-11-22 07", NULL, false},
        {"2026-11-22 07:04:00.", NULL, false},
        {"2026-11-22 07:04:00+1", NULL, false},
        {"2026-11-22 07:04:00+01:", NULL, false},
        {"2026-11-22 07:04:00 x", NULL, false},
        {"2026-11-22 07:04:00Zz", NULL, false},
        {"2026-11-22X07:04:00", NULL, false},
        {"2026-11-2207:04:00", NULL, false},
        {"", NULL, false},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int64_t us = 0;
        bool has_zone = false;
        char text[TEXT_VALUE_SIZE];
        bool is_taken =
            text_parse_timestamp_us(cases[i].text, strlen(cases[i].text), false, &us, &has_zone);
        if (is_taken != (cases[i].expected != NULL))
            fail_msg("%s", cases[i].text);
        if (!is_taken)
            continue;
        assert_int_equal(has_zone, cases[i].has_zone);
        assert_text(text, text_format_timestamp(us, false, text), cases[i].expected);
    }
}

static void test_text_timestamp_nanoseconds_are_kept(void **state)
{
    (void)state;
    int64_t ns;
    bool has_zone;
    char text[TEXT_VALUE_SIZE];
    assert_true(text_parse_timestamp_us("1969-12-31 23:59:59.999999999", 29, true, &ns, &has_zone));
    assert_int_equal(ns, -1);
    assert_text(text, text_format_timestamp(ns, true, text), "1969-12-31 23:59:59.999999999");
    assert_false(text_parse_timestamp_us("2300-01-01 00:00:00", 19, true, &ns, &has_zone));
    assert_text(text, text_format_timestamp(INT64_MIN, false, text),
                "-290308-12-21 19:59:05.224192");
    assert_text(text, text_format_timestamp(INT64_MIN, true, text),
                "1677-09-21 00:12:43.145224192");
}

static void test_text_time_goes_there_and_back(void **state)
{
    (void)state;
    int64_t us;
    char text[TEXT_VALUE_SIZE];
    assert_true(text_parse_time("07:04:05.25", 11, &us));
    assert_text(text, text_format_time(us, text), "07:04:05.25");
    assert_true(text_parse_time("7:04", 4, &us));
    assert_text(text, text_format_time(us, text), "07:04:00");
    assert_false(text_parse_time("24:00", 5, &us));
    assert_false(text_parse_time("07", 2, &us));
    assert_text(text, text_format_offset(3600, text), "+01:00");
    assert_text(text, text_format_offset(-12600, text), "-03:30");
    assert_text(text, text_format_offset(0, text), "+00:00");
    assert_text(text, text_format_offset(561, text), "+00:09:21");
}

static void test_text_interval_takes_words_clocks_and_iso(void **state)
{
    (void)state;
    static const struct {
        const char *text, *unit, *expected; /* NULL: refused */
    } cases[] = {
        {"10", "second", "00:00:10"},
        {"-1.5", "hour", "-01:30:00"},
        {"1.5", "year", "1 year 6 months"},
        {"1.5", "month", "1 month 15 days"},
        {"0.5", "week", "3 days 12:00:00"},
        {"250", "millisecond", "00:00:00.25"},
        {"10", NULL, NULL},
        {"10", "parsec", NULL},
        {"1 hour 30 minutes", NULL, "01:30:00"},
        {"1 hour 30 minutes", "second", "01:30:00"},
        {"10 seconds ago", NULL, "-00:00:10"},
        {"1-2", NULL, "1 year 2 months"},
        {"-1-2", NULL, "-1 year -2 months"},
        {"01:30:00", NULL, "01:30:00"},
        {"-100:00:00.5", NULL, "-100:00:00.5"},
        {"3 04:05:06", NULL, "3 days 04:05:06"},
        {"1 year 2 months 3 days 04:05:06.5", NULL, "1 year 2 months 3 days 04:05:06.5"},
        {"2D", NULL, "2 days"},
        {"1day2hours", NULL, "1 day 02:00:00"},
        {"P1DT2H", NULL, "1 day 02:00:00"},
        {"P1Y2M3W", NULL, "1 year 2 months 21 days"},
        {"PT1M0.5S", NULL, "00:01:00.5"},
        {"P", NULL, NULL},
        {"P1DT", NULL, NULL},
        {"P1H", NULL, NULL},
        {"0 seconds", NULL, "00:00:00"},
        {"", NULL, NULL},
        {"hour", NULL, NULL},
        {"1 hour ago 2 days", NULL, NULL},
        {"1 fortnight", NULL, NULL},
        {"01:75:00", NULL, NULL},
        {"99999999999999999 hours", NULL, NULL},
        {"999999999999999999 years 999999999999999999 years", NULL, NULL},
        {"300000000 years", NULL, NULL},
        {"9999999999999999999 seconds", NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct interval value;
        char text[TEXT_VALUE_SIZE];
        bool is_taken =
            text_parse_interval(cases[i].text, strlen(cases[i].text), cases[i].unit, &value);
        if (is_taken != (cases[i].expected != NULL))
            fail_msg("%s", cases[i].text);
        if (is_taken)
            assert_text(text, text_format_interval(value, text), cases[i].expected);
    }
    char text[TEXT_VALUE_SIZE];
    struct interval least = {INT32_MIN, INT32_MIN, INT64_MIN};
    assert_text(text, text_format_interval(least, text),
                "-178956970 years -8 months -2147483648 days -2562047788:00:54.775808");
}

static void test_date_months_are_clipped_to_their_length(void **state)
{
    (void)state;
    int64_t january = date_from_civil(2024, 1, 31);
    assert_int_equal(date_add_months(january, 1), date_from_civil(2024, 2, 29));
    assert_int_equal(date_add_months(january, 13), date_from_civil(2025, 2, 28));
    assert_int_equal(date_add_months(january, -2), date_from_civil(2023, 11, 30));
    assert_int_equal(date_add_months(january, -1), date_from_civil(2023, 12, 31));
    assert_int_equal(date_add_months(date_from_civil(1, 1, 1), -1), date_from_civil(0, 12, 1));
}

static void test_timestamp_takes_months_then_days_then_micros(void **state)
{
    (void)state;
    int64_t day = INT64_C(86400000000), ts = date_from_civil(2024, 1, 31) * day + 5, out;
    assert_true(timestamp_add_interval(ts, false, (struct interval){1, 1, 7}, &out));
    assert_int_equal(out, date_from_civil(2024, 3, 1) * day + 12);
    assert_true(timestamp_add_interval(-1, false, (struct interval){0, -1, 0}, &out));
    assert_int_equal(out, -day - 1);
    assert_true(timestamp_add_interval(0, true, (struct interval){0, 0, 3}, &out));
    assert_int_equal(out, 3000);
    assert_false(timestamp_add_interval(INT64_MAX, false, (struct interval){0, 0, 1}, &out));
    assert_false(timestamp_add_interval(INT64_MIN, false, (struct interval){-1, 0, 0}, &out));
    assert_false(timestamp_add_interval(0, true, (struct interval){INT32_MAX, 0, 0}, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_int64_takes_the_whole_range_and_no_more),
        cmocka_unit_test(test_text_double_reads_as_the_library_does),
        cmocka_unit_test(test_text_double_halfway_cases_round_to_even),
        cmocka_unit_test(test_text_double_written_reads_back_and_is_shortest),
        cmocka_unit_test(test_text_double_is_written_plainly_where_that_is_short),
        cmocka_unit_test(test_text_int64_is_written_in_full),
        cmocka_unit_test(test_text_decimal_rounds_half_away_from_zero),
        cmocka_unit_test(test_text_bool_knows_its_words),
        cmocka_unit_test(test_text_date_goes_there_and_back),
        cmocka_unit_test(test_text_date_refuses_what_no_calendar_has),
        cmocka_unit_test(test_text_timestamp_takes_the_shapes_of_iso),
        cmocka_unit_test(test_text_timestamp_nanoseconds_are_kept),
        cmocka_unit_test(test_text_time_goes_there_and_back),
        cmocka_unit_test(test_text_interval_takes_words_clocks_and_iso),
        cmocka_unit_test(test_date_months_are_clipped_to_their_length),
        cmocka_unit_test(test_timestamp_takes_months_then_days_then_micros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
