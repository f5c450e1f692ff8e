/* command_set.c - dot commands that set something or say how it is set. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "shell/command_int.h"
#include "shell/display.h"

static enum status parse_switch(struct call *call, bool *on, struct error *error)
{
    static const char *const yes[] = {"on", "yes", "true", "1"};
    static const char *const no[] = {"off", "no", "false", "0"};
    for (size_t i = 0; i < ARRAY_LENGTH(yes); i++) {
        if (strcmp(call->words[0], yes[i]) == 0 || strcmp(call->words[0], no[i]) == 0) {
            *on = strcmp(call->words[0], yes[i]) == 0;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_USAGE, "neither on nor off: %s", call->words[0]);
}

static enum status parse_number(const char *text, long low, long high, long *n, struct error *error)
{
    char *end;
    errno = 0;
    *n = strtol(text, &end, 10);
    if (end == text || *end || errno || *n < low || *n > high)
        return error_set(error, STATUS_VALUE, "not a number from %ld to %ld: %s", low, high, text);
    return STATUS_OK;
}

enum status command_bail(struct call *call, struct error *error)
{
    return parse_switch(call, &call->shell->bail, error);
}

enum status command_echo(struct call *call, struct error *error)
{
    return parse_switch(call, &call->shell->echo, error);
}

enum status command_timer(struct call *call, struct error *error)
{
    return parse_switch(call, &call->shell->timer, error);
}

enum status command_progress(struct call *call, struct error *error)
{
    return parse_switch(call, &call->shell->progress, error);
}

enum status command_header(struct call *call, struct error *error)
{
    return parse_switch(call, &call->shell->render.header, error);
}

enum status command_mode(struct call *call, struct error *error)
{
    struct shell *shell = call->shell;
    enum render_mode mode;
    if (call->n_words == 0) {
        output_printf(script_output(shell), "%s\n",
                      shell->mode_is_default ? "default (box at a terminal, else csv)"
                                             : render_mode_word(shell->render.mode));
        return output_flush(script_output(shell), error);
    }
    if (strcmp(call->words[0], "default") == 0) {
        shell->mode_is_default = true;
        return STATUS_OK;
    }
    if (!render_mode_find(call->words[0], &mode)) {
        const char *words[RENDER_MODE_COUNT];
        for (size_t i = 0; i < RENDER_MODE_COUNT; i++)
            words[i] = render_mode_word((enum render_mode)i);
        enum status status = error_set(error, STATUS_USAGE, "unknown mode: %s", call->words[0]);
        const char *near =
            error_did_you_mean(call->words[0], strlen(call->words[0]), words, RENDER_MODE_COUNT);
        if (near)
            error_hint(error, "did you mean %s?", near);
        else
            error_hint(error, ".help lists the modes");
        return status;
    }
    if (call->n_words == 2 && mode != RENDER_INSERT)
        return error_set(error, STATUS_USAGE, "only .mode insert takes a table");
    shell->render.mode = mode;
    shell->mode_is_default = false;
    if (call->n_words == 2)
        shell->render.table = arena_strdup(shell->arena, call->words[1]);
    return arena_check(shell->arena, error);
}

/* `\t` and the like in a separator. */
static char *unescape(struct arena *arena, const char *text)
{
    char *out = arena_strdup(arena, text), *to = out;
    for (const char *p = text; *p; p++) {
        if (*p == '\\' && p[1] && strchr("tnr\\", p[1])) {
            p++;
            *to++ = *p == 't' ? '\t' : *p == 'n' ? '\n' : *p == 'r' ? '\r' : '\\';
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
    return out;
}

enum status command_separator(struct call *call, struct error *error)
{
    call->shell->render.separator = unescape(call->shell->arena, call->words[0]);
    return arena_check(call->shell->arena, error);
}

enum status command_nullvalue(struct call *call, struct error *error)
{
    const char *text = call->n_words ? call->words[0] : "";
    call->shell->render.null_value = arena_strdup(call->shell->arena, text);
    return arena_check(call->shell->arena, error);
}

enum status command_width(struct call *call, struct error *error)
{
    struct render_options *render = &call->shell->render;
    int widths[RENDER_WIDTHS_MAX];
    for (size_t i = 0; i < call->n_words; i++) {
        long n;
        TRY(parse_number(call->words[i], -10000, 10000, &n, error));
        widths[i] = (int)n;
    }
    memcpy(render->widths, widths, call->n_words * sizeof *widths);
    render->n_widths = call->n_words;
    return STATUS_OK;
}

enum status command_maxrows(struct call *call, struct error *error)
{
    long n;
    TRY(parse_number(call->words[0], 0, 1000000, &n, error));
    call->shell->rows_max = (size_t)n;
    return STATUS_OK;
}

enum status command_pager(struct call *call, struct error *error)
{
    struct shell *shell = call->shell;
    const char *wanted = call->rest;
    TRY(command_refuse_if_safe(call, ".pager", error));
    if (strcmp(wanted, "off") == 0) {
        shell->pager = NULL;
        return STATUS_OK;
    }
    if (strcmp(wanted, "on") == 0) {
        wanted = getenv("PAGER");
        if (!wanted || !*wanted)
            wanted = "less -FRSX";
    }
    shell->pager = arena_strdup(shell->arena, wanted);
    return arena_check(shell->arena, error);
}

/* ---- parameters ---- */

static void param_unset(struct shell *shell, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < shell->parameters.count; i++)
        if (strcmp(shell->parameters.items[i].name, name) != 0)
            shell->parameters.items[kept++] = shell->parameters.items[i];
    shell->parameters.count = kept;
}

static const char *param_name(const char *word)
{
    return strchr(":$@?", word[0]) && word[0] ? word + 1 : word;
}

static enum status param_set(struct call *call, struct error *error)
{
    struct shell *shell = call->shell;
    const char *name = arena_strdup(shell->arena, param_name(call->words[1]));
    /* The value is the rest of the line, so that DATE '2026-11-22' needs no quotes around it. */
    const char *rest = call->rest;
    for (int i = 0; i < 2; i++) {
        rest += strcspn(rest, " \t");
        rest += strspn(rest, " \t");
    }
    param_unset(shell, name);
    struct parameter parameter = {name, arena_strdup(shell->arena, rest)};
    *ARRAY_PUSH(shell->arena, &shell->parameters) = parameter;
    return arena_check(shell->arena, error);
}

enum status command_param(struct call *call, struct error *error)
{
    struct shell *shell = call->shell;
    const char *verb = call->n_words ? call->words[0] : "list";
    if (strcmp(verb, "set") == 0 && call->n_words >= 3)
        return param_set(call, error);
    if (strcmp(verb, "unset") == 0 && call->n_words == 2) {
        param_unset(shell, param_name(call->words[1]));
        return STATUS_OK;
    }
    if (strcmp(verb, "clear") == 0 && call->n_words == 1) {
        shell->parameters.count = 0;
        return STATUS_OK;
    }
    if (strcmp(verb, "list") != 0 || call->n_words > 1)
        return error_set(error, STATUS_USAGE,
                         "usage: .param set NAME VALUE | unset NAME | clear | list");
    for (size_t i = 0; i < shell->parameters.count; i++) {
        struct output *out = script_output(shell);
        const char *name = shell->parameters.items[i].name;
        output_putc(out, *name >= '0' && *name <= '9' ? '?' : ':');
        output_puts(out, name);
        output_putc(out, ' ');
        output_puts(out, shell->parameters.items[i].value);
        output_putc(out, '\n');
    }
    return output_flush(script_output(shell), error);
}

/* ---- saying how things are ---- */

static void show_switch(struct output *out, const char *name, bool on)
{
    output_printf(out, "%12s: %s\n", name, on ? "on" : "off");
}

static void show_text(struct output *out, const char *name, const char *text)
{
    output_printf(out, "%12s: ", name);
    output_puts(out, text);
    output_putc(out, '\n');
}

enum status command_show(struct call *call, struct error *error)
{
    static const char *const settings[] = {"threads",      "memory_limit", "batch_size",
                                           "runtime_mode", "time_zone",    "on_error"};
    struct shell *shell = call->shell;
    struct output *out = script_output(shell);
    char value[256];
    show_text(out, "database", shell->database ? shell->database : "in memory");
    show_text(out, "mode",
              shell->mode_is_default ? "default" : render_mode_word(shell->render.mode));
    show_switch(out, "headers", shell->render.header);
    show_text(out, "nullvalue", shell->render.null_value ? shell->render.null_value : "default");
    show_text(out, "separator", shell->render.separator ? shell->render.separator : "default");
    show_text(out, "output", shell->file.fd >= 0 ? shell->file.path : "standard output");
    output_printf(out, "%12s: %zu\n", "maxrows", shell->rows_max);
    show_text(out, "pager", shell->pager ? shell->pager : "off");
    show_switch(out, "bail", shell->bail);
    show_switch(out, "echo", shell->echo);
    show_switch(out, "timer", shell->timer);
    show_switch(out, "progress", shell->progress);
    for (size_t i = 0; i < ARRAY_LENGTH(settings); i++)
        if (weir_get(shell->db, settings[i], value, sizeof value))
            show_text(out, settings[i], value);
    return output_flush(out, error);
}

enum status command_databases(struct call *call, struct error *error)
{
    struct output *out = script_output(call->shell);
    output_puts(out, call->shell->database ? call->shell->database : "in memory");
    output_putc(out, '\n');
    return output_flush(out, error);
}

enum status command_print(struct call *call, struct error *error)
{
    struct output *out = script_output(call->shell);
    if (call->n_words == 1 && (call->rest[0] == '\'' || call->rest[0] == '"'))
        output_puts(out, call->words[0]);
    else
        output_puts(out, call->rest);
    output_putc(out, '\n');
    return output_flush(out, error);
}

/* ---- where results go ---- */

static enum status open_output(struct call *call, const char *name, struct error *error)
{
    struct shell *shell = call->shell;
    TRY(command_refuse_if_safe(call, name, error));
    if (shell->file.fd >= 0)
        TRY(output_close(&shell->file, error));
    shell->file.fd = -1;
    shell->once = false;
    if (call->n_words == 0 || strcmp(call->rest, "stdout") == 0 || strcmp(call->rest, "-") == 0)
        return STATUS_OK;
    enum status status =
        call->rest[0] == '|' ? output_open_command(&shell->file, call->rest + 1, error) : STATUS_OK;
    if (call->rest[0] == '|')
        return status;
    if (call->n_words > 1)
        return error_set(error, STATUS_USAGE, "usage: %s FILE, with quotes around blanks", name);
    return output_open_file(&shell->file, call->words[0], error);
}

enum status command_output(struct call *call, struct error *error)
{
    return open_output(call, ".output", error);
}

enum status command_once(struct call *call, struct error *error)
{
    TRY(open_output(call, ".once", error));
    call->shell->once = call->shell->file.fd >= 0;
    return STATUS_OK;
}

/* Settings go on in the database that is opened. */
static void open_set(void *context, const char *const *names, const struct str *values, size_t n)
{
    char name[64], value[256];
    (void)names;
    if (n == 2 && values[0].length < sizeof name && values[1].length < sizeof value) {
        snprintf(name, sizeof name, "%.*s", (int)values[0].length, values[0].data);
        snprintf(value, sizeof value, "%.*s", (int)values[1].length, values[1].data);
        (void)weir_set(context, name, value, NULL);
    }
}

enum status command_open(struct call *call, struct error *error)
{
    struct shell *shell = call->shell;
    struct weir *db;
    char kept[32];
    struct weir_error failure = {0};
    const char *path = call->n_words ? arena_strdup(shell->arena, call->words[0]) : NULL;
    TRY(command_refuse_if_safe(call, ".open", error));
    TRY(arena_check(shell->arena, error));
    if (weir_open_with(path, shell->readonly ? WEIR_OPEN_READONLY : 0, &db, &failure) != WEIR_OK) {
        enum status status = error_set(error, (enum status)failure.code, "%s", failure.message);
        if (failure.hint[0])
            error_hint(error, "%s", failure.hint);
        return status;
    }
    enum status status =
        script_each_row(shell, "SELECT name, value FROM weir_settings", open_set, db, error);
    if (status != STATUS_OK) {
        weir_close(db);
        return status;
    }
    if (weir_get(shell->db, "keep_result", kept, sizeof kept))
        (void)weir_set(db, "keep_result", kept, NULL);
    script_tell_rollback(shell);
    weir_close(shell->db);
    shell->db = db;
    shell->database = path;
    return STATUS_OK;
}
