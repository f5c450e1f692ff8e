/* timezone.h - a time zone as a table of transitions.
 *
 * A zone is read from ICU once (opened on first use with dlopen: linking it costs start time), for the years
 * 1800..2300, and then answers by binary search with a cache of the last range. Zones are shared, immutable
 * and cached for the life of the process's session object that owns the cache. Fixed offsets ('+02:00') and UTC
 * need no ICU. Thread-safe after timezone_get. */
#ifndef TIMEZONE_H
#define TIMEZONE_H

#include "base/str.h"

struct time_zone; /* immutable */

/* The zone of a name; names are compared without case. Unknown: STATUS_VALUE with a did-you-mean. `arena` keeps it. */
MUST_CHECK enum status timezone_get(struct arena *arena, struct str name,
                                    const struct time_zone **out, struct error *error);
extern const struct time_zone timezone_utc;
bool timezone_is_utc(const struct time_zone *zone);
const char *timezone_name(const struct time_zone *zone);

/* The transitions, for loops that walk them: offset_s[i] holds from starts_s[i] (UTC seconds) to starts_s[i+1];
 * starts_s[0] is INT64_MIN. */
size_t timezone_ranges(const struct time_zone *zone, const int64_t **starts_s,
                       const int32_t **offset_s);

/* Seconds to add to UTC at that moment. `*cache` is the caller's range hint (start with 0). */
int32_t timezone_offset_at(const struct time_zone *zone, int64_t utc_us, size_t *cache);
static inline int64_t timezone_to_local(const struct time_zone *zone, int64_t utc_us, size_t *cache)
{
    return utc_us + (int64_t)timezone_offset_at(zone, utc_us, cache) * 1000000;
}
/* Local wall clock to UTC. In a gap: the moment the gap starts plus the distance into it (as if the old offset went
 * on); doubled times: the first. */
int64_t timezone_to_utc(const struct time_zone *zone, int64_t local_us);
/* The first moment of a local date (days since 1970): midnight, or the end of the gap where there is no midnight. */
int64_t timezone_day_start(const struct time_zone *zone, int64_t local_day);

#endif
