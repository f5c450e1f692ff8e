/* arrow_c.c - each schema and each array is one block of memory that it frees itself, so that a consumer may move
 * children away and release them on their own. */
#include "storage/arrow_c.h"

#include <stdio.h>

static const char owner_arrow[] = "Arrow export";
static const char owner_schema[] = "Arrow schema";

/* ---- Schemas ---- */

enum { FORMAT_SIZE = 16 };

struct schema_block {
    size_t size; /* of the block, which begins with this */
    struct ArrowSchema **children;
    char *text; /* format, name, metadata */
};

static void release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++)
        if (schema->children[i]->release)
            schema->children[i]->release(schema->children[i]);
    struct schema_block *block = schema->private_data;
    block_free(block, block->size, NULL);
    schema->release = NULL;
}

/* A block with room for children and text, and a schema that owns it. */
static enum status schema_alloc(struct ArrowSchema *out, size_t n_children, size_t text_size,
                                struct schema_block **block_out, struct error *error)
{
    size_t children_at = round_up(sizeof(struct schema_block), 16);
    size_t structs_at = children_at + n_children * sizeof(struct ArrowSchema *);
    size_t text_at = structs_at + n_children * sizeof(struct ArrowSchema);
    void *memory = NULL;
    TRY(block_alloc(&memory, text_at + text_size, NULL, owner_schema, error));
    struct schema_block *block = memory;
    block->size = text_at + text_size;
    block->text = (char *)memory + text_at;
    block->children = (struct ArrowSchema **)(void *)((char *)memory + children_at);
    struct ArrowSchema *structs = (struct ArrowSchema *)(void *)((char *)memory + structs_at);
    for (size_t i = 0; i < n_children; i++)
        block->children[i] = &structs[i];
    *out = (struct ArrowSchema){.n_children = (int64_t)n_children,
                                .children = n_children > 0 ? block->children : NULL,
                                .release = release_schema,
                                .private_data = block};
    *block_out = block;
    return STATUS_OK;
}

static const char *const formats[TYPE_COUNT] = {
    [TYPE_NULL] = "i",       [TYPE_BOOLEAN] = "b",    [TYPE_TINYINT] = "c",
    [TYPE_SMALLINT] = "s",   [TYPE_INTEGER] = "i",    [TYPE_BIGINT] = "l",
    [TYPE_REAL] = "f",       [TYPE_DOUBLE] = "g",     [TYPE_DECIMAL] = "d:",
    [TYPE_VARCHAR] = "u",    [TYPE_BLOB] = "z",       [TYPE_DATE] = "tdD",
    [TYPE_TIME] = "ttu",     [TYPE_TIMESTAMP] = "ts", [TYPE_TIMESTAMPTZ] = "ts",
    [TYPE_INTERVAL] = "tin", [TYPE_JSON] = "u",
};

static void put_format(struct type type, const char *zone, char *out, size_t size)
{
    if (type.id == TYPE_DECIMAL)
        snprintf(out, size, "d:%u,%u", type.precision, type.scale);
    else if (type_is_timestamp(type))
        snprintf(out, size, "ts%c:%s", type_is_nanos(type) ? 'n' : 'u',
                 type.id == TYPE_TIMESTAMPTZ ? zone : "");
    else
        snprintf(out, size, "%s", formats[type.id]);
}

/* One pair, as the interface lays metadata out: the count, then length and bytes of key and value. */
static size_t put_json_metadata(char *out)
{
    static const char key[] = "ARROW:extension:name", value[] = "arrow.json";
    const int32_t count = 1, key_length = sizeof key - 1, value_length = sizeof value - 1;
    char *to = out;
    memcpy(to, &count, 4);
    memcpy(to + 4, &key_length, 4);
    memcpy(to + 8, key, sizeof key - 1);
    to += 8 + sizeof key - 1;
    memcpy(to, &value_length, 4);
    memcpy(to + 4, value, sizeof value - 1);
    return (size_t)(to + 4 + sizeof value - 1 - out);
}

enum { METADATA_SIZE = 64 };

static enum status export_field(const struct field *field, const char *zone,
                                struct ArrowSchema *out, struct error *error)
{
    size_t format_size = FORMAT_SIZE + strlen(zone), name_size = strlen(field->name) + 1;
    struct schema_block *block = NULL;
    TRY(schema_alloc(out, 0, format_size + name_size + METADATA_SIZE, &block, error));
    char *name = block->text + format_size, *metadata = name + name_size;
    put_format(field->type, zone, block->text, format_size);
    memcpy(name, field->name, name_size);
    out->format = block->text;
    out->name = name;
    if (field->type.id == TYPE_JSON) {
        put_json_metadata(metadata);
        out->metadata = metadata;
    }
    out->flags = field->not_null && field->type.id != TYPE_NULL ? 0 : ARROW_FLAG_NULLABLE;
    return STATUS_OK;
}

enum status arrow_export_schema(const struct schema *schema, const char *zone,
                                struct ArrowSchema *out, struct error *error)
{
    struct schema_block *block = NULL;
    TRY(schema_alloc(out, schema->n_fields, 0, &block, error));
    out->format = "+s";
    out->name = "";
    for (uint32_t i = 0; i < schema->n_fields; i++) {
        enum status status = export_field(&schema->fields[i], zone, block->children[i], error);
        if (status != STATUS_OK) {
            out->release(out);
            return status;
        }
    }
    return STATUS_OK;
}

/* ---- Arrays ---- */

enum { BUFFERS_MAX = 3 };

struct array_block {
    size_t size; /* of the block, which begins with this */
    struct budget *budget;
    struct column *column; /* kept alive for the buffers that are shared with it */
    struct buffer *owned[BUFFERS_MAX];
    const void *buffers[BUFFERS_MAX];
    struct ArrowArray **children;
};

static void release_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++)
        if (array->children[i]->release)
            array->children[i]->release(array->children[i]);
    struct array_block *block = array->private_data;
    for (size_t i = 0; i < BUFFERS_MAX; i++)
        buffer_unref(block->owned[i]);
    column_unref(block->column);
    block_free(block, block->size, block->budget);
    array->release = NULL;
}

static enum status array_alloc(struct ArrowArray *out, size_t n_children, size_t length,
                               struct budget *budget, struct array_block **block_out,
                               struct error *error)
{
    size_t children_at = round_up(sizeof(struct array_block), 16);
    size_t structs_at = children_at + n_children * sizeof(struct ArrowArray *);
    size_t size = structs_at + n_children * sizeof(struct ArrowArray);
    void *memory = NULL;
    TRY(block_alloc(&memory, size, budget, owner_arrow, error));
    struct array_block *block = memory;
    block->size = size;
    block->budget = budget;
    block->children = (struct ArrowArray **)(void *)((char *)memory + children_at);
    struct ArrowArray *structs = (struct ArrowArray *)(void *)((char *)memory + structs_at);
    for (size_t i = 0; i < n_children; i++)
        block->children[i] = &structs[i];
    *out = (struct ArrowArray){.length = (int64_t)length,
                               .n_children = (int64_t)n_children,
                               .buffers = block->buffers,
                               .children = n_children > 0 ? block->children : NULL,
                               .release = release_array,
                               .private_data = block};
    *block_out = block;
    return STATUS_OK;
}

/* A slice of a flat column on its way out. */
struct export
{
    const struct column *column;
    size_t at, n;
    struct budget *budget;
    struct ArrowArray *array;
    struct array_block *block;
};

static bool is_null(const struct export *export, size_t i)
{
    return column_is_null(export->column, export->at + i);
}

static enum status new_buffer(struct export *export, size_t index, size_t size, void *out,
                              struct error *error)
{
    struct buffer **buffer = &export->block->owned[index];
    TRY(buffer_new(size, export->budget, owner_arrow, buffer, error));
    export->block->buffers[index] = (*buffer)->data;
    memcpy(out, &(*buffer)->data, sizeof(void *));
    return STATUS_OK;
}

static enum status export_validity(struct export *export, struct error *error)
{
    if (!export->column->validity)
        return STATUS_OK;
    if (export->at % 8 == 0) {
        export->block->buffers[0] = export->column->validity + export->at / 8;
    } else {
        uint8_t *bits = NULL;
        TRY(new_buffer(export, 0, bits_size(export->n), &bits, error));
        bits_fill(bits, export->n, true);
        bits_copy(bits, 0, export->column->validity, export->at, export->n);
    }
    size_t n_valid = bits_count(export->block->buffers[0], export->n);
    export->array->null_count = (int64_t)(export->n - n_valid);
    return STATUS_OK;
}

static enum status export_nothing(struct export *export, struct error *error)
{
    uint8_t *bits = NULL;
    int32_t *data = NULL;
    TRY(new_buffer(export, 0, bits_size(export->n), &bits, error));
    TRY(new_buffer(export, 1, export->n * sizeof(int32_t), &data, error));
    bits_fill(bits, export->n, false);
    memset(data, 0, export->n * sizeof(int32_t));
    export->array->null_count = (int64_t) export->n;
    return STATUS_OK;
}

static enum status export_boolean(struct export *export, struct error *error)
{
    uint8_t *bits = NULL;
    TRY(new_buffer(export, 1, bits_size(export->n), &bits, error));
    bits_fill(bits, export->n, false);
    bits_from_bytes(bits, (const uint8_t *)export->column->data + export->at, export->n);
    return STATUS_OK;
}

static enum status export_decimal(struct export *export, struct error *error)
{
    const int64_t *in = (const int64_t *)export->column->data + export->at;
    int128_t *out = NULL;
    TRY(new_buffer(export, 1, export->n * sizeof(int128_t), &out, error));
    for (size_t i = 0; i < export->n; i++)
        out[i] = in[i];
    return STATUS_OK;
}

struct arrow_interval {
    int32_t months, days;
    int64_t nanos;
};

static enum status export_interval(struct export *export, struct error *error)
{
    const struct interval *in = (const struct interval *)export->column->data + export->at;
    struct arrow_interval *out = NULL;
    TRY(new_buffer(export, 1, export->n * sizeof(struct arrow_interval), &out, error));
    for (size_t i = 0; i < export->n; i++) {
        out[i] = (struct arrow_interval){in[i].months, in[i].days, 0};
        if (is_null(export, i))
            out[i] = (struct arrow_interval){0};
        else if (__builtin_mul_overflow(in[i].micros, 1000, &out[i].nanos))
            return error_set(error, STATUS_VALUE,
                             "interval is too long to be counted in nanoseconds: %lld microseconds",
                             (long long)in[i].micros);
    }
    return STATUS_OK;
}

static enum status export_text(struct export *export, struct error *error)
{
    const struct text *in = (const struct text *)export->column->data + export->at;
    int32_t *offsets = NULL;
    TRY(new_buffer(export, 1, (export->n + 1) * sizeof(int32_t), &offsets, error));
    size_t size = 0;
    offsets[0] = 0;
    for (size_t i = 0; i < export->n; i++) {
        size += is_null(export, i) ? 0 : in[i].length;
        assert(size <= INT32_MAX);
        offsets[i + 1] = (int32_t)size;
    }
    char *data = NULL;
    TRY(new_buffer(export, 2, size, &data, error));
    for (size_t i = 0; i < export->n; i++) {
        if (offsets[i + 1] == offsets[i])
            continue;
        if (in[i].length <=
            TEXT_INLINE) /* always twelve bytes: what is too much falls into the next or the padding */
            memcpy(data + offsets[i], (const char *)&in[i] + offsetof(struct text, prefix),
                   TEXT_INLINE);
        else
            memcpy(data + offsets[i], in[i].data, in[i].length);
    }
    export->array->n_buffers = 3;
    return STATUS_OK;
}

static void export_shared(struct export *export)
{
    size_t size = type_size(export->column->type);
    export->block->buffers[1] = (const uint8_t *)export->column->data + export->at * size;
}

static enum status export_values(struct export *export, struct error *error)
{
    struct type type = export->column->type;
    if (type.id == TYPE_NULL)
        return export_nothing(export, error);
    TRY(export_validity(export, error));
    switch (type_physical(type)) {
    case PHYSICAL_U8:
        return export_boolean(export, error);
    case PHYSICAL_INTERVAL:
        return export_interval(export, error);
    case PHYSICAL_TEXT:
        return export_text(export, error);
    case PHYSICAL_I64:
        if (type.id == TYPE_DECIMAL)
            return export_decimal(export, error);
        break;
    default:
        break;
    }
    export_shared(export);
    return STATUS_OK;
}

static enum status export_column(struct column *column, size_t at, size_t n, struct budget *budget,
                                 struct ArrowArray *out, struct error *error)
{
    struct column *slice = NULL, *flat = NULL;
    if (column->encoding == COLUMN_FLAT) {
        flat = column_ref(column);
    } else {
        TRY(column_view(column, at, n, budget, &slice, error));
        enum status status = column_flatten(slice, budget, &flat, error);
        column_unref(slice);
        TRY(status);
        at = 0;
    }
    struct export export = {.column = flat, .at = at, .n = n, .budget = budget, .array = out};
    enum status status = array_alloc(out, 0, n, budget, &export.block, error);
    if (status != STATUS_OK) {
        column_unref(flat);
        return status;
    }
    export.block->column = flat;
    out->n_buffers = 2;
    return export_values(&export, error);
}

/* How many of the rows from `at` on keep the column's text within what 32-bit offsets reach. */
static size_t rows_that_fit(const struct column *column, size_t at, size_t n)
{
    if (!type_is_text(column->type))
        return n;
    const struct column *values = column->dictionary ? column->dictionary : column;
    const struct text *texts = values->data;
    const uint32_t *codes = column->data;
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
        if (column_is_null(column, at + i))
            continue;
        size += texts[column->dictionary ? codes[at + i] : column_index(column, at + i)].length;
        if (size > INT32_MAX)
            return i;
    }
    return n;
}

enum status arrow_export_batch(const struct batch *batch, size_t at, struct budget *budget,
                               struct ArrowArray *out, size_t *taken, struct error *error)
{
    assert(at <= batch->length);
    size_t n = batch->length - at;
    for (uint32_t i = 0; i < batch->n_columns; i++)
        n = rows_that_fit(batch->columns[i], at, n);
    if (n == 0 && at < batch->length)
        return error_set(error, STATUS_LIMIT, "text is longer than %d bytes", INT32_MAX);
    struct array_block *block = NULL;
    TRY(array_alloc(out, batch->n_columns, n, budget, &block, error));
    out->n_buffers = 1;
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        enum status status =
            export_column(batch->columns[i], at, n, budget, block->children[i], error);
        if (status != STATUS_OK) {
            out->release(out);
            return status;
        }
    }
    *taken = n;
    return STATUS_OK;
}
