/* segment_filter.c - predicates over decoded columns, as far as a reader judges them. */
#include "storage/segment_scan_int.h"

static bool is_integer(struct type type)
{
    enum physical physical = type_physical(type);
    return physical == PHYSICAL_U8 || physical == PHYSICAL_I8 || physical == PHYSICAL_I16 ||
           physical == PHYSICAL_I32 || physical == PHYSICAL_I64;
}

bool scan_can_filter(struct type type, const struct scan_predicate *predicate)
{
    if (predicate->is_not_null)
        return true;
    return !predicate->value.is_null && type_equal(type, predicate->value.type) &&
           (is_integer(type) || type_is_text(type));
}

/* Values from `lo` to `hi` pass; all others do if `is_outside`. */
struct span_test {
    int64_t lo, hi;
    bool is_outside;
};

static struct span_test span_of(enum compare_op op, int64_t x)
{
    static const struct span_test none = {1, 0, false};
    switch (op) {
    case COMPARE_EQ:
        return (struct span_test){x, x, false};
    case COMPARE_NE:
        return (struct span_test){x, x, true};
    case COMPARE_LT:
        return x == INT64_MIN ? none : (struct span_test){INT64_MIN, x - 1, false};
    case COMPARE_LE:
        return (struct span_test){INT64_MIN, x, false};
    case COMPARE_GT:
        return x == INT64_MAX ? none : (struct span_test){x + 1, INT64_MAX, false};
    default:
        return (struct span_test){x, INT64_MAX, false};
    }
}

#define FILTER(name, ctype)                                                                   \
    TARGET_CLONES                                                                             \
    static void filter_##name(const ctype *x, size_t n, struct span_test test, uint8_t *keep) \
    {                                                                                         \
        for (size_t i = 0; i < n; i++) {                                                      \
            int64_t v = (int64_t)x[i];                                                        \
            keep[i] &= (uint8_t)(((v >= test.lo) & (v <= test.hi)) ^ test.is_outside);        \
        }                                                                                     \
    }
FILTER(U8, uint8_t)
FILTER(I8, int8_t)
FILTER(I16, int16_t)
FILTER(I32, int32_t)
FILTER(I64, int64_t)
FILTER(words, uint32_t)
#undef FILTER

static void filter_integers(const struct column *column, struct span_test test, uint8_t *keep)
{
    switch (type_physical(column->type)) {
    case PHYSICAL_U8:
        filter_U8(column->data, column->length, test, keep);
        break;
    case PHYSICAL_I8:
        filter_I8(column->data, column->length, test, keep);
        break;
    case PHYSICAL_I16:
        filter_I16(column->data, column->length, test, keep);
        break;
    case PHYSICAL_I32:
        filter_I32(column->data, column->length, test, keep);
        break;
    default:
        filter_I64(column->data, column->length, test, keep);
    }
}

/* The first entry of a sorted dictionary that is not below the text (`past`: that is above it). */
static size_t find_entry(const struct column *dictionary, const struct text *text, bool past)
{
    const struct text *entries = dictionary->data;
    size_t low = 0, high = dictionary->length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(&entries[middle], text);
        if (order < 0 || (past && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The dictionary is sorted, so that what passes is a range of codes, or all but one. */
static void filter_codes(const struct column *column, enum compare_op op, const struct text *text,
                         uint8_t *keep)
{
    int64_t n = (int64_t)column->dictionary->length;
    int64_t low = (int64_t)find_entry(column->dictionary, text, false);
    int64_t high = (int64_t)find_entry(column->dictionary, text, true);
    struct span_test test = {low, high - 1, op == COMPARE_NE};
    if (op == COMPARE_LT)
        test = (struct span_test){0, low - 1, false};
    else if (op == COMPARE_LE)
        test = (struct span_test){0, high - 1, false};
    else if (op == COMPARE_GT)
        test = (struct span_test){high, n, false};
    else if (op == COMPARE_GE)
        test = (struct span_test){low, n, false};
    filter_words(column->data, column->length, test, keep);
}

static void filter_texts(const struct column *column, enum compare_op op, const struct text *text,
                         uint8_t *keep)
{
    const struct text *x = column->data;
    if (op != COMPARE_EQ && op != COMPARE_NE)
        return;
    for (size_t i = 0; i < column->length; i++)
        keep[i] &= (uint8_t)(text_equal(&x[i], text) == (op == COMPARE_EQ));
}

static int64_t integer_of(const struct value *value)
{
    if (value->type.id == TYPE_DECIMAL)
        return (int64_t)value->i128;
    return value->type.id == TYPE_BOOLEAN ? value->boolean : value->i64;
}

static void filter_nulls(const struct column *column, uint8_t *keep)
{
    if (!column->validity)
        return;
    for (size_t i = 0; i < column->length; i++)
        keep[i] &= (uint8_t)!column_is_null(column, i);
}

void scan_filter(const struct column *column, const struct scan_predicate *predicate, uint8_t *keep)
{
    filter_nulls(column, keep);
    if (predicate->is_not_null || column->encoding == COLUMN_CONSTANT)
        return;
    if (type_is_text(column->type)) {
        struct text text = text_view(predicate->value.text.data, predicate->value.text.length);
        if (column->encoding == COLUMN_DICTIONARY)
            filter_codes(column, predicate->op, &text, keep);
        else
            filter_texts(column, predicate->op, &text, keep);
    } else {
        filter_integers(column, span_of(predicate->op, integer_of(&predicate->value)), keep);
    }
}
