"""COPY at the command line: standard input and output, interrupts, full disks, two processes, killed ones."""
import os
import signal
import subprocess
import time

import harness

ENDLESS = "SELECT generate_series AS n, repeat('x', 100) AS t FROM generate_series(1, 10000000000)"


def everything(place, folder="."):
    """Names below a folder, the hidden ones too, but for what weir keeps at home."""
    found = []
    for where, folders, files in os.walk(os.path.join(place.path, folder)):
        folders[:] = [f for f in folders if f not in (".local", ".config", ".cache")]
        found += [os.path.relpath(os.path.join(where, f), place.path) for f in files + folders]
    return sorted(f for f in found if not f.startswith(".weir_history"))


def test_standard_output(place):
    place.run("-c", "SELECT 1 AS a; COPY (SELECT 2 AS a, NULL AS b) TO '-'; SELECT 3 AS a").expect(out="a\n1\na,b\n2,\na\n3\n", err="")
    place.run("-c", "COPY (SELECT 2 AS a) TO 'stdout' (FORMAT jsonl)").expect(out='{"a":2}\n', err="")
    assert everything(place) == []


def test_standard_input(place):
    place.run("db", "-c", "CREATE TABLE t (a INTEGER, b VARCHAR)").expect(err="")
    for text, options in (("1,x\n2,y\n", "FORMAT csv, HEADER false"), ("a,b\n3,z\n", "FORMAT csv"), ('{"b": "w", "a": 4}\n', "FORMAT jsonl")):
        place.run("db", "-c", f"COPY t FROM '-' ({options})", stdin=text).expect(out="", err="")
    place.run("db", "-c", "SELECT * FROM t ORDER BY a").expect(out="a,b\n1,x\n2,y\n3,z\n4,w\n")


def test_a_reader_that_leaves(place):
    process = place.start("-c", f"COPY ({ENDLESS}) TO '-'")
    assert process.stdout.readline() == "n,t\n"
    process.stdout.close()
    process.stderr.read()
    assert process.wait(timeout=30) != 0


def interrupted(place, sql, seen):
    process = place.start("-c", sql)
    end = time.monotonic() + 20
    while not seen() and time.monotonic() < end:
        time.sleep(0.02)
    assert seen(), "nothing was written"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130, process.returncode


def test_interrupt_leaves_nothing(place):
    for name in ("a.csv", "a.jsonl.gz", "a.weir"):
        interrupted(place, f"COPY ({ENDLESS}) TO '{name}'", lambda: everything(place))
        assert everything(place) == [], everything(place)
    place.write("a.csv", "old\n")
    interrupted(place, f"COPY ({ENDLESS}) TO 'a.csv'", lambda: len(everything(place)) > 1)
    assert everything(place) == ["a.csv"] and place.read("a.csv") == "old\n"
    interrupted(place, f"COPY (SELECT n, n % 5 AS k FROM ({ENDLESS}) AS e) TO 'out' (FORMAT csv, PARTITION_BY k)",
                lambda: len(everything(place, "out")) > 2)
    assert everything(place) == ["a.csv"], everything(place)


def test_interrupted_load_leaves_nothing(place):
    place.run("db", "-c", "CREATE TABLE t (n BIGINT, t VARCHAR); COPY (SELECT generate_series AS n, repeat('x', 100) AS t FROM generate_series(1, 6000000)) TO 'in.csv'").expect(err="")
    process = place.start("db", "-c", "COPY t FROM 'in.csv'")
    end = time.monotonic() + 20
    while not everything(place, "db/t") and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    rows = place.run("db", "-c", "SELECT count(*) AS n FROM t").expect(err="").out
    assert rows == ("n\n0\n" if process.returncode == 130 else "n\n6000000\n"), (rows, process.returncode)
    if process.returncode == 130:
        place.run("check", "db").expect()
        place.run("db", "-c", "COPY t FROM 'in.csv'; SELECT count(*) AS n FROM t").expect(out="n\n6000000\n", err="")


def test_killed_copy_is_seen_by_nobody(place):
    process = place.start("-c", f"COPY ({ENDLESS}) TO 'a.csv'")
    end = time.monotonic() + 20
    while not everything(place) and time.monotonic() < end:
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=30)
    assert place.names() == []
    place.run("-c", "SELECT * FROM '*.csv'").expect(err="*.csv", code=1)


def test_disk_full(place):
    place.run("-c", "COPY (SELECT generate_series AS n FROM generate_series(1, 1000000)) TO '/dev/full' (FORMAT csv)").expect(
        err="cannot write /dev/full: No space left on device", code=1)
    process = place.start("-c", "COPY (SELECT generate_series AS n FROM generate_series(1, 1000000)) TO '-'", stdout=open("/dev/full", "w"))
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1 and "cannot write standard output: No space left on device" in err, err


def test_rows_changed_by_two(place):
    place.run("db", "-c", "CREATE TABLE t AS SELECT generate_series AS a, generate_series % 2 AS k FROM generate_series(1, 10)").expect(err="")
    first = place.start("db", stdin=subprocess.PIPE)

    def tell(sql):
        first.stdin.write(sql + "\n")
        first.stdin.flush()

    tell("BEGIN; DELETE FROM t WHERE k = 0; SELECT count(*) FROM t;")
    first.stdout.readline()
    assert first.stdout.readline() == "5\n"
    place.run("db", "-c", "SELECT count(*) AS n FROM t; UPDATE t SET a = 0 WHERE a = 1").expect(out="n\n10\n", err="")
    _, err = first.communicate("COMMIT;\n", timeout=60)
    assert first.returncode == 1 and "changed" in err, err
    place.run("db", "-c", "SELECT count(*) AS n, sum(a) AS s FROM t").expect(out="n,s\n10,54\n", err="")
    place.run("check", "db").expect()


def test_not_enough_space(place):
    small = os.path.join(place.path, "small")
    os.mkdir(small)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small], capture_output=True).returncode:
        return
    try:
        place.run("small/db", "-c", "CREATE TABLE t (n BIGINT, t VARCHAR); COPY (SELECT generate_series AS n, md5(CAST(generate_series AS VARCHAR)) AS t FROM generate_series(1, 500000)) TO 'in.csv'").expect(err="")
        place.run("small/db", "-c", "COPY t FROM 'in.csv'").expect(err="not enough space for the load: about 11.9 MB are needed, ", code=1)
        place.run("small/db", "-c", "COPY (SELECT * FROM 'in.csv') TO 'small/x.csv'").expect(err="cannot write small/x.csv: No space left on device", code=1)
        assert everything(place, "small") == ["small/db"] + everything(place, "small/db"), everything(place, "small")
        place.run("small/db", "-c", "SELECT count(*) AS n FROM t").expect(out="n\n0\n")
    finally:
        subprocess.run(["umount", small], check=True)


if __name__ == "__main__":
    harness.main(globals())
