/* command_query.c - dot commands that run SQL or other programs. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "shell/command_int.h"
#include "shell/display.h"

/* ---- lists ---- */

/* The value of the first column called `name` or `other`; the empty text if there is none. */
static struct str pick(const char *const *names, const struct str *values, size_t n,
                       const char *name, const char *other)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0 || strcmp(names[i], other) == 0)
            return values[i];
    return (struct str){"", 0};
}

/* Whether `text` matches: `%` and `*` stand for anything; a pattern without them may be anywhere in it. */
static bool matches(struct str text, const char *pattern)
{
    if (*pattern == '%' || *pattern == '*') {
        for (size_t i = 0; i <= text.length; i++)
            if (matches((struct str){text.data + i, text.length - i}, pattern + 1))
                return true;
        return false;
    }
    if (!*pattern || text.length == 0)
        return !*pattern && text.length == 0;
    char a = text.data[0], b = *pattern;
    a = a >= 'A' && a <= 'Z' ? (char)(a | 32) : a;
    b = b >= 'A' && b <= 'Z' ? (char)(b | 32) : b;
    return a == b && matches((struct str){text.data + 1, text.length - 1}, pattern + 1);
}

static const char *pattern_of(struct call *call)
{
    if (call->n_words == 0)
        return "%";
    if (strpbrk(call->words[0], "%*"))
        return call->words[0];
    return arena_printf(call->arena, "%%%s%%", call->words[0]);
}

struct list {
    struct call *call;
    const char *pattern;
    ARRAY_OF(struct str) names;
    size_t widest;
};

static void list_add_table(void *context, const char *const *names, const struct str *values,
                           size_t n)
{
    struct list *list = context;
    struct str name = pick(names, values, n, "name", "table_name");
    struct str kind = pick(names, values, n, "kind", "type");
    if (str_is(kind, "system") || !matches(name, list->pattern))
        return;
    name.data = str_dup(list->call->arena, name);
    *ARRAY_PUSH(list->call->arena, &list->names) = name;
    list->widest = MAX(list->widest, display_width(name));
}

enum status command_tables(struct call *call, struct error *error)
{
    struct list list = {.call = call, .pattern = pattern_of(call)};
    struct output *out = script_output(call->shell);
    TRY(script_each_row(call->shell, "SELECT * FROM weir_tables", list_add_table, &list, error));
    TRY(arena_check(call->arena, error));
    size_t columns = 1, lines;
    if (out->is_terminal) {
        display_size(out->fd, &columns, &lines);
        columns = MAX(columns / (list.widest + 2), (size_t)1);
    }
    for (size_t i = 0; i < list.names.count; i++) {
        struct str name = list.names.items[i];
        bool ends = (i + 1) % columns == 0 || i + 1 == list.names.count;
        output_write(out, name.data, name.length);
        if (ends)
            output_putc(out, '\n');
        else
            output_repeat(out, " ", list.widest + 2 - display_width(name));
    }
    return output_flush(out, error);
}

struct schema {
    struct call *call;
    const char *wanted; /* NULL: every table */
    size_t n_tables;
};

static void schema_add(void *context, const char *const *names, const struct str *values, size_t n)
{
    struct schema *schema = context;
    struct output *out = script_output(schema->call->shell);
    struct str sql = pick(names, values, n, "sql", "sql");
    if (schema->wanted && !str_is(pick(names, values, n, "name", "name"), schema->wanted))
        return;
    output_write(out, sql.data, sql.length);
    output_puts(out, ";\n");
    schema->n_tables++;
}

enum status command_schema(struct call *call, struct error *error)
{
    struct schema schema = {.call = call, .wanted = call->n_words ? call->words[0] : NULL};
    TRY(script_each_row(call->shell, "SELECT name, sql FROM weir_tables", schema_add, &schema,
                        error));
    if (schema.wanted && schema.n_tables == 0)
        return error_set(error, STATUS_NAME, "unknown table: %s", schema.wanted);
    return output_flush(script_output(call->shell), error);
}

static void functions_add(void *context, const char *const *names, const struct str *values,
                          size_t n)
{
    struct list *list = context;
    struct output *out = script_output(list->call->shell);
    struct str name = pick(names, values, n, "name", "function_name");
    struct str signature = pick(names, values, n, "signature", "arguments");
    struct str what = pick(names, values, n, "description", "summary");
    if (!matches(name, list->pattern))
        return;
    struct str left = signature.length ? signature : name;
    output_write(out, left.data, left.length);
    if (what.length > 0) {
        size_t width = display_width(left);
        output_repeat(out, " ", width < 30 ? 30 - width : 1);
        output_write(out, what.data, what.length);
    }
    output_putc(out, '\n');
}

enum status command_functions(struct call *call, struct error *error)
{
    struct list list = {.call = call, .pattern = pattern_of(call)};
    TRY(script_each_row(call->shell, "SELECT * FROM weir_functions", functions_add, &list, error));
    return output_flush(script_output(call->shell), error);
}

/* ---- running things ---- */

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

static void import_look(void *context, const char *const *names, const struct str *values, size_t n)
{
    struct schema *schema = context;
    if (str_is(pick(names, values, n, "name", "table_name"), schema->wanted))
        schema->n_tables++;
}

enum status command_import(struct call *call, struct error *error)
{
    struct schema schema = {.call = call, .wanted = call->words[1]};
    struct strbuf sql;
    TRY(command_refuse_if_safe(call, ".import", error));
    TRY(script_each_row(call->shell, "SELECT * FROM weir_tables", import_look, &schema, error));
    strbuf_init(&sql, call->arena);
    strbuf_puts(&sql, schema.n_tables ? "INSERT INTO " : "CREATE TABLE ");
    put_quoted(&sql, call->words[1], '"');
    strbuf_puts(&sql, schema.n_tables ? " SELECT * FROM " : " AS SELECT * FROM ");
    put_quoted(&sql, call->words[0], '\'');
    TRY(arena_check(call->arena, error));
    bool ok = script_run_text(call->shell, strbuf_str(&sql), (struct place){NULL, 1});
    return ok ? STATUS_OK : STATUS_DATA;
}

enum status command_read(struct call *call, struct error *error)
{
    enum { DEPTH_MAX = 16 };
    struct shell *shell = call->shell;
    TRY(command_refuse_if_safe(call, ".read", error));
    if (shell->read_depth == DEPTH_MAX)
        return error_set(error, STATUS_LIMIT, ".read within .read, %d deep: %s", DEPTH_MAX,
                         call->words[0]);
    shell->read_depth++;
    bool ok = script_run_file(shell, call->words[0]);
    shell->read_depth--;
    return ok ? STATUS_OK : STATUS_DATA;
}

enum status command_plot(struct call *call, struct error *error)
{
    size_t columns, lines;
    struct output *out = script_output(call->shell);
    display_size(out->fd, &columns, &lines);
    return plot_draw(&call->shell->plot, out, columns, error);
}

/* ---- .watch ---- */

static enum status watch_times(struct call *call, double *seconds, long *times, struct error *error)
{
    char *end;
    *seconds = 2;
    *times = 0;
    if (call->n_words > 0) {
        *seconds = strtod(call->words[0], &end);
        if (*end || !(*seconds >= 0.1 && *seconds <= 86400))
            return error_set(error, STATUS_VALUE, "not seconds from 0.1 to 86400: %s",
                             call->words[0]);
    }
    if (call->n_words > 1) {
        *times = strtol(call->words[1], &end, 10);
        if (*end || *times < 1)
            return error_set(error, STATUS_VALUE, "not a number of times: %s", call->words[1]);
    }
    return STATUS_OK;
}

static void watch_title(struct shell *shell, double seconds)
{
    char clock[16] = "";
    struct tm now;
    time_t t = time(NULL);
    struct output *out = script_output(shell);
    if (!out->is_terminal)
        return;
    if (localtime_r(&t, &now))
        strftime(clock, sizeof clock, "%H:%M:%S", &now);
    output_printf(out, "\x1b[H\x1b[2Jevery %g s, %s, Ctrl-C ends\n", seconds, clock);
}

enum status command_watch(struct call *call, struct error *error)
{
    double seconds;
    long times;
    struct shell *shell = call->shell;
    struct changes changes = {0};
    TRY(watch_times(call, &seconds, &times, error));
    if (shell->last_sql.length == 0)
        return error_set(error, STATUS_USAGE, "no query to repeat yet");
    if (times == 0 && !shell->interactive)
        return error_set(error, STATUS_USAGE,
                         ".watch SECONDS TIMES is needed outside of the prompt");
    char *sql = arena_strndup(call->arena, shell->last_sql.data, shell->last_sql.length);
    TRY(arena_check(call->arena, error));
    bytes_init(&changes.before, NULL, "shell");
    bytes_init(&changes.now, NULL, "shell");
    shell->changes = &changes;
    bool ok = true;
    for (long i = 0; ok && (times == 0 || i < times); i++) {
        if (i > 0 && !interrupt_sleep(&shell->interrupt, seconds))
            break;
        watch_title(shell, seconds);
        ok = script_run_text(shell, str_of(sql), (struct place){NULL, 1});
        struct bytes drawn = changes.now;
        changes.now = changes.before;
        changes.before = drawn;
        changes.now.length = 0;
        changes.n_drawn++;
        ok = ok && !shell->quit && !atomic_load(&shell->interrupt.ending);
    }
    if (shell->interactive && interrupt_pending(&shell->interrupt))
        fputc('\n', stderr);
    shell->changes = NULL;
    bytes_fini(&changes.before);
    bytes_fini(&changes.now);
    return ok ? STATUS_OK : STATUS_CANCELLED;
}

/* ---- .edit ---- */

static enum status run_editor(const char *path, struct error *error)
{
    int result;
    const char *editor = getenv("VISUAL");
    if (!editor || !*editor)
        editor = getenv("EDITOR");
    if (!editor || !*editor)
        editor = "vi";
    pid_t child = fork();
    if (child < 0)
        return error_set(error, STATUS_IO, "cannot start %s: %s", editor, strerror(errno));
    if (child == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        /* $EDITOR may hold options: let a shell cut it into words. */
        setenv("WEIR_EDITOR", editor, 1);
        execl("/bin/sh", "sh", "-c", "exec $WEIR_EDITOR \"$0\"", path, (char *)NULL);
        _exit(127);
    }
    while (waitpid(child, &result, 0) < 0 && errno == EINTR)
        continue;
    if (!WIFEXITED(result) || WEXITSTATUS(result) != 0)
        return error_set(error, STATUS_IO, "the editor failed: %s", editor);
    return STATUS_OK;
}

enum status command_edit(struct call *call, struct error *error)
{
    struct shell *shell = call->shell;
    char path[] = "/tmp/weir-edit-XXXXXX";
    TRY(command_refuse_if_safe(call, ".edit", error));
    int fd = mkstemp(path);
    if (fd < 0)
        return error_set(error, STATUS_IO, "cannot write %s: %s", path, strerror(errno));
    enum status status =
        io_write(&io_system, fd, path, shell->last_sql.data, shell->last_sql.length, error);
    io_close_quietly(&io_system, fd);
    if (status == STATUS_OK)
        status = run_editor(path, error);
    if (status == STATUS_OK && !script_run_file(shell, path))
        status = STATUS_DATA;
    unlink(path);
    return status;
}
