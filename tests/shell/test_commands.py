#!/usr/bin/env python3
"""Dot commands, each at least once."""
import harness


def test_unknown_command(place):
    place.run("-c", ".tabels").expect(out="", err="unknown command: .tabels\nhint: did you mean .tables?", code=1)
    place.run("-c", ".zzzzzz").expect(out="", err=".help lists the commands", code=1)


def test_help_is_the_table(place):
    out = place.run("-c", ".help").expect(err="").out
    for name in (".tables .schema .functions .print .mode .headers .output .once .read .import .timer .bail .echo .width "
                 ".maxrows .nullvalue .param .watch .plot .edit .open .databases .show .quit .help .pager").split():
        assert "\n" + name + " " in "\n" + out, name
    place.run("-c", ".help mode").expect(out=None, err="").out.startswith(".mode")


def test_shortened_while_unambiguous(place):
    place.run("-c", ".pri hello").expect(out="hello\n")
    place.run("-c", ".p x").expect(err="unknown command: .p", code=1)


def test_wrong_arguments_show_the_usage(place):
    place.run("-c", ".read").expect(err="usage: .read FILE", code=1)
    place.run("-c", ".bail maybe").expect(err="neither on nor off: maybe", code=1)
    place.run("-c", ".maxrows many").expect(err="many", code=1)
    place.run("-c", ".print 'abc").expect(err="a quote that does not end", code=1)


def test_tables(place):
    script = "CREATE TABLE bid (a INTEGER);\nCREATE TEMP VIEW bidder AS SELECT 1 AS b;\nCREATE TABLE other (c INTEGER);\n"
    assert sorted(place.run(stdin=script + ".tables\n").expect(err="").out.split()) == ["bid", "bidder", "other"]
    assert sorted(place.run(stdin=script + ".tables bid\n").out.split()) == ["bid", "bidder"]
    assert sorted(place.run(stdin=script + ".tables bid%\n").out.split()) == ["bid", "bidder"]
    assert sorted(place.run(stdin=script + ".tables %r\n").out.split()) == ["bidder", "other"]


def test_schema(place):
    script = "CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR);\n"
    out = place.run(stdin=script + ".schema\n").expect(err="").out
    assert out == "CREATE TABLE t (\n  a INTEGER NOT NULL,\n  b VARCHAR\n);\n", out
    assert place.run(stdin=script + ".schema T\n").out == out
    place.run(stdin=script + ".schema u\n").expect(out="", err="unknown table: u", code=1)


def test_schema_of_a_view(place):
    out = place.run(stdin="CREATE TEMP VIEW v AS SELECT 1 AS b;\n.schema v\n").expect(err="").out
    assert out.startswith("CREATE TEMP VIEW v") and "SELECT 1 AS b" in out, out


def test_functions(place):
    out = place.run("-c", ".functions").expect(err="").out
    assert out.count("\n") > 50 and "TUMBLE(" in out
    assert "lower(" in place.run("-c", ".functions lower").out


def test_print(place):
    place.run(stdin=".print hello  world\n.print 'a  b'\n.print\n").expect(out="hello  world\na  b\n\n", err="")


def test_mode(place):
    place.run(stdin=".mode json\nSELECT 1 AS a;\n.mode\n").expect(out='[{"a":1}]\njson\n')
    place.run("-c", ".mode jsn").expect(err="unknown mode: jsn\nhint: did you mean json?", code=1)
    place.run(stdin=".mode insert t\nSELECT 1 AS a;\n").expect(out='INSERT INTO "t"("a") VALUES(1);\n')
    place.run(stdin=".mode json\n.mode default\nSELECT 1 AS a;\n").expect(out="a\n1\n")


def test_headers_nullvalue_separator(place):
    place.run(stdin=".headers off\n.nullvalue nil\n.separator \\t\nSELECT 1, NULL;\n").expect(out="1\tnil\n")
    place.run(stdin=".mode list\n.separator '; '\nSELECT 1 AS a, 2 AS b;\n").expect(out="a; b\n1; 2\n")


def test_width(place):
    out = place.run("-table", "-noheader", stdin=".width 3 -6\nSELECT 'abcdef', 'xy';\n").expect(err="").out
    assert out == "+-----+--------+\n| ab… |     xy |\n+-----+--------+\n", out


def test_read(place):
    place.write("a.sql", "SELECT 1 AS a;\n")
    place.run(stdin=".read a.sql\nSELECT 2 AS b;\n").expect(out="a\n1\nb\n2\n", err="")
    place.write("self.sql", ".read self.sql\n")
    place.run("-c", ".read self.sql").expect(err="16 deep", code=1)
    place.write("my script.sql", "SELECT 1 AS a;\n")
    place.run("-c", ".read 'my script.sql'").expect(out="a\n1\n")


def test_import(place):
    place.write("a.csv", "x,y\n1,one\n2,two\n")
    script = ".import a.csv t\n.import a.csv t\nSELECT count(*) AS n, max(y) AS m FROM t;\n"
    place.run(stdin=script).expect(out="n,m\n4,two\n", err="")
    place.run("-c", ".import nothing.csv t").expect(err="nothing.csv", code=1)


def test_timer_and_echo(place):
    place.run(stdin=".timer on\nSELECT 1 AS a;\n").expect(out="a\n1\n", err="time: ")
    place.run(stdin=".echo on\nSELECT 1 AS a;\n.print b\n").expect(out="a\n1\nb\n", err="SELECT 1 AS a;\n.print b\n")


def test_parameters(place):
    script = ".param set :n 2\n.param set d DATE '2026-11-22'\n.param set 1 7\n.param list\nSELECT :n AS n, :d AS d;\nSELECT ? AS q;\n"
    place.run(stdin=script).expect(out=":n 2\n:d DATE '2026-11-22'\n?1 7\nn,d\n2,2026-11-22\nq\n7\n")
    place.run(stdin=".param set n 2\n.param unset n\nSELECT :n;\n").expect(err="no value for parameter: :n", code=1)
    place.run(stdin=".param set n 2\n.param clear\n.param list\n").expect(out="", err="")


def test_plot(place):
    bars = place.run(stdin="VALUES ('a', 1), ('b', 2);\n.plot\n", timeout=20)
    assert bars.code == 1 or "█" in bars.out, bars
    place.run("-c", ".plot").expect(err="no numbers to plot", code=1)


def test_watch(place):
    place.run("-noheader", stdin="SELECT 1;\n.watch 0.1 3\n").expect(out="1\n1\n1\n1\n", err="")
    place.run("-c", ".watch 0.1 3").expect(err="no query to repeat yet", code=1)
    place.run("-c", "SELECT 1", "-c", ".watch 1").expect(err="outside of the prompt", code=1)
    place.run("-c", "SELECT 1", "-c", ".watch soon").expect(err="soon", code=1)


def test_edit(place):
    place.write("ed.sh", "#!/bin/sh\nsed -i s/1/2/ \"$1\"\n")
    place.run("-noheader", stdin="SELECT 1;\n.edit\n", EDITOR="sh ed.sh").expect(out="1\n2\n", err="")
    place.run("-c", ".edit", EDITOR="false").expect(err="the editor failed: false", code=1)


def test_open_and_databases(place):
    script = "CREATE TABLE t (a INTEGER);\n.open\n.tables\n.databases\n"
    place.run(stdin=script).expect(out="in memory\n", err="")
    script = ".open db\n.databases\nCREATE TABLE t (a INTEGER);\nINSERT INTO t VALUES (7);\n.open\n.tables\n.open db\nFROM t;\n"
    place.run("-noheader", stdin=script).expect(out="db\n7\n", err="")
    place.run("-readonly", stdin=".open db\nINSERT INTO t VALUES (8);\n").expect(out="", err="the database is read-only: db", code=1)
    place.run("-safe", stdin=".open db\n").expect(out="", err="not allowed with -safe: .open", code=1)
    place.write("f/x.txt", "text")
    place.run("-noheader", "-no-bail", stdin=".open f\nSELECT 1;\n").expect(out="1\n", err="f", code=1)
    place.run("-set", "threads=3", "-noheader", stdin=".open db\nSHOW threads;\n").expect(out="3\n", err="")


def test_show(place):
    out = place.run("-c", ".show").expect(err="").out
    for name in ("mode", "headers", "nullvalue", "threads", "memory_limit", "time_zone"):
        assert f"{name}: " in out, (name, out)


def test_quit_ends_the_script(place):
    place.run("-noheader", stdin="SELECT 1;\n.quit\nSELECT 2;\n").expect(out="1\n", err="")


def test_dot_in_a_statement_is_no_command(place):
    place.run("-noheader", stdin="SELECT\n.5 + 1;\n").expect(out="1.5\n", err="")


def test_safe_refuses_commands_that_reach_outside(place):
    if "not supported yet" in place.run("-safe", "-c", "SELECT 1").err:
        return
    for command in (".output a", ".once a", ".read a", ".import a b", ".edit", ".open a", ".pager less"):
        place.run("-safe", "-c", command).expect(out="", err="not allowed with -safe", code=1)


if __name__ == "__main__":
    harness.main(globals())
