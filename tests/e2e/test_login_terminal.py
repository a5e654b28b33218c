"""Whoever starts `serve-admin` or `serve` on a terminal gets a link that signs them in; nobody else ever does."""

import json
import os
import pwd
import subprocess
import threading
import unittest

from hooks import BINARY, PATIENCE, Home
from test_login import Browser

import http.client
import urllib.parse

NOBODY = 65534  # who is not root, for root is asked which member they are
HINT = "log in with `thig-hooks login-link`"


class Place:
    """A server that listens, for a Browser."""

    def __init__(self, url):
        self.place = urllib.parse.urlsplit(url)

    def connect(self):
        return http.client.HTTPConnection(self.place.netloc, timeout=PATIENCE)


class Terminal:
    """A process whose standard error is a terminal, or both streams are; `streams`: which."""

    def __init__(self, home, args, user, streams):
        self.master, slave = os.openpty()
        self.text, self.grown, self.over = "", threading.Condition(), False
        ends = {stream: slave if stream in streams else subprocess.PIPE for stream in ("stdout", "stderr")}
        self.child = subprocess.Popen([BINARY, *map(str, args)], stdin=subprocess.DEVNULL, env=home.env, start_new_session=True, **user, **ends)
        os.close(slave)
        self.readers = [threading.Thread(target=self.read, args=(fd,), daemon=True)
                        for fd in (self.master, *(pipe.fileno() for pipe in (self.child.stdout, self.child.stderr) if pipe))]
        for reader in self.readers:
            reader.start()

    def read(self, fd):
        try:
            while some := os.read(fd, 4096):
                with self.grown:
                    self.text += some.decode().replace("\r", "")
                    self.grown.notify_all()
        except OSError:
            pass  # the other end of a terminal was closed

    def line(self, words):
        """The first line that has these words, once it is whole."""
        def found():
            return next((line for line in self.text.splitlines(keepends=True) if words in line and line.endswith("\n")), None)
        with self.grown:
            self.grown.wait_for(found, timeout=PATIENCE)
            if not found():
                raise AssertionError(f"waited in vain for {words!r} in {self.text!r}")
            return found().rstrip("\n")

    def end(self):
        self.child.terminate()
        code = self.child.wait(timeout=PATIENCE)
        for reader in self.readers:
            reader.join(timeout=PATIENCE)
        for pipe in (self.child.stdout, self.child.stderr):
            if pipe:
                pipe.close()
        os.close(self.master)
        return code


class TestTerminal(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self.name = pwd.getpwuid(NOBODY if self.user else os.geteuid()).pw_name
        if self.user:
            os.chown(self.home.dir, NOBODY, NOBODY)
        self.run_as_member("emit", "project.created")

    def run_as_member(self, *args):
        done = subprocess.run([BINARY, *args], capture_output=True, text=True, env=self.home.env, timeout=PATIENCE, **self.user)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def start(self, *args, user=None, streams=("stderr",)):
        process = Terminal(self.home, args, self.user if user is None else user, streams)
        self.addCleanup(lambda: process.child.poll() is None and process.end())
        return process

    def serve(self, *args, **kwargs):
        return self.start("serve-admin", "--listen", "127.0.0.1:0", *args, **kwargs)

    def links_made(self):
        return [row for row in json.loads(self.run_as_member("audit", "--json")) if row["action"] == "login.link"]

    def test_the_link_signs_its_member_in_once(self):
        for args, below in (((), ""), (("--base-path", "/hooks"), "/hooks")):
            server = self.serve(*args)
            url = server.line("listening on").split()[-1]
            line = server.line("to log in")
            self.assertIn(f"to log in as {self.name}, once, within 5m, open {url}{below}/admin/login#", line)
            code = line.split("#")[1]
            browser = Browser(Place(url))
            self.assertEqual(browser.log_in(code)[0], 303)
            self.assertIn(f"{self.name} · Owner", browser.get("/admin/webhooks")[2])
            self.assertEqual(Browser(Place(url)).log_in(code)[0], 403)
            self.assertEqual(server.end(), 0)
        self.assertEqual([(row["subject"], row["member"]) for row in self.links_made()], [(self.name, self.name)] * 2)

    def test_both_streams_may_be_the_terminal(self):
        self.assertIn("/admin/login#", self.serve(streams=("stdout", "stderr")).line("to log in"))

    def test_it_leads_to_where_browsers_come(self):
        for args, start in ((("--public-url", "https://ops.example.com/hooks"), "https://ops.example.com/hooks/admin/login#"),
                            (("--allow-host", "ops.example.com"), "http://127.0.0.1:")):
            self.assertIn("open " + start, self.serve(*args).line("to log in"))

    def test_what_is_kept_or_passed_on_gets_none(self):
        """A journal, a file, a pipe: whoever may read it would be signed in. Nor is one made that nobody sees."""
        for kwargs in ({"streams": ("stdout",)}, {"streams": ()}):
            server = self.serve(**kwargs)
            self.assertTrue(server.line(HINT))
            server.end()
            self.assertNotIn("#", server.text)
        quiet = self.serve("--quiet")
        quiet.line("listening on")
        quiet.end()
        for args in (("--listen", f"unix:{self.home.dir}/admin.sock"), ("--listen", "0.0.0.0:0", "--trusted-proxy", "10.0.0.1")):
            server = self.start("serve-admin", *args)
            self.assertTrue(server.line(HINT))
            server.end()
        self.assertEqual(self.links_made(), [])

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_root_is_told_to_name_a_member(self):
        server = self.serve(user={})
        self.assertTrue(server.line("log in with `thig-hooks login-link --member NAME`"))
        server.end()
        self.assertNotIn("#", server.text)
        self.assertEqual(self.links_made(), [])

    def test_where_no_link_can_be_made_the_server_serves(self):
        self.run_as_member("members", "add", "other", "owner")
        self.run_as_member("members", "remove", self.name)
        server = self.serve("--verbose")
        self.assertTrue(server.line(HINT))
        self.assertIn("is not a member", server.line("no login link"))
        url = server.line("listening on").split()[-1]
        self.assertEqual(Browser(Place(url)).get("/healthz")[0], 200)
        self.assertEqual(server.end(), 0)

    def test_serve_prints_one_as_well(self):
        config = self.home.dir / "config.json"
        config.write_text(json.dumps({"incoming": {"listen": "127.0.0.1:0"}, "admin": {"listen": "127.0.0.1:0"}}))
        server = self.start("serve", "--config", config)
        line = server.line("to log in")
        self.assertRegex(line, r"Z info: admin: ")
        url = server.line("admin: listening on").split()[-1]
        self.assertEqual(Browser(Place(url)).log_in(line.split("#")[1])[0], 303)
        self.assertEqual(server.end(), 0)
        server = self.start("serve", "--config", config, "--without", "admin,run")
        server.line("listening on")
        server.end()
        self.assertNotIn("#", server.text)


if __name__ == "__main__":
    unittest.main()
