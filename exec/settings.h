/* settings.h - the settings of a session: names, values as text, what they mean. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "base/budget.h"
#include "storage/timezone.h"

struct settings {
    unsigned threads;
    unsigned batch_size;
    size_t memory_limit;
    size_t keep_result; /* bytes of the last result kept for FROM _; 0: none */
    char time_zone[64];
    const struct time_zone *zone; /* of time_zone */
    char on_error[8];             /* fail, skip, null */
    char runtime_mode[16];
    char disabled_rules[256];
    bool safe;           /* no files outside the database */
    struct arena *zones; /* keeps zones for as long as the session lives */
};

enum { SETTINGS_THREADS_MAX = 64, SETTING_VALUE_SIZE = 256 };

void settings_init(struct settings *settings, struct arena *zones);
/* Fails with a did-you-mean for an unknown name and says what values would do. */
MUST_CHECK enum status settings_set(struct settings *settings, struct str name, struct str value,
                                    struct error *error);
/* Back to the default; an empty name: all. */
MUST_CHECK enum status settings_reset(struct settings *settings, struct str name,
                                      struct error *error);
bool settings_get(const struct settings *settings, struct str name, char out[SETTING_VALUE_SIZE]);

/* For weir_settings: entry `i`, false past the last. */
bool settings_entry(const struct settings *settings, size_t i, const char **name,
                    char value[SETTING_VALUE_SIZE], const char **doc);

#endif
