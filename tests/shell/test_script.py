#!/usr/bin/env python3
"""Scripts: statements one after the other, failures, interrupts, where output goes."""
import os
import signal
import subprocess
import time

import harness

LONG = "SELECT count(*) FROM generate_series(1, 100000000000)"
MANY = "SELECT * FROM generate_series(1, 10000000)"


def test_statements_from_stdin(place):
    place.run("-noheader", stdin="SELECT 1;\nSELECT\n 2;SELECT 3").expect(out="1\n2\n3\n", err="")


def test_comments_and_semicolons_in_odd_places(place):
    script = "-- a; b\nSELECT 'x;y'; /* c; */ ;;\nSELECT 2 -- d;\n;\n\n-- the end"
    place.run("-noheader", stdin=script).expect(out="x;y\n2\n", err="")
    place.write("a.sql", script)
    place.run("-noheader", "-f", "a.sql").expect(out="x;y\n2\n", err="")


def test_last_result(place):
    sql = "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL;\nFROM _ SELECT a + 1 AS c;\n.tables\nFROM _ ORDER BY c DESC;\n"
    place.run("-noheader", stdin=sql).expect(out="1,x\n2,\n2\n3\n3\n2\n", err="")
    place.run("-noheader", "-no-bail", "-c", "SELECT 5; SELECT nope FROM _; FROM _").expect(out="5\n5\n", err="nope", code=1)
    place.run("-noheader", "-c", "SELECT 1 AS a WHERE 1 = 2; FROM _; SELECT count(*) FROM _").expect(out="0\n")
    place.run("-c", "FROM _").expect(out="", err="error: no last result: none was kept", code=1)
    large = place.run("-noheader", "-c", "SELECT * FROM generate_series(1, 3000000); FROM _")
    assert "no last result: it was too large to keep" in large.err, large.err
    place.run("-noheader", "-set", "keep_result=0", "-c", "SELECT 1; FROM _").expect(out="1\n", err="SET keep_result", code=1)


def test_empty_input(place):
    for script in ("", "\n\n", "-- nothing\n", ";"):
        place.run(stdin=script).expect(out="", err="")
    place.write("empty.sql", "")
    place.run("-f", "empty.sql").expect(out="", err="")
    place.run("-c", "").expect(out="", err="")


def test_windows_line_ends(place):
    place.run("-noheader", stdin="SELECT 1;\r\nSELECT 2\r\n;\r\n").expect(out="1\n2\n", err="")


def test_statements_run_as_they_come(place):
    with place.start("-noheader", stdin=subprocess.PIPE) as process:
        for n in (1, 2):
            process.stdin.write(f"SELECT {n};\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{n}\n"
        process.stdin.close()
        assert process.wait() == 0
        process.stderr.close()


def test_big_script_on_stdin(place):
    script = "".join(f"SELECT {n}, 'a;b';\n" for n in range(2000))
    out = place.run("-noheader", stdin=script).expect(err="").out
    assert out == "".join(f"{n},a;b\n" for n in range(2000))


def test_statement_over_many_lines_on_stdin(place):
    script = "SELECT count(*) FROM (VALUES " + ",\n".join(f"({n}, 'x;')" for n in range(3000)) + ");\n"
    place.run("-noheader", stdin=script).expect(out="3000\n", err="")


def test_statements_without_rows_print_nothing(place):
    sql = "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2); DELETE FROM t WHERE a = 1; DROP TABLE t"
    place.run("-c", sql).expect(out="", err="")


def test_first_failure_stops(place):
    result = place.run("-noheader", "-c", "SELECT 1; SELECT nope; SELECT 3").expect(out="1\n", code=1)
    assert result.err.startswith("error: "), result
    place.run("-noheader", stdin="SELECT 1;\nSELECT nope;\nSELECT 3;\n").expect(out="1\n", code=1)
    place.run("-noheader", "-c", "SELECT nope", "-c", "SELECT 1").expect(out="", code=1)


def test_no_bail_goes_on_and_still_fails(place):
    place.run("-no-bail", "-noheader", "-c", "SELECT 1; SELEC 2; SELECT nope; SELECT 4").expect(out="1\n4\n", code=1)
    place.run("-noheader", stdin=".bail off\nSELECT nope;\nSELECT 2;\n.nope\nSELECT 3;\n").expect(out="2\n3\n", code=1)


def test_going_on_after_a_syntax_error_finds_the_next_statement(place):
    script = "SELEC 'a;b' -- c;d\n; SELECT 2;"
    place.run("-no-bail", "-noheader", "-c", script).expect(out="2\n", code=1)


def test_error_shows_line_and_caret(place):
    err = place.run("-c", "SELECT 1,\n  nope").expect(code=1).err
    assert "nope\n  ^~~~\n" in err or "    nope\n    ^~~~\n" in err, err


def test_errors_of_scripts_name_file_and_line(place):
    place.write("a.sql", "SELECT 1;\n\nSELECT\n  nope;\n")
    place.run("-f", "a.sql").expect(err="(a.sql:4:3)", code=1)
    place.write("b.sql", "SELECT 1;\n.nope\n")
    place.run("-f", "b.sql").expect(err="unknown command: .nope (b.sql:2)", code=1)
    place.run(stdin="SELECT 1;\nSELECT nope;\n").expect(err="(stdin:2:8)", code=1)
    place.write("c.sql", "\n.read a.sql\n")
    place.run("-f", "c.sql").expect(err="(a.sql:4:3)", code=1)


def test_reader_that_leaves_ends_quietly(place):
    pipe = subprocess.run(f"set -o pipefail; {harness.WEIR} -c '{MANY}' | head -n 2", shell=True, executable="/bin/bash",
                          capture_output=True, text=True, timeout=60, check=False)
    assert pipe.stdout.count("\n") == 2 and pipe.stderr == "" and pipe.returncode == 0, pipe


def test_full_disk_is_an_error(place):
    with open("/dev/full", "w", encoding="utf-8") as full:
        process = place.start("-c", "SELECT 1", stdout=full)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1 and "cannot write standard output" in err, err


def test_closed_stdout_is_an_error(place):
    done = subprocess.run(f"{harness.WEIR} -c 'SELECT 1' >&-", shell=True, capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode == 1 and "cannot write standard output" in done.stderr, done


def interrupted(place, *args, signal_number=signal.SIGINT, **more):
    """Sends the signal once the first statement runs, which -echo tells; without arguments, while it waits for input."""
    process = place.start("-echo", *args, **more)
    if args:
        process.stderr.readline()
    else:
        process.stdin.write("SELECT 1;\n")
        process.stdin.flush()
        process.stderr.readline()
    time.sleep(0.4)
    started = time.monotonic()
    process.send_signal(signal_number)
    if not args:
        process.wait(timeout=20) # with its input still open: the end of the input would end it too
    out, err = process.communicate(timeout=20)
    return harness.Result(process.returncode, out, err), time.monotonic() - started


def test_interrupt_ends_a_script_with_130(place):
    result, took = interrupted(place, "-c", LONG, "-c", "SELECT 1")
    result.expect(out="", err="interrupted", code=130)
    assert took < 2, took


def test_interrupt_while_rows_are_written(place):
    process = subprocess.Popen(f"exec {harness.WEIR} -echo -c 'SELECT * FROM generate_series(1, 100000000000)' > /dev/null",
                               shell=True, stderr=subprocess.PIPE, text=True)
    process.stderr.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130 and "interrupted" in err, (process.returncode, err)


def test_interrupt_while_waiting_for_stdin(place):
    result, _ = interrupted(place, stdin=subprocess.PIPE)
    result.expect(out="1\n1\n", err="", code=130)


def test_term_ends_with_its_number(place):
    result, _ = interrupted(place, "-c", LONG, signal_number=signal.SIGTERM)
    assert result.code == 143, result


def test_output_file_appears_whole(place):
    place.run("-c", ".output out.csv", "-c", "SELECT 1 AS a; SELECT 2 AS b").expect(out="", err="")
    assert place.read("out.csv") == "a\n1\nb\n2\n" and place.names() == ["out.csv"]


def test_output_file_keeps_what_was_there_when_the_script_fails(place):
    place.write("out.csv", "old\n")
    place.run("-c", ".output out.csv", "-c", "SELECT 1", "-c", "SELECT nope").expect(code=1)
    assert place.read("out.csv") == "old\n" and place.names() == ["out.csv"]


def test_output_file_after_interrupt(place):
    result, _ = interrupted(place, "-c", ".output out.csv", "-c", "SELECT * FROM generate_series(1, 100000000000)")
    result.expect(code=130)
    assert place.names() == []


def test_failed_statement_leaves_nothing_in_the_file(place):
    place.write("bad.csv", "a\n" + "1\n" * 30000 + "2,3,4\n")
    script = ".bail off\n.output out.csv\nSELECT 1 AS x;\nSELECT * FROM 'bad.csv';\nSELECT 2 AS y;\n.output\n"
    place.run(stdin=script).expect(code=1)
    assert place.read("out.csv") == "x\n1\ny\n2\n"


def test_once_takes_one_result(place):
    place.run(stdin=".once one.csv\nSELECT 1 AS a;\nSELECT 2 AS b;\n").expect(out="b\n2\n", err="")
    assert place.read("one.csv") == "a\n1\n"
    place.run("-no-bail", stdin=".once two.csv\nSELECT nope;\nSELECT 2 AS b;\n").expect(out="b\n2\n", code=1)
    assert "two.csv" not in place.names()


def test_output_to_a_command(place):
    place.run(stdin=".output |tr a-z A-Z > up.txt\nSELECT 'abc' AS x;\n.output\n").expect(out="", err="")
    assert place.read("up.txt") == "X\nABC\n"


def test_output_that_cannot_be_written(place):
    place.run("-c", ".output /nowhere/at/all").expect(err="cannot write /nowhere/at/all", code=1)
    place.run("-c", ".output .").expect(err="it is a folder", code=1)
    os.mkdir(os.path.join(place.path, "d"))
    place.run("-c", ".once d", "-c", "SELECT 1").expect(out="", err="it is a folder", code=1)


def test_nul_byte_and_bad_utf8_in_a_script(place):
    with open(os.path.join(place.path, "bad.sql"), "wb") as file:
        file.write(b"SELECT 'a\xff';\nSELECT \x00 1;\n")
    result = place.run("-f", "bad.sql")
    assert result.code in (0, 1) and "internal" not in result.err, result


if __name__ == "__main__":
    harness.main(globals())
