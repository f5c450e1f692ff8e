/* line.c - the prompt, on libedit.
 *
 *   1. The buffer holds the whole statement. Enter ends it when it is complete, else begins a line in it,
 *      indented to stand below the first.
 *   2. libedit knows no colours: after it has drawn, and before it waits for a key, the text is drawn over
 *      itself in colour. Its own idea of the screen stays right, since the characters are the same.
 *   3. Ctrl-C is an ordinary key here: the terminal sends no signal while a line is edited. */
#include "shell/line.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "base/io.h"
#include "shell/display.h"
#include "shell/highlight.h"
#include "shell/script.h"

enum { COLUMNS_MIN = 12, LINES_MIN = 4 };
#define COLUMNS_MIN_TEXT "12"
#define LINES_MIN_TEXT   "4"

enum { HISTORY_MAX = 10000, HISTORY_ENTRY_MAX = 64 * 1024, LIST_MAX = 200 };

#define PROMPT      "weir> "
#define PROMPT_OPEN "weir* " /* in a transaction; as wide */
#define PASTE_ON    "\x1b[?2004h"
#define PASTE_OFF   "\x1b[?2004l"

struct line {
    struct shell *shell;
    EditLine *editor;
    History *history;
    FILE *screen;
    char *prompt, *prompt_open;
    const char *history_path;
    struct highlight highlight;
    size_t columns, lines;           /* of the editor */
    size_t real_columns, real_lines; /* of the terminal */
    bool dumb;
    enum line_result result;
    struct bytes last; /* the last entry of the history, so that none is there twice in a row */
    struct bytes paint;
    struct bytes text; /* what Enter ended */
};

static struct line *line_of(EditLine *editor)
{
    struct line *line = NULL;
    el_get(editor, EL_CLIENTDATA, &line);
    return line;
}

static char *prompt_text(EditLine *editor)
{
    const struct line *line = line_of(editor);
    return weir_in_transaction(line->shell->db) ? line->prompt_open : line->prompt;
}

static struct str buffer_text(EditLine *editor)
{
    const LineInfo *info = el_line(editor);
    return (struct str){info->buffer, (size_t)(info->lastchar - info->buffer)};
}

static size_t buffer_cursor(EditLine *editor)
{
    const LineInfo *info = el_line(editor);
    return (size_t)(info->cursor - info->buffer);
}

/* ---- colours ---- */

struct position {
    size_t row, column;
};

/* Where the character at `at` of `text` stands below the beginning of the prompt. */
static struct position text_position(const struct line *line, struct str text, size_t at)
{
    struct position p = {0, strlen(PROMPT)};
    for (size_t i = 0; i < at;) {
        uint32_t point;
        size_t n = value_utf8_decode(text.data + i, text.length - i, &point);
        i += MAX(n, (size_t)1);
        if (n == 1 && point == '\n') {
            p = (struct position){p.row + 1, 0};
            continue;
        }
        int w = n ? display_point_width(point) : 1;
        w = MAX(w, 0);
        if (p.column + (size_t)w > line->columns)
            p = (struct position){p.row + 1, 0};
        p.column += (size_t)w;
        if (p.column >= line->columns)
            p = (struct position){p.row + 1, 0};
    }
    return p;
}

static void paint(struct line *line, const char *text, size_t length)
{
    struct error ignored = {0};
    (void)(bytes_append(&line->paint, text, length, &ignored) == STATUS_OK);
}

static void paint_text(struct line *line, struct str text)
{
    for (size_t at = 0; at < text.length;) {
        struct highlight_span span = highlight_next(&line->highlight, text, at);
        const char *color = span.color ? span.color : COLOR_RESET;
        paint(line, color, strlen(color));
        for (; at < span.end; at++) {
            if (text.data[at] == '\n')
                paint(line, "\r\n", 2);
            else
                paint(line, text.data + at, 1);
        }
    }
    paint(line, COLOR_RESET, strlen(COLOR_RESET));
}

/* Draws the text over itself in colour. Texts that do not fit on the screen are left as they are, and ones
 * with characters that libedit draws in its own way. */
static void line_paint(struct line *line)
{
    struct str text = buffer_text(line->editor);
    struct position cursor = text_position(line, text, buffer_cursor(line->editor));
    struct position end = text_position(line, text, text.length);
    char move[32];
    bool odd = false;
    for (size_t i = 0; i < text.length; i++)
        odd = odd || (text.data[i] != '\n' && (unsigned char)text.data[i] < 0x20);
    bool told = line->columns != line->real_columns || line->lines != line->real_lines;
    if (!line->shell->color_output || line->dumb || odd || told || text.length == 0 ||
        text.data[0] == '.' || end.row + 1 >= line->lines)
        return;
    line->paint.length = 0;
    paint(line,
          "\x1b[?25l\x1b"
          "7\r",
          9);
    if (cursor.row > 0)
        paint(line, move, (size_t)snprintf(move, sizeof move, "\x1b[%zuA", cursor.row));
    paint(line, move, (size_t)snprintf(move, sizeof move, "\x1b[%zuC", strlen(PROMPT)));
    paint_text(line, text);
    paint(line,
          "\x1b"
          "8\x1b[?25h",
          8);
    fwrite(line->paint.data, 1, line->paint.length, line->screen);
    fflush(line->screen);
}

/* ---- keys ---- */

/* Takes over the size of the terminal. libedit writes past its lines on a screen narrower than a few wide
 * characters, so it is told of a larger one: what is typed there looks odd, but nothing breaks. */
static void line_resize(struct line *line)
{
    size_t columns, lines;
    display_size(fileno(line->screen), &columns, &lines);
    if (columns == line->real_columns && lines == line->real_lines)
        return;
    line->real_columns = columns;
    line->real_lines = lines;
    line->columns = MAX(columns, (size_t)COLUMNS_MIN);
    line->lines = MAX(lines, (size_t)LINES_MIN);
    el_resize(line->editor);
    if (line->columns != columns)
        el_set(line->editor, EL_SETTC, "co", COLUMNS_MIN_TEXT, NULL);
    if (line->lines != lines)
        el_set(line->editor, EL_SETTC, "li", LINES_MIN_TEXT, NULL);
}

/* Reads one character for the editor: 1, or 0 at the end of the input. */
static int read_key(EditLine *editor, wchar_t *out)
{
    struct line *line = line_of(editor);
    char bytes[4];
    size_t n = 0;
    uint32_t point;
    struct pollfd typed = {STDIN_FILENO, POLLIN, 0};
    line_resize(line);
    if (poll(&typed, 1, 0) == 0) /* else more is coming, and nobody could see it */
        line_paint(line);
    while (n < sizeof bytes) {
        while (!interrupt_wait_readable(&line->shell->interrupt, STDIN_FILENO))
            if (atomic_load(&line->shell->interrupt.ending))
                return 0;
        ssize_t got = read(STDIN_FILENO, bytes + n, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        if (value_utf8_decode(bytes, ++n, &point)) {
            *out = (wchar_t)point;
            return 1;
        }
        if ((unsigned char)bytes[0] < 0xc2 || (unsigned char)bytes[0] > 0xf4)
            break;
    }
    *out = 0xfffd;
    return 1;
}

/* Goes to the line below the text. */
static void leave_line(EditLine *editor)
{
    struct line *line = line_of(editor);
    struct str text = buffer_text(editor);
    struct position cursor = text_position(line, text, buffer_cursor(editor));
    struct position end = text_position(line, text, text.length);
    for (size_t row = cursor.row; row <= end.row; row++)
        fputs("\r\n", line->screen);
    fflush(line->screen);
}

/* Whether the cursor is inside of a quoted text, where an indent would become part of it. */
static bool in_quotes(struct str text)
{
    char quote = '\0';
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (quote ? c == quote : c == '\'' || c == '"')
            quote = quote ? '\0' : c;
    }
    return quote != '\0';
}

static unsigned char key_enter(EditLine *editor, int key)
{
    struct line *line = line_of(editor);
    struct str text = buffer_text(editor);
    (void)key;
    if (script_is_complete(text)) {
        struct error ignored = {0};
        line->text.length = 0;
        line->result = bytes_append(&line->text, text.data, text.length, &ignored) == STATUS_OK
                           ? LINE_TEXT
                           : LINE_CANCELLED;
        leave_line(editor);
        return CC_NEWLINE;
    }
    text.length = buffer_cursor(editor);
    el_insertstr(editor, in_quotes(text) ? "\n" : "\n      ");
    return CC_REFRESH;
}

/* Backspace takes the whole indent that Enter made. */
static unsigned char key_backspace(EditLine *editor, int key)
{
    struct str text = buffer_text(editor);
    size_t cursor = buffer_cursor(editor), indent = strlen(PROMPT);
    (void)key;
    if (cursor == 0)
        return CC_ERROR;
    bool is_indent = cursor > indent && text.data[cursor - indent - 1] == '\n';
    for (size_t i = 0; is_indent && i < indent; i++)
        is_indent = text.data[cursor - 1 - i] == ' ';
    el_deletestr(editor, is_indent ? (int)indent + 1 : 1);
    return CC_REFRESH;
}

static unsigned char key_cancel(EditLine *editor, int key)
{
    struct line *line = line_of(editor);
    (void)key;
    line->result = LINE_CANCELLED;
    leave_line(editor);
    return CC_NEWLINE;
}

static unsigned char key_suspend(EditLine *editor, int key)
{
    (void)key;
    el_set(editor, EL_PREP_TERM, 0);
    kill(0, SIGTSTP);
    el_set(editor, EL_PREP_TERM, 1);
    return CC_REDISPLAY;
}

/* Moves `up` or down a line within the text, or else in the history, by way of the keys bound to that. */
static unsigned char move_line(EditLine *editor, bool up)
{
    struct str text = buffer_text(editor);
    size_t cursor = buffer_cursor(editor), start = cursor, to;
    while (start > 0 && text.data[start - 1] != '\n')
        start--;
    size_t column = cursor - start, end = cursor;
    while (end < text.length && text.data[end] != '\n')
        end++;
    if (up ? start == 0 : end == text.length) {
        el_wpush(editor, up ? L"\x18\x10" : L"\x18\x0e");
        return CC_NORM;
    }
    size_t next = up ? start - 1 : end + 1;
    while (up && next > 0 && text.data[next - 1] != '\n')
        next--;
    for (to = next; to < text.length && text.data[to] != '\n' && to - next < column;)
        to++;
    /* The editor counts characters, not bytes. */
    int step = 0;
    for (size_t i = MIN(to, cursor); i < MAX(to, cursor); i++)
        step += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    el_cursor(editor, up ? -step : step);
    return CC_CURSOR;
}

static unsigned char key_up(EditLine *editor, int key)
{
    (void)key;
    return move_line(editor, true);
}

static unsigned char key_down(EditLine *editor, int key)
{
    (void)key;
    return move_line(editor, false);
}

/* What the terminal says was pasted goes into the text as it is: no line of it runs before Enter. */
static unsigned char key_paste(EditLine *editor, int key)
{
    static const wchar_t stop[] = L"\x1b[201~";
    struct line *line = line_of(editor);
    struct bytes pasted;
    struct error ignored = {0};
    size_t matched = 0;
    wchar_t c;
    char utf8[8];
    (void)key;
    bool colors = line->shell->color_output;
    line->shell->color_output = false; /* nothing is drawn meanwhile */
    bytes_init(&pasted, NULL, "shell");
    while (matched < wcslen(stop) && el_wgetc(editor, &c) == 1) {
        matched = c == stop[matched] ? matched + 1 : c == stop[0];
        c = c == L'\r' ? L'\n' : c == L'\t' ? L' ' : c;
        int n =
            (c < 0x20 && c != L'\n') || matched ? 0 : snprintf(utf8, sizeof utf8, "%lc", (wint_t)c);
        if (n > 0)
            (void)(bytes_append(&pasted, utf8, (size_t)n, &ignored) == STATUS_OK);
    }
    line->shell->color_output = colors;
    while (pasted.length > 0 && pasted.data[pasted.length - 1] == '\n')
        pasted.length--;
    if (pasted.length > 0 && bytes_append(&pasted, "", 1, &ignored) == STATUS_OK)
        el_insertstr(editor, pasted.data);
    bytes_fini(&pasted);
    return CC_REFRESH;
}

/* ---- completion ---- */

static size_t common_length(const struct completion *completion)
{
    const char *first = completion->candidates.items[0];
    size_t length = strlen(first);
    for (size_t i = 1; i < completion->candidates.count; i++) {
        size_t same = 0;
        while (same < length && completion->candidates.items[i][same] == first[same])
            same++;
        length = same;
    }
    while (length > 0 && ((unsigned char)first[length] & 0xc0) == 0x80)
        length--; /* not in the middle of a character */
    return length;
}

static void list_candidates(struct line *line, const struct completion *completion)
{
    size_t widest = 1, n = MIN(completion->candidates.count, (size_t)LIST_MAX);
    for (size_t i = 0; i < n; i++)
        widest = MAX(widest, display_width(str_of(completion->candidates.items[i])));
    size_t across = MAX(line->columns / (widest + 2), (size_t)1);
    fputs("\r\n", line->screen);
    for (size_t i = 0; i < n; i++) {
        const char *name = completion->candidates.items[i];
        bool ends = (i + 1) % across == 0 || i + 1 == n;
        fprintf(line->screen, "%s%*s", name,
                ends ? 0 : (int)(widest + 2 - display_width(str_of(name))), "");
        if (ends)
            fputs("\r\n", line->screen);
    }
    if (n < completion->candidates.count)
        fprintf(line->screen, DISPLAY_ELLIPSIS " %zu more\r\n", completion->candidates.count - n);
    fflush(line->screen);
}

static size_t count_characters(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.length; i++)
        n += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return n;
}

static unsigned char complete_apply(struct line *line, struct arena *arena,
                                    const struct completion *completion, struct str word)
{
    EditLine *editor = line->editor;
    size_t n = completion->candidates.count;
    if (n == 0)
        return CC_REFRESH_BEEP;
    size_t common = common_length(completion);
    const char *first = completion->candidates.items[0];
    bool longer = common > word.length || (n == 1 && completion->suffix[0]);
    if (common >= word.length && longer) {
        const char *suffix = n == 1 ? completion->suffix : "";
        const char *text = arena_printf(arena, "%.*s%s", (int)common, first, suffix);
        el_deletestr(editor, (int)count_characters(word));
        el_insertstr(editor, text);
        return CC_REFRESH;
    }
    if (n == 1)
        return CC_REFRESH;
    list_candidates(line, completion);
    return CC_REDISPLAY;
}

static unsigned char key_complete(EditLine *editor, int key)
{
    struct line *line = line_of(editor);
    struct str text = buffer_text(editor);
    struct arena arena;
    struct error ignored = {0};
    (void)key;
    text.length = buffer_cursor(editor);
    if (text.length == 0 || text.data[text.length - 1] == '\n') {
        el_insertstr(editor, "  ");
        return CC_REFRESH;
    }
    if (arena_init(&arena, &ignored) != STATUS_OK)
        return CC_ERROR;
    /* The editor's copy of the text may move while the engine is asked. */
    struct str copy = {str_dup(&arena, text), text.length};
    struct completion completion = {.arena = &arena};
    complete_find(line->shell, copy, &completion);
    struct str word = {copy.data + completion.start, copy.length - completion.start};
    unsigned char result = complete_apply(line, &arena, &completion, word);
    arena_fini(&arena);
    return result;
}

/* ---- history ---- */

/* Adds `text` to what the arrows show; false if it is the same as the last. */
static bool history_add(struct line *line, struct str text)
{
    HistEvent event;
    struct error ignored = {0};
    struct str last = {line->last.data, line->last.length ? line->last.length - 1 : 0};
    if (text.length == 0 || text.length > HISTORY_ENTRY_MAX || str_equal(text, last))
        return false;
    line->last.length = 0;
    if (bytes_append(&line->last, text.data, text.length, &ignored) != STATUS_OK ||
        bytes_append(&line->last, "", 1, &ignored) != STATUS_OK)
        return false;
    history(line->history, &event, H_ENTER, line->last.data);
    return true;
}

/* One entry a line: line ends and backslashes of the text are written \n and \\. */
static void history_save(struct line *line, struct str text)
{
    struct bytes entry;
    struct error ignored = {0};
    if (!line->history_path)
        return;
    bytes_init(&entry, NULL, "shell");
    enum status status = STATUS_OK;
    for (size_t i = 0; i < text.length && status == STATUS_OK; i++) {
        const char *escaped = text.data[i] == '\n' ? "\\n" : text.data[i] == '\\' ? "\\\\" : NULL;
        status = escaped ? bytes_append(&entry, escaped, 2, &ignored)
                         : bytes_append(&entry, text.data + i, 1, &ignored);
    }
    int fd = open(line->history_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0 && status == STATUS_OK && bytes_append(&entry, "\n", 1, &ignored) == STATUS_OK)
        (void)(io_write(&io_system, fd, line->history_path, entry.data, entry.length, &ignored) ==
               STATUS_OK);
    if (fd >= 0)
        io_close_quietly(&io_system, fd);
    bytes_fini(&entry);
}

static size_t unescape_entry(char *text, size_t length)
{
    size_t to = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '\\' && i + 1 < length)
            c = text[++i] == 'n' ? '\n' : text[i];
        text[to++] = c;
    }
    return to;
}

/* Keeps the last HISTORY_MAX entries of a file that has grown well past them. */
static void history_trim(struct line *line, struct str text, size_t n_entries)
{
    struct output out;
    struct error ignored = {0};
    if (n_entries < HISTORY_MAX + HISTORY_MAX / 2)
        return;
    for (size_t drop = n_entries - HISTORY_MAX; drop > 0; drop--) {
        size_t length = (size_t)((char *)memchr(text.data, '\n', text.length) - text.data) + 1;
        text.data += length;
        text.length -= length;
    }
    if (output_open_file(&out, line->history_path, &ignored) != STATUS_OK)
        return;
    output_write(&out, text.data, text.length);
    (void)(output_close(&out, &ignored) == STATUS_OK);
}

static void history_take(struct line *line, struct bytes *text)
{
    size_t n_entries = 0;
    for (size_t i = 0; i < text->length; i++)
        n_entries += text->data[i] == '\n';
    history_trim(line, (struct str){text->data, text->length}, n_entries);
    for (size_t at = 0; at < text->length;) {
        char *end = memchr(text->data + at, '\n', text->length - at);
        size_t length = end ? (size_t)(end - text->data) - at : text->length - at;
        size_t unescaped = unescape_entry(text->data + at, length);
        history_add(line, (struct str){text->data + at, unescaped});
        at += length + 1;
    }
}

static void history_load(struct line *line)
{
    struct bytes text;
    struct error ignored = {0};
    struct io_stat st;
    int fd;
    if (!line->history_path || !io_exists(&io_system, line->history_path, &st) || !st.is_regular ||
        io_open_read(&io_system, line->history_path, &fd, &ignored) != STATUS_OK)
        return;
    bytes_init(&text, NULL, "shell");
    size_t got = 0;
    if (bytes_reserve(&text, st.size + 1, &ignored) == STATUS_OK &&
        io_read(&io_system, fd, line->history_path, text.data, st.size, &got, &ignored) ==
            STATUS_OK)
        text.length = got;
    io_close_quietly(&io_system, fd);
    history_take(line, &text);
    bytes_fini(&text);
}

/* ---- the doors ---- */

static void bind_keys(EditLine *editor)
{
    static const struct {
        const wchar_t *name, *keys[3];
        unsigned char (*fn)(EditLine *, int);
    } own[] = {
        {L"weir-enter", {L"^M", L"^J", NULL}, key_enter},
        {L"weir-cancel", {L"^C", NULL, NULL}, key_cancel},
        {L"weir-suspend", {L"^Z", NULL, NULL}, key_suspend},
        {L"weir-complete", {L"^I", NULL, NULL}, key_complete},
        {L"weir-backspace", {L"^?", L"^H", NULL}, key_backspace},
        {L"weir-up", {L"\\e[A", L"\\eOA", L"^P"}, key_up},
        {L"weir-down", {L"\\e[B", L"\\eOB", L"^N"}, key_down},
        {L"weir-paste", {L"\\e[200~", NULL, NULL}, key_paste},
    };
    static const char *const builtin[][2] = {
        {"^R", "em-inc-search-prev"}, {"^W", "ed-delete-prev-word"},
        {"^U", "vi-kill-line-prev"},  {"^X^P", "ed-prev-history"},
        {"^X^N", "ed-next-history"},  {"\\e[3~", "ed-delete-next-char"},
        {"\\e[H", "ed-move-to-beg"},  {"\\e[F", "ed-move-to-end"},
        {"\\e[1~", "ed-move-to-beg"}, {"\\e[4~", "ed-move-to-end"},
        {"\\e[1;5C", "em-next-word"}, {"\\e[1;5D", "ed-prev-word"},
        {"^L", "ed-clear-screen"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(builtin); i++)
        el_set(editor, EL_BIND, builtin[i][0], builtin[i][1], NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(own); i++) {
        el_wset(editor, EL_ADDFN, own[i].name, L"of weir", own[i].fn); /* kept as they are */
        for (size_t k = 0; k < 3 && own[i].keys[k]; k++)
            el_wset(editor, EL_BIND, own[i].keys[k], own[i].name, NULL);
    }
}

struct line *line_open(struct shell *shell, const char *history_path)
{
    HistEvent event;
    struct line *line = ARENA_NEW(shell->arena, struct line);
    const char *term = getenv("TERM");
    if (shell->arena->failed)
        return NULL;
    line->shell = shell;
    line->screen = isatty(STDOUT_FILENO) ? stdout : stderr;
    line->dumb = !term || !*term || strcmp(term, "dumb") == 0;
    line->history_path = history_path;
    line->prompt = arena_strdup(shell->arena, PROMPT);
    line->prompt_open = arena_strdup(shell->arena, PROMPT_OPEN);
    bytes_init(&line->last, NULL, "shell");
    bytes_init(&line->paint, NULL, "shell");
    bytes_init(&line->text, NULL, "shell");
    highlight_init(&line->highlight, shell->arena);
    line->editor = el_init("weir", stdin, line->screen, stderr);
    line->history = history_init();
    if (!line->editor || !line->history)
        return NULL;
    history(line->history, &event, H_SETSIZE, HISTORY_MAX);
    history_load(line);
    el_set(line->editor, EL_CLIENTDATA, line);
    el_set(line->editor, EL_EDITOR, "emacs");
    el_set(line->editor, EL_SIGNAL, 0);
    el_set(line->editor, EL_PROMPT, prompt_text);
    el_set(line->editor, EL_HIST, history, line->history);
    el_set(line->editor, EL_GETCFN, read_key);
    bind_keys(line->editor);
    el_set(line->editor, EL_SETTY, "-d", "-isig", NULL);
    line_resize(line);
    return line;
}

void line_close(struct line *line)
{
    history_end(line->history);
    el_end(line->editor);
    bytes_fini(&line->last);
    bytes_fini(&line->paint);
    bytes_fini(&line->text);
}

enum line_result line_read(struct line *line, struct bytes *text)
{
    struct error ignored = {0};
    int length = 0;
    line->result = LINE_END;
    line_resize(line);
    if (!line->dumb)
        fputs(PASTE_ON, line->screen);
    fflush(line->screen);
    (void)el_gets(line->editor, &length);
    if (!line->dumb)
        fputs(PASTE_OFF, line->screen);
    fflush(line->screen);
    text->length = 0;
    if (line->result != LINE_TEXT)
        return line->result;
    if (bytes_append(text, line->text.data, line->text.length, &ignored) != STATUS_OK)
        return LINE_CANCELLED;
    struct str entry = {text->data, text->length};
    while (entry.length > 0 &&
           (entry.data[entry.length - 1] == '\n' || entry.data[entry.length - 1] == ' '))
        entry.length--;
    if (history_add(line, entry))
        history_save(line, entry);
    return LINE_TEXT;
}
