/* test_combine.c - Combine gives one answer for whatever cut of the input: compared with a plain model that
 * keeps all rows, over key kinds, windows, batch sizes and states. */
#include "tests/unit/combine_fixture.h"

/* ---- The model ---- */

struct model_row {
    int64_t start, end;
    char key[96];
    size_t first;
    int64_t count, values, sum, low, high;
};

static void key_text(const struct row *r, const uint32_t *keys, uint32_t n_keys, char *out)
{
    *out = 0;
    for (uint32_t i = 0; i < n_keys; i++) {
        char part[40] = "NULL|";
        if (keys[i] == C_INT && !r->key_null)
            snprintf(part, sizeof(part), "%lld|", (long long)r->key);
        else if (keys[i] == C_TEXT && !r->text_null)
            snprintf(part, sizeof(part), "%s|", r->text);
        else if (keys[i] == C_SMALL)
            snprintf(part, sizeof(part), "%d|", r->small);
        strcat(out, part);
    }
}

static struct model_row *model;
static size_t model_count;

static int model_order(const void *a, const void *b)
{
    const struct model_row *x = a, *y = b;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

static void model_add(const struct row *r, size_t at, struct window w, const char *key)
{
    size_t i = 0;
    while (i < model_count &&
           (model[i].start != w.start || model[i].end != w.end || strcmp(model[i].key, key) != 0))
        i++;
    if (i == model_count) {
        model[i] = (struct model_row){.start = w.start, .end = w.end, .first = at};
        strcpy(model[i].key, key);
        model_count++;
    }
    struct model_row *m = &model[i];
    m->count++;
    if (r->value_null)
        return;
    m->low = !m->values || r->value < m->low ? r->value : m->low;
    m->high = !m->values || r->value > m->high ? r->value : m->high;
    m->values++;
    m->sum += r->value;
}

struct model_context {
    const struct row *row;
    size_t at;
    const char *key;
};
static enum status model_window(void *context, struct window window, struct error *e)
{
    (void)e;
    struct model_context *c = context;
    model_add(c->row, c->at, window, c->key);
    return STATUS_OK;
}

/* Sessions: for each row look for the borders of its run among all rows of the key. */
static void model_sessions(struct fixture *f, const uint32_t *keys, uint32_t n_keys, int64_t gap)
{
    for (size_t i = 0; i < f->n; i++) {
        char key[96], other[96];
        key_text(&f->rows[i], keys, n_keys, key);
        int64_t first = f->rows[i].time, last = first;
        for (bool grown = true; grown;) {
            grown = false;
            for (size_t j = 0; j < f->n; j++) {
                int64_t t = f->rows[j].time;
                if ((t < first && t > first - gap) || (t > last && t < last + gap)) {
                    key_text(&f->rows[j], keys, n_keys, other);
                    if (strcmp(key, other) != 0)
                        continue;
                    first = MIN(first, t);
                    last = MAX(last, t);
                    grown = true;
                }
            }
        }
        model_add(&f->rows[i], i, (struct window){first, last + gap}, key);
    }
}

static char *run_model(struct fixture *f, const uint32_t *keys, uint32_t n_keys,
                       const struct window_fn *fn)
{
    model = calloc(f->n * 20 + 1, sizeof(*model));
    model_count = 0;
    struct window_assigner assigner;
    if (fn)
        ASSERT_OK(window_assigner_init(&assigner, fn, &error), error);
    if (fn && fn->kind == WINDOW_SESSION) {
        model_sessions(f, keys, n_keys, fn->size.micros);
    } else {
        for (size_t i = 0; i < f->n; i++) {
            char key[96];
            key_text(&f->rows[i], keys, n_keys, key);
            struct model_context context = {&f->rows[i], i, key};
            struct window pane;
            bool in_window;
            if (!fn) {
                model_add(&f->rows[i], i, (struct window){0, 0}, key);
                continue;
            }
            ASSERT_OK(window_pane(&assigner, f->rows[i].time, &pane, &in_window, &error), error);
            ASSERT_OK(window_of_pane(&assigner, pane.start, model_window, &context, &error), error);
        }
    }
    qsort(model, model_count, sizeof(*model), model_order);
    struct text_out out = {0};
    out_printf(&out, "%s", "");
    for (size_t i = 0; i < model_count; i++) {
        const struct model_row *m = &model[i];
        out_printf(&out, "%s", m->key);
        if (fn)
            out_printf(&out, "%lld|%lld|%lld|", (long long)m->start, (long long)m->end,
                       (long long)m->end - 1000);
        out_printf(&out, "%lld|%lld|", (long long)m->count, (long long)m->values);
        if (m->values)
            out_printf(&out, "%lld|%lld|%lld|\n", (long long)m->sum, (long long)m->low,
                       (long long)m->high);
        else
            out_printf(&out, "NULL|NULL|NULL|\n");
    }
    free(model);
    return out.data;
}

static void check(struct fixture *f, const uint32_t *keys, uint32_t n_keys,
                  const struct window_fn *window)
{
    struct transform *t = make_combine(f, keys, n_keys, window, plain_list(f), 5);
    char *answer = run_all(f, t), *expected = run_model(f, keys, n_keys, window);
    if (strcmp(answer, expected) != 0) {
        size_t at = 0;
        while (answer[at] == expected[at])
            at++;
        size_t from = at > 200 ? at - 200 : 0;
        fail_msg("differs from the model at %zu:\n%.500s\n---\n%.500s", at, answer + from,
                 expected + from);
    }
    free(answer);
    free(expected);
    if (n_keys > 1 || keys[0] == C_SMALL)
        return;
    uint32_t n;
    struct aggregate *all = aggregate_list(f, &n);
    free(run_all(f, make_combine(f, keys, n_keys, window, all, n)));
}

/* Each set of keys. */
static void check_keys(struct fixture *f, const struct window_fn *window)
{
    check(f, (const uint32_t[]){C_INT}, 0, window);
    check(f, (const uint32_t[]){C_INT}, 1, window);
    check(f, (const uint32_t[]){C_TEXT}, 1, window);
    check(f, (const uint32_t[]){C_SMALL}, 1, window);
    check(f, (const uint32_t[]){C_SMALL, C_INT}, 2, window);
    check(f, (const uint32_t[]){C_TEXT, C_INT, C_SMALL}, 3, window);
}

/* ---- Tests ---- */

static void test_combine_without_windows_matches_the_model(void **state)
{
    struct fixture *f = *state;
    fill(f, 2000, 40, IN_ORDER, 1000, 1);
    check_keys(f, NULL);
    fill(f, 2500, 1500, IN_ORDER, 1000, 2);
    check_keys(f, NULL);
    fill(f, 2000, 5000, IN_ORDER, 1000, 3);
    check_keys(f, NULL);
}

static void test_combine_of_no_rows_gives_one_row_or_none(void **state)
{
    struct fixture *f = *state;
    f->n = 0;
    struct transform *t = make_combine(f, (const uint32_t[]){C_INT}, 0, NULL, plain_list(f), 5);
    char *answer = run_all(f, t);
    assert_string_equal(answer, "0|0|NULL|NULL|NULL|\n");
    free(answer);
    t = make_combine(f, (const uint32_t[]){C_INT}, 1, NULL, plain_list(f), 5);
    answer = run_all(f, t);
    assert_string_equal(answer, "");
    free(answer);
}

static void check_shapes(struct fixture *f, const struct window_fn *window)
{
    fill(f, 800, 20, IN_ORDER, 500000, 4);
    check_keys(f, window);
    fill(f, 800, 20, JITTER, 500000, 5);
    check_keys(f, window);
    fill(f, 600, 100, RANDOM_TIME, 500000, 6);
    check_keys(f, window);
}

static void test_combine_tumble_matches_the_model(void **state)
{
    check_shapes(*state,
                 &(const struct window_fn){.kind = WINDOW_TUMBLE, .size = {.micros = 10000000}});
}

static void test_combine_hop_matches_the_model(void **state)
{
    check_shapes(*state, &(const struct window_fn){.kind = WINDOW_HOP,
                                                   .size = {.micros = 30000000},
                                                   .slide = {.micros = 20000000}});
    check_shapes(*state, &(const struct window_fn){.kind = WINDOW_HOP,
                                                   .size = {.micros = 100000000},
                                                   .slide = {.micros = 20000000},
                                                   .offset = {.micros = 3000000}});
}

static void test_combine_cumulate_matches_the_model(void **state)
{
    check_shapes(*state, &(const struct window_fn){.kind = WINDOW_CUMULATE,
                                                   .size = {.micros = 60000000},
                                                   .slide = {.micros = 10000000}});
}

static void test_combine_session_matches_the_model(void **state)
{
    check_shapes(*state,
                 &(const struct window_fn){.kind = WINDOW_SESSION, .size = {.micros = 5000000}});
}

/* Ten thousand panes of a row or two: the flat table. */
static void test_combine_of_many_panes_matches_the_model(void **state)
{
    struct fixture *f = *state;
    const struct window_fn tumble = {.kind = WINDOW_TUMBLE, .size = {.micros = 1000}};
    const struct window_fn hop = {
        .kind = WINDOW_HOP, .size = {.micros = 3000}, .slide = {.micros = 1000}};
    fill(f, 5000, 10, IN_ORDER, 1000, 7);
    check(f, (const uint32_t[]){C_INT}, 0, &tumble);
    check(f, (const uint32_t[]){C_INT}, 1, &tumble);
    check(f, (const uint32_t[]){C_TEXT, C_SMALL}, 2, &tumble);
    fill(f, 6000, 10, RANDOM_TIME, 1000, 8);
    check(f, (const uint32_t[]){C_TEXT}, 1, &tumble);
    check(f, (const uint32_t[]){C_INT}, 1, &hop);
}

/* Enough groups for the states to be cut into shards. */
static void test_combine_of_many_groups_is_the_same_in_shards(void **state)
{
    struct fixture *f = *state;
    const struct window_fn tumble = {.kind = WINDOW_TUMBLE, .size = {.micros = 1000000000}};
    const struct window_fn session = {.kind = WINDOW_SESSION, .size = {.micros = 10000000}};
    const struct window_fn cumulate = {
        .kind = WINDOW_CUMULATE, .size = {.micros = 2000000000}, .slide = {.micros = 500000000}};
    fill(f, ROWS_MAX, 15000, JITTER, 500000, 9);
    uint32_t n;
    struct aggregate *all = aggregate_list(f, &n);
    free(run_all(f, make_combine(f, (const uint32_t[]){C_INT}, 1, NULL, all, n)));
    free(run_all(f, make_combine(f, (const uint32_t[]){C_TEXT}, 1, &tumble, all, n)));
    free(run_all(f, make_combine(f, (const uint32_t[]){C_INT, C_TEXT}, 2, &session, all, n)));
    free(run_all(f, make_combine(f, (const uint32_t[]){C_INT}, 1, &cumulate, all, n)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(test_combine_without_windows_matches_the_model),
        T(test_combine_of_no_rows_gives_one_row_or_none),
        T(test_combine_tumble_matches_the_model),
        T(test_combine_hop_matches_the_model),
        T(test_combine_cumulate_matches_the_model),
        T(test_combine_session_matches_the_model),
        T(test_combine_of_many_panes_matches_the_model),
        T(test_combine_of_many_groups_is_the_same_in_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
