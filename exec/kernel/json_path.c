/* json_path.c - parts of JSON values by path: ->, ->>, json_extract, json_type, json_array_length, json_keys. */
#include "exec/kernel/json_int.h"
#include "exec/kernel/loop.h"

enum { PATH_STEPS_MAX = 64 };

struct step {
    bool is_index, from_end;
    struct str key; /* as written; escapes of JSON are not looked into */
    uint64_t index;
};

struct path {
    struct step steps[PATH_STEPS_MAX];
    unsigned n_steps;
};

/* ---- paths ---- */

static enum status path_error(struct str text, struct error *error)
{
    error_set(error, STATUS_VALUE, "bad JSON path: " STR_FMT, STR_ARG(text));
    error_hint(error, "a path is a key, or looks like '$.a.b[0]', '$.\"a b\"' or '$[#-1]'");
    return STATUS_VALUE;
}

/* After a dot: a name up to the next . or [, or anything in quotes. */
static bool parse_key(struct str text, size_t *at, struct step *step)
{
    size_t start = *at;
    if (*at < text.length && text.data[*at] == '"') {
        const char *close = memchr(text.data + start + 1, '"', text.length - start - 1);
        if (!close)
            return false;
        step->key = (struct str){text.data + start + 1, (size_t)(close - text.data) - start - 1};
        *at = (size_t)(close - text.data) + 1;
        return true;
    }
    while (*at < text.length && text.data[*at] != '.' && text.data[*at] != '[')
        ++*at;
    step->key = (struct str){text.data + start, *at - start};
    return *at > start && !(step->key.length == 1 && *step->key.data == '*');
}

/* After a [: digits, -digits or #-digits, and the ]. */
static bool parse_index(struct str text, size_t *at, struct step *step)
{
    step->is_index = true;
    if (*at < text.length && text.data[*at] == '#')
        ++*at;
    if (*at < text.length && text.data[*at] == '-') {
        step->from_end = true;
        ++*at;
    } else if (*at > 0 && text.data[*at - 1] == '#') {
        return false;
    }
    size_t start = *at;
    for (; *at < text.length && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at)
        if (step->index < UINT32_MAX)
            step->index = step->index * 10 + (uint64_t)(text.data[*at] - '0');
    if (*at == start || *at >= text.length || text.data[*at] != ']')
        return false;
    ++*at;
    return true;
}

static enum status path_parse(struct str text, struct path *path, struct error *error)
{
    path->n_steps = 0;
    if (text.length == 0 || *text.data != '$') {
        path->steps[path->n_steps++] = (struct step){.key = text};
        return STATUS_OK;
    }
    for (size_t at = 1; at < text.length;) {
        if (path->n_steps == PATH_STEPS_MAX)
            return error_set(error, STATUS_LIMIT, "JSON path of more than %d steps",
                             PATH_STEPS_MAX);
        struct step *step = &path->steps[path->n_steps++];
        *step = (struct step){.index = 0};
        char c = text.data[at++];
        if (!(c == '.' && parse_key(text, &at, step)) &&
            !(c == '[' && parse_index(text, &at, step)))
            return path_error(text, error);
    }
    return STATUS_OK;
}

/* ---- finding ---- */

/* Keys with escapes are compared by what they stand for; such keys are rare and short. */
static bool key_equal(struct str written, struct str key)
{
    if (written.length == key.length && memcmp(written.data, key.data, key.length) == 0)
        return true;
    if (written.length <= key.length || !memchr(written.data, '\\', written.length))
        return false;
    struct bytes plain;
    bytes_init(&plain, NULL, "JSON");
    struct error ignored = {.status = STATUS_OK};
    bool same = json_append_unescaped(written, &plain, &ignored) == STATUS_OK &&
                plain.length == key.length && memcmp(plain.data, key.data, key.length) == 0;
    bytes_fini(&plain);
    return same;
}

static bool find_key(struct str object, struct str wanted, struct str *out)
{
    struct json_scan s = json_scan_of(object);
    bool done;
    struct str key;
    if (!json_enter(&s, '{', '}', &done))
        return false;
    while (!done) {
        if (!json_next_key(&s, &key) || !json_take_value(&s, out))
            return false;
        if (key_equal(key, wanted))
            return true;
        if (!json_next(&s, '}', &done))
            return false;
    }
    return false;
}

static uint64_t array_length(struct str array)
{
    struct json_scan s = json_scan_of(array);
    uint64_t n = 0;
    bool done;
    if (!json_enter(&s, '[', ']', &done))
        return 0;
    while (!done) {
        if (!json_skip_value(&s) || !json_next(&s, ']', &done))
            return 0;
        n++;
    }
    return n;
}

static bool find_index(struct str array, struct step step, struct str *out)
{
    struct json_scan s = json_scan_of(array);
    bool done;
    uint64_t index = step.index;
    if (step.from_end) {
        uint64_t n = array_length(array);
        if (index > n || index == 0)
            return false;
        index = n - index;
    }
    if (!json_enter(&s, '[', ']', &done))
        return false;
    for (; !done; index--) {
        if (!json_take_value(&s, out))
            return false;
        if (index == 0)
            return true;
        if (!json_next(&s, ']', &done))
            return false;
    }
    return false;
}

static bool path_find(const struct path *path, struct str json, struct str *out)
{
    struct json_scan s = json_scan_of(json);
    *out = json;
    if (path->n_steps == 0)
        return json_take_value(&s, out);
    for (unsigned i = 0; i < path->n_steps; i++) {
        struct str inner = *out;
        if (path->steps[i].is_index ? !find_index(inner, path->steps[i], out)
                                    : !find_key(inner, path->steps[i].key, out))
            return false;
    }
    return true;
}

/* ---- rows ---- */

/* The path of a call: parsed once if it is constant. */
struct lookup {
    struct path path;
    bool ready;
};

static enum status lookup_path(struct kernel_call *call, struct lookup *l, size_t row,
                               struct error *error)
{
    if (l->ready)
        return STATUS_OK;
    if (call->n_args < 2) {
        l->path.n_steps = 0;
    } else if (call->args[1]->type.id == TYPE_BIGINT) {
        int64_t index = kernel_i64(call, 1, row);
        l->path.n_steps = 1;
        l->path.steps[0] = (struct step){
            .is_index = true,
            .from_end = index < 0,
            .index = index < 0 ? -(uint64_t)index : (uint64_t)index,
        };
    } else {
        TRY(path_parse(kernel_str(call, 1, row), &l->path, error));
    }
    l->ready = call->n_args < 2 || column_is_constant(call->args[1]);
    return STATUS_OK;
}

/* The part of a valid row; *found false: the row is NULL now. */
static enum status lookup_at(struct kernel_call *call, struct lookup *l, size_t row,
                             struct str *out, bool *found, struct error *error)
{
    TRY(lookup_path(call, l, row, error));
    *found = path_find(&l->path, kernel_str(call, 0, row), out);
    return *found ? STATUS_OK : kernel_set_null(call, row, error);
}

enum status json_extract(struct kernel_call *call, struct error *error)
{
    struct lookup l = {.ready = false};
    for (size_t i = 0; i < call->rows; i++) {
        struct str part;
        bool found = false;
        column_put_empty(call->out, i);
        if (kernel_row_valid(call, i))
            TRY(lookup_at(call, &l, i, &part, &found, error));
        if (found)
            column_put_view(call->out, i, part.data, part.length);
    }
    return column_share_heaps(call->out, call->args[0], error);
}

static enum status text_at(struct kernel_call *call, struct lookup *l, struct text_out *out,
                           size_t row, struct error *error)
{
    struct str part;
    bool found;
    TRY(lookup_at(call, l, row, &part, &found, error));
    if (!found)
        return STATUS_OK;
    if (str_equal(part, STR_LITERAL("null")))
        return kernel_set_null(call, row, error);
    if (*part.data != '"') {
        column_put_view(call->out, row, part.data, part.length);
        return STATUS_OK;
    }
    struct str inside = {part.data + 1, part.length - 2};
    if (!inside.length || !memchr(inside.data, '\\', inside.length)) {
        column_put_view(call->out, row, inside.data, inside.length);
        return STATUS_OK;
    }
    text_out_begin(out);
    TRY(json_append_unescaped(inside, &out->bytes, error));
    return text_out_end(out, row, error);
}

/* Strings without escapes and other values point into the argument. */
enum status json_extract_text(struct kernel_call *call, struct error *error)
{
    struct lookup l = {.ready = false};
    struct text_out out;
    text_out_init(&out, call);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < call->rows && status == STATUS_OK; i++) {
        column_put_empty(call->out, i);
        if (kernel_row_valid(call, i))
            status = text_at(call, &l, &out, i, error);
    }
    text_out_fini(&out);
    return status == STATUS_OK ? column_share_heaps(call->out, call->args[0], error) : status;
}

static const char *type_word(struct str value)
{
    switch (*value.data) {
    case '{':
        return "object";
    case '[':
        return "array";
    case '"':
        return "text";
    case 't':
        return "true";
    case 'f':
        return "false";
    case 'n':
        return "null";
    default:
        for (size_t i = 0; i < value.length; i++)
            if (memchr(".eE", value.data[i], 3))
                return "real";
        return "integer";
    }
}

enum status json_type(struct kernel_call *call, struct error *error)
{
    struct lookup l = {.ready = false};
    for (size_t i = 0; i < call->rows; i++) {
        struct str part;
        bool found = false;
        column_put_empty(call->out, i);
        if (kernel_row_valid(call, i))
            TRY(lookup_at(call, &l, i, &part, &found, error));
        if (found) {
            const char *word = type_word(part);
            column_put_view(call->out, i, word, strlen(word));
        }
    }
    return STATUS_OK;
}

enum status json_array_length(struct kernel_call *call, struct error *error)
{
    struct lookup l = {.ready = false};
    int64_t *out = call->out->data;
    for (size_t i = 0; i < call->rows; i++) {
        struct str part;
        bool found = false;
        out[i] = 0;
        if (kernel_row_valid(call, i))
            TRY(lookup_at(call, &l, i, &part, &found, error));
        if (found)
            out[i] = (int64_t)array_length(part);
    }
    return STATUS_OK;
}

static enum status append_keys(struct str object, struct text_out *out, bool *is_object,
                               struct error *error)
{
    struct json_scan s = json_scan_of(object);
    struct str key;
    bool done, first = true;
    *is_object = json_enter(&s, '{', '}', &done);
    if (!*is_object)
        return STATUS_OK;
    TRY(text_out_add(out, "[", 1, error));
    for (; !done; first = false) {
        if (!json_next_key(&s, &key) || !json_skip_value(&s) || !json_next(&s, '}', &done))
            break;
        TRY(text_out_add(out, first ? "\"" : ",\"", first ? 1 : 2, error));
        TRY(text_out_add(out, key.data, key.length, error));
        TRY(text_out_add(out, "\"", 1, error));
    }
    return text_out_add(out, "]", 1, error);
}

static enum status row_keys(struct kernel_call *call, struct text_out *out, size_t row,
                            struct error *error)
{
    struct lookup l = {.ready = false};
    struct str part;
    bool found, is_object;
    TRY(lookup_at(call, &l, row, &part, &found, error));
    if (!found)
        return STATUS_OK;
    TRY(append_keys(part, out, &is_object, error));
    return is_object ? STATUS_OK : kernel_set_null(call, row, error);
}

enum status json_keys(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_keys, error);
}
