#include "storage/timezone.h"
#include "tests/unit/unit.h"

#include "storage/text_value.h"

struct fixture {
    struct arena arena;
    struct error error;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){0};
    *state = &fixture;
    return arena_init(&fixture.arena, &fixture.error) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_fini(&fixture->arena);
    return 0;
}

static const struct time_zone *zone_of(struct fixture *fixture, const char *name)
{
    const struct time_zone *zone = NULL;
    ASSERT_OK(timezone_get(&fixture->arena, str_of(name), &zone, &fixture->error), fixture->error);
    return zone;
}

static int64_t at(const char *text)
{
    int64_t us;
    bool has_zone;
    assert_true(text_parse_timestamp_us(text, strlen(text), false, &us, &has_zone));
    return us;
}

static void assert_utc(const struct time_zone *zone, const char *local, const char *utc)
{
    char text[TEXT_VALUE_SIZE + 1] = {0};
    size_t n = text_format_timestamp(timezone_to_utc(zone, at(local)), false, text);
    text[n] = '\0';
    assert_string_equal(text, utc);
}

static void assert_day(const struct time_zone *zone, const char *day, const char *utc)
{
    char text[TEXT_VALUE_SIZE + 1] = {0};
    int32_t days;
    assert_true(text_parse_date(day, strlen(day), &days));
    size_t n = text_format_timestamp(timezone_day_start(zone, days), false, text);
    text[n] = '\0';
    assert_string_equal(text, utc);
}

static int32_t offset(const struct time_zone *zone, const char *utc)
{
    size_t cache = 0;
    int32_t first = timezone_offset_at(zone, at(utc), &cache);
    assert_int_equal(timezone_offset_at(zone, at(utc), &cache), first);
    cache = 100000; /* any hint is taken */
    assert_int_equal(timezone_offset_at(zone, at(utc), &cache), first);
    return first;
}

static void test_timezone_paris_spring_has_a_gap_of_an_hour(void **state)
{
    const struct time_zone *zone = zone_of(*state, "Europe/Paris");
    assert_int_equal(offset(zone, "2026-03-29 00:59:59.999999"), 3600);
    assert_int_equal(offset(zone, "2026-03-29 01:00:00"), 7200);
    assert_utc(zone, "2026-03-29 01:59:59", "2026-03-29 00:59:59");
    assert_utc(zone, "2026-03-29 02:30:00", "2026-03-29 01:30:00");
    assert_utc(zone, "2026-03-29 03:00:00", "2026-03-29 01:00:00");
    assert_day(zone, "2026-03-29", "2026-03-28 23:00:00");
    assert_day(zone, "2026-03-30", "2026-03-29 22:00:00");
}

static void test_timezone_paris_autumn_takes_the_first_of_doubled_times(void **state)
{
    const struct time_zone *zone = zone_of(*state, "europe/paris");
    assert_string_equal(timezone_name(zone), "Europe/Paris");
    assert_utc(zone, "2026-10-25 01:59:59", "2026-10-24 23:59:59");
    assert_utc(zone, "2026-10-25 02:00:00", "2026-10-25 00:00:00");
    assert_utc(zone, "2026-10-25 02:59:59", "2026-10-25 00:59:59");
    assert_utc(zone, "2026-10-25 03:00:00", "2026-10-25 02:00:00");
    assert_day(zone, "2026-10-25", "2026-10-24 22:00:00");
    assert_day(zone, "2026-10-26", "2026-10-25 23:00:00");
}

static void test_timezone_lord_howe_moves_by_half_an_hour(void **state)
{
    const struct time_zone *zone = zone_of(*state, "Australia/Lord_Howe");
    assert_int_equal(offset(zone, "2026-04-04 14:59:59"), 11 * 3600);
    assert_int_equal(offset(zone, "2026-04-04 15:00:00"), 10 * 3600 + 1800);
    assert_utc(zone, "2026-04-05 01:30:00", "2026-04-04 14:30:00");
    assert_utc(zone, "2026-04-05 02:00:00", "2026-04-04 15:30:00");
    assert_utc(zone, "2026-10-04 02:15:00", "2026-10-03 15:45:00");
    assert_utc(zone, "2026-10-04 02:30:00", "2026-10-03 15:30:00");
}

static void test_timezone_sao_paulo_day_without_midnight_starts_at_one(void **state)
{
    const struct time_zone *zone = zone_of(*state, "America/Sao_Paulo");
    assert_day(zone, "2018-11-03", "2018-11-03 03:00:00");
    assert_day(zone, "2018-11-04", "2018-11-04 03:00:00");
    assert_day(zone, "2018-11-05", "2018-11-05 02:00:00");
    assert_utc(zone, "2018-11-04 00:00:00", "2018-11-04 03:00:00");
    assert_utc(zone, "2018-11-04 00:30:00", "2018-11-04 03:30:00");
    assert_utc(zone, "2018-11-04 01:00:00", "2018-11-04 03:00:00");
    assert_day(zone, "2018-02-18", "2018-02-18 03:00:00");
}

static void test_timezone_apia_skips_a_day(void **state)
{
    const struct time_zone *zone = zone_of(*state, "Pacific/Apia");
    assert_day(zone, "2011-12-29", "2011-12-29 10:00:00");
    assert_day(zone, "2011-12-30", "2011-12-30 10:00:00");
    assert_day(zone, "2011-12-31", "2011-12-30 10:00:00");
    assert_utc(zone, "2011-12-29 23:59:59", "2011-12-30 09:59:59");
    assert_utc(zone, "2011-12-30 12:00:00", "2011-12-30 22:00:00");
    assert_utc(zone, "2011-12-31 00:00:00", "2011-12-30 10:00:00");
}

static void test_timezone_rules_hold_far_from_now(void **state)
{
    const struct time_zone *zone = zone_of(*state, "Europe/Paris");
    assert_int_equal(offset(zone, "1850-01-01 00:00:00"), 561); /* local mean time */
    assert_int_equal(offset(zone, "1969-07-20 00:00:00"), 3600);
    assert_int_equal(offset(zone, "2200-07-01 00:00:00"), 7200);
    assert_int_equal(offset(zone, "2200-01-01 00:00:00"), 3600);
    assert_int_equal(offset(zone, "-4000-01-01 00:00:00"), 561);
    size_t cache = 0;
    (void)timezone_offset_at(zone, INT64_MIN, &cache);
    (void)timezone_offset_at(zone, INT64_MAX, &cache);
    (void)timezone_to_utc(zone, INT64_MIN);
    (void)timezone_to_utc(zone, INT64_MAX);
    (void)timezone_day_start(zone, INT64_MIN);
    (void)timezone_day_start(zone, INT64_MAX);
}

static void test_timezone_ranges_rise_and_agree_with_offsets(void **state)
{
    static const char *const names[] = {"America/New_York", "Africa/Casablanca",
                                        "Asia/Kolkata",     "Australia/Lord_Howe",
                                        "Europe/Dublin",    "Africa/Monrovia"};
    for (size_t k = 0; k < ARRAY_LENGTH(names); k++) {
        const struct time_zone *zone = zone_of(*state, names[k]);
        const int64_t *starts;
        const int32_t *offsets;
        size_t n = timezone_ranges(zone, &starts, &offsets), cache = 0;
        assert_true(n > 1);
        assert_true(starts[0] == INT64_MIN);
        for (size_t i = 1; i < n; i++) {
            assert_true(starts[i] > starts[i - 1]);
            assert_int_not_equal(offsets[i], offsets[i - 1]);
            int64_t us = starts[i] * 1000000;
            assert_int_equal(timezone_offset_at(zone, us, &cache), offsets[i]);
            assert_int_equal(timezone_offset_at(zone, us - 1, &cache), offsets[i - 1]);
            /* There and back, well away from the transition. */
            int64_t later = us + INT64_C(7200000000);
            assert_true(timezone_to_utc(zone, timezone_to_local(zone, later, &cache)) == later);
        }
    }
}

static void test_timezone_fixed_offsets_need_no_names(void **state)
{
    assert_int_equal(offset(zone_of(*state, "+02:00"), "2026-01-01"), 7200);
    assert_int_equal(offset(zone_of(*state, "-0330"), "2026-01-01"), -12600);
    assert_int_equal(offset(zone_of(*state, "+5"), "2026-01-01"), 18000);
    assert_string_equal(timezone_name(zone_of(*state, "-03:30")), "-03:30");
    assert_ptr_equal(zone_of(*state, "utc"), &timezone_utc);
    assert_ptr_equal(zone_of(*state, "+00:00"), &timezone_utc);
    assert_true(timezone_is_utc(&timezone_utc));
    assert_int_equal(timezone_day_start(&timezone_utc, 2), INT64_C(172800000000));
}

static void test_timezone_unknown_names_are_refused_with_a_suggestion(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = {"",  "+25:00", "+1:2", "+02:60", "Europe/Nowhere",
                                        "+", "-:"};
    const struct time_zone *zone = NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct error error = {0};
        assert_int_equal(timezone_get(&fixture->arena, str_of(names[i]), &zone, &error),
                         STATUS_VALUE);
    }
    struct error error = {0};
    assert_int_equal(timezone_get(&fixture->arena, str_of("Europe/Pairs"), &zone, &error),
                     STATUS_VALUE);
    assert_string_equal(error.message, "unknown time zone: Europe/Pairs");
    assert_string_equal(error.hint, "did you mean Europe/Paris?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timezone_paris_spring_has_a_gap_of_an_hour),
        cmocka_unit_test(test_timezone_paris_autumn_takes_the_first_of_doubled_times),
        cmocka_unit_test(test_timezone_lord_howe_moves_by_half_an_hour),
        cmocka_unit_test(test_timezone_sao_paulo_day_without_midnight_starts_at_one),
        cmocka_unit_test(test_timezone_apia_skips_a_day),
        cmocka_unit_test(test_timezone_rules_hold_far_from_now),
        cmocka_unit_test(test_timezone_ranges_rise_and_agree_with_offsets),
        cmocka_unit_test(test_timezone_fixed_offsets_need_no_names),
        cmocka_unit_test(test_timezone_unknown_names_are_refused_with_a_suggestion),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
