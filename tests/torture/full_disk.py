"""A disk that is really full, has no inodes left, or is mounted read-only: a small tmpfs in a mount namespace of its own."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.parse

import programs
from hooks import Home, Receiver

BACK = 5  # seconds within which all goes on once there is space again
# More than the floor of 32 MiB, under which nothing new is taken, and the 16 MiB that are kept for results.
ROOMY = "size=96m"
INSIDE = "THIG_TORTURE_INSIDE"


def full_disk(torture, planted=None):
    """full: refused with 75 and 507, nothing sent that cannot be recorded, back within 5 s; no inodes; read-only"""
    for scenario in (full, too_small, no_inodes, read_only):
        for figure in inside(scenario.__name__, torture, planted):
            torture.figure(**figure)


def inside(scenario, torture, planted):
    """Runs it in a namespace of its own, as root of that: anybody can. Answers its figures."""
    settings = {"scenario": scenario, "long": torture.long, "seed": torture.seed, "planted": planted}
    done = subprocess.run([*namespace(), sys.executable, __file__], capture_output=True, text=True, timeout=300,
                          env={**os.environ, INSIDE: json.dumps(settings)})
    if done.returncode != 0:
        raise AssertionError(f"{scenario}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def namespace():
    """Where users may make none of their own, only root can."""
    ours = ["unshare", "-Urm"]
    return ours if subprocess.run([*ours, "true"], capture_output=True).returncode == 0 else ["unshare", "-m"]


class Figures(list):
    """What is measured inside, as arguments of Torture.figure."""

    def __init__(self, long):
        super().__init__()
        self.back = BACK if long else 60  # beside other tests

    def figure(self, name, seen, unit="", most=None, least=None, examples=()):
        self.append({"name": name, "seen": seen, "unit": unit, "most": most, "least": least, "examples": list(examples)})

    def none(self, name, found):
        found = [str(one) for one in found]
        self.figure(name, len(found), most=0, examples=found)


class Machine:
    """An installation on a small disk, with a receiver, all services and what they answer."""

    def __init__(self, options, planted=None):
        self.planted = planted
        self.stack = contextlib.ExitStack()
        self.outside = self.stack.enter_context(Home())  # for what is not on the small disk
        self.home = self.stack.enter_context(Home())
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.home.dir], check=True)
        self.home.env.update(HOME=str(self.outside.dir), XDG_RUNTIME_DIR=str(self.outside.dir))
        self.receiver = self.stack.enter_context(Receiver(self.outside))
        self.home.add("crm", self.receiver.url, "--retry", "1s,1s,2s,5s", ca=self.receiver.ca, events=("project.*",))
        hook = self.home.json("add", "incoming", "told", "--action", "emit", "--event", "project.updated", "--dedupe", "0s")["url"]
        self.hook = urllib.parse.urlsplit(hook).path
        self.key = self.home.json("keys", "add", "k", "--scope", "emit", "--rate", "10000")["key"]
        self.services, self.acknowledged = {}, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        subprocess.run(["umount", "-l", self.home.dir], check=False)
        self.stack.close()

    def start(self):
        self.services = {"run": self.home.start("run", "--json")}
        for name in ("serve-incoming", "serve-admin"):
            service = self.services[name] = self.home.start(name, "--listen", "127.0.0.1:0", "--json")
            service.netloc = urllib.parse.urlsplit(service.next_json()["url"]).netloc

    def stop(self):
        for service in self.services.values():
            service.stop()
        self.services = {}

    # ------------------------------------------------------------------------ the ways that events come in
    def emit(self):
        done = self.home.run("emit", "project.created", "--data", '{"text":"' + "x" * 2000 + '"}', "--json")
        if done.returncode == 0:
            self.acknowledged.append(json.loads(done.stdout)["id"])
        if self.planted == "acknowledges" and done.returncode == 75:
            self.acknowledged.append("evt_planted")
            return 0
        return done.returncode

    def post(self, service, path, body, headers):
        with contextlib.closing(http.client.HTTPConnection(self.services[service].netloc, timeout=60)) as connection:
            connection.request("POST", path, body=body, headers={"content-type": "application/json", **headers})
            answer = connection.getresponse()
            document = answer.read()
            return answer.status, document

    def by_api(self):
        status, document = self.post("serve-admin", "/api/events", '{"event":"project.created"}', {"authorization": f"Bearer {self.key}"})
        if status == 202:
            self.acknowledged.append(json.loads(document)["id"])
        return status

    def by_request(self):
        return self.post("serve-incoming", self.hook, '{"n":1}', {})[0]

    # ------------------------------------------------------------------------------------------- the disk
    def fill(self):
        """To the last byte, as somebody else's file would."""
        with open(self.home.dir / "filler", "ab", buffering=0) as filler:
            for size in (65536, 512, 1):
                with contextlib.suppress(OSError):
                    while filler.write(b"\0" * size):
                        pass

    def empty(self):
        (self.home.dir / "filler").unlink()

    def attempts(self):
        """As they are recorded."""
        rows = self.home.json("deliveries", "--limit", "1000")
        return {row["id"]: row["attempts"] for row in rows}

    def sent(self):
        counts = {}
        for request in self.receiver.all():
            counts[request["id"]] = counts.get(request["id"], 0) + 1
        return counts


def full(figures, planted):
    with Machine(ROOMY, planted) as machine:
        for _ in range(10):
            machine.emit()
        machine.fill()
        # What was recorded before is due, and there may be no room for what becomes of it.
        machine.start()
        codes = [machine.emit() for _ in range(10)]
        figures.none("full: emit that does not exit 75", [code for code in codes if code != 75])
        answers = [machine.by_api() for _ in range(5)]
        figures.none("full: answers of the API other than 507", [code for code in answers if code != 507])
        answers = [machine.by_request() for _ in range(5)]
        figures.none("full: answers to outside services other than 507", [code for code in answers if code != 507])
        figures.none("full: services that ended", [name for name, one in machine.services.items() if one.child.poll() is not None])
        machine.empty()
        began = time.monotonic()
        took = {}
        while time.monotonic() - began < 60 and len(took) < 4:
            for name, works in (("emit", lambda: machine.emit() == 0), ("API", lambda: machine.by_api() == 202),
                                ("incoming", lambda: machine.by_request() == 200)):
                if name not in took and works():
                    took[name] = time.monotonic() - began
            if "run" not in took and machine.home.stats("crm")["pending"] == 0:
                took["run"] = time.monotonic() - began
        for name in ("emit", "API", "incoming", "run"):
            figures.figure(f"full: {name} is back after", took.get(name, 999.0), "s", most=figures.back)
        machine.home.wait_for("an empty queue", lambda: machine.home.stats("crm")["pending"] == 0)
        recorded, sent = machine.attempts(), machine.sent()
        events = {row["eventId"] for row in machine.home.json("deliveries", "--limit", "1000")}
        figures.none("full: acknowledged, and gone", [one for one in machine.acknowledged if one not in events])
        figures.none("full: sent, and not recorded", [one for one, count in sent.items() if recorded.get(one, 0) < count])
        figures.none("full: left behind", machine.home.dir.glob("*.new"))


def too_small(figures, planted):
    with Machine("size=8m", planted) as machine:
        done = machine.home.run("emit", "project.created")
        figures.none("8 MB, less than the floor: emit that does not exit 75 with words",
                     [] if done.returncode == 75 and "error: " in done.stderr and not done.stdout else [done])


def no_inodes(figures, planted):
    with Machine(f"{ROOMY},nr_inodes=40", planted) as machine:
        machine.start()
        taken = 0
        with contextlib.suppress(OSError):
            while True:
                (machine.home.dir / f"taken{taken}").touch()
                taken += 1
        # Nothing new is needed for what goes on.
        figures.none("no inodes: emit that fails", [code for code in (machine.emit() for _ in range(5)) if code != 0])
        done = machine.home.run("backup", machine.home.dir / "copy.db")
        figures.none("no inodes: backup that does not exit 3 or 75, or says nothing",
                     [] if done.returncode in (3, 75) and "error: " in done.stderr and not done.stdout else [done])
        figures.none("no inodes: halves of a backup", machine.home.dir.glob("copy*"))
        done = machine.home.run("--db", machine.home.dir / "other.db", "init")
        figures.none("no inodes: init that does not exit 3 or 75, or says nothing",
                     [] if done.returncode in (3, 75) and "error: " in done.stderr and not done.stdout else [done])
        for number in range(taken):
            (machine.home.dir / f"taken{number}").unlink()
        figures.figure("no inodes: backup once there are some", machine.home.run("backup", machine.home.dir / "copy.db").returncode, most=0)
        machine.home.wait_for("an empty queue", lambda: machine.home.stats("crm")["pending"] == 0)


def read_only(figures, planted):
    with Machine(ROOMY, planted) as machine:
        machine.emit()
        before = {path.name: path.read_bytes() for path in machine.home.dir.glob("hooks.db*")}
        subprocess.run(["mount", "-o", "remount,ro", machine.home.dir], check=True)
        wrong = []
        for words in (("emit", "project.created"), ("deliver",), ("prune", "--yes"), ("disable", "crm"), ("run",), ("serve-incoming", "--listen", "127.0.0.1:0")):
            done = machine.home.run(*words)
            if done.returncode not in (3, 75) or "error: " not in done.stderr or "Traceback" in done.stderr or done.stdout:
                wrong.append((words, done.returncode, done.stdout, done.stderr))
        figures.none("read-only: writing that does not exit 3 or 75 with words", wrong)
        figures.none("read-only: sent all the same", machine.sent())
        after = {path.name: path.read_bytes() for path in machine.home.dir.glob("hooks.db*")}
        figures.none("read-only: files that changed", [name for name in before | after if before.get(name) != after.get(name)])
        subprocess.run(["mount", "-o", "remount,rw", machine.home.dir], check=True)
        figures.figure("read-only: deliver once it can be written", machine.home.run("deliver").returncode, most=0)
        figures.figure("read-only: then delivered", len(machine.sent()), least=1)


def main():
    settings = json.loads(os.environ.pop(INSIDE))
    figures = Figures(settings["long"])
    globals()[settings["scenario"]](figures, settings["planted"])
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
