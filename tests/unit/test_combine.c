/* test_combine.c - Combine gives one answer for whatever cut of the input: compared with a plain model that
 * keeps all rows, over key kinds, windows, batch sizes and states. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "exec/combine.h"
#include "exec/session_assign.h"
#include "exec/window.h"
#include "storage/batch.h"

enum { ROWS_MAX = 20000, COLUMNS = 8 };
/* The columns of every test: BIGINT key, VARCHAR key, INTEGER key, time or pane, BIGINT value, DOUBLE value, VARCHAR
 * value, BOOLEAN. */
enum { C_INT, C_TEXT, C_SMALL, C_TIME, C_VALUE, C_DOUBLE, C_WORD, C_FLAG };

struct row {
    int64_t key, time, value;
    int32_t small;
    bool key_null, text_null, value_null, flag;
    double number;
    char text[24], word[32];
};

struct fixture {
    struct arena arena;
    struct budget budget;
    struct clock clock;
    atomic_bool cancel;
    struct context context;
    struct schema input, output;
    struct row *rows;
    size_t n;
};

static struct error error;

static const struct {
    const char *name;
    uint8_t type;
} FIELDS[COLUMNS] = {{"k", TYPE_BIGINT},  {"t", TYPE_VARCHAR}, {"s", TYPE_INTEGER},
                     {"ts", TYPE_BIGINT}, {"v", TYPE_BIGINT},  {"d", TYPE_DOUBLE},
                     {"w", TYPE_VARCHAR}, {"f", TYPE_BOOLEAN}};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    ASSERT_OK(arena_init(&f->arena, &error), error);
    budget_init(&f->budget, SIZE_MAX);
    f->clock = clock_system;
    f->context = (struct context){.budget = &f->budget,
                                  .clock = &f->clock,
                                  .cancel = &f->cancel,
                                  .n_threads = 2,
                                  .batch_size = 1000};
    f->input.fields = ARENA_ARRAY(&f->arena, struct field, COLUMNS);
    f->input.n_fields = COLUMNS;
    for (int i = 0; i < COLUMNS; i++)
        f->input.fields[i] =
            (struct field){.name = FIELDS[i].name, .type = type_of(FIELDS[i].type)};
    f->rows = calloc(ROWS_MAX, sizeof(struct row));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(budget_used(&f->budget), 0);
    arena_fini(&f->arena);
    free(f->rows);
    free(f);
    return 0;
}

/* ---- Input ---- */

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

enum shape { IN_ORDER, JITTER, RANDOM_TIME };

static void fill(struct fixture *f, size_t n, unsigned n_keys, enum shape shape, int64_t step,
                 uint64_t seed)
{
    f->n = n;
    for (size_t i = 0; i < n; i++) {
        struct row *r = &f->rows[i];
        *r = (struct row){0};
        r->key = (int64_t)(next_random(&seed) % n_keys) * (n_keys > 3000 ? 1000003 : 1) - 5;
        r->key_null = next_random(&seed) % 50 == 0;
        r->text_null = next_random(&seed) % 50 == 0;
        r->small = (int32_t)(next_random(&seed) % 3);
        unsigned word = (unsigned)(next_random(&seed) % n_keys);
        snprintf(r->text, sizeof(r->text), word % 2 ? "key %u" : "a rather long key %u", word);
        r->value = (int64_t)(next_random(&seed) % 2000) - 1000;
        r->value_null = next_random(&seed) % 10 == 0;
        r->number = (double)(int64_t)(next_random(&seed) % 100000) / 1000.0 - 50;
        snprintf(r->word, sizeof(r->word), next_random(&seed) % 2 ? "w%u" : "quite a long word %u",
                 (unsigned)(next_random(&seed) % 40));
        r->flag = next_random(&seed) % 3 != 0;
        int64_t jitter = (int64_t)(next_random(&seed) % 20) - 10;
        r->time = (int64_t)i * step;
        if (shape == JITTER)
            r->time += jitter * step;
        if (shape == RANDOM_TIME)
            r->time = (int64_t)(next_random(&seed) % n) * step - (int64_t)n / 2 * step;
    }
}

static struct batch *make_batch(struct fixture *f, const int64_t *times, size_t at, size_t n,
                                uint64_t morsel)
{
    struct batch *batch;
    ASSERT_OK(batch_new(COLUMNS, n, morsel, &f->budget, &batch, &error), error);
    struct text_builder texts[COLUMNS];
    for (uint32_t c = 0; c < COLUMNS; c++) {
        ASSERT_OK(
            column_new(f->input.fields[c].type, n, &f->budget, "test", &batch->columns[c], &error),
            error);
        if (type_is_text(f->input.fields[c].type))
            text_builder_init(&texts[c], batch->columns[c], "test");
    }
    ASSERT_OK(column_add_validity(batch->columns[C_INT], &error), error);
    ASSERT_OK(column_add_validity(batch->columns[C_TEXT], &error), error);
    ASSERT_OK(column_add_validity(batch->columns[C_VALUE], &error), error);
    for (size_t i = 0; i < n; i++) {
        const struct row *r = &f->rows[at + i];
        ((int64_t *)batch->columns[C_INT]->data)[i] = r->key;
        ((int32_t *)batch->columns[C_SMALL]->data)[i] = r->small;
        ((int64_t *)batch->columns[C_TIME]->data)[i] = times ? times[at + i] : r->time;
        ((int64_t *)batch->columns[C_VALUE]->data)[i] = r->value;
        ((double *)batch->columns[C_DOUBLE]->data)[i] = r->number;
        ((uint8_t *)batch->columns[C_FLAG]->data)[i] = r->flag;
        ASSERT_OK(text_builder_put(&texts[C_TEXT], i, r->text, strlen(r->text), &error), error);
        ASSERT_OK(text_builder_put(&texts[C_WORD], i, r->word, strlen(r->word), &error), error);
        bits_put(batch->columns[C_INT]->validity, i, !r->key_null);
        bits_put(batch->columns[C_TEXT]->validity, i, !r->text_null);
        bits_put(batch->columns[C_VALUE]->validity, i, !r->value_null);
    }
    for (uint32_t c = 0; c < COLUMNS; c++)
        column_trim_validity(batch->columns[c]);
    return batch;
}

/* ---- Running ---- */

static struct transform *make_combine(struct fixture *f, const uint32_t *keys, uint32_t n_keys,
                                      const struct window_fn *window, struct aggregate *aggregates,
                                      uint32_t n)
{
    struct transform *t = ARENA_NEW(&f->arena, struct transform);
    t->kind = TRANSFORM_COMBINE;
    t->combine.keys = arena_memdup(&f->arena, keys, MAX(n_keys, 1u) * sizeof(*keys));
    t->combine.n_keys = n_keys;
    t->combine.aggregates = aggregates;
    t->combine.n_aggregates = n;
    t->combine.windowed = window != NULL;
    if (window)
        t->combine.window = *window;
    t->combine.window_column = C_TIME;
    uint32_t fields = n_keys + n + (window ? WINDOW_COLUMNS : 0), at = 0;
    t->schema.fields = ARENA_ARRAY(&f->arena, struct field, fields);
    t->schema.n_fields = fields;
    for (uint32_t i = 0; i < n_keys; i++)
        t->schema.fields[at++] = f->input.fields[keys[i]];
    for (int i = 0; window && i < WINDOW_COLUMNS; i++)
        t->schema.fields[at++] = (struct field){.name = "window", .type = type_of(TYPE_TIMESTAMP)};
    for (uint32_t i = 0; i < n; i++)
        t->schema.fields[at++] = (struct field){.name = "agg", .type = aggregates[i].type};
    return t;
}

static int64_t *pane_starts(struct fixture *f, const struct window_fn *window)
{
    if (!window || window->kind == WINDOW_SESSION)
        return NULL;
    struct window_assigner assigner;
    ASSERT_OK(window_assigner_init(&assigner, window, &error), error);
    int64_t *panes = calloc(f->n + 1, sizeof(*panes));
    for (size_t i = 0; i < f->n; i++) {
        struct window pane;
        bool in_window;
        ASSERT_OK(window_pane(&assigner, f->rows[i].time, &pane, &in_window, &error), error);
        panes[i] = pane.start;
    }
    return panes;
}

struct text_out {
    char *data;
    size_t length, capacity;
};

static void out_printf(struct text_out *out, const char *format, ...) PRINTF_LIKE(2, 3);
static void out_printf(struct text_out *out, const char *format, ...)
{
    if (out->capacity - out->length < 100000) {
        out->capacity = out->capacity * 2 + 200000;
        out->data = realloc(out->data, out->capacity);
    }
    va_list args;
    va_start(args, format);
    out->length +=
        (size_t)vsnprintf(out->data + out->length, out->capacity - out->length, format, args);
    va_end(args);
}

static void print_value(struct text_out *out, const struct column *c, size_t i)
{
    if (column_is_null(c, i)) {
        out_printf(out, "NULL|");
        return;
    }
    switch (type_physical(c->type)) {
    case PHYSICAL_U8:
        out_printf(out, "%d|", ((const uint8_t *)c->data)[i]);
        break;
    case PHYSICAL_I32:
        out_printf(out, "%d|", ((const int32_t *)c->data)[i]);
        break;
    case PHYSICAL_I64:
        out_printf(out, "%lld|", (long long)((const int64_t *)c->data)[i]);
        break;
    case PHYSICAL_F64:
        out_printf(out, "%.17g|", ((const double *)c->data)[i]);
        break;
    case PHYSICAL_TEXT: {
        const struct text *t = (const struct text *)c->data + i;
        out_printf(out, "%.*s|", (int)MIN(t->length, 90000u), text_data(t));
        break;
    }
    default:
        out_printf(out, "?|");
    }
}

static void print_result(struct fixture *f, const struct combine_result *result,
                         struct text_out *out)
{
    uint64_t rows = combine_result_rows(result);
    for (uint64_t at = 0; at < rows;) {
        uint64_t n = MIN(rows - at, (uint64_t)f->context.batch_size);
        struct batch *batch;
        ASSERT_OK(combine_result_batch(result, at, n, &batch, &error), error);
        for (size_t i = 0; i < n; i++) {
            for (uint32_t c = 0; c < batch->n_columns; c++)
                print_value(out, batch->columns[c], i);
            out_printf(out, "\n");
        }
        batch_unref(batch);
        at += n;
    }
}

/* The answer as text; rows go to `n_states` states by morsels of `morsel` rows, in batches of `batch` rows. */
static char *run(struct fixture *f, const struct transform *t, size_t batch_rows,
                 size_t morsel_rows, uint32_t n_states)
{
    struct combine_plan *plan;
    struct combine_state *states[8];
    ASSERT_OK(combine_plan_new(&f->arena, t, &f->input, &t->schema, &f->context, &plan, &error),
              error);
    int64_t *panes = pane_starts(f, t->combine.windowed ? &t->combine.window : NULL);
    for (uint32_t i = 0; i < n_states; i++)
        ASSERT_OK(combine_state_open(plan, &states[i], &error), error);
    uint64_t seed = 17;
    for (size_t start = 0, morsel = 0; start < f->n; start += morsel_rows, morsel++) {
        size_t end = MIN(start + morsel_rows, f->n);
        uint32_t to = (uint32_t)(next_random(&seed) % n_states);
        for (size_t at = start; at < end; at += batch_rows) {
            struct batch *batch = make_batch(f, panes, at, MIN(batch_rows, end - at), morsel);
            ASSERT_OK(combine_state_add(states[to], batch, &error), error);
            batch_unref(batch);
        }
    }
    free(panes);
    struct combine_result *result;
    ASSERT_OK(combine_result_open(plan, states, n_states, &result, &error), error);
    for (uint32_t shard = 0; shard < combine_shards(plan); shard++)
        ASSERT_OK(combine_merge_shard(result, shard, &error), error);
    ASSERT_OK(combine_result_finish(result, &error), error);
    struct text_out out = {0};
    out_printf(&out, "%s", "");
    print_result(f, result, &out);
    combine_result_close(result);
    return out.data;
}

/* The same answer for every cut of the input. */
static char *run_all(struct fixture *f, const struct transform *t)
{
    char *one = run(f, t, 4096, 1000000, 1);
    static const struct {
        size_t batch, morsel;
        uint32_t states;
    } CUTS[] = {{7, 1000000, 1}, {1, 50, 1}, {1024, 5000, 2}, {64, 128, 3}, {500, 500, 5}};
    for (size_t i = 0; i < ARRAY_LENGTH(CUTS); i++) {
        char *other = run(f, t, CUTS[i].batch, CUTS[i].morsel, CUTS[i].states);
        if (strcmp(one, other) != 0) {
            size_t at = 0;
            while (one[at] == other[at])
                at++;
            size_t from = at > 200 ? at - 200 : 0;
            fail_msg("cut %zu differs at %zu:\n%.500s\n---\n%.500s", i, at, one + from,
                     other + from);
        }
        free(other);
    }
    return one;
}

static struct aggregate *aggregate_list(struct fixture *f, uint32_t *n)
{
    const struct type big = type_of(TYPE_BIGINT), number = type_of(TYPE_DOUBLE),
                      text = type_of(TYPE_VARCHAR);
    const struct aggregate all[] = {
        {.id = AGGREGATE_COUNT_STAR, .args = {-1, -1}, .filter = -1, .type = big},
        {.id = AGGREGATE_COUNT, .args = {C_VALUE, -1}, .filter = -1, .type = big},
        {.id = AGGREGATE_SUM, .args = {C_VALUE, -1}, .filter = -1, .type = big},
        {.id = AGGREGATE_AVG, .args = {C_VALUE, -1}, .filter = -1, .type = number},
        {.id = AGGREGATE_MIN, .args = {C_VALUE, -1}, .filter = -1, .type = big},
        {.id = AGGREGATE_MAX, .args = {C_VALUE, -1}, .filter = C_FLAG, .type = big},
        {.id = AGGREGATE_SUM, .args = {C_DOUBLE, -1}, .filter = -1, .type = number},
        {.id = AGGREGATE_AVG, .args = {C_DOUBLE, -1}, .filter = C_FLAG, .type = number},
        {.id = AGGREGATE_STDDEV_SAMP, .args = {C_DOUBLE, -1}, .filter = -1, .type = number},
        {.id = AGGREGATE_MIN, .args = {C_WORD, -1}, .filter = -1, .type = text},
        {.id = AGGREGATE_MAX, .args = {C_WORD, -1}, .filter = -1, .type = text},
        {.id = AGGREGATE_FIRST, .args = {C_VALUE, -1}, .filter = -1, .type = big},
        {.id = AGGREGATE_LAST, .args = {C_WORD, -1}, .filter = -1, .type = text},
        {.id = AGGREGATE_ANY_VALUE, .args = {C_VALUE, -1}, .filter = -1, .type = big},
        {.id = AGGREGATE_ARG_MIN, .args = {C_WORD, C_VALUE}, .filter = -1, .type = text},
        {.id = AGGREGATE_ARG_MAX, .args = {C_VALUE, C_WORD}, .filter = -1, .type = big},
        {.id = AGGREGATE_STRING_AGG, .args = {C_WORD, -1}, .filter = -1, .type = text},
        {.id = AGGREGATE_BOOL_AND,
         .args = {C_FLAG, -1},
         .filter = -1,
         .type = type_of(TYPE_BOOLEAN)},
        {.id = AGGREGATE_COUNT, .args = {C_WORD, -1}, .filter = -1, .type = big, .distinct = true},
        {.id = AGGREGATE_SUM,
         .args = {C_VALUE, -1},
         .filter = C_FLAG,
         .type = big,
         .distinct = true},
        {.id = AGGREGATE_STRING_AGG,
         .args = {C_WORD, -1},
         .filter = -1,
         .type = text,
         .distinct = true},
    };
    struct aggregate *list = arena_memdup(&f->arena, all, sizeof(all));
    *n = ARRAY_LENGTH(all);
    return list;
}

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

static struct aggregate *plain_list(struct fixture *f)
{
    const struct type big = type_of(TYPE_BIGINT);
    const struct aggregate all[] = {
        {.id = AGGREGATE_COUNT_STAR, .args = {-1, -1}, .filter = -1, .type = big},
        {.id = AGGREGATE_COUNT, .args = {C_VALUE, -1}, .filter = -1, .type = big},
        {.id = AGGREGATE_SUM, .args = {C_VALUE, -1}, .filter = -1, .type = big},
        {.id = AGGREGATE_MIN, .args = {C_VALUE, -1}, .filter = -1, .type = big},
        {.id = AGGREGATE_MAX, .args = {C_VALUE, -1}, .filter = -1, .type = big},
    };
    return arena_memdup(&f->arena, all, sizeof(all));
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
        T(test_combine_without_windows_matches_the_model),
        T(test_combine_of_no_rows_gives_one_row_or_none),
        T(test_combine_tumble_matches_the_model),
        T(test_combine_hop_matches_the_model),
        T(test_combine_cumulate_matches_the_model),
        T(test_combine_session_matches_the_model),
        T(test_combine_of_many_panes_matches_the_model),
        T(test_combine_of_many_groups_is_the_same_in_shards),
        T(test_combine_keys_that_are_equal_are_one_group),
        T(test_combine_null_is_a_key),
        T(test_combine_keys_at_the_ends_of_bigint),
        T(test_combine_dictionaries_are_their_values),
        T(test_combine_gives_back_memory_when_refused),
        T(test_combine_stops_when_cancelled),
        T(test_combine_sessions_of_single_rows_match_the_model),
        T(test_combine_longest_session_is_the_same_for_every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
