/* text_search.c - a column that the sample did not show: looked for in all files.
 *
 * JSON: the text `"key"` is searched for, and each line that has it is read to see whether it is the key meant, at its
 * depth; the type comes from the lines that have it. CSV: the headers of all files are read. */
#include "storage/json_text.h"
#include "storage/text_scan.h"

enum { HITS_MAX = 1000 };

struct search {
    struct text_source *source;
    const struct context *context;
    const struct str *path;
    uint32_t n_path;
    struct str needle; /* the last key of the path in quotes */
    unsigned seen;
    uint32_t hits;
    bool found;
};

static bool is_position(struct str s)
{
    for (size_t i = 0; i < s.length; i++)
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    return s.length > 0;
}

static void look_at_line(struct search *search, const char *line)
{
    unsigned seen = jsonl_sniff_path(line, search->path, search->n_path);
    if (seen == 0)
        return;
    search->found = true;
    search->seen |= seen;
    search->hits += seen != SEEN_NULL;
}

static void search_lines(struct search *search, const char *p, const char *end)
{
    while (p < end && search->hits < HITS_MAX) {
        const char *hit = memmem(p, (size_t)(end - p), search->needle.data, search->needle.length);
        if (!hit)
            return;
        const char *before = memrchr(p, '\n', (size_t)(hit - p));
        look_at_line(search, before ? before + 1 : p);
        const char *newline = memchr(hit, '\n', (size_t)(end - hit));
        p = newline ? newline + 1 : end;
    }
}

static enum status search_array(struct search *search, struct text_feed *feed, struct error *error)
{
    struct json_array array = {0};
    while (search->hits < HITS_MAX) {
        char *base = feed->buffer ? (char *)feed->buffer->data : NULL;
        char *p = base ? base + feed->start : NULL, *after = NULL;
        enum json_array_result result =
            base ? json_array_next(&array, &p, base + feed->end, &after) : JSON_ARRAY_STARVED;
        feed->start = base ? (size_t)(p - base) : 0;
        if (result == JSON_ARRAY_ELEMENT) {
            if (memmem(p, (size_t)(after - p), search->needle.data, search->needle.length))
                look_at_line(search, p);
            json_array_taken(&array);
            feed->start = (size_t)(after - base);
            continue;
        }
        if (result != JSON_ARRAY_STARVED || feed->eof)
            return STATUS_OK;
        TRY(text_feed_more(feed, error));
    }
    return STATUS_OK;
}

static enum status search_feed(struct search *search, struct text_feed *feed, struct error *error)
{
    bool first = true;
    while (search->hits < HITS_MAX) {
        TRY(text_feed_more(feed, error));
        const char *p = (const char *)feed->buffer->data + feed->start;
        size_t n = feed->end - feed->start;
        if (first && text_state_is_array(p, n))
            return search_array(search, feed, error);
        first = false;
        const char *last = n > 0 ? text_scan_last_newline(p, n) : NULL;
        if (last) {
            search_lines(search, p, last + 1);
            feed->start += (size_t)(last + 1 - p);
        }
        if (feed->eof)
            return STATUS_OK;
    }
    return STATUS_OK;
}

static enum status search_sample(struct search *search, struct error *error)
{
    const struct text_source *source = search->source;
    struct text_head head;
    TRY(text_state_read_head(source, &source->files[0], search->context, 0, &head, error));
    struct json_array array = {0};
    char *p = (char *)head.buffer->data, *after, *end = p + head.length;
    if (text_state_is_array(p, head.length))
        for (; json_array_next(&array, &p, end, &after) == JSON_ARRAY_ELEMENT; p = after) {
            look_at_line(search, p);
            json_array_taken(&array);
        }
    else
        search_lines(search, p, end);
    buffer_unref(head.buffer);
    return STATUS_OK;
}

static enum status search_json(struct search *search, struct error *error)
{
    struct text_source *source = search->source;
    enum status status = STATUS_OK;
    for (uint32_t f = 0; f < source->n_files && search->hits < HITS_MAX && status == STATUS_OK;
         f++) {
        if (source->files[f].is_stream) {
            TRY(search_sample(search, error));
            continue;
        }
        struct text_feed feed;
        text_feed_init(&feed, search->context, FEED_BUFFER, source->options.line_max);
        status = text_feed_open_stream(&feed, source->files[f].path, NULL, error);
        if (status == STATUS_OK)
            status = search_feed(search, &feed, error);
        text_feed_fini(&feed);
    }
    return status;
}

static enum status search_csv(struct search *search, struct error *error)
{
    struct text_source *source = search->source;
    enum { HEAD = 128 * 1024 };
    if (search->n_path != 1 || !source->dialect.header || !source->options.union_by_name)
        return STATUS_OK;
    for (uint32_t f = 0; f < source->n_files && search->hits < HITS_MAX; f++) {
        struct text_head head;
        struct sniff sniff = {.arena = source->source.arena, .fold_case = true};
        struct csv_dialect dialect = {0};
        struct error ignored = {0};
        TRY(context_check(search->context, error));
        TRY(text_state_read_head(source, &source->files[f], search->context, HEAD, &head, error));
        if (csv_sniff_dialect(source, source->source.arena, head.data, head.length, &dialect,
                              &ignored) != STATUS_OK)
            dialect.n_columns = 0;
        bool there = false;
        for (uint32_t i = 0; i < dialect.n_columns; i++)
            there |= str_equal_nocase(dialect.names[i], search->path[0]);
        if (there) {
            csv_sniff_lines(source, &sniff, &dialect, head.data, head.length, HITS_MAX, head.cut);
            struct sniff_column *column =
                text_sniff_column(&sniff, search->path[0].data, search->path[0].length);
            search->found = true;
            search->seen |= column ? column->seen : 0;
            search->hits += column && column->seen != 0 ? 100 : 0;
        }
        buffer_unref(head.buffer);
        TRY(arena_check(source->source.arena, error));
    }
    return STATUS_OK;
}

/* A column that was added before. */
static bool find_added(const struct text_source *source, const struct str *path, uint32_t n_path,
                       uint32_t *index)
{
    for (uint32_t i = 0; i < source->source.schema.n_fields; i++) {
        const struct text_column *column = source->columns[i];
        bool same = column->role == COLUMN_OF_FILE && column->n_path == n_path;
        for (uint32_t k = 0; same && k < n_path; k++)
            same = str_equal(column->path[k], path[k]);
        if (same) {
            *index = i;
            return true;
        }
    }
    return false;
}

static enum status add_found(struct search *search, uint32_t *index, struct error *error)
{
    struct text_source *source = search->source;
    struct arena *arena = source->source.arena;
    struct strbuf name;
    struct str *path = ARENA_ARRAY(arena, struct str, search->n_path);
    TRY(arena_check(arena, error));
    strbuf_init(&name, arena);
    for (uint32_t i = 0; i < search->n_path; i++) {
        path[i] = (struct str){str_dup(arena, search->path[i]), search->path[i].length};
        strbuf_printf(&name, "%s" STR_FMT, i > 0 ? "." : "", STR_ARG(path[i]));
    }
    TRY(arena_check(arena, error));
    struct type type = text_sniff_type(search->seen);
    int64_t epoch = text_sample_epoch(source, strbuf_str(&name), type);
    if (epoch > 0 && !type_is_timestamp(type))
        type = type_of(TYPE_TIMESTAMP);
    struct text_column *column = text_sample_add_field(source, name.data, type, COLUMN_OF_FILE);
    column->path = path;
    column->n_path = search->n_path;
    column->field_index = UINT32_MAX;
    column->units_per_second = epoch;
    *index = source->source.schema.n_fields - 1;
    return arena_check(arena, error);
}

enum status text_search_column(struct source *base, const struct str *path, uint32_t n_path,
                               const struct context *context, bool *found, uint32_t *index,
                               struct error *error)
{
    struct text_source *source = (struct text_source *)base;
    struct search search = {source, context, path, n_path, {0}, 0, 0, false};
    *found = false;
    if (n_path == 0 || n_path > 64)
        return STATUS_OK;
    if (find_added(source, path, n_path, index)) {
        *found = true;
        return STATUS_OK;
    }
    TRY(text_hive_list(source, NULL, context, error));
    if (source->format == TEXT_FORMAT_CSV) {
        TRY(search_csv(&search, error));
    } else {
        uint32_t last = n_path;
        while (last > 1 && is_position(path[last - 1]))
            last--;
        search.needle = str_of(arena_printf(
            base->arena, "\"%.*s\"", (int)MIN(path[last - 1].length, 60000u), path[last - 1].data));
        TRY(arena_check(base->arena, error));
        TRY(search_json(&search, error));
    }
    if (!search.found)
        return STATUS_OK;
    *found = true;
    return add_found(&search, index, error);
}
