/* csv_write.c - rows as CSV. */
#include "storage/text_write.h"

typedef uint8_t block __attribute__((vector_size(16)));

/* Whether the text holds a quote, a line end or the delimiter. */
static bool has_special(const char *data, size_t length, const struct text_write_options *options)
{
    uint8_t delimiter = (uint8_t)options->delimiter, quote = (uint8_t)options->quote;
    if (quote == 0)
        quote = '\n';
    size_t at = 0;
    block found = {0};
    for (; at + sizeof found <= length; at += sizeof found) {
        block bytes;
        memcpy(&bytes, data + at, sizeof bytes);
        found |=
            (block)((bytes == quote) | (bytes == '\n') | (bytes == '\r') | (bytes == delimiter));
    }
    uint64_t words[2];
    memcpy(words, &found, sizeof words);
    bool special = (words[0] | words[1]) != 0;
    for (; at < length; at++) {
        uint8_t c = (uint8_t)data[at];
        special |= c == quote || c == '\n' || c == '\r' || c == delimiter;
    }
    return special;
}

/* A field that begins with a blank or is the null text would not come back as it was. */
static bool needs_quotes(const char *data, size_t length, const struct text_write_options *options)
{
    return length == 0 || has_special(data, length, options) ||
           (length == options->null_text.length &&
            memcmp(data, options->null_text.data, length) == 0);
}

/* Room for 2 n + 2 bytes is there. */
static char *put_quoted(char *to, const char *data, size_t length, char quote)
{
    *to++ = quote;
    while (length > 0) {
        const char *found = memchr(data, quote, length);
        size_t n = found ? (size_t)(found - data) + 1 : length;
        memcpy(to, data, n);
        to += n;
        if (found)
            *to++ = quote;
        data += n;
        length -= n;
    }
    *to++ = quote;
    return to;
}

static enum status refuse_unquoted(const char *data, size_t length, struct error *error)
{
    struct str shown = {data, MIN(length, (size_t)60)};
    enum status status =
        error_set(error, STATUS_VALUE, "a text that needs quotes, and there are none: " STR_FMT,
                  STR_ARG(shown));
    error_hint(error, "leave QUOTE out, or choose another DELIM");
    return status;
}

/* The text, in quotes where it needs them. Empty text is the same as NULL where there are no quotes. */
static enum status put_text(const char *data, size_t length,
                            const struct text_write_options *options, size_t spare,
                            struct bytes *out, struct error *error)
{
    TRY(bytes_reserve(out, length * 2 + 2 + spare, error));
    char *to = out->data + out->length;
    if (!needs_quotes(data, length, options)) {
        memcpy(to, data, length);
        out->length += length;
    } else if (options->quote != 0) {
        out->length += (size_t)(put_quoted(to, data, length, options->quote) - to);
    } else if (length > 0) {
        return refuse_unquoted(data, length, error);
    }
    return STATUS_OK;
}

enum status csv_write_header(const struct schema *schema, const struct text_write_options *options,
                             struct bytes *out, struct error *error)
{
    for (uint32_t i = 0; i < schema->n_fields; i++) {
        const char *name = schema->fields[i].name;
        TRY(put_text(name, strlen(name), options, 1, out, error));
        out->data[out->length++] = i + 1 < schema->n_fields ? options->delimiter : '\n';
    }
    return STATUS_OK;
}

static enum status put_long(struct text_cell *cell, size_t index,
                            const struct text_write_options *options, size_t spare,
                            struct bytes *out, struct error *error)
{
    const struct text *text = (const struct text *)cell->values + index;
    if (cell->type.id != TYPE_BLOB)
        return put_text(text_data(text), text->length, options, spare, out, error);
    TRY(bytes_reserve(out, (size_t)text->length * 2 + 3 + spare, error));
    out->length += text_cell_blob(cell, index, out->data + out->length);
    return STATUS_OK;
}

/* Numbers and times need quotes only where the delimiter is one of their characters. */
static enum status put_short(struct text_cell *cell, size_t index, bool may_need_quotes,
                             const struct text_write_options *options, size_t spare,
                             struct bytes *out, struct error *error)
{
    char value[TEXT_WRITE_FIXED];
    if (!may_need_quotes) {
        out->length += text_cell_format(cell, index, out->data + out->length);
        return STATUS_OK;
    }
    size_t length = text_cell_format(cell, index, value);
    return put_text(value, length, options, spare, out, error);
}

static void put_null(const struct text_write_options *options, struct bytes *out)
{
    const struct str *text = &options->null_text;
    if (text->length > 0)
        memcpy(out->data + out->length, text->data, text->length);
    out->length += text->length;
}

static bool is_plain_delimiter(const struct text_write_options *options)
{
    char c = options->delimiter, q = options->quote;
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    bool of_value = c == '-' || c == '+' || c == '.' || c == ':' || c == ' ';
    return !letter && !of_value && (q == '"' || q == '\'' || q == 0) &&
           options->null_text.length == 0;
}

enum status csv_write_batch(const struct schema *schema, const struct text_write_options *options,
                            const struct batch *batch, struct bytes *out, struct error *error)
{
    struct text_cell *cells;
    uint32_t n = schema->n_fields;
    bool careful = !is_plain_delimiter(options);
    size_t spare = (size_t)n * (TEXT_WRITE_FIXED + options->null_text.length) + 2;
    TRY(block_alloc((void **)&cells, (n + 1) * sizeof *cells, out->budget, "COPY", error));
    for (uint32_t c = 0; c < n; c++)
        text_cell_init(&cells[c], batch->columns[c], false, options->zone);
    enum status status = STATUS_OK;
    for (size_t row = 0; row < batch->length && status == STATUS_OK; row++) {
        TRY_OUT(bytes_reserve(out, spare, error));
        for (uint32_t c = 0; c < n; c++) {
            struct text_cell *cell = &cells[c];
            if (c > 0)
                out->data[out->length++] = options->delimiter;
            if (text_cell_is_null(cell, row)) {
                put_null(options, out);
                continue;
            }
            size_t index = text_cell_index(cell, row);
            if (cell->is_text)
                TRY_OUT(put_long(cell, index, options, spare, out, error));
            else
                TRY_OUT(put_short(cell, index, careful, options, spare, out, error));
        }
        out->data[out->length++] = '\n';
    }
out:
    block_free(cells, (n + 1) * sizeof *cells, out->budget);
    return status;
}
