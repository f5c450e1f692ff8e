/* explain_int.h - words that the tree and the JSON of a pipeline share. */
#ifndef EXPLAIN_INT_H
#define EXPLAIN_INT_H

#include "planner/explain.h"

const char *explain_kind(const struct transform *t);
const char *explain_phase(const struct transform *t);
const char *explain_window(enum window_kind kind);
void explain_interval(struct interval v, struct strbuf *out);
void explain_column(const struct schema *schema, uint32_t column, struct strbuf *out);
const struct schema *explain_input(const struct transform *t);
void explain_aggregate(const struct aggregate *a, const struct schema *input, struct strbuf *out);
/* explain_emit.c: the clause, and what a live Combine keeps and when it lets go. */
void explain_emit(const struct emit *emit, struct strbuf *out);
void explain_state(const struct transform *t, struct strbuf *out);
void explain_compare(enum compare_op op, struct strbuf *out);

#endif
