/* value.c - single values: their order, and to and from columns and SQL text. */
#include "storage/value.h"

#include "storage/text_value.h"

static int compare_i128(int128_t a, int128_t b)
{
    return (a > b) - (a < b);
}

static int compare_doubles(double a, double b)
{
    bool a_is_nan = a != a, b_is_nan = b != b;
    if (a_is_nan || b_is_nan)
        return (int)a_is_nan - (int)b_is_nan;
    return (a > b) - (a < b);
}

int value_compare(const struct value *a, const struct value *b)
{
    if (a->is_null || b->is_null)
        return (int)b->is_null - (int)a->is_null;
    switch ((enum type_id)a->type.id) {
    case TYPE_BOOLEAN:
        return (int)a->boolean - (int)b->boolean;
    case TYPE_REAL:
    case TYPE_DOUBLE:
        return compare_doubles(a->f64, b->f64);
    case TYPE_DECIMAL:
        return compare_i128(a->i128, b->i128);
    case TYPE_VARCHAR:
    case TYPE_BLOB:
    case TYPE_JSON:
        return str_compare(a->text, b->text);
    case TYPE_INTERVAL:
        return interval_compare(a->interval, b->interval);
    default:
        return (a->i64 > b->i64) - (a->i64 < b->i64);
    }
}

/* The value in its physical layout to index 0 of an unpushed column. */
static enum status store(const struct value *value, struct column *column, struct error *error)
{
    void *out = column->data;
    switch (type_physical(value->type)) {
    case PHYSICAL_U8:
        *(uint8_t *)out = value->boolean;
        break;
    case PHYSICAL_I8:
        *(int8_t *)out = (int8_t)value->i64;
        break;
    case PHYSICAL_I16:
        *(int16_t *)out = (int16_t)value->i64;
        break;
    case PHYSICAL_I32:
        *(int32_t *)out = (int32_t)value->i64;
        break;
    case PHYSICAL_I64:
        *(int64_t *)out = value->type.id == TYPE_DECIMAL ? (int64_t)value->i128 : value->i64;
        break;
    case PHYSICAL_I128:
        *(int128_t *)out = value->i128;
        break;
    case PHYSICAL_F32:
        *(float *)out = (float)value->f64;
        break;
    case PHYSICAL_F64:
        *(double *)out = value->f64;
        break;
    case PHYSICAL_INTERVAL:
        *(struct interval *)out = value->interval;
        break;
    case PHYSICAL_TEXT: {
        struct str text = value->text;
        struct text_builder builder = {.column = column, .owner = "text"};
        return text_builder_put(&builder, 0, text.data, text.length, error);
    }
    default:
        assert(false);
    }
    return STATUS_OK;
}

enum status value_to_column(const struct value *value, size_t length, struct budget *budget,
                            struct column **out, struct error *error)
{
    struct column *column = NULL;
    bool is_null = value->is_null || value->type.id == TYPE_NULL;
    TRY(column_new_constant(value->type, length, is_null, budget, &column, error));
    enum status status = is_null ? STATUS_OK : store(value, column, error);
    if (status != STATUS_OK) {
        column_unref(column);
        return status;
    }
    *out = column;
    return STATUS_OK;
}

struct value value_of_column(const struct column *column, size_t row, struct arena *arena)
{
    struct value value = {.type = column->type};
    value.is_null = column->type.id == TYPE_NULL || column_is_null(column, row);
    if (value.is_null)
        return value;
    size_t i = column_index(column, row);
    if (column->encoding == COLUMN_DICTIONARY) {
        i = ((const uint32_t *)column->data)[row];
        column = column->dictionary;
    }
    const void *data = column->data;
    switch (type_physical(value.type)) {
    case PHYSICAL_U8:
        value.boolean = ((const uint8_t *)data)[i] != 0;
        break;
    case PHYSICAL_I8:
        value.i64 = ((const int8_t *)data)[i];
        break;
    case PHYSICAL_I16:
        value.i64 = ((const int16_t *)data)[i];
        break;
    case PHYSICAL_I32:
        value.i64 = ((const int32_t *)data)[i];
        break;
    case PHYSICAL_I64:
        if (value.type.id == TYPE_DECIMAL)
            value.i128 = ((const int64_t *)data)[i];
        else
            value.i64 = ((const int64_t *)data)[i];
        break;
    case PHYSICAL_I128:
        value.i128 = ((const int128_t *)data)[i];
        break;
    case PHYSICAL_F32:
        value.f64 = (double)((const float *)data)[i];
        break;
    case PHYSICAL_F64:
        value.f64 = ((const double *)data)[i];
        break;
    case PHYSICAL_INTERVAL:
        value.interval = ((const struct interval *)data)[i];
        break;
    case PHYSICAL_TEXT: {
        const struct text *text = (const struct text *)data + i;
        value.text =
            (struct str){arena_strndup(arena, text_data(text), text->length), text->length};
        if (!value.text.data)
            value.text.length = 0;
        break;
    }
    default:
        assert(false);
    }
    return value;
}

/* ---- As SQL ---- */

static void put_quoted(struct strbuf *sb, struct str text)
{
    strbuf_putc(sb, '\'');
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '\'')
            strbuf_putc(sb, '\'');
        strbuf_putc(sb, text.data[i]);
    }
    strbuf_putc(sb, '\'');
}

static void put_blob(struct strbuf *sb, struct str bytes)
{
    strbuf_puts(sb, "x'");
    for (size_t i = 0; i < bytes.length; i++)
        strbuf_printf(sb, "%02X", (unsigned char)bytes.data[i]);
    strbuf_putc(sb, '\'');
}

static void put_cast(struct strbuf *sb, struct str text, struct type type)
{
    char name[TYPE_NAME_SIZE];
    strbuf_puts(sb, "CAST(");
    put_quoted(sb, text);
    strbuf_printf(sb, " AS %s)", type_name(type, name));
}

/* 1.5 would be read as a DECIMAL, so an exponent says DOUBLE. */
static void put_double(struct strbuf *sb, const struct value *value)
{
    char text[TEXT_VALUE_SIZE];
    bool is_real = value->type.id == TYPE_REAL;
    size_t n =
        is_real ? text_format_float((float)value->f64, text) : text_format_double(value->f64, text);
    bool is_finite = value->f64 - value->f64 == 0;
    if (is_real || !is_finite) {
        put_cast(sb, (struct str){text, n}, value->type);
        return;
    }
    strbuf_add(sb, text, n);
    if (!memchr(text, 'e', n))
        strbuf_puts(sb, "e0");
}

static void put_time(struct strbuf *sb, const struct value *value)
{
    char text[TEXT_VALUE_SIZE];
    size_t n = 0;
    const char *word = "";
    switch ((enum type_id)value->type.id) {
    case TYPE_DATE:
        word = "DATE";
        n = text_format_date((int32_t)value->i64, text);
        break;
    case TYPE_TIME:
        word = "TIME";
        n = text_format_time(value->i64, text);
        break;
    case TYPE_TIMESTAMPTZ:
        word = "TIMESTAMPTZ";
        n = text_format_timestamp(value->i64, type_is_nanos(value->type), text);
        text[n++] = '+';
        text[n++] = '0';
        text[n++] = '0';
        break;
    case TYPE_TIMESTAMP:
        word = "TIMESTAMP";
        n = text_format_timestamp(value->i64, type_is_nanos(value->type), text);
        break;
    default:
        word = "INTERVAL";
        n = text_format_interval(value->interval, text);
    }
    strbuf_printf(sb, "%s '%.*s'", word, (int)n, text);
}

const char *value_to_sql(const struct value *value, struct arena *arena)
{
    if (value->is_null || value->type.id == TYPE_NULL)
        return "NULL";
    struct strbuf sb;
    strbuf_init(&sb, arena);
    char text[TEXT_VALUE_SIZE];
    switch ((enum type_id)value->type.id) {
    case TYPE_BOOLEAN:
        return value->boolean ? "true" : "false";
    case TYPE_TINYINT:
    case TYPE_SMALLINT:
    case TYPE_INTEGER:
    case TYPE_BIGINT:
        strbuf_add(&sb, text, text_format_int64(value->i64, text));
        break;
    case TYPE_REAL:
    case TYPE_DOUBLE:
        put_double(&sb, value);
        break;
    case TYPE_DECIMAL: {
        size_t n = text_format_decimal(value->i128, value->type.scale, text);
        if (value->type.scale > 0)
            strbuf_add(&sb, text, n);
        else
            put_cast(&sb, (struct str){text, n}, value->type);
        break;
    }
    case TYPE_VARCHAR:
        put_quoted(&sb, value->text);
        break;
    case TYPE_BLOB:
        put_blob(&sb, value->text);
        break;
    case TYPE_JSON:
        put_cast(&sb, value->text, value->type);
        break;
    default:
        put_time(&sb, value);
    }
    return sb.data ? sb.data : "";
}
