/* fuzz_sql.c - any bytes as SQL: parsed, printed, and run on a database with a small table. Printing what was parsed
 * must be stable. */
#include <stdlib.h>

#include "include/weir.h"
#include "parser/ast_print.h"
#include "parser/parse.h"

enum { INPUT_MAX = 4096, ROWS_MAX = 100000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str print_first(struct arena *arena, struct str sql)
{
    struct error error = {0};
    struct parse_result parsed;
    struct strbuf out;
    strbuf_init(&out, arena);
    if (parse_statement(arena, sql, &parsed, &error) == STATUS_OK && parsed.statement)
        ast_print_statement(parsed.statement, &out);
    return strbuf_str(&out);
}

static void check_print(struct str sql)
{
    struct arena arena;
    struct error error = {0};
    if (arena_init(&arena, &error) != STATUS_OK)
        return;
    struct str once = print_first(&arena, sql);
    if (once.length > 0 && !str_equal(once, print_first(&arena, once)))
        abort();
    arena_fini(&arena);
}

static void read_some(struct ArrowArrayStream *stream)
{
    int64_t rows = 0;
    struct ArrowArray array = {0};
    while (rows < ROWS_MAX && stream->get_next(stream, &array) == 0 && array.release) {
        rows += array.length;
        array.release(&array);
    }
    stream->release(stream);
}

static void run_all(struct weir *db, const char *sql, size_t length)
{
    while (length > 0) {
        struct weir_statement *statement = NULL;
        struct weir_error error = {0};
        struct ArrowArrayStream stream = {0};
        size_t used = 0;
        if (weir_prepare(db, sql, length, &statement, &used, &error) != WEIR_OK) {
            char report[512];
            weir_error_format(&error, sql, length, report, sizeof(report));
            return;
        }
        if (!statement)
            return;
        if (weir_execute(statement, &stream, &error) == WEIR_OK && stream.release)
            read_some(&stream);
        weir_statement_close(statement);
        sql += used;
        length -= used;
    }
}

/* Statements that would touch the machine or never end are not run. */
static bool is_tame(struct str sql)
{
    static const char *const WILD[] = {
        "generate_series", "range",  "repeat", "pad",      "stdin",     "/", "COPY", "-'",
        "recursive",       "printf", "format", "zeroblob", "randomblob"};
    for (size_t i = 0; i < sql.length; i++)
        for (size_t k = 0; k < ARRAY_LENGTH(WILD); k++)
            if (i + strlen(WILD[k]) <= sql.length &&
                str_is((struct str){sql.data + i, strlen(WILD[k])}, WILD[k]))
                return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char SETUP[] =
        "CREATE TEMP TABLE t (a INTEGER, b VARCHAR, c DOUBLE, ts TIMESTAMP, d DECIMAL(10,2));"
        "INSERT INTO t VALUES (1, 'one', 1.5, TIMESTAMP '2026-01-01 00:00:01', 1.25),"
        "(NULL, '', NULL, NULL, NULL), (-3, 'x', 0.0, TIMESTAMP '1969-12-31 23:59:59', -2.5)";
    struct str sql = {(const char *)data, size};
    struct weir *db = NULL;
    if (size > INPUT_MAX)
        return 0;
    check_print(sql);
    if (!is_tame(sql) || weir_open(NULL, &db, NULL) != WEIR_OK)
        return 0;
    if (weir_set(db, "threads", "1", NULL) == WEIR_OK &&
        weir_set(db, "memory_limit", "64MB", NULL) == WEIR_OK) {
        run_all(db, SETUP, sizeof(SETUP) - 1);
        run_all(db, sql.data, sql.length);
    }
    weir_close(db);
    return 0;
}
