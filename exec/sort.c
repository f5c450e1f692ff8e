/* sort.c - see sort.h.
 *
 *   1. Entries of a state are in input order until sort_state_finish; every sort is stable.   [entries_sort]
 *   2. Two states' rows with equal keys are ordered by their morsels.                         [entry_after]
 *   3. Kept columns are FLAT and hold no memory of the input.                                 [keep_batch] */
#include "exec/sort.h"

enum { RADIX_BITS = 8, RADIX_SIZE = 1 << RADIX_BITS, TOP_SLACK = 16384, CHECK_EVERY = 1 << 16 };

struct entry {
    uint64_t prefix;
    uint32_t batch, row;
};

/* Rows kept: FLAT columns and, for ties between workers, the morsel of each row or of all of them. */
struct kept {
    struct column **columns;
    uint64_t *morsels; /* by row, or NULL */
    uint64_t morsel;
    size_t rows;
};

struct sort_state {
    const struct sort_plan *plan;
    struct kept *kept;
    size_t n_kept, kept_capacity;
    size_t rows_held; /* rows of all kept batches */
    struct entry *entries;
    size_t n_entries, entries_capacity;
    uint64_t keep; /* offset + limit; UINT64_MAX: all */
    bool has_threshold;
    uint64_t threshold; /* prefixes above it cannot be among the first `keep` */
};

struct sort_result {
    const struct sort_plan *plan;
    struct sort_state *all; /* every kept batch and entry, in order */
    uint64_t first, rows;
};

/* ---- prefixes ---- */

#define SIGN ((uint64_t)1 << 63)

static uint64_t prefix_double(double v)
{
    uint64_t u;
    if (v != v)
        return UINT64_MAX;
    if (v == 0)
        v = 0; /* -0.0 equals 0.0 */
    memcpy(&u, &v, 8);
    return u >> 63 ? ~u : u | SIGN;
}

static uint64_t prefix_text(const struct text *t)
{
    uint64_t u = 0;
    memcpy(&u, text_data(t), MIN(t->length, 8u));
    return __builtin_bswap64(u);
}

/* Normalized first 8 bytes of a value, without NULLs' place. */
static void prefixes_raw(const struct column *c, size_t n, uint64_t *out)
{
    const void *data = c->data;
    switch (type_physical(c->type)) {
#define INTEGER(id, ctype)                                               \
    case PHYSICAL_##id:                                                  \
        for (size_t i = 0; i < n; i++)                                   \
            out[i] = (uint64_t)(int64_t)((const ctype *)data)[i] ^ SIGN; \
        break;
        INTEGER(U8, uint8_t)
        INTEGER(I8, int8_t)
        INTEGER(I16, int16_t)
        INTEGER(I32, int32_t)
        INTEGER(I64, int64_t)
#undef INTEGER
    case PHYSICAL_I128:
        for (size_t i = 0; i < n; i++) {
            int128_t v;
            memcpy(&v, (const char *)data + i * sizeof v, sizeof v);
            out[i] = (uint64_t)(v >> 64) ^ SIGN;
        }
        break;
    case PHYSICAL_F32:
        for (size_t i = 0; i < n; i++)
            out[i] = prefix_double((double)((const float *)data)[i]);
        break;
    case PHYSICAL_F64:
        for (size_t i = 0; i < n; i++)
            out[i] = prefix_double(((const double *)data)[i]);
        break;
    case PHYSICAL_TEXT:
        for (size_t i = 0; i < n; i++)
            out[i] = prefix_text((const struct text *)data + i);
        break;
    default:
        memset(out, 0, n * sizeof *out);
    }
}

/* Half of the range is left for NULLs, before or after all values. */
static void prefixes(const struct column *c, struct sort_key key, size_t n, uint64_t *out)
{
    prefixes_raw(c, n, out);
    for (size_t i = 0; i < n; i++) {
        uint64_t u = key.descending ? ~out[i] : out[i];
        out[i] = (u >> 1) + (key.nulls_first ? SIGN : 0);
    }
    if (c->validity)
        for (size_t i = 0; i < n; i++)
            if (!bits_get(c->validity, i))
                out[i] = key.nulls_first ? 0 : UINT64_MAX;
}

/* ---- order ---- */

static int key_compare(const struct sort_state *s, const struct entry *a, const struct entry *b)
{
    for (uint32_t k = 0; k < s->plan->n_keys; k++) {
        struct sort_key key = s->plan->keys[k];
        const struct column *x = s->kept[a->batch].columns[key.column];
        const struct column *y = s->kept[b->batch].columns[key.column];
        bool xn = column_is_null(x, a->row), yn = column_is_null(y, b->row);
        if (xn || yn) {
            if (xn != yn)
                return xn == key.nulls_first ? -1 : 1;
            continue;
        }
        int order = column_compare(x, a->row, y, b->row);
        if (order)
            return key.descending ? -order : order;
    }
    return 0;
}

static uint64_t morsel_of(const struct sort_state *s, const struct entry *e)
{
    const struct kept *k = &s->kept[e->batch];
    return k->morsels ? k->morsels[e->row] : k->morsel;
}

/* Strictly before; a is of an earlier run. */
static bool entry_after(const struct sort_state *s, const struct entry *a, const struct entry *b,
                        bool by_morsel)
{
    if (a->prefix != b->prefix)
        return a->prefix > b->prefix;
    int order = key_compare(s, a, b);
    if (order || !by_morsel)
        return order > 0;
    return morsel_of(s, a) > morsel_of(s, b);
}

static enum status merge_runs(const struct sort_state *s, const struct entry *a, size_t n_a,
                              const struct entry *b, size_t n_b, struct entry *out, bool by_morsel,
                              struct error *error)
{
    size_t i = 0, j = 0, k = 0;
    while (i < n_a && j < n_b) {
        bool take_b = entry_after(s, &a[i], &b[j], by_morsel);
        out[k++] = take_b ? b[j++] : a[i++];
        if (k % CHECK_EVERY == 0)
            TRY(context_check(s->plan->context, error));
    }
    memcpy(out + k, a + i, (n_a - i) * sizeof *a);
    memcpy(out + k + (n_a - i), b + j, (n_b - j) * sizeof *b);
    return STATUS_OK;
}

/* Order of two rows that came one after the other: ties are in input order. */
static int tie_compare(const struct sort_state *s, const struct entry *a, const struct entry *b)
{
    int order = key_compare(s, a, b);
    if (order || !s->plan->bar)
        return order;
    uint64_t x = morsel_of(s, a), y = morsel_of(s, b);
    return x < y ? -1 : x > y;
}

/* Stable merge sort of entries whose prefixes are equal; `spare` has as much room. */
static enum status ties_sort(const struct sort_state *s, struct entry *e, size_t n,
                             struct entry *spare, struct error *error)
{
    if (n < 16) {
        for (size_t i = 1; i < n; i++) {
            struct entry v = e[i];
            size_t j = i;
            for (; j > 0 && tie_compare(s, &e[j - 1], &v) > 0; j--)
                e[j] = e[j - 1];
            e[j] = v;
        }
        return STATUS_OK;
    }
    size_t half = n / 2;
    TRY(ties_sort(s, e, half, spare, error));
    TRY(ties_sort(s, e + half, n - half, spare, error));
    if (tie_compare(s, &e[half - 1], &e[half]) <= 0)
        return STATUS_OK;
    TRY(merge_runs(s, e, half, e + half, n - half, spare, s->plan->bar != NULL, error));
    memcpy(e, spare, n * sizeof *e);
    return context_check(s->plan->context, error);
}

static bool prefixes_sorted(const struct entry *e, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (e[i - 1].prefix > e[i].prefix)
            return false;
    return true;
}

/* Least significant byte first; bytes that are the same in all entries cost only the count. */
static enum status radix_sort(const struct sort_state *s, struct entry **entries,
                              struct entry **spare, size_t n, struct error *error)
{
    for (unsigned shift = 0; shift < 64; shift += RADIX_BITS) {
        size_t count[RADIX_SIZE] = {0}, at = 0;
        struct entry *from = *entries, *to = *spare;
        for (size_t i = 0; i < n; i++)
            count[from[i].prefix >> shift & (RADIX_SIZE - 1)]++;
        if (count[from[0].prefix >> shift & (RADIX_SIZE - 1)] == n)
            continue;
        for (size_t b = 0; b < RADIX_SIZE; b++) {
            size_t c = count[b];
            count[b] = at;
            at += c;
        }
        for (size_t i = 0; i < n; i++)
            to[count[from[i].prefix >> shift & (RADIX_SIZE - 1)]++] = from[i];
        *entries = to;
        *spare = from;
        TRY(context_check(s->plan->context, error));
    }
    return STATUS_OK;
}

static enum status entries_sort(struct sort_state *s, struct error *error)
{
    size_t n = s->n_entries, size = s->entries_capacity * sizeof(struct entry);
    struct budget *budget = s->plan->context->budget;
    void *spare_block;
    if (n < 2)
        return STATUS_OK;
    TRY(block_alloc(&spare_block, size, budget, s->plan->owner, error));
    struct entry *spare = spare_block;
    enum status status = STATUS_OK;
    if (!prefixes_sorted(s->entries, n))
        status = radix_sort(s, &s->entries, &spare, n, error);
    for (size_t i = 0; i < n && status == STATUS_OK;) {
        size_t end = i + 1;
        while (end < n && s->entries[end].prefix == s->entries[i].prefix)
            end++;
        if (end - i > 1)
            status = ties_sort(s, s->entries + i, end - i, spare, error);
        i = end;
    }
    block_free(spare, size, budget);
    return status;
}

/* ---- keeping rows ---- */

static void kept_free(struct sort_state *s, struct kept *k)
{
    struct budget *budget = s->plan->context->budget;
    uint32_t n = s->plan->schema->n_fields;
    for (uint32_t c = 0; k->columns && c < n; c++)
        column_unref(k->columns[c]);
    block_free(k->columns, (n + 1) * sizeof(void *), budget);
    block_free(k->morsels, k->rows * sizeof(uint64_t), budget);
    *k = (struct kept){0};
}

static enum status kept_push(struct sort_state *s, struct kept **out, struct error *error)
{
    struct budget *budget = s->plan->context->budget;
    if (s->n_kept == s->kept_capacity) {
        size_t more = MAX(s->kept_capacity * 2, (size_t)64);
        TRY(block_grow((void **)&s->kept, s->kept_capacity * sizeof *s->kept,
                       more * sizeof *s->kept, budget, s->plan->owner, error));
        s->kept_capacity = more;
    }
    struct kept *k = &s->kept[s->n_kept];
    *k = (struct kept){0};
    TRY(block_alloc((void **)&k->columns, (s->plan->schema->n_fields + 1) * sizeof(void *), budget,
                    s->plan->owner, error));
    s->n_kept++;
    *out = k;
    return STATUS_OK;
}

/* A FLAT column whose text is its own. */
static enum status keep_column(const struct sort_state *s, struct column *in, struct column **out,
                               struct error *error)
{
    struct budget *budget = s->plan->context->budget;
    TRY(column_flatten(in, budget, out, error));
    if (!type_is_text((*out)->type) || !(*out)->n_heaps)
        return STATUS_OK;
    struct column *flat = *out;
    enum status status = column_compact_text(flat, budget, out, error);
    column_unref(flat);
    if (status != STATUS_OK)
        *out = NULL;
    return status;
}

static enum status entries_reserve(struct sort_state *s, size_t more, struct error *error)
{
    if (s->n_entries + more <= s->entries_capacity)
        return STATUS_OK;
    size_t capacity = MAX(s->entries_capacity * 2, s->n_entries + more);
    TRY(block_grow((void **)&s->entries, s->entries_capacity * sizeof(struct entry),
                   capacity * sizeof(struct entry), s->plan->context->budget, s->plan->owner,
                   error));
    s->entries_capacity = capacity;
    return STATUS_OK;
}

static const void *value_at(const struct sort_state *s, const struct entry *e, uint32_t c,
                            size_t size)
{
    return (const char *)s->kept[e->batch].columns[c]->data + e->row * size;
}

/* Values only; NULL rows give whatever is there. */
static void gather_values(const struct sort_state *s, const struct entry *e, size_t n, uint32_t c,
                          size_t size, char *to)
{
    switch (size) {
#define FIXED(bytes)                                                       \
    case bytes:                                                            \
        for (size_t i = 0; i < n; i++)                                     \
            memcpy(to + i * (bytes), value_at(s, &e[i], c, bytes), bytes); \
        break;
        FIXED(1)
        FIXED(2)
        FIXED(4)
        FIXED(8)
        FIXED(16)
#undef FIXED
    default:
        assert(size == 16); /* no other sizes */
    }
}

/* Gives long texts memory of the new column's own. */
static enum status gather_text(const struct sort_state *s, struct column *to, struct error *error)
{
    struct text_builder builder;
    struct text *values = to->data;
    text_builder_init(&builder, to, s->plan->owner);
    for (size_t i = 0; i < to->length; i++)
        if (!column_is_null(to, i) && values[i].length > TEXT_INLINE)
            TRY(text_builder_put(&builder, i, values[i].data, values[i].length, error));
    return STATUS_OK;
}

static enum status gather_nulls(const struct sort_state *s, const struct entry *e, uint32_t c,
                                struct column *to, struct error *error)
{
    size_t size = type_size(to->type);
    for (size_t i = 0; i < to->length; i++) {
        const struct column *from = s->kept[e[i].batch].columns[c];
        if (LIKELY(!from->validity || bits_get(from->validity, e[i].row)))
            continue;
        if (!to->validity)
            TRY(column_add_validity(to, error));
        bits_clear(to->validity, i);
        memset((char *)to->data + i * size, 0, size);
    }
    return STATUS_OK;
}

/* Rows of several kept batches, in the order of `e`, as one FLAT column. */
static enum status gather(const struct sort_state *s, const struct entry *e, size_t n, uint32_t c,
                          struct column **out, struct error *error)
{
    struct type type = s->plan->schema->fields[c].type;
    TRY(column_new(type, n, s->plan->context->budget, s->plan->owner, out, error));
    gather_values(s, e, n, c, type_size(type), (*out)->data);
    enum status status = gather_nulls(s, e, c, *out, error);
    if (status == STATUS_OK && type_is_text(type))
        status = gather_text(s, *out, error);
    if (status != STATUS_OK) {
        column_unref(*out);
        *out = NULL;
    }
    return status;
}

/* Replaces all that is kept by the rows of the entries, in their order. */
static enum status compact(struct sort_state *s, struct error *error)
{
    struct sort_state fresh = {.plan = s->plan};
    struct budget *budget = s->plan->context->budget;
    struct kept *k;
    enum status status;
    TRY_OUT(kept_push(&fresh, &k, error));
    TRY_OUT(block_alloc((void **)&k->morsels, s->n_entries * sizeof(uint64_t), budget,
                        s->plan->owner, error));
    k->rows = s->n_entries;
    for (uint32_t c = 0; c < s->plan->schema->n_fields; c++)
        TRY_OUT(gather(s, s->entries, s->n_entries, c, &k->columns[c], error));
    for (size_t i = 0; i < s->n_entries; i++) {
        k->morsels[i] = morsel_of(s, &s->entries[i]);
        s->entries[i].batch = 0;
        s->entries[i].row = (uint32_t)i;
    }
    for (size_t i = 0; i < s->n_kept; i++)
        kept_free(s, &s->kept[i]);
    block_free(s->kept, s->kept_capacity * sizeof *s->kept, budget);
    s->kept = fresh.kept;
    s->n_kept = fresh.n_kept;
    s->kept_capacity = fresh.kept_capacity;
    s->rows_held = s->n_entries;
    return STATUS_OK;
out:
    for (size_t i = 0; i < fresh.n_kept; i++)
        kept_free(&fresh, &fresh.kept[i]);
    block_free(fresh.kept, fresh.kept_capacity * sizeof *fresh.kept, budget);
    return status;
}

/* Tells the readers what the first key's worst value is that can still come out. */
static void raise_bar(const struct sort_state *s)
{
    struct scan_bar *bar = s->plan->bar;
    const struct entry *worst = &s->entries[s->n_entries - 1];
    struct sort_key key = s->plan->keys[0];
    const struct column *column = s->kept[worst->batch].columns[key.column];
    if (column_is_null(column, worst->row))
        return;
    struct value value = value_of_column(column, worst->row, NULL);
    int64_t now = atomic_load(&bar->value);
    while (key.descending ? value.i64 > now : value.i64 < now)
        if (atomic_compare_exchange_weak(&bar->value, &now, value.i64))
            break;
    atomic_store_explicit(&bar->is_set, true, memory_order_release);
}

/* With a limit: sorts what is there and forgets what cannot come out. */
static enum status truncate_top(struct sort_state *s, struct error *error)
{
    TRY(entries_sort(s, error));
    if (s->n_entries > s->keep)
        s->n_entries = (size_t)s->keep;
    if (s->n_entries == s->keep && s->keep) {
        s->has_threshold = true;
        s->threshold = s->entries[s->n_entries - 1].prefix;
        if (s->plan->bar)
            raise_bar(s);
    }
    return compact(s, error);
}

static enum status keep_batch(struct sort_state *s, const struct batch *batch, struct error *error)
{
    struct kept *k;
    TRY(kept_push(s, &k, error));
    k->rows = batch->length;
    k->morsel = batch->morsel;
    for (uint32_t c = 0; c < s->plan->schema->n_fields; c++)
        TRY(keep_column(s, batch->columns[c], &k->columns[c], error));
    s->rows_held += batch->length;
    return STATUS_OK;
}

/* Fills `out` with the prefixes of the batch's first key. */
static enum status batch_prefixes(const struct sort_state *s, const struct batch *batch,
                                  uint64_t *out, struct error *error)
{
    if (!s->plan->n_keys) {
        memset(out, 0, batch->length * sizeof *out);
        return STATUS_OK;
    }
    struct column *flat;
    struct sort_key key = s->plan->keys[0];
    TRY(column_flatten(batch->columns[key.column], s->plan->context->budget, &flat, error));
    prefixes(flat, key, batch->length, out);
    column_unref(flat);
    return STATUS_OK;
}

static enum status add_rows(struct sort_state *s, const struct batch *batch, const uint64_t *prefix,
                            struct error *error)
{
    size_t n = batch->length, n_in = 0;
    if (s->has_threshold) {
        for (size_t i = 0; i < n; i++)
            n_in += prefix[i] <= s->threshold;
        if (!n_in)
            return STATUS_OK;
    }
    TRY(keep_batch(s, batch, error));
    TRY(entries_reserve(s, n, error));
    struct entry *e = s->entries + s->n_entries;
    uint32_t at = (uint32_t)s->n_kept - 1;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        e[count] = (struct entry){prefix[i], at, (uint32_t)i};
        count += !s->has_threshold || prefix[i] <= s->threshold;
    }
    s->n_entries += count;
    return STATUS_OK;
}

enum status sort_state_add(struct sort_state *s, const struct batch *batch, struct error *error)
{
    struct buffer *buffer;
    if (!batch->length || !s->keep)
        return STATUS_OK;
    TRY(context_check(s->plan->context, error));
    TRY(buffer_new(batch->length * sizeof(uint64_t), s->plan->context->budget, s->plan->owner,
                   &buffer, error));
    uint64_t *prefix = (uint64_t *)(void *)buffer->data;
    enum status status = batch_prefixes(s, batch, prefix, error);
    if (status == STATUS_OK)
        status = add_rows(s, batch, prefix, error);
    buffer_unref(buffer);
    TRY(status);
    if (s->keep < UINT32_MAX && s->rows_held > 2 * s->keep + TOP_SLACK)
        return truncate_top(s, error);
    return STATUS_OK;
}

enum status sort_state_finish(struct sort_state *s, struct error *error)
{
    TRY(entries_sort(s, error));
    if (s->n_entries > s->keep)
        s->n_entries = (size_t)s->keep;
    return STATUS_OK;
}

enum status sort_state_open(const struct sort_plan *plan, struct sort_state **out,
                            struct error *error)
{
    TRY(block_alloc((void **)out, sizeof **out, plan->context->budget, plan->owner, error));
    (*out)->plan = plan;
    bool bounded = plan->limit != UINT64_MAX && plan->offset <= UINT64_MAX - plan->limit;
    (*out)->keep = bounded ? plan->limit + plan->offset : UINT64_MAX;
    return STATUS_OK;
}

void sort_state_close(struct sort_state *s)
{
    if (!s)
        return;
    struct budget *budget = s->plan->context->budget;
    for (size_t i = 0; i < s->n_kept; i++)
        kept_free(s, &s->kept[i]);
    block_free(s->kept, s->kept_capacity * sizeof *s->kept, budget);
    block_free(s->entries, s->entries_capacity * sizeof *s->entries, budget);
    block_free(s, sizeof *s, budget);
}

/* ---- merging the workers' runs ---- */

/* Moves b's rows into a, both sorted. */
static enum status absorb(struct sort_state *a, struct sort_state *b, struct error *error)
{
    struct budget *budget = a->plan->context->budget;
    size_t n = a->n_entries + b->n_entries;
    uint32_t base = (uint32_t)a->n_kept;
    if (!b->n_entries)
        return STATUS_OK;
    for (size_t i = 0; i < b->n_kept; i++) {
        struct kept *k;
        TRY(kept_push(a, &k, error));
        block_free(k->columns, (a->plan->schema->n_fields + 1) * sizeof(void *), budget);
        *k = b->kept[i];
        b->kept[i] = (struct kept){0};
    }
    for (size_t i = 0; i < b->n_entries; i++)
        b->entries[i].batch += base;
    struct entry *merged;
    TRY(block_alloc((void **)&merged, n * sizeof *merged, budget, a->plan->owner, error));
    enum status status =
        merge_runs(a, a->entries, a->n_entries, b->entries, b->n_entries, merged, true, error);
    block_free(a->entries, a->entries_capacity * sizeof *a->entries, budget);
    a->entries = merged;
    a->n_entries = a->entries_capacity = n;
    return status;
}

enum status sort_result_open(const struct sort_plan *plan, struct sort_state **states,
                             uint32_t n_states, struct sort_result **out, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 1; i < n_states && status == STATUS_OK; i++)
        status = absorb(states[0], states[i], error);
    struct sort_result *result = NULL;
    if (status == STATUS_OK)
        status = block_alloc((void **)&result, sizeof *result, plan->context->budget, plan->owner,
                             error);
    for (uint32_t i = status == STATUS_OK; i < n_states; i++)
        sort_state_close(states[i]);
    TRY(status);
    result->plan = plan;
    result->all = states[0];
    uint64_t n = MIN((uint64_t)result->all->n_entries, result->all->keep);
    result->first = MIN(plan->offset, n);
    result->rows = n - result->first;
    *out = result;
    return STATUS_OK;
}

uint64_t sort_result_rows(const struct sort_result *result)
{
    return result->rows;
}

enum status sort_result_batch(const struct sort_result *result, uint64_t at, uint64_t n,
                              struct batch **out, struct error *error)
{
    const struct sort_state *s = result->all;
    uint32_t n_columns = s->plan->schema->n_fields;
    struct batch *batch;
    TRY(batch_new(n_columns, (size_t)n, 0, s->plan->context->budget, &batch, error));
    for (uint32_t c = 0; c < n_columns; c++) {
        enum status status =
            gather(s, s->entries + result->first + at, (size_t)n, c, &batch->columns[c], error);
        if (status != STATUS_OK) {
            batch->columns[c] = NULL;
            batch_unref(batch);
            return status;
        }
    }
    *out = batch;
    return STATUS_OK;
}

void sort_result_close(struct sort_result *result)
{
    if (!result)
        return;
    struct budget *budget = result->plan->context->budget;
    sort_state_close(result->all);
    block_free(result, sizeof *result, budget);
}
