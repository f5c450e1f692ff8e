/* system_rows.h - rows of a system table while they are made. Internal to system_*.c. */
#ifndef SYSTEM_ROWS_H
#define SYSTEM_ROWS_H

#include "exec/session.h"

struct system_rows {
    struct arena *arena;
    struct execution *execution;
    uint32_t n_columns;
    ARRAY_OF(struct value) values; /* row after row */
};

void system_add_null(struct system_rows *rows, enum type_id type);
void system_add_text(struct system_rows *rows, const char *text); /* NULL: NULL */
void system_add_bigint(struct system_rows *rows, int64_t n);
void system_add_double(struct system_rows *rows, double x);
void system_add_bool(struct system_rows *rows, bool on);
/* A timestamp of any precision as TIMESTAMP; NULL and other types: NULL. */
void system_add_time(struct system_rows *rows, const struct value *value);
/* A value of any type as text. */
void system_add_value(struct system_rows *rows, const struct value *value);

/* What can be named: tables and views, in order of name. */
MUST_CHECK enum status system_entries(struct system_rows *rows, struct catalog_entry ***out,
                                      size_t *n, struct error *error);

/* ---- system_files.c: the files of stored tables ---- */
MUST_CHECK enum status system_files(struct system_rows *rows, struct error *error);
MUST_CHECK enum status system_partitions(struct system_rows *rows, struct error *error);
MUST_CHECK enum status system_chunks(struct system_rows *rows, struct error *error);

#endif
