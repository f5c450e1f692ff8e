#!/usr/bin/env python3
"""Readers of a database that others rewrite: OPTIMIZE, INSERT and ttl never disturb them. SECONDS sets the length."""
import os
import sqlite3
import subprocess
import threading
import time

import harness

SECONDS = float(os.environ.get("SECONDS", "4"))
PAUSE = 0.1 # between the INSERTs of a writer
TABLE = """CREATE TABLE e (ts TIMESTAMP, n BIGINT, name VARCHAR) PARTITIONED BY (day(ts)){options};
INSERT INTO e SELECT TIMESTAMP '2026-11-20 00:00:00' + g * INTERVAL '1' SECOND, g, 'name ' || (g % 100)
FROM generate_series(0, 99999) t(g)"""
# A file of its own each time: more rows than a small file is merged with.
INSERT = """INSERT INTO e SELECT TIMESTAMP '{day}' + g * INTERVAL '1' SECOND, g, 'more'
FROM generate_series(1, 40000) t(g)"""


class Loop:
    """A shell that runs the statements of `script(i)` one after the other until the time is over."""

    def __init__(self, place, script, pause=0):
        self.script = script
        self.pause = pause
        self.lines, self.errors = [], ""
        self.process = subprocess.Popen([harness.WEIR, "db", "-noheader", "-threads", "1"], cwd=place.path, text=True,
                                        env=harness.environment(place.path), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        place.started.append(self.process)
        self.drain = threading.Thread(target=self.read_errors)
        self.thread = threading.Thread(target=self.run)
        self.drain.start()
        self.thread.start()

    def read_errors(self):
        self.errors = self.process.stderr.read()

    def run(self):
        end, i = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            self.process.stdin.write(self.script(i) + ";\n.print done\n")
            self.process.stdin.flush()
            for line in self.process.stdout:
                if line == "done\n":
                    break
                self.lines.append(line.rstrip("\n"))
            else:
                break # it ended
            i += 1
            time.sleep(self.pause)
        self.process.stdin.close()
        self.lines += [line.rstrip("\n") for line in self.process.stdout]

    def finish(self):
        self.thread.join()
        code = self.process.wait(timeout=60)
        self.drain.join()
        self.process.stdout.close()
        self.process.stderr.close()
        errors = [line for line in self.errors.splitlines() if not line.startswith("note: ")]
        assert code == 0 and not errors, f"exit {code}: {errors[:5]}"
        return self.lines


def repeat(script):
    return lambda i: script


def test_readers_beside_optimize(place):
    place.run("db", "-c", TABLE.format(options="")).expect()
    # The rows that were there from the beginning are always all there, once.
    read = repeat("SELECT count(*), sum(n), count(DISTINCT n) FROM e WHERE name <> 'more'")
    loops = [Loop(place, read), Loop(place, read), Loop(place, repeat("OPTIMIZE e")),
             Loop(place, repeat(INSERT.format(day="2026-11-20 00:00:00")), PAUSE)]
    one, other, _, _ = [loop.finish() for loop in loops]
    assert len(one) > 1 and set(one + other) == {"100000,4999950000,100000"}, (len(one), set(one + other))
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
    loops = [Loop(place, repeat("OPTIMIZE e")), Loop(place, repeat("OPTIMIZE e")),
             Loop(place, repeat("SELECT count(*) FROM e WHERE name <> 'more'")),
             Loop(place, repeat(INSERT.format(day="2026-11-20 00:00:00")), PAUSE)]
    counts = [loop.finish() for loop in loops][2]
    assert set(counts) == {"100000"}, set(counts)
    assert "no problems" in place.run("check", "db").expect(err="").out


def test_readers_beside_ttl(place):
    """Every INSERT is three days later and drops what it finds; a reader sees the table as of one commit: whole INSERTs."""
    place.run("db", "-c", TABLE.format(options=" WITH (ttl = '2 days')")).expect()

    def insert(i):
        return INSERT.format(day=time.strftime("%Y-%m-%d 00:00:00", time.gmtime(86400 * 3 * i)))
    loops = [Loop(place, repeat("SELECT count(*) FROM e WHERE name = 'more'")), Loop(place, insert, PAUSE)]
    counts = [loop.finish() for loop in loops][0]
    assert len(counts) > 1 and all(int(count) % 40000 == 0 for count in counts), set(counts)
    assert "no problems" in place.run("check", "db").expect(err="").out


if __name__ == "__main__":
    harness.main(globals())
