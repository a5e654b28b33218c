"""The server of the HTTP API as a process: where it listens, what it does when the database is busy, killed or gone,
a receiver hangs, keys change, and at its end."""

import contextlib
import http.client
import pathlib
import signal
import sqlite3
import ssl
import threading
import time
import unittest
import urllib.parse

from admin_api import SCOPES, Api
from hooks import Home, Receiver, certificate


class TestServer(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())

    def key(self, *scopes, name="k"):
        return self.home.json("keys", "add", name, "--scope", ",".join(scopes or SCOPES), "--rate", "10000")["key"]

    def test_it_is_not_served_in_clear_to_other_machines(self):
        for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"):
            done = self.home.run("serve-admin", "--listen", address)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            self.assertIn("--tls-cert", done.stderr)

    def test_with_a_certificate_it_is_https_also_after_a_reload(self):
        ca, key_file = certificate(self.home.dir)
        api = Api(self.home, "--tls-cert", str(ca), "--tls-key", str(key_file), ca=ca)
        self.assertEqual(api.place.scheme, "https")
        self.assertEqual(api.ask("GET", "/healthz")[0], 200)
        folder = self.home.dir / "fresh"
        folder.mkdir()
        fresh, fresh_key = certificate(folder)
        for new, old in ((fresh, ca), (fresh_key, key_file)):
            pathlib.Path(old).write_bytes(pathlib.Path(new).read_bytes())
        api.server.child.send_signal(signal.SIGHUP)
        api.server.wait_for_error_line("the certificate")
        api.tls = ssl.create_default_context(cafile=fresh)
        self.assertEqual(api.ask("GET", "/healthz")[0], 200)

    def test_what_was_answered_is_there_after_kill_9(self):
        self.home.add("crm", "https://example.com/")
        key = self.key("emit")
        api = Api(self.home)
        accepted, stop = [], threading.Event()

        def emit():
            with contextlib.suppress(OSError, http.client.HTTPException):
                while not stop.is_set():
                    status, _, receipt = api.ask("POST", "/api/events", key, {"event": "project.created", "data": {}})
                    self.assertEqual(status, 202, receipt)
                    accepted.append(receipt["id"])

        threads = [threading.Thread(target=emit) for _ in range(8)]
        for thread in threads:
            thread.start()
        self.home.wait_for("events", lambda: len(accepted) > 100)
        api.server.child.kill()
        for thread in threads:
            thread.join()
        with sqlite3.connect(self.home.db) as db:
            recorded = db.execute("SELECT count(*) FROM queue").fetchone()[0]
        known = {row["eventId"] for row in self.home.json("deliveries", "--limit", "10000")}
        self.assertEqual(set(accepted) - known, set())
        self.assertGreaterEqual(recorded, len(accepted))

    def test_while_others_write_it_reads_and_says_when_to_come_again(self):
        self.home.add("crm", "https://example.com/")
        key = self.key()
        api = Api(self.home)
        with contextlib.closing(sqlite3.connect(self.home.db, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            answers = []
            writer = threading.Thread(target=lambda: answers.append(
                api.ask("POST", "/api/events", key, {"event": "project.created"})))
            writer.start()
            began = time.monotonic()
            self.assertEqual(api.ask("GET", "/api/admin/webhooks", key)[0], 200)
            self.assertEqual(api.ask("GET", "/healthz")[0], 200)
            self.assertLess(time.monotonic() - began, 4)  # a writer waits for 5 s
            writer.join()
        status, headers, problem = answers[0]
        self.assertEqual((status, problem["code"], headers["retry-after"]), (503, "BUSY", "1"), problem)
        self.assertEqual(api.ask("POST", "/api/events", key, {"event": "project.created"})[0], 202)

    def test_what_has_waited_for_too_long_is_not_done(self):
        """Whoever was told to come again comes again: what they sent before must not be done as well."""
        self.home.add("crm", "https://example.com/")
        key = self.key()
        api = Api(self.home)
        with contextlib.closing(sqlite3.connect(self.home.db, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            answers = []
            threads = [threading.Thread(target=lambda number=number: answers.append(
                api.ask("POST", "/api/admin/webhooks", key, {"name": f"n{number}", "url": "https://n.example/", "events": ["*"]})[0]))
                for number in range(12)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(answers, [503] * 12)
        self.assertEqual([row["name"] for row in self.home.json("list")], ["crm"])

    def test_a_member_who_is_removed_has_no_rights_to_lend(self):
        self.home.run("emit", "project.created", expect=0)
        self.home.run("members", "add", "bob", "admin", expect=0)
        key = self.home.json("keys", "add", "bobs", "--scope", "read", "--member", "bob")["key"]
        api = Api(self.home)
        self.assertEqual(api.ask("GET", "/api/admin/webhooks", key)[0], 200)
        self.home.run("members", "remove", "bob", expect=0)
        status, _, problem = api.ask("GET", "/api/admin/webhooks", key)
        self.assertEqual(status, 401, problem)
        self.assertIn("bob is no longer a member", problem["error"])

    def test_it_can_be_asked_under_the_address_that_it_listens_on(self):
        server = self.home.start("serve-admin", "--listen", "127.0.0.9:0", "--json", "--allow-host", "hooks.example.com")
        place = urllib.parse.urlsplit(server.next_json()["url"]).netloc
        for host, status in ((place, 200), ("hooks.example.com", 200), ("127.0.0.9:1", 421), ("127.0.0.8", 421)):
            with contextlib.closing(http.client.HTTPConnection(place, timeout=60)) as connection:
                connection.request("GET", "/healthz", headers={"host": host})
                self.assertEqual(connection.getresponse().status, status, host)
        for host in ("https://hooks.example.com", "a/b", "::1", ""):
            self.assertEqual(self.home.run("serve-admin", "--allow-host", host).returncode, 2, host)

    def test_a_receiver_that_hangs_holds_up_nothing_else_and_no_stop(self):
        asked, release = threading.Event(), threading.Event()

        def hang(_):
            asked.set()
            release.wait(60)
            return 200

        with Receiver(self.home, hang) as receiver:
            self.home.add("slow", receiver.url, "--timeout", "60s", ca=receiver.ca)
            key = self.key()
            api = Api(self.home)
            answers = []
            test = threading.Thread(target=lambda: answers.append(api.ask("POST", "/api/admin/webhooks/slow/test", key)))
            test.start()
            self.assertTrue(asked.wait(60))
            self.assertEqual(api.ask("GET", "/api/admin/webhooks", key)[0], 200)
            self.assertEqual(api.ask("POST", "/api/events", key, {"event": "project.created"})[0], 202)
            self.assertEqual(api.server.stop(), 0)
            test.join()
            release.set()
        self.assertEqual(answers[0][0], 503)

    def test_it_is_ready_when_events_are_delivered(self):
        self.home.run("emit", "project.created", expect=0)
        api = Api(self.home)
        status, headers, document = api.ask("GET", "/readyz")
        self.assertEqual((status, document), (503, {"status": "unavailable", "reason": "UNAVAILABLE"}))
        self.assertEqual(headers["retry-after"], "1")
        run = self.home.start("run", "--json")
        run.next_json()
        self.assertEqual(api.ask("GET", "/readyz")[0], 200)

    def test_a_key_counts_from_the_moment_it_is_made_until_it_is_removed(self):
        api = Api(self.home)
        key = self.key("read")
        self.assertEqual(api.ask("GET", "/api/admin/webhooks", key)[0], 200)
        self.home.run("keys", "disable", "k", expect=0)
        self.assertEqual(api.ask("GET", "/api/admin/webhooks", key)[0], 401)
        self.home.run("keys", "enable", "k", expect=0)
        self.assertEqual(api.ask("GET", "/api/admin/webhooks", key)[0], 200)
        self.home.run("keys", "remove", "k", "--yes", expect=0)
        self.assertEqual(api.ask("GET", "/api/admin/webhooks", key)[0], 401)

    def test_it_stops_cleanly_logs_no_key_and_counts_what_keys_were_used_for(self):
        key = self.key("read")
        api = Api(self.home)
        for _ in range(3):
            api.ask("GET", "/api/admin/webhooks?q=private", key)
        wrong = "thig_" + "ab" * 20
        api.ask("GET", "/api/admin/webhooks", wrong)
        self.assertEqual(api.server.stop(), 0)
        log, errors = api.server.rest(), api.server.rest(errors=True)
        text = "\n".join(log if isinstance(log, list) else [log]) + "\n".join(errors if isinstance(errors, list) else [errors])
        for secret in (key, wrong, "private"):
            self.assertNotIn(secret, text)
        self.assertIn('"via":"key k"', text)
        self.assertIn("refused a key", text)
        listed = self.home.json("keys")[0]
        self.assertEqual(listed["requests"], 3)
        self.assertIsNotNone(listed["lastUsedAt"])
        # Of the key itself nothing is in the database.
        content = b"".join(path.read_bytes() for path in self.home.dir.glob("hooks.db*") if path.is_file() and "ballast" not in path.name)
        self.assertNotIn(key.encode(), content)


if __name__ == "__main__":
    unittest.main()
