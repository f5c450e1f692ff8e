#include "base/buffer.h"
#include "tests/unit/unit.h"

#include "base/thread.h"

static void test_budget_charge_over_limit_names_owner_and_takes_nothing(void **state)
{
    (void)state;
    struct budget budget;
    struct error error = {0};
    budget_init(&budget, 1000);
    ASSERT_OK(budget_charge(&budget, 900, "Read", &error), error);
    assert_int_equal(budget_charge(&budget, 101, "Combine(partial)", &error), STATUS_MEMORY);
    assert_non_null(strstr(error.message, "Combine(partial)"));
    assert_int_equal(budget_used(&budget), 900);
    assert_int_equal(budget_charge(&budget, SIZE_MAX, "x", &(struct error){0}), STATUS_MEMORY);
    budget_release(&budget, 900);
    assert_int_equal(budget_used(&budget), 0);
    assert_int_equal(atomic_load(&budget.peak), 900);
}

static void test_budget_fail_at_refuses_that_charge_only(void **state)
{
    (void)state;
    struct budget budget;
    struct error error = {0};
    budget_init(&budget, SIZE_MAX);
    budget.fail_at = 2;
    ASSERT_OK(budget_charge(&budget, 1, "a", &error), error);
    assert_int_equal(budget_charge(&budget, 1, "b", &(struct error){0}), STATUS_MEMORY);
    ASSERT_OK(budget_charge(&budget, 1, "c", &error), error);
    assert_int_equal(budget_used(&budget), 2);
}

static void charge_often(void *argument)
{
    struct budget *budget = argument;
    for (int i = 0; i < 20000; i++)
        if (budget_charge(budget, 3, "thread", NULL) == STATUS_OK)
            budget_release(budget, 3);
}

static void test_budget_from_threads_ends_at_zero(void **state)
{
    (void)state;
    struct budget budget;
    struct error error = {0};
    struct thread threads[3];
    budget_init(&budget, 7);
    for (int i = 0; i < 3; i++)
        ASSERT_OK(thread_start(&threads[i], charge_often, &budget, &error), error);
    for (int i = 0; i < 3; i++)
        thread_join(&threads[i]);
    assert_int_equal(budget_used(&budget), 0);
    assert_true(atomic_load(&budget.peak) <= 7);
}

static void test_buffer_new_is_aligned_padded_and_charged(void **state)
{
    (void)state;
    struct budget budget;
    struct error error = {0};
    budget_init(&budget, SIZE_MAX);
    for (size_t capacity = 0; capacity < 5000; capacity += 333) {
        struct buffer *buffer;
        ASSERT_OK(buffer_new(capacity, &budget, "test", &buffer, &error), error);
        assert_int_equal((uintptr_t)buffer->data % BUFFER_ALIGNMENT, 0);
        assert_true(budget_used(&budget) >= capacity);
        for (size_t i = 0; i < BUFFER_PADDING; i++)
            assert_int_equal(buffer->data[capacity + i], 0);
        buffer_ref(buffer);
        buffer_unref(buffer);
        buffer_unref(buffer);
        assert_int_equal(budget_used(&budget), 0);
    }
}

static void test_buffer_grow_keeps_bytes_and_gives_old_charge_back(void **state)
{
    (void)state;
    struct budget budget;
    struct error error = {0};
    struct buffer *buffer = NULL;
    budget_init(&budget, SIZE_MAX);
    size_t length = 0;
    for (int i = 0; i < 10000; i++) {
        ASSERT_OK(buffer_grow(&buffer, length + 1, length, &budget, "test", &error), error);
        buffer->data[length++] = (uint8_t)i;
    }
    for (size_t i = 0; i < length; i++)
        assert_int_equal(buffer->data[i], (uint8_t)i);
    assert_true(budget_used(&budget) < 3 * length + 1000);
    buffer_unref(buffer);
    assert_int_equal(budget_used(&budget), 0);
}

static void test_buffer_refused_leaves_all_as_it_was(void **state)
{
    (void)state;
    struct budget budget;
    struct error error = {0};
    struct buffer *buffer;
    budget_init(&budget, 10000);
    ASSERT_OK(buffer_new_zeroed(100, &budget, "test", &buffer, &error), error);
    buffer->data[5] = 7;
    struct buffer *before = buffer;
    assert_int_equal(buffer_grow(&buffer, 20000, 100, &budget, "test", &error), STATUS_MEMORY);
    assert_ptr_equal(buffer, before);
    assert_int_equal(buffer->data[5], 7);
    assert_int_equal(buffer_new(SIZE_MAX - 10, NULL, "huge", &before, &(struct error){0}),
                     STATUS_MEMORY);
    buffer_unref(buffer);
    buffer_unref(NULL);
}

static void test_block_grow_clears_new_bytes(void **state)
{
    (void)state;
    struct budget budget;
    struct error error = {0};
    void *block;
    budget_init(&budget, 5000);
    ASSERT_OK(block_alloc(&block, 100, &budget, "table", &error), error);
    memset(block, 9, 100);
    ASSERT_OK(block_grow(&block, 100, 4000, &budget, "table", &error), error);
    assert_int_equal(((uint8_t *)block)[99], 9);
    for (size_t i = 100; i < 4000; i++)
        assert_int_equal(((uint8_t *)block)[i], 0);
    assert_int_equal(block_grow(&block, 4000, 6000, &budget, "table", &error), STATUS_MEMORY);
    assert_int_equal(budget_used(&budget), 4000);
    block_free(block, 4000, &budget);
    assert_int_equal(budget_used(&budget), 0);
}

static void test_bytes_append_grows_and_is_charged(void **state)
{
    (void)state;
    struct budget budget;
    struct error error = {0};
    struct bytes bytes;
    budget_init(&budget, 100000);
    bytes_init(&bytes, &budget, "text");
    enum status status = STATUS_OK;
    size_t appended = 0;
    while ((status = bytes_append(&bytes, "0123456789", 10, &error)) == STATUS_OK)
        appended += 10;
    assert_int_equal(status, STATUS_MEMORY);
    assert_int_equal(bytes.length, appended);
    assert_memory_equal(bytes.data + appended - 10, "0123456789", 10);
    bytes_fini(&bytes);
    assert_int_equal(budget_used(&budget), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget_charge_over_limit_names_owner_and_takes_nothing),
        cmocka_unit_test(test_budget_fail_at_refuses_that_charge_only),
        cmocka_unit_test(test_budget_from_threads_ends_at_zero),
        cmocka_unit_test(test_buffer_new_is_aligned_padded_and_charged),
        cmocka_unit_test(test_buffer_grow_keeps_bytes_and_gives_old_charge_back),
        cmocka_unit_test(test_buffer_refused_leaves_all_as_it_was),
        cmocka_unit_test(test_block_grow_clears_new_bytes),
        cmocka_unit_test(test_bytes_append_grows_and_is_charged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
