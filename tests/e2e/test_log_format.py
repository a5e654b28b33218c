"""Log lines: with time and level as text, one object per line as JSON, and with priorities where systemd's journal reads them."""

import json
import os
import re
import signal
import socket
import subprocess
import unittest
import urllib.parse

from hooks import BINARY, PATIENCE, Home, Receiver

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (error|warning|notice|info|debug): \S")
LEVELS = ("error", "warning", "notice", "info", "debug")
HOSTILE = '<0>crm "x" 🦔'


class Logs(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.files = {}

    def start(self, *args, journal=("stdout", "stderr"), **env):
        """With its streams in files, of which systemd has said that these are its journal."""
        for name in ("stdout", "stderr"):
            self.files[name] = (self.home.dir / name).open("w+")
            self.addCleanup(self.files[name].close)
        if journal:
            status = os.fstat(self.files[journal[-1]].fileno())
            env["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
        if len(journal) == 2:  # one connection for both, as systemd makes it
            self.files["stdout"] = self.files["stderr"]
        child = subprocess.Popen([BINARY, *map(str, args)], stdin=subprocess.DEVNULL, env={**self.home.env, **env},
                                 stdout=self.files["stdout"], stderr=self.files["stderr"])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def lines(self, name="stderr"):
        return (self.home.dir / name).read_text().splitlines()

    def wait_for(self, text, name="stderr"):
        return self.home.wait_for(text, lambda: [line for line in self.lines(name) if text in line])[0]

    def stop(self, child):
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(timeout=PATIENCE), 0)

    def receivers(self):
        """A webhook that gets what is emitted, and one that is disabled by it."""
        good = self.enterContext(Receiver(self.home))
        gone = self.enterContext(Receiver(self.home, lambda request: 410))
        self.home.add(HOSTILE, good.url, ca=good.ca)
        self.home.add("gone", gone.url, ca=gone.ca)

    def test_text_has_time_and_level(self):
        self.receivers()
        child = self.start("run", journal=())
        self.wait_for("delivering for")
        self.home.run("emit", "project.created", expect=0)
        self.wait_for("gone was disabled")
        self.wait_for(HOSTILE, "stdout")
        self.stop(child)
        lines = self.lines() + self.lines("stdout")
        for line in lines:
            self.assertRegex(line, LINE)
        text = "\n".join(lines)
        self.assertRegex(text, r"Z info: <0>crm \"x\" 🦔 project.created dlv_\w+ delivered: 200 ")
        self.assertRegex(text, r"Z error: gone project.created dlv_\w+ failed: ")
        self.assertRegex(text, r"Z error: gone was disabled just now")

    def test_the_journal_has_priorities_and_no_times(self):
        self.receivers()
        child = self.start("run")
        self.wait_for("delivering for")
        self.home.run("emit", "project.created", expect=0)
        self.wait_for("gone was disabled")
        self.wait_for(HOSTILE)
        self.stop(child)
        for line in self.lines():
            self.assertRegex(line, r"^<[3-7]>[^<]|^<6><0>crm")
            self.assertNotRegex(line, LINE)
        text = "\n".join(self.lines())
        self.assertIn("<6>delivering for", text)
        self.assertIn("<3>gone was disabled just now", text)
        self.assertIn('<6><0>crm "x" 🦔 project.created', text)  # the name is behind the priority
        self.assertIn("<6>stopped after", text)

    def test_a_stream_that_was_redirected_is_no_journal(self):
        child = self.start("run", journal=("stderr",))
        self.wait_for("<6>delivering for")
        self.stop(child)
        child = self.start("run", journal=("stdout",))
        self.assertRegex(self.wait_for("delivering for"), LINE)
        self.stop(child)
        for stale in ("1:2", "x", ":", "18446744073709551615:18446744073709551615"):
            child = self.start("run", journal=(), JOURNAL_STREAM=stale)
            self.assertRegex(self.wait_for("delivering for"), LINE)
            self.stop(child)

    def test_an_error_at_the_end_has_a_priority(self):
        child = self.start("run", "--config", self.home.dir / "nothing.json")
        self.assertEqual(child.wait(timeout=PATIENCE), 3)
        self.assertTrue(self.lines()[0].startswith("<3>thig-hooks: error: no such configuration file"), self.lines())
        self.assertTrue(all(line.startswith("<3>") for line in self.lines()))

    def test_json_is_one_object_per_line(self):
        self.receivers()
        (self.home.dir / "etc-config.json").write_text('{"log": {"format": "json"}}')
        child = self.start("run")  # the journal gets them as they are
        self.wait_for('"delivering for')
        self.home.run("emit", "project.created", expect=0)
        self.wait_for('"disabled"')
        self.wait_for('"ok":true')
        self.stop(child)
        documents = [json.loads(line) for line in self.lines()]
        for one in documents:
            self.assertIn(one["level"], LEVELS)
            self.assertRegex(one["time"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
        levels = {(one["kind"], one.get("webhook"), one["level"]) for one in documents}
        self.assertLessEqual({("attempt", HOSTILE, "info"), ("attempt", "gone", "error"), ("disabled", "gone", "error"),
                              ("message", None, "info")}, levels)
        failed = self.home.run("run", "--db", "/dev/null/x", "--log-format", "json", expect=3)
        last = json.loads(failed.stderr.splitlines()[-1])
        self.assertEqual((last["kind"], last["level"], failed.stdout), ("error", "error", ""))
        self.assertLessEqual({"text", "code", "hint"}, last.keys())

    def test_each_level_leaves_out_what_is_below(self):
        self.receivers()
        for least, levels in (("error", {"error"}), ("warning", {"error"}), ("info", {"error", "info"})):
            with self.subTest(least):
                self.home.run("enable", "gone", expect=0)
                child = self.start("run", "--log-format", "json", journal=(), THIG_HOOKS_LOG_LEVEL=least)
                self.home.run("emit", "project.created", expect=0)
                self.wait_for('"disabled"')
                self.stop(child)
                seen = {json.loads(line)["level"] for line in self.lines() + self.lines("stdout")}
                self.assertEqual(seen, levels)
        # What scripts ask for is whole.
        child = self.start("run", "--json", journal=(), THIG_HOOKS_LOG_LEVEL="error")
        self.wait_for('"started"', "stdout")
        self.stop(child)
        self.assertEqual(self.home.run("run", "--log-level", "fatal").returncode, 2)

    def test_a_reload_changes_the_level(self):
        config = self.home.dir / "etc-config.json"
        config.write_text('{"log": {"level": "error"}}')
        child = self.start("serve-incoming", "--listen", "127.0.0.1:0", journal=())
        self.wait_for("listening on", "stdout")
        config.write_text('{"log": {"level": "info"}}')
        child.send_signal(signal.SIGHUP)
        self.wait_for("info: reloaded the configuration")
        self.stop(child)

    def ask(self, url, *requests):
        place = urllib.parse.urlsplit(url)
        for request in requests:
            with socket.create_connection((place.hostname, place.port), timeout=PATIENCE) as stranger:
                stranger.sendall(request)
                stranger.shutdown(socket.SHUT_WR)
                while stranger.recv(4096):
                    pass

    def test_strangers_write_no_lines_of_their_own(self):
        url = self.home.json("add", "incoming", "in", "--action", "create-project", "--set", "name=/n")["url"]
        token = urllib.parse.urlsplit(url).path.rsplit("/", 1)[1]
        attacks = [b"/%0a<0>root", b"/\xe2\x80\xae/\xff\xfe", b"/?token=whsec_AAECAwQFBgcICQoLDA0ODxAR&a=" + token.encode(),
                   b"/" + b"a/" * 3000, b"//" + token.encode(), b"/x/" + token.encode(), b"/<3>{\"kind\":\"error\"}"]
        for command in ("serve-incoming", "serve-admin"):
            for mode in (("--log-format", "text"), ("--log-format", "json"), ("journal",)):
                with self.subTest(command, mode=mode):
                    flags = mode if mode[0] != "journal" else ()
                    child = self.start(command, "--listen", "127.0.0.1:0", *flags,
                                       journal=("stdout", "stderr") if not flags else ())
                    started = self.wait_for("http://", "stdout" if flags else "stderr")
                    served = re.search(r"http://[\d.:]+", started)[0]
                    self.ask(served, *(b"GET " + path + b" HTTP/1.1\r\nhost: localhost\r\nuser-agent: a\tb\x1b[1m\r\n\r\n" for path in attacks))
                    self.stop(child)
                    text = (self.home.dir / ("stdout" if flags else "stderr")).read_text()
                    self.assertNotIn(token, text)
                    self.assertNotIn("whsec_AA", text)
                    self.assertNotIn("\x1b", text)
                    self.assertNotIn("\u202e", text)
                    lines = text.splitlines()
                    self.assertTrue(all(len(line) < 5000 for line in lines))
                    for line in lines:
                        if "listening on" in line:
                            continue
                        if "json" in flags:
                            self.assertIn(json.loads(line)["level"], LEVELS)
                        else:
                            self.assertRegex(line, LINE if flags else r"^<[3-7]>[^<]")


if __name__ == "__main__":
    unittest.main()
