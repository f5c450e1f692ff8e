#include "tests/slt/script.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/io.h"

struct reader {
    struct arena *arena;
    struct script *script;
    size_t at;          /* line */
    struct record next; /* what the lines before a record have said about it */
    size_t hash_threshold;
    struct error *error;
};

static enum status read_file(struct arena *arena, const char *path, struct str *out,
                             struct error *error)
{
    int fd = -1;
    enum status status;
    struct io_stat stat;
    TRY(io_open_read(&io_system, path, &fd, error));
    TRY_OUT(io_fstat(&io_system, fd, path, &stat, error));
    char *data = arena_alloc_aligned(arena, stat.size + 1, 1);
    TRY_OUT(arena_check(arena, error));
    size_t got;
    TRY_OUT(io_pread(&io_system, fd, path, data, stat.size, 0, &got, error));
    *out = (struct str){data, got};
out:
    io_close_quietly(&io_system, fd);
    return status;
}

static void split_lines(struct arena *arena, struct str text, struct script *script)
{
    ARRAY_OF(struct str) lines = {0};
    size_t start = 0;
    while (start < text.length) {
        const char *end = memchr(text.data + start, '\n', text.length - start);
        size_t stop = end ? (size_t)(end - text.data) : text.length;
        size_t length = stop - start;
        if (length > 0 && text.data[start + length - 1] == '\r')
            length--;
        *ARRAY_PUSH(arena, &lines) = (struct str){text.data + start, length};
        start = stop + 1;
    }
    script->lines = lines.items;
    script->n_lines = lines.count;
}

/* Takes the next word off `*line`. */
static struct str take_word(struct str *line)
{
    size_t start = 0;
    while (start < line->length && (line->data[start] == ' ' || line->data[start] == '\t'))
        start++;
    size_t end = start;
    while (end < line->length && line->data[end] != ' ' && line->data[end] != '\t')
        end++;
    struct str word = {line->data + start, end - start};
    while (end < line->length && line->data[end] == ' ')
        end++;
    *line = (struct str){line->data + end, line->length - end};
    return word;
}

static bool is_blank(struct str line)
{
    for (size_t i = 0; i < line.length; i++)
        if (line.data[i] != ' ' && line.data[i] != '\t')
            return false;
    return true;
}

/* The lines [from, to) as one text. They lie in one piece, so nothing is copied. */
static struct str join_lines(const struct script *script, size_t from, size_t to)
{
    if (from >= to)
        return str_of("");
    struct str first = script->lines[from], last = script->lines[to - 1];
    return (struct str){first.data, (size_t)(last.data + last.length - first.data)};
}

/* SQL up to ---- or a blank line, then the expected block up to a blank line. */
static void read_body(struct reader *reader, struct record *record)
{
    const struct script *script = reader->script;
    size_t start = reader->at;
    while (reader->at < script->n_lines && !is_blank(script->lines[reader->at]) &&
           !str_equal(script->lines[reader->at], str_of("----")))
        reader->at++;
    record->sql = join_lines(script, start, reader->at);
    if (reader->at >= script->n_lines || is_blank(script->lines[reader->at]))
        return;
    record->has_block = true;
    record->block_start = ++reader->at;
    while (reader->at < script->n_lines && !is_blank(script->lines[reader->at]))
        reader->at++;
    record->block_end = reader->at;
}

static enum status bad_line(struct reader *reader, unsigned line, const char *what,
                            struct str value)
{
    return error_set(reader->error, STATUS_SYNTAX, "%s:%u: %s: " STR_FMT, reader->script->path,
                     line, what, STR_ARG(value));
}

static enum status read_statement(struct reader *reader, struct str rest, struct record *record)
{
    struct str word = take_word(&rest);
    if (str_equal(word, str_of("ok"))) {
        record->kind = RECORD_STATEMENT;
    } else if (str_equal(word, str_of("error"))) {
        record->kind = RECORD_ERROR;
        record->message = rest;
    } else {
        return bad_line(reader, record->line, "statement ok or statement error, not", word);
    }
    read_body(reader, record);
    return STATUS_OK;
}

static enum status read_query(struct reader *reader, struct str rest, struct record *record)
{
    record->kind = RECORD_QUERY;
    record->types = take_word(&rest);
    struct str sort = take_word(&rest);
    if (str_equal(sort, str_of("rowsort")))
        record->sort = SORT_ROWS;
    else if (str_equal(sort, str_of("valuesort")))
        record->sort = SORT_VALUES;
    else if (sort.length > 0 && !str_equal(sort, str_of("nosort")))
        return bad_line(reader, record->line, "no such sort", sort);
    read_body(reader, record);
    return STATUS_OK;
}

/* Backslash escapes of a file's text: \n \t \r \\ \xHH. */
static struct str unescape(struct arena *arena, struct str text)
{
    struct strbuf out;
    strbuf_init(&out, arena);
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (c != '\\' || i + 1 == text.length) {
            strbuf_putc(&out, c);
            continue;
        }
        c = text.data[++i];
        if (c == 'x' && i + 2 < text.length) {
            char digits[3] = {text.data[i + 1], text.data[i + 2], '\0'};
            strbuf_putc(&out, (char)strtol(digits, NULL, 16));
            i += 2;
        } else {
            strbuf_putc(&out, (char)(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c));
        }
    }
    return strbuf_str(&out);
}

/* file NAME [escaped] [crlf] [nonewline], its lines, and a line that says end. */
static enum status read_file_record(struct reader *reader, struct str rest, struct record *record)
{
    bool escaped = false, crlf = false, last_newline = true;
    record->kind = RECORD_FILE;
    record->name = take_word(&rest);
    for (struct str word = take_word(&rest); word.length > 0; word = take_word(&rest)) {
        if (str_equal(word, str_of("escaped")))
            escaped = true;
        else if (str_equal(word, str_of("crlf")))
            crlf = true;
        else if (str_equal(word, str_of("nonewline")))
            last_newline = false;
        else
            return bad_line(reader, record->line, "no such word after file NAME", word);
    }
    struct strbuf text;
    strbuf_init(&text, reader->arena);
    const struct script *script = reader->script;
    size_t start = reader->at;
    while (reader->at < script->n_lines && !str_equal(script->lines[reader->at], str_of("end"))) {
        if (reader->at > start)
            strbuf_puts(&text, crlf ? "\r\n" : "\n");
        strbuf_add(&text, script->lines[reader->at].data, script->lines[reader->at].length);
        reader->at++;
    }
    if (reader->at == script->n_lines)
        return bad_line(reader, record->line, "no line says end after file", record->name);
    if (last_newline && reader->at > start)
        strbuf_puts(&text, crlf ? "\r\n" : "\n");
    reader->at++;
    record->text = escaped ? unescape(reader->arena, strbuf_str(&text)) : strbuf_str(&text);
    return STATUS_OK;
}

/* Lines that say something about the next record. True when `word` is one of them. */
static bool read_modifier(struct reader *reader, struct str word, struct str rest)
{
    struct record *next = &reader->next;
    bool only = str_equal(word, str_of("onlyif"));
    if (only || str_equal(word, str_of("skipif"))) {
        struct str who = take_word(&rest);
        bool is_weir = str_equal(who, str_of("weir")), is_sqlite = str_equal(who, str_of("sqlite"));
        next->skip_weir = next->skip_weir || (only ? !is_weir && !is_sqlite : is_weir);
        next->skip_sqlite = next->skip_sqlite || (only ? !is_sqlite : is_sqlite);
        if (only && is_sqlite)
            next->skip_weir = true;
        return true;
    }
    if (str_equal(word, str_of("notice"))) {
        next->notice = rest;
        return true;
    }
    if (str_equal(word, str_of("param"))) {
        struct str name = take_word(&rest);
        *ARRAY_PUSH(reader->arena, &next->parameters) = (struct record_parameter){name, rest};
        return true;
    }
    if (str_equal(word, str_of("hash-threshold"))) {
        struct str number = take_word(&rest);
        reader->hash_threshold = (size_t)strtoul(str_dup(reader->arena, number), NULL, 10);
        return true;
    }
    return false;
}

static enum status read_simple(struct reader *reader, struct str word, struct str rest,
                               struct record *record)
{
    static const struct {
        const char *word;
        enum record_kind kind;
    } SIMPLE[] = {{"set", RECORD_SET},           {"exec", RECORD_EXEC},
                  {"stdin", RECORD_STDIN},       {"oracle", RECORD_ORACLE},
                  {"database", RECORD_DATABASE}, {"reopen", RECORD_REOPEN},
                  {"halt", RECORD_HALT}};
    for (size_t i = 0; i < ARRAY_LENGTH(SIMPLE); i++) {
        if (!str_equal(word, str_of(SIMPLE[i].word)))
            continue;
        record->kind = SIMPLE[i].kind;
        if (record->kind == RECORD_EXEC) {
            record->text = rest;
        } else {
            record->name = take_word(&rest);
            record->text = rest;
        }
        return STATUS_OK;
    }
    return bad_line(reader, record->line, "no such line in a test script", word);
}

static enum status read_record(struct reader *reader, struct str word, struct str rest,
                               struct record *record)
{
    *record = reader->next;
    record->line = (unsigned)reader->at;
    record->hash_threshold = reader->hash_threshold;
    reader->next = (struct record){0};
    if (str_equal(word, str_of("statement")))
        return read_statement(reader, rest, record);
    if (str_equal(word, str_of("query")))
        return read_query(reader, rest, record);
    if (str_equal(word, str_of("file")))
        return read_file_record(reader, rest, record);
    return read_simple(reader, word, rest, record);
}

enum status script_read(struct arena *arena, const char *path, struct script *out,
                        struct error *error)
{
    struct str text;
    TRY(read_file(arena, path, &text, error));
    *out = (struct script){.path = path};
    split_lines(arena, text, out);
    struct reader reader = {.arena = arena, .script = out, .error = error};
    ARRAY_OF(struct record) records = {0};
    while (reader.at < out->n_lines) {
        struct str rest = out->lines[reader.at++];
        if (is_blank(rest) || rest.data[0] == '#')
            continue;
        struct str word = take_word(&rest);
        if (read_modifier(&reader, word, rest))
            continue;
        struct record record;
        TRY(read_record(&reader, word, rest, &record));
        *ARRAY_PUSH(arena, &records) = record;
    }
    out->records = records.items;
    out->n_records = records.count;
    return arena_check(arena, error);
}
