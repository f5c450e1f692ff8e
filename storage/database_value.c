/* database_value.c - values and zones as the catalog's bytes (docs/DATABASE.md).
 *
 * A value is a byte that tells its layout (0: NULL), then its bytes, little-endian; text has its length before it. */
#include "storage/database_int.h"

static void put(struct strbuf *out, const void *data, size_t size)
{
    strbuf_add(out, data, size);
}

static void put_u64(struct strbuf *out, uint64_t x)
{
    put(out, &x, sizeof x);
}

static bool get(struct str *bytes, void *out, size_t size)
{
    if (bytes->length < size)
        return false;
    memcpy(out, bytes->data, size);
    bytes->data += size;
    bytes->length -= size;
    return true;
}

/* The layout of a value by itself: numbers are widened. */
enum layout {
    LAYOUT_NULL,
    LAYOUT_BOOLEAN,
    LAYOUT_I64,
    LAYOUT_I128,
    LAYOUT_F64,
    LAYOUT_TEXT,
    LAYOUT_INTERVAL
};

static enum layout layout_of(struct type type)
{
    switch (type.id) {
    case TYPE_NULL:
        return LAYOUT_NULL;
    case TYPE_BOOLEAN:
        return LAYOUT_BOOLEAN;
    case TYPE_REAL:
    case TYPE_DOUBLE:
        return LAYOUT_F64;
    case TYPE_DECIMAL:
        return LAYOUT_I128;
    case TYPE_INTERVAL:
        return LAYOUT_INTERVAL;
    default:
        return type_is_text(type) ? LAYOUT_TEXT : LAYOUT_I64;
    }
}

void value_write(struct strbuf *out, const struct value *value)
{
    enum layout layout = value->is_null ? LAYOUT_NULL : layout_of(value->type);
    strbuf_putc(out, (char)layout);
    switch (layout) {
    case LAYOUT_NULL:
        break;
    case LAYOUT_BOOLEAN:
        strbuf_putc(out, value->boolean ? 1 : 0);
        break;
    case LAYOUT_I64:
        put(out, &value->i64, sizeof value->i64);
        break;
    case LAYOUT_I128:
        put(out, &value->i128, sizeof value->i128);
        break;
    case LAYOUT_F64:
        put(out, &value->f64, sizeof value->f64);
        break;
    case LAYOUT_TEXT:
        put_u64(out, value->text.length);
        put(out, value->text.data, value->text.length);
        break;
    case LAYOUT_INTERVAL:
        put(out, &value->interval, sizeof value->interval);
    }
}

static bool read_text(struct str *bytes, struct arena *arena, struct str *out)
{
    uint64_t length;
    if (!get(bytes, &length, sizeof length) || length > bytes->length)
        return false;
    out->data = arena_strndup(arena, bytes->data, length);
    out->length = length;
    bytes->data += length;
    bytes->length -= length;
    return out->data != NULL;
}

bool value_read(struct str *bytes, struct type type, struct arena *arena, struct value *out)
{
    uint8_t layout, boolean;
    *out = value_null(type);
    if (!get(bytes, &layout, 1))
        return false;
    if (layout == LAYOUT_NULL)
        return true;
    if (layout != layout_of(type))
        return false;
    out->is_null = false;
    switch ((enum layout)layout) {
    case LAYOUT_BOOLEAN:
        if (!get(bytes, &boolean, 1) || boolean > 1)
            return false;
        out->boolean = boolean != 0;
        return true;
    case LAYOUT_I64:
        return get(bytes, &out->i64, sizeof out->i64);
    case LAYOUT_I128:
        return get(bytes, &out->i128, sizeof out->i128);
    case LAYOUT_F64:
        return get(bytes, &out->f64, sizeof out->f64);
    case LAYOUT_TEXT:
        return read_text(bytes, arena, &out->text);
    case LAYOUT_INTERVAL:
        return get(bytes, &out->interval, sizeof out->interval);
    default:
        return false;
    }
}

void zone_write(struct strbuf *out, const struct column_zone *zone)
{
    strbuf_putc(out, zone->known ? 1 : 0);
    if (zone->known) {
        value_write(out, &zone->min);
        value_write(out, &zone->max);
    }
    put_u64(out, zone->nulls);
    put_u64(out, zone->distinct);
}

bool zone_read(struct str *bytes, struct type type, struct arena *arena, struct column_zone *out)
{
    uint8_t known;
    *out = (struct column_zone){.min = value_null(type), .max = value_null(type)};
    if (!get(bytes, &known, 1) || known > 1)
        return false;
    out->known = known != 0;
    if (known &&
        !(value_read(bytes, type, arena, &out->min) && value_read(bytes, type, arena, &out->max)))
        return false;
    return get(bytes, &out->nulls, sizeof out->nulls) &&
           get(bytes, &out->distinct, sizeof out->distinct);
}
