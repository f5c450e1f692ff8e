/* Triggers: when a pane is due, and where THEN goes on. */
#include "exec/trigger.h"
#include "tests/unit/unit.h"

static const struct trigger TWO = {.kind = TRIGGER_ROWS, .every = 2};
static const struct trigger FIVE = {.kind = TRIGGER_ROWS, .every = 5};
static const struct trigger SECOND = {.kind = TRIGGER_TIME, .every = 1000000};

static void test_trigger_rows_is_due_at_the_count(void **state)
{
    (void)state;
    assert_false(trigger_ready(&TWO, NULL, 1, 0));
    assert_true(trigger_ready(&TWO, NULL, 2, 0));
}

static void test_trigger_time_needs_a_row(void **state)
{
    (void)state;
    assert_false(trigger_ready(&SECOND, NULL, 0, 5000000));
    assert_false(trigger_ready(&SECOND, NULL, 1, 999999));
    assert_true(trigger_ready(&SECOND, NULL, 1, 1000000));
}

static void test_trigger_or_and_take_any_and_all(void **state)
{
    (void)state;
    const struct trigger *parts[] = {&TWO, &SECOND};
    const struct trigger any = {.kind = TRIGGER_OR, .parts = parts, .n_parts = 2};
    const struct trigger all = {.kind = TRIGGER_AND, .parts = parts, .n_parts = 2};
    assert_true(trigger_ready(&any, NULL, 2, 0));
    assert_true(trigger_ready(&any, NULL, 1, 1000000));
    assert_false(trigger_ready(&all, NULL, 2, 0));
    assert_true(trigger_ready(&all, NULL, 2, 1000000));
}

static void test_trigger_then_starts_over_after_its_last_part(void **state)
{
    (void)state;
    const struct trigger *parts[] = {&TWO, &FIVE};
    const struct trigger then = {.kind = TRIGGER_THEN, .parts = parts, .n_parts = 2, .place = 0};
    uint32_t places[1] = {0};
    assert_true(trigger_ready(&then, places, 2, 0));
    trigger_fired(&then, places, 2, 0);
    assert_int_equal(places[0], 1);
    assert_false(trigger_ready(&then, places, 2, 0));
    assert_true(trigger_ready(&then, places, 5, 0));
    trigger_fired(&then, places, 5, 0);
    assert_int_equal(places[0], 0);
}

static void test_trigger_then_stays_where_another_part_fired(void **state)
{
    (void)state;
    const struct trigger *parts[] = {&FIVE, &TWO};
    const struct trigger then = {.kind = TRIGGER_THEN, .parts = parts, .n_parts = 2, .place = 0};
    const struct trigger *either[] = {&then, &TWO};
    const struct trigger any = {.kind = TRIGGER_OR, .parts = either, .n_parts = 2};
    uint32_t places[1] = {0};
    assert_true(trigger_ready(&any, places, 2, 0));
    trigger_fired(&any, places, 2, 0);
    assert_int_equal(places[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trigger_rows_is_due_at_the_count),
        cmocka_unit_test(test_trigger_time_needs_a_row),
        cmocka_unit_test(test_trigger_or_and_take_any_and_all),
        cmocka_unit_test(test_trigger_then_starts_over_after_its_last_part),
        cmocka_unit_test(test_trigger_then_stays_where_another_part_fired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
