/* script.c - running statements: prepare, bind, execute, draw, report.
 *
 *   1. A line that begins with a dot where a statement could begin is a dot command; everything else is SQL.
 *   2. A statement's result is drawn as it comes. If it fails, what it wrote to a file is taken back; what it
 *      wrote to standard output stays.
 *   3. A reader of standard output that went away ends the shell without a word. */
#include "shell/script.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "shell/command.h"
#include "shell/display.h"

void script_tell_rollback(struct shell *shell)
{
    if (weir_in_transaction(shell->db))
        failure_notice(shell, "the open transaction was rolled back");
}

struct output *script_output(struct shell *shell)
{
    return shell->file.fd >= 0 ? &shell->file : &shell->standard;
}

/* ---- small things about text ---- */

static unsigned count_lines(const char *text, size_t length)
{
    unsigned lines = 0;
    for (const char *p = text; (p = memchr(p, '\n', length - (size_t)(p - text))) != NULL; p++)
        lines++;
    return lines;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static size_t skip_blanks(struct str text, size_t at)
{
    while (at < text.length && is_blank(text.data[at]))
        at++;
    return at;
}

/* Whether the dot at `at` begins a command: nothing but blanks before it on its line. `.5` does not. */
static bool is_command(struct str text, size_t at)
{
    if (at >= text.length || text.data[at] != '.')
        return false;
    bool digit = at + 1 < text.length && text.data[at + 1] >= '0' && text.data[at + 1] <= '9';
    while (at > 0 && text.data[at - 1] != '\n' && is_blank(text.data[at - 1]))
        at--;
    return !digit && (at == 0 || text.data[at - 1] == '\n');
}

/* The length of the statement at the front of `text` with its semicolon; 0 if it does not end. A
 * semicolon in a comment ends nothing: without it the text would be complete as well. `from`: where to
 * begin looking. */
static size_t statement_length(struct str text, size_t from)
{
    const char *p = text.data + from, *end = text.data + text.length;
    for (; (p = memchr(p, ';', (size_t)(end - p))) != NULL; p++) {
        size_t at = (size_t)(p - text.data);
        if (weir_is_complete(text.data, at + 1) && !weir_is_complete(text.data, at))
            return at + 1;
    }
    return 0;
}

static struct str trim(struct str text)
{
    while (text.length > 0 && is_blank(text.data[text.length - 1]))
        text.length--;
    return text;
}

/* The length of the whole statements and dot commands at the front of `text`. In the statement after them,
 * the first `*scanned` bytes of `text` are known to hold no end; it is set for the next call. */
static size_t complete_prefix(struct str text, bool at_end, size_t *scanned)
{
    size_t at = 0;
    for (;;) {
        size_t start = skip_blanks(text, at);
        struct str rest = {text.data + start, text.length - start};
        if (start == text.length)
            break;
        size_t length;
        if (is_command(text, start)) {
            const char *end = memchr(rest.data, '\n', rest.length);
            length = end ? (size_t)(end - rest.data) + 1 : at_end ? rest.length : 0;
        } else {
            length = statement_length(rest, *scanned > start ? *scanned - start : 0);
        }
        if (length == 0)
            break;
        at = start + length;
    }
    *scanned = text.length;
    return at;
}

bool script_is_complete(struct str text)
{
    size_t scanned = 0;
    size_t at = skip_blanks(text, complete_prefix(text, true, &scanned));
    return at == text.length || weir_is_complete(text.data + at, text.length - at);
}

/* ---- one statement ---- */

struct run {
    struct shell *shell;
    struct weir_statement *statement;
    struct str sql;
    struct place place;
    struct weir_error error; /* of the engine */
    struct error own;        /* of the shell */
    struct progress progress;
    struct arena arena;
    struct render_options options;
    struct output *out; /* what is drawn to */
    int64_t start_ns;
    bool drew; /* something was rendered */
};

static double run_elapsed(const struct run *run)
{
    return (double)(clock_monotonic_ns() - run->start_ns) / 1e9;
}

static bool name_is(const char *name, const char *asked)
{
    if (asked[0] == ':' || asked[0] == '$' || asked[0] == '@')
        asked++;
    return name && strcmp(name, asked) == 0;
}

static const char *parameter_value(const struct shell *shell, const char *name, unsigned index)
{
    char number[16];
    snprintf(number, sizeof number, "%u", index);
    for (size_t i = shell->parameters.count; i-- > 0;) {
        const struct parameter *parameter = &shell->parameters.items[i];
        if (name ? name_is(name, parameter->name) : strcmp(parameter->name, number) == 0)
            return parameter->value;
    }
    return NULL;
}

static enum status run_bind(struct run *run)
{
    unsigned count = weir_parameter_count(run->statement);
    for (unsigned i = 1; i <= count; i++) {
        const char *name = weir_parameter_name(run->statement, i);
        const char *value = parameter_value(run->shell, name, i);
        if (!value) {
            char number[16];
            snprintf(number, sizeof number, "?%u", i);
            enum status status = error_set(&run->own, STATUS_USAGE, "no value for parameter: %s%s",
                                           name ? ":" : "", name ? name : number);
            error_hint(&run->own, "-param %s=VALUE or .param set %s VALUE",
                       name ? name : number + 1, name ? name : number + 1);
            return status;
        }
        if (weir_bind_literal(run->statement, i, value, strlen(value), &run->error) != WEIR_OK)
            return STATUS_VALUE;
    }
    return STATUS_OK;
}

/* The size of the screen and the mode, as they are now. */
static void run_choose_options(struct run *run, struct output *out)
{
    struct shell *shell = run->shell;
    struct render_options *options = &run->options;
    *options = shell->render;
    if (shell->mode_is_default)
        options->mode = out->is_terminal ? RENDER_BOX : RENDER_CSV;
    options->color = out->is_terminal && shell->color_output;
    options->changes = shell->changes;
    if (out->is_terminal) {
        size_t lines;
        display_size(out->fd, &options->width, &lines);
        options->rows_max = shell->rows_max;
        options->footer = true;
        if (out->child) /* a pager: it scrolls in both directions */
            options->width = options->rows_max = 0;
    }
}

static bool mode_holds_back(const struct render_options *options)
{
    return options->mode <= RENDER_MARKDOWN && options->rows_max > 0;
}

/* The text of EXPLAIN, as it is. */
static void run_put_plain(const struct value_type *type, struct value_writer *writer,
                          const struct ArrowArray *batch, struct output *out)
{
    const struct ArrowArray *column = batch->children[0];
    for (int64_t row = 0; row < batch->length; row++) {
        if (value_is_null(type, column, row + batch->offset))
            continue;
        struct str text = value_text(writer, type, column, row + batch->offset);
        output_write(out, text.data, text.length);
        if (text.length == 0 || text.data[text.length - 1] != '\n')
            output_putc(out, '\n');
    }
}

/* Reads the stream to its end and hands its batches out. The failure is in run->error or run->own. */
static enum status
run_each_batch(struct run *run, struct ArrowArrayStream *stream,
               enum status (*fn)(void *, const struct ArrowArray *, struct error *), void *context)
{
    for (;;) {
        struct ArrowArray batch = {0};
        if (interrupt_pending(&run->shell->interrupt))
            weir_cancel(run->shell->db);
        if (stream->get_next(stream, &batch) != 0) {
            weir_stream_error(stream, &run->error);
            if (run->error.code == WEIR_OK)
                return error_set(&run->own, STATUS_INTERNAL, "the result broke off");
            return STATUS_DATA;
        }
        if (!batch.release)
            return STATUS_OK;
        enum status status = fn(context, &batch, &run->own);
        batch.release(&batch);
        TRY(status);
        if (run->out && run->out->hung_up)
            return STATUS_OK;
    }
}

struct drawing {
    struct run *run;
    struct render *render; /* NULL: the text of EXPLAIN as it is */
    struct value_type *types;
    struct value_writer *writer;
    struct output *out;
};

static enum status draw_batch(void *context, const struct ArrowArray *batch, struct error *error)
{
    struct drawing *drawing = context;
    struct run *run = drawing->run;
    if (!mode_holds_back(&run->options) && drawing->out->is_terminal)
        progress_stop(&run->progress);
    if (!drawing->render) {
        run_put_plain(&drawing->types[0], drawing->writer, batch, drawing->out);
        return STATUS_OK;
    }
    plot_add(&run->shell->plot, &drawing->render->writer, drawing->render->types, batch);
    TRY(render_batch(drawing->render, batch, error));
    if (drawing->out->temporary[0])
        return STATUS_OK;
    return output_flush(drawing->out, error); /* the next rows may be long in coming */
}

static enum status run_draw_plain(struct run *run, struct ArrowArrayStream *stream,
                                  const struct ArrowSchema *schema, struct output *out)
{
    struct value_writer writer;
    size_t n_columns;
    struct drawing drawing = {.run = run, .writer = &writer, .out = out};
    TRY(value_types_compile(schema, &run->arena, &drawing.types, &n_columns, &run->own));
    if (n_columns == 0)
        return STATUS_OK;
    value_writer_init(&writer, run->shell->db);
    enum status status = run_each_batch(run, stream, draw_batch, &drawing);
    value_writer_fini(&writer);
    return status;
}

static enum status run_draw(struct run *run, struct ArrowArrayStream *stream,
                            const struct ArrowSchema *schema, struct output *out)
{
    struct render render;
    struct shell *shell = run->shell;
    struct drawing drawing = {.run = run, .render = &render, .out = out};
    TRY(render_open(&render, &run->options, out, shell->db, schema, &run->arena, &run->own));
    plot_begin(&shell->plot, render.types, render.n_columns);
    enum status status = run_each_batch(run, stream, draw_batch, &drawing);
    progress_stop(&run->progress);
    if (status != STATUS_OK) {
        render_abandon(&render);
        return status;
    }
    return render_close(&render, run_elapsed(run), &run->own);
}

/* Draws the result to where results go now. */
static enum status run_show(struct run *run, struct ArrowArrayStream *stream, struct output *out)
{
    struct weir_summary summary;
    struct ArrowSchema schema = {0};
    if (stream->get_schema(stream, &schema) != 0) {
        weir_stream_error(stream, &run->error);
        if (run->error.code == WEIR_OK)
            return error_set(&run->own, STATUS_INTERNAL, "the result has no schema");
        return STATUS_DATA;
    }
    weir_statement_summary(run->statement, &summary);
    run->out = out;
    run_choose_options(run, out);
    bool is_json = run->options.mode == RENDER_JSON || run->options.mode == RENDER_JSONL;
    enum status status = summary.is_explain && !is_json ? run_draw_plain(run, stream, &schema, out)
                                                        : run_draw(run, stream, &schema, out);
    schema.release(&schema);
    return status;
}

/* Draws to a file or to standard output, through the pager if there is one. */
static enum status run_output(struct run *run, struct ArrowArrayStream *stream)
{
    struct shell *shell = run->shell;
    struct output *out = script_output(shell);
    uint64_t mark = 0;
    run->drew = true;
    if (shell->pager && out->is_terminal) {
        struct output pager;
        TRY(output_open_command(&pager, shell->pager, &run->own));
        pager.is_terminal = true;
        enum status status = run_show(run, stream, &pager);
        progress_stop(&run->progress);
        struct error ignored = {0};
        enum status closed = output_close(&pager, status == STATUS_OK ? &run->own : &ignored);
        return status != STATUS_OK ? status : closed;
    }
    TRY(output_mark(out, &mark, &run->own));
    enum status status = run_show(run, stream, out);
    progress_stop(&run->progress);
    if (status == STATUS_OK)
        return output_flush(out, &run->own);
    output_rollback(out, mark);
    struct error ignored = {0};
    (void)(output_flush(out, &ignored) == STATUS_OK);
    return status;
}

static enum status run_execute(struct run *run)
{
    struct ArrowArrayStream stream = {0};
    enum weir_code code = weir_execute(run->statement, &stream, &run->error);
    if (code != WEIR_OK)
        return STATUS_DATA;
    if (!stream.release)
        return STATUS_OK;
    enum status status = run_output(run, &stream);
    stream.release(&stream);
    return status;
}

/* What is said below a statement at the prompt, and with the timer. */
static void run_put_summary(struct run *run)
{
    struct shell *shell = run->shell;
    struct weir_summary summary;
    char rows[32], bytes[32], memory[32];
    weir_statement_summary(run->statement, &summary);
    for (unsigned i = 0; weir_notice(run->statement, i); i++)
        failure_notice(shell, weir_notice(run->statement, i));
    if (shell->interactive && !run->drew) {
        if (summary.rows > 0)
            fprintf(stderr, "ok, %s row%s in %.3f s\n", display_count(summary.rows, rows),
                    summary.rows == 1 ? "" : "s", run_elapsed(run));
        else
            fprintf(stderr, "ok in %.3f s\n", run_elapsed(run));
    }
    if (shell->timer)
        fprintf(stderr, "time: %.3f s, rows read: %s, bytes read: %s, peak memory: %s\n",
                run_elapsed(run), display_count(summary.rows_read, rows),
                display_bytes((double)summary.bytes_read, bytes),
                display_bytes((double)summary.memory_peak, memory));
}

/* Puts the file of .once in its place, or removes it. */
static enum status run_end_once(struct shell *shell, bool succeeded, struct error *error)
{
    if (!shell->once || shell->file.fd < 0)
        return STATUS_OK;
    shell->once = false;
    if (succeeded)
        return output_close(&shell->file, error);
    output_abandon(&shell->file);
    return STATUS_OK;
}

static bool run_report(struct run *run, enum status status)
{
    struct shell *shell = run->shell;
    if (status == STATUS_OK) {
        run_put_summary(run);
        return true;
    }
    if (run->error.code == WEIR_OK)
        failure_report_own(shell, &run->own, run->place);
    else
        failure_report(shell, &run->error, run->sql, run->place);
    return false;
}

static bool run_statement(struct run *run)
{
    struct shell *shell = run->shell;
    struct error ignored = {0};
    run->start_ns = clock_monotonic_ns();
    enum status status = arena_init(&run->arena, &run->own);
    if (status != STATUS_OK)
        return run_report(run, status);
    status = run_bind(run);
    if (status == STATUS_OK) {
        interrupt_begin(&shell->interrupt, shell->db);
        if (shell->progress)
            progress_start(&run->progress, shell->db);
        status = run_execute(run);
        progress_stop(&run->progress);
        interrupt_end(&shell->interrupt);
    }
    if (run->drew) {
        enum status once =
            run_end_once(shell, status == STATUS_OK, status == STATUS_OK ? &run->own : &ignored);
        status = status != STATUS_OK ? status : once;
    } else if (status != STATUS_OK) {
        (void)(run_end_once(shell, false, &ignored) == STATUS_OK);
    }
    bool ok = run_report(run, status);
    arena_fini(&run->arena);
    if (shell->standard.hung_up)
        shell->quit = true;
    return ok;
}

/* Keeps the text of the last query for .watch and .edit. */
static void script_remember(struct shell *shell, struct str sql)
{
    struct error ignored = {0};
    shell->last_sql.length = 0;
    if (bytes_append(&shell->last_sql, sql.data, sql.length, &ignored))
        shell->last_sql.length = 0;
}

/* Runs the statement at the front of `text`; `*used` is its length. */
static bool script_run_statement(struct shell *shell, struct str text, struct place place,
                                 size_t *used)
{
    struct run run = {.shell = shell, .place = place};
    enum weir_code code =
        weir_prepare(shell->db, text.data, text.length, &run.statement, used, &run.error);
    if (code != WEIR_OK)
        *used = statement_length(text, 0);
    if (*used == 0)
        *used = text.length;
    run.sql = trim((struct str){text.data, *used});
    if (code == WEIR_OK && !run.statement)
        return true;
    if (shell->echo) {
        fprintf(stderr, "%.*s\n", (int)run.sql.length, run.sql.data);
    }
    if (code != WEIR_OK)
        return run_report(&run, STATUS_SYNTAX);
    script_remember(shell, run.sql);
    bool ok = run_statement(&run);
    weir_statement_close(run.statement);
    return ok;
}

/* Whether the script goes on after a statement that did or did not succeed. */
static bool script_goes_on(struct shell *shell, bool ok)
{
    if (shell->quit || atomic_load(&shell->interrupt.ending))
        return false;
    if (!shell->interactive && interrupt_pending(&shell->interrupt)) {
        shell->exit_code = EXIT_INTERRUPTED;
        shell->quit = true;
        return false;
    }
    return ok || !shell->bail;
}

static bool script_run_command(struct shell *shell, struct str text, struct place place,
                               size_t *used)
{
    const char *end = memchr(text.data, '\n', text.length);
    *used = end ? (size_t)(end - text.data) + 1 : text.length;
    struct str line = trim((struct str){text.data, *used});
    if (shell->echo)
        fprintf(stderr, "%.*s\n", (int)line.length, line.data);
    return command_run(shell, line, place);
}

bool script_run_text(struct shell *shell, struct str text, struct place place)
{
    bool all_ok = true;
    size_t at = 0;
    if (!text.data)
        return true;
    for (;;) {
        size_t start = skip_blanks(text, at), used = 0;
        place.line += count_lines(text.data + at, start - at);
        at = start;
        if (at == text.length)
            return all_ok;
        struct str rest = {text.data + at, text.length - at};
        bool ok = is_command(text, at) ? script_run_command(shell, rest, place, &used)
                                       : script_run_statement(shell, rest, place, &used);
        all_ok = all_ok && ok;
        if (!script_goes_on(shell, ok))
            return false;
        place.line += count_lines(rest.data, used);
        at += used;
    }
}

/* ---- where text comes from ---- */

static enum status read_file(const char *path, struct bytes *text, struct error *error)
{
    int fd;
    size_t got;
    struct io_stat st;
    TRY(io_stat(&io_system, path, &st, error));
    if (st.is_folder)
        return error_set(error, STATUS_IO, "cannot read %s: it is a folder", path);
    TRY(io_open_read(&io_system, path, &fd, error));
    enum status status;
    do {
        status = bytes_reserve(text, 65536, error);
        if (status != STATUS_OK)
            break;
        status = io_read(&io_system, fd, path, text->data + text->length, 65536, &got, error);
        text->length += status == STATUS_OK ? got : 0;
    } while (status == STATUS_OK && got > 0);
    io_close_quietly(&io_system, fd);
    return status;
}

bool script_run_file(struct shell *shell, const char *path)
{
    struct bytes text;
    struct error error = {0};
    bytes_init(&text, NULL, "shell");
    bool ok = false;
    if (read_file(path, &text, &error) == STATUS_OK)
        ok = script_run_text(shell, (struct str){text.data, text.length}, (struct place){path, 1});
    else
        failure_report_own(shell, &error, (struct place){NULL, 1});
    bytes_fini(&text);
    return ok;
}

/* Runs the whole statements at the front of `text` and takes them away; at the end, all of it. */
static bool stdin_run_complete(struct shell *shell, struct bytes *text, unsigned *line,
                               size_t *scanned, bool at_end)
{
    struct str all = {text->data, text->length};
    if (!at_end)
        all.length = complete_prefix(all, false, scanned);
    if (all.length == 0)
        return true;
    /* A script of one line is named by nobody. */
    unsigned n_lines = count_lines(all.data, all.length);
    struct place from = {*line > 1 || n_lines > 0 ? "stdin" : NULL, *line};
    bool ok = script_run_text(shell, all, from);
    *line += n_lines;
    text->length -= all.length;
    memmove(text->data, text->data + all.length, text->length);
    *scanned = 0;
    return ok;
}

/* Reads what is there, up to whole lines; false at the end. */
static bool stdin_read(struct shell *shell, struct bytes *text, struct error *error)
{
    size_t got;
    if (!interrupt_wait_readable(&shell->interrupt, STDIN_FILENO))
        return false;
    if (bytes_reserve(text, 65536, error) != STATUS_OK ||
        io_read(&io_system, STDIN_FILENO, "standard input", text->data + text->length, 65536, &got,
                error) != STATUS_OK)
        return false;
    text->length += got;
    return got > 0;
}

/* Moves the whole lines of `pending` to `text`. */
static enum status stdin_take_lines(struct bytes *pending, struct bytes *text, bool at_end,
                                    struct error *error)
{
    size_t length = pending->length;
    while (!at_end && length > 0 && pending->data[length - 1] != '\n')
        length--;
    TRY(bytes_append(text, pending->data, length, error));
    pending->length -= length;
    if (pending->length > 0)
        memmove(pending->data, pending->data + length, pending->length);
    return STATUS_OK;
}

bool script_run_stdin(struct shell *shell)
{
    struct bytes pending, text;
    struct error error = {0};
    size_t scanned = 0;
    unsigned line = 1;
    bytes_init(&pending, NULL, "shell");
    bytes_init(&text, NULL, "shell");
    bool more = true, ok = true;
    while (more && (ok || !shell->bail) && script_goes_on(shell, true)) {
        more = stdin_read(shell, &pending, &error);
        if (stdin_take_lines(&pending, &text, !more, &error) != STATUS_OK)
            break;
        if (!interrupt_pending(&shell->interrupt))
            ok = stdin_run_complete(shell, &text, &line, &scanned, !more);
    }
    (void)script_goes_on(shell, ok); /* an interrupt while waiting tells in the exit code */
    if (error.status != STATUS_OK)
        failure_report_own(shell, &error, (struct place){NULL, 1});
    bytes_fini(&pending);
    bytes_fini(&text);
    return ok;
}

/* ---- SQL of the shell's own ---- */

struct each_row {
    struct value_type *types;
    size_t n_columns;
    const char **names;
    struct str *values;
    struct value_writer writer;
    struct arena *arena;
    script_row_fn *fn;
    void *context;
};

static enum status each_row_batch(void *context, const struct ArrowArray *batch,
                                  struct error *error)
{
    struct each_row *each = context;
    for (int64_t row = 0; row < batch->length; row++) {
        for (size_t i = 0; i < each->n_columns; i++) {
            int64_t at = row + batch->offset;
            each->values[i] = (struct str){NULL, 0};
            if (value_is_null(&each->types[i], batch->children[i], at))
                continue;
            struct str text = value_text(&each->writer, &each->types[i], batch->children[i], at);
            each->values[i] = (struct str){str_dup(each->arena, text), text.length};
        }
        TRY(arena_check(each->arena, error));
        each->fn(each->context, each->names, each->values, each->n_columns);
    }
    return STATUS_OK;
}

static enum status each_row_read(struct run *run, struct ArrowArrayStream *stream,
                                 struct each_row *each)
{
    struct ArrowSchema schema = {0};
    if (stream->get_schema(stream, &schema) != 0) {
        weir_stream_error(stream, &run->error);
        return STATUS_DATA;
    }
    enum status status =
        value_types_compile(&schema, each->arena, &each->types, &each->n_columns, &run->own);
    if (status == STATUS_OK) {
        each->names = ARENA_ARRAY(each->arena, const char *, each->n_columns);
        each->values = ARENA_ARRAY(each->arena, struct str, each->n_columns);
        status = arena_check(each->arena, &run->own);
    }
    for (size_t i = 0; status == STATUS_OK && i < each->n_columns; i++)
        each->names[i] = each->types[i].name;
    if (status == STATUS_OK)
        status = run_each_batch(run, stream, each_row_batch, each);
    schema.release(&schema);
    return status;
}

enum status script_each_row(struct shell *shell, const char *sql, script_row_fn *row, void *context,
                            struct error *error)
{
    size_t used;
    struct run run = {.shell = shell};
    struct ArrowArrayStream stream = {0};
    struct each_row each = {.arena = &run.arena, .fn = row, .context = context};
    char kept[32];
    TRY(arena_init(&run.arena, error));
    value_writer_init(&each.writer, shell->db);
    enum status status = STATUS_OK;
    /* FROM _ stays what the user saw last. */
    bool keeps = weir_get(shell->db, "keep_result", kept, sizeof kept) &&
                 weir_set(shell->db, "keep_result", "0", NULL) == WEIR_OK;
    if (weir_prepare(shell->db, sql, strlen(sql), &run.statement, &used, &run.error) != WEIR_OK ||
        weir_execute(run.statement, &stream, &run.error) != WEIR_OK)
        status = STATUS_DATA;
    if (status == STATUS_OK && stream.release) {
        status = each_row_read(&run, &stream, &each);
        stream.release(&stream);
    }
    if (run.statement)
        weir_statement_close(run.statement);
    if (keeps)
        (void)weir_set(shell->db, "keep_result", kept, NULL);
    if (run.error.code != WEIR_OK) {
        status = error_set(error, (enum status)run.error.code, "%s", run.error.message);
        if (run.error.hint[0])
            error_hint(error, "%s", run.error.hint);
    } else if (status != STATUS_OK) {
        status = error_set(error, status, "%s", run.own.message);
    }
    value_writer_fini(&each.writer);
    arena_fini(&run.arena);
    return status;
}
