/* system_rows.c - values put into the rows of a system table. */
#include "exec/system_rows.h"

#include "storage/text_value.h"

static struct value *add(struct system_rows *rows, enum type_id type)
{
    struct value *value = ARRAY_PUSH(rows->arena, &rows->values);
    *value = (struct value){.type = type_of(type)};
    return value;
}

void system_add_null(struct system_rows *rows, enum type_id type)
{
    add(rows, type)->is_null = true;
}

void system_add_text(struct system_rows *rows, const char *text)
{
    const char *copy = text ? arena_strdup(rows->arena, text) : NULL;
    struct value *value = add(rows, TYPE_VARCHAR);
    value->is_null = text == NULL;
    value->text = str_of(copy);
}

void system_add_bigint(struct system_rows *rows, int64_t n)
{
    add(rows, TYPE_BIGINT)->i64 = n;
}

void system_add_double(struct system_rows *rows, double x)
{
    add(rows, TYPE_DOUBLE)->f64 = x;
}

void system_add_bool(struct system_rows *rows, bool on)
{
    add(rows, TYPE_BOOLEAN)->boolean = on;
}

void system_add_time(struct system_rows *rows, const struct value *value)
{
    bool time = value && !value->is_null && type_is_timestamp(value->type);
    struct value *out = add(rows, TYPE_TIMESTAMP);
    out->is_null = !time;
    if (time)
        out->i64 = type_is_nanos(value->type) ? value->i64 / 1000 : value->i64;
}

static size_t format(const struct value *value, char *out)
{
    switch ((enum type_id)value->type.id) {
    case TYPE_BOOLEAN:
        memcpy(out, value->boolean ? "true" : "false", 5);
        return value->boolean ? 4 : 5;
    case TYPE_REAL:
        return text_format_float((float)value->f64, out);
    case TYPE_DOUBLE:
        return text_format_double(value->f64, out);
    case TYPE_DECIMAL:
        return text_format_decimal(value->i128, value->type.scale, out);
    case TYPE_DATE:
        return text_format_date((int32_t)value->i64, out);
    case TYPE_TIME:
        return text_format_time(value->i64, out);
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        return text_format_timestamp(value->i64, type_is_nanos(value->type), out);
    case TYPE_INTERVAL:
        return text_format_interval(value->interval, out);
    default:
        return text_format_int64(value->i64, out);
    }
}

void system_add_value(struct system_rows *rows, const struct value *value)
{
    char text[TEXT_VALUE_SIZE];
    if (value->is_null) {
        system_add_null(rows, TYPE_VARCHAR);
        return;
    }
    struct str s = value->text;
    if (value->type.id == TYPE_BLOB) /* x'0a' */
        s = str_of(value_to_sql(value, rows->arena));
    else if (!type_is_text(value->type))
        s = (struct str){text, format(value, text)};
    const char *copy = str_dup(rows->arena, s);
    add(rows, TYPE_VARCHAR)->text = (struct str){copy, copy ? s.length : 0};
}

enum status system_entries(struct system_rows *rows, struct catalog_entry ***out, size_t *n,
                           struct error *error)
{
    return catalog_list(rows->execution->db->catalog, rows->arena, out, n, error);
}
