/* complete.h - what could be meant at the cursor: keywords, tables, columns, functions, files, commands. */
#ifndef COMPLETE_H
#define COMPLETE_H

#include "shell/shell.h"

struct completion {
    struct arena *arena;
    size_t start; /* where in the text the word begins that the candidates replace */
    ARRAY_OF(const char *) candidates; /* sorted, each once */
    const char *suffix;                /* written behind the only candidate */
};

/* Fills `completion`, whose arena is set, for the cursor at the end of `text`. */
void complete_find(struct shell *shell, struct str text, struct completion *completion);

#endif
