/* test_sort.c - sorting: order of values and NULLs, ties in input order, limits, several workers. */
#include "exec/sort.h"
#include "tests/unit/unit.h"

enum { ROWS_MANY = 50000 };

static struct budget budget;
static atomic_bool cancel;
static struct context context = {
    .budget = &budget, .cancel = &cancel, .n_threads = 1, .batch_size = 4096};
static struct error error;

/* Two BIGINT columns: the key, NULL where it is INT64_MIN, and a running number. */
static struct field fields[] = {{"k", {.id = TYPE_BIGINT}, false},
                                {"n", {.id = TYPE_BIGINT}, true}};
static const struct schema schema = {fields, 2};

static struct batch *make_batch(const int64_t *keys, size_t n, int64_t first, uint64_t morsel)
{
    struct batch *batch;
    assert_int_equal(batch_new(2, n, morsel, &budget, &batch, &error), STATUS_OK);
    for (int c = 0; c < 2; c++)
        assert_int_equal(
            column_new(type_of(TYPE_BIGINT), n, &budget, "test", &batch->columns[c], &error),
            STATUS_OK);
    for (size_t i = 0; i < n; i++) {
        ((int64_t *)batch->columns[0]->data)[i] = keys[i];
        ((int64_t *)batch->columns[1]->data)[i] = first + (int64_t)i;
        if (keys[i] == INT64_MIN) {
            assert_int_equal(column_add_validity(batch->columns[0], &error), STATUS_OK);
            bits_clear(batch->columns[0]->validity, i);
        }
    }
    return batch;
}

static void add(struct sort_state *state, const int64_t *keys, size_t n, int64_t first,
                uint64_t morsel)
{
    struct batch *batch = make_batch(keys, n, first, morsel);
    assert_int_equal(sort_state_add(state, batch, &error), STATUS_OK);
    batch_unref(batch);
}

static struct sort_state *open_state(const struct sort_plan *plan)
{
    struct sort_state *state;
    assert_int_equal(sort_state_open(plan, &state, &error), STATUS_OK);
    return state;
}

/* Finishes the states and checks the running numbers that come out. */
static void expect(const struct sort_plan *plan, struct sort_state **states, uint32_t n_states,
                   const int64_t *numbers, size_t n)
{
    struct sort_result *result;
    struct batch *batch;
    for (uint32_t i = 0; i < n_states; i++)
        assert_int_equal(sort_state_finish(states[i], &error), STATUS_OK);
    assert_int_equal(sort_result_open(plan, states, n_states, &result, &error), STATUS_OK);
    assert_int_equal(sort_result_rows(result), n);
    if (n) {
        assert_int_equal(sort_result_batch(result, 0, n, &batch, &error), STATUS_OK);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(((const int64_t *)batch->columns[1]->data)[i], numbers[i]);
        batch_unref(batch);
    }
    sort_result_close(result);
    assert_int_equal(budget_used(&budget), 0);
}

static struct sort_plan plan_of(const struct sort_key *key, uint64_t limit, uint64_t offset)
{
    return (struct sort_plan){.context = &context,
                              .schema = &schema,
                              .keys = key,
                              .n_keys = 1,
                              .limit = limit,
                              .offset = offset,
                              .owner = "test"};
}

static void test_sort_nulls_and_ties_keep_input_order(void **state)
{
    (void)state;
    const int64_t keys[] = {3, INT64_MIN, -1, 3, INT64_MAX, INT64_MIN, 0};
    const int64_t ascending[] = {1, 5, 2, 6, 0, 3, 4}, descending[] = {4, 0, 3, 6, 2, 1, 5};
    const struct sort_key up = {0, false, true}, down = {0, true, false};
    struct sort_plan plan = plan_of(&up, UINT64_MAX, 0);
    struct sort_state *s = open_state(&plan);
    add(s, keys, 7, 0, 0);
    expect(&plan, &s, 1, ascending, 7);
    plan = plan_of(&down, UINT64_MAX, 0);
    s = open_state(&plan);
    add(s, keys, 7, 0, 0);
    expect(&plan, &s, 1, descending, 7);
}

static void test_sort_two_workers_ties_follow_morsels(void **state)
{
    (void)state;
    const int64_t keys[] = {7, 7};
    const int64_t wanted[] = {0, 1, 2, 3, 4, 5};
    const struct sort_key up = {0, false, true};
    struct sort_plan plan = plan_of(&up, UINT64_MAX, 0);
    struct sort_state *states[2] = {open_state(&plan), open_state(&plan)};
    add(states[1], keys, 2, 0, 0);
    add(states[0], keys, 2, 2, 1);
    add(states[1], keys, 2, 4, 2);
    expect(&plan, states, 2, wanted, 6);
}

static void test_sort_limit_keeps_the_first_and_little_memory(void **state)
{
    (void)state;
    const struct sort_key up = {0, false, true};
    struct sort_plan plan = plan_of(&up, 3, 1);
    struct sort_state *s = open_state(&plan);
    for (int64_t i = 0; i < ROWS_MANY; i++) {
        int64_t key = (i * 7919) % ROWS_MANY;
        add(s, &key, 1, key, (uint64_t)i);
    }
    assert_true(atomic_load(&budget.peak) < 16u << 20);
    expect(&plan, &s, 1, (const int64_t[]){1, 2, 3}, 3);
}

static void test_sort_limit_beyond_the_rows_gives_what_is_there(void **state)
{
    (void)state;
    const int64_t keys[] = {2, 1};
    const struct sort_key up = {0, false, true};
    struct sort_plan plan = plan_of(&up, 10, 5);
    struct sort_state *s = open_state(&plan);
    add(s, keys, 2, 0, 0);
    expect(&plan, &s, 1, NULL, 0);
}

static void test_sort_memory_refused_names_the_owner(void **state)
{
    (void)state;
    const int64_t keys[] = {2, 1};
    const struct sort_key up = {0, false, true};
    struct sort_plan plan = plan_of(&up, UINT64_MAX, 0);
    struct sort_state *s = open_state(&plan);
    struct batch *batch = make_batch(keys, 2, 0, 0);
    struct error refused = {0};
    budget.limit = budget_used(&budget) + 10;
    assert_int_equal(sort_state_add(s, batch, &refused), STATUS_MEMORY);
    assert_non_null(strstr(refused.message, "test"));
    budget.limit = SIZE_MAX;
    batch_unref(batch);
    sort_state_close(s);
    assert_int_equal(budget_used(&budget), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sort_nulls_and_ties_keep_input_order),
        cmocka_unit_test(test_sort_two_workers_ties_follow_morsels),
        cmocka_unit_test(test_sort_limit_keeps_the_first_and_little_memory),
        cmocka_unit_test(test_sort_limit_beyond_the_rows_gives_what_is_there),
        cmocka_unit_test(test_sort_memory_refused_names_the_owner),
    };
    budget_init(&budget, SIZE_MAX);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
