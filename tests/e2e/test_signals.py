"""SIGHUP: `run` and `serve-incoming` reload and go on; whatever was started from a terminal ends well when that
is closed."""

import base64
import fcntl
import hashlib
import hmac
import json
import os
import signal
import subprocess
import termios
import threading
import time
import unittest

from hooks import BINARY, PATIENCE, Home, Receiver
from test_incoming import Incoming, Server


class Signals(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.config = self.home.dir / "config" / "thig-hooks" / "config.json"
        self.config.parent.mkdir(parents=True, exist_ok=True)

    def held_up(self):
        """A receiver that answers once `release` is set, and the moment at which a request has come."""
        release = threading.Event()

        def answer(_):
            release.wait(PATIENCE)
            return 200

        return release, self.enterContext(Receiver(self.home, answer))

    def test_run_goes_on_with_the_attempts_under_way(self):
        release, receiver = self.held_up()
        self.home.add("crm", receiver.url, ca=receiver.ca)
        self.home.run("emit", "project.created", expect=0)
        run = self.home.start("run", "--json")
        receiver.next()
        run.child.send_signal(signal.SIGHUP)
        run.wait_for_error_line("reloaded the configuration")
        release.set()
        self.home.wait_for("the delivery", lambda: self.home.stats("crm")["delivered"] == 1)
        self.assertEqual(self.home.stats("crm")["attempts"], 1)
        self.assertEqual(run.stop(), 0)

    def test_run_takes_the_settings_of_the_file_and_keeps_the_old_where_it_is_wrong(self):
        with Receiver(self.home, lambda request: 500) as receiver:
            self.config.write_text(json.dumps({"run": {"pauseAfter": 1000}}))
            self.home.add("crm", receiver.url, "--retry", "none", events=("project.*",), ca=receiver.ca)
            run = self.home.start("run", "--json")
            self.home.run("emit", "project.created", expect=0)
            lines = [run.next_json() for _ in range(2)]
            self.assertEqual([line["kind"] for line in lines], ["started", "attempt"])
            self.config.write_text('{"run": {"pauseAfter": "often"}}')
            run.child.send_signal(signal.SIGHUP)
            run.wait_for_error_line("could not reload")
            self.config.write_text(json.dumps({"run": {"parkAfter": 2}}))
            run.child.send_signal(signal.SIGHUP)
            run.wait_for_error_line("reloaded the configuration")
            self.home.run("emit", "project.created", expect=0)
            self.assertEqual([run.next_json()["kind"] for _ in range(2)], ["attempt", "paused"])
            self.assertEqual(run.stop(), 0)

    def test_run_tries_again_at_once_what_had_no_key(self):
        with Receiver(self.home) as receiver:
            self.home.add("crm", receiver.url, ca=receiver.ca)
            self.home.run("emit", "project.created", expect=0)
            key = self.config.parent / "key"
            key.rename(key.with_name("elsewhere"))
            run = self.home.start("run", "--json")
            while run.next_json()["kind"] != "blocked":
                pass
            key.with_name("elsewhere").rename(key)
            before = time.monotonic()
            run.child.send_signal(signal.SIGHUP)
            receiver.next()
            self.assertLess(time.monotonic() - before, 25, "by itself it tries again after 30 s")
            self.assertEqual(run.stop(), 0)

    def test_standing_by_goes_on(self):
        self.home.add("crm", "https://127.0.0.1:9/")
        first = self.home.start("run")
        first.wait_for_error_line(str(self.home.db))
        second = self.home.start("run", "--standby")
        second.wait_for_error_line("waiting for process")
        second.child.send_signal(signal.SIGHUP)
        self.assertEqual(first.stop(), 0)
        second.wait_for_error_line(str(self.home.db))
        self.assertEqual(second.stop(), 0)

    def test_a_sweep_lets_attempts_under_way_end(self):
        release, receiver = self.held_up()
        self.home.add("crm", receiver.url, ca=receiver.ca)
        self.home.run("emit", "project.created", expect=0)
        sweep = self.home.start("deliver")
        receiver.next()
        sweep.child.send_signal(signal.SIGHUP)
        sweep.child.send_signal(signal.SIGHUP)
        release.set()
        self.assertEqual(sweep.child.wait(timeout=PATIENCE), 129)
        self.assertEqual(self.home.stats("crm")["delivered"], 1)

    def from_terminal(self, *args):
        """A process whose terminal is a new one; and that, open."""
        master, slave = os.openpty()

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        child = subprocess.Popen([BINARY, *map(str, args)], stdin=slave, stdout=slave, stderr=slave,
                                 env=self.home.env, preexec_fn=own_terminal)
        os.close(slave)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child, master

    @staticmethod
    def read_until(terminal, text):
        seen = b""
        while text not in seen:
            seen += os.read(terminal, 4096)

    def test_a_terminal_that_is_closed_ends_what_runs_in_it(self):
        release, receiver = self.held_up()
        self.home.add("crm", receiver.url, ca=receiver.ca)
        self.home.run("emit", "project.created", expect=0)
        child, terminal = self.from_terminal("run")
        receiver.next()
        os.close(terminal)
        release.set()
        self.assertEqual(child.wait(timeout=PATIENCE), 0)
        self.assertEqual(self.home.stats("crm")["delivered"], 1)
        child, terminal = self.from_terminal("serve-incoming", "--listen", "127.0.0.1:0")
        self.read_until(terminal, b"listening on")
        os.close(terminal)
        self.assertEqual(child.wait(timeout=PATIENCE), 0)

    def test_reloading_from_a_terminal(self):
        child, terminal = self.from_terminal("run")
        self.read_until(terminal, str(self.home.db).encode())
        child.send_signal(signal.SIGHUP)
        self.read_until(terminal, b"reloaded the configuration")
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(timeout=PATIENCE), 0)
        os.close(terminal)


class ServeIncoming(Incoming):
    def test_settings_and_keys_that_are_read_anew(self):
        config = self.home.dir / "config" / "thig-hooks" / "config.json"
        config.parent.mkdir(parents=True, exist_ok=True)

        def configure(**settings):
            config.write_text(json.dumps({"incoming": settings}))

        def reload(*told):
            server.process.child.send_signal(signal.SIGHUP)
            for words in told:
                server.process.wait_for_error_line(words)

        path = self.add("plain", "create-project", "--set", "name=/title")
        twilio = self.add("sms", "create-project", "--set", "name=/Body", "--scheme", "twilio", "--secret-file",
                          self.secret_file("12345"))
        configure(ratePerAddress=0, publicUrl="https://old.example")
        server = Server(self.home)

        def sign(url):
            return base64.b64encode(hmac.new(b"12345", (url + twilio + "Bodyhello").encode(), hashlib.sha1).digest()).decode()

        def sms(url):
            return server.post(twilio, b"Body=hello", {"content-type": "application/x-www-form-urlencoded",
                                                       "X-Twilio-Signature": sign(url)})[0]

        self.assertEqual((sms("https://old.example"), sms("https://new.example")), (200, 401))
        configure(ratePerAddress=0, publicUrl="https://new.example")
        reload("reloaded the configuration, keys")
        self.assertEqual((sms("https://old.example"), sms("https://new.example")), (401, 200))

        # What it cannot take over it says, and what is wrong it leaves.
        configure(ratePerAddress=0, tlsCert="cert.pem", tlsKey="key.pem")
        reload("changed, but needs a restart: --tls-cert, --tls-key")
        config.write_text('{"incoming": {"ratePerAddress": "few"}}')
        reload("could not reload the configuration, keeping the old one", "reloaded keys")
        key = config.parent / "key"
        key.rename(key.with_name("elsewhere"))
        configure(ratePerAddress=1)
        reload("could not reload the key file, keeping the old keys", "reloaded the configuration")
        statuses = [server.post(path, b'{"title":"x"}')[0] for _ in range(4)]
        self.assertIn(429, statuses)
        self.assertIsNone(server.process.child.poll())


if __name__ == "__main__":
    unittest.main()
