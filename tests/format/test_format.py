#!/usr/bin/env python3
"""docs/FORMAT.md held against the writer: values made here go through weir to a data file, and come back by
format_reader.py, which knows the document only. Then the samples of tests/data/segments: files of earlier versions,
which both must still read.

    test_format.py            runs the tests
    test_format.py --sample   writes a new sample (with the date in its name) to tests/data/segments"""
import datetime
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import format_reader  # noqa: E402

WEIR = os.environ.get("WEIR", os.path.join(ROOT, "build/weir"))
SAMPLES = os.path.join(ROOT, "tests/data/segments")
DAY = datetime.date(1970, 1, 1)
WORDS = ["Apple", "Google", "Facebook", "Baidu", "", "a longer name of a channel", "\u00e9t\u00e9 \u6c34"]


def timestamp(us, digits=6):
    second, rest = divmod(us, 10 ** digits)
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=second)
    return at.strftime("%Y-%m-%d %H:%M:%S.") + str(rest).zfill(digits)


def decimal(x, scale):
    digits = str(abs(x)).zfill(scale + 1)
    return ("-" if x < 0 else "") + digits[:-scale] + "." + digits[-scale:]


def double(x):
    return repr(x)


def interval(x):
    return "%d months %d days %d microseconds" % tuple(x)


# name, type, value of row i as a reader has it, its text
COLUMNS = [
    ("row", "BIGINT", lambda r, i: i, str),
    ("boolean", "BOOLEAN", lambda r, i: r.random() < 0.4, lambda x: "true" if x else "false"),
    ("tiny", "TINYINT", lambda r, i: r.randrange(-128, 128), str),
    ("small", "SMALLINT", lambda r, i: i // 300 % 7 - 3, str),
    ("rising", "INTEGER", lambda r, i: -1000 + i * 3 + r.randrange(3), str),
    ("few", "BIGINT", lambda r, i: (r.randrange(5) + 1) * 10 ** 15, str),
    ("constant", "BIGINT", lambda r, i: -42, str),
    ("runs", "BIGINT", lambda r, i: (i // 800) * 10 ** 16, str),
    ("wild", "BIGINT", lambda r, i: r.choice([-2 ** 63, 2 ** 63 - 1, r.randrange(-2 ** 63, 2 ** 63)]), str),
    ("wide", "BIGINT", lambda r, i: r.randrange(2 ** 40), str),
    ("real", "REAL", lambda r, i: r.randrange(-1000, 1000) / 8, double),
    ("double", "DOUBLE", lambda r, i: r.random() * 10 ** r.randrange(-5, 20), double),
    ("special", "DOUBLE", lambda r, i: r.choice([0.0, -0.0, 1.5, float("inf"), float("-inf")]), double),
    ("dec", "DECIMAL(10,2)", lambda r, i: r.randrange(-10 ** 6, 10 ** 6), lambda x: decimal(x, 2)),
    ("big", "DECIMAL(38,3)", lambda r, i: r.randrange(-10 ** 37, 10 ** 37), lambda x: decimal(x, 3)),
    ("word", "VARCHAR", lambda r, i: r.choice(WORDS), str),
    ("url", "VARCHAR", lambda r, i: "https://example.org/item/%d?x=%d" % (i, r.randrange(100)), str),
    ("noise", "VARCHAR", lambda r, i: "".join(chr(r.randrange(33, 1000)) for _ in range(r.randrange(30))), str),
    ("same", "VARCHAR", lambda r, i: "all the same", str),
    ("nothing", "VARCHAR", lambda r, i: None, str),
    ("blob", "BLOB", lambda r, i: "bytes %d" % r.randrange(1000), str),
    ("json", "JSON", lambda r, i: '{"a": [%d, null]}' % r.randrange(10), str),
    ("day", "DATE", lambda r, i: -400 + i // 100, lambda x: str(DAY + datetime.timedelta(days=x))),
    ("time", "TIME", lambda r, i: r.randrange(86400 * 10 ** 6), lambda x: timestamp(x)[11:]),
    ("ts", "TIMESTAMP(3)", lambda r, i: (i * 100 - 5000) * 1000, timestamp),
    ("ns", "TIMESTAMP(9)", lambda r, i: 1767225600 * 10 ** 9 + i * 1000 + r.randrange(1000), lambda x: timestamp(x, 9)),
    ("tz", "TIMESTAMP WITH TIME ZONE", lambda r, i: r.randrange(-10 ** 15, 10 ** 15), lambda x: timestamp(x) + "+00:00"),
    ("interval", "INTERVAL", lambda r, i: [r.randrange(-20, 20), r.randrange(-40, 40), r.randrange(10 ** 9)], interval),
]


def make_rows(n, seed, null_share, columns):
    r = random.Random(seed)
    rows = []
    for i in range(n):
        row = {}
        for name, _, value, _ in columns:
            x = value(r, i)
            row[name] = None if name != "row" and r.random() < null_share else x
        rows.append(row)
    return rows


def write(rows, path, folder, columns):
    """The rows to a data file, by way of JSON lines of texts."""
    source = os.path.join(folder, "in.jsonl")
    texts = {name: text for name, _, _, text in columns}
    with open(source, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({k: None if x is None else texts[k](x) for k, x in row.items()}) + "\n")
    names = ", ".join("%s: 'VARCHAR'" % name for name, _, _, _ in columns)
    casts = ", ".join('CAST("%s" AS %s) AS "%s"' % (name, kind, name) for name, kind, _, _ in columns)
    sql = "COPY (SELECT %s FROM read_jsonl('%s', columns => {%s})) TO '%s'" % (casts, source, names, path)
    subprocess.run([WEIR, "-threads", "1", "-c", sql], check=True)


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return repr(a) == repr(b)
    return type(a) is type(b) and a == b


def stored(x):
    """A value as the reader gives it: text as bytes."""
    return x.encode() if isinstance(x, str) else x


class Failed(Exception):
    pass


def check(found, wanted, what):
    found = list(found)
    if len(found) != len(wanted):
        raise Failed("%s: %d rows, not %d" % (what, len(found), len(wanted)))
    for i, (a, b) in enumerate(zip(found, wanted)):
        for name in b:
            if not same(a[name], b[name]):
                raise Failed("%s: row %d, %s: %r, not %r" % (what, i, name, a[name], b[name]))


def rows_of(file):
    """All rows, texts as bytes."""
    for n, entries in zip(file.batches, file.entries):
        chunks = [file.chunk(column, entry, n) for column, entry in zip(file.columns, entries)]
        for row in zip(*chunks):
            yield {column.name: x for column, x in zip(file.columns, row)}


def seen(file):
    """What of the format a file has."""
    found = set()
    for entries in file.entries:
        for entry in entries:
            found.add(format_reader.ENCODINGS[entry.encoding])
            if entry.encoding == format_reader.DICTIONARY:
                found.add("codes " + format_reader.ENCODINGS[entry.code_encoding])
            if entry.flags & 64:
                found.add("lz4")
            if entry.flags & 1:
                found.add("validity")
    return found


def test_written(folder):
    """Every type with and without NULLs, one row, none, several batches; the samples cover the whole format."""
    found = set()
    some = [column for column in COLUMNS if column[0] in ("row", "few", "runs", "word", "url", "ts", "nothing")]
    cases = [(0, 0.0, COLUMNS), (1, 0.0, COLUMNS), (2049, 0.0, COLUMNS), (3000, 0.3, COLUMNS), (3000, 1.0, COLUMNS),
             (66000, 0.01, some)]
    for n, null_share, columns in cases:
        path = os.path.join(folder, "t%d-%g.weir" % (n, null_share))
        rows = make_rows(n, n, null_share, columns)
        write(rows, path, folder, columns)
        file = format_reader.File(path)
        check(rows_of(file), [{k: stored(x) for k, x in row.items()} for row in rows], "%d rows" % n)
        found |= seen(file)
    wanted = set(format_reader.ENCODINGS) | {"lz4", "validity", "codes packed"}
    if not wanted <= found:
        raise Failed("not seen: %s" % ", ".join(sorted(wanted - found)))


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def digests(path):
    """What format_reader.py and weir read, each as one number."""
    rows = [json.dumps(row, ensure_ascii=False) for row in format_reader.File(path).all_rows()]
    sql = "SELECT * FROM '%s'" % path
    lines = subprocess.run([WEIR, "-jsonl", "-c", sql], check=True, capture_output=True, text=True).stdout
    return {"stored": digest("\n".join(rows)), "weir": digest(lines)}


def test_samples():
    """What is in tests/data/segments reads as it did when it was written, by both."""
    names = sorted(name for name in os.listdir(SAMPLES) if name.endswith(".weir"))
    if not names:
        raise Failed("no samples")
    for name in names:
        path = os.path.join(SAMPLES, name)
        with open(path[:-5] + ".json", encoding="utf-8") as file:
            wanted = json.load(file)
        for reader, found in digests(path).items():
            if found != wanted[reader]:
                raise Failed("%s: %s reads other rows" % (name, reader))


def make_sample(folder):
    name = os.path.join(SAMPLES, "v1-" + datetime.date.today().isoformat())
    write(make_rows(2500, 7, 0.1, COLUMNS), name + ".weir", folder, COLUMNS)
    with open(name + ".json", "w", encoding="utf-8") as file:
        json.dump(digests(name + ".weir"), file, indent=1)
        file.write("\n")


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        if "--sample" in sys.argv:
            make_sample(folder)
            return 0
        for test, arguments in ((test_written, [folder]), (test_samples, [])):
            try:
                test(*arguments)
                passed += 1
            except (Failed, SystemExit, subprocess.CalledProcessError) as failure:
                print("%s: %s" % (test.__name__, failure))
                failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
