/* test_combine_edges.c - Combine's keys of every type and encoding, refused memory, cancelling, longest sessions and
 * sessions of single rows. */
#include "base/thread.h"
#include "tests/unit/combine_fixture.h"

/* ---- Columns of every kind ---- */

/* Keys of any type and encoding: groups counted, in order of their first row. */
static char *count_by(struct fixture *f, struct column *const *keys, uint32_t n_keys)
{
    struct schema input = {ARENA_ARRAY(&f->arena, struct field, n_keys), n_keys};
    struct transform *t = make_combine(f, &(const uint32_t){0}, 0, NULL, plain_list(f), 1);
    t->combine.keys = ARENA_ARRAY(&f->arena, uint32_t, n_keys);
    t->combine.n_keys = n_keys;
    t->schema.fields = ARENA_ARRAY(&f->arena, struct field, n_keys + 1);
    t->schema.n_fields = n_keys + 1;
    struct batch *batch;
    ASSERT_OK(batch_new(n_keys, keys[0]->length, 0, &f->budget, &batch, &error), error);
    for (uint32_t i = 0; i < n_keys; i++) {
        t->combine.keys[i] = i;
        input.fields[i] = t->schema.fields[i] = (struct field){"k", keys[i]->type, false};
        batch->columns[i] = column_ref(keys[i]);
    }
    t->schema.fields[n_keys] = (struct field){"n", type_of(TYPE_BIGINT), false};
    struct combine_plan *plan;
    struct combine_state *states[2];
    struct combine_result *result;
    ASSERT_OK(combine_plan_new(&f->arena, t, &input, &t->schema, &f->context, &plan, &error),
              error);
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(combine_state_open(plan, &states[i], &error), error);
        batch->morsel = (uint64_t)i;
        ASSERT_OK(combine_state_add(states[i], batch, &error), error);
    }
    batch_unref(batch);
    ASSERT_OK(combine_result_open(plan, states, 2, &result, &error), error);
    for (uint32_t shard = 0; shard < combine_shards(plan); shard++)
        ASSERT_OK(combine_merge_shard(result, shard, &error), error);
    ASSERT_OK(combine_result_finish(result, &error), error);
    struct text_out out = {0};
    print_result(f, result, &out);
    combine_result_close(result);
    return out.data;
}

static struct column *key_column(struct fixture *f, enum type_id id, const void *values, size_t n,
                                 unsigned nulls)
{
    struct column *column;
    ASSERT_OK(column_new(type_of(id), n, &f->budget, "test", &column, &error), error);
    memcpy(column->data, values, n * type_size(column->type));
    if (nulls) {
        ASSERT_OK(column_add_validity(column, &error), error);
        for (size_t i = 0; i < n; i++)
            bits_put(column->validity, i, !(nulls >> i & 1));
    }
    return column;
}

static void check_counts(struct fixture *f, struct column *const *keys, uint32_t n_keys,
                         const char *expected)
{
    char *answer = count_by(f, keys, n_keys);
    assert_string_equal(answer, expected);
    free(answer);
}

static void test_combine_keys_that_are_equal_are_one_group(void **state)
{
    struct fixture *f = *state;
    const double zero[] = {0.0, -0.0, NAN, 1.5, -NAN, 1.5};
    const struct interval month[] = {{.months = 1}, {.days = 30}, {.days = 31}};
    struct column *doubles = key_column(f, TYPE_DOUBLE, zero, 6, 0);
    check_counts(f, &doubles, 1, "0|4|\nnan|4|\n1.5|4|\n");
    struct column *intervals = key_column(f, TYPE_INTERVAL, month, 3, 0);
    char *answer = count_by(f, &intervals, 1);
    assert_string_equal(answer, "?|4|\n?|2|\n");
    free(answer);
    column_unref(doubles);
    column_unref(intervals);
}

static void test_combine_null_is_a_key(void **state)
{
    struct fixture *f = *state;
    const int64_t zeroes[] = {0, 0, 1, 1};
    const uint8_t truths[] = {1, 1, 0, 0};
    struct column *keys[2] = {key_column(f, TYPE_BIGINT, zeroes, 4, 0xa),
                              key_column(f, TYPE_BOOLEAN, truths, 4, 0x2)};
    check_counts(f, keys, 1, "0|2|\nNULL|4|\n1|2|\n");
    check_counts(f, keys, 2, "0|1|2|\nNULL|NULL|2|\n1|0|2|\nNULL|0|2|\n");
    struct column *all_null;
    ASSERT_OK(column_new_constant(type_of(TYPE_NULL), 4, true, &f->budget, &all_null, &error),
              error);
    check_counts(f, &all_null, 1, "NULL|8|\n");
    column_unref(keys[0]);
    column_unref(keys[1]);
    column_unref(all_null);
}

static void test_combine_keys_at_the_ends_of_bigint(void **state)
{
    struct fixture *f = *state;
    const int64_t ends[] = {INT64_MAX, INT64_MIN, 0, INT64_MAX, -1, INT64_MIN};
    struct column *key = key_column(f, TYPE_BIGINT, ends, 6, 0);
    check_counts(f, &key, 1, "9223372036854775807|4|\n-9223372036854775808|4|\n0|2|\n-1|2|\n");
    column_unref(key);
    const int64_t high[] = {INT64_MAX, INT64_MAX - 1};
    key = key_column(f, TYPE_BIGINT, high, 2, 0);
    check_counts(f, &key, 1, "9223372036854775807|2|\n9223372036854775806|2|\n");
    column_unref(key);
}

static struct column *dictionary_of(struct fixture *f, const uint32_t *codes, size_t n,
                                    unsigned nulls)
{
    struct column *column = key_column(f, TYPE_INTEGER, codes, n, nulls), *values;
    ASSERT_OK(column_new(type_of(TYPE_VARCHAR), 3, &f->budget, "test", &values, &error), error);
    struct text_builder text;
    text_builder_init(&text, values, "test");
    static const char *const WORDS[] = {"a", "a text that does not fit a view", "a"};
    for (size_t i = 0; i < 3; i++)
        ASSERT_OK(text_builder_put(&text, i, WORDS[i], strlen(WORDS[i]), &error), error);
    column->type = type_of(TYPE_VARCHAR);
    column->encoding = COLUMN_DICTIONARY;
    column->dictionary = values;
    return column;
}

static void test_combine_dictionaries_are_their_values(void **state)
{
    struct fixture *f = *state;
    const uint32_t codes[] = {1, 0, 2, 1, 77, 0};
    struct column *key = dictionary_of(f, codes, 6, 0x10);
    check_counts(f, &key, 1, "a text that does not fit a view|4|\na|6|\nNULL|2|\n");
    struct column *both[2] = {key, NULL};
    ASSERT_OK(column_new_constant(type_of(TYPE_INTEGER), 6, false, &f->budget, &both[1], &error),
              error);
    check_counts(f, both, 2, "a text that does not fit a view|0|4|\na|0|6|\nNULL|0|2|\n");
    column_unref(key);
    column_unref(both[1]);
}

/* ---- Threads ---- */

enum { MERGE_THREADS = 4 };

struct merge_job {
    const struct combine_plan *plan;
    struct combine_result *result;
    atomic_uint next;
    struct error errors[MERGE_THREADS];
    atomic_uint failed, thread;
};

static void merge_main(void *argument)
{
    struct merge_job *job = argument;
    struct error *own = &job->errors[atomic_fetch_add(&job->thread, 1)];
    for (uint32_t shard; (shard = atomic_fetch_add(&job->next, 1)) < combine_shards(job->plan);)
        if (combine_merge_shard(job->result, shard, own) != STATUS_OK)
            atomic_fetch_add(&job->failed, 1);
}

/* Each thread makes all batches. */
static void output_main(void *argument)
{
    struct merge_job *job = argument;
    struct error *own = &job->errors[atomic_fetch_add(&job->thread, 1)];
    uint64_t rows = combine_result_rows(job->result);
    for (uint64_t at = 0; at < rows; at += 1000) {
        struct batch *batch;
        if (combine_result_batch(job->result, at, MIN(rows - at, (uint64_t)1000), &batch, own) ==
            STATUS_OK)
            batch_unref(batch);
        else
            atomic_fetch_add(&job->failed, 1);
    }
}

static void run_threads(struct merge_job *job, void (*main_fn)(void *))
{
    struct thread threads[MERGE_THREADS];
    atomic_store(&job->thread, 0);
    for (int i = 0; i < MERGE_THREADS; i++)
        ASSERT_OK(thread_start(&threads[i], main_fn, job, &error), error);
    for (int i = 0; i < MERGE_THREADS; i++)
        thread_join(&threads[i]);
    assert_int_equal(atomic_load(&job->failed), 0);
}

/* All aggregates, in shards merged by threads: the answer of one state. */
static void check_threads(struct fixture *f, const struct transform *t)
{
    struct combine_plan *plan;
    struct combine_state *states[3];
    struct merge_job job = {0};
    int64_t *panes = pane_starts(f, t->combine.windowed ? &t->combine.window : NULL);
    f->context.n_threads = MERGE_THREADS;
    ASSERT_OK(combine_plan_new(&f->arena, t, &f->input, &t->schema, &f->context, &plan, &error),
              error);
    for (uint32_t i = 0; i < 3; i++)
        ASSERT_OK(combine_state_open(plan, &states[i], &error), error);
    for (size_t at = 0, i = 0; at < f->n; at += 1000, i++) {
        struct batch *batch = make_batch(f, panes, at, MIN((size_t)1000, f->n - at), i);
        ASSERT_OK(combine_state_add(states[i % 3], batch, &error), error);
        batch_unref(batch);
    }
    free(panes);
    ASSERT_OK(combine_result_open(plan, states, 3, &job.result, &error), error);
    job.plan = plan;
    run_threads(&job, merge_main);
    ASSERT_OK(combine_result_finish(job.result, &error), error);
    run_threads(&job, output_main);
    struct text_out out = {0};
    print_result(f, job.result, &out);
    combine_result_close(job.result);
    char *one = run(f, t, 4096, 1000000, 1);
    assert_string_equal(out.data, one);
    free(one);
    free(out.data);
}

static void test_combine_shards_are_merged_by_threads(void **state)
{
    struct fixture *f = *state;
    const struct window_fn hop = {
        .kind = WINDOW_HOP, .size = {.micros = 2000000000}, .slide = {.micros = 1000000000}};
    const struct window_fn session = {.kind = WINDOW_SESSION, .size = {.micros = 10000000}};
    uint32_t n;
    struct aggregate *all = aggregate_list(f, &n);
    fill(f, ROWS_MAX, 8000, JITTER, 500000, 15);
    check_threads(f, make_combine(f, (const uint32_t[]){C_INT, C_TEXT}, 2, NULL, all, n));
    check_threads(f, make_combine(f, (const uint32_t[]){C_TEXT}, 1, &hop, all, n));
    check_threads(f, make_combine(f, (const uint32_t[]){C_INT}, 1, &session, all, n));
}

/* ---- Failures ---- */

/* A whole run that may fail anywhere; everything is given back. */
static enum status try_run(struct fixture *f, const struct transform *t, size_t fail_at)
{
    struct combine_plan *plan;
    struct combine_state *states[2] = {NULL, NULL};
    struct combine_result *result = NULL;
    int64_t *panes = pane_starts(f, t->combine.windowed ? &t->combine.window : NULL);
    struct batch *batches[2] = {make_batch(f, panes, 0, f->n / 2, 0),
                                make_batch(f, panes, f->n / 2, f->n / 2, 1)};
    size_t before = atomic_load(&f->budget.charges);
    f->budget.fail_at = fail_at ? before + fail_at : 0;
    enum status status =
        combine_plan_new(&f->arena, t, &f->input, &t->schema, &f->context, &plan, &error);
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        status = combine_state_open(plan, &states[i], &error);
        if (status == STATUS_OK)
            status = combine_state_add(states[i], batches[i], &error);
    }
    if (status == STATUS_OK)
        status = combine_result_open(plan, states, 2, &result, &error);
    else
        for (int i = 0; i < 2; i++)
            combine_state_close(states[i]);
    for (uint32_t shard = 0; status == STATUS_OK && shard < combine_shards(plan); shard++)
        status = combine_merge_shard(result, shard, &error);
    if (status == STATUS_OK)
        status = combine_result_finish(result, &error);
    struct batch *out = NULL;
    if (status == STATUS_OK)
        status = combine_result_batch(result, 0, combine_result_rows(result), &out, &error);
    batch_unref(out);
    combine_result_close(result);
    batch_unref(batches[0]);
    batch_unref(batches[1]);
    free(panes);
    return status;
}

static void test_combine_gives_back_memory_when_refused(void **state)
{
    struct fixture *f = *state;
    static const struct window_fn FNS[] = {
        {.kind = WINDOW_GLOBAL},
        {.kind = WINDOW_HOP, .size = {.micros = 60000000}, .slide = {.micros = 20000000}},
        {.kind = WINDOW_CUMULATE, .size = {.micros = 60000000}, .slide = {.micros = 20000000}},
        {.kind = WINDOW_SESSION, .size = {.micros = 5000000}},
    };
    const uint32_t keys[] = {C_TEXT, C_INT};
    fill(f, 400, 10, JITTER, 500000, 11);
    uint32_t n;
    struct aggregate *all = aggregate_list(f, &n);
    for (size_t i = 0; i < ARRAY_LENGTH(FNS); i++) {
        struct transform *t = make_combine(f, keys, 2, i > 0 ? &FNS[i] : NULL, all, n);
        size_t used = budget_used(&f->budget);
        for (size_t fail_at = 1;; fail_at++) {
            error_clear(&error);
            enum status status = try_run(f, t, fail_at);
            f->budget.fail_at = 0;
            assert_int_equal(budget_used(&f->budget), used);
            if (status == STATUS_OK)
                break;
            assert_int_equal(status, STATUS_MEMORY);
            assert_non_null(strstr(error.message, "out of memory: "));
        }
    }
    error_clear(&error);
}

static void test_combine_stops_when_cancelled(void **state)
{
    struct fixture *f = *state;
    fill(f, 400, 10, IN_ORDER, 500000, 12);
    struct transform *t = make_combine(f, (const uint32_t[]){C_INT}, 1, NULL, plain_list(f), 5);
    atomic_store(&f->cancel, true);
    assert_int_equal(try_run(f, t, 0), STATUS_CANCELLED);
    atomic_store(&f->cancel, false);
    error_clear(&error);
}

/* ---- Sessions with a longest duration, and of single rows ---- */

static void model_longest(struct fixture *f, int64_t gap, int64_t longest, struct window *windows)
{
    for (size_t i = 0; i < f->n; i++) {
        int64_t at = INT64_MIN, first = INT64_MIN, last = INT64_MIN;
        /* Time after time of the key, until the row's own session is known whole. */
        for (;;) {
            int64_t next = INT64_MAX;
            for (size_t j = 0; j < f->n; j++)
                if (f->rows[j].small == f->rows[i].small && f->rows[j].time > at &&
                    f->rows[j].time < next)
                    next = f->rows[j].time;
            bool joins = next != INT64_MAX && at != INT64_MIN && next < last + gap &&
                         (!longest || next < first + longest);
            if (!joins && at >= f->rows[i].time && first <= f->rows[i].time && at != INT64_MIN)
                break;
            if (!joins)
                first = next;
            last = at = next;
        }
        int64_t end = last + gap;
        windows[i] =
            (struct window){first, longest && end > first + longest ? first + longest : end};
    }
}

static void check_assigned(struct fixture *f, int64_t gap, int64_t longest)
{
    struct window *windows = calloc(f->n, sizeof(*windows));
    model_longest(f, gap, longest, windows);
    struct transform into = {.kind = TRANSFORM_WINDOW_INTO};
    struct field fields[COLUMNS + WINDOW_COLUMNS];
    memcpy(fields, f->input.fields, COLUMNS * sizeof(struct field));
    for (int i = 0; i < WINDOW_COLUMNS; i++)
        fields[COLUMNS + i] = (struct field){"w", type_of(TYPE_TIMESTAMP), true};
    uint32_t key = C_SMALL;
    into.schema = (struct schema){fields, COLUMNS + WINDOW_COLUMNS};
    into.window_into.fn = (struct window_fn){
        .kind = WINDOW_SESSION, .size = {.micros = gap}, .max_duration = longest};
    into.window_into.time_column_in = C_TIME;
    into.window_into.partition_by = &key;
    into.window_into.n_partition_by = 1;
    struct session_assign *assign;
    ASSERT_OK(session_assign_open(&into, &f->context, &assign, &error), error);
    for (size_t at = 0; at < f->n; at += 70) {
        struct batch *batch = make_batch(f, NULL, at, MIN((size_t)70, f->n - at), 0);
        ASSERT_OK(session_assign_add(assign, batch, &error), error);
        batch_unref(batch);
    }
    ASSERT_OK(session_assign_finish(assign, &error), error);
    assert_int_equal(session_assign_rows(assign), f->n);
    size_t row = 0;
    for (uint64_t b = 0; b < session_assign_batches(assign); b++) {
        struct batch *batch;
        ASSERT_OK(session_assign_get(assign, b, &batch, &error), error);
        const int64_t *starts = batch->columns[COLUMNS]->data,
                      *ends = batch->columns[COLUMNS + 1]->data;
        for (size_t i = 0; i < batch->length; i++, row++) {
            assert_int_equal(starts[i], windows[row].start);
            assert_int_equal(ends[i], windows[row].end);
        }
        batch_unref(batch);
    }
    assert_int_equal(row, f->n);
    session_assign_close(assign);
    free(windows);
}

static void test_combine_sessions_of_single_rows_match_the_model(void **state)
{
    struct fixture *f = *state;
    for (int shape = IN_ORDER; shape <= RANDOM_TIME; shape++) {
        fill(f, 250, 4, (enum shape)shape, 500000, 13);
        check_assigned(f, 2000000, 0);
        check_assigned(f, 2000000, 6000000);
        check_assigned(f, 5000000, 1000);
    }
}

static void test_combine_longest_session_is_the_same_for_every_cut(void **state)
{
    struct fixture *f = *state;
    const struct window_fn fn = {
        .kind = WINDOW_SESSION, .size = {.micros = 2000000}, .max_duration = 7000000};
    uint32_t n;
    struct aggregate *all = aggregate_list(f, &n);
    fill(f, 3000, 5, RANDOM_TIME, 500000, 14);
    free(run_all(f, make_combine(f, (const uint32_t[]){C_SMALL}, 1, &fn, all, n)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(test_combine_keys_that_are_equal_are_one_group),
        T(test_combine_null_is_a_key),
        T(test_combine_keys_at_the_ends_of_bigint),
        T(test_combine_dictionaries_are_their_values),
        T(test_combine_shards_are_merged_by_threads),
        T(test_combine_gives_back_memory_when_refused),
        T(test_combine_stops_when_cancelled),
        T(test_combine_sessions_of_single_rows_match_the_model),
        T(test_combine_longest_session_is_the_same_for_every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
