/* heap.h - a binary min-heap of indices over caller's order. For merges and timers. */
#ifndef HEAP_H
#define HEAP_H

#include "base/base.h"

typedef bool heap_less_fn(void *context, uint32_t a, uint32_t b);

/* `items` is the caller's, with room for as many as are pushed. */
struct heap {
    uint32_t *items;
    size_t count;
    heap_less_fn *less;
    void *context;
};

void heap_push(struct heap *heap, uint32_t item);
uint32_t heap_pop(struct heap *heap);  /* the least; the heap must not be empty */
void heap_sift_top(struct heap *heap); /* after the order of items[0] has changed */

#endif
