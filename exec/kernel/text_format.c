/* text_format.c - printf as SQLite has it, and quote.
 *
 * %[flags][width][.precision]letter; flags - + blank 0 # , (thousands) !; width and precision may be *. Letters
 * d i u x X o c s z f e E g G q Q w %. A missing argument is NULL: 0 for numbers, '' for texts. */
#include <stdio.h>

#include "exec/kernel/loop.h"
#include "storage/text_value.h"

enum { FORMAT_WIDTH_MAX = 1000 * 1000, FORMAT_PRECISION_MAX = 100, FORMAT_BUFFER = 512 };

struct format_spec {
    bool left, plus, blank, zero, alternate, comma;
    int64_t width, precision; /* precision -1: none */
    char letter;
};

/* Where the next argument comes from. */
struct format_args {
    struct kernel_call *call;
    size_t row;
    uint32_t next;
    struct bytes text; /* an argument as text */
};

/* ---- arguments ---- */

static const struct column *args_next(struct format_args *args)
{
    if (args->next >= args->call->n_args)
        return NULL;
    const struct column *c = args->call->args[args->next++];
    return c->type.id == TYPE_NULL || column_is_null(c, args->row) ? NULL : c;
}

/* The argument as text in args->text. */
static enum status args_text(struct format_args *args, bool *is_null, struct error *error)
{
    const struct column *c = args_next(args);
    args->text.length = 0;
    *is_null = !c;
    return c ? cast_append_text(c, args->row, args->call->zone, &args->text, error) : STATUS_OK;
}

static enum status args_double(struct format_args *args, double *out, struct error *error)
{
    bool is_null;
    *out = 0;
    TRY(args_text(args, &is_null, error));
    if (!is_null && !text_parse_double(args->text.data, args->text.length, out))
        *out = 0;
    return STATUS_OK;
}

static enum status args_integer(struct format_args *args, int64_t *out, struct error *error)
{
    bool is_null;
    double number;
    *out = 0;
    TRY(args_text(args, &is_null, error));
    if (is_null || text_parse_int64(args->text.data, args->text.length, out))
        return STATUS_OK;
    if (text_parse_double(args->text.data, args->text.length, &number) &&
        number > -9223372036854775808.0 && number < 9223372036854775808.0)
        *out = (int64_t)number;
    return STATUS_OK;
}

/* ---- one directive ---- */

static enum status pad_add(struct text_out *out, char c, int64_t n, struct error *error)
{
    for (; n > 0; n--)
        TRY(text_out_add(out, &c, 1, error));
    return STATUS_OK;
}

/* `sign` stays before zeros that fill the width. */
static enum status field_add(struct text_out *out, const struct format_spec *spec, struct str sign,
                             struct str body, bool zeros, struct error *error)
{
    int64_t used = (int64_t)(sign.length + utf8_length(body.data, body.length));
    int64_t fill = spec->width > used ? spec->width - used : 0;
    if (!spec->left && !zeros)
        TRY(pad_add(out, ' ', fill, error));
    TRY(text_out_add(out, sign.data, sign.length, error));
    if (!spec->left && zeros)
        TRY(pad_add(out, '0', fill, error));
    TRY(text_out_add(out, body.data, body.length, error));
    return spec->left ? pad_add(out, ' ', fill, error) : STATUS_OK;
}

static struct str sign_of(const struct format_spec *spec, bool negative)
{
    return negative      ? STR_LITERAL("-")
           : spec->plus  ? STR_LITERAL("+")
           : spec->blank ? STR_LITERAL(" ")
                         : STR_LITERAL("");
}

/* Commas between the thousands of the whole part. */
static size_t commas_put(const char *digits, size_t n, char *out)
{
    size_t whole = 0, at = 0;
    while (whole < n && digits[whole] >= '0' && digits[whole] <= '9')
        whole++;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    return at;
}

static enum status number_add(struct text_out *out, const struct format_spec *spec, bool negative,
                              const char *digits, size_t n, struct error *error)
{
    char grouped[2 * FORMAT_BUFFER];
    struct str body = {digits, n};
    if (spec->comma)
        body = (struct str){grouped, commas_put(digits, n, grouped)};
    return field_add(out, spec, sign_of(spec, negative), body, spec->zero, error);
}

static enum status integer_add(struct text_out *out, const struct format_spec *spec,
                               struct format_args *args, struct error *error)
{
    char digits[FORMAT_BUFFER];
    int64_t v;
    TRY(args_integer(args, &v, error));
    bool is_signed = spec->letter == 'd' || spec->letter == 'i';
    bool negative = is_signed && v < 0;
    unsigned long long u = negative ? 0 - (unsigned long long)v : (unsigned long long)v;
    int precision = (int)MIN(MAX(spec->precision, 1), FORMAT_PRECISION_MAX), n;
    switch (spec->letter) {
    case 'x':
        n = snprintf(digits, sizeof digits, spec->alternate ? "%#.*llx" : "%.*llx", precision, u);
        break;
    case 'X':
        n = snprintf(digits, sizeof digits, spec->alternate ? "%#.*llX" : "%.*llX", precision, u);
        break;
    case 'o':
        n = snprintf(digits, sizeof digits, spec->alternate ? "%#.*llo" : "%.*llo", precision, u);
        break;
    default:
        n = snprintf(digits, sizeof digits, "%.*llu", precision, u);
        break;
    }
    struct format_spec plain = *spec;
    if (!is_signed)
        plain.plus = plain.blank = false;
    return number_add(out, &plain, negative, digits, (size_t)n, error);
}

static enum status double_add(struct text_out *out, const struct format_spec *spec,
                              struct format_args *args, struct error *error)
{
    char digits[FORMAT_BUFFER];
    double v;
    TRY(args_double(args, &v, error));
    int precision = spec->precision < 0 ? 6 : (int)MIN(spec->precision, FORMAT_PRECISION_MAX);
    bool negative = __builtin_signbit(v) && v == v;
    double size = negative ? -v : v;
    int n;
    if (size - size != 0) {
        n = snprintf(digits, sizeof digits, "%s", v != v ? "NaN" : "Inf");
        struct format_spec plain = *spec;
        plain.comma = plain.zero = false;
        return number_add(out, &plain, negative, digits, (size_t)n, error);
    }
    switch (spec->letter) {
    case 'e':
        n = snprintf(digits, sizeof digits, "%.*e", precision, size);
        break;
    case 'E':
        n = snprintf(digits, sizeof digits, "%.*E", precision, size);
        break;
    case 'g':
        n = snprintf(digits, sizeof digits, spec->alternate ? "%#.*g" : "%.*g", precision, size);
        break;
    case 'G':
        n = snprintf(digits, sizeof digits, spec->alternate ? "%#.*G" : "%.*G", precision, size);
        break;
    default:
        n = snprintf(digits, sizeof digits, "%.*f", precision, size);
        break;
    }
    return number_add(out, spec, negative, digits, (size_t)n, error);
}

/* The text cut to the precision, in characters. */
static struct str text_cut(const struct format_args *args, int64_t precision)
{
    struct str s = {args->text.length ? args->text.data : "", args->text.length};
    if (precision >= 0)
        s.length = utf8_offset(s.data, s.length, (uint64_t)precision);
    return s;
}

static enum status text_add(struct text_out *out, const struct format_spec *spec,
                            struct format_args *args, struct error *error)
{
    bool is_null;
    TRY(args_text(args, &is_null, error));
    struct str s = text_cut(args, spec->letter == 'c' ? 1 : spec->precision);
    return field_add(out, spec, (struct str){"", 0}, s, false, error);
}

/* %q doubles ', %Q puts '...' around as well (NULL stays NULL), %w doubles ". */
static enum status quoted_add(struct text_out *out, const struct format_spec *spec,
                              struct format_args *args, struct error *error)
{
    char quote = spec->letter == 'w' ? '"' : '\'';
    bool is_null, around = spec->letter == 'Q';
    TRY(args_text(args, &is_null, error));
    if (is_null) {
        struct str word = around ? STR_LITERAL("NULL") : STR_LITERAL("(NULL)");
        return field_add(out, spec, (struct str){"", 0}, word, false, error);
    }
    struct str s = text_cut(args, spec->precision);
    if (around)
        TRY(text_out_add(out, &quote, 1, error));
    for (size_t i = 0; i < s.length; i++) {
        if (s.data[i] == quote)
            TRY(text_out_add(out, &quote, 1, error));
        TRY(text_out_add(out, s.data + i, 1, error));
    }
    return around ? text_out_add(out, &quote, 1, error) : STATUS_OK;
}

/* ---- the format ---- */

static enum status count_parse(struct str format, size_t *at, struct format_args *args,
                               int64_t *out, struct error *error)
{
    *out = 0;
    if (*at < format.length && format.data[*at] == '*') {
        ++*at;
        return args_integer(args, out, error);
    }
    for (; *at < format.length && format.data[*at] >= '0' && format.data[*at] <= '9'; ++*at)
        *out = MIN(*out * 10 + (format.data[*at] - '0'), FORMAT_WIDTH_MAX + 1);
    return STATUS_OK;
}

static bool flag_set(struct format_spec *spec, char c)
{
    switch (c) {
    case '-':
        return spec->left = true;
    case '+':
        return spec->plus = true;
    case ' ':
        return spec->blank = true;
    case '0':
        return spec->zero = true;
    case '#':
        return spec->alternate = true;
    case ',':
        return spec->comma = true;
    default:
        return c == '!';
    }
}

static enum status spec_parse(struct str format, size_t *at, struct format_args *args,
                              struct format_spec *spec, struct error *error)
{
    *spec = (struct format_spec){.precision = -1};
    while (*at < format.length && flag_set(spec, format.data[*at]))
        ++*at;
    TRY(count_parse(format, at, args, &spec->width, error));
    if (spec->width < 0) {
        spec->left = true;
        spec->width = spec->width < -FORMAT_WIDTH_MAX ? FORMAT_WIDTH_MAX + 1 : -spec->width;
    }
    if (*at < format.length && format.data[*at] == '.') {
        ++*at;
        TRY(count_parse(format, at, args, &spec->precision, error));
    }
    if (spec->width > FORMAT_WIDTH_MAX)
        return error_set(error, STATUS_LIMIT, "printf: a width of more than %d", FORMAT_WIDTH_MAX);
    while (*at < format.length && (format.data[*at] == 'l' || format.data[*at] == 'h'))
        ++*at;
    spec->letter = *at < format.length ? format.data[(*at)++] : 0;
    return STATUS_OK;
}

static enum status directive_add(struct text_out *out, const struct format_spec *spec,
                                 struct format_args *args, struct error *error)
{
    switch (spec->letter) {
    case '%':
        return text_out_add(out, "%", 1, error);
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        return integer_add(out, spec, args, error);
    case 'f':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
        return double_add(out, spec, args, error);
    case 'c':
    case 's':
    case 'z':
        return text_add(out, spec, args, error);
    case 'q':
    case 'Q':
    case 'w':
        return quoted_add(out, spec, args, error);
    default:
        error_set(error, STATUS_VALUE, "printf: unknown directive: %%%c",
                  spec->letter ? spec->letter : ' ');
        error_hint(error, "there are %%d %%i %%u %%x %%X %%o %%f %%e %%g %%s %%c %%q %%Q %%w %%%%");
        return STATUS_VALUE;
    }
}

static enum status format_add(struct text_out *out, struct str format, struct format_args *args,
                              struct error *error)
{
    for (size_t at = 0; at < format.length;) {
        const char *percent = memchr(format.data + at, '%', format.length - at);
        size_t until = percent ? (size_t)(percent - format.data) : format.length;
        struct format_spec spec;
        TRY(text_out_add(out, format.data + at, until - at, error));
        if (!percent)
            break;
        at = until + 1;
        TRY(spec_parse(format, &at, args, &spec, error));
        TRY(directive_add(out, &spec, args, error));
    }
    return STATUS_OK;
}

static enum status row_printf(struct kernel_call *call, struct text_out *out, size_t row,
                              struct error *error)
{
    if (column_is_null(call->args[0], row))
        return kernel_set_null(call, row, error);
    struct format_args args = {call, row, 1, {0}};
    bytes_init(&args.text, call->context->budget, "printf");
    enum status status = format_add(out, kernel_str(call, 0, row), &args, error);
    bytes_fini(&args.text);
    return status;
}

enum status text_printf(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_printf, error);
}

/* ---- quote ---- */

static enum status quote_text(struct text_out *out, struct str s, struct error *error)
{
    TRY(text_out_add(out, "'", 1, error));
    for (size_t i = 0; i < s.length; i++) {
        if (s.data[i] == '\'')
            TRY(text_out_add(out, "'", 1, error));
        TRY(text_out_add(out, s.data + i, 1, error));
    }
    return text_out_add(out, "'", 1, error);
}

static enum status quote_blob(struct text_out *out, struct str s, struct error *error)
{
    static const char digits[] = "0123456789ABCDEF";
    TRY(text_out_add(out, "X'", 2, error));
    for (size_t i = 0; i < s.length; i++) {
        unsigned char c = (unsigned char)s.data[i];
        TRY(text_out_add(out, (char[]){digits[c >> 4], digits[c & 15]}, 2, error));
    }
    return text_out_add(out, "'", 1, error);
}

/* DATE '...', TIMESTAMP '...': the type's name, then its text in quotes. */
static enum status quote_typed(const struct column *c, struct kernel_call *call,
                               struct text_out *out, size_t row, struct error *error)
{
    char name[TYPE_NAME_SIZE];
    type_name(c->type, name);
    TRY(text_out_add(out, name, strlen(name), error));
    TRY(text_out_add(out, " '", 2, error));
    TRY(cast_append_text(c, row, call->zone, &out->bytes, error));
    return text_out_add(out, "'", 1, error);
}

static enum status row_quote(struct kernel_call *call, struct text_out *out, size_t row,
                             struct error *error)
{
    const struct column *c = call->args[0];
    if (c->type.id == TYPE_NULL || column_is_null(c, row))
        return text_out_add(out, "NULL", 4, error);
    if (c->type.id == TYPE_BLOB)
        return quote_blob(out, column_str(c, row), error);
    if (type_is_text(c->type))
        return quote_text(out, column_str(c, row), error);
    if (type_is_number(c->type) || c->type.id == TYPE_BOOLEAN)
        return cast_append_text(c, row, call->zone, &out->bytes, error);
    return quote_typed(c, call, out, row, error);
}

enum status text_quote(struct kernel_call *call, struct error *error)
{
    return text_rows(call, row_quote, error);
}
