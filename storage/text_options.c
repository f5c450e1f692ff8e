/* text_options.c - the named arguments of read_jsonl and read_csv, checked. */
#include "storage/text_int.h"

struct option_reader {
    struct arena *arena;
    struct text_options *out;
    const struct source_option *option;
    struct error *error;
};

typedef enum status option_fn(struct option_reader *r);

static enum status refuse(struct option_reader *r, const char *wanted)
{
    enum status status =
        error_set_at(r->error, STATUS_VALUE, r->option->span, "the option " STR_FMT " takes %s",
                     STR_ARG(r->option->name), wanted);
    return status;
}

static bool is_text(const struct source_option *option)
{
    return option->n_children == 0 && !option->is_list && !option->value.is_null &&
           option->value.type.id == TYPE_VARCHAR;
}

static enum status read_bool(struct option_reader *r, bool *out)
{
    const struct value *v = &r->option->value;
    if (r->option->n_children == 0 && !v->is_null && v->type.id == TYPE_BOOLEAN) {
        *out = v->boolean;
        return STATUS_OK;
    }
    if (is_text(r->option) && (str_is(v->text, "true") || str_is(v->text, "false"))) {
        *out = str_is(v->text, "true");
        return STATUS_OK;
    }
    return refuse(r, "true or false");
}

static enum status read_count(struct option_reader *r, uint64_t max, uint64_t *out)
{
    const struct value *v = &r->option->value;
    if (r->option->n_children > 0 || v->is_null || !type_is_integer(v->type) || v->i64 < 0)
        return refuse(r, "a whole number");
    if ((uint64_t)v->i64 > max)
        return error_set_at(r->error, STATUS_LIMIT, r->option->span,
                            "the option " STR_FMT " is too large: %lld", STR_ARG(r->option->name),
                            (long long)v->i64);
    *out = (uint64_t)v->i64;
    return STATUS_OK;
}

/* One byte, or none where that means something; '\t' may be spelt with its backslash. */
static enum status read_byte(struct option_reader *r, bool may_be_empty, char *out)
{
    if (!is_text(r->option))
        return refuse(r, "a text of one character");
    struct str text = r->option->value.text;
    if (str_equal(text, STR_LITERAL("\\t")))
        text = STR_LITERAL("\t");
    if (text.length == 0 && may_be_empty) {
        *out = '\0';
        return STATUS_OK;
    }
    if (text.length != 1 || (unsigned char)text.data[0] > 127 || text.data[0] == '\n' ||
        text.data[0] == '\r' || text.data[0] == '\0')
        return refuse(r, "one ASCII character");
    *out = text.data[0];
    return STATUS_OK;
}

static enum status set_on_error(struct option_reader *r)
{
    static const char *const WORDS[] = {"fail", "skip", "null"};
    for (unsigned i = 0; is_text(r->option) && i < ARRAY_LENGTH(WORDS); i++)
        if (str_is(r->option->value.text, WORDS[i])) {
            r->out->on_error = (enum text_on_error)i;
            r->out->has_on_error = true;
            return STATUS_OK;
        }
    return refuse(r, "'fail', 'skip' or 'null'");
}

static enum status set_rejects(struct option_reader *r)
{
    if (!is_text(r->option) || r->option->value.text.length == 0)
        return refuse(r, "the name of a table");
    r->out->rejects = r->option->value.text;
    return STATUS_OK;
}

/* Rejects are wanted: bad rows are passed over. */
static enum status settle_rejects(struct text_options *out, struct span span, struct error *error)
{
    if (out->rejects.length == 0 || out->on_error != TEXT_FAIL)
        return STATUS_OK;
    out->on_error = TEXT_SKIP;
    if (!out->has_on_error)
        return STATUS_OK;
    enum status status =
        error_set_at(error, STATUS_USAGE, span, "on_error => 'fail' leaves nothing for rejects");
    error_hint(error, "on_error => 'skip' or 'null' goes on behind a bad row");
    return status;
}

/* "DECIMAL(10, 2)", "TIMESTAMP(3) WITH TIME ZONE": the words around the parentheses are the name. */
static bool parse_type(struct arena *arena, struct str text, struct type *out)
{
    const char *open = text.length ? memchr(text.data, '(', text.length) : NULL;
    const char *end = text.data + text.length;
    if (!open)
        return type_parse(text, NULL, 0, out, &(bool){false});
    int64_t arguments[2];
    unsigned n = 0;
    const char *p = open + 1;
    for (;;) {
        while (p < end && *p == ' ')
            p++;
        int64_t number = 0;
        const char *first = p;
        for (; p < end && *p >= '0' && *p <= '9' && number < INT32_MAX; p++)
            number = number * 10 + (*p - '0');
        if (p == first || n == 2)
            return false;
        arguments[n++] = number;
        while (p < end && *p == ' ')
            p++;
        if (p == end || (*p != ',' && *p != ')'))
            return false;
        if (*p++ == ')')
            break;
    }
    const char *before = open;
    while (before > text.data && before[-1] == ' ')
        before--;
    const char *name =
        arena_printf(arena, "%.*s%.*s", (int)(before - text.data), text.data, (int)(end - p), p);
    return type_parse(str_of(name), arguments, n, out, &(bool){false});
}

static enum status set_columns(struct option_reader *r)
{
    const struct source_option *option = r->option;
    if (option->n_children == 0 || option->is_list)
        return refuse(r, "{name: 'TYPE', ...}");
    r->out->columns = ARENA_ARRAY(r->arena, struct text_declared, option->n_children);
    TRY(arena_check(r->arena, r->error));
    for (uint32_t i = 0; i < option->n_children; i++) {
        const struct source_option *child = &option->children[i];
        if (!is_text(child))
            return error_set_at(r->error, STATUS_VALUE, child->span,
                                "the type of " STR_FMT " is not a text", STR_ARG(child->name));
        struct text_declared *declared = &r->out->columns[i];
        declared->name = child->name;
        if (!parse_type(r->arena, child->value.text, &declared->type)) {
            enum status status = error_set_at(r->error, STATUS_TYPE, child->span,
                                              "unknown type: " STR_FMT, STR_ARG(child->value.text));
            error_hint(r->error, "types are BOOLEAN, BIGINT, DOUBLE, DECIMAL(10,2), VARCHAR, DATE, "
                                 "TIMESTAMP, TIMESTAMPTZ, JSON and others");
            return status;
        }
        for (uint32_t k = 0; k < i; k++)
            if (str_equal_nocase(r->out->columns[k].name, child->name))
                return error_set_at(r->error, STATUS_NAME, child->span,
                                    "a column is declared twice: " STR_FMT, STR_ARG(child->name));
    }
    r->out->n_columns = option->n_children;
    return STATUS_OK;
}

static bool parse_unit(struct str text, int64_t *per_second)
{
    static const struct {
        const char *word;
        int64_t per_second;
    } UNITS[] = {{"s", 1},           {"second", 1},
                 {"ms", 1000},       {"millisecond", 1000},
                 {"us", 1000000},    {"microsecond", 1000000},
                 {"ns", 1000000000}, {"nanosecond", 1000000000}};
    for (size_t i = 0; i < ARRAY_LENGTH(UNITS); i++)
        if (str_is(text, UNITS[i].word)) {
            *per_second = UNITS[i].per_second;
            return true;
        }
    return false;
}

static enum status set_epoch(struct option_reader *r)
{
    static const char *const WANTED = "'s', 'ms', 'us' or 'ns', or {column: 'ms', ...}";
    const struct source_option *option = r->option;
    uint32_t n = option->n_children > 0 ? option->n_children : 1;
    if (option->is_list)
        return refuse(r, WANTED);
    r->out->epochs = ARENA_ARRAY(r->arena, struct text_epoch, n);
    TRY(arena_check(r->arena, r->error));
    for (uint32_t i = 0; i < n; i++) {
        const struct source_option *unit = option->n_children > 0 ? &option->children[i] : option;
        struct text_epoch *epoch = &r->out->epochs[i];
        if (option->n_children > 0)
            epoch->name = unit->name;
        if (!is_text(unit) || !parse_unit(unit->value.text, &epoch->units_per_second))
            return refuse(r, WANTED);
    }
    r->out->n_epochs = n;
    return STATUS_OK;
}

static enum status set_delimiter(struct option_reader *r)
{
    r->out->has_delimiter = true;
    return read_byte(r, false, &r->out->delimiter);
}

static enum status set_quote(struct option_reader *r)
{
    r->out->has_quote = true;
    return read_byte(r, true, &r->out->quote);
}

static enum status set_escape(struct option_reader *r)
{
    return read_byte(r, true, &r->out->escape);
}

static enum status set_header(struct option_reader *r)
{
    r->out->has_header = true;
    return read_bool(r, &r->out->header);
}

static enum status set_null(struct option_reader *r)
{
    if (!is_text(r->option))
        return refuse(r, "a text");
    r->out->has_null_text = true;
    r->out->null_text = r->option->value.text;
    return STATUS_OK;
}

static enum status set_skip(struct option_reader *r)
{
    return read_count(r, 1000000, &r->out->skip);
}

static enum status set_sample(struct option_reader *r)
{
    TRY(read_count(r, 10000000, &r->out->sample_lines));
    return r->out->sample_lines > 0 ? STATUS_OK : refuse(r, "at least 1");
}

static enum status set_hive(struct option_reader *r)
{
    return read_bool(r, &r->out->hive);
}

static enum status set_union(struct option_reader *r)
{
    return read_bool(r, &r->out->union_by_name);
}

/* Keys are names: there is no other way. */
static enum status set_union_of_keys(struct option_reader *r)
{
    TRY(read_bool(r, &r->out->union_by_name));
    if (r->out->union_by_name)
        return STATUS_OK;
    return error_set_at(r->error, STATUS_VALUE, r->option->span,
                        "union_by_name => false is for CSV: JSON has no columns by place");
}

static enum status set_filename(struct option_reader *r)
{
    return read_bool(r, &r->out->filename);
}

static enum status set_line_max(struct option_reader *r)
{
    uint64_t n;
    TRY(read_count(r, TEXT_LINE_LARGEST, &n));
    if (n < 16)
        return refuse(r, "at least 16");
    r->out->line_max = (uint32_t)n;
    return STATUS_OK;
}

static enum status set_false_only(struct option_reader *r)
{
    bool wanted = true;
    TRY(read_bool(r, &wanted));
    if (!wanted)
        return STATUS_OK;
    return error_set_at(r->error, STATUS_UNSUPPORTED, r->option->span,
                        "not supported yet: " STR_FMT " => true", STR_ARG(r->option->name));
}

static enum status set_unsupported(struct option_reader *r)
{
    return error_set_at(r->error, STATUS_UNSUPPORTED, r->option->span,
                        "not supported yet: the option " STR_FMT, STR_ARG(r->option->name));
}

static enum status set_format(struct option_reader *r)
{
    if (is_text(r->option) && (str_is(r->option->value.text, "auto") ||
                               str_is(r->option->value.text, "newline_delimited")))
        return STATUS_OK;
    return set_unsupported(r);
}

enum { FOR_JSONL = 1, FOR_CSV = 2, FOR_BOTH = 3 };

static const struct option_row {
    const char *name;
    int formats;
    option_fn *set;
} OPTIONS[] = {
    {"columns", FOR_BOTH, set_columns},
    {"delim", FOR_CSV, set_delimiter},
    {"sep", FOR_CSV, set_delimiter},
    {"quote", FOR_CSV, set_quote},
    {"escape", FOR_CSV, set_escape},
    {"header", FOR_CSV, set_header},
    {"nullstr", FOR_CSV, set_null},
    {"nullvalue", FOR_CSV, set_null},
    {"skip", FOR_CSV, set_skip},
    {"on_error", FOR_BOTH, set_on_error},
    {"rejects", FOR_BOTH, set_rejects},
    {"sample_size", FOR_BOTH, set_sample},
    {"sample_lines", FOR_BOTH, set_sample},
    {"timestamp_unit", FOR_BOTH, set_epoch},
    {"epoch", FOR_BOTH, set_epoch},
    {"hive_partitioning", FOR_BOTH, set_hive},
    {"union_by_name", FOR_CSV, set_union},
    {"union_by_name", FOR_JSONL, set_union_of_keys},
    {"filename", FOR_BOTH, set_filename},
    {"max_line_size", FOR_BOTH, set_line_max},
    {"follow", FOR_BOTH, set_false_only},
    {"format", FOR_JSONL, set_format},
    {"compression", FOR_BOTH, set_unsupported},
};

static enum status unknown_option(const struct source_option *option, int format,
                                  struct error *error)
{
    const char *names[ARRAY_LENGTH(OPTIONS)];
    size_t n = 0;
    bool elsewhere = false;
    for (size_t i = 0; i < ARRAY_LENGTH(OPTIONS); i++) {
        if (OPTIONS[i].formats & format)
            names[n++] = OPTIONS[i].name;
        else
            elsewhere |= str_is(option->name, OPTIONS[i].name);
    }
    if (elsewhere)
        return error_set_at(error, STATUS_USAGE, option->span, "not an option of %s: " STR_FMT,
                            format == FOR_CSV ? "read_csv" : "read_jsonl", STR_ARG(option->name));
    enum status status = error_set_at(error, STATUS_USAGE, option->span, "unknown option: " STR_FMT,
                                      STR_ARG(option->name));
    const char *near = error_did_you_mean(option->name.data, option->name.length, names, n);
    if (near)
        error_hint(error, "did you mean %s?", near);
    else
        error_hint(error, "options are columns, on_error, filename, hive_partitioning%s",
                   format == FOR_CSV ? ", delim, header, quote, nullstr, skip" : ", epoch");
    return status;
}

enum status text_options_read(struct arena *arena, const struct text_source_request *request,
                              enum text_format format, struct text_options *out,
                              struct error *error)
{
    int wanted = format == TEXT_FORMAT_CSV ? FOR_CSV : FOR_JSONL;
    *out = (struct text_options){
        .on_error = request->on_error_skip_default   ? TEXT_SKIP
                    : request->on_error_null_default ? TEXT_NULL
                                                     : TEXT_FAIL,
        .quote = '"',
        .escape = '"',
        .sample_lines = TEXT_SAMPLE_LINES,
        .hive = true,
        .union_by_name = true,
        .line_max = TEXT_LINE_MAX,
    };
    for (uint32_t i = 0; i < request->n_options; i++) {
        struct option_reader r = {arena, out, &request->options[i], error};
        const struct option_row *row = NULL;
        for (size_t k = 0; k < ARRAY_LENGTH(OPTIONS) && !row; k++)
            if ((OPTIONS[k].formats & wanted) && str_is(r.option->name, OPTIONS[k].name))
                row = &OPTIONS[k];
        if (!row)
            return unknown_option(r.option, wanted, error);
        TRY(row->set(&r));
    }
    return settle_rejects(out, request->span, error);
}
