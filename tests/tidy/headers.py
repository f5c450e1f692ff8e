#!/usr/bin/env python3
"""Each header compiles alone, guarded, under the project's warnings."""
import os
import re
import subprocess
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
FOLDERS = ["include", "base", "parser", "storage", "planner", "exec", "shell", "tests"]
FLAGS = "-std=c11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror".split()


def headers():
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in sorted(names):
                if name.endswith(".h"):
                    yield os.path.relpath(os.path.join(where, name), ROOT)


def main():
    compiler = os.environ.get("CC", "cc")
    out = os.environ.get("OUT", "build/release")
    passed = failed = 0
    for path in headers():
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            text = file.read()
        result = subprocess.run(
            [compiler, *FLAGS, "-I.", "-Iinclude", "-I" + out, "-x", "c", "-"],
            input=f'#include "{path}"\n#include "{path}"\nextern int nothing;\n',
            capture_output=True, text=True, cwd=ROOT, check=False,
        )
        guard = re.sub(r"\W", "_", os.path.basename(path)).upper()
        templates = path.endswith(("loop.h", "_list.h"))  # stamped out by, or part of, another header
        if result.returncode != 0 and not templates:
            failed += 1
            print(f"{path}: does not compile alone\n{result.stderr}")
        elif f"#ifndef {guard}\n#define {guard}\n" not in text and not templates:
            failed += 1
            print(f"{path}: its guard should be {guard}")
        else:
            passed += 1
    print(f"headers: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
