/* segment_files.c - data files by path: listed, their footers read, their columns united by name. */
#include "storage/segment_files.h"

#include "storage/database.h"
#include "storage/segment_source.h"
#include "storage/text_int.h"

struct opening {
    struct arena *arena;
    const struct segment_files_request *request;
    const struct context *context;
    struct error *error;
    bool hive, filename;
    struct text_listing listing;
    ARRAY_OF(struct field) fields;
    ARRAY_OF(const char *) origins; /* the file that a field was seen in first; NULL: the folders */
    struct segment_file *files;
    int32_t **columns; /* by file: the field of each of its columns */
    uint64_t **nulls;  /* by file and column */
    uint32_t *n_columns;
};

bool segment_files_known_extension(struct str path)
{
    bool compressed;
    return str_is(text_list_extension(path, &compressed), ".weir") && !compressed;
}

/* ---- Options ---- */

static enum status read_options(struct opening *o)
{
    static const char *const NAMES[] = {"hive_partitioning", "filename"};
    bool *const values[] = {&o->hive, &o->filename};
    o->hive = true;
    for (uint32_t i = 0; i < o->request->n_options; i++) {
        const struct source_option *option = &o->request->options[i];
        size_t k = 0;
        while (k < ARRAY_LENGTH(NAMES) && !str_is(option->name, NAMES[k]))
            k++;
        if (k == ARRAY_LENGTH(NAMES)) {
            enum status status =
                error_set_at(o->error, STATUS_USAGE, option->span,
                             "not an option of read_weir: " STR_FMT, STR_ARG(option->name));
            error_hint(o->error, "options are hive_partitioning and filename");
            return status;
        }
        if (option->n_children || option->is_list || option->value.is_null ||
            option->value.type.id != TYPE_BOOLEAN)
            return error_set_at(o->error, STATUS_VALUE, option->span,
                                "the option %s takes true or false", NAMES[k]);
        *values[k] = option->value.boolean;
    }
    return STATUS_OK;
}

/* ---- Columns ---- */

static int find_field(const struct opening *o, const char *name)
{
    struct schema schema = {o->fields.items, (uint32_t)o->fields.count};
    return schema_find(&schema, str_of(name));
}

static void add_field(struct opening *o, const char *name, struct type type, bool not_null,
                      const char *origin)
{
    *ARRAY_PUSH(o->arena, &o->fields) = (struct field){name, type, not_null};
    *ARRAY_PUSH(o->arena, &o->origins) = origin;
}

/* The columns of a file find their fields, or make them. */
static enum status add_columns(struct opening *o, size_t file, const struct segment *segment)
{
    o->n_columns[file] = segment->n_columns;
    o->columns[file] = ARENA_ARRAY(o->arena, int32_t, segment->n_columns + 1);
    o->nulls[file] = ARENA_ARRAY(o->arena, uint64_t, segment->n_columns + 1);
    TRY(arena_check(o->arena, o->error));
    for (uint32_t b = 0; b < segment->n_batches; b++)
        for (uint32_t c = 0; c < segment->n_columns; c++)
            o->nulls[file][c] += segment_chunk(segment, b, c).nulls;
    for (uint32_t c = 0; c < segment->n_columns; c++) {
        const struct segment_column *column = &segment->columns[c];
        int field = find_field(o, column->name);
        if (field < 0) {
            field = (int)o->fields.count;
            add_field(o, arena_strdup(o->arena, column->name), column->type,
                      column->not_null && file == 0, segment->path);
            TRY(arena_check(o->arena, o->error));
        }
        struct field *known = &o->fields.items[field];
        if (!type_equal(known->type, column->type)) {
            char is[TYPE_NAME_SIZE], was[TYPE_NAME_SIZE];
            return error_set_at(o->error, STATUS_TYPE, o->request->span,
                                "column %s is %s in %s, but %s in %s", column->name,
                                type_name(column->type, is), segment->path,
                                type_name(known->type, was), o->origins.items[field]);
        }
        known->not_null &= column->not_null;
        o->columns[file][c] = (int32_t)field;
    }
    return STATUS_OK;
}

static enum status read_footer(struct opening *o, size_t i)
{
    const struct text_file *listed = &o->listing.files.items[i];
    struct segment *segment;
    if (listed->is_stream)
        return error_set_at(o->error, STATUS_UNSUPPORTED, o->request->span,
                            "a data file cannot be read from a pipe: %s", listed->path);
    enum status status =
        segment_open(o->context->io, listed->path, o->context->budget, &segment, o->error);
    if (status == STATUS_OK) {
        o->files[i] = (struct segment_file){.path = listed->path, .rows = segment->rows};
        status = add_columns(o, i, segment);
        segment_close(segment);
    }
    error_place(o->error, o->request->span);
    return status;
}

/* A field that a file lacks may be NULL. */
static void relax_not_null(struct opening *o)
{
    size_t n_files = o->listing.files.count;
    for (size_t f = 0; f < o->fields.count; f++) {
        bool everywhere = true;
        for (size_t i = 0; i < n_files && o->fields.items[f].not_null; i++) {
            bool found = false;
            for (uint32_t c = 0; c < o->n_columns[i]; c++)
                found |= o->columns[i][c] == (int32_t)f;
            everywhere &= found;
        }
        o->fields.items[f].not_null &= everywhere;
    }
}

/* ---- What the paths say ---- */

static struct type hive_type(const struct opening *o, size_t key)
{
    unsigned seen = 0;
    for (size_t i = 0; i < o->listing.files.count; i++) {
        struct str text = o->listing.files.items[i].hive[key];
        seen |= text.data ? text_sniff_text(text.data, text.length, true, true) : SEEN_NULL;
    }
    return text_sniff_type(seen);
}

/* Folders key=value and the file's name as fields: which key (or FILENAME) each of the fields from `first` on is. */
#define FILENAME_KEY SIZE_MAX

static enum status add_path_fields(struct opening *o, size_t *keys, size_t *n_keys,
                                   uint32_t *n_visible)
{
    *n_keys = 0;
    for (size_t h = 0; h < o->listing.hive_keys.count; h++) {
        const char *name = str_dup(o->arena, o->listing.hive_keys.items[h]);
        TRY(arena_check(o->arena, o->error));
        if (find_field(o, name) >= 0)
            continue;
        keys[(*n_keys)++] = h;
        add_field(o, name, hive_type(o, h), false, NULL);
    }
    *n_visible = (uint32_t)o->fields.count;
    if (find_field(o, "filename") < 0) {
        keys[(*n_keys)++] = FILENAME_KEY;
        add_field(o, "filename", type_of(TYPE_VARCHAR), true, NULL);
        *n_visible += o->filename;
    }
    return arena_check(o->arena, o->error);
}

static struct value path_value(const struct opening *o, size_t file, size_t key, struct type type)
{
    const struct text_file *listed = &o->listing.files.items[file];
    struct value value = {.type = type};
    if (key == FILENAME_KEY)
        value.text = str_of(listed->path);
    else if (!text_sample_hive_value(listed->hive[key], type, &value))
        value = value_null(type);
    return value;
}

static enum status map_files(struct opening *o, const size_t *keys, size_t n_keys)
{
    size_t n = o->fields.count, first = n - n_keys;
    for (size_t i = 0; i < o->listing.files.count; i++) {
        int32_t *columns = ARENA_ARRAY(o->arena, int32_t, n);
        struct value *constants = ARENA_ARRAY(o->arena, struct value, n);
        struct segment_bounds *bounds = ARENA_ARRAY(o->arena, struct segment_bounds, n);
        TRY(arena_check(o->arena, o->error));
        for (size_t f = 0; f < n; f++) {
            struct type type = o->fields.items[f].type;
            columns[f] = -1;
            constants[f] = f < first ? value_null(type) : path_value(o, i, keys[f - first], type);
        }
        for (uint32_t c = 0; c < o->n_columns[i]; c++) {
            columns[o->columns[i][c]] = (int32_t)c;
            bounds[o->columns[i][c]] =
                (struct segment_bounds){.has_nulls = true, .nulls = o->nulls[i][c]};
        }
        o->files[i].bounds = bounds;
        o->files[i].columns = columns;
        o->files[i].constants = constants;
    }
    return STATUS_OK;
}

/* ---- The source: segment_source, whose files have ranges ---- */

struct files_source {
    struct source base;
    struct source *files;
    const char *name;
    const struct schema *schema;
    const struct text_file *listed;
    const struct segment_file *all;
    size_t n_files;
    bool *left_out;
};

static enum status source_scan_open(struct source *base, const struct scan_request *request,
                                    const struct context *context, struct scan **out,
                                    struct error *error)
{
    struct files_source *source = (struct files_source *)base;
    return source->files->ops->scan_open(source->files, request, context, out, error);
}

static void source_describe(struct source *base, const struct scan_request *request,
                            struct strbuf *out)
{
    struct files_source *source = (struct files_source *)base;
    source->files->ops->describe(source->files, request, out);
}

static void source_close(struct source *base)
{
    struct files_source *source = (struct files_source *)base;
    source->files->ops->close(source->files);
}

static enum status source_ranges(struct source *base, const struct context *context,
                                 struct arena *arena, struct source_range **out, uint32_t *n,
                                 struct error *error)
{
    const struct files_source *source = (const struct files_source *)base;
    (void)context;
    *n = (uint32_t)source->n_files;
    *out = ARENA_ARRAY(arena, struct source_range, source->n_files + 1);
    TRY(arena_check(arena, error));
    for (size_t i = 0; i < source->n_files; i++) {
        const struct text_file *file = &source->listed[i];
        (*out)[i] = (struct source_range){.path = text_range_path(arena, file->path),
                                          .device = file->device,
                                          .inode = file->inode,
                                          .modified_ns = file->modified_ns,
                                          .from = source->left_out[i] ? file->size : 0,
                                          .to = file->size};
    }
    return arena_check(arena, error);
}

/* All of a file, or nothing. */
static enum status source_begin_at(struct source *base, const struct context *context,
                                   uint32_t range, uint64_t from, struct error *error)
{
    struct files_source *source = (struct files_source *)base;
    const struct text_file *file = &source->listed[range];
    struct arena *arena = base->arena;
    struct segment_file *left = ARENA_ARRAY(arena, struct segment_file, source->n_files);
    size_t n = 0;
    TRY(arena_check(arena, error));
    if (from != 0 && from != file->size)
        return error_set(error, STATUS_DATA, "a data file cannot be read from its middle: %s",
                         file->path);
    source->left_out[range] = from != 0;
    for (size_t i = 0; i < source->n_files; i++)
        if (!source->left_out[i])
            left[n++] = source->all[i];
    return segment_source_open(arena, source->name, left, n, source->schema, context,
                               &source->files, error);
}

static const struct source_ops source_ops = {
    .name = "segments",
    .scan_open = source_scan_open,
    .describe = source_describe,
    .close = source_close,
    .ranges = source_ranges,
    .begin_at = source_begin_at,
};

/* ---- Opening ---- */

static enum status list_files(struct opening *o)
{
    struct text_source_request request = {
        .paths = o->request->paths, .n_paths = o->request->n_paths, .span = o->request->span};
    TRY(text_list_files(o->arena, &request, o->context, o->hive, &o->listing, o->error));
    size_t n = o->listing.files.count;
    o->files = ARENA_ARRAY(o->arena, struct segment_file, n);
    o->columns = ARENA_ARRAY(o->arena, int32_t *, n);
    o->n_columns = ARENA_ARRAY(o->arena, uint32_t, n);
    o->nulls = ARENA_ARRAY(o->arena, uint64_t *, n);
    return arena_check(o->arena, o->error);
}

enum status segment_files_open(struct arena *arena, const struct segment_files_request *request,
                               const struct context *context, struct source **out,
                               struct error *error)
{
    struct opening o = {.arena = arena, .request = request, .context = context, .error = error};
    *out = NULL;
    TRY(read_options(&o));
    TRY(list_files(&o));
    for (size_t i = 0; i < o.listing.files.count; i++) {
        TRY(context_check(context, error));
        TRY(read_footer(&o, i));
    }
    relax_not_null(&o);
    size_t *keys = ARENA_ARRAY(arena, size_t, o.listing.hive_keys.count + 1), n_keys;
    uint32_t n_visible;
    TRY(arena_check(arena, error));
    TRY(add_path_fields(&o, keys, &n_keys, &n_visible));
    TRY(map_files(&o, keys, n_keys));
    struct schema *schema = ARENA_NEW(arena, struct schema);
    const char *name = str_dup(arena, request->paths[0]);
    TRY(arena_check(arena, error));
    *schema = (struct schema){o.fields.items, (uint32_t)o.fields.count};
    struct files_source *source = ARENA_NEW(arena, struct files_source);
    TRY(arena_check(arena, error));
    *source = (struct files_source){
        .name = name, .schema = schema, .listed = o.listing.files.items, .all = o.files};
    source->n_files = o.listing.files.count;
    source->left_out = ARENA_ARRAY(arena, bool, source->n_files + 1);
    TRY(arena_check(arena, error));
    TRY(segment_source_open(arena, name, o.files, source->n_files, schema, context, &source->files,
                            error));
    source->base = *source->files;
    source->base.ops = &source_ops;
    source->base.n_visible = n_visible;
    *out = &source->base;
    return STATUS_OK;
}
