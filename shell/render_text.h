/* render_text.h - what .watch gives to the drawing of a table, so that changed cells are marked. */
#ifndef RENDER_TEXT_H
#define RENDER_TEXT_H

#include "base/buffer.h"

enum { CHANGES_MAX = 100000 }; /* cells compared; later ones are never marked */

/* Hashes of the cells in the order they were drawn, of the last drawing and of this one. */
struct changes {
    struct bytes before, now;
    size_t n_drawn;
};

#endif
