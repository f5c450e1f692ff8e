#include "tests/slt/oracle.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

static sqlite3 *handle(struct oracle *oracle)
{
    return (sqlite3 *)oracle;
}

struct oracle *oracle_open(void)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK) {
        sqlite3_close(db);
        return NULL;
    }
    sqlite3_exec(db, "PRAGMA case_sensitive_like = ON", NULL, NULL, NULL);
    return (struct oracle *)db;
}

void oracle_close(struct oracle *oracle)
{
    sqlite3_close(handle(oracle));
}

static struct str column_text(struct arena *arena, sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
        return str_of("NULL");
    case SQLITE_FLOAT:
        return result_double_text(arena, sqlite3_column_double(statement, column));
    default: {
        const char *text = (const char *)sqlite3_column_text(statement, column);
        size_t length = (size_t)sqlite3_column_bytes(statement, column);
        if (length == 0)
            return str_of("(empty)");
        return (struct str){arena_strndup(arena, text, length), length};
    }
    }
}

bool oracle_run(struct oracle *oracle, struct arena *arena, struct str sql, struct result *out,
                const char **message)
{
    const char *at = str_dup(arena, sql);
    while (*at) {
        sqlite3_stmt *statement = NULL;
        if (sqlite3_prepare_v2(handle(oracle), at, -1, &statement, &at) != SQLITE_OK) {
            *message = sqlite3_errmsg(handle(oracle));
            return false;
        }
        if (!statement)
            continue;
        *out = (struct result){.n_columns = (size_t)sqlite3_column_count(statement)};
        int state;
        while ((state = sqlite3_step(statement)) == SQLITE_ROW) {
            for (int i = 0; i < (int)out->n_columns; i++)
                *ARRAY_PUSH(arena, &out->values) = column_text(arena, statement, i);
            out->n_rows++;
        }
        sqlite3_finalize(statement);
        if (state != SQLITE_DONE) {
            *message = sqlite3_errmsg(handle(oracle));
            return false;
        }
    }
    return true;
}

bool oracle_accepts(struct oracle *oracle, struct str sql)
{
    sqlite3_stmt *statement = NULL;
    int state = sqlite3_prepare_v2(handle(oracle), sql.data, (int)sql.length, &statement, NULL);
    sqlite3_finalize(statement);
    return state == SQLITE_OK && statement;
}

static bool same_value(struct arena *arena, struct str a, struct str b)
{
    if (str_equal(a, b))
        return true;
    const char *x = str_dup(arena, a), *y = str_dup(arena, b);
    char *x_end, *y_end;
    double p = strtod(x, &x_end), q = strtod(y, &y_end);
    if (x == x_end || y == y_end || *x_end || *y_end)
        return false;
    return p == q || fabs(p - q) <= 1e-12 * fmax(fabs(p), fabs(q));
}

/* Rows as numbers, for sorting: qsort has no context, so each carries its result. */
struct row {
    const struct result *result;
    size_t at;
};

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    for (size_t i = 0; i < x->result->n_columns; i++) {
        int order =
            str_compare(x->result->values.items[x->at + i], y->result->values.items[y->at + i]);
        if (order != 0)
            return order;
    }
    return 0;
}

static struct row *sorted_rows(struct arena *arena, const struct result *result, bool ordered)
{
    struct row *rows = ARENA_ARRAY(arena, struct row, result->n_rows + 1);
    for (size_t i = 0; i < result->n_rows; i++)
        rows[i] = (struct row){result, i * result->n_columns};
    if (!ordered)
        qsort(rows, result->n_rows, sizeof(*rows), compare_rows);
    return rows;
}

bool oracle_agrees(struct arena *arena, const struct result *ours, const struct result *theirs,
                   bool ordered)
{
    if (ours->n_rows != theirs->n_rows || ours->n_columns != theirs->n_columns)
        return false;
    struct row *a = sorted_rows(arena, ours, ordered), *b = sorted_rows(arena, theirs, ordered);
    for (size_t row = 0; row < ours->n_rows; row++)
        for (size_t column = 0; column < ours->n_columns; column++)
            if (!same_value(arena, ours->values.items[a[row].at + column],
                            theirs->values.items[b[row].at + column]))
                return false;
    return true;
}
