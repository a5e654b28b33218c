"""Nobody who reads a log, or does not, may hold up what the log tells of: deliveries and answers go on beside
a reader that reads nothing, one that has gone, and a full disk, and the end says what was lost."""

import fcntl
import os
import signal
import ssl
import subprocess
import unittest
import urllib.error
import urllib.parse
import urllib.request

from hooks import BINARY, PATIENCE, Home, Receiver, free_port

F_SETPIPE_SZ = 1031
MANY = 60  # lines of attempts or requests: more than a small pipe holds, several times over


class Log:
    """What is given to a process as its standard output."""

    def __init__(self, kind):
        self.kind = kind
        self.reader, self.fd = None, None
        if kind == "full":
            self.fd = os.open("/dev/full", os.O_WRONLY)
            return
        self.reader, self.fd = os.pipe()
        fcntl.fcntl(self.fd, F_SETPIPE_SZ, 4096)
        if kind == "gone":
            os.close(self.reader)
            self.reader = None

    def close(self):
        for fd in (self.reader, self.fd):
            if fd is not None:
                os.close(fd)


class Logs(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())

    def start(self, kind, *args):
        """A process whose log nobody reads well; what it says on standard error goes to a file."""
        log = Log(kind)
        self.addCleanup(log.close)
        errors = open(self.home.dir / "errors", "w+")
        self.addCleanup(errors.close)
        child = subprocess.Popen([BINARY, *map(str, args)], stdin=subprocess.DEVNULL, stdout=log.fd, stderr=errors,
                                 env=self.home.env, text=True)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def said(self):
        return (self.home.dir / "errors").read_text()

    def emit(self, count):
        lines = '{"event":"project.created","data":{}}\n' * count
        self.home.run("emit", "--batch", "-", stdin=lines, expect=0)

    def check_lost(self, kind):
        self.home.wait_for("a word about the log", lambda: "lost log lines are counted" in self.said())
        self.assertEqual(self.said().count("lost log lines are counted"), 1, self.said())

    def test_run_delivers_whoever_reads_its_log(self):
        for kind in ("full", "gone", "stuck"):
            with self.subTest(kind), Receiver(self.home) as receiver:
                self.home.add(kind, receiver.url, ca=receiver.ca)
                child = self.start(kind, "run", "--json")
                self.emit(MANY)
                self.home.wait_for("all", lambda: self.home.stats(kind)["delivered"] == MANY)
                if kind != "stuck":  # that is a reader which might still read
                    self.check_lost(kind)
                child.send_signal(signal.SIGTERM)
                self.assertEqual(child.wait(timeout=PATIENCE), 0)
                self.assertRegex(self.said(), r"\d+ log lines were not written to standard output")
                self.assertIn("stopped after", self.said())
                self.home.run("remove", kind, "--yes", expect=0)

    def test_a_stuck_reader_of_standard_error_holds_nothing_up(self):
        with Receiver(self.home, lambda request: 500) as receiver:
            for i in range(MANY):  # whose pauses are warnings
                self.home.add(f"hook-{i}-" + "x" * 40, receiver.url, events=("project.*",), ca=receiver.ca)
            reader, writer = os.pipe()
            fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
            self.addCleanup(os.close, reader)
            self.emit(1)
            run = subprocess.Popen([BINARY, "run", "--pause-after", "1", "-v"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=writer, env=self.home.env)
            os.close(writer)
            self.addCleanup(run.wait)
            self.addCleanup(run.kill)
            self.home.wait_for("an attempt of each", lambda: self.home.json("stats")["totals"]["attempts"] == MANY)
            run.send_signal(signal.SIGTERM)
            self.assertEqual(run.wait(timeout=PATIENCE), 0)

    def test_a_sweep_ends_and_says_that_its_answer_is_not_whole(self):
        for kind, code in (("full", 3), ("gone", 0), ("stuck", 3)):
            with self.subTest(kind), Receiver(self.home) as receiver:
                self.home.add(kind, receiver.url, ca=receiver.ca)
                self.emit(MANY)
                child = self.start(kind, "deliver", "--json")
                self.assertEqual(child.wait(timeout=PATIENCE), code, self.said())
                self.assertRegex(self.said(), r"\d+ log lines were not written to standard output")
                self.assertEqual(self.home.stats(kind)["delivered"], MANY)
                self.home.run("remove", kind, "--yes", expect=0)

    def test_requests_are_answered_whoever_reads_the_log(self):
        url = self.home.json("add", "incoming", "box", "--action", "create-project", "--set", "name=/t")["url"]
        path = urllib.parse.urlsplit(url).path
        for kind in ("full", "gone", "stuck"):
            with self.subTest(kind):
                port = free_port()
                child = self.start(kind, "serve-incoming", "--listen", f"127.0.0.1:{port}", "--json", "--rate-per-address", "0")
                target = f"http://127.0.0.1:{port}{path}"
                self.home.wait_for("the server", lambda: self.post(target, b'{"t":"first"}') == 200)
                for i in range(MANY):
                    self.assertEqual(self.post(target, b'{"t":"%d %s"}' % (i, kind.encode())), 200)
                if kind != "stuck":
                    self.check_lost(kind)
                child.send_signal(signal.SIGTERM)
                self.assertEqual(child.wait(timeout=PATIENCE), 0)
                self.assertRegex(self.said(), r"\d+ log lines were not written to standard output")

    def test_listen_answers_whoever_reads_it(self):
        for kind, code in (("full", 3), ("gone", 0), ("stuck", 3)):
            with self.subTest(kind):
                port = free_port()
                child = self.start(kind, "listen", "--no-verify", "--port", port, "--count", MANY, "--json")
                target = f"https://127.0.0.1:{port}/"
                answers = [self.home.wait_for("listen", lambda: self.post(target, b"{}"))]
                answers += [self.post(target, b"{}") for _ in range(MANY - 1)]
                self.assertEqual(answers, [200] * MANY)
                self.assertEqual(child.wait(timeout=PATIENCE), code, self.said())
                self.assertRegex(self.said(), r"\d+ log lines were not written to standard output")

    @staticmethod
    def post(url, body):
        """The status; nothing where nobody listens."""
        request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=ssl._create_unverified_context()) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None


if __name__ == "__main__":
    unittest.main()
