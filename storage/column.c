/* column.c - the life of columns, and the order of their values. */
#include "storage/column.h"

static const char owner_default[] = "column";

static enum status column_alloc(struct type type, size_t length, enum column_encoding encoding,
                                struct budget *budget, struct column **out, struct error *error)
{
    void *memory = NULL;
    TRY(block_alloc(&memory, sizeof(struct column), budget, owner_default, error));
    struct column *column = memory;
    atomic_init(&column->refs, 1);
    column->type = type;
    column->encoding = (uint8_t)encoding;
    column->length = length;
    column->budget = budget;
    *out = column;
    return STATUS_OK;
}

enum status column_new(struct type type, size_t length, struct budget *budget, const char *owner,
                       struct column **out, struct error *error)
{
    if (!owner)
        owner = owner_default;
    size_t size;
    if (__builtin_mul_overflow(length, type_size(type), &size))
        return error_no_memory(error, length, owner);
    struct column *column = NULL;
    TRY(column_alloc(type, length, COLUMN_FLAT, budget, &column, error));
    enum status status = buffer_new(size, budget, owner, &column->data_buffer, error);
    if (status != STATUS_OK) {
        column_unref(column);
        return status;
    }
    column->data = column->data_buffer->data;
    *out = column;
    return STATUS_OK;
}

enum status column_new_constant(struct type type, size_t length, bool is_null,
                                struct budget *budget, struct column **out, struct error *error)
{
    struct column *column = NULL;
    TRY(column_new(type, 1, budget, owner_default, &column, error));
    memset(column->data, 0, type_size(type));
    if (is_null) {
        enum status status = column_add_validity(column, error);
        if (status != STATUS_OK) {
            column_unref(column);
            return status;
        }
        bits_clear(column->validity, 0);
    }
    column->encoding = COLUMN_CONSTANT;
    column->length = length;
    *out = column;
    return STATUS_OK;
}

/* Values that the data and validity hold. */
static size_t stored_count(const struct column *column)
{
    return column->encoding == COLUMN_CONSTANT ? 1 : column->length;
}

enum status column_add_validity(struct column *column, struct error *error)
{
    if (column->validity)
        return STATUS_OK;
    size_t n = stored_count(column);
    TRY(buffer_new(bits_size(n), column->budget, owner_default, &column->validity_buffer, error));
    column->validity = column->validity_buffer->data;
    bits_fill(column->validity, n, true);
    return STATUS_OK;
}

void column_trim_validity(struct column *column)
{
    size_t n = stored_count(column);
    if (!column->validity || bits_count(column->validity, n) != n)
        return;
    buffer_unref(column->validity_buffer);
    column->validity_buffer = NULL;
    column->validity = NULL;
}

static enum status reserve_heaps(struct column *column, uint32_t extra, struct error *error)
{
    uint32_t needed;
    if (__builtin_add_overflow(column->n_heaps, extra, &needed) || needed > UINT32_MAX / 2)
        return error_set(error, STATUS_LIMIT, "too many text heaps in a column: %u",
                         column->n_heaps);
    if (needed <= column->heaps_capacity)
        return STATUS_OK;
    uint32_t capacity = MAX(needed, column->heaps_capacity * 2);
    void *block = column->heaps;
    TRY(block_grow(&block, column->heaps_capacity * sizeof(struct buffer *),
                   capacity * sizeof(struct buffer *), column->budget, owner_default, error));
    column->heaps = block;
    column->heaps_capacity = capacity;
    return STATUS_OK;
}

/* Looks at the last few only: a heap that is held twice does no harm. */
static bool holds_heap(const struct column *column, const struct buffer *heap)
{
    enum { LOOK_BACK = 16 };
    uint32_t first = column->n_heaps > LOOK_BACK ? column->n_heaps - LOOK_BACK : 0;
    for (uint32_t i = column->n_heaps; i > first; i--)
        if (column->heaps[i - 1] == heap)
            return true;
    return false;
}

enum status column_add_heap(struct column *column, struct buffer *heap, struct error *error)
{
    if (holds_heap(column, heap))
        return STATUS_OK;
    if (column->n_heaps == column->heaps_capacity)
        TRY(reserve_heaps(column, 1, error));
    column->heaps[column->n_heaps++] = buffer_ref(heap);
    return STATUS_OK;
}

enum status column_share_heaps(struct column *column, const struct column *from,
                               struct error *error)
{
    if (from->n_heaps > 0 && column->n_heaps == 0) {
        TRY(reserve_heaps(column, from->n_heaps, error));
        for (uint32_t i = 0; i < from->n_heaps; i++)
            column->heaps[i] = buffer_ref(from->heaps[i]);
        column->n_heaps = from->n_heaps;
    } else {
        for (uint32_t i = 0; i < from->n_heaps; i++)
            TRY(column_add_heap(column, from->heaps[i], error));
    }
    return from->dictionary ? column_share_heaps(column, from->dictionary, error) : STATUS_OK;
}

void column_unref(struct column *column)
{
    if (!column || atomic_fetch_sub_explicit(&column->refs, 1, memory_order_acq_rel) != 1)
        return;
    buffer_unref(column->validity_buffer);
    buffer_unref(column->data_buffer);
    for (uint32_t i = 0; i < column->n_heaps; i++)
        buffer_unref(column->heaps[i]);
    block_free(column->heaps, column->heaps_capacity * sizeof(struct buffer *), column->budget);
    column_unref(column->dictionary);
    block_free(column, sizeof *column, column->budget);
}

/* A column of its own over the same buffers. */
static enum status column_share(const struct column *column, struct budget *budget,
                                struct column **out, struct error *error)
{
    struct column *shared = NULL;
    TRY(column_alloc(column->type, column->length, (enum column_encoding)column->encoding, budget,
                     &shared, error));
    shared->validity = column->validity;
    shared->validity_buffer = buffer_ref(column->validity_buffer);
    shared->data = column->data;
    shared->data_buffer = buffer_ref(column->data_buffer);
    if (column->dictionary)
        shared->dictionary = column_ref(column->dictionary);
    if (column->n_heaps > 0) {
        enum status status = reserve_heaps(shared, column->n_heaps, error);
        if (status != STATUS_OK) {
            column_unref(shared);
            return status;
        }
        for (uint32_t i = 0; i < column->n_heaps; i++)
            shared->heaps[i] = buffer_ref(column->heaps[i]);
        shared->n_heaps = column->n_heaps;
    }
    *out = shared;
    return STATUS_OK;
}

/* The validity of rows [at, at+n): the same words where they begin on one, else a copy. */
static enum status view_validity(struct column *view, const struct column *column, size_t at,
                                 struct error *error)
{
    if (at % 64 == 0) {
        view->validity = column->validity + at / 8;
    } else {
        size_t size = bits_size(view->length);
        struct buffer *bits = NULL;
        TRY(buffer_new_zeroed(size, view->budget, owner_default, &bits, error));
        bits_copy(bits->data, 0, column->validity, at, view->length);
        buffer_unref(view->validity_buffer);
        view->validity_buffer = bits;
        view->validity = bits->data;
    }
    column_trim_validity(view);
    return STATUS_OK;
}

enum status column_view(const struct column *column, size_t at, size_t n, struct budget *budget,
                        struct column **out, struct error *error)
{
    assert(at <= column->length && n <= column->length - at);
    struct column *view = NULL;
    TRY(column_share(column, budget, &view, error));
    view->length = n;
    if (column->encoding != COLUMN_CONSTANT) {
        size_t size =
            column->encoding == COLUMN_DICTIONARY ? sizeof(uint32_t) : type_size(column->type);
        view->data = (uint8_t *)column->data + at * size;
        if (column->validity) {
            enum status status = view_validity(view, column, at, error);
            if (status != STATUS_OK) {
                column_unref(view);
                return status;
            }
        }
    }
    *out = view;
    return STATUS_OK;
}

enum status column_retype(struct column *column, struct type type, struct column **out,
                          struct error *error)
{
    assert(type_physical(type) == type_physical(column->type));
    struct column *retyped = NULL;
    TRY(column_share(column, column->budget, &retyped, error));
    retyped->type = type;
    if (column->dictionary) {
        struct column *dictionary = NULL;
        enum status status = column_retype(column->dictionary, type, &dictionary, error);
        if (status != STATUS_OK) {
            column_unref(retyped);
            return status;
        }
        column_unref(retyped->dictionary);
        retyped->dictionary = dictionary;
    }
    *out = retyped;
    return STATUS_OK;
}

size_t column_bytes(const struct column *column)
{
    size_t bytes = sizeof *column + column->heaps_capacity * sizeof(struct buffer *);
    if (column->validity_buffer)
        bytes += column->validity_buffer->capacity;
    if (column->data_buffer)
        bytes += column->data_buffer->capacity;
    for (uint32_t i = 0; i < column->n_heaps; i++)
        bytes += column->heaps[i]->capacity;
    return bytes + (column->dictionary ? column_bytes(column->dictionary) : 0);
}

/* ---- Order ---- */

int text_compare(const struct text *a, const struct text *b)
{
    uint32_t x, y;
    memcpy(&x, a->prefix, 4);
    memcpy(&y, b->prefix, 4);
    if (x != y)
        return __builtin_bswap32(x) < __builtin_bswap32(y) ? -1 : 1;
    uint32_t shared = MIN(a->length, b->length);
    if (shared > 4) {
        int order = memcmp(text_data(a) + 4, text_data(b) + 4, shared - 4);
        if (order != 0)
            return order;
    }
    return (a->length > b->length) - (a->length < b->length);
}

#define COMPARE_PLAIN(id, ctype)                                              \
    static int compare_##id(const void *a, size_t i, const void *b, size_t j) \
    {                                                                         \
        ctype x = ((const ctype *)a)[i], y = ((const ctype *)b)[j];           \
        return (x > y) - (x < y);                                             \
    }
COMPARE_PLAIN(U8, uint8_t)
COMPARE_PLAIN(I8, int8_t)
COMPARE_PLAIN(I16, int16_t)
COMPARE_PLAIN(I32, int32_t)
COMPARE_PLAIN(I64, int64_t)
COMPARE_PLAIN(I128, int128_t)
#undef COMPARE_PLAIN

static int compare_doubles(double x, double y)
{
    bool x_is_nan = x != x, y_is_nan = y != y;
    if (x_is_nan || y_is_nan)
        return (int)x_is_nan - (int)y_is_nan;
    return (x > y) - (x < y);
}

static int compare_F32(const void *a, size_t i, const void *b, size_t j)
{
    return compare_doubles((double)((const float *)a)[i], (double)((const float *)b)[j]);
}

static int compare_F64(const void *a, size_t i, const void *b, size_t j)
{
    return compare_doubles(((const double *)a)[i], ((const double *)b)[j]);
}

static int compare_TEXT(const void *a, size_t i, const void *b, size_t j)
{
    return text_compare((const struct text *)a + i, (const struct text *)b + j);
}

int interval_compare(struct interval a, struct interval b)
{
    const int64_t day_us = INT64_C(86400000000);
    int128_t x = ((int128_t)a.months * 30 + a.days) * day_us + a.micros;
    int128_t y = ((int128_t)b.months * 30 + b.days) * day_us + b.micros;
    return (x > y) - (x < y);
}

static int compare_INTERVAL(const void *a, size_t i, const void *b, size_t j)
{
    return interval_compare(((const struct interval *)a)[i], ((const struct interval *)b)[j]);
}

typedef int (*compare_value_fn)(const void *a, size_t i, const void *b, size_t j);

static const compare_value_fn compare_of_physical[] = {
#define X(id, ctype) compare_##id,
    PHYSICAL_LIST(X)
#undef X
};
static_assert(ARRAY_LENGTH(compare_of_physical) == PHYSICAL_COUNT, "an order for each layout");

/* The place of a row's value: *values and the index in them. */
static size_t locate(const struct column *column, size_t row, const void **values)
{
    if (column->encoding == COLUMN_DICTIONARY) {
        *values = column->dictionary->data;
        return ((const uint32_t *)column->data)[row];
    }
    *values = column->data;
    return column_index(column, row);
}

int column_compare(const struct column *a, size_t i, const struct column *b, size_t j)
{
    bool a_is_null = column_is_null(a, i), b_is_null = column_is_null(b, j);
    if (a_is_null || b_is_null)
        return (int)b_is_null - (int)a_is_null;
    const void *x, *y;
    size_t at_x = locate(a, i, &x), at_y = locate(b, j, &y);
    return compare_of_physical[type_physical(a->type)](x, at_x, y, at_y);
}
