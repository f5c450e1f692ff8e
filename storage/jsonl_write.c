/* jsonl_write.c - rows as JSON, an object a line. */
#include "storage/text_write.h"

#include <math.h>

#include "storage/text_value.h"

typedef uint8_t block __attribute__((vector_size(16)));

enum { JSON_GROWTH = 6 }; /* bytes that one may become: \u001f */

/* How many bytes from the start need no escape. */
static size_t plain_length(const char *data, size_t length)
{
    size_t at = 0;
    for (; at + sizeof(block) <= length; at += sizeof(block)) {
        block bytes;
        memcpy(&bytes, data + at, sizeof bytes);
        block found = (block)((bytes == '"') | (bytes == '\\') | (bytes < 32));
        uint64_t words[2];
        memcpy(words, &found, sizeof words);
        if ((words[0] | words[1]) != 0)
            break;
    }
    while (at < length && (uint8_t)data[at] >= 32 && data[at] != '"' && data[at] != '\\')
        at++;
    return at;
}

static char *put_escape(char *to, char c)
{
    static const char LETTERS[] = "\"\"\\\\\nn\tt\rr\bb\ff"; /* the character, its letter */
    *to++ = '\\';
    for (size_t i = 0; i + 1 < sizeof LETTERS; i += 2)
        if (LETTERS[i] == c) {
            *to++ = LETTERS[i + 1];
            return to;
        }
    memcpy(to, "u00", 3);
    to[3] = "0123456789abcdef"[(uint8_t)c >> 4];
    to[4] = "0123456789abcdef"[(uint8_t)c & 15];
    return to + 5;
}

static char *put_string(char *to, const char *data, size_t length)
{
    *to++ = '"';
    for (;;) {
        size_t n = plain_length(data, length);
        memcpy(to, data, n);
        to += n;
        if (n == length)
            break;
        to = put_escape(to, data[n]);
        data += n + 1;
        length -= n + 1;
    }
    *to++ = '"';
    return to;
}

/* JSON as it stands; line ends can only be between its parts. */
static char *put_json(char *to, const char *data, size_t length)
{
    memcpy(to, data, length);
    for (char *at = to; (at = memchr(at, '\n', (size_t)(to + length - at))) != NULL;)
        *at = ' ';
    for (char *at = to; (at = memchr(at, '\r', (size_t)(to + length - at))) != NULL;)
        *at = ' ';
    return to + length;
}

const struct str *jsonl_write_keys(struct arena *arena, const struct schema *schema)
{
    struct str *keys = ARENA_ARRAY(arena, struct str, (size_t)schema->n_fields + 1);
    for (uint32_t i = 0; keys && i < schema->n_fields; i++) {
        const char *name = schema->fields[i].name;
        size_t length = strlen(name);
        char *key = arena_alloc(arena, length * JSON_GROWTH + 8);
        if (!key)
            break;
        char *to = key;
        *to++ = i > 0 ? ',' : '{';
        to = put_string(to, name, length);
        *to++ = ':';
        keys[i] = (struct str){key, (size_t)(to - key)};
    }
    return keys;
}

static enum status put_long(struct text_cell *cell, size_t index, size_t spare, struct bytes *out,
                            struct error *error)
{
    const struct text *text = (const struct text *)cell->values + index;
    TRY(bytes_reserve(out, (size_t)text->length * JSON_GROWTH + 8 + spare, error));
    char *start = out->data + out->length, *to = start;
    if (cell->type.id == TYPE_JSON) {
        to = put_json(to, text_data(text), text->length);
    } else if (cell->type.id == TYPE_BLOB) {
        *to++ = '"';
        to += text_cell_blob(cell, index, to);
        *to++ = '"';
    } else {
        to = put_string(to, text_data(text), text->length);
    }
    out->length += (size_t)(to - start);
    return STATUS_OK;
}

static bool is_no_number(const struct text_cell *cell, size_t index)
{
    if (cell->type.id == TYPE_DOUBLE)
        return !isfinite(((const double *)cell->values)[index]);
    return cell->type.id == TYPE_REAL && !isfinite(((const float *)cell->values)[index]);
}

static void put_short(struct text_cell *cell, size_t index, struct bytes *out)
{
    char *start = out->data + out->length, *to = start;
    bool quoted = cell->is_quoted || is_no_number(cell, index);
    if (quoted)
        *to++ = '"';
    to += text_cell_format(cell, index, to);
    if (quoted)
        *to++ = '"';
    out->length += (size_t)(to - start);
}

static void put_bytes(struct bytes *out, const char *data, size_t length)
{
    memcpy(out->data + out->length, data, length);
    out->length += length;
}

static enum status put_rows(struct text_cell *cells, uint32_t n, const struct str *keys,
                            const struct batch *batch, struct bytes *out, struct error *error)
{
    size_t spare = 4;
    for (uint32_t c = 0; c < n; c++)
        spare += keys[c].length + TEXT_WRITE_FIXED;
    for (size_t row = 0; row < batch->length; row++) {
        TRY(bytes_reserve(out, spare, error));
        for (uint32_t c = 0; c < n; c++) {
            struct text_cell *cell = &cells[c];
            put_bytes(out, keys[c].data, keys[c].length);
            if (text_cell_is_null(cell, row))
                put_bytes(out, "null", 4);
            else if (cell->is_text)
                TRY(put_long(cell, text_cell_index(cell, row), spare, out, error));
            else
                put_short(cell, text_cell_index(cell, row), out);
        }
        put_bytes(out, n > 0 ? "}\n" : "{}\n", n > 0 ? 2 : 3);
    }
    return STATUS_OK;
}

enum status jsonl_write_batch(const struct schema *schema, const struct str *keys,
                              const struct text_write_options *options, const struct batch *batch,
                              struct bytes *out, struct error *error)
{
    struct text_cell *cells;
    uint32_t n = schema->n_fields;
    TRY(block_alloc((void **)&cells, ((size_t)n + 1) * sizeof *cells, out->budget, "COPY", error));
    for (uint32_t c = 0; c < n; c++)
        text_cell_init(&cells[c], batch->columns[c], true, options->zone);
    enum status status = put_rows(cells, n, keys, batch, out, error);
    block_free(cells, ((size_t)n + 1) * sizeof *cells, out->budget);
    return status;
}
