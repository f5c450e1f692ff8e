/* settings.c - one table of settings; SET, RESET, weir_settings and did-you-mean read it. */
#include "exec/settings.h"

#include <stdio.h>
#include <unistd.h>

#include "base/thread.h"
#include "storage/batch.h"
#include "storage/text_value.h"

struct setting {
    const char *name;
    const char *fallback; /* NULL: from the machine */
    enum status (*set)(struct settings *, struct str, struct error *);
    void (*get)(const struct settings *, char *out, size_t cap);
    const char *doc;
};

static enum status refuse(const char *name, struct str value, const char *would_do,
                          struct error *error)
{
    error_set(error, STATUS_VALUE, "bad value for %s: " STR_FMT, name, STR_ARG(value));
    error_hint(error, "%s", would_do);
    return STATUS_VALUE;
}

static bool parse_count(struct str value, int64_t min, int64_t max, int64_t *out)
{
    return text_parse_int64(value.data, value.length, out) && *out >= min && *out <= max;
}

static enum status set_threads(struct settings *s, struct str value, struct error *error)
{
    int64_t n;
    if (!parse_count(value, 1, SETTINGS_THREADS_MAX, &n))
        return refuse("threads", value, "a number from 1 to 64", error);
    s->threads = (unsigned)n;
    return STATUS_OK;
}
static void get_threads(const struct settings *s, char *out, size_t cap)
{
    snprintf(out, cap, "%u", s->threads);
}

static enum status set_batch_size(struct settings *s, struct str value, struct error *error)
{
    int64_t n;
    if (!parse_count(value, 1, BATCH_ROWS_MAX, &n))
        return refuse("batch_size", value, "a number of rows from 1 to 65536", error);
    s->batch_size = (unsigned)n;
    return STATUS_OK;
}
static void get_batch_size(const struct settings *s, char *out, size_t cap)
{
    snprintf(out, cap, "%u", s->batch_size);
}

/* 4GB, 512 MB, 1.5GiB, 300000000; SI units are powers of ten. */
static bool parse_size(struct str value, size_t *out)
{
    static const struct {
        const char *unit;
        double factor;
    } UNITS[] = {{"", 1},
                 {"b", 1},
                 {"kb", 1e3},
                 {"mb", 1e6},
                 {"gb", 1e9},
                 {"tb", 1e12},
                 {"kib", 1024},
                 {"mib", 1048576},
                 {"gib", 1073741824.0},
                 {"k", 1e3},
                 {"m", 1e6},
                 {"g", 1e9},
                 {"t", 1e12},
                 {"tib", 1099511627776.0}};
    size_t digits = 0, at;
    double number;
    while (digits < value.length && (strchr("0123456789.", value.data[digits])))
        digits++;
    if (!digits || !text_parse_double(value.data, digits, &number))
        return false;
    for (at = digits; at < value.length && value.data[at] == ' '; at++)
        ;
    struct str unit = {value.data + at, value.length - at};
    for (size_t i = 0; i < ARRAY_LENGTH(UNITS); i++)
        if (str_is(unit, UNITS[i].unit) && number * UNITS[i].factor < 9e18) {
            *out = (size_t)(number * UNITS[i].factor);
            return true;
        }
    return false;
}

static enum status set_memory_limit(struct settings *s, struct str value, struct error *error)
{
    size_t size;
    if (!parse_size(value, &size) || size < 1000000)
        return refuse("memory_limit", value, "a size of 1MB or more, such as '4GB' or '512MB'",
                      error);
    s->memory_limit = size;
    return STATUS_OK;
}
static void put_size(size_t size, char *out, size_t cap)
{
    if (size && size % 1000000000 == 0)
        snprintf(out, cap, "%zuGB", size / 1000000000);
    else if (size && size % 1000000 == 0)
        snprintf(out, cap, "%zuMB", size / 1000000);
    else
        snprintf(out, cap, "%zu", size);
}
static void get_memory_limit(const struct settings *s, char *out, size_t cap)
{
    put_size(s->memory_limit, out, cap);
}

static enum status set_keep_result(struct settings *s, struct str value, struct error *error)
{
    size_t size;
    if (!parse_size(value, &size))
        return refuse("keep_result", value, "a size such as '16MB', or 0 for none", error);
    s->keep_result = size;
    return STATUS_OK;
}
static void get_keep_result(const struct settings *s, char *out, size_t cap)
{
    put_size(s->keep_result, out, cap);
}

static enum status set_time_zone(struct settings *s, struct str value, struct error *error)
{
    const struct time_zone *zone;
    TRY(timezone_get(s->zones, value, &zone, error));
    s->zone = zone;
    snprintf(s->time_zone, sizeof s->time_zone, "%s", timezone_name(zone));
    return STATUS_OK;
}
static void get_time_zone(const struct settings *s, char *out, size_t cap)
{
    snprintf(out, cap, "%s", s->time_zone);
}

static enum status set_on_error(struct settings *s, struct str value, struct error *error)
{
    static const char *const WORDS[] = {"fail", "skip", "null"};
    for (size_t i = 0; i < ARRAY_LENGTH(WORDS); i++)
        if (str_is(value, WORDS[i])) {
            snprintf(s->on_error, sizeof s->on_error, "%s", WORDS[i]);
            return STATUS_OK;
        }
    return refuse("on_error", value, "'fail', 'skip' or 'null'", error);
}
static void get_on_error(const struct settings *s, char *out, size_t cap)
{
    snprintf(out, cap, "%s", s->on_error);
}

static enum status set_runtime_mode(struct settings *s, struct str value, struct error *error)
{
    static const char *const MODES[] = {"automatic", "batch", "streaming"};
    for (size_t i = 0; i < ARRAY_LENGTH(MODES); i++)
        if (str_is(value, MODES[i])) {
            snprintf(s->runtime_mode, sizeof s->runtime_mode, "%s", MODES[i]);
            return STATUS_OK;
        }
    return refuse("runtime_mode", value, "'automatic', 'batch' or 'streaming'", error);
}
static void get_runtime_mode(const struct settings *s, char *out, size_t cap)
{
    snprintf(out, cap, "%s", s->runtime_mode);
}

static const char *const RULES[] = {"fold",         "push_filter", "drop_columns", "prune",
                                    "lift_combine", "fuse",        "all"};

static enum status set_disabled_rules(struct settings *s, struct str value, struct error *error)
{
    char text[sizeof s->disabled_rules] = "";
    size_t length = 0;
    for (size_t at = 0; at < value.length;) {
        size_t end = at;
        while (end < value.length && value.data[end] != ',' && value.data[end] != ' ')
            end++;
        struct str word = {value.data + at, end - at};
        at = end + 1;
        if (!word.length)
            continue;
        const char *known = NULL;
        for (size_t i = 0; i < ARRAY_LENGTH(RULES) && !known; i++)
            known = str_is(word, RULES[i]) ? RULES[i] : NULL;
        if (!known) {
            const char *meant =
                error_did_you_mean(word.data, word.length, RULES, ARRAY_LENGTH(RULES));
            error_set(error, STATUS_VALUE, "unknown rule: " STR_FMT, STR_ARG(word));
            if (meant)
                error_hint(error, "did you mean %s?", meant);
            else
                error_hint(
                    error,
                    "rules: fold, push_filter, drop_columns, prune, lift_combine, fuse, all");
            return STATUS_VALUE;
        }
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%s", length ? "," : "", known);
        if (length >= sizeof text)
            return refuse("disabled_rules", value, "each rule once", error);
    }
    memcpy(s->disabled_rules, text, sizeof text);
    return STATUS_OK;
}
static void get_disabled_rules(const struct settings *s, char *out, size_t cap)
{
    snprintf(out, cap, "%s", s->disabled_rules);
}

/* It can be raised, never lowered again: a script must not undo what the command line said. */
static enum status set_safe(struct settings *s, struct str value, struct error *error)
{
    bool on;
    if (!text_parse_bool(value.data, value.length, &on))
        return refuse("safe", value, "true", error);
    if (s->safe && !on)
        return error_set(error, STATUS_VALUE, "safe mode cannot be left");
    s->safe = on;
    return STATUS_OK;
}
static void get_safe(const struct settings *s, char *out, size_t cap)
{
    snprintf(out, cap, "%s", s->safe ? "true" : "false");
}

static const struct setting SETTINGS[] = {
    {"batch_size", "4096", set_batch_size, get_batch_size,
     "rows a batch; results never depend on it"},
    {"disabled_rules", "", set_disabled_rules, get_disabled_rules,
     "planner rules left out, for tests"},
    {"keep_result", "0", set_keep_result, get_keep_result,
     "how much of the last result is kept for FROM _; 0: nothing"},
    {"memory_limit", NULL, set_memory_limit, get_memory_limit, "memory a session may take"},
    {"on_error", "fail", set_on_error, get_on_error, "bad lines in files: fail, skip or null"},
    {"runtime_mode", "automatic", set_runtime_mode, get_runtime_mode,
     "automatic, batch or streaming"},
    {"safe", "false", set_safe, get_safe, "no files outside the database; cannot be left"},
    {"threads", NULL, set_threads, get_threads, "threads a query may use"},
    {"time_zone", "UTC", set_time_zone, get_time_zone, "zone of TIMESTAMP WITH TIME ZONE"},
};

static const struct setting *find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(SETTINGS); i++)
        if (str_is(name, SETTINGS[i].name))
            return &SETTINGS[i];
    return NULL;
}

static enum status unknown(struct str name, struct error *error)
{
    const char *names[ARRAY_LENGTH(SETTINGS)];
    if (str_is(name, "idle_timeout"))
        return error_set(error, STATUS_UNSUPPORTED, "not supported yet: SET idle_timeout");
    for (size_t i = 0; i < ARRAY_LENGTH(SETTINGS); i++)
        names[i] = SETTINGS[i].name;
    const char *meant = error_did_you_mean(name.data, name.length, names, ARRAY_LENGTH(names));
    error_set(error, STATUS_NAME, "unknown setting: " STR_FMT, STR_ARG(name));
    if (meant)
        error_hint(error, "did you mean %s?", meant);
    else
        error_hint(error, "SELECT * FROM weir_settings lists them");
    return STATUS_NAME;
}

enum status settings_set(struct settings *settings, struct str name, struct str value,
                         struct error *error)
{
    const struct setting *setting = find(name);
    return setting ? setting->set(settings, value, error) : unknown(name, error);
}

/* Four fifths of the machine's memory, in whole MB. */
static size_t default_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page <= 0)
        return 4000000000u;
    return (size_t)pages / 5 * 4 * (size_t)page / 1000000 * 1000000;
}

static void to_default(struct settings *s, const struct setting *setting)
{
    struct error error = {0};
    if (setting->set == set_safe)
        return;
    if (setting->fallback) {
        enum status status = setting->set(s, str_of(setting->fallback), &error);
        assert(status == STATUS_OK);
        (void)status;
    } else if (setting->set == set_threads) {
        s->threads = MIN(thread_processors(), (unsigned)SETTINGS_THREADS_MAX);
    } else {
        s->memory_limit = default_memory();
    }
}

enum status settings_reset(struct settings *settings, struct str name, struct error *error)
{
    const struct setting *setting = name.length ? find(name) : NULL;
    if (name.length && !setting)
        return unknown(name, error);
    for (size_t i = 0; i < ARRAY_LENGTH(SETTINGS); i++)
        if (!setting || setting == &SETTINGS[i])
            to_default(settings, &SETTINGS[i]);
    return STATUS_OK;
}

void settings_init(struct settings *settings, struct arena *zones)
{
    memset(settings, 0, sizeof *settings);
    settings->zones = zones;
    settings->zone = &timezone_utc;
    for (size_t i = 0; i < ARRAY_LENGTH(SETTINGS); i++)
        to_default(settings, &SETTINGS[i]);
}

bool settings_get(const struct settings *settings, struct str name, char out[SETTING_VALUE_SIZE])
{
    const struct setting *setting = find(name);
    if (setting)
        setting->get(settings, out, SETTING_VALUE_SIZE);
    return setting != NULL;
}

bool settings_entry(const struct settings *settings, size_t i, const char **name,
                    char value[SETTING_VALUE_SIZE], const char **doc)
{
    if (i >= ARRAY_LENGTH(SETTINGS))
        return false;
    *name = SETTINGS[i].name;
    *doc = SETTINGS[i].doc;
    SETTINGS[i].get(settings, value, SETTING_VALUE_SIZE);
    return true;
}
