#!/usr/bin/env python3
"""Who may include whom: the table of docs/TOUR.md, checked over every #include of the tree."""
import os
import re
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
LAYERS = {
    "include": set(),
    "base": {"base"},
    "parser": {"base", "parser"},
    "storage": {"base", "storage"},
    "planner": {"base", "parser", "storage", "planner"},
    "exec": {"base", "storage", "planner", "exec"},
    "shell": {"base", "shell", "include"},
}
# A file that may reach further than its folder: the session ties the stages together, and the errors and
# handles of weir.h are made there.
FURTHER = {
    "exec/session.c": {"parser", "include"},
    "exec/session_int.h": {"parser", "include"},
    "exec/session.h": {"include"},
    "exec/api.c": {"parser", "include"},
    "exec/statement.c": {"parser", "include"},
    "exec/result.c": {"include"},
    "storage/arrow_c.h": {"include"},
    "storage/arrow_c.c": {"include"},
}
LIBC = set(
    """assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h setjmp.h
    signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h
    strings.h tgmath.h time.h wchar.h wctype.h
    dirent.h dlfcn.h fcntl.h getopt.h glob.h poll.h pwd.h sched.h semaphore.h spawn.h termios.h unistd.h
    sys/ioctl.h sys/mman.h sys/random.h sys/resource.h sys/select.h sys/stat.h sys/statvfs.h sys/time.h
    sys/types.h sys/uio.h sys/wait.h immintrin.h arm_neon.h""".split()
)
# header: the files that may include it
THIRD_PARTY = {
    "pthread.h": r"base/thread\.c",
    "sqlite3.h": r"storage/database_[a-z]+\.c",
    "lz4.h": r"storage/(codec|text_input)\.c",
    "lz4frame.h": r"storage/(codec|text_input|text_output)\.c",
    "lz4hc.h": r"storage/codec\.c",
    "zlib.h": r"storage/(codec|text_input|text_output)\.c",
    "zstd.h": r"storage/(codec|text_input|text_output)\.c",
    "xxhash.h": r"storage/(codec|text_input)\.c",
    "pcre2.h": r"exec/kernel/text[a-z_]*\.c",
    "utf8proc.h": r"exec/kernel/text[a-z_]*\.c",
    "editline/readline.h": r"shell/line\.c",
    "histedit.h": r"shell/line\.c",
    "curl/curl.h": r"shell/deliver\.c",
    "xlsxwriter.h": r"shell/[a-z_]*xlsx[a-z_]*\.c",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources():
    for folder in LAYERS:
        for where, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".y")):
                    yield os.path.relpath(os.path.join(where, name), ROOT)


def judge(path, angled, target):
    """What is wrong with `path` including `target`, or None."""
    folder = path.split("/")[0]
    if angled:
        if target in LIBC or target == "weir.h":
            return None if target != "weir.h" else judge(path, False, "weir.h")
        if target not in THIRD_PARTY and not target.startswith("unicode/"):
            return "an unknown library header"
        allowed = THIRD_PARTY.get(target, r"storage/timezone\.c")
        return None if re.fullmatch(allowed, path) else "this library belongs to " + allowed.replace("\\", "")
    if target == "weir.h" or target == "include/weir.h":
        wanted = "include"
    elif "/" not in target:
        return "not the full path from the root"
    else:
        wanted = target.split("/")[0]
    if wanted not in LAYERS:
        return "no folder of the tree"
    if path.endswith(".h") and folder == "include":
        return "the public header stands alone"
    if wanted not in LAYERS[folder] | FURTHER.get(path, set()):
        return f"{folder} may not include {wanted}"
    if target.endswith("_int.h") and wanted != folder:
        return "a private header of another folder"
    return None


def main():
    checked = failed = 0
    for path in sources():
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            lines = file.read().split("\n")
        first_own = True
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            checked += 1
            wrong = judge(path, match.group(1) == "<", match.group(2))
            own = path[:-2] + ".h"
            if not wrong and path.endswith(".c") and first_own and os.path.exists(os.path.join(ROOT, own)):
                private = match.group(2).startswith(path.split("/")[0]) and match.group(2).endswith("_int.h")
                if match.group(2) != own and not private:
                    wrong = "own header first"
            first_own = False
            if wrong:
                failed += 1
                print(f"{path}:{number}: {match.group(2)}: {wrong}")
    print(f"layers: {checked - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
