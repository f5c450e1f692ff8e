#!/usr/bin/env python3
"""Random windows over random events, with the answers worked out here: `random_windows.py SEED COUNT` writes a script.

The reference is the plain reading of docs/DIALECT.md: windows align to 1970-01-01 plus offset by floor, whole weeks to Monday;
a row on the boundary belongs to the window that starts there; two rows exactly a gap apart are two sessions; days and
months in a zone follow local dates, and hours are counted from local midnight.
"""
import datetime
import random
import sys
import zoneinfo

EPOCH = datetime.datetime(1970, 1, 1)
SECOND, MINUTE, HOUR, DAY = 1000, 60000, 3600000, 86400000
UNITS = [("SECOND", SECOND), ("MINUTE", MINUTE), ("HOUR", HOUR), ("DAY", DAY)]
ZONES = ["Europe/Paris", "Australia/Lord_Howe", "America/Sao_Paulo", "America/New_York", "Asia/Kathmandu"]


def text(ms):
    """A time in milliseconds as weir prints it."""
    shown = (EPOCH + datetime.timedelta(milliseconds=ms)).isoformat(sep=" ", timespec="microseconds")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def interval(ms):
    for unit, size in reversed(UNITS):
        if ms % size == 0 and ms:
            return f"INTERVAL '{ms // size}' {unit}"
    return f"INTERVAL '{ms / 1000}' SECOND"


def origin(size):
    return 4 * DAY if size % (7 * DAY) == 0 else 0


def floor_to(ms, size, offset):
    base = origin(size) + offset
    return (ms - base) // size * size + base


def tumble(ms, size, offset):
    start = floor_to(ms, size, offset)
    return [(start, start + size)]


def hop(ms, slide, size, offset):
    start = floor_to(ms, slide, offset)
    found = []
    while start + size > ms:
        found.append((start, start + size))
        start -= slide
    return found


def cumulate(ms, step, size, offset):
    start = floor_to(ms, size, offset)
    return [(start, start + end) for end in range(step, size + 1, step) if start + end > ms]


def sessions(events, gap):
    """(start, end, rows) of the events of one key."""
    found = []
    for event in sorted(events, key=lambda e: e[0]):
        if found and event[0] < found[-1][1]:
            found[-1] = (found[-1][0], event[0] + gap, found[-1][2] + [event])
        else:
            found.append((event[0], event[0] + gap, [event]))
    return found


def midnight(zone, day):
    """The first instant of a local date (days since 1970), in milliseconds; after a gap, when it ends."""
    local = EPOCH + datetime.timedelta(days=day)
    instant = local.replace(tzinfo=zone, fold=0).astimezone(datetime.timezone.utc)
    back = instant.astimezone(zone).replace(tzinfo=None)
    moment = instant.replace(tzinfo=None)
    if back != local:  # no such time: go to the first minute of the new offset
        moment -= datetime.timedelta(hours=3)
        while local_of(zone, to_ms(moment)) < local:
            moment += datetime.timedelta(minutes=1)
    return to_ms(moment)


def to_ms(moment):
    return (moment - EPOCH) // datetime.timedelta(milliseconds=1)


def local_of(zone, ms):
    moment = EPOCH.replace(tzinfo=datetime.timezone.utc) + datetime.timedelta(milliseconds=ms)
    return moment.astimezone(zone).replace(tzinfo=None)


def zoned_days(zone, ms, days):
    base = 4 if days % 7 == 0 else 0
    day = (local_of(zone, ms) - EPOCH).days
    first = (day - base) // days * days + base
    return [(midnight(zone, first), midnight(zone, first + days))]


def zoned_months(zone, ms, months):
    local = local_of(zone, ms)
    first = (local.year * 12 + local.month - 1 - 1970 * 12) // months * months + 1970 * 12

    def start(month):
        return midnight(zone, (datetime.datetime(month // 12, month % 12 + 1, 1) - EPOCH).days)

    return [(start(first), start(first + months))]


def zoned_hours(zone, ms, size):
    begin = midnight(zone, (local_of(zone, ms) - EPOCH).days)
    start = begin + (ms - begin) // size * size
    return [(start, start + size)]


def group(events, windows_of):
    """Rows (start, end, key, count, sum) as sorted lines."""
    groups = {}
    for event in events:
        if event[0] is None:
            continue
        for window in windows_of(event[0]):
            count, total = groups.get((*window, event[1]), (0, 0))
            groups[(*window, event[1])] = (count + 1, total + event[2])
    return sorted((*key, *value) for key, value in groups.items())


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def events(self, center, spread, step):
        made = []
        for number in range(60):
            ms = center + self.random.randrange(-spread, spread) // step * step
            made.append((None if self.random.random() < 0.05 else ms, self.random.choice("abc"), 1 << number % 20))
        return made

    def pair(self):
        """A small and a large duration, and an offset that is often zero."""
        unit = self.random.choice([SECOND, SECOND, MINUTE, HOUR])
        small = self.random.choice([1, 2, 3, 5, 7, 10]) * unit
        large = small * self.random.choice([1, 2, 3, 6])
        offset = self.random.choice([0, 0, SECOND, unit, -unit, small // 2])
        return small, large, offset

    def case(self, events):
        kind = self.random.choice(["tumble", "hop", "odd hop", "cumulate", "session", "weeks"])
        small, large, offset = self.pair()
        argument = f", {interval(offset)}" if offset > 0 else ""
        offset = max(offset, 0)
        if kind == "tumble":
            return f"TUMBLE(TABLE e, DESCRIPTOR(ts), {interval(large)}{argument})", \
                group(events, lambda ms: tumble(ms, large, offset))
        if kind == "weeks":
            size = self.random.choice([1, 2, 3, 7, 14]) * DAY
            return f"TUMBLE(TABLE e, DESCRIPTOR(ts), {interval(size)})", group(events, lambda ms: tumble(ms, size, 0))
        if kind == "hop":
            return f"HOP(TABLE e, DESCRIPTOR(ts), {interval(small)}, {interval(large)}{argument})", \
                group(events, lambda ms: hop(ms, small, large, offset))
        if kind == "odd hop":
            size = self.random.choice([small // 2 or 1, small + small // 3 // SECOND * SECOND or small, small * 2 + SECOND])
            size = max(size // SECOND * SECOND, SECOND)
            return f"HOP(TABLE e, DESCRIPTOR(ts), {interval(small)}, {interval(size)}{argument})", \
                group(events, lambda ms: hop(ms, small, size, offset))
        if kind == "cumulate":
            return f"CUMULATE(TABLE e, DESCRIPTOR(ts), {interval(small)}, {interval(large)}{argument})", \
                group(events, lambda ms: cumulate(ms, small, large, offset))
        rows = []
        for key in "abc":
            for start, end, part in sessions([e for e in events if e[1] == key and e[0] is not None], small):
                rows.append((start, end, key, len(part), sum(e[2] for e in part)))
        return f"SESSION(TABLE e PARTITION BY k, DESCRIPTOR(ts), {interval(small)})", sorted(rows)

    def zoned_case(self, events):
        name = self.random.choice(ZONES)
        zone = zoneinfo.ZoneInfo(name)
        kind = self.random.choice(["day", "days", "month", "hour"])
        if kind == "hour":
            name, zone = "Europe/Paris", zoneinfo.ZoneInfo("Europe/Paris")
            size = self.random.choice([30 * MINUTE, HOUR])
            rows, written = group(events, lambda ms: zoned_hours(zone, ms, size)), interval(size)
        elif kind == "month":
            months = self.random.choice([1, 1, 3, 12])
            rows, written = group(events, lambda ms: zoned_months(zone, ms, months)), f"INTERVAL '{months}' MONTH"
        else:
            days = 1 if kind == "day" else self.random.choice([2, 7, 14])
            rows, written = group(events, lambda ms: zoned_days(zone, ms, days)), f"INTERVAL '{days}' DAY"
        return f"TUMBLE(DATA => TABLE e, TIMECOL => DESCRIPTOR(ts), SIZE => {written}, TIMEZONE => '{name}')", rows


def write_table(events, kind, suffix):
    def literal(ms):
        return "NULL" if ms is None else f"{kind} '{text(ms)}{suffix}'"

    print("statement ok\nDROP TABLE IF EXISTS e\n")
    print(f"statement ok\nCREATE TEMP TABLE e (ts {kind}, k VARCHAR, n INTEGER)\n")
    print("statement ok\nINSERT INTO e VALUES " + ", ".join(f"({literal(t)}, '{k}', {n})" for t, k, n in events) + "\n")


def write_case(source, rows, suffix):
    lines = sorted(f"{text(s)}{suffix}\t{text(e)}{suffix}\t{k}\t{count}\t{total}" for s, e, k, count, total in rows)
    print("query TTTII rowsort")
    print(f"SELECT window_start, window_end, k, count(*), sum(n) FROM {source} GROUP BY window_start, window_end, k")
    print("----")
    print("\n".join(lines) + "\n")


def main():
    maker = Maker(int(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        if number % 10 == 0:
            center = maker.random.choice([0, 1767225600000, 1774746000000, -5 * DAY])
            spread, step = maker.random.choice([(20 * SECOND, 500), (5 * MINUTE, SECOND), (40 * HOUR, MINUTE), (30 * DAY, HOUR)])
            events = maker.events(center, spread, step)
            write_table(events, "TIMESTAMP", "")
        write_case(*maker.case(events), "")
    for number in range(int(sys.argv[2]) // 2):
        if number % 10 == 0:
            center = maker.random.choice([1774746000000, 1792890000000, 1541296800000, 1775311200000])
            events = maker.events(center, maker.random.choice([2 * DAY, 20 * DAY]), 30 * MINUTE)
            write_table(events, "TIMESTAMPTZ", "+00:00")
        write_case(*maker.zoned_case(events), "+00:00")


if __name__ == "__main__":
    main()
