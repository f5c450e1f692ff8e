#include "base/thread.h"
#include "tests/unit/unit.h"

#include <signal.h>

#include "base/clock.h"
#include "base/context.h"

struct shared {
    struct mutex mutex;
    struct condition changed;
    int count, turn;
    bool signals_blocked;
};

static void count_up(void *argument)
{
    struct shared *shared = argument;
    for (int i = 0; i < 10000; i++) {
        mutex_lock(&shared->mutex);
        shared->count++;
        mutex_unlock(&shared->mutex);
    }
}

static void take_turn(void *argument)
{
    struct shared *shared = argument;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    mutex_lock(&shared->mutex);
    shared->signals_blocked = sigismember(&blocked, SIGINT) == 1;
    while (shared->turn != 1)
        condition_wait(&shared->changed, &shared->mutex);
    shared->turn = 2;
    condition_broadcast(&shared->changed);
    mutex_unlock(&shared->mutex);
}

static void test_mutex_from_threads_counts_all(void **state)
{
    (void)state;
    struct shared shared = {0};
    struct error error = {0};
    struct thread threads[2];
    mutex_init(&shared.mutex);
    for (int i = 0; i < 2; i++)
        ASSERT_OK(thread_start(&threads[i], count_up, &shared, &error), error);
    for (int i = 0; i < 2; i++)
        thread_join(&threads[i]);
    assert_int_equal(shared.count, 20000);
    mutex_fini(&shared.mutex);
}

static void test_condition_hands_over_with_signals_blocked(void **state)
{
    (void)state;
    struct shared shared = {0};
    struct error error = {0};
    struct thread thread;
    mutex_init(&shared.mutex);
    condition_init(&shared.changed);
    ASSERT_OK(thread_start(&thread, take_turn, &shared, &error), error);
    mutex_lock(&shared.mutex);
    shared.turn = 1;
    condition_signal(&shared.changed);
    while (shared.turn != 2)
        condition_wait(&shared.changed, &shared.mutex);
    mutex_unlock(&shared.mutex);
    thread_join(&thread);
    assert_true(shared.signals_blocked);
    condition_fini(&shared.changed);
    mutex_fini(&shared.mutex);
}

static void test_condition_wait_for_ends_after_its_time(void **state)
{
    (void)state;
    struct mutex mutex;
    struct condition condition;
    mutex_init(&mutex);
    condition_init(&condition);
    mutex_lock(&mutex);
    int64_t start = clock_monotonic_ns();
    while (condition_wait_for(&condition, &mutex, 20))
        ;
    assert_true(clock_monotonic_ns() - start >= 19000000);
    mutex_unlock(&mutex);
    condition_fini(&condition);
    mutex_fini(&mutex);
    assert_true(thread_processors() >= 1);
}

static void test_clock_fixed_is_what_it_was_set_to(void **state)
{
    (void)state;
    struct clock clock = {clock_fixed_wall_us, 42};
    assert_int_equal(clock.wall_us(&clock), 42);
    struct clock system = clock_system;
    assert_true(system.wall_us(&system) > INT64_C(1700000000) * 1000000);
    assert_true(clock_cpu_ns() > 0);
}

static void test_context_check_after_cancel_is_interrupted(void **state)
{
    (void)state;
    atomic_bool cancel = false;
    struct context context = {.cancel = &cancel};
    struct error error = {0};
    ASSERT_OK(context_check(&context, &error), error);
    atomic_store(&cancel, true);
    assert_int_equal(context_check(&context, &error), STATUS_CANCELLED);
    assert_string_equal(error.message, "interrupted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutex_from_threads_counts_all),
        cmocka_unit_test(test_condition_hands_over_with_signals_blocked),
        cmocka_unit_test(test_condition_wait_for_ends_after_its_time),
        cmocka_unit_test(test_clock_fixed_is_what_it_was_set_to),
        cmocka_unit_test(test_context_check_after_cancel_is_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
