/* pipeline.c - making transforms, and numbering them. */
#include "planner/pipeline_int.h"

struct transform *pipeline_transform(struct arena *arena, enum transform_kind kind,
                                     struct transform *input)
{
    struct transform *t = ARENA_NEW(arena, struct transform);
    t->kind = kind;
    t->time_column = -1;
    t->inputs = ARENA_ARRAY(arena, struct transform *, 1);
    if (input) {
        t->inputs[0] = input;
        t->n_inputs = 1;
        t->schema = input->schema;
        t->unbounded = input->unbounded;
        t->time_column = input->time_column;
    }
    return t;
}

struct numbering {
    struct arena *arena;
    struct transform **items;
    size_t count, capacity;
};

static void number(struct numbering *list, struct transform *t)
{
    for (uint32_t i = 0; i < t->n_inputs; i++)
        number(list, t->inputs[i]);
    t->id = (uint32_t)list->count;
    *ARRAY_PUSH(list->arena, list) = t;
}

void pipeline_number(struct arena *arena, struct pipeline *pipeline)
{
    struct numbering list = {.arena = arena};
    number(&list, pipeline->root);
    pipeline->transforms = list.items;
    pipeline->n_transforms = (uint32_t)list.count;
}
