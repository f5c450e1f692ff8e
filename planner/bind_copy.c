/* bind_copy.c - COPY: rows of a query or a table to a file, and of files to a table; their options. */
#include "planner/bind_int.h"

#include "storage/segment.h"

/* ---- options ---- */

struct copy_options {
    struct binder *b;
    struct plan_copy *copy;
    const struct ast_field *option; /* the one at hand */
    bool has_header, has_delimiter, has_quote, has_null, has_compression, has_time;
    struct ast_name time_column;
    const struct ast_expr *partition_by;
};

/* The text of an option's value: a word, or a constant text. */
static enum status option_text(struct copy_options *o, struct str *out)
{
    const struct ast_expr *ast = o->option->value;
    struct bind at = {.binder = o->b, .clause = "an option of COPY"};
    struct value value = {.is_null = true};
    if (ast && ast->kind == AST_NAME && ast->names.count == 1) {
        *out = ast->names.items[0].text;
        return STATUS_OK;
    }
    if (ast)
        TRY(bind_constant(&at, ast, "an option", &value));
    if (value.is_null || value.type.id != TYPE_VARCHAR)
        return error_set_at(o->b->error, STATUS_VALUE, ast ? ast->span : o->option->name.span,
                            "the option " STR_FMT " takes a text", STR_ARG(o->option->name.text));
    *out = value.text;
    return STATUS_OK;
}

/* true, false, on, off, 1, 0; nothing: true. */
static enum status option_bool(struct copy_options *o, bool *out)
{
    const struct ast_expr *ast = o->option->value;
    struct bind at = {.binder = o->b, .clause = "an option of COPY"};
    struct value value = {.is_null = true};
    struct str word = {0};
    *out = true;
    if (!ast)
        return STATUS_OK;
    if (ast->kind == AST_NAME && ast->names.count == 1)
        word = ast->names.items[0].text;
    else
        TRY(bind_constant(&at, ast, "an option", &value));
    if (!value.is_null && value.type.id == TYPE_VARCHAR)
        word = value.text;
    if (!value.is_null && value.type.id == TYPE_BOOLEAN)
        *out = value.boolean;
    else if (!value.is_null && type_is_integer(value.type) && (value.i64 | 1) == 1)
        *out = value.i64 != 0;
    else if (str_is(word, "on") || str_is(word, "true") || str_is(word, "off") ||
             str_is(word, "false"))
        *out = str_is(word, "on") || str_is(word, "true");
    else
        return error_set_at(o->b->error, STATUS_VALUE, ast->span,
                            "the option " STR_FMT " takes true or false",
                            STR_ARG(o->option->name.text));
    return STATUS_OK;
}

static enum status option_byte(struct copy_options *o, bool may_be_empty, char *out)
{
    struct str text;
    TRY(option_text(o, &text));
    if (str_equal(text, STR_LITERAL("\\t")))
        text = STR_LITERAL("\t");
    *out = '\0';
    if (text.length == 0 && may_be_empty)
        return STATUS_OK;
    if (text.length != 1 || (unsigned char)text.data[0] > 127 || text.data[0] == '\n' ||
        text.data[0] == '\r' || text.data[0] == '\0')
        return error_set_at(o->b->error, STATUS_VALUE, o->option->value->span,
                            "the option " STR_FMT " takes one ASCII character",
                            STR_ARG(o->option->name.text));
    *out = text.data[0];
    return STATUS_OK;
}

static enum status set_header(struct copy_options *o)
{
    o->has_header = true;
    return option_bool(o, &o->copy->file.header);
}

static enum status set_delimiter(struct copy_options *o)
{
    o->has_delimiter = true;
    return option_byte(o, false, &o->copy->file.text.delimiter);
}

static enum status set_quote(struct copy_options *o)
{
    o->has_quote = true;
    return option_byte(o, true, &o->copy->file.text.quote);
}

static enum status set_null(struct copy_options *o)
{
    struct str text;
    TRY(option_text(o, &text));
    if (text.length > 1000 || memchr(text.data, '\n', text.length))
        return error_set_at(o->b->error, STATUS_VALUE, o->option->value->span,
                            "this cannot stand for NULL: a line end, or more than 1000 bytes");
    o->copy->file.text.null_text = text;
    o->has_null = true;
    return STATUS_OK;
}

static enum status set_compression(struct copy_options *o)
{
    static const struct {
        const char *word;
        enum text_compression compression;
    } WORDS[] = {{"none", TEXT_PLAIN}, {"uncompressed", TEXT_PLAIN}, {"gzip", TEXT_GZIP},
                 {"gz", TEXT_GZIP},    {"zstd", TEXT_ZSTD},          {"zst", TEXT_ZSTD},
                 {"lz4", TEXT_LZ4}};
    struct file_sink_options *file = &o->copy->file;
    struct str word;
    TRY(option_text(o, &word));
    o->has_compression = true;
    if (file->format == FILE_WEIR) {
        if (compression_parse(word, &file->packing))
            return STATUS_OK;
        return error_set_at(o->b->error, STATUS_VALUE, o->option->value->span,
                            "the option COMPRESSION of FORMAT weir takes 'balanced', 'fast' or "
                            "'small'");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(WORDS); i++)
        if (str_is(word, WORDS[i].word)) {
            file->compression = WORDS[i].compression;
            return STATUS_OK;
        }
    return error_set_at(o->b->error, STATUS_VALUE, o->option->value->span,
                        "the option COMPRESSION takes 'gzip', 'zstd', 'lz4' or 'none'");
}

static enum status set_partition_by(struct copy_options *o)
{
    o->partition_by = o->option->value;
    if (o->partition_by)
        return STATUS_OK;
    return error_set_at(o->b->error, STATUS_VALUE, o->option->name.span,
                        "PARTITION_BY needs columns: PARTITION_BY (a, b)");
}

static enum status set_overwrite(struct copy_options *o)
{
    return option_bool(o, &o->copy->overwrite);
}

static enum status set_time_column(struct copy_options *o)
{
    struct str name;
    TRY(option_text(o, &name));
    o->has_time = true;
    o->time_column = (struct ast_name){name, o->option->value->span};
    return STATUS_OK;
}

enum { CSV = 1, JSONL = 2, WEIR = 4, TEXTS = CSV | JSONL, ALL = CSV | JSONL | WEIR };

static const struct copy_option {
    const char *name;
    int formats;
    enum status (*set)(struct copy_options *o);
} OPTIONS[] = {
    {"HEADER", CSV, set_header},
    {"DELIM", CSV, set_delimiter},
    {"DELIMITER", CSV, set_delimiter},
    {"SEP", CSV, set_delimiter},
    {"QUOTE", CSV, set_quote},
    {"NULLVALUE", CSV, set_null},
    {"NULLSTR", CSV, set_null},
    {"COMPRESSION", ALL, set_compression},
    {"PARTITION_BY", ALL, set_partition_by},
    {"OVERWRITE", ALL, set_overwrite},
    {"TIME_COLUMN", WEIR, set_time_column},
};

static const char *format_word(enum file_format format)
{
    return format == FILE_CSV ? "csv" : format == FILE_JSONL ? "jsonl" : "weir";
}

static enum status unknown_option(struct copy_options *o)
{
    const char *names[ARRAY_LENGTH(OPTIONS) + 1] = {"FORMAT"};
    struct str name = o->option->name.text;
    for (size_t i = 0; i < ARRAY_LENGTH(OPTIONS); i++) {
        names[i + 1] = OPTIONS[i].name;
        if (str_is(name, OPTIONS[i].name))
            return error_set_at(o->b->error, STATUS_USAGE, o->option->name.span,
                                "not an option of FORMAT %s: " STR_FMT,
                                format_word(o->copy->file.format), STR_ARG(name));
    }
    enum status status = error_set_at(o->b->error, STATUS_USAGE, o->option->name.span,
                                      "unknown option: " STR_FMT, STR_ARG(name));
    const char *meant = error_did_you_mean(name.data, name.length, names, ARRAY_LENGTH(names));
    if (meant)
        error_hint(o->b->error, "did you mean %s?", meant);
    else
        error_hint(o->b->error, "options are FORMAT, COMPRESSION, PARTITION_BY, OVERWRITE, HEADER, "
                                "DELIM, QUOTE, NULLVALUE, TIME_COLUMN");
    return status;
}

static enum status read_options(struct copy_options *o, const struct ast_statement *s)
{
    int format = o->copy->file.format == FILE_CSV     ? CSV
                 : o->copy->file.format == FILE_JSONL ? JSONL
                                                      : WEIR;
    for (uint32_t i = 0; i < s->n_options; i++) {
        const struct copy_option *row = NULL;
        o->option = &s->options[i];
        for (size_t k = 0; k < ARRAY_LENGTH(OPTIONS) && !row; k++)
            if ((OPTIONS[k].formats & format) && str_is(o->option->name.text, OPTIONS[k].name))
                row = &OPTIONS[k];
        if (!row)
            return unknown_option(o);
        for (uint32_t k = 0; k < i; k++)
            if (str_equal_nocase(s->options[k].name.text, o->option->name.text))
                return error_set_at(o->b->error, STATUS_USAGE, o->option->name.span,
                                    "an option is given twice: " STR_FMT,
                                    STR_ARG(o->option->name.text));
        TRY(row->set(o));
    }
    return STATUS_OK;
}

/* ---- the format ---- */

enum status bind_unknown_format(struct binder *b, const struct ast_name *name,
                                const char *const *names, size_t n_names)
{
    static const char *const LATER[] = {"parquet", "arrow", "arrows", "xlsx", "avro", "orc"};
    struct str word = name->text;
    for (size_t i = 0; i < ARRAY_LENGTH(LATER); i++)
        if (str_is(word, LATER[i])) {
            const char *what = arena_printf(b->arena, "FORMAT %s", LATER[i]);
            TRY(arena_check(b->arena, b->error));
            return bind_refuse(b, name->span, what);
        }
    enum status status =
        error_set_at(b->error, STATUS_NAME, name->span, "unknown format: " STR_FMT, STR_ARG(word));
    const char *meant = error_did_you_mean(word.data, word.length, names, n_names);
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    else
        error_hint(b->error, "formats are csv, jsonl, weir");
    return status;
}

static enum status parse_format(struct binder *b, const struct ast_name *name,
                                enum file_format *format)
{
    static const char *const NAMES[] = {"csv", "tsv", "jsonl", "ndjson", "json", "weir"};
    struct str word = name->text;
    if (str_is(word, "csv") || str_is(word, "tsv"))
        *format = FILE_CSV;
    else if (str_is(word, "jsonl") || str_is(word, "ndjson") || str_is(word, "json"))
        *format = FILE_JSONL;
    else if (str_is(word, "weir"))
        *format = FILE_WEIR;
    else
        return bind_unknown_format(b, name, NAMES, ARRAY_LENGTH(NAMES));
    return STATUS_OK;
}

static bool is_standard(struct str path, const char *name)
{
    return str_equal(path, STR_LITERAL("-")) || str_equal(path, str_of(name));
}

/* From FORMAT, or from the path's extension. */
static enum status find_format(struct binder *b, const struct ast_statement *s,
                               struct file_sink_options *file)
{
    bool known = file_format_of(s->path, &file->format, &file->compression, &file->text.delimiter);
    if (s->format.text.data) {
        TRY(parse_format(b, &s->format, &file->format));
        if (!file->text.delimiter)
            file->text.delimiter = str_is(s->format.text, "tsv") ? '\t' : ',';
        return STATUS_OK;
    }
    if (known)
        return STATUS_OK;
    if (is_standard(s->path, "stdout")) {
        file->format = FILE_CSV;
        file->text.delimiter = ',';
        return STATUS_OK;
    }
    enum status status = error_set_at(b->error, STATUS_VALUE, s->path_span,
                                      "the format of the file is not known from its name: " STR_FMT,
                                      STR_ARG(s->path));
    error_hint(b->error, "say (FORMAT csv), (FORMAT jsonl) or (FORMAT weir)");
    return status;
}

/* ---- what is written ---- */

/* Rows of the table, all columns or those named. */
static enum status copied_table(struct binder *b, const struct ast_statement *s,
                                struct logical_root *root)
{
    const struct ast_name *last = &s->names.items[s->names.count - 1];
    struct scope scope = {.binder = b, .name = last->text, .span = last->span};
    struct expr_list outputs = {0};
    uint32_t *columns, n;
    TRY(bind_table_name(b, &s->names, last->span, &scope.node));
    scope_star(&scope, &columns, &n);
    TRY(arena_check(b->arena, b->error));
    if (s->columns.count) {
        columns = ARENA_ARRAY(b->arena, uint32_t, s->columns.count);
        TRY(arena_check(b->arena, b->error));
        n = s->columns.count;
    }
    for (uint32_t i = 0; i < s->columns.count; i++) {
        int64_t found = scope_find(&scope, s->columns.items[i].text);
        if (found < 0)
            return scope_unknown_column(&scope, NULL, s->columns.items[i].text,
                                        s->columns.items[i].span);
        columns[i] = (uint32_t)found;
    }
    const char **names = ARENA_ARRAY(b->arena, const char *, (size_t)n + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < n; i++) {
        const struct field *field = &scope.node->schema.fields[columns[i]];
        names[i] = field->name;
        expr_list_push(b->arena, &outputs,
                       expr_column(b->arena, columns[i], field->type, last->span));
    }
    *root = (struct logical_root){.node = logical_project(b->arena, scope.node, outputs, names),
                                  .n_visible = n};
    return arena_check(b->arena, b->error);
}

/* A column that is NULL throughout is text. */
static enum status type_nulls(struct binder *b, struct logical_root *root)
{
    bool any = false;
    struct expr_list outputs = bind_all_columns(b, root->node);
    const struct schema *schema = &root->node->schema;
    const char **names = ARENA_ARRAY(b->arena, const char *, (size_t)schema->n_fields + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < schema->n_fields; i++) {
        names[i] = schema->fields[i].name;
        if (schema->fields[i].type.id != TYPE_NULL)
            continue;
        any = true;
        TRY(bind_cast(b, outputs.items[i], type_of(TYPE_VARCHAR), &outputs.items[i]));
    }
    if (any)
        root->node = logical_project(b->arena, root->node, outputs, names);
    return arena_check(b->arena, b->error);
}

/* Keys of objects and names in a data file are told apart; CSV needs no names. */
static enum status check_names(struct binder *b, const struct ast_statement *s,
                               const struct plan_copy *copy)
{
    const struct schema *schema = &copy->schema;
    struct span span = s->select ? s->select->span : s->names.items[0].span;
    if (schema->n_fields == 0)
        return error_set_at(b->error, STATUS_TYPE, span, "there are no columns to write");
    for (uint32_t i = 0; copy->file.format != FILE_CSV && i < schema->n_fields; i++)
        for (uint32_t j = 0; j < i; j++)
            if (str_is(str_of(schema->fields[i].name), schema->fields[j].name)) {
                enum status status =
                    error_set_at(b->error, STATUS_NAME, span, "two columns of one name: %s",
                                 schema->fields[i].name);
                error_hint(b->error, "give one of them another name with AS");
                return status;
            }
    return STATUS_OK;
}

static enum status copied_column(struct binder *b, const struct schema *schema, struct str name,
                                 struct span span, uint32_t *out)
{
    int found = schema_find(schema, name);
    if (found >= 0) {
        *out = (uint32_t)found;
        return STATUS_OK;
    }
    const char **names = ARENA_ARRAY(b->arena, const char *, (size_t)schema->n_fields + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < schema->n_fields; i++)
        names[i] = schema->fields[i].name;
    enum status status = error_set_at(b->error, STATUS_NAME, span,
                                      "no column of the rows written: " STR_FMT, STR_ARG(name));
    const char *meant = error_did_you_mean(name.data, name.length, names, schema->n_fields);
    if (meant)
        error_hint(b->error, "did you mean %s?", meant);
    return status;
}

/* PARTITION_BY (a, b), or a. */
static enum status find_partitions(struct copy_options *o)
{
    struct binder *b = o->b;
    struct plan_copy *copy = o->copy;
    const struct ast_expr *ast = o->partition_by;
    const struct ast_exprs one = {(struct ast_expr **)&ast, 1};
    const struct ast_exprs *list =
        ast->kind == AST_ROW || ast->kind == AST_LIST ? &ast->list : &one;
    copy->partition_by = ARENA_ARRAY(b->arena, uint32_t, (size_t)list->count + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_expr *item = list->items[i];
        bool name = item->kind == AST_NAME && item->names.count == 1;
        if (!name && item->kind != AST_STRING)
            return error_set_at(b->error, STATUS_VALUE, item->span,
                                "PARTITION_BY takes names of columns");
        uint32_t column = 0;
        TRY(copied_column(b, &copy->schema, name ? item->names.items[0].text : item->text,
                          item->span, &column));
        for (uint32_t k = 0; k < i; k++)
            if (copy->partition_by[k] == column)
                return error_set_at(b->error, STATUS_NAME, item->span,
                                    "a column is named twice: %s",
                                    copy->schema.fields[column].name);
        copy->partition_by[i] = column;
    }
    copy->n_partition_by = list->count;
    if (list->count == copy->schema.n_fields)
        return error_set_at(b->error, STATUS_VALUE, ast->span,
                            "no column is left for the files: PARTITION_BY names all of them");
    return STATUS_OK;
}

/* The event time of a data file: as said, or the first timestamp. */
static enum status find_time(struct copy_options *o)
{
    struct plan_copy *copy = o->copy;
    uint32_t column = SEGMENT_NO_COLUMN;
    char name[TYPE_NAME_SIZE];
    if (o->has_time) {
        TRY(copied_column(o->b, &copy->schema, o->time_column.text, o->time_column.span, &column));
        if (!type_is_timestamp(copy->schema.fields[column].type))
            return error_set_at(o->b->error, STATUS_TYPE, o->time_column.span,
                                "TIME_COLUMN is %s, and no timestamp",
                                type_name(copy->schema.fields[column].type, name));
    }
    for (uint32_t i = 0; column == SEGMENT_NO_COLUMN && i < copy->schema.n_fields; i++)
        if (type_is_timestamp(copy->schema.fields[i].type))
            column = i;
    copy->file.time_column = column;
    return STATUS_OK;
}

static enum status check_place(struct copy_options *o, const struct ast_statement *s)
{
    struct binder *b = o->b;
    struct plan_copy *copy = o->copy;
    bool standard = is_standard(s->path, "stdout");
    if (b->env->safe && !standard)
        return error_set_at(b->error, STATUS_USAGE, s->path_span,
                            "safe mode writes no files: " STR_FMT, STR_ARG(s->path));
    if (standard && copy->file.format == FILE_WEIR)
        return error_set_at(b->error, STATUS_USAGE, s->path_span,
                            "a data file cannot be written to standard output");
    if (standard && copy->n_partition_by)
        return error_set_at(b->error, STATUS_USAGE, s->path_span,
                            "PARTITION_BY needs a folder, not standard output");
    if (memchr(s->path.data, '\0', s->path.length))
        return error_set_at(b->error, STATUS_VALUE, s->path_span, "a path cannot hold a zero byte");
    copy->path = standard ? "-" : str_dup(b->arena, s->path);
    copy->span = s->path_span;
    return arena_check(b->arena, b->error);
}

static enum status bind_copy_to(struct binder *b, const struct ast_statement *s,
                                struct logical_root *root)
{
    struct plan *plan = &b->plan->plan;
    struct plan_copy *copy = ARENA_NEW(b->arena, struct plan_copy);
    struct copy_options options = {.b = b, .copy = copy};
    TRY(arena_check(b->arena, b->error));
    plan->kind = PLAN_COPY;
    plan->copy = copy;
    copy->file =
        (struct file_sink_options){.header = true, .text = {.quote = '"', .zone = b->env->zone}};
    TRY(find_format(b, s, &copy->file));
    TRY(read_options(&options, s));
    if (copy->file.text.quote == copy->file.text.delimiter && copy->file.format == FILE_CSV)
        return error_set_at(b->error, STATUS_VALUE, s->path_span,
                            "DELIM and QUOTE are the same character");
    if (s->select)
        TRY(bind_select(b, s->select, root));
    else
        TRY(copied_table(b, s, root));
    TRY(type_nulls(b, root));
    copy->schema = (struct schema){root->node->schema.fields, root->n_visible};
    TRY(check_names(b, s, copy));
    if (options.partition_by)
        TRY(find_partitions(&options));
    TRY(find_time(&options));
    return check_place(&options, s);
}

enum status bind_copy(struct binder *b, const struct ast_statement *s, struct logical_root *root)
{
    return s->copy_from ? bind_load(b, s, root) : bind_copy_to(b, s, root);
}
