#!/usr/bin/env python3
"""The prompt, in a pseudo-terminal."""
import os
import signal
import time

import harness

PROMPT = "weir> "


def prompt(place, *args, **more):
    return place.terminal(*args, **more).wait(PROMPT)


def leave(terminal):
    terminal.clear().send("\x04")
    assert terminal.finish() == 0, terminal.text()


def test_greeting_and_leaving(place):
    terminal = prompt(place)
    assert ".help lists the commands" in terminal.text()
    leave(terminal)


def test_quit(place):
    terminal = prompt(place).send(".quit\r")
    assert terminal.finish() == 0


def test_result_is_a_box_with_a_footer(place):
    terminal = prompt(place).enter("SELECT 1 AS a;", "1 row in ")
    assert "┌───┐\n│ a │\n├───┤\n│ 1 │\n└───┘\n" in terminal.text(), terminal.text()
    leave(terminal)


def test_statement_over_lines(place):
    terminal = prompt(place).enter("SELECT 1 AS a,")
    assert "row in" not in terminal.text()
    terminal.enter("2 AS b;", "1 row in ")
    assert "│ 1 │ 2 │" in terminal.text(), terminal.text()
    leave(terminal)


def test_semicolon_in_quotes_does_not_end_it(place):
    terminal = prompt(place).enter("SELECT 'a;")
    assert "row in" not in terminal.text()
    terminal.enter("b' AS x;", "1 row in ")
    assert "a;\\nb" in terminal.text(), terminal.text()
    leave(terminal)


def test_history_across_runs(place):
    terminal = prompt(place).enter("SELECT 41 + 1 AS answer;", "1 row in ")
    leave(terminal)
    assert place.read(".weir_history") == "SELECT 41 + 1 AS answer;\n"
    assert os.stat(os.path.join(place.path, ".weir_history")).st_mode & 0o777 == 0o600
    terminal = prompt(place).clear().send("\x1b[A").wait("SELECT 41 + 1 AS answer;").send("\r").wait("42")
    leave(terminal)


def test_history_in_the_state_folder(place):
    state = os.path.join(place.path, "state")
    os.mkdir(state)
    terminal = prompt(place, XDG_STATE_HOME=state).enter("SELECT 1;", "1 row in ")
    leave(terminal)
    assert place.read("state/weir/history") == "SELECT 1;\n"


def test_multi_line_history_is_one_entry(place):
    terminal = prompt(place).enter("SELECT 'back\\slash',").enter("7 AS seven;", "1 row in ")
    leave(terminal)
    assert place.read(".weir_history").count("\n") == 1
    terminal = prompt(place).clear().send("\x1b[A").wait("seven;").send("\r").wait("back\\slash")
    leave(terminal)


def test_search_back(place):
    terminal = prompt(place).enter("SELECT 1 AS first;", "row in").enter("SELECT 2 AS second;", "row in")
    terminal.clear().send("\x12").settle().send("fir").wait("first;").send("\r").wait("1 row in ")
    assert "first" in terminal.text()
    leave(terminal)


def test_ctrl_c_clears_the_line(place):
    terminal = prompt(place).clear().send("SELECT nonsense").settle().send("\x03").wait(PROMPT)
    terminal.enter("SELECT 5 AS five;", "1 row in ")
    assert "│    5 │" in terminal.text(), terminal.text()
    leave(terminal)


def test_ctrl_c_cancels_the_query_only(place):
    terminal = prompt(place).clear().send("SELECT count(*) FROM generate_series(1, 100000000000);\r")
    time.sleep(0.8)
    terminal.pump(0.1)
    terminal.send("\x03").wait("interrupted", 5)
    terminal.wait(PROMPT).enter("SELECT 5 AS five;", "1 row in ")
    leave(terminal)


def test_progress_bar_after_half_a_second(place):
    terminal = prompt(place).clear().send("SELECT count(*) FROM generate_series(1, 100000000000);\r")
    terminal.wait("rows/s", 5).send("\x03").wait("interrupted", 5)
    leave(terminal)


def test_no_progress_bar_when_told(place):
    terminal = prompt(place, "-no-progress").clear().send("SELECT count(*) FROM generate_series(1, 100000000000);\r")
    time.sleep(1)
    terminal.settle().send("\x03").wait("interrupted", 5)
    assert "rows/s" not in terminal.text()
    leave(terminal)


def test_long_result_is_shortened_in_the_middle(place):
    terminal = prompt(place).enter("SELECT * FROM generate_series(1, 1000);", "rows (40 shown) in ")
    text = terminal.text()
    assert "1,000 rows" in text and "960 more" in text.replace("…", "") and " 1000 │" in text, text
    leave(terminal)


def test_maxrows(place):
    terminal = prompt(place).enter(".maxrows 4").enter("SELECT * FROM generate_series(1, 10);", "10 rows (4 shown)")
    terminal.enter(".maxrows 0").enter("SELECT * FROM generate_series(1, 60);", "60 rows in")
    leave(terminal)


def test_columns_are_fitted_to_the_screen(place):
    columns = ", ".join(f"'value number {n}' AS column_{n}" for n in range(30))
    place.write("wide.sql", f"SELECT {columns};\n")
    for width in (20, 40, 80, 200):
        terminal = prompt(place, columns=width).enter(".read wide.sql", "shown)")
        rows = [line for line in terminal.text().split("\n") if line.startswith(("│", "┌", "└", "├"))]
        assert rows and all(len(line) <= width for line in rows), (width, terminal.text())
        assert "…" in terminal.text()
        leave(terminal)


def test_tiny_screens(place):
    for width in (1, 2, 5, 8):
        terminal = place.terminal(columns=width, lines=3)
        terminal.settle(0.5).send("SELECT 123456789, 'abcdefgh';\r").settle(0.5)
        terminal.send("\x04")
        assert terminal.finish() == 0, (width, terminal.text())


def test_no_color(place):
    for more in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        kept = dict(more)
        term = kept.pop("TERM", None)
        terminal = prompt(place, **kept) if not term else prompt(place, "-color", "never")
        terminal.enter("SELECT NULL AS a;", "1 row in ")
        assert "\x1b[1m" not in terminal.seen and "\x1b[2m" not in terminal.seen, terminal.seen
        leave(terminal)


def test_colors_of_keywords_and_strings(place):
    terminal = prompt(place).clear().send("SELECT 'text'").settle()
    assert "\x1b[1;34mSELECT" in terminal.seen and "\x1b[32m'text'" in terminal.seen, repr(terminal.seen)
    leave(terminal.send("\x15"))


def test_errors_are_coloured(place):
    terminal = prompt(place).enter("SELECT nope;", "error:")
    assert "\x1b[1;31merror:" in terminal.seen, repr(terminal.seen)
    leave(terminal)


def test_failure_does_not_end_the_prompt(place):
    terminal = prompt(place).enter("SELECT nope;", "error: ").enter(".nope", "unknown command")
    terminal.enter("SELECT 1 AS a;", "1 row in ")
    leave(terminal)


def test_completion_of_a_keyword(place):
    terminal = prompt(place).clear().send("SELEC\t").wait("SELECT").send("1 AS a; \r").wait("1 row in ")
    terminal.clear().send("selec\t").wait("select").send("2 AS b; \r").wait("1 row in ")
    leave(terminal)


def test_completion_of_tables_and_columns(place):
    terminal = prompt(place).enter("CREATE TABLE zebra (stripes_number INTEGER, stripes_width INTEGER);", "ok in")
    terminal.clear().send("SELECT count(*) FROM zeb\t").wait("zebra").send(";\r").wait("1 row in ")
    terminal.clear().send("SELECT max(strip\t").wait("stripes_").send("n\t").wait("stripes_number")
    terminal.send(") FROM zebra;\r").wait("1 row in ")
    leave(terminal)


def test_completion_of_files_in_quotes(place):
    place.write("unusual-name.csv", "a\n1\n")
    terminal = prompt(place).clear().send("SELECT * FROM 'unus\t").wait("unusual-name.csv").send("';\r").wait("1 row in ")
    leave(terminal)


def test_completion_of_dot_commands(place):
    terminal = prompt(place).clear().send(".datab\t").wait(".databases").send("\r").wait("in memory")
    terminal.clear().send(".mode js\t").wait("json").send("\t\t").wait("jsonl")
    leave(terminal.send("\x15"))


def test_pasted_lines_wait_for_enter(place):
    terminal = prompt(place).clear()
    terminal.send("\x1b[200~SELECT 1 AS a;\nSELECT 2 AS b;\n\x1b[201~").settle(0.5)
    assert "row in" not in terminal.text(), terminal.text()
    terminal.send("\r").wait("│ b │")
    leave(terminal)


def test_tab_in_a_paste_completes_nothing(place):
    terminal = prompt(place).clear().send("\x1b[200~SELECT\t1 AS a;\x1b[201~").settle().send("\r").wait("1 row in ")
    leave(terminal)


def test_utf8_editing(place):
    terminal = prompt(place).clear().send("SELECT 'añb日本' AS ü;").settle()
    terminal.send("\x1b[D" * 9 + "\x7f").settle().send("\r").wait("1 row in ")
    assert "añb日" in terminal.text(), terminal.text()
    leave(terminal)


def test_long_line_wraps(place):
    numbers = ", ".join(str(n) for n in range(100, 160))
    terminal = prompt(place, columns=40).enter(f"SELECT {numbers};", "60 columns")
    leave(terminal)


def test_resize_while_typing(place):
    terminal = prompt(place).clear().send("SELECT 1 AS a")
    terminal.settle().resize(30, 10)
    terminal.send(", 2 AS b;\r").wait("1 row in ")
    leave(terminal)


def test_statement_taller_than_the_screen(place):
    lines = ",\n".join(str(n) for n in range(30))
    terminal = prompt(place, lines=8, columns=200).clear().send(f"\x1b[200~SELECT {lines};\x1b[201~").settle(0.5)
    terminal.send("\r").wait("1 row in ")
    leave(terminal)


def test_statement_without_rows_says_ok(place):
    terminal = prompt(place).enter("CREATE TABLE t (a INTEGER);", "ok in ").enter("INSERT INTO t VALUES (1), (2);", "ok, 2 rows in ")
    leave(terminal)


def test_watch_until_ctrl_c(place):
    terminal = prompt(place).enter("SELECT 1 AS a;", "1 row in ").clear().send(".watch 0.2\r")
    terminal.wait("every 0.2 s")
    time.sleep(0.7)
    terminal.settle(0.1).send("\x03").wait(PROMPT)
    assert terminal.seen.count("every 0.2 s") >= 2
    terminal.enter("SELECT 7 AS b;", "1 row in ")
    leave(terminal)


def test_plot_of_bars(place):
    terminal = prompt(place).enter("SELECT 'a' AS k, 1 AS n UNION ALL SELECT 'b', 3;", "2 rows in ")
    terminal.enter(".plot", "n by k")
    assert "█" in terminal.text()
    leave(terminal)


def test_plot_over_time(place):
    sql = " UNION ALL ".join(f"SELECT TIMESTAMP '2026-11-22 0{n}:00:00'{' AS t' if not n else ''}, {n * n}{' AS n' if not n else ''}"
                             for n in range(6))
    terminal = prompt(place, columns=300).enter(sql + ";", "6 rows in ").enter(".plot", "n over t")
    leave(terminal)


def test_pager(place):
    terminal = prompt(place).enter(".pager sed s/^/@/").enter("SELECT 1 AS a;", "@│ 1 │").enter(".pager off")
    leave(terminal)


def test_own_init_runs_before_the_prompt(place):
    place.write(".config/weir/init.sql", ".mode json\n")
    terminal = prompt(place).enter("SELECT 1 AS a;", '[{"a":1}]')
    leave(terminal)
    terminal = prompt(place, "-no-init").enter("SELECT 1 AS a;", "│ 1 │")
    leave(terminal)


def test_data_file_and_prompt(place):
    place.write("bid.csv", "a\n1\n2\n")
    terminal = prompt(place, "bid.csv").enter("SELECT count(*) AS n FROM bid;", "│ 2 │")
    leave(terminal)


def test_term_at_the_prompt(place):
    terminal = prompt(place)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.finish() == 143


def test_hangup_while_a_query_runs(place):
    terminal = prompt(place).clear().send("SELECT count(*) FROM generate_series(1, 100000000000);\r")
    time.sleep(0.5)
    os.close(terminal.fd)
    terminal.fd = os.open("/dev/null", os.O_RDONLY)
    end = time.monotonic() + 5
    done = 0
    while not done and time.monotonic() < end:
        done, _ = os.waitpid(terminal.pid, os.WNOHANG)
        time.sleep(0.05)
    assert done, "still running after the terminal has gone"


def test_c_at_a_terminal_draws_a_box(place):
    terminal = place.terminal("-c", "SELECT 1 AS a")
    assert terminal.finish() == 0
    assert "│ 1 │" in terminal.text() and "1 row in" in terminal.text()


if __name__ == "__main__":
    harness.main(globals())
