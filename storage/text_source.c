/* text_source.c - text files as a source: listed, sniffed and described here; read by text_reader. */
#include "storage/text_source.h"

#include <stdio.h>

#include "storage/text_int.h"

/* ---- The format ---- */

enum extension { EXTENSION_NONE, EXTENSION_JSONL, EXTENSION_CSV, EXTENSION_LOG };

static enum extension extension_of(struct str path)
{
    static const struct {
        const char *text;
        enum extension extension;
    } KNOWN[] = {{".jsonl", EXTENSION_JSONL}, {".ndjson", EXTENSION_JSONL},
                 {".json", EXTENSION_JSONL},  {".csv", EXTENSION_CSV},
                 {".tsv", EXTENSION_CSV},     {".log", EXTENSION_LOG}};
    bool compressed;
    struct str extension = text_list_extension(path, &compressed);
    for (size_t i = 0; i < ARRAY_LENGTH(KNOWN); i++)
        if (str_is(extension, KNOWN[i].text))
            return KNOWN[i].extension;
    return EXTENSION_NONE;
}

bool text_source_known_extension(struct str path)
{
    return extension_of(path) != EXTENSION_NONE || str_is(path, "-") || str_is(path, "stdin");
}

static enum status unknown_format(const struct text_source_request *request, struct str path,
                                  struct error *error)
{
    enum status status = error_set_at(error, STATUS_UNSUPPORTED, request->span,
                                      "unknown file format: " STR_FMT, STR_ARG(path));
    error_hint(error, "read_jsonl('%.*s') or read_csv('%.*s') says how to read it",
               (int)MIN(path.length, 80u), path.data, (int)MIN(path.length, 80u), path.data);
    return status;
}

/* By the extensions of the paths as given; what they leave open, the files they match decide. */
static void choose_format(const struct text_source_request *request, enum text_format *out)
{
    *out = request->format;
    for (uint32_t i = 0; i < request->n_paths && *out == TEXT_FORMAT_BY_EXTENSION; i++) {
        enum extension extension = extension_of(request->paths[i]);
        if (extension == EXTENSION_CSV)
            *out = TEXT_FORMAT_CSV;
        else if (extension == EXTENSION_JSONL || extension == EXTENSION_LOG)
            *out = TEXT_FORMAT_JSONL;
        else if (str_is(request->paths[i], "-") || str_is(request->paths[i], "stdin"))
            return; /* its first byte says */
    }
}

static enum status format_of_files(const struct text_source_request *request,
                                   const struct text_listing *listing, enum text_format *out,
                                   struct error *error)
{
    if (*out != TEXT_FORMAT_BY_EXTENSION)
        return STATUS_OK;
    for (size_t i = 0; i < listing->files.count && *out == TEXT_FORMAT_BY_EXTENSION; i++) {
        enum extension extension = extension_of(str_of(listing->files.items[i].path));
        if (extension == EXTENSION_CSV)
            *out = TEXT_FORMAT_CSV;
        else if (extension != EXTENSION_NONE)
            *out = TEXT_FORMAT_JSONL;
    }
    if (*out == TEXT_FORMAT_BY_EXTENSION)
        return unknown_format(request, str_of(listing->files.items[0].path), error);
    return STATUS_OK;
}

/* ---- What the source says of itself ---- */

static void text_describe(struct source *base, const struct scan_request *request,
                          struct strbuf *out)
{
    struct text_source *source = (struct text_source *)base;
    struct error ignored = {0};
    if (request && text_hive_list(source, request, source->context, &ignored) != STATUS_OK)
        request = NULL; /* the scan will tell */
    uint32_t kept = request ? text_plan_count_files(source, request) : source->n_files;
    strbuf_printf(out, "%s %s", source->format == TEXT_FORMAT_CSV ? "csv" : "jsonl", source->shown);
    if (kept != source->n_files)
        strbuf_printf(out, ", %u %s of %u", kept, kept == 1 ? "file" : "files", source->n_files);
    else if (source->n_files != 1 || source->is_partial)
        strbuf_printf(out, ", %u %s", kept, kept == 1 ? "file" : "files");
    if (source->is_partial)
        strbuf_printf(out, ", %u %s left out", source->n_left_out,
                      source->n_left_out == 1 ? "folder" : "folders");
}

static void text_notices(struct source *base, void (*add)(void *, const char *), void *context)
{
    struct text_source *source = (struct text_source *)base;
    char line[512], type[TYPE_NAME_SIZE];
    for (uint32_t i = 0; i < base->schema.n_fields; i++) {
        struct text_column *column = source->columns[i];
        unsigned long long n = atomic_exchange(&column->misfits, 0);
        if (n == 0)
            continue;
        snprintf(line, sizeof(line), "%llu %s of %s in %s %s no %s and %s read as NULL", n,
                 n == 1 ? "value" : "values", base->schema.fields[i].name, source->shown,
                 n == 1 ? "is" : "are", type_name(column->type, type), n == 1 ? "was" : "were");
        add(context, line);
    }
    unsigned long long n = atomic_exchange(&source->rejects, 0);
    if (n == 0)
        return;
    const struct text_reject *first = &source->first_reject;
    const char *path = source->files[first->file].path;
    bool skipped = source->options.on_error == TEXT_SKIP;
    snprintf(line, sizeof(line), "%llu bad %s in %s %s %s; the first: %s (%s:%llu:%llu)", n,
             n == 1 ? "row or value" : "rows or values", source->shown, n == 1 ? "was" : "were",
             skipped ? "left out" : "read as NULL", first->reason,
             strcmp(path, "-") == 0 ? "stdin" : path, (unsigned long long)first->line,
             (unsigned long long)first->column);
    add(context, line);
    source->has_reject = false;
}

void text_source_forget(struct text_source *source)
{
    for (uint32_t i = 0; i < source->source.schema.n_fields; i++)
        atomic_store(&source->columns[i]->misfits, 0);
    atomic_store(&source->rejects, 0);
    source->has_reject = false;
    text_reject_free(source);
}

static void text_close(struct source *base)
{
    struct text_source *source = (struct text_source *)base;
    text_input_close(source->stream);
    source->stream = NULL;
    buffer_unref(source->stream_sample);
    source->stream_sample = NULL;
    text_reject_free(source);
    mutex_fini(&source->mutex);
}

static const struct source_ops JSONL_SOURCE = {
    .name = "jsonl",
    .add_column = text_search_column,
    .scan_open = text_plan_scan,
    .describe = text_describe,
    .notices = text_notices,
    .close = text_close,
    .ranges = text_range_list,
    .begin_at = text_range_begin_at,
    .rejects = text_reject_list,
};

static const struct source_ops CSV_SOURCE = {
    .name = "csv",
    .add_column = text_search_column,
    .scan_open = text_plan_scan,
    .describe = text_describe,
    .notices = text_notices,
    .close = text_close,
    .ranges = text_range_list,
    .begin_at = text_range_begin_at,
    .rejects = text_reject_list,
};

/* ---- Opening ---- */

/* For listing again, when the caller's are gone. */
static struct str *copy_paths(struct arena *arena, const struct text_source_request *request)
{
    struct str *paths = ARENA_ARRAY(arena, struct str, request->n_paths);
    for (uint32_t i = 0; paths && i < request->n_paths; i++)
        paths[i] = (struct str){str_dup(arena, request->paths[i]), request->paths[i].length};
    return paths;
}

/* The paths as they were given, for messages. */
static const char *shown_paths(struct arena *arena, const struct text_source_request *request)
{
    struct str first = request->paths[0];
    if (str_is(first, "-"))
        first = STR_LITERAL("stdin");
    if (request->n_paths == 1)
        return str_dup(arena, first);
    return arena_printf(arena, STR_FMT " and %u more", STR_ARG(first), request->n_paths - 1);
}

static enum status check_log(const struct text_source_request *request,
                             const struct context *context, const struct text_listing *listing,
                             struct error *error)
{
    struct text_source none = {0};
    struct text_head head;
    for (size_t i = 0; i < listing->files.count; i++) {
        const struct text_file *file = &listing->files.items[i];
        if (extension_of(str_of(file->path)) != EXTENSION_LOG || file->is_stream)
            continue;
        enum status status = text_state_read_head(&none, file, context, 4096, &head, error);
        error_place(error, request->span);
        TRY(status);
        size_t at = 0;
        while (at < head.length && strchr(" \t\r\n", head.data[at]) && head.data[at] != '\0')
            at++;
        bool fine = at == head.length || head.data[at] == '{';
        buffer_unref(head.buffer);
        if (fine)
            return STATUS_OK;
        status = error_set_at(error, STATUS_UNSUPPORTED, request->span,
                              "not supported yet: a log that is no JSON lines (%s)", file->path);
        error_hint(error, "read_csv('%s', delim => ' ', header => false) splits lines at blanks",
                   file->path);
        return status;
    }
    return STATUS_OK;
}

/* Standard input without a name: an object or array is JSON, the rest CSV. */
static enum status format_of_stream(struct text_source *source, const struct context *context,
                                    enum text_format *out, struct error *error)
{
    static const struct text_file STDIN = {.path = "-", .is_stream = true};
    source->options.sample_lines = TEXT_SAMPLE_LINES;
    source->options.line_max = TEXT_LINE_MAX;
    TRY(text_sample_stream(source, &STDIN, context, error));
    const uint8_t *data = source->stream_sample->data;
    size_t at = 0, n = source->stream_sample_size;
    if (n >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        at = 3;
    while (at < n && (data[at] == ' ' || (data[at] >= '\t' && data[at] <= '\r')))
        at++;
    bool json = at == n || data[at] == '{' || data[at] == '[';
    *out = json ? TEXT_FORMAT_JSONL : TEXT_FORMAT_CSV;
    return STATUS_OK;
}

static double estimate_rows(const struct text_source *source)
{
    enum { LINE_GUESS = 200 };
    double bytes = 0;
    for (uint32_t i = 0; i < source->n_files; i++) {
        bool compressed;
        if (source->files[i].is_stream)
            return -1;
        text_list_extension(str_of(source->files[i].path), &compressed);
        bytes += (double)source->files[i].size * (compressed ? 5 : 1);
    }
    /* As many again in each folder that was not looked into. */
    if (source->is_partial)
        bytes *= (double)source->n_folders / (double)(source->n_folders - source->n_left_out + 1);
    return bytes / LINE_GUESS;
}

static enum status open_files(struct text_source *source, enum text_format format,
                              const struct text_source_request *request,
                              const struct context *context, struct error *error)
{
    struct arena *arena = source->source.arena;
    struct text_listing listing;
    bool is_stdin = str_is(request->paths[0], "-") || str_is(request->paths[0], "stdin");
    if (format == TEXT_FORMAT_BY_EXTENSION && is_stdin)
        TRY(format_of_stream(source, context, &format, error));
    /* A glob without an extension is judged by what it matches, before its options are. */
    if (format == TEXT_FORMAT_BY_EXTENSION) {
        TRY(text_list_files(arena, request, context, false, &listing, error));
        TRY(format_of_files(request, &listing, &format, error));
    }
    TRY(text_options_read(arena, request, format, &source->options, error));
    struct text_list_scope scope = {.hive = source->options.hive, .sample = true};
    TRY(text_list_some(arena, &source->request, context, &scope, &listing, error));
    if (request->format == TEXT_FORMAT_BY_EXTENSION)
        TRY(check_log(request, context, &listing, error));
    source->format = format;
    source->source.ops = format == TEXT_FORMAT_CSV ? &CSV_SOURCE : &JSONL_SOURCE;
    source->files = listing.files.items;
    source->n_files = (uint32_t)listing.files.count;
    source->hive_keys = listing.hive_keys.items;
    source->n_hive = (uint32_t)listing.hive_keys.count;
    source->folders = listing.folders.items;
    source->n_folders = listing.folders.count;
    source->n_left_out = listing.n_left_out;
    source->is_partial = listing.n_left_out > 0;
    source->source.rows_estimate = estimate_rows(source);
    source->source.n_splits = MAX(source->n_files, source->is_partial ? 2u : 0u);
    for (uint32_t i = 0; i < source->n_files; i++)
        source->source.is_stream |= source->files[i].is_stream;
    TRY(arena_check(arena, error));
    return text_sample_read(source, context, error);
}

enum status text_source_open(struct arena *arena, const struct text_source_request *request,
                             const struct context *context, struct source **out,
                             struct error *error)
{
    enum text_format format;
    *out = NULL;
    if (request->n_paths == 0)
        return error_set_at(error, STATUS_USAGE, request->span, "no files are given");
    choose_format(request, &format);
    struct text_source *source = ARENA_NEW(arena, struct text_source);
    TRY(arena_check(arena, error));
    source->source.arena = arena;
    source->span = request->span;
    source->morsel_size = request->morsel_size;
    source->shown = shown_paths(arena, request);
    source->context = context;
    source->request = *request;
    source->request.paths = copy_paths(arena, request);
    TRY(arena_check(arena, error));
    mutex_init(&source->mutex);
    enum status status = open_files(source, format, request, context, error);
    if (status != STATUS_OK) {
        error_place(error, request->span);
        text_close(&source->source);
        return status;
    }
    *out = &source->source;
    return STATUS_OK;
}
