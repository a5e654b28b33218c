"""A wall clock that jumps while everything runs: a year ahead, a day back, to 1970, and to what it should be again."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import signal
import subprocess
import threading
import time
import unittest.mock
import urllib.parse

from programs import hooks

JUMPS = {"a year ahead": "+365d", "a day back": "-1d", "1970": "@1970-01-02 00:00:00"}
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
FAILING = 5  # deliveries that fail


def library():
    return next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


def clocks(torture, planted=None):
    """run, both servers and commands, while the wall clock jumps and comes back: no storm, none stuck, no spin"""
    for name, moment in list(JUMPS.items())[:1 if planted else None]:
        with hooks.Home() as home:
            one = Jump(home, torture, name, planted)
            one.prepare()
            one.jump(moment)


def old_certificate(folder, addresses=("127.0.0.1",), names=()):
    """Valid at all of these times."""
    env = {**os.environ, "LD_PRELOAD": str(library()), "FAKETIME": "@1970-01-01 01:00:00"}
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                    cert, "-days", "36500", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True, env=env)
    return cert, key


class Jump:
    def __init__(self, home, torture, name, planted):
        self.home, self.torture, self.name, self.planted = home, torture, name, planted
        self.patience = 3 if planted else torture.size(5, 60)  # seconds
        self.clock = home.dir / "clock"
        self.set_clock("+0d")
        home.env.update(LD_PRELOAD=str(library()), FAKETIME_TIMESTAMP_FILE=str(self.clock), FAKETIME_NO_CACHE="1",
                        FAKETIME_DONT_FAKE_MONOTONIC="1")

    def set_clock(self, moment):
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(moment + "\n")
        fresh.replace(self.clock)

    def prepare(self):
        home = self.home
        with unittest.mock.patch.object(hooks, "certificate", old_certificate):
            self.receiver = hooks.Receiver(home, lambda request: 500 if request["path"] == "/bad" else 200)
        url = self.receiver.url.rsplit("/", 1)[0]
        retry = ",".join(["0s"] * 11 if self.planted == "storm" else ["1h"] * 3)
        home.add("bad", url + "/bad", "--retry", retry.replace("0s", "1s"), ca=self.receiver.ca, events=("comment.created",))
        home.add("ok", url + "/ok", ca=self.receiver.ca, events=("project.*",))
        added = home.run("add", "incoming", "signed", "--action", "emit", "--event", "project.updated", "--scheme", "standard", "--json",
                         env={"THIG_HOOKS_SECRET": SECRET}, expect=0)
        self.hook = urllib.parse.urlsplit(json.loads(added.stdout)["url"]).path
        self.key = home.json("keys", "add", "k", "--scope", "emit", "--expires", "1d")["key"]
        self.run = home.start("run", "--json", "--pause-after", "0", "--disable-after", "0")
        self.servers = [home.start(name, "--listen", "127.0.0.1:0", "--json") for name in ("serve-incoming", "serve-admin")]
        self.netlocs = [urllib.parse.urlsplit(server.next_json()["url"]).netloc for server in self.servers]
        for _ in range(FAILING):
            home.run("emit", "comment.created", expect=0)
        home.wait_for("the first attempts", lambda: self.received("bad") >= FAILING)

    def received(self, name):
        return sum(request["path"] == "/" + name for request in self.receiver.all())

    def ask(self, which, path, body, headers):
        connection = http.client.HTTPConnection(self.netlocs[which], timeout=60)
        connection.request("POST", path, body, {"content-type": "application/json", **headers})
        status = connection.getresponse().status
        connection.close()
        return status

    def signed_now(self):
        """By a sender whose clock is right."""
        stamp, body = str(int(time.time())), json.dumps({"n": time.time_ns()})
        digest = hmac.new(bytes(range(32)), f"m.{stamp}.{body}".encode(), hashlib.sha256).digest()
        return self.ask(0, self.hook, body, {"webhook-id": "m", "webhook-timestamp": stamp,
                                             "webhook-signature": "v1," + base64.b64encode(digest).decode()})

    def by_key(self):
        return self.ask(1, "/api/events", '{"event":"project.created"}', {"authorization": f"Bearer {self.key}"})

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.run.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def delivered(self):
        """How long a new event takes; not waited for forever."""
        before, began = self.received("ok"), time.monotonic()
        self.home.run("emit", "project.created", expect=0)
        while self.received("ok") == before and time.monotonic() - began < self.patience + 1:
            time.sleep(0.01)
        return time.monotonic() - began

    def jump(self, moment):
        tell, name = self.torture.figure, self.name
        ahead = moment.startswith("+")
        if self.planted == "stuck":
            self.run.child.send_signal(signal.SIGSTOP)
        self.set_clock(moment)
        cpu, began = self.cpu(), time.monotonic()
        tell(f"{name}: a new event is delivered after", self.delivered(), "s", most=self.patience)
        tell(f"{name}: a signed request of now is answered", self.signed_now(), most=401, least=401)
        tell(f"{name}: a key that ends in a day opens", self.by_key(), most=401 if ahead else 202, least=401 if ahead else 202)
        # What is due by the jump is tried once; what is not stays where it is.
        threading.Event().wait(self.torture.size(20, 2))
        tell(f"{name}: attempts of what fails", self.received("bad"), most=FAILING * (2 if ahead else 1))
        tell(f"{name}: processor time of run, of the time that passed", (self.cpu() - cpu) / (time.monotonic() - began), most=0.3)
        self.set_clock("+0d")
        tell(f"{name}, and back: a new event is delivered after", self.delivered(), "s", most=self.patience)
        tell(f"{name}, and back: a signed request of now is answered", self.signed_now(), most=200, least=200)
        tell(f"{name}, and back: a key that ends in a day opens", self.by_key(), most=202, least=202)
        tell(f"{name}, and back: attempts of what fails", self.received("bad"), most=FAILING * (2 if ahead else 1))
        due = [row["dueAt"] for row in self.home.json("deliveries", "--webhook", "bad", "--state", "pending")]
        far = time.strftime("%Y", time.gmtime(time.time() + 400 * 86400 if ahead else time.time() + 86400))
        self.torture.none(f"{name}, and back: pending beyond any reach", [one for one in due if one[:4] > far])
        self.run.child.send_signal(signal.SIGCONT)
        codes = [process.stop() for process in [self.run, *self.servers]]
        self.torture.none(f"{name}: ends other than 0", [code for code in codes if code != 0])

