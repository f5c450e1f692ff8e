#!/usr/bin/env python3
"""The examples of README.md are true: each `$ command` of a console block gives the lines below it.

  test_readme.py            checks
  test_readme.py --update   writes what came into README.md
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
WEIR = os.environ.get("WEIR", os.path.join(ROOT, "build/weir"))
README = os.path.join(ROOT, "README.md")


def split_commands(lines):
    """(command lines, output lines) of a block; quotes and here-documents go over several lines."""
    commands = []
    i = 0
    while i < len(lines):
        command = [lines[i][2:]]
        i += 1
        while i < len(lines) and is_open("\n".join(command)):
            command.append(lines[i])
            i += 1
        output = []
        while i < len(lines) and not lines[i].startswith("$ "):
            output.append(lines[i])
            i += 1
        commands.append((command, output))
    return commands


def is_open(text):
    """Whether the shell would ask for more."""
    if "<<'END'" in text:
        return not text.endswith("\nEND")
    return text.replace('\\"', "").count('"') % 2 == 1


def run(command, folder):
    environment = dict(os.environ, PATH=os.path.dirname(os.path.abspath(WEIR)) + ":" + os.environ["PATH"])
    done = subprocess.run(["bash", "-c", "\n".join(command)], cwd=folder, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.rstrip("\n").split("\n") if done.stdout else []


def main():
    update = "--update" in sys.argv
    with open(README, encoding="utf-8") as file:
        text = file.read()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:

        def check(match):
            nonlocal passed, failed
            block = []
            for command, expected in split_commands(match.group(1).rstrip("\n").split("\n")):
                got = run(command, folder)
                if got == expected or update:
                    passed += 1
                else:
                    failed += 1
                    print("README.md: " + "\n".join(command) + "\n  expected:\n" + "\n".join(expected) + "\n  got:\n" +
                          "\n".join(got))
                block += ["$ " + command[0], *command[1:], *got]
            return "```console\n" + "\n".join(block) + "\n```"

        text = re.sub(r"```console\n(.*?)```", check, text, flags=re.S)
    if update:
        with open(README, "w", encoding="utf-8") as file:
            file.write(text)
    print(f"readme: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
