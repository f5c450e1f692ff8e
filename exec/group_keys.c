/* group_keys.c - group keys between columns and rows: loading, hashing, comparing, storing, giving back. */
#include "exec/group_state.h"

enum status group_key_scratch_init(struct group_key_scratch *scratch,
                                   const struct group_layout *layout, const struct context *context,
                                   const char *owner, struct error *error)
{
    *scratch = (struct group_key_scratch){0};
    size_t words = layout->kind == KEY_WORDS ? layout->key_words : 0;
    size_t originals = layout->kind == KEY_WORDS ? layout->n_keys : 0;
    size_t row = 8 + 16 + 8 + words * 8 + originals * sizeof(struct interval);
    scratch->size = row * GROUP_SLICE + GROUP_SLICE / 8;
    TRY(block_alloc(&scratch->block, scratch->size, context->budget, owner, error));
    char *at = scratch->block;
    scratch->ints = (int64_t *)(void *)at;
    scratch->hashes = (uint64_t *)(void *)(at + 8 * GROUP_SLICE);
    scratch->texts = (struct text *)(void *)(at + 16 * GROUP_SLICE);
    scratch->words = (uint64_t *)(void *)(at + 32 * GROUP_SLICE);
    scratch->originals = (struct interval *)(void *)(at + (32 + words * 8) * GROUP_SLICE);
    scratch->valid = (uint8_t *)at + row * GROUP_SLICE;
    return STATUS_OK;
}

void group_key_scratch_fini(struct group_key_scratch *scratch, const struct context *context)
{
    block_free(scratch->block, scratch->size, context->budget);
    *scratch = (struct group_key_scratch){0};
}

/* ---- Loading ---- */

/* Equal doubles get equal bits: one zero, one NaN. */
static uint64_t double_bits(double value)
{
    uint64_t bits;
    if (value != value)
        return 0x7ff8000000000000u;
    if (value == 0)
        return 0;
    memcpy(&bits, &value, 8);
    return bits;
}
static uint64_t float_bits(float value)
{
    return double_bits((double)value);
}
#define INT_WORD(v) ((uint64_t)(int64_t)(v))

/* Where the value of row `i` of a column is, whatever its encoding. */
struct value_source {
    const void *data;
    const uint32_t *codes; /* of a dictionary */
    uint32_t n_codes;
    size_t at, step; /* step 0: constant */
};

static struct value_source value_source_of(const struct column *column, size_t at)
{
    struct value_source source = {.data = column->data, .at = at, .step = 1};
    if (column->encoding == COLUMN_CONSTANT) {
        source.at = source.step = 0;
    } else if (column->encoding == COLUMN_DICTIONARY) {
        source.codes = column->data;
        source.n_codes = (uint32_t)column->dictionary->length;
        source.data = column->dictionary->data;
    }
    return source;
}
static ALWAYS_INLINE size_t value_index(const struct value_source *source, size_t i)
{
    size_t row = source->at + i * source->step;
    if (!source->codes)
        return row;
    uint32_t code = source->codes[row];
    return code < source->n_codes ? code : 0; /* the code of a NULL means nothing */
}

#define LOAD_WORDS(ctype, WORD)                                      \
    do {                                                             \
        const ctype *values = source.data;                           \
        for (size_t i = 0; i < n; i++)                               \
            out[i * stride] = WORD(values[value_index(&source, i)]); \
    } while (0)

/* The values of a column as words, `stride` words apart. */
static void load_words(const struct column *column, enum physical physical, size_t at, size_t n,
                       uint64_t *out, size_t stride)
{
    struct value_source source = value_source_of(column, at);
    switch (physical) {
    case PHYSICAL_U8:
        LOAD_WORDS(uint8_t, INT_WORD);
        break;
    case PHYSICAL_I8:
        LOAD_WORDS(int8_t, INT_WORD);
        break;
    case PHYSICAL_I16:
        LOAD_WORDS(int16_t, INT_WORD);
        break;
    case PHYSICAL_I32:
        LOAD_WORDS(int32_t, INT_WORD);
        break;
    case PHYSICAL_I64:
        LOAD_WORDS(int64_t, INT_WORD);
        break;
    case PHYSICAL_F32:
        LOAD_WORDS(float, float_bits);
        break;
    case PHYSICAL_F64:
        LOAD_WORDS(double, double_bits);
        break;
    case PHYSICAL_I128:
    case PHYSICAL_TEXT:
        for (size_t i = 0; i < n; i++)
            memcpy(&out[i * stride], (const char *)source.data + 16 * value_index(&source, i), 16);
        break;
    case PHYSICAL_INTERVAL:
        for (size_t i = 0; i < n; i++) {
            const struct interval *values = source.data;
            int128_t order = agg_interval_order(&values[value_index(&source, i)]);
            memcpy(&out[i * stride], &order, 16);
        }
        break;
    case PHYSICAL_COUNT:
        break;
    }
}

/* NULL keys: their bit in the row's first word is set, their words are zero. */
static void load_nulls(const struct column *column, uint32_t key, const struct group_key *k,
                       size_t at, size_t n, uint64_t *words, size_t stride, size_t word)
{
    if (!column_has_nulls(column))
        return;
    for (size_t i = 0; i < n; i++)
        if (column_is_null(column, at + i)) {
            words[i * stride] |= (uint64_t)1 << key;
            memset(&words[i * stride + word], 0, (size_t)k->words * 8);
        }
}

static void load_key_words(const struct group_layout *layout, const struct batch *batch, size_t at,
                           size_t n, struct group_key_scratch *scratch, struct group_keys *keys)
{
    size_t stride = layout->key_words;
    uint64_t *words = scratch->words;
    for (size_t i = 0; i < n; i++)
        words[i * stride] = 0;
    for (uint32_t k = 0; k < layout->n_keys; k++) {
        const struct group_key *key = &layout->keys[k];
        const struct column *column = batch->columns[key->column];
        size_t word = (key->at - layout->key_at) / 8;
        load_words(column, key->physical, at, n, words + word, stride);
        load_nulls(column, k, key, at, n, words, stride, word);
        if (key->physical != PHYSICAL_INTERVAL)
            continue;
        struct value_source source = value_source_of(column, at);
        const struct interval *values = source.data;
        for (size_t i = 0; i < n; i++)
            scratch->originals[i * layout->n_keys + k] = values[value_index(&source, i)];
        keys->originals = scratch->originals;
    }
    keys->words = words;
}

static void load_ints(const struct column *column, enum physical physical, size_t at, size_t n,
                      struct group_key_scratch *scratch, struct group_keys *keys)
{
    if (column->encoding == COLUMN_FLAT && physical == PHYSICAL_I64) {
        keys->ints = (const int64_t *)column->data + at;
        return;
    }
    load_words(column, physical, at, n, (uint64_t *)(void *)scratch->ints, 1);
    keys->ints = scratch->ints;
}

static void load_texts(const struct column *column, size_t at, size_t n,
                       struct group_key_scratch *scratch, struct group_keys *keys)
{
    if (column->encoding == COLUMN_FLAT) {
        keys->texts = (const struct text *)column->data + at;
        return;
    }
    struct value_source source = value_source_of(column, at);
    const struct text *values = source.data;
    for (size_t i = 0; i < n; i++)
        scratch->texts[i] = values[value_index(&source, i)];
    keys->texts = scratch->texts;
}

static const uint8_t all_null_bits[BATCH_ROWS_MAX / 8]; /* validity of a constant NULL */

void group_keys_load(const struct group_layout *layout, const struct batch *batch, size_t at,
                     size_t n, struct group_key_scratch *scratch, struct group_keys *keys)
{
    assert(n <= GROUP_SLICE);
    *keys = (struct group_keys){.at = at, .n = n, .hashes = scratch->hashes};
    if (layout->kind == KEY_NONE)
        return;
    if (layout->kind == KEY_WORDS) {
        load_key_words(layout, batch, at, n, scratch, keys);
        return;
    }
    const struct column *column = batch->columns[layout->keys[0].column];
    keys->valid = column->validity;
    if (column_is_constant(column) && column->validity)
        keys->valid = column_is_null(column, 0) ? all_null_bits : NULL;
    if (layout->kind == KEY_INT)
        load_ints(column, layout->keys[0].physical, at, n, scratch, keys);
    else
        load_texts(column, at, n, scratch, keys);
}

void group_keys_begin(const struct batch *batch, size_t at, size_t n,
                      struct group_key_scratch *scratch, struct group_keys *keys)
{
    *keys = (struct group_keys){
        .at = at, .n = n, .hashes = scratch->hashes, .batch = batch, .scratch = scratch};
}

void group_keys_need(const struct group_layout *layout, struct group_keys *keys)
{
    if (!keys->batch)
        return;
    uint64_t stamp = keys->stamp;
    group_keys_load(layout, keys->batch, keys->at, keys->n, keys->scratch, keys);
    keys->stamp = stamp;
}

/* The rows' keys as they are; NULLs as bits. */
static void gather_keys(const struct group_layout *layout, char *const *rows, size_t n,
                        struct group_key_scratch *scratch, struct group_keys *keys)
{
    bool nulls = false;
    for (size_t i = 0; i < n; i++) {
        const char *key = rows[i] + layout->key_at;
        if (layout->kind == KEY_INT)
            memcpy(&scratch->ints[i], key, 8);
        else if (layout->kind == KEY_TEXT)
            memcpy(&scratch->texts[i], key, 16);
        nulls |= group_key_null(rows[i]);
    }
    keys->ints = scratch->ints;
    keys->texts = scratch->texts;
    if (!nulls)
        return;
    for (size_t i = 0; i < n; i++)
        bits_put(scratch->valid, i, !group_key_null(rows[i]));
    keys->valid = scratch->valid;
}

static void gather_words(const struct group_layout *layout, char *const *rows, size_t n,
                         struct group_key_scratch *scratch, struct group_keys *keys)
{
    size_t words = layout->key_words;
    for (size_t i = 0; i < n; i++) {
        memcpy(&scratch->words[i * words], rows[i] + layout->key_at, words * 8);
        for (uint32_t k = 0; k < layout->n_keys; k++)
            if (layout->keys[k].physical == PHYSICAL_INTERVAL)
                memcpy(&scratch->originals[i * layout->n_keys + k],
                       rows[i] + layout->keys[k].original_at, 16);
    }
    keys->words = scratch->words;
    keys->originals = scratch->originals;
}

void group_keys_of_rows(const struct group_layout *layout, char *const *rows, size_t n,
                        struct group_key_scratch *scratch, struct group_keys *keys)
{
    assert(n <= GROUP_SLICE);
    *keys = (struct group_keys){.n = n, .hashes = scratch->hashes, .shared = true};
    keys->stamp = (uint64_t)GROUP_FRESH_MORSEL << GROUP_ORDINAL_BITS;
    if (layout->kind == KEY_WORDS)
        gather_words(layout, rows, n, scratch, keys);
    else if (layout->kind != KEY_NONE)
        gather_keys(layout, rows, n, scratch, keys);
}

/* ---- Hashing ---- */

static ALWAYS_INLINE uint64_t hash_words(const struct group_layout *layout, const uint64_t *words)
{
    uint64_t hash = words[0];
    for (uint32_t k = 0; k < layout->n_keys; k++) {
        const struct group_key *key = &layout->keys[k];
        const uint64_t *word = words + (key->at - layout->key_at) / 8;
        if (key->words == 1)
            hash = hash_combine(hash, *word);
        else if (key->physical == PHYSICAL_TEXT)
            hash = hash_combine(hash, group_text_hash((const struct text *)(const void *)word));
        else
            hash = hash_combine(hash_combine(hash, word[0]), word[1]);
    }
    return hash;
}

void group_keys_hash(const struct group_layout *layout, struct group_keys *keys)
{
    uint64_t *hashes = keys->hashes;
    size_t n = keys->n;
    keys->hashed = true;
    switch (layout->kind) {
    case KEY_NONE:
        memset(hashes, 0, n * sizeof(*hashes));
        break;
    case KEY_INT:
        for (size_t i = 0; i < n; i++)
            hashes[i] = hash_u64((uint64_t)keys->ints[i]);
        break;
    case KEY_TEXT:
        for (size_t i = 0; i < n; i++)
            hashes[i] = keys->valid && !bits_get(keys->valid, keys->at + i)
                            ? 0
                            : group_text_hash(&keys->texts[i]);
        break;
    case KEY_WORDS:
        for (size_t i = 0; i < n; i++)
            hashes[i] = hash_words(layout, keys->words + i * layout->key_words);
        return;
    }
    if (keys->valid && layout->kind == KEY_INT)
        for (size_t i = 0; i < n; i++)
            if (group_keys_null(keys, i))
                hashes[i] = 0;
}

void group_keys_hash_one(const struct group_layout *layout, struct group_keys *keys, size_t i)
{
    struct group_keys one = *keys;
    one.at += i;
    one.n = 1;
    one.ints = keys->ints ? keys->ints + i : NULL;
    one.texts = keys->texts ? keys->texts + i : NULL;
    one.words = keys->words ? keys->words + i * layout->key_words : NULL;
    one.hashes = keys->hashes + i;
    group_keys_hash(layout, &one);
}

uint64_t group_row_hash(const struct group_layout *layout, const char *row)
{
    const char *key = row + layout->key_at;
    if (layout->kind == KEY_NONE || group_key_null(row))
        return 0;
    switch (layout->kind) {
    case KEY_INT:
        return hash_u64(*(const uint64_t *)(const void *)key);
    case KEY_TEXT:
        return group_text_hash((const struct text *)(const void *)key);
    default:
        return hash_words(layout, (const uint64_t *)(const void *)key);
    }
}

/* ---- Comparing ---- */

static bool words_equal(const struct group_layout *layout, const uint64_t *a, const uint64_t *b)
{
    if (a[0] != b[0])
        return false;
    for (uint32_t k = 0; k < layout->n_keys; k++) {
        const struct group_key *key = &layout->keys[k];
        size_t word = (key->at - layout->key_at) / 8;
        if (key->physical == PHYSICAL_TEXT) {
            if (!text_equal((const struct text *)(const void *)(a + word),
                            (const struct text *)(const void *)(b + word)))
                return false;
        } else if (a[word] != b[word] || (key->words == 2 && a[word + 1] != b[word + 1])) {
            return false;
        }
    }
    return true;
}

bool group_rows_equal(const struct group_layout *layout, const char *a, const char *b)
{
    const char *x = a + layout->key_at, *y = b + layout->key_at;
    if (layout->kind == KEY_NONE)
        return true;
    if (layout->kind == KEY_WORDS)
        return words_equal(layout, (const uint64_t *)(const void *)x,
                           (const uint64_t *)(const void *)y);
    bool is_null = group_key_null(a);
    if (is_null || group_key_null(b))
        return is_null == group_key_null(b);
    if (layout->kind == KEY_INT)
        return *(const int64_t *)(const void *)x == *(const int64_t *)(const void *)y;
    return text_equal((const struct text *)(const void *)x, (const struct text *)(const void *)y);
}

bool group_key_equal(const struct group_layout *layout, const char *row,
                     const struct group_keys *keys, size_t i)
{
    const char *key = row + layout->key_at;
    if (layout->kind == KEY_NONE)
        return true;
    if (layout->kind == KEY_WORDS)
        return words_equal(layout, (const uint64_t *)(const void *)key,
                           keys->words + i * layout->key_words);
    bool is_null = group_key_null(row);
    if (is_null || group_keys_null(keys, i))
        return is_null == group_keys_null(keys, i);
    if (layout->kind == KEY_INT)
        return *(const int64_t *)(const void *)key == keys->ints[i];
    return text_equal((const struct text *)(const void *)key, &keys->texts[i]);
}

/* ---- Storing ---- */

static enum status store_words(struct group_store *store, char *row, const struct group_keys *keys,
                               size_t i, struct error *error)
{
    const struct group_layout *layout = store->layout;
    uint64_t *words = (uint64_t *)(void *)(row + layout->key_at);
    memcpy(words, keys->words + i * layout->key_words, (size_t)layout->key_words * 8);
    for (uint32_t k = 0; k < layout->n_keys; k++) {
        const struct group_key *key = &layout->keys[k];
        if (key->physical == PHYSICAL_TEXT) {
            struct text *text = (struct text *)(void *)(row + key->at), copy = *text;
            if (!keys->shared)
                TRY(agg_heap_text(&store->heap, text, &copy, error));
            *text = copy;
        } else if (key->physical == PHYSICAL_INTERVAL) {
            memcpy(row + key->original_at, &keys->originals[i * layout->n_keys + k], 16);
        }
    }
    return STATUS_OK;
}

enum status group_key_store(struct group_store *store, char *row, const struct group_keys *keys,
                            size_t i, struct error *error)
{
    const struct group_layout *layout = store->layout;
    uint64_t stamp = keys->stamp + i;
    if (layout->kind == KEY_WORDS) {
        TRY(store_words(store, row, keys, i, error));
    } else if (layout->kind != KEY_NONE && group_keys_null(keys, i)) {
        stamp |= GROUP_KEY_NULL;
    } else if (layout->kind == KEY_INT) {
        memcpy(row + layout->key_at, &keys->ints[i], 8);
    } else if (layout->kind == KEY_TEXT && keys->shared) {
        memcpy(row + layout->key_at, &keys->texts[i], 16);
    } else if (layout->kind == KEY_TEXT) {
        TRY(agg_heap_text(&store->heap, &keys->texts[i],
                          (struct text *)(void *)(row + layout->key_at), error));
    }
    memcpy(row + GROUP_STAMP_AT, &stamp, 8);
    return STATUS_OK;
}

/* ---- Giving back ---- */

#define GIVE(ctype, word_type)                                                      \
    do {                                                                            \
        ctype *to = out->data;                                                      \
        for (size_t i = 0; i < n; i++)                                              \
            to[i] = (ctype) * (const word_type *)(const void *)(rows[i] + key->at); \
    } while (0)

static bool row_key_null(const struct group_layout *layout, uint32_t key, const char *row)
{
    if (layout->kind != KEY_WORDS)
        return group_key_null(row);
    return *(const uint64_t *)(const void *)(row + layout->key_at) >> key & 1;
}

static enum status give_values(const struct group_key *key, const char *const *rows, size_t n,
                               struct column *out, struct text_builder *text, struct error *error)
{
    switch ((enum physical)key->physical) {
    case PHYSICAL_U8:
        GIVE(uint8_t, uint64_t);
        break;
    case PHYSICAL_I8:
        GIVE(int8_t, int64_t);
        break;
    case PHYSICAL_I16:
        GIVE(int16_t, int64_t);
        break;
    case PHYSICAL_I32:
        GIVE(int32_t, int64_t);
        break;
    case PHYSICAL_I64:
        GIVE(int64_t, int64_t);
        break;
    case PHYSICAL_F32:
        GIVE(float, double);
        break;
    case PHYSICAL_F64:
        GIVE(double, double);
        break;
    case PHYSICAL_I128:
        for (size_t i = 0; i < n; i++)
            memcpy((int128_t *)out->data + i, rows[i] + key->at, 16);
        break;
    case PHYSICAL_INTERVAL:
        for (size_t i = 0; i < n; i++)
            memcpy((struct interval *)out->data + i, rows[i] + key->original_at, 16);
        break;
    case PHYSICAL_TEXT:
        for (size_t i = 0; i < n; i++) {
            const struct text *t = (const struct text *)(const void *)(rows[i] + key->at);
            if (t->length <= TEXT_INLINE)
                ((struct text *)out->data)[i] = *t;
            else
                TRY(text_builder_put(text, i, t->data, t->length, error));
        }
        break;
    case PHYSICAL_COUNT:
        break;
    }
    return STATUS_OK;
}

enum status group_key_output(const struct group_layout *layout, uint32_t key,
                             const char *const *rows, size_t n, struct column *out,
                             struct text_builder *text, struct error *error)
{
    TRY(give_values(&layout->keys[key], rows, n, out, text, error));
    for (size_t i = 0; i < n; i++)
        if (UNLIKELY(row_key_null(layout, key, rows[i])))
            TRY(agg_put_null(out, i, error));
    return STATUS_OK;
}
