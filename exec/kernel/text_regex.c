/* text_regex.c - regular expressions by PCRE2, compiled once for a constant pattern and run by its JIT.
 *
 * Texts that are no UTF-8 do not fail: they match up to where they are. Patterns that would run for ever are
 * stopped by a limit, which is an error that names the pattern. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "exec/kernel/loop.h"

enum {
    REGEX_MATCH_LIMIT = 10 * 1000 * 1000,
    REGEX_HEAP_KIB = 64 * 1024,
    REGEX_JIT_STACK = 1 << 20
};

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    struct bytes source; /* pattern, zero byte, options */
    bool global;
};

static void regex_forget(struct regex *r)
{
    pcre2_match_data_free(r->data);
    pcre2_code_free(r->code);
    r->data = NULL;
    r->code = NULL;
}

static void regex_fini(void *data)
{
    struct regex *r = data;
    regex_forget(r);
    pcre2_match_context_free(r->context);
    pcre2_jit_stack_free(r->stack);
    bytes_fini(&r->source);
}

static enum status regex_state(struct kernel_call *call, struct regex **out, struct error *error)
{
    if (!call->state->data) {
        struct regex *r = ARENA_NEW(call->arena, struct regex);
        TRY(arena_check(call->arena, error));
        bytes_init(&r->source, call->context->budget, "REGEXP");
        call->state->data = r;
        call->state->fini = regex_fini;
        r->context = pcre2_match_context_create(NULL);
        r->stack = pcre2_jit_stack_create(32 * 1024, REGEX_JIT_STACK, NULL);
        if (!r->context || !r->stack)
            return error_no_memory(error, REGEX_JIT_STACK, "REGEXP");
        pcre2_set_match_limit(r->context, REGEX_MATCH_LIMIT);
        pcre2_set_heap_limit(r->context, REGEX_HEAP_KIB);
        pcre2_jit_stack_assign(r->context, NULL, r->stack);
    }
    *out = call->state->data;
    if (!(*out)->context || !(*out)->stack)
        return error_no_memory(error, REGEX_JIT_STACK, "REGEXP");
    return STATUS_OK;
}

static enum status options_parse(struct str options, uint32_t *flags, bool *global,
                                 struct error *error)
{
    uint32_t code;
    for (size_t i = 0; i < options.length; i++)
        switch (options.data[i]) {
        case 'i':
            *flags |= PCRE2_CASELESS;
            break;
        case 'c':
            *flags &= ~(uint32_t)PCRE2_CASELESS;
            break;
        case 's':
            *flags |= PCRE2_DOTALL;
            break;
        case 'm':
        case 'n':
            *flags |= PCRE2_MULTILINE;
            break;
        case 'x':
            *flags |= PCRE2_EXTENDED;
            break;
        case 'g':
            *global = true;
            break;
        default:
            error_set(error, STATUS_VALUE, "unknown option of a regular expression: %.*s",
                      (int)utf8_decode(options.data + i, options.length - i, &code),
                      options.data + i);
            error_hint(error, "there are i (any case), s (. takes line ends), m (lines), x "
                              "(blanks do not count), g (all)");
            return STATUS_VALUE;
        }
    return STATUS_OK;
}

static enum status regex_compile(struct regex *r, struct str pattern, struct str options,
                                 struct error *error)
{
    uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
    int code;
    PCRE2_SIZE place;
    regex_forget(r);
    r->global = false;
    r->source.length = 0;
    TRY(options_parse(options, &flags, &r->global, error));
    r->code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.length, flags, &code, &place, NULL);
    if (!r->code) {
        char text[160] = "";
        pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof text);
        return error_set(error, STATUS_VALUE,
                         "bad regular expression, %s at character %zu: " STR_FMT, text,
                         (size_t)place + 1, STR_ARG(pattern));
    }
    pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE); /* without it matching is slower, no more */
    r->data = pcre2_match_data_create_from_pattern(r->code, NULL);
    if (!r->data)
        return error_no_memory(error, 0, "REGEXP");
    TRY(bytes_append(&r->source, pattern.data, pattern.length, error));
    TRY(bytes_append(&r->source, "", 1, error));
    return bytes_append(&r->source, options.data, options.length, error);
}

static bool regex_is(const struct regex *r, struct str pattern, struct str options)
{
    return r->code && r->source.length == pattern.length + 1 + options.length &&
           memcmp(r->source.data, pattern.data, pattern.length) == 0 &&
           memcmp(r->source.data + pattern.length + 1, options.data, options.length) == 0;
}

/* The regex of a row; `options` is the argument that holds them, if there are so many. */
static enum status regex_ready(struct kernel_call *call, struct regex *r, size_t row,
                               uint32_t options_arg, struct error *error)
{
    struct str pattern = kernel_str(call, 1, row), options = {"", 0};
    TRY(context_check(call->context, error)); /* a match can take long */
    if (options_arg < call->n_args)
        options = kernel_str(call, options_arg, row);
    return regex_is(r, pattern, options) ? STATUS_OK : regex_compile(r, pattern, options, error);
}

/* `*found` and the offsets of the groups in the match data. */
static enum status regex_match(struct regex *r, struct str text, size_t from, uint32_t flags,
                               bool *found, struct error *error)
{
    int n =
        pcre2_match(r->code, (PCRE2_SPTR)text.data, text.length, from, flags, r->data, r->context);
    *found = n > 0;
    if (n >= 0 || n == PCRE2_ERROR_NOMATCH)
        return STATUS_OK;
    if (n == PCRE2_ERROR_NOMEMORY)
        return error_no_memory(error, 0, "REGEXP");
    return error_set(error, STATUS_LIMIT, "regular expression takes too long: %s", r->source.data);
}

/* ---- regexp, regexp_matches ---- */

enum status text_regexp_matches(struct kernel_call *call, struct error *error)
{
    struct regex *r;
    uint8_t *out = call->out->data;
    TRY(regex_state(call, &r, error));
    for (size_t i = 0; i < call->rows; i++) {
        bool found = false;
        if (kernel_row_valid(call, i)) {
            TRY(regex_ready(call, r, i, 2, error));
            TRY(regex_match(r, kernel_str(call, 0, i), 0, 0, &found, error));
        }
        out[i] = found;
    }
    return STATUS_OK;
}

/* ---- all matches in turn ---- */

struct match {
    size_t start, end;
};

/* The next match from *at; after an empty one the search goes on a character later. */
static enum status match_next(struct regex *r, struct str text, size_t *at, struct match *out,
                              bool *found, struct error *error)
{
    *found = false;
    if (*at > text.length)
        return STATUS_OK;
    TRY(regex_match(r, text, *at, 0, found, error));
    if (!*found)
        return STATUS_OK;
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(r->data);
    out->start = offsets[0];
    out->end = MAX(offsets[1], offsets[0]); /* \K can put the start behind the end */
    *at = out->end;
    if (out->end == out->start) {
        uint32_t code;
        *at += *at < text.length ? utf8_decode(text.data + *at, text.length - *at, &code) : 1;
    }
    return STATUS_OK;
}

enum status text_regexp_count(struct kernel_call *call, struct error *error)
{
    struct regex *r;
    int64_t *out = call->out->data;
    TRY(regex_state(call, &r, error));
    for (size_t i = 0; i < call->rows; i++) {
        out[i] = 0;
        if (!kernel_row_valid(call, i))
            continue;
        struct match match;
        size_t at = 0;
        bool found;
        TRY(regex_ready(call, r, i, 2, error));
        do {
            TRY(match_next(r, kernel_str(call, 0, i), &at, &match, &found, error));
            out[i] += found;
        } while (found);
    }
    return STATUS_OK;
}

/* ---- regexp_extract ---- */

static enum status extract_at(struct kernel_call *call, struct regex *r, size_t row,
                              struct str *out, struct error *error)
{
    struct str text = kernel_str(call, 0, row);
    int64_t group = call->n_args > 2 ? kernel_i64(call, 2, row) : 0;
    bool found;
    TRY(regex_ready(call, r, row, 3, error));
    uint32_t groups = pcre2_get_ovector_count(r->data);
    if (group < 0 || group >= groups)
        return error_set(error, STATUS_VALUE, "no group %lld in the regular expression: %s",
                         (long long)group, r->source.data);
    TRY(regex_match(r, text, 0, 0, &found, error));
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(r->data) + 2 * group;
    if (found && offsets[0] != PCRE2_UNSET && offsets[1] > offsets[0])
        *out = (struct str){text.data + offsets[0], offsets[1] - offsets[0]};
    return STATUS_OK;
}

/* The result points into the argument. */
enum status text_regexp_extract(struct kernel_call *call, struct error *error)
{
    struct regex *r;
    TRY(regex_state(call, &r, error));
    for (size_t i = 0; i < call->rows; i++) {
        struct str piece = {"", 0};
        if (kernel_row_valid(call, i))
            TRY(extract_at(call, r, i, &piece, error));
        column_put_view(call->out, i, piece.data, piece.length);
    }
    return column_share_heaps(call->out, call->args[0], error);
}

/* ---- regexp_replace ---- */

/* \0 or \& stands for the match, \1 to \9 for its groups, \\ for a backslash. */
static enum status replacement_add(struct regex *r, struct str text, struct str with,
                                   struct text_out *out, struct error *error)
{
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(r->data);
    uint32_t groups = pcre2_get_ovector_count(r->data);
    for (size_t i = 0; i < with.length; i++) {
        char c = with.data[i], next = i + 1 < with.length ? with.data[i + 1] : 0;
        bool is_group = c == '\\' && ((next >= '0' && next <= '9') || next == '&');
        if (!is_group) {
            i += c == '\\' && next == '\\';
            TRY(text_out_add(out, &c, 1, error));
            continue;
        }
        i++;
        uint32_t group = next == '&' ? 0 : (uint32_t)(next - '0');
        if (group < groups && offsets[2 * group] != PCRE2_UNSET &&
            offsets[2 * group + 1] > offsets[2 * group])
            TRY(text_out_add(out, text.data + offsets[2 * group],
                             offsets[2 * group + 1] - offsets[2 * group], error));
    }
    return STATUS_OK;
}

static enum status row_regexp_replace(struct kernel_call *call, struct text_out *out, size_t row,
                                      struct error *error)
{
    struct regex *r = call->state->data;
    struct str text = kernel_str(call, 0, row), with = kernel_str(call, 2, row);
    struct match match;
    size_t at = 0, copied = 0;
    bool found;
    TRY(regex_ready(call, r, row, 3, error));
    do {
        TRY(match_next(r, text, &at, &match, &found, error));
        if (!found)
            break;
        if (match.start < copied) /* \K or a lookbehind reached back */
            continue;
        TRY(text_out_add(out, text.data + copied, match.start - copied, error));
        TRY(replacement_add(r, text, with, out, error));
        copied = match.end;
    } while (r->global);
    return text_out_add(out, text.data + copied, text.length - copied, error);
}

enum status text_regexp_replace(struct kernel_call *call, struct error *error)
{
    struct regex *r;
    TRY(regex_state(call, &r, error));
    return text_rows(call, row_regexp_replace, error);
}
