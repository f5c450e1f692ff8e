/* complete.c - the candidates at the cursor. Names of tables, columns and functions are asked of the
 * engine with ordinary SQL, so that what was just created is known. */
#include "shell/complete.h"

#include <stdlib.h>

#include "base/io.h"
#include "shell/command.h"
#include "shell/highlight.h"
#include "shell/script.h"

struct search {
    struct completion *completion;
    struct str word;
    struct str text; /* the statement, for the columns in scope */
    bool lower;      /* keywords are written as the word was begun */
    bool in_scope;   /* only columns of tables the statement names */
    size_t n_found;
};

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static bool begins_with(struct str text, struct str word)
{
    if (text.length < word.length)
        return false;
    for (size_t i = 0; i < word.length; i++)
        if (fold(text.data[i]) != fold(word.data[i]))
            return false;
    return true;
}

static void search_add(struct search *search, struct str name)
{
    struct arena *arena = search->completion->arena;
    if (!begins_with(name, search->word))
        return;
    *ARRAY_PUSH(arena, &search->completion->candidates) = str_dup(arena, name);
    search->n_found++;
}

static void add_keyword(void *context, const char *keyword)
{
    struct search *search = context;
    struct str name = str_of(keyword);
    if (!search->lower || !begins_with(name, search->word)) {
        search_add(search, name);
        return;
    }
    char *lower = arena_strdup(search->completion->arena, keyword);
    for (char *p = lower; *p; p++)
        *p = fold(*p);
    search_add(search, str_of(lower));
}

static void add_command(void *context, const char *name)
{
    search_add(context, str_of(name));
}

static struct str pick(const char *const *names, const struct str *values, size_t n,
                       const char *name, const char *other)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0 || strcmp(names[i], other) == 0)
            return values[i];
    return (struct str){"", 0};
}

static void add_name(void *context, const char *const *names, const struct str *values, size_t n)
{
    search_add(context, pick(names, values, n, "name", "table_name"));
}

static void add_function(void *context, const char *const *names, const struct str *values,
                         size_t n)
{
    search_add(context, pick(names, values, n, "name", "function_name"));
}

/* Whether `name` stands as a word in `text`. */
static bool mentions(struct str text, struct str name)
{
    for (size_t at = 0; at + name.length <= text.length; at++) {
        if (!begins_with((struct str){text.data + at, text.length - at}, name))
            continue;
        bool starts = at == 0 || !highlight_is_word(text.data[at - 1]);
        size_t end = at + name.length;
        if (starts && (end == text.length || !highlight_is_word(text.data[end])))
            return true;
    }
    return false;
}

static void add_column(void *context, const char *const *names, const struct str *values, size_t n)
{
    struct search *search = context;
    struct str table = pick(names, values, n, "table_name", "table");
    if (!search->in_scope || (table.length > 0 && mentions(search->text, table)))
        search_add(search, pick(names, values, n, "column_name", "name"));
}

/* Asks the engine; that it has no such table is no matter here. */
static void search_sql(struct search *search, struct shell *shell, const char *sql,
                       script_row_fn *fn)
{
    struct error ignored = {0};
    (void)(script_each_row(shell, sql, fn, search, &ignored) == STATUS_OK);
}

/* Files whose path begins as the word does; folders end in `/`. */
static void search_files(struct search *search)
{
    struct completion *completion = search->completion;
    struct arena *arena = completion->arena;
    struct str word = search->word;
    struct error ignored = {0};
    struct io_entry *entries;
    size_t count, slash = word.length;
    while (slash > 0 && word.data[slash - 1] != '/')
        slash--;
    const char *folder = slash ? arena_strndup(arena, word.data, slash) : ".";
    if (io_list(&io_system, folder, arena, &entries, &count, &ignored) != STATUS_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        bool hidden = entries[i].name[0] == '.' && word.length == slash;
        const char *path = arena_printf(arena, "%.*s%s%s", (int)slash, word.data, entries[i].name,
                                        entries[i].is_folder ? "/" : "");
        if (!hidden && str_starts_with(str_of(path), arena_strndup(arena, word.data, word.length)))
            search_add(search, str_of(path));
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_candidates(struct completion *completion)
{
    size_t n = completion->candidates.count, kept = 0;
    const char **items = completion->candidates.items;
    if (completion->arena->failed)
        n = completion->candidates.count = 0;
    if (n == 0)
        return;
    qsort(items, n, sizeof *items, compare_names);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || strcmp(items[kept - 1], items[i]) != 0)
            items[kept++] = items[i];
    completion->candidates.count = kept;
}

/* Where the open text literal before the cursor begins, or SIZE_MAX. */
static size_t open_quote(struct str text)
{
    size_t start = SIZE_MAX;
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == '\'')
            start = start == SIZE_MAX ? i + 1 : SIZE_MAX;
    return start;
}

static void search_command(struct search *search, struct str text)
{
    struct completion *completion = search->completion;
    size_t start = text.length;
    while (start > 0 && text.data[start - 1] != ' ')
        start--;
    completion->start = start;
    search->word = (struct str){text.data + start, text.length - start};
    completion->suffix = " ";
    if (start == 0) {
        command_each_name(add_command, search);
    } else if (str_starts_with(text, ".mode")) {
        for (size_t i = 0; i < RENDER_MODE_COUNT; i++)
            search_add(search, str_of(render_mode_word((enum render_mode)i)));
    } else {
        completion->suffix = "";
        search_files(search);
    }
}

static void search_names(struct search *search, struct shell *shell, bool qualified)
{
    if (!qualified) {
        weir_each_keyword(add_keyword, search);
        search_sql(search, shell, "SELECT * FROM weir_tables", add_name);
        search_sql(search, shell, "SELECT * FROM weir_functions", add_function);
    }
    size_t before = search->n_found;
    search->in_scope = true;
    search_sql(search, shell, "SELECT * FROM weir_columns", add_column);
    search->in_scope = false;
    if (search->n_found == before && (qualified || search->word.length > 0))
        search_sql(search, shell, "SELECT * FROM weir_columns", add_column);
}

void complete_find(struct shell *shell, struct str text, struct completion *completion)
{
    struct search search = {.completion = completion, .text = text};
    size_t quote = open_quote(text);
    completion->suffix = "";
    completion->candidates.count = 0;
    if (text.length > 0 && text.data[0] == '.') {
        search_command(&search, text);
    } else if (quote != SIZE_MAX) {
        completion->start = quote;
        search.word = (struct str){text.data + quote, text.length - quote};
        search_files(&search);
    } else {
        size_t start = text.length;
        while (start > 0 && highlight_is_word(text.data[start - 1]))
            start--;
        completion->start = start;
        search.word = (struct str){text.data + start, text.length - start};
        search.lower = search.word.length > 0 && search.word.data[0] >= 'a';
        completion->suffix = " ";
        search_names(&search, shell, start > 0 && text.data[start - 1] == '.');
    }
    sort_candidates(completion);
}
