#!/usr/bin/env python3
"""Hands results through the Arrow C stream interface to nanoarrow, a reader we did not write, and compares the rows.

nanoarrow comes from PyPI into BUILD/venv; without a network the test says so and is skipped. The engine is used as any
program would: OUT/libweir.so by way of its public functions.
"""
import ctypes
import datetime
import decimal
import os
import subprocess
import sys

BUILD = os.environ.get("BUILD", "build")
OUT = os.environ.get("OUT", "build/release")
PACKAGE = "nanoarrow"


def inside_venv():
    """Starts this file again with the interpreter of BUILD/venv, which has the package."""
    python = os.path.abspath(os.path.join(BUILD, "venv/bin/python"))
    if not os.path.exists(python):
        made = subprocess.run([sys.executable, "-m", "venv", os.path.join(BUILD, "venv")], capture_output=True, check=False)
        if made.returncode != 0:
            print("arrow: no venv can be made (python3-venv): 0 passed, 0 failed, 1 skipped")
            sys.exit(0)
    if subprocess.run([python, "-c", "import " + PACKAGE], capture_output=True, check=False).returncode != 0:
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", PACKAGE],
                       capture_output=True, check=False)
    if subprocess.run([python, "-c", "import " + PACKAGE], capture_output=True, check=False).returncode != 0:
        print(f"arrow: {PACKAGE} cannot be installed: 0 passed, 0 failed, 1 skipped")
        sys.exit(0)
    os.execve(python, [python, os.path.abspath(__file__), "inside"], os.environ)


class Weir:
    """The few functions of weir.h that a query needs."""

    def __init__(self, path):
        self.lib = ctypes.CDLL(os.path.abspath(path))
        self.error = ctypes.create_string_buffer(4096)
        self.db = ctypes.c_void_p()
        self.check(self.lib.weir_open(None, ctypes.byref(self.db), self.error))

    def check(self, code):
        if code != 0:
            raise RuntimeError(self.error.raw[4:].split(b"\0")[0].decode())

    def query(self, sql):
        import nanoarrow
        from nanoarrow.c_array_stream import allocate_c_array_stream

        text = sql.encode()
        statement = ctypes.c_void_p()
        used = ctypes.c_size_t()
        self.check(self.lib.weir_prepare(self.db, text, ctypes.c_size_t(len(text)), ctypes.byref(statement),
                                         ctypes.byref(used), self.error))
        stream = allocate_c_array_stream()
        self.check(self.lib.weir_execute(statement, ctypes.c_void_p(stream._addr()), self.error))
        reader = nanoarrow.ArrayStream(stream)
        names = [field.name for field in reader.schema.fields]
        rows = [tuple(row.values()) for row in reader.read_all().to_pylist()]
        reader.close()
        self.lib.weir_statement_close(statement)
        return names, rows


UTC = datetime.timezone.utc
CASES = [
    ("SELECT 1 AS a, 'x' AS b, NULL AS c, true AS d, 1.5e0 AS e",
     ["a", "b", "c", "d", "e"], [(1, "x", None, True, 1.5)]),
    ("SELECT * FROM (VALUES (1, 'one'), (2, NULL), (NULL, '')) AS t(n, s)",
     ["n", "s"], [(1, "one"), (2, None), (None, "")]),
    ("SELECT CAST(12.50 AS DECIMAL(10,2)) AS d, CAST(1e20 AS DECIMAL(38,0)) AS e",
     ["d", "e"], [(decimal.Decimal("12.50"), decimal.Decimal(10) ** 20)]),
    ("SELECT DATE '2026-02-28' AS d, TIMESTAMP '2026-02-28 12:34:56.789' AS t, TIMESTAMP '1969-12-31 23:59:59' AS u",
     ["d", "t", "u"],
     [(datetime.date(2026, 2, 28), datetime.datetime(2026, 2, 28, 12, 34, 56, 789000),
       datetime.datetime(1969, 12, 31, 23, 59, 59))]),
    ("SELECT x'00ff' AS b, CAST(7 AS TINYINT) AS i, CAST(8 AS SMALLINT) AS j, CAST(9 AS BIGINT) AS k, CAST(0.5 AS REAL) AS r",
     ["b", "i", "j", "k", "r"], [(b"\x00\xff", 7, 8, 9, 0.5)]),
    ("SELECT 'a text longer than twelve bytes' AS long, 'short' AS s FROM generate_series(1, 3)",
     ["long", "s"], [("a text longer than twelve bytes", "short")] * 3),
    ("SELECT i % 2 = 0 AS even, count(*) AS n FROM (SELECT generate_series AS i FROM generate_series(1, 10001)) GROUP BY 1 ORDER BY 1",
     ["even", "n"], [(False, 5001), (True, 5000)]),
    ("SELECT 1 AS a WHERE false", ["a"], []),
]


def main():
    weir = Weir(os.path.join(OUT, "libweir.so"))
    passed = failed = 0
    for sql, names, rows in CASES:
        try:
            got = weir.query(sql)
        except (RuntimeError, NotImplementedError, ValueError) as error:
            got = (str(error), [])
        if got == (names, rows):
            passed += 1
        else:
            failed += 1
            print(f"arrow: {sql}\n  expected {names} {rows}\n  got      {got[0]} {got[1]}")
    print(f"arrow: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        inside_venv()
    sys.exit(main())
