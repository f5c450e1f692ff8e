/* text_convert.c - a chunk of found values into columns, column by column.
 *
 * Columns with predicates come first; the rows that pass are the selection for the others. A row that must be left out
 * (on_error skip) is marked and taken out of all columns at the end. */
#include <stdio.h>

#include "storage/json_text.h"
#include "storage/text_scan.h"
#include "storage/text_value.h"

enum outcome { VALUE_OK, VALUE_NULL, VALUE_MISFIT, VALUE_BROKEN };

/* ---- One value ---- */

static ALWAYS_INLINE bool digits_to_int64(const char *s, size_t n, int64_t *out)
{
    bool minus = *s == '-';
    const char *p = s + minus;
    size_t digits = n - minus;
    if (LIKELY(digits <= 8)) {
        int64_t v = (int64_t)text_digits_value(p, digits);
        *out = minus ? -v : v;
        return true;
    }
    if (digits <= 16) {
        int64_t v = (int64_t)text_digits_value(p, digits - 8) * 100000000 +
                    (int64_t)text_digits_value(p + digits - 8, 8);
        *out = minus ? -v : v;
        return true;
    }
    return text_parse_int64(s, n, out);
}

static ALWAYS_INLINE bool is_int64_text(const struct text_span *span)
{
    size_t digits = text_scan_digits(span->start + (*span->start == '-'));
    return digits > 0 && digits + (*span->start == '-') == span->length;
}

/* Blanks around CSV numbers and times do not count. */
static struct str trimmed(const struct text_span *span)
{
    const char *s = span->start;
    size_t n = span->length;
    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    while (n > 0 && (*s == ' ' || *s == '\t')) {
        s++;
        n--;
    }
    return (struct str){s, n};
}

static bool is_texty(const struct text_span *span)
{
    return span->kind == SPAN_STRING || span->kind == SPAN_FIELD;
}

static bool is_numeric(const struct text_span *span)
{
    return span->kind == SPAN_INTEGER || span->kind == SPAN_NUMBER || span->kind == SPAN_FIELD;
}

static enum outcome to_int64(const struct text_span *span, int64_t *out)
{
    if (LIKELY(span->kind == SPAN_INTEGER))
        return digits_to_int64(span->start, span->length, out) ? VALUE_OK : VALUE_MISFIT;
    if (span->kind == SPAN_FIELD && is_int64_text(span))
        return digits_to_int64(span->start, span->length, out) ? VALUE_OK : VALUE_MISFIT;
    struct str text = trimmed(span);
    if ((is_texty(span) && text_parse_int64(text.data, text.length, out)))
        return VALUE_OK;
    /* 12.0 and 1e3 are whole. */
    double d;
    if (is_numeric(span) && text_parse_double(text.data, text.length, &d) &&
        d >= -9007199254740992.0 && d <= 9007199254740992.0 && d == (double)(int64_t)d) {
        *out = (int64_t)d;
        return VALUE_OK;
    }
    return VALUE_MISFIT;
}

static enum outcome to_double(const struct text_span *span, double *out)
{
    if (!is_numeric(span) && span->kind != SPAN_STRING)
        return VALUE_MISFIT;
    int64_t whole;
    if (span->kind == SPAN_INTEGER && span->length <= 15) {
        digits_to_int64(span->start, span->length, &whole);
        *out = (double)whole;
        if (whole == 0 && *span->start == '-')
            *out = -0.0;
        return VALUE_OK;
    }
    struct str text = trimmed(span);
    return text_parse_double(text.data, text.length, out) ? VALUE_OK : VALUE_MISFIT;
}

static enum outcome to_bool(const struct text_span *span, uint8_t *out)
{
    bool value = span->kind == SPAN_TRUE;
    if (span->kind != SPAN_TRUE && span->kind != SPAN_FALSE) {
        struct str text = trimmed(span);
        if (!is_texty(span) || !text_parse_bool(text.data, text.length, &value))
            return VALUE_MISFIT;
    }
    *out = value;
    return VALUE_OK;
}

/* Epoch numbers, perhaps with a fraction. */
static enum outcome epoch_to_timestamp(const struct text_span *span, int64_t per_second, bool nanos,
                                       int64_t *out)
{
    int64_t unit = nanos ? 1000000000 : 1000000, whole;
    struct str text = trimmed(span);
    if (text_parse_int64(text.data, text.length, &whole)) {
        if (per_second > unit) {
            int64_t divisor = per_second / unit;
            *out = whole / divisor - (whole % divisor < 0);
            return VALUE_OK;
        }
        return __builtin_mul_overflow(whole, unit / per_second, out) ? VALUE_MISFIT : VALUE_OK;
    }
    int128_t scaled;
    if (!text_parse_decimal(text.data, text.length, 38, 9, &scaled))
        return VALUE_MISFIT;
    int128_t result = scaled * (unit / MIN(unit, per_second)) / 1000000000;
    if (per_second > unit)
        result /= per_second / unit;
    *out = (int64_t)result;
    return result >= INT64_MIN && result <= INT64_MAX ? VALUE_OK : VALUE_MISFIT;
}

/* The day of the last timestamp read: logs mostly stay on one. */
struct day_cache {
    uint64_t first8;
    uint16_t last2;
    int64_t micros;
};

static ALWAYS_INLINE bool two_digits(const char *p, unsigned *out)
{
    unsigned a = (unsigned)(p[0] - '0'), b = (unsigned)(p[1] - '0');
    *out = a * 10 + b;
    return a < 10 && b < 10;
}

static NOINLINE bool load_day(const char *p, struct day_cache *cache)
{
    int32_t days;
    if (!text_parse_date(p, 10, &days))
        return false;
    memcpy(&cache->first8, p, 8);
    memcpy(&cache->last2, p + 8, 2);
    cache->micros = (int64_t)days * 86400000000;
    return true;
}

/* YYYY-MM-DD hh:mm:ss[.f{1,6}][Z] in microseconds; false: look closer. */
static ALWAYS_INLINE bool quick_timestamp(const char *p, size_t n, struct day_cache *cache,
                                          int64_t *out)
{
    uint64_t first8;
    uint16_t last2;
    unsigned hour, minute, second;
    if (n < 19 || n > 27 || (p[10] != ' ' && p[10] != 'T') || p[13] != ':' || p[16] != ':')
        return false;
    memcpy(&first8, p, 8);
    memcpy(&last2, p + 8, 2);
    if (UNLIKELY(first8 != cache->first8 || last2 != cache->last2) && !load_day(p, cache))
        return false;
    if (!two_digits(p + 11, &hour) || !two_digits(p + 14, &minute) ||
        !two_digits(p + 17, &second) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t micros =
        cache->micros + ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * 1000000;
    n -= p[n - 1] == 'Z';
    if (n > 19) {
        static const uint32_t SCALE[7] = {1000000, 100000, 10000, 1000, 100, 10, 1};
        size_t digits = text_scan_digits(p + 20);
        if (p[19] != '.' || digits != n - 20 || digits == 0 || digits > 6)
            return false;
        micros += (int64_t)text_digits_value(p + 20, digits) * SCALE[digits];
    }
    *out = micros;
    return true;
}

static enum outcome to_timestamp(const struct text_column *column, const struct text_span *span,
                                 struct day_cache *cache, int64_t *out)
{
    bool nanos = type_is_nanos(column->type), has_zone;
    if (span->kind == SPAN_INTEGER || span->kind == SPAN_NUMBER)
        return column->units_per_second
                   ? epoch_to_timestamp(span, column->units_per_second, nanos, out)
                   : VALUE_MISFIT;
    if (!is_texty(span))
        return VALUE_MISFIT;
    if (!nanos && column->type.precision == TIMESTAMP_PRECISION_DEFAULT &&
        quick_timestamp(span->start, span->length, cache, out))
        return VALUE_OK;
    struct str text = trimmed(span);
    if (column->units_per_second && span->kind == SPAN_FIELD && text.length > 0 &&
        text_scan_digits(text.data + (*text.data == '-')) > 4 &&
        epoch_to_timestamp(span, column->units_per_second, nanos, out) == VALUE_OK)
        return VALUE_OK;
    if (!text_parse_timestamp_us(text.data, text.length, nanos, out, &has_zone))
        return VALUE_MISFIT;
    /* Fewer digits are declared: the rest is cut. */
    if (column->type.precision < TIMESTAMP_PRECISION_DEFAULT ||
        (nanos && column->type.precision < 9)) {
        static const int64_t POWER[10] = {1,      10,      100,      1000,      10000,
                                          100000, 1000000, 10000000, 100000000, 1000000000};
        int64_t step = POWER[(nanos ? 9 : 6) - column->type.precision], rest = *out % step;
        *out -= rest < 0 ? rest + step : rest;
    }
    return VALUE_OK;
}

static enum outcome to_decimal(const struct text_column *column, const struct text_span *span,
                               int128_t *out)
{
    struct str text = trimmed(span);
    bool fits =
        (is_numeric(span) || span->kind == SPAN_STRING) &&
        text_parse_decimal(text.data, text.length, column->type.precision, column->type.scale, out);
    return fits ? VALUE_OK : VALUE_MISFIT;
}

/* CSV: two quotes are one; or the escape character takes the next byte as it is. */
static size_t unescape_field(const char *s, size_t n, char escape, char *out)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == escape && i + 1 < n)
            i++;
        out[length++] = s[i];
    }
    return length;
}

static enum outcome unescape_into(struct text_reader *reader, struct text_output *output,
                                  const struct text_span *span, struct text *out,
                                  struct error *error, enum status *status)
{
    char *room;
    *status = text_builder_alloc(&output->builder, span->length + 2u, &room, error);
    if (*status != STATUS_OK)
        return VALUE_OK;
    size_t n = 0;
    if (reader->source->format == TEXT_FORMAT_CSV)
        n = unescape_field(span->start, span->length, reader->source->dialect.escape, room);
    else
        n = json_unescape(span->start, span->length, room);
    if (n == SIZE_MAX || !text_scan_utf8(room, n)) {
        text_builder_trim(&output->builder, span->length + 2u);
        return VALUE_BROKEN;
    }
    text_builder_trim(&output->builder, span->length + 2u - n);
    *out = text_view(room, n);
    return VALUE_OK;
}

static enum outcome to_text(struct text_reader *reader, struct text_output *output,
                            const struct text_column *column, const struct text_span *span,
                            struct text *out, struct error *error, enum status *status)
{
    const char *start = span->start;
    size_t length = span->length;
    bool as_json = column->type.id == TYPE_JSON && span->kind == SPAN_STRING &&
                   reader->source->format != TEXT_FORMAT_CSV;
    if (UNLIKELY(span->flags != 0)) {
        if ((span->flags & SPAN_NOT_ASCII) && !text_scan_utf8(start, length))
            return VALUE_BROKEN;
        if ((span->flags & SPAN_ESCAPED) && !as_json)
            return unescape_into(reader, output, span, out, error, status);
    }
    if (as_json) {
        start--;
        length += 2;
    }
    *out = text_view(start, length);
    output->points_to_window |= length > TEXT_INLINE;
    return VALUE_OK;
}

static bool in_range(enum physical physical, int64_t v)
{
    switch (physical) {
    case PHYSICAL_I8:
        return v >= INT8_MIN && v <= INT8_MAX;
    case PHYSICAL_I16:
        return v >= INT16_MIN && v <= INT16_MAX;
    case PHYSICAL_I32:
        return v >= INT32_MIN && v <= INT32_MAX;
    default:
        return true;
    }
}

static void store_int(enum physical physical, void *data, size_t row, int64_t v)
{
    switch (physical) {
    case PHYSICAL_I8:
        ((int8_t *)data)[row] = (int8_t)v;
        break;
    case PHYSICAL_I16:
        ((int16_t *)data)[row] = (int16_t)v;
        break;
    case PHYSICAL_I32:
        ((int32_t *)data)[row] = (int32_t)v;
        break;
    default:
        ((int64_t *)data)[row] = v;
    }
}

/* Any type; the common ones have loops of their own below. */
static enum outcome convert_value(struct text_reader *reader, struct text_output *output,
                                  const struct text_column *column, const struct text_span *span,
                                  struct day_cache *cache, size_t row, struct error *error,
                                  enum status *status)
{
    void *data = output->column->data;
    enum physical physical = type_physical(column->type);
    enum outcome outcome;
    struct str text = trimmed(span);
    int64_t v = 0;
    int32_t days = 0;
    double d = 0;
    int128_t wide = 0;
    switch (column->type.id) {
    case TYPE_BOOLEAN:
        return to_bool(span, &((uint8_t *)data)[row]);
    case TYPE_TINYINT:
    case TYPE_SMALLINT:
    case TYPE_INTEGER:
    case TYPE_BIGINT:
        outcome = to_int64(span, &v);
        if (outcome == VALUE_OK && !in_range(physical, v))
            return VALUE_MISFIT;
        store_int(physical, data, row, v);
        return outcome;
    case TYPE_REAL:
        outcome = to_double(span, &d);
        ((float *)data)[row] = (float)d;
        return outcome;
    case TYPE_DOUBLE:
        outcome = to_double(span, &d);
        ((double *)data)[row] = d;
        return outcome;
    case TYPE_DECIMAL:
        outcome = to_decimal(column, span, &wide);
        if (physical == PHYSICAL_I128)
            ((int128_t *)data)[row] = wide;
        else
            ((int64_t *)data)[row] = (int64_t)wide;
        return outcome;
    case TYPE_DATE:
        if (!is_texty(span) || !text_parse_date(text.data, text.length, &days))
            return VALUE_MISFIT;
        ((int32_t *)data)[row] = days;
        return VALUE_OK;
    case TYPE_TIME:
        if (!is_texty(span) || !text_parse_time(text.data, text.length, &v))
            return VALUE_MISFIT;
        ((int64_t *)data)[row] = v;
        return VALUE_OK;
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        outcome = to_timestamp(column, span, cache, &v);
        ((int64_t *)data)[row] = v;
        return outcome;
    case TYPE_INTERVAL:
        return is_texty(span) && text_parse_interval(text.data, text.length, NULL,
                                                     &((struct interval *)data)[row])
                   ? VALUE_OK
                   : VALUE_MISFIT;
    case TYPE_NULL:
        ((uint8_t *)data)[row] = 0;
        return VALUE_NULL;
    default:
        return to_text(reader, output, column, span, &((struct text *)data)[row], error, status);
    }
}

/* text_view of a text in the window, where 12 bytes can be read whatever its length: two words put together without
 * branches or bytes stored one by one. */
static ALWAYS_INLINE void put_view(struct text *out, const char *p, uint32_t length)
{
    static const uint64_t MASK[13] = {0,          0xff,         0xffff,         0xffffff,
                                      0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff,
                                      UINT64_MAX, UINT64_MAX,   UINT64_MAX,     UINT64_MAX,
                                      UINT64_MAX};
    uint32_t n = MIN(length, (uint32_t)TEXT_INLINE);
    uint64_t first = text_load64(p) & MASK[n];
    uint64_t rest = text_load64(p + 4) & (n > 4 ? MASK[n - 4] : 0);
    uint64_t words[2] = {length | first << 32,
                         length > TEXT_INLINE ? (uint64_t)(uintptr_t)p : rest};
    memcpy(out, words, sizeof(*out));
}

/* ---- NULLs and what does not fit ---- */

static enum status put_null(struct text_output *output, size_t row, struct error *error)
{
    struct column *column = output->column;
    size_t size = type_size(column->type);
    memset((char *)column->data + row * size, 0, size);
    if (!column->validity)
        TRY(column_add_validity(column, error));
    bits_clear(column->validity, row);
    return STATUS_OK;
}

static bool is_null_field(const struct text_reader *reader, const struct text_span *span)
{
    const struct text_options *options = &reader->source->options;
    return span->kind == SPAN_FIELD && options->has_null_text &&
           span->length == options->null_text.length &&
           memcmp(span->start, options->null_text.data, span->length) == 0;
}

static enum status put_refused(struct text_reader *reader, struct text_output *output,
                               struct text_column *column, uint32_t chunk_row, size_t row,
                               enum outcome outcome, const struct text_span *span,
                               struct error *error)
{
    if (outcome == VALUE_MISFIT && !column->declared) {
        atomic_fetch_add_explicit(&column->misfits, 1, memory_order_relaxed);
        return put_null(output, row, error);
    }
    char reason[200], type[TYPE_NAME_SIZE];
    const struct str *name = &column->path[column->n_path - 1];
    int shown = (int)MIN(span->length, 40u);
    if (outcome == VALUE_MISFIT)
        snprintf(reason, sizeof(reason), "%.*s is no %s: %.*s", (int)MIN(name->length, 60u),
                 name->data, type_name(column->type, type), shown, span->start);
    else
        snprintf(reason, sizeof(reason), "%.*s is not valid UTF-8", (int)MIN(name->length, 60u),
                 name->data);
    TRY(text_reader_reject(reader, span->start, STATUS_DATA, reason, error));
    if (reader->source->options.on_error == TEXT_SKIP) {
        reader->bad[chunk_row] = 1;
        reader->any_bad = true;
    }
    return put_null(output, row, error);
}

/* ---- Columns ---- */

static enum status convert_slow(struct text_reader *reader, uint32_t place, uint32_t chunk_row,
                                size_t row, const struct text_span *span, struct day_cache *cache,
                                struct error *error)
{
    struct text_output *output = &reader->outputs[place];
    struct text_column *column = reader->scan->columns[place];
    if (span->kind <= SPAN_NULL || is_null_field(reader, span))
        return put_null(output, row, error);
    enum status status = STATUS_OK;
    enum outcome outcome = convert_value(reader, output, column, span, cache, row, error, &status);
    TRY(status);
    if (outcome == VALUE_OK)
        return STATUS_OK;
    if (outcome == VALUE_NULL)
        return put_null(output, row, error);
    return put_refused(reader, output, column, chunk_row, row, outcome, span, error);
}

/* Loops for the types that most columns have; what they cannot do goes to convert_slow. */
static enum status convert_column(struct text_reader *reader, uint32_t place, uint32_t target,
                                  const uint32_t *rows, uint32_t n, struct error *error)
{
    struct text_output *output = &reader->outputs[place];
    const struct text_column *column = reader->scan->columns[place];
    const struct text_span *spans = text_reader_span(reader, target, 0);
    size_t base = reader->n_rows;
    struct day_cache cache = {0};
    bool quick = !reader->source->options.has_null_text;
    int64_t *restrict numbers = (int64_t *)output->column->data + base;
    struct text *restrict texts = (struct text *)output->column->data + base;
    switch (quick ? column->type.id : TYPE_NULL) {
    case TYPE_BIGINT:
        for (uint32_t i = 0; i < n; i++) {
            const struct text_span *span = &spans[rows[i]];
            if (LIKELY((span->kind == SPAN_INTEGER ||
                        (span->kind == SPAN_FIELD && is_int64_text(span))) &&
                       digits_to_int64(span->start, span->length, &numbers[i])))
                continue;
            TRY(convert_slow(reader, place, rows[i], base + i, span, &cache, error));
        }
        return STATUS_OK;
    case TYPE_VARCHAR:
        for (uint32_t i = 0; i < n; i++) {
            const struct text_span *span = &spans[rows[i]];
            if (LIKELY(span->kind >= SPAN_STRING && span->flags == 0)) {
                put_view(&texts[i], span->start, span->length);
                output->points_to_window |= span->length > TEXT_INLINE;
                continue;
            }
            TRY(convert_slow(reader, place, rows[i], base + i, span, &cache, error));
        }
        return STATUS_OK;
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        quick = column->type.precision == TIMESTAMP_PRECISION_DEFAULT;
        for (uint32_t i = 0; i < n; i++) {
            const struct text_span *span = &spans[rows[i]];
            if (LIKELY(quick && span->kind >= SPAN_STRING &&
                       quick_timestamp(span->start, span->length, &cache, &numbers[i])))
                continue;
            TRY(convert_slow(reader, place, rows[i], base + i, span, &cache, error));
        }
        return STATUS_OK;
    default:
        for (uint32_t i = 0; i < n; i++)
            TRY(convert_slow(reader, place, rows[i], base + i, &spans[rows[i]], &cache, error));
        return STATUS_OK;
    }
}

/* Keeps of the rows behind n_rows those whose places are in keep[0..n), rising. */
static void compact(struct text_reader *reader, struct column *column, const uint32_t *keep,
                    uint32_t n)
{
    size_t size = type_size(column->type);
    char *data = (char *)column->data + reader->n_rows * size;
    for (uint32_t i = 0; i < n; i++)
        if (keep[i] != i) /* NOLINT: the caller has filled keep[0..n) */
            memcpy(data + i * size, data + keep[i] * size, size);
    if (!column->validity)
        return;
    for (uint32_t i = 0; i < n; i++)
        bits_put(column->validity, reader->n_rows + i,
                 bits_get(column->validity, reader->n_rows + keep[i]));
}

/* Bits behind the last row are set again: the next rows expect them so. */
static void reset_validity(struct text_reader *reader, uint32_t from, uint32_t to)
{
    for (uint32_t c = 0; c < reader->scan->n_columns; c++) {
        struct column *column = reader->outputs[c].column;
        for (uint32_t i = from; column && column->validity && i < to; i++)
            bits_set(column->validity, i);
    }
}

static int compare_to(const struct column *column, size_t row, const struct value *value)
{
    int64_t v = 0;
    switch (type_physical(column->type)) {
    case PHYSICAL_U8:
        return (int)((uint8_t *)column->data)[row] - (int)value->boolean;
    case PHYSICAL_I8:
        v = ((int8_t *)column->data)[row];
        break;
    case PHYSICAL_I16:
        v = ((int16_t *)column->data)[row];
        break;
    case PHYSICAL_I32:
        v = ((int32_t *)column->data)[row];
        break;
    case PHYSICAL_I64:
        v = ((int64_t *)column->data)[row];
        break;
    case PHYSICAL_F64: {
        double d = ((double *)column->data)[row];
        return d < value->f64 ? -1 : d > value->f64;
    }
    default: {
        struct text constant = text_view(value->text.data, value->text.length);
        return text_compare(&((struct text *)column->data)[row], &constant);
    }
    }
    return v < value->i64 ? -1 : v > value->i64;
}

static bool passes(const struct column *column, size_t row, const struct scan_predicate *predicate)
{
    if (column_is_null(column, row))
        return false;
    if (predicate->is_not_null)
        return true;
    if (column->type.id == TYPE_DOUBLE &&
        ((double *)column->data)[row] != ((double *)column->data)[row])
        return true; /* the pipeline knows about NaN */
    int order = compare_to(column, row, &predicate->value);
    switch (predicate->op) {
    case COMPARE_EQ:
        return order == 0;
    case COMPARE_NE:
        return order != 0;
    case COMPARE_LT:
        return order < 0;
    case COMPARE_LE:
        return order <= 0;
    case COMPARE_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

/* Converts the predicates' columns and narrows the selection; rows that are bad stay, to be left out later. */
static enum status apply_predicates(struct text_reader *reader, uint32_t *n, struct error *error)
{
    const struct text_scan *scan = reader->scan;
    uint32_t keep[TEXT_CHUNK_ROWS];
    for (uint32_t p = 0; p < scan->n_predicates; p++) {
        uint32_t place = scan->predicate_place[p], kept = 0;
        struct text_output *output = &reader->outputs[place];
        if (!output->converted)
            TRY(convert_column(reader, place, scan->place_target[place], reader->selection, *n,
                               error));
        output->converted = true;
        for (uint32_t i = 0; i < *n; i++) {
            keep[kept] = i;
            kept += passes(output->column, reader->n_rows + i, scan->predicates[p]);
        }
        if (kept == *n)
            continue;
        for (uint32_t c = 0; c < scan->n_columns; c++)
            if (reader->outputs[c].converted)
                compact(reader, reader->outputs[c].column, keep, kept);
        reset_validity(reader, reader->n_rows + kept, reader->n_rows + *n);
        for (uint32_t i = 0; i < kept; i++)
            reader->selection[i] = reader->selection[keep[i]];
        *n = kept;
    }
    return STATUS_OK;
}

static void drop_bad_rows(struct text_reader *reader, uint32_t *n)
{
    const struct text_scan *scan = reader->scan;
    uint32_t keep[TEXT_CHUNK_ROWS], kept = 0;
    for (uint32_t i = 0; i < *n; i++) {
        keep[kept] = i;
        kept += !reader->bad[reader->selection[i]];
    }
    for (uint32_t c = 0; c < scan->n_columns; c++)
        if (reader->outputs[c].column)
            compact(reader, reader->outputs[c].column, keep, kept);
    reset_validity(reader, reader->n_rows + kept, reader->n_rows + *n);
    memset(reader->bad, 0, TEXT_CHUNK_ROWS);
    reader->any_bad = false;
    *n = kept;
}

/* After a failure: the rows again, one by one, so that the error told is that of the first bad row. */
static enum status find_first_error(struct text_reader *reader, struct error *error)
{
    const struct text_scan *scan = reader->scan;
    for (uint32_t row = 0; row < reader->n_chunk; row++) {
        bool wanted = true;
        for (uint32_t p = 0; p < scan->n_predicates && wanted; p++) {
            uint32_t place = scan->predicate_place[p];
            TRY(convert_column(reader, place, scan->place_target[place], &row, 1, error));
            wanted = passes(reader->outputs[place].column, reader->n_rows, scan->predicates[p]);
            reset_validity(reader, reader->n_rows, reader->n_rows + 1);
        }
        for (uint32_t c = 0; c < scan->n_columns && wanted; c++)
            if (scan->columns[c]->role == COLUMN_OF_FILE)
                TRY(convert_column(reader, c, scan->place_target[c], &row, 1, error));
        reset_validity(reader, reader->n_rows, reader->n_rows + 1);
    }
    return STATUS_OK;
}

static enum status convert_columns(struct text_reader *reader, uint32_t *n, struct error *error)
{
    const struct text_scan *scan = reader->scan;
    if (scan->n_predicates > 0)
        TRY(apply_predicates(reader, n, error));
    for (uint32_t c = 0; c<scan->n_columns && * n> 0; c++) {
        struct text_output *output = &reader->outputs[c];
        if (output->converted)
            continue;
        if (scan->columns[c]->role == COLUMN_OF_FILE)
            TRY(convert_column(reader, c, scan->place_target[c], reader->selection, *n, error));
        else if (scan->columns[c]->role == COLUMN_ROW_NUMBER)
            for (uint32_t i = 0; i < *n; i++)
                ((int64_t *)output->column->data)[reader->n_rows + i] =
                    (int64_t)reader->row_numbers[reader->selection[i]];
    }
    return STATUS_OK;
}

enum status text_convert_chunk(struct text_reader *reader, struct error *error)
{
    const struct text_scan *scan = reader->scan;
    uint32_t n = reader->n_chunk;
    if (n == 0)
        return STATUS_OK;
    assert(reader->n_rows + n <= reader->capacity);
    for (uint32_t i = 0; i < n; i++)
        reader->selection[i] = i;
    for (uint32_t c = 0; c < scan->n_columns; c++)
        reader->outputs[c].converted = false;
    enum status status = convert_columns(reader, &n, error);
    if (status == STATUS_DATA) {
        struct error first = {0};
        if (find_first_error(reader, &first) != STATUS_OK) {
            *error = first;
            status = first.status;
        }
    }
    TRY(status);
    if (reader->any_bad)
        drop_bad_rows(reader, &n);
    for (uint32_t c = 0; c < scan->n_columns; c++)
        if (reader->outputs[c].points_to_window) {
            TRY(column_add_heap(reader->outputs[c].column, reader->feed.buffer, error));
            reader->outputs[c].points_to_window = false;
        }
    reader->n_rows += n;
    reader->n_chunk = 0;
    return STATUS_OK;
}
