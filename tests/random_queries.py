#!/usr/bin/env python3
"""Random queries as a test script for tests/slt: `random_queries.py SEED COUNT`. SQLite is the oracle.

Expressions are made by type, so that both engines give them the same meaning: no text beside numbers, no overflow, no
division of reals. Every third query also says what it must give: its parts where a condition is true, false and NULL add
up to the whole (Rigger and Su, "Finding bugs in database systems via query partitioning").
"""
import random
import sys

COLUMNS = {"int": ["a", "b", "c"], "text": ["s", "t"], "real": ["x"]}
WORDS = ["", "a", "ab", "abc", "B", "b%", "a_c", "zz", "é", "long text past twelve"]
ROWS = 37


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *choices):
        return self.random.choice(choices)

    def make(self, kind, depth):
        return {"int": self.integer, "text": self.text, "bool": self.boolean, "real": self.real}[kind](depth)

    def integer(self, depth):
        if depth <= 0:
            return self.pick(str(self.random.randint(-9, 20)), self.pick(*COLUMNS["int"]), self.pick(*COLUMNS["int"]))
        d = depth - 1
        return self.pick(
            lambda: f"({self.integer(d)} {self.pick('+', '-')} {self.integer(d)})",
            lambda: f"({self.integer(0)} * {self.integer(0)})",
            lambda: f"({self.integer(d)} / {self.integer(0)})",
            lambda: f"({self.integer(d)} % {self.integer(0)})",
            lambda: f"- ({self.integer(d)})",
            lambda: f"abs({self.integer(d)})",
            lambda: f"length({self.text(d)})",
            lambda: f"coalesce({self.integer(d)}, {self.integer(0)})",
            lambda: f"nullif({self.integer(d)}, {self.integer(0)})",
            lambda: f"CASE WHEN {self.boolean(d)} THEN {self.integer(d)} ELSE {self.integer(0)} END",
            lambda: f"CASE {self.integer(0)} WHEN {self.integer(0)} THEN {self.integer(d)} END",
            lambda: f"instr({self.text(0)}, {self.text(0)})",
        )()

    def real(self, depth):
        if depth <= 0:
            return self.pick("x", "x", "1.5e0", "-0.25e0")
        return self.pick(
            lambda: f"({self.real(depth - 1)} {self.pick('+', '-', '*')} {self.real(0)})",
            lambda: f"coalesce({self.real(depth - 1)}, 0e0)",
            lambda: f"abs({self.real(depth - 1)})",
        )()

    def text(self, depth):
        if depth <= 0:
            return self.pick("'" + self.pick(*WORDS) + "'", self.pick(*COLUMNS["text"]), self.pick(*COLUMNS["text"]))
        d = depth - 1
        return self.pick(
            lambda: f"({self.text(d)} || {self.text(0)})",
            lambda: f"substr({self.text(d)}, {self.random.randint(-3, 4)}, {self.random.randint(0, 3)})",
            lambda: f"replace({self.text(d)}, 'a', {self.text(0)})",
            lambda: f"trim({self.text(d)})",
            lambda: f"coalesce({self.text(d)}, {self.text(0)})",
            lambda: f"CASE WHEN {self.boolean(d)} THEN {self.text(d)} END",
            lambda: f"CAST({self.integer(d)} AS VARCHAR)",
        )()

    def boolean(self, depth):
        d = depth - 1
        if depth <= 0:
            return f"{self.integer(0)} {self.compare()} {self.integer(0)}"
        return self.pick(
            lambda: f"({self.boolean(d)} AND {self.boolean(d)})",
            lambda: f"({self.boolean(d)} OR {self.boolean(d)})",
            lambda: f"(NOT {self.boolean(d)})",
            lambda: f"({self.integer(d)} {self.compare()} {self.integer(d)})",
            lambda: f"({self.text(d)} {self.compare()} {self.text(d)})",
            lambda: f"({self.real(d)} {self.compare()} {self.real(d)})",
            lambda: f"({self.make(self.pick('int', 'text'), d)} IS {self.pick('', 'NOT ')}NULL)",
            lambda: f"({self.integer(d)} IS {self.pick('', 'NOT ')}DISTINCT FROM {self.integer(0)})",
            lambda: f"({self.integer(d)} {self.pick('', 'NOT ')}BETWEEN {self.integer(0)} AND {self.integer(0)})",
            lambda: f"({self.integer(d)} {self.pick('', 'NOT ')}IN ({self.integer(0)}, {self.integer(0)}, {self.integer(0)}))",
            lambda: f"({self.text(d)} {self.pick('', 'NOT ')}LIKE '{self.pick('a%', '%b', '_b%', '%', 'abc')}')",
            lambda: f"({self.text(0)} GLOB '{self.pick('a*', '*[bc]', '?b*')}')",
        )()

    def compare(self):
        return self.pick("=", "<>", "<", "<=", ">", ">=")

    def aggregate(self):
        filtered = f" FILTER (WHERE {self.boolean(1)})" if self.random.random() < 0.3 else ""
        return self.pick(
            lambda: "count(*)" + filtered,
            lambda: f"count({self.pick('', 'DISTINCT ')}{self.make(self.pick('int', 'text'), 1)})" + filtered,
            lambda: f"sum({self.pick('', 'DISTINCT ')}{self.integer(1)})" + filtered,
            lambda: f"{self.pick('min', 'max')}({self.make(self.pick('int', 'text', 'real'), 1)})" + filtered,
            lambda: f"avg({self.integer(1)})" + filtered,
        )()

    def source(self, depth):
        if depth > 0 and self.random.random() < 0.3:
            inner = f"SELECT a, b, {self.integer(1)} AS c, s, {self.text(1)} AS t, x FROM {self.source(depth - 1)}"
            return f"({inner} WHERE {self.boolean(1)}) AS q{depth}"
        return "r"

    def query(self):
        """A query and its count of columns."""
        where = f" WHERE {self.boolean(2)}" if self.random.random() < 0.6 else ""
        style = self.random.randrange(5)
        if style == 0:
            keys = [self.make(self.pick("int", "text", "bool"), 1) for _ in range(self.random.randint(1, 2))]
            aggregates = [self.aggregate() for _ in range(self.random.randint(1, 3))]
            having = f" HAVING count(*) > {self.random.randint(0, 3)}" if self.random.random() < 0.3 else ""
            places = ", ".join(str(i + 1) for i in range(len(keys)))
            return f"SELECT {', '.join(keys + aggregates)} FROM {self.source(2)}{where} GROUP BY {places}{having}", \
                len(keys) + len(aggregates)
        if style == 1:
            aggregates = [self.aggregate() for _ in range(self.random.randint(1, 4))]
            return f"SELECT {', '.join(aggregates)} FROM {self.source(2)}{where}", len(aggregates)
        count = self.random.randint(1, 4)
        items = [self.make(self.pick("int", "text", "bool", "real"), 2) for _ in range(count)]
        distinct = "DISTINCT " if style == 2 else ""
        sql = f"SELECT {distinct}{', '.join(items)} FROM {self.source(2)}{where}"
        if style == 3:
            sql += f" UNION ALL SELECT {', '.join(items)} FROM {self.source(1)}"
        elif style == 4:
            order = ", ".join(str(i + 1) + self.pick("", " DESC", " DESC NULLS LAST", " NULLS LAST") for i in range(count))
            sql += f" ORDER BY {order} LIMIT {self.random.randint(0, 20)} OFFSET {self.random.randint(0, 5)}"
        return sql, count

    def row(self):
        def maybe(text):
            return "NULL" if self.random.random() < 0.2 else text

        integers = [maybe(str(self.random.randint(-5, 12))) for _ in range(3)]
        texts = [maybe("'" + self.pick(*WORDS) + "'") for _ in range(2)]
        return f"({', '.join(integers + texts)}, {maybe(str(self.random.randint(-8, 8) * 0.25) + 'e0')})"


def main():
    maker = Maker(int(sys.argv[1]))
    print("oracle sqlite\n")
    print("statement ok\nCREATE TEMP TABLE r (a INTEGER, b INTEGER, c BIGINT, s VARCHAR, t VARCHAR, x DOUBLE)\n")
    print("statement ok\nINSERT INTO r VALUES " + ", ".join(maker.row() for _ in range(ROWS)) + "\n")
    for number in range(int(sys.argv[2])):
        sql, columns = maker.query()
        print(f"query {'T' * columns}\n{sql}\n")
        if number % 3 == 0:
            p = maker.boolean(3)
            parts = [f"SELECT count(*) AS n, sum(a) AS m FROM r WHERE {q}" for q in (p, f"NOT {p}", f"{p} IS NULL")]
            print(f"query TT\nSELECT sum(n), sum(m) FROM ({' UNION ALL '.join(parts)}) AS u\n")
            print("query TT\nSELECT count(*), sum(a) FROM r\n")


if __name__ == "__main__":
    main()
