"""`serve`: delivers, receives and serves the page in one process, with what is configured."""

import json
import re
import signal
import socket
import unittest
import urllib.parse
import urllib.request

from hooks import Home, Receiver


class TestServe(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.file = self.home.dir / "config.json"
        self.configure()

    def configure(self, log=None, **admin):
        self.file.write_text(json.dumps({"log": log or {}, "incoming": {"listen": "127.0.0.1:0"},
                                         "admin": {"listen": "127.0.0.1:0", **admin}}))

    def serve(self, *args):
        return self.home.start("serve", "--config", str(self.file), *args)

    def urls(self, process, count=2):
        """By what is served."""
        urls = {}
        while len(urls) < count:
            line = process.next_json()
            if line.get("kind") == "started" and "service" in line:
                urls[line["service"]] = line["url"]
        return urls

    def test_one_process_delivers_receives_and_serves_the_api(self):
        with Receiver(self.home) as receiver:
            self.home.add("crm", receiver.url, ca=receiver.ca)
            incoming = self.home.json("add", "incoming", "in", "--action", "emit", "--event", "project.created")
            process = self.serve("--json")
            urls = self.urls(process)
            path = urllib.parse.urlsplit(incoming["url"]).path
            sent = urllib.request.Request(urls["incoming"] + path, data=b'{"a":1}',
                                          headers={"content-type": "application/json"})
            with urllib.request.urlopen(sent, timeout=20) as answer:
                self.assertEqual(answer.status, 200)
            self.assertIn(b'"a":1', receiver.next()["body"])
            with urllib.request.urlopen(urls["admin"] + "/readyz", timeout=20) as answer:
                self.assertEqual(answer.status, 200)
            self.assertEqual(process.stop(), 0)

    def test_lines_say_whose_they_are(self):
        process = self.serve()
        labels = {process.next_line().partition(":")[0] for _ in range(2)}
        self.assertEqual(labels, {"incoming", "admin"})
        process.wait_for_error_line("run: delivering for ")
        self.assertEqual(process.stop(signal.SIGINT), 0)
        self.assertFalse([line for line in process.rest() if ": " not in line])

    def test_when_one_cannot_go_on_all_end(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.configure(listen=f"127.0.0.1:{taken.getsockname()[1]}")
            done = self.home.run("serve", "--config", str(self.file))
        self.assertEqual(done.returncode, 3)
        self.assertIn("admin: thig-hooks: error: cannot listen on", done.stderr)
        self.assertIn("run: stopped after", done.stderr)

    def test_a_hangup_is_for_all_of_them(self):
        process = self.serve()
        for _ in range(2):
            process.next_line()
        process.wait_for_error_line("run: delivering for ")
        process.child.send_signal(signal.SIGHUP)
        told = set()
        while len(told) < 3:
            told.add(re.search(r"Z info: (\w+): reloaded", process.wait_for_error_line("reloaded the configuration"))[1])
        self.assertEqual(told, {"run", "incoming", "admin"})
        self.assertEqual(process.stop(), 0)

    def test_a_hangup_changes_the_log_of_all_of_them(self):
        self.configure(log={"format": "json"})
        process = self.serve()
        self.urls(process, 2)
        while json.loads(process.next_line(errors=True))["text"].partition(":")[0] != "run":
            pass
        self.configure(log={"format": "text"})
        process.child.send_signal(signal.SIGHUP)
        told = set()
        while len(told) < 3:
            told.add(re.search(r"Z info: (\w+): reloaded", process.wait_for_error_line("reloaded the configuration"))[1])
        self.assertEqual(process.stop(), 0)

    def test_an_error_among_json_lines_says_whose_it_is(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.configure(listen=f"127.0.0.1:{taken.getsockname()[1]}")
            done = self.home.run("serve", "--config", str(self.file), "--log-format", "json")
        errors = [line for line in map(json.loads, done.stderr.splitlines()) if line["kind"] == "error"]
        self.assertEqual([error["text"].split(":")[0] for error in errors], ["admin"])

    def test_what_is_left_out_is_not_served(self):
        process = self.serve("--json", "--without", "run,incoming")
        self.assertEqual(list(self.urls(process, 1)), ["admin"])
        self.assertEqual(process.stop(), 0)
        for words, text in (("run,incoming,admin", "nothing left to serve"), ("page", '"page"')):
            done = self.home.run("serve", "--without", words)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(text, done.stderr)


if __name__ == "__main__":
    unittest.main()
