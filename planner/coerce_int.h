/* coerce_int.h - what function.c shares with coerce.c. */
#ifndef COERCE_INT_H
#define COERCE_INT_H

#include "planner/coerce.h"

/* Decimal digits that any value of an integer type fits in. */
unsigned coerce_integer_digits(struct type type);
/* An integer type as DECIMAL(digits, 0); DECIMAL as it is. */
struct type coerce_as_decimal(struct type type);

#endif
