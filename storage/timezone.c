/* timezone.c - zones out of ICU's calendar, which is asked once a zone: what it knows becomes a table.
 *
 *   1. starts[0] is INT64_MIN; starts rise; neighbours have different offsets.    [add_range]
 *   2. A local time is looked for among the ranges by its UTC moment under each offset; offsets never reach 24 h,
 *      so that a range that ended a day before is out of the question.            [find_local] */
#include "storage/timezone.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unicode/ucal.h>
#include <unicode/uenum.h>

#include "base/array.h"

struct time_zone {
    const char *name;
    size_t n_ranges;
    const int64_t *starts_s;
    const int64_t *starts_us; /* the same in microseconds, saturated */
    const int32_t *offsets_s;
};

#define SECOND_US INT64_C(1000000)
#define DAY_US    (INT64_C(86400) * SECOND_US)

static const int64_t utc_starts[] = {INT64_MIN};
static const int32_t utc_offsets[] = {0};
const struct time_zone timezone_utc = {"UTC", 1, utc_starts, utc_starts, utc_offsets};

bool timezone_is_utc(const struct time_zone *zone)
{
    return zone->n_ranges == 1 && zone->offsets_s[0] == 0;
}

const char *timezone_name(const struct time_zone *zone)
{
    return zone->name;
}

size_t timezone_ranges(const struct time_zone *zone, const int64_t **starts_s,
                       const int32_t **offset_s)
{
    *starts_s = zone->starts_s;
    *offset_s = zone->offsets_s;
    return zone->n_ranges;
}

/* ---- Looking up ---- */

static bool is_in_range(const struct time_zone *zone, size_t i, int64_t utc_us)
{
    return utc_us >= zone->starts_us[i] &&
           (i + 1 == zone->n_ranges || utc_us < zone->starts_us[i + 1]);
}

static size_t find_range(const struct time_zone *zone, int64_t utc_us)
{
    size_t low = 0, high = zone->n_ranges; /* starts_us[low] <= utc_us < starts_us[high] */
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (zone->starts_us[mid] <= utc_us)
            low = mid;
        else
            high = mid;
    }
    return low;
}

int32_t timezone_offset_at(const struct time_zone *zone, int64_t utc_us, size_t *cache)
{
    size_t i = *cache;
    if (UNLIKELY(i >= zone->n_ranges || !is_in_range(zone, i, utc_us))) {
        i = i + 1 < zone->n_ranges && is_in_range(zone, i + 1, utc_us) ? i + 1
                                                                       : find_range(zone, utc_us);
        *cache = i;
    }
    return zone->offsets_s[i];
}

static int64_t subtract_saturated(int64_t a, int64_t b)
{
    int64_t difference;
    if (__builtin_sub_overflow(a, b, &difference))
        return b > 0 ? INT64_MIN : INT64_MAX;
    return difference;
}

static int64_t local_as_utc(const struct time_zone *zone, int64_t local_us, size_t range)
{
    return subtract_saturated(local_us, zone->offsets_s[range] * SECOND_US);
}

/* The first range in which the clock shows `local_us`; in a gap the one before it, with *in_gap. */
static size_t find_local(const struct time_zone *zone, int64_t local_us, bool *in_gap)
{
    size_t i = find_range(zone, subtract_saturated(local_us, DAY_US));
    *in_gap = false;
    for (; i + 1 < zone->n_ranges; i++) {
        int64_t next = zone->starts_us[i + 1];
        if (local_as_utc(zone, local_us, i) < next)
            break;
        if (local_as_utc(zone, local_us, i + 1) < next) {
            *in_gap = true;
            break;
        }
    }
    return i;
}

int64_t timezone_to_utc(const struct time_zone *zone, int64_t local_us)
{
    bool in_gap;
    size_t i = find_local(zone, local_us, &in_gap);
    return local_as_utc(zone, local_us, i);
}

int64_t timezone_day_start(const struct time_zone *zone, int64_t local_day)
{
    int64_t midnight;
    if (__builtin_mul_overflow(local_day, DAY_US, &midnight))
        return local_day < 0 ? INT64_MIN : INT64_MAX;
    bool in_gap;
    size_t i = find_local(zone, midnight, &in_gap);
    return in_gap ? zone->starts_us[i + 1] : local_as_utc(zone, midnight, i);
}

/* ---- Making tables ---- */

struct range {
    int64_t start_s;
    int32_t offset_s;
};

struct range_list {
    ARRAY_OF(struct range) ranges;
    struct arena *arena;
};

static void add_range(struct range_list *list, int64_t start_s, int32_t offset_s)
{
    size_t n = list->ranges.count;
    if (n > 0 && list->ranges.items[n - 1].offset_s == offset_s)
        return;
    *ARRAY_PUSH(list->arena, &list->ranges) = (struct range){start_s, offset_s};
}

static enum status zone_new(struct arena *arena, const char *name, const struct range_list *list,
                            const struct time_zone **out, struct error *error)
{
    size_t n = list->ranges.count;
    struct time_zone *zone = ARENA_NEW(arena, struct time_zone);
    int64_t *starts_s = ARENA_ARRAY(arena, int64_t, n);
    int64_t *starts_us = ARENA_ARRAY(arena, int64_t, n);
    int32_t *offsets_s = ARENA_ARRAY(arena, int32_t, n);
    char *copy = arena_strdup(arena, name);
    TRY(arena_check(arena, error));
    TRY(arena_check(list->arena, error));
    for (size_t i = 0; i < n; i++) {
        starts_s[i] = list->ranges.items[i].start_s;
        starts_us[i] = i == 0 ? INT64_MIN : starts_s[i] * SECOND_US;
        offsets_s[i] = list->ranges.items[i].offset_s;
    }
    *zone = (struct time_zone){copy, n, starts_s, starts_us, offsets_s};
    *out = zone;
    return STATUS_OK;
}

static enum status fixed_new(struct arena *arena, int32_t offset_s, const struct time_zone **out,
                             struct error *error)
{
    char name[16];
    unsigned v = (unsigned)(offset_s < 0 ? -offset_s : offset_s);
    snprintf(name, sizeof name, "%c%02u:%02u", offset_s < 0 ? '-' : '+', v / 3600, v / 60 % 60);
    struct range_list list = {.arena = arena};
    add_range(&list, INT64_MIN, offset_s);
    return zone_new(arena, name, &list, out, error);
}

/* [UTC]+h[h][[:]mm] up to 18 hours */
static bool parse_fixed(struct str name, int32_t *offset_s)
{
    enum { HOURS_MAX = 18 };
    const char *s = name.data;
    size_t n = name.length;
    if (str_starts_with(name, "UTC") || str_starts_with(name, "GMT")) {
        s += 3;
        n -= 3;
    }
    if (n < 2 || (s[0] != '+' && s[0] != '-'))
        return false;
    int32_t digits[4] = {0};
    size_t count = 0;
    for (size_t i = 1; i < n; i++) {
        bool is_colon = s[i] == ':' && i == n - 3 && i > 1;
        if (is_colon)
            continue;
        if (s[i] < '0' || s[i] > '9' || count == 4)
            return false;
        digits[count++] = s[i] - '0';
    }
    if (count < 1 || (memchr(s, ':', n) && count < 3))
        return false;
    int32_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + digits[i];
    int32_t hours = count > 2 ? value / 100 : value, minutes = count > 2 ? value % 100 : 0;
    if (minutes > 59 || hours * 60 + minutes > HOURS_MAX * 60)
        return false;
    *offset_s = (hours * 60 + minutes) * 60 * (s[0] == '-' ? -1 : 1);
    return true;
}

/* ---- ICU ---- */

/* The functions used, by their names without the version that the library adds to them. */
struct icu {
    void *handle;
    __typeof__(&ucal_open) calendar_open;
    __typeof__(&ucal_close) calendar_close;
    __typeof__(&ucal_setMillis) set_time;
    __typeof__(&ucal_get) get_field;
    __typeof__(&ucal_getTimeZoneTransitionDate) get_transition;
    __typeof__(&ucal_openTimeZones) names_open;
    __typeof__(&uenum_next) names_next;
    __typeof__(&uenum_close) names_close;
};

enum { ICU_VERSION_MAX = 99, ICU_VERSION_MIN = 50, SYMBOL_SIZE = 64 };

/* A function pointer can only be copied out of a void pointer, not converted. */
static bool load_symbol(void *handle, const char *name, const char *suffix, void *out)
{
    char symbol[SYMBOL_SIZE];
    snprintf(symbol, sizeof symbol, "%s%s", name, suffix);
    void *found = dlsym(handle, symbol);
    memcpy(out, &found, sizeof found);
    return found != NULL;
}

static bool load_symbols(struct icu *icu, const char *suffix)
{
    void *handle = icu->handle;
    return load_symbol(handle, "ucal_open", suffix, &icu->calendar_open) &&
           load_symbol(handle, "ucal_close", suffix, &icu->calendar_close) &&
           load_symbol(handle, "ucal_setMillis", suffix, &icu->set_time) &&
           load_symbol(handle, "ucal_get", suffix, &icu->get_field) &&
           load_symbol(handle, "ucal_getTimeZoneTransitionDate", suffix, &icu->get_transition) &&
           load_symbol(handle, "ucal_openTimeZones", suffix, &icu->names_open) &&
           load_symbol(handle, "uenum_next", suffix, &icu->names_next) &&
           load_symbol(handle, "uenum_close", suffix, &icu->names_close);
}

/* Once loaded the library stays: it keeps memory of its own, and zones may be asked for again. */
static bool open_library(struct icu *icu, const char *library)
{
    icu->handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    return icu->handle != NULL;
}

static enum status icu_open(struct icu *icu, struct error *error)
{
    char library[SYMBOL_SIZE], suffix[16];
    for (int version = ICU_VERSION_MAX; version >= ICU_VERSION_MIN; version--) {
        /* The version that the program was built with is likeliest. */
        int candidate = version == ICU_VERSION_MAX ? U_ICU_VERSION_MAJOR_NUM : version;
        snprintf(library, sizeof library, "libicui18n.so.%d", candidate);
        snprintf(suffix, sizeof suffix, "_%d", candidate);
        if (!open_library(icu, library))
            continue;
        if (load_symbols(icu, suffix) || load_symbols(icu, ""))
            return STATUS_OK;
        dlclose(icu->handle);
    }
    error_set(error, STATUS_UNSUPPORTED, "time zones need a library that is not installed: ICU");
    error_hint(error, "apt-get install libicu%d; UTC and fixed offsets such as +02:00 work without",
               U_ICU_VERSION_MAJOR_NUM);
    return error ? error->status : STATUS_UNSUPPORTED;
}

static void icu_close(struct icu *icu)
{
    dlclose(icu->handle);
}

/* Every name that ICU knows, in `names`. */
struct name_list {
    ARRAY_OF(const char *) names;
};

static void list_names(const struct icu *icu, struct arena *arena, struct name_list *out)
{
    UErrorCode code = U_ZERO_ERROR;
    UEnumeration *names = icu->names_open(&code);
    if (U_FAILURE(code))
        return;
    const char *name;
    while ((name = icu->names_next(names, NULL, &code)) != NULL && U_SUCCESS(code))
        *ARRAY_PUSH(arena, &out->names) = arena_strdup(arena, name);
    icu->names_close(names);
}

/* Milliseconds since 1970 at the start of a year, by the calendar that days are counted in here. */
static UDate year_start_ms(int year)
{
    return (year - 1970) * 365.2425 * 86400e3;
}

static int32_t icu_offset(const struct icu *icu, UCalendar *calendar, UDate at_ms, UErrorCode *code)
{
    icu->set_time(calendar, at_ms, code);
    int32_t offset_ms = icu->get_field(calendar, UCAL_ZONE_OFFSET, code) +
                        icu->get_field(calendar, UCAL_DST_OFFSET, code);
    return offset_ms / 1000;
}

/* Walks the zone's transitions from 1800 to 2300. */
static void list_ranges(const struct icu *icu, UCalendar *calendar, struct range_list *list,
                        UErrorCode *code)
{
    enum { YEAR_FIRST = 1800, YEAR_LAST = 2300, TRANSITIONS_MAX = 4096 };
    UDate at_ms = year_start_ms(YEAR_FIRST), end_ms = year_start_ms(YEAR_LAST);
    add_range(list, INT64_MIN, icu_offset(icu, calendar, at_ms, code));
    for (int i = 0; i < TRANSITIONS_MAX && U_SUCCESS(*code); i++) {
        UDate next_ms;
        icu->set_time(calendar, at_ms, code);
        if (!icu->get_transition(calendar, UCAL_TZ_TRANSITION_NEXT, &next_ms, code) ||
            next_ms > end_ms || next_ms <= at_ms)
            break;
        at_ms = next_ms;
        add_range(list, (int64_t)(at_ms / 1000), icu_offset(icu, calendar, at_ms, code));
    }
}

static enum status icu_read_zone(const struct icu *icu, struct arena *arena, struct arena *scratch,
                                 const char *name, const struct time_zone **out,
                                 struct error *error)
{
    size_t length = strlen(name);
    UChar *wide = ARENA_ARRAY(scratch, UChar, length + 1);
    TRY(arena_check(scratch, error));
    for (size_t i = 0; i < length; i++)
        wide[i] = (UChar)(unsigned char)name[i];
    UErrorCode code = U_ZERO_ERROR;
    UCalendar *calendar = icu->calendar_open(wide, (int32_t)length, "en_US", UCAL_GREGORIAN, &code);
    struct range_list list = {.arena = scratch};
    if (U_SUCCESS(code)) {
        list_ranges(icu, calendar, &list, &code);
        icu->calendar_close(calendar);
    }
    if (U_FAILURE(code))
        return error_set(error, STATUS_INTERNAL, "ICU cannot read the time zone %s: error %d", name,
                         (int)code);
    return zone_new(arena, name, &list, out, error);
}

static enum status unknown_zone(struct str name, const struct name_list *list, struct error *error)
{
    error_set(error, STATUS_VALUE, "unknown time zone: " STR_FMT, STR_ARG(name));
    const char *near =
        error_did_you_mean(name.data, name.length, list->names.items, list->names.count);
    if (near)
        error_hint(error, "did you mean %s?", near);
    else
        error_hint(error, "names are those of the IANA database, such as Europe/Paris, or +02:00");
    return STATUS_VALUE;
}

static enum status get_named(const struct icu *icu, struct arena *arena, struct arena *scratch,
                             struct str name, const struct time_zone **out, struct error *error)
{
    struct name_list list = {0};
    list_names(icu, scratch, &list);
    TRY(arena_check(scratch, error));
    for (size_t i = 0; i < list.names.count; i++)
        if (str_is(name, list.names.items[i]) && strcmp(list.names.items[i], "Etc/Unknown") != 0)
            return icu_read_zone(icu, arena, scratch, list.names.items[i], out, error);
    return unknown_zone(name, &list, error);
}

enum status timezone_get(struct arena *arena, struct str name, const struct time_zone **out,
                         struct error *error)
{
    static const char *const utc_names[] = {"UTC", "Z", "GMT", "Etc/UTC", "Etc/GMT", "Zulu", "UCT"};
    for (size_t i = 0; i < ARRAY_LENGTH(utc_names); i++)
        if (str_is(name, utc_names[i])) {
            *out = &timezone_utc;
            return STATUS_OK;
        }
    int32_t offset_s;
    if (parse_fixed(name, &offset_s)) {
        *out = &timezone_utc;
        return offset_s == 0 ? STATUS_OK : fixed_new(arena, offset_s, out, error);
    }
    struct arena scratch;
    struct icu icu = {0};
    TRY(arena_init(&scratch, error));
    enum status status = icu_open(&icu, error);
    if (status == STATUS_OK) {
        status = get_named(&icu, arena, &scratch, name, out, error);
        icu_close(&icu);
    }
    arena_fini(&scratch);
    return status;
}
