/* keyword.h - the keywords of the grammar, and the one that was meant. */
#ifndef KEYWORD_H
#define KEYWORD_H

#include "base/str.h"

enum { KEYWORD_LENGTH_MAX = 17 };

/* The code of the keyword `word`, ASCII case ignored; 0 if it is none. */
uint16_t keyword_code(struct str word);
/* The keyword of a code in upper case, or NULL. Of several words for one code the first. */
const char *keyword_text(uint16_t code);

struct keyword {
    const char *text;
    uint16_t code;
};
/* All of them in alphabetic order. */
const struct keyword *keyword_list(size_t *count);

#endif
