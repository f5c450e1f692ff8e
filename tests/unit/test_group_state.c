/* test_group_state.c - group rows and the tables that find them: direct, hashed, by pane. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "exec/group_panes.h"

enum { N = 1000 };

struct fixture {
    struct arena arena;
    struct budget budget;
    struct context context;
    atomic_bool cancel;
    struct group_layout layout;
    struct group_store store;
    struct group_key_scratch scratch;
    struct batch *batch;
};

static struct error error;
static struct fixture fixture;

/* A layout over (BIGINT, VARCHAR) columns. */
static void plan(const uint32_t *keys, uint32_t n_keys, bool windowed, struct aggregate *aggregates,
                 uint32_t n)
{
    static struct field fields[2] = {{"k", {.id = TYPE_BIGINT}, false},
                                     {"t", {.id = TYPE_VARCHAR}, false}};
    const struct schema input = {fields, 2};
    uint32_t *acc_of;
    struct transform t = {.kind = TRANSFORM_COMBINE};
    t.combine.keys = arena_memdup(&fixture.arena, keys, 2 * sizeof(*keys));
    t.combine.n_keys = n_keys;
    t.combine.windowed = windowed;
    t.combine.window.kind = WINDOW_TUMBLE;
    t.combine.aggregates = aggregates;
    t.combine.n_aggregates = n;
    ASSERT_OK(group_layout_plan(&fixture.layout, &fixture.arena, &t, &input, &acc_of, &error),
              error);
    ASSERT_OK(group_store_init(&fixture.store, &fixture.layout, &fixture.context, "test", &error),
              error);
    ASSERT_OK(
        group_key_scratch_init(&fixture.scratch, &fixture.layout, &fixture.context, "test", &error),
        error);
}

static int set_up(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof(fixture));
    error_clear(&error);
    budget_init(&fixture.budget, SIZE_MAX);
    fixture.context =
        (struct context){.budget = &fixture.budget, .cancel = &fixture.cancel, .n_threads = 1};
    return arena_init(&fixture.arena, &error) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    batch_unref(fixture.batch);
    group_key_scratch_fini(&fixture.scratch, &fixture.context);
    group_store_fini(&fixture.store);
    arena_fini(&fixture.arena);
    assert_int_equal(budget_used(&fixture.budget), 0);
    return 0;
}

/* Keys number i: base + i * step as a number, and as a text. */
static struct group_keys make_keys(int64_t base, int64_t step)
{
    batch_unref(fixture.batch);
    ASSERT_OK(batch_new(2, N, 0, &fixture.budget, &fixture.batch, &error), error);
    struct column **columns = fixture.batch->columns;
    ASSERT_OK(column_new(type_of(TYPE_BIGINT), N, &fixture.budget, "test", &columns[0], &error),
              error);
    ASSERT_OK(column_new(type_of(TYPE_VARCHAR), N, &fixture.budget, "test", &columns[1], &error),
              error);
    struct text_builder builder;
    text_builder_init(&builder, columns[1], "test");
    for (size_t i = 0; i < N; i++) {
        char text[48];
        int64_t key = (int64_t)((uint64_t)base + i * (uint64_t)step);
        int n = snprintf(text, sizeof(text), i % 2 ? "%lld" : "a key with a long name %lld",
                         (long long)key);
        ((int64_t *)columns[0]->data)[i] = key;
        ASSERT_OK(text_builder_put(&builder, i, text, (size_t)n, &error), error);
    }
    struct group_keys keys;
    group_keys_load(&fixture.layout, fixture.batch, 0, N, &fixture.scratch, &keys);
    return keys;
}

static void find(struct group_table *table, struct group_keys *keys, char **rows)
{
    ASSERT_OK(group_table_find(&fixture.store, table, keys, NULL, 0, N, rows, NULL, &error), error);
}

/* Finding again gives the same rows, also one by one, also after much more has been added. */
static void check_table(int64_t base, int64_t step, bool direct)
{
    char *rows[N], *again[N];
    struct group_table table;
    group_table_init(&table, 0, false);
    struct group_keys keys = make_keys(base, step);
    find(&table, &keys, rows);
    assert_int_equal(table.count, N);
    assert_int_equal(table.direct, direct);
    for (int more = 1; more < 6; more++) {
        keys = make_keys((int64_t)((uint64_t)base + (uint64_t)(more * N) * (uint64_t)step), step);
        find(&table, &keys, again);
        assert_int_equal(table.count, (more + 1) * N);
    }
    keys = make_keys(base, step);
    find(&table, &keys, again);
    assert_memory_equal(rows, again, sizeof(rows));
    group_keys_hash(&fixture.layout, &keys);
    for (size_t i = 0; i < N; i++) {
        char *row;
        assert_true(group_key_equal(&fixture.layout, rows[i], &keys, i));
        assert_int_equal(group_row_hash(&fixture.layout, rows[i]), keys.hashes[i]);
        ASSERT_OK(group_table_find_one(&fixture.store, &table, &keys, i, &row, &error), error);
        assert_ptr_equal(row, rows[i]);
    }
    group_table_fini(&fixture.store, &table);
}

static void test_group_table_is_direct_for_small_ranges(void **state)
{
    (void)state;
    plan((const uint32_t[]){0, 1}, 1, false, NULL, 0);
    assert_int_equal(fixture.layout.kind, KEY_INT);
    check_table(-500, 1, true);
    check_table(INT64_MAX - 5999, 1, true);
    check_table(INT64_MIN, 1, true);
}

static void test_group_table_is_hashed_for_scattered_keys(void **state)
{
    (void)state;
    plan((const uint32_t[]){0, 1}, 1, false, NULL, 0);
    check_table(0, 1000003, false);
    check_table(INT64_MIN, INT64_C(1) << 50, false);
}

static void test_group_table_finds_texts_and_several_keys(void **state)
{
    (void)state;
    plan((const uint32_t[]){1, 0}, 1, false, NULL, 0);
    assert_int_equal(fixture.layout.kind, KEY_TEXT);
    check_table(0, 7, false);
    group_key_scratch_fini(&fixture.scratch, &fixture.context);
    group_store_fini(&fixture.store);
    plan((const uint32_t[]){1, 0}, 2, false, NULL, 0);
    assert_int_equal(fixture.layout.kind, KEY_WORDS);
    check_table(0, 7, false);
}

/* A table that was direct goes over to hashing when keys leave its range. */
static void test_group_table_gives_up_a_range_that_grows(void **state)
{
    (void)state;
    char *rows[N], *far[N], *again[N];
    struct group_table table;
    plan((const uint32_t[]){0, 1}, 1, false, NULL, 0);
    group_table_init(&table, 0, false);
    struct group_keys keys = make_keys(0, 1);
    find(&table, &keys, rows);
    assert_true(table.direct);
    keys = make_keys(INT64_MIN, 1000000007);
    find(&table, &keys, far);
    assert_false(table.direct);
    keys = make_keys(0, 1);
    find(&table, &keys, again);
    assert_memory_equal(rows, again, sizeof(rows));
    assert_int_equal(table.count, 2 * N);
    group_table_fini(&fixture.store, &table);
}

static void test_group_slots_stay_while_they_are_given_away(void **state)
{
    (void)state;
    char *rows[N];
    uint64_t *slots[N];
    struct group_table table;
    plan((const uint32_t[]){0, 1}, 1, false, NULL, 0);
    group_table_init(&table, 0, false);
    struct group_keys keys = make_keys(0, 1000003);
    ASSERT_OK(group_table_find(&fixture.store, &table, &keys, NULL, 0, N, rows, slots, &error),
              error);
    for (size_t i = 0; i < N; i++)
        assert_ptr_equal(group_slot_row(*slots[i]), rows[i]);
    group_table_fini(&fixture.store, &table);
}

/* Many panes of one row each end in one flat table; rows stay where they are. */
static void test_group_panes_go_flat(void **state)
{
    (void)state;
    enum { PANES = 5000 };
    static char *rows[PANES];
    struct group_panes panes = {0};
    plan((const uint32_t[]){0, 1}, 1, true, NULL, 0);
    struct group_keys keys = make_keys(1, 1);
    for (int64_t i = 0; i < PANES; i++) {
        struct group_table *table;
        ASSERT_OK(group_panes_get(&fixture.store, &panes, i * 1000, &table, &error), error);
        ASSERT_OK(group_table_find(&fixture.store, table, &keys, NULL, (size_t)i % N, 1, &rows[i],
                                   NULL, &error),
                  error);
    }
    assert_int_equal(group_panes_rows(&panes), PANES);
    ASSERT_OK(group_panes_settle(&fixture.store, &panes, &error), error);
    assert_non_null(panes.flat);
    int64_t times[N];
    char *found[N];
    for (int64_t i = 0; i < N; i++)
        times[i] = i * 1000;
    ASSERT_OK(group_table_find(&fixture.store, panes.flat, &keys, times, 0, N, found, NULL, &error),
              error);
    assert_memory_equal(rows, found, sizeof(found));
    struct group_cursor cursor;
    size_t n = 0;
    group_cursor_init(&cursor, &fixture.layout, &panes);
    for (char *row; (row = group_cursor_next(&cursor)) != NULL; n++)
        assert_ptr_equal(row, rows[n]);
    assert_int_equal(n, PANES);
    group_panes_fini(&fixture.store, &panes);
}

/* sum, avg and count of one argument are one accumulator; another filter is another. */
static void test_group_layout_shares_accumulators(void **state)
{
    (void)state;
    struct aggregate list[] = {
        {.id = AGGREGATE_COUNT, .args = {0, -1}, .filter = -1},
        {.id = AGGREGATE_AVG, .args = {0, -1}, .filter = -1},
        {.id = AGGREGATE_SUM, .args = {0, -1}, .filter = -1},
        {.id = AGGREGATE_SUM, .args = {0, -1}, .filter = 1},
        {.id = AGGREGATE_COUNT_STAR, .args = {-1, -1}, .filter = -1},
        {.id = AGGREGATE_COUNT, .args = {0, -1}, .filter = -1, .distinct = true},
        {.id = AGGREGATE_SUM, .args = {0, -1}, .filter = -1, .distinct = true},
        {.id = AGGREGATE_MIN, .args = {0, -1}, .filter = -1, .distinct = true},
        {.id = AGGREGATE_MIN, .args = {0, -1}, .filter = -1},
    };
    plan((const uint32_t[]){0, 1}, 1, false, list, ARRAY_LENGTH(list));
    assert_int_equal(fixture.layout.n_accs, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_group_table_is_direct_for_small_ranges),
        T(test_group_table_is_hashed_for_scattered_keys),
        T(test_group_table_finds_texts_and_several_keys),
        T(test_group_table_gives_up_a_range_that_grows),
        T(test_group_slots_stay_while_they_are_given_away),
        T(test_group_panes_go_flat),
        T(test_group_layout_shares_accumulators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
