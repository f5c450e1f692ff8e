/* failure.c - errors and notices on standard error. */
#include "shell/failure.h"

#include <stdio.h>

#include "shell/display.h"

enum { REPORT_SIZE = 8192 };

/* Writes a report with its words "error:" and "hint:" coloured. */
static void put_report(const struct shell *shell, const char *text)
{
    while (*text) {
        const char *end = strchr(text, '\n');
        size_t length = end ? (size_t)(end - text) + 1 : strlen(text);
        const char *colon = memchr(text, ':', length);
        size_t word = colon ? (size_t)(colon - text) + 1 : 0;
        bool is_error = strncmp(text, "error:", 6) == 0, is_hint = strncmp(text, "hint:", 5) == 0;
        if (shell->color_errors && (is_error || is_hint))
            fprintf(stderr, "%s%.*s%s%.*s", is_error ? COLOR_ERROR : COLOR_HINT, (int)word, text,
                    COLOR_RESET, (int)(length - word), text + word);
        else
            fprintf(stderr, "%.*s", (int)length, text);
        text += length;
    }
}

static void put_json_text(struct value_writer *writer, const char *key, struct str value)
{
    struct str json = value_json_string(writer, value);
    fprintf(stderr, ",\"%s\":%.*s", key, (int)json.length, json.data);
}

/* One object a line. `line` and `column` are in the script, `offset` and `length` in `statement`. */
static void put_json(struct shell *shell, const struct weir_error *error, struct str sql,
                     struct place place)
{
    struct value_writer writer;
    value_writer_init(&writer, shell->db);
    fprintf(stderr, "{\"code\":\"%s\"", weir_code_name(error->code));
    put_json_text(&writer, "message", str_of(error->message));
    put_json_text(&writer, "hint", str_of(error->hint));
    unsigned line = error->line ? error->line + place.line - 1 : 0;
    fprintf(stderr, ",\"line\":%u,\"column\":%u,\"offset\":%zu,\"length\":%zu", line, error->column,
            error->offset, error->length);
    put_json_text(&writer, "statement", sql);
    if (place.script)
        put_json_text(&writer, "file", str_of(place.script));
    fputs("}\n", stderr);
    value_writer_fini(&writer);
}

/* Puts " (script:line:column)" behind the message. */
static void add_place(struct weir_error *error, struct place place)
{
    size_t length = strlen(error->message), cap = sizeof error->message;
    unsigned line = place.line + (error->line ? error->line - 1 : 0);
    if (!place.script)
        return;
    if (error->column)
        snprintf(error->message + length, cap - length, " (%s:%u:%u)", place.script, line,
                 error->column);
    else
        snprintf(error->message + length, cap - length, " (%s:%u)", place.script, line);
}

void failure_report(struct shell *shell, const struct weir_error *error, struct str sql,
                    struct place place)
{
    char text[REPORT_SIZE];
    struct weir_error placed = *error;
    bool is_interrupt = error->code == WEIR_ERROR_CANCELLED;
    if (shell->exit_code == EXIT_FINE || is_interrupt)
        shell->exit_code = is_interrupt ? EXIT_INTERRUPTED : EXIT_FAILED;
    if (shell->errors_json) {
        put_json(shell, error, sql, place);
        return;
    }
    if (!is_interrupt)
        add_place(&placed, place);
    size_t needed = weir_error_format(&placed, sql.data, sql.length, text, sizeof text);
    put_report(shell, text);
    size_t length = MIN(needed, sizeof text - 1);
    if (length > 0 && text[length - 1] != '\n')
        fputc('\n', stderr);
}

void failure_report_own(struct shell *shell, const struct error *error, struct place place)
{
    struct weir_error own = {.code = (enum weir_code)error->status};
    memcpy(own.message, error->message, sizeof own.message);
    memcpy(own.hint, error->hint, sizeof own.hint);
    failure_report(shell, &own, (struct str){"", 0}, place);
}

void failure_notice(struct shell *shell, const char *text)
{
    if (shell->errors_json) {
        struct value_writer writer;
        value_writer_init(&writer, shell->db);
        struct str json = value_json_string(&writer, str_of(text));
        fprintf(stderr, "{\"notice\":%.*s}\n", (int)json.length, json.data);
        value_writer_fini(&writer);
        return;
    }
    fprintf(stderr, shell->color_errors ? COLOR_HINT "note:" COLOR_RESET " %s\n" : "note: %s\n",
            text);
}
