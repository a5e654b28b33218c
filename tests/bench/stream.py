"""Events at a constant rate, and how long after its commit each was at its receiver.

One `emit --batch -` gets a line at each beat. It commits whenever its input pauses (BatchIntake::pause): the line that has just come, or all
that came while the commit before was under way; then it writes their receipts. A wait is counted from the moment a receipt could be
read, a hair after the commit, to the moment the receiver had the first byte of the request; so what it measures is `run` hearing of the
commit, reading, signing, connecting and sending. The time from the line to the receipt is the durable commit itself."""

import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import hooks

from installation import HERE, line, percentile

EVENT_DIGITS = 13  # evt_ and these; a delivery's id begins with the same


@dataclass
class Waits:
    """In ms, of each delivery: from its event's commit, and from its event's line."""
    from_commit: list
    from_line: list

    def p50(self):
        return percentile(self.from_commit, 0.50)

    def p99(self):
        return percentile(self.from_commit, 0.99)


class NotingReceiver:
    """A process of its own, so that what measures does not wait for what it measures with."""

    def __init__(self, home):
        folder = pathlib.Path(tempfile.mkdtemp(dir=home.dir))
        self.ca, key = hooks.certificate(folder)
        self.file = folder / "notes"
        self.process = home.start_other(sys.executable, HERE / "noting_receiver.py", self.ca, key, self.file)
        self.url = f"https://127.0.0.1:{self.process.next_line()}"

    def notes(self):
        """Ends it: [(moment, path, digits of the event)]."""
        self.process.stop()
        rows = (row.split() for row in self.file.read_text().splitlines())
        return [(float(moment), path, name[4:4 + EVENT_DIGITS]) for moment, path, name in rows]


def stream(home, rate, duration=None, kind="project.created", until=None):
    """For so many seconds, or until `until()`: {digits of the event: (when its line was written, when its receipt was there)}. The beat does
    not wait for receipts."""
    emitter = subprocess.Popen([hooks.BINARY, "emit", "--batch", "-", "--json", "-q"], env=home.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    read, write = emitter.stdout.fileno(), emitter.stdin.fileno()
    text = line(kind).encode()
    written, events, held = [], {}, b""

    def take_receipts():
        nonlocal held
        data = os.read(read, 1 << 16)
        if not data:
            raise AssertionError(f"emit has ended after {len(events)} receipts")
        now = time.monotonic()
        *lines, held = (held + data).split(b"\n")
        for receipt in map(json.loads, lines):
            events[receipt["id"][4:]] = (written[receipt["line"] - 1], now)

    start = time.monotonic() + 0.2
    while not until() if until else len(written) < int(rate * duration):
        beat = start + len(written) / rate
        while (left := beat - time.monotonic()) > 0:
            if select.select([read], [], [], left)[0]:
                take_receipts()
        written.append(time.monotonic())
        os.write(write, text)
    while len(events) < len(written):
        take_receipts()
    emitter.stdin.close()
    if emitter.wait() != 0:
        raise AssertionError(f"emit: exit code {emitter.returncode}")
    emitter.stdout.close()
    return events


def waits(events, notes, wanted=lambda path: True):
    """Each event's first request at each path that is wanted; AssertionError if one has none."""
    first = {}
    for moment, path, digits in notes:
        if wanted(path) and digits in events:
            first.setdefault((digits, path), moment)
    if len({digits for digits, _ in first}) != len(events):
        raise AssertionError(f"of {len(events)} events only {len({digits for digits, _ in first})} have come")
    return Waits([(moment - events[digits][1]) * 1000 for (digits, _), moment in first.items()],
                 [(moment - events[digits][0]) * 1000 for (digits, _), moment in first.items()])


def settled(home, names):
    """Waits until nothing is pending at these webhooks."""
    for name in names:
        home.wait_for("what is pending", lambda: home.stats(name)["pending"] == 0)
