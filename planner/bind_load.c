/* bind_load.c - COPY .. FROM: files read with the columns and types of the table, matched by name or by place.
 *
 * CSV with a header, data files and JSON lines go by name; CSV without a header by place. A CSV file is opened
 * twice: to learn its header, then with the types that its columns have in the table. */
#include "planner/bind_int.h"

#include "parser/ast_print.h"
#include "storage/segment_files.h"
#include "storage/text_source.h"

struct loader {
    struct binder *b;
    const struct ast_statement *s;
    struct catalog_entry *table;
    struct plan_load *load;
    struct source_option *options; /* for the reader; one place is left for `columns` */
    uint32_t n_options;
    bool has_columns; /* the user gave them */
    bool is_weir, is_csv, by_name;
    enum text_format format;
    uint32_t *wanted; /* columns of the table that take values, in order */
    uint32_t n_wanted;
    bool is_listed; /* COPY t (a, b) */
};

/* ---- options ---- */

/* A value, a word, {name: value} or [value]. */
static enum status option_value(struct binder *b, const struct ast_expr *ast,
                                struct source_option *out)
{
    struct bind at = {.binder = b, .clause = "an option of COPY"};
    if (ast && ast->kind == AST_NAME && ast->names.count == 1) {
        struct str word = ast->names.items[0].text;
        out->value = (struct value){.type = type_of(TYPE_VARCHAR), .text = word};
        if (str_is(word, "on") || str_is(word, "off"))
            out->value =
                (struct value){.type = type_of(TYPE_BOOLEAN), .boolean = str_is(word, "on")};
        return STATUS_OK;
    }
    if (!ast) {
        out->value = (struct value){.type = type_of(TYPE_BOOLEAN), .boolean = true};
        return STATUS_OK;
    }
    if (ast->kind != AST_LIST && ast->kind != AST_STRUCT)
        return bind_constant(&at, ast, "an option", &out->value);
    out->is_list = ast->kind == AST_LIST;
    out->n_children = out->is_list ? ast->list.count : ast->n_fields;
    out->children = ARENA_ARRAY(b->arena, struct source_option, (size_t)out->n_children + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < out->n_children; i++) {
        struct source_option *child = &out->children[i];
        const struct ast_expr *value = out->is_list ? ast->list.items[i] : ast->fields[i].value;
        child->span = value->span;
        if (!out->is_list)
            child->name = ast->fields[i].name.text;
        TRY(option_value(b, value, child));
    }
    return STATUS_OK;
}

static enum status set_loaded(struct loader *l, const struct source_option *option)
{
    static const char *const WORDS[] = {"fail", "skip", "again"};
    for (unsigned i = 0; option->value.type.id == TYPE_VARCHAR && i < ARRAY_LENGTH(WORDS); i++)
        if (str_is(option->value.text, WORDS[i])) {
            l->load->loaded = i;
            if (l->table->stored || i == LOADED_AGAIN)
                return STATUS_OK;
            return error_set_at(l->b->error, STATUS_UNSUPPORTED, option->span,
                                "a table in memory does not know what was loaded: %s",
                                l->table->name);
        }
    return error_set_at(l->b->error, STATUS_VALUE, option->span,
                        "the option LOADED takes 'fail', 'skip' or 'again'");
}

static enum status read_options(struct loader *l)
{
    const struct ast_statement *s = l->s;
    struct arena *arena = l->b->arena;
    l->options = ARENA_ARRAY(arena, struct source_option, (size_t)s->n_options + 2);
    TRY(arena_check(arena, l->b->error));
    for (uint32_t i = 0; i < s->n_options; i++) {
        struct source_option option = {.name = s->options[i].name.text,
                                       .span = s->options[i].name.span};
        TRY(option_value(l->b, s->options[i].value, &option));
        for (uint32_t k = 0; k < i; k++)
            if (str_equal_nocase(s->options[k].name.text, option.name))
                return error_set_at(l->b->error, STATUS_USAGE, option.span,
                                    "an option is given twice: " STR_FMT, STR_ARG(option.name));
        if (str_is(option.name, "loaded")) {
            TRY(set_loaded(l, &option));
            continue;
        }
        if (str_is(option.name, "delimiter"))
            option.name = STR_LITERAL("delim");
        l->has_columns |= str_is(option.name, "columns");
        l->options[l->n_options++] = option;
    }
    return STATUS_OK;
}

/* ---- the columns that take values ---- */

static enum status find_wanted(struct loader *l)
{
    struct binder *b = l->b;
    const struct ast_names *columns = &l->s->columns;
    uint32_t n = columns->count ? columns->count : l->table->schema.n_fields;
    l->wanted = ARENA_ARRAY(b->arena, uint32_t, (size_t)n + 1);
    TRY(arena_check(b->arena, b->error));
    l->n_wanted = n;
    l->is_listed = columns->count > 0;
    for (uint32_t i = 0; i < n; i++) {
        l->wanted[i] = i;
        if (!columns->count)
            continue;
        TRY(bind_column_of(b, &l->table->schema, &columns->items[i], &l->wanted[i]));
        for (uint32_t k = 0; k < i; k++)
            if (l->wanted[k] == l->wanted[i])
                return error_set_at(b->error, STATUS_NAME, columns->items[i].span,
                                    "a column is named twice: " STR_FMT,
                                    STR_ARG(columns->items[i].text));
    }
    return STATUS_OK;
}

/* ---- sources ---- */

/* The reader is told the types of these columns of the table. */
static enum status declare(struct loader *l, const uint32_t *columns, uint32_t n)
{
    struct arena *arena = l->b->arena;
    struct source_option *option = &l->options[l->n_options];
    *option = (struct source_option){.name = STR_LITERAL("columns"), .span = l->s->path_span};
    option->children = ARENA_ARRAY(arena, struct source_option, (size_t)n + 1);
    TRY(arena_check(arena, l->b->error));
    option->n_children = n;
    for (uint32_t i = 0; i < n; i++) {
        char name[TYPE_NAME_SIZE];
        const struct field *field = &l->table->schema.fields[columns[i]];
        struct source_option *child = &option->children[i];
        child->name = str_of(field->name);
        child->span = l->s->path_span;
        child->value.type = type_of(TYPE_VARCHAR);
        /* a BLOB's text is x'0AFF': blob_of_text */
        const char *type = field->type.id == TYPE_BLOB ? "VARCHAR" : type_name(field->type, name);
        child->value.text = str_of(arena_strdup(arena, type));
    }
    return arena_check(arena, l->b->error);
}

/* `n_options` with what was declared. */
static enum status open_text(struct loader *l, uint32_t n_options, struct source **out)
{
    struct binder *b = l->b;
    const char *on_error = b->env->on_error ? b->env->on_error : "fail";
    struct text_source_request request = {.n_paths = 1,
                                          .span = l->s->path_span,
                                          .format = l->format,
                                          .options = l->options,
                                          .n_options = n_options,
                                          .on_error_skip_default = strcmp(on_error, "skip") == 0,
                                          .on_error_null_default = strcmp(on_error, "null") == 0};
    request.paths = arena_memdup(b->arena, &l->s->path, sizeof l->s->path);
    TRY(arena_check(b->arena, b->error));
    enum status status = text_source_open(b->arena, &request, b->env->context, out, b->error);
    if (status != STATUS_OK)
        error_place(b->error, l->s->path_span);
    return status;
}

static enum status open_segments(struct loader *l, struct source **out)
{
    struct binder *b = l->b;
    struct segment_files_request request = {
        .n_paths = 1, .span = l->s->path_span, .options = l->options, .n_options = l->n_options};
    request.paths = arena_memdup(b->arena, &l->s->path, sizeof l->s->path);
    TRY(arena_check(b->arena, b->error));
    enum status status = segment_files_open(b->arena, &request, b->env->context, out, b->error);
    if (status != STATUS_OK)
        error_place(b->error, l->s->path_span);
    return status;
}

static bool is_wanted(const struct loader *l, struct str name)
{
    for (uint32_t i = 0; i < l->n_wanted; i++)
        if (str_is(name, l->table->schema.fields[l->wanted[i]].name))
            return true;
    return false;
}

/* Columns that the table has no place for are refused, unless the statement lists those it wants. */
static enum status check_extra(struct loader *l, const struct source *source)
{
    struct binder *b = l->b;
    const struct schema *table = &l->table->schema;
    bool any = false;
    for (uint32_t i = 0; i < source->n_visible; i++) {
        struct str name = str_of(source->schema.fields[i].name);
        any |= is_wanted(l, name);
        if (l->is_listed || schema_find(table, name) >= 0)
            continue;
        enum status status = error_set_at(b->error, STATUS_NAME, l->s->path_span,
                                          "a column of the file is not in %s: " STR_FMT,
                                          l->table->name, STR_ARG(name));
        const char **names = ARENA_ARRAY(b->arena, const char *, (size_t)table->n_fields + 1);
        for (uint32_t k = 0; names && k < table->n_fields; k++)
            names[k] = table->fields[k].name;
        const char *meant =
            names ? error_did_you_mean(name.data, name.length, names, table->n_fields) : NULL;
        if (meant)
            error_hint(b->error, "did you mean %s? COPY %s (columns) FROM takes only those named",
                       meant, l->table->name);
        else
            error_hint(b->error, "COPY %s (columns) FROM takes only those named", l->table->name);
        return status;
    }
    if (any)
        return STATUS_OK;
    return error_set_at(b->error, STATUS_NAME, l->s->path_span,
                        "no column of the file is in %s: " STR_FMT, l->table->name,
                        STR_ARG(l->s->path));
}

static bool is_stream(const struct loader *l)
{
    struct str path = l->s->path;
    struct io_stat st;
    if (str_equal(path, STR_LITERAL("-")) || str_is(path, "stdin"))
        return true;
    const char *name = str_dup(l->b->arena, path);
    return name && io_exists(l->b->env->context->io, name, &st) && !st.is_regular && !st.is_folder;
}

/* The header of CSV files: which columns of the table they have, and whether they have others. *n 0: no rows are there
 * to tell; a failure that is not of the options shows when the files are opened for good. */
static enum status learn_header(struct loader *l, uint32_t *columns, uint32_t *n)
{
    struct binder *b = l->b;
    struct source *source;
    enum status status = open_text(l, l->n_options, &source);
    *n = 0;
    if (status == STATUS_DATA) {
        error_clear(b->error);
        return STATUS_OK;
    }
    TRY(status);
    struct text_facts facts = text_source_facts(source);
    l->is_csv = strcmp(source->ops->name, "csv") == 0;
    l->by_name = !l->is_csv || facts.has_header;
    if (l->is_csv && facts.has_header) {
        status = check_extra(l, source);
        for (uint32_t i = 0; i < l->n_wanted; i++)
            if (schema_find(&source->schema, str_of(l->table->schema.fields[l->wanted[i]].name)) >=
                0)
                columns[(*n)++] = l->wanted[i];
    } else if (l->is_csv && facts.n_columns != l->n_wanted) {
        uint32_t hive = source->n_visible - facts.n_columns;
        if (facts.n_columns + hive != l->n_wanted) {
            status = error_set_at(b->error, STATUS_DATA, l->s->path_span,
                                  "%s takes %u values, a row of the file has %u", l->table->name,
                                  l->n_wanted, facts.n_columns);
            error_hint(b->error, "COPY %s (columns) FROM names those that are there",
                       l->table->name);
        }
    }
    source->ops->close(source);
    return status;
}

static enum status open_declared(struct loader *l, struct source **out)
{
    struct arena *arena = l->b->arena;
    uint32_t n = l->n_wanted, *columns = ARENA_ARRAY(arena, uint32_t, (size_t)n + 1);
    TRY(arena_check(arena, l->b->error));
    l->by_name = true;
    if (l->has_columns)
        return open_text(l, l->n_options, out);
    memcpy(columns, l->wanted, n * sizeof *columns);
    if (l->format != TEXT_FORMAT_JSONL && !is_stream(l)) {
        uint32_t found;
        TRY(learn_header(l, columns, &found));
        if (found)
            n = found;
    }
    TRY(declare(l, columns, n));
    TRY(open_text(l, l->n_options + 1, out));
    l->is_csv = strcmp((*out)->ops->name, "csv") == 0;
    return STATUS_OK;
}

static enum status find_format(struct loader *l)
{
    static const char *const NAMES[] = {"csv", "tsv", "jsonl", "ndjson", "json", "weir"};
    struct binder *b = l->b;
    const struct ast_name *format = &l->s->format;
    struct str word = format->text;
    l->format = TEXT_FORMAT_BY_EXTENSION;
    if (!word.data) {
        l->is_weir = segment_files_known_extension(l->s->path);
        if (l->is_weir || text_source_known_extension(l->s->path) || is_stream(l))
            return STATUS_OK;
        enum status status = error_set_at(
            b->error, STATUS_VALUE, l->s->path_span,
            "the format of the file is not known from its name: " STR_FMT, STR_ARG(l->s->path));
        error_hint(b->error, "say (FORMAT csv), (FORMAT jsonl) or (FORMAT weir)");
        return status;
    }
    l->is_weir = str_is(word, "weir");
    if (str_is(word, "csv") || str_is(word, "tsv"))
        l->format = TEXT_FORMAT_CSV;
    else if (str_is(word, "jsonl") || str_is(word, "ndjson") || str_is(word, "json"))
        l->format = TEXT_FORMAT_JSONL;
    else if (!l->is_weir)
        return bind_unknown_format(b, format, NAMES, ARRAY_LENGTH(NAMES));
    return STATUS_OK;
}

static enum status open_source(struct loader *l, struct source **out)
{
    struct binder *b = l->b;
    if (b->env->safe && !str_equal(l->s->path, STR_LITERAL("-")) && !str_is(l->s->path, "stdin"))
        return error_set_at(b->error, STATUS_USAGE, l->s->path_span,
                            "safe mode reads no files: " STR_FMT, STR_ARG(l->s->path));
    TRY(find_format(l));
    if (!l->is_weir)
        return open_declared(l, out);
    l->by_name = true;
    TRY(open_segments(l, out));
    return STATUS_OK;
}

/* ---- rows in the table's columns ---- */

/* JSON tells a key that is not there from a null no more once it is read: both take the default. */
static enum status or_default(struct loader *l, uint32_t column, struct expr **e)
{
    struct bind at = {.binder = l->b, .clause = "DEFAULT"};
    struct expr **args = ARENA_ARRAY(l->b->arena, struct expr *, 2);
    TRY(arena_check(l->b->arena, l->b->error));
    args[0] = *e;
    TRY(bind_default_of(l->b, l->table, column, &args[1]));
    return bind_resolve(&at, STR_LITERAL("coalesce"), false, args, 2, (*e)->span, e);
}

/* x'0AFF', as COPY TO writes it; other texts are their bytes. */
static enum status blob_of_text(struct loader *l, struct logical *node, const char *name,
                                struct expr **out)
{
    struct binder *b = l->b;
    struct scope scope = {.binder = b, .node = node, .span = l->s->path_span};
    struct bind at = {.binder = b, .scope = &scope, .clause = "COPY"};
    struct ast_expr *ast;
    struct strbuf column;
    strbuf_init(&column, b->arena);
    ast_print_name(&column, str_of(name));
    const char *c = column.data ? column.data : "";
    const char *sql = arena_printf(
        b->arena,
        "coalesce(CASE WHEN %s GLOB 'x''*''' THEN unhex(substr(%s, 3, length(%s) - 3)) "
        "END, CAST(%s AS BLOB))",
        c, c, c, c);
    TRY(arena_check(b->arena, b->error));
    struct str outer = b->sql;
    b->sql = str_of(sql);
    TRY(parse_expression(b->arena, b->sql, &ast, b->error));
    TRY(bind_expr(&at, ast, out));
    b->sql = outer;
    return STATUS_OK;
}

static enum status output(struct loader *l, struct logical *node, uint32_t column, int from,
                          struct expr **out)
{
    struct binder *b = l->b;
    const struct field *field = &l->table->schema.fields[column];
    if (from < 0)
        return bind_default_of(b, l->table, column, out);
    struct expr *e =
        expr_column(b->arena, (uint32_t)from, node->schema.fields[from].type, l->s->path_span);
    TRY(arena_check(b->arena, b->error));
    bool has_default = l->table->columns && l->table->columns[column].default_sql;
    bool is_json = !l->is_weir && !l->is_csv;
    if (field->type.id == TYPE_BLOB && e->type.id == TYPE_VARCHAR)
        TRY(blob_of_text(l, node, field->name, &e));
    TRY(bind_assign(b, e, field, &e));
    if (has_default && is_json)
        TRY(or_default(l, column, &e));
    *out = e;
    return STATUS_OK;
}

static enum status project(struct loader *l, struct logical *node, const struct source *source,
                           struct logical_root *root)
{
    struct binder *b = l->b;
    const struct schema *table = &l->table->schema;
    struct expr_list outputs = {0};
    const char **names = ARENA_ARRAY(b->arena, const char *, (size_t)table->n_fields + 1);
    TRY(arena_check(b->arena, b->error));
    for (uint32_t i = 0; i < table->n_fields; i++) {
        struct expr *e;
        struct str name = str_of(table->fields[i].name);
        int from = is_wanted(l, name) ? schema_find(&source->schema, name) : -1;
        if (from >= (int)source->n_visible)
            from = -1;
        TRY(output(l, node, i, from, &e));
        expr_list_push(b->arena, &outputs, e);
        names[i] = table->fields[i].name;
    }
    node = logical_project(b->arena, node, outputs, names);
    TRY(arena_check(b->arena, b->error));
    *root = (struct logical_root){.node = node, .n_visible = table->n_fields};
    return STATUS_OK;
}

enum status bind_load(struct binder *b, const struct ast_statement *s, struct logical_root *root)
{
    struct plan *plan = &b->plan->plan;
    struct loader l = {.b = b, .s = s, .load = ARENA_NEW(b->arena, struct plan_load)};
    struct source *source;
    struct logical *node;
    TRY(arena_check(b->arena, b->error));
    plan->kind = PLAN_INSERT;
    plan->load = l.load;
    l.load->span = s->path_span;
    TRY(bind_target(b, &s->names, &l.table));
    plan->target = l.table;
    TRY(read_options(&l));
    TRY(find_wanted(&l));
    TRY(open_source(&l, &source));
    l.load->source = source;
    TRY(bind_scan(b, source, s->path_span, &node));
    if (l.is_weir || l.has_columns)
        TRY(check_extra(&l, source));
    TRY(project(&l, node, source, root));
    return bind_add_checks(b, l.table);
}
