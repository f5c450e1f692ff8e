/* main.c - weir [OPTIONS] [DATABASE] [SQL ...]: options, database, and what is to be run. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "shell/check.h"
#include "shell/display.h"
#include "shell/options.h"
#include "shell/repl.h"
#include "shell/script.h"

enum { ROWS_SHOWN = 40 };
#define RESULT_KEPT "16MB" /* for FROM _ */

static const struct place nowhere = {NULL, 1};

static bool want_color(const struct options *options, int fd)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    if (options->color != COLOR_AUTO)
        return options->color == COLOR_ALWAYS;
    return isatty(fd) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

static void shell_init(struct shell *shell, const struct options *options, struct arena *arena)
{
    shell->arena = arena;
    shell->database = options->database;
    output_init_stdout(&shell->standard);
    shell->file.fd = -1;
    shell->render.mode = options->mode;
    shell->mode_is_default = !options->has_mode;
    shell->render.header = options->header != SWITCH_OFF;
    shell->render.separator = options->separator;
    shell->render.null_value = options->null_value;
    shell->render.table = options->table;
    shell->rows_max = ROWS_SHOWN;
    shell->bail = !options->no_bail;
    shell->echo = options->echo;
    shell->timer = options->timer;
    shell->safe = options->safe;
    shell->readonly = options->readonly || options->safe;
    shell->errors_json = options->errors_json;
    shell->progress = options->progress == SWITCH_DEFAULT ? isatty(STDERR_FILENO)
                                                          : options->progress == SWITCH_ON;
    shell->color_output = want_color(options, STDOUT_FILENO);
    shell->color_errors = want_color(options, STDERR_FILENO);
    for (size_t i = 0; i < options->parameters.count; i++) {
        struct parameter parameter = {options->parameters.items[i].name,
                                      options->parameters.items[i].value};
        *ARRAY_PUSH(arena, &shell->parameters) = parameter;
    }
    bytes_init(&shell->last_sql, NULL, "shell");
    plot_init(&shell->plot);
}

/* One setting; a switch of the command line that the engine does not have is refused by its name. */
static bool set_setting(struct shell *shell, const char *name, const char *value,
                        const char *option)
{
    struct weir_error failure = {0};
    if (weir_set(shell->db, name, value, &failure) == WEIR_OK)
        return true;
    if (option && failure.code == WEIR_ERROR_NAME) {
        snprintf(failure.message, sizeof failure.message, "not supported yet: %s", option);
        failure.code = WEIR_ERROR_UNSUPPORTED;
        failure.hint[0] = '\0';
    }
    failure_report(shell, &failure, (struct str){"", 0}, nowhere);
    shell->exit_code = EXIT_USAGE;
    return false;
}

static bool apply_settings(struct shell *shell, const struct options *options)
{
    if (!set_setting(shell, "keep_result", RESULT_KEPT, NULL))
        return false;
    for (size_t i = 0; i < options->settings.count; i++)
        if (!set_setting(shell, options->settings.items[i].name, options->settings.items[i].value,
                         NULL))
            return false;
    return !options->safe || set_setting(shell, "safe", "true", "-safe");
}

/* logs/bid.jsonl.gz -> bid; a pattern -> the folder it looks in. */
static const char *table_name(struct arena *arena, const char *path)
{
    static const char *const endings[] = {".gz",  ".zst", ".lz4", ".jsonl", ".ndjson", ".json",
                                          ".csv", ".tsv", ".log", ".arrow", ".arrows"};
    struct str name = {path, strcspn(path, "*?[{")};
    if (path[name.length]) { /* a pattern: up to the slash before it */
        while (name.length > 0 && name.data[name.length - 1] != '/')
            name.length--;
        name.length -= name.length > 0;
    }
    for (size_t i = name.length; i > 0; i--) {
        if (name.data[i - 1] == '/') {
            name = (struct str){name.data + i, name.length - i};
            break;
        }
    }
    for (size_t i = 0; i < ARRAY_LENGTH(endings); i++)
        if (str_ends_with(name, endings[i]) && name.length > strlen(endings[i]))
            name.length -= strlen(endings[i]);
    return name.length ? str_dup(arena, name) : "data";
}

static void put_quoted(struct strbuf *sql, const char *text, char quote)
{
    strbuf_putc(sql, quote);
    for (; *text; text++) {
        if (*text == quote)
            strbuf_putc(sql, quote);
        strbuf_putc(sql, *text);
    }
    strbuf_putc(sql, quote);
}

/* Makes a data file of the command line a table: a view over the file. */
static bool open_data_file(struct shell *shell, const char *path)
{
    struct strbuf sql;
    strbuf_init(&sql, shell->arena);
    strbuf_puts(&sql, "CREATE TEMP VIEW ");
    put_quoted(&sql, table_name(shell->arena, path), '"');
    strbuf_puts(&sql, " AS SELECT * FROM ");
    put_quoted(&sql, path, '\'');
    bool interactive = shell->interactive;
    shell->interactive = false; /* nobody asked: nothing is said unless it fails */
    bool ok = script_run_text(shell, strbuf_str(&sql), nowhere);
    shell->interactive = interactive;
    shell->last_sql.length = 0;
    return ok;
}

static const char *init_path(struct arena *arena)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config && *config)
        return arena_printf(arena, "%s/weir/init.sql", config);
    return home && *home ? arena_printf(arena, "%s/.config/weir/init.sql", home) : NULL;
}

/* The file of -init; at the prompt without it, the user's own if there is one. */
static bool run_init(struct shell *shell, const struct options *options)
{
    struct io_stat st;
    if (options->init)
        return script_run_file(shell, options->init);
    const char *path = shell->interactive && !options->no_init ? init_path(shell->arena) : NULL;
    if (path && io_exists(&io_system, path, &st))
        (void)script_run_file(shell, path);
    return true;
}

static bool run_action(struct shell *shell, const struct action *action)
{
    if (action->kind == ACTION_SQL)
        return script_run_text(shell, str_of(action->text), nowhere);
    return strcmp(action->text, "-") == 0 ? script_run_stdin(shell)
                                          : script_run_file(shell, action->text);
}

static void run_all(struct shell *shell, const struct options *options)
{
    bool prompt = options->actions.count == 0;
    shell->interactive = shell->interrupt.interactive = prompt && isatty(STDIN_FILENO);
    bool ok = run_init(shell, options);
    for (size_t i = 0; ok && i < options->data_files.count; i++)
        ok = open_data_file(shell, options->data_files.items[i]);
    if (shell->quit || (!ok && shell->bail))
        return;
    for (size_t i = 0; i < options->actions.count && !shell->quit; i++) {
        const struct action *action = &options->actions.items[i];
        ok = run_action(shell, action);
        if (!ok && shell->bail)
            return;
    }
    if (!prompt)
        return;
    if (shell->interactive)
        repl_run(shell);
    else
        (void)script_run_stdin(shell);
}

/* Puts the file of .output in its place; after a failure there is none. */
static void shell_close_outputs(struct shell *shell)
{
    struct error error = {0};
    bool failed = shell->exit_code != EXIT_FINE && !shell->interactive;
    if (shell->file.fd >= 0 && failed)
        output_abandon(&shell->file);
    else if (shell->file.fd >= 0 && output_close(&shell->file, &error) != STATUS_OK)
        failure_report_own(shell, &error, nowhere);
    error_clear(&error);
    if (output_flush(&shell->standard, &error) != STATUS_OK && shell->exit_code == EXIT_FINE)
        failure_report_own(shell, &error, nowhere);
    bytes_fini(&shell->standard.pending);
}

static enum status shell_run(struct shell *shell, const struct options *options,
                             struct error *error)
{
    struct weir_error failure = {0};
    TRY(interrupt_start(&shell->interrupt, error));
    unsigned flags = shell->readonly ? WEIR_OPEN_READONLY : 0;
    if (weir_open_with(options->database, flags, &shell->db, &failure) != WEIR_OK) {
        failure_report(shell, &failure, (struct str){"", 0}, nowhere);
        return STATUS_OK;
    }
    bool ready = apply_settings(shell, options);
    if (ready && options->check)
        check_run(shell);
    else if (ready)
        run_all(shell, options);
    script_tell_rollback(shell);
    weir_close(shell->db);
    return STATUS_OK;
}

static int put_and_leave(struct shell *shell, const struct options *options)
{
    if (options->help)
        options_put_help(&shell->standard);
    else
        output_printf(&shell->standard, "weir %s\n", weir_version());
    shell_close_outputs(shell);
    return shell->exit_code;
}

static int run(int argc, char **argv, struct arena *arena)
{
    struct options options;
    struct shell shell = {0};
    struct error error = {0};
    enum status status = options_parse(&options, argc, argv, arena, &error);
    shell_init(&shell, &options, arena);
    if (status != STATUS_OK) {
        failure_report_own(&shell, &error, nowhere);
        return status == STATUS_USAGE ? EXIT_USAGE : EXIT_FAILED;
    }
    if (options.help || options.version)
        return put_and_leave(&shell, &options);
    if (shell_run(&shell, &options, &error) != STATUS_OK)
        failure_report_own(&shell, &error, nowhere);
    shell_close_outputs(&shell);
    int ending = atomic_load(&shell.interrupt.ending);
    interrupt_stop(&shell.interrupt);
    plot_fini(&shell.plot);
    bytes_fini(&shell.last_sql);
    return ending ? 128 + ending : shell.exit_code;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct error error = {0};
    setlocale(LC_CTYPE, "C.UTF-8");
    if (arena_init(&arena, &error) != STATUS_OK) {
        fprintf(stderr, "error: %s\n", error.message);
        return EXIT_FAILED;
    }
    int code = run(argc, argv, &arena);
    arena_fini(&arena);
    return code;
}
