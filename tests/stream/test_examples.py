#!/usr/bin/env python3
"""Runs the examples of docs/TIME.md: `test_examples.py WEIR`. A ```file NAME block is a file; in a ```console block lines
that begin with $ are commands, the others what they print."""
import os
import subprocess
import sys
import tempfile

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))


def blocks(path):
    kind, lines = None, []
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if not line.startswith("```"):
                lines.append(line)
            elif kind is None:
                kind, lines = line[3:].split(), []
            else:
                if kind:
                    yield kind, lines
                kind = None


def examples(lines):
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def main():
    weir = os.path.abspath(sys.argv[1])
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(weir, os.path.join(folder, "weir"))
        env = dict(os.environ, PATH=folder + ":" + os.environ["PATH"])
        for kind, lines in blocks(os.path.join(ROOT, "docs/TIME.md")):
            if kind[0] == "file":
                with open(os.path.join(folder, kind[1]), "w", encoding="utf-8") as file:
                    file.write("\n".join(lines) + "\n")
            for command, wanted in examples(lines) if kind[0] == "console" else []:
                got = subprocess.run(command, shell=True, cwd=folder, env=env, stdout=subprocess.PIPE, text=True,
                                     check=False).stdout.splitlines()
                passed, failed = passed + (got == wanted), failed + (got != wanted)
                if got != wanted:
                    print(f"{command}\n  wanted:\n    " + "\n    ".join(wanted) + "\n  got:\n    " + "\n    ".join(got))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
