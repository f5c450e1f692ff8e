/* command.c - the table of dot commands, which is also .help. */
#include "shell/command.h"

#include <stdio.h>

#include "shell/command_int.h"
#include "shell/display.h"

static enum status command_help(struct call *call, struct error *error);
static enum status command_quit(struct call *call, struct error *error);

/* In alphabetic order; a name may be shortened while it is the only one that begins so. */
static const struct command {
    const char *name, *arguments;
    size_t n_min, n_max; /* words */
    const char *what;
    enum status (*fn)(struct call *call, struct error *error);
} commands[] = {
    {".bail", "on|off", 1, 1, "stop a script at its first failure", command_bail},
    {".databases", "", 0, 0, "the database that is open", command_databases},
    {".echo", "on|off", 1, 1, "print each statement before it runs", command_echo},
    {".edit", "", 0, 0, "edit the last statement in $EDITOR, then run it", command_edit},
    {".exit", "", 0, 0, "leave, as .quit", command_quit},
    {".functions", "[PATTERN]", 0, 1, "the functions with a line each", command_functions},
    {".headers", "on|off", 1, 1, "names of the columns above results", command_header},
    {".help", "[COMMAND]", 0, 1, "this list", command_help},
    {".import", "FILE TABLE", 2, 2, "load a data file into a table, made if missing",
     command_import},
    {".maxrows", "N", 1, 1, "rows shown of a longer result on a terminal; 0: all", command_maxrows},
    {".mode", "[MODE [TABLE]]", 0, 2, "how results are written (see below)", command_mode},
    {".nullvalue", "TEXT", 0, 1, "what NULL is printed as", command_nullvalue},
    {".once", "FILE", 1, COMMAND_WORDS_MAX, "write the next result to a file, or to |COMMAND",
     command_once},
    {".open", "[FOLDER]", 0, 1, "close the database and open another; none: in memory",
     command_open},
    {".output", "[FILE]", 0, COMMAND_WORDS_MAX,
     "write results to a file or to |COMMAND; none: to the screen again", command_output},
    {".pager", "on|off|COMMAND", 1, COMMAND_WORDS_MAX, "show results through a pager",
     command_pager},
    {".param", "set NAME VALUE | unset NAME | clear | list", 0, COMMAND_WORDS_MAX,
     "the values of :NAME and ?N", command_param},
    {".plot", "", 0, 0, "draw the last result", command_plot},
    {".print", "TEXT", 0, COMMAND_WORDS_MAX, "print a line", command_print},
    {".progress", "on|off", 1, 1, "a progress bar for queries that take long", command_progress},
    {".quit", "", 0, 0, "leave, as Ctrl-D does", command_quit},
    {".read", "FILE", 1, 1, "run a script", command_read},
    {".schema", "[TABLE]", 0, 1, "the columns of tables and views", command_schema},
    {".separator", "TEXT", 1, 1, "what stands between the values of csv and list",
     command_separator},
    {".show", "", 0, 0, "the settings", command_show},
    {".tables", "[PATTERN]", 0, 1, "the tables and views", command_tables},
    {".timer", "on|off", 1, 1, "print time, rows and bytes read after each statement",
     command_timer},
    {".watch", "[SECONDS [TIMES]]", 0, 2, "repeat the last query, changed cells marked",
     command_watch},
    {".width", "[N ...]", 0, RENDER_WIDTHS_MAX,
     "widths of the columns of tables; 0: as needed, negative: right-aligned", command_width},
};

void command_each_name(void (*fn)(void *context, const char *name), void *context)
{
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        fn(context, commands[i].name);
}

static void put_help_line(struct output *out, const struct command *command)
{
    char left[80];
    snprintf(left, sizeof left, "%s %s", command->name, command->arguments);
    output_printf(out, "%-28s %s\n", left, command->what);
}

static const struct command *command_find(const char *name, size_t length, struct error *error);

static enum status command_help(struct call *call, struct error *error)
{
    struct output *out = script_output(call->shell);
    if (call->n_words == 1) {
        const char *name = call->words[0];
        if (*name != '.')
            name = arena_printf(call->arena, ".%s", name);
        const struct command *command = command_find(name, strlen(name), error);
        if (!command)
            return error->status;
        put_help_line(out, command);
        return output_flush(out, error);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        put_help_line(out, &commands[i]);
    output_puts(out, "\nModes:\n");
#define X(mode, word, text) output_printf(out, "  %-9s %s\n", #word, text);
    RENDER_MODES(X)
#undef X
    return output_flush(out, error);
}

static enum status command_quit(struct call *call, struct error *error)
{
    (void)error;
    call->shell->quit = true;
    return STATUS_OK;
}

enum status command_refuse_if_safe(struct call *call, const char *name, struct error *error)
{
    if (!call->shell->safe)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "not allowed with -safe: %s", name);
}

static const struct command *command_unknown(const char *name, size_t length, struct error *error)
{
    const char *names[ARRAY_LENGTH(commands)];
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        names[i] = commands[i].name;
    (void)error_set(error, STATUS_USAGE, "unknown command: %.*s", (int)MIN(length, (size_t)100),
                    name);
    const char *near = error_did_you_mean(name, length, names, ARRAY_LENGTH(commands));
    if (near)
        error_hint(error, "did you mean %s?", near);
    else
        error_hint(error, ".help lists the commands");
    return NULL;
}

static const struct command *command_find(const char *name, size_t length, struct error *error)
{
    const struct command *found = NULL;
    size_t n_found = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        if (strncmp(commands[i].name, name, length) != 0)
            continue;
        if (commands[i].name[length] == '\0')
            return &commands[i];
        found = &commands[i];
        n_found++;
    }
    if (n_found == 1 && length > 1)
        return found;
    return command_unknown(name, length, error);
}

/* Cuts the arguments into words; quotes keep blanks in a word, and a backslash the next character. */
static enum status call_split(struct call *call, struct error *error)
{
    const char *p = call->rest;
    for (;;) {
        while (*p == ' ' || *p == '\t')
            p++;
        if (!*p)
            return arena_check(call->arena, error);
        if (call->n_words == COMMAND_WORDS_MAX)
            return error_set(error, STATUS_LIMIT, "more than %d words", COMMAND_WORDS_MAX);
        char *word = arena_alloc(call->arena, strlen(p) + 1);
        if (!word)
            return error_no_memory(error, strlen(p), "a dot command");
        call->words[call->n_words++] = word;
        char quote = *p == '\'' || *p == '"' ? *p++ : '\0';
        for (; *p && (quote ? *p != quote : *p != ' ' && *p != '\t'); p++) {
            if (quote == '"' && *p == '\\' && p[1])
                p++;
            *word++ = *p;
        }
        if (quote && !*p)
            return error_set(error, STATUS_SYNTAX, "a quote that does not end: %s",
                             call->words[call->n_words - 1]);
        p += quote != '\0';
    }
}

static enum status call_run(struct call *call, struct str line, struct error *error)
{
    size_t length = 0;
    while (length < line.length && line.data[length] != ' ' && line.data[length] != '\t' &&
           line.data[length] != ';')
        length++;
    const struct command *command = command_find(line.data, length, error);
    if (!command)
        return error->status;
    struct str rest = {line.data + length, line.length - length};
    while (rest.length > 0 && (rest.data[0] == ' ' || rest.data[0] == '\t')) {
        rest.data++;
        rest.length--;
    }
    if (rest.length == 1 && rest.data[0] == ';') /* `.tables;` is meant well */
        rest.length = 0;
    call->rest = str_dup(call->arena, rest);
    TRY(arena_check(call->arena, error));
    TRY(call_split(call, error));
    if (call->n_words < command->n_min || call->n_words > command->n_max)
        return error_set(error, STATUS_USAGE, "usage: %s %s", command->name, command->arguments);
    return command->fn(call, error);
}

bool command_run(struct shell *shell, struct str line, struct place place)
{
    struct arena arena;
    struct error error = {0};
    enum status status = arena_init(&arena, &error);
    if (status == STATUS_OK) {
        struct call call = {.shell = shell, .arena = &arena};
        status = call_run(&call, line, &error);
        arena_fini(&arena);
    }
    if (script_output(shell)->hung_up)
        shell->quit = true;
    /* Who runs other statements, as .read does, has had their errors reported already. */
    if (status != STATUS_OK && error.status != STATUS_OK)
        failure_report_own(shell, &error, place);
    return status == STATUS_OK;
}
