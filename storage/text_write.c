/* text_write.c - a column of a batch, value by value as text. */
#include "storage/text_write.h"

#include "storage/text_value.h"

void text_cell_init(struct text_cell *cell, const struct column *column, bool is_json,
                    const struct time_zone *zone)
{
    const struct column *values = column->dictionary ? column->dictionary : column;
    enum type_id id = column->type.id;
    *cell = (struct text_cell){
        .type = column->type,
        .column = column,
        .values = values->data,
        .codes = column->encoding == COLUMN_DICTIONARY ? column->data : NULL,
        .is_constant = column->encoding == COLUMN_CONSTANT,
        .is_text = type_is_text(column->type),
        .zone = zone,
    };
    cell->is_quoted = is_json && id != TYPE_BOOLEAN && !type_is_number(column->type);
}

static size_t format_bool(bool value, char *out)
{
    memcpy(out, value ? "true" : "false", 5);
    return value ? 4 : 5;
}

static size_t format_decimal(const struct text_cell *cell, size_t i, char *out)
{
    int128_t value;
    if (type_size(cell->type) == sizeof value)
        value = ((const int128_t *)cell->values)[i];
    else
        value = ((const int64_t *)cell->values)[i];
    return text_format_decimal(value, cell->type.scale, out);
}

static size_t format_in_zone(struct text_cell *cell, int64_t value, char *out)
{
    bool nanos = type_is_nanos(cell->type);
    int64_t per_second = nanos ? 1000000000 : 1000000;
    int32_t offset =
        timezone_offset_at(cell->zone, nanos ? value / 1000 : value, &cell->zone_cache);
    int64_t local;
    if (__builtin_add_overflow(value, offset * per_second, &local)) {
        local = value;
        offset = 0;
    }
    size_t length = text_format_timestamp(local, nanos, out);
    return length + text_format_offset(offset, out + length);
}

size_t text_cell_format(struct text_cell *cell, size_t i, char *out)
{
    const void *values = cell->values;
    switch ((enum type_id)cell->type.id) {
    case TYPE_NULL:
    case TYPE_BOOLEAN:
        return format_bool(((const uint8_t *)values)[i], out);
    case TYPE_TINYINT:
        return text_format_int64(((const int8_t *)values)[i], out);
    case TYPE_SMALLINT:
        return text_format_int64(((const int16_t *)values)[i], out);
    case TYPE_INTEGER:
        return text_format_int64(((const int32_t *)values)[i], out);
    case TYPE_BIGINT:
        return text_format_int64(((const int64_t *)values)[i], out);
    case TYPE_REAL:
        return text_format_float(((const float *)values)[i], out);
    case TYPE_DOUBLE:
        return text_format_double(((const double *)values)[i], out);
    case TYPE_DECIMAL:
        return format_decimal(cell, i, out);
    case TYPE_DATE:
        return text_format_date(((const int32_t *)values)[i], out);
    case TYPE_TIME:
        return text_format_time(((const int64_t *)values)[i], out);
    case TYPE_TIMESTAMP:
        return text_format_timestamp(((const int64_t *)values)[i], type_is_nanos(cell->type), out);
    case TYPE_TIMESTAMPTZ:
        return format_in_zone(cell, ((const int64_t *)values)[i], out);
    case TYPE_INTERVAL:
        return text_format_interval(((const struct interval *)values)[i], out);
    case TYPE_VARCHAR:
    case TYPE_BLOB:
    case TYPE_JSON:
    case TYPE_COUNT:
        break;
    }
    return 0;
}

size_t text_cell_blob(struct text_cell *cell, size_t i, char *out)
{
    const struct text *text = (const struct text *)cell->values + i;
    const unsigned char *data = (const unsigned char *)text_data(text);
    char *to = out;
    *to++ = 'x';
    *to++ = '\'';
    for (uint32_t k = 0; k < text->length; k++) {
        *to++ = "0123456789ABCDEF"[data[k] >> 4];
        *to++ = "0123456789ABCDEF"[data[k] & 15];
    }
    *to++ = '\'';
    return (size_t)(to - out);
}
