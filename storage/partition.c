/* partition.c - transforms as steps: a range of a column's values that share one value of the partition.
 *
 * Rows mostly come in the order of time, so a step found once serves the rows that follow, and a batch whose least and
 * greatest value share a step has a constant partition. Times are UTC and are rounded down, also before 1970. */
#include "storage/partition.h"

#include "base/bits.h"
#include "storage/codec.h"
#include "storage/text_value.h"

static const char owner[] = "partitions";

enum { FOLDER_PART_MAX = 100 }; /* bytes of a name or a value in a folder's name */

static const struct {
    const char *word;
    bool has_argument;
} TRANSFORMS[] = {
#define X(id, word, has_argument) {word, has_argument},
    PARTITION_TRANSFORMS(X)
#undef X
};

const char *partition_word(enum partition_transform transform)
{
    return TRANSFORMS[transform].word;
}

int partition_transform_of(struct str word)
{
    for (size_t i = 0; i < ARRAY_LENGTH(TRANSFORMS); i++)
        if (str_is(word, TRANSFORMS[i].word))
            return (int)i;
    return -1;
}

bool partition_has_argument(enum partition_transform transform)
{
    return TRANSFORMS[transform].has_argument;
}

/* ---- Types ---- */

static bool is_keyed(struct type type) /* equal values are equal bytes */
{
    return type.id == TYPE_BOOLEAN || type_is_integer(type) || type.id == TYPE_DECIMAL ||
           type.id == TYPE_VARCHAR || type.id == TYPE_DATE || type.id == TYPE_TIME ||
           type_is_timestamp(type);
}

static enum status refuse(enum partition_transform transform, struct type column, const char *takes,
                          struct error *error)
{
    char name[TYPE_NAME_SIZE];
    return error_set(error, STATUS_TYPE,
                     "a table cannot be partitioned by %s of type %s: it takes %s",
                     partition_word(transform), type_name(column, name), takes);
}

enum status partition_type(enum partition_transform transform, struct type column, struct type *out,
                           struct error *error)
{
    *out = column;
    switch (transform) {
    case PARTITION_IDENTITY:
        if (!is_keyed(column))
            return refuse(transform, column, "whole numbers, decimals, text, dates and times",
                          error);
        return STATUS_OK;
    case PARTITION_HOUR:
        if (!type_is_timestamp(column))
            return refuse(transform, column, "TIMESTAMP", error);
        *out = type_timestamp(TYPE_TIMESTAMP, 0);
        return STATUS_OK;
    case PARTITION_DAY:
    case PARTITION_MONTH:
    case PARTITION_YEAR:
        if (!type_is_timestamp(column) && column.id != TYPE_DATE)
            return refuse(transform, column, "TIMESTAMP or DATE", error);
        *out = type_of(transform == PARTITION_YEAR ? TYPE_INTEGER : TYPE_DATE);
        return STATUS_OK;
    case PARTITION_BUCKET:
        if (!is_keyed(column))
            return refuse(transform, column, "whole numbers, decimals, text, dates and times",
                          error);
        *out = type_of(TYPE_INTEGER);
        return STATUS_OK;
    case PARTITION_TRUNCATE:
        if (!type_is_integer(column) && column.id != TYPE_VARCHAR)
            return refuse(transform, column, "whole numbers and VARCHAR", error);
        return STATUS_OK;
    }
    return error_set(error, STATUS_INTERNAL, "unknown partition transform: %d", (int)transform);
}

/* ---- Steps ---- */

/* The values lo..hi of the column all give `value`. */
struct step {
    int64_t lo, hi, value;
};

static int64_t floor_divide(int64_t x, int64_t unit)
{
    return x / unit - (x % unit < 0);
}

static int64_t clamp(int128_t x)
{
    return x < INT64_MIN ? INT64_MIN : x > INT64_MAX ? INT64_MAX : (int64_t)x;
}

/* The column's units in an hour or a day; a DATE counts days. */
static int64_t units_of(struct type column, int64_t seconds)
{
    if (column.id == TYPE_DATE)
        return 1;
    return seconds * (type_is_nanos(column) ? INT64_C(1000000000) : INT64_C(1000000));
}

static struct step step_of_units(int64_t first, int64_t next, int64_t unit, int64_t value)
{
    return (struct step){clamp((int128_t)first * unit), clamp((int128_t)next * unit - 1), value};
}

static struct step step_of_date(enum partition_transform transform, struct type column, int64_t x)
{
    int64_t unit = units_of(column, 86400), day = floor_divide(x, unit), year;
    unsigned month, day_of_month;
    if (transform == PARTITION_DAY)
        return step_of_units(day, day + 1, unit, day);
    date_to_civil(day, &year, &month, &day_of_month);
    if (transform == PARTITION_YEAR)
        return step_of_units(date_from_civil(year, 1, 1), date_from_civil(year + 1, 1, 1), unit,
                             year);
    int64_t first = date_from_civil(year, month, 1);
    return step_of_units(first, first + date_month_length(year, month), unit, first);
}

static int64_t least_of(struct type type)
{
    return -(INT64_C(1) << (8 * type_size(type) - 2)) * 2;
}

/* The step that has x in it. */
static struct step step_of(const struct partition_column *partition, struct type column, int64_t x)
{
    if (partition->transform == PARTITION_HOUR) {
        int64_t unit = units_of(column, 3600), hour = floor_divide(x, unit);
        return step_of_units(hour, hour + 1, unit, clamp((int128_t)hour * 3600000000));
    }
    if (partition->transform != PARTITION_TRUNCATE)
        return step_of_date(partition->transform, column, x);
    int64_t unit = MAX(partition->argument, 1u), n = floor_divide(x, unit);
    struct step step = step_of_units(n, n + 1, unit, 0);
    step.value = MAX(step.lo, least_of(column)); /* the lowest multiple may be out of the type */
    return step;
}

static int64_t load(const struct column *column, size_t i)
{
    switch (type_physical(column->type)) {
    case PHYSICAL_U8:
        return ((const uint8_t *)column->data)[i];
    case PHYSICAL_I8:
        return ((const int8_t *)column->data)[i];
    case PHYSICAL_I16:
        return ((const int16_t *)column->data)[i];
    case PHYSICAL_I32:
        return ((const int32_t *)column->data)[i];
    default:
        return ((const int64_t *)column->data)[i];
    }
}

static void store(struct column *column, size_t i, int64_t x)
{
    switch (type_physical(column->type)) {
    case PHYSICAL_I8:
        ((int8_t *)column->data)[i] = (int8_t)x;
        break;
    case PHYSICAL_I16:
        ((int16_t *)column->data)[i] = (int16_t)x;
        break;
    case PHYSICAL_I32:
        ((int32_t *)column->data)[i] = (int32_t)x;
        break;
    default:
        ((int64_t *)column->data)[i] = x;
        break;
    }
}

TARGET_CLONES
static void range_of_i64(const int64_t *x, size_t n, int64_t *min, int64_t *max)
{
    int64_t least = x[0], most = x[0];
    for (size_t i = 1; i < n; i++) {
        least = MIN(least, x[i]);
        most = MAX(most, x[i]);
    }
    *min = least;
    *max = most;
}

/* All values of the column in one step: the usual case. */
static bool is_one_step(const struct partition_column *partition, const struct column *column,
                        struct step *step)
{
    int64_t min, max;
    if (column->encoding != COLUMN_FLAT || column->validity || column->length == 0)
        return false;
    if (type_physical(column->type) == PHYSICAL_I64) {
        range_of_i64(column->data, column->length, &min, &max);
    } else {
        min = max = load(column, 0);
        for (size_t i = 1; i < column->length; i++) {
            int64_t x = load(column, i);
            min = MIN(min, x);
            max = MAX(max, x);
        }
    }
    *step = step_of(partition, column->type, min);
    return max <= step->hi;
}

/* ---- Columns ---- */

/* A column for the results of `from`, FLAT or CONSTANT, with its NULLs. */
static enum status result_new(struct type type, const struct column *from, struct budget *budget,
                              struct column **out, struct error *error)
{
    size_t count = from->encoding == COLUMN_CONSTANT ? 1 : from->length;
    struct column *column = NULL;
    TRY(column_new(type, count, budget, owner, &column, error));
    if (from->validity) {
        enum status status = column_add_validity(column, error);
        if (status != STATUS_OK) {
            column_unref(column);
            return status;
        }
        bits_copy(column->validity, 0, from->validity, 0, count);
    }
    column->encoding = from->encoding;
    column->length = from->length;
    *out = column;
    return STATUS_OK;
}

static size_t count_values(const struct column *column)
{
    return column->encoding == COLUMN_CONSTANT ? 1 : column->length;
}

static enum status by_steps(const struct partition_column *partition, const struct column *column,
                            struct budget *budget, struct column **out, struct error *error)
{
    struct step step;
    if (is_one_step(partition, column, &step)) {
        TRY(column_new_constant(partition->type, column->length, false, budget, out, error));
        store(*out, 0, step.value);
        return STATUS_OK;
    }
    TRY(result_new(partition->type, column, budget, out, error));
    bool has_step = false;
    for (size_t i = 0; i < count_values(column); i++) {
        if (column->validity && !bits_get(column->validity, i)) {
            store(*out, i, 0);
            continue;
        }
        int64_t x = load(column, i);
        if (!has_step || x < step.lo || x > step.hi)
            step = step_of(partition, column->type, x);
        has_step = true;
        store(*out, i, step.value);
    }
    return STATUS_OK;
}

/* The length of the first n characters. */
static size_t cut_text(const char *data, size_t length, uint32_t n)
{
    size_t at = 0;
    while (at < length && n-- > 0) {
        at++;
        while (at < length && ((uint8_t)data[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

static enum status by_prefix(const struct partition_column *partition, const struct column *column,
                             struct budget *budget, struct column **out, struct error *error)
{
    TRY(result_new(partition->type, column, budget, out, error));
    enum status status = column_share_heaps(*out, column, error);
    if (status != STATUS_OK) {
        column_unref(*out);
        *out = NULL;
        return status;
    }
    const struct text *from = column->data;
    struct text *to = (*out)->data;
    for (size_t i = 0; i < count_values(column); i++) {
        const char *data = text_data(&from[i]);
        to[i] = text_view(data, cut_text(data, from[i].length, MAX(partition->argument, 1u)));
    }
    return STATUS_OK;
}

/* Whole numbers and times are hashed as 8 bytes, so that a wider type keeps its buckets; decimals as 16. */
static uint64_t hash_of(const struct column *column, size_t i)
{
    if (type_is_text(column->type)) {
        const struct text *text = (const struct text *)column->data + i;
        return codec_hash(text_data(text), text->length);
    }
    if (type_physical(column->type) == PHYSICAL_I128)
        return codec_hash((const int128_t *)column->data + i, sizeof(int128_t));
    int64_t x = load(column, i);
    if (column->type.id == TYPE_DECIMAL) {
        int128_t wide = x;
        return codec_hash(&wide, sizeof wide);
    }
    return codec_hash(&x, sizeof x);
}

static enum status by_bucket(const struct partition_column *partition, const struct column *column,
                             struct budget *budget, struct column **out, struct error *error)
{
    TRY(result_new(partition->type, column, budget, out, error));
    for (size_t i = 0; i < count_values(column); i++) {
        bool is_null = column->validity && !bits_get(column->validity, i);
        uint64_t hash = is_null ? 0 : hash_of(column, i);
        store(*out, i, (int64_t)(hash % MAX(partition->argument, 1u)));
    }
    return STATUS_OK;
}

enum status partition_column(const struct partition_column *partition, const struct batch *batch,
                             const struct context *context, struct column **out,
                             struct error *error)
{
    struct column *column = batch->columns[partition->column], *flat = NULL;
    *out = NULL;
    if (partition->transform == PARTITION_IDENTITY ||
        (partition->transform == PARTITION_DAY && column->type.id == TYPE_DATE)) {
        *out = column_ref(column);
        return STATUS_OK;
    }
    if (column->encoding == COLUMN_DICTIONARY)
        TRY(column_flatten(column, context->budget, &flat, error));
    else
        flat = column_ref(column);
    enum status status;
    if (partition->transform == PARTITION_BUCKET)
        status = by_bucket(partition, flat, context->budget, out, error);
    else if (type_is_text(flat->type))
        status = by_prefix(partition, flat, context->budget, out, error);
    else
        status = by_steps(partition, flat, context->budget, out, error);
    column_unref(flat);
    return status;
}

/* ---- Folders ---- */

/* Bytes that are the same in file names everywhere; others are written as %XX. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '+' || c == ',' || c == '@' || (uint8_t)c >= 0x80;
}

/* Long text is cut and told apart by its hash: folders need not be read back, the catalog has the values. */
static void put_escaped(struct strbuf *out, const char *data, size_t length)
{
    size_t start = out->length;
    for (size_t i = 0; i < length; i++) {
        bool begins = ((uint8_t)data[i] & 0xC0) != 0x80;
        if (begins && out->length - start > FOLDER_PART_MAX) {
            strbuf_printf(out, "~%016llx", (unsigned long long)codec_hash(data, length));
            return;
        }
        if (is_plain(data[i]))
            strbuf_putc(out, data[i]);
        else
            strbuf_printf(out, "%%%02X", (uint8_t)data[i]);
    }
}

static size_t format_value(const struct value *value, char *out)
{
    switch (value->type.id) {
    case TYPE_BOOLEAN:
        memcpy(out, value->boolean ? "true" : "false", 5);
        return value->boolean ? 4 : 5;
    case TYPE_DECIMAL:
        return text_format_decimal(value->i128, value->type.scale, out);
    case TYPE_DATE:
        return text_format_date((int32_t)value->i64, out);
    case TYPE_TIME:
        return text_format_time(value->i64, out);
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        return text_format_timestamp(value->i64, type_is_nanos(value->type), out);
    default:
        return text_format_int64(value->i64, out);
    }
}

static void put_value(struct strbuf *out, enum partition_transform transform,
                      const struct value *value)
{
    enum { MONTH_TAIL = 3, HOUR_TAIL = 6 }; /* "-01", ":00:00" */
    char text[TEXT_VALUE_SIZE];
    if (value->is_null) {
        strbuf_puts(out, "__NULL__");
        return;
    }
    if (type_is_text(value->type)) {
        if (value->text.length == 8 && memcmp(value->text.data, "__NULL__", 8) == 0)
            strbuf_puts(out, "%5F_NULL__");
        else
            put_escaped(out, value->text.data, value->text.length);
        return;
    }
    size_t length = format_value(value, text);
    if (transform == PARTITION_MONTH)
        length -= MONTH_TAIL;
    if (transform == PARTITION_HOUR) { /* 2026-11-22-07 */
        length -= HOUR_TAIL;
        for (size_t i = 0; i < length; i++)
            text[i] = text[i] == ' ' ? '-' : text[i];
    }
    put_escaped(out, text, length);
}

const char *partition_folder(struct arena *arena, const struct partition_column *partitions,
                             uint32_t n, const struct value *values)
{
    struct strbuf out;
    strbuf_init(&out, arena);
    strbuf_puts(&out, "");
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            strbuf_putc(&out, '/');
        put_escaped(&out, partitions[i].name, strlen(partitions[i].name));
        strbuf_putc(&out, '=');
        put_value(&out, partitions[i].transform, &values[i]);
    }
    return out.data ? out.data : "";
}

/* ---- Bounds ---- */

static struct value value_of_i64(struct type type, int64_t x)
{
    return (struct value){.type = type, .i64 = x};
}

/* Texts that begin with a whole prefix; a shorter value is itself. */
static bool prefix_bounds(const struct partition_column *partition, const struct value *value,
                          struct arena *arena, struct value *max)
{
    struct str prefix = value->text;
    size_t characters = 0;
    for (size_t i = 0; i < prefix.length; i++)
        characters += ((uint8_t)prefix.data[i] & 0xC0) != 0x80;
    if (characters < partition->argument)
        return true;
    char *above = arena_strndup(arena, prefix.data, prefix.length);
    size_t length = prefix.length;
    while (length > 0 && (uint8_t)above[length - 1] == UINT8_MAX)
        length--;
    if (length == 0)
        return false;
    above[length - 1]++;
    max->text = (struct str){above, length};
    return true;
}

bool partition_bounds(const struct partition_column *partition, struct type column,
                      const struct value *value, struct arena *arena, struct value *min,
                      struct value *max)
{
    if (value->is_null || partition->transform == PARTITION_BUCKET)
        return false;
    *min = *max = *value;
    min->type = max->type = column;
    if (partition->transform == PARTITION_IDENTITY)
        return true;
    if (type_is_text(column))
        return prefix_bounds(partition, value, arena, max);
    int64_t unit = 1, inside = value->i64;
    if (partition->transform == PARTITION_DAY || partition->transform == PARTITION_MONTH)
        unit = units_of(column, 86400);
    else if (partition->transform == PARTITION_HOUR)
        unit = type_is_nanos(column) ? 1000 : 1;
    else if (partition->transform == PARTITION_YEAR) {
        unit = units_of(column, 86400);
        inside = date_from_civil(value->i64, 1, 1);
    }
    /* Any value inside leads to the step; the first one may be before what the type can hold. */
    struct step step = step_of(partition, column, clamp((int128_t)inside * unit));
    int64_t least = least_of(column), most = -(least + 1);
    *min = value_of_i64(column, MAX(step.lo, least));
    *max = value_of_i64(column, MIN(step.hi, most));
    return true;
}
