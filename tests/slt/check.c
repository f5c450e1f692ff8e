/* check.c - one record after the other, in a scratch folder of the script's own. */
#include "tests/slt/check.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "tests/slt/md5.h"
#include "tests/slt/oracle.h"
#include "tests/slt/result.h"

enum { SHOWN_FAILURES_MAX = 20, SHOWN_LINES_MAX = 25, SCRIPT_SECONDS_MAX = 300 };

struct run {
    const struct script *script;
    const struct check_options *options;
    struct check_counts *counts;
    struct arena arena; /* of the record */
    struct weir *db;
    char folder[256]; /* of the database; empty: in memory */
    bool stores;      /* TEMP tables too */
    struct oracle *oracle;
    bool oracle_on;
    struct strbuf *updated; /* the script as it is to be; NULL: not asked */
    size_t copied;          /* its lines written so far */
};

static void say(const struct run *run, const struct record *record, const char *what)
{
    if (run->counts->failed >= SHOWN_FAILURES_MAX)
        return;
    printf("%s:%u: %s\n", run->script->path, record->line, what);
    for (size_t i = 0; i < run->options->n_settings; i++)
        printf("    with %s = %s\n", run->options->settings[i].name,
               run->options->settings[i].value);
}

static void say_text(const struct run *run, const char *title, struct str text)
{
    if (run->counts->failed >= SHOWN_FAILURES_MAX)
        return;
    printf("  %s\n", title);
    size_t start = 0, shown = 0;
    while (start < text.length) {
        const char *end = memchr(text.data + start, '\n', text.length - start);
        size_t stop = end ? (size_t)(end - text.data) : text.length;
        if (++shown > SHOWN_LINES_MAX) {
            printf("    ...\n");
            return;
        }
        printf("    %.*s\n", (int)(stop - start), text.data + start);
        start = stop + 1;
    }
}

/* ---- Running SQL ---- */

struct outcome {
    bool failed;
    struct weir_error error;
    struct str sql;     /* of the statement the error is in, from where its spans count */
    struct result rows; /* of the last statement */
    bool has_rows;
    bool notice_seen;
};

static bool bind_parameters(struct run *run, const struct record *record,
                            struct weir_statement *statement, struct weir_error *error)
{
    for (size_t i = 0; i < record->parameters.count; i++) {
        struct record_parameter parameter = record->parameters.items[i];
        const char *name = str_dup(&run->arena, parameter.name);
        unsigned index = (unsigned)strtoul(name, NULL, 10);
        if (index == 0)
            index = weir_parameter_index(statement, name);
        if (weir_bind_literal(statement, index, parameter.value.data, parameter.value.length,
                              error) != WEIR_OK)
            return false;
    }
    return true;
}

static void look_for_notice(const struct record *record, const struct weir_statement *statement,
                            struct outcome *outcome)
{
    if (!record->notice.data)
        return;
    const char *notice;
    for (unsigned i = 0; (notice = weir_notice(statement, i)) != NULL; i++)
        if (str_equal(str_of(notice), record->notice))
            outcome->notice_seen = true;
}

static bool run_statement(struct run *run, const struct record *record,
                          struct weir_statement *statement, enum result_style style,
                          struct outcome *outcome)
{
    struct ArrowArrayStream stream = {0};
    if (!bind_parameters(run, record, statement, &outcome->error))
        return false;
    if (weir_execute(statement, &stream, &outcome->error) != WEIR_OK)
        return false;
    outcome->has_rows = stream.release != NULL;
    bool fine = true;
    if (stream.release) {
        struct weir_summary summary = {0};
        weir_statement_summary(statement, &summary);
        fine = result_read(&run->arena, &stream, style, record->types, summary.is_explain,
                           &outcome->rows, &outcome->error);
    }
    look_for_notice(record, statement, outcome);
    return fine;
}

/* With --database tables are stored ones: CREATE TEMP without its second word. Places stay. */
static struct str without_temp(struct run *run, struct str sql)
{
    static const char WORDS[] = "CREATE TEMP ";
    char *copy = str_dup(&run->arena, sql);
    for (char *at = copy; (at = strstr(at, WORDS)) != NULL; at += sizeof WORDS - 1)
        memset(at + 7, ' ', 4);
    return (struct str){copy, sql.length};
}

/* Runs each statement of the record in turn, up to the first failure. */
static void run_sql(struct run *run, const struct record *record, enum result_style style,
                    struct outcome *outcome)
{
    *outcome = (struct outcome){0};
    struct str left = run->stores ? without_temp(run, record->sql) : record->sql;
    while (left.length > 0 && !outcome->failed) {
        struct weir_statement *statement = NULL;
        size_t used = 0;
        outcome->sql = left;
        if (weir_prepare(run->db, left.data, left.length, &statement, &used, &outcome->error) !=
            WEIR_OK) {
            outcome->failed = true;
            return;
        }
        if (!statement)
            return;
        outcome->failed = !run_statement(run, record, statement, style, outcome);
        weir_statement_close(statement);
        left.data += used;
        left.length -= used;
    }
}

static struct str format_error(struct run *run, const struct outcome *outcome)
{
    size_t needed =
        weir_error_format(&outcome->error, outcome->sql.data, outcome->sql.length, NULL, 0);
    char *text = arena_alloc_aligned(&run->arena, needed + 1, 1);
    weir_error_format(&outcome->error, outcome->sql.data, outcome->sql.length, text, needed + 1);
    while (needed > 0 && text[needed - 1] == '\n')
        needed--;
    return (struct str){text, needed};
}

/* ---- Comparing ---- */

static int compare_values(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* The rows as lines in the order asked for: one a row, or one a value. */
static struct str *result_lines(struct run *run, const struct record *record, struct result *rows,
                                size_t *count)
{
    bool by_value = run->options->conformance;
    if (record->sort == SORT_VALUES)
        qsort(rows->values.items, rows->values.count, sizeof(struct str), compare_values);
    struct str *lines = ARENA_ARRAY(&run->arena, struct str, rows->n_rows + 1);
    for (size_t row = 0; row < rows->n_rows; row++) {
        struct strbuf line;
        strbuf_init(&line, &run->arena);
        for (size_t column = 0; column < rows->n_columns; column++) {
            struct str value = rows->values.items[row * rows->n_columns + column];
            if (column > 0)
                strbuf_putc(&line, by_value ? '\n' : '\t');
            strbuf_add(&line, value.data, value.length);
        }
        lines[row] = strbuf_str(&line);
    }
    if (record->sort == SORT_ROWS)
        qsort(lines, rows->n_rows, sizeof(*lines), compare_values);
    *count = rows->n_rows;
    return lines;
}

static struct str join(struct run *run, const struct str *lines, size_t count)
{
    struct strbuf text;
    strbuf_init(&text, &run->arena);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_putc(&text, '\n');
        strbuf_add(&text, lines[i].data, lines[i].length);
    }
    return strbuf_str(&text);
}

/* "N values hashing to MD5" */
static struct str hashed(struct run *run, struct str text, size_t n_values)
{
    struct md5 md5;
    char digits[33];
    md5_init(&md5);
    md5_add(&md5, text.data, text.length);
    if (n_values > 0)
        md5_add(&md5, "\n", 1);
    md5_finish(&md5, digits);
    return str_of(arena_printf(&run->arena, "%zu values hashing to %s", n_values, digits));
}

static struct str expected_block(struct run *run, const struct record *record)
{
    const struct str *lines = run->script->lines + record->block_start;
    return join(run, lines, record->block_end - record->block_start);
}

static bool has_order_by(struct str sql)
{
    for (size_t i = 0; i + 8 <= sql.length; i++)
        if (str_equal_nocase((struct str){sql.data + i, 8}, str_of("ORDER BY")))
            return true;
    return false;
}

/* Copies the script up to the record's block and puts `text` in the block's place. */
static void update_block(struct run *run, const struct record *record, struct str text)
{
    if (!run->updated || !record->has_block)
        return;
    for (; run->copied < record->block_start; run->copied++) {
        strbuf_add(run->updated, run->script->lines[run->copied].data,
                   run->script->lines[run->copied].length);
        strbuf_putc(run->updated, '\n');
    }
    strbuf_add(run->updated, text.data, text.length);
    if (text.length > 0)
        strbuf_putc(run->updated, '\n');
    run->copied = record->block_end;
}

static bool check_oracle(struct run *run, const struct record *record)
{
    if (!run->oracle_on || record->skip_sqlite)
        return true;
    struct result theirs = {0};
    const char *message = NULL;
    if (!oracle_run(run->oracle, &run->arena, record->sql, &theirs, &message)) {
        say(run, record, "SQLite refuses it (skipif sqlite?)");
        say_text(run, "its words:", str_of(message));
        return false;
    }
    if (record->kind != RECORD_QUERY)
        return true;
    struct outcome outcome;
    run_sql(run, record, STYLE_ORACLE, &outcome);
    if (outcome.failed ||
        oracle_agrees(&run->arena, &outcome.rows, &theirs, has_order_by(record->sql)))
        return true;
    say(run, record, "SQLite has another answer");
    size_t count;
    struct str *lines = result_lines(run, record, &theirs, &count);
    say_text(run, "SQLite:", join(run, lines, count));
    lines = result_lines(run, record, &outcome.rows, &count);
    say_text(run, "weir:", join(run, lines, count));
    return false;
}

static bool check_notice(struct run *run, const struct record *record,
                         const struct outcome *outcome)
{
    if (!record->notice.data || outcome->notice_seen)
        return true;
    say(run, record, "the notice did not come");
    say_text(run, "notice:", record->notice);
    return false;
}

static bool check_query(struct run *run, const struct record *record)
{
    bool conformance = run->options->conformance;
    struct outcome outcome;
    run_sql(run, record, conformance ? STYLE_SQLLOGICTEST : STYLE_WEIR, &outcome);
    if (outcome.failed) {
        say(run, record, "the query failed");
        say_text(run, "it said:", format_error(run, &outcome));
        return false;
    }
    if (!outcome.has_rows) {
        say(run, record, "no query: it gives no rows");
        return false;
    }
    if (outcome.rows.n_columns != record->types.length && record->types.length > 0) {
        say(run, record, "another number of columns");
        printf("  expected %zu, got %zu\n", record->types.length, outcome.rows.n_columns);
        return false;
    }
    size_t count;
    size_t n_values = outcome.rows.values.count;
    struct str *lines = result_lines(run, record, &outcome.rows, &count);
    struct str text = join(run, lines, count);
    struct str expected = expected_block(run, record);
    bool is_hash = record->hash_threshold > 0 && n_values > record->hash_threshold;
    if (is_hash || str_compare(expected, text) != 0) {
        struct str hash = hashed(run, text, n_values);
        if (is_hash || str_equal(hash, expected))
            text = hash;
    }
    update_block(run, record, text);
    if (run->updated)
        return true;
    if (record->has_block && !str_equal(text, expected)) {
        say(run, record, "another answer");
        say_text(run, "expected:", expected);
        say_text(run, "got:", text);
        return false;
    }
    return check_notice(run, record, &outcome) && check_oracle(run, record);
}

static bool check_statement(struct run *run, const struct record *record)
{
    struct outcome outcome;
    run_sql(run, record, STYLE_WEIR, &outcome);
    if (outcome.failed) {
        say(run, record, "the statement failed");
        say_text(run, "it said:", format_error(run, &outcome));
        return false;
    }
    return check_notice(run, record, &outcome) && check_oracle(run, record);
}

static bool check_error(struct run *run, const struct record *record)
{
    struct outcome outcome;
    run_sql(run, record, STYLE_WEIR, &outcome);
    if (!outcome.failed) {
        say(run, record, "the statement should have failed");
        return false;
    }
    struct str text = format_error(run, &outcome);
    if (record->message.length > 0 && !memmem(outcome.error.message, strlen(outcome.error.message),
                                              record->message.data, record->message.length)) {
        say(run, record, "another error");
        say_text(run, "expected:", record->message);
        say_text(run, "got:", text);
        return false;
    }
    if (outcome.error.message[0] == '\0' || outcome.error.code == WEIR_ERROR_INTERNAL) {
        say(run, record, "not an error for people");
        say_text(run, "got:", text);
        return false;
    }
    update_block(run, record, text);
    if (run->updated || !record->has_block)
        return true;
    struct str expected = expected_block(run, record);
    if (str_equal(text, expected))
        return true;
    say(run, record, "another error text");
    say_text(run, "expected:", expected);
    say_text(run, "got:", text);
    return false;
}

/* ---- Settings, files, commands ---- */

static bool make_folders(const char *path)
{
    char folder[1024];
    for (size_t i = 1; path[i] && i < sizeof(folder); i++) {
        if (path[i] != '/')
            continue;
        memcpy(folder, path, i);
        folder[i] = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            return false;
    }
    return true;
}

static bool write_file(struct run *run, const struct record *record)
{
    const char *path = str_dup(&run->arena, record->name);
    int fd = -1;
    struct error error = {0};
    bool fine =
        make_folders(path) && io_open_write(&io_system, path, &fd, &error) == STATUS_OK &&
        io_write(&io_system, fd, path, record->text.data, record->text.length, &error) == STATUS_OK;
    io_close_quietly(&io_system, fd);
    if (!fine)
        say(run, record, error.message);
    return fine;
}

static bool redirect_stdin(struct run *run, const struct record *record)
{
    int fd = open(str_dup(&run->arena, record->name), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || dup2(fd, STDIN_FILENO) < 0) {
        say(run, record, "cannot read standard input from that file");
        return false;
    }
    close(fd);
    return true;
}

static bool set_setting(struct run *run, const struct record *record)
{
    struct weir_error error = {0};
    const char *name = str_dup(&run->arena, record->name);
    const char *value = str_dup(&run->arena, record->text);
    if (weir_set(run->db, name, value, &error) == WEIR_OK)
        return true;
    say(run, record, error.message);
    return false;
}

static bool open_weir(struct run *run, bool readonly, struct weir_error *error)
{
    weir_close(run->db);
    run->db = NULL;
    if (weir_open_with(run->folder[0] ? run->folder : NULL, readonly ? WEIR_OPEN_READONLY : 0,
                       &run->db, error) != WEIR_OK)
        return false;
    for (size_t i = 0; i < run->options->n_settings; i++) {
        const struct check_setting *setting = &run->options->settings[i];
        if (weir_set(run->db, setting->name, setting->value, error) != WEIR_OK)
            return false;
    }
    return true;
}

/* A failure leaves a database in memory, so that the script can go on. */
static bool open_again(struct run *run, const struct record *record, struct str word)
{
    struct weir_error error = {0}, ignored;
    if (open_weir(run, str_equal(word, str_of("readonly")), &error))
        return true;
    say(run, record, error.message);
    run->folder[0] = '\0';
    (void)open_weir(run, false, &ignored);
    return false;
}

static bool open_folder(struct run *run, const struct record *record)
{
    struct str name = record->name.length ? record->name : str_of("db");
    bool none = str_equal(name, str_of("none"));
    snprintf(run->folder, sizeof run->folder, "%s", none ? "" : str_dup(&run->arena, name));
    run->stores = false; /* the script means what it says */
    return open_again(run, record, record->text);
}

static bool run_command(struct run *run, const struct record *record)
{
    if (system(str_dup(&run->arena, record->text)) == 0)
        return true;
    say(run, record, "the command failed");
    return false;
}

/* ---- Conformance: joins and subqueries ---- */

static bool is_word_byte(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word_at(struct str sql, size_t at, const char *word)
{
    size_t length = strlen(word);
    if (at + length > sql.length ||
        !str_equal_nocase((struct str){sql.data + at, length}, str_of(word)))
        return false;
    bool starts = at == 0 || !is_word_byte(sql.data[at - 1]);
    return starts && (at + length == sql.length || !is_word_byte(sql.data[at + length]));
}

/* A JOIN, a comma in a FROM clause, or a SELECT in parentheses. */
static bool has_join_or_subquery(struct str sql)
{
    static const char *const ENDS[] = {"WHERE", "GROUP", "ORDER",  "HAVING",
                                       "LIMIT", "UNION", "EXCEPT", "INTERSECT"};
    bool in_from = false;
    unsigned depth = 0;
    for (size_t i = 0; i < sql.length; i++) {
        char c = sql.data[i];
        if (c == '\'' || c == '"') {
            for (i++; i < sql.length && sql.data[i] != c; i++)
                ;
            continue;
        }
        depth += c == '(';
        depth -= c == ')' && depth > 0;
        if (depth > 0 && is_word_at(sql, i, "SELECT"))
            return true;
        if (is_word_at(sql, i, "JOIN") || (in_from && c == ','))
            return true;
        if (is_word_at(sql, i, "FROM"))
            in_from = true;
        for (size_t k = 0; in_from && k < ARRAY_LENGTH(ENDS); k++)
            if (is_word_at(sql, i, ENDS[k]))
                in_from = false;
    }
    return false;
}

/* What is left out must be right or refused by name: never wrong. */
static bool check_left_out(struct run *run, const struct record *record)
{
    struct outcome outcome;
    run->counts->left_out++;
    run_sql(run, record, STYLE_SQLLOGICTEST, &outcome);
    if (outcome.failed && outcome.error.code == WEIR_ERROR_UNSUPPORTED) {
        run->counts->left_out_refused++;
        return true;
    }
    arena_reset(&run->arena);
    bool fine = check_query(run, record);
    run->counts->left_out_right += fine;
    return fine;
}

/* ---- Scripts ---- */

static bool is_explain(struct str sql)
{
    return sql.length > 7 && str_is((struct str){sql.data, 7}, "EXPLAIN");
}

static bool check_record(struct run *run, const struct record *record)
{
    switch (record->kind) {
    case RECORD_STATEMENT:
        return check_statement(run, record);
    case RECORD_ERROR:
        return check_error(run, record);
    case RECORD_QUERY:
        return check_query(run, record);
    case RECORD_SET:
        return set_setting(run, record);
    case RECORD_FILE:
        return write_file(run, record);
    case RECORD_EXEC:
        return run_command(run, record);
    case RECORD_STDIN:
        return redirect_stdin(run, record);
    case RECORD_ORACLE:
        run->oracle_on = run->oracle && str_equal(record->name, str_of("sqlite"));
        return true;
    case RECORD_DATABASE:
        return open_folder(run, record);
    case RECORD_REOPEN:
        return open_again(run, record, record->name);
    case RECORD_HALT:
        break;
    }
    return true;
}

static bool is_counted(enum record_kind kind)
{
    return kind == RECORD_STATEMENT || kind == RECORD_ERROR || kind == RECORD_QUERY;
}

static void run_record(struct run *run, const struct record *record)
{
    arena_reset(&run->arena);
    bool explain = run->options->skip_explain && is_explain(record->sql);
    if (record->skip_weir || explain) {
        run->counts->skipped++;
        return;
    }
    if (run->options->conformance && record->kind == RECORD_QUERY &&
        has_join_or_subquery(record->sql)) {
        run->counts->failed += !check_left_out(run, record);
        return;
    }
    bool fine = check_record(run, record);
    if (!fine)
        run->counts->failed++;
    else if (is_counted(record->kind))
        run->counts->passed++;
}

static bool open_databases(struct run *run)
{
    struct weir_error error = {0};
    run->stores = run->options->in_folder;
    if (run->stores)
        snprintf(run->folder, sizeof run->folder, "db");
    if (!open_weir(run, false, &error)) {
        printf("%s: cannot open a database: %s\n", run->script->path, error.message);
        return false;
    }
    if (run->options->use_sqlite)
        run->oracle = oracle_open();
    return true;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat, (void)type, (void)ftw;
    return remove(path);
}

static void write_updated(struct run *run, const char *path)
{
    for (; run->copied < run->script->n_lines; run->copied++) {
        strbuf_add(run->updated, run->script->lines[run->copied].data,
                   run->script->lines[run->copied].length);
        strbuf_putc(run->updated, '\n');
    }
    FILE *file = fopen(path, "w");
    if (!file || fwrite(run->updated->data, 1, run->updated->length, file) != run->updated->length)
        printf("%s: cannot write\n", path);
    if (file)
        fclose(file);
}

static void run_records(struct run *run)
{
    for (size_t i = 0; i < run->script->n_records; i++) {
        const struct record *record = &run->script->records[i];
        if (record->kind == RECORD_HALT && !record->skip_weir)
            break;
        run_record(run, record);
    }
}

void check_script(const struct script *script, const struct check_options *options,
                  struct check_counts *counts)
{
    struct run run = {.script = script, .options = options, .counts = counts};
    struct error error = {0};
    struct arena kept;
    struct strbuf updated;
    /* In memory where there is such a place: thousands of folders are made and removed. */
    char scratch[64];
    snprintf(scratch, sizeof scratch, "%s/weir-slt-XXXXXX",
             access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
    char *home = getcwd(NULL, 0);
    int standard_input = dup(STDIN_FILENO);
    if (arena_init(&run.arena, &error) != STATUS_OK || arena_init(&kept, &error) != STATUS_OK ||
        !home || !mkdtemp(scratch) || chdir(scratch) != 0) {
        printf("%s: no scratch folder\n", script->path);
        counts->failed++;
        return;
    }
    strbuf_init(&updated, &kept);
    run.updated = options->update ? &updated : NULL;
    alarm(SCRIPT_SECONDS_MAX);
    if (open_databases(&run))
        run_records(&run);
    else
        counts->failed++;
    weir_close(run.db);
    if (run.oracle)
        oracle_close(run.oracle);
    alarm(0);
    if (chdir(home) != 0)
        printf("%s: cannot return to %s\n", script->path, home);
    if (run.updated)
        write_updated(&run, script->path);
    nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (standard_input >= 0) {
        dup2(standard_input, STDIN_FILENO);
        close(standard_input);
    }
    arena_fini(&run.arena);
    arena_fini(&kept);
    free(home);
}
