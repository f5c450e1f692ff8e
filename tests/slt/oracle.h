/* oracle.h - libsqlite3 as a second opinion. */
#ifndef ORACLE_H
#define ORACLE_H

#include "tests/slt/result.h"

struct oracle; /* an in-memory SQLite database */

struct oracle *oracle_open(void);
void oracle_close(struct oracle *oracle);
/* Runs all statements of `sql`; the rows of the last one go to `out`. On failure returns false and SQLite's message,
 * which lives until the next call. */
bool oracle_run(struct oracle *oracle, struct arena *arena, struct str sql, struct result *out,
                const char **message);
/* Whether SQLite can prepare the first statement of `sql`. */
bool oracle_accepts(struct oracle *oracle, struct str sql);
/* Equal but for order (unless `ordered`) and for how numbers are written. */
bool oracle_agrees(struct arena *arena, const struct result *ours, const struct result *theirs,
                   bool ordered);

#endif
