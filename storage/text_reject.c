/* text_reject.c - bad rows and values that were passed over: the first ones in input order, with their lines.
 *
 * Readers meet them in any order. When there is no room, the last in input order makes place for an earlier one. Of
 * plain files the line is counted when they are asked for, in one pass a file. */
#include <stdio.h>
#include <stdlib.h>

#include "storage/text_int.h"
#include "storage/text_scan.h"

static const char owner_rejects[] = "bad rows";

static bool is_before(const struct text_kept *a, const struct text_kept *b)
{
    return a->file != b->file ? a->file < b->file : a->offset < b->offset;
}

static uint32_t most_kept(const struct text_source *source)
{
    return source->options.rejects.length ? REJECTS_KEPT_FOR_TABLE : REJECTS_KEPT;
}

/* A place for the new one, or NULL. */
static struct text_kept *find_place(struct text_source *source, const struct text_kept *kept,
                                    struct budget *budget)
{
    struct error ignored = {0};
    if (source->n_kept == source->kept_capacity && source->n_kept < most_kept(source)) {
        uint32_t more = MIN(MAX(source->kept_capacity * 4, 16u), most_kept(source));
        size_t size = sizeof(struct text_kept);
        if (block_grow((void **)&source->kept, source->kept_capacity * size, more * size, budget,
                       owner_rejects, &ignored) == STATUS_OK) {
            source->kept_capacity = more;
            source->kept_budget = budget;
        }
    }
    if (source->n_kept < source->kept_capacity) {
        if (source->n_kept == 0 || is_before(&source->kept[source->kept_last], kept))
            source->kept_last = source->n_kept;
        return &source->kept[source->n_kept++];
    }
    if (source->n_kept == 0 || !is_before(kept, &source->kept[source->kept_last]))
        return NULL;
    return &source->kept[source->kept_last];
}

static void find_last(struct text_source *source)
{
    source->kept_last = 0;
    for (uint32_t i = 1; i < source->n_kept; i++)
        if (is_before(&source->kept[source->kept_last], &source->kept[i]))
            source->kept_last = i;
}

/* The line around `at`, as far as it is in the window. */
static void copy_line(const struct text_reader *reader, const char *at, struct text_kept *kept)
{
    const struct text_feed *feed = &reader->feed;
    const char *base = (const char *)feed->buffer->data, *end = base + feed->end;
    const char *start = memrchr(base, '\n', (size_t)(at - base));
    start = start ? start + 1 : base;
    const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    newline = newline ? newline : end;
    if (newline > start && newline[-1] == '\r')
        newline--;
    kept->column = (uint64_t)(at - start) + 1;
    kept->length = (uint32_t)MIN((size_t)(newline - start), (size_t)REJECT_TEXT);
    memcpy(kept->text, start, kept->length);
}

void text_reject_keep(struct text_reader *reader, const char *at, uint64_t offset,
                      const char *reason)
{
    struct text_source *source = reader->source;
    struct text_kept kept = {.file = reader->file_index, .offset = offset};
    struct error ignored = {0};
    uint64_t line = 0;
    mutex_lock(&source->mutex);
    bool full =
        source->n_kept == most_kept(source) && !is_before(&kept, &source->kept[source->kept_last]);
    mutex_unlock(&source->mutex);
    if (full)
        return;
    if (reader->feed.stream &&
        text_feed_line_of(&reader->feed, (size_t)(at - (const char *)reader->feed.buffer->data),
                          &line, &ignored) == STATUS_OK)
        kept.line = line;
    copy_line(reader, at, &kept);
    snprintf(kept.reason, sizeof(kept.reason), "%s", reason);
    mutex_lock(&source->mutex);
    bool replaces = source->n_kept == source->kept_capacity;
    struct text_kept *place = find_place(source, &kept, reader->context->budget);
    if (place) {
        *place = kept;
        if (replaces)
            find_last(source);
    }
    mutex_unlock(&source->mutex);
}

void text_reject_free(struct text_source *source)
{
    block_free(source->kept, source->kept_capacity * sizeof(struct text_kept), source->kept_budget);
    source->kept = NULL;
    source->n_kept = source->kept_capacity = 0;
}

static int compare_kept(const void *a, const void *b)
{
    return is_before(a, b) ? -1 : is_before(b, a);
}

/* Lines of the rejects [from, to), which are of one plain file, in order. */
static enum status count_lines(struct text_source *source, const struct context *context,
                               uint32_t from, uint32_t to, struct error *error)
{
    const char *path = source->files[source->kept[from].file].path;
    struct buffer *buffer;
    uint64_t at = 0, lines = 1;
    int fd;
    enum status status = STATUS_OK;
    TRY(buffer_new(FEED_BUFFER, context->budget, owner_rejects, &buffer, error));
    TRY_OUT(io_open_read(context->io, path, &fd, error));
    while (from < to && status == STATUS_OK) {
        size_t got = 0;
        uint64_t ask = MIN((uint64_t)FEED_BUFFER, source->kept[from].offset - at);
        if (ask > 0)
            status = io_pread(context->io, fd, path, buffer->data, (size_t)ask, at, &got, error);
        lines += text_scan_count((const char *)buffer->data, got, '\n');
        at += got;
        if (got == 0 || at == source->kept[from].offset)
            source->kept[from++].line = lines;
    }
    io_close_quietly(context->io, fd);
out:
    buffer_unref(buffer);
    return status;
}

/* What is not UTF-8 becomes question marks; a character that was cut at `most` goes. */
static struct str clean_text(struct arena *arena, const char *text, size_t n, size_t most)
{
    char *out = arena_strndup(arena, text, n);
    if (!out)
        return (struct str){"", 0};
    for (unsigned cut = 0; n + cut == most && cut < 3 && (out[n - 1] & 0x80); cut++)
        n -= !text_scan_utf8(out, n);
    for (size_t i = 0; i < n && !text_scan_utf8(out, n); i++)
        if (out[i] & 0x80)
            out[i] = '?';
    for (size_t i = 0; i < n; i++)
        if (out[i] == '\0')
            out[i] = '?';
    return (struct str){out, n};
}

static enum status list_kept(struct text_source *source, const struct context *context,
                             struct arena *arena, struct source_reject **out, uint32_t *n,
                             struct error *error)
{
    struct error ignored = {0};
    *n = source->n_kept;
    *out = ARENA_ARRAY(arena, struct source_reject, source->n_kept + 1);
    TRY(arena_check(arena, error));
    if (source->n_kept > 1)
        qsort(source->kept, source->n_kept, sizeof(*source->kept), compare_kept);
    for (uint32_t i = 0, next; i < source->n_kept; i = next) {
        for (next = i + 1;
             next < source->n_kept && source->kept[next].file == source->kept[i].file;)
            next++;
        /* Without its line a row is still worth telling. */
        if (source->kept[i].line == 0 &&
            count_lines(source, context, i, next, &ignored) != STATUS_OK)
            error_clear(&ignored);
    }
    for (uint32_t i = 0; i < source->n_kept; i++) {
        const struct text_kept *kept = &source->kept[i];
        const char *path = source->files[kept->file].path;
        struct str reason =
            clean_text(arena, kept->reason, strlen(kept->reason), sizeof(kept->reason) - 1);
        (*out)[i] = (struct source_reject){
            strcmp(path, "-") == 0 ? "stdin" : arena_strdup(arena, path), kept->line, kept->column,
            str_dup(arena, reason), clean_text(arena, kept->text, kept->length, REJECT_TEXT)};
    }
    return arena_check(arena, error);
}

enum status text_reject_list(struct source *base, const struct context *context,
                             struct arena *arena, struct source_reject **out, uint32_t *n,
                             struct str *table, struct error *error)
{
    struct text_source *source = (struct text_source *)base;
    *table = source->options.rejects;
    mutex_lock(&source->mutex); /* of a query that was left early, readers may still be at work */
    enum status status = list_kept(source, context, arena, out, n, error);
    text_reject_free(source);
    mutex_unlock(&source->mutex);
    return status;
}
