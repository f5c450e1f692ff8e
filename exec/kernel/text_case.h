/* text_case.h - small letters, for ILIKE. */
#ifndef TEXT_CASE_H
#define TEXT_CASE_H

#include "exec/kernel/kernel_int.h"

/* Appends the text in small letters (Unicode's simple case). */
MUST_CHECK enum status text_append_lower(struct str s, struct bytes *out, struct error *error);

#endif
