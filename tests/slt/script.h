/* script.h - a test script as a list of records. tests/README.md tells the format. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "base/array.h"
#include "base/str.h"

enum record_kind {
    RECORD_STATEMENT, /* must succeed */
    RECORD_ERROR,     /* must fail */
    RECORD_QUERY,
    RECORD_SET,      /* name, text: a setting */
    RECORD_FILE,     /* name, text: a file in the scratch folder */
    RECORD_EXEC,     /* text: a shell command */
    RECORD_STDIN,    /* name: the file that standard input reads from now on */
    RECORD_ORACLE,   /* name: sqlite or none */
    RECORD_DATABASE, /* name: a folder, none, or empty: "db"; text: readonly, or empty */
    RECORD_REOPEN,   /* name: readonly, or empty */
    RECORD_HALT
};
enum record_sort { SORT_NONE, SORT_ROWS, SORT_VALUES };

struct record_parameter {
    struct str name, value;
};

struct record {
    enum record_kind kind;
    unsigned line; /* of its directive, from 1 */
    struct str sql;
    struct str types; /* query: a letter a column */
    enum record_sort sort;
    bool has_block;                /* there is a ---- */
    size_t block_start, block_end; /* lines of the expected block, [start, end), from 0 */
    struct str message;            /* error: what the message must hold */
    struct str name, text;
    struct str notice; /* a notice that the statement must give; data NULL: none asked */
    bool skip_weir, skip_sqlite;
    size_t hash_threshold; /* values from which a result is hashed; 0: never */
    ARRAY_OF(struct record_parameter) parameters;
};

struct script {
    const char *path;
    struct str *lines; /* without their ends */
    size_t n_lines;
    struct record *records;
    size_t n_records;
};

/* Reads a script. Errors name the path and line. */
MUST_CHECK enum status script_read(struct arena *arena, const char *path, struct script *out,
                                   struct error *error);

#endif
