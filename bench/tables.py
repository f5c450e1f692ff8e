"""Tables: weir reading its own files beside DuckDB reading its native table and LZ4 Parquet, each question by the
fastest way of asking it that we know. Used by run.py.

An engine's answer is reduced to one row within the question, so that the answers can be compared. Each question is asked
in a fresh process, its files in the system's cache. Times are CPU nanoseconds a row: DuckDB's are those of the
statement alone, weir's those of the whole process less its start.
"""
import json
import os
import resource
import subprocess
import sys
import time

COLUMNS = """columns={'auction': 'BIGINT', 'bidder': 'BIGINT', 'price': 'BIGINT', 'channel': 'VARCHAR',
 'url': 'VARCHAR', 'date_time': 'TIMESTAMP', 'extra': 'VARCHAR'}"""
TUMBLE = "TUMBLE(TABLE {t}, DESCRIPTOR(date_time), INTERVAL '%s')"
Q5_PANES = """WITH p AS (SELECT epoch_us(date_time) // 2000000 AS b, auction, count(*) AS n FROM {t} GROUP BY 1, 2),
 h AS (SELECT b - i AS b, auction, sum(n) AS n FROM p, (SELECT unnest(range(5)) AS i) GROUP BY 1, 2),
 m AS (SELECT b, max(n) AS n FROM h GROUP BY 1) SELECT count(*), sum(n), min(b * 2), max(b * 2) FROM m"""
Q5_JOIN = """WITH p AS (SELECT epoch_us(date_time) // 2000000 AS b, auction, count(*) AS n FROM {t} GROUP BY 1, 2),
 h AS (SELECT w.b, auction, sum(n) AS n FROM p JOIN (SELECT DISTINCT p.b - i AS b FROM p, range(5) AS r(i)) AS w
  ON p.b BETWEEN w.b AND w.b + 4 GROUP BY 1, 2),
 m AS (SELECT b, max(n) AS n FROM h GROUP BY 1) SELECT count(*), sum(n), min(b * 2), max(b * 2) FROM m"""
Q11_LAG = """WITH s AS (SELECT bidder, date_time, CASE WHEN date_time - lag(date_time) OVER w < INTERVAL 10 SECOND
  THEN 0 ELSE 1 END AS fresh FROM {t} WINDOW w AS (PARTITION BY bidder ORDER BY date_time)),
 g AS (SELECT bidder, sum(fresh) OVER (PARTITION BY bidder ORDER BY date_time ROWS UNBOUNDED PRECEDING) AS s FROM s),
 c AS (SELECT bidder, s, count(*) AS n FROM g GROUP BY 1, 2) SELECT count(*), sum(n), max(n) FROM c"""
Q11_STARTS = """WITH s AS (SELECT bidder, epoch_us(date_time) AS t,
  epoch_us(date_time) - lag(epoch_us(date_time)) OVER w < 10000000 AS goes_on, row_number() OVER w AS r,
  count(*) OVER (PARTITION BY bidder) AS c FROM {t} WINDOW w AS (PARTITION BY bidder ORDER BY date_time)),
 f AS (SELECT bidder, r, c FROM s WHERE goes_on IS NOT TRUE),
 n AS (SELECT coalesce(lead(r) OVER (PARTITION BY bidder ORDER BY r), c + 1) - r AS n FROM f)
 SELECT count(*), sum(n), max(n) FROM n"""
TOP = "auction, bidder, price, channel, url, date_time, extra"
TOP_CHECK = "SELECT count(*), sum(auction), sum(bidder), sum(price), sum(length(url)), sum(length(extra)) FROM ({q}) AS q"

# name, goal, weir, DuckDB's ways
QUESTIONS = [
    ("tumble 10 s, count", 3.0,
     f"SELECT count(*), sum(n), min(epoch(w)), max(epoch(w)) FROM (SELECT window_start AS w, count(*) AS n FROM "
     f"{TUMBLE % '10 s'} GROUP BY window_start) AS q",
     ["SELECT count(*), sum(n), min(w) * 10, max(w) * 10 FROM (SELECT epoch_us(date_time) // 10000000 AS w, count(*) AS n "
      "FROM {t} GROUP BY 1) AS q",
      "SELECT count(*), sum(n), min(epoch(w)), max(epoch(w)) FROM (SELECT time_bucket(INTERVAL 10 SECOND, date_time) AS w, "
      "count(*) AS n FROM {t} GROUP BY 1) AS q"]),
    ("tumble 1 min by channel: count sum avg max", 5.0,
     f"SELECT count(*), sum(n), sum(s), sum(m), round(sum(a)) FROM (SELECT window_start AS w, channel, count(*) AS n, "
     f"sum(price) AS s, max(price) AS m, avg(price) AS a FROM {TUMBLE % '1 minute'} GROUP BY window_start, channel) AS q",
     ["SELECT count(*), sum(n), sum(s), sum(m), round(sum(a)) FROM (SELECT epoch_us(date_time) // 60000000 AS w, channel, "
      "count(*) AS n, sum(price) AS s, max(price) AS m, avg(price) AS a FROM {t} GROUP BY 1, 2) AS q"]),
    ("tumble 10 s by auction", 2.5,
     f"SELECT count(*), sum(n), max(n) FROM (SELECT window_start AS w, auction, count(*) AS n FROM "
     f"{TUMBLE % '10 s'} GROUP BY window_start, auction) AS q",
     ["SELECT count(*), sum(n), max(n) FROM (SELECT epoch_us(date_time) // 10000000 AS w, auction, count(*) AS n "
      "FROM {t} GROUP BY 1, 2) AS q"]),
    ("q5: most bids per hop 2 s / 10 s", 5.0,
     "SELECT count(*), sum(n), min(epoch(w)), max(epoch(w)) FROM (SELECT w, max(n) AS n FROM (SELECT window_start AS w, "
     "auction, count(*) AS n FROM HOP(TABLE {t}, DESCRIPTOR(date_time), INTERVAL '2 s', INTERVAL '10 s') "
     "GROUP BY window_start, auction) AS h GROUP BY w) AS q", [Q5_PANES, Q5_JOIN]),
    ("q11: sessions of bidders, gap 10 s", 30.0,
     "SELECT count(*), sum(n), max(n) FROM (SELECT bidder, window_start, count(*) AS n FROM SESSION(TABLE {t} PARTITION "
     "BY bidder, DESCRIPTOR(date_time), INTERVAL '10 s') GROUP BY bidder, window_start, window_end) AS q",
     [Q11_LAG, Q11_STARTS]),
    ("q1: arithmetic, sum", 1.5, "SELECT sum(price * 908) FROM {t}", ["SELECT sum(price * 908) FROM {t}"]),
    ("q2: filter, project", 1.5,
     "SELECT count(*), sum(auction), sum(price) FROM (SELECT auction, price FROM {t} WHERE auction % 123 = 0) AS q",
     ["SELECT count(*), sum(auction), sum(price) FROM (SELECT auction, price FROM {t} WHERE auction % 123 = 0) AS q"]),
    ("q21: regexp by group", 5.0,
     "SELECT count(*), sum(n), max(n), max(c) = '99877888' FROM (SELECT regexp_extract(url, 'channel_id=([^&]*)', 1) AS c, "
     "count(*) AS n FROM {t} GROUP BY 1) AS q",
     ["SELECT count(*), sum(n), max(n), max(c) = '99877888' FROM (SELECT regexp_extract(url, 'channel_id=([^&]*)', 1) AS c, "
      "count(*) AS n FROM {t} GROUP BY 1) AS q"]),
    ("q22: split by group", 5.0,
     "SELECT count(*), sum(n), max(n) FROM (SELECT split_part(url, '/', 4) AS a, split_part(url, '/', 5) AS b, "
     "split_part(url, '/', 6) AS c, count(*) AS n FROM {t} GROUP BY 1, 2, 3) AS q",
     ["SELECT count(*), sum(n), max(n) FROM (SELECT split_part(url, '/', 4) AS a, split_part(url, '/', 5) AS b, "
      "split_part(url, '/', 6) AS c, count(*) AS n FROM {t} GROUP BY 1, 2, 3) AS q"]),
    ("LIKE on url", 3.0, "SELECT count(*) FROM {t} WHERE url LIKE '%channel_id=1%7%'",
     ["SELECT count(*) FROM {t} WHERE url LIKE '%channel_id=1%7%'"]),
    ("top 100 of all columns by time", 3.0,
     TOP_CHECK.replace("{q}", f"SELECT {TOP} FROM {{t}} ORDER BY date_time DESC, auction, bidder, price LIMIT 100"),
     [TOP_CHECK.replace("{q}", f"SELECT {TOP} FROM {{t}} ORDER BY date_time DESC, auction, bidder, price LIMIT 100")]),
    ("top 100 of all columns by price", 3.0,
     TOP_CHECK.replace("{q}", f"SELECT {TOP} FROM {{t}} ORDER BY price DESC, auction, bidder LIMIT 100"),
     [TOP_CHECK.replace("{q}", f"SELECT {TOP} FROM {{t}} ORDER BY price DESC, auction, bidder LIMIT 100")]),
]

# Asks once, in a process of its own.
DUCK_PROGRAM = """
import duckdb, sys, json, time, resource
given = json.loads(sys.stdin.read())
c = duckdb.connect(given["database"], read_only=True)
c.execute(f"SET threads={given['threads']}")
c.execute("SET enable_progress_bar=false")
before, wall = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
rows = c.execute(given["sql"]).fetchall()
wall, after = time.monotonic() - wall, resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
print(json.dumps({"rows": [[float(v) for v in r] for r in rows], "cpu": cpu, "wall": wall}))
"""

DUCK_LOAD = """
import duckdb, sys
csv, database, parquet, columns = sys.argv[1:]
c = duckdb.connect(database)
c.execute(f"CREATE TABLE bid AS SELECT * FROM read_csv('{csv}', header=true, {columns})")
c.execute(f"COPY bid TO '{parquet}' (FORMAT parquet, COMPRESSION lz4)")
c.execute("CHECKPOINT")
"""


def duck_files(build, python, csv, bids):
    """DuckDB's native table and Parquet file of the bids, written once."""
    folder = os.path.join(build, "bench")
    database, parquet = (os.path.join(folder, f"bid-{bids}.{kind}") for kind in ("duckdb", "parquet"))
    if not os.path.exists(database) or not os.path.exists(parquet):
        print("loading DuckDB", flush=True)
        for path in (database, parquet):
            if os.path.exists(path):
                os.remove(path)
        subprocess.run([python, "-c", DUCK_LOAD, csv, database, parquet, COLUMNS], check=True)
    return database, parquet


def weir_call(build, arguments, what):
    done = subprocess.run([os.path.join(build, "weir"), "-no-init", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{what}\n{done.stderr}")
    return done.stdout


def weir_table(build, csv, bids):
    """A database folder with the bids as a table partitioned by day, loaded once; its size on disk."""
    folder = os.path.join(build, "bench", f"bid-{bids}.db")
    if not os.path.exists(folder):
        print("loading weir", flush=True)
        sql = f"CREATE TABLE bid PARTITIONED BY (day(date_time)) AS SELECT * FROM '{csv}'"
        weir_call(build, [folder, "-c", sql], sql)
    size = sum(os.path.getsize(os.path.join(where, name)) for where, _, names in os.walk(folder) for name in names
               if name.endswith(".weir"))
    return folder, size


def weir_timed(build, folder, threads, sql):
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    text = weir_call(build, [*folder, "-json", "-threads", str(threads), "-c", sql], sql)
    wall, after = time.monotonic() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {"rows": [[float(v) for v in row.values()] for row in json.loads(text)], "cpu": cpu, "wall": wall}


def ask_weir(build, folder, threads, sql, rounds):
    return least([weir_timed(build, folder, threads, sql) for _ in range(rounds)])


def duck_timed(python, database, threads, sql):
    given = json.dumps({"database": database, "threads": threads, "sql": sql})
    done = subprocess.run([python, "-c", DUCK_PROGRAM], input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{sql}\n{done.stderr}")
    return json.loads(done.stdout)


def least(runs):
    return {"rows": runs[0]["rows"], **{key: min(run[key] for run in runs) for key in ("cpu", "wall")}}


def ask_duck(python, files, threads, ways, rounds):
    """The fastest way of the fastest format."""
    database, parquet = files
    sqls = [way.replace("{t}", table) for way in ways for table in ("bid", f"'{parquet}'")]
    answers = [least([duck_timed(python, database, threads, sql) for _ in range(rounds)]) for sql in sqls]
    return min(answers, key=lambda answer: answer["cpu"])


def is_same(ours, theirs):
    """Equal, or equal but for the last digits of sums of doubles."""
    return len(ours) == len(theirs) and all(
        len(a) == len(b) and all(abs(x - y) <= 1e-9 * max(abs(x), abs(y)) for x, y in zip(a, b)) for a, b in zip(ours, theirs))


def measure(build, python, csv, n_rows, options):
    """Prints the table; false if an answer differs."""
    duck = duck_files(build, python, csv, options.bids)
    folder, size = weir_table(build, csv, options.bids)
    sizes = [size, os.path.getsize(duck[1]), os.path.getsize(duck[0])]
    print(f"size: weir {sizes[0] / 1e6:.0f} MB, DuckDB's LZ4 Parquet {sizes[1] / 1e6:.0f} MB, its table {sizes[2] / 1e6:.0f} MB: "
          f"{sizes[0] / sizes[1]:.2f} of Parquet (goal 0.92)\n")
    print("| question | threads | DuckDB | weir | CPU ratio | wall ratio | goal | answers |\n|---|---|---|---|---|---|---|---|")
    start = ask_weir(build, [folder], 1, "SELECT 1", 5)["cpu"]
    fine = True
    for name, goal, ours, ways in QUESTIONS:
        if options.only not in name:
            continue
        for threads in options.threads:
            weir = ask_weir(build, [folder], threads, ours.replace("{t}", "bid"), options.rounds)
            theirs = ask_duck(python, duck, threads, ways, options.rounds)
            same = is_same(weir["rows"], theirs["rows"])
            fine = fine and same
            ns = [max(cpu, 1e-9) * 1e9 / n_rows for cpu in (weir["cpu"] - start, theirs["cpu"])]
            if not same:
                print(f"  answers differ: weir {weir['rows']} DuckDB {theirs['rows']}")
            ratio = ns[1] / ns[0]
            print(f"| {name} | {threads} | {ns[1]:.1f} | {ns[0]:.1f} | {ratio:.1f}x | {theirs['wall'] / weir['wall']:.1f}x | "
                  f"{goal:.1f}x{'' if ratio >= goal else ' short'} | {'same' if same else 'DIFFERENT'} |", flush=True)
    return fine
