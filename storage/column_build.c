/* column_build.c - columns made from columns: take, slice, flatten, concat; and text made row by row.
 *
 * Values are moved by their size, not by their type: five loops serve every type. */
#include "storage/column.h"

static const char owner_default[] = "column";

/* Values of any type by their size; sixteen bytes may be a text view, an interval or an int128_t. */
typedef uint8_t __attribute__((may_alias)) bytes_1;
typedef uint16_t __attribute__((may_alias)) bytes_2;
typedef uint32_t __attribute__((may_alias)) bytes_4;
typedef uint64_t __attribute__((may_alias)) bytes_8;
struct __attribute__((may_alias)) bytes_16 {
    uint64_t words[2];
};

/* What a column's data is made of: codes or values. */
static size_t item_size(const struct column *column)
{
    return column->encoding == COLUMN_DICTIONARY ? sizeof(uint32_t) : type_size(column->type);
}

#define GATHER(name, ctype)                                                  \
    static void gather_##name(ctype *restrict out, const ctype *restrict in, \
                              const uint32_t *restrict rows, size_t n)       \
    {                                                                        \
        for (size_t i = 0; i < n; i++)                                       \
            out[i] = in[rows[i]];                                            \
    }                                                                        \
    static void fill_##name(ctype *out, ctype value, size_t n)               \
    {                                                                        \
        for (size_t i = 0; i < n; i++)                                       \
            out[i] = value;                                                  \
    }
GATHER(8, bytes_1)
GATHER(16, bytes_2)
GATHER(32, bytes_4)
GATHER(64, bytes_8)
GATHER(128, struct bytes_16)
#undef GATHER

static void gather(void *out, const void *in, const uint32_t *rows, size_t n, size_t size)
{
    switch (size) {
    case 1:
        gather_8(out, in, rows, n);
        break;
    case 2:
        gather_16(out, in, rows, n);
        break;
    case 4:
        gather_32(out, in, rows, n);
        break;
    case 8:
        gather_64(out, in, rows, n);
        break;
    default:
        assert(size == 16);
        gather_128(out, in, rows, n);
    }
}

/* `n` times the value at `in`. */
static void fill(void *out, const void *in, size_t n, size_t size)
{
    switch (size) {
    case 1:
        fill_8(out, *(const bytes_1 *)in, n);
        break;
    case 2:
        fill_16(out, *(const bytes_2 *)in, n);
        break;
    case 4:
        fill_32(out, *(const bytes_4 *)in, n);
        break;
    case 8:
        fill_64(out, *(const bytes_8 *)in, n);
        break;
    default:
        assert(size == 16);
        fill_128(out, *(const struct bytes_16 *)in, n);
    }
}

/* Sixty-four bits at a time; gives whether all are set. */
static bool gather_bits(uint8_t *out, const uint8_t *in, const uint32_t *rows, size_t n)
{
    uint64_t all = UINT64_MAX;
    for (size_t i = 0; i < n; i += 64) {
        size_t count = MIN(n - i, (size_t)64);
        uint64_t word = 0;
        for (size_t j = 0; j < count; j++) {
            uint32_t row = rows[i + j];
            word |= (uint64_t)(in[row >> 3] >> (row & 7) & 1) << j;
        }
        memcpy(out + i / 8, &word, sizeof word);
        all &= count == 64 ? word : word | ~(uint64_t)0 << count;
    }
    return all == UINT64_MAX;
}

/* An unpushed column with room for `n` items like those of `like`, which it keeps alive. */
static enum status column_new_like(const struct column *like, size_t n, struct budget *budget,
                                   struct column **out, struct error *error)
{
    struct column *column = NULL;
    struct type type = like->encoding == COLUMN_DICTIONARY ? type_of(TYPE_INTEGER) : like->type;
    TRY(column_new(type, n, budget, owner_default, &column, error));
    column->type = like->type;
    if (like->encoding == COLUMN_DICTIONARY) {
        column->encoding = COLUMN_DICTIONARY;
        column->dictionary = column_ref(like->dictionary);
    }
    if (like->n_heaps > 0) {
        enum status status = STATUS_OK;
        for (uint32_t i = 0; i < like->n_heaps && status == STATUS_OK; i++)
            status = column_add_heap(column, like->heaps[i], error);
        if (status != STATUS_OK) {
            column_unref(column);
            return status;
        }
    }
    *out = column;
    return STATUS_OK;
}

enum status column_take(const struct column *column, const uint32_t *rows, size_t n,
                        struct budget *budget, struct column **out, struct error *error)
{
    if (column->encoding == COLUMN_CONSTANT) {
        TRY(column_view(column, 0, column->length, budget, out, error));
        (*out)->length = n;
        return STATUS_OK;
    }
    struct column *taken = NULL;
    TRY(column_new_like(column, n, budget, &taken, error));
    gather(taken->data, column->data, rows, n, item_size(column));
    if (column->validity && n > 0) {
        enum status status =
            buffer_new(bits_size(n), budget, owner_default, &taken->validity_buffer, error);
        if (status != STATUS_OK) {
            column_unref(taken);
            return status;
        }
        taken->validity = taken->validity_buffer->data;
        if (gather_bits(taken->validity, column->validity, rows, n)) {
            buffer_unref(taken->validity_buffer);
            taken->validity_buffer = NULL;
            taken->validity = NULL;
        }
    }
    *out = taken;
    return STATUS_OK;
}

enum status column_slice(const struct column *column, size_t at, size_t n, struct budget *budget,
                         struct column **out, struct error *error)
{
    assert(at <= column->length && n <= column->length - at);
    if (column->encoding == COLUMN_CONSTANT)
        return column_view(column, at, n, budget, out, error);
    struct column *slice = NULL;
    TRY(column_new_like(column, n, budget, &slice, error));
    size_t size = item_size(column);
    if (n > 0)
        memcpy(slice->data, (const uint8_t *)column->data + at * size, n * size);
    if (column->validity && n > 0) {
        enum status status = column_add_validity(slice, error);
        if (status != STATUS_OK) {
            column_unref(slice);
            return status;
        }
        bits_copy(slice->validity, 0, column->validity, at, n);
        column_trim_validity(slice);
    }
    *out = slice;
    return STATUS_OK;
}

/* ---- Flat copies ---- */

/* Codes of NULL rows mean nothing, so they may lie outside of the dictionary. */
static void write_decoded(void *out, const struct column *column, size_t size)
{
    const struct column *dictionary = column->dictionary;
    const uint32_t *codes = column->data;
    if (!column->validity) {
        gather(out, dictionary->data, codes, column->length, size);
    } else if (dictionary->length == 0) {
        memset(out, 0, column->length * size);
    } else {
        enum { CHUNK = 256 };
        uint32_t safe[CHUNK];
        for (size_t at = 0; at < column->length; at += CHUNK) {
            size_t n = MIN(column->length - at, (size_t)CHUNK);
            for (size_t i = 0; i < n; i++)
                safe[i] = codes[at + i] < dictionary->length ? codes[at + i] : 0;
            gather((uint8_t *)out + at * size, dictionary->data, safe, n, size);
        }
    }
}

/* The values of `column` into `out`, which has room for them. */
static void write_values(void *out, const struct column *column)
{
    size_t size = type_size(column->type);
    if (column->length == 0)
        return;
    if (column->encoding == COLUMN_CONSTANT)
        fill(out, column->data, column->length, size);
    else if (column->encoding == COLUMN_DICTIONARY)
        write_decoded(out, column, size);
    else
        memcpy(out, column->data, column->length * size);
}

/* The validity of `column` into bits [at, at + length) of `out`, which are set. */
static void write_validity(uint8_t *out, size_t at, const struct column *column)
{
    if (!column->validity)
        return;
    if (column->encoding != COLUMN_CONSTANT) {
        bits_copy(out, at, column->validity, 0, column->length);
    } else if (!bits_get(column->validity, 0)) {
        for (size_t i = 0; i < column->length; i++)
            bits_clear(out, at + i);
    }
}

enum status column_flatten(struct column *column, struct budget *budget, struct column **out,
                           struct error *error)
{
    if (column->encoding == COLUMN_FLAT) {
        *out = column_ref(column);
        return STATUS_OK;
    }
    return column_concat(&column, 1, budget, out, error);
}

enum status column_concat(struct column *const *parts, size_t n_parts, struct budget *budget,
                          struct column **out, struct error *error)
{
    assert(n_parts > 0);
    size_t length = 0, size = type_size(parts[0]->type);
    bool has_nulls = false;
    for (size_t i = 0; i < n_parts; i++) {
        assert(type_equal(parts[i]->type, parts[0]->type));
        length += parts[i]->length;
        has_nulls = has_nulls || (parts[i]->validity && parts[i]->length > 0);
    }
    struct column *flat = NULL;
    TRY(column_new(parts[0]->type, length, budget, owner_default, &flat, error));
    enum status status = has_nulls ? column_add_validity(flat, error) : STATUS_OK;
    size_t at = 0;
    for (size_t i = 0; i < n_parts && status == STATUS_OK; i++) {
        write_values((uint8_t *)flat->data + at * size, parts[i]);
        write_validity(flat->validity, at, parts[i]);
        at += parts[i]->length;
        status = column_share_heaps(flat, parts[i], error);
    }
    if (status != STATUS_OK) {
        column_unref(flat);
        return status;
    }
    column_trim_validity(flat);
    *out = flat;
    return STATUS_OK;
}

/* ---- Text ---- */

/* Copies the long texts of `count` views to `heap` and points the views there. */
static void move_text(struct text *views, const struct column *validity_of, size_t count,
                      char *heap)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        struct text *view = &views[i];
        if (validity_of->validity && !bits_get(validity_of->validity, i)) {
            *view = text_view(NULL, 0);
        } else if (view->length > TEXT_INLINE) {
            memcpy(heap + used, view->data, view->length);
            view->data = heap + used;
            used += view->length;
        }
    }
}

static size_t long_text_size(const struct column *column, size_t count)
{
    const struct text *views = column->data;
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        if (views[i].length > TEXT_INLINE && (!column->validity || bits_get(column->validity, i)))
            total += views[i].length;
    return total;
}

static enum status compact_dictionary(struct column *column, struct budget *budget,
                                      struct column **out, struct error *error)
{
    struct column *compact = NULL, *dictionary = NULL;
    TRY(column_compact_text(column->dictionary, budget, &dictionary, error));
    enum status status = column_slice(column, 0, column->length, budget, &compact, error);
    if (status != STATUS_OK) {
        column_unref(dictionary);
        return status;
    }
    column_unref(compact->dictionary);
    compact->dictionary = dictionary;
    *out = compact;
    return STATUS_OK;
}

/* A copy of the views and the validity, without heaps. */
static enum status copy_views(const struct column *column, size_t count, struct budget *budget,
                              struct column **out, struct error *error)
{
    struct column *copy = NULL;
    TRY(column_new(column->type, count, budget, owner_default, &copy, error));
    if (count > 0)
        memcpy(copy->data, column->data, count * sizeof(struct text));
    if (column->validity) {
        enum status status = column_add_validity(copy, error);
        if (status != STATUS_OK) {
            column_unref(copy);
            return status;
        }
        bits_copy(copy->validity, 0, column->validity, 0, count);
    }
    copy->encoding = column->encoding;
    copy->length = column->length;
    *out = copy;
    return STATUS_OK;
}

enum status column_compact_text(struct column *column, struct budget *budget, struct column **out,
                                struct error *error)
{
    if (column->encoding == COLUMN_DICTIONARY && column->dictionary->n_heaps > 0)
        return compact_dictionary(column, budget, out, error);
    if (!type_is_text(column->type) || column->n_heaps == 0) {
        *out = column_ref(column);
        return STATUS_OK;
    }
    size_t count = column->encoding == COLUMN_CONSTANT ? 1 : column->length;
    struct column *compact = NULL;
    TRY(copy_views(column, count, budget, &compact, error));
    size_t size = long_text_size(column, count);
    struct buffer *heap = NULL;
    enum status status = STATUS_OK;
    if (size > 0)
        status = buffer_new(size, budget, "text", &heap, error);
    if (status == STATUS_OK && heap)
        status = column_add_heap(compact, heap, error);
    if (status != STATUS_OK) {
        buffer_unref(heap);
        column_unref(compact);
        return status;
    }
    move_text(compact->data, compact, count, heap ? (char *)heap->data : NULL);
    buffer_unref(heap);
    *out = compact;
    return STATUS_OK;
}

enum { CHUNK_FIRST = 4096, CHUNK_MAX = 1 << 20 };

void text_builder_init(struct text_builder *builder, struct column *column, const char *owner)
{
    assert(column->encoding == COLUMN_FLAT);
    *builder = (struct text_builder){.column = column, .owner = owner ? owner : "text"};
}

/* The column holds the only reference to the chunks. */
static enum status add_chunk(struct text_builder *builder, size_t length, struct error *error)
{
    if (length > TEXT_LENGTH_MAX)
        return error_set(error, STATUS_LIMIT, "text is longer than %u bytes: %zu",
                         (unsigned)TEXT_LENGTH_MAX, length);
    size_t next = builder->chunk ? builder->chunk->capacity * 2 : CHUNK_FIRST;
    struct buffer *chunk = NULL;
    TRY(buffer_new(MAX(MIN(next, (size_t)CHUNK_MAX), length), builder->column->budget,
                   builder->owner, &chunk, error));
    enum status status = column_add_heap(builder->column, chunk, error);
    buffer_unref(chunk);
    if (status != STATUS_OK)
        return status;
    builder->chunk = chunk;
    builder->used = 0;
    return STATUS_OK;
}

enum status text_builder_alloc(struct text_builder *builder, size_t length, char **out,
                               struct error *error)
{
    if (UNLIKELY(!builder->chunk || length > builder->chunk->capacity - builder->used))
        TRY(add_chunk(builder, length, error));
    *out = (char *)builder->chunk->data + builder->used;
    builder->used += length;
    return STATUS_OK;
}

enum status text_builder_put(struct text_builder *builder, size_t row, const char *data,
                             size_t length, struct error *error)
{
    struct text *views = builder->column->data;
    if (length > TEXT_INLINE) {
        char *copy = NULL;
        TRY(text_builder_alloc(builder, length, &copy, error));
        memcpy(copy, data, length);
        data = copy;
    }
    views[row] = text_view(data, length);
    return STATUS_OK;
}
