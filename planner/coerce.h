/* coerce.h - which type two types meet in, and which casts there are. The rules are those of docs/DIALECT.md. */
#ifndef COERCE_H
#define COERCE_H

#include "storage/type.h"

/* The type both sides of a comparison, CASE, COALESCE, UNION or VALUES column are cast to: NULL takes the
 * other's; integers and DECIMAL and DOUBLE widen; DATE meets TIMESTAMP, TIMESTAMP meets TIMESTAMPTZ. False
 * where they do not meet (text with a number). Literals are the binder's affair: a text literal takes the other
 * side's date, time, timestamp or interval type (coerce_literal_takes). */
bool coerce_common(struct type a, struct type b, struct type *out);
/* A text literal may become this type without being asked to: dates, times, timestamps, intervals, JSON, BLOB no. */
bool coerce_literal_takes(struct type type);
/* CAST(x AS ...) exists. */
bool coerce_cast_allowed(struct type from, struct type to);
/* The planner may insert this cast unasked. */
bool coerce_implicit(struct type from, struct type to);

#endif
