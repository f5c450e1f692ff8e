#!/usr/bin/env python3
"""weir beside DuckDB: equal data, equal threads, answers compared, one table of ratios.

  bench/run.py [--build build] [--bids 10000000] [--threads 1,2] [--rounds 3] [--only NAME] [--parts text,tables,rest]

Times are CPU nanoseconds a row (user and system time of the process), the least of the rounds, less the start of
the process; wall time is shown beside them. DuckDB comes from PyPI into BUILD/venv.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time

import tables

TUMBLE_SECONDS = 10
# Only what is asked for is named: DuckDB then skips the other keys. CSV needs all columns.
JSON_COUNT = "columns={'date_time': 'TIMESTAMP'}"
JSON_CHANNEL = "columns={'date_time': 'TIMESTAMP', 'channel': 'VARCHAR', 'price': 'BIGINT'}"
CSV_COLUMNS = """columns={'auction': 'BIGINT', 'bidder': 'BIGINT', 'price': 'BIGINT', 'channel': 'VARCHAR',
 'url': 'VARCHAR', 'date_time': 'TIMESTAMP', 'extra': 'VARCHAR'}"""
DUCK_WINDOW = f"epoch_us(date_time) // {TUMBLE_SECONDS * 1000000}"
TUMBLE = "TUMBLE(TABLE '{path}', DESCRIPTOR(date_time), INTERVAL '10' SECOND)"

# name, kind of file, weir, DuckDB, goal as a ratio
QUESTIONS = [
    ("JSON lines: tumble, count", "jsonl",
     f"SELECT epoch(window_start) AS w, count(*) AS n FROM {TUMBLE} GROUP BY window_start",
     f"SELECT ({DUCK_WINDOW}) * {TUMBLE_SECONDS} AS w, count(*) AS n FROM read_json('{{path}}', "
     f"format='newline_delimited', {JSON_COUNT}) GROUP BY 1", 3.0),
    ("JSON lines: tumble by channel", "jsonl",
     f"SELECT epoch(window_start) AS w, channel, count(*) AS n, sum(price) AS s FROM {TUMBLE} GROUP BY window_start, channel",
     f"SELECT ({DUCK_WINDOW}) * {TUMBLE_SECONDS} AS w, channel, count(*) AS n, sum(price) AS s FROM read_json('{{path}}', "
     f"format='newline_delimited', {JSON_CHANNEL}) GROUP BY 1, 2", 3.0),
    ("CSV: tumble by channel", "csv",
     f"SELECT epoch(window_start) AS w, channel, count(*) AS n, sum(price) AS s FROM {TUMBLE} GROUP BY window_start, channel",
     f"SELECT ({DUCK_WINDOW}) * {TUMBLE_SECONDS} AS w, channel, count(*) AS n, sum(price) AS s FROM read_csv('{{path}}', "
     f"header=true, {CSV_COLUMNS}) GROUP BY 1, 2", 3.0),
]

# Both engines reduce their answer to one row that tells whether it is the same.
CHECK = "SELECT count(*) AS n_rows, sum(n) AS n, min(w) AS w_first, max(w) AS w_last{more} FROM ({sql}) AS q"

DUCK_PROGRAM = """
import duckdb, sys, json, time, resource
sql, threads = sys.argv[1], int(sys.argv[2])
c = duckdb.connect()
c.execute(f"SET threads={threads}")
c.execute("SET enable_progress_bar=false")
before = resource.getrusage(resource.RUSAGE_SELF)
wall = time.monotonic()
rows = c.execute(sql).fetchall()
wall = time.monotonic() - wall
after = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"rows": [[float(v) for v in r] for r in rows], "wall": wall,
  "cpu": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime}))
"""


def run_json(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)[:300]}\n{done.stderr}")
    return json.loads(done.stdout.strip().split("\n")[-1])


def make_venv(build):
    python = os.path.join(build, "venv/bin/python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", os.path.join(build, "venv")], check=True)
    if subprocess.run([python, "-c", "import duckdb"], capture_output=True, check=False).returncode != 0:
        print("installing duckdb from PyPI", flush=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "duckdb"], check=True)
    return python


def make_events(build, kind, bids):
    """The file with `bids` bids; 46 of 50 events are bids."""
    folder = os.path.join(build, "bench")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"bid-{bids}.{kind}")
    if not os.path.exists(path):
        print(f"making {path}", flush=True)
        events = (bids * 50 + 45) // 46
        subprocess.run([os.path.join(build, "nexgen"), "--events", str(events), "--kind", "bid", "--format", kind,
                        "--out", path + ".part"], check=True)
        os.rename(path + ".part", path)
    return path


def run_weir(build, sql, threads):
    """CPU and wall seconds and the rows."""
    started = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([os.path.join(build, "weir"), "-no-init", "-json", "-threads", str(threads), "-c", sql],
                          capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{sql}\n{done.stderr}")
    rows = [[float(v) for v in row.values()] for row in json.loads(done.stdout)]
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {"rows": rows, "cpu": cpu, "wall": time.monotonic() - started}


def count_rows(path):
    done = subprocess.run(["wc", "-l", path], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0]) - (1 if path.endswith(".csv") else 0)


def best(runs):
    return {key: min(run[key] for run in runs) for key in ("cpu", "wall")}


def compare(build, python, question, options, threads):
    name, kind, ours, theirs, goal = question
    path = make_events(build, kind, options.bids)
    n_rows = count_rows(path)
    more = ", sum(s) AS s" if " AS s " in ours else ""
    sqls = [CHECK.format(sql=sql.replace("{path}", path), more=more) for sql in (ours, theirs)]
    weir, duck = [], []
    for _ in range(options.rounds):
        weir.append(run_weir(build, sqls[0], threads))
        duck.append(run_json([python, "-c", DUCK_PROGRAM, sqls[1], str(threads)]))
    same = weir[0]["rows"] == duck[0]["rows"]
    if not same:
        print(f"  answers differ: weir {weir[0]['rows']} DuckDB {duck[0]['rows']}")
    a, b = best(weir), best(duck)
    ns = [x["cpu"] * 1e9 / n_rows for x in (a, b)]
    print(f"| {name} | {threads} | {ns[1]:.0f} | {ns[0]:.0f} | {ns[1] / ns[0]:.1f}x | {b['wall'] / a['wall']:.1f}x | "
          f"{goal:.0f}x | {'same' if same else 'DIFFERENT'} |", flush=True)
    return same


def compare_text(build, python, options):
    print("| question | threads | DuckDB | weir | CPU ratio | wall ratio | goal | answers |\n|---|---|---|---|---|---|---|---|")
    same = True
    for question in QUESTIONS:
        if options.only in question[0]:
            for threads in options.threads:
                same = compare(build, python, question, options, threads) and same
    print()
    return same


def rss_anon_peak(command):
    """The greatest RssAnon of a process in bytes, looked at every 5 ms."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                    found = re.search(r"RssAnon:\s+(\d+) kB", file.read())
                if found:
                    peak = max(peak, int(found.group(1)) * 1024)
            except OSError:
                pass
            time.sleep(0.005)
        if process.returncode != 0:
            sys.exit("failed: " + " ".join(command))
    return peak


def measure_memory(build, options):
    path = make_events(build, "jsonl", options.memory_bids)
    sql = f"SELECT window_start, count(*) FROM {TUMBLE.replace('{path}', path)} GROUP BY window_start ORDER BY 1 LIMIT 1"
    for threads in options.threads:
        peak = rss_anon_peak([os.path.join(build, "weir"), "-no-init", "-threads", str(threads), "-c", sql])
        print(f"memory: windowed count over {os.path.getsize(path) / 1e9:.1f} GB of JSON lines on {threads} threads: "
              f"RssAnon at most {peak / 1e6:.0f} MB (limit 300)")


def measure_start(build):
    weir = os.path.join(build, "weir")
    times = []
    for _ in range(40):
        started = time.monotonic()
        subprocess.run([weir, "-c", "SELECT 1"], stdout=subprocess.DEVNULL, check=True)
        times.append(time.monotonic() - started)
    times.sort()
    print(f"start: weir -c \"SELECT 1\" takes {times[len(times) // 2] * 1000:.1f} ms, the least {times[0] * 1000:.1f} ms "
          f"(limit 15)")
    stripped = os.path.join(build, "bench", "weir-stripped")
    subprocess.run(["strip", "-o", stripped, os.path.realpath(weir)], check=True)
    print(f"size: {os.path.getsize(os.path.realpath(weir)) / 1e6:.1f} MB, stripped {os.path.getsize(stripped) / 1e6:.1f} MB "
          f"(limit 5)")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--bids", type=int, default=int(os.environ.get("BIDS", "10000000")))
    parser.add_argument("--memory-bids", type=int, default=int(os.environ.get("MEMORY_BIDS", "11000000")))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--parts", default="text,tables,rest")
    options = parser.parse_args()
    options.threads = [int(t) for t in options.threads.split(",")]
    python = make_venv(options.build)
    os.makedirs(os.path.join(options.build, "bench"), exist_ok=True)
    version = subprocess.run([python, "-c", "import duckdb; print(duckdb.__version__)"], capture_output=True, text=True,
                             check=True).stdout.strip()
    print(f"{options.bids} bids; CPU nanoseconds a row, least of {options.rounds} rounds; DuckDB {version}\n")
    same = True
    if "text" in options.parts:
        same = compare_text(options.build, python, options)
    if "tables" in options.parts:
        csv = make_events(options.build, "csv", options.bids)
        same = tables.measure(options.build, python, csv, count_rows(csv), options) and same
    if "rest" in options.parts:
        print()
        measure_start(options.build)
        measure_memory(options.build, options)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
