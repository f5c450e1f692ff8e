#include "base/heap.h"

static void heap_sift_down(struct heap *heap, size_t at)
{
    uint32_t *items = heap->items;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= heap->count)
            return;
        if (child + 1 < heap->count && heap->less(heap->context, items[child + 1], items[child]))
            child++;
        if (!heap->less(heap->context, items[child], items[at]))
            return;
        uint32_t item = items[at];
        items[at] = items[child];
        items[child] = item;
        at = child;
    }
}

void heap_push(struct heap *heap, uint32_t item)
{
    uint32_t *items = heap->items;
    size_t at = heap->count++;
    while (at > 0 && heap->less(heap->context, item, items[(at - 1) / 2])) {
        items[at] = items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    items[at] = item;
}

uint32_t heap_pop(struct heap *heap)
{
    assert(heap->count > 0);
    uint32_t least = heap->items[0];
    heap->items[0] = heap->items[--heap->count];
    heap_sift_down(heap, 0);
    return least;
}

void heap_sift_top(struct heap *heap)
{
    heap_sift_down(heap, 0);
}
