#!/usr/bin/env python3
"""clang's own warnings and clang-tidy (.clang-tidy) over each file: `lint.py OUT FILE...`."""
import concurrent.futures
import os
import subprocess
import sys

WARN = "-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla".split()
RELAXED = ["-Wno-pedantic", "-Wno-conversion"]


def lint(out, path):
    flags = ["-std=c11", "-D_GNU_SOURCE", "-I.", "-Iinclude", "-I" + out, *WARN]
    if path.startswith("tests/unit/"):
        flags += RELAXED
    result = subprocess.run(["clang-tidy", "--quiet", "--warnings-as-errors=*", path, "--", *flags],
                            capture_output=True, text=True, check=False)
    return path, result.returncode, result.stdout + (result.stderr if result.returncode else "")


def main():
    out, files = sys.argv[1], sys.argv[2:]
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for path, code, text in pool.map(lambda f: lint(out, f), files):
            if code == 0:
                passed += 1
            else:
                failed += 1
                print(f"{path}:\n{text}")
    print(f"lint: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
