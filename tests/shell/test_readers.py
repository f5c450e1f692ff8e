#!/usr/bin/env python3
"""Readers of a database that others rewrite: OPTIMIZE, INSERT and ttl never disturb them. SECONDS sets the length."""
import os
import sqlite3
import subprocess
import time

import harness

SECONDS = float(os.environ.get("SECONDS", "4"))
TABLE = """CREATE TABLE e (ts TIMESTAMP, n BIGINT, name VARCHAR) PARTITIONED BY (day(ts)){options};
INSERT INTO e SELECT TIMESTAMP '2026-11-20 00:00:00' + g * INTERVAL '1' SECOND, g, 'name ' || (g % 100)
FROM generate_series(0, 99999) t(g)"""
# A file of its own each time: more rows than a small file is merged with.
INSERT = """INSERT INTO e SELECT TIMESTAMP '{day}' + g * INTERVAL '1' SECOND, g, 'more'
FROM generate_series(1, 40000) t(g)"""


def loop(place, script):
    """A shell that runs the statements of `script` again and again until standard input ends."""
    return subprocess.Popen([harness.WEIR, "db", "-noheader", "-threads", "1"], cwd=place.path, stdin=subprocess.PIPE,
                            env=harness.environment(place.path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), script


def drive(processes):
    """Feeds every process its script until the time is over; gives what each wrote."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for process, script in processes:
            if script:
                process.stdin.write(script + ";\n")
                process.stdin.flush()
        time.sleep(0.05)
    written = []
    for process, _ in processes:
        out, err = process.communicate(timeout=120)
        errors = [line for line in err.splitlines() if line and not line.startswith("note: ")]
        assert process.returncode == 0 and not errors, f"exit {process.returncode}: {errors[:5]}"
        written.append(out.splitlines())
    return written


def test_readers_beside_optimize(place):
    place.run("db", "-c", TABLE.format(options="")).expect()
    # The rows that were there from the beginning are always all there, once.
    read = "SELECT count(*), sum(n), count(DISTINCT n) FROM e WHERE name <> 'more'"
    processes = [loop(place, read), loop(place, read), loop(place, "OPTIMIZE e"),
                 loop(place, INSERT.format(day="2026-11-20 00:00:00"))]
    one, other, _, _ = drive(processes)
    assert len(one) > 5 and set(one + other) == {"100000,4999950000,100000"}, (len(one), set(one + other))
    place.run("db", "-c", "OPTIMIZE e").expect()
    result = place.run("check", "db").expect(err="")
    assert "no problems" in result.out and "notice" not in result.out, result
    # Nothing is left of the files that were replaced.
    with sqlite3.connect(os.path.join(place.path, "db/weir.db")) as catalog:
        (live,) = catalog.execute("SELECT count(*) FROM files WHERE until IS NULL").fetchone()
    catalog.close()
    files = sum(len(names) for _, _, names in os.walk(os.path.join(place.path, "db/e")))
    assert live <= files <= live + 2, (live, files)


def test_two_that_optimize(place):
    place.run("db", "-c", TABLE.format(options="")).expect()
    processes = [loop(place, "OPTIMIZE e"), loop(place, "OPTIMIZE e"), loop(place, "SELECT count(*) FROM e WHERE name <> 'more'"),
                 loop(place, INSERT.format(day="2026-11-20 00:00:00"))]
    counts = drive(processes)[2]
    assert set(counts) == {"100000"}, set(counts)
    assert "no problems" in place.run("check", "db").expect(err="").out


def test_readers_beside_ttl(place):
    """Every INSERT is three days later and drops what it finds; a reader sees a table as of one commit: whole days."""
    place.run("db", "-c", TABLE.format(options=" WITH (ttl = '2 days')")).expect()
    reader = loop(place, "SELECT count(*) FROM e WHERE name = 'more'")
    writer = loop(place, None)
    end, day = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        day += 1
        date = time.strftime("%Y-%m-%d 00:00:00", time.gmtime(86400 * 3 * day))
        writer[0].stdin.write(INSERT.format(day=date) + ";\n")
        writer[0].stdin.flush()
        reader[0].stdin.write(reader[1] + ";\n")
        reader[0].stdin.flush()
        time.sleep(0.05)
    for line in finish(reader, writer):
        count = int(line.split(",")[0])
        assert count % 40000 == 0, line
    assert "no problems" in place.run("check", "db").expect(err="").out


def finish(reader, writer):
    for process, _ in (writer, reader):
        process.stdin.close()
    out = reader[0].stdout.read().splitlines()
    for process, _ in (writer, reader):
        err = process.stderr.read()
        assert process.wait(timeout=60) == 0, err
        assert not [line for line in err.splitlines() if line and not line.startswith("note: ")], err
        process.stdout.close()
        process.stderr.close()
    return out


if __name__ == "__main__":
    harness.main(globals())
