/* check.h - runs the records of a script on weir and compares. */
#ifndef CHECK_H
#define CHECK_H

#include "tests/slt/script.h"

struct check_setting {
    const char *name, *value;
};

struct check_options {
    struct check_setting settings[16]; /* given to each new database */
    size_t n_settings;
    bool in_folder;    /* scripts begin in a database folder, not in memory */
    bool use_sqlite;   /* scripts may ask for the oracle */
    bool conformance;  /* sqllogictest's own files: a value a line, I R T, MD5 */
    bool skip_explain; /* plans differ: rules are off */
    bool update;       /* write the answers into the script */
    bool quiet;
};

struct check_counts {
    size_t passed, failed, skipped;
    size_t left_out, left_out_right, left_out_refused; /* conformance: joins and subqueries */
};

/* Runs `script` in a scratch folder of its own. Failures are printed. */
void check_script(const struct script *script, const struct check_options *options,
                  struct check_counts *counts);
/* Every statement that parses is printed, parsed and printed again: the two texts are equal. */
void check_print(const struct script *script, struct check_counts *counts);
/* What SQLite accepts, weir parses. */
void check_parses(const struct script *script, struct check_counts *counts);

#endif
