/* combine_fixture.h - rows of every kind, cut into batches and states in many ways, for the tests of Combine. */
#ifndef COMBINE_FIXTURE_H
#define COMBINE_FIXTURE_H

#include "tests/unit/unit.h"

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

static UNUSED int setup(void **state)
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

static UNUSED int teardown(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(budget_used(&f->budget), 0);
    arena_fini(&f->arena);
    free(f->rows);
    free(f);
    return 0;
}

/* ---- Input ---- */

static UNUSED uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

enum shape { IN_ORDER, JITTER, RANDOM_TIME };

static UNUSED void fill(struct fixture *f, size_t n, unsigned n_keys, enum shape shape,
                        int64_t step, uint64_t seed)
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

static UNUSED struct batch *make_batch(struct fixture *f, const int64_t *times, size_t at, size_t n,
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

static UNUSED struct transform *make_combine(struct fixture *f, const uint32_t *keys,
                                             uint32_t n_keys, const struct window_fn *window,
                                             struct aggregate *aggregates, uint32_t n)
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

static UNUSED int64_t *pane_starts(struct fixture *f, const struct window_fn *window)
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

static UNUSED void out_printf(struct text_out *out, const char *format, ...) PRINTF_LIKE(2, 3);
static UNUSED void out_printf(struct text_out *out, const char *format, ...)
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

static UNUSED void print_value(struct text_out *out, const struct column *c, size_t i)
{
    if (column_is_null(c, i)) {
        out_printf(out, "NULL|");
        return;
    }
    i = column_index(c, i);
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

static UNUSED void print_result(struct fixture *f, const struct combine_result *result,
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
static UNUSED char *run(struct fixture *f, const struct transform *t, size_t batch_rows,
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
static UNUSED char *run_all(struct fixture *f, const struct transform *t)
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

static UNUSED struct aggregate *aggregate_list(struct fixture *f, uint32_t *n)
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

static UNUSED struct aggregate *plain_list(struct fixture *f)
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

#endif
