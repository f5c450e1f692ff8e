#!/usr/bin/env python3
"""docs/FUNCTIONS.md is what planner/function_list.h says; --write makes it so."""
import os
import re
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
PAGE = os.path.join(ROOT, "docs", "FUNCTIONS.md")
TYPES = {
    "b": "BOOLEAN", "i": "BIGINT", "d": "DOUBLE", "n": "DECIMAL", "s": "VARCHAR", "x": "BLOB", "j": "JSON", "D": "DATE",
    "T": "TIME", "S": "TIMESTAMP", "Z": "TIMESTAMPTZ", "I": "INTERVAL", "a": "any", ".": "any", "t": "any",
    "#": "number", "A": "as the first", "m": "BIGINT, DECIMAL or DOUBLE", "v": "DOUBLE or DECIMAL",
}
TITLES = [("CONDITION", "Conditions"), ("TEXT", "Text"), ("MATH", "Numbers"), ("TIME", "Dates and times"), ("JSON", "JSON"),
          ("OPERATOR", "Operators"), ("ARITHMETIC", "Arithmetic operators")]
HEAD = """# Functions

Written by `python3 tests/tidy/functions.py --write` out of planner/function_list.h and function.h; a test checks that it is
current. BIGINT stands for every integer type, DOUBLE takes REAL and DECIMAL as well, `any` takes every type, TIMESTAMP
also takes DATE. A literal in quotes fits dates, times, timestamps and intervals. What is in brackets may be left out; `...`
repeats the argument before it. Functions of TIMESTAMPTZ go by the session's zone (`SET time_zone`). A NULL argument
makes the result NULL, but for those that say otherwise. docs/DIALECT.md has the rules of types, casts and comparisons.
"""


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def arguments(codes):
    out, open_brackets, n = "", 0, 0
    i = 0
    while i < len(codes):
        if codes[i] == "*":
            out += ", ..."
        else:
            optional = codes[i] == "?"
            i += optional
            out += (" [, " if n else "[") if optional else (", " if n else "")
            open_brackets += optional
            out += TYPES[codes[i]]
            n += 1
        i += 1
    return out + "]" * open_brackets


def entries(text, macro):
    """The lines of FUNCTION_LIST_<macro>: name, codes, result, doc. FUNCTION_PART stands for several."""
    body = text[text.index(f"#define FUNCTION_LIST_{macro}(F)"):]
    body = body[:re.search(r"[^\\]\n", body).end()].replace("\\\n", "\n")
    pattern = r'\bF\(\w+,\s*"([^"]+)",\s*"([^"]*):(.)",\s*[\w| ]+,\s*"([^"]*)"\)|FUNCTION_PART(_OF_DAY)?\(F,\s*\w+,\s*"(\w+)",\s*"([^"]*)"\)'
    for m in re.finditer(pattern, body):
        if m.group(1):
            yield m.group(1), m.group(2), m.group(3), m.group(4)
        else:
            for codes in ["S", "Z"] + (["T", "I"] if m.group(5) else []):
                yield m.group(6), codes, "i", m.group(7)


def cell(text):
    return text.replace("|", "\\|")


def call(name, codes, operator):
    if not operator:
        return f"{name}({arguments(codes)})"
    plain = [TYPES[c] for c in codes if c not in "?*"]
    if name.startswith("is "):
        return f"{plain[0]} {name.upper()}" + (f" {plain[1]}" if len(plain) > 1 else "")
    if len(plain) == 1:
        return f"{name.upper()} {plain[0]}"
    return f"{plain[0]} {name.upper()} {plain[1]}" + (f" [ESCAPE {plain[2]}]" if len(plain) > 2 else "")


def table(rows, operator=False):
    out, done = "| call | gives | |\n|---|---|---|\n", set()
    for name, codes, result, doc in rows:
        line = f"| `{cell(call(name, codes, operator))}` | {TYPES[result]} | {cell(doc)} |\n"
        if line not in done:
            out += line
        done.add(line)
    return out


def page():
    functions = read("planner/function_list.h")
    out = HEAD
    for macro, title in TITLES:
        out += f"\n## {title}\n\n" + table(entries(functions, macro), macro in ("OPERATOR", "ARITHMETIC"))
    aggregates = re.findall(r'A\(\w+,\s*"(\w+)",\s*"([^"]*)",\s*"(.)",[^"]*"([^"]*)"\)', read("planner/function.h").replace("\\\n", ""))
    out += "\n## Aggregates\n\n" + table(aggregates)
    aliases = re.findall(r'A\("(\w+)",\s*"(\w+)"\)', read("planner/function_alias.h"))
    aliases += re.findall(r'\{"(\w+)",\s*"(\w+)"\}', read("planner/function.c"))
    out += "\n## Other names\n\n" + ", ".join(f"`{a}` for {b}" for a, b in aliases) + ".\n"
    return out


def main():
    text = page()
    if "--write" in sys.argv:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    current = os.path.exists(PAGE) and read("docs/FUNCTIONS.md") == text
    if not current:
        print("docs/FUNCTIONS.md is not what planner/function_list.h says: python3 tests/tidy/functions.py --write")
    print(f"functions: {int(current)} passed, {int(not current)} failed")
    return 0 if current else 1


if __name__ == "__main__":
    sys.exit(main())
