#!/usr/bin/env python3
"""The command line: options, operands, exit codes."""
import harness

BID = '{"auction":1,"channel":"apple"}\n{"auction":2,"channel":"pear"}\n'


def test_version(place):
    for option in ("-version", "--version"):
        result = place.run(option).expect(err="")
        assert result.out.startswith("weir ") and result.out.count("\n") == 1


def test_help_lists_every_option(place):
    out = place.run("-help").expect(err="").out
    for word in ("-c SQL", "-f FILE", "-csv", "-jsonl", "-param NAME=VALUE", "-errors json", "-memory-limit", "Exit codes"):
        assert word in out, word
    assert place.run("-h").out == out


def test_unknown_option_is_bad_usage(place):
    place.run("-chsv").expect(out="", err="unknown option: -chsv\nhint: did you mean -csv?", code=2)
    place.run("--hedaer").expect(out="", err="did you mean -header?", code=2)
    place.run("-zzzzz").expect(out="", err="weir -help lists the options", code=2)


def test_option_without_its_argument_is_bad_usage(place):
    place.run("-c").expect(out="", err="-c needs its SQL", code=2)
    place.run("-param", "x").expect(out="", err="not NAME=VALUE: x", code=2)
    place.run("-csv=1").expect(out="", err="-csv takes no value", code=2)
    place.run("-color", "blue").expect(out="", err="auto, always or never", code=2)
    place.run("-errors", "xml").expect(out="", err="-errors is json, not: xml", code=2)


def test_what_is_not_there_yet_is_refused_by_name(place):
    place.run("-arrow", "-c", "SELECT 1").expect(out="", err="not supported yet: -arrow", code=2)
    for verb in ("run", "test"):
        place.run(verb, "x").expect(out="", err=f"not supported yet: weir {verb}", code=2)


def test_c_runs_in_order(place):
    place.run("-noheader", "-c", "SELECT 1", "-c", "SELECT 2; SELECT 3").expect(out="1\n2\n3\n", err="")


def test_one_and_two_dashes_and_equals(place):
    place.run("--json", "--c", "SELECT 1 AS a").expect(out='[{"a":1}]\n')
    place.run("-nullvalue=nil", "-noheader", "-c=SELECT NULL").expect(out="nil\n")


def test_options_after_operands(place):
    place.run("SELECT 1 AS a", "-json").expect(out='[{"a":1}]\n')
    place.run("SELECT 1 AS a", "--", "SELECT 2 AS b").expect(out="a\n1\nb\n2\n")


def test_script_and_sql_in_order(place):
    place.write("a.sql", "SELECT 2 AS b;\n")
    place.run("-noheader", "-c", "SELECT 1", "-f", "a.sql", "-c", "SELECT 3").expect(out="1\n2\n3\n")


def test_script_from_stdin_by_name(place):
    place.run("-noheader", "-c", "SELECT 1", "-f", "-", "-c", "SELECT 3", stdin="SELECT 2;\n").expect(out="1\n2\n3\n")


def test_data_from_stdin(place):
    place.run("-c", "SELECT count(*) AS n FROM stdin", stdin=BID).expect(out="n\n2\n", err="")


def test_operand_with_a_blank_is_sql(place):
    place.run("SELECT 1 AS a").expect(out="a\n1\n", err="")


def test_data_file_is_a_table(place):
    place.write("bid.jsonl", BID)
    place.run("bid.jsonl", "SELECT channel FROM bid WHERE auction = 2").expect(out="channel\npear\n", err="")


def test_data_file_with_a_blank_and_a_quote(place):
    place.write("my 'own' bids.jsonl", BID)
    place.run("my 'own' bids.jsonl", "-c", "SELECT count(*) AS n FROM \"my 'own' bids\"").expect(out="n\n2\n")


def test_pattern_of_data_files_is_named_after_its_folder(place):
    place.write("logs/a.jsonl", BID)
    place.write("logs/b.jsonl", BID)
    place.run("logs/*.jsonl", "-c", "SELECT count(*) AS n FROM logs").expect(out="n\n4\n")


def test_two_data_files(place):
    place.write("a.csv", "x\n1\n")
    place.write("b.csv", "x\n2\n")
    place.run("a.csv", "b.csv", "-noheader", "SELECT x FROM a UNION ALL SELECT x FROM b").expect(out="1\n2\n")


def test_missing_data_file(place):
    place.run("nothing.jsonl", "SELECT 1").expect(out="", err="error: no such file: nothing.jsonl", code=1)


def test_script_given_as_data(place):
    place.write("a.sql", "SELECT 1")
    place.run("a.sql").expect(out="", err="hint: weir -f a.sql", code=2)


def test_second_operand_that_is_nothing(place):
    place.run("SELECT 1 AS a", "nothing").expect(out="", err="no such file: nothing", code=2)


def test_missing_script(place):
    place.run("-f", "nothing.sql").expect(out="", err="nothing.sql", code=1)
    place.run("-f", ".").expect(out="", err="folder", code=1)


def test_parameters(place):
    place.run("-param", "n=2", "-param", "t=it's", "-noheader", "-c", "SELECT :n + 1, :t").expect(out="3,it's\n")
    place.run("-param", "1=5", "-noheader", "-c", "SELECT ? + 1").expect(out="6\n")
    place.run("-param", ":n=2", "-noheader", "-c", "SELECT $n").expect(out="2\n")
    place.run("-param", "d=DATE '2026-11-22'", "-noheader", "-c", "SELECT :d").expect(out="2026-11-22\n")
    place.run("-param", "e=a=b", "-noheader", "-c", "SELECT :e").expect(out="a=b\n")


def test_parameter_without_a_value(place):
    place.run("-c", "SELECT :n").expect(out="", err="no value for parameter: :n\nhint: -param n=VALUE", code=1)


def test_settings(place):
    place.run("-threads", "1", "-memory-limit", "100MB", "-noheader", "-c", "SELECT 1").expect(out="1\n", err="")
    place.run("-set", "batch_size=7", "-noheader", "-c", "SELECT 1").expect(out="1\n", err="")
    place.run("-set", "thraeds=1", "-c", "SELECT 1").expect(out="", err="thraeds", code=2)
    place.run("-threads", "none", "-c", "SELECT 1").expect(out="", err="none", code=2)
    place.run("-set", "time_zone=Europe/Paris", "-noheader", "-c",
              "SELECT TIMESTAMP WITH TIME ZONE '2026-07-01 10:00:00+00:00'").expect(out="2026-07-01 12:00:00+02:00\n")


def test_memory_database_without_arguments_reads_stdin(place):
    place.run(stdin="SELECT 1 AS a;").expect(out="a\n1\n", err="")


def test_stdin_is_not_read_with_sql(place):
    place.run("-c", "SELECT 1 AS a", stdin="SELECT 2;").expect(out="a\n1\n", err="")


def test_init_runs_first(place):
    place.write("first.sql", ".headers off\n.nullvalue nil\n")
    place.run("-init", "first.sql", "-c", "SELECT NULL").expect(out="nil\n", err="")
    place.run("-init", "nothing.sql", "-c", "SELECT 1").expect(out="", err="nothing.sql", code=1)


def test_own_init_is_for_the_prompt_only(place):
    place.write(".config/weir/init.sql", ".headers off\n")
    place.run("-c", "SELECT 1 AS a").expect(out="a\n1\n", err="")


def test_echo_and_timer_are_on_stderr(place):
    place.run("-echo", "-c", "SELECT 1 AS a").expect(out="a\n1\n", err="SELECT 1 AS a\n")
    place.run("-timer", "-c", "SELECT 1 AS a").expect(out="a\n1\n", err="time: ")


def test_errors_json(place):
    import json
    result = place.run("-errors", "json", "-c", "SELECT 1;\n\nSELECT nope").expect(code=1)
    error = json.loads(result.err)
    assert error["code"] == "name" and "nope" in error["message"], error
    assert (error["line"], error["column"], error["offset"], error["length"]) == (3, 8, 7, 4), error
    assert error["statement"] == "SELECT nope" and error["statement"][7:11] == "nope", error
    assert set(error) >= {"hint"}, error
    usage = place.run("-errors", "json", "-nope").expect(code=2)
    assert json.loads(usage.err)["code"] == "usage"


def test_safe_and_readonly_are_known_or_refused_by_name(place):
    for option in ("-safe", "-readonly"):
        result = place.run(option, "-c", "SELECT 1 AS a")
        known = result.code == 0 and result.out == "a\n1\n"
        assert known or (result.code == 2 and f"not supported yet: {option}" in result.err), result


if __name__ == "__main__":
    harness.main(globals())
