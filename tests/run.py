#!/usr/bin/env python3
"""Runs test stages and adds up their counts: `python3 tests/run.py unit slt ...`.

A stage is one or more commands; each prints a line "N passed, N failed[, N skipped]" or cmocka's summary.
The closing line is "N passed, N failed" over all of them. Exit code 1 if anything failed.
OUT, BUILD, DATA, CC and MODE come from the Makefile by way of the environment.
"""
import glob
import os
import re
import subprocess
import sys
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), ".."))
OUT = os.environ.get("OUT", "build/release")
BUILD = os.environ.get("BUILD", "build")
DATA = os.environ.get("DATA", "../shared/data")
SLT = os.path.join(OUT, "tests/slt/slt")
COUNTS = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$")
CMOCKA_PASSED = re.compile(r"^\[  PASSED  \] (\d+) test")
CMOCKA_FAILED = re.compile(r"^\[  FAILED  \] \S+: +(\d+) test|^\[  FAILED  \] (\d+) test|^ *(\d+) FAILED TEST")
FORMAT_FOLDERS = ["include", "base", "parser", "storage", "planner", "exec", "exec/kernel", "shell"]


def scripts():
    return sorted(glob.glob(os.path.join(ROOT, "tests/sql/**/*.test"), recursive=True))


def own_files(*endings):
    found = []
    for folder in FORMAT_FOLDERS + sorted(glob.glob("tests/*", root_dir=ROOT)) + ["bench"]:
        for ending in endings:
            found += glob.glob(os.path.join(folder, "*" + ending), root_dir=ROOT)
    return sorted(f for f in set(found) if f != "bench/nexgen.c")


def tool(*names):
    for name in names:
        if subprocess.run(["sh", "-c", "command -v " + name], capture_output=True, check=False).returncode == 0:
            return name
    return None


def conformance_files():
    folder = os.path.join(DATA, "sqllogictest")
    return folder, sorted(glob.glob(os.path.join(ROOT, folder, "*.test")))


def starts_threads(source):
    with open(source, encoding="utf-8") as file:
        return re.search(r'"base/thread.h"|"threads"', file.read()) is not None


def stage_commands(stage):
    """The commands of a stage, or a line that says why there are none."""
    tests = scripts()
    if stage == "tidy":
        return [["python3", f"tests/tidy/{n}.py"] for n in ("layers", "headers", "rules", "functions")]
    if stage == "format":
        found = tool("clang-format", "clang-format-14")
        if not found:
            return "format: clang-format is not installed (make deps-dev): not checked"
        return [["python3", "tests/tidy/format.py", found, *own_files(".c", ".h")]]
    if stage == "lint":
        if not tool("clang-tidy"):
            return "lint: clang-tidy is not installed (make deps-dev): not checked"
        return [["python3", "tests/tidy/lint.py", OUT, *own_files(".c")]]
    if stage == "unit":
        binaries = sorted(glob.glob(os.path.join(ROOT, OUT, "tests/unit/test_*")))
        return [[b] for b in binaries if not b.endswith((".o", ".d"))]
    if stage == "races":
        sources = sorted(glob.glob(os.path.join(ROOT, "tests/unit/test_*.c")))
        return [[os.path.join(ROOT, OUT, "tests/unit", os.path.basename(source)[:-2])] for source in sources
                if starts_threads(source)]
    if stage in ("slt", "small", "threads", "matrix", "rules", "print"):
        if not tests:
            return f"{stage}: no scripts in tests/sql"
        options = {
            "slt": [], "small": ["--batch-size", "7", "--threads", "2"], "threads": ["--threads", "2", "--batch-size", "64"],
            "matrix": ["--matrix", "--sqlite"], "rules": ["--rules"], "print": ["--print"],
        }[stage]
        stored = [[SLT, "--database", *(t for t in tests if "error_" not in t)]] if stage == "slt" else []
        return [[SLT, *options, *tests], *stored]
    if stage == "random":
        seed = os.environ.get("RANDOM_SEED", "1")
        commands = []
        for name, count in (("random_queries", "600"), ("random_windows", "200")):
            path = os.path.join(OUT, name + ".test")
            with open(path, "w", encoding="utf-8") as file:
                subprocess.run(["python3", f"tests/{name}.py", seed, count], stdout=file, cwd=ROOT, check=True)
            commands.append([SLT, "--sqlite", "--batch-size", "3", path])
        return commands
    if stage == "stream":
        seed = os.environ.get("RANDOM_SEED", "1")
        weir = os.path.join(OUT, "weir")
        return [["python3", "tests/stream/test_examples.py", weir],
                ["python3", "tests/stream/compare.py", weir, seed, "100", "close,watermark,changes,plain"]]
    if stage == "replay":
        commands = []
        for binary in sorted(glob.glob(os.path.join(ROOT, OUT, "tests/fuzz/replay_*"))):
            name = os.path.basename(binary)[len("replay_"):]
            files = sorted(glob.glob(os.path.join(ROOT, "tests/data/fuzz", name, "*")))
            commands.append([binary, *files])
        return commands
    if stage == "fault":
        return [[os.path.join(OUT, "tests/fault/fault"), *sorted(glob.glob("tests/fault/*.sql", root_dir=ROOT))]]
    if stage in ("crash", "crash-short"):
        return [[os.path.join(OUT, "tests/crash/crash"), *(["--short"] if stage == "crash-short" else [])]]
    if stage == "files":
        return [["python3", "tests/format/test_format.py"]]
    if stage in ("shell", "plan"):
        found = sorted(glob.glob(f"tests/{stage}/test_*", root_dir=ROOT))
        return [["python3" if f.endswith(".py") else "bash", f"tests/{stage}/{f.split('/')[-1]}"] for f in found]
    if stage == "arrow":
        return [["python3", "tests/arrow/test_arrow.py"]] if os.path.exists("tests/arrow/test_arrow.py") else \
            "arrow: not there"
    if stage == "conformance":
        folder, files = conformance_files()
        if not files:
            return f"conformance: no {folder} beside this checkout: skipped"
        required = [f for f in files if re.search(r"/(select1|expr_0|aggregates_129)\.test$", f)]
        others = [f for f in files if f not in required]
        return [[SLT, "--conformance", *required], [SLT, "--conformance", "--report", *others]]
    if stage == "parses":
        folder, files = conformance_files()
        if not files:
            return f"parses: no {folder} beside this checkout: skipped"
        return [[SLT, "--parses", *files]]
    sys.exit(f"no such stage: {stage}")


def run_command(command, totals):
    """Runs one command, passing its output on; adds what it counted to `totals`. True if it was fine."""
    environment = dict(os.environ, WEIR=os.path.abspath(os.path.join(OUT, "weir")), OUT=OUT, BUILD=BUILD)
    counted = False
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", env=environment) as process:
        lines = []
        for line in process.stdout:
            match = COUNTS.search(line)
            passed = CMOCKA_PASSED.match(line)
            failed = CMOCKA_FAILED.match(line)
            if match:
                totals["passed"] += int(match.group(1))
                totals["failed"] += int(match.group(2))
                totals["skipped"] += int(match.group(3) or 0)
            elif passed:
                totals["passed"] += int(passed.group(1))
            elif failed and failed.group(3):
                totals["failed"] += int(failed.group(3))
            counted = counted or bool(match or passed or failed)
            if is_cmocka_chatter(line):
                lines.append(line)
                continue
            sys.stdout.write(line)
            sys.stdout.flush()
        code = process.wait()
    if code != 0:
        sys.stdout.writelines(lines[-20:])
        print(f"{os.path.basename(command[0])} {' '.join(command[1:3])}: exit {code}")
    if not counted:
        totals["passed" if code == 0 else "failed"] += 1
    return code == 0


def is_cmocka_chatter(line):
    return line.startswith(("[==========]", "[ RUN      ]", "[       OK ]", "[  PASSED  ]"))


def main():
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    fine = True
    for stage in sys.argv[1:]:
        before = dict(totals)
        started = time.monotonic()
        commands = stage_commands(stage)
        if isinstance(commands, str):
            print(commands)
            continue
        for command in commands:
            failed_before = totals["failed"]
            if not run_command(command, totals):
                fine = False
                if totals["failed"] == failed_before:
                    totals["failed"] += 1
        print(f"{stage} ({os.environ.get('MODE', 'release')}): {totals['passed'] - before['passed']} fine, "
              f"{totals['failed'] - before['failed']} not, {time.monotonic() - started:.1f} s")
    print(f"{totals['passed']} passed, {totals['failed']} failed" +
          (f", {totals['skipped']} skipped" if totals["skipped"] else ""))
    return 0 if fine and totals["failed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
