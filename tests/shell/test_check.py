#!/usr/bin/env python3
"""weir check: a database whole, and damaged in each way that can be told."""
import glob
import os
import sqlite3
import time

import harness

TABLE = """CREATE TABLE e (ts TIMESTAMP, n BIGINT, name VARCHAR) PARTITIONED BY (day(ts));
INSERT INTO e SELECT TIMESTAMP '2026-11-20 00:00:00' + g * INTERVAL '2' SECOND, g, 'name ' || (g % 100)
FROM generate_series(0, 129599) t(g);
CREATE TABLE empty (a INTEGER)"""


def make(place):
    place.run("db", "-threads", "1", "-c", TABLE).expect(out="")
    return sorted(glob.glob(os.path.join(place.path, "db/e/*/*.weir")))


def problems(result):
    return [line for line in result.out.splitlines() if line.startswith("problem: ")]


def alter(place, sql):
    with sqlite3.connect(os.path.join(place.path, "db/weir.db")) as catalog:
        assert catalog.execute(sql).rowcount > 0, sql
    catalog.close()


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))


def test_database_without_problems(place):
    assert len(make(place)) == 3
    result = place.run("check", "db").expect(err="")
    assert result.out.startswith("db: 2 tables, 3 files, 129,600 rows, "), result
    assert result.out.endswith(": no problems\n"), result
    place.run("check", "db", "-errors", "json").expect(err="")


def test_empty_database(place):
    place.run("db", "-c", "SELECT 1").expect()
    place.run("check", "db").expect(out="db: 0 tables, 0 files, 0 rows, 0 B: no problems\n", err="")


def test_usage(place):
    place.run("check").expect(out="", err="usage: weir check DATABASE", code=2)
    place.run("check", "nowhere").expect(out="", err="no such database: nowhere", code=1)
    assert not os.path.exists(os.path.join(place.path, "nowhere"))
    place.write("folder/other.txt", "text")
    place.run("check", "folder").expect(out="", err="folder", code=1)
    place.run("check", "db", "SELECT 1 ").expect(out="", err="usage: weir check", code=2)


def test_missing_file(place):
    files = make(place)
    os.unlink(files[1])
    result = place.run("check", "db").expect(err="", code=1)
    found = problems(result)
    assert len(found) == 1 and os.path.basename(files[1]) in found[0] and "No such file" in found[0], result
    assert result.out.endswith(": 1 problem\n"), result


def test_unknown_file_is_a_notice(place):
    make(place)
    place.write("db/e/stray.weir", "text")
    place.write("db/notes.txt", "text")
    result = place.run("check", "db").expect(err="")
    assert "notice: not a file of the database: db/e/stray.weir\n" in result.out, result
    assert "notice: not a file of the database: db/notes.txt\n" in result.out, result
    assert result.out.endswith(": no problems\n"), result


def test_damage_in_many_places_is_all_told(place):
    files = make(place)
    size = os.path.getsize(files[0])
    for at in range(100, size - 2000, 1999): # not in the footer
        flip(files[0], at)
    with open(files[2], "r+b") as file:
        file.truncate(os.path.getsize(files[2]) // 2)
    result = place.run("check", "db").expect(err="", code=1)
    found = problems(result)
    assert len([line for line in found if files[0].split("/db/")[1] in line and "column" in line]) >= 2, result
    assert len([line for line in found if files[2].split("/db/")[1] in line]) == 1, result
    assert not [line for line in found if files[1].split("/db/")[1] in line], result
    as_json = place.run("check", "db", "-errors", "json").expect(err="", code=1)
    assert len(as_json.out.splitlines()) == len(found) + 1 and '{"problem":"' in as_json.out, as_json


def test_every_flipped_byte_is_found(place):
    place.run("db", "-c", "CREATE TABLE s (a INTEGER, t VARCHAR); INSERT INTO s VALUES (1, 'x'), (NULL, 'some longer text'), (3, NULL)")
    (path,) = glob.glob(os.path.join(place.path, "db/s/*.weir"))
    for at in range(0, os.path.getsize(path), 7):
        flip(path, at)
        result = place.run("check", "db")
        assert result.code == 1 and problems(result), f"byte {at}: {result!r}"
        flip(path, at)
    place.run("check", "db").expect(err="")


def test_catalog_that_says_something_else(place):
    make(place)
    alter(place, "UPDATE files SET rows = rows + 1 WHERE id = (SELECT min(id) FROM files)")
    alter(place, "UPDATE files SET bytes = bytes - 1 WHERE id = (SELECT max(id) FROM files)")
    result = place.run("check", "db").expect(err="", code=1)
    assert len(problems(result)) == 2, result
    assert "it has 43200 rows, the catalog says 43201" in result.out, result
    assert "bytes, the catalog says" in result.out, result


def test_file_in_the_place_of_another(place):
    files = make(place)
    with open(files[0], "rb") as one:
        text = one.read()
    with open(files[1], "wb") as other:
        other.write(text)
    alter(place, f"UPDATE files SET bytes = {len(text)}")
    result = place.run("check", "db").expect(err="", code=1)
    assert "has values outside of the catalog's" in result.out, result
    assert "has values of another partition than ts_day = DATE '2026-11-21'" in result.out, result


def test_damaged_catalog(place):
    make(place)
    path = os.path.join(place.path, "db/weir.db")
    with sqlite3.connect(path) as catalog:
        catalog.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    catalog.close()
    size = os.path.getsize(path)
    with open(path, "r+b") as file: # a page of it
        file.seek(size - 2 * 4096)
        file.write(b"\x55" * 4096)
    result = place.run("check", "db")
    assert result.code == 1 and ("weir.db" in result.out or "weir.db" in result.err), result


def test_check_beside_a_writer(place):
    make(place)
    with place.start("db", "-c", "INSERT INTO e SELECT TIMESTAMP '2026-11-25 00:00:00', g, 'x' FROM generate_series(1, 3000000) t(g)") as writer:
        for _ in range(5):
            result = place.run("check", "db").expect(err="")
            assert "no problems" in result.out and "notice" not in result.out, result
        assert writer.wait() == 0
        writer.stdout.close()
        writer.stderr.close()
    result = place.run("check", "db").expect(err="")
    assert "3,129,600 rows" in result.out, result


def test_optimize_killed_at_any_moment(place):
    make(place)
    rows = 129600
    for i in range(12):
        place.run("db", "-c", "INSERT INTO e SELECT TIMESTAMP '2026-11-21 00:00:00' + g * INTERVAL '1' SECOND, g, 'x' || g FROM generate_series(1, 40000) t(g)").expect()
        rows += 40000
        process = place.start("db", "-c", "OPTIMIZE e")
        time.sleep(i * 0.02)
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
        result = place.run("check", "db")
        assert result.code == 0 and "no problems" in result.out and f"{rows:,} rows" in result.out, result
    place.run("db", "-c", "OPTIMIZE e").expect()
    result = place.run("check", "db").expect(err="")
    assert "3 files" in result.out and "notice" not in result.out, result # nothing is left of those killed


if __name__ == "__main__":
    harness.main(globals())
