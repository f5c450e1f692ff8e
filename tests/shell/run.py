#!/usr/bin/env python3
"""All tests of the command line: `run.py [WEIR]`, the path of the binary."""
import glob
import importlib
import os
import sys


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    if len(sys.argv) > 1:
        os.environ["WEIR"] = sys.argv[1]
    import harness  # pylint: disable=import-outside-toplevel
    passed = failed = 0
    for path in sorted(glob.glob(os.path.join(here, "test_*.py"))):
        module = importlib.import_module(os.path.basename(path)[:-3])
        done = harness.run_tests(harness.tests_of(vars(module)))
        passed += done[0]
        failed += done[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
