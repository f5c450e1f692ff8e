#include "storage/zone_map.h"

/* ---- Making ---- */

static void put_bounds(struct chunk *chunk, const void *min, const void *max, size_t size)
{
    memcpy(chunk->min, min, size);
    memcpy(chunk->max, max, size);
    chunk->min_length = chunk->max_length = (uint8_t)size;
    chunk->flags |= CHUNK_HAS_MIN | CHUNK_HAS_MAX | CHUNK_MIN_EXACT | CHUNK_MAX_EXACT;
}

/* Under NULLs lie neighbours' values, so that validity need not be looked at. */
#define FILL(id, ctype)                                                    \
    static void fill_##id(const void *data, size_t n, struct chunk *chunk) \
    {                                                                      \
        const ctype *x = data;                                             \
        ctype min = x[0], max = x[0];                                      \
        for (size_t i = 1; i < n; i++) {                                   \
            min = MIN(min, x[i]);                                          \
            max = MAX(max, x[i]);                                          \
        }                                                                  \
        put_bounds(chunk, &min, &max, sizeof min);                         \
    }
FILL(U8, uint8_t)
FILL(I8, int8_t)
FILL(I16, int16_t)
FILL(I32, int32_t)
FILL(I64, int64_t)
FILL(I128, int128_t)
#undef FILL

/* NaN is the greatest. */
#define FILL_FLOAT(id, ctype)                                              \
    static void fill_##id(const void *data, size_t n, struct chunk *chunk) \
    {                                                                      \
        const ctype *x = data;                                             \
        ctype min = x[0], max = x[0];                                      \
        for (size_t i = 1; i < n; i++) {                                   \
            if (x[i] < min || min != min)                                  \
                min = x[i];                                                \
            if (x[i] > max || x[i] != x[i])                                \
                max = x[i];                                                \
        }                                                                  \
        put_bounds(chunk, &min, &max, sizeof min);                         \
    }
FILL_FLOAT(F32, float)
FILL_FLOAT(F64, double)
#undef FILL_FLOAT

static void fill_INTERVAL(const void *data, size_t n, struct chunk *chunk)
{
    const struct interval *x = data;
    struct interval min = x[0], max = x[0];
    for (size_t i = 1; i < n; i++) {
        if (interval_compare(x[i], min) < 0)
            min = x[i];
        if (interval_compare(x[i], max) > 0)
            max = x[i];
    }
    put_bounds(chunk, &min, &max, sizeof min);
}

static struct str text_at(const struct values *values, size_t i)
{
    return (struct str){values->bytes + values->offsets[i],
                        values->offsets[i + 1] - values->offsets[i]};
}

/* The first bytes are a lower bound; with their last byte that can be raised raised, an upper one. */
void zone_fill_text(struct str min, struct str max, struct chunk *chunk)
{
    chunk->min_length = (uint8_t)MIN(min.length, (size_t)ZONE_BYTES);
    if (chunk->min_length > 0)
        memcpy(chunk->min, min.data, chunk->min_length);
    chunk->flags |= CHUNK_HAS_MIN;
    if (min.length <= ZONE_BYTES)
        chunk->flags |= CHUNK_MIN_EXACT;
    size_t length = MIN(max.length, (size_t)ZONE_BYTES);
    if (length > 0)
        memcpy(chunk->max, max.data, length);
    if (max.length <= ZONE_BYTES) {
        chunk->flags |= CHUNK_HAS_MAX | CHUNK_MAX_EXACT;
        chunk->max_length = (uint8_t)length;
        return;
    }
    while (length > 0 && chunk->max[length - 1] == 0xFF)
        chunk->max[--length] = 0;
    if (length == 0)
        return;
    chunk->max[length - 1]++;
    chunk->max_length = (uint8_t)length;
    chunk->flags |= CHUNK_HAS_MAX;
}

/* The first 8 bytes, so that they compare as the text does. */
static uint64_t prefix_of(struct str text)
{
    uint64_t prefix = 0;
    if (text.length > 0)
        memcpy(&prefix, text.data, MIN(text.length, sizeof prefix));
    return __builtin_bswap64(prefix);
}

static void fill_text(const struct values *values, struct chunk *chunk)
{
    struct str min = {0}, max = {0};
    uint64_t least = 0, most = 0;
    bool has_one = false;
    for (size_t i = 0; i < values->n; i++) {
        if (values->validity && !bits_get(values->validity, i))
            continue;
        struct str text = text_at(values, i);
        uint64_t prefix = prefix_of(text);
        if (!has_one) {
            min = max = text;
            least = most = prefix;
            has_one = true;
        } else if (prefix <= least && str_compare(text, min) < 0) {
            min = text;
            least = prefix;
        } else if (prefix >= most && str_compare(text, max) > 0) {
            max = text;
            most = prefix;
        }
    }
    if (has_one)
        zone_fill_text(min, max, chunk);
}

typedef void (*fill_fn)(const void *data, size_t n, struct chunk *chunk);

void zone_fill(const struct values *values, struct chunk *chunk)
{
    static const fill_fn fills[PHYSICAL_COUNT] = {
        [PHYSICAL_U8] = fill_U8,   [PHYSICAL_I8] = fill_I8,   [PHYSICAL_I16] = fill_I16,
        [PHYSICAL_I32] = fill_I32, [PHYSICAL_I64] = fill_I64, [PHYSICAL_I128] = fill_I128,
        [PHYSICAL_F32] = fill_F32, [PHYSICAL_F64] = fill_F64, [PHYSICAL_INTERVAL] = fill_INTERVAL,
    };
    if (values->n == 0 || (values->validity && bits_count(values->validity, values->n) == 0))
        return;
    if (values->physical == PHYSICAL_TEXT)
        fill_text(values, chunk);
    else
        fills[values->physical](values->data, values->n, chunk);
}

/* ---- Holding against predicates ---- */

static bool order_passes(enum compare_op op, int order)
{
    switch (op) {
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

bool zone_value_passes(const struct value *value, const struct scan_predicate *predicate)
{
    if (value->is_null)
        return false;
    if (predicate->is_not_null || predicate->value.is_null ||
        !type_equal(value->type, predicate->value.type))
        return true;
    return order_passes(predicate->op, value_compare(value, &predicate->value));
}

bool zone_may_pass(const struct zone *zone, struct type type,
                   const struct scan_predicate *predicate)
{
    if (zone->nulls == zone->rows)
        return false;
    if (predicate->is_not_null || !zone->has_range || predicate->value.is_null ||
        !type_equal(type, predicate->value.type))
        return true;
    int to_min = value_compare(&predicate->value, &zone->min);
    int to_max = value_compare(&predicate->value, &zone->max);
    switch (predicate->op) {
    case COMPARE_EQ:
        return to_min >= 0 && to_max <= 0;
    case COMPARE_NE:
        return !(to_min == 0 && to_max == 0 && zone->min_is_exact && zone->max_is_exact);
    case COMPARE_LT:
        return to_min > 0;
    case COMPARE_LE:
        return to_min >= 0;
    case COMPARE_GT:
        return to_max < 0;
    default:
        return to_max <= 0;
    }
}

bool zone_all_pass(const struct zone *zone, struct type type,
                   const struct scan_predicate *predicate)
{
    if (zone->nulls > 0)
        return false;
    if (predicate->is_not_null)
        return true;
    if (!zone->has_range || predicate->value.is_null || !type_equal(type, predicate->value.type))
        return false;
    int to_min = value_compare(&predicate->value, &zone->min);
    int to_max = value_compare(&predicate->value, &zone->max);
    switch (predicate->op) {
    case COMPARE_EQ:
        return to_min == 0 && to_max == 0;
    case COMPARE_NE:
        return to_min < 0 || to_max > 0;
    case COMPARE_LT:
        return to_max > 0;
    case COMPARE_LE:
        return to_max >= 0;
    case COMPARE_GT:
        return to_min < 0;
    default:
        return to_min <= 0;
    }
}
