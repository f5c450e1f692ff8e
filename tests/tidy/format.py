#!/usr/bin/env python3
"""Each file is as clang-format leaves it: `format.py CLANG_FORMAT FILE...`."""
import subprocess
import sys


def main():
    passed = failed = 0
    for path in sys.argv[2:]:
        result = subprocess.run([sys.argv[1], "--dry-run", "-Werror", path], capture_output=True, text=True, check=False)
        if result.returncode == 0:
            passed += 1
        else:
            failed += 1
            print(f"{path}: not as clang-format leaves it (make fmt)")
    print(f"format: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
