/* text_list.c - from paths and globs to files in order, and the Hive folders they lie in.
 *
 * Braces are expanded first; each pattern then walks the folders segment by segment. The files of one glob come in
 * byte order of their paths, each once. Names that begin with a dot are matched only by patterns that do. */
#include <stdlib.h>

#include "storage/text_int.h"

enum { BRACES_MAX = 4096, FOLDER_DEPTH_MAX = 64, PATH_MAX_BYTES = 4096 };

struct walk {
    struct arena *arena;
    const struct context *context;
    ARRAY_OF(const char *) found;
    const struct text_list_scope *scope;
    struct text_listing *listing;
    struct error *error;
};

/* ---- Patterns ---- */

static bool has_magic(struct str s)
{
    for (size_t i = 0; i < s.length; i++)
        if (strchr("*?[{", s.data[i]) && s.data[i] != '\0')
            return true;
    return false;
}

/* [abc], [a-z], [!x] at `p` (behind the bracket); NULL if it is never closed. */
static const char *match_set(const char *p, const char *end, char c, bool *matched)
{
    bool negated = p < end && (*p == '!' || *p == '^'), hit = false;
    if (negated)
        p++;
    for (const char *first = p; p < end; p++) {
        if (*p == ']' && p > first) {
            *matched = hit != negated;
            return p + 1;
        }
        if (p + 2 < end && p[1] == '-' && p[2] != ']') {
            hit |=
                (unsigned char)c >= (unsigned char)p[0] && (unsigned char)c <= (unsigned char)p[2];
            p += 2;
        } else {
            hit |= *p == c;
        }
    }
    return NULL;
}

/* One name against one segment: * ? [] and plain bytes. The last star is where a failure goes back to. */
static bool match_segment(const char *p, const char *end, const char *name)
{
    const char *star = NULL, *star_name = NULL;
    if (*name == '.' && (p == end || *p != '.'))
        return false;
    for (;;) {
        bool matched = false;
        const char *next = p;
        if (p < end && *p == '*') {
            star = ++p;
            star_name = name;
            continue;
        }
        if (*name == '\0' && p == end)
            return true;
        if (*name != '\0' && p < end) {
            matched = *p == '?' || *p == *name;
            next = p + 1;
            if (*p == '[') {
                const char *after = match_set(p + 1, end, *name, &matched);
                if (after)
                    next = after;
            }
        }
        if (matched) {
            p = next;
            name++;
        } else if (star && *star_name != '\0') {
            p = star;
            name = ++star_name;
        } else {
            return false;
        }
    }
}

/* {a,b{c,d}}: every way to choose, pushed to `out`. */
static bool expand_braces(struct arena *arena, struct str pattern, void *list);

struct patterns {
    ARRAY_OF(struct str) items;
};

static const char *closing_brace(const char *open, const char *end)
{
    int depth = 0;
    for (const char *p = open; p < end; p++) {
        depth += *p == '{' ? 1 : *p == '}' ? -1 : 0;
        if (depth == 0)
            return p;
    }
    return NULL;
}

static bool expand_choice(struct arena *arena, struct str pattern, const char *open,
                          const char *close, void *list)
{
    const char *end = pattern.data + pattern.length, *from = open + 1;
    int depth = 0;
    for (const char *p = from; p <= close; p++) {
        depth += *p == '{' ? 1 : *p == '}' && p < close ? -1 : 0;
        if (p < close && (*p != ',' || depth > 0))
            continue;
        const char *text =
            arena_printf(arena, "%.*s%.*s%.*s", (int)(open - pattern.data), pattern.data,
                         (int)(p - from), from, (int)(end - close - 1), close + 1);
        if (!expand_braces(arena, str_of(text), list))
            return false;
        from = p + 1;
    }
    return true;
}

static bool expand_braces(struct arena *arena, struct str pattern, void *list)
{
    struct patterns *out = list;
    const char *end = pattern.data + pattern.length;
    const char *open = memchr(pattern.data, '{', pattern.length);
    const char *close = open ? closing_brace(open, end) : NULL;
    if (close)
        return expand_choice(arena, pattern, open, close, list);
    *ARRAY_PUSH(arena, &out->items) = pattern;
    return out->items.count < BRACES_MAX && !arena->failed;
}

/* ---- Folders key=value ---- */

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, c | 32);
    return c != '\0' && at ? (int)(at - digits) : -1;
}

/* %3A and the like, as Hive writes them. */
static struct str decode_percent(struct arena *arena, const char *data, size_t n)
{
    char *out = arena_strndup(arena, data, n);
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        int high = i + 2 < n && data[i] == '%' ? hex_value(data[i + 1]) : -1;
        int low = high >= 0 ? hex_value(data[i + 2]) : -1;
        if (low >= 0)
            i += 2;
        out[length++] = low >= 0 ? (char)(high * 16 + low) : data[i];
    }
    out[length] = '\0';
    return (struct str){out, length};
}

static struct str folder_value(struct arena *arena, const char *text, size_t n)
{
    struct str value = decode_percent(arena, text, n);
    return str_equal(value, STR_LITERAL("__HIVE_DEFAULT_PARTITION__")) ? (struct str){0} : value;
}

/* ---- Walking ---- */

static enum status walk_folder(struct walk *walk, const char *prefix, const char *pattern,
                               unsigned depth);

static struct str join(struct arena *arena, const char *prefix, const char *name, size_t length)
{
    size_t n = strlen(prefix);
    bool slash = n > 0 && prefix[n - 1] != '/';
    return str_of(arena_printf(arena, "%s%s%.*s", prefix, slash ? "/" : "", (int)length, name));
}

static enum status walk_push(struct walk *walk, const char *path)
{
    if (walk->found.count >= TEXT_FILES_MAX)
        return error_set(walk->error, STATUS_LIMIT, "too many files: over %d", TEXT_FILES_MAX);
    *ARRAY_PUSH(walk->arena, &walk->found) = path;
    return arena_check(walk->arena, walk->error);
}

/* The last segment matches files, the others folders. */
static enum status walk_entry(struct walk *walk, const char *prefix, const struct io_entry *entry,
                              const char *rest, unsigned depth)
{
    const char *path = join(walk->arena, prefix, entry->name, strlen(entry->name)).data;
    if (*rest == '\0')
        return entry->is_folder ? STATUS_OK : walk_push(walk, path);
    return entry->is_folder ? walk_folder(walk, path, rest, depth + 1) : STATUS_OK;
}

/* A folder's entries under one segment of a pattern. */
struct level {
    const char *prefix, *pattern, *rest;
    size_t length; /* of the segment */
    unsigned depth;
    bool any_depth; /* the segment is ** */
};

static bool level_matches(const struct level *level, const struct io_entry *entry)
{
    if (level->any_depth)
        return entry->name[0] != '.';
    return match_segment(level->pattern, level->pattern + level->length, entry->name);
}

static enum status level_walk(struct walk *walk, const struct level *level,
                              const struct io_entry *entry)
{
    if (!level->any_depth)
        return walk_entry(walk, level->prefix, entry, level->rest, level->depth);
    const char *path = join(walk->arena, level->prefix, entry->name, strlen(entry->name)).data;
    if (entry->is_folder)
        return walk_folder(walk, path, level->pattern, level->depth + 1);
    return *level->rest == '\0' ? walk_push(walk, path) : STATUS_OK;
}

/* One of a sample: it may be empty, or not for us to read. */
static enum status level_try(struct walk *walk, const struct level *level,
                             const struct io_entry *entry, bool *found, struct error *unreadable)
{
    size_t before = walk->found.count;
    enum status status = level_walk(walk, level, entry);
    if (status == STATUS_IO && walk->error->status == STATUS_IO) {
        if (unreadable->status == STATUS_OK)
            *unreadable = *walk->error;
        error_clear(walk->error);
        status = STATUS_OK;
    }
    *found = walk->found.count > before;
    return status;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp((*(const struct io_entry *const *)a)->name,
                  (*(const struct io_entry *const *)b)->name);
}

static enum status level_sample(struct walk *walk, const struct level *level,
                                const struct io_entry **folders, size_t n)
{
    struct error unreadable = {0};
    bool found = false;
    size_t first = 0, last = n;
    qsort(folders, n, sizeof(*folders), compare_entries);
    while (first < n && !found)
        TRY(level_try(walk, level, folders[first++], &found, &unreadable));
    for (found = false; last > first && !found;)
        TRY(level_try(walk, level, folders[--last], &found, &unreadable));
    walk->listing->n_left_out += (uint32_t)(last - first);
    if (unreadable.status == STATUS_OK)
        return STATUS_OK;
    walk->listing->n_left_out++; /* to be met again when everything is wanted */
    if (walk->found.count > 0)
        return STATUS_OK;
    *walk->error = unreadable;
    return unreadable.status;
}

/* Notes a key=value folder; false: it is another one. */
static bool meet_folder(struct walk *walk, const struct io_entry *entry, struct text_folder *out)
{
    const char *equals = strchr(entry->name, '=');
    if (!walk->scope->hive || !entry->is_folder || !equals || equals == entry->name)
        return false;
    out->key = (struct str){entry->name, (size_t)(equals - entry->name)};
    out->value = folder_value(walk->arena, equals + 1, strlen(equals + 1));
    *ARRAY_PUSH(walk->arena, &walk->listing->folders) = *out;
    return true;
}

static enum status walk_names(struct walk *walk, const struct level *level)
{
    const struct text_list_scope *scope = walk->scope;
    struct io_entry *entries;
    size_t n, n_sample = 0;
    const char *folder = *level->prefix ? level->prefix : ".";
    TRY(io_list(walk->context->io, folder, walk->arena, &entries, &n, walk->error));
    const struct io_entry **sample = ARENA_ARRAY(walk->arena, const struct io_entry *, n + 1);
    TRY(arena_check(walk->arena, walk->error));
    for (size_t i = 0; i < n; i++) {
        struct text_folder met;
        if (!level_matches(level, &entries[i]))
            continue;
        bool goes_in = level->any_depth || *level->rest != '\0';
        if (goes_in && meet_folder(walk, &entries[i], &met)) {
            if (scope->wanted && !scope->wanted(scope->context, met.key, met.value)) {
                walk->listing->n_left_out++;
                continue;
            }
            if (scope->sample) {
                sample[n_sample++] = &entries[i];
                continue;
            }
        }
        TRY(level_walk(walk, level, &entries[i]));
    }
    return n_sample > 0 ? level_sample(walk, level, sample, n_sample) : STATUS_OK;
}

/* `pattern` is what is left, without leading slashes; `prefix` the folder, "" for the current one. */
static enum status walk_folder(struct walk *walk, const char *prefix, const char *pattern,
                               unsigned depth)
{
    TRY(context_check(walk->context, walk->error));
    if (depth > FOLDER_DEPTH_MAX)
        return STATUS_OK;
    const char *slash = strchr(pattern, '/');
    size_t length = slash ? (size_t)(slash - pattern) : strlen(pattern);
    const char *rest = pattern + length;
    while (*rest == '/')
        rest++;
    struct io_stat st;
    if (!has_magic((struct str){pattern, length})) {
        const char *path = join(walk->arena, prefix, pattern, length).data;
        if (!io_exists(walk->context->io, path, &st))
            return STATUS_OK;
        if (*rest == '\0')
            return st.is_folder ? STATUS_OK : walk_push(walk, path);
        return st.is_folder ? walk_folder(walk, path, rest, depth) : STATUS_OK;
    }
    if (!io_exists(walk->context->io, *prefix ? prefix : ".", &st) || !st.is_folder)
        return STATUS_OK;
    bool any_depth = length == 2 && memcmp(pattern, "**", 2) == 0;
    if (any_depth && *rest != '\0')
        TRY(walk_folder(walk, prefix, rest, depth));
    struct level level = {prefix, pattern, rest, length, depth, any_depth};
    return walk_names(walk, &level);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status list_glob(struct walk *walk, struct str glob, struct span span)
{
    struct patterns patterns = {0};
    if (!expand_braces(walk->arena, glob, &patterns)) {
        TRY(arena_check(walk->arena, walk->error));
        return error_set_at(walk->error, STATUS_LIMIT, span, "too many choices in braces: " STR_FMT,
                            STR_ARG(glob));
    }
    for (size_t i = 0; i < patterns.items.count; i++) {
        const char *pattern = str_dup(walk->arena, patterns.items.items[i]);
        const char *prefix = *pattern == '/' ? "/" : "";
        while (*pattern == '/')
            pattern++;
        TRY(walk_folder(walk, prefix, pattern, 0));
    }
    if (walk->found.count > 1)
        qsort(walk->found.items, walk->found.count, sizeof(*walk->found.items), compare_paths);
    return arena_check(walk->arena, walk->error);
}

/* ---- Plain paths ---- */

/* Names in the same folder that look like the one that is not there. */
static void hint_near_names(struct walk *walk, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *folder = slash ? arena_strndup(walk->arena, path, (size_t)(slash - path)) : ".";
    struct error ignored = {0};
    struct io_entry *entries;
    size_t n;
    if (io_list(walk->context->io, *folder ? folder : "/", walk->arena, &entries, &n, &ignored) !=
        STATUS_OK)
        return;
    const char **names = ARENA_ARRAY(walk->arena, const char *, n + 1);
    for (size_t i = 0; names && i < n; i++)
        names[i] = entries[i].name;
    const char *near = names ? error_did_you_mean(name, strlen(name), names, n) : NULL;
    if (near && slash)
        error_hint(walk->error, "did you mean '%.*s/%s'?", (int)(slash - path), path, near);
    else if (near)
        error_hint(walk->error, "did you mean '%s'?", near);
}

static enum status push_file(struct walk *walk, struct text_listing *out, const char *path,
                             struct span span)
{
    struct text_file file = {.path = path};
    if (strcmp(path, "-") == 0) {
        file.is_stream = true;
        *ARRAY_PUSH(walk->arena, &out->files) = file;
        return arena_check(walk->arena, walk->error);
    }
    struct io_stat st;
    enum status status = io_stat(walk->context->io, path, &st, walk->error);
    if (status != STATUS_OK) {
        error_place(walk->error, span);
        hint_near_names(walk, path);
        return status;
    }
    if (st.is_folder) {
        status = error_set_at(walk->error, STATUS_IO, span, "cannot read %s: it is a folder", path);
        error_hint(walk->error, "'%s/*' reads the files in it, '%s/**' also those below", path,
                   path);
        return status;
    }
    file.size = st.size;
    file.device = st.device;
    file.inode = st.inode;
    file.modified_ns = st.modified_ns;
    file.is_stream = !st.is_regular;
    *ARRAY_PUSH(walk->arena, &out->files) = file;
    return arena_check(walk->arena, walk->error);
}

static enum status list_path(struct arena *arena, struct str path, struct span span,
                             const struct context *context, const struct text_list_scope *scope,
                             struct text_listing *out, struct error *error)
{
    struct walk walk = {
        .arena = arena, .context = context, .scope = scope, .listing = out, .error = error};
    if (path.length == 0 || memchr(path.data, '\0', path.length))
        return error_set_at(error, STATUS_IO, span, "cannot open '': a file name is missing");
    if (path.length >= PATH_MAX_BYTES)
        return error_set_at(error, STATUS_LIMIT, span, "a path is longer than %d bytes",
                            PATH_MAX_BYTES);
    const char *text = str_dup(arena, path);
    TRY(arena_check(arena, error));
    if (str_is(path, "stdin") || str_is(path, "-"))
        return push_file(&walk, out, "-", span);
    if (!has_magic(path) || io_exists(context->io, text, NULL))
        return push_file(&walk, out, text, span);
    enum status status = list_glob(&walk, str_of(text), span);
    error_place(error, span);
    TRY(status);
    if (walk.found.count == 0 && !scope->wanted) {
        status = error_set_at(error, STATUS_IO, span, "no file matches %s", text);
        error_hint(error, "** goes through folders of any depth: 'logs/**/*.jsonl'");
        return status;
    }
    for (size_t i = 0; i < walk.found.count; i++)
        if (i == 0 || strcmp(walk.found.items[i], walk.found.items[i - 1]) != 0)
            TRY(push_file(&walk, out, walk.found.items[i], span));
    return STATUS_OK;
}

/* ---- Hive folders ---- */

static size_t hive_key_index(struct arena *arena, struct text_listing *listing, struct str key)
{
    for (size_t i = 0; i < listing->hive_keys.count; i++)
        if (str_equal_nocase(listing->hive_keys.items[i], key))
            return i;
    *ARRAY_PUSH(arena, &listing->hive_keys) = key;
    return listing->hive_keys.count - 1;
}

typedef void hive_fn(struct arena *arena, struct text_listing *listing, struct text_file *file,
                     struct str key, const char *value, size_t n);

/* Calls `fn` for each key=value folder of the path. */
static void each_hive_folder(struct arena *arena, struct text_listing *listing,
                             struct text_file *file, hive_fn *fn)
{
    const char *segment = file->path;
    for (const char *slash; (slash = strchr(segment, '/')) != NULL; segment = slash + 1) {
        const char *equals = memchr(segment, '=', (size_t)(slash - segment));
        if (equals && equals > segment)
            fn(arena, listing, file, (struct str){segment, (size_t)(equals - segment)}, equals + 1,
               (size_t)(slash - equals - 1));
    }
}

static void hive_collect(struct arena *arena, struct text_listing *listing, struct text_file *file,
                         struct str key, const char *value, size_t n)
{
    (void)file, (void)value, (void)n;
    hive_key_index(arena, listing, key);
}

static void hive_store(struct arena *arena, struct text_listing *listing, struct text_file *file,
                       struct str key, const char *value, size_t n)
{
    file->hive[hive_key_index(arena, listing, key)] = folder_value(arena, value, n);
}

enum status text_list_some(struct arena *arena, const struct text_source_request *request,
                           const struct context *context, const struct text_list_scope *scope,
                           struct text_listing *out, struct error *error)
{
    *out = (struct text_listing){0};
    for (uint32_t k = 0; k < scope->n_keys; k++)
        *ARRAY_PUSH(arena, &out->hive_keys) = scope->keys[k];
    for (uint32_t i = 0; i < request->n_paths; i++)
        TRY(list_path(arena, request->paths[i], request->span, context, scope, out, error));
    if (out->files.count == 0 && !scope->wanted)
        return error_set_at(error, STATUS_IO, request->span, "no files are given");
    if (!scope->hive)
        return STATUS_OK;
    for (size_t i = 0; i < out->files.count; i++)
        each_hive_folder(arena, out, &out->files.items[i], hive_collect);
    if (out->hive_keys.count == 0)
        return arena_check(arena, error);
    TRY(arena_check(arena, error));
    for (size_t i = 0; i < out->files.count; i++) {
        struct text_file *file = &out->files.items[i];
        file->hive = ARENA_ARRAY(arena, struct str, out->hive_keys.count);
        TRY(arena_check(arena, error));
        each_hive_folder(arena, out, file, hive_store);
    }
    return arena_check(arena, error);
}

enum status text_list_files(struct arena *arena, const struct text_source_request *request,
                            const struct context *context, bool hive, struct text_listing *out,
                            struct error *error)
{
    struct text_list_scope scope = {.hive = hive};
    return text_list_some(arena, request, context, &scope, out, error);
}

struct str text_list_extension(struct str path, bool *compressed)
{
    static const char *const SUFFIXES[] = {".gz", ".zst", ".lz4"};
    *compressed = false;
    for (size_t i = 0; i < ARRAY_LENGTH(SUFFIXES); i++) {
        size_t n = strlen(SUFFIXES[i]);
        if (path.length > n && str_is((struct str){path.data + path.length - n, n}, SUFFIXES[i])) {
            path.length -= n;
            *compressed = true;
            break;
        }
    }
    for (size_t i = path.length; i > 0 && path.data[i - 1] != '/'; i--)
        if (path.data[i - 1] == '.')
            return (struct str){path.data + i - 1, path.length - i + 1};
    return (struct str){path.data + path.length, 0};
}
