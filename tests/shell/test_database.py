"""Database folders at the command line: what outlives the session, -readonly, transactions left open, two processes."""
import os
import subprocess

import harness


def test_tables_outlive_the_session(place):
    place.run("db", "-c", "CREATE TABLE t (a INTEGER, b VARCHAR) PARTITIONED BY (b); INSERT INTO t VALUES (1, 'x'), (2, 'y')").expect(out="", err="")
    place.run("db/", "-c", "SELECT * FROM t ORDER BY a").expect(out="a,b\n1,x\n2,y\n", err="")
    place.run("db", "SELECT count(*) AS n FROM t WHERE b = 'y'").expect(out="n\n1\n", err="")
    assert sorted(os.listdir(os.path.join(place.path, "db", "t"))) == ["b=x", "b=y"]


def test_schema_reads_back(place):
    script = ("CREATE TABLE \"a b\" (\"select\" BIGINT NOT NULL DEFAULT (1 + 1), ts TIMESTAMP(3), \"it's\" VARCHAR CHECK (\"it's\" <> 'q''q'),\n"
              "  CHECK (\"select\" > 0), WATERMARK FOR ts AS ts - INTERVAL '1' MINUTE)\n"
              "  PARTITIONED BY (day(ts), truncate(3, \"it's\")) ORDER BY (\"select\") WITH (ttl = '36 hours', compression = 'fast');\n"
              "CREATE VIEW v (\"x y\") AS SELECT count(*) FROM \"a b\";\n")
    place.run("one", stdin=script).expect(out="", err="")
    schema = place.run("one", "-c", ".schema").expect(err="").out
    place.run("two", stdin=schema).expect(out="", err="")
    place.run("two", "-c", ".schema").expect(out=schema, err="")
    assert "ttl = '36 hours'" in schema and "truncate(3, \"it's\")" in schema, schema


def test_readonly(place):
    place.run("db", "-c", "CREATE TABLE t AS SELECT 1 AS a").expect()
    place.run("-readonly", "db", "-c", "SELECT * FROM t").expect(out="a\n1\n", err="")
    place.run("-readonly", "db", "-c", "INSERT INTO t VALUES (2)").expect(err="the database is read-only: db", code=1)
    place.run("-readonly", "db", "-c", "CREATE TEMP TABLE u AS SELECT a + 1 AS a FROM t; SELECT * FROM u").expect(out="a\n2\n", err="")
    place.run("-safe", "db", "-c", "DROP TABLE t").expect(err="the database is read-only: db", code=1)
    place.run("-readonly", "nope", "-c", "SELECT 1").expect(out="", err="nope", code=1)
    assert place.names() == ["db"]


def test_what_is_no_database(place):
    place.write("notes/todo.txt", "milk\n")
    place.run("notes", "-c", "SELECT 1").expect(out="", err="notes", code=1)
    assert os.listdir(os.path.join(place.path, "notes")) == ["todo.txt"]
    place.write("plain", "no folder\n")
    place.run("plain/", "-c", "SELECT 1").expect(out="", err="plain", code=1)


def test_open_transaction_is_rolled_back_with_a_notice(place):
    place.run("db", "-c", "CREATE TABLE t (a INTEGER)").expect(err="")
    place.run("db", "-c", "BEGIN; INSERT INTO t VALUES (1)").expect(err="the open transaction was rolled back")
    place.run("db", "-c", "BEGIN; INSERT INTO t VALUES (2); COMMIT").expect(err="")
    place.run("db", "-c", "SELECT a FROM t").expect(out="a\n2\n")
    out = place.run("db", stdin="BEGIN;\nINSERT INTO t VALUES (3);\n.open db\nSELECT a FROM t;\n")
    out.expect(out="a\n2\n", err="the open transaction was rolled back")


def test_prompt_tells_of_the_transaction(place):
    terminal = place.terminal("db").wait("weir> ")
    terminal.enter("BEGIN;", "weir* ")
    terminal.enter("ROLLBACK;", "weir> ")
    terminal.enter(".quit")
    assert terminal.finish() == 0


def test_two_processes(place):
    place.run("db", "-c", "CREATE TABLE t (a INTEGER); CREATE TABLE u (a INTEGER)").expect(err="")
    first = place.start("db", stdin=subprocess.PIPE)

    def tell(sql):
        first.stdin.write(sql + "\n")
        first.stdin.flush()

    def ask(sql):
        tell(sql)
        first.stdout.readline()
        return first.stdout.readline().strip()

    tell("BEGIN; INSERT INTO t VALUES (1); INSERT INTO u VALUES (1);")
    assert ask("SELECT count(*) FROM t;") == "1"
    place.run("db", "-c", "SELECT count(*) AS n FROM t").expect(out="n\n0\n")
    place.run("db", "-c", "INSERT INTO t VALUES (2)").expect(err="")
    assert ask("SELECT count(*) FROM t;") == "1", "a transaction sees what there was, and its own"
    tell("COMMIT;")
    assert ask("SELECT sum(a) FROM t;") == "3", "rows added by both are kept"
    tell("BEGIN; TRUNCATE u;")
    assert ask("SELECT count(*) FROM u;") == "0"
    place.run("db", "-c", "INSERT INTO u VALUES (2)").expect(err="")
    out, err = first.communicate("COMMIT;\n", timeout=60)
    assert first.returncode == 1 and "u" in err and "changed" in err, err
    place.run("db", "-c", "SELECT sum(a) AS s FROM u").expect(out="s\n3\n")


if __name__ == "__main__":
    harness.main(globals())
