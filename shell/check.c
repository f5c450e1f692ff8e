/* check.c - see check.h. */
#include "shell/check.h"

#include <stdio.h>

#include "shell/display.h"
#include "shell/failure.h"

static void put_count(struct output *out, uint64_t n, const char *one, const char *many)
{
    char text[32];
    output_printf(out, "%s %s", display_count(n, text), n == 1 ? one : many);
}

static void put_json_text(struct output *out, const char *text)
{
    output_putc(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            output_printf(out, "\\%c", c);
        else if (c < 0x20)
            output_printf(out, "\\u%04x", c);
        else
            output_putc(out, (char)c);
    }
    output_putc(out, '"');
}

static void put_finding(void *context, bool is_problem, const char *text)
{
    struct shell *shell = context;
    struct output *out = &shell->standard;
    if (shell->errors_json) {
        output_printf(out, "{\"%s\":", is_problem ? "problem" : "notice");
        put_json_text(out, text);
        output_puts(out, "}\n");
        return;
    }
    output_puts(out, is_problem ? "problem: " : "notice: ");
    output_puts(out, text);
    output_putc(out, '\n');
}

static void put_sum(struct shell *shell, const struct weir_check_report *report)
{
    struct output *out = &shell->standard;
    char bytes[32];
    if (shell->errors_json) {
        output_printf(out,
                      "{\"tables\":%llu,\"files\":%llu,\"rows\":%llu,\"bytes\":%llu,"
                      "\"problems\":%llu}\n",
                      (unsigned long long)report->tables, (unsigned long long)report->files,
                      (unsigned long long)report->rows, (unsigned long long)report->bytes,
                      (unsigned long long)report->problems);
        return;
    }
    output_printf(out, "%s: ", shell->database);
    put_count(out, report->tables, "table, ", "tables, ");
    put_count(out, report->files, "file, ", "files, ");
    put_count(out, report->rows, "row, ", "rows, ");
    output_printf(out, "%s: ", display_bytes((double)report->bytes, bytes));
    if (report->problems)
        put_count(out, report->problems, "problem\n", "problems\n");
    else
        output_puts(out, "no problems\n");
}

void check_run(struct shell *shell)
{
    struct weir_check_report report;
    struct weir_error failure = {0};
    struct progress progress = {0};
    interrupt_begin(&shell->interrupt, shell->db);
    if (shell->progress)
        progress_start(&progress, shell->db);
    enum weir_code code = weir_check(shell->db, put_finding, shell, &report, &failure);
    progress_stop(&progress);
    interrupt_end(&shell->interrupt);
    if (code != WEIR_OK) {
        failure_report(shell, &failure, (struct str){"", 0}, (struct place){NULL, 1});
        return;
    }
    put_sum(shell, &report);
    if (report.problems)
        shell->exit_code = EXIT_FAILED;
}
