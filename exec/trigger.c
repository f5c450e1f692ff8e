/* trigger.c - EVERY, OR, AND, THEN. */
#include "exec/trigger.h"

bool trigger_ready(const struct trigger *trigger, const uint32_t *places, uint64_t rows,
                   int64_t age)
{
    bool any = false, all = true;
    switch (trigger->kind) {
    case TRIGGER_ROWS:
        return rows >= (uint64_t)trigger->every;
    case TRIGGER_TIME:
        return rows > 0 && age >= trigger->every;
    case TRIGGER_THEN:
        return trigger_ready(trigger->parts[places[trigger->place]], places, rows, age);
    case TRIGGER_OR:
    case TRIGGER_AND:
        break;
    }
    for (uint32_t i = 0; i < trigger->n_parts; i++) {
        bool ready = trigger_ready(trigger->parts[i], places, rows, age);
        any |= ready;
        all &= ready;
    }
    return trigger->kind == TRIGGER_OR ? any : all;
}

void trigger_fired(const struct trigger *trigger, uint32_t *places, uint64_t rows, int64_t age)
{
    if (trigger->kind != TRIGGER_THEN) {
        for (uint32_t i = 0; i < trigger->n_parts; i++)
            trigger_fired(trigger->parts[i], places, rows, age);
        return;
    }
    uint32_t *place = &places[trigger->place];
    const struct trigger *part = trigger->parts[*place];
    bool met = trigger_ready(part, places, rows, age);
    trigger_fired(part, places, rows, age);
    if (met)
        *place = (*place + 1) % trigger->n_parts;
}
