"""Work at a steady pace for a long time, beside readers that do not keep up: nothing grows that should not."""

import contextlib
import http.client
import pathlib
import sqlite3
import subprocess
import threading
import time
import urllib.parse

import programs
from hooks import Home, Receiver

MEBI = 1 << 20


def soak(torture):
    """50 events a second, deliveries, requests and pages, beside a reader that holds the database and one that reads slowly"""
    with Home() as home:
        Soak(home, torture).run()


def slope(series):
    """How much it grows from the beginning to the end by the middle of the slopes between all pairs (Theil and Sen), as a part of
    what it is in the middle: a few outliers do not matter."""
    times, values = zip(*series)
    slopes = sorted((values[j] - values[i]) / (times[j] - times[i]) for i in range(len(series)) for j in range(i + 1, len(series)))
    middle = sorted(values)[len(values) // 2]
    return slopes[len(slopes) // 2] * (times[-1] - times[0]) / middle if middle else 0.0


class Soak:
    def __init__(self, home, torture, slow_reader=2.0):
        self.home, self.torture = home, torture
        self.seconds = torture.size(600, 8)
        self.slow_reader = slow_reader  # seconds for which it holds the database each time
        self.ended = threading.Event()
        self.looks = {}                 # service -> [(second, memory, files, threads)]
        self.journal = []               # sizes of the WAL
        self.count = 0

    def service(self, *words):
        process = self.home.start(*words, "--json")
        return process

    def run(self):
        home = self.home
        with Receiver(home) as receiver:
            home.add("crm", receiver.url, ca=receiver.ca, events=("project.*",))
            hook = home.json("add", "incoming", "told", "--action", "emit", "--event", "project.updated", "--dedupe", "0s")["url"]
            self.hook = urllib.parse.urlsplit(hook).path
            self.key = home.json("keys", "add", "soak", "--scope", "emit", "--scope", "read", "--rate", "10000")["key"]
            self.services = {"run": self.service("run"), "serve-incoming": self.service("serve-incoming", "--listen", "127.0.0.1:0"),
                             "serve-admin": self.service("serve-admin", "--listen", "127.0.0.1:0")}
            self.incoming = urllib.parse.urlsplit(self.services["serve-incoming"].next_json()["url"]).netloc
            self.admin = urllib.parse.urlsplit(self.services["serve-admin"].next_json()["url"]).netloc
            workers = [threading.Thread(target=work, daemon=True) for work in (self.emit, self.send, self.look_at_pages, self.hold, self.follow)]
            for worker in workers:
                worker.start()
            self.watch()
            self.ended.set()
            for worker in workers:
                worker.join(timeout=30)
            home.wait_for("an empty queue", lambda: home.stats("crm")["pending"] == 0)
            received = len(receiver.all())
        self.tell(received)

    # ------------------------------------------------------------------------------------------ work
    def at_pace(self, per_second, work):
        """Where it falls behind it does not catch up."""
        due = time.monotonic()
        while not self.ended.is_set():
            work()
            due = max(due + 1 / per_second, time.monotonic() - 1)
            self.ended.wait(max(0.0, due - time.monotonic()))

    def ask(self, netloc, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(netloc, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            answer.read()
            if answer.status >= 400:
                raise AssertionError(f"{method} {path}: {answer.status}")

    def emit(self):
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.key}"}

        def one():
            self.ask(self.admin, "POST", "/api/events", '{"event":"project.created","data":{"text":"' + "x" * 500 + '"}}', headers)
            self.count += 1
        self.at_pace(40, one)

    def send(self):
        def one():
            self.ask(self.incoming, "POST", self.hook, '{"n":1}', {"content-type": "application/json"})
            self.count += 1
        self.at_pace(10, one)

    def look_at_pages(self):
        self.at_pace(2, lambda: self.ask(self.admin, "GET", "/api/admin/deliveries?limit=100", headers={"authorization": f"Bearer {self.key}"}))

    # A reader in the database that is always some seconds behind.
    def hold(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.home.db}?mode=ro", uri=True, isolation_level=None)) as database:
            while not self.ended.is_set():
                database.execute("BEGIN")
                database.execute("SELECT count(*) FROM event").fetchone()
                self.ended.wait(self.slow_reader)
                database.execute("COMMIT")

    # One that reads a byte a tenth of a second of what it asked for.
    def follow(self):
        child = subprocess.Popen([programs.BINARY, "deliveries", "--follow", "--json"], env=self.home.env, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
        while not self.ended.wait(0.1):
            child.stdout.read(1)
        child.kill()
        child.wait()
        child.stdout.close()

    # --------------------------------------------------------------------------------------- looking
    def watch(self):
        began = time.monotonic()
        while time.monotonic() - began < self.seconds:
            second = time.monotonic() - began
            for name, process in self.services.items():
                threads = len(list(pathlib.Path(f"/proc/{process.pid}/task").iterdir()))
                files = len(list(pathlib.Path(f"/proc/{process.pid}/fd").iterdir()))
                self.looks.setdefault(name, []).append((second, process.resident_mib(), files, threads))
            with contextlib.suppress(OSError):
                self.journal.append(pathlib.Path(f"{self.home.db}-wal").stat().st_size / MEBI)
            self.ended.wait(self.torture.size(2, 0.2))

    def tell(self, received):
        torture = self.torture
        torture.figure("events", self.count, least=int(self.seconds * 50 * 0.8) if torture.long else 1)
        torture.figure("of these, delivered", received, least=self.count)
        for name, looks in self.looks.items():
            settled = looks[len(looks) // 5:]
            torture.figure(f"{name}: memory", settled[-1][1], "MiB")
            grown = 100 * slope([(second, memory) for second, memory, _, _ in settled])
            torture.figure(f"{name}: growth of memory", grown, "%", most=1 if torture.long else None)
            torture.figure(f"{name}: files, more than after a fifth", settled[-1][2] - max(look[2] for look in settled[:5]), most=4)
            torture.figure(f"{name}: threads, more than after a fifth", settled[-1][3] - max(look[3] for look in settled[:5]), most=1)
        torture.figure("largest WAL", max(self.journal), "MiB", most=64)
