#!/usr/bin/env python3
"""The rules of docs/STYLE.md that a script can see: where memory is asked for, names, lengths, words."""
import functools
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
ENGINE = ["base", "parser", "storage", "planner", "exec", "shell"]
FILE_LINES_MAX = 1200
GRAMMAR_LINES_MAX = 1500
LINE_LENGTH_MAX = 120  # comments; clang-format keeps code to 100
MALLOC_FILES = {"base/arena.c", "base/buffer.c"}
BANNED_NAMES = re.compile(r"(^|_)(util|utils|helper|helpers|common|misc)(_|\.)")
MALLOC = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|reallocarray|aligned_alloc|posix_memalign|free|strdup|strndup|asprintf|vasprintf)\s*\(")
UNSAFE = re.compile(r"(?<![\w.>])(strcpy|strcat|sprintf|gets|strtok|atoi|atol|atof|alloca|abort|exit)\s*\(")
TYPEDEF_STRUCT = re.compile(r"^\s*typedef\s+(struct|union|enum)\b[^(]*$")
FUNCTION = re.compile(r"^(?!static|typedef|extern|return|else|struct \w+ \{)[A-Za-z_][\w \*]*?\**\b([a-z_][a-z0-9_]*)\([^;]*$")
PUBLIC_PREFIXES = {"weir"}
# Families of functions that have a header's word but not its name.
FAMILIES = {
    "base/buffer.c": ("block_",),
    "base/error.c": ("edit_",),
    "storage/text_time.c": ("date_", "timestamp_"),
    "storage/type.c": ("physical_",),
}
GLOBAL = re.compile(r"^static (?!const |_Thread_local const |inline |_Atomic const )[\w ]+?[ \*](\w+)(\[[^\]]*\])*( = .*)?;$")
TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def tracked():
    if shutil.which("git"):
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                                capture_output=True, text=True, check=False)
        if listed.returncode == 0:
            return [p for p in listed.stdout.split("\n") if p and os.path.exists(os.path.join(ROOT, p))]
    found = []
    for where, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in (".git", "build")]
        found += [os.path.relpath(os.path.join(where, n), ROOT) for n in names]
    return found


def blank(match):
    """Comments and literals keep their lines and lose their words."""
    return re.sub(r"[^\n]", " ", match.group(0))


class Report:
    def __init__(self):
        self.checked = self.failed = 0

    def say(self, path, line, what):
        self.failed += 1
        print(f"{path}:{line}: {what}" if line else f"{path}: {what}")


def check_engine_file(path, text, report):
    code = TOKENS.sub(blank, text)
    for number, line in enumerate(code.split("\n"), 1):
        match = MALLOC.search(line)
        if match and path not in MALLOC_FILES and "/* of the library */" not in text.split("\n")[number - 1]:
            if not (match.group(1) == "free" and path == "shell/line.c"):
                report.say(path, number, f"{match.group(1)}: memory comes from base/arena.c and base/buffer.c")
        match = UNSAFE.search(line)
        if match and not (match.group(1) in ("exit",) and path.startswith("shell/")):
            report.say(path, number, f"{match.group(1)} is not used here")
        if TYPEDEF_STRUCT.match(line):
            report.say(path, number, "structs, unions and enums have no typedef")
        match = GLOBAL.match(line)
        if match and path.endswith(".c"):
            report.say(path, number, f"a mutable global: {match.group(1)}")
    if path.endswith(".c"):
        check_function_names(path, code, report)


def check_function_names(path, code, report):
    """A function seen outside its file begins with the file's name or a word of the folder's doors."""
    stem = os.path.basename(path)[:-2]
    if path.startswith("exec/kernel/"):
        return
    first = stem.split("_")[0]
    for number, line in enumerate(code.split("\n"), 1):
        match = FUNCTION.match(line)
        if not match or line.startswith(("if", "for", "while", "switch", "static", "#", "TARGET", "else", "do")):
            continue
        name = match.group(1)
        if name.upper() == name or name.startswith("__") or name in ("main", "status"):
            continue
        if name.split("_")[0] not in {first, stem} | PUBLIC_PREFIXES and not name.startswith((*words(os.path.dirname(path)), *FAMILIES.get(path, ()))):
            report.say(path, number, f"{name}: a function is called <file>_<verb>_<object>")


@functools.cache
def words(folder):
    """The words a door of the folder introduces: its own name and those of its structs and enums."""
    found = set()
    for name in os.listdir(os.path.join(ROOT, folder)):
        if name.endswith(".h"):
            found |= {name[:-2].removesuffix("_int"), name.split("_")[0].removesuffix(".h")}
            with open(os.path.join(ROOT, folder, name), encoding="utf-8") as file:
                found |= set(re.findall(r"^(?:struct|enum) ([a-z0-9_]+?)(?:_id)?(?: \{|;)", file.read(), re.M))
    return tuple(word + "_" for word in found)


def main():
    report = Report()
    for path in tracked():
        report.checked += 1
        name = os.path.basename(path)
        if BANNED_NAMES.search(name):
            report.say(path, 0, "no file is named util, helper, common or misc")
        if not name.endswith((".c", ".h", ".y", ".py", ".sh", ".md")) or path == "LICENSE":
            continue
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            text = file.read()
        lines = text.split("\n")
        limit = GRAMMAR_LINES_MAX if name.endswith(".y") else FILE_LINES_MAX
        if len(lines) > limit + 1:
            report.say(path, 0, f"{len(lines) - 1} lines, the limit is {limit}")
        if text and not text.endswith("\n"):
            report.say(path, len(lines), "the last line does not end")
        for number, line in enumerate(lines, 1):
            if line.rstrip() != line:
                report.say(path, number, "blanks at the end of the line")
            if "\t" in line and name.endswith((".c", ".h", ".py")):
                report.say(path, number, "a tab")
        if name.endswith((".c", ".h")) and path != "bench/nexgen.c":
            for number, line in enumerate(lines, 1):
                if len(line) > LINE_LENGTH_MAX:
                    report.say(path, number, f"{len(line)} columns")
        if path.split("/")[0] in ENGINE and name.endswith((".c", ".h")):
            check_engine_file(path, text, report)
    for folder in ["base", "parser", "storage", "planner", "exec", "shell", "tests", "bench", "include", "docs"]:
        report.checked += 1
        if folder != "docs" and not os.path.exists(os.path.join(ROOT, folder, "README.md")):
            report.say(folder, 0, "a folder has a README.md")
    print(f"rules: {max(report.checked - report.failed, 0)} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
