/* test_window.c - windows by the rules of docs/DIALECT.md: UTC and local, before 1970, at the ends of time. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "exec/window.h"

#define SECOND INT64_C(1000000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

static struct error error;
static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    error_clear(&error);
    return arena_init(&arena, &error) == STATUS_OK ? 0 : -1;
}
static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static int64_t utc(int64_t year, int64_t month, int64_t day, int64_t hour, int64_t minute)
{
    int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
    return days * DAY + hour * HOUR + minute * 60 * SECOND;
}

static const struct time_zone *zone(const char *name)
{
    const struct time_zone *found;
    ASSERT_OK(timezone_get(&arena, str_of(name), &found, &error), error);
    return found;
}

static struct window_assigner assigner_of(const struct window_fn *fn)
{
    struct window_assigner assigner;
    ASSERT_OK(window_assigner_init(&assigner, fn, &error), error);
    return assigner;
}

static struct window pane_of(const struct window_assigner *assigner, int64_t ts)
{
    struct window pane;
    bool in_window;
    ASSERT_OK(window_pane(assigner, ts, &pane, &in_window, &error), error);
    assert_true(in_window);
    return pane;
}

static void check_pane(const struct window_assigner *assigner, int64_t ts, int64_t start,
                       int64_t end)
{
    struct window pane = pane_of(assigner, ts);
    assert_int_equal(pane.start, start);
    assert_int_equal(pane.end, end);
}

enum { LIST_MAX = 256 };
struct list {
    struct window items[LIST_MAX];
    size_t n;
};
static enum status add_window(void *context, struct window window, struct error *e)
{
    (void)e;
    struct list *list = context;
    assert_true(list->n < LIST_MAX);
    list->items[list->n++] = window;
    return STATUS_OK;
}
static struct list windows_of(const struct window_assigner *assigner, int64_t pane)
{
    struct list list = {.n = 0};
    ASSERT_OK(window_of_pane(assigner, pane, add_window, &list, &error), error);
    return list;
}

/* ---- UTC ---- */

static void test_window_tumble_floors_before_1970(void **state)
{
    (void)state;
    struct window_assigner a =
        assigner_of(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.micros = 10 * SECOND}});
    assert_true(a.fixed);
    check_pane(&a, 0, 0, 10 * SECOND);
    check_pane(&a, -1, -10 * SECOND, 0);
    check_pane(&a, 10 * SECOND, 10 * SECOND, 20 * SECOND);
    check_pane(&a, -10 * SECOND, -10 * SECOND, 0);
}

static void test_window_offset_moves_the_borders(void **state)
{
    (void)state;
    struct window_assigner a = assigner_of(&(struct window_fn){
        .kind = WINDOW_TUMBLE, .size = {.micros = HOUR}, .offset = {.micros = 15 * 60 * SECOND}});
    check_pane(&a, 0, -45 * 60 * SECOND, 15 * 60 * SECOND);
    a = assigner_of(&(struct window_fn){
        .kind = WINDOW_TUMBLE, .size = {.days = 1}, .offset = {.micros = -6 * HOUR}});
    check_pane(&a, 0, -6 * HOUR, 18 * HOUR);
    a = assigner_of(&(struct window_fn){
        .kind = WINDOW_TUMBLE, .size = {.months = 1}, .offset = {.days = 1, .micros = HOUR}});
    check_pane(&a, utc(2026, 3, 2, 0, 59), utc(2026, 2, 2, 1, 0), utc(2026, 3, 2, 1, 0));
    a = assigner_of(
        &(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.months = 3}, .offset = {.months = 1}});
    check_pane(&a, utc(2026, 1, 31, 0, 0), utc(2025, 11, 1, 0, 0), utc(2026, 2, 1, 0, 0));
}

static void test_window_weeks_start_on_monday(void **state)
{
    (void)state;
    static const struct interval WEEKS[] = {{.days = 7}, {.micros = 7 * DAY}};
    for (size_t i = 0; i < 2; i++) {
        struct window_assigner a =
            assigner_of(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = WEEKS[i]});
        check_pane(&a, utc(1970, 1, 5, 0, 0), utc(1970, 1, 5, 0, 0), utc(1970, 1, 12, 0, 0));
        check_pane(&a, utc(2026, 11, 22, 23, 59), utc(2026, 11, 16, 0, 0), utc(2026, 11, 23, 0, 0));
        check_pane(&a, utc(1969, 12, 28, 0, 0), utc(1969, 12, 22, 0, 0), utc(1969, 12, 29, 0, 0));
    }
    struct window_assigner a =
        assigner_of(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.days = 3}});
    check_pane(&a, 0, 0, 3 * DAY);
}

static void test_window_months_have_their_lengths(void **state)
{
    (void)state;
    struct window_assigner a =
        assigner_of(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.months = 1}});
    check_pane(&a, utc(2024, 2, 29, 12, 0), utc(2024, 2, 1, 0, 0), utc(2024, 3, 1, 0, 0));
    check_pane(&a, utc(1969, 12, 31, 23, 59), utc(1969, 12, 1, 0, 0), utc(1970, 1, 1, 0, 0));
    check_pane(&a, utc(1900, 2, 28, 23, 0), utc(1900, 2, 1, 0, 0), utc(1900, 3, 1, 0, 0));
    a = assigner_of(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.months = 12}});
    check_pane(&a, utc(2026, 11, 22, 0, 0), utc(2026, 1, 1, 0, 0), utc(2027, 1, 1, 0, 0));
}

static void test_window_hop_lists_its_windows(void **state)
{
    (void)state;
    struct window_assigner a = assigner_of(&(struct window_fn){
        .kind = WINDOW_HOP, .size = {.micros = 10 * SECOND}, .slide = {.micros = 4 * SECOND}});
    assert_int_equal(a.pane_us, 2 * SECOND);
    assert_int_equal(window_fanout(&a), 3);
    struct list list = windows_of(&a, 8 * SECOND);
    assert_int_equal(list.n, 3);
    assert_int_equal(list.items[0].start, 0);
    assert_int_equal(list.items[2].start, 8 * SECOND);
    assert_int_equal(list.items[2].end, 18 * SECOND);
    assert_int_equal(windows_of(&a, 10 * SECOND).n, 2);
}

static void test_window_hop_with_gaps_drops_rows(void **state)
{
    (void)state;
    struct window_assigner a = assigner_of(&(struct window_fn){
        .kind = WINDOW_HOP, .size = {.micros = 4 * SECOND}, .slide = {.micros = 10 * SECOND}});
    const int64_t ts[] = {0, 3 * SECOND, 4 * SECOND, 9 * SECOND, 10 * SECOND, -1, -7 * SECOND};
    int64_t panes[7];
    uint8_t keep[8];
    bool constant;
    bits_fill(keep, 7, true);
    ASSERT_OK(window_panes(&a, ts, NULL, 7, panes, keep, &constant, &error), error);
    assert_int_equal(keep[0], 0x53);
    assert_false(constant);
    assert_int_equal(panes[1], 2 * SECOND);
}

static void test_window_cumulate_grows_by_its_step(void **state)
{
    (void)state;
    struct window_assigner a = assigner_of(&(struct window_fn){
        .kind = WINDOW_CUMULATE, .size = {.micros = 6 * SECOND}, .slide = {.micros = 2 * SECOND}});
    struct list list = windows_of(&a, 2 * SECOND);
    assert_int_equal(list.n, 2);
    assert_int_equal(list.items[0].start, 0);
    assert_int_equal(list.items[0].end, 4 * SECOND);
    assert_int_equal(list.items[1].end, 6 * SECOND);
    struct window window;
    ASSERT_OK(window_from_border(&a, 6 * SECOND, &window, &error), error);
    assert_int_equal(window.start, 0);
}

/* ---- Refusals ---- */

static void check_refused(const struct window_fn *fn, const char *message)
{
    struct window_assigner a;
    error_clear(&error);
    assert_int_not_equal(window_assigner_init(&a, fn, &error), STATUS_OK);
    assert_string_equal(error.message, message);
    error_clear(&error);
}

static void test_window_refuses_bad_lengths(void **state)
{
    (void)state;
    check_refused(&(struct window_fn){.kind = WINDOW_TUMBLE}, "the window's size is not positive");
    check_refused(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.micros = -SECOND}},
                  "the window's size is not positive");
    check_refused(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.micros = 1500}},
                  "the window's size is not a whole number of milliseconds");
    check_refused(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.days = 1, .micros = HOUR}},
                  "the window's size mixes months, days and smaller units");
    check_refused(
        &(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.micros = INT64_MAX / 1000 * 1000}},
        "the window's size is too long");
    check_refused(&(struct window_fn){.kind = WINDOW_CUMULATE,
                                      .size = {.micros = 7 * SECOND},
                                      .slide = {.micros = 2 * SECOND}},
                  "the size of CUMULATE is not a multiple of its step");
}

static void test_window_refuses_the_ends_of_time(void **state)
{
    (void)state;
    static const int64_t TIMES[] = {INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_C(1) << 62};
    static const struct interval SIZES[] = {
        {.micros = 1000}, {.days = 1}, {.months = 1}, {.days = 700}};
    for (size_t i = 0; i < ARRAY_LENGTH(TIMES); i++)
        for (size_t j = 0; j < ARRAY_LENGTH(SIZES); j++) {
            struct window_assigner a =
                assigner_of(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = SIZES[j]});
            struct window pane;
            bool in_window, constant;
            int64_t panes[1];
            uint8_t keep[8] = {1};
            assert_int_equal(window_pane(&a, TIMES[i], &pane, &in_window, &error), STATUS_VALUE);
            error_clear(&error);
            assert_int_equal(window_panes(&a, &TIMES[i], NULL, 1, panes, keep, &constant, &error),
                             STATUS_VALUE);
            error_clear(&error);
            ASSERT_OK(window_pane(&a, (INT64_C(1) << 62) - 1, &pane, &in_window, &error), error);
            ASSERT_OK(window_pane(&a, 1 - (INT64_C(1) << 62), &pane, &in_window, &error), error);
        }
}

/* ---- Zones ---- */

/* The hours of a local day that lasts from `start` to `end`. */
static void check_hours(const char *name, int64_t start, int64_t end, size_t expected,
                        int64_t last_length)
{
    const struct time_zone *z = zone(name);
    struct window_assigner hours = assigner_of(
        &(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.micros = HOUR}, .zone = z});
    struct window_assigner days =
        assigner_of(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.days = 1}, .zone = z});
    struct window_assigner long_days =
        assigner_of(&(struct window_fn){.kind = WINDOW_TUMBLE, .size = {.micros = DAY}, .zone = z});
    size_t n = 0;
    int64_t length = 0;
    for (int64_t at = start; at < end; n++) {
        struct window pane = pane_of(&hours, at + 1);
        assert_int_equal(pane.start, at);
        check_pane(&days, at, start, end);
        check_pane(&long_days, at, start, end);
        length = pane.end - pane.start;
        at = pane.end;
        assert_true(at <= end);
    }
    assert_int_equal(n, expected);
    assert_int_equal(length, last_length);
    check_pane(&days, end - 1, start, end);
    assert_int_equal(pane_of(&days, end).start, end);
    assert_int_equal(pane_of(&days, start - 1).end, start);
}

static void test_window_local_days_of_paris(void **state)
{
    (void)state;
    check_hours("Europe/Paris", utc(2026, 3, 28, 23, 0), utc(2026, 3, 29, 22, 0), 23, HOUR);
    check_hours("Europe/Paris", utc(2026, 10, 24, 22, 0), utc(2026, 10, 25, 23, 0), 25, HOUR);
    check_hours("Europe/Paris", utc(2026, 10, 25, 23, 0), utc(2026, 10, 26, 23, 0), 24, HOUR);
}

static void test_window_local_days_of_lord_howe(void **state)
{
    (void)state;
    check_hours("Australia/Lord_Howe", utc(2026, 4, 4, 13, 0), utc(2026, 4, 5, 13, 30), 25,
                HOUR / 2);
    check_hours("Australia/Lord_Howe", utc(2026, 10, 3, 13, 30), utc(2026, 10, 4, 13, 0), 24,
                HOUR / 2);
}

static void test_window_day_without_midnight_in_sao_paulo(void **state)
{
    (void)state;
    check_hours("America/Sao_Paulo", utc(2018, 11, 3, 3, 0), utc(2018, 11, 4, 3, 0), 24, HOUR);
    check_hours("America/Sao_Paulo", utc(2018, 11, 4, 3, 0), utc(2018, 11, 5, 2, 0), 23, HOUR);
}

static void test_window_local_months(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        int year, month;
        int64_t start_hour, end_hour; /* of the first day, UTC */
    } CASES[] = {{"Europe/Paris", 2026, 3, -1, -2},
                 {"Europe/Paris", 2026, 10, -2, -1},
                 {"America/Sao_Paulo", 2018, 11, 3, 2}};
    for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
        struct window_assigner a = assigner_of(&(struct window_fn){
            .kind = WINDOW_TUMBLE, .size = {.months = 1}, .zone = zone(CASES[i].zone)});
        int64_t start = utc(CASES[i].year, CASES[i].month, 1, 0, 0) + CASES[i].start_hour * HOUR;
        int64_t end = utc(CASES[i].year, CASES[i].month + 1, 1, 0, 0) + CASES[i].end_hour * HOUR;
        check_pane(&a, start, start, end);
        check_pane(&a, end - 1, start, end);
    }
    struct window_assigner a = assigner_of(&(struct window_fn){
        .kind = WINDOW_TUMBLE, .size = {.months = 1}, .zone = zone("Australia/Lord_Howe")});
    check_pane(&a, utc(2026, 4, 15, 0, 0), utc(2026, 3, 31, 13, 0), utc(2026, 4, 30, 13, 30));
}

static void test_window_local_offset_is_on_the_clock(void **state)
{
    (void)state;
    struct window_assigner a = assigner_of(&(struct window_fn){.kind = WINDOW_TUMBLE,
                                                               .size = {.days = 1},
                                                               .offset = {.micros = 6 * HOUR},
                                                               .zone = zone("Europe/Paris")});
    check_pane(&a, utc(2026, 3, 29, 0, 0), utc(2026, 3, 28, 5, 0), utc(2026, 3, 29, 4, 0));
}

static void test_window_cumulate_over_a_long_day_has_25_steps(void **state)
{
    (void)state;
    struct window_assigner a = assigner_of(&(struct window_fn){.kind = WINDOW_CUMULATE,
                                                               .size = {.days = 1},
                                                               .slide = {.micros = HOUR},
                                                               .zone = zone("Europe/Paris")});
    struct list list = windows_of(&a, utc(2026, 10, 24, 22, 0));
    assert_int_equal(list.n, 25);
    assert_int_equal(list.items[24].end, utc(2026, 10, 25, 23, 0));
    struct window window;
    ASSERT_OK(window_from_border(&a, list.items[7].end, &window, &error), error);
    assert_int_equal(window.start, utc(2026, 10, 24, 22, 0));
}

/* ---- Whatever the window fn ---- */

static uint64_t seed = 1;
static int64_t random_below(int64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((seed >> 20) % (uint64_t)n);
}

static bool has_window(const struct list *list, struct window window)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].start == window.start && list->items[i].end == window.end)
            return true;
    return false;
}

/* Each window of a pane covers the pane whole, begins and ends at borders of panes, and is listed by every
 * pane in it. */
static void check_consistent(const struct window_assigner *a, int64_t ts)
{
    struct window pane;
    bool in_window;
    ASSERT_OK(window_pane(a, ts, &pane, &in_window, &error), error);
    assert_true(pane.start <= ts && ts < pane.end);
    struct list list = windows_of(a, pane.start);
    if (!in_window) {
        assert_int_equal(list.n, 0);
        return;
    }
    assert_true(list.n > 0);
    assert_true(list.n <= window_fanout(a));
    for (size_t i = 0; i < list.n; i++) {
        struct window w = list.items[i], found;
        assert_true(w.start <= pane.start && pane.end <= w.end);
        assert_true(i == 0 || w.start > list.items[i - 1].start || w.end > list.items[i - 1].end);
        int64_t border = a->fn.kind == WINDOW_CUMULATE ? w.end : w.start;
        ASSERT_OK(window_from_border(a, border, &found, &error), error);
        assert_int_equal(found.start, w.start);
        assert_int_equal(found.end, w.end);
        if (i > 0 && i + 1 < list.n)
            continue;
        int64_t at = w.start;
        for (unsigned steps = 0; at < w.end && steps < 60; steps++) {
            struct window inner = pane_of(a, at);
            struct list others = windows_of(a, inner.start);
            assert_int_equal(inner.start, at);
            assert_true(has_window(&others, w));
            at = inner.end;
        }
    }
}

static void test_window_panes_and_windows_agree(void **state)
{
    (void)state;
    static const char *const ZONES[] = {NULL, "Europe/Paris", "Australia/Lord_Howe",
                                        "America/Sao_Paulo", "+05:30"};
    static const struct window_fn FNS[] = {
        {.kind = WINDOW_TUMBLE, .size = {.micros = 7 * HOUR}},
        {.kind = WINDOW_TUMBLE, .size = {.micros = 36 * HOUR}},
        {.kind = WINDOW_TUMBLE, .size = {.days = 7}},
        {.kind = WINDOW_TUMBLE, .size = {.months = 2}, .offset = {.days = 3}},
        {.kind = WINDOW_HOP, .size = {.micros = 3 * HOUR}, .slide = {.micros = HOUR}},
        {.kind = WINDOW_HOP, .size = {.micros = 5 * HOUR}, .slide = {.micros = 2 * HOUR}},
        {.kind = WINDOW_HOP, .size = {.micros = 2 * HOUR}, .slide = {.micros = 5 * HOUR}},
        {.kind = WINDOW_HOP, .size = {.days = 1}, .slide = {.micros = HOUR}},
        {.kind = WINDOW_HOP, .size = {.days = 14}, .slide = {.days = 7}},
        {.kind = WINDOW_HOP, .size = {.days = 5}, .slide = {.days = 2}, .offset = {.micros = HOUR}},
        {.kind = WINDOW_HOP, .size = {.months = 3}, .slide = {.months = 1}},
        {.kind = WINDOW_HOP, .size = {.months = 1}, .slide = {.days = 1}},
        {.kind = WINDOW_HOP, .size = {.days = 10}, .slide = {.months = 1}},
        {.kind = WINDOW_CUMULATE, .size = {.days = 1}, .slide = {.micros = HOUR}},
        {.kind = WINDOW_CUMULATE, .size = {.micros = 6 * HOUR}, .slide = {.micros = 2 * HOUR}},
        {.kind = WINDOW_CUMULATE, .size = {.months = 1}, .slide = {.days = 1}},
        {.kind = WINDOW_CUMULATE, .size = {.months = 6}, .slide = {.months = 2}},
        {.kind = WINDOW_CUMULATE, .size = {.days = 28}, .slide = {.days = 7}},
    };
    const int64_t around[] = {utc(2026, 3, 29, 0, 0), utc(2026, 10, 25, 0, 0),
                              utc(2018, 11, 4, 0, 0), utc(2026, 4, 5, 0, 0),
                              utc(1969, 12, 31, 0, 0)};
    for (size_t z = 0; z < ARRAY_LENGTH(ZONES); z++)
        for (size_t f = 0; f < ARRAY_LENGTH(FNS); f++) {
            struct window_fn fn = FNS[f];
            fn.zone = ZONES[z] ? zone(ZONES[z]) : NULL;
            struct window_assigner a = assigner_of(&fn);
            for (int i = 0; i < 40; i++)
                check_consistent(&a, around[i % 5] + random_below(6 * DAY) - 3 * DAY);
        }
}

static void test_window_panes_at_once_equal_panes_alone(void **state)
{
    (void)state;
    enum { N = 500 };
    int64_t ts[N], panes[N];
    uint8_t keep[64] = {0}, valid[64] = {0};
    bool constant;
    struct window_assigner a = assigner_of(&(struct window_fn){.kind = WINDOW_HOP,
                                                               .size = {.days = 2},
                                                               .slide = {.days = 3},
                                                               .zone = zone("Europe/Paris")});
    for (int i = 0; i < N; i++) {
        ts[i] = utc(2026, 3, 20, 0, 0) + random_below(20 * DAY);
        bits_put(valid, (size_t)i, random_below(5) > 0);
    }
    bits_fill(keep, N, true);
    ASSERT_OK(window_panes(&a, ts, valid, N, panes, keep, &constant, &error), error);
    assert_false(constant);
    for (size_t i = 0; i < N; i++) {
        struct window pane;
        bool in_window;
        ASSERT_OK(window_pane(&a, ts[i], &pane, &in_window, &error), error);
        assert_int_equal(bits_get(keep, i), bits_get(valid, i) && in_window);
        if (bits_get(keep, i))
            assert_int_equal(panes[i], pane.start);
    }
    bits_fill(keep, N, true);
    for (int i = 0; i < N; i++)
        ts[i] = utc(2026, 3, 20, 0, 0) + i;
    ASSERT_OK(window_panes(&a, ts, NULL, N, panes, keep, &constant, &error), error);
    assert_true(constant);
    bits_fill(valid, N, false);
    ASSERT_OK(window_panes(&a, ts, valid, N, panes, keep, &constant, &error), error);
    assert_int_equal(bits_count(keep, N), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_window_tumble_floors_before_1970),
        T(test_window_offset_moves_the_borders),
        T(test_window_weeks_start_on_monday),
        T(test_window_months_have_their_lengths),
        T(test_window_hop_lists_its_windows),
        T(test_window_hop_with_gaps_drops_rows),
        T(test_window_cumulate_grows_by_its_step),
        T(test_window_refuses_bad_lengths),
        T(test_window_refuses_the_ends_of_time),
        T(test_window_local_days_of_paris),
        T(test_window_local_days_of_lord_howe),
        T(test_window_day_without_midnight_in_sao_paulo),
        T(test_window_local_months),
        T(test_window_local_offset_is_on_the_clock),
        T(test_window_cumulate_over_a_long_day_has_25_steps),
        T(test_window_panes_and_windows_agree),
        T(test_window_panes_at_once_equal_panes_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
