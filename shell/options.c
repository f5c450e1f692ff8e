/* options.c - the command line: one table of options, which is also -help. */
#include "shell/options.h"

#include <stdio.h>
#include <sys/stat.h>

/* word, argument ("" none), what it does */
#define OPTION_LIST(X)                                                            \
    X(c, "SQL", "run SQL; may be given several times")                            \
    X(f, "FILE", "run a script: SQL and dot commands; - is standard input")       \
    X(param, "NAME=VALUE", "the value of :NAME, or of ?1 with -param 1=VALUE")    \
    X(set, "NAME=VALUE", "a setting, as SET NAME = VALUE")                        \
    X(header, "", "names of the columns first (the default)")                     \
    X(noheader, "", "no names of columns")                                        \
    X(separator, "S", "what stands between the values of csv and list")           \
    X(nullvalue, "S", "what NULL is printed as")                                  \
    X(bail, "", "stop at the first failure (the default)")                        \
    X(no_bail, "", "go on after a failure")                                       \
    X(echo, "", "print each statement before it runs, on standard error")         \
    X(readonly, "", "change nothing")                                             \
    X(safe, "", "no files outside of the database, no writes")                    \
    X(threads, "N", "threads that work on a query")                               \
    X(memory_limit, "SIZE", "such as 4GB")                                        \
    X(timer, "", "print the time and what was read after each statement")         \
    X(progress, "", "a progress bar, also where standard error is no terminal")   \
    X(no_progress, "", "no progress bar")                                         \
    X(color, "WHEN", "auto, always or never")                                     \
    X(init, "FILE", "a script to run first, in place of ~/.config/weir/init.sql") \
    X(no_init, "", "do not run ~/.config/weir/init.sql at the prompt")            \
    X(errors, "json", "errors as one JSON object a line")                         \
    X(arrow, "", "Arrow stream (not supported yet)")                              \
    X(version, "", "print the version")                                           \
    X(help, "", "print this")

enum option_id {
#define X(word, argument, what) OPTION_##word,
    OPTION_LIST(X)
#undef X
        OPTION_COUNT
};

static const struct {
    const char *word, *argument, *what;
} option_table[] = {
#define X(word, argument, what) {#word, argument, what},
    OPTION_LIST(X)
#undef X
};

enum { WORD_MAX = 32 };

/* The words of C names are written with `_` here and with `-` on the command line. */
static const char *option_word(size_t id, char word[WORD_MAX])
{
    size_t i = 0;
    for (; option_table[id].word[i] && i < WORD_MAX - 1; i++)
        word[i] = option_table[id].word[i] == '_' ? '-' : option_table[id].word[i];
    word[i] = '\0';
    return word;
}

void options_put_help(struct output *out)
{
    char word[WORD_MAX], left[64];
    output_puts(
        out, "usage: weir [OPTIONS] [DATABASE] [SQL ...]\n"
             "       weir check DATABASE      verify every file against the catalog\n\n"
             "DATABASE is a folder, made if missing; without one everything is in memory.\n"
             "A data file (.jsonl, .csv, ..., also .gz .zst .lz4) becomes a table named after it.\n"
             "Without SQL: a prompt at a terminal, else SQL from standard input.\n\n"
             "Options, with one or two dashes, anywhere before --:\n");
    for (size_t id = 0; id < OPTION_COUNT; id++) {
        snprintf(left, sizeof left, "-%s %s", option_word(id, word), option_table[id].argument);
        output_printf(out, "  %-20s %s\n", left, option_table[id].what);
    }
    output_puts(out, "\nOutput, else a box at a terminal and csv elsewhere:\n");
#define X(mode, mode_word, what)                              \
    snprintf(left, sizeof left, "-%s%s", #mode_word,          \
             RENDER_##mode == RENDER_INSERT ? " TABLE" : ""); \
    output_printf(out, "  %-20s %s\n", left, what);
    RENDER_MODES(X)
#undef X
    output_puts(out, "\nExit codes: 0 fine, 1 a statement failed, 2 bad usage, 130 interrupted.\n"
                     "At the prompt, .help lists the dot commands.\n");
}

enum status options_split_pair(const char *text, struct arena *arena, struct pair *pair,
                               struct error *error)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return error_set(error, STATUS_USAGE, "not NAME=VALUE: %s", text);
    pair->name = arena_strndup(arena, text, (size_t)(equals - text));
    pair->value = equals + 1;
    return arena_check(arena, error);
}

/* ---- options ---- */

/* An option as written: its name without dashes, and the text after `=` if there is one. */
struct written {
    const char *name;
    const char *value;
};

static enum status unknown_option(const char *name, struct arena *arena, struct error *error)
{
    const char *names[OPTION_COUNT + RENDER_MODE_COUNT];
    size_t n = 0;
    for (size_t id = 0; id < OPTION_COUNT; id++) {
        char word[WORD_MAX];
        names[n++] = arena_strdup(arena, option_word(id, word));
    }
    for (size_t mode = 0; mode < RENDER_MODE_COUNT; mode++)
        names[n++] = render_mode_word((enum render_mode)mode);
    enum status status = error_set(error, STATUS_USAGE, "unknown option: -%s", name);
    const char *near = error_did_you_mean(name, strlen(name), names, n);
    if (near)
        error_hint(error, "did you mean -%s?", near);
    else
        error_hint(error, "weir -help lists the options");
    return status;
}

static enum status set_color(struct options *options, const char *value, struct error *error)
{
    if (strcmp(value, "auto") == 0)
        options->color = COLOR_AUTO;
    else if (strcmp(value, "always") == 0)
        options->color = COLOR_ALWAYS;
    else if (strcmp(value, "never") == 0)
        options->color = COLOR_NEVER;
    else
        return error_set(error, STATUS_USAGE, "-color is auto, always or never, not: %s", value);
    return STATUS_OK;
}

static enum status apply_pair(struct options *options, enum option_id id, const char *value,
                              struct arena *arena, struct error *error)
{
    struct pair pair;
    if (id == OPTION_threads || id == OPTION_memory_limit)
        pair = (struct pair){id == OPTION_threads ? "threads" : "memory_limit", value};
    else
        TRY(options_split_pair(value, arena, &pair, error));
    if (id == OPTION_param)
        *ARRAY_PUSH(arena, &options->parameters) = pair;
    else
        *ARRAY_PUSH(arena, &options->settings) = pair;
    return arena_check(arena, error);
}

static enum status apply_option(struct options *options, enum option_id id, const char *value,
                                struct arena *arena, struct error *error)
{
    switch (id) {
    case OPTION_c:
    case OPTION_f:
        *ARRAY_PUSH(arena, &options->actions) =
            (struct action){id == OPTION_c ? ACTION_SQL : ACTION_FILE, value};
        return arena_check(arena, error);
    case OPTION_param:
    case OPTION_set:
    case OPTION_threads:
    case OPTION_memory_limit:
        return apply_pair(options, id, value, arena, error);
    case OPTION_header:
    case OPTION_noheader:
        options->header = id == OPTION_header ? SWITCH_ON : SWITCH_OFF;
        return STATUS_OK;
    case OPTION_separator:
        options->separator = value;
        return STATUS_OK;
    case OPTION_nullvalue:
        options->null_value = value;
        return STATUS_OK;
    case OPTION_bail:
    case OPTION_no_bail:
        options->no_bail = id == OPTION_no_bail;
        return STATUS_OK;
    case OPTION_echo:
        options->echo = true;
        return STATUS_OK;
    case OPTION_readonly:
        options->readonly = true;
        return STATUS_OK;
    case OPTION_safe:
        options->safe = true;
        return STATUS_OK;
    case OPTION_timer:
        options->timer = true;
        return STATUS_OK;
    case OPTION_progress:
    case OPTION_no_progress:
        options->progress = id == OPTION_progress ? SWITCH_ON : SWITCH_OFF;
        return STATUS_OK;
    case OPTION_color:
        return set_color(options, value, error);
    case OPTION_init:
        options->init = value;
        return STATUS_OK;
    case OPTION_no_init:
        options->no_init = true;
        return STATUS_OK;
    case OPTION_errors:
        if (strcmp(value, "json") != 0)
            return error_set(error, STATUS_USAGE, "-errors is json, not: %s", value);
        options->errors_json = true;
        return STATUS_OK;
    case OPTION_arrow:
        return error_set(error, STATUS_USAGE, "not supported yet: -arrow");
    case OPTION_version:
        options->version = true;
        return STATUS_OK;
    case OPTION_help:
        options->help = true;
        return STATUS_OK;
    case OPTION_COUNT:
        break;
    }
    return error_set(error, STATUS_INTERNAL, "an option that is none");
}

/* Finds an option by its word, `-` and `_` being one; `h` is help. */
static bool find_option(const char *name, enum option_id *id)
{
    if (strcmp(name, "h") == 0 || strcmp(name, "?") == 0)
        name = "help";
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *a = option_table[i].word, *b = name;
        while (*a && (*a == *b || (*a == '_' && *b == '-'))) {
            a++;
            b++;
        }
        if (!*a && !*b) {
            *id = (enum option_id)i;
            return true;
        }
    }
    return false;
}

/* The argument of an option: after its `=`, or the next word of the line. */
static enum status take_argument(const struct written *written, const char *what, int argc,
                                 char **argv, int *at, const char **value, struct error *error)
{
    *value = written->value;
    if (*value)
        return STATUS_OK;
    if (*at + 1 >= argc)
        return error_set(error, STATUS_USAGE, "-%s needs its %s", written->name, what);
    *value = argv[++*at];
    return STATUS_OK;
}

static enum status take_option(struct options *options, int argc, char **argv, int *at,
                               struct arena *arena, struct error *error)
{
    const char *text = argv[*at] + (argv[*at][1] == '-' ? 2 : 1);
    const char *equals = strchr(text, '=');
    struct written written = {text, equals ? equals + 1 : NULL};
    if (equals)
        written.name = arena_strndup(arena, text, (size_t)(equals - text));
    TRY(arena_check(arena, error));
    enum option_id id;
    enum render_mode mode;
    const char *value = NULL;
    if (render_mode_find(written.name, &mode)) {
        options->has_mode = true;
        options->mode = mode;
        if (mode == RENDER_INSERT)
            return take_argument(&written, "TABLE", argc, argv, at, &options->table, error);
    } else if (find_option(written.name, &id)) {
        const char *argument = option_table[id].argument;
        if (*argument)
            TRY(take_argument(&written, argument, argc, argv, at, &value, error));
        else if (written.value)
            return error_set(error, STATUS_USAGE, "-%s takes no value", written.name);
        return apply_option(options, id, value, arena, error);
    } else {
        return unknown_option(written.name, arena, error);
    }
    if (written.value)
        return error_set(error, STATUS_USAGE, "-%s takes no value", written.name);
    return STATUS_OK;
}

/* ---- operands ---- */

static bool has_blank(const char *text)
{
    return strpbrk(text, " \t\n") != NULL;
}

/* Whether the name is one of a data file: .jsonl, .csv and so on, also compressed. */
static bool is_data_name(const char *path)
{
    static const char *const packings[] = {".gz", ".zst", ".lz4"};
    static const char *const formats[] = {".jsonl", ".ndjson", ".json",  ".csv",
                                          ".tsv",   ".log",    ".arrow", ".arrows"};
    struct str name = str_of(path);
    for (size_t i = 0; i < ARRAY_LENGTH(packings); i++) {
        if (str_ends_with(name, packings[i])) {
            name.length -= strlen(packings[i]);
            break;
        }
    }
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
        if (str_ends_with(name, formats[i]))
            return true;
    return false;
}

static enum status take_database(struct options *options, const char *path, struct error *error)
{
    if (options->database)
        return error_set(error, STATUS_USAGE, "two databases: %s and %s", options->database, path);
    options->database = path;
    return STATUS_OK;
}

static enum status take_file(struct options *options, const char *path, struct arena *arena,
                             struct error *error)
{
    if (str_ends_with(str_of(path), ".sql")) {
        enum status status = error_set(error, STATUS_USAGE, "no data file: %s", path);
        error_hint(error, "weir -f %s", path);
        return status;
    }
    *ARRAY_PUSH(arena, &options->data_files) = path;
    return arena_check(arena, error);
}

static enum status take_missing(struct options *options, const char *operand, bool is_first,
                                struct arena *arena, struct error *error)
{
    if (strpbrk(operand, "*?[{") && is_data_name(operand))
        return take_file(options, operand, arena, error); /* the engine lists the files */
    if (is_data_name(operand))
        return error_set(error, STATUS_IO, "no such file: %s", operand);
    if (is_first)
        return take_database(options, operand, error);
    enum status status = error_set(error, STATUS_USAGE, "no such file: %s", operand);
    error_hint(error, "SQL of one word is given with -c");
    return status;
}

static enum status take_operand(struct options *options, const char *operand, bool is_first,
                                struct arena *arena, struct error *error)
{
    static const char *const verbs[] = {"run", "test"};
    struct stat st;
    if (is_first && !options->check && strcmp(operand, "check") == 0) {
        options->check = options->readonly = true;
        return STATUS_OK;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(verbs) && is_first; i++)
        if (strcmp(operand, verbs[i]) == 0)
            return error_set(error, STATUS_USAGE, "not supported yet: weir %s", operand);
    if (!*operand)
        return error_set(error, STATUS_USAGE, "an empty operand");
    if (strcmp(operand, "-") == 0) /* SQL from standard input, which is the default */
        return STATUS_OK;
    bool is_there = stat(operand, &st) == 0;
    if (is_there && !S_ISDIR(st.st_mode))
        return take_file(options, operand, arena, error);
    if (is_there || (operand[strlen(operand) - 1] == '/' && !has_blank(operand)))
        return take_database(options, operand, error);
    if (!has_blank(operand))
        return take_missing(options, operand, is_first, arena, error);
    *ARRAY_PUSH(arena, &options->actions) = (struct action){ACTION_SQL, operand};
    return arena_check(arena, error);
}

/* weir check takes one database, which is there. */
static enum status check_operands(const struct options *options, struct error *error)
{
    struct stat st;
    if (!options->database || options->actions.count || options->data_files.count)
        return error_set(error, STATUS_USAGE, "usage: weir check DATABASE");
    if (stat(options->database, &st) != 0)
        return error_set(error, STATUS_IO, "no such database: %s", options->database);
    return STATUS_OK;
}

enum status options_parse(struct options *options, int argc, char **argv, struct arena *arena,
                          struct error *error)
{
    bool options_end = false, is_first = true;
    memset(options, 0, sizeof *options);
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i] + strspn(argv[i], "-"), "errors") == 0 &&
            strcmp(argv[i + 1], "json") == 0)
            options->errors_json = true;
    for (int at = 1; at < argc; at++) {
        if (!options_end && strcmp(argv[at], "--") == 0) {
            options_end = true;
        } else if (!options_end && argv[at][0] == '-' && argv[at][1]) {
            TRY(take_option(options, argc, argv, &at, arena, error));
        } else {
            bool was_check = options->check;
            TRY(take_operand(options, argv[at], is_first, arena, error));
            is_first = options->check && !was_check; /* the database comes next */
        }
    }
    return options->check ? check_operands(options, error) : STATUS_OK;
}
