/* text_hive.c - key=value folders: columns, and listing that does not go into folders nobody wants.
 *
 * A source is opened before its predicates are known. So the first listing goes into the first and the last of the
 * key=value folders that lie side by side only: they are the sample. The names of the others are seen, and count for
 * the type of the key. When a scan is opened, its predicates tell which folders are gone into. */
#include "storage/text_int.h"
#include "storage/text_scan.h"
#include "storage/text_value.h"

static unsigned seen_of(struct str text)
{
    return text.data ? text_sniff_text(text.data, text.length, true, true) : SEEN_NULL;
}

static struct type hive_type(const struct text_source *source, uint32_t key, bool *declared)
{
    unsigned seen = 0;
    *declared = false;
    for (uint32_t i = 0; i < source->options.n_columns; i++)
        if (str_equal_nocase(source->options.columns[i].name, source->hive_keys[key])) {
            source->options.columns[i].used = true;
            *declared = true;
            return source->options.columns[i].type;
        }
    for (uint32_t f = 0; f < source->n_files; f++)
        seen |= seen_of(source->files[f].hive[key]);
    for (size_t i = 0; i < source->n_folders; i++)
        if (str_equal_nocase(source->folders[i].key, source->hive_keys[key]))
            seen |= seen_of(source->folders[i].value);
    return text_sniff_type(seen);
}

bool text_sample_hive_value(struct str text, struct type type, struct value *out)
{
    bool zone;
    int32_t days;
    int128_t wide;
    *out = (struct value){.type = type};
    if (!text.data) {
        out->is_null = true;
        return true;
    }
    switch (type.id) {
    case TYPE_VARCHAR:
    case TYPE_BLOB:
    case TYPE_JSON:
        out->text = text;
        return text_scan_utf8(text.data, text.length);
    case TYPE_BOOLEAN:
        return text_parse_bool(text.data, text.length, &out->boolean);
    case TYPE_TINYINT:
    case TYPE_SMALLINT:
    case TYPE_INTEGER:
    case TYPE_BIGINT:
        return text_parse_int64(text.data, text.length, &out->i64) &&
               (type.id == TYPE_BIGINT || (out->i64 >= -128 && out->i64 <= 127) ||
                (type.id == TYPE_INTEGER && out->i64 >= INT32_MIN && out->i64 <= INT32_MAX) ||
                (type.id == TYPE_SMALLINT && out->i64 >= INT16_MIN && out->i64 <= INT16_MAX));
    case TYPE_REAL:
    case TYPE_DOUBLE:
        return text_parse_double(text.data, text.length, &out->f64);
    case TYPE_DECIMAL:
        if (!text_parse_decimal(text.data, text.length, type.precision, type.scale, &wide))
            return false;
        out->i128 = wide;
        return true;
    case TYPE_DATE:
        if (!text_parse_date(text.data, text.length, &days))
            return false;
        out->i64 = days;
        return true;
    case TYPE_TIME:
        return text_parse_time(text.data, text.length, &out->i64);
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        return text_parse_timestamp_us(text.data, text.length, type_is_nanos(type), &out->i64,
                                       &zone);
    default:
        return false;
    }
}

/* The folders' texts as values of the column's type. One that is not, of a sniffed type, is NULL and counted. */
static enum status fill_values(struct text_source *source, struct text_column *column,
                               struct error *error)
{
    uint32_t h = column->hive;
    char name[TYPE_NAME_SIZE];
    atomic_store(&column->misfits, 0);
    for (uint32_t f = 0; f < source->n_files; f++) {
        struct value *value = &source->hive_values[(size_t)f * source->n_hive + h];
        struct str text = source->files[f].hive[h];
        if (text_sample_hive_value(text, column->type, value))
            continue;
        if (column->declared && source->options.on_error != TEXT_NULL)
            return error_set_at(error, STATUS_DATA, source->span,
                                STR_FMT " is no %s: " STR_FMT " (%s)",
                                STR_ARG(source->hive_keys[h]), type_name(column->type, name),
                                STR_ARG(text), source->files[f].path);
        atomic_fetch_add(&column->misfits, !column->declared);
        *value = value_null(column->type);
    }
    return STATUS_OK;
}

static enum status allocate_values(struct text_source *source, struct error *error)
{
    struct arena *arena = source->source.arena;
    source->hive_values =
        ARENA_ARRAY(arena, struct value, (size_t)source->n_files * source->n_hive + 1);
    return arena_check(arena, error);
}

enum status text_hive_add_columns(struct text_source *source, struct error *error)
{
    struct arena *arena = source->source.arena;
    if (source->n_hive == 0)
        return STATUS_OK;
    TRY(allocate_values(source, error));
    for (uint32_t h = 0; h < source->n_hive; h++) {
        bool declared;
        struct type type = hive_type(source, h, &declared);
        struct text_column *column = text_sample_add_field(
            source, str_dup(arena, source->hive_keys[h]), type, COLUMN_OF_HIVE);
        column->hive = h;
        column->declared = declared;
        TRY(arena_check(arena, error));
        TRY(fill_values(source, column, error));
    }
    return arena_check(arena, error);
}

struct wish {
    const struct text_source *source;
    const struct scan_request *request;
};

/* Whether the predicates allow rows below the folder. */
static bool is_wanted(const void *context, struct str key, struct str text)
{
    const struct wish *wish = context;
    const struct text_source *source = wish->source;
    for (uint32_t p = 0; p < wish->request->n_predicates; p++) {
        const struct scan_predicate *predicate = &wish->request->predicates[p];
        const struct text_column *column = source->columns[predicate->column];
        struct value value;
        if (column->role != COLUMN_OF_HIVE ||
            !str_equal_nocase(source->hive_keys[column->hive], key))
            continue;
        if (!text_sample_hive_value(text, column->type, &value)) {
            if (column->declared)
                continue; /* an error, if it is met */
            value = value_null(column->type);
        }
        if (!text_plan_value_fits(predicate, &value))
            return false;
    }
    return true;
}

enum status text_hive_list(struct text_source *source, const struct scan_request *request,
                           const struct context *context, struct error *error)
{
    struct wish wish = {source, request};
    struct text_list_scope scope = {
        .hive = true, .keys = source->hive_keys, .n_keys = source->n_hive};
    struct text_listing listing;
    if (!source->is_partial)
        return STATUS_OK;
    if (request) {
        scope.wanted = is_wanted;
        scope.context = &wish;
    }
    enum status status =
        text_list_some(source->source.arena, &source->request, context, &scope, &listing, error);
    if (status != STATUS_OK) {
        error_place(error, source->span);
        return status;
    }
    source->files = listing.files.items;
    source->n_files = (uint32_t)listing.files.count;
    source->n_left_out = listing.n_left_out;
    source->is_partial = listing.n_left_out > 0;
    TRY(allocate_values(source, error));
    for (uint32_t i = 0; i < source->source.schema.n_fields; i++)
        if (source->columns[i]->role == COLUMN_OF_HIVE)
            TRY(fill_values(source, source->columns[i], error));
    return STATUS_OK;
}
