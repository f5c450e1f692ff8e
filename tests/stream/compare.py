#!/usr/bin/env python3
"""Random streams through weir and through model.py: `compare.py WEIR SEED COUNT`.

Each stream is run at batch sizes 1, 7, 1024 and 4096 and with 1 and 2 threads. All must give the same rows in the
same order, and those of the model; changes must add up to its table.
"""
import dataclasses
import json
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import model  # noqa: E402

BATCHES = [(1, 1), (7, 2), (1024, 1), (4096, 2), (4096, 1), (7, 1)]
BASE = 1767225600000  # 2026-01-01 00:00:00


def timestamp(ms):
    seconds, rest = divmod(ms, 1000)
    day, clock = divmod(seconds, 86400)
    import datetime
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days=day)
    text = f"{date} {clock // 3600:02d}:{clock // 60 % 60:02d}:{clock % 60:02d}"
    return text + (f".{rest:03d}".rstrip("0") if rest else "")


def interval(ms):
    return f"INTERVAL '{ms // 1000}.{ms % 1000:03d}' SECOND"


def make_rows(rng):
    """Rows whose event time rises with disorder, jumps and pauses."""
    rows, time = [], BASE + rng.randrange(0, 60000)
    disorder = rng.choice([0, 500, 3000, 20000])
    step = rng.choice([20, 300, 2000])
    keys = ["a", "b", "c", "a key that is longer than a view holds", None][:rng.randint(1, 5)]
    for _ in range(rng.choice([0, 1, 5, 60, 400])):
        time += rng.randrange(0, step * 2 + 1) if rng.random() < 0.98 else rng.randrange(0, 60000)
        event = time - rng.randrange(0, disorder + 1) if rng.random() < 0.6 else time
        value = rng.choice([None, rng.randint(-5, 100)]) if rng.random() < 0.3 else rng.randint(-5, 100)
        rows.append((0, None if rng.random() < 0.02 else event, rng.choice(keys), value))
    return rows


def make_fn(rng, form):
    kind = rng.choice(["tumble", "hop", "cumulate"] if form in ("watermark", "changes") else ["tumble", "hop", "cumulate", "session", "session"])
    size = rng.choice([1000, 5000, 10000, 60000])
    if kind == "tumble":
        return model.Fn(kind, size, 0, rng.choice([0, 0, 300]))
    if kind == "session":
        return model.Fn(kind, rng.choice([500, 1000, 5000, 20000]))
    if kind == "hop":
        return model.Fn(kind, size, rng.choice([size // 5, size // 2, size, size * 2, 700]))
    return model.Fn(kind, size, rng.choice([size // 5, size // 2, size]))


def make_trigger(rng, depth=0):
    if depth > 2 or rng.random() < 0.5:
        return ("rows", rng.randint(1, 5))
    return (rng.choice(["or", "and", "then"]), make_trigger(rng, depth + 1), make_trigger(rng, depth + 1))


def trigger_text(t):
    if t[0] == "rows":
        return f"EVERY {t[1]} ROWS"
    return "(" + f" {t[0].upper()} ".join(trigger_text(p) for p in t[1:]) + ")"


def make_query(rng, forms):
    form = rng.choice(forms)
    query = model.Query(make_fn(rng, form), delay=rng.choice([0, 0, 1000, 5000]), lateness=rng.choice([0, 0, 2000, 10000]),
                        form=form)
    if query.form == "watermark":
        query.mode = rng.choice(["accumulating", "discarding", "retracting"])
        query.early = make_trigger(rng) if rng.random() < 0.6 else None
        query.late = make_trigger(rng) if rng.random() < 0.4 else None
    return query


def emit_text(query):
    if query.form == "changes":
        text = "EMIT CHANGES"
    elif query.form == "close":
        text = "EMIT ON WINDOW CLOSE"
    else:
        text = "EMIT AFTER WATERMARK"
        text += f" WITH EARLY ({trigger_text(query.early)})" if query.early else ""
        text += f" WITH LATE ({trigger_text(query.late)})" if query.late else ""
    text += f" ALLOWED LATENESS {interval(query.lateness)}" if query.lateness else ""
    return text + (f" {query.mode.upper()}" if query.form == "watermark" else "")


def source(query, path):
    mark = f" WATERMARK FOR ts AS ts - {interval(query.delay)}" if query.form != "plain" else ""
    return f"(SELECT * FROM read_jsonl('{path}', columns => {{ts: 'TIMESTAMP', k: 'VARCHAR', v: 'BIGINT', w: 'VARCHAR'}}){mark})"


def sql_of(query, path):
    fn = query.fn
    if query.form == "plain":
        return ("SELECT op, k, NULL AS s, NULL AS e, count(*) AS n, sum(v) AS total, min(v) AS least, count(DISTINCT v) AS d, "
                f"string_agg(w) AS joined FROM {source(query, path)} GROUP BY k EMIT CHANGES")
    args = {"tumble": [fn.size], "hop": [fn.slide, fn.size], "cumulate": [fn.slide, fn.size], "session": [fn.size]}[fn.kind]
    lengths = ", ".join(interval(a) for a in args + ([fn.offset] if fn.offset else []))
    table = source(query, path)
    distinct = "NULL" if query.mode == "discarding" else "count(DISTINCT v)"
    has_op = query.form == "changes" or (query.form == "watermark" and query.mode == "retracting")
    op = "op, " if has_op else "'+I' AS op, "
    if fn.kind == "session":
        table = "TABLE " + table + " PARTITION BY k"
    return (f"SELECT {op}k, window_start AS s, window_end AS e, count(*) AS n, sum(v) AS total, min(v) AS least, {distinct} AS d, string_agg(w) AS joined, "
            f"pane_timing AS t, pane_index AS i, pane_is_last AS l FROM {fn.kind.upper()}({table}, DESCRIPTOR(ts), {lengths}) "
            f"GROUP BY k, window_start, window_end {emit_text(query)}")


def final_table(query, rows):
    """What the changes must add up to, as sorted texts."""
    if query.form == "plain":
        all_time = model.Query(model.Fn("tumble", 1 << 50))
        panes, late = all_time.run([(0, 0, key, value) for _, _, key, value in rows])
        return sorted(json.dumps([p.key, None, None, *p.row()[3:]]) for p in panes), late
    panes, late = dataclasses.replace(query, form="close").run(rows)
    return sorted(json.dumps([p.key, timestamp(p.start), timestamp(p.end), *p.row()[3:]]) for p in panes), late


def add_up(changes):
    """The table that a changelog makes; fails where a row is withdrawn that is not there, or +U comes without its -U."""
    table, withdrawn = {}, None
    for op, *row in changes:
        text, key = json.dumps(row[:8]), row[:3]
        if withdrawn and (op != "+U" or withdrawn != key):
            return f"-U of {withdrawn} without its +U"
        if op in ("-U", "-D"):
            if table.get(text, 0) < 1:
                return f"{op} of a row that is not there: {text}"
            table[text] -= 1
            withdrawn = key if op == "-U" else None
            continue
        if op == "+U" and not withdrawn:
            return f"+U without its -U: {text}"
        withdrawn = None
        table[text] = table.get(text, 0) + 1
    return sorted(t for t, n in table.items() for _ in range(n))


def expected(query, rows):
    if query.form in ("changes", "plain"):
        table, late = final_table(query, rows)
        return table, len(late)
    panes, late = query.run(rows)
    return [[p.op if query.mode == "retracting" else "+I", p.key, timestamp(p.start), timestamp(p.end), p.count, p.total, p.least,
             None if query.mode == "discarding" else p.distinct, p.joined, p.timing, p.index, p.last] for p in panes], len(late)


def run_weir(weir, sql, batch, threads):
    text = f"SET runtime_mode = 'streaming'; SET batch_size = {batch}; SET threads = {threads}; {sql};"
    done = subprocess.run([weir, "-jsonl", "-c", text], capture_output=True, text=True, check=False)
    rows = [list(json.loads(line).values()) for line in done.stdout.splitlines() if line.startswith("{")]
    return rows, done.stderr, done.returncode


def one(weir, seed, forms, folder):
    rng = random.Random(seed)
    rows, query = make_rows(rng), make_query(rng, forms)
    path = os.path.join(folder, f"s{seed}.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        for _, time, key, value in rows:
            file.write(json.dumps({"ts": timestamp(time) if time is not None else None, "k": key, "v": value, "w": None if value is None else str(value)}) + "\n")
    sql = sql_of(query, path)
    wanted, late = expected(query, rows)
    for batch, threads in BATCHES:
        got, errors, code = run_weir(weir, sql, batch, threads)
        if query.form in ("changes", "plain"):
            got = add_up(got)
        if code or got != wanted:
            print(f"seed {seed}, batch size {batch}, {threads} threads\n  {sql}\n  {errors.strip()}")
            for k in range(max(len(got), len(wanted))):
                a, b = (got[k] if k < len(got) else None), (wanted[k] if k < len(wanted) else None)
                if a != b:
                    print(f"  row {k}: weir {a}\n         model {b}   ({len(got)} rows, {len(wanted)} wanted)")
                    break
            return False
        if f"{late} row" not in errors and late:
            print(f"seed {seed}: {late} late rows are not told\n  {sql}\n  {errors.strip()}")
            return False
    os.unlink(path)
    return True


def main():
    weir, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    forms = sys.argv[4].split(",") if len(sys.argv) > 4 else ["close"]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(count):
            if not one(weir, seed + k, forms, folder):
                failed += 1
                if failed >= 3:
                    break
    print(f"{count - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
