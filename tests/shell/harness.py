"""What the tests of the command line share: running weir, a terminal to run it in, counting.

A test is a function `test_*` of a file test_*.py; it fails by an assertion. Each file runs alone:
`WEIR=build/weir python3 tests/shell/test_modes.py [NAME ...]`.
"""
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
WEIR = os.path.abspath(os.environ.get("WEIR", os.path.join(ROOT, "build/weir")))
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[78]|\][^\x07]*\x07|[()][A-Z0-9])")

# Whoever starts the tests in the background may ignore these; weir would inherit that.
for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)


def shortened(text):
    return text if len(text) < 2000 else text[:1000] + " [...] " + text[-1000:]


class Result:
    """What a run left behind."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- out\n{shortened(self.out)}\n--- err\n{shortened(self.err)}"

    def expect(self, out=None, err=None, code=0):
        """Checks the exit code, the whole of stdout, and a part of stderr ('' means empty)."""
        assert self.code == code, f"exit code {self.code}, not {code}\n{self!r}"
        assert out is None or self.out == out, f"stdout is not\n{shortened(out)}\n{self!r}"
        assert err is None or (err in self.err if err else not self.err), f"stderr is not {err!r}\n{self!r}"
        return self


def environment(home, **extra):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    kept.update(HOME=home, TERM="xterm-256color", **extra)
    for name in ("NO_COLOR", "PAGER", "VISUAL", "EDITOR"):
        if name not in extra:
            kept.pop(name, None)
    return kept


class Place:
    """An empty folder to run weir in; it is the home as well."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="weir-shell-")
        self.started = []

    def close(self):
        for process in self.started: # of a test that failed
            if process.poll() is None:
                process.kill()
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, name, text):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return name

    def read(self, name):
        with open(os.path.join(self.path, name), encoding="utf-8", newline="") as file:
            return file.read()

    def names(self):
        return sorted(n for n in os.listdir(self.path) if not n.startswith("."))

    def start(self, *args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **extra):
        process = subprocess.Popen([WEIR, *args], cwd=self.path, env=environment(self.path, **extra),
                                   stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True,
                                   errors="surrogateescape")
        self.started.append(process)
        return process

    def run(self, *args, stdin="", timeout=60, **extra):
        process = self.start(*args, stdin=subprocess.PIPE, **extra)
        out, err = process.communicate(stdin, timeout=timeout)
        return Result(process.returncode, out, err)

    def terminal(self, *args, columns=80, lines=24, **extra):
        return Terminal(self, args, columns, lines, extra)


class Terminal:
    """weir in a pseudo-terminal. What it wrote is kept in `seen`, escapes and all."""

    def __init__(self, place, args, columns, lines, extra):
        self.seen = ""
        self.code = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(place.path)
                os.execve(WEIR, [WEIR, *args], environment(place.path, **extra))
            finally:
                os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def pump(self, seconds):
        """Reads what comes within `seconds`; False at the end."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += data.decode("utf-8", "replace")
        return bool(data)

    def text(self):
        """What was seen without escapes."""
        return ESCAPES.sub("", self.seen).replace("\r", "")

    def wait(self, wanted, seconds=20):
        """Waits until `wanted` was seen since the last clear."""
        end = time.monotonic() + seconds
        while wanted not in self.text():
            alive = self.pump(0.2)
            assert wanted in self.text() or (alive and time.monotonic() < end), \
                f"waited for {wanted!r} in vain; seen:\n{self.text()[-2000:]}"
        return self

    def settle(self, seconds=0.25):
        """Reads until nothing has come for a while."""
        before = None
        while before != self.seen:
            before = self.seen
            if not self.pump(seconds):
                break
        return self

    def clear(self):
        self.settle()
        self.seen = ""
        return self

    def send(self, keys):
        os.write(self.fd, keys.encode())
        return self

    def enter(self, text, wanted=None):
        """Types a line and waits for what it should bring."""
        self.clear()
        self.send(text)
        self.settle(0.05)
        self.send("\r")
        return self.wait(wanted) if wanted else self.settle()

    def resize(self, columns, lines):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def finish(self, seconds=20):
        """Waits for the end and gives the exit code."""
        end = time.monotonic() + seconds
        while self.pump(0.2) and time.monotonic() < end:
            pass
        return self.reap()

    def reap(self):
        if self.code is None:
            end = time.monotonic() + 5
            done, status = os.waitpid(self.pid, os.WNOHANG)
            while not done and time.monotonic() < end:
                time.sleep(0.02)
                done, status = os.waitpid(self.pid, os.WNOHANG)
            if not done:
                os.kill(self.pid, signal.SIGKILL)
                _, status = os.waitpid(self.pid, 0)
            self.code = os.waitstatus_to_exitcode(status)
            os.close(self.fd)
        return self.code


def run_tests(tests, names=()):
    passed = failed = 0
    for name, test in tests:
        if names and name not in names:
            continue
        place = Place()
        try:
            test(place)
            passed += 1
        except Exception:  # pylint: disable=broad-except
            failed += 1
            trace = traceback.format_exc(limit=-1)
            print(f"{os.path.basename(test.__code__.co_filename)}: {name} failed\n{trace}")
        finally:
            place.close()
    return passed, failed


def tests_of(names):
    return [(n, f) for n, f in names.items() if n.startswith("test_") and callable(f)]


def main(names):
    """The end of each test file: runs its tests, all or those named as arguments."""
    passed, failed = run_tests(tests_of(names), sys.argv[1:])
    print(f"shell: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
