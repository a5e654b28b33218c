"""Everything at once, with random processes killed by SIGKILL all the time: what was acknowledged is delivered, once recorded, and as
it was given; what is counted is what is there."""

import contextlib
import http.client
import json
import random
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.parse

import programs
from hooks import Home, Receiver
from ledger import Ledger

QUIET = 120  # seconds within which all that is due has to be delivered in the end


def kill_storm(torture):
    """run, three emitters, both servers and commands that change things, killed by SIGKILL at random moments"""
    storm(torture, kills=torture.size(300, 20), events=torture.size(100_000, 1_500))


def storm(torture, kills, events, planted=None):
    with Home() as home:
        one = Storm(home, torture, kills, events, planted)
        one.rage()
        one.tell()


class Service:
    """A process of the product that is started again whenever it was killed. `.url`: what it serves, if it does."""

    def __init__(self, storm, *words):
        self.storm, self.words = storm, words
        self.url, self.child = None, None
        self.started = 0.0
        self.start()

    def start(self):
        self.url = None
        self.started = time.time()
        self.child = self.storm.spawn(*self.words, "--json", stdout=subprocess.PIPE)
        threading.Thread(target=self._read, args=(self.child,), daemon=True).start()

    def _read(self, child):
        for line in child.stdout:
            with contextlib.suppress(ValueError):
                url = json.loads(line).get("url")
                if url and child is self.child:
                    self.url = url
        child.stdout.close()

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(timeout=60)


class Storm:
    def __init__(self, home, torture, kills, events, planted):
        self.home, self.torture, self.kills, self.events, self.planted = home, torture, kills, events, planted
        self.random = random.Random(f"kill_storm {torture.seed}")
        self.ledger = Ledger()
        self.receiver = Receiver(home)
        self.receiver.requests = self.ledger
        self.calm = threading.Event()   # no more kills
        self.enough = threading.Event()  # no more events
        self.living = set()             # children that may be killed
        self.lock = threading.Lock()
        self.killed, self.odd_ends, self.waits = 0, [], []
        self.copies, self.broken_copies = 0, []
        self.answered = {}              # number of an incoming request -> its webhook
        self.commands = home.dir / "commands"

    # ---------------------------------------------------------------------------------- processes
    def spawn(self, *words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
        # In the lock, so that it is not killed between being there and being known.
        with self.lock:
            child = subprocess.Popen([programs.BINARY, *map(str, words)], env=self.home.env, stdin=stdin, stdout=stdout,
                                     stderr=subprocess.DEVNULL, text=True)
            self.living.add(child)
            return child

    def end(self, child):
        """Its exit code; one that was not killed must be one that is promised."""
        code = child.wait(timeout=120)
        with self.lock:
            self.living.discard(child)
        if code not in (0, 75, -signal.SIGKILL):
            self.odd_ends.append(f"{child.args[1:4]}: {code}")
        return code

    def run(self, *words, stdin=None):
        child = self.spawn(*words, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE)
        out = []

        def feed():
            with contextlib.suppress(OSError):
                child.stdin.write(stdin)
                child.stdin.close()

        feeder = threading.Thread(target=feed, daemon=True) if stdin is not None else None
        if feeder:
            feeder.start()
        for line in child.stdout:
            out.append(line)
        child.stdout.close()
        code = self.end(child)
        if feeder:
            feeder.join()
            with contextlib.suppress(OSError):
                child.stdin.close()
        return code, out

    # ------------------------------------------------------------------------------------ emitters
    def until_enough(self, work):
        def go():
            while not self.enough.is_set():
                work()
                if len(self.ledger.acknowledged) >= self.events:  # there are only kills to come
                    self.enough.wait(0.3)
        return threading.Thread(target=go, daemon=True)

    def emit_batch(self):
        fresh = self.ledger.give(self.torture.size(400, 60))
        left = dict(fresh)
        while left:
            numbers = list(left)
            lines = "".join(json.dumps({"event": "storm.event", "data": left[n], "id": f"e{n}"}) + "\n" for n in numbers)
            _, out = self.run("emit", "--batch", "-", "--json", stdin=lines)
            for line in out:
                with contextlib.suppress(ValueError, KeyError):  # a line may be cut off
                    receipt = json.loads(line)
                    number = numbers[receipt["line"] - 1]
                    self.ledger.acknowledge(number, receipt["id"])
                    left.pop(number, None)

    def emit_one(self):
        (number, data), = self.ledger.give().items()
        if self.planted == "drops" and number % 5 == 0:
            return self.ledger.acknowledge(number, f"evt_dropped{number}")
        sent = {**data, "text": "altered"} if self.planted == "alters" and number % 5 == 0 else data
        code, out = None, []
        while code != 0:
            code, out = self.run("emit", "storm.event", "--data", json.dumps(sent), "--id", f"e{number}")
        self.ledger.acknowledge(number, out[0].strip())

    def emit_by_api(self):
        fresh = self.ledger.give(self.torture.size(200, 30))
        left = dict(fresh)
        while left:
            numbers = list(left)
            lines = "".join(json.dumps({"event": "storm.event", "data": left[n], "id": f"e{n}"}) + "\n" for n in numbers)
            status, text = self.post(self.admin, "/api/events/batch", lines,
                                     {"content-type": "application/x-ndjson", "authorization": f"Bearer {self.key}"})
            if status is None:
                continue
            for line in text.splitlines():
                with contextlib.suppress(ValueError, KeyError):
                    receipt = json.loads(line)
                    number = numbers[receipt["line"] - 1]
                    self.ledger.acknowledge(number, receipt["id"])
                    left.pop(number, None)

    def post(self, service, path, body, headers):
        """Nothing where the server is not there, or goes away meanwhile."""
        url = service.url
        if url is None:
            time.sleep(0.01)
            return None, ""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
        try:
            connection.request("POST", path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None, ""
        finally:
            connection.close()

    def send_requests(self):
        """As outside services do: again, until it was taken."""
        name, path = self.random.choice(list(self.hooks.items()))
        (number, data), = self.ledger.give().items()
        status = None
        while status != 200:
            status, text = self.post(self.incoming, path, json.dumps(data), {"content-type": "application/json"})
            if status not in (None, 200, 503):
                self.odd_ends.append(f"incoming {name}: {status} {text[:100]}")
                return
        self.answered[number] = name

    # ------------------------------------------------------------------------------- what goes on beside
    def change_things(self):
        setup = self.home.dir / "setup.json"
        copy = self.home.dir / "copy.db"
        turns = (
            ("prune", "--keep", "30d", "--yes"),
            ("backup", copy),
            ("recover", "crm", "--since", "1h", "--yes"),
            ("edit", "crm", "--timeout", f"{self.random.randint(5, 20)}s"),
            ("rotate", "spare", "--overlap", "0s"),
            ("apply", setup),
            ("deliver",),
            ("doctor", "--json"),
        )
        words = self.random.choice(turns)
        code, _ = self.run(*words) if words[0] != "doctor" else (self.look_around(words), None)
        if words[0] == "backup" and code == 0:
            self.copies += 1
            if self.ask("PRAGMA integrity_check", copy) != [("ok",)]:
                self.broken_copies.append(f"copy {self.copies}")
        copy.unlink(missing_ok=True)

    def look_around(self, words):
        child = self.spawn(*words)
        code = child.wait(timeout=120)
        with self.lock:
            self.living.discard(child)
        return code

    def kill_on(self):
        while self.killed < self.kills:
            time.sleep(self.random.uniform(0.005, self.torture.size(1.5, 0.5)))
            with self.lock:
                # The services are a third of what is killed, though they are few.
                services = [one for one in (self.runner, self.incoming, self.admin) if one.child.poll() is None]
                others = [child for child in self.living if child.poll() is None]
                if services and self.random.random() < 0.5:
                    victim = self.random.choice(services).child
                elif others:
                    victim = self.random.choice(others)
                else:
                    continue
                victim.kill()
                self.killed += 1
            self.restart()
        self.calm.set()

    def restart(self):
        for service in (self.runner, self.incoming, self.admin):
            if service.child.poll() is None:
                continue
            if service is self.runner:
                # What was on its way when it died has arrived by then.
                arrived = time.time() + 0.05
                self.waits.append((arrived, self.ledger.next_number))
            service.start()

    # ---------------------------------------------------------------------------------------- the whole
    def prepare(self):
        home = self.home
        # One that no action raises by itself.
        home.run("events", "add", "storm.event", "--category", "Storm", "--description", "Something", expect=0)
        home.add("crm", self.receiver.url, "--timeout", "10s", "--retry", "1s,1s,2s,5s", ca=self.receiver.ca, events=("storm.*",))
        home.add("spare", "https://spare.example/", events=("prd.approved",))
        self.key = home.json("keys", "add", "storm", "--scope", "emit", "--rate", "10000")["key"]
        self.hooks = {}
        for name, action in (("told", ("--action", "emit", "--event", "storm.event", "--set", "n=/n", "--set", "text=/text")),
                             ("made", ("--action", "create-project", "--set", "name=/n")),
                             ("done", ("--action", "run", "--command", "/bin/sh", "--command", "-c", "--command", f"cat >> {self.commands}; echo >> {self.commands}"))):
            added = home.json("add", "incoming", name, *action)
            self.hooks[name] = urllib.parse.urlsplit(added["url"]).path
        setup = json.loads(home.run("export", expect=0).stdout)
        for one in setup["outgoing"]:
            one["description"] = "applied"
        (home.dir / "setup.json").write_text(json.dumps(setup))

    def rage(self):
        self.prepare()
        self.runner = Service(self, "run")
        self.incoming = Service(self, "serve-incoming", "--listen", "127.0.0.1:0")
        self.admin = Service(self, "serve-admin", "--listen", "127.0.0.1:0")
        workers = [self.until_enough(work) for work in
                   (self.emit_batch, self.emit_one, self.emit_by_api, self.send_requests, self.change_things)]
        for worker in workers:
            worker.start()
        killer = threading.Thread(target=self.kill_on, daemon=True)
        killer.start()
        self.wait_for("enough events", lambda: len(self.ledger.acknowledged) >= self.events, self.torture.size(1800, 60))
        self.wait_for("enough kills", self.calm.is_set, self.torture.size(1800, 60))
        self.enough.set()
        killer.join()
        for worker in workers:
            worker.join(timeout=120)
        self.restart()
        if self.planted == "row deleted":
            self.delete_a_row()
        self.wait_for("an empty queue", self.is_quiet, QUIET)
        self.codes = [service.stop() for service in (self.incoming, self.admin, self.runner)]

    @staticmethod
    def wait_for(what, check, patience):
        deadline = time.monotonic() + patience
        while not check():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {patience} s in vain for {what}")
            time.sleep(0.05)

    def delete_a_row(self):
        """Of an event that was acknowledged and is not delivered yet."""
        self.runner.stop()
        (number, data), = self.ledger.give().items()
        event = self.home.json("emit", "storm.event", "--data", json.dumps(data))["id"]
        self.ledger.acknowledge(number, event)
        with contextlib.closing(sqlite3.connect(self.home.db)) as database, database:
            database.execute("DELETE FROM queue WHERE event_id = (SELECT max(event_id) FROM queue)")
            database.execute("UPDATE endpoint_counter SET pending = pending - 1 WHERE pending > 0")
        self.runner.start()

    def is_quiet(self):
        rows = self.home.json("stats")["webhooks"]
        pending = sum(row["pending"] for row in rows)
        waiting = self.home.json("requests", "--state", "pending", "--limit", "1")
        return pending == 0 and not waiting

    # ------------------------------------------------------------------------------------- what was seen
    def ask(self, sql, file=None):
        with contextlib.closing(sqlite3.connect(f"file:{file or self.home.db}?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()

    def differing_counters(self):
        if self.planted == "counter changed":
            with contextlib.closing(sqlite3.connect(self.home.db)) as database, database:
                database.execute("UPDATE endpoint_counter SET delivered = delivered + 1")
        figures = {row["name"]: row for row in self.home.json("stats")["webhooks"]}
        delivered = len([1 for _ in self.ledger.received])
        differing = []
        if figures["crm"]["delivered"] != delivered:
            differing.append(f"crm: {figures['crm']['delivered']} delivered, {delivered} received")
        states = dict(self.ask("SELECT state, count(*) FROM delivery GROUP BY state"))
        counted = sum(row["delivered"] + row["dead"] + row["missed"] + row["cancelled"] for row in figures.values())
        if counted != sum(states.values()):
            differing.append(f"{counted} ended by the counters, {sum(states.values())} in the history")
        return differing

    def lost_requests(self):
        lines = set()
        if self.commands.exists():
            for line in self.commands.read_text().splitlines():
                with contextlib.suppress(ValueError, TypeError):
                    lines.add(json.loads(line)["n"])
        projects = {row["name"] for row in self.home.json("projects", "--limit", "10000")}
        for number, name in self.answered.items():
            done = {"told": number in self.ledger.numbers, "made": str(number) in projects, "done": number in lines}[name]
            if not done:
                yield f"request {number} to {name}"

    def tell(self):
        torture, ledger = self.torture, self.ledger
        torture.figure("kills", self.killed, least=self.kills)
        torture.figure("events acknowledged", len(ledger.acknowledged), least=self.events)
        torture.none("lost", ledger.lost())
        torture.none("unexpected", ledger.unexpected())
        torture.none("recorded twice", ledger.twice())
        torture.none("one delivery with other bytes", ledger.changed())
        torture.figure("duplicates, with the same id and bytes", ledger.duplicates())
        torture.figure("requests of outside services answered", len(self.answered))
        torture.none("of these, not acted upon", self.lost_requests())
        waits = [wait for wait in (ledger.first_receipt_after(at) for at, _ in self.waits[:-1]) if wait is not None]
        torture.figure("restarts of run", len(self.waits))
        if waits:
            torture.figure("first delivery after a restart of run, at most", max(waits), "s", most=torture.size(2, 60))
        torture.none("counters that differ from the history", self.differing_counters())
        torture.none("damage", [row for row in self.ask("PRAGMA integrity_check") if row != ("ok",)])
        torture.figure("copies made meanwhile", self.copies)
        torture.none("of these, damaged", self.broken_copies)
        torture.none("ends that are not promised", self.odd_ends + [f"at the end: {code}" for code in self.codes if code != 0])
