/* bench_agg.c - Combine over batches in memory: CPU nanoseconds a row, NEXMark's bids.
 *   make build/bench_agg && build/bench_agg [ROWS] */
#include <stdio.h>
#include <stdlib.h>

#include "exec/combine.h"
#include "exec/window.h"
#include "storage/batch.h"

enum { BATCH_ROWS = 4096, COLUMNS = 6 };
enum { AUCTION, BIDDER, PRICE, CHANNEL, TIME, SCATTERED };

#define SECOND INT64_C(1000000)

static struct error error;

static void must(enum status status)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "%s\n", error.message);
    exit(1);
}

struct data {
    struct arena arena;
    struct budget budget;
    struct clock clock;
    atomic_bool cancel;
    struct context context;
    struct schema schema;
    struct batch **batches;
    size_t n_batches, rows;
};

/* ---- Bids as bench/nexgen.c makes them ---- */

static uint64_t seed = 42;
static uint64_t below(uint64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % n;
}

static void bid(uint64_t number, int64_t *auction, int64_t *bidder, int64_t *price, int64_t *time,
                char *channel)
{
    uint64_t event = number / 46 * 50 + number % 46 + 4, person = event / 50;
    uint64_t last = event / 50 * 3 + 2, first = last > 100 ? last - 100 : 0;
    *auction = 1000 + (int64_t)(below(2) ? last / 100 * 100 : first + below(last - first + 11));
    uint64_t active = person + 1 < 1000 ? person + 1 : 1000;
    *bidder = 1000 + (int64_t)(below(4) ? person / 100 * 100 + 1
                                        : person + 1 - active + below(active + 10));
    *price = (int64_t)(100 + below(100000000));
    *time = INT64_C(1436918400000000) + (int64_t)event * 100;
    static const char *const HOT[] = {"Google", "Facebook", "Baidu", "Apple"};
    uint64_t c = below(2) ? below(4) : 4 + below(10000);
    if (c < 4)
        strcpy(channel, HOT[c]);
    else
        sprintf(channel, "channel-%u", (unsigned)(c - 4));
}

static struct batch *make_batch(struct data *d, size_t at, size_t n)
{
    struct batch *batch;
    must(batch_new(COLUMNS, n, 0, &d->budget, &batch, &error));
    for (uint32_t c = 0; c < COLUMNS; c++)
        must(column_new(d->schema.fields[c].type, n, &d->budget, "bench", &batch->columns[c],
                        &error));
    struct text_builder text;
    text_builder_init(&text, batch->columns[CHANNEL], "bench");
    int64_t *columns[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        columns[c] = batch->columns[c]->data;
    for (size_t i = 0; i < n; i++) {
        char channel[32];
        bid(at + i, &columns[AUCTION][i], &columns[BIDDER][i], &columns[PRICE][i],
            &columns[TIME][i], channel);
        columns[SCATTERED][i] = (int64_t)(below(1000000) * 1000003);
        must(text_builder_put(&text, i, channel, strlen(channel), &error));
    }
    return batch;
}

static void make_data(struct data *d, size_t rows)
{
    static const struct field FIELDS[COLUMNS] = {
        {"auction", {.id = TYPE_BIGINT}, false}, {"bidder", {.id = TYPE_BIGINT}, false},
        {"price", {.id = TYPE_BIGINT}, false},   {"channel", {.id = TYPE_VARCHAR}, false},
        {"time", {.id = TYPE_BIGINT}, false},    {"scattered", {.id = TYPE_BIGINT}, false},
    };
    must(arena_init(&d->arena, &error));
    budget_init(&d->budget, SIZE_MAX);
    d->clock = clock_system;
    d->context = (struct context){.budget = &d->budget,
                                  .clock = &d->clock,
                                  .cancel = &d->cancel,
                                  .n_threads = 1,
                                  .batch_size = BATCH_ROWS};
    d->schema = (struct schema){arena_memdup(&d->arena, FIELDS, sizeof(FIELDS)), COLUMNS};
    d->rows = rows;
    d->batches = calloc(rows / BATCH_ROWS + 1, sizeof(*d->batches));
    for (size_t at = 0; at < rows; at += BATCH_ROWS)
        d->batches[d->n_batches++] = make_batch(d, at, MIN((size_t)BATCH_ROWS, rows - at));
}

/* The batches with pane starts for times, as WindowInto makes them. */
static struct batch *with_panes(struct data *d, const struct window_assigner *assigner,
                                struct batch *from, bool as_constants)
{
    struct batch *batch;
    uint8_t keep[BATCH_ROWS / 8];
    bool constant;
    must(batch_new(COLUMNS, from->length, 0, &d->budget, &batch, &error));
    for (uint32_t c = 0; c < COLUMNS; c++)
        if (c != TIME)
            batch->columns[c] = column_ref(from->columns[c]);
    struct column **panes = &batch->columns[TIME];
    must(column_new(type_of(TYPE_BIGINT), from->length, &d->budget, "bench", panes, &error));
    bits_fill(keep, from->length, true);
    must(window_panes(assigner, from->columns[TIME]->data, NULL, from->length, (*panes)->data, keep,
                      &constant, &error));
    if (constant && as_constants) {
        int64_t pane = *(int64_t *)(*panes)->data;
        column_unref(*panes);
        must(column_new_constant(type_of(TYPE_BIGINT), from->length, false, &d->budget, panes,
                                 &error));
        *(int64_t *)(*panes)->data = pane;
    }
    return batch;
}

/* ---- Questions ---- */

struct question {
    const char *name;
    uint32_t keys[2], n_keys;
    struct window_fn window;
    enum aggregate_id aggregates[4];
    uint32_t n_aggregates;
};

static struct transform *make_combine(struct data *d, const struct question *q)
{
    struct transform *t = ARENA_NEW(&d->arena, struct transform);
    t->kind = TRANSFORM_COMBINE;
    t->combine.keys = arena_memdup(&d->arena, q->keys, sizeof(q->keys));
    t->combine.n_keys = q->n_keys;
    t->combine.windowed = q->window.kind != WINDOW_GLOBAL;
    t->combine.window = q->window;
    t->combine.window_column = TIME;
    t->combine.n_aggregates = q->n_aggregates;
    t->combine.aggregates = ARENA_ARRAY(&d->arena, struct aggregate, 4);
    t->schema.fields = ARENA_ARRAY(&d->arena, struct field, 12);
    for (uint32_t i = 0; i < q->n_keys; i++)
        t->schema.fields[t->schema.n_fields++] = d->schema.fields[q->keys[i]];
    for (int i = 0; t->combine.windowed && i < WINDOW_COLUMNS; i++)
        t->schema.fields[t->schema.n_fields++] =
            (struct field){"window", type_of(TYPE_TIMESTAMP), true};
    for (uint32_t i = 0; i < q->n_aggregates; i++) {
        struct type type = type_of(q->aggregates[i] == AGGREGATE_AVG ? TYPE_DOUBLE : TYPE_BIGINT);
        t->combine.aggregates[i] =
            (struct aggregate){.id = q->aggregates[i],
                               .args = {q->aggregates[i] == AGGREGATE_COUNT_STAR ? -1 : PRICE, -1},
                               .filter = -1,
                               .type = type};
        t->schema.fields[t->schema.n_fields++] = (struct field){"value", type, false};
    }
    return t;
}

static double per_row(const struct data *d, int64_t start)
{
    return (double)(clock_cpu_ns() - start) / (double)d->rows;
}

static void run(struct data *d, const struct question *q)
{
    struct transform *t = make_combine(d, q);
    struct combine_plan *plan;
    struct combine_state *state;
    struct combine_result *result;
    struct batch **batches = calloc(d->n_batches, sizeof(*batches));
    struct window_assigner assigner;
    bool panes = t->combine.windowed && q->window.kind != WINDOW_SESSION;
    if (panes)
        must(window_assigner_init(&assigner, &q->window, &error));
    int64_t start = clock_cpu_ns();
    for (size_t i = 0; i < d->n_batches; i++)
        batches[i] =
            panes ? with_panes(d, &assigner, d->batches[i], true) : batch_ref(d->batches[i]);
    double pane_ns = per_row(d, start);
    must(combine_plan_new(&d->arena, t, &d->schema, &t->schema, &d->context, &plan, &error));
    start = clock_cpu_ns();
    must(combine_state_open(plan, &state, &error));
    for (size_t i = 0; i < d->n_batches; i++)
        must(combine_state_add(state, batches[i], &error));
    double add_ns = per_row(d, start);
    start = clock_cpu_ns();
    must(combine_result_open(plan, &state, 1, &result, &error));
    must(combine_merge_shard(result, 0, &error));
    must(combine_result_finish(result, &error));
    double merge_ns = per_row(d, start);
    start = clock_cpu_ns();
    uint64_t rows = combine_result_rows(result);
    for (uint64_t at = 0; at < rows; at += BATCH_ROWS) {
        struct batch *out;
        must(combine_result_batch(result, at, MIN(rows - at, (uint64_t)BATCH_ROWS), &out, &error));
        batch_unref(out);
    }
    double out_ns = per_row(d, start);
    printf("%-44s %9llu  %5.1f %6.1f %6.1f %6.1f\n", q->name, (unsigned long long)rows, pane_ns,
           add_ns, merge_ns, out_ns);
    combine_result_close(result);
    for (size_t i = 0; i < d->n_batches; i++)
        batch_unref(batches[i]);
    free(batches);
}

int main(int argc, char **argv)
{
    static const struct question QUESTIONS[] = {
        {"count, sum, avg, max",
         {0},
         0,
         {.kind = WINDOW_GLOBAL},
         {AGGREGATE_COUNT_STAR, AGGREGATE_SUM, AGGREGATE_AVG, AGGREGATE_MAX},
         4},
        {"by channel: count", {CHANNEL}, 1, {.kind = WINDOW_GLOBAL}, {AGGREGATE_COUNT_STAR}, 1},
        {"by scattered (1 M groups): count",
         {SCATTERED},
         1,
         {.kind = WINDOW_GLOBAL},
         {AGGREGATE_COUNT_STAR},
         1},
        {"by channel, bidder: count",
         {CHANNEL, BIDDER},
         2,
         {.kind = WINDOW_GLOBAL},
         {AGGREGATE_COUNT_STAR},
         1},
        {"tumble 10 s: count",
         {0},
         0,
         {.kind = WINDOW_TUMBLE, .size = {.micros = 10 * SECOND}},
         {AGGREGATE_COUNT_STAR},
         1},
        {"tumble 1 min by channel: count sum avg max",
         {CHANNEL},
         1,
         {.kind = WINDOW_TUMBLE, .size = {.micros = 60 * SECOND}},
         {AGGREGATE_COUNT_STAR, AGGREGATE_SUM, AGGREGATE_AVG, AGGREGATE_MAX},
         4},
        {"tumble 10 s by auction: count",
         {AUCTION},
         1,
         {.kind = WINDOW_TUMBLE, .size = {.micros = 10 * SECOND}},
         {AGGREGATE_COUNT_STAR},
         1},
        {"hop 2 s / 10 s by auction: count",
         {AUCTION},
         1,
         {.kind = WINDOW_HOP, .size = {.micros = 10 * SECOND}, .slide = {.micros = 2 * SECOND}},
         {AGGREGATE_COUNT_STAR},
         1},
        {"session 10 s by bidder: count",
         {BIDDER},
         1,
         {.kind = WINDOW_SESSION, .size = {.micros = 10 * SECOND}},
         {AGGREGATE_COUNT_STAR},
         1},
        {"session 10 s by channel: count",
         {CHANNEL},
         1,
         {.kind = WINDOW_SESSION, .size = {.micros = 10 * SECOND}},
         {AGGREGATE_COUNT_STAR},
         1},
    };
    static struct data d;
    make_data(&d, argc > 1 ? strtoull(argv[1], NULL, 10) : 4000000);
    printf("%-44s %9s  %5s %6s %6s %6s\n", "ns a row", "groups", "panes", "add", "merge", "output");
    for (size_t i = 0; i < ARRAY_LENGTH(QUESTIONS); i++)
        if (argc < 3 || strstr(QUESTIONS[i].name, argv[2]))
            run(&d, &QUESTIONS[i]);
    return 0;
}
