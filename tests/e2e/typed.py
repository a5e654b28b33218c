"""Command lines of README.md, help and the manual, typed as they are printed: a bash on a terminal of its own.
`installation.py` has the installation that they are typed in."""

import contextlib
import os
import pathlib
import pty
import re
import select
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from hooks import PATIENCE


class Bash:
    """A bash that reads line after line and says how each ended. `env` is all of its environment."""

    # The mark tells that everything before it has come through the terminal.
    MARK = "\x01"
    LOOP = r"""set -o pipefail
        while IFS= read -r -d "" line <&3; do eval "$line" 3<&- 4>&-; code=$?; printf '\001'; echo $code >&4; done"""

    def __init__(self, folder, env):
        lines, self.lines = os.pipe()
        self.codes, codes = os.pipe()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.dup2(lines, 300), os.dup2(codes, 301)
            os.dup2(300, 3), os.dup2(301, 4)
            os.closerange(5, 302)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-c", self.LOOP], env)
        os.close(lines), os.close(codes)
        self.seen = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.lines)
        for process in list(self._session()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        deadline = time.monotonic() + PATIENCE
        while any(self._session()) and time.monotonic() < deadline:
            time.sleep(0.01)  # what ran in the background still writes until it has ended
        os.close(self.terminal), os.close(self.codes)

    # Bash, and what it has started in the background.
    def _session(self):
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(session) == self.pid and state != "Z":
                    yield int(folder.name)

    def type(self, line, stop_at=None, meanwhile=None):
        """Its exit code and what the terminal showed. Questions are answered with yes. A line that goes on until Ctrl-C gets
        one once `stop_at` is on the terminal; `meanwhile` is called with what is shown until it answers something true."""
        self.seen = ""
        os.write(self.lines, line.encode() + b"\0")
        asked, code = 0, None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.codes, self.terminal], [], [], 0.1)
            if self.terminal in ready:
                self.seen += os.read(self.terminal, 65536).decode(errors="replace").replace("\r\n", "\n")
            elif self.codes in ready:
                code = int(os.read(self.codes, 16))
            if code is not None and self.MARK in self.seen:
                self.seen = self.seen.replace(self.MARK, "")
                return code, self.seen
            while self.seen.count("[y/N] ") > asked:
                asked += 1
                os.write(self.terminal, b"y\n")
            if meanwhile and meanwhile(self.seen):
                meanwhile = None
            if stop_at and not meanwhile and re.search(stop_at, self.seen):
                os.write(self.terminal, b"\x03")
                stop_at = None
        raise AssertionError(f"waited in vain for the end of: {line}\n{self.seen}")


def statements(block):
    """The commands of a block, each with all of its lines."""
    text = ""
    for line in block.splitlines():
        text += line
        whole = not text.endswith("\\") and subprocess.run(["bash", "-n", "-c", text], capture_output=True).returncode == 0
        if whole and text.strip():
            yield text
        text = "" if whole else text + "\n"
    if text.strip():
        raise AssertionError(f"this never ends: {text}")


class Readiness:
    """Hears when a service that a shell has started is ready."""

    def __init__(self, folder):
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.path.unlink(missing_ok=True)

    def wait(self):
        while not self.socket.recv(4096).startswith(b"READY=1"):
            pass


def post_to_listener(times):
    """For a `listen --json` that ends by itself: sends requests once it says where."""
    def meanwhile(seen):
        found = re.search(r'"url":"([^"]+)"', seen)
        if not found:
            return False
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for _ in range(times):
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(urllib.request.Request(found[1], b"{}"), context=context, timeout=PATIENCE).close()
        return True
    return meanwhile
