#!/usr/bin/env python3
"""Event time, row by row: what a windowed query over a stream gives, worked out the slow way.

An independent reading of the rules in docs/TIME.md; it shares nothing with the engine. Times are integers (milliseconds).
A query groups by window and key and computes count(*), sum(v), min(v), count(DISTINCT v), string_agg(v); rows come one at a time, each from a split.

    rows are (split, time or None, key, value)     Query(...).run(rows) -> list of Pane, list of late row numbers
"""
import dataclasses

INFINITY = 1 << 62
NEVER = -INFINITY


# ---- windows ----

@dataclasses.dataclass(frozen=True)
class Fn:
    kind: str  # tumble, hop, cumulate, session
    size: int  # a session's gap
    slide: int = 0  # a hop's slide, a cumulate's step
    offset: int = 0

    def windows(self, time):
        """(start, end) of the windows that hold `time`, by rising end."""
        if self.kind == "tumble":
            start = (time - self.offset) // self.size * self.size + self.offset
            return [(start, start + self.size)]
        if self.kind == "cumulate":
            start = (time - self.offset) // self.size * self.size + self.offset
            return [(start, start + n) for n in range(self.slide, self.size + 1, self.slide) if start + n > time]
        found, start = [], (time - self.offset) // self.slide * self.slide + self.offset
        while start + self.size > time:
            found.append((start, start + self.size))
            start -= self.slide
        return sorted(found)


# ---- triggers: ("rows", n), ("time", ms), ("or", a, b), ("and", a, b), ("then", a, b, ...) ----

class Trigger:
    """One trigger of one key and window. Counts are those since the last pane; only THEN remembers where it is."""

    def __init__(self, spec):
        self.spec, self.place = spec, 0
        self.parts = [Trigger(p) for p in self.flat()] if spec[0] in ("or", "and", "then") else []

    def flat(self):
        if self.spec[0] != "then":
            return self.spec[1:]
        return [q for p in self.spec[1:] for q in (Trigger(p).flat() if p[0] == "then" else [p])]

    def ready(self, rows, age):
        kind = self.spec[0]
        if kind == "rows":
            return rows >= self.spec[1]
        if kind == "time":
            return rows > 0 and age >= self.spec[1]
        if kind == "then":
            return self.parts[self.place].ready(rows, age)
        return (any if kind == "or" else all)([p.ready(rows, age) for p in self.parts])

    def fired(self, rows, age):
        """A pane has come out: THEN goes on where its part was met, counts start over (they are the caller's)."""
        if self.spec[0] == "then":
            part = self.parts[self.place]
            met = part.ready(rows, age)
            part.fired(rows, age)
            if met:
                self.place = (self.place + 1) % len(self.parts)
        else:
            for part in self.parts:
                part.fired(rows, age)


# ---- what is kept ----

@dataclasses.dataclass
class Pane:
    op: str
    key: object
    start: int
    end: int
    count: int
    total: object
    least: object
    distinct: int
    joined: object
    timing: str
    index: int
    last: bool

    def row(self):
        return (self.key, self.start, self.end, self.count, self.total, self.least, self.distinct, self.joined)


class State:
    """A key in a window: its rows, what came out of it."""

    def __init__(self, key, window, order, query):
        self.key, self.window, self.order, self.query = key, window, order, query
        self.values, self.since = [], []  # of all rows, of those since the last pane
        self.first_at = None  # processing time of the first row since the last pane
        self.index, self.shown = 0, None
        self.early = Trigger(query.early) if query.early else None
        self.late = Trigger(query.late or ("rows", 1))

    def add(self, number, value, now):
        if not self.since:
            self.first_at = now
        self.values.append((number, value))
        self.since.append((number, value))

    def pane(self, timing, last):
        """The panes of one firing: one, or with RETRACTING the last one withdrawn and the new one."""
        values = self.since if self.query.mode == "discarding" else self.values
        numbers = [v for _, v in sorted(values, key=lambda nv: nv[0]) if v is not None]
        made = Pane("+I", self.key, *self.window, len(values), sum(numbers) if numbers else None,
                    min(numbers) if numbers else None, len(set(numbers)),
                    ",".join(map(str, numbers)) if numbers else None, timing, self.index, last)
        out = [made]
        if self.query.mode == "retracting" and self.shown:
            made.op = "+U"
            out = [dataclasses.replace(self.shown, op="-U"), made]
        self.index += 1
        self.shown, self.since, self.first_at = made, [], None
        return out


# ---- a query ----

@dataclasses.dataclass
class Query:
    fn: Fn
    delay: int = 0
    lateness: int = 0
    form: str = "close"  # close, watermark
    mode: str = "accumulating"
    early: tuple = None
    late: tuple = None

    def run(self, rows, times=None):
        """`times`: processing time at each row; None: it stands still."""
        self.states, self.panes, self.late_rows, self.current = [], [], [], NEVER
        self.closed = set()
        splits = sorted({r[0] for r in rows})
        left = {s: sum(r[0] == s for r in rows) for s in splits}
        highest = {s: NEVER for s in splits}
        for number, (split, time, key, value) in enumerate(rows):
            now = times[number] if times else 0
            self.pass_time(now)
            others = [highest[s] for s in splits if s != split and left[s]]
            seen = min([highest[split]] + others)
            if time is not None:
                if not self.take(number, time, key, value, seen, now):
                    self.late_rows.append(number)
                highest[split] = max(highest[split], time - self.delay)
            self.advance(min([highest[split]] + others))
            left[split] -= 1
            if not left[split] and others:  # the split has ended: it holds nobody back any more
                self.advance(min(others))
        self.advance(INFINITY)
        return self.panes, self.late_rows

    def expiry(self, window):
        return window[1] + self.lateness

    def take(self, number, time, key, value, seen, now):
        if self.fn.kind == "session":
            return self.take_session(number, time, key, value, seen, now)
        taken = False
        for window in self.fn.windows(time):
            if self.expiry(window) <= seen:
                continue
            taken = True
            state = next((s for s in self.states if s.window == window and s.key == key), None)
            if not state:
                state = State(key, window, number, self)
                self.states.append(state)
            self.touch(state, number, value, now, seen)
        return taken or not self.fn.windows(time)  # in a gap between hops: no window, not late

    def touch(self, state, number, value, now, seen):
        state.add(number, value, now)
        if self.form == "close":
            return
        after = state.window[1] <= seen
        trigger = state.late if after else state.early
        if trigger and trigger.ready(len(state.since), now - state.first_at):
            trigger.fired(len(state.since), now - state.first_at)
            self.panes += state.pane("LATE" if after else "EARLY", False)

    def take_session(self, number, time, key, value, seen, now):
        start, end = time, time + self.fn.size
        met = [s for s in self.states if s.key == key and s.window[0] < end and time < s.window[1]]
        # Two that both touch the row but not one another become one with it.
        for s in met:
            start, end = min(start, s.window[0]), max(end, s.window[1])
        if self.expiry((start, end)) <= seen:
            return False
        state = State(key, (start, end), min([number] + [s.order for s in met]), self)
        for s in sorted(met, key=lambda s: s.order):
            state.values += s.values
            self.states.remove(s)
        state.add(number, value, now)
        self.states.append(state)
        return True

    def pass_time(self, now):
        for state in self.in_order():
            after = state.window[1] <= self.current
            trigger = state.late if after else state.early
            if self.form == "close" or not trigger or not state.since:
                continue
            if trigger.ready(len(state.since), now - state.first_at):
                trigger.fired(len(state.since), now - state.first_at)
                self.panes += state.pane("LATE" if after else "EARLY", False)

    def in_order(self):
        return sorted(self.states, key=lambda s: (s.window[1], s.window[0], s.order))

    def advance(self, watermark):
        if watermark <= self.current:
            return
        before, self.current = self.current, watermark
        for state in self.in_order():
            end, expiry = state.window[1], self.expiry(state.window)
            if self.form == "close":
                if expiry <= watermark:
                    self.panes += state.pane("ON_TIME", True)
            else:
                self.pass_window(state, before < end <= watermark, expiry <= watermark)
            if expiry <= watermark:
                self.states.remove(state)

    def pass_window(self, state, closes, expires):
        if closes and (state.since or self.mode != "discarding"):
            self.panes += state.pane("ON_TIME", expires and self.lateness == 0)
        elif expires and state.since:
            self.panes += state.pane("LATE", True)
