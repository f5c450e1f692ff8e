/* window.c - cutting event time.
 *
 * Time is cut into cells by a grid; each cell is [start, next start). A TUMBLE window is a cell; a HOP window starts
 * with a cell, whose length is the slide; a CUMULATE window grows through a cell.
 *   1. Cells cover all of time without gaps, each start belongs to its cell.            [cell_of]
 *   2. Times are within +-2^62 microseconds and lengths below 2^61, so sums fit.        [check_time, check_length] */
#include "exec/window.h"

#define DAY_US     INT64_C(86400000000)
#define TIME_MAX   (INT64_C(1) << 62)
#define LENGTH_MAX (INT64_C(1) << 61)
enum { WEEK_DAYS = 7, MONDAY = 4, MONTHS_MAX = 12 * 20000, DAYS_MAX = 365 * 20000 };

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}
static int64_t floor_to(int64_t a, int64_t base, int64_t unit)
{
    return base + floor_div(a - base, unit) * unit;
}
static int64_t greatest_common(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static enum status check_time(int64_t ts, struct error *error)
{
    if (LIKELY(ts > -TIME_MAX && ts < TIME_MAX))
        return STATUS_OK;
    return error_set(error, STATUS_VALUE, "event time out of range for windows: %lld microseconds",
                     (long long)ts);
}

/* ---- The calendar: days since 1970 and months since January 1970
 * (Hinnant, "chrono-compatible low-level date algorithms"). ---- */

static int64_t month_of_day(int64_t day)
{
    int64_t z = day + 719468, era = floor_div(z, 146097);
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 2 : mp - 10;
    return (yoe + era * 400 + (month <= 1) - 1970) * 12 + month;
}

static int64_t first_day_of_month(int64_t months)
{
    int64_t year = 1970 + floor_div(months, 12), month = months - floor_div(months, 12) * 12;
    year -= month < 2;
    int64_t era = floor_div(year, 400), yoe = year - era * 400;
    int64_t doy = (153 * (month < 2 ? month + 10 : month - 2) + 2) / 5;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

/* A local time plus months: the day is kept, or the month's last day taken. */
static int64_t add_months(int64_t local, int64_t months)
{
    int64_t day = floor_div(local, DAY_US), clock = local - day * DAY_US;
    int64_t month = month_of_day(day), in_month = day - first_day_of_month(month);
    int64_t first = first_day_of_month(month + months);
    int64_t length = first_day_of_month(month + months + 1) - first;
    return (first + MIN(in_month, length - 1)) * DAY_US + clock;
}

/* ---- Local time ---- */

static bool is_local(const struct window_assigner *a)
{
    return a->fn.zone && !timezone_is_utc(a->fn.zone);
}
static int64_t to_local(const struct window_assigner *a, int64_t ts)
{
    size_t cache = 0;
    return is_local(a) ? timezone_to_local(a->fn.zone, ts, &cache) : ts;
}
/* The moment at which a local day, moved by the grid's offset, starts. */
static int64_t day_start(const struct window_assigner *a, int64_t day)
{
    if (!is_local(a))
        return day * DAY_US + a->grid.offset_us;
    if (a->grid.offset_us == 0)
        return timezone_day_start(a->fn.zone, day);
    return timezone_to_utc(a->fn.zone, day * DAY_US + a->grid.offset_us);
}
/* The day that holds a moment: clocks set back over midnight make the local date alone no guide. */
static int64_t day_of(const struct window_assigner *a, int64_t ts)
{
    int64_t day = floor_div(to_local(a, ts) - a->grid.offset_us, DAY_US);
    while (ts < day_start(a, day))
        day--;
    while (ts >= day_start(a, day + 1))
        day++;
    return day;
}

/* ---- Cells ---- */

static int64_t month_start(const struct window_assigner *a, int64_t month)
{
    return day_start(a, first_day_of_month(month));
}

static struct window month_cell(const struct window_assigner *a, int64_t ts)
{
    const struct window_grid *g = &a->grid;
    int64_t month = month_of_day(day_of(a, ts));
    int64_t first = floor_to(month, g->offset_months, g->months);
    return (struct window){month_start(a, first), month_start(a, first + g->months)};
}

static struct window day_cell(const struct window_assigner *a, int64_t ts)
{
    const struct window_grid *g = &a->grid;
    int64_t first = floor_to(day_of(a, ts), g->base, g->days);
    return (struct window){day_start(a, first), day_start(a, first + g->days)};
}

static struct window micros_cell(const struct window_assigner *a, int64_t ts)
{
    const struct window_grid *g = &a->grid;
    if (!g->daily) {
        int64_t start = floor_to(ts, g->base, g->micros);
        return (struct window){start, start + g->micros};
    }
    int64_t day = day_of(a, ts), midnight = day_start(a, day);
    int64_t start = floor_to(ts, midnight, g->micros);
    return (struct window){start, MIN(start + g->micros, day_start(a, day + 1))};
}

static struct window cell_of(const struct window_assigner *a, int64_t ts)
{
    if (a->grid.months)
        return month_cell(a, ts);
    if (a->grid.days)
        return day_cell(a, ts);
    return micros_cell(a, ts);
}

/* A moment plus a length, on the local calendar for days and months. */
static int64_t add_length(const struct window_assigner *a, int64_t ts,
                          const struct interval *length)
{
    if (!length->months && !length->days)
        return ts + length->micros;
    int64_t local = to_local(a, ts);
    local = length->months ? add_months(local, length->months) : local + length->days * DAY_US;
    return is_local(a) ? timezone_to_utc(a->fn.zone, local) : local;
}

/* ---- HOP on calendars ---- */

/* The end of the HOP window that starts with the cell at `start`. */
static int64_t hop_end(const struct window_assigner *a, int64_t start)
{
    if (!a->multiple)
        return add_length(a, start, &a->fn.size);
    int64_t end = start;
    for (int64_t i = 0; i < a->multiple; i++)
        end = cell_of(a, end).end;
    return end;
}

/* The pane of a HOP whose size is no multiple of its slide: between the nearest starts and ends of windows. */
static bool hop_pane(const struct window_assigner *a, int64_t ts, struct window *pane)
{
    struct window cell = cell_of(a, ts);
    *pane = cell;
    bool in_window = false;
    for (int64_t start = cell.start;;) {
        int64_t end = hop_end(a, start);
        if (end <= ts) {
            pane->start = MAX(pane->start, end);
            return in_window;
        }
        in_window = true;
        pane->end = MIN(pane->end, end);
        start = cell_of(a, start - 1).start;
    }
}

/* The pane of a CUMULATE: the stretch between two ends. */
static struct window step_pane(const struct window_assigner *a, int64_t ts)
{
    struct window cell = cell_of(a, ts);
    const struct interval *step = &a->fn.slide;
    struct window pane = {cell.start, cell.start};
    if (!step->months && !step->days) {
        pane.start = floor_to(ts, cell.start, step->micros);
        pane.end = MIN(pane.start + step->micros, cell.end);
        return pane;
    }
    /* The estimate is at most a step too late; steps are few. */
    int64_t unit = step->months ? step->months * 31 * DAY_US : step->days * DAY_US;
    int64_t n = MAX((ts - cell.start) / unit - 1, INT64_C(0));
    for (;; n++) {
        struct interval length = {.months = (int32_t)(step->months * n),
                                  .days = (int32_t)(step->days * n)};
        int64_t border = MIN(add_length(a, cell.start, &length), cell.end);
        if (border > ts || border == cell.end) {
            pane.end = border;
            return pane;
        }
        pane.start = border;
    }
}

/* ---- Making ready ---- */

static enum status check_length(const struct interval *length, const char *what,
                                struct error *error)
{
    int units = (length->months != 0) + (length->days != 0) + (length->micros != 0);
    if (units > 1)
        return error_set(error, STATUS_VALUE,
                         "the window's %s mixes months, days and smaller units", what);
    if (length->months < 0 || length->days < 0 || length->micros < 0 || units == 0)
        return error_set(error, STATUS_VALUE, "the window's %s is not positive", what);
    if (length->micros % 1000 != 0)
        return error_set(error, STATUS_VALUE,
                         "the window's %s is not a whole number of milliseconds", what);
    if (length->months > MONTHS_MAX || length->days > DAYS_MAX || length->micros > LENGTH_MAX)
        return error_set(error, STATUS_VALUE, "the window's %s is too long", what);
    return STATUS_OK;
}

/* Hours that make whole days are days: so '24' HOUR follows local dates as '1' DAY does. */
static struct interval whole_days(struct interval length)
{
    if (length.micros && length.micros % DAY_US == 0) {
        length.days = (int32_t)(length.micros / DAY_US);
        length.micros = 0;
    }
    return length;
}

static int64_t length_us(const struct interval *length) /* months as their longest */
{
    return length->months * 31 * DAY_US + length->days * DAY_US + length->micros;
}

static void grid_init(struct window_assigner *a, const struct interval *cell)
{
    struct window_grid *g = &a->grid;
    const struct interval *offset = &a->fn.offset;
    *g = (struct window_grid){.months = cell->months, .days = cell->days, .micros = cell->micros};
    int64_t days = offset->days;
    g->offset_us = offset->micros;
    if (g->micros) {
        g->offset_us += days * DAY_US;
        g->offset_us -= floor_to(g->offset_us, 0, g->micros);
        g->daily = is_local(a) && g->micros < DAY_US;
        g->base = g->offset_us;
        if (is_local(a) && !g->daily)
            g->base += timezone_day_start(a->fn.zone, 0);
        if (!g->daily)
            g->offset_us = 0;
        return;
    }
    days += floor_div(g->offset_us, DAY_US);
    g->offset_us -= floor_div(g->offset_us, DAY_US) * DAY_US;
    if (g->days) {
        g->base = days + (g->days % WEEK_DAYS == 0 ? MONDAY : 0);
    } else {
        g->offset_months = offset->months;
        g->offset_us += days * DAY_US;
    }
}

/* Everything in microseconds: no calendar, no zone. */
static void fixed_init(struct window_assigner *a)
{
    a->fixed = true;
    a->base = a->grid.days ? a->grid.base * DAY_US + a->grid.offset_us : a->grid.base;
    a->size_us = length_us(&a->fn.size);
    a->slide_us = a->fn.kind == WINDOW_TUMBLE ? a->size_us : length_us(&a->fn.slide);
    a->pane_us = a->fn.kind == WINDOW_HOP ? greatest_common(a->size_us, a->slide_us) : a->slide_us;
}

static enum status check_cumulate(const struct window_assigner *a, struct error *error)
{
    const struct interval *size = &a->fn.size, *step = &a->fn.slide;
    int64_t micros = MAX(step->micros, 1); /* it is positive when it counts */
    bool whole;
    if (step->months)
        whole = size->months && size->months % step->months == 0;
    else if (step->days)
        whole = size->months ? step->days == 1 : size->days && size->days % step->days == 0;
    else
        whole = size->months ? DAY_US % micros == 0 : length_us(size) % micros == 0;
    if (whole)
        return STATUS_OK;
    return error_set(error, STATUS_VALUE, "the size of CUMULATE is not a multiple of its step");
}

static int64_t hop_multiple(const struct interval *size, const struct interval *slide)
{
    if (slide->months)
        return size->months % slide->months == 0 ? size->months / slide->months : 0;
    if (slide->days)
        return !size->months && size->days % slide->days == 0 ? size->days / slide->days : 0;
    int64_t micros = MAX(slide->micros, 1); /* it is positive when it counts */
    return size->micros % micros == 0 ? size->micros / micros : 0;
}

enum status window_assigner_init(struct window_assigner *a, const struct window_fn *fn,
                                 struct error *error)
{
    *a = (struct window_assigner){.fn = *fn};
    if (fn->kind == WINDOW_GLOBAL)
        return STATUS_OK;
    TRY(check_length(&fn->size, fn->kind == WINDOW_SESSION ? "gap" : "size", error));
    a->fn.size = whole_days(fn->size);
    a->fn.slide = whole_days(fn->slide);
    if (fn->kind == WINDOW_SESSION) {
        if (fn->size.months)
            return error_set(error, STATUS_UNSUPPORTED,
                             "not supported yet: a session gap in months");
        if (fn->max_duration < 0 || fn->max_duration > LENGTH_MAX)
            return error_set(error, STATUS_VALUE, "the session's longest duration is out of range");
        a->size_us = length_us(&a->fn.size);
        return STATUS_OK;
    }
    if (fn->kind != WINDOW_TUMBLE)
        TRY(check_length(&fn->slide, fn->kind == WINDOW_HOP ? "slide" : "step", error));
    if (fn->offset.months && !(fn->kind == WINDOW_HOP ? a->fn.slide : a->fn.size).months)
        return error_set(error, STATUS_VALUE, "an offset in months needs windows of months");
    if (fn->offset.days > DAYS_MAX || fn->offset.days < -DAYS_MAX ||
        fn->offset.micros > LENGTH_MAX || fn->offset.micros < -LENGTH_MAX)
        return error_set(error, STATUS_VALUE, "the window's offset is too long");
    if (fn->kind == WINDOW_CUMULATE)
        TRY(check_cumulate(a, error));
    grid_init(a, fn->kind == WINDOW_HOP ? &a->fn.slide : &a->fn.size);
    if (!is_local(a) && !a->fn.size.months && !a->fn.slide.months)
        fixed_init(a);
    if (fn->kind == WINDOW_HOP) {
        a->multiple = hop_multiple(&a->fn.size, &a->fn.slide);
        a->gaps = !a->multiple && length_us(&a->fn.slide) > length_us(&a->fn.size);
    }
    return STATUS_OK;
}

/* ---- Panes ---- */

static bool fixed_in_window(const struct window_assigner *a, int64_t pane)
{
    return !a->gaps || pane - floor_to(pane, a->base, a->slide_us) < a->size_us;
}

static void pane_of(const struct window_assigner *a, int64_t ts, struct window *pane,
                    bool *in_window)
{
    if (a->fixed) {
        pane->start = floor_to(ts, a->base, a->pane_us);
        pane->end = pane->start + a->pane_us;
        *in_window = fixed_in_window(a, pane->start);
        return;
    }
    *in_window = true;
    if (a->fn.kind == WINDOW_CUMULATE)
        *pane = step_pane(a, ts);
    else if (a->fn.kind == WINDOW_HOP && !a->multiple)
        *in_window = hop_pane(a, ts, pane);
    else
        *pane = cell_of(a, ts);
}

enum status window_pane(const struct window_assigner *a, int64_t ts, struct window *pane,
                        bool *in_window, struct error *error)
{
    TRY(check_time(ts, error));
    pane_of(a, ts, pane, in_window);
    return STATUS_OK;
}

/* Least and greatest of the times that count; false if there are none. */
TARGET_CLONES static bool range_of(const int64_t *ts, const uint8_t *validity, size_t n,
                                   int64_t *low, int64_t *high)
{
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    if (!validity) {
        for (size_t i = 0; i < n; i++) {
            least = ts[i] < least ? ts[i] : least;
            greatest = ts[i] > greatest ? ts[i] : greatest;
        }
    } else {
        for (size_t i = 0; i < n; i++)
            if (bits_get(validity, i)) {
                least = MIN(least, ts[i]);
                greatest = MAX(greatest, ts[i]);
            }
    }
    *low = least;
    *high = greatest;
    return least <= greatest;
}

enum status window_panes(const struct window_assigner *a, const int64_t *ts,
                         const uint8_t *validity, size_t n, int64_t *panes, uint8_t *keep,
                         bool *constant, struct error *error)
{
    int64_t low, high;
    struct window pane;
    bool in_window;
    *constant = true;
    if (validity)
        bits_and(keep, keep, validity, n);
    if (!range_of(ts, validity, n, &low, &high))
        return STATUS_OK;
    TRY(check_time(low, error));
    TRY(check_time(high, error));
    pane_of(a, low, &pane, &in_window);
    if (high < pane.end) {
        for (size_t i = 0; i < n; i++)
            panes[i] = pane.start;
        if (!in_window)
            bits_fill(keep, n, false);
        return STATUS_OK;
    }
    int64_t first = 0;
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (validity && !bits_get(validity, i))
            continue;
        if (ts[i] < pane.start || ts[i] >= pane.end)
            pane_of(a, ts[i], &pane, &in_window);
        panes[i] = pane.start;
        if (!in_window) {
            bits_clear(keep, i);
            continue;
        }
        *constant &= !any || pane.start == first;
        first = any ? first : pane.start;
        any = true;
    }
    return STATUS_OK;
}

/* ---- Windows of panes ---- */

static enum status fixed_windows(const struct window_assigner *a, int64_t pane,
                                 enum status (*fn)(void *, struct window, struct error *),
                                 void *context, struct error *error)
{
    if (a->fn.kind == WINDOW_CUMULATE) {
        int64_t start = floor_to(pane, a->base, a->size_us), limit = start + a->size_us;
        for (int64_t end = pane + a->pane_us; end <= limit; end += a->pane_us)
            TRY(fn(context, (struct window){start, end}, error));
        return STATUS_OK;
    }
    int64_t last = floor_to(pane, a->base, a->slide_us);
    int64_t start = floor_to(pane - a->size_us, a->base, a->slide_us) + a->slide_us;
    for (; start <= last; start += a->slide_us)
        TRY(fn(context, (struct window){start, start + a->size_us}, error));
    return STATUS_OK;
}

/* HOP whose panes are its cells: the oldest window that holds the pane ends with it. */
static enum status cell_windows(const struct window_assigner *a, int64_t pane,
                                enum status (*fn)(void *, struct window, struct error *),
                                void *context, struct error *error)
{
    int64_t start = pane, end = cell_of(a, pane).end;
    for (int64_t i = 1; i < a->multiple; i++)
        start = cell_of(a, start - 1).start;
    for (; start <= pane; start = cell_of(a, start).end, end = cell_of(a, end).end)
        TRY(fn(context, (struct window){start, end}, error));
    return STATUS_OK;
}

static enum status hop_windows(const struct window_assigner *a, int64_t pane,
                               enum status (*fn)(void *, struct window, struct error *),
                               void *context, struct error *error)
{
    int64_t last = cell_of(a, pane).start, start = last;
    for (;;) {
        int64_t before = cell_of(a, start - 1).start;
        if (hop_end(a, before) <= pane)
            break;
        start = before;
    }
    for (; start <= last; start = cell_of(a, start).end) {
        int64_t end = hop_end(a, start);
        if (end > pane)
            TRY(fn(context, (struct window){start, end}, error));
    }
    return STATUS_OK;
}

static enum status step_windows(const struct window_assigner *a, int64_t pane,
                                enum status (*fn)(void *, struct window, struct error *),
                                void *context, struct error *error)
{
    struct window cell = cell_of(a, pane);
    for (int64_t at = pane; at < cell.end;) {
        int64_t end = step_pane(a, at).end;
        TRY(fn(context, (struct window){cell.start, end}, error));
        at = end;
    }
    return STATUS_OK;
}

enum status window_of_pane(const struct window_assigner *a, int64_t pane,
                           enum status (*fn)(void *context, struct window window,
                                             struct error *error),
                           void *context, struct error *error)
{
    TRY(check_time(pane, error));
    if (a->fixed)
        return fixed_windows(a, pane, fn, context, error);
    if (a->fn.kind == WINDOW_CUMULATE)
        return step_windows(a, pane, fn, context, error);
    if (a->fn.kind == WINDOW_TUMBLE)
        return fn(context, cell_of(a, pane), error);
    return a->multiple ? cell_windows(a, pane, fn, context, error)
                       : hop_windows(a, pane, fn, context, error);
}

enum status window_from_border(const struct window_assigner *a, int64_t border,
                               struct window *window, struct error *error)
{
    TRY(check_time(border, error));
    if (a->fn.kind == WINDOW_CUMULATE) {
        int64_t start =
            a->fixed ? floor_to(border - 1, a->base, a->size_us) : cell_of(a, border - 1).start;
        *window = (struct window){start, border};
    } else if (a->fixed) {
        *window = (struct window){border, border + a->size_us};
    } else {
        *window = (struct window){
            border, a->fn.kind == WINDOW_TUMBLE ? cell_of(a, border).end : hop_end(a, border)};
    }
    return STATUS_OK;
}

uint32_t window_fanout(const struct window_assigner *a)
{
    if (a->fn.kind != WINDOW_HOP && a->fn.kind != WINDOW_CUMULATE)
        return 1;
    int64_t size = length_us(&a->fn.size), slide = length_us(&a->fn.slide);
    if (a->fn.slide.months) /* the longest size over the shortest slide */
        slide = a->fn.slide.months * 28 * DAY_US;
    int64_t most = (size + slide - 1) / slide + (a->fixed ? 0 : 2);
    return (uint32_t)MIN(most, (int64_t)UINT32_MAX);
}
