/* parses.c - what can be checked with the parser alone. */
#include <stdio.h>

#include "parser/ast_print.h"
#include "parser/parse.h"
#include "tests/slt/check.h"
#include "tests/slt/oracle.h"

/* Parses the first statement of `sql` and prints it. False and the error if it does not parse; `text` is empty where
 * nothing was left. */
static bool print_first(struct arena *arena, struct str sql, struct str *text, size_t *used,
                        struct error *error)
{
    struct parse_result parsed;
    error_clear(error);
    *text = str_of("");
    if (parse_statement(arena, sql, &parsed, error) != STATUS_OK)
        return false;
    *used = parsed.used;
    if (!parsed.statement)
        return true;
    struct strbuf out;
    strbuf_init(&out, arena);
    ast_print_statement(parsed.statement, &out);
    *text = strbuf_str(&out);
    return true;
}

/* True if printing what was parsed is stable. */
static bool is_stable(struct arena *arena, const struct script *script, const struct record *record,
                      struct str printed)
{
    struct error error = {0};
    struct str again;
    size_t used;
    if (!print_first(arena, printed, &again, &used, &error)) {
        printf("%s:%u: what was printed does not parse: %s\n  printed: %.*s\n", script->path,
               record->line, error.message, (int)printed.length, printed.data);
        return false;
    }
    if (str_equal(printed, again))
        return true;
    printf("%s:%u: printing is not stable\n  first:  %.*s\n  second: %.*s\n", script->path,
           record->line, (int)printed.length, printed.data, (int)again.length, again.data);
    return false;
}

static void print_record(struct arena *arena, const struct script *script,
                         const struct record *record, struct check_counts *counts)
{
    struct str left = record->sql;
    while (left.length > 0) {
        struct error error = {0};
        struct str printed;
        size_t used = 0;
        if (!print_first(arena, left, &printed, &used, &error)) {
            if (record->kind != RECORD_ERROR) {
                printf("%s:%u: does not parse: %s\n", script->path, record->line, error.message);
                counts->failed++;
            }
            return;
        }
        if (printed.length == 0)
            return;
        if (is_stable(arena, script, record, printed))
            counts->passed++;
        else
            counts->failed++;
        left.data += used;
        left.length -= used;
    }
}

void check_print(const struct script *script, struct check_counts *counts)
{
    struct arena arena;
    struct error error = {0};
    if (arena_init(&arena, &error) != STATUS_OK)
        return;
    for (size_t i = 0; i < script->n_records; i++) {
        arena_reset(&arena);
        if (!script->records[i].skip_weir)
            print_record(&arena, script, &script->records[i], counts);
    }
    arena_fini(&arena);
}

void check_parses(const struct script *script, struct check_counts *counts)
{
    struct arena arena;
    struct error error = {0};
    if (arena_init(&arena, &error) != STATUS_OK)
        return;
    struct oracle *oracle = oracle_open();
    for (size_t i = 0; i < script->n_records; i++) {
        const struct record *record = &script->records[i];
        arena_reset(&arena);
        if (record->sql.length == 0)
            continue;
        if (!oracle_accepts(oracle, record->sql)) {
            counts->skipped++;
            continue;
        }
        struct result ignored = {0};
        const char *message;
        if (record->kind == RECORD_STATEMENT)
            oracle_run(oracle, &arena, record->sql, &ignored, &message);
        struct str printed;
        size_t used;
        if (!print_first(&arena, record->sql, &printed, &used, &error)) {
            printf("%s:%u: SQLite accepts it, weir does not: %s\n  %.*s\n", script->path,
                   record->line, error.message, (int)record->sql.length, record->sql.data);
            counts->failed++;
        } else if (is_stable(&arena, script, record, printed)) {
            counts->passed++;
        } else {
            counts->failed++;
        }
    }
    oracle_close(oracle);
    arena_fini(&arena);
}
