#include "storage/segment_stage.h"

static const char owner[] = "segment writer";

static size_t data_size(const struct stage *stage)
{
    return stage->capacity * physical_size(stage->physical);
}

static size_t offsets_size(const struct stage *stage)
{
    return (stage->capacity + 1) * sizeof(uint32_t);
}

static size_t codes_size(const struct stage *stage)
{
    return stage->capacity * sizeof(uint32_t);
}

enum status stage_init(struct stage *stage, struct type type, size_t capacity,
                       struct budget *budget, struct error *error)
{
    *stage =
        (struct stage){.physical = type_physical(type), .capacity = capacity, .budget = budget};
    bytes_init(&stage->bytes, budget, owner);
    void *memory = NULL;
    TRY(block_alloc(&memory, bits_size(capacity), budget, owner, error));
    stage->validity = memory;
    if (stage->physical == PHYSICAL_TEXT) {
        TRY(block_alloc(&memory, offsets_size(stage), budget, owner, error));
        stage->offsets = memory;
        TRY(block_alloc(&memory, codes_size(stage), budget, owner, error));
        stage->codes = memory;
    } else {
        TRY(block_alloc(&memory, data_size(stage), budget, owner, error));
        stage->data = memory;
    }
    return STATUS_OK;
}

void stage_fini(struct stage *stage)
{
    bytes_fini(&stage->bytes);
    if (stage->validity)
        block_free(stage->validity, bits_size(stage->capacity), stage->budget);
    if (stage->offsets)
        block_free(stage->offsets, offsets_size(stage), stage->budget);
    if (stage->codes)
        block_free(stage->codes, codes_size(stage), stage->budget);
    if (stage->data)
        block_free(stage->data, data_size(stage), stage->budget);
    *stage = (struct stage){0};
}

void stage_clear(struct stage *stage)
{
    stage->n = stage->nulls = stage->text_bytes = 0;
    stage->bytes.length = 0;
}

/* ---- Rows ---- */

static bool row_is_null(const struct column *column, size_t row)
{
    return column->validity && column_is_null(column, row);
}

static const void *value_at(const struct column *column, size_t row)
{
    size_t size = type_size(column->type);
    if (column->encoding == COLUMN_DICTIONARY)
        return (const char *)column->dictionary->data +
               ((const uint32_t *)column->data)[row] * size;
    return (const char *)column->data + column_index(column, row) * size;
}

static void add_validity(struct stage *stage, const struct column *column, size_t at, size_t n)
{
    if (!column->validity) {
        for (size_t i = 0; i < n && (stage->n + i) % 8 != 0; i++)
            bits_set(stage->validity, stage->n + i);
        size_t head = MIN(n, (8 - stage->n % 8) % 8), whole = (n - head) / 8;
        memset(stage->validity + (stage->n + head) / 8, 0xFF, whole);
        for (size_t i = head + whole * 8; i < n; i++)
            bits_set(stage->validity, stage->n + i);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bool is_null = row_is_null(column, at + i);
        bits_put(stage->validity, stage->n + i, !is_null);
        stage->nulls += is_null;
    }
}

/* NULL rows among the new ones take the value before them. */
static void cover_nulls(struct stage *stage, size_t n, size_t size)
{
    char *data = stage->data;
    for (size_t i = stage->n; i < stage->n + n; i++)
        if (i > 0 && !bits_get(stage->validity, i))
            memcpy(data + i * size, data + (i - 1) * size, size);
}

static void add_fixed(struct stage *stage, const struct column *column, size_t at, size_t n)
{
    size_t size = physical_size(stage->physical);
    char *to = (char *)stage->data + stage->n * size;
    if (column->encoding == COLUMN_FLAT) {
        memcpy(to, (const char *)column->data + at * size, n * size);
    } else {
        for (size_t i = 0; i < n; i++) {
            /* Codes under NULL rows may be anything. */
            if (row_is_null(column, at + i))
                memset(to + i * size, 0, size);
            else
                memcpy(to + i * size, value_at(column, at + i), size);
        }
    }
    if (column->validity)
        cover_nulls(stage, n, size);
}

static size_t text_length(const struct column *column, size_t row)
{
    return row_is_null(column, row) ? 0 : ((const struct text *)value_at(column, row))->length;
}

static enum status add_text(struct stage *stage, const struct column *column, size_t at, size_t n,
                            struct error *error)
{
    struct bytes *bytes = &stage->bytes;
    size_t before = bytes->length;
    stage->offsets[stage->n] = (uint32_t)bytes->length;
    for (size_t i = 0; i < n; i++) {
        if (!row_is_null(column, at + i)) {
            const struct text *text = value_at(column, at + i);
            if (UNLIKELY(bytes->capacity - bytes->length < (size_t)text->length + TEXT_INLINE))
                TRY(bytes_reserve(bytes, (size_t)text->length + TEXT_INLINE, error));
            if (text->length <= TEXT_INLINE)
                memcpy(bytes->data + bytes->length,
                       (const char *)text + offsetof(struct text, prefix), TEXT_INLINE);
            else
                memcpy(bytes->data + bytes->length, text->data, text->length);
            bytes->length += text->length;
        }
        stage->offsets[stage->n + i + 1] = (uint32_t)bytes->length;
    }
    stage->text_bytes += bytes->length - before;
    return STATUS_OK;
}

enum status stage_add(struct stage *stage, const struct column *column, size_t at, size_t n,
                      struct error *error)
{
    assert(n <= stage->capacity - stage->n);
    if (n == 0)
        return STATUS_OK;
    add_validity(stage, column, at, n);
    if (stage->physical == PHYSICAL_TEXT)
        TRY(add_text(stage, column, at, n, error));
    else
        add_fixed(stage, column, at, n);
    stage->n += n;
    return STATUS_OK;
}

void stage_add_coded(struct stage *stage, const struct column *column, size_t at, size_t n,
                     size_t bytes)
{
    add_validity(stage, column, at, n);
    stage->n += n;
    stage->text_bytes += bytes;
}

/* Flat text without NULLs. */
static size_t sum_lengths(const struct text *texts, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += texts[i].length;
    return sum;
}

size_t stage_fitting(const struct column *column, size_t at, size_t n, size_t room)
{
    if (!type_is_text(column->type))
        return n;
    if (column->encoding == COLUMN_FLAT && !column->validity &&
        sum_lengths((const struct text *)column->data + at, n) <= room)
        return n;
    for (size_t i = 0; i < n; i++) {
        size_t length = text_length(column, at + i);
        if (length > room)
            return i;
        room -= length;
    }
    return n;
}

/* Leading NULL rows take the first value. */
static void cover_leading(struct stage *stage)
{
    size_t size = physical_size(stage->physical), first = 0;
    if (stage->nulls == 0 || stage->nulls == stage->n || stage->physical == PHYSICAL_TEXT)
        return;
    while (!bits_get(stage->validity, first))
        first++;
    char *data = stage->data;
    for (size_t i = 0; i < first; i++)
        memcpy(data + i * size, data + first * size, size);
}

struct values stage_values(struct stage *stage)
{
    cover_leading(stage);
    return (struct values){
        .physical = stage->physical,
        .n = stage->n,
        .data = stage->data,
        .offsets = stage->offsets,
        .bytes = stage->bytes.data,
        .validity = stage->nulls > 0 ? stage->validity : NULL,
    };
}
