#!/usr/bin/env python3
"""The output modes, and how values of each type look in them."""
import csv
import io
import json

import harness

TWO = "SELECT 1 AS id, 'a|b' AS name UNION ALL SELECT 20, NULL"


def shown(place, *options, sql=TWO):
    return place.run(*options, "-c", sql).expect(err="").out


def test_csv_is_the_default_without_a_terminal(place):
    assert shown(place) == shown(place, "-csv") == "id,name\n1,a|b\n20,\n"


def test_csv_quotes(place):
    sql = "SELECT 'a,b', 'say \"hi\"', 'two\nlines', '', NULL, ' x '"
    assert shown(place, "-noheader", sql=sql) == '"a,b","say ""hi""","two\nlines","",, x \n'


def test_csv_separator_and_null(place):
    assert shown(place, "-separator", ";", sql="SELECT 1 AS a, 'x;y' AS b") == 'a;b\n1;"x;y"\n'
    assert shown(place, "-noheader", "-nullvalue", "nil", sql="SELECT NULL, 'nil'") == 'nil,"nil"\n'
    assert shown(place, "-separator", "\t", sql="SELECT 1 AS a, 2 AS b") == "a\tb\n1\t2\n"


def test_box(place):
    assert shown(place, "-box") == """\
┌────┬──────┐
│ id │ name │
├────┼──────┤
│  1 │ a|b  │
│ 20 │ NULL │
└────┴──────┘
"""


def test_table(place):
    assert shown(place, "-table") == """\
+----+------+
| id | name |
+----+------+
|  1 | a|b  |
| 20 | NULL |
+----+------+
"""


def test_markdown(place):
    assert shown(place, "-markdown") == """\
| id | name |
|---:|------|
|  1 | a\\|b |
| 20 |      |
"""


def test_line(place):
    assert shown(place, "-line") == "  id = 1\nname = a|b\n\n  id = 20\nname = NULL\n"


def test_list_and_tabs(place):
    assert shown(place, "-list") == "id|name\n1|a|b\n20|\n"
    assert shown(place, "-tabs") == "id\tname\n1\ta|b\n20\t\n"
    assert shown(place, "-tabs", "-noheader", sql="SELECT 'a\tb\nc\\'") == "a\\tb\\nc\\\\\n"


def test_json_is_one_array(place):
    out = shown(place, "-json")
    assert out == '[{"id":1,"name":"a|b"},\n{"id":20,"name":null}]\n'
    assert json.loads(out)[1]["name"] is None


def test_jsonl(place):
    assert shown(place, "-jsonl") == '{"id":1,"name":"a|b"}\n{"id":20,"name":null}\n'


def test_json_escapes(place):
    out = shown(place, "-jsonl", sql="SELECT 'q\" b\\ n\n t\t é' AS \"k\"\"\"")
    assert json.loads(out) == {'k"': 'q" b\\ n\n t\t é'}


def test_special_characters_at_every_place(place):
    texts = ["x" * at + special + "y" * (length - at) for length in (0, 1, 7, 15, 16, 17, 40) for at in range(length + 1)
             for special in ('"', "\n", ",", "\\", "\x7f", "é", "\x01")]
    sql = "VALUES " + ", ".join("('" + t + "')" for t in texts)
    place.write("v.sql", sql)
    out = place.run("-csv", "-noheader", "-f", "v.sql").expect(err="").out
    assert [row[0] for row in csv.reader(io.StringIO(out, newline=""))] == texts
    out = place.run("-jsonl", "-f", "v.sql").expect(err="").out
    assert [list(json.loads(line).values())[0] for line in out.split("\n") if line] == texts


def test_html_escapes(place):
    out = shown(place, "-html", sql="SELECT '<b> & \"c\"' AS a")
    assert out == "<table>\n<tr><th>a</th></tr>\n<tr><td>&lt;b&gt; &amp; &quot;c&quot;</td></tr>\n</table>\n"


def test_latex(place):
    out = shown(place, "-latex", sql="SELECT 1 AS a_b, '50%' AS c")
    assert out == "\\begin{tabular}{rl}\n\\hline\na\\_b & c \\\\\n\\hline\n1 & 50\\% \\\\\n\\hline\n\\end{tabular}\n"


def test_insert_and_quote(place):
    sql = "SELECT 1 AS a, 'it''s' AS b, NULL AS c, DATE '2026-11-22' AS d"
    assert shown(place, "-insert", "t", sql=sql) == \
        """INSERT INTO "t"("a","b","c","d") VALUES(1,'it''s',NULL,DATE '2026-11-22');\n"""
    assert shown(place, "-quote", "-noheader", sql=sql) == "1,'it''s',NULL,DATE '2026-11-22'\n"


def test_result_without_rows(place):
    none = "SELECT 1 AS a WHERE false"
    assert shown(place, sql=none) == "a\n"
    assert shown(place, "-json", sql=none) == "[]\n"
    assert shown(place, "-jsonl", sql=none) == ""
    assert shown(place, "-box", sql=none) == "┌───┐\n│ a │\n├───┤\n└───┘\n"
    assert shown(place, "-markdown", sql=none) == "| a |\n|--:|\n"
    assert shown(place, "-line", sql=none) == ""


def test_noheader(place):
    for mode, out in (("-csv", "1\n"), ("-list", "1\n"), ("-tabs", "1\n"), ("-table", "+---+\n| 1 |\n+---+\n")):
        assert shown(place, mode, "-noheader", sql="SELECT 1 AS a") == out, mode


def test_boolean(place):
    assert shown(place, "-noheader", sql="SELECT true, false, NULL::BOOLEAN") == "true,false,\n"


def test_integers(place):
    sql = "SELECT -9223372036854775807 - 1, 9223372036854775807, CAST(7 AS TINYINT), CAST(-7 AS SMALLINT)"
    assert shown(place, "-noheader", sql=sql) == "-9223372036854775808,9223372036854775807,7,-7\n"


def test_doubles(place):
    sql = "SELECT 1e0, 0.1e0, 1e300, 1e-7, -2.5e0, 1e15, 123456789.125e0, 1e0/3e0, 5e-324"
    assert shown(place, "-noheader", sql=sql) == \
        "1.0,0.1,1e+300,1e-07,-2.5,1e+15,123456789.125,0.3333333333333333,5e-324\n"


def digits_of(text):
    return text.split("e")[0].replace(".", "").strip("-").strip("0")


def test_shortest_doubles_read_back(place):
    import random
    random.seed(5)
    numbers = [random.uniform(-1, 1) * 10 ** random.randint(-300, 300) for _ in range(300)]
    numbers += [random.uniform(-1, 1) * 10 ** random.randint(-4, 15) for _ in range(2000)]
    numbers += [2.0 ** n for n in range(-20, 60)] + [1 / n for n in range(1, 200)] + [5e-324, 2.5e-310]
    numbers += [random.randint(0, 10 ** 9) / 10 ** random.randint(0, 6) for _ in range(300)]
    place.write("n.sql", "".join(f"SELECT {n:.17e};\n" for n in numbers))
    out = place.run("-noheader", "-f", "n.sql").expect(err="").out.split()
    assert len(out) == len(numbers)
    for text, number in zip(out, numbers):
        assert float(text) == number, (text, number)
        assert digits_of(text) == digits_of(repr(number)), (text, number)


def test_decimals(place):
    sql = "SELECT 1.5, -0.01, 100.00, CAST(-5 AS DECIMAL(10,3)), CAST(12 AS DECIMAL(38,0))"
    assert shown(place, "-noheader", sql=sql) == "1.5,-0.01,100.00,-5.000,12\n"


def test_times(place):
    sql = "SELECT TIMESTAMP '2026-11-22 07:04:00', TIMESTAMP '2026-11-22 07:04:00.120', DATE '1969-12-31', TIME '07:04:00.5'"
    assert shown(place, "-noheader", sql=sql) == "2026-11-22 07:04:00,2026-11-22 07:04:00.12,1969-12-31,07:04:00.5\n"
    assert shown(place, "-noheader", sql="SELECT TIMESTAMP '1969-12-31 23:59:59.999'") == "1969-12-31 23:59:59.999\n"


def test_instants_in_the_zone_of_the_session(place):
    sql = "SELECT TIMESTAMP WITH TIME ZONE '2026-11-22 07:04:00.5+02:00'"
    assert shown(place, "-noheader", sql=sql) == "2026-11-22 05:04:00.5+00:00\n"
    assert shown(place, "-set", "time_zone=America/Sao_Paulo", "-noheader", sql=sql) == "2026-11-22 02:04:00.5-03:00\n"


def test_intervals(place):
    sql = "SELECT INTERVAL '1 month 2 days 03:04:05.5', INTERVAL '90' MINUTE, INTERVAL '0' DAY, INTERVAL '-1' DAY"
    assert shown(place, "-noheader", sql=sql) == "1 month 2 days 03:04:05.5,01:30:00,00:00:00,-1 day\n"


def test_blobs(place):
    assert shown(place, "-noheader", sql="SELECT x'0aFF'") == "x'0AFF'\n"
    assert shown(place, "-jsonl", sql="SELECT x'0aFF' AS b") == '{"b":"x\'0AFF\'"}\n'


def test_json_columns_are_raw(place):
    place.write("t.jsonl", '{"a":{"b":[1,2]}}\n')
    out = place.run("-jsonl", "-c", "SELECT a FROM 't.jsonl'").expect(err="").out
    assert json.loads(out) == {"a": {"b": [1, 2]}}, out


def test_json_of_numbers(place):
    out = shown(place, "-jsonl", sql="SELECT 1 AS i, 1.5 AS d, 2e0 AS f, true AS b, CAST('NaN' AS DOUBLE) AS n")
    assert out == '{"i":1,"d":1.5,"f":2.0,"b":true,"n":null}\n'


def test_control_characters_do_not_reach_a_table(place):
    out = shown(place, "-table", "-noheader", sql="SELECT 'a\x1b[31mb\nc\td'")
    assert "\\x1b[31mb\\nc\\td" in out and "\x1b" not in out


def test_wide_characters_line_up(place):
    out = shown(place, "-box", sql="SELECT '日本' AS a, 'é' AS b UNION ALL SELECT 'x', 'yz'")
    assert out == "┌──────┬────┐\n│ a    │ b  │\n├──────┼────┤\n│ 日本 │ é  │\n│ x    │ yz │\n└──────┴────┘\n"


def test_explain_is_printed_as_it_is(place):
    csv = shown(place, sql="EXPLAIN SELECT 1 AS a")
    assert '"' not in csv.split("\n", maxsplit=1)[0] and csv == shown(place, "-box", sql="EXPLAIN SELECT 1 AS a")
    json.loads(shown(place, sql="EXPLAIN (FORMAT json) SELECT 1 AS a"))


def test_many_rows_of_a_table(place):
    out = shown(place, "-table", sql="SELECT * FROM generate_series(1, 50000)")
    lines = out.split("\n")
    assert len(lines) == 50000 + 5 and lines[-2].startswith("+")
    assert len({len(line) for line in lines[:20000]}) == 1


if __name__ == "__main__":
    harness.main(globals())
