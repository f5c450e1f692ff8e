#include "storage/segment_dictionary.h"

#include <stdlib.h>

#include "base/hash.h"

static const char owner[] = "segment writer";

void dictionary_init(struct dictionary *dictionary, enum physical physical, struct budget *budget)
{
    *dictionary = (struct dictionary){.physical = physical, .budget = budget};
    bytes_init(&dictionary->hashes, budget, owner);
    bytes_init(&dictionary->data, budget, owner);
    bytes_init(&dictionary->offsets, budget, owner);
}

static void forget_foreign(struct dictionary *dictionary)
{
    if (!dictionary->foreign)
        return;
    block_free(dictionary->known, dictionary->foreign->length * sizeof(uint32_t),
               dictionary->budget);
    column_unref(dictionary->foreign);
    dictionary->foreign = NULL;
    dictionary->known = NULL;
}

void dictionary_fini(struct dictionary *dictionary)
{
    bytes_fini(&dictionary->hashes);
    bytes_fini(&dictionary->data);
    bytes_fini(&dictionary->offsets);
    block_free(dictionary->slots, dictionary->n_slots * sizeof(uint64_t), dictionary->budget);
    forget_foreign(dictionary);
    dictionary->slots = NULL;
    dictionary->n_slots = dictionary->count = 0;
}

/* ---- Values ---- */

static const uint64_t *hashes_of(const struct dictionary *dictionary)
{
    return (const uint64_t *)(const void *)dictionary->hashes.data;
}

static uint32_t offset_at(const struct dictionary *dictionary, size_t i)
{
    uint32_t offset;
    memcpy(&offset, dictionary->offsets.data + i * sizeof offset, sizeof offset);
    return offset;
}

static bool is_text(const struct dictionary *dictionary)
{
    return dictionary->physical == PHYSICAL_TEXT;
}

struct str dictionary_entry(const struct dictionary *dictionary, uint32_t code)
{
    if (!is_text(dictionary)) {
        size_t size = physical_size(dictionary->physical);
        return (struct str){dictionary->data.data + code * size, size};
    }
    uint32_t start = offset_at(dictionary, code);
    return (struct str){dictionary->data.data + start, offset_at(dictionary, code + 1u) - start};
}

static struct str value_of(const struct values *values, size_t i)
{
    if (values->physical == PHYSICAL_TEXT)
        return (struct str){values->bytes + values->offsets[i],
                            values->offsets[i + 1] - values->offsets[i]};
    size_t size = physical_size(values->physical);
    return (struct str){(const char *)values->data + i * size, size};
}

static uint64_t hash_of(struct str value)
{
    if (value.length != sizeof(uint64_t))
        return hash_bytes(value.data, value.length);
    uint64_t x;
    memcpy(&x, value.data, sizeof x);
    return hash_u64(x);
}

static bool same_bytes(struct str a, struct str b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* ---- The table ---- */

static uint64_t tag_of(uint64_t hash)
{
    return hash & ~(uint64_t)UINT32_MAX;
}

static enum status grow_slots(struct dictionary *dictionary, struct error *error)
{
    enum { FIRST = 1024 };
    size_t n = MAX(dictionary->n_slots * 2, (size_t)FIRST);
    void *memory = NULL;
    TRY(block_alloc(&memory, n * sizeof(uint64_t), dictionary->budget, owner, error));
    uint64_t *slots = memory;
    const uint64_t *hashes = hashes_of(dictionary);
    for (uint32_t e = 0; e < dictionary->count; e++) {
        size_t at = hashes[e] & (n - 1);
        while (slots[at])
            at = (at + 1) & (n - 1);
        slots[at] = tag_of(hashes[e]) | (e + 1);
    }
    block_free(dictionary->slots, dictionary->n_slots * sizeof(uint64_t), dictionary->budget);
    dictionary->slots = slots;
    dictionary->n_slots = n;
    return STATUS_OK;
}

static enum status append(struct dictionary *dictionary, struct str value, uint64_t hash,
                          struct error *error)
{
    TRY(bytes_append(&dictionary->hashes, &hash, sizeof hash, error));
    if (is_text(dictionary)) {
        uint32_t end = (uint32_t)dictionary->data.length;
        if (dictionary->count == 0)
            TRY(bytes_append(&dictionary->offsets, &end, sizeof end, error));
        end += (uint32_t)value.length;
        TRY(bytes_append(&dictionary->offsets, &end, sizeof end, error));
    }
    TRY(bytes_append(&dictionary->data, value.data, value.length, error));
    dictionary->count++;
    return STATUS_OK;
}

/* The slot of the value: taken by it, or free. */
static size_t find(const struct dictionary *dictionary, struct str value, uint64_t hash)
{
    size_t mask = dictionary->n_slots - 1, at = hash & mask;
    for (; dictionary->slots[at]; at = (at + 1) & mask) {
        uint64_t slot = dictionary->slots[at];
        if (tag_of(slot) == tag_of(hash) &&
            same_bytes(dictionary_entry(dictionary, (uint32_t)slot - 1), value))
            break;
    }
    return at;
}

static enum status add_value(struct dictionary *dictionary, struct str value, uint64_t hash,
                             uint32_t *code, bool *fits, struct error *error)
{
    if ((size_t)dictionary->count * 2 >= dictionary->n_slots)
        TRY(grow_slots(dictionary, error));
    size_t at = find(dictionary, value, hash);
    if (!dictionary->slots[at]) {
        *fits = dictionary->count < DICTIONARY_LENGTH_MAX &&
                dictionary->data.length + value.length <= DICTIONARY_BYTES_MAX;
        if (!*fits)
            return STATUS_OK;
        TRY(append(dictionary, value, hash, error));
        dictionary->slots[at] = tag_of(hash) | dictionary->count;
    }
    *code = (uint32_t)dictionary->slots[at] - 1;
    return STATUS_OK;
}

enum status dictionary_add(struct dictionary *dictionary, const struct values *values,
                           uint32_t *codes, bool *fits, struct error *error)
{
    *fits = true;
    uint32_t code = 0;
    size_t n_leading = 0; /* NULL rows before the first value */
    bool has_one = false;
    for (size_t i = 0; i < values->n && *fits; i++) {
        bool is_null = values->validity && !bits_get(values->validity, i);
        if (!is_null) {
            struct str value = value_of(values, i);
            TRY(add_value(dictionary, value, hash_of(value), &code, fits, error));
            if (!has_one)
                n_leading = i;
            has_one = true;
        }
        codes[i] = code;
    }
    for (size_t i = 0; i < n_leading; i++)
        codes[i] = codes[n_leading];
    return STATUS_OK;
}

/* ---- Rows of text ---- */

enum { AHEAD = 32 }; /* rows whose places are fetched at once */

struct rows {
    const struct column *column;
    uint32_t *codes;
    size_t done, bytes;
    bool fits;
};

static struct str str_of_text(const struct text *text)
{
    return (struct str){text_data(text), text->length};
}

/* Looks where the values will be looked for. Inline: by itself it seems to do nothing, and gcc would leave it out. */
static ALWAYS_INLINE void fetch(const struct dictionary *dictionary, const uint64_t *hashes,
                                size_t n)
{
    const uint32_t *offsets = (const uint32_t *)(const void *)dictionary->offsets.data;
    size_t mask = dictionary->n_slots - 1;
    for (size_t i = 0; i < n; i++)
        PREFETCH(&dictionary->slots[hashes[i] & mask]);
    for (size_t i = 0; i < n; i++) {
        uint64_t slot = dictionary->slots[hashes[i] & mask];
        if (slot && tag_of(slot) == tag_of(hashes[i])) {
            const char *data = dictionary->data.data + offsets[(uint32_t)slot - 1];
            PREFETCH(data);
            PREFETCH(data + CACHE_LINE);
        }
    }
}

/* Up to AHEAD rows of a FLAT column. */
static enum status add_flat(struct dictionary *dictionary, struct rows *rows, size_t at, size_t n,
                            struct error *error)
{
    const struct text *texts = (const struct text *)rows->column->data + at;
    const uint8_t *validity = rows->column->validity;
    uint64_t hashes[AHEAD];
    for (size_t i = 0; i < n; i++) {
        bool is_null = validity && !bits_get(validity, at + i);
        hashes[i] = is_null ? 0 : hash_of(str_of_text(&texts[i]));
    }
    if (dictionary->count > 0)
        fetch(dictionary, hashes, n);
    for (size_t i = 0; i < n; i++) {
        if (!validity || bits_get(validity, at + i)) {
            TRY(add_value(dictionary, str_of_text(&texts[i]), hashes[i], &dictionary->last,
                          &rows->fits, error));
            if (!rows->fits)
                return STATUS_OK;
            rows->bytes += texts[i].length;
        }
        rows->codes[rows->done++] = dictionary->last;
    }
    return STATUS_OK;
}

static enum status know_foreign(struct dictionary *dictionary, struct column *foreign,
                                struct error *error)
{
    if (dictionary->foreign == foreign)
        return STATUS_OK;
    forget_foreign(dictionary);
    void *memory = NULL;
    size_t size = foreign->length * sizeof(uint32_t);
    TRY(block_alloc(&memory, size, dictionary->budget, owner, error));
    dictionary->known = memory;
    if (size > 0)
        memset(memory, 0xFF, size);
    dictionary->foreign = column_ref(foreign);
    return STATUS_OK;
}

/* Rows of a DICTIONARY column: each of its values is looked for once. */
static enum status add_foreign(struct dictionary *dictionary, struct rows *rows, size_t at,
                               size_t n, struct error *error)
{
    const struct column *column = rows->column;
    const uint32_t *codes = column->data;
    TRY(know_foreign(dictionary, column->dictionary, error));
    const struct text *texts = column->dictionary->data;
    for (size_t i = at; i < at + n; i++) {
        if (!column->validity || bits_get(column->validity, i)) {
            uint32_t *known = &dictionary->known[codes[i]];
            struct str value = str_of_text(&texts[codes[i]]);
            if (*known == UINT32_MAX)
                TRY(add_value(dictionary, value, hash_of(value), known, &rows->fits, error));
            if (!rows->fits)
                return STATUS_OK;
            dictionary->last = *known;
            rows->bytes += value.length;
        }
        rows->codes[rows->done++] = dictionary->last;
    }
    return STATUS_OK;
}

static enum status add_constant(struct dictionary *dictionary, struct rows *rows, size_t n,
                                struct error *error)
{
    if (!column_is_null(rows->column, 0)) {
        struct str value = str_of_text(rows->column->data);
        TRY(add_value(dictionary, value, hash_of(value), &dictionary->last, &rows->fits, error));
        if (!rows->fits)
            return STATUS_OK;
        rows->bytes += n * value.length;
    }
    for (size_t i = 0; i < n; i++)
        rows->codes[rows->done++] = dictionary->last;
    return STATUS_OK;
}

enum status dictionary_add_text(struct dictionary *dictionary, const struct column *column,
                                size_t at, size_t n, uint32_t *codes, size_t *done, size_t *bytes,
                                struct error *error)
{
    struct rows rows = {.column = column, .codes = codes, .fits = true};
    enum status status = STATUS_OK;
    if (column->encoding == COLUMN_CONSTANT)
        status = add_constant(dictionary, &rows, n, error);
    else if (column->encoding == COLUMN_DICTIONARY)
        status = add_foreign(dictionary, &rows, at, n, error);
    for (size_t i = 0; column->encoding == COLUMN_FLAT && i < n && rows.fits; i += AHEAD) {
        status = add_flat(dictionary, &rows, at + i, MIN(n - i, (size_t)AHEAD), error);
        if (status != STATUS_OK)
            break;
    }
    *done = rows.done;
    *bytes = rows.bytes;
    return status;
}

size_t dictionary_bytes(const struct dictionary *dictionary)
{
    return dictionary->data.length + (is_text(dictionary) ? dictionary->count : 0);
}

/* ---- Order ---- */

#define COMPARE(id, ctype)                                \
    static int compare_##id(const char *a, const char *b) \
    {                                                     \
        ctype x, y;                                       \
        memcpy(&x, a, sizeof x);                          \
        memcpy(&y, b, sizeof y);                          \
        return (x > y) - (x < y);                         \
    }
COMPARE(U8, uint8_t)
COMPARE(I8, int8_t)
COMPARE(I16, int16_t)
COMPARE(I32, int32_t)
COMPARE(I64, int64_t)
COMPARE(I128, int128_t)
#undef COMPARE

static int compare_doubles(double x, double y)
{
    bool x_is_nan = x != x, y_is_nan = y != y;
    if (x_is_nan || y_is_nan)
        return (int)x_is_nan - (int)y_is_nan;
    return (x > y) - (x < y);
}

static int compare_F32(const char *a, const char *b)
{
    float x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return compare_doubles((double)x, (double)y);
}

static int compare_F64(const char *a, const char *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return compare_doubles(x, y);
}

static int compare_INTERVAL(const char *a, const char *b)
{
    struct interval x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return interval_compare(x, y);
}

typedef int (*compare_fn)(const char *a, const char *b);

static const compare_fn compares[PHYSICAL_COUNT] = {
    [PHYSICAL_U8] = compare_U8,
    [PHYSICAL_I8] = compare_I8,
    [PHYSICAL_I16] = compare_I16,
    [PHYSICAL_I32] = compare_I32,
    [PHYSICAL_I64] = compare_I64,
    [PHYSICAL_I128] = compare_I128,
    [PHYSICAL_F32] = compare_F32,
    [PHYSICAL_F64] = compare_F64,
    [PHYSICAL_INTERVAL] = compare_INTERVAL,
};

/* Values that compare equal but differ in their bytes (0.0 and -0.0) are in order of their bytes. */
static int compare_codes(const void *a, const void *b, void *context)
{
    const struct dictionary *dictionary = context;
    struct str x = dictionary_entry(dictionary, *(const uint32_t *)a);
    struct str y = dictionary_entry(dictionary, *(const uint32_t *)b);
    if (is_text(dictionary))
        return str_compare(x, y);
    int order = compares[dictionary->physical](x.data, y.data);
    return order != 0 ? order : memcmp(x.data, y.data, x.length);
}

void dictionary_sort(const struct dictionary *dictionary, uint32_t *order, uint32_t *rank)
{
    for (uint32_t i = 0; i < dictionary->count; i++)
        order[i] = i;
    qsort_r(order, dictionary->count, sizeof *order, compare_codes, (void *)dictionary);
    for (uint32_t i = 0; i < dictionary->count; i++)
        rank[order[i]] = i;
}

enum status dictionary_gather(const struct dictionary *dictionary, const uint32_t *codes, size_t n,
                              struct bytes *data, struct bytes *offsets, struct error *error)
{
    uint32_t end = (uint32_t)data->length;
    if (is_text(dictionary))
        TRY(bytes_append(offsets, &end, sizeof end, error));
    for (size_t i = 0; i < n; i++) {
        struct str value = dictionary_entry(dictionary, codes[i]);
        TRY(bytes_append(data, value.data, value.length, error));
        end += (uint32_t)value.length;
        if (is_text(dictionary))
            TRY(bytes_append(offsets, &end, sizeof end, error));
    }
    return STATUS_OK;
}
